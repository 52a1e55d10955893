"""The server process: how it starts, what is shown when it does not, when it ends. Small programs stand in for it."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
from dataverse_flight import ArgumentError, ConfigError, Sidecar, SidecarStartError
from dataverse_flight.sidecar import ended_here, shared_sidecar
from emulator import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

READY = 'console.log(JSON.stringify({ready: true, location: "grpc://127.0.0.1:41234"}));'
UNTIL_STDIN_ENDS = "process.stdin.resume().on('end', () => process.exit(0));"
UNTIL_SIGTERM = "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0));"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Make this JavaScript the server; returns a file that it may write to, named OUT there."""
    out = tmp_path / "out"

    def become(script: str) -> Path:
        path = tmp_path / "server.mjs"
        path.write_text(
            f'import {{ readFileSync, writeFileSync }} from "node:fs"; const OUT = {json.dumps(str(out))};\n{script}\n'
        )
        monkeypatch.setenv("DATAVERSE_FLIGHT_SERVER", str(path))
        return out

    (tmp_path / "crm.yaml").write_text("listen: {}\n")
    return become


@pytest.mark.parametrize(
    ("name", "own", "given"),
    [
        ("MALLOC_ARENA_MAX", None, "1"),
        ("MALLOC_ARENA_MAX", "4", "4"),
        ("MALLOC_MMAP_THRESHOLD_", None, "1048576"),
        ("MALLOC_MMAP_THRESHOLD_", "1", "1"),
    ],
)
def test_its_allocator_keeps_little_unless_the_environment_says_otherwise(
    program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, name: str, own: str | None, given: str
) -> None:
    monkeypatch.delenv(name, raising=False)
    if own is not None:
        monkeypatch.setenv(name, own)
    out = program(f"writeFileSync(OUT, JSON.stringify(process.env.{name})); {READY} {UNTIL_SIGTERM}")
    with Sidecar(config="crm.yaml"):
        assert json.loads(out.read_text()) == given


def test_it_is_started_on_any_free_port_and_tied_to_this_process(program: Callable[[str], Path]) -> None:
    out = program(
        f"writeFileSync(OUT, JSON.stringify([process.execArgv, process.argv.slice(2)])); {READY} {UNTIL_SIGTERM}"
    )
    with Sidecar(config="crm.yaml") as sidecar:
        assert sidecar.location == "grpc://127.0.0.1:41234"
    node, arguments = json.loads(out.read_text())
    assert node == ["--max-semi-space-size=4"]
    assert arguments == ["serve", "--config", "crm.yaml", "--port", "0", "--exit-with-parent", str(os.getpid())]


def test_lines_that_are_not_the_ready_line_are_skipped(program: Callable[[str], Path]) -> None:
    program(f'console.log("[gc] 1 ms"); console.log("3"); console.log("{{}}"); {READY} {UNTIL_SIGTERM}')
    with Sidecar(config="crm.yaml") as sidecar:
        assert sidecar.location == "grpc://127.0.0.1:41234"


def test_standard_input_stays_open_until_the_end(program: Callable[[str], Path]) -> None:
    """An input that is closed at once means to the server that its parent is gone."""
    program(f"{READY} {UNTIL_STDIN_ENDS}")
    with Sidecar(config="crm.yaml") as sidecar:
        assert sidecar.alive


def test_much_output_does_not_block_the_server(program: Callable[[str], Path]) -> None:
    """Both pipes hold 64 KiB; who writes more to a pipe that nobody reads stands still."""
    much = "process.stdout.write('x'.repeat(1e6) + '\\n', () => process.stderr.write('y'.repeat(1e6) + '\\n', ready))"
    program(f"const ready = () => {{ {READY} }}; {much}; {UNTIL_SIGTERM}")
    with Sidecar(config="crm.yaml") as sidecar:
        assert sidecar.alive


def test_a_config_given_as_a_dict_goes_through_the_pipe_alone(program: Callable[[str], Path]) -> None:
    out = program(f"writeFileSync(OUT, readFileSync(0)); {READY} {UNTIL_SIGTERM}")
    config = {"environments": {"demo": {"principals": [{"client_secret": "s3cret"}]}}}
    with Sidecar(config=config) as sidecar:
        assert sidecar.alive
    assert json.loads(out.read_text()) == config


