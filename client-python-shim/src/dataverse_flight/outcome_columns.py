"""The columns that an outcome row has beside the input's, on the wire and in a Delta table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTCOME_FIELDS: tuple[pa.Field, ...] = (
    pa.field("_dv_outcome", pa.string()),
    pa.field("_dv_row", pa.int64()),
    pa.field("_dv_id", pa.string()),
    pa.field("_dv_error_code", pa.string()),
    pa.field("_dv_error_column", pa.string()),
    pa.field("_dv_error_message", pa.string()),
    pa.field("_dv_service_code", pa.string()),
    pa.field("_dv_http_status", pa.int16()),
    pa.field("_dv_retryable", pa.bool_()),
    pa.field("_dv_attempts", pa.int16()),
    pa.field("_dv_request_id", pa.string()),
    pa.field("_dv_settled_at", pa.timestamp("us", tz="UTC")),
)

# Which run a row of the table belongs to; added by this package.
RUN_FIELDS: tuple[pa.Field, ...] = (
    pa.field("_dv_run_id", pa.string()),
    pa.field("_dv_environment", pa.string()),
    pa.field("_dv_table", pa.string()),
    pa.field("_dv_mode", pa.string()),
    pa.field("_dv_partition", pa.int32()),
)

RESERVED_NAMES = frozenset(field.name for field in (*OUTCOME_FIELDS, *RUN_FIELDS))


def outcome_schema(inputs: Sequence[pa.Field]) -> pa.Schema:
    """Input columns, then the outcome columns, all nullable: a failed row may lack anything."""
    return pa.schema([*(field.with_nullable(nullable=True) for field in inputs), *OUTCOME_FIELDS])


def cast_by_name(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Bring an outcome batch into `schema`: columns found by name, values cast, nothing by position.

    Raises KeyError for a column that the batch lacks, pyarrow.ArrowInvalid for a value that does not fit.
    """
    columns = [batch.column(field.name) for field in schema]
    cast = [
        column if column.type.equals(field.type) else column.cast(field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(cast, schema=schema)
