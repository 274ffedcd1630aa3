"""The map of learning rates: the cost after some epochs against the rate, measured by running every one of them."""

from dataclasses import replace

import numpy as np

from gd_core import bounds, model, theory
from gd_core.charts.marks import CURVE, DIVERGED, MINIMUM, NOW, PATH, START, Trace, line, points
from gd_core.lesson import bands, landmarks, limit_of, number
from gd_core.sweeping import Sweep, sweep
from gd_core.training import Experiment

RATES = 220
MOST_UPDATES = 600  # of each swept run: more would make the map slower than a change should be


def swept_epochs(experiment: Experiment) -> int:
    """Return how many epochs the map runs: the experiment's, or fewer where they have too many updates."""
    return max(1, min(experiment.epochs, MOST_UPDATES // experiment.updates_per_epoch))


def rates_around(experiment: Experiment) -> np.ndarray:
    """Return the rates of the map: log-spaced round the limit, else from 0.0001 to 10; the current one among them."""
    limit = limit_of(experiment)
    low, high = (limit * 1e-3, limit * 4.0) if limit is not None and np.isfinite(limit) else (1e-4, 10.0)
    low, high = min(low, experiment.learning_rate / 2.0), max(high, experiment.learning_rate * 2.0)
    spaced = np.geomspace(max(low, 1e-300), min(high, bounds.MAX_LEARNING_RATE), RATES)
    special = [mark.rate for mark in landmarks(experiment)] + [experiment.learning_rate]
    return np.unique(np.concatenate((spaced, special)))


def rates_swept(experiment: Experiment) -> Sweep:
    """Run the experiment with each learning rate of the map, for as many epochs as the map can afford."""
    return sweep(replace(experiment, epochs=swept_epochs(experiment)), rates_around(experiment).tolist())


def rates_chart(experiment: Experiment, result: Sweep) -> dict:
    """Return the figure: cost after N epochs against the learning rate, both logarithmic, with the closed-form borders.

    result: of `rates_swept`.
    Rates whose run left the bound, or ended above a million times the start's cost, stand as crosses at the top; a cost of 0
    stands at the bottom.
    """
    epochs, rates = swept_epochs(experiment), result.learning_rates
    least = theory.minimum(experiment.dataset, experiment.start)
    first = float(model.costs(experiment.dataset, np.array([experiment.start]))[0])
    top = 1e6 * max(first, least.cost, 1e-300)
    bottom = _bottom(result.costs, least.cost, top)
    gone = (result.diverged_at >= 0) | (result.costs > top)
    heights = np.clip(result.costs, bottom, top)
    # Only what separates the two: where a cost is 0, or has left, the line has a gap and a mark.
    drawn = np.where(gone, np.nan, heights)
    here = int(np.flatnonzero(rates == experiment.learning_rate)[0])
    data: list[Trace] = [
        {
            **line(rates, drawn, PATH, "cost"),
            "hovertemplate": "rate %{x}<br>cost %{y}<extra></extra>",
            "hoverinfo": "all",
        },
        line([rates[0], rates[-1]], [first, first], START, "cost at the start", dash="dash", width=1.5),
    ]
    if least.cost > 0.0:
        data.append(line([rates[0], rates[-1]], [least.cost] * 2, MINIMUM, "least cost", dash="dash", width=1.5))
    if gone.any():
        hovers = [
            f"rate {number(rate)}<br>" + (f"left the bound in update {at + 1}" if at >= 0 else f"cost {number(cost)}")
            for rate, at, cost in zip(rates[gone], result.diverged_at[gone].tolist(), result.costs[gone].tolist())
        ]
        data.append(points(rates[gone], np.full(int(gone.sum()), top), DIVERGED, "ran away", size=7, text=hovers))
    hover = f"the rate now: {number(rates[here])}<br>" + (
        "ran away" if gone[here] else f"cost {number(result.costs[here])}"
    )
    data.append(points([rates[here]], [top if gone[here] else heights[here]], NOW, "rate now", size=14, hover=hover))
    borders = [band.high for band in bands(experiment) if np.isfinite(band.high)]
    annotations = []
    for border, name in zip(borders, ("half the limit", "limit") if len(borders) == 2 else ("limit",)):
        data.append(line([border, border], [bottom, top], {"color": CURVE}, name, dash="dot", width=1.5))
        annotations.append(
            {"x": float(np.log10(border)), "y": 1.0, "yref": "paper", "text": f"{name} {number(border)}",
             "showarrow": False, "yanchor": "bottom", "xanchor": "right" if name.startswith("half") else "left"}
        )  # fmt: skip
    log = {"type": "log", "exponentformat": "power", "zeroline": False}
    x_range = [float(np.log10(rates[0])), float(np.log10(rates[-1]))]
    y_range = [float(np.log10(bottom)) - 0.5, float(np.log10(top)) + 0.7]
    plural = "epoch" if epochs == 1 else "epochs"
    return {
        "data": data,
        "layout": {
            "height": 380,
            "margin": {"l": 84, "r": 16, "t": 60, "b": 46},
            "legend": {"orientation": "h", "x": 0.0, "y": 1.0, "yref": "container", "yanchor": "top"},
            "showlegend": True,
            "hovermode": "closest",
            "xaxis": {**log, "range": x_range, "title": {"text": "learning rate", "standoff": 8}, "dtick": 1},
            "yaxis": {
                **log,
                "range": y_range,
                "title": {"text": f"cost after {epochs} {plural}", "standoff": 14},
                "dtick": max(1, round((y_range[1] - y_range[0]) / 6)),
            },
            "annotations": annotations,
        },
    }


def _bottom(costs: np.ndarray, least: float, top: float) -> float:
    positive = costs[(costs > 0.0) & (costs < top)]
    lowest = float(positive.min()) if len(positive) else top * 1e-12
    return max(lowest, least * 0.5, top * 1e-42, 1e-300)
