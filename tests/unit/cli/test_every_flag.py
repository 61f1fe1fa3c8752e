"""Each flag of `avow verify` decides: what it is given is compared, or changes what is written.

Every case has two command lines that differ in one flag. A flag that was accepted and then ignored would give
both the same answer.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import click
import pytest
from support.pipeline import (
    ARTEFACT,
    COMPONENT,
    REF,
    Setting,
    declared_today,
    repo_file,
    signer_rule,
)
from support.virtual_sigstore import VirtualSigstore, encoded, statement

from avow.cli import COMMANDS, LazyGroup
from avow.cli.verify import verify
from avow.values import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.command_line import Ended

ROOT: Final = ("--trusted-root", "pinned.json")
WORKFLOW: Final = (*ROOT, "--repo", "acme/acmelib", "--signer-workflow", ".github/workflows/release.yml")
PERSON: Final = (
    *ROOT,
    "--certificate-identity",
    "m@acme.example",
    "--certificate-oidc-issuer",
    "https://id.example",
)
IDENTITY: Final = (*WORKFLOW, "--identity-only")
POLICY: Final = ("--policy", "policy.yaml", "--purl", f"{COMPONENT}@2.4.1")
OTHER_REF: Final = "refs/tags/v2.4.2"


@dataclass(frozen=True)
class Case:
    """Two command lines, each after `avow verify`; the first exits with 0, the second with `code`."""

    flag: str
    accepts: tuple[str, ...]
    refuses: tuple[str, ...]
    code: int


CASES: Final = (
    Case("target", ("a", *IDENTITY), ("b", *IDENTITY), 3),
    Case("bundles", ("a", *IDENTITY, "--bundle", "store"), ("a", *IDENTITY, "--bundle", "other"), 3),
    Case(
        "evidence",
        ("a", "--policy", "evidence.yaml", "--evidence", "kept"),
        ("a", "--policy", "evidence.yaml", "--evidence", "other"),
        1,
    ),
    Case(
        "observations",
        ("a", "--policy", "more.yaml", "--purl", f"{COMPONENT}@2.4.1", "--observations", "own.yaml"),
        ("a", "--policy", "more.yaml", "--purl", f"{COMPONENT}@2.4.1", "--observations", "older.yaml"),
        1,
    ),
    Case("component", ("a", *POLICY), ("a", "--policy", "policy.yaml", "--purl", "pkg:pypi/other@1"), 3),
    Case("policy_path", ("a", *POLICY), ("a", "--policy", "stranger.yaml"), 4),
    Case("trusted_root", ("a", *IDENTITY), ("a", "--trusted-root", "foreign.json", *IDENTITY[2:]), 5),
    Case(
        "certificate_identity",
        ("p", *PERSON, "--identity-only"),
        ("p", *ROOT, "--certificate-identity", "n@acme.example", *PERSON[4:], "--identity-only"),
        4,
    ),
    Case(
        "certificate_oidc_issuer",
        ("p", *PERSON, "--identity-only"),
        ("p", *PERSON[:5], "https://other.example", "--identity-only"),
        4,
    ),
    Case("repo", ("a", *IDENTITY), ("a", *ROOT, "--repo", "acme/other", *WORKFLOW[4:], "--identity-only"), 4),
    Case(
        "signer_workflow",
        ("a", *IDENTITY),
        ("a", *WORKFLOW[:5], ".github/workflows/lint.yml", "--identity-only"),
        4,
    ),
    Case("source_ref", ("a", *IDENTITY, "--source-ref", REF), ("a", *IDENTITY, "--source-ref", OTHER_REF), 4),
    Case(
        "key",
        ("k", *ROOT, "--key", "key.pub", "--identity-only"),
        ("k", *ROOT, "--key", "other.pub", "--identity-only"),
        4,
    ),
    Case("profile", ("a", *IDENTITY), ("a", *WORKFLOW, "--profile", "orc-light"), 1),
    Case("identity_only", ("a", *IDENTITY), ("a", *WORKFLOW), 1),
    Case(
        "insecure_sandbox",
        ("s", "--trusted-root", "sandbox.json", *IDENTITY[2:], "--insecure-sandbox"),
        ("s", "--trusted-root", "sandbox.json", *IDENTITY[2:]),
        2,
    ),
)
WRITING: Final = {"format_", "output"}
"""What these change is in the tests below."""


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with artefacts, their bundles, roots, keys and policies, as the working directory."""
    now = datetime.now(UTC).replace(microsecond=0)
    setting = Setting(tmp_path, virtual=VirtualSigstore(now=now, organisation="acme trust"))
    kept = setting.keep(b"# Security\n")
    today = declared_today()
    today["practices"][0]["evidence"] = [repo_file(kept, retrievedAt=utc_text(now))]
    key, sandbox = VirtualSigstore.managed_key(), VirtualSigstore(now=now)
    person = setting.virtual.person("m@acme.example", issuer="https://id.example")
    workflow = setting.workflow()
    by_sandbox = Setting(_made(tmp_path / "by-sandbox"), virtual=sandbox).workflow()
    signers: dict[str, tuple[VirtualSigstore, Any]] = {
        "a": (setting.virtual, workflow),
        "p": (setting.virtual, person),
        "k": (setting.virtual, key),
        "s": (sandbox, by_sandbox),
    }
    for name in (*signers, "b"):
        (tmp_path / name).write_bytes(ARTEFACT + name.encode())
    for name, (virtual, signer) in signers.items():
        payload = statement(today, sha256_hex=_digest(tmp_path / name))
        bundle = encoded(virtual.bundle(payload, signer=signer))
        (tmp_path / f"{name}.sigstore.json").write_bytes(bundle)
        if name == "a":
            setting.put(bundle)
    (_made(tmp_path / "other") / "p.sigstore.json").write_bytes((tmp_path / "p.sigstore.json").read_bytes())
    setting.evidence.rename(tmp_path / "kept")
    (tmp_path / "key.pub").write_bytes(key.verifier)
    (tmp_path / "other.pub").write_bytes(VirtualSigstore.managed_key().verifier)
    (tmp_path / "foreign.json").write_bytes(VirtualSigstore(now=now, organisation="acme trust").root())
    (tmp_path / "sandbox.json").write_bytes(sandbox.root())
    setting.ask("require: [{practice: VUL-01, evidence: E2}]").rename(tmp_path / "evidence.yaml")
    setting.ask("require: [{practice: VUL-01}, {practice: VUL-05}]").rename(tmp_path / "more.yaml")
    for name, day in (("own", now), ("older", now - timedelta(days=800))):
        (tmp_path / f"{name}.yaml").write_text(
            "avow-observations: 1\nobservations:\n"
            f"  - {{practice: VUL-05, for: {COMPONENT}, versions: vers:pypi/2.4.1, saw: inPlace, "
            f"source: their advisories, date: {day.date()}, who: product security}}\n",
            encoding="utf-8",
        )
    setting.ask(signers=(signer_rule(sourceRepository="https://github.com/acme/other"),)).rename(
        tmp_path / "stranger.yaml"
    )
    setting.ask()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_flag_has_a_case() -> None:
    """A new flag comes with one."""
    assert {parameter.name for parameter in verify.params} == {case.flag for case in CASES} | WRITING


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.flag)
def test_a_flag_decides(case: Case, avow: Callable[..., Ended]) -> None:
    """The same files, and the other answer."""
    accepted = avow("verify", *case.accepts)
    assert accepted.code == 0, accepted
    refused = avow("verify", *case.refuses)
    assert refused.code == case.code, refused


