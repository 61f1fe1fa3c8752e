"""Conclusions: one statement meets a requirement in full, order is nothing, and nothing is never a yes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.policy_cases import TRUST, attestation, moment, predicate, strength

from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import ProductCondition, Requirement
from avow.errors import InputInvalid
from avow.formats.purl import parse_purl
from avow.policy import Conclusion, Policy, conclude, parse_policy
from avow.policy.conclude import _verdict
from avow.policy.rules import RANKED, Case, Judgement, Setting, status
from avow.results import Attestation
from avow.vocabulary import Outcome, Strength, Verdict, Voice

NOW = moment("2026-12-01")
COMPONENT = parse_purl("pkg:pypi/acmelib@2.4.1")


def policy(*required: Requirement, recommended: tuple[str, ...] = (), **changed: Any) -> Policy:
    read = parse_policy(
        (TRUST + "require:\n  - practice: VUL-01\n").encode(), source="policy.yaml", today=NOW.date()
    )
    return read.model_copy(update={"required": required, "recommended": recommended, **changed})


def concluded(*attestations: Attestation, asked: Policy, component: Any = COMPONENT) -> Conclusion:
    return conclude(attestations, policy=asked, catalogue=load_catalogue(), component=component, now=NOW)


def practice(identifier: str, **changed: Any) -> dict[str, Any]:
    return {"id": identifier, "status": "implemented", "reviewedAt": "2026-10-01", "facts": {}} | changed


VUL01 = practice(
    "VUL-01",
    facts={"contacts": [{"kind": "email", "value": "security@acme.example"}], "privateReporting": True},
)
GOV03 = practice("GOV-03", facts={"lifecycleState": "active"})


@pytest.mark.parametrize(
    ("said", "required", "recommended", "verdict"),
    [
        ((VUL01,), ("VUL-01",), (), Verdict.CLEAR),
        ((VUL01, GOV03), ("VUL-01",), ("GOV-03",), Verdict.CLEAR),
        ((VUL01,), ("VUL-01",), ("GOV-03",), Verdict.REVIEW_ONLY),
        ((GOV03,), ("VUL-01",), ("GOV-03",), Verdict.ACTION_NEEDED),
        ((VUL01,), (), ("VUL-01",), Verdict.ACTION_NEEDED),  # nothing required is nothing satisfied
        ((VUL01,), (), (), Verdict.ACTION_NEEDED),
    ],
)
def test_verdict(
    said: tuple[dict[str, Any], ...],
    required: tuple[str, ...],
    recommended: tuple[str, ...],
    verdict: Verdict,
) -> None:
    """Open recommendations are notes, open requirements actions; without requirements there is no yes."""
    asked = policy(*(Requirement(practice=each) for each in required), recommended=recommended)
    assert concluded(attestation(predicate(*said)), asked=asked).verdict is verdict


def test_a_finding_says_who_what_and_next() -> None:
    """Voice, reason, the manufacturer's step with its CRA references, and the statement that decided."""
    said = attestation(predicate(practice("VUL-01", status="notImplemented", note="no funding")))
    (finding,) = concluded(said, asked=policy(Requirement(practice="VUL-01"))).findings
    assert finding.outcome is Outcome.DECLARED_GAP
    assert finding.voice is Voice.PROJECT_SIGNED
    assert "no funding" in finding.reason
    assert finding.next
    assert "CRA Art 13(6)" in finding.references
    assert finding.statement == said.payload_sha256


@pytest.mark.parametrize("verified", [Strength.E0, Strength.E2])
def test_a_finding_says_what_it_rests_on(verified: Strength) -> None:
    """What is required, what the deciding statement says, its evidence, and the facts that count."""
    shown = strength("VUL-01", verified, claimed="E2")
    said = attestation(predicate(VUL01, practice("SUP-01")), shown, strength("SUP-01"))
    asked = policy(
        Requirement(
            practice="VUL-01",
            evidence=Strength.E2,
            conditions=(ProductCondition(fact="responseDays", op="atLeast", value=1),),
        )
    )
    (finding,) = concluded(said, asked=asked).findings
    assert (finding.strength, finding.evidence) == (Strength.E2, (shown,))
    assert finding.entry == said.statement.predicate.practice("VUL-01")
    assert {"contacts", "privateReporting", "responseDays"} <= set(finding.deciding_facts)
    (unknown,) = concluded(asked=asked).findings
    assert (unknown.entry, unknown.evidence, unknown.strength) == (None, (), Strength.E2)


