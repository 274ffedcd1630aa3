"""The page as a static folder that its visitors' browsers run: what is in it, and what it says when it cannot start."""

import ast
import contextlib
import functools
import hashlib
import http.server
import importlib.util
import json
import os
import re
import subprocess
import tarfile
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from gd_core import Experiment, train
from tests.browser import SIZES, running_browser

ROOT = Path(__file__).parent.parent

# What Streamlit learned after the 1.62 of the browser build: there such a keyword is a TypeError, such a name is missing.
NEWER_KEYWORDS = {
    "Page": {"help"},
    "cache_data": {"max_size"},
    "date_input": {"required"},
    "datetime_input": {"required"},
    "dialog": {"position"},
    "expander": {"bind"},
    "feedback": {"bind", "persist_state"},
    "fragment": {"key"},
    "multiselect": {"select_all"},
    "number_input": {"required"},
    "selectbox": {"icon", "required"},
    "tabs": {"bind"},
    "text_area": {"required"},
    "text_input": {"live", "required"},
    "time_input": {"required"},
    **{name: {"wrap"} for name in ["caption", "markdown", "pills", "segmented_control", "text"]},
    **{name: {"icon", "wrap"} for name in ["header", "subheader", "title"]},
    **{
        key: {"alt"}
        for key in ["altair_chart", "area_chart", "bar_chart", "graphviz_chart", "line_chart", "plotly_chart"]
    },
    **{
        name: {"alt"}
        for name in ["pydeck_chart", "scatter_chart", "vega_lite_chart", "map", "image", "pyplot", "table"]
    },
    **{name: {"alt"} for name in ["audio", "data_editor", "dataframe", "iframe", "pdf", "video"]},
}
NEWER_NAMES = {"echarts_chart", "grid", "mermaid_chart"}
NOT_IN_A_BROWSER = {
    "threading",
    "multiprocessing",
    "concurrent",
    "asyncio",
    "subprocess",
    "socket",
    "ssl",
    "http",
    "requests",
}

STUB = """
export function mount(options, element) {
  element.innerHTML = '<div data-testid="stApp" data-test-script-state="initial"></div>';
  window.mounted = options;
  window.kernel = new EventTarget();
  return { _kernel: window.kernel };
}
"""


def load_build():
    specification = importlib.util.spec_from_file_location("site_build", ROOT / ".site" / "build.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


build = load_build()


def settings_of(folder: Path) -> dict:
    text = (folder / "index.html").read_text(encoding="utf-8")
    return json.loads(text.split('<script type="application/json" id="settings">')[1].split("</script>")[0])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build.write_site(folder, url="https://example.org/page", source="https://example.org/code?a=1&b=<2>")
    return folder


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s]+)", path.read_text(), flags=re.MULTILINE))


# The folder


def test_the_wheels_are_those_of_the_lock_and_what_the_page_requires_is_among_them(site):
    lock = pins(ROOT / ".site" / "lock.txt")
    wheels = [Path(name).name.split("-")[:2] for name in settings_of(site)["wheels"]]
    assert {name.replace("_", "-"): version for name, version in wheels} == lock
    required = pins(ROOT / "requirements.txt")
    assert {"streamlit", "numpy"} <= set(required)
    for name in set(required) - {"streamlit", "numpy", "pytest"}:  # the first two come with stlite and Pyodide
        assert lock[name] == required[name]


def test_every_pin_has_a_hash():
    lines = [line for line in (ROOT / ".site" / "lock.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)


def test_the_page_is_the_repositorys_own_unmodified(site):
    files = settings_of(site)["files"]
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "gd_core").rglob("*.py")}
    parts = {path.relative_to(ROOT).as_posix() for path in (ROOT / ".page").iterdir()}
    assert set(files) == {"dashboard.py", ".streamlit/config.toml"} | modules | parts
    for name, copy in files.items():
        assert (site / copy).read_bytes() == (ROOT / name).read_bytes()
    assert (site / "preview.png").read_bytes() == (ROOT / ".github" / "dashboard.png").read_bytes()


