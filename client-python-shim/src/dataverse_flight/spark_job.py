"""The Spark job of a run: it ends with the call that began it, however that ends."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType


class CancelledOnError:
    """A context manager: Spark jobs that were begun inside the block are cancelled when it is left by an error.

    Ctrl-C breaks the call into the JVM and leaves its job running there (measured): it would go on to publish, beside
    the run that its user begins next.
    """

    def __init__(self, spark: Any) -> None:
        """Name the jobs to come by a tag of their own."""
        self._tag = f"dataverse-flight-{uuid.uuid4()}"
        if type(spark).__module__.startswith("pyspark.sql.connect"):
            self._add, self._remove, self._cancel = spark.addTag, spark.removeTag, spark.interruptTag
        else:
            context = spark.sparkContext
            self._add, self._remove = context.addJobTag, context.removeJobTag
            self._cancel = context.cancelJobsWithTag

    def __enter__(self) -> None:
        """Set the tag for what this thread begins."""
        self._add(self._tag)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the tag away; after an error cancel what has it. Where the JVM is gone, that error is still heard."""
        try:
            self._remove(self._tag)
            if kind is not None:
                self._cancel(self._tag)
        except Exception:
            if kind is None:
                raise
