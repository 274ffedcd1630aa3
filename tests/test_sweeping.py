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


def test_a_rate_out_of_range_is_named():
    with pytest.raises(ValueError, match="learning_rate must be a number greater than 0"):
        sweep(Experiment(), [0.1, 0.0])


def test_no_rates_give_an_empty_sweep():
    assert sweep(Experiment(epochs=3), []).costs.shape == (0,)


def test_nothing_overflows_at_the_widest_bounds():
    points = Dataset((1e6, -1e6, 1e-6), (1e6, 1e6, -1e6))
    for key in OPTIMIZERS:
        result = sweep(
            Experiment(points, True, (1e6, -1e6), OPTIMIZERS[key](), epochs=50), np.geomspace(1e-12, 1e3, 40)
        )
        assert np.all(result.costs <= bounds.DIVERGED)
