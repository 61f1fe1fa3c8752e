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


def triggered(on: str) -> str:
    return (
        f"on: {on}\njobs: {{a: {{steps: [{{run: pytest}}, {{uses: 'github/codeql-action/analyze@v3'}}]}}}}\n"
    )


@pytest.mark.parametrize(
    ("on", "automated", "runs"),
    [
        ("push", [True], ["ci"]),
        ("{push: {tags: ['v*']}}", [True], ["release"]),
        ("{schedule: [{cron: '0 0 * * *'}]}", [True], ["adhoc"]),
        ("workflow_dispatch", [], ["adhoc"]),
        ("workflow_call", [], []),
    ],
)
def test_what_starts_a_workflow(reads: Any, on: str, automated: list[bool], runs: list[str]) -> None:
    """What only a person or another workflow starts does not run by itself."""
    found = reads(read_pipeline, triggered(on), path=GITHUB)

    assert found.fact("TST-01", "automated") == automated
    assert [tools[0]["runs"] for tools in found.fact("TST-02", "tools")] == runs


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs: {a: {if: false, steps: [{run: pytest}]}}\n",
        "on: push\njobs: {a: {steps: [{if: '${{ false }}', run: pytest}]}}\n",
        "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          # pytest\n          echo pytest\n",
        "on: push\njobs:\n  a:\n    steps:\n      # - run: pytest\n      - run: ls\n",
        "on: push\njobs: {a: {name: pytest, steps: [{name: run pytest, run: ls}]}}\n",
    ],
)
def test_what_is_switched_off(reads: Any, text: str) -> None:
    """Jobs that never run, comments, and tools that are only mentioned."""
    assert reads(read_pipeline, text, path=GITHUB).fact("TST-01", "automated") == []


def test_a_job_with_rules(reads: Any) -> None:
    """When it runs depends on the rules."""
    text = (
        "scan:\n  only: [schedules]\n  script: [cov-build make]\n"
        "other:\n  when: manual\n  script: [gitleaks detect]\n"
    )
    found = reads(read_pipeline, text, path=".gitlab-ci.yml")

    assert found.reading.found == ()
    assert found.hints("TST-02") == ["Coverity is configured. When does it run?"]
    assert found.hints("SRC-04") == ["Gitleaks is configured. When does it run?"]


@pytest.mark.parametrize(
    ("command", "practice", "expected"),
    [
        ("trivy fs .", "DEP-04", 2),
        ("trivy image a", "TST-02", 1),
        ("trivy config .", "TST-02", 0),
        ("cargo deny check", "DEP-04", 2),
        ("cargo deny check licenses", "DEP-04", 0),
    ],
)
def test_what_a_tool_is_used_for(reads: Any, command: str, practice: str, expected: int) -> None:
    """The same tool looks at dependencies, images, licences or configuration."""
    found = reads(read_pipeline, workflow(f"run: {command}"), path=GITHUB)
    assert len([item for item in found.reading.found if item.practice == practice]) == expected


@pytest.mark.parametrize(
    ("path", "command", "expected"),
    [
        (".github/workflows/release.yml", "cosign sign-blob a", ["sigstore"]),
        (".github/workflows/e2e.yml", "cosign sign-blob a", []),
        (".github/workflows/release.yml", "cosign sign image", []),
    ],
)
def test_signing_of_something_else(reads: Any, path: str, command: str, expected: list[str]) -> None:
    """A test of signing, and signed images of containers, are not signed releases."""
    assert (
        reads(read_pipeline, workflow(f"run: {command}"), path=path).fact("REL-04", "mechanism") == expected
    )


def test_pins_of_a_file_that_is_not_read_to_its_end(reads: Any) -> None:
    """The rest may have others."""
    text = workflow(f"uses: actions/checkout@{PIN}") + "broken: a: b\n"
    assert reads(read_pipeline, text, path=GITHUB).fact("REL-06", "actionsPinned") == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".github/dependabot.yml", "version: 2\n# updates: [{package-ecosystem: pip, directory: /}]\n", []),
        (".github/dependabot.yml", "updates: []\n", []),
        (".github/dependabot.yml", "updates: [{package-ecosystem: pip, directory: /docs}]\n", []),
        (
            ".github/dependabot.yml",
            "updates: [{package-ecosystem: pip, directory: /, open-pull-requests-limit: 0}]\n",
            [],
        ),
        (".github/dependabot.yml", "updates: [{directory: /}]\n", []),
        (
            ".github/dependabot.yml",
            "updates: [{package-ecosystem: pip, directories: [/a, /]}]\n",
            ["Dependabot"],
        ),
        ("renovate.json", '{"enabled": false}', []),
        ("renovate.json", '{"packageRules": [{"enabled": false}]}', ["Renovate"]),
        ("renovate.json", "", []),
    ],
)
def test_bots_that_are_switched_off(reads: Any, path: str, text: str, expected: list[str]) -> None:
    """Commented out, empty, disabled, or for another directory."""
    assert reads(read_updater, text, path=path).fact("DEP-03", "updateTool") == expected


def test_hooks_that_are_commented_out(reads: Any) -> None:
    """They prevent nothing."""
    text = "repos:\n# - repo: https://github.com/gitleaks/gitleaks\n- repo: local\n"
    assert reads(read_updater, text, path=".pre-commit-config.yaml").fact("SRC-04", "prevention") == []


def test_a_file_in_the_wrong_place() -> None:
    """GitHub reads it in .github only."""
    assert not is_updater(Document(path="dependabot.yml", data=b"version: 2"))
