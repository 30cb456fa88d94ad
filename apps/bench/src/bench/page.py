"""The bench as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from js import document

from bench.automation import Automation, environment
from bench.runner import Runner
from bench.state import BenchState

if TYPE_CHECKING:
    from raft_web.app import FullMember
    from raft_web.dom import JsElement


class BenchPage:
    """Satisfies `raft_web.app.Page`."""

    name = "bench"

    _member: FullMember
    _writes: Any

    def make_state(self) -> BenchState:
        return BenchState()

    def mount(self, member: FullMember, root: JsElement) -> None:
        """Draw into `root`."""
        self._member = member
        self._automation = Automation(Runner(member, environment=environment()))
        self._writes = document.createElement("p")
        root.append(self._writes)
        self.refresh()

    def refresh(self) -> None:
        """Show what is there now."""
        self._writes.textContent = f"{self._member.state.writes} writes"
