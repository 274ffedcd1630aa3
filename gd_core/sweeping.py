"""Many learning rates at once: the runs advance together, as arrays, through the same update rules as a single one."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gd_core import bounds, model, theory
from gd_core.optimizers import GradientDescent, State
from gd_core.training import Experiment, has_diverged, orders_of, surely_inside

MOST_NOTED = 256  # epochs whose ends are noted before they are looked through, all at once


@dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        rates, away = self.learning_rates, int(np.sum(self.diverged_at >= 0))
        return f"Sweep({len(rates)} learning rates, {rates.min():g} to {rates.max():g}, {away} ran away)"


def sweep(experiment: Experiment, learning_rates: Sequence[float], tolerance: float = 1e-3) -> Sweep:
    """Run an experiment once for each learning rate and return how the runs ended.

    learning_rates: (R,), each in (0, 1000]; the experiment's own is not used. tolerance: the distance to the least-squares
    minimum that counts as there, as a share of the start's. ValueError names a rate out of range.

    A result has the very bits of `train` where a batch has at most 48 samples. Larger batches, and plain descent with one
    parameter on the whole set, are computed from the moments of the batch, whose cost does not grow with it: parameters
    then agree to 1e-12 (relative), and costs to 1e-12 of the start's.
    """
    rates = np.array(learning_rates, dtype=float)
    for rate in rates[~((rates > 0.0) & (rates <= bounds.MAX_LEARNING_RATE))].tolist():
        bounds.real("learning_rate", rate, 0.0, bounds.MAX_LEARNING_RATE, above_low=True)
    least = theory.minimum(experiment.dataset, experiment.start).parameters
    near = tolerance * math.hypot(*(first - last for first, last in zip(experiment.start, least)))
    runs = _Together(rates, experiment, least, near)
    runs.note_epoch()
    for gradients in _epochs(experiment, len(rates)):
        for gradient in gradients:
            runs.advance(gradient)
        runs.note_epoch()
    parameters, arrived = runs.finished()
    return Sweep(rates, parameters, model.costs(experiment.dataset, parameters), runs.diverged_at, arrived)


class _Together:
    """The runs of a sweep on their way, as arrays with one element for each run.

    The one mutable thing in the core: an update of a thousand runs must not copy what it does not change. A run that has
    left the bound is parked: at 0, with a rate of 0, it stays where it is and disturbs nobody.
    """

    def __init__(self, rates: np.ndarray, experiment: Experiment, least: tuple[float, ...], near: float) -> None:
        self.dataset, self.rule, self.rates = experiment.dataset, experiment.optimizer, rates.copy()
        self.parameters = [np.full(len(rates), value) for value in experiment.start]
        self.states: list[State] = [self.rule.init(values) for values in self.parameters]
        self.diverged_at = np.full(len(rates), -1)
        self.updates = 0
        self._ended = np.empty((len(rates), len(experiment.start)))
        self._safe = surely_inside(experiment.dataset)
        self._least, self._near, self._per_epoch = least, near, experiment.updates_per_epoch
        self._arrived = np.full(len(rates), -1)
        self._ends: list[list[np.ndarray]] = []  # the parameters at the ends of epochs not yet looked through
        self._epochs_looked_through = 0

    def advance(self, gradient_at: Callable[[list[np.ndarray]], list[np.ndarray]]) -> None:
        """Make one update of every run."""
        before = self.parameters
        gradient = gradient_at(before)
        self.parameters, states = [], []
        for values, slope, state in zip(before, gradient, self.states):
            change, state = self.rule.update(slope, state, self.rates, values)
            self.parameters.append(values + change)
            states.append(state)
        self.states = states
        # One product per parameter is inside as long as every single run is.
        for values in self.parameters:
            if not values.dot(values) <= self._safe * self._safe:  # .dot starts twice as fast as @
                self._park_diverged(before, gradient)
                break
        self.updates += 1

    def _park_diverged(self, before: list[np.ndarray], gradient: list[np.ndarray]) -> None:
        suspects = np.flatnonzero(~(np.max(np.abs(self.parameters), axis=0) <= self._safe))
        after = np.stack([values[suspects] for values in self.parameters], axis=1)
        slopes = np.stack([values[suspects] for values in gradient], axis=1)
        out = suspects[has_diverged(self.dataset, after, slopes)]
        self.diverged_at[out] = self.updates
        self._ended[out] = np.stack([values[out] for values in before], axis=1)
        for array in (self.rates, *self.parameters, *(part for state in self.states for part in state)):
            if isinstance(array, np.ndarray):
                array[out] = 0.0

    def note_epoch(self) -> None:
        """Note where the runs are at the end of an epoch, to be compared with the minimum later, many epochs at once."""
        self._ends.append(self.parameters)
        if len(self._ends) == MOST_NOTED:
            self._look_for_arrivals()

    def _look_for_arrivals(self) -> None:
        gaps = [np.array(values) - target for values, target in zip(zip(*self._ends), self._least)]
        far = (np.abs(gaps[0], out=gaps[0]) if len(gaps) == 1 else np.hypot(*gaps)) > self._near
        first = far.argmin(axis=0)  # the first epoch that was not far; 0 also where all were
        epoch = self._epochs_looked_through + first
        there = ~far[first, np.arange(len(first))] & (self._arrived < 0)
        still_running = (self.diverged_at < 0) | (epoch * self._per_epoch <= self.diverged_at)
        self._arrived = np.where(there & still_running, epoch, self._arrived)
        self._epochs_looked_through += len(self._ends)
        self._ends = []

    def finished(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the last parameters of every run, (R, P), and the epochs until each was near the minimum, (R,)."""
        if self._ends:
            self._look_for_arrivals()
        inside = self.diverged_at < 0
        self._ended[inside] = np.stack(self.parameters, axis=1)[inside]
        return self._ended, self._arrived


def _epochs(experiment: Experiment, width: int) -> Iterator[list[Callable]]:
    """Yield for each epoch the gradient of each of its batches, as a function of the parameters of `width` runs."""
    known: tuple = (None, None)
    for batches in orders_of(experiment):
        if known[0] is not batches:
            known = batches, [_batch_gradient(experiment, rows, width) for rows in batches]
        yield known[1]


def _batch_gradient(
    experiment: Experiment, rows: np.ndarray, width: int
) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    x, y = experiment.dataset.x[rows], experiment.dataset.y[rows]
    plain = isinstance(experiment.optimizer, GradientDescent) and not experiment.bias
    if len(rows) > model.FEW or (plain and experiment.batch_size is None):
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
        error = np.multiply(x, parameters[0], out=errors)
        if len(parameters) == 2:
            np.add(error, parameters[1], out=error)
        np.subtract(error, y, out=error)
        by_b = [mean(2.0 * error)] if len(parameters) == 2 else []
        return [mean(np.multiply(twice_x, error, out=error)), *by_b]

    return at


def _from_moments(x: np.ndarray, y: np.ndarray) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """Return the gradient as 2 mean(x^2) w + 2 mean(x) b - 2 mean(xy), whose cost does not grow with the batch."""
    # Arrays without axes: a Python float would be turned into one by each operation.
    xx, xy, x1, y1 = (np.array(2.0 * np.mean(values)) for values in (x * x, x * y, x, y))

    def at(parameters: list[np.ndarray]) -> list[np.ndarray]:
        if len(parameters) == 1:
            slope = xx * parameters[0]
            slope -= xy
            return [slope]
        w, b = parameters
        return [xx * w + x1 * b - xy, x1 * w + 2.0 * b - y1]

    return at
