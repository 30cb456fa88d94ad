"""Changes of members that somebody asks for: whether they make sense, and what comes of them.

Pure functions. When and how a leader carries a change out is the business of ``_members``.
"""

from collections import Counter

from raft_core.membership import Configuration
from raft_core.messages import MembersChange


def wanted(configuration: Configuration, change: MembersChange, name: str) -> Configuration:
    """What the members shall be; ``name`` is the change's own. The configuration is not joint.

    Made of a configuration in which a part of the change, or all, is done already, it is the same:
    so a change can be gone on with, by whoever leads then.
    """
    voters = {*configuration.voters, *change.add, *change.promote}
    voters.difference_update(change.demote, change.remove)
    learners = {*configuration.learners, *change.learn, *change.demote} - set(change.remove)
    excluded = configuration.excluding(change.remove)
    target_size = configuration.target_size
    if change.target_size is not None:
        target_size = change.target_size
    elif len(voters) < len(configuration.voters):
        # Else the cluster would grow again by itself, against the word of who made it smaller.
        target_size = len(voters)
    members = configuration.having(voters, learners)
    return Configuration(
        members.voters, members.learners, (), (), excluded, target_size, change=name
    )


def why_not(configuration: Configuration, change: MembersChange) -> str | None:
    """Why the change can never be made to this configuration; None if it can.

    What is done already is no reason: it may be this very change, asked for again.
    """
    named = Counter([*change.add, *change.promote, *change.demote, *change.learn, *change.remove])
    if not named and change.target_size is None:
        return "the change names no member"
    if change.target_size is not None and change.target_size < 0:
        return f"a target size of {change.target_size} makes no sense"
    known = configuration.members | set(configuration.excluded)
    for members, sentence in (
        ({member for member, times in named.items() if times > 1}, "named more than once"),
        (
            (named.keys() - set(change.remove)) & set(configuration.excluded),
            "once removed, never taken in again; start anew, with an empty storage and a new id",
        ),
        ({*change.promote, *change.demote, *change.remove} - known, "no member of this cluster"),
    ):
        if members:
            return f"{', '.join(sorted(members))}: {sentence}"
    if not wanted(configuration, change, "").voters:
        return "a cluster needs at least one voter"
    return None
