"""The snapshot of a Python that has started. That pages can use it is tested in a browser."""

import zlib

from raft_web.builder.bytecode import compiled_stdlib
from raft_web.builder.node import Runtime
from raft_web.builder.snapshot import make_snapshot
from raft_web.builder.wheels import alone


def test_it_holds_a_whole_memory_and_is_made_once(runtime: Runtime) -> None:
    said: list[str] = []
    with alone(runtime.cache):
        stdlib = compiled_stdlib(runtime)
        path = make_snapshot(runtime, stdlib)
        assert make_snapshot(runtime._replace(say=said.append), stdlib) == path
    assert said == []
    assert len(zlib.decompress(path.read_bytes())) > 20_000_000
