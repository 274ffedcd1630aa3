"""Which learning rates work for this experiment, and why, in words and numbers."""

import math
from dataclasses import dataclass

import numpy as np

from gd_core import bounds, theory
from gd_core.lesson.wording import counted, number
from gd_core.theory import Regime
from gd_core.training import Experiment

MAY_RUN_AWAY = "may run away"


@dataclass(frozen=True)
class Band:
    """A stretch of learning rates in which the same happens; high is inf for the last one."""

    label: str
    low: float
    high: float


@dataclass(frozen=True)
class Landmark:
    """A remarkable learning rate: what it is called, and its exact value."""

    label: str
    rate: float


def limit_of(experiment: Experiment) -> float | None:
    """Return the learning rate below which an experiment converges, where a closed form or an exact search gives it.

    Whole-set updates of gradient descent, momentum and Nesterov, which run away above it; plain descent on parts of the set
    in data order, for which some rates above it may work again. None for
    the adaptive rules, and where each epoch has a new order. inf where nothing moves.
    """
    count = len(experiment.start)
    if experiment.batch_size is None:
        return theory.batch_limit(experiment.optimizer, experiment.dataset, count)
    if experiment.optimizer.key == "gd" and experiment.shuffle_seed is None:
        return theory.ordered_limit(experiment.dataset, experiment.batch_size, count)
    return None


def bands(experiment: Experiment) -> list[Band]:
    """Return the bands of learning rates, from 0 upwards; empty where there is no limit to draw."""
    limit = limit_of(experiment)
    if limit is None or math.isinf(limit):
        return []
    if _is_plain_batch(experiment):
        half = limit / 2.0
        return [
            Band(Regime.SLIDES_IN.value, 0.0, half),
            Band(Regime.BOUNCES_IN.value, half, limit),
            Band(Regime.RUNS_AWAY.value, limit, math.inf),
        ]
    # Beyond the limit of epochs in data order some rates work again, as one that lands on a sample's own minimum.
    beyond = Regime.RUNS_AWAY.value if experiment.batch_size is None else MAY_RUN_AWAY
    return [Band("converges", 0.0, limit), Band(beyond, limit, math.inf)]


def landmarks(experiment: Experiment) -> list[Landmark]:
    """Return the rates worth trying at once, those within the bounds of a learning rate."""
    limit = limit_of(experiment)
    if limit is None or math.isinf(limit):
        return []
    marks = []
    if _is_plain_batch(experiment):
        label = "One update" if len(experiment.start) == 1 else "Best fixed"
        marks.append(Landmark(label, theory.best_rate(experiment.dataset, len(experiment.start))))
    marks.append(Landmark("Largest safe", just_below(limit)))
    return [mark for mark in marks if 0.0 < mark.rate <= bounds.MAX_LEARNING_RATE]


def just_below(limit: float) -> float:
    """Return the largest number of three digits below a limit."""
    digit = 10.0 ** (math.floor(math.log10(limit)) - 2)
    # A limit that is itself a number of three digits may come out a rounding error above it.
    return float(f"{(math.ceil(limit / digit * (1.0 - theory.SAME)) - 1) * digit:.3g}")


def rate_text(experiment: Experiment) -> str:
    """Return what the experiment's learning rate does, with its numbers, in Markdown."""
    if experiment.batch_size is not None:
        return _parts_text(experiment)
    if experiment.optimizer.key == "gd":
        return _plain_text(experiment)
    factor = theory.decay(experiment.optimizer, experiment.learning_rate, experiment.dataset, len(experiment.start))
    label, limit = experiment.optimizer.label, limit_of(experiment)
    if factor is None:
        return (
            f"For {label} there is no closed form: it divides by its own past gradients, so no fixed factor belongs to a "
            "rate. The chart shows what was measured by running it."
        )
    if limit is None or math.isinf(limit):
        return "Every x is 0: the cost does not depend on w, and at any rate nothing moves."
    return (
        f"{label} converges below a learning rate of {number(limit)} with these points. At {number(experiment.learning_rate)} "
        f"the error shrinks in the long run by the factor {number(factor)} per update: {_pace(factor, 'update')}."
    )


