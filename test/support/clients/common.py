"""What the Flight clients of the tests share: a command, batches, and a report as one line of JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import pyarrow as pa
from pyarrow import flight

SCHEMA = pa.schema([("key", pa.int64()), ("text", pa.string())])

port = int(sys.argv[1])
options: dict[str, Any] = json.loads(sys.argv[2])
report: dict[str, Any] = {"rows": 0, "columns": [], "events": []}


def connect() -> flight.FlightClient:
    """Connect to the server under test."""
    location = options.get("location", f"grpc://127.0.0.1:{port}")
    # Else the client's window grows by what it guesses of the network, on a slow machine to more than the whole answer.
    return flight.connect(location, generic_options=[("grpc.http2.bdp_probe", 0)], **tls())


def tls() -> dict[str, Any]:
    """TLS arguments, if the scenario has any."""
    names = {"tls_root_certs", "cert_chain", "private_key"}
    return {name: options[name].encode() for name in names if name in options}


def call_options() -> flight.FlightCallOptions:
    """Header and deadline of each call: a hang is a failure, not a wait."""
    headers = [(b"authorization", options["authorization"].encode())] if "authorization" in options else []
    return flight.FlightCallOptions(headers=headers, timeout=40)


def command(**fields: object) -> flight.FlightDescriptor:
    """Write the descriptor of a publish stream."""
    publish = {"table": "account", "mode": "UPSERT", "matchOn": ["accountnumber"], "runId": "run"}
    text = json.dumps({"publish": {**publish, **fields, **options.get("command", {})}})
    return flight.FlightDescriptor.for_command(text.encode())


def exchange(**fields: object) -> tuple[flight.FlightStreamWriter, flight.FlightStreamReader]:
    """Open a publish stream."""
    return connect().do_exchange(command(**fields), call_options())


def batch(first: int, rows: int, text_bytes: int = 10) -> pa.RecordBatch:
    """Make a record batch of `rows` rows, keys counted from `first`."""
    return pa.record_batch([list(range(first, first + rows)), ["x" * text_bytes] * rows], schema=SCHEMA)


def write_all(writer: flight.FlightStreamWriter) -> int:
    """Write as many batches as the scenario asks for; return the number of rows."""
    count, rows, text_bytes = options.get("batches", 3), options.get("rows", 10), options.get("text_bytes", 10)
    writer.begin(SCHEMA)
    for i in range(count):
        writer.write_batch(batch(i * rows, rows, text_bytes))
    return int(count * rows)


def say_end(writer: flight.FlightStreamWriter, rows: int) -> None:
    """Say that these were all rows."""
    writer.write_metadata(json.dumps({"end": {"rows": rows}}).encode())


def read_chunks(reader: flight.FlightStreamReader) -> None:
    """Read to the end of the stream into the report."""
    report["columns"] = reader.schema.names
    while True:
        try:
            chunk = reader.read_chunk()
        except StopIteration:
            return
        if chunk.data is not None:
            chunk.data.validate(full=True)
            report["rows"] += chunk.data.num_rows
        if chunk.app_metadata is not None:
            report["events"].append(json.loads(chunk.app_metadata.to_pybytes()))


def failed(error: BaseException) -> None:
    """Put an exception into the report."""
    report["error"] = {"type": type(error).__name__, "text": str(error)}


def finish() -> None:
    """Print the report."""
    sys.stdout.write(json.dumps(report))
