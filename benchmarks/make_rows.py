"""Makes the rows of the benchmarks once: an Arrow IPC stream of twelve columns in record batches of Spark's size.

Called as `make_rows.py FILE ROWS SEED [BYTES]`; the same arguments always give the same bytes of data. With BYTES a
row takes about so many in Arrow's buffers: 64 leave all but seven columns out, more than the 176 of twelve columns make
one of them longer.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Spark's default for spark.sql.execution.arrow.maxRecordsPerBatch.
ROWS_PER_BATCH = 10_000
NULL_SHARE = 0.1
MICROSECONDS_2020, SIX_YEARS = 1_577_836_800_000_000, 6 * 365 * 86_400 * 1_000_000
DAYS_1970_TO_2030 = 21_915

# fmt: off
WORDS = [
    "account", "balance", "carefully", "delivered", "quietly", "pending", "regular", "request",
    "after", "final", "deposit", "along", "furious", "theodolite", "Zürich", "naïve",
    "東京", "übermorgen", "across", "packages", "sleep", "bold", "ideas",
]
# fmt: on
NARROW_BYTES, NARROW = (
    64,
    ("bench_code", "bench_count", "bench_total", "bench_price", "bench_amount", "bench_seen", "bench_since"),
)
PLAIN_BYTES, TEXT_BYTES = 176, 58
# What JSON must escape, in some texts.
ENDINGS = ["."] * 14 + [' said "so".', " line\nline."]


def texts(random: np.random.Generator, rows: int) -> pa.Array:
    """Write texts of about 60 bytes; some have quotes, line ends and characters beyond ASCII."""
    words = [pa.array(WORDS).take(pa.array(random.integers(0, len(WORDS), rows))) for _ in range(7)]
    endings = pa.array(ENDINGS).take(pa.array(random.integers(0, len(ENDINGS), rows)))
    return pc.binary_join_element_wise(pc.binary_join_element_wise(*words, " "), endings, "")


def long_texts(random: np.random.Generator, rows: int, length: float) -> pa.Array:
    """Join texts, about `length` bytes in the mean."""
    return pc.binary_join_element_wise(*[texts(random, rows) for _ in range(max(1, round(length / TEXT_BYTES)))], " ")


def guids(random: np.random.Generator, rows: int) -> pa.Array:
    """Write GUIDs as text, 36 characters each."""
    digits = random.bytes(16 * rows).hex()
    one = [digits[32 * i : 32 * i + 32] for i in range(rows)]
    return pa.array([f"{g[:8]}-{g[8:12]}-{g[12:16]}-{g[16:20]}-{g[20:]}" for g in one])


def columns(random: np.random.Generator, first: int, rows: int, row_bytes: int) -> dict[str, pa.Array]:
    """Draw one batch; the first column is the alternate key and has no nulls, the others have a tenth each."""
    unscaled = random.integers(-(10**14), 10**14, rows)
    amounts = pc.cast(pa.array(unscaled), pa.decimal128(19, 0))
    ten_thousandths = pc.divide(pc.cast(amounts, pa.decimal128(30, 5)), pa.scalar(10_000, pa.decimal128(6, 0)))
    present = {
        "bench_note": long_texts(random, rows, TEXT_BYTES + row_bytes - PLAIN_BYTES),
        "bench_guid": guids(random, rows),
        "bench_segment": pa.array(random.integers(0, 100, rows), pa.int32()),
        "bench_count": pa.array(random.integers(-(2**31), 2**31, rows), pa.int32()),
        "bench_total": pa.array(random.integers(-(2**63), 2**63 - 1, rows), pa.int64()),
        "bench_ratio": pa.array(random.random(rows) * 1000),
        "bench_price": pa.array(random.integers(0, 10_000_000, rows) / 100),
        "bench_amount": pc.cast(ten_thousandths, pa.decimal128(19, 4), safe=False),
        "bench_active": pa.array(random.random(rows) < 0.5),  # noqa: PLR2004 - a fair coin
        "bench_seen": pa.array(random.integers(0, SIX_YEARS, rows) + MICROSECONDS_2020, pa.timestamp("us", "UTC")),
        "bench_since": pa.array(random.integers(0, DAYS_1970_TO_2030, rows).astype("int32"), pa.date32()),
    }
    nothing = {name: pa.scalar(None, column.type) for name, column in present.items()}
    sparse = {
        name: pc.if_else(pa.array(random.random(rows) < NULL_SHARE), nothing[name], column)
        for name, column in present.items()
    }
    drawn = {"bench_code": pa.array([f"K-{i:08}" for i in range(first, first + rows)]), **sparse}
    return {name: drawn[name] for name in NARROW} if row_bytes == NARROW_BYTES else drawn


def main(path: str, rows: int, seed: int, row_bytes: int) -> None:
    """Write the file; it has its name only when it is whole."""
    random = np.random.default_rng(seed)
    unfinished = Path(f"{path}.part")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    for first in range(0, rows, ROWS_PER_BATCH):
        batch = pa.record_batch(columns(random, first, min(ROWS_PER_BATCH, rows - first), row_bytes))
        writer = writer or pa.ipc.new_stream(str(unfinished), batch.schema)
        writer.write_batch(batch)
    if writer is not None:
        writer.close()
    unfinished.rename(path)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else PLAIN_BYTES)  # noqa: PLR2004 - the one argument that may be absent
