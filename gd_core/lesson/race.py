"""A race in words: who is first by which ruler, and a table of what each run had spent."""

from collections.abc import Sequence

from gd_core import theory
from gd_core.lesson.verdict import Outcome, last_cost, outcome
from gd_core.lesson.wording import counted, number
from gd_core.racing import Entry, Finish, entry_of, finish
from gd_core.training import Run

RULERS = {"epochs": "epochs", "updates": "updates", "samples": "sample gradients"}
"""Stable key -> what a run's effort is counted in."""


def entry_label(entry: Entry) -> str:
    """Return what an entry is, in a few words: "Adam, one sample, rate 0.1"."""
    size = {None: "all samples", 1: "one sample"}.get(entry.batch_size, f"{entry.batch_size} samples")
    return f"{entry.optimizer.label}, {size}, rate {number(entry.learning_rate)}"


def spent(ending: Finish, ruler: str) -> int:
    """Return one of the three counts of a finish."""
    return {"epochs": ending.epochs, "updates": ending.updates, "samples": ending.sample_gradients}[ruler]


def race_text(runs: Sequence[Run], numbers: Sequence[int], tolerance: float) -> str:
    """Return which runs came within the tolerance first, by each ruler. numbers: what the runs are called."""
    ends = {number_: ending for number_, run in zip(numbers, runs) if (ending := finish(run, tolerance)) is not None}
    distance = "|w - w\\*|" if len(runs[0].experiment.start) == 1 else "the distance of (w, b) to the minimum"
    goal = f"to end an epoch with {distance} below {number(tolerance)}"
    if not ends:
        return f"**Nobody arrived** in {counted(runs[0].experiment.epochs, 'epoch')}: none was near enough {goal}."
    firsts = []
    for ruler, label in RULERS.items():
        best = min(spent(ending, ruler) for ending in ends.values())
        who = [str(number_) for number_, ending in ends.items() if spent(ending, ruler) == best]
        firsts.append(f"**{_joined(who)}** by {label} ({best})")
    return f"First {goal}: {', '.join(firsts)}."


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def race_table(runs: Sequence[Run], numbers: Sequence[int], tolerance: float) -> str:
    """Return a Markdown table: what each run had spent when it arrived, how it ended, and its last cost."""
    lines = [
        "| run | rule | epochs | updates | sample gradients | last distance | last cost |",
        "|--:|:--|--:|--:|--:|--:|--:|",
    ]
    least = theory.minimum(runs[0].experiment.dataset, runs[0].experiment.start)
    for number_, run in zip(numbers, runs):
        ending, away = finish(run, tolerance), outcome(run) is Outcome.RAN_AWAY
        counts = ["–"] * 3 if ending is None else [str(spent(ending, ruler)) for ruler in RULERS]
        cells = [
            str(number_),
            entry_label(entry_of(run.experiment)),
            *counts,
            number(theory.distance(least, run.parameters[-1])) + (" (ran away)" if away else ""),
            number(last_cost(run)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
