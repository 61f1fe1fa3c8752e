"""One requirement against one accepted statement.

A rule is a function in `RULES`. It checks one thing and returns an `Objection`, or nothing. The reasons of
all objections are reported, and the worst one is the outcome. No rule ever makes an outcome better.

Source: predicate.md, semantics 1 to 8 and "From facts to a record".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from avow.errors import shortened
from avow.formats.vers import version_in_range
from avow.policy.voices import PROJECT_RELATIONSHIPS
from avow.values import utc_text
from avow.vocabulary import Basis, Outcome, Status, Strength, Voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from avow.catalogue.practices import Practice, UnmetCondition
    from avow.catalogue.profiles import ProductCondition, Requirement
    from avow.formats.purl import Purl
    from avow.policy.decisions import AcceptedGap, Look, Measure
    from avow.policy.document import Policy
    from avow.results import Attestation, EvidenceStrength
    from avow.statement.predicate import PracticeEntry

RANKED: Final = (
    Outcome.MET,
    Outcome.COMPENSATED,
    Outcome.GAP_ACCEPTED,
    Outcome.MET_WEAK_EVIDENCE,
    Outcome.STALE,
    Outcome.SHORTFALL,
    Outcome.NOT_APPLICABLE,
    Outcome.DECLARED_GAP,
    Outcome.UNKNOWN,
    Outcome.CONFLICT,
)
"""From the best to the worst: unknown is never better than an honest gap."""

OBSERVE_YOURSELF: Final = "make the observation yourself"
_ASK_AGAIN: Final = "ask the project for a newer statement; until then treat the practice as unknown"


class Setting(NamedTuple):
    """What the answers to all questions about one component depend on."""

    policy: Policy
    component: Purl | None
    version: str | None
    now: datetime


class Asked:
    """A requirement of one component, and the facts that are stated for it."""

    def __init__(
        self, requirement: Requirement, practice: Practice, facts: object, *, setting: Setting
    ) -> None:
        self.requirement, self.practice = requirement, practice
        self.policy, self.component, self.version, self.now = setting
        self.facts: Mapping[str, Any] = facts if isinstance(facts, Mapping) else {}
        """A value that is not a mapping has no facts."""

    def version_in_range(self, version: str, text: str) -> bool:
        """`version` is in the range, and the range uses the version scheme of the component."""
        return version_in_range(version, text, scheme=self.component.type if self.component else None)

    def unmet(self, facts: Mapping[str, Any]) -> tuple[UnmetCondition, ...]:
        """The catalogue's conditions that `facts` do not meet. An unknown version is not in any range."""
        return self.practice.unmet(
            facts,
            today=self.now.date(),
            version=self.version or "",
            version_in_range=self.version_in_range,
        )


class Case(Asked):
    """What is asked, and one statement."""

    def __init__(
        self,
        requirement: Requirement,
        practice: Practice,
        attestation: Attestation,
        *,
        setting: Setting,
        seen: Look | None = None,
    ) -> None:
        self.attestation = attestation
        self.entry: PracticeEntry | None = attestation.statement.predicate.practice(practice.id)
        """What the statement says about the practice."""
        super().__init__(requirement, practice, self.entry.facts if self.entry else None, setting=setting)
        declared_status = self.entry.status if self.entry else None
        self.status: Status | None = None if practice.is_observation else declared_status
        """What is declared; an observation has no status."""
        self.has_facts = self.entry is not None and (
            practice.is_observation or self.status is Status.IMPLEMENTED
        )
        """The entry rests on its facts: it is an observation, or is declared implemented."""
        self.evidence: tuple[EvidenceStrength, ...] = (
            tuple(each for each in attestation.strengths if each.practice == practice.id)
            if attestation.strengths
            else ()
        )
        """The evidence for this practice, by its verified strength."""
        self.level = "release" if requirement.bound_to_release else practice.subject_level
        """What the statement has to be about."""
        self.speaks_of_it = attestation.statement.predicate.speaks_of(self.level)
        """A statement of its kind says something at that level."""
        self.seen = seen
        """The consumer's own look at this practice, if it found it in place and is recent enough."""


