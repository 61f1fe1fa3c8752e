"""`avow withdraw` against a running sandbox: what it says and refuses, and what consumers see afterwards."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.command_line import AtTerminal, Ended, process
from support.pipeline import declaration as declared
from support.virtual_sigstore import VirtualSigstore, encoded, statement

from avow.sandbox import Sandbox
from avow.signing.client import Credential, SigningService

from .conftest import PERSON, declaration
from .test_processes import browser

Avow = Callable[..., Ended]

ARTEFACT = "dist/acmelib-2.4.1.tar.gz"
BUNDLE = "dist/acmelib-2.4.1.practices.sigstore.json"
WITHDRAWAL = "dist/acmelib-2.4.1.withdrawal.sigstore.json"
VERIFY = ("verify", ARTEFACT, "--policy", "policy.yaml", "--insecure-sandbox")


@pytest.fixture
def withdraw(sandbox: Sandbox, service: Path, release: Path) -> list[str]:  # noqa: ARG001  the working directory
    """The command line that withdraws the release's declaration."""
    config = str(service / "client_trust_config.json")
    token = sandbox.token(PERSON)
    return ["withdraw", BUNDLE, "--reason", "factsWrong", "--trust-config", config, "--identity-token", token]


@pytest.mark.slow
def test_from_a_yes_to_a_no_and_back(
    avow: Avow, sandbox: Sandbox, withdraw: list[str], attest: list[str]
) -> None:
    """Attested and verified; withdrawn, and blocked; corrected, and a yes again."""
    assert avow(*VERIFY).code == 0

    ended = avow(*withdraw, "--explanation", "the share was a guess")
    assert (ended.code, ended.out) == (0, f"{WITHDRAWAL}\n"), ended.err
    assert f"signing as  {PERSON}" in ended.err
    assert "withdraws   sha256:" in ended.err
    assert "because     its facts were wrong when it was signed (the share was a guess)" in ended.err
    assert "about       acmelib-2.4.1.tar.gz" in ended.err

    for more in ((), ("--identity-only",)):
        blocked = avow(*VERIFY, *more)
        assert blocked.code == 1, blocked.out
        assert "blocked" in blocked.out
        assert f"  withdrawn  {BUNDLE}" in blocked.out
        assert "the share was a guess" in blocked.out

    time.sleep(1.1)  # statements have whole seconds, and of one second neither is later
    attest[-1] = sandbox.token(PERSON)
    assert avow(*attest, "--overwrite").code == 0
    again = avow(*VERIFY)
    assert again.code == 0, again.out
    assert "withdrawn  a statement that was not found" in again.out


def test_the_withdrawal_can_be_read(avow: Avow, withdraw: list[str], service: Path) -> None:
    """`inspect` shows what it takes back, and verifies it like any other bundle."""
    assert avow(*withdraw).code == 0
    shown = avow("inspect", WITHDRAWAL, "--trusted-root", service / "trusted_root.json")
    assert shown.code == 0
    assert "a withdrawal of earlier statements" in shown.out
    assert "factsWrong" in shown.out
    assert "acmelib-2.4.1.tar.gz" in shown.out
    (seen,) = json.loads(avow("inspect", WITHDRAWAL, "--format", "json").out)["claimed by whoever wrote it"][
        "withdraws"
    ]
    assert seen["payload"].startswith("sha256:")


def test_the_corrected_declaration_comes_first(avow: Avow, withdraw: list[str], attest: list[str]) -> None:
    """It is named, so that it counts although it is older than the withdrawal."""
    corrected = declaration().replace("notImplemented", "partiallyImplemented\n    coverage: releases")
    Path("avow.yaml").write_text(corrected, encoding="utf-8")
    attest[attest.index("dist", 2)] = "corrected"
    assert avow(*attest).code == 0
    corrected = "corrected/acmelib-2.4.1.practices.sigstore.json"
    ended = avow(*withdraw, "--superseded-by", corrected, "--output", "corrected/w.sigstore.json")
    assert (ended.code, ended.out) == (0, "corrected/w.sigstore.json\n"), ended.err
    verified = avow(*VERIFY, "--identity-only", "--bundle", "corrected")
    assert verified.code == 0, verified.out


def refused(avow: Avow, *words: str) -> str:
    """The error of a command line that signs nothing and writes nothing."""
    before = {path: path.read_bytes() for path in Path().rglob("*.json")}
    ended = avow(*words)
    assert (ended.code, ended.out) == (2, ""), ended
    assert {path: path.read_bytes() for path in Path().rglob("*.json")} == before
    return ended.err


def test_somebody_else_withdraws_nothing(avow: Avow, withdraw: list[str], sandbox: Sandbox) -> None:
    """It would be public for ever, and nobody would hear it."""
    withdraw[-1] = sandbox.token("mallory@example.org")
    error = refused(avow, *withdraw)
    assert f"it was signed by {PERSON}" in error
    assert "withdraw it with the identity that signed it" in error


