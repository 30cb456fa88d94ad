"""The tree of errors is the one that is drawn, and each says what a person needs."""

import re

import pytest

from raft_core import errors
from raft_core.errors import (
    CallerError,
    CommandFailed,
    InvalidConfig,
    InvalidState,
    NoLeader,
    OutcomeUnknown,
    Overloaded,
    PeerError,
    ProposalTooLarge,
    RaftError,
    Stopped,
    StorageError,
    StorageFailed,
)


def drawn() -> dict[str, str]:
    """Each error in the docstring's tree and the one it hangs under."""
    parents: dict[str, str] = {}
    above = [""]
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"((?:\||`|-| )*)([A-Z]\w+)(?: |$)", line)
        if found is None or (not found[1] and found[2] != "RaftError"):
            continue
        depth = len(found[1]) // 4
        above[depth + 1 :] = [found[2]]
        parents[found[2]] = above[depth]
    return parents


def test_the_tree_in_the_docstring_is_that_of_the_classes() -> None:
    classes = {
        name: item
        for name, item in vars(errors).items()
        if isinstance(item, type) and issubclass(item, Exception)
    }
    tree = {
        name: "" if item is RaftError else next(base.__name__ for base in item.__bases__)
        for name, item in classes.items()
    }
    assert drawn() == tree


@pytest.mark.parametrize(
    "error,also",
    [
        (InvalidConfig, ValueError),
        (ProposalTooLarge, ValueError),
        (InvalidState, TypeError),
    ],
)
def test_misuse_is_also_the_error_that_python_has_for_it(
    error: type[Exception], also: type[Exception]
) -> None:
    assert issubclass(error, also)
    assert issubclass(error, CallerError)


@pytest.mark.parametrize("error", [Stopped, NoLeader, OutcomeUnknown, CommandFailed, Overloaded])
def test_what_propose_can_raise_is_the_callers(error: type[Exception]) -> None:
    assert issubclass(error, CallerError)


def test_a_peers_fault_and_the_storages_are_apart() -> None:
    assert not issubclass(PeerError, StorageError)
    assert issubclass(StorageFailed, StorageError)


def test_a_proposal_too_large_says_both_sizes() -> None:
    error = ProposalTooLarge(300, 256)
    assert (error.size, error.limit) == (300, 256)
    assert str(error) == "the command has 300 bytes encoded, the limit is 256: make it smaller"


def test_overloaded_says_what_and_the_limit() -> None:
    error = Overloaded("proposals", 16)
    assert error.limit == 16
    assert str(error) == "too many proposals are under way, the limit is 16: try again later"


def test_without_a_leader_the_last_one_known_is_a_hint() -> None:
    assert str(NoLeader("nobody leads")) == "nobody leads"
    error = NoLeader("nobody leads", "b")
    assert error.leader == "b"
    assert str(error) == "nobody leads; the last one known to lead is b"
