"""The vectors of the specification: what is built agrees with every one, and the files are what they say."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from support.vectors import VECTORS, Answer, answer, read

from avow.catalogue.profiles import profile_names
from avow.formats.vers import VersInvalid, parse_vers

FILES = ("evaluation", "statements", "practices", "profiles", "generated")
CASES = [(name, vector) for name in FILES for vector in read(name)]
README = (VECTORS / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "vector"), CASES, ids=[f"{name}: {vector['name']}" for name, vector in CASES]
)
def test_a_vector_has_the_expected_answer(name: str, vector: dict[str, Any]) -> None:
    """From minted bundles through verification to the verdict."""
    assert answer(vector["input"]) == Answer.expected(vector), f"{name}: {vector['why']}"


@pytest.mark.parametrize("name", [*FILES, "versions"])
def test_the_page_names_every_file(name: str) -> None:
    """And nothing else is in the directory."""
    assert f"[{name}.json]({name}.json)" in README
    assert {each.stem for each in VECTORS.glob("*.json")} == {*FILES, "versions"}


@pytest.mark.parametrize("name", FILES)
def test_every_vector_is_unique_and_says_why(name: str) -> None:
    """A reader finds out what went wrong from the vector alone."""
    found = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["vectors"]
    assert len({each["name"] for each in found}) == len(found)
    for each in found:
        assert each["why"].strip()
        assert set(each) <= {"name", "why", "input", "from", "patch", "expected"}
        assert set(each["expected"]) == {"outcomes", "verdict", "stands", "decided"}


def test_payloads_are_cited_by_their_canonical_form() -> None:
    """As the page says; the bytes of a JSON value have no digest otherwise."""
    assert "RFC 8785" in README
    (given,) = (each["input"] for each in read("evaluation") if each["name"] == "withdrawn")
    declared, withdrawal = (each["payload"] for each in given["statements"])
    (entry,) = withdrawal["predicate"]["withdraws"]
    assert entry["payloadSha256"] == hashlib.sha256(rfc8785.dumps(declared)).hexdigest()


@pytest.mark.parametrize(
    "vector",
    json.loads((VECTORS / "versions.json").read_text(encoding="utf-8"))["vectors"],
    ids=lambda each: f"{each['version']} in {each['range']}",
)
def test_a_range_contains_what_it_should(vector: dict[str, Any]) -> None:
    """Or is unusable."""
    try:
        found: object = parse_vers(vector["range"]).contains(vector["version"])
    except VersInvalid:
        found = "unusable"
    assert found == vector["contains"]


@pytest.mark.parametrize("profile", profile_names())
def test_every_profile_can_be_met_and_missed(profile: str) -> None:
    """By a well-run project, by decisions alone, and not by anything that lacks one requirement."""
    found = {each["name"]: each["expected"]["verdict"] for each in read("profiles")}
    assert found[f"{profile}: clear"] == "clear"
    assert found[f"{profile}: nobody signs, every gap is decided"] == "reviewOnly"
    missed = {name: verdict for name, verdict in found.items() if name.startswith(f"{profile}: clear, but ")}
    assert set(missed.values()) == {"actionNeeded"}
    assert len(missed) >= 3
