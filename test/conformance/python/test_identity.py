"""Tokens by azure-identity."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ClientAuthenticationError
from conftest import credential_of
from PowerPlatform.Dataverse.client import DataverseClient

if TYPE_CHECKING:
    from emulator import Emulator


def test_a_token_lives_as_long_as_it_says(emulator: Emulator) -> None:
    token = credential_of(emulator).get_token_info(f"{emulator.url}/.default")
    assert token.token
    assert 3000 < token.expires_on - time.time() < 4000


def test_a_wrong_secret_is_told_from_an_unknown_application(emulator: Emulator) -> None:
    scope = f"{emulator.url}/.default"
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        credential_of(emulator, client_secret=scope).get_token(scope)
    with pytest.raises(ClientAuthenticationError, match="AADSTS700016"):
        credential_of(emulator, client_id="00000000-0000-4000-8000-00000000ffff").get_token(scope)
    with pytest.raises(ClientAuthenticationError, match="authority"):
        credential_of(emulator, tenant_id="00000000-0000-4000-8000-00000000ffff").get_token(scope)


def test_plain_http_is_what_the_sdk_refuses(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        DataverseClient(emulator.url.replace("https", "http"), credential_of(emulator))
