"""Closed forms of learning rates against running them, on both sides of every border."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, theory, train
from gd_core.optimizers import Momentum, Nesterov
from gd_core.theory import Regime
from tests.strategies import datasets

LECTURE = Dataset.lecture()
SPREAD = Dataset((1, 2, 3, 5), (2.5, 3, 7, 8))


def test_the_lectures_numbers():
    assert theory.largest_rate(LECTURE, 1) == pytest.approx(3 / 14, rel=1e-15)
    assert theory.best_rate(LECTURE, 1) == pytest.approx(3 / 28, rel=1e-15)
    assert theory.ordered_limit(LECTURE, 1, 1) == pytest.approx(0.204018, abs=5e-7)
    assert theory.random_order_limit(LECTURE) == pytest.approx(1 / 7, rel=1e-15)
    assert theory.summed_limit(LECTURE) == pytest.approx(1 / 14, rel=1e-15)


@pytest.mark.parametrize(
    ("rate", "regime"),
    [
        (0.107, Regime.SLIDES_IN),
        (3 / 28, Regime.ONE_UPDATE),
        (0.1072, Regime.BOUNCES_IN),
        (0.2142, Regime.BOUNCES_IN),
        (3 / 14, Regime.BOUNCES_FOR_EVER),
        (0.2143, Regime.RUNS_AWAY),
    ],
)
def test_the_five_regimes_and_what_the_run_does(rate, regime):
    assert theory.regime(LECTURE, 1, rate) == regime
    gaps = train(Experiment(learning_rate=rate, epochs=30)).parameters[:, 0] - 2
    behaviour = {
        Regime.SLIDES_IN: np.all(gaps <= 0) and abs(gaps[-1]) < 1e-3,
        Regime.ONE_UPDATE: abs(gaps[1]) < 1e-15,
        Regime.BOUNCES_IN: gaps[0] * gaps[1] < 0 and abs(gaps[-1]) < abs(gaps[0]),
        Regime.BOUNCES_FOR_EVER: np.allclose(np.abs(gaps), 1, atol=1e-12),
        Regime.RUNS_AWAY: abs(gaps[-1]) > abs(gaps[0]),
    }
    assert behaviour[regime]


@pytest.mark.parametrize("power", [-8, -3, 3, 8])
@pytest.mark.parametrize("rate", [0.107, 3 / 28, 0.1072, 0.2142, 3 / 14, 0.2143])
def test_the_regime_does_not_depend_on_the_unit_of_x(power, rate):
    scaled = Dataset(LECTURE.x * 2.0**power, LECTURE.y)
    assert theory.regime(scaled, 1, rate * 4.0**-power) == theory.regime(LECTURE, 1, rate)


@pytest.mark.parametrize(
    "rule", [OPTIMIZERS["gd"](), Momentum(), Momentum(0.5), Momentum(0.0), Nesterov(), Nesterov(0.3)]
)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("share", [0.999, 1.001])
def test_each_rule_converges_below_its_limit_and_runs_away_above(rule, bias, share):
    limit = theory.batch_limit(rule, SPREAD, 1 + bias)
    start = (3.0, -2.0)[: 1 + bias]
    run = train(Experiment(SPREAD, bias, start, rule, share * limit, 10_000))
    least = theory.minimum(SPREAD, start)
    # At 0.1 % from the border the error changes by a few hundredths of a percent an update: look at late stretches.
    late = [theory.distance(least, row) for row in run.parameters[-(len(run) // 2) :]]
    assert (late[-1] > max(late[0], 1e-9)) == (share > 1)


@given(
    st.sampled_from([OPTIMIZERS["gd"](), Momentum(), Momentum(0.4), Nesterov(), Nesterov(0.4)]),
    st.floats(0.05, 0.95),
    st.booleans(),
)
def test_the_decay_is_what_a_long_run_does(rule, share, bias):
    count = 1 + bias
    rate = share * theory.batch_limit(rule, SPREAD, count)
    factor = theory.decay(rule, rate, SPREAD, count)
    assert factor < 1
    assume(factor > 0.3)
    # The map itself, applied 400 times to every direction: its norm shrinks by the factor in the long run.
    steps = [theory.error_map(rule, rate, value) for value in theory.curvature(SPREAD, count).eigenvalues]
    sizes = [max(np.linalg.norm(np.linalg.matrix_power(step, power)) for step in steps) for power in (400, 800)]
    assume(sizes[1] > 1e-290)
    assert (sizes[1] / sizes[0]) ** (1 / 400) == pytest.approx(factor, rel=0.01)


def test_the_error_maps_are_the_rules():
    for rule in (OPTIMIZERS["gd"](), Momentum(), Nesterov()):
        run = train(Experiment(optimizer=rule, learning_rate=0.02, epochs=30))
        step = theory.error_map(rule, 0.02, 28 / 3)
        state = np.array([-1.0, 0.0])[: len(step)]
        for row in run.parameters[1:]:
            state = step @ state
            assert row[0] - 2 == pytest.approx(state[0], abs=1e-12)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("share", [0.999, 1.001])
def test_epochs_in_data_order_converge_below_their_limit_and_run_away_above(size, bias, share):
    limit = theory.ordered_limit(LECTURE, size, 1 + bias)
    start = (1.0, 0.7)[: 1 + bias]
    run = train(Experiment(bias=bias, start=start, learning_rate=share * limit, batch_size=size, epochs=6000))
    least = theory.minimum(LECTURE, start)
    ends = [theory.distance(least, row) for row in run.parameters[run.epoch_ends]]
    late = ends[-(len(ends) // 2) :]
    assert (late[-1] > max(late[0], 1e-9)) == (share > 1)


DRAWN = [tuple(np.random.default_rng(seed).uniform(0.1, 10, 2 + seed % 4)) for seed in range(30)]
# Sets in which the first crossing lies late, behind zeros of the polynomial between which it stays inside.
LATE = [tuple(np.sqrt(np.random.default_rng(seed).uniform(0.1, 9, 6))) for seed in range(60)]


@pytest.mark.parametrize(
    "x",
    [(1, 2, 3), (0.01, 9), (9, 0.01), (0, 2), (1, 1, 1), (4, 1, 7, 2, 2), (1e-3, 2e-3), (900, 50), *DRAWN, *LATE],
)
def test_with_one_parameter_the_ordered_limit_is_the_first_root_of_a_polynomial(x):
    # An epoch multiplies the error by the polynomial (1 - 2 x_1^2 a)(1 - 2 x_2^2 a)..., which leaves [-1, 1] where it is +-1.
    # Written in z = 2 a max(x^2), so that its coefficients are of one size.
    largest = max(value * value for value in x)
    factor = np.polynomial.Polynomial([1.0])
    for value in x:
        factor *= np.polynomial.Polynomial([1.0, -value * value / largest])
    roots = np.concatenate([(factor - 1.0).roots(), (factor + 1.0).roots()])
    first = min(root.real for root in roots if abs(root.imag) < 1e-9 and root.real > 1e-3)
    limit = theory.ordered_limit(Dataset(x, np.zeros(len(x))), 1, 1)
    assert limit == pytest.approx(first / (2 * largest), rel=1e-9)


@pytest.mark.parametrize(("x", "rate"), [((1, 2, 2), 3 / 8), ((3, 6, 6), 1 / 24), ((2, 6, 3), 7 / 72)])
def test_a_rate_at_which_an_epoch_only_turns_the_error_round_is_a_limit_too(x, rate):
    # (1 - 2 x^2 a)... touches 1 there and goes back: a run neither converges nor runs away. Exact in fractions.
    factor = math.prod(1 - 2 * Fraction(value) ** 2 * Fraction(rate).limit_denominator(100) for value in x)
    assert abs(factor) == 1
    assert theory.ordered_limit(Dataset(x, np.zeros(3)), 1, 1) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(("x", "eigenvalue"), [((2, 2), 10.0), ((0, 0, 0), 2.0), ((-7, -7, -7), 100.0)])
def test_across_a_valley_every_batch_is_the_whole_set(x, eigenvalue):
    # All x equal: every Hessian is 2 (x, 1)^T (x, 1), with the eigenvalues 2 (x^2 + 1) across the valley and 0 along it.
    valley = Dataset(x, np.arange(len(x)))
    assert theory.ordered_limit(valley, 1, 2) == pytest.approx(2 / eigenvalue, rel=1e-11)
    assert theory.largest_rate(valley, 2) == pytest.approx(2 / eigenvalue, rel=1e-14)
    assert theory.best_rate(valley, 2) == pytest.approx(1 / eigenvalue, rel=1e-14)
    for share in (0.3, 0.8, 1.7):
        factor = theory.decay(OPTIMIZERS["gd"](), share / eigenvalue, valley, 2)
        assert factor == pytest.approx(abs(1 - share), rel=1e-12)
    start = (1.5, -3.0)
    landed = train(Experiment(valley, True, start, learning_rate=theory.best_rate(valley, 2), epochs=1)).parameters[1]
    np.testing.assert_allclose(landed, theory.minimum(valley, start).parameters, rtol=1e-12, atol=1e-12)


def test_the_ordered_limit_is_searched_for_up_to_300_batches():
    ones = Dataset(np.ones(302), np.zeros(302))
    assert theory.ordered_limit(Dataset(ones.x[:300], ones.y[:300]), 1, 1) == pytest.approx(1.0, rel=1e-12)
    assert theory.ordered_limit(Dataset(ones.x[:301], ones.y[:301]), 1, 1) is None
    assert theory.ordered_limit(ones, 2, 1) == pytest.approx(1.0, rel=1e-12)


@given(datasets())
def test_at_the_random_limit_one_update_keeps_the_mean_square_of_the_error(dataset):
    limit = theory.random_order_limit(dataset)
    if np.all(dataset.x == 0):
        assert math.isinf(limit)
    else:
        assert np.mean((1 - 2 * limit * dataset.x**2) ** 2) == pytest.approx(1.0, rel=1e-9)


@given(datasets(max_rows=5), st.permutations(range(5)))
def test_permuting_the_samples_changes_the_path_but_not_the_ordered_limit(dataset, order):
    assume(np.abs(dataset.x).max() > 1e-3)
    kept = [index for index in order if index < len(dataset)]
    permuted = Dataset(dataset.x[kept], dataset.y[kept])
    assert theory.ordered_limit(permuted, 1, 1) == pytest.approx(theory.ordered_limit(dataset, 1, 1), rel=1e-9)


@given(datasets(), st.floats(0.1, 10), st.booleans())
def test_scaling_x_scales_the_limit_by_its_inverse_square_and_y_does_not_matter(dataset, scale, shift):
    assume(np.abs(dataset.x).max() > 1e-3)
    limit = theory.largest_rate(dataset, 1)
    assert theory.largest_rate(Dataset(dataset.x * scale, dataset.y), 1) == pytest.approx(limit / scale**2, rel=1e-12)
    assert theory.largest_rate(Dataset(dataset.x, dataset.y * 3 + shift), 1) == limit


@given(datasets())
def test_the_summed_limit_is_the_mean_limit_over_the_number_of_points(dataset):
    assume(np.abs(dataset.x).max() > 1e-3)
    expected = theory.largest_rate(dataset, 1) / len(dataset)
    assert theory.summed_limit(dataset) == pytest.approx(expected, rel=1e-12)


@given(datasets())
def test_at_the_best_rate_the_two_directions_shrink_alike(dataset):
    eigenvalues = theory.curvature(dataset, 2).eigenvalues
    assume(eigenvalues[0] > 1e-9 * eigenvalues[1])
    rate = theory.best_rate(dataset, 2)
    fast, slow = np.abs(1 - rate * eigenvalues)
    assert fast == pytest.approx(slow, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("x", [(0, 0), (1e-160, 2e-160), (1e6, -1e6), (2, 2), (1e-6,), (5e-324,)])
def test_edge_cases_have_stated_answers(x):
    dataset = Dataset(x, np.arange(len(x)))
    for count in (1, 2):
        limit = theory.largest_rate(dataset, count)
        assert limit > 0
        assert theory.best_rate(dataset, count) <= limit
        assert theory.regime(dataset, count, 0.01) in Regime
        assert theory.ordered_limit(dataset, 1, count) > 0
        assert theory.decay(OPTIMIZERS["gd"](), 1e-9, dataset, count) >= 0
    assert theory.decay(OPTIMIZERS["adam"](), 0.1, LECTURE, 1) is None
    assert theory.batch_limit(OPTIMIZERS["adam"](), LECTURE, 1) is None


def test_flat_valley_and_bowl_have_their_condition():
    assert math.isnan(theory.curvature(Dataset((0, 0), (1, 2)), 1).condition)
    assert math.isinf(theory.curvature(Dataset((2, 2), (1, 2)), 2).condition)
    assert theory.curvature(LECTURE, 1).condition == 1.0
    assert theory.curvature(LECTURE, 2).condition == pytest.approx(np.linalg.cond([[28 / 3, 4], [4, 2]]))


def test_halving_and_arriving_in_updates():
    assert theory.updates_until(0.5, 0.5) == 1
    assert theory.updates_until(0.001, 1 - 2 * 0.01 * 14 / 3) == pytest.approx(70.5, abs=0.1)  # the run needs 71
    assert theory.updates_until(0.5, 0.0) == 1
    assert math.isinf(theory.updates_until(0.5, 1.0))


def test_where_the_cost_is_flat_there_is_nothing_to_shrink():
    flat = Dataset((0, 0), (1, 2))
    for rule in (OPTIMIZERS["gd"](), Momentum()):
        assert theory.decay(rule, 0.1, flat, 1) == 0.0
    for limit in (theory.random_order_limit, theory.summed_limit):
        assert math.isinf(limit(flat))
    assert math.isinf(theory.best_rate(flat, 1))
