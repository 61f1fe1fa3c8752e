"""Strict JSON that means the same to every reader: bounded in size, no duplicate keys, UTF-8 throughout.

`json.loads` accepts input about which two readers of a signed document can disagree: it keeps the last of two
equal keys, reads `NaN`, turns `1e999` into infinity and accepts half a surrogate pair. This parser refuses
all of these.

Source: RFC 8259; RFC 7493 (I-JSON), sections 2.1 to 2.3; product invariant 7.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any, Final

__all__ = ["MAX_DEPTH", "MAX_NUMBER_CHARACTERS", "JsonInvalid", "depth", "parse", "parse_lines"]

MAX_DEPTH: Final = 64
"""Nesting of arrays and objects; real bundles and SBOMs need up to 12 levels."""

MAX_NUMBER_CHARACTERS: Final = 32
"""A 64-bit integer needs 20, and the shortest exact form of a double 24. Longer numbers only cost time.

Source: CVE-2020-10735.
"""

_MAX_KEY_SHOWN: Final = 60
_MAX_PLACED_CHARACTERS: Final = 1024 * 1024
"""Errors in longer texts have no position: searching for it takes about a microsecond per token."""

_BOM: Final = b"\xef\xbb\xbf"

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]|(?:\\.|[^\[\]{},:"\s])++', re.DOTALL)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_NEITHER_BRACKET_NOR_QUOTE: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STEP: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""One level down or, as a signed byte, one level up."""

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonInvalid(ValueError):
    """The bytes are not JSON that every reader understands in the same way.

    `offset` counts bytes from 0; `line` and `column` count lines and characters from 1. All are 0 if the
    document is refused as a whole (too large).
    """

    def __init__(self, message: str, *, source: str, offset: int = 0, line: int = 0, column: int = 0) -> None:
        place = f"{source}:{line}:{column}" if line else source
        super().__init__(f"{place}: {message}")
        self.message = message
        self.source = source
        self.offset = offset
        self.line = line
        self.column = column


class _Unplaced(ValueError):
    """A refusal by a hook of the decoder; the decoder does not pass the position to its hooks."""

    def __init__(self, message: str, *, literal: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.literal = literal


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Unplaced("duplicate key")
    return members


def _constant(literal: str) -> Any:
    raise _Unplaced(f"{literal} is not a JSON number", literal=literal)


def _integer(literal: str) -> int:
    if len(literal) > MAX_NUMBER_CHARACTERS:
        raise _Unplaced(f"number of more than {MAX_NUMBER_CHARACTERS} characters", literal=literal)
    return int(literal)


def _fraction(literal: str) -> float:
    if len(literal) > MAX_NUMBER_CHARACTERS:
        raise _Unplaced(f"number of more than {MAX_NUMBER_CHARACTERS} characters", literal=literal)
    number = float(literal)
    if not math.isfinite(number):
        raise _Unplaced(f"{literal} is too large for a double", literal=literal)
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_fraction
)


def parse(
    data: bytes, *, source: str, max_bytes: int, max_depth: int = MAX_DEPTH, max_values: int | None = None
) -> Any:
    """The one JSON value in `data`; `source` is only used in error messages.

    A value takes up to 100 bytes of memory for each of its own, so what nobody has signed needs `max_values`.
    Characters in texts count as well, so this is not a limit to be close to.

    Raises:
        JsonInvalid: longer than `max_bytes`, with more than `max_values`, nested deeper than `max_depth`, not
            UTF-8, a byte order mark, not JSON, more than one value, a duplicate key at any depth, a number
            that is too long, too large or not JSON (`NaN`), or half a surrogate pair.
    """
    if len(data) > max_bytes:
        raise JsonInvalid(f"{len(data)} bytes; at most {max_bytes} are allowed", source=source)
    # each value is the first of an array or object, or follows a comma
    if max_values is not None and sum(map(data.count, (b",", b"[", b"{"))) > max_values:
        raise JsonInvalid(f"more than {max_values} values", source=source)
    return _parse_bounded(data, source=source, max_depth=max_depth)


def parse_lines(data: bytes, *, source: str, max_bytes: int, max_depth: int = MAX_DEPTH) -> tuple[Any, ...]:
    """The values of a JSON Lines document, one per line; blank lines are skipped.

    Raises:
        JsonInvalid: as `parse`, with the position in the whole document.
    """
    if len(data) > max_bytes:
        raise JsonInvalid(f"{len(data)} bytes; at most {max_bytes} are allowed", source=source)
    values: list[Any] = []
    offset = 0
    for number, line in enumerate(data.split(b"\n")):
        if line.strip(b" \t\r"):
            try:
                values.append(_parse_bounded(line, source=source, max_depth=max_depth))
            except JsonInvalid as error:
                raise JsonInvalid(
                    error.message,
                    source=source,
                    offset=offset + error.offset,
                    line=number + error.line,
                    column=error.column,
                ) from error
        offset += len(line) + 1
    return tuple(values)


