"""Every door through which a visitor's text comes in: nothing raises what is not a sentence, and the rest is kept.

`HYPOTHESIS_PROFILE=nightly` tries 4,000 cases for each of the doors.
"""

import hashlib
import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, train
from gd_core.data import MAX_TEXT, decode, read_table, read_text
from gd_core.export import from_json, to_json
from gd_core.landscapes import LANDSCAPES, Descent, descend
from gd_core.links import from_query, read_question, read_race
from tests.page import checked, opened, type_into, warnings
from tests.strategies import experiments

NASTY = [
    "", " ", "nan", "NaN", "inf", "-inf", "1e999", "-1e999", "1e-999", "0", "-0", "1e6", "1000001", "1,5", "1.234,5", "1,234",
    "١٢", "２", "½", "0x10", "1_000", "--1", "1e", "e1", ".", ",", ";", "\t", "\x00", "\ufeff1", "=1+1", "@SUM(A1)", "+1", "−1",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](http://evil.example)", "$\\href{http://evil}{x}$",
    "%", "%zz", "%00", "'; DROP TABLE", "🦆", "a" * 5000, "9" * 5000, "\u202e1", "None", "true", "[]", "{}",
]  # fmt: skip
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.floats().map(repr), st.integers().map(str))
cells = st.one_of(st.none(), texts, st.floats(), st.integers(), st.booleans())
NAMES = [
    "data", "bias", "start", "optimizer", "rate", "epochs", "batch", "shuffle", "momentum", "alpha", "eps",
    "beta1", "beta2", "weight_decay", "rho", "race", "question", "hide", "tour", "section", "step", "axis",
    "loss", "per", "smooth", "printed", "curves", "panels", "standardize", "surface", "draw", "ruler",
    "tolerance", "large", "predict", "landscape", "mover", "place", "landscape-rate", "landscape-updates",
    "program", "picture", "unknown",
]  # fmt: skip
SECTIONS = (
    "One-update-by-hand", "Learning-rates", "The-fit", "The-log", "One-sample-at-a-time", "Race", "Local-minima",
    "Take-it-away",
)  # fmt: skip
links = st.dictionaries(st.sampled_from(NAMES), texts, max_size=6)


def refusal(read, content) -> str:
    """Return the sentence with which a reader refuses something, or nothing where it reads it."""
    try:
        read(content)
    except ValueError as complaint:
        return str(complaint)
    return ""


def read_link(query: dict[str, str]) -> str:
    """Return what a link's reader complains about, after a run of what it read."""
    link = from_query(query)
    train(link.experiment)
    return " ".join(link.complaints)


def is_sentence(text: str) -> bool:
    return 5 < len(text) < 1000 and "Traceback" not in text and "object at 0x" not in text


@given(st.lists(st.tuples(cells, cells), max_size=8), st.integers(0, 8))
def test_a_table_keeps_its_good_row_beside_any_other(rows, place):
    rows.insert(min(place, len(rows)), ("1.5", 2))
    reading = read_table(*zip(*rows, strict=True))
    assert (1.5, 2.0) in set(zip(reading.dataset.x.tolist(), reading.dataset.y.tolist(), strict=True))
    assert all(map(is_sentence, reading.notes))
    assert len(reading.dataset) <= len(rows)


@given(st.lists(st.tuples(texts, st.sampled_from([",", ";", "\t", " ", ", ", "|"]), texts), max_size=6))
def test_any_pasted_text_gives_points_or_sentences(lines):
    text = "\n".join(x + separator + y for x, separator, y in lines)
    reading = read_text(text)
    assert reading.dataset is not None or reading.notes
    assert all(map(is_sentence, reading.notes))
    kept = read_text(text + "\n1.5;2.5\n")
    assert kept.dataset is not None
    assert (kept.dataset.x[-1], kept.dataset.y[-1]) == (1.5, 2.5)


