"""The time of day decides nothing: it may be set by an hour while members run."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
WALL_CLOCK = re.compile(
    r"time\.time\(|time_ns\(|datetime\.(?:now|today|utcnow|fromtime)"
    r"|Date\.now|new Date\b|\bDate\.new\b"
)
ALLOWED = {
    "apps/bench/src/bench/runner.py": "when a measurement was made",
    "packages/raft-node/src/raft_node/logs.py": "in the lines of a log",
    "packages/introducer/src/introducer/server.py": "when a TURN server's credentials expire",
    "packages/raft-web/src/raft_web/running.py": "when a bookmark was made",
    "packages/raft-web/src/raft_web/view.py": "shows when a session was last open",
    "packages/transport-webrtc/src/transport_webrtc/native_packets.py": "aiortc's own estimate "
    "of a way there and back, which is bounded, and made anew with each connection",
}


def test_nothing_but_these_looks_at_the_time_of_day() -> None:
    found = set()
    for folder in ("packages", "apps"):
        for file in (ROOT / folder).glob("*/src/**/*"):
            if file.suffix in {".py", ".mjs", ".js"} and WALL_CLOCK.search(file.read_text()):
                found.add(str(file.relative_to(ROOT)))
    assert found == set(ALLOWED)
