"""A race in one figure: all paths on one cost curve, and one loss history with a ruler to choose."""

from collections.abc import Sequence

import numpy as np

from gd_core import model, theory
from gd_core.charts.cost import joined, parameter_window, rings
from gd_core.charts.marks import (
    CURVE,
    DIVERGED,
    MINIMUM,
    START,
    Trace,
    Window,
    axis,
    in_sight,
    line,
    points,
    suffix,
    thin,
)
from gd_core.charts.plan import NARROWEST, legend_lines
from gd_core.charts.view import View
from gd_core.lesson import number
from gd_core.lesson.race import RULERS, entry_label
from gd_core.racing import entry_of, sample_gradients
from gd_core.training import Run

MOST_POINTS = 200
LANES = (  # a run's own colour, mark and dash, the same in both panels; its number says which it is as well
    {"color": "#0072B2", "symbol": "circle", "dash": "solid"},
    {"color": "#AA4499", "symbol": "diamond", "dash": "dash"},
    {"color": "#999933", "symbol": "triangle-up", "dash": "dot"},
    {"color": "#3D9F8E", "symbol": "pentagon", "dash": "dashdot"},
    {"color": "#CC6677", "symbol": "cross", "dash": "longdash"},
    {"color": "#8C8CD9", "symbol": "hexagram", "dash": "longdashdot"},
)
PLACES = {
    "row": [((0.0, 0.46), (0.0, 1.0)), ((0.54, 1.0), (0.0, 1.0))],
    "stack": [((0.0, 1.0), (0.58, 1.0)), ((0.0, 1.0), (0.0, 0.42))],
}
HEIGHTS = {"row": 338, "stack": 728}  # below the legend and the headings beside it
MARGINS = (50, 20)  # left and right


def race_chart(runs: Sequence[Run], numbers: Sequence[int], ruler: str, view: View) -> dict:
    """Return the figure of a race.

    runs: of experiments that share points, start and model. numbers: what the runs are called, from 1. ruler: one of
    `RULERS`, the unit of the loss history's horizontal axis. view: its arrangement and letters count.
    """
    first = runs[0]
    least = theory.minimum(first.experiment.dataset, first.experiment.start)
    panels = (_paths(runs, numbers, least), _histories(runs, numbers, ruler, least))
    figure: dict = {"data": [], "layout": _layout([trace for _, traces, _, _ in panels for trace in traces], view)}
    for place, (heading, traces, x_axis, y_axis) in enumerate(panels, start=1):
        (left, right), (low, high) = PLACES[view.arrangement][place - 1]
        figure["data"] += [{**trace, "xaxis": f"x{suffix(place)}", "yaxis": f"y{suffix(place)}"} for trace in traces]
        figure["layout"][f"xaxis{suffix(place)}"] = {**x_axis, "domain": [left, right], "anchor": f"y{suffix(place)}"}
        figure["layout"][f"yaxis{suffix(place)}"] = {**y_axis, "domain": [low, high], "anchor": f"x{suffix(place)}"}
        figure["layout"]["annotations"].append(
            {"text": f"<b>{heading}</b>", "x": left, "y": high, "xref": "paper", "yref": "paper", "xanchor": "left",
             "yanchor": "bottom", "yshift": 8, "showarrow": False}
        )  # fmt: skip
    return figure


def _layout(traces: list[Trace], view: View) -> dict:
    left, right = MARGINS
    size, room = view.font["size"], NARROWEST[view.arrangement] - left - right
    above = round((60 + 19 * legend_lines(traces, room, size)) * size / 12)  # the legend and a heading
    return {
        "height": HEIGHTS[view.arrangement] + above,
        "margin": {"l": left, "r": right, "t": above, "b": 44},
        "font": view.font,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0.0, "y": 1.0, "yref": "container", "yanchor": "top", "tracegroupgap": 0},
        "hovermode": "closest",
        "dragmode": "zoom" if view.arrangement == "row" else False,
        "annotations": [],
    }


def _lane(number_: int) -> dict:
    return LANES[(number_ - 1) % len(LANES)]


def _paths(runs: Sequence[Run], numbers: Sequence[int], least: theory.Minimum) -> tuple[str, list[Trace], dict, dict]:
    """Return the cost curve (with a bias its rings) with the path of every run."""
    dataset, count = runs[0].experiment.dataset, len(least.parameters)
    xs = max((parameter_window(run, least, 0) for run in runs), key=lambda window: window.width)
    if count == 1:
        grid = xs.grid(121)
        curve = model.costs(dataset, grid[:, None])
        height = (float(np.max(curve)) - least.cost) or max(1.0, abs(least.cost))
        ys = Window(least.cost - 0.06 * height, least.cost + 1.08 * height)
        ground = line(grid, curve, {"color": CURVE}, "cost curve")
        lowest = least.cost
    else:
        ys = max((parameter_window(run, least, 1) for run in runs), key=lambda window: window.width)
        ground = rings(runs[0], least, xs, ys)
        lowest = least.parameters[1]
    traces = [ground]
    for number_, run in zip(numbers, runs):
        shown = thin(run.parameters[:, 0], MOST_POINTS)
        heights = model.costs(dataset, run.parameters[shown]) if count == 1 else run.parameters[shown, 1]
        traces += _path(run, number_, shown, np.column_stack((run.parameters[shown, 0], heights)), xs, ys)
    begin = runs[0].parameters[:1]
    first = runs[0].epoch_costs[:1] if count == 1 else begin[:, 1]
    traces += [
        points(begin[:, 0], first, START, "start", size=11, hover="start<br>%{x}, %{y}"),
        points([least.parameters[0]], [lowest], MINIMUM, "minimum", size=19, hover="minimum<br>%{x}, %{y}"),
    ]
    heading, y_title = ("Cost curve, all paths", "cost") if count == 1 else ("Cost over w and b, all paths", "bias b")
    return heading, traces, axis("weight w", xs), axis(y_title, ys)


