"""Documents for people: names and headings show where something is, plain sentences say a little more."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.found import Document, InRepository
from avow.drafting.readers.project_documents import is_project_document, read_project_document


def test_readme(reads: Any) -> None:
    """Its sections are values of facts."""
    text = (
        "# Acme\n## Build status\n## Building from source\n## Running the tests\n"
        "## Verifying release signatures\n## Hardening\nWe follow [SemVer](https://semver.org).\n"
    )
    found = reads(read_project_document, text, path="README.md")
    places = {(item.practice, item.fact): item.value for item in found.reading.found}

    assert places["DOC-01", "url"] == InRepository(path="README.md")
    assert places["REL-01", "url"] == InRepository(path="README.md", anchor="building-from-source")
    assert places["TST-01", "docsUrl"] == InRepository(path="README.md", anchor="running-the-tests")
    assert places["REL-04", "verifyUrl"] == InRepository(
        path="README.md", anchor="verifying-release-signatures"
    )
    assert places["DOC-02", "url"] == InRepository(path="README.md", anchor="hardening")
    assert places["REL-02", "scheme"] == "semver"


def test_a_denied_scheme_does_not_count(reads: Any) -> None:
    """A sentence that denies a scheme is not a fact."""
    assert (
        reads(read_project_document, "This is not https://semver.org", path="README").fact("REL-02", "scheme")
        == []
    )


@pytest.mark.parametrize(
    "heading", ["Building documentation", "Build status", "Rebuild the world", "Testimonials"]
)
def test_headings_about_something_else(reads: Any, heading: str) -> None:
    """A single word does not mean build or test instructions."""
    found = reads(read_project_document, f"# Acme\n## {heading}\n", path="README.md")

    assert [item.fact for item in found.reading.found] == ["url"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("All changes must include tests.", [True]),
        ("Pull requests need to be formatted.", [True]),
        ("Test files need a helper.", []),
        ("Changes must not include tests.", []),
        ("We like tests in patches.", []),
    ],
)
def test_a_quality_bar(reads: Any, sentence: str, expected: list[bool]) -> None:
    """It is a plain requirement for changes."""
    assert (
        reads(read_project_document, sentence, path="CONTRIBUTING.md").fact("GOV-01", "qualityBarDocumented")
        == expected
    )


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Open a pull request.", ["pullRequest"]),
        ("We do not take pull requests. Use git send-email.", ["patchByMail"]),
        ("Talk to us.", []),
    ],
)
def test_the_form_of_fixes(reads: Any, sentence: str, expected: list[str]) -> None:
    """The first form that is not denied counts."""
    assert (
        reads(read_project_document, sentence, path="CONTRIBUTING.md").fact("VUL-07", "preferredFixForm")
        == expected
    )


def test_changelog(reads: Any) -> None:
    """An identifier is only a hint: it names one vulnerability, perhaps not all."""
    found = reads(read_project_document, "# 1.0\nFixes CVE-2024-12345.\n", path="CHANGELOG.md")

    assert found.fact("REL-03", "namesSecurityFixes") == []
    assert "CVE-2024-12345" in found.hints("REL-03")[0]
    assert reads(read_project_document, "# 1.0\n", path="NEWS").hints("REL-03") == []


BUILD_TEST_AND_SUPPORT = "Build it with make. Run the tests with make check. Supported versions: the newest."


@pytest.mark.parametrize(
    ("path", "practice", "fact"),
    [
        ("INSTALL", "REL-01", "url"),
        ("docs/BUILDING.md", "REL-01", "url"),
        ("TESTING.rst", "TST-01", "docsUrl"),
        ("GOVERNANCE.md", "GOV-02", "url"),
        ("MAINTAINERS", "GOV-02", "url"),
        ("ARCHITECTURE.md", "DOC-03", "designUrl"),
        ("docs/threat-model.md", "DOC-04", "url"),
        ("EOL.md", "SUP-01", "policyUrl"),
        ("docs/supported_versions.md", "SUP-01", "policyUrl"),
        ("DEPENDENCY_POLICY.md", "DEP-03", "policyUrl"),
        ("somewhere/else/INSTALL.md", "REL-01", "url"),
    ],
)
def test_documents_as_a_whole(reads: Any, path: str, practice: str, fact: str) -> None:
    """Their name shows what they are."""
    found = reads(read_project_document, BUILD_TEST_AND_SUPPORT, path=path)

    assert is_project_document(Document(path=path, data=b"text"))
    assert [(item.practice, item.fact) for item in found.reading.found] == [(practice, fact)]


def test_code_owners_are_a_hint(reads: Any) -> None:
    """The file does not show whether the forge enforces them."""
    found = reads(read_project_document, "# x\n* @acme\n", path=".github/CODEOWNERS")

    assert "has 1 rule:" in found.hints("SRC-03")[0]
    assert reads(read_project_document, "# x\n", path="CODEOWNERS").hints("SRC-03") == []


def test_empty_and_other_files(reads: Any) -> None:
    """They yield nothing."""
    assert reads(read_project_document, "", path="README").left_out == ["README is empty"]
    assert reads(read_project_document, "x", path="other").reading.found == ()
    assert not is_project_document(Document(path="README", data=b"\0"))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("INSTALL", "How to compile: see INSTALL.md\n"),
        ("INSTALL.md", "Get it from your distribution.\n"),
        ("docs/testing.md", "# Testing Applications\n\nTesting your application with pytest.\n"),
        ("docs/testing.md", "# Tests\n\nThere are many.\n"),
        ("docs/lifecycle.md", "# Application lifecycle\n\nRequests come and go.\n"),
        ("CHANGES.md", "See [the page](https://acme.dev/changes).\n"),
        ("docs/history.md", "How the project became what it is.\n"),
        ("CHANGELOG.md", "This file is no longer updated.\n\n# 1.0\n"),
    ],
)
def test_documents_that_only_have_the_name(reads: Any, path: str, text: str) -> None:
    """They refer elsewhere, or are about something else."""
    found = reads(read_project_document, text, path=path)

    assert found.reading.found == ()
    assert found.left_out or found.hints("REL-03")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Tests\n\nRun `pytest`.\n", True),
        ("## Running the tests\n\n### Fast\n\nUse tox.\n", True),
        ("## Testing\n\nThe client helps in testing your application: run pytest.\n", False),
        ("## Updating test outputs\n\nRun pytest.\n", False),
        ("## Tests\n\nWe love them.\n", False),
    ],
)
def test_sections_about_the_project_s_own_tests(reads: Any, text: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """They say how to run them; sections about testing with the project don't."""
    assert bool(reads(read_project_document, text, path="README.md").fact("TST-01", "docsUrl")) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Building\n\n`make`\n", True),
        ("## Building\n\nWe build on trust.\n", False),
        ("## Build status\n\n`make`\n", False),
    ],
)
def test_sections_about_building(reads: Any, text: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """They have a command."""
    assert bool(reads(read_project_document, text, path="README.md").fact("REL-01", "url")) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This project adheres to [Semantic Versioning](https://semver.org).", ["semver"]),
        ("We try to follow Semantic Versioning.", []),
        ("It does not follow Semantic Versioning.", []),
        ("We follow Semantic Versioning, but not strictly.", []),
        ("- Updated the parser for Semantic Versioning.", []),
        ("We plan to use Semantic Versioning.", []),
        ("See semver.org.", []),
        ("In general, we follow Semantic Versioning.", []),
    ],
)
def test_version_schemes_that_are_used(reads: Any, text: str, expected: list[str]) -> None:
    """A plain statement; no hope, denial, exception or other matter."""
    assert reads(read_project_document, text, path="README.md").fact("REL-02", "scheme") == expected


