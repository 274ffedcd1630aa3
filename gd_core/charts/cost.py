"""The cost over w, or over w and b, with the path that the updates take on it."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gd_core import model, theory
from gd_core.charts.marks import (
    CURVE,
    DATA,
    DIVERGED,
    MINIMUM,
    NOW,
    PATH,
    START,
    Motion,
    Panel,
    Trace,
    Window,
    axis,
    clipped_line,
    clipped_lines,
    clipped_segment,
    crossing,
    in_sight,
    line,
    points,
    thin,
)
from gd_core.charts.moments import Moments
from gd_core.lesson import number
from gd_core.training import Run

MOST_PATH_POINTS = 200
MOST_SAMPLES = 12  # more curves than this, one for each sample, hide each other
RINGS = 12
START_LABEL = "start, first line"
AT_WEIGHT = "w = %{x}<br>cost = %{y}"

XY = tuple[np.ndarray, np.ndarray]


def cost_panel(run: Run, least: theory.Minimum, moments: Moments, samples: bool) -> Panel:
    """The cost curve with every update on it (thinned when there are many, ends kept), the ball, its tangent and its step.

    samples: also draw each sample's own loss curve and minimum, the sample in use emphasised.
    """
    dataset = run.experiment.dataset
    ws = parameter_window(run, least, index=0)
    grid = ws.grid(81)
    curve = model.costs(dataset, grid[:, None])
    height = (float(np.max(curve)) - least.cost) or max(1.0, abs(least.cost))
    bottom = 0.0 if samples else least.cost  # each sample's own minimum is 0
    costs = Window(bottom - 0.06 * height, least.cost + 1.08 * height)
    shown = thin(run.parameters[:, 0], MOST_PATH_POINTS)
    path = np.column_stack((run.parameters[shown, 0], model.costs(dataset, run.parameters[shown])))
    still = [
        *(_sample_curves(run, ws, costs) if samples else []),
        line(grid, curve, {"color": CURVE}, "cost curve"),
        *_path(run, shown, path, ws, costs),
        points([run.parameters[0, 0]], run.epoch_costs[:1], START, START_LABEL, size=11, group="start",
               hover=f"start<br>{AT_WEIGHT}"),
        points([least.parameters[0]], [least.cost], MINIMUM, "minimum", size=19, hover=f"minimum<br>{AT_WEIGHT}"),
    ]  # fmt: skip
    next_costs = np.full(len(moments.rows), np.nan)
    known = ~np.isnan(moments.following[:, 0])
    next_costs[known] = model.costs(dataset, moments.following[known])
    w, cost, slope = moments.parameters[:, 0], moments.costs, moments.slopes[:, 0]
    tangents = clipped_lines(slope, cost - slope * w, _around(w, ws), (costs.low, costs.high))
    # The step as a corner: along the weight axis by -alpha times the gradient, then onto the curve. It ends at the border.
    reached = np.clip(moments.following[:, 0], ws.low, ws.high)
    landed = np.where(reached == moments.following[:, 0], np.clip(next_costs, costs.low, costs.high), cost)
    steps = np.stack((w, reached, reached), axis=1), np.stack((cost, cost, landed), axis=1)
    moving = _moving((w, cost), tangents, steps, ws, costs)
    if samples:
        moving.append(_samples_in_use(run, moments, ws, costs))
    return Panel("Cost curve", still, moving, axis("weight w", ws), axis("cost", costs))


def contour_panel(run: Run, least: theory.Minimum, moments: Moments, samples: bool) -> Panel:
    """Rings of equal cost over (w, b) with the path on them, the ball, the direction of its ring and its step.

    The rings lie at equal steps of the root of the cost above the minimum, so that the fourth passes through the start.
    samples: also draw the line on which each sample's own loss is 0, the sample in use emphasised.
    """
    ws, bs = (parameter_window(run, least, index) for index in (0, 1))
    shown = thin(run.parameters[:, 0], MOST_PATH_POINTS)
    still = [
        rings(run, least, ws, bs),
        *_valley_axes(run, least, ws, bs),
        *(_sample_valleys(run, ws, bs) if samples else []),
        *_path(run, shown, run.parameters[shown], ws, bs),
        points(run.parameters[:1, 0], run.parameters[:1, 1], START, START_LABEL, size=11, group="start",
               hover=f"start<br>w = %{{x}}<br>b = %{{y}}<br>cost = {number(run.epoch_costs[0])}"),
        points([least.parameters[0]], [least.parameters[1]], MINIMUM, "minimum", size=19,
               hover=f"minimum<br>w* = %{{x}}<br>b* = %{{y}}<br>cost = {number(least.cost)}"),
    ]  # fmt: skip
    (w, b), (slope_w, slope_b) = moments.parameters.T, moments.slopes.T
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        direction = np.where(slope_b == 0.0, np.copysign(1e12, slope_w), -slope_w / slope_b)
    tangents = clipped_lines(direction, b - direction * w, _around(w, ws), _around(b, bs))
    ways = zip(map(tuple, moments.parameters.tolist()), map(tuple, moments.following.tolist()))
    reached = np.array([end if math.isnan(end[0]) else crossing(begin, end, ws, bs) for begin, end in ways])
    steps = np.stack((w, reached[:, 0]), axis=1), np.stack((b, reached[:, 1]), axis=1)
    moving = _moving((w, b), tangents, steps, ws, bs)
    if samples:
        moving.append(_samples_in_use(run, moments, ws, bs))
    return Panel("Cost over w and b", still, moving, axis("weight w", ws), axis("bias b", bs))


def _moving(balls: XY, tangents: XY, steps: XY, xs: Window, ys: Window) -> list[Motion]:
    """Return the tangent, the step and the ball; where the ball lies outside the window nothing is drawn.

    balls: (k,) each. tangents, steps: (k, m), the places that they join.
    """
    inside = in_sight(np.stack(balls, axis=1), xs, ys)[:, None]
    ball = points([], [], NOW, "now", size=11, legend=False, hover="now<br>%{x}, %{y}")
    looks = line([], [], NOW, "tangent", dash="dash", width=2.5), line([], [], NOW, "next step", width=3.5), ball
    places = tangents, steps, (balls[0][:, None], balls[1][:, None])
    return [
        Motion(look, xs.seen(np.where(inside, x, np.nan)), ys.seen(np.where(inside, y, np.nan)))
        for look, (x, y) in zip(looks, places, strict=True)
    ]


def _around(values: np.ndarray, limits: Window) -> XY:
    """Return low and high of the parts of a window within a fifth of its width round values: as long as tangents should be."""
    return np.maximum(limits.low, values - limits.width / 5.0), np.minimum(limits.high, values + limits.width / 5.0)


def rings(run: Run, least: theory.Minimum, ws: Window, bs: Window) -> Trace:
    """Return the rings as one line with gaps, exact ellipses from the Hessian; in a valley pairs of parallel lines.

    (A contour trace would vanish when the figure is played: Plotly moves scatter traces only.)
    """
    curvatures, directions = np.linalg.eigh(model.hessian(run.experiment.dataset, 2) / 2.0)
    start_above = math.sqrt(max(0.0, float(run.epoch_costs[0]) - least.cost))
    step = (start_above or 0.5 * max(ws.width, bs.width) * math.sqrt(curvatures[1])) / 4.0
    reach = math.hypot(ws.width, bs.width)
    pieces = []
    for ring in range(1, RINGS + 1):
        across = ring * step / math.sqrt(curvatures[1])
        along = ring * step / math.sqrt(max(curvatures[0], 1e-18 * curvatures[1]))
        # Only the part that can be in sight: a long ellipse would spend its points far away.
        angle = np.linspace(-1.0, 1.0, 41) * math.asin(min(1.0, reach / along))
        for side in (1.0, -1.0):
            offsets = np.outer(along * np.sin(angle), directions[:, 0]) + np.outer(
                side * across * np.cos(angle), directions[:, 1]
            )
            pieces += [offsets + np.array(least.parameters), np.full((1, 2), np.nan)]
    w, b = np.concatenate(pieces).T
    return line(w.astype(np.float32), b.astype(np.float32), {"color": CURVE}, "equal cost", width=1)


def _valley_axes(run: Run, least: theory.Minimum, ws: Window, bs: Window) -> list[Trace]:
    """Return the two lines through the minimum along which the cost curves most and least: the Hessian's eigenvectors."""
    traces = []
    for name, (w, b) in zip(
        ("flattest direction", "steepest direction"), theory.curvature(run.experiment.dataset, 2).directions.T
    ):
        reach = ws.width + bs.width
        at_w, at_b = least.parameters
        ends = clipped_segment((at_w - reach * w, at_b - reach * b), (at_w + reach * w, at_b + reach * b), ws, bs)
        if ends is not None:  # pragma: no branch (what goes through the window's centre is in sight)
            (x, y), (other_x, other_y) = ends
            traces.append(line([x, other_x], [y, other_y], {"color": CURVE}, name, dash="dashdot", width=1))
    return traces


