"""The linear model y_hat = x*w, or x*w + b, and its losses: in sample order, with squares as products.

The lecture's loops add sample after sample and round after each addition. Every sum here does the same, so that its
results equal those loops' to the last bit, whichever of the ways below computes it: a loop over the samples, or
`np.add.accumulate` (strictly sequential, unlike `np.sum`).
"""

from collections.abc import Sequence

import numpy as np

from gd_core.data import Dataset

FEW = 48  # samples up to which a plain loop is faster than NumPy's fixed cost per call
FEW_ROWS = 128  # rows of parameters up to which all their errors at once are faster than one sample after the other
BLOCK = 8192  # rows of parameters evaluated together: their arrays stay in the processor's cache

Parameters = tuple[float, ...]  # (w,) or (w, b)


def predict(x: np.ndarray | float, parameters: np.ndarray) -> np.ndarray:
    """Return y_hat at x for parameters whose last axis is w or w, b; x broadcasts against the other axes."""
    prediction = x * parameters[..., 0]
    return prediction + parameters[..., 1] if parameters.shape[-1] == 2 else prediction


def costs(dataset: Dataset, parameters: np.ndarray) -> np.ndarray:
    """Return the mean squared error over the whole set at each row of parameters, (k, P) -> (k,)."""
    if len(parameters) <= FEW_ROWS:
        errors = predict(dataset.x, parameters[:, None, :]) - dataset.y
        return np.add.accumulate(errors * errors, axis=1)[:, -1] / len(dataset)
    result = np.zeros(len(parameters))
    for begin in range(0, len(parameters), BLOCK):
        rows, total = parameters[begin : begin + BLOCK], result[begin : begin + BLOCK]
        for x, y in zip(dataset.x.tolist(), dataset.y.tolist()):
            error = predict(x, rows) - y
            total += error * error
    return result / len(dataset)


def gradients(dataset: Dataset, parameters: np.ndarray) -> np.ndarray:
    """Return the gradient of the cost at each row of parameters, (k, P) -> (k, P)."""
    errors = predict(dataset.x, parameters[:, None, :]) - dataset.y
    terms = (2.0 * dataset.x * errors, 2.0 * errors)[: parameters.shape[1]]
    # "0.0 +" because a loop's total starts at 0.0: a sum of negative zeros is then 0.0, not -0.0.
    return np.stack([0.0 + np.add.accumulate(term, axis=1)[:, -1] for term in terms], axis=1) / len(dataset)


def sample_gradient(x: float, y: float, parameters: Parameters) -> Parameters:
    """Return the gradient of one sample's loss."""
    if len(parameters) == 1:
        return (sample_gradient_w(x, y, *parameters),)
    return sample_gradient_w_b(x, y, *parameters)


# The same for each of the two models, written out: an update needs little more than this, and a run has many updates.


def sample_gradient_w(x: float, y: float, w: float) -> float:
    """Return 2x(xw - y)."""
    return 2.0 * x * (x * w - y)


def sample_gradient_w_b(x: float, y: float, w: float, b: float) -> tuple[float, float]:
    """Return 2x(xw + b - y) and 2(xw + b - y)."""
    error = x * w + b - y
    return 2.0 * x * error, 2.0 * error


def mean_gradient_w(x: Sequence[float], y: Sequence[float], w: float) -> float:
    """Return the mean over a batch of 2x(xw - y); x and y are lists up to FEW samples long, else arrays."""
    if len(x) > FEW:
        return _mean_gradient_of_many(x, y, (w,))[0]
    total = 0.0
    for x_n, y_n in zip(x, y):
        total += 2.0 * x_n * (x_n * w - y_n)
    return total / len(x)


def mean_gradient_w_b(x: Sequence[float], y: Sequence[float], w: float, b: float) -> tuple[float, float]:
    """Return the means over a batch of 2x(xw + b - y) and 2(xw + b - y); x and y as above."""
    if len(x) > FEW:
        of_w, of_b = _mean_gradient_of_many(x, y, (w, b))
        return of_w, of_b
    total_w = total_b = 0.0
    for x_n, y_n in zip(x, y):
        error = x_n * w + b - y_n
        total_w += 2.0 * x_n * error
        total_b += 2.0 * error
    return total_w / len(x), total_b / len(x)


def _mean_gradient_of_many(x: Sequence[float], y: Sequence[float], parameters: Parameters) -> Parameters:
    inputs = np.asarray(x)
    error = predict(inputs, np.array(parameters)) - np.asarray(y)
    terms = (2.0 * inputs * error, 2.0 * error)[: len(parameters)]  # "0.0 +": as in `gradients`
    return tuple((0.0 + float(np.add.accumulate(term)[-1])) / len(x) for term in terms)


def hessian(dataset: Dataset, parameter_count: int) -> np.ndarray:
    """Return the matrix of second derivatives of the cost, (P, P): 2 mean(x^2), and with a bias 2 mean(x) and 2."""
    columns = (dataset.x, np.ones(len(dataset)))[:parameter_count]
    return np.array([[2.0 * np.mean(first * second) for second in columns] for first in columns])
