"""Rows that a call keeps in Delta tables, and the run that finds them there again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from dataverse_flight import (
    FailedRowsError,
    FailedRowsWarning,
    RowTableError,
    RunConflictError,
    SkippedRunWarning,
    publishing,
)
from dataverse_flight.delta_rows import DeltaRows
from local_publish import accounts, odd_fails, upsert

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server import FakeServer


def test_failed_rows_land_in_the_table_with_reason_and_run(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    with pytest.warns(FailedRowsWarning, match="5 failed.*resume with run_id='r1'"):
        result = upsert(accounts(), server, failed_rows=tmp_path / "failed", run_id="r1", environment="demo")
    rows = result.failed_rows.sort_by("accountnumber").to_pylist()
    assert [row["accountnumber"] for row in rows] == ["A1", "A3", "A5", "A7", "A9"]
    first = {
        name: rows[0][name]
        for name in ("_dv_error_code", "_dv_http_status", "_dv_row", "_dv_run_id", "_dv_environment")
    }
    assert first == {
        "_dv_error_code": "row_rejected",
        "_dv_http_status": 400,
        "_dv_row": 1,
        "_dv_run_id": "r1",
        "_dv_environment": "demo",
    }
    assert (rows[0]["_dv_table"], rows[0]["_dv_mode"], rows[0]["_dv_partition"]) == ("account", "upsert", 0)


def test_the_environments_name_is_asked_for_where_none_is_given(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    options = {"failed_rows": tmp_path / "failed", "on_failed": "ignore", "run_id": "r1"}
    result = upsert(accounts(), server, **options)
    assert set(result.failed_rows.column("_dv_environment").to_pylist()) == {"demo"}
    assert upsert(accounts(), server, **options).skipped
    assert server.actions == [("check", {})]


def test_on_failed_raise_raises_after_the_table_is_written(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    with pytest.raises(FailedRowsError, match="5 failed"):
        upsert(accounts(), server, failed_rows=tmp_path / "failed", on_failed="raise")
    assert DeltaRows(str(tmp_path / "failed")).read("true").num_rows == 5


def test_outcomes_hold_every_row_and_failed_rows_their_part(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    result = upsert(accounts(), server, outcomes=tmp_path / "all", failed_rows=tmp_path / "failed", on_failed="ignore")
    assert DeltaRows(str(tmp_path / "all")).read("true").num_rows == 10
    assert result.failed_rows.num_rows == 5
    assert len(server.published) == 1


def test_a_finished_run_is_not_published_again(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    options = {"failed_rows": tmp_path / "failed", "run_id": "r1", "on_failed": "ignore"}
    first = upsert(accounts(), server, **options)
    streams = len(server.streams)
    again = upsert(accounts(), server, **options)
    assert again.skipped
    assert not first.skipped
    assert (again.received, again.failed, again.failed_by_code) == (10, 5, {"row_rejected": 5})
    assert len(server.streams) == streams
    assert again.failed_rows.num_rows == 5


def test_a_run_that_is_skipped_by_a_name_that_nobody_chose_is_said_loudly(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "orchestrated_run_id", lambda *_: "databricks-100-load-1")
    upsert(accounts(), server, failed_rows=tmp_path / "failed")
    with pytest.warns(SkippedRunWarning, match="10 rows.*'databricks-100-load-1'.*pass a run_id of their own"):
        assert upsert(accounts(), server, failed_rows=tmp_path / "failed").skipped


def test_a_run_id_with_another_command_is_an_error(server: FakeServer, tmp_path: Path) -> None:
    upsert(accounts(), server, failed_rows=tmp_path / "failed", run_id="r1")
    with pytest.raises(RunConflictError, match="another command"):
        upsert(accounts(), server, failed_rows=tmp_path / "failed", run_id="r1", nulls="ignore")


def test_one_run_id_may_name_calls_of_two_tables(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    options = {"failed_rows": tmp_path / "failed", "run_id": "r1", "on_failed": "ignore"}
    upsert(accounts(), server, **options)
    second = upsert(accounts(), server, table="contact", **options)
    assert not second.skipped
    assert DeltaRows(str(tmp_path / "failed")).read("true").num_rows == 10


def test_a_stopped_run_resumes_and_its_rows_are_replaced(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    stopped = {"code": "principal_forbidden", "message": "The right was taken away."}
    options = {"failed_rows": tmp_path / "failed", "run_id": "r1", "on_failed": "ignore"}
    server.changes_summary = lambda s: (
        s | ({"acknowledged": s["acknowledged"] - 1, "notSent": 1, "stopped": stopped} if s["received"] else {})
    )
    with pytest.warns(FailedRowsWarning, match="1 NOT SENT"):  # even to who ignores failures
        first = upsert(accounts(), server, **options)
    assert first.stopped == stopped
    server.changes_summary = lambda s: s
    second = upsert(accounts(), server, **options)
    assert not second.skipped
    assert DeltaRows(str(tmp_path / "failed")).read("true").num_rows == 5


def test_a_new_input_column_is_added_to_the_table(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    options = {"failed_rows": tmp_path / "failed", "on_failed": "ignore"}
    upsert(accounts(), server, **options)
    wider = accounts().append_column("numberofemployees", pa.array(range(10), pa.int32()))
    upsert(wider, server, **options)
    result = upsert(accounts(), server, **options)  # and a narrower input leaves it null
    assert DeltaRows(str(tmp_path / "failed")).read("numberofemployees is not null").num_rows == 5
    assert result.failed_rows.num_rows == 5


def test_a_name_in_another_case_is_the_tables_column(server: FakeServer, tmp_path: Path) -> None:
    server.fails = odd_fails
    options = {"failed_rows": tmp_path / "failed", "outcomes": tmp_path / "all", "on_failed": "ignore"}
    upsert(accounts(), server, **options)
    frame = accounts().rename_columns(["accountnumber", "NAME"])
    columns = {"accountnumber": "accountnumber", "NAME": "name"}
    result = upsert(frame, server, columns=columns, **options)
    assert sorted(result.failed_rows.column("name").to_pylist()) == ["n1", "n3", "n5", "n7", "n9"]
    assert "NAME" not in result.failed_rows.column_names


def test_a_changed_type_is_refused_before_a_row_moves(server: FakeServer, tmp_path: Path) -> None:
    upsert(accounts(), server, failed_rows=tmp_path / "failed")
    before = len(server.published)
    frame = pa.table({"accountnumber": ["A1"], "name": [1]})
    with pytest.raises(RowTableError, match=r"'name' is .*string.* there and .*long.* here.*Cast"):
        upsert(frame, server, failed_rows=tmp_path / "failed")
    assert len(server.published) == before


@pytest.mark.parametrize("name", ["a b", "a,b", "a=b", ""])
def test_a_name_that_delta_refuses_is_refused_here(server: FakeServer, tmp_path: Path, name: str) -> None:
    frame = pa.table({"accountnumber": ["A1"], name: ["x"]})
    with pytest.raises(RowTableError, match="Rename them"):
        upsert(frame, server, failed_rows=tmp_path / "failed")
    assert server.published == []


def test_a_void_column_is_refused_where_a_table_is_wanted(server: FakeServer, tmp_path: Path) -> None:
    frame = pa.table({"accountnumber": ["A1"], "name": pa.nulls(1)})
    with pytest.raises(RowTableError, match="void"):
        upsert(frame, server, failed_rows=tmp_path / "failed")


def test_a_place_that_is_a_file_is_said_to_be(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(RowTableError) as caught:
        upsert(accounts(), server, failed_rows=tmp_path / "taken")
    text = str(caught.value)
    assert text.startswith(f"The Delta table {tmp_path / 'taken'} said: ")
    assert "Not a directory" in text
    assert text.endswith("Check the path, the rights to it and the room there.")
    assert "\x1b" not in text
    assert "\n" not in text
    assert server.published == []
