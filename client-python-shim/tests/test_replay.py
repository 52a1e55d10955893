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
