"""A real Chromium and a real server, for what only a browser can show."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
SIZES = {
    "wide": {"width": 1280, "height": 800},
    "projector": {"width": 1024, "height": 768},
    "phone": {"width": 390, "height": 844},
    "small phone": {"width": 320, "height": 640},
}
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def chromium_path() -> str:
    """Return the path of a Chromium, or skip the test (fail it where REQUIRE_BROWSER is set)."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if path := shutil.which(name):
            return path
    advice = "No Chromium found: install the package chromium (Debian: apt-get install chromium) or Google Chrome"
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(advice)
    pytest.skip(advice)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running_server(port: int | None = None):
    """Start the page's server on a port, or on a free one; yield its address; stop it."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_healthy(server, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_healthy(server: subprocess.Popen, address: str) -> None:
    while server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
            return
    raise RuntimeError(f"the server ended with code {server.returncode}")


@contextlib.contextmanager
def running_browser():
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Browser, address: str, size: str = "wide", theme: str = "light") -> Page:
    """Open the page in a fresh context and wait for its figure; complaints of the console go to `page.complaints`."""
    phone = {"is_mobile": True, "has_touch": True, "user_agent": PHONE} if "phone" in size else {}
    page = browser.new_context(viewport=SIZES[size], color_scheme=theme, **phone).new_page()
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    # Plotly rejects, with undefined, the promise of an animation that is paused; it means nothing.
    page.on("pageerror", lambda error: str(error) != "undefined" and page.complaints.append(str(error)))
    page.goto(address)
    page.locator(".js-plotly-plot .cartesianlayer").first.wait_for(timeout=60_000)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until the server's script has ended and the page shows its result.

    Two frames before: until then a key press may not have begun it. Two after: its last parts are collected for 10 ms.
    (A page behind another one draws no frames: there, a tenth of a second has to do.)
    """
    two_frames = """new Promise(done => {
        setTimeout(done, 100);
        requestAnimationFrame(() => requestAnimationFrame(done));
    })"""
    page.evaluate(two_frames)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
    page.evaluate(two_frames)
