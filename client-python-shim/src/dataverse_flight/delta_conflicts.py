"""Commits that others make to the same Delta table meanwhile: told from other errors, outlived by what is short."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# How often a short commit is tried: each try reads the table as it is by then, so only a very busy table needs more.
COMMIT_TRIES = 5

# Delta's error classes, the package of its exceptions (all in it are conflicts), two creations of one table at once.
_CONFLICT = re.compile(
    r"DELTA_(?:CONCURRENT_|METADATA_CHANGED|PROTOCOL_CHANGED)|\bdelta\.exceptions\.|TABLE_OR_VIEW_ALREADY_EXISTS"
)


def is_conflict(error: BaseException) -> bool:
    """Tell whether a commit of somebody else came between."""
    return _CONFLICT.search(f"{type(error)} {error}") is not None


def again_after_conflicts(act: Callable[[], T]) -> T:
    """Do what takes a moment and may be done twice, at most `COMMIT_TRIES` times."""
    for _ in range(COMMIT_TRIES - 1):
        try:
            return act()
        except Exception as error:  # noqa: PERF203 - a handful of rounds
            if not is_conflict(error):
                raise
    return act()
