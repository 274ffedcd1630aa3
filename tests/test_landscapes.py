import re
from dataclasses import fields, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS
from gd_core.charts import View, landscape_chart
from gd_core.charts.landscape import outline
from gd_core.landscapes import (
    LANDSCAPES,
    NOT_SETTLED,
    RAN_AWAY,
    SITUATIONS,
    Descent,
    basins,
    descend,
)
from gd_core.landscapes.descent import FAR, MAX_UPDATES
from gd_core.lesson import MADE_UP, basins_text, descent_text

CURVES = [landscape for landscape in LANDSCAPES.values() if len(landscape.names) == 1]
each_landscape = pytest.mark.parametrize("landscape", LANDSCAPES.values(), ids=LANDSCAPES)


@st.composite
def descents(draw, keys=tuple(OPTIMIZERS), max_updates=60):
    landscape = LANDSCAPES[draw(st.sampled_from(sorted(LANDSCAPES)))]
    rule = OPTIMIZERS[draw(st.sampled_from(keys))]
    knobs = {
        knob.name: draw(st.sampled_from([knob.default, knob.default, knob.metadata["low"], knob.metadata["high"]]))
        for knob in fields(rule)
    }
    return Descent(
        landscape=landscape.key,
        start=tuple(draw(st.floats(*limits)) for limits in landscape.domain),
        optimizer=rule(**knobs),
        learning_rate=draw(st.sampled_from([1e-6, 1e-3, 0.05, 0.2, 0.5, 1.0, 30.0, 1000.0])),
        updates=draw(st.integers(1, max_updates)),
    )


def hessian(landscape, at, step=1e-4):
    """Central differences of the gradient: (P, P)."""
    shifts = step * np.eye(len(at))
    return np.array(
        [
            (np.array(landscape.slopes(*(np.array(at) + d))) - np.array(landscape.slopes(*(np.array(at) - d))))
            / (2.0 * step)
            for d in shifts
        ]
    )


# The landscapes


@each_landscape
def test_the_gradient_is_the_slope_of_the_height(landscape):
    draw, step = np.random.default_rng(0), 1e-6
    at = np.array([draw.uniform(low, high, 200) for low, high in landscape.domain])
    for index, slope in enumerate(landscape.slopes(*at)):
        shift = step * np.eye(len(at))[:, [index]]
        differences = (landscape.height(*(at + shift)) - landscape.height(*(at - shift))) / (2.0 * step)
        np.testing.assert_allclose(slope, differences, rtol=1e-6, atol=1e-7)


@each_landscape
def test_the_gradient_at_each_stationary_point_is_exactly_zero(landscape):
    for point in landscape.points:
        assert all(slope == 0.0 for slope in landscape.slopes(*point.at)), point.name


@each_landscape
def test_each_stationary_point_is_of_the_kind_it_says(landscape):
    for point in landscape.points:
        curvatures = np.linalg.eigvalsh(hessian(landscape, point.at))
        signs = {
            "minimum": (curvatures > 0.1).all(),
            "hilltop": (curvatures < -0.1).all(),
            "saddle": curvatures.min() < -0.1 and curvatures.max() > 0.1,
            "flat": np.abs(curvatures).max() < 1e-6,
        }
        assert signs[point.kind], point.name


def test_there_are_no_other_stationary_points_than_the_listed_ones():
    # u (u + 1) (u - 2), and 15/32 u^4 (u - 2)
    for key, coefficients in (("two-minima", [1, -1, -2, 0]), ("plateau", [15 / 32, -15 / 16, 0, 0, 0, 0])):
        landscape, u = LANDSCAPES[key], np.linspace(-2, 3, 50)
        np.testing.assert_allclose(landscape.slopes(u)[0], np.polyval(coefficients, u), rtol=1e-12, atol=1e-12)
        roots = np.roots(coefficients)
        assert sorted({round(float(root.real), 6) + 0.0 for root in roots}) == sorted(p.at[0] for p in landscape.points)
    # f_v = 0 where v = u^2 / 2; along that line f_u = u^3 - u
    saddle, u = LANDSCAPES["saddle"], np.linspace(-2, 2, 50)
    by_u, by_v = saddle.slopes(u, 0.5 * u * u)
    np.testing.assert_allclose(by_v, 0.0, atol=1e-15)
    np.testing.assert_allclose(by_u, np.polyval([1, 0, -1, 0], u), rtol=1e-12, atol=1e-12)
    assert sorted(np.roots([1, 0, -1, 0]).round(6).tolist()) == sorted(point.at[0] for point in saddle.points)


