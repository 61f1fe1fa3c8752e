"""Changing a JSON document in its own bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.errors import InputInvalid
from avow.formats import json_edit
from avow.formats.json_edit import edited, read_editable

_LEAF = st.none() | st.booleans() | st.integers(2, 99) | st.text(max_size=5)
_VALUES = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)


def change(text: str, value: Any) -> str:
    """The changed document as text."""
    return edited(text.encode(), value, source="a.json").decode()


@given(before=_VALUES, after=_VALUES, indent=st.sampled_from([None, 0, 2, "\t"]), ascii_only=st.booleans())
def test_the_result_has_the_wanted_value(
    before: Any, after: Any, indent: int | str | None, *, ascii_only: bool
) -> None:
    """From any document to any value, at the top and inside."""
    for old, new in ((before, after), ({"a": before, "z": [0]}, {"a": after, "z": [0], "new": after})):
        text = json.dumps(old, indent=indent, ensure_ascii=ascii_only)
        assert json.loads(change(text, new)) == new


@given(
    kept=st.lists(_VALUES, max_size=5), added=st.lists(_VALUES, max_size=3), indent=st.sampled_from([None, 2])
)
def test_what_is_appended_is_all_that_is_written(
    kept: list[Any], added: list[Any], indent: int | None
) -> None:
    """Without what was inserted at one place, the document is the one before."""
    before = json.dumps({"a": kept, "b": "\u00e9"}, indent=indent)
    after = change(before, {"a": kept + added, "b": "\u00e9"})
    same = next((n for n, (x, y) in enumerate(zip(before, after, strict=False)) if x != y), len(before))
    tail = len(before) - same
    assert after[:same] + after[len(after) - tail :] == before


def test_an_equal_value_changes_nothing() -> None:
    """Whatever the layout is."""
    text = '\n { "a" :1e2,\r\n"b":[ ] , "c":"\\u0041\\/" }\t\n'
    assert change(text, json.loads(text)) == text


def test_everything_else_keeps_its_bytes() -> None:
    """Numbers, escapes, blanks and the order of members stay; one member is replaced."""
    text = '{ "z": 1.50e+1, "a": "caf\\u00e9 \\/",   "b": {"x":1 , "y":[1,2 ,3]}, "k": null }'
    value = json.loads(text)
    value["b"]["x"] = 2
    assert change(text, value) == text.replace('"x":1 ', '"x":2 ')


def test_a_byte_order_mark_stays() -> None:
    """It is neither lost nor doubled."""
    data = b"\xef\xbb\xbf" + b'{"a": [1]}\n'
    assert edited(data, {"a": [1, 2]}, source="a.json") == b"\xef\xbb\xbf" + b'{"a": [1, 2]}\n'


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        pytest.param('{"a":1}', {"a": 1, "b": [{"c": 2}]}, '{"a":1,"b":[{"c":2}]}', id="on one line"),
        pytest.param('{"a":1,"d":2}', {"a": 1, "d": 3}, '{"a":1,"d":3}', id="a scalar"),
        pytest.param("{}", {"a": [1, 2]}, '{"a": [1, 2]}', id="an empty object"),
        pytest.param("[]", [{"a": {}}], '[{"a": {}}]', id="an empty array"),
        pytest.param("7", [1], "[1]", id="another type at the top"),
        pytest.param("[1, 2, 3]", [1, 3], "[1, 3]", id="an item taken out"),
        pytest.param("[1, 2, 3]", [2, 3], "[2, 3]", id="the first item taken out"),
        pytest.param("[1, 2, 3]", [1, 2], "[1, 2]", id="the last item taken out"),
        pytest.param("[ 1, 2 ]", [], "[]", id="all items taken out"),
        pytest.param("[ 1, 2 ]", [0, 1, 2], "[ 0, 1, 2 ]", id="an item before the first"),
        pytest.param("[1, 2]", [1, 9, 8, 2], "[1, 9, 8, 2]", id="items in between"),
        pytest.param("[5, 6, 5]", [6, 5, 7, 5], "[6, 5, 7, 5]", id="equal items in their order"),
        pytest.param('{"a": 1, "b": 2}', {"b": 2}, '{"b": 2}', id="a member taken out"),
        pytest.param('{\n  "a": 1\n}', {"a": 1, "b": 2}, '{\n  "a": 1,\n  "b": 2\n}', id="indented"),
        pytest.param(
            '{\r\n\t"a": []\r\n}',
            {"a": [{"b": 1}]},
            '{\r\n\t"a": [\r\n\t\t{\r\n\t\t\t"b": 1\r\n\t\t}\r\n\t]\r\n}',
            id="tabs and the line ends of Windows",
        ),
        pytest.param(
            '{\n  "a" : [ {\n    "b" : 1\n  } ]\n}',
            {"a": [{"b": 1}, {"b": [2, 3]}], "c": [{"d": 4}]},
            '{\n  "a" : [ {\n    "b" : 1\n  }, {\n    "b" : [ 2, 3 ]\n  } ],\n'
            '  "c" : [ {\n    "d" : 4\n  } ]\n}',
            id="brackets on the line of their object",
        ),
        pytest.param(
            '{\n  "a" : [ {\n    "b" : [ ]\n  } ]\n}',
            {"a": [{"b": [{"c": 1}]}]},
            '{\n  "a" : [ {\n    "b" : [ {\n      "c" : 1\n    } ]\n  } ]\n}',
            id="an empty array on the line of its brackets",
        ),
        pytest.param(
            '{\n  "a": [\n    {"b": 1}\n  ],\n  "c": {"d": 1}\n}',
            {"a": [{"b": 1}, {"b": 2}], "c": [1]},
            '{\n  "a": [\n    {"b": 1},\n    {"b": 2}\n  ],\n  "c": [1]\n}',
            id="as flat as its neighbour",
        ),
        pytest.param(
            '{\n  "a": [1, 2]\n}',
            {"a": [1, 2, 3]},
            '{\n  "a": [1, 2, 3]\n}',
            id="numbers on one line",
        ),
        pytest.param('{"a":"é"}', {"a": "é", "b": "ü"}, '{"a":"é","b":"ü"}', id="letters as they are"),
        pytest.param('{"a":"e"}', {"a": "e", "b": "ü"}, '{"a":"e","b":"\\u00fc"}', id="ASCII stays ASCII"),
        pytest.param("[1]", [1, 2], "[1, 2]", id="a gap where none can be seen"),
        pytest.param("[[1],[2]]", [[1], [2], [3]], "[[1],[2],[3]]", id="the gap of the document"),
    ],
)
def test_the_style_of_the_surroundings(text: str, value: Any, expected: str) -> None:
    """What is written looks like what is around it."""
    assert change(text, value) == expected


def test_hostile_text_is_escaped() -> None:
    """No text ends its string, and none breaks the line."""
    hostile = '"}],"x":[{"\\\x00\n\u2028'
    after = change('{"a": []}', {"a": [hostile]})
    assert "\n" not in after
    assert json.loads(after) == {"a": [hostile]}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"a": 1, "a": 2}', id="a key twice"),
        pytest.param(b'{"a": NaN}', id="not a number"),
        pytest.param(b'{"a": 1', id="cut off"),
        pytest.param(b"[" * 100 + b"]" * 100, id="deep"),
        pytest.param('{"a": "é"}'.encode("latin-1"), id="Latin-1"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param('{"a": "\u0101"}'.encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_readers_can_disagree_about_is_refused(data: bytes) -> None:
    """Neither read nor changed."""
    with pytest.raises(InputInvalid):
        read_editable(data, source="a.json")
    with pytest.raises(InputInvalid):
        edited(data, {}, source="a.json")


def test_a_document_that_comes_out_wrong_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is read again and compared."""
    monkeypatch.setattr(json_edit, "_edits", lambda *_, **__: iter(()))
    with pytest.raises(RuntimeError):
        edited(b'{"a": 1}', {"a": 2}, source="a.json")


def test_a_large_document_is_changed_in_seconds() -> None:
    """The time grows with the size, not with its square."""
    value = {"components": [{"name": f"c{number}", "tags": ["a", "b"]} for number in range(20_000)]}
    text = json.dumps(value, indent=1)
    for number in range(0, 20_000, 10):
        value["components"][number]["purl"] = f"pkg:generic/c{number}"
    assert json.loads(change(text, value)) == value
