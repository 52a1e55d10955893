"""The record of a finished run: an empty commit in the table for failed rows, whose metadata holds the counts.

A run that stopped or died leaves none, so it is published again; a finished one is found and skipped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataverse_flight.counts import Counts
from dataverse_flight.errors import ArgumentError, RunConflictError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataverse_flight.command import Command

_MARK = "dataverse_flight_run"
_COLUMNS_MARK = "dataverse_flight_columns"
TXN_VERSION = 1


@dataclass(frozen=True)
class Run:
    """What a finished-run record is about."""

    run_id: str
    environment: str
    table: str
    mode: str
    fingerprint: str

    @property
    def name(self) -> str:
        """The run without its fingerprint: one run_id means one command."""
        return json.dumps([self.run_id, self.environment, self.table, self.mode])

    @property
    def app_id(self) -> str:
        """Delta's `txnAppId` of the record."""
        return f"dataverse-flight:{self.name}:{self.fingerprint}"

    @property
    def predicate(self) -> str:
        """SQL that holds for exactly this run's rows; another table's rows may carry the same run_id."""
        values = {"_dv_run_id": self.run_id, "_dv_table": self.table, "_dv_mode": self.mode}
        if self.environment:  # left out, the server has one only
            values["_dv_environment"] = self.environment
        return " AND ".join(f"{column} = {quoted(value)}" for column, value in values.items())

    def metadata(self, counts: Counts) -> str:
        """Write the record's `userMetadata`."""
        return json.dumps({_MARK: self.name, "fingerprint": self.fingerprint, "counts": json.loads(counts.to_json())})

    def columns_metadata(self, names: Sequence[str]) -> str:
        """Write the `userMetadata` of the commit with the run's rows: the input columns that they have.

        The table may have more, which its other rows came with; a replay that sent those would empty them.
        """
        return json.dumps({_COLUMNS_MARK: [self.run_id, self.table, self.mode], "columns": list(names)})

    def find(self, metadata: Iterable[str | None]) -> Counts | None:
        """Look for this run's record among the `userMetadata` of a table's commits.

        Raises RunConflictError if the run_id names a finished run of another command or schema.
        """
        for text in metadata:
            if not text or _MARK not in text:
                continue
            record = json.loads(text)
            if record.get(_MARK) != self.name:
                continue
            if record["fingerprint"] != self.fingerprint:
                message = (
                    f"run_id {self.run_id!r} already names a finished run with another command or other columns. "
                    "Use a new run_id, or leave it out."
                )
                raise RunConflictError(message)
            return Counts(**record["counts"])
        return None


def run_of(command: Command, fingerprint: str) -> Run:
    """Name the run of a command."""
    return Run(command.run_id, command.environment, command.table, command.mode, fingerprint)


def columns_by_run(metadata: Iterable[str | None], table: str, mode: str) -> dict[str, list[str]]:
    """Find each run's input columns among the `userMetadata` of a table's commits, newest first."""
    found: dict[str, list[str]] = {}
    for text in metadata:
        if text and _COLUMNS_MARK in text:
            record = json.loads(text)
            run_id, *kind = record.get(_COLUMNS_MARK, [None])
            if kind == [table, mode]:
                found.setdefault(run_id, record["columns"])
    return found


def quoted(value: str) -> str:
    """Write an SQL text literal. Spark and delta-rs differ on how to escape, so what would need it is refused.

    Raises ArgumentError.
    """
    if "'" in value or "\\" in value:
        message = (
            f"{value!r} must hold no quote and no backslash where rows are kept in a Delta table. Use another run_id."
        )
        raise ArgumentError(message)
    return f"'{value}'"
