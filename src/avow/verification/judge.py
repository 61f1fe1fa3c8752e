"""One subject, verified against identity and policy.

1. discover: candidates from the stores, unjudged;
2. verify the signature, certificate, log entry and timestamps against the pinned trusted roots;
3. read the payload as an in-toto statement of our predicate type, from the very bytes that were verified;
4. match the subject by digest;
5. match the signer against those who may speak for this component;
6. validate the predicate: dates, scope, limitations;
7. establish the strength of its evidence from bytes in hand;
8. apply the policy and conclude.

Nothing is dropped on the way: what was refused is a rejection, what gave no answer is a gap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from typing import Final

from avow import identity
from avow.catalogue.practices import Catalogue
from avow.errors import (
    EXIT_NOTHING,
    EXIT_REFUSED,
    EXIT_SATISFIED,
    EXIT_UNAVAILABLE,
    EXIT_UNSATISFIED,
    BundleMalformed,
    EvidenceRejected,
    IdentityMismatch,
    Nearest,
    RootTooOld,
    ServiceUnavailable,
    SignatureRejected,
    SubjectMismatch,
    UnsupportedEvidence,
)
from avow.formats import purl
from avow.formats.purl import Purl
from avow.identity import ExpectedSigner
from avow.policy import Conclusion, Policy, conclude
from avow.results import Attestation, Decision, EvidenceStrength, Gap, Rejection
from avow.statement.in_toto import ForeignPredicate, Statement, match_subject, read_statement
from avow.statement.predicate import Predicate
from avow.statement.validity import (
    check_predicate,
    scope_purls,
)
from avow.stores.protocol import Candidate, Store
from avow.subject import Subject
from avow.transparency.backend import Backend, VerifiedEnvelope
from avow.verification.session import Enforcement
from avow.verification.third_parties import vouched_at
from avow.vocabulary import Verdict


def verify(
    subject: Subject,
    *,
    component: Purl | None,
    stores: tuple[Store, ...],
    enforcement: Enforcement,
    evidence: Callable[[str], bytes | None],
    catalogue: Catalogue,
    now: datetime,
) -> Decision:
    """The decision about `subject`; see the module's docstring for the steps.

    `component` is what the user says the artefact is. It may be left out where the policy is about one
    component, or where a flag names the signer. `evidence` returns bytes by their SHA-256.

    Not checked: whether a newer statement, a withdrawal or a dispute exists elsewhere.

    Raises:
        InputInvalid: a file that the user named can't be read, or the policy lists signers of several
            components and nobody said which one this is.
    """
    component = component or enforcement.only_component
    attestations: list[Attestation] = []
    rejections: list[Rejection] = []
    gaps: list[Gap] = []
    unavailable = False
    for candidate in _discover(stores):  # 1
        if isinstance(candidate, Gap):
            gaps.append(candidate)
            continue
        try:
            attestation = _accepted(
                candidate, subject, component=component, enforcement=enforcement, evidence=evidence
            )  # 2 to 7
        except (ForeignPredicate, SubjectMismatch) as error:
            if candidate.named:
                rejections.append(Rejection.of(error, location=candidate.location))
            else:
                gaps.append(
                    Gap(code=error.code, location=candidate.location, message=error.message, hint=error.hint)
                )
        except (UnsupportedEvidence, ServiceUnavailable) as error:
            unavailable = unavailable or isinstance(error, ServiceUnavailable)
            gaps.append(
                Gap(code=error.code, location=candidate.location, message=error.message, hint=error.hint)
            )
        except EvidenceRejected as error:
            rejections.append(Rejection.of(error, location=candidate.location))
        else:
            attestations.append(attestation)
    accepted = tuple(attestations)
    conclusion = _concluded(
        accepted, component=component, policy=enforcement.policy, catalogue=catalogue, now=now
    )  # 8
    verdict = conclusion.verdict if conclusion else (Verdict.VERIFIED if accepted else None)
    exit_code, reasons = _exit(verdict, accepted, refused=bool(rejections), unavailable=unavailable)
    return Decision(
        subject=subject,
        verdict=verdict,
        exit_code=exit_code,
        reasons=reasons,
        enforced=enforcement.enforced,
        findings=conclusion.findings if conclusion else (),
        attestations=accepted,
        rejections=tuple(rejections),
        gaps=tuple(gaps),
        notes=conclusion.notes if conclusion else (),
        insecure=enforcement.insecure,
        evaluated_at=now,
    )


def _discover(stores: tuple[Store, ...]) -> Iterator[Candidate | Gap]:
    """Every candidate once; the same bytes in two places are judged where they were first found."""
    seen: set[str] = set()
    for store in stores:
        for candidate in store.candidates():
            if isinstance(candidate, Gap):
                yield candidate
                continue
            digest = hashlib.sha256(candidate.content).hexdigest()
            if digest not in seen:
                seen.add(digest)
                yield candidate


_TELLING: Final[tuple[type[Exception], ...]] = (
    SignatureRejected,
    RootTooOld,
    UnsupportedEvidence,
    BundleMalformed,
)
"""Which refusal tells most where several roots and keys refuse one bundle; the first type in this list wins.