def test_the_heights_of_the_stationary_points_are_those_of_exact_arithmetic():
    def two_minima(u):
        return (3 * u**4 - 4 * u**3 - 12 * u**2 + 32) / Fraction(12)

    def plateau(u):
        return (5 * u**6 - 12 * u**5 + 64) / Fraction(64)

    def saddle(u, v):
        return (u**2 - 1) ** 2 / Fraction(4) + (2 * v - u**2) ** 2 / Fraction(8)

    for key, height in (("two-minima", two_minima), ("plateau", plateau), ("saddle", saddle)):
        for point in LANDSCAPES[key].points:
            assert LANDSCAPES[key].height(*point.at) == float(height(*map(Fraction, point.at)))


@each_landscape
def test_the_first_point_is_the_lowest_and_names_say_what_is_true(landscape):
    heights = [landscape.height(*point.at) for point in landscape.points]
    grid = np.meshgrid(*(np.linspace(low, high, 201) for low, high in landscape.domain))
    assert heights[0] == landscape.lowest == min(heights)
    assert landscape.height(*grid).min() >= landscape.lowest
    for point, height in zip(landscape.points, heights):
        assert ("local" in point.name) == (point.kind == "minimum" and height > landscape.lowest)
        assert ("global" in point.name) <= (height == landscape.lowest)


@each_landscape
def test_within_reach_of_a_point_the_gradient_is_small_and_reaches_do_not_meet(landscape):
    steepest = max(np.hypot(*landscape.slopes(*at)) if len(at) == 2 else abs(landscape.slopes(*at)[0])
                   for at in np.stack([axis.ravel() for axis in np.meshgrid(
                       *(np.linspace(*limits, 41) for limits in landscape.domain))], axis=1))  # fmt: skip
    angles = np.linspace(0.0, 2.0 * np.pi, 60)
    for point in landscape.points:
        around = point.reach * np.array([np.cos(angles), np.sin(angles)])[: len(point.at)] + np.array(point.at)[:, None]
        assert np.sqrt(sum(slope * slope for slope in landscape.slopes(*around))).max() < 0.04 * steepest
        for other in landscape.points:
            if other is not point:
                assert np.linalg.norm(np.subtract(point.at, other.at)) > point.reach + other.reach


@each_landscape
def test_a_float_and_an_array_have_the_same_bits(landscape):
    draw = np.random.default_rng(1)
    at = np.array([draw.uniform(low, high, 300) for low, high in landscape.domain])
    heights, slopes = landscape.height(*at), np.array(landscape.slopes(*at))
    for index, place in enumerate(at.T.tolist()):
        assert landscape.height(*place) == heights[index]
        assert landscape.slopes(*place) == tuple(slopes[:, index].tolist())


# Descents


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"landscape": "hill"}, "landscape must be one of two-minima, plateau, saddle, got 'hill'"),
        ({"landscape": ["saddle"]}, "landscape must be one of"),
        ({"start": (4.0,)}, "start u must be a number from -2.2 to 3.2, got 4"),
        ({"start": (1.0, 2.0)}, r"start must hold 1 number \(u\) on two-minima"),
        ({"start": 1.0}, "start must hold 1 number"),
        ({"landscape": "saddle", "start": (1.0,)}, r"start must hold 2 numbers \(u, v\) on saddle"),
        ({"landscape": "saddle", "start": (0.0, float("nan"))}, "start v must be a number from -1.2 to 1.8"),
        ({"optimizer": "adam"}, "optimizer must be one of the classes"),
        ({"learning_rate": 0.0}, "learning_rate must be a number greater than 0"),
        ({"updates": 0}, "updates must be a whole number from 1 to 1000"),
        ({"updates": MAX_UPDATES + 1}, "updates must be a whole number from 1 to 1000"),
    ],
)
def test_a_descent_that_makes_no_sense_is_refused_in_words(settings, words):
    with pytest.raises(ValueError, match=words):
        Descent(**settings)


def test_a_start_left_out_is_the_landscapes_own():
    for landscape in LANDSCAPES.values():
        descent = Descent(landscape.key)
        assert descent.start == landscape.start
        assert descent == Descent(landscape.key, landscape.start)
        assert hash(descent) == hash(Descent(landscape.key))


def test_plain_descent_is_the_lectures_update():
    trail = descend(Descent("two-minima", (-2.0,), learning_rate=0.1, updates=3))
    u = -2.0
    for position in trail.positions[1:, 0].tolist():
        u = u - 0.1 * (u * (u + 1.0) * (u - 2.0))
        assert position == pytest.approx(u, rel=1e-14)


