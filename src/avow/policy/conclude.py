"""From accepted statements to findings and a verdict. Nothing checked is never a yes.

Which statement counts: of those that stand (`avow.policy.standing`), a requirement is met when some statement
meets it, alone and in full, and no statement of the project itself says no. The order of statements does not
matter, and one more of them makes a finding worse only by such a no, or by replacing an earlier one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from avow.errors import InputInvalid
from avow.formats.purl import Purl, same_component
from avow.policy.rules import OWN_RELATIONSHIPS, Case, Judgement, judge, without_statement
from avow.results import Attestation, Finding
from avow.values import Frozen, utc_text
from avow.vocabulary import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from avow.catalogue.practices import Catalogue, Practice
    from avow.catalogue.profiles import Requirement
    from avow.policy.document import Policy, Waiver

NEVER_WAIVED: Final = frozenset({Outcome.CONFLICT})


class Conclusion(Frozen):
    """What follows for one component."""

    findings: tuple[Finding, ...]
    verdict: Verdict
    notes: tuple[str, ...]


def conclude(
    attestations: tuple[Attestation, ...],
    *,
    policy: Policy,
    catalogue: Catalogue,
    component: Purl | None,
    now: datetime,
    version: str | None = None,
) -> Conclusion:
    """One finding per practice that the policy requires or recommends, and the verdict.

    `attestations` have been accepted: signature, signer, subject and predicate are not looked at again.
    Without `component` and `version` each statement's own scope names them.

    Raises:
        InputInvalid: the policy requires a practice that is not in the catalogue.
    """
    findings: list[Finding] = []
    judged: list[tuple[bool, Judgement]] = []
    still_open: set[str] = set()
    about = [_About.of(each, component=component, version=version) for each in attestations]
    for required, requirement in policy.questions:
        practice = catalogue.practice(requirement.practice)
        if practice is None:
            raise InputInvalid(f"the policy requires {requirement.practice}, which is not in the catalogue")
        judgement = _best(
            about,
            requirement,
            practice=practice,
            policy=policy,
            component=component,
            version=version,
            now=now,
        )
        judged.append((required, judgement))
        if not judgement.is_closed:
            still_open.add(practice.id)
        findings.append(
            Finding(
                practice=practice.id,
                title=practice.title,
                outcome=judgement.outcome,
                required=required,
                voice=judgement.voice,
                reason=judgement.reason,
                next=judgement.next,
                references=catalogue.citations(practice),
                rules=judgement.rules,
                statement=judgement.statement,
            )
        )
    waivers = [
        each for each in policy.waivers if component is None or same_component(each.component, component)
    ]
    expired = [each for each in waivers if each.until < now.date()]
    return Conclusion(
        findings=tuple(findings),
        verdict=_verdict(judged, any_statement=bool(attestations), expired_waiver=bool(expired)),
        notes=(
            *(f"{each.place}: the waiver of {each.practice} expired on {each.until}" for each in expired),
            *_without_version(waivers, still_open, component=component, version=version, now=now),
            *_capped(attestations, policy),
        ),
    )


class _About(NamedTuple):
    """A statement, and the component and version in question where it is judged."""

    attestation: Attestation
    component: Purl | None
    version: str | None

    @classmethod
    def of(cls, attestation: Attestation, *, component: Purl | None, version: str | None) -> _About:
        """What the caller did not say, an unambiguous scope says."""
        scoped = attestation.scope
        if component is None:
            about = scoped[0] if scoped and all(same_component(each, scoped[0]) for each in scoped) else None
        else:
            about = component
            scoped = tuple(each for each in scoped if same_component(each, component))
        versions = {each.version for each in scoped}
        only = versions.pop() if len(versions) == 1 else None
        return cls(attestation, about, version or (component.version if component else None) or only)


def _best(
    about: list[_About],
    requirement: Requirement,
    *,
    practice: Practice,
    policy: Policy,
    component: Purl | None,
    version: str | None,
    now: datetime,
) -> Judgement:
    """The best judgement of any statement; of equals the most recent one, whatever their order."""
    # Only the version that the consumer gave: the declarer's own word must not open a waiver.
    named = version or (component.version if component else None)
    if not about:
        return _waived(
            without_statement(practice, requirement),
            practice,
            policy=policy,
            component=component,
            version=named,
            now=now,
        )
    candidates: list[tuple[Attestation, Judgement]] = []
    for attestation, of_component, of_version in about:
        case = Case(
            requirement,
            practice,
            attestation,
            policy=policy,
            component=of_component,
            version=of_version,
            now=now,
        )
        candidates.append((attestation, judge(case)))
    return _waived(_heard(candidates), practice, policy=policy, component=component, version=named, now=now)


def _heard(candidates: list[tuple[Attestation, Judgement]]) -> Judgement:
    """The best judgement, unless the project itself says no: then no other voice can turn that into a yes."""
    gaps = [
        (attestation, judgement)
        for attestation, judgement in candidates
        if attestation.expected.relationship in OWN_RELATIONSHIPS and judgement.is_an_own_no
    ]
    if gaps:
        return max(gaps, key=_worst_last)[1]
    return min(candidates, key=_best_first)[1]


def _worst_last(candidate: tuple[Attestation, Judgement]) -> tuple[int, float, str]:
    attestation, judgement = candidate
    return judgement.rank, attestation.made_at.timestamp(), attestation.payload_sha256


def _best_first(candidate: tuple[Attestation, Judgement]) -> tuple[int, float, str]:
    attestation, judgement = candidate
    return judgement.rank, -attestation.made_at.timestamp(), attestation.payload_sha256


def _waived(
    judgement: Judgement,
    practice: Practice,
    *,
    policy: Policy,
    component: Purl | None,
    version: str | None,
    now: datetime,
) -> Judgement:
    if not policy.waivers:
        return judgement
    waiver = _waiver(policy.waivers, practice, component=component, version=version, now=now)
    if waiver is None or judgement.is_closed or judgement.outcome in NEVER_WAIVED:
        return judgement
    terms = f"{waiver.owner} accepts it until {waiver.until} ({waiver.ticket}), because {waiver.because}"
    return judgement._replace(
        outcome=Outcome.WAIVED,
        reason=f"{terms}; without the waiver it is {judgement.outcome}, {judgement.reason}",
    )


def _waiver(
    waivers: tuple[Waiver, ...],
    practice: Practice,
    *,
    component: Purl | None,
    version: str | None,
    now: datetime,
) -> Waiver | None:
    if component is None or version is None:
        return None
    return next(
        (
            waiver
            for waiver in waivers
            if waiver.practice == practice.id
            and waiver.until >= now.date()
            and same_component(waiver.component, component)
            and waiver.versions.contains(version)
        ),
        None,
    )


def _verdict(judged: list[tuple[bool, Judgement]], *, any_statement: bool, expired_waiver: bool) -> Verdict:
    required = [judgement for is_required, judgement in judged if is_required]
    if any(judgement.outcome is Outcome.CONFLICT for judgement in required):
        return Verdict.BLOCKED
    satisfied = any_statement and bool(required) and all(judgement.is_closed for judgement in required)
    if not satisfied or expired_waiver:
        return Verdict.ACTION_NEEDED
    if all(judgement.outcome in {Outcome.MET, Outcome.COMPENSATED} for _, judgement in judged):
        return Verdict.CLEAR
    return Verdict.REVIEW_ONLY


def _without_version(
    waivers: list[Waiver],
    still_open: set[str],
    *,
    component: Purl | None,
    version: str | None,
    now: datetime,
) -> Iterator[str]:
    """Waivers that would count if the consumer had said which version it is."""
    if component is None or version or component.version:
        return
    for each in waivers:
        if each.practice in still_open and each.until >= now.date():
            yield (
                f"{each.place}: the waiver of {each.practice} is for some versions, and none was given; "
                f"name it with --purl {component}@VERSION"
            )


def _capped(attestations: tuple[Attestation, ...], policy: Policy) -> Iterator[str]:
    for each in sorted(attestations, key=lambda attestation: attestation.payload_sha256):
        until = each.statement.predicate.valid_until
        days = (until - each.made_at).days
        if days > policy.max_validity_days:
            yield (
                f"{each.location}: valid until {utc_text(until)}, {days} days after it was made; "
                f"only the first {policy.max_validity_days} count here"
            )
