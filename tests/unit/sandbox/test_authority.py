"""Certificates contain the token's claims, are issued only to holders of the key, and have a CT timestamp."""

from __future__ import annotations

import base64
import json
import struct
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, ObjectIdentifier
from support.virtual_sigstore import NOW, VirtualSigstore

from avow.sandbox import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable

PERSON = "maintainer@example.org"


def pem(key: Any) -> str:
    """A private key's public half in PEM."""
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def signing_request(key: Any, token: str) -> dict[str, Any]:
    """The request of sigstore-python: a PKCS#10 request."""
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, algorithm)
    encoded = base64.b64encode(request.public_bytes(Encoding.PEM)).decode()
    return {"credentials": {"oidcIdentityToken": token}, "certificateSigningRequest": encoded}


def key_and_proof(key: ec.EllipticCurvePrivateKey, token: str, *, over: str = PERSON) -> dict[str, Any]:
    """The request of cosign and npm's sigstore: a key, and a signature over the token's subject."""
    proof = key.sign(over.encode(), ec.ECDSA(hashes.SHA256()))
    public = {"algorithm": "ECDSA", "content": pem(key)}
    return {
        "credentials": {"oidcIdentityToken": token},
        "publicKeyRequest": {
            "publicKey": public,
            "proofOfPossession": base64.b64encode(proof).decode(),
        },
    }


def issued(virtual: VirtualSigstore, request: dict[str, Any], **head: str) -> list[x509.Certificate]:
    """The chain in the answer, leaf first."""
    answer = virtual.authority.answer(json.dumps(request).encode(), issuer=virtual.issuer, **head)
    chain = answer["signedCertificateEmbeddedSct"]["chain"]["certificates"]
    return [x509.load_pem_x509_certificate(one.encode()) for one in chain]


def status_of(virtual: VirtualSigstore, request: dict[str, Any]) -> int:
    """The HTTP status with which `request` is refused."""
    with pytest.raises(RequestRefused) as refused:
        issued(virtual, request)
    return refused.value.status


def extension(certificate: x509.Certificate, number: int) -> bytes:
    """The raw value of an extension under Fulcio's arc."""
    oid = ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}")
    value = certificate.extensions.get_extension_for_oid(oid).value
    assert isinstance(value, x509.UnrecognizedExtension)
    return value.value


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    """A signer's key."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("ask", [signing_request, key_and_proof])
def test_a_person_gets_a_ten_minute_certificate(
    ask: Any, virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """It has the address and the key, and chains to intermediate and root."""
    leaf, intermediate, root = issued(virtual, ask(key, virtual.token(PERSON)))

    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.critical
    assert names.value.get_values_for_type(x509.RFC822Name) == [PERSON]
    assert leaf.public_key() == key.public_key()
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (NOW, NOW + timedelta(minutes=10))
    assert extension(leaf, 1) == virtual.url.encode()
    assert asn1.decode_der(str, extension(leaf, 8)) == virtual.url
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    assert (intermediate, root) == virtual.authority.chain
    assert "O=avow sandbox" in leaf.issuer.rfc4514_string()


def test_the_token_may_come_as_a_bearer_token(
    virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """Older clients put it into a request header."""
    token = virtual.token(PERSON)
    request = signing_request(key, token)
    del request["credentials"]

    leaf, *_ = issued(virtual, request, authorization=f"Bearer {token}")

    assert leaf.public_key() == key.public_key()


def test_a_workflows_claims_become_the_extensions_that_fulcio_writes(
    virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """A called workflow is the subject and the build signer; all other extensions are the caller's."""
    token = virtual.github_token(
        "acme/acmelib",
        ref="refs/tags/v1.0",
        sha="c" * 40,
        repository_id="11",
        owner_id="12",
        run_id="13",
        called_workflow="acme/shared/.github/workflows/sign.yml@refs/heads/main",
    )
    called_digest = jwt.decode(token, options={"verify_signature": False})["job_workflow_sha"]

    leaf, *_ = issued(virtual, signing_request(key, token))

    github = "https://github.com"
    signer = f"{github}/acme/shared/.github/workflows/sign.yml@refs/heads/main"
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [signer]
    assert {number: asn1.decode_der(str, extension(leaf, number)) for number in range(8, 23)} == {
        8: virtual.url,
        9: signer,
        10: called_digest,
        11: "github-hosted",
        12: f"{github}/acme/acmelib",
        13: "c" * 40,
        14: "refs/tags/v1.0",
        15: "11",
        16: f"{github}/acme",
        17: "12",
        18: f"{github}/acme/acmelib/.github/workflows/release.yml@refs/tags/v1.0",
        19: "c" * 40,
        20: "push",
        21: f"{github}/acme/acmelib/actions/runs/13/attempts/1",
        22: "public",
    }
    assert {number: extension(leaf, number) for number in range(1, 7)} == {
        1: virtual.url.encode(),
        2: b"push",
        3: b"c" * 40,
        4: b"release",
        5: b"acme/acmelib",
        6: b"refs/tags/v1.0",
    }


