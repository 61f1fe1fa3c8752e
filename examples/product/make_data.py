"""Writes the sample of this directory: an SBOM of a device that does not exist, and invented data about it.

    python examples/product/make_data.py [DIRECTORY]

The packages are real and well known, so that the SBOM looks like one; what the data says about them is
invented. No advisory, date or score is true, and every file says so. Ids are `x_SAMPLE-...` and CVEs of the
year 2099. The files are part of the project, and a test compares them with what this program writes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
DAY: Final = "2026-11-20"
MOMENT: Final = f"{DAY}T09:00:00Z"
SAMPLE: Final = "Sample data, invented: nothing in it is true."
ROOT: Final = "pkg:generic/example-devices/sample-gateway@3.1.0"
PROTOCOL: Final = "https://github.com/example/sensor-protocol"

Json = dict[str, Any]


# The SBOM


def component(purl: str, licence: str = "", *, kind: str = "library", **more: Any) -> Json:
    """One component; its name and version are those of the purl, its digest is of the purl's text."""
    head, _, version = purl.partition("?")[0].rpartition("@") if "@" in purl[4:] else (purl, "", "")
    entry: Json = {"type": kind, "bom-ref": purl, "name": head.rpartition("/")[2].replace("%40", "@")}
    if version:
        entry["version"] = version
        entry["hashes"] = [{"alg": "SHA-256", "content": hashlib.sha256(purl.encode()).hexdigest()}]
    if licence:
        entry["licenses"] = [{"license": {"id": licence}}]
    return {**entry, "purl": purl, **more}


def vcs(address: str) -> list[Json]:
    """The reference to a repository."""
    return [{"type": "vcs", "url": address}]


CONSOLE: Final = {
    **component("pkg:generic/example-devices/web-console@3.1.0", kind="application"),
    "components": [
        component(
            "pkg:npm/jquery@3.4.1", "MIT", externalReferences=vcs("git+https://github.com/jquery/jquery.git")
        ),
        component(
            "pkg:npm/angular@1.8.3", "MIT", externalReferences=vcs("https://github.com/angular/angular.js")
        ),
        component(
            "pkg:npm/lodash@4.17.21", "MIT", externalReferences=vcs("https://github.com/lodash/lodash")
        ),
        component("pkg:npm/%40sample/colour-logger@1.4.2", "MIT"),
    ],
}

AGENT: Final = {
    **component("pkg:generic/example-devices/update-agent@3.1.0", kind="application"),
    "components": [
        component(
            "pkg:pypi/requests@2.31.0",
            "Apache-2.0",
            externalReferences=vcs("https://github.com/psf/requests"),
        ),
        component(
            "pkg:pypi/urllib3@1.26.5", "MIT", externalReferences=vcs("https://github.com/urllib3/urllib3")
        ),
        component(
            "pkg:pypi/jinja2@3.1.4",
            "BSD-3-Clause",
            externalReferences=vcs("https://github.com/pallets/jinja"),
        ),
        component("pkg:pypi/pyyaml@6.0.1", "MIT"),
        component("pkg:pypi/pyserial", "BSD-3-Clause"),
    ],
}

COMPONENTS: Final = [
    CONSOLE,
    AGENT,
    component("pkg:golang/golang.org/x/net@v0.17.0", "BSD-3-Clause"),
    component("pkg:golang/github.com/gorilla/mux@v1.8.0", "BSD-3-Clause"),
    component("pkg:golang/stdlib@1.22.7", "BSD-3-Clause"),
    component("pkg:cargo/tokio@1.35.0", "MIT", externalReferences=vcs("https://github.com/tokio-rs/tokio")),
    component("pkg:cargo/serde@1.0.195", "MIT"),
    component("pkg:cargo/sample-ringbuffer@0.3.1", "MIT"),
    component(
        "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.15.2?type=jar",
        "Apache-2.0",
        group="com.fasterxml.jackson.core",
    ),
    component("pkg:maven/org.apache.logging.log4j/log4j-core@2.17.1?type=jar", "Apache-2.0"),
    component("pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=arm64&distro=debian-12", "Zlib"),
    component(
        "pkg:generic/openssl@3.0.13", "Apache-2.0", cpe="cpe:2.3:a:openssl:openssl:3.0.13:*:*:*:*:*:*:*"
    ),
    component(
        "pkg:generic/example-devices/mbedtls@2.28.4-ed1",
        "Apache-2.0",
        modified=True,
        pedigree={
            "ancestors": [component("pkg:github/mbed-tls/mbedtls@v2.28.4", "Apache-2.0")],
            "notes": "Two patches for the radio of the device.",
        },
    ),
    component("pkg:github/example/sensor-protocol@v2.1.0", "EUPL-1.2", externalReferences=vcs(PROTOCOL)),
    {
        "type": "application",
        "bom-ref": "busybox",
        "name": "busybox",
        "version": "1.36.1",
        "cpe": "cpe:2.3:a:busybox:busybox:1.36.1:*:*:*:*:*:*:*",
    },
    {
        "type": "firmware",
        "bom-ref": "radio",
        "name": "radio-firmware",
        "version": "4.2",
        "supplier": {"name": "Example Radio"},
    },
]


