"""Turns the Arrow types that frames come in into the plain ones that both the server and Delta take.

Views, dictionaries, large and unsigned types, nanoseconds. Never changes a value: what does not fit is refused.
"""

from __future__ import annotations

import pyarrow as pa

from dataverse_flight.errors import FrameError

# A message is sent whole, so its size is what the server must be able to hold per step; 1 MiB keeps HTTP/2 windows
# full.
PIECE_BYTES_MAX = 1 << 20

_PLAIN = {
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.float16(): pa.float32(),
}


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Name the plain type that holds every value of `kind`."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", tz=kind.tz)
    return kind


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Replace every type by its plain one; metadata is dropped."""
    return pa.schema([pa.field(field.name, plain_type(field.type), field.nullable) for field in schema])


def plain_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Cast by position into `schema`.

    Raises FrameError, naming the column, for a value that the plain type cannot hold.
    """
    return pa.RecordBatch.from_arrays(
        [_cast(column, field) for column, field in zip(batch.columns, schema, strict=True)], schema=schema
    )


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    if column.type.equals(field.type):
        return column
    try:
        return column.cast(field.type)
    except pa.ArrowInvalid as error:
        message = (
            f"Column {field.name!r} ({column.type}) holds a value that {field.type} cannot hold. Round or "
            "cast the column first."
        )
        raise FrameError(message) from error


def pieces(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    """Halve a batch until each piece is at most `PIECE_BYTES_MAX` (or one row); keeps the order, copies nothing."""
    if batch.num_rows == 0:
        return []
    if batch.num_rows == 1 or batch.nbytes <= PIECE_BYTES_MAX:
        return [batch]
    half = batch.num_rows // 2
    return pieces(batch.slice(0, half)) + pieces(batch.slice(half))
