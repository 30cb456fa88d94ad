"""A member that runs twice: whole meshes, in the simulated world."""

import itertools
import json

import pytest

from tests.unit.transport_webrtc.world import KEY, FakeMember, World, connected_in_one_way
from transport_webrtc.authentication import Authenticator
from transport_webrtc.bodies import Wanted, write_body
from transport_webrtc.events import LossReason, PeerLost, RanElsewhere, Refused, SupersededBy
from transport_webrtc.framing import Earlier, Superseded, Yielded, encode
from transport_webrtc.starts import Start

ONE, TWO, THREE = "1" * 16, "2" * 16, "3" * 16
MEMBERS = [ONE, TWO, THREE]


def cluster(world: World, number: int = 5) -> dict[str, FakeMember]:
    members = {name: FakeMember(world, name, number=number).start() for name in MEMBERS}
    world.clock.wait_for(lambda: connected_in_one_way(list(members.values())), within=5)
    return members


def join(
    world: World,
    members: dict[str, FakeMember],
    name: str,
    number: int,
    ancestors: tuple[str, ...] = (),
) -> FakeMember:
    """A further start of this member, beside the one that runs; they come to rest."""
    started = FakeMember(world, name, number=number, ancestors=ancestors).start()
    settle(world)
    if not started.ended:
        members[name] = started
    return started


def settle(world: World, seconds: float = 40) -> None:
    world.clock.run_until(world.clock.now + seconds)


def nonces(member: FakeMember) -> tuple[str, ...]:
    """Those that its storage knows, for the start that comes next."""
    assert member.line is not None
    return member.line.nonces


def told(member: FakeMember, kind: type) -> list[object]:
    return [event for event in member.events if isinstance(event, kind)]


@pytest.mark.parametrize("name", MEMBERS)
def test_of_two_that_run_the_newer_goes_on_and_the_older_ends(name: str) -> None:
    world = World()
    members = cluster(world)
    older = members[name]
    newer = join(world, members, name, 6)
    assert older.ended == 1
    assert told(older, SupersededBy) == [SupersededBy(6)]
    assert older.peers == frozenset() or older.mesh.connections() == {}
    assert not newer.ended
    assert connected_in_one_way(list(members.values()))


@pytest.mark.parametrize("name", MEMBERS)
def test_the_newer_is_told_that_an_older_one_ran(name: str) -> None:
    world = World()
    newer = join(world, cluster(world), name, 6)
    assert RanElsewhere(5, answered=True) in newer.events
    assert told(newer, RanElsewhere).count(RanElsewhere(5, answered=True)) == 1


@pytest.mark.parametrize("name", MEMBERS)
def test_an_older_one_that_comes_later_ends_and_disturbs_nobody(name: str) -> None:
    world = World()
    members = cluster(world)
    before = {member: len(told(members[member], PeerLost)) for member in MEMBERS}
    older = join(world, members, name, 4)
    assert older.ended == 1
    assert older.peers == frozenset()
    assert told(older, SupersededBy) == [SupersededBy(5)]
    assert connected_in_one_way(list(members.values()))
    assert {member: len(told(members[member], PeerLost)) for member in MEMBERS} == before
    assert told(members[name], RanElsewhere) == [RanElsewhere(4, answered=False)]
    assert all(told(members[other], RanElsewhere) == [] for other in MEMBERS if other != name)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", MEMBERS)
