"""Statuses made up for the parts of the shell that turn them into words."""

from collections.abc import Callable

import pytest

from raft_core.status import Status
from tests.unit import statuses

MakeStatus = Callable[..., Status]


@pytest.fixture
def make_status() -> MakeStatus:
    return statuses.make_status
