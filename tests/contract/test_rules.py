"""Every rule has a vector that it lets pass, and one to which it is the only one to object."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.policy_cases import VECTORS, PolicyCase, cases, read_case

from avow.catalogue.practices import load_catalogue
from avow.policy import rules
from avow.vocabulary import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = cases()
LOOK_LIMIT = timedelta(days=30)
"""Of the vectors with an own look."""
RULES = {rule.__name__: rule for rule in rules.RULES}


def first_case(case: PolicyCase) -> rules.Case:
    """The requirement that the vector is about, with its first statement."""
    (practice, *_) = case.expected["outcomes"]
    requirement = next(each for each in case.policy.required if each.practice == practice)
    found = load_catalogue().practice(practice)
    assert found is not None
    version = case.component.version if case.component else None
    return rules.Case(
        requirement,
        found,
        case.attestations[0],
        setting=rules.Setting(case.policy, case.component, version, case.now),
        seen=next((look for look in case.looks if case.now - look.at <= LOOK_LIMIT), None),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_vector(case: PolicyCase) -> None:
    """The result is the expected one."""
    conclusion = case.conclude()
    found = {finding.practice: finding for finding in conclusion.findings}
    expected = case.expected
    assert {practice: found[practice].outcome for practice in expected["outcomes"]} == expected["outcomes"]
    assert conclusion.verdict == expected["verdict"]
    for practice, voice in expected.get("voices", {}).items():
        assert found[practice].voice == voice
    for practice, step in expected.get("next", {}).items():
        assert found[practice].next.startswith(step)
    assert len(conclusion.notes) == expected.get("notes", 0)


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_every_vector_says_why(name: str) -> None:
    """Every README gives the reason for the expected result."""
    title, _, reason = (VECTORS / name / "README.md").read_text(encoding="utf-8").partition("\n")
    assert title == f"# {name}"
    assert len(reason.split()) >= 5


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rule_lets_its_met_vector_pass(
    rule: Callable[[rules.Case], rules.Objection | None],
) -> None:
    """The rule does not object, or its objection is accepted."""
    objection = rule(first_case(read_case(VECTORS / f"{rule.__name__}-met")))
    assert objection is None or objection.accepted


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_only_this_rule_objects_to_its_unmet_vector(
    rule: Callable[[rules.Case], rules.Objection | None],
) -> None:
    """No other rule would have caught it."""
    case = first_case(read_case(VECTORS / f"{rule.__name__}-unmet"))
    objecting = [each.__name__ for each in rules.RULES if each(case) is not None]
    assert objecting == [rule.__name__]
    objection = rule(case)
    assert objection is not None
    assert objection.reason
    assert objection.outcome is not Outcome.MET
