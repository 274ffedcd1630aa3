"""The landscapes: polynomials of one or two variables, with every point at which their gradient vanishes.

Written with + - * / alone, which work elementwise and give the same bits for a float and for an array, on every platform.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gd_core.optimizers import Number

NAMES = "uv"  # the variables of a landscape; w and b stay the weight and the bias of the lecture's model


@dataclass(frozen=True)
class StationaryPoint:
    """A point at which the gradient is exactly 0.

    at: its exact coordinates. kind: what the landscape does around it; "flat" is level to all sides and a way through.
    name: what people read. reach: as close as this counts as there.
    """

    at: tuple[float, ...]
    kind: Literal["minimum", "hilltop", "flat", "saddle"]
    name: str
    reach: float = 0.05


@dataclass(frozen=True)
class Landscape:
    """A function to descend, with all its stationary points, and the window in which it is shown.

    key: stable, used in links. label and story: what people read. formula: in LaTeX. height: (u) or (u, v) -> its value.
    slopes: (u) or (u, v) -> its gradient, one entry for each variable. domain: (low, high) for each variable, shown and
    allowed as start. start: where a descent begins unless told otherwise. points: the stationary points, the minimum that
    counts as the goal first.
    """

    key: str
    label: str
    story: str
    formula: str
    height: Callable[..., Number]
    slopes: Callable[..., tuple[Number, ...]]
    domain: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    points: tuple[StationaryPoint, ...]

    @property
    def names(self) -> str:
        """The names of the variables: "u" or "uv"."""
        return NAMES[: len(self.domain)]

    @property
    def lowest(self) -> float:
        """The height of the lowest minimum."""
        return min(self.height(*point.at) for point in self.points)


TWO_MINIMA = Landscape(
    key="two-minima",
    label="A local and the global minimum",
    story="Two valleys with a hill between them. The gradient tells which way is down from here, not which valley is lower.",
    formula=r"f(u) = \frac{3u^4 - 4u^3 - 12u^2 + 32}{12}, \qquad f'(u) = u\,(u + 1)\,(u - 2)",
    height=lambda u: (((3.0 * u - 4.0) * u - 12.0) * u * u + 32.0) / 12.0,
    slopes=lambda u: (u * (u + 1.0) * (u - 2.0),),
    domain=((-2.2, 3.2),),
    start=(-2.0,),
    points=(
        StationaryPoint((2.0,), "minimum", "global minimum"),
        StationaryPoint((-1.0,), "minimum", "local minimum"),
        StationaryPoint((0.0,), "hilltop", "hilltop"),
    ),
)

PLATEAU = Landscape(
    key="plateau",
    label="A flat stretch (plateau)",
    story="One minimum, but a flat stretch on the way to it: where the gradient is nearly 0, so are the steps.",
    formula=r"f(u) = \frac{5u^6 - 12u^5 + 64}{64}, \qquad f'(u) = \frac{15}{32}\,u^4\,(u - 2)",
    height=lambda u: ((5.0 * u - 12.0) * u * u * u * u * u + 64.0) / 64.0,
    slopes=lambda u: (15.0 * u * u * u * u * (u - 2.0) / 32.0,),
    domain=((-1.8, 2.6),),
    start=(-1.6,),
    points=(
        StationaryPoint((2.0,), "minimum", "minimum"),
        StationaryPoint((0.0,), "flat", "flat stretch", reach=0.5),
    ),
)

SADDLE = Landscape(
    key="saddle",
    label="A saddle point",
    story="Two equally low minima in a bent valley, and between them a saddle: lowest along v, highest along u. Exactly on "
    "the ridge u = 0 the slope leads to the saddle, and to neither minimum.",
    formula=r"f(u, v) = \frac{(u^2 - 1)^2}{4} + \frac{(2v - u^2)^2}{8}, \qquad "
    r"\nabla f = \left(u\,\left(\tfrac32 u^2 - v - 1\right),\; v - \tfrac12 u^2\right)",
    height=lambda u, v: (u * u - 1.0) * (u * u - 1.0) / 4.0 + (2.0 * v - u * u) * (2.0 * v - u * u) / 8.0,
    slopes=lambda u, v: (u * (1.5 * u * u - v - 1.0), v - 0.5 * u * u),
    domain=((-1.8, 1.8), (-1.2, 1.8)),
    start=(0.0, 1.5),
    points=(
        StationaryPoint((1.0, 0.5), "minimum", "right minimum"),
        StationaryPoint((-1.0, 0.5), "minimum", "left minimum"),
        StationaryPoint((0.0, 0.0), "saddle", "saddle point"),
    ),
)

LANDSCAPES: dict[str, Landscape] = {landscape.key: landscape for landscape in (TWO_MINIMA, PLATEAU, SADDLE)}
"""Stable key -> landscape, in the order in which the page offers them."""
