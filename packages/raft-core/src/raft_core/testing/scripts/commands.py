"""The commands of a script, a function each; what they give back are the lines of the answer."""

import re
from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import Any, Final, TypeAlias, get_args

import msgspec

from raft_core.config import Config
from raft_core.io import Copied, Received
from raft_core.messages import COMMAND, Entry, Message
from raft_core.testing.scripts import words
from raft_core.testing.scripts.stage import Stage
from raft_core.types import NodeId, Role

Given: TypeAlias = Sequence[str]
"""The words after the command."""

Command: TypeAlias = Callable[[Stage, Given], Iterable[str]]

COMMANDS: Final[dict[str, Command]] = {}
"""All there are; the docstring of each begins with how it is written."""

_MESSAGES: Final[dict[str, Any]] = {kind.__name__: kind for kind in get_args(Message)}


def command(function: Command) -> Command:
    """Make a command of a function, under its name."""
    COMMANDS[function.__name__] = function
    return function


# --- the setting, before anything happens ---------------------------------------------------------


@command
def members(stage: Stage, given: Given) -> Iterable[str]:
    """``members a b c``: everybody there is; voters, unless the next two say otherwise."""
    stage.set_up()
    stage.members = list(given)
    return ()


@command
def voters(stage: Stage, given: Given) -> Iterable[str]:
    """``voters a b``: of the first configuration, which is entry 1."""
    stage.set_up()
    stage.voters = list(given)
    return ()


@command
def learners(stage: Stage, given: Given) -> Iterable[str]:
    """``learners c``: of the first configuration."""
    stage.set_up()
    stage.learners = list(given)
    return ()


@command
def log(stage: Stage, given: Given) -> Iterable[str]:
    """``log a 1 1 2``: the terms of the entries that a member begins with."""
    stage.set_up()
    stage.logs[given[0]] = [int(term) for term in given[1:]]
    return ()


@command
def seen(stage: Stage, given: Given) -> Iterable[str]:
    """``seen 4 a b``: the term that members begin with, if not that of their last entry."""
    stage.set_up()
    stage.seen.update(dict.fromkeys(given[1:], int(given[0])))
    return ()


@command
def config(stage: Stage, given: Given) -> Iterable[str]:
    """``config target_size 5``: a setting of ``Config``."""
    stage.set_up()
    name, value = given
    if name not in Config.__struct_fields__:
        raise ValueError(f"there is no setting {name!r}")
    stage.config[name] = value
    return ()


# --- what members are asked to do -----------------------------------------------------------------


@command
def campaign(stage: Stage, given: Given) -> Iterable[str]:
    """``campaign a``: all are silent for an election time-out; only votes are delivered."""
    (member,) = given
    return () if stage.theatre.campaign(member) else (f"{member} is not elected",)


@command
def propose(stage: Stage, given: Given) -> Iterable[str]:
    """``propose a x=1``: a command, at any member."""
    member, *rest = given
    request = stage.theatre.propose(member, " ".join(rest).encode())
    return (stage.ask(member, request, "write"),)


@command
def read(stage: Stage, given: Given) -> Iterable[str]:
    """``read a``: a member is asked for what is true now."""
    (member,) = given
    return (stage.ask(member, stage.theatre.read(member), "read"),)


@command
def change(stage: Stage, given: Given) -> Iterable[str]:
    """``change a voters a b c learners d expecting 3``: other members; who is not named is out."""
    found = re.fullmatch(
        r"(\w+) voters((?: (?!learners|expecting)\w+)*)"
        r"(?: learners((?: (?!expecting)\w+)+))?(?: expecting (\d+))?",
        " ".join(given),
    )
    if found is None:
        raise ValueError("write: change a voters a b c learners d expecting 3")
    member, voting, learning, expected = found.groups(default="")
    request = stage.theatre.change(
        member, voting.split(), learning.split(), expected_index=int(expected or 0)
    )
    return (stage.ask(member, request, "change"),)


@command
def transfer(stage: Stage, given: Given) -> Iterable[str]:
    """``transfer a b``: a member is asked that leadership goes to another, or to anybody."""
    member, *to = given
    request = stage.theatre.transfer(member, *to)
    return (stage.ask(member, request, "transfer"),)


