"""Batches: operations, change sets, tables and frames in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from PowerPlatform.Dataverse.core.errors import HttpError

if TYPE_CHECKING:
    from emulator import Emulator
    from PowerPlatform.Dataverse.client import DataverseClient

NOBODY = "00000000-0000-4000-8000-000000000000"
TOO_LONG = {"name": "x" * 161}


def test_operations_are_answered_in_order(client: DataverseClient, emulator: Emulator) -> None:
    first = client.records.create("account", {"name": "first"})
    batch = client.batch.new()
    batch.records.create("account", {"name": "second"})
    batch.records.create("account", [{"name": "third"}, {"name": "fourth"}])
    batch.records.update("account", first, {"name": "changed"})
    batch.records.retrieve("account", first, select=["name"])
    batch.records.list("account", filter="name eq 'third'", select=["name"], top=1)
    batch.query.sql("SELECT name FROM account WHERE name = 'fourth'")
    batch.records.delete("account", first)
    result = batch.execute()
    assert [one.status_code for one in result.responses] == [204, 200, 204, 200, 200, 200, 204]
    assert result.responses[3].data["name"] == "changed"
    assert [row["name"] for row in result.responses[4].data["value"]] == ["third"]
    assert [row["name"] for row in result.responses[5].data["value"]] == ["fourth"]
    assert len(result.responses[1].data["Ids"]) == 2
    assert {row["name"] for row in emulator.rows("account")} == {"second", "third", "fourth"}


def test_rows_of_a_change_set_point_to_each_other(client: DataverseClient) -> None:
    batch = client.batch.new()
    with batch.changeset() as changes:
        ann = changes.records.create("contact", {"firstname": "Ann"})
        lead = changes.records.create("lead", {"lastname": "Lee"})
        bound = {"name": "Contoso", "primarycontactid@odata.bind": ann, "originatingleadid@odata.bind": lead}
        changes.records.create("account", bound)
        changes.records.update("contact", ann, {"lastname": "Lee"})
    result = batch.execute()
    assert not result.has_errors
    assert len(result.entity_ids) == 4
    [row] = client.records.list("account", expand=["primarycontactid"])
    assert row["primarycontactid"]["fullname"] == "Ann Lee"


def test_a_change_set_is_all_or_nothing(client: DataverseClient, emulator: Emulator) -> None:
    batch = client.batch.new()
    with batch.changeset() as changes:
        changes.records.create("account", {"name": "good"})
        changes.records.create("account", TOO_LONG)
    result = batch.execute()
    assert [(one.status_code, one.error_code) for one in result.responses] == [(400, "0x80044331")]
    assert emulator.rows("account") == []


def test_a_batch_stops_at_its_first_failure_unless_told_to_go_on(client: DataverseClient, emulator: Emulator) -> None:
    for go_on, statuses in ((False, [204, 400]), (True, [204, 400, 204])):
        batch = client.batch.new()
        batch.records.create("account", {"name": "a"})
        batch.records.create("account", TOO_LONG)
        batch.records.create("account", {"name": "b"})
        assert [one.status_code for one in batch.execute(continue_on_error=go_on).responses] == statuses
    assert [row["name"] for row in emulator.rows("account")].count("b") == 1


def test_a_batch_has_the_status_of_its_failure(client: DataverseClient) -> None:
    batch = client.batch.new()
    batch.records.delete("account", NOBODY)
    with pytest.raises(HttpError) as refused:
        batch.execute()
    assert refused.value.status_code == 404


def test_tables_are_made_read_and_deleted(client: DataverseClient) -> None:
    batch = client.batch.new()
    batch.tables.create("new_Batched", {"new_Price": "decimal", "new_InStock": "bool"}, solution="Mine")
    batch.tables.get("new_Batched")
    batch.tables.list(filter="IsCustomEntity eq true")
    assert not (made := batch.execute()).has_errors
    assert made.responses[1].data["value"][0]["EntitySetName"] == "new_batcheds"
    batch = client.batch.new()
    batch.tables.add_columns("new_Batched", {"new_More": "string", "new_Most": "int"})
    batch.tables.delete("new_Batched")
    assert [one.status_code for one in batch.execute().responses] == [204, 204, 204]
    assert client.tables.get("new_Batched") is None


def test_frames(client: DataverseClient, emulator: Emulator) -> None:
    batch = client.batch.new()
    batch.dataframe.create("account", pd.DataFrame([{"name": "a"}, {"name": "b"}]))
    ids = batch.execute().responses[0].data["Ids"]
    batch = client.batch.new()
    batch.dataframe.update("account", pd.DataFrame({"accountid": ids, "fax": ["1", "2"]}), id_column="accountid")
    batch.dataframe.delete("account", pd.Series(ids[:1]))
    assert not batch.execute().has_errors
    assert [(row["name"], row["fax"]) for row in emulator.rows("account")] == [("b", "2")]
