"""sigstore-python's verifier with the caches of one root."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from cryptography import x509
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore.models import Bundle
from sigstore.verify.verifier import Verifier

from avow.errors import InputInvalid
from avow.transparency.sigstore.bundle import PinnedBundle
from avow.transparency.sigstore.foreign import (
    FOREIGN_ERRORS,
    message_of,
    too_old,
)
from avow.transparency.sigstore.root import PinnedRoot


class PinnedVerifier(Verifier):
    """sigstore-python's verifier with the caches of a `PinnedRoot`."""

    def __init__(self, root: PinnedRoot) -> None:
        super().__init__(trusted_root=root)
        self._root = root

    def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        if bundle.verification_material.timestamp_verification_data and not self._root.has_timestamping:
            raise too_old("any timestamping authority")
        times = super()._establish_time(bundle)
        cast("PinnedBundle", bundle).times = times
        return times

    def _verify_timestamp_authority(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        tokens = bundle.verification_material.timestamp_verification_data
        return [
            TimestampVerificationResult(source=TimestampSource.TIMESTAMP_AUTHORITY, time=moment)
            for moment in self._root.timestamps(tokens, bundle.signature)
        ]

    def _verify_chain_at_time(
        self, certificate: x509.Certificate, timestamp_result: TimestampVerificationResult
    ) -> list[x509.Certificate]:
        issuers = self._root.path(certificate, timestamp_result.time)
        return [self._root.issuer(each) for each in issuers]


def open_root(root: bytes) -> PinnedRoot:
    """The parsed trusted root; the same bytes are parsed only once.

    Raises:
        InputInvalid: `root` is not a trusted root, or has no CA, CT log or transparency log.
    """
    try:
        return _opened(root)
    except FOREIGN_ERRORS as error:
        raise InputInvalid(
            f"the trusted root can't be used: {message_of(error)}",
            hint="it needs at least one transparency log, CA and CT log; `avow trust show` lists its content",
        ) from error


@lru_cache(maxsize=8)
def _opened(root: bytes) -> PinnedRoot:
    pinned = PinnedRoot(root)
    verifier_of(pinned)
    return pinned


@lru_cache(maxsize=8)
def verifier_of(root: PinnedRoot) -> PinnedVerifier:
    """The verifier for `root`, created once."""
    return PinnedVerifier(root)


def forget() -> None:
    """Clear all caches between bundles, for measurements."""
    _opened.cache_clear()
    verifier_of.cache_clear()
