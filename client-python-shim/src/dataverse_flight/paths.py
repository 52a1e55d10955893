"""Opens a file or folder as a stream of record batches: Parquet, CSV or a Delta table.

Reads as it goes, never all at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dataverse_flight.errors import FrameError, without_values

if TYPE_CHECKING:
    from collections.abc import Mapping

CSV_REMEDY = (
    "Mend the file: UTF-8, commas (tabs in a .tsv) between values, the names of the columns in the first line, and in "
    "each column what its attribute holds."
)


# Whole digits for the greatest amount of money, and more decimals than any attribute has.
WIDE_DECIMAL = pa.decimal128(38, 18)


def open_path(path: str, types: Mapping[str, pa.DataType]) -> pa.RecordBatchReader:
    """Open a path. `types`: the types to read CSV columns as; a CSV column without one is text, so that 007 stays 007.

    Raises FrameError if it is nothing that can be read.
    """
    place = Path(path)
    if "://" not in path and not place.exists():
        message = f"{path} is not there. Give a Parquet or CSV file, a folder of Parquet files or a Delta table."
        raise FrameError(message)
    is_csv = place.suffix.lower() in {".csv", ".tsv"}
    try:
        if "://" in path or (place / "_delta_log").is_dir():
            return _open_delta(path)
        return _open_csv(path, types) if is_csv else _open_parquet(path)
    except (pa.ArrowException, OSError) as error:
        remedy = CSV_REMEDY if is_csv else "Give a Parquet or CSV file, a folder of Parquet files or a Delta table."
        message = f"{path} cannot be read: {without_values(error)}. {remedy}"
        raise FrameError(message) from error


def _open_parquet(path: str) -> pa.RecordBatchReader:
    import pyarrow.dataset as ds

    dataset = ds.dataset(path, format="parquet")
    if not dataset.files:
        message = f"{path} holds no Parquet file. Give the folder that does, or a Delta table."
        raise FrameError(message)
    return dataset.scanner().to_reader()


def _open_csv(path: str, types: Mapping[str, pa.DataType]) -> pa.RecordBatchReader:
    from pyarrow import csv

    separator = "\t" if path.lower().endswith(".tsv") else ","
    parsing = csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    with csv.open_csv(path, parse_options=parsing) as head:
        names = head.schema.names
    chosen = {name: _widened(types.get(name, pa.string())) for name in names}
    converting = csv.ConvertOptions(column_types=chosen, strings_can_be_null=True, quoted_strings_can_be_null=False)
    try:
        return csv.open_csv(path, parse_options=parsing, convert_options=converting)
    except pa.ArrowInvalid as error:
        message = f"{path} cannot be read: {without_values(error, names)}. {CSV_REMEDY}"
        raise FrameError(message) from error


def _widened(kind: pa.DataType) -> pa.DataType:
    """Let numbers be read that the attribute cannot hold: then a row fails, or is rounded, and not the file."""
    if pa.types.is_decimal(kind):
        return WIDE_DECIMAL
    return pa.int64() if pa.types.is_integer(kind) else kind


def _open_delta(path: str) -> pa.RecordBatchReader:
    try:
        from deltalake import DeltaTable, QueryBuilder
    except ImportError as error:
        message = "Reading Delta without Spark needs the `deltalake` package: pip install 'dataverse-flight[delta]'."
        raise FrameError(message) from error
    try:
        batches = QueryBuilder().register("frame", DeltaTable(path)).execute("SELECT * FROM frame")
    except Exception as error:
        message = (
            f"The Delta table {path} cannot be read: {str(error).splitlines()[0][:300]}. Read it with "
            "Spark and pass the DataFrame."
        )
        raise FrameError(message) from error
    return pa.RecordBatchReader.from_stream(batches)
