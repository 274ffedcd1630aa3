"""Every bound of the project, in one place, and the one sentence with which a value outside its bound is refused."""

import math
import operator

MAX_ROWS = 10_000
MAX_VALUE = 1e6  # |x|, |y| and each number of a start
MAX_LEARNING_RATE = 1e3
MAX_EPOCHS = 10_000
MAX_UPDATES = 200_000
MAX_SEED = 2**32 - 1

DIVERGED = 1e100
"""A run ends where a parameter, a gradient or a cost passes this size.

Squares of numbers up to here are far below the largest float (1.8e308), so nothing overflows before a run is stopped.
"""


def real(name: str, value: object, low: float, high: float, *, above_low: bool = False) -> float:
    """Return value as a float from low (excluded when above_low) to high; ValueError names the field and the range."""
    range_words = f"greater than {low:g} and at most {high:g}" if above_low else f"from {low:g} to {high:g}"
    try:
        number = math.nan if isinstance(value, bool | str | bytes) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high or (above_low and number == low):
        raise ValueError(f"{name} must be a number {range_words}, got {value!r}")
    return number


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return value as an int from low to high; ValueError names the field and the range."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, got {value!r}")
    return number
