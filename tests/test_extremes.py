"""The page at its borders: every odd table, every bound of a rate, the longest runs; each with every section."""

import re

import pytest

from gd_core import bounds
from tests.page import checked, opened, press

TABLES = {
    "one row": "1,2",
    "one row at zero": "0,0",
    "all x equal": "2,1;2,3;2,5",
    "all x zero": "0,1;0,2;0,4",
    "all zero": "0,0;0,0;0,0",
    "one x twice": "1,2;1,4;2,3",
    "largest and smallest": "1000000,1;0.000001,1000000",
    "smallest": "0.000001,0.000001;0.000002,0.000001",
    "largest": "1000000,1000000;-1000000,1000000",
    "nearly one place": "1,1;1.000001,2",
}
SETTINGS = {
    "as it is": {},
    "with a bias": {"bias": "1"},
    "largest rate": {"rate": "1000"},
    "smallest rate": {"rate": "5e-324"},
    "one sample, Adam, bias": {"optimizer": "adam", "batch": "1", "bias": "1", "rate": "0.1", "epochs": "7"},
    "one update, far start": {"epochs": "1", "start": "-1000000"},
    "rises": {
        "batch": "1",
        "shuffle": "3",
        "rate": "1000",
        "printed": "1",
        "curves": "1",
        "axis": "log",
        "smooth": "0.9",
    },
}
SECTIONS = (
    "One update by hand", "Learning rates", "The fit", "The log", "One sample at a time", "Race", "Local minima",
    "Take it away",
)  # fmt: skip
NO_NUMBER = re.compile(r"(?<![\w“.])(nan|-?inf|infinity)(?![\w”])", re.IGNORECASE)


def says(page) -> str:
    parts = (page.markdown, page.caption, page.info, page.warning, page.error, page.latex, page.success)
    return " ".join(each.value for part in parts for each in part)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("table", TABLES)
def test_every_section_stands_on_every_table(table, settings):
    page = opened({"data": TABLES[table], **SETTINGS[settings]})
    assert page.session_state["link_complaints"] == ()
    for section in SECTIONS:
        page.session_state["section"] = section
        checked(page.run())
        assert not NO_NUMBER.search(says(page)), section


@pytest.mark.parametrize(
    "link",
    [
        {"epochs": "10000", "data": ";".join(f"{x},{2 * x}" for x in range(-10, 10)), "batch": "1", "rate": "0.001"},
        {
            "epochs": "10000",
            "data": ";".join(f"{x},{x * x}" for x in range(20)),
            "batch": "1",
            "optimizer": "adam",
            "bias": "1",
        },
        {"epochs": "10000", "rate": "0.2"},
    ],
)
def test_every_section_stands_on_the_longest_runs(link):
    page = opened(link)
    assert page.session_state["experiment"].epochs == 10_000
    for section in SECTIONS:
        page.session_state["section"] = section
        checked(page.run())
        assert not NO_NUMBER.search(says(page)), section


def pasted(rows):
    page = opened({"rate": "1e-06"})
    page.session_state["pasted"] = "\n".join(f"{x / 100},{x / 50}" for x in range(rows))
    return press(page, "Use the pasted text")


def test_every_section_stands_on_the_most_rows():
    page = pasted(bounds.MAX_ROWS)
    assert len(page.session_state["experiment"].dataset) == bounds.MAX_ROWS
    for section in SECTIONS:
        page.session_state["section"] = section
        checked(page.run())
        assert not NO_NUMBER.search(says(page)), section


def test_one_row_too_many_is_named_and_the_points_before_stay():
    page = pasted(bounds.MAX_ROWS + 1)
    assert "10001 rows are more than the 10000 that fit" in says(page)
    assert len(page.session_state["experiment"].dataset) == 3
    assert page.session_state["pasted"].count("\n") == bounds.MAX_ROWS
