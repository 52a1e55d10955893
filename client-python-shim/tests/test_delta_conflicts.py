"""Short commits to a Delta table are tried again where others came between; nothing else is."""

from __future__ import annotations

import pytest
from dataverse_flight.delta_conflicts import COMMIT_TRIES, again_after_conflicts, is_conflict


class Commit:
    """Fails so many times."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if self.faults:
            raise RuntimeError(self.faults.pop())
        return "committed"


@pytest.mark.parametrize(
    "told",
    [
        ": io.delta.exceptions.ConcurrentAppendException: [DELTA_CONCURRENT_APPEND.WITHOUT_HINT] Transaction conflict.",
        "[DELTA_METADATA_CHANGED] The metadata of the Delta table has been changed by a concurrent update.",
        ": io.delta.exceptions.ProtocolChangedException: The protocol version was changed.",
        "[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view `default`.`t` because it already exists.",
    ],
)
def test_what_others_commit_between_is_outlived(told: str) -> None:
    commit = Commit(told, told)
    assert again_after_conflicts(commit) == "committed"
    assert commit.tries == 3


def test_the_tries_are_bounded() -> None:
    commit = Commit(*["[DELTA_CONCURRENT_DELETE_READ] x"] * 99)
    with pytest.raises(RuntimeError, match="DELETE_READ"):
        again_after_conflicts(commit)
    assert commit.tries == COMMIT_TRIES


def test_other_errors_are_not_tried_again() -> None:
    commit = Commit("[DELTA_CANNOT_CREATE_LOG_PATH] Cannot create file:/x/_delta_log")
    with pytest.raises(RuntimeError, match="LOG_PATH"):
        again_after_conflicts(commit)
    assert commit.tries == 1
    assert not is_conflict(RuntimeError("java.util.ConcurrentModificationException"))
