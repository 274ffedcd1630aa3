"""Each rule against a second formulation: sums over the whole history of gradients instead of a running state."""

from dataclasses import asdict, dataclass
from inspect import signature

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Experiment, train
from gd_core.lesson import formula
from gd_core.optimizers import Adam, Momentum, Nesterov, Optimizer, knob
from tests.strategies import datasets


def velocity(gradients, momentum):
    """v_k = sum over i <= k of momentum^(k - i) g_i."""
    ages = np.subtract.outer(np.arange(len(gradients)), np.arange(len(gradients)))
    return np.where(ages >= 0, momentum ** np.maximum(ages, 0), 0.0) @ gradients


def gd(g):
    return g


def momentum(g, momentum=0.9):
    return velocity(g, momentum)


def nesterov(g, momentum=0.9):
    return g + momentum * velocity(g, momentum)


def adagrad(g, eps=1e-10):
    return g / (np.sqrt(np.cumsum(g**2, axis=0)) + eps)


def rmsprop(g, alpha=0.99, eps=1e-8):
    return g / (np.sqrt((1 - alpha) * velocity(g**2, alpha)) + eps)


def adam(g, beta1=0.9, beta2=0.999, eps=1e-8):
    # Both averages as weighted means of all gradients so far: the weights add up to 1, which is the bias correction.
    ones = np.ones_like(g)
    mean = velocity(g, beta1) / velocity(ones, beta1)
    square = velocity(g**2, beta2) / velocity(ones, beta2)
    return mean / (np.sqrt(square) + eps)


