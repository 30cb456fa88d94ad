"""Where these tests cannot run they are skipped, and say what they lack."""

import pytest

from tests.headless.hosts.ground import missing


@pytest.fixture(autouse=True)
def needs() -> None:
    """Skip what needs hosts where there can be none."""
    if (reason := missing()) is not None:
        pytest.skip(reason)
