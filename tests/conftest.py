"""What every test shares: one event loop backend, and the browser tests kept apart."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, configuration, settings

from tests.order import spread, workers

BROWSER_TESTS = Path(__file__).parent / "browser"
MEASURED = "measured"
"""The name of a property under which a test records what it measured."""

# A noisy machine is no failure, so nothing here depends on how long an example takes.
configuration.set_hypothesis_home_dir(Path(__file__).parents[1] / "build/hypothesis")
settings.register_profile(
    "wraft", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("wraft")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `pytest` takes here beside its own options."""
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write what happens now into the scenario scripts, as what is expected",
    )
    parser.addoption(
        "--kill-rounds",
        type=int,
        default=1,
        help="how often a browser is killed while it acknowledges writes",
    )


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio: it is the loop that Pyodide has."""
    return "asyncio"


def pytest_configure() -> None:
    """Let programs that tests start be interrupted.

    Started in a shell's background this process ignores SIGINT, and all that it starts would too.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures that tests recorded."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    figures = [
        f"{report.nodeid}: {value}"
        for report in reports
        for name, value in report.user_properties
        if name == MEASURED
    ]
    if figures:
        terminalreporter.section("measured, not judged")
        terminalreporter.write("".join(f"{figure}\n" for figure in figures))


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Mark what drives a browser, and let it come last.

    Playwright's synchronous interface keeps an event loop running in the main thread from its first
    use to the end of the run, so that no async test could start after it.
    """
    for item in items:
        if BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)
    yield  # those that are not asked for are taken out, and those of one browser put together
    alone = [item for item in items if BROWSER_TESTS not in item.path.parents]
    in_browsers = [item for item in items if BROWSER_TESTS in item.path.parents]
    items[:] = [*spread(alone, workers(config)), *spread(in_browsers, workers(config))]