@given(st.one_of(st.binary(max_size=300), texts.map(str.encode), texts.map(lambda text: text.encode("utf-16"))))
def test_any_uploaded_bytes_are_read_or_refused(content):
    if said := refusal(decode, content):
        assert "not text" in said
    else:
        reading = read_text(decode(content))
        assert reading.dataset is not None or reading.notes


@pytest.mark.parametrize(
    "text", ["1" * MAX_TEXT, "1,2\n" * 300_000, "\n" * MAX_TEXT, "," * 900_000, "a,b\n", '"' * 999]
)
def test_enormous_text_is_read_or_refused_in_words(text):
    reading = read_text(text)
    assert all(map(is_sentence, reading.notes))
    assert reading.notes


@given(links)
def test_any_link_opens_and_what_is_good_in_it_counts(link):
    opened_link = from_query(link | {"epochs": "7", "optimizer": "adam"})
    assert all(map(is_sentence, opened_link.complaints))
    assert opened_link.experiment.epochs == 7
    assert opened_link.experiment.optimizer.key == "adam"
    assert train(opened_link.experiment)


@given(st.one_of(texts, st.lists(texts, max_size=4).map(",".join), st.lists(texts, max_size=9).map(";".join)))
def test_any_text_for_a_race_or_a_question_is_read_or_refused(text):
    for read in (read_race, read_question):
        said = refusal(read, text)
        assert not said or is_sentence(said)


@given(texts, st.sampled_from(["experiment", "run", "format", "x", "learning_rate", "null"]))
def test_any_file_is_an_experiment_or_refused(text, word):
    good = to_json(train(Experiment(epochs=2)))
    for content in (text, good.replace(word, text, 1), good[: len(text) * 7], f"[{good}]"):
        said = refusal(from_json, content)
        assert is_sentence(said) if said else isinstance(from_json(content), Experiment)


@given(st.sampled_from(list(LANDSCAPES)), st.sampled_from(list(OPTIMIZERS)), st.floats(0, 1000, exclude_min=True),
       st.integers(1, 60), st.data())  # fmt: skip
def test_any_descent_is_finite_or_says_that_it_ran_away(key, rule, rate, updates, data):
    start = tuple(data.draw(st.floats(*limits)) for limits in LANDSCAPES[key].domain)
    trail = descend(Descent(key, start, OPTIMIZERS[rule](), rate, updates))
    assert np.isfinite(trail.positions).all()
    assert (trail.diverged_at is None) == (len(trail) == updates)


# What once broke a reader, or would break a simpler one: for each the reader, the content, and a part of what it says.
CRASHES = {
    "the csv module's limit for a field": (read_text, "1" * 200_000, "Line 1 has one column"),
    "a quote that never ends": (read_text, '"' * 1001, "Line 1 has one column"),
    "line ends of other systems in one text": (read_text, "1,2\n\x0c3;4\x1e5\t6", ""),
    "a byte order mark and nothing else": (lambda content: read_text(decode(content)), b"\xff\xfe", "no"),
    "half a character of UTF-16": (decode, b"\xff\xfe\x00", "not text"),
    "Python's limit for the digits of an integer": (read_link, {"epochs": "9" * 5000}, "epochs"),
    "a whole number too large for an integer": (read_link, {"epochs": "1e300"}, "epochs"),
    "a number beyond the largest float": (read_link, {"rate": "1e999"}, "rate"),
    "a start smaller than the smallest normal float": (read_link, {"start": "2e-308"}, ""),
    "a digit that is no decimal": (read_link, {"rate": "½"}, "rate"),
    "a file that is JSON and no object": (from_json, "[]", "object"),
    "JSON deeper than Python recurses": (from_json, "[" * 100_000, "nested too deeply"),
    "Python's limit for the digits of an integer, in a file": (
        from_json,
        "[" + "9" * 5000 + "]",
        "too long for a number",
    ),
    "that limit in the core's own sentence": (lambda epochs: Experiment(epochs=epochs), 10**5000, "epochs must be"),
    "a start of 50,000 numbers, all repeated": (read_link, {"start": ",".join("1" * 50_000)}, "start must hold"),
    "the same on a landscape": (lambda start: Descent(start=start), (1.0,) * 50_000, "start must hold"),
}


