"""What the options of `publish` do to the rows of an environment: the real sidecar, the emulator, no Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from dataverse_flight import RefusedError, Sidecar, publish, replay, replaying

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Emulator

IDS = [f"0000abcd-0000-4000-8000-00000000000{number}" for number in range(4)]


@pytest.fixture(autouse=True)
def _without_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that Spark tests left active would take these tables over."""
    monkeypatch.setattr(replaying, "_active_session", lambda: None)


def send(frame: pa.Table, dataverse: Emulator, **more: Any) -> Any:
    options: dict[str, Any] = {"config": dataverse.config(modes_allowed=["insert", "update", "upsert", "delete"])}
    return publish(frame, **(options | {"on_failed": "ignore", "progress": False} | more))


def readings(partitions: list[str], names: list[str]) -> pa.Table:
    rows = len(partitions)
    return pa.table({"new_readingid": IDS[:rows], "partitionid": partitions, "new_name": names})


def standing(dataverse: Emulator) -> dict[str, Any]:
    return {row["partitionid"]: (row["new_name"], row["new_count"]) for row in dataverse.rows("new_reading")}


def test_an_elastic_table_through_all_modes(dataverse: Emulator) -> None:
    table: dict[str, Any] = {"table": "new_reading", "match_on": "new_readingid"}
    first = readings(["dev-1", "dev-2", "dev:3"], ["a", "b", "c"]).append_column("new_count", pa.array([1, 2, 3]))
    made = send(first, dataverse, table="new_reading", mode="insert", strategy="bulk")
    assert made.created == 3
    assert made.strategy.startswith("bulk: 1 request of 3 rows")

    changed = send(readings(["dev-1", "dev-9"], ["A", "B"]), dataverse, mode="update", **table)
    assert (changed.updated, changed.failed_by_code) == (1, {"row_missing": 1})

    with pytest.raises(RefusedError, match="erases every attribute that is left out"):
        send(readings(["dev-1"], ["x"]), dataverse, mode="upsert", **table)
    replaced = send(readings(["dev-1"], ["x"]), dataverse, mode="upsert", replace_row=True, **table)
    assert replaced.upserted == 1
    assert standing(dataverse) == {"dev-1": ("x", None), "dev-2": ("b", 2), "dev:3": ("c", 3)}

    keys = readings(["dev-1", "dev-9"], ["", ""]).drop_columns(["new_name"])
    assert send(keys, dataverse, mode="delete", **table).deleted == 1
    assert send(keys, dataverse, mode="delete", **table).unchanged == 2
    failed = send(keys, dataverse, mode="delete", on_missing="fail", **table)
    assert failed.failed_by_code == {"row_missing": 2}


def versions(dataverse: Emulator) -> pa.Table:
    """Accounts as someone read them: with the number of their version."""
    frame = pa.table({"accountnumber": ["A0", "A1"], "name": ["before", "before"]})
    send(frame, dataverse, table="account", mode="upsert", match_on="accountnumber")
    found = {
        row["accountnumber"]: row for row in dataverse.read("accounts?$select=accountnumber,versionnumber")["value"]
    }
    return frame.append_column("version", pa.array([found[number]["versionnumber"] for number in ("A0", "A1")]))


def test_a_row_that_was_changed_since_is_not_written_over(dataverse: Emulator) -> None:
    frame = versions(dataverse)
    account: dict[str, Any] = {"table": "account", "match_on": "accountnumber"}
    theirs = pa.table({"accountnumber": ["A1"], "name": ["theirs"]})
    send(theirs, dataverse, mode="upsert", **account)
    ours = frame.set_column(1, "name", pa.array(["ours", "ours"]))
    failed = "./failed"
    result = send(ours, dataverse, mode="update", row_version="version", failed_rows=failed, **account)
    assert (result.updated, result.failed_by_code) == (1, {"row_changed": 1})
    assert result.strategy.startswith("$batch")
    assert sorted(row["name"] for row in dataverse.rows("account")) == ["ours", "theirs"]
    # The caller must decide: it goes again when asked for, and under the version that it has.
    again = replay(
        failed, where="_dv_error_code = 'row_changed'", match_on="accountnumber", ignore=["version"],
        columns={"accountnumber": "accountnumber", "name": "name"}, config=dataverse.config(), progress=False,
    )  # fmt: skip
    assert again.updated == 1
    assert [row["name"] for row in dataverse.rows("account")] == ["ours", "ours"]


def test_bulk_and_row_versions_exclude_each_other(dataverse: Emulator) -> None:
    options: dict[str, Any] = {"mode": "update", "match_on": "accountnumber", "row_version": "version"}
    with pytest.raises(RefusedError, match="bulk messages take no row versions"):
        send(versions(dataverse), dataverse, table="account", strategy="bulk", **options)


def test_a_choice_by_its_label_and_a_text_cut_to_its_length(dataverse: Emulator) -> None:
    frame = pa.table({"code": ["B1", "B2"], "colour": ["Blue", "Mauve"], "fixed": ["0123456789abc", "0"]})
    columns = {"code": "dv_code", "fixed": "dv_fixed", "colour": {"target": "dv_choice", "choice": "label"}}
    result = send(
        frame, dataverse, table="dv_sample", mode="upsert", match_on="dv_code", columns=columns, excess="truncate"
    )
    assert result.failed_by_code == {"value_not_mappable": 1}
    rows = [(row["dv_code"], row["dv_choice"], row["dv_fixed"]) for row in dataverse.rows()]
    assert rows == [("B1", 100000000, "0123456789")]


