"""The emulator of Dataverse as a process, over https: its rows and its ledger are what results are compared with."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

ROOT = Path(__file__).parents[2]
# Seconds until something that was waited for counts as never coming; a loaded machine needs some.
PATIENCE = 60.0


class Oracle:
    """The emulator's side door. Only text, so that a Spark task can take it along."""

    def __init__(self, url: str, ca: str) -> None:
        self.url, self.ca = url, ca

    def rows(self, table: str = "dv_sample") -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.get(f"rows?table={table}")["rows"])

    def effects(self, table: str = "dv_sample") -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.get(f"ledger?table={table}")["effects"])

    def requests(self) -> int:
        return int(self.get("counts")["requests"])

    def batches(self) -> int:
        return int(self.get("counts")["batches"])

    def under_way(self) -> int:
        """Requests that are not answered yet, whoever still listens."""
        return sum(request["answered"] == 0 for request in self.get("requests")["requests"])

    def play(self, *faults: dict[str, Any]) -> None:
        self.get("faults", list(faults))

    def get(self, path: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        return self._ask(urllib.request.Request(f"{self.url}/__emulator__/{path}", data=content))  # noqa: S310

    def _ask(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self.ca)) as reply:  # noqa: S310
            return json.loads(reply.read() or "null")


class Emulator(Oracle):
    """A context manager: the process runs inside the block."""

    def __init__(self, folder: Path) -> None:
        command = [
            str(ROOT / ".venv/bin/node"), str(ROOT / "test/emulator/main.ts"), "--port", "0", "--exit-with-stdin",
            "--schema", str(Path(__file__).with_name("tables.yaml")), "--ca-file", str(folder / "ca.pem"),
        ]  # fmt: skip
        with (folder / "emulator.log").open("w") as log:
            self._process = subprocess.Popen(  # noqa: S603
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        self._ready = json.loads(self._process.stdout.readline())
        self.address = Oracle(self._ready["url"], self._ready["ca_file"])
        super().__init__(self._ready["url"], self._ready["ca_file"])

    def __enter__(self) -> Emulator:  # noqa: PYI034 - typing.Self needs Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=PATIENCE)

    def read(self, path: str) -> Any:
        """Read below the service root, as a client of the service does."""
        application = {
            "grant_type": "client_credentials",
            "scope": f"{self.url}/.default",
            **self._ready["principals"][0],
        }
        authority = f"{self._ready['authority']}/{self._ready['tenant_id']}/oauth2/v2.0/token"
        token = self._ask(urllib.request.Request(authority, data=urllib.parse.urlencode(application).encode()))  # noqa: S310
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        return self._ask(urllib.request.Request(f"{self.url}/api/data/v9.2/{path}", headers=headers))  # noqa: S310

    def config(self, **changes: object) -> dict[str, Any]:
        """The sidecar's config, secret included; `changes` are of the environment."""
        principals = self._ready["principals"]
        known = {name: self._ready[name] for name in ("url", "authority", "tenant_id", "ca_file")}
        return {"environments": {"crm": {**known, "principals": principals, **changes}}}


def wait_until(holds: Callable[[], bool]) -> None:
    """Ask again and again."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
