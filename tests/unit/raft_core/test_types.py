import pytest

from raft_core.types import Role


@pytest.mark.parametrize("role", ["follower", "pre_candidate", "candidate", "leader", "learner"])
def test_a_role_is_its_word(role: str) -> None:
    assert Role(role) == role
    assert f"{Role(role)}" == role


def test_there_are_no_other_roles() -> None:
    assert len(Role) == 5
