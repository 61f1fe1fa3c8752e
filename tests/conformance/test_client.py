"""Every category of the conformance suite, minted here, through the suite's own command line.

The suite's cases are not part of this project; these are ours, one per problem of `support.bundle_mutations`
and each with the artefact as a file and as a digest. A refusal has to be one of our errors, with its own
code.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography import x509
from support.bundle_mutations import ARTEFACT, HONEST, PROBLEMS, Case, World
from support.virtual_sigstore import NOW, VirtualSigstore, encoded, first_entry, statement

from avow.errors import EXIT_BUG, EXIT_INPUT, EXIT_NOTHING, EXIT_REFUSED, EXIT_SATISFIED, EXIT_UNAVAILABLE
from avow.sandbox import Sandbox
from avow.sandbox.wire import key_pem
from avow.transparency.certificate import signer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.virtual_sigstore import JsonObject, Signer

CLIENT: Final = Path(__file__).parent / "client"


def _load() -> Any:
    """The executable as a module, so that most cases need no process of their own."""
    loader = SourceFileLoader("conformance_client", str(CLIENT))
    module = module_from_spec(spec_from_loader(loader.name, loader))  # type: ignore[arg-type]  # a loader gives a spec
    loader.exec_module(module)
    return module


client = _load()


@pytest.fixture(scope="module")
def world() -> World:
    """Two instances; only the first one's root is trusted."""
    return World(VirtualSigstore(), VirtualSigstore())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The directory with a case's artefact, bundle and root."""
    (tmp_path / "artefact").write_bytes(ARTEFACT)
    return tmp_path


DIGEST: Final = f"sha256:{hashlib.sha256(ARTEFACT).hexdigest()}"


def lay_out(folder: Path, bundle: bytes | JsonObject, root: bytes) -> list[str]:
    """Write the files of one case, and return their arguments; the caller adds the signer."""
    (folder / "bundle.json").write_bytes(bundle if isinstance(bundle, bytes) else encoded(bundle))
    (folder / "root.json").write_bytes(root)
    return [
        "verify-bundle",
        "--bundle",
        str(folder / "bundle.json"),
        "--trusted-root",
        str(folder / "root.json"),
    ]


def named(virtual: VirtualSigstore, identity: str = "maintainer@example.org") -> list[str]:
    """The arguments for a person certified by `virtual`."""
    return ["--certificate-identity", identity, "--certificate-oidc-issuer", virtual.url]


def presented(bundle: bytes) -> list[str]:
    """The arguments for the signer that the bundle's certificate names."""
    material = json.loads(bundle)["verificationMaterial"]
    holder = material.get("certificate") or material["x509CertificateChain"]["certificates"][0]
    signer = signer_of(x509.load_der_x509_certificate(base64.b64decode(holder["rawBytes"])))
    return ["--certificate-identity", signer.san, "--certificate-oidc-issuer", signer.issuer]


@pytest.mark.parametrize("as_digest", [False, True], ids=["PATH", "DIGEST"])
@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name)
def test_good_cases_verify(case: Case, world: World, folder: Path, *, as_digest: bool) -> None:
    """Exit code 0, and no output."""
    bundle, root = case.bytes_in(world)
    artefact = DIGEST if as_digest else str(folder / "artefact")

    assert (
        client.main([*lay_out(folder, bundle, root), *presented(bundle), artefact], now=NOW) == EXIT_SATISFIED
    )


@pytest.mark.parametrize("as_digest", [False, True], ids=["PATH", "DIGEST"])
@pytest.mark.parametrize("case", PROBLEMS, ids=lambda case: case.name)
def test_bad_cases_are_refused_by_our_errors(
    case: Case, world: World, folder: Path, capsys: pytest.CaptureFixture[str], *, as_digest: bool
) -> None:
    """The error code is on stderr and is the exit code; a crash would be 70."""
    bundle, root = case.bytes_in(world)
    artefact = DIGEST if as_digest else str(folder / "artefact")
    assert case.refusal is not None

    code = client.main([*lay_out(folder, bundle, root), *named(world.honest), artefact], now=NOW)

    assert code == case.refusal.exit_code
    assert capsys.readouterr().err.startswith(f"{case.refusal.code}: ")


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and error code of one call."""
    code = client.main(arguments, now=NOW)
    return code, capsys.readouterr().err.partition(":")[0]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ({"identity": "somebody@example.org"}, "identity-mismatch"),
        ({"identity": "MAINTAINER@example.org"}, "identity-mismatch"),
        ({"issuer": "https://elsewhere.example"}, "identity-mismatch"),
        ({"issuer": "http://localhost:8000/"}, "identity-mismatch"),
    ],
)
def test_identities_match_exactly(
    who: dict[str, str], refusal: str, world: World, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both halves, character by character."""
    arguments = lay_out(folder, world.honest.bundle(world.statement()), world.honest.root())
    identity = ["--certificate-identity", who.get("identity", "maintainer@example.org")]
    issuer = ["--certificate-oidc-issuer", who.get("issuer", world.honest.url)]

    assert run([*arguments, *identity, *issuer, DIGEST], capsys) == (EXIT_REFUSED, refusal)