def test_all_reasons_are_told() -> None:
    """What is both stale and weak says both; the outcome is the worse."""
    old = attestation(predicate(practice("VUL-01", facts=VUL01["facts"], reviewedAt="2020-01-01")))
    asked = policy(Requirement(practice="VUL-01", evidence=Strength.E2, declared_within_days=365))
    (finding,) = concluded(old, asked=asked).findings
    assert finding.outcome is Outcome.STALE
    assert "2020-01-01" in finding.reason
    assert "evidence E2 (a file with its digest) is required; there is none" in finding.reason


def test_two_statements_do_not_add_up() -> None:
    """One has the evidence, the other the facts: nobody said the whole."""
    with_evidence = attestation(predicate(practice("VUL-01")), strength("VUL-01"))
    with_facts = attestation(predicate(VUL01))
    asked = policy(Requirement(practice="VUL-01", evidence=Strength.E2))
    assert concluded(with_evidence, with_facts, asked=asked).verdict is Verdict.ACTION_NEEDED


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"lastCommit": "2026-11-01"}, Outcome.MET),
        ({"lifecycleState": "archived"}, Outcome.CONFLICT),
    ],
)
def test_an_observation_without_its_facts_contradicts_nothing(
    facts: dict[str, Any], outcome: Outcome
) -> None:
    """A stranger with the right to contradict does so by a fact, not by leaving it out."""
    theirs = attestation(predicate(practice("GOV-03", facts=facts)), relationship="researcher")
    with_right = theirs.model_copy(
        update={"expected": theirs.expected.model_copy(update={"may_contradict": True})}
    )
    asked = policy(Requirement(practice="GOV-03"))
    (finding,) = concluded(attestation(predicate(GOV03)), with_right, asked=asked).findings
    assert finding.outcome is outcome


def test_evidence_for_another_practice_does_not_count() -> None:
    """Strength belongs to the practice it was given for."""
    said = attestation(predicate(VUL01, GOV03), strength("GOV-03", "E3"))
    asked = policy(Requirement(practice="VUL-01", evidence=Strength.E2))
    assert concluded(said, asked=asked).findings[0].outcome is Outcome.MET_WEAK_EVIDENCE


def test_the_strong_and_the_young_evidence_have_to_be_one_piece() -> None:
    """An old strong piece and a young weak one do not make a young strong one."""
    said = attestation(
        predicate(VUL01),
        strength("VUL-01", "E2", retrieved_at="2024-01-01"),
        strength("VUL-01", "E0", claimed="E2"),
    )
    asked = policy(Requirement(practice="VUL-01", evidence=Strength.E2, declared_within_days=365))
    assert concluded(said, asked=asked).findings[0].outcome is Outcome.STALE


def test_a_statement_signed_too_long_ago_is_stale() -> None:
    """Whatever it says about its own end."""
    said = attestation(predicate(VUL01), signed_at="2026-11-02")
    asked = policy(Requirement(practice="VUL-01"), max_age_days=10)
    assert concluded(said, asked=asked).findings[0].outcome is Outcome.STALE


@pytest.mark.parametrize(
    ("kind", "level", "outcome"),
    [
        ("release", "VUL-01", Outcome.DECLARED_GAP),
        ("project", "VUL-01", Outcome.DECLARED_GAP),
        ("release", "REL-05", Outcome.DECLARED_GAP),
        ("project", "REL-05", Outcome.UNKNOWN),
        ("release", "SUP-01", Outcome.DECLARED_GAP),
        ("project", "SUP-01", Outcome.UNKNOWN),
    ],
)
def test_a_statement_about_a_project_decides_nothing_about_a_release(
    kind: str, level: str, outcome: Outcome
) -> None:
    """Neither about its artefacts nor about its release line, whatever its entries say."""
    said = attestation(predicate(practice(level, status="notImplemented"), kind=kind))
    (finding,) = concluded(said, asked=policy(Requirement(practice=level))).findings
    assert finding.outcome is outcome


def test_a_statement_about_a_project_is_not_bound_to_a_release() -> None:
    """Although the practice is the project's, the requirement asks for a word about this release."""
    said = attestation(predicate(VUL01, kind="project"))
    asked = policy(Requirement(practice="VUL-01", bound_to_release=True))
    assert concluded(said, asked=asked).findings[0].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("justification", "outcome"),
    [("it has none", Verdict.REVIEW_ONLY), (" . ", Verdict.ACTION_NEEDED), (None, Verdict.ACTION_NEEDED)],
)
def test_not_applicable_needs_a_justification_that_says_something(
    justification: str | None, outcome: Verdict
) -> None:
    """A dot in a mandatory field is not a reason."""
    entry = practice("DEP-01", status="notApplicable", reason="noDependencies", justification=justification)
    entry = {name: value for name, value in entry.items() if value is not None}
    asked = policy(Requirement(practice="DEP-01"))
    assert concluded(attestation(predicate(entry)), asked=asked).verdict is outcome