class Stance(StrEnum):
    """What a statement says of a practice while it is valid."""

    CLAIMS = "claims"
    DENIES = "denies"
    SILENT = "silent"
    """It says nothing, that the practice does not apply, is of a kind that can't say it, or has expired."""


class Objection(NamedTuple):
    """What one rule found missing."""

    outcome: Outcome
    reason: str
    next: str = ""
    """The next step, if it is not the catalogue's."""
    accepted: bool = False
    """notApplicable for a reason that needs no confirmation."""


class Judgement(NamedTuple):
    """The outcome of one requirement by one statement, or by none."""

    outcome: Outcome
    reason: str
    next: str
    voice: Voice
    accepted: bool = False
    rules: tuple[str, ...] = ()
    """The ids of the rules that objected."""
    statement: str | None = None
    """SHA-256 of the payload of the statement that was judged."""
    stance: Stance = Stance.SILENT
    """What the statement says of the practice, whatever follows from it."""
    entry: PracticeEntry | None = None
    """What that statement says about the practice."""
    evidence: tuple[EvidenceStrength, ...] = ()
    """The evidence that it cites for the practice, as graded here."""
    look: Look | None = None
    """The own look that it rests on, alone or beside the statement."""
    decision: AcceptedGap | Measure | None = None
    """The consumer's decision that closes it."""

    @property
    def is_closed(self) -> bool:
        """Nothing is left to do, except perhaps to read it."""
        return self.rank <= _RANK[Outcome.GAP_ACCEPTED]

    @property
    def is_an_own_no(self) -> bool:
        """The statement says that the practice is not in place, or not here; what expired says nothing.

        A no of the project is one also where the word of somebody else is asked for.
        """
        if statement_age.__name__ in self.rules or self.accepted:
            return False
        no = self.outcome in {Outcome.DECLARED_GAP, Outcome.SHORTFALL, Outcome.NOT_APPLICABLE}
        return no or self.stance is Stance.DENIES

    @property
    def rank(self) -> int:
        """0 is the best; see `RANKED`."""
        return _rank(self.outcome, accepted=self.accepted)


_RANK: Final = {outcome: rank for rank, outcome in enumerate(RANKED)}


def _rank(outcome: Outcome, *, accepted: bool) -> int:
    return _RANK[Outcome.GAP_ACCEPTED if accepted else outcome]


def declared(case: Case) -> Objection | None:
    """The statement says something about the practice: a status, or the facts of an observation."""
    if case.entry is None:
        return Objection(Outcome.UNKNOWN, "the statement says nothing about it")
    if case.practice.is_observation:
        known = case.practice.facts
        stated = any(
            known[name].read(case.facts[name]) is not None for name in known.keys() & case.facts.keys()
        )
        return None if stated else Objection(Outcome.UNKNOWN, "the statement contains no facts about it")
    return None if case.status else Objection(Outcome.UNKNOWN, "the statement gives it no status")


def relationship(case: Case) -> Objection | None:
    """According to the policy, the signer has a relationship that the requirement accepts."""
    accepted, actual = case.requirement.relationships, case.attestation.expected.relationship
    if accepted is None or actual in accepted:
        return None
    return Objection(
        Outcome.UNKNOWN, f"the signer is listed as {actual}, but {' or '.join(accepted)} is required"
    )


def artefact(case: Case) -> Objection | None:
    """A statement about a release lists the digest of this artefact; one about a project says nothing."""
    if not case.speaks_of_it:
        return Objection(Outcome.UNKNOWN, "the statement is about the project, not about a release")
    if case.level != "release":
        return None
    if case.attestation.basis is Basis.DIGEST:
        return None
    return Objection(Outcome.UNKNOWN, "the statement does not list the digest of this artefact")


