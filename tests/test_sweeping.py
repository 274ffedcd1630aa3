import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, bounds, sweep, theory, train
from tests.strategies import experiments

RATES = [1e-4, 0.01, 0.1, 0.2, 3 / 14, 0.3, 1.0, 30.0, 1000.0]


def alone(experiment, rate):
    from dataclasses import replace

    return train(replace(experiment, learning_rate=rate))


@given(experiments(max_epochs=25))
def test_each_rate_ends_as_its_own_run(experiment):
    together = sweep(experiment, RATES)
    from_moments = experiment.optimizer.key == "gd" and not experiment.bias and experiment.batch_size is None
    for index, rate in enumerate(RATES):
        run = alone(experiment, rate)
        if from_moments:
            scale = np.abs(run.parameters[:, 0]).max()
            np.testing.assert_allclose(together.parameters[index], run.parameters[-1], rtol=1e-12, atol=1e-12 * scale)
            np.testing.assert_allclose(together.costs[index], run.costs[-1], rtol=1e-10, atol=1e-12 * run.costs.max())
        else:
            assert together.parameters[index].tolist() == run.parameters[-1].tolist()
            assert together.costs[index] == run.costs[-1]
        assert together.diverged_at[index] == (-1 if run.diverged_at is None else run.diverged_at)


@given(experiments(max_epochs=150, max_rows=4), st.sampled_from([1e-1, 1e-3]))
def test_epochs_to_the_tolerance_are_those_of_the_single_run(experiment, tolerance):
    together = sweep(experiment, RATES, tolerance)
    least = theory.minimum(experiment.dataset, experiment.start)
    for index, rate in enumerate(RATES):
        run = alone(experiment, rate)
        distances = [theory.distance(least, run.parameters[row]) for row in run.epoch_ends]
        inside = np.array(distances) <= tolerance * distances[0]
        assert together.epochs_to_tolerance[index] == (np.argmax(inside) if inside.any() else -1)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("key", ["gd", "adam"])
@pytest.mark.parametrize("size", [None, 70])
def test_large_batches_agree_with_the_single_run(bias, key, size):
    draw = np.random.default_rng(2)
    points = Dataset(draw.normal(size=200), draw.normal(size=200))
    start = (3.0, -2.0)[: 1 + bias]
    experiment = Experiment(points, bias, start, OPTIMIZERS[key](), batch_size=size, shuffle_seed=3, epochs=60)
    rates = [1e-3, 0.1, 0.9, 5.0]
    together = sweep(experiment, rates)
    for index, rate in enumerate(rates):
        run = alone(experiment, rate)
        assert together.diverged_at[index] == (-1 if run.diverged_at is None else run.diverged_at)
        np.testing.assert_allclose(together.parameters[index], run.parameters[-1], rtol=1e-10, atol=1e-12)


def test_the_lectures_rates_in_epochs():
    # epochs until |w - 2| < 1e-3 from w = 1
    table = sweep(Experiment(epochs=200), [0.01, 0.1, 0.21]).epochs_to_tolerance
    assert table.tolist() == [71, 3, 170]


@pytest.mark.parametrize("start", [1.0, -40.0])
def test_arrivals_after_hundreds_of_epochs_follow_the_closed_form(start):
    # |w - 2| shrinks by 1 - 2 rate 14/3 an epoch: a thousandth after ln(1/1000) / ln(factor) epochs, rounded up.
    rates = np.array([0.0005, 0.001, 0.0015, 0.003, 0.004, 0.01])
    expected = np.ceil(np.log(1e-3) / np.log1p(-2 * rates * 14 / 3))
    assert expected[0] > 1000
    arrived = sweep(Experiment(start=(start,), epochs=1200), rates).epochs_to_tolerance
    assert arrived.tolist() == np.where(expected <= 1200, expected, -1).tolist()


def test_a_run_that_starts_at_the_minimum_is_there_after_no_epoch():
    assert sweep(Experiment(start=(2.0,), epochs=900), [0.01, 0.1]).epochs_to_tolerance.tolist() == [0, 0]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [None, 1])
def test_a_run_that_ran_away_never_arrives_even_where_the_minimum_is_at_zero(bias, size):
    flat = Dataset((1, 2, 3), (0, 0, 0))
    experiment = Experiment(flat, bias, (1.0, -2.0)[: 1 + bias], batch_size=size, epochs=1000)
    together = sweep(experiment, [0.1, 0.9, 2.0])
    assert together.epochs_to_tolerance[0] > 0
    assert together.epochs_to_tolerance[1:].tolist() == [-1, -1]


@pytest.mark.parametrize("key", OPTIMIZERS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [None, 2])
def test_long_after_some_have_run_away_every_run_ends_as_alone(key, bias, size):
    points = Dataset((1, 2, 3, 2.7), (2.1, 4.4, 5.5, 6.1))
    experiment = Experiment(points, bias, (1.0, 0.5)[: 1 + bias], OPTIMIZERS[key](), batch_size=size, epochs=500)
    together = sweep(experiment, RATES)
    for index, rate in enumerate(RATES):
        run = alone(experiment, rate)
        assert together.diverged_at[index] == (-1 if run.diverged_at is None else run.diverged_at)
        if (key, bias, size) == ("gd", False, None):
            assert together.parameters[index] == pytest.approx(run.parameters[-1], rel=1e-12)
        else:
            assert together.parameters[index].tolist() == run.parameters[-1].tolist()


def test_the_repr_of_a_sweep_counts_the_runs_that_ran_away():
    assert repr(sweep(Experiment(epochs=1000), [0.3, 0.01, 1.0])) == "Sweep(3 learning rates, 0.01 to 1, 2 ran away)"


@pytest.mark.parametrize("rate", [0.0, -1.0, 1000.1, float("nan"), float("inf")])
def test_a_rate_out_of_range_is_named(rate):
    with pytest.raises(
        ValueError, match=f"learning_rate must be a number greater than 0 and at most 1000, got {rate:g}"
    ):
        sweep(Experiment(), [0.1, rate])


def test_no_rates_give_an_empty_sweep():
    assert sweep(Experiment(epochs=3), []).costs.shape == (0,)


def test_nothing_overflows_at_the_widest_bounds():
    points = Dataset((1e6, -1e6, 1e-6), (1e6, 1e6, -1e6))
    for key in OPTIMIZERS:
        result = sweep(
            Experiment(points, True, (1e6, -1e6), OPTIMIZERS[key](), epochs=50), np.geomspace(1e-12, 1e3, 40)
        )
        assert np.all(result.costs <= bounds.DIVERGED)


@pytest.mark.parametrize("epochs", [255, 256, 257, 512])
def test_arrivals_are_found_however_many_epochs_are_looked_through_at_once(epochs):
    swept = sweep(Experiment(epochs=epochs), [0.001, 0.01])
    error = 1.0 - 2.0 * np.array([0.001, 0.01]) * 14.0 / 3.0
    needed = np.ceil(np.log(1e-3) / np.log(error)).astype(int)  # the error starts at 1 and shrinks by a fixed factor
    np.testing.assert_array_equal(swept.epochs_to_tolerance, np.where(needed <= epochs, needed, -1))