def sbom() -> Json:
    """A device with its applications, what is in them, and what depends on what."""
    top = [each["bom-ref"] for each in COMPONENTS]
    inside = [
        {"ref": each["bom-ref"], "dependsOn": [below["bom-ref"] for below in each["components"]]}
        for each in (CONSOLE, AGENT)
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:20261120-0000-4000-8000-000000000001",
        "version": 1,
        "metadata": {
            "timestamp": MOMENT,
            "tools": {"components": [{"type": "application", "name": "make_data.py", "version": "1"}]},
            "component": {
                "type": "device",
                "bom-ref": ROOT,
                "name": "sample-gateway",
                "version": "3.1.0",
                "description": f"A device that does not exist. {SAMPLE}",
                "purl": ROOT,
            },
            "supplier": {"name": "Example Devices", "url": ["https://example.org"]},
        },
        "components": COMPONENTS,
        "dependencies": [
            {"ref": ROOT, "dependsOn": top},
            *inside,
            {"ref": "pkg:pypi/requests@2.31.0", "dependsOn": ["pkg:pypi/urllib3@1.26.5"]},
        ],
    }


# Advisories


def record(
    number: str, ecosystem: str, name: str, *events: Json, cve: str = "", about: str, **more: Any
) -> tuple[str, Json]:
    """One record of OSV's form and its path."""
    kind = "SEMVER" if ecosystem in {"Go", "npm", "crates.io"} else "ECOSYSTEM"
    affected: Json = {"package": {"ecosystem": ecosystem, "name": name}}
    if events:
        affected["ranges"] = [{"type": kind, "events": list(events)}]
    affected.update(more.pop("affected", {}))
    identifier = f"x_SAMPLE-{number}"
    return f"data/osv/{ecosystem}/{identifier}.json", {
        "schema_version": "1.7.4",
        "id": identifier,
        "modified": MOMENT,
        "published": "2026-11-02T00:00:00Z",
        **({"aliases": [cve]} if cve else {}),
        "summary": f"Sample, invented: {about}",
        "details": SAMPLE,
        "affected": [affected],
        **more,
    }


FROM_THE_BEGINNING: Final = {"introduced": "0"}
VECTOR: Final = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def records() -> dict[str, Json]:
    """One of each kind that a survey has a list for."""
    high = [{"type": "CVSS_V3", "score": VECTOR}]
    return dict(
        [
            record(
                "PYPI-1",
                "PyPI",
                "urllib3",
                FROM_THE_BEGINNING,
                {"fixed": "1.26.9"},
                cve="CVE-2099-1001",
                about="requests are sent to another host",
                severity=high,
            ),
            record(
                "PYPI-2",
                "PyPI",
                "jinja2",
                FROM_THE_BEGINNING,
                {"fixed": "3.1.3"},
                cve="CVE-2099-1005",
                about="fixed before the version of the device",
            ),
            record("PYPI-3", "PyPI", "PyYAML", cve="CVE-2099-1006", about="names no version at all"),
            record(
                "NPM-1",
                "npm",
                "jquery",
                {"introduced": "1.2.0"},
                {"fixed": "3.5.0"},
                cve="CVE-2099-1002",
                about="markup of a stranger is executed",
                severity=high,
            ),
            record(
                "NPM-2",
                "npm",
                "lodash",
                FROM_THE_BEGINNING,
                cve="CVE-2099-1007",
                about="was not a vulnerability",
                withdrawn="2026-11-10T00:00:00Z",
            ),
            record(
                "MAL-1",
                "npm",
                "@sample/colour-logger",
                FROM_THE_BEGINNING,
                about="a package made to steal secrets",
                database_specific={"malicious-packages-origins": [{"source": "sample"}]},
            ),
            record(
                "GO-1",
                "Go",
                "golang.org/x/net",
                FROM_THE_BEGINNING,
                {"fixed": "0.23.0"},
                cve="CVE-2099-1003",
                about="a server does not answer any more",
            ),
            record(
                "MAVEN-1",
                "Maven",
                "com.fasterxml.jackson.core:jackson-databind",
                FROM_THE_BEGINNING,
                {"last_affected": "2.15.2"},
                cve="CVE-2099-1004",
                about="no fix is named",
            ),
            record(
                "CRATES-1",
                "crates.io",
                "sample-ringbuffer",
                {"introduced": "0.0.0-0"},
                about="nobody maintains it",
                affected={"database_specific": {"informational": "unmaintained"}},
            ),
        ]
    )