def status(case: Case) -> Objection | None:
    """The practice is declared implemented."""
    entry = case.entry
    if entry is None or case.status in {None, Status.IMPLEMENTED}:
        return None
    if case.status is not Status.NOT_APPLICABLE:
        return Objection(
            Outcome.DECLARED_GAP, f"declared {case.status}" + _because(entry.coverage or entry.note)
        )
    listed = entry.reason in case.practice.not_applicable_reasons and any(
        map(str.isalnum, entry.justification or "")
    )
    problem = "" if listed else "not a reason that the catalogue lists for it"
    problem = problem or _contradicting(entry, case) or _unshown(case)
    return Objection(
        Outcome.NOT_APPLICABLE,
        f"declared not applicable ({entry.reason})"
        + _because(entry.justification)
        + (f"; not confirmed: {problem}" if problem else ""),
        next=f"check that it does not apply, and record an accepted gap; otherwise: {case.practice.next}"
        if problem
        else "",
        accepted=not problem,
    )


_DEPENDENCIES: Final = ("DEP-01", "DEP-02", "DEP-03", "DEP-04")


def _contradicting(entry: PracticeEntry, case: Case) -> str:
    """What the same statement says about dependencies, if the reason is that there are none."""
    if entry.reason != "noDependencies":
        return ""
    predicate = case.attestation.statement.predicate
    coverage = predicate.dependency_coverage
    if coverage is not None and (coverage.controlled or coverage.monitored or coverage.reported_only):
        return "the statement lists dependencies"
    for other in _DEPENDENCIES:
        found = predicate.practice(other)
        if other != entry.id and found is not None and found.status in {Status.IMPLEMENTED, Status.PARTIAL}:
            return f"the statement has dependencies by what it says of {other}"
    return ""


def _unshown(case: Case) -> str:
    needed = case.requirement.evidence
    if needed is Strength.E0 or any(each.verified >= needed for each in case.evidence):
        return ""
    return f"evidence {needed} ({needed.meaning}) is required"


def facts(case: Case) -> Objection | None:
    """The facts of an entry meet the catalogue's conditions; an observation has no fact that rules it out."""
    return facts_problem(case) if case.has_facts else None


def facts_problem(case: Asked) -> Objection | None:
    """What the stated facts lack by the catalogue's conditions, or rule out."""
    found = [(each.outcome, each.message) for each in case.unmet(case.facts)]
    ruled_out = [
        (outcome, f"{name} is {case.facts[name]}")
        for name, outcome in case.practice.negative_words(case.facts).items()
    ]
    if not found and not ruled_out:
        return None
    # An archived project with no maintainer says no: what else is unusable in it must not make that silence.
    worst = max((outcome for outcome, _ in ruled_out or found), key=_RANK.__getitem__)
    return Objection(worst, "; ".join(message for _, message in (*found, *ruled_out)))


def conditions(case: Case) -> Objection | None:
    """The facts meet the conditions that the profile adds to the catalogue's."""
    return conditions_problem(case) if case.has_facts else None


def conditions_problem(case: Asked) -> Objection | None:
    """Which of the requirement's own conditions the stated facts do not meet."""
    missed = [each for each in case.requirement.conditions if not _holds(each, case)]
    if not missed:
        return None
    return Objection(Outcome.SHORTFALL, "; ".join(_in_words(each, case) for each in missed))


def statement_age(case: Case) -> Objection | None:
    """The statement has not expired and was not made too long ago, whatever its own validUntil says."""
    made_at, until = case.attestation.made_at, case.attestation.statement.predicate.valid_until
    counts_until = min(until, made_at + case.policy.max_validity)
    if case.now >= counts_until:
        capped = f", {case.policy.max_validity_days} days after it was made" if counts_until < until else ""
        return Objection(
            Outcome.STALE, f"the statement expired on {utc_text(counts_until)}{capped}", _ASK_AGAIN
        )
    if case.now - made_at > case.policy.max_age:
        return Objection(
            Outcome.STALE,
            f"made on {made_at.date()}, more than the {case.policy.max_age_days} days that are allowed",
            _ASK_AGAIN,
        )
    return None


