"""Rules that every source of a draft must follow."""

from __future__ import annotations

import re
import time
from datetime import date

import pytest

from avow.catalogue.practices import load_catalogue
from avow.drafting.found import Document, DraftSource
from avow.drafting.sources import SOURCES, source_of

TODAY = date(2026, 11, 22)

TYPICAL = {
    "ORC light-weight template": (
        "COMPLIANCE.md",
        "- [x] GV.01\n- [x] GV.02\n- [x] GV.03\n- [x] LE.01\n- [x] QA.06\n",
    ),
    "Security Insights": ("security-insights.yml", "header: {schema-version: 2.0.0}\nproject: {name: a}\n"),
    "security.txt": (".well-known/security.txt", "Contact: mailto:a@acme.dev\n"),
    "security policy": ("SECURITY.md", "Report to security@acme.dev\n"),
    "manifest": ("pyproject.toml", '[project]\nname = "a"\n'),
    "licence text": ("LICENSE", "text"),
    "project document": ("README.md", "# a\n"),
    "CI configuration": (".github/workflows/ci.yml", "on: push\njobs: {a: {steps: [{run: pytest}]}}\n"),
    "update or hook configuration": (".github/dependabot.yml", "version: 2\n"),
    "Scorecard": ("scorecard.json", '{"checks": [{"name": "SAST", "score": 1}]}'),
}

HOSTILE = [
    b"",
    b"\0" * 1000,
    b"\xff\xfe\x00a",
    b"\xef\xbb\xbf",
    b"\r\n\r\r\n",
    b"[" * 200_000,
    b"{" * 200_000,
    b"- " * 100_000,
    b"# " * 100_000,
    b" " * 400_000 + b"x",
    b"\n" * 400_000,
    b"(((((" * 50_000,
    b"a@" * 100_000,
    b"https://" * 50_000,
    b"](" * 100_000,
    b"report security use " * 30_000,
    b"make " * 100_000,
    b"GV.01 | " * 50_000,
    b'"' * 100_000,
    b"a: " * 50_000,
    b"[[[a]](http://x)" * 20_000,
    ("\u202e\ud7ff" * 50_000).encode(),
]


@pytest.fixture(params=SOURCES, ids=lambda source: source.name)
def source(request: pytest.FixtureRequest) -> DraftSource:
    found: DraftSource = request.param
    return found


def test_every_source_has_its_typical_file() -> None:
    """Every new source needs an example here."""
    assert TYPICAL.keys() == {source.name for source in SOURCES}


def test_a_typical_file_is_recognised_by_its_source_only(source: DraftSource) -> None:
    """The path decides in a checkout; name and content decide for a given file."""
    path, text = TYPICAL[source.name]
    document = Document(path=path, data=text.encode())

    assert source.paths.fullmatch(path)
    assert source_of(document) is source


def test_every_fact_is_in_the_catalogue_and_has_an_origin(source: DraftSource) -> None:
    """Practices and facts exist, and every origin is a place in the file."""
    path, text = TYPICAL[source.name]
    reading = source.read(Document(path=path, data=text.encode()), TODAY)
    catalogue = load_catalogue()

    assert reading.label.startswith(path)
    assert reading.found or reading.hints or reading.project
    for item in reading.found:
        practice = catalogue.practice(item.practice)
        assert practice is not None
        assert item.fact in practice.facts
    origins = [item.origin for item in reading.found]
    origins += [item.origin for item in reading.hints]
    origins += [item.origin for item in reading.project]
    origins += [item.origin for item in reading.left_out]
    assert all(re.fullmatch(re.escape(path) + r"(:[1-9]\d*)?", origin) for origin in origins)


@pytest.mark.slow
@pytest.mark.parametrize("data", HOSTILE, ids=lambda data: repr(data[:8]))
def test_hostile_bytes_are_read_in_bounded_time(source: DraftSource, data: bytes) -> None:
    """No content causes an exception or a stall."""
    path, text = TYPICAL[source.name]
    start = time.process_time()
    for content in (data, text.encode() + data, data + b"\n" + text.encode()):
        document = Document(path=path, data=content)
        source.sniff(document)
        source.read(document, TODAY)

    assert time.process_time() - start < 12


def test_an_unknown_file_belongs_to_no_source() -> None:
    """A file that no source recognises is not read."""
    assert source_of(Document(path="photo.jpg", data=b"\0\1")) is None
