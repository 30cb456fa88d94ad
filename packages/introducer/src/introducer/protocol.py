"""Rooms and members: who may say what to whom. No I/O, no clock.

The caller owns the sockets. It reports what happens to them through the `on_…` methods. Each
returns the connections that now have something to do: frames to send (`Connection.take`) and,
after those, perhaps an end (`Connection.closing`).

Two rules hold whatever a client sends:

- A member hears of and from members of its own room only, and a signal's sender is who it says.
- What one client does wrong ends that client's connection. The others learn that it left, no more.
"""

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from introducer.connection import Connection
from introducer.frames import (
    PROTOCOL,
    Elsewhere,
    IceServers,
    Join,
    Joined,
    Left,
    Reason,
    Refused,
    Relayed,
    Signal,
    Welcome,
    WelcomeLimits,
    decode,
    encode,
)
from introducer.limits import Limits, token_cost
from introducer.refusals import GOING_AWAY, LEFT, UNANSWERED, Closing, Code, RefusalError
from introducer.relays import IceServer
from introducer.starts import Start

Room = dict[str, Connection]

_REPLACED = (
    "This member has connected anew and the newer connection counts: reload, unless the member"
    " lives on in another window."
)


class Counts(Struct, frozen=True):
    """How much there is of everything now."""

    rooms: int
    members: int
    connections: int


class _Departure(Struct, frozen=True):
    room: str
    member: str
    reason: Reason


def _no_servers(_member: str) -> tuple[IceServer, ...]:
    return ()


