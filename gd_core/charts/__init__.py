"""Run -> Plotly figures, as plain dicts: no Plotly is needed to make them.

Axis ranges are set here and never left to Plotly, so that the start and the minimum are always in sight, a run that runs
away cannot blow the axes up, and what leaves a window is marked where it leaves.
"""

from gd_core.charts.landscape import landscape_chart
from gd_core.charts.packed import packed
from gd_core.charts.playback import framed
from gd_core.charts.race import race_chart
from gd_core.charts.rates import rates_chart, rates_swept, swept_epochs
from gd_core.charts.surface import surface
from gd_core.charts.theatre import film, theatre
from gd_core.charts.view import View

__all__ = [
    "View",
    "film",
    "framed",
    "landscape_chart",
    "packed",
    "race_chart",
    "rates_chart",
    "rates_swept",
    "surface",
    "swept_epochs",
    "theatre",
]
