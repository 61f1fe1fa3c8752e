"""What is written into an SBOM about a declaration, and read back."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from support.sbom_validators import invalid

from avow.catalogue.practices import load_catalogue
from avow.errors import InputInvalid
from avow.formats.json_edit import edited
from avow.sbom.declarations import require_declarations, write_declaration
from avow.sbom.fields import (
    LINK_TYPES,
    Declared,
    EmbeddableSbom,
    Form,
    Link,
    Written,
    embed,
    pointer_comment,
    read_embeddable,
)
from avow.sbom.inventory import Entry, Inventory, Reference, StatedDigest
from avow.sbom.pointers import SbomPointer, mirrors, pointers
from avow.statement.predicate import PracticeEntry
from avow.statement.types import PREDICATE_TYPE

PAGE: Final = (Path(__file__).parents[3] / "predicates" / "sbom-fields.md").read_text(encoding="utf-8")
CATALOGUE: Final = load_catalogue()
URL: Final = "https://acme.example/acmelib-2.4.1.practices.sigstore.json"
BUNDLE: Final = "ab" * 32
PAYLOAD: Final = "cd" * 32
UNTIL: Final = datetime(2028, 11, 20, 12, tzinfo=UTC)

Json = dict[str, Any]


def practice(practice_id: str, status: str | None = "implemented", **facts: Any) -> PracticeEntry:
    """One practice with its facts."""
    said = {"status": status} if status else {}
    return PracticeEntry.model_validate({"id": practice_id, "facts": facts} | said)


EVERYTHING: Final = (
    practice(
        "VUL-01",
        privateReporting=True,
        contacts=[
            {"kind": "email", "value": "security@acme.example"},
            {"kind": "web", "value": "https://acme.example/report"},
        ],
        securityTxtUrl="https://acme.example/.well-known/security.txt",
    ),
    practice("VUL-03", listUrl="https://acme.example/advisories"),
    practice("VUL-04", feeds=[{"kind": "atom", "url": "https://acme.example/feed.atom"}]),
    practice("VUL-06", url="https://acme.example/vex.json"),
    practice(
        "SUP-01",
        policyUrl="https://acme.example/support",
        lines=[
            {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2029-06-30"},
            {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2035-06-30", "supportedBy": "thirdParty"},
            {"versions": "vers:pypi/<2.4", "securityUntil": "ended"},
        ],
    ),
    practice("LIC-01", spdxExpression="Apache-2.0 OR MIT"),
    practice("SRC-01", vcsUrl="https://acme.example/git/acmelib"),
    practice("DOC-01", url="https://acme.example/docs"),
)


def cyclonedx(version: str = "1.6", **component: Any) -> Json:
    """A document with one component, which `component` adds to."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "product", "version": "1.0"}},
        "components": [
            {"type": "library", "name": "zlib", "version": "1.3"},
            {
                "type": "library",
                "bom-ref": "acmelib",
                "name": "acmelib",
                "version": "2.4.1",
                "purl": "pkg:pypi/acmelib@2.4.1",
            }
            | component,
        ],
    }


def spdx_2(**package: Any) -> Json:
    """A document with one package."""
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "product",
        "documentNamespace": "https://acme.example/spdx/1",
        "creationInfo": {"created": "2026-11-20T12:00:00Z", "creators": ["Tool: maker-1.0"]},
        "packages": [
            {
                "SPDXID": "SPDXRef-acmelib",
                "name": "acmelib",
                "versionInfo": "2.4.1",
                "downloadLocation": "NOASSERTION",
                "filesAnalyzed": False,
            }
            | package
        ],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-acmelib",
            }
        ],
    }


PACKAGE: Final = "https://acme.example/spdx/acmelib"


def spdx_3(**package: Any) -> Json:
    """A document with one package."""
    created = "_:creation"
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {
                "type": "CreationInfo",
                "@id": created,
                "specVersion": "3.0.1",
                "created": "2026-11-20T12:00:00Z",
                "createdBy": ["https://acme.example/spdx/maker"],
            },
            {
                "type": "Organization",
                "spdxId": "https://acme.example/spdx/maker",
                "creationInfo": created,
                "name": "acme",
            },
            {
                "type": "software_Package",
                "spdxId": PACKAGE,
                "creationInfo": created,
                "name": "acmelib",
                "software_packageVersion": "2.4.1",
            }
            | package,
        ],
    }


PLACES: Final = {"cyclonedx": "/components/1", "spdx_2": "SPDXRef-acmelib", "spdx_3": PACKAGE}
MAKERS: Final[dict[str, Callable[..., Json]]] = {
    "cyclonedx": cyclonedx,
    "spdx_2": spdx_2,
    "spdx_3": spdx_3,
}
ALL: Final = [*((f"cyclonedx {version}") for version in ("1.5", "1.6", "1.7")), "spdx_2", "spdx_3"]


def sbom(what: str, **component: Any) -> bytes:
    """A document of one of `ALL`, as its maker wrote it."""
    form, _, version = what.partition(" ")
    made = MAKERS[form](version, **component) if version else MAKERS[form](**component)
    return json.dumps(made, indent=2).encode()


def entry_of(what: str, *, version: str = "2.4.1") -> Entry:
    """The component of the document that the declarations are about."""
    return Entry(place=PLACES[what.partition(" ")[0]], name="acmelib", version=version)