def review_age(case: Case) -> Objection | None:
    """A person reviewed it recently enough; signing again does not count as a review."""
    days = case.requirement.declared_within_days
    if days is None or case.entry is None:
        return None
    if case.entry.reviewed_at is None:
        return Objection(Outcome.STALE, "reviewedAt is missing", _ASK_AGAIN)
    reviewed = datetime.combine(case.entry.reviewed_at, time.min, UTC)
    said = min(reviewed, case.attestation.made_at)
    # If evidence is required, its age counts, too; one piece that is strong and recent enough suffices. For
    # notApplicable none is required: otherwise removing its bytes would make the statement more recent.
    needs_evidence = case.has_facts and case.requirement.evidence > Strength.E0
    strong = [each for each in case.evidence if each.verified >= case.requirement.evidence]
    dated = [min(said, each.retrieved_at or said) for each in strong]
    if case.seen and case.requirement.evidence <= Strength.E3:
        dated.append(
            said
        )  # what we saw ourselves shows it; when a person of the project looked stays as it is
    newest = max(dated, default=said) if needs_evidence else said
    if case.now - newest <= timedelta(days=days):
        return None
    what = {reviewed: "last reviewed", case.attestation.made_at: "made"}.get(newest, "with evidence")
    return Objection(
        Outcome.STALE, f"{what} on {newest.date()}, more than the {days} days that are allowed", _ASK_AGAIN
    )


def observation_age(case: Case) -> Objection | None:
    """The consumer, or an evidence signer, looked recently; the declarer's own word can't replace that."""
    days = case.requirement.observed_within_days
    if days is None or not case.has_facts:
        return None
    oldest = case.now - timedelta(days=days)
    if case.seen or any(
        each.verified is Strength.E4
        and each.retrieved_at is not None
        and min(each.retrieved_at, case.attestation.made_at) >= oldest
        for each in case.evidence
    ):
        return None
    step = case.practice.observe_by or case.practice.next
    return Objection(
        Outcome.STALE,
        f"nobody whom you can name looked at it in the last {days} days",
        f"{OBSERVE_YOURSELF}: {step}",
    )


def evidence(case: Case) -> Objection | None:
    """Evidence of the required strength was verified, not only claimed."""
    needed = case.requirement.evidence
    seen = case.seen is not None and needed <= Strength.E3
    if not case.has_facts or seen or not _unshown(case):
        return None
    found = [
        f"verified {each.verified}, claimed {each.claimed}" + _because(each.reason) for each in case.evidence
    ]
    return Objection(
        Outcome.MET_WEAK_EVIDENCE,
        f"evidence {needed} ({needed.meaning}) is required; " + ("; ".join(found) or "there is none"),
    )


RULES: Final[tuple[Callable[[Case], Objection | None], ...]] = (
    declared,
    relationship,
    artefact,
    status,
    facts,
    conditions,
    statement_age,
    review_age,
    observation_age,
    evidence,
)
"""Every rule, in the order in which their reasons are reported.

The function's name is the rule's id: in reports, in docs/reference/rules.md, and in the names of its vectors,
one that it accepts and one to which it alone objects.
"""


