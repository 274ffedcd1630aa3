"""The chart that changes in place: it shows what a chart drawn anew would show, and keeps what the visitor did to it."""

import json

import pytest
from playwright.sync_api import expect

from gd_core import Experiment, charts, train
from tests.browser import open_page, settled
from tests.test_browser import figure_button, shown_words, type_rate, watched_messages

CHART = ".st-key-theatre .chart"
# Everything that is drawn, as it is drawn, in its order; Plotly gives ids that differ from chart to chart.
DRAWN = """selector => [...document.querySelector(selector).querySelectorAll(
    '.main-svg path, .main-svg text, .main-svg rect, .main-svg tspan')]
    .filter(each => each.checkVisibility() && !each.closest('defs, .hoverlayer, .draglayer'))
    .map(each => [each.tagName, each.getAttribute('d'), each.getAttribute('transform'), each.style.fill,
        each.style.stroke, each.style.strokeDasharray, each.children.length ? '' : each.textContent].join('|'))"""


@pytest.fixture
def page(browser, server):
    page = open_page(browser, server)
    page.evaluate(f"document.querySelector('{CHART}').dataset.witness = 'here'")
    yield page
    assert page.complaints == []
    page.context.close()


def in_place(page):
    return page.evaluate(f"document.querySelector('{CHART}').dataset.witness") == "here"


def change_to_rate(page, rate, says):
    type_rate(page, rate)
    expect(page.get_by_text(f"{says}.", exact=True)).to_be_visible()
    settled(page)


def drawn(page):
    """Return what is drawn, once two looks in a row see the same."""
    page.mouse.move(0, 0)
    before = None
    while (now := page.evaluate(DRAWN, CHART)) != before:
        before = now
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return now


def test_a_changed_chart_is_the_chart_drawn_anew(browser, page):
    assert len(drawn(page)) > 100
    changes = {
        "rate=0.02": lambda: type_rate(page, "0.02"),  # only marks move
        "rate=0.3": lambda: type_rate(page, "0.3"),  # runs away: other marks, other axes
        "rate=0.2": lambda: type_rate(page, "0.2"),
        "batch=1": lambda: page.get_by_text("One", exact=True).click(),
        "rate=0.04": lambda: type_rate(page, "0.04"),
        "epochs=3": lambda: type_into(page, "Epochs", "3"),  # fewer frames
        "start=-3": lambda: type_into(page, "Start w", "-3"),
    }
    for part, change in changes.items():
        change()
        page.wait_for_url(f"**{part}*")
        settled(page)
        fresh = open_page(browser, page.url)
        assert drawn(page) == drawn(fresh), part
        assert frames(page) == frames(fresh), part
        fresh.context.close()
    assert in_place(page)


def type_into(page, label, text):
    page.get_by_label(label, exact=True).fill(text)
    page.get_by_label(label, exact=True).press("Enter")


def frames(page):
    """Return the frames that a chart would play."""
    return page.evaluate(f"JSON.stringify(document.querySelector('{CHART}')._transitionData._frames)")


def test_a_picture_shown_before_is_sent_whole_again(page):
    """A mere reference to it would end the session of a browser that has dropped it since."""
    messages = watched_messages(page)
    for rate in ("0.02", "0.03", "0.02"):
        before = len(messages)
        change_to_rate(page, rate, "Arrived")
        assert max(size for way, size in messages[before:] if way == "received") > 10_000, rate


def test_the_frames_in_the_browser_are_those_of_the_figure(page):
    sent = charts.theatre(train(Experiment()), charts.View())["frames"]
    assert json.loads(frames(page)) == sent


def test_a_zoom_survives_a_change_that_moves_only_marks(page):
    plot = page.locator(f"{CHART} .nsewdrag").nth(1)
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 140, steps=4)
    page.mouse.up()
    ranges = f"JSON.stringify(document.querySelector('{CHART}')._fullLayout.xaxis2.range)"
    page.wait_for_function(f"() => {ranges} !== '[0.75,3.25]'")
    zoomed = page.evaluate(ranges)
    change_to_rate(page, "0.02", "Arrived")
    assert page.evaluate(ranges) == zoomed
    assert in_place(page)


def test_other_axes_are_those_that_reset_goes_back_to_and_a_hidden_curve_stays_hidden(page):
    entry = page.locator(f"{CHART} .legendtext").filter(has_text="updates")
    entry.locator("xpath=..").locator(".legendtoggle").click()
    hidden = f"document.querySelector('{CHART}')._fullData.find(each => each.name.startsWith('updates')).visible"
    page.wait_for_function(f"() => {hidden} === 'legendonly'")
    change_to_rate(page, "0.25", "Ran away")
    ranges = f"JSON.stringify(document.querySelector('{CHART}')._fullLayout.xaxis2.range)"
    page.wait_for_function(f"() => {ranges} !== '[0.75,3.25]'")
    wide = page.evaluate(ranges)
    page.locator(CHART).hover()
    page.locator(f"{CHART} [data-title='Reset axes']").click()
    drawn(page)
    assert page.evaluate(ranges) == wide
    assert page.evaluate(hidden) == "legendonly"


