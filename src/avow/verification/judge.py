"""One subject against a pool of admitted statements; `verify` is the whole way, for one subject or many.

5. match the subject by digest: the statements in the pool that list one of its digests
6. match the signer against those who may speak for this component
7. check that the statement can be relied on (`avow.verification.standing`), and that it has neither been
   replaced nor withdrawn (`avow.policy.standing`)
8. establish the strength of its evidence from bytes in hand
9. apply the policy and conclude

`Judge.decide` is pure but for the evidence that it reads by digest, and spends nothing on statements about
other artefacts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avow import identity
from avow.catalogue.practices import load_catalogue
from avow.errors import (
    CandidateFailed,
    ClockBehind,
    EvidenceRejected,
    IdentityMismatch,
    Nearest,
    NothingToEvaluate,
    PredicateInvalid,
    SubjectMismatch,
    one_candidate,
    shortened,
)
from avow.formats import purl
from avow.formats.purl import Purl
from avow.policy import Conclusion, Elsewhere, Superseded, Unheard, conclude, standing
from avow.policy.decisions import by_component
from avow.resolve import with_digests
from avow.results import (
    SUPERSEDED,
    WITHDRAWAL_UNHEARD,
    WITHDRAWN,
    WITHDRAWN_UNSEEN,
    AcceptedWithdrawal,
    Attestation,
    Decision,
    EvidenceStrength,
    Gap,
    Rejection,
    Report,
    Run,
    Withdrawn,
)
from avow.statement.in_toto import StatementSubject, match_subject, other_artefacts
from avow.statement.validity import scope_names
from avow.stores import EvidenceStore, Store
from avow.subject import Subject
from avow.transparency.backend import VerifiedEnvelope, refuse_future
from avow.values import utc_text
from avow.verification import strength
from avow.verification.confirmation import Confirmation
from avow.verification.evidence import EvidenceReader, StatementEvidence
from avow.verification.looks import Looks, known_looks
from avow.verification.pool import Admitted, AdmittedWithdrawal, EvidencePool, set_aside
from avow.verification.session import Session
from avow.verification.standing import Standing
from avow.verification.third_parties import NOBODY, ThirdParties
from avow.vocabulary import Basis, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from avow.identity import ExpectedSigner

MAX_NEIGHBOURS: Final = 3
"""Statements about other artefacts of a component that a note names; further ones are counted."""


def verify(
    subjects: Iterable[Subject],
    *,
    session: Session,
    stores: Iterable[Store],
    evidence: EvidenceStore,
    now: datetime,
    workers: int = 1,
) -> Report:
    """The decisions about `subjects`, in their order, made as the report is read.

    Each candidate of `stores` is verified once, before the first decision, in `workers` processes. `now` is
    UTC. The component of a subject may be left out where the policy is about one component, or where a flag
    names the signer.

    Not checked: whether a newer statement, a withdrawal or a dispute exists outside of `stores`.

    Raises:
        InputInvalid: a file that the user named can't be read, or the policy lists signers of several
            components and nobody said which one a subject is.
        NothingToEvaluate: there is no subject.
    """
    asked = tuple(subjects)
    if not asked:
        raise NothingToEvaluate("there is nothing to verify", hint="name at least one artefact")
    for subject in asked:
        session.component_of(subject)
    pool = EvidencePool.gather(session, stores, subjects=asked, now=now, workers=workers)
    judge = Judge(pool, evidence=evidence)
    # A file that we looked at may be named by an algorithm that no statement uses.
    looks = session.policy.looks if session.policy else ()
    seen = frozenset(look.artefact.algorithm for look in looks if look.artefact is not None)
    known = tuple(with_digests(subject, pool.algorithms | seen) for subject in asked)
    return Report(judge.run(known, now=now), (judge.decide(subject, now=now) for subject in known))


class Judge:
    """What all subjects of one pool share.

    It may be asked at any time: what was signed after `now` does not count. What was still in the future when
    the pool was gathered has been refused, and stays so.
    """

    def __init__(self, pool: EvidencePool, *, evidence: EvidenceStore) -> None:
        self._pool, self._session = pool, pool.session
        self._standing = Standing(pool)
        self._withdrawal_payloads = pool.withdrawal_payloads
        self._undecided = bool(pool.rejections) or not all(gap.is_set_aside for gap in pool.gaps)
        """Something else may be about the artefact that nothing is about."""
        self._third_parties = ThirdParties(pool.session, withdrawals_of=pool.withdrawals_of)
        self._evidence = EvidenceReader(evidence)
        self._catalogue = load_catalogue()
        policy = self._session.policy
        looks = known_looks(policy.looks, evidence=self._evidence) if policy else Looks()
        self._looks = by_component(looks.known)
        self._unknown_looks = looks.problems

    def run(self, subjects: tuple[Subject, ...], *, now: datetime) -> Run:
        """What holds for all `subjects`, and what was found that is about none of them."""
        pool = self._pool
        rejections, gaps = list(pool.rejections), list(pool.gaps)
        digests = {digest for subject in subjects for digest in subject.digests}
        alone = subjects[0] if len(subjects) == 1 else None
        payloads: set[str] = set()
        for admitted in pool.admitted:
            listed = (digest for entry in admitted.statement.subjects for digest in entry.digests)
            if digests.isdisjoint(listed):
                error = other_artefacts(admitted.statement.subjects, alone)
                set_aside(error, admitted, rejections=rejections, gaps=gaps)
            else:
                payloads.add(admitted.statement.payload_sha256)
        for each in pool.withdrawals:
            listed = (digest for entry in each.statement.subjects for digest in entry.digests)
            named = (entry.payload_sha256 for entry in each.statement.withdrawal.withdraws)
            if digests.isdisjoint(listed) and payloads.isdisjoint(named):
                error = other_artefacts(each.statement.subjects, alone)
                set_aside(error, each, rejections=rejections, gaps=gaps)
        return Run(
            basis=self._session.basis,
            searched=pool.searched,
            searched_for_evidence=self._evidence.places,
            enforced=self._session.enforced_for(subjects),
            insecure=self._session.insecure,
            evaluated_at=now,
            subjects=len(subjects),
            candidates=pool.candidates,
            rejections=tuple(rejections),
            gaps=tuple(gaps),
        )

    def decide(self, subject: Subject, *, now: datetime) -> Decision:
        """The decision about `subject` at `now`, UTC."""
        component = self._session.component_of(subject)
        attestations: list[Attestation] = []
        rejections: list[Rejection] = []
        gaps: list[Gap] = []
        about_others: set[str] = set()
        for admitted, entries in self._pool.about(subject):
            try:
                with one_candidate(admitted.location):
                    attestations.append(
                        self._attested(admitted, entries, subject, component=component, now=now)
                    )
            except SubjectMismatch as error:
                about_others.add(admitted.statement.payload_sha256)
                set_aside(error, admitted, rejections=rejections, gaps=gaps)
            except EvidenceRejected as error:
                rejections.append(Rejection.of(error, location=admitted.location))
            except ClockBehind as error:
                gaps.append(Gap.of(error, location=admitted.location))
        withdrawals = self._withdrawals(
            subject, attestations, component=component, now=now, rejections=rejections, gaps=gaps
        )
        stands = standing(
            tuple(attestations),
            elsewhere=self._elsewhere(attestations, component=component, now=now),
            withdrawals=withdrawals,
            withdrawal_payloads=self._withdrawal_payloads,
            other_payloads=self._about_others(subject, withdrawals) | about_others,
        )
        gaps += [_superseded(each) for each in stands.superseded]
        gaps += [_taken_back(each) for each in stands.withdrawn]
        gaps += [_unheard(each) for each in stands.unheard]
        accepted, conclusion = self._concluded(
            stands.stand, rejections, subject, component=component, now=now, withdrawn=stands.withdrawn
        )
        identity_only = Verdict.VERIFIED if accepted else None
        if any(each.blocks for each in stands.withdrawn):
            identity_only = Verdict.BLOCKED
        return Decision(
            subject=subject,
            component=component,
            verdict=conclusion.verdict if conclusion else identity_only,
            findings=conclusion.findings if conclusion else (),
            attestations=accepted,
            rejections=tuple(rejections),
            gaps=tuple(gaps),
            notes=(
                *(conclusion.notes if conclusion else ()),
                *(self._unknown_looks if conclusion else ()),
                *self._neighbours(component, found=bool(attestations or rejections or gaps)),
            ),
            withdrawn=stands.withdrawn,
        )

    def _elsewhere(
        self, attestations: list[Attestation], *, component: Purl | None, now: datetime
    ) -> tuple[Elsewhere, ...]:
        """Usable statements about other artefacts that say that they replace one of `attestations`.

        Why another one is not usable is said where it is asked about its own artefacts.
        """
        found: list[Elsewhere] = []
        accepted = {each.location for each in attestations}
        for admitted in self._pool.superseding(each.payload_sha256 for each in attestations):
            if admitted.location in accepted:
                continue
            try:
                with one_candidate(admitted.location):
                    index, expected = self._matched_signer(admitted, component)
                    refuse_future(admitted.envelopes[index].moments, now=now)
                    self._standing.require(admitted, index)
            except (EvidenceRejected, ClockBehind):
                continue
            named = frozenset(each.payload_sha256 for each in admitted.statement.predicate.supersedes)
            found.append(Elsewhere(expected, admitted.location, named))
        return tuple(found)

    def _withdrawals(
        self,
        subject: Subject,
        attestations: list[Attestation],
        *,
        component: Purl | None,
        now: datetime,
        rejections: list[Rejection],
        gaps: list[Gap],
    ) -> tuple[AcceptedWithdrawal, ...]:
        """The withdrawals about `subject`, or of one of `attestations`, by signers who may speak for it."""
        accepted: list[AcceptedWithdrawal] = []
        payloads = frozenset(each.payload_sha256 for each in attestations)
        for admitted, entries in self._pool.withdrawals_about(subject, payloads):
            try:
                with one_candidate(admitted.location):
                    accepted += self._accepted_withdrawals(
                        admitted,
                        lists_subject=_lists(entries, subject, needed=not admitted.names(payloads)),
                        component=component,
                        now=now,
                    )
            except SubjectMismatch as error:
                set_aside(error, admitted, rejections=rejections, gaps=gaps)
            except EvidenceRejected as error:
                rejections.append(Rejection.of(error, location=admitted.location))
            except ClockBehind as error:
                gaps.append(Gap.of(error, location=admitted.location))
        return tuple(accepted)

    def _accepted_withdrawals(
        self, admitted: AdmittedWithdrawal, *, lists_subject: bool, component: Purl | None, now: datetime
    ) -> list[AcceptedWithdrawal]:
        """The withdrawal by each root that admits its signer, at least one.

        A rule whose time has ended still admits a withdrawal: its owner may find out later that a statement
        was wrong. A revoked signer is refused, as for every statement.

        Raises:
            EvidenceRejected: its signer may not speak for `component`; the nearest miss.
            ClockBehind: it was signed later than `now`.
        """
        accepted: list[AcceptedWithdrawal] = []
        mismatches: list[IdentityMismatch] = []
        for envelope in admitted.envelopes:
            try:
                rules = identity.admitting(
                    envelope.signer,
                    self._session.signers_for(component),
                    root_sha256=envelope.root_sha256,
                    signed_at=envelope.signed_at,
                    component=purl.component_text(component) if component else "this artefact",
                    declared_at=admitted.statement.withdrawal.withdrawn_at,
                    revocations=self._session.revocations_of(envelope.signer),
                    also_ended=True,
                )
            except IdentityMismatch as error:
                mismatches.append(error)
                continue
            refuse_future(envelope.moments, now=now)
            accepted.append(
                AcceptedWithdrawal(
                    statement=admitted.statement,
                    signer=envelope.signer,
                    rules=rules,
                    signed_at=envelope.signed_at,
                    location=admitted.location,
                    lists_subject=lists_subject,
                )
            )
        if not accepted:
            raise min(mismatches, key=lambda error: len(error.nearest.differs_in))
        return accepted

    def _about_others(self, subject: Subject, withdrawals: tuple[AcceptedWithdrawal, ...]) -> frozenset[str]:
        """What is withdrawn and in hand, and by its own list not about `subject`."""
        named = {
            entry.payload_sha256 for each in withdrawals for entry in each.statement.withdrawal.withdraws
        }
        return frozenset(each for each in named if self._pool.is_about_others(each, subject))

    def _concluded(
        self,
        attestations: tuple[Attestation, ...],
        rejections: list[Rejection],
        subject: Subject,
        *,
        component: Purl | None,
        now: datetime,
        withdrawn: tuple[Withdrawn, ...],
    ) -> tuple[tuple[Attestation, ...], Conclusion | None]:
        """The statements that count and what follows from them; nothing where no practice is judged.

        A statement that can't be judged is refused like any other candidate, and the rest still counts.
        """
        policy = self._session.policy
        if policy is None:
            return attestations, None

        def follows(of: tuple[Attestation, ...]) -> Conclusion:
            return conclude(
                of,
                policy=policy,
                catalogue=self._catalogue,
                component=component,
                now=now,
                looks=self._looks,
                digests=frozenset(subject.digests),
                withdrawn=withdrawn,
            )

        accepted = attestations
        try:
            with one_candidate():
                return accepted, follows(accepted)
        except CandidateFailed:
            accepted = ()  # whose fault it is turns out below
        for attestation in attestations:
            try:
                with one_candidate(attestation.location):
                    follows((attestation,))
                accepted += (attestation,)
            except CandidateFailed as error:
                rejections.append(Rejection.of(error, location=attestation.location))
        return accepted, follows(accepted)

    def _neighbours(self, component: Purl | None, *, found: bool) -> tuple[str, ...]:
        """If nothing can be about the artefact: the statements about other artefacts of its component."""
        if found or self._undecided or component is None:
            return ()
        numbers = self._pool.of_component(component)
        if not numbers:
            return ()
        shown = ", ".join(self._pool.admitted[number].location for number in numbers[:MAX_NEIGHBOURS])
        more = f" and {len(numbers) - MAX_NEIGHBOURS} more" if len(numbers) > MAX_NEIGHBOURS else ""
        return (f"the statements found about {component} don't list this artefact: {shown}{more}",)

    def _attested(
        self,
        admitted: Admitted,
        entries: tuple[StatementSubject, ...],
        subject: Subject,
        *,
        component: Purl | None,
        now: datetime,
    ) -> Attestation:
        """The attestation in `admitted`, by whichever root its signer is listed under.

        Raises:
            EvidenceRejected: another subject or component, an unlisted signer, or a statement that does not
                stand.
        """
        match_subject(entries, subject)
        if isinstance(admitted.scope, PredicateInvalid):
            raise admitted.scope.with_traceback(None)
        if component is not None:
            _require_component(
                admitted.scope,
                component,
                versions=admitted.statement.predicate.scope.versions,
                place=self._place_of(subject, component),
            )
        index, expected = self._matched_signer(admitted, component)
        envelope = admitted.envelopes[index]
        refuse_future(envelope.moments, now=now)
        self._standing.require(admitted, index)
        return Attestation(
            subject=subject,
            statement=admitted.statement,
            scope=admitted.scope,
            basis=Basis.DIGEST,
            signer=envelope.signer,
            expected=expected,
            signed_at=envelope.signed_at,
            location=admitted.location,
            bundle_sha256=envelope.bundle_sha256,
            payload_sha256=admitted.statement.payload_sha256,
            strengths=tuple(self._strengths(admitted, envelope, subject, component=component, now=now)),
        )

    def _place_of(self, subject: Subject, component: Purl) -> str:
        """The rule that says which component `subject` is, if the user does not say it."""
        if subject.purl is not None or self._session.rules is None:
            return ""
        return next((rule.place for rule in self._session.rules.rules_for(component)), "")

    def _matched_signer(self, admitted: Admitted, component: Purl | None) -> tuple[int, ExpectedSigner]:
        """The envelope whose signer may speak for `component`, and the rule that says so.

        If several rules do, for one root or for several, the first in the policy counts.

        Raises:
            IdentityMismatch: none; the nearest miss.
        """
        expected = self._session.signers_for(component)
        matches: list[tuple[int, ExpectedSigner]] = []
        mismatches: list[IdentityMismatch] = []
        for index, envelope in enumerate(admitted.envelopes):
            try:
                rule = identity.match(
                    envelope.signer,
                    expected,
                    root_sha256=envelope.root_sha256,
                    signed_at=envelope.signed_at,
                    component=purl.component_text(component) if component else "this artefact",
                    declared_at=admitted.statement.predicate.declared_at,
                    revocations=self._session.revocations_of(envelope.signer),
                )
            except IdentityMismatch as error:
                mismatches.append(error)
            else:
                matches.append((index, rule))
        if matches:
            return min(matches, key=lambda match: expected.index(match[1]))
        raise min(mismatches, key=lambda error: len(error.nearest.differs_in))

    def _strengths(
        self,
        admitted: Admitted,
        envelope: VerifiedEnvelope,
        subject: Subject,
        *,
        component: Purl | None,
        now: datetime,
    ) -> Iterator[EvidenceStrength]:
        predicate, cited = admitted.statement.predicate, StatementEvidence(self._evidence)
        for entry in predicate.practices:
            practice = self._catalogue.practice(entry.id)
            for item in entry.evidence:
                sha256 = item.resource.digest.get("sha256", "")
                file, missing = cited.file(sha256)
                voucher = NOBODY
                if file is not None and practice is not None:
                    voucher = self._third_parties.vouched_at(
                        file.content,
                        sha256=sha256,
                        subject=subject,
                        declared_by=envelope,
                        question=Confirmation(practice, component, now),
                    )
                yield strength.establish(
                    entry.id,
                    item,
                    file=file,
                    missing=missing,
                    scope=predicate.scope,
                    level=practice.subject_level if practice else "",
                    signed_at=envelope.signed_at,
                    voucher=voucher,
                )


def _lists(entries: tuple[StatementSubject, ...], subject: Subject, *, needed: bool) -> bool:
    """A withdrawal's `entries` are about `subject`; where it names a statement about it they need not be.

    Raises:
        SubjectMismatch: some digest agrees and not all do, and it names nothing else.
    """
    if not entries:
        return False
    try:
        match_subject(entries, subject)
    except SubjectMismatch:
        if needed:
            raise
        return False
    return True


def _superseded(found: Superseded) -> Gap:
    return Gap(
        code=SUPERSEDED,
        location=found.attestation.location,
        message=f"a later statement of the same signer replaces it: {found.by.location}",
    )


def _taken_back(found: Withdrawn) -> Gap:
    by, attestation = found.by, found.attestation
    what = (
        "withdrawn"
        if attestation
        else f"withdraws a statement that was not found, {found.entry.payload_sha256}"
    )
    more = f", and by {found.more} more" if found.more else ""
    return Gap(
        code=WITHDRAWN if attestation else WITHDRAWN_UNSEEN,
        location=attestation.location if attestation else by.location,
        message=f"{what} at {utc_text(by.signed_at)} by its signer, in {by.location}{more}: {found.why}",
        hint="ask the project for a statement that it stands by"
        if found.blocks
        else "read what the signer said later",
    )


def _unheard(found: Unheard) -> Gap:
    return Gap(
        code=WITHDRAWAL_UNHEARD,
        location=found.withdrawal.location,
        message=f"it withdraws {found.entry.payload_sha256}, which is "
        + (
            "a withdrawal; that can't be withdrawn"
            if found.of_withdrawal
            else "another signer's; only that signer is heard"
        ),
    )


def _require_component(scope: tuple[Purl, ...], component: Purl, *, versions: str | None, place: str) -> None:
    """A scope without purls is about the artefact by digest; one with purls must name this component."""
    if scope_names(scope, component, versions=versions):
        return
    raise SubjectMismatch(
        f"the statement is not about {component}",
        nearest=Nearest(
            differs_in=("scope.purls",),
            expected=str(component),
            found=", ".join(map(str, scope[:3]))
            + (f" and {len(scope) - 3} more" if scope[3:] else "")
            + (f", versions {shortened(versions)}" if versions else ""),
            rule=place,
            next="correct `for` in the policy, or say with --purl which component it is"
            if place
            else "check --purl, its version included",
        ),
    )
