"""Measure everything, print one table; the exit code is 1 when a goal is missed."""

import argparse
import itertools
import sys
import time

from tests.benchmark import browser, core, goals, server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: under a minute, and less exact")
    quick = parser.parse_args().quick
    begin = time.monotonic()
    measurements = []
    for each in itertools.chain(core.measure(quick), server.measure(quick), browser.measure(quick)):
        print(f"{time.monotonic() - begin:5.0f} s  {each.what}", file=sys.stderr)
        measurements.append(each)
    print(goals.table(measurements))
    return goals.exit_code(measurements)


sys.exit(main())
