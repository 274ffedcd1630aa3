"""The page without a browser: Streamlit's own AppTest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Experiment, bounds, lesson, losses, train
from gd_core.lesson import log_text, verdict
from gd_core.links import from_query, to_query
from tests.page import (
    above_charts,
    charts_of,
    checked,
    choose,
    field,
    figure,
    link_of,
    opened,
    press,
    sentence,
    type_into,
    warnings,
)
from tests.strategies import experiments


@pytest.fixture
def page():
    return opened()


def test_it_opens_on_the_lecture(page):
    assert sentence(page) == verdict(train(Experiment())).sentence
    assert not warnings(page)
    assert field(page, "rate").value == "0.01"
    assert len(figure(page)["data"]) > 8


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_runs_its_own_rule(page, key):
    type_into(page, "optimizer", key)
    assert sentence(page) == verdict(train(Experiment(optimizer=OPTIMIZERS[key]()))).sentence


def test_two_rules_with_the_same_fields_do_not_share_a_run(page):
    sentences = {
        sentence(type_into(page, "optimizer", key)) for key in ("momentum", "nesterov", "momentum", "nesterov")
    }
    assert len(sentences) == 2


def test_the_slider_and_the_typed_rate_agree(page):
    type_into(page, "rate", "0.0137")
    slider = next(each for each in page.select_slider if each.key == "rate_slider")
    assert slider.value == 0.0137
    slider.set_value(0.1)
    checked(page.run())
    assert field(page, "rate").value == "0.1"
    assert sentence(page) == verdict(train(Experiment(learning_rate=0.1))).sentence


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("rate", "abc", "Learning rate α is “abc”, not a number. Still using 0.01."),
        ("rate", "", "Learning rate α is empty. Still using 0.01."),
        ("rate", "0", "greater than 0 and at most 1000, got 0. Still using 0.01."),
        ("rate", "1e4", "got 10000."),
        ("rate", "1,234", "can be read in two ways"),
        ("start_w", "-1e7", "Start w must be a number from -1000000 to 1000000"),
        ("start_w", "<b>x</b>", "is “<b>x</b>”, not a number. Still using 1."),
        ("predict_x", "four", "Predict at x is “four”, not a number. Still using 4."),
    ],
)
def test_a_number_that_cannot_be_used_is_named_and_the_last_good_one_counts(page, key, text, words):
    choose(page, "section", "The fit")
    before = figure(page)
    type_into(page, key, text)
    assert words in warnings(page)
    assert field(page, key).value == text
    assert figure(page) == before


def test_a_decimal_comma_is_a_number(page):
    type_into(page, "rate", "0,1")
    assert sentence(page) == verdict(train(Experiment(learning_rate=0.1))).sentence


def test_a_slider_that_the_browser_has_not_redrawn_yet_does_not_undo_a_typed_rate(page):
    slider = next(each for each in page.select_slider if each.key == "rate_slider")
    type_into(page, "rate", "0.2")
    slider.set_value(0.01)  # what the browser still shows, sent along with the next change
    choose(page, "samples", "One")
    assert field(page, "rate").value == "0.2"
    assert sentence(page) == verdict(train(Experiment(learning_rate=0.2, batch_size=1))).sentence


def test_samples_per_update(page):
    choose(page, "samples", "One")
    assert sentence(page) == verdict(train(Experiment(batch_size=1))).sentence
    choose(page, "samples", "Some")
    assert sentence(page) == verdict(train(Experiment(batch_size=2))).sentence


def test_bias_shuffle_and_start(page):
    type_into(page, "bias", True)
    type_into(page, "start_b", "-1")
    choose(page, "samples", "One")
    type_into(page, "shuffle", True)
    type_into(page, "shuffle_seed", 5)
    expected = Experiment(bias=True, start=(1.0, -1.0), batch_size=1, shuffle_seed=5)
    assert sentence(page) == verdict(train(expected)).sentence


def test_a_random_start_shows_its_seed_and_its_numbers(page):
    next(button for button in page.button if button.label == "Random start").click()
    checked(page.run())
    drawn = float(field(page, "start_w").value)
    assert any(each.value == f"Seed 1 drew w = {drawn:g}." for each in page.caption)
    assert sentence(page) == verdict(train(Experiment(start=(drawn,)))).sentence


def test_too_many_updates_are_refused_and_the_last_run_stays(page):
    page.session_state["pasted"] = "\n".join(f"{n};{n}" for n in range(1000))
    next(button for button in page.button if button.label == "Use the pasted text").click()
    type_into(checked(page.run()), "rate", "1e-9")
    choose(page, "samples", "One")
    before = figure(page)
    type_into(page, "epochs", 201)
    assert "set epochs to 200 or less" in warnings(page)
    assert figure(page) == before


def test_every_ready_set_can_be_chosen(page):
    for key in field(page, "preset").options:
        field(page, "preset").select(key)
        checked(page.run())
        assert not page.error


def test_a_set_too_small_for_mini_batches_goes_back_to_all(page):
    choose(page, "samples", "Some")
    page.session_state["pasted"] = "1 2"
    next(button for button in page.button if button.label == "Use the pasted text").click()
    checked(page.run())
    assert page.session_state["samples"] == "All"


def test_pasted_text_without_a_point_changes_nothing(page):
    before = figure(page)
    page.session_state["pasted"] = "no points here"
    next(button for button in page.button if button.label == "Use the pasted text").click()
    checked(page.run())
    assert any("3 columns" in each.value for each in page.info)
    assert figure(page) == before


def test_the_log_section_shows_the_lectures_log(page):
    choose(page, "section", "The log")
    assert page.code[0].value == log_text(train(Experiment()))


def test_a_long_log_is_shortened_and_says_so(page):
    choose(page, "section", "The log")
    type_into(page, "epochs", bounds.MAX_EPOCHS)
    assert any("are in the downloaded file" in each.value for each in page.caption)
    assert len(page.code[0].value) < 100_000


def test_the_prediction_is_the_lectures(page):
    choose(page, "section", "The fit")
    words = " ".join(each.value for each in page.markdown)
    assert "**4** before training" in words
    assert "**7.99978**" in words


@settings(max_examples=40)
@given(st.text(max_size=50), st.sampled_from(["rate", "start_w", "predict_x"]))
def test_nothing_typed_into_a_field_breaks_the_page(text, key):
    if "\0" not in text:
        SHARED.session_state["section"] = "The fit"
        type_into(SHARED, key, text)


SHARED = opened()


# One update by hand


def typeset(page):
    return [each.value for each in page.markdown if "$$" in each.value]


def test_the_stepper_goes_through_the_updates(page):
    run = train(Experiment())
    shown = {}
    for label in ("Next", "Last", "Back", "First"):
        press(page, label)
        shown[label] = page.session_state["step"]
        (line,) = lesson.worked_update(run, page.session_state["step"] - 1, 0)
        assert line.typeset().strip("$ ") in " ".join(typeset(page))
    assert shown == {"Next": 2, "Last": 100, "Back": 99, "First": 1}


def test_a_step_beyond_a_shorter_run_goes_to_its_last_update_and_says_so(page):
    press(page, "Last")
    type_into(page, "epochs", 7)
    assert page.session_state["step"] == 7
    assert any("7 updates, so this is the last one, not number 100" in each.value for each in page.info)


@pytest.mark.parametrize(
    ("pasted", "rate", "start"),
    [("0 1\n0 2", "0.01", "1"), ("2 5", "0.1", "1"), ("1e6 1e6", "1000", "1e6"), ("1 2\n2 4", "1", "2")],
)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("samples", ["All", "One"])
def test_degenerate_points_show_what_can_be_shown(page, pasted, rate, start, bias, samples):
    page.session_state["pasted"] = pasted
    press(page, "Use the pasted text")
    type_into(page, "start_w", start)
    type_into(page, "bias", bias)
    choose(page, "samples", samples)
    page.session_state["each_sample"] = page.session_state["printed"] = True
    type_into(page, "rate", rate)
    type_into(page, "epochs", 1)
    for section in ("One update by hand", "The fit", "The log"):
        choose(page, "section", section)
    assert sentence(page)


def test_a_run_that_leaves_the_bound_at_once_has_no_update_to_follow_and_says_so(page):
    page.session_state["pasted"] = "1e6 1e6"
    press(page, "Use the pasted text")
    type_into(page, "start_w", "1e6")
    type_into(page, "rate", "1000")
    type_into(page, "epochs", 1)
    words = " ".join(each.value for each in page.info)
    assert ("no update to follow" in words) == (len(train(page.session_state["experiment"])) == 0)


# Choices of the view


@pytest.mark.parametrize("measure", losses.MEASURES)
@pytest.mark.parametrize("per", ["epoch", "update"])
def test_the_loss_history_says_which_loss_it_shows(page, measure, per):
    choose(page, "samples", "One")
    page.session_state["measure"] = measure
    choose(page, "per", per)
    heading = figure(page)["layout"]["annotations"][2]["text"].replace("<br>", " ")
    expected = losses.loss_series(train(Experiment(batch_size=1)), measure, per).title
    assert expected in heading


def test_a_change_of_the_view_does_not_change_the_run(page):
    before = sentence(page)
    for key, value in {"scale": "log", "smoothing": 0.9, "printed": True, "panels": "stack"}.items():
        choose(page, key, value)
        assert sentence(page) == before


def test_the_rate_on_offer_is_taken_by_a_click(page):
    type_into(page, "rate", "0.3")
    press(page, "Largest safe")
    assert field(page, "rate").value == "0.214"
    assert not sentence(page).startswith("**Ran away")


def test_as_the_lecture_prints_it(page):
    choose(page, "samples", "One")
    choose(page, "printed", True)
    words = " ".join(each.value for each in page.info)
    assert "4.91924" in words
    assert "2.55072" in words


# Learning rates


def test_the_strip_has_the_exact_borders_and_the_mark_of_the_rate(page):
    (strip,) = [each for each in above_charts(page) if 'class="strip"' in each]
    for word in ("slides in", "bounces in", "runs away", ">0.107143<", ">0.214286<", "learning rate 0.01;"):
        assert word in strip
    assert f"left:{100 * 0.01 / (1.5 * 3 / 14):.4g}%" in strip


def test_the_snap_to_one_update_lands_there(page):
    press(page, "One update")
    assert field(page, "rate").value == repr(3 / 28)
    assert "exactly at the minimum" in sentence(page)


@pytest.mark.parametrize("key", OPTIMIZERS)
@pytest.mark.parametrize("samples", ["All", "One"])
def test_the_map_of_rates_exists_for_every_rule(page, key, samples):
    type_into(page, "optimizer", key)
    choose(page, "samples", samples)
    choose(page, "section", "Learning rates")
    chart = charts_of(page)[1].figure
    assert chart["layout"]["yaxis"]["title"]["text"] == "cost after 100 epochs"
    assert ("no closed form" in " ".join(each.value for each in page.markdown)) == (
        key not in {"gd", "momentum", "nesterov"} or (key != "gd" and samples == "One")
    )


def test_the_map_says_when_it_ran_fewer_epochs(page):
    type_into(page, "epochs", 5000)
    choose(page, "section", "Learning rates")
    assert any("Each rate was run for 600 epochs here, not for 5000" in each.value for each in page.caption)


def test_standardized_x_reports_the_line_in_its_original_units(page):
    type_into(page, "bias", True)
    type_into(page, "rate", "0.5")
    type_into(page, "standardize", True)
    assert any("the last line is y_hat = 2 x + " in each for each in above_charts(page))
    page.session_state["pasted"] = "2 1\n2 5"
    press(page, "Use the pasted text")
    assert "all x are equal" in warnings(page)


def test_the_surface_is_another_view_of_the_rings(page):
    type_into(page, "bias", True)
    choose(page, "section", "Learning rates")
    choose(page, "surface_on", True)
    chart = charts_of(page)[2].figure
    assert chart["data"][0]["type"] == "surface"


# Links


def test_an_opened_link_is_the_page_it_describes():
    link = {
        "data": "1,2;2,5;3,5.5",
        "rate": "0.05",
        "batch": "2",
        "optimizer": "adam",
        "beta1": "0.8",
        "start": "3",
        "axis": "log",
    }
    page = opened(link)
    expected = from_query(link).experiment
    assert page.session_state["experiment"] == expected
    assert sentence(page) == verdict(train(expected)).sentence
    assert page.session_state["scale"] == "log"
    assert link_of(page) == link


def test_the_address_follows_every_change(page):
    type_into(page, "rate", "0.2")
    choose(page, "samples", "Some")
    choose(page, "section", "The log")
    address = link_of(page)
    assert address == {"rate": "0.2", "batch": "2", "section": "The-log"}


def test_what_a_link_says_wrongly_is_named_and_the_rest_counts():
    page = opened({"rate": "<script>alert(1)</script>", "epochs": "7", "axis": "sideways"})
    assert "rate=<script>alert(1)</script> was not used" in warnings(page)
    assert "axis=sideways was not used" in warnings(page)
    assert field(page, "epochs").value == 7
    assert "rate" in page.query_params
    type_into(page, "epochs", 8)
    assert not warnings(checked(page.run()))
    assert link_of(page) == {"epochs": "8"}


@settings(max_examples=25)
@given(experiments(max_epochs=50))
def test_every_experiment_opens_from_its_link_as_itself(experiment):
    page = opened(to_query(experiment))
    assert not page.warning
    assert page.session_state["experiment"] == experiment


@pytest.mark.parametrize(
    ("brought", "usual"),
    [
        ({"rate": "abc"}, "Still using 0.01."),
        ({"start_w": "x"}, "Still using 1."),
        ({"bias": True, "start_b": "zz"}, "Still using 0."),
        ({"optimizer": "adam", "adam_beta1": "7"}, "Still using 0.9."),
        ({"section": "The fit", "predict_x": "q"}, "Still using 4."),
        ({"section": "Local minima", "landscape_rate": "-1"}, "Still using 0.05."),
    ],
)
def test_a_session_may_begin_with_the_broken_text_of_the_one_before(brought, usual):
    # As after a new start of the server: the browser's fields are as they were, and the session knows nothing yet.
    assert usual in warnings(opened(brought=brought))


@pytest.mark.parametrize("epochs", [0, -3, bounds.MAX_EPOCHS + 1])
def test_a_number_of_epochs_outside_its_range_is_named_and_stays_typed(epochs):
    page = opened({"epochs": "50"})
    type_into(page, "epochs", epochs)
    assert f"epochs must be a whole number from 1 to 10000, got {epochs}" in warnings(page)
    assert page.session_state["epochs"] == epochs
    assert page.session_state["experiment"].epochs == 50
    assert link_of(page)["epochs"] == "50"


@pytest.mark.parametrize(("step", "nearest", "number"), [(0, "first", 1), (500, "last", 100)])
def test_an_update_that_the_run_does_not_have_is_named(step, nearest, number):
    page = opened()
    type_into(page, "step", step)
    assert any(f"this is the {nearest} one, not number {step}" in each.value for each in page.info)
    assert page.session_state["step"] == number
