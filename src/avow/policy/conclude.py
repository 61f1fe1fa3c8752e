"""From accepted statements and the consumer's own looks and decisions to findings and a verdict.

Which statement counts: of those that stand (`avow.policy.standing`), a requirement is met when some statement
or own look meets it, alone and in full, and neither the project nor the consumer's own organisation says no.
The order of statements does not matter, and one more of them makes a finding worse only by such a no, by a
contradiction that the policy allows, or by replacing an earlier one.

The verdict comes from the findings, not from whether anybody signed. Nothing checked is never a yes.

Source: specification, evaluation.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from avow.errors import InputInvalid
from avow.formats.purl import ByComponent, Purl, same_component
from avow.formats.repository import repository_path
from avow.identity import SignerIdentity
from avow.policy.decisions import AcceptedGap, Decided, Look, Measure, OwnLook
from avow.policy.own_looks import (
    LookedAt,
    for_some_versions,
    has_begun,
    latest,
    source_of,
)
from avow.policy.rules import Case, Judgement, Setting, Stance, judge, without_statement
from avow.policy.voices import OWN_RELATIONSHIPS
from avow.results import Attestation, Finding, OwnDecision, OwnSight, Withdrawn
from avow.values import Frozen, nearest, utc_text
from avow.vocabulary import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from avow.catalogue.practices import Catalogue, Practice
    from avow.catalogue.profiles import Requirement
    from avow.policy.document import Policy
    from avow.subject import Digest

NEVER_ACCEPTED: Final = frozenset({Outcome.CONFLICT})
"""No decision of the consumer closes these."""

MAX_PLACES_SHOWN: Final = 3
"""Of own entries that don't count for the same reason."""

MAX_ENTRIES_COMPARED: Final = 200
"""Own entries whose component's name is compared with one that none is about; long lists are not typed."""


NO_LOOKS: Final[ByComponent[Look]] = ByComponent()


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
    looks: ByComponent[Look] = NO_LOOKS,
    digests: frozenset[Digest] = frozenset(),
    withdrawn: tuple[Withdrawn, ...] = (),
) -> Conclusion:
    """One finding per practice that the policy requires or recommends, and the verdict.

    `attestations` have been accepted: signature, signer, subject and predicate are not looked at again.
    Without `component` and `version` each statement's own scope names them. `looks` are those of the policy
    whose result is known, and `digests` those of the artefact. Of `withdrawn`, what nothing counts in the
    place of blocks, whatever is accepted.

    Raises:
        InputInvalid: the policy requires a practice that is not in the catalogue.
    """
    # Only the version that the consumer gave: the declarer's own word must not open an accepted gap.
    setting = Setting(policy, component, version or (component.version if component else None), now)
    said_by = [_Said.of(each, setting=setting) for each in attestations]
    own = _own_payloads(attestations)
    decisions = _Decisions(setting)
    begun: dict[str, list[Look]] = {}
    for look in looks.about(component):
        if has_begun(look, now=now):
            begun.setdefault(look.own.practice, []).append(look)
    findings: list[Finding] = []
    judged: list[tuple[bool, Judgement]] = []
    notes: list[str] = []
    still_open: dict[str, Requirement] = {}
    aside: list[OwnLook] = []
    for required, requirement in policy.questions:
        practice = catalogue.practice(requirement.practice)
        if practice is None:
            raise InputInvalid(f"the policy requires {requirement.practice}, which is not in the catalogue")
        seen = [LookedAt(each, requirement, practice, setting=setting) for each in begun.get(practice.id, ())]
        counting = latest(each for each in seen if each.is_about(digests))
        row = _Row(practice, requirement, said_by, counting, own=own)
        judgement = decisions.applied(row.judgement, practice, requirement)
        judged.append((required, judgement))
        notes += row.notes
        for each in seen:
            if why := each.not_compared(digests):
                notes.append(f"{each.look.own.place}: the observation of {practice.id}: {why}")
        if not judgement.is_closed:
            still_open[practice.id] = requirement
            aside += [each.look.own for each in seen if not each.is_about(digests)]
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
                strength=requirement.evidence,
                entry=judgement.entry,
                evidence=judgement.evidence,
                own_look=None if judgement.look is None else _sight(judgement.look),
                own_decision=None if judgement.decision is None else _decision(judgement.decision),
                deciding_facts=(*practice.deciding_facts, *requirement.facts),
            )
        )
    ended = tuple(decisions.ended())
    return Conclusion(
        findings=tuple(findings),
        verdict=Verdict.BLOCKED
        if any(each.blocks for each in withdrawn)
        else _verdict(judged, any_statement=bool(attestations), ended=bool(ended)),
        notes=(
            *ended,
            *notes,
            *decisions.not_applied(still_open),
            *_own_word_set_aside(looks, still_open, aside, setting=setting),
            *_capped(attestations, policy),
            *_other_editions(attestations, catalogue),
        ),
    )


