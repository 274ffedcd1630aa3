"""Where everything in a theatre stands, reckoned in pixels from the size of its letters, so that nothing covers anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap

from gd_core.charts.marks import Panel, Trace
from gd_core.charts.playback import playback_height
from gd_core.charts.view import View

BESIDE = ((0.0, 0.28), (0.37, 0.65), (0.74, 1.0))  # panels in a row: from where to where, as shares of the width
STACKED = (1, 0, 2)  # one below the other the second comes first: in a narrow window it is the one in sight
PANEL_HEIGHT = {"row": 262, "stack": 225}
HEADING_GAP = 6  # keeps a heading clear of a mark at the panel's border
LARGE_PANEL_HEIGHT = {"row": 230, "stack": 225}  # so that a projector of 800 lines shows the buttons too
NARROWEST = {"row": 640, "stack": 276}  # what windows of 1024 pixels, and phones of 320, leave for a figure
HEADING_WIDTH = 300  # what fits above the narrowest panel, in a window of 1024 pixels: 25 letters of size 12

Share = tuple[float, float]


@dataclass(frozen=True)
class Plan:
    """A theatre's layout.

    height: in pixels. margin: Plotly's, in pixels. places: each panel's extent across and up, as shares of what the margin
    leaves. words: the strip of the moment's words, from where to where. headings: of the panels, their lines joined.
    """

    height: int
    margin: dict
    places: list[tuple[Share, Share]]
    words: Share
    headings: list[str]


def plan(panels: Sequence[Panel], traces: Sequence[Trace], lines: int, view: View) -> Plan:
    """Return where the panels of a theatre with these traces stand, and its moments' words in so many lines.

    Plotly could measure the margins itself (`autoexpand`), and would lay everything out twice for it.
    """
    size = view.font["size"]
    letter_line = 1.3 * size
    headings = [_wrapped(panel.heading, HEADING_WIDTH // size) for panel in panels]
    panel = (LARGE_PANEL_HEIGHT if view.letters == "large" else PANEL_HEIGHT)[view.arrangement]
    words = lines * letter_line
    if view.arrangement == "row":
        heading = max(2, *map(len, headings)) * letter_line + HEADING_GAP
        inner = words + heading + panel
        places = [(across, (0.0, panel / inner)) for across in BESIDE]
    else:
        below = 4.0 * letter_line  # tick labels and the axis title
        top, tops = words, {}
        for number in STACKED:
            top += max(2, len(headings[number])) * letter_line + HEADING_GAP
            tops[number] = top
            top += panel + below
        inner = top - below
        places = [((0.0, 1.0), (max(0.0, 1.0 - (tops[n] + panel) / inner), 1.0 - tops[n] / inner)) for n in range(3)]
    left = _label_width([panel for panel, (across, _) in zip(panels, places) if across[0] == 0.0], size)
    above, under = _legend_height(traces, view, left), playback_height(view)
    return Plan(
        height=round(inner) + above + under,
        margin={"l": left, "r": 12, "t": above, "b": under, "autoexpand": False},
        places=places,
        words=(1.0 - words / inner, 1.0),
        headings=list(map("<br>".join, headings)),
    )


_wrapped = lru_cache(maxsize=64)(wrap)  # the same few headings in every figure


def words_lines(view: View, parameter_count: int) -> int:
    """Return in how many lines a moment's words stand: as many as its four parts need in the narrowest window.

    Decided by what is said and not by how long it is now: the panels must not move while they are played.
    """
    return 4 if view.arrangement == "stack" else 2 if view.letters == "large" or parameter_count == 2 else 1


def _legend_height(traces: Sequence[Trace], view: View, left: int) -> int:
    """Return the room above the panels, for a legend of as many lines as it takes in the narrowest window."""
    size = view.font["size"]
    width = NARROWEST[view.arrangement] * (size / 12 if view.arrangement == "row" else 1)  # large letters, large window
    return round((20 + 19 * legend_lines(traces, width - left, size)) * size / 12)


def legend_lines(traces: Sequence[Trace], room: float, size: int) -> int:
    """Return how many lines a horizontal legend takes in a room of so many pixels."""
    shown = (trace for trace in traces if trace.get("showlegend"))
    entries = {trace.get("legendgroup", trace["name"]): len(trace["name"]) for trace in shown}
    lines, end = 1, 0.0
    for letters in entries.values():
        width = 45.0 + 0.47 * size * letters  # its mark, and nearly half a letter's height for each letter
        lines, end = (lines, end + width) if end + width <= room else (lines + 1, width)
    return lines


def _label_width(outer: Sequence[Panel], size: int) -> int:
    """Return the room left of the outer panels, for numbers as Plotly writes them: powers of ten from 10,000 on are wide."""
    letters = 4.0
    for panel in outer:
        if panel.y_axis.get("type") != "log":
            largest = max(abs(border) for border in panel.y_axis["range"])
            letters = max(letters, 4.0 if 0.1 <= largest < 1e4 else 7.0)
    titles = any(panel.y_axis["title"]["text"] for panel in outer)
    return round((letters * 0.6 + 1.0 + (1.2 if titles else 0.0)) * size)
