import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, bounds, model, train
from gd_core.training import Run, random_start
from tests.strategies import datasets, experiments

LECTURE_CURVATURE = 14 / 3  # mean(x^2) of 1, 2, 3


def test_defaults_are_the_lectures():
    run = train(Experiment())
    assert run.parameters[0] == 1.0
    assert len(run) == 100
    assert run.parameters[1, 0] == 1.0933333333333333
    assert run.costs[0] == 4.666666666666667
    assert run.parameters[-1, 0] == 1.9999444396553017


def test_stochastic_descent_shows_three_different_losses_after_its_first_epoch():
    run = train(Experiment(batch_size=1))
    assert run.parameters[3, 0] == 1.260688
    assert run.losses_after[2] == 4.919240100095999
    assert run.costs[3] == pytest.approx(2.5507170889386663, rel=1e-15)
    assert run.losses_before[2] == pytest.approx((3 * 1.0980 - 6) ** 2, rel=1e-3)


@pytest.mark.parametrize("rate", [0.001, 0.01, 3 / 28, 0.15, 0.2, 0.214, 0.22, 0.3])
def test_batch_descent_follows_its_closed_form(rate):
    run = train(Experiment(learning_rate=rate, start=(-3.0,), epochs=40))
    factor = 1 - 2 * rate * LECTURE_CURVATURE
    expected = 2 + factor ** np.arange(41) * (-3.0 - 2)
    np.testing.assert_allclose(run.parameters[:, 0], expected, rtol=1e-12, atol=1e-12)


def test_epochs_until_a_thousandth_agree_with_the_worked_table():
    # (rate, batch size): updates until |w - 2| < 1e-3 from w = 1
    table = {
        (0.01, None): 71, (0.01, 2): 56, (0.01, 1): 69,
        (0.1, None): 3, (0.1, 2): 16, (0.1, 1): 12,
        (0.21, None): 170, (0.21, 2): 8,
    }  # fmt: skip
    for (rate, size), updates in table.items():
        run = train(Experiment(learning_rate=rate, batch_size=size, epochs=400))
        close_at_epoch_end = np.abs(run.parameters[run.epoch_ends, 0] - 2) < 1e-3
        assert run.epoch_ends[np.argmax(close_at_epoch_end)] == updates, (rate, size)
    assert train(Experiment(learning_rate=0.21, batch_size=1, epochs=3000)).diverged_at is not None


def test_stochastic_descent_that_cannot_settle_ends_in_the_known_cycle():
    points = Dataset((1, 2, 3), (2, 5, 5.5))
    run = train(Experiment(points, learning_rate=0.05, batch_size=1, epochs=300))
    np.testing.assert_allclose(np.sort(run.parameters[-3:, 0]), [1.8626, 1.8763, 2.1258], atol=1e-4)


@given(experiments(optimizers=("gd",)))
def test_gradients_are_the_slopes_of_the_batch_loss(experiment):
    run = train(experiment)
    assume(len(run) > 0)
    batches = [rows for epoch in range(run.epochs[-1] + 1) for rows in run.samples_of_epoch(epoch)]
    for update in {0, len(run) - 1}:
        x, y = experiment.dataset.x[batches[update]], experiment.dataset.y[batches[update]]
        at = run.parameters[update]
        for axis in range(len(at)):
            step = 1e-4 * max(
                1.0, abs(at[axis])
            )  # the loss is quadratic: central differences have rounding errors only
            aside = np.zeros(len(at))
            aside[axis] = step
            losses = [np.mean((model.predict(x, at + sign * aside) - y) ** 2) for sign in (1, -1)]
            slope = (losses[0] - losses[1]) / (2 * step)
            assert run.gradients[update, axis] == pytest.approx(slope, rel=1e-5, abs=1e-7 * (1 + max(losses) / step))