def declared(*practices: PracticeEntry, **changed: Any) -> Declared:
    """What a manufacturer knows of a verified bundle."""
    known: dict[str, Any] = {
        "url": URL,
        "bundle_sha256": BUNDLE,
        "payload_sha256": PAYLOAD,
        "valid_until": UNTIL,
        "practices": practices,
    }
    return Declared(**(known | changed))


OWN: Final = {"bundle_sha256": "", "payload_sha256": "", "valid_until": None}
"""What a project does not know before it signs."""


def write(
    data: bytes, *what: Declared, entry: Entry, mirrored: bool = True, in_full: bool = False
) -> tuple[bytes, Written]:
    """The document with the fields, and what was done."""
    document = read_embeddable(data, source="a.json")
    written = embed(document, entry, what, catalogue=CATALOGUE, mirrors=mirrored)
    if in_full:
        for each in what:
            write_declaration(document, entry, each, catalogue=CATALOGUE, written=written)
    return edited(data, document.tree, source="a.json"), written


def element(data: bytes, entry: Entry) -> Json:
    """The object that describes the component."""
    return read_embeddable(data, source="a.json").element(entry.place)


# --- what is written


@pytest.mark.parametrize("what", ALL)
def test_everything_that_is_written_is_valid(what: str) -> None:
    """By the strict validator of the format, and so was the document before."""
    before = sbom(what)
    assert invalid(before) == []
    after, written = write(before, declared(*EVERYTHING, looked_at=UNTIL), entry=entry_of(what))
    assert invalid(after) == []
    assert len(written.added) >= 5


@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize("own", [False, True])
def test_a_second_run_changes_nothing(what: str, *, own: bool) -> None:
    """Neither for a manufacturer nor for the project itself."""
    entry, said = entry_of(what), declared(*EVERYTHING, **(OWN if own else {}))
    in_full = what in {"cyclonedx 1.6", "cyclonedx 1.7"}
    once, first = write(sbom(what), said, entry=entry, in_full=in_full)
    again, second = write(once, said, entry=entry, in_full=in_full)
    assert again == once
    assert first.added
    assert (second.added, second.replaced) == ([], [])


def test_the_pointer_of_cyclonedx() -> None:
    """With the digest of the bundle, and three properties of the component."""
    entry = entry_of("cyclonedx")
    after, _ = write(sbom("cyclonedx 1.6"), declared(looked_at=UNTIL), entry=entry)
    found = element(after, entry)
    assert found["externalReferences"] == [
        {
            "type": "attestation",
            "url": URL,
            "comment": f"in-toto {PREDICATE_TYPE}",
            "hashes": [{"alg": "SHA-256", "content": BUNDLE}],
        }
    ]
    assert found["properties"] == [
        {"name": "avow:payloadSha256", "value": PAYLOAD},
        {"name": "avow:validUntil", "value": "2028-11-20T12:00:00Z"},
        {"name": "avow:lookedAt", "value": "2028-11-20T12:00:00Z"},
    ]


def test_the_pointer_of_spdx_2() -> None:
    """The digest is in the comment, because the format has no field for it."""
    entry = entry_of("spdx_2")
    after, _ = write(sbom("spdx_2"), declared(), entry=entry)
    assert element(after, entry)["externalRefs"] == [
        {
            "referenceCategory": "OTHER",
            "referenceType": "declared-practices",
            "referenceLocator": URL,
            "comment": f"in-toto {PREDICATE_TYPE} sha256:{BUNDLE}",
        }
    ]


