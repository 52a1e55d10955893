"""`replay`: failed rows go again, from their table, and leave it once they made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from dataverse_flight import ArgumentError, publish, replay, replaying
from dataverse_flight.delta_rows import DeltaRows

if TYPE_CHECKING:
    from fake_server import FakeServer

FAILED = "./failed"


@pytest.fixture(autouse=True)
def _without_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that Spark tests left active would take these tables over."""
    monkeypatch.setattr(replaying, "_active_session", lambda: None)


def fill(server: FakeServer, mode: Any = "upsert", table: str = "account") -> None:
    """Leave four failed rows of ten: two retryable, two not."""
    codes = {"A1": "lookup_missing", "A2": "row_rejected", "A3": "lookup_missing", "A4": "row_rejected"}
    server.fails = lambda row: codes.get(row["accountnumber"])
    frame = pa.table({"accountnumber": [f"A{index}" for index in range(10)], "name": ["n"] * 10})
    match_on = None if mode == "insert" else "accountnumber"
    publish(
        frame, table=table, mode=mode, match_on=match_on, failed_rows=FAILED, endpoint=server.location,
        on_failed="ignore", progress=False,
    )  # fmt: skip
    server.fails = lambda _: None
    server.streams.clear()


def again(server: FakeServer, **more: Any) -> Any:
    options: dict[str, Any] = {
        "match_on": "accountnumber",
        "endpoint": server.location,
        "on_failed": "ignore",
        "progress": False,
    }
    return replay(FAILED, **(options | more))


def left() -> list[str]:
    return sorted(DeltaRows(FAILED).read("true").column("accountnumber").to_pylist())


def test_retryable_rows_go_again_and_leave_the_table(server: FakeServer) -> None:
    fill(server)
    result = again(server)
    assert (result.received, result.acknowledged) == (2, 2)
    assert sorted(row["accountnumber"] for row in server.published[0].rows) == ["A1", "A3"]
    assert set(server.published[0].rows[0]) == {"accountnumber", "name"}
    assert left() == ["A2", "A4"]


def test_rows_that_fail_again_stay_once_under_the_new_run(server: FakeServer) -> None:
    fill(server)
    server.fails = lambda row: "row_rejected" if row["accountnumber"] == "A1" else None
    result = again(server)
    assert left() == ["A1", "A2", "A4"]
    assert [row["accountnumber"] for row in result.failed_rows.to_pylist()] == ["A1"]


def test_a_condition_picks_other_rows(server: FakeServer) -> None:
    fill(server)
    assert again(server, where="_dv_error_code = 'row_rejected'").received == 2
    assert left() == ["A1", "A3"]


def test_a_stopped_replay_takes_nothing_out(server: FakeServer) -> None:
    fill(server)
    stopped = {"code": "draining", "message": "It ends."}
    server.changes_summary = lambda s: (
        s | ({"stopped": stopped, "notSent": s["received"], "acknowledged": 0} if s["received"] else {})
    )
    with pytest.warns(UserWarning, match="NOT SENT"):
        again(server)
    assert left() == ["A1", "A2", "A3", "A4"]


def test_nothing_to_replay_opens_nothing(server: FakeServer) -> None:
    fill(server)
    result = again(server, where="false")
    assert result.received == 0
    assert server.streams == []


def test_rows_of_an_insert_go_by_their_minted_key(server: FakeServer) -> None:
    """A row whose insert was written after all must not be inserted under another key."""
    fill(server, mode="insert")
    again(server)
    command = server.published[0].command
    assert (command["mode"], command["matchOn"]) == ("UPSERT", ["accountid"])
    assert set(server.published[0].rows[0]) == {"accountnumber", "name", "accountid"}


def test_options_go_along(server: FakeServer) -> None:
    fill(server, mode="update")
    again(server, row_version="name", strategy="batch", columns={"accountnumber": "accountnumber"})
    command = server.published[0].command
    assert (command["mode"], command["rowVersion"], command["strategy"]) == ("UPDATE", "name", "BATCH")


def fill_with_two_frames(server: FakeServer) -> None:
    """Leave rows of two runs in one table, each with a column that the other had not."""
    server.fails = lambda _: "lookup_missing"
    for run, name in (("r1", "name"), ("r2", "telephone1")):
        frame = pa.table({"accountnumber": [run], name: ["x"]})
        publish(
            frame, table="account", mode="upsert", match_on="accountnumber", failed_rows=FAILED, run_id=run,
            endpoint=server.location, on_failed="ignore", progress=False,
        )  # fmt: skip
    server.fails = lambda _: None
    server.streams.clear()


def test_a_row_goes_without_the_columns_of_other_frames(server: FakeServer) -> None:
    """They are null in the table, and null would empty the attribute."""
    fill_with_two_frames(server)
    again(server, where="_dv_run_id = 'r1'")
    again(server, where="_dv_run_id = 'r2'", columns={"accountnumber": "accountnumber", "telephone1": "telephone1"})
    assert [stream.rows for stream in server.published] == [
        [{"accountnumber": "r1", "name": "x"}],
        [{"accountnumber": "r2", "telephone1": "x"}],
    ]


def test_rows_that_came_with_different_columns_are_refused_with_a_remedy(server: FakeServer) -> None:
    fill_with_two_frames(server)
    with pytest.raises(ArgumentError, match=r"run r2: accountnumber, telephone1.*Replay them apart"):
        again(server)
    assert server.streams == []


@pytest.mark.parametrize(
    "options",
    [{"nulls": "ignore"}, {"ignore": ["name", "telephone1"]}, {"columns": {"accountnumber": "accountnumber"}}],
)
def test_rows_that_came_with_different_columns_go_where_nothing_is_emptied(
    server: FakeServer, options: dict[str, Any]
) -> None:
    fill_with_two_frames(server)
    if "columns" in options:
        options = options | {"ignore": ["name", "telephone1"]}
    assert again(server, **options).acknowledged == 2


def test_rows_of_two_tables_are_refused_with_a_remedy(server: FakeServer) -> None:
    fill(server)
    fill(server, table="contact")
    with pytest.raises(ArgumentError, match="pass table="):
        again(server)


def test_a_table_a_mode_or_an_environment_that_is_given_picks_among_the_rows(server: FakeServer) -> None:
    fill(server)
    fill(server, table="contact")
    assert again(server, table="account", mode="upsert", environment="demo").received == 2
    assert left() == ["A1", "A2", "A2", "A3", "A4", "A4"]
    assert again(server, table="lead").received == 0
