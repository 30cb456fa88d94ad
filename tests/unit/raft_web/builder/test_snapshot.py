"""The snapshot of a Python that has started. That pages can use it is tested in a browser."""

import zlib
from pathlib import Path

from raft_web.builder.archives import Archives, pack
from raft_web.builder.bytecode import compiled_stdlib
from raft_web.builder.node import Runtime
from raft_web.builder.project import find_root, sources
from raft_web.builder.snapshot import make_snapshot
from raft_web.builder.wheels import Wheelhouse, alone


def shell_of(runtime: Runtime) -> Archives:
    root = find_root(Path(__file__).parent)
    house = Wheelhouse(runtime.target, runtime.cache, sources=sources(root), say=runtime.say)
    return pack(runtime, house.collect(["raft-web"]), [])


def test_it_holds_a_whole_memory_and_is_made_once(runtime: Runtime) -> None:
    said: list[str] = []
    with alone(runtime.cache):
        stdlib, shell = compiled_stdlib(runtime), shell_of(runtime)
        path = make_snapshot(runtime, stdlib, shell)
        assert make_snapshot(runtime._replace(say=said.append), stdlib, shell) == path
    assert said == []
    memory = zlib.decompress(path.read_bytes())
    assert len(memory) > 20_000_000
    assert b"/lib/site-modules.zip/raft_core/raft.py" in memory, "what pages need was imported"