def _parse_bounded(data: bytes, *, source: str, max_depth: int) -> Any:
    if data.startswith(_BOM):
        raise JsonInvalid("byte order mark before the JSON", source=source, offset=0, line=1, column=1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise JsonInvalid(
            "not UTF-8", source=source, offset=error.start, line=_line(before), column=_column(before)
        ) from error
    # Each bracket opens at most one level, so for most documents counting brackets is enough.
    if data.count(b"[") + data.count(b"{") > max_depth and depth(data) > max_depth:
        raise _placed(
            f"nested deeper than {max_depth} levels", text, at=_place_of_depth(text, max_depth), source=source
        )
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _placed(f"not JSON: {_said(error, text)}", text, at=error.pos, source=source) from error
    except _Unplaced as error:
        if len(text) > _MAX_PLACED_CHARACTERS:
            raise JsonInvalid(error.message, source=source) from error
        if error.literal is None:
            at, key = _place_of_duplicate(text)
            message = f"duplicate key {key}"
        else:
            at, message = _place_of_literal(text, error.literal), error.message
        raise _placed(message, text, at=at, source=source) from error
    except RecursionError as error:
        raise JsonInvalid("nested too deeply", source=source) from error
    if "\\u" in text and _SURROGATE_ESCAPE.search(text):
        _refuse_half_surrogates(text, source=source)
    return value


def _said(error: json.JSONDecodeError, text: str) -> str:
    """What is wrong in words that say what to do about it, for the two commonest causes."""
    if error.pos >= len(text.rstrip()):
        return "it ends in the middle; get the file again" if text.strip() else "it is empty"
    return "a second value begins after the end of the first" if error.msg == "Extra data" else error.msg


def _refuse_half_surrogates(text: str, *, source: str) -> None:
    for token in _TOKEN.finditer(text):
        if _SURROGATE_ESCAPE.search(token[0]):
            try:
                json.loads(token[0]).encode("utf-8")
            except UnicodeEncodeError as error:
                message = "half of a surrogate pair is not a character"
                raise _placed(message, text, at=token.start(), source=source) from error


def depth(data: bytes) -> int:
    """The nesting depth of `data`; exact up to the first syntax error, where the decoder stops.

    Uses whole-buffer operations only, because this runs on bytes that the decoder has not seen yet. Without
    escapes, a bracket is inside a string if and only if the number of quotes before it is odd.
    """
    if b"\\" in data:
        data = _ESCAPE.sub(b"", data)
    outside_strings = data.translate(None, _NEITHER_BRACKET_NOR_QUOTE).replace(b'""', b"").split(b'"')[::2]
    steps = memoryview(b"".join(outside_strings).translate(_STEP)).cast("b")
    return max(accumulate(steps), default=0)


def _place_of_depth(text: str, max_depth: int) -> int:
    """The first position at which a document that is known to be too deep exceeds `max_depth`."""
    tokens = _TOKEN.finditer(text)
    depth = at = 0
    while depth <= max_depth:
        token = next(tokens)
        at = token.start()
        depth += (token[0] in "[{") - (token[0] in "]}")
    return at


def _place_of_literal(text: str, literal: str) -> int:
    """The position in `text` of the number that the decoder has just refused."""
    return next(token.start() for token in _TOKEN.finditer(text) if token[0].startswith(literal))


def _place_of_duplicate(text: str) -> tuple[int, str]:
    """The position of the first duplicate key in a document that has one, and the shortened key."""
    tokens = _TOKEN.finditer(text)
    token = next(tokens)
    keys: list[set[str]] = []
    while True:
        previous, token = token, next(tokens)
        word = previous[0]
        if word in "[{":
            keys.append(set())
        elif word in "]}":
            keys.pop()
        elif token[0] == ":":
            key = json.loads(word)
            if key in keys[-1]:
                return previous.start(), json.dumps(key[:_MAX_KEY_SHOWN])
            keys[-1].add(key)


def _placed(message: str, text: str, *, at: int, source: str) -> JsonInvalid:
    before = text[:at]
    return JsonInvalid(
        message,
        source=source,
        offset=len(before.encode("utf-8")),
        line=_line(before),
        column=_column(before),
    )


def _line(before: str) -> int:
    return before.count("\n") + 1


def _column(before: str) -> int:
    return len(before) - before.rfind("\n")
