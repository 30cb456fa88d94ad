"""What the run asks of a member, whatever it is. Each kind of them has a file of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from raft_core import Status
from tests.chaos.app.src.chaos.answers import Answer
from tests.chaos.app.src.chaos.wires import Cuts
from tests.chaos.history import Wanted
from tests.chaos.plan import Kind
from transport_webrtc.session import Durability

OPERATION_SECONDS: Final = 5.0
"""What a member gets to answer an operation."""
START_SECONDS: Final = 90.0
"""What it gets to start in: a browser, Python in it, and a machine that has other things to do."""


class Session:
    """The cluster that all members are to be in."""

    def __init__(self, durability: Durability, introducer: str) -> None:
        self.durability = durability
        self.introducer = introducer
        self.key = ""
        """There once somebody has begun it."""


class NotThere(Exception):
    """The member does not run, or cannot be asked now."""


class Member(ABC):
    """One member: a process, or a browser with a window. What is undone twice is done once."""

    kind: Kind

    def __init__(self, name: str, session: Session) -> None:
        self.name = name
        self._session = session
        self.complaints: list[str] = []
        """What its page or process said that it should not say."""
        self.version = ""
        """Of what it runs in; there once it has run."""

    # --- its life -------------------------------------------------------------------------------

    @abstractmethod
    async def found(self) -> None:
        """Start it for the first time, and begin the cluster; the session has its key then."""

    @abstractmethod
    async def start(self) -> None:
        """Start it, for the first time or again; it need not be ready. Does nothing if it runs."""

    @abstractmethod
    async def kill(self) -> None:
        """SIGKILL for all of it."""

    @abstractmethod
    async def close(self) -> None:
        """End it in order, as a person would."""

    @abstractmethod
    async def freeze(self) -> None:
        """Stop its process; it is not told.

        :raises NotThere: it has none
        """

    @abstractmethod
    async def thaw(self) -> None:
        """Let it go on."""

    @abstractmethod
    async def slow(self, times: float) -> None:
        """So many times slower than it was; 1: as fast as ever.

        :raises NotThere: there is nothing that could be made slow
        """

    @abstractmethod
    async def clear(self) -> None:
        """Take away all that it has stored, and leave it closed."""

    # --- its wires ------------------------------------------------------------------------------

    @abstractmethod
    async def cut(self, cuts: Cuts) -> None:
        """From now on what it says to these does not leave; they are named by their ids."""

    # --- what is asked of it --------------------------------------------------------------------

    @abstractmethod
    async def ask(self, wanted: Wanted) -> Answer:
        """Have it done, and tell how it ended; it may take for ever while it is frozen.

        :raises NotThere: nothing was begun
        """

    @abstractmethod
    async def status(self) -> Status:
        """What it knows.

        :raises NotThere: it does not answer
        """

    @abstractmethod
    async def everything(self) -> Answer:
        """All there is, in one linearizable read: its value is JSON.

        :raises NotThere: it does not answer
        """

    @abstractmethod
    async def items(self) -> dict[str, str]:
        """All that it has, perhaps behind.

        :raises NotThere: it does not answer
        """

    @abstractmethod
    async def replace(self, old: str, new: str) -> Answer:
        """Have it put `new` in the place of `old`.

        :raises NotThere: it does not answer
        """

    @property
    def ended(self) -> str:
        """Why it ended, if nobody ended it; "" otherwise. Gone when it is started again."""
        return ""

    async def complaint(self) -> str:
        """What it shows to a person who looks why it does not run; "" if it shows nothing."""
        return ""
