"""A simulated world for meshes: an introducer, WebRTC as it behaves from outside, a clock, and
their faults.

All of it is deterministic: the same seed gives the same history.
"""

import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from transport_webrtc.bodies import Candidate
from transport_webrtc.events import TransportEvent
from transport_webrtc.mesh import Mesh, MeshSettings
from transport_webrtc.peering import Peering
from transport_webrtc.signalling import IceServer
from transport_webrtc.starts import Line

KEY = "0" * 32


class Clock:
    """Virtual time, and what is to happen in it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def time(self) -> float:
        return self.now

    def at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (max(when, self.now), next(self._order), what))

    def after(self, delay: float, what: Callable[[], None]) -> None:
        self.at(self.now + delay, what)

    def run_until(self, end: float) -> None:
        while self._heap and self._heap[0][0] <= end:
            self.now, _, what = heapq.heappop(self._heap)
            what()
        self.now = end

    def wait_for(self, condition: Callable[[], bool], *, within: float) -> None:
        """Runs until the condition holds; fails if it takes longer than so many virtual seconds."""
        end = self.now + within
        while not condition():
            assert self._heap, "nothing is going to happen any more"
            assert self._heap[0][0] <= end, "it takes too long"
            self.now, _, what = heapq.heappop(self._heap)
            what()


class World:
    """The introducer and the network. Its faults are attributes; they may change at any time."""

    def __init__(self, seed: int = 0) -> None:
        self.clock = Clock()
        self.rng = Random(seed)
        self.introducer_is_up = True
        self.signal_loss = 0.0
        self.signal_duplicates = 0.0
        self.signal_delay = (0.001, 0.002)
        """Unequal delays reorder signals. A real introducer keeps their order, we do not need
        it."""
        self.connection_failures = 0.0
        self.loses: Callable[[str, str, bytes], bool] = lambda sender, receiver, frame: False
        """Whether what the one sends to the other on an open channel gets lost without a word."""
        self.ice_servers: list[object] = []
        self.shows_starts = True
        """Who is refused because of another start of its member gets to see that one."""
        self.room: dict[str, Socket] = {}
        self.connections: dict[str, FakeConnection] = {}
        self.numbers = itertools.count(1)

    def delay(self) -> float:
        return self.rng.uniform(*self.signal_delay)

    def kill_introducer(self) -> None:
        self.introducer_is_up = False
        sockets, self.room = list(self.room.values()), {}
        for socket in sockets:
            socket.break_off()

    # What an introducer does.

    def hear(self, socket: "Socket", text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "join":
            socket.member = frame["member"]
            socket.start = frame.get("start")
            replaced = None
            if socket.member in self.room:
                old = self.room[socket.member]
                if self.is_newer(old.start, socket.start):
                    old.tell({"type": "elsewhere", "start": socket.start})
                    self.refuse(socket, "superseded", old.start)
                    return
                if self.is_newer(socket.start, old.start):
                    replaced = old.start
                self.refuse(old, "replaced", socket.start if replaced else None)
                self.depart(old, "replaced")
            others = sorted(self.room)
            welcome = {"type": "welcome", "protocol": 1, "member": socket.member, "limits": {}}
            more = {"members": others, "ice_servers": self.ice_servers, "replaced": replaced}
            socket.tell({**welcome, **more})
            for member in others:
                self.room[member].tell({"type": "joined", "member": socket.member})
            self.room[socket.member] = socket
        elif frame["type"] == "leave":
            self.depart(socket, "left")
        else:
            self.relay(socket.member, frame["to"], frame["body"])

    def is_newer(self, one: Any, two: Any) -> bool:
        def place(start: Any) -> tuple[int, str]:
            return start["number"], start["nonce"]

        return one is not None and two is not None and place(one) > place(two)

    def refuse(self, socket: "Socket", code: str, by: Any) -> None:
        by = by if self.shows_starts else None
        socket.tell({"type": "refused", "code": code, "message": "!", "fatal": True, "by": by})

    def depart(self, socket: "Socket", reason: str) -> None:
        if self.room.get(socket.member) is socket:
            del self.room[socket.member]
            for other in self.room.values():
                other.tell({"type": "left", "member": socket.member, "reason": reason})

    def relay(self, sender: str, to: str, body: object) -> None:
        copies = 2 if self.rng.random() < self.signal_duplicates else 1
        for _ in range(copies):
            if to in self.room and self.rng.random() >= self.signal_loss:
                frame = {"type": "signal", "sender": sender, "body": body}
                self.room[to].tell(frame, self.delay())


class Socket:
    """A WebSocket between a member and the introducer."""

    def __init__(self, member: "FakeMember") -> None:
        self.world = member.world
        self.owner = member
        self.member = ""
        self.start: Any = None
        self.open = True

    def tell(self, frame: object, delay: float = 0.001) -> None:
        text = json.dumps(frame)
        self.world.clock.after(delay, lambda: self._arrive(text))

    def _arrive(self, text: str) -> None:
        if self.owner.frozen:
            self.owner.keep(lambda: self._arrive(text))
        elif self.open:
            self.owner.mesh.socket_received(text)

    def break_off(self) -> None:
        if self.open:
            self.open = False
            self.world.clock.after(0.001, self.owner.mesh.socket_closed)


class FakeConnection:
    """A WebRTC connection: descriptions are names of connections, and two that hold each other's
    open."""

    def __init__(self, owner: "FakeMember", peering: Peering) -> None:
        self.world = owner.world
        self.owner = owner
        self.peering = peering
        self.name = f"connection {next(self.world.numbers)}"
        self.remote: FakeConnection | None = None
        self.answers: str | None = None
        self.open = False
        self.closed = False
        self.candidates: list[Candidate] = []
        self.sent_bytes = 0
        self._arrival = 0.0
        self.world.connections[self.name] = self

    def report(self, what: Callable[[], None], delay: float = 0.002) -> None:
        """Calls later, unless it is closed by then."""
        self.world.clock.after(delay, lambda: None if self.closed or self.owner.dead else what())

    def make_offer(self) -> None:
        self._describe()

    def make_answer(self, sdp: str) -> None:
        if sdp not in self.world.connections:
            self.report(lambda: self.peering.ended("the offer cannot be read"))
            return
        self.remote = self.world.connections[sdp]
        self._describe()

    def take_answer(self, sdp: str) -> None:
        remote = self.world.connections[sdp]
        assert remote.remote is self, "an answer to another offer"
        self.remote = remote
        if self.world.rng.random() >= self.world.connection_failures:
            self.world.clock.after(0.02, lambda: self._open_both(remote))

    def take_candidate(self, candidate: Candidate) -> None:
        assert self.remote is not None, "a candidate before its description"
        self.candidates.append(candidate)

    def _describe(self) -> None:
        if self.owner.hindrance is not None:
            self.peering.hindered(self.owner.hindrance)
        # Candidates may well be found before the description is reported.
        found = [lambda: self.peering.candidate_found(f"address of {self.name}", "0", 0)]
        reports = [*found, lambda: self.peering.described(self.name)]
        self.world.rng.shuffle(reports)
        for report in reports:
            self.report(report)

    def _open_both(self, remote: "FakeConnection") -> None:
        if not (self.closed or remote.closed or self.owner.dead or remote.owner.dead):
            self.open = remote.open = True
            for end in self, remote:
                end.report(end.peering.opened, self.world.rng.uniform(0.0, 0.005))

    def transmit(self, frame: bytes) -> bool:
        if self.closed or not self.open or self.remote is None:
            return False
        remote = self.remote
        if self.world.loses(self.owner.member, remote.owner.member, frame):
            return True
        self._arrival = max(self._arrival, self.world.clock.now + self.world.rng.uniform(0, 0.003))
        self.world.clock.at(self._arrival, lambda: remote.arrive(frame))
        return True

    def arrive(self, frame: bytes) -> None:
        if self.owner.frozen:
            self.owner.keep(lambda: self.arrive(frame))
        elif not self.closed and not self.owner.dead:
            self.peering.receive(frame)

    def buffered(self) -> int:
        return 0

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            remote = self.remote
            if self.open and remote is not None:
                arrival = max(self._arrival, self.world.clock.now) + 0.001
                self.world.clock.at(arrival, remote.hang_up)

    def hang_up(self) -> None:
        if not self.closed and not self.owner.dead:
            self.peering.ended("the channel was closed")


class FakeMember:
    """A member: its mesh, and the backend of that."""

    def __init__(
        self,
        world: World,
        member: str,
        *,
        key: str = KEY,
        number: int = 0,
        ancestors: tuple[str, ...] = (),
        ice_servers: Sequence[IceServer] = (),
        settings: MeshSettings | None = None,
    ) -> None:
        self.world = world
        self.member = member
        self.dead = False
        self.frozen = False
        self.broken_constructor = False
        self.hindrance: str | None = None
        self.ended = 0
        self.copied = 0
        self.callbacks = 0
        self.stops_at_callback = 0
        self.events: list[TransportEvent] = []
        self.peers: frozenset[str] = frozenset()
        self.received: dict[str, list[bytes]] = defaultdict(list)
        self.used_ice_servers: Sequence[IceServer] = ()
        self._kept: list[Callable[[], None]] = []
        self._socket: Socket | None = None
        self._wake_number = 0
        self.line: Line | None = None
        if number:
            self.line = Line(number, (*ancestors, f"{world.rng.getrandbits(64):016x}"))
        self.mesh = Mesh(
            member,
            key,
            self,
            clock=world.clock.time,
            rng=Random(world.rng.getrandbits(64)),
            deliver=self._deliver,
            peers_changed=self._on_peers,
            on_event=self._on_event,
            line=self.line,
            superseded=self._on_superseded,
            copied=self._on_copied,
            ice_servers=ice_servers,
            settings=settings,
        )

    def start(self) -> "FakeMember":
        self.mesh.start()
        return self

    def kill(self) -> None:
        """The renderer dies: its socket closes, its connections just fall silent."""
        self.dead = True
        self.lose_socket()

    def lose_socket(self) -> None:
        """The way to the introducer breaks, and the introducer notices."""
        if self._socket is not None:
            socket, self._socket = self._socket, None
            self.world.depart(socket, "lost")
            if self.dead:
                socket.open = False
            socket.break_off()

    def freeze(self) -> None:
        """The page stands still: no timer fires, and what arrives waits."""
        self.frozen = True

    def keep(self, arrival: Callable[[], None]) -> None:
        self._kept.append(arrival)

    def thaw(self) -> None:
        """It goes on, in the worst order: the timer first, then what arrived in the meantime."""
        self.frozen = False
        self.mesh.tick()
        kept, self._kept = self._kept, []
        for arrive in kept:
            arrive()

    def _on_event(self, event: TransportEvent) -> None:
        self.events.append(event)
        self._count()

    def _on_peers(self, peers: frozenset[str]) -> None:
        assert peers != self.peers, "told of a change that is none"
        self.peers = peers
        self._count()

    def _on_superseded(self) -> None:
        self.ended += 1

    def _on_copied(self) -> None:
        self.copied += 1

    def _count(self) -> None:
        self.callbacks += 1
        if self.callbacks == self.stops_at_callback:
            self.mesh.stop()

    def _deliver(self, peer: str, payload: bytes) -> None:
        assert peer in self.peers, "a message of someone who does not count as connected"
        self.received[peer].append(payload)

    # mesh.Backend

    def open_socket(self) -> None:
        self.close_socket()
        socket = self._socket = Socket(self)
        self.world.clock.after(0.005, lambda: self._finish_opening(socket))

    def _finish_opening(self, socket: Socket) -> None:
        if self._socket is socket and not self.dead:
            if self.world.introducer_is_up:
                self.mesh.socket_opened()
            else:
                socket.break_off()

    def send_text(self, text: str) -> None:
        socket = self._socket
        if socket is not None and socket.open:
            self.world.clock.after(0.001, lambda: self.world.hear(socket, text))

    def close_socket(self) -> None:
        if self._socket is not None:
            socket, self._socket = self._socket, None
            socket.open = False
            self.world.clock.after(0.002, lambda: self.world.depart(socket, "lost"))

    def connect(self, peering: Peering, ice_servers: Sequence[IceServer]) -> FakeConnection:
        if self.broken_constructor:
            raise OSError("no connection today")
        self.used_ice_servers = ice_servers
        return FakeConnection(self, peering)

    def wake_at(self, when: float) -> None:
        self._wake_number += 1
        number = self._wake_number
        self.world.clock.at(when, lambda: self._wake(number))

    def _wake(self, number: int) -> None:
        if number == self._wake_number and not self.dead and not self.frozen:
            self.mesh.tick()


def connected_in_one_way(members: Sequence[FakeMember]) -> bool:
    """Everybody is connected with everybody else, and both ends mean the same offer."""
    return all(
        one.peers == {other.member for other in members if other is not one} for one in members
    ) and all(
        one.mesh._peerings[two.member].offer == two.mesh._peerings[one.member].offer
        for one, two in itertools.combinations(members, 2)
    )
