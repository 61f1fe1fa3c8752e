"""Every rule keeps its promise: one vector that it lets pass, one to which it alone objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.policy_cases import VECTORS, PolicyCase, cases, read_case

from avow.catalogue.practices import load_catalogue
from avow.policy import rules
from avow.vocabulary import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = cases()
RULES = {rule.__name__: rule for rule in rules.RULES}


def first_case(case: PolicyCase) -> rules.Case:
    """The requirement that the vector is about, and its first statement."""
    (practice, *_) = case.expected["outcomes"]
    requirement = next(each for each in case.policy.required if each.practice == practice)
    found = load_catalogue().practice(practice)
    assert found is not None
    version = case.component.version if case.component else None
    return rules.Case(
        requirement, found, case.attestations[0], case.policy, case.component, version, case.now
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_vector(case: PolicyCase) -> None:
    """What the vector's README announces is what follows."""
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
    """A case without its reason can't be judged by the next reader."""
    title, _, reason = (VECTORS / name / "README.md").read_text(encoding="utf-8").partition("\n")
    assert title == f"# {name}"
    assert len(reason.split()) >= 5


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rule_lets_its_met_vector_pass(
    rule: Callable[[rules.Case], rules.Objection | None],
) -> None:
    """Nothing is open, or all that is open is accepted."""
    objection = rule(first_case(read_case(VECTORS / f"{rule.__name__}-met")))
    assert objection is None or objection.accepted


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rule_alone_objects_to_its_unmet_vector(
    rule: Callable[[rules.Case], rules.Objection | None],
) -> None:
    """The rule decides: no other one would have caught it."""
    case = first_case(read_case(VECTORS / f"{rule.__name__}-unmet"))
    objecting = [each.__name__ for each in rules.RULES if each(case) is not None]
    assert objecting == [rule.__name__]
    objection = rule(case)
    assert objection is not None
    assert objection.reason
    assert objection.outcome is not Outcome.MET
