"""What is written into an SBOM about a declaration."""

from __future__ import annotations

import copy
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from support.embedded import (
    ALL,
    BUNDLE,
    EVERYTHING,
    OWN,
    PACKAGE,
    PAYLOAD,
    UNTIL,
    URL,
    Json,
    cyclonedx,
    declared,
    element,
    entry_of,
    practice,
    sbom,
    spdx_2,
    spdx_3,
    write,
)
from support.sbom_validators import invalid

from avow.errors import InputInvalid
from avow.sbom.fields import LINK_TYPES, EmbeddableSbom, Form, read_embeddable
from avow.sbom.inventory import Entry
from avow.statement.types import PREDICATE_TYPE

PAGE: Final = (Path(__file__).parents[3] / "predicates" / "sbom-fields.md").read_text(encoding="utf-8")


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
        "licenseDeclared": "NONE",
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
    assert written.removed
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


def test_properties_are_in_the_order_of_the_pointers() -> None:
    """One that was there keeps its place, so a new one comes after it, in whatever order they are given."""
    entry = entry_of("cyclonedx")
    other = declared(url="https://b.example/b.json", bundle_sha256="ee" * 32, payload_sha256="ff" * 32)
    once, _ = write(sbom("cyclonedx 1.6"), other, entry=entry)
    both, _ = write(once, declared(), other, entry=entry)
    found = element(both, entry)
    assert [each["url"] for each in found["externalReferences"]] == [other.url, URL]
    payloads = [each["value"] for each in found["properties"] if each["name"] == "avow:payloadSha256"]
    assert payloads == ["ff" * 32, PAYLOAD]
    assert write(both, other, declared(), entry=entry)[0] == both


def test_a_look_at_one_of_two_statements_can_not_be_kept() -> None:
    """Each property is there for every pointer, or for none."""
    entry = entry_of("cyclonedx")
    other = declared(url="https://b.example/b.json", bundle_sha256="ee" * 32, payload_sha256="ff" * 32)
    once, _ = write(sbom("cyclonedx 1.6"), declared(looked_at=UNTIL), entry=entry)
    both, written = write(once, declared(), other, entry=entry)
    assert b"avow:lookedAt" not in both
    assert written.removed == ["avow:lookedAt"]


@pytest.mark.parametrize("what", ALL)
def test_each_removed_reference_is_named(what: str) -> None:
    """By its type and address, whoever wrote it; one that gives its place to a new one as well."""
    entry = entry_of(what)
    other = declared(url="https://b.example/b.json", bundle_sha256="ee" * 32, payload_sha256="ff" * 32)
    both, _ = write(sbom(what), declared(*EVERYTHING), other, entry=entry)
    _, written = write(both, other, entry=entry)
    assert any(each.endswith(f" {URL}") for each in written.removed)
    assert any(
        "advisor" in each.lower() and each.endswith("https://acme.example/feed.atom")
        for each in written.removed
    )
    once, _ = write(sbom(what), declared(), entry=entry)
    _, written = write(once, other, entry=entry)
    assert any(f" {URL} with pointer to {other.url}" in each for each in written.replaced)


def test_a_project_at_the_address_of_a_pinned_pointer() -> None:
    """The digest goes, and with it the properties, which would belong to nothing."""
    entry = entry_of("cyclonedx")
    once, _ = write(sbom("cyclonedx 1.6"), declared(looked_at=UNTIL), entry=entry)
    own, written = write(once, declared(**OWN), entry=entry)
    assert b"avow:" not in own
    assert written.removed == ["avow:payloadSha256", "avow:validUntil", "avow:lookedAt"]


def test_a_project_beside_a_pinned_pointer() -> None:
    """What says more of it stays; of two, only that of the other one."""
    entry = entry_of("cyclonedx")
    other = declared(url="https://b.example/b.json", bundle_sha256="ee" * 32, payload_sha256="ff" * 32)
    both, _ = write(sbom("cyclonedx 1.6"), declared(looked_at=UNTIL), other, entry=entry)
    own = declared(**(OWN | {"url": "https://c.example/c.json"}))
    beside, written = write(both, own, entry=entry)
    assert (written.replaced, written.removed) == ([], [])
    assert element(beside, entry)["properties"] == element(both, entry)["properties"]
    instead, _ = write(both, declared(**OWN), entry=entry)
    assert [each["value"] for each in element(instead, entry)["properties"]] == [
        "ff" * 32,
        "2028-11-20T12:00:00Z",
    ]


def test_properties_without_a_pointer_go() -> None:
    """They belong to nothing."""
    entry = entry_of("cyclonedx")
    orphan = {"name": "avow:payloadSha256", "value": PAYLOAD}
    after, written = write(sbom("cyclonedx 1.6", properties=[orphan]), declared(**OWN), entry=entry)
    assert "properties" not in element(after, entry)
    assert written.removed == ["avow:payloadSha256"]


