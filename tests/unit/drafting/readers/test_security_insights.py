"""Security Insights: usable values are facts with their lines, the rest is reported, nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.found import Document
from avow.drafting.readers.security_insights import is_security_insights, read_security_insights

VERSION_2 = """\
header:
  schema-version: 2.2.0
  url: https://forge.dev/acme/lib/security-insights.yml
project:
  name: acmelib
  homepage: https://acme.dev
  funding: https://acme.dev/fund
  roadmap: https://acme.dev/road
  steward:
    uri: https://foundation.dev
    comment: ours
  administrators:
    - name: A
    - name: B
  documentation:
    support-policy: https://acme.dev/support
    quickstart-guide: TODO
  repositories:
    - {name: own, url: https://forge.dev/acme/lib}
    - {name: other, url: https://forge.dev/acme/other}
  vulnerability-reporting:
    reports-accepted: true
    bug-bounty-available: false
    contact: {name: x, email: security@acme.dev, primary: true}
    in-scope: [the parser, the cache]
repository:
  url: https://forge.dev/acme/lib
  status: active
  accepts-change-request: false
  no-third-party-packages: true
  core-team: [{name: A}]
  license: {url: https://forge.dev/acme/lib/LICENSE, expression: Apache-2.0}
  documentation:
    contributing-guide: "not an address"
    governance: [https://acme.dev/gov]
  release:
    automated-pipeline: true
    distribution-points:
      - uri: https://forge.dev/acme/lib/releases
      - uri: pkg:pypi/acmelib
      - uri: https://elsewhere.dev
      - uri: TODO
    attestations:
      - {name: provenance, location: https://acme.dev/p, predicate-uri: https://slsa.dev/provenance/v1}
      - {name: sbom, location: https://acme.dev/s, predicate-uri: https://cyclonedx.org/bom}
      - {name: other, location: https://acme.dev/o, predicate-uri: https://acme.dev/type}
      - {location: https://acme.dev/nameless}
      - {name: nowhere, location: TODO}
  security:
    assessments:
      self: {evidence: https://acme.dev/self, comment: x}
      third-party:
        - {evidence: https://acme.dev/audit, date: '2025-01-02', comment: x}
        - {evidence: https://acme.dev/audit2, comment: x}
        - {comment: nothing}
    tools:
      - {name: CodeQL, type: SAST, integration: {ci: true, release: false, adhoc: false}}
      - {name: Fuzz, type: fuzzing, integration: {ci: false, release: true, adhoc: false}}
      - {name: Silent, type: SAST}
      - {name: Renovate, type: SCA, integration: {adhoc: true}}
      - {name: OSV, type: SCA, integration: {ci: true}}
      - {name: Second, type: SCA, integration: {ci: true}}
      - {name: leaks, type: secret, integration: {ci: true}}
      - {name: hand, type: secret, integration: {adhoc: true}}
      - {name: odd, type: secret-scanning}
      - {type: SAST}
surplus: 1
"""

VERSION_1 = """\
header:
  schema-version: '1.0.0'
  project-url: https://forge.dev/acme/lib
  changelog: https://forge.dev/acme/lib/CHANGELOG.md
project-lifecycle:
  status: wip
  bug-fixes-only: sometimes
  core-maintainers: [a, b]
contribution-policy:
  accepts-pull-requests: true
security-contacts:
  - {type: website, value: https://github.com/acme/lib/security/advisories/new}
  - {type: website, value: https://acme.dev/contact}
  - {type: phone, value: "+49 30 1"}
  - {type: email}
security-testing:
  - {tool-type: fuzzer, tool-name: AFL, integration: {before-release: true}}
  - {tool-type: scorecard, tool-name: S}
security-assessments:
  - {auditor-name: Body, auditor-report: https://acme.dev/r.pdf, report-year: 2021}
  - {auditor-name: Other, auditor-report: https://acme.dev/r2.pdf}
  - {auditor-name: ''}
security-artifacts:
  threat-model:
    threat-model-created: true
    evidence-url: [https://acme.dev/threats, {a: b}]
  self-assessment:
    self-assessment-created: true
    evidence-url: [https://acme.dev/self]
  other-artifacts: []
vulnerability-reporting:
  accepts-vulnerability-reports: false
  email-contact: mailto:security@acme.dev
dependencies:
  third-party-packages: false
  dependencies-lists: [https://forge.dev/acme/lib/lock]
  sbom:
    - {sbom-url: https://acme.dev/s.cdx, sbom-format: CycloneDX}
    - {sbom-url: https://acme.dev/s.x}
    - {sbom-format: SPDX}
distribution-points: one
"""


def test_version_2(reads: Any) -> None:
    """The parts of 2.x that practices use."""
    found = reads(read_security_insights, VERSION_2, path="security-insights.yml")

    assert found.reading.label == "security-insights.yml (2.2.0)"
    assert found.about("name") == ["acmelib"]
    assert found.about("url") == ["https://acme.dev"]
    assert found.about("source") == ["https://forge.dev/acme/lib"]
    assert found.about("purl") == ["pkg:pypi/acmelib"]
    assert found.fact("STW-01", "hasSteward") == []
    assert "declare itself steward" in found.hints("STW-01")[0]
    assert found.fact("SUP-01", "policyUrl") == ["https://acme.dev/support"]
    assert found.fact("SRC-01", "otherRepositories") == [["https://forge.dev/acme/other"]]
    assert found.fact("VUL-01", "contacts") == [[{"kind": "email", "value": "security@acme.dev"}]]
    assert found.lines("VUL-01", "contacts") == ["security-insights.yml:24"]
    assert found.fact("VUL-02", "inScope") == ["the parser; the cache"]
    assert found.fact("GOV-03", "lifecycleState") == ["active"]
    assert found.fact("LIC-01", "spdxExpression") == ["Apache-2.0"]
    assert found.fact("REL-02", "releasesUrl") == ["https://forge.dev/acme/lib/releases"]
    assert found.fact("REL-05", "provenanceUrl") == ["https://acme.dev/p"]
    assert found.fact("DEP-02", "format") == ["CycloneDX"]
    assert len(found.hints("REL-04")) == 2
    assert len(found.hints("TST-04")) == 2
    assert "noDependencies" in found.hints("DEP-01")[0]


def test_tools_go_where_their_type_says(reads: Any) -> None:
    """A tool counts for the practice of its type, if the file says when it runs."""
    found = reads(read_security_insights, VERSION_2)

    assert found.fact("TST-02", "tools") == [
        [{"type": "SAST", "name": "CodeQL", "runs": "ci"}],
        [{"type": "fuzzing", "name": "Fuzz", "runs": "release"}],
    ]
    assert "Silent" in found.hints("TST-02")[0]
    assert found.fact("DEP-03", "updateTool") == ["Renovate"]
    assert found.fact("DEP-04", "tool") == ["OSV"]
    assert found.fact("DEP-04", "frequency") == ["perChange"]
    assert len(found.hints("DEP-04")) == 2
    assert found.fact("SRC-04", "prevention") == ["ciScan"]
    assert "hand" in found.hints("SRC-04")[0]


def test_unusable_values_are_reported_with_their_line(reads: Any) -> None:
    """Placeholders, wrong types, words outside the schema, and parts that no practice uses."""
    left_out = "\n".join(reads(read_security_insights, VERSION_2).left_out)

    for part in (
        "a.md:17 project.documentation.quickstart-guide is a placeholder",
        "contributing-guide is not a URL",
        "governance is not text",
        'type "secret-scanning" of odd is not in the 2.2.0 schema',
        "a tool without name",
        "project.roadmap: no practice uses it",
        "surplus: is not part of Security Insights 2.2.0",
    ):
        assert part in left_out


def test_version_1(reads: Any) -> None:
    """The parts of 1.0.0 that practices use."""
    found = reads(read_security_insights, VERSION_1)

    assert found.fact("GOV-03", "lifecycleState") == []
    assert found.hints("GOV-03") == ["the project gives its status as wip", "core maintainers named: 2"]
    assert found.fact("VUL-01", "contacts") == [
        [{"kind": "email", "value": "security@acme.dev"}],
        [{"kind": "forgePrivateReport", "value": "https://github.com/acme/lib/security/advisories/new"}],
        [{"kind": "web", "value": "https://acme.dev/contact"}],
    ]
    assert found.fact("VUL-01", "privateReporting") == [True]
    assert found.fact("TST-02", "tools") == [[{"type": "fuzzing", "name": "AFL", "runs": "release"}]]
    assert found.hints("TST-04") == [
        "review by Body, 2021: https://acme.dev/r.pdf",
        "review by Other, year not stated: https://acme.dev/r2.pdf",
    ]
    assert found.fact("DOC-04", "url") == ["https://acme.dev/threats"]
    assert found.hints("DOC-04") == ["self-assessment: https://acme.dev/self"]
    assert found.fact("DEP-01", "url") == ["https://forge.dev/acme/lib/lock"]
    assert found.fact("DEP-02", "url") == ["https://acme.dev/s.cdx"]
    assert found.hints("DEP-02") == ["SBOM of an unknown format: https://acme.dev/s.x"]
    left_out = "\n".join(found.left_out)
    assert "bug-fixes-only is neither true nor false" in left_out
    assert "neither a mail address nor a URL" in left_out
    assert "distribution-points is not a list" in left_out


@pytest.mark.parametrize(
    ("text", "label", "shape"),
    [
        ("project:\n  name: a\n", "no version", "2.2.0"),
        ("header:\n  schema-version: 1.0.0\nproject:\n  name: a\n", "1.0.0", "2.2.0"),
        ("header:\n  schema-version: 0.13.4\nsecurity-contacts: []\n", "0.13.4", "1.0.0"),
        ("header:\n  schema-version: 2.0.0\nother: 1\n", "2.0.0", None),
    ],
)
def test_sections_decide_which_version_it_is(reads: Any, text: str, label: str, shape: str | None) -> None:
    """A half-migrated file is read by its content, and this is reported."""
    found = reads(read_security_insights, text)

    assert found.reading.label == f"a.md ({label})"
    assert any(f"the sections are read as version {shape}" in line for line in found.left_out) is (
        shape is not None
    )


@pytest.mark.parametrize(
    "text", ["", "- a", "header: 1", "project: []\nrepository: x", "a: b: c", "repository:\n  security: 1\n"]
)
def test_other_shapes_do_not_crash(reads: Any, text: str) -> None:
    """Any content yields a reading."""
    assert reads(read_security_insights, text).reading.found == ()


def test_empty_parts_are_silent(reads: Any) -> None:
    """A key without a value claims nothing and is not reported."""
    first = """\
header: {schema-version: 1.0.0, project-url: }
security-testing:
  - {tool-type: sca, tool-name: x, integration: {ci: false}}
dependencies:
  dependencies-lists: [TODO]
distribution-points: [https://acme.dev/releases/]
"""
    second = "repository: {security: {assessments: {self: {comment: x}, third-party: }}, license: }\n"

    assert reads(read_security_insights, first).fact("REL-02", "releasesUrl") == [
        "https://acme.dev/releases/"
    ]
    assert reads(read_security_insights, first).hints("DEP-04") == ["x also checks dependencies"]
    assert reads(read_security_insights, second).reading.found == ()


def test_maintenance_only(reads: Any) -> None:
    """Active with bug fixes only is a state of its own."""
    text = "repository:\n  status: active\n  bug-fixes-only: true\n"
    assert reads(read_security_insights, text).fact("GOV-03", "lifecycleState") == ["maintenanceOnly"]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("SECURITY-INSIGHTS.yml", "", True),
        ("somewhere/security-insights.yaml", "", True),
        ("acme.yml", "header:\n  schema-version: 9\nx: 1\n", True),
        ("acme.yml", "project-lifecycle:\n  a: b\nsecurity-contacts:\n", True),
        ("acme.yml", "project_lifecycle:\n  a: b\nsecurity_contacts:\n", True),
        ("acme.yml", "project:\n  a: b\n", False),
        ("acme.json", "header:\nproject:\n", False),
    ],
)
def test_which_files_are_recognised(path: str, text: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """The name decides, or sections that no other format uses together."""
    assert is_security_insights(Document(path=path, data=text.encode())) is expected
