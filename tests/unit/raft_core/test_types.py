import pytest

from raft_core.types import (
    MAX_TERM_LEAP,
    Role,
    Term,
    generation_of,
    is_credible,
    next_generation,
)

GENERATION = 2**32


@pytest.mark.parametrize("role", ["follower", "pre_candidate", "candidate", "leader", "learner"])
def test_a_role_is_its_word(role: str) -> None:
    assert Role(role) == role
    assert f"{Role(role)}" == role


def test_there_are_no_other_roles() -> None:
    assert len(Role) == 5


@pytest.mark.parametrize("term,first", [(0, GENERATION), (GENERATION + 7, 2 * GENERATION)])
def test_the_next_generation_begins_where_no_election_leads(term: int, first: int) -> None:
    assert next_generation(term) == first
    assert generation_of(first) == generation_of(term) + 1


@pytest.mark.parametrize(
    "term,own,credible",
    [
        (MAX_TERM_LEAP, 0, True),
        (MAX_TERM_LEAP + 1, 0, False),
        (3 * GENERATION + 7, 5, True),
        (3 * GENERATION + MAX_TERM_LEAP + 1, 5, False),
        (2**63, 5, False),
        (2**64 - 1, 2**48, False),
        (5, 3 * GENERATION, True),
        (0, 2**40, True),
    ],
)
def test_terms_that_elections_and_recoveries_can_have_made(
    term: int, own: int, credible: bool
) -> None:
    assert is_credible(term, own) == credible


def test_the_upper_half_of_a_term_is_its_generation_and_no_election_leads_into_another() -> None:
    new = next_generation(3)
    assert generation_of(new - 1) == 0
    terms: list[Term] = [0, 1, 2**32 - 1, 2**32, new, new + 1]
    assert [generation_of(term) for term in terms] == [0, 0, 0, 1, 1, 1]
    assert next_generation(new + 7) == 2**33
