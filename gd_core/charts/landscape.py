"""A landscape with one descent on it, and the map of all starts: which of them end where."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from gd_core.charts.cost import joined
from gd_core.charts.marks import (
    CURVE,
    DIVERGED,
    MINIMUM,
    NOW,
    PATH,
    START,
    Trace,
    Window,
    axis,
    clipped_line,
    clipped_segment,
    in_sight,
    line,
    points,
    thin,
)
from gd_core.charts.moments import MOST
from gd_core.charts.playback import playback
from gd_core.charts.view import View
from gd_core.landscapes import NOT_SETTLED, RAN_AWAY, Basins, Landscape, Trail
from gd_core.lesson import number

OTHER = {"color": "#F0E442", "symbol": "star"}  # Okabe and Ito's yellow: a minimum beside the first one
NO_MINIMUM = {"color": CURVE, "symbol": "diamond"}  # where the gradient vanishes too
PATTERNS = {MINIMUM["color"]: "", OTHER["color"]: "/", CURVE: ".", DIVERGED["color"]: "x"}
UNSETTLED_PATTERN = "-"
MOST_PATH_POINTS = 200
STRIP = (-0.24, -0.14)  # where the map of starts lies under a curve, in heights of the curve
LEVELS = 10
GRID = 61  # points along each side, for the lines of equal height

Corner = tuple[int, int]


def landscape_chart(trail: Trail, basins: Basins, view: View) -> dict:
    """Return the figure: the landscape with the descent on it, played in the browser, and where all other starts end.

    A curve has the map of starts as a strip below it; over two variables the map lies under the lines of equal height.
    basins: of the trail's descent. view: its arrangement (stacked for a narrow screen) and letters count.
    """
    landscape, narrow = trail.descent.shape, view.arrangement == "stack"
    windows = [Window(*limits) for limits in landscape.domain]
    rows = _rows(len(trail))
    draw = _curve if len(landscape.names) == 1 else _plane
    still, moving, x_axis, y_axis = draw(trail, basins, windows, rows)
    words = [_words(trail, row) for row in rows.tolist()]
    figure: dict = {
        "data": [*still, *moving[-1], _words_trace(words[-1], narrow)],
        "layout": {
            "height": 540 if narrow else 460,
            "margin": {"l": 52, "r": 12, "t": 84 if narrow else 50, "b": 100},
            "font": view.font,
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0.0, "y": 1.0, "yref": "container", "yanchor": "top"},
            "hovermode": "closest",
            "dragmode": False if narrow else "zoom",
            "xaxis": {**x_axis, "domain": [0.0, 1.0], "anchor": "y"},
            "yaxis": {**y_axis, "domain": [0.0, 0.82 if narrow else 0.93], "anchor": "x"},
            "xaxis2": {**UNSEEN, "domain": [0.0, 1.0], "anchor": "y2"},
            "yaxis2": {**UNSEEN, "domain": [0.87 if narrow else 0.95, 1.0], "anchor": "x2"},
        },
    }
    first, names = len(still), [str(row) for row in rows.tolist()]
    figure["frames"] = [
        {
            "name": name,
            "data": [*({"x": trace["x"], "y": trace["y"]} for trace in traces), {"text": [_joined(said, narrow)]}],
            "traces": list(range(first, len(figure["data"]))),
        }
        for name, traces, said in zip(names, moving, words)
    ]
    figure["layout"] |= playback(names, view)
    return figure


UNSEEN = {"visible": False, "fixedrange": True, "range": [0.0, 1.0]}


def _rows(updates: int) -> np.ndarray:
    """Return at most 60 rows of positions to stop at: every early one, then growing steps, the last one among them."""
    if updates < MOST:
        return np.arange(updates + 1)
    share = np.linspace(0.0, 1.0, MOST)
    return np.unique(np.maximum(np.arange(MOST), np.round(updates * share**3).astype(int)))


def _words(trail: Trail, row: int) -> tuple[str, str, str]:
    """Return which moment it is, where, and the gradient there; a negative zero reads 0."""
    names, gradient = (
        trail.descent.shape.names,
        ", ".join(number(slope + 0.0) for slope in trail.gradients[row].tolist()),
    )
    where = [f"{name} = {number(value + 0.0)}" for name, value in zip(names, trail.positions[row].tolist())]
    return (
        f"after update {row} of {len(trail)}" if row else "start",
        "   ".join([*where, f"height = {number(trail.values[row])}"]),
        f"gradient = {gradient}" if len(names) == 1 else f"gradient = ({gradient})",
    )


def _joined(said: tuple[str, str, str], narrow: bool) -> str:
    return ("<br>" if narrow else "   ").join((f"<b>{said[0]}</b>", *said[1:]))


def _words_trace(said: tuple[str, str, str], narrow: bool) -> Trace:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [0.0],
        "y": [0.5],
        "text": [_joined(said, narrow)],
        "textposition": "middle right",
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
        "xaxis": "x2",
        "yaxis": "y2",
    }


# A curve


def _curve(trail: Trail, basins: Basins, windows: list[Window], rows: np.ndarray) -> tuple[list, list, dict, dict]:
    landscape, (us,) = trail.descent.shape, windows
    grid = us.grid(161)
    heights = landscape.height(grid)
    low, high = float(landscape.lowest), float(np.max(heights))
    tall = high - low
    fs, drawn = Window(low + (STRIP[0] - 0.03) * tall, high + 0.04 * tall), Window(low - 0.02 * tall, high)
    strip = tuple(low + share * tall for share in STRIP)
    shown = thin(trail.positions[:, 0], MOST_PATH_POINTS)
    path = np.column_stack((trail.positions[shown, 0], trail.values[shown]))
    still = [
        *_map(basins, (_edges(landscape, 0, basins), np.array(strip))),
        line(grid, heights, {"color": CURVE}, "height"),
        *_path(path, shown, us, Window(drawn.low, fs.high), "u = %{x}<br>height = %{y}"),
        *_stationary(landscape, above=("hilltop", "flat")),
        points(
            [us.inner(path[0, 0])], path[:1, 1], START, "start", size=11, hover="start<br>u = %{x}<br>height = %{y}"
        ),
    ]
    moving = []
    for row in rows.tolist():
        u, f = float(trail.positions[row, 0]), float(trail.values[row])
        slope = float(trail.gradients[row, 0])
        near = Window(max(us.low, u - us.width / 8.0), min(us.high, u + us.width / 8.0))
        tangent = clipped_line(slope, f - slope * u, near, drawn) if u in us else ([], [])
        following = trail.positions[row + 1 : row + 2, 0].tolist()
        # The step as a corner: along u by what the rule makes of the gradient, then onto the curve.
        corner = [(u, f), *((value, f) for value in following)]
        corner += [(value, float(trail.values[row + 1])) for value in following]
        moving.append(
            [
                line(us.drawn(tangent[0]), fs.drawn(tangent[1]), NOW, "tangent", dash="dash"),
                _step(corner, us, fs),
                _ball((u, f), us, fs),
            ]
        )
    ticks = [tick for tick in range(int(np.ceil(low)), int(high) + 1) if tick % max(1, round(tall / 5.0)) == 0]
    y_axis = axis("height f(u)", fs) | {
        "tickvals": [sum(strip) / 2.0, *ticks],
        "ticktext": ["starts", *map(str, ticks)],
        "showgrid": False,
    }
    return still, moving, axis("u", us), y_axis


# Two variables, seen from above


def _plane(trail: Trail, basins: Basins, windows: list[Window], rows: np.ndarray) -> tuple[list, list, dict, dict]:
    landscape, (us, vs) = trail.descent.shape, windows
    shown = thin(trail.positions[:, 0], MOST_PATH_POINTS)
    path = trail.positions[shown]
    still = [
        *_map(basins, (_edges(landscape, 0, basins), _edges(landscape, 1, basins))),
        _levels(landscape, us, vs),
        *_path(path, shown, us, vs, "u = %{x}<br>v = %{y}"),
        *_stationary(landscape, above=()),
        points([us.inner(path[0, 0])], [vs.inner(path[0, 1])], START, "start", size=11,
               hover=f"start<br>u = %{{x}}<br>v = %{{y}}<br>height = {number(trail.values[0])}"),
    ]  # fmt: skip
    moving = []
    for row in rows.tolist():
        here, following = trail.positions[row].tolist(), trail.positions[row + 1 : row + 2].tolist()
        moving.append([_step([tuple(here), *map(tuple, following)], us, vs), _ball(tuple(here), us, vs)])
    return still, moving, axis("u", us), axis("v", vs) | {"showgrid": False}


def _levels(landscape: Landscape, us: Window, vs: Window) -> Trace:
    """Return lines of equal height, at equal steps of its root, one of them through the stationary point that is no minimum.

    As one line with gaps: a contour trace vanishes when the figure is played. Each cell of a grid is cut into two
    triangles, on which a height interpolated between the corners has a straight line.
    """
    u, v = np.meshgrid(us.grid(GRID), vs.grid(GRID))
    height = (landscape.height(u, v) - landscape.lowest).ravel()
    place, corner = np.stack((u.ravel(), v.ravel()), axis=1), np.arange(GRID * GRID).reshape(GRID, GRID)
    a, b, c, d = (part.ravel() for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]))
    triangles = np.concatenate([np.stack((a, b, c), axis=1), np.stack((a, c, d), axis=1)])  # counterclockwise
    other = max(landscape.height(*point.at) - landscape.lowest for point in landscape.points)
    pieces = []
    for level in other * (np.arange(1, LEVELS + 1) / 2.0) ** 2:
        below = height[triangles] < level
        cut, below = triangles[below.any(axis=1) & ~below.all(axis=1)], below[below.any(axis=1) & ~below.all(axis=1)]
        low_tip = below.sum(axis=1) == 1
        # The corner that is alone on its side of the level, then the others, so that what is lower lies to the left.
        tip = np.where(low_tip, below.argmax(axis=1), (~below).argmax(axis=1))
        tips, first, second = (cut[np.arange(len(cut)), (tip + step) % 3] for step in (0, 1, 2))
        first, second = np.where(low_tip, first, second), np.where(low_tip, second, first)
        begin, end = (np.sort(np.stack((tips, far), axis=1), axis=1) for far in (first, second))
        for chain in _chains(zip(map(tuple, begin.tolist()), map(tuple, end.tolist()))):
            one, two = np.array(chain).T
            share = (level - height[one]) / (height[two] - height[one])
            pieces += [place[one] + share[:, None] * (place[two] - place[one]), np.full((1, 2), np.nan)]
    x, y = np.concatenate(pieces).T.astype(np.float32)
    return line(x, y, {"color": CURVE}, "equal height", width=1)


def _chains(pieces: Iterable[tuple[Corner, Corner]]) -> list[list[Corner]]:
    """Return directed pieces, each from one corner to another, joined end to end: open chains first, then closed ones."""
    following: dict[Corner, list[Corner]] = {}
    entered = set()
    for begin, end in pieces:
        following.setdefault(begin, []).append(end)
        entered.add(end)
    chains = []
    for first in [*(corner for corner in following if corner not in entered), *following]:
        while following.get(first):
            chain = [first]
            while following.get(chain[-1]):
                chain.append(following[chain[-1]].pop())
                if chain[-1] == first:
                    break
            chains.append(chain)
    return chains


# What both have


def _stationary(landscape: Landscape, above: tuple[str, ...]) -> list[Trace]:
    """Return a mark with its name at each stationary point; names stand above the kinds that say so, else below."""
    traces = []
    for number_, point in enumerate(landscape.points):
        height = landscape.height(*point.at)
        where = ", ".join(f"{name} = {number(value)}" for name, value in zip(landscape.names, point.at))
        trace = points(
            point.at[:1],
            [height] if len(point.at) == 1 else point.at[1:],
            _style(landscape, number_),
            point.name,
            size=17 if point.kind == "minimum" else 10,
            legend=False,
            hover=f"{point.name}<br>{where}<br>height = {number(height)}<br>gradient = 0",
        )
        place = "top center" if point.kind in above else "bottom center"
        traces.append({**trace, "mode": "markers+text", "text": [f"<b>{point.name}</b>"], "textposition": place})
    return traces


def _path(path: np.ndarray, shown: np.ndarray, xs: Window, ys: Window, place: str) -> list[Trace]:
    """Return the updates as dots joined by lines, and a mark where the path first leaves the window.

    path: (k, 2), drawn positions. shown: (k,), the updates after which they are. place: how a dot says where it is.
    """
    inside = in_sight(path, xs, ys)
    x, y, way_out = joined(path, inside, xs, ys)
    dots = path[inside].astype(np.float32)
    traces = [
        line(x.astype(np.float32), y.astype(np.float32), PATH, "path", width=1.2, group="path"),
        points(dots[:, 0], dots[:, 1], PATH, "updates", size=6, group="path",
               hover=f"after update %{{text}}<br>{place}", text=[str(row) for row in shown[inside]]),
    ]  # fmt: skip
    if way_out is not None:
        at = [xs.inner(way_out.x)], [ys.inner(way_out.y)]
        hover = f"leaves the window with update {shown[way_out.position]}"
        traces.append(points(*at, DIVERGED, "leaves the window", hover=hover, size=12))
    return traces


def _step(corner: list[tuple[float, float]], xs: Window, ys: Window) -> Trace:
    inside = corner[0][0] in xs and corner[0][1] in ys
    pieces = [clipped_segment(begin, end, xs, ys) for begin, end in pairwise(corner) if inside]
    kept = [place for piece in pieces if piece is not None for place in piece]
    return line(xs.drawn([x for x, _ in kept]), ys.drawn([y for _, y in kept]), NOW, "next step", width=3.5)


def _ball(place: tuple[float, float], xs: Window, ys: Window) -> Trace:
    return points(
        xs.drawn([place[0]]), ys.drawn([place[1]]), NOW, "now", size=11, legend=False, hover="now<br>%{x}, %{y}"
    )


# The map of starts


def _style(landscape: Landscape, fate: int) -> dict:
    if fate == RAN_AWAY:
        return DIVERGED
    if landscape.points[fate].kind != "minimum":
        return NO_MINIMUM
    return MINIMUM if fate == 0 else OTHER


def _map(basins: Basins, edges: tuple[np.ndarray, np.ndarray]) -> list[Trace]:
    """Return for each fate the area of the starts that have it, told apart by colour, pattern and name.

    edges: the borders of the cells along both directions of the drawing.
    """
    landscape, traces = basins.descent.shape, []
    for fate in basins.present:
        x, y = outline(np.atleast_2d(basins.fates == fate), *edges)
        settled = fate != NOT_SETTLED
        color = _style(landscape, fate)["color"] if settled else CURVE
        name = {NOT_SETTLED: "not settled", RAN_AWAY: "run away"}.get(fate)
        trace = line(x, y, {"color": color}, name or f"to {landscape.points[fate].name}", width=0)
        pattern = {
            "shape": PATTERNS[color] if settled else UNSETTLED_PATTERN,
            "bgcolor": _faded(color, 0.35 if settled else 0.05),
            "fgcolor": CURVE,
            "size": 8,
            "solidity": 0.15,
        }
        fill = {"fill": "toself", "fillcolor": _faded(color, 0.35), "fillpattern": pattern}
        traces.append({**trace, **fill, "hoveron": "fills", "hoverinfo": "name", "showlegend": True})
    return traces


def _faded(color: str, opacity: float) -> str:
    red, green, blue = (int(color[begin : begin + 2], 16) for begin in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _edges(landscape: Landscape, index: int, basins: Basins) -> np.ndarray:
    return np.linspace(*landscape.domain[index], len(basins.axes[index]) + 1)


def outline(chosen: np.ndarray, x_edges: np.ndarray, y_edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the borders of an area made of the chosen cells of a grid, as closed loops with gaps between them.

    chosen: (rows, columns) of booleans. x_edges: (columns + 1,), y_edges: (rows + 1,). Every loop has its area on the left,
    so that holes turn the other way round and stay empty when the area is filled.
    """
    padded = np.pad(chosen, 1)
    pieces: list[tuple] = []
    # A side of a cell is a border where the neighbour beyond it is not chosen: (row, column) of both ends, area on the left.
    for beyond, begin, end in (
        (padded[:-2, 1:-1], (0, 0), (0, 1)),
        (padded[1:-1, 2:], (0, 1), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (1, 0)),
        (padded[1:-1, :-2], (1, 0), (0, 0)),
    ):
        cells = np.argwhere(chosen & ~beyond)
        pieces += zip(map(tuple, (cells + begin).tolist()), map(tuple, (cells + end).tolist()))
    x, y = [], []
    for chain in _chains(pieces):
        turns = [corner for before, corner, after in zip(chain[-2:-1] + chain, chain, chain[1:] + chain[:1])
                 if not _straight(before, corner, after)]  # fmt: skip
        rows, columns = np.array([*turns, turns[0]]).T
        x += [x_edges[columns], [np.nan]]
        y += [y_edges[rows], [np.nan]]
    return np.concatenate(x).astype(np.float32), np.concatenate(y).astype(np.float32)


def _straight(first: Corner, middle: Corner, last: Corner) -> bool:
    return first[0] == middle[0] == last[0] or first[1] == middle[1] == last[1]
