"""What a user reads: results, progress lines, and server errors without the transport's noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dataverse_flight.counts import Counts, total
from dataverse_flight.errors import FailedRowsError, StreamEndedError, from_server, from_task
from dataverse_flight.progress import Progress
from dataverse_flight.result import PublishResult, result_of
from dataverse_flight.spark_source import _newest_attempts

if TYPE_CHECKING:
    from collections.abc import Mapping


def result(counts: Counts, **more: Any) -> PublishResult:
    return result_of(counts, run_id="r1", seconds=2.0, **more)


def test_a_result_says_what_happened_and_how_to_resume() -> None:
    counts = Counts(received=10, acknowledged=8, failed=2, failed_by_code={"row_rejected": 2}, requests=3)
    assert repr(result(counts, failed_rows_table="crm.failed")) == (
        "<PublishResult 8 of 10 rows acknowledged, 2 failed (row_rejected 2). See the rows in crm.failed. "
        "2.0 s, 5 rows/s, 3 requests; resume with run_id='r1'>"
    )


def test_rows_that_were_not_sent_are_said_loudly() -> None:
    counts = Counts(received=5, acknowledged=3, not_sent=2, stopped={"code": "draining", "message": "It ends."})
    assert "2 NOT SENT: the run stopped, draining: It ends." in repr(result(counts))


def test_raise_for_failed_raises_for_failed_and_for_not_sent_rows() -> None:
    result(Counts(received=1, acknowledged=1)).raise_for_failed()
    for counts in (Counts(received=1, failed=1), Counts(received=1, not_sent=1)):
        with pytest.raises(FailedRowsError, match="resume with run_id='r1'"):
            result(counts).raise_for_failed()


def test_html_is_escaped() -> None:
    counts = Counts(received=1, failed=1, failed_by_code={"<b>": 1}, warnings=["<script>"])
    shown = result(counts, failed_rows_table="<t>")._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "<b>" not in shown
    assert "&lt;t&gt;" in shown


def test_counts_of_streams_add_up_and_waits_do_not() -> None:
    one = Counts(received=2, acknowledged=1, failed=1, waited_ms=5, failed_by_code={"a": 1}, warnings=["w"])
    two = Counts(received=1, failed=1, waited_ms=7, failed_by_code={"a": 1}, warnings=["w"])
    whole = total([one, two])
    assert (whole.received, whole.failed, whole.waited_ms, whole.failed_by_code) == (3, 2, 7, {"a": 2})
    assert whole.warnings == ["w"]


def test_how_rows_travelled_is_that_of_the_largest_stream() -> None:
    parts = [Counts(received=2, strategy="small"), Counts(received=9, strategy="large"), Counts(strategy="none")]
    whole = total(parts)
    assert whole.strategy == "large"
    assert "0 requests (large)" in repr(result(whole))
    assert "large" in result(whole)._repr_html_()


def test_of_a_partition_that_ran_twice_the_newest_attempt_counts() -> None:
    def part(partition: int, attempt: int, rows: int) -> dict[str, Any]:
        counts = Counts(received=rows, acknowledged=rows).to_json()
        return {"_dv_partition": partition, "_dv_task_attempt": attempt, "_dv_counts": counts}

    assert _newest_attempts([part(0, 9, 5), part(0, 2, 3), part(1, 4, 10)]).received == 15
    assert _newest_attempts([]) == Counts()


def test_a_broken_connection_is_a_sentence_too() -> None:
    error = from_server(
        OSError("failed to connect to all addresses. gRPC client debug context: {...}. Client context: x")
    )
    assert isinstance(error, StreamEndedError)
    assert "failed to connect to all addresses" in str(error)
    assert "debug context" not in str(error)


def test_text_of_other_programs_is_no_error_of_ours() -> None:
    assert from_task(RuntimeError("ValueError: no")) is None
    assert from_task(RuntimeError("x\ndataverse_flight.errors.NoSuchError: no")) is None
    found = from_task(RuntimeError("Traceback\ndataverse_flight.errors.FrameError: Column 'x' …\n\tat java"))
    assert found is not None
    assert found.message == "Column 'x' …"


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({"acknowledged": 0, "failed": 0}, "account upsert: no row has settled yet, 10 s"),
        ({"acknowledged": 1000, "failed": 2}, "account upsert: 1,000 acknowledged, 2 failed, 100 rows/s, 10 s"),
        (
            {"acknowledged": 1000, "failed": 2, "rowsPerSecond": 12.4, "etaMs": 59_000},
            "account upsert: 1,000 acknowledged, 2 failed, 12 rows/s, 10 s, less than a minute left",
        ),
        (
            {"acknowledged": 1000, "rowsPerSecond": 1250.0, "etaMs": 600_000},
            "account upsert: 1,000 acknowledged, 0 failed, 1,250 rows/s, 10 s, about 10 min left",
        ),
        (
            {"acknowledged": 1000, "rowsPerSecond": 0.0, "etaMs": 9_000_000},
            "account upsert: 1,000 acknowledged, 0 failed, 0 rows/s, 10 s, about 2.5 h left",
        ),
        (
            {"acknowledged": 0, "waiting": {"reason": "throttled by the service"}},
            "account upsert: 0 acknowledged, 0 failed, 0 rows/s, 10 s, waiting: throttled by the service",
        ),
    ],
)
def test_a_progress_line_says_rate_and_reason_of_a_wait(counts: Mapping[str, Any], line: str) -> None:
    assert Progress(shown=True, label="account upsert").line(counts, 10.0) == line


def test_progress_that_is_off_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(shown=False, label="x")
    progress.show({"acknowledged": 1})
    progress.close()
    assert capsys.readouterr().err == ""
