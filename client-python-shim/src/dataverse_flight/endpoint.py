"""Where the server is, and the short calls to it: check, status, table schema.

A client is built where it is used and never pickled.
"""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from dataverse_flight.errors import (
    ArgumentError,
    DataverseFlightError,
    ServerUnreachableError,
    StreamEndedError,
    from_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.parse import SplitResult

# Seconds: a TCP handshake takes milliseconds even across regions.
PROBE_SECONDS = 5.0
# Seconds: `check` may fetch a token and the table's metadata first.
CALL_SECONDS = 120.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Endpoint:
    """A Flight server: `grpc://host:port` or `grpc+tls://host:port`, a caller's bearer token, a PEM root."""

    location: str
    token: str | None = field(default=None, repr=False)
    ca: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse an address that is none, or a token in the clear on a network."""
        address = urlsplit(self.location)
        if address.scheme not in {"grpc", "grpc+tcp", "grpc+tls"} or not address.hostname or not _port(address):
            message = (
                f"endpoint {self.location!r} is no address. Write grpc+tls://host:port, or "
                "grpc://127.0.0.1:port on this machine."
            )
            raise ArgumentError(message)
        if self.token and not self.on_loopback and address.scheme != "grpc+tls":
            message = f"endpoint {self.location!r} would carry the token in the clear. Use grpc+tls://."
            raise ArgumentError(message)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return urlsplit(self.location).hostname in LOOPBACK

    def probe(self) -> None:
        """Open and close one TCP connection: gRPC itself would wait and retry for minutes without a word.

        Raises ServerUnreachableError.
        """
        address = urlsplit(self.location)
        try:
            socket.create_connection((address.hostname, address.port), timeout=PROBE_SECONDS).close()
        except OSError as error:
            message = (
                f"Nobody answers at {self.location} ({error.strerror or error}). Start the server "
                "(`dataverse-flight serve --config FILE`), or correct endpoint, or leave it out to have one started."
            )
            raise ServerUnreachableError(message) from error

    def options(self, seconds: float | None = None) -> Any:
        """Build call options with the caller's token; `seconds` bounds the whole call."""
        from pyarrow import flight

        headers = [(b"authorization", f"Bearer {self.token}".encode())] if self.token else []
        return flight.FlightCallOptions(timeout=seconds, headers=headers)

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Open a Flight client with its own connection, closed at the end of the block."""
        from pyarrow import flight

        roots = self.ca.encode() if self.ca else None
        client = flight.FlightClient(self.location, tls_root_certs=roots)
        try:
            yield client
        finally:
            client.close()

    def call(self, action: str, **body: object) -> dict[str, Any]:
        """Do one action (`check`, `status`, `cancel`) and return its JSON answer, empty if there is none.

        Raises RefusedError with the server's sentence, ServerUnreachableError if none came.
        """
        from pyarrow import flight

        text = json.dumps({name: value for name, value in body.items() if value}).encode()
        with self.client() as client:
            try:
                results = list(client.do_action(flight.Action(action, text), self.options(CALL_SECONDS)))
            except (pa.ArrowException, OSError, KeyError) as error:
                raise self.no_answer(from_server(error)) from None
        answer = json.loads(results[0].body.to_pybytes()) if results else {}
        return answer if isinstance(answer, dict) else {"answer": answer}

    def table_schema(self, environment: str, table: str) -> pa.Schema:
        """Ask for the table as an Arrow schema: a field per attribute.

        Raises as `call`.
        """
        from pyarrow import flight

        with self.client() as client:
            try:
                descriptor = flight.FlightDescriptor.for_path(environment, table)
                return client.get_schema(descriptor, self.options(CALL_SECONDS)).schema
            except (pa.ArrowException, OSError, KeyError) as error:
                raise self.no_answer(from_server(error)) from None

    def no_answer(self, error: DataverseFlightError) -> DataverseFlightError:
        """Pass on a refusal; else say who did not answer, where no rows were sent: then there is nothing to resume."""
        if not isinstance(error, StreamEndedError) or not error.words:
            return error
        if "certificate verify failed" in error.words:
            return ServerUnreachableError(
                f"The certificate of the server at {self.location} is not trusted. Give the PEM file of its root as ca "
                "(--ca on the command line)."
            )
        return ServerUnreachableError(
            f"The server at {self.location} did not answer ({error.words}). See that it runs and "
            "speaks what endpoint says (grpc:// or grpc+tls://), that ca is the root of its certificate, and what its "
            "log says."
        )


def _port(address: SplitResult) -> int | None:
    try:
        return address.port
    except ValueError:  # no number, or none that a port can have
        return None
