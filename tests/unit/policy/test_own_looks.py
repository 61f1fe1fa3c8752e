"""Own looks, measures and contradictions: what the consumer and others add to a statement."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from support.policy_cases import ARTEFACT, TRUST, attestation, moment, predicate, strength

from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import ProductCondition, Requirement
from avow.formats import purl
from avow.formats.purl import Purl, parse_purl
from avow.identity import ExpectedSigner, SignerIdentity
from avow.policy import Conclusion, Policy, conclude, parse_decisions, parse_policy
from avow.policy.decisions import Look, by_component
from avow.results import Attestation, Finding
from avow.subject import Digest
from avow.vocabulary import Outcome, Strength, Verdict, Voice

NOW = moment("2026-12-01")
COMPONENT = parse_purl("pkg:pypi/acmelib@2.4.1")
CONTACT = {"contacts": [{"kind": "email", "value": "security@acme.example"}], "privateReporting": True}


def policy(*required: Requirement, own: str = "", **changed: Any) -> Policy:
    read = parse_policy(
        (TRUST + "require:\n  - practice: VUL-01\n").encode(), source="policy.yaml", today=NOW.date()
    )
    read = read.model_copy(update={"required": required, **changed})
    if not own:
        return read
    text = f"avow-observations: 1\n{own}"
    return read.with_decisions(parse_decisions(text.encode(), source="own.yaml", today=NOW.date()))


def look(practice: str = "VUL-01", *, saw: str = "inPlace", on: str = "2026-11-20", more: str = "") -> str:
    return (
        f"  - {{practice: {practice}, for: 'pkg:pypi/acmelib', saw: {saw}, source: their pages, date: {on}, "
        f"who: product security{more and ', '}{more}}}\n"
    )


def concluded(
    *attestations: Attestation, asked: Policy, component: Any = COMPONENT, artefact: Digest = ARTEFACT
) -> Conclusion:
    seen = tuple(
        Look(each, in_place=bool(each.in_place), at=moment(str(each.on)))
        if each.on
        else Look(each, in_place=True, at=moment("2026-11-20"))
        for each in asked.looks
    )
    return conclude(
        attestations,
        policy=asked,
        catalogue=load_catalogue(),
        component=component,
        now=NOW,
        looks=by_component(seen),
        digests=frozenset({artefact}),
    )


def only(conclusion: Conclusion) -> Finding:
    (finding,) = conclusion.findings
    return finding


def says(
    practice: str = "VUL-01", *, relationship: str = "maintainer", may: bool = False, **entry: Any
) -> Attestation:
    said = {"id": practice, "status": "implemented", "reviewedAt": "2026-10-01", "facts": CONTACT} | entry
    said = {name: value for name, value in said.items() if value is not None}
    found = attestation(predicate(said), relationship=relationship)
    rule = found.expected.model_copy(update={"may_contradict": may})
    return found.model_copy(update={"expected": rule})


# ---- looks -----------------------------------------------------------------------------------------------


def test_a_look_decides_where_nobody_signs() -> None:
    """A yes with something to read: nobody but us says so."""
    conclusion = concluded(asked=policy(Requirement(practice="VUL-01"), own="observations:\n" + look()))
    assert (only(conclusion).outcome, only(conclusion).voice) == (Outcome.MET, Voice.OWN)
    assert conclusion.verdict is Verdict.REVIEW_ONLY
    assert "product security looked on 2026-11-20, their pages" in only(conclusion).reason


@pytest.mark.parametrize(
    ("requirement", "seen", "outcome"),
    [
        ({}, look(on="2024-12-01"), Outcome.MET),
        ({}, look(on="2024-11-30"), Outcome.STALE),
        ({"observed_within_days": 11}, look(), Outcome.MET),
        ({"observed_within_days": 10}, look(), Outcome.STALE),
        ({"observed_within_days": 400, "declared_within_days": 10}, look(), Outcome.STALE),
        ({}, look(on="2026-12-02"), Outcome.UNKNOWN),
        ({}, look(saw="notInPlace"), Outcome.DECLARED_GAP),
        ({}, look(saw="notInPlace", on="2020-01-01"), Outcome.DECLARED_GAP),
        ({}, look() + look(saw="notInPlace", on="2026-11-19"), Outcome.MET),
        ({}, look() + look(saw="notInPlace"), Outcome.DECLARED_GAP),
        ({}, look(saw="notInPlace") + look(), Outcome.DECLARED_GAP),
        ({}, look() + look(more="facts: {privateReporting: false}"), Outcome.DECLARED_GAP),
        ({}, look(more="facts: {privateReporting: false}") + look(), Outcome.DECLARED_GAP),
        ({}, look(more="versions: 'vers:pypi/>=2.4|<2.5'"), Outcome.MET),
        ({}, look(more="versions: 'vers:pypi/<2.4'"), Outcome.UNKNOWN),
        ({}, look().replace("acmelib", "other"), Outcome.UNKNOWN),
        ({}, look("VUL-02"), Outcome.UNKNOWN),
        ({"relationships": ("steward",)}, look(), Outcome.UNKNOWN),
        ({"evidence": Strength.E3}, look(), Outcome.MET),
        ({"evidence": Strength.E4}, look(), Outcome.MET_WEAK_EVIDENCE),
        ({"bound_to_release": True}, look(), Outcome.UNKNOWN),
        (
            {"bound_to_release": True},
            look(on="2010-01-01", more=f"artefact: 'sha256:{ARTEFACT.value}'"),
            Outcome.MET,
        ),
        ({}, look(more=f"artefact: 'sha256:{'0' * 64}'"), Outcome.UNKNOWN),
        ({}, look(more="facts: {privateReporting: false}"), Outcome.DECLARED_GAP),
    ],
)
def test_what_a_look_is_worth(requirement: dict[str, Any], seen: str, outcome: Outcome) -> None:
    """Its component, version, artefact, day, facts and what is asked all count."""
    asked = policy(Requirement(practice="VUL-01", **requirement), own="observations:\n" + seen)
    assert only(concluded(asked=asked)).outcome is outcome


def test_of_one_day_a_persons_no_counts_before_a_tools_yes() -> None:
    """A person writes no time of day; by its first moment every result of that day would be later."""
    own = (
        "observations:\n  - {practice: SRC-03, for: 'pkg:pypi/acmelib', check: Code-Review, "
        f"repository: 'https://github.com/acme/acmelib', sha256: {'a' * 64}, who: us}}\n"
    ) + look("SRC-03", saw="notInPlace")
    asked = policy(Requirement(practice="SRC-03"), own=own)
    tool, person = asked.looks
    seen = (
        Look(tool, in_place=True, at=moment("2026-11-20") + timedelta(hours=8)),
        Look(person, in_place=False, at=moment("2026-11-20")),
    )
    for order in (seen, seen[::-1]):
        found = conclude(
            (),
            policy=asked,
            catalogue=load_catalogue(),
            component=COMPONENT,
            now=NOW,
            looks=by_component(order),
        )
        assert only(found).outcome is Outcome.DECLARED_GAP


def test_of_one_day_the_better_yes_counts_wherever_it_stands_in_the_file() -> None:
    """The order of a file decides nothing."""
    condition = ProductCondition(fact="lines[].securityUntil", op="coversProductSupport")
    asked = Requirement(practice="SUP-01", conditions=(condition,))
    versions = "versions: 'vers:pypi/>=2.4|<2.5'"
    bare = look("SUP-01", more=versions)
    facts = "facts: {lines: [{versions: 'vers:pypi/>=2.4|<2.5', securityUntil: '2029-01-01'}]}"
    full = look("SUP-01", more=f"{versions}, {facts}")
    for both in (bare + full, full + bare):
        found = concluded(asked=policy(asked, own="observations:\n" + both, support_until=NOW.date()))
        assert only(found).outcome is Outcome.MET


def test_a_no_of_today_counts_wherever_on_earth_it_was_written() -> None:
    """It is the second of December in Auckland already, and what was seen there is not of the future."""
    asked = policy(
        Requirement(practice="VUL-01"), own="observations:\n" + look(saw="notInPlace", on="2026-12-02")
    )
    (own,) = asked.looks
    seen = (Look(own, in_place=False, at=moment("2026-12-02")),)
    for hours, outcome in ((9, Outcome.MET), (10, Outcome.DECLARED_GAP)):
        found = conclude(
            (says(),),
            policy=asked,
            catalogue=load_catalogue(),
            component=COMPONENT,
            now=NOW + timedelta(hours=hours),
            looks=by_component(seen),
        )
        assert only(found).outcome is outcome


def test_a_no_at_some_versions_counts_where_no_version_was_given() -> None:
    """It may be about this one, and a yes would not be; the note says how to find out."""
    own = "observations:\n" + look(saw="notInPlace", more="versions: 'vers:pypi/<2.4'")
    asked = policy(Requirement(practice="VUL-01"), own=own)
    assert only(concluded(says(), asked=asked)).outcome is Outcome.MET
    unnamed = concluded(says(), asked=asked, component=parse_purl("pkg:pypi/acmelib"))
    assert only(unnamed).outcome is Outcome.DECLARED_GAP
    assert any("name it with --purl pkg:pypi/acmelib@VERSION" in note for note in unnamed.notes)
    other = concluded(says(), asked=asked, component=parse_purl("pkg:pypi/other"))
    assert (only(other).outcome, other.notes) == (Outcome.MET, ())


def test_a_look_at_an_artefact_by_an_unknown_digest_is_said_not_to_count() -> None:
    """Silence would read as if there were no such look."""
    own = "observations:\n" + look(saw="notInPlace", more=f"artefact: 'sha3_256:{'0' * 64}'")
    conclusion = concluded(says(), asked=policy(Requirement(practice="VUL-01"), own=own))
    assert any("by sha3_256, which is not known" in note for note in conclusion.notes)


def test_facts_that_deny_count_where_no_version_was_given() -> None:
    """A look in place whose facts deny the practice is a no, for some versions as for all."""
    own = "observations:\n" + look(
        more="versions: 'vers:pypi/<2.4', facts: {contacts: [], privateReporting: true}"
    )
    asked = policy(Requirement(practice="VUL-01"), own=own)
    found = concluded(says(), asked=asked, component=parse_purl("pkg:pypi/acmelib"))
    assert only(found).outcome is not Outcome.MET
    assert any("for some versions, and none was given" in note for note in found.notes)


@pytest.mark.parametrize("version", ["2.4rc1", "2.3.1+corp"])
def test_a_no_at_a_range_is_shown_for_what_is_not_a_plain_release(version: str) -> None:
    """Whether a pre-release or a rebuild is in the range can't be said, so the reader has to see the no."""
    own = "observations:\n" + look(saw="notInPlace", more="versions: 'vers:pypi/<2.4'")
    asked = policy(Requirement(practice="VUL-01"), own=own)
    found = concluded(
        says(), asked=asked, component=parse_purl(f"pkg:pypi/acmelib@{version}".replace("+", "%2B"))
    )
    assert f"{version} is not a plain release" in found.notes[0]


