"""What runs in a Spark task: one partition, one stream.

Spark matches output columns by position and swaps them without a word,
so every batch is cast by name before it is yielded.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataverse_flight.arrow_types import plain_batch, plain_schema
from dataverse_flight.exchange import Exchange
from dataverse_flight.outcome_columns import OUTCOME_FIELDS, cast_by_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataverse_flight.command import Command
    from dataverse_flight.counts import Counts
    from dataverse_flight.endpoint import Endpoint

# Set on every row: the partition. Set on one last row of each task alone: its attempt and its counts as JSON.
TASK_FIELDS: tuple[pa.Field, ...] = (
    pa.field("_dv_partition", pa.int32()),
    pa.field("_dv_task_attempt", pa.int64()),
    pa.field("_dv_counts", pa.string()),
)


@dataclass(frozen=True)
class PartitionTask:
    """Pickled to the executors: only text, no client. `names` are the wire's column names by position."""

    endpoint: Endpoint
    command: Command
    names: tuple[str, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Publish a partition: yield its outcome rows, then one row with its counts.

        An empty partition opens nothing.
        """
        from pyspark import TaskContext

        first = next((batch for batch in batches if batch.num_rows > 0), None)
        if first is None:
            return
        context: Any = TaskContext.get()
        # attemptNumber() starts at 0 again when a whole stage is run again; the task attempt id grows in any case.
        partition, attempt = context.partitionId(), context.taskAttemptId()
        spark_schema = _all_nullable(first.schema)
        wire_schema = plain_schema(self._on_the_wire(first.schema))
        with Exchange(self.endpoint, self.command.encode(partition, attempt), wire_schema) as exchange:
            for batch in chain([first], batches):
                for outcome in exchange.send(plain_batch(batch, wire_schema)):
                    yield self._rows(outcome, spark_schema, partition)
            for outcome in exchange.finish():
                yield self._rows(outcome, spark_schema, partition)
            yield _count_row(spark_schema, partition, attempt, exchange.counts)

    def _on_the_wire(self, schema: pa.Schema) -> pa.Schema:
        return pa.schema([field.with_name(name) for field, name in zip(schema, self.names, strict=True)])

    def _rows(self, outcome: pa.RecordBatch, spark_schema: pa.Schema, partition: int) -> pa.RecordBatch:
        """Cast an outcome batch by its wire names, then give its columns Spark's names."""
        inputs = len(self.names)
        by_wire_name = [
            field.with_name(name) for field, name in zip(list(spark_schema)[:inputs], self.names, strict=True)
        ]
        rows = cast_by_name(outcome, pa.schema([*by_wire_name, *OUTCOME_FIELDS]))
        task = [
            pa.repeat(pa.scalar(partition, pa.int32()), rows.num_rows),
            pa.nulls(rows.num_rows, pa.int64()),
            pa.nulls(rows.num_rows, pa.string()),
        ]
        return pa.RecordBatch.from_arrays([*rows.columns, *task], schema=spark_schema)


def _all_nullable(schema: pa.Schema) -> pa.Schema:
    inputs = [field.with_nullable(nullable=True) for field in schema]
    return pa.schema([*inputs, *OUTCOME_FIELDS, *TASK_FIELDS])


def _count_row(schema: pa.Schema, partition: int, attempt: int, counts: Counts) -> pa.RecordBatch:
    empty = [pa.nulls(1, field.type) for field in list(schema)[: -len(TASK_FIELDS)]]
    task = [pa.array([partition], pa.int32()), pa.array([attempt], pa.int64()), pa.array([counts.to_json()])]
    return pa.RecordBatch.from_arrays([*empty, *task], schema=schema)