def test_a_practice_without_status_is_unknown() -> None:
    """Facts alone declare nothing, unless the practice is an observation."""
    bare = {key: value for key, value in VUL01.items() if key != "status"}
    said = attestation(predicate(bare))
    assert (
        concluded(said, asked=policy(Requirement(practice="VUL-01"))).findings[0].outcome is Outcome.UNKNOWN
    )


@pytest.mark.parametrize("versions", ["vers:pypi/*", "not a range", "vers:pypi/>=2.5|<2.4"])
def test_a_range_that_cannot_be_read_contains_nothing(versions: str) -> None:
    """A release line with a bad range is not a line for this version."""
    line = {"versions": versions, "securityUntil": "2030-01-01"}
    said = attestation(predicate(practice("SUP-01", facts={"lines": [line]})))
    assert (
        concluded(said, asked=policy(Requirement(practice="SUP-01"))).findings[0].outcome
        is Outcome.DECLARED_GAP
    )


def either(*conditions: ProductCondition) -> ProductCondition:
    return ProductCondition.model_validate({"anyOf": conditions})


REL05 = {
    "slsaBuildLevel": 2,
    "builderId": "https://builder.example",
    "provenanceUrl": "https://acme.example/provenance",
    "reproducible": "no",
}


@pytest.mark.parametrize(
    ("condition", "facts", "outcome"),
    [
        (ProductCondition(fact="slsaBuildLevel", op="atLeast", value=2), {}, Outcome.MET),
        (ProductCondition(fact="slsaBuildLevel", op="atLeast", value=3), {}, Outcome.SHORTFALL),
        (ProductCondition(fact="slsaBuildLevel", op="atLeast", value="2"), {}, Outcome.SHORTFALL),
        (ProductCondition(fact="reproducible", op="equals", value="yes"), {}, Outcome.SHORTFALL),
        (
            ProductCondition(fact="reproducible", op="equals", value="yes"),
            {"reproducible": "yes"},
            Outcome.MET,
        ),
        (ProductCondition(fact="slsaBuildLevel", op="equals", value="2"), {}, Outcome.SHORTFALL),
        (ProductCondition(fact="absent", op="atLeast", value=1), {}, Outcome.SHORTFALL),
        (ProductCondition(fact="absent[].field", op="atLeast", value=1), {}, Outcome.SHORTFALL),
        (ProductCondition(fact="absent", op="coversProductSupport"), {}, Outcome.SHORTFALL),
        (
            either(
                ProductCondition(fact="slsaBuildLevel", op="atLeast", value=3),
                ProductCondition(fact="reproducible", op="equals", value="no"),
            ),
            {},
            Outcome.MET,
        ),
        (
            either(
                ProductCondition(fact="slsaBuildLevel", op="atLeast", value=3),
                ProductCondition(fact="reproducible", op="equals", value="yes"),
            ),
            {},
            Outcome.SHORTFALL,
        ),
    ],
)
def test_conditions_of_a_profile(
    condition: ProductCondition, facts: dict[str, Any], outcome: Outcome
) -> None:
    """They hold over the facts besides the catalogue's own, or the outcome is a shortfall."""
    said = attestation(predicate(practice("REL-05", facts=REL05 | facts)))
    asked = policy(Requirement(practice="REL-05", conditions=(condition,)), support_until=date(2027, 1, 1))
    assert concluded(said, asked=asked).findings[0].outcome is outcome


