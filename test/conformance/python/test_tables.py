"""Tables, columns, alternate keys and relationships made through the API."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import pytest
from PowerPlatform.Dataverse.common.constants import CASCADE_BEHAVIOR_REMOVE_LINK
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError
from PowerPlatform.Dataverse.models.labels import Label, LocalizedLabel
from PowerPlatform.Dataverse.models.relationship import (
    CascadeConfiguration,
    LookupAttributeMetadata,
    ManyToManyRelationshipMetadata,
    OneToManyRelationshipMetadata,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PowerPlatform.Dataverse.client import DataverseClient


class Colour(IntEnum):
    RED = 1
    BLUE = 2


COLUMNS = {
    "new_Code": "string",
    "new_Story": "memo",
    "new_Count": "int",
    "new_Price": "decimal",
    "new_Weight": "float",
    "new_Day": "datetime",
    "new_Good": "bool",
    "new_Colour": Colour,
    "new_Rank": {"type": "int", "min_value": 1, "max_value": 5, "display_name": "How good"},
}


@pytest.fixture
def gadgets(client: DataverseClient) -> Iterator[DataverseClient]:
    client.tables.create("new_Gadget", COLUMNS, primary_column="new_Title", display_name="Gadget")
    yield client
    client.tables.delete("new_Gadget")


def test_a_table_is_described_as_it_was_made(gadgets: DataverseClient) -> None:
    table = gadgets.tables.get("new_Gadget")
    assert table is not None
    assert (table.schema_name, table.logical_name, table.entity_set_name) == ("new_Gadget", "new_gadget", "new_gadgets")
    assert (table.primary_name_attribute, table.primary_id_attribute) == ("new_title", "new_gadgetid")
    custom = gadgets.tables.list(filter="IsCustomEntity eq true", select=["LogicalName", "SchemaName"])
    assert "new_Gadget" in [one["SchemaName"] for one in custom]


def test_a_table_that_is_there_is_not_made_again(gadgets: DataverseClient) -> None:
    with pytest.raises(MetadataError):
        gadgets.tables.create("new_Gadget", {})


def test_a_table_that_is_gone_is_not_found(client: DataverseClient) -> None:
    client.tables.create("new_Brief", {})
    client.tables.delete("new_Brief")
    assert client.tables.get("new_Brief") is None
    with pytest.raises(MetadataError):
        client.tables.delete("new_Brief")


def test_its_columns_take_values_of_their_types(gadgets: DataverseClient) -> None:
    values = {
        "new_title": "one",
        "new_code": "A-1",
        "new_story": "long",
        "new_count": 3,
        "new_price": 9.99,
        "new_weight": 0.25,
        "new_good": True,
        "new_colour": 2,
        "new_rank": 5,
    }
    ids = gadgets.records.create("new_Gadget", [{**values, "new_day": "2026-01-02T00:00:00Z"}])
    row = gadgets.records.retrieve("new_Gadget", ids[0], include_annotations="*")
    assert row is not None
    assert {name: row[name] for name in values} == values
    assert row["new_day"] == "2026-01-02T00:00:00Z"
    assert row["new_colour@OData.Community.Display.V1.FormattedValue"] == "BLUE"
    # The SDK looks the label up.
    gadgets.records.update("new_Gadget", ids[0], {"new_colour": "RED"})
    with pytest.raises(HttpError) as refused:
        gadgets.records.update("new_Gadget", ids[0], {"new_rank": 6})
    assert refused.value.details["service_error_code"] == "0x8004432f"


def test_columns_are_added_changed_listed_and_removed(gadgets: DataverseClient) -> None:
    assert gadgets.tables.add_columns("new_Gadget", {"new_Note": "string", "new_Level": "int"}) == [
        "new_Note",
        "new_Level",
    ]
    gadgets.tables.update_column("new_Gadget", "new_Note", {"max_length": 5, "display_name": "Short note"})
    column = gadgets.tables.get_column("new_Gadget", "new_Note", typed=True)
    assert column is not None
    assert column["MaxLength"] == 5
    assert column["DisplayName"]["UserLocalizedLabel"]["Label"] == "Short note"
    with pytest.raises(HttpError) as refused:
        gadgets.records.create("new_Gadget", {"new_note": "123456"})
    assert refused.value.details["service_error_code"] == "0x80044331"
    listed = gadgets.tables.list_columns("new_Gadget", select=["LogicalName"], filter="AttributeType eq 'Integer'")
    assert {"new_level", "new_count", "new_rank"} <= {one["LogicalName"] for one in listed}
    assert any(one["LogicalName"] == "new_price" for one in gadgets.tables.list_columns("new_Gadget", typed=True))
    gadgets.tables.remove_columns("new_Gadget", ["new_Note", "new_Level"])
    assert gadgets.tables.get_column("new_Gadget", "new_Note") is None


def test_an_alternate_key_decides_what_an_upsert_means(gadgets: DataverseClient) -> None:
    key = gadgets.tables.create_alternate_key("new_Gadget", "new_gadget_code", ["new_code"], display_name="Code")
    [known] = gadgets.tables.get_alternate_keys("new_Gadget")
    assert (known.schema_name, known.key_attributes, known.status) == ("new_gadget_code", ["new_code"], "Active")
    one = {"alternate_key": {"new_code": "A"}, "record": {"new_title": "first"}}
    gadgets.records.upsert("new_Gadget", [one])
    gadgets.records.upsert(
        "new_Gadget",
        [
            {"alternate_key": {"new_code": "A"}, "record": {"new_title": "changed", "new_count": 1}},
            {"alternate_key": {"new_code": "B"}, "record": {"new_title": "second"}},
        ],
    )
    rows = gadgets.records.list("new_Gadget", select=["new_code", "new_title"], orderby=["new_code"])
    assert [(row["new_code"], row["new_title"]) for row in rows] == [("A", "changed"), ("B", "second")]
    with pytest.raises(HttpError) as refused:
        gadgets.records.create("new_Gadget", {"new_code": "a"})
    assert refused.value.status_code == 412
    gadgets.tables.delete_alternate_key("new_Gadget", key.metadata_id)
    assert gadgets.tables.get_alternate_keys("new_Gadget") == []


def test_rows_of_one_table_point_to_those_of_another(gadgets: DataverseClient) -> None:
    gadgets.tables.create("new_Shelf", {})
    made = gadgets.tables.create_one_to_many_relationship(
        LookupAttributeMetadata(schema_name="new_ShelfId", display_name=Label([LocalizedLabel("Shelf", 1033)])),
        OneToManyRelationshipMetadata(
            schema_name="new_Shelf_Gadget",
            referenced_entity="new_shelf",
            referencing_entity="new_gadget",
            referenced_attribute="new_shelfid",
            cascade_configuration=CascadeConfiguration(delete=CASCADE_BEHAVIOR_REMOVE_LINK),
        ),
    )
    found = gadgets.tables.get_relationship("new_Shelf_Gadget")
    assert found is not None
    assert (found.relationship_id, found.referenced_entity) == (made.relationship_id, "new_shelf")
    shelf = gadgets.records.create("new_Shelf", {"new_name": "top"})
    gadget = gadgets.records.create("new_Gadget", {"new_title": "g", "new_ShelfId@odata.bind": f"/new_shelfs({shelf})"})
    row = gadgets.records.retrieve("new_Gadget", gadget, expand=["new_ShelfId"])
    assert row is not None
    assert row["new_ShelfId"]["new_name"] == "top"
    names = {one["SchemaName"] for one in gadgets.tables.list_table_relationships("new_Gadget")}
    assert "new_Shelf_Gadget" in names
    gadgets.tables.delete_relationship(made.relationship_id)
    assert gadgets.tables.get_relationship("new_Shelf_Gadget") is None
    gadgets.tables.delete("new_Shelf")


def test_a_lookup_field_is_a_relationship_in_short(gadgets: DataverseClient) -> None:
    made = gadgets.tables.create_lookup_field("new_gadget", "new_AccountId", "account", display_name="Company")
    account = gadgets.records.create("account", {"name": "Contoso"})
    gadget = gadgets.records.create("new_Gadget", {"new_AccountId@odata.bind": f"/accounts({account})"})
    row = gadgets.records.retrieve("new_Gadget", gadget, select=["_new_accountid_value"])
    assert row is not None
    assert row["_new_accountid_value"] == account
    gadgets.tables.delete_relationship(made.relationship_id)


def test_many_to_many(gadgets: DataverseClient) -> None:
    made = gadgets.tables.create_many_to_many_relationship(
        ManyToManyRelationshipMetadata(
            schema_name="new_gadget_contact", entity1_logical_name="new_gadget", entity2_logical_name="contact"
        )
    )
    filtered = gadgets.tables.list_relationships(filter="SchemaName eq 'new_gadget_contact'")
    assert [one["SchemaName"] for one in filtered] == ["new_gadget_contact"]
    found = gadgets.tables.get_relationship("new_gadget_contact")
    assert found is not None
    assert found.relationship_type == "many_to_many"
    gadgets.tables.delete_relationship(made.relationship_id)
