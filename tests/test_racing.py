"""Races: fair, counted right, and every ready race shows what it is for."""

import math
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, charts, lesson, train
from gd_core.links import race_text, read_race
from gd_core.racing import MOST_ENTRIES, RACES, Entry, Finish, entry_of, finish, sample_gradients
from tests.strategies import experiments

LECTURE = [
    (0.01, None, Finish(71, 71, 213)),
    (0.01, 2, Finish(28, 56, 84)),
    (0.01, 1, Finish(23, 69, 69)),
    (0.1, None, Finish(3, 3, 9)),
    (0.1, 2, Finish(8, 16, 24)),
    (0.1, 1, Finish(4, 12, 12)),
    (0.21, None, Finish(170, 170, 510)),
    (0.21, 2, Finish(4, 8, 12)),
    (0.21, 1, None),
]


@pytest.mark.parametrize(("rate", "size", "expected"), LECTURE)
def test_the_lectures_points_arrive_when_they_should(rate, size, expected):
    run = train(Experiment(learning_rate=rate, batch_size=size, epochs=200))
    assert finish(run, 1e-3) == expected


@given(experiments())
def test_a_finish_is_the_first_epoch_end_within_the_tolerance(experiment):
    run = train(experiment)
    x, y = experiment.dataset.x, experiment.dataset.y
    if experiment.bias or not x.any():
        return
    least = np.linalg.lstsq(x[:, None], y, rcond=None)[0][0]
    tolerance = 0.3 * abs(experiment.start[0] - least) + 1e-9
    expected = None
    for epoch, row in enumerate(range(0, len(run) + 1, experiment.updates_per_epoch)):
        if abs(run.parameters[row, 0] - least) < tolerance:
            expected = epoch
            break
    found = finish(run, tolerance)
    assert (None if found is None else found.epochs) == expected


@given(experiments())
def test_sample_gradients_are_counted_update_by_update(experiment):
    run = train(experiment)
    size = experiment.batch_size or len(experiment.dataset)
    done, counts = 0, [0]
    for _ in range(experiment.epochs):
        left = len(experiment.dataset)
        while left:
            done += min(size, left)
            left -= min(size, left)
            counts.append(done)
    assert sample_gradients(run).tolist() == counts[: len(run) + 1]


@st.composite
def entries(draw):
    rule = OPTIMIZERS[draw(st.sampled_from(list(OPTIMIZERS)))]
    knobs = {"momentum": draw(st.floats(0, 0.999))} if rule.key in ("momentum", "nesterov") else {}
    return Entry(
        rule(**knobs),
        draw(st.floats(1e-9, 1000, exclude_min=True)),
        draw(st.none() | st.integers(1, 10_000)),
    )


@given(st.lists(entries(), max_size=MOST_ENTRIES).map(tuple))
def test_a_race_survives_its_link(race):
    assert read_race(race_text(race)) == race


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gd", "run 1: it needs an optimizer"),
        ("gd,0.1;sgd,0.1", "run 2: the optimizers are gd"),
        ("gd,0", "run 1: learning_rate must be"),
        ("gd,0.1,0", "run 1: samples per update must be"),
        ("gd,0.1,1.5", "run 1: 1.5 is not a whole number"),
        ("adam,0.1,beta3:1", "run 1: Adam has no beta3"),
        ("adam,0.1,beta1:7", "run 1: beta1 must be"),
        ("gd,0.1;" * 7, "at most 6 can race"),
        ("<script>,0.1", "run 1: the optimizers are"),
    ],
)
def test_a_race_that_cannot_be_is_refused_in_words(text, says):
    with pytest.raises(ValueError, match=says):
        read_race(text)


@given(experiments(), entries())
def test_an_entry_changes_nothing_but_what_it_says(experiment, entry):
    entry = replace(entry, batch_size=None)
    entered = entry.of(experiment)
    assert entry_of(entered) == entry
    assert replace(entered, optimizer=experiment.optimizer, learning_rate=experiment.learning_rate,
                   batch_size=experiment.batch_size) == experiment  # fmt: skip


@pytest.mark.parametrize("key", RACES)
@pytest.mark.parametrize("dataset", [Dataset.lecture(), Dataset([0], [0]), Dataset([1e-6], [5]), Dataset([1e6], [1])])
@pytest.mark.parametrize("ruler", lesson.RULERS)
def test_every_ready_race_starts_on_any_points(key, dataset, ruler):
    race = RACES[key].made_for(Experiment(dataset))
    assert 1 < len(race.entries) <= MOST_ENTRIES or len(dataset) == 1
    runs = [train(entry.of(race.experiment)) for entry in race.entries]
    figure = charts.race_chart(runs, range(1, 7), ruler, charts.View())
    go.Figure(figure)
    for trace in figure["data"]:
        axis = figure["layout"]["yaxis" + trace["yaxis"][1:]]
        values = np.array([value for value in np.asarray(trace["y"], float) if math.isfinite(value)])
        heights = np.log10(values) if axis.get("type") == "log" else values
        if trace["mode"] != "lines" or axis.get("type") == "log":
            assert np.all((heights >= axis["range"][0]) & (heights <= axis["range"][1]))
    assert lesson.race_table(runs, range(1, 7), 1e-3).count("\n") == len(runs) + 1
    assert "nan" not in lesson.race_text(runs, range(1, 7), 1e-3)


def test_the_ready_races_show_what_they_are_for():
    def finishes(key, **changes):
        race = RACES[key].made_for(Experiment(**changes))
        return [finish(train(entry.of(race.experiment)), 1e-3) for entry in race.entries]

    batch, mini, single = finishes("samples")
    assert single.epochs < mini.epochs < batch.epochs
    assert mini.updates < single.updates < batch.updates
    slides, lands, bounces, for_ever, away = finishes("regimes")
    assert lands.updates == 1
    assert None not in (slides, bounces)
    assert (for_ever, away) == (None, None)
    plain, momentum, nesterov = finishes("momentum")
    assert plain is None or momentum.epochs < plain.epochs / 5
    assert momentum.epochs < nesterov.epochs


def test_the_words_name_the_first_by_each_ruler():
    runs = [train(Experiment(learning_rate=0.01, batch_size=size)) for size in (None, 2, 1)]
    text = lesson.race_text(runs, (1, 2, 3), 1e-3)
    assert "**3** by epochs (23), **2** by updates (56), **3** by sample gradients (69)" in text
    tie = lesson.race_text([runs[0], runs[0]], (1, 4), 1e-3)
    assert "**1 and 4** by epochs (71)" in tie
    assert lesson.race_text(runs, (1, 2, 3), 1e-30).startswith("**Nobody arrived** in 100 epochs")
