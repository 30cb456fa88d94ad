import re

import pytest

from introducer.relays import Relays, turn_password

TURN = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349")


def test_without_servers_members_are_told_of_none() -> None:
    assert Relays().for_member("a" * 16, 0.0) == ()
    assert Relays().renew_every is None


def test_a_user_name_says_when_it_expires_and_whose_it_is() -> None:
    relays = Relays(turn_urls=TURN, turn_secret="north", turn_seconds=600.0)
    (server,) = relays.for_member("a" * 16, 1_000_000.5)
    assert server["urls"] == list(TURN)
    assert server["username"] == "1000600:aaaaaaaaaaaaaaaa"


def test_the_password_is_what_turn_servers_with_the_secret_expect() -> None:
    # printf %s 1433895918:gergo | openssl dgst -sha1 -hmac logen -binary | base64
    assert turn_password("logen", "1433895918:gergo") == "+OYhbsW06WeDkELHvtVto/V4vBw="
    (server,) = Relays(turn_urls=TURN, turn_secret="north").for_member("b" * 16, 5.0)
    assert server["credential"] == turn_password("north", "3605:bbbbbbbbbbbbbbbb")


def test_a_stun_server_needs_no_credentials_and_no_renewal() -> None:
    relays = Relays(stun_urls=("stun:stun.example.org",))
    assert relays.for_member("a" * 16, 0.0) == ({"urls": ["stun:stun.example.org"]},)
    assert relays.renew_every is None


def test_credentials_are_renewed_when_half_their_time_is_gone() -> None:
    assert Relays(turn_urls=TURN, turn_secret="north", turn_seconds=600.0).renew_every == 300.0


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"turn_urls": TURN}, "turn_secret: give"),
        ({"turn_secret": "north"}, "turn_urls: a secret needs"),
        ({"turn_urls": ("turn.example.org",), "turn_secret": "x"}, "turn_urls: 'turn.example.org'"),
        ({"turn_urls": ("turn:",), "turn_secret": "x"}, "turn_urls: 'turn:'"),
        ({"stun_urls": ("http://stun.example.org",)}, "stun_urls: "),
        ({"turn_urls": TURN, "turn_secret": "x", "turn_seconds": 59.0}, "turn_seconds: .* 60"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(
    wrong: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Relays(**wrong)  # type: ignore[arg-type]  # the table's values are what is tested


def test_the_secret_does_not_show_in_a_log() -> None:
    shown = repr(Relays(turn_urls=TURN, turn_secret="north"))
    assert re.search("north", shown) is None
    assert TURN[0] in shown
