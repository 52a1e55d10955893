"""The table for failed rows or outcomes, written without Spark.

The `deltalake` library is slow to import, so only who needs it does.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataverse_flight.arrow_types import plain_schema
from dataverse_flight.delta_rules import check_names, check_types, is_path
from dataverse_flight.errors import DataverseFlightError, RowTableError
from dataverse_flight.outcome_columns import RESERVED_NAMES
from dataverse_flight.record import TXN_VERSION, columns_by_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataverse_flight.counts import Counts
    from dataverse_flight.record import Run


_TREE = re.compile(r"\x1b\[[0-9;]*m|↳")


class DeltaRows:
    """A Delta table at a path. Every method raises RowTableError where the table cannot be read or written."""

    def __init__(self, path: str) -> None:
        """Name the table; nothing is opened yet."""
        if not is_path(path):
            message = f"Without Spark there is no catalog to look up {path!r} in. Give a path, e.g. './{path}'."
            raise RowTableError(message)
        try:
            import deltalake
        except ImportError as error:
            message = (
                "Writing Delta without Spark needs the `deltalake` package: pip install 'dataverse-flight[delta]'."
            )
            raise RowTableError(message) from error
        self._delta: Any = deltalake
        self.name = path

    def finished(self, run: Run) -> Counts | None:
        """Return the counts of the run's record, None if it has not finished."""
        if not self._exists():
            return None
        with _as_row_table_error(self.name):
            table = self._delta.DeltaTable(self.name)
            known = table.transaction_version(run.app_id)
            counts = run.find(_metadata(table))
        if counts is None and known is not None:
            message = (
                f"The run {run.run_id!r} is finished, but the log of {self.name} no longer holds its "
                "counts. Use a new run_id."
            )
            raise RowTableError(message)
        return counts

    def columns_by_run(self, table: str, mode: str) -> dict[str, list[str]]:
        """Name the input columns that each run's rows came with, as far as the table's log goes back."""
        with _as_row_table_error(self.name):
            return columns_by_run(_metadata(self._delta.DeltaTable(self.name)), table, mode)

    def prepare(self, schema: pa.Schema) -> None:
        """Create the table empty, or add the columns it lacks."""
        check_names(self.name, {field.name: str(field.type) for field in schema})
        nullable = pa.schema([field.with_nullable(nullable=True) for field in schema])
        with _as_row_table_error(self.name):
            wanted = self._types(self._delta.Schema.from_arrow(nullable))
            if not self._exists():
                self._delta.DeltaTable.create(self.name, nullable)
                return
            missing = check_types(self.name, wanted, self._types(self._delta.DeltaTable(self.name).schema()))
            if missing:
                self._append(nullable.empty_table(), schema_mode="merge")

    def replace(self, run: Run, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Put the run's rows in place of those of its unfinished try, in one commit. Streams: memory stays bounded.

        Raises what `batches` raised, unchanged.
        """
        caught: list[BaseException] = []
        inputs = [name for name in schema.names if name not in RESERVED_NAMES]
        properties = self._delta.CommitProperties(custom_metadata={"userMetadata": run.columns_metadata(inputs)})
        named = self._as_there(schema)

        def caught_batches() -> Iterator[pa.RecordBatch]:
            try:
                for batch in batches:
                    yield pa.RecordBatch.from_arrays(batch.columns, schema=named)
            except BaseException as error:
                caught.append(error)  # the Arrow C stream would pass on its text alone
                raise

        reader = pa.RecordBatchReader.from_batches(named, caught_batches())
        try:
            # "merge" fills the columns that the table has and this input lacks.
            self._delta.write_deltalake(
                self.name, reader, mode="overwrite", predicate=run.predicate, schema_mode="merge",
                commit_properties=properties,
            )  # fmt: skip
        except Exception as error:
            if caught:
                raise caught[0] from None
            raise _row_table_error(self.name, error) from error

    def record(self, run: Run, counts: Counts) -> None:
        """Leave the record of the finished run: an empty commit."""
        with _as_row_table_error(self.name):
            schema = plain_schema(pa.schema(self._delta.DeltaTable(self.name).schema().to_arrow()))
            properties = self._delta.CommitProperties(
                custom_metadata={"userMetadata": run.metadata(counts)},
                app_transactions=[self._delta.Transaction(run.app_id, TXN_VERSION)],
            )
            self._append(schema.empty_table(), commit_properties=properties)

    def read(self, where: str) -> pa.Table:
        """Read the rows for which the SQL condition holds, in plain Arrow types, under the table's names."""
        with _as_row_table_error(self.name):
            builder = self._delta.QueryBuilder().register("rows", self._delta.DeltaTable(self.name))
            query = f"SELECT * FROM rows WHERE {where}"  # noqa: S608 - the user's own condition
            found = pa.table(builder.execute(query))
            return found.cast(plain_schema(found.schema))

    def delete(self, where: str) -> None:
        """Take out the rows for which the SQL condition holds."""
        with _as_row_table_error(self.name):
            self._delta.DeltaTable(self.name).delete(where)

    def _exists(self) -> bool:
        with _as_row_table_error(self.name):
            return bool(self._delta.DeltaTable.is_deltatable(self.name))

    def _as_there(self, schema: pa.Schema) -> pa.Schema:
        """Write names as the table does: Delta compares them without case, and refuses a second one."""
        with _as_row_table_error(self.name):
            fields = self._delta.DeltaTable(self.name).schema().fields
        there = {field.name.lower(): field.name for field in fields}
        return pa.schema([field.with_name(there.get(field.name.lower(), field.name)) for field in schema])

    def _append(self, table: pa.Table, **how: Any) -> None:
        self._delta.write_deltalake(self.name, table, mode="append", **how)

    @staticmethod
    def _types(schema: Any) -> dict[str, str]:
        return {field.name: json.dumps(json.loads(field.type.to_json())) for field in schema.fields}


def _metadata(table: Any) -> list[str | None]:
    return [entry.get("userMetadata") for entry in table.history()]


class _as_row_table_error:  # noqa: N801 - reads as a statement
    """Turn what delta-rs raises into a sentence that names the table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, DataverseFlightError):
            raise _row_table_error(self._table, error) from error


def _row_table_error(table: str, error: Exception) -> RowTableError:
    features = "Unsupported" in str(error) or "feature" in str(error)
    remedy = (
        "The table uses features that only Spark writes: give failed rows a table of their own."
        if features
        else "Check the path, the rights to it and the room there."
    )
    return RowTableError(f"The Delta table {table} said: {_told(error)}. {remedy}")


def _told(error: Exception) -> str:
    """Give the error with its causes on one line; delta-rs draws them as a tree, in colours."""
    lines = (_TREE.sub("", line).strip() for line in str(error).splitlines())
    return ": ".join(line for line in lines if line)[:300].rstrip(".")
