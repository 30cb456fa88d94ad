"""A process that may have few files open, and wants more."""

import resource

import pytest

from introducer.files import allow_files


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """A process's limits, the last one in force; what is above 4096 the system refuses."""
    made = [(1024, 1_000_000)]

    def change(_kind: int, limit: tuple[int, int]) -> None:
        if limit[0] > 4096:
            raise ValueError("not allowed to raise maximum limit")
        made.append(limit)

    monkeypatch.setattr(resource, "getrlimit", lambda _kind: made[-1])
    monkeypatch.setattr(resource, "setrlimit", change)
    return made


def test_enough_is_left_as_it_is(limits: list[tuple[int, int]]) -> None:
    assert allow_files(1024) is None
    limits[:] = [(resource.RLIM_INFINITY, resource.RLIM_INFINITY)]
    assert allow_files(10**9) is None
    assert len(limits) == 1


def test_it_takes_what_it_wants_and_no_more(limits: list[tuple[int, int]]) -> None:
    assert allow_files(2000) is None
    assert limits[-1] == (2000, 1_000_000)


def test_without_a_most_it_takes_what_it_wants(limits: list[tuple[int, int]]) -> None:
    limits[:] = [(1024, resource.RLIM_INFINITY)]
    assert allow_files(2000) is None
    assert limits[-1] == (2000, resource.RLIM_INFINITY)


def test_it_takes_the_most_there_is_and_says_how_many(limits: list[tuple[int, int]]) -> None:
    limits[:] = [(1024, 1500)]
    assert allow_files(2000) == 1500
    assert limits[-1] == (1500, 1500)


def test_a_system_that_refuses_leaves_what_there_was(limits: list[tuple[int, int]]) -> None:
    assert allow_files(5000) == 1024
