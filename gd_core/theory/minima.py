"""Where the cost is least."""

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
        parameters: tuple[float, ...] = start if w is None else (w,)
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
