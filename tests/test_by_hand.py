"""What is typeset of an update, read back and compared with the run."""

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Experiment, lesson, train
from tests.strategies import experiments


def evaluated(latex: str) -> float:
    """Return the value of a formula with numbers, reading the LaTeX anew (a second formulation of what it says)."""
    while (start := latex.find(r"\dfrac")) >= 0 or (start := latex.find(r"\frac")) >= 0:
        above, middle = _group(latex, latex.index("{", start))
        below, end = _group(latex, middle)
        latex = f"{latex[:start]}(({above})/({below})){latex[end:]}"
    latex = latex.replace(r"\left|", "abs(").replace(r"\right|", ")").replace(r"\max", "max").replace(r"\,", " ")
    latex = latex.replace(r"\left(", "(").replace(r"\right)", ")").replace(r"\cdot", "*").replace(r"\sqrt", "sqrt")
    latex = re.sub(r"\)\s*\(", ")*(", latex.replace("{", "(").replace("}", ")").replace("^", "**"))
    return eval(latex, {"sqrt": math.sqrt})


def _group(text: str, opening: int) -> tuple[str, int]:
    depth = 0
    for position in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[opening + 1 : position], position + 1
    raise AssertionError(text)


@given(experiments(max_epochs=10), st.data())
def test_every_typeset_number_is_the_runs(experiment, data):
    run = train(experiment)
    assume(len(run) > 0)
    update = data.draw(st.integers(0, len(run) - 1))
    rows = lesson.sample_rows(run, update)
    for index in range(run.parameters.shape[1]):
        lines = lesson.worked_update(run, update, index)
        assert lines[-1].value == run.parameters[update + 1, index]
        mean = lesson.mean_line(rows, float(run.gradients[update, index]), index, experiment.bias)
        assert np.mean([row.gradient[index] for row in rows]) == pytest.approx(mean.value, rel=1e-9, abs=1e-9)
        for line in lines:
            # Six digits are shown of each number: the result can differ by what that rounding makes of the largest term.
            sizes = [abs(float(text)) for text in re.findall(r"\d+\.?\d*", line.numbers)]
            if "dfrac" not in line.numbers:
                scale = max(abs(line.value), max(sizes, default=0.0) ** 2 if "cdot" in line.numbers else max(sizes))
                assert evaluated(line.numbers) == pytest.approx(line.value, rel=1e-4, abs=1e-4 * scale), line.numbers


@pytest.mark.parametrize("key", OPTIMIZERS)
@pytest.mark.parametrize("bias", [False, True])
def test_the_numbers_of_the_lectures_example_give_the_result_that_is_shown(key, bias):
    run = train(Experiment(optimizer=OPTIMIZERS[key](), bias=bias, batch_size=2, epochs=20))
    for update in (0, 1, 17, 39):
        for index in range(1 + bias):
            for line in lesson.worked_update(run, update, index):
                assert evaluated(line.numbers) == pytest.approx(line.value, rel=2e-5, abs=1e-9), line.numbers
            mean = lesson.mean_line(lesson.sample_rows(run, update), float(run.gradients[update, index]), index, bias)
            assert evaluated(mean.numbers) == pytest.approx(mean.value, rel=2e-5)


def test_the_first_update_of_the_lecture():
    run = train(Experiment())
    (line,) = lesson.worked_update(run, 0, 0)
    assert line.formula == r"w - \alpha \cdot g"
    assert line.numbers == r"1 - 0.01 \cdot (-9.33333)"
    assert line.value == 1.0933333333333333
    mean = lesson.mean_line(lesson.sample_rows(run, 0), float(run.gradients[0, 0]), 0, bias=False)
    assert mean.numbers == r"\frac{1}{3} \left((-2) + (-8) + (-18)\right)"


def test_a_rounded_result_is_marked_as_rounded_and_an_exact_one_as_exact():
    run = train(Experiment(learning_rate=3 / 28))
    assert (
        r"\approx -9.33333"
        in lesson.mean_line(lesson.sample_rows(run, 0), float(run.gradients[0, 0]), 0, False).typeset()
    )
    assert "= 2 " in lesson.worked_update(run, 0, 0)[-1].typeset()


def test_adams_formula_has_its_state_and_its_bias_correction():
    text = " ".join(lesson.formula(OPTIMIZERS["adam"]()))
    for piece in (r"\beta_1 \cdot m", r"\dfrac{m}{1 - \beta_1^{t}}", r"\sqrt{\hat s} + \epsilon"):
        assert piece in text


@given(experiments(max_epochs=5))
def test_tables_hold_every_sample_and_both_sides_of_every_loss(experiment):
    run = train(experiment)
    assume(len(run) > 0)
    used = len(run.samples_of_epoch(0)[0])
    assert len(lesson.sample_table(run, 0).splitlines()) == 2 + used
    exact = lesson.exact_values(run, 0)
    for value in (run.costs[0], run.costs[1], run.losses_before[0], run.losses_after[0], *run.parameters[1]):
        assert repr(float(value)) in exact
    cost_row, used_row = lesson.loss_table(run, 0).splitlines()[2:]
    assert cost_row.split("|")[2:4] == [f" {lesson.number(value)} " for value in run.costs[:2]]
    assert used_row.split("|")[2:4] == [
        f" {lesson.number(losses[0])} " for losses in (run.losses_before, run.losses_after)
    ]


def soft_sign(value):
    return value / (1.0 + abs(value))


class Unusual:
    """A rule as somebody else might write one: a docstring, a function of its own, and a change without a minus."""

    key = "unusual"

    def update(self, gradient, state, learning_rate, parameter):
        """Nothing to read here."""
        velocity = soft_sign(-gradient) * 0.5
        return velocity, (velocity,)


class Unreadable(Unusual):
    key = "unreadable"

    def update(self, gradient, state, learning_rate, parameter):
        change = gradient if gradient < learning_rate else -gradient
        return change, ()


def test_a_rule_that_is_written_differently_is_typeset_all_the_same(monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "unusual", Unusual)
    velocity, moved = lesson.formula(Unusual())
    assert velocity == r"v \leftarrow \operatorname{soft sign}\left(-g\right) \cdot 0.5"
    assert moved == r"w \leftarrow w + v"


def test_arithmetic_that_nobody_has_typeset_yet_is_named(monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "unreadable", Unreadable)
    with pytest.raises(TypeError, match="no LaTeX for gradient if gradient < learning_rate else -gradient"):
        lesson.formula(Unreadable())