def test_no_name_that_uploads_drop(site):
    names = [path.relative_to(site).as_posix() for path in site.rglob("*")]
    assert not [name for name in names if re.search(r"(^|/)(\.|__pycache__)", name)]


def test_another_page_has_another_version(site, tmp_path, monkeypatch):
    changed = tmp_path / "dashboard.py"
    changed.write_text("# changed")
    files = build.page_files() | {"dashboard.py": changed}
    monkeypatch.setattr(build, "page_files", lambda: files)
    build.write_site(tmp_path / "out")
    assert settings_of(tmp_path / "out")["version"] != settings_of(site)["version"]


def test_index_html_is_complete_and_speaks_for_itself(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert "<noscript>" in text
    assert '<meta property="og:image" content="https://example.org/page/preview.png">' in text
    assert not re.search(r"@\w+@", text)
    assert "git clone https://example.org/code?a=1&amp;b=&lt;2&gt; gradient-descent" in text
    (command,) = [line for line in (ROOT / "README.md").read_text().splitlines() if line.endswith("run dashboard.py")]
    assert command.replace("&", "&amp;") in text


def test_versions_are_named_in_every_address_of_the_cdn(site):
    settings = settings_of(site)
    assert settings["stlite"] == f"https://cdn.jsdelivr.net/npm/@stlite/browser@{build.STLITE}/build/stlite.js"
    assert settings["pyodide"] == f"https://cdn.jsdelivr.net/pyodide/v{build.PYODIDE}/full/pyodide.mjs"


def test_the_local_build_names_no_other_server(tmp_path):
    build.write_site(tmp_path, local=True)
    assert "//cdn" not in json.dumps(settings_of(tmp_path))


def test_the_waiting_picture_shows_the_lectures_run():
    run = train(Experiment(learning_rate=build.BALL["learning_rate"], epochs=build.BALL["updates"]))
    centres = [
        tuple(map(float, pair)) for pair in re.findall(r'class="visited" cx="(\S+)" cy="(\S+)"', build.picture())
    ]
    assert run.parameters[0, 0] == build.BALL["start"]
    assert len(centres) == len(run.parameters)
    x, y = np.array(centres).T
    # An affine map takes weight to x and cost to y, up to the picture's rounding.
    for seen, number in ((x, run.parameters[:, 0]), (y, run.costs)):
        line = np.polyfit(number, seen, 1)
        np.testing.assert_allclose(np.polyval(line, number), seen, atol=0.02)


# What comes from elsewhere


def make_wheel(folder: Path, name: str, *requires: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        lines = ["Metadata-Version: 2.1", *(f"Requires-Dist: {each}" for each in requires)]
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(lines))
    return path


def packaged(name: str, *depends: str) -> dict:
    return {"file_name": f"{name}.whl", "sha256": hashlib.sha256(name.encode()).hexdigest(), "depends": list(depends)}


LOCK = {
    "micropip": packaged("micropip"),
    "numpy": packaged("numpy"),
    "pandas": packaged("pandas", "numpy", "Date_Util"),
}
LOCK |= {"date-util": packaged("date-util"), "unused": packaged("unused")}


def test_the_distributions_files_are_all_that_is_needed_and_no_more(tmp_path):
    wheels = [make_wheel(tmp_path, "streamlit", "Pandas<4", "plotly>=7", 'old; python_version < "3.9"')]
    wheels += [make_wheel(tmp_path, "plotly", 'kaleido; extra == "kaleido"')]
    assert set(build.from_distribution(wheels, LOCK)) == {"micropip.whl", "numpy.whl", "pandas.whl", "date-util.whl"}


def test_a_requirement_that_nobody_brings_is_named(tmp_path):
    with pytest.raises(SystemExit, match="lacks blinker"):
        build.from_distribution([make_wheel(tmp_path, "streamlit", "blinker<2")], LOCK)


def test_of_an_npm_package_only_what_is_wanted_is_kept(tmp_path, monkeypatch):
    def pack(command, cwd, **options):
        with tarfile.open(cwd / "thing-1.0.tgz", "w:gz") as archive:
            for name in (
                "package/build/a.js",
                "package/build/b/c.js",
                "package/build/a.js.map",
                "package/build/../../d.js",
                "e.js",
            ):
                (cwd / "content").write_text(name)
                archive.add(cwd / "content", arcname=name)
        (cwd / "content").unlink()
        return subprocess.CompletedProcess(command, 0, stdout="thing-1.0.tgz\n")

    monkeypatch.setattr(build.shutil, "which", lambda name: name)
    monkeypatch.setattr(build.subprocess, "run", pack)
    build.unpack_npm("thing@1.0", tmp_path / "out", "package/build/", lambda name: not name.endswith(".map"))
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"out/a.js", "out/b/c.js"}


