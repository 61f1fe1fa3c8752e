"""The strict JSON reader agrees with `json.loads` where all readers agree, and refuses everything else."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.formats.json_strict import MAX_DEPTH, JsonInvalid, parse, parse_lines

LIMIT = 1024 * 1024

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(text: str | bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return parse(data, source="x.json", max_bytes=LIMIT, max_depth=max_depth)


def refusal(text: str | bytes, *, max_depth: int = MAX_DEPTH) -> JsonInvalid:
    with pytest.raises(JsonInvalid) as caught:
        read(text, max_depth=max_depth)
    return caught.value


@given(values, st.booleans(), st.sampled_from([None, 2]))
def test_agrees_with_the_standard_library(value: Any, ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001  drawn
    """What the standard library writes, without duplicates, is read back as the standard library reads it."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert read(text) == json.loads(text)


@given(
    st.binary(max_size=60) | st.text(alphabet='[]{}:,"\\u01dD8eE+-. nNaI\n', max_size=60).map(str.encode),
    st.sampled_from([2, MAX_DEPTH]),
)
def test_any_bytes_are_read_or_refused(data: bytes, max_depth: int) -> None:
    """Any bytes give a value on which `json.loads` agrees, or our error with a position inside them."""
    try:
        value = read(data, max_depth=max_depth)
    except JsonInvalid as error:
        refused = error
    else:
        assert value == json.loads(data)
        return
    assert 0 <= refused.offset <= len(data)
    assert min(refused.line, refused.column) >= 1


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1, "a": 1}', (9, 1, 10), 'duplicate key "a"'),
        ('{"a": 1,\n "\\u0061": 2}', (10, 2, 2), 'duplicate key "a"'),
        ('[{"é": {"b": [], "c": {}, "b": "}"}}]', (27, 1, 27), 'duplicate key "b"'),
        ('{"a": 1, "b": {"x": 1, "x": 2} broken', (23, 1, 24), 'duplicate key "x"'),
        ('{"\\u001b": 1, "\\u001b": 1}', (14, 1, 15), 'duplicate key "\\u001b"'),
        ('["NaN", NaN]', (8, 1, 9), "NaN is not a JSON number"),
        ("[1, -Infinity]", (4, 1, 5), "-Infinity is not a JSON number"),
        ("[Infinity1]", (1, 1, 2), "Infinity is not a JSON number"),
        ("[1e999]", (1, 1, 2), "1e999 is too large for a double"),
        ("[" + "1" * 33 + "]", (1, 1, 2), "number of more than 32 characters"),
        ("[0." + "1" * 33 + "]", (1, 1, 2), "number of more than 32 characters"),
        ('["\\ud83d\\ude00", "\\ud83d"]', (17, 1, 18), "half of a surrogate pair is not a character"),
        ('{"\\\\uD800": 1, "\\uDc00": 1}', (15, 1, 16), "half of a surrogate pair is not a character"),
        ('{"a": 1} {}', (9, 1, 10), "not JSON: a second value begins after the end of the first"),
        ('["a\tb"]', (3, 1, 4), "not JSON: Invalid control character at"),
        ("", (0, 1, 1), "not JSON: it is empty"),
        ('{"a": [1', (8, 1, 9), "not JSON: it ends in the middle; get the file again"),
        ("{'a': 1}", (1, 1, 2), "not JSON: Expecting property name enclosed in double quotes"),
        (b'["\xc3\xa9\n\xff"]', (5, 2, 1), "not UTF-8"),
        (b'["\xed\xa0\x80"]', (2, 1, 3), "not UTF-8"),
        (b"\xef\xbb\xbf{}", (0, 1, 1), "byte order mark before the JSON"),
        (json.dumps("{}").encode("utf-16-le"), (1, 1, 2), "not JSON: Invalid control character at"),
    ],
)
def test_refused_with_its_position(text: str | bytes, place: tuple[int, int, int], message: str) -> None:
    """Everything on which two readers could disagree is refused, with its position."""
    error = refusal(text)
    assert (error.offset, error.line, error.column) == place
    assert error.message == message
    assert str(error) == f"x.json:{place[1]}:{place[2]}: {message}"


def test_an_escaped_backslash_is_not_a_surrogate() -> None:
    r"""`\\ud800` is a backslash and five letters."""
    assert read('["\\\\ud800"]') == ["\\ud800"]


