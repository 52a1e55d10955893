"""Fixtures: a fake server for each test, one Spark session for the whole run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulator import Emulator, wait_until
from fake_server import FakeServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the machine's own settings and working folder out of every test."""
    for name in ("ENDPOINT", "TOKEN", "CA", "CONFIG", "NODE", "SERVER"):
        monkeypatch.delenv(f"DATAVERSE_FLIGHT_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session with Delta, tasks retried (`local[2,4]`); 5-15 s to start, so it is shared."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Tasks unpickle functions of the test modules by name.
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    folder = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[2,4]")
        .config("spark.jars", ",".join(str(jar) for jar in (ROOT / ".cache/jars").glob("*.jar")))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.databricks.delta.snapshotPartitions", "1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        # Many small plans, each run once: compiling them well takes longer than running them.
        .config(
            "spark.driver.extraJavaOptions",
            f"-Dderby.system.home={folder} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto",
        )
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.session.timeZone", "America/New_York")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def dataverse(emulator: Emulator) -> Iterator[Emulator]:
    """An environment without rows, and without requests of a test before that are still on their way."""
    emulator.get("reset", {})
    yield emulator
    wait_until(lambda: emulator.under_way() == 0)
