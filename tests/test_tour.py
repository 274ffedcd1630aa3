"""The tour: its links open without a complaint, and every number in its texts is what a run or a formula gives."""

import re

import numpy as np
import pytest

from gd_core import Dataset, Experiment, train
from gd_core.landscapes import Descent, descend
from gd_core.lesson import log_text
from gd_core.links import from_query
from gd_core.racing import finish
from gd_core.theory import cycle, minimum
from gd_core.tour import STOPS

X, Y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])


def cost(w, x=X, y=Y):
    return np.mean((x * w - y) ** 2)


def descended(start, rate, updates):
    w = start
    for _ in range(updates):
        w -= rate * np.mean(2 * X * (X * w - Y))
    return w


def single(start, rate, epochs):
    w = start
    for _ in range(epochs):
        for x, y in zip(X, Y, strict=True):
            w -= rate * 2 * x * (x * w - y)
    return w


NUMBERS = {  # for each stop what its text must say, computed apart from the core
    "Four hours": [4 * descended(1, 0.01, 100)],
    "Guess a weight": [*(X * 3 - Y) ** 2, cost(3)],
    "Try many": [cost(4)],
    "The problem": [X @ Y, X @ X, X @ Y / (X @ X), descended(1, 0.05, 10), 26.5, 26.5 / 14],
    "The gradient": [
        np.mean(2 * X * (X - Y)),
        descended(1, 0.01, 1),
        np.mean(2 * X * (X * descended(1, 0.01, 1) - Y)),
    ],
    "A learning rate": [2 * np.mean(X * X), 1 - 0.22 * 2 * np.mean(X * X)],
    "Local minimum": [-2, -1, 2, 9 / 4],  # f = (3u^4 - 4u^3 - 12u^2 + 32) / 12 is 9/4 at -1 and 0 at 2
    "The batch": [descended(1, 0.01, 1), cost(1)],
    "The cost, epoch": [(1 - 0.01 * 2 * np.mean(X * X)) ** 2],
    "One sample": [single(1, 0.01, 1), (3 * single(1, 0.01, 1) - 6) ** 2, cost(single(1, 0.01, 1)), 71],
    "Samples that": [np.dot(X, [2, 5, 5.5]) / 14],
    "Mini-batches": [71, 28, 23, 56, 69, 213, 84],
}


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.title)
def test_the_links_open_without_a_complaint(stop):
    assert from_query(stop.query).complaints == ()


@pytest.mark.parametrize("beginning", NUMBERS)
def test_the_numbers_in_the_texts_are_computed(beginning):
    (stop,) = [stop for stop in STOPS if stop.title.startswith(beginning)]
    said = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", stop.text + " " + stop.question)]
    for value in NUMBERS[beginning]:
        assert any(f"{number:.6g}" == f"{value:.6g}" for number in said), value


def test_the_claims_of_the_texts_hold():
    log = log_text(train(Experiment())).splitlines()
    assert log[1].startswith("Epoch: 0 w= 1.0933333333333333 loss= 4.66")
    assert float(log[2].split()[-1]) == pytest.approx(cost(1.0933333333333333))  # "find it in the log"
    costs = train(Experiment()).costs
    assert np.allclose(costs[1:] / costs[:-1], 0.822044, rtol=1e-5)
    assert finish(train(Experiment(batch_size=1)), 1e-3).epochs == 23
    places = cycle(Dataset(X, [2, 5, 5.5]), 0.05, 1, 1)[:, 0]
    assert [f"{place:.5f}" for place in places] == ["1.87632", "2.12579", "1.86258"]
    assert minimum(Dataset(X, [2, 4, 5.5]), (1.0,)).cost > 0.0
    trail = descend(Descent("two-minima"))
    assert trail.positions[0] == -2
    assert abs(trail.positions[-1] + 1) < 1e-9
    assert cost(-1) == cost(5) == 42  # the two weights of the question


def test_every_stop_with_numbers_is_held_to_them():
    for stop in STOPS:
        assert any(stop.title.startswith(beginning) for beginning in NUMBERS) or not re.search(r"\d\.\d", stop.text)
