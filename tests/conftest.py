"""What every test shares: one event loop backend, and the browser tests kept apart."""

from pathlib import Path

import pytest

BROWSER_TESTS = Path(__file__).parent / "browser"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio: it is the loop that Pyodide has."""
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and let it come last.

    Playwright's synchronous interface keeps an event loop running in the main thread from its first
    use to the end of the run, so that no async test could start after it.
    """
    for item in items:
        if BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: BROWSER_TESTS in item.path.parents)
