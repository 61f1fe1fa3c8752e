"""Transparency logs: a Merkle tree, and the Rekor v1 and Rekor v2 interfaces on top of it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

import rfc8785
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key
from pydantic import Field, TypeAdapter, ValidationError

from avow.sandbox.wire import (
    Base64,
    Clock,
    JsonObject,
    PublicKey,
    RequestRefused,
    Wire,
    base64_text,
    read_request,
    sha256,
    spki,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

REKOR_V1_TREE_ID: Final = 1193050959916656506
"""The tree id of the public-good instance's first shard; any number would do."""


class MerkleTree:
    """An append-only tree that keeps the hash of every complete subtree, so that proofs need no rehashing.

    Source: RFC 6962, section 2.1. Not thread-safe.
    """

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Add a leaf; returns its index."""
        node = leaf_hash(leaf)
        index = self.size
        for level in self._levels:
            level.append(node)
            if len(level) % 2:
                return index
            node = _parent(level[-2], level[-1])
        self._levels.append([node])
        return index

    def root(self, size: int) -> bytes:
        """The root hash of the tree of the first `size` leaves."""
        return self._hash(0, size)

    def inclusion_proof(self, index: int, *, size: int) -> list[bytes]:
        """The siblings from leaf `index` up to the root of the tree of the first `size` leaves."""
        first, last = 0, size
        proof: list[bytes] = []
        while last - first > 1:
            middle = first + _largest_power_below(last - first)
            if index < middle:
                proof.append(self._hash(middle, last))
                last = middle
            else:
                proof.append(self._hash(first, middle))
                first = middle
        return proof[::-1]

    def _hash(self, first: int, last: int) -> bytes:
        """The Merkle tree hash of leaves `first` to `last`; a subtree of that size begins at `first`."""
        count = last - first
        if not count:
            return sha256(b"")
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._levels[level][first >> level]
        middle = first + _largest_power_below(count)
        return _parent(self._hash(first, middle), self._hash(middle, last))


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf (RFC 6962, section 2.1)."""
    return sha256(b"\x00" + leaf)


def _parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def _largest_power_below(count: int) -> int:
    """The largest power of two that is smaller than `count`, which is two or more."""
    return 1 << ((count - 1).bit_length() - 1)


class Inclusion(NamedTuple):
    """The position of a leaf, and the proof of its inclusion."""

    log_index: int
    size: int
    root: bytes
    hashes: Sequence[bytes]
    checkpoint: str


class TransparencyLog(ABC):
    """A tree with a key that signs its checkpoints.

    `origin` is the first line of a checkpoint; Go clients distinguish Rekor v1 and v2 by its ` - TREE_ID`
    part. JavaScript clients expect `name`, the name of the signer, in the log's base URL.
    """

    def __init__(self, name: str, *, origin: str) -> None:
        self.name = name
        self.origin = origin
        self._tree = MerkleTree()
        self._lock = threading.Lock()
        # Older Go clients read log index 0 as "no index", so no real entry gets it.
        self.append(b"genesis")

    @property
    @abstractmethod
    def public_key(self) -> PublicKey:
        """The key that verifies this log's signatures."""

    @property
    @abstractmethod
    def log_id(self) -> bytes:
        """The id of this log in entries and trusted roots."""

    @abstractmethod
    def sign(self, data: bytes) -> bytes:
        """The log's signature over `data`."""

    @abstractmethod
    def canonical(self, request: bytes) -> bytes:
        """The canonical entry for a request whose signatures verify.

        Raises:
            RequestRefused: the kind of entry is not supported, or a signature does not verify.
        """

    @abstractmethod
    def record(self, entry: bytes) -> JsonObject:
        """Append a canonical entry; returns the log's answer to the client."""

    def answer(self, request: bytes) -> JsonObject:
        """The log's answer to a request for a new entry.

        Raises:
            RequestRefused: as `canonical`.
        """
        return self.record(self.canonical(request))

    def append(self, leaf: bytes) -> int:
        """Add a leaf; returns its index."""
        with self._lock:
            return self._tree.append(leaf)

    def prove(self, index: int) -> Inclusion:
        """The proof that leaf `index` is in the current tree, which may have grown since."""
        with self._lock:
            size = self._tree.size
            root = self._tree.root(size)
            proof = self._tree.inclusion_proof(index, size=size)
        return Inclusion(index, size, root, proof, self.checkpoint(size, root))

    def checkpoint(self, size: int, root: bytes) -> str:
        """A signed note over a tree head.

        Source: C2SP tlog-checkpoint and signed-note: the key hint is the first four bytes of the log's id.
        """
        note = f"{self.origin}\n{size}\n{base64_text(root)}\n"
        signature = base64_text(self.log_id[:4] + self.sign(note.encode()))
        return f"{note}\n— {self.name} {signature}\n"


