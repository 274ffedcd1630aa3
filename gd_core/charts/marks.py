"""What every chart is drawn with: colours, traces, windows, and which of many points to draw."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Trace = dict
Place = tuple[float, float]
Drawable = ArrayLike | Sequence[float | None]  # None where nothing is drawn

# One meaning, one colour and one shape, in every chart. Okabe and Ito's colours, safe for colour-blind eyes, their orange and
# their sky blue made darker: each has a contrast of 3:1 or more on both themes' backgrounds, and every mark has an outline.
DATA = {"color": "#CC79A7", "symbol": "circle"}
START = {"color": "#C78600", "symbol": "square"}
PATH = {"color": "#0072B2", "symbol": "circle"}
MINIMUM = {"color": "#009E73", "symbol": "star"}
DIVERGED = {"color": "#D55E00", "symbol": "x"}
NOW = {"color": "#3C99D4", "symbol": "circle"}
CURVE = "#808080"
OUTLINE = {"color": "#404040", "width": 1}


@dataclass(frozen=True)
class Window:
    """What an axis shows, from low to high, in the units of its values."""

    low: float
    high: float

    def __post_init__(self) -> None:
        # Plain floats: what overflows in a division is then infinite, and no warning.
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        return self.high - self.low

    def clip(self, value: float) -> float:
        return min(max(value, self.low), self.high)

    def inner(self, value: float) -> float:
        """Return the value, moved a hair inside: Plotly drops a mark that lies on a border by rounding."""
        return min(max(value, self.low + 1e-4 * self.width), self.high - 1e-4 * self.width)

    def grid(self, count: int) -> np.ndarray:
        return np.linspace(self.low, self.high, count)

    def seen(self, values: np.ndarray) -> np.ndarray:
        """Return values, of any shape, and nan in place of those that lie outside."""
        return np.where((values >= self.low) & (values <= self.high), values, np.nan)

    def drawn(self, values: np.ndarray | Sequence[float]) -> list:
        """Return values as a figure's frames carry them: to 1/100,000 of the window, and None where they lie outside.

        values: of any shape, which the nested lists have, too.
        """
        exact = np.asarray(values, dtype=float)
        rounded = exact.round(min(300, 5 - math.floor(math.log10(self.width))))
        inside = (exact >= self.low) & (exact <= self.high)
        return (rounded if inside.all() else np.where(inside, rounded, np.array(None))).tolist()


def window(values: np.ndarray, margin: float) -> Window:
    """Return a window that holds the values with a margin on both sides, as a share of their span."""
    low, high = float(np.min(values)), float(np.max(values))
    room = margin * (high - low) or max(1.0, abs(low) / 2.0)
    return Window(low - room, high + room)


@dataclass(frozen=True)
class Motion:
    """A trace that changes from moment to moment of the playback.

    look: all of it but its places. x, y: (k, m), the m places at each of k moments; nan where there is none.
    """

    look: Trace
    x: np.ndarray
    y: np.ndarray

    def at(self, moment: int) -> Trace:
        return {**self.look, "x": self.x[moment], "y": self.y[moment]}


@dataclass(frozen=True)
class Panel:
    """One chart of the theatre, not yet placed in a figure: traces that stay, traces that change, and its axes."""

    heading: str
    still: list[Trace]
    moving: list[Motion]
    x_axis: dict
    y_axis: dict


def line(
    x: Drawable,
    y: Drawable,
    style: dict,
    name: str,
    *,
    dash: str = "solid",
    width: float = 2.5,
    group: str | None = None,
) -> Trace:
    """Return a trace that joins its points. Lines stand in no legend: the marks of the same colour do."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "name": name,
        "legendgroup": group or name,
        "showlegend": False,
        "hoverinfo": "skip",
        "line": {"color": style["color"], "dash": dash, "width": width},
    }


def points(
    x: Drawable,
    y: Drawable,
    style: dict,
    name: str,
    *,
    size: float = 10,
    group: str | None = None,
    legend: bool = True,
    hover: str = "",
    text: list[str] | None = None,
) -> Trace:
    """Return a trace of separate marks, each with what it says when pointed at (hover, or its own text)."""
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "name": name,
        "legendgroup": group or name,
        "showlegend": legend,
        "hovertemplate": (hover or "%{text}") + "<extra></extra>",
        "marker": {**style, "size": size, "line": OUTLINE},
        "cliponaxis": False,
    }
    if text is not None:
        trace["text"] = text
    return trace


