"""Numbers and counts as people read them."""


def number(value: float) -> str:
    """Return a number rounded to six significant digits, for reading."""
    return f"{value:.6g}"


def counted(count: int, word: str) -> str:
    """Return "1 epoch", "2 epochs"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def named(parameters: tuple[float, ...]) -> str:
    """Return "w = 2" or "w = 2, b = 0.5"."""
    return ", ".join(f"{name} = {number(value)}" for name, value in zip("wb", parameters))