def test_the_pointer_of_spdx_3() -> None:
    """With the media type of the bundle."""
    entry = entry_of("spdx_3")
    after, _ = write(sbom("spdx_3"), declared(**OWN), entry=entry)
    assert element(after, entry)["externalRef"] == [
        {
            "type": "ExternalRef",
            "externalRefType": "secureSoftwareAttestation",
            "locator": [URL],
            "comment": f"in-toto {PREDICATE_TYPE}",
            "contentType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        }
    ]


@pytest.mark.parametrize("what", ALL)
def test_a_project_writes_no_digest(what: str) -> None:
    """The bundle does not exist before the SBOM is one of its subjects."""
    after, _ = write(sbom(what), declared(*EVERYTHING, **OWN), entry=entry_of(what))
    assert not re.search(rb"[0-9a-f]{64}", after)
    assert b"avow:" not in after
    assert URL.encode() in after


@pytest.mark.parametrize("what", ALL)
def test_without_mirrors_the_pointer_is_all(what: str) -> None:
    """No fact of the declaration is in the document."""
    after, written = write(sbom(what), declared(*EVERYTHING), entry=entry_of(what), mirrored=False)
    assert not any(word in after for word in (b"advisories", b"declared-practices VUL", b"2029-06-30"))
    assert written.added[0] == f"pointer to {URL}"


def test_each_mirror_of_cyclonedx() -> None:
    """By type and address, with the practice it is from."""
    entry = entry_of("cyclonedx")
    after, _ = write(sbom("cyclonedx 1.7"), declared(*EVERYTHING), entry=entry)
    found = element(after, entry)
    assert [(each["type"], each["url"], each["comment"]) for each in found["externalReferences"][1:]] == [
        ("security-contact", "mailto:security@acme.example", "declared-practices VUL-01"),
        ("security-contact", "https://acme.example/report", "declared-practices VUL-01"),
        ("rfc-9116", "https://acme.example/.well-known/security.txt", "declared-practices VUL-01"),
        ("advisories", "https://acme.example/advisories", "declared-practices VUL-03"),
        ("advisories", "https://acme.example/feed.atom", "declared-practices VUL-04"),
        ("exploitability-statement", "https://acme.example/vex.json", "declared-practices VUL-06"),
        ("support", "https://acme.example/support", "declared-practices SUP-01"),
        ("vcs", "https://acme.example/git/acmelib", "declared-practices SRC-01"),
        ("documentation", "https://acme.example/docs", "declared-practices DOC-01"),
    ]
    assert found["licenses"] == [{"expression": "Apache-2.0 OR MIT", "acknowledgement": "declared"}]
    assert found["properties"][-1] == {
        "name": "cdx:lifecycle:milestone:endOfSupport",
        "value": "2029-06-30",
    }


def test_what_cyclonedx_1_5_does_not_have_yet() -> None:
    """security.txt is a security contact there, and a licence has no acknowledgement."""
    entry = entry_of("cyclonedx")
    after, _ = write(sbom("cyclonedx 1.5"), declared(*EVERYTHING), entry=entry)
    found = element(after, entry)
    assert ("security-contact", "https://acme.example/.well-known/security.txt") in [
        (each["type"], each["url"]) for each in found["externalReferences"]
    ]
    assert found["licenses"] == [{"expression": "Apache-2.0 OR MIT"}]


def test_each_mirror_of_spdx_2() -> None:
    """What has no field is named."""
    entry = entry_of("spdx_2")
    after, written = write(sbom("spdx_2"), declared(*EVERYTHING), entry=entry)
    found = element(after, entry)
    assert [
        (each["referenceCategory"], each["referenceType"], each["referenceLocator"])
        for each in found["externalRefs"][1:]
    ] == [
        ("SECURITY", "url", "https://acme.example/report"),
        ("SECURITY", "url", "https://acme.example/.well-known/security.txt"),
        ("SECURITY", "advisory", "https://acme.example/advisories"),
        ("SECURITY", "advisory", "https://acme.example/feed.atom"),
        ("SECURITY", "url", "https://acme.example/vex.json"),
    ]
    assert found["validUntilDate"] == "2029-06-30T23:59:59Z"
    assert found["licenseDeclared"] == "Apache-2.0 OR MIT"
    assert found["downloadLocation"] == "NOASSERTION"
    assert [each.split(":")[0] for each in written.left] == [
        "VUL-01 security contact mailto",
        "SUP-01 support policy https",
        "SRC-01 source https",
        "DOC-01 documentation https",
    ]


def test_each_mirror_of_spdx_3() -> None:
    """The licence is an element of its own, with a relationship to it."""
    entry = entry_of("spdx_3")
    after, _ = write(sbom("spdx_3"), declared(*EVERYTHING), entry=entry)
    found = element(after, entry)
    assert [each["externalRefType"] for each in found["externalRef"]] == [
        "secureSoftwareAttestation",
        "securityOther",
        "securityOther",
        "securityPolicy",
        "securityAdvisory",
        "securityAdvisory",
        "vulnerabilityExploitabilityAssessment",
        "support",
        "vcs",
        "documentation",
    ]
    assert (found["validUntilTime"], found["supportLevel"]) == ("2029-06-30T23:59:59Z", ["support"])
    licence, relationship = json.loads(after)["@graph"][-2:]
    assert licence["simplelicensing_licenseExpression"] == "Apache-2.0 OR MIT"
    assert (relationship["from"], relationship["relationshipType"], relationship["to"]) == (
        PACKAGE,
        "hasDeclaredLicense",
        [licence["spdxId"]],
    )


@pytest.mark.parametrize("form", list(Form))
def test_the_page_names_every_type(form: Form) -> None:
    """The tables of the specification and those of the code are the same."""
    for types in LINK_TYPES[form].values():
        for name in types:
            assert f"`{name}`" in PAGE, name


# --- what is not written


@pytest.mark.parametrize("status", ["notImplemented", "notApplicable", None])
def test_facts_of_what_is_not_in_place_are_not_mirrored(status: str | None) -> None:
    """The project says that it does not keep the list."""
    said = declared(
        practice("VUL-03", status, listUrl="https://acme.example/advisories"),
        practice("LIC-01", status, spdxExpression="MIT"),
    )
    after, _ = write(sbom("cyclonedx 1.6"), said, entry=entry_of("cyclonedx"))
    assert b'"advisories"' not in after
    assert b"MIT" not in after


def test_a_licence_of_a_part_is_not_that_of_the_component() -> None:
    """A partial answer mirrors links alone."""
    said = declared(
        practice("VUL-03", "partiallyImplemented", listUrl="https://acme.example/advisories"),
        practice("LIC-01", "partiallyImplemented", spdxExpression="MIT"),
    )
    after, _ = write(sbom("cyclonedx 1.6"), said, entry=entry_of("cyclonedx"))
    assert b'"advisories"' in after
    assert b"MIT" not in after


@pytest.mark.parametrize("facts", [{}, {"spdxExpression": "no licence"}])
def test_a_licence_that_is_not_an_expression(facts: Json) -> None:
    """It is not mirrored."""
    after, _ = write(sbom("spdx_2"), declared(practice("LIC-01", **facts)), entry=entry_of("spdx_2"))
    assert "licenseDeclared" not in element(after, entry_of("spdx_2"))


def test_a_public_contact_is_not_a_security_contact() -> None:
    """Whoever follows it would publish the report."""
    said = declared(
        practice(
            "VUL-01", privateReporting=False, contacts=[{"kind": "web", "value": "https://acme.example/i"}]
        )
    )
    after, written = write(sbom("cyclonedx 1.6"), said, entry=entry_of("cyclonedx"))
    assert b"security-contact" not in after
    assert written.left


@pytest.mark.parametrize(
    "facts",
    [
        {"listUrl": "javascript:alert(1)"},
        {"listUrl": "https://acme.example/a b"},
        {"listUrl": ["https://acme.example/a"]},
        {"listUrl": {"url": 1}},
    ],
)
def test_a_fact_that_is_not_what_the_catalogue_says_is_left_out(facts: Json) -> None:
    """And named."""
    after, written = write(sbom("spdx_2"), declared(practice("VUL-03", **facts)), entry=entry_of("spdx_2"))
    assert len(element(after, entry_of("spdx_2"))["externalRefs"]) == 1
    assert [each.split(":")[0] for each in written.left] == ["VUL-03 listUrl"]


def test_hostile_addresses_stay_text() -> None:
    """Quotes and control characters can't end a string; nothing else in the document changes."""
    hostile = 'https://acme.example/"}],"components":[{'
    before = sbom("cyclonedx 1.6")
    after, _ = write(before, declared(practice("VUL-03", listUrl=hostile)), entry=entry_of("cyclonedx"))
    assert json.loads(after)["components"][0] == json.loads(before)["components"][0]
    assert hostile in [each["url"] for each in element(after, entry_of("cyclonedx"))["externalReferences"]]


@pytest.mark.parametrize(
    ("version", "until"),
    [("9.9", "2029-06-30"), ("", "2029-06-30"), ("2.4.1", "bestEffort"), ("2.4.1", "untilNext")],
)
@pytest.mark.parametrize("what", ALL)
def test_no_end_of_support_without_a_day_for_this_version(what: str, version: str, until: str) -> None:
    """Another line's day, or a word, is not a date."""
    said = declared(practice("SUP-01", lines=[{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": until}]))
    after, _ = write(sbom(what), said, entry=entry_of(what, version=version))
    assert not re.search(rb"endOfSupport|validUntil(Date|Time)|2029", after.replace(b"avow:validUntil", b""))
    assert (b'"support"' in after) == (what == "spdx_3" and until == "untilNext")


def test_two_lines_of_one_provider_say_nothing() -> None:
    """Which one counts is not known."""
    lines = [{"versions": "vers:pypi/>=2", "securityUntil": day} for day in ("2029-01-01", "2030-01-01")]
    _, written = write(sbom("spdx_2"), declared(practice("SUP-01", lines=lines)), entry=entry_of("spdx_2"))
    assert written.left == ["SUP-01 lines: 2 release lines contain version 2.4.1"]


def test_support_that_has_ended() -> None:
    """SPDX 3 has a word for it, and the other formats only a day."""
    said = declared(practice("SUP-01", lines=[{"versions": "vers:pypi/>=2.4", "securityUntil": "ended"}]))
    after, _ = write(sbom("spdx_3"), said, entry=entry_of("spdx_3"))
    assert element(after, entry_of("spdx_3"))["supportLevel"] == ["endOfSupport"]
    assert invalid(after) == []
    after, _ = write(sbom("cyclonedx 1.6"), said, entry=entry_of("cyclonedx"))
    assert b"lifecycle" not in after


# --- what others wrote


OTHERS: Final[dict[str, Json]] = {
    "cyclonedx 1.6": {
        "licenses": [{"license": {"id": "BSD-3-Clause"}}],
        "properties": [
            {"name": "cdx:lifecycle:milestone:endOfSupport", "value": "2027-01-01"},
            {"name": "avow:other", "value": "x"},
        ],
        "externalReferences": [
            {"type": "attestation", "url": "https://other.example/provenance.json"},
            {"type": "advisories", "url": "https://acme.example/advisories"},
            {
                "type": "attestation",
                "url": "https://acme.example/own.json",
                "comment": f"in-toto {PREDICATE_TYPE}",
            },
        ],
    },
    "spdx_2": {
        "licenseDeclared": "NOASSERTION",
        "validUntilDate": "2027-01-01T00:00:00Z",
        "externalRefs": [
            {
                "referenceCategory": "SECURITY",
                "referenceType": "advisory",
                "referenceLocator": "https://acme.example/advisories",
            },
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": "pkg:pypi/acmelib@2.4.1",
            },
        ],
    },
    "spdx_3": {
        "validUntilTime": "2027-01-01T00:00:00Z",
        "supportLevel": ["limitedSupport"],
        "externalRef": [
            {
                "type": "ExternalRef",
                "externalRefType": "securityAdvisory",
                "locator": ["https://acme.example/advisories"],
            }
        ],
    },
}


@pytest.mark.parametrize("what", list(OTHERS))
def test_nothing_of_others_is_changed(what: str) -> None:
    """What the document says stays, also where the declaration says something else, and that is reported."""
    entry, before = entry_of(what), sbom(what, **OTHERS[what])
    after, written = write(before, declared(*EVERYTHING), entry=entry)
    kept = element(after, entry)
    for name, value in OTHERS[what].items():
        known = kept[name]
        assert known[: len(value)] == value if isinstance(value, list) else known == value
    assert after.count(b'"https://acme.example/advisories"') == 1
    assert any("already says" in each for each in written.left)
    assert invalid(after) == []


def test_a_licence_relationship_of_others_stays() -> None:
    """SPDX 3 has licences in relationships."""
    document = spdx_3()
    document["@graph"].append(
        {
            "type": "Relationship",
            "spdxId": "https://acme.example/spdx/licence",
            "creationInfo": "_:creation",
            "relationshipType": "hasDeclaredLicense",
            "from": PACKAGE,
            "to": ["https://spdx.org/licenses/MIT"],
        }
    )
    after, written = write(
        json.dumps(document).encode(),
        declared(practice("LIC-01", spdxExpression="MIT")),
        entry=entry_of("spdx_3"),
    )
    assert len(json.loads(after)["@graph"]) == len(document["@graph"])
    assert written.left == ["LIC-01 MIT: the document already says another hasDeclaredLicense"]


@pytest.mark.parametrize("missing", ["creationInfo", "spdxId"])
def test_a_licence_that_nothing_can_refer_to_is_left_out(missing: str) -> None:
    """A new element needs the package's id and its creation information."""
    document = spdx_3()
    package = document["@graph"][-1]
    if missing == "spdxId":
        package["@id"] = package.pop("spdxId")
    else:
        package["creationInfo"] = {"type": "CreationInfo"}
    said = declared(practice("LIC-01", spdxExpression="MIT"))
    _, written = write(json.dumps(document).encode(), said, entry=entry_of("spdx_3"))
    assert [each.partition(":")[0] for each in written.left] == ["LIC-01"]


def test_an_empty_list_of_licences_is_filled() -> None:
    """It says nothing."""
    entry = entry_of("cyclonedx")
    said = declared(practice("LIC-01", spdxExpression="MIT"))
    after, _ = write(sbom("cyclonedx 1.6", licenses=[]), said, entry=entry)
    assert element(after, entry)["licenses"] == [{"expression": "MIT", "acknowledgement": "declared"}]


# --- a later run


@pytest.mark.parametrize("what", ALL)
def test_a_newer_bundle_replaces_the_pointer(what: str) -> None:
    """The earlier address, digest, dates and mirrors are gone, and what others wrote is still there."""
    entry = entry_of(what)
    once, _ = write(sbom(what, **OTHERS.get(what, {})), declared(*EVERYTHING, looked_at=UNTIL), entry=entry)
    newer = declared(
        practice("VUL-03", listUrl="https://acme.example/news"),
        practice("LIC-01", spdxExpression="MIT"),
        url="https://acme.example/new.sigstore.json",
        bundle_sha256="ee" * 32,
        payload_sha256="ff" * 32,
        valid_until=UNTIL + timedelta(days=1),
    )
    after, written = write(once, newer, entry=entry)
    assert invalid(after) == []
    assert not any(
        old.encode() in after for old in (URL, BUNDLE, PAYLOAD, "avow:lookedAt", "acme.example/report")
    )
    assert b"https://acme.example/news" in after
    assert written.replaced
    if what in OTHERS:
        references = json.dumps(element(after, entry))
        assert "https://acme.example/advisories" in references


def test_the_licence_of_an_earlier_run_is_replaced_in_spdx_3() -> None:
    """It is known by its identifier."""
    entry = entry_of("spdx_3")
    once, _ = write(sbom("spdx_3"), declared(practice("LIC-01", spdxExpression="MIT")), entry=entry)
    after, written = write(once, declared(practice("LIC-01", spdxExpression="ISC")), entry=entry)
    assert [each.get("simplelicensing_licenseExpression") for each in json.loads(after)["@graph"]][
        -2
    ] == "ISC"
    assert written.replaced == ["declared licence ISC (LIC-01)"]


def test_the_projects_own_pointer_is_completed_at_the_same_address() -> None:
    """And stays at another one: it leads to where the project publishes."""
    entry = entry_of("cyclonedx")
    own, _ = write(sbom("cyclonedx 1.6"), declared(**OWN), entry=entry)
    completed, _ = write(own, declared(), entry=entry)
    assert [each["url"] for each in element(completed, entry)["externalReferences"]] == [URL]
    mirrored, _ = write(own, declared(url="https://mirror.example/a.sigstore.json"), entry=entry)
    assert [each["url"] for each in element(mirrored, entry)["externalReferences"]] == [
        URL,
        "https://mirror.example/a.sigstore.json",
    ]


def test_the_time_of_the_last_look_stays_with_its_statement() -> None:
    """A run that does not say when somebody looked does not take it away."""
    entry = entry_of("cyclonedx")
    once, _ = write(sbom("cyclonedx 1.6"), declared(looked_at=UNTIL), entry=entry)
    again, _ = write(once, declared(), entry=entry)
    assert again == once
    other, _ = write(once, declared(payload_sha256="ee" * 32), entry=entry)
    assert b"avow:lookedAt" not in other


def test_two_declarations_of_one_component() -> None:
    """Both are pointed to, and the next run with one of them keeps that one alone."""
    entry = entry_of("cyclonedx")
    other = declared(url="https://b.example/b.json", bundle_sha256="ee" * 32, payload_sha256="ff" * 32)
    both, _ = write(sbom("cyclonedx 1.6"), declared(), other, entry=entry)
    found = element(both, entry)
    assert [each["url"] for each in found["externalReferences"]] == [URL, "https://b.example/b.json"]
    assert [each["value"] for each in found["properties"]][:2] == [PAYLOAD, "ff" * 32]
    one, _ = write(both, other, entry=entry)
    found = element(one, entry)
    assert [each["url"] for each in found["externalReferences"]] == ["https://b.example/b.json"]
    assert [each["value"] for each in found["properties"]] == ["ff" * 32, "2028-11-20T12:00:00Z"]


# --- the whole declaration


FULL: Final = (
    *EVERYTHING,
    practice("TST-03", "partiallyImplemented").model_copy(
        update={"coverage": "the parser", "note": "since 2.0"}
    ),
    practice("TST-04", "notImplemented"),
    practice("DEP-01", "notApplicable").model_copy(
        update={"reason": "noDependencies", "justification": "it has none"}
    ),
    practice("GOV-04", None, lastRelease="2026-01-01"),
    practice("XXX-99"),
    PracticeEntry.model_validate(
        {
            "id": "SRC-05",
            "status": "implemented",
            "evidence": [
                {
                    "type": "repoFile",
                    "note": "the policy",
                    "retrievedAt": "2026-11-20T12:00:00Z",
                    "resource": {"uri": "https://acme.example/SECURITY.md", "digest": {"sha256": "aa" * 32}},
                },
                {"type": "humanStatement", "resource": {"name": "minutes"}},
            ],
        }
    ),
)


@pytest.mark.parametrize("what", ["cyclonedx 1.6", "cyclonedx 1.7"])
def test_the_whole_declaration(what: str) -> None:
    """Each status as the page says, valid, and with the note that the signed one prevails."""
    entry = entry_of(what)
    after, written = write(sbom(what), declared(*FULL), entry=entry, in_full=True)
    assert invalid(after) == []
    document = json.loads(after)
    (standard,) = document["definitions"]["standards"]
    assert standard["version"] == CATALOGUE.version
    assert standard["externalReferences"][0]["url"] == CATALOGUE.uri
    (attestation,) = document["declarations"]["attestations"]
    assert "the signed declaration prevails" in attestation["summary"]
    assert "assessor" not in attestation
    mapped = {each["requirement"].rpartition(":")[2]: each for each in attestation["map"]}
    assert mapped["VUL-03"]["conformance"] == {"score": 1}
    assert mapped["VUL-03"]["claims"] == ["avow:acmelib#VUL-03"]
    assert mapped["TST-03"]["conformance"] == {"rationale": "the parser"}
    assert mapped["TST-04"]["conformance"] == {"score": 0}
    assert mapped["TST-04"]["counterClaims"] == ["avow:acmelib#TST-04"]
    assert mapped["DEP-01"] == {
        "requirement": mapped["DEP-01"]["requirement"],
        "conformance": {"rationale": "not applicable: noDependencies: it has none"},
    }
    assert not {"GOV-04", "XXX-99"} & mapped.keys()
    assert "confidence" not in after.decode()
    claims = {each["bom-ref"]: each for each in document["declarations"]["claims"]}
    assert {each["target"] for each in claims.values()} == {"acmelib"}
    assert "avow:acmelib#DEP-01" not in claims
    assert claims["avow:acmelib#TST-04"]["predicate"].startswith("not in place: ")
    assert claims["avow:acmelib#TST-03"]["reasoning"] == "since 2.0"
    shown = claims["avow:acmelib#SRC-05"]
    assert shown["externalReferences"] == [
        {
            "type": "evidence",
            "url": "https://acme.example/SECURITY.md",
            "hashes": [{"alg": "SHA-256", "content": "aa" * 32}],
        }
    ]
    assert shown["evidence"] == [each["bom-ref"] for each in document["declarations"]["evidence"]]
    requirements = {each["bom-ref"] for each in standard["requirements"]}
    assert {each["requirement"] for each in attestation["map"]} <= requirements
    assert any("whole declaration" in each for each in written.added)


def test_a_declaration_in_full_replaces_the_earlier_one() -> None:
    """Of this component: that of another one, and what others declare, stays."""
    document = cyclonedx()
    document["declarations"] = {
        "claims": [{"bom-ref": "theirs", "target": "zlib"}],
        "attestations": [{"summary": "theirs"}],
    }
    document["definitions"] = {"standards": [{"bom-ref": "theirs-standard", "name": "theirs"}]}
    before = json.dumps(document).encode()
    once, _ = write(before, declared(*FULL), entry=entry_of("cyclonedx"), in_full=True)
    both, _ = write(
        once, declared(practice("VUL-03")), entry=Entry(place="/components/0", version="1.3"), in_full=True
    )
    after, _ = write(both, declared(practice("VUL-03")), entry=entry_of("cyclonedx"), in_full=True)
    found = json.loads(after)
    assert invalid(after) == []
    assert [each["bom-ref"] for each in found["declarations"]["claims"]] == [
        "theirs",
        "avow:acmelib#VUL-03",
        "avow:avow:component:/components/0#VUL-03",
    ]
    assert [each["summary"].partition(":")[0] for each in found["declarations"]["attestations"]] == [
        "theirs",
        "Declared practices of acmelib",
        "Declared practices of avow",
    ]
    assert len(found["definitions"]["standards"]) == 2
    assert found["declarations"]["evidence"] == []
    assert found["components"][0]["bom-ref"] == "avow:component:/components/0"


def test_a_partial_practice_without_its_coverage() -> None:
    """The statement may lack it; the document is valid all the same."""
    said = declared(practice("TST-03", "partiallyImplemented"))
    after, _ = write(sbom("cyclonedx 1.6"), said, entry=entry_of("cyclonedx"), in_full=True)
    assert b'"rationale": "in place for a part"' in after


@pytest.mark.parametrize("what", ["cyclonedx 1.5", "spdx_2", "spdx_3"])
def test_formats_without_a_place_for_it(what: str) -> None:
    """They are refused with what to do."""
    document = read_embeddable(sbom(what), source="a.json")
    with pytest.raises(InputInvalid) as refused:
        require_declarations(document)
    assert "--declarations" in refused.value.hint


def test_a_format_with_a_place_for_it() -> None:
    """CycloneDX 1.6 has one."""
    require_declarations(read_embeddable(sbom("cyclonedx 1.6"), source="a.json"))


@pytest.mark.parametrize(
    "broken",
    [{"declarations": []}, {"definitions": {"standards": {"a": 1}}}, {"declarations": {"claims": {"a": 1}}}],
)
def test_a_broken_part_is_refused(broken: Json) -> None:
    """Nothing is guessed, and nothing is replaced."""
    data = json.dumps(cyclonedx() | broken).encode()
    with pytest.raises(InputInvalid):
        write(data, declared(*FULL), entry=entry_of("cyclonedx"), in_full=True)


# --- documents


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(b'\xef\xbb\xbf  <?xml version="1.0"?><bom/>', "convert", id="XML"),
        pytest.param(b"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", "pyspdxtools", id="tag-value"),
        pytest.param(b'{"bomFormat": "CycloneDX", "specVersion": "1.4"}', "1.6", id="CycloneDX 1.4"),
        pytest.param(b'{"bomFormat": "CycloneDX", "specVersion": "2.0"}', "1.6", id="CycloneDX 2.0"),
        pytest.param(b'{"bomFormat": "CycloneDX"}', "1.6", id="CycloneDX without a version"),
        pytest.param(b'{"spdxVersion": "SPDX-2.2"}', "SPDX 2.3", id="SPDX 2.2"),
        pytest.param(b'{"@context": "https://spdx.org/rdf/4/x", "@graph": []}', "3.0.1", id="SPDX 4"),
        pytest.param(
            b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}',
            "@context",
            id="SPDX 3, no graph",
        ),
        pytest.param(b'{"a": 1}', "CycloneDX", id="other JSON"),
        pytest.param(b"[]", "CycloneDX", id="an array"),
    ],
)
def test_other_documents_are_refused(data: bytes, word: str) -> None:
    """Each with what to do."""
    with pytest.raises(InputInvalid) as refused:
        read_embeddable(data, source="a.json")
    assert word in refused.value.hint


@pytest.mark.parametrize(
    ("what", "name"),
    [("cyclonedx 1.6", "externalReferences"), ("spdx_2", "externalRefs"), ("spdx_3", "externalRef")],
)
def test_something_else_in_the_place_of_a_list(what: str, name: str) -> None:
    """It is refused, and not replaced."""
    with pytest.raises(InputInvalid):
        write(sbom(what, **{name: {"a": 1}}), declared(*EVERYTHING), entry=entry_of(what))


def test_items_that_are_no_objects_stay() -> None:
    """A list may have a broken item."""
    entry = entry_of("cyclonedx")
    after, _ = write(
        sbom("cyclonedx 1.6", externalReferences=["x"], properties=[7]), declared(*EVERYTHING), entry=entry
    )
    assert element(after, entry)["externalReferences"][0] == "x"
    assert element(after, entry)["properties"][0] == 7


@pytest.mark.parametrize(
    ("what", "name", "reference"),
    [
        ("cyclonedx 1.6", "externalReferences", {"type": ["attestation"], "url": {}, "comment": 7}),
        ("spdx_2", "externalRefs", {"referenceCategory": {}, "referenceType": [], "referenceLocator": {}}),
        ("spdx_3", "externalRef", {"externalRefType": [], "locator": [{}], "comment": []}),
        ("spdx_3", "externalRef", {"locator": {}, "comment": "declared-practices VUL-03"}),
    ],
)
def test_fields_of_any_type(what: str, name: str, reference: Json) -> None:
    """What is not a text is nobody's pointer."""
    after, written = write(sbom(what, **{name: [reference]}), declared(*EVERYTHING), entry=entry_of(what))
    assert json.loads(after)
    assert written.added


@pytest.mark.parametrize(
    "place",
    ["/components/7", "/components/x", "/components/0/name", "/nowhere", "/components/0/name/x", "nowhere"],
)
def test_a_place_that_is_not_in_the_document(place: str) -> None:
    """It can't be written to."""
    with pytest.raises(InputInvalid):
        write(sbom("cyclonedx 1.6"), declared(), entry=Entry(place=place))


def test_a_pointer_with_escapes() -> None:
    """A place in a document may have a slash in its name."""
    document = EmbeddableSbom("a", Form.CYCLONEDX, "1.6", {"a/b": {"c~d": {}}}, {})
    assert document.element("/a~1b/c~0d") == {}


def test_elements_with_one_identifier() -> None:
    """They are told apart by their number, as in the inventory."""
    document = spdx_2()
    document["packages"] += [copy.deepcopy(document["packages"][0]), {"name": "none"}, 7]
    after, _ = write(json.dumps(document).encode(), declared(), entry=Entry(place="SPDXRef-acmelib#2"))
    packages = json.loads(after)["packages"]
    assert ("externalRefs" in packages[0], "externalRefs" in packages[1]) == (False, True)


def test_a_document_without_packages() -> None:
    """There is nothing to write to."""
    document = read_embeddable(b'{"spdxVersion": "SPDX-2.3"}', source="a.json")
    assert document.elements == {}


# --- reading back


def inventory(
    *entries: Entry, roots: tuple[Entry, ...] = (), references: tuple[Reference, ...] = ()
) -> Inventory:
    """An inventory with these entries."""
    return Inventory(
        source="a.json", sha256="", format="", entries=entries, roots=roots, references=references
    )


def reference(kind: str = "attestation", **changed: Any) -> Reference:
    """A pointer as an inventory has it."""
    known: dict[str, Any] = {"url": URL, "comment": f"in-toto {PREDICATE_TYPE}"}
    return Reference(kind=kind, **(known | changed))


SHA256: Final = (StatedDigest(algorithm="sha256", value=BUNDLE),)


def test_a_pointer_is_read_back() -> None:
    """With its properties, by whichever format has it."""
    entry = Entry(
        place="/components/0",
        name="acmelib",
        version="2.4.1",
        purl="pkg:pypi/acmelib@2.4.1",
        references=(reference(digests=SHA256), reference("vcs")),
        properties=(("avow:payloadSha256", PAYLOAD), ("avow:validUntil", "v"), ("avow:lookedAt", "l")),
    )
    assert pointers(inventory(entry)) == (
        SbomPointer(
            place="/components/0",
            name="acmelib",
            version="2.4.1",
            purl="pkg:pypi/acmelib@2.4.1",
            url=URL,
            predicate_type=PREDICATE_TYPE,
            sha256=BUNDLE,
            payload_sha256=PAYLOAD,
            valid_until="v",
            looked_at="l",
        ),
    )


@pytest.mark.parametrize("kind", ["declared-practices", "secureSoftwareAttestation"])
def test_a_digest_in_the_comment(kind: str) -> None:
    """As the formats have it that lack a field."""
    comment = f"in-toto {PREDICATE_TYPE} sha256:{BUNDLE}"
    (found,) = pointers(inventory(Entry(place="x", references=(reference(kind, comment=comment),))))
    assert (found.sha256, found.predicate_type) == (BUNDLE, PREDICATE_TYPE)


def test_a_statement_that_does_not_say_what_it_is() -> None:
    """It is a pointer to something."""
    (found,) = pointers(inventory(Entry(place="x", references=(reference(comment="provenance"),))))
    assert found.predicate_type == ""


def test_properties_belong_to_pointers_in_order() -> None:
    """And to none if their numbers differ."""
    both = (reference(digests=SHA256), reference(url="https://b.example/b", digests=SHA256))
    two = Entry(
        place="x", references=both, properties=(("avow:payloadSha256", "1"), ("avow:payloadSha256", "2"))
    )
    one = Entry(place="y", references=both, properties=(("avow:payloadSha256", "1"),))
    assert [each.payload_sha256 for each in pointers(inventory(two, one))] == ["1", "2", "", ""]


def test_references_of_the_document_are_not_counted_twice() -> None:
    """An inventory may have those of the root as its own, too."""
    root = Entry(place="/metadata/component", references=(reference(),))
    other = reference(url="https://b.example/b")
    found = pointers(inventory(roots=(root,), references=(reference(), other)))
    assert [(each.place, each.url) for each in found] == [
        ("/metadata/component", URL),
        ("", "https://b.example/b"),
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (URL, "acmelib-2.4.1.practices.sigstore.json"),
        ("https://a.example/x%2By%20z.json?raw=1#top", "x+y z.json"),
        ("https://a.example/%ff%zz", "\ufffd%zz"),
        ("https://a.example/", ""),
        ("a.json", "a.json"),
    ],
)
def test_the_file_name_of_a_url(url: str, name: str) -> None:
    """Without query and fragment, and with its escapes resolved."""
    assert SbomPointer(place="", name="", version="", purl="", url=url, predicate_type="").file_name == name