@pytest.mark.parametrize("component", [None, parse_purl("pkg:pypi/acmelib")])
def test_a_look_at_versions_needs_to_know_the_version(component: Any) -> None:
    """What the statement says of its own version does not open it."""
    asked = policy(
        Requirement(practice="VUL-01", observed_within_days=30),
        own="observations:\n" + look(more="versions: 'vers:pypi/2.4.1'"),
    )
    assert only(concluded(says(), asked=asked)).outcome is Outcome.MET
    assert only(concluded(says(), asked=asked, component=component)).outcome is Outcome.STALE


def test_an_observation_is_seen_by_its_words() -> None:
    """A look that saw an archived repository is a no, whatever it calls itself."""
    own = "observations:\n" + look("GOV-03", more="facts: {lifecycleState: archived}")
    assert only(concluded(asked=policy(Requirement(practice="GOV-03"), own=own))).outcome is not Outcome.MET


ARCHIVED = {"lifecycleState": "archived", "activeMaintainers": 0}
"""Facts of an observation of which one says no, and one (nobody is active) is not usable."""


def test_a_look_that_saw_an_archived_project_is_a_no_although_nobody_maintains_it() -> None:
    """That no maintainer is left is not usable, and must not silence the rest."""
    own = "observations:\n" + look("GOV-03", more="facts: {lifecycleState: archived, activeMaintainers: 0}")
    active = says("GOV-03", facts={"lifecycleState": "active"}, status=None)
    found = only(concluded(active, asked=policy(Requirement(practice="GOV-03"), own=own)))
    assert found.outcome is Outcome.DECLARED_GAP
    assert "activeMaintainers" in found.reason


