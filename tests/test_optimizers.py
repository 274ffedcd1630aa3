"""Each rule against a second formulation: sums over the whole history of gradients instead of a running state."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Experiment, train
from gd_core.optimizers import Adam, Momentum, Nesterov
from tests.strategies import datasets


def velocity(gradients, momentum):
    """v_k = sum over i <= k of momentum^(k - i) g_i."""
    ages = np.subtract.outer(np.arange(len(gradients)), np.arange(len(gradients)))
    return np.where(ages >= 0, momentum ** np.maximum(ages, 0), 0.0) @ gradients


def gd(g):
    return g


def momentum(g):
    return velocity(g, 0.9)


def nesterov(g):
    return g + 0.9 * velocity(g, 0.9)


def adagrad(g):
    return g / (np.sqrt(np.cumsum(g**2, axis=0)) + 1e-10)


def rmsprop(g):
    return g / (np.sqrt(0.01 * velocity(g**2, 0.99)) + 1e-8)


def adam(g):
    # Both averages as weighted means of all gradients so far: the weights add up to 1, which is the bias correction.
    ones = np.ones_like(g)
    mean = velocity(g, 0.9) / velocity(ones, 0.9)
    square = velocity(g**2, 0.999) / velocity(ones, 0.999)
    return mean / (np.sqrt(square) + 1e-8)


DIRECTIONS = {rule.__name__: rule for rule in (gd, momentum, nesterov, adagrad, rmsprop, adam)}


def test_every_rule_has_a_second_formulation():
    assert list(OPTIMIZERS) == list(DIRECTIONS)


@pytest.mark.parametrize("key", DIRECTIONS)
@given(datasets(), st.booleans(), st.sampled_from([None, 1]))
def test_a_run_moves_along_the_second_formulation(key, dataset, bias, size):
    experiment = Experiment(dataset, bias, (1.0, 0.5)[: 1 + bias], OPTIMIZERS[key](), 1e-4, 30, size)
    run = train(experiment)
    moves = -1e-4 * DIRECTIONS[key](run.gradients)
    np.testing.assert_allclose(run.parameters[1:], run.parameters[:-1] + moves, rtol=1e-9, atol=1e-12)


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
    assert rule.formula
    assert rule.__doc__.split("\n\n")[0].endswith(".")
