"""One descent on a landscape: what to do (`Descent`), doing it (`descend`), what happened (`Trail`)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gd_core import bounds
from gd_core.landscapes.shapes import LANDSCAPES, Landscape
from gd_core.optimizers import GradientDescent, Optimizer

MAX_UPDATES = 1000
FAR = 1e6
"""A descent has run away where a coordinate passes this size: the windows are a few units wide, nothing comes back."""

SETTLING = 10  # as many last updates have to stay at a point for the descent to have settled there
NOT_SETTLED, RAN_AWAY = -1, -2
"""The fates of a descent that did not settle at a stationary point; one that did has the point's position in the list."""


@dataclass(frozen=True)
class Descent:
    """One descent, described completely and checked: the same descent gives the same trail, bit for bit.

    landscape: a key of LANDSCAPES. start: one number for each variable, in the landscape's domain; empty is its own start.
    optimizer: the update rule. learning_rate: in (0, 1000]. updates: 1 to 1,000. ValueError names the field, the value and
    the allowed range.
    """

    landscape: str = "two-minima"
    start: tuple[float, ...] = ()
    optimizer: Optimizer = GradientDescent()
    learning_rate: float = 0.05
    updates: int = 200

    def __post_init__(self) -> None:
        if not isinstance(self.landscape, str) or self.landscape not in LANDSCAPES:
            raise ValueError(f"landscape must be one of {', '.join(LANDSCAPES)}, got {self.landscape!r}")
        if not isinstance(self.optimizer, Optimizer):
            raise ValueError(f"optimizer must be one of the classes in OPTIMIZERS, called, got {self.optimizer!r}")
        settings = {
            "start": _checked_start(self.start, self.shape),
            "learning_rate": bounds.real(
                "learning_rate", self.learning_rate, 0.0, bounds.MAX_LEARNING_RATE, above_low=True
            ),
            "updates": bounds.whole("updates", self.updates, 1, MAX_UPDATES),
        }
        for name, value in settings.items():
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> Landscape:
        """The landscape that the key names."""
        return LANDSCAPES[self.landscape]


def _checked_start(start: object, landscape: Landscape) -> tuple[float, ...]:
    if start == ():
        return landscape.start
    try:
        numbers: tuple = tuple(start)  # type: ignore[arg-type]
    except TypeError:
        numbers = ()
    if len(numbers) != len(landscape.names):
        count = "1 number" if len(landscape.names) == 1 else f"{len(landscape.names)} numbers"
        raise ValueError(
            f"start must hold {count} ({', '.join(landscape.names)}) on {landscape.key}, got {bounds.written(start)}"
        )
    return tuple(
        bounds.real(f"start {name}", number, *limits)
        for name, number, limits in zip(landscape.names, numbers, landscape.domain)
    )


@dataclass(frozen=True, eq=False, repr=False)
class Trail:
    """The history of one descent, in read-only arrays; every number in it is finite.

    positions: (updates + 1, P), row 0 is the start; columns u, or u and v. diverged_at: None, or the update (counted from 0)
    with which a coordinate passed `FAR`; that update is not in the history, so `diverged_at` updates are.
    """

    descent: Descent
    positions: np.ndarray
    diverged_at: int | None

    def __repr__(self) -> str:
        end = ", ".join(f"{value:g}" for value in self.positions[-1])
        ended = "" if self.diverged_at is None else f", diverged_at={self.diverged_at}"
        return f"Trail({self.descent.landscape}, {len(self)} updates, ends at ({end}){ended})"

    def __len__(self) -> int:
        """Updates in the history."""
        return len(self.positions) - 1

    @cached_property
    def values(self) -> np.ndarray:
        """The height at each position: (updates + 1,)."""
        return _frozen(self.descent.shape.height(*self.positions.T))

    @cached_property
    def gradients(self) -> np.ndarray:
        """The gradient at each position, the last one too: (updates + 1, P)."""
        return _frozen(np.stack(self.descent.shape.slopes(*self.positions.T), axis=1))

    @cached_property
    def fate(self) -> int:
        """How it ended: the position in `points` of where it settled, or NOT_SETTLED, or RAN_AWAY."""
        if self.diverged_at is not None:
            return RAN_AWAY
        return int(settled(self.descent.shape, self.positions[-SETTLING - 1 :, :, None])[0])


def descend(descent: Descent) -> Trail:
    """Compute the trail of a descent; it never raises.

    Where a coordinate passes `FAR`, history ends before that update and `diverged_at` names it.
    """
    rule, slopes, rate = descent.optimizer, descent.shape.slopes, descent.learning_rate
    position = descent.start
    states = [rule.init(coordinate) for coordinate in position]
    rows, diverged_at = [position], None
    for count in range(descent.updates):
        moves = [rule.update(*entry) for entry in zip(slopes(*position), states, (rate, rate), position)]
        states = [state for _, state in moves]
        position = tuple([coordinate + change for coordinate, (change, _) in zip(position, moves)])
        if not all(abs(coordinate) <= FAR for coordinate in position):
            diverged_at = count
            break
        rows.append(position)
    return Trail(descent, _frozen(np.array(rows)), diverged_at)


def settled(landscape: Landscape, last: np.ndarray) -> np.ndarray:
    """Return where descents have settled: the position in `points`, or NOT_SETTLED, for each, (R,).

    last: (k, P, R), the last positions of R descents. Settled is who was within a point's reach all that time: passing
    through, as momentum does, is not settling.
    """
    fates = np.full(last.shape[2], NOT_SETTLED)
    for number, point in enumerate(landscape.points):
        gaps = last - np.array(point.at)[:, None]
        fates[((gaps * gaps).sum(axis=1) <= point.reach * point.reach).all(axis=0)] = number
    return fates


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
