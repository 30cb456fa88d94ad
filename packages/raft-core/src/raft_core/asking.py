"""What a member is asked for that is no command.

Other members, another leader, to step aside, what its peers have.
"""

from raft_core.driver import Driver
from raft_core.errors import NoLeader, RaftError
from raft_core.io import Asked, StepAside
from raft_core.messages import Inquiry, MembersChange
from raft_core.operations import Done
from raft_core.types import Index, NodeId, Role


def change_members(
    driver: Driver, change: MembersChange, expected_index: Index, timeout: float, done: Done
) -> str:
    """Ask the leader, whoever it is; ``done`` is called once, perhaps before this returns.

    Returns the name that ``Operations.forget`` takes.

    :raises Stopped: nothing was begun, ``done`` is not called
    """
    driver.require_running()
    name, asked = driver.operations.change(
        change,
        known=driver.raft.configuration.change,
        expected_index=expected_index,
        now=driver.clock(),
        timeout=timeout,
        done=done,
    )
    driver.put(asked)
    return name


def transfer(driver: Driver, to: NodeId | None, timeout: float, done: Done) -> str:
    """Ask that ``to`` leads, or any other member. As ``change_members``."""
    driver.require_running()
    leader = driver.raft.leader
    name, asked = driver.operations.transfer(
        to, leader=leader, now=driver.clock(), timeout=timeout, done=done
    )
    if to is not None and to == leader:
        driver.operations.forget(name)
        done(to)
    else:
        driver.put(asked)
    return name


def step_aside(driver: Driver) -> bool:
    """Have another member campaign now, if this one leads; whether one was told.

    For one that ends at once and cannot wait: see ``transfer`` for all others.
    """
    if driver.problem is not None or driver.raft.role is not Role.LEADER:
        return False
    driver.put(StepAside())
    return driver.raft.role is not Role.LEADER


def advised(driver: Driver, error: RaftError) -> RaftError:
    """This error; where nobody can lead yet it also says what a cluster begins with."""
    if isinstance(error, NoLeader) and not driver.raft.configuration.members:
        return NoLeader(
            f"{error}; this member is in no cluster yet: one member founds it, with found=True, and"
            " takes in those that its transport connects it to"
        )
    return error


def inquire(driver: Driver) -> None:
    """Ask the peers in reach what they have; a member that takes part no more asks nobody."""
    driver.put(Asked(Inquiry()))
