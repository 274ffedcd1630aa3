"""A real browser: from the key press to the painted answer, on the dashboard and on a page of text alone."""

import contextlib
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
# Where the figure's curves run, once they stand on the page.
FIGURE = (
    WATCH
    % """(() => {
    const curves = [...document.querySelectorAll(".js-plotly-plot .cartesianlayer path.js-line")];
    return curves.length ? curves.map(curve => curve.getAttribute("d")).join() : null;
})()"""
)


def measure(quick: bool) -> Iterator[Measurement]:
    what, goal, unit = "key press to painted charts", 1.6, "x a page of text"
    try:
        text, smallest, charts = milliseconds(changes=6 if quick else 24)
    except pytest.skip.Exception as reason:
        yield Measurement(what, None, goal, unit, str(reason))
        return
    note = f"{charts:.0f} / {text:.0f} ms; a page with the smallest Plotly chart: {smallest:.0f} ms"
    yield Measurement(what, charts / text, goal, unit, note)


DRAWN = ".js-plotly-plot .cartesianlayer path.js-line"
COMPARED = (  # a page, the field to type into, what shows that it is there, and how to see that it has changed
    (PAGES / "text_only.py", "Value", ".stMarkdown p", TEXT),
    (PAGES / "one_chart.py", "Value", DRAWN, FIGURE),
    (ROOT / "dashboard.py", "Learning rate α", DRAWN, FIGURE),
)


def milliseconds(changes: int) -> list[float]:
    """Return the median time to the painted answer of each of the compared pages, which take turns."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(serving(script)) for script, *_ in COMPARED]
        browser = stack.enter_context(running_browser())
        pages = []
        for server, (_, _, shown, _) in zip(servers, COMPARED):
            page = browser.new_context(viewport=SIZES["wide"]).new_page()
            page.goto(server.address)
            page.locator(shown).first.wait_for(state="attached", timeout=60_000)
            settled(page)
            pages.append(page)
        typed, times = rates(1), []
        for _ in range(changes + 2):
            turns = zip(pages, COMPARED)
            times.append([one_change(page, label, next(typed), watch) for page, (_, label, _, watch) in turns])
    return [statistics.median(column) for column in zip(*times[2:])]  # the first ones warm up


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