def _plain_text(experiment: Experiment) -> str:
    dataset, rate, count = experiment.dataset, experiment.learning_rate, len(experiment.start)
    what = theory.regime(dataset, count, rate)
    if what is Regime.FLAT:
        return "Every x is 0: the cost does not depend on w, and at any rate nothing moves."
    eigenvalues = theory.curvature(dataset, count).eigenvalues
    factors = 1.0 - rate * eigenvalues
    if count == 1:
        mean_square = float(eigenvalues[0]) / 2.0
        return (
            f"Each update multiplies the error w - w\\* by **r = 1 - 2·α·m = {number(factors[0])}**, where "
            f"m = mean(x²) = {number(mean_square)}: it {what.value}; {_pace(abs(factors[0]), 'update')}. It slides in below "
            f"1/(2m) = {number(0.5 / mean_square)}, bounces in from there to 1/m = {number(1.0 / mean_square)}, and runs away "
            "above."
        )
    limit = theory.largest_rate(dataset, 2)
    flat, steep = factors
    steep_words = f"Each update multiplies the error along the steepest direction by {number(steep)}: it {what.value}"
    if eigenvalues[0] == 0.0:
        return (
            f"All x are equal, so the minima form a valley. {steep_words}; along the valley nothing moves. It runs away above "
            f"2/λ = {number(limit)}."
        )
    worst = float(np.max(np.abs(factors)))
    return (
        f"{steep_words}; along the flattest by {number(flat)}. The slower one decides: {_pace(worst, 'update')}. It runs away "
        f"above 2/λ_max = {number(limit)}; the best fixed rate is 2/(λ_min + λ_max) = {number(theory.best_rate(dataset, 2))}."
    )


def _parts_text(experiment: Experiment) -> str:
    if experiment.optimizer.key != "gd":
        return (
            f"For {experiment.optimizer.label} on parts of the set there is no closed form; the chart shows what was "
            "measured by running it."
        )
    count = len(experiment.start)
    if experiment.shuffle_seed is not None:
        text = "With a new order in each epoch there is no fixed limit; the chart shows what this seed's order did."
        mean_square = theory.random_order_limit(experiment.dataset)
        if count == 1 and experiment.batch_size == 1 and math.isfinite(mean_square):
            text += (
                " If every update drew one of the points at random, the mean square of the error would shrink up to "
                f"mean(x²)/mean(x⁴) = {number(mean_square)}."
            )
        return text
    limit = limit_of(experiment)
    if limit is None:
        return (
            f"An epoch of {counted(experiment.updates_per_epoch, 'update')} is too long to search for its limit here."
        )
    if math.isinf(limit):
        return "Every x is 0: the cost does not depend on w, and at any rate nothing moves."
    maps = theory.epoch_maps(experiment.dataset, experiment.learning_rate, experiment.batch_size, count)
    whole = np.eye(count)
    with np.errstate(over="ignore", invalid="ignore"):
        for step, _ in maps:
            whole = step @ whole
    factor = float(np.max(np.abs(np.linalg.eigvals(whole)))) if np.isfinite(whole).all() else math.inf
    return (
        f"In the data's order an epoch shrinks the error for every rate up to {number(limit)}. At "
        f"{number(experiment.learning_rate)} each epoch multiplies it by {number(factor)} in size: {_pace(factor, 'epoch')}."
    )


def _pace(factor: float, unit: str) -> str:
    """Return how fast an error that shrinks by a factor halves, and when it is down to a thousandth."""
    if abs(factor - 1.0) <= theory.SAME:
        return "it never shrinks"
    if factor > 1.0:
        return f"it grows {number(factor)}-fold every {unit}" if math.isfinite(factor) else "it grows beyond any number"
    if factor <= theory.SAME:
        return f"it is gone after one {unit}"
    halving, arriving = (theory.updates_until(share, factor) for share in (0.5, 0.001))
    pace = f"it halves every {number(halving)} {unit}s" if halving > 1.0 else f"it more than halves with each {unit}"
    return f"{pace} and is down to a thousandth after {counted(math.ceil(arriving), unit)}"


def summed_text(experiment: Experiment) -> str:
    """Return what a summed instead of a mean loss would do to the limit of plain descent with one parameter."""
    limit = theory.summed_limit(experiment.dataset)
    if not _is_plain_batch(experiment) or len(experiment.start) != 1 or math.isinf(limit):
        return ""
    return (
        f"If the loss were the **sum** over the points and not their mean, every gradient would be "
        f"{len(experiment.dataset)} times as large and the limit 1/Σx² = {number(limit)} instead of "
        f"1/mean(x²) = {number(theory.largest_rate(experiment.dataset, 1))}."
    )


def valley_text(experiment: Experiment) -> str:
    """Return how the cost over w and b is shaped, and why descent zigzags or creeps in it."""
    shape = theory.curvature(experiment.dataset, 2)
    flat, steep = shape.eigenvalues.tolist()
    if flat == 0.0:
        return (
            "All x are equal: many pairs (w, b) fit equally well, a valley of minima. Batch descent goes straight to the "
            "nearest of them."
        )
    (flat_w, flat_b), (steep_w, steep_b) = shape.directions[:, 0], shape.directions[:, 1]
    return (
        f"The cost curves most along (w, b) = ({number(steep_w)}, {number(steep_b)}), with λ_max = {number(steep)}, and least "
        f"along ({number(flat_w)}, {number(flat_b)}), with λ_min = {number(flat)}. The condition number is "
        f"λ_max/λ_min = **{number(shape.condition)}**: of the same error, an update removes that many times less along the flat "
        "direction than along the steep one. Near the limit the path zigzags across the valley while it creeps along it."
    )


def _is_plain_batch(experiment: Experiment) -> bool:
    return experiment.optimizer.key == "gd" and experiment.batch_size is None
