"""What the page says about learning rates, against running them."""

import math

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import example, given

from gd_core import OPTIMIZERS, Dataset, Experiment, charts, lesson, sweep, theory, train
from gd_core.data import standardized
from gd_core.lesson.rates import just_below
from tests.strategies import datasets, experiments


def test_the_lectures_rate_in_words():
    text = lesson.rate_text(Experiment())
    assert "r = 1 - 2·α·m = 0.906667" in text
    assert "m = mean(x²) = 4.66667" in text
    assert "it slides in; it halves every 7.07434 updates and is down to a thousandth after 71 updates" in text
    assert "1/(2m) = 0.107143" in text
    gaps = 2 - train(Experiment()).parameters[:, 0]
    assert gaps[8] < 0.5 * gaps[0] < gaps[7]


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (3 / 28, "lands in one update; it is gone after one update"),
        (3 / 14, "bounces for ever; it never shrinks"),
        (0.3, "runs away; it grows 1.8-fold every update"),
    ],
)
def test_special_rates_in_words(rate, words):
    assert words in lesson.rate_text(Experiment(learning_rate=rate))


@given(experiments())
def test_there_is_always_a_text_a_chart_and_no_infinity_in_them(experiment):
    for text in (lesson.rate_text(experiment), lesson.summed_text(experiment)):
        assert "nan" not in text
        assert " inf" not in text
    figure = charts.rates_chart(experiment, charts.rates_swept(experiment))
    go.Figure(figure)
    for trace in figure["data"]:
        assert not np.isinf(np.asarray(trace["y"], dtype=float)).any()


@given(datasets())
def test_just_below_is_the_largest_number_of_three_digits_below(dataset):
    limit = theory.largest_rate(dataset, 1)
    if math.isfinite(limit):
        rate = just_below(limit)
        assert rate < limit
        assert float(f"{rate:.3g}") == rate
        assert float(f"{rate + 10.0 ** (math.floor(math.log10(limit)) - 2):.12g}") >= limit * (1 - 1e-12)


@given(experiments(optimizers=("gd", "momentum", "nesterov")))
@example(Experiment(Dataset((50,), (0,))))  # its limit, 0.0004, has three digits itself
def test_landmarks_converge(experiment):
    for mark in lesson.landmarks(experiment):
        if experiment.batch_size is None:
            factor = theory.decay(experiment.optimizer, mark.rate, experiment.dataset, len(experiment.start))
            assert factor < 1


def test_the_chart_of_rates_is_the_sweep_with_crosses_for_what_ran_away():
    figure = charts.rates_chart(Experiment(), charts.rates_swept(Experiment()))
    curve = next(trace for trace in figure["data"] if trace["name"] == "cost")
    gone = next(trace for trace in figure["data"] if trace["name"] == "ran away")
    assert len(curve["x"]) >= 200
    result = sweep(Experiment(), curve["x"])
    kept = ~np.isnan(curve["y"]) & (result.costs > 1e-29)
    np.testing.assert_array_equal(curve["y"][kept], result.costs[kept])
    assert sorted([*curve["x"][~np.isnan(curve["y"])], *gone["x"]]) == sorted(curve["x"])
    assert min(gone["x"]) > 3 / 14
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    assert texts == ["half the limit 0.107143", "limit 0.214286"]


def test_standardizing_turns_the_valley_into_a_bowl_and_gives_the_same_line():
    points = Dataset((50, 80, 100, 120, 150), (150, 230, 310, 350, 460))
    changed = standardized(points)
    assert theory.curvature(points, 2).condition > 1e4
    assert theory.curvature(changed.dataset, 2).condition == pytest.approx(1.0)
    line = changed.original(theory.minimum(changed.dataset, (0.0, 0.0)).parameters)
    np.testing.assert_allclose(line, theory.minimum(points, (0.0, 0.0)).parameters, rtol=1e-9)


def test_equal_x_cannot_be_standardized():
    with pytest.raises(ValueError, match="all x are equal"):
        standardized(Dataset((2, 2), (1, 3)))


def test_the_valley_in_words():
    text = lesson.valley_text(Experiment(bias=True))
    assert "λ_max = 11.0929" in text
    assert "**46.145**" in text
    assert "valley of minima" in lesson.valley_text(Experiment(Dataset((2, 2), (1, 3)), bias=True))


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_rule_has_a_limit_or_says_that_there_is_none(key):
    experiment = Experiment(optimizer=OPTIMIZERS[key]())
    assert (lesson.limit_of(experiment) is None) == ("no closed form" in lesson.rate_text(experiment))


def test_beyond_the_limit_in_data_order_no_run_away_is_promised_because_some_rates_work_again():
    experiment = Experiment(batch_size=1, learning_rate=0.5)  # the factor of the sample x = 1 is 1 - 2 * 0.5 = 0
    assert train(experiment).parameters[-1, 0] == 2.0
    assert lesson.limit_of(experiment) < 0.5
    assert [band.label for band in lesson.bands(experiment)] == ["converges", "may run away"]


@pytest.mark.parametrize("settings", [{}, {"optimizer": OPTIMIZERS["momentum"]()}, {"batch_size": 1}])
def test_where_every_x_is_zero_no_rate_does_anything(settings):
    text = lesson.rate_text(Experiment(Dataset((0, 0), (1, 2)), **settings))
    assert text == "Every x is 0: the cost does not depend on w, and at any rate nothing moves."


def test_an_epoch_too_long_to_search_says_so():
    rows = Dataset(range(1, 3001), range(3000))
    text = lesson.rate_text(Experiment(rows, batch_size=1, epochs=1, learning_rate=1e-9))
    assert text == "An epoch of 3000 updates is too long to search for its limit here."
