"""What a new user gets wrong on the command line: the server's own sentence comes through, whichever call it answers.

The real server, the emulator and a CSV file, whose columns the server is asked for before any stream opens.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from dataverse_flight import ServerUnreachableError, publish
from dataverse_flight import __main__ as command_line
from dataverse_flight.endpoint import Endpoint
from dataverse_flight.errors import from_server

if TYPE_CHECKING:
    from emulator import Emulator

# Words of the transport, of Python and of our own fallback: none of them is for a user.
NOISE = ("broke off", "Flight returned", "gRPC", "debug context", "Traceback")


@pytest.fixture
def config(dataverse: Emulator) -> dict[str, Any]:
    """The config that a new user writes: the secret in a file."""
    (principal,) = dataverse.config()["environments"]["crm"]["principals"]
    write_secret("secret", principal["client_secret"])
    Path("rows.csv").write_text("dv_code,dv_text\nA1,one\n")
    return dataverse.config(principals=[{"client_id": principal["client_id"], "client_secret_file": "secret"}])


def write_secret(name: str, text: str) -> None:
    Path(name).touch(mode=0o600)
    Path(name).write_text(text)


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def said(
    capsys: pytest.CaptureFixture[str],
    config: dict[str, Any],
    *words: str,
    frame: str = "rows.csv",
    begun: bool = False,
) -> str:
    """Publish from the command line, in vain, and return what was said; only a run that has begun can be resumed."""
    Path("crm.yaml").write_text(json.dumps(config))
    options = ["--table", "dv_sample", "--mode", "upsert", "--match-on", "dv_code", "--quiet"]
    server = [] if "--endpoint" in words else ["--config", "crm.yaml"]
    assert command_line.main(["publish", frame, *options, *server, *words]) in {1, 2}
    text = capsys.readouterr().err
    assert not any(noise in text for noise in NOISE), text
    assert ("resume with run_id" in text) == begun
    return text


def test_a_good_config_publishes(
    config: dict[str, Any], dataverse: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("crm.yaml").write_text(json.dumps(config))
    options = ["--table", "dv_sample", "--mode", "upsert", "--match-on", "dv_code", "--config", "crm.yaml", "--quiet"]
    assert command_line.main(["publish", "rows.csv", *options]) == 0
    assert "1 of 1 rows acknowledged" in capsys.readouterr().out
    assert [row["dv_text"] for row in dataverse.rows()] == ["one"]


def test_a_wrong_secret(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    write_secret("secret", "not-the-secret")
    text = said(capsys, config)
    assert text.startswith("credentials_rejected: The client secret is wrong.")
    assert "Use the secret's value" in text
    assert "not-the-secret" not in text


def test_an_unknown_table(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, config, "--table", "dv_sampel")
    assert text.startswith("unknown_table: The environment has no table 'dv_sampel'. Give its logical name")


def test_an_unknown_environment(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, config, "--environment", "crn")
    assert text == 'unknown_environment: This server has no environment "crn". There are: crm.\n'


def test_an_environment_that_is_down(
    config: dict[str, Any], dataverse: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    port = closed_port()
    write_secret("token", dataverse.get("token", {})["access_token"])
    config["environments"]["crm"] |= {
        "url": f"https://localhost:{port}",
        "principals": [{"access_token_file": str(Path("token").resolve())}],
    }
    text = said(capsys, config)
    assert text.startswith(f"overloaded: Dataverse could not be reached: localhost:{port} cannot be reached")
    assert "Check `url`" in text


def test_a_token_endpoint_that_is_down(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    port = closed_port()
    config["environments"]["crm"]["authority"] = f"https://localhost:{port}"
    text = said(capsys, config)
    assert f"localhost:{port} cannot be reached" in text
    assert "Check `authority`" in text


def test_a_server_that_is_down(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    location = f"grpc://127.0.0.1:{closed_port()}"
    text = said(capsys, config, "--endpoint", location)
    assert text.startswith(f"Nobody answers at {location} ")
    assert "Start the server (`dataverse-flight serve --config FILE`)" in text


def test_an_endpoint_that_is_no_flight_server(dataverse: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    location = dataverse.url.replace("https", "grpc")
    assert command_line.main(["check", "--endpoint", location]) == 1
    text = capsys.readouterr().err
    assert text.startswith(f"The server at {location} did not answer ")
    assert "grpc:// or grpc+tls://" in text
    assert "run_id" not in text


def test_a_frame_for_an_endpoint_that_is_no_flight_server(dataverse: Emulator) -> None:
    location = dataverse.url.replace("https", "grpc")
    frame = pa.table({"dv_code": ["A1"]})
    with pytest.raises(ServerUnreachableError, match="did not answer") as caught:
        publish(frame, table="dv_sample", mode="upsert", match_on="dv_code", endpoint=location, progress=False)
    assert "grpc:// or grpc+tls://" in str(caught.value)
    assert "run_id" not in str(caught.value)


def test_a_server_whose_certificate_is_not_trusted() -> None:
    met = "Ssl handshake failed: SSL routines::certificate verify failed: self-signed certificate. Detail: Unavailable"
    error = Endpoint("grpc+tls://crm.example:8815").no_answer(from_server(OSError(met)))
    assert isinstance(error, ServerUnreachableError)
    assert str(error) == (
        "The certificate of the server at grpc+tls://crm.example:8815 is not trusted. Give the PEM file of its root as "
        "ca (--ca on the command line)."
    )


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (["--mode", "delete"], ["does not allow DELETE", "Add delete to modes_allowed"]),
        (["--match-on", ""], ["needs match_on"]),
        (["--match-on", "dv_cod"], ["dv_cod is no attribute", "Did you mean dv_code?"]),
        (["--columns", "dv_code=dv_code,dv_text=dv_txt"], ["dv_text maps to dv_txt", "Did you mean dv_text?"]),
        (["--columns", "dv_kode=dv_code"], ["names 'dv_kode'", "Did you mean 'dv_code'"]),
        (["--columns", "dv_code=dv_code"], ["input column dv_text maps to nothing", '"ignore"']),
        (["--token-file", "nope"], ["--token-file 'nope' cannot be read", "Name a file"]),
        (["--config", "nope.yaml"], ["'nope.yaml' is not there", "Correct the path"]),
        (["--failed-rows", "failed"], ["'failed'", "Give a path, e.g. './failed'"]),
        (["--max-failed-rows", "-1"], ["max_failed_rows", "not -1"]),
        (["--endpoint", "grpc://localhost:http"], ["'grpc://localhost:http' is no address", "Write grpc+tls://"]),
    ],
)
def test_what_is_wrong_and_what_to_do_is_said(
    config: dict[str, Any], capsys: pytest.CaptureFixture[str], words: list[str], sentences: list[str]
) -> None:
    text = said(capsys, config, *words)
    for sentence in sentences:
        assert sentence in text


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        (b"", ["rows.csv cannot be read", "the names of the columns in the first line"]),
        (b"dv_code,dv_text\nA1,canary,three\n", ["Expected 2 columns, got 3", "Mend the file"]),
        (b"dv_code,dv_int\nA1,canary\n", ["in column 'dv_int'", "Mend the file"]),
        (b"dv_code,dv_decimal\nA1,canary\n", ["in column 'dv_decimal'", "Mend the file"]),
        (b"dv_code,dv_text\nA1,\xff\xfe\n", ["in column 'dv_text'", "UTF-8"]),
    ],
    ids=["empty", "ragged", "a word for a number", "a word for a decimal", "not UTF-8"],
)
def test_a_csv_file_that_cannot_be_read_is_said_without_its_values(
    config: dict[str, Any], content: bytes, sentences: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rows.csv").write_bytes(content)
    text = said(capsys, config)
    for sentence in sentences:
        assert sentence in text
    assert "canary" not in text


def test_a_value_far_down_a_csv_file_ends_a_run_that_can_be_resumed(
    config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Far down: the file is read in blocks of 1 MiB, and only the first is looked at before rows go."""
    Path("rows.csv").write_bytes(b"dv_code,dv_int\n" + b"A1,1\n" * 400_000 + b"A1,canary\n")
    text = said(capsys, config, begun=True)
    assert "to its end: in column 'dv_int'" in text
    assert "Mend it and run again" in text
    assert "canary" not in text


def test_a_file_that_is_not_there(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    Path("rows.csv").unlink()
    assert said(capsys, config).startswith("rows.csv is not there. Give a Parquet or CSV file")


def test_a_folder_without_parquet_files(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    Path("rows").mkdir()
    assert said(capsys, config, frame="rows").startswith("rows holds no Parquet file. Give the folder that does")


def test_a_misspelt_key_of_the_config_is_named_with_those_there_are(
    config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    config["environments"]["crm"]["tenent_id"] = "x"
    text = said(capsys, config)
    assert "environments.crm: Unknown: tenent_id. Known here: url, authority, tenant_id" in text
