"""Small publications, one after another: how long each takes from its call to its summary, in milliseconds.

Called with a JSON object: location, file, count and warmUp (publications that count, and before them), rows (of each),
command, authority and way: `stream` is an exchange over one connection that is open already, `package` a call of the
Python package's `publish`.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from dataverse_flight import publish
from publish_rows import connect, descriptor_of, read_all, write_all

if TYPE_CHECKING:
    from collections.abc import Callable


def over_one_connection(asked: dict[str, Any]) -> Callable[[pa.RecordBatch], int]:
    """Give what publishes one batch and says how many rows were acknowledged."""
    client = connect(asked["location"], asked["authority"])

    def one(batch: pa.RecordBatch) -> int:
        writer, reader = client.do_exchange(descriptor_of({**asked["command"], "runId": str(uuid.uuid4())}))
        with writer:
            write_all(writer, [batch])
            return int(read_all(reader)["acknowledged"])

    return one


def by_package(asked: dict[str, Any]) -> Callable[[pa.RecordBatch], int]:
    """Give what does the same as a user would."""
    names = {"table": asked["command"]["table"], "match_on": asked["command"]["matchOn"], "excess": "round"}

    def one(batch: pa.RecordBatch) -> int:
        result = publish(
            pa.table(batch),
            **names,
            mode="upsert",
            endpoint=asked["location"],
            ca=asked["authority"],
            progress=False,
        )
        return int(result.acknowledged)

    return one


def main(asked: dict[str, Any]) -> None:
    """Print the milliseconds of each publication after the warm-up."""
    one = {"stream": over_one_connection, "package": by_package}[asked["way"]](asked)
    rows, warm_up = asked["rows"], asked["warmUp"]
    count = warm_up + asked["count"]
    table = pa.ipc.open_stream(pa.memory_map(asked["file"])).read_all().slice(0, rows * count).combine_chunks()
    [batch] = table.to_batches()
    took: list[float] = []
    acknowledged = 0
    for i in range(count):
        started = time.perf_counter()
        acknowledged += one(batch.slice(i * rows, rows))
        took.append((time.perf_counter() - started) * 1000)
    sys.stdout.write(json.dumps({"milliseconds": took[warm_up:], "acknowledged": acknowledged, "sent": rows * count}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
