"""What an entry of a transparency log records: which signature, by which key, over which content.

A log entry can be genuine and belong to another bundle. sigstore-python compares the bodies that it knows;
this module compares those that it does not: entries of bundles signed with a bare key, and `intoto/0.0.2`,
with which npm, cosign before version 3 and slsa-github-generator signed.

Source: Rekor, `pkg/types/dsse/v0.0.1`, `hashedrekord/v0.0.1` and `intoto/v0.0.2`; Rekor v2 specification,
6.1.4.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from avow.errors import SignatureRejected
from avow.formats.json_strict import parse

_MAX_BYTES: Final = 1024 * 1024
"""An entry body contains digests, one signature and one key; the largest kind has less than 8 kB."""

_MAX_DEPTH: Final = 8

_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"


def require_record(
    body: bytes, *, kind: str, signature: bytes, digest: bytes, payload_digest: bytes | None, verifier: bytes
) -> None:
    """The entry's `body` records this `signature`, by this `verifier`, over this content.

    `kind` is what the bundle says of the entry, as in `dsse/0.0.1`; the body has to be of that kind.
    `digest` is the SHA-256 of what was signed (the artefact, or the envelope's pre-authentication encoding),
    `payload_digest` that of the envelope's payload, and None for an artefact; `verifier` is the DER of the
    key's SubjectPublicKeyInfo, or of the certificate.

    Not checked: the hash of the envelope's JSON in `dsse` and `intoto` entries; that JSON has no canonical
    form. sigstore-python does not check it either.

    Raises:
        SignatureRejected: it records something else, or is of another kind.
        ValueError: a key, certificate or base64 text in it can't be read.
    """
    document = parse(body, source="log entry", max_bytes=_MAX_BYTES, max_depth=_MAX_DEPTH)
    said = f"{document.get('kind')}/{document.get('apiVersion')}" if isinstance(document, dict) else ""
    if said != kind:
        raise SignatureRejected(f"the log entry is said to be of kind {kind}, and is of {said or 'none'}")
    if not _records(
        document, signature=signature, digest=digest, payload_digest=payload_digest, verifier=verifier
    ):
        raise SignatureRejected("the log entry is for another signature, key or content")


def _records(
    body: Any, *, signature: bytes, digest: bytes, payload_digest: bytes | None, verifier: bytes
) -> bool:
    logged: Any
    match body:
        case {
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": value}},
                "signature": {"content": content, "publicKey": {"content": pem}},
            },
        }:
            logged = (value, content, _der(pem))
            return bool(logged == (digest.hex(), _base64(signature), verifier))
        case {
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "payloadHash": {"algorithm": "sha256", "value": value},
                "signatures": [{"signature": content, "verifier": pem}],
            },
        } if payload_digest is not None:
            logged = (value, content, _der(pem))
            return bool(logged == (payload_digest.hex(), _base64(signature), verifier))
        case {
            "apiVersion": "0.0.2",
            "kind": "intoto",
            "spec": {
                "content": {
                    "envelope": {"signatures": [{"sig": content, "publicKey": pem}]},
                    "payloadHash": {"algorithm": "sha256", "value": value},
                }
            },
        } if payload_digest is not None:
            # the envelope's base64 of the signature, encoded a second time
            logged = (value, content, _der(pem))
            return bool(logged == (payload_digest.hex(), _base64(_base64(signature).encode()), verifier))
        case {
            "apiVersion": "0.0.2",
            "kind": "hashedrekord",
            "spec": {
                "hashedRekordV002": {
                    "data": {"algorithm": "SHA2_256", "digest": value},
                    "signature": {
                        "content": content,
                        "verifier": {
                            "publicKey": {"rawBytes": spki},
                            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                        },
                    },
                }
            },
        }:
            logged = (value, content, spki)
            return bool(logged == (_base64(digest), _base64(signature), _base64(verifier)))
    return False


def _der(text: Any) -> bytes | None:
    """The DER in Rekor v1's base64 of PEM; parsed, because clients end PEM differently."""
    if not isinstance(text, str):
        return None
    pem = base64.b64decode(text, validate=True)
    if pem.count(b"-----BEGIN ") != 1 or not pem.startswith(b"-----BEGIN "):
        return None
    if pem.startswith(_CERTIFICATE):
        return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    key = serialization.load_pem_public_key(pem)
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
