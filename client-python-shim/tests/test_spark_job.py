"""The Spark job of a run ends with its call, and never hides how that ended."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from dataverse_flight.spark_job import CancelledOnError


class Jvm:
    """As much of a Spark session as the tags of jobs need."""

    def __init__(self, *, is_gone: bool = False) -> None:
        self.calls: list[str] = []
        self._is_gone = is_gone
        self.sparkContext = SimpleNamespace(
            addJobTag=lambda _: self.calls.append("add"),
            removeJobTag=lambda _: self._end("remove"),
            cancelJobsWithTag=lambda _: self._end("cancel"),
        )

    def _end(self, call: str) -> None:
        if self._is_gone:
            message = "Connection refused"
            raise ConnectionError(message)
        self.calls.append(call)


def test_jobs_are_cancelled_after_an_error_alone() -> None:
    jvm = Jvm()
    with CancelledOnError(jvm):
        pass
    assert jvm.calls == ["add", "remove"]
    with pytest.raises(KeyboardInterrupt), CancelledOnError(jvm):
        raise KeyboardInterrupt
    assert jvm.calls[2:] == ["add", "remove", "cancel"]


def test_of_a_jvm_that_is_gone_the_first_error_is_heard() -> None:
    with pytest.raises(RuntimeError), CancelledOnError(Jvm(is_gone=True)):
        raise RuntimeError
    with pytest.raises(ConnectionError), CancelledOnError(Jvm(is_gone=True)):
        pass