@pytest.mark.parametrize(
    ("relationship", "may", "outcome"),
    [("steward", False, Outcome.DECLARED_GAP), ("researcher", True, Outcome.CONFLICT)],
)
def test_who_says_archived_and_nobody_maintains_it_says_no(
    relationship: str,
    may: bool,  # noqa: FBT001
    outcome: Outcome,
) -> None:
    """The same of a statement: of the project's steward, or of who may contradict."""
    active = says("GOV-03", facts={"lifecycleState": "active"}, status=None)
    archived = says("GOV-03", relationship=relationship, may=may, facts=ARCHIVED, status=None)
    asked = policy(Requirement(practice="GOV-03"))
    assert only(concluded(active, archived, asked=asked)).outcome is outcome


def test_a_look_without_facts_does_not_meet_a_condition_of_the_requirement() -> None:
    """Nobody wrote down until when there is support."""
    condition = ProductCondition(fact="lines[].securityUntil", op="coversProductSupport")
    asked = Requirement(practice="SUP-01", conditions=(condition,))
    versions = "versions: 'vers:pypi/>=2.4|<2.5'"
    bare = policy(asked, own="observations:\n" + look("SUP-01", more=versions), support_until=NOW.date())
    assert only(concluded(asked=bare)).outcome is Outcome.SHORTFALL
    facts = "facts: {lines: [{versions: 'vers:pypi/>=2.4|<2.5', securityUntil: '2029-01-01'}]}"
    own = "observations:\n" + look("SUP-01", more=f"{versions}, {facts}")
    assert only(concluded(asked=policy(asked, own=own, support_until=NOW.date()))).outcome is Outcome.MET