def _path(run: Run, number_: int, shown: np.ndarray, positions: np.ndarray, xs: Window, ys: Window) -> list[Trace]:
    inside = in_sight(positions, xs, ys)
    lane, label = _lane(number_), f"{number_}: {entry_label(entry_of(run.experiment))}"
    x, y, way_out = joined(positions, inside, xs, ys)
    says = f"{label}<br>after update %{{customdata}}<br>%{{x}}, %{{y}}"
    marks = {"color": lane["color"], "symbol": lane["symbol"]}
    traces = [
        line(x, y, lane, label, dash=lane["dash"], width=1.5, group=label),
        points(positions[inside, 0], positions[inside, 1], marks, label, size=8, group=label, hover=says)
        | {"customdata": shown[inside]},
    ]
    if way_out is not None:
        hover = f"{label}<br>leaves the window with update {int(shown[way_out.position])}"
        traces.append(
            points([xs.inner(way_out.x)], [ys.inner(way_out.y)], DIVERGED, "leaves the window", size=12, hover=hover,
                   legend=False)
        )  # fmt: skip
    return traces


def _histories(
    runs: Sequence[Run], numbers: Sequence[int], ruler: str, least: theory.Minimum
) -> tuple[str, list[Trace], dict, dict]:
    """Return the cost of every run over its epochs, updates or sample gradients, on a logarithmic axis."""
    # Above the least cost, so that runs that end beside a minimum that is not 0 can be told apart.
    curves = [(times, costs - least.cost) for times, costs in (_history(run, ruler) for run in runs)]
    positive = np.concatenate([costs[costs > 0.0] for _, costs in curves])
    exponents = np.log10(positive) if len(positive) else np.zeros(1)
    start = float(curves[0][1][0])
    top = (
        np.log10(start) + 2.0 if start > 0.0 else float(exponents.max())
    )  # a run that runs away leaves through the top
    high, low = min(float(exponents.max()), top), float(exponents.min())
    margin = 0.06 * (high - low) or 1.0
    ys = Window(low - margin, high + margin)
    longest = max(float(times[-1]) for times, _ in curves) or 1.0
    xs = Window(-0.04 * longest, 1.06 * longest)
    traces = []
    for number_, run, (times, costs) in zip(numbers, runs, curves):
        lane, label = _lane(number_), f"{number_}: {entry_label(entry_of(run.experiment))}"
        height = np.log10(costs, where=costs > 0.0, out=np.full(len(costs), np.nan))
        drawable = np.flatnonzero(height <= ys.high)
        kept = drawable[thin(height[drawable], MOST_POINTS)]
        hover = {
            "hovertemplate": f"{label}<br>%{{x}} {RULERS[ruler]}<br>cost %{{y}}<extra></extra>",
            "hoverinfo": "all",
        }
        traces.append(line(times[kept], costs[kept], lane, label, dash=lane["dash"], width=2, group=label) | hover)
        if len(kept):
            traces.append(_name_at_end(float(times[kept[-1]]), float(costs[kept[-1]]), number_, label))
        if len(kept) < len(times) and np.any(height > ys.high):
            time = float(times[np.flatnonzero(height > ys.high)[0]])
            edge = 10.0 ** ys.inner(ys.high)
            says = f"{label}<br>above this window from {number(time)} {RULERS[ruler]} on"
            traces.append(
                points([min(time, longest)], [edge], DIVERGED, "leaves the window", size=12, hover=says, legend=False)
            )
    what = "Cost above the least" if least.cost > 0.0 else "Cost"
    zero = " (0 has no place here)" if any(np.any(costs <= 0.0) for _, costs in curves) else ""
    heading = f"{what}, after each {'epoch' if ruler == 'epochs' else 'update'}{zero}"
    y_axis = axis("", ys) | {"type": "log", "dtick": max(1, round(ys.width / 5))}
    return heading, traces, axis(RULERS[ruler], xs), y_axis


def _history(run: Run, ruler: str) -> tuple[np.ndarray, np.ndarray]:
    if ruler == "epochs":
        return np.arange(len(run.epoch_ends)), run.epoch_costs
    return (np.arange(len(run) + 1) if ruler == "updates" else sample_gradients(run)), run.costs


def _name_at_end(time: float, cost: float, number_: int, label: str) -> Trace:
    """Return the run's number at the end of its curve."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [time],
        "y": [cost],
        "text": [f"<b>{number_}</b>"],
        "textposition": "middle right",
        "textfont": {"color": _lane(number_)["color"]},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": label,
        "cliponaxis": False,
    }