def test_a_digest_decides_and_a_name_proposes() -> None:
    """A bundle with another digest is not meant, whatever its name is."""
    by_name = SbomPointer(place="", name="", version="", purl="", url=URL, predicate_type="")
    by_digest = SbomPointer(place="", name="", version="", purl="", url=URL, predicate_type="", sha256=BUNDLE)
    name = "acmelib-2.4.1.practices.sigstore.json"
    assert by_name.leads_to(name, "00" * 32)
    assert not by_name.leads_to("", BUNDLE)
    assert by_digest.leads_to("renamed.json", BUNDLE)
    assert not by_digest.leads_to(name, "00" * 32)


def test_mirrors_are_read_back() -> None:
    """By their comment; the end of support beside a pointer."""
    date = (("cdx:lifecycle:milestone:endOfSupport", "2029-06-30"), ("avow:validUntil", "v"))
    copied = Reference(kind="vcs", url="https://acme.example/git", comment="declared-practices SRC-01")
    with_pointer = Entry(place="x", references=(reference(), copied), properties=date)
    without = Entry(place="y", properties=date)
    assert [
        (each.place, each.practice, each.kind, each.value)
        for each in mirrors(inventory(with_pointer, without))
    ] == [
        ("x", "SRC-01", "vcs", "https://acme.example/git"),
        ("x", "SUP-01", "cdx:lifecycle:milestone:endOfSupport", "2029-06-30"),
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "in-toto https://slsa.dev/provenance/v1",
        f"in-toto {PREDICATE_TYPE} sha256:AB",
        f" in-toto {PREDICATE_TYPE}",
    ],
)
def test_a_comment_that_is_not_ours(comment: str) -> None:
    """It has to be the very text."""
    assert pointer_comment(comment) is None


def test_every_link_has_a_type_in_some_format() -> None:
    """And a pointer in each."""
    assert all(Link.DECLARATION in types for types in LINK_TYPES.values())
    assert {link for types in LINK_TYPES.values() for link in types} == set(Link)
