"""The page in class, in a browser: copied links, the keyboard, a restarted server."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import free_port, open_page, running_server, settled
from tests.test_browser import contents, shown_words, type_rate

LINKS = [
    "?data=1,2;2,5;3,5.5&rate=0.05&batch=1&curves=1&section=Race&race=gd,0.01;adam,0.1,1,beta1:0.5&ruler=samples",
    "?tour=6&rate=0.22&epochs=20&section=Learning-rates&hide=optimizer,samples&large=1",
    "?bias=1&start=0,0&data=anscombe1&optimizer=momentum&rate=0.01&axis=log&step=7&shuffle=3",
]


def shown(page):
    """Return everything that a page says and draws."""
    charts = page.locator(".js-plotly-plot").evaluate_all(
        "plots => plots.map(plot => JSON.stringify([plot.layout.annotations, plot.data.map(trace => [trace.name, trace.y])]))"
    )
    return contents(page), page.locator(".stMain").inner_text(), charts


@pytest.mark.parametrize("link", LINKS)
def test_the_copied_link_shows_the_same_page_in_a_fresh_browser(browser, server, link):
    page = open_page(browser, f"{server}/{link}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    code = page.get_by_role("dialog").locator("img").bounding_box()
    assert code["width"] > 80
    assert code["width"] == pytest.approx(code["height"])
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "%" not in copied
    copy = open_page(browser, copied)
    assert shown(copy) == shown(page)
    assert page.complaints == copy.complaints == []
    for each in (page, copy):
        each.context.close()


def test_a_restarted_server_shows_the_same_page_after_a_reload(browser):
    port = free_port()
    with running_server(port) as address:
        page = open_page(browser, address)
        type_rate(page, "0.2")
        page.get_by_text("Race", exact=True).click()
        expect(page).to_have_url(re.compile("section=Race"))
        settled(page)
        before = contents(page)
    with running_server(port):
        page.reload()
        page.locator(".js-plotly-plot .cartesianlayer").first.wait_for()
        assert contents(page) == before
    page.context.close()


def test_the_keyboard_plays_pauses_and_steps(browser, server):
    page = open_page(browser, server)
    page.locator(".js-plotly-plot .slider-group").first.wait_for()
    page.locator("body").press("j")
    page.wait_for_function("() => !document.querySelector('.textpoint').textContent.includes('update 100 of 100')")
    one_back = shown_words(page)
    page.locator("body").press("l")
    page.wait_for_function("() => document.querySelector('.textpoint').textContent.includes('update 100 of 100')")
    assert re.match(r"after update \d\d of 100", one_back)
    page.locator("body").press("k")
    page.wait_for_function("() => /update [1-9]\\d? of/.test(document.querySelector('.textpoint').textContent)")
    page.locator("body").press("k")
    page.wait_for_function(  # paused: the words stay as they are from one look to the next
        """() => new Promise(resolve => {
            const words = () => document.querySelector('.textpoint').textContent, before = words();
            setTimeout(() => resolve(words() === before), 400);
        })"""
    )
    assert "update 100 of 100" not in shown_words(page)
    assert page.complaints == []
    expect(page.get_by_text("Update 1 of 100, in")).to_be_visible()
    page.locator("body").press("ArrowRight")
    expect(page.get_by_text("Update 2 of 100, in")).to_be_visible()
    page.locator("body").press("ArrowLeft")
    expect(page.get_by_text("Update 1 of 100, in")).to_be_visible()
    field = page.get_by_label("Learning rate α")
    field.fill("")
    field.press_sequentially("jkl")
    expect(field).to_have_value("jkl")
    page.context.close()


def test_a_prediction_is_made_before_anything_is_shown(browser, server):
    page = open_page(browser, f"{server}/?question=side-3")
    expect(page.get_by_text("On which side of the minimum")).to_be_visible()
    expect(page.get_by_label("Learning rate α")).to_have_count(0)
    page.get_by_text("Left of the minimum").click()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Right.", exact=True)).to_be_visible()
    expect(page.get_by_text("1 of 1 right in this visit.")).to_be_visible()
    expect(page.get_by_label("Learning rate α")).to_be_visible()
    page.get_by_role("button", name="Next question").click()
    expect(page.get_by_text("Which of these three learning rates")).to_be_visible()
    assert page.complaints == []
    page.context.close()


def test_what_a_link_hides_is_hidden_and_a_click_brings_it_back(browser, server):
    page = open_page(browser, f"{server}/?hide=controls,sections,title&large=1")
    expect(page.get_by_label("Learning rate α")).to_be_hidden()
    expect(page.get_by_role("button", name="Share")).to_be_hidden()
    expect(page.get_by_text("Arrived.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_label("Learning rate α")).to_be_visible()
    expect(page.get_by_role("button", name="Share")).to_be_visible()
    page.context.close()