def test_a_file_with_another_hash_is_refused_and_listed(tmp_path, monkeypatch):
    def unpack(package, folder, prefix, wanted):
        folder.mkdir(parents=True)
        (folder / "pyodide-lock.json").write_text(json.dumps({"packages": LOCK}))

    monkeypatch.setattr(build, "unpack_npm", unpack)
    distribution, out = tmp_path / "distribution", tmp_path / "out"
    distribution.mkdir()
    (out / "wheels").mkdir(parents=True)
    make_wheel(out / "wheels", "streamlit", "pandas")
    for name in ("micropip", "numpy"):
        (distribution / f"{name}.whl").write_text(name)
    (distribution / "pandas.whl").write_text("not pandas")
    missing = build.collect_pyodide(out, distribution)
    assert set(missing) == {"pandas.whl", "date-util.whl"}
    assert (out / "pyodide" / "numpy.whl").read_text() == "numpy"
    assert not (out / "pyodide" / "pandas.whl").exists()
    sentence = build.advice(out, missing)
    assert f"pandas.whl  sha256:{LOCK['pandas']['sha256']}" in sentence
    assert f"pyodide-{build.PYODIDE}.tar.bz2" in sentence


def test_the_pinned_wheels_exist_and_need_nothing_else(site, tmp_path):
    try:
        build.collect_wheels(tmp_path)
    except SystemExit as complaint:
        if os.environ.get("CI"):
            pytest.fail(str(complaint))
        pytest.skip("the package index cannot be reached, or has not what the lock pins")
    wheels = sorted(tmp_path.iterdir())
    assert [path.name for path in wheels] == sorted(build.wheel_names())
    brought = {path.name.split("-")[0].replace("_", "-") for path in wheels}
    assert {name for path in wheels for name in build.requirements(path)} - brought == set(
        settings_of(site)["distributed"]
    )


def test_the_workflow_builds_with_this_script_and_may_do_little():
    text = (ROOT / ".github" / "workflows" / "pages.yml").read_text()
    assert re.search(r"run: python \.site/build\.py site --url ", text)
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+(\.\d+)*", used) for used in re.findall(r"uses: (\S+)", text))
    assert re.search(r"^permissions: \{\}$", text, flags=re.MULTILINE)
    assert sorted(re.findall(r"^      (\S+: (?:read|write))$", text, flags=re.MULTILINE)) == [
        "contents: read",
        "id-token: write",
        "pages: read",
        "pages: write",
    ]


# What the browser's older Streamlit cannot do


