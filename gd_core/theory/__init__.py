"""What mathematics says before any run: the minimum, the learning rates that work, the cycles that stay."""

from gd_core.theory.cycles import cycle, epoch_maps, ordered_limit
from gd_core.theory.minima import Minimum, distance, minimum
from gd_core.theory.rates import (
    SAME,
    Curvature,
    Regime,
    batch_limit,
    best_rate,
    curvature,
    decay,
    error_map,
    largest_rate,
    random_order_limit,
    regime,
    summed_limit,
    updates_until,
)

__all__ = [
    "SAME",
    "Curvature",
    "Minimum",
    "Regime",
    "batch_limit",
    "best_rate",
    "curvature",
    "cycle",
    "decay",
    "distance",
    "epoch_maps",
    "error_map",
    "largest_rate",
    "minimum",
    "ordered_limit",
    "random_order_limit",
    "regime",
    "summed_limit",
    "updates_until",
]
