"""Lets the server judge a command and a schema before any row moves: a stream of no rows, opened and ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataverse_flight.command import did_you_mean
from dataverse_flight.errors import DataverseFlightError, RefusedError, StreamEndedError
from dataverse_flight.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from dataverse_flight.command import Command
    from dataverse_flight.endpoint import Endpoint

# No real partition: so the stream of no rows can never supersede, or be superseded by, one that has rows.
OPENING_PARTITION = 0xFFFFFFFF


def open_and_end(
    endpoint: Endpoint,
    command: Command,
    schema: pa.Schema,
    on_progress: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """Ask whether this could be published: credentials, table, key, columns and types are all looked at.

    While the service is away this waits; `on_progress` hears so.

    Raises RefusedError with the server's sentence, and the nearest attribute name where a column is unknown;
    ServerUnreachableError where none came.
    """
    try:
        with Exchange(endpoint, command.encode(OPENING_PARTITION, 0), schema, on_progress) as exchange:
            for _ in exchange.finish():
                pass  # no rows were sent, so none come back
    except RefusedError as error:
        raise _with_suggestion(error, endpoint, command, schema) from None
    except StreamEndedError as error:
        raise endpoint.no_answer(error) from None


def _with_suggestion(error: RefusedError, endpoint: Endpoint, command: Command, schema: pa.Schema) -> RefusedError:
    """Add "did you mean" where the sentence speaks of names that the table does not have."""
    if error.code not in {"schema_mismatch", "invalid_command"} or re.search(r"[Dd]id you mean", error.message):
        return error
    try:
        attributes = endpoint.table_schema(command.environment, command.table).names
    except DataverseFlightError:
        return error  # the refusal itself says enough
    columns = command.fields.get("columns", ())
    targets = [column["target"] for column in columns] or command.mapped(schema.names)
    unknown = [name for name in [*targets, *command.fields.get("matchOn", ())] if name not in attributes]
    if not unknown:
        return error
    return RefusedError(f"{error.message} {did_you_mean(dict.fromkeys(unknown), attributes)}", code=error.code)
