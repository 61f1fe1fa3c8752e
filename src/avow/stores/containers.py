"""Files that contain bundles in one of the forms in which people keep them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from avow.formats.json_strict import JsonInvalid, parse
from avow.results import Gap
from avow.stores.protocol import Candidate
from avow.transparency.container import MAX_BUNDLE_BYTES

MAX_BUNDLES_IN_A_FILE: Final = 1000
"""Further bundles of one file are reported and not judged: each costs milliseconds to verify."""

_MAX_VALUES: Final = MAX_BUNDLES_IN_A_FILE * 300
"""Of the answer of a forge; a bundle in one has about 100."""

_MARK: Final = b'"mediaType"'
"""Every bundle has it; other JSON Lines files are data, and none of our business."""


def bundles_in(content: bytes, *, location: str, named: bool) -> Iterator[Candidate | Gap]:
    """The bundle that `content` is, or those in it: JSON Lines under any name, or a forge's answer.

    A file with several bundles is that of a whole release, so none of them counts as named. In a file that
    nobody named, lines without a media type are passed over.
    """
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
    if location.endswith(".jsonl") or _are_json_lines(lines):
        found = [
            Candidate(location=f"{location}:{number}", content=line, named=named and len(lines) == 1)
            for number, line in lines
            if named or _MARK in line
        ]
    else:
        found = [
            Candidate(location=f"{location}#/attestations/{index}/bundle", content=bundle, named=False)
            for index, bundle in _in_answer(content)
        ] or [Candidate(location=location, content=content, named=named)]
    yield from found[:MAX_BUNDLES_IN_A_FILE]
    if len(found) > MAX_BUNDLES_IN_A_FILE:
        yield Gap(
            code="too-many-bundles",
            location=location,
            message=f"only the first {MAX_BUNDLES_IN_A_FILE} of {len(found)} bundles were judged",
            hint="put the bundles of each release into a file of their own",
        )


def are_json_lines(content: bytes) -> bool:
    """Several bundles, one on each line."""
    return _are_json_lines(list(enumerate(filter(bytes.strip, content.split(b"\n")))))


def _are_json_lines(lines: list[tuple[int, bytes]]) -> bool:
    if len(lines) < 2 or not lines[0][1].lstrip().startswith(b"{"):  # noqa: PLR2004  one line is one bundle
        return False
    first = _parsed(lines[0][1])
    return isinstance(first, dict) and "mediaType" in first


def _in_answer(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The bundles of `{"attestations": [{"bundle": {...}}]}`.

    Source: GitHub REST API, "List attestations".
    """
    if not content.lstrip().startswith(b"{") or b'"attestations"' not in content:
        return
    answer = _parsed(content)
    entries = answer.get("attestations") if isinstance(answer, dict) and "mediaType" not in answer else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("bundle"), dict):
            yield index, json.dumps(entry["bundle"]).encode()


def _parsed(content: bytes) -> object:
    try:
        return parse(content, source="", max_bytes=MAX_BUNDLE_BYTES, max_values=_MAX_VALUES)
    except JsonInvalid:
        return None
