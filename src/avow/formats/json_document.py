"""JSON of large foreign documents: SBOMs, advisories, findings. Fast when nothing is doubtful.

Such documents come from many writers, so UTF-8 with a byte order mark and UTF-16 are read as well: a Windows
shell writes both. Everything else is as strict as `avow.formats.json_strict`, which also has the last word:
what the fast decoder refuses, or what may have lost a duplicate key, is parsed again by the strict parser,
and that one names the place. Only whole numbers may be longer than that one allows, up to 4,000 digits.

Source: RFC 8259, section 8.1; RFC 7493 (I-JSON), sections 2.1 to 2.3.
"""

from __future__ import annotations

import codecs
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from avow.errors import InputInvalid, Problem
from avow.formats import json_strict

MAX_BYTES: Final = 256 * 1024 * 1024
"""Of one document. The largest SBOM known to us, of a whole distribution, has 130 MiB."""

MAX_COMMAS: Final = 20_000_000
"""As many values, or texts with as many commas. An empty list costs 64 bytes; large SBOMs have 5 million."""

_DECODER: Final = msgspec.json.Decoder()

_UTF_16: Final = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"{\x00": "utf-16-le",
    b"[\x00": "utf-16-le",
    b"\x00{": "utf-16-be",
    b"\x00[": "utf-16-be",
}
"""By the first two bytes: a byte order mark, or the bracket that JSON begins with."""

_SAVE_AS_UTF_8: Final = "save it as UTF-8, e.g. with: iconv -f {charset} -t UTF-8"


def read_json(
    data: bytes, *, source: str, max_bytes: int = MAX_BYTES, max_depth: int = json_strict.MAX_DEPTH
) -> Any:
    """The one JSON value in `data`; `source` is only used in error messages.

    Raises:
        InputInvalid: longer than `max_bytes`, of more than `MAX_COMMAS` values, nested deeper than
            `max_depth`, neither UTF-8 nor UTF-16, or not JSON as `json_strict.parse` has it: no duplicate
            keys, no `NaN`, one value only.
    """
    if len(data) > max_bytes:
        message = f"{source} has {len(data)} bytes; at most {max_bytes} are read"
        raise InputInvalid(message, location=source, hint="split the document, or export less of it")
    text = utf_8_of(data, source=source)
    if text.count(b",") > MAX_COMMAS:
        message = f"{source} has more than {MAX_COMMAS} values"
        raise InputInvalid(message, location=source, hint="split the document, or export less of it")
    with collection_paused():
        try:
            value = _DECODER.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return _strictly(text, source=source, max_depth=max_depth, skipped=len(data) - len(text))
        # the depth first: encoding, which compares the two, recurses
        if json_strict.depth(text) > max_depth or not same_members(text, msgspec.json.encode(value)):
            return _strictly(text, source=source, max_depth=max_depth, skipped=len(data) - len(text))
    return value


def utf_8_of(data: bytes, *, source: str) -> bytes:
    """`data` as UTF-8 without a byte order mark; whether it is valid UTF-8 is not checked.

    Raises:
        InputInvalid: UTF-32, or UTF-16 that can't be decoded.
    """
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    if data.startswith((codecs.BOM_UTF32_BE, codecs.BOM_UTF32_LE)):
        message = f"{source} is UTF-32, which is not read"
        raise InputInvalid(message, location=source, hint=_SAVE_AS_UTF_8.format(charset="UTF-32"))
    charset = _UTF_16.get(data[:2])
    if charset is None:
        return data
    try:
        return data.decode(charset).removeprefix("\ufeff").encode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{source} looks like UTF-16 and is not valid UTF-16 at byte {error.start}"
        raise InputInvalid(message, location=source, hint="export it again, as UTF-8") from error


@contextmanager
def collection_paused() -> Iterator[None]:
    """Python's cyclic garbage collector does not run inside.

    Decoding creates a million containers and no cycle; looking for cycles again and again takes half the
    time of it. Memory is released all the same, by reference counts.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def same_members(text: bytes, encoded: bytes) -> bool:
    """`encoded`, which the fast encoder made of what the fast decoder made of `text`, has all its members.

    The decoder keeps the last of two equal keys. Commas are counted: losing a member always loses one. Commas
    inside of texts are the same on both sides unless one is written as an escape, which counts as doubt.
    Numbers have none.
    """
    # most documents have no backslash at all, and one byte is found much faster than six
    if b"\\" in text and (b"\\u002c" in text or b"\\u002C" in text):
        return False
    return text.count(b",") == encoded.count(b",")


def _strictly(text: bytes, *, source: str, max_depth: int, skipped: int) -> Any:
    """What the strict parser says; `skipped` bytes came before `text`."""
    try:
        return json_strict.parse(text, source=source, max_bytes=len(text), max_depth=max_depth)
    except json_strict.JsonInvalid as error:
        message = error.message
        hint = "export the document again; if it fails again, report it to the tool that wrote it"
        if message == "not UTF-8":
            message = f"not UTF-8 at byte {error.offset + max(skipped, 0)}"
            hint = _SAVE_AS_UTF_8.format(charset="ISO-8859-1") + " (use the encoding that it has)"
        problem = Problem(source, error.line, error.column, message, hint)
        raise InputInvalid(
            f"{problem.place}: {message}", problems=(problem,), hint=hint, location=problem.place
        ) from error
