"""Unsigned files: the facts that they show, whose they are, and why one is not used."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from avow.record import Declaration
from avow.survey import hearing
from avow.survey.evidence import EvidencePointer, Heard, SurveyedComponent, gather
from avow.survey.project_files import is_checkout, is_project_file
from avow.vocabulary import Voice

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REPOSITORY = "https://github.com/acme/acmelib"
COMPONENT = SurveyedComponent(
    id="c1",
    purl="pkg:pypi/acmelib@2.4.1",
    repository="git+ssh://git@github.com/Acme/acmelib.git",
    upstream="u1",
)

INSIGHTS = """\
header:
  schema-version: 2.0.0
  last-updated: '2026-09-01'
  last-reviewed: '2026-10-01'
  url: https://github.com/acme/acmelib/blob/main/security-insights.yml
project:
  name: acmelib
  administrators: []
  repositories:
    - name: acmelib
      url: https://github.com/acme/acmelib
      comment: the code
  vulnerability-reporting:
    reports-accepted: true
    bug-bounty-available: false
    policy: https://github.com/acme/acmelib/blob/main/SECURITY.md
repository:
  url: https://github.com/acme/acmelib
  status: active
  accepts-change-request: true
  accepts-automated-change-request: true
  no-third-party-packages: false
"""


def scorecard(**changed: Any) -> bytes:
    """A published result."""
    result = {
        "date": "2026-11-01",
        "repo": {"name": "github.com/acme/acmelib", "commit": "5e" * 20},
        "scorecard": {"version": "v5.5.0"},
        "checks": [
            {"name": "Code-Review", "score": 3, "reason": "few"},
            {"name": "Maintained", "score": -1, "reason": "error"},
            {"name": "License", "score": True, "reason": "?"},
            {"name": "Vulnerabilities", "score": 10, "reason": "none"},
        ],
    }
    return json.dumps(result | changed).encode()


def heard(*paths: Path, component: SurveyedComponent = COMPONENT) -> Heard:
    """What the files say about `component`."""
    return gather(paths, now=NOW).about([component])


def one(found: Heard) -> Declaration:
    """The only file that was heard."""
    assert len(found.declarations) == 1, found
    return found.declarations[0]


def written(path: Path, content: str | bytes) -> Path:
    """`path`, with that content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---- Security Insights -----------------------------------------------------------------------------------


def test_security_insights_are_the_projects_unsigned_word(tmp_path: Path) -> None:
    """Matched by the repository that the file names, however an SBOM writes it."""
    found = one(heard(written(tmp_path / "security-insights.yml", INSIGHTS)))

    assert (found.kind, found.voice, found.basis) == (
        "security-insights",
        Voice.PROJECT_UNSIGNED,
        hearing.BY_REPOSITORY,
    )
    assert found.dated == datetime(2026, 10, 1, tzinfo=UTC)
    assert {each.practice for each in found.said} >= {"GOV-03", "VUL-02"}
    assert {each.status for each in found.said} == {"stated"}
    assert found.signer == ""
    assert found.upstream == "u1"


def test_the_day_of_an_update_where_nobody_reviewed(tmp_path: Path) -> None:
    """The file dates itself."""
    text = INSIGHTS.replace("  last-reviewed: '2026-10-01'\n", "")

    assert one(heard(written(tmp_path / "security-insights.yml", text))).dated == datetime(
        2026, 9, 1, tzinfo=UTC
    )


def test_a_file_without_a_date(tmp_path: Path) -> None:
    """None is made up."""
    text = INSIGHTS.replace("  last-reviewed: '2026-10-01'\n", "").replace(
        "  last-updated: '2026-09-01'\n", ""
    )

    assert one(heard(written(tmp_path / "security-insights.yml", text))).dated is None


