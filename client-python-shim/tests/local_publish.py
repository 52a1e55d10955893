"""A frame of accounts, the call that upserts it and a server's whim, for tests against the fake server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from dataverse_flight import publish

if TYPE_CHECKING:
    from fake_server import FakeServer


def accounts(rows: int = 10) -> pa.Table:
    return pa.table(
        {"accountnumber": [f"A{index}" for index in range(rows)], "name": [f"n{index}" for index in range(rows)]}
    )


def upsert(frame: Any, server: FakeServer, **more: Any) -> Any:
    options: dict[str, Any] = {
        "table": "account",
        "mode": "upsert",
        "match_on": "accountnumber",
        "endpoint": server.location,
        "progress": False,
    }
    return publish(frame, **(options | more))


def odd_fails(row: dict[str, Any]) -> str | None:
    return "row_rejected" if int(row["accountnumber"][1:]) % 2 else None
