"""What a browser tells of a TURN server that gives it no relay, as a sentence for people."""

REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    438: "Stale Nonce",
    486: "Allocation Quota Reached",
    508: "Insufficient Capacity",
    701: "it was not reached",
}
"""What the codes mean that a person may meet: RFC 8489, section 14.8, and RFC 8656, section 19; 701
is WebRTC's own. Firefox gives the code alone."""


def no_relay(url: str, code: int, text: str) -> str:
    """The sentence.

    :param text: what the browser says itself, perhaps nothing
    """
    reason = text.rstrip(". ") or REASONS.get(code, "it says only")
    return f"The TURN server {url} gives us no relay: {reason} ({code})."
