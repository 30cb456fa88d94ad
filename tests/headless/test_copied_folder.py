"""A copied data directory, older than the original: whoever goes on with it knows that it may not.

`test_node_cli.py` has what becomes of the one that ends.
"""

from __future__ import annotations

import shutil
import signal

from tests.headless.conftest import MakeCluster
from tests.headless.processes import MemberProcess, eventually


def copy_of(original: MemberProcess) -> None:
    """Its folder as it is now, beside it: taken while it stands still, as of a machine."""
    original.signal(signal.SIGSTOP)
    shutil.copytree(
        original.folder,
        original.folder.with_name("copy"),
        ignore=shutil.ignore_patterns("*.sock"),
    )
    original.signal(signal.SIGCONT)


def doubts(member: MemberProcess) -> list[str]:
    """Of whom it said that they may have forgotten something, and then that they vote again."""
    return [
        event["member"]
        for kind in ("MemberSuspect", "MemberFreed")
        for event in member.events(kind)
    ]


def test_an_older_copy_that_replaces_the_original_is_brought_up_to_date_before_it_votes(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster()
    a, _, c = cluster.grow()
    copy_of(c)
    a.tell("put", "colour", "red")
    eventually(lambda: c.ask("get", "colour", "--local").out == "red\n")
    c.kill()

    copy = cluster.member("copy")
    copy.start()
    eventually(lambda: doubts(copy) == [c.node_id] * 2)
    assert copy.tell("get", "colour") == "red\n"
    assert copy.status["suspect"] is False


def test_an_older_copy_that_drives_the_original_out_is_brought_up_to_date_before_it_votes(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster()
    a, _, c = cluster.grow()
    copy_of(c)
    a.tell("put", "colour", "red")

    copy = cluster.member("copy")
    copy.start()
    eventually(lambda: c.ended)
    eventually(lambda: doubts(copy)[-1:] == [c.node_id])
    eventually(lambda: copy.events("MemberFreed") != [])
    assert copy.tell("get", "colour") == "red\n"


def test_one_that_is_killed_and_comes_back_with_its_own_folder_is_no_copy(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster()
    a, _, c = cluster.grow()
    for number in range(3):
        a.tell("put", "number", str(number))
        c.kill()
        c.start()
        c.tell("wait")
    assert c.tell("get", "number") == "2\n"
    assert doubts(c) == []
