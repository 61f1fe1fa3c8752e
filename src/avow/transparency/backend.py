"""One transparency system with one trusted root, and the result of a successful verification."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from avow.errors import ClockBehind
from avow.identity import SignerIdentity, SignerKey
from avow.subject import Digest
from avow.values import Frozen, utc_text

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a verified time may be ahead of our clock.

Source: RFC 4120 (Kerberos), 1.6: five minutes is the skew that hosts are expected to stay within.
"""


class VerifiedTime(Frozen):
    """One time at which the signature provably existed, and the kind of service that proves it."""

    moment: datetime
    source: Literal["rekor", "tsa"]


class VerifiedSignature(Frozen):
    """A signature whose certificate or key, log entry and timestamps verified against one root.

    Not checked: whether the signer is an allowed one.
    """

    signer: SignerIdentity | SignerKey
    times: tuple[VerifiedTime, ...]
    root_sha256: str
    """SHA-256 of the trusted root's bytes."""
    sandbox: bool
    """The root belongs to a local sandbox, whose keys are not protected."""
    location: str
    bundle_sha256: str

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Every verified time, in UTC."""
        return tuple(time.moment for time in self.times)

    @property
    def signed_at(self) -> datetime:
        """The earliest verified time, in UTC."""
        return min(self.moments)


class VerifiedEnvelope(VerifiedSignature):
    """A verified signature over a DSSE envelope. Not checked: what the payload means."""

    payload: bytes
    payload_type: str


class VerifiedArtifact(VerifiedSignature):
    """A verified signature over an artefact's digest."""

    digest: Digest


def refuse_future(moments: Iterable[datetime], *, now: datetime) -> None:
    """No verified time is later than `now` by more than `CLOCK_SKEW`.

    Raises:
        ClockBehind: a log or timestamping authority vouches for a later time.
    """
    latest = max(moments)
    if latest > now + CLOCK_SKEW:
        raise ClockBehind(
            f"its signing time, {utc_text(latest)}, is later than the time of this check, {utc_text(now)}",
            hint="if the time of this check is wrong, set this machine's clock; if it is right, tell the "
            "operator of the log or timestamping authority",
        )


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
            ClockBehind: it was signed after `now`.
        """
        ...
