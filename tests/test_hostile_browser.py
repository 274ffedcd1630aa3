"""Hostile text in a real browser: whatever comes in through a link, a field or a file is shown as text and does nothing."""

from urllib.parse import urlencode

import pytest

from tests.browser import open_page, settled

MEAN = "<img src=http://evil.example/i.png onerror=window.hit=1><script>window.hit=1</script>"
MARKDOWN = "![x](http://evil.example/i.png) [x](http://evil.example) $\\href{http://evil.example}{x}$ :red[x]"


def harmless(page, server, requests):
    settled(page)
    assert page.evaluate("window.hit === undefined")
    assert page.locator("a[href*=evil], img[src*=evil]").count() == 0
    assert [address for address in requests if not address.startswith((server, "data:", "blob:"))] == []


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
        harmless(page, server, requests)
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
    harmless(page, server, requests)
    page.context.close()


RAW = {
    "broken percent signs": "rate=%zz&start=%",
    "broken UTF-8": "rate=%E0%A4%A&data=%FF%FE",
    "a zero byte": "rate=%00&%00=1",
    "the same name twice": "rate=0.1&rate=0.2",
    "no name, no value": "&&=&=1&rate&",
    "100 kB of script": "data=" + 2700 * "%3Cscript%3Ewindow.hit=1%3C/script%3E",
    "100 kB of digits": "rate=" + 100_000 * "9",
}


@pytest.mark.parametrize("case", RAW)
def test_an_address_that_no_form_would_make_opens_the_page_and_the_rest_of_it_counts(browser, server, case):
    requests = []
    context = browser.new_context()
    context.on("request", lambda request: requests.append(request.url))
    page = context.new_page()
    page.goto(f"{server}/?{RAW[case]}&epochs=7")
    page.locator(".js-plotly-plot .cartesianlayer").first.wait_for(timeout=60_000)
    harmless(page, server, requests)
    assert page.get_by_role("spinbutton", name="Epochs").input_value() == "7"
    complaints = page.get_by_test_id("stAlert").all_inner_texts()
    assert all(complaint.startswith("In the link: ") and len(complaint) < 300 for complaint in complaints)
    assert complaints or case in ("the same name twice", "no name, no value")
    context.close()
