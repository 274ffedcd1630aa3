"""Text twins: what each chart shows, in words for people who do not see it, and the numbers behind it as a table."""

import math
from collections.abc import Sequence

import numpy as np

from gd_core import losses, theory
from gd_core.landscapes import Basins, Trail
from gd_core.lesson.landscapes import basins_text, descent_text
from gd_core.lesson.race import RULERS, entry_label, race_text
from gd_core.lesson.rates import bands, limit_of
from gd_core.lesson.verdict import last_cost
from gd_core.lesson.wording import counted, named, number
from gd_core.racing import entry_of, sample_gradients
from gd_core.sweeping import Sweep
from gd_core.training import Experiment, Run

MOST_ROWS = 1000

Table = dict[str, np.ndarray]  # heading -> column


def plain_text(markdown: str) -> str:
    """Return a sentence without the marks of Markdown."""
    return markdown.replace("**", "").replace("\\*", "*")


def describe_run(run: Run, measure: losses.Measure, per: losses.Per, scale: str) -> str:
    """Return what the three panels show: points and line, cost curve, loss history. What happened, the verdict says."""
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    first, last = (tuple(run.parameters[row].tolist()) for row in (0, -1))
    shape = "cost curve" if len(first) == 1 else "rings of equal cost over w and b"
    series = losses.loss_series(run, measure, per)
    history = ""
    if len(series.values):
        begin, end, highest = (number(value) for value in (series.values[0], series.values[-1], series.values.max()))
        history = f" Loss history: {series.title}, {scale} axis, from {begin} to {end}, highest {highest}."
    return (
        f"Three panels. {counted(len(run.experiment.dataset), 'point')} with the line at {named(first)}, first, and at "
        f"{named(last)}, last. Path on the {shape}, {counted(len(run), 'update')}, cost {number(run.epoch_costs[0])} to "
        f"{number(last_cost(run))}; minimum at {named(least.parameters)}, cost {number(least.cost)}.{history}"
    )


def describe_start(experiment: Experiment) -> str:
    """Return what the panels show before the run, without a word of what it will do."""
    least = theory.minimum(experiment.dataset, experiment.start)
    return (
        f"Before the run: {counted(len(experiment.dataset), 'point')}, the line and the place on the cost curve at the start, "
        f"{named(experiment.start)}; minimum at {named(least.parameters)}."
    )


def tabulate_run(run: Run) -> Table:
    """Return a row for each update, the start first: its epoch, the parameters and the cost after it, the gradient it used.

    Of a run with more than 1,000 updates, rows at equal distances, the first and the last among them.
    """
    rows = _rows(len(run) + 1)
    names = "wb"[: run.parameters.shape[1]]
    table: Table = {"updates done": rows, "epoch": np.append(0, run.epochs + 1)[rows]}
    gradients = np.vstack((np.full((1, len(names)), np.nan), run.gradients))[rows]
    for index, name in enumerate(names):
        table[name] = run.parameters[rows, index]
        table[f"gradient of {name}"] = gradients[:, index]
    return table | {"cost": run.costs[rows]}


def _rows(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, MOST_ROWS)).round().astype(int))


def describe_rates(experiment: Experiment, result: Sweep) -> str:
    """Return what the map of learning rates shows: which rates were run, which ran away, which ended lowest."""
    rates, kept = result.learning_rates, result.diverged_at < 0
    text = (
        f"Cost after each of {len(rates)} learning rates from {number(rates[0])} to {number(rates[-1])}, both axes "
        f"logarithmic. {int(np.sum(~kept))} of them left the bound."
    )
    if kept.any():
        best = int(np.argmin(np.where(kept, result.costs, np.inf)))
        text += f" The lowest cost, {number(result.costs[best])}, is reached with {number(rates[best])}."
    if (limit := limit_of(experiment)) is not None and math.isfinite(limit):
        text += f" The limit is {number(limit)}; below it the run converges."
    if named_bands := bands(experiment):
        text += " " + "; ".join(f"{band.label} from {number(band.low)}" for band in named_bands) + "."
    return text


def tabulate_rates(result: Sweep) -> Table:
    """Return a row for each learning rate: where it ended, its cost, the updates it made before it ran away (-1: it did not)."""
    names = "wb"[: result.parameters.shape[1]]
    ends = {f"last {name}": result.parameters[:, index] for index, name in enumerate(names)}
    return {
        "learning rate": result.learning_rates,
        **ends,
        "last cost": result.costs,
        "ran away in": result.diverged_at,
    }


def describe_race(runs: Sequence[Run], numbers: Sequence[int], ruler: str, tolerance: float) -> str:
    """Return who races, from which cost to which, and who was first."""
    lanes = "; ".join(
        f"{number_}: {entry_label(entry_of(run.experiment))}, last cost {number(last_cost(run))}"
        for number_, run in zip(numbers, runs)
    )
    return (
        f"Two panels: all paths on one cost curve, and the cost over {RULERS[ruler]}, logarithmic. All start at "
        f"{named(tuple(runs[0].parameters[0].tolist()))}, cost {number(runs[0].epoch_costs[0])}. {lanes}. "
        f"{plain_text(race_text(runs, numbers, tolerance))}"
    )


def tabulate_race(runs: Sequence[Run], numbers: Sequence[int]) -> Table:
    """Return the cost of every run at the end of each epoch, long form: run, epoch, updates, sample gradients, cost."""
    parts = []
    for number_, run in zip(numbers, runs):
        rows = _rows(len(run.epoch_ends))
        ends = run.epoch_ends[rows]
        parts.append((np.full(len(rows), number_), rows, ends, sample_gradients(run)[ends], run.epoch_costs[rows]))
    headings = ("run", "epochs", "updates", "sample gradients", "cost")
    return {heading: np.concatenate(columns) for heading, columns in zip(headings, zip(*parts))}


def describe_descent(trail: Trail, map_of_starts: Basins) -> str:
    """Return what a landscape shows: the descent on it, and where all starts end."""
    return f"{plain_text(descent_text(trail))} {plain_text(basins_text(map_of_starts))}"


def tabulate_descent(trail: Trail) -> Table:
    """Return a row for each update, the start first: the place, the height and the gradient there."""
    names = trail.descent.shape.names
    places = {name: trail.positions[:, index] for index, name in enumerate(names)}
    slopes = {f"gradient of {name}": trail.gradients[:, index] for index, name in enumerate(names)}
    return {"updates done": np.arange(len(trail) + 1), **places, "height": trail.values, **slopes}
