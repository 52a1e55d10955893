"""A Spark DataFrame: every partition is a stream from its task.

One action runs, because each action on the frame would publish it again.
"""

from __future__ import annotations

import queue
import threading
from contextlib import ExitStack
from functools import reduce
from typing import TYPE_CHECKING, Any

from dataverse_flight.arrow_types import plain_schema
from dataverse_flight.command import ROW_NUMBER, did_you_mean
from dataverse_flight.counts import Counts, total
from dataverse_flight.errors import ArgumentError, DataverseFlightError, FrameError, StreamEndedError, from_task
from dataverse_flight.outcome_columns import OUTCOME_FIELDS
from dataverse_flight.progress import StatusPoll
from dataverse_flight.spark_job import CancelledOnError
from dataverse_flight.spark_rows import SparkRows
from dataverse_flight.spark_task import TASK_FIELDS, PartitionTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from dataverse_flight.command import Command
    from dataverse_flight.endpoint import Endpoint
    from dataverse_flight.job import Job
    from dataverse_flight.record import Run

# Seconds from the end of the action to its observed counts: they come over a queue inside the driver, nearly at once.
OBSERVATION_SECONDS = 60.0


def is_spark(frame: object) -> bool:
    """Tell a Spark DataFrame (classic or Connect) without importing Spark."""
    # Of its class, because a Column has every attribute that one asks for.
    return type(frame).__module__.startswith("pyspark.sql") and hasattr(type(frame), "mapInArrow")


