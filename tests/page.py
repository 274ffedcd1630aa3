"""The page without a browser, through Streamlit's own AppTest: opening it, changing it, reading it."""

import json
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
    return page


def sentence(page: AppTest) -> str:
    return next(each.value for each in page.markdown if each.value.startswith(("**", "Nothing")))


def figure(page: AppTest) -> dict:
    return json.loads(page.get("plotly_chart")[0].proto.spec)


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
    return " ".join(each.value for each in [*page.warning, *page.error]).replace("\\", "")


def press(page, label):
    next(button for button in page.button if button.label == label).click()
    return checked(page.run())
