"""The update rules, in order of rising complexity.

Each rule is written out in full, as arithmetic that works elementwise: a float for a single run, an array for many runs
that advance together. Formulas, hyperparameter names and defaults are those of torch.optim 2.x. Adding a rule is adding
one class: it enters `OPTIMIZERS` by being defined.
"""

import math
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from gd_core import bounds

Number = Any  # a float, or an array of floats that advance together
State = tuple[Number, ...]

OPTIMIZERS: dict[str, type["Optimizer"]] = {}
"""Stable key -> optimizer class, in the order in which the page offers them."""


def knob(default: float, *, low: float, high: float, symbol: str) -> Any:
    """Declare a hyperparameter: its default (torch.optim's), the range from low to high, and its symbol in LaTeX."""
    return field(default=default, metadata={"low": low, "high": high, "symbol": symbol})


def square_root(value: Number) -> Number:
    """Correctly rounded square root of a float or of each element of an array, with the same bits for both."""
    return math.sqrt(value) if isinstance(value, float) else np.sqrt(value)


@dataclass(frozen=True)
class Optimizer:
    """One update rule: the fields are its hyperparameters, `init` and `update` its behaviour.

    A subclass states `key` (stable, used in links), `label` (what people read) and `formula` (LaTeX lines, with g the
    gradient and \\alpha the learning rate). ValueError names a hyperparameter that is outside its range.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    formula: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        OPTIMIZERS[cls.key] = cls

    def __post_init__(self) -> None:
        for knob in fields(self):
            low, high = knob.metadata["low"], knob.metadata["high"]
            object.__setattr__(self, knob.name, bounds.real(knob.name, getattr(self, knob.name), low, high))

    def init(self, parameter: Number) -> State:
        """Return the state before the first update, zeros of the parameter's shape."""
        raise NotImplementedError

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        """Return the change of the parameter (to be added to it) and the next state."""
        raise NotImplementedError


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Steps against the gradient, in proportion to it.

    The lecture's rule; the same as torch.optim.SGD. It has no state.
    """

    key = "gd"
    label = "Gradient descent"
    formula = (r"w \leftarrow w - \alpha\, g",)

    def init(self, parameter: Number) -> State:
        return ()

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        return -learning_rate * gradient, state


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Remembers past gradients as a velocity, like a heavy ball, and steps along it.

    Polyak 1964; the same as torch.optim.SGD(momentum=...). The velocity starts at 0.
    """

    momentum: float = knob(0.9, low=0.0, high=0.999, symbol=r"\mu")

    key = "momentum"
    label = "Momentum"
    formula = (r"v \leftarrow \mu\, v + g", r"w \leftarrow w - \alpha\, v")

    def init(self, parameter: Number) -> State:
        return (0.0 * parameter,)

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        (velocity,) = state
        velocity = self.momentum * velocity + gradient
        return -learning_rate * velocity, (velocity,)


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Looks ahead: momentum that steps along the velocity it is about to have.

    Nesterov 1983, in the form of Sutskever et al. 2013; the same as torch.optim.SGD(momentum=..., nesterov=True). The
    velocity starts at 0.
    """

    momentum: float = knob(0.9, low=0.0, high=0.999, symbol=r"\mu")

    key = "nesterov"
    label = "Nesterov momentum"
    formula = (r"v \leftarrow \mu\, v + g", r"w \leftarrow w - \alpha\,(g + \mu\, v)")

    def init(self, parameter: Number) -> State:
        return (0.0 * parameter,)

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        (velocity,) = state
        velocity = self.momentum * velocity + gradient
        return -learning_rate * (gradient + self.momentum * velocity), (velocity,)


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Divides each step by the root of all squared gradients so far, so that steps only ever shrink.

    Duchi, Hazan and Singer 2011; the same as torch.optim.Adagrad. The sum starts at 0; eps is added outside the root.
    """

    eps: float = knob(1e-10, low=1e-16, high=1.0, symbol=r"\epsilon")

    key = "adagrad"
    label = "Adagrad"
    formula = (r"s \leftarrow s + g^2", r"w \leftarrow w - \alpha\, \dfrac{g}{\sqrt{s} + \epsilon}")

    def init(self, parameter: Number) -> State:
        return (0.0 * parameter,)

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        (total,) = state
        total = total + gradient * gradient
        return -learning_rate * (gradient / (square_root(total) + self.eps)), (total,)


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Divides each step by a running root mean square of the gradients, which forgets old ones.

    Hinton 2012, lecture 6e; the same as torch.optim.RMSprop. The average starts at 0; eps is added outside the root.
    """

    alpha: float = knob(0.99, low=0.0, high=0.99999, symbol=r"\rho")
    eps: float = knob(1e-8, low=1e-16, high=1.0, symbol=r"\epsilon")

    key = "rmsprop"
    label = "RMSprop"
    formula = (
        r"s \leftarrow \rho\, s + (1 - \rho)\, g^2",
        r"w \leftarrow w - \alpha\, \dfrac{g}{\sqrt{s} + \epsilon}",
    )

    def init(self, parameter: Number) -> State:
        return (0.0 * parameter,)

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        (average,) = state
        average = self.alpha * average + (1.0 - self.alpha) * (gradient * gradient)
        return -learning_rate * (gradient / (square_root(average) + self.eps)), (average,)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum and RMSprop together, both corrected for having started at zero.

    Kingma and Ba 2015; the same as torch.optim.Adam. Both averages start at 0; eps is added outside the root, after the
    bias correction.
    """

    beta1: float = knob(0.9, low=0.0, high=0.99999, symbol=r"\beta_1")
    beta2: float = knob(0.999, low=0.0, high=0.99999, symbol=r"\beta_2")
    eps: float = knob(1e-8, low=1e-16, high=1.0, symbol=r"\epsilon")

    key = "adam"
    label = "Adam"
    formula = (
        r"m \leftarrow \beta_1\, m + (1 - \beta_1)\, g, \qquad s \leftarrow \beta_2\, s + (1 - \beta_2)\, g^2",
        r"\hat m = \dfrac{m}{1 - \beta_1^t}, \qquad \hat s = \dfrac{s}{1 - \beta_2^t}",
        r"w \leftarrow w - \alpha\, \dfrac{\hat m}{\sqrt{\hat s} + \epsilon}",
    )

    def init(self, parameter: Number) -> State:
        return 0, 0.0 * parameter, 0.0 * parameter

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        count, mean, square = state
        count = count + 1
        mean = self.beta1 * mean + (1.0 - self.beta1) * gradient
        square = self.beta2 * square + (1.0 - self.beta2) * (gradient * gradient)
        unbiased_mean = mean / (1.0 - self.beta1**count)
        unbiased_square = square / (1.0 - self.beta2**count)
        return -learning_rate * (unbiased_mean / (square_root(unbiased_square) + self.eps)), (count, mean, square)
