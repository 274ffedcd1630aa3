"""The page without a browser, through Streamlit's own AppTest: opening it, changing it, reading it."""

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent


def opened(link: dict[str, str] | None = None, brought: dict[str, object] | None = None) -> AppTest:
    """Open the page, with the query parameters of a link and with what a browser brings along from a session before."""
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for name, value in (link or {}).items():
        page.query_params[name] = value
    for panel in ("data", "more", "view", "exact", "derivation"):
        page.session_state[f"{panel}_panel"] = True  # closed panels are not on the page
    for key, value in (brought or {}).items():
        page.session_state[key] = value
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception
    assert charts_of(page)
    return page


def above_charts(page: AppTest) -> list[str]:
    """Return the HTML above the charts, which the browser build's Streamlit is sent as elements of its own."""
    sent = [read(each.proto.bytes)["above"] for each in page.get("bidi_component")]
    return sent + [each.proto.body for each in page.get("html")]


def sentence(page: AppTest) -> str:
    """Return what happened in the run, in the Markdown of the core."""
    bodies = above_charts(page)
    said = next(
        body.partition('role="status">')[2].removesuffix("</div>") for body in bodies if 'role="status"' in body
    )
    return html.unescape(said.replace("<strong>", "**").replace("</strong>", "**"))


@dataclass(frozen=True)
class Chart:
    """A chart as the browser is sent it: Plotly's figure, and the words for those who do not see it."""

    figure: dict
    words: str


def charts_of(page: AppTest) -> list[Chart]:
    """Return the page's charts, which the browser build's Streamlit is sent as charts of its own, with words in the page."""
    sent = [read(each.proto.bytes) for each in page.get("bidi_component")]
    words = " ".join(each.proto.body for each in page.get("html"))
    return [Chart(each["figure"], each["words"]) for each in sent] + [
        Chart(read(each.proto.spec), words) for each in page.get("plotly_chart")
    ]


def read(text: str | bytes) -> dict:
    """Read JSON as browsers do, which know no NaN."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def figure(page: AppTest) -> dict:
    return charts_of(page)[0].figure


def link_of(page: AppTest) -> dict[str, str]:
    """Return the parameters of the page's link, which AppTest of older Streamlits puts into a list each."""
    pairs = dict(page.query_params).items()
    return {name: value[-1] if isinstance(value, list) else value for name, value in pairs}


def field(page: AppTest, key: str):
    return next(
        each for each in [*page.text_input, *page.number_input, *page.toggle, *page.selectbox] if each.key == key
    )


def type_into(page: AppTest, key: str, text) -> AppTest:
    field(page, key).set_value(text)
    return checked(page.run())


def choose(page: AppTest, key: str, value: str) -> AppTest:
    page.session_state[key] = value
    return checked(page.run())


def warnings(page: AppTest) -> str:
    """Return everything that the page says is wrong."""
    above = [re.findall('role="alert">(.*?)</div>', each) for each in above_charts(page)]
    said = [each.value.replace("\\", "") for each in [*page.warning, *page.error]]
    return " ".join([*said, *(html.unescape(each) for found in above for each in found)])


def press(page, label):
    next(button for button in page.button if button.label == label).click()
    return checked(page.run())
