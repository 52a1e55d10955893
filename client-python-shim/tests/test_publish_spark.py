"""`publish` of Spark DataFrames: each trap that Spark and Delta hold, by name."""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from dataverse_flight import (
    ArgumentError,
    DataverseFlightError,
    FailedRowsWarning,
    FrameError,
    RefusedError,
    RowTableError,
    RunConflictError,
    StreamEndedError,
    replay,
)
from dataverse_flight.spark_rows import SparkRows
from emulator import PATIENCE, wait_until
from spark_publish import accounts, every_tenth_fails, failing_tenth_after, upsert
from upstream import raises_on_first_attempt

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server import FakeServer

pytestmark = pytest.mark.spark


def sent(server: FakeServer) -> Counter[str]:
    return Counter(row["accountnumber"] for stream in server.published if stream.ended for row in stream.rows)


def test_one_action_sends_each_row_once_and_brings_failed_ones_back(
    spark: Any, server: FakeServer, tmp_path: Path
) -> None:
    server.fails = every_tenth_fails
    result = upsert(accounts(spark), server, failed_rows=str(tmp_path / "failed"), run_id="r1")
    assert (result.received, result.acknowledged, result.failed) == (1000, 900, 100)
    assert set(sent(server).values()) == {1}
    assert len(sent(server)) == 1000
    rows = result.failed_rows.collect()
    assert len(rows) == 100
    assert {row["_dv_run_id"] for row in rows} == {"r1"}
    assert {row["_dv_partition"] for row in rows} == {0, 1, 2, 3}
    assert "_dv_counts" not in result.failed_rows.columns


def test_streams_carry_partition_and_task_attempt(spark: Any, server: FakeServer) -> None:
    upsert(accounts(spark), server)
    commands = [stream.command for stream in server.published]
    assert sorted(command["partition"] for command in commands) == [0, 1, 2, 3]
    assert len({command["attempt"] for command in commands}) == 4


def test_an_empty_partition_opens_no_stream(spark: Any, server: FakeServer) -> None:
    frame = accounts(spark, rows=10, partitions=10).where("accountnumber in ('A1', 'A2')")
    result = upsert(frame, server)
    assert result.received == 2
    assert len(server.published) == 2