@command
def inject(stage: Stage, given: Given) -> Iterable[str]:
    """``inject x->a VoteReply term=9 granted=true pre=false``: a message that nobody sent."""
    sender, receiver = _link(given[0])
    kind = _MESSAGES.get(given[1])
    if kind is None:
        raise ValueError(f"there is no message {given[1]!r}, but {', '.join(_MESSAGES)}")
    fields: dict[str, Any] = dict(pair.split("=", 1) for pair in given[2:])
    if "entries" in fields:
        fields["entries"] = [_entry(each) for each in fields["entries"].split(",") if each]
    strange = fields.keys() - set(kind.__struct_fields__)
    missing = [
        field.name
        for field in msgspec.structs.fields(kind)
        if field.required and field.name not in fields
    ]
    if strange or missing:
        raise ValueError(f"{given[1]} needs {', '.join(kind.__struct_fields__)}")
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    values = {
        name: msgspec.convert(value, types[name], strict=False) for name, value in fields.items()
    }
    stage.theatre.step(receiver, Received(sender, kind(**values)))
    return ()


# --- the network ----------------------------------------------------------------------------------


@command
def deliver(stage: Stage, given: Given) -> Iterable[str]:
    """``deliver a->b``, ``deliver a->b 1``: what is under way on a link, or the oldest of it."""
    theatre = stage.theatre
    link = _link(given[0])
    before = len(theatre.delivered)
    theatre.deliver(*link, int(given[1]) if len(given) > 1 else None)
    return [_said(*each) for each in theatre.delivered[before:]] or ("nothing",)


@command
def repeat(stage: Stage, given: Given) -> Iterable[str]:
    """``repeat a->b AppendEntries``: the last message of that kind to arrive there comes again."""
    link, kind = _link(given[0]), given[1]
    for sender, receiver, message in reversed(stage.theatre.delivered):
        if (sender, receiver) == link and type(message).__name__ == kind:
            stage.theatre.step(receiver, Received(sender, message))
            return (_said(sender, receiver, message),)
    raise ValueError(f"no {kind} has arrived there")


@command
def settle(stage: Stage, given: Given) -> Iterable[str]:
    """``settle``: deliver everything, and what comes of it. No time passes."""
    _none(given)
    stage.theatre.settle()
    return ()


@command
def drop(stage: Stage, given: Given) -> Iterable[str]:
    """``drop a->b``: what is under way on a link never arrives."""
    link = _link(given[0])
    lost = stage.theatre.waiting(*link)
    stage.theatre.lose(*link)
    return [f"lost {_said(*link, each)}" for each in lost] or ("nothing",)


@command
def cut(stage: Stage, given: Given) -> Iterable[str]:
    """``cut a b``, ``cut a->b``: lose all from now on, both ways or one way."""
    if len(given) == 1:
        stage.theatre.cut(*_link(given[0]), both=False)
    else:
        stage.theatre.cut(*given)
    return ()


@command
def isolate(stage: Stage, given: Given) -> Iterable[str]:
    """``isolate a``: cut it off from everybody."""
    for member in given:
        stage.theatre.isolate(member)
    return ()


@command
def heal(stage: Stage, given: Given) -> Iterable[str]:
    """``heal``: no link is cut any more."""
    _none(given)
    stage.theatre.heal()
    return ()


@command
def meet(stage: Stage, given: Given) -> Iterable[str]:
    """``meet``: everybody's transport says whom it reaches."""
    _none(given)
    stage.theatre.meet()
    return ()


# --- time, storages, crashes ----------------------------------------------------------------------


@command
def wait(stage: Stage, given: Given) -> Iterable[str]:
    """``wait 100ms``: time passes; timers fire, and messages take no time."""
    (length,) = given
    stage.theatre.wait(_seconds(length))
    return ()


@command
def sleep(stage: Stage, given: Given) -> Iterable[str]:
    """``sleep 100ms``: time passes and nobody looks at it; ``tick`` makes one look."""
    (length,) = given
    stage.theatre.now += _seconds(length)
    return ()


@command
def tick(stage: Stage, given: Given) -> Iterable[str]:
    """``tick a b``: they see what time it is."""
    for member in given:
        stage.theatre.tick(member)
    return ()


@command
def slow(stage: Stage, given: Given) -> Iterable[str]:
    """``slow a``: what it writes becomes durable by ``persist`` alone."""
    for member in given:
        stage.theatre.slow(member)
    return ()


@command
def persist(stage: Stage, given: Given) -> Iterable[str]:
    """``persist a``, ``persist a 1``: all its writes are durable now, or the oldest of them."""
    stage.theatre.persist(given[0], int(given[1]) if len(given) > 1 else None)
    return ()


@command
def snapshot(stage: Stage, given: Given) -> Iterable[str]:
    """``snapshot a``: it takes one of what it has applied, and forgets what that stands for."""
    for member in given:
        stage.theatre.take_snapshot(member)
    return ()


@command
def crash(stage: Stage, given: Given) -> Iterable[str]:
    """``crash a b``: lose what is not durable, and what is under way from and to them."""
    stage.theatre.crash(*given)
    stage.forget(given)
    return ()


