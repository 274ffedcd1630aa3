"""A run in words: the log that the lecture's programs would print, and what happened, each number from the run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from gd_core import bounds, model, theory
from gd_core.training import Experiment, Run

ARRIVED = 1e-3  # of the start's distance to the minimum: closer counts as arrived
TABLE_ROWS = 12
EXCERPT_LINES = 404  # the lecture's SGD program prints 402 lines, which are shown whole


def number(value: float) -> str:
    """Return a number rounded to six significant digits, for reading."""
    return f"{value:.6g}"


def counted(count: int, word: str) -> str:
    """Return "1 epoch", "2 epochs"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def named(parameters: tuple[float, ...]) -> str:
    """Return "w = 2" or "w = 2, b = 0.5"."""
    return ", ".join(f"{name} = {number(value)}" for name, value in zip("wb", parameters))


# The log


def log_text(run: Run, predict_x: float = 4.0) -> str:
    """Return what the lecture's program would print for this experiment, without the last line's end.

    A whole-set run follows the lecture's first program, whose "loss" is the cost before the update beside the new w; any
    other follows its second, whose "loss" is the mean loss of the epoch's last batch after its update, and which prints
    each update's gradient beside its x and y (lists for a mini-batch). A bias is printed behind w. A run that diverged
    ends with a line that says so. predict_x: the x of the two predictions.
    """
    return "\n".join(log_lines(run, predict_x))


def log_lines(run: Run, predict_x: float = 4.0) -> Iterator[str]:
    """Yield the lines of `log_text`."""
    yield _prediction_line("before", run.parameters[0], predict_x)
    for epoch in range(_epochs_begun(run)):
        yield from _epoch_lines(run, epoch)
    yield _last_line(run, predict_x)


