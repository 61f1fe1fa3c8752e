"""A Sigstore in this process, a release signed with it, and the command line in this process."""

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
    """A project with a declaration, evidence and a built release, as the working directory."""
    directory = tmp_path / "project"
    lay_out(directory)
    monkeypatch.chdir(directory)
    return directory


def lay_out(directory: Path) -> None:
    """Write a project before signing; it was reviewed today."""
    (directory / "dist").mkdir(parents=True)
    (directory / "dist" / "acmelib-2.4.1.tar.gz").write_bytes(b"the source archive")
    (directory / "SECURITY.md").write_text("Write to the maintainers.\n", encoding="utf-8")
    (directory / "avow.yaml").write_text(declaration(), encoding="utf-8")


def declaration(*, reviewed: str = "") -> str:
    """A declaration with one implemented and one not implemented practice."""
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
    """The arguments of `attest` for the artefacts in `dist`, where bundle and evidence go too."""
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
    """A copy of a signed release, as the working directory; tests may change it."""
    directory = tmp_path / "release"
    shutil.copytree(signed, directory)
    monkeypatch.chdir(directory)
    return directory


def write_policy(directory: Path, *, issuer: str, practice: str = "TST-03", identity: str = PERSON) -> Path:
    """Write a policy that lists `identity` and requires one practice."""
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
