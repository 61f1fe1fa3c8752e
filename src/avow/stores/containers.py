"""Files that contain bundles in one of the forms in which people keep them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Final

from avow.errors import AvowError, one_candidate
from avow.formats.json_strict import JsonInvalid, parse
from avow.results import Gap
from avow.statement.in_toto import StatementSubject, read_subjects
from avow.stores.protocol import Candidate
from avow.transparency.container import MAX_BUNDLE_BYTES, MAX_BUNDLE_VALUES, MEDIA_TYPE, other_form

MAX_BUNDLES_IN_A_FILE: Final = 1000
"""Further bundles of one file are reported and not judged: each costs milliseconds to verify."""

_MAX_VALUES: Final = MAX_BUNDLES_IN_A_FILE * 300
"""Of the answer of a forge; a bundle in one has about 100."""

_MARK: Final = MEDIA_TYPE.encode()
"""Every bundle has it; other lines are data, which may be anything."""


def bundles_in(content: bytes, *, location: str, named: bool) -> Iterator[Candidate | Gap]:
    """The bundle that `content` is, or those in it: JSON values one after the other, an array, or an answer.

    A file with several bundles is that of a whole release, so none of them counts as named. In a file that
    nobody named, other lines than bundles are passed over.
    """
    found = [Candidate(location=location, content=content, named=named)]
    if other_form(content) is None and (parts := _parts(content, location=location)) is not None:
        found = [
            Candidate(location=f"{location}{place}", content=part, named=named and len(parts) == 1)
            for place, part in parts
            if named or _MARK in part
        ]
    yield from found[:MAX_BUNDLES_IN_A_FILE]
    if len(found) > MAX_BUNDLES_IN_A_FILE:
        yield Gap(
            code="too-many-bundles",
            location=location,
            message=f"only the first {MAX_BUNDLES_IN_A_FILE} of {len(found)} bundles were judged",
            hint="put the bundles of each release into a file of their own",
        )


def are_json_lines(content: bytes) -> bool:
    """Several JSON values, one on each line."""
    lines = [line for line in content.split(b"\n") if line.strip()]
    return len(lines) > 1 and isinstance(_parsed(lines[0]), dict)


def claimed_subjects(content: bytes) -> tuple[StatementSubject, ...]:
    """The artefacts that a bundle with a statement lists by its own words, which nothing proves; or none."""
    try:
        with one_candidate():
            bundle = parse(content, source="", max_bytes=MAX_BUNDLE_BYTES, max_values=MAX_BUNDLE_VALUES)
            envelope = bundle["dsseEnvelope"]
            return read_subjects(base64.b64decode(envelope["payload"]), payload_type=envelope["payloadType"])
    except AvowError:
        return ()


def _parts(content: bytes, *, location: str) -> list[tuple[str, bytes]] | None:
    """The places and contents of what `content` consists of; None: one bundle, or nothing that is known."""
    lines = [
        (f":{number}", line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()
    ]
    if are_json_lines(content) or (location.endswith(".jsonl") and len(lines) == 1):
        return lines
    document = (
        _parsed(content) if len(lines) > 1 or b'"attestations"' in content or _is_array(content) else None
    )
    if isinstance(document, list):
        return [(f"#/{index}", _text(each)) for index, each in enumerate(document)]
    if isinstance(document, dict):
        # Source: GitHub REST API, "List attestations".
        entries = document.get("attestations") if "mediaType" not in document else None
        return [
            (f"#/attestations/{index}/bundle", _text(entry["bundle"]))
            for index, entry in enumerate(entries if isinstance(entries, list) else ())
            if isinstance(entry, dict) and isinstance(entry.get("bundle"), dict)
        ] or None
    several = _one_after_the_other(content) if len(lines) > 1 else []
    return several or (lines if location.endswith(".jsonl") else None)


def _is_array(content: bytes) -> bool:
    return content.lstrip().startswith(b"[")


def _one_after_the_other(content: bytes) -> list[tuple[str, bytes]]:
    """Indented JSON values without anything between them, by their lines; empty if it is something else."""
    if content.count(b",") + content.count(b"{") + content.count(b"[") > _MAX_VALUES:
        return []
    found = []
    try:
        text = content.decode("utf-8")
        start = len(text) - len(text.lstrip())
        while start < len(text):
            _, end = json.JSONDecoder().raw_decode(text, start)
            found.append((f":{text.count(chr(10), 0, start) + 1}", text[start:end].encode()))
            start = end + len(text[end:]) - len(text[end:].lstrip())
    except (ValueError, RecursionError):
        return []
    return found if len(found) > 1 else []


def _text(value: object) -> bytes:
    """JSON with this value; the strict parser has read it, so it has one meaning."""
    return json.dumps(value).encode()


def _parsed(content: bytes) -> object:
    try:
        return parse(content, source="", max_bytes=MAX_BUNDLE_BYTES, max_values=_MAX_VALUES)
    except JsonInvalid:
        return None
