"""What goes wrong on the way: a server that is started anew, a network that is gone for a while, two tabs at once."""

import time
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser import free_port, open_page, running_server, settled
from tests.test_browser import type_rate


def wait_for(page, condition: Callable[[], bool], seconds: float = 60) -> None:
    """Let the page go on until a condition of this side holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        page.wait_for_timeout(50)


def test_a_server_started_anew_under_an_open_page_gives_the_same_page_back(browser):
    port = free_port()
    with running_server(port) as address:
        page = open_page(browser, address)
        type_rate(page, "0.2")
        expect(page.get_by_text("Arrived.", exact=True)).to_be_visible()
        page.wait_for_url("**rate=0.2**")
        settled(page)
        sentence = page.locator(".verdict").inner_text()
    page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for(timeout=60_000)
    finished = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: finished.append(b"theatre" in frame)))
    with running_server(port):
        # No reload: the browser connects again by itself, and asks for the page of its address.
        page.locator("[data-test-connection-state=CONNECTED]").wait_for(timeout=60_000)
        wait_for(page, lambda: any(finished))
        settled(page)
        type_rate(page, "0.3")
        expect(page.get_by_text("Ran away.", exact=True)).to_be_visible(timeout=60_000)
        type_rate(page, "0.2")
        expect(page.get_by_text("Arrived.", exact=True)).to_be_visible(timeout=60_000)
        settled(page)
        assert page.locator(".verdict").inner_text() == sentence
    page.context.close()


def test_a_network_that_is_gone_for_a_while_loses_nothing(browser, server):
    page = open_page(browser, server)
    type_rate(page, "0.2")
    page.wait_for_url("**rate=0.2**")
    page.context.set_offline(True)
    page.get_by_text("Play", exact=True).click()
    page.wait_for_function("() => document.querySelector('.textpoint').textContent.includes('update 100 of 100')")
    page.context.set_offline(False)
    page.locator("[data-test-connection-state=CONNECTED]").wait_for(timeout=60_000)
    settled(page)
    type_rate(page, "0.3")
    expect(page.get_by_text("Ran away.", exact=True)).to_be_visible(timeout=30_000)
    page.context.close()


def test_two_tabs_do_not_know_of_each_other(browser, server):
    first, second = (open_page(browser, server) for _ in range(2))
    type_rate(first, "0.2")
    type_rate(second, "0.3")
    expect(second.get_by_text("Ran away.", exact=True)).to_be_visible()
    first.get_by_text("Race", exact=True).click()
    expect(first.get_by_text("Arrived when nearer than")).to_be_visible()
    expect(first.get_by_text("Arrived.", exact=True)).to_be_visible()
    expect(first.get_by_label("Learning rate α")).to_have_value("0.2")
    expect(second.get_by_label("Learning rate α")).to_have_value("0.3")
    expect(second.get_by_text("Arrived when nearer than")).to_have_count(0)
    for page in (first, second):
        page.context.close()
