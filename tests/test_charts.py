import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import Dataset, Experiment, losses, model, theory, train
from gd_core.charts import View, marks, theatre
from gd_core.charts.cost import MOST_PATH_POINTS, contour_panel, cost_panel
from gd_core.charts.history import MOST_POINTS, history_panel
from gd_core.charts.moments import MOST, moments
from gd_core.data import PRESETS
from tests.strategies import experiments

views = st.builds(
    View,
    predict_x=st.sampled_from([4.0, -1e6, 0.0]),
    arrangement=st.sampled_from(["row", "stack"]),
    scale=st.sampled_from(["linear", "log"]),
    measure=st.sampled_from(list(losses.MEASURES)),
    per=st.sampled_from(["epoch", "update"]),
    smoothing=st.sampled_from([0.0, 0.9]),
    printed=st.sampled_from(["plain", "marked"]),
    samples=st.sampled_from(["mean", "each"]),
)


def named(panel, name):
    return [trace for trace in panel.still if trace["name"].startswith(name)]


def least_of(run):
    return theory.minimum(run.experiment.dataset, run.experiment.start)


def over_parameters(run, samples=False):
    return (contour_panel if run.experiment.bias else cost_panel)(run, least_of(run), moments(run), samples)


def history(run, **choices):
    return history_panel(run, least_of(run), moments(run), View(**choices))


@given(experiments(max_epochs=40), views)
def test_plotly_accepts_every_figure_and_nothing_in_it_is_infinite(experiment, view):
    figure = theatre(train(experiment), view)
    go.Figure(figure)
    for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2", "xaxis3", "yaxis3"):
        low, high = figure["layout"][axis]["range"]
        assert np.isfinite([low, high]).all()
        assert low < high
    for trace in [*figure["data"], *(trace for frame in figure.get("frames", ()) for trace in frame["data"])]:
        for values in (trace.get("x", []), trace.get("y", [])):
            assert not np.isinf(np.asarray(values, dtype=float)).any()


@given(experiments(max_epochs=40))
def test_start_and_minimum_are_always_in_the_cost_panels_window(experiment):
    panel = over_parameters(train(experiment))
    for axis, index in ((panel.x_axis, 0), (panel.y_axis, 1)):
        low, high = axis["range"]
        for name in ("start", "minimum"):
            (trace,) = named(panel, name)
            value = trace["xy"[index]][0]
            assert low <= value <= high, name


@given(experiments(max_epochs=40), st.booleans())
def test_a_path_that_leaves_the_window_is_marked_and_what_is_drawn_lies_inside(experiment, samples):
    run = train(experiment)
    panel = over_parameters(run, samples)
    (dots,) = named(panel, "updates")
    low, high = panel.x_axis["range"]
    outside = (run.parameters[:, 0] < low) | (run.parameters[:, 0] > high)
    if experiment.bias:
        low_b, high_b = panel.y_axis["range"]
        outside |= (run.parameters[:, 1] < low_b) | (run.parameters[:, 1] > high_b)
    assert bool(named(panel, "leaves")) == outside.any()
    if len(outside) <= MOST_PATH_POINTS:
        assert len(dots["x"]) == np.sum(~outside)
    for trace in [*panel.still, *(motion.at(moment) for motion in panel.moving for moment in range(len(motion.x)))]:
        if trace["name"] != "equal cost":
            x = np.asarray(trace["x"], dtype=float)
            slack = 1e-4 * (high - low)
            assert np.all((x >= low - slack) & (x <= high + slack) | np.isnan(x)), trace["name"]


def test_the_cost_panel_draws_the_lectures_parabola():
    run = train(Experiment())
    panel = over_parameters(run)
    (curve,) = named(panel, "cost curve")
    np.testing.assert_allclose(curve["y"], 14 / 3 * (curve["x"] - 2) ** 2, rtol=1e-12, atol=1e-12)
    (dots,) = named(panel, "updates")
    np.testing.assert_array_equal(dots["x"], run.parameters[:, 0])
    np.testing.assert_array_equal(dots["y"], run.costs)


