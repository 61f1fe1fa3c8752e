"""One transparency system with one trusted root, and what it hands over once everything has verified."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from avow.identity import SignerIdentity, SignerKey
from avow.values import Frozen


class VerifiedTime(Frozen):
    """One moment at which the signature is proven to have existed, and who proves it."""

    moment: datetime
    source: Literal["rekor", "tsa"]


class VerifiedEnvelope(Frozen):
    """A DSSE envelope whose signature, certificate, log entry and timestamps verified against one root.

    Nothing here says that the signer is anyone we know, or what the payload means.
    """

    payload: bytes
    payload_type: str
    signer: SignerIdentity | SignerKey
    times: tuple[VerifiedTime, ...]
    root_sha256: str
    """SHA-256 of the trusted root's bytes."""
    sandbox: bool
    """The root is a local sandbox's: what it vouches for is a rehearsal."""
    location: str
    bundle_sha256: str

    @property
    def signed_at(self) -> datetime:
        """The earliest verified moment; UTC."""
        return min(time.moment for time in self.times)


class Backend(Protocol):
    """One transparency system with one trusted root."""

    @property
    def root_sha256(self) -> str:
        """SHA-256 of the trusted root's bytes."""
        ...

    def verify(self, bundle: bytes, *, location: str, now: datetime) -> VerifiedEnvelope:
        """The verified envelope in `bundle`; whose signature it is stays to be compared.

        `now` is UTC: nothing that was signed after it is accepted.

        Raises:
            BundleMalformed: not a bundle, or one of unbounded size or depth.
            UnsupportedEvidence: a genuine form that can't be judged here.
            SignatureRejected: anything that does not verify.
            RootTooOld: a log, CA or TSA key that the root does not hold.
        """
        ...
