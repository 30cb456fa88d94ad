"""`raft-node`, with wires that can be cut: `python -m tests.chaos.headless_process run ...`.

Each line of its input is the JSON of the `Cuts` that there are from then on.
"""

from __future__ import annotations

import sys
import threading

from raft_node.cli import main
from tests.chaos.app.src.chaos.wires import Wires
from transport_webrtc.native_connection import NativeConnection


def _listen(wires: Wires) -> None:
    for line in sys.stdin:
        wires.cut_json(line)


if __name__ == "__main__":
    threading.Thread(target=_listen, args=(Wires(NativeConnection),), daemon=True).start()
    sys.exit(main())