def test_of_copies_with_equal_numbers_one_goes_on_and_it_stays_so(name: str, seed: int) -> None:
    world = World(seed)
    members = cluster(world)
    copies = [FakeMember(world, name, number=6) for _ in range(3)]
    for place, copy in enumerate(copies):
        world.clock.after(0.01 * place * seed, copy.mesh.start)
    settle(world)
    assert members[name].ended == 1
    assert sorted(copy.ended for copy in copies) == [0, 1, 1]
    (winner,) = (copy for copy in copies if not copy.ended)
    assert winner.mesh._authenticator.start is not None
    nonces = [copy.mesh._authenticator.start.nonce for copy in copies]  # type: ignore[union-attr]
    assert winner.mesh._authenticator.start.nonce == max(nonces)
    rest = [members[other] for other in MEMBERS if other != name]
    assert connected_in_one_way([winner, *rest])
    connections = len(world.connections)
    settle(world, 200)
    assert len(world.connections) == connections, "they go on changing places"


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("how", ["crash", "leave"])
def test_a_member_that_returns_is_connected_as_fast_as_one_that_is_new(name: str, how: str) -> None:
    world = World()
    members = cluster(world)
    if how == "crash":
        members[name].kill()
    else:
        members[name].mesh.stop()
    again = FakeMember(world, name, number=6).start()
    others = [members[other] for other in MEMBERS if other != name]
    world.clock.wait_for(lambda: connected_in_one_way([again, *others]), within=3)
    settle(world)
    assert told(again, RanElsewhere) == []
    assert again.ended == 0


def test_a_link_to_a_dead_start_is_dropped_at_once() -> None:
    world = World()
    members = cluster(world)
    members[TWO].kill()
    FakeMember(world, TWO, number=6).start()
    others = members[ONE], members[THREE]
    world.clock.wait_for(lambda: all(told(one, PeerLost) for one in others), within=2)
    for one in others:
        (lost,) = told(one, PeerLost)
        assert isinstance(lost, PeerLost)
        assert lost.reason is LossReason.RESTARTED


def test_one_that_slept_meanwhile_ends_when_it_wakes() -> None:
    world = World()
    members = cluster(world)
    asleep = members[TWO]
    asleep.freeze()
    join(world, members, TWO, 6)
    assert asleep.ended == 0
    asleep.thaw()
    settle(world)
    assert asleep.ended == 1
    assert connected_in_one_way(list(members.values()))


def test_peers_keep_an_older_one_out_without_the_introducer_s_help() -> None:
    world = World()
    world.shows_starts = False
    members = cluster(world)
    older, newer = members[TWO], join(world, members, TWO, 6)
    assert older.ended == 1
    assert connected_in_one_way(list(members.values()))
    assert told(newer, RanElsewhere)[-1:] == [RanElsewhere(5, answered=True)]


def test_an_older_one_that_was_away_from_the_introducer_is_told_by_peers_when_it_returns() -> None:
    world = World()
    members = cluster(world)
    older = members[TWO]
    world.depart(older._socket, "lost")  # type: ignore[arg-type]
    for other in ONE, THREE:
        members[other].mesh.drop(TWO)
    newer = FakeMember(world, TWO, number=6).start()
    settle(world, 3)
    older._socket.break_off()  # type: ignore[union-attr]
    settle(world)
    assert older.ended == 1
    assert not newer.ended
    assert connected_in_one_way([members[ONE], newer, members[THREE]])


def test_the_introducer_s_word_alone_ends_nobody() -> None:
    world = World()
    members = cluster(world)
    lies = [
        {"type": "refused", "code": code, "message": "!", "fatal": True, "by": by}
        for code, by in itertools.product(
            ["replaced", "superseded"],
            [None, {"number": 9, "nonce": "9" * 16, "proof": "9" * 64}],
        )
    ]
    for lie in lies:
        members[TWO].mesh.socket_received(json.dumps(lie))
    settle(world)
    assert members[TWO].ended == 0
    assert len(told(members[TWO], Refused)) > 0
    assert members[TWO].peers == {ONE, THREE}


def test_a_start_that_the_introducer_kept_harms_no_later_one() -> None:
    world = World()
    members = cluster(world)
    old = Authenticator(TWO, KEY)
    old.begin(4, "f" * 16)
    body = write_body(old.sign(ONE, Wanted()))
    assert old.start is not None
    connections = len(world.connections)
    members[ONE].mesh.socket_received(json.dumps({"type": "signal", "sender": TWO, "body": body}))
    settle(world)
    assert len(world.connections) == connections
    assert members[TWO].ended == 0


