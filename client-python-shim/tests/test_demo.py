"""The demonstration, played as a user plays it.

It checks each scene against the emulator's ledger and says by its exit code whether all of them add up.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Seconds; it takes 40 on a machine that does nothing else.
PATIENCE = 900


@pytest.mark.spark
def test_the_demonstration_adds_up(tmp_path: Path) -> None:
    # From a copy, since it begins by forgetting what a user's own left in build/.
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("test", ".cache"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    played = subprocess.run(
        [sys.executable, "examples/demo.py"],
        cwd=tmp_path, env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert played.returncode == 0, played.stdout

    scenes = json.loads((tmp_path / "build/demo/summary.json").read_text())
    assert list(scenes) == ["customers", "orders", "limits", "mended", "again"]
    for scene in scenes.values():
        assert scene["received"] == scene["acknowledged"] + scene["failed"]
        assert scene["failed"] == sum(scene["failed_by_code"].values())
        assert scene["not_sent"] == 0
    assert scenes["customers"]["received"] == 15_000
    assert scenes["mended"]["received"] == scenes["customers"]["failed"] > 0
    assert scenes["mended"]["failed"] == 0
