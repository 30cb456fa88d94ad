"""What a plug-in author and our own tests both use to find out what is wrong.

- ``simulate(seed)`` runs one history of a simulated cluster with the real driver, algorithm, codec
  and journal under faults, and checks the properties of Raft after every step. From a command line:
  ``python -m raft_core.testing SEED``, and ``python -m raft_core.testing campaign`` for many.
- ``linearizability`` judges histories of operations, and draws the one that fails.
- ``scripts`` plays scenarios that are text, on the stage of ``theatre``.
- ``conformance`` holds a storage, a transport or a state to its promises.

``docs/testing.md`` says how each is used.
"""

from raft_core.testing.campaign import SimulationFailed, simulate
from raft_core.testing.invariants import Invariant, Invariants, InvariantViolated
from raft_core.testing.profiles import PROFILES, Profile, profile_of

__all__ = [
    "PROFILES",
    "Invariant",
    "InvariantViolated",
    "Invariants",
    "Profile",
    "SimulationFailed",
    "profile_of",
    "simulate",
]
