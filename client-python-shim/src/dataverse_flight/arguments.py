"""The arguments of `publish`, each looked at alone: a wrong one is refused by its name, before anything starts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataverse_flight.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

RUN_ID_LENGTH_MAX = 128
# The wire's numbers are uint32.
ROWS_MAX = 0xFFFFFFFF


def one_of(argument: str, value: object, choices: Sequence[str]) -> str:
    """Return the value if it is one of the choices.

    Raises ArgumentError else, with the nearest choice.
    """
    if isinstance(value, str) and value in choices:
        return value
    near = get_close_matches(str(value).lower(), choices, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    message = f"{argument} must be one of {', '.join(map(repr, choices))}, not {value!r}.{hint}"
    raise ArgumentError(message)


def unless_default(argument: str, value: object, choices: Sequence[str]) -> str | None:
    """Leave the first choice unsaid, so that a run begun by an earlier version still is the same command.

    Raises as `one_of`.
    """
    return None if one_of(argument, value, choices) == choices[0] else str(value).upper()


def names(argument: str, given: object) -> list[str]:
    """Bring one name, or a sequence of names, into a list; empty for None.

    Raises ArgumentError for anything else.
    """
    if isinstance(given, str):
        return [given]
    several: list[Any] = [] if given is None else list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(name, str) for name in several):
        message = f"{argument} must be a name or a list of names, not {given!r}."
        raise ArgumentError(message)
    return several


def optional_name(argument: str, given: object) -> str | None:
    """Return a name, None if there is none.

    Raises ArgumentError for what is no text.
    """
    if given is None or isinstance(given, str):
        return given
    message = f"{argument} must be a text, not {given!r}."
    raise ArgumentError(message)


def table_name(given: object) -> str:
    """Return the table's logical name.

    Raises ArgumentError if there is none.
    """
    if isinstance(given, str) and given:
        return given
    message = f"table must be the logical name of a Dataverse table, such as 'account', not {given!r}."
    raise ArgumentError(message)


def run_name(given: object) -> str:
    """Return the run_id if it may name a run: 1-128 printable characters.

    Raises ArgumentError else.
    """
    if isinstance(given, str) and 1 <= len(given) <= RUN_ID_LENGTH_MAX and given.isprintable():
        return given
    message = f"run_id must be 1 to {RUN_ID_LENGTH_MAX} printable characters. Leave it out to have one made."
    raise ArgumentError(message)


def ratio(argument: str, given: object) -> float:
    """Return a ratio above 0 and up to 1.

    Raises ArgumentError else.
    """
    if isinstance(given, (int, float)) and not isinstance(given, bool) and 0 < given <= 1:
        return given
    message = f"{argument} must be above 0 and at most 1 (1 = off), not {given!r}."
    raise ArgumentError(message)


def row_limit(argument: str, given: object) -> int | None:
    """Return a number of rows, None for no limit.

    Raises ArgumentError for what is no whole number from 0.
    """
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= ROWS_MAX:
        return given
    message = f"{argument} must be a whole number of rows, not {given!r}. Leave it out (or 0) for no limit."
    raise ArgumentError(message)


def pem(argument: str, given: str | os.PathLike[str] | None) -> str | None:
    """Read root certificates, given as a file or as PEM text; None if there are none.

    Raises ArgumentError for a file that cannot be read or holds no certificate.
    """
    text = None if given is None else str(given)
    if text is None or "-----BEGIN CERTIFICATE" in text:
        return text
    try:
        text = Path(text).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        text = ""
    if "-----BEGIN CERTIFICATE" not in text:
        message = f"{argument} {os.fspath(given or '')!r} is no readable PEM file with a certificate. "
        raise ArgumentError(message + "Pass the root certificate that signed the server's own.")
    return text