def test_a_peer_cannot_end_a_member_by_a_start_of_its_own() -> None:
    world = World()
    members = cluster(world)
    other = Authenticator(ONE, "f" * 32)
    other.begin(9, "f" * 16)
    foreign = other.start
    mine = members[ONE].mesh._authenticator
    mine.begin(9, "f" * 16)
    assert foreign is not None
    assert mine.start is not None
    link = members[TWO].mesh._connected[ONE]
    for start in (foreign, mine.start, Start(9, "9" * 16, "9" * 64)):
        for word in (Superseded(start), Yielded(start)):
            link.receive(encode(word))
    settle(world)
    assert members[TWO].ended == 0
    assert told(members[TWO], RanElsewhere) == []


def test_a_member_whose_starts_are_not_counted_is_replaced_as_ever() -> None:
    world = World()
    members = cluster(world, number=0)
    older = members[TWO]
    newer = join(world, members, TWO, 0)
    assert older.ended == newer.ended == 0
    assert told(older, Refused)
    assert connected_in_one_way(list(members.values()))


def test_two_that_are_alone_are_told_by_the_introducer() -> None:
    world = World()
    older = FakeMember(world, ONE, number=5).start()
    settle(world, 1)
    newer = FakeMember(world, ONE, number=6).start()
    settle(world, 1)
    assert (older.ended, newer.ended) == (1, 0)
    assert told(newer, RanElsewhere) == [RanElsewhere(5, answered=False)]


@pytest.mark.parametrize("seed", range(10))
def test_whatever_gets_lost_one_goes_on_in_the_end(seed: int) -> None:
    world = World(seed)
    world.signal_loss, world.signal_duplicates, world.signal_delay = 0.2, 0.2, (0.0, 0.5)
    world.shows_starts = seed % 2 == 0
    names = [MEMBERS[world.rng.randrange(3)] for _ in range(3)]
    all_of = {name: [FakeMember(world, name, number=5)] for name in MEMBERS}
    for name in names:
        all_of[name].append(FakeMember(world, name, number=world.rng.randrange(4, 8)))
    for members in all_of.values():
        for member in members:
            world.clock.after(world.rng.uniform(0, 4), member.mesh.start)
    settle(world, 60)
    world.signal_loss = world.signal_duplicates = 0.0
    settle(world, 60)
    running = [member for members in all_of.values() for member in members if not member.ended]
    alive = [member for member in running if member.peers]
    if world.shows_starts:
        assert alive == running
    # Else some were refused by an introducer that proves nothing: they are alone, and no more.
    assert sorted(member.member for member in alive) == MEMBERS
    newest = {
        name: max(members, key=lambda it: it.mesh._authenticator.start.number)  # type: ignore[union-attr]
        for name, members in all_of.items()
    }
    for member in alive:
        own, best = (it.mesh._authenticator.start for it in (member, newest[member.member]))
        assert own is not None
        assert best is not None
        assert own.number == best.number
    assert connected_in_one_way(alive)


def test_nothing_but_its_answer_is_heard_of_an_older_one() -> None:
    world = World()
    members = cluster(world)
    older = members[TWO]
    stray = older.mesh._peerings[ONE].connection
    older.freeze()
    newer = FakeMember(world, TWO, number=6).start()
    world.clock.wait_for(lambda: newer.peers == {ONE, THREE}, within=3)
    before = list(members[ONE].received[TWO])
    for frame in (b"\x01hello", b"", b"\x08{}", encode(Superseded(Start(9, "9" * 16, "9" * 64)))):
        stray.transmit(frame)
    settle(world)
    assert members[ONE].received[TWO] == before
    assert members[ONE].ended == newer.ended == 0


# --- what began from a copy -----------------------------------------------------------------------


@pytest.mark.parametrize("shows", [True, False], ids=["the introducer shows starts", "it does not"])
@pytest.mark.parametrize("name", MEMBERS)
def test_one_that_goes_on_with_its_own_storage_is_no_copy(name: str, shows: bool) -> None:
    world = World()
    world.shows_starts = shows
    members = cluster(world)
    for number in range(6, 10):
        members[name].kill()
        join(world, members, name, number, nonces(members[name]))
    assert [member.copied for member in members.values()] == [0, 0, 0]
    assert connected_in_one_way(list(members.values()))


