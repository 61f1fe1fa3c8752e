"""Evidence that somebody else signed: E4, the strongest there is.

The policy, never the statement, says whose signature counts (`evidenceSigners`): nothing inside a
predicate can name its own verifier. The evidence has to be a bundle that verifies, about this very
artefact, by a listed signer whose owner is another than the statement's.

Source: specification, rule 5.
"""

from __future__ import annotations

from datetime import datetime

from avow import identity
from avow.errors import AvowError
from avow.identity import SignerIdentity, SignerKey
from avow.statement.in_toto import match_subject, read_subjects
from avow.subject import Subject
from avow.transparency.backend import VerifiedEnvelope
from avow.verification.session import Enforcement


def vouched_at(
    content: bytes, *, subject: Subject, declared_by: VerifiedEnvelope, enforcement: Enforcement
) -> datetime | None:
    """When a listed evidence signer of another owner signed the bundle `content` about `subject`, verified.

    `None`: it is no such bundle. The moment bounds how young the evidence can be, whatever the project says.

    Not checked: what the bundle's predicate says, and whether it supports the practice it is cited for.
    """
    if not enforcement.evidence_signers:
        return None
    signed = (
        envelope.signed_at
        for envelope in _verified(content, enforcement)
        if _vouches(envelope, subject, declared_by=declared_by, enforcement=enforcement)
    )
    return min(signed, default=None)


def _verified(content: bytes, enforcement: Enforcement) -> list[VerifiedEnvelope]:
    envelopes = []
    for backend in enforcement.backends:
        try:
            envelopes.append(backend.verify(content, location="evidence"))
        except AvowError:
            continue  # ordinary evidence is no bundle; a bundle that does not verify is worth its bytes
    return envelopes


def _vouches(
    envelope: VerifiedEnvelope, subject: Subject, *, declared_by: VerifiedEnvelope, enforcement: Enforcement
) -> bool:
    if _owner(envelope.signer) == _owner(declared_by.signer):
        return False
    try:
        identity.match(
            envelope.signer,
            enforcement.evidence_signers,
            root_sha256=envelope.root_sha256,
            signed_at=envelope.signed_at,
            component="evidence",
        )
        match_subject(read_subjects(envelope.payload, payload_type=envelope.payload_type), subject)
    except AvowError:
        return False
    return True


def _owner(signer: SignerIdentity | SignerKey) -> str:
    """Who stands behind a signature: the owner of the repository it was made for, a person, or a key."""
    if isinstance(signer, SignerKey):
        return signer.spki_sha256
    of_repository = (signer.source_repository or "").rpartition("/")[0]
    return (signer.source_owner or of_repository or signer.san).lower()
