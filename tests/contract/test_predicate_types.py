"""What every predicate type owes: a specification, a reviewed URI, and refusals that name its own rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.pipeline import SHA256, declaration
from support.virtual_sigstore import statement

from avow.errors import PredicateInvalid
from avow.statement.in_toto import read_statement
from avow.statement.predicate import Predicate
from avow.statement.types import PAYLOAD_TYPE, PREDICATE_TYPES, WITHDRAWAL_TYPES

ROOT = Path(__file__).parent.parent.parent
DECISION = (ROOT / "docs" / "decisions" / "0004-type-uri-host.md").read_text(encoding="utf-8")

by_type = pytest.mark.parametrize(("uri", "model"), PREDICATE_TYPES.items(), ids=lambda each: str(each)[-4:])


def test_the_types_that_are_read_are_those_that_were_reviewed() -> None:
    """The table of decision 0004, in any order."""
    accepted = re.findall(r"^\| `(\S+)` \|.*\| accepted \|$", DECISION, re.MULTILINE)
    assert sorted(accepted) == sorted([*PREDICATE_TYPES, *WITHDRAWAL_TYPES])


@by_type
def test_its_specification_is_shipped(uri: str, model: type[Predicate]) -> None:
    """In the directory that the end of the URI names."""
    name, version = uri.split("/")[-2:]
    assert (ROOT / "predicates" / name / version / "spec.md").is_file()
    assert model.specification == f"{name} {version}"


@by_type
def test_a_refusal_names_the_rules_of_that_type(uri: str, model: type[Predicate]) -> None:
    """Read as its own model; and a statement with a field missing hears which specification asks for it."""
    payload = statement(declaration(), sha256_hex=SHA256, predicate_type=uri)
    assert type(read_statement(payload, payload_type=PAYLOAD_TYPE).predicate) is model
    document = json.loads(payload)
    del document["predicate"]["declarant"]
    with pytest.raises(PredicateInvalid, match="declarant") as refusal:
        read_statement(json.dumps(document).encode(), payload_type=PAYLOAD_TYPE)
    assert refusal.value.nearest.rule == f"{model.specification}, fields"
