"""A real browser: from the key press to the painted answer, on the dashboard and on a page of text alone."""

import statistics
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.benchmark.goals import Measurement
from tests.benchmark.server import PAGES, rates, serving
from tests.browser import ROOT, SIZES, running_browser, settled

# From the Enter key to the second animation frame after `changed()`: then what changed has been painted.
WATCH = """() => {
    let pressed = null;
    document.addEventListener("keydown", () => { pressed = performance.now(); }, {once: true, capture: true});
    const drawn = () => %s;
    const before = drawn();
    window.painted = new Promise(resolve => {
        const look = () => {
            const now = drawn();
            if (pressed === null || now === null || now === before) return requestAnimationFrame(look);
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - pressed)));
        };
        look();
    });
}"""
TEXT = WATCH % 'document.querySelector(".stMarkdown p").innerText'
# The data of the figure, once its curves stand on the page: a changed figure is drawn anew.
FIGURE = (
    WATCH
    % """(() => {
    const plot = document.querySelector(".js-plotly-plot");
    return plot && plot.querySelector(".cartesianlayer path.js-line") ? plot.data : null;
})()"""
)


def measure(quick: bool) -> Iterator[Measurement]:
    what, goal, unit = "key press to painted charts", 1.6, "x a page of text"
    try:
        text, charts = seconds(changes=6 if quick else 24)
    except pytest.skip.Exception as reason:
        yield Measurement(what, None, goal, unit, str(reason))
        return
    yield Measurement(what, charts / text, goal, unit, f"{charts:.0f} / {text:.0f} ms")


def seconds(changes: int) -> tuple[float, float]:
    """Return the median time, in milliseconds, to the painted text of a page of text and to the dashboard's figure."""
    with (
        serving(PAGES / "text_only.py") as text,
        serving(ROOT / "dashboard.py") as dashboard,
        running_browser() as browser,
    ):
        pages = []
        for server, shown in ((text, ".stMarkdown p"), (dashboard, ".js-plotly-plot .cartesianlayer path.js-line")):
            page = browser.new_context(viewport=SIZES["wide"]).new_page()
            page.goto(server.address)
            page.locator(shown).first.wait_for(state="attached", timeout=60_000)
            settled(page)
            pages.append(page)
        times: tuple[list[float], list[float]] = ([], [])
        typed = rates(1)
        for _ in range(changes + 2):
            times[0].append(one_change(pages[0], "Value", next(typed), TEXT))
            times[1].append(one_change(pages[1], "Learning rate α", next(typed), FIGURE))
    return statistics.median(times[0][2:]), statistics.median(times[1][2:])  # the first ones warm up


def one_change(page: Page, label: str, text: str, watch: str) -> float:
    """Type a text into a field and return the milliseconds from the Enter key to the painted answer."""
    page.bring_to_front()
    field = page.get_by_role("textbox", name=label, exact=True)
    field.fill(text)
    page.evaluate(watch)
    field.press("Enter")
    painted = page.evaluate("window.painted")
    settled(page)
    return painted
