"""Verifies bundles signed with a Fulcio certificate against one trusted root."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final, Literal

from cryptography import x509
from sigstore._internal.timestamp import TimestampSource
from sigstore.hashes import Hashed
from sigstore_models.common.v1 import HashAlgorithm

from avow.errors import InputInvalid, SignatureRejected
from avow.identity import SignerIdentity
from avow.subject import Digest
from avow.transparency.backend import VerifiedArtifact, VerifiedEnvelope, VerifiedTime, refuse_future
from avow.transparency.certificate import signer_of
from avow.transparency.container import Content
from avow.transparency.sigstore.bundle import (
    PinnedBundle,
    certified_bundle,
)
from avow.transparency.sigstore.foreign import translated
from avow.transparency.sigstore.root import PinnedRoot
from avow.transparency.sigstore.verifier import verifier_of


class _Witness:
    """Verification policy that keeps the certificate, whose path and SCT have verified, and accepts anyone.

    sigstore applies its policy before it checks log entry and signature. Therefore the caller compares
    identities later, when the whole envelope has verified.
    """

    certificate: x509.Certificate

    def verify(self, cert: x509.Certificate) -> None:
        """Keep `cert`."""
        self.certificate = cert


class SigstoreBackend:
    """Verifies bundles signed with a Fulcio certificate against one trusted root.

    Implements `avow.transparency.backend.Backend`. It does not keep a time, so a process that runs
    for months opens it once.
    """

    def __init__(self, root: PinnedRoot) -> None:
        self._root = root
        self._verifier = verifier_of(root)

    @property
    def root_sha256(self) -> str:
        """SHA-256 of the trusted root's bytes."""
        return self._root.sha256

    def verify(self, bundle: bytes, *, location: str, now: datetime) -> VerifiedEnvelope:
        """The verified envelope in `bundle`; see `avow.transparency.backend.Backend`.

        Not checked: who signed, the payload's type and its content.

        Raises:
            BundleMalformed: not a bundle, or one that is too large or too deeply nested.
            UnsupportedEvidence: a genuine form that this version can't verify.
            SignatureRejected: something in it does not verify.
            RootTooOld: it names a CA, log, CT log or timestamping key that is not in the root.
            ClockBehind: it was signed after `now`.
        """
        parsed = certified_bundle(bundle, Content.ENVELOPE, location=location)
        witness = _Witness()
        with translated(location, to=SignatureRejected):
            payload_type, payload = self._verifier.verify_dsse(parsed, witness)
            signer, times = self._established(parsed, witness, now=now)
        return VerifiedEnvelope(
            payload=payload,
            payload_type=payload_type,
            signer=signer,
            times=times,
            root_sha256=self._root.sha256,
            sandbox=self._root.sandbox,
            location=location,
            bundle_sha256=hashlib.sha256(bundle).hexdigest(),
        )

    def verify_artifact(
        self, bundle: bytes, *, digest: Digest, location: str, now: datetime
    ) -> VerifiedArtifact:
        """The verified signature in `bundle` over the artefact whose SHA-256 is `digest`.

        Not checked: who signed.

        Raises:
            InputInvalid: `digest` is not a SHA-256 digest.
            BundleMalformed: not a bundle, or one that is too large or too deeply nested.
            UnsupportedEvidence: a genuine form that this version can't verify.
            SignatureRejected: something in it does not verify, or the signature is over another digest.
            RootTooOld: it names a CA, log, CT log or timestamping key that is not in the root.
            ClockBehind: it was signed after `now`.
        """
        parsed = certified_bundle(bundle, Content.MESSAGE, location=location)
        witness = _Witness()
        with translated(location, to=SignatureRejected):
            self._verifier.verify_artifact(hashed(digest), parsed, witness)
            signer, times = self._established(parsed, witness, now=now)
        return VerifiedArtifact(
            digest=digest,
            signer=signer,
            times=times,
            root_sha256=self._root.sha256,
            sandbox=self._root.sandbox,
            location=location,
            bundle_sha256=hashlib.sha256(bundle).hexdigest(),
        )

    def _established(
        self, bundle: PinnedBundle, witness: _Witness, *, now: datetime
    ) -> tuple[SignerIdentity, tuple[VerifiedTime, ...]]:
        """Signer and times of a bundle that sigstore has verified, after our additional checks."""
        moments = [each.time for each in bundle.times]
        self._root.check_log(bundle.log_entry, moments)
        refuse_future(moments, now=now)
        known = self._root.known(witness.certificate)
        if known.signer is None:
            known.signer = signer_of(witness.certificate)
        return known.signer, tuple(
            VerifiedTime(moment=each.time, source=_SOURCES[each.source]) for each in bundle.times
        )


_SOURCES: Final[dict[TimestampSource, Literal["rekor", "tsa"]]] = {
    TimestampSource.TRANSPARENCY_SERVICE: "rekor",
    TimestampSource.TIMESTAMP_AUTHORITY: "tsa",
}


def hashed(digest: Digest) -> Hashed:
    """`digest` in sigstore's form.

    Raises:
        InputInvalid: not SHA-256, the only algorithm supported for message signatures.
    """
    if digest.algorithm != "sha256":
        raise InputInvalid(f"a signature over an artefact needs its sha256 digest, not {digest.algorithm}")
    return Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(digest.value))
