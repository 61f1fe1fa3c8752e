"""One virtual Sigstore with the sandbox's services, and a clock that the tests set."""

from __future__ import annotations

import pytest
from support.virtual_sigstore import VirtualSigstore


@pytest.fixture
def virtual() -> VirtualSigstore:
    """Fresh keys and empty logs."""
    return VirtualSigstore()