def test_a_subject_that_is_a_uri_is_named_as_one(
    virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """Workloads of other platforms are identified by URIs."""
    leaf, *_ = issued(virtual, signing_request(key, virtual.token(sub="spiffe://example.org/builder")))

    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://example.org/builder"]


def test_the_embedded_timestamp_is_the_ct_logs_over_the_precertificate(
    virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 6962: the log's signature covers the certificate without the list, and its issuer's key."""
    leaf, intermediate, _ = issued(virtual, signing_request(key, virtual.token(PERSON)))

    found = leaf.extensions.get_extension_for_oid(ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS).value
    assert isinstance(found, x509.PrecertificateSignedCertificateTimestamps)
    (stamp,) = found
    issuer = hashes.Hash(hashes.SHA256())
    issuer.update(intermediate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    tbs = leaf.tbs_precertificate_bytes
    milliseconds = int(NOW.timestamp() * 1000)
    signed = struct.pack("!BBQH", 0, 0, milliseconds, 1) + issuer.finalize()
    signed += struct.pack("!I", len(tbs))[1:] + tbs + b"\0\0"
    assert stamp.log_id == virtual.authority.ct_log.log_id
    virtual.authority.ct_log.key.public_key().verify(stamp.signature, signed, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"email": PERSON, "email_verified": False}, id="an unverified address"),
        pytest.param({"email": PERSON, "email_verified": "true"}, id="a verification that is only text"),
        pytest.param({"sub": "somebody"}, id="a subject of no kind"),
        pytest.param({"email": "zoë@example.org", "email_verified": True}, id="an address beyond ASCII"),
        pytest.param({"sub": "https://example.org/\ud800"}, id="a subject that is not text"),
        pytest.param({"job_workflow_ref": "a/b/c.yml@main"}, id="a workflow that says little of itself"),
    ],
)
def test_a_token_that_names_nobody_is_refused(
    claims: dict[str, Any], virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """A certificate needs a subject."""
    assert status_of(virtual, signing_request(key, virtual.token(**claims))) == 401


def test_a_bad_token_is_refused(virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey) -> None:
    """The authority relies on the issuer's check."""
    assert status_of(virtual, signing_request(key, VirtualSigstore().token(PERSON))) == 401


def test_a_proof_over_another_subject_is_refused(
    virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """A proof of possession is for one identity."""
    request = key_and_proof(key, virtual.token(PERSON), over="eve@example.org")

    assert status_of(virtual, request) == 400


def test_a_proof_by_another_key_is_refused(virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey) -> None:
    """Nobody gets a certificate for a key that they don't have."""
    request = key_and_proof(ec.generate_private_key(ec.SECP256R1()), virtual.token(PERSON))
    request["publicKeyRequest"]["publicKey"]["content"] = pem(key)

    assert status_of(virtual, request) == 400


def test_an_edited_signing_request_is_refused(
    virtual: VirtualSigstore, key: ec.EllipticCurvePrivateKey
) -> None:
    """Its own signature is the proof of possession."""
    request = signing_request(key, virtual.token(PERSON))
    csr = x509.load_pem_x509_csr(base64.b64decode(request["certificateSigningRequest"]))
    raw = bytearray(csr.public_bytes(Encoding.DER))
    raw[-1] ^= 1
    armour = "-----{} CERTIFICATE REQUEST-----\n"
    edited = armour.format("BEGIN") + base64.encodebytes(raw).decode() + armour.format("END")
    request["certificateSigningRequest"] = base64.b64encode(edited.encode()).decode()

    assert status_of(virtual, request) == 400


@pytest.mark.parametrize(
    "generate",
    [
        ed25519.Ed25519PrivateKey.generate,
        lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ],
    ids=["Ed25519", "RSA"],
)
def test_a_key_of_another_kind_is_refused(generate: Callable[[], Any], virtual: VirtualSigstore) -> None:
    """The sandbox's logs support ECDSA signatures only."""
    assert status_of(virtual, signing_request(generate(), virtual.token(PERSON))) == 400


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="no key"),
        pytest.param({"certificateSigningRequest": "bm9uc2Vuc2U="}, id="no signing request"),
        pytest.param({"certificateSigningRequest": "***"}, id="no base64"),
        pytest.param({"certificateSigningRequest": 1}, id="a number"),
        pytest.param(
            {"publicKeyRequest": {"publicKey": {"content": "x"}, "proofOfPossession": ""}}, id="no PEM"
        ),
        pytest.param({"publicKeyRequest": {"publicKey": {}}}, id="half a request"),
    ],
)
def test_a_request_without_a_usable_key_is_refused(change: dict[str, Any], virtual: VirtualSigstore) -> None:
    """Any bytes are answered with a refusal."""
    assert status_of(virtual, {"credentials": {"oidcIdentityToken": virtual.token(PERSON)}} | change) == 400


def test_the_trust_bundle_contains_the_chain(virtual: VirtualSigstore) -> None:
    """Clients that ask the authority get the same certificates as in the trusted root."""
    ((chain),) = virtual.authority.trust_bundle()["chains"]

    loaded = [x509.load_pem_x509_certificate(one.encode()) for one in chain["certificates"]]
    assert tuple(loaded) == virtual.authority.chain
