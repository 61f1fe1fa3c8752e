"""Each limit holds to the second, and what a rule leaves open stays so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support.pipeline import Setting, declaration, finding, outcomes, security_contact, signer_rule
from support.virtual_sigstore import NOW

from avow.errors import InputInvalid
from avow.policy import rules
from avow.values import utc_text
from avow.vocabulary import Outcome, Verdict

if TYPE_CHECKING:
    from pathlib import Path

SECOND = timedelta(seconds=1)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A directory with a policy that asks for VUL-01."""
    return Setting(tmp_path)


def test_a_statement_counts_until_it_expires(setting: Setting) -> None:
    """At that moment it no longer does."""
    until = NOW + timedelta(days=10)
    setting.sign(declaration(validUntil=utc_text(until)))
    assert finding(setting.decide(now=until - SECOND)).outcome is Outcome.MET
    assert finding(setting.decide(now=until)).outcome is Outcome.STALE


def test_a_statement_counts_for_as_long_as_the_policy_says(setting: Setting) -> None:
    """730 days without a profile, whatever its own validity."""
    setting.ask("require: [{practice: VUL-01, bound: release}]")
    setting.sign(declaration(declaredAt=utc_text(NOW), validUntil=utc_text(NOW + timedelta(days=740))))
    last = NOW + timedelta(days=730)
    assert finding(setting.decide(now=last)).outcome is Outcome.MET
    assert finding(setting.decide(now=last + SECOND)).outcome is Outcome.STALE


def test_a_review_counts_for_as_long_as_is_asked(setting: Setting) -> None:
    """From the beginning of its day, in UTC."""
    setting.ask("require: [{practice: VUL-01, within: 365 days, by: declarant}]")
    setting.sign(declaration(security_contact(reviewedAt="2026-11-10")))
    last = datetime(2026, 11, 10, tzinfo=UTC) + timedelta(days=365)
    assert finding(setting.decide(now=last)).outcome is Outcome.MET
    assert finding(setting.decide(now=last + SECOND)).outcome is Outcome.STALE


def test_by_alone_is_a_problem_and_nothing_else(setting: Setting) -> None:
    """The other half is missing, so there is nothing to compare with the shortest period."""
    for by in ("declarant", "observer"):
        setting.ask(f"require: [{{practice: VUL-01, by: {by}}}]")
        with pytest.raises(InputInvalid) as refused:
            setting.decide()
        assert [each.message for each in refused.value.problems] == [
            "`within` and `by` are only valid together"
        ]


def test_no_relationship_is_none_that_counts(setting: Setting) -> None:
    """An empty list would be a requirement that nobody can meet."""
    setting.ask("require: [{practice: VUL-01, relationships: []}]")
    with pytest.raises(InputInvalid) as refused:
        setting.decide()
    assert "relationships is empty" in [each.message for each in refused.value.problems]


def _accepted(practice: str) -> str:
    return (
        f"acceptedGaps: [{{practice: {practice}, for: pkg:pypi/acmelib, versions: 'vers:pypi/>=2.4|<2.5', "
        "because: soon, measure: isolated, owner: us, ticket: T-1, until: 2027-06-01}]"
    )


def test_an_accepted_gap_is_for_what_is_open(setting: Setting) -> None:
    """A practice that is met stays met."""
    setting.ask("require: [{practice: VUL-01}, {practice: SRC-02}]", _accepted("VUL-01"))
    setting.sign(declaration())
    assert outcomes(setting.decide(purl="pkg:pypi/acmelib@2.4.1")) == {"VUL-01": "met", "SRC-02": "unknown"}


def test_an_accepted_gap_is_not_for_a_statement_about_two_components(setting: Setting) -> None:
    """Which of the two the artefact is, nobody said: the policy's own component and no version."""
    setting.ask("require: [{practice: SRC-02}]", _accepted("SRC-02"))
    setting.sign(declaration(scope_purls=["pkg:pypi/acmelib@2.4.1", "pkg:pypi/acmelib@2.4.2"]))
    assert outcomes(setting.decide()) == {"SRC-02": "unknown"}
    assert outcomes(setting.decide(purl="pkg:pypi/acmelib@2.4.1")) == {"SRC-02": "gapAccepted"}


def test_a_contradiction_is_never_accepted(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule reports one yet; the day one does, an accepted gap must not hide it."""

    def contradicted(_case: rules.Case) -> rules.Objection:
        return rules.Objection(Outcome.CONFLICT, "two statements disagree")

    monkeypatch.setattr(rules, "RULES", (contradicted, *rules.RULES))
    setting.ask("require: [{practice: SRC-02}]", _accepted("SRC-02"))
    setting.sign(declaration())
    decision = setting.decide(purl="pkg:pypi/acmelib@2.4.1")
    assert (outcomes(decision), decision.verdict) == ({"SRC-02": "conflict"}, Verdict.BLOCKED)


def test_a_rule_for_a_namespace_does_not_say_which_component(setting: Setting) -> None:
    """One rule is not one component if it is about all of a namespace."""
    setting.ask(signers=(signer_rule(component="pkg:npm/%40acme/*"),))
    setting.sign(declaration())
    with pytest.raises(InputInvalid, match="whole namespace") as refused:
        setting.decide()
    assert "--purl" in refused.value.hint
