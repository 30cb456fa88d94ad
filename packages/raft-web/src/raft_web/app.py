"""What an app gives the shell (`Page`) and what it gets from the shell (`Member`, `FullMember`).

An app is a wheel with a class that satisfies `Page`, named in its `pyproject.toml`:

    [tool.raft-web]
    entry = "todo.page:TodoPage"
    title = "todos"
    durability = "disk"  # or "browser": of clusters that are started without a choice
    styles = ["node_modules/todomvc-app-css/index.css", "src/todo/static/todo.css"]
    scripts = []  # classic ones, for what needs JavaScript; they may come after the app is mounted

The entry is called once without arguments. Everything here runs on the page's main thread, so
nothing in it may block.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from raft_core import Config, Status
    from raft_core.events import Event
    from raft_web.dom import JsElement


class Link(NamedTuple):
    """A link to another member."""

    state: str  # "waiting", "connecting", "connected"
    round_trip: float | None  # seconds, of the last ping; None before the first
    buffered: int  # bytes that wait to be sent


class Inside(Protocol):
    """What is under the member, for an app that shows it or puts it to the test."""

    @property
    def durability(self) -> str:
        """Where the cluster's windows have what they acknowledge: "disk", or "browser"."""

    @property
    def storage_used(self) -> int:
        """What the journal takes: in bytes on the disk, in UTF-16 code units in the browser."""

    @property
    def storage_quota(self) -> int | None:
        """What this site may take in all, in the same units; None if the browser does not say."""

    @property
    def links(self) -> Mapping[str, Link]:
        """The links to everyone in the session's room, by member."""

    async def paths(self) -> Mapping[str, str]:
        """How each connected member is reached, "direct" or "relayed", if the browser says it.

        It asks the browser each time, which costs a few milliseconds.
        """

    def step_down(self) -> Awaitable[str]:
        """Have another member lead than the one that does; the awaitable gives who leads then.

        As `raft_core.Node.transfer_leadership`, which says what it raises.
        """

    def drop_link(self, peer: str) -> bool:
        """End the link as if it had failed; it comes back by itself. False: there is none."""

    def freeze(self, seconds: float) -> None:
        """Stop the member, and not the window: it hears and sends nothing, its clock stands still.

        A second call changes how long it goes on. Links are kept up meanwhile: this is about the
        member and not about the network.
        """

    @property
    def frozen_for(self) -> float:
        """Seconds until the member goes on; 0 while it is not frozen."""

    def leave(self) -> None:
        """Stop the member in good order; the shell then says how it comes back.

        It stays a voter: the others count on its return.
        """


class Member(Protocol):
    """The member of the cluster that lives in this window, as an app sees it."""

    @property
    def state(self) -> Any:
        """The local replica: readable at any time, possibly behind. Change it only by `propose`."""

    @property
    def status(self) -> Status:
        """What this member knows of the cluster now."""

    @property
    def route(self) -> str:
        """The part of the URL's fragment after the session key: "/", "/active", ..."""

    @property
    def can_write(self) -> bool:
        """A leader is known and the storage takes writes: a proposal may be expected to succeed."""

    def propose(self, command: Any) -> Awaitable[Any]:
        """Replicate `command`; the awaitable gives what `apply` returned once it is committed.

        It starts at once: a caller that has no use for the result need not await it. A failure is
        raised from the awaitable as `raft_core.errors.RaftError`, and the shell shows it as a
        sentence.
        """

    def link(self, route: str) -> str:
        """An href to `route` that keeps the session in the fragment: "#<key>/active"."""


class FullMember(Member, Protocol):
    """A member with what few apps need: those that work it hard, or look at it closely.

    Every member that the shell mounts an app with is one; an app that needs less says `Member`.
    """

    @property
    def config(self) -> Config:
        """The member's settings."""

    def submit(
        self, command: Any, done: Callable[[Any], None], *, timeout: float | None = None
    ) -> None:
        """`propose` for those who send very many: `done` gets the result or the `RaftError`.

        It is called once, perhaps before this returns; see `raft_core.Node.submit` for what is
        raised instead. The shell shows nothing of what fails.
        """

    def submit_read(self, done: Callable[[Any], None], *, timeout: float | None = None) -> None:
        """Read linearizably: `done` gets the state as it is now, or the `RaftError`.

        It is called once, perhaps before this returns, and changes nothing; see
        `raft_core.Node.submit_read`.
        """

    def observe_events(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with each event of `raft_core.events`; returns the end of it."""

    @property
    def inside(self) -> Inside:
        """What is under it, to be shown or put to the test."""


class Page(Protocol):
    """An app: a state to replicate and how it is drawn."""

    name: str  # lower-case letters, digits and dashes; in storage keys and in the path /NAME/

    def make_state(self) -> Any:
        """A new, empty state (`raft_core.State`): the same on every member."""

    def mount(self, member: FullMember, root: JsElement) -> None:
        """Draw into `root`. Called once, when the member runs."""

    def refresh(self) -> None:
        """Draw again: commands were applied, or the route or the status changed.

        At most twenty times a second.
        """
