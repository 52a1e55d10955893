"""`replay`: publishes failed rows again from their table, and takes out those that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dataverse_flight.counts import Counts
from dataverse_flight.delta_rows import DeltaRows
from dataverse_flight.delta_rules import is_path
from dataverse_flight.errors import ArgumentError
from dataverse_flight.outcome_columns import RESERVED_NAMES
from dataverse_flight.publishing import publish
from dataverse_flight.record import quoted
from dataverse_flight.replayed_columns import replayed_columns
from dataverse_flight.result import PublishResult, result_of
from dataverse_flight.run_id import new_run_id
from dataverse_flight.spark_rows import SparkRows

if TYPE_CHECKING:
    from dataverse_flight.publishing import Mode

_SAME = ("_dv_table", "_dv_mode", "_dv_environment")
# Options of `publish` that the rows themselves answer.
_KIND = ("table", "mode", "environment")


def replay(
    failed_rows: str,
    where: str = "_dv_retryable",
    *,
    primary_key: str | None = None,
    spark: Any = None,
    **publish_options: Any,
) -> PublishResult:
    """Publish rows of a failed-rows table again.

    Rows that fail again stay in the table, under the new run; the others leave it.

    failed_rows: Delta table (name, or path with a slash). where: SQL condition that picks rows of one table and mode.
    primary_key: attribute, for rows of an insert: they go by upsert on the key minted for them then, so that a row
        which was written after all is not written twice. Left out: the table's name and "id".
    spark: session to use; left out: the active one, else no Spark. publish_options: as of `publish` (`match_on`,
        `columns`, …); `table`, `mode` and `environment` come from the rows, and pick among them where given.

    A stopped replay takes nothing out. Raises what `publish` raises, ArgumentError for rows of several tables or modes.
    """
    rows = _rows(failed_rows, spark)
    asked = {name: publish_options.pop(name, None) for name in _KIND}
    where = " AND ".join([f"({where})", *(f"_dv_{name} = {quoted(value)}" for name, value in asked.items() if value)])
    chosen = rows.read(where)
    kinds, runs = _distinct(chosen, _SAME), _distinct(chosen, ("_dv_run_id",))
    options = {"run_id": new_run_id()} | publish_options
    if not kinds:
        return result_of(Counts(), run_id=options["run_id"], seconds=0.0, failed_rows_table=failed_rows)
    table, mode, environment = _one_kind(kinds, failed_rows)
    inputs = [name for name in _names(chosen) if name not in RESERVED_NAMES]
    sent = replayed_columns(inputs, rows.columns_by_run(table, mode), [run for (run,) in runs], options)
    dropped = [name for name in _names(chosen) if name not in sent]
    if mode == "insert":
        key = primary_key or f"{table}id"
        chosen, dropped = _renamed(chosen, "_dv_id", key), [name for name in dropped if name != "_dv_id"]
        options |= _by_minted_key(key, options.get("columns"))
        mode = "upsert"
    frame = chosen.drop(*dropped) if hasattr(chosen, "mapInArrow") else chosen.drop_columns(dropped)
    result = publish(
        frame, table=table, mode=cast("Mode", mode), environment=environment or None, failed_rows=failed_rows, **options
    )
    if result.stopped is None and not result.skipped:
        # Only what was read above: rows of other runs may have come meanwhile.
        read = ", ".join(quoted(run) for (run,) in runs)
        rows.delete(f"({where}) AND _dv_table = {quoted(table)} AND _dv_run_id IN ({read})")
    return result


def _rows(name: str, spark: Any) -> Any:
    session = spark or _active_session()
    if session is not None:
        return SparkRows(session, name)
    if not is_path(name):
        message = f"{name!r} is a catalog name, and no Spark session is active. Give a path, or pass spark=."
        raise ArgumentError(message)
    return DeltaRows(name)


def _active_session() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        return None
    return SparkSession.getActiveSession()


def _names(frame: Any) -> list[str]:
    return list(frame.columns if hasattr(frame, "mapInArrow") else frame.column_names)


def _distinct(frame: Any, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    if hasattr(frame, "mapInArrow"):
        return [tuple(row) for row in frame.select(*names).distinct().collect()]
    return [tuple(row.values()) for row in frame.select(names).group_by(names).aggregate([]).to_pylist()]


def _renamed(frame: Any, old: str, new: str) -> Any:
    if hasattr(frame, "mapInArrow"):
        return frame.withColumnRenamed(old, new)
    return frame.rename_columns([new if name == old else name for name in frame.column_names])


def _one_kind(kinds: list[tuple[str, ...]], failed_rows: str) -> tuple[str, ...]:
    if len(kinds) > 1:
        listed = "; ".join(" ".join(filter(None, kind)) for kind in kinds)
        message = (
            f"{failed_rows} holds rows of several kinds ({listed}). Say which: pass table=, mode= or environment=, or "
            "narrow where=."
        )
        raise ArgumentError(message)
    return kinds[0]


def _by_minted_key(key: str, columns: Any) -> dict[str, Any]:
    if not columns:
        return {"match_on": key}
    if hasattr(columns, "items"):
        return {"match_on": key, "columns": {**columns, key: key}}
    return {"match_on": key, "columns": [*columns, {"source": key, "target": key}]}
