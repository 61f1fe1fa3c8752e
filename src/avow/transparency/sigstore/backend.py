"""Bundles signed with a Fulcio certificate, verified against one trusted root."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from sigstore._internal.timestamp import TimestampSource
from sigstore.hashes import Hashed
from sigstore_models.common.v1 import HashAlgorithm

from avow.errors import (
    InputInvalid,
    SignatureRejected,
)
from avow.identity import SignerIdentity, SignerKey
from avow.subject import Digest
from avow.transparency.backend import VerifiedEnvelope, VerifiedTime
from avow.transparency.certificate import signer_of
from avow.transparency.container import Content
from avow.transparency.sigstore.bundle import (
    PinnedBundle,
    certified_bundle,
)
from avow.transparency.sigstore.foreign import (
    translated,
)
from avow.transparency.sigstore.root import (
    PinnedRoot,
)
from avow.transparency.sigstore.verifier import verifier_of
from avow.values import Frozen, utc_text

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a verified time may lie ahead of our clock.

Source: RFC 4120 (Kerberos), 1.6: five minutes is the skew that hosts are expected to stay within.
"""


class VerifiedArtifact(Frozen):
    """A verified signature over an artefact's digest; whose it is stays to be compared."""

    digest: Digest
    signer: SignerIdentity | SignerKey
    times: tuple[VerifiedTime, ...]
    root_sha256: str
    sandbox: bool
    location: str
    bundle_sha256: str


class _Witness:
    """The verification policy: sees the certificate after its path and SCT have verified, and judges nobody.

    sigstore runs its policy before it checks log entry and signature. Identities are therefore compared
    later, by the caller, on an envelope that has verified as a whole.
    """

    certificate: x509.Certificate

    def verify(self, cert: x509.Certificate) -> None:
        """Keep `cert`."""
        self.certificate = cert


class SigstoreBackend:
    """Bundles signed with a Fulcio certificate, verified against one trusted root.

    Implements `avow.transparency.backend.Backend`. Knows no time: a process that lives for months opens it
    once.
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

        Not checked: who signed, the payload's type, and what it says.

        Raises:
            BundleMalformed: not a bundle, or one of unbounded size or depth.
            UnsupportedEvidence: a genuine form that can't be judged here.
            SignatureRejected: anything that does not verify.
            RootTooOld: a CA, log, CT log or timestamping key that the root does not hold.
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
            InputInvalid: `digest` is no SHA-256.
            BundleMalformed: not a bundle, or one of unbounded size or depth.
            UnsupportedEvidence: a genuine form that can't be judged here.
            SignatureRejected: anything that does not verify, or a signature over another digest.
            RootTooOld: a CA, log, CT log or timestamping key that the root does not hold.
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
        """Signer and times of a bundle that sigstore has verified, after the checks that it leaves out."""
        moments = [each.time for each in bundle.times]
        self._root.check_log(bundle.log_entry, moments)
        refuse_future(moments, now=now)
        holder = self._root.holder(witness.certificate)
        if holder.signer is None:
            holder.signer = signer_of(witness.certificate)
        return holder.signer, tuple(
            VerifiedTime(moment=each.time, source=_SOURCES[each.source]) for each in bundle.times
        )


_SOURCES: Final[dict[TimestampSource, Literal["rekor", "tsa"]]] = {
    TimestampSource.TRANSPARENCY_SERVICE: "rekor",
    TimestampSource.TIMESTAMP_AUTHORITY: "tsa",
}


def refuse_future(moments: Iterable[datetime], *, now: datetime) -> None:
    """No verified time lies ahead of `now`, clocks being off by at most `CLOCK_SKEW`.

    Raises:
        SignatureRejected: a log or authority vouches for a moment that has not come.
    """
    latest = max(moments)
    if latest > now + CLOCK_SKEW:
        raise SignatureRejected(
            f"it was signed at {utc_text(latest)}, which has not come yet",
            hint=f"check the clock of this machine: it says {utc_text(now)}",
        )


def hashed(digest: Digest) -> Hashed:
    """`digest` as sigstore takes it.

    Raises:
        InputInvalid: not SHA-256, the one algorithm that message signatures are checked with here.
    """
    if digest.algorithm != "sha256":
        raise InputInvalid(f"an artefact is asked for by sha256, not by {digest.algorithm}")
    return Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(digest.value))
