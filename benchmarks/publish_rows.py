"""A plain Flight client: streams the first rows of a file to a sidecar over any number of streams, and reports as JSON.

Called as `publish_rows.py LOCATION FILE ROWS STREAMS COMMAND [CA]`, with CA a file of the root certificate. Each stream
has a connection of its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
from pyarrow import flight

Connect = Callable[[], flight.FlightClient]
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


def write_all(writer: flight.FlightStreamWriter, batches: list[pa.RecordBatch]) -> None:
    """Write the batches and say that they were all."""
    writer.begin(batches[0].schema)
    for batch in batches:
        writer.write_batch(batch)
    rows = sum(batch.num_rows for batch in batches)
    writer.write_metadata(json.dumps({"end": {"rows": rows}}).encode())
    writer.done_writing()


def publish(connect: Connect, command: dict[str, Any], batches: list[pa.RecordBatch]) -> dict[str, Any]:
    """Run one stream to its end, return its summary and how many rows came back; a second thread writes."""
    descriptor = flight.FlightDescriptor.for_command(json.dumps({"publish": command}).encode())
    with connect() as client:
        writer, reader = client.do_exchange(descriptor)
        writing = Thread(target=write_all, args=(writer, batches), daemon=True)
        writing.start()
        summary: dict[str, Any] = {}
        returned = 0
        while True:
            try:
                chunk = reader.read_chunk()
            except StopIteration:
                break
            returned += 0 if chunk.data is None else chunk.data.num_rows
            if chunk.app_metadata is not None and chunk.app_metadata.size > 0:
                summary = json.loads(chunk.app_metadata.to_pybytes()).get("summary", summary)
        writing.join()
        writer.close()
    return {**summary, "returned": returned}


def connector(location: str, authority: str | None) -> Connect:
    """Return what opens a connection that no other stream shares."""
    roots = {} if authority is None else {"tls_root_certs": Path(authority).read_bytes()}
    return lambda: flight.connect(location, generic_options=[("grpc.use_local_subchannel_pool", 1)], **roots)


def main(connect: Connect, path: str, shape: tuple[int, int], command: dict[str, Any]) -> None:
    """Share the messages out over the streams, run them all at once, print what it took."""
    rows, streams = shape
    batches = read(path, rows)
    started, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(streams) as pool:
        running = [
            pool.submit(publish, connect, {**command, "partition": i}, batches[i::streams]) for i in range(streams)
        ]
        summaries = [one.result() for one in running]
    report = {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - cpu,
        "arrowBytes": sum(batch.nbytes for batch in batches),
        "summaries": summaries,
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    opener = connector(sys.argv[1], sys.argv[6] if len(sys.argv) > 6 else None)  # noqa: PLR2004 - the argument that may be absent
    main(opener, sys.argv[2], (int(sys.argv[3]), int(sys.argv[4])), json.loads(sys.argv[5]))