def test_a_look_shows_what_the_project_declares() -> None:
    """It counts as evidence up to E3, and as an observer's look; the word stays the project's."""
    asked = Requirement(practice="VUL-01", evidence=Strength.E3, observed_within_days=30)
    assert only(concluded(says(), asked=policy(asked))).outcome is Outcome.STALE
    conclusion = concluded(says(), asked=policy(asked, own="observations:\n" + look()))
    assert (only(conclusion).outcome, only(conclusion).voice) == (Outcome.MET, Voice.OWN)
    assert only(conclusion).reason.endswith("we looked on 2026-11-20")
    assert conclusion.verdict is Verdict.CLEAR


def test_a_look_does_not_make_old_evidence_count_less() -> None:
    """Without the look an old file is all there is; with it the declarant's review counts."""
    asked = Requirement(practice="VUL-01", evidence=Strength.E2, declared_within_days=365)
    said = {"id": "VUL-01", "status": "implemented", "reviewedAt": "2026-10-01", "facts": CONTACT}
    old = attestation(predicate(said), strength("VUL-01", retrieved_at="2020-01-01"))
    assert only(concluded(old, asked=policy(asked))).outcome is Outcome.STALE
    seen = concluded(old, asked=policy(asked, own="observations:\n" + look()))
    assert (only(seen).outcome, only(seen).voice) == (Outcome.MET, Voice.PROJECT_SIGNED)


def test_a_tools_look_at_another_repository_shows_nothing_of_a_statement() -> None:
    """The statement names its repository, and the result is of a fork."""
    source = {"scope": {"project": {"name": "a"}, "source": {"uri": "https://github.com/acme/acmelib"}}}
    practice = load_catalogue().practice("SRC-03")
    assert practice is not None
    facts = dict(practice.examples.suffices)
    said = {"id": "SRC-03", "status": "implemented", "reviewedAt": "2026-10-01", "facts": facts}
    asked = Requirement(practice="SRC-03", observed_within_days=30, relationships=("maintainer",))
    for repository, outcome in (("acme/acmelib", Outcome.MET), ("fork/acmelib", Outcome.STALE)):
        own = (
            "observations:\n  - {practice: SRC-03, for: 'pkg:pypi/acmelib', check: Code-Review, "
            f"repository: 'https://github.com/{repository}', sha256: {'a' * 64}, who: us}}\n"
        )
        found = concluded(attestation(predicate(said, **source)), asked=policy(asked, own=own))
        assert only(found).outcome is outcome, only(found).reason


