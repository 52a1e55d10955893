"""Rows: created, read, changed and deleted, one by one and many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError

if TYPE_CHECKING:
    from emulator import Emulator
    from PowerPlatform.Dataverse.client import DataverseClient

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_row_comes_back_as_it_was_written(client: DataverseClient) -> None:
    written = {"name": "Contoso", "numberofemployees": 7, "creditonhold": True, "revenue": 1234.5, "industrycode": 1}
    row = client.records.retrieve("account", client.records.create("account", written), select=list(written))
    assert row is not None
    assert {name: row[name] for name in written} == written


def test_labels_of_choices_are_taken_for_their_values(client: DataverseClient) -> None:
    identity = client.records.create(
        "account", {"name": "Contoso", "industrycode": "Agriculture and Non-petrol Natural Resource Extraction"}
    )
    row = client.records.retrieve("account", identity, include_annotations="*")
    assert row is not None
    assert row["industrycode"] == 2
    assert row["industrycode@OData.Community.Display.V1.FormattedValue"].startswith("Agriculture")


def test_many_rows_are_created_in_one_request_and_their_ids_are_in_order(
    client: DataverseClient, emulator: Emulator
) -> None:
    ids = client.records.create("account", [{"name": f"n{number:03}"} for number in range(120)])
    names = {row["accountid"]: row["name"] for row in emulator.rows("account")}
    assert [names[identity] for identity in ids] == [f"n{number:03}" for number in range(120)]
    assert emulator.get("counts")["tables"]["account"]["creates"] == 120


def test_one_bad_row_of_many_keeps_all_out(client: DataverseClient, emulator: Emulator) -> None:
    with pytest.raises(HttpError) as refused:
        client.records.create("account", [{"name": "good"}, {"name": "x" * 161}])
    assert refused.value.status_code == 400
    assert refused.value.details["service_error_code"] == "0x80044331"
    assert emulator.rows("account") == []


def test_updates_of_one_row_of_many_alike_and_of_many_each(client: DataverseClient) -> None:
    ids = client.records.create("account", [{"name": "a"}, {"name": "b"}])
    client.records.update("account", ids[0], {"telephone1": "1"})
    client.records.update("account", ids, {"fax": "9"})
    client.records.update("account", ids, [{"name": "A"}, {"name": "B"}])
    rows = client.records.list("account", select=["name", "telephone1", "fax"], orderby=["name asc"])
    assert [(row["name"], row["telephone1"], row["fax"]) for row in rows] == [("A", "1", "9"), ("B", None, "9")]


def test_an_update_never_creates(client: DataverseClient, emulator: Emulator) -> None:
    for ids in (NOBODY, [NOBODY]):
        changes = {"name": "x"} if ids == NOBODY else [{"name": "x"}]
        with pytest.raises(HttpError) as refused:
            client.records.update("account", ids, changes)
        assert refused.value.status_code == 404
        assert refused.value.details["service_error_code"] == "0x80040217"
    assert emulator.rows("account") == []


def test_deletes_of_one_row_of_many_and_by_a_job(client: DataverseClient, emulator: Emulator) -> None:
    ids = client.records.create("account", [{"name": str(number)} for number in range(5)])
    client.records.delete("account", ids[0])
    client.records.delete("account", ids[1:3], use_bulk_delete=False)
    assert len(emulator.rows("account")) == 2
    job = client.records.delete("account", ids[3:])
    assert job is not None
    done = client.records.retrieve("asyncoperation", job, select=["statecode", "statuscode"])
    assert done is not None
    assert (done["statecode"], done["statuscode"]) == (3, 30)
    assert emulator.rows("account") == []


def test_what_is_not_there_is_none_or_an_error(client: DataverseClient) -> None:
    assert client.records.retrieve("account", NOBODY) is None
    with pytest.raises(HttpError) as refused:
        client.records.delete("account", NOBODY)
    assert refused.value.status_code == 404
    with pytest.raises(MetadataError):
        client.records.create("new_nothing", {"name": "x"})


def test_lookups_are_bound_read_and_expanded(client: DataverseClient) -> None:
    ann = client.records.create("contact", {"firstname": "Ann", "lastname": "Lee"})
    # The bulk message takes the same annotation.
    [contoso] = client.records.create(
        "account", [{"name": "Contoso", "primarycontactid@odata.bind": f"/contacts({ann})"}]
    )
    row = client.records.retrieve("account", contoso, select=["name"], expand=["primarycontactid"])
    assert row is not None
    assert row["primarycontactid"]["fullname"] == "Ann Lee"
    client.records.update("contact", ann, {"parentcustomerid_account@odata.bind": f"/accounts({contoso})"})
    [found] = client.records.list(
        "contact",
        filter=f"_parentcustomerid_value eq {contoso}",
        select=["_parentcustomerid_value"],
        include_annotations="*",
    )
    assert found["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert found["_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"] == "Contoso"


def test_an_error_says_what_the_service_said(client: DataverseClient) -> None:
    with pytest.raises(HttpError) as refused:
        client.records.create("account", {"nome": "x"})
    error = refused.value
    assert error.status_code == 400
    assert not error.is_transient
    assert error.details["service_error_code"] == "0x80048d19"
    assert error.details["service_request_id"]
    assert "nome" in error.message


def test_a_throttled_request_says_how_long_to_wait(client: DataverseClient, emulator: Emulator) -> None:
    client.records.create("account", {"name": "first"})
    throttled = {"effect": "status", "status": 429, "retry_after": 7, "match": {"method": "POST", "path": "accounts"}}
    emulator.play(throttled)
    with pytest.raises(HttpError) as refused:
        client.records.create("account", {"name": "x"})
    assert refused.value.is_transient
    assert refused.value.details["retry_after"] == 7