def streamlit_calls(tree: ast.AST):
    """Yield (name, keywords) of every call of `st.name(...)` and of `name(...)` on what st made, as column.name(...)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, {keyword.arg for keyword in node.keywords}


class Unguarded(ast.NodeTransformer):
    """Leaves out what stands under `if HAS_...:`, which the page runs only where Streamlit has it."""

    def visit_If(self, node: ast.If):
        guarded = isinstance(node.test, ast.Name) and node.test.id.startswith("HAS_")
        node.body = [ast.Pass()] if guarded else node.body
        return self.generic_visit(node)


def complaints(code: str) -> list[str]:
    tree = Unguarded().visit(ast.parse(code))
    found = [
        f"{name}({word}=)" for name, words in streamlit_calls(tree) for word in words & NEWER_KEYWORDS.get(name, set())
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found += [f"st.{node.attr}"] * (node.value.id == "st" and node.attr in NEWER_NAMES)
            found += ["time.sleep"] * (node.value.id == "time" and node.attr == "sleep")
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            if modules != ["threading"] or {name.name for name in node.names} != {"Event"}:  # starts no thread
                found += [name for name in modules if name.split(".")[0] in NOT_IN_A_BROWSER]
            found += ["time.sleep"] * (modules == ["time"] and any(name.name == "sleep" for name in node.names))
    return found


@pytest.mark.parametrize(
    "path",
    [ROOT / "dashboard.py", *sorted((ROOT / "gd_core").rglob("*.py"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_nothing_is_used_that_the_browser_build_lacks(path):
    assert complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "code",
    [
        "st.plotly_chart(figure, alt='a curve')",
        "if HAS_ALT:\n    pass\nelse:\n    st.plotly_chart(figure, alt='a curve')",
        "left.title('x', icon=':material/add:')",
        "st.grid(3)",
        "@st.fragment(key='a')\ndef f(): pass",
        "import threading",
        "from threading import Event, Thread",
        "from concurrent.futures import ThreadPoolExecutor",
        "import time\ntime.sleep(1)",
        "from time import sleep",
    ],
)
def test_that_check_finds(code):
    assert len(complaints(code)) == 1


def test_that_check_lets_pass_what_is_guarded():
    assert (
        complaints("if HAS_ALT:\n    st.plotly_chart(figure, alt='a curve')\nelse:\n    st.plotly_chart(figure)") == []
    )


# In a browser


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def address(site):
    """The site under a path of its own, as on a project's pages."""
    (site.parent / "www").mkdir(exist_ok=True)
    link = site.parent / "www" / "page"
    if not link.exists():
        link.symlink_to(site)
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=site.parent / "www")
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/page/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    with running_browser() as browser:
        yield browser


@contextlib.contextmanager
def opened(browser, size="wide", theme="light"):
    """A fresh page that reaches the CDN's stand-in only."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme)
    context.route("https://**/*", lambda route: route.abort())
    javascript = {"content_type": "text/javascript", "headers": {"Access-Control-Allow-Origin": "*"}}
    context.route(build.STLITE_CDN + "stlite.js", lambda route: route.fulfill(body=STUB, **javascript))
    try:
        yield context.new_page()
    finally:
        context.close()


def said(page: Page) -> str:
    """Wait for the page's complaint; the way out must stand below it."""
    page.locator("#trouble").wait_for()
    assert "streamlit run dashboard.py" in page.locator("#trouble pre").inner_text()
    return page.locator("#sentence").inner_text()


def test_the_page_is_mounted_from_its_own_files(browser, site, address):
    with opened(browser) as page:
        page.goto(address + "?rate=0.1")
        page.wait_for_function("window.mounted")
        options = page.evaluate("mounted")
        assert page.url == address + "?rate=0.1"
        assert options.pop("files") == {
            name: {"data": (ROOT / name).read_text(encoding="utf-8")} for name in settings_of(site)["files"]
        }
        assert options == {
            "entrypoint": "dashboard.py",
            "prebuiltPackageNames": ["narwhals", "packaging"]
            + [address + f"wheels/{name}" for name in build.wheel_names()],
            "pyodideUrl": build.PYODIDE_CDN + "pyodide.mjs",
            "disableProgressToasts": True,
            "disableErrorToasts": True,
        }
        assert not page.locator("#trouble").is_visible()


