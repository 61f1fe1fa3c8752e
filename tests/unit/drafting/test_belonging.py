"""Facts of another repository, package or time are left out, in small repositories as they exist."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import Declaration, parse_declaration
from avow.drafting.belonging import same_repository
from avow.drafting.checkout import open_checkout
from avow.drafting.draft import Draft, draft

TODAY = date(2026, 11, 22)
OWN = "https://github.com/acme/lib"
PRIVATE = "Report a vulnerability privately at {}/security/advisories/new.\n"
MIT = (Path(__file__).parents[3] / "LICENSE").read_text(encoding="utf-8")
MANIFEST = '[project]\nname = "acmelib"\nversion = "2.0.0"\n'


def repository(directory: Path, files: dict[str, str], *, remote: str = OWN, tags: str = "") -> Draft:
    """The draft for a git repository with these files, tags and remote."""
    environment = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    person = ["-c", "user.name=a", "-c", "user.email=a@acme.dev"]
    commands = [["init", "-q", "-b", "main"], ["remote", "add", "origin", remote], ["add", "."]]
    commands += [[*person, "commit", "-q", "--allow-empty", "-m", "x"]]
    for command in commands:
        subprocess.run(["git", "-C", str(directory), *command], check=True, env=environment)
    for day, tag in enumerate(tags.split(), start=1):
        when = {"GIT_COMMITTER_DATE": f"2026-02-{day:02}T00:00:00Z"}
        command = [*person, "tag", "-a", "-m", tag, tag]
        subprocess.run(["git", "-C", str(directory), *command], check=True, env=environment | when)
    return draft(
        open_checkout(directory), [], catalogue=load_catalogue(), today=TODAY, relationship="maintainer"
    )


def parsed(result: Draft) -> Declaration:
    return parse_declaration(
        result.declaration.encode(), source="avow.yaml", catalogue=load_catalogue(), today=TODAY
    )


def fact(result: Draft, practice: str, name: str) -> Any:
    found = parsed(result).practice(practice)
    return None if found is None else found.facts.get(name)


def implemented(result: Draft) -> set[str]:
    return {each.id for each in parsed(result).practices if each.status == "implemented"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://github.com/acme/lib", "http://www.github.com/Acme/Lib.git", True),
        ("https://github.com/acme/lib", "https://github.com/acme/lib/tree/main/packages/a", True),
        ("https://github.com/acme/lib", "https://github.com/acme/lib2", False),
        ("https://gitlab.com/acme/group/lib", "https://gitlab.com/acme/group/lib/-/tree/main", True),
        ("https://gitlab.com/acme/group/lib", "https://gitlab.com/acme/group/other", False),
        ("elsewhere", "ELSEWHERE", True),
    ],
)
def test_addresses_of_one_repository(one: str, other: str, same: bool) -> None:  # noqa: FBT001  expectation
    """Case, `.git` and places within a repository don't matter."""
    assert same_repository(one, other) is same


def test_the_policy_of_a_fork_s_origin(tmp_path: Path) -> None:
    """Reports to the original project are not private reports to this one."""
    upstream = "https://github.com/original/lib"
    result = repository(
        tmp_path,
        {"SECURITY.md": PRIVATE.format(upstream) + f"\nPast advisories: {upstream}/security/advisories\n"},
    )

    assert fact(result, "VUL-01", "contacts") is None
    assert fact(result, "VUL-01", "privateReporting") is None
    assert fact(result, "VUL-03", "listUrl") is None
    assert "contacts would be of another repository" in result.declaration


def test_the_own_policy(tmp_path: Path) -> None:
    """The same words with the own address count."""
    result = repository(tmp_path, {"SECURITY.md": PRIVATE.format(OWN)})
    assert implemented(result) >= {"VUL-01"}


def test_a_mirror(tmp_path: Path) -> None:
    """A source on another host may be the same project, or another; nobody but a person knows."""
    manifest = f'{MANIFEST}[project.urls]\nRepository = "https://git.acme.dev/lib"\n'
    result = repository(tmp_path, {"pyproject.toml": manifest})
    assert fact(result, "SRC-01", "vcsUrl") is None


def test_the_manifest_of_a_fork_s_origin(tmp_path: Path) -> None:
    """Which project the declaration is about is for a person to say; until then nothing is implemented."""
    manifest = f'{MANIFEST}[project.urls]\nRepository = "https://github.com/original/lib"\n'
    result = repository(tmp_path, {"pyproject.toml": manifest, "SECURITY.md": PRIVATE.format(OWN)})

    assert parsed(result).project.source == OWN
    assert parsed(result).project.purl is None
    assert fact(result, "SRC-01", "vcsUrl") is None
    assert implemented(result) == set()
    assert "https://github.com/original/lib instead. Which of them" in result.declaration


