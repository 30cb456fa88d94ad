"""A socket can be made and reached whatever the length of its folder's path."""

import socket
from pathlib import Path

import pytest

from raft_node.control.address import socket_address


@pytest.mark.parametrize("depth", [0, 8])
def test_a_socket_is_bound_and_reached(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["a-folder-of-20-letters"] * depth)
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
        with socket_address(folder) as address:
            listener.bind(address)
        listener.listen()
        assert (folder / "control.sock").is_socket()
        with socket_address(folder) as address:
            caller.connect(address)
