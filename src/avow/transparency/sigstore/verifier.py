"""sigstore-python's verifier with the caches of one root."""

# ruff: noqa: SLF001  only this package uses sigstore's private parts

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore.errors import VerificationError
from sigstore.models import Bundle
from sigstore.verify.policy import VerificationPolicy
from sigstore.verify.verifier import Verifier

from avow.errors import InputInvalid
from avow.transparency.container import INTOTO
from avow.transparency.entry_body import require_record
from avow.transparency.sigstore.bundle import PinnedBundle, verified_envelope
from avow.transparency.sigstore.foreign import (
    FOREIGN_ERRORS,
    message_of,
)
from avow.transparency.sigstore.root import PinnedRoot

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec
    from sigstore import dsse


_PROMISED: Final = frozenset({"dsse/0.0.1", "hashedrekord/0.0.1", INTOTO})
"""The kinds of entries for which Rekor v1 promises inclusion and signs the time."""


class PinnedVerifier(Verifier):
    """sigstore-python's verifier with the caches of a `PinnedRoot`."""

    def __init__(self, root: PinnedRoot) -> None:
        super().__init__(trusted_root=root)
        self._root = root

    def verify_dsse(self, bundle: Bundle, policy: VerificationPolicy) -> tuple[str, bytes]:
        """As upstream, and also for `intoto/0.0.2` entries, whose body upstream does not compare."""
        pinned = cast("PinnedBundle", bundle)
        if pinned.log_entry.kind != INTOTO:
            return super().verify_dsse(bundle, policy)
        self._verify_common_signing_cert(bundle, policy)
        certificate = pinned.signing_certificate
        key = cast("ec.EllipticCurvePublicKey", certificate.public_key())
        payload_type, payload, encoding = verified_envelope(key, cast("dsse.Envelope", pinned._dsse_envelope))
        require_record(
            pinned.log_entry.body,
            kind=INTOTO,
            signature=pinned.signature,
            digest=sha256(encoding).digest(),
            payload_digest=sha256(payload).digest(),
            verifier=certificate.public_bytes(Encoding.DER),
        )
        return payload_type, payload

    def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        """All times in `bundle`: its timestamps, which are verified here, and the log's, verified later.

        As upstream, but the log may also promise `intoto/0.0.2` entries.
        """
        pinned = cast("PinnedBundle", bundle)
        pinned.times = []
        if pinned.verification_material.timestamp_verification_data:
            pinned.times += self._verify_timestamp_authority(bundle)
        if moment := pinned.log_entry.promised_at:
            if pinned.log_entry.kind not in _PROMISED:
                raise VerificationError(f"a log does not promise entries of kind {pinned.log_entry.kind}")
            source = TimestampSource.TRANSPARENCY_SERVICE
            pinned.times.append(TimestampVerificationResult(source=source, time=moment))
        return pinned.times

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
