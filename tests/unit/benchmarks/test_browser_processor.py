"""What the browser tells of its processes, by what they do."""

from benchmarks.browser.figures import Spent
from benchmarks.browser.processor import spent


def test_processes_are_summed_by_their_kind() -> None:
    told = [
        {"type": "browser", "id": 1, "cpuTime": 1.0},
        {"type": "renderer", "id": 2, "cpuTime": 2.0},
        {"type": "renderer", "id": 3, "cpuTime": 4.0},
        {"type": "network.mojom.NetworkService", "id": 4, "cpuTime": 8.0},
        {"type": "storage.mojom.StorageService", "id": 5, "cpuTime": 16.0},
        {"type": "GPU", "id": 6, "cpuTime": 32.0},
    ]
    assert spent(told) == Spent(pages=6.0, network=8.0, storage=16.0, rest=33.0)


def test_what_was_spent_meanwhile_is_the_difference() -> None:
    assert Spent(4.0, 3.0, 2.0, 1.0) - Spent(1.0, 1.0, 1.0, 1.0) == Spent(3.0, 2.0, 1.0, 0.0)
    assert Spent(4.0, 3.0, 2.0, 1.0).total == 10.0
