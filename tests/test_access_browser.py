"""Every visitor: what axe-core finds in the page's states, the keyboard, contrast, small and enlarged screens."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from gd_core.charts import marks
from gd_core.charts.race import LANES
from tests.browser import open_page, settled

# Streamlit's own, by axe's rule: nothing in this project's markup takes part in them.
STREAMLITS = {
    "scrollable-region-focusable": (
        "katex-display",
        "<pre ",
    ),  # formulas and code scroll, and take no focus of their own
}

STATES = {
    "first screen": "",
    "learning rates": "?section=Learning-rates",
    "the log": "?section=The-log",
    "race": "?section=Race",
    "local minima": "?section=Local-minima",
    "take it away": "?section=Take-it-away",
    "a stop of the tour": "?tour=3&start=4&rate=1e-06&epochs=1",
    "a question": "?question=side-3",
    "with a bias": "?bias=1&batch=1&curves=1",
}


def violations(page):
    """Return the rule and the place of everything that axe-core objects to."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).response["violations"]
    return [(each["id"], node["html"][:160]) for each in found for node in each["nodes"]]


def foreign(violation):
    rule, markup = violation
    return any(part in markup for part in STREAMLITS.get(rule, ()))


@pytest.mark.parametrize(
    ("state", "theme"),
    [*((state, "light") for state in STATES), ("first screen", "dark"), ("race", "dark"), ("a question", "dark")],
)
def test_axe_finds_nothing_that_is_ours(browser, server, state, theme):
    page = open_page(browser, f"{server}/{STATES[state]}", theme=theme)
    assert [each for each in violations(page) if not foreign(each)] == []
    page.context.close()


@pytest.mark.parametrize("opener", ["Share", "View", "In words and numbers"])
def test_axe_finds_nothing_in_what_a_button_opens(browser, server, opener):
    page = open_page(browser, server)
    page.get_by_role("button", name=opener).first.click()
    page.get_by_text({"Share": "Copy the link", "View": "Large type"}.get(opener, "Download the chart")).wait_for()
    settled(page)
    assert [each for each in violations(page) if not foreign(each)] == []
    page.context.close()


def test_every_control_is_reached_by_the_tab_key_in_reading_order(browser, server):
    page = open_page(browser, server)
    page.mouse.click(2, 2)
    named = """() => {
        const at = document.activeElement;
        const around = at.closest('label, button, summary, [role=radio]');
        return at.getAttribute('aria-label') || around?.innerText || at.innerText || ''
    }"""
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(named).replace("\n", " "))
    wanted = ["Tour", "Predict", "Share", "Data", "Epochs", "Start w", "Formula, bias, start, order", "Learning rate α"]
    places = [next(place for place, text in enumerate(reached) if want in text) for want in wanted]
    assert places == sorted(places), reached
    for label in ("Optimizer", "One update", "View", "Next", "Last"):
        assert any(label in text for text in reached), label
    page.context.close()


@pytest.mark.parametrize(
    "link", ["", "?section=Race", "?section=Local-minima", "?tour=3", "?question=side-3", "?section=Take-it-away"]
)
def test_a_width_of_320_and_twice_the_size_need_no_sideways_scrolling(browser, server, link):
    page = open_page(browser, f"{server}/{link}")
    # 640 px shown at 200 % is a window of 320 px: the same media queries, the same layout.
    page.set_viewport_size({"width": 320, "height": 640})
    settled(page)
    page.wait_for_function("() => document.querySelector('.js-plotly-plot').clientWidth <= 320")
    assert page.evaluate(
        "document.querySelector('.stMain').scrollWidth <= document.querySelector('.stMain').clientWidth"
    )
    page.context.close()


def test_nothing_moves_by_itself(browser, server):
    page = open_page(browser, server)
    before = page.locator(".textpoint").first.text_content()
    frames = page.evaluate(
        """() => new Promise(resolve => {
            let seen = 0;
            document.querySelector('.js-plotly-plot').on('plotly_animatingframe', () => { seen += 1; });
            setTimeout(() => resolve(seen), 800);
        })"""
    )
    assert frames == 0
    assert page.locator(".textpoint").first.text_content() == before
    page.context.close()


# Colours


def luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2.1."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


STYLES = {name: getattr(marks, name) for name in ("DATA", "START", "PATH", "MINIMUM", "DIVERGED", "NOW")}


@pytest.mark.parametrize("background", ["#FFFFFF", "#0E1117"])
def test_marks_and_lines_stand_out_in_both_themes(background):
    for name, style in STYLES.items():
        assert contrast(style["color"], background) >= 3, name
    for lane in LANES:
        assert contrast(lane["color"], background) >= 3, lane
    assert contrast(marks.OUTLINE["color"], "#FFFFFF") >= 3


def test_no_colour_stands_alone():
    shapes = [style["symbol"] for name, style in STYLES.items() if name not in ("PATH", "NOW", "DATA")]
    assert len(set(shapes)) == len(shapes)
    assert len({lane["symbol"] for lane in LANES}) == len({lane["dash"] for lane in LANES}) == len(LANES)