def test_its_log_may_be_read_late(program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    closed = threading.Event()
    read: list[str] = []

    def late(_sidecar: Sidecar, stderr: IO[str]) -> None:
        closed.wait(10)
        read.extend(stderr)

    monkeypatch.setattr(Sidecar, "_drain_stderr", late)
    program(f"console.error('a word'); {READY} {UNTIL_SIGTERM}")
    with Sidecar(config={"environments": {}}) as sidecar:
        reader = sidecar._log_reader  # noqa: SLF001
    closed.set()
    assert reader is not None
    reader.join(10)
    assert read == ["a word\n"]


def test_a_server_that_does_not_start_is_quoted(program: Callable[[str], Path]) -> None:
    program("console.error('it cannot listen'); process.exitCode = 1;")
    with pytest.raises(SidecarStartError, match=r"ended with code 1(?s:.*)it cannot listen"):
        Sidecar(config="crm.yaml").__enter__()


def test_a_config_that_is_not_usable_is_said_in_the_servers_own_words(program: Callable[[str], Path]) -> None:
    program("console.error('crm.yaml is not usable:\\n  url: Missing.'); process.exitCode = 2;")
    with pytest.raises(ConfigError) as caught:
        Sidecar(config="crm.yaml").__enter__()
    assert str(caught.value) == "crm.yaml is not usable:\n  url: Missing."


def test_what_the_server_warns_of_in_its_config_is_passed_on(
    program: Callable[[str], Path], caplog: pytest.LogCaptureFixture
) -> None:
    warned = json.dumps({"level": "warn", "message": "./secret holds a secret: chmod 600 ./secret", "event": "config"})
    other = json.dumps({"level": "info", "message": "canary", "event": "listening"})
    program(f"console.error({warned!r}); console.error({other!r}); console.error('no JSON'); {READY} {UNTIL_SIGTERM}")
    with Sidecar(config="crm.yaml"):
        wait_until(lambda: "chmod 600 ./secret" in caplog.text)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_sidecar_that_was_killed_is_said_to_be(program: Callable[[str], Path]) -> None:
    program(f"""console.error('{{"level":"info"}}'); console.error('out of memory'); {READY} {UNTIL_SIGTERM}""")
    sidecar = shared_sidecar({"environments": {"killed": {}}})
    assert ended_here(sidecar.location) == ""
    wait_until(lambda: "out of memory" in sidecar._tail)  # noqa: SLF001
    assert sidecar._process is not None  # noqa: SLF001
    sidecar._process.kill()  # noqa: SLF001
    words = "The server that was started here was ended by signal 9; its last words:\nout of memory"
    assert ended_here(sidecar.location) == f" {words}"
    assert ended_here("grpc://127.0.0.1:1") == ""


def test_of_a_long_log_only_the_end_is_shown(program: Callable[[str], Path]) -> None:
    program("for (let n = 0; n < 1000; n++) console.error(`line ${n} ${'z'.repeat(1000)}`); process.exitCode = 1;")
    with pytest.raises(SidecarStartError) as caught:
        Sidecar(config="crm.yaml").__enter__()
    assert "line 999 " in str(caught.value)
    assert "line 900 " not in str(caught.value)
    assert len(str(caught.value)) < 30_000


def test_a_program_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAVERSE_FLIGHT_SERVER", "no/such/main.ts")
    Path("crm.yaml").write_text("listen: {}\n")
    with pytest.raises(SidecarStartError, match=r"no/such/main\.ts is not there\. Run `make build`"):
        Sidecar(config="crm.yaml").__enter__()


def test_a_config_that_is_not_there_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"'none\.yaml' is not there"):
        Sidecar(config="none.yaml").__enter__()


def test_one_server_is_shared_per_config(program: Callable[[str], Path]) -> None:
    program(f"{READY} {UNTIL_SIGTERM}")
    first = shared_sidecar("crm.yaml")
    same = shared_sidecar(Path("crm.yaml").resolve())
    other = shared_sidecar({"listen": {}})
    assert first is same
    assert first is not other
    first.close()
    again = shared_sidecar("crm.yaml")
    assert again is not first
    again.close()
    other.close()


def test_closing_twice_is_fine(program: Callable[[str], Path]) -> None:
    program(f"{READY} {UNTIL_SIGTERM}")
    with Sidecar(config="crm.yaml") as sidecar:
        sidecar.close()
    assert not sidecar.alive