def _sight(look: Look) -> OwnSight:
    own = look.own
    return OwnSight(
        place=own.place,
        in_place=look.in_place,
        at=look.at,
        who=own.who,
        source=source_of(own),
        sha256=own.sha256 or None,
        versions=None if own.versions is None else str(own.versions),
        artefact=None if own.artefact is None else str(own.artefact),
        facts=own.facts,
        note=own.note,
    )


def _decision(decision: Decided) -> OwnDecision:
    gap = decision if isinstance(decision, AcceptedGap) else None
    return OwnDecision(
        place=decision.place,
        kind="acceptedGap" if gap else "measure",
        owner=decision.owner,
        because=gap.because if gap else "",
        measure=decision.measure,
        versions=str(decision.versions),
        ticket=gap.ticket if gap else "",
        source=decision.source if isinstance(decision, Measure) else "",
        until=decision.until,
    )


class _Said(NamedTuple):
    """A statement, and the component and version in question where it is judged."""

    attestation: Attestation
    setting: Setting

    @classmethod
    def of(cls, attestation: Attestation, *, setting: Setting) -> _Said:
        """What the consumer did not say, an unambiguous scope says."""
        component, scoped = setting.component, attestation.scope
        if component is None:
            about = scoped[0] if scoped and all(same_component(each, scoped[0]) for each in scoped) else None
        else:
            about = component
            scoped = tuple(each for each in scoped if same_component(each, component))
        versions = {each.version for each in scoped}
        only = versions.pop() if len(versions) == 1 else None
        return cls(attestation, setting._replace(component=about, version=setting.version or only))


class _Heard(NamedTuple):
    """One judgement, by a statement or by an own look."""

    judgement: Judgement
    is_no: bool
    """The project, or the consumer's own organisation, says no."""
    is_look: bool
    at: datetime
    name: str
    """SHA-256 of the payload, or the place of the look."""

    @property
    def best_first(self) -> tuple[int, bool, float, str]:
        """Of equal judgements a statement's, then the most recent one."""
        return self.judgement.rank, self.is_look, -self.at.timestamp(), self.name

    @property
    def worst_last(self) -> tuple[int, float, str]:
        """Of equal judgements the most recent one."""
        return self.judgement.rank, self.at.timestamp(), self.name


class _Row:
    """One practice: what every statement and the own look say of it, and what follows from all of them."""

    def __init__(
        self,
        practice: Practice,
        requirement: Requirement,
        said_by: list[_Said],
        look: LookedAt | None,
        *,
        own: frozenset[str],
    ) -> None:
        self._practice, self._requirement, self._own = practice, requirement, own
        self._look = look
        seen = look.look if look is not None and look.supports else None
        self._said = [
            (
                each.attestation,
                judge(
                    Case(
                        requirement,
                        practice,
                        each.attestation,
                        setting=each.setting,
                        seen=seen if seen and _same_repository(seen, each.attestation) else None,
                    )
                ),
            )
            for each in said_by
        ]
        told = sorted(self._said, key=lambda each: (-each[0].made_at.timestamp(), each[0].payload_sha256))
        self._claims = [
            each for each in told if each[1].stance is Stance.CLAIMS and each[0].payload_sha256 in own
        ]
        """What the project says is in place, the most recent statement first."""
        self._denials = [
            each
            for each in told
            if each[1].stance is Stance.DENIES and each[0].payload_sha256 not in own and self._claims
        ]
        """What others deny of that."""

    @property
    def judgement(self) -> Judgement:
        """The best judgement of all, unless there is a contradiction that counts, or an own no."""
        with_right = [each for each in self._denials if each[0].expected.may_contradict]
        if with_right:
            return _conflict(self._claims[0], with_right[0])
        heard = [
            _Heard(
                judgement,
                is_no=judgement.is_an_own_no and each.payload_sha256 in self._own,
                is_look=False,
                at=each.made_at,
                name=each.payload_sha256,
            )
            for each, judgement in self._said
        ]
        if self._look is not None:
            look = self._look.look
            heard.append(
                _Heard(
                    self._look.judgement,
                    is_no=self._look.denies,
                    is_look=True,
                    at=look.at,
                    name=look.own.place,
                )
            )
        refusals = [each for each in heard if each.is_no]
        if refusals:
            return max(refusals, key=lambda each: each.worst_last).judgement
        if not heard:
            return without_statement(self._practice, self._requirement)
        return min(heard, key=lambda each: each.best_first).judgement

    @property
    def notes(self) -> Iterator[str]:
        """What is said beside the outcome: somebody denies what the project claims, and has no right to."""
        for attestation, _ in self._denials:
            if not attestation.expected.may_contradict:
                yield (
                    f"{self._practice.id}: {attestation.expected.relationship} {attestation.signer} says in "
                    f"{attestation.location} that it is not in place, and the project says that it is"
                )
        if self._claims and self._look is not None and self._look.denies:
            yield (
                f"{self._practice.id}: the project says in {self._claims[0][0].location} that it is in "
                f"place, and {self._look.look.own.place} that it is not"
            )


