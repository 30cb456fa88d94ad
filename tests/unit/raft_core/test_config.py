from math import nan
from typing import Any

import pytest

from raft_core.config import Config
from raft_core.errors import InvalidConfig


def test_the_defaults_are_those_of_three_windows() -> None:
    config = Config()
    assert config.target_size == 3
    assert (config.heartbeat_interval, config.election_timeout) == (0.1, 1.0)
    assert config.read_lease == 0, "reads rest on no clock, unless somebody says so"


@pytest.mark.parametrize(
    "settings",
    [
        {"target_size": 1, "max_members": 1},
        {"target_size": 5},
        {"read_lease": 0.9},
        {"read_lease": 1e-6},
        {"election_timeout": 3.0, "election_timeout_max": 4.0, "read_lease": 2.7},
        {"commit_notice_delay": 0.0},
        {"thrifty": True, "thrifty_delay": 0.0},
        {"heartbeat_interval": 0.5, "election_timeout": 1.0},
        {"max_inbox": 1, "max_append_entries": 1, "max_inflight_messages": 1},
    ],
)
def test_what_is_allowed(settings: dict[str, Any]) -> None:
    Config(**settings)


@pytest.mark.parametrize(
    "settings,named",
    [
        ({"heartbeat_interval": 0.0}, "heartbeat_interval"),
        ({"heartbeat_interval": nan}, "heartbeat_interval"),
        ({"heartbeat_interval": 0.6}, "election_timeout must be at least twice"),
        ({"election_timeout_max": 1.0}, "election_timeout_max must be above"),
        ({"read_lease": -0.1}, "read_lease must not be negative"),
        ({"read_lease": nan}, "read_lease"),
        ({"read_lease": 0.91}, "read_lease must be at most 0.9 of election_timeout"),
        ({"commit_notice_delay": -0.1}, "commit_notice_delay"),
        ({"thrifty_delay": -0.1}, "thrifty_delay"),
        ({"target_size": 4}, "target_size must be an odd number"),
        ({"target_size": -1}, "target_size"),
        ({"target_size": 5, "max_members": 4}, "max_members must hold target_size"),
        ({"learner_timeout": 0}, "learner_timeout"),
        ({"max_append_entries": 0}, "max_append_entries must be at least 1"),
        ({"max_append_bytes": 0}, "max_append_bytes"),
        ({"max_inflight_messages": 0}, "max_inflight_messages"),
        ({"max_inflight_bytes": 0}, "max_inflight_bytes"),
        ({"max_proposal_bytes": 0}, "max_proposal_bytes"),
        ({"max_uncommitted_bytes": 0}, "max_uncommitted_bytes"),
        ({"max_uncommitted_bytes": 1000}, "must hold at least one proposal"),
        ({"max_inbox": 0}, "max_inbox"),
        ({"propose_timeout": 0}, "propose_timeout"),
        ({"retry_interval": -1}, "retry_interval"),
    ],
)
def test_what_is_refused_is_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidConfig, match=named):
        Config(**settings)


def test_settings_have_names_and_do_not_change() -> None:
    with pytest.raises(TypeError):
        Config(0.1)  # type: ignore[call-arg]
    config = Config()
    with pytest.raises(AttributeError):
        config.target_size = 5  # type: ignore[misc]