def parameter_window(run: Run, least: theory.Minimum, index: int) -> Window:
    """Return a window centred on the minimum that holds the start, and the path as far as twice the start's distance.

    A start that differs in the other parameter only gets as much room as the same cost would need along this one.
    """
    curvature = np.diag(model.hessian(run.experiment.dataset, len(least.parameters)))
    gaps = np.abs(run.parameters[0] - np.array(least.parameters))
    equivalent = [
        gap * math.sqrt(other / curvature[index]) for gap, other in zip(gaps, curvature) if curvature[index] > 0.0
    ]
    center = least.parameters[index]
    room = max(gaps[index], *equivalent) if equivalent else gaps[index]
    if room <= 1e-9 * abs(center):  # a start at the minimum, or as near as rounding leaves it
        room = max(1.0, abs(center) / 2.0)
    farthest = float(np.max(np.abs(run.parameters[:, index] - center)))
    half = 1.25 * min(max(room, farthest), 2.0 * room)
    return Window(center - half, center + half)


# The path


def _path(run: Run, shown: np.ndarray, positions: np.ndarray, xs: Window, ys: Window) -> list[Trace]:
    """Return the updates as dots joined by lines, and a mark where the path first leaves the window."""
    inside = in_sight(positions, xs, ys)
    names = "wb"[: run.parameters.shape[1]]
    place = "<br>".join(f"{name} = %{{{at}:.6~g}}" for name, at in zip(names, "xy"))
    x, y, way_out = joined(positions, inside, xs, ys)
    way = line(x, y, PATH, "path", width=1.2, group="path")
    dots = points(
        positions[inside, 0],
        positions[inside, 1],
        PATH,
        "updates, last line",
        size=6,
        group="path",
        hover=f"after update %{{customdata}}<br>{place}",
    ) | {"customdata": shown[inside]}
    if way_out is None:  # the line has no ends but the dots: one trace, which is half the work of two
        return [dots | {"mode": "lines+markers", "line": way["line"]}]
    left = int(shown[way_out.position])
    hover = f"leaves the window with update {left}, to<br>" + "<br>".join(
        f"{name} = {number(value)}" for name, value in zip(names, run.parameters[left])
    )
    mark = [xs.inner(way_out.x)], [ys.inner(way_out.y)]
    return [way, dots, points(*mark, DIVERGED, "leaves the window", hover=hover, size=12)]


