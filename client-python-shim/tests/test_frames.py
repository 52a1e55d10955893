"""Every kind of frame that lives in this process arrives in plain types, or is refused with a reason."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataverse_flight import FrameError
from local_publish import accounts, upsert

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server import FakeServer


@pytest.mark.parametrize("kind", ["table", "reader", "batch", "pandas", "polars", "lazy", "parquet", "folder"])
def test_every_kind_of_frame_arrives_in_plain_types(server: FakeServer, tmp_path: Path, kind: str) -> None:
    table = pa.table({"accountnumber": ["A0", "A1", None], "name": ["n", "ö𝄞", None]})
    (tmp_path / "folder").mkdir()
    pq.write_table(table, tmp_path / "one.parquet")
    pq.write_table(table, tmp_path / "folder" / "part.parquet")
    frames = {
        "table": table,
        "reader": table.to_reader(),
        "batch": table.to_batches()[0],
        "pandas": table.to_pandas().set_index("accountnumber", drop=False),
        "polars": pl.DataFrame(table),
        "lazy": pl.DataFrame(table).lazy(),
        "parquet": tmp_path / "one.parquet",
        "folder": str(tmp_path / "folder"),
    }
    upsert(frames[kind], server)
    stream = server.published[0]
    assert stream.schema == pa.schema([("accountnumber", pa.string()), ("name", pa.string())])
    assert stream.rows == table.to_pylist()


def test_dictionaries_unsigned_and_nanoseconds_become_plain(server: FakeServer) -> None:
    frame = pa.table(
        {
            "accountnumber": pa.array(["A1"]).dictionary_encode(),
            "numberofemployees": pa.array([2**64 - 1], pa.uint64()),
            "lastonholdtime": pa.array([1_000], pa.timestamp("ns", tz="UTC")),
        }
    )
    upsert(frame, server)
    row = server.published[0].rows[0]
    assert row["numberofemployees"] == decimal.Decimal(2**64 - 1)
    assert row["lastonholdtime"] == dt.datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=dt.timezone.utc)


def test_nanoseconds_that_would_be_lost_are_refused(server: FakeServer) -> None:
    frame = pa.table({"accountnumber": ["A1"], "lastonholdtime": pa.array([1], pa.timestamp("ns"))})
    with pytest.raises(FrameError, match="'lastonholdtime'"):
        upsert(frame, server)


def test_csv_text_stays_text_and_numbers_follow_the_table(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('no,creditlimit,name\n007,1.10,"a\nb"\n008,,\n', encoding="utf-8")
    upsert(tmp_path / "a.csv", server, columns={"no": "accountnumber", "creditlimit": "creditlimit", "name": "name"})
    assert server.published[0].rows == [
        {"no": "007", "creditlimit": decimal.Decimal("1.1000"), "name": "a\nb"},
        {"no": "008", "creditlimit": None, "name": None},
    ]


def test_a_delta_table_is_a_frame_too(server: FakeServer, tmp_path: Path) -> None:
    from deltalake import write_deltalake

    write_deltalake(tmp_path / "in", accounts())
    upsert(str(tmp_path / "in"), server)
    assert server.published[0].rows == accounts().to_pylist()
