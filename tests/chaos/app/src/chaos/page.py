"""The key/value store of raft_core in a page, for a program that asks it and takes its wires away.

    chaos.put(key, value, seconds)             each a Promise of JSON, an `Answer`; never rejected
    chaos.cas(key, expected, value, seconds)   expected: null for a key that is not there
    chaos.get(key, seconds)
    chaos.replace(old, new, seconds)           members: `Node.change_members(replace=...)`
    chaos.everything(seconds)                  value: JSON of all there is, as one read
    chaos.items()                              JSON: all that this member has, perhaps behind
    chaos.status()                             JSON: `Status`, as raft_core has it
    chaosWires.cut(cutsJSON)                   `Cuts`: to whom nothing goes out any more

`chaos` is there once the app is mounted, `chaosWires` before the member runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from js import Object, Promise, document, globalThis
from pyodide.ffi import create_once_callable, create_proxy, to_js

from chaos.answers import Answer, answer_of
from chaos.wires import Wires
from raft_core.errors import RaftError
from raft_core.keyvalue import CompareAndSet, KeyValue, Put
from raft_web.app import FullMember
from raft_web.dom import JsElement
from transport_webrtc.browser_connection import BrowserConnection

wires = Wires(BrowserConnection)


class ChaosPage:
    """Shows how many keys there are; the rest is for programs."""

    name = "chaos"

    def __init__(self) -> None:
        hang("chaosWires", {"cut": wires.cut_json})

    def make_state(self) -> KeyValue:
        return KeyValue()

    def mount(self, member: FullMember, root: JsElement) -> None:
        self._member = member
        self._count = document.createElement("output")
        root.append(self._count)
        hook = Hook(member)
        names = ("put", "cas", "get", "everything", "replace", "items", "status")
        hang("chaos", {name: getattr(hook, name) for name in names})

    def refresh(self) -> None:
        self._count.textContent = f"{len(self._member.state.items)} keys"


class Hook:
    """What `globalThis.chaos` can do."""

    def __init__(self, member: Any) -> None:
        self._member = member
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, key: str, value: str, seconds: float) -> Any:
        return self._propose(Put(key, value), seconds)

    def cas(self, key: str, expected: str | None, value: str, seconds: float) -> Any:
        known = expected if isinstance(expected, str) else None  # null is a thing of its own here
        return self._propose(CompareAndSet(key, known, value), seconds)

    def get(self, key: str, seconds: float) -> Any:
        return self._read(lambda state: state.items.get(key), seconds)

    def everything(self, seconds: float) -> Any:
        return self._read(lambda state: msgspec.json.encode(state.items).decode(), seconds)

    def replace(self, old: str, new: str, seconds: float) -> Any:
        def begin(done: Callable[[Any], None]) -> None:
            async def change() -> None:
                node = self._member._node
                try:
                    await node.change_members(replace={old: new}, timeout=seconds)
                    done(None)
                except RaftError as error:
                    done(error)

            task = asyncio.get_running_loop().create_task(change())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return promised(begin)

    def items(self) -> str:
        return msgspec.json.encode(self._member.state.items).decode()

    def status(self) -> str:
        return msgspec.json.encode(self._member.status).decode()

    def _read(self, query: Callable[[KeyValue], str | None], seconds: float) -> Any:
        def begin(done: Callable[[Any], None]) -> None:
            def read(found: Any) -> None:
                done(found if isinstance(found, RaftError) else query(found))

            self._member.submit_read(read, timeout=seconds)

        return promised(begin)

    def _propose(self, command: Put | CompareAndSet, seconds: float) -> Any:
        return promised(lambda done: self._member.submit(command, done, timeout=seconds))


def promised(begin: Callable[[Callable[[Any], None]], None]) -> Any:
    """A Promise of the answer that `begin` gives to `done`; what it raises was not begun."""

    def start(resolve: Any, _reject: Any) -> None:
        def done(found: Any) -> None:
            resolve(msgspec.json.encode(answer_of(found)).decode())

        try:
            begin(done)
        except RaftError as error:
            refusal = Answer("refused", why=f"{type(error).__name__}: {error}")
            resolve(msgspec.json.encode(refusal).decode())

    return Promise.new(create_once_callable(start))


def hang(name: str, calls: dict[str, Callable[..., Any]]) -> None:
    """Put an object with these functions onto the page."""
    proxies = {each: create_proxy(call) for each, call in calls.items()}
    setattr(globalThis, name, to_js(proxies, dict_converter=Object.fromEntries))
