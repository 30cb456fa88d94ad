"""What a person sees of how the cluster stands, and what is theirs to decide, while a member runs.

Four things that never happen by themselves: to go on with what one member has, to put a member in a
lost one's place, to clear what a removed member has left, to have the browser keep what is stored.
The words of each are in a module of its own; here they are brought together. It runs without a
browser: what draws is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from raft_web import keeping, recovering, replacing
from raft_web.doubts import Doubts
from raft_web.panel import MemberRow, member_rows
from raft_web.replacing import Members

if TYPE_CHECKING:
    from raft_core import Status
    from raft_web.asking import Asking
    from raft_web.keeping import Keeping
    from raft_web.messages import MessageBar
    from raft_web.panel import Row
    from raft_web.recovering import Recovery
    from raft_web.replacing import Action

LOOK_EVERY: Final = 30.0
"""Seconds between two questions to the browser for how much room there is."""
MOMENT: Final = 8.0
"""Seconds for which a note is shown that needs no answer."""


class Button(NamedTuple):
    """What a person can do about a member of the list."""

    action: Action
    busy: bool

    @property
    def label(self) -> str:
        """What it says now."""
        return self.action.busy_label if self.busy else self.action.label


class Then(Enum):
    """What to do when the member has stopped, before it starts again."""

    RECOVER = "go on as a cluster of one, with what this member has"
    BEGIN_ANEW = "clear what is stored here, and join as a new member"


class Screen(Protocol):
    """What shows all this."""

    def members(self, rows: Sequence[tuple[MemberRow, Sequence[Button]]]) -> None:
        """The list of members, with what can be done about each."""

    def recovery(self, offer: Recovery | None) -> None:
        """The choice of a survivor; None: there is none to make."""

    def removed(self, *, shown: bool) -> None:
        """That this member is out, and how it comes in again."""

    def tight(self, warning: str) -> None:
        """That room gets short; "": it does not."""

    def may_ask_to_keep(self, *, shown: bool) -> None:
        """The button by which a person has the browser asked."""

    def open_recovery(self) -> None:
        """Show the choice of a survivor, which may be folded away."""


class MemberNode(Members, Protocol):
    """What is asked of `raft_core.Node`."""

    def status(self) -> Status:
        """See there."""

    def ask_what_others_have(self) -> None:
        """See there."""


class World(NamedTuple):
    """What it takes from the page around it."""

    clock: Callable[[], float]  # seconds, never going back
    spawn: Callable[[Coroutine[Any, Any, None]], None]  # runs it, and shows what it raises
    later: Callable[[float, Callable[[], None]], Any]  # calls back after so many seconds
    mark: Callable[[], None]  # has everything drawn again
    stop: Callable[[Then], None]  # stops the member, does this, and starts again
    ask_to_keep: Callable[[], None]  # asks the browser to keep what is stored
    local_room: Callable[[], int | None]  # see `keeping.warning`


class Deciding:
    """What is shown and offered for one running member."""

    def __init__(
        self,
        node: MemberNode,
        screen: Screen,
        *,
        messages: MessageBar,
        asking: Asking,
        keeping: Keeping,
        world: World,
    ) -> None:
        self._node = node
        self._screen = screen
        self._messages = messages
        self._keeping = keeping
        self._world = world
        self._asking = asking
        self._lost = recovering.Lost(node.ask_what_others_have)
        self._offered = False
        self._doubts = Doubts()
        self._replacing = replacing.Replacing(node, self._say, world.mark)
        self._looked: float | None = None
        self._local_room: int | None = None

    @property
    def offers(self) -> bool:
        """Whether a person may choose a survivor now."""
        return self._offered

    def rows(self) -> list[Row]:
        """More facts for the panel."""
        return keeping.rows(self._keeping.kept)

    # ------------------------------------------------------------------------------- what is shown

    def now_and_then(self, status: Status) -> None:
        """To be called once or twice a second, while somebody can see it."""
        now = self._world.clock()
        offered = self._lost.look(status, now)
        if offered or offered is not self._offered:
            self._offered = offered
            self._world.mark()
        if self._looked is None or now - self._looked >= LOOK_EVERY:
            self.look_at_storage()

    def look_at_storage(self) -> None:
        """Ask the browser how much room there is; the answer is drawn when it comes."""
        self._looked = self._world.clock()
        self._world.spawn(self._look_at_storage())

    async def _look_at_storage(self) -> None:
        await self._keeping.look()
        self._local_room = self._world.local_room()
        self._world.mark()

    def status_changed(self, status: Status) -> None:
        """Say what is new about members that may have forgotten something."""
        notes = self._doubts.look(status)
        for text in notes.over:
            self._messages.dismiss(text)
        for text in notes.new:
            self._messages.show(text, "note")
        for text in notes.passing:
            self._say(text, well=True)

    def draw(self, status: Status) -> None:
        """Show all that is so now."""
        found = replacing.actions(status)
        under_way = self._replacing.under_way
        self._screen.members(
            [
                (row, [Button(one, one == under_way) for one in found.get(row.node_id, ())])
                for row in member_rows(status)
            ]
        )
        self._screen.recovery(recovering.recovery(status) if self._offered else None)
        self._screen.removed(shown=status.removed)
        kept = self._keeping.kept
        self._screen.tight(keeping.warning(kept, local_room=self._local_room))
        self._screen.may_ask_to_keep(shown=kept.promised is False)

    # ------------------------------------------------------------------------------ what is decided

    def act(self, name: str, facts: Callable[[str], str]) -> None:
        """A person has clicked; `facts` gives what is written at the element."""
        match name:
            case "recovery":
                self._screen.open_recovery()
            case "recover":
                status = self._node.status()
                self._asking.ask(recovering.question(status), self._recover)
            case "replace" | "remove":
                self._ask_to_change(replacing.Action(name, facts("member"), facts("by")))
            case "begin-anew":
                self._world.stop(Then.BEGIN_ANEW)
            case "keep":
                self._world.ask_to_keep()

    def _recover(self) -> None:
        status = self._node.status()
        if recovering.is_lost(status):
            self._world.stop(Then.RECOVER)
        elif status.problem is not None or status.removed:  # the screen says why
            self._say("This member does not run any more: nothing was given up.", well=True)
        else:
            self._say("Enough members are here again: nothing was given up.", well=True)

    def _ask_to_change(self, action: Action) -> None:
        if self._replacing.under_way is not None:
            self._say("Another change of the members is under way.", well=True)
            return
        question = replacing.question(action, self._node.status())
        self._asking.ask(question, lambda: self._change(action))

    def _change(self, action: Action) -> None:
        if action.member in self._node.status().connected:
            text = f"{action.member} is here again: the members were not changed."
            self._say(text, well=True)
        else:
            self._world.spawn(self._replacing.do(action))

    def _say(self, text: str, well: bool) -> None:  # noqa: FBT001  (a sentence is good news or not)
        self._messages.show(text, "note" if well else "error")
        if well:
            self._world.later(MOMENT, lambda: self._messages.dismiss(text))
