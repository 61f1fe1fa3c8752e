"""npm's sigstore, cosign and sigstore-go accept what the sandbox signed, and refuse it if edited."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pytest
from sigstore.dsse import Statement
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import SigningContext
from support.virtual_sigstore import VirtualSigstore, encoded, flipped, statement

from avow.statement.types import PREDICATE_TYPE

if TYPE_CHECKING:
    import subprocess

    from support.other_clients import Clients

    from avow.sandbox import Sandbox

pytestmark = pytest.mark.interop

ARTIFACT = b"a release archive\n"
PERSON = "maintainer@example.org"
WORKFLOW = "https://github.com/acme/shared/.github/workflows/sign.yml@refs/heads/main"
CLIENTS = ("cosign", "sigstore-go", "npm")
SHAPES: Final[dict[str, tuple[Literal[1, 2], bool]]] = {
    "rekor v1": (1, False),
    "rekor v1 with timestamp": (1, True),
    "rekor v2": (2, True),
}


@dataclass(frozen=True)
class Signed:
    """A bundle on disk, and the arguments for its verification."""

    directory: Path
    identity: str
    issuer: str
    stamped: bool

    @property
    def bundle(self) -> Path:
        """The bundle's file."""
        return self.directory / "bundle.json"

    @property
    def artifact(self) -> Path:
        """The artefact's file."""
        return self.directory / "artifact"

    @property
    def root(self) -> Path:
        """The trusted root's file."""
        return self.directory / "trusted_root.json"


@pytest.fixture(params=["person", "workflow"])
def claims(request: pytest.FixtureRequest, sandbox: Sandbox) -> tuple[str, str]:
    """A token, and the subject of its certificate."""
    if request.param == "person":
        return sandbox.token(PERSON), PERSON
    return sandbox.github_token(called_workflow=WORKFLOW.removeprefix("https://github.com/")), WORKFLOW


@pytest.fixture(params=SHAPES)
def signed(
    request: pytest.FixtureRequest, sandbox: Sandbox, claims: tuple[str, str], tmp_path: Path
) -> Signed:
    """A statement about `ARTIFACT`, signed through the sandbox over HTTP."""
    rekor, tsa = SHAPES[request.param]
    token, identity = claims
    context = SigningContext.from_trust_config(
        ClientTrustConfig.from_json(sandbox.client_trust_config(rekor, tsa=tsa))
    )
    payload = statement(sha256_hex=hashlib.sha256(ARTIFACT).hexdigest())
    with context.signer(IdentityToken(token)) as signer:
        bundle = signer.sign_dsse(Statement(payload))
    result = Signed(tmp_path, identity, sandbox.url, tsa)
    result.bundle.write_text(bundle.to_json())
    result.artifact.write_bytes(ARTIFACT)
    result.root.write_text(json.dumps(sandbox.trusted_root()))
    return result


def verify(client: str, signed: Signed, clients: Clients) -> subprocess.CompletedProcess[str]:
    """The result of `client` for the bundle."""
    if client == "cosign":
        return clients.run(
            "cosign",
            "verify-blob-attestation",
            f"--bundle={signed.bundle}",
            f"--trusted-root={signed.root}",
            f"--certificate-identity={signed.identity}",
            f"--certificate-oidc-issuer={signed.issuer}",
            f"--type={PREDICATE_TYPE}",
            *(["--use-signed-timestamps"] if signed.stamped else []),
            signed.artifact,
        )
    if client == "sigstore-go":
        return clients.run(
            "sigstore-go-verification",
            f"-artifact={signed.artifact}",
            f"-trustedrootJSONpath={signed.root}",
            f"-expectedIssuer={signed.issuer}",
            f"-expectedSAN={signed.identity}",
            signed.bundle,
        )
    verifier = Path(__file__).with_name("verify.mjs")
    return clients.run("node", verifier, signed.root, signed.bundle, signed.identity, signed.issuer)


@pytest.mark.parametrize("client", CLIENTS)
def test_another_client_verifies_what_is_signed_through_the_sandbox(
    client: str, signed: Signed, clients: Clients
) -> None:
    """Certificate, CT timestamp, log entry, proof, checkpoint and timestamp satisfy all clients."""
    answer = verify(client, signed, clients)

    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("client", CLIENTS)
def test_another_client_refuses_an_edited_log_entry(client: str, signed: Signed, clients: Clients) -> None:
    """The acceptance means something: one flipped bit in an inclusion proof's first sibling is noticed.

    The proof's own root hash would not do: sigstore-go and npm's sigstore take the checkpoint's instead.
    """
    bundle = json.loads(signed.bundle.read_text())
    proof = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    proof["hashes"][0] = flipped(proof["hashes"][0])
    signed.bundle.write_text(json.dumps(bundle))

    assert verify(client, signed, clients).returncode != 0


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("rekor", [1, 2])
def test_another_client_verifies_a_proof_for_a_later_tree_head(
    client: str, rekor: Literal[1, 2], clients: Clients, tmp_path: Path
) -> None:
    """With siblings on both sides, as from a log with many writers."""
    now = datetime.now(UTC).replace(microsecond=0)
    virtual = VirtualSigstore(now=now, started=now - timedelta(days=1))
    payload = statement(sha256_hex=hashlib.sha256(ARTIFACT).hexdigest())
    signed = Signed(tmp_path, PERSON, virtual.url, rekor == 2)
    signed.bundle.write_bytes(encoded(virtual.bundle(payload, rekor=rekor, growth=21)))
    signed.artifact.write_bytes(ARTIFACT)
    signed.root.write_bytes(virtual.root())

    answer = verify(client, signed, clients)

    assert answer.returncode == 0, answer.stderr
