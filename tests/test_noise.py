import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gd_core import Dataset, Experiment, lesson, theory, train
from tests.strategies import datasets

CYCLING = Dataset((1, 2, 3), (2, 5, 5.5))


def test_the_known_cycle():
    places = theory.cycle(CYCLING, 0.05, 1, 1)[:, 0]
    np.testing.assert_allclose(places, [1.8763, 2.1258, 1.8626], atol=5e-5)


@given(datasets(max_rows=6), st.booleans(), st.integers(1, 6), st.sampled_from([1e-3, 0.01, 0.1]))
def test_the_cycle_is_where_a_long_run_ends(dataset, bias, size, rate):
    size = min(size, len(dataset))
    places = theory.cycle(dataset, rate, size, 1 + bias)
    assume(places is not None)
    # Started in the cycle, a run stays in it.
    start = tuple(places[-1].tolist())
    assume(max(map(abs, start)) < 1e6)
    run = train(Experiment(dataset, bias, start, learning_rate=rate, batch_size=size, epochs=3))
    scale = 1e-9 * (1 + np.abs(places).max())
    np.testing.assert_allclose(run.parameters[-len(places) :], places, rtol=1e-7, atol=scale * 1e2)


def test_a_run_from_elsewhere_reaches_the_cycle():
    run = train(Experiment(CYCLING, learning_rate=0.05, batch_size=1, epochs=200))
    np.testing.assert_allclose(run.parameters[-3:], theory.cycle(CYCLING, 0.05, 1, 1), rtol=1e-12)


def test_beyond_the_limit_of_an_epoch_there_is_no_cycle():
    assert theory.cycle(Dataset.lecture(), 0.204, 1, 1) is not None
    assert theory.cycle(Dataset.lecture(), 0.2041, 1, 1) is None
    assert theory.cycle(Dataset.lecture(), 1e3, 1, 1) is None


def test_on_a_line_all_samples_agree_and_the_cycle_is_one_point():
    text = lesson.noise_text(train(Experiment(batch_size=1)))
    assert "All points lie on the line with w = 2" in text
    assert "shrinks to the one point w = 2." in text


def test_off_a_line_the_cycle_is_listed_with_the_last_epochs_range():
    run = train(Experiment(CYCLING, learning_rate=0.05, batch_size=1))
    text = lesson.noise_text(run)
    assert "w = 2.03571" in text
    assert "in each epoch: 1.87632, 2.12579, 1.86258." in text
    assert "went from 1.86258 to 2.12579" in text


def test_the_spread_shrinks_with_the_rate_and_with_the_batch():
    table = lesson.noise_table(Experiment(CYCLING, learning_rate=0.05))
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[4:]]
    numbers = np.array([[float(cell) for cell in row] for row in rows])
    assert np.all(np.diff(numbers[:, 1:], axis=1) < 0)  # more samples per update
    assert np.all(np.diff(numbers[:, 1], axis=0) < 0)  # smaller rate
    assert np.all(numbers[:, -1] == 0)
    run = train(Experiment(CYCLING, learning_rate=0.025, batch_size=2, epochs=400))
    assert numbers[1, 2] == pytest.approx(np.ptp(run.parameters[-2:, 0]), rel=1e-4)


@given(datasets(max_rows=8), st.sampled_from([None, 3]), st.sampled_from(["gd", "adam"]), st.sampled_from([1e-3, 1.0]))
def test_there_is_always_a_text(dataset, seed, key, rate):
    from gd_core import OPTIMIZERS

    experiment = Experiment(
        dataset, optimizer=OPTIMIZERS[key](), learning_rate=rate, batch_size=1, shuffle_seed=seed, epochs=20
    )
    text = lesson.noise_text(train(experiment)) + lesson.noise_table(experiment)
    assert "nan" not in text
    assert "inf" not in text
