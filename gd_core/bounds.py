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
    least, most = written(low), written(high)
    range_words = f"greater than {least} and at most {most}" if above_low else f"from {least} to {most}"
    try:
        number = math.nan if isinstance(value, bool | str | bytes) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high or (above_low and number == low):
        raise ValueError(f"{name} must be a number {range_words}, got {written(value)}")
    return number


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return value as an int from low to high; ValueError names the field and the range."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, got {written(value)}")
    return number


def written(value: object) -> str:
    """Return a number as people write it, a very large one with an exponent; anything else as Python writes it, cut short."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:59]}…"
    if abs(value) < 1e15:
        return str(value if isinstance(value, int) else float(value)).removesuffix(".0")
    try:
        return f"{float(value):g}"
    except OverflowError:
        return "a whole number of more than 300 digits"
