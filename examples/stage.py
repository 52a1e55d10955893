"""What the demonstration stands on: an emulator of Dataverse, its oracle, Spark with Delta, and TPC-H data."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "demo"


class Emulator:
    """A Dataverse environment on this machine, and its ledger of everything that was ever applied."""

    def __init__(self, ready: dict[str, Any]) -> None:
        """Keep what the emulator said when it was ready."""
        self._ready = ready
        self._tls = ssl.create_default_context(cafile=ready["ca_file"])

    def environment(self, name: str) -> dict[str, Any]:
        """Return the sidecar's config of this environment; the secret goes into a file that only its owner may read."""
        principals = []
        for number, principal in enumerate(self._ready["principals"]):
            secret = BUILD / "secrets" / f"{name}-{number}"
            secret.parent.mkdir(parents=True, exist_ok=True)
            secret.touch(mode=0o600)
            secret.write_text(principal["client_secret"])
            principals.append({"client_id": principal["client_id"], "client_secret_file": str(secret)})
        return {
            "url": self._ready["url"],
            "authority": self._ready["authority"],
            "tenant_id": self._ready["tenant_id"],
            "ca_file": self._ready["ca_file"],
            "principals": principals,
        }

    def get(self, path: str) -> Any:
        """Ask the oracle: `counts`, `violations`, `rows?table=…`, `ledger`."""
        return self._call("GET", path, None)

    def play(self, *faults: dict[str, Any]) -> None:
        """Let these things go wrong from now on."""
        self._call("POST", "faults", list(faults))

    def _call(self, method: str, path: str, body: object) -> Any:
        url = f"{self._ready['url']}/__emulator__/{path}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=content, method=method)  # noqa: S310
        with urllib.request.urlopen(request, context=self._tls) as reply:  # noqa: S310
            text = reply.read()
        return json.loads(text) if text else None


@contextmanager
def emulator(*flags: str) -> Iterator[Emulator]:
    """Start an emulator with the demonstration's schema; it ends with the block."""
    schema = str(ROOT / "examples" / "demo-schema.yaml")
    command = [
        "node",
        str(ROOT / "test/emulator/main.ts"),
        "--port",
        "0",
        "--schema",
        schema,
        "--exit-with-stdin",
        *flags,
    ]
    log = (BUILD / "emulator.log").open("a")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603
    with log, process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                message = f"the emulator did not start; see {log.name}"
                raise RuntimeError(message)
            yield Emulator(json.loads(line))
        finally:
            process.terminate()


@contextmanager
def _stderr_in(log: Path) -> Iterator[None]:
    """Send the standard error of processes started in this block into a file; this process keeps its own."""
    kept = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def spark_session() -> SparkSession:
    """Return real Spark on two cores, each task tried up to four times, with Delta.

    What Spark logs (at its start, of the host's name, Java modules and libraries) goes to `build/demo/spark.log`;
    errors reach Python as exceptions all the same. A first Delta table is written, because Delta takes as long to start
    as Spark: what the scenes measure is publishing.
    """
    jars = ",".join(str(jar) for jar in sorted((ROOT / ".cache" / "jars").glob("*.jar")))
    settings = {
        "spark.jars": jars,
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(BUILD / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[2,4]").appName("dataverse-flight demo")
    for key, value in settings.items():
        builder = builder.config(key, value)
    with _stderr_in(BUILD / "spark.log"):
        session = builder.getOrCreate()
    session.range(1).write.format("delta").save(str(BUILD / "first"))
    return session


def tpch(table: str, scale: float) -> str:
    """Generate a TPC-H table as Parquet once; return its path."""
    folder = BUILD.parent / "tpch" / f"{scale}"
    path = folder / f"{table}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["tpchgen-cli", "parquet", "-s", str(scale), "--tables", table, "--output-dir", str(folder)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return str(path)
