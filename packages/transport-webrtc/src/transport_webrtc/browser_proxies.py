"""Python functions as JavaScript event handlers, given back when their object is closed."""

import asyncio
from collections.abc import Callable
from typing import Any

from pyodide.code import run_js
from pyodide.ffi import create_proxy

from transport_webrtc.browser_frames import frames
from transport_webrtc.jstypes import Proxy

_function: Callable[[Proxy], Any] = run_js("handler => event => { handler(event); }")
"""A plain function that calls a proxy. Firefox implements RTCPeerConnection in a JavaScript of its
own, which takes a proxy for a handler and cannot call it then: "({}) is not a function"."""

_function_of_data: Callable[[Proxy], Any] = run_js("handler => event => { handler(event.data); }")
"""The same for messages. Only what they hold goes into Python: to make the event an object there
takes twice as long as all the rest of the call."""


class Handlers:
    """The handlers that were set on the objects of one connection."""

    def __init__(self) -> None:
        self._set: list[tuple[Any, str, Proxy]] = []

    def on(self, target: object, attribute: str, handler: Callable[[Any], None]) -> None:
        """Sets `target.attribute`, `onmessage` say, to the handler."""
        self._put(target, attribute, handler, _function)

    def on_message(self, target: object, handler: Callable[[Any], None]) -> None:
        """Sets `target.onmessage` to the handler, which gets the data of each message."""
        self._put(target, "onmessage", handler, _function_of_data)

    def on_frame(self, channel: object, handler: Callable[[int], None]) -> None:
        """Sets `channel.onmessage` to the handler, which gets the size of each: see `Frames`."""
        self._put(channel, "onmessage", handler, frames().receiver)

    def _put(
        self,
        target: object,
        attribute: str,
        handler: Callable[[Any], None],
        function: Callable[[Proxy], Any],
    ) -> None:
        proxy: Proxy = create_proxy(handler)
        self._set.append((target, attribute, proxy))
        setattr(target, attribute, function(proxy))

    def clear(self) -> None:
        """Takes all handlers off: from now on none is called. Needs a running loop."""
        proxies = [proxy for _, _, proxy in self._set]
        for target, attribute, _ in self._set:
            setattr(target, attribute, None)
        self._set.clear()
        if proxies:
            # Not at once: we may be inside a call of one of them.
            asyncio.get_running_loop().call_soon(_destroy, proxies)


def _destroy(proxies: list[Proxy]) -> None:
    for proxy in proxies:
        proxy.destroy()
