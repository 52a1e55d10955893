"""The command line: arguments in, exit codes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataverse_flight import __main__ as command_line
from dataverse_flight import replaying
from dataverse_flight.endpoint import Endpoint
from dataverse_flight.local_source import LocalSource

if TYPE_CHECKING:
    from fake_server import FakeServer


def run(server: FakeServer, *words: str) -> int:
    pq.write_table(pa.table({"no": ["A1", "A2"], "note": ["x", "y"]}), "in.parquet")
    common = ["--table", "account", "--mode", "upsert", "--match-on", "accountnumber", "--columns", "no=accountnumber"]
    options = [*common, "--ignore", "note", "--endpoint", server.location, "--quiet"]
    return command_line.main(["publish", "in.parquet", *options, *words])


def test_all_acknowledged_is_0(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(server) == 0
    assert "2 of 2 rows acknowledged" in capsys.readouterr().out
    assert server.published[0].command["columns"] == [{"source": "no", "target": "accountnumber"}]


def test_some_failed_is_3_and_replay_mends_it(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "_active_session", lambda: None)
    server.fails = lambda row: "lookup_missing" if row["no"] == "A1" else None
    assert run(server, "--failed-rows", "./failed") == 3
    server.fails = lambda _: None
    options = ["--match-on", "accountnumber", "--columns", "no=accountnumber", "--ignore", "note", "--quiet"]
    assert command_line.main(["replay", "./failed", *options, "--endpoint", server.location]) == 0
    assert [row["no"] for row in server.published[-1].rows] == ["A1"]


def test_reasons_are_shown_where_no_table_keeps_them(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.fails = lambda _: "lookup_missing"
    assert run(server) == 3
    assert "\n  lookup_missing (2 rows, the first is row 0, counted from 0): " in capsys.readouterr().out


def test_an_interrupted_run_says_how_to_resume(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalSource, "publish", interrupted)
    assert run(server, "--run-id", "r1") == 130
    assert capsys.readouterr().err == "Interrupted; rows may have been written. Resume with run_id='r1'.\n"


def test_an_interrupted_start_says_that_nothing_was_sent(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalSource, "check_reach", interrupted)
    assert run(server) == 130
    assert capsys.readouterr().err == "Interrupted; nothing was sent.\n"


def test_a_config_that_is_not_usable_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    Path("crm.yaml").write_text("environments: {}\n")
    assert command_line.main(["check", "--config", "crm.yaml"]) == 2
    assert capsys.readouterr().err.startswith("crm.yaml is not usable:\n  environments: Give at least one")


def test_stopped_is_4(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    stopped = {"code": "draining", "message": "It ends."}
    server.changes_summary = lambda s: (
        s | ({"stopped": stopped, "notSent": 2, "acknowledged": 0} if s["received"] else {})
    )
    with pytest.warns(UserWarning, match="NOT SENT"):
        assert run(server) == 4
    assert "draining" in capsys.readouterr().out


def test_bad_arguments_are_2(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(server, "--row-key", "nope") == 2
    with pytest.raises(SystemExit) as caught:
        command_line.main(["publish", "in.parquet", "--mode", "merge", "--table", "t"])
    assert caught.value.code == 2
    assert "row_key names 'nope'" in capsys.readouterr().err


def test_a_refusal_is_1_and_a_sentence(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.refuses = lambda _command, _schema: pa.ArrowInvalid("unknown_table: No table 'account'. Correct it.")
    assert run(server, "--run-id", "r1") == 1
    assert capsys.readouterr().err == "unknown_table: No table 'account'. Correct it.\n"


def test_columns_may_be_json(server: FakeServer) -> None:
    full = [{"source": "no", "target": "parentaccountid", "lookup": {"by": ["accountnumber"]}}]
    assert run(server, "--columns", json.dumps(full)) == 0
    assert server.published[0].command["columns"] == full


def test_every_option_has_a_flag(server: FakeServer) -> None:
    flags = [
        "--excess",
        "truncate",
        "--on-missing",
        "fail",
        "--strategy",
        "bulk",
        "--row-version",
        "no",
        "--replace-row",
    ]
    assert run(server, *flags) == 0
    command = server.published[0].command
    assert [command[name] for name in ("excess", "onMissing", "strategy", "rowVersion", "replaceRow")] == [
        "TRUNCATE",
        "FAIL",
        "BULK",
        "no",
        True,
    ]


def test_check_prints_the_servers_answer(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["check", "--table", "account", "--endpoint", server.location]) == 0
    assert json.loads(capsys.readouterr().out)["environment"] == "demo"
    assert server.actions == [("check", {"table": "account"})]


def test_check_carries_the_callers_token(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Endpoint, "call", lambda self, _action, **_body: {"token": self.token})
    (tmp_path / "token").write_text("t0ken\n")
    assert command_line.main(["check", "--endpoint", server.location, "--token-file", "token"]) == 0
    assert json.loads(capsys.readouterr().out) == {"token": "t0ken"}


def test_a_token_file_that_is_not_there_is_2(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["check", "--endpoint", server.location, "--token-file", "nope"]) == 2
    assert capsys.readouterr().err.startswith("--token-file 'nope' cannot be read. Name a file")


def test_serve_becomes_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    became: list[list[str]] = []
    (tmp_path / "main.ts").write_text("")
    monkeypatch.setenv("DATAVERSE_FLIGHT_SERVER", str(tmp_path / "main.ts"))
    monkeypatch.setattr("os.execve", lambda _program, words, _environment: became.append(words))
    command_line.main(["serve", "--config", "crm.yaml"])
    assert became[0][-3:] == ["serve", "--config", "crm.yaml"]
