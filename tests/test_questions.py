"""Questions: the stated answer equals what a run does, for any points; the same seed asks the same question."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gd_core import Dataset, train
from gd_core.data import PRESETS
from gd_core.links import read_question, write_question
from gd_core.questions import CIRCLES, LEFT, QUESTIONS, RESTS, RUNS_AWAY, ask, judge

points = st.lists(
    st.tuples(st.integers(-9, 9).map(float), st.integers(-20, 20).map(lambda value: value / 2)), min_size=1, max_size=8
).map(lambda pairs: Dataset(*zip(*pairs, strict=True)))
seeds = st.integers(0, 10_000)


def asked(kind, dataset, bias, seed):
    try:
        return ask(kind, dataset, bias, seed)
    except ValueError:
        assume(False)


def plain_descent(experiment, updates, batch=True):
    """Parameters after each update, by a second formulation: matrices, (w, b) as a vector, float by float NumPy."""
    x, y = experiment.dataset.x, experiment.dataset.y
    design = np.column_stack((x, np.ones(len(x))))[:, : len(experiment.start)]
    at, places = np.array(experiment.start), []
    for update in range(updates):
        rows = slice(None) if batch else [update % len(x)]
        error = design[rows] @ at - y[rows]
        at = at - experiment.learning_rate * 2.0 * design[rows].T @ error / len(error)
        places.append(at)
    return np.array(places)


@given(points, st.booleans(), seeds)
def test_the_regime_is_what_the_error_does(dataset, bias, seed):
    question = asked("regime", dataset, bias, seed)
    x = dataset.x
    design = np.column_stack((x, np.ones(len(x))))[:, : 1 + bias]
    hessian = 2.0 * design.T @ design / len(x)
    steepest = np.linalg.eigh(hessian)[1][:, -1]
    # One update of a point off the minimum of the same curvature, along the steepest direction.
    factor = float(steepest @ (steepest - question.experiment.learning_rate * hessian @ steepest))
    if abs(factor) < 1e-9:
        expected = "Lands in one update"
    elif abs(factor + 1.0) < 1e-9:
        expected = "Bounces for ever"
    else:
        expected = "Slides in" if factor > 0 else ("Bounces in" if factor > -1 else "Runs away")
    assert question.answer == expected


@given(points, st.booleans(), seeds)
def test_the_side_is_where_the_update_leads(dataset, bias, seed):
    question = asked("side", dataset, bias, seed)
    design = np.column_stack((dataset.x, np.ones(len(dataset))))[:, : 1 + bias]
    assume(np.linalg.matrix_rank(design) == 1 + bias)
    least = np.linalg.lstsq(design, dataset.y, rcond=None)[0][0]
    assert (plain_descent(question.experiment, 1)[0, 0] < least) == (question.answer == LEFT)


@given(points, st.booleans(), seeds)
def test_the_best_rate_has_the_lowest_cost(dataset, bias, seed):
    question = asked("rates", dataset, bias, seed)
    costs = {}
    for entry in question.rivals:
        w, b = (*plain_descent(entry.of(question.experiment), 10)[-1], 0.0)[:2]
        costs[f"{entry.learning_rate:.6g}"] = np.mean((dataset.x * w + b - dataset.y) ** 2)
    assert len(costs) == 3
    assert question.answer == min(costs, key=costs.get)


@given(points, st.booleans(), seeds)
def test_the_next_weight_is_the_next_weight(dataset, bias, seed):
    question = asked("next", dataset, bias, seed)
    after = float(plain_descent(question.experiment, 1)[0, 0])
    assert judge(question, repr(after))
    assert judge(question, f"{after * 1.009:.12g}".replace(".", ","))
    assert not judge(question, repr(after * 1.02))
    assert not judge(question, repr(-after))


@given(points, st.booleans(), seeds)
def test_stochastic_descent_ends_where_the_answer_says(dataset, bias, seed):
    question = asked("settle", dataset, bias, seed)
    updates = 400 * len(dataset)
    with np.errstate(over="ignore", invalid="ignore"):
        places = plain_descent(question.experiment, updates, batch=False)
    last = places[-len(dataset) :]
    if not np.all(np.abs(last) < 1e6):
        expected = RUNS_AWAY
    else:
        expected = RESTS if np.ptp(last[:, 0]) < 1e-6 * max(1.0, np.abs(last[:, 0]).max()) else CIRCLES
    assert question.answer == expected


@given(points, st.booleans(), seeds, st.sampled_from(list(QUESTIONS)))
def test_the_same_seed_asks_the_same_question(dataset, bias, seed, kind):
    question = asked(kind, dataset, bias, seed)
    assert repr(ask(kind, dataset, bias, seed)) == repr(question)
    assert question.options == () or question.options.count(question.answer) == 1
    assert "nan" not in question.explanation
    assert read_question(write_question((kind, seed))) == (kind, seed)
    assert train(question.experiment)


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_question_can_be_asked_of_every_ready_set(kind, preset):
    answers = {ask(kind, PRESETS[preset].dataset, False, seed).answer for seed in range(20)}
    assert len(answers) > 1


@pytest.mark.parametrize("dataset", [Dataset([0, 0], [1, 2]), Dataset([1e-6], [1])])
def test_points_without_a_question_are_named(dataset):
    with pytest.raises(ValueError, match="no question fits these points"):
        ask("regime", dataset, False, 1)


@pytest.mark.parametrize("text", ["", "regime", "regime-", "regime-x", "regime--1", "mood-1", "regime-1e99", "-1"])
def test_a_broken_question_in_a_link_is_refused(text):
    with pytest.raises(ValueError, match="question|whole number|seed|number|it is"):
        read_question(text)


def test_a_reply_that_is_no_number_is_named():
    with pytest.raises(ValueError, match="The answer is “two”, not a number"):
        judge(ask("next", Dataset.lecture(), False, 1), "two")


def test_a_question_of_no_kind_is_refused():
    with pytest.raises(ValueError, match="the questions are regime, side, rates, next, settle, got 'weather'"):
        ask("weather", Dataset((1, 2), (2, 4)), False, 0)


@pytest.mark.parametrize("seed", range(12))
def test_a_circle_too_small_to_see_is_no_answer(seed):
    nearly = Dataset((1.0, 2.0, 3.0), (2.0, 4.0, 6.0001))  # below the limit, w circles within 0.0001
    assert ask("settle", nearly, False, seed).answer == RUNS_AWAY
