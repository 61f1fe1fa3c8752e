"""The other clients, and the sandbox that all of them use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.other_clients import Clients

from avow.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def clients() -> Clients:
    """The other clients, found or not."""
    return Clients(os.environ.get("AVOW_INTEROP_DIR"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One local Sigstore for a module's tests."""
    with Sandbox() as running:
        yield running
