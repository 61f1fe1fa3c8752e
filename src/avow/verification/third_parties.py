"""Evidence that somebody else signed: E4, the strongest there is.

The policy, never the statement, says whose signature counts (`evidenceSigners`): nothing inside a
predicate can name its own verifier. The evidence has to be a bundle that verifies, about this very
artefact, by a listed signer whose owner is another than the statement's (or who signed provenance), and say
that the practice is in place (`avow.verification.confirmation`). What its signer withdrew counts no more.

Source: specification, evidence strength.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from avow import identity
from avow.errors import AvowError, one_candidate
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.policy.standing import authority_of
from avow.statement.in_toto import match_subject, read_subjects
from avow.subject import Subject
from avow.transparency.backend import VerifiedEnvelope, refuse_future
from avow.verification import confirmation
from avow.verification.confirmation import Confirmation
from avow.verification.pool import AdmittedWithdrawal
from avow.verification.session import Session

_ANY_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Bundles are verified for whatever time is asked about; what is in the future is refused for each."""


class Voucher(NamedTuple):
    """When somebody else confirmed a practice, or why a bundle does not; neither if it is not a bundle."""

    signed_at: datetime | None = None
    problem: str = ""


NOBODY: Final = Voucher()


class ThirdParties:
    """The evidence signers of one session, asked about many pieces of evidence."""

    def __init__(
        self, session: Session, *, withdrawals_of: Callable[[str], tuple[AdmittedWithdrawal, ...]]
    ) -> None:
        self._session = session
        self._withdrawals_of = withdrawals_of
        self._envelopes: dict[str, tuple[VerifiedEnvelope, ...]] = {}
        self._said: dict[Hashable, Voucher] = {}
        """By bundle, artefact, declarer and question: a statement may cite one bundle thousands of times."""

    def vouched_at(
        self,
        content: bytes,
        *,
        sha256: str,
        subject: Subject,
        declared_by: VerifiedEnvelope,
        question: Confirmation,
    ) -> Voucher:
        """When a listed evidence signer of another owner said so about `subject`, in the bundle `content`.

        `sha256` is that of `content`: one bundle is verified once, however often it is cited. The moment
        limits how recent the evidence can be, whatever the project says.
        """
        if not self._session.evidence_signers:
            return Voucher()
        if sha256 not in self._envelopes:
            self._envelopes[sha256] = tuple(self._verified(content))
        practice = question.practice.id
        asked = sha256, subject, _owner(declared_by.signer), practice, question.component, question.now
        if asked not in self._said:
            vouchers = [
                self._voucher(envelope, subject, declared_by=declared_by, question=question)
                for envelope in self._envelopes[sha256]
            ]
            signed = [each for each in vouchers if each.signed_at is not None]
            self._said.clear()  # the next question is about the same bundle, or never comes again
            self._said[asked] = min(signed, key=_signed_at) if signed else next(iter(vouchers), Voucher())
        return self._said[asked]

    def _verified(self, content: bytes) -> list[VerifiedEnvelope]:
        envelopes = []
        for backend in self._session.backends:
            try:
                with one_candidate():
                    envelopes.append(backend.verify(content, location="evidence", now=_ANY_TIME))
            except AvowError:
                continue  # ordinary evidence is not a bundle; one that does not verify is worth its bytes
        return envelopes

    def _voucher(
        self,
        envelope: VerifiedEnvelope,
        subject: Subject,
        *,
        declared_by: VerifiedEnvelope,
        question: Confirmation,
    ) -> Voucher:
        try:
            with one_candidate():
                refuse_future(envelope.moments, now=question.now)
                rule = identity.match(
                    envelope.signer,
                    self._session.evidence_signers,
                    root_sha256=envelope.root_sha256,
                    signed_at=envelope.signed_at,
                    component="evidence",
                    revocations=self._session.revocations_of(envelope.signer),
                )
                match_subject(read_subjects(envelope.payload, payload_type=envelope.payload_type), subject)
                problem = confirmation.problem(
                    envelope.payload,
                    payload_type=envelope.payload_type,
                    signed_at=envelope.signed_at,
                    rule=rule,
                    signer=envelope.signer,
                    same_owner=_owner(envelope.signer) == _owner(declared_by.signer),
                    question=question,
                )
        except AvowError as error:
            return Voucher(problem=error.message)
        if not problem and self._is_taken_back(envelope, rule, now=question.now):
            problem = "its signer has withdrawn it"
        return Voucher(problem=problem) if problem else Voucher(signed_at=envelope.signed_at)

    def _is_taken_back(self, envelope: VerifiedEnvelope, rule: ExpectedSigner, *, now: datetime) -> bool:
        """A withdrawal of the same authority names it."""
        payload = hashlib.sha256(envelope.payload).hexdigest()
        return any(
            authority_of(each) == authority_of(rule)
            for withdrawal in self._withdrawals_of(payload)
            for withdrawing in withdrawal.envelopes
            for each in self._admitting(withdrawal, withdrawing, now=now)
        )

    def _admitting(
        self, withdrawal: AdmittedWithdrawal, envelope: VerifiedEnvelope, *, now: datetime
    ) -> tuple[ExpectedSigner, ...]:
        """The rules of evidence signers that let it be heard; a rule that has ended does, too."""
        try:
            with one_candidate():
                refuse_future(envelope.moments, now=now)
                return identity.admitting(
                    envelope.signer,
                    self._session.evidence_signers,
                    root_sha256=envelope.root_sha256,
                    signed_at=envelope.signed_at,
                    component="evidence",
                    declared_at=withdrawal.statement.withdrawal.withdrawn_at,
                    revocations=self._session.revocations_of(envelope.signer),
                    also_ended=True,
                )
        except AvowError:
            return ()


def _signed_at(voucher: Voucher) -> datetime:
    return voucher.signed_at or _ANY_TIME


def _owner(signer: SignerIdentity | SignerKey) -> str:
    """Who stands behind a signature: the owner of the repository it was made for, a person, or a key."""
    if isinstance(signer, SignerKey):
        return signer.spki_sha256
    of_repository = (signer.source_repository or "").rpartition("/")[0]
    return (signer.source_owner or of_repository or signer.san).lower()
