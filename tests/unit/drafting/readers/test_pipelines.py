"""CI configurations: what is set up, when it runs, how steps of other projects are pinned."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.found import Document
from avow.drafting.readers.pipelines import is_pipeline, is_updater, read_pipeline, read_updater

GITHUB = ".github/workflows/ci.yml"
PIN = "a" * 40


def workflow(*steps: str, on: str = "[push]", head: str = "permissions: {contents: read}") -> str:
    lines = "\n".join(f"      - {step}" for step in steps)
    return f"name: run pytest\non: {on}\n{head}\njobs:\n  a:\n    steps:\n{lines}\n"


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q",
        "python -m unittest",
        "npm test",
        "yarn run test",
        "cargo test --all",
        "go test ./...",
        "./mvnw -B verify",
        "./gradlew build",
        "make check",
        "cd x && make -j2 test",
        "ctest",
        "bundle exec rake",
        "dotnet test",
        "mix test",
        "swift test",
    ],
)
def test_commands_that_run_tests(reads: Any, command: str) -> None:
    """The usual test commands of common ecosystems are recognised."""
    found = reads(read_pipeline, workflow(f"run: {command}"), path=GITHUB)

    assert found.fact("TST-01", "automated") == [True]
    assert found.lines("TST-01", "automated") == [f"{GITHUB}:7"]


def test_names_and_conditions_run_nothing(reads: Any) -> None:
    """A step that only has such a name is not a test."""
    found = reads(read_pipeline, workflow("name: pytest", "run: echo", "if: pytest"), path=GITHUB)

    assert found.fact("TST-01", "automated") == []


def test_lines_inside_blocks(reads: Any) -> None:
    """The line is that of the command, not of the step."""
    found = reads(read_pipeline, workflow("run: |\n          echo\n          pytest\n"), path=GITHUB)

    assert found.lines("TST-01", "automated") == [f"{GITHUB}:9"]


@pytest.mark.parametrize(
    ("on", "runs"),
    [
        ("push", "ci"),
        ("[pull_request]", "ci"),
        ("{release: {}}", "release"),
        ("{workflow_dispatch: {}}", "adhoc"),
        ("{schedule: [{cron: '0 1 * * *'}]}", "adhoc"),
    ],
)
def test_when_a_scanner_runs(reads: Any, on: str, runs: str) -> None:
    """The triggers decide."""
    found = reads(read_pipeline, workflow(f"uses: github/codeql-action/analyze@{PIN}", on=on), path=GITHUB)

    assert found.fact("TST-02", "tools") == [[{"type": "SAST", "name": "CodeQL", "runs": runs}]]


@pytest.mark.parametrize(
    ("on", "frequency"),
    [
        ("{push: {}, schedule: [{cron: '0 1 * * 1'}]}", ["weekly"]),
        ("{schedule: [{cron: '0 1 * * 1'}, {cron: '0 1 * * *'}]}", ["daily"]),
        ("{push: {}, schedule: [{cron: '0 1 1 * *'}]}", ["perChange"]),
        ("{release: {}}", ["perRelease"]),
        ("{workflow_dispatch: {}}", []),
        ("{schedule: [{cron: [odd]}]}", []),
    ],
)
def test_how_often_dependencies_are_checked(reads: Any, on: str, frequency: list[str]) -> None:
    """The shortest period of a schedule decides, otherwise the events."""
    found = reads(read_pipeline, workflow("run: pip-audit", on=on), path=GITHUB)

    assert found.fact("DEP-04", "frequency") == frequency
    assert found.fact("DEP-04", "tool") == (["pip-audit"] if frequency else [])


def test_a_second_scanner_is_a_hint(reads: Any) -> None:
    """An entry has room for one tool."""
    found = reads(read_pipeline, workflow("run: pip-audit", "run: osv-scanner -r ."), path=GITHUB)

    assert found.fact("DEP-04", "tool") == ["OSV-Scanner"]
    assert found.hints("DEP-04") == ["pip-audit is configured as well"]


UPDATES = "version: 2\nupdates: [{package-ecosystem: pip, directory: /}]\n"


@pytest.mark.parametrize(("on", "expected"), [("push", ["ciScan"]), ("{workflow_dispatch: {}}", [])])
def test_secret_scanners(reads: Any, on: str, expected: list[str]) -> None:
    """Only a scanner that runs on every change prevents anything."""
    found = reads(read_pipeline, workflow(f"uses: gitleaks/gitleaks-action@{PIN}", on=on), path=GITHUB)

    assert found.fact("SRC-04", "prevention") == expected
    assert found.hints("SRC-04") == ["Gitleaks is configured"]


def test_signing(reads: Any) -> None:
    """A signing step is a fact or a question, depending on the tool."""
    found = reads(
        read_pipeline,
        workflow(
            "run: cosign sign-blob dist/a.tar.gz",
            f"uses: actions/attest-build-provenance@{PIN}",
            f"uses: pypa/gh-action-pypi-publish@{PIN}",
        ),
        path=".github/workflows/release.yml",
    )

    assert found.fact("REL-04", "mechanism") == ["sigstore"]
    assert len(found.hints("REL-04")) == len(found.hints("REL-05")) == 1


@pytest.mark.parametrize(
    ("steps", "pinned"),
    [
        ([f"uses: actions/checkout@{PIN}", "uses: ./local"], [True]),
        ([f"uses: docker://alpine@sha256:{'b' * 64}"], [True]),
        ([f"uses: actions/checkout@{PIN}", "uses: other/action@v4"], [False]),
        (["uses: ./local"], []),
        (["run: echo"], []),
    ],
)
def test_pins(reads: Any, steps: list[str], pinned: list[bool]) -> None:
    """A commit or digest is a pin, a tag is not."""
    assert reads(read_pipeline, workflow(*steps), path=GITHUB).fact("REL-06", "actionsPinned") == pinned


@pytest.mark.parametrize(
    ("head", "hint"),
    [
        ("permissions: {contents: read}", []),
        ("permissions: write-all", ["gives write permission to every job of the workflow"]),
        ("permissions: {contents: write}", ["gives write permission to every job of the workflow"]),
        ("env: {}", ["does not set permissions for the whole workflow"]),
    ],
)
def test_permissions(reads: Any, head: str, hint: list[str]) -> None:
    """The file does not show which permissions a job needs, but it shows too many for all jobs."""
    assert reads(read_pipeline, workflow("run: echo", head=head), path=GITHUB).hints("REL-06") == hint


def test_gitlab(reads: Any) -> None:
    """Templates and scripts are read; aliases are common there and not reported."""
    text = (
        "include:\n  - template: Jobs/SAST.gitlab-ci.yml\n.x: &x {a: b}\njob:\n  <<: *x\n"
        "  script:\n    - cargo test\nbroken: a: b\n"
    )
    found = reads(read_pipeline, text, path=".gitlab-ci.yml")

    assert found.fact("TST-02", "tools") == [[{"type": "SAST", "name": "GitLab SAST", "runs": "ci"}]]
    assert found.fact("TST-01", "automated") == [True]
    assert found.fact("REL-06", "actionsPinned") == []
    assert len(found.left_out) == 1


@pytest.mark.parametrize(
    ("path", "text", "fact", "expected"),
    [
        (".github/dependabot.yml", UPDATES, ("DEP-03", "updateTool"), ["Dependabot"]),
        ("renovate.json", "{}", ("DEP-03", "updateTool"), ["Renovate"]),
        (".pre-commit-config.yaml", "repos:\n- id: gitleaks\n", ("SRC-04", "prevention"), ["preCommit"]),
        (".pre-commit-config.yaml", "repos: []\n", ("SRC-04", "prevention"), []),
    ],
)
def test_bots_and_hooks(reads: Any, path: str, text: str, fact: tuple[str, str], expected: list[str]) -> None:
    """The file shows only that they are configured."""
    assert is_updater(Document(path=path, data=text.encode()))
    assert reads(read_updater, text, path=path).fact(*fact) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".forgejo/workflows/a.yaml", True),
        (".gitea/workflows/a.yml", True),
        (".woodpecker/a.yml", True),
        (".woodpecker.yml", True),
        (".gitlab-ci.yml", True),
        (".circleci/config.yml", True),
        ("docs/ci.yml", False),
    ],
)
def test_where_forges_look(path: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """Each forge has paths of its own."""
    assert is_pipeline(Document(path=path, data=b"a: b")) is expected