class SparkSource:
    """A lazy frame. Nothing here may run an action on it but `publish`."""

    def __init__(self, frame: Any) -> None:
        """Take the frame, and name its Arrow types.

        Raises FrameError for a type that cannot leave Spark, and for a stream, which has no end.
        """
        if frame.isStreaming:
            message = (
                "A streaming DataFrame has no end to wait for. Publish its micro-batches: writeStream.foreachBatch("
                "lambda batch, number: publish(batch, run_id=f'my-query-{number}', …))."
            )
            raise FrameError(message)
        self._frame = frame
        self._spark = frame.sparkSession
        self.schema = self._arrow_schema()

    def ordered(self, order_by: Sequence[str], command: Command) -> None:
        """Bring all rows of a key into one task (a shuffle), sorted there by these columns, ascending.

        Raises ArgumentError for a column that is not there.
        """
        from pyspark.sql import functions as F  # noqa: N812 - Spark's own convention

        names = self._frame.columns
        missing = [name for name in order_by if name not in names]
        if missing:
            message = (
                f"order_by names {', '.join(missing)}, which the frame does not have. {did_you_mean(missing, names)}"
            )
            raise ArgumentError(message)
        text = {
            field.name
            for field in self._frame.schema.fields
            if field.dataType.typeName() in {"string", "char", "varchar"}
        }
        keys = [name for name in command.sources_of(command.fields.get("matchOn", ())) if name in names]
        # Dataverse compares text keys without case and trailing blanks: such keys are one row there and belong into
        # one task.
        folded = [F.lower(F.rtrim(self._column(name))) if name in text else self._column(name) for name in keys]
        frame = self._frame.repartition(*folded) if folded else self._frame
        self._frame = frame.sortWithinPartitions(*[self._column(name) for name in order_by])

    def numbered(self, names: Sequence[str]) -> None:
        """Add each row's number among the rows equal to it in these columns, so that equal rows stay two rows.

        One shuffle.
        """
        from pyspark.sql import Window
        from pyspark.sql import functions as F  # noqa: N812 - Spark's own convention

        # Spark cannot compare maps and variants; no attribute can hold them either, which is the server's to say.
        kinds = {field.name: field.dataType.typeName() for field in self._frame.schema.fields}
        compared = [self._column(name) for name in names if kinds[name] not in {"map", "variant"}]
        among_equals = Window.partitionBy(*compared).orderBy(F.lit(1))
        number = F.row_number().over(among_equals).cast("long") - F.lit(1)
        self._frame = self._frame.withColumn(ROW_NUMBER, number)
        self.schema = self._arrow_schema()

    def rows(self, table: str) -> SparkRows:
        """Name the Delta table for rows that come back."""
        return SparkRows(self._spark, table)

    def check_reach(self, endpoint: Endpoint) -> None:
        """Refuse a server on this driver's loopback if tasks may run on other machines.

        Raises ArgumentError.
        """
        master = self._spark.conf.get("spark.master", "local")
        if endpoint.on_loopback and not master.startswith("local"):
            message = (
                f"The server at {endpoint.location} can be reached from the driver alone, and tasks "
                f"run elsewhere (spark.master is {master}). "
                "Run `dataverse-flight serve` where every executor reaches it, with TLS and a caller "
                "token, and pass endpoint=, token=, ca=."
            )
            raise ArgumentError(message)

    def prepare_tables(self, job: Job) -> None:
        """Create the job's tables empty, or add the columns they lack.

        Raises RowTableError.
        """
        for table in job.tables:
            self.rows(table).prepare(self._table_type())

    def publish(self, job: Job) -> Counts:
        """Run the one action: send every partition, put what comes back into the job's tables, return the counts.

        Raises RefusedError or StreamEndedError for a task that failed for good, RowTableError.
        """
        outcomes, observation = self._observed(job)
        with ExitStack() as stack:
            stack.enter_context(StatusPoll(job.endpoint, job.command.run_id, job.progress))
            try:
                with CancelledOnError(self._spark):
                    self._act(job, outcomes)
            except DataverseFlightError:
                raise
            except Exception as error:
                raise from_task(error) or _job_failed(error) from error
        counts = _newest_attempts(_observed_parts(observation))
        if job.outcomes and job.failed_rows:
            failed = self.rows(job.outcomes).read(f"{job.run.predicate} AND _dv_outcome = 'failed'")
            self.rows(job.failed_rows).replace(job.run, failed, self._inputs())
        return counts

    def open_rows(self, table: str | None, run: Run) -> Any:
        """Give the run's failed rows as a frame over their table."""
        return self.rows(table).read(f"{run.predicate} AND _dv_outcome = 'failed'") if table else None

    def _inputs(self) -> list[str]:
        return [name for name in self._frame.columns if name != ROW_NUMBER]

    def _act(self, job: Job, outcomes: Any) -> None:
        table = job.outcomes or job.failed_rows
        if table:
            self.rows(table).replace(job.run, outcomes, self._inputs())
        else:
            outcomes.write.format("noop").mode("overwrite").save()

    def _observed(self, job: Job) -> tuple[Any, Any]:
        """Plan the publish: (lazy frame of rows for the table, observation of the counts)."""
        from pyspark.sql import Observation
        from pyspark.sql import functions as F  # noqa: N812 - Spark's own convention

        names = self._frame.columns
        task = PartitionTask(job.endpoint, job.command, tuple(names))
        # By number, because mapInArrow looks columns up by name and breaks on dots and backticks.
        numbered = self._frame.toDF(*[f"c{index}" for index in range(len(names))])
        observation = Observation("dataverse_flight")
        counts = F.struct("_dv_partition", "_dv_task_attempt", "_dv_counts")
        # A set, not sums: a partition that is evaluated twice is observed twice, and only its newest attempt counts.
        parts = F.collect_set(F.when(F.col("_dv_counts").isNotNull(), counts)).alias("parts")
        frame = numbered.mapInArrow(task, self._task_type(numbered.schema)).observe(observation, parts)
        inputs = [F.col(f"c{index}").alias(name) for index, name in enumerate(names) if name != ROW_NUMBER]
        run = {
            "_dv_run_id": job.run.run_id,
            "_dv_environment": job.environment,
            "_dv_table": job.run.table,
            "_dv_mode": job.run.mode,
        }
        about = [F.lit(value).alias(name) for name, value in run.items()]
        outcomes = [F.col(field.name) for field in OUTCOME_FIELDS]
        return frame.where("_dv_counts is null").select(*inputs, *outcomes, *about, "_dv_partition"), observation

    def _task_type(self, inputs: Any) -> Any:
        """Name what tasks yield: everything nullable. A new StructType, because `add` would change the frame's own."""
        fields = [*inputs.fields, *_spark_fields([*OUTCOME_FIELDS, *TASK_FIELDS])]
        return _struct_of_nullable(fields)

    def _table_type(self) -> Any:
        from pyspark.sql.types import IntegerType, StringType, StructField

        inputs = [field for field in self._frame.schema.fields if field.name != ROW_NUMBER]
        run = [StructField(name, StringType()) for name in ("_dv_run_id", "_dv_environment", "_dv_table", "_dv_mode")]
        partition = StructField("_dv_partition", IntegerType())
        return _struct_of_nullable([*inputs, *_spark_fields(OUTCOME_FIELDS), *run, partition])

    def _arrow_schema(self) -> pa.Schema:
        from pyspark.sql.pandas.types import to_arrow_schema

        try:
            return plain_schema(to_arrow_schema(self._frame.schema))
        except Exception as error:
            first = str(error).splitlines()[0][:300]
            message = (
                f"A column has a type that cannot leave Spark: {first} Cast it to one that Dataverse has, or drop it."
            )
            raise FrameError(message) from error

    def _column(self, name: str) -> Any:
        return self._frame["`" + name.replace("`", "``") + "`"]


