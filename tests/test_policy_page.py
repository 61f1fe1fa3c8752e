"""docs/policy.md has every key that the parser knows, and no other; its example is accepted."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import profile_names
from avow.policy import decisions, document, parse_decisions, parse_policy

PAGE: Final = (Path(__file__).parent.parent / "docs" / "policy.md").read_text(encoding="utf-8")
DAY: Final = date(2026, 11, 22)
"""On which the example was written: its accepted gap may end a year later."""

KEYS: Final = {
    "Top level": document._POLICY_KEYS,
    "trust": ("root", "sha256"),
    "signers": (*document._SPEAKER_KEYS, *document._ROW_KEYS, *document._IDENTITY_KEYS, *document._KEY_KEYS),
    "signerFiles": document._SIGNER_FILE_KEYS,
    "evidenceSigners": document._EVIDENCE_KEYS,
    "require": document._REQUIRE_KEYS,
    "acceptedGaps": decisions._GAP_KEYS,
}


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def example() -> str:
    found = re.search(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("title", KEYS)
def test_a_section_has_the_keys_that_the_parser_knows(title: str) -> None:
    """Each in one line of a table, with type, default and meaning."""
    lines = re.findall(r"^\| `([^`]+)` \|(.+)\|$", section(title), re.MULTILINE)
    assert sorted(key for key, _ in lines) == sorted(KEYS[title])
    for _, cells in lines:
        assert len([cell for cell in cells.split(" | ") if cell.strip()]) == 3


def test_no_part_of_the_format_lacks_a_section() -> None:
    """Whatever the top level can hold that has keys of its own."""
    sections = set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE))
    assert sections <= set(document._POLICY_KEYS)
    assert sections == {"trust", "signers", "signerFiles", "evidenceSigners", "require", "acceptedGaps"}


def test_keys_that_are_not_supported_yet_are_named() -> None:
    """A reader of another version's policy finds out here."""
    assert all(f"`{key}`" in section("Top level") for key in document.PLANNED_KEYS)


def test_the_example_is_accepted_and_shows_every_key() -> None:
    """With its values; the signer file that it names is the one that the page shows."""
    found = re.search(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    file = found[1].encode()
    text = example().replace("2" * 64, hashlib.sha256(file).hexdigest())
    policy = parse_policy(text.encode(), source="policy.yaml", today=DAY, signer_file=lambda _path: file)
    assert len(policy.signers) == 6
    shown = set(re.findall(r"^[ -]*([A-Za-z-]+\d*):", example(), re.MULTILINE))
    assert {key for keys in KEYS.values() for key in keys} <= shown


def test_the_example_of_own_looks_is_accepted_and_shows_every_key() -> None:
    """The second example of the page, as it is."""
    _, own = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    found = parse_decisions(own.encode(), source="own.yaml", today=DAY)
    assert (len(found.looks), len(found.accepted_gaps), len(found.measures)) == (3, 1, 1)
    keys = {*decisions._LOOK_KEYS, *decisions._TOOL_LOOK_KEYS, *decisions._MEASURE_KEYS}
    assert keys <= set(re.findall(r"^[ -]*(\w+):", own, re.MULTILINE))


def test_words_are_those_of_the_vocabularies() -> None:
    """Profiles and relationships."""
    assert all(f"`{name}`" in section("Top level") for name in profile_names())
    named = re.search(r"^Relationships: (.+?)\.$", section("signers"), re.MULTILINE | re.DOTALL)
    assert named is not None
    assert re.findall(r"`(\w+)`", named[1]) == list(load_catalogue().vocabularies["relationship"])