def test_a_column_for_new_rows_only(dataverse: Emulator) -> None:
    columns = {"code": "dv_code", "name": "dv_name", "text": {"target": "dv_text", "only_on": "create"}}
    for number in (1, 2):
        frame = pa.table({"code": ["B1", f"N{number}"], "name": [f"n{number}"] * 2, "text": [f"t{number}"] * 2})
        result = send(frame, dataverse, table="dv_sample", mode="upsert", match_on="dv_code", columns=columns)
        assert result.failed == 0
    rows = {row["dv_code"]: (row["dv_name"], row["dv_text"]) for row in dataverse.rows()}
    assert rows == {"B1": ("n2", "t1"), "N1": ("n1", "t1"), "N2": ("n2", "t2")}


def test_lists_and_bytes_stand_and_come_back(dataverse: Emulator) -> None:
    frame = pa.table(
        {
            "code": ["L1", "L2"],
            "tags": pa.array([[1, 3], [1, 9]], pa.list_(pa.int32())),
            "scan": pa.array([b"one", b"two"], pa.binary()),
        }
    )
    columns = {"code": "dv_code", "tags": "dv_tags", "scan": {"target": "dv_scan", "file": True}}
    options: dict[str, Any] = {"mode": "upsert", "match_on": "dv_code", "columns": columns, "failed_rows": "./lists"}
    result = send(frame, dataverse, table="dv_sample", **options)
    assert result.failed_by_code == {"value_not_mappable": 1}
    assert [(row["dv_code"], row["dv_tags"]) for row in dataverse.rows()] == [("L1", "1,3")]
    (back,) = result.failed_rows.to_pylist()
    assert (back["tags"], back["scan"], back["_dv_error_column"]) == ([1, 9], b"two", "dv_tags")


def test_labels_in_a_csv_file_stay_texts(dataverse: Emulator, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("code,colour\n007,Green\n", encoding="utf-8")
    columns = {"code": "dv_code", "colour": {"target": "dv_choice", "choice": "label"}}
    path: Any = tmp_path / "in.csv"
    assert send(path, dataverse, table="dv_sample", mode="upsert", match_on="dv_code", columns=columns).failed == 0
    assert [(row["dv_code"], row["dv_choice"]) for row in dataverse.rows()] == [("007", 2)]


@pytest.mark.parametrize(("excess", "stored", "failed"), [("refuse", [], 2), ("round", ["1.12"], 1)])
def test_a_number_of_a_csv_file_with_more_digits_than_its_attribute_fails_its_row_or_is_rounded(
    dataverse: Emulator, tmp_path: Path, excess: Any, stored: list[str], failed: int
) -> None:
    (tmp_path / "in.csv").write_text("dv_code,dv_decimal,dv_int\nC1,1.120000000004,7\nC2,2,3000000000\n")
    path: Any = tmp_path / "in.csv"
    options: dict[str, Any] = {"mode": "upsert", "match_on": "dv_code", "excess": excess}
    result = send(path, dataverse, table="dv_sample", **options)
    assert result.failed_by_code == {"value_not_mappable": failed}
    assert [row["dv_decimal"] for row in dataverse.rows()] == stored


def test_parties_of_an_activity_come_back_as_they_were(dataverse: Emulator) -> None:
    parties = pa.list_(pa.struct([("partyid", pa.string()), ("table", pa.string()), ("addressused", pa.string())]))
    to = [[{"partyid": None, "table": None, "addressused": "a@example.com"}], [{"partyid": IDS[0], "table": "goat"}]]
    frame = pa.table({"subject": ["good", "bad"], "to": pa.array(to, parties)})
    result = send(frame, dataverse, table="email", mode="insert", row_key="subject", failed_rows="./parties")
    assert (result.created, result.failed_by_code) == (1, {"value_not_mappable": 1})
    assert [row["subject"] for row in dataverse.rows("email")] == ["good"]
    (back,) = result.failed_rows.to_pylist()
    assert back["to"] == [{"partyid": IDS[0], "table": "goat", "addressused": None}]


def test_rows_of_a_many_to_many_table_are_links(dataverse: Emulator) -> None:
    users = [row["systemuserid"] for row in dataverse.rows("systemuser")][:1]
    send(pa.table({"teamid": [IDS[0]], "name": ["Movers"]}), dataverse, table="team", mode="insert")
    links = pa.table({"teamid": [IDS[0], IDS[0]], "systemuserid": [users[0], IDS[3]]})
    made = send(links, dataverse, table="teammembership", mode="insert")
    assert (made.acknowledged, made.failed) == (1, 1)
    pair: dict[str, Any] = {"table": "teammembership", "match_on": ["teamid", "systemuserid"]}
    assert send(links.slice(0, 1), dataverse, mode="delete", **pair).deleted == 1
    assert dataverse.rows("teammembership") == []


def test_a_job_that_starts_while_the_service_is_away_waits_for_it_and_says_so(
    dataverse: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataverse_flight.progress.LOG_SECONDS", 0.2)
    away = {"effect": "status", "status": 503, "body": "html"}
    frame = pa.table({"accountnumber": ["A0"], "name": ["a"]})
    options: dict[str, Any] = {"table": "account", "mode": "upsert", "match_on": "accountnumber"}
    with Sidecar(dataverse.config()) as sidecar:
        dataverse.play({**away, "match": {"on": "api", "count": 1000, "until_ms": 6000}})
        result = publish(frame, endpoint=sidecar.location, **options)
    assert result.acknowledged == 1
    assert "waiting: the service lets nobody in" in capsys.readouterr().err
