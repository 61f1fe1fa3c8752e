"""The reading model is bounded, and open to fields and values of later versions."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.pipeline import declaration, security_contact

from avow.statement.predicate import MAX_EVIDENCE, MAX_PRACTICES, MAX_PURLS, Predicate

ROOT = Path(__file__).parent.parent.parent.parent
COMPLETE = ROOT / "predicates" / "declared-practices" / "v0.1" / "examples" / "complete.json"


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


def everything() -> dict[str, Any]:
    """The example that has every field."""
    found: dict[str, Any] = json.loads(COMPLETE.read_text(encoding="utf-8"))["predicate"]
    return found


def fields(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of each field that the reading model has, in the complete example."""
    free = {"facts", "observed", "annotations", "digest"}
    if isinstance(value, dict) and (not place or place[-1] not in free):
        for name, item in value.items():
            yield (*place, name)
            yield from fields(item, (*place, name))
    elif isinstance(value, list) and value:
        yield from fields(value[0], (*place, 0))


OPEN = {"facts", "observed", "annotations", "resource", "sbom", "dependencyCoverage"}
"""Fields that any object fits: they have no required fields of their own."""


def _kind(value: object) -> type:
    return type(value)


@pytest.mark.parametrize("wrong", [None, 7, True, {"a": [1]}, [{}], "text", 1.5])
@pytest.mark.parametrize("place", sorted(fields(everything()), key=str), ids=lambda place: str(place[-1]))
def test_a_known_field_of_a_wrong_type(place: tuple[str | int, ...], wrong: object) -> None:
    """The statement can't be read, and the error names the field, for each field and each wrong type."""
    document = everything()
    *parents, name = place
    holder: Any = document
    for step in parents:
        holder = holder[step]
    if isinstance(wrong, _kind(holder[name])) and (name in OPEN or not isinstance(wrong, dict | list)):
        return  # of the right type
    holder[name] = wrong
    with pytest.raises(ValidationError) as refusal:
        Predicate.model_validate(document)
    assert any(str(name) in map(str, problem["loc"]) for problem in refusal.value.errors())


@pytest.mark.parametrize(("strength", "read"), [("E9", "E0"), ("E3", "E3")])
def test_a_strength_of_a_later_version_claims_nothing(strength: str, read: str) -> None:
    """An unknown word makes its entry unknown, not the statement unreadable."""
    item = {"type": "url", "strength": strength, "resource": {"uri": "https://acme.example"}}
    predicate = Predicate.model_validate(declaration(security_contact(evidence=[item])))
    assert predicate.practices[0].evidence[0].strength == read


@pytest.mark.parametrize("wrong", ["true", "yes", 1, 0, 1.0])
def test_a_boolean_is_true_or_false(wrong: object) -> None:
    """What a library would take for one is of another type in the statement."""
    document = everything()
    document["declarant"]["organization"]["legalEntity"] = wrong
    with pytest.raises(ValidationError, match="legalEntity"):
        Predicate.model_validate(document)


def test_unknown_fields_change_nothing() -> None:
    """Anywhere, an extension field or one of a later version, even if it is null."""
    document = everything()
    expected = Predicate.model_validate(document)
    for holder in (document, document["scope"], document["practices"][0], document["declarant"]):
        holder["x_acme_ticket"] = None
        holder["later"] = {"any": ["thing"]}
    assert Predicate.model_validate(document) == expected


def test_which_subject_levels_each_kind_speaks_of() -> None:
    """An unknown kind speaks of none."""
    levels = ("project", "repository", "releaseLine", "release")
    said = {
        kind: [level for level in levels if Predicate.model_validate(declaration(kind=kind)).speaks_of(level)]
        for kind in ("release", "project", "product")
    }
    assert said == {"release": list(levels), "project": ["project", "repository"], "product": []}
