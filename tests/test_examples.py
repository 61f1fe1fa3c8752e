"""Examples and README are correct: the real parsers accept them, and their commands and options exist."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML
from support.virtual_sigstore import VirtualSigstore

from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import profile_names
from avow.cli import COMMANDS, command, run
from avow.declaration.avow_yaml import parse_declaration
from avow.policy import parse_policy
from avow.verification.session import session_for_policy

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
WORKFLOWS = sorted((EXAMPLES / "workflows").glob("*.yml"))
DAY = date(2026, 11, 22)
"""The date of the examples: gaps may end up to a year later, reviews may not be later."""

README = (ROOT / "README.md").read_text(encoding="utf-8")

PLACEHOLDER = "0" * 64


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


# avow.yaml


def test_the_declaration_is_well_formed(capsys: pytest.CaptureFixture[str]) -> None:
    """As its first lines claim."""
    assert run(["check", str(EXAMPLES / "avow.yaml")]) == 0
    assert "well-formed" in capsys.readouterr().out


def test_the_declaration_stays_well_formed() -> None:
    """Nothing in it runs out: whoever tries it in years to come gets the same answer."""
    text = (EXAMPLES / "avow.yaml").read_bytes()
    parse_declaration(text, source="avow.yaml", catalogue=load_catalogue(), today=DAY.replace(year=2126))


def test_the_declaration_shows_every_key() -> None:
    """It has each key of the format once, with a value that is accepted."""
    text = (EXAMPLES / "avow.yaml").read_bytes()
    declared = parse_declaration(text, source="avow.yaml", catalogue=load_catalogue(), today=DAY)
    assert declared.model_dump(exclude={"practices", "notes", "integrator"}, exclude_none=True).keys() >= {
        "project", "declarant", "requests", "scope", "assumptions",
    }  # fmt: skip
    for part in (declared.project, declared.declarant, declared.scope):
        assert all(value not in (None, ()) for value in part.model_dump().values()), part
    statuses = {practice.status for practice in declared.practices}
    assert statuses == {None, "implemented", "partiallyImplemented", "notImplemented", "notApplicable"}
    kinds = {item.kind for practice in declared.practices for item in practice.evidence}
    assert kinds >= {"file", "url", "scorecard"}
    for name in ("coverage", "reason", "justification", "implemented_by", "note", "tracking_url"):
        assert any(getattr(practice, name) for practice in declared.practices), name
    assert {entry.handling for entry in declared.integrator} >= {"integrator", "notRelevant"}


def test_the_declaration_names_practices_as_the_catalogue_does() -> None:
    """The text next to an id is the practice's title."""
    titled = re.findall(
        r"^  ([A-Z]{3}-\d\d): +# (.+)$", (EXAMPLES / "avow.yaml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(titled) == 8
    for practice_id, title in titled:
        practice = load_catalogue().practice(practice_id)
        assert practice is not None
        assert title == practice.title


# policy.yaml


def test_the_policy_is_accepted_once_it_pins_something_real(tmp_path: Path) -> None:
    """With its placeholders filled in as its comments say: root, key, digests."""
    text = (EXAMPLES / "policy.yaml").read_text(encoding="utf-8")
    virtual = VirtualSigstore(organisation="acme trust")
    pinned = {"trusted_root.json": virtual.root(), "tiny-dep.pub": virtual.managed_key().verifier}
    for name, content in pinned.items():
        (tmp_path / name).write_bytes(content)
        text = text.replace(PLACEHOLDER, hashlib.sha256(content).hexdigest(), 1)
    assert PLACEHOLDER not in text
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    session = session_for_policy(path, identity_only=False, accept_sandbox=False, today=DAY)
    assert session.policy is not None
    assert [row.relationship for row in session.policy.signers] == ["maintainer"] * 3
    assert len(session.keys) == 1


def test_the_policy_pins_nothing_by_accident() -> None:
    """As written it accepts nobody: no file has an all-zero digest."""
    text = (EXAMPLES / "policy.yaml").read_bytes()
    policy = parse_policy(text, source="policy.yaml", today=DAY)
    assert {entry.sha256 for entry in policy.trust} == {PLACEHOLDER}
    assert policy.accepted_gaps
    assert policy.support_until


def test_the_policy_names_every_profile() -> None:
    """A comment lists all possible values."""
    text = (EXAMPLES / "policy.yaml").read_text(encoding="utf-8")
    assert all(name in text for name in profile_names())


# workflows


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_yaml_and_runs_what_exists(path: Path) -> None:
    """Its avow commands accept the given arguments."""
    document = read_yaml(path)
    commands = [line for line in texts(document) if line.startswith("avow ")]
    assert [line.split()[1] for line in commands] == ["check", "attest"]
    for line in commands:
        accepts(line)


def test_the_github_workflow_is_hardened() -> None:
    """Full commit hashes, minimal permissions; the job that may sign runs nothing from the build."""
    document = read_yaml(EXAMPLES / "workflows" / "github-release.yml")
    assert document["permissions"] == {}
    build, declare = document["jobs"]["build"], document["jobs"]["declare"]
    assert build["permissions"] == {"contents": "read"}
    assert declare["permissions"] == {"contents": "read", "id-token": "write"}
    for job in (build, declare):
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"])
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
            assert "${{" not in step.get("run", "")  # a tag's name is its author's text
    assert not any("build" in step.get("run", "") for step in declare["steps"])


def test_the_gitlab_pipeline_hands_over_its_token() -> None:
    """Under the name that avow reads, for Sigstore's audience, in the only job that signs."""
    document = read_yaml(EXAMPLES / "workflows" / "gitlab-release.yml")
    assert document["declare"]["id_tokens"] == {"SIGSTORE_ID_TOKEN": {"aud": "sigstore"}}
    assert "id_tokens" not in document["build"]


def texts(value: Any) -> Iterator[str]:
    """Every text in a document, in order."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


# README


def shown_commands() -> list[str]:
    """Every avow command in README: lines of its code blocks, and code in its text."""
    found = []
    prose = README
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
        prose = prose.replace(block, "")
        lines = block.replace("\\\n", " ").splitlines()
        found += [line for line in lines if line.startswith("avow ")]
    return found + re.findall(r"`(avow [^`]+)`", prose)


@pytest.mark.parametrize("line", shown_commands())
def test_readme_shows_commands_that_exist(line: str) -> None:
    """With existing options and arguments."""
    accepts(line)


def test_readme_shows_the_main_commands() -> None:
    """The first command of each group of users; this also tests the search above."""
    assert {line.split()[1] for line in shown_commands()} >= {
        "init", "check", "attest", "verify", "inspect", "trust", "practices",
    }  # fmt: skip


def test_readme_shows_make_targets_that_exist() -> None:
    """`make` knows every target in README."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z]+)", README))
    assert targets >= {"demo", "test"}
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_readme_links_to_existing_files() -> None:
    """Relative links lead to files of the repository."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_readme_lists_the_exit_codes() -> None:
    """The same codes as on the reference page."""
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    codes = re.findall(r"^\| (\d+) \|", page, re.MULTILINE)
    assert codes
    assert [code for code in codes if f"\n| {code} | " not in README] == []


def test_readme_s_first_steps_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands init and check, as README shows them to maintainers; `relationship` is filled in."""
    shutil.copy(ROOT / "SECURITY.md", tmp_path)
    monkeypatch.chdir(tmp_path)
    for line, code in (("avow init --compliance-md COMPLIANCE.md", 0), ("avow check", 2)):
        assert line in README
        assert run(shlex.split(line)[1:]) == code
    assert "fill in `relationship`" in README
    draft = Path("avow.yaml").read_text(encoding="utf-8")
    Path("avow.yaml").write_text(draft.replace("relationship:", "relationship: maintainer"), encoding="utf-8")
    assert run(["check"]) == 0
    assert " to review)" in capsys.readouterr().out


def accepts(line: str) -> None:
    """The command exists, and its parser accepts every option and argument of `line`; nothing is run."""
    _, name, *arguments = shlex.split(line, comments=True)
    assert name in COMMANDS
    with click.Context(command) as context:
        found: click.Command | None = command.get_command(context, name)
        assert found is not None
        while isinstance(found, click.Group) and arguments:
            found = found.get_command(context, arguments.pop(0))
            assert found is not None
        parsed, rest, _ = found.make_parser(click.Context(found)).parse_args(arguments)
        assert rest == []
        if arguments:
            assert parsed
        missing = [each.name for each in found.params if each.required and each.name not in parsed]
    assert not arguments or missing == []
