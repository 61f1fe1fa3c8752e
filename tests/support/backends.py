"""Verifiers with a clock of the test's choice, for tests that verify many bundles at one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from avow import transparency
from avow.subject import Digest
from avow.transparency.backend import VerifiedArtifact, VerifiedEnvelope
from avow.transparency.keyed import KeyedBackend
from avow.transparency.sigstore import SigstoreBackend


class BackendAt:
    """A verifier that is always asked at `now`."""

    def __init__(self, backend: SigstoreBackend | KeyedBackend, *, now: datetime) -> None:
        self._backend, self._now = backend, now

    def verify(self, bundle: bytes, *, location: str) -> VerifiedEnvelope:
        """As of the verifier."""
        return self._backend.verify(bundle, location=location, now=self._now)

    def verify_artifact(self, bundle: bytes, *, digest: Digest, location: str) -> VerifiedArtifact:
        """As of the verifier."""
        return self._backend.verify_artifact(bundle, digest=digest, location=location, now=self._now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def open_backend(root: bytes, *, now: datetime) -> BackendAt:
    """`avow.transparency.open_backend`, asked at `now`."""
    return BackendAt(transparency.open_backend(root), now=now)


def open_keyed_backend(root: bytes, *, key: bytes, now: datetime) -> BackendAt:
    """`avow.transparency.open_keyed_backend`, asked at `now`."""
    return BackendAt(transparency.open_keyed_backend(root, key=key), now=now)
