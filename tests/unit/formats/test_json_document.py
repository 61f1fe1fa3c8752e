"""Large foreign JSON: fast, in the encodings that people have, and as strict as the strict parser."""

from __future__ import annotations

import gc
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.errors import InputInvalid
from avow.formats import json_strict
from avow.formats.json_document import read_json, utf_8_of

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def refused(data: bytes, **limits: int) -> InputInvalid:
    with pytest.raises(InputInvalid) as caught:
        read_json(data, source="bom.json", **limits)
    return caught.value


@given(value=JSON_VALUES, ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 2]))
def test_any_json_is_read_as_the_strict_parser_reads_it(
    value: Any, *, ascii_only: bool, indent: int | None
) -> None:
    """The fast way and the strict parser agree on every document but on numbers of over 32 characters."""
    data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    try:
        expected = json_strict.parse(data, source="", max_bytes=len(data))
    except json_strict.JsonInvalid as error:
        if "number of more than" not in error.message:
            refused(data)
    else:
        assert read_json(data, source="bom.json") == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"components": [1, 2], "components": []}',
        r'{"a": 1, "a": 2, "b": "\u002c"}',
        r'{"a": 1, "\u0061": 2}',
        r'{"a": {"b": 1, "b": 1}, "c": "\",\","}',
        '{"a": 1, "a": 123456789012345678901234567890}',
    ],
)
def test_a_duplicate_key_is_refused_with_its_place(text: str) -> None:
    """The last of two equal keys does not win silently, however commas are written."""
    error = refused(text.encode())

    assert "duplicate key" in error.message
    assert error.problems[0].line == 1
    assert error.problems[0].column > 1


@pytest.mark.parametrize("text", [r'{"a": "x\u002cy"}', r'{"a": "x\u002Cy"}'])
def test_an_escaped_comma_is_not_a_duplicate_key(text: str) -> None:
    """Doubt costs time only."""
    assert read_json(text.encode(), source="bom.json") == {"a": "x,y"}


def test_a_large_integer_is_read() -> None:
    """JSON has no largest integer."""
    assert read_json(b"[123456789012345678901234567890]", source="x") == [123456789012345678901234567890]


def test_utf_8_with_a_byte_order_mark_is_read() -> None:
    """RFC 8259 lets a reader ignore the mark."""
    assert read_json('{"a": "é"}'.encode("utf-8-sig"), source="bom.json") == {"a": "é"}


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ['{"a": "é"}', '["é"]'])
def test_utf_16_is_read(charset: str, text: str) -> None:
    """With a mark or without, in both byte orders."""
    assert read_json(text.encode(charset), source="bom.json") == json.loads(text)


def test_utf_16_big_endian_with_a_mark_is_read() -> None:
    """The mark is not part of the text."""
    assert read_json("\ufeff[1]".encode("utf-16-be"), source="bom.json") == [1]


def test_broken_utf_16_is_refused_and_named() -> None:
    """Half a character at the end is not dropped."""
    error = refused('{"a": 1}'.encode("utf-16") + b"\x00")

    assert "UTF-16" in error.message
    assert "byte 18" in error.message


def test_utf_32_is_refused_and_named() -> None:
    """Nobody writes it, but the message names the cause."""
    assert "UTF-32" in refused('{"a": 1}'.encode("utf-32")).message


def test_latin_1_is_refused_with_the_byte() -> None:
    """A byte that is not UTF-8 is never replaced."""
    error = refused('{"a": "é"}'.encode("latin-1"))

    assert "not UTF-8 at byte 7" in error.message
    assert "iconv" in error.hint


def test_the_byte_counts_from_the_start_of_the_file() -> None:
    """A byte order mark is part of the file."""
    assert "not UTF-8 at byte 10" in refused(b"\xef\xbb\xbf" + '{"a": "é"}'.encode("latin-1")).message


def test_two_documents_in_one_file_are_refused_with_the_place() -> None:
    """The second one is not dropped."""
    error = refused(b'{"a": 1}\n{"b": 2}\n')

    assert (error.problems[0].line, error.problems[0].column) == (2, 1)
    assert error.location == "bom.json:2:1"


@pytest.mark.parametrize("data", [b"", b"  ", b"{", b"[NaN]", b"[1e999]", b'["\\ud800"]', b"[1]]"])
def test_what_is_not_json_is_refused(data: bytes) -> None:
    """As by the strict parser."""
    assert refused(data).problems


def test_a_document_above_the_byte_limit_is_refused() -> None:
    """Before any work."""
    assert "at most 2 are read" in refused(b"[1]", max_bytes=2).message


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty lists take three bytes in a file and 64 in memory."""
    monkeypatch.setattr("avow.formats.json_document.MAX_COMMAS", 2)
    assert read_json(b"[1,2,3]", source="a.json") == [1, 2, 3]
    assert "more than 2 values" in refused(b"[1,2,3,4]").message


@pytest.mark.parametrize("depth", [5, 100, 5_000])
def test_a_document_that_is_nested_too_deeply_is_refused(depth: int) -> None:
    """Whether or not the fast decoder could read it."""
    assert "nested" in refused(b"[" * depth + b"]" * depth, max_depth=4).message


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_as_before(*, enabled: bool) -> None:
    """Reading pauses it and starts it again, unless the caller had stopped it."""
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        read_json(b"[]", source="x")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_bytes_without_a_mark_stay_the_same_object() -> None:
    """Nothing is copied for plain UTF-8."""
    data = b"{}"

    assert utf_8_of(data, source="x") is data
