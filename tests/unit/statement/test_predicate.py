"""The reading model: bounded, and open to what a later version may say."""

from __future__ import annotations

import copy

import pytest
from pydantic import ValidationError
from support.pipeline import declaration, security_contact

from avow.statement.predicate import MAX_EVIDENCE, MAX_PRACTICES, Predicate


def test_a_status_of_a_later_version_is_unknown() -> None:
    """Never implemented, and no reason to refuse what else the statement says."""
    predicate = Predicate.model_validate(declaration(security_contact(status="mostlyImplemented")))
    assert predicate.practices[0].status is None


@pytest.mark.parametrize("status", [1, ["implemented"], {}])
def test_a_status_that_is_no_text_is_refused(status: object) -> None:
    """No version will spell it so."""
    with pytest.raises(ValidationError):
        Predicate.model_validate(declaration(security_contact(status=status)))


def test_nobody_reads_a_million_entries() -> None:
    """Anybody can sign them; reading stops at the first that is too many."""
    many = declaration()
    many["practices"] = [copy.copy(many["practices"][0]) for _ in range(MAX_PRACTICES + 1)]
    with pytest.raises(ValidationError, match="too_long"):
        Predicate.model_validate(many)
    item = {"type": "url", "resource": {"uri": "https://acme.example"}}
    with pytest.raises(ValidationError, match="too_long"):
        Predicate.model_validate(declaration(security_contact(evidence=[item] * (MAX_EVIDENCE + 1))))


def test_a_damaged_entry_is_told_once() -> None:
    """A statement with thousands of bad entries costs no more than one with one."""
    many = declaration()
    many["practices"] = [{"id": number} for number in range(MAX_PRACTICES)]
    with pytest.raises(ValidationError) as refusal:
        Predicate.model_validate(many)
    assert refusal.value.error_count() == 1
