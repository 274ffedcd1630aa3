"""The page: gradient descent on the visitor's own points. It reads from top to bottom as the visitor sees it."""

import gc
import html
import inspect
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from pathlib import Path
from threading import Event
from typing import Literal

import plotly.io
import segno
import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit.delta_generator import DeltaGenerator

from gd_core import OPTIMIZERS, Dataset, Experiment, bounds, charts, export, lesson, train
from gd_core.data import PRESETS, decode, parse_number, read_table, read_text, standardized
from gd_core.landscapes import LANDSCAPES, MAX_UPDATES, SITUATIONS, Descent, basins, descend
from gd_core.links import (
    Choice,
    address,
    counted_choice,
    data_fits,
    from_query,
    number_choice,
    one_of,
    plain_number,
    race_text,
    read_choices,
    read_question,
    read_race,
    several_of,
    switch,
    to_query,
    write_choices,
    write_question,
)
from gd_core.losses import MEASURES
from gd_core.optimizers import Optimizer
from gd_core.questions import QUESTIONS, Question, ask, judge
from gd_core.racing import MOST_ENTRIES, RACES, Entry, entry_of
from gd_core.tour import STOPS
from gd_core.training import Run, random_start

SAMPLES = ["All", "One", "Some"]
RATES = {  # the slider's stops, and what they are called
    rate: f"{rate:g}"
    for rate in (
        float(f"{mantissa}e{power}") for power in range(-6, 1) for mantissa in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    )
}
TOLERANCES = ("0.001", "0.1", "0.01", "1e-06", "1e-09")
SMOOTHINGS = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98]
SMOOTHING_HELP = """An exponentially weighted average, for display only: training does not see it, and it lags behind the raw
curve, which stays visible."""
SLIDER_DELAY = 2.0  # seconds in which a browser has surely drawn what it was sent
# The Streamlit of the browser build is too old for a component of our own: there, Streamlit's chart has to do.
CHARTS_CHANGE_IN_PLACE = "alt" in inspect.signature(st.plotly_chart).parameters  # since 1.66
IN_THE_BROWSER = sys.platform == "emscripten"  # where Python may not wait
BROWSER_FILES = Path(__file__).parent / ".page"  # the style sheet and the scripts
# Plotly's own buttons: nothing leaves the page, nothing is selected, and the fewer there are, the less legend they cover.
NOT_ON_CHARTS = ["sendChartToCloud", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"]
PICTURE_HELP = "What the camera on a chart saves."
PROGRAMS = {  # what can be run elsewhere: its label, and who writes it
    "python": ("Plain Python", export.python_script),
    "pytorch": ("PyTorch", export.pytorch_script),
    "numpy": ("With gd_core", export.numpy_script),
}
AT_ONCE = 5_000  # updates times samples of a run that is quicker to train than to look up
MOST_SHOWN = 20_000  # characters of a program or a log on the page; the rest is in the file
PREDICT_X = "Predict at x"
RATE = "Learning rate α"
# Whether the page or a fragment runs. Not in the session's state: whoever is interrupted may not write there.
RUNNING = ContextVar("RUNNING", default=False)
# Seconds that the slider and the arithmetic wait: a browser that gets all at once shows nothing before it has drawn all, and
# one that gets them sooner is busy with them while it should paint.
PICTURE_FIRST = 0.07
BY_HAND = "One update by hand"
SECTIONS = (
    BY_HAND,
    "Learning rates",
    "The fit",
    "The log",
    "One sample at a time",
    "Race",
    "Local minima",
    "Take it away",
)
SECTION_KEYS = (  # of the controls that only a section shows
    "predict_x", "surface_on", "section", "step", "ruler", "tolerance", "program", "landscape", "mover", "place",
    "landscape_rate", "landscape_updates",
)  # fmt: skip
STAGE_KEYS = (  # of the controls that the picture, its panels and its sheet have
    "scale", "measure", "per", "smoothing", "picture", "panels", "hide", "large", "printed", "each_sample",
    "view_panel", "exact_panel", "derivation_panel", "rate",
)  # fmt: skip
PARTS = {  # what can be hidden, so that a class sees the question and not the way to the answer
    "title": "Title, tour and sharing",
    "controls": "All controls",
    "data": "Data",
    "optimizer": "Optimizer",
    "samples": "Samples per update",
    "epochs": "Epochs and start",
    "more": "Formula, bias, start, order",
    "rate": "Learning rate",
    "map": "Map of the learning rates",
    "view": "View",
    "sections": "Sections",
}
ICON = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none'>"
    "<path d='M1 1 Q8 28 15 1' stroke='gray' stroke-width='1.5'/><circle cx='4.6' cy='8' r='2.6' fill='%230072B2'/></svg>"
)
TINTS = {
    "slides in": "rgba(0,114,178,.22)",
    "converges": "rgba(0,114,178,.22)",
    "bounces in": "rgba(230,159,0,.28)",
    "runs away": "rgba(213,94,0,.32)",
    "may run away": "rgba(213,94,0,.32)",
}
KEYS_IN_WORDS = (
    "Keys: K plays and pauses, J and L go one picture back and on; ← and → step through “One update by hand”."
)
COPY_BUTTON = """<button id="copy-link" type="button">Copy the link</button> <span id="copy-result" role="status"></span>
<style>#copy-link {font: inherit; padding: .4rem .9rem; border-radius: .5rem; border: 1px solid; background: none; color: inherit;
cursor: pointer}</style>"""


def main() -> None:
    settle_memory()
    st.set_page_config(page_title="Gradient descent", page_icon=ICON, layout="wide")
    remember_defaults()
    with outermost():
        open_link()
        style, script = browser_file("page.css"), browser_file("page.js")
        st.html(
            f"<style>{style}</style>{style_of_choices()}<script>{script}</script>",
            unsafe_allow_javascript=True,
        )
        share = heading()
        tour()
        question = open_question()
        if question is not None:
            predict(question)
        else:
            left, right = st.columns([1, 3.2], gap="medium")
            with left, part("controls"):
                experiment = controls()
            with right:
                revealed()
                if arrangement() == "row":
                    # A narrow window that is no phone: only the browser knows, so the style sheet shows this button there.
                    st.button("Stack the panels for this narrow window", key="narrow", on_click=stack_panels)
                stage(experiment)
        if st.session_state.hide:
            st.button("Show everything", on_click=show_everything, type="tertiary")
    if share:
        share_dialog()


@contextmanager
def outermost() -> Iterator[bool]:
    """Tell whether nothing runs round what runs here: the page does, or a fragment alone; that one writes the link at its end."""
    alone, before = not RUNNING.get(), RUNNING.set(True)
    try:
        yield alone
        if alone:
            write_link()
    finally:
        RUNNING.reset(before)


def settle_memory() -> None:
    """Let Python look for garbage where it arises, in sessions, and not among the objects of imported modules.

    The default looks through all of them every few changes. A session leaves some 2,000 objects behind: looked for after
    tens of sessions they are gone in a fifth of a second, after hundreds all would wait for that.
    """
    if not gc.get_freeze_count():  # once a process
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 1, 1)


