import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import Experiment, losses, train
from gd_core.lesson import log_text, printed_loss
from tests.strategies import experiments


@given(experiments(max_epochs=20), st.sampled_from(list(losses.MEASURES)), st.sampled_from(["epoch", "update"]))
def test_every_series_has_a_time_for_each_value_and_ends_within_the_run(experiment, measure, per):
    run = train(experiment)
    series = losses.loss_series(run, measure, per)
    assert len(series.times) == len(series.values)
    assert np.all(np.diff(series.times) > 0)
    unit = experiment.updates_per_epoch if per == "epoch" else 1
    assert np.all((series.times >= 0) & (series.times <= len(run) / unit))
    assert per in series.title or measure.startswith("used")


@given(experiments(max_epochs=20), st.sampled_from(list(losses.MEASURES)), st.sampled_from(["epoch", "update"]))
def test_every_value_is_the_loss_at_its_time(experiment, measure, per):
    run = train(experiment)
    series = losses.loss_series(run, measure, per)
    unit = experiment.updates_per_epoch if per == "epoch" else 1
    done = np.rint(series.times * unit).astype(int)
    np.testing.assert_allclose(done, series.times * unit, rtol=1e-12)
    expected = {
        "after": run.costs,
        "before": run.costs,
        "used before": run.losses_before,
        "used after": [np.nan, *run.losses_after],
    }[measure]
    assert series.values.tolist() == [expected[row] for row in done]
    # Which moments: all that were reached, on the side of the update that the measure names.
    ends = list(range(unit, len(run) + 1, unit))
    moments = {
        "after": [0, *ends],
        "before": [end - unit for end in ends] or [0],
        "used before": [end - 1 for end in ends],
        "used after": ends,
    }[measure]
    assert done.tolist() == moments


@given(experiments(max_epochs=20))
def test_the_cost_after_one_epoch_is_the_cost_before_the_next(experiment):
    run = train(experiment)
    after, before = (losses.loss_series(run, measure, "epoch") for measure in ("after", "before"))
    shared = len(after.values) - 1
    np.testing.assert_array_equal(before.values[:shared], after.values[:shared])


@given(experiments(max_epochs=8, optimizers=("gd",)))
def test_the_printed_loss_is_the_number_in_the_log(experiment):
    run = train(experiment)
    word = "Epoch:" if experiment.batch_size is None else "progress:"
    in_log = [float(line.split("loss= ")[1]) for line in log_text(run).splitlines() if line.startswith(word)]
    assert losses.printed_series(run).values.tolist() == in_log


def test_the_four_losses_of_the_lectures_first_stochastic_epoch():
    run = train(Experiment(batch_size=1))
    first = {measure: losses.loss_series(run, measure, "epoch").values[0] for measure in losses.MEASURES}
    assert first["before"] == run.costs[0]
    assert losses.loss_series(run, "after", "epoch").values[1] == pytest.approx(2.5507170889386663)
    assert first["used after"] == 4.919240100095999
    assert first["used before"] == run.losses_before[2] > first["used after"]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 0.99))
def test_smoothing_is_a_weighted_mean_of_the_past(values, beta):
    values = np.array(values)
    for index, smooth in enumerate(losses.smoothed(values, beta)):
        weights = beta ** np.arange(index, -1, -1.0)
        assert smooth == pytest.approx(np.average(values[: index + 1], weights=weights), rel=1e-9, abs=1e-9)


def test_the_lectures_two_programs_are_told_apart():
    batch, sgd = printed_loss(train(Experiment())), printed_loss(train(Experiment(batch_size=1)))
    assert "in epoch 0 it says 4.66667, while the cost at that new weight is 3.83621" in batch
    assert "4.91924" in sgd
    assert "2.55072" in sgd
    assert "would print 4.66667 there, so this one looks worse" in sgd
    assert "closer to the minimum: 0.739312 away, batch 0.906667" in sgd


def test_a_log_without_a_complete_epoch_prints_no_loss():
    run = train(Experiment(start=(1e6,), batch_size=1, learning_rate=1e3, epochs=50))
    assert run.diverged_at is not None
    assert printed_loss(train(Experiment(start=(1e6,), learning_rate=1e3)))