@pytest.mark.parametrize("name", MEMBERS)
def test_one_that_peers_did_not_hear_of_for_some_starts_is_no_copy(name: str) -> None:
    world = World()
    members = cluster(world)
    members[name].kill()
    again = join(world, members, name, 9, (*nonces(members[name]), "7" * 16, "8" * 16, "9" * 16))
    assert (again.copied, again.ended) == (0, 0)


@pytest.mark.parametrize("name", MEMBERS)
def test_one_that_began_while_an_older_one_ran_is_a_copy(name: str) -> None:
    """Its storage knows that start, but not what it has promised since the copy was made."""
    world = World()
    world.shows_starts = False
    members = cluster(world)
    copy = join(world, members, name, 6, nonces(members[name]))
    assert copy.copied == 1
    assert [member.copied for member in members.values() if member is not copy] == [0, 0]


@pytest.mark.parametrize("shows", [True, False], ids=["the introducer shows starts", "it does not"])
@pytest.mark.parametrize("name", MEMBERS)
def test_one_whose_storage_does_not_know_a_start_that_was_there_is_a_copy(
    name: str, shows: bool
) -> None:
    world = World()
    world.shows_starts = shows
    members = cluster(world)
    before = nonces(members[name])
    members[name].kill()
    copy = join(world, members, name, 7, (*before, "c" * 16))
    assert copy.copied == 0  # nobody has heard of another sixth start
    copy.kill()
    again = join(world, members, name, 8, (*before, "d" * 16, "e" * 16))
    assert again.copied > 0


@pytest.mark.parametrize("name,other", [(ONE, TWO), (TWO, ONE)])
def test_it_is_told_before_it_gets_anything_else(name: str, other: str) -> None:
    world = World()
    world.shows_starts = False
    original, peer = (FakeMember(world, each, number=5).start() for each in (name, other))
    world.clock.wait_for(lambda: connected_in_one_way([original, peer]), within=5)
    original.kill()
    copy = FakeMember(world, name, number=6).start()

    def say_something() -> None:
        peer.mesh.send(name, b"a message")
        world.clock.after(0.001, say_something)

    say_something()
    world.clock.wait_for(lambda: copy.received[other] != [], within=5)
    assert copy.copied == 1


def test_it_is_told_once_of_a_start_by_whom_and_however_often_it_is_shown() -> None:
    world = World()
    world.shows_starts = False
    members = cluster(world)
    members[TWO].kill()
    copy = join(world, members, TWO, 6)
    for other in (ONE, THREE):
        members[other].mesh.drop(TWO)
    settle(world)
    assert connected_in_one_way(list(members.values()))
    assert copy.copied == 1


def test_of_two_copies_with_equal_numbers_the_one_that_goes_on_is_told_of_the_other() -> None:
    world = World()
    members = cluster(world)
    before = nonces(members[TWO])
    members[TWO].kill()
    copies = [FakeMember(world, TWO, number=6, ancestors=before) for _ in range(2)]
    older, newer = sorted(copies, key=nonces)
    older.start()
    settle(world)
    older.kill()
    newer.start()
    settle(world)
    assert (older.copied, older.ended) == (0, 0)
    assert (newer.copied > 0, newer.ended) == (True, 0)


def test_a_start_that_nobody_proves_makes_no_copy() -> None:
    world = World()
    members = cluster(world)
    link = members[TWO].mesh._connected[ONE]
    start = {"number": 4, "nonce": "9" * 16, "proof": "9" * 64}
    link.receive(encode(Earlier((Start(4, "9" * 16, "9" * 64),))))
    members[TWO].mesh.socket_received(json.dumps({"type": "elsewhere", "start": start}))
    settle(world)
    assert members[TWO].copied == 0