@pytest.mark.parametrize("hashes", [[{"alg": "SHA-512", "content": "ab" * 64}], [7], "x", {"a": 1}])
def test_a_pointer_with_another_or_a_damaged_digest(hashes: object) -> None:
    """It is one with a digest: a manufacturer's run replaces it, and a project's leaves it."""
    entry = entry_of("cyclonedx")
    pointer = {"type": "attestation", "url": "https://x.example/x", "comment": f"in-toto {PREDICATE_TYPE}"}
    before = sbom("cyclonedx 1.6", externalReferences=[pointer | {"hashes": hashes}])
    after, _ = write(before, declared(), entry=entry)
    assert [each["url"] for each in element(after, entry)["externalReferences"]] == [URL]
    after, _ = write(before, declared(**OWN), entry=entry)
    assert element(after, entry)["externalReferences"][0]["hashes"] == hashes


@pytest.mark.parametrize(
    ("what", "name", "reference"),
    [
        ("spdx_2", "externalRefs", {"referenceType": "x", "comment": f"in-toto {PREDICATE_TYPE}"}),
        (
            "spdx_2",
            "externalRefs",
            {"referenceType": "declared-practices", "comment": f"in-toto {PREDICATE_TYPE} sha256:ab"},
        ),
        (
            "cyclonedx 1.6",
            "externalReferences",
            {"type": "attestation", "comment": f"in-toto {PREDICATE_TYPE}, see it", "hashes": [{"a": 1}]},
        ),
        (
            "cyclonedx 1.6",
            "externalReferences",
            {
                "type": "attestation",
                "comment": "in-toto https://slsa.dev/provenance/v1",
                "hashes": [{"a": 1}],
            },
        ),
        ("cyclonedx 1.6", "externalReferences", {"type": "website", "comment": "declared-practices VUL-03"}),
        ("cyclonedx 1.6", "externalReferences", {"type": "vcs", "comment": "declared-practices XXX-99"}),
    ],
)
def test_what_only_looks_like_ours_stays(what: str, name: str, reference: Json) -> None:
    """Type and comment have to be those of the table."""
    after, _ = write(sbom(what, **{name: [reference]}), declared(*EVERYTHING), entry=entry_of(what))
    assert element(after, entry_of(what))[name][0] == reference


def test_a_category_is_not_looked_at() -> None:
    """A pointer of SPDX 2.3 is known by its type and comment."""
    entry = entry_of("spdx_2")
    pointer = {
        "referenceCategory": "SECURITY",
        "referenceType": "https://x.example/spdx#declared-practices",
        "referenceLocator": "https://x.example/x",
        "comment": f"in-toto {PREDICATE_TYPE} sha256:{BUNDLE}",
    }
    after, _ = write(sbom("spdx_2", externalRefs=[pointer]), declared(), entry=entry)
    assert [each["referenceLocator"] for each in element(after, entry)["externalRefs"]] == [URL]


def test_single_values_of_spdx_3() -> None:
    """Its schema allows them where there may be several: they are read, kept, and joined by ours."""
    entry = entry_of("spdx_3")
    theirs = {"type": "ExternalRef", "externalRefType": "vcs", "locator": "https://acme.example/git/acmelib"}
    before = sbom("spdx_3", externalRef=theirs)
    assert invalid(before) == []
    after, _ = write(before, declared(*EVERYTHING), entry=entry)
    assert invalid(after) == []
    kinds = [each["externalRefType"] for each in element(after, entry)["externalRef"]]
    assert element(after, entry)["externalRef"][0] == theirs
    assert kinds.count("vcs") == 1
    pointer = element(after, entry)["externalRef"][1]
    single = sbom("spdx_3", externalRef=pointer | {"locator": URL})
    again, written = write(single, declared(), entry=entry)
    assert again == single
    assert (written.added, written.replaced) == ([], [])


@pytest.mark.parametrize(
    ("place", "signed"),
    [
        ("/components/0", ("/",)),
        ("/components/1", ("/", "/components/1")),
        ("/components/1/components/0", ("/", "/components/1")),
        ("/components/7", ("/",)),
    ],
)
def test_signatures_of_the_document(place: str, signed: tuple[str, ...]) -> None:
    """They cover what is below them."""
    document = cyclonedx(signature={"value": "x"}, components=[{"name": "a"}]) | {"signature": {"value": "x"}}
    read = read_embeddable(json.dumps(document).encode(), source="a.json")
    assert read.signed_parts([place]) == signed
    assert read_embeddable(sbom("cyclonedx 1.6"), source="a.json").signed_parts([place]) == ()


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
            b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": {}}',
            "@graph a list",
            id="SPDX 3, another graph",
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
    [("cyclonedx 1.6", "externalReferences"), ("cyclonedx 1.6", "properties"), ("spdx_2", "externalRefs")],
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