@pytest.mark.usefixtures("release")
def test_the_format_is_the_one_that_is_asked(avow: Callable[..., Ended]) -> None:
    """Text by default."""
    assert json.loads(avow("verify", "a", *IDENTITY, "--format", "json").out)
    assert avow("verify", "a", *IDENTITY, "--format", "text").out == avow("verify", "a", *IDENTITY).out


def test_the_output_goes_where_it_is_asked(release: Path, avow: Callable[..., Ended]) -> None:
    """To the file, and to standard output for `-`."""
    shown = avow("verify", "a", *IDENTITY).out
    told = avow("verify", "a", *IDENTITY, "--output", "result.txt")
    assert (told.code, told.out) == (0, "")
    assert (release / "result.txt").read_text(encoding="utf-8") == shown
    assert avow("verify", "a", *IDENTITY, "--output", "-").out == shown


@pytest.mark.parametrize(
    ("written", "options"),
    [
        *((name, IDENTITY) for name in ("a", "a.sigstore.json", "pinned.json")),
        *((name, POLICY) for name in ("policy.yaml", "pinned.json")),
        ("key.pub", (*ROOT, "--key", "key.pub", "--identity-only")),
        ("a.sigstore.json", (*IDENTITY, "--bundle", "a.sigstore.json")),
        ("store/a.sigstore.json", (*IDENTITY, "--bundle", "store")),
    ],
)
def test_the_output_replaces_no_input(
    release: Path, avow: Callable[..., Ended], written: str, options: tuple[str, ...]
) -> None:
    """A report in place of the artefact, policy, root, key or bundle would be what is used the next time."""
    before = (release / written).read_bytes()

    refused = avow("verify", "k" if "--key" in options else "a", *options, "--output", written)

    assert refused.code == 2, refused
    assert "is one of the files that were read" in refused.err
    assert (release / written).read_bytes() == before


@pytest.mark.usefixtures("release")
def test_an_earlier_result_is_replaced(avow: Callable[..., Ended]) -> None:
    """A pipeline runs again and again."""
    for _ in range(2):
        assert avow("verify", "a", *IDENTITY, "--output", "result.txt").code == 0


def _commands() -> list[click.Command]:
    group = LazyGroup()
    found = [group.get_command(click.Context(group), name) for name in COMMANDS]
    commands = [each for each in found if each is not None]
    within = [each.commands.values() for each in commands if isinstance(each, click.Group)]
    return [*(each for each in commands if not isinstance(each, click.Group)), *chain.from_iterable(within)]


@pytest.mark.parametrize("command", _commands(), ids=lambda command: command.name)
def test_an_option_given_twice_is_refused(command: click.Command) -> None:
    """Otherwise the last one counts, and the user believes that both do."""
    for option in command.params:
        if not isinstance(option, click.Option) or option.multiple or option.is_flag:
            continue
        arguments = [part for name in (option.opts[0], option.opts[-1]) for part in (name, "1")]
        with pytest.raises(click.UsageError, match=f"{option.opts[0]} is given 2 times"):
            command.make_context("avow", arguments)
