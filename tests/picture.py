"""Make the README's picture of the page: `.venv/bin/python -m tests.picture`."""

from tests.browser import ROOT, open_page, running_browser, running_server

PICTURE = ROOT / ".github" / "dashboard.png"

if __name__ == "__main__":
    with running_server() as address, running_browser() as browser:
        page = open_page(browser, address)
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=PICTURE)