@given(experiments())
def test_a_run_is_whole_finite_and_within_its_bound(experiment):
    run = train(experiment)
    updates = len(run)
    assert updates == (experiment.updates if run.diverged_at is None else run.diverged_at)
    assert run.parameters.shape == (updates + 1, 1 + experiment.bias)
    assert run.gradients.shape == (updates, 1 + experiment.bias)
    assert tuple(run.parameters[0]) == experiment.start
    for history in (run.parameters, run.gradients, run.costs, run.losses_before, run.losses_after):
        # The cost is the mean over all samples, so the loss of a few of them may be as many times as large as there are.
        share = len(experiment.dataset) if history is run.losses_before or history is run.losses_after else 1
        assert np.all(np.abs(history) <= share * bounds.DIVERGED)
        assert not history.flags.writeable
    assert np.all(run.costs >= 0)
    assert len(run.costs) == updates + 1
    assert len(run.losses_before) == len(run.losses_after) == len(run.epochs) == updates
    np.testing.assert_array_equal(run.epoch_costs, run.costs[run.epoch_ends])


@given(experiments())
def test_costs_and_losses_are_means_of_squared_errors(experiment):
    run = train(experiment)
    assume(len(run) > 0)
    x, y = experiment.dataset.x, experiment.dataset.y
    for row in {0, len(run)}:
        expected = np.mean((model.predict(x, run.parameters[row]) - y) ** 2)
        assert run.costs[row] == pytest.approx(expected, rel=1e-12)
    last = len(run) - 1
    rows = run.samples_of_epoch(run.epochs[last])[last % experiment.updates_per_epoch]
    for losses, row in ((run.losses_before, last), (run.losses_after, last + 1)):
        expected = np.mean((model.predict(x[rows], run.parameters[row]) - y[rows]) ** 2)
        assert losses[last] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rows", [1, model.FEW_ROWS, model.FEW_ROWS + 1])
@given(datasets(max_rows=60), st.booleans(), st.integers(0, 9))
def test_costs_and_gradients_equal_a_loop_over_the_samples_to_the_last_bit(rows, dataset, bias, seed):
    parameters = np.random.default_rng(seed).normal(0.0, 9.0, (rows, 1 + bias))
    costs, gradients = model.costs(dataset, parameters), model.gradients(dataset, parameters)
    for row in (0, rows - 1):
        w, b = (*parameters[row].tolist(), 0.0)[:2]
        loss_sum = slope_of_w = slope_of_b = 0.0
        for x, y in zip(dataset.x.tolist(), dataset.y.tolist()):
            error = x * w + b - y
            loss_sum += error * error
            slope_of_w += 2 * x * error
            slope_of_b += 2 * error
        assert costs[row] == loss_sum / len(dataset)
        assert gradients[row].tolist() == [slope / len(dataset) for slope in (slope_of_w, slope_of_b)[: 1 + bias]]


@pytest.mark.parametrize("seed", [None, 4])
@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("bias", [False, True])
def test_a_run_that_ends_within_an_epoch_has_the_loss_of_every_update(bias, size, seed):
    points = Dataset((1, 2, 3, 5, 4), (2.5, 3, 7, 8, 9.5))
    run = train(Experiment(points, bias, learning_rate=0.9, epochs=400, batch_size=size, shuffle_seed=seed))
    assert run.diverged_at is not None
    for update in range(len(run)):
        epoch, place = divmod(update, run.experiment.updates_per_epoch)
        rows = run.samples_of_epoch(epoch)[place]
        for losses, at in ((run.losses_before, run.parameters[update]), (run.losses_after, run.parameters[update + 1])):
            errors = at[0] * points.x[rows] + (at[1] if bias else 0.0) - points.y[rows]
            assert losses[update] == pytest.approx(np.mean(errors**2), rel=1e-12)


@given(experiments(), st.randoms())
def test_each_epoch_uses_every_sample_once(experiment, random):
    run = train(experiment)
    for epoch in range(experiment.epochs):
        batches = run.samples_of_epoch(epoch)
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(experiment.dataset)))
        assert len(batches) == experiment.updates_per_epoch
        assert {len(rows) for rows in batches[:-1]} <= {experiment.batch_size}


def test_a_seeded_shuffle_draws_one_permutation_per_epoch_from_one_generator():
    run = train(Experiment(batch_size=2, shuffle_seed=7, epochs=5))
    generator = np.random.default_rng(7)
    for epoch in range(5):
        order = generator.permutation(3).tolist()
        assert np.concatenate(run.samples_of_epoch(epoch)).tolist() == order