@pytest.mark.parametrize("name", CRASHES)
def test_what_once_broke_a_reader_is_read_or_refused(name):
    read, content, part = CRASHES[name]
    said = refusal(read, content) or str(read(content))
    assert part in said
    assert len(said) < 400
    assert "set_int_max_str_digits" not in said


# The whole page


FIELDS = ("rate", "start_w", "start_b", "predict_x", "momentum_momentum", "pasted")


# Links that once broke the page, or would break a simpler one, and a part of what it says about them.
BROKEN_PAGES = {
    "no rate to fall back to, on the landscapes": (
        {"section": "Local-minima", "landscape-rate": "1e300"},
        "landscape-rate=1e300 was not used: it must be a number greater than 0 and at most 1000, got 1e+300. The usual",
    ),
    "no rate to fall back to, and no number": (
        {"section": "Local-minima", "landscape-rate": "x"},
        "landscape-rate=x was not used: it is “x”, not a number.",
    ),
    "a prediction at the lowest bound in place of the usual 4": (
        {"section": "The-fit", "predict": "1e300"},
        "predict=1e300 was not used: it must be a number from -1000000 to 1000000, got 1e+300. The usual value counts",
    ),
    "301 digits of an integer": ({"epochs": "1e300"}, "epochs must be a whole number from 1 to 10000, got 1e+300. The"),
    "300,000 characters about a start": ({"start": ",".join("1" * 50_000)}, "start must hold 1 numbers (w)"),
    "300,000 characters about a place": (
        {"section": "Local-minima", "place": ",".join("1" * 50_000)},
        "start must hold 1 number (u) on two-minima",
    ),
    "a window around the smallest floats": ({"start": "2e-308", "data": "1,0"}, ""),
    "a run that leaves its bound at once": ({"rate": "1000", "data": "1000000,1000000", "start": "-1000000"}, ""),
}


@pytest.mark.parametrize("name", BROKEN_PAGES)
def test_what_once_broke_the_page_is_refused_in_words_or_shown(name):
    link, part = BROKEN_PAGES[name]
    page = opened(link)
    said = warnings(page)
    assert part in said
    assert len(said) < 300
    assert page.session_state["predict_x"] == "4"
    assert page.session_state["landscape_rate"] == "0.05"


def test_the_last_of_a_repeated_parameter_counts():
    page = opened({"rate": ["0.1", "0.2"], "epochs": "7"})
    assert page.session_state["experiment"].learning_rate == 0.2
    assert page.session_state["experiment"].epochs == 7
    assert warnings(page) == ""


def shown(page) -> str:
    return " ".join(each.value for each in [*page.markdown, *page.caption, *page.info, *page.warning, *page.error])


