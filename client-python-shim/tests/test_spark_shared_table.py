"""A table for failed rows that others use, too: runs at the same time, and frames of other columns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from dataverse_flight import RowTableError, replay
from spark_publish import accounts, every_tenth_fails, failing_tenth_after, upsert

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server import FakeServer

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("by_path", [True, False])
def test_others_may_write_to_the_table_while_a_run_does(
    spark: Any,
    server: FakeServer,
    tmp_path: Path,
    by_path: bool,  # noqa: FBT001
) -> None:
    spark.sql("drop table if exists failed_of_two")
    table = str(tmp_path / "failed") if by_path else "failed_of_two"
    name = f"delta.`{table}`" if by_path else table
    server.fails = every_tenth_fails
    upsert(accounts(spark, 20, 1), server, failed_rows=table, run_id="r0")
    # Rewrites the file of the other run's rows.
    server.fails = failing_tenth_after(lambda: spark.sql(f"update {name} set _dv_run_id = 'r9'"))  # noqa: S608
    result = upsert(accounts(spark), server, failed_rows=table, run_id="r1")
    assert result.failed_rows.count() == result.failed == 100
    rows = spark.table(name).groupBy("_dv_run_id").count().orderBy("_dv_run_id").collect()
    assert [tuple(row) for row in rows] == [("r1", 100), ("r9", 2)]


def test_columns_that_others_change_meanwhile_are_said_with_the_way_to_resume(spark: Any, server: FakeServer) -> None:
    spark.sql("drop table if exists failed_changed")
    server.fails = failing_tenth_after(lambda: spark.sql("alter table failed_changed add columns (other int)"))
    with pytest.raises(RowTableError, match=r"Others changed the columns.*\(resume with run_id='r1'\)"):
        upsert(accounts(spark), server, failed_rows="failed_changed", run_id="r1")
    again = upsert(accounts(spark), server, failed_rows="failed_changed", run_id="r1")
    assert again.failed_rows.count() == again.failed == 100


def test_a_name_in_another_case_is_the_tables_column(spark: Any, server: FakeServer, tmp_path: Path) -> None:
    server.fails = every_tenth_fails
    options = {"failed_rows": str(tmp_path / "failed")}
    upsert(accounts(spark), server, **options)
    columns = {"accountnumber": "accountnumber", "NAME": "name"}
    again = upsert(accounts(spark, 20, 1).withColumnRenamed("name", "NAME"), server, columns=columns, **options)
    assert sorted(row["name"] for row in again.failed_rows.collect()) == ["n0", "n10"]


def test_a_relative_path_is_found_again(
    spark: Any, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where a relative path lies is the JVM's to say: it keeps the folder that it was started in.
    here = spark._jvm.java.io.File(".").getCanonicalPath()  # noqa: SLF001
    relative = os.path.relpath(tmp_path / "failed", here)
    monkeypatch.chdir(here)
    server.fails = lambda _: "lookup_missing"
    options = {"failed_rows": relative, "run_id": "r1"}
    assert upsert(accounts(spark, 2, 1), server, **options).failed == 2
    assert upsert(accounts(spark, 2, 1), server, **options).skipped
    server.fails = lambda _: None
    replay(relative, match_on="accountnumber", endpoint=server.location, progress=False)
    assert spark.read.format("delta").load(str(tmp_path / "failed")).count() == 0


@pytest.mark.parametrize(
    ("make", "table", "words"),
    [
        ("create or replace temp view failed_view as select 1 x", "failed_view", "failed_view` is a view"),
        ("create table if not exists failed_parquet (x int) using parquet", "failed_parquet", "it is a Delta table"),
        ("select 1", "my-catalog.failed", "INVALID_IDENTIFIER"),
        ("select 1", "/proc/none/failed", r"said: \[DELTA_CANNOT_CREATE_LOG_PATH\]"),
    ],
)
def test_a_place_that_takes_no_rows_is_said_before_any_task(
    spark: Any, server: FakeServer, make: str, table: str, words: str
) -> None:
    spark.sql(make)
    with pytest.raises(RowTableError, match=words):
        upsert(accounts(spark, 1, 1), server, failed_rows=table)
    assert server.published == []


def test_a_replayed_row_goes_without_the_columns_of_other_frames(spark: Any, server: FakeServer) -> None:
    """They are null in the table, and null would empty the attribute."""
    spark.sql("drop table if exists failed_of_frames")
    server.fails = lambda _: "lookup_missing"
    upsert(accounts(spark, 1, 1), server, failed_rows="failed_of_frames", run_id="r1")
    wider = accounts(spark, 1, 1).selectExpr("accountnumber", "'x' telephone1")
    upsert(wider, server, failed_rows="failed_of_frames", run_id="r2")
    server.fails = lambda _: None
    server.streams.clear()
    replay("failed_of_frames", "_dv_run_id = 'r1'", match_on="accountnumber", endpoint=server.location, progress=False)
    assert [row for stream in server.published for row in stream.rows] == [{"accountnumber": "A0", "name": "n0"}]