@pytest.mark.parametrize(
    "text",
    [
        "We no longer accept pull requests.",
        "Pull requests are closed.",
        "Pull requests will be ignored. Open a pull request in the other project.",
        "We do not merge contributions. Submit a pull request elsewhere.",
    ],
)
def test_fixes_that_nobody_takes(reads: Any, text: str) -> None:
    """A restriction is for a person to read."""
    found = reads(read_project_document, text, path="CONTRIBUTING.md")

    assert found.fact("VUL-07", "preferredFixForm") == []
    assert found.hints("VUL-07")


def test_a_foundation_is_not_concluded_to_be_a_steward(reads: Any) -> None:
    """Only the legal person itself can say so."""
    text = "# Governance\n\nThe project is hosted by the Acme Foundation, its steward.\n"
    assert {
        item.practice for item in reads(read_project_document, text, path="GOVERNANCE.md").reading.found
    } == {"GOV-02"}


@pytest.mark.parametrize(("lines", "expected"), [(1, ["semver"]), (40, [])])
def test_the_scheme_in_a_change_log(reads: Any, lines: int, expected: list[str]) -> None:
    """At the start it is about all versions, later about one."""
    text = "# Changes\n" + "\n" * lines + "It adheres to Semantic Versioning.\n\n# 1.0\n"
    assert reads(read_project_document, text, path="CHANGELOG.md").fact("REL-02", "scheme") == expected


def test_a_readme_that_only_refers_to_another(reads: Any) -> None:
    """It says nothing about the purpose."""
    assert reads(read_project_document, "See README.rst\n", path="README").reading.found == ()
