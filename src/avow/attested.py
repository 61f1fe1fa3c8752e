"""What verification hands on: types that are built on floors 2 and 3 only, never from words of the project.

`tests/test_floors.py` holds the constructors to those places. What the certificate proves lives here;
what the project wrote lives in `avow.predicate`. The two never share a model.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from avow.domain import Finding, Frozen, Gap, Rejection, Strength, Subject, Verdict
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.statement import Statement

__all__ = [
    "Attestation",
    "Backend",
    "Decision",
    "StrangerStatement",
    "VerifiedEnvelope",
    "VerifiedTime",
]


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

    def verify(self, bundle: bytes, *, location: str) -> VerifiedEnvelope:
        """The verified envelope in `bundle`; whose signature it is stays to be compared.

        Raises:
            BundleMalformed: not a bundle, or one of unbounded size or depth.
            UnsupportedEvidence: a genuine form that can't be judged here.
            SignatureRejected: anything that does not verify.
            RootTooOld: a log, CA or TSA key that the root does not hold.
        """
        ...


class StrangerStatement(Frozen):
    """A statement that verifies but whose signer nobody listed; to look at, never for a verdict."""

    envelope: VerifiedEnvelope
    statement: Statement


class EvidenceStrength(Frozen):
    """The strength of one piece of evidence as found here, beside the one its producer claimed."""

    practice: str
    claimed: Strength
    verified: Strength
    reason: str
    retrieved_at: datetime | None
    observed: bool
    """Our own parser read it as a machine's observation of the declared repository and commit."""


class Attestation(Frozen):
    """A statement by a listed signer about the subject asked for, with a predicate that can be relied on."""

    subject: Subject
    statement: Statement
    signer: SignerIdentity | SignerKey
    expected: ExpectedSigner
    signed_at: datetime
    location: str
    bundle_sha256: str
    payload_sha256: str
    strengths: tuple[EvidenceStrength, ...]


class Decision(Frozen):
    """The answer about one subject; nothing that was looked at is missing from it."""

    subject: Subject
    verdict: Verdict | None
    """None where identity alone was asked and nobody listed had signed."""
    exit_code: int
    reasons: tuple[str, ...]
    enforced: tuple[str, ...]
    findings: tuple[Finding, ...]
    attestations: tuple[Attestation, ...]
    rejections: tuple[Rejection, ...]
    gaps: tuple[Gap, ...]
    remarks: tuple[str, ...]
    """What the policy itself gave reason to say: an expired waiver, a validity that was capped."""
    insecure: tuple[str, ...]
    evaluated_at: datetime