def test_security_insights_that_end(tmp_path: Path) -> None:
    """Version 1 has a day on which it expires."""
    text = """\
header:
  schema-version: 1.0.0
  expiration-date: '2027-10-31T00:00:00.000Z'
  project-url: https://github.com/acme/acmelib
  license: https://github.com/acme/acmelib/blob/main/LICENSE
project-lifecycle:
  status: active
  bug-fixes-only: false
contribution-policy:
  accepts-pull-requests: true
  accepts-automated-pull-requests: false
vulnerability-reporting:
  accepts-vulnerability-reports: true
  security-policy: https://github.com/acme/acmelib/blob/main/SECURITY.md
"""
    assert one(heard(written(tmp_path / "security-insights.yml", text))).valid_until == date(2027, 10, 31)


def test_an_expired_file_says_nothing(tmp_path: Path) -> None:
    """It is listed with the day."""
    text = INSIGHTS.replace("schema-version: 2.0.0", "schema-version: 1.0.0\n  expiration-date: '2024-10-31'")
    found = heard(written(tmp_path / "security-insights.yml", text))

    assert found.declarations == ()
    assert "expired on 2024-10-31" in found.gaps[0].why


def test_a_file_without_a_repository(tmp_path: Path) -> None:
    """Nobody knows whose it is."""
    text = INSIGHTS.replace("https://github.com/acme/acmelib\n", "https://acme.example/x y\n")
    found = heard(written(tmp_path / "security-insights.yml", text))

    assert found.declarations == ()
    assert "refused" in found.gaps[0].why


def test_a_file_without_any_fact(tmp_path: Path) -> None:
    """There is nothing to say."""
    found = heard(written(tmp_path / "security-insights.yml", "header:\n  schema-version: 2.0.0\n"))

    assert "nothing in it can be used" in found.gaps[0].why


def test_another_repositorys_file(tmp_path: Path) -> None:
    """It is about none of the components, and says about what it is."""
    found = heard(
        written(tmp_path / "security-insights.yml", INSIGHTS),
        component=SurveyedComponent(id="c1", repository="https://github.com/acme/other"),
    )

    assert found.declarations == ()
    assert REPOSITORY in found.gaps[0].why


def test_a_component_without_a_repository_is_about_nothing(tmp_path: Path) -> None:
    """An empty address equals no other one."""
    path = written(tmp_path / "security-insights.yml", INSIGHTS)

    assert heard(path, component=SurveyedComponent(id="c1")).declarations == ()


def test_the_same_file_counts_once(tmp_path: Path) -> None:
    """However often it was copied."""
    (tmp_path / "a").mkdir()
    written(tmp_path / "security-insights.yml", INSIGHTS)
    written(tmp_path / "a" / "security-insights.yml", INSIGHTS)

    assert one(heard(tmp_path)).source == str(tmp_path / "security-insights.yml")


def test_a_pointer_may_lead_to_an_unsigned_file(tmp_path: Path) -> None:
    """By the digest that the SBOM states."""
    path = written(tmp_path / "security-insights.yml", INSIGHTS)
    digest = one(heard(path)).sha256
    found = gather([path], now=NOW).about(
        [SurveyedComponent(id="c1")],
        pointers=[EvidencePointer("c1", "https://acme.example/insights", digest)],
    )

    assert one(found).basis == hearing.BY_POINTER


# ---- Scorecard -------------------------------------------------------------------------------------------


