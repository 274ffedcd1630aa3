"""What happened in a run, in sentences whose every number comes from the run."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from gd_core import bounds, model, theory
from gd_core.lesson.rates import limit_of
from gd_core.lesson.wording import counted, named, number
from gd_core.training import Experiment, Run

ARRIVED = 1e-3  # of the start's distance to the minimum: closer counts as arrived


class Outcome(Enum):
    """How a run ended, judged by the cost over the whole set and the distance to the minimum."""

    FLAT = "flat"
    AT_MINIMUM = "at the minimum"
    ARRIVED = "arrived"
    APPROACHING = "approaching"
    CIRCLING = "circling"
    NO_CLOSER = "no closer"
    RAN_AWAY = "ran away"


@dataclass(frozen=True)
class Verdict:
    """What happened in a run: its outcome and the sentences that say so."""

    outcome: Outcome
    sentence: str


def outcome(run: Run) -> Outcome:
    """Return how the run ended.

    Arrived: the last distance to the minimum is at most a thousandth of the first. Circling: its last two epochs went the
    same way. Ran away: the history was cut, or the last cost is more than ten times the first although no theory says that
    this learning rate stays in. No closer: the last cost is not below the first.
    """
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    begin, end = theory.distance(least, run.parameters[0]), theory.distance(least, run.parameters[-1])
    first, last = run.epoch_costs[0], last_cost(run)
    if run.diverged_at is not None:
        return Outcome.RAN_AWAY
    if not run.gradients.any() and not (run.parameters != run.parameters[0]).any():
        return Outcome.AT_MINIMUM if least.unique else Outcome.FLAT
    if end <= ARRIVED * begin or (begin == 0.0 and end == 0.0):
        return Outcome.ARRIVED
    if _circles(run):
        return Outcome.CIRCLING
    if last > 10.0 * max(first, 2.0 * least.cost) and not _stays_in(run.experiment):
        return Outcome.RAN_AWAY
    return Outcome.APPROACHING if last < first else Outcome.NO_CLOSER


def _circles(run: Run) -> bool:
    """Return whether the last epoch went through the very same parameters as the one before; one point is no circle."""
    count = run.experiment.updates_per_epoch
    if len(run) < 2 * count:
        return False
    before, last = run.parameters[-2 * count : -count], run.parameters[-count:]
    width = float(np.max(np.ptp(last, axis=0)))
    wide = width > 1e-9 * max(1.0, float(np.max(np.abs(last))))
    return wide and float(np.max(np.abs(last - before))) <= 1e-3 * width


def _stays_in(experiment: Experiment) -> bool:
    """Return whether the learning rate is known to be below its limit: far away is not for ever then."""
    limit = limit_of(experiment)
    return limit is not None and experiment.learning_rate < limit


def verdict(run: Run) -> Verdict:
    """Return what happened, in sentences whose every number is computed from the run, and what to change if it went wrong."""
    how = outcome(run)
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    label = run.experiment.optimizer.label
    end = tuple(run.parameters[-1].tolist())
    first, last = float(run.epoch_costs[0]), last_cost(run)
    after = f"after {_extent(run)}"
    costs = f"The cost went from {number(first)} to {number(last)}"
    which = "the minimum" if least.unique else "the nearest minimum of a whole valley"
    minimum = f"{which} ({named(least.parameters)}, cost {number(least.cost)})"
    match how:
        case Outcome.FLAT:
            sentence = (
                f"Nothing moves: every gradient is 0, because the cost is {number(first)} here and the same all around."
            )
        case Outcome.AT_MINIMUM:
            sentence = f"Nothing moves: the start is {minimum}, where the gradient is 0."
        case Outcome.ARRIVED:
            sentence = f"**Arrived.** {label} ends at {named(end)} {after}, {_gap(run, least)} {minimum}. {costs}."
        case Outcome.APPROACHING:
            sentence = (
                f"**Not there yet.** {label} ends at {named(end)} {after}, {_gap(run, least)} {minimum}. "
                f"{costs}. Train for more epochs, or change the learning rate."
            )
        case Outcome.CIRCLING:
            places = run.parameters[-run.experiment.updates_per_epoch :, 0]
            sentence = (
                f"**Circling.** {label} on parts of the set has settled into a cycle {after}: in every epoch w goes from "
                f"{number(places.min())} to {number(places.max())}, beside {minimum}. {costs}. More epochs change little; a "
                "smaller learning rate or more samples per update narrow the cycle."
            )
        case Outcome.NO_CLOSER:
            sentence = (
                f"**No gain.** {label} ends at {named(end)} {after}, {_gap(run, least)} {minimum}, "
                f"with a cost that is not below the start's: {number(first)}, then {number(last)}. {_advice_for_less(run)}"
            )
        case _:  # it ran away
            if run.diverged_at is None:
                ending = f"{costs} in {_extent(run)}."
            else:
                ending = (
                    f"In update {run.diverged_at + 1} a number passed {bounds.DIVERGED:g} and the run was stopped; "
                    f"the cost had gone from {number(first)} to {number(last)}."
                )
            sentence = f"**Ran away.** {ending} {_growth(run)}{_advice_for_less(run)}"
    return Verdict(how, sentence)


def last_cost(run: Run) -> float:
    """Return the cost over the whole set at the last parameters."""
    return float(model.costs(run.experiment.dataset, run.parameters[-1:])[0])


def _extent(run: Run) -> str:
    epochs = len(run.epoch_ends) - 1
    if len(run) == epochs:
        return counted(epochs, "epoch")
    if len(run) == epochs * run.experiment.updates_per_epoch:
        return f"{counted(epochs, 'epoch')} ({counted(len(run), 'update')})"
    return counted(len(run), "update")


def _gap(run: Run, least: theory.Minimum) -> str:
    if len(least.parameters) == 2:
        distance = theory.distance(least, run.parameters[-1])
        return f"{number(distance)} away from" if distance else "exactly at"
    gap = float(run.parameters[-1, 0]) - least.parameters[0]
    return f"{number(abs(gap))} {'above' if gap > 0 else 'below'}" if gap else "exactly at"


def _advice_for_less(run: Run) -> str:
    limit = limit_of(run.experiment)
    if limit is not None and run.experiment.learning_rate >= limit:
        only = "only" if run.experiment.batch_size is None else "surely"
        return f"With these points it converges {only} below a learning rate of {number(limit)}."
    return f"Try a smaller learning rate than {number(run.experiment.learning_rate)}."


def _growth(run: Run) -> str:
    """Return when the cost first rose, and for plain batch descent what each update does to the error."""
    rises = np.flatnonzero(np.diff(run.costs) > 0.0)
    if len(rises) == 0:
        return ""
    first = int(rises[0])
    before, after = run.costs[first : first + 2].tolist()
    sentence = f"The cost first rose in update {first + 1}, from {number(before)} to {number(after)}. "
    if not _has_exact_limit(run.experiment):
        return sentence
    factor = 1.0 - 2.0 * run.experiment.learning_rate / theory.largest_rate(
        run.experiment.dataset, len(run.experiment.start)
    )
    what = "the error w - w*" if len(run.experiment.start) == 1 else "the error along the steepest direction"
    return f"{sentence}Each update multiplies {what} by {number(factor)}. "


def _has_exact_limit(experiment: Experiment) -> bool:
    return experiment.optimizer.key == "gd" and experiment.batch_size is None