@st.cache_resource(show_spinner=False)
def browser_file(name: str) -> str:
    return (BROWSER_FILES / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Sheet:
    """Where the arithmetic of one update stands, written anew for another rate as well as for another update."""

    working: DeltaGenerator
    digits: DeltaGenerator | None

    def write(self, run: Run) -> None:
        self.working.markdown(update_by_hand(run), unsafe_allow_html=True)
        if self.digits is not None:
            self.digits.code(lesson.exact_values(run, chosen_update(run)), language=None)


@st.fragment
def stage(experiment: Experiment) -> None:
    """The learning rate, the picture it changes, and the sections; a fragment, so that these leave the controls alone.

    Each part has its place on the page before it is filled, because the first one also writes on the sheet in the last.
    """
    state = st.session_state
    with outermost() as alone:
        keep(STAGE_KEYS)
        if alone and (state.pop("concerns_all", False) or state.section == BY_HAND):
            st.rerun()  # a sheet on which other fragments write can only be laid out by the whole page
        top, middle = st.container(), st.container()
        with part("sections"):
            bottom, sheet = st.container(), None
            if state.section == BY_HAND:
                sheet = update_sheet(experiment.bias)
        # What a new rate changes is a fragment where that is known: any other section is written anew as a whole.
        draw = picture if sheet is None else st.fragment(picture)
        with top:
            run = draw(experiment, sheet)
        with middle, part("view"):
            wants_twin = view_controls(experiment)
        with bottom:
            sections(sheet)
        if wants_twin:
            drawn, words = theatre(run)
            said = lesson.plain_text(lesson.verdict(run).sentence)
            twin(drawn, f"{words} {said}", "theatre", lesson.tabulate_run(run))


def keep(keys: Iterable[str]) -> None:
    """Keep what controls say that may not be drawn in this run: in a panel that is closed, in another section, after a rerun."""
    state = st.session_state
    for key in keys:
        if key in state:
            state[key] = state[key]


def picture(experiment: Experiment, sheet: Sheet | None) -> Run:
    """The learning rate and what follows from it: what happened, the theatre, and on the sheet the arithmetic of an update."""
    state = st.session_state
    with outermost() as alone:
        rate, complaint = number_in("rate", RATE, 0.0, bounds.MAX_LEARNING_RATE, above_low=True)
        experiment = replace(experiment, learning_rate=rate)
        run = run_of(experiment)
        if alone and len(run) != len(state.run):
            keep(("rate",))
            st.rerun()  # the stepper, too, must know how many updates there are
        state.experiment, state.run = experiment, run
        with part("rate"):
            controls = st.container(horizontal=True, vertical_alignment="bottom")
        show_chart(*theatre(run), "theatre", outcome_html(run, complaint))
        if state.printed:
            st.info(lesson.printed_loss(run))
        if alone and not IN_THE_BROWSER:
            Event().wait(PICTURE_FIRST)
        with controls:
            rate_controls(experiment)
        if sheet is not None:
            sheet.write(run)
        return run


def run_of(experiment: Experiment) -> Run:
    """Train; a run that takes longer than looking it up is kept for the next change that does not concern it.

    The optimizer is an argument of its own although the experiment's repr names it, so that the key surely does.
    """
    if experiment.updates * (experiment.batch_size or len(experiment.dataset)) <= AT_ONCE:
        return train(experiment)
    kept = st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Experiment: repr})
    return kept(trained)(experiment, experiment.optimizer)


def trained(experiment: Experiment, optimizer: object) -> Run:
    return train(experiment)


# State: each choice lives once, in the session, under the key of its control


def remember_defaults() -> None:
    """Put the lecture's values into a new session; in a known one, keep what a control that is not on the page would lose."""
    state, lecture = st.session_state, Experiment()
    controls = {
        "optimizer": lecture.optimizer.key,
        "samples": "All",
        "batch_size": 2,
        "epochs": lecture.epochs,
        "rate": plain_number(lecture.learning_rate),
        "bias": lecture.bias,
        "start_w": plain_number(lecture.start[0]),
        "start_b": "0",
        "shuffle": False,
        "shuffle_seed": 1,
        "pasted": "",
    } | {choice.key: choice.default for choice in CHOICES}
    if "experiment" in state:
        for key, value in controls.items():
            state[key] = state.get(key, value)
        return
    others: dict[str, object] = {
        "original_units": None,
        "dataset": lecture.dataset,
        "experiment": lecture,
        "run": Run.of_start(lecture),
        "query": {},
        "described": None,
        "controls": {},
        "slider_left": (None, 0.0),
        "link_complaints": (),
        "good": usual_numbers(controls),
        "race_version": 0,
        "cells": None,
        "answers": {},
    }
    for key, value in (controls | others).items():
        state.setdefault(key, value)
    show_in_table(lecture.dataset)


def usual_numbers(controls: dict[str, object]) -> dict[str, float]:
    """Return what counts in each field for a number until something good is typed.

    A session can begin with a broken text: the browser brings it along where the server was started anew under the page.
    """
    typed = ("rate", "start_w", "start_b", "predict_x", "landscape_rate")
    knobs = {
        f"{rule.key}_{knob.name}": getattr(rule(), knob.name) for rule in OPTIMIZERS.values() for knob in fields(rule)
    }
    return {key: float(str(controls[key])) for key in typed} | knobs


def show_in_table(dataset: Dataset) -> None:
    """Put points into the table; a new version of the table's key, because it must never get its own output back."""
    st.session_state.table = {
        "x": [plain_number(value) for value in dataset.x.tolist()],
        "y": [plain_number(value) for value in dataset.y.tolist()],
    }
    st.session_state.table_version = st.session_state.get("table_version", 0) + 1
    st.session_state.cells = None


