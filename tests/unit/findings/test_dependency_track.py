"""Exports of Dependency-Track: every finding, and nothing taken for an empty list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from avow.errors import InputInvalid
from avow.findings import dependency_track
from avow.findings.dependency_track import ONE_PAGE, PERHAPS_FAILED, read_api_list, read_export
from avow.findings.statements import Named, Severity


def finding(**changed: Any) -> dict[str, Any]:
    return {
        "component": {
            "group": "org.example",
            "name": "core",
            "version": "1.0",
            "purl": "pkg:maven/org.example/core@1.0",
        },
        "vulnerability": {"source": "NVD", "vulnId": "CVE-2099-1", "severity": "HIGH", "title": "Overflow"},
        "analysis": {"isSuppressed": False},
        "attribution": {"analyzerIdentity": "INTERNAL_ANALYZER"},
    } | changed


def export(*findings: Any, **changed: Any) -> dict[str, Any]:
    return {
        "version": "1.3",
        "meta": {"application": "Dependency-Track", "version": "4.14.1", "timestamp": "2026-04-24T19:39:49Z"},
        "project": {"name": "shop", "version": "7.2"},
        "findings": list(findings),
    } | changed


def test_a_finding_keeps_what_the_export_says() -> None:
    """Component, names, severity, who found it, and the analysis, each as written."""
    read = read_export(
        export(
            finding(
                analysis={
                    "state": "NOT_AFFECTED",
                    "justification": "CODE_NOT_REACHABLE",
                    "detail": "not called",
                    "isSuppressed": True,
                }
            )
        ),
        "f",
    )

    assert read.format == "Dependency-Track FPF 1.3"
    assert read.subject == "shop 7.2"
    assert read.author == "Dependency-Track 4.14.1"
    assert read.stated == datetime(2026, 4, 24, 19, 39, 49, tzinfo=UTC)
    (found,) = read.findings
    assert found.place == "/findings/0"
    assert found.component == Named("org.example/core", "1.0", "pkg:maven/org.example/core@1.0")
    assert found.ids == ("CVE-2099-1",)
    assert found.severities == (Severity("severity", "HIGH", "NVD"),)
    assert found.source == "INTERNAL_ANALYZER, NVD"
    assert (found.state, found.justification, found.detail) == (
        "NOT_AFFECTED",
        "CODE_NOT_REACHABLE",
        "not called",
    )
    assert found.suppressed


def test_aliases_are_names_and_distribution_advisories_are_not() -> None:
    """Two vulnerabilities of one DSA are not joined by it."""
    vulnerability = {
        "vulnId": "GHSA-1",
        "description": "long",
        "aliases": [{"ghsaId": "GHSA-1", "cveId": "CVE-2099-1", "osvId": "DSA-1-1", "id": 8}],
    }
    (found,) = read_export(export(finding(vulnerability=vulnerability)), "f").findings

    assert found.ids == ("GHSA-1", "CVE-2099-1")
    assert found.related == ("DSA-1-1",)
    assert found.summary == "long"


def test_a_number_is_named_with_its_database() -> None:
    """533 of NPM is not 533 of another database."""
    vulnerability = {"vulnId": "533", "source": "NPM"}
    (found,) = read_export(export(finding(vulnerability=vulnerability)), "f").findings

    assert found.ids == ("NPM:533",)


def test_the_vector_is_preferred_to_the_score() -> None:
    """Each version of CVSS once, and the word."""
    vulnerability = {
        "vulnId": "CVE-2099-1",
        "cvssV4Score": 9.2,
        "cvssV4Vector": "CVSS:4.0/AV:N",
        "cvssV3BaseScore": 8.3,
        "severity": "CRITICAL",
    }
    (found,) = read_export(export(finding(vulnerability=vulnerability)), "f").findings

    assert [(each.method, each.text) for each in found.severities] == [
        ("CVSS_V4", "CVSS:4.0/AV:N"),
        ("CVSS_V3", "8.3"),
        ("severity", "CRITICAL"),
    ]


@pytest.mark.parametrize(
    "changed", [{"vulnerability": {}}, {"component": {"uuid": "x"}}, {"component": None}]
)
def test_a_finding_that_nobody_can_use_is_named(changed: dict[str, Any]) -> None:
    """The others are read."""
    read = read_export(export(finding(**changed), finding(), "text"), "f")

    assert [each.place for each in read.findings] == ["/findings/1"]
    assert [each.place for each in read.unread] == ["/findings/0", "/findings/2"]


@pytest.mark.parametrize("changed", [{"findings": None}, {"findings": {}}])
def test_an_export_without_a_list_is_perhaps_a_failed_one(changed: dict[str, Any]) -> None:
    """No findings were read, which is not the same as that there are none."""
    assert PERHAPS_FAILED in read_export(export(**changed), "f").notes
    assert read_export(export(), "f").notes == ()


def test_a_newer_version_is_read_with_a_note() -> None:
    """New fields are not read; versions of another kind are refused."""
    assert "newer than 1.5" in read_export(export(finding(), version="1.6"), "f").notes[0]
    with pytest.raises(InputInvalid, match=r'Format "2\.0" is not read'):
        read_export(export(version="2.0"), "f")
    assert read_export(export(version=None), "f").format == "Dependency-Track FPF"


def test_a_list_of_the_api_is_read_as_one_page() -> None:
    """It does not say how many pages there are."""
    read = read_api_list([finding(), 7], "f")

    assert [each.place for each in read.findings] == ["/0"]
    assert [each.place for each in read.unread] == ["/1"]
    assert read.notes == (ONE_PAGE,)
    assert read_api_list([{"vulnerability": {}}], "f").findings == ()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (export(), True),
        ({"meta": {"application": "Dependency-Track"}}, True),
        ({"findings": [], "project": {}}, True),
        ({"meta": {"application": "other"}}, False),
        ({"meta": 1}, False),
        ([], False),
    ],
)
def test_an_export_is_recognised_by_its_content(document: Any, expected: bool) -> None:  # noqa: FBT001  a table
    """The name of the application, or findings of a project."""
    assert dependency_track.is_export(document) is expected


def test_lists_are_recognised_by_their_first_item() -> None:
    """Findings and violations are lists without a name."""
    violation = {"type": "LICENSE", "policyCondition": {}}
    assert dependency_track.is_api_list([finding()])
    assert not any(map(dependency_track.is_api_list, ([], [1], {}, [violation])))
    assert dependency_track.is_violations([violation])
    assert dependency_track.is_violations({"violations": [violation]})
    assert not any(map(dependency_track.is_violations, ([], [1], {}, [finding()])))
