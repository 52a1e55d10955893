"""Functions that run in Spark tasks of the tests; workers import them from here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator import Oracle, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


# Of 100 batches; fewer would still sit in the pipe to the next task function when this one dies.
LAST_BATCH = 90


def raises_on_first_attempt(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Partition 1 dies near its end, the first time."""
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context is not None
    for number, batch in enumerate(batches):
        if context.partitionId() == 1 and context.attemptNumber() == 0 and number == LAST_BATCH:
            message = "the task dies"
            raise RuntimeError(message)
        yield batch


@dataclass(frozen=True)
class DiesOnceRowsStand:
    """Partition 1 dies at its last batch, the first time, once Dataverse has so many rows of it."""

    oracle: Oracle
    rows: int
    exits: bool

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        dies = context.partitionId() == 1 and context.attemptNumber() == 0
        before = None
        for batch in batches:
            if before is not None:
                yield before
            before = batch
        if dies:
            wait_until(self._stands)
            if self.exits:
                os._exit(1)
            message = "the task dies"
            raise RuntimeError(message)
        if before is not None:
            yield before

    def _stands(self) -> bool:
        return sum(str(row["dv_text"]).startswith("second") for row in self.oracle.rows()) >= self.rows