def plain(text: str) -> str:
    """Escape what a visitor typed, so that Markdown shows it and does nothing else with it.

    A bare address would become a link even so; an invisible space in it prevents that.
    """
    unlinked = re.sub(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", "\u200b", text)
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", unlinked)


# The link: the address always describes the page, and opening an address gives the page it describes

CHOICES = (
    number_choice("predict_x", "predict", 4.0, -bounds.MAX_VALUE, bounds.MAX_VALUE),
    one_of("scale", "axis", ("linear", "log")),
    one_of("measure", "loss", tuple(MEASURES)),
    one_of("per", "per", ("epoch", "update")),
    one_of("smoothing", "smooth", SMOOTHINGS),
    switch("printed", "printed"),
    switch("each_sample", "curves"),
    one_of("picture", "picture", ("png", "svg")),
    one_of("program", "program", tuple(PROGRAMS)),
    one_of("panels", "panels", ("auto", "row", "stack")),
    switch("standardize", "standardize"),
    switch("surface_on", "surface"),
    counted_choice("start_seed", "draw", 0, 0, bounds.MAX_SEED),
    one_of("section", "section", SECTIONS),
    counted_choice("step", "step", 1, 1, bounds.MAX_UPDATES),
    Choice("race", "race", RACES["samples"].made_for(Experiment()).entries, read_race, race_text),
    one_of("ruler", "ruler", tuple(lesson.RULERS)),
    one_of("tolerance", "tolerance", TOLERANCES),
    one_of("landscape", "landscape", tuple(LANDSCAPES)),
    one_of("mover", "mover", tuple(OPTIMIZERS)),
    Choice("place", "place", "", str),
    number_choice(
        "landscape_rate", "landscape-rate", Descent().learning_rate, 0.0, bounds.MAX_LEARNING_RATE, above_low=True
    ),
    counted_choice("landscape_updates", "landscape-updates", Descent().updates, 1, MAX_UPDATES),
    counted_choice("tour", "tour", 0, 0, len(STOPS)),
    Choice("question", "question", None, read_question, write_question),
    several_of("hide", "hide", tuple(PARTS)),
    switch("large", "large"),
)


def open_link() -> None:
    """Take the address into the session where the visitor has changed it: opened a link, gone back or forward.

    A run that follows a change of a control may still carry the address from before the last change. That is no step back:
    the controls count.
    """
    state, query = st.session_state, st.query_params.to_dict()
    if query == state.query or any(
        state.controls.get(key, text) != text for key, text in controls_in(state.to_dict()).items()
    ):
        return
    take(query)
    state.query, state.described = query, None


def take(query: dict[str, str]) -> None:
    """Set the whole page to what a link says; what cannot be used is kept as complaints."""
    state = st.session_state
    link = from_query(query)
    chosen, refused = read_choices(CHOICES, query)
    show_experiment(link.experiment)
    for key, value in chosen.items():
        state[key] = value
    state.race_version += 1
    state.link_complaints = (*link.complaints, *refused)


def show_experiment(experiment: Experiment) -> None:
    """Set every control to what an experiment says."""
    state, rule = st.session_state, experiment.optimizer
    if experiment.dataset != state.dataset:
        show_in_table(experiment.dataset)
        state.dataset = experiment.dataset
    state.optimizer = rule.key
    for knob in fields(rule):
        state[f"{rule.key}_{knob.name}"] = plain_number(getattr(rule, knob.name))
    state.samples = {None: "All", 1: "One"}.get(experiment.batch_size, "Some")
    if state.samples == "Some":
        state.batch_size = experiment.batch_size
    state.epochs, state.rate = experiment.epochs, plain_number(experiment.learning_rate)
    state.bias, state.shuffle = experiment.bias, experiment.shuffle_seed is not None
    for key, value in zip(("start_w", "start_b"), experiment.start):
        state[key] = plain_number(value)
    if state.shuffle:
        state.shuffle_seed = experiment.shuffle_seed


def controls_in(session: dict) -> dict[str, str]:
    """Return what every control says, in a form that can be compared with what it said at the end of the last run."""
    ours = {
        "query",
        "described",
        "link_complaints",
        "controls",
        "experiment",
        "run",
        "dataset",
        "good",
        "original_units",
        "file",
        "saved",
        "answers",
        "rate_slider",  # follows the rate, and a browser may not have drawn yet where to
    }
    return {key: repr(value) for key, value in session.items() if key not in ours}


def write_link() -> None:
    """Put the page into the address, what is at its default left out.

    An address that was opened stays as it is until something changes: rewriting it at once would be one more step back.
    """
    state, session = st.session_state, st.session_state.to_dict()
    query = described(session)
    if state.described is not None and query != state.described:
        st.query_params.from_dict(query)
        state.query, state.link_complaints = query, ()
    state.described, state.controls = query, controls_in(session)


def described(session: dict) -> dict[str, str]:
    """Return the query parameters that describe the page; of a question that is open, nothing that the answer depends on."""
    query = write_choices(CHOICES, session)
    if open_question() is not None:
        kept = ("question", "tour", "hide", "large")
        experiment = Experiment(session["dataset"], session["bias"])
        return to_query(experiment) | {name: text for name, text in query.items() if name in kept}
    experiment = session["experiment"]
    if experiment.dataset is not session["dataset"]:  # standardized: a link says so, and holds the points as they came
        experiment = replace(experiment, dataset=session["dataset"])
    return to_query(experiment) | query


# Top


def heading() -> bool:
    """The title, the way into the tour and the questions; return whether the visitor wants to share the page."""
    for complaint in st.session_state.link_complaints:
        st.warning(plain(f"In the link: {complaint}"))
    with part("title"), st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown("### Gradient descent", width="stretch" if st.session_state.large else "content")
        if not st.session_state.large:  # large letters need the room
            st.caption("Guess a weight, then let the slope of the cost correct it, update by update.", width="stretch")
        st.button(
            "Tour", icon=":material/signpost:", on_click=go_to_stop, args=(1,), disabled=st.session_state.tour > 0
        )
        st.button(
            "Predict", icon=":material/quiz:", on_click=next_question, disabled=st.session_state.question is not None
        )
        return st.button("Share", icon=":material/share:")


def part(name: str) -> AbstractContextManager:
    """Return what a part that a link can hide stands in: hidden, it keeps its values and works on."""
    return st.container(key=f"part-{name}") if name in hidden_parts() else nullcontext()


def hidden_parts() -> list[str]:
    hide = st.session_state.hide
    return [*hide, "rate", "map"] if "controls" in hide else hide


def style_of_choices() -> str:
    hidden = "".join(f"div:has(> .st-key-part-{name}) {{display: none}}" for name in hidden_parts())  # with its gap
    if "controls" in st.session_state.hide:  # the theatre takes their column as well
        hidden += ".stColumn:has(.st-key-part-controls) {display: none}"
    large = "html {font-size: 22px}" if st.session_state.large else ""
    return f"<style>{hidden}{large}</style>"


def show_everything() -> None:
    st.session_state.hide = []


@st.dialog("Share this page")
def share_dialog() -> None:
    """The link to the page as it is, to copy or to photograph."""
    page = getattr(st.context, "url", None) or ""
    link = address(page, described(st.session_state.to_dict()))
    st.caption("Whoever opens this link sees this very page. Nothing is stored anywhere: the link is the page.")
    st.code(link, language=None, wrap_lines=True)
    st.html(COPY_BUTTON)
    try:
        code = segno.make(link, micro=False)
    except segno.DataOverflowError:
        st.info("The link is too long for a QR code.")
    else:
        picture = code.svg_data_uri(scale=5, border=3, dark="black", light="white")
        st.html(f'<img src="{picture}" alt="The link as a QR code" style="max-width: 100%">')


# The tour


def tour() -> None:
    """The stop of the lecture that the page shows, with the way on and back."""
    number = st.session_state.tour
    if number == 0:
        return
    stop = STOPS[number - 1]
    with st.container(border=True, key="tour_box"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{number} of {len(STOPS)} · {stop.title}**", width="stretch")
            st.button(
                "Previous stop",
                icon=":material/arrow_back:",
                on_click=go_to_stop,
                args=(number - 1,),
                disabled=number == 1,
            )
            st.button("This stop again", icon=":material/restart_alt:", on_click=go_to_stop, args=(number,))
            st.button(
                "Next stop",
                icon=":material/arrow_forward:",
                on_click=go_to_stop,
                args=(number + 1,),
                disabled=number == len(STOPS),
            )
            st.button("End the tour", icon=":material/close:", on_click=end_tour)
        st.markdown(plain(stop.text))
        st.markdown(f"**Try:** {plain(stop.question)}")


def go_to_stop(number: int) -> None:
    """Set the page up as a stop of the tour says; what is hidden for the projector stays hidden."""
    state = st.session_state
    kept = write_choices([choice for choice in CHOICES if choice.key in ("hide", "large", "panels")], state.to_dict())
    take(STOPS[number - 1].query | kept | {"tour": str(number)})


def end_tour() -> None:
    st.session_state.tour = 0


# Predict, then reveal


def asked() -> Question | None:
    """Return the question that the page asks about the current points, if it asks one that fits them."""
    state = st.session_state
    if state.question is None:
        return None
    try:
        return ask(state.question[0], state.dataset, state.bias, state.question[1])
    except ValueError:
        return None


def open_question() -> Question | None:
    """Return the question that has not been answered yet."""
    question = asked()
    return None if question is None or repr(question) in st.session_state.answers else question


def next_question() -> None:
    """Ask the next kind of question; after the last kind the first again, with the next seed."""
    state, kinds = st.session_state, list(QUESTIONS)
    kind, seed = state.question or (kinds[-1], 0)
    place = kinds.index(kind) + 1
    state.question = (kinds[place % len(kinds)], seed + place // len(kinds))
    state.standardize, state.reply = False, None


def predict(question: Question) -> None:
    """The question, and the page as it is before the run: the outcome stays hidden until there is an answer."""
    left, right = st.columns([1, 3.2], gap="medium")
    with left:
        before = st.session_state.dataset
        with part("data"):
            if data_panel() != before:
                st.rerun()  # the question was drawn for the points before
        question_controls()
    with right:
        with st.container(border=True):
            st.markdown(f"**Predict.** {plain(question.text)}")
            with st.form("reply_form", border=False):
                if question.options:
                    st.radio("Your answer", question.options, index=None, key="reply", horizontal=True)
                else:
                    st.text_input("Your answer", key="reply")
                st.form_submit_button("Check", on_click=answer, args=(question,))
            if complaint := st.session_state.pop("reply_complaint", ""):
                st.warning(plain(complaint))
        start = Run.of_start(question.experiment)
        view = view_now(question.experiment)
        show_chart(charts.theatre(start, view), lesson.describe_start(question.experiment), "theatre")


def question_controls() -> None:
    """Which question is asked, and the way out."""
    kind, seed = st.session_state.question
    st.session_state.question_kind, st.session_state.question_seed = kind, seed
    st.selectbox(
        "Question",
        list(QUESTIONS),
        key="question_kind",
        format_func=lambda key: QUESTIONS[key].label,
        on_change=choose_question,
    )
    st.number_input(
        "Seed",
        0,
        bounds.MAX_SEED,
        key="question_seed",
        on_change=choose_question,
        help="The same seed asks the same question again.",
    )
    st.button("Stop asking", on_click=stop_asking)
    st.caption(score_in_words())


def choose_question() -> None:
    state = st.session_state
    state.question, state.reply = (state.question_kind, state.question_seed), None


def stop_asking() -> None:
    st.session_state.question = None


def answer(question: Question) -> None:
    """Judge the reply, remember it for this visit only, and set the page to the run that shows the answer."""
    state = st.session_state
    if not state.reply:
        state.reply_complaint = "Choose or type an answer first."
        return
    try:
        right = judge(question, state.reply)
    except ValueError as complaint:
        state.reply_complaint = f"{complaint}."
        return
    state.answers[repr(question)] = (state.reply, right)
    show_experiment(question.experiment)
    if question.rivals:
        state.race, state.section = question.rivals, "Race"
        state.race_version += 1


def revealed() -> None:
    """Whether the prediction was right, and why, above the run that shows it."""
    state = st.session_state
    if state.question is None:
        return
    question = asked()
    if question is None:
        try:
            ask(state.question[0], state.dataset, state.bias, state.question[1])
        except ValueError as complaint:
            st.info(plain(f"This question cannot be asked now: {complaint}."))
    else:
        reply, right = state.answers[repr(question)]
        verdict = (
            "**Right.**"
            if right
            else f"**Not so.** You said: {plain(reply)}. The answer: {plain(shown_answer(question))}."
        )
        (st.success if right else st.error)(f"{verdict} {plain(question.explanation)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Next question", on_click=next_question)
        st.button("Stop asking", on_click=stop_asking)
        st.caption(score_in_words(), width="content")


def shown_answer(question: Question) -> str:
    return question.answer if question.options else lesson.number(float(question.answer))


def score_in_words() -> str:
    """Right and wrong answers of this visit; they are kept nowhere else."""
    results = [right for _, right in st.session_state.answers.values()]
    return f"{sum(results)} of {len(results)} right in this visit." if results else ""


# Controls


def controls() -> Experiment:
    """Show the controls and return the experiment they describe, but for its learning rate, which stands above the picture.

    Where they describe none, a sentence says why, and the last good one counts.
    """
    with part("data"):
        dataset = data_panel()
    with part("optimizer"):
        key = st.selectbox(
            "Optimizer", list(OPTIMIZERS), key="optimizer", format_func=lambda key: OPTIMIZERS[key].label
        )
        optimizer_class = OPTIMIZERS[key]
    with part("samples"):
        batch_size = samples_control(len(dataset))
    with part("epochs"):
        epochs_and_start = st.container(horizontal=True)
    with epochs_and_start:
        # Without bounds of its own, which it would hold without a word: a number outside is refused in a sentence below.
        st.number_input("Epochs", step=1, key="epochs", help="One epoch is one pass over all points.")
        start: tuple[float, ...] = (typed_number("Start w", "start_w", -bounds.MAX_VALUE, bounds.MAX_VALUE),)
    with part("more"):
        panel = st.expander("Formula, bias, start, order", key="more_panel", on_change="rerun")
    remember_knobs(optimizer_class)
    if panel.open:
        with panel:
            more_controls(optimizer_class)
    state = st.session_state
    optimizer = optimizer_now(optimizer_class)
    if state.bias:
        start += (number_in("start_b", "Start b", -bounds.MAX_VALUE, bounds.MAX_VALUE)[0],)
    dataset = standardized_if_wanted(dataset)
    try:
        return Experiment(
            dataset=dataset,
            bias=st.session_state.bias,
            start=start,
            optimizer=optimizer,
            learning_rate=state.experiment.learning_rate,
            epochs=st.session_state.epochs,
            batch_size=batch_size,
            shuffle_seed=state.shuffle_seed if state.shuffle else None,
        )
    except ValueError as complaint:
        st.error(plain(f"Not run: {complaint}. The last run that worked is still shown."))
        return state.experiment


def data_panel() -> Dataset:
    """The points, folded away; a closed panel costs nothing, and keeps what was typed into its table."""
    state, panel = st.session_state, st.expander("Data", key="data_panel", on_change="rerun")
    if panel.open:
        with panel:
            data_controls()
    elif state.cells is not None:
        state.table, state.cells = state.cells, None
        state.table_version += 1
    return state.dataset


def data_controls() -> None:
    """The table, ready sets, pasted text and files; what the page uses stands under the table."""
    table = st.data_editor(
        st.session_state.table,
        key=f"table_{st.session_state.table_version}",
        num_rows="dynamic",
        hide_index=True,
        # Text cells, read by gd_core: number cells turn letters into 0 and "3,5" into 35 without a word.
        column_config={name: st.column_config.TextColumn(name, max_chars=40) for name in "xy"},
    )
    st.session_state.cells = {name: list(table[name]) for name in "xy"}
    reading = read_table(table["x"], table["y"])
    for note in reading.notes:
        st.warning(plain(note))
    if reading.dataset is None:
        st.warning("The last points that could be used are still shown.")
    else:
        st.session_state.dataset = reading.dataset
    dataset = st.session_state.dataset
    st.caption(plain(points_in_words(dataset)))
    if not data_fits(dataset):
        st.info("These points are too many for a link. Whoever opens yours gets everything else of this page.")
    st.selectbox(
        "Ready sets",
        list(PRESETS),
        index=None,
        key="preset",
        format_func=lambda key: PRESETS[key].label,
        placeholder="Choose points",
        on_change=load_preset,
    )
    st.text_area("Paste two columns, x and y", key="pasted", height=100, placeholder="1  2\n2  4\n3  6")
    st.button("Use the pasted text", on_click=load_text)
    st.file_uploader("Or a CSV or TSV file", type=["csv", "tsv", "txt"], key="file", on_change=load_file)
    for note in st.session_state.get("load_notes", ()):
        st.info(plain(note))


def points_in_words(dataset: Dataset) -> str:
    pairs = [f"({lesson.number(x)}, {lesson.number(y)})" for x, y in zip(dataset.x.tolist(), dataset.y.tolist())]
    if len(pairs) > 12:
        pairs = [*pairs[:6], "…", *pairs[-5:]]
    return f"In use: {lesson.counted(len(dataset), 'point')}: {' '.join(pairs)}"


def load_preset() -> None:
    if st.session_state.preset is not None:
        show_in_table(PRESETS[st.session_state.preset].dataset)
        st.session_state.preset = None
        st.session_state.load_notes = ()


def load_text() -> None:
    load(st.session_state.pasted)


def load_file() -> None:
    if st.session_state.file is not None:
        try:
            text = decode(st.session_state.file.getvalue())
        except ValueError as complaint:
            st.session_state.load_notes = (str(complaint),)
        else:
            load(text)


def load(text: str) -> None:
    reading = read_text(text)
    st.session_state.load_notes = reading.notes
    if reading.dataset is not None:
        show_in_table(reading.dataset)


def samples_control(count: int) -> int | None:
    """Samples per update: None for all points, 1, or the number chosen."""
    options = SAMPLES if count > 1 else SAMPLES[:2]
    if st.session_state.samples not in options:
        st.session_state.samples = "All"
    choice = st.segmented_control("Samples per update", options, key="samples", required=True, width="stretch")
    if choice == "All":
        st.caption(f"Batch: all {count} points per update." if count > 1 else "Batch: the one point there is.")
        return None
    if choice == "One":
        st.caption("Stochastic: one point per update.")
        return 1
    st.session_state.batch_size = min(st.session_state.batch_size, count)
    size = st.number_input("Batch size", 2, count, key="batch_size")
    st.caption(f"Mini-batch: {size} points per update.")
    return size


def more_controls(optimizer_class: type[Optimizer]) -> None:
    """The rule, the bias, the start and the order: what most visitors leave as it is."""
    optimizer_controls(optimizer_class)
    if st.toggle("Bias b", key="bias", help="Fit y_hat = x*w + b instead of y_hat = x*w."):
        typed_number("Start b", "start_b", -bounds.MAX_VALUE, bounds.MAX_VALUE)
    random_start_control()
    shuffle_control()
    standardize_control()


def remember_knobs(optimizer_class: type[Optimizer]) -> None:
    """Keep the texts of a rule's fields while their panel is closed; they start at the rule's defaults."""
    for knob in fields(optimizer_class):
        key = f"{optimizer_class.key}_{knob.name}"
        st.session_state[key] = st.session_state.get(key, plain_number(getattr(optimizer_class(), knob.name)))


def optimizer_now(optimizer_class: type[Optimizer]) -> Optimizer:
    """Return the rule with the hyperparameters that its fields say, or last said well."""
    settings = {}
    for knob in fields(optimizer_class):
        key = f"{optimizer_class.key}_{knob.name}"
        settings[knob.name] = number_in(key, knob.name, knob.metadata["low"], knob.metadata["high"])[0]
    return optimizer_class(**settings)


def optimizer_controls(optimizer_class: type[Optimizer]) -> None:
    """The rule in words and symbols, and a field for each of its hyperparameters."""
    st.caption((optimizer_class.__doc__ or "").split("\n\n")[0])
    for line in lesson.formula(optimizer_class()):
        st.latex(line)
    for knob in fields(optimizer_class):
        label = f"{knob.name} (${knob.metadata['symbol']}$)"
        typed_number(label, f"{optimizer_class.key}_{knob.name}", knob.metadata["low"], knob.metadata["high"])


def random_start_control() -> None:
    st.button(
        "Random start", icon=":material/casino:", on_click=draw_start, help="The lecture's random guess, from -5 to 5."
    )
    seed = st.session_state.start_seed
    if seed:
        drawn = random_start(seed, st.session_state.bias)
        st.caption(f"Seed {seed} drew {lesson.named(drawn)}.")


def draw_start() -> None:
    st.session_state.start_seed += 1
    drawn = random_start(st.session_state.start_seed, st.session_state.bias)
    for key, value in zip(("start_w", "start_b"), drawn):
        st.session_state[key] = plain_number(value)


def shuffle_control() -> None:
    st.toggle(
        "Shuffle in each epoch", key="shuffle", help="A new random order for each epoch. Batch uses all points anyway."
    )
    if st.session_state.shuffle:
        st.number_input("Seed of the order", 0, bounds.MAX_SEED, key="shuffle_seed")


def standardize_control() -> None:
    st.toggle("Standardize x", key="standardize", help="Use (x - mean) / standard deviation in place of x.")
    if st.session_state.standardize:
        try:
            changed = standardized(st.session_state.dataset)
        except ValueError as complaint:
            st.warning(plain(f"{complaint}."))
        else:
            st.caption(f"In use: (x - {lesson.number(changed.mean)}) / {lesson.number(changed.scale)}.")


def standardized_if_wanted(dataset: Dataset) -> Dataset:
    """Return the points as they are used; how to get back to the original units is kept for the sentence above the theatre."""
    st.session_state.original_units = None
    if st.session_state.standardize:
        with suppress(ValueError):  # said beside the switch
            st.session_state.original_units = standardized(dataset)
            return st.session_state.original_units.dataset
    return dataset


def rate_controls(experiment: Experiment) -> None:
    """An exact typed value, a logarithmic slider that always agrees with it, and buttons for the remarkable rates."""
    st.text_input(RATE, key="rate", width=160)
    rate_slider(experiment.learning_rate)
    for mark in lesson.landmarks(experiment):
        exact = f"Use the learning rate {plain_number(mark.rate)}"
        st.button(mark.label, help=exact, on_click=use_rate, args=(mark.rate,))


def rate_slider(rate: float) -> None:
    """The typed value is the one that is kept; the slider follows it."""
    if st.session_state.get("rate_slider", rate) != rate:
        st.session_state.slider_left = st.session_state.rate_slider, time.monotonic()
    st.session_state.rate_slider = rate
    # Two stops with one label would be one to the slider.
    labels = {stop: label for stop, label in RATES.items() if label != f"{rate:g}"} | {rate: f"{rate:g}"}
    st.select_slider(
        "Learning rate, logarithmic",
        sorted(labels),
        key="rate_slider",
        format_func=labels.__getitem__,
        on_change=take_rate_from_slider,
        label_visibility="collapsed",
    )


def outcome_html(run: Run, complaint: str) -> str:
    """Return the map of what each rate does with these points, where mathematics says it, and what happened in the run.

    Above both stands what is wrong with the typed rate, if anything is.
    """
    pieces = []
    if complaint:
        said = html.escape(still_using(complaint, run.experiment.learning_rate))
        pieces.append(f'<div class="complaint" role="alert">{said}</div>')
    if "map" not in hidden_parts():
        bands = lesson.bands(run.experiment)
        note = '<div class="faint">No fixed limit here: see Learning rates below, measured.</div>'
        pieces.append(strip_html(bands, run.experiment.learning_rate) if bands else note)
    sentence = re.sub(r"[*][*](.+?)[*][*]", r"<strong>\1</strong>", html.escape(lesson.verdict(run).sentence))
    if (units := st.session_state.original_units) is not None:
        w, b = units.original(tuple(run.parameters[-1].tolist()))
        line = f"y_hat = {lesson.number(w)} x + {lesson.number(b)}"
        sentence += f'<div class="faint">In the original units of x the last line is {line}.</div>'
    return f'{"".join(pieces)}<div class="verdict" role="status">{sentence}</div>'


def strip_html(bands: list[lesson.Band], rate: float) -> str:
    """Return the strip, linear from 0 to one and a half times the limit; every number in it is computed, none is typed."""
    end = 1.5 * bands[-1].low
    pieces = "".join(
        f'<div class="band" style="width:{100 * (min(band.high, end) - band.low) / end:.4g}%;'
        f'background:{TINTS[band.label]}">{band.label}</div>'
        for band in bands
    )
    borders = "".join(
        f'<span style="left:{100 * band.low / end:.4g}%">{lesson.number(band.low)}</span>' for band in bands[1:]
    )
    place = min(100.0, 100.0 * rate / end)
    words = f"learning rate {lesson.number(rate)}" + (", beyond the right end" if rate > end else "")
    return (
        f'<div class="strip" role="img" aria-label="{words}; '
        + "; ".join(f"{band.label} from {lesson.number(band.low)}" for band in bands)
        + f'"><div class="bands">{pieces}</div><div class="now" style="left:{place:.4g}%" title="{words}"></div>'
        f'<div class="borders">{borders}</div></div>'
    )


def take_rate_from_slider() -> None:
    """Take the slider's rate, but not one that it only still had when the page moved it to a typed rate.

    A quick change of another control arrives with the slider as the browser last drew it, which looks like a move back.
    """
    left, when = st.session_state.slider_left
    if st.session_state.rate_slider != left or time.monotonic() - when > SLIDER_DELAY:
        use_rate(st.session_state.rate_slider)


def use_rate(rate: float) -> None:
    st.session_state.rate = plain_number(rate)


def typed_number(
    label: str,
    key: str,
    low: float,
    high: float,
    *,
    above_low: bool = False,
    on_change: Callable[[], None] | None = None,
) -> float:
    """A text field for one number; what cannot be used is named under it, and the last good value counts."""
    st.text_input(label, key=key, on_change=on_change)
    value, complaint = number_in(key, label.split(" (")[0], low, high, above_low=above_low)
    warn_of(complaint, value)
    return value


def warn_of(complaint: str, used: float) -> None:
    if complaint:
        st.warning(plain(still_using(complaint, used)))


def still_using(complaint: str, used: float) -> str:
    return f"{complaint}. Still using {plain_number(used)}."


def number_in(key: str, name: str, low: float, high: float, *, above_low: bool = False) -> tuple[float, str]:
    """Return the number typed into a field, or its last good value and what is wrong with the text."""
    try:
        value = bounds.real(name, parsed(name, st.session_state[key]), low, high, above_low=above_low)
    except ValueError as complaint:
        return st.session_state.good[key], str(complaint)
    st.session_state.good[key] = value
    return value, ""


def parsed(name: str, text: str) -> float:
    try:
        return parse_number(text)
    except ValueError as complaint:
        raise ValueError(f"{name} {complaint}") from None


# Charts


def show_chart(figure: dict, words: str, key: str, above: str = "") -> None:
    """A chart with its text alternative and with what stands above it, in HTML; the camera on it saves a picture."""
    picture = {"format": st.session_state.picture, "filename": f"gradient_descent_{key}", "scale": 2}
    bar = "hover" if arrangement() == "row" else False  # on a phone it would cover the legend
    config = {
        "displaylogo": False,
        "displayModeBar": bar,
        "modeBarButtonsToRemove": NOT_ON_CHARTS,
        "scrollZoom": False,
        "toImageButtonOptions": picture,
    }
    if CHARTS_CHANGE_IN_PLACE:
        mount, library = chart_component()
        wanted = {
            "figure": charts.packed(figure),
            "config": config,
            "words": words,
            "above": above,  # one element with the chart: they change together
            "library": library,
        }
        sent = json.dumps(
            wanted, check_circular=False, separators=(",", ":")
        )  # no circles: to look takes a fifth longer
        mount(key=key, data=sent.encode())
    else:
        if above:
            st.html(above)
        st.plotly_chart(charts.packed(charts.framed(figure)), key=key, config=config)
        st.html(f'<div class="unseen">{html.escape(words)}</div>')


@st.cache_resource(show_spinner=False)
def chart_component() -> tuple[Callable[..., object], str]:
    """Return what mounts a chart that changes in place, and the address at which its library, Plotly, is found.

    Streamlit's own chart is drawn anew for each change, which takes a browser three times as long, and blinks.
    """
    files = declare_component("plotly", path=Path(plotly.__file__).parent / "package_data")
    mount = st.components.v2.component("chart", js=browser_file("chart.js"), isolate_styles=False)
    return mount, f"component/{files.name}/plotly.min.js?{plotly.__version__}"


def show_twin(key: str) -> bool:
    """A button for a chart's words and numbers; return whether they are asked for."""
    st.button(
        "In words and numbers",
        key=f"{key}_twin",
        type="tertiary",
        icon=":material/table_rows:",
        on_click=ask_for_twin,
        args=(key,),
    )
    return st.session_state.pop(f"{key}_asked", False)


def ask_for_twin(key: str) -> None:
    """Remember it for the run that can show it, which need not be the one that the press has started."""
    st.session_state[f"{key}_asked"] = True


@st.dialog("The chart in words and numbers", width="large")
def twin(figure: dict, words: str, key: str, table: lesson.Table) -> None:
    """What a chart says, for those who do not see it, the numbers behind it, and the chart as a file of its own."""
    st.markdown(plain(words))
    every_digit = st.column_config.NumberColumn(format="plain")
    st.dataframe(table, hide_index=True, column_config=dict.fromkeys(table, every_digit))
    st.download_button(
        "Download the chart (HTML)",
        lambda: plotly.io.to_html(
            charts.packed(charts.framed(figure)),
            {"modeBarButtonsToRemove": NOT_ON_CHARTS},
            validate=False,
            auto_play=False,
        ),
        file_name=f"gradient_descent_{key}.html",
        mime="text/html",
        on_click="ignore",
    )


# The theatre


def predict_x() -> float:
    """The x of the two predictions; its field stands further down, in the section about the fit."""
    return number_in("predict_x", PREDICT_X, -bounds.MAX_VALUE, bounds.MAX_VALUE)[0]


def theatre(run: Run) -> tuple[dict, str]:
    """Return the figure of a run as it is viewed now, and what it says in words."""
    view = view_now(run.experiment)
    return charts.film(run, view), lesson.describe_run(run, view.measure, view.per, view.scale)


def view_controls(experiment: Experiment) -> bool:
    """What the loss history and the cost curve show, none of which changes the run; return whether the twin is asked for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        panel = st.popover("View", icon=":material/tune:", key="view_panel", on_change="rerun")
        if panel.open:
            with panel:
                view_panel()
        st.toggle("As the lecture prints it", key="printed")
        if experiment.batch_size is not None:
            st.toggle("Each sample's own curve", key="each_sample")
        return show_twin("theatre")


def view_panel() -> None:
    """What the loss history and the charts show, and what the page leaves out."""
    st.selectbox("Loss", list(MEASURES), key="measure", format_func=MEASURES.__getitem__)
    st.segmented_control("One value per", ["epoch", "update"], key="per", required=True)
    st.segmented_control("Axis", ["linear", "log"], key="scale", required=True)
    st.select_slider("Smoothing β", SMOOTHINGS, key="smoothing", help=SMOOTHING_HELP)
    st.segmented_control("Picture of a chart", ["png", "svg"], key="picture", required=True, help=PICTURE_HELP)
    st.segmented_control("Panels", ["auto", "row", "stack"], key="panels", required=True, on_change=concern_all)
    st.multiselect(
        "Hide",
        list(PARTS),
        key="hide",
        format_func=PARTS.__getitem__,
        on_change=concern_all,
        help="For the projector, and in the link.",
    )
    st.toggle("Large type", key="large", on_change=concern_all)
    st.caption(KEYS_IN_WORDS)


def view_now(experiment: Experiment) -> charts.View:
    state = st.session_state
    return charts.View(
        predict_x=predict_x(),
        arrangement=arrangement(),
        scale=state.scale,
        measure=state.measure,
        per=state.per,
        smoothing=state.smoothing,
        printed="marked" if state.printed else "plain",
        samples="each" if state.each_sample and experiment.batch_size is not None else "mean",
        letters="large" if state.large else "normal",
    )


def arrangement() -> Literal["row", "stack"]:
    panels = st.session_state.panels
    return "stack" if panels == "stack" or (panels == "auto" and is_phone()) else "row"


def stack_panels() -> None:
    st.session_state.panels = "stack"


def is_phone() -> bool:
    headers = getattr(st.context, "headers", None) or {}
    return "Mobi" in headers.get("User-Agent", "")


# Sections


@st.fragment
def sections(sheet: Sheet | None) -> None:
    """Only the chosen section is computed and shown; a fragment, so that a change in it leaves the figures above alone."""
    state = st.session_state
    with outermost() as alone:
        keep(SECTION_KEYS)
        if alone and (state.pop("concerns_all", False) or (state.section == BY_HAND) != (sheet is not None)):
            st.rerun()
        st.segmented_control("Section", list(SECTIONS), key="section", required=True, label_visibility="collapsed")
        if sheet is None:
            SHOWN_BY[state.section](state.run, predict_x())
        else:
            stepper(len(state.run))
            sheet.write(state.run)


def update_sheet(bias: bool) -> Sheet:
    """Lay out an empty sheet, with the panels that are opened on it."""
    working = st.empty()
    left, right = st.columns([1, 1.5], gap="medium")
    exact = left.expander("Exact numbers", key="exact_panel", on_change="rerun")
    derivation = right.expander("Where the gradient comes from", key="derivation_panel", on_change="rerun")
    if derivation.open:
        for formula in lesson.DERIVATION[bias]:
            derivation.latex(formula)
    return Sheet(working, exact.empty() if exact.open else None)


def chosen_update(run: Run) -> int:
    """Return the update that the stepper shows, counted from 0."""
    return min(max(1, st.session_state.step), len(run)) - 1


def update_by_hand(run: Run) -> str:
    """Return the chosen update of a run: its samples and losses, and beside them its arithmetic."""
    update = chosen_update(run)
    tables = [lesson.update_heading(run, update), lesson.sample_table(run, update), lesson.loss_table(run, update)]
    rows = lesson.sample_rows(run, update)
    lines = []
    for index in range(run.parameters.shape[1]):
        gradient = float(run.gradients[update, index])
        lines.append(lesson.mean_line(rows, gradient, index, run.experiment.bias))
        lines += lesson.worked_update(run, update, index)
    formulas = [f"$$\n{line.typeset()}\n$$" for line in lines]
    # One element: two beside each other would be six messages.
    parts = ['<div class="sheet"><div>', *tables, "</div><div>", *formulas, "</div></div>"]
    return "\n\n".join(parts)


def stepper(updates: int) -> None:
    """First, back, a typed number, next, last; the chosen update, counted from 1."""
    state = st.session_state
    if not 1 <= state.step <= updates:
        nearest = "last" if state.step > updates else "first"
        st.info(
            f"This run has {lesson.counted(updates, 'update')}, so this is the {nearest} one, not number {state.step}."
        )
        state.step = updates if nearest == "last" else 1
    step = state.step
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("First", icon=":material/first_page:", on_click=go_to, args=(1,), disabled=step == 1)
        st.button(
            "Back",
            icon=":material/chevron_left:",
            on_click=go_to,
            args=(step - 1,),
            disabled=step == 1,
            shortcut="Left",
        )
        st.number_input("Update", step=1, key="step", width=140)
        st.button(
            "Next",
            icon=":material/chevron_right:",
            on_click=go_to,
            args=(step + 1,),
            disabled=step == updates,
            shortcut="Right",
        )
        st.button("Last", icon=":material/last_page:", on_click=go_to, args=(updates,), disabled=step == updates)


def go_to(step: int) -> None:
    st.session_state.step = step


def fit_section(run: Run, predict_x: float) -> None:
    """What the line says, before and after training, at an x of the visitor's choice and at each point."""
    field, words = st.columns([1, 3.2], gap="medium")
    with field:
        typed_number(PREDICT_X, "predict_x", -bounds.MAX_VALUE, bounds.MAX_VALUE, on_change=concern_all)
    with words:
        st.markdown(lesson.prediction_sentence(run, predict_x))
        st.markdown(lesson.fit_table(run))


def log_section(run: Run, predict_x: float) -> None:
    """What the lecture's program would print, the whole of it in the file."""
    excerpt, hidden = lesson.log_excerpt(run, predict_x)
    if not st.session_state.printed:  # else it stands under the figure already
        st.markdown(lesson.printed_loss(run))
    if hidden:
        st.caption(f"Beginning and end; {hidden} lines between them are in the downloaded file.")
    download("Download the log", "log", run.experiment, lambda: lesson.log_text(run, predict_x) + "\n", "text/plain")
    st.code(excerpt, language=None, height=400)


def rates_section(run: Run, predict_x: float) -> None:
    """Which learning rates work for these points, and why: in closed form where there is one, and measured."""
    experiment = run.experiment
    st.markdown(lesson.rate_text(experiment))
    epochs = charts.swept_epochs(experiment)
    if epochs < experiment.epochs:
        st.caption(f"Each rate was run for {lesson.counted(epochs, 'epoch')} here, not for {experiment.epochs}.")
    swept = charts.rates_swept(experiment)
    drawn, words = charts.rates_chart(experiment, swept), lesson.describe_rates(experiment, swept)
    show_chart(drawn, words, "rates")
    if show_twin("rates"):
        twin(drawn, words, "rates", lesson.tabulate_rates(swept))
    st.markdown(lesson.summed_text(experiment))
    if experiment.bias:
        st.markdown(lesson.valley_text(experiment))
        if st.toggle("Show the cost as a surface", key="surface_on"):
            show_chart(charts.surface(run), lesson.valley_text(experiment), "surface")


def noise_section(run: Run, predict_x: float) -> None:
    """Why updates on some of the samples are noisy, where that ends, and what makes it smaller."""
    if run.experiment.batch_size is None:
        st.info("Each update uses all points now. Choose One or Some as samples per update to see the noise.")
        return
    st.markdown(lesson.noise_text(run))
    st.markdown(lesson.noise_table(run.experiment))
    st.caption("The switch “Each sample's own curve” under the figure shows what each sample would rather have.")


def race_section(run: Run, predict_x: float) -> None:
    """Up to six runs side by side: same points, start and epochs; they differ in what their rows say and in nothing else."""
    state, experiment = st.session_state, run.experiment
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, ready in RACES.items():
            st.button(ready.label, on_click=start_race, args=(key,))
    with st.container(horizontal=True):
        for title, width in (("", 16), ("Optimizer", 200), ("Samples per update", 120), ("Learning rate", 180)):
            st.caption(title, width=width)
    entries = []
    for place, entry in enumerate(state.race, start=1):
        with st.container():  # with what is wrong in it, so that the rows below stay where they are
            entries.append(race_row(place, entry))
    state.race = tuple(entries)
    st.button(
        "Add the run above", on_click=enter_run, args=(entry_of(experiment),), disabled=len(state.race) >= MOST_ENTRIES
    )
    runs, numbers = [], []
    for place, entry in enumerate(state.race, start=1):
        try:
            entered = entry.of(experiment)
        except ValueError as complaint:
            st.warning(plain(f"Run {place} does not race: {complaint}."))
        else:
            runs.append(run_of(entered))
            numbers.append(place)
    if not runs:
        st.info("Nobody races. Add the run above, or choose a ready race.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Count in", list(lesson.RULERS), key="ruler", format_func=lesson.RULERS.__getitem__, required=True
        )
        st.selectbox("Arrived when nearer than", TOLERANCES, key="tolerance", width=200)
    st.markdown(lesson.race_text(runs, numbers, float(state.tolerance)))
    drawn = charts.race_chart(runs, numbers, state.ruler, view_now(experiment))
    words = lesson.describe_race(runs, numbers, state.ruler, float(state.tolerance))
    show_chart(drawn, words, "race")
    if show_twin("race"):
        twin(drawn, words, "race", lesson.tabulate_race(runs, numbers))
    st.markdown(lesson.race_table(runs, numbers, float(state.tolerance)))


def race_row(place: int, entry: Entry) -> Entry:
    """The fields of one run; what cannot be used is named under them, and the entry stays as it was."""
    state = st.session_state
    name = f"race_{state.race_version}_{place}"
    state.setdefault(f"{name}_rule", entry.optimizer.key)
    state.setdefault(f"{name}_samples", "all" if entry.batch_size is None else str(entry.batch_size))
    state.setdefault(f"{name}_rate", plain_number(entry.learning_rate))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{place}**", width=16)
        key = st.selectbox(
            f"Optimizer of run {place}",
            list(OPTIMIZERS),
            key=f"{name}_rule",
            width=200,
            label_visibility="collapsed",
            format_func=lambda key: OPTIMIZERS[key].label,
        )
        samples, rate = (
            st.text_input(f"{what} of run {place}", key=f"{name}_{field}", width=width, label_visibility="collapsed")
            for field, what, width in (("samples", "Samples per update", 120), ("rate", "Learning rate", 180))
        )
        st.button(
            "Remove", key=f"{name}_remove", on_click=leave_race, args=(place,), help=f"Take run {place} out of the race"
        )
    rule = entry.optimizer if entry.optimizer.key == key else OPTIMIZERS[key]()
    try:
        size = (
            None if samples.strip().lower() == "all" else bounds.whole("samples", whole_in(samples), 1, bounds.MAX_ROWS)
        )
        alpha = bounds.real(
            "learning rate", parsed("learning rate", rate), 0.0, bounds.MAX_LEARNING_RATE, above_low=True
        )
    except ValueError as complaint:
        st.warning(plain(f"Run {place}: {complaint}. It races as before: {lesson.entry_label(entry)}."))
        return entry
    return Entry(rule, alpha, size)


def whole_in(text: str) -> int:
    value = parsed("samples", text)
    if not value.is_integer():
        raise ValueError(f"samples must be all, or a whole number, got {text}")
    return int(value)


def concern_all() -> None:
    """Say that a change in a section concerns the whole page."""
    st.session_state.concerns_all = True


def start_race(key: str) -> None:
    """Set the page to a ready race: its points and start where it needs its own, and its entries."""
    state = st.session_state
    race = RACES[key].made_for(state.experiment)
    if race.experiment != state.experiment:
        show_experiment(race.experiment)
        concern_all()
    set_race(race.entries)


def enter_run(entry: Entry) -> None:
    set_race((*st.session_state.race, entry))


def leave_race(place: int) -> None:
    set_race(tuple(entry for number, entry in enumerate(st.session_state.race, start=1) if number != place))


def set_race(entries: tuple[Entry, ...]) -> None:
    st.session_state.race = entries
    st.session_state.race_version += 1  # new rows: fields keep their text as long as they are the same fields


def landscape_section(run: Run, predict_x: float) -> None:
    """The lecture's two remarks on curves of their own: a local minimum, a plateau and a saddle can catch descent."""
    state = st.session_state
    st.info(lesson.MADE_UP)
    with st.container(horizontal=True):
        for key, situation in SITUATIONS.items():
            if situation.descent.landscape == state.landscape:
                st.button(situation.label, key=f"situation_{key}", on_click=show_descent, args=(situation.descent,))
    left, right = st.columns([1, 3.2], gap="medium")
    with left:
        descent = descent_controls()
    with right:
        trail, map_of_starts = descend(descent), basins(descent)
        st.markdown(lesson.descent_text(trail))
        drawn = charts.landscape_chart(trail, map_of_starts, view_now(run.experiment))
        words = lesson.describe_descent(trail, map_of_starts)
        show_chart(drawn, words, "landscapes")
        if show_twin("landscapes"):
            twin(drawn, words, "landscapes", lesson.tabulate_descent(trail))
        st.markdown(lesson.basins_text(map_of_starts))
        st.caption(trail.descent.shape.story)
        st.latex(trail.descent.shape.formula)


def descent_controls() -> Descent:
    """Which landscape, from where and how; the optimizer's hyperparameters are those of the controls above."""
    state = st.session_state
    labels = {key: landscape.label for key, landscape in LANDSCAPES.items()}
    key = st.selectbox("Landscape", list(labels), key="landscape", format_func=labels.__getitem__, on_change=begin_anew)
    landscape = LANDSCAPES[key]
    mover = st.selectbox("Rule", list(OPTIMIZERS), key="mover", format_func=lambda rule: OPTIMIZERS[rule].label)
    state.place = state.place or place_text(landscape.start)
    name = f"Start {', '.join(landscape.names)}"
    st.text_input(name, key="place")
    rate = typed_number("Rate on the landscape", "landscape_rate", 0.0, bounds.MAX_LEARNING_RATE, above_low=True)
    updates = st.number_input("Updates", 1, MAX_UPDATES, key="landscape_updates")
    descent = Descent(key, landscape.start, OPTIMIZERS[mover](), rate, updates)
    try:
        start = tuple(parsed(name, text) for text in state.place.split(";" if ";" in state.place else ","))
        return replace(descent, start=start)
    except ValueError as complaint:
        st.warning(plain(f"{complaint}. Starting at {place_text(landscape.start)}."))
        return descent


def place_text(place: tuple[float, ...]) -> str:
    return ", ".join(map(plain_number, place))


def begin_anew() -> None:
    """A landscape has its own variables, so it begins at its own start."""
    st.session_state.place = ""


def show_descent(descent: Descent) -> None:
    state = st.session_state
    state.landscape, state.mover, state.landscape_updates = descent.landscape, descent.optimizer.key, descent.updates
    state.place, state.landscape_rate = place_text(descent.start), plain_number(descent.learning_rate)


def files_section(run: Run, predict_x: float) -> None:
    """The experiment as programs that print the same digits, and the run, the points and the experiment as files."""
    experiment = run.experiment
    st.segmented_control(
        "Program", list(PROGRAMS), key="program", format_func=lambda key: PROGRAMS[key][0], required=True
    )
    try:
        program = PROGRAMS[st.session_state.program][1](experiment, predict_x)
    except ValueError as complaint:
        st.warning(plain(f"{complaint}."))
    else:
        download("Download the program", st.session_state.program, experiment, lambda: program, "text/x-python")
        shown = program[:MOST_SHOWN]
        if shown != program:
            st.caption(f"The first {MOST_SHOWN} of {len(program)} characters; all of them are in the file.")
        st.code(shown, language="python", height=420)
    with st.container(horizontal=True):
        download("Every update (CSV)", "run", experiment, lambda: export.run_csv(run), "text/csv")
        download("Points (CSV)", "data", experiment, lambda: export.data_csv(experiment.dataset), "text/csv")
        download("Experiment and run (JSON)", "json", experiment, lambda: export.to_json(run), "application/json")
    st.file_uploader("Open an experiment that was saved as JSON", type=["json"], key="saved", on_change=open_saved)
    if refusal := st.session_state.pop("saved_complaint", ""):
        st.warning(plain(refusal))


def download(label: str, kind: str, experiment: Experiment, content: Callable[[], str], mime: str) -> None:
    """A button for a file that is written when it is asked for."""
    name = export.file_name(experiment, kind)
    st.download_button(label, content, file_name=name, mime=mime, on_click="ignore")


def open_saved() -> None:
    state = st.session_state
    if state.saved is None:
        return
    try:
        experiment = export.from_json(decode(state.saved.getvalue()))
    except ValueError as complaint:
        state.saved_complaint = f"{complaint}. Nothing was changed."
    else:
        state.standardize = False
        show_experiment(experiment)
        concern_all()


SHOWN_BY = dict(  # but for the first, which is written on its sheet
    zip(
        SECTIONS[1:],
        (
            rates_section,
            fit_section,
            log_section,
            noise_section,
            race_section,
            landscape_section,
            files_section,
        ),
        strict=True,
    )
)


main()
