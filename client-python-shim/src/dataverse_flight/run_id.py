"""Names a publish call.

By the orchestrator's own run where there is one, so that a job tried again resumes; else by a UUIDv7.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
import threading
import time
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of the 128 characters of a run_id.
_NAME_LENGTH_MAX = 118

_calls: Counter[str] = Counter()
_lock = threading.Lock()


def new_run_id() -> str:
    """Make a UUIDv7: milliseconds since 1970 in the first 48 bits, chance in the rest."""
    bits = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=bits))


def orchestrated_run_id(table: str, mode: str) -> str | None:
    """Derive a run_id from the Databricks or Fabric run this process belongs to, None if it belongs to none.

    It is the nth call of the process for this table and mode: the same job tried again must make those in the same
    order. Calls for other tables may come from other threads, in any order.
    """
    run = _databricks_run() or _fabric_run()
    if run is None:
        return None
    name = _shortened(f"{run}-{table}-{mode}")
    with _lock:
        _calls[name] += 1
        return f"{name}-{_calls[name]}"


def _shortened(name: str) -> str:
    """Leave room for the number of a call; two long names stay two."""
    if len(name) <= _NAME_LENGTH_MAX:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name[: _NAME_LENGTH_MAX - 17]}-{digest}"


def _databricks_run() -> str | None:
    context = _databricks_context()
    # A repaired or retried task keeps its job run and its key; its own run id is new each time.
    job_run = context.get("multitaskParentRunId") or context.get("rootRunId") or context.get("jobRunId")
    if not context.get("jobId") or not job_run:
        return None
    return "-".join(["databricks", str(job_run), str(context.get("taskKey") or "task")])


def _databricks_context() -> Mapping[str, Any]:
    """Read the notebook context; empty outside Databricks, or where the platform gives it in another shape."""
    shell = sys.modules.get("IPython")
    user = shell.get_ipython().user_ns if shell is not None and shell.get_ipython() is not None else {}
    dbutils: Any = user.get("dbutils") or getattr(sys.modules.get("__main__"), "dbutils", None)
    try:
        context = json.loads(dbutils.notebook.entry_point.getDbutils().notebook().getContext().safeToJson())
    except Exception:  # noqa: BLE001 - a platform's private object: whatever it does, a run_id can still be made
        return {}
    attributes = context.get("attributes", {})
    return attributes if isinstance(attributes, dict) else {}


def _fabric_run() -> str | None:
    notebookutils = sys.modules.get("notebookutils")
    context = getattr(getattr(notebookutils, "runtime", None), "context", None) or {}
    try:
        if not context.get("isForPipeline"):
            return None
        run = context.get("pipelineJobId") or context.get("currentRunId")
        return (
            f"fabric-{run}-{context.get('activityId') or context.get('currentNotebookName') or 'notebook'}"
            if run
            else None
        )
    except Exception:  # noqa: BLE001 - as above
        return None