@pytest.mark.parametrize("x", [(1.0, 2.0, 3.0), (50.0, 80.0, 150.0), (2.0, 2.0)])
def test_each_ring_has_one_cost_and_the_fourth_that_of_the_start(x):
    run = train(Experiment(Dataset(x, np.array(x) * 2 + 1), bias=True, start=(1.0, -1.0), learning_rate=1e-5))
    (rings,) = named(over_parameters(run), "equal cost")
    least, seen = least_of(run), np.stack((rings["x"], rings["y"]), axis=1).astype(float)
    pieces = np.split(seen, np.flatnonzero(np.isnan(seen[:, 0])))
    for index, piece in enumerate(piece for piece in pieces if len(piece) > 1):
        ring = index // 2 + 1  # each ring has two sides
        above = model.costs(run.experiment.dataset, piece[~np.isnan(piece[:, 0])]) - least.cost
        expected = (ring / 4) ** 2 * (run.costs[0] - least.cost)
        np.testing.assert_allclose(above, expected, rtol=2e-3)


def test_the_loss_history_draws_the_cost_after_each_epoch():
    run = train(Experiment(batch_size=1, epochs=30))
    (curve,) = named(history(run), "loss history")
    np.testing.assert_array_equal(curve["y"], run.costs[::3])
    np.testing.assert_array_equal(curve["x"], np.arange(31))


def test_the_numbers_of_the_log_are_marked_at_the_time_they_were_measured():
    run = train(Experiment(batch_size=1, epochs=30))
    (marks_,) = named(history(run, printed="marked"), "loss in the log")
    assert marks_["y"][0] == 4.919240100095999
    assert marks_["x"][0] == 1.0


def test_smoothing_keeps_the_raw_curve_in_sight_and_says_that_it_lags():
    run = train(Experiment())
    panel = history(run, smoothing=0.9)
    (raw,) = named(panel, "raw")
    np.testing.assert_array_equal(raw["y"], run.epoch_costs)
    assert panel.heading.endswith("smoothed (beta 0.9): it lags")


def test_a_run_away_is_drawn_up_to_where_it_leaves_and_marked_there():
    run = train(Experiment(learning_rate=0.3, epochs=1000))
    panel = history(run)
    low, high = panel.y_axis["range"]
    assert high < 5 * run.costs[0]
    (mark,) = named(panel, "leaves")
    first = int(np.argmax(run.costs > high))
    assert first - 1 <= mark["x"][0] <= first
    assert low < mark["y"][0] <= high


def test_the_first_rise_of_a_run_away_is_marked():
    run = train(Experiment(learning_rate=0.22))
    (mark,) = named(history(run), "first rise")
    assert (mark["x"][0], mark["y"][0]) == (1.0, run.costs[1])
    assert named(history(train(Experiment())), "first rise") == []


def test_a_cost_of_zero_is_said_to_have_no_place_on_a_logarithmic_axis():
    run = train(Experiment(learning_rate=3 / 28))
    assert run.costs[-1] == 0.0
    assert "0 has no place" in history(run, scale="log").heading


# Playback


@given(experiments(max_epochs=200, max_rows=4))
def test_playback_stops_at_no_more_than_sixty_moments_the_first_and_the_last_among_them(experiment):
    run = train(experiment)
    chosen = moments(run)
    assert len(chosen.rows) <= MOST
    assert chosen.rows[0] == 0
    assert chosen.rows[-1] == len(run)
    assert np.all(np.diff(chosen.rows) > 0)
    np.testing.assert_array_equal(chosen.parameters, run.parameters[chosen.rows])
    np.testing.assert_allclose(chosen.costs, run.costs[chosen.rows], rtol=1e-12)


@given(experiments(max_epochs=30), views)
def test_frames_change_the_moving_traces_only_and_the_last_is_the_picture_at_rest(experiment, view):
    figure = theatre(train(experiment), view)
    if "frames" not in figure:
        return
    moving = {tuple(frame["traces"]) for frame in figure["frames"]}
    assert len(moving) == 1
    (indices,) = moving
    for index, change in zip(indices, figure["frames"][-1]["data"]):
        for key, value in change.items():
            shown = figure["data"][index][key]
            np.testing.assert_array_equal(*(shown, value) if key == "text" else np.array((shown, value), float))
    steps = [step["label"] for step in figure["layout"]["sliders"][0]["steps"]]
    assert steps == [frame["name"] for frame in figure["frames"]]


