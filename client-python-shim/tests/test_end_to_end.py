"""Spark, Delta, the sidecar and the emulator: whatever dies, each row stands once and each failed row comes back."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from dataverse_flight import FailedRowsError, FailedRowsWarning, StreamEndedError, publish, replay
from dataverse_flight.sidecar import shared_sidecar
from emulator import wait_until
from upstream import DiesOnceRowsStand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator import Emulator

pytestmark = pytest.mark.spark

INSERT = {"mode": "insert", "row_key": "dv_name"}
INSERT_BY_CONTENT = {"mode": "insert"}
UPSERT = {"mode": "upsert", "match_on": "dv_code"}


def samples(spark: Any, rows: int, partitions: int, copies: int = 1) -> Any:
    """`copies` equal rows of each name; every 20th name has a value that its column does not take."""
    return spark.range(0, rows, 1, partitions).selectExpr(
        f"concat('r', id div {copies}) dv_name",
        # An alternate key, which no two rows may have.
        f"if({copies} = 1, concat('c', id), null) dv_code",
        f"if(id < {rows // 2}, 'first', 'second') || repeat('x', 1000) dv_text",
        f"cast(if((id div {copies}) % 20 = 0, -1, id div {copies}) as decimal(9,2)) dv_cents",
    )


def send(frame: Any, dataverse: Emulator, **more: Any) -> Any:
    options: dict[str, Any] = {
        "table": "dv_sample",
        "config": dataverse.config(),
        "on_failed": "ignore",
        "progress": False,
    }
    return publish(frame, **(options | more))


def names(rows: Any) -> Counter[str]:
    return Counter(row["dv_name"] for row in rows)


def creates(dataverse: Emulator) -> Counter[str]:
    return Counter(effect["id"] for effect in dataverse.effects() if effect["operation"] == "create")


def each_row_stands_once(frame: Any, dataverse: Emulator, result: Any) -> None:
    """Each row is there as often as in the frame, or came back failed as often; the ledger knows no second create."""
    good, bad = (frame.where(condition).collect() for condition in ("dv_cents >= 0", "dv_cents < 0"))
    assert names(dataverse.rows()) == names(good)
    assert set(creates(dataverse).values()) == {1}
    assert names(result.failed_rows.collect()) == names(bad)
    assert (result.received, result.acknowledged, result.failed) == (len(good) + len(bad), len(good), len(bad))
    assert result.failed_by_code == {"value_not_mappable": len(bad)}


@pytest.mark.parametrize(("exits", "mode"), [(False, INSERT), (True, UPSERT)])
def test_a_task_that_dies_half_way_is_retried_and_no_row_stands_twice(
    spark: Any,
    dataverse: Emulator,
    tmp_path: Path,
    exits: bool,  # noqa: FBT001
    mode: dict[str, str],
) -> None:
    frame = samples(spark, 2000, 2)
    dies = DiesOnceRowsStand(dataverse.address, rows=300, exits=exits)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "50")
    try:
        dying = frame.mapInArrow(dies, frame.schema)
        result = send(dying, dataverse, failed_rows=str(tmp_path / "failed"), **mode)
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    each_row_stands_once(frame, dataverse, result)


@contextmanager
def sidecar_killed_once(config: dict[str, Any], dataverse: Emulator, rows: int) -> Iterator[None]:
    """Kill the sidecar of this config once so many rows stand; later requests are held so that the run is not over."""
    dataverse.play({"effect": "slow", "ms": 1500, "match": {"batch": True, "nth": rows // 100 + 3, "count": 8}})
    sidecar = shared_sidecar(config)

    def kill() -> None:
        wait_until(lambda: len(dataverse.rows()) >= rows)
        assert sidecar._process is not None  # noqa: SLF001
        sidecar._process.kill()  # noqa: SLF001

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    killer.join()


@pytest.mark.parametrize(("mode", "copies"), [(INSERT, 1), (INSERT_BY_CONTENT, 2), (UPSERT, 1)])
def test_a_killed_sidecar_and_the_run_again_in_another_order_leave_each_row_once(
    spark: Any, dataverse: Emulator, tmp_path: Path, mode: dict[str, str], copies: int
) -> None:
    frame = samples(spark, 2000, 4, copies)
    failed = str(tmp_path / "failed")
    config = dataverse.config()
    run_id = f"killed {mode} {copies}".replace("'", "")
    # The requests that are held are told by being a `$batch`.
    options: dict[str, Any] = {"config": config, "failed_rows": failed, "run_id": run_id, "strategy": "batch", **mode}
    with sidecar_killed_once(config, dataverse, 500), pytest.raises(StreamEndedError, match="resume with run_id"):
        send(frame, dataverse, **options)
    assert 500 <= len(dataverse.rows()) < frame.where("dv_cents >= 0").count()
    again = frame.repartition(3).sortWithinPartitions(frame["dv_name"].desc())
    second = send(again, dataverse, **options)
    wait_until(lambda: dataverse.under_way() == 0)
    assert not second.skipped
    each_row_stands_once(frame, dataverse, second)
    assert names(spark.read.format("delta").load(failed).collect()) == names(second.failed_rows.collect())
    requests = dataverse.requests()
    third = send(frame, dataverse, **options)
    assert third.skipped
    assert (third.received, third.acknowledged, third.failed) == (second.received, second.acknowledged, second.failed)
    assert dataverse.requests() == requests


def test_a_run_with_too_many_failed_rows_stops_keeps_what_it_knows_and_resumes(
    spark: Any, dataverse: Emulator, tmp_path: Path
) -> None:
    frame = samples(spark, 4000, 4)
    options: dict[str, Any] = {"failed_rows": str(tmp_path / "failed"), "run_id": "too many", **UPSERT}
    with pytest.warns(FailedRowsWarning, match="NOT SENT"):
        first = send(frame, dataverse, max_failed_rows=20, **options)
    assert first.stopped["code"] == "too_many_failed_rows"
    assert first.received == first.acknowledged + first.failed + first.not_sent
    assert first.not_sent > 0
    assert first.failed_rows.count() == first.failed > 20
    assert len(dataverse.rows()) == first.acknowledged
    second = send(frame, dataverse, **options)
    assert not second.skipped
    each_row_stands_once(frame, dataverse, second)


def test_a_run_whose_user_is_forbidden_stops_keeps_what_it_knows_and_resumes(
    spark: Any, dataverse: Emulator, tmp_path: Path
) -> None:
    frame = samples(spark, 4000, 4)
    options: dict[str, Any] = {"failed_rows": str(tmp_path / "failed"), "run_id": "forbidden", **INSERT}
    options["strategy"] = "batch"
    forbidden = {"effect": "status", "status": 403, "code": "0x80042F09", "message": "The user is disabled."}
    dataverse.play({**forbidden, "match": {"batch": True, "nth": 8}})
    with pytest.warns(FailedRowsWarning, match="principal_forbidden"):
        first = send(frame, dataverse, on_failed="warn", **options)
    assert first.stopped["code"] == "principal_forbidden"
    assert first.not_sent > 0
    assert first.failed_rows.count() == first.failed > 0
    assert len(dataverse.rows()) == first.acknowledged
    second = send(frame, dataverse, **options)
    assert not second.skipped
    each_row_stands_once(frame, dataverse, second)


def test_replayed_rows_of_an_insert_stand_once_under_the_key_minted_for_them(
    spark: Any, dataverse: Emulator, tmp_path: Path
) -> None:
    failed = str(tmp_path / "failed")
    columns = {
        "name": "dv_name",
        "account": {"target": "dv_account", "lookup": {"table": "account", "by": ["accountnumber"]}},
    }
    frame = spark.range(0, 400, 1, 2).selectExpr("concat('r', id) name", "concat('A', id % 4) account")
    accounts = spark.sql("select concat('A', id) accountnumber, 'an account' name from range(4)")
    account = {"table": "account", "mode": "upsert", "match_on": "accountnumber"}
    send(accounts.where("accountnumber != 'A1'"), dataverse, **account)
    first = send(frame, dataverse, mode="insert", row_key="name", columns=columns, failed_rows=failed)
    assert first.failed_by_code == {"lookup_missing": 100}
    minted = {row["name"]: row["_dv_id"] for row in first.failed_rows.collect()}
    send(accounts, dataverse, **account)
    again = replay(failed, columns=columns, config=dataverse.config(), progress=False)
    assert (again.received, again.acknowledged, again.failed) == (100, 100, 0)
    standing = {row["dv_name"]: row["dv_sampleid"] for row in dataverse.rows()}
    assert len(dataverse.rows()) == len(standing) == 400
    assert {name: standing[name] for name in minted} == minted
    assert spark.read.format("delta").load(failed).count() == 0


def test_outcomes_are_the_crosswalk_from_keys_to_ids(spark: Any, dataverse: Emulator, tmp_path: Path) -> None:
    tables = {"outcomes": str(tmp_path / "all"), "failed_rows": str(tmp_path / "failed")}
    frame = samples(spark, 200, 3)
    result = send(frame, dataverse, **tables, **INSERT)
    each_row_stands_once(frame, dataverse, result)
    outcomes = spark.read.format("delta").load(tables["outcomes"]).collect()
    assert names(outcomes) == names(frame.collect())
    crosswalk = {row["dv_name"]: row["_dv_id"] for row in outcomes if row["_dv_outcome"] == "created"}
    assert crosswalk == {row["dv_name"]: row["dv_sampleid"] for row in dataverse.rows()}


def test_rows_of_a_key_are_applied_in_the_order_that_was_asked_for(spark: Any, dataverse: Emulator) -> None:
    frame = spark.range(0, 600, 1, 4).selectExpr(
        "concat(if(id % 2 = 0, 'k', 'K'), id % 20, if(id % 3 = 0, ' ', '')) dv_code", "cast(600 - id as int) dv_int"
    )
    result = send(frame, dataverse, order_by="dv_int", **UPSERT)
    assert (result.acknowledged, result.failed) == (600, 0)
    applied = defaultdict(list)
    for effect in dataverse.effects():
        applied[effect["id"]].append(effect["values"]["dv_int"])
    assert len(applied) == len(dataverse.rows()) == 20
    assert all(values == sorted(values) and len(values) == 30 for values in applied.values())


def test_failed_rows_are_in_the_table_before_anyone_hears_of_them_and_it_grows_with_the_frame(
    spark: Any, dataverse: Emulator, tmp_path: Path
) -> None:
    failed = str(tmp_path / "failed")
    frame = samples(spark, 40, 1)
    with pytest.raises(FailedRowsError, match=r"38 of 40 rows acknowledged, 2 failed .*resume with run_id='first'"):
        send(frame, dataverse, on_failed="raise", failed_rows=failed, run_id="first", **UPSERT)
    assert spark.read.format("delta").load(failed).count() == 2
    wider = frame.withColumn("dv_int", frame["dv_cents"].cast("int"))
    with pytest.warns(FailedRowsWarning, match=r"2 failed \(value_not_mappable 2\)\. See the rows in"):
        result = send(wider, dataverse, on_failed="warn", failed_rows=failed, run_id="second", **UPSERT)
    assert [row["dv_int"] for row in result.failed_rows.collect()] == [-1, -1]
    assert [
        row["dv_int"] for row in spark.read.format("delta").load(failed).where("_dv_run_id = 'first'").collect()
    ] == [
        None,
        None,
    ]


def test_empty_partitions_and_an_empty_frame_settle(spark: Any, dataverse: Emulator, tmp_path: Path) -> None:
    frame = samples(spark, 40, 8).where("dv_name in ('r0', 'r1')")
    result = send(frame, dataverse, failed_rows=str(tmp_path / "failed"), **UPSERT)
    each_row_stands_once(frame, dataverse, result)
    batches = dataverse.batches()
    empty = send(frame.where("false"), dataverse, failed_rows=str(tmp_path / "failed"), **UPSERT)
    assert (empty.received, empty.failed, empty.failed_rows.count()) == (0, 0, 0)
    assert dataverse.batches() == batches