class Introducer:
    """All rooms of one introducer. `ice_servers` says what a member is told of STUN and TURN."""

    def __init__(
        self,
        limits: Limits,
        ice_servers: Callable[[str], tuple[IceServer, ...]] = _no_servers,
    ) -> None:
        self._limits = limits
        self._ice_servers = ice_servers
        self._rooms: dict[str, Room] = {}
        self._connections: set[Connection] = set()
        self._opened = 0
        self._stopped = False
        # A dict as a set that keeps its order: the same inputs wake in the same order.
        self._ready: dict[Connection, None] = {}
        # Departures still to be told. Telling can overflow another queue, whose owner then departs
        # too: one queue of them instead of a recursion as deep as a room is large.
        self._departures: deque[_Departure] = deque()

    def counts(self) -> Counts:
        return Counts(
            rooms=len(self._rooms),
            members=sum(map(len, self._rooms.values())),
            connections=len(self._connections),
        )

    def on_opened(self, now: float) -> tuple[Connection, tuple[Connection, ...]]:
        """A client connected at `now`, in seconds of any clock that does not go back.

        The caller owes this connection one `on_closed`.
        """
        self._opened += 1
        connection = Connection(self._limits, now, self._opened)
        if self._stopped:
            self._end(connection, GOING_AWAY, "lost")
        elif len(self._connections) >= self._limits.connections:
            self._refuse(
                connection,
                RefusalError(
                    Code.TOO_MANY_CONNECTIONS,
                    f"All {self._limits.connections} connections are taken: try again in a minute.",
                ),
            )
        else:
            self._connections.add(connection)
        return connection, self._settle()

    def on_frame(
        self, connection: Connection, data: str | bytes, now: float
    ) -> tuple[Connection, ...]:
        """A text frame (str) or a binary frame (bytes) came, whole, at `now`."""
        if connection.closing is None:
            try:
                self._on_frame(connection, data, now)
            except RefusalError as refusal:
                self._refuse(connection, refusal)
        return self._settle()

    def on_join_overdue(self, connection: Connection) -> tuple[Connection, ...]:
        """The time for the first frame, `Limits.join_seconds`, is over. Does nothing if it came."""
        if connection.closing is None and connection.room is None:
            self._refuse(
                connection,
                RefusalError(
                    Code.NOT_JOINED,
                    f"No join came within {self._limits.join_seconds:g} seconds: connect again and"
                    " send it first.",
                ),
            )
        return self._settle()

    def on_ping_unanswered(self, connection: Connection) -> tuple[Connection, ...]:
        """A ping was not answered within `Limits.pong_seconds`: the member counts as lost."""
        if connection.closing is None:
            self._end(connection, UNANSWERED, "lost")
        return self._settle()

    def on_credentials_due(self) -> tuple[Connection, ...]:
        """What members were told of TURN servers expires soon: they are told anew."""
        members = [item for room in self._rooms.values() for item in room.items()]
        for member, connection in members:
            if connection.closing is None:
                self._deliver(connection, encode(IceServers(self._ice_servers(member))))
        return self._settle()

    def on_closed(self, connection: Connection) -> tuple[Connection, ...]:
        """The connection ended, whoever ended it. Idempotent."""
        self._connections.discard(connection)
        self._depart(connection, "lost")
        return self._settle()

    def on_stop(self) -> tuple[Connection, ...]:
        """Close every connection, and those that still come, with 1001; tell nobody who left."""
        self._stopped = True
        self._rooms.clear()
        for connection in self._connections:
            connection.room = connection.member = connection.start = None
            if connection.closing is None:
                connection.close(GOING_AWAY)
                self._ready[connection] = None
        return self._settle()

    def _on_frame(self, connection: Connection, data: str | bytes, now: float) -> None:
        if isinstance(data, bytes):
            raise RefusalError(
                Code.BAD_FRAME,
                "Send text frames with JSON in them, not binary ones, and connect again.",
            )
        encoded = data.encode("utf-8", "surrogatepass")
        self._check_size_and_rate(connection, len(encoded), now)
        frame = decode(encoded)
        if isinstance(frame, Join):
            self._on_join(connection, frame)
        elif connection.room is None or connection.member is None:
            raise RefusalError(Code.NOT_JOINED, "Connect again and send join before anything else.")
        elif isinstance(frame, Signal):
            self._on_signal(connection.room, connection.member, frame)
        else:
            self._end(connection, LEFT, "left")

    def _check_size_and_rate(self, connection: Connection, size: int, now: float) -> None:
        if size > self._limits.message_bytes:
            raise RefusalError(
                Code.TOO_LARGE,
                f"A frame may have {self._limits.message_bytes} bytes and this one had {size}:"
                " connect again and send only what introduces you; data has its own channels.",
            )
        if not connection.bucket.take(token_cost(size), now):
            raise RefusalError(
                Code.TOO_FAST,
                f"More than {self._limits.rate:g} frames or KiB a second for too long: wait,"
                " connect again and send less often.",
            )

    def _on_join(self, connection: Connection, join: Join) -> None:
        if connection.room is not None:
            raise RefusalError(
                Code.ALREADY_JOINED,
                "This connection has joined a room: open one connection for each room and member.",
            )
        replaced = self._rooms.get(join.room, {}).get(join.member)
        older = None
        if replaced is None:
            self._check_capacity(join.room)
        else:
            older = self._replace(replaced, connection, join.start)
        room = self._rooms.setdefault(join.room, {})
        others = dict(room)
        room[join.member] = connection
        connection.room, connection.member = join.room, join.member
        connection.start = join.start
        self._deliver(connection, encode(self._welcome(join.member, tuple(others), older)))
        joined = encode(Joined(join.member))
        for other in others.values():
            self._deliver(other, joined)

    def _replace(self, old: Connection, new: Connection, start: Start | None) -> Start | None:
        """The member joins anew, perhaps as a newer start of it; return the older start then.

        :raises RefusalError: `superseded`, if it joins as an older start; `replaced`, if it is no
            newer one, on a connection that is not newer either
        """
        if old.start is not None and start is not None and old.start.is_newer_than(start):
            self._deliver(old, encode(Elsewhere(start)))
            raise RefusalError(
                Code.SUPERSEDED,
                "This member runs elsewhere, where it was started later: go on there. A copied"
                " profile or data directory cannot take part beside the original.",
                by=old.start,
            )
        older = old.start if start is not None and start.is_newer_than(old.start) else None
        if older is None and new.number < old.number:
            # Its client gave it up, and what it had sent was long under way. The one that counts
            # must not hear "replaced" because of that: it would never come back by itself.
            raise RefusalError(Code.REPLACED, _REPLACED)
        self._refuse(
            old,
            RefusalError(Code.REPLACED, _REPLACED, by=None if older is None else start),
            reason="replaced",
        )
        self._tell_departures()  # before `joined`: the others see one member, never two
        return older

    def _welcome(self, member: str, members: tuple[str, ...], older: Start | None) -> Welcome:
        limits = WelcomeLimits(
            message_bytes=self._limits.message_bytes,
            room_members=self._limits.room_members,
            rate=self._limits.rate,
            burst=self._limits.burst,
        )
        return Welcome(
            protocol=PROTOCOL,
            member=member,
            members=members,
            limits=limits,
            ice_servers=self._ice_servers(member),
            replaced=older,
        )

    def _check_capacity(self, name: str) -> None:
        if len(self._rooms.get(name, ())) >= self._limits.room_members:
            raise RefusalError(
                Code.ROOM_FULL,
                f"This room has all of its {self._limits.room_members} members: close one of its"
                " windows and try again, or start another cluster.",
            )
        if name not in self._rooms and len(self._rooms) >= self._limits.rooms:
            raise RefusalError(
                Code.TOO_MANY_ROOMS,
                f"All {self._limits.rooms} rooms are taken: try again later, or run an introducer"
                " of your own.",
            )

    def _on_signal(self, room: str, sender: str, signal: Signal) -> None:
        receiver = self._rooms[room].get(signal.to)
        if receiver is None or signal.to == sender:
            raise RefusalError(
                Code.UNKNOWN_PEER,
                f"No other member {signal.to} is in this room: wait until it has joined, and"
                " start anew.",
            )
        self._deliver(receiver, encode(Relayed(sender, signal.body)))

    def _refuse(
        self, connection: Connection, refusal: RefusalError, reason: Reason = "lost"
    ) -> None:
        """Tell a client what was refused. If that is fatal it leaves its room for `reason`."""
        closing = refusal.closing
        fatal = closing is not None
        frame = encode(Refused(refusal.code, refusal.message, fatal=fatal, by=refusal.by))
        if closing is None:
            self._deliver(connection, frame)
        else:
            self._end(connection, closing, reason, frame)

    def _end(
        self,
        connection: Connection,
        closing: Closing,
        reason: Reason,
        last_frame: bytes | None = None,
    ) -> None:
        connection.close(closing, last_frame)
        self._ready[connection] = None
        self._depart(connection, reason)

    def _deliver(self, connection: Connection, frame: bytes) -> None:
        """Queue a frame; a connection whose queue is full is a slow reader and ends here."""
        self._ready[connection] = None
        if not connection.put(frame):
            self._refuse(
                connection,
                RefusalError(
                    Code.SLOW_READER,
                    "More waits here for you than the queue holds: connect again, and read what"
                    " comes as it comes.",
                ),
            )

    def _depart(self, connection: Connection, reason: Reason) -> None:
        """Take a connection out of its room, and free the room if it was the last."""
        name, member = connection.room, connection.member
        connection.room = connection.member = connection.start = None
        if name is None or member is None:
            return
        room = self._rooms[name]
        del room[member]
        if not room:
            del self._rooms[name]
        self._departures.append(_Departure(name, member, reason))

    def _tell_departures(self) -> None:
        while self._departures:
            departure = self._departures.popleft()
            left = encode(Left(departure.member, departure.reason))
            for other in tuple(self._rooms.get(departure.room, {}).values()):
                self._deliver(other, left)

    def _settle(self) -> tuple[Connection, ...]:
        """The end of every input: tell who departed, and hand over who has something to do."""
        self._tell_departures()
        ready = tuple(self._ready)
        self._ready.clear()
        return ready
