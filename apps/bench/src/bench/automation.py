"""The page's hook for programs: `globalThis.bench`.

    bench.run(planJSON)   a Promise of the result's JSON; rejected with a sentence if the plan is
                          wrong, or a run is under way
    bench.stop()          ends the run; the promise gives what there is
    bench.status()        JSON: how far it is
    bench.pictures(on)    whether the page draws what happens; off, the processor is for the run

It is there once the app is mounted, so that its absence says "not yet".
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import msgspec
from js import Error, Object, Promise, document, globalThis, location, navigator
from pyodide.ffi import create_once_callable, create_proxy, to_js

from bench.plan import InvalidPlan, parse_plan
from bench.result import Environment, Result
from bench.runner import AlreadyRunning, Runner
from raft_core.errors import Stopped

PACKAGES: Final = (
    *("bench", "raft-core", "raft-web", "transport-webrtc", "storage-localstorage"),
    *("msgspec", "anyio"),
)


class Automation:
    """Puts the hook onto the page, and tells `runner` when the window is hidden."""

    def __init__(self, runner: Runner, pictures: Callable[[bool], None]) -> None:
        self._runner = runner
        hook = {
            "run": self.run,
            "stop": runner.stop,
            "status": self.status,
            "pictures": pictures,
        }
        proxies = {name: create_proxy(call) for name, call in hook.items()}
        globalThis.bench = to_js(proxies, dict_converter=Object.fromEntries)
        document.addEventListener("visibilitychange", create_proxy(self._on_visibility))
        if document.hidden:
            self._on_visibility(None)

    def run(self, plan: str = "{}") -> Any:
        """Begin a run; a Promise of its result."""

        def begin(resolve: Any, reject: Any) -> None:
            def done(result: Result) -> None:
                resolve(result.to_json())

            try:
                self._runner.start(parse_plan(plan), done)
            except (InvalidPlan, AlreadyRunning, Stopped) as error:
                reject(Error.new(str(error)))

        return Promise.new(create_once_callable(begin))

    def status(self) -> str:
        """How far it is, as JSON."""
        return msgspec.json.encode(self._runner.status()).decode()

    def _on_visibility(self, _event: Any) -> None:
        self._runner.visibility_changed(hidden=bool(document.hidden))


def environment(durability: str) -> Environment:
    """Where this page runs, and where its cluster keeps what it acknowledges."""
    return Environment(
        durability=durability,
        browser=str(navigator.userAgent),
        python=f"{platform.python_version()} ({sys.platform})",
        versions={name: found for name in PACKAGES if (found := _version(name))},
        processors=int(navigator.hardwareConcurrency or 0) or None,
        address=str(location.href).partition("#")[0],
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
