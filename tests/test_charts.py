import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import Dataset, Experiment, charts, model, theory, train
from gd_core.data import PRESETS
from tests.strategies import experiments

figures = {
    "scale": st.sampled_from(["linear", "log"]),
    "arrangement": st.sampled_from(["row", "stack"]),
    "predict_x": st.sampled_from([4.0, -1e6, 0.0]),
}


def theatre(run, **choices):
    return charts.theatre(run, **{"predict_x": 4.0, "scale": "linear", "arrangement": "row"} | choices)


def named(panel, name):
    return [trace for trace in panel.traces if trace["name"].startswith(name)]


def least_of(run):
    return theory.minimum(run.experiment.dataset, run.experiment.start)


@given(experiments(max_epochs=40), st.fixed_dictionaries(figures))
def test_plotly_accepts_every_figure_and_nothing_in_it_is_infinite(experiment, choices):
    figure = theatre(train(experiment), **choices)
    go.Figure(figure)
    for axis in ("xaxis1", "yaxis1", "xaxis2", "yaxis2", "xaxis3", "yaxis3"):
        low, high = figure["layout"][axis]["range"]
        assert np.isfinite([low, high]).all()
        assert low < high
    for trace in figure["data"]:
        for values in (trace["x"], trace["y"]):
            assert not np.isinf(np.asarray(values, dtype=float)).any()


@given(experiments(max_epochs=40))
def test_start_and_minimum_are_always_in_the_cost_panels_window(experiment):
    run = train(experiment)
    least = least_of(run)
    panel = charts.contour_panel(run, least) if experiment.bias else charts.cost_panel(run, least)
    for axis, index in ((panel.x_axis, 0), (panel.y_axis, 1)):
        low, high = axis["range"]
        for name in ("start", "minimum"):
            (trace,) = named(panel, name)
            value = trace["xy"[index]][0]
            assert low <= value <= high, name


@given(experiments(max_epochs=40))
def test_a_path_that_leaves_the_window_is_marked_and_what_is_drawn_lies_inside(experiment):
    run = train(experiment)
    least = least_of(run)
    panel = charts.contour_panel(run, least) if experiment.bias else charts.cost_panel(run, least)
    (dots,) = named(panel, "updates")
    low, high = panel.x_axis["range"]
    outside = (run.parameters[:, 0] < low) | (run.parameters[:, 0] > high)
    if experiment.bias:
        low_b, high_b = panel.y_axis["range"]
        outside |= (run.parameters[:, 1] < low_b) | (run.parameters[:, 1] > high_b)
    assert bool(named(panel, "leaves")) == outside.any()
    assert len(dots["x"]) == np.sum(~outside)
    for trace in panel.traces:
        if trace["type"] == "scatter":
            inside = np.asarray(trace["x"])[~np.isnan(np.asarray(trace["x"]))]
            slack = 1e-9 * (high - low)
            assert np.all((inside >= low - slack) & (inside <= high + slack)), trace["name"]


def test_the_cost_panel_draws_the_lectures_parabola():
    run = train(Experiment())
    panel = charts.cost_panel(run, least_of(run))
    curve = panel.traces[0]
    np.testing.assert_allclose(curve["y"], 14 / 3 * (curve["x"] - 2) ** 2, rtol=1e-12, atol=1e-12)
    (dots,) = named(panel, "updates")
    np.testing.assert_array_equal(dots["x"], run.parameters[:, 0])
    np.testing.assert_array_equal(dots["y"], run.costs)


def test_the_fourth_ring_passes_through_the_start():
    run = train(Experiment(bias=True, start=(1.0, -1.0)))
    rings = charts.contour_panel(run, least_of(run)).traces[0]
    assert 4 * rings["contours"]["size"] == pytest.approx(np.sqrt(run.costs[0] - least_of(run).cost))
    height = model.costs(run.experiment.dataset, np.array([[rings["x"][7], rings["y"][9]]]))[0]
    assert rings["z"][9, 7] == pytest.approx(np.sqrt(height), rel=1e-6)


def test_the_loss_history_draws_the_cost_after_each_epoch():
    run = train(Experiment(batch_size=1, epochs=30))
    panel = charts.history_panel(run, least_of(run), "linear")
    (curve,) = named(panel, "cost after each epoch")
    np.testing.assert_array_equal(curve["y"], run.costs[::3])
    np.testing.assert_array_equal(curve["x"], np.arange(31))


def test_a_run_away_is_drawn_up_to_where_it_leaves_and_marked_there():
    run = train(Experiment(learning_rate=0.3, epochs=1000))
    panel = charts.history_panel(run, least_of(run), "linear")
    assert panel.y_axis["range"][1] < 5 * run.costs[0]
    (mark,) = named(panel, "leaves")
    assert run.costs[int(mark["x"][0])] > panel.y_axis["range"][1] >= run.costs[int(mark["x"][0]) - 1]


def test_a_cost_of_zero_is_said_to_have_no_place_on_a_logarithmic_axis():
    run = train(Experiment(learning_rate=3 / 28))
    assert run.costs[-1] == 0.0
    assert "0 has no place" in charts.history_panel(run, least_of(run), "log").heading


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=3000), st.integers(4, 300))
def test_thinning_keeps_both_ends_and_the_extremes(values, most):
    values = np.array(values)
    kept = charts.thin(values, most)
    assert len(kept) <= max(most, 4)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert values[kept].min() == values.min()
    assert values[kept].max() == values.max()


@given(*[st.tuples(st.floats(-9, 9), st.floats(-9, 9))] * 2)
def test_a_clipped_segment_lies_in_the_window_and_on_the_segment(begin, end):
    begin, end = np.array(begin), np.array(end)
    xs, ys = charts.Window(-2, 3), charts.Window(-1, 1)
    inside = charts.clipped_segment(begin, end, xs, ys)
    samples = begin + np.linspace(0, 1, 201)[:, None] * (end - begin)
    seen = [x in xs and y in ys for x, y in samples]
    if inside is None:
        assert not any(seen)
    else:
        assert np.all((inside[:, 0] >= -2 - 1e-9) & (inside[:, 0] <= 3 + 1e-9))
        assert np.all((inside[:, 1] >= -1 - 1e-9) & (inside[:, 1] <= 1 + 1e-9))


@pytest.mark.parametrize("slope", [0.0, 1e-30, 0.5, -2.0, 1e30, -3e49])
@pytest.mark.parametrize("bias", [0.0, 0.7, 1e20])
def test_a_line_is_drawn_within_the_window_however_steep(slope, bias):
    xs, ys = charts.Window(-1, 4), charts.Window(-2, 9)
    x, y = charts._clipped_line(np.array([slope, bias]), xs, ys)
    for at, height in zip(x, y):
        assert at in xs
        assert height in ys
    if bias == 0.0:
        assert len(x) == 2  # it passes through the origin, which is in the window


def test_large_sets_and_long_runs_make_small_figures():
    draw = np.random.default_rng(0)
    points = Dataset(draw.random(5000), draw.random(5000))
    run = train(Experiment(points, batch_size=50, epochs=1000))
    for trace in theatre(run)["data"]:
        assert len(np.ravel(trace["x"])) <= charts.MOST_HISTORY_POINTS


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("key", PRESETS)
def test_every_ready_set_has_a_figure(key, bias):
    go.Figure(theatre(train(Experiment(PRESETS[key].dataset, bias))))
