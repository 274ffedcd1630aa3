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


def maximum(first: Number, second: Number) -> Number:
    """Larger of two floats, or of each pair of elements of two arrays."""
    return max(first, second) if isinstance(first, float) else np.maximum(first, second)


@dataclass(frozen=True)
class Optimizer:
    """One update rule: the fields are its hyperparameters, `init` and `update` its behaviour.

    A subclass states `key` (stable, used in links) and `label` (what people read). Its `update` is plain code, which the
    lesson typesets: it unpacks `state`, assigns one name a line, and returns the change and the next state. ValueError
    names a hyperparameter that is outside its range.
    """

    key: ClassVar[str]
    label: ClassVar[str]

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


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam that also shrinks the parameter itself a little in each update, apart from the gradient.

    Loshchilov and Hutter 2019; the same as torch.optim.AdamW. The decay pulls towards 0, so the run ends beside the
    minimum. Both averages start at 0; eps is added outside the root, after the bias correction.
    """

    beta1: float = knob(0.9, low=0.0, high=0.99999, symbol=r"\beta_1")
    beta2: float = knob(0.999, low=0.0, high=0.99999, symbol=r"\beta_2")
    eps: float = knob(1e-8, low=1e-16, high=1.0, symbol=r"\epsilon")
    weight_decay: float = knob(0.01, low=0.0, high=1.0, symbol=r"\lambda")

    key = "adamw"
    label = "AdamW"

    def init(self, parameter: Number) -> State:
        return 0, 0.0 * parameter, 0.0 * parameter

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        count, mean, square = state
        count = count + 1
        mean = self.beta1 * mean + (1.0 - self.beta1) * gradient
        square = self.beta2 * square + (1.0 - self.beta2) * (gradient * gradient)
        unbiased_mean = mean / (1.0 - self.beta1**count)
        unbiased_square = square / (1.0 - self.beta2**count)
        step = unbiased_mean / (square_root(unbiased_square) + self.eps)
        return -learning_rate * (self.weight_decay * parameter + step), (count, mean, square)


@dataclass(frozen=True)
class Adamax(Optimizer):
    """Adam that divides by the largest recent gradient instead of a root mean square.

    Kingma and Ba 2015, section 7; the same as torch.optim.Adamax. Both states start at 0; eps is added to the size of the
    gradient, before the maximum.
    """

    beta1: float = knob(0.9, low=0.0, high=0.99999, symbol=r"\beta_1")
    beta2: float = knob(0.999, low=0.0, high=0.99999, symbol=r"\beta_2")
    eps: float = knob(1e-8, low=1e-16, high=1.0, symbol=r"\epsilon")

    key = "adamax"
    label = "Adamax"

    def init(self, parameter: Number) -> State:
        return 0, 0.0 * parameter, 0.0 * parameter

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        count, mean, largest = state
        count = count + 1
        mean = self.beta1 * mean + (1.0 - self.beta1) * gradient
        largest = maximum(self.beta2 * largest, abs(gradient) + self.eps)
        unbiased_mean = mean / (1.0 - self.beta1**count)
        return -learning_rate * (unbiased_mean / largest), (count, mean, largest)


@dataclass(frozen=True)
class NAdam(Optimizer):
    """Adam that looks ahead as Nesterov's momentum does, with a momentum that grows over the first updates.

    Dozat 2016; the same as torch.optim.NAdam. Both averages start at 0, the product of all momenta so far at 1; eps is
    added outside the root, after the bias correction.
    """

    beta1: float = knob(0.9, low=0.0, high=0.99999, symbol=r"\beta_1")
    beta2: float = knob(0.999, low=0.0, high=0.99999, symbol=r"\beta_2")
    eps: float = knob(1e-8, low=1e-16, high=1.0, symbol=r"\epsilon")
    momentum_decay: float = knob(0.004, low=0.0, high=1.0, symbol=r"\psi")

    key = "nadam"
    label = "NAdam"

    def init(self, parameter: Number) -> State:
        return 0, 0.0 * parameter, 0.0 * parameter, 1.0

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        count, mean, square, product = state
        count = count + 1
        momentum = self.beta1 * (1.0 - 0.5 * 0.96 ** (count * self.momentum_decay))
        next_momentum = self.beta1 * (1.0 - 0.5 * 0.96 ** ((count + 1) * self.momentum_decay))
        product = product * momentum
        mean = self.beta1 * mean + (1.0 - self.beta1) * gradient
        square = self.beta2 * square + (1.0 - self.beta2) * (gradient * gradient)
        unbiased_square = square / (1.0 - self.beta2**count)
        ahead = next_momentum * mean / (1.0 - product * next_momentum) + (1.0 - momentum) * gradient / (1.0 - product)
        return -learning_rate * (ahead / (square_root(unbiased_square) + self.eps)), (count, mean, square, product)


@dataclass(frozen=True)
class RAdam(Optimizer):
    """Adam that steps without dividing until its average of squares has seen enough gradients to be trusted.

    Liu et al. 2020; the same as torch.optim.RAdam. Both averages start at 0; eps is added outside the root, before the
    bias correction.
    """

    beta1: float = knob(0.9, low=0.0, high=0.99999, symbol=r"\beta_1")
    beta2: float = knob(0.999, low=0.0, high=0.99999, symbol=r"\beta_2")
    eps: float = knob(1e-8, low=1e-16, high=1.0, symbol=r"\epsilon")

    key = "radam"
    label = "RAdam"

    def init(self, parameter: Number) -> State:
        return 0, 0.0 * parameter, 0.0 * parameter

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        count, mean, square = state
        count = count + 1
        mean = self.beta1 * mean + (1.0 - self.beta1) * gradient
        square = self.beta2 * square + (1.0 - self.beta2) * (gradient * gradient)
        unbiased_mean = mean / (1.0 - self.beta1**count)
        limit = 2.0 / (1.0 - self.beta2) - 1.0
        length = limit - 2.0 * count * self.beta2**count / (1.0 - self.beta2**count)
        warmth = (
            (length - 4.0) * (length - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * length) if length > 5.0 else 0.0
        )
        scale = (
            square_root(warmth * (1.0 - self.beta2**count)) / (square_root(square) + self.eps) if length > 5.0 else 1.0
        )
        return -learning_rate * (unbiased_mean * scale), (count, mean, square)


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """Measures its steps by its own past steps, so that the learning rate has no unit.

    Zeiler 2012; the same as torch.optim.Adadelta, whose default learning rate is 1. Both averages start at 0; eps is
    added inside both roots.
    """

    rho: float = knob(0.9, low=0.0, high=0.99999, symbol=r"\rho")
    eps: float = knob(1e-6, low=1e-16, high=1.0, symbol=r"\epsilon")

    key = "adadelta"
    label = "Adadelta"

    def init(self, parameter: Number) -> State:
        return 0.0 * parameter, 0.0 * parameter

    def update(self, gradient: Number, state: State, learning_rate: Number, parameter: Number) -> tuple[Number, State]:
        average, moves = state
        average = self.rho * average + (1.0 - self.rho) * (gradient * gradient)
        step = square_root(moves + self.eps) / square_root(average + self.eps) * gradient
        moves = self.rho * moves + (1.0 - self.rho) * (step * step)
        return -learning_rate * step, (average, moves)
