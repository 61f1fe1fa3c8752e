"""One door: formats are recognised by what they are, and everything else by what it looks like."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.sboms import cyclonedx, cyclonedx_xml, library, package, package3, read, refused, spdx2, spdx3

from avow.errors import InputInvalid
from avow.sbom import FORMATS, read_sbom

TAG_VALUE = "SPDXVersion: SPDX-2.3\nPackageName: a\n"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (cyclonedx(), "CycloneDX JSON 1.6"),
        (cyclonedx_xml(""), "CycloneDX XML 1.6"),
        (spdx2(), "SPDX JSON 2.3"),
        (TAG_VALUE, "SPDX tag-value 2.3"),
        (spdx3(), "SPDX 3.0.1 JSON-LD"),
        ("\n\n  " + json.dumps(cyclonedx()), "CycloneDX JSON 1.6"),
        ("\n# comment\n" + TAG_VALUE, "SPDX tag-value 2.3"),
    ],
)
def test_each_format_is_recognised(document: Any, name: str) -> None:
    """The name of a file plays no part."""
    assert read(document).format == name


def test_formats_are_a_table() -> None:
    """Each has a name, versions and a reader."""
    assert len({each.name for each in FORMATS}) == len(FORMATS) == 6
    assert all(each.versions for each in FORMATS)


def test_the_digest_is_of_the_bytes_as_given() -> None:
    """Not of what was decoded."""
    data = json.dumps(cyclonedx()).encode()

    assert read(data).sha256 != read(data + b"\n").sha256
    assert len(read(data).sha256) == 64


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_of_windows_shells_is_read(charset: str) -> None:
    """A byte order mark or UTF-16."""
    data = json.dumps(cyclonedx(library("größe")), ensure_ascii=False).encode(charset)

    assert read(data).entries[0].name == "größe"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"bomFormat": "CycloneDX", "bomFormat": "CycloneDX", "specVersion": "1.6"}', "duplicate key"),
        ('{"bomFormat": "CycloneDX", "components": [{"name": "a", "name": "b"}]}', "duplicate key"),
        ('{"bomFormat": "CycloneDX", "components": [', "not JSON"),
        ('{"bomFormat": "CycloneDX"}\n{"bomFormat": "CycloneDX"}', "a second value"),
    ],
)
def test_broken_json_is_refused_with_its_place(text: str, words: str) -> None:
    """Two readers must not see two SBOMs in one document."""
    error = refused(text)

    assert words in error.message
    assert error.problems[0].line >= 1


def test_deep_json_is_refused() -> None:
    """Also where nobody looks."""
    document = cyclonedx(library(evidence=json.loads("[" * 70 + "]" * 70)))

    assert "nested deeper" in refused(document).message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        ("<!-- x --><html lang='en'>", "web page"),
        ('<?xml version="1.0"?><rdf:RDF xmlns:rdf="x"/>', "RDF"),
        ('<?xml version="1.0"?><project/>', "XML"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3\n", "Git LFS"),
        ("spdxVersion: SPDX-2.3\nname: x\n", "YAML"),
        ("name,version,purl\na,1,pkg:npm/a@1\n", "table"),
        ("name;version;purl\r\na;1;x\r\n", "table"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        (b"PK\x03\x04...", "zip"),
        (b"\xfd7zXZ\x00...", "xz"),
        (b"BZh9...", "bzip2"),
        (b"%PDF-1.7", "PDF"),
        (b"\x7fELF...", "program"),
        ({"document": {"csaf_version": "2.0"}}, "CSAF"),
        ({"document": []}, "JSON"),
        ({"@context": "https://openvex.dev/ns/v0.2.0"}, "OpenVEX"),
        ({"results": [], "experimental_config": {}}, "OSV-Scanner"),
        ({"findings": [], "project": {}}, "Dependency-Track"),
        ({"$schema": "https://json.schemastore.org/sarif-2.1.0.json"}, "SARIF"),
        ({"payload": "", "payloadType": ""}, "envelope"),
        ({"verificationMaterial": {}}, "Sigstore bundle"),
        ({"predicateType": "x", "subject": []}, "in-toto"),
        ({"artifacts": [], "descriptor": {}}, "Syft"),
        ({"SchemaVersion": 2, "ArtifactName": "x"}, "Trivy"),
        ({"lockfileVersion": 3}, "npm"),
        ("[]", "neither CycloneDX nor SPDX"),
        ('{"sbom": {}}', "neither CycloneDX nor SPDX"),
        ("hello", 'begins with "hello"'),
        (b"\x1b]0;title\x07", "u001b"),
    ],
)
def test_what_is_no_sbom_is_named_with_a_next_step(data: Any, words: str) -> None:
    """What it looks like, so that nobody hunts for hours."""
    error = refused(data)

    assert words in error.message
    assert "not an SBOM of a known format" in error.message


def test_an_envelope_around_an_sbom_is_not_that_sbom() -> None:
    """An in-toto statement has a CycloneDX document in its predicate."""
    statement = {"predicateType": "https://cyclonedx.org/bom", "subject": [], "predicate": cyclonedx()}

    assert "in-toto" in refused(statement).message


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (cyclonedx(library("a")) | spdx2(package("b")), "CycloneDX JSON and SPDX JSON"),
        (cyclonedx(library("a")) | spdx3(package3("b")), "CycloneDX JSON and SPDX JSON-LD"),
        (spdx2(package("a")) | spdx3(package3("b")), "SPDX JSON and SPDX JSON-LD"),
        (cyclonedx(library("a")) | {"sbom": spdx2(package("b"))}, "CycloneDX JSON and SPDX JSON"),
        (cyclonedx(library("a")) | {"packages": []}, "CycloneDX JSON and SPDX JSON"),
        (cyclonedx(library("a")) | {"@graph": []}, "CycloneDX JSON and SPDX JSON-LD"),
        (spdx2(package("b")) | {"components": []}, "CycloneDX JSON and SPDX JSON"),
    ],
)
def test_two_formats_in_one_document_are_refused(document: dict[str, Any], names: str) -> None:
    """One reader would see the components of the one, and another reader those of the other."""
    assert f"{names} at once" in refused(document).message


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any work."""
    monkeypatch.setattr("avow.sbom.reading.MAX_BYTES", 3)

    assert "at most 3 are read" in refused("    ").message


