"""Whatever clients send, in whatever order: what no member may ever see, and what never grows."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from introducer.connection import Connection
from introducer.limits import Limits
from tests.unit.introducer.rooms import LEAVE, OTHER_ROOM, ROOM, Rooms, hear, join, signal

LIMITS = Limits(
    message_bytes=1024,
    room_members=3,
    rooms=2,
    connections=8,
    rate=4.0,
    burst=30,
    queue_frames=16,
    queue_bytes=32_768,
)

room_names = st.sampled_from([ROOM, OTHER_ROOM, "c" * 64])
member_names = st.sampled_from([digit * 16 for digit in "12345"])
numbers = st.integers(min_value=0, max_value=1 << 16)
garbage = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=40),
    st.just('{"type":"signal","to":"' + "1" * 16 + '","sender":"' + "2" * 16 + '","body":{}}'),
    st.just('{"type":"join"}'),
    st.just("x" * 1025),
)


class Client:
    """What a client knows by itself: what it said first, and what it heard."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.said_anything = False
        self.claim: tuple[str, str] | None = None  # room and member, if a join came first
        self.joined: tuple[str, str] | None = None
        self.view: set[str] = set()  # who is with it in the room, from what it heard


class AnyClients(RuleBasedStateMachine):
    """Clients do what they like; after each step the invariants hold."""

    @initialize()
    def begin(self) -> None:
        self.rooms = Rooms(LIMITS)
        self.clients: list[Client] = []
        self.open: list[Client] = []

    def pick(self, number: int) -> Client:
        return self.open[number % len(self.open)]

    @rule()
    def connect(self) -> None:
        client = Client(self.rooms.connect())
        self.clients.append(client)
        self.open.append(client)

    @precondition(lambda self: self.open)
    @rule(number=numbers, room=room_names, member=member_names)
    def join(self, number: int, room: str, member: str) -> None:
        client = self.pick(number)
        if not client.said_anything:
            client.said_anything, client.claim = True, (room, member)
        self.rooms.say(client.connection, join(member, room))

    @precondition(lambda self: self.open)
    @rule(number=numbers, to=member_names, times=st.sampled_from([1, 1, 1, 5, 20]))
    def signal(self, number: int, to: str, times: int) -> None:
        client = self.pick(number)
        client.said_anything = True
        body = {"client": self.clients.index(client), "to": to, "sender": "9" * 16}
        for _ in range(times):
            self.rooms.say(client.connection, signal(to, body))

    @precondition(lambda self: self.open)
    @rule(number=numbers)
    def leave(self, number: int) -> None:
        client = self.pick(number)
        client.said_anything = True
        self.rooms.say(client.connection, LEAVE)

    @precondition(lambda self: self.open)
    @rule(number=numbers, data=garbage)
    def talk_nonsense(self, number: int, data: str | bytes) -> None:
        client = self.pick(number)
        client.said_anything = True
        self.rooms.say(client.connection, data)

    @precondition(lambda self: self.open)
    @rule(number=numbers)
    def miss_a_ping(self, number: int) -> None:
        self.rooms.protocol.on_ping_unanswered(self.pick(number).connection)

    @precondition(lambda self: self.open)
    @rule(number=numbers)
    def join_too_late(self, number: int) -> None:
        self.rooms.protocol.on_join_overdue(self.pick(number).connection)

    @precondition(lambda self: self.open)
    @rule(number=numbers)
    def vanish(self, number: int) -> None:
        client = self.pick(number)
        self.open.remove(client)
        self.rooms.protocol.on_closed(client.connection)

    @rule(seconds=st.floats(min_value=0, max_value=10))
    def wait(self, seconds: float) -> None:
        self.rooms.now += seconds

    @precondition(lambda self: self.open)
    @rule(number=numbers)
    def read(self, number: int) -> None:
        self.check_heard(self.pick(number))

    @rule()
    def read_all(self) -> None:
        for client in self.open:
            self.check_heard(client)
        for client in self.open:
            if client.joined is not None and client.connection.closing is None:
                room = client.joined[0]
                there = {
                    other.joined[1]
                    for other in self.open
                    if other.joined is not None
                    and other.joined[0] == room
                    and other.connection.closing is None
                }
                assert client.view | {client.joined[1]} == there

    def check_heard(self, client: Client) -> None:
        for frame in hear(client.connection):
            match frame["type"]:
                case "welcome":
                    self.check_welcome(client, frame)
                case "joined":
                    assert frame["member"] not in client.view
                    client.view.add(frame["member"])
                case "left":
                    client.view.remove(frame["member"])
                case "signal":
                    self.check_signal(client, frame)
                case "refused":
                    assert frame["fatal"] == (frame["code"] != "unknown_peer")
                case other:
                    raise AssertionError(other)
            # nobody is told of itself, and nobody hears anything before its welcome but refusals
            assert client.joined is not None or frame["type"] == "refused"
            assert client.joined is None or client.joined[1] not in client.view

    def check_welcome(self, client: Client, frame: dict[str, Any]) -> None:
        assert client.joined is None
        assert client.claim is not None
        assert frame["member"] == client.claim[1]
        client.joined = client.claim
        client.view = set(frame["members"])

    def check_signal(self, client: Client, frame: dict[str, Any]) -> None:
        author = self.clients[frame["body"]["client"]]
        assert author.claim is not None
        assert client.joined is not None
        room, member = author.claim
        assert room == client.joined[0], "a signal from outside of the room"
        assert frame["sender"] == member, "a sender that is not the true one"
        assert frame["body"]["to"] == client.joined[1], "a signal for somebody else"

    @invariant()
    def queues_are_bounded(self) -> None:
        for client in self.clients:
            frames, size = client.connection.queued
            assert frames <= LIMITS.queue_frames
            assert size <= LIMITS.queue_bytes

    @invariant()
    def rooms_are_those_with_members_and_within_their_limits(self) -> None:
        places = [
            (client.connection.room, client.connection.member)
            for client in self.clients
            if client.connection.room is not None
        ]
        assert len(set(places)) == len(places), "two connections in one place"
        names = [room for room, _ in places]
        counts = self.rooms.protocol.counts()
        assert counts.rooms == len(set(names)) <= LIMITS.rooms
        assert counts.members == len(places)
        assert all(names.count(name) <= LIMITS.room_members for name in names)
        assert counts.connections <= LIMITS.connections

    @invariant()
    def whoever_is_to_be_closed_is_in_no_room(self) -> None:
        for client in self.clients:
            if client.connection.closing is not None:
                assert client.connection.room is None

    def teardown(self) -> None:
        for client in list(getattr(self, "open", ())):
            self.rooms.protocol.on_closed(client.connection)
        if hasattr(self, "rooms"):
            counts = self.rooms.protocol.counts()
            assert (counts.rooms, counts.members, counts.connections) == (0, 0, 0)


TestAnyClients = AnyClients.TestCase
TestAnyClients.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
