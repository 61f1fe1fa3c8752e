"""The tree follows RFC 6962, the logs sign its content, and accept only signatures that verify."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from support.virtual_sigstore import NOW, Signer, VirtualSigstore, signature_of

from avow.sandbox import RequestRefused
from avow.sandbox.log import MerkleTree, RekorV1, RekorV2, TransparencyLog

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTIFACT = b"a release archive\n"


# ---- RFC 6962, section 2.1, word by word -------------------------------------------------------------------


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH(D[n])."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def audit_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*audit_path(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*audit_path(m - k, leaves[k:]), tree_hash(leaves[:k])]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@given(st.lists(st.binary(max_size=8), max_size=70), st.data())
def test_roots_and_proofs_are_those_of_the_standard(leaves: list[bytes], data: st.DataObject) -> None:
    """For every size that the tree has had, and every leaf in it."""
    tree = MerkleTree()
    assert [tree.append(leaf) for leaf in leaves] == list(range(len(leaves)))
    size = data.draw(st.integers(0, len(leaves)), label="size")

    assert tree.root(size) == tree_hash(leaves[:size])
    if size:
        index = data.draw(st.integers(0, size - 1), label="index")
        assert tree.inclusion_proof(index, size=size) == audit_path(index, leaves[:size])


# ---- signatures -----------------------------------------------------------------------------------------


def note_parts(checkpoint: str) -> tuple[bytes, str, bytes, bytes]:
    """A checkpoint's signed text, and its signature's name, key hint and bytes."""
    text, _, line = checkpoint.partition("\n\n")
    dash, name, encoded = line.rstrip("\n").split(" ")
    assert dash == "—"
    raw = base64.b64decode(encoded)
    return f"{text}\n".encode(), name, raw[:4], raw[4:]


def test_rekor_v1_signs_entry_and_checkpoint(virtual: VirtualSigstore) -> None:
    """ECDSA; the origin has a tree id, by which Go clients recognise version 1."""
    log = virtual.rekor_v1
    ((uuid, entry),) = log.record(b"{}").items()

    proof = entry["verification"]["inclusionProof"]
    text, name, hint, signature = note_parts(proof["checkpoint"])
    spki = log.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    log_id = hashlib.sha256(spki).digest()
    root = base64.b64encode(bytes.fromhex(proof["rootHash"])).decode()
    assert text.decode() == f"localhost - 1193050959916656506\n2\n{root}\n"
    assert (name, hint) == ("localhost", log_id[:4])
    log.public_key.verify(signature, text, ec.ECDSA(hashes.SHA256()))

    known = {key: entry[key] for key in ("body", "integratedTime", "logID", "logIndex")}
    assert known == {
        "body": "e30=",
        "integratedTime": int(NOW.timestamp()),
        "logID": log_id.hex(),
        "logIndex": 1,
    }
    promise = base64.b64decode(entry["verification"]["signedEntryTimestamp"])
    log.public_key.verify(promise, rfc8785.dumps(known), ec.ECDSA(hashes.SHA256()))
    assert uuid[16:] == hashlib.sha256(b"\x00{}").hexdigest()


def test_rekor_v2_signs_checkpoints_only(virtual: VirtualSigstore) -> None:
    """Ed25519; the origin is just the host name, and the log's id is derived from it."""
    log = virtual.rekor_v2
    entry = log.record(b"{}")

    text, name, hint, signature = note_parts(entry["inclusionProof"]["checkpoint"]["envelope"])
    log_id = hashlib.sha256(b"localhost\n\x01" + log.public_key.public_bytes_raw()).digest()
    assert text.decode() == f"localhost\n2\n{entry['inclusionProof']['rootHash']}\n"
    assert (name, hint) == ("localhost", log_id[:4])
    assert isinstance(log.public_key, ed25519.Ed25519PublicKey)
    log.public_key.verify(signature, text)
    assert base64.b64decode(entry["logId"]["keyId"]) == log_id
    assert (entry["integratedTime"], entry["inclusionPromise"]) == ("0", None)


@pytest.mark.parametrize("version", [1, 2])
def test_no_entry_has_index_zero(version: int, virtual: VirtualSigstore) -> None:
    """Some clients read it as a missing field."""
    log: TransparencyLog = virtual.rekor_v1 if version == 1 else virtual.rekor_v2

    assert log.append(b"first") == 1