def test_what_does_not_verify_is_not_withdrawn(avow: Avow, withdraw: list[str]) -> None:
    """A byte of the payload is another, or another instance signed it."""
    document = json.loads(Path(BUNDLE).read_text(encoding="utf-8"))
    document["dsseEnvelope"]["payload"] = "AAAA" + document["dsseEnvelope"]["payload"][4:]
    Path(BUNDLE).write_text(json.dumps(document), encoding="utf-8")
    assert "the bundle does not verify" in refused(avow, *withdraw)

    now = datetime.now(UTC).replace(microsecond=0)
    foreign = VirtualSigstore(now=now)
    Path(BUNDLE).write_bytes(encoded(foreign.bundle(statement(), signer=foreign.person(PERSON))))
    error = refused(avow, *withdraw)
    assert "name the Sigstore instance that it was signed with, with --trust-config" in error


def test_only_declarations_are_withdrawn(avow: Avow, withdraw: list[str]) -> None:
    """A withdrawal can't be taken back; what is said is said again."""
    assert avow(*withdraw).code == 0
    withdraw[1] = WITHDRAWAL
    error = refused(avow, *withdraw)
    assert "the bundle is a withdrawal, and that can't be withdrawn" in error
    assert "run avow attest again" in error


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--explanation", " "), "the explanation is empty"),
        (("--explanation", "x" * 2001), "the explanation has 2001 characters"),
        (("--output", "withdrawal.json"), "nobody would find withdrawal.json"),
        (("--output", BUNDLE), "is one of the files that were read"),
        (("--output", BUNDLE, "--overwrite"), "is one of the files that were read"),
        (("--superseded-by", BUNDLE), "it is the statement that is withdrawn"),
        (("--reason", "mistake"), "mistake"),
    ],
)
def test_everything_is_checked_before_anything_is_signed(
    avow: Avow, withdraw: list[str], more: tuple[str, ...], message: str
) -> None:
    """A withdrawal is public for ever, too."""
    if more[0] == "--reason":
        del withdraw[2:4]
    error = refused(avow, *withdraw, *more)
    assert message in error


def test_a_withdrawal_that_exists(avow: Avow, withdraw: list[str]) -> None:
    """It is replaced only if somebody says so."""
    assert avow(*withdraw).code == 0
    assert "pass --overwrite to replace it" in refused(avow, *withdraw)
    assert avow(*withdraw, "--overwrite").code == 0


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2)])
def test_withdrawing_asks_a_person(
    release: Path, withdraw: list[str], tmp_path: Path, answer: str, code: int
) -> None:
    """After signing in, with everything that is about to be said."""
    with AtTerminal(*withdraw[:-2], cwd=release, environment=browser(tmp_path)) as terminal:
        shown = terminal.until("[y/N]: ")
        assert f"signing as  {PERSON}" in shown
        assert "withdraws   sha256:" in shown
        assert not (release / WITHDRAWAL).exists()
        terminal.types(answer)
        ended = terminal.leaves()
    assert ended.code == code, ended
    assert (release / WITHDRAWAL).exists() == (code == 0)


def test_without_a_person_or_a_token(release: Path, withdraw: list[str], tmp_path: Path) -> None:
    """Nobody could confirm it; with `--yes` nobody is asked."""
    ended = process(*withdraw[:-2], cwd=release)
    assert (ended.code, ended.out) == (2, "")
    assert "no terminal" in ended.err
    said_yes = process(*withdraw[:-2], "--yes", cwd=release, env={**os.environ, **browser(tmp_path)})
    assert (said_yes.code, said_yes.out) == (0, f"{WITHDRAWAL}\n"), said_yes.err


@pytest.mark.parametrize(
    ("run", "noted"),
    [
        ({}, False),
        ({"ref": "refs/tags/v2.4.2"}, False),
        ({"ref": "refs/heads/main"}, True),
        ({"workflow": ".github/workflows/withdraw.yml"}, True),
    ],
)
def test_another_workflow_is_pointed_out(
    avow: Avow, sandbox: Sandbox, withdraw: list[str], run: dict[str, str], *, noted: bool
) -> None:
    """It is the same repository; a consumer's rule may still name only the one that releases."""
    signed_by = {"repository": "acme/acmelib", "ref": "refs/tags/v2.4.1", "sha": "5e" * 20}
    sign_with(sandbox, sandbox.github_token(**signed_by))
    withdraw[-1] = sandbox.github_token(**(signed_by | run))
    ended = avow(*withdraw)
    assert ended.code == 0, ended.err
    assert ("signed by another workflow" in ended.err) == noted

    withdraw[-1] = sandbox.github_token(**(signed_by | {"repository": "mallory/acmelib"}))
    assert "consumers hear only the signer" in refused(avow, *withdraw, "--overwrite")


def sign_with(sandbox: Sandbox, token: str) -> None:
    """Replace the bundle by one that a workflow signed."""
    service = SigningService.from_trust_config(sandbox.client_trust_config(None).encode())
    credential = Credential.of(token)
    source = {"uri": "git+https://github.com/acme/acmelib", "digest": {"gitCommit": "5e" * 20}}
    payload = statement(declared(scope_source=source), sha256_hex="ab" * 32)
    Path(BUNDLE).write_bytes(service.sign(payload, credential=credential))
