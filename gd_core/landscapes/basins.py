"""The map of starts: where a descent from each of thousands of starts ends, all of them advancing together, as arrays."""

from dataclasses import dataclass

import numpy as np

from gd_core.landscapes.descent import FAR, RAN_AWAY, SETTLING, Descent, settled
from gd_core.landscapes.shapes import Landscape

COUNTS = {1: (2000,), 2: (64, 48)}  # how many starts along each variable


@dataclass(frozen=True, eq=False)
class Basins:
    """How descents that differ in their start only have ended.

    descent: what they share; its own start is not used. axes: the starts along u, or u and v; every combination was run.
    fates: (u,) or (v, u), as `Trail.fate`. ends: (u, P) or (v, u, P), the last positions within the bound.
    """

    descent: Descent
    axes: tuple[np.ndarray, ...]
    fates: np.ndarray
    ends: np.ndarray

    def share(self, fate: int) -> float:
        """Return the share of the starts that have a fate, from 0 to 1."""
        return float(np.mean(self.fates == fate))

    @property
    def present(self) -> list[int]:
        """The fates that some start has: the stationary points in their order, then NOT_SETTLED, then RAN_AWAY."""
        return sorted(np.unique(self.fates).tolist(), key=lambda fate: (fate < 0, abs(fate)))


def centres(landscape: Landscape) -> tuple[np.ndarray, ...]:
    """Return the starts along each variable: the middles of 2,000 equal parts of the domain, or of 64 by 48 cells."""
    return tuple(
        low + (np.arange(count) + 0.5) * ((high - low) / count)
        for (low, high), count in zip(landscape.domain, COUNTS[len(landscape.domain)])
    )


def basins(descent: Descent) -> Basins:
    """Run a descent from every start of the map; each has the very bits, and so the fate, of its own `descend`."""
    landscape, rule = descent.shape, descent.optimizer
    axes = centres(landscape)
    position = np.stack([values.ravel() for values in np.meshgrid(*axes)])
    running = np.arange(position.shape[1])
    ends, fates = position.copy(), np.full(position.shape[1], RAN_AWAY)
    state = rule.init(position)
    last = [position]
    for _ in range(descent.updates):
        change, state = rule.update(np.stack(landscape.slopes(*position)), state, descent.learning_rate, position)
        moved = position + change
        inside = (np.abs(moved) <= FAR).all(axis=0)
        if not inside.all():  # who ran away is left behind, with the last position that was inside
            ends[:, running[~inside]] = position[:, ~inside]
            running, moved = running[inside], moved[:, inside]
            state = tuple(part[:, inside] if isinstance(part, np.ndarray) else part for part in state)
            last = [before[:, inside] for before in last]
        position = moved
        last = [*last[-SETTLING:], position]
    ends[:, running] = position
    fates[running] = settled(landscape, np.stack(last))
    shape = tuple(len(values) for values in reversed(axes))
    fates.flags.writeable = ends.flags.writeable = False
    return Basins(descent, axes, fates.reshape(shape), ends.T.reshape(*shape, -1))