def test_an_empty_frame_publishes_nothing(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    frame = spark.createDataFrame([], "accountnumber string, name string")
    result = upsert(frame, server, failed_rows=str(tmp_path / "failed"))
    assert (result.received, result.failed) == (0, 0)
    assert result.failed_rows.count() == 0


def test_a_task_that_died_is_retried_and_counted_once(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    server.fails = every_tenth_fails
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "100")
    try:
        frame = accounts(spark, 20_000, 2).mapInArrow(raises_on_first_attempt, "accountnumber string, name string")
        result = upsert(frame, server, failed_rows=str(tmp_path / "failed"))
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    assert (result.received, result.failed) == (20_000, 2_000)
    assert result.failed_rows.count() == 2_000
    attempts = [stream for stream in server.published if stream.command["partition"] == 1]
    # The first attempt may even have sent its end: a task cannot tell the end of its input from a death upstream.
    # So the newest attempt alone counts, here and in Delta.
    newest = max(attempts, key=lambda stream: int(stream.command["attempt"]))
    assert newest.ended
    assert len(newest.rows) == 10_000


def test_names_with_dots_blanks_and_backticks_come_back_as_they_were(spark: Any, server: FakeServer) -> None:
    frame = accounts(spark, 10, 1).toDF("account.number", "na`me x")
    columns = {"account.number": "accountnumber", "na`me x": "name"}
    upsert(frame, server, columns=columns, order_by="na`me x")
    schema = server.published[0].schema
    assert schema is not None
    assert schema.names == ["account.number", "na`me x"]
    assert len(server.published[0].rows) == 10


def test_dots_in_names_reach_the_table_unchanged(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    server.fails = lambda _: "row_rejected"
    frame = accounts(spark, 10, 1).toDF("account.number", "name")
    columns = {"account.number": "accountnumber", "name": "name"}
    result = upsert(frame, server, columns=columns, failed_rows=str(tmp_path / "failed"))
    assert result.failed_rows.columns[:2] == ["account.number", "name"]


def test_every_type_comes_back_exact(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    server.fails = lambda _: "row_rejected"
    frame = spark.sql(
        "select 'A1' accountnumber, cast(9007199254740993 as bigint) big, cast('12345678901234.5678' "
        "as decimal(19,4)) money, "
        "timestamp'2024-03-10 01:59:59.123456' seen, date'0001-01-01' born, true flag, cast(1 as "
        "tinyint) tiny, 0.1d ratio, "
        "X'00ff' bytes, 'ö𝄞' name, cast(null as string) nothing, array(1, 2) choices"
    )
    result = upsert(frame, server, failed_rows=str(tmp_path / "failed"))
    back = result.failed_rows.select(*frame.columns).collect()
    assert back == frame.collect()
    row = server.published[0].rows[0]
    assert row["money"] == Decimal("12345678901234.5678")
    # The session zone is New York: the instant is what travels.
    assert row["seen"].astimezone(dt.timezone.utc) == dt.datetime(
        2024, 3, 10, 6, 59, 59, 123456, tzinfo=dt.timezone.utc
    )


def test_not_null_columns_do_not_break_rows_without_a_value(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    """The count row has nulls in every input column, also in those declared not null."""
    frame = spark.range(10).selectExpr("id", "'x' name")
    assert not frame.schema["id"].nullable
    result = upsert(frame, server, match_on="id", failed_rows=str(tmp_path / "failed"))
    assert result.received == 10


def test_planning_does_not_change_the_frame(spark: Any, server: FakeServer) -> None:
    """`schema.add` would change the frame's own cached schema, and the next use of it fails."""
    frame = accounts(spark, 10, 1)
    before = frame.schema.simpleString()
    upsert(frame, server)
    upsert(frame, server)
    assert frame.schema.simpleString() == before


def test_a_table_that_is_not_there_is_created_empty_and_the_counts_arrive(spark: Any, server: FakeServer) -> None:
    server.fails = every_tenth_fails
    spark.sql("drop table if exists failed_accounts")
    result = upsert(accounts(spark), server, failed_rows="failed_accounts")
    assert (result.received, result.failed) == (1000, 100)
    assert spark.table("failed_accounts").count() == 100


def test_a_path_where_no_table_lies_is_not_read(
    spark: Any, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a read that fails Spark logs a page of stack trace, once an observation has run in the session."""
    monkeypatch.setattr(SparkRows, "_read", lambda _: pytest.fail("it was read"))
    server.refuses = lambda _command, _schema: RuntimeError("enough is seen")
    with pytest.raises(DataverseFlightError, match="enough is seen"):
        upsert(accounts(spark, 10, 1), server, failed_rows=str(tmp_path / "failed"))


def test_a_finished_run_is_found_in_the_table_and_skipped(spark: Any, server: FakeServer) -> None:
    server.fails = every_tenth_fails
    spark.sql("drop table if exists failed_twice")
    options = {"failed_rows": "failed_twice", "run_id": "r1"}
    upsert(accounts(spark), server, **options)
    streams = len(server.streams)
    again = upsert(accounts(spark), server, **options)
    assert again.skipped
    assert (again.received, again.failed) == (1000, 100)
    assert len(server.streams) == streams
    with pytest.raises(RunConflictError):
        upsert(accounts(spark).drop("name"), server, **options)


def test_an_unfinished_try_is_replaced_when_the_run_resumes(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    server.fails = every_tenth_fails
    options = {"failed_rows": str(tmp_path / "failed"), "run_id": "r1"}
    stopped = {"code": "progress_timeout", "message": "Nothing moved."}
    server.changes_summary = lambda s: (
        s | ({"stopped": stopped, "notSent": 1, "acknowledged": s["acknowledged"] - 1} if s["received"] else {})
    )
    with pytest.warns(FailedRowsWarning, match="NOT SENT"):
        first = upsert(accounts(spark), server, **options)
    server.changes_summary = lambda s: s
    upsert(accounts(spark, 100), server, failed_rows=str(tmp_path / "failed"), run_id="other", table="contact")
    second = upsert(accounts(spark).repartition(3), server, **options)
    assert first.stopped == stopped
    assert first.not_sent == 4
    assert not second.skipped
    assert second.failed_rows.count() == 100
    assert spark.read.format("delta").load(str(tmp_path / "failed")).count() == 110


def test_new_columns_are_added_and_changed_types_refused_before_any_task(
    spark: Any, server: FakeServer, tmp_path: Path
) -> None:
    server.fails = every_tenth_fails
    options = {"failed_rows": str(tmp_path / "failed")}
    upsert(accounts(spark), server, **options)
    wider = accounts(spark).selectExpr("*", "1 numberofemployees")
    assert "numberofemployees" in upsert(wider, server, **options).failed_rows.columns
    before = len(server.published)
    with pytest.raises(RowTableError, match="'name' is string there and int here"):
        upsert(accounts(spark).selectExpr("accountnumber", "1 name"), server, **options)
    assert len(server.published) == before


def test_outcomes_and_failed_rows_come_from_one_evaluation(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    server.fails = every_tenth_fails
    result = upsert(accounts(spark), server, outcomes=str(tmp_path / "all"), failed_rows=str(tmp_path / "failed"))
    assert spark.read.format("delta").load(str(tmp_path / "all")).count() == 1000
    assert result.failed_rows.count() == 100
    assert sum(sent(server).values()) == 1000


@pytest.mark.parametrize(
    ("expression", "refusal"),
    [
        ("null nothing", (RowTableError, "void")),
        ("1 as `a b`", (RowTableError, "Rename them")),
        ("1 as Name", (FrameError, "differ only in case")),
        ("make_ym_interval(1, 2) span", (FrameError, "cannot leave Spark")),
    ],
)
def test_what_spark_or_delta_would_trip_over_is_said_first(
    spark: Any, server: FakeServer, tmp_path: Path, expression: str, refusal: tuple[type[Exception], str]
) -> None:
    frame = accounts(spark, 10, 1).selectExpr("*", expression)
    with pytest.raises(refusal[0], match=refusal[1]):
        upsert(frame, server, failed_rows=str(tmp_path / "failed"))
    assert server.published == []


def test_a_streaming_frame_is_refused_with_the_way_to_publish_it(spark: Any, server: FakeServer) -> None:
    with pytest.raises(FrameError, match="foreachBatch"):
        upsert(spark.readStream.format("rate").load(), server)


def test_a_column_is_no_frame(spark: Any, server: FakeServer) -> None:
    with pytest.raises(FrameError, match="this is a Column"):
        upsert(accounts(spark, 1, 1).accountnumber, server)


def test_a_frame_without_columns_is_refused(spark: Any, server: FakeServer) -> None:
    with pytest.raises(FrameError, match="no columns"):
        upsert(spark.range(10).select(), server)


def test_insert_without_row_key_numbers_equal_rows(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    server.fails = lambda _: "row_rejected"
    frame = spark.sql("select explode(array('a', 'b', 'a', 'a', null, null)) name")
    result = upsert(frame, server, mode="insert", match_on=None, failed_rows=str(tmp_path / "failed"))
    rows = sorted((row["name"] or "", row["__row_number"]) for stream in server.published for row in stream.rows)
    assert rows == [("", 0), ("", 1), ("a", 0), ("a", 1), ("a", 2), ("b", 0)]
    assert server.published[0].command["rowKey"] == ["name", "__row_number"]
    assert "__row_number" not in result.failed_rows.columns


def test_order_by_keeps_a_key_in_one_stream_and_in_order(spark: Any, server: FakeServer) -> None:
    frame = spark.range(0, 400, 1, 4).selectExpr(
        "concat(if(id % 2 = 0, 'k', 'K'), id % 5, if(id % 3 = 0, ' ', '')) accountnumber", "400 - id numberofemployees"
    )
    upsert(frame, server, order_by="numberofemployees")
    place: dict[str, int] = {}
    for stream in server.published:
        seen: dict[str, int] = {}
        for row in stream.rows:
            key = row["accountnumber"].strip().lower()
            assert place.setdefault(key, stream.command["partition"]) == stream.command["partition"]
            assert seen.get(key, -1) < row["numberofemployees"]
            seen[key] = row["numberofemployees"]


def test_a_refusal_inside_a_task_arrives_as_the_servers_sentence(
    spark: Any, server: FakeServer, tmp_path: Path
) -> None:
    from pyarrow import flight

    def only_tasks(command: dict[str, Any], _schema: Any) -> Exception | None:
        opening = command["partition"] == 0xFFFFFFFF
        return (
            None
            if opening
            else flight.FlightUnauthenticatedError("credentials_rejected: The secret expired. Renew it.")
        )

    server.refuses = only_tasks
    with pytest.raises(
        RefusedError, match=r"^credentials_rejected: The secret expired\. Renew it\. \(resume with run_id='r1'\)"
    ):
        upsert(accounts(spark, 10, 1), server, failed_rows=str(tmp_path / "failed"), run_id="r1")


def test_a_sidecar_on_loopback_is_refused_for_a_cluster(
    spark: Any, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyspark.sql.conf import RuntimeConfig

    real = RuntimeConfig.get
    monkeypatch.setattr(
        RuntimeConfig, "get", lambda self, key, *more: "yarn" if key == "spark.master" else real(self, key, *more)
    )
    with pytest.raises(ArgumentError, match="driver alone"):
        upsert(accounts(spark, 10, 1), server)


def test_an_error_of_the_frame_itself_names_the_run(spark: Any, server: FakeServer) -> None:
    frame = spark.sql("select concat('A', id) accountnumber, raise_error('mine') name from range(10)")
    with pytest.raises(StreamEndedError, match=r"Spark job failed.*resume with run_id='r1'") as caught:
        upsert(frame, server, run_id="r1")
    assert "mine" in str(caught.value.__cause__)
    assert not any(stream.ended for stream in server.published)


def test_an_interrupted_call_leaves_no_spark_job_behind(spark: Any, server: FakeServer) -> None:
    jobs, over = spark.sparkContext.statusTracker(), threading.Event()

    def interrupt() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        over.wait(2 * PATIENCE)

    server.fails = failing_tenth_after(interrupt)
    # KeyboardInterrupt where it came between two calls into the JVM.
    with pytest.raises((StreamEndedError, KeyboardInterrupt), match=r"[Rr]esume with run_id='r1'"):
        upsert(accounts(spark, 10, 1), server, run_id="r1")
    try:
        wait_until(lambda: not jobs.getActiveJobsIds())
    finally:
        over.set()
    assert not any(stream.ended for stream in server.published)


def test_replay_reads_and_writes_one_table(spark: Any, server: FakeServer) -> None:
    server.fails = lambda row: "lookup_missing" if row["accountnumber"] in {"A1", "A2"} else every_tenth_fails(row)
    spark.sql("drop table if exists failed_replay")
    upsert(accounts(spark), server, failed_rows="failed_replay", environment="demo")
    server.fails = lambda row: "lookup_missing" if row["accountnumber"] == "A1" else None
    result = replay(
        "failed_replay", match_on="accountnumber", endpoint=server.location, on_failed="ignore", progress=False
    )
    assert (result.received, result.failed) == (2, 1)
    left = Counter(row["_dv_error_code"] for row in spark.table("failed_replay").collect())
    assert left == {"row_rejected": 100, "lookup_missing": 1}
