"""Taking something away never helps, with exactly the exceptions that the specification lists.

Whoever withholds a statement, a file, a look or a decision gets no better outcome and no yes, unless what was
taken away replaces another statement, says no, denies with a right to, or has ended. `AVOW_CASES` sets how
many cases are drawn.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.policy_cases import ARTEFACT, OTHER_ARTEFACT, TRUST, attestation, moment, predicate, strength

from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import Requirement
from avow.formats.purl import parse_purl
from avow.formats.vers import parse_vers
from avow.policy import Conclusion, Policy, conclude, parse_policy, standing
from avow.policy.decisions import AcceptedGap, Look, OwnLook, by_component
from avow.policy.rules import RANKED
from avow.results import Attestation
from avow.values import Frozen
from avow.vocabulary import Outcome, Strength, Verdict

CASES: Final = int(os.environ.get("AVOW_CASES", "1000"))
NOW = moment("2026-12-01")
COMPONENT = parse_purl("pkg:pypi/acmelib@2.4.1")
OWN: Final = ("maintainer", "steward")
OLD_EVIDENCE: Final = (Outcome.STALE, Outcome.MET_WEAK_EVIDENCE)
"""Without old evidence there is none; neither outcome is closed."""
YES: Final = {Verdict.CLEAR, Verdict.REVIEW_ONLY}
CATALOGUE = load_catalogue()
FACTS: Final = {
    "VUL-01": {"contacts": [{"kind": "email", "value": "security@acme.example"}], "privateReporting": True},
    "SRC-03": dict(CATALOGUE.practice("SRC-03").examples.suffices),  # type: ignore[union-attr]
    "GOV-03": {"lifecycleState": "active"},
}
NEGATIVE: Final = {"GOV-03": {"lifecycleState": "archived"}}


class Case(Frozen):
    """Everything that a conclusion follows from."""

    required: tuple[Requirement, ...]
    statements: tuple[Attestation, ...]
    looks: tuple[OwnLook, ...]
    gaps: tuple[AcceptedGap, ...]


def policy(case: Case) -> Policy:
    read = parse_policy(
        (TRUST + "require:\n  - practice: VUL-01\n").encode(), source="policy.yaml", today=NOW.date()
    )
    return read.model_copy(update={"required": case.required, "accepted_gaps": case.gaps})


def concluded(case: Case) -> Conclusion:
    return conclude(
        standing(case.statements).stand,
        policy=policy(case),
        catalogue=CATALOGUE,
        component=COMPONENT,
        now=NOW,
        looks=by_component(
            Look(each, in_place=bool(each.in_place), at=moment(str(each.on))) for each in case.looks
        ),
        digests=frozenset({ARTEFACT}),
    )


def may_help(case: Case, removed: object) -> bool:
    """By the specification, its removal may make something better."""
    if isinstance(removed, AcceptedGap):
        return removed.until < NOW.date()
    if isinstance(removed, OwnLook):
        return not removed.in_place or sum(each.practice == removed.practice for each in case.looks) > 1
    assert isinstance(removed, Attestation)
    predicate_ = removed.statement.predicate
    others = [each for each in case.statements if each is not removed]
    replaces = any(
        each.expected.key_sha256 == removed.expected.key_sha256
        and each.statement.subjects == removed.statement.subjects
        for each in others
    )
    own = removed.expected.relationship in OWN
    says_no = any(
        entry.status in {"notImplemented", "partiallyImplemented"}
        or entry.facts == NEGATIVE.get(entry.id)
        or (own and (entry.status == "notApplicable" or entry.facts != FACTS[entry.id]))
        for entry in predicate_.practices
    )
    contradicted = own and any(each.expected.may_contradict for each in others)
    return replaces or contradicted or (says_no and (own or removed.expected.may_contradict))


DAYS = st.sampled_from(["2024-01-01", "2025-12-15", "2026-10-01", "2026-11-01"])


@st.composite
def entries(draw: st.DrawFn, practice: str) -> dict[str, Any]:
    facts = draw(st.sampled_from([FACTS[practice], FACTS[practice], {}, NEGATIVE.get(practice, {})]))
    found: dict[str, Any] = {"id": practice, "reviewedAt": draw(DAYS), "facts": facts}
    if practice != "GOV-03":
        found["status"] = draw(
            st.sampled_from(["implemented"] * 4 + ["partiallyImplemented", "notImplemented", "notApplicable"])
        )
    return found


@st.composite
def statements(draw: st.DrawFn) -> Attestation:
    said = [
        draw(entries(each))
        for each in draw(st.lists(st.sampled_from(sorted(FACTS)), unique=True, max_size=3))
    ]
    declared = draw(st.sampled_from(["2024-06-01", "2026-10-15", "2026-11-01"]))
    found = attestation(
        predicate(*said, declaredAt=f"{declared}T00:00:00Z"),
        *(
            strength(each, draw(st.sampled_from(["E0", "E2", "E4"])), retrieved_at=draw(DAYS))
            for each in draw(st.lists(st.sampled_from(sorted(FACTS)), max_size=2))
        ),
        relationship=draw(st.sampled_from(["maintainer", "steward", "researcher"])),
        signed_at=draw(st.sampled_from(["2026-11-02", "2026-11-20"])),
        digest=ARTEFACT,
    )
    rule = found.expected.model_copy(
        update={
            "key_sha256": draw(st.sampled_from(["1" * 64, "2" * 64, "3" * 64])),
            "may_contradict": found.expected.relationship == "researcher" and draw(st.booleans()),
        }
    )
    subjects = found.statement.subjects
    if draw(st.booleans()):
        more = subjects[0].model_copy(update={"digests": (OTHER_ARTEFACT,)})
        subjects = (*subjects, more)
    return found.model_copy(
        update={"expected": rule, "statement": found.statement.model_copy(update={"subjects": subjects})}
    )


@st.composite
def looks(draw: st.DrawFn) -> OwnLook:
    return OwnLook(
        practice=draw(st.sampled_from(sorted(FACTS))),
        component=COMPONENT,
        versions=None,
        artefact=draw(st.sampled_from([None, ARTEFACT])),
        in_place=draw(st.booleans()),
        source="x",
        on=moment(draw(DAYS)).date(),
        who="us",
        sha256="",
        facts=None,
        check=None,
        repository="",
        note="",
        place=f"own.yaml:{draw(st.integers(1, 99))}",
    )


@st.composite
def gaps(draw: st.DrawFn) -> AcceptedGap:
    return AcceptedGap(
        practice=draw(st.sampled_from(sorted(FACTS))),
        component=COMPONENT,
        versions=parse_vers("vers:pypi/2.4.1"),
        because="x",
        measure="y",
        owner="z",
        ticket="",
        until=moment(draw(st.sampled_from(["2026-11-30", "2027-01-01"]))).date(),
        place=f"policy.yaml:{draw(st.integers(1, 99))}",
    )


REQUIRED = st.lists(
    st.builds(
        Requirement,
        practice=st.sampled_from(sorted(FACTS)),
        evidence=st.sampled_from([Strength.E0, Strength.E0, Strength.E2, Strength.E3, Strength.E4]),
        declared_within_days=st.sampled_from([None, 365, 730]),
        observed_within_days=st.sampled_from([None, None, 60]),
        bound_to_release=st.sampled_from([False, False, True]),
        relationships=st.sampled_from([None, None, ("maintainer",), ("maintainer", "steward")]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each.practice,
).map(tuple)

CASE = st.builds(
    Case,
    required=REQUIRED,
    statements=st.lists(statements(), max_size=4, unique_by=lambda each: each.payload_sha256).map(tuple),
    looks=st.lists(looks(), max_size=2).map(tuple),
    gaps=st.lists(gaps(), max_size=2).map(tuple),
)


def ranks(conclusion: Conclusion) -> dict[str, int]:
    return {finding.practice: RANKED.index(finding.outcome) for finding in conclusion.findings}


@pytest.mark.slow
def test_taking_something_away_never_helps() -> None:
    """One statement, piece of evidence, look or decision less; and each kind of exception is real."""
    seen: Counter[str] = Counter()

    @settings(max_examples=CASES)
    @given(CASE, st.data())
    def check(case: Case, data: st.DataObject) -> None:
        part = data.draw(st.sampled_from(["statements", "looks", "gaps", "evidence"]))
        from_ = (
            [each for each in case.statements if each.strengths]
            if part == "evidence"
            else getattr(case, part)
        )
        if not from_:
            return
        removed = data.draw(st.sampled_from(from_))
        if part == "evidence":
            less = removed.model_copy(update={"strengths": removed.strengths[1:]})
            kept = tuple(less if each is removed else each for each in case.statements)
            after = case.model_copy(update={"statements": kept})
        else:
            after = case.model_copy(update={part: tuple(each for each in from_ if each is not removed)})
        whole, part_of_it = concluded(case), concluded(after)
        better = any(
            ranks(part_of_it)[each] < rank
            for each, rank in ranks(whole).items()
            if (RANKED[rank], RANKED[ranks(part_of_it)[each]]) != OLD_EVIDENCE or part != "evidence"
        )
        helped = better or (part_of_it.verdict in YES and whole.verdict not in YES)
        seen[f"{part} {'helped' if helped else 'did not help'}"] += 1
        assert not helped or (part != "evidence" and may_help(case, removed))

    check()
    # Of a thousand cases each kind has but a few, so that one of them may be missing by chance.
    assert sum(seen[f"{part} helped"] for part in ("statements", "looks", "gaps")) > 0, seen
    for part in ("statements", "looks", "gaps", "evidence"):
        assert seen[f"{part} did not help"] > 0, seen