@pytest.fixture
def restless() -> Iterator[None]:
    """Switch threads after a few instructions, so that missing locks are noticed."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_entries_at_once_all_get_a_proof_that_holds(virtual: VirtualSigstore) -> None:
    """Eight threads, one tree; each proof is for the tree head in its own checkpoint."""
    bodies = [b"%d" % number for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(virtual.rekor_v2.record, bodies))

    by_index = {int(one["logIndex"]): base64.b64decode(one["canonicalizedBody"]) for one in answers}
    assert sorted(by_index) == list(range(1, 201))
    leaves = [b"genesis", *(by_index[index] for index in range(1, 201))]
    for answer in answers:
        proof = answer["inclusionProof"]
        size = int(proof["treeSize"])
        expected = audit_path(int(answer["logIndex"]), leaves[:size])
        assert [base64.b64decode(one) for one in proof["hashes"]] == expected
        assert base64.b64decode(proof["rootHash"]) == tree_hash(leaves[:size])


# ---- entries -----------------------------------------------------------------------------------------


def b64(raw: bytes) -> str:
    """Standard base64."""
    return base64.b64encode(raw).decode()


def dsse_request(virtual: VirtualSigstore, signer: Signer) -> dict[str, Any]:
    """A client's proposal of a `dsse` entry."""
    envelope = json.dumps(virtual.envelope(b"{}", signer))
    proposal = {"envelope": envelope, "verifiers": [b64(signer.verifier)]}
    return {"kind": "dsse", "apiVersion": "0.0.1", "spec": {"proposedContent": proposal}}


def hashedrekord_request(_: VirtualSigstore, signer: Signer) -> dict[str, Any]:
    """A client's proposal of a `hashedrekord` entry."""
    value = hashlib.sha256(ARTIFACT).hexdigest()
    signature = {
        "content": b64(signer.sign(ARTIFACT)),
        "publicKey": {"content": b64(signer.verifier)},
    }
    spec = {"data": {"hash": {"algorithm": "sha256", "value": value}}, "signature": signature}
    return {"kind": "hashedrekord", "apiVersion": "0.0.1", "spec": spec}


def v2_request(_: VirtualSigstore, signer: Signer) -> dict[str, Any]:
    """A client's request for a `hashedrekord` entry of Rekor v2."""
    if signer.chain:
        raw = signer.certificate.public_bytes(Encoding.DER)
        holder = {"x509Certificate": {"rawBytes": b64(raw)}}
    else:
        raw = signer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        holder = {"publicKey": {"rawBytes": b64(raw)}}
    verifier = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", **holder}
    signature = {"content": b64(signer.sign(ARTIFACT)), "verifier": verifier}
    digest = b64(hashlib.sha256(ARTIFACT).digest())
    return {"hashedRekordRequestV002": {"digest": digest, "signature": signature}}


def offered(log: RekorV1 | RekorV2, request: dict[str, Any]) -> dict[str, Any]:
    """The canonical entry of `log` for `request`."""
    entry: dict[str, Any] = json.loads(log.canonical(json.dumps(request).encode()))
    return entry


def refused(log: RekorV1 | RekorV2, request: Any) -> RequestRefused:
    """The refusal of `request`, which leaves the log unchanged."""
    size = log._tree.size
    with pytest.raises(RequestRefused) as refusal:
        log.answer(request if isinstance(request, bytes) else json.dumps(request).encode())
    assert log._tree.size == size
    assert refusal.value.status == 400
    return refusal.value


@pytest.fixture(params=["certificate", "managed key"])
def signer(request: pytest.FixtureRequest, virtual: VirtualSigstore) -> Signer:
    """A signer with a certificate, or only with a key."""
    return virtual.person() if request.param == "certificate" else virtual.managed_key()


def test_a_dsse_entry_contains_hashes_and_signatures(virtual: VirtualSigstore, signer: Signer) -> None:
    """The envelope itself is not stored, unlike in naive fakes of the service."""
    request = dsse_request(virtual, signer)
    envelope = request["spec"]["proposedContent"]["envelope"]

    assert offered(virtual.rekor_v1, request) == {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(envelope.encode()).hexdigest()},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(b"{}").hexdigest()},
            "signatures": [
                {"signature": signature_of(json.loads(envelope)), "verifier": b64(signer.verifier)}
            ],
        },
    }


def test_a_hashedrekord_entry_is_its_request(virtual: VirtualSigstore, signer: Signer) -> None:
    """Without fields that are not part of the format."""
    request = hashedrekord_request(virtual, signer)

    assert offered(virtual.rekor_v1, request | {"more": "words"}) == request


