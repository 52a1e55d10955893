"""A Flight server that keeps the contract as far as this package relies on it, and remembers every stream."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from dataverse_flight.opening import OPENING_PARTITION
from dataverse_flight.outcome_columns import outcome_schema
from pyarrow import flight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ATTRIBUTES = pa.schema(
    [
        ("accountid", pa.string()),
        ("accountnumber", pa.string()),
        ("name", pa.string()),
        ("creditlimit", pa.decimal128(19, 4)),
        ("numberofemployees", pa.int32()),
        ("lastonholdtime", pa.timestamp("us", tz="UTC")),
    ]
)
COMMAND_FIELDS = {
    "environment", "table", "mode", "matchOn", "runId", "partition", "attempt", "columns", "ignore", "rowKey", "nulls",
    "excess", "onMissing", "rowVersion", "replaceRow", "expectedRows", "returning", "maxFailedRows", "maxFailedRatio",
    "strategy", "endsExplicitly",
}  # fmt: skip


@dataclass
class Stream:
    """What one DoExchange asked and sent."""

    command: dict[str, Any]
    schema: pa.Schema | None = None
    batches: list[pa.RecordBatch] = field(default_factory=list)
    ended: bool = False

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.to_pylist()]

    @property
    def opening(self) -> bool:
        return bool(self.command["partition"] == OPENING_PARTITION)


class FakeServer(flight.FlightServerBase):  # type: ignore[misc]
    """`fails(row)` names the error code of a row, `refuses(command, schema)` gives the error that refuses a stream."""

    def __init__(self) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self.streams: list[Stream] = []
        self.fails: Callable[[dict[str, Any]], str | None] = lambda _: None
        self.refuses: Callable[[dict[str, Any], pa.Schema], Exception | None] = lambda _command, _schema: None
        self.ends_with: Callable[[Stream], Exception | None] = lambda _: None
        self.changes_summary: Callable[[dict[str, Any]], dict[str, Any]] = lambda summary: summary
        self.answers_at_once = True
        self.reads = threading.Event()
        self.reads.set()
        self.actions: list[tuple[str, dict[str, Any]]] = []

    @property
    def location(self) -> str:
        return f"grpc://127.0.0.1:{self.port}"

    @property
    def published(self) -> list[Stream]:
        """Streams that were to carry rows."""
        return [stream for stream in self.streams if not stream.opening]

    def do_exchange(self, _context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
        command = json.loads(descriptor.command)["publish"]
        unknown = set(command) - COMMAND_FIELDS
        if unknown:
            message = f"invalid_command: Unknown fields {unknown}. Remove them."
            raise pa.ArrowInvalid(message)
        stream = Stream(command)
        self.streams.append(stream)
        stream.schema = reader.schema
        refusal = self.refuses(command, stream.schema)
        if refusal is not None:
            raise refusal
        writer.begin(outcome_schema(list(stream.schema)))
        counts: Counter[str] = Counter()
        for outcome in self._outcomes(stream, reader, counts):
            writer.write_batch(outcome)
        if not stream.ended:
            return
        ended = self.ends_with(stream)
        if ended is not None:
            raise ended
        writer.write_metadata(json.dumps({"summary": self.changes_summary(_summary(counts))}).encode())

    def _outcomes(self, stream: Stream, reader: Any, counts: Counter[str]) -> Iterator[pa.RecordBatch]:
        for chunk in reader:
            self.reads.wait(30)
            if chunk.data is not None:
                begin = sum(batch.num_rows for batch in stream.batches)
                stream.batches.append(chunk.data)
                outcome = self._judge(stream, chunk.data, begin, counts)
                if outcome.num_rows:
                    yield outcome
                ended = None if stream.opening else self.ends_with(stream)
                if ended is not None:
                    raise ended
            if chunk.app_metadata is not None:
                end = json.loads(chunk.app_metadata.to_pybytes())["end"]
                assert end["rows"] == sum(batch.num_rows for batch in stream.batches)
                stream.ended = True

    def _judge(self, stream: Stream, batch: pa.RecordBatch, begin: int, counts: Counter[str]) -> pa.RecordBatch:
        codes = [self.fails(row) for row in batch.to_pylist()]
        counts["received"] += len(codes)
        for code in codes:
            counts["upserted" if code is None else code] += 1
        all_rows = stream.command["returning"] == "ALL"
        back = [index for index, code in enumerate(codes) if all_rows or code is not None]
        taken = batch.take(pa.array(back, pa.int64()))
        chosen = [codes[index] for index in back]
        now = int(time.time() * 1e6)
        columns = {
            "_dv_outcome": ["upserted" if code is None else "failed" for code in chosen],
            "_dv_row": [begin + index for index in back],
            "_dv_id": [None] * len(back),
            "_dv_error_code": chosen,
            "_dv_error_column": [None if code is None else "name" for code in chosen],
            "_dv_error_message": [None if code is None else "It said no." for code in chosen],
            "_dv_service_code": [None if code is None else "0x80040237" for code in chosen],
            "_dv_http_status": [None if code is None else 400 for code in chosen],
            "_dv_retryable": [None if code is None else code == "lookup_missing" for code in chosen],
            "_dv_attempts": [1] * len(back),
            "_dv_request_id": ["r"] * len(back),
            "_dv_settled_at": [now] * len(back),
        }
        schema = outcome_schema(list(batch.schema))
        arrays = [pa.array(columns[item.name], item.type) for item in list(schema)[batch.num_columns :]]
        return pa.RecordBatch.from_arrays([*taken.columns, *arrays], schema=schema)

    def get_schema(self, _context: Any, _descriptor: Any) -> Any:
        return flight.SchemaResult(ATTRIBUTES)

    def do_action(self, _context: Any, action: Any) -> list[bytes]:
        body = json.loads(action.body.to_pybytes())
        self.actions.append((action.type, body))
        return [json.dumps({"environment": "demo", "received": 1, "acknowledged": 1, "failed": 0}).encode()]


def _summary(counts: Counter[str]) -> dict[str, Any]:
    codes = {code: rows for code, rows in counts.items() if code not in {"received", "upserted"}}
    return {
        "received": counts["received"], "acknowledged": counts["upserted"], "failed": sum(codes.values()), "notSent": 0,
        "created": 0, "updated": 0, "upserted": counts["upserted"], "deleted": 0, "unchanged": 0, "requests": 1,
        "throttles": 0, "waitedMs": 0, "failedByCode": codes, "warnings": [], "laterField": 1,
    }  # fmt: skip
