"""Wrong input gets one sentence that names the thing and the remedy, before Spark starts a task or a row moves."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dataverse_flight import (
    ArgumentError,
    DataverseFlightError,
    FrameError,
    RefusedError,
    RowTableError,
    ServerUnreachableError,
    SidecarStartError,
    publish,
)

if TYPE_CHECKING:
    from emulator import Emulator

pytestmark = pytest.mark.spark

# No user should need to read past this.
MESSAGE_CHARACTERS_MAX = 700
GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def refused(spark: Any, dataverse: Emulator, frame: Any, **more: Any) -> DataverseFlightError:
    """Publish, and return the error; nothing was started for it."""
    options: dict[str, Any] = {"table": "dv_sample", "mode": "upsert", "match_on": "dv_code", "progress": False}
    if "endpoint" not in more:
        options["config"] = dataverse.config()
    batches = dataverse.batches()
    group = f"refused {more}"
    spark.sparkContext.setJobGroup(group, "")
    try:
        with pytest.raises(DataverseFlightError) as caught:
            publish(frame, **(options | more))
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
    jobs = list(spark.sparkContext.statusTracker().getJobIdsForGroup(group))
    assert jobs == [] or "failed_rows" in more  # a table that is there is looked at, with jobs of Delta's own
    assert dataverse.batches() == batches
    message = str(caught.value)
    assert len(message) < MESSAGE_CHARACTERS_MAX
    assert not any(sign in message for sign in ("Traceback", "\tat ", "java.", "org.apache", "grpc_", "debug context"))
    return caught.value


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("columns", "more", "refusal"),
    [
        ("'a' dv_code, 1 dv_intt", {}, (RefusedError, r"schema_mismatch: .*dv_intt.*Did you mean dv_int\?")),
        ("'a' dv_code, map('a', 1) dv_memo", {}, (RefusedError, r"schema_mismatch: .*dv_memo")),
        ("'a' dv_code, X'00' dv_text", {}, (RefusedError, r"schema_mismatch: .*dv_text")),
        ("'a' dv_code, date'2024-01-01' dv_int", {}, (RefusedError, r"schema_mismatch: .*dv_int")),
        ("'a' dv_code, make_ym_interval(1, 2) dv_memo", {}, (FrameError, r"cannot leave Spark.*Cast it")),
        ("'a' dv_memo", {"match_on": "dv_memo"}, (RefusedError, r"dv_memo is no key.*too long to be compared")),
        ("'a' dv_text", {"match_on": "dv_text"}, (RefusedError, r"dv_pending is Pending, not Active.*wait until")),
        ("'a' dv_code", {"match_on": "dv_cod"}, (RefusedError, r"Did you mean dv_code\?")),
        ("'a' dv_code", {"table": "dv_sampel"}, (RefusedError, r"unknown_table: .*dv_sampel")),
        ("'a' dv_code, 'b' DV_CODE", {}, (FrameError, r"differ only in case.*Rename one")),
        ("", {}, (FrameError, r"no columns.*Select the columns")),
        (
            "'a' dv_code",
            {"columns": {"code": "dv_code"}},
            (ArgumentError, r"columns names 'code'.*Did you mean 'dv_code'"),
        ),
        ("'a' dv_code", {"environment": "crn"}, (RefusedError, r"unknown_environment: .*crn")),
        ("'a' dv_code", {"mode": "delete"}, (RefusedError, r"caller_not_allowed|modes_allowed")),
    ],
)
def test_what_does_not_fit_is_said_before_any_task(
    spark: Any, dataverse: Emulator, columns: str, more: dict[str, Any], refusal: tuple[type[Exception], str]
) -> None:
    frame = spark.sql(f"select {columns}") if columns else spark.range(3).select()
    error = refused(spark, dataverse, frame, **more)
    assert error.run_id is None  # no row was sent, so there is nothing to resume
    with pytest.raises(refusal[0], match=refusal[1]):
        raise error


def test_a_column_name_that_delta_refuses_is_named(spark: Any, dataverse: Emulator, tmp_path: Path) -> None:
    frame = spark.sql("select 'a' `the code`")
    options = {"columns": {"the code": "dv_code"}, "failed_rows": str(tmp_path / "failed")}
    error = refused(spark, dataverse, frame, **options)
    assert isinstance(error, RowTableError)
    assert "'the code'" in str(error)
    assert "Rename them in the frame" in str(error)


def test_a_failed_rows_table_with_a_changed_type_is_named(spark: Any, dataverse: Emulator, tmp_path: Path) -> None:
    failed = str(tmp_path / "failed")
    spark.sql("select 1 dv_code, 'x' _dv_error_code").write.format("delta").save(failed)
    error = refused(spark, dataverse, spark.sql("select 'a' dv_code"), failed_rows=failed)
    assert isinstance(error, RowTableError)
    assert "'dv_code' is int there and string here" in str(error)
    assert "Cast them in the frame" in str(error)


def test_a_wrong_secret_is_named_and_not_shown(spark: Any, dataverse: Emulator) -> None:
    (principal,) = dataverse.config()["environments"]["crm"]["principals"]
    config = dataverse.config(principals=[{**principal, "client_secret": "not-the-secret"}])
    error = refused(spark, dataverse, spark.sql("select 'a' dv_code"), config=config)
    assert error.code == "credentials_rejected"
    assert "The client secret is wrong" in str(error)
    assert "not-the-secret" not in str(error)


def test_an_application_without_a_user_is_told_so(spark: Any, dataverse: Emulator) -> None:
    dataverse.play({"effect": "status", "status": 403, "code": "0x80072560", "message": "The user is not a member."})
    error = refused(
        spark, dataverse, spark.sql("select 'a' dv_code"), config=dataverse.config(tables_allowed=["dv_*", "*"])
    )
    assert error.code == "principal_forbidden"


def test_a_server_that_is_not_there_is_named(spark: Any, dataverse: Emulator) -> None:
    location = f"grpc://127.0.0.1:{closed_port()}"
    error = refused(spark, dataverse, spark.sql("select 'a' dv_code"), endpoint=location)
    assert isinstance(error, ServerUnreachableError)
    assert f"Nobody answers at {location}" in str(error)


def test_a_token_endpoint_that_is_not_there_is_named(spark: Any, dataverse: Emulator) -> None:
    port = closed_port()
    config = dataverse.config(authority=f"https://localhost:{port}")
    error = refused(spark, dataverse, spark.sql("select 'a' dv_code"), config=config)
    assert f"localhost:{port} cannot be reached" in str(error)
    assert "Check `authority`" in str(error)


def test_a_service_that_is_not_there_is_named(spark: Any, dataverse: Emulator) -> None:
    port = closed_port()
    token = Path("token")
    token.touch(mode=0o600)
    token.write_text(dataverse.get("token", {})["access_token"])
    principals = [{"client_id": GUID, "access_token_file": str(token.resolve())}]
    config = dataverse.config(url=f"https://localhost:{port}", principals=principals)
    error = refused(spark, dataverse, spark.sql("select 'a' dv_code"), config=config)
    assert f"localhost:{port} cannot be reached" in str(error)
    assert "Check `url`" in str(error)


def test_faults_of_the_config_are_listed_in_one_error(spark: Any, dataverse: Emulator) -> None:
    config = dataverse.config(url="ftp://nowhere", tenant="misspelt")
    error = refused(spark, dataverse, spark.sql("select 'a' dv_code"), config=config)
    assert isinstance(error, SidecarStartError)
    assert "environments.crm.url" in str(error)
    assert "tenant" in str(error)


def test_a_config_file_with_the_secret_in_a_file_beside_it_publishes(
    spark: Any, dataverse: Emulator, tmp_path: Path
) -> None:
    (principal,) = dataverse.config()["environments"]["crm"]["principals"]
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(principal["client_secret"] + "\n")
    named = {"client_id": principal["client_id"], "client_secret_file": "secret"}
    config = tmp_path / "crm.yaml"
    config.write_text(json.dumps(dataverse.config(principals=[named])))
    frame = spark.sql("select 'a' dv_code")
    options: dict[str, Any] = {"table": "dv_sample", "mode": "upsert", "match_on": "dv_code", "progress": False}
    assert publish(frame, config=Path("crm.yaml"), **options).acknowledged == 1
    assert [row["dv_code"] for row in dataverse.rows()] == ["a"]
