"""The page's hook for programs: `globalThis.bench`.

    bench.run(planJSON)   a Promise of the result's JSON; rejected with a sentence if the plan is
                          wrong, or a run is under way
    bench.stop()          ends the run; the promise gives what there is
    bench.status()        JSON: how far it is

It is there once the app is mounted, so that its absence says "not yet".
"""

from __future__ import annotations

from typing import Any

import msgspec
from js import Error, Object, Promise, globalThis
from pyodide.ffi import create_once_callable, create_proxy, to_js

from bench.plan import InvalidPlan, parse_plan
from bench.result import Result
from bench.runner import AlreadyRunning, Runner


class Automation:
    """Puts the hook onto the page."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        hook = {"run": self.run, "stop": runner.stop, "status": self.status}
        proxies = {name: create_proxy(call) for name, call in hook.items()}
        globalThis.bench = to_js(proxies, dict_converter=Object.fromEntries)

    def run(self, plan: str = "{}") -> Any:
        """Begin a run; a Promise of its result."""

        def begin(resolve: Any, reject: Any) -> None:
            def done(result: Result) -> None:
                resolve(result.to_json())

            try:
                self._runner.start(parse_plan(plan), done)
            except (InvalidPlan, AlreadyRunning) as error:
                reject(Error.new(str(error)))

        return Promise.new(create_once_callable(begin))

    def status(self) -> str:
        """How far it is, as JSON."""
        return msgspec.json.encode(self._runner.status()).decode()