def adamw(g, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    # Without what its decay takes from the parameter itself, which no gradient tells.
    return adam(g, beta1, beta2, eps)


def adamax(g, beta1=0.9, beta2=0.999, eps=1e-8):
    decays = beta2 ** np.maximum(np.subtract.outer(np.arange(len(g)), np.arange(len(g))), 0)
    past = np.tri(len(g))
    largest = np.stack([np.max(decays * past * (np.abs(column) + eps), axis=1) for column in g.T], axis=1)
    return velocity(g, beta1) / velocity(np.ones_like(g), beta1) / largest


def nadam(g, beta1=0.9, beta2=0.999, eps=1e-8, momentum_decay=0.004):
    # Dozat's schedule; the products of all momenta so far as one cumulative product.
    momenta = (beta1 * (1 - 0.5 * 0.96 ** (momentum_decay * np.arange(1, len(g) + 2))))[:, None]
    products = np.cumprod(momenta, axis=0)
    mean, square = (1 - beta1) * velocity(g, beta1), velocity(g**2, beta2) / velocity(np.ones_like(g), beta2)
    now = (1 - momenta[:-1]) / (1 - products[:-1]) * g
    return (now + momenta[1:] / (1 - products[1:]) * mean) / (np.sqrt(square) + eps)


def radam(g, beta1=0.9, beta2=0.999, eps=1e-8):
    mean = velocity(g, beta1) / velocity(np.ones_like(g), beta1)
    t = np.arange(1, len(g) + 1)[:, None]
    limit = 2 / (1 - beta2) - 1
    length = limit - 2 * t * beta2**t / (1 - beta2**t)
    trusted = length > 5
    safe = np.where(trusted, length, 6.0)
    with np.errstate(invalid="ignore"):  # a short memory is never trusted, and what is under the root may be negative
        rectified = np.sqrt((safe - 4) * (safe - 2) * limit / ((limit - 4) * (limit - 2) * safe))
    root = np.sqrt((1 - beta2) * velocity(g**2, beta2)) + eps
    return np.where(trusted, mean * rectified * np.sqrt(1 - beta2**t) / root, mean)


def adadelta(g, rho=0.9, eps=1e-6):
    averages, steps = (1 - rho) * velocity(g**2, rho), np.zeros_like(g)
    for k in range(len(g)):
        weights = (1 - rho) * rho ** np.arange(k - 1, -1, -1.0)
        moves = (weights[:, None] * steps[:k] ** 2).sum(axis=0)
        steps[k] = np.sqrt((moves + eps) / (averages[k] + eps)) * g[k]
    return steps


RULES = (gd, momentum, nesterov, adagrad, rmsprop, adam, adamw, adamax, nadam, radam, adadelta)
KEYS = ["gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "adamax", "nadam", "radam", "adadelta"]
DIRECTIONS = dict(zip(KEYS, RULES, strict=True))


def test_every_rule_has_a_second_formulation():
    assert list(OPTIMIZERS) == list(DIRECTIONS)


@pytest.mark.parametrize("key", DIRECTIONS)
@given(datasets(), st.booleans(), st.sampled_from([None, 1]))
def test_a_run_moves_along_the_second_formulation(key, dataset, bias, size):
    experiment = Experiment(dataset, bias, (1.0, 0.5)[: 1 + bias], OPTIMIZERS[key](), 1e-4, 30, size)
    run = train(experiment)
    moves = -1e-4 * DIRECTIONS[key](run.gradients)
    if key == "adamw":  # its decay shrinks the parameter itself
        moves = moves - 1e-4 * 0.01 * run.parameters[:-1]
    np.testing.assert_allclose(run.parameters[1:], run.parameters[:-1] + moves, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("key", DIRECTIONS)
def test_the_defaults_are_those_of_torch(key):
    documented = {name: knob.default for name, knob in list(signature(DIRECTIONS[key]).parameters.items())[1:]}
    assert asdict(OPTIMIZERS[key]()) == documented


@pytest.mark.parametrize("key", DIRECTIONS)
@given(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 2), st.floats(-2, -1e-3)), min_size=10, max_size=25),
    st.sampled_from([1e-8, 1e-3, 0.5, 1.0]),
    st.data(),
)
def test_every_hyperparameter_acts_as_in_the_second_formulation(key, gradients, eps, data):
    # With an eps as large as the gradients its place and its sign show.
    drawn = {
        name: eps if name == "eps" else data.draw(st.sampled_from([0.0, 0.004, 0.5, 0.9, 0.99, 0.999]), name)
        for name in asdict(OPTIMIZERS[key]())
    }
    rule = OPTIMIZERS[key](**drawn)
    state, changes, parameter = rule.init(3.0), [], 3.0
    for gradient in gradients:
        change, state = rule.update(gradient, state, 0.1, parameter)
        changes.append(change)
    expected = -0.1 * DIRECTIONS[key](np.array(gradients)[:, None], **drawn)[:, 0]
    expected -= 0.1 * drawn.get("weight_decay", 0.0) * parameter
    np.testing.assert_allclose(changes, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize(("key", "name"), [(key, name) for key in OPTIMIZERS for name in asdict(OPTIMIZERS[key]())])
def test_a_memory_must_fade_and_no_hyperparameter_is_above_one(key, name):
    # A memory of 1 never forgets (momentum), or averages nothing and corrects by 1 / 0 (Adam); an eps of 0 lets 0 / 0 in.
    forbidden = {"eps": (0.0, 1.01), "weight_decay": (-0.01, 1.01), "momentum_decay": (-0.01, 1.01)}
    for value in forbidden.get(name, (-0.01, 1.0)):
        with pytest.raises(ValueError, match=f"{name} must be a number from"):
            OPTIMIZERS[key](**{name: value})


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_a_rule_gives_the_same_bits_for_a_float_and_for_an_array(key):
    rule = OPTIMIZERS[key]()
    rates = np.array([0.001, 0.01, 0.5])
    together, state = np.full(3, 1.7), rule.init(np.full(3, 1.7))
    alone, states = [1.7] * 3, [rule.init(1.7)] * 3
    for step in range(20):
        gradients = np.sin(together + step)
        change, state = rule.update(gradients, state, rates, together)
        together = together + change
        for index in range(3):
            change, states[index] = rule.update(
                float(gradients[index]), states[index], float(rates[index]), alone[index]
            )
            alone[index] += change
        assert together.tolist() == alone


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_a_zero_gradient_moves_nothing_at_first(key):
    rule = OPTIMIZERS[key]()
    change, _ = rule.update(0.0, rule.init(0.0), 0.1, 0.0)
    assert change == 0.0


def test_without_momentum_both_momentum_rules_are_gradient_descent():
    plain = train(Experiment()).parameters
    for rule in (Momentum(momentum=0.0), Nesterov(momentum=0.0)):
        assert train(Experiment(optimizer=rule)).parameters.tolist() == plain.tolist()


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate():
    run = train(Experiment(optimizer=Adam(), learning_rate=0.1, epochs=1))
    assert run.parameters[1, 0] == pytest.approx(1.1, abs=1e-8)


def test_a_hyperparameter_outside_its_range_is_named():
    with pytest.raises(ValueError, match=r"beta1 must be a number from 0 to 0.99999, got 1.5"):
        Adam(beta1=1.5)


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_what_the_page_shows_of_a_rule_is_there(key):
    rule = OPTIMIZERS[key]
    assert rule.key == key
    assert rule.label
    assert formula(rule())
    assert rule.__doc__.split("\n\n")[0].endswith(".")


def test_a_further_rule_is_one_class():
    @dataclass(frozen=True)
    class SignDescent(Optimizer):
        """Steps by the learning rate, whatever the size of the gradient."""

        patience: float = knob(0.5, low=0.0, high=1.0, symbol=r"\tau")

        key = "sign"
        label = "Sign descent"

        def init(self, parameter):
            return ()

        def update(self, gradient, state, learning_rate, parameter):
            direction = np.sign(gradient)
            return -learning_rate * direction, state

    try:
        assert list(OPTIMIZERS)[-1] == "sign"
        run = train(Experiment(optimizer=OPTIMIZERS["sign"](), learning_rate=0.25, epochs=4))
        assert run.parameters[:, 0].tolist() == [1.0, 1.25, 1.5, 1.75, 2.0]
        with pytest.raises(ValueError, match="patience must be a number from 0 to 1"):
            SignDescent(patience=2)
    finally:
        del OPTIMIZERS["sign"]