A root finds a bundle unsupported that is signed with a key, and a key one that is signed with a certificate:
what was said of the bundle's own kind of signature tells more.
"""


def _accepted(
    candidate: Candidate,
    subject: Subject,
    *,
    component: Purl | None,
    enforcement: Enforcement,
    evidence: Callable[[str], bytes | None],
) -> Attestation:
    """The attestation in `candidate`, by whichever root its signer is listed under.

    Raises:
        EvidenceRejected, UnsupportedEvidence, RootTooOld: the refusal that tells most.
    """
    mismatches: list[IdentityMismatch] = []
    for envelope in _verified(candidate, enforcement.backends):
        try:
            return _attested(
                envelope, subject, component=component, enforcement=enforcement, evidence=evidence
            )
        except IdentityMismatch as error:
            mismatches.append(error)
    raise min(mismatches, key=lambda error: len(error.nearest.differs_in))


def _verified(candidate: Candidate, backends: tuple[Backend, ...]) -> Iterator[VerifiedEnvelope]:
    """The envelope, once by each root that it verifies against; one at least.

    Roots are tried one by one and never merged. Two editions of one instance's root share most keys, and a
    row may be bound to either.
    """
    refusals: list[EvidenceRejected | UnsupportedEvidence | RootTooOld] = []
    verified = False
    for backend in backends:
        try:
            envelope = backend.verify(candidate.content, location=candidate.location)
        except (EvidenceRejected, UnsupportedEvidence, RootTooOld) as error:
            refusals.append(error)
        else:
            verified = True
            yield envelope
    if verified:
        return
    if not refusals:
        raise UnsupportedEvidence(
            "no trusted root was given that could verify it", location=candidate.location
        )
    raise min(
        refusals,
        key=lambda error: next(i for i, kind in enumerate((*_TELLING, Exception)) if isinstance(error, kind)),
    )


def _attested(
    envelope: VerifiedEnvelope,
    subject: Subject,
    *,
    component: Purl | None,
    enforcement: Enforcement,
    evidence: Callable[[str], bytes | None],
) -> Attestation:
    statement = read_statement(envelope.payload, payload_type=envelope.payload_type)
    match_subject(statement.subjects, subject)
    expected = _matched_signer(envelope, statement.predicate, component=component, enforcement=enforcement)
    check_predicate(statement.predicate, signer=envelope.signer, signed_at=envelope.signed_at)
    return Attestation(
        subject=subject,
        statement=statement,
        signer=envelope.signer,
        expected=expected,
        signed_at=envelope.signed_at,
        location=envelope.location,
        bundle_sha256=envelope.bundle_sha256,
        payload_sha256=statement.payload_sha256,
        strengths=_strengths(
            statement,
            evidence,
            vouched_at=partial(vouched_at, subject=subject, declared_by=envelope, enforcement=enforcement),
        ),
    )


def _matched_signer(
    envelope: VerifiedEnvelope, predicate: Predicate, *, component: Purl | None, enforcement: Enforcement
) -> ExpectedSigner:
    """The row that lets this signer speak for `component`; None is whatever a flag's signer speaks about."""
    scope = scope_purls(predicate)
    if component is not None:
        _refuse_other_component(scope, component)
    return identity.match(
        envelope.signer,
        enforcement.signers_for(component),
        root_sha256=envelope.root_sha256,
        signed_at=envelope.signed_at,
        component=str(component or "this artefact"),
    )


def _refuse_other_component(scope: tuple[Purl, ...], component: Purl) -> None:
    """A scope without purls speaks for the artefact by digest alone; one with purls has to name this one."""
    if not scope or any(
        purl.same_component(each, component) and _same_version(each, component) for each in scope
    ):
        return
    raise SubjectMismatch(
        f"the statement is not about {component}",
        nearest=Nearest(
            differs_in=("scope.purls",),
            expected=str(component),
            found=", ".join(map(str, scope[:3])) + (f" and {len(scope) - 3} more" if scope[3:] else ""),
            next="check --purl",
        ),
    )


def _same_version(scoped: Purl, asked: Purl) -> bool:
    return scoped.version is None or asked.version is None or scoped.version == asked.version


def _strengths(
    statement: Statement,
    evidence: Callable[[str], bytes | None],
    *,
    vouched_at: Callable[[bytes], datetime | None],
) -> tuple[EvidenceStrength, ...]:
    from avow.verification import strength  # noqa: PLC0415  needed only once a statement was accepted

    # One file may be cited many times; it is read and verified once.
    content_of, signed_at = cache(evidence), cache(vouched_at)
    found = []
    for entry in statement.predicate.practices:
        for item in entry.evidence:
            content = content_of(item.resource.digest.get("sha256", ""))
            found.append(
                strength.establish(
                    entry.id,
                    item,
                    content=content,
                    scope=statement.predicate.scope,
                    vouched_at=None if content is None else signed_at(content),
                )
            )
    return tuple(found)


def _concluded(
    attestations: tuple[Attestation, ...],
    *,
    component: Purl | None,
    policy: Policy | None,
    catalogue: Catalogue,
    now: datetime,
) -> Conclusion | None:
    if policy is None:
        return None
    return conclude(attestations, policy=policy, catalogue=catalogue, component=component, now=now)


def _exit(
    verdict: Verdict | None, attestations: tuple[Attestation, ...], *, refused: bool, unavailable: bool
) -> tuple[int, tuple[str, ...]]:
    """The exit code and every reason that applies, the deciding one first (product.md, exit codes)."""
    if verdict is Verdict.VERIFIED:
        return EXIT_SATISFIED, ("verified",)
    if attestations and verdict in {Verdict.CLEAR, Verdict.REVIEW_ONLY}:
        return EXIT_SATISFIED, ("satisfied",)
    applying = [
        (EXIT_REFUSED, "evidence-refused", refused),
        (EXIT_UNAVAILABLE, "no-answer", unavailable),
        (EXIT_NOTHING, "no-usable-evidence", not attestations),
        (EXIT_UNSATISFIED, "not-satisfied", bool(attestations)),
    ]
    reasons = [(code, reason) for code, reason, applies in applying if applies]
    return reasons[0][0], tuple(reason for _, reason in reasons)
