"""Writes the golden Arrow streams beside this file: one `.bin` of messages each, and what they hold as `.json`.

Run it with the project's Python to make them again: `python test/support/golden-arrow.py`. A `.bin` is a sequence of
messages, each as two little-endian uint32 (length of header, length of body), header, body: what FlightData carries.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import pathlib
import struct
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = pathlib.Path(__file__).parent / "golden"
D = decimal.Decimal


def spark_types() -> pa.RecordBatch:
    """Every type of a Spark frame, with nulls and with what loses precision elsewhere."""
    utc = dt.timezone.utc
    at = dt.datetime(2026, 11, 20, 12, 34, 56, 789012)  # noqa: DTZ001 - a timestamp without zone is one of the types
    variant = pa.struct(
        [pa.field("value", pa.binary()), pa.field("metadata", pa.binary(), metadata={"variant": "true"})]
    )
    return pa.record_batch(
        {
            "byte": pa.array([-128, None, 127], pa.int8()),
            "short": pa.array([-32768, None, 32767], pa.int16()),
            "int": pa.array([-(2**31), None, 2**31 - 1], pa.int32()),
            "long": pa.array([-(2**63), None, 2**53 + 1], pa.int64()),
            "float": pa.array([1.5, None, float("-inf")], pa.float32()),
            "double": pa.array([0.1, None, -0.0], pa.float64()),
            "decimal": pa.array([D("-1.2345"), None, D("999999999999999.9999")], pa.decimal128(19, 4)),
            "string": pa.array(["Grüße 🙂", None, ""], pa.string()),
            "binary": pa.array([b"\x00\xff", None, b""], pa.binary()),
            "date": pa.array([dt.date(1, 1, 1), None, dt.date(9999, 12, 31)], pa.date32()),
            "timestamp": pa.array(
                [at.replace(tzinfo=utc), None, dt.datetime(1, 1, 1, tzinfo=utc)], pa.timestamp("us", "UTC")
            ),
            "timestamp_ntz": pa.array([at, None, at], pa.timestamp("us")),
            "boolean": pa.array([True, None, False], pa.bool_()),
            "array": pa.array([[1, None], None, []], pa.list_(pa.field("element", pa.int32()))),
            "struct": pa.array(
                [{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}], pa.struct({"a": pa.int32(), "b": pa.string()})
            ),
            "map": pa.array([[("k", 1)], None, [("l", None), ("m", 3)]], pa.map_(pa.string(), pa.int32())),
            "void": pa.nulls(3),
            "interval": pa.array([dt.timedelta(days=1), None, dt.timedelta(microseconds=-1)], pa.duration("us")),
            "calendar": pa.array([(1, 2, 3), None, (-1, -2, -3)], pa.month_day_nano_interval()),
            "variant": pa.array([{"value": b"1", "metadata": b"2"}, None, {"value": b"", "metadata": b"3"}], variant),
            "time": pa.array([1, None, 86_399_999_999_999], pa.time64("ns")),
        }
    )


def other_types() -> pa.RecordBatch:
    """What frames other than Spark's may hold."""
    return pa.record_batch(
        {
            "uint8": pa.array([1, None, 255], pa.uint8()),
            "uint64": pa.array([1, None, 2**64 - 1], pa.uint64()),
            "half": pa.array([1.5, None, -2.0], pa.float16()),
            "decimal32": pa.array([D("-1.5"), None, D("2.5")], pa.decimal32(9, 1)),
            "decimal64": pa.array([D("-1.5000"), None, D("2.5000")], pa.decimal64(18, 4)),
            "decimal256": pa.array([D("-1.500"), None, D("1" * 42)], pa.decimal256(60, 3)),
            "fixed": pa.array([b"abc", None, b"xyz"], pa.binary(3)),
            "date64": pa.array([86_400_000, None, -86_400_000], pa.date64()),
            "time32": pa.array([1, None, 86_399], pa.time32("s")),
            "nanos": pa.array([1_999_999_999, None, -1], pa.timestamp("ns")),
            "fixed_list": pa.array([[1, 2], None, [3, None]], pa.list_(pa.int16(), 2)),
            "uuid": pa.array([b"0123456789abcdef", None, b"fedcba9876543210"], pa.uuid()),
        }
    )


