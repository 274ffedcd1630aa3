"""The points and the line that turns towards them."""

import numpy as np

from gd_core import model, theory
from gd_core.charts.marks import (
    CURVE,
    DATA,
    PATH,
    START,
    Motion,
    Panel,
    Trace,
    Window,
    axis,
    clipped_lines,
    line,
    points,
    spread,
    window,
)
from gd_core.charts.moments import Moments
from gd_core.lesson import number
from gd_core.training import Run

MOST_POINTS = 500
MOST_RESIDUALS = 100


def fit_panel(run: Run, least: theory.Minimum, moments: Moments, predict_x: float) -> Panel:
    """Points, the line at the start, the line now with its residuals, and the prediction at predict_x."""
    dataset = run.experiment.dataset
    xs = window(np.append(dataset.x, (0.0, predict_x)), margin=0.06)
    ends = np.array((xs.low, xs.high))
    needed = np.concatenate((dataset.y, model.predict(ends, np.array(least.parameters)), (0.0,)))
    reach = float(np.ptp(needed)) or 1.0
    first_line = model.predict(ends, run.parameters[0])
    ys = window(np.append(needed, np.clip(first_line, needed.min() - reach, needed.max() + reach)), margin=0.08)

    shown = spread(len(dataset), MOST_POINTS)
    fraction = "" if len(shown) == len(dataset) else f" ({len(shown)} of {len(dataset)})"
    at = moments.parameters  # the first of them is the start, the last one the end
    line_x, line_y = clipped_lines(
        at[:, 0], at[:, 1] if run.experiment.bias else np.zeros(len(at)), (xs.low, xs.high), (ys.low, ys.high)
    )
    still = [
        *_residuals(run, ys),
        line(line_x[0], line_y[0], START, "first line", dash="dash", group="start"),
        line(line_x[-1], line_y[-1], PATH, "last line", width=1.5, group="path"),
        points(dataset.x[shown], dataset.y[shown], DATA, f"data{fraction}", size=9, hover="x = %{x}<br>y = %{y}"),
        *_predictions(run, predict_x, ys),
    ]
    now = Motion(line([], [], PATH, "line now", width=3, group="path"), xs.seen(line_x), ys.seen(line_y))
    return Panel("Points and line: y over x", still, [now], axis("x", xs), axis("", ys))


def _predictions(run: Run, predict_x: float, ys: Window) -> list[Trace]:
    traces = []
    for row, style, when in ((0, START, "before"), (-1, {**PATH, "symbol": "diamond"}, "after")):
        y_hat = float(model.predict(np.float64(predict_x), run.parameters[row]))
        if y_hat in ys:
            words = f"prediction {when} training<br>x = {number(predict_x)}<br>y_hat = {number(y_hat)}"
            traces.append(points([predict_x], [y_hat], style, f"prediction {when}", text=[words], legend=False))
    return traces


def _residuals(run: Run, ys: Window) -> list[Trace]:
    dataset = run.experiment.dataset
    if len(dataset) > MOST_RESIDUALS:
        return []
    predictions = model.predict(dataset.x, run.parameters[-1])
    gaps = np.full(len(dataset), np.nan)
    x = np.column_stack((dataset.x, dataset.x, gaps)).ravel()
    y = np.column_stack((dataset.y, np.clip(predictions, ys.low, ys.high), gaps)).ravel()
    return [line(x, y, {"color": CURVE}, "residuals", dash="dot", width=1.5)]