def test_a_published_scorecard_is_a_third_partys_word(tmp_path: Path) -> None:
    """By practice, with the scores; a check that could not tell says so, and none is called good."""
    found = one(heard(written(tmp_path / "a.json", scorecard())))

    assert (found.kind, found.voice, found.basis) == (
        "scorecard",
        Voice.THIRD_PARTY_UNSIGNED,
        hearing.BY_REPOSITORY,
    )
    facts = {fact for each in found.said for fact in each.facts}
    assert facts == {
        ("Code-Review", "3 of 10"),
        ("Maintained", "could not tell"),
        ("License", "could not tell"),
    }
    assert {each.status for each in found.said} == {"observed"}
    assert "5e5e" in found.note
    assert "Vulnerabilities" in found.note
    assert found.dated == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_scorecard_with_nothing_left_over(tmp_path: Path) -> None:
    """The note has the commit alone."""
    found = one(heard(written(tmp_path / "a.json", scorecard(checks=[{"name": "License", "score": 10}]))))

    assert found.note == f"run on commit {'5e' * 20}"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"repo": {"name": "file://.", "commit": "unknown"}}, "names no project"),
        ({"repo": {"name": "file://.", "commit": "5e" * 20}}, "names no project"),
        ({"repo": {"name": ".", "commit": "5e" * 20}}, "names no project"),
        ({"repo": {"name": "github.com/acme/acmelib", "commit": "unknown"}}, "which commit"),
        ({"repo": None}, "no repo.name"),
        ({"date": "2027-01-01"}, "in the future"),
        ({"date": "soon"}, "not a date"),
    ],
)
def test_a_scorecard_that_can_not_be_used(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    """A run in a directory names no project; what is dated in the future was not seen."""
    found = heard(written(tmp_path / "a.json", scorecard(**changed)))

    assert found.declarations == ()
    assert why in found.gaps[0].why


# ---- checkouts -------------------------------------------------------------------------------------------


def checkout(directory: Path, *, remote: str = f"{REPOSITORY}.git") -> Path:
    """A small repository with one commit."""
    directory.mkdir()
    written(directory / "SECURITY.md", "# Security\n\nReport to https://acme.example/report in private.\n")
    written(directory / "pyproject.toml", '[project]\nname = "acmelib"\nversion = "2.4.1"\nlicense = "MIT"\n')
    git = ["git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    if remote:
        subprocess.run([*git, "remote", "add", "origin", remote], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "one", "--date", "2026-11-01T00:00:00Z"], check=True)
    return directory


def test_a_checkout_shows_what_its_files_say(tmp_path: Path) -> None:
    """The same facts as a draft, by the repository that its remote names."""
    found = one(heard(checkout(tmp_path / "acmelib")))

    assert (found.kind, found.voice, found.basis) == (
        "checkout",
        Voice.PROJECT_UNSIGNED,
        hearing.BY_REPOSITORY,
    )
    assert found.said
    assert "checkout of commit" in found.note
    assert found.dated is not None


def test_a_checkout_below_a_directory(tmp_path: Path) -> None:
    """Several of them, as somebody collects them; their files are not read one by one."""
    checkout(tmp_path / "acmelib")
    found = heard(tmp_path)

    assert one(found).kind == "checkout"
    assert found.gaps == ()


def test_an_archive_of_source_is_a_checkout(tmp_path: Path) -> None:
    """Without git, the manifest names the package, and no version of it."""
    written(tmp_path / "pyproject.toml", '[project]\nname = "acmelib"\nversion = "2.4.1"\nlicense = "MIT"\n')
    found = one(heard(tmp_path))

    assert (found.kind, found.basis, found.dated) == ("checkout", hearing.BY_PACKAGE, None)
    assert found.note == ""


def test_a_checkout_that_names_nothing(tmp_path: Path) -> None:
    """It is listed, and heard about nothing."""
    directory = tmp_path / "a"
    directory.mkdir()
    written(directory / "package.json", '{"private": true, "license": "MIT"}')
    found = heard(directory)

    assert found.declarations == ()
    assert found.gaps


def test_an_empty_checkout(tmp_path: Path) -> None:
    """Nothing can be drafted from it."""
    directory = tmp_path / "a"
    directory.mkdir()
    subprocess.run(["git", "-C", str(directory), "init", "-q"], check=True)
    found = heard(directory)

    assert found.declarations == ()
    assert found.gaps


def test_a_file_is_not_a_checkout(tmp_path: Path) -> None:
    """Nor is what does not exist, or can't be listed."""
    assert not is_checkout(written(tmp_path / "a", "text"))
    assert not is_checkout(tmp_path / "missing")


# ---- what is a project file ------------------------------------------------------------------------------


def test_a_large_file_is_neither() -> None:
    """Real ones have some kilobytes."""
    assert not is_project_file("security-insights.yml", b"#" * (1024 * 1024 + 1))
    assert is_project_file("security-insights.yml", INSIGHTS.encode())
    assert is_project_file("other.yaml", INSIGHTS.encode())
    assert is_project_file("other.json", scorecard())
    assert not is_project_file("other.json", b"{}")
