"""Input that cannot be published gets a sentence that says so, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from dataverse_flight import ArgumentError, FrameError, RowTableError, publish
from local_publish import accounts, upsert

if TYPE_CHECKING:
    from fake_server import FakeServer


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


@pytest.mark.parametrize("option", ["excess", "on_missing", "strategy"])
def test_a_word_that_an_option_does_not_have_is_refused(server: FakeServer, option: str) -> None:
    with pytest.raises(ArgumentError, match=f"{option} must be one of"):
        upsert(accounts(), server, **{option: "perhaps"})


def test_a_version_column_that_the_frame_has_not_is_refused(server: FakeServer) -> None:
    with pytest.raises(ArgumentError, match="row_version names 'versio', which the frame does not have"):
        upsert(accounts(), server, mode="update", row_version="versio")
