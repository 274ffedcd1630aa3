"""What the lecture's parabola cannot show: a local minimum, a plateau and a saddle point, on three made-up landscapes."""

from gd_core.landscapes.basins import Basins, basins
from gd_core.landscapes.descent import MAX_UPDATES, NOT_SETTLED, RAN_AWAY, Descent, Trail, descend
from gd_core.landscapes.shapes import LANDSCAPES, Landscape, StationaryPoint
from gd_core.landscapes.situations import SITUATIONS, Situation

__all__ = [
    "LANDSCAPES",
    "MAX_UPDATES",
    "NOT_SETTLED",
    "RAN_AWAY",
    "SITUATIONS",
    "Basins",
    "Descent",
    "Landscape",
    "Situation",
    "StationaryPoint",
    "Trail",
    "basins",
    "descend",
]