def test_our_own_no_stands_against_the_projects_yes() -> None:
    """And can be accepted, as any gap; the contradiction is said."""
    own = "observations:\n" + look(saw="notInPlace")
    conclusion = concluded(says(), asked=policy(Requirement(practice="VUL-01"), own=own))
    assert (only(conclusion).outcome, only(conclusion).voice) == (Outcome.DECLARED_GAP, Voice.OWN)
    assert any("own.yaml:3 that it is not" in note for note in conclusion.notes)


def test_facts_that_we_saw_are_a_no_against_the_projects_yes() -> None:
    """Whatever the look calls itself."""
    own = "observations:\n" + look(more="facts: {privateReporting: false}")
    found = only(concluded(says(), asked=policy(Requirement(practice="VUL-01"), own=own)))
    assert (found.outcome, found.voice) == (Outcome.DECLARED_GAP, Voice.OWN)


def test_a_look_at_an_observation_without_its_facts_is_silence() -> None:
    """It neither denies what the project states, nor shows it."""
    practice = load_catalogue().practice("GOV-03")
    assert practice is not None
    said = says("GOV-03", facts=dict(practice.examples.suffices), status=None)
    own = "observations:\n" + look("GOV-03", more="facts: {lastRelease: '2026-10-01'}")
    stated = policy(Requirement(practice="GOV-03"), own=own)
    assert only(concluded(said, asked=stated)).outcome is Outcome.MET
    observed = policy(Requirement(practice="GOV-03", observed_within_days=30), own=own)
    assert only(concluded(said, asked=observed)).outcome is Outcome.STALE


# ---- contradictions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("denial", "may", "outcome"),
    [
        ({"status": "notImplemented"}, True, Outcome.CONFLICT),
        ({"status": "partiallyImplemented", "coverage": "half"}, True, Outcome.CONFLICT),
        ({"status": "notImplemented"}, False, Outcome.MET),
        ({"status": "notApplicable", "reason": "other", "justification": "x"}, True, Outcome.MET),
        ({"facts": {}}, True, Outcome.MET),
    ],
)
def test_somebody_denies_what_the_project_claims(denial: dict[str, Any], may: bool, outcome: Outcome) -> None:  # noqa: FBT001
    """A conflict where the policy gives the right; otherwise a note beside the outcome."""
    against = says(relationship="researcher", may=may, **denial)
    conclusion = concluded(says(), against, asked=policy(Requirement(practice="VUL-01")))
    assert only(conclusion).outcome is outcome
    assert conclusion.verdict is (Verdict.BLOCKED if outcome is Outcome.CONFLICT else Verdict.CLEAR)
    denied = denial.get("status") == "notImplemented" and not may
    assert bool(conclusion.notes) is denied
    if outcome is Outcome.CONFLICT:
        assert all(each.location in only(conclusion).reason for each in (says(), against))
        assert only(conclusion).entry == against.statement.predicate.practice("VUL-01")


def test_two_voices_of_the_project_do_not_contradict_each_other() -> None:
    """The no is the outcome, and there is nothing to be said beside it."""
    conclusion = concluded(
        says(),
        says(relationship="steward", status="notImplemented"),
        asked=policy(Requirement(practice="VUL-01")),
    )
    assert (only(conclusion).outcome, conclusion.notes) == (Outcome.DECLARED_GAP, ())


