"""docs/link.md says what the code does."""

import hmac
import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from transport_webrtc import bodies, framing
from transport_webrtc.authentication import Authenticator
from transport_webrtc.link import LinkSettings
from transport_webrtc.negotiation import NegotiationSettings

DOCUMENT = (Path(__file__).parents[3] / "docs/link.md").read_text()
LINK, NEGOTIATION = LinkSettings(), NegotiationSettings()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_kind_of_frame_has_its_row() -> None:
    documented = {name.upper(): int(kind) for kind, name, *_ in rows("Frames")}
    assert documented == {
        name: getattr(framing, name)
        for name in (
            "WHOLE",
            "CHUNK",
            "HELLO",
            "READY",
            "PING",
            "PONG",
            "BYE",
            "SUPERSEDED",
            "YIELDED",
            "EARLIER",
        )
    }


@pytest.mark.parametrize("frame", [framing.Hello, framing.Ping, framing.Chunk, framing.Superseded])
def test_the_fields_of_a_frame_are_named(frame: type[msgspec.Struct]) -> None:
    (row,) = [row for row in rows("Frames") if row[1] == frame.__name__.lower()]
    fields = [field for field in frame.__struct_fields__ if field != "data"]
    assert re.findall(r"`(\w+)`", row[2]) == fields


def test_every_kind_of_signal_has_its_row_and_fields() -> None:
    documented = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows("Signals")}
    built = {}
    for body in get_args(bodies.Body):
        fields = [name for name in body.__struct_fields__ if name not in {"mac", "start"}]
        built[body.__struct_config__.tag] = fields
    assert documented == built


def test_the_example_of_a_proof_is_what_we_make_and_believe() -> None:
    example = {name.strip("`"): value.strip("`") for name, value in rows("Proof")}
    body = bodies.read_body(json.loads(example["body"]))
    sender = Authenticator(example["sender"], example["session key"])
    sender.start = body.start
    receiver = Authenticator(example["receiver"], example["session key"])
    signed = sender.sign(example["receiver"], body)
    assert signed.mac == example["mac"]
    assert receiver.is_genuine(example["sender"], signed)


def test_the_example_of_a_proof_can_be_followed_step_by_step() -> None:
    example = {name.strip("`"): value.strip("`") for name, value in rows("Proof")}
    key = hmac.digest(bytes.fromhex(example["session key"]), b"raft signals 2", "sha256")
    assert key.hex() == example["key"]
    mac = hmac.digest(key, bytes.fromhex(example["fields"]), "sha256")
    assert mac.hex() == example["mac"]
    proof = hmac.digest(key, bytes.fromhex(example["fields of its start"]), "sha256")
    assert proof.hex() == json.loads(example["body"])["start"]["proof"]


@pytest.mark.parametrize(
    "sentence",
    [
        f"A frame has at most {framing.MAX_FRAME:,} bytes.",
        f"A message of at most {framing.MAX_WHOLE:,} bytes.",
        f"UTF-8, at most {framing.MAX_BYE} bytes",
        f"`max_message` ({LINK.max_payload:,} here)",
        f"waited {LINK.patience:g} seconds for larger ones",
        f"at most {LINK.pace_limit // 1024} KiB are in the channel",
        f"with more than {LINK.send_limit // 2**20} MiB waiting",
        f"after two such rounds and {LINK.dead_after:g} seconds it is dead",
        f"An attempt has {NEGOTIATION.connect_timeout:g} seconds.",
        f"follows after {NEGOTIATION.first_delay:g} seconds",
        f"doubled each time up to {NEGOTIATION.max_delay:g},",
        f"waits {NEGOTIATION.wanted_after:g} to {1.5 * NEGOTIATION.wanted_after:g} seconds more",
        f"lasted {NEGOTIATION.steady_after:g} seconds",
        f"Ignored for {NEGOTIATION.answer_patience:g} seconds after an offer",
    ],
)
def test_numbers_are_those_of_the_code(sentence: str) -> None:
    assert sentence in re.sub(r"\s+", " ", DOCUMENT)
