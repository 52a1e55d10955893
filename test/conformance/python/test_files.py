"""Files in columns, whole and in chunks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from pathlib import Path

    from azure.identity import ClientSecretCredential
    from emulator import Emulator
    from PowerPlatform.Dataverse.client import DataverseClient

# A little more than one chunk of the service.
SIZES = {"small": 1000, "chunk": 4 * 1024 * 1024 + 5}


@pytest.mark.parametrize("mode", SIZES)
def test_a_file_comes_back_as_it_was_sent(
    client: DataverseClient, emulator: Emulator, credential: ClientSecretCredential, tmp_path: Path, mode: str
) -> None:
    content = os.urandom(SIZES[mode])
    path = tmp_path / "plan.bin"
    path.write_bytes(content)
    client.tables.create("new_Folder", {})
    folder = client.records.create("new_Folder", {"new_name": "f"})
    # The column is made at the first upload.
    client.files.upload("new_Folder", folder, "new_Plan", str(path), mode=mode)
    row = client.records.retrieve("new_Folder", folder, select=["new_plan", "new_plan_name"])
    assert row is not None
    assert row["new_plan_name"] == "plan.bin"
    token = credential.get_token(f"{emulator.url}/.default").token
    url = f"{emulator.url}/api/data/v9.2/new_folders({folder})/new_plan/$value"
    with requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as reply:
        assert reply.content == content
    client.tables.delete("new_Folder")
