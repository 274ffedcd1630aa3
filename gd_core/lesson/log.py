"""What the lecture's programs would print for a run, to the last digit."""

from collections.abc import Iterator

import numpy as np

from gd_core import bounds, model
from gd_core.lesson.wording import counted
from gd_core.training import Run

EXCERPT_LINES = 404  # the lecture's SGD program prints 402 lines, which are shown whole


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
