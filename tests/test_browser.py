"""What only a browser can show: table edits, both screen sizes, the console."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import open_page, settled


@pytest.fixture
def page(browser, server):
    opened = open_page(browser, server)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def box(page, locator):
    return page.locator(locator).first.bounding_box()


def type_rate(page, text):
    field = page.get_by_label("Learning rate α")
    field.fill(text)
    field.press("Enter")


def open_table(page):
    page.get_by_text("Data", exact=True).first.click()
    table = page.get_by_test_id("stDataFrameResizable")
    table.wait_for()
    settled(page)
    before = None
    while (place := table.bounding_box()) != before:  # its panel opens slowly
        before = place
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return place


def type_into_cell(page, table, column, row, text):
    """Type into a cell of the table, which is a canvas: rows are 35 pixels high, below a heading and beside a handle."""
    handle = 36
    width = (table["width"] - handle) / 2
    height = page.get_by_test_id("stDataFrameResizable").bounding_box()["height"]
    page.mouse.click(table["x"] + handle + width * (column + 0.5), table["y"] + 35 * (row + 1.5))
    if row < round(height / 35) - 2:  # a click on the empty last row adds a row and opens its cell by itself
        page.keyboard.press("Enter")
    editor = page.locator("#portal textarea")
    editor.fill(text)
    expect(editor).to_have_value(text)
    editor.press("Enter")
    expect(editor).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_controls_and_theatre_are_in_sight_together(browser, server, theme):
    page = open_page(browser, server, theme=theme)
    expect(page.get_by_text("Arrived.", exact=True)).to_be_visible()
    for label in ("Optimizer", "Epochs", "Learning rate α"):
        field = page.get_by_label(label).first.bounding_box()
        assert field["y"] + field["height"] <= 800, label
    chart = box(page, ".js-plotly-plot")
    assert chart["y"] + chart["height"] <= 800
    assert page.complaints == []


def test_on_a_phone_the_rate_stands_right_above_the_theatre_and_nothing_overflows(browser, server):
    page = open_page(browser, server, size="phone")
    rate = page.get_by_label("Learning rate α").first.bounding_box()
    chart = box(page, ".js-plotly-plot")
    others = [page.get_by_label(label).first.bounding_box()["y"] for label in ("Optimizer", "Epochs", "Start w")]
    assert max(others) < rate["y"] < chart["y"]
    assert chart["y"] - rate["y"] < 844 / 2  # its slider, its map and one sentence lie between them
    assert page.evaluate("document.querySelector('.stMain').scrollWidth <= 390")
    assert page.complaints == []


# Pictures with the most to show: long numbers, every legend entry, headings of several lines, large letters.
FULL = {
    "lecture": "",
    "run away": "?rate=0.22&loss=used&per=update",
    "bias": "?bias=1&batch=1&curves=1&printed=1&smooth=0.9&rate=0.3&axis=log",
    "millions": "?data=1,1000000;2,-500000;3,5&bias=1&smooth=0.9",
    "nothing left": "?data=1,2;2,4&rate=0.2&axis=log&smooth=0.5",
    "nothing to do": "?start=2",
}
RACES = {
    "five rates": "?section=Race&race=gd,0.0535;gd,0.107142857142857;gd,0.16;gd,0.214285714285714;gd,0.23",
    "adaptive": "?section=Race&bias=1&race=adagrad,0.05;rmsprop,0.05;adam,0.05;adadelta,1;nadam,0.05;radam,0.05",
}

LARGE = "large=1&hide=controls,sections"


@pytest.mark.parametrize(
    ("size", "large"),
    [(size, large) for size in ("wide", "phone") for large in ("", LARGE)] + [("small phone", ""), ("projector", "")],
)
@pytest.mark.parametrize("link", FULL)
def test_no_word_in_the_picture_is_cut_off_or_covers_another(browser, server, link, large, size):
    page = open_page(browser, f"{server}/{FULL[link] or '?'}&{large}", size=size)
    words = words_of(page.locator(".js-plotly-plot").first)
    assert {"heading", "moment", "slider-rail-rect", "legendtext"} <= {word["kind"] for word in words}
    none_cut_off_or_covered(words)
    page.context.close()


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("link", RACES)
def test_no_word_in_a_race_is_cut_off_or_covers_another(browser, server, link, size):
    page = open_page(browser, f"{server}/{RACES[link]}", size=size)
    # The numbers at the ends of the curves stand where the runs end, some of them at one place.
    words = [word for word in words_of(page.locator(".st-key-race .js-plotly-plot")) if word["kind"] != "moment"]
    assert sum(word["kind"] == "legendtext" for word in words) >= 7
    none_cut_off_or_covered(words)
    page.context.close()


def words_of(figure):
    """Return every word of a figure with the kind of thing it belongs to and the box that it fills."""
    return figure.evaluate(
        """figure => {
          const frame = figure.getBoundingClientRect();
          const groups = ".xtick text, .ytick text, .xtitle, .ytitle, .annotation-text, .legendtext, .textpoint text," +
            " .updatemenu-button, .slider-rail-rect, .slider-label";
          return [...figure.querySelectorAll(groups)].map(each => {
            const box = each.getBoundingClientRect();
            return {
              kind: each.closest(".annotation") ? "heading" : each.closest(".textpoint") ? "moment" : each.getAttribute("class"),
              text: each.textContent, left: box.left - frame.left, right: box.right - frame.left,
              top: box.top - frame.top, bottom: box.bottom - frame.top, width: frame.width, height: frame.height,
            };
          }).filter(each => each.text || each.kind === "slider-rail-rect");
        }"""
    )


def none_cut_off_or_covered(words):
    for word in words:
        assert -1 <= word["left"] < word["right"] <= word["width"] + 1, word
        assert -1 <= word["top"] < word["bottom"] <= word["height"] + 1, word
    standing = [
        word for word in words if word["kind"] != "slider-label"
    ]  # Plotly thins those, and leaves the rest to us
    for place, one in enumerate(standing):
        for other in standing[place + 1 :]:
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            assert across <= 2 or down <= 3, (one, other)


def test_a_narrow_window_that_is_no_phone_can_stack_its_panels(page):
    button = page.get_by_role("button", name="Stack the panels")
    expect(button).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    button.click()
    expect(page).to_have_url(re.compile("panels=stack"))
    settled(page)
    page.wait_for_function("() => document.querySelector('.js-plotly-plot').clientHeight > 1000")
    assert page.evaluate("document.querySelector('.stMain').scrollWidth <= 390")


def test_a_new_rate_changes_the_sentence(page):
    type_rate(page, "0.3")
    expect(page.get_by_text("Ran away.", exact=True)).to_be_visible()
    expect(page.get_by_text("learning rate of 0.214286")).to_be_visible()


def test_a_wrong_rate_is_named_next_to_its_field_and_stays_typed(page):
    type_rate(page, "fast")
    expect(page.get_by_text("Learning rate α is “fast”, not a number. Still using 0.01.")).to_be_visible()
    expect(page.get_by_label("Learning rate α")).to_have_value("fast")
    expect(page.get_by_text("Arrived.", exact=True)).to_be_visible()


def test_a_wrong_rate_leaves_what_stands_below_in_place(browser, server):
    page = open_page(browser, f"{server}/?section=Race")
    page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach(chart => { chart.dataset.witness = 'here'; })")
    for rate, complaints in (("fast", 1), ("0.02", 0)):
        type_rate(page, rate)
        expect(page.get_by_text("Still using")).to_have_count(complaints)
        settled(page)
        assert page.locator("[data-witness=here]").count() == 2
    page.context.close()


def test_the_slider_moves_the_typed_rate(page):
    page.get_by_role("slider").first.press("ArrowRight")
    expect(page.get_by_label("Learning rate α")).to_have_value("0.012")


def test_editing_a_cell_uses_the_new_point(page):
    table = open_table(page)
    type_into_cell(page, table, column=1, row=2, text="9")
    expect(page.get_by_text("In use: 3 points: (1, 2) (2, 4) (3, 9)")).to_be_visible()
    type_into_cell(page, table, column=0, row=0, text="0,5")
    expect(page.get_by_text("(0.5, 2) (2, 4) (3, 9)")).to_be_visible()


def test_a_broken_cell_is_named_and_leaves_its_row_out(page):
    table = open_table(page)
    type_into_cell(page, table, column=1, row=1, text="four")
    expect(page.get_by_text("Row 2: y is “four”, not a number. Type a number or delete the row.")).to_be_visible()
    expect(page.get_by_text("In use: 2 points: (1, 2) (3, 6)")).to_be_visible()


def test_adding_and_deleting_a_row(page):
    table = open_table(page)
    type_into_cell(page, table, column=0, row=3, text="4")
    expect(page.get_by_text("Row 4: y is empty.")).to_be_visible()
    type_into_cell(page, table, column=1, row=3, text="8")
    expect(page.get_by_text("In use: 4 points: (1, 2) (2, 4) (3, 6) (4, 8)")).to_be_visible()
    page.mouse.click(table["x"] + 18, table["y"] + 35 * 1.5)
    page.keyboard.press("Delete")
    expect(page.get_by_text("In use: 3 points: (2, 4) (3, 6) (4, 8)")).to_be_visible()


def test_an_uploaded_file_fills_the_table(page):
    open_table(page)
    upload = {"name": "points.csv", "mimeType": "text/csv", "buffer": b"hours;points\n1,5;3\n2,5;5\n"}
    page.locator("input[type=file]").set_input_files(upload)
    expect(page.get_by_text("In use: 2 points: (1.5, 3) (2.5, 5)")).to_be_visible()
    expect(page.get_by_text("was read as a heading")).to_be_visible()


def test_the_log_can_be_downloaded(page):
    page.get_by_role("radio", name="The log").or_(page.get_by_role("button", name="The log", exact=True)).click()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the log").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "Predict (before training) 4 4.0"
    assert lines[100] == "Epoch: 99 w= 1.9999444396553017 loss= 1.752432687141379e-08"


# Playback and the stepper


def shown_words(page):
    return page.locator(".js-plotly-plot .textpoint").first.text_content()


def figure_button(page, label):
    return page.locator(".updatemenu-button").filter(has_text=label)


def watched_messages(page):
    """Return a list that grows with every websocket message; the page is loaded again to see them from the start."""
    messages = []
    page.on(
        "websocket",
        lambda socket: (
            socket.on("framesent", lambda data: messages.append(("sent", len(data)))),
            socket.on("framereceived", lambda data: messages.append(("received", len(data)))),
        ),
    )
    page.reload()
    page.locator(".js-plotly-plot .cartesianlayer").first.wait_for()
    settled(page)
    return messages


def test_playing_pausing_and_scrubbing_back_need_no_server(page):
    messages = watched_messages(page)
    page.locator(".js-plotly-plot .slider-group").wait_for()
    assert "after update 100 of 100" in shown_words(page)
    before = len(messages)
    figure_button(page, "Play").click()
    page.wait_for_function("() => /update [1-9]\\d? of/.test(document.querySelector('.textpoint').textContent)")
    figure_button(page, "Pause").click()
    paused = shown_words(page)
    page.locator(".js-plotly-plot .slider-rail-touch-rect").click(position={"x": 3, "y": 5})
    page.wait_for_function("words => document.querySelector('.textpoint').textContent !== words", arg=paused)
    assert shown_words(page).startswith("start")
    assert "w = 1 " in shown_words(page)
    figure_button(page, "Play").click()
    page.wait_for_function("() => document.querySelector('.textpoint').textContent.includes('update 100 of 100')")
    assert messages[before:] == []


def test_the_stepper_leaves_the_theatre_in_place_and_sends_little(page):
    messages = watched_messages(page)
    page.evaluate("document.querySelector('.js-plotly-plot').dataset.witness = 'here'")
    expect(page.get_by_text("Update 1 of 100, in")).to_be_visible()
    before = len(messages)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Update 2 of 100, in")).to_be_visible()
    settled(page)
    assert page.evaluate("document.querySelector('.js-plotly-plot').dataset.witness") == "here"
    assert sum(size for _, size in messages[before:]) < 20_000


def test_the_arithmetic_follows_a_new_rate_and_another_update_alike(page):
    """Each writes over what the other wrote; the error is multiplied by r = 1 - 2 alpha 14/3 in each update, from -1 on."""
    sheet = page.locator(".sheet")
    page.get_by_role("button", name="Next").click()
    expect(sheet).to_contain_text("Update 2 of 100, in")
    type_rate(page, "0.1")
    expect(sheet).to_contain_text("1.99556")  # 2 - r^2, r = 1/15
    page.get_by_role("button", name="Next").click()
    expect(sheet).to_contain_text("1.9997")  # 2 - r^3
    type_rate(page, "0.05")
    expect(sheet).to_contain_text("1.8483")  # 2 - r^3, r = 8/15
    expect(sheet).to_contain_text("Update 3 of 100, in")
    expect(sheet).to_have_count(1)


def test_a_rate_that_ends_the_run_early_shortens_the_stepper(page):
    type_rate(page, "5")  # r = -137/3: the cost, 14/3 r^(2n), passes 1e100 in update 30
    expect(page.locator(".sheet")).to_contain_text("Update 1 of 29, in")
    page.get_by_role("button", name="Last").click()
    expect(page.locator(".sheet")).to_contain_text("Update 29 of 29, in")
    type_rate(page, "0.1")
    expect(page.locator(".sheet")).to_contain_text("Update 29 of 100, in")
    expect(page.get_by_role("button", name="Next")).to_be_enabled()


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_the_longest_arithmetic_fits_the_screen(browser, server, size):
    page = open_page(browser, server, size=size)
    page.get_by_label("Optimizer").click()
    page.get_by_text("Adam", exact=True).click()
    page.get_by_text("Formula, bias").click()
    page.get_by_text("Bias b").click()
    page.get_by_role("button", name="Last").click()
    page.get_by_text("Update 100 of 100, in").wait_for()
    settled(page)
    assert (
        page.evaluate("document.querySelector('.stMain').scrollWidth - document.querySelector('.stMain').clientWidth")
        <= 0
    )
    cut = """[...document.querySelectorAll('.katex-display .katex-html > .base')]
        .map(piece => [piece, piece.closest('.stMarkdown')])
        .filter(([piece, frame]) => frame.checkVisibility() && frame.clientWidth > 0)
        .filter(([piece, frame]) => piece.getBoundingClientRect().right > frame.getBoundingClientRect().right + 1)
        .map(([piece, frame]) => piece.textContent)"""
    assert page.evaluate(cut) == []
    page.context.close()


# Links


def contents(page):
    """Return what a page shows: its sentence, the moment's words, its fields."""
    settled(page)
    fields = page.locator(".stMain input").evaluate_all("fields => fields.map(field => field.value)")
    return page.locator(".verdict").inner_text(), shown_words(page), fields


