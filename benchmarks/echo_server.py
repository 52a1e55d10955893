"""A Flight server in C++ that only gives back what it gets: the least that any Flight server must do with the rows.

Called as `echo_server.py CERTIFICATE KEY`; prints one line when it is ready and ends with SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from threading import Thread

from pyarrow import flight


class EchoServer(flight.FlightServerBase):
    """Each record batch goes back as it came."""

    def do_exchange(
        self,
        _context: flight.ServerCallContext,
        _descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.MetadataRecordBatchWriter,
    ) -> None:
        """Read and write in turns, until the client ends."""
        writer.begin(reader.schema)
        for chunk in reader:
            if chunk.data is not None:
                writer.write_batch(chunk.data)


def main(certificate: str, key: str) -> None:
    """Serve until SIGTERM."""
    pair = (Path(certificate).read_bytes(), Path(key).read_bytes())
    server = EchoServer("grpc+tls://127.0.0.1:0", tls_certificates=[pair])
    # From a thread: shutting down waits for the loop that the signal interrupts.
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    sys.stdout.write(json.dumps({"ready": True, "location": f"grpc+tls://127.0.0.1:{server.port}"}) + "\n")
    sys.stdout.flush()
    server.serve()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
