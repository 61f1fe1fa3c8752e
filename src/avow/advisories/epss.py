"""EPSS: the probability that a vulnerability is exploited somewhere within 30 days, as CSV or CSV in gzip.

A score is about the CVE, not about a product that contains it, and it changes every day: it is shown with its
date, and nothing is computed from it.

Source: FIRST, EPSS data; the file is `#model_version:...,score_date:...`, then `cve,epss,percentile`.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from msgspec import Struct

from avow.errors import InputInvalid
from avow.findings.statements import Unread
from avow.formats.foreign import HEAD_BYTES, head_of, moment_of, shown

MAX_BYTES: Final = 64 * 1024 * 1024
"""Unpacked. A file with 370,000 lines has 10 MB, and 2.5 MB as gzip."""

_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_CHUNK: Final = 1024 * 1024
_MAX_MEMBERS: Final = 16
"""Each costs a copy of what comes after it."""
_MAX_UNREAD: Final = 1_000
_HINT: Final = "get the file of the day again from its publisher"

_NUMBER: Final = rb"(?:0(?:\.[0-9]{1,20})?|1(?:\.0{1,20})?|[0-9](?:\.[0-9]{1,20})?[eE]-[0-9]{1,3})"
_LINE: Final = re.compile(rb"(CVE-[0-9]{4}-[0-9]{4,19}),(" + _NUMBER + rb"),(" + _NUMBER + rb")")
_HEADER: Final = re.compile(rb"cve,epss,percentile[ \t\r]*(?:\n|\Z)")
_COMMENT: Final = re.compile(rb"#[^\n]{0,1000}(?:\n|\Z)")


class Score(Struct, frozen=True, array_like=True):
    """The score of one CVE, in the digits of the file."""

    cve: str
    probability: str
    percentile: str


@dataclass(frozen=True, slots=True)
class EpssFile:
    """One file; its scores are read when somebody iterates, because objects for all would take 80 MB."""

    lines: bytes = field(repr=False)
    """Those after the header."""
    count: int
    """How many scores there are."""
    model: str = ""
    stated: datetime | None = None
    """`score_date`; files of 2021 have none."""
    unread: tuple[Unread, ...] = ()

    def entries(self) -> Iterator[Score]:
        """Every score that can be read, in the order of the file."""
        for line in io.BytesIO(self.lines):
            if found := _LINE.fullmatch(line.rstrip()):
                yield Score(found[1].decode("ascii"), found[2].decode("ascii"), found[3].decode("ascii"))


def sniff_epss(data: bytes) -> bool:
    """The beginning of `data`, unpacked if it is gzip, has the comment or the header of an EPSS file."""
    if data.startswith(_GZIP):
        try:
            data = zlib.decompressobj(_GZIP_WINDOW).decompress(data[:HEAD_BYTES], HEAD_BYTES)
        except zlib.error:
            return False
    head = head_of(data)
    return (head.startswith(b"#model_version:") and b"score_date:" in head) or bool(_HEADER.match(head))


def read_epss(data: bytes, *, source: str) -> EpssFile:
    """The scores in `data`, which is CSV or gzip of it.

    Raises:
        InputInvalid: not an EPSS file, more than `MAX_BYTES` when unpacked, gzip that is broken or cut
            off, or none of its lines can be read.
    """
    text = _unpacked(data, source) if data.startswith(_GZIP) else data
    if len(text) > MAX_BYTES:
        raise _refused(f"has {len(text)} bytes; at most {MAX_BYTES} are read", source)
    text = text.removeprefix(b"\xef\xbb\xbf")
    comment = _COMMENT.match(text)
    fields = _fields(comment[0]) if comment else {}
    begin = comment.end() if comment else 0
    header = _HEADER.match(text, begin)
    if header is None:
        raise _refused("is not an EPSS file: it has no header cve,epss,percentile", source)
    lines = text[header.end() :]
    count, unread = _checked(lines, first=text.count(b"\n", 0, header.end()) + 1)
    if unread and not count:
        raise _refused("has lines after its header, and none can be read", source)
    stated = moment_of(fields.get("score_date"))
    if stated is None:
        unread.insert(0, Unread("line 1", "gives no score_date, so the age of the scores is not known"))
    if not count:
        unread.append(Unread("", "the file has no scores, so nothing was looked up in it"))
    return EpssFile(lines, count, fields.get("model_version", ""), stated, tuple(unread))


def _unpacked(data: bytes, source: str) -> bytes:
    """`data` unpacked, member by member, never more than a chunk beyond `MAX_BYTES`."""
    parts: list[bytes] = []
    size = members = 0
    while data:
        members += 1
        if members > _MAX_MEMBERS:
            raise _refused(f"has more than {_MAX_MEMBERS} members of gzip; one is usual", source)
        member = zlib.decompressobj(_GZIP_WINDOW)
        while not member.eof:
            try:
                part = member.decompress(data, _CHUNK)
            except zlib.error as error:
                raise _refused(f"is not gzip that can be unpacked: {error}", source) from error
            if not part and not member.eof:
                raise _refused("ends before its end: the download was cut off", source)
            parts.append(part)
            size += len(part)
            if size > MAX_BYTES:
                raise _refused(f"unpacks to more than {MAX_BYTES} bytes", source)
            data = member.unconsumed_tail
        data = member.unused_data
    return b"".join(parts)


def _fields(comment: bytes) -> dict[str, str]:
    text = comment[1:].decode("utf-8", errors="replace").strip()
    pairs = (each.partition(":") for each in text.split(","))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _checked(text: bytes, *, first: int) -> tuple[int, list[Unread]]:
    """How many lines are scores, and the others by place; `first` is the number of the first line."""
    count = wrong = 0
    unread: list[Unread] = []
    for number, line in enumerate(io.BytesIO(text), start=first):
        if _LINE.fullmatch(line.rstrip()):
            count += 1
        elif line.strip():
            wrong += 1
            if wrong <= _MAX_UNREAD:
                written = shown(line.strip().decode("utf-8", errors="replace"))
                unread.append(Unread(f"line {number}", f"is not a score: {written}"))
    if wrong > _MAX_UNREAD:
        unread.append(Unread("", f"{wrong - _MAX_UNREAD} more lines are not scores"))
    return count, unread


def _refused(message: str, source: str) -> InputInvalid:
    return InputInvalid(f"{source} {message}", location=source, hint=_HINT)