def test_what_happens_is_said_until_the_page_is_there(browser, address):
    with opened(browser) as page:
        page.goto(address)
        page.wait_for_function("window.kernel")
        page.evaluate("kernel.dispatchEvent(new CustomEvent('loadProgress', {detail: 'Loading Pyodide.'}))")
        assert page.locator("#stage").inner_text() == "Python is being loaded."
        page.evaluate("kernel.dispatchEvent(new CustomEvent('loadProgress', {detail: 'Something new in stlite.'}))")
        assert page.locator("#stage").inner_text() == "Python is being loaded."
        page.evaluate("kernel.dispatchEvent(new Event('loadFinished'))")
        assert page.locator("#stage").inner_text() == "The first run is being computed."
        assert page.locator("#waiting").is_visible()
        page.evaluate("document.querySelector('[data-testid=stApp]').dataset.testScriptState = 'running'")
        assert page.locator("#waiting").is_visible()
        page.evaluate("document.querySelector('[data-testid=stApp]').dataset.testScriptState = 'notRunning'")
        page.locator("#waiting").wait_for(state="detached")


def test_a_blocked_cdn_is_named(browser, address):
    with opened(browser) as page:
        page.route(build.STLITE_CDN + "**", lambda route: route.abort())
        page.goto(address)
        assert "could not be loaded from cdn.jsdelivr.net" in said(page)
        assert not page.locator("#progress").is_visible()


def test_a_silent_cdn_is_told_after_a_while_and_forgiven_when_it_answers(browser, address):
    waiting = []
    with opened(browser) as page:
        page.route(build.STLITE_CDN + "stlite.js", lambda route: waiting.append(route))
        page.clock.install()
        with page.expect_request(build.STLITE_CDN + "stlite.js"):
            page.goto(address, wait_until="domcontentloaded")
        page.clock.run_for(46_000)
        assert "Nothing new has arrived from cdn.jsdelivr.net for 45 seconds" in said(page)
        waiting.pop().fallback()
        page.wait_for_function("window.mounted")
        page.locator("#trouble").wait_for(state="hidden")


def test_a_missing_file_is_named(browser, address):
    with opened(browser) as page:
        page.route("**/gd_core/data.py*", lambda route: route.fulfill(status=404, body="<html>not found"))
        page.goto(address)
        assert "gd_core/data.py of this page is missing where it was put up (the server says 404)" in said(page)
        assert page.evaluate("window.mounted") is None


def test_a_lost_connection_is_said(browser, address):
    with opened(browser) as page:
        page.route("**/gd_core/data.py*", lambda route: route.abort())
        page.goto(address)
        assert "gd_core/data.py of this page could not be loaded: the connection failed" in said(page)


@pytest.mark.parametrize("without", ["delete window.WebAssembly", "WebAssembly.validate = () => false"])
def test_a_browser_without_webassembly_is_told_so(browser, address, without):
    with opened(browser) as page:
        page.add_init_script(without)
        page.goto(address)
        assert "no WebAssembly" in said(page)
        assert page.evaluate("window.mounted") is None


def test_a_python_that_does_not_start_is_told_with_its_own_last_words(browser, address):
    with opened(browser) as page:
        page.goto(address)
        page.wait_for_function("window.kernel")
        page.evaluate(
            "kernel.dispatchEvent(new CustomEvent('loadError', {detail: new Error('Traceback ...\\nOSError: <b>no</b>')}))"
        )
        sentence = said(page)
        assert "cdn.jsdelivr.net" in sentence
        assert sentence.endswith("It said: OSError: <b>no</b>")


def test_opened_as_a_file_it_asks_for_a_web_server(browser, site):
    with opened(browser) as page:
        page.goto((site / "index.html").as_uri())
        assert "a web server has to serve its folder" in said(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_every_window_and_theme(browser, address, size, theme):
    with opened(browser, size, theme) as page:
        page.add_init_script("delete window.WebAssembly")  # the longest form of the page
        page.goto(address)
        said(page)
        assert page.evaluate("document.querySelector('#waiting').scrollWidth <= innerWidth")
        lightness = page.evaluate(
            "getComputedStyle(document.querySelector('#waiting')).backgroundColor.match(/\\d+/g)[0]"
        )
        assert (int(lightness) > 200) == (theme == "light")
