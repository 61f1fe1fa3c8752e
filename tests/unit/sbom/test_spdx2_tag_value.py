"""SPDX 2 as tag-value text: the same inventory as of JSON, and text that is only text."""

from __future__ import annotations

import pytest
from support.sboms import package, problems, read, refused, relation, spdx2

HEAD = """SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
DocumentNamespace: https://sbom.example/doc
Creator: Tool: maker-1
Created: 2026-11-01T09:00:00Z
"""

WHOLE = (
    HEAD
    + """ExternalDocumentRef: DocumentRef-x https://x.example SHA1: abc

# a comment: PackageName: commented
FileName: ./first.c
SPDXID: SPDXRef-f
FileChecksum: SHA1: abc

PackageName: a
SPDXID: SPDXRef-a
PackageVersion: 1.0
PackageSupplier: Organization: Example
PackageDownloadLocation: https://example.org/a
PackageHomePage: https://example.org
PackageChecksum: SHA256: """
    + "a" * 64
    + """
PackageLicenseDeclared: MIT
PackageLicenseConcluded: NOASSERTION
PrimaryPackagePurpose: LIBRARY
ExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1
ExternalRef: SECURITY advisory https://example.org/adv
ExternalRefComment: <text>two
lines</text>

PackageName: b
SPDXID: SPDXRef-b
PackageComment: <text>PackageName: hidden
SPDXID: SPDXRef-hidden
</text> and more
SnippetSPDXID: SPDXRef-s
LicenseID: LicenseRef-1
SPDXID: SPDXRef-nothing

PackageName: root
SPDXID: SPDXRef-root

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-root
Relationship: SPDXRef-a DEPENDS_ON SPDXRef-b
Relationship: SPDXRef-a CONTAINS SPDXRef-f
Relationship: SPDXRef-a DEPENDS_ON SPDXRef-s
Relationship: SPDXRef-a DEPENDS_ON DocumentRef-x:SPDXRef-y
"""
)


def test_tag_value_and_json_of_one_document_are_one_inventory() -> None:
    """Places, fields, edges."""
    tags = read(WHOLE)
    like = read(
        spdx2(
            package(
                "SPDXRef-a",
                versionInfo="1.0",
                supplier="Organization: Example",
                downloadLocation="https://example.org/a",
                homepage="https://example.org",
                checksums=[{"algorithm": "SHA256", "checksumValue": "a" * 64}],
                licenseDeclared="MIT",
                primaryPackagePurpose="LIBRARY",
                externalRefs=[
                    {"referenceType": "purl", "referenceLocator": "pkg:npm/a@1"},
                    {
                        "referenceType": "advisory",
                        "referenceLocator": "https://example.org/adv",
                        "comment": "two\nlines",
                    },
                ],
            ),
            package("SPDXRef-b"),
            package("SPDXRef-root"),
            root="SPDXRef-root",
            externalDocumentRefs=[
                {"externalDocumentId": "DocumentRef-x", "spdxDocument": "https://x.example"}
            ],
            relationships=[
                relation("SPDXRef-a", "DEPENDS_ON", "SPDXRef-b"),
                relation("SPDXRef-a", "DEPENDS_ON", "DocumentRef-x:SPDXRef-y"),
            ],
        )
    )

    assert tags.format == "SPDX tag-value 2.3"
    for name in ("entries", "roots", "edges", "external", "identifier", "created", "generators", "problems"):
        assert getattr(tags, name) == getattr(like, name)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(end: str) -> None:
    """Old Macs, Windows, everybody else; nothing else ends a line."""
    text = HEAD + "PackageName: a\x0bPackageName: b\u2028PackageName: c\nPackageName: d\n"

    assert len(read(text.replace("\n", end)).entries) == 2


def test_a_text_that_never_closes_is_refused_with_the_line_where_it_opens() -> None:
    """The rest of the document might be text or packages."""
    error = refused(HEAD + "PackageName: a\nPackageComment: <text>open\nPackageName: b\n")

    assert "<text>" in error.message
    assert error.problems[0].line == 7


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("PackageName: a\nmore text", 7),
        ("PackageVersion: 1\nPackageName: a", 6),
        ("PackageChecksum: SHA1: a\nPackageName: a", 6),
        ("ExternalRef: OTHER x y\nPackageName: a", 6),
        ("PackageName: a\nPackageVersion: 1\nPackageVersion: 2", 8),
    ],
)
def test_lines_that_belong_to_nothing_are_named(lines: str, line: int) -> None:
    """They are not lost silently."""
    inventory = read(HEAD + lines)

    assert len(inventory.entries) == 1
    assert problems(inventory)[0] == ("shape", f"line {line}")


def test_stray_lines_are_bounded() -> None:
    """A document of anything else would have one a line."""
    found = read(HEAD + "stray\n" * 5_000).problems

    assert len(found) == 1_001


@pytest.mark.parametrize(
    ("lines", "kind", "line"),
    [
        ("PackageName: a\nExternalRef: SECURITY cpe23Type cpe:2.3:a", "bad_cpe", 6),
        ("PackageName: a\nExternalRef: OTHER purl", None, 0),
        ("PackageName: a\nExternalRefComment: nothing before it", None, 0),
        ("ExternalRefComment: nothing before it\nPackageName: a", None, 0),
        ("PackageName: a\nPackageChecksum: MD5: x", "bad_digest", 6),
        ("PackageName:", "unusable_entry", 6),
        ("PackageName: a\nRelationship: SPDXRef-a", "shape", 7),
        (
            "PackageName: a\nSPDXID: SPDXRef-a\nRelationship: SPDXRef-a DEPENDS_ON SPDXRef-ghost",
            "dangling_ref",
            8,
        ),
    ],
)
def test_bad_fields_are_named_with_their_line(lines: str, kind: str | None, line: int) -> None:
    """Of the package or relationship."""
    found = problems(read(HEAD + lines))

    assert found[:-1] == ([(kind, f"line {line}")] if kind else [])
    assert found[-1] == ("no_root", "")


def test_bytes_that_are_not_utf_8_are_refused_with_their_place() -> None:
    """They are never replaced."""
    error = refused((HEAD + "PackageName: größe\n").encode("latin-1"))

    assert "not UTF-8 at byte" in error.message
    assert error.problems[0].line == 6


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read(charset: str) -> None:
    """UTF-16 comes from shells."""
    assert read((HEAD + "PackageName: größe\n").encode(charset)).entries[0].name == "größe"


def test_a_million_lines_are_read_in_ordinary_time() -> None:
    """Text blocks and comments cost nothing much."""
    text = (
        HEAD + "PackageName: a\nPackageComment: <text>" + "x: y\n" * 200_000 + "</text>\n" + "#\n" * 100_000
    )

    assert len(read(text).entries) == 1


def test_a_note_about_the_tag_value_version() -> None:
    """SPDX 2.0 is read as 2.1 is."""
    assert problems(read(HEAD.replace("2.3", "2.0"))) == [("not_read", "/spdxVersion")]


def test_tag_value_is_not_json_or_xml() -> None:
    """The word alone makes no tag-value document."""
    assert "JSON" in refused('{"a": "SPDXVersion: SPDX-2.3"}').message