@given(datasets(), st.randoms(use_true_random=False))
def test_batch_descent_does_not_depend_on_the_order_of_the_samples(dataset, random):
    order = list(range(len(dataset)))
    random.shuffle(order)
    permuted = Dataset(dataset.x[order], dataset.y[order])
    first, second = (train(Experiment(points, learning_rate=1e-4, epochs=5)) for points in (dataset, permuted))
    np.testing.assert_allclose(first.parameters, second.parameters, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [None, 60])
def test_many_samples_give_the_same_bits_as_a_plain_loop(bias, size):
    draw = np.random.default_rng(1)
    dataset = Dataset(draw.normal(size=200), draw.normal(size=200))
    run = train(Experiment(dataset, bias=bias, start=(0.5, 0.25)[: 1 + bias], batch_size=size, epochs=3))
    for update in range(len(run)):
        rows = run.samples_of_epoch(run.epochs[update])[update % run.experiment.updates_per_epoch]
        totals = [0.0, 0.0]
        for row in rows:
            x, y = float(dataset.x[row]), float(dataset.y[row])
            prediction = x * run.parameters[update, 0]
            if bias:
                prediction = prediction + run.parameters[update, 1]
            totals[0] += 2 * x * (prediction - y)
            totals[1] += 2 * (prediction - y)
        assert [total / len(rows) for total in totals[: 1 + bias]] == run.gradients[update].tolist()


@pytest.mark.parametrize("key", OPTIMIZERS)
@pytest.mark.parametrize("size", [None, 1, 2])
def test_the_wildest_legal_experiment_ends_without_an_exception(key, size):
    points = Dataset((1e6, -1e6, 1e-6), (1e6, 1e6, -1e6))
    run = train(
        Experiment(points, True, (1e6, -1e6), OPTIMIZERS[key](), learning_rate=1e3, epochs=2000, batch_size=size)
    )
    assert np.isfinite(run.costs).all()
    if key in {"gd", "momentum", "nesterov"}:
        assert run.diverged_at is not None


def test_a_run_that_diverges_keeps_everything_before_the_bound():
    run = train(Experiment(learning_rate=0.3, epochs=1000))
    factor = 1 - 2 * 0.3 * LECTURE_CURVATURE
    # cost(k) = m factor^(2k): the first update beyond the bound, counted from 0
    first_beyond = next(k for k in range(1000) if LECTURE_CURVATURE * factor ** (2 * (k + 1)) > bounds.DIVERGED)
    assert run.diverged_at == first_beyond
    assert len(run.parameters) == first_beyond + 1


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bias_that_runs_away_alone_ends_the_run(sign):
    # Every x is 0: w stays, and b - 5 is multiplied by 1 - 2 * 3 = -5 in each update.
    run = train(Experiment(Dataset((0, 0), (5 * sign, 5 * sign)), True, (1.0, 0.0), learning_rate=3.0, epochs=300))
    assert run.diverged_at == next(k for k in range(300) if 25 * 25.0 ** (k + 1) > bounds.DIVERGED)
    assert set(run.parameters[:, 0]) == {1.0}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"learning_rate": 0}, "learning_rate must be a number greater than 0 and at most 1000, got 0"),
        ({"learning_rate": -0.1}, "got -0.1"),
        ({"learning_rate": float("nan")}, "got nan"),
        ({"learning_rate": "0.1"}, "got '0.1'"),
        ({"learning_rate": 1000.1}, "got 1000.1"),
        ({"epochs": 0}, "epochs must be a whole number from 1 to 10000, got 0"),
        ({"epochs": 2.5}, "got 2.5"),
        ({"epochs": True}, "got True"),
        ({"batch_size": 4}, "batch_size must be a whole number from 1 to 3, got 4"),
        ({"batch_size": 0}, "got 0"),
        ({"shuffle_seed": -1}, "shuffle_seed must be a whole number from 0"),
        ({"start": ()}, r"start must hold 1 numbers \(w\) when bias is False"),
        ({"start": 1.0}, "start must hold"),
        ({"start": (1.0, 2.0)}, "start must hold 1 numbers"),
        ({"start": (1.0, 2.0, 3.0), "bias": True}, r"start must hold 2 numbers \(w, b\)"),
        ({"start": (float("inf"),)}, "start w must be a number from -1000000 to 1000000"),
        ({"bias": "yes"}, "bias must be True or False"),
        ({"optimizer": "adam"}, "optimizer must be one of the classes in OPTIMIZERS"),
        ({"dataset": [(1, 2)]}, "dataset must be a Dataset"),
    ],
)
def test_an_invalid_experiment_cannot_be_built(settings, words):
    with pytest.raises(ValueError, match=words):
        Experiment(**settings)


