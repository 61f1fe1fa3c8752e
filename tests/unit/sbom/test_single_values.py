"""Fields with one value: filled where nothing is said, never replaced, and what differs is reported."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from support.embedded import (
    ALL,
    EVERYTHING,
    PACKAGE,
    URL,
    Json,
    declared,
    element,
    entry_of,
    practice,
    sbom,
    spdx_3,
    write,
)
from support.sbom_validators import invalid

from avow.sbom.fields import Declared
from avow.sbom.inventory import Entry

LINE: Final = "vers:pypi/>=2.4|<2.5"
ADVICE: Final = "if an earlier run wrote it, remove it"


def support(until: str, **declaration: Any) -> Declared:
    """A declaration of one release line."""
    lines = [{"versions": LINE, "securityUntil": until}]
    return declared(practice("SUP-01", lines=lines), **declaration)


def licence(expression: str, status: str = "implemented") -> Declared:
    """A declaration of a licence alone."""
    return declared(practice("LIC-01", status, spdxExpression=expression))


def reported(lines: list[str], practice_id: str) -> list[str]:
    """What was said of one practice."""
    return [each for each in lines if practice_id in each]


# --- what an earlier run wrote


@pytest.mark.parametrize("what", ALL)
def test_an_end_of_support_that_was_moved(what: str) -> None:
    """A shortened support stays too long in the document, so it is said with what to do."""
    entry = entry_of(what)
    once, _ = write(sbom(what), support("2030-12-31"), entry=entry)
    after, written = write(once, support("2029-06-30"), entry=entry)
    assert b"2030-12-31" in after
    assert b"2029-06-30" not in after
    (line,) = reported(written.left, "SUP-01")
    assert "2029-06-30" in line
    assert (
        f"the document already says 2030-12-31{'' if what.startswith('cyclonedx') else 'T23:59:59Z'}" in line
    )
    assert line.endswith(f"{ADVICE} and embed again")


FIELDS: Final = {
    "cyclonedx 1.5": {"cdx:lifecycle:milestone:endOfSupport", "licenses"},
    "cyclonedx 1.6": {"cdx:lifecycle:milestone:endOfSupport", "licenses"},
    "cyclonedx 1.7": {"cdx:lifecycle:milestone:endOfSupport", "licenses"},
    "spdx_2": {"validUntilDate", "licenseDeclared"},
    "spdx_3": {"validUntilTime", "supportLevel"},
}


@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize(
    ("now", "mirrored", "why"),
    [
        (declared(), True, "it is not declared"),
        (declared(has_expired=True), True, "the declaration has expired"),
        (declared(*EVERYTHING), False, "mirrors were not asked for"),
        (
            declared(practice("SUP-01", "notImplemented"), practice("LIC-01", "notApplicable")),
            True,
            "it is not declared",
        ),
    ],
)
def test_what_is_declared_no_longer(what: str, now: Declared, mirrored: bool, why: str) -> None:  # noqa: FBT001  a parameter
    """Each field that an earlier run may have written is named, and everything that is marked goes."""
    entry = entry_of(what)
    once, _ = write(sbom(what), declared(*EVERYTHING), entry=entry)
    after, written = write(once, now, entry=entry, mirrored=mirrored)
    lines = [each for each in written.left if why in each]
    assert {each.split()[0] for each in lines} == FIELDS[what]
    assert all(each.endswith(ADVICE) for each in lines)
    assert b"declared-practices VUL" not in after
    assert (b"simplelicensing_LicenseExpression" in after, b"hasDeclaredLicense" in after) == (False, False)
    assert invalid(after) == []
    assert all(
        " https://acme.example/" in each or "licence" in each or "mailto:" in each for each in written.removed
    )
    assert len(written.removed) >= 5
    assert write(after, now, entry=entry, mirrored=mirrored)[1].removed == []


@pytest.mark.parametrize("what", ["cyclonedx 1.6", "spdx_2", "spdx_3"])
def test_without_an_earlier_run_nothing_is_said_of_what_others_wrote(what: str) -> None:
    """A declaration need not repeat what the document says."""
    known: dict[str, Json] = {
        "cyclonedx 1.6": {"licenses": [{"expression": "MIT", "acknowledgement": "declared"}]},
        "spdx_2": {"licenseDeclared": "MIT", "validUntilDate": "2029-06-30T23:59:59Z"},
        "spdx_3": {"supportLevel": ["support"], "validUntilTime": "2029-06-30T23:59:59Z"},
    }
    fields = known[what]
    after, written = write(sbom(what, **fields), declared(), entry=entry_of(what))
    assert written.left == []
    _, written = write(after, declared(), entry=entry_of(what))
    assert len(written.left) == len(fields)


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("cyclonedx 1.6", {"licenses": [{"expression": "MIT"}]}),
        ("cyclonedx 1.6", {"licenses": [{"license": {"id": "MIT"}}]}),
        ("cyclonedx 1.6", {"licenses": "MIT"}),
        ("cyclonedx 1.6", {"licenses": [7]}),
        ("cyclonedx 1.6", {"licenses": [{"license": 7}]}),
        (
            "cyclonedx 1.6",
            {"properties": [{"name": "cdx:lifecycle:milestone:endOfSupport", "value": "2029-06"}]},
        ),
        ("spdx_2", {"licenseDeclared": "NONE", "validUntilDate": "2029-06-30T00:00:00Z"}),
        ("spdx_2", {"licenseDeclared": 7, "validUntilDate": 7}),
        ("spdx_3", {"supportLevel": ["deployed"], "validUntilTime": "2029-06-30T00:00:00Z"}),
    ],
)
def test_what_no_run_of_ours_writes(what: str, fields: Json) -> None:
    """It is somebody else's, so nothing is said where nothing is declared."""
    once, _ = write(sbom(what, **fields), declared(), entry=entry_of(what))
    _, written = write(once, declared(), entry=entry_of(what))
    assert written.left == []


