import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gd_core import Dataset, Experiment, model, theory, train
from tests.strategies import datasets


@given(datasets(), st.booleans())
def test_the_minimum_is_numpys_least_squares(dataset, bias):
    start = (1.0, 0.5)[: 1 + bias]
    columns = np.column_stack((dataset.x, np.ones(len(dataset))))[:, : 1 + bias]
    solution, _, rank, singular = np.linalg.lstsq(columns, dataset.y)
    assume(rank == len(start) and singular[-1] > 1e-6 * singular[0])
    least = theory.minimum(dataset, start)
    assert least.unique
    np.testing.assert_allclose(least.parameters, solution, rtol=1e-6, atol=1e-6)
    assert least.cost == pytest.approx(np.mean((columns @ solution - dataset.y) ** 2), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("unit", [1e-3, 0.1, 1.0, 1e3])
def test_the_minimum_is_numpys_least_squares_in_any_unit_of_x(unit):
    points = Dataset(unit * np.array((1.0, 2.0, 4.0)), (2.0, 5.0, 5.5))
    least = theory.minimum(points, (1.0, 0.5))
    assert least.unique
    np.testing.assert_allclose(least.parameters, np.polyfit(points.x, points.y, 1), rtol=1e-12)


def test_the_lectures_minimum_is_exact():
    assert theory.minimum(Dataset.lecture(), (1.0,)) == theory.Minimum((2.0,), 0.0, unique=True)


def test_where_every_x_is_zero_the_nearest_minimum_is_the_start():
    flat = Dataset((0, 0), (1, 3))
    assert theory.minimum(flat, (7.0,)) == theory.Minimum((7.0,), 5.0, unique=False)
    assert theory.minimum(flat, (7.0, 0.0)).parameters == (7.0, 2.0)
    assert theory.largest_rate(flat, 1) == math.inf
    assert theory.largest_rate(flat, 2) == 1.0


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-5, 5))
def test_in_a_valley_descent_reaches_the_minimum_nearest_to_the_start(x, w, b):
    valley = Dataset((x, x), (1.0, 4.0))
    least = theory.minimum(valley, (w, b))
    assert not least.unique
    rate = theory.largest_rate(valley, 2) / 2
    end = train(Experiment(valley, True, (w, b), learning_rate=rate, epochs=5)).parameters[-1]
    np.testing.assert_allclose(end, least.parameters, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("x", [(999_999, 999_999.001), (1e-160, 2e-160), (1e6, 1e-6)])
def test_far_and_tiny_x_keep_their_digits(x):
    line = Dataset(x, np.array(x) * 0.5 + 0.25)
    w, b = theory.minimum(line, (0.0, 0.0)).parameters
    np.testing.assert_allclose(np.array(x) * w + b, line.y, rtol=1e-9)


def test_x_too_small_for_any_float_to_matter_counts_as_flat():
    assert not theory.minimum(Dataset((5e-324,), (1e6,)), (1.0,)).unique


def test_what_is_shared_between_runs_cannot_be_changed():
    shape = theory.curvature(Dataset((1.0, 2.0), (3.0, 4.0)), 2)
    for array in (shape.eigenvalues, shape.directions):
        assert not array.flags.writeable


@given(datasets(), st.booleans())
def test_the_hessian_is_the_change_of_the_gradient(dataset, bias):
    count = 1 + bias
    gradients = model.gradients(dataset, np.eye(count))
    base = model.gradients(dataset, np.zeros((1, count)))[0]
    np.testing.assert_allclose(
        gradients - base, model.hessian(dataset, count), rtol=1e-6, atol=1e-6 * (1 + np.abs(base).max())
    )


@pytest.mark.parametrize("bias", [False, True])
@given(datasets())
def test_descent_converges_below_the_largest_rate_and_runs_away_above(bias, dataset):
    limit = theory.largest_rate(dataset, 1 + bias)
    assume(np.abs(dataset.x).max() > 0.1 and limit < 900)
    for share, runs_away in ((0.99, False), (1.01, True)):
        start = (-12.5, 31.25)[: 1 + bias]
        run = train(Experiment(dataset, bias, start, learning_rate=share * limit, epochs=400))
        # Along the steepest eigenvector the factor per update is 1 - 2 share: -0.98 or -1.02.
        steepest = np.linalg.eigh(model.hessian(dataset, 1 + bias))[1][:, -1]
        gap = (run.parameters - np.array(theory.minimum(dataset, start).parameters)) @ steepest
        assume(abs(gap[0]) > 1e-3)
        assert (abs(gap[-1]) > abs(gap[0])) == runs_away
