"""A plain Flight client: streams the first rows of a file to a sidecar over any number of streams, and reports as JSON.

Called with a JSON object: location, file, rows, streams, command, authority (a file of the root certificate), repeat
(of the rows, 1 if absent) and unreadSeconds (before the first answer is read, 0 if absent). Each stream has a
connection of its own.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
from pyarrow import flight

# As the shim cuts them.
PIECE_BYTES_MAX = 1 << 20


def pieces(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    """Halve a batch until each piece is at most a message of 1 MiB."""
    if batch.num_rows <= 1 or batch.nbytes <= PIECE_BYTES_MAX:
        return [batch]
    half = batch.num_rows // 2
    return pieces(batch.slice(0, half)) + pieces(batch.slice(half))


def read(path: str, rows: int) -> list[pa.RecordBatch]:
    """Take the first `rows` rows in messages; the file is mapped, not read."""
    table = pa.ipc.open_stream(pa.memory_map(path)).read_all().slice(0, rows)
    return [piece for batch in table.to_batches() for piece in pieces(batch)]


def write_all(writer: flight.FlightStreamWriter, batches: list[pa.RecordBatch], repeat: int = 1) -> None:
    """Write the batches and say that they were all."""
    writer.begin(batches[0].schema)
    for _ in range(repeat):
        for batch in batches:
            writer.write_batch(batch)
    rows = repeat * sum(batch.num_rows for batch in batches)
    writer.write_metadata(json.dumps({"end": {"rows": rows}}).encode())
    writer.done_writing()


def read_all(reader: flight.FlightStreamReader) -> dict[str, Any]:
    """Read to the end: the summary, and how many rows came back."""
    summary: dict[str, Any] = {}
    returned = 0
    while True:
        try:
            chunk = reader.read_chunk()
        except StopIteration:
            return {**summary, "returned": returned}
        returned += 0 if chunk.data is None else chunk.data.num_rows
        if chunk.app_metadata is not None and chunk.app_metadata.size > 0:
            summary = json.loads(chunk.app_metadata.to_pybytes()).get("summary", summary)


def descriptor_of(command: dict[str, Any]) -> flight.FlightDescriptor:
    """Say what is to be done with the rows of a stream."""
    return flight.FlightDescriptor.for_command(json.dumps({"publish": command}).encode())


def connect(location: str, authority: str) -> flight.FlightClient:
    """Open a connection that no other stream shares."""
    roots = Path(authority).read_bytes()
    own = [("grpc.use_local_subchannel_pool", 1)]
    return flight.connect(location, generic_options=own, tls_root_certs=roots)


def publish(asked: dict[str, Any], batches: list[pa.RecordBatch], partition: int) -> dict[str, Any]:
    """Run one stream to its end; a second thread writes."""
    with connect(asked["location"], asked["authority"]) as client:
        writer, reader = client.do_exchange(descriptor_of({**asked["command"], "partition": partition}))
        writing = Thread(target=write_all, args=(writer, batches, asked.get("repeat", 1)), daemon=True)
        writing.start()
        time.sleep(asked.get("unreadSeconds", 0))
        summary = read_all(reader)
        writing.join()
        writer.close()
    return summary


def main(asked: dict[str, Any]) -> None:
    """Share the messages out over the streams, run them all at once, print what it took."""
    batches = read(asked["file"], asked["rows"])
    streams = asked["streams"]
    started, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(streams) as pool:
        running = [pool.submit(publish, asked, batches[i::streams], i) for i in range(streams)]
        summaries = [one.result() for one in running]
    report = {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - cpu,
        "arrowBytes": asked.get("repeat", 1) * sum(batch.nbytes for batch in batches),
        "summaries": summaries,
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