def test_size_is_checked_before_anything_else() -> None:
    """One byte over the limit is refused as a whole; exactly the limit is accepted."""
    with pytest.raises(JsonInvalid) as caught:
        parse(b"[1] ", source="x.json", max_bytes=3)
    assert (caught.value.line, str(caught.value)) == (0, "x.json: 4 bytes; at most 3 are allowed")
    assert parse(b"[1]", source="x.json", max_bytes=3) == [1]


def test_depth_is_exact() -> None:
    """The limit itself is accepted; one more level is refused where it opens, whatever strings contain."""
    assert read('[["[[[", {}]]', max_depth=3) == [["[[[", {}]]
    error = refusal('[["[[[",\n {"a\\"[": []}]]', max_depth=3)
    assert (error.message, error.offset, error.line) == ("nested deeper than 3 levels", 19, 2)


def test_an_escaped_quote_hides_no_depth() -> None:
    """Brackets between two escaped quotes count; those in a string do not."""
    assert refusal('["\\"", [[[]]], "\\""]', max_depth=3).message == "nested deeper than 3 levels"
    assert read('["[[[\\"[[["]', max_depth=3) == ['[[["[[[']


def test_wide_is_not_deep() -> None:
    """Many brackets next to each other are not deep nesting."""
    assert read(json.dumps([{} for _ in range(1000)]), max_depth=2) == [{}] * 1000


@pytest.mark.parametrize("bracket", ["[", '{"a":', '[{"a":'])
def test_bottomless_nesting_is_refused(bracket: str) -> None:
    """Half a megabyte of open brackets gives our error, not a RecursionError."""
    assert refusal(bracket * (500_000 // len(bracket))).message == f"nested deeper than {MAX_DEPTH} levels"


def test_a_generous_depth_does_not_overflow_the_stack() -> None:
    """A caller that allows more levels than the interpreter still gets our error."""
    depth = sys.getrecursionlimit() * 200
    text = "[" * depth + "]" * depth
    assert refusal(text, max_depth=depth + 1).message == "nested too deeply"


def test_unterminated_strings_take_linear_time() -> None:
    """A quarter of a megabyte of backslashes and quotes is refused without backtracking."""
    assert refusal('["' + '\\"' * 125_000).line == 1


def test_lines_are_values() -> None:
    """One value per line; blank lines and carriage returns are skipped."""
    assert parse_lines(b'{"a": 1}\r\n\n \t\n[2]\n', source="x.jsonl", max_bytes=LIMIT) == ({"a": 1}, [2])
    assert parse_lines(b"", source="x.jsonl", max_bytes=LIMIT) == ()


def test_lines_give_the_position_in_the_document() -> None:
    """A problem in the third line has that line and its offset from the start of the document."""
    with pytest.raises(JsonInvalid) as caught:
        parse_lines('[1]\n\n{"é": 1, "é": 2}\n'.encode(), source="x.jsonl", max_bytes=LIMIT)
    assert (caught.value.offset, caught.value.line, caught.value.column) == (15, 3, 10)


def test_lines_are_bounded_together() -> None:
    """The limit is for the document, not for each line."""
    with pytest.raises(JsonInvalid):
        parse_lines(b"[1]\n[2]\n", source="x.jsonl", max_bytes=7)


@pytest.mark.parametrize("tail", ["NaN", '{"a":1,"a":2}'])
def test_in_a_long_document_a_refused_value_has_no_position(tail: str) -> None:
    """Searching for it would take seconds; the refusal is the same."""
    long = b"[" + b"1," * (600 * 1024) + tail.encode() + b"]"
    with pytest.raises(JsonInvalid) as refusal:
        parse(long, source="long", max_bytes=len(long))
    assert (refusal.value.line, refusal.value.column) == (0, 0)


@pytest.mark.parametrize("value", [b"[]", b"{}", b"[{},{},{}]", b'{"a": [1, 2], "b": "c,[{"}'])
def test_no_document_has_more_values_than_are_counted(value: bytes) -> None:
    """What is counted may be more than there is (texts count), and never less."""

    def values(of: object) -> int:
        below = of.values() if isinstance(of, dict) else of if isinstance(of, list) else ()
        return 1 + sum(map(values, below))

    number = values(parse(value, source="x", max_bytes=100)) - 1
    with pytest.raises(JsonInvalid, match=f"more than {number - 1} values"):
        parse(value, source="x", max_bytes=100, max_values=number - 1)
