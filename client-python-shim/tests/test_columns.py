"""The `columns` argument, in every form it may have."""

from __future__ import annotations

from typing import Any

import pytest
from dataverse_flight import ArgumentError
from dataverse_flight.columns import columns_on_the_wire, inputs_of


def one(column: dict[str, Any]) -> dict[str, Any]:
    """Bring a column to the wire's form, without its names."""
    (wire,) = columns_on_the_wire({"in": {"target": "out", **column}})
    assert (wire.pop("source"), wire.pop("target")) == ("in", "out")
    return wire


def test_names_alone_are_enough() -> None:
    assert columns_on_the_wire({"a": "b"}) == [{"source": "a", "target": "b"}]


def test_several_inputs_make_a_composite_key() -> None:
    lookup = {"table": "contact", "by": ["firstname", "lastname"]}
    wire = {"sources": ["first", "last"], "target": "primarycontactid", "lookup": lookup}
    assert columns_on_the_wire({("first", "last"): {"target": "primarycontactid", "lookup": lookup}}) == [wire]
    assert columns_on_the_wire([wire]) == [wire]


@pytest.mark.parametrize(
    ("column", "wire"),
    [
        ({"choice": "label"}, {"choice": {"by": "LABEL"}}),
        ({"choice": {"by": "label", "language": 1036}}, {"choice": {"by": "LABEL", "language": 1036}}),
        ({"timestamp": "utc"}, {"timestamp": {"naive": "UTC"}}),
        ({"timestamp": {"naive": "UTC"}}, {"timestamp": {"naive": "UTC"}}),
        ({"only_on": "create"}, {"onlyOn": "CREATE"}),
        ({"onlyOn": "UPDATE"}, {"onlyOn": "UPDATE"}),
        ({"file": True}, {"file": {}}),
        ({"file": {"name_from": "name"}}, {"file": {"nameFrom": "name"}}),
        ({"lookup": {"by": "accountnumber"}}, {"lookup": {"by": ["accountnumber"]}}),
        ({"lookup": {"table_from": "kind"}}, {"lookup": {"tableFrom": "kind"}}),
        (
            {"lookup": {"table": ["account", "contact"], "table_from": "kind", "by": None}},
            {"lookup": {"table": "account,contact", "tableFrom": "kind"}},
        ),
    ],
)
def test_every_option_takes_the_wires_form(column: dict[str, Any], wire: dict[str, Any]) -> None:
    assert one(column) == wire


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"only": "create"}, "out has no 'only'"),
        ({"lookup": {"tablefrom": "kind"}}, "Did you mean 'table_from'?"),
        ({"choice": {"labels": True}}, "out.choice has no 'labels'"),
        ({"file": {"names_from": "n"}}, "Did you mean 'name_from'?"),
        ({"lookup": "account"}, "out.lookup must be a dict with 'table'"),
        ({"choice": "lable"}, "Did you mean 'label'?"),
        ({"timestamp": "CET"}, "out.timestamp must be one of 'utc'"),
        ({"only_on": "delete"}, "out.only_on must be one of 'create', 'update'"),
    ],
)
def test_a_word_that_no_column_has_is_refused(column: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words.replace("?", "[?]")):
        one(column)


def test_a_column_without_a_target_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'a' has no target"):
        columns_on_the_wire([{"source": "a"}])
    with pytest.raises(ArgumentError, match="'a' has no target"):
        columns_on_the_wire({"a": None})


def test_an_input_column_that_is_no_name_is_refused() -> None:
    with pytest.raises(ArgumentError, match="1 is no name of an input column"):
        columns_on_the_wire({1: "name"})


def test_companions_are_inputs_too() -> None:
    columns = columns_on_the_wire(
        [
            {"source": "who", "target": "regardingobjectid", "lookup": {"table_from": "kind"}},
            {"sources": ["a", "b"], "target": "parentcustomerid", "lookup": {"table": "account", "by": ["x", "y"]}},
            {"source": "doc", "target": "new_doc", "file": {"name_from": "doc_name"}},
        ]
    )
    assert [inputs_of(column) for column in columns] == [["who", "kind"], ["a", "b"], ["doc", "doc_name"]]
