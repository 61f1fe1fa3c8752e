"""One transparency system with one trusted root, and the result of a successful verification."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from avow.identity import SignerIdentity, SignerKey
from avow.values import Frozen


class VerifiedTime(Frozen):
    """One time at which the signature provably existed, and the kind of service that proves it."""

    moment: datetime
    source: Literal["rekor", "tsa"]


class VerifiedEnvelope(Frozen):
    """A DSSE envelope whose signature, certificate, log entry and timestamps verified against one root.

    Not checked: whether the signer is an allowed one, and what the payload means.
    """

    payload: bytes
    payload_type: str
    signer: SignerIdentity | SignerKey
    times: tuple[VerifiedTime, ...]
    root_sha256: str
    """SHA-256 of the trusted root's bytes."""
    sandbox: bool
    """The root belongs to a local sandbox, whose keys are not protected."""
    location: str
    bundle_sha256: str

    @property
    def signed_at(self) -> datetime:
        """The earliest verified time, in UTC."""
        return min(time.moment for time in self.times)


class Backend(Protocol):
    """One transparency system with one trusted root."""

    @property
    def root_sha256(self) -> str:
        """SHA-256 of the trusted root's bytes."""
        ...

    def verify(self, bundle: bytes, *, location: str, now: datetime) -> VerifiedEnvelope:
        """The verified envelope in `bundle`; the caller still has to check the signer.

        `now` is UTC: nothing that was signed after it is accepted.

        Raises:
            BundleMalformed: not a bundle, or one that is too large or too deeply nested.
            UnsupportedEvidence: a genuine form that this version can't verify.
            SignatureRejected: something in it does not verify.
            RootTooOld: it names a log, CA or TSA key that is not in the root.
        """
        ...