@given(descents())
def test_a_trail_holds_finite_numbers_and_each_update_follows_from_its_gradients(descent):
    trail = descend(descent)
    assert len(trail) == (descent.updates if trail.diverged_at is None else trail.diverged_at)
    assert np.abs(trail.positions).max() <= FAR
    for values in (trail.values, trail.gradients):
        assert np.isfinite(values).all()
    states = [descent.optimizer.init(value) for value in descent.start]
    for row in range(len(trail)):
        for index, value in enumerate(trail.positions[row].tolist()):
            gradient = float(trail.gradients[row, index])
            change, states[index] = descent.optimizer.update(gradient, states[index], descent.learning_rate, value)
            assert trail.positions[row + 1, index] == value + change


def test_a_run_away_ends_before_the_update_that_left():
    trail = descend(Descent(learning_rate=3.0))
    assert trail.diverged_at == len(trail) == len(trail.positions) - 1
    assert trail.fate == RAN_AWAY
    after = trail.positions[-1, 0] - 3.0 * trail.gradients[-1, 0]
    assert not abs(after) <= FAR
    with pytest.raises(ValueError, match="read-only"):
        trail.positions[0] = 1.0


def test_a_map_of_starts_is_read_only_and_a_descent_holds_plain_floats():
    map_of_starts = basins(Descent(learning_rate=1))
    assert type(map_of_starts.descent.learning_rate) is float
    for array in (map_of_starts.fates, map_of_starts.ends):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_on_the_ridge_no_rule_ever_leaves(key):
    trail = descend(Descent("saddle", (0.0, 1.5), OPTIMIZERS[key](), updates=MAX_UPDATES))
    assert not trail.positions[:, 0].any()
    assert not trail.gradients[:, 0].any()


@pytest.mark.parametrize("key", OPTIMIZERS)
@each_landscape
def test_a_start_where_the_gradient_is_zero_stays_there(landscape, key):
    # AdamW's decay shrinks the parameter itself, gradient or not: without it
    rule = OPTIMIZERS[key](weight_decay=0.0) if key == "adamw" else OPTIMIZERS[key]()
    for number, point in enumerate(landscape.points):
        trail = descend(Descent(landscape.key, point.at, rule, updates=20))
        assert (trail.positions == trail.positions[0]).all()
        assert trail.fate == number


def test_a_ball_that_is_only_passing_through_a_minimum_has_not_settled_there():
    chart = basins(Descent("two-minima", optimizer=OPTIMIZERS["momentum"](), updates=12))
    passing = np.abs(chart.ends[:, 0] + 1.0) < 0.01
    settled_there = chart.fates == 1  # those that started right there
    assert (passing & ~settled_there).sum() > 5
    start = (float(chart.axes[0][passing & ~settled_there][0]),)
    trail = descend(replace(chart.descent, start=start))
    assert trail.fate == NOT_SETTLED
    assert (np.abs(trail.positions[-11:, 0] + 1.0) > 0.05).any()


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_each_ready_situation_ends_where_it_says(situation):
    trail = descend(situation.descent)
    assert situation.descent.shape.points[trail.fate].name == situation.ends


def test_the_first_look_tells_the_story_at_the_lectures_rate_too():
    for rate in (0.01, 0.05):
        for key, ends in (("gd", "local minimum"), ("momentum", "global minimum")):
            trail = descend(Descent(optimizer=OPTIMIZERS[key](), learning_rate=rate))
            assert trail.descent.shape.points[trail.fate].name == ends


# The map of starts


@given(descents(max_updates=40), st.integers(0, 2**32 - 1))
def test_each_start_of_the_map_ends_as_its_own_descent(descent, seed):
    chart = basins(descent)
    draw = np.random.default_rng(seed)
    for flat in draw.integers(0, chart.fates.size, size=4).tolist():
        cell = np.unravel_index(flat, chart.fates.shape)
        start = tuple(float(values[index]) for values, index in zip(chart.axes, reversed(cell)))
        trail = descend(replace(descent, start=start))
        assert chart.fates[cell] == trail.fate
        assert chart.ends[cell].tolist() == trail.positions[-1].tolist()


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_a_map_on_which_some_run_away_and_some_settle_agrees_with_single_descents(key):
    for landscape in LANDSCAPES.values():
        for rate in (0.3, 1.0):
            descent = Descent(landscape.key, optimizer=OPTIMIZERS[key](), learning_rate=rate)
            chart = basins(descent)
            for flat in np.linspace(0, chart.fates.size - 1, 15).astype(int).tolist():
                cell = np.unravel_index(flat, chart.fates.shape)
                start = tuple(float(values[index]) for values, index in zip(chart.axes, reversed(cell)))
                trail = descend(replace(descent, start=start))
                assert (chart.fates[cell], *chart.ends[cell]) == (trail.fate, *trail.positions[-1])


