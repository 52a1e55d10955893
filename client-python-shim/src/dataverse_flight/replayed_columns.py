"""Which columns of a table for failed rows a replay sends: those that its rows came with.

The table has the columns of every frame whose rows it holds. What a row's own frame lacked is null there, and sent it
would empty the attribute in Dataverse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataverse_flight.columns import columns_on_the_wire, inputs_of
from dataverse_flight.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def replayed_columns(
    present: Sequence[str], by_run: Mapping[str, Sequence[str]], runs: Sequence[str], options: Mapping[str, Any]
) -> frozenset[str]:
    """Name the columns that rows of these runs came with, and those that the call speaks of.

    present: input columns of the table. by_run: the columns of each run that the table's log knows; of one that it does
    not know all count. options: of `publish`.

    Raises ArgumentError where columns that would be sent came with some of the runs only.
    """
    columns, ignored = options.get("columns"), set(options.get("ignore") or ())
    named = {name for column in columns_on_the_wire(columns) for name in inputs_of(column)} if columns else set()
    run_of = {_own(present, by_run.get(run, present)): run for run in runs}
    sent = (named or set(present)) - ignored
    if len({own & sent for own in run_of}) > 1 and options.get("nulls") != "ignore":
        listed = "; ".join(f"run {run}: {', '.join(sorted(own))}" for own, run in run_of.items())
        message = (
            f"These rows came with different columns ({listed}), and what a row came without would be emptied in "
            "Dataverse. Replay them apart (where=\"_dv_retryable AND _dv_run_id = '…'\"), or pass nulls='ignore', or "
            "ignore= with the columns that differ."
        )
        raise ArgumentError(message)
    return frozenset().union(*run_of, named, ignored)


def _own(present: Sequence[str], columns: Sequence[str]) -> frozenset[str]:
    """Write a run's columns as the table does: Delta compares names without case."""
    lower = {name.lower() for name in columns}
    return frozenset(name for name in present if name.lower() in lower)
