"""Files that contain bundles in one of the forms in which people keep them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, Final

from avow.errors import AvowError, one_candidate
from avow.formats.json_strict import JsonInvalid, parse
from avow.results import Gap
from avow.statement.in_toto import StatementSubject, read_subjects
from avow.stores.protocol import Candidate
from avow.transparency import pep740
from avow.transparency.container import MAX_BUNDLE_BYTES, MAX_BUNDLE_VALUES, MEDIA_TYPE, other_form

MAX_BUNDLES_IN_A_FILE: Final = 1000
"""Further bundles of one file are reported and not judged: each costs milliseconds to verify."""

_MAX_VALUES: Final = MAX_BUNDLES_IN_A_FILE * 300
"""Of the answer of a forge; a bundle in one has about 100."""

_LINE: Final = re.compile(rb"\S[^\n]*")
"""A line from its first character that is not blank."""

_BLANKS: Final = re.compile(r"[ \t\r\n]*")

_AROUND: Final = (b'"attestations"', b'"bundle"', b'"attestation_bundles"')
"""Names that answers have around bundles."""

_MARK: Final = MEDIA_TYPE.partition("/")[2].encode()
"""Every bundle has it; other lines are data, which may be anything."""


def bundles_in(content: bytes, *, location: str, named: bool) -> Iterator[Candidate | Gap]:
    """The bundle that `content` is, or those in it: JSON values one after the other, an array, or an answer.

    A file with several bundles is that of a whole release, so none of them counts as named. In a file that
    nobody named, other lines than bundles are passed over.
    """
    parts = None if other_form(content) else _parts(content, location=location, named=named)
    if parts is None:
        yield Candidate(location=location, content=content, named=named)
        return
    wanted = parts if named else (part for part in parts if _MARK in part[1] or pep740.MARK in part[1])
    found = list(islice(wanted, MAX_BUNDLES_IN_A_FILE + 1))
    for place, part in found[:MAX_BUNDLES_IN_A_FILE]:
        yield Candidate(location=f"{location}{place}", content=part, named=named and len(found) == 1)
    if len(found) > MAX_BUNDLES_IN_A_FILE:
        yield Gap(
            code="too-many-bundles",
            location=location,
            message=f"only the first {MAX_BUNDLES_IN_A_FILE} bundles of this file were judged",
            hint="put the bundles of each release into a file of their own",
        )


def are_json_lines(content: bytes) -> bool:
    """Several JSON values, one on each line; of two lines with a bundle's mark, one may be damaged."""
    first = list(islice(_lines(content), 2))
    if len(first) < 2:  # noqa: PLR2004  one or none
        return False
    tried = chain(first[:1], islice(_marked_lines(content), 2))
    return any(isinstance(_parsed(line), dict) for _, line in tried)


def claimed_subjects(content: bytes) -> tuple[StatementSubject, ...]:
    """The artefacts that a bundle with a statement lists by its own words, which nothing proves; or none."""
    try:
        with one_candidate():
            bundle = parse(content, source="", max_bytes=MAX_BUNDLE_BYTES, max_values=MAX_BUNDLE_VALUES)
            if pep740.is_attestation(bundle):
                bundle = pep740.as_bundle(bundle, location="")
            envelope = bundle["dsseEnvelope"]
            return read_subjects(base64.b64decode(envelope["payload"]), payload_type=envelope["payloadType"])
    except AvowError:
        return ()


def _parts(content: bytes, *, location: str, named: bool) -> Iterable[tuple[str, bytes]] | None:
    """The places and contents of what `content` consists of; None: one bundle, or nothing that is known."""
    lines = _lines if named else _marked_lines
    is_one_line = len(list(islice(_lines(content), 2))) < 2  # noqa: PLR2004  one or none
    if are_json_lines(content) or (location.endswith(".jsonl") and is_one_line):
        return lines(content)
    if is_one_line and not any(each in content for each in _AROUND) and not _is_array(content):
        return None
    document = _parsed(content)
    if isinstance(document, list | dict):
        return _within(document) or None
    several = [] if is_one_line else _one_after_the_other(content)
    return several or (lines(content) if location.endswith(".jsonl") else None)


def _within(document: list[Any] | dict[str, Any]) -> list[tuple[str, bytes]]:
    """The bundles that an array, or the answer of a forge or its command line, has around it."""
    if isinstance(document, list):
        # Source: `gh attestation verify --format json` writes attestation.bundle in each item.
        return [
            (f"#/{index}", _text(item))
            if (bundle := _bundle_of(item)) is None
            else (f"#/{index}/attestation/bundle", _text(bundle))
            for index, item in enumerate(document)
        ]
    if "mediaType" in document:
        return []
    if pep740.is_provenance(document):
        return [(f"#{place}", _text(each)) for place, each in pep740.attestations_in(document)]
    if isinstance(document.get("bundle"), dict):
        return [("#/bundle", _text(document["bundle"]))]
    # Source: GitHub REST API, "List attestations".
    entries = document.get("attestations")
    return [
        (f"#/attestations/{index}/bundle", _text(entry["bundle"]))
        for index, entry in enumerate(entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("bundle"), dict)
    ]


def _bundle_of(item: object) -> dict[str, Any] | None:
    attestation = item.get("attestation") if isinstance(item, dict) else None
    bundle = attestation.get("bundle") if isinstance(attestation, dict) else None
    return bundle if isinstance(bundle, dict) else None


def _lines(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The lines that are not blank, one at a time: a file may have millions."""
    number, counted = 1, 0
    for line in _LINE.finditer(content):
        number, counted = number + content.count(b"\n", counted, line.start()), line.start()
        yield f":{number}", line[0].rstrip()


def _marked_lines(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The lines with a bundle's mark; the others are passed over in one step, however many they are."""
    number, counted, place = 1, 0, content.find(_MARK)
    while place >= 0:
        start = content.rfind(b"\n", 0, place) + 1
        end = content.find(b"\n", place)
        end = len(content) if end < 0 else end
        number, counted = number + content.count(b"\n", counted, start), start
        yield f":{number}", content[start:end].strip()
        place = content.find(_MARK, end)


def _is_array(content: bytes) -> bool:
    return content.lstrip().startswith(b"[")


def _one_after_the_other(content: bytes) -> list[tuple[str, bytes]]:
    """Indented JSON values without anything between them, by their lines; empty if it is something else.

    Values beyond those that are judged are not read.
    """
    if content.count(b",") + content.count(b"{") + content.count(b"[") > _MAX_VALUES:
        return []
    found: list[tuple[str, bytes]] = []
    try:
        text = content.decode("utf-8")
        line, counted, start = 1, 0, _after_blanks(text, 0)
        while start < len(text) and len(found) <= MAX_BUNDLES_IN_A_FILE:
            line, counted = line + text.count("\n", counted, start), start
            _, end = json.JSONDecoder().raw_decode(text, start)
            found.append((f":{line}", text[start:end].encode()))
            start = _after_blanks(text, end)
    except (ValueError, RecursionError):
        return []
    return found if len(found) > 1 else []


def _after_blanks(text: str, start: int) -> int:
    blanks = _BLANKS.match(text, start)
    return blanks.end() if blanks else start


def _text(value: object) -> bytes:
    """JSON with this value; the strict parser has read it, so it has one meaning."""
    return json.dumps(value).encode()


def _parsed(content: bytes) -> object:
    try:
        return parse(content, source="", max_bytes=MAX_BUNDLE_BYTES, max_values=_MAX_VALUES)
    except JsonInvalid:
        return None
