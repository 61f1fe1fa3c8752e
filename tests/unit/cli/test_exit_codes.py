"""Every exit code that the product and README promise, reached through the command line."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import Ended
from support.virtual_sigstore import VirtualSigstore

from avow.cli import main, run
from avow.sandbox import Sandbox

from .conftest import write_policy

Avow = Callable[..., Ended]

VERIFY = ("verify", "dist/acmelib-2.4.1.tar.gz", "--policy", "policy.yaml", "--insecure-sandbox")


def test_0_satisfied(avow: Avow, release: Path) -> None:  # noqa: ARG001  the working directory
    """All requirements are met: the result is on standard output, and nothing else is printed."""
    ended = avow(*VERIFY)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "exit 0: policy satisfied"
    assert ended.out.startswith("Enforcing\n")


def test_1_not_satisfied(avow: Avow, release: Path, sandbox: Sandbox) -> None:
    """A practice that the project says it does not follow: evaluated, but not sufficient."""
    write_policy(release, issuer=sandbox.url, practice="TST-04")
    ended = avow(*VERIFY)
    assert ended.code == 1
    assert "TST-04" in ended.out
    assert "next:" in ended.out


def test_2_input(avow: Avow, release: Path) -> None:
    """An invalid policy."""
    (release / "policy.yaml").write_text("avow-policy: 1\n", encoding="utf-8")
    ended = avow(*VERIFY)
    assert (ended.code, ended.out) == (2, "")


def test_3_nothing_to_evaluate(avow: Avow, release: Path) -> None:
    """No bundle anywhere."""
    (release / "dist" / "acmelib-2.4.1.practices.sigstore.json").unlink()
    ended = avow(*VERIFY)
    assert ended.code == 3
    assert "next: ask the project" in ended.out


def test_4_evidence_refused(avow: Avow, release: Path, sandbox: Sandbox) -> None:
    """The signer is not listed; the nearest miss is named."""
    write_policy(release, issuer=sandbox.url, identity="somebody.else@example.org")
    ended = avow(*VERIFY)
    assert ended.code == 4
    assert "[identity-mismatch]" in ended.out
    assert "somebody.else@example.org" in ended.out
    assert "policy.yaml:" in ended.out


def test_5_the_root_is_too_old(avow: Avow, release: Path, sandbox: Sandbox) -> None:
    """The root of another instance has none of the keys: this is not tampering."""
    (release / "trusted_root.json").write_bytes(VirtualSigstore().root())
    write_policy(release, issuer=sandbox.url)
    ended = avow(*VERIFY)
    assert ended.code == 5
    assert "not checked" in ended.out


def test_5_a_service_does_not_answer(avow: Avow, project: Path, service: Path, sandbox: Sandbox) -> None:
    """Signing with nobody listening: nothing is written."""
    config = json.loads((service / "client_trust_config.json").read_text(encoding="utf-8"))
    signing = json.dumps(config["signingConfig"]).replace(sandbox.url, "http://127.0.0.1:9")
    (project / "config.json").write_text(
        json.dumps(config | {"signingConfig": json.loads(signing)}), encoding="utf-8"
    )
    ended = avow(
        "attest", "dist/*", "--release", "2.4.1", "--trust-config", "config.json",
        "--identity-token", sandbox.token("a@example.org"),
    )  # fmt: skip
    assert (ended.code, ended.out) == (5, "")
    assert "next" in ended.err
    assert not list(project.rglob("*.sigstore.json"))


@pytest.mark.usefixtures("project")
def test_70_a_bug_of_ours(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected exception is reported as our bug, with everything a report needs, escaped."""

    def unforeseen(*_: object, **__: object) -> None:
        raise RuntimeError("never \u202e happens")

    monkeypatch.setattr("avow.declaration.avow_yaml.parse_declaration", unforeseen)
    ended = avow("check")
    assert (ended.code, ended.out) == (70, "")
    assert "unforeseen" in ended.err
    assert "please report it" in ended.err
    assert "\u202e" not in ended.err


@pytest.mark.usefixtures("project")
def test_130_interrupted(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at any moment; `test_processes.py` presses the real one."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("avow.declaration.avow_yaml.parse_declaration", interrupted)
    ended = avow("check")
    assert (ended.code, ended.out) == (130, "")
    assert "interrupted" in ended.err


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), ""),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "the output can't be used: No space left on device",
        ),
        (
            OSError(errno.ENAMETOOLONG, "File name too long", "x" * 9),
            "xxxxxxxxx can't be used: File name too long",
        ),
    ],
)
def test_an_output_that_fails_is_2(
    avow: Avow, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    """Nothing is printed after the reader has gone; `test_processes.py` has the real cases."""

    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("avow.declaration.avow_yaml.parse_declaration", failing)
    ended = avow("check")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (f"error: {said}\n" if said else "")


@pytest.mark.usefixtures("project")
def test_without_any_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service manager may give no output: only the code is left."""
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    assert run(["check"]) == 0
    assert run(["check", "missing"]) == 2


def test_main_takes_the_process_s_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exits with the code."""
    monkeypatch.setattr("sys.argv", ["avow", "--version"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert "avow, version " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage:"),
        (["verfy"], "did you mean verify?"),
        (["\x1b[2J"], "no such command: \\u001b[2J"),
        (["check", "--colour"], "avow check --help"),
        (["check", "a", "b"], "avow check --help"),
        (["attest"], "avow attest --help"),
        (["withdraw", __file__], "Missing option '--reason'. Choose from: factsWrong, noLongerTrue, "),
        (["verify", "x", "--format", "xml"], "avow verify --help"),
        (["verify", "x", "--policy", "missing\x1b[31m"], "missing\\x1b[31m"),
        (["practices", "SUP-1"], "did you mean SUP-01?"),
        (["practices", "weather"], "run avow practices"),
    ],
)
def test_misuse_is_2_with_the_next_step(
    avow: Avow, arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line is input too; what was typed is never printed raw."""
    monkeypatch.chdir(tmp_path)
    ended = avow(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "\x1b" not in ended.err


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["check", "--help"]])
def test_help_and_version_are_0(avow: Avow, arguments: list[str]) -> None:
    """They were requested, so they are on standard output."""
    ended = avow(*arguments)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out
