"""What verification hands on: types that are built on floors 2 and 3 only, never from words of the project.

`tests/test_floors.py` holds the constructors to those places. What the certificate proves lives here;
what the project wrote lives in `avow.statement.predicate`. The two never share a model.
"""

from __future__ import annotations

from datetime import datetime

from avow.errors import EvidenceRejected, Nearest
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.statement.in_toto import Statement
from avow.subject import Subject
from avow.values import Frozen
from avow.vocabulary import Outcome, Strength, Verdict, Voice


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
    notes: tuple[str, ...]
    """What the policy itself gave reason to say: an expired waiver, a validity that was capped."""
    insecure: tuple[str, ...]
    evaluated_at: datetime


class Finding(Frozen):
    """The outcome for one practice, with its reason and the manufacturer's next step."""

    practice: str
    title: str
    outcome: Outcome
    required: bool
    voice: Voice
    reason: str
    next: str
    references: tuple[str, ...]
    statement: str | None = None
    """SHA-256 of the payload of the statement that decided; None when nobody spoke."""


class Rejection(Frozen):
    """Evidence that was looked at and refused, with the nearest miss, the rule and the next step."""

    code: str
    location: str
    message: str
    nearest: Nearest
    hint: str = ""

    @classmethod
    def of(cls, error: EvidenceRejected, *, location: str) -> Rejection:
        """What the record keeps of `error`."""
        return cls(
            code=error.code,
            location=error.location or location,
            message=error.message,
            nearest=error.nearest,
            hint=error.hint,
        )


class Gap(Frozen):
    """Something that gave no answer: unsupported, about something else, or a service that was silent."""

    code: str
    location: str
    message: str
    hint: str = ""
