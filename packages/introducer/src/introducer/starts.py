"""Which start of its member a client is: one that was copied runs twice, and the newest counts.

The members prove to each other which starts there were. Here they are compared, and handed on with
their proof, so that an older one ends because it is shown the newer one, and not on our word.
"""

from typing import Annotated

from msgspec import Meta, Struct


class Start(Struct, frozen=True, forbid_unknown_fields=True):
    """A member's start, as it says itself."""

    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    nonce: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    proof: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]

    def is_newer_than(self, other: "Start | None") -> bool:
        """Whether this one counts, of two starts of one member."""
        return other is not None and (self.number, self.nonce) > (other.number, other.nonce)
