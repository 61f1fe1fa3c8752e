"""What a file is, its content decides."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.public_data import (
    END_OF_LIFE,
    EPSS,
    EU_KEV,
    EUVD,
    HISTORY,
    KEV,
    OPENVEX,
    SCORECARD,
    osv_archive,
    record,
)

from avow.errors import InputInvalid
from avow.snapshots import kinds
from avow.snapshots.kinds import KINDS, Recognised, UnknownKind, is_record_id, recognise

Write = Callable[[str, Any], Path]

BUNDLE = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {}}
ENVELOPE = {"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": []}


def found(path: Path) -> Recognised:
    """What the file is."""
    return recognise(path, shown=path.name)


CASES: list[tuple[str, Any, str, str, int]] = [
    ("kev", KEV, "kev", "kev/known_exploited_vulnerabilities.json", 1),
    (
        "kev in CSV",
        "cveID,vendorProject,product,dateAdded\nCVE-2026-0001,Acme,Anvil,2026-01-01\n",
        "kev",
        "kev/known_exploited_vulnerabilities.csv",
        1,
    ),
    ("eukev", EU_KEV, "eukev", "eukev/eukev.json", 1),
    ("euvd", EUVD, "euvd", "euvd/kev.json", 1),
    ("epss", EPSS, "epss", "epss/epss_scores-2026-01-03.csv", 1),
    ("epss in gzip", gzip.compress(EPSS.encode(), mtime=0), "epss", "epss/epss_scores-2026-01-03.csv.gz", 1),
    ("product file", END_OF_LIFE, "endoflife", "endoflife/products/anvil.md", 1),
    (
        "api",
        {
            "schema_version": "1.2.0",
            "generated_at": "2026-01-01T00:00:00Z",
            "result": [{"name": "anvil", "identifiers": [], "releases": [{"name": "2", "isEol": False}]}],
        },
        "endoflife",
        "endoflife/products-full.json",
        1,
    ),
    ("history", HISTORY, "history", "", 1),
    ("scorecard", SCORECARD, "scorecard", "scorecard/github.com/acme/anvil.json", 1),
    (
        "deps.dev",
        {
            "projectKey": {"id": "github.com/acme/anvil"},
            "scorecard": {
                "date": "2026-01-04T00:00:00Z",
                "repository": {"name": "github.com/acme/anvil"},
                "checks": [],
            },
        },
        "scorecard",
        "scorecard/github.com/acme/anvil.json",
        0,
    ),
    ("bundle", BUNDLE, "provenance", "", 1),
    ("envelope", ENVELOPE, "provenance", "", 1),
    ("lines of bundles", f"{json.dumps(BUNDLE)}\n\n{json.dumps(ENVELOPE)}\n", "provenance", "", 2),
    ("npm", {"attestations": [{"predicateType": "x", "bundle": {}}] * 2}, "provenance", "", 2),
    ("PEP 740 provenance", {"version": 1, "attestation_bundles": [{}, {}]}, "provenance", "", 2),
    ("PEP 740 attestation", {"version": 1, "verification_material": {}, "envelope": {}}, "provenance", "", 1),
    ("OpenVEX", OPENVEX, "vex", "", 1),
    ("a loose record", record("PYSEC-1"), "osv", "osv/records/PYSEC-1.json", 1),
    ("ecosystems", "PyPI\nnpm\nDebian:12\nRocky Linux\n", "osv-ecosystems", "osv/ecosystems.txt", 4),
    ("signature", "-----BEGIN PGP SIGNATURE-----\n", "signature", "", 1),
    ("checksum", f"{'0' * 64}  all.zip\n", "checksum", "", 1),
]


@pytest.mark.parametrize(
    ("content", "kind", "name", "records"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_known_file(write: Write, content: Any, kind: str, name: str, records: int) -> None:
    """Its kind, its records, and the name that its content gives it; its own name says nothing."""
    result = found(write("misleading.zip", content))

    assert (result.kind, result.name, result.records) == (kind, name, records)


def test_every_kind_is_recognised() -> None:
    """Kinds that only an archive or another tool's export can be have tests of their own."""
    assert KINDS.keys() - {each[2] for each in CASES} == {
        "csaf",
        "cyclonedx",
        "dependency-track",
        "osv-scanner",
    }


