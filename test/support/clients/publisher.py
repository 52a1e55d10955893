"""Does what the test asks for, a line of JSON each, any number at once; answers each with a line of JSON.

`{"id", "location", "command", "columns": [{"name", "type", "values"}], "batchRows", "holdAfter"}` publishes; after
`holdAfter` record batches the rows wait for `{"resume": id}`. `{"id", "location", "action", "body"}` asks.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import sys
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import flight

if TYPE_CHECKING:
    from collections.abc import Callable

TIMESTAMPS = {
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ms": pa.timestamp("ms", "UTC"),
    "timestamp_ns": pa.timestamp("ns", "UTC"),
    "timestamp_naive": pa.timestamp("us"),
}
PLAIN = {"string": pa.string(), "large_string": pa.large_string(), "bool": pa.bool_()}
NUMBERS = {name: getattr(pa, name)() for name in ("int8", "int16", "int32", "int64", "uint64", "float32", "float64")}
PARTY = ("partyid", "table", "addressused")
PARSED: dict[str, tuple[pa.DataType, Callable[[Any], Any]]] = {
    "date": (pa.date32(), dt.date.fromisoformat),
    "parties": (pa.list_(pa.struct([(name, pa.string()) for name in PARTY])), list),
    "binary": (pa.binary(), bytes.fromhex),
    "duration": (pa.duration("us"), int),
    "guid": (pa.binary(16), lambda text: bytes.fromhex(text.replace("-", ""))),
}

holds: dict[int, threading.Event] = {}
output = threading.Lock()


def array_of(kind: str, values: list[Any]) -> pa.Array:
    """Make an Arrow array of texts and numbers that JSON can hold exactly."""
    if kind in PLAIN:
        return pa.array(values, PLAIN[kind])
    if kind in NUMBERS:
        parse = float if kind.startswith("float") else int
        return pa.array([None if value is None else parse(value) for value in values], NUMBERS[kind])
    if kind in TIMESTAMPS:
        counts = [None if value is None else int(value) for value in values]
        return pa.array(counts, pa.int64()).cast(TIMESTAMPS[kind])
    if kind.startswith("list<"):
        return pa.array(values, pa.list_({"int32": pa.int32(), "string": pa.string()}[kind[5:-1]]))
    if kind.startswith("decimal("):
        return decimals_of(kind, values)
    arrow, parse = PARSED[kind]
    return pa.array([value and parse(value) for value in values], arrow)


def decimals_of(kind: str, values: list[Any]) -> pa.Array:
    """Make decimals of `decimal(precision,scale)` from texts."""
    precision, scale = (int(part) for part in kind.removeprefix("decimal(").removesuffix(")").split(","))
    make = pa.decimal128 if precision <= 38 else pa.decimal256
    return pa.array([None if value is None else decimal.Decimal(value) for value in values], make(precision, scale))


def table_of(columns: list[dict[str, Any]]) -> pa.Table:
    """Make the input table."""
    return pa.table({column["name"]: array_of(column["type"], column["values"]) for column in columns})


def connect(job: dict[str, Any]) -> flight.FlightClient:
    """Connect as the job says."""
    tls = {"tls_root_certs": job["rootCertificate"].encode()} if "rootCertificate" in job else {}
    return flight.connect(job["location"], **tls)


def call_options(job: dict[str, Any]) -> flight.FlightCallOptions:
    """Give the call a deadline: a hang is a failure, not a wait."""
    headers = [(b"authorization", job["authorization"].encode())] if "authorization" in job else []
    return flight.FlightCallOptions(headers=headers, timeout=job.get("timeoutS", 50))


class Publishing:
    """One publish stream: written by this thread, read by a second one."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.table = table_of(job["columns"])
        self.answers: list[pa.RecordBatch] = []
        self.summary: dict[str, Any] | None = None
        self.error: BaseException | None = None

    def run(self) -> dict[str, Any]:
        """Publish, and report."""
        try:
            with connect(self.job) as client:
                self.exchange(client)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
            self.error = self.error or error
        return self.report()

    def exchange(self, client: flight.FlightClient) -> None:
        """Write all rows, and the explicit end."""
        command = flight.FlightDescriptor.for_command(json.dumps({"publish": self.job["command"]}).encode())
        writer, reader = client.do_exchange(command, call_options(self.job))
        reading = threading.Thread(target=self.read, args=(reader,))
        reading.start()
        try:
            writer.begin(self.table.schema)
            batches = self.table.to_batches(max_chunksize=self.job.get("batchRows", 100))
            for count, batch in enumerate(batches):
                if count == self.job.get("holdAfter"):
                    holds[self.job["id"]].wait()
                writer.write_batch(batch)
            writer.write_metadata(json.dumps({"end": {"rows": self.table.num_rows}}).encode())
            writer.done_writing()
        finally:
            reading.join()
            writer.close()

    def read(self, reader: flight.FlightStreamReader) -> None:
        """Read to the end of the stream."""
        try:
            while True:
                chunk = reader.read_chunk()
                if chunk.data is not None:
                    chunk.data.validate(full=True)
                    self.answers.append(chunk.data)
                if chunk.app_metadata is not None:
                    self.summary = json.loads(chunk.app_metadata.to_pybytes()).get("summary", self.summary)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
            self.error = error

    def report(self) -> dict[str, Any]:
        """Put rows, summary and error into what JSON can hold."""
        report: dict[str, Any] = {"rows": [], "summary": self.summary}
        if self.answers:
            answer = pa.Table.from_batches(self.answers)
            own = [name for name in answer.column_names if name.startswith("_dv_")]
            report["rows"] = answer.select(own).to_pylist()
            given = answer.drop_columns(own)
            # What comes back may be null in more columns, but is never of another name, type or value.
            report["unchanged"] = given.equals(self.table.take(answer["_dv_row"])) and all(
                (ours.name, ours.type) == (theirs.name, theirs.type)
                for ours, theirs in zip(self.table.schema, given.schema, strict=True)
            )
        if self.error is not None:
            report["error"] = {"type": type(self.error).__name__, "text": str(self.error)}
        return report


def act(job: dict[str, Any]) -> dict[str, Any]:
    """Ask a question."""
    try:
        with connect(job) as client:
            body = json.dumps(job.get("body", {})).encode()
            results = client.do_action(flight.Action(job["action"], body), call_options(job))
            return {"results": [json.loads(result.body.to_pybytes()) for result in results]}
    except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
        return {"error": {"type": type(error).__name__, "text": str(error)}}


def work(job: dict[str, Any]) -> None:
    """Do one job and print its report."""
    report = act(job) if "action" in job else Publishing(job).run()
    with output:
        sys.stdout.write(json.dumps({"id": job["id"], **report}, default=str) + "\n")
        sys.stdout.flush()


for line in sys.stdin:
    request = json.loads(line)
    if "resume" in request:
        holds[request["resume"]].set()
        continue
    holds[request["id"]] = threading.Event()
    threading.Thread(target=work, args=(request,), daemon=True).start()