def test_a_v2_entry_contains_digest_signature_and_verifier(virtual: VirtualSigstore, signer: Signer) -> None:
    """The digest's algorithm is named."""
    request = v2_request(virtual, signer)
    asked = request["hashedRekordRequestV002"]

    data = {"algorithm": "SHA2_256", "digest": asked["digest"]}
    assert offered(virtual.rekor_v2, request) == {
        "apiVersion": "0.0.2",
        "kind": "hashedrekord",
        "spec": {"hashedRekordV002": {"data": data, "signature": asked["signature"]}},
    }


def test_signatures_that_do_not_verify_are_refused(virtual: VirtualSigstore, signer: Signer) -> None:
    """By somebody else's key, in every kind of entry."""
    eve = Signer(ec.generate_private_key(ec.SECP256R1()), signer.chain)
    forged = Signer(eve.key, signer.chain) if signer.chain else eve

    dsse = dsse_request(virtual, forged)
    dsse["spec"]["proposedContent"]["verifiers"] = [b64(signer.verifier)]
    refused(virtual.rekor_v1, dsse)
    hashedrekord = hashedrekord_request(virtual, forged)
    hashedrekord["spec"]["signature"]["publicKey"]["content"] = b64(signer.verifier)
    refused(virtual.rekor_v1, hashedrekord)
    v2 = v2_request(virtual, forged)
    v2["hashedRekordRequestV002"]["signature"]["verifier"] = v2_request(virtual, signer)[
        "hashedRekordRequestV002"
    ]["signature"]["verifier"]
    refused(virtual.rekor_v2, v2)


def test_an_envelope_needs_a_verifier_for_each_signature(virtual: VirtualSigstore, signer: Signer) -> None:
    """A signature without a verifier is refused."""
    request = dsse_request(virtual, signer)
    proposal = request["spec"]["proposedContent"]
    envelope = json.loads(proposal["envelope"])
    envelope["signatures"] *= 2
    proposal["envelope"] = json.dumps(envelope)

    refused(virtual.rekor_v1, request)


def test_base64_is_read_strictly(virtual: VirtualSigstore) -> None:
    """A signature has one spelling; otherwise two entries could be for the same one."""
    request = hashedrekord_request(virtual, virtual.managed_key())
    request["spec"]["signature"]["content"] += "\n"

    assert "base64" in refused(virtual.rekor_v1, request).message


def test_keys_of_other_kinds_are_refused(virtual: VirtualSigstore) -> None:
    """Ed25519 signatures can't be checked from a digest."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    request = hashedrekord_request(virtual, virtual.managed_key())
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    request["spec"]["signature"]["publicKey"]["content"] = b64(pem)

    assert "Ed25519" in refused(virtual.rekor_v1, request).message


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense",
        b"[" * 100_000,
        b"{}",
        {"kind": "intoto", "apiVersion": "0.0.2", "spec": {}},
        {"kind": "dsse", "apiVersion": "0.0.2", "spec": {}},
        {
            "kind": "dsse",
            "apiVersion": "0.0.1",
            "spec": {"proposedContent": {"envelope": "{}", "verifiers": []}},
        },
        {
            "kind": "dsse",
            "apiVersion": "0.0.1",
            "spec": {"proposedContent": {"envelope": "x", "verifiers": ["eA=="]}},
        },
    ],
    ids=["not JSON", "a deep nest", "no kind", "intoto", "another version", "no verifier", "no envelope"],
)
def test_rekor_v1_refuses_other_entries(request_: Any, virtual: VirtualSigstore) -> None:
    """Any bytes are answered with a refusal."""
    refused(virtual.rekor_v1, request_)


def test_rekor_v2_refuses_other_entries(virtual: VirtualSigstore) -> None:
    """For example the `dsse` request that version 2 has dropped, or a key in an unknown form."""
    refused(virtual.rekor_v2, {"dsseRequestV002": {}})
    request = v2_request(virtual, virtual.managed_key())
    verifier = request["hashedRekordRequestV002"]["signature"]["verifier"]
    verifier["publicKey"]["rawBytes"] = "bm9uc2Vuc2U="
    refused(virtual.rekor_v2, request)
    del verifier["publicKey"]
    refused(virtual.rekor_v2, request)
    request["hashedRekordRequestV002"]["digest"] = "eA=="
    refused(virtual.rekor_v2, request)


def test_a_digest_of_another_length_is_refused(virtual: VirtualSigstore) -> None:
    """Entries always name SHA-256."""
    request = v2_request(virtual, virtual.managed_key())
    request["hashedRekordRequestV002"]["digest"] = b64(b"short")

    refused(virtual.rekor_v2, request)