def test_a_copied_address_shows_the_same_page_in_a_fresh_browser(browser, server, page):
    type_rate(page, "0.2")
    page.get_by_text("One", exact=True).click()
    expect(page).to_have_url(re.compile("rate=0.2.*batch=1"))
    settled(page)
    copy = open_page(browser, page.url)
    assert contents(copy) == contents(page)
    assert copy.complaints == []
    copy.context.close()


def test_a_change_while_the_slider_has_yet_to_follow_the_picture_counts(page):
    press_once_shown = """([rate, samples]) => new Promise(done => {
        const radio = () => [...document.querySelectorAll("[role=radio]")].find(each => each.textContent === samples);
        const shown = () => document.querySelector(`[role=img][aria-label^="learning rate ${rate};"]`);
        const look = () => shown() ? done(radio().click()) : requestAnimationFrame(look);
        look();
    })"""
    for rate, samples, link in (("0.2", "One", "rate=0.2&batch=1"), ("0.1", "All", "rate=0.1")):
        type_rate(page, rate)
        page.evaluate(press_once_shown, [rate, samples])
        expect(page).to_have_url(re.compile(f"{link}$"))
    type_rate(page, "0.05")
    expect(page).to_have_url(re.compile("rate=0.05$"))


def test_quick_changes_one_after_the_other_all_count(page):
    type_rate(page, "0.2")
    page.get_by_text("One", exact=True).click()
    page.get_by_text("Learning rates", exact=True).click()
    expect(page).to_have_url(re.compile("rate=0.2&batch=1&section=Learning-rates"))
    expect(page.get_by_label("Learning rate α")).to_have_value("0.2")


