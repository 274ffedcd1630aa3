"""A measurement, its goal, and the table of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One measured number and the goal it is held to.

    what: the thing measured. value: the number, None where it could not be measured. goal: the number it may at most be,
    or at least where at_least. unit: what both numbers count. note: what the number was made of, or why there is none.
    """

    what: str
    value: float | None
    goal: float
    unit: str
    note: str = ""
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        return "ok" if (self.value >= self.goal if self.at_least else self.value <= self.goal) else "MISSED"

    def cells(self) -> tuple[str, ...]:
        value = "-" if self.value is None else f"{self.value:.3g} {self.unit}"
        return self.what, value, f"{'>=' if self.at_least else '<='} {self.goal:g}", self.verdict, self.note


def table(measurements: Sequence[Measurement]) -> str:
    """Return all measurements as one table, in their order."""
    rows = [("what", "measured", "goal", "", "made of"), *(each.cells() for each in measurements)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def exit_code(measurements: Sequence[Measurement]) -> int:
    """Return 1 when a goal was missed, else 0; what could not be measured misses nothing."""
    return int(any(each.verdict == "MISSED" for each in measurements))
