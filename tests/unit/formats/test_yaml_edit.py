"""A file that a person wrote is changed in one place, and every other line stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.formats.yaml_edit import NotEditable, YamlText, block, scalar
from avow.formats.yaml_nodes import reading

PLAN = """\
# my plan
avow-plan: 1   # format

upstreams:
  # the stack
  - upstream: https://github.com/a/b   # main one
    owner: us
    note: |
      two
      lines
    # after the note
    vulnerabilities:
    - id: CVE-1
      answer: open # later

  - upstream: pkg:npm/x
    due:
    gaps: []
    words: [a, "b"]
    inside: {k: v}
    noted: [ # for later
    ]
  - {upstream: y, list: []}
# the end
"""


def value(text: str) -> Any:
    """What the reader of such files reads."""
    with reading(text.encode(), source="x", message="not read") as root:
        return root.data()


def comments(text: str) -> list[str]:
    """Every comment of the file, in its order."""
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def test_a_value_is_replaced() -> None:
    """With quotes where it needs them; the comment behind it stays."""
    document = YamlText(PLAN)
    document.set(("upstreams", 0, "vulnerabilities", 0, "answer"), "fixed: really")
    document.set(("upstreams", 0, "note"), "one line")
    document.set(("upstreams", 1, "due"), "2027-01-01")
    assert '      answer: "fixed: really" # later\n' in document.text
    assert "    note: one line\n    # after the note\n" in document.text
    assert '    due: "2027-01-01"\n' in document.text
    assert comments(document.text) == comments(PLAN)


def test_keys_are_added_behind_the_last() -> None:
    """Of a mapping in a list, with its indentation."""
    document = YamlText(PLAN)
    document.add(("upstreams", 0), "ticket", "SEC-1")
    document.add(("upstreams", 0, "vulnerabilities", 0), "report", {"state": "known", "date": "2026-11-02"})
    before, after = value(PLAN), value(document.text)
    before["upstreams"][0]["ticket"] = "SEC-1"
    before["upstreams"][0]["vulnerabilities"][0]["report"] = {"state": "known", "date": "2026-11-02"}
    assert after == before
    assert comments(document.text) == comments(PLAN)


def test_items_are_added_behind_the_last() -> None:
    """Each with its comment; an empty list becomes one with items."""
    document = YamlText(PLAN)
    document.extend(("upstreams", 0, "vulnerabilities"), [({"id": "CVE-2"}, ""), ({"id": "CVE-3"}, "worse")])
    document.extend(("upstreams", 1, "gaps"), [({"practices": ["GOV-01", "a, b"]}, "")])
    document.extend(("upstreams",), [({"upstream": "z", "list": [{"id": "CVE-4", "#": "why"}]}, "new")])
    before, after = value(PLAN), value(document.text)
    before["upstreams"][0]["vulnerabilities"] += [{"id": "CVE-2"}, {"id": "CVE-3"}]
    before["upstreams"][1]["gaps"] = [{"practices": ["GOV-01", "a, b"]}]
    before["upstreams"].append({"upstream": "z", "list": [{"id": "CVE-4"}]})
    assert after == before
    assert "    # worse\n    - id: CVE-3\n" in document.text
    assert document.text.endswith("        # why\n# the end\n")


def test_a_file_without_a_last_line_break() -> None:
    """And a list with nothing behind its key."""
    document = YamlText("avow-plan: 1\nupstreams:")
    document.extend(("upstreams",), [({"upstream": "z"}, "")])
    assert document.text == "avow-plan: 1\nupstreams:\n  - upstream: z"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda each: each.add(("upstreams", 1, "inside"), "k2", "v"),
            "upstreams/1/inside is written in brackets",
        ),
        (
            lambda each: each.add(("upstreams", 1, "words"), "k2", "v"),
            "written in brackets, or not a mapping",
        ),
        (lambda each: each.extend(("upstreams", 1, "words"), [({"a": "b"}, "")]), "written in brackets"),
        (lambda each: each.set(("upstreams", 1, "words"), "x"), "is not a single value"),
        (lambda each: each.set(("upstreams", 1, "gaps"), "x"), "is not a single value"),
        (lambda each: each.set(("upstreams", 7), "x"), "there is no upstreams/7"),
        (lambda each: each.extend(("upstreams", 1, "inside", "none"), [({"a": "b"}, "")]), "there is no"),
        (lambda each: each.extend(("upstreams", 2, "list"), [({"a": "b"}, "")]), "written in brackets"),
        (lambda each: each.extend(("upstreams", 1, "noted"), [({"a": "b"}, "")]), "written in brackets"),
    ],
)
def test_what_can_not_be_added_to_is_named(change: Any, words: str) -> None:
    """A person writes it out; nothing is guessed."""
    document = YamlText(PLAN)
    with pytest.raises(NotEditable, match=words):
        change(document)
    assert document.text == PLAN


def test_one_value_is_changed_once() -> None:
    """Two changes of it would be one after the other in the text."""
    for path in (("upstreams", 0, "owner"), ("upstreams", 1, "due")):
        document = YamlText(PLAN)
        document.set(path, "a")
        with pytest.raises(NotEditable, match="is changed twice"):
            document.set(path, "b")


def test_the_line_of_a_value() -> None:
    """As the file was given."""
    assert YamlText(PLAN).line(("upstreams", 0, "owner")) == 7


def test_whether_something_is_there() -> None:
    """An empty value is."""
    document = YamlText(PLAN)
    assert document.has(("upstreams", 1, "due"))
    assert not document.has(("upstreams", 1, "owner"))


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp"))
    | st.sampled_from("#:-'\"[]{}, &*!|>%@`"),
    min_size=1,
    max_size=20,
).filter(lambda each: each.strip() == each)


@given(TEXTS)
def test_every_text_is_read_as_it_was(text: str) -> None:
    """Alone, in a list of texts, and as a value that replaces another."""
    assert value(f"a: {scalar(text)}\n") == {"a": text}
    assert value(block({"a": [text, text]}, indent=0)) == {"a": [text, text]}
    document = YamlText(PLAN)
    document.set(("upstreams", 0, "owner"), text)
    assert value(document.text)["upstreams"][0]["owner"] == text


@given(TEXTS, st.lists(st.sampled_from(["# c", "", "  # d"]), max_size=3))
def test_lines_of_a_person_stay(text: str, between: list[str]) -> None:
    """In their order, wherever comments and blank lines are."""
    lines = "".join(f"{each}\n" for each in between)
    given_text = f"{lines}a:\n{lines}  - b: c\n{lines}    d: e\n{lines}f: g\n{lines}"
    document = YamlText(given_text)
    document.extend(("a",), [({"x": text}, text)])
    document.add(("a", 0), "y", text)
    assert value(document.text) == {"a": [{"b": "c", "d": "e", "y": text}, {"x": text}], "f": "g"}
    rest = iter(document.text.splitlines())
    assert all(line in rest for line in given_text.splitlines())
