"""Many learning rates at once: the runs advance together, as arrays, through the same update rules as a single one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gd_core import bounds, model, theory
from gd_core.optimizers import State
from gd_core.training import Experiment, has_diverged, orders_of, surely_inside

BLOCK = 64  # epochs whose ends are kept until they are compared with the minimum, all at once


@dataclass(frozen=True, eq=False)
class Sweep:
    """How runs that differ in their learning rate only have ended.

    learning_rates: (R,). parameters: (R, P), the last ones within the bound. costs: (R,), there. diverged_at: (R,), the
    update (from 0) in which a number left the bound, -1 where none did. epochs_to_tolerance: (R,), the epochs after which
    the distance to the minimum was first within the tolerance, -1 where it never was.
    """

    learning_rates: np.ndarray
    parameters: np.ndarray
    costs: np.ndarray
    diverged_at: np.ndarray
    epochs_to_tolerance: np.ndarray


def sweep(experiment: Experiment, learning_rates: Sequence[float], tolerance: float = 1e-3) -> Sweep:
    """Run an experiment once for each learning rate and return how the runs ended.

    learning_rates: (R,), each in (0, 1000]; the experiment's own is not used. tolerance: the distance to the least-squares
    minimum that counts as there, as a share of the start's. Batches of up to 48 samples give the very bits of `train`;
    larger ones use the batch's moments, and agree to 1e-12 of the start's distance. ValueError names a rate out of range.
    """
    rates = np.array(learning_rates, dtype=float)
    for rate in rates[~((rates > 0.0) & (rates <= bounds.MAX_LEARNING_RATE))].tolist():
        bounds.real("learning_rate", rate, 0.0, bounds.MAX_LEARNING_RATE, above_low=True)
    least = np.array(theory.minimum(experiment.dataset, experiment.start).parameters)
    near = tolerance * float(np.linalg.norm(np.array(experiment.start) - least))
    runs = _Together(rates, experiment)
    arrived = np.full(len(rates), -1)
    ends: list[tuple[np.ndarray, list[np.ndarray]]] = [(runs.active, runs.parameters)]
    for epoch, gradients in enumerate(_epochs(experiment, len(rates)), start=1):
        for gradient in gradients:
            runs.advance(gradient)
        ends.append((runs.active, runs.parameters))
        if len(ends) > BLOCK or epoch == experiment.epochs or not len(runs.active):
            _mark_arrivals(arrived, ends, epoch + 1 - len(ends), least, near)
            ends = []
        if not len(runs.active):
            break
    parameters = runs.finished()
    return Sweep(rates, parameters, model.costs(experiment.dataset, parameters), runs.diverged_at, arrived)


class _Together:
    """The runs of a sweep on their way: those still inside the bound (`active`, indices of rates) and how the others ended.

    The one mutable thing in the core: a step of a thousand runs must not copy what it does not change.
    """

    def __init__(self, rates: np.ndarray, experiment: Experiment) -> None:
        self.dataset, self.rule = experiment.dataset, experiment.optimizer
        self.rates, self.active = rates, np.arange(len(rates))
        self.parameters = [np.full(len(rates), value) for value in experiment.start]
        self.states: list[State] = [self.rule.init(values) for values in self.parameters]
        self.diverged_at = np.full(len(rates), -1)
        self.updates = 0
        self._ended = np.empty((len(rates), len(experiment.start)))
        self._safe = surely_inside(experiment.dataset) ** 2

    def advance(self, gradient_at: Callable[[list[np.ndarray]], list[np.ndarray]]) -> None:
        """Make one update of every active run; runs that leave the bound end as they were before it."""
        before = self.parameters
        gradient = gradient_at(before)
        moves = [
            self.rule.update(slope, state, self.rates, values)
            for slope, state, values in zip(gradient, self.states, before)
        ]
        self.parameters = [values + change for values, (change, _) in zip(before, moves)]
        self.states = [state for _, state in moves]
        # One product per parameter is far below the bound as long as every single run is.
        if not all(values @ values <= self._safe for values in self.parameters):
            self._end_diverged(before, gradient)
        self.updates += 1

    def _end_diverged(self, before: list[np.ndarray], gradient: list[np.ndarray]) -> None:
        suspects = np.flatnonzero(~(np.max(np.abs(self.parameters), axis=0) <= self._safe**0.5))
        after = np.stack([values[suspects] for values in self.parameters], axis=1)
        out = np.zeros(len(self.active), dtype=bool)
        out[suspects] = has_diverged(self.dataset, after, np.stack([slopes[suspects] for slopes in gradient], axis=1))
        if out.any():
            self.diverged_at[self.active[out]] = self.updates
            self._ended[self.active[out]] = np.stack(before, axis=1)[out]
            keep = ~out
            self.active, self.rates = self.active[keep], self.rates[keep]
            self.parameters = [values[keep] for values in self.parameters]
            self.states = [
                tuple(part[keep] if isinstance(part, np.ndarray) else part for part in state) for state in self.states
            ]

    def finished(self) -> np.ndarray:
        """Return the last parameters of every run, (R, P)."""
        self._ended[self.active] = np.stack(self.parameters, axis=1)
        return self._ended


def _mark_arrivals(
    arrived: np.ndarray, ends: list[tuple[np.ndarray, list[np.ndarray]]], first: int, least: np.ndarray, near: float
) -> None:
    """Write into arrived the epoch at whose end a run was near the minimum for the first time."""
    begin = 0
    while begin < len(ends):  # stretches in which no run ended have arrays of one length
        active = ends[begin][0]
        end = begin
        while end < len(ends) and len(ends[end][0]) == len(active):
            end += 1
        gaps = [np.array([places[axis] for _, places in ends[begin:end]]) - least[axis] for axis in range(len(least))]
        inside = (np.abs(gaps[0]) if len(gaps) == 1 else np.hypot(*gaps)) <= near
        new = np.flatnonzero(inside.any(axis=0) & (arrived[active] < 0))
        arrived[active[new]] = first + begin + np.argmax(inside[:, new], axis=0)
        begin = end


def _epochs(experiment: Experiment, width: int) -> Iterator[list[Callable]]:
    """Yield for each epoch the gradient of each of its batches, as a function of the parameters of up to `width` runs."""
    known: tuple = (None, None)
    for batches in orders_of(experiment):
        if known[0] is not batches:
            known = batches, [_batch_gradient(experiment, rows, width) for rows in batches]
        yield known[1]


def _batch_gradient(
    experiment: Experiment, rows: np.ndarray, width: int
) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    x, y = experiment.dataset.x[rows], experiment.dataset.y[rows]
    if len(rows) > model.FEW:
        return _from_moments(x, y)
    # Each sample's numbers once for every run: NumPy multiplies equal shapes twice as fast as a column by a row.
    x, y = (np.repeat(column[:, None], width, axis=1) for column in (x, y))
    twice_x, divide = 2.0 * x, experiment.batch_size != 1
    errors = np.empty_like(x)

    def mean(terms: np.ndarray) -> np.ndarray:
        total = terms[0].copy()
        for term in terms[1:]:  # one after the other, in the order of the samples, as a loop adds them
            np.add(total, term, out=total)
        return np.divide(total, len(terms), out=total) if divide else total

    def at(parameters: list[np.ndarray]) -> list[np.ndarray]:
        count = len(parameters[0])
        error = np.multiply(x[:, :count], parameters[0], out=errors[:, :count])
        if len(parameters) == 2:
            np.add(error, parameters[1], out=error)
        np.subtract(error, y[:, :count], out=error)
        by_b = [mean(2.0 * error)] if len(parameters) == 2 else []
        return [mean(np.multiply(twice_x[:, :count], error, out=error)), *by_b]

    return at


def _from_moments(x: np.ndarray, y: np.ndarray) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """Return the gradient as 2 mean(x^2) w + 2 mean(x) b - 2 mean(xy), whose cost does not grow with the batch."""
    xx, xy, x1, y1 = (2.0 * float(np.mean(values)) for values in (x * x, x * y, x, y))

    def at(parameters: list[np.ndarray]) -> list[np.ndarray]:
        if len(parameters) == 1:
            return [xx * parameters[0] - xy]
        w, b = parameters
        return [xx * w + x1 * b - xy, x1 * w + 2.0 * b - y1]

    return at
