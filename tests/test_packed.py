"""Packing a figure changes how it travels and nothing that it says."""

import json
from base64 import b64decode

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import Experiment, charts, train
from gd_core.charts import packed


def same(first, second) -> bool:
    """Equal, and NaN where the other is NaN: it stands for a gap in a line."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


def unpacked(value):
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(b64decode(value["bdata"]), value["dtype"])
        shape = [int(size) for size in value["shape"].split(",")] if "shape" in value else [-1]
        return array.reshape(shape).tolist()
    if isinstance(value, dict):
        return {key: unpacked(part) for key, part in value.items()}
    return [unpacked(part) for part in value] if isinstance(value, list | tuple) else value


def listed(value):
    if isinstance(value, dict):
        return {key: listed(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [listed(part) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("experiment", [Experiment(), Experiment(bias=True, batch_size=1, learning_rate=0.05)])
def test_every_number_survives(experiment):
    run = train(experiment)
    theatres = [draw(run, charts.View()) for draw in (charts.theatre, charts.film)]
    for figure in (*theatres, charts.rates_chart(experiment, charts.rates_swept(experiment))):
        assert same(unpacked(packed(figure)), listed(figure))
    if experiment.bias:
        assert same(unpacked(packed(charts.surface(run))), listed(charts.surface(run)))


@given(st.lists(st.floats(allow_nan=False) | st.integers(-(2**31), 2**31 - 1), max_size=9))
def test_arrays_keep_every_bit(values):
    for array in (np.array(values, float), np.array([int(v) for v in values if abs(v) < 2**31], np.int64)):
        assert unpacked(packed({"data": [{"x": array}]}))["data"][0]["x"] == array.tolist()


def test_plotly_reads_it_as_the_same_figure():
    figure = charts.theatre(train(Experiment()), charts.View())
    sent = json.loads(plotly.io.to_json(packed(figure), validate=False))
    checked = json.loads(go.Figure(figure).to_json())
    assert same(unpacked(sent["data"]), unpacked(checked["data"]))
    assert len(sent["frames"]) == len(checked["frames"])
    go.Figure(sent)
