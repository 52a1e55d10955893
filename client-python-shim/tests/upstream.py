"""Functions that run in Spark tasks of the tests; workers import them from here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

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


def exits_on_first_attempt(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """As above, but the worker is gone without a word."""
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context is not None
    for number, batch in enumerate(batches):
        if context.partitionId() == 1 and context.attemptNumber() == 0 and number == LAST_BATCH:
            os._exit(1)
        yield batch