def axis(title: str, window_: Window) -> dict:
    return {
        "title": {"text": title, "standoff": 8},
        "range": [window_.low, window_.high],
        "zeroline": False,
        "nticks": 6,
        "exponentformat": "power",
    }


def suffix(number: int) -> str:
    """Return what Plotly puts behind "x" and "y" for a figure's panel of this number: nothing for the first."""
    return str(number) if number > 1 else ""


def thin(values: np.ndarray, most: int) -> np.ndarray:
    """Return the positions of about `most` values that look the same: first, last, and each stretch's extremes."""
    if len(values) <= most:
        return np.arange(len(values))
    stretches = np.array_split(np.arange(len(values)), max(1, (most - 2) // 2))
    extremes = [stretch[pick(values[stretch])] for stretch in stretches for pick in (np.argmin, np.argmax)]
    return np.unique([0, *extremes, len(values) - 1])


def spread(count: int, most: int) -> np.ndarray:
    """Return at most `most` positions out of count, evenly spaced, first and last among them."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int)


def in_sight(places: np.ndarray, xs: Window, ys: Window) -> np.ndarray:
    """Return which of the places, (k, 2), lie within the window: (k,), booleans."""
    return np.all((places >= (xs.low, ys.low)) & (places <= (xs.high, ys.high)), axis=1)


def clipped_segment(begin: Place, end: Place, xs: Window, ys: Window) -> tuple[Place, Place] | None:
    """Return the ends of the part of a segment within the window, or None where there is none.

    Liang and Barsky 1984: the segment is begin + t (end - begin); each border bounds t from one side.
    """
    if begin[0] in xs and begin[1] in ys and end[0] in xs and end[1] in ys:
        return begin, end
    enter, leave = 0.0, 1.0
    for position, target, limits in zip(begin, end, (xs, ys)):
        step = target - position
        if step == 0.0:
            if not limits.low <= position <= limits.high:
                return None
            continue
        first, second = (limits.low - position) / step, (limits.high - position) / step
        if first > second:
            first, second = second, first
        enter, leave = max(enter, first), min(leave, second)
    if enter > leave:
        return None
    (begin_x, begin_y), (end_x, end_y) = begin, end
    # Clipped again, because rounding may put an end just outside.
    first_end, last_end = (
        (xs.clip(begin_x + t * (end_x - begin_x)), ys.clip(begin_y + t * (end_y - begin_y))) for t in (enter, leave)
    )
    return first_end, last_end


def crossing(inside: Place, outside: Place, xs: Window, ys: Window) -> Place:
    """Return where the way from a place in the window to one outside it crosses the border.

    Always asked from the inner end: seen from an outer one, as far away as 1e50, the window has no width.
    """
    ends = clipped_segment(inside, outside, xs, ys)
    return inside if ends is None else ends[1]


def clipped_line(w: float, b: float, xs: Window, ys: Window) -> tuple[list[float], list[float]]:
    """Return the two ends, as x and y, of the part of the line y = w x + b within the window (empty where there is none)."""
    x, y = clipped_lines(np.array([w]), np.array([b]), (xs.low, xs.high), (ys.low, ys.high))
    return ([], []) if np.isnan(x).any() else (x[0].tolist(), y[0].tolist())


def clipped_lines(
    w: np.ndarray, b: np.ndarray, xs: tuple[ArrayLike, ArrayLike], ys: tuple[ArrayLike, ArrayLike]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends, (k, 2) as x and as y, of the parts of the lines y = w x + b within their windows, nan where none is.

    w, b: (k,). xs, ys: low and high of the windows, one for all or (k,). Solved for x at the lower and upper border, which
    keeps its digits for a line as steep as 1e50.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        enter, leave = np.sort(((ys[0] - b) / w, (ys[1] - b) / w), axis=0)
        level = w == 0.0
        enter[level], leave[level] = np.where((ys[0] <= b) & (b <= ys[1]), -np.inf, np.inf)[level], np.inf
        x = np.stack((np.maximum(xs[0], enter), np.minimum(xs[1], leave)), axis=1)
        x[x[:, 0] > x[:, 1]] = np.nan
        y = np.clip((w[:, None] * x + b[:, None]).T, *ys).T
    return x, y
