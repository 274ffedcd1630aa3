"""Which moments of a run the playback stops at, and what each of them says."""

from dataclasses import dataclass

import numpy as np

from gd_core import model
from gd_core.lesson import counted, number
from gd_core.training import Run

MOST = 25  # more frames cost more time and bytes than the eye can use


@dataclass(frozen=True)
class Moments:
    """The chosen moments of a run, each after a number of updates.

    rows: (k,) rows of `run.parameters`, the start and the end among them. parameters: (k, P). costs: (k,) over the whole
    set. slopes: (k, P), the gradient of the cost there. following: (k, P), where the next update leads (nan at the end).
    words: k times which moment it is, the parameters, the cost and the gradient.
    """

    rows: np.ndarray
    parameters: np.ndarray
    costs: np.ndarray
    slopes: np.ndarray
    following: np.ndarray
    words: list[tuple[str, ...]]


def moments(run: Run) -> Moments:
    """Return at most 25 moments: every one of a short run, of a longer one more of the beginning, where most happens."""
    updates = len(run)
    if updates < MOST:
        rows = np.arange(updates + 1)
    else:
        # Equal steps first, growing ones later: the larger of an even and a cubic spacing.
        rows = np.array(sorted({max(moment, round(updates * (moment / (MOST - 1)) ** 3)) for moment in range(MOST)}))
    at = run.parameters[rows]
    dataset = run.experiment.dataset
    following = np.full(at.shape, np.nan)
    following[rows < updates] = run.parameters[rows[rows < updates] + 1]
    costs, slopes = model.costs(dataset, at), model.gradients(dataset, at)
    words = [_words(run, *moment) for moment in zip(rows.tolist(), at.tolist(), costs.tolist(), slopes.tolist())]
    return Moments(rows, at, costs, slopes, following, words)


def _words(run: Run, row: int, parameters: list[float], cost: float, slopes: list[float]) -> tuple[str, ...]:
    names = "wb"[: len(parameters)]
    if row == 0:
        when = "start"
    else:
        epoch = -(-row // run.experiment.updates_per_epoch)
        when = f"after update {row} of {len(run)}"
        when += f" (epoch {epoch})" if run.experiment.updates_per_epoch > 1 else f", {counted(row, 'epoch')}"
    place = "   ".join(f"{name} = {number(value)}" for name, value in zip(names, parameters))
    gradient = ", ".join(number(slope) for slope in slopes)
    return when, place, f"cost = {number(cost)}", f"gradient = {gradient if len(slopes) == 1 else f'({gradient})'}"
