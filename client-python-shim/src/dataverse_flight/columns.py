"""The `columns` argument of `publish` in the wire's form: a misspelt word is found before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dataverse_flight.arguments import one_of
from dataverse_flight.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Words of the argument and of the wire; either may be used.
_COLUMN = {
    "source": "source",
    "sources": "sources",
    "target": "target",
    "lookup": "lookup",
    "choice": "choice",
    "timestamp": "timestamp",
    "only_on": "onlyOn",
    "file": "file",
}
_LOOKUP = {"table": "table", "by": "by", "table_from": "tableFrom"}
_CHOICE = {"by": "by", "language": "language"}
_TIMESTAMP = {"naive": "naive"}
_FILE = {"name_from": "nameFrom"}


def columns_on_the_wire(columns: Mapping[Any, Any] | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Bring `{source: target}`, `{source: {"target": …, …}}`, `{(source, source): {…}}` or the full list into the list.

    Raises ArgumentError for a word that no column has, and for what has none of these forms.
    """
    if isinstance(columns, Mapping):
        return [_column({**_named(source), **_full(target)}) for source, target in columns.items()]
    if isinstance(columns, (list, tuple)) and all(isinstance(column, Mapping) for column in columns):
        return [_column(dict(column)) for column in columns]
    message = "columns must be {input column: attribute}, or a list of dicts with 'source' and 'target'."
    raise ArgumentError(message)


def inputs_of(column: Mapping[str, Any]) -> list[str]:
    """Name the input columns that a column of the wire reads."""
    names = [
        column.get("source"),
        *column.get("sources", ()),
        column.get("lookup", {}).get("tableFrom"),
        column.get("file", {}).get("nameFrom"),
    ]
    return [name for name in names if name]


def _named(source: Any) -> dict[str, Any]:
    if isinstance(source, str):
        return {"source": source}
    if isinstance(source, tuple) and all(isinstance(name, str) for name in source):
        return {"sources": list(source)}
    message = (
        f"columns: {source!r} is no name of an input column. Give a text, or a tuple of texts for a composite key."
    )
    raise ArgumentError(message)


def _full(target: Any) -> Mapping[str, Any]:
    return target if isinstance(target, Mapping) else {"target": target}


def _column(column: dict[str, Any]) -> dict[str, Any]:
    target = column.get("target")
    if not isinstance(target, str):
        given = column.get("source") or column.get("sources") or column
        message = f"columns: {given!r} has no target. Name the attribute that it goes to."
        raise ArgumentError(message)
    wire = _words(column, _COLUMN, target)
    if "lookup" in wire:
        wire["lookup"] = _lookup(wire["lookup"], target)
    if "choice" in wire:
        choice = wire["choice"]
        wire["choice"] = _words({"by": choice} if isinstance(choice, str) else choice, _CHOICE, f"{target}.choice")
        _upper(wire["choice"], "by", ("value", "label"), f"{target}.choice")
    if "timestamp" in wire:
        naive = wire["timestamp"]
        wire["timestamp"] = _words({"naive": naive} if isinstance(naive, str) else naive, _TIMESTAMP, target)
        _upper(wire["timestamp"], "naive", ("utc",), f"{target}.timestamp")
    if "file" in wire:
        wire["file"] = {} if wire["file"] is True else _words(wire["file"], _FILE, f"{target}.file")
    _upper(wire, "onlyOn", ("create", "update"), f"{target}.only_on")
    return wire


def _lookup(lookup: Mapping[str, Any], target: str) -> dict[str, Any]:
    wire = _words(lookup, _LOOKUP, f"{target}.lookup")
    if isinstance(wire.get("by"), str):
        wire["by"] = [wire["by"]]
    if isinstance(wire.get("table"), (list, tuple)):
        wire["table"] = ",".join(wire["table"])
    return wire


def _words(given: Any, known: Mapping[str, str], where: str) -> dict[str, Any]:
    """Name every word as the wire does; words that were set to None are left out."""
    if not isinstance(given, Mapping):
        message = f"columns: {where} must be a dict with {' and '.join(map(repr, known))}, not {given!r}."
        raise ArgumentError(message)
    names = {**{wire: wire for wire in known.values()}, **known}
    for word in given:
        if word not in names:
            near = get_close_matches(word, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
            message = f"columns: {where} has no {word!r}. {hint}"
            raise ArgumentError(message)
    return {names[word]: value for word, value in given.items() if value is not None}


def _upper(words: dict[str, Any], name: str, choices: Sequence[str], where: str) -> None:
    """Write a chosen word as the wire does."""
    if name in words:
        words[name] = one_of(f"columns: {where}", str(words[name]).lower(), choices).upper()
