"""What to do (`Experiment`), doing it (`train`), and what happened (`Run`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np

from gd_core import bounds, model
from gd_core.data import Dataset
from gd_core.optimizers import GradientDescent, Optimizer


@dataclass(frozen=True)
class Experiment:
    """One training run, described completely and checked: the same experiment gives the same run, bit for bit.

    dataset: the points. bias: False fits x*w, True fits x*w + b. start: (w,) or (w, b), each up to 1e6 in size; a
    missing b starts at 0. optimizer: the update rule. learning_rate: in (0, 1000]. epochs: 1 to 10,000. batch_size:
    None takes the whole set for each update (batch), 1 one sample (stochastic), k in between (mini-batch; the last of an
    epoch may be smaller). shuffle_seed: None keeps the data's order; a seed draws a new order for each epoch, with one
    `numpy.random.default_rng(seed)` and its `permutation`; a whole-set update always sums in the data's order.
    ValueError names the field, the value and the allowed range.
    """

    dataset: Dataset = field(default_factory=Dataset.lecture)
    bias: bool = False
    start: tuple[float, ...] = (1.0,)
    optimizer: Optimizer = GradientDescent()
    learning_rate: float = 0.01
    epochs: int = 100
    batch_size: int | None = None
    shuffle_seed: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, Dataset):
            raise ValueError(f"dataset must be a Dataset, got {self.dataset!r}")
        if not isinstance(self.optimizer, Optimizer):
            raise ValueError(f"optimizer must be one of the classes in OPTIMIZERS, called, got {self.optimizer!r}")
        if self.bias not in (True, False):
            raise ValueError(f"bias must be True or False, got {self.bias!r}")
        settings = {
            "bias": bool(self.bias),
            "start": _checked_start(self.start, bool(self.bias)),
            "learning_rate": bounds.real(
                "learning_rate", self.learning_rate, 0.0, bounds.MAX_LEARNING_RATE, above_low=True
            ),
            "epochs": bounds.whole("epochs", self.epochs, 1, bounds.MAX_EPOCHS),
        }
        if self.batch_size is not None:
            settings["batch_size"] = bounds.whole("batch_size", self.batch_size, 1, len(self.dataset))
        if self.shuffle_seed is not None:
            settings["shuffle_seed"] = bounds.whole("shuffle_seed", self.shuffle_seed, 0, bounds.MAX_SEED)
        for name, value in settings.items():
            object.__setattr__(self, name, value)
        if self.updates > bounds.MAX_UPDATES:
            most = bounds.MAX_UPDATES // self.updates_per_epoch
            raise ValueError(
                f"{self.epochs} epochs of {self.updates_per_epoch} updates are {self.updates} updates, more than "
                f"{bounds.MAX_UPDATES}: set epochs to {most} or less, or use a larger batch_size"
            )

    @property
    def updates_per_epoch(self) -> int:
        return 1 if self.batch_size is None else -(-len(self.dataset) // self.batch_size)

    @property
    def updates(self) -> int:
        """Updates of a run that does not diverge."""
        return self.epochs * self.updates_per_epoch


def _checked_start(start: Sequence[float], bias: bool) -> tuple[float, ...]:
    names = ("w", "b") if bias else ("w",)
    try:
        numbers = tuple(start)
    except TypeError:
        numbers = ()
    if bias and len(numbers) == 1:
        numbers = (*numbers, 0.0)
    if len(numbers) != len(names):
        raise ValueError(
            f"start must hold {len(names)} numbers ({', '.join(names)}) when bias is {bias}, got {bounds.written(start)}"
        )
    return tuple(
        bounds.real(f"start {name}", number, -bounds.MAX_VALUE, bounds.MAX_VALUE)
        for name, number in zip(names, numbers)
    )


def random_start(seed: int, bias: bool) -> tuple[float, ...]:
    """Return the lecture's random guess: a start between -5 and 5, rounded to two decimals so that it can be copied."""
    draws = np.random.default_rng(bounds.whole("seed", seed, 0, bounds.MAX_SEED)).uniform(-5.0, 5.0, size=1 + bias)
    return tuple(float(draw) for draw in draws.round(2))


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The history of one experiment, in read-only arrays. Parameters, gradients and costs lie within `bounds.DIVERGED`.

    parameters: (updates + 1, P), row 0 is the start; columns w, or w and b.
    gradients: (updates, P), of the batch used, before its update.
    diverged_at: None, or the update (counted from 0) with which a parameter, its gradient or the cost left the bound;
    that update is not in the history, so `diverged_at` updates are.
    """

    experiment: Experiment
    parameters: np.ndarray
    gradients: np.ndarray
    diverged_at: int | None

    @classmethod
    def of_start(cls, experiment: Experiment) -> "Run":
        """Return the run before its first update."""
        return cls(
            experiment, _frozen(np.array([experiment.start])), _frozen(np.empty((0, len(experiment.start)))), None
        )

    def __repr__(self) -> str:
        end = ", ".join(f"{value:g}" for value in self.parameters[-1])
        ended = "" if self.diverged_at is None else f", diverged_at={self.diverged_at}"
        return f"Run({self.experiment.optimizer.key}, {len(self)} updates, ends at ({end}){ended})"

    def __len__(self) -> int:
        """Updates in the history."""
        return len(self.gradients)

    @cached_property
    def epochs(self) -> np.ndarray:
        """The epoch of each update, from 0: (updates,)."""
        return _frozen(np.arange(len(self)) // self.experiment.updates_per_epoch)

    @cached_property
    def costs(self) -> np.ndarray:
        """The cost, the mean squared error over the whole set, at each row of parameters: (updates + 1,)."""
        return _frozen(model.costs(self.experiment.dataset, self.parameters))

    @cached_property
    def losses_before(self) -> np.ndarray:
        """The mean loss of the batch used, before its update: (updates,)."""
        return self.costs[:-1] if self.experiment.batch_size is None else self._batch_losses(self.parameters[:-1])

    @cached_property
    def losses_after(self) -> np.ndarray:
        """The mean loss of the batch used, after its update: (updates,)."""
        return self.costs[1:] if self.experiment.batch_size is None else self._batch_losses(self.parameters[1:])

    @cached_property
    def epoch_ends(self) -> np.ndarray:
        """The rows of parameters at which an epoch is complete, the start (0) among them: (complete epochs + 1,)."""
        return _frozen(np.arange(0, len(self) + 1, self.experiment.updates_per_epoch))

    @cached_property
    def epoch_costs(self) -> np.ndarray:
        """The cost at each of `epoch_ends`; cheaper than `costs` where an epoch has many updates."""
        return _frozen(model.costs(self.experiment.dataset, self.parameters[self.epoch_ends]))

    def samples_of_epoch(self, epoch: int) -> list[np.ndarray]:
        """Return for each update of an epoch (counted from 0) the rows of the data set it used, in the order used."""
        return next(islice(orders_of(self.experiment), epoch, None))

    def losses_of(self, update: int) -> tuple[float, float]:
        """Return `losses_before` and `losses_after` of one update, counted from 0, without computing all the others."""
        pair = self.parameters[update : update + 2]
        if self.experiment.batch_size is None:
            before, after = model.costs(self.experiment.dataset, pair).tolist()
        else:
            epoch, position = divmod(update, self.experiment.updates_per_epoch)
            rows = self.samples_of_epoch(epoch)[position]
            errors = model.predict(self.experiment.dataset.x[rows], pair[:, None, :]) - self.experiment.dataset.y[rows]
            before, after = (np.add.accumulate(errors * errors, axis=1)[:, -1] / len(rows)).tolist()
        return before, after

    def _batch_losses(self, parameters: np.ndarray) -> np.ndarray:
        """Return the mean loss of each update's batch at its row of parameters, summed in the order used."""
        x, y = self.experiment.dataset.x, self.experiment.dataset.y
        losses = np.empty(len(self))
        first = 0
        for batches in orders_of(self.experiment):
            if first == len(self):
                break
            for same_size in _groups_of_one_size(batches[: len(self) - first]):
                rows = parameters[first : first + len(same_size), None, :]
                errors = model.predict(x[same_size], rows) - y[same_size]
                losses[first : first + len(same_size)] = np.add.accumulate(errors * errors, axis=1)[:, -1]
                losses[first : first + len(same_size)] /= same_size.shape[1]
                first += len(same_size)
        return _frozen(losses)