@settings(max_examples=max(25, settings().max_examples // 40))
@given(links, st.sampled_from(SECTIONS))
def test_any_link_opens_the_page_without_a_number_that_is_none(link, section):
    page = opened({"section": section} | link)
    assert not re.search(r"(?<![\w“.])(nan|-?inf)(?![\w”])", re.sub(r"In the link.*?counts instead", "", shown(page)))


@settings(max_examples=max(15, settings().max_examples // 40))
@given(st.lists(st.tuples(st.sampled_from(FIELDS), texts.filter(lambda text: len(text) < 300)), min_size=1, max_size=3))
def test_anything_typed_into_any_field_leaves_the_page_whole(typed):
    page = opened({"bias": "1", "optimizer": "momentum", "section": "The-fit"})
    for key, text in typed:
        if key == "pasted":
            page.session_state["pasted"] = text
            next(button for button in page.button if button.label == "Use the pasted text").click()
            assert not page.run().exception
        else:
            type_into(page, key, text)
            assert page.session_state[key] == text
    assert math.isfinite(page.session_state["experiment"].learning_rate)


@pytest.mark.parametrize("text", sorted({text[:5000] for text in NASTY} - {""}))
def test_the_same_text_in_every_parameter_leaves_every_section_that_reads_them_whole(text):
    page = opened(dict.fromkeys(NAMES, text) | {"epochs": "7", "section": "Local-minima"})
    for section in ("The fit", "Race"):
        page.session_state["section"] = section
        checked(page.run())
        assert page.session_state["experiment"].epochs == 7
        assert all(map(is_sentence, [each.value for each in [*page.warning, *page.error]]))


# Streamlit leaves an address of more than 524,288 characters, as it is sent, unread.
HUGE = {
    "numbers": ",".join("1" * 50_000),
    "points and one too many": ";".join(["1,1"] * 10_001 + ["1,2"] * 15_000),
    "runs and knobs": "gd,0.1;" * 9_000 + "momentum,0.1" + ",momentum:1" * 4_000,
    "script": "<script>alert(1)</script>" * 4_000,
    "backslashes": "\\" * 100_000,
    "ducks": "🦆" * 25_000,
}


@pytest.mark.parametrize("name", ["data", "start", "race", "hide", "place"])
@pytest.mark.parametrize("kind", HUGE)
def test_a_hundred_thousand_characters_are_refused_in_one_short_sentence(name, kind):
    page = opened({name: HUGE[kind], "epochs": "7", "section": "Local-minima"})
    assert page.session_state["experiment"].epochs == 7
    (said,) = [each.value for each in [*page.warning, *page.error]]
    assert 5 < len(said) < 500


@pytest.mark.parametrize("name", NAMES)
def test_a_huge_parameter_is_refused_without_delay(name):
    page = opened({name: "9" * 100_000, "epochs": "5"} if name != "epochs" else {"epochs": "9" * 100_000, "batch": "1"})
    assert page.session_state["experiment"].epochs == (100 if name == "epochs" else 5)


# The same bits everywhere


def digest() -> str:
    """Return the SHA-256 of the runs of every rule, in batches of all, one and seven, with and without bias."""
    grid = np.arange(1.0, 61.0)
    points = Dataset(grid / 16.0, grid * grid / 1024.0 - grid / 8.0)
    total = hashlib.sha256()
    for key in ("gd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta"):  # rules without powers of a float
        for bias in (False, True):
            for size in (None, 1, 7):
                run = train(Experiment(points, bias, (1.0, 0.5)[: 1 + bias], OPTIMIZERS[key](), 0.01, 20, size, 3))
                for values in (run.parameters, run.gradients, run.costs, run.losses_before, run.losses_after):
                    total.update(values.tobytes())
    return total.hexdigest()


def test_the_same_experiment_has_the_same_bits_in_every_process_and_version():
    command = [sys.executable, "-c", "from tests.test_fuzz import digest; print(digest())"]
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."}
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
        assert said == digest() == SAVED


SAVED = "9d886d3c18f8deb415fdfe6e52b3a3fa776ae37d4608873743943d031e420c1a"


@given(experiments())
def test_costs_are_never_negative_and_nothing_in_a_run_is_infinite(experiment):
    run = train(experiment)
    assert np.all(run.costs >= 0.0)
    assert all(np.isfinite(values).all() for values in (run.parameters, run.gradients, run.costs))


# What the server is told


@pytest.mark.parametrize(
    ("option", "value"),
    [("client.showErrorDetails", "none"), ("client.showErrorLinks", False), ("client.toolbarMode", "minimal"),
     ("server.enableCORS", True), ("server.enableXsrfProtection", True), ("server.maxUploadSize", 2),
     ("browser.gatherUsageStats", False), ("runner.postScriptGC", False)],
)  # fmt: skip
def test_the_server_is_set_up_on_purpose(option, value):
    from streamlit import config

    assert config.get_option(option) == value