def test_each_frame_says_update_epoch_weight_cost_and_gradient():
    figure = theatre(train(Experiment()), View())
    (words,) = figure["frames"][1]["data"][-1]["text"]
    assert words == "<b>after update 1 of 100, 1 epoch</b>   w = 1.09333   cost = 3.83621   gradient = -8.46222"


def test_the_tangent_has_the_slope_of_the_cost_and_the_step_leads_to_the_next_update():
    run = train(Experiment(learning_rate=0.05))
    panel = over_parameters(run)
    for row in range(5):
        tangent, step, ball = (motion.at(row) for motion in panel.moving)
        rise = (tangent["y"][1] - tangent["y"][0]) / (tangent["x"][1] - tangent["x"][0])
        assert rise == pytest.approx(run.gradients[row, 0], rel=1e-3)
        assert ball["x"][0] == pytest.approx(run.parameters[row, 0], rel=1e-4)
        assert step["x"][-1] == pytest.approx(run.parameters[row + 1, 0], rel=1e-4)
        assert step["y"][-1] == pytest.approx(run.costs[row + 1], abs=1e-3)


@pytest.mark.parametrize("samples", ["mean", "each"])
@pytest.mark.parametrize("settings", [{}, {"bias": True}, {"batch_size": 1}, {"batch_size": 1, "bias": True}])
def test_the_animated_figure_of_the_lecture_is_small(settings, samples):
    figure = go.Figure(theatre(train(Experiment(**settings)), View(samples=samples)))
    assert len(figure.to_json()) < 120_000


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=3000), st.integers(4, 300))
def test_thinning_keeps_both_ends_and_the_extremes(values, most):
    values = np.array(values)
    kept = marks.thin(values, most)
    assert len(kept) <= max(most, 4)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert values[kept].min() == values.min()
    assert values[kept].max() == values.max()


@given(*[st.tuples(st.floats(-9, 9), st.floats(-9, 9))] * 2)
def test_a_clipped_segment_lies_in_the_window_and_on_the_segment(begin, end):
    begin, end = np.array(begin), np.array(end)
    xs, ys = marks.Window(-2, 3), marks.Window(-1, 1)
    inside = marks.clipped_segment(tuple(begin.tolist()), tuple(end.tolist()), xs, ys)
    samples = begin + np.linspace(0, 1, 201)[:, None] * (end - begin)
    seen = [x in xs and y in ys for x, y in samples]
    if inside is None:
        assert not any(seen)
    else:
        inside = np.array(inside)
        assert np.all((inside[:, 0] >= -2 - 1e-9) & (inside[:, 0] <= 3 + 1e-9))
        assert np.all((inside[:, 1] >= -1 - 1e-9) & (inside[:, 1] <= 1 + 1e-9))


@pytest.mark.parametrize("slope", [0.0, 1e-30, 0.5, -2.0, 1e30, -3e49])
@pytest.mark.parametrize("bias", [0.0, 0.7, 1e20])
def test_a_line_is_drawn_within_the_window_however_steep(slope, bias):
    xs, ys = marks.Window(-1, 4), marks.Window(-2, 9)
    x, y = marks.clipped_line(slope, bias, xs, ys)
    for at, height in zip(x, y):
        assert at in xs
        assert height in ys
    if bias == 0.0:
        assert len(x) == 2  # it passes through the origin, which is in the window


def test_large_sets_and_long_runs_make_small_figures():
    draw = np.random.default_rng(0)
    points = Dataset(draw.random(5000), draw.random(5000))
    run = train(Experiment(points, batch_size=50, epochs=1000))
    for trace in theatre(run, View(per="update"))["data"]:
        assert len(np.ravel(trace["x"])) <= MOST_POINTS


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("key", PRESETS)
def test_every_ready_set_has_a_figure(key, bias):
    go.Figure(theatre(train(Experiment(PRESETS[key].dataset, bias)), View()))
