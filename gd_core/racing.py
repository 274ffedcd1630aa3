"""A race: up to six runs on the same points from the same start, which differ in what an `Entry` says and in nothing else."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gd_core import theory
from gd_core.data import PRESETS
from gd_core.optimizers import OPTIMIZERS, Optimizer
from gd_core.training import Experiment, Run

MOST_ENTRIES = 6


@dataclass(frozen=True)
class Entry:
    """What one run of a race has for itself: its optimizer, its learning rate, its samples per update (None for all)."""

    optimizer: Optimizer
    learning_rate: float
    batch_size: int | None = None

    def of(self, experiment: Experiment) -> Experiment:
        """Return the experiment this entry runs: everything else as given. ValueError where it does not fit the data."""
        return replace(
            experiment, optimizer=self.optimizer, learning_rate=self.learning_rate, batch_size=self.batch_size
        )


def entry_of(experiment: Experiment) -> Entry:
    """Return the entry with which an experiment enters a race."""
    return Entry(experiment.optimizer, experiment.learning_rate, experiment.batch_size)


@dataclass(frozen=True)
class Finish:
    """What a run had spent at the end of the first epoch that left it within a tolerance of the minimum."""

    epochs: int
    updates: int
    sample_gradients: int


def finish(run: Run, tolerance: float) -> Finish | None:
    """Return when a run's parameters were within a tolerance of the minimum: |w - w*|, with a bias the length of the difference.

    Looked at when an epoch ends, the start among them. None where no epoch ended that near.
    """
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    gaps = np.hypot.reduce(run.parameters[run.epoch_ends] - np.array(least.parameters), axis=1, initial=0.0)
    near = np.flatnonzero(gaps < tolerance)
    if not len(near):
        return None
    epochs = int(near[0])
    return Finish(epochs, epochs * run.experiment.updates_per_epoch, epochs * len(run.experiment.dataset))


def sample_gradients(run: Run) -> np.ndarray:
    """Return how many gradients of one sample a run had computed at each row of its parameters: (updates + 1,)."""
    count, size = len(run.experiment.dataset), run.experiment.batch_size or len(run.experiment.dataset)
    epoch, update = np.divmod(np.arange(len(run) + 1), run.experiment.updates_per_epoch)
    return epoch * count + update * size


# Ready races


@dataclass(frozen=True)
class Race:
    """A race that is ready to start: the experiment whose points, start and epochs all share, and its entries."""

    experiment: Experiment
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ReadyRace:
    """A race to choose by its label, made for the experiment it is chosen in."""

    label: str
    made_for: Callable[[Experiment], Race]


def _sample_sizes(experiment: Experiment) -> Race:
    sizes = [None, *(size for size in (2, 1) if size <= len(experiment.dataset))]
    return Race(experiment, tuple(Entry(OPTIMIZERS["gd"](), experiment.learning_rate, size) for size in sizes))


def _regimes(experiment: Experiment) -> Race:
    """Batch descent at a rate from each of the five regimes of these points."""
    limit = theory.largest_rate(experiment.dataset, len(experiment.start))
    limit = min(limit, 500.0) if math.isfinite(limit) else 1.0
    rates = [_rounded(0.2 * limit), limit / 2.0, _rounded(0.9 * limit), limit, _rounded(1.03 * limit)]
    return Race(experiment, tuple(Entry(OPTIMIZERS["gd"](), rate) for rate in rates))


def _rounded(rate: float) -> float:
    return float(f"{rate:.3g}")


def _momentum(experiment: Experiment) -> Race:
    """Batch descent with and without momentum where the cost is a long valley (x far from 0), the plain one at its best rate."""
    valley = replace(experiment, dataset=PRESETS["anscombe1"].dataset, bias=True, start=(0.0, 0.0), epochs=3000)
    best = theory.best_rate(valley.dataset, 2)
    rules = OPTIMIZERS["gd"](), OPTIMIZERS["momentum"](), OPTIMIZERS["nesterov"]()
    return Race(valley, tuple(Entry(rule, _rounded(best * share)) for rule, share in zip(rules, (0.99, 0.99, 0.5))))


def _adaptive(experiment: Experiment) -> Race:
    keys = ("adagrad", "rmsprop", "adam", "adamax", "nadam", "adadelta")
    return Race(experiment, tuple(Entry(OPTIMIZERS[key](), 1.0 if key == "adadelta" else 0.05) for key in keys))


RACES: dict[str, ReadyRace] = {
    "samples": ReadyRace("Batch, mini-batch, stochastic", _sample_sizes),
    "regimes": ReadyRace("Five learning rates, five regimes", _regimes),
    "momentum": ReadyRace("Momentum in a long valley", _momentum),
    "adaptive": ReadyRace("The adaptive family", _adaptive),
}
"""Stable key -> ready race."""