def _same_repository(look: Look, attestation: Attestation) -> bool:
    """A tool's result is of the repository that the statement declares, if it declares one."""
    source = attestation.statement.predicate.scope.source
    return not look.own.repository or source is None or repository_path(source.uri) == look.own.repository


def _conflict(claim: tuple[Attestation, Judgement], denial: tuple[Attestation, Judgement]) -> Judgement:
    (claiming, claimed), (denying, denied) = claim, denial
    return Judgement(
        outcome=Outcome.CONFLICT,
        reason=(
            f"the project says in {claiming.location} that it is in place ({claimed.reason}), "
            f"and {denying.expected.relationship} {denying.signer} in {denying.location} that it is not "
            f"({denied.reason})"
        ),
        next="find out which of the two is right, from both; until then nothing counts for this practice",
        voice=denied.voice,
        rules=denied.rules,
        statement=denying.payload_sha256,
        entry=denied.entry,
        evidence=denied.evidence,
    )


def _own_payloads(attestations: tuple[Attestation, ...]) -> frozenset[str]:
    """The statements that speak as the project: by their relationship, or signed for the same repository."""
    spoken = [each for each in attestations if each.expected.relationship in OWN_RELATIONSHIPS]
    repositories = set().union(*map(_repositories, spoken))
    beside = (each for each in attestations if not repositories.isdisjoint(_repositories(each)))
    return frozenset(each.payload_sha256 for each in (*spoken, *beside))


def _repositories(attestation: Attestation) -> set[tuple[str, str]]:
    """The repository and the owner's number that a certificate proves, with the issuer that says so."""
    signer = attestation.signer
    if not isinstance(signer, SignerIdentity):
        return set()
    found = (signer.source_repository, signer.source_owner_id)
    return {(signer.issuer, each) for each in found if each is not None}


_Entry = TypeVar("_Entry", AcceptedGap, Measure)


class _Decisions:
    """The accepted gaps and measures about one component."""

    def __init__(self, setting: Setting) -> None:
        self._setting, self._today = setting, setting.now.date()
        version = setting.version
        self._all = [
            each
            for each in setting.policy.decided.about(setting.component)
            if version is None or each.versions.contains(version)
        ]
        """Those about the version, if that is known."""
        self._gaps = [each for each in self._all if isinstance(each, AcceptedGap)]
        self._measures = [each for each in self._all if isinstance(each, Measure)]

    def applied(self, judgement: Judgement, practice: Practice, requirement: Requirement) -> Judgement:
        """`judgement`, or what a measure or an accepted gap turns it into."""
        if judgement.is_closed or judgement.outcome in NEVER_ACCEPTED:
            return judgement
        without = f"without that it is {judgement.outcome}, {judgement.reason}"
        measure = self._current(self._measures, practice) if requirement.or_else else None
        if measure is not None:
            return judgement._replace(
                outcome=Outcome.COMPENSATED,
                reason=f"{measure.owner} takes a measure until {measure.until}: {measure.measure}; {without}",
                decision=measure,
            )
        gap = self._current(self._gaps, practice)
        if gap is None:
            return judgement
        ticket = f" ({gap.ticket})" if gap.ticket else ""
        return judgement._replace(
            outcome=Outcome.GAP_ACCEPTED,
            reason=f"{gap.owner} accepts the gap until {gap.until}{ticket}, because {gap.because}; "
            f"measure: {gap.measure}; {without}",
            decision=gap,
        )

    def _current(self, entries: list[_Entry], practice: Practice) -> _Entry | None:
        if self._setting.version is None:
            return None
        return next(
            (each for each in entries if each.practice == practice.id and each.until >= self._today), None
        )

    def ended(self) -> Iterator[str]:
        """Those that have ended: until they are renewed or removed, the component is not satisfied."""
        for each in self._all:
            if each.until < self._today:
                yield (
                    f"{each.place}: the {_what(each)} {each.practice} ended on {each.until}; "
                    "decide again, or remove it"
                )

    def not_applied(self, still_open: Mapping[str, Requirement]) -> Iterator[str]:
        """Those about an open practice that do not count, and why."""
        for each in self._all:
            if each.practice not in still_open or each.until < self._today:
                continue
            if self._setting.version is None:
                why = for_some_versions(self._setting.component)
                yield f"{each.place}: the {_what(each)} {each.practice} is {why}"
            elif isinstance(each, Measure) and not still_open[each.practice].or_else:
                yield (
                    f"{each.place}: no measure is offered in place of {each.practice}; if you accept the "
                    "gap, record it under acceptedGaps, with this measure"
                )