def test_too_many_updates_are_refused_with_the_setting_to_change():
    points = Dataset(np.arange(1000.0), np.arange(1000.0))
    assert Experiment(points, batch_size=1, epochs=200).updates == bounds.MAX_UPDATES
    with pytest.raises(ValueError, match="set epochs to 200 or less, or use a larger batch_size"):
        Experiment(points, batch_size=1, epochs=201)


def test_a_missing_bias_starts_at_zero():
    assert Experiment(bias=True, start=(3,)).start == (3.0, 0.0)


@given(experiments())
def test_the_repr_of_an_experiment_rebuilds_it(experiment):
    names = {cls.__name__: cls for cls in OPTIMIZERS.values()} | {"Experiment": Experiment, "Dataset": Dataset}
    assert eval(repr(experiment), names) == experiment


@pytest.mark.parametrize("bias", [False, True])
def test_before_its_first_update_a_run_is_its_start(bias):
    run = Run.of_start(Experiment(bias=bias, start=(1.5, 0.25)[: 1 + bias]))
    assert len(run) == len(run.gradients) == len(run.losses_before) == 0
    assert run.parameters.tolist() == [[1.5, 0.25][: 1 + bias]]
    assert run.costs.tolist() == run.epoch_costs.tolist()
    errors = np.array([1, 2, 3]) * 1.5 + (0.25 if bias else 0.0) - np.array([2, 4, 6])
    assert run.costs[0] == pytest.approx(np.mean(errors**2), rel=1e-15)


def test_the_repr_of_a_run_says_how_it_ended():
    assert repr(train(Experiment(epochs=1))) == "Run(gd, 1 updates, ends at (1.09333))"
    assert repr(train(Experiment())) == "Run(gd, 100 updates, ends at (1.99994))"
    assert "diverged_at=" in repr(train(Experiment(learning_rate=1.0, epochs=1000)))


def test_one_seed_gives_one_random_start():
    assert random_start(3, bias=True) == random_start(3, bias=True)
    assert random_start(3, bias=False) == random_start(3, bias=True)[:1]
    draws = np.array([random_start(seed, bias=True) for seed in range(300)])
    assert np.all(np.abs(draws) <= 5)
    # 300 uniform draws leave a tenth of the range empty with a chance of 0.9^300 = 2e-14.
    assert np.all(draws.min(axis=0) < -4)
    assert np.all(draws.max(axis=0) > 4)
    assert np.all(draws * 100 == pytest.approx(np.rint(draws * 100), abs=1e-9))


def test_the_longest_run_stays_under_200_megabytes():
    draw = np.random.default_rng(0)
    experiment = Experiment(Dataset(draw.random(1000), draw.random(1000)), batch_size=1, epochs=200, bias=True)
    tracemalloc.start()
    try:
        run = train(experiment)
        assert len(run.costs) == len(run.losses_after) + 1 == bounds.MAX_UPDATES + 1
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2000000.0, "2000000"),
        (-0.5, "-0.5"),
        (np.float64(5), "5"),
        (10001, "10001"),
        (1e300, "1e+300"),
        (10**50, "1e+50"),
        (10**400, "a whole number of more than 300 digits"),
        (float("nan"), "nan"),
        ("a" * 99, "'" + "a" * 58 + "…"),
    ],
)
def test_a_refusal_writes_the_value_as_people_write_it(value, text):
    with pytest.raises(ValueError, match=re.escape(f"whole number from 1 to 10000, got {text}") + "$"):
        bounds.whole("epochs", value, 1, 10_000)


@given(experiments(), st.data())
def test_the_losses_of_one_update_are_those_of_the_whole_history(experiment, data):
    run = train(experiment)
    if len(run):
        update = data.draw(st.integers(0, len(run) - 1))
        assert run.losses_of(update) == (run.losses_before[update], run.losses_after[update])
