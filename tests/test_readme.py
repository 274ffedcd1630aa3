import re
from pathlib import Path

import plotly.graph_objects

from tests.page import opened, warnings

ROOT = Path(__file__).parent.parent


def test_continuous_integration_runs_the_readmes_test_command():
    (command,) = [line for line in (ROOT / "README.md").read_text().splitlines() if line.endswith("-m pytest")]
    assert command in (ROOT / ".ci" / "run").read_text().splitlines()


def test_every_requirement_is_pinned():
    lines = (ROOT / "requirements.txt").read_text().split() + (ROOT / "tests" / "requirements.txt").read_text().split()
    assert all("==" in line for line in lines)


def test_the_readmes_python_runs_as_it_stands(capsys):
    code = (ROOT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(code, names)
    assert "Epoch: 99 w= 1.9999444396553017" in capsys.readouterr().out
    assert len(names["run"]) == 300


def test_the_readmes_figure_is_one_that_plotly_accepts():
    code = (ROOT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(code, names)
    assert len(plotly.graph_objects.Figure(names["figure"]).frames) > 10


def test_the_readmes_links_open_without_a_complaint():
    links = re.findall(r"`\?([^`]+=[^`]+)`", (ROOT / "README.md").read_text())
    assert len(links) > 4
    for link in links:
        page = opened(dict(pair.split("=") for pair in link.split("&")))
        assert not warnings(page), link
