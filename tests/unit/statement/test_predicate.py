"""The reading model is bounded, and open to fields and values of later versions."""

from __future__ import annotations

import copy

import pytest
from pydantic import ValidationError
from support.pipeline import declaration, security_contact

from avow.statement.predicate import MAX_EVIDENCE, MAX_PRACTICES, MAX_PURLS, Predicate


def test_a_status_of_a_later_version_is_unknown() -> None:
    """It never counts as implemented, and the rest of the statement is still read."""
    predicate = Predicate.model_validate(declaration(security_contact(status="mostlyImplemented")))
    assert predicate.practices[0].status is None


@pytest.mark.parametrize("status", [1, ["implemented"], {}])
def test_a_status_that_is_not_text_is_refused(status: object) -> None:
    """No version will write a status in another type."""
    with pytest.raises(ValidationError):
        Predicate.model_validate(declaration(security_contact(status=status)))


def test_a_million_entries_are_not_read() -> None:
    """Anybody can sign them; reading stops at the first entry over the limit."""
    many = declaration()
    many["practices"] = [copy.copy(many["practices"][0]) for _ in range(MAX_PRACTICES + 1)]
    with pytest.raises(ValidationError, match="too_long"):
        Predicate.model_validate(many)
    item = {"type": "url", "resource": {"uri": "https://acme.example"}}
    with pytest.raises(ValidationError, match="too_long"):
        Predicate.model_validate(declaration(security_contact(evidence=[item] * (MAX_EVIDENCE + 1))))
    purls = [f"pkg:pypi/acmelib{number}" for number in range(MAX_PURLS + 1)]
    assert Predicate.model_validate(declaration(scope_purls=purls[:-1]))
    with pytest.raises(ValidationError, match="too_long"):
        Predicate.model_validate(declaration(scope_purls=purls))


def test_damaged_entries_are_reported_once() -> None:
    """A statement with thousands of bad entries costs no more than one with a single bad entry."""
    many = declaration()
    many["practices"] = [{"id": number} for number in range(MAX_PRACTICES)]
    with pytest.raises(ValidationError) as refusal:
        Predicate.model_validate(many)
    assert refusal.value.error_count() == 1


def test_of_two_entries_with_one_id_the_first_counts() -> None:
    """`validity` refuses such a statement; whoever reads it without that check gets one stable answer."""
    entries = (security_contact(status="notImplemented"), security_contact())
    entry = Predicate.model_validate(declaration(*entries)).practice("VUL-01")
    assert entry is not None
    assert entry.status == "notImplemented"
