"""What mathematics says before any run: where the minimum is, and how large a learning rate may be."""

import math
from dataclasses import dataclass

import numpy as np

from gd_core import model
from gd_core.data import Dataset


@dataclass(frozen=True)
class Minimum:
    """Where the cost is least.

    parameters: (w,) or (w, b). cost: its value there. unique: False where other parameters reach the same cost (every x
    is 0, or all x are equal and there is a bias); then these are the ones nearest to the start, which is where batch
    gradient descent goes, because every gradient points straight across such a valley.
    """

    parameters: tuple[float, ...]
    cost: float
    unique: bool


def minimum(dataset: Dataset, start: tuple[float, ...]) -> Minimum:
    """Return the least-squares minimum of the cost for the model that start belongs to: (w,) or (w, b).

    w* = sum(xy) / sum(x^2); with a bias w* = sum((x - mean x)(y - mean y)) / sum((x - mean x)^2), b* = mean y - w* mean x.
    """
    x, y = dataset.x, dataset.y
    if len(start) == 1:
        w = _slope(x, y)
        parameters = start if w is None else (w,)
    else:
        # Measured from the first point, so that x far from 0 and close together keep their digits.
        mean_x, mean_y = x[0] + math.fsum(x - x[0]) / len(x), math.fsum(y) / len(y)
        w = _slope((x - x[0]) - math.fsum(x - x[0]) / len(x), y - mean_y) if np.ptp(x) > 0.0 else None
        if w is None:
            start_w, start_b = start
            across = (mean_y - (mean_x * start_w + start_b)) / (mean_x * mean_x + 1.0)
            parameters = (float(start_w + across * mean_x), float(start_b + across))
        else:
            parameters = (w, float(mean_y - w * mean_x))
    return Minimum(parameters, float(model.costs(dataset, np.array([parameters]))[0]), unique=w is not None)


def _slope(x: np.ndarray, y: np.ndarray) -> float | None:
    """Return sum(xy) / sum(x^2), each sum rounded once; None where every x is 0, or so small that no float can hold it."""
    largest = float(np.max(np.abs(x)))
    if largest == 0.0:
        return None
    scale = 2.0 ** math.frexp(largest)[1]  # a power of two: scaling keeps every digit, and tiny x do not square to 0
    scaled = x / scale
    slope = math.fsum(scaled * y) / math.fsum(scaled * scaled) / scale
    return slope if math.isfinite(slope) else None


def distance(least: Minimum, parameters: np.ndarray) -> float:
    """Return how far parameters, (P,), are from the minimum: |w - w*|, with a bias the length of the difference."""
    return math.hypot(*(parameters - np.array(least.parameters)).tolist())


def largest_rate(dataset: Dataset, parameter_count: int) -> float:
    """Return the rate above which batch gradient descent runs away: 2 / the largest eigenvalue of the Hessian.

    With one parameter that is 1 / mean(x^2). inf where the cost is flat (every x is 0 and there is no bias).
    """
    largest = float(np.linalg.eigvalsh(model.hessian(dataset, parameter_count))[-1])
    return 2.0 / largest if largest > 0.0 else math.inf


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