# Lists


def cisa_list() -> Json:
    """Exploited vulnerabilities in the form of CISA's list."""
    entries = [
        ("CVE-2099-1001", "urllib3", "urllib3", "Known"),
        ("CVE-2099-1999", "Elsewhere", "Router", "Unknown"),
    ]
    return {
        "title": f"A list in the form of CISA's. {SAMPLE}",
        "catalogVersion": DAY.replace("-", "."),
        "dateReleased": MOMENT,
        "count": len(entries),
        "vulnerabilities": [
            {
                "cveID": cve,
                "vendorProject": vendor,
                "product": product,
                "vulnerabilityName": "Sample, invented",
                "dateAdded": "2026-11-12",
                "shortDescription": SAMPLE,
                "requiredAction": "None: this is a sample.",
                "dueDate": "2026-12-03",
                "knownRansomwareCampaignUse": ransomware,
                "notes": "",
                "cwes": [],
            }
            for cve, vendor, product, ransomware in entries
        ],
    }


def eu_list() -> list[Json]:
    """Exploited vulnerabilities in the form of the EU list, one of them from a mandatory report."""
    return [
        {
            "cveID": "CVE-2099-1002",
            "euvdID": "EUVD-2099-1002",
            "vendorProject": "jQuery",
            "product": "jQuery",
            "dateReported": DAY.replace("-", "/"),
            "patchedSince": "2026/11/02",
            "originSource": "CRA",
            "shortDescription": SAMPLE,
            "exploitationType": ["unknown"],
            "notes": "Sample, invented",
        }
    ]


def euvd_list() -> list[Json]:
    """The same vulnerabilities as the EUVD repeats them."""
    listed = (("CVE-2099-1001", "cisa_kev"), ("CVE-2099-1002", "eukev_kev"))
    return [
        {
            "cveId": cve,
            "euvdId": cve.replace("CVE", "EUVD"),
            "dateAdded": DAY,
            "sources": [source],
            "vulnerabilityName": "Sample, invented",
        }
        for cve, source in listed
    ]


def scores() -> str:
    """Scores in the form of EPSS."""
    lines = [f"CVE-2099-{1001 + at},0.{9 - at}1000,0.9{9 - at}000" for at in range(7)]
    head = f"#model_version:sample-invented,score_date:{DAY}T12:00:00Z"
    return "\n".join([head, "cve,epss,percentile", *lines]) + "\n"


def product_file(title: str, identifiers: list[str], cycles: list[tuple[str, str]]) -> str:
    """Support dates in the form of a product file of endoflife.date."""
    listed = [f"  - {'cpe' if each.startswith('cpe:') else 'purl'}: {each}" for each in identifiers]
    releases = [f'  - releaseCycle: "{name}"\n    eol: {eol}' for name, eol in cycles]
    return "\n".join(
        [
            *("---", f"# {SAMPLE} Written on {DAY}.", f"title: {title} (sample)"),
            *("identifiers:", *listed, "releases:", *releases, "---", "", SAMPLE, ""),
        ]
    )


