"""A frame that lives in this process (pandas, polars, Arrow, a file): one stream to the server, from here."""

from __future__ import annotations

import os
import time
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataverse_flight.arrow_types import plain_batch, plain_schema
from dataverse_flight.command import ROW_NUMBER, did_you_mean
from dataverse_flight.delta_rows import DeltaRows
from dataverse_flight.errors import ArgumentError, FrameError, without_values
from dataverse_flight.exchange import Exchange
from dataverse_flight.outcome_columns import RUN_FIELDS, cast_by_name, outcome_schema
from dataverse_flight.paths import open_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataverse_flight.command import Command
    from dataverse_flight.counts import Counts
    from dataverse_flight.endpoint import Endpoint
    from dataverse_flight.job import Job
    from dataverse_flight.record import Run

# Counts are uint32 on the wire.
UINT32_MAX = 0xFFFFFFFF
# Failed rows that a result keeps when no table was named for them.
KEPT_ROWS_MAX = 10_000


class LocalSource:
    """Record batches of one schema, read once."""

    def __init__(self, reader: pa.RecordBatchReader, total: int | None = None) -> None:
        """Take the batches; nothing is read yet. `total`: their rows, where the frame knows them."""
        self._total = total
        self._batches: Iterator[pa.RecordBatch] = iter(reader)
        self.schema: pa.Schema = plain_schema(reader.schema)
        self._kept: list[pa.RecordBatch] = []

    def ordered(self, order_by: Sequence[str], command: Command) -> None:  # noqa: ARG002 - one stream holds every key
        """Sort by these columns, ascending and stable. Reads the whole frame into memory.

        Raises ArgumentError for a column that is not there.
        """
        missing = [name for name in order_by if name not in self.schema.names]
        if missing:
            message = (
                f"order_by names {', '.join(missing)}, which the frame does not have. "
                f"{did_you_mean(missing, self.schema.names)}"
            )
            raise ArgumentError(message)
        whole = pa.Table.from_batches(self._plain(), schema=self.schema)
        self._batches = iter(whole.sort_by([(name, "ascending") for name in order_by]).to_batches())

    def numbered(self, names: Sequence[str]) -> None:
        """Add each row's number among the rows equal to it in these columns, so that equal rows stay two rows.

        Holds ~120 bytes for each distinct row.
        """
        self._batches = self._numbered(self._plain(), tuple(names))
        self.schema = self.schema.append(pa.field(ROW_NUMBER, pa.int64()))

    def rows(self, table: str) -> DeltaRows:
        """Name the Delta table for rows that come back.

        Raises RowTableError.
        """
        return DeltaRows(table)

    def check_reach(self, endpoint: Endpoint) -> None:
        """Whatever this process reaches will do."""

    def prepare_tables(self, job: Job) -> None:
        """Create the job's tables empty, or add the columns they lack.

        Raises RowTableError.
        """
        schema = _table_schema(self.schema)
        for table in job.tables:
            self.rows(table).prepare(schema)

    def publish(self, job: Job) -> Counts:
        """Send every row, put what comes back into the job's tables, return the counts.

        Raises RefusedError, StreamEndedError, RowTableError.
        """
        schema = _table_schema(self.schema)
        stream = _Stream(job, self.schema, self._total)
        outcomes = stream.outcomes(self._plain())
        if job.outcomes:
            self.rows(job.outcomes).replace(job.run, schema, outcomes)
            if job.failed_rows:
                failed = self.rows(job.outcomes).read(f"{job.run.predicate} AND _dv_outcome = 'failed'")
                self.rows(job.failed_rows).replace(job.run, schema, _in_schema(failed, schema))
        elif job.failed_rows:
            self.rows(job.failed_rows).replace(job.run, schema, outcomes)
        else:
            self._keep(outcomes)
        return stream.counts

    def open_rows(self, table: str | None, run: Run) -> pa.Table | None:
        """Read the run's failed rows: from their table, or the first ones that were kept in memory."""
        if table is None:
            return pa.Table.from_batches(self._kept, schema=_table_schema(self.schema))
        return self.rows(table).read(f"{run.predicate} AND _dv_outcome = 'failed'")

    def _keep(self, outcomes: Iterator[pa.RecordBatch]) -> None:
        room = KEPT_ROWS_MAX
        for batch in outcomes:
            if room > 0:
                self._kept.append(batch.slice(0, room))
                room -= batch.num_rows

    def _plain(self) -> Iterator[pa.RecordBatch]:
        return _plain_batches(self._batches, self.schema)

    @staticmethod
    def _numbered(batches: Iterator[pa.RecordBatch], names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
        seen: Counter[bytes] = Counter()
        for batch in batches:
            numbers = []
            for row in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
                # 0.0 added makes -0.0 and 0.0 one value, as the server's own identity does.
                canonical = repr([value + 0.0 if isinstance(value, float) else value for value in row])
                key = blake2b(canonical.encode("utf-8", "surrogatepass"), digest_size=16).digest()
                numbers.append(seen[key])
                seen[key] += 1
            yield batch.append_column(ROW_NUMBER, pa.array(numbers, pa.int64()))


def _plain_batches(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        for batch in batches:
            yield plain_batch(batch, schema)
    except (pa.ArrowException, OSError) as error:
        message = (
            f"The frame cannot be read to its end: {without_values(error, schema.names)}. Mend it and run again: rows "
            "before that place may have been sent."
        )
        raise FrameError(message) from error


class _Stream:
    """One exchange as an iterator of rows for a table; `counts` is there when it has ended."""

    counts: Counts

    def __init__(self, job: Job, schema: pa.Schema, total: int | None) -> None:
        self._job, self._schema, self._total = job, schema, total

    def outcomes(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        job = self._job
        # A greater attempt ends the stream of a killed process that the server still holds; seconds since 1970 grow.
        command = job.command if self._total is None else job.command.having(expectedRows=min(self._total, UINT32_MAX))
        descriptor = command.encode(partition=0, attempt=int(time.time()))
        with Exchange(job.endpoint, descriptor, self._schema, job.progress.show) as exchange:
            for batch in batches:
                for outcome in exchange.send(batch):
                    yield self._row(outcome)
            for outcome in exchange.finish():
                yield self._row(outcome)
            self.counts = exchange.counts

    def _row(self, outcome: pa.RecordBatch) -> pa.RecordBatch:
        run, environment = self._job.run, self._job.environment
        rows = cast_by_name(outcome, outcome_schema(_visible(self._schema)))
        about = [run.run_id, environment, run.table, run.mode, 0]
        columns = [
            pa.repeat(pa.scalar(value, field.type), rows.num_rows)
            for value, field in zip(about, RUN_FIELDS, strict=True)
        ]
        return pa.RecordBatch.from_arrays([*rows.columns, *columns], schema=_table_schema(self._schema))


def local_source(frame: Any, types: Mapping[str, pa.DataType]) -> LocalSource:
    """Open a pandas, polars or Arrow frame, any object with `__arrow_c_stream__`, or a path. `types`: see `open_path`.

    Raises FrameError for anything else, and for what Arrow cannot hold.
    """
    if isinstance(frame, (str, os.PathLike)):
        return LocalSource(open_path(os.fspath(frame), types))
    try:
        if isinstance(frame, pa.RecordBatchReader):
            return LocalSource(frame)
        if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
            return LocalSource(pa.Table.from_pandas(frame, preserve_index=False).to_reader(), len(frame))
        if hasattr(frame, "collect") and type(frame).__name__ == "LazyFrame":
            collected = frame.collect()
            return LocalSource(pa.RecordBatchReader.from_stream(collected), _rows_of(collected))
        if isinstance(frame, pa.RecordBatch):
            return LocalSource(pa.Table.from_batches([frame]).to_reader(), frame.num_rows)
        if hasattr(frame, "__arrow_c_stream__"):
            return LocalSource(pa.RecordBatchReader.from_stream(frame), _rows_of(frame))
    except (pa.ArrowException, TypeError, ValueError) as error:
        message = (
            f"The frame cannot be turned into Arrow: {without_values(error)}. "
            "Give each column one type and a name of its own."
        )
        raise FrameError(message) from error
    message = (
        "publish takes a Spark DataFrame, pandas, polars, a pyarrow Table or RecordBatchReader, or a "
        f"path; this is a {type(frame).__name__}."
    )
    raise FrameError(message)


def _rows_of(frame: Any) -> int | None:
    """Count the rows of an Arrow table or a polars frame without reading them; None for what comes as it is read."""
    rows = getattr(frame, "num_rows", getattr(frame, "height", None))
    return rows if isinstance(rows, int) else None


def _in_schema(table: pa.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Bring rows of a Delta table, which may write a name in another case, into `schema`."""
    there = {name.lower(): name for name in table.column_names}
    chosen = table.select([there[name.lower()] for name in schema.names])
    return iter(chosen.rename_columns(schema.names).cast(schema).to_batches())


def _visible(schema: pa.Schema) -> list[pa.Field]:
    return [field for field in schema if field.name != ROW_NUMBER]


def _table_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema([*outcome_schema(_visible(schema)), *RUN_FIELDS])
