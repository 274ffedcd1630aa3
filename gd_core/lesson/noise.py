"""Why one sample at a time is noisy: the cycle that stochastic descent ends in, and what makes it smaller."""

import numpy as np

from gd_core import theory
from gd_core.lesson.wording import named, number
from gd_core.training import Experiment, Run

SHOWN = 6  # places of a cycle that are listed


def noise_text(run: Run) -> str:
    """Return, in Markdown, why samples disagree, the cycle of plain descent in data order, and its spread at other settings."""
    experiment = run.experiment
    least = theory.minimum(experiment.dataset, experiment.start)
    if least.cost <= 1e-12 * float(np.mean(experiment.dataset.y * experiment.dataset.y)):
        why = (
            f"All points lie on the line with {named(least.parameters)}, so every sample's own minimum is the common one: "
            "each update may point a different way, but all of them agree where to stop."
        )
    else:
        why = (
            f"The points do not lie on one line: at the minimum ({named(least.parameters)}) the cost is still "
            f"{number(least.cost)}, and each sample would rather go on to its own minimum. Updates that look at "
            "some of the samples keep pulling to and fro."
        )
    return f"{why}\n\n{_ending(run)}"


def _ending(run: Run) -> str:
    experiment = run.experiment
    last = run.parameters[-min(len(run), experiment.updates_per_epoch) :, 0]
    seen = f"In the last epoch of this run w went from {number(last.min())} to {number(last.max())}."
    if experiment.optimizer.key != "gd":
        return f"{seen} For {experiment.optimizer.label} there is no closed form of what follows."
    if experiment.shuffle_seed is not None:
        return f"{seen} With a new order in each epoch there is no fixed cycle, only a cloud around the minimum."
    places = theory.cycle(experiment.dataset, experiment.learning_rate, experiment.batch_size, len(experiment.start))
    if places is None:
        return f"{seen} At this rate the epochs do not settle into a cycle."
    if _spread(places) == 0.0:
        return (
            f"{seen} In the end it settles: the cycle of an epoch shrinks to the one point w = {number(places[0, 0])}."
        )
    listed = ", ".join(number(w) for w in places[:SHOWN, 0]) + (", ..." if len(places) > SHOWN else "")
    return f"{seen} Left running, it repeats the same values of w in each epoch: {listed}."


def noise_table(experiment: Experiment) -> str:
    """Return a Markdown table of the spread of the final cycle (largest w - smallest w) over rates and batch sizes.

    For plain descent in data order, in closed form; empty where there is none.
    """
    if experiment.optimizer.key != "gd" or experiment.shuffle_seed is not None:
        return ""
    count = len(experiment.dataset)
    sizes = [size for size in dict.fromkeys((1, 2, max(2, count // 2), count)) if size <= count]
    rates = [experiment.learning_rate / divisor for divisor in (1.0, 2.0, 4.0)]
    head = "| learning rate | " + " | ".join("all" if size == count else f"{size}" for size in sizes) + " |"
    lines = [head, "|--:|" + "--:|" * len(sizes)]
    for rate in rates:
        cells = []
        for size in sizes:
            places = theory.cycle(experiment.dataset, rate, size, len(experiment.start))
            cells.append("no cycle" if places is None else number(_spread(places)))
        lines.append(f"| {number(rate)} | " + " | ".join(cells) + " |")
    return "Spread of w in the final cycle, by learning rate and samples per update:\n\n" + "\n".join(lines)


def _spread(places: np.ndarray) -> float:
    spread = float(np.ptp(places[:, 0]))
    return 0.0 if spread <= 1e-12 * max(1.0, float(np.max(np.abs(places)))) else spread