def judge(case: Case) -> Judgement:
    """The outcome of `case`: the worst of what the rules find, with every reason."""
    objecting = {rule.__name__: objection for rule in RULES if (objection := rule(case)) is not None}
    objections = tuple(objecting.values())
    said_by = case.attestation.expected.relationship
    voice = Voice.PROJECT_SIGNED if said_by in PROJECT_RELATIONSHIPS else Voice.THIRD_PARTY_SIGNED
    expired = statement_age.__name__ in objecting
    stance = Stance.SILENT if expired or not case.speaks_of_it else _stance(case, objecting)
    if not objections:
        said = "facts are stated" if case.practice.is_observation else "declared implemented"
        asked = case.practice.is_observation or case.requirement.observed_within_days is not None
        seen = case.seen if asked else None
        signed = case.attestation.signed_at.date()
        by = f"; we looked on {seen.at.date()}" if seen else ""
        return Judgement(
            outcome=Outcome.MET,
            reason=f"{said}, and the facts meet the conditions; signed {signed}{by}",
            next="",
            voice=seen.voice if seen else voice,
            look=case.seen,
            statement=case.attestation.payload_sha256,
            stance=stance,
            entry=case.entry,
            evidence=case.evidence,
        )
    worst = max(objections, key=lambda each: _rank(each.outcome, accepted=each.accepted))
    return Judgement(
        outcome=worst.outcome,
        reason="; ".join(each.reason for each in objections),
        next=worst.next or next_step(case.practice, case.requirement),
        voice=Voice.NOBODY if worst.outcome is Outcome.UNKNOWN else voice,
        accepted=worst.accepted,
        rules=tuple(objecting),
        statement=case.attestation.payload_sha256,
        look=case.seen,
        stance=stance,
        entry=case.entry,
        evidence=case.evidence,
    )


def _stance(case: Case, objecting: Mapping[str, Objection]) -> Stance:
    denied = facts if case.practice.is_observation else status
    objection = objecting.get(denied.__name__)
    if objection is not None:
        silent = {Outcome.NOT_APPLICABLE, Outcome.UNKNOWN}  # an observation without its facts says nothing
        return Stance.SILENT if objection.outcome in silent else Stance.DENIES
    return Stance.CLAIMS if case.has_facts and declared.__name__ not in objecting else Stance.SILENT


def without_statement(practice: Practice, requirement: Requirement) -> Judgement:
    """The outcome if there is no statement."""
    return Judgement(
        outcome=Outcome.UNKNOWN,
        reason="no accepted statement",
        next=next_step(practice, requirement),
        voice=Voice.NOBODY,
    )


def next_step(practice: Practice, requirement: Requirement) -> str:
    """What the manufacturer does about a gap."""
    return practice.next + (f"; or: {requirement.or_else}" if requirement.or_else else "")


def _because(text: str | None) -> str:
    return f": {shortened(text)}" if text else ""


def _holds(condition: ProductCondition, case: Asked) -> bool:
    if condition.any_of:
        return any(_holds(each, case) for each in condition.any_of)
    return any(_satisfies(value, condition, case) for value in _values(condition.fact, case))


def _values(fact: str, case: Asked) -> tuple[Any, ...]:
    """The fact; for `list[].field`, that of each item with which the catalogue's own conditions hold."""
    name, of_items, field = fact.partition("[].")
    if not of_items:
        return (case.facts.get(name),)
    items = case.facts.get(name)
    return tuple(
        item.get(field)
        for item in (items if isinstance(items, list | tuple) else ())
        if isinstance(item, Mapping) and not case.unmet({**case.facts, name: (item,)})
    )


def _satisfies(value: Any, condition: ProductCondition, case: Asked) -> bool:
    match condition.op:
        case "equals":
            return type(value) is type(condition.value) and value == condition.value
        case "atLeast":
            least = condition.value
            numbers = isinstance(value, int) and isinstance(least, int) and not isinstance(value, bool)
            return numbers and value >= least
        case _:
            support_until = case.policy.support_until
            return support_until is not None and _is_day_from(value, support_until)


def _is_day_from(value: Any, first: date) -> bool:
    """A word is not a day, so it is never late enough."""
    try:
        return date.fromisoformat(value) >= first
    except (TypeError, ValueError):
        return False


def _in_words(condition: ProductCondition, case: Asked) -> str:
    if condition.any_of:
        return " or ".join(_in_words(each, case) for each in condition.any_of)
    if condition.needs_product_support:
        return (
            f"{condition.fact} does not reach the end of the product's support, {case.policy.support_until}"
        )
    return f"{condition.fact} is not {'at least ' if condition.op == 'atLeast' else ''}{condition.value}"
