"""Where the cost is least."""

import math
from dataclasses import dataclass
from functools import lru_cache

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
    only = _only_minimum(dataset, len(start))
    if only is not None:
        return only
    if len(start) == 1:
        return _with_cost(dataset, start, unique=False)
    start_w, start_b = start
    mean_x, mean_y = _means(dataset)
    across = (mean_y - (mean_x * start_w + start_b)) / (mean_x * mean_x + 1.0)
    return _with_cost(dataset, (float(start_w + across * mean_x), float(start_b + across)), unique=False)


@lru_cache(maxsize=64)  # asked for by every sentence and chart, and the same for every run on these points
def _only_minimum(dataset: Dataset, parameter_count: int) -> Minimum | None:
    """Return the minimum where there is only one."""
    x, y = dataset.x, dataset.y
    if parameter_count == 1:
        w = _slope(x, y)
        return None if w is None else _with_cost(dataset, (w,), unique=True)
    mean_x, mean_y = _means(dataset)
    # Measured from the first point, so that x far from 0 and close together keep their digits.
    w = _slope((x - x[0]) - math.fsum(x - x[0]) / len(x), y - mean_y) if np.ptp(x) > 0.0 else None
    return None if w is None else _with_cost(dataset, (w, float(mean_y - w * mean_x)), unique=True)


def _means(dataset: Dataset) -> tuple[float, float]:
    x, y = dataset.x, dataset.y
    return x[0] + math.fsum(x - x[0]) / len(x), math.fsum(y) / len(y)


def _with_cost(dataset: Dataset, parameters: tuple[float, ...], unique: bool) -> Minimum:
    return Minimum(parameters, float(model.costs(dataset, np.array([parameters]))[0]), unique)


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
