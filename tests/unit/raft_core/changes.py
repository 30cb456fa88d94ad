"""Leaders whose members change, and how to look at it."""

from raft_core.config import Config
from raft_core.io import Asked, Output, PeersChanged, Received
from raft_core.membership import Configuration, decode_configuration
from raft_core.messages import (
    CONFIGURATION,
    DENIED,
    ForwardedChange,
    MembersChange,
)
from raft_core.types import Index, NodeId, Role
from tests.unit.raft_core.support import Member

of = Configuration.of
HEARTBEAT = Config().heartbeat_interval


def founder(config: Config | None = None, learners: str = "") -> Member:
    """The leader of a cluster of one, which has committed its no-op, and reaches its learners."""
    member = Member(configuration=of("a", learners), config=config)
    member.step(PeersChanged(frozenset(learners)))
    assert member.raft.role is Role.LEADER
    assert member.raft.commit_index == 2
    return member


def connect(member: Member, *peers: NodeId) -> Output:
    return member.step(PeersChanged(frozenset(peers)))


def change(
    member: Member,
    *,
    add: str = "",
    promote: str = "",
    demote: str = "",
    learn: str = "",
    remove: str = "",
    target_size: int | None = None,
    name: str = "me.1",
    attempt: int = 1,
    known: str = "",
    expected: Index = 0,
    by: NodeId = "",
) -> Output:
    """Ask for other members, here or ``by`` another member."""
    wanted = MembersChange(
        tuple(add), tuple(promote), tuple(demote), tuple(learn), tuple(remove), target_size
    )
    asked = ForwardedChange(name, attempt, wanted, known, expected)
    return member.step(Received(by, asked) if by else Asked(asked))


def configurations(out: Output) -> list[Configuration]:
    """Those that this step put into the log."""
    if out.write is None:
        return []
    return [decode_configuration(e.data) for e in out.write.entries if e.kind == CONFIGURATION]


def plain(configuration: Configuration) -> Configuration:
    """Who belongs to it, without the word of those who chose them."""
    return of(
        configuration.voters,
        configuration.learners,
        configuration.outgoing,
        configuration.demoted,
    )


def steps(out: Output) -> list[Configuration]:
    """``configurations``, without the word of those who chose them."""
    return [plain(configuration) for configuration in configurations(out)]


def status(out: Output) -> int:
    """What the only reply says."""
    (reply,) = out.replies
    return reply.status


def reason(out: Output, kind: int = DENIED) -> str:
    """Why a change was refused."""
    (reply,) = out.replies
    assert (reply.name, reply.attempt, reply.status) == ("me.1", 1, kind)
    return reply.sentence


def settled(configuration: Configuration | None = None, config: Config | None = None) -> Member:
    configuration = configuration or of("abc", "d")
    return Member([1], configuration=configuration, config=config).lead().settle()