def test_many_comments_take_no_time() -> None:
    """A pattern that tries every way to group them would never end."""
    assert "XML" in refused("<!-- x -->" * 5_000).message


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "a", "SPDXRef-a", "pkg:npm/a@1", "1.6"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "ref", "x"]), inner),
    max_leaves=6,
)
STARTS = {
    "CycloneDX": {"bomFormat": "CycloneDX", "specVersion": "1.6"},
    "SPDX 2": {"spdxVersion": "SPDX-2.3"},
    "SPDX 3": {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"},
}
TOP = {
    "CycloneDX": ["components", "metadata", "dependencies", "services", "compositions", "vulnerabilities"],
    "SPDX 2": ["packages", "relationships", "files", "creationInfo", "externalDocumentRefs"],
    "SPDX 3": ["@graph"],
}
BELOW: dict[str, list[str]] = {
    "CycloneDX": [
        "name",
        "bom-ref",
        "hashes",
        "licenses",
        "pedigree",
        "ref",
        "dependsOn",
        "components",
        "component",
        "affects",
        "ratings",
        "analysis",
        "tools",
        "externalReferences",
    ],
    "SPDX 2": [
        "SPDXID",
        "name",
        "checksums",
        "externalRefs",
        "spdxElementId",
        "relationshipType",
        "relatedSpdxElement",
        "creators",
        "sourceInfo",
    ],
    "SPDX 3": [
        "spdxId",
        "@id",
        "name",
        "from",
        "to",
        "relationshipType",
        "rootElement",
        "element",
        "import",
        "extension",
        "externalIdentifier",
        "verifiedUsing",
        "externalRef",
        "suppliedBy",
        "creationInfo",
    ],
}
SECURITY = (
    "security_VexFixedVulnAssessmentRelationship",
    "security_CvssV3VulnAssessmentRelationship",
)
KINDS = [
    "software_Package",
    "SpdxDocument",
    "Relationship",
    "CreationInfo",
    "security_Vulnerability",
    *SECURITY,
]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents that begin well and continue with anything."""
    name = draw(st.sampled_from(sorted(STARTS)))
    items = st.dictionaries(st.sampled_from(BELOW[name]), JSON, max_size=4)
    typed = st.builds(lambda item, kind: {**item, "type": kind}, items, st.sampled_from(KINDS))
    values = JSON | st.lists(typed | JSON, max_size=4)
    return {**STARTS[name], **draw(st.dictionaries(st.sampled_from(TOP[name]), values, max_size=3))}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(document=documents())
def test_any_document_is_read_or_refused(document: dict[str, Any]) -> None:
    """No other exception, and no entry without a place."""
    try:
        inventory = read(document)
    except InputInvalid:
        return
    assert all(entry.place for entry in inventory.entries)


@pytest.mark.parametrize("prefix", [b"", b"<bom ", b"{", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xff\xfe"])
@given(data=st.binary(max_size=100))
def test_any_bytes_are_refused(prefix: bytes, data: bytes) -> None:
    """Whatever they begin with."""
    with pytest.raises(InputInvalid):
        read_sbom(prefix + data, source="bom")


@given(text=st.text(max_size=100))
def test_any_tag_value_is_read_or_refused(text: str) -> None:
    """And what is read has no entries."""
    try:
        inventory = read(f"SPDXVersion: SPDX-2.3\n{text}")
    except InputInvalid:
        return
    assert inventory.entries == ()


def test_examples_of_this_page_are_sboms() -> None:
    """So that the tests above test something."""
    assert len(read(spdx2(package("SPDXRef-a"))).entries) == 1
    assert len(read(spdx3(package3("urn:a"))).entries) == 1


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in fields that are not looked at, whichever way the document is read."""
    monkeypatch.setattr("avow.formats.json_document.MAX_COMMAS", 20)
    many = [{"name": "x", "value": "y"}] * 20
    assert read(cyclonedx(library("a"))).entries[0].name == "a"
    assert "more than 20 values" in refused(cyclonedx(library("a", properties=many))).message
    assert "more than 20 values" in refused(cyclonedx(library("a"), x=many)).message


def test_the_digest_is_of_the_bytes_as_they_were_given() -> None:
    """With a byte order mark, and in the encoding that the file has: it is compared with the file."""
    text = json.dumps(cyclonedx(library()))
    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        assert read(data).sha256 == hashlib.sha256(data).hexdigest()
