"""What a call makes of the server's answers, against the fake server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from dataverse_flight import RefusedError, ServerUnreachableError, StreamEndedError, publish
from local_publish import accounts, odd_fails, upsert

if TYPE_CHECKING:
    from fake_server import FakeServer


def test_every_row_is_acknowledged(server: FakeServer) -> None:
    result = upsert(accounts(), server)
    assert (result.received, result.acknowledged, result.failed, result.not_sent) == (10, 10, 0, 0)
    assert server.published[0].ended


def test_how_rows_travelled_is_in_the_result(server: FakeServer) -> None:
    travelled = "bulk: 1 request of 10 rows, 8.2 ms a row"
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


def test_without_a_table_the_first_failed_rows_are_kept(server: FakeServer) -> None:
    server.fails = odd_fails
    result = upsert(accounts(), server, on_failed="ignore")
    assert result.failed_rows.num_rows == 5
    assert result.failed_by_code == {"row_rejected": 5}


def test_the_hidden_row_number_never_shows(server: FakeServer) -> None:
    server.fails = lambda _: "row_rejected"
    result = publish(
        accounts(), table="account", mode="insert", endpoint=server.location, on_failed="ignore", progress=False
    )
    assert "__row_number" not in result.failed_rows.column_names


def test_counts_that_do_not_add_up_are_not_believed(server: FakeServer) -> None:
    server.changes_summary = lambda summary: summary | {"acknowledged": summary["acknowledged"] + 1}
    with pytest.raises(StreamEndedError, match="do not add up"):
        upsert(accounts(), server)


def test_failed_rows_that_did_not_come_back_are_noticed(server: FakeServer) -> None:
    server.changes_summary = lambda s: s | {"failed": s["received"], "acknowledged": 0}
    with pytest.raises(StreamEndedError, match="0 came back as failed"):
        upsert(accounts(), server)