INSIGHTS = """\
header:
  schema-version: 1.0.0
  expiration-date: '{expiry}T00:00:00.000Z'
  project-url: {url}
project-lifecycle:
  status: {status}
vulnerability-reporting:
  accepts-vulnerability-reports: true
  security-policy: https://acme.dev/policy
security-contacts:
  - {{type: email, value: {contact}}}
"""


def insights(
    url: str = OWN, expiry: str = "2027-01-01", status: str = "active", contact: str = "security@acme.dev"
) -> dict[str, str]:
    return {"SECURITY-INSIGHTS.yml": INSIGHTS.format(url=url, expiry=expiry, status=status, contact=contact)}


def test_security_insights_of_this_repository(tmp_path: Path) -> None:
    """Its facts count."""
    result = repository(tmp_path, insights())

    assert fact(result, "GOV-03", "lifecycleState") == "active"
    assert fact(result, "VUL-01", "contacts")
    assert fact(result, "SRC-01", "vcsUrl") == OWN


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (insights(url="https://github.com/acme/other"), "is about https://github.com/acme/other"),
        (insights(expiry="2026-11-21"), "expired on 2026-11-21"),
    ],
)
def test_security_insights_of_another_repository_or_time(
    tmp_path: Path, files: dict[str, str], why: str
) -> None:
    """Nothing in it is used, and the draft says why."""
    result = repository(tmp_path, files)

    assert fact(result, "GOV-03", "lifecycleState") is None
    assert fact(result, "VUL-01", "contacts") is None
    assert fact(result, "VUL-02", "policyUrl") is None
    assert parsed(result).project.source == OWN
    assert any(why in item.why for item in result.left_out)


@pytest.mark.parametrize("status", ["abandoned", "inactive", "moved", "suspended", "unsupported"])
def test_security_insights_of_an_ended_project(tmp_path: Path, status: str) -> None:
    """The draft says so before everything else."""
    result = repository(tmp_path, insights(status=status))

    assert fact(result, "GOV-03", "lifecycleState") is None
    assert result.declaration.splitlines()[4].startswith("# ATTENTION: has the project ended?")
    assert result.ended


@pytest.mark.parametrize("status", ["wip", "concept"])
def test_security_insights_of_an_unfinished_project(tmp_path: Path, status: str) -> None:
    """It has not ended, and nobody says that it is active."""
    result = repository(tmp_path, insights(status=status))

    assert fact(result, "GOV-03", "lifecycleState") is None
    assert not result.ended


def test_a_public_list_in_security_insights(tmp_path: Path) -> None:
    """A field for contacts does not make it private."""
    result = repository(tmp_path, insights(contact="acme-dev@googlegroups.com"))
    assert fact(result, "VUL-01", "contacts") is None


def test_an_ended_project(tmp_path: Path) -> None:
    """Facts stay, but nobody keeps up what has to be kept up: no support, no fixes taken."""
    files = {
        "README.md": "# lib\n\nThis project is no longer maintained.\n\n## Building\n\nRun make.\n",
        "SECURITY.md": PRIVATE.format(OWN) + "\n## Supported Versions\n\n| 2.x | yes |\n",
        "CONTRIBUTING.md": "Open a pull request. Changes must have tests.\n",
        "pyproject.toml": f'{MANIFEST}[project.urls]\nIssues = "{OWN}/issues"\nRepository = "{OWN}"\n',
        **insights(),
    }
    result = repository(tmp_path, files)

    assert fact(result, "GOV-03", "lifecycleState") == "archived"
    assert fact(result, "SUP-01", "policyUrl") is None
    assert fact(result, "VUL-07", "defectUrl") == f"{OWN}/issues"
    assert fact(result, "SRC-01", "vcsUrl") == OWN
    assert fact(result, "REL-01", "url")
    assert implemented(result) == set()  # what else these two need, no file says
    assert (
        "# ATTENTION: has the project ended? README.md:3 says: This project is no longer"
        in result.declaration
    )


SCORECARD = {
    "date": "2026-11-01",
    "repo": {"name": "github.com/acme/lib", "commit": "a" * 40},
    "scorecard": {"version": "v5"},
    "checks": [{"name": "Binary-Artifacts", "score": 10, "reason": "x", "details": None}],
}


@pytest.mark.parametrize(("name", "found"), [("github.com/acme/lib", True), ("github.com/acme/other", None)])
def test_scorecard_of_another_repository(tmp_path: Path, name: str, found: Any) -> None:
    """A result that was copied from elsewhere says nothing about this one."""
    result = repository(
        tmp_path, {"scorecard.json": json.dumps({**SCORECARD, "repo": {"name": name, "commit": "a" * 40}})}
    )
    assert fact(result, "SRC-05", "noOpaqueBinaries") is found


