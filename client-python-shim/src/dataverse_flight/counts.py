"""The counts of one stream, as the server's summary gives them, and their sum over the streams of a run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dataverse_flight.errors import StreamEndedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# A run of thousands of streams may say the same in many words; the first of them are enough.
WARNINGS_MAX = 20


@dataclass(frozen=True)
class Counts:
    """Rows, but for `requests`, `throttles` (HTTP), `waited_ms` (milliseconds behind a gate) and `strategy` (words)."""

    received: int = 0
    acknowledged: int = 0
    failed: int = 0
    not_sent: int = 0
    created: int = 0
    updated: int = 0
    upserted: int = 0
    deleted: int = 0
    unchanged: int = 0
    requests: int = 0
    throttles: int = 0
    waited_ms: int = 0
    failed_by_code: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, str] | None = None
    warnings: list[str] = field(default_factory=list)
    strategy: str = ""

    @classmethod
    def from_summary(cls, summary: Mapping[str, Any]) -> Counts:
        """Read the server's `summary`; fields it does not know are left out.

        Raises StreamEndedError if the rows do not add up: then nothing that it says can be believed.
        """
        known = {name: summary[camel] for name, camel in _CAMEL.items() if summary.get(camel) is not None}
        counts = cls(**known)
        if counts.received != counts.acknowledged + counts.failed + counts.not_sent:
            message = (
                f"The server's counts do not add up: {counts.received} received, {counts.acknowledged} acknowledged, "
                f"{counts.failed} failed, {counts.not_sent} not sent. Please report this with the server's log."
            )
            raise StreamEndedError(message)
        return counts

    @classmethod
    def from_json(cls, text: str) -> Counts:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """Write the counts as one line of JSON, keys in snake_case."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)

    def plus(self, other: Counts) -> Counts:
        """Sum rows and requests; of two waits that ran side by side the longer one counts."""
        codes = dict(self.failed_by_code)
        for code, rows in other.failed_by_code.items():
            codes[code] = codes.get(code, 0) + rows
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        return replace(
            self,
            **sums,
            waited_ms=max(self.waited_ms, other.waited_ms),
            failed_by_code=dict(sorted(codes.items())),
            stopped=self.stopped or other.stopped,
            warnings=list(dict.fromkeys([*self.warnings, *other.warnings]))[:WARNINGS_MAX],
        )


def total(parts: Iterable[Counts]) -> Counts:
    """Sum the counts of several streams; how rows travelled is told of the one with the most rows."""
    whole = largest = Counts()
    for part in parts:
        whole = whole.plus(part)
        largest = part if part.received > largest.received else largest
    return replace(whole, strategy=largest.strategy)


_SUMMED = (
    "received",
    "acknowledged",
    "failed",
    "not_sent",
    "created",
    "updated",
    "upserted",
    "deleted",
    "unchanged",
    "requests",
    "throttles",
)
_CAMEL = {name: name for name in (*_SUMMED, "stopped", "warnings", "strategy")} | {
    "not_sent": "notSent",
    "waited_ms": "waitedMs",
    "failed_by_code": "failedByCode",
}
