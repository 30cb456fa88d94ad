"""A TURN server on a host: Debian's coturn, with a configuration of the test's own."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from tests.headless.hosts.ground import Ground

PORT = 3478
NOT_THERE = "no turnserver: apt-get install coturn"


def is_there() -> bool:
    return shutil.which("turnserver") is not None


async def run_turn_server(ground: Ground, host: str, folder: Path, secret: str) -> str:
    """Start coturn on a host, and return its URL once it listens."""
    address = ground.address(host)
    configuration = folder / "turnserver.conf"
    configuration.write_text(
        "\n".join(
            (
                f"listening-ip={address}",
                f"listening-port={PORT}",
                f"relay-ip={address}",
                "realm=wraft.test",
                "use-auth-secret",
                f"static-auth-secret={secret}",
                "no-tls",
                "no-dtls",
                "no-cli",
                f"userdb={folder / 'turndb'}",
                f"pidfile={folder / 'turnserver.pid'}",
                "log-file=stdout",
                "verbose",  # else it does not say when it listens
                "",
            )
        ),
        encoding="ascii",
    )
    listens = asyncio.Event()

    def heard(line: str) -> None:
        if "UDP listener opened" in line:
            listens.set()

    program = await ground.run(host, "turnserver", "-c", configuration, heard=heard)
    await program.says(listens.wait())
    return f"turn:{address}:{PORT}"