@pytest.mark.parametrize(
    ("what", "until", "why"),
    [
        ("cyclonedx 1.6", "ended", "the declaration says ended"),
        ("spdx_2", "untilNext", "the declaration says untilNext"),
        ("spdx_3", "bestEffort", "the declaration says bestEffort"),
    ],
)
def test_a_word_in_the_place_of_a_day(what: str, until: str, why: str) -> None:
    """The earlier day is reported, with the word."""
    entry = entry_of(what)
    once, _ = write(sbom(what), support("2029-06-30"), entry=entry)
    _, written = write(once, support(until), entry=entry)
    assert len([each for each in written.left if why in each]) >= 1


# --- several declarations of one component


def test_declarations_that_differ() -> None:
    """No field says whose it is, so nothing of it is mirrored; what one alone says, or all, is."""
    entry = entry_of("cyclonedx")
    one = declared(
        practice("SUP-01", lines=[{"versions": LINE, "securityUntil": "2029-06-30"}]),
        practice("LIC-01", spdxExpression="MIT"),
        practice("VUL-03", listUrl="https://acme.example/advisories"),
        practice("SRC-01", vcsUrl="https://acme.example/git"),
        practice("DOC-01", url="https://acme.example/docs"),
        name="one.json",
    )
    two = declared(
        practice("SUP-01", lines=[{"versions": LINE, "securityUntil": "2028-01-31"}]),
        practice("LIC-01", spdxExpression="ISC"),
        practice("VUL-03", listUrl="https://steward.example/a"),
        practice("SRC-01", vcsUrl="https://acme.example/git"),
        url="https://steward.example/two.json",
        bundle_sha256="ee" * 32,
        payload_sha256="ff" * 32,
    )
    after, written = write(sbom("cyclonedx 1.6"), one, two, entry=entry)
    found = element(after, entry)
    assert [each["type"] for each in found["externalReferences"]] == [
        "attestation",
        "attestation",
        "vcs",
        "documentation",
    ]
    assert "licenses" not in found
    assert [each["name"] for each in found["properties"]].count("cdx:lifecycle:milestone:endOfSupport") == 0
    steward, differs = "https://steward.example", "what differs is not mirrored"
    one_list = "https://acme.example/advisories"
    assert written.left == [
        f"VUL-03 listUrl: one.json says {one_list}; {steward}/two.json says {steward}/a; {differs}",
        f"SUP-01 lines: one.json says 2029-06-30; {steward}/two.json says 2028-01-31; {differs}",
        f"LIC-01 spdxExpression: one.json says MIT; {steward}/two.json says ISC; {differs}",
    ]
    once, _ = write(sbom("cyclonedx 1.6"), one, entry=entry)
    _, written = write(once, one, two, entry=entry)
    assert len([each for each in written.left if "the declarations differ; if an earlier run" in each]) == 2


