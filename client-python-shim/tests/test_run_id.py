"""Names of publish calls: time-ordered when made here, stable when an orchestrator tries a job again."""

from __future__ import annotations

import json
import sys
import types
import uuid
from typing import TYPE_CHECKING

import pytest
from dataverse_flight import run_id
from dataverse_flight.arguments import run_name

if TYPE_CHECKING:
    from collections.abc import Mapping


def databricks(context: Mapping[str, object]) -> object:
    text = json.dumps({"attributes": context})
    node = types.SimpleNamespace(safeToJson=lambda: text)
    notebook = types.SimpleNamespace(getContext=lambda: node)
    dbutils = types.SimpleNamespace(notebook=lambda: notebook)
    return types.SimpleNamespace(
        notebook=types.SimpleNamespace(entry_point=types.SimpleNamespace(getDbutils=lambda: dbutils))
    )


@pytest.fixture(autouse=True)
def _new_process() -> None:
    run_id._calls.clear()  # noqa: SLF001 - a new process begins to count anew


def test_made_ones_are_uuids_of_version_7_in_order() -> None:
    made = [uuid.UUID(run_id.new_run_id()) for _ in range(100)]
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {uuid.RFC_4122}
    times = [one.int >> 80 for one in made]
    assert times == sorted(times)
    assert len(set(made)) == 100


def test_outside_an_orchestrator_there_is_none() -> None:
    assert run_id.orchestrated_run_id("account", "upsert") is None


def test_a_databricks_task_tried_again_has_the_same_names(monkeypatch: pytest.MonkeyPatch) -> None:
    first_try = {"jobId": "7", "multitaskParentRunId": "100", "taskKey": "load", "currentRunId": "101"}
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "dbutils", databricks(first_try), raising=False)
    names = [run_id.orchestrated_run_id("account", "upsert") for _ in range(2)]
    run_id._calls.clear()  # noqa: SLF001 - as above
    monkeypatch.setattr(main, "dbutils", databricks(first_try | {"currentRunId": "102"}))
    assert [run_id.orchestrated_run_id("account", "upsert") for _ in range(2)] == names
    assert names == ["databricks-100-load-account-upsert-1", "databricks-100-load-account-upsert-2"]


def test_calls_for_other_tables_may_change_places_when_a_task_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    context = {"jobId": "7", "multitaskParentRunId": "100", "taskKey": "load"}
    monkeypatch.setattr(sys.modules["__main__"], "dbutils", databricks(context), raising=False)
    calls = [("account", "insert"), ("contact", "insert"), ("account", "upsert")]
    names = {call: run_id.orchestrated_run_id(*call) for call in calls}
    run_id._calls.clear()  # noqa: SLF001 - as above
    assert {call: run_id.orchestrated_run_id(*call) for call in reversed(calls)} == names
    assert len(set(names.values())) == 3


def test_long_names_are_cut_and_stay_two(monkeypatch: pytest.MonkeyPatch) -> None:
    context = {"jobId": "7", "multitaskParentRunId": "100", "taskKey": "load" * 30}
    monkeypatch.setattr(sys.modules["__main__"], "dbutils", databricks(context), raising=False)
    names = {run_id.orchestrated_run_id(table, "insert") or "" for table in ("account", "contact")}
    assert [len(run_name(name)) for name in names] == [120, 120]


def test_an_interactive_databricks_notebook_is_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "dbutils", databricks({"currentRunId": None}), raising=False)
    assert run_id.orchestrated_run_id("account", "upsert") is None


def test_a_fabric_pipeline_gives_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    context = {"isForPipeline": True, "currentRunId": "r9", "activityId": "a1"}
    module = types.SimpleNamespace(runtime=types.SimpleNamespace(context=context))
    monkeypatch.setitem(sys.modules, "notebookutils", module)
    assert run_id.orchestrated_run_id("account", "upsert") == "fabric-r9-a1-account-upsert-1"
    context["isForPipeline"] = False
    assert run_id.orchestrated_run_id("account", "upsert") is None
