"""What plays in the browser, without a word to the server: a figure's film or frames, the buttons and the slider.

A film holds what changes in some traces, at k moments: {"names": k of them, "traces": which ones, "changes": for each
of these {what: k values}}. Plotly's frames say the same moment by moment, and are larger.
"""

import numpy as np

from gd_core.charts.view import View

FRAME_MS = 100


def framed(figure: dict) -> dict:
    """Return a figure with its film, if it has one, written out as Plotly's frames."""
    if "film" not in figure:
        return figure
    film = figure["film"]
    changes = [{what: _listed(values) for what, values in change.items()} for change in film["changes"]]
    frames = [
        {
            "name": name,
            "data": [{what: values[moment] for what, values in change.items()} for change in changes],
            "traces": film["traces"],
        }
        for moment, name in enumerate(film["names"])
    ]
    return {"data": figure["data"], "layout": figure["layout"], "frames": frames}


def _listed(values: np.ndarray | list) -> list:
    return np.where(np.isnan(values), np.array(None), values).tolist() if isinstance(values, np.ndarray) else values


def playback(names: list[str], view: View) -> dict:
    """Return the layout's buttons and slider for frames of these names; stacked, the slider stands below the buttons."""
    stacked, below = view.arrangement == "stack", _axis_height(view)
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    play = {**at_once, "fromcurrent": True, "frame": {"duration": FRAME_MS, "redraw": False}}
    return {
        "updatemenus": [
            {
                "type": "buttons",
                "direction": "left",
                "showactive": False,
                "x": 0.0,
                "xanchor": "left",
                "y": 0.0,
                "yanchor": "top",
                "pad": {"t": below, "l": 0, "r": 0},
                "buttons": [
                    {"label": "Play", "method": "animate", "args": [None, play]},
                    {"label": "Pause", "method": "animate", "args": [[None], at_once]},
                ],
            }
        ],
        "sliders": [
            {
                "active": len(names) - 1,
                "x": 0.0 if stacked else 0.2,
                "len": 1.0 if stacked else 0.8,
                "y": 0.0,
                "yanchor": "top",
                "pad": {"t": below + 3.5 * view.font["size"] if stacked else below - 10},
                "currentvalue": {"visible": False},
                "steps": [{"label": name, "method": "animate", "args": [[name], at_once]} for name in names],
            }
        ],
    }


def playback_height(view: View) -> int:
    """Return the room below a figure's lowest panel, in pixels: its axis, the buttons, and the slider beside or below them."""
    return round(_axis_height(view) + (8.0 if view.arrangement == "stack" else 3.5) * view.font["size"])


def _axis_height(view: View) -> float:
    return (5.8 if view.arrangement == "stack" else 5.2) * view.font["size"]
