"""Run -> Plotly figures, as plain dicts of arrays.

One figure, the theatre, holds three panels of the same run: the points and the line, the cost curve, the loss history.
Axis ranges are set here and never left to Plotly, so that the start and the minimum are always in sight, a run that
runs away cannot blow the axes up, and what leaves a window is marked where it leaves.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gd_core import model, theory
from gd_core.lesson import number
from gd_core.training import Run

Trace = dict
Arrangement = Literal["row", "stack"]
Scale = Literal["linear", "log"]

# One meaning, one colour and one shape, in every chart. Okabe and Ito's colours, safe for colour-blind eyes, each with at
# least 3:1 contrast against both themes' backgrounds but START, which therefore has an outline.
DATA = {"color": "#CC79A7", "symbol": "circle"}
START = {"color": "#E69F00", "symbol": "square"}
PATH = {"color": "#0072B2", "symbol": "circle"}
MINIMUM = {"color": "#009E73", "symbol": "star"}
DIVERGED = {"color": "#D55E00", "symbol": "x"}
CURVE = "#808080"
OUTLINE = {"color": "#404040", "width": 1}

START_LABEL = "start, first line"
AT_WEIGHT = "w = %{x}<br>cost = %{y}"

MOST_PATH_POINTS = 200
MOST_HISTORY_POINTS = 600
MOST_DATA_POINTS = 500
MOST_RESIDUALS = 100


@dataclass(frozen=True)
class Window:
    """What an axis shows, from low to high, in the units of its values."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def grid(self, count: int) -> np.ndarray:
        return np.linspace(self.low, self.high, count)


def theatre(run: Run, *, predict_x: float, scale: Scale, arrangement: Arrangement) -> dict:
    """Return the figure of a run: points and line, cost curve (contours with a bias) with the path, loss history.

    predict_x: the x whose prediction is drawn. scale: of the loss history's cost axis. arrangement: panels in a row, or
    stacked for a narrow screen.
    """
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    panels = (
        fit_panel(run, least, predict_x),
        cost_panel(run, least) if len(least.parameters) == 1 else contour_panel(run, least),
        history_panel(run, least, scale),
    )
    return _arranged(panels, arrangement)


@dataclass(frozen=True)
class Panel:
    """One chart of the theatre: its heading, its traces and its two axes, not yet placed in a figure."""

    heading: str
    traces: list[Trace]
    x_axis: dict
    y_axis: dict


# The fit


def fit_panel(run: Run, least: theory.Minimum, predict_x: float) -> Panel:
    """Points, the line at the start, the line at the end, its residuals, and the prediction at predict_x."""
    dataset = run.experiment.dataset
    xs = window(np.append(dataset.x, (0.0, predict_x)), margin=0.06)
    ends = np.array((xs.low, xs.high))
    best = model.predict(ends, np.array(least.parameters))
    first_line = model.predict(ends, run.parameters[0])
    needed = np.concatenate((dataset.y, best, (0.0,)))
    reach = float(np.ptp(needed)) or 1.0
    ys = window(np.append(needed, np.clip(first_line, needed.min() - reach, needed.max() + reach)), margin=0.08)

    shown = spread(len(dataset), MOST_DATA_POINTS)
    x, y = dataset.x[shown], dataset.y[shown]
    fraction = "" if len(shown) == len(dataset) else f" ({len(shown)} of {len(dataset)})"
    traces = [
        *_residuals(run, ys),
        line(*_clipped_line(run.parameters[0], xs, ys), START, "first line", dash="dash", group="start"),
        line(*_clipped_line(run.parameters[-1], xs, ys), PATH, "last line", group="path"),
        points(x, y, DATA, f"data{fraction}", size=9, hover="x = %{x}<br>y = %{y}"),
    ]
    for row, style, when in ((0, START, "before"), (-1, PATH, "after")):
        y_hat = float(model.predict(np.float64(predict_x), run.parameters[row]))
        if y_hat in ys:
            hover = f"prediction {when} training<br>x = {number(predict_x)}<br>y_hat = {number(y_hat)}"
            traces.append(
                points(
                    [predict_x],
                    [y_hat],
                    {**style, "symbol": "diamond"},
                    f"prediction {when}",
                    hover=hover,
                    legend=False,
                )
            )
    return Panel("Points and line: y over x", traces, _axis("x", xs), _axis("", ys))


