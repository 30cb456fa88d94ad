"""Members change and leaders hand over, as seen by those who call ``Node``."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import anyio.lowlevel
import pytest
from msgspec.structs import replace

from raft_core.errors import (
    ConfigurationRefused,
    NoLeader,
    OutcomeUnknown,
    Removed,
    Stopped,
    StorageFailed,
    TransferRefused,
)
from raft_core.keyvalue import Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.types import Role
from tests.unit.raft_core.cluster import (
    QUICK,
    A,
    B,
    C,
    Member,
    eventually,
    follower_of,
    items,
    leader_of,
    member,
    three,
)

D = "d" * 16
NEVER = replace(QUICK, election_timeout=5000.0, election_timeout_max=6000.0)
"""Nobody is ever elected for want of a leader: there must be a hand-over."""


@asynccontextmanager
async def four(network: MemoryNetwork | None = None) -> AsyncIterator[list[Member]]:
    """Three voters and a learner; "a" leads."""
    network = network or MemoryNetwork()
    async with three(network=network) as members, member(D, network=network) as learner:
        await eventually(lambda: all(D in one.status().learners for one in members))
        yield [*members, learner]


def other_than(members: list[Member], one: Member) -> list[Member]:
    return [other for other in members if other is not one]


# --- members -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["add", "remove", "promote", "demote", "learn"])
async def test_one_id_in_place_of_several_is_not_taken_for_its_letters(what: str) -> None:
    async with three() as members:
        with pytest.raises(TypeError, match=re.escape(f"write ['{B}'] for one")):
            await members[0].change_members(**{what: B})  # type: ignore[arg-type] # the mistake
        assert set(members[0].status().voters) == {A, B, C}


async def test_a_member_is_replaced_from_any_member_and_learns_that_it_is_out() -> None:
    async with four() as members:
        await members[0].propose(Put("k", "v"))
        asked = follower_of(members)
        gone = other_than(members[:3], asked)[0]
        index = await asked.change_members(replace={gone.node_id: D})
        status = asked.status()
        assert status.configuration_index == index or not status.settled
        stay = other_than(members, gone)
        await eventually(lambda: all(one.status().settled for one in stay))
        assert all(D in one.status().voters for one in stay)
        assert all(one.status().excluded == (gone.node_id,) for one in stay)
        await eventually(lambda: gone.status().problem is not None)
        assert "removed from the cluster" in (gone.status().problem or "")
        assert gone.status().removed
        with pytest.raises(Removed):
            await gone.propose(Put("k", "w"))
        assert items(gone) == {"k": "v"}, "it stays readable"
        await eventually(lambda: any(one.status().role is Role.LEADER for one in stay))
        assert await stay[0].propose(Put("k", "x")) == "v"


async def test_what_a_removed_member_had_open_ends_with_the_same_error() -> None:
    network = MemoryNetwork()
    async with four(network) as members:
        answers: list[object] = []
        network.disconnect(leader_of(members).node_id, D)
        members[3].submit(Put("k", "v"), answers.append)
        await members[0].change_members(remove=[D])
        network.connect(leader_of(members).node_id, D)
        await eventually(lambda: bool(answers))
        assert isinstance(answers[0], Removed)


async def test_a_removed_member_that_starts_again_ends_again() -> None:
    network = MemoryNetwork()
    storage = MemoryStorage()
    async with three(network=network) as members:
        async with member(D, network=network, storage=storage):
            await eventually(lambda: all(D in one.status().learners for one in members))
        # It hears nothing of this.
        await members[1].change_members(remove=[D])
        async with member(D, network=network, storage=storage) as back:
            await eventually(lambda: back.status().removed)
        await eventually(lambda: all(D not in one.status().learners for one in members))


async def test_the_leader_may_remove_itself() -> None:
    async with four() as members:
        leader = leader_of(members)
        stay = other_than(members, leader)
        await leader.change_members(replace={leader.node_id: D})
        await eventually(lambda: leader.status().removed)
        await eventually(lambda: any(one.status().role is Role.LEADER for one in stay))
        assert await stay[0].propose(Put("k", "v")) is None


async def test_made_smaller_a_cluster_stays_so_until_somebody_says_otherwise() -> None:
    async with three() as members:
        one = follower_of(members)
        demoted = other_than(other_than(members, one), leader_of(members))[0]
        await one.change_members(demote=[demoted.node_id])
        assert one.status().target_size == 2
        await demoted.propose(Put("k", "v"))
        await eventually(lambda: demoted.status().role is Role.LEARNER)
        await demoted.change_members(target_size=3)
        await eventually(lambda: demoted.status().role is not Role.LEARNER)


async def test_who_is_not_there_does_not_become_a_voter() -> None:
    config = replace(QUICK, catch_up_timeout=0.2)
    async with member(config=config, found=True) as one:
        with pytest.raises(ConfigurationRefused, match="x did not catch up within"):
            await one.change_members(add=["x"])
        assert one.status().voters == (A,)


async def test_changes_that_are_refused_or_come_to_nothing() -> None:
    async with three() as members:
        with pytest.raises(ConfigurationRefused, match="no member of this cluster"):
            await members[1].change_members(remove=["x"])
        with pytest.raises(ConfigurationRefused, match="expected index 1"):
            await members[1].change_members(demote=[B], expected_index=1)
        index = await members[2].change_members(promote=[B])
        assert index == members[2].status().configuration_index, "it is so already"
    with pytest.raises(Stopped):
        await members[0].change_members(remove=[C])


async def test_without_a_leader_a_change_says_what_is_known() -> None:
    async with member(B) as stranger:
        with pytest.raises(NoLeader):
            await stranger.change_members(add=[B], timeout=0.05)
    network = MemoryNetwork()
    async with three(network=network) as members:
        leader = leader_of(members)
        one, other = other_than(members, leader)
        for peer in (one, other):
            network.disconnect(leader.node_id, peer.node_id)
        with pytest.raises(OutcomeUnknown):
            await leader.change_members(demote=[one.node_id], timeout=0.01)


# --- leadership -----------------------------------------------------------------------------------


async def test_leadership_goes_to_whom_anybody_names() -> None:
    async with three() as members:
        for asked, to in zip(members, members[1:] + members[:1], strict=True):
            assert await asked.transfer_leadership(to.node_id) == to.node_id
            assert await asked.transfer_leadership(to.node_id) == to.node_id, "it leads already"
            assert await to.propose(Put("k", "v")) in (None, "v")


async def test_without_a_name_it_goes_to_another() -> None:
    async with three() as members:
        leader = leader_of(members)
        new = await follower_of(members).transfer_leadership()
        assert new != leader.node_id


async def test_a_transfer_that_cannot_be_is_refused() -> None:
    async with four() as members:
        with pytest.raises(TransferRefused, match="is no voter"):
            await members[1].transfer_leadership(D)
    async with member(found=True) as alone:
        with pytest.raises(TransferRefused, match="no other voter is in reach"):
            await alone.transfer_leadership()


async def test_writes_that_come_meanwhile_are_kept_and_made() -> None:
    async with three() as members:
        leader = leader_of(members)
        answers: list[object] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(leader.transfer_leadership)
            for _ in range(20):
                leader.submit(Put("k", "v"), answers.append, timeout=60.0)
                await anyio.lowlevel.checkpoint()
        await eventually(lambda: len(answers) == 20)
        assert set(answers) <= {None, "v"}


@asynccontextmanager
async def patient() -> AsyncIterator[tuple[AsyncExitStack, list[Member]]]:
    """Three that never campaign by themselves; the first leads, and its life is in the stack."""
    network = MemoryNetwork()
    async with AsyncExitStack() as others, AsyncExitStack() as stack:
        members = [
            await (stack if name == A else others).enter_async_context(
                member(name, network=network, found=name == A, config=NEVER)
            )
            for name in (B, C, A)
        ][::-1]
        await eventually(lambda: all(len(one.status().voters) == 3 for one in members))
        await eventually(lambda: all(one.status().settled for one in members))
        yield stack, members


async def test_a_leader_that_stops_hands_over_first() -> None:
    async with patient() as (stack, members):
        await stack.aclose()
        await eventually(lambda: any(one.status().role is Role.LEADER for one in members[1:]))
        assert await members[1].propose(Put("k", "v")) is None


async def test_one_that_ends_at_once_says_who_may_lead() -> None:
    async with patient() as (_, members):
        assert members[0].step_aside()
        await eventually(lambda: any(one.status().role is Role.LEADER for one in members[1:]))
        assert not members[0].step_aside(), "it does not lead"


async def test_a_cancelled_one_says_so_too() -> None:
    network = MemoryNetwork()
    async with (
        member(B, network=network, config=NEVER) as one,
        member(C, network=network, config=NEVER) as other,
    ):
        with anyio.CancelScope() as scope:
            async with member(network=network, found=True, config=NEVER) as leader:
                await eventually(lambda: len(leader.status().voters) == 3)
                await eventually(lambda: leader.status().settled)
                scope.cancel()
                await anyio.sleep_forever()
        await eventually(lambda: Role.LEADER in (one.status().role, other.status().role))


async def test_nobody_steps_aside_before_it_has_started() -> None:
    assert not member().step_aside()


async def test_a_founder_alone_stops_without_waiting() -> None:
    async with member(found=True, config=NEVER) as one:
        assert not one.step_aside()


# --- what members have ---------------------------------------------------------------------------


async def test_members_without_a_leader_learn_what_each_other_has() -> None:
    network = MemoryNetwork()
    async with four(network) as members:
        cut_off, learner = members[2], members[3]
        await members[0].propose(Put("k", "v"))
        await eventually(lambda: items(cut_off) == items(learner) == {"k": "v"})
        for one in (cut_off, learner):
            for gone in members[:2]:
                network.disconnect(one.node_id, gone.node_id)
        await eventually(lambda: cut_off.status().leader is None)
        assert cut_off.status().holdings == {}
        cut_off.ask_what_others_have()
        await eventually(lambda: D in cut_off.status().holdings)
        told, has = cut_off.status().holdings[D], learner.status()
        assert (told.last_log_index, told.last_log_term) == (has.last_log_index, has.last_log_term)


# --- halting -------------------------------------------------------------------------------------


async def test_a_member_that_is_halted_leaves_the_others_and_stays_readable() -> None:
    async with three() as members:
        await members[0].propose(Put("k", "v"))
        await eventually(lambda: all(items(one) == {"k": "v"} for one in members))
        gone = leader_of(members)
        gone.halt(StorageFailed("its storage was cleared"))
        gone.halt(StorageFailed("and something else"))
        assert gone.status().problem == "its storage was cleared"
        with pytest.raises(Stopped):
            await gone.propose(Put("k", "w"))
        stay = other_than(members, gone)
        await eventually(lambda: any(one.status().role is Role.LEADER for one in stay))
        await stay[0].propose(Put("k", "x"))
        assert items(gone) == {"k": "v"}