@command
def restart(stage: Stage, given: Given) -> Iterable[str]:
    """``restart a b``: with what the journal says. The storage is quick again."""
    stage.theatre.restart(*given)
    return ()


@command
def forget(stage: Stage, given: Given) -> Iterable[str]:
    """``forget a 2``: a member that is down lost its newest two records, or perhaps some."""
    member, *count = given
    stage.theatre.forget(member, *map(int, count))
    return ()


@command
def rewind(stage: Stage, given: Given) -> Iterable[str]:
    """``rewind a 2``: a member that is down goes on from a copy that is two records older."""
    member, count = given
    stage.theatre.rewind(member, int(count))
    return ()


@command
def copied(stage: Stage, given: Given) -> Iterable[str]:
    """``copied a``: somebody shows it that its journal is an older copy."""
    for member in given:
        stage.theatre.step(member, Copied())
    return ()


@command
def recover(stage: Stage, given: Given) -> Iterable[str]:
    """``recover c``: a member that is down becomes the only voter of a new generation."""
    (survivor,) = given
    recovery = stage.theatre.recover(survivor)
    gone = " ".join(recovery.gone)
    return (f"{survivor} of generation {recovery.generation}, out {gone}",)


# --- looking --------------------------------------------------------------------------------------


@command
def state(stage: Stage, given: Given) -> Iterable[str]:
    """``state``, ``state a b``: what everybody is and has, or these."""
    return [f"{member} {stage.look(member)[0]}" for member in given or stage.members]


@command
def configuration(stage: Stage, given: Given) -> Iterable[str]:
    """``configuration``, ``configuration a``: the one that each goes by."""
    return [f"{member} {stage.look(member)[1]}" for member in given or _up(stage)]


@command
def entries(stage: Stage, given: Given) -> Iterable[str]:
    """``entries a``: its log, an entry a line."""
    (member,) = given
    held = stage.theatre.raft(member).log
    return [words.entry(each) for each in held.slice(held.first_index, held.last_index + 1)]


@command
def links(stage: Stage, given: Given) -> Iterable[str]:
    """``links``: all that is under way."""
    _none(given)
    theatre = stage.theatre
    pairs = [(one, other) for one in stage.members for other in stage.members]
    said = [_said(*pair, each) for pair in pairs for each in theatre.waiting(*pair)]
    return said or ("nothing",)


@command
def applied(stage: Stage, given: Given) -> Iterable[str]:
    """``applied``, ``applied a``: the commands each has applied in this life."""
    theatre = stage.theatre
    return [
        f"{member} {' '.join(map(words.command, theatre.applied(member))) or 'nothing'}"
        for member in given or _up(stage)
    ]


@command
def progress(stage: Stage, given: Given) -> Iterable[str]:
    """``progress a``: what a leader knows of the others."""
    (member,) = given
    known = stage.theatre.raft(member).progress
    return [f"{peer} {words.progress(known[peer])}" for peer in sorted(known)] or ("nothing",)


@command
def timers(stage: Stage, given: Given) -> Iterable[str]:
    """``timers``, ``timers a``: in how long each does something by itself."""
    return [f"{member} {_timer(stage, member)}" for member in given or _up(stage)]


# --- the words of a command -----------------------------------------------------------------------


def _timer(stage: Stage, member: NodeId) -> str:
    raft = stage.theatre.raft(member)
    leads = raft.role is Role.LEADER
    deadline = raft.heartbeat_deadline if leads else raft.election_deadline
    left = "never" if deadline == inf else f"in {(deadline - stage.theatre.now) * 1000:.0f}ms"
    return f"{'heartbeat' if leads else 'campaigns'} {left}"


def _up(stage: Stage) -> list[NodeId]:
    return [member for member in stage.members if stage.theatre.is_up(member)]


def _link(text: str) -> tuple[NodeId, NodeId]:
    sender, arrow, receiver = text.partition("->")
    if not arrow:
        raise ValueError(f"{text!r} is no link: write a->b")
    return sender, receiver


def _said(sender: NodeId, receiver: NodeId, message: Message) -> str:
    return f"{sender}->{receiver} {words.message(message)}"


def _seconds(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)(ms|s)", text)
    if found is None:
        raise ValueError(f"{text!r} is no time: write 100ms or 2s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _entry(text: str) -> Entry:
    """``4/2`` is a command at index 4 of term 2."""
    index, _, term = text.partition("/")
    return Entry(int(index), int(term), COMMAND, f"{index} of {term}".encode())


def _none(given: Given) -> None:
    if given:
        raise ValueError(f"it takes no words: {' '.join(given)}")
