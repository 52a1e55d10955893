"""`publish` of frames that live in this process, against the fake server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from dataverse_flight import (
    ArgumentError,
    FailedRowsError,
    FailedRowsWarning,
    FrameError,
    RefusedError,
    RowTableError,
    RunConflictError,
    ServerUnreachableError,
    StreamEndedError,
    publish,
)
from dataverse_flight.delta_rows import DeltaRows
from local_publish import accounts, upsert

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server import FakeServer


def odd_fails(row: dict[str, Any]) -> str | None:
    return "row_rejected" if int(row["accountnumber"][1:]) % 2 else None


def test_every_row_is_acknowledged(server: FakeServer) -> None:
    result = upsert(accounts(), server)
    assert (result.received, result.acknowledged, result.failed, result.not_sent) == (10, 10, 0, 0)
    assert server.published[0].ended


def test_the_command_says_what_was_asked(server: FakeServer) -> None:
    columns = {"no": "accountnumber", "who": {"target": "parentaccountid", "lookup": {"by": ["accountnumber"]}}}
    frame = pa.table({"no": ["A1"], "who": ["A2"], "note": ["x"]})
    upsert(
        frame,
        server,
        columns=columns,
        ignore=["note"],
        environment="demo",
        nulls="ignore",
        max_failed_rows=7,
        run_id="r",
    )
    command = server.published[0].command
    assert command.pop("attempt") > 0
    assert command == {
        "environment": "demo",
        "table": "account",
        "mode": "UPSERT",
        "matchOn": ["accountnumber"],
        "runId": "r",
        "partition": 0,
        "columns": [
            {"source": "no", "target": "accountnumber"},
            {"source": "who", "target": "parentaccountid", "lookup": {"by": ["accountnumber"]}},
        ],
        "ignore": ["note"],
        "nulls": "IGNORE",
        "returning": "FAILED",
        "maxFailedRows": 7,
        "maxFailedRatio": 0.9,
        "expectedRows": 1,
        "endsExplicitly": True,
    }


def test_a_frame_that_knows_its_rows_says_them_and_a_reader_does_not(server: FakeServer) -> None:
    whole = accounts()
    upsert(whole, server)
    upsert(whole.to_reader(), server)
    upsert(whole.to_pandas(), server)
    assert [stream.command.get("expectedRows") for stream in server.published] == [10, None, 10]


def test_options_that_are_not_said_do_not_change_the_command(server: FakeServer) -> None:
    """A run begun before these options were known must find its record again."""
    upsert(accounts(), server)
    told = {"excess", "onMissing", "rowVersion", "replaceRow", "strategy"}
    assert told.isdisjoint(server.published[0].command)


def test_options_that_are_said_travel(server: FakeServer) -> None:
    frame = accounts().append_column("version", pa.array([1] * 10))
    upsert(
        frame, server, mode="update", row_version="version", excess="round", on_missing="fail", strategy="batch",
        replace_row=True,
    )  # fmt: skip
    command = server.published[0].command
    assert {name: command[name] for name in ("rowVersion", "excess", "onMissing", "strategy", "replaceRow")} == {
        "rowVersion": "version",
        "excess": "ROUND",
        "onMissing": "FAIL",
        "strategy": "BATCH",
        "replaceRow": True,
    }


@pytest.mark.parametrize("option", ["excess", "on_missing", "strategy"])
def test_a_word_that_an_option_does_not_have_is_refused(server: FakeServer, option: str) -> None:
    with pytest.raises(ArgumentError, match=f"{option} must be one of"):
        upsert(accounts(), server, **{option: "perhaps"})


def test_a_version_column_that_the_frame_has_not_is_refused(server: FakeServer) -> None:
    with pytest.raises(ArgumentError, match="row_version names 'versio', which the frame does not have"):
        upsert(accounts(), server, mode="update", row_version="versio")


def test_how_rows_travelled_is_in_the_result(server: FakeServer) -> None:
    travelled = "bulk: 1 requests of 10 rows, 8.2 ms a row"
    server.changes_summary = lambda summary: summary | {"strategy": travelled}
    assert upsert(accounts(), server).strategy == travelled


def test_the_server_judges_the_schema_before_a_row_moves(server: FakeServer) -> None:
    server.refuses = lambda _command, _schema: pa.ArrowInvalid("schema_mismatch: Column 'name' is no text. Cast it.")
    with pytest.raises(RefusedError, match=r"^schema_mismatch: Column 'name' is no text\. Cast it\.$") as caught:
        upsert(accounts(), server)
    assert caught.value.code == "schema_mismatch"
    assert server.published == []


def test_an_unknown_attribute_gets_the_nearest_name(server: FakeServer) -> None:
    server.refuses = lambda _command, _schema: pa.ArrowInvalid("schema_mismatch: The table has no 'nmae'. Correct it.")
    with pytest.raises(RefusedError, match="Did you mean 'name' for 'nmae'"):
        upsert(accounts().rename_columns(["accountnumber", "nmae"]), server)


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ("unauthenticated", "credentials_rejected"),
        ("unauthorized", "principal_forbidden"),
        ("unavailable", "draining"),
        ("key", "unknown_table"),
        ("internal", "superseded"),
    ],
)
def test_a_refusal_arrives_as_the_servers_own_sentence(server: FakeServer, raised: str, code: str) -> None:
    from pyarrow import flight

    kinds = {
        "unauthenticated": flight.FlightUnauthenticatedError,
        "unauthorized": flight.FlightUnauthorizedError,
        "unavailable": flight.FlightUnavailableError,
        "key": KeyError,
        "internal": flight.FlightInternalError,
    }
    server.refuses = lambda _command, _schema: kinds[raised](
        f"{code}: The secret of principal 1 is wrong. Make a new one."
    )
    with pytest.raises(RefusedError) as caught:
        upsert(accounts(), server, run_id="r1")
    assert str(caught.value) == f"{code}: The secret of principal 1 is wrong. Make a new one."
    assert caught.value.code == code


def test_a_server_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(ServerUnreachableError, match=r"Nobody answers at grpc://127\.0\.0\.1:9 "):
        publish(accounts(), table="account", mode="insert", endpoint="grpc://127.0.0.1:9")


@pytest.mark.parametrize(
    ("frame", "arguments", "error", "sentence"),
    [
        (accounts(), {"mode": "upsrt"}, ArgumentError, "Did you mean 'upsert'"),
        (accounts(), {"mode": "UPSERT"}, ArgumentError, "Did you mean 'upsert'"),
        (accounts(), {"mode": None}, ArgumentError, "mode must be one of 'insert', .* not None"),
        (accounts(), {"table": None}, ArgumentError, "table must be the logical name"),
        (accounts(), {"table": ""}, ArgumentError, "table must be the logical name"),
        (accounts(), {"match_on": 5}, ArgumentError, "match_on must be a name or a list of names, not 5"),
        (accounts(), {"ignore": [1]}, ArgumentError, "ignore must be a name or a list of names"),
        (accounts(), {"environment": 5}, ArgumentError, "environment must be a text"),
        (accounts(), {"max_failed_rows": -1}, ArgumentError, "max_failed_rows must be a whole number of rows, not -1"),
        (accounts(), {"max_failed_rows": 1.5}, ArgumentError, "max_failed_rows must be a whole number"),
        (accounts(), {"max_failed_rows": True}, ArgumentError, "max_failed_rows must be a whole number"),
        (accounts(), {"max_failed_ratio": "0.5"}, ArgumentError, "max_failed_ratio must be above 0"),
        (accounts(), {"run_id": 5}, ArgumentError, "run_id must be"),
        (accounts(), {"endpoint": None, "config": 5}, ArgumentError, "config must be the path of a file, or"),
        (accounts(), {"columns": "name"}, ArgumentError, "columns must be {input column: attribute}"),
        (accounts(), {"columns": ["name"]}, ArgumentError, "columns must be {input column: attribute}"),
        (accounts(), {"ca": __file__}, ArgumentError, "no readable PEM file with a certificate"),
        (accounts(), {"mode": "update", "match_on": None}, ArgumentError, "needs match_on"),
        (accounts(), {"columns": {"nmae": "name"}}, ArgumentError, "columns names 'nmae'.*Did you mean 'name'"),
        (accounts(), {"ignore": ["nam"]}, ArgumentError, "ignore names 'nam'"),
        (accounts(), {"row_key": "no"}, ArgumentError, "row_key names 'no'"),
        (accounts(), {"order_by": "when"}, ArgumentError, "order_by names when"),
        (accounts(), {"nulls": "keep"}, ArgumentError, "nulls must be one of"),
        (accounts(), {"on_failed": "cry"}, ArgumentError, "on_failed must be one of"),
        (accounts(), {"max_failed_ratio": 90}, ArgumentError, "max_failed_ratio"),
        (accounts(), {"run_id": "a\nb"}, ArgumentError, "run_id must be"),
        (accounts(), {"config": {}}, ArgumentError, "exclude each other"),
        (pa.table({}), {}, FrameError, "no columns"),
        (accounts().rename_columns(["Name", "name"]), {}, FrameError, "differ only in case"),
        (accounts().rename_columns(["accountnumber", "_dv_row"]), {}, FrameError, "'_dv_row'"),
        (pd.DataFrame({"accountnumber": ["A1", 2]}), {}, FrameError, "Give each column one type"),
        (pd.Series(["A1"]), {}, FrameError, "cannot be turned into Arrow"),
        ([1, 2], {}, FrameError, "this is a list"),
        ("no/such.parquet", {}, FrameError, "is not there"),
        (accounts(), {"failed_rows": "crm.failed"}, RowTableError, "Give a path"),
    ],
)
def test_wrong_input_gets_a_sentence_and_sends_nothing(
    server: FakeServer, frame: Any, arguments: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        upsert(frame, server, **arguments)
    assert server.streams == []


def test_no_server_named_at_all_says_how_to_name_one() -> None:
    with pytest.raises(ArgumentError, match=r"Pass endpoint= .* or config="):
        publish(accounts(), table="account", mode="insert")


def test_a_token_never_travels_in_the_clear() -> None:
    with pytest.raises(ArgumentError, match=r"Use grpc\+tls"):
        publish(accounts(), table="account", mode="insert", endpoint="grpc://10.0.0.1:8815", token="t")  # noqa: S106


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


def test_without_a_table_the_first_failed_rows_are_kept(server: FakeServer) -> None:
    server.fails = odd_fails
    result = upsert(accounts(), server, on_failed="ignore")
    assert result.failed_rows.num_rows == 5
    assert result.failed_by_code == {"row_rejected": 5}


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
    server.changes_summary = lambda s: (
        s | ({"stopped": stopped, "notSent": 1, "received": s["received"] + 1} if s["received"] else {})
    )
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


def test_insert_without_row_key_numbers_equal_rows(server: FakeServer) -> None:
    frame = pa.table({"name": ["a", "b", "a", "a"], "x": [0.0, 1.0, -0.0, 2.0]})
    publish(frame, table="account", mode="insert", endpoint=server.location, ignore=["x"], progress=False)
    publish(frame, table="account", mode="insert", endpoint=server.location, progress=False)
    by_name, by_both = server.published
    assert [row["__row_number"] for row in by_name.rows] == [0, 0, 1, 2]
    assert [row["__row_number"] for row in by_both.rows] == [0, 0, 1, 0]
    assert by_name.command["rowKey"] == ["name", "__row_number"]
    assert by_name.command["ignore"] == ["x", "__row_number"]


def test_the_hidden_row_number_never_shows(server: FakeServer) -> None:
    server.fails = lambda _: "row_rejected"
    result = publish(
        accounts(), table="account", mode="insert", endpoint=server.location, on_failed="ignore", progress=False
    )
    assert "__row_number" not in result.failed_rows.column_names


def test_insert_with_row_key_adds_nothing(server: FakeServer) -> None:
    publish(accounts(), table="account", mode="insert", row_key="name", endpoint=server.location, progress=False)
    assert server.published[0].command["rowKey"] == ["name"]
    assert server.published[0].schema == accounts().schema


def test_order_by_sorts_the_stream(server: FakeServer) -> None:
    frame = pa.table({"accountnumber": ["A", "B", "A"], "name": ["3", "2", "1"]})
    upsert(frame, server, order_by="name")
    assert [row["name"] for row in server.published[0].rows] == ["1", "2", "3"]


def test_counts_that_do_not_add_up_are_not_believed(server: FakeServer) -> None:
    server.changes_summary = lambda summary: summary | {"acknowledged": summary["acknowledged"] + 1}
    with pytest.raises(StreamEndedError, match="do not add up"):
        upsert(accounts(), server)


def test_failed_rows_that_did_not_come_back_are_noticed(server: FakeServer) -> None:
    server.changes_summary = lambda s: s | {"failed": s["received"], "acknowledged": 0}
    with pytest.raises(StreamEndedError, match="0 came back as failed"):
        upsert(accounts(), server)
