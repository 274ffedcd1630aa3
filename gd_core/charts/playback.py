"""Buttons and a slider that play a figure's frames in the browser, without a word to the server."""

from gd_core.charts.view import View

FRAME_MS = 100


def playback(names: list[str], view: View) -> dict:
    """Return the layout's buttons and slider for frames of these names; stacked, the slider stands below the buttons."""
    stacked = view.arrangement == "stack"
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    play = {**at_once, "fromcurrent": True, "frame": {"duration": FRAME_MS, "redraw": False}}
    below = 70 if stacked else 62
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
                "pad": {"t": below + 44 if stacked else below - 10},
                "currentvalue": {"visible": False},
                "steps": [{"label": name, "method": "animate", "args": [[name], at_once]} for name in names],
            }
        ],
    }
