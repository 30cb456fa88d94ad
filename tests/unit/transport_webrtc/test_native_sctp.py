"""Association: what of our frames goes into packets, and when. The network is a list."""

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import (
    SCTP_TSN_MODULO,
    USERDATA_MAX_LENGTH,
    DataChunk,
    RTCSctpTransport,
    SackChunk,
)

from tests.unit.transport_webrtc.line import Line, data, turn
from transport_webrtc.native_sctp import FLIGHT_LIMIT, LOW_WATER, Association


async def test_the_first_frame_leaves_at_once_and_the_others_of_its_turn_share_packets(
    line: Line,
) -> None:
    frames = [bytes([number]) * 100 for number in range(10)]
    for frame in frames:
        line.association.send(frame)
    assert line.sent() == frames[:1]
    await turn()
    assert line.sent() == frames
    assert [len(packet) for packet in line.packets] == [1, 9]


async def test_large_frames_go_in_full_packets(line: Line) -> None:
    line.association.send(bytes(3 * USERDATA_MAX_LENGTH))
    await turn()
    assert [len(chunk) for chunk in line.sent()] == 3 * [USERDATA_MAX_LENGTH]


async def test_an_answer_goes_with_the_acknowledgement_and_behind_it(line: Line) -> None:
    line.answer = b"answer"
    await line.arrives(data(100, b"question"))
    (packet,) = line.packets
    assert [type(chunk) for chunk in packet] == [SackChunk, DataChunk]
    assert line.received == [b"question"]
    assert line.sent() == [b"answer"]


async def test_data_and_acknowledgement_that_come_together(line: Line) -> None:
    line.association.send(b"ours")
    await turn()
    sack = SackChunk()
    sack.cumulative_tsn, sack.advertised_rwnd = 1000, 2**20
    await line.arrives(sack, data(100, b"theirs"), data(101, b"more"))
    assert line.received == [b"theirs", b"more"]
    assert line.association.flight.bytes == 0
    assert sum(isinstance(chunk, SackChunk) for packet in line.packets for chunk in packet) == 1


async def test_what_is_no_binary_message_on_our_channel_is_an_empty_frame(line: Line) -> None:
    await line.arrives(data(100, b"text", kind=51))
    await line.arrives(data(101, b"\x03", kind=50))  # another channel is to be opened
    await line.arrives(data(102, b"x", stream=1))
    assert line.received == 3 * [b""]


async def test_no_more_than_the_limit_is_on_the_network(line: Line) -> None:
    frame = bytes(50 * USERDATA_MAX_LENGTH)
    for _ in range(20):
        line.association.send(frame)
    await turn()
    most = 0
    while line.association.flight.bytes:
        most = max(most, line.association._flight_size)
        await line.acknowledge(line.association._sent_queue[0].tsn)
    assert FLIGHT_LIMIT // 2 < most <= FLIGHT_LIMIT + 4 * USERDATA_MAX_LENGTH
    assert sum(map(len, line.sent())) == 20 * len(frame)


async def all_arrives(line: Line) -> None:
    while line.association.flight.bytes:
        await line.acknowledge()


async def test_it_tells_once_that_little_is_left(line: Line) -> None:
    for _ in range(2):
        line.association.send(bytes(LOW_WATER))
    await turn()
    await all_arrives(line)
    assert [left <= LOW_WATER for left in line.drained_at] == [True]


async def test_it_says_nothing_where_it_was_little_all_the_time(line: Line) -> None:
    line.association.send(bytes(LOW_WATER))
    await turn()
    await all_arrives(line)
    assert line.drained_at == []


async def test_what_is_not_acknowledged_is_sent_again(line: Line) -> None:
    for payload in b"one", b"two":
        line.association.send(payload)
    await turn()
    line.association._t3_expired()
    await turn()
    assert line.sent() == [b"one", b"two", b"one", b"two"]
    await line.acknowledge()
    line.association.send(b"three")
    await turn()
    assert line.sent()[4:] == [b"three"]
    assert not line.association.packets.lossy


async def test_what_a_gap_shows_to_be_lost_is_sent_again(line: Line) -> None:
    for number in range(6):
        line.association.send(bytes([number]))
        await turn()
    for last in 2, 3, 4:
        sack = SackChunk()
        sack.cumulative_tsn, sack.advertised_rwnd, sack.gaps = 999, 2**20, [(2, last + 1)]
        await line.arrives(sack)
    assert line.sent()[6:] == [b"\x00"]


async def test_a_connection_that_ends_is_a_packet_lost(line: Line) -> None:
    line.broken = True
    line.association.send(b"into the void")
    await turn()
    assert line.association.flight.bytes == 13


async def test_a_lost_packet_is_waited_for_less_than_a_second(line: Line) -> None:
    line.association._update_rto(0.001)
    assert line.association._rto == 0.2
    line.association._update_rto(5.0)
    assert 1 < line.association._rto < 60


async def test_numbers_that_start_again_do_no_harm(line: Line) -> None:
    association = line.association
    association._local_tsn = SCTP_TSN_MODULO - 1
    association._last_sacked_tsn = association._acknowledged_tsn = SCTP_TSN_MODULO - 2
    for payload in b"last", b"first":
        association.send(payload)
    await turn()
    sack = SackChunk()
    sack.cumulative_tsn, sack.advertised_rwnd = 0, 2**20
    await line.arrives(sack)
    assert association.flight.bytes == 0


async def test_what_is_lost_where_the_peers_numbers_start_again_is_missed_until_it_comes(
    line: Line,
) -> None:
    line.association._last_received_tsn = SCTP_TSN_MODULO - 3
    first, second, third = (data(100 + place, b"%d" % place) for place in range(3))
    first.tsn, second.tsn, third.tsn = SCTP_TSN_MODULO - 2, SCTP_TSN_MODULO - 1, 0
    for chunk in (third, second, first):
        await line.arrives(chunk)
    assert line.received == [b"0", b"1", b"2"]
    assert line.association._last_received_tsn == 0


async def test_other_connections_in_the_process_stay_as_they_are(line: Line) -> None:
    other = RTCPeerConnection(RTCConfiguration([]))
    other.createDataChannel("another's")
    assert type(other.sctp) is RTCSctpTransport
    assert type(line.connection.sctp) is Association
    await other.close()