@pytest.mark.parametrize(
    ("status", "outcome"), [("notImplemented", Outcome.UNKNOWN), ("implemented", Outcome.MET)]
)
def test_a_no_of_the_project_counts_where_the_word_of_another_is_asked(status: str, outcome: Outcome) -> None:
    """The policy asks an assessor, who says yes, and the project itself says that it does not do this."""
    own = says(status=status, facts=CONTACT if status == "implemented" else None)
    assessor = says(relationship="assessor")
    asked = Requirement(practice="VUL-01", relationships=("assessor",))
    for order in ((own, assessor), (assessor, own)):
        found = only(concluded(*order, asked=policy(asked)))
        assert found.outcome is outcome
        assert ("notImplemented" in found.reason) is (outcome is Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("who", "kind", "outcome"),
    [
        ("researcher", "release", Outcome.CONFLICT),
        ("researcher", "project", Outcome.MET),
        ("maintainer", "project", Outcome.DECLARED_GAP),
    ],
)
def test_a_statement_about_a_project_contradicts_nothing_about_a_release(
    who: str, kind: str, outcome: Outcome
) -> None:
    """Its entry says nothing, so it must not block a release; nor is there a claim to contradict."""
    signed = load_catalogue().practice("REL-04")
    assert signed is not None
    facts = dict(signed.examples.suffices)

    def said(relationship: str, **entry: Any) -> Attestation:
        found = says("REL-04", relationship=relationship, may=relationship == "researcher", **entry)
        if relationship != who:
            return found
        about = found.statement.predicate.model_copy(update={"kind": kind})
        return found.model_copy(update={"statement": found.statement.model_copy(update={"predicate": about})})

    both = said("maintainer", facts=facts), said("researcher", status="notImplemented", facts=None)
    found = concluded(*both, asked=policy(Requirement(practice="REL-04")))
    assert only(found).outcome is outcome
    assert (found.verdict is Verdict.BLOCKED) is (outcome is Outcome.CONFLICT)


def test_a_conflict_is_never_accepted() -> None:
    """Nor compensated: somebody has to find out which of the two is right."""
    gap = (
        "{practice: VUL-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/2.4.1', measure: m, owner: o, "
        "until: 2027-01-01"
    )
    own = f"acceptedGaps:\n  - {gap}, because: b}}\nmeasures:\n  - {gap}}}\n"
    asked = policy(Requirement(practice="VUL-01", or_else="a contract"), own=own)
    against = says(relationship="researcher", may=True, status="notImplemented")
    assert only(concluded(says(), against, asked=asked)).outcome is Outcome.CONFLICT


def test_an_expired_denial_is_silent() -> None:
    """As is an expired claim: there is nothing to contradict."""
    against = says(relationship="researcher", may=True, status="notImplemented")
    old = against.model_copy(update={"signed_at": moment("2020-01-01")})
    assert only(concluded(says(), old, asked=policy(Requirement(practice="VUL-01")))).outcome is Outcome.MET
    claim = says().model_copy(update={"signed_at": moment("2020-01-01")})
    found = only(concluded(claim, against, asked=policy(Requirement(practice="VUL-01"))))
    assert found.outcome is Outcome.STALE


def test_an_archived_repository_denies_an_active_one() -> None:
    """Observations contradict each other by their words."""
    active = says("GOV-03", facts={"lifecycleState": "active"}, status=None)
    archived = says(
        "GOV-03", relationship="researcher", may=True, facts={"lifecycleState": "archived"}, status=None
    )
    assert (
        only(concluded(active, archived, asked=policy(Requirement(practice="GOV-03")))).outcome
        is Outcome.CONFLICT
    )


def test_a_workflow_of_the_same_repository_is_the_project_itself() -> None:
    """Whatever relationship the policy gives it: its no is the project's own."""
    signer = SignerIdentity(
        issuer="https://issuer.example",
        san="https://github.com/acme/acmelib/.github/workflows/a.yml@refs/tags/v1",
        san_type="uri",
        source_repository="https://github.com/acme/acmelib",
        source_owner_id="7",
    )
    rule = ExpectedSigner(
        component="pkg:pypi/acmelib",
        relationship="maintainer",
        place="policy.yaml:5",
        root_sha256="0" * 64,
        key_sha256="1" * 64,
    )
    yes = says().model_copy(update={"signer": signer, "expected": rule})
    other = signer.model_copy(update={"source_repository": "https://github.com/acme/other"})
    no = says(status="notImplemented", relationship="assessor").model_copy(
        update={"signer": other, "expected": rule.model_copy(update={"relationship": "assessor"})}
    )
    assert (
        only(concluded(yes, no, asked=policy(Requirement(practice="VUL-01")))).outcome is Outcome.DECLARED_GAP
    )
    stranger = no.model_copy(update={"signer": other.model_copy(update={"source_owner_id": "8"})})
    assert only(concluded(yes, stranger, asked=policy(Requirement(practice="VUL-01")))).outcome is Outcome.MET


# ---- measures --------------------------------------------------------------------------------------------

