"""Microsoft's own SDK and identity library, unchanged, against the emulator over https."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.identity import ClientSecretCredential
from emulator import Emulator
from PowerPlatform.Dataverse.client import DataverseClient

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", running.ca)
        yield running


@pytest.fixture(scope="session")
def credential(emulator: Emulator) -> ClientSecretCredential:
    return credential_of(emulator)


def credential_of(emulator: Emulator, **changes: str) -> ClientSecretCredential:
    environment = emulator.config()["environments"]["crm"]
    given = {**environment["principals"][0], "tenant_id": environment["tenant_id"], **changes}
    # The public cloud does not know this authority, so it is not asked about it.
    return ClientSecretCredential(**given, authority=emulator.url, disable_instance_discovery=True)


@pytest.fixture
def client(emulator: Emulator, credential: ClientSecretCredential) -> Iterator[DataverseClient]:
    """In an environment without rows."""
    emulator.get("reset", {})
    with DataverseClient(emulator.url, credential) as connected:
        yield connected
