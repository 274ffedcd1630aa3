import os

import pytest
from hypothesis import HealthCheck, settings

# Machines that run tests are shared: a slow example is not a failure. Where a run decides about a change (CI is set), it
# gives the same answer twice; anywhere else every run tries new examples.
settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=bool(os.environ.get("CI")),
)
settings.register_profile("nightly", settings.get_profile("default"), max_examples=4000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


# The environment that compares with PyTorch has no Playwright, so it is imported where a browser is asked for.


@pytest.fixture(scope="module")
def server():
    from tests.browser import running_server

    with running_server() as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    from tests.browser import running_browser

    with running_browser() as running:
        yield running