class RekorV1(TransparencyLog):
    """Rekor v1: `dsse` and `hashedrekord` 0.0.1, with a signed entry timestamp."""

    def __init__(self, name: str, *, clock: Clock) -> None:
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        super().__init__(name, origin=f"{name} - {REKOR_V1_TREE_ID}")

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """An ECDSA P-256 key."""
        return self._key.public_key()

    @property
    def log_id(self) -> bytes:
        """SHA-256 of the key's SubjectPublicKeyInfo."""
        return sha256(spki(self.public_key))

    def sign(self, data: bytes) -> bytes:
        """An ECDSA signature over SHA-256."""
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    def canonical(self, request: bytes) -> bytes:
        """The canonical `dsse` or `hashedrekord` entry.

        Raises:
            RequestRefused: another kind, or a signature that does not verify.
        """
        try:
            return _V1_REQUEST.validate_json(request).canonical()
        except ValidationError as error:
            raise RequestRefused(f"this entry is not supported: {error.errors()[0]['msg']}") from error

    def record(self, entry: bytes) -> JsonObject:
        """Rekor's `LogEntry`: the entry's UUID and its data."""
        index = self.append(entry)
        known: dict[str, Any] = {
            "body": base64_text(entry),
            "integratedTime": int(self._clock().timestamp()),
            "logID": self.log_id.hex(),
            "logIndex": index,
        }
        promise = self.sign(rfc8785.dumps(known))
        inclusion = self.prove(index)
        uuid = f"{REKOR_V1_TREE_ID:016x}{leaf_hash(entry).hex()}"
        return {
            uuid: known
            | {
                "verification": {
                    "signedEntryTimestamp": base64_text(promise),
                    "inclusionProof": {
                        "logIndex": index,
                        "treeSize": inclusion.size,
                        "rootHash": inclusion.root.hex(),
                        "hashes": [one.hex() for one in inclusion.hashes],
                        "checkpoint": inclusion.checkpoint,
                    },
                }
            }
        }


