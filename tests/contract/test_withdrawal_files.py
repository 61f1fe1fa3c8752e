"""The files of the withdrawal's specification agree with the code: words, bounds, examples."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.statement.in_toto import WithdrawalStatement, read_either
from avow.statement.types import PAYLOAD_TYPE, WITHDRAWAL_TYPE
from avow.statement.withdrawal import MAX_EXPLANATION, MAX_WITHDRAWN, Reason, read_withdrawal

V01 = Path(__file__).parent.parent.parent / "predicates" / "withdrawal" / "v0.1"
TEXT = (V01 / "spec.md").read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = json.loads((V01 / "schema.json").read_text(encoding="utf-8"))
PRODUCER = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)
EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((V01 / "examples").glob("*.json"))}
EXAMPLES |= {
    f"spec-{number}": text
    for number, text in enumerate(re.findall(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
}
ENTRY = {"payloadSha256": "ab" * 32, "reason": "other"}
AT = "2027-02-03T09:30:00Z"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_whole_statement(name: str) -> None:
    """A producer may write it, and a reader hears it; each is linked or in the text."""
    document = json.loads(EXAMPLES[name])
    assert document["predicateType"] == WITHDRAWAL_TYPE
    PRODUCER.validate(document["predicate"])
    statement = read_either(EXAMPLES[name].encode(), payload_type=PAYLOAD_TYPE)
    assert isinstance(statement, WithdrawalStatement)
    assert statement.withdrawal.withdrawn_at is not None
    assert name.startswith("spec-") or f"(examples/{name}.json)" in TEXT


def test_there_are_examples() -> None:
    """One in the text, and two files."""
    assert len(EXAMPLES) == 3


def test_words_and_bounds_are_those_of_the_code() -> None:
    """In the text, in the schema and in the code."""
    entry = SCHEMA["$defs"]["WithdrawnStatement"]["properties"]
    assert entry["reason"]["enum"] == list(Reason)
    assert re.findall(r"^  \| `(\w+)` \|", TEXT, re.MULTILINE) == list(Reason)
    assert entry["explanation"]["maxLength"] == MAX_EXPLANATION
    assert SCHEMA["properties"]["withdraws"]["maxItems"] == MAX_WITHDRAWN
    assert f"{MAX_WITHDRAWN:,} entries" in TEXT
    assert f"{MAX_EXPLANATION:,} characters" in TEXT
    assert SCHEMA["$id"] == f"{WITHDRAWAL_TYPE}/schema.json"
    assert f"`{WITHDRAWAL_TYPE}`" in TEXT


def test_the_text_has_the_parts_of_in_totos_template() -> None:
    """In its order, with what that asks to be said about security and privacy."""
    headings = re.findall(r"^##+ (.+)$", TEXT, re.MULTILINE)
    assert headings == [
        "Purpose", "Use Cases", "Prerequisites", "Model", "Schema", "Parsing Rules", "Fields", "Example",
        "Security Considerations", "Privacy Considerations", "Changelog and Migrations",
    ]  # fmt: skip
    assert re.findall(r"^### (.+)$", TEXT, re.MULTILINE) == ["Parsing Rules", "Fields"]
    assert re.findall(r"^(Type URI|Version|Predicate Name): ", TEXT, re.MULTILINE) == [
        "Type URI", "Version", "Predicate Name",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "predicate",
    [
        {"withdraws": [ENTRY]},
        {"withdrawnAt": "2027-02-03", "withdraws": [ENTRY]},
        {"withdrawnAt": "2027-02-03T09:30:60Z", "withdraws": [ENTRY]},
        {"withdrawnAt": "2027-02-03T09:30:00.1234567890Z", "withdraws": [ENTRY]},
        {"withdrawnAt": AT, "withdraws": []},
        {"withdrawnAt": AT, "withdraws": [ENTRY] * 2},
        {"withdrawnAt": AT, "withdraws": [ENTRY | {"reason": "mood"}]},
        {"withdrawnAt": AT, "withdraws": [{"payloadSha256": "ab" * 32}]},
        {"withdrawnAt": AT, "withdraws": [ENTRY | {"payloadSha256": "AB" * 32}]},
        {"withdrawnAt": AT, "withdraws": [ENTRY | {"explanation": " "}]},
        {"withdrawnAt": AT, "withdraws": [ENTRY | {"explanation": "x" * 2001}]},
        {"withdrawnAt": AT, "withdraws": [ENTRY | {"supersededBy": ""}]},
        {"withdrawnAt": AT, "withdraws": [ENTRY | {"more": 1}]},
        {"withdrawnAt": AT, "withdraws": [ENTRY], "more": 1},
    ],
)
def test_a_producer_is_checked_strictly(predicate: dict[str, Any]) -> None:
    """What a reader may tolerate, a producer does not write."""
    assert not PRODUCER.is_valid(predicate)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(
    entry=st.dictionaries(st.sampled_from(["reason", "explanation", "supersededBy", "more"]), json_values),
    around=st.dictionaries(st.sampled_from(["withdrawnAt", "more"]), json_values),
    before=st.lists(json_values, max_size=3),
)
def test_nothing_around_a_digest_keeps_it_from_being_heard(
    entry: dict[str, Any], around: dict[str, Any], before: list[Any]
) -> None:
    """Whatever else is in the withdrawal, of whatever type."""
    withdraws = [*before, entry | {"payloadSha256": "ab" * 32}]
    found = read_withdrawal(around | {"withdraws": withdraws})
    assert [each.payload_sha256 for each in found.withdraws] == ["ab" * 32]
