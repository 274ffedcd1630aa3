"""Fifty visitors for some minutes, then one who only asks for expensive runs: `python -m tests.soak`.

Prints one table; the exit code is 1 when the page failed once, a visitor waited too long or the memory went on growing.
Loopback only: it starts a server of its own.
"""

import argparse
import asyncio
import contextlib
import random
import statistics
import sys
import time
from urllib.parse import urlencode

import numpy as np

from gd_core import OPTIMIZERS, Dataset, Experiment
from gd_core.links import to_query
from tests.benchmark import goals
from tests.benchmark.goals import Measurement
from tests.benchmark.server import FEW, Server, rates, serving, waits
from tests.benchmark.visitor import Visitor, visiting
from tests.browser import ROOT

VISITORS = 50
STAY = 20  # changes after which a visitor leaves and another one comes
OTHERS = 10  # visitors beside the one who asks for expensive runs
LINKS = ("", "data=1,2;2,5;3,5.5&rate=0.05&batch=1", "optimizer=adam&rate=0.1&bias=1", "tour=6", "section=The-log")
SECTIONS = ("One update by hand", "Learning rates", "The fit", "The log", "Race", "Local minima", "Take it away")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    # Streamlit keeps the sessions of those who left for two minutes: the first third is over only after them.
    parser.add_argument("--minutes", type=float, default=8.0)
    minutes = parser.parse_args().minutes
    with serving(ROOT / "dashboard.py") as page:
        measurements = asyncio.run(soak(page, 60.0 * minutes))
    print(goals.table(measurements))
    return goals.exit_code(measurements)


async def soak(page: Server, seconds: float) -> list[Measurement]:
    """Return what many visitors who come and go, and then an expensive one, did to the page and to each other."""
    errors: list[str] = []
    changes: list[float] = []
    end = time.perf_counter() + seconds
    crowd = [asyncio.create_task(come_and_go(page, seed, end, changes, errors)) for seed in range(VISITORS)]
    memory = []
    while time.perf_counter() < end:
        await asyncio.sleep(seconds / 30)
        memory.append(page.memory())
    await asyncio.gather(*crowd)
    levels = [level for level in memory if level is not None]
    growth = max(levels[20:]) / max(levels[10:20]) if len(levels) >= 30 else None
    print(f"memory in MB: {' '.join(f'{level:.0f}' for level in levels)}", file=sys.stderr)
    for error in errors[:10]:
        print(error, file=sys.stderr)
    slowest, note = await beside_an_expensive_one(page)
    return [
        Measurement(
            f"failures, {VISITORS} visitors, {seconds / 60:g} min", len(errors), 0, "", f"{len(changes)} changes"
        ),
        Measurement("memory, last third against the one before", growth, 1.1, "x", f"{levels[-1]:.0f} MB at the end"),
        Measurement("beside an expensive session: longest wait", 1e3 * slowest, 1000, "ms", note),
    ]


async def come_and_go(page: Server, seed: int, end: float, changes: list[float], errors: list[str]) -> None:
    """Be one visitor after the other until the end; note how long each change took, and each failure of the page."""
    draw, typed = random.Random(seed), rates(seed)
    while time.perf_counter() < end:
        try:
            async with visiting(page.address, draw.choice(LINKS)) as visitor:
                for _ in range(STAY):
                    await asyncio.sleep(draw.uniform(0.0, 2.0))
                    begin = time.perf_counter()
                    await change(visitor, draw, next(typed))
                    changes.append(time.perf_counter() - begin)
                    if time.perf_counter() > end:
                        break
        except RuntimeError as error:
            errors.append(str(error))


async def change(visitor: Visitor, draw: random.Random, rate: str) -> None:
    """Make one change, most often of the learning rate, sometimes one that is wrong."""
    match draw.randrange(8):
        case 0:
            await visitor.set("section", [draw.choice(SECTIONS)])
        case 1:
            await visitor.set("optimizer", OPTIMIZERS[draw.choice(list(OPTIMIZERS))].label)
        case 2:
            await visitor.set("samples", [draw.choice(("All", "One", "Some"))])
        case 3:
            await visitor.set("epochs", draw.choice((1, 10, 100, 1000)))
        case 4:
            await visitor.set("start_w", draw.choice(("-3", "abc", "1e300", "", "2,5")))
        case 5:
            await visitor.set("rate", draw.choice(("0.3", "1000", "-1", "nan", "<b>1</b>")))
        case _:
            await visitor.set("rate", rate)


async def beside_an_expensive_one(page: Server) -> tuple[float, str]:
    """Return the longest wait, in seconds, of others while one session asks for the longest legal run again and again."""
    draw = np.random.default_rng(0)
    points = Dataset(np.round(draw.normal(size=40), 2), np.round(draw.normal(size=40), 2))
    longest = Experiment(
        points, True, (1.0, 0.0), OPTIMIZERS["adam"](), epochs=5000, batch_size=1, shuffle_seed=1
    )  # 200,000 updates
    async with contextlib.AsyncExitStack() as stack:
        greedy = await stack.enter_async_context(visiting(page.address, urlencode(to_query(longest))))
        others = [await stack.enter_async_context(visiting(page.address)) for _ in range(OTHERS)]
        await waits(others[:FEW], pause=0.5, changes=2)
        asked = 0

        async def ask() -> None:
            nonlocal asked
            for rate in rates(99):
                await greedy.set("rate", rate)
                asked += 1

        task = asyncio.create_task(ask())
        seconds = await waits(others, pause=1.0, changes=20)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    note = f"{OTHERS} others, half of their waits {1e3 * statistics.median(seconds):.0f} ms; {asked} expensive runs"
    return max(seconds), note


if __name__ == "__main__":
    sys.exit(main())
