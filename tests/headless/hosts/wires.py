"""Makes hosts out of network namespaces and carries the packets between them.

`python wires.py NAME...` makes one namespace for each name. The system has no name for it: it lives
as long as this process or one inside it, so that nothing can be left behind, and two runs of the
tests do not meet. The one way out of each is a TUN device that ends here, where packets are passed
on, held back, or lost. (The kernel's own `netem` would do that too; many kernels lack it.)

The first line of output says where the namespaces are, for `nsenter`, and their addresses. After
that each line of input, `{"cut": [["a", "b"], ...], "delay": 0.02, "loss": 0.01}`, says how things
are from now on (a cut has a direction), and is answered by how many packets were carried and lost
so far. It ends with its input.
"""

import ctypes
import fcntl
import heapq
import json
import os
import selectors
import struct
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

CLONE_NEWNET = 0x4000_0000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x4004_54CA, 1, 0x1000
DEVICE = "eth0"
MOST = 2048
"""Bytes of a packet: more than a device's 1500."""


@dataclass
class Host:
    """A namespace; `wire` is the outer end of its device."""

    name: str
    address: str
    namespace: int
    wire: int


def make_host(name: str, number: int) -> Host:
    """A new namespace, which this process is then in."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, f"no network namespace for us: {os.strerror(code)}")
    Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1", encoding="ascii")
    wire = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(wire, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    address = f"10.77.0.{number}"
    for arguments in (
        f"link set {DEVICE} up",
        "link set lo up",
        f"address add {address}/24 dev {DEVICE}",
        f"route add default dev {DEVICE}",
    ):
        subprocess.run(["ip", *arguments.split()], check=True)
    return Host(name, address, os.open("/proc/self/ns/net", os.O_RDONLY), wire)


class Wires:
    """What happens to a packet; `ends` are the addresses that it comes from and goes to."""

    def __init__(self, hosts: list[Host]) -> None:
        self._names = {bytes(map(int, host.address.split("."))): host.name for host in hosts}
        self._wires = {host.name: host.wire for host in hosts}
        self._rng = Random(1)  # the same losses each time, as far as the packets are the same
        self._cut: set[tuple[str, str]] = set()
        self._delay = self._loss = 0.0
        self._held: list[tuple[float, int, int, bytes]] = []
        self._carried: Counter[tuple[str, str]] = Counter()
        self._lost: Counter[tuple[str, str]] = Counter()

    def order(self, line: str) -> str:
        """Changes how things are, and says how they were."""
        wanted = json.loads(line)
        self._cut = {(start, end) for start, end in wanted["cut"]}
        self._delay = wanted["delay"]
        self._loss = wanted["loss"]
        counts = {"carried": self._carried, "lost": self._lost}
        return json.dumps(
            {what: [[*way, n] for way, n in ways.items()] for what, ways in counts.items()}
        )

    def take(self, packet: bytes) -> None:
        """A packet left a host."""
        start, end = self._names.get(packet[12:16]), self._names.get(packet[16:20])
        if packet[0] >> 4 != 4 or start is None or end is None:
            return  # IPv6, multicast, the world out there: nobody
        if (start, end) in self._cut or self._rng.random() < self._loss:
            self._lost[start, end] += 1
            return
        self._carried[start, end] += 1
        due = time.monotonic() + self._delay
        heapq.heappush(self._held, (due, self._carried.total(), self._wires[end], packet))

    def give(self) -> float | None:
        """Hands over what is due, and says in how many seconds there is more."""
        while self._held:
            remaining = self._held[0][0] - time.monotonic()
            if remaining > 0:
                return remaining
            _, _, wire, packet = heapq.heappop(self._held)
            with suppress(OSError):  # its device is down, or full
                os.write(wire, packet)
        return None


def main(names: list[str]) -> None:
    """Carries packets until the input ends."""
    hosts = [make_host(name, number) for number, name in enumerate(names, 1)]
    wires = Wires(hosts)
    waiting = selectors.DefaultSelector()
    waiting.register(0, selectors.EVENT_READ)
    for host in hosts:
        waiting.register(host.wire, selectors.EVENT_READ)
    print(json.dumps({host.name: [host.namespace, host.address] for host in hosts}), flush=True)
    while True:
        for key, _ in waiting.select(wires.give()):
            if key.fd:
                take_all(key.fd, wires)
            elif line := sys.stdin.readline():
                print(wires.order(line), flush=True)
            else:
                return


def take_all(wire: int, wires: Wires) -> None:
    """Takes what a host has sent."""
    with suppress(OSError):  # nothing more, or its device is down
        while True:
            wires.take(os.read(wire, MOST))


if __name__ == "__main__":
    main(sys.argv[1:])
