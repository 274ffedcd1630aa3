"""Text twins: every number in them is one of the run, and the tables are the run's own history."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import Dataset, Experiment, charts, lesson, sweep, train
from gd_core.landscapes import SITUATIONS, basins, descend
from gd_core.losses import MEASURES
from gd_core.racing import RACES
from gd_core.training import Run
from tests.page import charts_of, opened, press
from tests.strategies import experiments


def numbers_in(text):
    return {float(match) for match in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)}


def rounded(values):
    return {float(f"{value:.6g}") for value in np.ravel(values)}


@given(experiments(), st.sampled_from(list(MEASURES)), st.sampled_from(["epoch", "update"]))
def test_a_runs_words_hold_its_ends_and_nothing_that_is_no_number(experiment, measure, per):
    run = train(experiment)
    text = lesson.describe_run(run, measure, per, "linear")
    least = np.mean((experiment.dataset.x * run.parameters[:, :1] - experiment.dataset.y) ** 2, axis=1)
    said = numbers_in(text)
    assert rounded(run.parameters[[0, -1]]) <= said
    if not experiment.bias:
        assert any(abs(value - least[-1]) <= 1e-5 * abs(least[-1]) + 1e-12 for value in said)
    assert not re.search(r"\bnan\b|\binf\b|\*\*|None", text)
    assert len(text) < 1200


def test_the_words_change_with_the_run():
    texts = {
        lesson.describe_run(train(Experiment(learning_rate=rate)), "after", "epoch", scale)
        for rate in (0.01, 0.1, 0.3)
        for scale in ("linear", "log")
    }
    assert len(texts) == 6


def test_words_before_a_run_do_not_tell_its_outcome():
    assert lesson.describe_start(Experiment(learning_rate=0.01)) == lesson.describe_start(Experiment(learning_rate=0.5))


@given(experiments())
def test_a_runs_table_is_its_history(experiment):
    run = train(experiment)
    table = lesson.tabulate_run(run)
    assert table["w"].tolist() == run.parameters[:, 0].tolist()
    assert table["cost"].tolist() == run.costs.tolist()
    assert table["gradient of w"][1:].tolist() == run.gradients[:, 0].tolist()
    assert table["updates done"].tolist() == list(range(len(run) + 1))
    assert ("b" in table) == experiment.bias
    assert len({len(column) for column in table.values()}) == 1


def test_a_long_runs_table_is_thinned_with_its_ends_kept():
    run = train(Experiment(epochs=5000))
    table = lesson.tabulate_run(run)
    assert len(table["w"]) == 1000
    assert (table["w"][0], table["w"][-1]) == (run.parameters[0, 0], run.parameters[-1, 0])
    assert len(lesson.tabulate_run(Run.of_start(Experiment()))["w"]) == 1


@pytest.mark.parametrize(
    "experiment", [Experiment(), Experiment(bias=True), Experiment(batch_size=1, learning_rate=0.3)]
)
def test_the_map_of_rates_in_words_and_numbers(experiment):
    swept = charts.rates_swept(experiment)
    text, table = lesson.describe_rates(experiment, swept), lesson.tabulate_rates(swept)
    inside = swept.diverged_at < 0
    assert rounded([swept.learning_rates[0], swept.learning_rates[-1], swept.costs[inside].min()]) <= numbers_in(text)
    assert f"{np.sum(~inside)} of them" in text
    assert table["last cost"].tolist() == swept.costs.tolist()


@pytest.mark.parametrize("key", RACES)
def test_a_race_in_words_and_numbers(key):
    race = RACES[key].made_for(Experiment())
    runs = [train(entry.of(race.experiment)) for entry in race.entries]
    text = lesson.describe_race(runs, range(1, 7), "epochs", 1e-3)
    assert rounded([run.costs[-1] for run in runs]) <= numbers_in(text)
    table = lesson.tabulate_race(runs, range(1, 7))
    assert set(table["run"]) == set(range(1, len(runs) + 1))
    for number, run in enumerate(runs, start=1):
        assert table["cost"][table["run"] == number][-1] == run.epoch_costs[-1]


@pytest.mark.parametrize("key", SITUATIONS)
def test_a_landscape_in_words_and_numbers(key):
    trail = descend(SITUATIONS[key].descent)
    text = lesson.describe_descent(trail, basins(SITUATIONS[key].descent))
    assert "*" not in text
    assert rounded(trail.values[-1]) <= numbers_in(text)
    assert lesson.tabulate_descent(trail)["height"].tolist() == trail.values.tolist()


@pytest.mark.parametrize("section", ["The-fit", "Learning-rates", "Race", "Local-minima"])
def test_every_chart_on_the_page_has_its_words(section):
    page = opened({"section": section, "bias": "1", "surface": "1"})
    for chart in charts_of(page):
        assert len(chart.words) > 80


def test_the_words_and_numbers_are_one_click_away():
    page = opened()
    press(page, "In words and numbers")
    assert any("Three panels. 3 points" in each.value.replace("\\", "") for each in page.markdown)
    table = page.dataframe[-1].value
    assert table["w"].iloc[1] == 1.0933333333333333
    assert len(table) == 101


def test_where_every_rate_ran_away_none_is_called_the_lowest():
    experiment = Experiment(epochs=1000)
    words = lesson.describe_rates(experiment, sweep(experiment, [900.0, 1000.0]))
    assert "2 of them left the bound." in words
    assert "lowest" not in words


def test_a_loss_that_was_never_measured_is_not_described():
    run = train(Experiment(Dataset(12 * (1e6,), 6 * (1e6, -1e6)), learning_rate=1000.0, batch_size=1))
    assert "Loss history" not in lesson.describe_run(run, "used before", "epoch", "linear")
    assert "Loss history" in lesson.describe_run(run, "used before", "update", "linear")
