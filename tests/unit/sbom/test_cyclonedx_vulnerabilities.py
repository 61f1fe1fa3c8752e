"""Findings and VEX inside of CycloneDX documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from support.sboms import SERIAL, cyclonedx, library, problems, read

from avow.findings.statements import Named, Severity, VexStatus

CVE = "CVE-2099-1"


def vulnerability(*refs: Any, **members: Any) -> dict[str, Any]:
    return {"id": CVE, "affects": [{"ref": ref} for ref in refs], **members}


def document(*vulnerabilities: Any, **members: Any) -> dict[str, Any]:
    return cyclonedx(
        library("a", version="1", purl="pkg:npm/a@1", group="g", **{"bom-ref": "a"}),
        library("b", hashes=[{"alg": "MD5", "content": "a" * 32}], cpe="cpe:/a:x:b", **{"bom-ref": "b"}),
        vulnerabilities=list(vulnerabilities),
        **members,
    )


def test_each_affected_component_is_a_finding() -> None:
    """With the identifiers of the component and its place."""
    findings = read(document(vulnerability("a", "b", source={"name": "NVD"}, description="bad"))).findings

    assert [finding.component for finding in findings] == [
        Named("g/a", "1", "pkg:npm/a@1", ref="/components/0"),
        Named("b", cpe="cpe:/a:x:b", digests=(("md5", "a" * 32),), ref="/components/1"),
    ]
    assert {(each.ids, each.source, each.summary, each.place) for each in findings} == {
        ((CVE,), "NVD", "bad", "/vulnerabilities/0")
    }


@pytest.mark.parametrize("version", ["/1", "0/1", ""])
def test_the_element_of_another_document_is_not_ours(version: str) -> None:
    """Although ours has one of the same name; a serial number is the whole of it."""
    serial = SERIAL.removeprefix("urn:uuid:")
    other = "11111111-1111-1111-1111-111111111111" if version == "/1" else serial
    link = f"urn:cdx:{other}{version}#a"
    (found,) = read(document(vulnerability(link), serialNumber=SERIAL)).findings

    assert found.component == Named(ref=link)


def test_a_reference_that_two_components_have_names_neither() -> None:
    """One of them may not be affected."""
    twins = [library(name, purl=f"pkg:npm/{name}@1", **{"bom-ref": "x"}) for name in ("a", "b")]
    inventory = read(cyclonedx(*twins, vulnerabilities=[vulnerability("x", analysis={"state": "resolved"})]))

    assert [each.component for each in inventory.findings] == [Named(ref="x")]
    assert [each.product for each in inventory.vex[0].products] == [Named(ref="x")]


def test_a_component_has_each_of_its_vulnerabilities() -> None:
    """The component is described once."""
    first, second = read(document(vulnerability("a"), vulnerability("a"))).findings

    assert first.component is second.component
    assert (first.place, second.place) == ("/vulnerabilities/0", "/vulnerabilities/1")


def test_a_document_of_vulnerabilities_alone_is_read() -> None:
    """The references lead elsewhere and keep their text."""
    link = "urn:cdx:11111111-1111-1111-1111-111111111111/1#a"
    inventory = read(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "vulnerabilities": [vulnerability(link), {"id": CVE}],
        }
    )

    assert [finding.component.ref for finding in inventory.findings] == [link, ""]
    assert inventory.problems == ()


@pytest.mark.parametrize("link", ["#a", "#%61"])
def test_a_link_to_the_document_itself_is_followed(link: str) -> None:
    """Percent-encoded or not, and in any version."""
    target = f"{SERIAL.replace('urn:uuid:', 'urn:cdx:').upper().replace('URN:CDX', 'urn:cdx')}/7{link}"
    findings = read(document(vulnerability(target), serialNumber=SERIAL)).findings

    assert findings[0].component.ref == "/components/0"


def test_a_reference_that_leads_to_nothing_is_named() -> None:
    """The finding stays, with the reference."""
    inventory = read(document(vulnerability("ghost")))

    assert inventory.findings[0].component == Named(ref="ghost")
    assert problems(inventory) == [("dangling_ref", "/vulnerabilities/0/affects/0/ref")]


def test_a_reference_to_a_service_is_not_dangling() -> None:
    """The service is named elsewhere; the finding keeps the reference."""
    inventory = read(document(vulnerability("s"), services=[{"name": "s", "bom-ref": "s"}]))

    assert inventory.findings[0].component == Named(ref="s")
    assert inventory.problems == ()


def test_other_names_are_aliases() -> None:
    """Its own first, each once."""
    item = vulnerability("a", references=[{"id": CVE}, {"id": "GHSA-x"}, {}])

    assert read(document(item)).findings[0].ids == (CVE, "GHSA-x")


def test_ratings_keep_the_vector_else_the_score_else_the_word() -> None:
    """Nothing is computed."""
    item = vulnerability(
        "a",
        ratings=[
            {"method": "CVSSv31", "vector": "CVSS:3.1/AV:N", "score": 9.8, "source": {"name": "NVD"}},
            {"method": "CVSSv2", "score": 5},
            {"method": "other", "severity": "high"},
            {"severity": "high"},
            {"severity": "high"},
            {},
        ],
    )

    assert read(document(item)).findings[0].severities == (
        Severity("CVSS_V3", "CVSS:3.1/AV:N", "NVD"),
        Severity("CVSS_V2", "5"),
        Severity("other", "high"),
        Severity("", "high"),
    )


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("exploitable", VexStatus.AFFECTED),
        ("in_triage", VexStatus.UNDER_INVESTIGATION),
        ("resolved", VexStatus.FIXED),
        ("resolved_with_pedigree", VexStatus.FIXED),
        ("not_affected", VexStatus.NOT_AFFECTED),
        ("false_positive", VexStatus.NOT_AFFECTED),
        ("whatever", VexStatus.UNKNOWN),
    ],
)
def test_an_analysis_is_a_vex_statement_and_the_finding_stays(state: str, status: VexStatus) -> None:
    """About the affected components, by their places."""
    item = vulnerability(
        "a", analysis={"state": state, "justification": "code_not_present", "detail": "because"}
    )
    inventory = read(
        document(
            item,
            serialNumber=SERIAL,
            metadata={"timestamp": "2026-11-01T09:00:00Z", "authors": [{"name": "Ann"}]},
        )
    )

    (statement,) = inventory.vex
    assert (statement.status, statement.status_text, statement.ids) == (status, state, (CVE,))
    assert [product.product.ref for product in statement.products] == ["/components/0"]
    assert (statement.justification, statement.detail) == ("code_not_present", "because")
    assert (statement.author, statement.document) == ("Ann", SERIAL)
    assert statement.moment == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert [finding.state for finding in inventory.findings] == [state]


def test_a_statement_about_no_component_clears_nothing() -> None:
    """It has no product."""
    inventory = read(document(vulnerability(analysis={"state": "not_affected"})))

    assert inventory.vex[0].products == ()
    assert inventory.findings[0].component == Named()


@pytest.mark.parametrize(
    ("members", "day"),
    [
        ({"analysis": {"state": "resolved", "lastUpdated": "2026-11-03T00:00:00Z"}}, 3),
        ({"analysis": {"state": "resolved", "firstIssued": "2026-11-04T00:00:00Z"}}, 4),
        ({"analysis": {"state": "resolved"}, "updated": "2026-11-05T00:00:00Z"}, 5),
    ],
)
def test_a_statement_has_the_moment_that_is_nearest_to_it(members: dict[str, Any], day: int) -> None:
    """Of the analysis, else of the vulnerability."""
    assert read(document(vulnerability("a", **members))).vex[0].moment == datetime(2026, 11, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("versions", "state"),
    [
        ([{"version": "1", "status": "unaffected"}], "unaffected"),
        ([{"version": "1", "status": "unaffected"}, {"range": "vers:npm/<1"}], ""),
        ([{"version": "1", "status": []}], ""),
    ],
)
def test_versions_that_are_all_unaffected_are_a_state(versions: Any, state: str) -> None:
    """The finding stays."""
    item = {"id": CVE, "affects": [{"ref": "a", "versions": versions}]}

    assert read(document(item)).findings[0].state == state


@pytest.mark.parametrize(
    ("item", "place"),
    [
        (1, ""),
        ({"affects": [{"ref": "a"}]}, "/id"),
        ({"id": CVE, "affects": [1]}, "/affects/0"),
        ({"id": CVE, "affects": [{"ref": 1}]}, "/affects/0/ref"),
        ({"id": CVE, "analysis": {"state": 1}}, "/analysis/state"),
        ({"id": CVE, "ratings": {}}, "/ratings"),
    ],
)
def test_a_bad_field_of_a_vulnerability_is_named(item: Any, place: str) -> None:
    """With its place."""
    assert ("shape", f"/vulnerabilities/0{place}") in problems(read(document(item)))
