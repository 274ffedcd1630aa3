"""The theatre: three panels of one run in one figure, played in the browser in step."""

from gd_core import theory
from gd_core.charts.cost import contour_panel, cost_panel
from gd_core.charts.fit import fit_panel
from gd_core.charts.history import history_panel
from gd_core.charts.marks import Panel, Trace, suffix
from gd_core.charts.moments import Moments, moments
from gd_core.charts.plan import HEADING_GAP, plan, words_lines
from gd_core.charts.playback import framed, playback
from gd_core.charts.view import View
from gd_core.training import Run


def theatre(run: Run, view: View) -> dict:
    """Return the figure of a run: points and line, cost curve (contours with a bias) with the path, loss history.

    It shows the end of the run, and plays the way there: at most 25 moments as frames that change the moving traces only.
    """
    return framed(film(run, view))


def film(run: Run, view: View) -> dict:
    """Return the theatre with a "film" in place of its frames: what moves as arrays, for those who write frames out later."""
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
    still = [_placed(trace, number) for number, panel in enumerate(panels, start=1) for trace in panel.still]
    last = [_placed(motion.at(-1), number) for number, panel in enumerate(panels, start=1) for motion in panel.moving]
    lines = words_lines(view, chosen.parameters.shape[1])
    where = plan(panels, [*still, *last], lines, view)
    layout: dict = {
        "height": where.height,
        "margin": where.margin,
        "font": view.font,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0.0, "y": 1.0, "yanchor": "bottom", "tracegroupgap": 0},
        "hovermode": "closest",
        "dragmode": "zoom" if view.arrangement == "row" else False,  # a finger that moves over a chart scrolls the page
        "annotations": [_heading(words, place) for words, place in zip(where.headings, where.places)],
    }
    for number, (panel, (x_domain, y_domain)) in enumerate(zip(panels, where.places), start=1):
        which = suffix(number)
        layout[f"xaxis{which}"] = {**panel.x_axis, "domain": list(x_domain), "anchor": f"y{which}"}
        layout[f"yaxis{which}"] = {**panel.y_axis, "domain": list(y_domain), "anchor": f"x{which}"}
    figure = {"data": [*still, *last, _words(chosen, -1, lines)], "layout": layout}
    layout |= _words_axes(where.words)
    if len(chosen.rows) > 1:
        first = len(still)
        names = [str(row) for row in chosen.rows.tolist()]
        changes: list[dict] = [{"x": motion.x, "y": motion.y} for panel in panels for motion in panel.moving]
        changes.append({"text": [[_joined(words, lines)] for words in chosen.words]})
        figure["film"] = {
            "names": names,
            "traces": list(range(first, len(figure["data"]))),
            "changes": changes,
        }
        layout |= playback(names, view)
    return figure


def _placed(trace: Trace, number: int) -> Trace:
    return {**trace, "xaxis": f"x{suffix(number)}", "yaxis": f"y{suffix(number)}"}


def _heading(words: str, place: tuple) -> dict:
    (left, _), (_, top) = place
    return {
        "text": f"<b>{words}</b>",
        "x": left,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": HEADING_GAP,
        "align": "left",
        "showarrow": False,
    }


# Playback


def _words(chosen: Moments, index: int, lines: int) -> Trace:
    """Return what the moment says, as a trace: frames change traces, and annotations only with a full redraw."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [0.0],
        "y": [0.5],
        "text": [_joined(chosen.words[index], lines)],
        "textposition": "middle right",
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
        "xaxis": "x4",
        "yaxis": "y4",
    }


def _joined(words: tuple[str, ...], lines: int) -> str:
    """Return a moment's words, which moment it is in bold, in so many lines."""
    when, *facts = words
    between, within = {1: ("   ", "   "), 2: ("<br>", "   "), 4: ("<br>", "<br>")}[lines]
    return f"<b>{when}</b>{between}{within.join(facts)}"


def _words_axes(domain: tuple[float, float]) -> dict:
    """Return the invisible axes on which the words stand, in the strip above the panels."""
    unseen = {"visible": False, "fixedrange": True, "range": [0.0, 1.0]}
    return {
        "xaxis4": {**unseen, "domain": [0.0, 1.0], "anchor": "y4"},
        "yaxis4": {**unseen, "domain": list(domain), "anchor": "x4"},
    }
