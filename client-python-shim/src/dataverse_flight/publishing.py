"""`publish`: checks on the driver all that can be checked there, runs the streams, books what came back."""

from __future__ import annotations

import os
import time
import warnings as python_warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dataverse_flight.arguments import (
    names,
    one_of,
    optional_name,
    pem,
    ratio,
    row_limit,
    run_name,
    table_name,
    unless_default,
)
from dataverse_flight.columns import columns_on_the_wire
from dataverse_flight.command import MODES, ROW_NUMBER, Command
from dataverse_flight.endpoint import Endpoint
from dataverse_flight.errors import (
    ArgumentError,
    DataverseFlightError,
    FailedRowsWarning,
    SkippedRunWarning,
    StreamEndedError,
)
from dataverse_flight.job import Job
from dataverse_flight.local_source import LocalSource, local_source
from dataverse_flight.opening import open_and_end
from dataverse_flight.progress import Progress
from dataverse_flight.record import run_of
from dataverse_flight.result import PublishResult, result_of
from dataverse_flight.run_id import new_run_id, orchestrated_run_id
from dataverse_flight.sidecar import ended_here, shared_sidecar
from dataverse_flight.spark_source import SparkSource, is_spark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from dataverse_flight.counts import Counts

Mode = Literal["insert", "update", "upsert", "delete"]
OnFailed = Literal["raise", "warn", "ignore"]

DEFAULT_CONFIG = "dataverse-flight.yaml"


