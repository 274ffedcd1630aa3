"""How a run is shown: every choice that changes the figure and not the run."""

from dataclasses import dataclass
from typing import Literal

from gd_core.losses import Measure, Per


@dataclass(frozen=True)
class View:
    """The choices of a theatre.

    predict_x: the x whose prediction is drawn. arrangement: panels in a row, or stacked for a narrow screen. scale, measure,
    per, smoothing (beta of the average, 0 for none), printed (mark the numbers of the log): of the loss history. samples:
    each sample's own curve under the mean one. letters: large for a projector.
    """

    predict_x: float = 4.0
    arrangement: Literal["row", "stack"] = "row"
    scale: Literal["linear", "log"] = "linear"
    measure: Measure = "after"
    per: Per = "epoch"
    smoothing: float = 0.0
    printed: Literal["plain", "marked"] = "plain"
    samples: Literal["mean", "each"] = "mean"
    letters: Literal["normal", "large"] = "normal"

    @property
    def font(self) -> dict:
        """The size of a figure's letters, for its layout; large ones must still fit into a narrow screen."""
        return {"size": 12 if self.letters == "normal" else 18 if self.arrangement == "row" else 15}