def test_reload_back_and_forward_lose_nothing(page):
    type_rate(page, "0.2")
    expect(page).to_have_url(re.compile("rate=0.2"))
    type_rate(page, "0.3")
    expect(page.get_by_text("Ran away.", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("rate=0.3"))
    page.go_back()
    expect(page.get_by_label("Learning rate α")).to_have_value("0.2")
    expect(page.get_by_text("Arrived.", exact=True)).to_be_visible()
    page.go_forward()
    expect(page.get_by_label("Learning rate α")).to_have_value("0.3")
    expect(page.get_by_text("Ran away.", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_label("Learning rate α")).to_have_value("0.3")
    expect(page.get_by_text("Ran away.", exact=True)).to_be_visible()


def test_a_hostile_address_runs_nothing(browser, server):
    page = open_page(
        browser, f"{server}/?rate=<script>window.hit=1</script>&data=<img src=x onerror=window.hit=1>&epochs=9"
    )
    expect(page.get_by_text("In the link: rate=<script>window.hit=1</script>")).to_be_visible()
    assert page.evaluate("window.hit === undefined")
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("9")
    page.context.close()


def test_what_a_section_was_set_to_survives_other_sections_and_changes_of_the_whole_page(page):
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Update 2 of 100, in")).to_be_visible()
    for section, shown_there in (("Race", "Arrived when nearer than"), ("Local minima", "Rate on the landscape")):
        page.get_by_text(section, exact=True).first.click()
        expect(page.get_by_text(shown_there).first).to_be_visible()
        settled(page)
        type_rate(page, {"Race": "0.2", "Local minima": "0.1"}[section])
        expect(page.get_by_text("Arrived.", exact=True)).to_be_visible()
        settled(page)
        expect(page.get_by_text("encountered an error")).to_have_count(0)
    page.get_by_text("One update by hand", exact=True).click()
    expect(page.get_by_text("Update 2 of 100, in")).to_be_visible()
