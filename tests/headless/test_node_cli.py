"""The command line with real processes: members over aiortc, their journals in SQLite."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from raft_node.exits import Exit
from tests.headless.conftest import MakeCluster
from tests.headless.processes import PATIENCE, eventually, raft_node, raft_node_process


def test_three_processes_share_a_key_value_store(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    a, b, c = cluster.grow()
    ids = sorted(one.node_id for one in (a, b, c))
    assert a.tell("put", "colour", "red") == ""
    assert b.tell("get", "colour") == "red\n"
    assert json.loads(c.tell("put", "colour", "blue", "--json")) == {"before": "red"}
    assert json.loads(a.tell("get", "colour", "--json")) == {"key": "colour", "value": "blue"}
    assert json.loads(b.tell("state")) == {"items": {"colour": "blue"}}
    eventually(lambda: c.ask("get", "colour", "--local").out == "blue\n")
    b.tell("delete", "colour")
    gone = a.ask("get", "colour")
    assert (gone.code, gone.out) == (Exit.NO_SUCH_KEY, "")

    # On a busy machine a link may break, and come back.
    eventually(lambda: b.report["safety"] == "3 of 3 members here: any one may fail.")
    report = b.report
    assert sorted(report["status"]["voters"]) == ids
    assert report["introducer"] == "joined"
    assert sorted([b.node_id, *report["links"]]) == ids
    assert report["storage_bytes"] > 0
    eventually(lambda: "any one may fail" in a.tell("status"))
    assert all(node_id in a.tell("status") for node_id in ids)

    for one in (a, b, c):
        assert one.stop() == 0, one.log
        assert not (one.folder / "control.sock").exists()
        # The key is a secret: it is in no log, and in nothing that is stored.
        assert cluster.key not in one.log
        for file in one.folder.iterdir():
            assert cluster.key.encode() not in file.read_bytes()


def test_sigterm_of_the_leader_hands_leadership_over(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.grow()
    leader = cluster.leader()
    term = leader.status["term"]
    assert leader.stop() == 0, leader.log
    # It heard of its successor before it went: nobody had to wait for an election time-out.
    successor = leader.events("LeaderChanged")[-1]
    assert successor["leader"] not in {None, leader.node_id}
    assert successor["term"] == term + 1
    assert leader.events("Stopped")
    assert not leader.events("Halted")
    others = [one for one in cluster.members if one is not leader]
    assert cluster.leader().node_id == successor["leader"]
    assert others[0].tell("put", "k", "v") == ""

    leader.start()
    leader.tell("wait")
    assert leader.tell("get", "k") == "v\n"
    # On a busy machine a successor may be too slow, and is asked again.
    back = ("transfer", leader.node_id)
    eventually(lambda: leader.ask(*back).out == f"{leader.node_id} leads now.\n")
    leader.signal(signal.SIGINT)
    assert leader.wait() == 0


def test_a_killed_member_comes_back_with_its_log(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    a, b, _ = cluster.grow()
    a.tell("put", "before", "1")
    eventually(lambda: b.ask("get", "before", "--local").code == 0)
    node_id = b.node_id
    b.kill()
    a.tell("put", "meanwhile", "2")

    b.start()
    assert b.node_id == node_id
    assert b.report["found"] is False
    b.tell("wait")
    assert json.loads(b.tell("state")) == {"items": {"before": "1", "meanwhile": "2"}}
    # All three at once, and nobody to catch up from.
    for one in cluster.members:
        one.kill()
    for one in cluster.members:
        one.start()
    assert json.loads(b.tell("state")) == {"items": {"before": "1", "meanwhile": "2"}}


def test_members_are_replaced_removed_demoted_and_added(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    a, b, c = cluster.grow()
    d = cluster.member("d")
    d.start()
    eventually(lambda: d.node_id in a.status["learners"])
    assert "learner" in a.tell("members list")

    a.tell("members replace", b.node_id, d.node_id)
    assert b.wait() == Exit.REMOVED
    assert "was removed from the cluster" in b.log
    d.tell("wait")
    assert json.loads(d.tell("members list", "--json"))["excluded"] == [b.node_id]

    # It was told for ever: started again it says so once more.
    again = raft_node_process(
        *("run", "--data", b.folder, "--session-file", cluster.session),
        *("--introducer", cluster.introducer),
    )
    assert again.code == Exit.REMOVED, again.error

    done = json.loads(a.tell("members remove", c.node_id, "--json"))
    assert done["configuration_index"] == a.status["configuration_index"]
    assert c.wait() == Exit.REMOVED
    assert sorted(a.status["voters"]) == sorted([a.node_id, d.node_id])

    e = cluster.member("e")
    e.start()
    a.tell("members add", e.node_id)
    assert len(a.status["voters"]) == 3
    a.tell("members demote", e.node_id)
    assert e.node_id in a.status["learners"]
    a.tell("members target", "3")
    eventually(lambda: len(a.status["voters"]) == 3)

    unknown = a.ask("members remove", "0" * 16)
    assert unknown.code == Exit.FAILED
    assert "no member is named 0000000000000000" in unknown.error


def test_a_snapshot_takes_the_place_of_the_journal(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    (a,) = [cluster.member("a", "--target-size", "1")]
    a.start("--found")
    a.tell("wait")
    for number in range(3):
        a.tell("put", f"k{number}", "v")
    index = json.loads(a.tell("snapshot", "--json"))["snapshot_index"]
    assert index == a.status["applied_index"] == a.status["snapshot_index"]
    assert "is stored" in a.tell("snapshot")  # there is one already: that is well
    a.kill()
    a.start()
    assert a.status["snapshot_index"] == index
    assert len(json.loads(a.tell("state"))["items"]) == 3


def test_a_new_cluster_from_one_survivor(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    a, b, c = cluster.grow()
    a.tell("put", "k", "v")
    eventually(lambda: c.ask("get", "k", "--local").code == 0)
    for lost in (a, b):
        lost.kill()
        shutil.rmtree(lost.folder)
        cluster.members.remove(lost)
    stuck = c.ask("put", "k", "w", "--timeout", "1")
    assert stuck.code in {Exit.NO_LEADER, Exit.OUTCOME_UNKNOWN}

    running = c.ask("recover", "--yes")
    assert running.code == Exit.FAILED
    assert "runs the member in" in running.error
    c.stop()
    asked = c.ask("recover")
    assert asked.code == Exit.USAGE
    assert "NEVER" in asked.error
    assert "nothing was changed" in asked.error

    recovered = c.ask("recover", "--yes", "--json")
    assert recovered.code == 0, recovered.error
    assert json.loads(recovered.out)["generation"] == 1
    assert "is the only voter of generation 1" in recovered.error
    again = c.ask("recover", "--yes")
    assert again.code == Exit.FAILED
    assert "is the only voter already" in again.error

    c.start()
    assert c.tell("get", "k") == "v\n"
    c.tell("put", "k", "w")
    d, e = cluster.member("d"), cluster.member("e")
    d.start()
    e.start()
    d.tell("wait")
    assert e.tell("get", "k") == "w\n"


def test_the_todo_list_is_read_and_written(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(state="todo")
    a = cluster.member("a", "--target-size", "1")
    a.start("--found")
    a.tell("wait")
    item = "0123456789abcdef"
    command = {"type": "add", "id": item, "title": "Buy milk"}
    result = json.loads(a.tell("propose", json.dumps(command)))
    assert result["revision"] == 1
    done = raft_node(
        *("propose", "-", "--data", a.folder),
        stdin=json.dumps({"type": "set_completed", "id": item, "completed": True}),
    )
    assert done.code == 0, done.error
    todos = json.loads(a.tell("state", "--json"))["todos"]
    assert todos == {item: {"title": "Buy milk", "completed": True}}

    refused = a.ask("propose", '{"type": "nothing"}')
    assert refused.code == Exit.FAILED
    assert "no command of todo.state:TodoState" in refused.error
    assert a.ask("propose", "{").code == Exit.USAGE
    no_store = a.ask("get", "k")
    assert no_store.code == Exit.FAILED
    assert "no key/value store" in no_store.error


def test_a_member_that_is_killed_leaves_the_outcome_unknown(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    a = cluster.member("a", "--log-level", "debug")  # nobody takes it in
    a.start()
    early = a.ask("put", "k", "v", "--timeout", "0.5", "--json")
    assert early.code == Exit.NO_LEADER
    assert json.loads(early.error)["error"] == "NoLeader"

    # What is true now nobody can say; what this member has, it can.
    for ask in ("get k", "state"):
        assert a.ask(ask, "--timeout", "0.5").code == Exit.NO_LEADER
        assert a.ask(ask, "--timeout", "0.5", "--linearizable").code == Exit.NO_LEADER
    assert a.ask("get k", "--local").code == Exit.NO_SUCH_KEY
    assert json.loads(a.tell("state", "--local")) == {"items": {}}

    command = ["put", "k", "v", "--timeout", str(PATIENCE), "--data", str(a.folder)]
    waiting = subprocess.Popen(
        [sys.executable, "-m", "raft_node", *command], stderr=subprocess.PIPE, text=True
    )
    try:
        eventually(lambda: [one["request"] for one in a.events("Asked")].count("ChangeValue") == 2)
        a.kill()
        _, said = waiting.communicate(timeout=PATIENCE)
    finally:
        waiting.kill()
    assert waiting.returncode == Exit.OUTCOME_UNKNOWN
    assert "it may have been done, or not" in said


def test_a_second_cluster_in_a_session_is_not_begun(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    waiting, founder, second = [cluster.member(name) for name in "abc"]
    waiting.start()
    founder.start("--found")  # who only waits keeps nobody from it
    eventually(lambda: founder.node_id in waiting.status["voters"])

    refused = raft_node_process(
        *("run", "--data", second.folder, "--found", "--state", "kv"),
        *("--session-file", cluster.session, "--introducer", cluster.introducer),
    )
    assert refused.code == Exit.FAILED
    assert f"({founder.node_id} leads it): start this member without --found" in refused.error
    assert not second.folder.exists()
    second.start()
    second.tell("wait")

    # Who began the cluster may always be told to again.
    founder.kill()
    founder.start("--found")
    founder.tell("wait")


def test_in_a_terminal_status_is_live(make_cluster: MakeCluster) -> None:
    a = make_cluster().member("a", "--target-size", "1")
    a.start("--found")
    screen, terminal = os.openpty()
    command = [sys.executable, "-m", "raft_node", "status", "--data", str(a.folder)]
    viewer = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    shown = ""

    def shows(words: str) -> bool:
        nonlocal shown
        shown += os.read(screen, 65536).decode()
        return words in shown

    try:
        eventually(lambda: shows("A cluster of one"))
        a.tell("put", "a-key", "a-value")
        index = a.status["applied_index"]
        eventually(lambda: shows(f"{index} applied"))
        viewer.send_signal(signal.SIGINT)
        assert viewer.wait(PATIENCE) == 0
    finally:
        viewer.kill()
        viewer.wait()
        os.close(screen)


def test_without_the_introducer_a_member_waits_and_says_so(
    make_cluster: MakeCluster, tmp_path: Path
) -> None:
    cluster = make_cluster()
    folder = tmp_path / "lonely"
    a = cluster.member("a", "--introducer", "ws://127.0.0.1:9/v1")
    a.folder = folder
    a.start("--found")
    eventually(lambda: a.report["introducer"] == "lost")
    assert "cannot be reached; trying again" in a.report["introducer_problem"]
    assert a.events("IntroducerChanged")[-1]["level"] == "warning"
    assert "away" in a.tell("status")
    a.tell("put", "k", "v")  # a cluster of one works all the same
    late = a.ask("wait", "--timeout", "0.1")
    assert late.code == Exit.NO_LEADER
    assert "1 of 3: nothing is safe yet." in late.error
    assert a.stop() == 0


def test_what_cannot_be_run_is_refused_with_a_sentence(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    a = cluster.member("a", "--target-size", "1")
    a.start("--found")
    url = cluster.introducer

    def run(*options: str | Path) -> tuple[int, str]:
        done = raft_node_process("run", "--introducer", url, *options)
        return done.code, done.error

    key = ("--session", cluster.key)
    code, said = run(*key, "--data", a.folder, "--state", "kv")
    assert code == Exit.FAILED
    assert f"process {a.report['pid']} runs the member in {a.folder}" in said
    a.stop()

    code, said = run(*key, "--data", a.folder, "--state", "todo")
    assert code == Exit.FAILED
    assert "with the state raft_core.keyvalue:KeyValue, not todo.state:TodoState" in said
    code, said = run("--session", "f" * 32, "--data", a.folder)
    assert code == Exit.FAILED
    assert "holds a member of another session" in said
    empty = cluster.folder / "empty"
    code, said = run(*key, "--data", empty, "--state", "nothing")
    assert code == Exit.FAILED
    assert "no State is named 'nothing'" in said
    code, said = run("--session", "hello", "--data", empty, "--state", "kv")
    assert code == Exit.USAGE
    assert "neither a member's link nor a cluster's id" in said
    code, said = run("--data", empty, "--state", "kv")
    assert code == Exit.USAGE
    assert "which session?" in said
    code, said = run(*key, "--data", empty)
    assert code == Exit.USAGE
    assert "what shall be replicated?" in said
    code, said = run(*key, "--data", empty, "--state", "kv", "--target-size", "2")
    assert code == Exit.USAGE
    assert "target_size must be an odd number" in said
    assert not empty.exists()

    code, said = run(
        *key, "--data", empty, "--state", "kv", "--log-format", "json", "--session", "-"
    )
    assert code == Exit.USAGE
    assert json.loads(said)["exit"] == Exit.USAGE

    journal = a.folder / "journal.sqlite"
    damaged = b"rubbish" * 1000
    journal.write_bytes(damaged)
    code, said = run(*key, "--data", a.folder)
    assert code == Exit.FAILED
    assert str(journal) in said
    assert journal.read_bytes() == damaged

    stopped = a.ask("status")
    assert stopped.code == Exit.NOT_RUNNING
    assert "does not run" in stopped.error
    nobody = raft_node("get", "k", "--data", empty)
    assert nobody.code == Exit.NOT_RUNNING
    assert "holds no member" in nobody.error


def test_a_data_directory_with_a_long_path_works(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.folder /= "a-folder-with-a-name-of-40-characters-yes"
    cluster.folder /= "another-one-with-a-name-of-40-characters"
    cluster.folder.mkdir(parents=True)
    a = cluster.member("a", "--target-size", "1")
    a.start("--found")
    assert len(str(a.folder / "control.sock")) > 108
    a.tell("put", "k", "v")
    assert a.stop() == 0


def test_of_a_copied_data_directory_one_process_goes_on_and_the_other_ends(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster()
    a, b, c = cluster.grow()
    node_id = c.node_id
    assert c.stop() == 0, c.log
    shutil.copytree(c.folder, c.folder.with_name("copy"))
    copy = cluster.member("copy")
    c.start()
    c.tell("wait")
    # Both count this start alike; who goes on is drawn.
    copy.start_without_waiting()
    eventually(lambda: c.ended or copy.ended)
    loser, winner = (c, copy) if c.ended else (copy, c)
    assert loser.wait() == Exit.SUPERSEDED, loser.log
    (halted,) = loser.events("Halted")
    assert "a copy of this member was started later" in halted["problem"]
    eventually(lambda: winner.events("RanElsewhere") != [])
    winner.tell("wait")
    assert winner.node_id == node_id
    eventually(lambda: all(node_id in one.status["connected"] for one in (a, b)))
    assert b.tell("put", "colour", "red") == ""
    assert winner.tell("get", "colour") == "red\n"

    again = raft_node_process("run", "--data", loser.folder, *loser.options)
    assert again.code == Exit.SUPERSEDED
    assert "Go on there" in again.error
    assert winner.tell("get", "colour") == "red\n"