def _job_failed(error: Exception) -> StreamEndedError:
    # Of Ctrl-C Py4J leaves no more than its bare error, without one of Java's inside.
    broke_off = type(error).__name__ == "Py4JError"
    what = (
        "The call into Spark broke off, as on Ctrl-C, and its job was cancelled"
        if broke_off
        else "The Spark job failed; its own error stands above this one as the cause"
    )
    remedy = "run again" if broke_off else "mend it and run again"
    return StreamEndedError(f"{what}. Rows may have been written: {remedy} under the same run_id.")


def _spark_fields(fields: Sequence[pa.Field]) -> list[Any]:
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import StructField

    return [StructField(field.name, from_arrow_type(field.type)) for field in fields]


def _struct_of_nullable(fields: Sequence[Any]) -> Any:
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(field.name, field.dataType, nullable=True) for field in fields])


def _observed_parts(observation: Any) -> list[Any]:
    """Wait for the observation, but not for ever: one whose write never ran would block its thread for good."""
    got: queue.Queue[Any] = queue.Queue(maxsize=1)

    def get() -> None:
        try:
            got.put(observation.get["parts"] or [])
        except Exception as error:  # noqa: BLE001 - handed to the waiting thread
            got.put(error)

    threading.Thread(target=get, name="dataverse-flight-counts", daemon=True).start()
    try:
        parts = got.get(timeout=OBSERVATION_SECONDS)
    except queue.Empty:
        parts = None
    if isinstance(parts, list):
        return parts
    message = (
        "Spark wrote the rows but did not report their counts. Run again under the same run_id: no row "
        "is created twice."
    )
    raise StreamEndedError(message) from (parts if isinstance(parts, Exception) else None)


def _newest_attempts(parts: Sequence[Any]) -> Counts:
    newest: dict[int, Any] = reduce(_newer, parts, {})
    return total(Counts.from_json(part["_dv_counts"]) for _, part in sorted(newest.items()))


def _newer(newest: dict[int, Any], part: Any) -> dict[int, Any]:
    known = newest.get(part["_dv_partition"])
    if known is None or part["_dv_task_attempt"] > known["_dv_task_attempt"]:
        newest[part["_dv_partition"]] = part
    return newest
