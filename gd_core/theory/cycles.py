"""Plain descent on parts of the set, in the data's order: what an epoch does, how large the rate may be, where it ends."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from gd_core import model
from gd_core.data import Dataset
from gd_core.theory.rates import SAME

MOST_BATCHES = 300  # per epoch, up to which the limit is searched for
HALVINGS = 60  # of an interval: as close as floats can be


def epoch_maps(
    dataset: Dataset, learning_rate: float, batch_size: int | None, parameter_count: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return what each update of an epoch does, for plain descent in data order: p -> A p + c, as pairs (A, c).

    A batch with Hessian H and least-squares right-hand side v = mean of 2 x_n y_n (and 2 y_n) has A = 1 - alpha H and
    c = alpha v; (P, P) and (P,).
    """
    size = batch_size or len(dataset)
    maps = []
    for begin in range(0, len(dataset), size):
        batch = Dataset(dataset.x[begin : begin + size], dataset.y[begin : begin + size])
        columns = (batch.x, np.ones(len(batch)))[:parameter_count]
        target = np.array([2.0 * np.mean(column * batch.y) for column in columns])
        step = np.eye(parameter_count) - learning_rate * model.hessian(batch, parameter_count)
        maps.append((step, learning_rate * target))
    return maps


def cycle(dataset: Dataset, learning_rate: float, batch_size: int | None, parameter_count: int) -> np.ndarray | None:
    """Return where plain descent in data order ends up: the parameters after each update of an epoch, for ever the same.

    (updates per epoch, P). The product of an epoch's maps is p -> A p + c; where every eigenvalue of A is smaller than 1 in
    size, it has one fixed point, (1 - A)^-1 c, and the updates cycle from there. None where there is no such cycle: the
    rate is too large, or the cost has more than one minimum.
    """
    maps = epoch_maps(dataset, learning_rate, batch_size, parameter_count)
    whole, shift = np.eye(parameter_count), np.zeros(parameter_count)
    with np.errstate(over="ignore", invalid="ignore"):
        for step, offset in maps:
            whole, shift = step @ whole, step @ shift + offset
    if not np.all(np.isfinite(whole)) or np.max(np.abs(np.linalg.eigvals(whole))) >= 1.0:
        return None
    at = np.linalg.solve(np.eye(parameter_count) - whole, shift)
    places = []
    for step, offset in maps:
        at = step @ at + offset
        places.append(at)
    return np.array(places)


@lru_cache(maxsize=64)  # a search, and the same for every learning rate
def ordered_limit(dataset: Dataset, batch_size: int, parameter_count: int) -> float | None:
    """Return the rate up to which epochs in data order shrink the error, for this and every smaller rate.

    With one parameter the factor of an epoch is the product of 1 - alpha h over its batches, h = 2 mean(x^2) of the batch,
    and its first crossing of 1 is exact; with a bias the factor is the spectral radius of the product of 1 - alpha H, and the
    crossing is searched for on ever finer grids, which may step over one that is narrower than 2 % of the rate. inf where
    every x is 0 (one parameter), None for more than 300 batches an epoch.
    """
    hessians = [
        model.hessian(
            Dataset(dataset.x[begin : begin + batch_size], dataset.y[begin : begin + batch_size]), parameter_count
        )
        for begin in range(0, len(dataset), batch_size)
    ]
    if len(hessians) > MOST_BATCHES:
        return None
    largest = max(float(np.linalg.eigvalsh(hessian)[-1]) for hessian in hessians)
    if largest <= 2.0 / 1.7e308:
        return math.inf
    if parameter_count == 1:
        return _first_crossing(np.array([hessian[0, 0] for hessian in hessians]))
    return _first_crossing_with_bias(hessians, 2.0 / largest * 1e-3)


def _first_crossing(curvatures: np.ndarray) -> float:
    """Return the smallest rate above 0 at which the product of 1 - alpha h is 1 in size.

    The product is 0 at every 1 / h; between two neighbours of these it has one extremum, where the sum of h / (1 - alpha h)
    is 0, and is monotone on either side of it. Beyond the last it grows for ever.
    """
    # In units of the largest curvature; a batch without any keeps the error at every rate, one with next to none for long.
    curved = curvatures[curvatures > curvatures.max() * 1e-300] / curvatures.max()
    zeros = np.unique(1.0 / curved)

    def size(rate: float) -> float:
        with np.errstate(over="ignore"):
            return abs(float(np.prod(1.0 - rate * curved)))

    left, right = zeros[:-1].copy(), zeros[1:].copy()
    for _ in range(HALVINGS):
        middle = 0.5 * (left + right)
        with np.errstate(divide="ignore"):
            rising = np.sum(curved / (1.0 - middle[:, None] * curved), axis=1) < 0.0
        left, right = np.where(rising, middle, left), np.where(rising, right, middle)
    # Twice the last zero is far enough: there no factor is smaller than 1.
    tops = zip(zeros, [*left, 2.0 * zeros[-1]])
    zero, top = next((zero, top) for zero, top in tops if size(top) >= 1.0 - SAME)
    if size(top) <= 1.0 + SAME:  # it only touches 1, and there the error stays as it is
        return float(top) / curvatures.max()
    return _bisected(lambda rate: size(rate) >= 1.0, zero, top) / curvatures.max()


def _first_crossing_with_bias(hessians: list[np.ndarray], low: float) -> float:
    def radius(rates: np.ndarray) -> np.ndarray:
        whole = np.broadcast_to(np.eye(2), (len(rates), 2, 2))
        with np.errstate(over="ignore", invalid="ignore"):
            for hessian in hessians:
                whole = (np.eye(2) - rates[:, None, None] * hessian) @ whole
        eigenvalues = np.abs(np.linalg.eigvals(np.where(np.isfinite(whole), whole, 1e100)))
        # Along a valley every rate keeps the error: that eigenvalue is 1 and says nothing.
        return np.where(np.abs(eigenvalues - 1.0) < SAME, 0.0, eigenvalues).max(axis=1)

    while True:
        rates = np.geomspace(low, 4.0 * low, 64)
        beyond = np.flatnonzero(radius(rates) >= 1.0)
        if len(beyond):
            break
        low = float(rates[-1])
    first = int(beyond[0])
    for _ in range(9):  # 63 times closer each time: 9 times are as close as floats can be
        rates = np.linspace(float(rates[max(0, first - 1)]), float(rates[first]), 64)
        first = int(np.argmax(np.append(radius(rates[:-1]) >= 1.0, True)))  # the last one is the rate found before
    return float(rates[max(0, first - 1)])


def _bisected(reached: Callable[[float], bool], low: float, high: float) -> float:
    """Return the last float at which something that is reached at `high`, for good, is not reached yet."""
    while low < (middle := 0.5 * (low + high)) < high:
        low, high = (low, middle) if reached(middle) else (middle, high)
    return low
