"""Bundles signed with a bare key: the pinned key decides, and a log entry or timestamp proves the time."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.backends import BackendAt, open_keyed_backend
from support.bundle_mutations import ARTEFACT, World, keyed_entry_problems
from support.virtual_sigstore import (
    NOW,
    V01,
    VirtualSigstore,
    encoded,
    first_entry,
    flipped,
    promise_again,
    signature_of,
)

from avow.errors import (
    AvowError,
    BundleMalformed,
    ClockBehind,
    InputInvalid,
    RootTooOld,
    SignatureRejected,
    UnsupportedEvidence,
)
from avow.identity import SignerKey
from avow.sandbox.wire import base64_text, key_pem, sha256, spki
from avow.subject import Digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.virtual_sigstore import EntryKind, JsonObject, Signer


HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def world() -> World:
    """Two instances; only the first one's root is trusted."""
    return World(VirtualSigstore(), VirtualSigstore())


@pytest.fixture(scope="module")
def signer(world: World) -> Signer:
    """The holder of the pinned key."""
    return world.honest.managed_key()


def backend(world: World, signer: Signer, root: bytes | None = None) -> BackendAt:
    """The verifier with the pinned key."""
    key = key_pem(signer.key.public_key()).encode()
    return open_keyed_backend(root or world.honest.root(), key=key, now=NOW)


SHAPES = [(1, False), (1, True), (2, True), (None, True)]


@pytest.mark.parametrize(("rekor", "tsa"), SHAPES)
def test_honest_keyed_bundles_verify(rekor: Any, *, tsa: bool, world: World, signer: Signer) -> None:
    """Logged, timestamped, or both; a statement and an artefact."""
    statement = encoded(world.honest.bundle(world.statement(), signer=signer, rekor=rekor, tsa=tsa))
    message = encoded(world.honest.message_bundle(ARTEFACT, signer=signer, rekor=rekor, tsa=tsa))
    digest = Digest(algorithm="sha256", value=world.honest_digest)

    envelope = backend(world, signer).verify(statement, location="here")
    artefact = backend(world, signer).verify_artifact(message, digest=digest, location="here")

    assert envelope.payload == world.statement()
    assert envelope.signer == artefact.signer == backend(world, signer).signer
    assert isinstance(envelope.signer, SignerKey)
    assert envelope.signer.spki_sha256 == sha256(spki(signer.key.public_key())).hex()
    assert {each.source for each in envelope.times} == {"rekor"} - {None if rekor == 1 else "rekor"} | (
        {"tsa"} if tsa else set()
    )
    assert envelope.root_sha256 == backend(world, signer).root_sha256 == artefact.root_sha256
    assert envelope.sandbox
    assert artefact.sandbox


def test_another_key_than_the_one_given(world: World, signer: Signer) -> None:
    """Both are named as possible: another key's signature, or another content."""
    other, pinned = world.honest.managed_key(), backend(world, signer)
    statement = encoded(_bundle(world, other))
    message = encoded(world.honest.message_bundle(ARTEFACT, signer=other))
    digest = Digest(algorithm="sha256", value=world.honest_digest)
    for verify in (
        lambda: pinned.verify(statement, location="here"),
        lambda: pinned.verify_artifact(message, digest=digest, location="here"),
    ):
        with pytest.raises(SignatureRejected, match="not by the key sha256:") as refused:
            verify()
        assert refused.value.hint.startswith("compare the key")


def test_two_keys_in_one_file(world: World, signer: Signer) -> None:
    """The second one would be ignored."""
    with pytest.raises(InputInvalid, match="2 keys"):
        open_keyed_backend(world.honest.root(), key=signer.verifier * 2, now=NOW)


def test_a_v01_bundle_with_a_key_verifies(world: World, signer: Signer) -> None:
    """Bundles of every version may have keys."""
    bundle = encoded(world.honest.bundle(world.statement(), signer=signer, media_type=V01))

    assert backend(world, signer).verify(bundle, location="here").payload == world.statement()


def test_an_intoto_entry_with_a_key_verifies(world: World, signer: Signer) -> None:
    """Npm's registry signs like this."""
    envelope = world.honest.envelope(world.statement(), signer)
    entry = world.honest.entry(envelope, signer, kind="intoto")
    bundle = encoded(world.honest.assemble(envelope, signer, entries=[entry]))

    assert backend(world, signer).verify(bundle, location="here").payload == world.statement()


def _bundle(world: World, signer: Signer, **options: Any) -> JsonObject:
    return world.honest.bundle(world.statement(), signer=signer, **options)


def _edited(edit: Callable[[JsonObject], object], **options: Any) -> Callable[[World, Signer], JsonObject]:
    def mint(world: World, signer: Signer) -> JsonObject:
        bundle = _bundle(world, signer, **options)
        edit(bundle)
        return bundle

    return mint


def _promised_elsewhere(world: World, signer: Signer) -> JsonObject:
    bundle = _bundle(world, signer)
    promise_again(first_entry(bundle), world.foreign.rekor_v1)
    return bundle


