"""The page's server: processor time, bytes and memory per visitor, and how long visitors wait when there are many."""

import asyncio
import contextlib
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from gd_core.links import to_query
from gd_core.training import Experiment
from tests.benchmark.core import rows
from tests.benchmark.goals import Measurement
from tests.benchmark.visitor import Visitor, visiting
from tests.browser import ROOT, wait_until_healthy

PAGES = Path(__file__).parent / "pages"
FEW = 5  # sessions after which a server has imported and cached what it ever will
SETTLING = 0.1  # seconds for what a server does after its answer: collecting garbage


@dataclass(frozen=True)
class Server:
    """A running Streamlit server: its http address and its process."""

    address: str
    pid: int

    def cpu(self) -> float | None:
        """Processor time of all its threads so far, in seconds; None on systems other than Linux."""
        if sys.platform != "linux":
            return None
        return time.clock_gettime((~self.pid << 3) | 2)  # the clock that clock_getcpuclockid(3) names: exact to the ns

    def memory(self) -> float | None:
        """Resident memory, in MB; None on systems without /proc."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return None
        return next(int(line.split()[1]) / 1e3 for line in status.read_text().splitlines() if line.startswith("VmRSS:"))


@contextlib.contextmanager
def serving(script: Path) -> Iterator[Server]:
    """Start a server of a page on a free port, with the dashboard's settings; stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_healthy(process, address)
        yield Server(address, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def rates(seed: int) -> Iterator[str]:
    """Learning rates as they are typed, all different, none of them too large for the lecture's points."""
    draw = random.Random(seed)
    while True:
        yield f"{draw.uniform(0.001, 0.2):.6f}"


def measure(quick: bool) -> Iterator[Measurement]:
    """Yield everything about the server."""
    with serving(PAGES / "floor.py") as floor, serving(ROOT / "dashboard.py") as page:
        yield from asyncio.run(one_visitor(floor, page, rounds=4 if quick else 12))
        yield from asyncio.run(growth(page))
    with serving(ROOT / "dashboard.py") as page:
        yield from asyncio.run(many_visitors(page, quick))


async def one_visitor(floor: Server, page: Server, rounds: int) -> list[Measurement]:
    """Measure one change of each kind; the floor and our page take turns."""
    async with visiting(floor.address) as least, visiting(page.address) as visitor, visiting(page.address) as reader:
        values, typed, sections = iter(range(1, 1000)), rates(0), iter(1000 * ["The log", "The fit"])
        kinds = (
            Kind(floor, least, lambda: least.set("value", [float(next(values))])),
            Kind(page, visitor, lambda: visitor.set("rate", next(typed))),
            Kind(page, visitor, lambda: visitor.press("Next")),
            Kind(page, reader, lambda: reader.set("section", [next(sections)])),
        )
        for kind in kinds:  # the first ones fill caches, here as there
            await kind.repeat(5)
            kind.forget()
        for _ in range(rounds):
            for kind in kinds:
                await kind.repeat(5)
    bottom, rate, step, section = kinds
    if rate.figures == 0 or step.figures or section.figures:
        raise RuntimeError("a change of the rate must draw a figure, a step and the sections compared must draw none")
    return [
        *rate.measurements("a change of the learning rate", bottom, 4, 80),
        *step.measurements("the next update by hand", bottom, 2.5, 20),
        *section.measurements("another section without a chart", bottom, 2.5, 20),
    ]


class Kind:
    """A kind of change, and what each one made so far has cost."""

    def __init__(self, server: Server, visitor: Visitor, change: Callable[[], Awaitable[None]]) -> None:
        self.server, self.visitor, self.change = server, visitor, change
        self.forget()

    def forget(self) -> None:
        self.seconds: list[float] = []
        self.bytes: list[int] = []
        self.figures = 0

    async def repeat(self, times: int) -> None:
        """Make the change several times and note the processor time of one and the bytes of each."""
        begin = self.server.cpu()
        for _ in range(times):
            await self.change()
            self.bytes.append(self.visitor.received)
            self.figures += self.visitor.figures
        await asyncio.sleep(SETTLING)
        if begin is not None:
            self.seconds.append((self.server.cpu() - begin) / times)

    def measurements(self, what: str, bottom: "Kind", goal: float, kilobytes: float) -> list[Measurement]:
        ratio, note = None, "only Linux has a clock for another process"
        if self.seconds:
            ours, least = (statistics.median(kind.seconds) for kind in (self, bottom))
            ratio, note = ours / least, f"{1e3 * ours:.1f} / {1e3 * least:.1f} ms of processor time"
        return [
            Measurement(what, ratio, goal, "x the smallest page", note),
            Measurement("  sent for it", statistics.median(self.bytes) / 1e3, kilobytes, "kB"),
        ]


async def growth(page: Server) -> list[Measurement]:
    """Measure the bytes of one change of the rate with 2,000 and with 200,000 updates."""
    sizes = []
    for epochs in (100, 10_000):
        experiment = Experiment(rows(20), batch_size=1, epochs=epochs)
        async with visiting(page.address, urlencode(to_query(experiment))) as visitor:
            await visitor.set("rate", "0.0123")
            sizes.append(visitor.received / 1e3)
    note = f"{sizes[1]:.1f} / {sizes[0]:.1f} kB"
    return [Measurement("page's bytes, 200,000 against 2,000 updates", sizes[1] / sizes[0], 1.1, "x", note)]


async def many_visitors(page: Server, quick: bool) -> list[Measurement]:
    """Measure how long many visitors wait, and what each of them takes of the memory."""
    async with contextlib.AsyncExitStack() as stack:
        visitors: list[Visitor] = []

        async def come(count: int) -> None:
            while len(visitors) < count:
                visitors.append(await stack.enter_async_context(visiting(page.address)))

        await come(FEW)
        await waits(visitors, pause=0.5, changes=2)
        first = page.memory()
        await come(50)
        busy = await waits(visitors, pause=1.0, changes=2 if quick else 10)
        await come(100)
        calm = await waits(visitors, pause=3.0, changes=1 if quick else 5)
        last = page.memory()
    each = None if first is None or last is None else (last - first) / (100 - FEW)
    note = "this system has no /proc" if each is None else f"{last:.0f} MB with 100 sessions"
    return [
        wait("50 sessions, 1 s between changes", busy, 250),
        wait("100 sessions, 3 s between changes", calm, 150),
        Measurement("memory per session", each, 1, "MB", note),
    ]


def wait(what: str, seconds: list[float], goal: float) -> Measurement:
    note = f"half of them {1e3 * statistics.median(seconds):.0f} ms, longest {1e3 * max(seconds):.0f} ms"
    return Measurement(f"{what}: 95 % of waits", 1e3 * statistics.quantiles(seconds, n=20)[-1], goal, "ms", note)


async def waits(visitors: list[Visitor], pause: float, changes: int) -> list[float]:
    """Let each visitor change the rate once per pause, each at a moment of its own; return all waits, in seconds.

    A wait counts from the moment at which the visitor wanted to make the change, so that a slow answer to the last one,
    which keeps the visitor from it, is not forgotten.
    """
    seconds, draw, begin = [], random.Random(0), time.perf_counter()

    async def visit(visitor: Visitor, first: float, typed: Iterator[str]) -> None:
        for change in range(changes):
            wanted = begin + first + change * pause
            await asyncio.sleep(max(0.0, wanted - time.perf_counter()))
            await visitor.set("rate", next(typed))
            seconds.append(time.perf_counter() - wanted)

    await asyncio.gather(
        *(visit(visitor, draw.uniform(0.0, pause), rates(seed)) for seed, visitor in enumerate(visitors))
    )
    return seconds