@dataclass(frozen=True)
class Crossing:
    """Where the path first leaves its window: the place on the border, and the position in the path that lies outside."""

    x: float
    y: float
    position: int


def joined(
    positions: np.ndarray, inside: np.ndarray, xs: Window, ys: Window
) -> tuple[np.ndarray, np.ndarray, Crossing | None]:
    """Return the parts of the path that lie within the window, gaps between them, and where it first leaves."""
    if inside.all():
        return positions[:, 0], positions[:, 1], None
    places: list[tuple[float, float]] = [(float(x), float(y)) for x, y in positions.tolist()]
    drawn, first = places[:1] if inside[0] else [], None
    for position, (before, after) in enumerate(pairwise(places), start=1):
        if inside[position]:
            if not inside[position - 1]:
                drawn += [(math.nan, math.nan), crossing(after, before, xs, ys)]
            drawn.append(after)
        elif inside[position - 1]:
            border = crossing(before, after, xs, ys)
            drawn += [border, (math.nan, math.nan)]
            first = first or Crossing(*border, position)
    x, y = np.array(drawn).reshape(-1, 2).T.copy()
    return x, y, first


# Why one sample at a time is noisy: each sample's own curve


def _sample_curves(run: Run, ws: Window, costs: Window) -> list[Trace]:
    """Return each sample's loss over w and its minimum, where w fits that sample alone."""
    dataset, grid = run.experiment.dataset, ws.grid(61)
    traces = []
    for x, y in zip(dataset.x[:MOST_SAMPLES].tolist(), dataset.y[:MOST_SAMPLES].tolist()):
        loss = (x * grid - y) * (x * grid - y)
        loss[loss > costs.high] = np.nan
        traces.append(line(grid, loss, DATA, f"loss of ({number(x)}, {number(y)})", dash="dot", width=1.2))
        if x != 0.0 and y / x in ws:
            hover = f"where the loss of ({number(x)}, {number(y)}) is 0<br>w = {number(y / x)}"
            style = {**DATA, "symbol": "star-open"}
            traces.append(points([y / x], [0.0], style, "sample's minimum", size=9, legend=False, hover=hover))
    return traces


def _sample_valleys(run: Run, ws: Window, bs: Window) -> list[Trace]:
    """Return for each sample the line of all (w, b) that fit it exactly: b = y - x w."""
    dataset = run.experiment.dataset
    return [
        line(*clipped_line(-x, y, ws, bs), DATA, f"fits ({number(x)}, {number(y)})", dash="dot", width=1.2)
        for x, y in zip(dataset.x[:MOST_SAMPLES].tolist(), dataset.y[:MOST_SAMPLES].tolist())
    ]


def _samples_in_use(run: Run, moments: Moments, xs: Window, ys: Window) -> Motion:
    """Return the curve (with a bias, the line) of the first sample that the next update uses; nothing at the end."""
    places = (divmod(row, run.experiment.updates_per_epoch) for row in moments.rows[:-1].tolist())
    samples = [int(run.samples_of_epoch(epoch)[position][0]) for epoch, position in places]
    x, y = run.experiment.dataset.x[samples], run.experiment.dataset.y[samples]
    if run.experiment.bias:
        curves = clipped_lines(-x, y, (xs.low, xs.high), (ys.low, ys.high))
    else:
        grid = np.broadcast_to(xs.grid(25), (len(x), 25))
        error = x[:, None] * grid - y[:, None]
        curves = grid, error * error
    curve_x, curve_y = (np.vstack((curve, np.full((1, curve.shape[1]), np.nan))) for curve in curves)
    return Motion(line([], [], DATA, "sample used next", width=3), xs.seen(curve_x), ys.seen(curve_y))
