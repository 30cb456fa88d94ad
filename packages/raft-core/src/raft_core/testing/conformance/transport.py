"""What ``interfaces.Transport`` promises, as one test each."""

from collections.abc import Sequence
from random import Random

from raft_core.interfaces import Transport
from raft_core.testing.conformance.endpoint import Endpoint, Endpoints
from raft_core.testing.conformance.waiting import turns, until

_SEED = 2014
"""For payloads without any pattern that a framing could get wrong unseen."""


class TransportConformance:
    """Inherit in a test file, and say how transports of one network are made.

    For example::

        class TestMyTransport(TransportConformance):
            async def open(self, count: int) -> Sequence[Transport]:
                network = MyNetwork()
                return [MyTransport(network) for _ in range(count)]

    The suite starts and stops them. It sends again what does not arrive, so the network may lose,
    repeat and reorder, as long as it does not lose the same payload for ever.
    """

    patience: float = 30.0
    """Seconds after which a connection or a payload that has not come is taken to be missing."""

    async def open(self, count: int) -> Sequence[Transport]:
        """So many transports of one new network, for one member each; none is started."""
        raise NotImplementedError(
            "say how to make your transports: async def open(self, count) -> Sequence[Transport]"
        )

    async def _network(self, count: int, *, echo: bool = False) -> Endpoints:
        transports = await self.open(count)
        assert len(transports) == count, f"open({count}) gave {len(transports)} transports"
        sending: list[str] = []
        return Endpoints(
            [
                Endpoint(f"{number + 1:016x}", transport, sending, echo=echo and number > 0)
                for number, transport in enumerate(transports)
            ],
            self.patience,
        )

    # --- peers ---------------------------------------------------------------------------------

    async def test_everyone_is_told_of_all_the_others(self) -> None:
        async with await self._network(3) as network:
            await network.start()

    async def test_a_late_comer_is_told_of_the_others_and_they_of_it(self) -> None:
        async with await self._network(3) as network:
            first, second, third = network.ends
            await first.start()
            await second.start()
            await network.connected([first, second])
            await third.start()
            await network.connected([first, second, third])

    async def test_a_stopped_peer_is_no_peer_any_more(self) -> None:
        async with await self._network(3) as network:
            first, second, third = await network.start()
            await third.transport.stop()
            await network.connected([first, second])
            assert first.send(third.node_id, b"to nobody") is False, "it sends to a stopped peer"
            await first.send_until_received(second, b"the others go on", self.patience)

    # --- payloads ------------------------------------------------------------------------------

    async def test_payloads_arrive_from_their_true_sender(self) -> None:
        async with await self._network(3) as network:
            ends = await network.start()
            for sender in ends:
                for receiver in ends:
                    if sender is not receiver:
                        text = f"from {sender.node_id} to {receiver.node_id}"
                        await sender.send_until_received(receiver, text.encode(), self.patience)
            await turns()
            for receiver in ends:
                for claimed, payload in receiver.received:
                    assert payload.decode() == f"from {claimed} to {receiver.node_id}", (
                        f"{receiver.node_id} got {payload!r}, said to come from {claimed}"
                    )

    async def test_payloads_of_every_size_arrive_whole(self) -> None:
        async with await self._network(2) as network:
            sender, receiver = await network.start()
            limit = sender.transport.max_payload
            rng = Random(_SEED)
            sizes = sorted({0, 1, 2, 255, 256, 1199, 16_384, 65_536, limit // 2, limit - 1, limit})
            sent = {rng.randbytes(size) for size in sizes if size <= limit}
            for payload in sorted(sent, key=len):
                await sender.send_until_received(receiver, payload, self.patience)
            assert {payload for _, payload in receiver.received} == sent, (
                "something arrived that was never sent"
            )

    async def test_every_byte_arrives(self) -> None:
        async with await self._network(2) as network:
            sender, receiver = await network.start()
            for payload in (bytes(range(256)), b"\0", b"\xff", b"\r\n", b'{"json": 1}'):
                await sender.send_until_received(receiver, payload, self.patience)

    async def test_many_payloads_at_once_arrive_as_they_are(self) -> None:
        """What does not fit at the moment is refused by False, and never mixed up."""
        async with await self._network(2) as network:
            sender, receiver = await network.start()
            payloads = [f"number {n} ".encode() * (1 + n % 40) for n in range(200)]
            for payload in payloads:
                sender.send(receiver.node_id, payload)
            for payload in payloads:
                await sender.send_until_received(receiver, payload, self.patience)
            assert {payload for _, payload in receiver.received} == set(payloads), (
                "something arrived that was never sent"
            )

    async def test_more_than_max_payload_is_a_value_error(self) -> None:
        async with await self._network(2) as network:
            sender, receiver = await network.start()
            limit = sender.transport.max_payload
            for size in (limit + 1, 2 * limit):
                assert self._is_refused(sender, receiver, size), (
                    f"{size} bytes were no ValueError, and max_payload is {limit}"
                )
            await sender.send_until_received(receiver, b"still good", self.patience)
            assert {payload for _, payload in receiver.received} == {b"still good"}, (
                "a part of what was refused has arrived"
            )

    def _is_refused(self, sender: Endpoint, receiver: Endpoint, size: int) -> bool:
        try:
            sender.transport.send(receiver.node_id, b"m" * size)
        except ValueError:
            return True
        return False

    # --- send ----------------------------------------------------------------------------------

    async def test_send_to_an_unknown_peer_is_false(self) -> None:
        async with await self._network(2) as network:
            first, second = await network.start()
            assert first.send("ffffffffffffffff", b"to nobody") is False, "nobody is there"
            await first.send_until_received(second, b"still good", self.patience)

    async def test_nothing_is_called_from_inside_send(self) -> None:
        """A member is in the middle of its work when it sends."""
        async with await self._network(2) as network:
            first, second = await network.start()
            for payload in (b"a", b"b" * 1000, b"c" * first.transport.max_payload):
                await first.send_until_received(second, payload, self.patience)
                await second.send_until_received(first, payload, self.patience)
            assert not first.faults + second.faults, (first.faults + second.faults)[0]

    async def test_a_callback_may_send(self) -> None:
        """A follower answers before ``deliver`` returns."""
        async with await self._network(2, echo=True) as network:
            first, second = await network.start()
            for number in range(20):
                payload = f"question {number}".encode()
                await first.send_until_received(second, payload, self.patience)
                answer = (second.node_id, payload)
                await self._ask_until_answered(first, second, answer)
            assert not first.faults + second.faults, (first.faults + second.faults)[0]

    async def _ask_until_answered(
        self, first: Endpoint, second: Endpoint, answer: tuple[str, bytes]
    ) -> None:
        def answered() -> bool:
            if answer not in first.received:
                first.send(second.node_id, answer[1])
            return answer in first.received

        await until(answered, "an answer sent from inside deliver never arrived", self.patience)

    # --- stop ----------------------------------------------------------------------------------

    async def test_nothing_is_called_after_stop(self) -> None:
        async with await self._network(3) as network:
            first, second, third = await network.start()
            for number in range(50):
                first.send(second.node_id, b"under way %d" % number)
            await second.transport.stop()
            calls = second.calls
            for number in range(50):
                first.send(second.node_id, b"too late %d" % number)
            await third.transport.stop()
            await until(lambda: not first.peers, "a stopped peer is still one", self.patience)
            await turns()
            assert second.calls == calls, "a callback was called after stop had returned"

    async def test_stop_is_idempotent(self) -> None:
        async with await self._network(2) as network:
            first, second = await network.start()
            await second.transport.stop()
            await second.transport.stop()
            await until(lambda: not first.peers, "a stopped peer is still one", self.patience)

    async def test_a_transport_that_was_not_started_can_be_stopped(self) -> None:
        """As when the start of a member fails half way."""
        async with await self._network(1) as network:
            await network.ends[0].transport.stop()

    async def test_a_stopped_transport_sends_nothing(self) -> None:
        async with await self._network(2) as network:
            first, second = await network.start()
            await first.transport.stop()
            assert first.send(second.node_id, b"after the end") is False, "it sends when stopped"
            await turns()
            assert (first.node_id, b"after the end") not in second.received, "it arrived"