def train(experiment: Experiment) -> Run:
    """Compute the run of an experiment.

    It never raises: where a number leaves `bounds.DIVERGED`, history ends before that update and `diverged_at` names it.
    """
    parameters, gradients = (_history_of_w_and_b if experiment.bias else _history_of_w)(experiment)
    updates = len(gradients)
    return Run(experiment, parameters, gradients, diverged_at=None if updates == experiment.updates else updates)


def _history_of_w(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """Train y_hat = x*w; return the parameters, (updates + 1, 1), and the gradients, (updates, 1)."""
    gradient_of = model.sample_gradient_w if experiment.batch_size == 1 else model.mean_gradient_w
    update, rate, safe = experiment.optimizer.update, experiment.learning_rate, surely_inside(experiment.dataset)
    (w,) = experiment.start
    state = experiment.optimizer.init(w)
    all_w: list[float] = [w]
    gradients: list[float] = []
    for x, y in _batches(experiment):
        gradient = gradient_of(x, y, w)
        change, state = update(gradient, state, rate, w)
        w += change
        if not -safe <= w <= safe and _has_diverged(experiment, (w,), (gradient,)):
            break
        all_w.append(w)
        gradients.append(gradient)
    return _as_columns(all_w), _as_columns(gradients)


def _history_of_w_and_b(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """Train y_hat = x*w + b, each parameter with a state of its own; return the same as above, with two columns."""
    gradient_of = model.sample_gradient_w_b if experiment.batch_size == 1 else model.mean_gradient_w_b
    update, rate, safe = experiment.optimizer.update, experiment.learning_rate, surely_inside(experiment.dataset)
    w, b = experiment.start
    state_w, state_b = experiment.optimizer.init(w), experiment.optimizer.init(b)
    all_w, all_b = [w], [b]
    gradients_w: list[float] = []
    gradients_b: list[float] = []
    for x, y in _batches(experiment):
        gradient_w, gradient_b = gradient_of(x, y, w, b)
        change_w, state_w = update(gradient_w, state_w, rate, w)
        change_b, state_b = update(gradient_b, state_b, rate, b)
        w += change_w
        b += change_b
        inside = -safe <= w <= safe and -safe <= b <= safe
        if not inside and _has_diverged(experiment, (w, b), (gradient_w, gradient_b)):
            break
        all_w.append(w)
        all_b.append(b)
        gradients_w.append(gradient_w)
        gradients_b.append(gradient_b)
    return _as_columns(all_w, all_b), _as_columns(gradients_w, gradients_b)


def _as_columns(*columns: list[float]) -> np.ndarray:
    return _frozen(np.array(columns).T.copy())


def _has_diverged(experiment: Experiment, parameters: model.Parameters, gradient: model.Parameters) -> bool:
    return bool(has_diverged(experiment.dataset, np.array([parameters]), np.array([gradient]))[0])


def surely_inside(dataset: Dataset) -> float:
    """Return a size of parameters up to which neither cost nor gradient can leave the bound, so need not be looked at.

    With |w| and |b| up to p, every error is at most p (|x| + 1) + |y|; below the root of the bound its square is inside.
    """
    largest_x, largest_y = float(np.max(np.abs(dataset.x))), float(np.max(np.abs(dataset.y)))
    return (bounds.DIVERGED**0.5 / 2.0 - largest_y) / (largest_x + 1.0)


def has_diverged(dataset: Dataset, parameters: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Return for each row of parameters, (k, P), whether it, its gradient or its cost has left the bound, (k,)."""
    out = ~(np.maximum(np.abs(parameters), np.abs(gradients)) <= bounds.DIVERGED).all(axis=1)
    out[~out] = ~(model.costs(dataset, parameters[~out]) <= bounds.DIVERGED)
    return out


def _batches(experiment: Experiment) -> Iterator[tuple]:
    """Yield the x and y of each update: two floats for one sample, lists for few, arrays for many."""
    dataset, size = experiment.dataset, experiment.batch_size
    few = (size or len(dataset)) <= model.FEW

    def pairs(batches: list[np.ndarray]) -> list[tuple]:
        if size == 1:
            rows = np.concatenate(batches)
            return list(zip(dataset.x[rows].tolist(), dataset.y[rows].tolist()))
        columns = ((dataset.x[rows], dataset.y[rows]) for rows in batches)
        return [(x.tolist(), y.tolist()) for x, y in columns] if few else list(columns)

    known: tuple = (None, None)
    for batches in orders_of(experiment):
        if known[0] is not batches:
            known = batches, pairs(batches)
        yield from known[1]


def orders_of(experiment: Experiment) -> Iterator[list[np.ndarray]]:
    """Yield for each epoch the rows of each of its batches; in data order the very same list each time."""
    count = len(experiment.dataset)
    size = experiment.batch_size or count
    if experiment.shuffle_seed is None or experiment.batch_size is None:
        batches = _cut(np.arange(count), size)
        for _ in range(experiment.epochs):
            yield batches
    else:
        draw = np.random.default_rng(experiment.shuffle_seed)
        for _ in range(experiment.epochs):
            yield _cut(draw.permutation(count), size)


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    return [order[begin : begin + size] for begin in range(0, len(order), size)]


def _groups_of_one_size(batches: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the batches as two-dimensional arrays, the full ones first, then a smaller last one."""
    full = [rows for rows in batches if len(rows) == len(batches[0])]
    yield np.array(full)
    if len(full) < len(batches):
        yield np.array(batches[len(full) :])


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