def _residuals(run: Run, ys: Window) -> list[Trace]:
    dataset = run.experiment.dataset
    if len(dataset) > MOST_RESIDUALS:
        return []
    predictions = model.predict(dataset.x, run.parameters[-1])
    gaps = np.full(len(dataset), np.nan)
    x = np.column_stack((dataset.x, dataset.x, gaps)).ravel()
    y = np.column_stack((dataset.y, np.clip(predictions, ys.low, ys.high), gaps)).ravel()
    return [line(x, y, {"color": CURVE}, "residuals", dash="dot", width=1.5)]


def _clipped_line(parameters: np.ndarray, xs: Window, ys: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return the two ends of the part of a line that lies within the window (empty where none does).

    Solved for x at the window's lower and upper border, which keeps its digits for a line as steep as 1e50.
    """
    w, b = float(parameters[0]), float(parameters[1]) if len(parameters) == 2 else 0.0
    if w == 0.0:
        left, right = (xs.low, xs.high) if b in ys else (1.0, 0.0)
    else:
        low, high = sorted(((ys.low - b) / w, (ys.high - b) / w))
        left, right = max(xs.low, low), min(xs.high, high)
    if left > right:
        return np.empty(0), np.empty(0)
    ends = np.array((left, right))
    return ends, np.clip(model.predict(ends, parameters), ys.low, ys.high)


# The cost curve, and with a bias the contours


def cost_panel(run: Run, least: theory.Minimum) -> Panel:
    """The cost over w with every update on it (thinned when there are many, ends kept)."""
    ws = _parameter_window(run, least, axis=0)
    grid = ws.grid(121)
    curve = model.costs(run.experiment.dataset, grid[:, None])
    top = float(np.max(curve))
    height = (top - least.cost) or max(1.0, abs(top))
    costs = Window(least.cost - 0.06 * height, least.cost + 1.08 * height)
    start, minimum = run.parameters[0, 0], least.parameters[0]
    shown = thin(run.parameters[:, 0], MOST_PATH_POINTS)
    path = np.column_stack((run.parameters[shown, 0], model.costs(run.experiment.dataset, run.parameters[shown])))
    traces = [
        line(grid, curve, {"color": CURVE}, "cost curve"),
        *_path(run, shown, path, ws, costs),
        points(
            [start], [run.epoch_costs[0]], START, START_LABEL, size=11, group="start", hover=f"start<br>{AT_WEIGHT}"
        ),
        points([minimum], [least.cost], MINIMUM, "minimum", size=13, hover=f"minimum<br>{AT_WEIGHT}"),
    ]
    return Panel("Cost curve", traces, _axis("weight w", ws), _axis("cost", costs))


def contour_panel(run: Run, least: theory.Minimum) -> Panel:
    """Rings of equal cost over (w, b) with the path on them.

    The rings lie at equal steps of the root of the cost above the minimum, so that the fourth passes through the start.
    """
    ws, bs = (_parameter_window(run, least, axis=axis) for axis in (0, 1))
    w, b = ws.grid(61), bs.grid(61)
    mesh = np.column_stack([values.ravel() for values in np.meshgrid(w, b)])
    above = np.maximum(model.costs(run.experiment.dataset, mesh) - least.cost, 0.0).reshape(len(b), len(w))
    start_above = math.sqrt(max(0.0, float(run.epoch_costs[0]) - least.cost))
    step = (start_above or math.sqrt(float(above.max())) or 1.0) / 4.0
    rings: Trace = {
        "type": "contour",
        "x": w,
        "y": b,
        "z": np.sqrt(above).astype(np.float32),
        "contours": {"coloring": "lines", "start": step, "end": 12.0 * step, "size": step},
        "autocontour": False,
        "colorscale": [[0.0, CURVE], [1.0, CURVE]],
        "line": {"width": 1},
        "showscale": False,
        "hoverinfo": "skip",
        "name": "equal cost",
    }
    shown = thin(run.parameters[:, 0], MOST_PATH_POINTS)
    traces = [
        rings,
        *_path(run, shown, run.parameters[shown], ws, bs),
        points([run.parameters[0, 0]], [run.parameters[0, 1]], START, START_LABEL, size=11, group="start",
               hover=f"start<br>w = %{{x}}<br>b = %{{y}}<br>cost = {number(run.epoch_costs[0])}"),
        points([least.parameters[0]], [least.parameters[1]], MINIMUM, "minimum", size=13,
               hover=f"minimum<br>w* = %{{x}}<br>b* = %{{y}}<br>cost = {number(least.cost)}"),
    ]  # fmt: skip
    return Panel("Cost over w and b", traces, _axis("weight w", ws), _axis("bias b", bs))


def _parameter_window(run: Run, least: theory.Minimum, axis: int) -> Window:
    """Return a window centred on the minimum that holds the start, and the path as far as twice the start's distance.

    A start that differs in the other parameter only gets as much room as the same cost would need along this one.
    """
    curvature = np.diag(model.hessian(run.experiment.dataset, len(least.parameters)))
    gaps = np.abs(run.parameters[0] - np.array(least.parameters))
    equivalent = [
        gap * math.sqrt(other / curvature[axis]) for gap, other in zip(gaps, curvature) if curvature[axis] > 0.0
    ]
    center = least.parameters[axis]
    room = max(gaps[axis], *equivalent, 1e-9 * abs(center)) if equivalent else gaps[axis]
    room = room or max(1.0, abs(center) / 2.0)
    farthest = float(np.max(np.abs(run.parameters[:, axis] - center)))
    half = 1.25 * min(max(room, farthest), 2.0 * room)
    return Window(center - half, center + half)


def _path(run: Run, shown: np.ndarray, positions: np.ndarray, xs: Window, ys: Window) -> list[Trace]:
    """Return the updates as dots joined by lines, and a mark at each border that the path crosses for the first time."""
    inside = np.array([x in xs and y in ys for x, y in positions])
    names = "wb"[: run.parameters.shape[1]]
    labels = [
        f"after update {row}<br>" + "<br>".join(f"{name} = {number(value)}" for name, value in zip(names, parameters))
        for row, parameters in zip(shown[inside], run.parameters[shown[inside]])
    ]
    x, y, crossings = _joined(positions, inside, xs, ys)
    traces = [
        line(x, y, PATH, "path", width=1.2, group="path"),
        points(
            positions[inside, 0], positions[inside, 1], PATH, "updates, last line", size=6, group="path", text=labels
        ),
    ]
    if crossings:
        first = crossings[0]
        left = int(shown[first.position])
        hover = f"leaves the window with update {left}, to<br>" + "<br>".join(
            f"{name} = {number(value)}" for name, value in zip(names, run.parameters[left])
        )
        traces.append(
            points(
                [crossing.x for crossing in crossings],
                [crossing.y for crossing in crossings],
                DIVERGED,
                "leaves the window",
                hover=hover,
                size=12,
            )
        )
    last = positions[-1]
    if inside[-1]:
        traces.append(
            points([last[0]], [last[1]], PATH, "end", size=12, group="path", legend=False, text=[f"end, {labels[-1]}"])
        )
    return traces


@dataclass(frozen=True)
class Crossing:
    """Where the path first leaves its window: the place on the border, and the position in the path that lies outside."""

    x: float
    y: float
    position: int


def _joined(
    positions: np.ndarray, inside: np.ndarray, xs: Window, ys: Window
) -> tuple[np.ndarray, np.ndarray, list[Crossing]]:
    """Return the parts of the path that lie within the window, gaps between them, and where it first leaves."""
    pieces, crossings = [positions[:1]] if inside[0] else [], []
    for position in range(1, len(positions)):
        before, after = positions[position - 1], positions[position]
        if inside[position]:
            # Clipped from the inner end: seen from an outer one, as far away as 1e50, the window has no width.
            if not inside[position - 1] and (entry := clipped_segment(after, before, xs, ys)) is not None:
                pieces += [np.full((1, 2), np.nan), entry[1:]]
            pieces.append(after[None, :])
        elif inside[position - 1] and (exit_ := clipped_segment(before, after, xs, ys)) is not None:
            pieces += [exit_[1:], np.full((1, 2), np.nan)]
            if not crossings:
                crossings.append(Crossing(*exit_[1].tolist(), position))
    joined = np.concatenate(pieces) if pieces else np.empty((0, 2))
    return joined[:, 0], joined[:, 1], crossings


def clipped_segment(begin: np.ndarray, end: np.ndarray, xs: Window, ys: Window) -> np.ndarray | None:
    """Return the part of a segment within the window as a (2, 2) array of its ends, or None where there is none.

    Liang and Barsky 1984: the segment is begin + t (end - begin); each border bounds t from one side.
    """
    enter, leave = 0.0, 1.0
    for position, target, limits in zip(begin.tolist(), end.tolist(), (xs, ys)):
        step = target - position
        if step == 0.0:
            if position not in limits:
                return None
            continue
        first, second = sorted(((limits.low - position) / step, (limits.high - position) / step))
        enter, leave = max(enter, first), min(leave, second)
    if enter > leave:
        return None
    ends = np.array([begin + t * (end - begin) for t in (enter, leave)])
    return np.clip(ends, (xs.low, ys.low), (xs.high, ys.high))  # rounding may put an end just outside


# The loss history


def history_panel(run: Run, least: theory.Minimum, scale: Scale) -> Panel:
    """The cost over the whole set after each epoch, from the start (epoch 0) on."""
    costs = run.epoch_costs
    drawable = costs > 0.0 if scale == "log" else np.ones(len(costs), dtype=bool)
    window_ = _history_window(costs, least.cost, scale)
    height = np.log10(costs, where=drawable, out=np.full(len(costs), np.nan)) if scale == "log" else costs
    within = drawable & (height <= window_.high)
    shown = thin(np.where(within, height, window_.high), MOST_HISTORY_POINTS)
    kept = shown[within[shown]]
    mode = "lines+markers" if len(kept) <= 60 else "lines"
    traces = [
        {
            **line(kept, costs[kept], PATH, "cost after each epoch", group="path"),
            "mode": mode,
            "hovertemplate": "%{x} epochs done<br>cost = %{y}<extra></extra>",
            "hoverinfo": "all",
        },
        points([0], costs[:1], START, "start", size=11, group="start", legend=False, hover="start<br>cost = %{y}"),
    ]
    if least.cost > 0.0:
        ends = np.array((0.0, max(1, len(costs) - 1)))
        level = line(ends, np.full(2, least.cost), MINIMUM, "least cost", dash="dash", width=1.5)
        traces.insert(0, level)
    if not within.all() and (~within & drawable).any():
        first = int(np.flatnonzero(~within & drawable)[0])
        edge = 10.0**window_.high if scale == "log" else window_.high
        hover = f"above this window from epoch {first} on<br>cost = {number(costs[first])}"
        traces.append(points([first], [edge], DIVERGED, "leaves the window", size=12, legend=False, hover=hover))
    heading = "Loss history: cost after each epoch"
    y_axis = _axis("cost", window_)
    if scale == "log":
        y_axis |= {"type": "log", "exponentformat": "power", "dtick": max(1, round((window_.high - window_.low) / 5))}
        if not drawable.all():
            heading += " (0 has no place on this axis)"
    x_axis = _axis("epochs done", Window(-0.04 * max(1, len(costs) - 1), 1.04 * max(1, len(costs) - 1)))
    if len(costs) <= 6:
        x_axis["dtick"] = 1
    return Panel(heading, traces, x_axis, y_axis)


def _history_window(costs: np.ndarray, least: float, scale: Scale) -> Window:
    """Return what the cost axis shows; as powers of ten for a logarithmic one.

    A linear axis goes no higher than four times the start's cost, so that a run away cannot flatten everything else.
    """
    if scale == "linear":
        highest = min(float(costs.max()), 4.0 * float(costs[0])) or 1.0
        return Window(-0.05 * highest, 1.08 * highest)
    positive = np.log10(np.append(costs, least)[np.append(costs, least) > 0.0])
    if not len(positive):
        return Window(-1.0, 1.0)
    margin = 0.06 * float(np.ptp(positive)) or 1.0
    return Window(float(positive.min()) - margin, float(positive.max()) + margin)


# Which of many points to draw


def thin(values: np.ndarray, most: int) -> np.ndarray:
    """Return the positions of at most about `most` values that look the same: first, last, and each stretch's extremes."""
    if len(values) <= most:
        return np.arange(len(values))
    stretches = np.array_split(np.arange(len(values)), max(1, (most - 2) // 2))
    extremes = [stretch[pick(values[stretch])] for stretch in stretches for pick in (np.argmin, np.argmax)]
    return np.unique([0, *extremes, len(values) - 1])


def spread(count: int, most: int) -> np.ndarray:
    """Return at most `most` positions out of count, evenly spaced, first and last among them."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int)


def window(values: np.ndarray, margin: float) -> Window:
    """Return a window that holds the values with a margin on both sides, as a share of their span."""
    low, high = float(np.min(values)), float(np.max(values))
    room = margin * (high - low) or max(1.0, abs(low) / 2.0)
    return Window(low - room, high + room)


# Plotly


def line(x, y, style: dict, name: str, *, dash="solid", width=2.5, group=None) -> Trace:
    """Return a trace that joins its points. Lines stand in no legend: the marks of the same colour do."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.asarray(x),
        "y": np.asarray(y),
        "name": name,
        "legendgroup": group or name,
        "showlegend": False,
        "hoverinfo": "skip",
        "line": {"color": style["color"], "dash": dash, "width": width},
    }


def points(x, y, style: dict, name: str, *, size=10, group=None, legend=True, hover="", text=None) -> Trace:
    """Return a trace of separate marks, each with what it says when pointed at (hover, or its own text)."""
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": np.asarray(x, dtype=float),
        "y": np.asarray(y, dtype=float),
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


def _axis(title: str, window_: Window) -> dict:
    return {
        "title": {"text": title, "standoff": 8},
        "range": [window_.low, window_.high],
        "zeroline": False,
        "nticks": 6,
        "exponentformat": "power",
    }


def _arranged(panels: tuple[Panel, ...], arrangement: Arrangement) -> dict:
    """Place panels in one figure: side by side, or stacked with the cost curve on top."""
    if arrangement == "row":
        places = [((0.0, 0.28), (0.0, 1.0)), ((0.37, 0.65), (0.0, 1.0)), ((0.74, 1.0), (0.0, 1.0))]
        height = 430
    else:
        places = [((0.0, 1.0), (0.37, 0.63)), ((0.0, 1.0), (0.74, 1.0)), ((0.0, 1.0), (0.0, 0.26))]
        height = 1020
    data, annotations = [], []
    layout: dict = {
        "height": height,
        "margin": {"l": 56, "r": 12, "t": 66, "b": 46},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0.0, "y": 1.0, "yref": "container", "yanchor": "top"},
        "hovermode": "closest",
        "dragmode": "zoom" if arrangement == "row" else False,  # a finger that moves over a chart scrolls the page
    }
    for number_, (panel, (x_domain, y_domain)) in enumerate(zip(panels, places), start=1):
        x_name, y_name = f"x{number_}", f"y{number_}"
        data += [{**trace, "xaxis": x_name, "yaxis": y_name} for trace in panel.traces]
        layout[f"xaxis{number_}"] = {**panel.x_axis, "domain": list(x_domain), "anchor": y_name}
        layout[f"yaxis{number_}"] = {**panel.y_axis, "domain": list(y_domain), "anchor": x_name}
        annotations.append(
            {
                "text": f"<b>{panel.heading}</b>",
                "x": x_domain[0],
                "y": y_domain[1],
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
    layout["annotations"] = annotations
    return {"data": data, "layout": layout}
