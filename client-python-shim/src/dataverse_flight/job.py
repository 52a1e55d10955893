"""What one publish call has come to once everything is checked: handed to the source that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataverse_flight.command import Command
    from dataverse_flight.endpoint import Endpoint
    from dataverse_flight.progress import Progress
    from dataverse_flight.record import Run


@dataclass(frozen=True)
class Job:
    """A command, where to send it, and where the rows that come back go.

    `environment` is its name in the tables, as the server resolved it.
    """

    command: Command
    run: Run
    endpoint: Endpoint
    failed_rows: str | None
    outcomes: str | None
    environment: str
    progress: Progress

    @property
    def tables(self) -> list[str]:
        """The Delta tables that this call writes."""
        return [table for table in (self.outcomes, self.failed_rows) if table]

    @property
    def record_table(self) -> str | None:
        """The table that holds the record of the finished run."""
        return self.failed_rows or self.outcomes
