"""What `publish` gives back."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataverse_flight.errors import FailedRowsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataverse_flight.counts import Counts


@dataclass(frozen=True)
class PublishResult:
    """The counts of a run. Rows, but for `requests`, `throttles`, `waited_ms` (milliseconds) and `seconds`.

    received = acknowledged + failed + not_sent. `stopped` is None or `{"code", "message"}`. `skipped` says that the run
    was already finished under its `run_id` and nothing was published now: the counts are those of then. `strategy` says
    which way rows travelled (`bulk`: CreateMultiple and its kin), how many in a request and what a row cost.
    """

    run_id: str
    seconds: float
    received: int
    acknowledged: int
    failed: int
    not_sent: int
    created: int
    updated: int
    upserted: int
    deleted: int
    unchanged: int
    requests: int
    throttles: int
    waited_ms: int
    failed_by_code: dict[str, int]
    stopped: dict[str, str] | None
    warnings: list[str]
    strategy: str = ""
    skipped: bool = False
    failed_rows_table: str | None = None
    _open_failed_rows: Callable[[], Any] | None = field(default=None, repr=False, compare=False)

    @property
    def failed_rows(self) -> Any:
        """The run's failed rows with their reasons, None if not kept.

        A Spark DataFrame over the table; without Spark a pyarrow Table.
        """
        return self._open_failed_rows() if self._open_failed_rows is not None else None

    def raise_for_failed(self) -> None:
        """Raise FailedRowsError unless every row was acknowledged."""
        if self.failed or self.not_sent:
            error = FailedRowsError(self.sentence)
            error.run_id = self.run_id
            raise error

    @property
    def sentence(self) -> str:
        """Say in one sentence what happened and where to look."""
        if self.skipped:
            done = f"{self.received:,} rows, {self.acknowledged:,} acknowledged, {self.failed:,} failed"
            return f"Already published ({done}): 0 requests now."
        parts = [f"{self.acknowledged:,} of {self.received:,} rows acknowledged, {self.failed:,} failed"]
        if self.failed_by_code:
            parts.append(" (" + ", ".join(f"{code} {rows:,}" for code, rows in self.failed_by_code.items()) + ")")
        if self.not_sent:
            parts.append(f", {self.not_sent:,} NOT SENT")
        if self.stopped:
            parts.append(f": the run stopped, {self.stopped['code']}: {self.stopped['message'].rstrip('.')}")
        if self.failed:
            parts.append(
                f". See the rows in {self.failed_rows_table}"
                if self.failed_rows_table
                else ". Pass failed_rows=… to keep them with their reasons"
            )
        return "".join(parts).rstrip(".") + "."

    def __repr__(self) -> str:
        """Show the sentence, the time and the run_id."""
        warned = "".join(f"\n  warning: {warning}" for warning in self.warnings)
        return (
            f"<PublishResult {self.sentence} {self.seconds:.1f} s, {self._rate()}{self._requests()}; resume with "
            f"run_id={self.run_id!r}>{warned}"
        )

    def _repr_html_(self) -> str:
        """Show the counts as a table in a notebook; every text is escaped."""
        rows = {
            "acknowledged": f"{self.acknowledged:,} of {self.received:,}",
            "failed": f"{self.failed:,}",
            **{f"of these {code}": f"{count:,}" for code, count in self.failed_by_code.items()},
            "not sent": f"{self.not_sent:,}",
            "time": f"{self.seconds:.1f} s, {self._rate()}{self._requests()}",
            "failed rows in": self.failed_rows_table or "(not kept: pass failed_rows=…)",
            "resume with run_id": self.run_id,
            **{f"warning {number}": text for number, text in enumerate(self.warnings, start=1)},
        }
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
            for name, value in rows.items()
        )
        return f"<p>{html.escape(self.sentence)}</p><table>{cells}</table>"

    def _rate(self) -> str:
        settled = self.acknowledged + self.failed
        return "" if self.skipped or self.seconds <= 0 else f"{settled / self.seconds:,.0f} rows/s, "

    def _requests(self) -> str:
        if self.skipped:
            return f"{_counted(self.requests)} then"
        waited = f", {self.throttles:,} throttled, waited {self.waited_ms / 1000:.1f} s" if self.throttles else ""
        travelled = f" ({self.strategy})" if self.strategy else ""
        return f"{_counted(self.requests)}{travelled}{waited}"


def _counted(requests: int) -> str:
    return f"{requests:,} request{'' if requests == 1 else 's'}"


def result_of(counts: Counts, **about: Any) -> PublishResult:
    """Make a result of a run's counts and what else is known about it (`run_id`, `seconds`, …)."""
    return PublishResult(**vars(counts), **about)