def _foreign_entry(world: World, signer: Signer) -> JsonObject:
    envelope = world.honest.envelope(world.statement(), signer)
    return world.honest.assemble(envelope, signer, entries=[world.foreign.entry(envelope, signer)])


def _stamp(world: World, signer: Signer, *, over: str | None = None, foreign: bool = False) -> JsonObject:
    envelope = world.honest.envelope(world.statement(), signer)
    authority = world.foreign if foreign else world.honest
    stamp = authority.timestamp(over or signature_of(envelope))
    return world.honest.assemble(envelope, signer, timestamps=[stamp])


PROBLEMS: dict[str, tuple[Callable[[World, Signer], Any], type[AvowError]]] = {
    "signed-by-another-key": (lambda w, _: _bundle(w, w.honest.managed_key()), SignatureRejected),
    "signed-with-a-certificate": (lambda w, _: _bundle(w, w.honest.person()), UnsupportedEvidence),
    "neither-logged-nor-stamped": (lambda w, s: _bundle(w, s, rekor=None), UnsupportedEvidence),
    "logged-at-no-time": (lambda w, s: _bundle(w, s, rekor=2, tsa=False), SignatureRejected),
    "payload-edited": (
        _edited(lambda b: b["dsseEnvelope"].update(payload=flipped(b["dsseEnvelope"]["payload"]))),
        SignatureRejected,
    ),
    "type-edited": (_edited(lambda b: b["dsseEnvelope"].update(payloadType="text/plain")), SignatureRejected),
    "promise-edited": (_edited(lambda b: first_entry(b).update(logIndex="7777")), SignatureRejected),
    "promise-by-another-log": (_promised_elsewhere, SignatureRejected),
    "proof-edited": (
        _edited(lambda b: first_entry(b)["inclusionProof"].update(logIndex="0")),
        SignatureRejected,
    ),
    "in-a-foreign-log": (_foreign_entry, RootTooOld),
    "stamp-of-another-signature": (lambda w, s: _stamp(w, s, over="AAAA"), SignatureRejected),
    "stamp-by-a-foreign-authority": (lambda w, s: _stamp(w, s, foreign=True), RootTooOld),
    "stamp-no-der": (
        _edited(
            lambda b: b["verificationMaterial"]["timestampVerificationData"].update(
                rfc3161Timestamps=[{"signedTimestamp": "AAAA"}]
            ),
            tsa=True,
        ),
        BundleMalformed,
    ),
    "signed-in-the-future": (lambda w, s: _bundle(w, s, logged_at=NOW + HOUR), ClockBehind),
    "an-artefact-not-a-statement": (
        lambda w, s: w.honest.message_bundle(ARTEFACT, signer=s),
        UnsupportedEvidence,
    ),
    **{name: (problem, SignatureRejected) for name, problem in keyed_entry_problems().items()},
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_keyed_problems_are_refused(name: str, world: World, signer: Signer) -> None:
    """One problem each, refused with its own error."""
    mint, refusal = PROBLEMS[name]

    with pytest.raises(AvowError) as refused:
        backend(world, signer).verify(encoded(mint(world, signer)), location="here")

    assert type(refused.value) is refusal
    assert refused.value.location == "here"


def _misnamed(world: World, signer: Signer) -> JsonObject:
    """The signature is right, but the bundle names the digest of another artefact."""
    bundle = world.honest.message_bundle(ARTEFACT, signer=signer)
    bundle["messageSignature"]["messageDigest"]["digest"] = flipped(
        bundle["messageSignature"]["messageDigest"]["digest"]
    )
    return bundle


def _message_logged_for_another(world: World, signer: Signer, *, rekor: Any) -> JsonObject:
    honest = world.honest
    other, content = honest.message_signature(b"other", signer), honest.message_signature(ARTEFACT, signer)
    entry = honest.entry(other, signer, rekor=rekor)
    return honest.assemble(
        content, signer, entries=[entry], timestamps=[honest.timestamp(signature_of(content))]
    )


def _message_with_a_logged_flaw(world: World, signer: Signer) -> JsonObject:
    """A log without checks recorded an invalid signature."""
    honest = world.honest
    content = honest.message_signature(ARTEFACT, signer)
    content["signature"] = flipped(content["signature"])
    return honest.assemble(content, signer, entries=[honest.entry(content, signer)])


def _message_body(change: Callable[[JsonObject], object]) -> Callable[[World, Signer], JsonObject]:
    def mint(world: World, signer: Signer) -> JsonObject:
        honest = world.honest
        content = honest.message_signature(ARTEFACT, signer)
        body = json.loads(base64.b64decode(honest.entry(content, signer)["canonicalizedBody"]))
        change(body["spec"])
        entry = honest.entry(content, signer, body=rfc8785.dumps(body))
        return honest.assemble(content, signer, entries=[entry])

    return mint


def _with_another_digest(spec: JsonObject) -> None:
    spec["data"]["hash"]["value"] = "ab" * 32


def _with_another_signature(spec: JsonObject) -> None:
    spec["signature"]["content"] = flipped(spec["signature"]["content"])


def _with_another_key(spec: JsonObject) -> None:
    other = key_pem(VirtualSigstore.managed_key().key.public_key())
    spec["signature"]["publicKey"]["content"] = base64_text(other.encode())


MESSAGE_PROBLEMS: dict[str, tuple[Callable[[World, Signer], Any], type[AvowError]]] = {
    "another-artefact": (lambda w, s: w.honest.message_bundle(b"other", signer=s), SignatureRejected),
    "another-key": (
        lambda w, _: w.honest.message_bundle(ARTEFACT, signer=w.honest.managed_key()),
        SignatureRejected,
    ),
    "a-statement": (_bundle, UnsupportedEvidence),
    "digest-beside-another-signature": (_misnamed, SignatureRejected),
    "logged-for-another": (lambda w, s: _message_logged_for_another(w, s, rekor=1), SignatureRejected),
    "signature-edited-and-logged": (_message_with_a_logged_flaw, SignatureRejected),
    "entry-with-another-digest": (_message_body(_with_another_digest), SignatureRejected),
    "entry-with-another-signature": (_message_body(_with_another_signature), SignatureRejected),
    "entry-with-another-key": (_message_body(_with_another_key), SignatureRejected),
    "rekor2-logged-for-another": (lambda w, s: _message_logged_for_another(w, s, rekor=2), SignatureRejected),
}


@pytest.mark.parametrize("name", MESSAGE_PROBLEMS)
def test_keyed_message_problems_are_refused(name: str, world: World, signer: Signer) -> None:
    """One problem each, refused with its own error."""
    mint, refusal = MESSAGE_PROBLEMS[name]
    digest = Digest(algorithm="sha256", value=world.honest_digest)

    with pytest.raises(AvowError) as refused:
        backend(world, signer).verify_artifact(encoded(mint(world, signer)), digest=digest, location="here")

    assert type(refused.value) is refusal


@pytest.mark.parametrize("name", ["rekor_v1", "tsa"])
def test_windows_hold_for_keys_too(name: str, world: World, signer: Signer) -> None:
    """A retired log or timestamping key vouches for nothing later."""
    bundle = encoded(_bundle(world, signer, tsa=True))
    at_the_end = world.honest.root(**{name: (NOW - HOUR, NOW)})
    after_it = world.honest.root(**{name: (NOW - 2 * HOUR, NOW - HOUR)})

    assert backend(world, signer, at_the_end).verify(bundle, location="here").payload == world.statement()
    with pytest.raises(SignatureRejected):
        backend(world, signer, after_it).verify(bundle, location="here")


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        ed25519.Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        ec.generate_private_key(ec.SECP384R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "damaged", "ed25519", "p-384"],
)
def test_a_key_of_another_kind_is_an_input_error(pem: bytes, world: World) -> None:
    """It is the caller's own file; no evidence was refused."""
    with pytest.raises(InputInvalid):
        open_keyed_backend(world.honest.root(), key=pem, now=NOW)