class RekorV2(TransparencyLog):
    """Rekor v2: `hashedrekord` 0.0.2 and checkpoints; the time comes from timestamping authorities."""

    def __init__(self, name: str) -> None:
        self._key = ed25519.Ed25519PrivateKey.generate()
        super().__init__(name, origin=name)

    @property
    def public_key(self) -> ed25519.Ed25519PublicKey:
        """An Ed25519 key."""
        return self._key.public_key()

    @property
    def log_id(self) -> bytes:
        """The hash of origin, signature type and raw key.

        Source: C2SP signed-note, "Signature types": SHA-256(name, newline, 0x01, key).
        """
        return sha256(self.origin.encode() + b"\n\x01" + self.public_key.public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature."""
        return self._key.sign(data)

    def canonical(self, request: bytes) -> bytes:
        """The canonical `hashedrekord` entry.

        Raises:
            RequestRefused: another kind, or a signature that does not verify.
        """
        return read_request(_V2Request, request).hashed_rekord_request_v002.canonical()

    def record(self, entry: bytes) -> JsonObject:
        """The `TransparencyLogEntry`."""
        inclusion = self.prove(self.append(entry))
        return {
            "logIndex": str(inclusion.log_index),
            "logId": {"keyId": base64_text(self.log_id)},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "integratedTime": "0",
            "inclusionPromise": None,
            "inclusionProof": {
                "logIndex": str(inclusion.log_index),
                "rootHash": base64_text(inclusion.root),
                "treeSize": str(inclusion.size),
                "hashes": [base64_text(one) for one in inclusion.hashes],
                "checkpoint": {"envelope": inclusion.checkpoint},
            },
            "canonicalizedBody": base64_text(entry),
        }


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """The bytes that a DSSE signature covers.

    Source: DSSE v1.0, protocol: PAE.
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


# ---- requests --------------------------------------------------------------------------------------------


class _V1Digest(Wire):
    algorithm: Literal["sha256"]
    value: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _V1Data(Wire):
    hash: _V1Digest


class _V1Verifier(Wire):
    content: Base64


class _V1Signature(Wire):
    content: Base64
    public_key: _V1Verifier


class _V1HashedRekordSpec(Wire):
    data: _V1Data
    signature: _V1Signature


class _V1HashedRekord(Wire):
    kind: Literal["hashedrekord"]
    api_version: Literal["0.0.1"]
    spec: _V1HashedRekordSpec

    def canonical(self) -> bytes:
        signature = self.spec.signature
        digest = bytes.fromhex(self.spec.data.hash.value)
        verifier = signature.public_key.content
        verify_signature(signature.content, verifier=verifier, digest=digest)
        return hashed_rekord_entry(digest, signature=signature.content, verifier=verifier)


class _DsseSignature(Wire):
    sig: Base64


class _DsseEnvelope(Wire):
    payload: Base64
    payload_type: str
    signatures: Annotated[list[_DsseSignature], Field(min_length=1)]


class _V1Proposal(Wire):
    envelope: str
    verifiers: Annotated[list[Base64], Field(min_length=1)]


class _V1DsseSpec(Wire):
    proposed_content: _V1Proposal


class _V1Dsse(Wire):
    kind: Literal["dsse"]
    api_version: Literal["0.0.1"]
    spec: _V1DsseSpec

    def canonical(self) -> bytes:
        proposal = self.spec.proposed_content
        envelope = read_request(_DsseEnvelope, proposal.envelope.encode())
        if len(envelope.signatures) != len(proposal.verifiers):
            raise RequestRefused("the number of verifiers and signatures must be equal")
        digest = sha256(pre_authentication_encoding(envelope.payload_type, envelope.payload))
        pairs = list(zip(envelope.signatures, proposal.verifiers, strict=True))
        for signature, verifier in pairs:
            verify_signature(signature.sig, verifier=verifier, digest=digest)
        return dsse_entry(
            proposal.envelope.encode(),
            payload=envelope.payload,
            signatures=[(signature.sig, verifier) for signature, verifier in pairs],
        )


_V1_REQUEST: TypeAdapter[_V1HashedRekord | _V1Dsse] = TypeAdapter(
    Annotated[_V1HashedRekord | _V1Dsse, Field(discriminator="kind")]
)


class _V2RawBytes(Wire):
    raw_bytes: Base64


class _V2Verifier(Wire):
    key_details: str
    public_key: _V2RawBytes | None = None
    x509_certificate: _V2RawBytes | None = None


class _V2Signature(Wire):
    content: Base64
    verifier: _V2Verifier


class _V2HashedRekord(Wire):
    digest: Base64
    signature: _V2Signature

    def canonical(self) -> bytes:
        verifier = self.signature.verifier
        holder = verifier.x509_certificate or verifier.public_key
        if holder is None:
            raise RequestRefused("the request has neither a certificate nor a public key")
        verify_signature(self.signature.content, verifier=holder.raw_bytes, digest=self.digest)
        return hashed_rekord_v2_entry(
            self.digest,
            signature=self.signature.content,
            verifier=holder.raw_bytes,
            is_certificate=verifier.x509_certificate is not None,
            key_details=verifier.key_details,
        )


class _V2Request(Wire):
    hashed_rekord_request_v002: Annotated[_V2HashedRekord, Field(alias="hashedRekordRequestV002")]


def dsse_entry(envelope: bytes, *, payload: bytes, signatures: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The canonical `dsse` 0.0.1 entry: hashes of the envelope and its payload, signatures and verifiers.

    Source: sigstore/rekor, `pkg/types/dsse/v0.0.1`, `Canonicalize`.
    """
    return _entry(
        "dsse",
        "0.0.1",
        {
            "envelopeHash": {"algorithm": "sha256", "value": sha256(envelope).hex()},
            "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()},
            "signatures": [
                {"signature": base64_text(signature), "verifier": base64_text(verifier)}
                for signature, verifier in signatures
            ],
        },
    )


def hashed_rekord_entry(digest: bytes, *, signature: bytes, verifier: bytes) -> bytes:
    """The canonical `hashedrekord` 0.0.1 entry; `verifier` is PEM."""
    return _entry(
        "hashedrekord",
        "0.0.1",
        {
            "data": {"hash": {"algorithm": "sha256", "value": digest.hex()}},
            "signature": {
                "content": base64_text(signature),
                "publicKey": {"content": base64_text(verifier)},
            },
        },
    )


def hashed_rekord_v2_entry(
    digest: bytes,
    *,
    signature: bytes,
    verifier: bytes,
    is_certificate: bool,
    key_details: str = "PKIX_ECDSA_P256_SHA_256",
) -> bytes:
    """The canonical `hashedrekord` 0.0.2 entry; `verifier` is DER."""
    holder = "x509Certificate" if is_certificate else "publicKey"
    return _entry(
        "hashedrekord",
        "0.0.2",
        {
            "hashedRekordV002": {
                "data": {"algorithm": "SHA2_256", "digest": base64_text(digest)},
                "signature": {
                    "content": base64_text(signature),
                    "verifier": {"keyDetails": key_details, holder: {"rawBytes": base64_text(verifier)}},
                },
            }
        },
    )


def _entry(kind: str, version: str, spec: dict[str, Any]) -> bytes:
    return rfc8785.dumps({"apiVersion": version, "kind": kind, "spec": spec})


def verify_signature(signature: bytes, *, verifier: bytes, digest: bytes) -> None:
    """The signature over the SHA-256 `digest` verifies with `verifier`, a certificate or key in PEM or DER.

    Raises:
        RequestRefused: `verifier` has no usable key, or the signature does not verify.
    """
    try:
        key = _load_key(verifier)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise RequestRefused(f"{type(key).__name__}: only ECDSA signatures are supported")
        key.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    except InvalidSignature as error:
        raise RequestRefused("the signature does not verify") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RequestRefused(f"not a certificate or public key: {error}") from error


def _load_key(verifier: bytes) -> object:
    if verifier.startswith(b"-----BEGIN CERTIFICATE"):
        return x509.load_pem_x509_certificate(verifier).public_key()
    if verifier.startswith(b"-----BEGIN"):
        return load_pem_public_key(verifier)
    try:
        return x509.load_der_x509_certificate(verifier).public_key()
    except ValueError:
        return load_der_public_key(verifier)
