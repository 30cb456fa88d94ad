"""The bodies of signals: what two members say to each other through the introducer.

docs/link.md has the table. The introducer relays them unread. `start` is the sender's, if its
starts are counted (`starts.py`). `mac` proves that a body comes from someone who knows the session
key: `authentication.py`.
"""

from typing import Annotated, Any

import msgspec

from transport_webrtc.starts import Start

OfferId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Sdp = Annotated[str, msgspec.Meta(min_length=1, max_length=32_768)]
CandidateLine = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Mac = Annotated[str, msgspec.Meta(max_length=128)]


class Offer(msgspec.Struct, frozen=True, tag_field="kind", tag="offer", omit_defaults=True):
    """The smaller id begins. `offer` names the attempt; what belongs to it repeats the name."""

    offer: OfferId
    sdp: Sdp
    mac: Mac | None = None
    start: Start | None = None


class Answer(msgspec.Struct, frozen=True, tag_field="kind", tag="answer", omit_defaults=True):
    """The larger id agrees to the offer."""

    offer: OfferId
    sdp: Sdp
    mac: Mac | None = None
    start: Start | None = None


class Candidate(msgspec.Struct, frozen=True, tag_field="kind", tag="candidate", omit_defaults=True):
    """An address where the sender may be reached, as its ICE agent wrote it."""

    offer: OfferId
    candidate: CandidateLine
    sdp_mid: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    sdp_m_line_index: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    mac: Mac | None = None
    start: Start | None = None


class Wanted(msgspec.Struct, frozen=True, tag_field="kind", tag="wanted", omit_defaults=True):
    """The larger id has no connection and asks the smaller one for an offer."""

    mac: Mac | None = None
    start: Start | None = None


class Check(msgspec.Struct, frozen=True, tag_field="kind", tag="check", omit_defaults=True):
    """Asks whether the receiver still has its end of the attempt or link that `offer` began."""

    offer: OfferId
    mac: Mac | None = None
    start: Start | None = None


class Gone(msgspec.Struct, frozen=True, tag_field="kind", tag="gone", omit_defaults=True):
    """The sender has nothing of this offer, and never will again."""

    offer: OfferId
    mac: Mac | None = None
    start: Start | None = None


class Superseded(
    msgspec.Struct, frozen=True, tag_field="kind", tag="superseded", omit_defaults=True
):
    """The answer to whatever an older start of a member says: this newer one was there."""

    by: Start
    mac: Mac | None = None
    start: Start | None = None


Body = Offer | Answer | Candidate | Wanted | Check | Gone | Superseded


def read_body(body: object) -> Body:
    """Checks a decoded JSON value.

    :raises ValueError: with a sentence, if it is no body.
    """
    try:
        read: Body = msgspec.convert(body, Body)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    return read


def write_body(body: Body) -> dict[str, Any]:
    """The JSON object of a body."""
    built: dict[str, Any] = msgspec.to_builtins(body)
    return built
