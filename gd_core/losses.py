"""Which loss, measured when: the numbers that a loss history can show, never mixed with each other."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gd_core.training import Run

Measure = Literal["after", "before", "used before", "used after"]
Per = Literal["epoch", "update"]

MEASURES: dict[str, str] = {
    "after": "cost (all points), after",
    "before": "cost (all points), before",
    "used before": "loss of the samples used, before",
    "used after": "loss of the samples used, after",
}
"""Stable key -> what is measured: over which samples, and on which side of the update."""


@dataclass(frozen=True)
class Series:
    """One kind of loss over a run.

    title: what it is. times: (k,) when each value was measured, in epochs or updates done. values: (k,).
    """

    title: str
    times: np.ndarray
    values: np.ndarray


def loss_series(run: Run, measure: Measure, per: Per) -> Series:
    """Return a loss per epoch or per update.

    Per epoch, a cost is that of the epoch's beginning (before) or end (after), and the loss of the samples used is that of
    the epoch's last update. A cost after also has the start as its first value.
    """
    per_epoch = run.experiment.updates_per_epoch
    ends = run.epoch_ends if per == "epoch" else np.arange(len(run) + 1)
    unit = per_epoch if per == "epoch" else 1
    if measure in ("after", "before"):
        values = run.epoch_costs if per == "epoch" else run.costs
        kept = slice(None) if measure == "after" or len(ends) == 1 else slice(None, -1)
        return Series(f"cost {measure} each {per}", ends[kept] / unit, values[kept])
    last = ends[1:] - 1
    losses, times = (run.losses_before, last) if measure == "used before" else (run.losses_after, last + 1)
    whose = "each update's samples" if per == "update" else "each epoch's last samples"
    side = measure.removeprefix("used ")
    return Series(f"loss of {whose}, {side} their update", times / unit, losses[last])


def printed_series(run: Run) -> Series:
    """Return the number that the lecture's program prints as "loss" for each epoch, at the time it was measured.

    Whole-set updates: the cost before. Otherwise: the loss of the epoch's last samples after their update.
    """
    return loss_series(run, "before" if run.experiment.batch_size is None else "used after", "epoch")


def smoothed(values: np.ndarray, beta: float) -> np.ndarray:
    """Return the exponentially weighted average of values, (k,), corrected for having started at zero.

    m <- beta m + (1 - beta) v, divided by 1 - beta^t: the weights of v_1 ... v_t then add up to 1 (Kingma and Ba 2015,
    section 3). It lags behind its values; for display only.
    """
    result, mean, missing = np.empty(len(values)), 0.0, 1.0
    for index, value in enumerate(values.tolist()):
        mean = beta * mean + (1.0 - beta) * value
        missing *= beta
        result[index] = mean / (1.0 - missing)
    return result