def test_one_that_has_expired_beside_one_that_has_not() -> None:
    """Only the other one is mirrored."""
    entry = entry_of("spdx_2")
    after, _ = write(
        sbom("spdx_2"), declared(has_expired=True, url=f"{URL}.old"), licence("MIT"), entry=entry
    )
    assert element(after, entry)["licenseDeclared"] == "MIT"


# --- the version


@pytest.mark.parametrize(
    ("purl", "version", "declaration", "until"),
    [
        ("pkg:pypi/acmelib@2.4.1", "v2.4.1", {}, "2029-06-30"),
        ("pkg:pypi/acmelib@3.0", "2.4.1", {}, None),
        ("pkg:pypi/acmelib", "2.4.1", {}, "2029-06-30"),
        ("pkg:npm/acmelib@2.4.1", "2.4.1", {}, None),
        ("pkg:pypi/acmelib", "", {"version": "2.4.1"}, "2029-06-30"),
        ("", "2.4.1", {"scheme": "pypi"}, "2029-06-30"),
        ("", "2.4.1", {"scheme": "npm"}, None),
        ("", "", {"version": "2.4.1", "scheme": "pypi"}, "2029-06-30"),
        ("", "2.4.1", {}, "2029-06-30"),
        ("", "", {}, None),
    ],
)
def test_which_version_a_release_line_contains(
    purl: str, version: str, declaration: Json, until: str | None
) -> None:
    """That of the purl, else what the document says, else the only one that the declaration names."""
    entry = Entry(place="/components/1", purl=purl, version=version)
    after, written = write(sbom("cyclonedx 1.6"), support("2029-06-30", **declaration), entry=entry)
    assert (b"2029-06-30" in after) == (until is not None)
    assert (until is None) == bool(reported(written.left, "no release line contains version"))


# --- what says nothing


@pytest.mark.parametrize("value", [None, "", "NOASSERTION"])
def test_spdx_2_without_an_assertion(value: str | None) -> None:
    """Such a field is filled."""
    entry = entry_of("spdx_2")
    after, written = write(
        sbom("spdx_2", licenseDeclared=value, validUntilDate=None), declared(*EVERYTHING), entry=entry
    )
    assert element(after, entry)["licenseDeclared"] == "Apache-2.0 OR MIT"
    assert element(after, entry)["validUntilDate"] == "2029-06-30T23:59:59Z"
    assert "licenseDeclared Apache-2.0 OR MIT (LIC-01)" in written.added


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [{"expression": "NOASSERTION"}],
        [{"license": {"name": "NOASSERTION"}}, {"license": {"id": "NOASSERTION"}}],
    ],
)
def test_cyclonedx_without_an_assertion(value: object) -> None:
    """As many tools write it."""
    entry = entry_of("cyclonedx")
    after, _ = write(sbom("cyclonedx 1.6", licenses=value), licence("MIT"), entry=entry)
    assert element(after, entry)["licenses"] == [{"expression": "MIT", "acknowledgement": "declared"}]
    nothing = [{"name": "cdx:lifecycle:milestone:endOfSupport", "value": ""}, 7]
    after, _ = write(sbom("cyclonedx 1.6", properties=nothing), support("2029-06-30"), entry=entry)
    assert element(after, entry)["properties"][0] == 7
    assert element(after, entry)["properties"][-1]["value"] == "2029-06-30"


@pytest.mark.parametrize("value", [None, [], "noAssertion", ["noAssertion"]])
def test_spdx_3_without_an_assertion(value: object) -> None:
    """Its level of support has a word for it."""
    entry = entry_of("spdx_3")
    after, _ = write(sbom("spdx_3", supportLevel=value), support("ended"), entry=entry)
    assert element(after, entry)["supportLevel"] == ["endOfSupport"]