@pytest.mark.parametrize(
    ("canonical", "home", "found"),
    [
        ("https://acme.dev/.well-known/security.txt", "https://www.acme.dev/lib", True),
        ("https://docs.acme.dev/.well-known/security.txt", "https://acme.dev", True),
        ("https://acme.dev/.well-known/security.txt", "https://lib.acme.dev", True),
        ("https://other.dev/.well-known/security.txt", "https://acme.dev", False),
        ("https://notacme.dev/.well-known/security.txt", "https://acme.dev", False),
        ("https://other.dev/.well-known/security.txt", "https://github.com/acme/lib", True),
    ],
)
def test_security_txt_of_another_site(tmp_path: Path, canonical: str, home: str, found: bool) -> None:  # noqa: FBT001  expectation
    """It is used if its site is that of the project, or if the project has no site of its own."""
    text = f"Contact: mailto:security@acme.dev\nExpires: 2027-01-01T00:00:00Z\nCanonical: {canonical}\n"
    manifest = f'{MANIFEST}[project.urls]\nHomepage = "{home}"\n'
    result = repository(tmp_path, {".well-known/security.txt": text, "pyproject.toml": manifest})
    assert (fact(result, "VUL-01", "contacts") is not None) is found


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"LICENSE": MIT, "pyproject.toml": MANIFEST + 'license = "Apache-2.0"\n'}, "Apache-2.0"),
        ({"LICENSE": MIT, "pyproject.toml": MANIFEST + 'license = "MIT"\n'}, None),
        ({"LICENSE": MIT, "LICENSE-MIT": "x"}, None),
        (
            {"LICENSE-APACHE": MIT, "pyproject.toml": MANIFEST + 'license = "MIT OR Apache-2.0"\n'},
            "MIT OR Apache-2.0",
        ),
        ({"LICENSE": "my own words", "pyproject.toml": MANIFEST + 'license = "MIT"\n'}, "MIT"),
        ({"pyproject.toml": MANIFEST + 'license = "MIT"\n', "package.json": '{"license": "ISC"}'}, None),
        ({"LICENSE": MIT, "vendor/x/LICENSE": "other", "third_party/LICENSE": "other"}, "Apache-2.0"),
        ({"LICENSE": MIT, "NOTICE": "Copyright"}, "Apache-2.0"),
    ],
)
def test_licences_that_do_not_agree(tmp_path: Path, files: dict[str, str], expected: str | None) -> None:
    """An expression is stated only if it covers every licence text at the top; others are of parts."""
    assert fact(repository(tmp_path, files), "LIC-01", "spdxExpression") == expected


def test_two_packages_at_the_top(tmp_path: Path) -> None:
    """Which of them is meant is for a person to say."""
    files = {"pyproject.toml": MANIFEST, "package.json": '{"name": "acme-web", "version": "1.0.0"}'}
    result = repository(tmp_path, files)

    assert parsed(result).project.purl is None
    assert parsed(result).project.name == "lib"
    assert any("is one of 2 packages" in item.why for item in result.left_out)


def test_a_package_beside_a_native_build(tmp_path: Path) -> None:
    """A go.mod for integration tests does not make a C library a Go module."""
    result = repository(
        tmp_path, {"CMakeLists.txt": "project(lib)\n", "go.mod": "module github.com/acme/lib\n"}
    )
    assert parsed(result).project.purl is None


def test_tools_in_a_second_manifest(tmp_path: Path) -> None:
    """A package.json without a version is never published, so it names no package."""
    result = repository(tmp_path, {"pyproject.toml": MANIFEST, "package.json": '{"name": "lint-tools"}'})
    assert parsed(result).project.purl == "pkg:pypi/acmelib"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# 2.1.0\nnews\n# 2.0.0\n", True),
        ("# 3.0.0 (unreleased)\nnews\n", True),
        ("# 1.9.0\nnews\n# 1.8.0\n", False),
        ("Changes are on [the releases page](https://github.com/acme/lib/releases).\n", False),
        ("The log for newer versions is on the page of releases.\n\n# 2.1.0\n", False),
        ("See NEWS.md for 2.1.0\n", False),
    ],
)
def test_change_logs_of_an_earlier_time(tmp_path: Path, text: str, found: bool) -> None:  # noqa: FBT001  expectation
    """A log that names none of the newest releases, or refers elsewhere, is not where they are described."""
    result = repository(tmp_path, {"CHANGELOG.md": text}, tags="v1.9.0 v2.0.0 v2.0.1 v2.1.0")
    assert (fact(result, "REL-03", "url") is not None) is found


def test_releases_of_another_package(tmp_path: Path) -> None:
    """In a repository with many packages, a tag with another name is not a release of this one."""
    result = repository(
        tmp_path, {"pyproject.toml": MANIFEST}, tags="2.0.0 acmelib-2.1.0 acme-helper-0.3.0 rc-2.2.0"
    )
    assert fact(result, "GOV-03", "lastRelease") == "2026-02-02"
