"""How long this browser keeps what is stored here, and how much more it takes.

A browser may throw a site's data away when its disk gets full, unless it has promised not to
(`navigator.storage.persist()`). It promises when it thinks that the site matters to its person, or
asks the person. So it is asked on a person's click, and not again once there is an answer.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from raft_web.panel import Row, size

LOCAL_QUOTA: Final = 5 * 1024 * 1024
"""Code units of local storage that browsers grant an origin."""

_FEW: Final = 100 * 1024 * 1024


_PROMISE: Final = {
    True: "by nobody but you: the browser has promised it",
    False: "by the browser, when its disk gets full",
    None: "this browser does not say",
}

_WHAT_THEN: Final = (
    "When it is full, this member stops. Remove what is not needed any more, or clear other "
    "sessions on the start page."
)


class Kept(NamedTuple):
    """What the browser says. None: it does not say."""

    promised: bool | None = None
    used: int | None = None  # bytes of this site, roughly: browsers round it
    granted: int | None = None


def rows(kept: Kept) -> list[Row]:
    """The facts for the panel."""
    return [
        Row("site-storage", "This site in all", _used(kept)),
        Row("promise", "May be cleared", _PROMISE[kept.promised]),
    ]


def _used(kept: Kept) -> str:
    if kept.used is None or kept.granted is None:
        return "this browser does not say"
    return f"{size(kept.used)} of {size(kept.granted)}"


def warning(kept: Kept, *, local_room: int | None) -> str:
    """What a person should know before it is too late; nothing while there is room.

    :param local_room: code units that local storage still takes, of all the site's pages together;
        None if this member does not depend on it
    """
    if local_room is not None and local_room < LOCAL_QUOTA // 10:
        return (
            "This browser's local storage for this site is almost full: "
            f"{size(max(local_room, 0))} of {size(LOCAL_QUOTA)} are left. {_WHAT_THEN}"
        )
    if kept.used is None or kept.granted is None:
        return ""
    left = kept.granted - kept.used
    if left < min(kept.granted // 10, _FEW):
        return (
            f"This browser has little room left for this site: {size(max(left, 0))} of "
            f"{size(kept.granted)}. {_WHAT_THEN}"
        )
    return ""


class Keeping:
    """Asks the browser's `StorageManager`; one that lacks a part of it says nothing of that part.

    :param manager: `navigator.storage`, or what there is in its place
    :param permissions: `navigator.permissions`, the same
    """

    def __init__(self, manager: Any, permissions: Any) -> None:
        self._manager = manager
        self._permissions = permissions
        self.kept = Kept()

    async def look(self) -> Kept:
        """What it says now."""
        promised = await self._ask("persisted")
        estimate = await self._ask("estimate")
        self.kept = Kept(
            None if promised is None else bool(promised),
            None if estimate is None else int(estimate.usage),
            None if estimate is None else int(estimate.quota),
        )
        return self.kept

    async def request(self, descriptor: Any) -> None:
        """Ask it to keep what is stored here, on a person's click; not if it has answered.

        :param descriptor: `{name: "persistent-storage"}`, as a JavaScript object
        """
        if await self._ask("persisted") or await self._is_denied(descriptor):
            return
        await self._ask("persist")
        await self.look()

    async def _is_denied(self, descriptor: Any) -> bool:
        """A person has said no. Who says nothing of it may be asked: then it asks nobody."""
        try:
            answer = await self._permissions.query(descriptor)
        except Exception:  # noqa: BLE001  JsException exists only inside Pyodide
            return False
        return str(answer.state) == "denied"

    async def _ask(self, name: str) -> Any:
        try:
            return await getattr(self._manager, name)()
        except Exception:  # noqa: BLE001  JsException exists only inside Pyodide
            return None
