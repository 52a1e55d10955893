"""Progress of a Spark job: the server is asked for it beside the job."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from dataverse_flight.errors import RefusedError, ServerUnreachableError
from dataverse_flight.progress import StatusPoll

if TYPE_CHECKING:
    from dataverse_flight.errors import DataverseFlightError

PATIENCE_SECONDS = 10.0


class Server:
    """Refuses the first question, and answers the others."""

    def __init__(self, refusal: DataverseFlightError) -> None:
        """Keep what it says first."""
        self._refusal = refusal
        self.asked = 0

    def call(self, _action: str, **_body: object) -> dict[str, Any]:
        """Answer, but for the first time."""
        self.asked += 1
        if self.asked == 1:
            raise self._refusal
        return {"acknowledged": self.asked}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataverse_flight.progress.POLL_SECONDS", 0.01)


def test_a_question_that_goes_unanswered_is_asked_again() -> None:
    server, shown = Server(ServerUnreachableError("No answer.")), threading.Event()
    with StatusPoll(server, "run", SimpleNamespace(show=lambda _counts: shown.set())):  # type: ignore[arg-type]
        assert shown.wait(PATIENCE_SECONDS)


def test_whoever_may_not_ask_does_not_go_on() -> None:
    server, shown = Server(RefusedError("No.", code="caller_not_allowed")), threading.Event()
    with StatusPoll(server, "run", SimpleNamespace(show=lambda _counts: shown.set())):  # type: ignore[arg-type]
        for thread in threading.enumerate():
            if thread.name == "dataverse-flight-status":
                thread.join(PATIENCE_SECONDS)
    assert (server.asked, shown.is_set()) == (1, False)