MEASURE = (
    "measures:\n  - {practice: VUL-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/2.4.1', "
    "measure: a support agreement, owner: product security, until: 2027-01-01}\n"
)


def test_a_measure_compensates_where_the_profile_offers_it() -> None:
    """Everything is in place then, and somebody signed something."""
    asked = policy(Requirement(practice="VUL-01", or_else="a support agreement"), own=MEASURE)
    conclusion = concluded(says(status="notImplemented"), asked=asked)
    assert only(conclusion).outcome is Outcome.COMPENSATED
    assert conclusion.verdict is Verdict.CLEAR
    assert concluded(asked=asked).verdict is Verdict.REVIEW_ONLY
    assert only(concluded(says(), asked=asked)).outcome is Outcome.MET


def test_a_measure_that_nobody_offers_is_said_not_to_count() -> None:
    """It may be meant as an accepted gap."""
    conclusion = concluded(asked=policy(Requirement(practice="VUL-01"), own=MEASURE))
    assert only(conclusion).outcome is Outcome.UNKNOWN
    assert "no measure is offered in place of VUL-01" in conclusion.notes[0]


def test_a_measure_is_for_a_version_and_a_time() -> None:
    """As an accepted gap is; one that has ended holds the component up."""
    asked = policy(Requirement(practice="VUL-01", or_else="a support agreement"), own=MEASURE)
    unnamed = concluded(asked=asked, component=parse_purl("pkg:pypi/acmelib"))
    assert only(unnamed).outcome is Outcome.UNKNOWN
    assert "the measure for VUL-01 is for some versions" in unnamed.notes[0]
    ended = policy(
        Requirement(practice="VUL-01", or_else="x"), own=MEASURE.replace("2027-01-01", "2026-11-30")
    )
    conclusion = concluded(says(), asked=ended)
    assert conclusion.verdict is Verdict.ACTION_NEEDED
    assert conclusion.notes == (
        "own.yaml:3: the measure for VUL-01 ended on 2026-11-30; decide again, or remove it",
    )
    other = concluded(says(), asked=ended, component=parse_purl("pkg:pypi/acmelib@2.5.0"))
    assert other.verdict is Verdict.CLEAR


@pytest.mark.parametrize(
    ("own", "component", "note"),
    [
        (
            "observations:\n" + look(on="2026-12-02"),
            COMPONENT,
            (
                "own.yaml:3: the look at VUL-01 is dated 2026-12-02, which is in the future, so it does not "
                "count yet"
            ),
        ),
        (
            "observations:\n" + look(more="versions: 'vers:pypi/2.4.1'"),
            parse_purl("pkg:pypi/acmelib"),
            (
                "own.yaml:3 (VUL-01): for some versions, and none was given; name it with --purl "
                "pkg:pypi/acmelib@VERSION"
            ),
        ),
        (
            "observations:\n" + look(more="versions: 'vers:pypi/2.4.0'") * 4,
            COMPONENT,
            (
                "own.yaml:3 (VUL-01), own.yaml:4 (VUL-01), own.yaml:5 (VUL-01) and 1 more: not counted, "
                "because for other versions or another file"
            ),
        ),
        (
            MEASURE,
            parse_purl("pkg:pypi/acmelib@2.5.0"),
            "own.yaml:3 (VUL-01): not counted, because for other versions or another file",
        ),
        (
            "observations:\n" + look().replace("acmelib", "acme-lib"),
            COMPONENT,
            (
                "own.yaml:3: about pkg:pypi/acme-lib, and no look or decision of yours is about "
                "pkg:pypi/acmelib@2.4.1"
            ),
        ),
    ],
)
def test_what_does_not_count_is_named(own: str, component: Purl, note: str) -> None:
    """A typing error does not look the same as an entry that nobody has written."""
    asked = policy(Requirement(practice="VUL-01", or_else="x"), own=own)
    conclusion = concluded(asked=asked, component=component)
    assert only(conclusion).outcome is Outcome.UNKNOWN
    assert conclusion.notes == (note,)


