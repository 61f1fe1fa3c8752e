"""Results of OSV-Scanner: one finding for each package and record."""

from __future__ import annotations

from typing import Any

import pytest

from avow.findings.osv_scanner import ONLY_VULNERABLE, is_result, read_result
from avow.findings.statements import FindingsFile, Named, Severity, VulnerabilityFinding


def record(own: str = "GHSA-1", **changed: Any) -> dict[str, Any]:
    return {"id": own, "aliases": ["CVE-2099-1"], "summary": "Overflow"} | changed


def result(*records: Any, groups: Any = None, package: Any = None) -> FindingsFile:
    return read_result(
        {
            "results": [
                {
                    "source": {"path": "/src/yarn.lock", "type": "lockfile"},
                    "packages": [
                        {
                            "package": package or {"name": "tar", "version": "4.4.1", "ecosystem": "npm"},
                            "vulnerabilities": list(records),
                            "groups": groups,
                        }
                    ],
                }
            ]
        },
        "f",
    )


def only(read: FindingsFile) -> VulnerabilityFinding:
    (finding,) = read.findings
    return finding


def test_a_finding_names_package_record_and_lock_file() -> None:
    """OSV-Scanner does not say what else it looked at."""
    read = result(record(withdrawn="2026-01-01T00:00:00Z"))

    assert only(read).component == Named("tar", "4.4.1", ecosystem="npm")
    assert only(read).place == "/results/0/packages/0/vulnerabilities/0"
    assert only(read).ids == ("GHSA-1", "CVE-2099-1")
    assert only(read).source == "/src/yarn.lock"
    assert only(read).withdrawn == "2026-01-01T00:00:00Z"
    assert read.notes == (ONLY_VULNERABLE,)


def test_groups_are_aliases() -> None:
    """What OSV-Scanner groups is one vulnerability, whatever the record says."""
    read = result(record(aliases=[]), groups=[{"ids": ["GHSA-1", "PYSEC-1"], "aliases": ["CVE-2099-7"]}])

    assert only(read).ids == ("GHSA-1", "PYSEC-1", "CVE-2099-7")


def test_a_group_without_its_record_is_a_finding() -> None:
    """Nothing else says that the package is affected."""
    read = result(groups=[{"ids": ["GHSA-9"], "aliases": ["GHSA-9", "CVE-2099-9"]}, {"ids": []}])

    assert only(read).ids == ("GHSA-9", "CVE-2099-9")
    assert only(read).place == "/results/0/packages/0/groups/0"


def test_fixed_versions_and_severities_are_those_of_the_package() -> None:
    """A record is about several packages; commits are not versions."""
    fixed = [{"introduced": "0"}, {"fixed": "4.4.8"}]
    affected = [
        {
            "package": {"name": "tar", "ecosystem": "npm"},
            "ranges": [
                {"type": "SEMVER", "events": fixed},
                {"type": "GIT", "events": [{"fixed": "abcdef"}]},
            ],
            "severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:L"}],
            "database_specific": {"informational": "unsound"},
        },
        {"package": {"name": "other"}, "ranges": [{"type": "SEMVER", "events": [{"fixed": "9"}]}]},
    ]
    found = only(
        result(
            record(
                affected=affected,
                severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}, {"type": "CVSS_V3", "score": ""}],
                database_specific={"severity": "HIGH"},
            )
        )
    )

    assert found.fixed == ("4.4.8",)
    assert found.informational == "unsound"
    assert found.severities == (
        Severity("CVSS_V3", "CVSS:3.1/AV:N"),
        Severity("CVSS_V4", "CVSS:4.0/AV:L"),
        Severity("severity", "HIGH"),
    )


def test_the_only_affected_package_is_the_one() -> None:
    """Its name may be written in another way."""
    affected = [{"package": {"name": "Tar"}, "ranges": [{"type": "SEMVER", "events": [{"fixed": "9"}]}]}]

    assert only(result(record(affected=affected))).fixed == ("9",)


def test_a_record_without_an_id_is_named() -> None:
    """So is a package about which nothing could be read."""
    read = result({"summary": "x"})

    assert read.findings == ()
    assert [each.place for each in read.unread] == [
        "/results/0/packages/0/vulnerabilities/0",
        "/results/0/packages/0",
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"results": []}, True),
        ({"results": None}, True),
        ({"results": [{"packages": []}]}, True),
        ({"results": [{"ruleId": 1}]}, False),
        ({"results": {"a": 1}}, False),
        ({"results": [], "runs": []}, False),
        ({}, False),
        ([], False),
    ],
)
def test_a_result_is_recognised_by_its_content(document: Any, expected: bool) -> None:  # noqa: FBT001  a table
    """Other tools have `results`, too."""
    assert is_result(document) is expected
