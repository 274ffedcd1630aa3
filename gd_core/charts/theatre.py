"""The theatre: three panels of one run in one figure, played in the browser in step."""

import math
from textwrap import wrap

from gd_core import theory
from gd_core.charts.cost import contour_panel, cost_panel
from gd_core.charts.fit import fit_panel
from gd_core.charts.history import history_panel
from gd_core.charts.marks import Motion, Panel, Trace, suffix
from gd_core.charts.moments import Moments, moments
from gd_core.charts.playback import playback
from gd_core.charts.view import View
from gd_core.training import Run

HEADING_WIDTH = 38  # characters that fit above the narrowest panel

PLACES = {  # for each arrangement the horizontal and vertical extent of the fit, the cost curve and the loss history
    "row": [((0.0, 0.28), (0.0, 0.86)), ((0.37, 0.65), (0.0, 0.86)), ((0.74, 1.0), (0.0, 0.86))],
    "stack": [((0.0, 1.0), (0.34, 0.56)), ((0.0, 1.0), (0.67, 0.89)), ((0.0, 1.0), (0.0, 0.23))],
}
WORDS_PLACE = {"row": (0.96, 1.0), "stack": (0.93, 1.0)}  # the strip above the panels
HEIGHTS = {"row": 450, "stack": 1150}


def theatre(run: Run, view: View) -> dict:
    """Return the figure of a run: points and line, cost curve (contours with a bias) with the path, loss history.

    It shows the end of the run, and plays the way there: at most 40 moments as frames that change the moving traces only.
    """
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    chosen = moments(run)
    over_parameters = contour_panel if run.experiment.bias else cost_panel
    panels = [
        fit_panel(run, least, chosen, view.predict_x),
        over_parameters(run, least, chosen, view.samples == "each"),
        history_panel(run, least, chosen, view),
    ]
    return _figure(panels, chosen, view)


def _figure(panels: list[Panel], chosen: Moments, view: View) -> dict:
    places = PLACES[view.arrangement]
    still = [_placed(trace, number) for number, panel in enumerate(panels, start=1) for trace in panel.still]
    last = [_placed(motion.at(-1), number) for number, panel in enumerate(panels, start=1) for motion in panel.moving]
    layout: dict = {
        "height": HEIGHTS[view.arrangement],
        "margin": {
            "l": 44,
            "r": 12,
            "t": _legend_height([*still, *last], view),
            "b": 100,
            "autoexpand": False,  # what it would measure stands above; else everything is laid out twice
        },
        "font": view.font,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0.0, "y": 1.0, "yref": "container", "yanchor": "top"},
        "hovermode": "closest",
        "dragmode": "zoom" if view.arrangement == "row" else False,  # a finger that moves over a chart scrolls the page
        "annotations": [_heading(panel, place) for panel, place in zip(panels, places)],
    }
    for number, (panel, (x_domain, y_domain)) in enumerate(zip(panels, places), start=1):
        which = suffix(number)
        layout[f"xaxis{which}"] = {**panel.x_axis, "domain": list(x_domain), "anchor": f"y{which}"}
        layout[f"yaxis{which}"] = {**panel.y_axis, "domain": list(y_domain), "anchor": f"x{which}"}
    figure = {"data": [*still, *last, _words(chosen, -1, view)], "layout": layout}
    layout |= _words_axes(view)
    if len(chosen.rows) > 1:
        first = len(still)
        figure["frames"] = _frames(panels, chosen, view, list(range(first, len(figure["data"]))))
        layout |= playback([str(row) for row in chosen.rows.tolist()], view)
    return figure


def _legend_height(traces: list[Trace], view: View) -> int:
    """Return the room above the panels, in pixels: for a legend of one line, or of two entries a line where it is narrow."""
    entries = {trace.get("legendgroup", trace["name"]) for trace in traces if trace.get("showlegend")}
    lines = 1 if view.arrangement == "row" else math.ceil(len(entries) / 2)
    return round((15 + 29 * lines) * view.font["size"] / 12)


def _placed(trace: Trace, number: int) -> Trace:
    return {**trace, "xaxis": f"x{suffix(number)}", "yaxis": f"y{suffix(number)}"}


def _heading(panel: Panel, place: tuple) -> dict:
    (left, _), (_, top) = place
    return {
        "text": "<b>" + "<br>".join(wrap(panel.heading, HEADING_WIDTH)) + "</b>",
        "x": left,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }


# Playback


def _words(chosen: Moments, index: int, view: View) -> Trace:
    """Return what the moment says, as a trace: frames change traces, and annotations only with a full redraw."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [0.0],
        "y": [0.5],
        "text": [_joined(chosen.words[index], view)],
        "textposition": "middle right",
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
        "xaxis": "x4",
        "yaxis": "y4",
    }


def _joined(words: tuple[str, ...], view: View) -> str:
    """Return a moment's words, which moment it is in bold: in one line, or each in its own where there is less room."""
    return ("   " if view.arrangement == "row" else "<br>").join((f"<b>{words[0]}</b>", *words[1:]))


def _words_axes(view: View) -> dict:
    """Return the invisible axes on which the words stand, in the strip above the panels."""
    unseen = {"visible": False, "fixedrange": True, "range": [0.0, 1.0]}
    return {
        "xaxis4": {**unseen, "domain": [0.0, 1.0], "anchor": "y4"},
        "yaxis4": {**unseen, "domain": list(WORDS_PLACE[view.arrangement]), "anchor": "x4"},
    }


def _frames(panels: list[Panel], chosen: Moments, view: View, traces: list[int]) -> list[dict]:
    changes = [_changes(motion) for panel in panels for motion in panel.moving]
    texts = [{"text": [_joined(words, view)]} for words in chosen.words]
    return [
        {"name": str(row), "data": data, "traces": traces}
        for row, *data in zip(chosen.rows.tolist(), *changes, texts, strict=True)
    ]


def _changes(motion: Motion) -> list[dict]:
    """Return what a trace's frames change; what is the same at each moment need not travel with every frame."""
    x_stays, y_stays = (all(values == each[0] for values in each) for each in (motion.xs, motion.ys))
    if x_stays:
        return [{} if y_stays else {"y": y} for y in motion.ys]
    if y_stays:
        return [{"x": x} for x in motion.xs]
    return [{"x": x, "y": y} for x, y in zip(motion.xs, motion.ys)]
