from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment
from gd_core.data import PRESETS
from gd_core.links import TOO_LONG, data_fits, from_query, to_query
from tests.strategies import experiments


@st.composite
def tuned_experiments(draw):
    """Experiments whose hyperparameters are off their defaults too."""
    experiment = draw(experiments(max_epochs=1000))
    rule = type(experiment.optimizer)
    knobs = {
        knob.name: draw(st.floats(knob.metadata["low"], knob.metadata["high"]))
        for knob in fields(rule)
        if draw(st.booleans())
    }
    return replace(experiment, optimizer=rule(**knobs))


@given(tuned_experiments())
def test_a_link_brings_the_very_experiment_back(experiment):
    link = from_query(to_query(experiment))
    assert link.complaints == ()
    assert link.experiment == experiment


def test_the_lecture_needs_no_parameters():
    assert to_query(Experiment()) == {}
    assert from_query({}).experiment == Experiment()


def test_a_link_is_short_and_readable():
    experiment = Experiment(
        Dataset((1, 2, 3), (2, 4, 5.5)), learning_rate=0.1, batch_size=1, optimizer=OPTIMIZERS["adam"]()
    )
    assert to_query(experiment) == {"data": "1,2;2,4;3,5.5", "optimizer": "adam", "rate": "0.1", "batch": "1"}
    assert to_query(Experiment(PRESETS["noisy"].dataset)) == {"data": "noisy"}


def test_sixty_typical_points_fit_and_ten_thousand_are_left_behind_in_words():
    draw = np.random.default_rng(0)
    typical = Dataset(draw.uniform(0, 100, 60).round(2), draw.uniform(0, 100, 60).round(2))
    query = to_query(Experiment(typical))
    assert sum(map(len, query.values())) < 1500
    many = Dataset(draw.random(10_000), draw.random(10_000))
    assert not data_fits(many)
    link = from_query(to_query(Experiment(many, learning_rate=0.5)))
    assert link.experiment == Experiment(learning_rate=0.5)
    assert "too many to travel in the link" in link.complaints[0]
    assert to_query(Experiment(many))["data"] == TOO_LONG


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"rate": "abc"}, "rate=abc was not used: it is “abc”, not a number. The usual value counts instead."),
        ({"rate": ""}, "rate= was not used: it is empty."),
        ({"rate": "-1"}, "greater than 0"),
        ({"rate": "nan"}, "not a number"),
        ({"rate": "1e999"}, "at most 1000, got inf"),
        ({"epochs": "1.5"}, "1.5 is not a whole number"),
        ({"epochs": "0"}, "epochs must be a whole number from 1"),
        ({"batch": "9"}, "batch_size must be a whole number from 1 to 3, got 9"),
        ({"data": "1,2;3"}, "point 2 has 1 number,"),
        ({"data": ";;"}, "it holds no points"),
        ({"data": "1,2;x,3"}, "not a number"),
        ({"data": "1,2;1e7,3"}, "row 2: x is 10000000, outside"),
        ({"bias": "yes"}, "it must be 0 or 1"),
        ({"start": "1,2"}, "start must hold 1 numbers"),
        ({"optimizer": "sgd"}, "the optimizers are gd, momentum"),
        ({"optimizer": "adam", "beta1": "2"}, "beta1 must be a number from 0 to 0.99999"),
        ({"shuffle": "-3"}, "shuffle_seed must be a whole number from 0"),
        ({"rate": "<script>alert(1)</script>" * 9}, "was not used"),
    ],
)
def test_a_refused_value_is_named_and_everything_else_counts(query, words):
    link = from_query({"epochs": "7", **query} if "epochs" not in query else {"rate": "0.5", **query})
    assert len(link.complaints) == 1
    assert words in link.complaints[0]
    kept = link.experiment.epochs == 7 if "epochs" not in query else link.experiment.learning_rate == 0.5
    assert kept
    assert len(link.complaints[0]) < 250


names = st.sampled_from(
    ["data", "bias", "start", "optimizer", "rate", "epochs", "batch", "shuffle", "beta1", "momentum", "x"]
)


@given(st.dictionaries(names, st.one_of(st.text(max_size=40), st.from_regex(r"[-0-9.,;e]{0,30}", fullmatch=True))))
def test_any_link_is_answered_with_an_experiment(query):
    link = from_query(query)
    assert from_query(to_query(link.experiment)).experiment == link.experiment
