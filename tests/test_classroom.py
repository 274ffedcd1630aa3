"""The page in class: the tour, questions, the race, what a link hides."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gd_core import Dataset, Experiment, lesson, train
from gd_core.links import data_fits, from_query
from gd_core.questions import QUESTIONS, ask
from gd_core.racing import RACES
from gd_core.tour import STOPS
from tests.page import charts_of, checked, choose, field, figure, link_of, opened, press, sentence, type_into, warnings


def texts(page) -> str:
    return " ".join(each.value for each in [*page.markdown, *page.caption, *page.success, *page.error]).replace(
        "\\", ""
    )


# The tour


@pytest.mark.parametrize("number", range(1, len(STOPS) + 1))
def test_every_stop_opens_as_a_link_and_as_a_click_the_same(number):
    stop = STOPS[number - 1]
    by_link = opened(stop.query | {"tour": str(number)})
    assert not warnings(by_link)
    assert f"{number} of {len(STOPS)} · {stop.title}" in texts(by_link)
    by_click = opened()
    press(by_click, "Tour")
    for _ in range(number - 1):
        press(by_click, "Next stop")
    assert not warnings(by_click)
    assert by_click.session_state["experiment"] == by_link.session_state["experiment"]
    assert by_click.session_state["section"] == by_link.session_state["section"]
    assert figure(by_click) == figure(by_link)
    assert from_query(link_of(by_click)).experiment == by_link.session_state["experiment"]


def test_a_stop_can_be_tried_out_set_back_and_left():
    page = opened({"tour": "3", **STOPS[2].query})
    type_into(page, "start_w", "5")
    assert "3 of" in texts(page)
    assert page.session_state["experiment"].start == (5.0,)
    press(page, "This stop again")
    assert page.session_state["experiment"].start == (4.0,)
    press(page, "End the tour")
    assert "3 of" not in texts(page)
    assert page.session_state["experiment"].start == (4.0,)


# Predict, then reveal


@pytest.mark.parametrize("kind", QUESTIONS)
def test_nothing_on_the_page_or_in_its_address_gives_the_answer_away(kind):
    page = opened({"question": f"{kind}-4", "data": "noisy", "rate": "0.123"})
    question = ask(kind, from_query({"data": "noisy"}).experiment.dataset, False, 4)
    assert lesson.number(question.experiment.start[0]) in texts(page)
    assert not [each for each in page.slider if each.key == "rate_slider"]
    assert not [each for each in page.segmented_control if each.key == "section"]
    assert len(charts_of(page)) == 1
    assert "frames" not in figure(page)
    assert question.explanation not in texts(page)
    start = figure(page)["layout"]
    assert start


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("right", [True, False])
def test_an_answer_is_judged_explained_and_counted(kind, right):
    page = opened({"question": f"{kind}-4", "data": "noisy"})
    question = ask(kind, page.session_state["dataset"], False, 4)
    wrong = next((option for option in question.options if option != question.answer), "12345")
    page.session_state["reply"] = question.answer if right else wrong
    press(page, "Check")
    assert ("Right." in texts(page)) == right
    assert question.explanation.replace("*", "") in texts(page).replace("*", "")
    assert f"{int(right)} of 1 right in this visit." in texts(page)
    assert page.session_state["experiment"] == question.experiment
    assert sentence(page) == lesson.verdict(train(question.experiment)).sentence
    press(page, "Next question")
    assert page.session_state["question"] != (kind, 4)
    assert "Predict." in texts(page)


def test_no_answer_and_no_number_are_said():
    page = opened({"question": "next-4"})
    press(page, "Check")
    assert "Choose or type an answer first" in warnings(page)
    page.session_state["reply"] = "about two"
    press(page, "Check")
    assert "The answer is “about two”, not a number" in warnings(page)
    assert page.session_state["reply"] == "about two"


def test_questions_follow_the_points():
    page = opened({"question": "next-4"})
    before = texts(page)
    page.session_state["pasted"] = "1 3\n2 5"
    press(page, "Use the pasted text")
    assert texts(page) != before
    assert page.session_state["dataset"] == Dataset([1, 2], [3, 5])
    page.session_state["pasted"] = "0 3\n0 5"
    press(page, "Use the pasted text")
    assert any("This question cannot be asked now" in each.value for each in page.info)
    press(page, "Stop asking")
    assert page.session_state["question"] is None


def test_the_three_rates_meet_in_the_race():
    page = opened({"question": "rates-2"})
    question = ask("rates", Dataset.lecture(), False, 2)
    page.session_state["reply"] = question.answer
    press(page, "Check")
    assert page.session_state["section"] == "Race"
    assert page.session_state["race"] == question.rivals


# The race


@pytest.mark.parametrize("key", RACES)
def test_every_ready_race_runs_and_travels_in_the_link(key):
    page = opened({"section": "Race"})
    press(page, RACES[key].label)
    race = RACES[key].made_for(Experiment())
    assert page.session_state["race"] == race.entries
    assert page.session_state["experiment"] == race.experiment
    copy = opened(link_of(page))
    assert not warnings(copy)
    assert copy.session_state["race"] == race.entries
    assert charts_of(copy)[1] == charts_of(page)[1]


def test_runs_enter_change_and_leave():
    page = opened({"section": "Race", "rate": "0.2"})
    press(page, "Add the run above")
    assert len(page.session_state["race"]) == 4
    assert "Gradient descent, all samples, rate 0.2" in texts(page)
    row = f"race_{page.session_state['race_version']}_2"
    type_into(page, f"{row}_rate", "0,05")
    type_into(page, f"{row}_samples", "all")
    type_into(page, f"{row}_rule", "adam")
    assert "Adam, all samples, rate 0.05" in texts(page)
    assert link_of(page)["race"] in (
        "gd,0.01;adam,0.05;gd,0.01,1;gd,0.2",
        ["gd,0.01;adam,0.05;gd,0.01,1;gd,0.2"],
    )
    press(page, "Remove")
    assert "1: Adam" in json.dumps(charts_of(page)[1].figure)
    for _ in range(3):
        press(page, "Remove")
    assert any("Nobody races" in each.value for each in page.info)


@pytest.mark.parametrize(
    ("field_", "text", "says"),
    [("rate", "fast", "fast”, not a number"), ("rate", "0", "greater than 0"), ("samples", "1.5", "whole number"),
     ("samples", "0", "samples must be"), ("samples", "", "samples is empty")],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named_and_races_as_before(field_, text, says):
    page = opened({"section": "Race"})
    before = page.session_state["race"]
    type_into(page, f"race_{page.session_state['race_version']}_3_{field_}", text)
    assert says in warnings(page)
    assert "Run 3" in warnings(page)
    assert page.session_state["race"] == before


def test_an_entry_that_needs_more_points_than_there_are_sits_out():
    page = opened({"section": "Race", "race": "gd,0.01;gd,0.01,3", "data": "1,2;2,4"})
    assert "Run 2 does not race: batch_size must be" in warnings(page)
    assert "| 1 | Gradient descent, all samples" in texts(page)


def test_a_section_left_and_opened_again_keeps_its_race():
    page = opened({"section": "Race"})
    type_into(page, f"race_{page.session_state['race_version']}_1_rate", "0.07")
    choose(page, "section", "The log")
    choose(page, "section", "Race")
    assert "Gradient descent, all samples, rate 0.07" in texts(page)


# For the projector, and all of it in the link


def test_what_a_link_hides_still_works_and_comes_back():
    plain = opened({"rate": "0.2"})
    page = opened({"rate": "0.2", "hide": "controls,sections", "large": "1"})
    assert not warnings(page)
    styles = " ".join(each.proto.body for each in page.get("html"))
    assert ".st-key-part-controls) {display: none}" in styles
    assert "part-data" not in styles
    assert sentence(page) == sentence(plain)
    assert figure(page)["layout"]["font"]["size"] > figure(plain)["layout"]["font"]["size"]
    press(page, "Show everything")
    assert link_of(page) == {"rate": "0.2", "large": "1"}


CHOICES = {
    "hide": ["title", "data,optimizer", "title,data,rate", "everything", ","],
    "tour": ["1", "11", "0", "99", "x"],
    "question": ["regime-1", "next-3", "settle-2", "mood-1", "regime"],
    "race": ["gd,0.1", "gd,0.1;adam,1", "nobody", "gd", "gd,0.1;" * 9],
    "section": ["Race", "Learning-rates", "Nowhere"],
    "step": ["1", "5", "1000000000", "-1"],
    "axis": ["log", "linear", "sideways"],
    "draw": ["3", "-3"],
    "large": ["1", "2"],
    "ruler": ["samples", "miles"],
    "rate": ["0.2", "0", "nan"],
    "bias": ["1", "yes"],
    "data": ["1,2", "noisy", "1,2;3", "<b>", "0,0"],
}


@settings(max_examples=40)
@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in CHOICES.items()}))
def test_any_mixture_of_good_and_bad_parameters_opens_and_stays_itself(link):
    page = opened(link)
    assert "Traceback" not in texts(page)
    described = link_of(page)
    copy = opened(described)
    assert figure(copy) == figure(page)
    assert texts(copy) == texts(page)


def test_an_emptied_race_stays_empty_in_its_link():
    page = opened({"section": "Race"})
    for _ in range(3):
        press(page, "Remove")
    assert any("Nobody races" in each.value for each in page.info)
    assert link_of(page)["race"]  # an empty parameter would be lost on Streamlit 1.62
    assert any("Nobody races" in each.value for each in opened(link_of(page)).info)


def test_a_page_too_large_for_its_link_says_so():
    rows = "\n".join(f"{n / 7} {n / 3}" for n in range(1, 200))
    page = opened()
    page.session_state["pasted"] = rows
    press(page, "Use the pasted text")
    assert not data_fits(page.session_state["dataset"])
    assert any("too many for a link" in each.value for each in page.info)


def test_sharing_shows_the_address_of_the_page():
    page = opened({"rate": "0.2", "data": "1,2;2,5"})
    press(page, "Share")
    assert any(
        each.value.endswith("?rate=0.2&data=1,2;2,5") or each.value.endswith("?data=1,2;2,5&rate=0.2")
        for each in page.code
    )


def test_the_seed_of_a_random_start_is_in_the_link():
    page = opened()
    press(page, "Random start")
    copy = opened(link_of(page))
    assert field(copy, "start_w").value == field(page, "start_w").value
    assert any("Seed 1 drew" in each.value for each in checked(copy).caption)
