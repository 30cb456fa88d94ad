"""The part of ``Node`` for those who run a cluster: who is in it, and who leads."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping

from raft_core import asking
from raft_core.config import Config
from raft_core.driver import Driver
from raft_core.errors import RaftError
from raft_core.messages import MembersChange
from raft_core.operations import Done
from raft_core.types import Index, NodeId, Role

_log = logging.getLogger("raft_core")


class MemberCalls(ABC):
    """What ``Node`` inherits, and gives the driver for."""

    config: Config
    node_id: NodeId
    _driver: Driver | None

    @abstractmethod
    def _entered(self) -> Driver:
        """:raises Stopped: it was not entered yet"""

    async def change_members(
        self,
        *,
        add: Collection[NodeId] = (),
        remove: Collection[NodeId] = (),
        replace: Mapping[NodeId, NodeId] | None = None,
        promote: Collection[NodeId] = (),
        demote: Collection[NodeId] = (),
        learn: Collection[NodeId] = (),
        target_size: int | None = None,
        expected_index: Index | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - it ends in an answer, not a cancellation
    ) -> Index:
        """Change who is in the cluster, all at once, from any member; return the new index.

        Voters change by joint consensus (paper, section 6). A new voter need be no member yet: it
        is a learner until it has caught up, for ``Config.catch_up_timeout`` at the most. What is so
        already stays so, and asking again does nothing twice.

        After a change the cluster does not grow by itself against it: who was removed stays out for
        ever, and a cluster made smaller stays so until ``target_size`` says otherwise. A leader
        that is removed or demoted hands over; a member that is removed ends (``Removed``).

        :param add: members that become voters, strangers among them
        :param remove: members that are out, and never come back under this id
        :param replace: new voters by the old ones, which are removed
        :param promote: learners that become voters
        :param demote: voters that become learners
        :param learn: strangers that are taken in as learners: they get everything and have no vote
        :param target_size: voters the cluster grows to by itself; 0: as ``Config`` says
        :param expected_index: ``Status.configuration_index`` that the change is meant for; without
            it the change is still not made after somebody else's that is not known here
        :param timeout: seconds; default is ``Config.change_timeout``
        :raises ConfigurationRefused: it is not allowed, or did not come about; no voter was changed
        :raises NoLeader: none was found in time; nothing was changed
        :raises OutcomeUnknown: no answer in time: look at ``status`` before asking again
        :raises Stopped: the node does not run; if it stopped meanwhile, the outcome is unknown
        :raises TypeError: a single id, which is a collection of letters, in place of several
        """
        for several in (add, remove, promote, demote, learn):
            if isinstance(several, str):
                raise TypeError(f"members come in a list: write [{several!r}] for one")
        replaced = replace or {}
        change = MembersChange(
            (*add, *replaced.values()),
            tuple(promote),
            tuple(demote),
            tuple(learn),
            (*remove, *replaced),
            target_size,
        )
        limit = self.config.change_timeout if timeout is None else timeout
        driver = self._entered()
        index = await self._operate(
            lambda done: asking.change_members(driver, change, expected_index or 0, limit, done)
        )
        return int(index)

    async def transfer_leadership(
        self,
        to: NodeId | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it ends in an answer, not a cancellation
    ) -> NodeId:
        """Have another member lead, from any member; return who leads now (thesis 3.10).

        The leader takes no commands until its successor is up to date and elected, for an election
        time-out at most; they are kept and made again. If that fails, it goes on leading.

        :param to: a voter; None: the one with most of the log
        :param timeout: seconds; default is ``Config.propose_timeout``
        :raises TransferRefused: it is no voter, was too slow, or is gone; nothing is lost by it
        :raises NoLeader: none was found in time
        :raises Stopped: the node does not run
        """
        limit = self.config.propose_timeout if timeout is None else timeout
        driver = self._entered()
        return str(await self._operate(lambda done: asking.transfer(driver, to, limit, done)))

    def step_aside(self) -> bool:
        """Where a page or a process ends at once: if this member leads, another campaigns now.

        Sends one message and waits for nothing. False if this member does not lead, or nobody is in
        reach who could. ``async with`` does better, where there is time for its end.
        """
        return self._driver is not None and asking.step_aside(self._driver)

    def halt(self, error: RaftError) -> None:
        """Take no part any more, and stay readable, at once: its storage is gone, say.

        What is open ends with ``error``, whose text is ``Status.problem`` from now on. A member
        that has halted already does so for its first reason.

        :raises Stopped: it was not entered yet
        """
        self._entered().halt(error)

    def ask_what_others_have(self) -> None:
        """Ask every peer in reach how far its log goes, while nobody leads; it costs a message.

        What they answer is in ``Status.holdings``, until a leader is known. For a person who has
        to choose a survivor (``recover_from_survivor``); ask again, for answers may get lost.

        :raises Stopped: the node was not entered yet
        """
        asking.inquire(self._entered())

    async def _operate(self, begin: Callable[[Done], str]) -> Index | NodeId:
        answered: asyncio.Future[Index | NodeId | RaftError] = (
            asyncio.get_running_loop().create_future()
        )

        def done(answer: Index | NodeId | RaftError) -> None:
            if not answered.done():  # else just cancelled
                answered.set_result(answer)

        name = begin(done)
        try:
            answer = await answered
        finally:
            self._entered().operations.forget(name)
        if isinstance(answer, RaftError):
            raise answer
        return answer

    async def _hand_over(self) -> None:
        driver = self._entered()
        limit = self.config.election_timeout
        try:
            if driver.problem is None and driver.raft.role is Role.LEADER:
                await self._operate(lambda done: asking.transfer(driver, None, limit, done))
        except RaftError as refusal:
            _log.info("member %s hands nothing over: %s", self.node_id, refusal)
        finally:
            asking.step_aside(driver)
