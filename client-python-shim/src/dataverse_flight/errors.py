"""What can go wrong, as classes.

Each message names the thing and says what to do next; none shows a row value or a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The codes that end or refuse a stream; a word before a colon that is none of them is some other program's text.
STREAM_CODES = frozenset(
    {
        "invalid_command",
        "unauthenticated_caller",
        "caller_not_allowed",
        "unknown_environment",
        "unknown_table",
        "schema_mismatch",
        "schema_changed",
        "malformed_arrow",
        "limit_exceeded",
        "credentials_rejected",
        "principal_forbidden",
        "overloaded",
        "draining",
        "client_stalled",
        "superseded",
        "cancelled",
        "too_many_failed_rows",
        "progress_timeout",
        "internal",
    }
)

# A refusal travels as `<code>: <sentence> <remedy>`. pyarrow puts its own words before it ("Flight returned not found
# error, with message: ") and, after some calls only, its context behind it.
_LINE = re.compile(
    rf"\b(?P<code>{'|'.join(sorted(STREAM_CODES))}): '?(?P<text>.+?)"
    r"(?:'?\. (?:Detail: |gRPC client debug context|Client context)|\n|$)"
)


class DataverseFlightError(Exception):
    """Base of all errors of this package.

    `code` is the server's code where the server said no, else None. `run_id` is set once rows may have been sent: the
    same call with that `run_id` resumes the run and creates no row twice. Before that there is nothing to resume.
    """

    def __init__(self, message: str, *, code: str | None = None) -> None:
        """Keep the sentence that the user will read, and the server's code for it."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.run_id: str | None = None

    def __str__(self) -> str:
        """Return the sentence, and how to resume once there is something to resume."""
        return self.message if self.run_id is None else f"{self.message} (resume with run_id={self.run_id!r})"


class ArgumentError(DataverseFlightError, ValueError):
    """An argument of `publish` is wrong, or does not fit the frame; nothing was started."""


class FrameError(DataverseFlightError, TypeError):
    """The frame cannot be published: no columns, a type that no one can hold, or no frame at all."""


class ServerUnreachableError(DataverseFlightError, ConnectionError):
    """Nobody answers at the endpoint."""


class SidecarStartError(DataverseFlightError, RuntimeError):
    """The bundled server did not start; the message ends with what it said."""


class ConfigError(SidecarStartError, ArgumentError):
    """The config of the bundled server is not usable; the message names each fault."""


class RefusedError(DataverseFlightError):
    """The server refused the run, or ended a stream, with one of its codes."""


class StreamEndedError(DataverseFlightError):
    """A stream broke off: rows of it may have been written. Run again under the same `run_id`."""

    # What pyarrow said, where it said anything.
    words = ""


class RowTableError(DataverseFlightError):
    """The table for failed rows or outcomes cannot take these rows."""


class RunConflictError(DataverseFlightError):
    """The `run_id` already names a finished run of another command or another schema."""


class FailedRowsError(DataverseFlightError):
    """Rows failed or were not sent, and `on_failed="raise"` asked to hear of it."""


class FailedRowsWarning(UserWarning):
    """Rows failed or were not sent."""


class SkippedRunWarning(UserWarning):
    """Nothing was published: the run of the `run_id` that the job's own run stands for had finished."""


def from_server(error: BaseException) -> DataverseFlightError:
    """Turn what pyarrow raised into the sentence that the server wrote."""
    match = _LINE.search(str(error))
    if match is not None:
        return RefusedError(f"{match['code']}: {match['text'].strip()}", code=match["code"])
    ended = StreamEndedError(
        f"The connection to the server broke off ({first_words(error)}). Look at the server's log, then run "
        "again under the same run_id."
    )
    ended.words = first_words(error)
    return ended


def first_words(error: BaseException) -> str:
    """Return what pyarrow says of an error, without its context; at most 300 characters."""
    return str(error).split(". gRPC client debug context", maxsplit=1)[0].split("\n", maxsplit=1)[0][:300]


# Where pyarrow quotes a value, and what is said instead.
_QUOTED = (
    (re.compile(r"(: invalid value) '.*"), r"\1"),
    (re.compile(r"(, got \d+): .*"), r"\1"),
    (re.compile(r"(Could not convert) .*? (?=with type)"), r"\1 a value "),
    (re.compile(r"(?:The string )?'.*'(?= (?:is not|cannot be|to|as a scalar)\b)"), "a value"),
    (re.compile(r"(value|lose data:) -?\d[\d.e+-]*", re.IGNORECASE), r"\1"),
)


def without_values(error: BaseException, names: Sequence[str] = ()) -> str:
    """Say in a few words what pyarrow met in a frame or file, without the values it quotes.

    names: the columns, which pyarrow only counts.
    """
    text = str(error).splitlines()[0][:300].rstrip(".")
    for quoting, instead in _QUOTED:
        text = quoting.sub(instead, text)
    return re.sub(r"In CSV column #(\d+)", lambda found: f"in column {_named(int(found[1]), names)}", text)


def _named(index: int, names: Sequence[str]) -> str:
    return repr(names[index]) if index < len(names) else str(index + 1)


def from_task(error: BaseException) -> DataverseFlightError | None:
    """Find an error of ours in that of a failed Spark job, None if it has none: from a task only text crosses."""
    match = re.search(rf"\b{re.escape(__name__)}\.(?P<name>\w+): (?P<text>[^\n]+)", str(error))
    if match is None:
        return None
    kind = globals().get(match["name"])
    if not (isinstance(kind, type) and issubclass(kind, DataverseFlightError)):
        return None
    code = match["text"].split(":", maxsplit=1)[0]
    return kind(match["text"].strip(), code=code if code in STREAM_CODES else None)
