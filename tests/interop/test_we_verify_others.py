"""What cosign, sigstore-go and npm's sigstore sign through the sandbox verifies."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity
from support.backends import open_backend
from support.virtual_sigstore import statement

from avow.identity import SignerIdentity
from avow.sandbox import write_files
from avow.statement.types import PAYLOAD_TYPE

if TYPE_CHECKING:
    from support.other_clients import Clients

    from avow.sandbox import Sandbox

pytestmark = pytest.mark.interop

PERSON = "maintainer@example.org"
STATEMENT = statement(sha256_hex=hashlib.sha256(b"a release archive\n").hexdigest())


def verified_payload(bundle: str, sandbox: Sandbox, directory: Path) -> bytes:
    """The payload on which sigstore-python and our verification agree."""
    file = directory / "trusted_root.json"
    root = TrustedRoot.from_file(str(file))
    kind, payload = Verifier(trusted_root=root).verify_dsse(
        Bundle.from_json(bundle), Identity(identity=PERSON, issuer=sandbox.url)
    )
    ours = open_backend(file.read_bytes(), now=datetime.now(UTC)).verify(bundle.encode(), location="bundle")
    assert (ours.payload_type, ours.payload) == (kind, payload)
    assert isinstance(ours.signer, SignerIdentity)
    assert (ours.signer.san, ours.signer.issuer) == (PERSON, sandbox.url)
    assert (kind, ours.sandbox) == (PAYLOAD_TYPE, True)
    return payload


@pytest.fixture
def files(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A directory with the sandbox's files and a statement."""
    write_files(sandbox, tmp_path)
    (tmp_path / "statement.json").write_bytes(STATEMENT)
    return tmp_path


@pytest.mark.parametrize("rekor", [1, 2])
def test_a_statement_signed_by_cosign(rekor: int, files: Path, sandbox: Sandbox, clients: Clients) -> None:
    """Cosign proves its key by a signature over the subject, and uses either signing configuration."""
    answer = clients.run(
        "cosign",
        "attest-blob",
        "--yes",
        f"--statement={files / 'statement.json'}",
        f"--identity-token={files / 'token'}",
        f"--signing-config={files / f'signing_config_v{rekor}.json'}",
        f"--trusted-root={files / 'trusted_root.json'}",
        f"--bundle={files / 'bundle.json'}",
    )

    assert answer.returncode == 0, answer.stderr
    signed = json.loads(verified_payload((files / "bundle.json").read_text(), sandbox, files))
    assert signed == json.loads(STATEMENT)


@pytest.mark.parametrize("rekor", [1, 2])
def test_a_statement_signed_by_sigstore_go(
    rekor: int, files: Path, sandbox: Sandbox, clients: Clients
) -> None:
    """Its example signer sends a signing request, and requests a DER timestamp."""
    answer = clients.run(
        "sigstore-go-signing",
        f"-id-token={(files / 'token').read_text()}",
        f"-signing-config={files / f'signing_config_v{rekor}.json'}",
        f"-trusted-root={files / 'trusted_root.json'}",
        "-in-toto",
        "-rekor",
        "-tsa",
        files / "statement.json",
    )

    assert answer.returncode == 0, answer.stderr
    assert verified_payload(answer.stdout.splitlines()[-1], sandbox, files) == STATEMENT


@pytest.mark.parametrize("tsa", ["yes", "no"])
def test_a_statement_signed_by_npms_sigstore(
    tsa: str, files: Path, sandbox: Sandbox, clients: Clients
) -> None:
    """It requests its timestamp in JSON. Not with Rekor v2, which has dropped its request type."""
    signer = Path(__file__).with_name("sign.mjs")

    answer = clients.run(
        "node", signer, sandbox.url, (files / "token").read_text(), files / "statement.json", tsa
    )

    assert answer.returncode == 0, answer.stderr
    assert verified_payload(answer.stdout.splitlines()[-1], sandbox, files) == STATEMENT