@pytest.mark.parametrize(
    ("content", "stated"),
    [
        (KEV, datetime(2026, 1, 2, 10, tzinfo=UTC)),
        (EPSS, datetime(2026, 1, 3, tzinfo=UTC)),
        (SCORECARD, datetime(2026, 1, 4, tzinfo=UTC)),
        (OPENVEX, datetime(2026, 1, 5, tzinfo=UTC)),
        (record("PYSEC-1"), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (record("GO-1", modified="0001-01-01T00:00:00Z"), None),
        (EU_KEV, None),
        (END_OF_LIFE, None),
    ],
)
def test_the_date_that_the_data_states(write: Write, content: Any, stated: datetime | None) -> None:
    """Never the time of a file; the year 1 is not a date."""
    assert found(write("x", content)).stated == stated


def test_an_archive_of_one_ecosystem(tmp_path: Path) -> None:
    """Records that also name another ecosystem don't cover it: its other records are missing."""
    both = record("GHSA-1")
    both["affected"] += record("x", ecosystem="npm")["affected"]
    path = osv_archive(
        tmp_path / "whatever",
        both,
        record("PYSEC-1", modified="2026-03-01T00:00:00Z"),
        record("PYSEC-2"),
    )
    result = found(path)

    assert (result.kind, result.name, result.records) == ("osv", "osv/PyPI/all.zip", 3)
    assert result.covers == ("PyPI",)
    assert result.stated == datetime(2026, 3, 1, tzinfo=UTC)
    assert result.licence == "CC-BY-4.0"


def test_an_archive_of_a_distribution(tmp_path: Path) -> None:
    """Releases belong to one ecosystem."""
    path = osv_archive(
        tmp_path / "a", record("DSA-1", ecosystem="Debian:12"), record("DSA-2", ecosystem="Debian:11")
    )

    assert found(path).covers == ("Debian",)
    assert found(path).licence == ""


def test_an_archive_of_several_ecosystems(tmp_path: Path) -> None:
    """Nothing is common to all records, so it is about each of them."""
    path = osv_archive(tmp_path / "a", record("PYSEC-1"), record("RUSTSEC-1", ecosystem="crates.io"))

    assert (found(path).name, found(path).covers) == ("osv/all.zip", ("PyPI", "crates.io"))
    assert found(path).licence == "CC-BY-4.0 AND CC0-1.0"


def test_more_ecosystems_than_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would all be in the manifest, and in every answer."""
    monkeypatch.setattr(kinds, "MAX_ECOSYSTEMS", 2)
    records = [record(f"A-{each}", ecosystem=each) for each in ("npm", "PyPI", "Go")]

    assert found(osv_archive(tmp_path / "a.zip", *records[:2])).covers == ("PyPI", "npm")
    with pytest.raises(InputInvalid, match="names 3 ecosystems; at most 2 are read"):
        found(osv_archive(tmp_path / "b.zip", *records))


@pytest.mark.parametrize("archived", [False, True])
def test_an_ecosystem_with_a_long_name(write: Write, tmp_path: Path, archived: bool) -> None:  # noqa: FBT001  a case
    """A release of a distribution may add to it."""
    for length, release, is_read in ((100, ":12", True), (101, "", False)):
        one = record("A-1", ecosystem="e" * length + release)
        path = osv_archive(tmp_path / "a.zip", one) if archived else write("x", one)
        if is_read:
            assert found(path).covers == ("e" * length,)
        else:
            with pytest.raises(InputInvalid, match="an ecosystem of 101 characters; at most 100"):
                found(path)


def test_an_ecosystem_is_not_a_path(tmp_path: Path) -> None:
    """A record names the directory that it would be copied to."""
    assert found(osv_archive(tmp_path / "a", record("X-1", ecosystem="../../etc"))).name == "osv/all.zip"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not an OSV record"),
        (b'{"modified": ""}', "not an OSV record"),
        (b'{"id": "Y-1"}', "which is not its name"),
    ],
)
def test_a_record_that_is_not_read_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    """The others count."""
    result = found(osv_archive(tmp_path / "a", record("PYSEC-1"), **{"X-1.json": content}))

    assert (result.records, result.unread_count) == (1, 1)
    assert result.unread[0].place == "X-1.json"
    assert reason in result.unread[0].message


def test_a_zip_without_records(tmp_path: Path) -> None:
    """A program in a zip archive is not data."""
    with pytest.raises(InputInvalid, match=r"without OSV records; 'META-INF/MANIFEST.MF' is in a directory"):
        found(osv_archive(tmp_path / "a", **{"META-INF/MANIFEST.MF": b"x"}))
    with pytest.raises(InputInvalid, match="b is a zip archive without OSV records"):
        found(osv_archive(tmp_path / "b"))


@pytest.mark.parametrize("name", ["file://.", "", "github.com", "github.com/../..", None, 5])
def test_a_scorecard_of_nobody(write: Write, name: object) -> None:
    """A local run names no project, and a hostile one no path."""
    with pytest.raises(InputInvalid, match="names no project"):
        found(write("x", SCORECARD | {"repo": {"name": name}}))


@pytest.mark.parametrize(
    ("content", "look"),
    [
        (b"", "an empty file"),
        (b" \n", "an empty file"),
        (b"<!DOCTYPE html><title>404</title>", "a web page"),
        (b"<html>", "a web page"),
        (b"{}", "an empty JSON object"),
        ({"a": 1, "b": 2}, "JSON with the keys a, b"),
        ([1, 2, 3], "a JSON list with 3 entries"),
        (b"BZh9", "bzip2"),
        (b"\x00\x01\x02\x80", "text that begins with"),
        (b"# Notes\nmore", "text that begins with '# Notes'"),
        ({"$schema": "x", "runs": [], "version": "2.1.0"}, "SARIF"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}, "an SBOM"),
        (b"PyPI\n!!\n", "text that begins with 'PyPI'"),
        (b"PyPI\n" * 20_000, "text that begins with 'PyPI'"),
        (b"only words\n", "text that begins with 'only words'"),
    ],
)
def test_an_unknown_file_is_refused_with_its_look(write: Write, content: Any, look: str) -> None:
    """Silence would read as a list without entries."""
    with pytest.raises(UnknownKind, match=look):
        found(write("known_exploited_vulnerabilities.json", content))


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1',
        json.dumps(KEV).encode()[:300],
        json.dumps(BUNDLE).encode() + b"\n{}",
        gzip.compress(EPSS.encode(), mtime=0)[:-9],
        {"id": 5, "affected": [], "modified": ""},
        {"id": "../x", "affected": [], "modified": ""},
        {"id": "X-1", "affected": 5, "modified": ""},
    ],
)
def test_a_broken_file_is_refused(write: Write, content: Any) -> None:
    """A download that ended early is an error."""
    with pytest.raises(InputInvalid):
        found(write("x", content))


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    """Nor is anything else that is not a regular file."""
    with pytest.raises(InputInvalid, match=r"is not a regular file|Is a directory"):
        found(tmp_path)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("GHSA-abcd-1234", True),
        ("RHSA-2024:1", True),
        ("", False),
        ("../x", False),
        ("a/b", False),
        ("-x", False),
    ],
)
def test_an_id_is_a_file_name(text: str, valid: bool) -> None:  # noqa: FBT001  the expected answer
    """An id that is not could not be the name of a member."""
    assert is_record_id(text) is valid