def test_a_change_ends_a_playback_and_shows_the_end_of_the_new_run(page):
    for rate, says in (("0.02", "Arrived"), ("0.3", "Ran away")):
        figure_button(page, "Play").click()
        page.wait_for_function("() => /update [1-9]\\d? of/.test(document.querySelector('.textpoint').textContent)")
        change_to_rate(page, rate, says)
        page.wait_for_function(
            f"() => document.querySelector('{CHART}').layout.sliders[0].active"
            f" === document.querySelector('{CHART}').layout.sliders[0].steps.length - 1"
        )
        end = shown_words(page)
        assert end.startswith("after update")
        # No picture of the playback comes afterwards.
        frames = page.evaluate(
            f"""new Promise(resolve => {{
                let seen = 0;
                document.querySelector('{CHART}').on('plotly_animatingframe', () => {{ seen += 1; }});
                setTimeout(() => resolve(seen), 350);
            }})"""
        )
        assert (frames, shown_words(page)) == (0, end)


def test_the_new_run_is_the_one_that_is_played(page):
    change_to_rate(page, "0.2", "Arrived")
    page.locator(f"{CHART} .slider-rail-touch-rect").click(position={"x": 3, "y": 5})
    page.wait_for_function("() => document.querySelector('.textpoint').textContent.startsWith('start')")
    page.get_by_text("Gradient descent", exact=True).first.click()  # out of the field, which takes letters
    page.keyboard.press("l")
    page.wait_for_function("() => document.querySelector('.textpoint').textContent.includes('update 1 of')")
    assert "w = 2.86667" in shown_words(page)  # 1 + 0.2 * 28/3


def test_another_theme_recolours_the_chart(page):
    letters = "getComputedStyle(document.querySelector('.xtick text')).fill"
    light = page.evaluate(letters)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {letters} !== light", arg=light)
    assert in_place(page)


def test_a_chart_follows_its_window_and_fills_the_screen_when_asked(page):
    width = f"document.querySelector('{CHART} .main-svg').clientWidth"
    before = page.evaluate(width)
    page.set_viewport_size({"width": 1000, "height": 800})
    page.wait_for_function(f"before => {width} < before - 100", arg=before)
    page.locator(CHART).hover()
    page.locator(f"{CHART} [data-title='Full screen']").click()
    page.wait_for_function(
        f"() => {width} === 1000 && document.querySelector('{CHART} .main-svg').clientHeight === 800"
    )
    page.locator(f"{CHART} [data-title='Full screen']").click()
    page.wait_for_function(f"() => {width} < 1000 && document.querySelector('{CHART} .main-svg').clientHeight < 600")


def test_quick_changes_end_with_the_last_one(page):
    for rate in ("0.02", "0.03", "0.19", "0.11", "0.05"):
        type_rate(page, rate)
    page.wait_for_function("() => document.querySelector('.textpoint').textContent.includes('w = 2 ')")
    expect(page.get_by_label("Learning rate α")).to_have_value("0.05")


def test_a_library_that_cannot_be_loaded_is_told_in_words(browser, server):
    context = browser.new_context()
    context.route("**/plotly.min.js*", lambda route: route.fulfill(status=404))
    page = context.new_page()
    page.goto(server)
    expect(page.get_by_text("This chart could not be drawn: the server says 404. Load the page again.")).to_be_visible()
    expect(page.get_by_text("Arrived.", exact=True)).to_be_visible()
    context.close()


def test_the_chart_has_its_words_and_no_button_that_sends_it_away(page):
    figure = page.get_by_role("figure").first
    assert "Three panels" in figure.get_attribute("aria-label")
    buttons = figure.locator(".modebar-btn").evaluate_all("all => all.map(each => each.dataset.title)")
    assert buttons == [
        "Download plot as a PNG",
        "Zoom",
        "Pan",
        "Reset axes",
        "Full screen",
    ]


def test_a_mark_that_has_moved_says_what_belongs_to_its_new_place(page):
    type_rate(page, "0.05")
    expect(page.get_by_text("after update 100 of 100")).to_be_visible()
    settled(page)
    w = 2 - 8 / 15  # after one update: r = 1 - 2 alpha 14/3 = 8/15
    at = page.evaluate(
        """([selector, w, cost]) => {
            const chart = document.querySelector(selector), {left, top} = chart.getBoundingClientRect();
            const {xaxis2: x, yaxis2: y} = chart._fullLayout;
            return {x: left + x._offset + x.l2p(w), y: top + y._offset + y.l2p(cost)};
        }""",
        [CHART, w, 14 / 3 * (w - 2) ** 2],
    )
    page.mouse.move(at["x"], at["y"])
    label = page.locator(f"{CHART} .hovertext").first
    expect(label).to_contain_text("after update 1")
    expect(label).to_contain_text("w = 1.46667")
