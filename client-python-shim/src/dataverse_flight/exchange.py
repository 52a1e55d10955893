"""One DoExchange stream: input batches out, outcome batches in, at the same time.

The caller's thread only fills an outbox and empties an inbox; one thread writes and one reads. So neither side can wait
for the other: a caller who both wrote and read in one thread would deadlock with a server whose answers pile up.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataverse_flight.arrow_types import pieces
from dataverse_flight.counts import Counts
from dataverse_flight.errors import DataverseFlightError, StreamEndedError, from_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from dataverse_flight.endpoint import Endpoint

# Pieces of ~1 MiB that wait to be written: one under way, one ready.
OUTBOX_MAX = 2
# Outcome batches that wait to be taken; beyond it the reader stops and the server's own bound on unread rows acts.
INBOX_MAX = 8
# Seconds for the threads to see a cancelled call, or for the status that explains a failed write.
SETTLE_SECONDS = 10.0
# Seconds in which a server that refuses a stream says so; past it the writing side is closed.
REFUSAL_SECONDS = 0.25

_FLIGHT_ERRORS = (pa.ArrowException, OSError, KeyError, ValueError)


class Exchange:
    """A context manager: `send` batches, then `finish`; both give the outcome batches that came meanwhile.

    Leaving the block without `finish` cancels the call, which the server takes for a failed attempt, never for an end.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        descriptor: bytes,
        schema: pa.Schema,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        """Keep what to open; nothing is connected yet. `descriptor` is an encoded Command."""
        self._endpoint, self._descriptor, self._schema, self._on_progress = endpoint, descriptor, schema, on_progress
        self._change = threading.Condition()
        self._outbox: deque[pa.RecordBatch] = deque()
        self._inbox: deque[pa.RecordBatch] = deque()
        self._rows_sent = 0
        self._rows_failed = 0
        self._no_more = self._gone = self._ended = False
        self._write_fault: BaseException | None = None
        self._read_fault: BaseException | None = None
        self._summary: dict[str, Any] | None = None

    def __enter__(self) -> Exchange:  # noqa: PYI034 - typing.Self needs Python 3.11
        """Open the call and start both threads.

        Raises StreamEndedError if there is no connection.
        """
        from pyarrow import flight

        self._connection = self._endpoint.client()
        client = self._connection.__enter__()
        try:
            self._writer, self._reader = client.do_exchange(
                flight.FlightDescriptor.for_command(self._descriptor), self._endpoint.options()
            )
        except _FLIGHT_ERRORS as error:
            self._connection.__exit__(None, None, None)
            raise from_server(error) from None
        self._threads = [
            threading.Thread(target=self._write, name="dataverse-flight-write", daemon=True),
            threading.Thread(target=self._read, name="dataverse-flight-read", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is still under way, wait for both threads, close the connection."""
        with self._change:
            self._gone = True
            finished = self._ended
            self._change.notify_all()
        if not finished:
            self._reader.cancel()
        for thread in self._threads:
            thread.join(SETTLE_SECONDS)
        with suppress(*_FLIGHT_ERRORS):  # the call is over: its status was read by `finish`, or nobody wants it
            self._writer.close()
        self._connection.__exit__(None, None, None)

    def send(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Send a batch in pieces of ~1 MiB; iterate to the end, or the rest is not sent.

        Raises RefusedError or StreamEndedError as soon as the server has ended the stream.
        """
        for piece in pieces(batch):
            while (outcome := self._offer(piece)) is not None:
                yield outcome

    def finish(self) -> Iterator[pa.RecordBatch]:
        """Say that these were all rows, then give the outcome batches that are left. `counts` is known afterwards."""
        with self._change:
            self._no_more = True
            self._change.notify_all()
        while (outcome := self._take()) is not None:
            yield outcome
        self._counts = self._settle()

    @property
    def counts(self) -> Counts:
        """The stream's summary; there only after `finish` was iterated to its end."""
        return self._counts

    def _offer(self, piece: pa.RecordBatch) -> pa.RecordBatch | None:
        """Wait until an outcome batch is here (return it) or the piece found room (return None)."""
        with self._change:
            self._change.wait_for(lambda: self._inbox or len(self._outbox) < OUTBOX_MAX or self._broken())
            if self._inbox:
                return self._pop()
            if self._broken():
                raise self._fault()
            self._outbox.append(piece)
            self._rows_sent += piece.num_rows
            self._change.notify_all()
            return None

    def _take(self) -> pa.RecordBatch | None:
        with self._change:
            self._change.wait_for(lambda: self._inbox or self._ended or self._write_fault)
            if self._inbox:
                return self._pop()
            if self._broken() and (self._summary is None or self._write_fault or self._read_fault):
                raise self._fault()
            return None

    def _pop(self) -> pa.RecordBatch:
        outcome = self._inbox.popleft()
        self._change.notify_all()
        return outcome

    def _broken(self) -> bool:
        return self._ended or self._write_fault is not None

    def _fault(self) -> DataverseFlightError:
        """Name the cause: the status that the reader saw tells more than a write that failed because of it."""
        self._change.wait_for(lambda: self._ended, SETTLE_SECONDS)
        fault = self._read_fault or self._write_fault
        if fault is None:
            return StreamEndedError("The server ended the stream before the last row. Run again under the same run_id.")
        return fault if isinstance(fault, DataverseFlightError) else from_server(fault)

    def _settle(self) -> Counts:
        counts = Counts.from_summary(self._summary or {})
        if counts.received != self._rows_sent or counts.failed != self._rows_failed:
            message = (
                f"{self._rows_sent} rows were sent and {self._rows_failed} came back as failed, but the server counts "
                f"{counts.received} and {counts.failed}. Run again under the same run_id."
            )
            raise StreamEndedError(message)
        return counts

    def _write(self) -> None:
        try:
            self._writer.begin(self._schema)
            while (piece := self._next_piece()) is not None:
                self._writer.write_batch(piece)
            if not self._gone:
                self._writer.write_metadata(json.dumps({"end": {"rows": self._rows_sent}}).encode())
                self._half_close()
        except _FLIGHT_ERRORS as error:
            with self._change:
                self._write_fault = error
                self._change.notify_all()

    def _half_close(self) -> None:
        """Half-close, unless the server refuses the stream or has ended it.

        At the end of a call the reader closes the writing side itself, and both at once abort the whole process: a
        refusal, which comes at once, is waited for.
        """
        with self._change:
            self._change.wait_for(lambda: self._summary is not None or self._ended or self._gone, REFUSAL_SECONDS)
            is_due = not self._ended and not self._gone
        if is_due:
            self._writer.done_writing()

    def _next_piece(self) -> pa.RecordBatch | None:
        with self._change:
            self._change.wait_for(lambda: self._outbox or self._no_more or self._gone or self._ended)
            if self._gone or not self._outbox:
                return None
            piece = self._outbox.popleft()
            self._change.notify_all()
            return piece

    def _read(self) -> None:
        try:
            while True:
                chunk = self._reader.read_chunk()
                if chunk.app_metadata is not None:
                    self._hear(json.loads(chunk.app_metadata.to_pybytes()))
                if chunk.data is not None and chunk.data.num_rows > 0:
                    self._put(chunk.data)
        except StopIteration:
            pass  # the server's OK: `_settle` looks whether a summary came before it
        except _FLIGHT_ERRORS as error:
            self._read_fault = error
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()

    def _hear(self, event: dict[str, Any]) -> None:
        if "summary" in event:
            with self._change:
                self._summary = event["summary"]
                self._change.notify_all()
        elif "progress" in event and self._on_progress is not None:
            self._on_progress(event["progress"])

    def _put(self, outcome: pa.RecordBatch) -> None:
        failed = pc.sum(pc.equal(outcome.column("_dv_outcome"), "failed")).as_py()
        with self._change:
            self._rows_failed += int(failed or 0)
            self._change.wait_for(lambda: len(self._inbox) < INBOX_MAX or self._gone)
            if not self._gone:
                self._inbox.append(outcome)
            self._change.notify_all()