def _own_word_set_aside(
    looks: ByComponent[Look],
    still_open: Mapping[str, Requirement],
    aside: Sequence[OwnLook],
    *,
    setting: Setting,
) -> Iterator[str]:
    """Own looks and decisions that would close an open practice if they were about this, and why they aren't.

    A typing error in a component or a date otherwise looks the same as an entry that nobody has written.
    """
    component, version, decided = setting.component, setting.version, setting.policy.decided
    if component is None or not still_open:
        return
    looked, decided_here = looks.about(component), decided.about(component)
    if not looked and not decided_here:
        own = chain((each.own for each in looks.all), decided.all)
        by_name = {each.component.name: each for each in islice(own, MAX_ENTRIES_COMPARED)}
        # Only what may be meant for it: a file of one's own is usually about many components.
        if near := nearest(component.name, by_name):
            yield (
                f"{by_name[near].place}: about {by_name[near].component}, and no look or decision of yours "
                f"is about {component}"
            )
        return
    here = [each for each in looked if each.own.practice in still_open]
    yield from (
        f"{each.own.place}: the look at {each.own.practice} is dated {each.at.date()}, which is in the "
        "future, so it does not count yet"
        for each in here
        if not has_begun(each, now=setting.now)
    )
    unnamed = [each for each in aside if each.versions is not None and version is None]
    if unnamed:
        yield f"{_places(unnamed)}: {for_some_versions(component)}"
    other: list[OwnLook | Decided] = [
        *(each for each in aside if each not in unnamed),
        *(
            each
            for each in decided_here
            if version is not None and each.practice in still_open and not each.versions.contains(version)
        ),
    ]
    if other:
        yield f"{_places(other)}: not counted, because for other versions or another file"


def _places(entries: Sequence[OwnLook | Decided]) -> str:
    shown = ", ".join(f"{each.place} ({each.practice})" for each in entries[:MAX_PLACES_SHOWN])
    more = len(entries) - MAX_PLACES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _what(entry: Decided) -> str:
    return "accepted gap of" if isinstance(entry, AcceptedGap) else "measure for"


def _verdict(judged: list[tuple[bool, Judgement]], *, any_statement: bool, ended: bool) -> Verdict:
    required = [judgement for is_required, judgement in judged if is_required]
    if any(judgement.outcome is Outcome.CONFLICT for judgement in required):
        return Verdict.BLOCKED
    if ended or not required or not all(judgement.is_closed for judgement in required):
        return Verdict.ACTION_NEEDED
    in_place = all(judgement.outcome in {Outcome.MET, Outcome.COMPENSATED} for _, judgement in judged)
    return Verdict.CLEAR if in_place and any_statement else Verdict.REVIEW_ONLY


def _capped(attestations: tuple[Attestation, ...], policy: Policy) -> Iterator[str]:
    for each in sorted(attestations, key=lambda attestation: attestation.payload_sha256):
        until = each.statement.predicate.valid_until
        days = (until - each.made_at).days
        if days > policy.max_validity_days:
            yield (
                f"{each.location}: valid until {utc_text(until)}, {days} days after it was made; "
                f"only the first {policy.max_validity_days} count here"
            )


def _other_editions(attestations: tuple[Attestation, ...], catalogue: Catalogue) -> Iterator[str]:
    """An id never changes its meaning, so a statement of another edition is judged id by id."""
    for each in sorted(attestations, key=lambda attestation: attestation.payload_sha256):
        edition = each.statement.predicate.catalogue.version
        if edition != catalogue.version:
            yield (
                f"{each.location}: made with edition {edition} of the catalogue, "
                f"judged by edition {catalogue.version}"
            )