def products() -> dict[str, str]:
    """A line that has ended, one that has not, and a version that is in no line."""
    below = "data/endoflife/products"
    return {
        f"{below}/openssl.md": product_file(
            "OpenSSL",
            ["pkg:generic/openssl", "cpe:2.3:a:openssl:openssl"],
            [("3.5", "2031-01-31"), ("3.0", "2026-10-31")],
        ),
        f"{below}/angularjs.md": product_file(
            "AngularJS", ["pkg:npm/angular"], [("1.8", "true"), ("1.7", "true")]
        ),
        f"{below}/jquery.md": product_file(
            "jQuery", ["pkg:npm/jquery"], [("4", "false"), ("3", "2027-06-30")]
        ),
        f"{below}/gorilla.md": product_file(
            "Gorilla", ["pkg:golang/github.com/gorilla/mux"], [("2", "false")]
        ),
    }


def history() -> str:
    """Release dates that the manufacturer wrote down."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["component", "repository", "last_release", "last_security_fix", "source"])
    source = f"Sample, invented, {DAY}"
    writer.writerow(["", PROTOCOL, "2026-09-30", "2026-05-04", source])
    writer.writerow(["pkg:pypi/urllib3", "", "2026-10-12", "2026-10-12", source])
    writer.writerow(["pkg:cargo/sample-ringbuffer", "", "2021-02-03", "", source])
    return text.getvalue()


# What people say


def statements() -> Json:
    """The manufacturer's VEX in OpenVEX's form."""

    def about(cve: str, purl: str, status: str, **more: str) -> Json:
        return {
            "vulnerability": {"name": cve},
            "products": [{"@id": ROOT, "subcomponents": [{"@id": purl}]}],
            "status": status,
            **more,
        }

    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.org/vex/sample-gateway-3.1.0",
        "author": "Example Devices (sample, invented)",
        "role": "Manufacturer",
        "timestamp": MOMENT,
        "version": 1,
        "tooling": SAMPLE,
        "statements": [
            about(
                "CVE-2099-1003",
                "pkg:golang/golang.org/x/net@v0.17.0",
                "not_affected",
                justification="vulnerable_code_not_in_execute_path",
                impact_statement="Sample, invented: the device runs no server of this kind.",
            ),
            about(
                "CVE-2099-1004",
                "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.15.2",
                "under_investigation",
            ),
        ],
    }


SECURITY_INSIGHTS: Final = f"""# {SAMPLE} The project does not exist.
header:
  schema-version: 2.0.0
  last-updated: '{DAY}'
  last-reviewed: '{DAY}'
  url: {PROTOCOL}/blob/main/SECURITY-INSIGHTS.yml
  comment: {SAMPLE!r}
project:
  name: sensor-protocol
  administrators:
    - name: Sample Person
      email: person@example.org
      primary: true
  repositories:
    - name: sensor-protocol
      url: {PROTOCOL}
      comment: The only repository.
  vulnerability-reporting:
    reports-accepted: true
    bug-bounty-available: false
    contact:
      name: Sample Person
      email: security@example.org
      primary: true
repository:
  url: {PROTOCOL}
  status: active
  accepts-change-request: true
  accepts-automated-change-request: false
  core-team:
    - name: Sample Person
      email: person@example.org
      primary: true
  license:
    url: {PROTOCOL}/blob/main/LICENSE
    expression: EUPL-1.2
  security:
    assessments:
      self:
        comment: Sample, invented. None has been made.
"""


def files() -> dict[str, str]:
    """Every file of the sample by its path."""
    values: dict[str, Any] = {
        "sample-gateway.cdx.json": sbom(),
        **records(),
        "data/kev/known_exploited_vulnerabilities.json": cisa_list(),
        "data/eukev/eukev.json": eu_list(),
        "data/euvd/kev.json": euvd_list(),
        "findings/sample-gateway.openvex.json": statements(),
    }
    texts = {
        f"data/epss/epss_scores-{DAY}.csv": scores(),
        **products(),
        "data/history/history.csv": history(),
        "evidence/SECURITY-INSIGHTS.yml": SECURITY_INSIGHTS,
    }
    return {**{path: json.dumps(value, indent=1) + "\n" for path, value in values.items()}, **texts}


def main(arguments: list[str]) -> int:
    """Write the files below the directory that is named, else here."""
    directory = Path(arguments[0]) if arguments else HERE
    for path, text in files().items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
