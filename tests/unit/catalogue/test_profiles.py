"""Profiles: `extends` never weakens a requirement, and all errors are reported together."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import Profile, Requirement, load_profile, profile_names, read_profile
from avow.errors import InputInvalid
from avow.vocabulary import Strength

CHAIN = ["default-low", "default-connected", "important-1", "important-2", "critical"]

BASE = """
id = "base"
for = "tests"
recommended = ["VUL-02", "GOV-03"]
integratorLetters = ["b"]
[[required]]
practices = ["VUL-01"]
evidence = "E0"
"""


def read(files: dict[str, str], name: str = "base") -> Profile:
    return read_profile(name, {key: text.encode() for key, text in files.items()}, catalogue=load_catalogue())


def test_every_shipped_profile_is_read() -> None:
    """The shipped files are valid, and each requires something."""
    assert set(profile_names()) == {"orc-light", *CHAIN}
    assert all(load_profile(name).required for name in profile_names())


def test_profiles_of_the_chain_only_raise() -> None:
    """Each product class requires at least what the one below it requires."""
    for lower, higher in pairwise([load_profile(name) for name in CHAIN]):
        raised = {each.practice: each for each in higher.required}
        for each in lower.required:
            assert raised[each.practice].joined(each) == raised[each.practice]
        assert {*lower.recommended} <= {*higher.recommended} | {*raised}
        assert {*lower.integrator_letters} <= {*higher.integrator_letters}
        assert higher.max_age_days <= lower.max_age_days


@pytest.mark.parametrize("name", profile_names())
def test_support_is_evaluated_in_every_profile(name: str) -> None:
    """SUP-01 has a finding in each profile."""
    profile = load_profile(name)
    assert "SUP-01" in profile.recommended or "SUP-01" in {each.practice for each in profile.required}


@pytest.mark.parametrize("name", profile_names())
def test_no_profile_requires_what_cannot_be_verified(name: str) -> None:
    """Profiles never require E1, and never more than one declaration a year."""
    for each in load_profile(name).required:
        assert each.evidence is not Strength.E1
        assert each.declared_within_days is None or each.declared_within_days >= 365


def test_a_child_adds_to_its_parent() -> None:
    """Evidence rises, days fall, required practices are no longer recommended, letters are merged."""
    child = """
id = "child"
extends = "base"
for = "tests"
recommended = ["TST-01"]
integratorLetters = ["a"]
statement = {maxAgeDays = 400, maxValidityDays = 500}
[[required]]
practices = ["VUL-01", "VUL-02"]
evidence = "E2"
withinDays = 365
by = "declarant"
relationships = ["maintainer", "steward"]
orElse = "a contract"
[[required]]
practices = ["VUL-01"]
evidence = "E0"
withinDays = 30
by = "observer"
relationships = ["steward"]
[[required]]
practices = ["REL-04"]
evidence = "E0"
bound = "release"
"""
    profile = read({"base": BASE, "child": child}, "child")
    assert profile.required[0] == Requirement(
        practice="VUL-01",
        evidence=Strength.E2,
        declared_within_days=365,
        observed_within_days=30,
        relationships=("steward",),
    )
    assert [each.practice for each in profile.required] == ["VUL-01", "VUL-02", "REL-04"]
    assert profile.required[2].declared_within_days is None
    assert profile.recommended == ("GOV-03", "TST-01")
    assert profile.integrator_letters == ("a", "b")
    assert (profile.max_age_days, profile.max_validity_days) == (400, 500)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (BASE.replace("VUL-01", "VUL-99"), "unknown practice"),
        (BASE.replace("VUL-02", "VUL-99"), "unknown practice"),
        (BASE + 'by = "observer"\n', "needs withinDays together with by, or bound alone, or none of them"),
        (BASE + "withinDays = 30\n", "needs withinDays together with by, or bound alone, or none of them"),
        (
            BASE + 'withinDays = 30\nby = "observer"\nbound = "release"\n',
            "needs withinDays together with by, or bound alone, or none of them",
        ),
        (BASE + 'withinDays = 90\nby = "declarant"\n', "requires a declarant to sign every 90 days"),
        (BASE + 'relationships = ["boss"]\n', "unknown relationship boss"),
        (
            BASE + 'relationships = ["steward"]\n[[required]]\npractices = ["VUL-01"]\nevidence = "E0"\n'
            'relationships = ["maintainer"]\n',
            "have no accepted relationship in common",
        ),
        (BASE[: BASE.index("[[required]]")], "does not require any practice"),
        (BASE.replace('"E0"', '"E1"'), "required.0.evidence"),
        (BASE + "surprise = 1\n", "required.0.surprise"),
    ],
)
def test_problems_of_a_profile(changed: str, message: str) -> None:
    """Each error names the file, so that authors of a profile can fix it."""
    with pytest.raises(InputInvalid) as refused:
        read({"base": changed})
    assert any(message in problem.message for problem in refused.value.problems)
    assert all(problem.source == "base.toml" for problem in refused.value.problems)


def test_a_profile_asks_for_nothing_that_is_retired() -> None:
    """Nobody would be drafted or asked into it any more; the successor is what a profile names."""
    whole = load_catalogue()
    retired = tuple(
        each.model_copy(update={"retired": "2026.11", "since": "2026.10"}) if each.id == "VUL-01" else each
        for each in whole.practices
    )
    with pytest.raises(InputInvalid) as refused:
        read_profile(
            "base", {"base": BASE.encode()}, catalogue=whole.model_copy(update={"practices": retired})
        )
    assert [(each.message, each.practice) for each in refused.value.problems] == [
        ("unknown practice", "VUL-01")
    ]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"basis": BASE},
        {"base": "not toml"},
        {"base": BASE.replace('"base"', '"other"')},
        {"base": BASE.replace('for = "tests"', 'for = "tests"\nextends = "base"')},
        {"base": BASE.replace('for = "tests"', 'for = "tests"\nextends = "missing"')},
    ],
)
def test_unusable_profiles(files: dict[str, str]) -> None:
    """A profile is missing, unreadable, misnamed, or extends itself."""
    with pytest.raises(InputInvalid):
        read(files)


def test_bytes_that_are_not_text() -> None:
    """A damaged file is an input error, not a crash."""
    with pytest.raises(InputInvalid):
        read_profile("base", {"base": b"\xff"}, catalogue=load_catalogue())


def test_the_facts_that_a_requirement_looks_at() -> None:
    """Of alternatives all, and of an item's field the list."""
    critical = {each.practice: each for each in load_profile("critical").required}
    assert set(critical["REL-05"].facts) == {"slsaBuildLevel", "reproducible"}
    assert critical["SUP-01"].facts == ("lines",)
    assert critical["VUL-01"].facts == ()
