"""Foreign YAML: usable values are read with their lines, and no file causes a crash, a stall or growth."""

from __future__ import annotations

import time
from typing import Any

import pytest

from avow.drafting.found import Document
from avow.drafting.readers import foreign_yaml
from avow.drafting.readers.foreign_yaml import MAX_YAML_BYTES, ForeignNode, outline


def text_at(read_outline: foreign_yaml.Outline, *keys: str) -> str | None:
    node = read_outline.root.at(*keys)
    return node.text if node is not None else None


def read(text: str | bytes) -> foreign_yaml.Outline:
    return outline(Document(path="x.yml", data=text if isinstance(text, bytes) else text.encode()))


def test_values_with_their_lines() -> None:
    """Mappings, lists, scalars, nulls and booleans, each on its line."""
    root: Any = read("a:\n  b: [1, two]\n  c: true\n  d:\n  e: 'true'\nf: {g: h}\n").root

    assert [item.text for item in root.at("a", "b").items] == ["1", "two"]
    assert root.at("a", "c").flag is True
    assert root.at("a", "d").text is None
    assert root.at("a", "e").flag is None
    assert root.at("f", "g").line == 6
    assert root.at("f", "g", "no") is None
    assert root.at("a", "b").flag is None
    assert root.at("a", "b").members == {}
    assert root.at("f").items == []
    assert [key for key, _ in root.walk()] == ["", "a", "b", "b", "b", "c", "d", "e", "f", "g"]


def test_values_before_a_syntax_error_are_read() -> None:
    """The error is reported with its line; the part before it counts."""
    read_outline = read("a: b\nc: d: e\n")

    assert text_at(read_outline, "a") == "b"
    assert [line for line, _ in read_outline.problems] == [2]


@pytest.mark.parametrize(
    "text", ["\x00", 'a: "\\UFFFFFFFF"', 'a: "\\U00110000"', "%YAML 9.0\n---\na: b", "{", "a: \x07"]
)
def test_invalid_yaml_is_a_problem(text: str) -> None:
    """Whatever the parser raises becomes a problem, not an exception."""
    assert read(text).problems


def test_aliases_tags_and_second_documents_are_not_followed() -> None:
    """An alias has no value, a tag has no meaning, and only the first document is read."""
    read_outline = read("a: &x [b]\nc: *x\nd: !!python/object:os.system {e: f}\n---\ng: h\n")

    assert read_outline.root.at("c") == ForeignNode(2, None)
    assert text_at(read_outline, "d", "e") == "f"
    assert read_outline.root.at("g") is None
    assert [message for _, message in read_outline.problems] == ["the alias *x is not followed"]


def test_the_first_of_two_equal_keys_counts() -> None:
    """The second one is reported."""
    read_outline = read("a: 1\na: 2\n")

    assert text_at(read_outline, "a") == "1"
    assert [line for line, _ in read_outline.problems] == [2]


def test_a_collection_as_key_is_named_by_its_line() -> None:
    """Valid but unusual YAML does not stop the reader."""
    assert list(read("? [a]\n: b\n").root.members) == ["(line 1)"]


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 50_000, "- " * 3000])
def test_deep_nesting_costs_little(text: str) -> None:
    """The scanner takes quadratic time; reading stops long before that matters."""
    start = time.process_time()
    problems = read(text).problems

    assert problems
    assert time.process_time() - start < 5


def test_many_values_are_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of values is limited."""
    monkeypatch.setattr(foreign_yaml, "MAX_EVENTS", 6)
    read_outline = read("[a, b, c, d, e, f]")

    assert len(read_outline.root.items) < 6
    assert "values" in read_outline.problems[0][1]


def test_large_and_cut_files_are_not_read() -> None:
    """Half a YAML file could mean anything."""
    assert read(b"a" * (MAX_YAML_BYTES + 1)).problems
    assert outline(Document(path="x", data=b"a: b", complete=False)).root.value is None


def test_half_surrogates_are_replaced() -> None:
    """Every text can be written as UTF-8."""
    assert text_at(read('a: "x\\ud800y"'), "a") == "x?y"
