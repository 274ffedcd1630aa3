"""The loss history: one kind of loss over the epochs or updates of a run."""

import numpy as np

from gd_core import losses, theory
from gd_core.charts.marks import (
    CURVE,
    DIVERGED,
    MINIMUM,
    NOW,
    PATH,
    START,
    Motion,
    Panel,
    Window,
    axis,
    crossing,
    line,
    points,
    thin,
)
from gd_core.charts.moments import Moments
from gd_core.charts.view import View
from gd_core.lesson import number
from gd_core.training import Run

MOST_POINTS = 500
MARKED = 60  # up to this many values each one gets a mark


def history_panel(run: Run, least: theory.Minimum, moments: Moments, view: View) -> Panel:
    """The chosen loss, if wanted smoothed over its faint raw curve, and the numbers that the log prints."""
    series = losses.loss_series(run, view.measure, view.per)
    shown = losses.smoothed(series.values, view.smoothing) if view.smoothing else series.values
    printed = losses.printed_series(run) if view.printed == "marked" else None
    heights = _window(np.append(shown, () if printed is None else printed.values), run, least, view)
    unit = run.experiment.updates_per_epoch if view.per == "epoch" else 1
    length = len(run) / unit
    times = Window(-0.04 * (length or 1.0), 1.04 * (length or 1.0))

    still = []
    if least.cost > 0.0:
        still.append(line([0.0, length or 1.0], [least.cost] * 2, MINIMUM, "least cost", dash="dash", width=1.5))
    if view.smoothing:
        still += _curve(series.times, series.values, heights, view, faint=True)
    still += _curve(series.times, shown, heights, view, faint=False)
    if view.measure == "after":
        hover = "start<br>cost = %{y}"
        still.append(
            points([0.0], run.epoch_costs[:1], START, "start", size=11, group="start", legend=False, hover=hover)
        )
    rises = np.flatnonzero(np.diff(series.values) > 0.0)
    if view.measure == "after" and len(rises) and series.values[-1] > series.values[0]:
        time, value = float(series.times[rises[0] + 1]), float(series.values[rises[0] + 1])
        if _height(np.array([value]), view)[0] <= heights.high:
            hover = f"the cost rose here for the first time<br>{number(value)}"
            style = {**DIVERGED, "symbol": "triangle-up"}
            still.append(points([time], [value], style, "first rise", size=13, legend=False, hover=hover))
    if printed is not None:
        still.append(_printed(printed, unit, run, heights, view))
    above = np.flatnonzero(_height(shown, view) > heights.high)
    if len(above):  # of a linear axis, and never the first value: the window is made to hold that
        (x, y), end = ((float(series.times[at]), float(shown[at])) for at in (above[0] - 1, above[0]))
        time, edge = crossing((x, y), end, times, heights)
        hover = f"above this window from {number(end[0])} on<br>{number(end[1])}"
        still.append(line([x, time], [y, edge], PATH, "loss history", group="path"))
        mark = [time], [heights.inner(edge)]
        still.append(points(*mark, DIVERGED, "leaves the window", size=12, legend=False, hover=hover))

    now = moments.rows / unit
    moving = [_veil(now, length, heights, view), _ball(now, series.times, shown, heights, view)]
    title = series.title
    if view.smoothing:
        title += f", smoothed (beta {number(view.smoothing)}): it lags"
    if view.scale == "log" and not np.all(series.values > 0.0):
        title += " (0 has no place on this axis)"
    y_axis = axis("", heights)
    if view.scale == "log":
        y_axis |= {"type": "log", "exponentformat": "power", "dtick": max(1, round(heights.width / 5))}
    x_axis = axis(f"{view.per}s done", times)
    if length <= 6:
        x_axis["dtick"] = 1
    return Panel(f"Loss history: {title}", still, moving, x_axis, y_axis)


def _height(values: np.ndarray, view: View) -> np.ndarray:
    """Return where values stand on the axis: themselves, or their power of ten (nan for 0, which has none)."""
    if view.scale == "linear":
        return values
    return np.log10(values, where=values > 0.0, out=np.full(values.shape, np.nan))


def _curve(times: np.ndarray, values: np.ndarray, heights: Window, view: View, faint: bool) -> list[dict]:
    height = _height(values, view)
    height = np.where(height <= heights.high, height, np.nan)
    drawable = np.flatnonzero(~np.isnan(height))
    kept = drawable[thin(height[drawable], MOST_POINTS)]
    if faint:
        return [line(times[kept], values[kept], {"color": CURVE}, "raw, not smoothed", width=1)]
    return [
        {
            **line(times[kept], values[kept], PATH, "loss history", group="path"),
            "mode": "lines+markers" if len(kept) <= MARKED else "lines",
            "marker": {"size": 5},
            "hovertemplate": "%{x} " + view.per + "s done<br>%{y}<extra></extra>",
            "hoverinfo": "all",
        }
    ]


def _printed(printed: losses.Series, unit: int, run: Run, heights: Window, view: View) -> dict:
    """Return the numbers behind "loss=" in the log, each at the time it was measured."""
    height = _height(printed.values, view)
    inside = np.flatnonzero(~np.isnan(height) & (height <= heights.high))
    kept = inside[thin(height[inside], MARKED)]
    times = printed.times * (run.experiment.updates_per_epoch / unit)
    labels = [f"loss= in the log's epoch {epoch}<br>{number(printed.values[epoch])}" for epoch in kept]
    style = {"color": PATH["color"], "symbol": "diamond-open"}
    return points(times[kept], printed.values[kept], style, "loss in the log", size=9, text=labels)


def _veil(now: np.ndarray, length: float, heights: Window, view: View) -> Motion:
    """Return the veil over what is still to come."""
    low, high = (10.0**heights.low, 10.0**heights.high) if view.scale == "log" else (heights.low, heights.high)
    look = line([], [], {"color": "rgba(0,0,0,0)"}, "to come", width=0)
    look |= {"fill": "toself", "fillcolor": "rgba(128,128,128,0.15)"}
    end = np.full(len(now), length)
    x = np.stack((now, end, end, now), axis=1)
    return Motion(look, x, np.broadcast_to((low, low, high, high), x.shape))


def _ball(now: np.ndarray, measured: np.ndarray, values: np.ndarray, heights: Window, view: View) -> Motion:
    """Return the ball at the last value measured by then."""
    last = np.searchsorted(measured, now * (1.0 + 1e-12), side="right") - 1
    x, y = (np.append(each, np.nan)[last, None] for each in (measured, values))  # before the first one: nan
    low_enough = _height(y, view) <= heights.high
    look = points([], [], NOW, "now", size=11, legend=False, hover="now<br>%{y}")
    return Motion(look, np.where(low_enough, x, np.nan), np.where(low_enough, y, np.nan))


def _window(values: np.ndarray, run: Run, least: theory.Minimum, view: View) -> Window:
    """Return what the loss axis shows, as powers of ten for a logarithmic one.

    A linear axis goes no higher than four times the start's cost (or the first value, if that is higher), so that a run
    away cannot flatten everything else.
    """
    first = max(float(run.epoch_costs[0]), float(values[0]) if len(values) else 0.0)
    if view.scale == "linear":
        highest = min(max(float(values.max()) if len(values) else 0.0, least.cost), 4.0 * first) or 1.0
        return Window(-0.05 * highest, 1.08 * highest)
    positive = np.append(values, least.cost)
    positive = np.log10(positive[positive > 0.0])
    if not len(positive):
        return Window(-1.0, 1.0)
    margin = 0.06 * float(np.ptp(positive)) or 1.0
    return Window(float(positive.min()) - margin, float(positive.max()) + margin)
