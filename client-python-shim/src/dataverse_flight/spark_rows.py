"""The table for failed rows or outcomes, written by Spark."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dataverse_flight.delta_conflicts import again_after_conflicts, is_conflict
from dataverse_flight.delta_rules import check_names, check_types, is_path
from dataverse_flight.errors import RowTableError
from dataverse_flight.record import TXN_VERSION, columns_by_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataverse_flight.counts import Counts
    from dataverse_flight.record import Run


class SparkRows:
    """A Delta table by path or by catalog name.

    Every method raises RowTableError where the table cannot be read or written.
    """

    def __init__(self, spark: Any, name: str) -> None:
        """Name the table; nothing is opened yet."""
        self._spark, self.name, self._by_path = spark, name, is_path(name)

    def finished(self, run: Run) -> Counts | None:
        """Return the counts of the run's record, None if it has not finished."""
        if self._present() is None:
            return None
        return run.find(self._metadata())

    def columns_by_run(self, table: str, mode: str) -> dict[str, list[str]]:
        """Name the input columns that each run's rows came with, as far as the table's log goes back."""
        return columns_by_run(self._metadata(), table, mode)

    def prepare(self, schema: Any) -> None:
        """Create the table empty, or add the columns it lacks. Creating it with the rows would lose their counts."""
        wanted = {field.name: field.dataType.simpleString() for field in schema.fields}
        check_names(self.name, wanted)
        present = self._present()
        types = {field.name: field.dataType.simpleString() for field in present.fields} if present is not None else {}
        if present is not None and not check_types(self.name, wanted, types):
            return
        empty = self._spark.createDataFrame([], schema)
        # Deletion vectors would shut out readers like delta-rs; the option acts when the table is created.
        self._append(empty.write.option("mergeSchema", "true").option("delta.enableDeletionVectors", "false"))

    def replace(self, run: Run, rows: Any, inputs: Sequence[str]) -> None:
        """Put the run's rows in place of those of its unfinished try, in one commit: the one action of the run.

        Where there are none they are appended: an overwrite reads the table, so whatever others write there in the
        hours of a long run would make its commit fail, at the very end.
        """
        from pyspark.sql import functions as F  # noqa: N812 - Spark's own convention

        # Delta compares names without case, so "Name" here is the table's "name".
        here = {name.lower(): F.col(_quoted(name)) for name in rows.columns}
        # Columns that the table alone has become null, and all stand in its order.
        columns = [
            here.get(field.name.lower(), F.lit(None).cast(field.dataType)).alias(field.name)
            for field in self._read().schema.fields
        ]
        aligned = rows.select(*columns)
        with self._said():
            is_first_try = not self.read(run.predicate).take(1)
            # Optimized write shuffles: lost shuffle files would evaluate, and so publish, a partition again.
            options = {"optimizeWrite": "false", "userMetadata": run.columns_metadata(inputs)}
            if not self._by_path:
                # saveAsTable would overwrite as a nested query, whose observation never arrives.
                table = aligned.writeTo(self.name).options(**options)
                table.append() if is_first_try else table.overwrite(F.expr(run.predicate))
                return
            writer = aligned.write.format("delta").options(**options)
            if is_first_try:
                writer.mode("append").save(self.name)
            else:
                writer.mode("overwrite").option("replaceWhere", run.predicate).save(self.name)

    def record(self, run: Run, counts: Counts) -> None:
        """Leave the record of the finished run: an empty commit."""
        empty = self._spark.createDataFrame([], self._read().schema)
        writer = empty.write.option("txnAppId", run.app_id).option("txnVersion", TXN_VERSION)
        self._append(writer.option("userMetadata", run.metadata(counts)))

    def read(self, where: str) -> Any:
        """Give the rows for which the SQL condition holds."""
        return self._read().where(where)

    def delete(self, where: str) -> None:
        """Take out the rows for which the SQL condition holds."""
        text = f"DELETE FROM {self._identifier} WHERE {where}"  # noqa: S608 - the user's own condition
        again_after_conflicts(lambda: self._spark.sql(text))

    @property
    def _identifier(self) -> str:
        """Name the table as SQL does, which takes absolute paths alone."""
        return f"delta.`{self._absolute()}`" if self._by_path else self.name

    def _absolute(self) -> str:
        try:
            path, files = self._located()
            return self.name if path.isAbsolute() else str(files.makeQualified(path).toString())
        except Exception:  # noqa: BLE001 - no way to Spark's file system: SQL says what it makes of the path
            return self.name

    def _located(self) -> tuple[Any, Any]:
        """Give the path and its file system as the JVM has them, which knows where a relative path lies."""
        path = self._spark._jvm.org.apache.hadoop.fs.Path(self.name)  # noqa: SLF001
        return path, path.getFileSystem(self._spark._jsparkSession.sessionState().newHadoopConf())  # noqa: SLF001

    def _read(self) -> Any:
        return self._spark.read.format("delta").load(self.name) if self._by_path else self._spark.table(self.name)

    def _metadata(self) -> list[str]:
        with self._said(has_rows=False):
            history = self._spark.sql(f"DESCRIBE HISTORY {self._identifier}").where("userMetadata is not null")
            return [row["userMetadata"] for row in history.select("userMetadata").collect()]

    def _present(self) -> Any:
        from pyspark.errors import AnalysisException

        try:
            if self._is_surely_absent():
                return None
            return self._read().schema
        except AnalysisException as error:
            if _is_absent(str(error)):
                return None
            message = f"The Delta table {self.name} cannot be read: {_first_line(error)}"
            raise RowTableError(message) from error

    def _is_surely_absent(self) -> bool:
        """Look before reading: of a read that fails Spark logs a page of stack trace once an observation has run.

        A path is looked up by Spark's own file system; over Connect and in shared access mode there is no way to it,
        and the read has to tell.
        """
        if not self._by_path:
            return not self._spark.catalog.tableExists(self.name)
        try:
            path, files = self._located()
            return not files.exists(path.suffix("/_delta_log"))
        except Exception:  # noqa: BLE001 - whatever it is, the read says it better
            return False

    def _append(self, writer: Any) -> None:
        writer = writer.format("delta").mode("append")
        save = writer.save if self._by_path else writer.saveAsTable
        with self._said(has_rows=False):
            again_after_conflicts(lambda: save(self.name))

    @contextmanager
    def _said(self, *, has_rows: bool = True) -> Iterator[None]:
        """Turn what Delta says into a sentence that names the table.

        has_rows: the frame's rows move inside, so only what is said while it plans, and of others' commits, is Delta's;
        what tasks raise passes through.
        """
        from pyspark.errors import AnalysisException

        try:
            yield
        except Exception as error:
            if is_conflict(error):
                message = (
                    f"Others changed the columns of the Delta table {self.name}, or this run's rows there, while the "
                    "run was under way, so its failed rows are not kept. Run again under the same run_id."
                )
            elif isinstance(error, AnalysisException) or not has_rows:
                message = (
                    f"The Delta table {self.name} said: {_first_line(error)} Check its name, that its schema exists, "
                    "that it is a Delta table, and the rights to it; or give these rows a table of their own."
                )
            else:
                raise
            raise RowTableError(message) from error


def _first_line(error: Exception) -> str:
    """Say what Spark says: of a parse error the first line is empty, of one from Java it names a call of Py4J."""
    lines = [line.strip(": ") for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("An error occurred while calling ")]
    return re.sub(r"^[\w.$]+(?:Exception|Error): ", "", told[0] if told else type(error).__name__)[:300]


def _is_absent(text: str) -> bool:
    return any(
        sign in text
        for sign in (
            "DELTA_TABLE_NOT_FOUND",
            "PATH_NOT_FOUND",
            "DELTA_PATH_DOES_NOT_EXIST",
            "is not a Delta table",
            "doesn't exist",
        )
    )


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