def log_excerpt(run: Run, predict_x: float = 4.0) -> tuple[str, int]:
    """Return the log, or its beginning and end where it is longer than `EXCERPT_LINES`, and how many lines are left out."""
    per_epoch = 1 if run.experiment.batch_size is None else run.experiment.updates_per_epoch + 1
    begun = _epochs_begun(run)
    partial = len(run) - (len(run.epoch_ends) - 1) * run.experiment.updates_per_epoch
    total = 2 + (len(run.epoch_ends) - 1) * per_epoch + partial
    if total <= EXCERPT_LINES:
        return log_text(run, predict_x), 0
    half = EXCERPT_LINES // 2
    epochs = -(-half // per_epoch)
    head, tail = [_prediction_line("before", run.parameters[0], predict_x)], []
    for epoch in range(min(epochs, begun)):
        head += _epoch_lines(run, epoch)
    for epoch in range(max(0, begun - epochs - 1), begun):
        tail += _epoch_lines(run, epoch)
    head, tail = head[:half], [*tail, _last_line(run, predict_x)][-half:]
    hidden = total - 2 * half
    return "\n".join([*head, f"... {counted(hidden, 'line')} left out here ...", *tail]), hidden


def _epochs_begun(run: Run) -> int:
    return -(-len(run) // run.experiment.updates_per_epoch)


def _epoch_lines(run: Run, epoch: int) -> list[str]:
    first = epoch * run.experiment.updates_per_epoch
    end = min(first + run.experiment.updates_per_epoch, len(run))
    weights = _weights(run.parameters[end].tolist())
    if run.experiment.batch_size is None:
        return [f"Epoch: {epoch} {weights} loss= {float(run.losses_before[first])!r}"]
    x, y, lines = run.experiment.dataset.x, run.experiment.dataset.y, []
    for update, rows in zip(range(first, end), run.samples_of_epoch(epoch)):
        gradient = " ".join(map(repr, run.gradients[update].tolist()))
        if run.experiment.batch_size == 1:
            lines.append(f"\tgrad:  {float(x[rows[0]])!r} {float(y[rows[0]])!r} {gradient}")
        else:
            lines.append(f"\tgrad:  {x[rows].tolist()} {y[rows].tolist()} {gradient}")
    if end == first + run.experiment.updates_per_epoch:
        lines.append(f"progress: {epoch} {weights} loss= {float(run.losses_after[end - 1])!r}")
    return lines


def _weights(parameters: list[float]) -> str:
    return " ".join(f"{name}= {value!r}" for name, value in zip("wb", parameters))


def _prediction_line(when: str, parameters: np.ndarray, x: float) -> str:
    shown = int(x) if float(x).is_integer() else float(x)
    return f"Predict ({when} training) {shown} {float(model.predict(np.float64(x), parameters))!r}"


def _last_line(run: Run, predict_x: float) -> str:
    if run.diverged_at is None:
        return _prediction_line("after", run.parameters[-1], predict_x)
    return f"Stopped after {counted(len(run), 'update')}: in the next one a number passed {bounds.DIVERGED:g}"


# What happened


class Outcome(Enum):
    """How a run ended, judged by the cost over the whole set and the distance to the minimum."""

    FLAT = "flat"
    AT_MINIMUM = "at the minimum"
    ARRIVED = "arrived"
    APPROACHING = "approaching"
    NO_CLOSER = "no closer"
    RAN_AWAY = "ran away"


@dataclass(frozen=True)
class Verdict:
    """What happened in a run: its outcome and the sentences that say so."""

    outcome: Outcome
    sentence: str


def outcome(run: Run) -> Outcome:
    """Return how the run ended.

    Arrived: the last distance to the minimum is at most a thousandth of the first. Ran away: the history was cut, or the
    last cost is at least ten times the first. No closer: the last cost is not below the first.
    """
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    begin, end = _distance(run.parameters[0], least), _distance(run.parameters[-1], least)
    first, last = run.epoch_costs[0], _last_cost(run)
    if run.diverged_at is not None or last > 10.0 * max(first, 2.0 * least.cost):
        return Outcome.RAN_AWAY
    if not run.gradients.any() and not (run.parameters != run.parameters[0]).any():
        return Outcome.AT_MINIMUM if least.unique else Outcome.FLAT
    if end <= ARRIVED * begin or (begin == 0.0 and end == 0.0):
        return Outcome.ARRIVED
    return Outcome.APPROACHING if last < first else Outcome.NO_CLOSER


def verdict(run: Run) -> Verdict:
    """Return what happened, in sentences whose every number is computed from the run, and what to change if it went wrong."""
    how = outcome(run)
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    label = run.experiment.optimizer.label
    end = tuple(run.parameters[-1].tolist())
    first, last = float(run.epoch_costs[0]), _last_cost(run)
    after = f"after {_extent(run)}"
    costs = f"The cost went from {number(first)} to {number(last)}"
    minimum = f"the minimum ({named(least.parameters)}, cost {number(least.cost)})"
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
                f"{costs}. {_advice_for_more(run)}"
            )
        case Outcome.NO_CLOSER:
            sentence = (
                f"**No gain.** {label} ends at {named(end)} {after}, {_gap(run, least)} {minimum}, "
                f"with a cost that is not below the start's: {number(first)}, then {number(last)}. {_advice_for_less(run)}"
            )
        case Outcome.RAN_AWAY:
            if run.diverged_at is None:
                ending = f"{costs} in {_extent(run)}."
            else:
                ending = (
                    f"In update {run.diverged_at + 1} a number passed {bounds.DIVERGED:g} and the run was stopped; "
                    f"the cost had gone from {number(first)} to {number(last)}."
                )
            sentence = f"**Ran away.** {ending} {_advice_for_less(run)}"
    return Verdict(how, sentence)


def _distance(parameters: np.ndarray, least: theory.Minimum) -> float:
    return math.hypot(*(parameters - np.array(least.parameters)).tolist())


def _last_cost(run: Run) -> float:
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
        distance = _distance(run.parameters[-1], least)
        return f"{number(distance)} away from" if distance else "exactly at"
    gap = float(run.parameters[-1, 0]) - least.parameters[0]
    return f"{number(abs(gap))} {'above' if gap > 0 else 'below'}" if gap else "exactly at"


def _advice_for_more(run: Run) -> str:
    return "Train for more epochs, or change the learning rate."


def _advice_for_less(run: Run) -> str:
    experiment = run.experiment
    if _has_exact_limit(experiment):
        limit = theory.largest_rate(experiment.dataset, len(experiment.start))
        if experiment.learning_rate >= limit:
            return f"With these points it converges only below a learning rate of {number(limit)}."
    return f"Try a smaller learning rate than {number(experiment.learning_rate)}."


def _has_exact_limit(experiment: Experiment) -> bool:
    return experiment.optimizer.key == "gd" and experiment.batch_size is None


# The fit


def prediction_sentence(run: Run, predict_x: float) -> str:
    """Return what the line predicts at an x before and after training (Markdown)."""
    before, after = (float(model.predict(np.float64(predict_x), run.parameters[row])) for row in (0, -1))
    return (
        f"At x = {number(predict_x)} the line says **{number(before)}** before training "
        f"and **{number(after)}** after it."
    )


def fit_table(run: Run) -> str:
    """Return a Markdown table of each point's predictions and errors (y_hat - y), of the first points where there are many."""
    dataset = run.experiment.dataset
    shown = slice(0, TABLE_ROWS)
    predictions = [model.predict(dataset.x[shown], run.parameters[row]) for row in (0, -1)]
    columns = [dataset.x[shown], dataset.y[shown]]
    for prediction in predictions:
        columns += [prediction, prediction - dataset.y[shown]]
    lines = ["| x | y | first line | its error | last line | its error |", "|--:|--:|--:|--:|--:|--:|"]
    lines += ["| " + " | ".join(number(value) for value in row) + " |" for row in zip(*columns)]
    hidden = len(dataset) - TABLE_ROWS
    return "\n".join(lines) + (f"\n\nand {counted(hidden, 'more point')}." if hidden > 0 else "")
