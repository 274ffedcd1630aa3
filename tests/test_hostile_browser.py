"""Hostile text in a real browser: whatever comes in through a link, a field or a file is shown as text and does nothing."""

from urllib.parse import urlencode

import pytest

from tests.browser import open_page, running_browser, running_server, settled

MEAN = "<img src=http://evil.example/i.png onerror=window.hit=1><script>window.hit=1</script>"
MARKDOWN = "![x](http://evil.example/i.png) [x](http://evil.example) $\\href{http://evil.example}{x}$ :red[x]"


@pytest.fixture(scope="module")
def server():
    with running_server() as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with running_browser() as running:
        yield running


def harmless(page, requests):
    settled(page)
    assert page.evaluate("window.hit === undefined")
    assert page.locator("a[href*=evil], img[src*=evil]").count() == 0
    assert [address for address in requests if "evil" in address.split("?")[0]] == []


@pytest.mark.parametrize("text", [MEAN, MARKDOWN])
def test_nothing_in_a_link_acts(browser, server, text):
    names = (
        "data",
        "rate",
        "start",
        "optimizer",
        "predict",
        "race",
        "question",
        "hide",
        "section",
        "place",
        "landscape-rate",
    )
    for section in ("Race", "Local-minima", "The-fit"):
        requests = []
        query = dict.fromkeys(names, text) | {"section": section}
        context = browser.new_context()
        context.on("request", lambda request, seen=requests: seen.append(request.url))
        page = context.new_page()
        page.goto(f"{server}/?{urlencode(query)}")
        page.locator(".js-plotly-plot .cartesianlayer").first.wait_for(timeout=60_000)
        assert page.get_by_text("In the link:").count() >= 5
        harmless(page, requests)
        context.close()


@pytest.mark.parametrize("text", [MEAN, MARKDOWN])
def test_nothing_typed_pasted_or_uploaded_acts(browser, server, text):
    page = open_page(browser, f"{server}/?section=Race")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    for label in ("Learning rate α", "Start w", "Learning rate of run 1", "Samples per update of run 2"):
        field = page.get_by_label(label)
        field.fill(text)
        field.press("Enter")
        settled(page)
    page.get_by_text("Data", exact=True).first.click()
    page.get_by_label("Paste two columns, x and y").fill(f"{text},{text}\n{text};2\n1,2")
    page.get_by_role("button", name="Use the pasted text").click()
    page.get_by_text("was read as a heading").or_(page.get_by_text("It was left out")).first.wait_for()
    upload = {
        "name": f"{text[:60].replace('/', '')}.csv",
        "mimeType": "text/csv",
        "buffer": f"{text},y\n1,5\n".encode(),
    }
    page.locator("input[type=file]").first.set_input_files(upload)
    page.get_by_text("In use: 1 point: (1, 5)").wait_for()
    harmless(page, requests)
    page.context.close()
