"""What a call asks of the server: its command, and the columns and order of its stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from dataverse_flight import publish
from local_publish import accounts, upsert

if TYPE_CHECKING:
    from fake_server import FakeServer


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


def test_insert_without_row_key_numbers_equal_rows(server: FakeServer) -> None:
    frame = pa.table({"name": ["a", "b", "a", "a"], "x": [0.0, 1.0, -0.0, 2.0]})
    publish(frame, table="account", mode="insert", endpoint=server.location, ignore=["x"], progress=False)
    publish(frame, table="account", mode="insert", endpoint=server.location, progress=False)
    by_name, by_both = server.published
    assert [row["__row_number"] for row in by_name.rows] == [0, 0, 1, 2]
    assert [row["__row_number"] for row in by_both.rows] == [0, 0, 1, 0]
    assert by_name.command["rowKey"] == ["name", "__row_number"]
    assert by_name.command["ignore"] == ["x", "__row_number"]


def test_insert_with_row_key_adds_nothing(server: FakeServer) -> None:
    publish(accounts(), table="account", mode="insert", row_key="name", endpoint=server.location, progress=False)
    assert server.published[0].command["rowKey"] == ["name"]
    assert server.published[0].schema == accounts().schema


def test_order_by_sorts_the_stream(server: FakeServer) -> None:
    frame = pa.table({"accountnumber": ["A", "B", "A"], "name": ["3", "2", "1"]})
    upsert(frame, server, order_by="name")
    assert [row["name"] for row in server.published[0].rows] == ["1", "2", "3"]
