"""A Spark frame of accounts, the call that upserts it and whims of the server, for tests against the fake server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import local_publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_server import FakeServer


def upsert(frame: Any, server: FakeServer, **more: Any) -> Any:
    return local_publish.upsert(frame, server, **({"on_failed": "ignore"} | more))


def accounts(spark: Any, rows: int = 1000, partitions: int = 4) -> Any:
    return spark.range(0, rows, 1, partitions).selectExpr("concat('A', id) accountnumber", "concat('n', id) name")


def every_tenth_fails(row: dict[str, Any]) -> str | None:
    return "row_rejected" if row["accountnumber"].endswith("0") else None


def failing_tenth_after(act: Callable[[], object]) -> Callable[[dict[str, Any]], str | None]:
    """Let every tenth row fail, and do something once, with the first row that comes."""
    due = [act]

    def fails(row: dict[str, Any]) -> str | None:
        while due:
            due.pop()()
        return every_tenth_fails(row)

    return fails
