"""What a loop must do, run inside Pyodide on the replaced loop: in Chromium and under Node.js.

Each check is a coroutine function; what it raises fails the test of its name.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import anyio
from js import Promise, setTimeout
from pyodide.code import run_js
from pyodide.ffi import JsException, create_proxy, to_js


def loop() -> Any:
    """The running loop."""
    return asyncio.get_running_loop()


async def check_it_is_ours() -> None:
    assert type(loop()).__name__ == "FastWebLoop"
    assert loop().is_running()


async def check_deadlines_that_pass_while_they_are_set() -> None:
    for _ in range(500):
        with anyio.move_on_after(1e-5) as scope:
            await anyio.sleep(60)
        assert scope.cancelled_caught
    for _ in range(100):
        with anyio.move_on_after(-1) as scope:
            await anyio.sleep(60)
        assert scope.cancelled_caught


async def check_timers_run_in_order_and_never_early() -> None:
    start = loop().time()
    seen: list[float] = []

    async def sleeper(delay: float) -> None:
        await asyncio.sleep(delay)
        assert loop().time() >= start + delay
        seen.append(delay)

    delays = [0.03, 0.01, 0.0005, 0.02, 0.0015, 0.001]
    await asyncio.gather(*(sleeper(delay) for delay in delays))
    assert seen == sorted(delays)


async def check_cancelled_timers_leave_nothing() -> None:
    for _ in range(5000):
        loop().call_later(3600, print).cancel()
    assert len(loop()._timers) < 200
    with anyio.fail_after(3600):
        await asyncio.sleep(0)


async def check_promises_are_awaited() -> None:
    assert await Promise.resolve(5) == 5
    later = run_js("() => new Promise(resolve => setTimeout(() => resolve('late'), 5))")
    assert await later() == "late"
    for _ in range(100):
        await Promise.resolve(None)


async def check_a_rejected_promise_raises() -> None:
    said = ""
    try:
        await run_js("Promise.reject(new Error('no'))")
    except JsException as error:
        said = str(error)
    assert "no" in said


async def check_javascript_awaits_coroutines_and_futures() -> None:
    async def work() -> int:
        await asyncio.sleep(0.001)
        return 7

    call = run_js("async f => { const result = await f(); return result + 1; }")
    assert await call(work) == 8
    future = loop().create_future()
    loop().call_later(0.001, future.set_result, 9)
    assert await run_js("async f => await f")(future) == 9


async def check_fetch() -> None:
    from pyodide.http import pyfetch

    response = await pyfetch("/site.json")
    assert (await response.json())["target_size"] == 3


async def check_endless_work_lets_the_page_have_its_turn() -> None:
    fired = asyncio.Event()
    turns = 0
    proxy = create_proxy(fired.set)
    setTimeout(proxy, 1)
    while not fired.is_set():
        await asyncio.sleep(0)
        turns += 1
        assert turns < 5_000_000
    proxy.destroy()


async def check_callbacks_from_javascript_start_tasks() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.001)
        done.set()

    tasks = []
    proxy = create_proxy(lambda: tasks.append(asyncio.ensure_future(work())))
    setTimeout(proxy, 0)
    await done.wait()
    assert len(tasks) == 1
    proxy.destroy()


async def check_task_groups_streams_and_shields() -> None:
    send, receive = anyio.create_memory_object_stream[int](0)
    got: list[int] = []

    async def produce() -> None:
        async with send:
            for number in range(200):
                await send.send(number)

    async with anyio.create_task_group() as group:
        group.start_soon(produce)
        async with receive:
            got = [number async for number in receive]
    assert got == list(range(200))

    finished = False
    with anyio.move_on_after(0.001):
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.01)
            finished = True
        await anyio.sleep(60)
    assert finished


async def check_cancelling_reaches_every_task() -> None:
    ended = 0

    async def wait() -> None:
        nonlocal ended
        try:
            await anyio.sleep_forever()
        finally:
            ended += 1

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(wait)
        await anyio.sleep(0.001)
        group.cancel_scope.cancel()
    assert ended == 50


async def check_timeouts_of_asyncio() -> None:
    try:
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()
    except TimeoutError:
        pass
    else:
        raise AssertionError("it did not time out")
    assert await asyncio.wait_for(asyncio.sleep(0, "in time"), 60) == "in time"


async def check_an_abandoned_generator_is_closed() -> None:
    closed = asyncio.Event()

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.set()

    async for _ in numbers():
        break
    gc.collect()
    await closed.wait()


async def check_an_error_in_a_callback_reaches_the_handler() -> None:
    contexts: list[Any] = []
    loop().set_exception_handler(lambda _loop, context: contexts.append(context))
    try:
        loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0.001)
    finally:
        loop().set_exception_handler(None)
    assert [type(context["exception"]) for context in contexts] == [ZeroDivisionError]


async def check_bytes_pass_both_ways() -> None:
    echo = run_js("async bytes => { await null; return bytes; }")
    assert (await echo(to_js(b"\x00\xff"))).to_bytes() == b"\x00\xff"
