"""One stream: threads, pieces, and the ways it can end."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from dataverse_flight.arrow_types import PIECE_BYTES_MAX, pieces
from dataverse_flight.command import Command
from dataverse_flight.endpoint import Endpoint
from dataverse_flight.errors import RefusedError, StreamEndedError
from dataverse_flight.exchange import INBOX_MAX, OUTBOX_MAX, Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fake_server import FakeServer, Stream

SCHEMA = pa.schema([("name", pa.string())])


def batch(rows: int, text: str = "x") -> pa.RecordBatch:
    return pa.record_batch([pa.array([text] * rows)], schema=SCHEMA)


def exchange(server: FakeServer, **more: Any) -> Exchange:
    command = Command({"table": "account", "mode": "INSERT", "runId": "r", "returning": "FAILED"})
    return Exchange(Endpoint(server.location), command.encode(0, 1), SCHEMA, **more)


def run(stream: Exchange, batches: Iterable[pa.RecordBatch]) -> None:
    """Send all and finish; outcomes are dropped."""
    with stream:
        for each in batches:
            list(stream.send(each))
        list(stream.finish())


def test_pieces_are_at_most_a_mebibyte_and_keep_the_order() -> None:
    whole = pa.record_batch([pa.array([f"{index:>200}" for index in range(30_000)])], schema=SCHEMA)
    cut = pieces(whole)
    assert max(piece.nbytes for piece in cut) <= PIECE_BYTES_MAX
    assert pa.Table.from_batches(cut).equals(pa.Table.from_batches([whole]).combine_chunks())


def test_one_row_larger_than_a_piece_goes_alone() -> None:
    assert [piece.num_rows for piece in pieces(batch(2, "x" * (2 << 20)))] == [1, 1]


def test_writing_everything_before_reading_does_not_deadlock(server: FakeServer) -> None:
    """The server answers every row and the caller takes answers only when it must: more than all buffers hold."""
    server.fails = lambda _: "row_rejected"
    rows = 60
    with exchange(server) as stream:
        came = sum(outcome.num_rows for _ in range(rows) for outcome in stream.send(batch(1, "x" * 900_000)))
        came += sum(outcome.num_rows for outcome in stream.finish())
    assert came == rows
    assert stream.counts.failed == rows


def test_what_waits_is_bounded(server: FakeServer) -> None:
    """A server that does not read holds the caller back after the outbox and the transport's own buffers."""
    server.reads.clear()
    sent: list[int] = []

    def send_all() -> None:
        with exchange(server) as stream:
            for number in range(400):
                for _ in stream.send(batch(1, "x" * 900_000)):
                    pass
                sent.append(number)
            for _ in stream.finish():
                pass

    caller = threading.Thread(target=send_all)
    caller.start()
    caller.join(1.0)
    held_back_at = len(sent)
    server.reads.set()
    caller.join(60)
    assert held_back_at < 400
    assert len(sent) == 400
    assert (OUTBOX_MAX, INBOX_MAX) == (2, 8)


def test_an_error_in_mid_stream_reaches_the_caller_with_its_code(server: FakeServer) -> None:
    from pyarrow import flight

    def superseded(stream: Stream) -> Exception | None:
        return (
            flight.FlightInternalError("superseded: A newer attempt runs. Nothing to do.") if stream.batches else None
        )

    server.ends_with = superseded
    with pytest.raises(RefusedError, match="superseded: A newer attempt runs") as caught:
        run(exchange(server), [batch(1, "x" * 500_000)] * 500)
    assert caught.value.code == "superseded"


def test_an_end_without_a_summary_is_no_success(server: FakeServer) -> None:
    server.changes_summary = lambda _: {}
    with pytest.raises(StreamEndedError):
        run(exchange(server), [batch(1)])


def test_a_caller_that_raises_never_sends_the_end(server: FakeServer) -> None:
    with pytest.raises(ZeroDivisionError):
        run(exchange(server), (batch(1 // rows) for rows in (1, 0)))
    assert not any(stream.ended for stream in server.streams)


def test_no_thread_is_left_behind(server: FakeServer) -> None:
    run(exchange(server), [batch(1)])
    with pytest.raises(ZeroDivisionError):
        run(exchange(server), (batch(1 // rows) for rows in (1, 0)))
    names = ("dataverse-flight-write", "dataverse-flight-read")
    assert not [thread for thread in threading.enumerate() if thread.name in names]


def test_the_descriptor_is_json_with_uint32_numbers() -> None:
    command = Command({"table": "account", "mode": "INSERT", "runId": "r"})
    numbers = json.loads(command.encode(3, 2**32 + 5))["publish"]
    assert (numbers["partition"], numbers["attempt"], numbers["endsExplicitly"]) == (3, 5, True)


def test_a_server_that_is_gone_is_an_error_of_ours() -> None:
    command = Command({"table": "account", "mode": "INSERT", "runId": "r", "returning": "FAILED"})
    with pytest.raises(StreamEndedError, match="run again under the same run_id"):
        Exchange(Endpoint("grpc://127.0.0.1:9"), command.encode(0, 1), SCHEMA).__enter__()
