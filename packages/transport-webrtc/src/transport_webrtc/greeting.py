"""The greeting of a link: each end hears who the other is, and that it was heard itself.

Until it is greeted an end says hello, and once a round again; each hello is answered by a ready. So
it does not matter which of them are lost, or how often: as soon as frames get through both ways,
both ends are greeted within a round. Who is greeted asks no more, but answers still.

No sending and no time here: that is `link.py`'s.
"""

from transport_webrtc.framing import PROTOCOL, FrameError, Hello


class Incompatible(ValueError):
    """The peer speaks another version of the protocol: nobody's fault, but no link either."""


class Greeting:
    """What `member` (us) has heard of `peer`. `hello` is what we say of ourselves.

    :param max_message: bytes of the largest message that we take
    """

    def __init__(self, member: str, peer: str, max_message: int) -> None:
        self.hello = Hello(PROTOCOL, member, max_message)
        self.peer_takes = 0
        """Bytes of the largest message to be sent to the peer: 0 until its hello is here."""
        self._peer = peer
        self._heard: Hello | None = None
        self._ready = False

    @property
    def over(self) -> bool:
        """Hello and ready have come: what we send now finds the peer greeted, or greets it."""
        return self._ready and self._heard is not None

    def take_hello(self, hello: Hello) -> None:
        """The peer says who it is, perhaps again; it is to be answered by a ready.

        :raises FrameError: it is somebody else, or says something else than before
        :raises Incompatible: with a sentence
        """
        if hello == self._heard:
            return
        if self._heard is not None:
            raise FrameError("a second hello, which says something else")
        if hello.protocol != PROTOCOL:
            older = "we are" if hello.protocol > PROTOCOL else "it is"
            versions = f"it speaks version {hello.protocol} of the link protocol, we {PROTOCOL}"
            raise Incompatible(f"{versions}, so {older} the older one")
        if hello.member != self._peer:
            raise FrameError(f"it says that it is {hello.member[:40]!r}")
        self._heard = hello
        self.peer_takes = min(hello.max_message, self.hello.max_message)

    def take_ready(self) -> None:
        """The peer has our hello."""
        self._ready = True

    def take_message(self) -> None:
        """A message came. Who sends one has our hello and our ready: its own ready was lost.

        :raises FrameError: our ready cannot be there, since there was no hello to answer
        """
        if self._heard is None:
            raise FrameError("a message before a hello")
        self._ready = True
