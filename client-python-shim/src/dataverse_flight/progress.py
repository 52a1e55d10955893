"""One line that says how far a run is. Writes to stderr alone, and seldom: a job's log is read by people."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from dataverse_flight.errors import DataverseFlightError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from dataverse_flight.endpoint import Endpoint

TERMINAL_SECONDS = 0.5
LOG_SECONDS = 10.0
POLL_SECONDS = 2.0
# Beyond that, hours are easier to read.
MINUTES_MAX = 90


class Progress:
    """Shows the counts of progress events: in place on a terminal, else a line every `LOG_SECONDS`.

    Not shown = no output at all.
    """

    def __init__(self, *, shown: bool, label: str) -> None:
        """Begin the clock; the first line comes after one interval, so that a short run prints nothing."""
        self._shown, self._label = shown, label
        self._in_place = shown and sys.stderr.isatty()
        self._interval = TERMINAL_SECONDS if self._in_place else LOG_SECONDS
        self._began = self._last = time.monotonic()
        self._dirty = False

    def show(self, counts: Mapping[str, Any]) -> None:
        """Take the counts of a `progress` event or of a `status` answer."""
        now = time.monotonic()
        if not self._shown or now - self._last < self._interval:
            return
        self._last = now
        line = self.line(counts, now - self._began)
        sys.stderr.write(f"\r{line:<100}" if self._in_place else f"{line}\n")
        sys.stderr.flush()
        self._dirty = self._in_place

    def line(self, counts: Mapping[str, Any], seconds: float) -> str:
        """Write the line: the rate is the server's, of the last minute; a wait behind a gate says why."""
        done = int(counts.get("acknowledged", 0))
        if done == 0 and not counts.get("failed") and not counts.get("waiting"):
            return f"{self._label}: no row has settled yet, {seconds:.0f} s"
        mean = done / seconds if seconds > 0 else 0.0
        rate = float(counts.get("rowsPerSecond", mean))
        waiting = counts.get("waiting") or {}
        pause = f", waiting: {waiting.get('reason', 'throttled')}" if waiting else ""
        failed = int(counts.get("failed", 0))
        settled = f"{self._label}: {done:,} acknowledged, {failed:,} failed"
        return f"{settled}, {rate:,.0f} rows/s, {seconds:.0f} s{_left(counts.get('etaMs'))}{pause}"

    def close(self) -> None:
        """End the line, if one is open."""
        if self._dirty:
            sys.stderr.write("\n")
            sys.stderr.flush()


def _left(eta_ms: float | None) -> str:
    """Say the time left as people do: no estimate is good to the second."""
    if eta_ms is None:
        return ""
    minutes = eta_ms / 60_000
    if minutes < 1:
        return ", less than a minute left"
    return f", about {minutes:.0f} min left" if minutes < MINUTES_MAX else f", about {minutes / 60:.1f} h left"


class StatusPoll:
    """Asks the server for a run's counts in a thread while something else (a Spark action) runs."""

    def __init__(self, endpoint: Endpoint, run_id: str, progress: Progress) -> None:
        """Keep whom to ask; the thread starts with the block."""
        self._endpoint, self._run_id, self._progress = endpoint, run_id, progress
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="dataverse-flight-status", daemon=True)

    def __enter__(self) -> StatusPoll:  # noqa: PYI034 - typing.Self needs Python 3.11
        """Start to ask."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop asking."""
        self._stop.set()
        self._thread.join(POLL_SECONDS)

    def _poll(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                answer = self._endpoint.call("status", runId=self._run_id)
            except RefusedError:
                return
            except DataverseFlightError:
                continue  # progress is a courtesy: the run itself tells what is wrong
            self._progress.show(answer.get("progress", answer))