def test_support_without_a_product_period_is_not_covered() -> None:
    """There is nothing to compare with; the readers of policies refuse it earlier."""
    line = {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2030-01-01"}
    said = attestation(predicate(practice("SUP-01", facts={"lines": [line]})))
    covered = ProductCondition(fact="lines[].securityUntil", op="coversProductSupport")
    asked = policy(Requirement(practice="SUP-01", conditions=(covered,)))
    assert concluded(said, asked=asked).findings[0].outcome is Outcome.SHORTFALL


def test_another_line_does_not_lend_its_date() -> None:
    """Only the line that contains the version reaches the end of the product's support."""
    lines = [
        {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2027-06-30"},
        {"versions": "vers:pypi/>=3|<4", "securityUntil": "2035-01-01"},
    ]
    said = attestation(predicate(practice("SUP-01", facts={"lines": lines})))
    covered = ProductCondition(fact="lines[].securityUntil", op="coversProductSupport")
    asked = policy(Requirement(practice="SUP-01", conditions=(covered,)), support_until=date(2031, 12, 31))
    assert concluded(said, asked=asked).findings[0].outcome is Outcome.SHORTFALL


def test_an_alternative_of_the_profile_is_told() -> None:
    """The next step says what the manufacturer may do instead."""
    asked = policy(Requirement(practice="VUL-01", or_else="a support agreement"))
    (finding,) = concluded(attestation(predicate(GOV03)), asked=asked).findings
    assert finding.next.endswith("or: a support agreement")


def test_a_practice_that_the_catalogue_lacks_is_an_error() -> None:
    """A policy of another catalogue is never silently shorter."""
    with pytest.raises(InputInvalid):
        concluded(asked=policy(Requirement(practice="VUL-99")))


def test_a_conflict_on_a_required_practice_blocks() -> None:
    """Nothing found conflicts in this version yet; the verdict is ready for it."""
    judgement = Judgement(outcome=Outcome.CONFLICT, reason="", next="", voice=Voice.OBSERVED_BY_US)
    assert _verdict([(True, judgement)], any_statement=True, ended=False) is Verdict.BLOCKED
    assert _verdict([(False, judgement)], any_statement=True, ended=False) is Verdict.ACTION_NEEDED


def test_unknown_is_never_better_than_an_honest_gap() -> None:
    """Silence must not pay."""
    assert RANKED.index(Outcome.UNKNOWN) > RANKED.index(Outcome.DECLARED_GAP)
    assert set(RANKED) == set(Outcome)


@pytest.mark.parametrize("purls", [[], ["pkg:pypi/other@2.4.1"]])
def test_a_scope_that_does_not_name_the_version_leaves_it_unknown(purls: list[str]) -> None:
    """The caller named no version, and nobody else did in a form that can be relied on."""
    line = {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2030-01-01"}
    said = attestation(predicate(practice("SUP-01", facts={"lines": [line]}), purls=purls))
    asked = policy(Requirement(practice="SUP-01"))
    component = parse_purl("pkg:pypi/acmelib")
    assert concluded(said, asked=asked, component=component).findings[0].outcome is Outcome.DECLARED_GAP


def test_the_scope_names_the_version_that_the_caller_left_out() -> None:
    """The artefact is known by its digest, so the signed scope may say which release it is."""
    line = {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2030-01-01"}
    said = attestation(predicate(practice("SUP-01", facts={"lines": [line]})))
    asked = policy(Requirement(practice="SUP-01"))
    assert concluded(said, asked=asked, component=None).findings[0].outcome is Outcome.MET


STATUSES = st.sampled_from(["implemented", "partiallyImplemented", "notImplemented", "notApplicable", None])
DAYS = st.sampled_from(["2023-01-01", "2025-12-15", "2026-10-01", "2026-11-01"])
STRENGTHS = st.builds(
    strength,
    st.sampled_from(["VUL-01", "DEP-01", "GOV-03"]),
    st.sampled_from(["E0", "E1", "E2", "E3", "E4"]),
    retrieved_at=st.one_of(DAYS, st.none()),
)
FACTS = {
    "VUL-01": VUL01["facts"],
    "DEP-01": {"url": "https://acme.example/deps", "format": "CycloneDX", "hasDigests": True},
    "GOV-03": GOV03["facts"],
}


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    identifier = draw(st.sampled_from(sorted(FACTS)))
    drawn = practice(
        identifier,
        status=draw(STATUSES),
        reviewedAt=draw(st.one_of(DAYS, st.none())),
        facts=draw(st.sampled_from([FACTS[identifier], {}])),
        reason=draw(st.sampled_from(["noDependencies", "other", None])),
        justification=draw(st.sampled_from(["standard library only", None])),
    )
    return {name: value for name, value in drawn.items() if value is not None}


STATEMENTS = st.builds(
    lambda said, strengths, **changed: attestation(predicate(*said), *strengths, **changed),
    st.lists(entries(), max_size=3, unique_by=lambda entry: entry["id"]),
    st.lists(STRENGTHS, max_size=4),
    relationship=st.sampled_from(["maintainer", "steward", "researcher"]),
    signed_at=DAYS,
)
ASKED = st.lists(
    st.builds(
        Requirement,
        practice=st.sampled_from(sorted(FACTS)),
        evidence=st.sampled_from([Strength.E0, Strength.E2, Strength.E3]),
        declared_within_days=st.sampled_from([None, 365, 730]),
        observed_within_days=st.sampled_from([None, 30, 400]),
        bound_to_release=st.booleans(),
        relationships=st.sampled_from([None, ("maintainer",), ("maintainer", "steward")]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda requirement: requirement.practice,
)
GAP_UNTIL = st.sampled_from([None, "2026-11-30", "2027-01-01"])


def asked_policy(required: list[Requirement], until: str | None) -> Policy:
    gaps = ""
    if until:
        gaps = (
            "acceptedGaps:\n  - {practice: VUL-01, for: pkg:pypi/acmelib, versions: 'vers:pypi/2.4.1',"
            f" because: x, measure: m, owner: y, ticket: z, until: {until}}}\n"
        )
    text = TRUST + "require:\n  - practice: VUL-01\n" + gaps
    read = parse_policy(text.encode(), source="policy.yaml", today=NOW.date())
    return read.model_copy(update={"required": tuple(required), "recommended": ("SUP-01",)})


def satisfied(conclusion: Conclusion) -> bool:
    return conclusion.verdict in {Verdict.CLEAR, Verdict.REVIEW_ONLY}


def ranks(conclusion: Conclusion) -> dict[str, int]:
    return {finding.practice: RANKED.index(finding.outcome) for finding in conclusion.findings}


@pytest.mark.slow
@given(STATEMENTS, ASKED, GAP_UNTIL, st.data())
def test_removing_evidence_never_helps(
    statement: Attestation, required: list[Requirement], until: str | None, data: st.DataObject
) -> None:
    """Also not old or weak evidence: no finding gets better without it."""
    asked = asked_policy(required, until)
    kept = [each for each in statement.strengths if data.draw(st.booleans())]
    less = statement.model_copy(update={"strengths": tuple(kept)})
    before, after = (concluded(each, asked=asked) for each in (statement, less))
    assert not satisfied(after) or satisfied(before)
    assert all(ranks(after)[practice] >= rank for practice, rank in ranks(before).items())


@pytest.mark.slow
@given(st.lists(STATEMENTS, max_size=4), ASKED, GAP_UNTIL, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(
    statements: list[Attestation], required: list[Requirement], until: str | None, random: Any
) -> None:
    """Stores may list them as they like."""
    asked = asked_policy(required, until)
    shuffled = list(statements)
    random.shuffle(shuffled)
    assert concluded(*shuffled, asked=asked) == concluded(*statements, asked=asked)


@pytest.mark.slow
@given(STATEMENTS, ASKED)
def test_silence_is_never_better_than_an_honest_gap(
    statement: Attestation, required: list[Requirement]
) -> None:
    """Leaving a gap out of the statement does not raise its outcome."""
    asked = asked_policy(required, None)
    said = statement.statement.predicate
    honest = [entry for entry in said.practices if entry.status == "notImplemented"]
    silent = said.model_copy(
        update={"practices": tuple(entry for entry in said.practices if entry not in honest)}
    )
    without = statement.model_copy(
        update={"statement": statement.statement.model_copy(update={"predicate": silent})}
    )
    before, after = (ranks(concluded(each, asked=asked)) for each in (statement, without))
    assert all(after[practice] >= before[practice] for practice in before)


@pytest.mark.parametrize(
    ("version", "versions", "inside"),
    [
        ("2.4.1", "vers:pypi/>=2.4|<2.5", True),
        ("2.4.1", "vers:npm/2.4.1", False),
        ("2.4.1", "vers:pypi/*", False),
        ("2.4.1", "2.4.1", False),
        ("", "vers:pypi/>=2.4", False),
    ],
)
def test_a_version_is_compared_in_its_own_kind_of_range(version: str, versions: str, *, inside: bool) -> None:
    """A range that can't be read contains nothing, and says so without raising."""
    catalogue = load_catalogue()
    about = catalogue.practice("SUP-01")
    assert about is not None
    asked = policy(Requirement(practice="SUP-01"))
    case = Case(
        asked.required[0],
        about,
        attestation(predicate()),
        setting=Setting(asked, COMPONENT, version, NOW),
    )
    assert case.version_in_range(version, versions) is inside


def test_another_reason_is_not_about_dependencies() -> None:
    """A statement with a lock file can still have no compiled release."""
    practices = load_catalogue().practices
    about = next(each for each in practices if each.id == "DEP-01")
    about = about.model_copy(update={"not_applicable_reasons": ("noSuchArtefact",)})
    none = practice(
        "DEP-01", status="notApplicable", reason="noSuchArtefact", justification="no release", facts={}
    )
    asked = policy(Requirement(practice="DEP-01"))
    said = attestation(predicate(none, practice("DEP-03")))
    case = Case(asked.required[0], about, said, setting=Setting(asked, COMPONENT, "2.4.1", NOW))
    objection = status(case)
    assert objection is not None
    assert objection.accepted