@pytest.mark.parametrize("known", ["support", ["support"]])
def test_a_level_of_support_that_is_the_same(known: object) -> None:
    """With a list or without."""
    after, written = write(sbom("spdx_3", supportLevel=known), support("untilNext"), entry=entry_of("spdx_3"))
    assert element(after, entry_of("spdx_3"))["supportLevel"] == known
    assert written.left == []


def relationship(to: object, **changed: object) -> Json:
    """Somebody else's relationship of the package to its declared licence."""
    return {
        "type": "Relationship",
        "spdxId": "https://acme.example/spdx/licence",
        "creationInfo": "_:creation",
        "relationshipType": "hasDeclaredLicense",
        "from": PACKAGE,
        "to": to,
    } | changed


NO_ASSERTION: Final = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"


@pytest.mark.parametrize(
    ("other", "is_free"),
    [
        (relationship([NO_ASSERTION]), True),
        (relationship("expandedlicensing_NoAssertionLicense"), True),
        (relationship(["https://acme.example/none"]), True),
        (relationship([{"simplelicensing_licenseExpression": "NOASSERTION"}]), True),
        (relationship(["https://spdx.org/licenses/ISC", NO_ASSERTION]), False),
        (relationship([]), False),
        (relationship([7]), False),
        (
            relationship(
                ["x"], relationshipType="https://spdx.org/rdf/3.0.1/terms/Core/X/hasDeclaredLicense"
            ),
            False,
        ),
        (relationship(["x"], relationshipType="hasConcludedLicense"), True),
        (relationship(["x"], relationshipType=None), True),
        ({"from": 7}, True),
        (7, True),
    ],
)
def test_what_spdx_3_says_of_a_licence(other: Any, *, is_free: bool) -> None:
    """In whatever form; that there is no assertion is none."""
    document = spdx_3()
    document["@graph"] += [
        {"spdxId": "https://acme.example/none", "simplelicensing_licenseExpression": "NOASSERTION"},
        other,
    ]
    after, written = write(json.dumps(document).encode(), licence("MIT"), entry=entry_of("spdx_3"))
    assert bool(written.added[1:]) == is_free
    assert (b"MIT" in after) == is_free


# --- the licence of an earlier run in SPDX 3


def test_a_licence_that_something_else_refers_to_stays() -> None:
    """Taking it out would break somebody else's relationship."""
    entry = entry_of("spdx_3")
    once, _ = write(sbom("spdx_3"), licence("MIT"), entry=entry)
    document = json.loads(once)
    document["@graph"].append(relationship([f"{PACKAGE}-avow-declared-licence"], relationshipType="other"))
    after, written = write(json.dumps(document).encode(), declared(), entry=entry)
    assert b"MIT" in after
    assert written.removed == []
    assert any("something else refers to it" in each for each in written.left)


def test_half_of_a_licence_is_completed() -> None:
    """Somebody took the relationship out."""
    entry = entry_of("spdx_3")
    once, _ = write(sbom("spdx_3"), licence("MIT"), entry=entry)
    document = json.loads(once)
    del document["@graph"][-1]
    after, written = write(json.dumps(document).encode(), licence("MIT"), entry=entry)
    assert json.loads(after) == json.loads(once)
    assert written.replaced == ["declared licence MIT (LIC-01)"]


def test_one_element_without_a_graph() -> None:
    """A licence would be another one; everything else is written into it."""
    document = spdx_3()["@graph"][-1] | {"@context": spdx_3()["@context"]}
    data = json.dumps(document).encode()
    after, written = write(data, declared(*EVERYTHING), entry=entry_of("spdx_3"))
    assert json.loads(after)["validUntilTime"] == "2029-06-30T23:59:59Z"
    assert json.loads(after)["externalRef"][0]["locator"] == [URL]
    assert [each for each in written.left if each.startswith("LIC-01: a licence is an element of its own")]
    assert invalid(after) == invalid(data)
    assert write(data, declared(), entry=entry_of("spdx_3"))[1].left == []


def test_a_value_that_is_long() -> None:
    """It is cut."""
    known = [{"expression": "MIT OR " * 1000}]
    _, written = write(sbom("cyclonedx 1.6", licenses=known), licence("MIT"), entry=entry_of("cyclonedx"))
    assert len(written.left[0]) < 1000
