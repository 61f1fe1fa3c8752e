"""A Sigstore that runs in this process, a release signed through it, and the command line in process."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.command_line import Ended

from avow.cli import run
from avow.sandbox import Sandbox, write_files

PERSON = "maintainer@example.org"


@pytest.fixture
def avow(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """One command line, run in this process."""

    def call(*arguments: object) -> Ended:
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        written = capsys.readouterr()
        return Ended(code, written.out, written.err)

    return call


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A complete local Sigstore."""
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def service(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox's files, as `avow sandbox` writes them."""
    directory = tmp_path_factory.mktemp("service")
    write_files(sandbox, directory)
    return directory


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a declaration, evidence and a built release; the directory stood in."""
    directory = tmp_path / "project"
    lay_out(directory)
    monkeypatch.chdir(directory)
    return directory


def lay_out(directory: Path) -> None:
    """What a project has before it signs; the person looked today."""
    (directory / "dist").mkdir(parents=True)
    (directory / "dist" / "acmelib-2.4.1.tar.gz").write_bytes(b"the source archive")
    (directory / "SECURITY.md").write_text("Write to the maintainers.\n", encoding="utf-8")
    (directory / "avow.yaml").write_text(declaration(), encoding="utf-8")


def declaration(*, reviewed: str = "") -> str:
    """One practice that is there, one that is not."""
    day = reviewed or datetime.now(UTC).strftime("%Y-%m-%d")
    return f"""\
avow: "0.1"
project:
  name: acmelib
  purl: pkg:pypi/acmelib
declarant:
  relationship: maintainer
practices:
  TST-03:
    status: implemented
    reviewedAt: "{day}"
    memorySafeShare: all
    evidence:
      - file: SECURITY.md
  TST-04:
    status: notImplemented
    reviewedAt: "{day}"
"""


@pytest.fixture(scope="session")
def signed(sandbox: Sandbox, service: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with its bundle, evidence, trusted root and policy, signed once; `release` is a copy."""
    directory = tmp_path_factory.mktemp("signed")
    lay_out(directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        assert run(attest_words(sandbox, service)) == 0
    shutil.copy(service / "trusted_root.json", directory)
    write_policy(directory, issuer=sandbox.url)
    return directory


def attest_words(sandbox: Sandbox, service: Path) -> list[str]:
    """`attest` for the artefacts in `dist`, which is also where bundle and evidence go."""
    return [
        "attest", "dist/*", "--release", "2.4.1", "--output-directory", "dist",
        "--trust-config", str(service / "client_trust_config.json"),
        "--identity-token", sandbox.token(PERSON),
    ]  # fmt: skip


@pytest.fixture
def attest(sandbox: Sandbox, service: Path) -> list[str]:
    """The command line that signs a release."""
    return attest_words(sandbox, service)


@pytest.fixture
def release(signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A signed release to do anything to; the directory stood in."""
    directory = tmp_path / "release"
    shutil.copytree(signed, directory)
    monkeypatch.chdir(directory)
    return directory


def write_policy(directory: Path, *, issuer: str, practice: str = "TST-03", identity: str = PERSON) -> Path:
    """A policy that lists `identity` and asks for one practice."""
    root = directory / "trusted_root.json"
    path = directory / "policy.yaml"
    path.write_text(
        f"""\
avow-policy: 1
trust:
  here: {{root: trusted_root.json, sha256: {hashlib.sha256(root.read_bytes()).hexdigest()}}}
signers:
  - for: pkg:pypi/acmelib
    relationship: maintainer
    root: here
    issuer: {issuer}
    identity: {identity}
require:
  - practice: {practice}
""",
        encoding="utf-8",
    )
    return path
