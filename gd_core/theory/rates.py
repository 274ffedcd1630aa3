"""How large a learning rate may be, and how fast a run then converges: in closed form, before any run.

The cost is a quadratic with the Hessian H. Along an eigenvector of H with eigenvalue lam, its curvature, every rule that is
linear in the gradient repeats one linear map on the error; the sizes of that map's eigenvalues decide everything.
"""

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np

from gd_core import model
from gd_core.data import Dataset
from gd_core.optimizers import GradientDescent, Momentum, Nesterov, Optimizer

SAME = 1e-12  # relative: a rate this close to a border counts as on it, since borders are rounded too


@dataclass(frozen=True, eq=False)
class Curvature:
    """The Hessian of the cost, taken apart.

    eigenvalues: (P,), ascending; 0 along a valley. directions: (P, P), the unit eigenvectors as columns. condition: largest
    by smallest eigenvalue; inf in a valley, nan where the cost is flat.
    """

    eigenvalues: np.ndarray
    directions: np.ndarray
    condition: float


@lru_cache(maxsize=64)  # asked for by most sentences and charts, and the same for every learning rate
def curvature(dataset: Dataset, parameter_count: int) -> Curvature:
    """Return the curvature of the cost over w (1) or over w and b (2)."""
    eigenvalues, directions = np.linalg.eigh(model.hessian(dataset, parameter_count))
    eigenvalues = np.where(eigenvalues > 1e-15 * eigenvalues[-1], eigenvalues, 0.0)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    condition = largest / smallest if smallest > 0.0 else (math.inf if largest > 0.0 else math.nan)
    for shared in (eigenvalues, directions):
        shared.flags.writeable = False
    return Curvature(eigenvalues, directions, condition)


def largest_rate(dataset: Dataset, parameter_count: int) -> float:
    """Return the rate above which batch gradient descent runs away: 2 / the largest eigenvalue of the Hessian.

    With one parameter that is 1 / mean(x^2). inf where the cost is flat (every x is 0 and there is no bias).
    """
    largest = float(curvature(dataset, parameter_count).eigenvalues[-1])
    return 2.0 / largest if largest > 2.0 / 1.7e308 else math.inf


def best_rate(dataset: Dataset, parameter_count: int) -> float:
    """Return the rate with the smallest worst factor: 2 / (smallest + largest eigenvalue), zeros left out.

    With one parameter it is 1 / (2 mean(x^2)) and lands in one update; in a valley, the one that crosses it in one. inf where
    the cost is flat.
    """
    eigenvalues = curvature(dataset, parameter_count).eigenvalues
    curved = eigenvalues[eigenvalues > 0.0]
    return 2.0 / float(curved[0] + curved[-1]) if len(curved) and curved[-1] > 2.0 / 1.7e308 else math.inf


def summed_limit(dataset: Dataset) -> float:
    """Return the limit for one parameter if the loss were summed and not averaged: 1 / sum(x^2); inf where every x is 0."""
    total = math.fsum(dataset.x * dataset.x)
    return 1.0 / total if total > 1.0 / 1.7e308 else math.inf


def random_order_limit(dataset: Dataset) -> float:
    """Return the rate up to which the mean square of the error shrinks when each update draws one sample at random.

    mean(x^2) / mean(x^4), for one parameter: E (1 - 2 alpha x^2)^2 < 1. inf where every x is 0.
    """
    square = dataset.x * dataset.x
    fourth = float(np.mean(square * square))
    return float(np.mean(square)) / fourth if fourth > 0.0 else math.inf


class Regime(Enum):
    """What batch gradient descent does with a learning rate, along the steepest direction."""

    FLAT = "nothing moves"
    SLIDES_IN = "slides in"
    ONE_UPDATE = "lands in one update"
    BOUNCES_IN = "bounces in"
    BOUNCES_FOR_EVER = "bounces for ever"
    RUNS_AWAY = "runs away"


def regime(dataset: Dataset, parameter_count: int, learning_rate: float) -> Regime:
    """Return the regime of a rate: its borders are half the largest rate and the largest rate.

    A rate within 1e-12 (relative) of a border counts as on it.
    """
    limit = largest_rate(dataset, parameter_count)
    if math.isinf(limit):
        return Regime.FLAT
    for border, on_it, below in (
        (limit / 2.0, Regime.ONE_UPDATE, Regime.SLIDES_IN),
        (limit, Regime.BOUNCES_FOR_EVER, Regime.BOUNCES_IN),
    ):
        if abs(learning_rate - border) <= SAME * border:
            return on_it
        if learning_rate < border:
            return below
    return Regime.RUNS_AWAY


# Rules that are linear in the gradient


def error_map(rule: Optimizer, learning_rate: float, eigenvalue: float) -> np.ndarray | None:
    """Return the map of one update on the error along one eigenvector, and on the velocity where there is one.

    Gradient descent: (1, 1), 1 - alpha lam. Momentum and Nesterov: (2, 2) on (error, velocity), from v <- mu v + lam e and
    e <- e - alpha v, or e - alpha (lam e + mu v). None for a rule that is not linear in the gradient: the adaptive ones
    divide by it, so there is no such map, and they have to be run.
    """
    step = learning_rate * eigenvalue
    match rule:
        case GradientDescent():
            return np.array([[1.0 - step]])
        case Momentum(momentum=mu):
            return np.array([[1.0 - step, -learning_rate * mu], [eigenvalue, mu]])
        case Nesterov(momentum=mu):
            return np.array([[1.0 - step * (1.0 + mu), -learning_rate * mu * mu], [eigenvalue, mu]])
    return None


def batch_limit(rule: Optimizer, dataset: Dataset, parameter_count: int) -> float | None:
    """Return the rate above which a rule runs away on whole-set updates; None where there is no closed form.

    With lam the largest eigenvalue: gradient descent 2 / lam; momentum 2 (1 + mu) / lam; Nesterov
    2 (1 + mu) / ((1 + 2 mu) lam). Both follow from the error map: the roots of its characteristic polynomial lie within
    the unit circle if |determinant| < 1 and |trace| < 1 + determinant.
    """
    plain = largest_rate(dataset, parameter_count)
    match rule:
        case GradientDescent():
            return plain
        case Momentum(momentum=mu):
            return plain * (1.0 + mu)
        case Nesterov(momentum=mu):
            return plain * (1.0 + mu) / (1.0 + 2.0 * mu)
    return None


def decay(rule: Optimizer, learning_rate: float, dataset: Dataset, parameter_count: int) -> float | None:
    """Return the factor by which the error shrinks per whole-set update in the long run, along the slowest direction.

    The largest spectral radius of the error maps over the eigenvalues that are not 0 (along a valley nothing has to move);
    1 or more where the run does not converge, None where there is no closed form, 0 where the cost is flat.
    """
    maps = [
        error_map(rule, learning_rate, float(eigenvalue))
        for eigenvalue in curvature(dataset, parameter_count).eigenvalues
        if eigenvalue > 0.0
    ]
    if any(step is None for step in maps):
        return None
    return max((float(np.max(np.abs(np.linalg.eigvals(step)))) for step in maps), default=0.0)  # type: ignore[arg-type]


def updates_until(share: float, factor: float) -> float:
    """Return after how many updates an error that shrinks by a factor is down to a share: ln share / ln factor.

    1 where one update is enough, inf where the factor is 1 or more.
    """
    if factor >= 1.0:
        return math.inf
    return max(1.0, math.log(share) / math.log(factor)) if factor > 0.0 else 1.0
