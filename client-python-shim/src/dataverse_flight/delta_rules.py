"""What Delta takes, checked on the driver before any task starts, for both ways of writing it (Spark and delta-rs)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataverse_flight.errors import RowTableError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Delta without column mapping refuses these; a rename on the reader's side is the only cure that every engine reads.
_REFUSED = re.compile(r"[ ,;{}()\n\t=]")


def is_path(table: str) -> bool:
    """Tell a path (it holds a slash, or starts with a scheme) from a catalog name."""
    return "/" in table or "\\" in table or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+:", table) is not None


def check_names(table: str, types: Mapping[str, str]) -> None:
    """Refuse column names and types that no Delta table takes. `types`: name to type in Delta's or Spark's words.

    Raises RowTableError.
    """
    refused = [name for name in types if not name or _REFUSED.search(name)]
    if refused:
        message = (
            f"Delta refuses these column names for {table}: {', '.join(map(repr, refused))} (blank, "
            f"or one of ' ,;{{}}()\\n\\t='). "
            "Rename them in the frame and map them in columns=, or leave failed_rows and outcomes out."
        )
        raise RowTableError(message)
    void = [name for name, kind in types.items() if kind in {"void", "null"}]
    if void:
        message = (
            f"Columns {', '.join(map(repr, void))} have no type (void), which Delta drops. Cast them, "
            "e.g. to string, or drop them."
        )
        raise RowTableError(message)


def check_types(table: str, wanted: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """Compare with the columns that the table has; names compare without case, as Delta does.

    Returns the names to be added.

    Raises RowTableError for a column whose type has changed.
    """
    there = {name.lower(): kind for name, kind in present.items()}
    changed = [
        f"{name!r} is {there[name.lower()]} there and {kind} here"
        for name, kind in wanted.items()
        if there.get(name.lower(), kind) != kind
    ]
    if changed:
        message = (
            f"The table {table} has columns of other types: {'; '.join(changed)}. "
            "Cast them in the frame, or give failed rows of this shape another table."
        )
        raise RowTableError(message)
    return [name for name in wanted if name.lower() not in there]
