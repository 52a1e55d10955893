"""The command that opens a publish stream, built and checked against the frame before anything starts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dataverse_flight.columns import inputs_of
from dataverse_flight.errors import ArgumentError, FrameError
from dataverse_flight.outcome_columns import RESERVED_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

MODES = ("insert", "update", "upsert", "delete")

# The row's number among equal rows, added to an INSERT without `row_key`; never leaves for Dataverse.
ROW_NUMBER = "__row_number"


@dataclass(frozen=True)
class Command:
    """One publish call, but for its partition and attempt. Names in `fields` are the wire's (camelCase)."""

    fields: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """The name of this publish call."""
        return str(self.fields["runId"])

    @property
    def table(self) -> str:
        """Table logical name."""
        return str(self.fields["table"])

    @property
    def mode(self) -> str:
        """One of `MODES`."""
        return str(self.fields["mode"]).lower()

    @property
    def environment(self) -> str:
        """The environment's name, empty if the server has one only and none was named."""
        return str(self.fields.get("environment", ""))

    def having(self, **fields: object) -> Command:
        """Return a copy with wire fields set."""
        return replace(self, fields={**self.fields, **fields})

    def encode(self, partition: int, attempt: int) -> bytes:
        """Write the descriptor of one stream; both numbers travel as uint32."""
        numbers = {"partition": partition & 0xFFFFFFFF, "attempt": attempt & 0xFFFFFFFF}
        return json.dumps({"publish": {**self.fields, **numbers, "endsExplicitly": True}}).encode()

    def fingerprint(self, schema: pa.Schema) -> str:
        """Hash what is asked and of which columns: the same run done again has the same one. Hex SHA-256."""
        asked = {name: value for name, value in self.fields.items() if name not in {"runId", "returning"}}
        columns = [[field.name, str(field.type)] for field in schema]
        text = json.dumps([asked, columns], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def sources_of(self, targets: Iterable[str]) -> list[str]:
        """Name the input columns that feed these attributes."""
        feeds = {column["target"]: inputs_of(column) for column in self.fields.get("columns", ())}
        return [source for target in targets for source in feeds.get(target, [target])]

    def mapped(self, names: Sequence[str]) -> list[str]:
        """Name the input columns that reach Dataverse, in the frame's order."""
        columns = self.fields.get("columns", ())
        chosen = {source for column in columns for source in inputs_of(column)} or set(names)
        return [name for name in names if name in chosen and name not in self.fields.get("ignore", ())]

    def check_against(self, names: Sequence[str]) -> None:
        """Check the frame's column names, and every input column this command names.

        Raises FrameError for a frame that cannot travel, ArgumentError for a name that is not in it.
        """
        _check_names(names)
        wanted = {
            "columns": [source for column in self.fields.get("columns", ()) for source in inputs_of(column)],
            "ignore": self.fields.get("ignore", ()),
            "row_version": [self.fields["rowVersion"]] if "rowVersion" in self.fields else [],
            "row_key": [name for name in self.fields.get("rowKey", ()) if name != ROW_NUMBER],
        }
        for argument, sources in wanted.items():
            missing = [name for name in sources if name not in names]
            if missing:
                message = (
                    f"{argument} names {_listed(missing)}, which the frame does not have. "
                    f"{did_you_mean(missing, names)}"
                )
                raise ArgumentError(message)


def did_you_mean(names: Iterable[str], known: Sequence[str]) -> str:
    """Suggest the nearest known name for each; else list what there is."""
    near = {name: get_close_matches(name, known, n=1) for name in names}
    hints = [f"{found[0]!r} for {name!r}" for name, found in near.items() if found]
    return f"Did you mean {', '.join(hints)}?" if hints else f"There are: {', '.join(list(known)[:30])}."


def _check_names(names: Sequence[str]) -> None:
    if not names:
        message = "The frame has no columns, so its rows would vanish on the way. Select the columns to publish."
        raise FrameError(message)
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(name.lower(), name)
        if twin is not name:
            message = (
                f"Columns {twin!r} and {name!r} differ only in case, or not at all. Rename one: Dataverse "
                "and Delta know one of them only."
            )
            raise FrameError(message)
        if name in RESERVED_NAMES or name == ROW_NUMBER:
            message = (
                f"Column {name!r} has a name that outcome rows use. Drop it (`replay` does that for "
                "failed rows) or rename it."
            )
            raise FrameError(message)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