def test_small_steps_end_in_the_valley_they_start_in():
    chart = basins(Descent("two-minima", updates=400))
    starts = chart.axes[0]
    assert (chart.fates[starts > 0] == 0).all()
    assert (chart.fates[starts < 0] == 1).all()
    assert chart.share(0) == pytest.approx(3.2 / 5.4, abs=1e-3)
    assert chart.present == [0, 1]


def test_the_saddles_map_is_symmetric_and_no_start_lies_on_the_ridge():
    chart = basins(Descent("saddle"))
    mirrored = np.array([1, 0, 2, NOT_SETTLED, RAN_AWAY])[chart.fates]  # also for the fates -1 and -2
    np.testing.assert_array_equal(chart.fates[:, ::-1], mirrored)
    assert (chart.axes[0] != 0.0).all()
    assert chart.present == [0, 1]


@given(descents(max_updates=25))
def test_the_shares_add_up_to_one(descent):
    chart = basins(descent)
    assert sum(chart.share(fate) for fate in chart.present) == pytest.approx(1.0)
    assert set(chart.present) <= {NOT_SETTLED, RAN_AWAY, *range(len(descent.shape.points))}


# Words


def test_the_words_of_the_caught_run():
    text = descent_text(descend(Descent()))
    assert text.startswith("**Caught in the local minimum.** Gradient descent starts at u = -2 (height 5.33333)")
    assert "is at u = -1 after 200 updates: height 2.25" in text
    assert "The global minimum, u = 2, is lower by 2.25, but the hill on the way is 0.416667 higher" in text


@pytest.mark.parametrize(
    ("key", "opening"),
    [
        ("momentum-crosses", "**At the global minimum.** Momentum"),
        ("flat", "**On the flat stretch.** Gradient descent"),
        ("ridge", "**Stuck at the saddle point.**"),
        ("beside-the-ridge", "**At the right minimum.**"),
    ],
)
def test_the_words_name_where_it_ended(key, opening):
    assert descent_text(descend(SITUATIONS[key].descent)).startswith(opening)


def test_the_words_at_the_saddle_say_why_nothing_moves():
    text = descent_text(descend(Descent("saddle")))
    assert "the gradient is exactly 0" in text
    assert "no rule ever leaves it" in text
    assert "The right minimum and the left minimum are 0.25 lower" in text


def test_a_start_beside_the_ridge_is_not_said_to_be_stuck():
    text = descent_text(descend(Descent("saddle", (1e-3, 1e-3), learning_rate=1e-3)))
    assert text.startswith("**Still at the saddle point.**")
    assert "more updates lead away" in text


def test_a_run_away_is_said_to_have_run_away():
    text = descent_text(descend(Descent(learning_rate=3.0)))
    assert text.startswith("**Ran away.** Gradient descent starts at u = -2")
    assert "In update 3 a coordinate passed 1e+06" in text


def test_the_words_of_the_map():
    assert basins_text(basins(Descent())) == (
        "Of 2,000 starts from u = -2.2 to 3.2, **59.2 %** reach the global minimum and **40.8 %** reach the local minimum "
        "(Gradient descent, learning rate 0.05, 200 updates)."
    )


@given(descents())
def test_words_exist_for_every_descent_and_hold_no_odd_numbers(descent):
    for text in (descent_text(descend(descent)), basins_text(basins(descent))):
        assert not re.search(r"nan|inf\b|(?<![\d.e])-0(?![.\d])", text)
        assert text.endswith(".")


def test_it_is_said_that_the_lectures_cost_is_different():
    assert "made up" in MADE_UP
    assert "parabola with one minimum" in MADE_UP


# Charts


@given(descents(), st.sampled_from([View(), View(arrangement="stack")]))
def test_plotly_accepts_every_figure_and_nothing_in_it_lies_outside(descent, view):
    figure = landscape_chart(descend(descent), basins(descent), view)
    go.Figure(figure)
    x_range, y_range = figure["layout"]["xaxis"]["range"], figure["layout"]["yaxis"]["range"]
    for trace in figure["data"][:-1]:
        for values, (low, high) in ((trace["x"], x_range), (trace["y"], y_range)):
            values = np.array(values, dtype=float)
            slack = 1e-5 * (high - low)
            assert ((values >= low - slack) & (values <= high + slack) | np.isnan(values)).all(), trace["name"]


