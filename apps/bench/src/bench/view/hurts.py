"""The buttons that hurt: what they do to the cluster, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bench.hurting import freeze_seconds
from bench.view.dom import Words, button, panel
from raft_core.errors import RaftError
from raft_web.elements import make

if TYPE_CHECKING:
    from raft_web.app import Inside


class Hurts:
    """Works on the member in this window; `name` says what people call a member."""

    def __init__(
        self, inside: Inside, name: Callable[[str | None], str], leaving: Callable[[], None]
    ) -> None:
        self._inside = inside
        self._name = name
        self._leaving = leaving
        self._said = Words(make("p", "said", role="status", data_testid="hurt-said"))
        self._problem = Words(make("p", "problem", id="bench-freeze-problem", role="alert"))
        self._countdown = Words(make("p", "countdown", role="timer", data_testid="countdown"))
        self._drops = make("p", "buttons")
        self._peers: object = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._seconds = make(
            "input",
            "",
            id="bench-freeze",
            value="5",
            inputmode="decimal",
            autocomplete="off",
            aria_describedby="bench-freeze-problem",
            data_testid="freeze-seconds",
        )
        rows = make("div", "hurt-rows", *self._rows())
        self.element = panel("Put it to the test", rows, self._said.element, id_="hurt")

    def _rows(self) -> list[Any]:
        return [
            make(
                "div",
                "hurt-row",
                button("Step down", self._step_down, data_testid="step-down"),
                make("p", "quiet", "The leader hands over to another member."),
            ),
            make(
                "div",
                "hurt-row",
                self._drops,
                make("p", "quiet", "Drop a link: it comes back by itself."),
            ),
            make(
                "div",
                "hurt-row",
                make(
                    "p",
                    "buttons",
                    make("label", "unseen", "Seconds to freeze", for_="bench-freeze"),
                    self._seconds,
                    button("Freeze", self._freeze, data_testid="freeze"),
                ),
                make(
                    "p",
                    "quiet",
                    "For so many seconds this member hears nothing, sends nothing, and its clock "
                    "stands still. The window and its links live on.",
                ),
                self._problem.element,
                self._countdown.element,
            ),
            make(
                "div",
                "hurt-row",
                button("Leave", self._leave, data_testid="leave"),
                make(
                    "p",
                    "quiet",
                    "Stops this member in good order. It stays a voter, and comes back when this "
                    "address is opened again.",
                ),
            ),
        ]

    def show(self, peers: Mapping[str, str]) -> None:
        """Offer to drop these links: members in reach, and their names."""
        model = tuple(sorted(peers.items(), key=lambda one: one[1]))
        if model != self._peers:
            self._peers = model
            none = make("button", "", "No link", type="button", disabled="")
            drops = [self._drop_button(peer, name) for peer, name in model]
            self._drops.replaceChildren(*(drops or [none]))
        left = self._inside.frozen_for
        self._countdown.say(f"Frozen, for {left:.0f} more seconds." if left else "")

    def _drop_button(self, peer: str, name: str) -> Any:
        label = f"Drop the link to {name}"
        return button(name, lambda: self._drop(peer), aria_label=label, data_testid="drop-link")

    def _step_down(self) -> None:
        self._said.say("Asking the leader to hand over.")
        task = asyncio.get_running_loop().create_task(self._hand_over())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_over(self) -> None:
        try:
            leader = await self._inside.step_down()
        except RaftError as error:
            self._said.say(f"Nobody took over: {error}.")
        else:
            self._said.say(f"{self._name(leader)} leads now.")

    def _drop(self, peer: str) -> None:
        dropped = self._inside.drop_link(peer)
        name = self._name(peer)
        self._said.say(
            f"The link to {name} is dropped." if dropped else f"There is no link to {name} now."
        )

    def _freeze(self) -> None:
        seconds, problem = freeze_seconds(str(self._seconds.value))
        self._problem.say(problem)
        self._seconds.setAttribute("aria-invalid", "true" if problem else "false")
        if problem:
            self._seconds.focus()
        else:
            self._inside.freeze(seconds)
            self._countdown.say(f"Frozen, for {seconds:g} more seconds.")

    def _leave(self) -> None:
        self._leaving()
        self._inside.leave()