def large_types() -> pa.RecordBatch:
    return pa.record_batch(
        {
            "text": pa.array(["a", None, "ccc"], pa.large_string()),
            "bytes": pa.array([b"a", None, b"ccc"], pa.large_binary()),
            "list": pa.array([[1], None, [2, 3]], pa.large_list(pa.int64())),
            "map": pa.array([[("k", b"v")], None, []], pa.map_(pa.large_string(), pa.large_binary())),
        }
    )


def views() -> pa.RecordBatch:
    long = "longer than the twelve bytes that lie inline"
    return pa.record_batch(
        {
            "text": pa.array(["short", None, long, "", long + "ü"], pa.string_view()),
            "bytes": pa.array([b"\xff", None, long.encode(), b"", b"twelve bytes"], pa.binary_view()),
            "nested": pa.array([["a", long], None, [], [None], ["b"]], pa.list_(pa.string_view())),
        }
    )


def dictionary(
    values: list[str], indexes: list[int | None], index_type: pa.DataType | None = None
) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(indexes, index_type or pa.int8()), pa.array(values, pa.string()))


def dictionaries() -> list[pa.RecordBatch]:
    """A dictionary, the same extended, another in its place."""
    return [
        pa.record_batch({"d": dictionary(["a", "b"], [0, None, 1])}),
        pa.record_batch({"d": dictionary(["a", "b", "c"], [2, 0, None])}),
        pa.record_batch({"d": dictionary(["x"], [0, 0, 0])}),
    ]


def nested_dictionaries() -> pa.RecordBatch:
    inner = dictionary(["p", "q"], [1, 0, None], pa.uint32())
    points = pa.DictionaryArray.from_arrays(pa.array([1, 1, None], pa.int64()), pa.array([{"x": 1}, {"x": None}]))
    return pa.record_batch({"list": pa.ListArray.from_arrays([0, 2, 2, 3], inner), "point": points})


STREAMS = {
    "spark-types": [spark_types()],
    "other-types": [other_types()],
    "large-types": [large_types()],
    "views": [views()],
    "dictionaries": dictionaries(),
    "nested-dictionaries": [nested_dictionaries()],
    "slices": [spark_types().slice(1, 2), spark_types().slice(2, 1)],
    "zero-rows": [spark_types().slice(0, 0)],
    "zero-rows-large": [large_types().slice(0, 0)],
    "zero-rows-views": [views().slice(0, 0)],
    "small": [pa.record_batch({"n": pa.array([1, None, 3], pa.int32()), "s": pa.array(["a", None, "ü"])})],
}


def plain(value: Any) -> Any:
    """JSON with nothing lost: numbers and times as text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, pa.MonthDayNano):
        return [str(part) for part in value]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return str(value)


def physical(array: pa.Array) -> pa.Array:
    """Times as the integers they are on the wire."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return array.storage
    if (
        pa.types.is_timestamp(kind)
        or pa.types.is_time64(kind)
        or pa.types.is_duration(kind)
        or pa.types.is_date64(kind)
    ):
        return array.cast(pa.int64())
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        return array.cast(pa.int32())
    return array


def messages(batches: list[pa.RecordBatch], compression: str | None = None) -> Iterator[tuple[bytes, bytes]]:
    """The stream's messages, as pairs of header and body."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True, compression=compression)
    with pa.ipc.new_stream(sink, batches[0].schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    reader = pa.ipc.MessageReader.open_stream(sink.getvalue())
    for message in reader:
        body = message.body.to_pybytes() if message.body is not None else b""
        yield message.metadata.to_pybytes(), body


def write_messages(name: str, batches: list[pa.RecordBatch], compression: str | None = None) -> None:
    framed = b"".join(
        struct.pack("<II", len(header), len(body)) + header + body for header, body in messages(batches, compression)
    )
    (GOLDEN / f"{name}.bin").write_bytes(framed)


def write(name: str, batches: list[pa.RecordBatch]) -> None:
    write_messages(name, batches)
    schema = batches[0].schema
    expected = {
        "columns": [{"name": field.name, "type": str(field.type)} for field in schema],
        "batches": [
            {column: plain(physical(batch.column(column)).to_pylist()) for column in schema.names} for batch in batches
        ],
    }
    (GOLDEN / f"{name}.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name, batches in STREAMS.items():
        write(name, batches)
    write_messages("compressed", STREAMS["small"], compression="zstd")


if __name__ == "__main__":
    main()
