"""Ready situations, each a descent whose outcome makes one point; together they tell the story of a landscape."""

from dataclasses import dataclass

from gd_core.landscapes.descent import Descent
from gd_core.optimizers import OPTIMIZERS


@dataclass(frozen=True)
class Situation:
    """A descent worth seeing: the label says what it shows, ends is the name of the point it settles at."""

    label: str
    descent: Descent
    ends: str


MOMENTUM, ADAM = OPTIMIZERS["momentum"](), OPTIMIZERS["adam"]()

SITUATIONS: dict[str, Situation] = {
    "caught": Situation("Caught in the local minimum", Descent("two-minima"), "local minimum"),
    "momentum-crosses": Situation("Momentum gets across", Descent("two-minima", optimizer=MOMENTUM), "global minimum"),
    "larger-rate": Situation("A larger rate jumps over", Descent("two-minima", learning_rate=0.3), "global minimum"),
    "other-start": Situation("Another start, the other valley", Descent("two-minima", (0.1,)), "global minimum"),
    "flat": Situation("Hardly a step on the plateau", Descent("plateau"), "flat stretch"),
    "flat-momentum": Situation("Momentum coasts across", Descent("plateau", optimizer=MOMENTUM), "minimum"),
    "flat-adam": Situation(
        "Adam divides by small gradients", Descent("plateau", optimizer=ADAM, learning_rate=0.2), "minimum"
    ),
    "ridge": Situation("Stuck at the saddle", Descent("saddle"), "saddle point"),
    "ridge-momentum": Situation(
        "Momentum cannot help on the ridge", Descent("saddle", optimizer=MOMENTUM), "saddle point"
    ),
    "beside-the-ridge": Situation(
        "A hair beside the ridge", Descent("saddle", (0.001, 1.5), learning_rate=0.1), "right minimum"
    ),
}
"""Stable key -> situation, in the order in which the page offers them."""