def publish(  # noqa: PLR0913 - the signature is the interface
    frame: Any,
    *,
    table: str,
    mode: Mode,
    match_on: str | Sequence[str] | None = None,
    environment: str | None = None,
    columns: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ignore: Sequence[str] | None = None,
    row_key: str | Sequence[str] | None = None,
    nulls: Literal["clear", "ignore"] = "clear",
    excess: Literal["refuse", "round", "truncate"] = "refuse",
    on_missing: Literal["accept", "fail"] = "accept",
    row_version: str | None = None,
    replace_row: bool = False,
    strategy: Literal["auto", "batch", "bulk"] = "auto",
    failed_rows: str | os.PathLike[str] | None = None,
    outcomes: str | os.PathLike[str] | None = None,
    max_failed_rows: int | None = None,
    max_failed_ratio: float = 0.9,
    order_by: str | Sequence[str] | None = None,
    run_id: str | None = None,
    on_failed: OnFailed = "warn",
    config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    endpoint: str | None = None,
    token: str | None = None,
    ca: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> PublishResult:
    """Write every row of a frame to a Dataverse table and keep the rows that fail.

    Returns when the last row has settled.

    frame: Spark DataFrame, pandas, polars, pyarrow Table or RecordBatchReader, or a path (Parquet, CSV, Delta).
    table: logical name. mode: "insert", "update", "upsert", "delete".
    match_on: attributes that name the row in Dataverse: primary key, an Active alternate key, or any that do so
        together (found by query). Needed but for insert. Elastic tables: the primary key, with partitionid mapped.
    environment: a name in the server's config; may be left out if there is one only.
    columns: {input column: attribute}, {input column: {"target": …, …}}, or a list of such with "source" or "sources".
        Left out: each input column goes to the attribute of its name. Beside "target" there may be one of
        "lookup": {"table": …, "by": attributes of that table, "table_from": input column that names it},
        "choice": "label" or {"by": "label", "language": 1033}, "timestamp": "UTC" (what one without a zone is),
        "file": {"name_from": input column}; and "only_on": "create" or "update", for an upsert.
    ignore: input columns that go nowhere.
    row_key: for insert, input columns that make a row unique. Left out: all of them, and the row's number among equal
        rows, which costs Spark one shuffle of the frame.
    nulls: "clear" empties the attribute, "ignore" leaves it alone.
    excess: more digits, precision or length than the attribute holds fail the row ("refuse"), or are lost by "round" or
        "truncate". on_missing: a delete of a row that is not there is "unchanged" ("accept") or fails as row_missing.
    row_version: input column with `versionnumber` (integer or text) or `@odata.etag` (text). An update or delete of a
        row that has another version by now fails as row_changed. replace_row: an upsert of an elastic table erases
        every attribute that is left out; it is refused unless all are mapped, or this says that it is meant.
    strategy: "auto" learns whether `$batch` ("batch") or CreateMultiple and its kin ("bulk") cost less, and their size.
    failed_rows, outcomes: Delta table (name, or path with a slash) for failed rows; for the outcome of every row.
    max_failed_rows, max_failed_ratio (from 1,000 rows on; 1.0 = off): beyond them the run stops.
    order_by: rows of one key are applied in this order, ascending. Spark: one shuffle by key, sorted in the task.
    run_id: names this call, so that the same call done again resumes and creates no row twice; made if left out.
    on_failed: "raise" FailedRowsError, "warn", or "ignore"; tables are written in every case.
    config: of the sidecar to start here (path or dict), or endpoint (grpc://…, grpc+tls://…), token and ca (PEM file)
        of a running server. Left out: DATAVERSE_FLIGHT_ENDPOINT (with _TOKEN, _CA), DATAVERSE_FLIGHT_CONFIG,
        ./dataverse-flight.yaml.
    progress: a line on standard error while rows settle; False keeps silent.

    Raises ArgumentError, FrameError, RowTableError, RunConflictError, ServerUnreachableError, ConfigError,
    SidecarStartError, RefusedError before any row moves; RefusedError, StreamEndedError, RowTableError later;
    FailedRowsError if asked for. On Ctrl-C the KeyboardInterrupt names the run_id to resume with; out of a call into
    Spark it comes as StreamEndedError. Either way its job is cancelled.
    """
    one_of("on_failed", on_failed, ("raise", "warn", "ignore"))
    command = _command(
        table=table_name(table),
        mode=one_of("mode", mode, MODES),
        matchOn=names("match_on", match_on),
        environment=optional_name("environment", environment),
        columns=columns_on_the_wire(columns) if columns else None,
        ignore=names("ignore", ignore),
        rowKey=names("row_key", row_key),
        nulls=one_of("nulls", nulls, ("clear", "ignore")).upper(),
        excess=unless_default("excess", excess, ("refuse", "round", "truncate")),
        onMissing=unless_default("on_missing", on_missing, ("accept", "fail")),
        rowVersion=optional_name("row_version", row_version),
        replaceRow=replace_row or None,
        strategy=unless_default("strategy", strategy, ("auto", "batch", "bulk")),
        maxFailedRows=row_limit("max_failed_rows", max_failed_rows),
        maxFailedRatio=ratio("max_failed_ratio", max_failed_ratio),
        returning="ALL" if outcomes else "FAILED",
        runId=run_name(run_id or orchestrated_run_id(table, mode) or new_run_id()),
    )
    line = Progress(shown=progress, label=f"{table} {mode}")
    try:
        server = find_server(config, endpoint, token, ca)
        source = _source(frame, server, command)
        command = _prepared(source, command, names("order_by", order_by))
        run = run_of(command, command.fingerprint(source.schema))
        job = Job(command, run, server, _text(failed_rows), _text(outcomes), command.environment, line)
        result = _run(source, job)
    finally:
        line.close()
    if result.skipped and not run_id:
        python_warnings.warn(_already_published(result), SkippedRunWarning, stacklevel=2)
    _tell(result, on_failed)
    return result


def _run(source: LocalSource | SparkSource, job: Job) -> PublishResult:
    began = time.monotonic()
    record = source.rows(job.record_table) if job.record_table else None
    done = record.finished(job.run) if record is not None else None
    if done is not None:
        return _result(done, source, job, began, skipped=True)
    source.check_reach(job.endpoint)
    open_and_end(job.endpoint, job.command, source.schema, job.progress.show)
    if job.tables and not job.environment:
        job = replace(job, environment=str(job.endpoint.call("check").get("environment", "")))
    source.prepare_tables(job)
    try:
        counts = source.publish(job)
        if record is not None and counts.stopped is None:
            record.record(job.run, counts)
    except DataverseFlightError as error:
        if isinstance(error, StreamEndedError):
            error.message += ended_here(job.endpoint.location)
        error.run_id = job.run.run_id
        raise
    except KeyboardInterrupt as interrupt:
        interrupt.args = (f"Interrupted; rows may have been written. Resume with run_id={job.run.run_id!r}.",)
        raise
    return _result(counts, source, job, began, skipped=False)


def _result(
    counts: Counts, source: LocalSource | SparkSource, job: Job, began: float, *, skipped: bool
) -> PublishResult:
    return result_of(
        counts,
        run_id=job.run.run_id,
        seconds=time.monotonic() - began,
        skipped=skipped,
        failed_rows_table=job.record_table,
        _open_failed_rows=lambda: source.open_rows(job.record_table, job.run),
    )


def _already_published(result: PublishResult) -> str:
    """Tell a job tried again from one that meant other rows: for a name that nobody chose, both look alike."""
    return (
        f"{result.sentence} The run_id {result.run_id!r} was made from the run of this job, which is right where the "
        "job is tried again. Where these are other rows, as in another iteration of a for-each task, none of them was "
        "sent: pass a run_id of their own."
    )


def _tell(result: PublishResult, on_failed: OnFailed) -> None:
    """Say what failed. Rows that were not sent are said even to who ignores failures: nothing else shows them."""
    if result.failed == 0 and result.not_sent == 0:
        return
    if on_failed == "raise":
        result.raise_for_failed()
    if on_failed == "warn" or result.not_sent > 0:
        text = f"{result.sentence} resume with run_id={result.run_id!r}"
        python_warnings.warn(text, FailedRowsWarning, stacklevel=3)


def _command(**fields: Any) -> Command:
    mode = fields.pop("mode")
    if mode != "insert" and not fields["matchOn"]:
        message = (
            f"mode {mode!r} needs match_on: the attributes that name a row in Dataverse, e.g. match_on='accountnumber'."
        )
        raise ArgumentError(message)
    set_ones = {name: value for name, value in fields.items() if value not in (None, [], "")}
    return Command({**set_ones, "mode": mode.upper()})


def _prepared(source: LocalSource | SparkSource, command: Command, order_by: list[str]) -> Command:
    """Check the command against the frame, sort it, and give an INSERT without `row_key` its hidden row number."""
    inputs = source.schema.names
    command.check_against(inputs)
    if command.mode == "insert" and not command.fields.get("rowKey"):
        mapped = command.mapped(inputs)
        source.numbered(mapped)
        command = command.having(rowKey=[*mapped, ROW_NUMBER], ignore=[*command.fields.get("ignore", ()), ROW_NUMBER])
    if order_by:
        source.ordered(order_by, command)
    return command


def _source(frame: Any, server: Endpoint, command: Command) -> LocalSource | SparkSource:
    if is_spark(frame):
        return SparkSource(frame)
    return local_source(frame, _csv_types(frame, server, command))


def _csv_types(frame: Any, server: Endpoint, command: Command) -> dict[str, pa.DataType]:
    """Let the table's attributes say how to read a CSV file, which has no types of its own."""
    if not isinstance(frame, (str, os.PathLike)) or Path(frame).suffix.lower() not in {".csv", ".tsv"}:
        return {}
    schema = server.table_schema(command.environment, command.table)
    attributes = {field.name: field.type for field in schema if field.type.num_fields == 0}
    columns = command.fields.get("columns", ())
    labels = {column["target"] for column in columns if column.get("choice", {}).get("by") == "LABEL"}
    targets = {column.get("source"): column["target"] for column in columns if column["target"] not in labels}
    by_source = {source: attributes[target] for source, target in targets.items() if source and target in attributes}
    return by_source if columns else attributes


def find_server(
    config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    endpoint: str | None = None,
    token: str | None = None,
    ca: str | os.PathLike[str] | None = None,
) -> Endpoint:
    """Find the running server, or start one. An argument goes before the environment's variables.

    Raises ArgumentError, ServerUnreachableError, SidecarStartError, ConfigError.
    """
    if config is not None and endpoint is not None:
        message = "config and endpoint exclude each other: a running server has its own config. Leave one out."
        raise ArgumentError(message)
    location = endpoint or (os.environ.get("DATAVERSE_FLIGHT_ENDPOINT") if config is None else None)
    if location:
        roots = ca or os.environ.get("DATAVERSE_FLIGHT_CA")
        found = Endpoint(location, token or os.environ.get("DATAVERSE_FLIGHT_TOKEN"), pem("ca", roots))
        found.probe()
        return found
    config = config or os.environ.get("DATAVERSE_FLIGHT_CONFIG")
    if config is None and not Path(DEFAULT_CONFIG).is_file():
        message = (
            f"No server is named and there is no {DEFAULT_CONFIG} in this folder. "
            "Pass endpoint= of a running server, or config= (a path or a dict) to have one started here."
        )
        raise ArgumentError(message)
    return shared_sidecar(config or DEFAULT_CONFIG).endpoint


def _text(table: str | os.PathLike[str] | None) -> str | None:
    return os.fspath(table) if table is not None else None
