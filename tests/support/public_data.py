"""Files of public data, minted with made-up names."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def record(
    name: str,
    *,
    package: str = "acme",
    ecosystem: str = "PyPI",
    modified: str = "2026-01-02T03:04:05Z",
    **more: Any,
) -> dict[str, Any]:
    """An OSV record about one package."""
    affected = [
        {
            "package": {"ecosystem": ecosystem, "name": package},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
        }
    ]
    return {"id": name, "modified": modified, "affected": affected, **more}


def osv_archive(path: Path, *records: Mapping[str, Any], **members: bytes) -> Path:
    """Write an archive of OSV records, and further members by name; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in records:
            archive.writestr(f"{each['id']}.json", json.dumps(each))
        for name, content in members.items():
            archive.writestr(name, content)
    return path


KEV: dict[str, Any] = {
    "title": "CISA Catalog of Known Exploited Vulnerabilities",
    "catalogVersion": "2026.01.02",
    "dateReleased": "2026-01-02T10:00:00.0000Z",
    "count": 1,
    "vulnerabilities": [
        {
            "cveID": "CVE-2026-0001",
            "vendorProject": "Acme",
            "product": "Anvil",
            "dateAdded": "2026-01-01",
            "dueDate": "2026-01-20",
            "knownRansomwareCampaignUse": "Unknown",
        }
    ],
}

EU_KEV: list[dict[str, Any]] = [
    {
        "cveID": "CVE-2026-0001",
        "euvdID": "EUVD-2026-1",
        "vendorProject": "Acme",
        "product": "Anvil",
        "dateReported": "2026/01/01",
        "originSource": "CRA",
        "exploitationType": ["APT"],
    }
]

EUVD = [
    {"cveId": "CVE-2026-0001", "euvdId": "EUVD-2026-1", "dateAdded": "2026-01-01", "sources": ["cisa_kev"]}
]

EPSS = (
    "#model_version:v2026.01.01,score_date:2026-01-03T00:00:00Z\ncve,epss,percentile\nCVE-2026-0001,0.5,0.9\n"
)

END_OF_LIFE = """\
---
title: Anvil
permalink: /anvil
identifiers:
  - purl: pkg:pypi/acme
  - cpe: cpe:/a:acme:anvil
releases:
  - releaseCycle: "2"
    eol: 2027-01-01
---
"""

HISTORY = (
    "component,repository,last_release,last_security_fix,source\npkg:pypi/acme,,2026-01-01,,the changelog\n"
)

SCORECARD: dict[str, Any] = {
    "date": "2026-01-04T00:00:00Z",
    "repo": {"name": "github.com/acme/anvil", "commit": "0" * 40},
    "scorecard": {"version": "v5.0.0", "commit": "0" * 40},
    "score": 5.0,
    "checks": [{"name": "License", "score": 10, "reason": "found", "details": None}],
}

OPENVEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.com/vex/1",
    "author": "Acme",
    "timestamp": "2026-01-05T00:00:00Z",
    "version": 1,
    "statements": [
        {
            "vulnerability": {"name": "CVE-2026-0001"},
            "products": [{"@id": "pkg:pypi/acme@1.0"}],
            "status": "under_investigation",
        }
    ],
}