def test_what_is_not_missed_is_not_named() -> None:
    """Of a practice that is met, or of another one, an entry that doesn't count is of no interest."""
    own = "observations:\n" + look() + look("VUL-02", on="2026-12-02") + look(more="versions: 'vers:pypi/1'")
    assert concluded(asked=policy(Requirement(practice="VUL-01"), own=own)).notes == ()
    for other in (look("VUL-02", on="2026-12-02"), look().replace("acmelib", "neighbour")):
        own = "observations:\n" + other
        assert concluded(asked=policy(Requirement(practice="VUL-01"), own=own)).notes == ()


def test_a_comparison_needs_what_was_seen() -> None:
    """A look without facts falls short of a condition on them, and says what to add."""
    condition = ProductCondition(fact="lines[].securityUntil", op="coversProductSupport")
    requirement = Requirement(practice="SUP-01", conditions=(condition,))
    own = "observations:\n" + look("SUP-01", more="versions: 'vers:pypi/2.4.1'")
    asked = policy(requirement, own=own, support_until=NOW.date())
    finding = only(concluded(asked=asked))
    assert finding.outcome is Outcome.SHORTFALL
    assert finding.reason.endswith("the profile compares lines, and no facts were written down under `facts`")
    seen = "lines: [{versions: 'vers:pypi/2.4.1', securityUntil: '2026-12-15'}]"
    own = "observations:\n" + look("SUP-01", more=f"versions: 'vers:pypi/2.4.1', facts: {{{seen}}}")
    finding = only(concluded(asked=policy(requirement, own=own, support_until=moment("2027-01-01").date())))
    assert finding.outcome is Outcome.SHORTFALL
    assert finding.reason.endswith("does not reach the end of the product's support, 2027-01-01")


def test_another_edition_is_judged_and_said() -> None:
    """Ids keep their meaning."""
    found = attestation(
        predicate(
            {"id": "VUL-01", "status": "implemented", "reviewedAt": "2026-10-01", "facts": CONTACT},
            catalogue={"id": "declared-practices", "version": "2025.1", "digest": {}},
        )
    )
    conclusion = concluded(found, asked=policy(Requirement(practice="VUL-01")))
    assert conclusion.verdict is Verdict.CLEAR
    assert "made with edition 2025.1 of the catalogue" in conclusion.notes[0]


def test_a_look_beside_a_statement_is_not_somebody_elses_signature() -> None:
    """E4 is asked, and what we saw ourselves is E3."""
    asked = policy(Requirement(practice="VUL-01", evidence=Strength.E4), own="observations:\n" + look())
    assert only(concluded(says(), asked=asked)).outcome is Outcome.MET_WEAK_EVIDENCE


def test_a_measure_has_to_be_offered_by_every_requirement_that_is_joined() -> None:
    """A stricter profile is not compensated by what a weaker one offers."""
    offers, asks = Requirement(practice="VUL-01", or_else="a contract"), Requirement(practice="VUL-01")
    assert offers.joined(asks).or_else == asks.joined(offers).or_else == ""
    assert offers.joined(Requirement(practice="VUL-01", or_else="a fork")).or_else == "a fork"


def _numbered(entry: str, number: int) -> str:
    return entry.replace("pypi/other", f"pypi/other{number}")


def test_own_entries_about_other_components_are_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of one's own is about every component of a product, and each of them is asked about."""
    other = look(saw="notInPlace").replace("acmelib", "other")
    measure = MEASURE.removeprefix("measures:\n").replace("acmelib", "other")
    compared = Counter[int]()
    number = 0
    key = purl.component_key

    def counted(component: Purl) -> tuple[str | None, ...]:
        compared[number] += 1
        return key(component)

    for number in (1, 40):
        own = "observations:\n" + look() + "".join(_numbered(other, each) for each in range(number))
        own += "measures:\n" + "".join(_numbered(measure, each) for each in range(number))
        asked = policy(Requirement(practice="VUL-01"), own=own)
        seen = by_component(Look(each, in_place=bool(each.in_place), at=NOW) for each in asked.looks)
        monkeypatch.setattr(purl, "component_key", counted)
        for _ in range(2):
            compared[number] = 0
            found = conclude(
                (), policy=asked, catalogue=load_catalogue(), component=COMPONENT, now=NOW, looks=seen
            )
            assert only(found).outcome is Outcome.MET
        monkeypatch.undo()
    assert 0 < compared[1] == compared[40]