@given(descents(max_updates=150))
def test_frames_change_the_moving_traces_only_and_the_last_is_the_picture_at_rest(descent):
    figure = landscape_chart(descend(descent), basins(descent), View())
    if "frames" not in figure:
        return
    assert len(figure["frames"]) <= 60
    for frame in figure["frames"]:
        assert frame["traces"] == list(range(frame["traces"][0], len(figure["data"])))
        assert len(frame["data"]) == len(frame["traces"])
    for index, change in zip(figure["frames"][-1]["traces"], figure["frames"][-1]["data"]):
        for key, value in change.items():
            assert list(figure["data"][index][key]) == list(value)
    steps = [step["label"] for step in figure["layout"]["sliders"][0]["steps"]]
    assert steps == [frame["name"] for frame in figure["frames"]]


@pytest.mark.parametrize("view", [View(), View(arrangement="stack")])
@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_the_figures_of_the_ready_situations_are_small(situation, view):
    figure = landscape_chart(descend(situation.descent), basins(situation.descent), view)
    assert len(go.Figure(figure).to_json()) < 100_000


def test_every_fate_of_the_map_has_its_own_name_colour_or_pattern():
    for descent in (
        Descent(learning_rate=0.6),
        Descent("plateau", learning_rate=0.3),
        Descent("saddle", learning_rate=1),
    ):
        chart = basins(descent)
        figure = landscape_chart(descend(descent), chart, View())
        areas = [trace for trace in figure["data"] if trace.get("fill") == "toself"]
        assert len(areas) == len(chart.present)
        assert len({trace["name"] for trace in areas}) == len(areas)
        assert len({trace["fillpattern"]["shape"] for trace in areas}) == len(areas)


def test_lines_of_equal_height_have_one_height_each():
    descent = Descent("saddle")
    figure = landscape_chart(descend(descent), basins(descent), View())
    (lines,) = [trace for trace in figure["data"] if trace.get("name") == "equal height"]
    heights = descent.shape.height(lines["x"].astype(float), lines["y"].astype(float))
    # At equal steps of the root, the second of them the saddle's 1/4.
    steps = 2.0 * np.sqrt(heights[~np.isnan(heights)] / 0.25)
    np.testing.assert_allclose(steps, steps.round(), atol=0.03)
    assert {1, 2, 3} <= set(steps.round().astype(int).tolist())


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_an_outline_encloses_the_chosen_cells_and_no_others(rows, columns, seed):
    chosen = np.random.default_rng(seed).random((rows, columns)) < 0.5
    chosen[0, 0] = True
    x, y = outline(chosen, np.arange(columns + 1.0), np.arange(rows + 1.0))
    loops = np.split(np.column_stack((x, y)), np.flatnonzero(np.isnan(x)))
    loops = [loop[~np.isnan(loop[:, 0])] for loop in loops if len(loop) > 1]
    assert all((loop[0] == loop[-1]).all() for loop in loops)
    # The signed area is that of the cells: outer borders count positive, holes negative.
    area = sum(float(np.sum(a[:-1] * b[1:] - a[1:] * b[:-1])) / 2.0 for a, b in (loop.T for loop in loops))
    assert area == chosen.sum()
    for row, column in np.ndindex(chosen.shape):
        turns = sum(_winding(loop, column + 0.5, row + 0.5) for loop in loops)
        assert turns == chosen[row, column]


def _winding(loop, x, y):
    """How often a loop of level and upright sides goes round a point: upright sides to its right, by direction."""
    sides = pairwise(loop)
    return sum(int(np.sign(end[1] - begin[1])) for begin, end in sides
               if begin[0] == end[0] > x and min(begin[1], end[1]) < y < max(begin[1], end[1]))  # fmt: skip


def test_the_repr_of_a_trail_says_how_long_it_is_and_where_it_ends():
    still = descend(Descent("two-minima", start=(2.0,), learning_rate=1e-9, updates=3))
    assert repr(still) == "Trail(two-minima, 3 updates, ends at (2))"
    far = descend(Descent("saddle", start=(1.5, 1.5), learning_rate=1000.0))
    assert re.fullmatch(r"Trail\(saddle, 1 updates, ends at \(.+, .+\), diverged_at=1\)", repr(far))