def test_half_an_identity_is_refused(world: World, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An identity without issuer would accept every issuer."""
    arguments = lay_out(folder, world.honest.bundle(world.statement()), world.honest.root())

    assert run([*arguments, "--certificate-identity", "maintainer@example.org", DIGEST], capsys) == (
        EXIT_INPUT,
        "input-invalid",
    )


@pytest.mark.parametrize(
    ("payload", "payload_type", "refusal"),
    [
        (statement(sha256_hex="cd" * 32), "application/vnd.in-toto+json", "subject-mismatch"),
        (b"{}", "application/vnd.in-toto+json", "statement-invalid"),
        (b"not json", "application/vnd.in-toto+json", "statement-invalid"),
        (statement(sha256_hex=hashlib.sha256(ARTEFACT).hexdigest()), "text/plain", "statement-invalid"),
        (
            b'{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":7},3]}',
            "application/vnd.in-toto+json",
            "subject-mismatch",
        ),
    ],
)
def test_statements_must_be_about_the_artefact(  # noqa: PLR0917  pytest passes them by name
    payload: bytes,
    payload_type: str,
    refusal: str,
    world: World,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A verified envelope about something else is refused."""
    bundle = world.honest.bundle(payload, payload_type=payload_type)
    arguments = lay_out(folder, bundle, world.honest.root())

    assert run([*arguments, *named(world.honest), DIGEST], capsys) == (EXIT_REFUSED, refusal)


# ---- managed keys ----------------------------------------------------------------------------------------


@pytest.fixture
def managed(world: World, folder: Path) -> Signer:
    """A key whose PEM file is next to the case."""
    signer = world.honest.managed_key()
    (folder / "key.pub").write_text(key_pem(signer.key.public_key()))
    return signer


@pytest.mark.parametrize("content", ["statement", "artefact"])
@pytest.mark.parametrize("rekor", [1, 2])
def test_managed_keys_verify(rekor: Any, content: str, world: World, folder: Path, managed: Signer) -> None:
    """With the log entry's time, or a timestamp's."""
    make = world.honest.bundle if content == "statement" else world.honest.message_bundle
    bundle = make(world.statement() if content == "statement" else ARTEFACT, signer=managed, rekor=rekor)
    arguments = lay_out(folder, bundle, world.honest.root())

    assert client.main([*arguments, "--key", str(folder / "key.pub"), DIGEST], now=NOW) == EXIT_SATISFIED


def test_managed_key_problems(
    world: World, folder: Path, managed: Signer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong key, no key, a damaged key, a certificate instead of a key, another subject."""
    key = ["--key", str(folder / "key.pub")]
    other = world.honest.managed_key()
    root = world.honest.root()

    wrong = lay_out(folder, world.honest.bundle(world.statement(), signer=other), root)
    assert run([*wrong, *key, DIGEST], capsys) == (EXIT_REFUSED, "signature-rejected")
    about_another = lay_out(folder, world.honest.bundle(statement(), signer=managed), root)
    assert run([*about_another, *key, DIGEST], capsys) == (EXIT_REFUSED, "subject-mismatch")
    no_key = lay_out(folder, world.honest.bundle(world.statement(), signer=managed), root)
    assert run([*no_key, *named(world.honest), DIGEST], capsys) == (EXIT_NOTHING, "bundle-unsupported")
    (folder / "key.pub").write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    assert run([*no_key, *key, DIGEST], capsys) == (EXIT_INPUT, "input-invalid")


# ---- arguments -------------------------------------------------------------------------------------------


def test_a_digest_of_another_length_is_a_path(
    world: World, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the protocol; the file does not exist."""
    arguments = lay_out(folder, world.honest.bundle(world.statement()), world.honest.root())

    assert run([*arguments, *named(world.honest), DIGEST[:-1]], capsys) == (EXIT_INPUT, "input-invalid")


def test_a_file_named_like_a_digest_is_a_file(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the protocol: an existing file takes precedence."""
    name = f"sha256:{'ab' * 32}"
    (folder / name).write_bytes(ARTEFACT)
    monkeypatch.chdir(folder)
    arguments = lay_out(folder, world.honest.bundle(world.statement()), world.honest.root())

    assert client.main([*arguments, *named(world.honest), name], now=NOW) == EXIT_SATISFIED


@pytest.mark.parametrize("staging", [[], ["--staging"]], ids=["public-good", "staging"])
def test_without_a_root_the_embedded_one_is_used(
    staging: list[str], world: World, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sandbox's keys are in neither public instance."""
    arguments = lay_out(folder, world.honest.bundle(world.statement()), world.honest.root())[:3]

    assert run([*arguments, *staging, *named(world.honest), DIGEST], capsys) == (
        EXIT_UNAVAILABLE,
        "root-too-old",
    )


def test_an_unusable_root_is_an_input_error(
    world: World, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A window without its start, as in the suite."""
    root = world.honest.trusted_root()
    root["tlogs"][1]["publicKey"]["validFor"] = {}
    arguments = lay_out(folder, world.honest.bundle(world.statement()), encoded(root))

    assert run([*arguments, *named(world.honest), DIGEST], capsys) == (EXIT_INPUT, "input-invalid")


def test_a_bug_differs_from_a_refusal(folder: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """The suite takes any crash for a correct refusal; here it has its own code."""
    monkeypatch.setattr(client, "open_backend", lambda *_args, **_more: 1 / 0)
    arguments = lay_out(folder, world.honest.bundle(world.statement()), world.honest.root())

    assert client.main([*arguments, *named(world.honest), DIGEST], now=NOW) == EXIT_BUG


# ---- as a program, and signing ---------------------------------------------------------------------------


def execute(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the client as the suite does, with this Python first on PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path}
    return subprocess.run(
        [str(CLIENT), *arguments], capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.slow
def test_it_runs_as_a_program(folder: Path) -> None:
    """One good and one bad case with the real clock."""
    now = datetime.now(UTC).replace(microsecond=0)
    virtual = VirtualSigstore(now=now)
    payload = statement(sha256_hex=hashlib.sha256(ARTEFACT).hexdigest())
    bundle = virtual.bundle(payload)
    arguments = [*lay_out(folder, bundle, virtual.root()), *named(virtual), str(folder / "artefact")]
    good = execute(*arguments)
    first_entry(bundle)["logIndex"] = "7777"
    lay_out(folder, bundle, virtual.root())
    bad = execute(*arguments)

    assert (good.returncode, good.stdout, good.stderr) == (EXIT_SATISFIED, "", "")
    assert bad.returncode == EXIT_REFUSED
    assert bad.stderr.startswith("signature-rejected: ")
    assert "Traceback" not in bad.stderr


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A Sigstore to sign with."""
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("in_toto", [False, True], ids=["artefact", "statement"])
@pytest.mark.parametrize("rekor", [1, 2])
def test_it_verifies_its_own_bundles(rekor: Any, folder: Path, sandbox: Sandbox, *, in_toto: bool) -> None:
    """Through the services of the sandbox, and without a root certificate in the bundle."""
    (folder / "root.json").write_bytes(encoded(sandbox.trusted_root()))
    (folder / "signing.json").write_bytes(encoded(sandbox.signing_config(rekor=rekor)))
    (folder / "statement.json").write_bytes(statement(sha256_hex=hashlib.sha256(ARTEFACT).hexdigest()))
    signed = folder / ("statement.json" if in_toto else "artefact")
    trust = ["--trusted-root", str(folder / "root.json")]
    bundle = ["--bundle", str(folder / "signed.json")]
    token = ["--identity-token", sandbox.token("dev@example.org")]
    flags = ["--in-toto"] if in_toto else []
    config = ["--signing-config", str(folder / "signing.json")]

    assert client.main(["sign-bundle", *flags, *token, *bundle, *trust, *config, str(signed)]) == 0
    who = ["--certificate-identity", "dev@example.org", "--certificate-oidc-issuer", sandbox.url]
    assert client.main(["verify-bundle", *bundle, *who, *trust, str(folder / "artefact")]) == 0
    kind = json.loads((folder / "signed.json").read_bytes())
    assert "certificate" in kind["verificationMaterial"]
    assert first_entry(kind)["kindVersion"]["version"] == ("0.0.1" if rekor == 1 else "0.0.2")


def test_signing_errors_are_reported(
    folder: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid token, and one from another issuer."""
    (folder / "root.json").write_bytes(encoded(sandbox.trusted_root()))
    (folder / "signing.json").write_bytes(encoded(sandbox.signing_config()))
    files = ["--trusted-root", str(folder / "root.json"), "--signing-config", str(folder / "signing.json")]
    common = ["--bundle", str(folder / "signed.json"), *files, str(folder / "artefact")]
    with Sandbox() as stranger:
        foreign = stranger.token("dev@example.org")

    assert run(["sign-bundle", "--identity-token", "none", *common], capsys) == (EXIT_INPUT, "input-invalid")
    assert run(["sign-bundle", "--identity-token", foreign, *common], capsys) == (
        EXIT_UNAVAILABLE,
        "service-unavailable",
    )
    assert not (folder / "signed.json").exists()
