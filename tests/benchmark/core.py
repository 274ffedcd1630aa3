"""gd_core against bare Python loops over the same numbers."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gd_core import OPTIMIZERS, Dataset, Experiment, sweep, train
from gd_core.training import Run
from tests.benchmark.goals import Measurement

SWEPT = np.geomspace(1e-3, 0.3, 1000)


def batch_program(xs: list[float], ys: list[float], w: float, rate: float, epochs: int) -> float:
    """The lecture's first program without its prints."""

    def forward(x):
        return x * w

    def cost(xs, ys):
        cost = 0
        for x, y in zip(xs, ys):
            y_pred = forward(x)
            cost += (y_pred - y) ** 2
        return cost / len(xs)

    def gradient(xs, ys):
        grad = 0
        for x, y in zip(xs, ys):
            grad += 2 * x * (x * w - y)
        return grad / len(xs)

    for _ in range(epochs):
        cost(xs, ys)
        w -= rate * gradient(xs, ys)
    return w


def sgd_program(xs: list[float], ys: list[float], w: float, rate: float, epochs: int) -> float:
    """The lecture's second program without its prints."""

    def forward(x):
        return x * w

    def loss(x, y):
        y_pred = forward(x)
        return (y_pred - y) ** 2

    def gradient(x, y):
        return 2 * x * (x * w - y)

    for _ in range(epochs):
        for x, y in zip(xs, ys):
            w = w - rate * gradient(x, y)
            loss(x, y)
    return w


def whole_history(experiment: Experiment) -> Run:
    """Train, and compute everything a run can tell about its updates."""
    run = train(experiment)
    _ = run.costs, run.losses_before, run.losses_after
    return run


def best_times(repeats: int, *programs: Callable[[], object]) -> list[float]:
    """Return the shortest time of each program, in seconds; they take turns, so that a slow spell of the machine hits all."""
    best = [float("inf")] * len(programs)
    for _ in range(repeats):
        for index, program in enumerate(programs):
            begin = time.perf_counter()
            program()
            best[index] = min(best[index], time.perf_counter() - begin)
    return best


def rows(count: int) -> Dataset:
    x = np.linspace(-1.0, 1.0, count)
    return Dataset(x, 2.0 * x + 0.3)


def measure(quick: bool) -> Iterator[Measurement]:
    """Yield everything about the core."""
    lecture, few = Experiment(), (3 if quick else 10)
    xs, ys = lecture.dataset.x.tolist(), lecture.dataset.y.tolist()

    bare, ours = best_times(
        100 * few, lambda: batch_program(xs, ys, 1.0, 0.01, 100), lambda: whole_history(Experiment())
    )
    note = f"{1e6 * ours:.0f} / {1e6 * bare:.0f} us"
    yield Measurement("lecture's run with its whole history", ours / bare, 2, "x bare loop", note)

    descent = Experiment(rows(1000), batch_size=1, epochs=100)
    adam = replace(descent, optimizer=OPTIMIZERS["adam"]())
    x, y = descent.dataset.x.tolist(), descent.dataset.y.tolist()
    bare, ours, adams = best_times(
        2 * few, lambda: sgd_program(x, y, 1.0, 0.01, 100), lambda: train(descent), lambda: train(adam)
    )
    note = f"{1e3 * ours:.1f} / {1e3 * bare:.1f} ms"
    yield Measurement("100,000 stochastic updates, 1,000 rows", ours / bare, 2, "x bare loop", note)
    note = f"{1e3 * adams:.1f} / {1e3 * bare:.1f} ms"
    yield Measurement("100,000 Adam updates, 1,000 rows", adams / bare, 5, "x bare loop of SGD", note)

    # A tenth of the loops and ten sweeps: both then take a few milliseconds, and find the processor's cache warm.
    some = SWEPT[::10].tolist()
    bare, ours = best_times(
        10 * few,
        lambda: [batch_program(xs, ys, 1.0, rate, 100) for rate in some],
        lambda: [sweep(lecture, SWEPT) for _ in range(10)],
    )
    bare, ours = 10 * bare, ours / 10
    note = f"{1e3 * bare:.0f} / {1e3 * ours:.2f} ms"
    yield Measurement("sweep of 1,000 rates", bare / ours, 120, "x faster than loops", note, at_least=True)

    yield from growth(2 if quick else 6)


def growth(repeats: int) -> Iterator[Measurement]:
    """Yield how time and memory per update change from 20,000 to 200,000 updates: not at all where growth is linear."""
    short, long = (Experiment(rows(20), batch_size=1, epochs=epochs) for epochs in (1000, 10_000))
    times = best_times(repeats, lambda: whole_history(short), lambda: whole_history(long))
    slow, fast = (1e6 * seconds / each.updates for seconds, each in zip(times[::-1], (long, short), strict=True))
    note = f"{slow:.2f} / {fast:.2f} us per update"
    yield Measurement("time per update, 200,000 against 20,000", slow / fast, 1.25, "x", note)
    much, less = (peak_memory(each) / each.updates for each in (long, short))
    note = f"{much:.0f} / {less:.0f} bytes per update"
    yield Measurement("memory per update, 200,000 against 20,000", much / less, 1.25, "x", note)


def peak_memory(experiment: Experiment) -> int:
    tracemalloc.start()
    try:
        whole_history(experiment)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