def test_another_digest_algorithm_is_an_input_error(world: World, signer: Signer) -> None:
    """Message signatures are over SHA-256."""
    with pytest.raises(InputInvalid):
        backend(world, signer).verify_artifact(
            b"{}", digest=Digest(algorithm="sha512", value="ab" * 64), location="here"
        )


def test_an_entry_is_of_the_kind_that_the_bundle_says(world: World, signer: Signer) -> None:
    """Its body records the same signature; other clients refuse it, and so do we."""
    envelope = world.honest.envelope(world.statement(), signer)
    kinds: dict[EntryKind, tuple[str, str]] = {"intoto": ("dsse", "0.0.1"), "dsse": ("intoto", "0.0.2")}
    for kind, said in kinds.items():
        entry = world.honest.entry(envelope, signer, kind=kind)
        entry["kindVersion"] = dict(zip(("kind", "version"), said, strict=True))
        bundle = encoded(world.honest.assemble(envelope, signer, entries=[entry]))
        with pytest.raises(SignatureRejected, match="said to be of kind"):
            backend(world, signer).verify(bundle, location="here")


def test_an_entry_names_one_key(world: World, signer: Signer) -> None:
    """A second one in the same text, or words before it, would be read differently by others."""
    content = world.honest.message_signature(ARTEFACT, signer)
    honest = world.honest.entry(content, signer)
    digest = Digest(algorithm="sha256", value=world.honest_digest)
    body = json.loads(base64.b64decode(honest["canonicalizedBody"]))
    pem = base64.b64decode(body["spec"]["signature"]["publicKey"]["content"])
    for changed in (pem + world.honest.managed_key().verifier, b"text\n" + pem):
        body["spec"]["signature"]["publicKey"]["content"] = base64.b64encode(changed).decode()
        entry = world.honest.entry(content, signer, body=json.dumps(body).encode())
        bundle = encoded(world.honest.assemble(content, signer, entries=[entry]))
        with pytest.raises(SignatureRejected, match="another signature, key or content"):
            backend(world, signer).verify_artifact(bundle, digest=digest, location="here")
