"""Bundles that have to be refused, one problem each, and bundles that have to verify; minted, not patched in.

`HONEST` and `PROBLEMS` are visible tables: the adversarial tests run each case against the backend, and the
conformance tests run each through the command line. `refusal` is the expected error class.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import rfc8785
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from support.virtual_sigstore import (
    NOW,
    V01,
    V02,
    V03,
    EntryKind,
    JsonObject,
    Signer,
    VirtualSigstore,
    checkpoint_again,
    duplicated,
    encoded,
    first_entry,
    flipped,
    promise_again,
    signature_of,
    statement,
)

from avow.errors import (
    AvowError,
    BundleMalformed,
    ClockBehind,
    RootTooOld,
    SignatureRejected,
    UnsupportedEvidence,
)
from avow.sandbox.authority import CtLog, claim_extensions
from avow.sandbox.wire import base64_text
from avow.transparency.container import MAX_BUNDLE_BYTES, MAX_TIMESTAMPS

if TYPE_CHECKING:
    from collections.abc import Callable

ARTEFACT: Final = b"the released artefact\n"
"""The artefact that the message signatures cover and the statements are about."""

V03_OLD: Final = "application/vnd.dev.sigstore.bundle+json;version=0.3"
"""The first spelling of version 0.3."""

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class World:
    """An honest Sigstore with a trusted root, and a foreign one with the same names and an untrusted root."""

    honest: VirtualSigstore
    foreign: VirtualSigstore

    def statement(self) -> bytes:
        """The statement that honest bundles carry."""
        return statement(sha256_hex=self.honest_digest)

    @property
    def honest_digest(self) -> str:
        """SHA-256 of the artefact; hex."""
        return hashlib.sha256(ARTEFACT).hexdigest()


@dataclass(frozen=True)
class Case:
    """One bundle, how it is made, and its expected error; `None` for a bundle that verifies."""

    name: str
    mint: Callable[[World], Any]
    """The bundle, or the bundle and the trusted root's bytes."""
    refusal: type[AvowError] | None = None

    def bytes_in(self, world: World) -> tuple[bytes, bytes]:
        """The bundle's and the trusted root's bytes."""
        minted = self.mint(world)
        bundle, root = minted if isinstance(minted, tuple) else (minted, world.honest.root())
        return (bundle if isinstance(bundle, bytes) else encoded(bundle)), root


def envelope_bundle(world: World, **options: Any) -> JsonObject:
    """An honest bundle around the statement."""
    return world.honest.bundle(world.statement(), **options)


def edited(edit: Callable[[JsonObject], object], **options: Any) -> Callable[[World], JsonObject]:
    """An honest bundle that `edit` has changed."""

    def mint(world: World) -> JsonObject:
        bundle = envelope_bundle(world, **options)
        edit(bundle)
        return bundle

    return mint


def entry_edited(edit: Callable[[JsonObject], object], **options: Any) -> Callable[[World], JsonObject]:
    """An honest bundle with a changed log entry."""
    return edited(lambda bundle: edit(first_entry(bundle)), **options)


def signed_by(signer: Callable[[World], Signer], **options: Any) -> Callable[[World], JsonObject]:
    """An otherwise honest bundle by a particular signer."""
    return lambda world: envelope_bundle(world, signer=signer(world), **options)


def with_window(**options: Any) -> Callable[..., Callable[[World], tuple[JsonObject, bytes]]]:
    """An honest bundle under a root with other windows."""
    return lambda **windows: lambda world: (envelope_bundle(world, **options), world.honest.root(**windows))


def _material(bundle: JsonObject) -> JsonObject:
    material: JsonObject = bundle["verificationMaterial"]
    return material


def _proof(entry: JsonObject) -> JsonObject:
    proof: JsonObject = entry["inclusionProof"]
    return proof


def _flip(parent: JsonObject, key: str, index: int = 10) -> None:
    parent[key] = flipped(parent[key], index)


def _timestamps(bundle: JsonObject) -> list[JsonObject]:
    stamps: list[JsonObject] = _material(bundle)["timestampVerificationData"]["rfc3161Timestamps"]
    return stamps


# ---- pieces that no edit can make --------------------------------------------------------------------------


def _spliced(*, payload: bytes | None = None, entry_of: str = "own") -> Callable[[World], JsonObject]:
    def mint(world: World) -> JsonObject:
        honest, signer = world.honest, world.honest.person()
        envelope = honest.envelope(world.statement(), signer)
        other = honest.envelope(statement(sha256_hex="cd" * 32), signer)
        entry = honest.entry(other if entry_of == "other" else envelope, signer)
        if payload is not None:
            envelope["payload"] = base64_text(payload)
        return honest.assemble(envelope, signer, entries=[entry])

    return mint


def _logged_for_another_certificate(world: World, kind: EntryKind = "dsse") -> JsonObject:
    """One key, two certificates: the entry names the other certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer, other = world.honest.person(key=key), world.honest.person("other@example.org", key=key)
    envelope = world.honest.envelope(world.statement(), signer)
    return world.honest.assemble(envelope, signer, entries=[world.honest.entry(envelope, other, kind=kind)])


def _wrong_key(world: World) -> JsonObject:
    """A certificate for one key and a signature by another one; the log recorded both."""
    signer = world.honest.person()
    other = Signer(ec.generate_private_key(ec.SECP256R1()), signer.chain)
    return world.honest.bundle(world.statement(), signer=other)


def _foreign_person(world: World) -> Signer:
    """The right identity, certified by an authority with the same names and another key."""
    return world.foreign.person()


def _certificate_by_a_stolen_name(world: World) -> JsonObject:
    """The issuer's name and key id are the trusted ones, but the signature is not."""
    bundle = envelope_bundle(world)
    _flip(_material(bundle)["certificate"], "rawBytes", -5)
    return bundle


def _managed_key(world: World) -> Signer:
    return world.honest.managed_key()


def _certified(change: Callable[[list[Any]], list[Any]]) -> Callable[[World], Signer]:
    """A certificate with extensions that Fulcio does not write and the builder would refuse."""

    def mint(world: World) -> Signer:
        authority, key = world.honest.authority, ec.generate_private_key(ec.SECP256R1())
        template = authority.template(
            key.public_key(),
            names=[x509.RFC822Name("maintainer@example.org")],
            extensions=claim_extensions({"iss": world.honest.url}),
        )
        template._extensions = change(template._extensions)
        certificate = authority.seal(template, [authority.ct_timestamp(template)])
        return Signer(key, (certificate, *authority.chain))

    return mint


def _without_extension(kind: type[x509.ExtensionType]) -> Callable[[World], Signer]:
    return _certified(lambda extensions: [each for each in extensions if not isinstance(each.value, kind)])


def _for_servers(extensions: list[Any]) -> list[Any]:
    other = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return [
        x509.Extension(each.oid, each.critical, other)
        if isinstance(each.value, x509.ExtendedKeyUsage)
        else each
        for each in extensions
    ]


def _named_by_x400(extensions: list[Any]) -> list[Any]:
    """A subject of a type that `cryptography` can't read: x400Address, tag [3]."""
    name = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, bytes.fromhex("3002a300"))
    return [
        x509.Extension(each.oid, each.critical, name)
        if isinstance(each.value, x509.SubjectAlternativeName)
        else each
        for each in extensions
    ]


def _der_edited(old: str, new: str) -> Callable[[World], JsonObject]:
    """A certificate with changed bytes; its issuer signed the original ones."""

    def mint(world: World) -> JsonObject:
        bundle = envelope_bundle(world)
        certificate = _material(bundle)["certificate"]
        der = base64.b64decode(certificate["rawBytes"])
        assert bytes.fromhex(old) in der
        certificate["rawBytes"] = base64_text(der.replace(bytes.fromhex(old), bytes.fromhex(new), 1))
        return bundle

    return mint


def _ct_log_under_a_known_id(world: World) -> Signer:
    log = CtLog(clock=world.honest.clock)
    log.log_id = world.honest.authority.ct_log.log_id
    return world.honest.person(ct_log=log)


def _foreign_ct_log(world: World) -> Signer:
    return world.honest.person(ct_log=world.foreign.authority.ct_log)


def _names(*names: x509.GeneralName) -> Callable[[World], Signer]:
    return lambda world: world.honest.person(names=names)


def _extensions(**extensions: bytes | None) -> Callable[[World], Signer]:
    numbers = {int(name.removeprefix("e")): value for name, value in extensions.items()}
    return lambda world: world.honest.github(certificate={"extensions": numbers})


def _rekor_v1_body(
    change: Callable[[JsonObject], object], *, kind: EntryKind = "dsse"
) -> Callable[[World], JsonObject]:
    """The log, or a thief of its key, recorded another body than the canonical one."""

    def mint(world: World) -> JsonObject:
        honest, signer = world.honest, world.honest.person()
        envelope = honest.envelope(world.statement(), signer)
        body = json.loads(base64.b64decode(honest.entry(envelope, signer, kind=kind)["canonicalizedBody"]))
        change(body)
        entry = honest.entry(envelope, signer, body=rfc8785.dumps(body))
        return honest.assemble(envelope, signer, entries=[entry])

    return mint


def _intoto_body(change: Callable[[JsonObject], object]) -> Callable[[World], JsonObject]:
    """The same for the content of an `intoto` entry."""
    return _rekor_v1_body(lambda body: change(body["spec"]["content"]), kind="intoto")


def _intoto_signature(content: JsonObject) -> JsonObject:
    signature: JsonObject = content["envelope"]["signatures"][0]
    return signature


def _as_proposed(body: JsonObject) -> None:
    body["spec"] = {"proposedContent": {"envelope": "{}", "verifiers": [base64_text(b"x")]}}


def _promised_by_another_log(world: World) -> JsonObject:
    bundle = envelope_bundle(world)
    promise_again(first_entry(bundle), world.foreign.rekor_v1)
    return bundle


def _checkpoint(**options: Any) -> Callable[[World], JsonObject]:
    def mint(world: World) -> JsonObject:
        bundle = envelope_bundle(world)
        checkpoint_again(first_entry(bundle), world.honest.rekor_v1, **options)
        return bundle

    return mint


def _checkpoint_by_another_log(world: World) -> JsonObject:
    bundle = envelope_bundle(world)
    checkpoint_again(first_entry(bundle), world.foreign.rekor_v1)
    return bundle


def _another_tree_size(world: World) -> JsonObject:
    """The same path fits two sizes; only the checkpoint shows which one was signed."""
    bundle = envelope_bundle(world, growth=5)
    proof = _proof(first_entry(bundle))
    index, size = int(proof["logIndex"]), int(proof["treeSize"])
    shape = [_path_shape(index, each) for each in (size, size + 1, size - 1)]
    proof["treeSize"] = str(size + 1 if shape[1] == shape[0] else size - 1)
    assert shape[0] in shape[1:], "no second size fits: change `growth`"
    return bundle


def _path_shape(index: int, size: int) -> tuple[int, int]:
    """The number of nodes of a proof that hash inside the tree and along its border (RFC 6962, 2.1.1)."""
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _in_a_foreign_log(rekor: Any) -> Callable[[World], JsonObject]:
    def mint(world: World) -> JsonObject:
        honest, signer = world.honest, world.honest.person()
        envelope = honest.envelope(world.statement(), signer)
        entry = world.foreign.entry(envelope, signer, rekor=rekor)
        stamps = [honest.timestamp(signature_of(envelope))]
        return honest.assemble(envelope, signer, entries=[entry], timestamps=stamps)

    return mint


def _note_lines(change: Callable[[list[str]], list[str]]) -> Callable[[World], JsonObject]:
    """A Rekor v2 checkpoint with other lines, signed again by the log."""

    def mint(world: World) -> JsonObject:
        bundle = envelope_bundle(world, rekor=2)
        entry, log = first_entry(bundle), world.honest.rekor_v2
        note = _proof(entry)["checkpoint"]["envelope"].partition("\n\n")[0]
        changed = "\n".join(change(note.split("\n"))) + "\n"
        signature = base64_text(log.log_id[:4] + log.sign(changed.encode()))
        _proof(entry)["checkpoint"]["envelope"] = f"{changed}\n— {log.name} {signature}\n"
        return bundle

    return mint


def _without(index: int) -> Callable[[list[str]], list[str]]:
    return lambda lines: lines[:index] + lines[index + 1 :]


def _cosigned(*, first: bool) -> Callable[[World], JsonObject]:
    """An unknown witness also signed the checkpoint."""

    def mint(world: World) -> JsonObject:
        bundle = envelope_bundle(world, rekor=2)
        checkpoint = _proof(first_entry(bundle))["checkpoint"]
        note, _, own = checkpoint["envelope"].partition("\n\n")
        log = world.foreign.rekor_v2
        witness = f"— witness.example {base64_text(log.log_id[:4] + log.sign(note.encode()))}\n"
        checkpoint["envelope"] = f"{note}\n\n{witness + own if first else own + witness}"
        return bundle

    return mint


def _no_log_signature(world: World) -> JsonObject:
    bundle = _cosigned(first=True)(world)
    checkpoint = _proof(first_entry(bundle))["checkpoint"]
    checkpoint["envelope"] = "\n".join(checkpoint["envelope"].split("\n")[:-2]) + "\n"
    return bundle


def _stamped(
    by: str, *, over: str | None = None, rekor: Any = 2, **options: Any
) -> Callable[[World], JsonObject]:
    """A timestamp by the honest or the foreign authority, over this signature or over other bytes."""

    def mint(world: World) -> JsonObject:
        honest, signer = world.honest, world.honest.person()
        envelope = honest.envelope(world.statement(), signer)
        authority = honest if by == "honest" else world.foreign
        stamp = authority.timestamp(over or signature_of(envelope), **options)
        entry = honest.entry(envelope, signer, rekor=rekor)
        return honest.assemble(envelope, signer, entries=[entry], timestamps=[stamp])

    return mint


def _no_timestamping(rekor: Any) -> Callable[[World], tuple[JsonObject, bytes]]:
    """A root from before timestamping authorities were listed."""
    return lambda world: (
        envelope_bundle(world, rekor=rekor, tsa=True),
        encoded(world.honest.trusted_root() | {"timestampAuthorities": []}),
    )


def _in_the_future(world: World) -> JsonObject:
    later = NOW + HOUR
    signer = world.honest.person(at=later)
    return envelope_bundle(world, signer=signer, logged_at=later)


def _message(world: World, *, over: bytes = ARTEFACT, **options: Any) -> JsonObject:
    return world.honest.message_bundle(over, **options)


def _honest(
    make: Callable[..., JsonObject], rekor: Any, *, tsa: bool, media_type: str
) -> Callable[[World], JsonObject]:
    return lambda world: _as_version(make(world, rekor=rekor, tsa=tsa), media_type)


def _message_named_otherwise(world: World) -> JsonObject:
    """The signature is over another artefact, but the digest next to it is the right one."""
    signer = world.honest.person()
    content = world.honest.message_signature(b"another artefact", signer)
    content["messageDigest"] = world.honest.message_signature(ARTEFACT, signer)["messageDigest"]
    return world.honest.assemble(content, signer, entries=[world.honest.entry(content, signer)])


def _message_logged_for_another(world: World) -> JsonObject:
    honest, signer = world.honest, world.honest.person()
    other = honest.message_signature(b"another artefact", signer)
    return honest.assemble(
        honest.message_signature(ARTEFACT, signer), signer, entries=[honest.entry(other, signer)]
    )


def _chain(*pick: str, media_type: str = V02) -> Callable[[World], JsonObject]:
    def mint(world: World) -> JsonObject:
        signer = world.honest.person()
        named = {
            "leaf": signer.chain[0],
            "intermediate": signer.chain[1],
            "root": signer.chain[2],
            "other leaf": world.honest.person("other@example.org").certificate,
        }
        envelope = world.honest.envelope(world.statement(), signer)
        return world.honest.assemble(
            envelope,
            signer,
            entries=[world.honest.entry(envelope, signer)],
            media_type=media_type,
            certificates=[named[each] for each in pick],
        )

    return mint


def _renamed(**names: str) -> Callable[[World], JsonObject]:
    """A second spelling of a field in addition to the first, as protobuf's JSON mapping allows."""

    def edit(bundle: JsonObject) -> None:
        for new, old in names.items():
            bundle[new] = copy.deepcopy(bundle[old])

    return edited(edit)


def _two_payloads(*, first: bool) -> Callable[[World], bytes]:
    return lambda world: duplicated(
        envelope_bundle(world), ["dsseEnvelope", "payload"], base64_text(b"{}"), first=first
    )


def _kind(name: str, version: str) -> Callable[[World], JsonObject]:
    return entry_edited(lambda entry: entry.update(kindVersion={"kind": name, "version": version}))


def _respelled(bundle: JsonObject) -> None:
    envelope = bundle["dsseEnvelope"]
    envelope["payload_type"] = envelope.pop("payloadType")


def _set(**fields: Any) -> Callable[[JsonObject], None]:
    return lambda parent: parent.update(fields)


def _as_version(bundle: JsonObject, media_type: str) -> JsonObject:
    """The same bundle in the form of another version."""
    if media_type in (V01, V02):
        certificate = _material(bundle).pop("certificate")
        _material(bundle)["x509CertificateChain"] = {"certificates": [certificate]}
    bundle["mediaType"] = media_type
    return bundle


def _logged_as(world: World, kind: EntryKind, *, tsa: bool = False) -> JsonObject:
    honest, signer = world.honest, world.honest.person()
    envelope = honest.envelope(world.statement(), signer)
    stamps = [honest.timestamp(signature_of(envelope))] if tsa else []
    entry = honest.entry(envelope, signer, kind=kind)
    return honest.assemble(envelope, signer, entries=[entry], timestamps=stamps)


def _intoto_with_edited_signature(world: World) -> JsonObject:
    """A log without checks recorded an invalid signature."""
    honest, signer = world.honest, world.honest.person()
    envelope = honest.envelope(world.statement(), signer)
    _flip(envelope["signatures"][0], "sig")
    return honest.assemble(envelope, signer, entries=[honest.entry(envelope, signer, kind="intoto")])


def _promise_alone(world: World) -> JsonObject:
    bundle = envelope_bundle(world, media_type=V01)
    first_entry(bundle).pop("inclusionProof")
    return bundle


def _other_hint(note: str) -> str:
    head, _, signature = note.rstrip("\n").rpartition(" ")
    return f"{head} {flipped(signature, 1)}\n"


def _message_edited(world: World) -> JsonObject:
    bundle = _message(world)
    _flip(bundle["messageSignature"], "signature")
    return bundle


def _message_digest(world: World, algorithm: str) -> JsonObject:
    bundle = _message(world)
    bundle["messageSignature"]["messageDigest"]["algorithm"] = algorithm
    return bundle


_GITHUB: Final = "https://github.com/acme/acmelib"
_windows = with_window(tsa=True)
_windows_v2 = with_window(rekor=2)

HONEST: Final = (
    *(
        Case(f"{content}-rekor{rekor}{'-tsa' if tsa else ''}-{version}", mint)
        for rekor, tsa in ((1, False), (1, True), (2, True))
        for version, media_type in (("v0.1", V01), ("v0.2", V02), ("v0.3", V03), ("v0.3-old", V03_OLD))
        if not (
            rekor == 2 and media_type == V01
        )  # version 0.1 demands a promise, which Rekor v2 does not make
        for content, mint in (
            ("envelope", _honest(envelope_bundle, rekor, tsa=tsa, media_type=media_type)),
            ("message", _honest(_message, rekor, tsa=tsa, media_type=media_type)),
        )
    ),
    Case("intoto-entry", lambda w: _logged_as(w, "intoto")),
    Case("intoto-entry-stamped", lambda w: _logged_as(w, "intoto", tsa=True)),
    Case("by-a-workflow", lambda w: envelope_bundle(w, signer=w.honest.github())),
    Case("first-of-its-tree-head", lambda w: envelope_bundle(w, growth=0)),
    Case("in-a-large-tree", lambda w: envelope_bundle(w, growth=200)),
    Case("stamped-with-sha384", _stamped("honest", algorithm="sha384")),
    Case("stamped-with-sha512", _stamped("honest", algorithm="sha512")),
    Case("stamped-without-certificate", _stamped("honest", with_certificate=False)),
    Case("checkpoint-cosigned", _cosigned(first=False)),
    Case("checkpoint-cosigned-first", _cosigned(first=True)),
    Case("chain-of-leaf-alone", _chain("leaf")),
    Case(
        "another-name-type",
        signed_by(
            _names(
                x509.OtherName(
                    x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7"), asn1.encode_der("somebody!example.org")
                )
            )
        ),
    ),
    Case("issuer-in-old-extension-only", signed_by(_extensions(e8=None))),
    *(
        Case(f"{name}-window-ends-at-signing", _windows(**{name: (NOW - HOUR, NOW)}))
        for name in ("authority", "ct_log", "rekor_v1", "tsa")
    ),
    *(
        Case(f"{name}-window-starts-at-signing", _windows(**{name: (NOW, None)}))
        for name in ("authority", "ct_log", "rekor_v1", "tsa")
    ),
    Case("rekor_v2-window-ends-at-signing", _windows_v2(rekor_v2=(NOW - HOUR, NOW))),
)
"""Bundles that must verify."""

PROBLEMS: Final = (
    # the container
    Case("truncated", lambda w: encoded(envelope_bundle(w))[:-40], BundleMalformed),
    Case("empty", lambda _: b"", BundleMalformed),
    Case(
        "not-utf-8",
        lambda w: encoded(envelope_bundle(w)).replace(b"payloadType", b"payload\xffype"),
        BundleMalformed,
    ),
    Case("not-an-object", lambda _: b"[]", BundleMalformed),
    Case("second-payload", _two_payloads(first=False), BundleMalformed),
    Case("payload-before-payload", _two_payloads(first=True), BundleMalformed),
    Case("payload-in-another-spelling", _renamed(dsse_envelope="dsseEnvelope"), BundleMalformed),
    Case("field-in-another-spelling", edited(_respelled), BundleMalformed),
    Case("too-large", lambda w: encoded(envelope_bundle(w)) + b" " * MAX_BUNDLE_BYTES, BundleMalformed),
    Case("too-deep", edited(lambda b: b.update(x=json.loads("[" * 200 + "]" * 200))), BundleMalformed),
    Case("unknown-field", edited(_set(extra="1")), BundleMalformed),
    Case("unknown-version", edited(_set(mediaType=f"{V03}.v9")), UnsupportedEvidence),
    Case("foreign-media-type", edited(_set(mediaType="application/json")), BundleMalformed),
    Case("media-type-no-text", edited(_set(mediaType=3)), BundleMalformed),
    Case("bare-envelope", lambda w: envelope_bundle(w)["dsseEnvelope"], UnsupportedEvidence),
    Case("pep-740", lambda _: {"version": 1, "verification_material": {}, "envelope": {}}, BundleMalformed),
    Case(
        "pep-740-of-another-version",
        lambda _: {"version": 2, "verification_material": {}, "envelope": {}},
        UnsupportedEvidence,
    ),
    Case("pep-740-provenance", lambda _: {"version": 1, "attestation_bundles": []}, UnsupportedEvidence),
    Case("no-material", edited(lambda b: b.pop("verificationMaterial")), BundleMalformed),
    Case("no-content", edited(lambda b: b.pop("dsseEnvelope")), BundleMalformed),
    Case(
        "two-contents",
        lambda w: envelope_bundle(w) | {"messageSignature": _message(w)["messageSignature"]},
        BundleMalformed,
    ),
    Case("empty-chain", _chain(), BundleMalformed),
    Case("root-in-chain", _chain("leaf", "intermediate", "root"), BundleMalformed),
    Case("second-leaf", _chain("leaf", "other leaf"), BundleMalformed),
    Case("intermediate-first", _chain("intermediate", "leaf"), BundleMalformed),
    Case("chain-in-v0.3", _chain("leaf", media_type=V03), BundleMalformed),
    Case("certificate-in-v0.2", edited(_set(mediaType=V02)), BundleMalformed),
    Case(
        "certificate-no-der",
        edited(lambda b: _material(b)["certificate"].update(rawBytes="AAAA")),
        BundleMalformed,
    ),
    Case("bare-key", signed_by(_managed_key), UnsupportedEvidence),
    Case(
        "base64-damaged",
        edited(lambda b: b["dsseEnvelope"]["signatures"][0].update(sig="!!!!")),
        BundleMalformed,
    ),
    Case(
        "base64-with-blanks",
        edited(lambda b: b["dsseEnvelope"].update(payload=b["dsseEnvelope"]["payload"] + "\n")),
        BundleMalformed,
    ),
    Case(
        "base64-padded-inside", entry_edited(lambda e: _proof(e).update(rootHash="QUE=QUFB")), BundleMalformed
    ),
    Case("base64-of-odd-length", entry_edited(lambda e: _proof(e).update(rootHash="AAAAA")), BundleMalformed),
    Case("base64-beyond-ascii", entry_edited(lambda e: _proof(e).update(rootHash="AAAä")), BundleMalformed),
    Case("base64-of-urls", entry_edited(lambda e: _proof(e).update(rootHash="-_-_")), BundleMalformed),
    Case("base64-no-text", entry_edited(_set(canonicalizedBody=7)), BundleMalformed),
    Case("hash-no-base64", entry_edited(lambda e: _proof(e).update(hashes=["?"])), BundleMalformed),
    Case(
        "hash-no-base64-among-others",
        entry_edited(lambda e: _proof(e)["hashes"].insert(0, "QUFB\n")),
        BundleMalformed,
    ),
    Case("negative-log-index", entry_edited(_set(logIndex="-1")), BundleMalformed),
    Case("index-beyond-tree", entry_edited(lambda e: _proof(e).update(logIndex=str(10**9))), BundleMalformed),
    Case("no-signature", edited(lambda b: b["dsseEnvelope"].update(signatures=[])), BundleMalformed),
    Case(
        "empty-signature",
        edited(lambda b: b["dsseEnvelope"]["signatures"][0].update(sig="")),
        SignatureRejected,
    ),
    Case(
        "two-signatures",
        edited(lambda b: b["dsseEnvelope"].update(signatures=b["dsseEnvelope"]["signatures"] * 2)),
        UnsupportedEvidence,
    ),
    Case("no-entry", signed_by(lambda w: w.honest.person(), rekor=None, tsa=True), UnsupportedEvidence),
    Case(
        "two-entries",
        edited(lambda b: _material(b).update(tlogEntries=_material(b)["tlogEntries"] * 2)),
        UnsupportedEvidence,
    ),
    Case("entries-no-list", edited(lambda b: _material(b).update(tlogEntries={})), BundleMalformed),
    Case("entry-no-object", edited(lambda b: _material(b).update(tlogEntries=["x"])), BundleMalformed),
    Case("intoto-0.0.1-entry", _kind("intoto", "0.0.1"), UnsupportedEvidence),
    Case("entry-of-endless-kind", _kind("x" * 100_000, "1"), UnsupportedEvidence),
    Case("dsse-0.0.2-entry", _kind("dsse", "0.0.2"), UnsupportedEvidence),
    Case("entry-of-message-kind", lambda w: _logged_as(w, "hashedrekord"), SignatureRejected),
    Case("entry-said-to-be-of-kind-2", _kind("hashedrekord", "0.0.2"), SignatureRejected),
    Case("no-proof", entry_edited(lambda e: e.pop("inclusionProof")), BundleMalformed),
    Case("no-checkpoint", entry_edited(lambda e: _proof(e).pop("checkpoint")), BundleMalformed),
    Case("promise-alone-in-v0.1", _promise_alone, UnsupportedEvidence),
    Case("promise-at-no-time", entry_edited(_set(integratedTime="0")), BundleMalformed),
    Case("time-no-number", entry_edited(_set(integratedTime="soon")), BundleMalformed),
    Case("time-beyond-time", entry_edited(_set(integratedTime="999999999999")), BundleMalformed),
    Case("time-of-many-digits", entry_edited(_set(integratedTime="9" * 5000)), BundleMalformed),
    Case(
        "too-many-timestamps",
        edited(lambda b: _timestamps(b).extend(_timestamps(b) * MAX_TIMESTAMPS), tsa=True),
        BundleMalformed,
    ),
    # the envelope
    Case("payload-edited", edited(lambda b: _flip(b["dsseEnvelope"], "payload", 40)), SignatureRejected),
    Case("payload-replaced", _spliced(payload=b"{}"), SignatureRejected),
    Case(
        "payload-type-edited",
        edited(lambda b: b["dsseEnvelope"].update(payloadType="text/plain")),
        SignatureRejected,
    ),
    Case(
        "signature-edited",
        edited(lambda b: _flip(b["dsseEnvelope"]["signatures"][0], "sig")),
        SignatureRejected,
    ),
    Case("entry-of-another-envelope", _spliced(entry_of="other"), SignatureRejected),
    Case("wrong-key", _wrong_key, SignatureRejected),
    Case(
        "rekor2-payload-edited",
        edited(lambda b: _flip(b["dsseEnvelope"], "payload", 40), rekor=2),
        SignatureRejected,
    ),
    # certificate authority
    Case("foreign-authority-right-identity", signed_by(_foreign_person), RootTooOld),
    Case("authority-name-stolen", _certificate_by_a_stolen_name, SignatureRejected),
    Case(
        "logged-after-expiry",
        signed_by(lambda w: w.honest.person(), logged_at=NOW + timedelta(minutes=11)),
        SignatureRejected,
    ),
    Case(
        "logged-before-issuance",
        signed_by(lambda w: w.honest.person(), logged_at=NOW - HOUR),
        SignatureRejected,
    ),
    Case("signed-in-the-future", _in_the_future, ClockBehind),
    Case(
        "no-authority-key-id", signed_by(_without_extension(x509.AuthorityKeyIdentifier)), SignatureRejected
    ),
    Case("no-key-usage", signed_by(_without_extension(x509.KeyUsage)), SignatureRejected),
    Case("no-extended-usage", signed_by(_without_extension(x509.ExtendedKeyUsage)), SignatureRejected),
    Case("certificate-for-servers", signed_by(_certified(_for_servers)), SignatureRejected),
    Case("extension-twice", signed_by(_certified(lambda them: [*them, them[-1]])), SignatureRejected),
    Case("subject-of-unread-type", signed_by(_certified(_named_by_x400)), SignatureRejected),
    Case("certificate-of-version-2", _der_edited("a003020102", "a003020101"), BundleMalformed),
    Case(
        "key-of-no-known-algorithm", _der_edited("06072a8648ce3d0201", "06072a8648ce3d027f"), BundleMalformed
    ),
    # certificate transparency
    Case("no-sct", signed_by(lambda w: w.honest.person(ct_timestamps=0)), SignatureRejected),
    Case("two-scts", signed_by(lambda w: w.honest.person(ct_timestamps=2)), SignatureRejected),
    Case("foreign-ct-log", signed_by(_foreign_ct_log), RootTooOld),
    Case("ct-log-id-stolen", signed_by(_ct_log_under_a_known_id), SignatureRejected),
    # claims
    Case("no-subject", signed_by(_names()), SignatureRejected),
    Case(
        "two-subjects",
        signed_by(_names(x509.RFC822Name("a@example.org"), x509.RFC822Name("b@example.org"))),
        SignatureRejected,
    ),
    Case("dns-subject", signed_by(_names(x509.DNSName("example.org"))), SignatureRejected),
    Case(
        "foreign-other-name",
        signed_by(_names(x509.OtherName(x509.ObjectIdentifier("1.2.3"), asn1.encode_der("x")))),
        SignatureRejected,
    ),
    Case("no-issuer", signed_by(_extensions(e1=None, e8=None)), SignatureRejected),
    Case("two-issuers", signed_by(_extensions(e1=b"https://accounts.example.org")), SignatureRejected),
    Case("issuer-no-der", signed_by(_extensions(e8=b"https://bare.example.org")), SignatureRejected),
    Case("issuer-empty", signed_by(_extensions(e1=None, e8=asn1.encode_der(""))), SignatureRejected),
    Case("old-issuer-no-utf-8", signed_by(_extensions(e1=b"\xff")), SignatureRejected),
    Case("repository-no-der", signed_by(_extensions(e12=_GITHUB.encode())), SignatureRejected),
    Case("repository-of-another-type", signed_by(_extensions(e12=b"\x13\x02hi")), SignatureRejected),
    Case(
        "repository-with-a-tail",
        signed_by(_extensions(e12=asn1.encode_der(_GITHUB) + b"\0")),
        SignatureRejected,
    ),
    # windows of the trusted root
    *(
        Case(f"{name}-retired", _windows(**{name: (NOW - 9 * HOUR, NOW - HOUR)}), SignatureRejected)
        for name in ("authority", "ct_log", "rekor_v1", "tsa")
    ),
    *(
        Case(
            f"{name}-not-yet-in-use",
            _windows(**{name: (NOW + timedelta(seconds=1), None)}),
            SignatureRejected,
        )
        for name in ("authority", "ct_log", "rekor_v1", "tsa")
    ),
    Case("rekor_v2-retired", _windows_v2(rekor_v2=(NOW - 9 * HOUR, NOW - HOUR)), SignatureRejected),
    Case(
        "issued-before-authority-used-after",
        lambda w: (
            envelope_bundle(w, signer=w.honest.person(at=NOW - timedelta(minutes=5)), logged_at=NOW),
            w.honest.root(authority=(NOW - timedelta(minutes=1), None)),
        ),
        SignatureRejected,
    ),
    # Rekor v1
    Case(
        "promise-edited",
        entry_edited(lambda e: _flip(e["inclusionPromise"], "signedEntryTimestamp")),
        SignatureRejected,
    ),
    Case("promise-by-another-log", _promised_by_another_log, SignatureRejected),
    Case(
        "time-edited",
        entry_edited(lambda e: e.update(integratedTime=str(int(e["integratedTime"]) + 60))),
        SignatureRejected,
    ),
    Case("log-index-edited", entry_edited(lambda e: e.update(logIndex="7777")), SignatureRejected),
    Case(
        "proof-hash-edited",
        entry_edited(lambda e: _proof(e).update(hashes=[flipped(h) for h in _proof(e)["hashes"]])),
        SignatureRejected,
    ),
    Case("proof-hash-gone", entry_edited(lambda e: _proof(e)["hashes"].pop()), SignatureRejected),
    Case("proof-index-edited", entry_edited(lambda e: _proof(e).update(logIndex="0")), SignatureRejected),
    Case("proof-root-edited", entry_edited(lambda e: _flip(_proof(e), "rootHash")), SignatureRejected),
    Case("proof-for-another-tree-size", _another_tree_size, SignatureRejected),
    Case("checkpoint-of-another-tree", _checkpoint(root=bytes(32)), SignatureRejected),
    Case("checkpoint-by-another-log", _checkpoint_by_another_log, SignatureRejected),
    Case(
        "checkpoint-hint-edited",
        entry_edited(
            lambda e: _proof(e)["checkpoint"].update(
                envelope=_other_hint(_proof(e)["checkpoint"]["envelope"])
            )
        ),
        SignatureRejected,
    ),
    Case(
        "checkpoint-no-note",
        entry_edited(lambda e: _proof(e)["checkpoint"].update(envelope="x")),
        SignatureRejected,
    ),
    Case("in-a-foreign-log", _in_a_foreign_log(1), RootTooOld),
    Case("entry-for-another-certificate", _logged_for_another_certificate, SignatureRejected),
    Case("body-as-proposed", _rekor_v1_body(_as_proposed), SignatureRejected),
    Case(
        "body-of-another-payload",
        _rekor_v1_body(lambda b: b["spec"]["payloadHash"].update(value="ab" * 32)),
        SignatureRejected,
    ),
    Case(
        "body-without-signatures",
        _rekor_v1_body(lambda b: b["spec"].update(signatures=[])),
        SignatureRejected,
    ),
    *(
        Case(f"intoto-body-{name}", _intoto_body(change), SignatureRejected)
        for name, change in {
            "of-another-payload": lambda c: c["payloadHash"].update(value="ab" * 32),
            "hashed-otherwise": lambda c: c["payloadHash"].update(algorithm="sha512"),
            "without-payload-hash": lambda c: c.pop("payloadHash"),
            "of-another-signature": lambda c: _intoto_signature(c).update(sig=base64_text(b"QUFBQQ==")),
            "with-its-signature-encoded-once": lambda c: _intoto_signature(c).update(
                sig=base64.b64decode(_intoto_signature(c)["sig"]).decode()
            ),
            "without-signature": lambda c: c["envelope"].update(signatures=[]),
            "with-two-signatures": lambda c: c["envelope"].update(signatures=c["envelope"]["signatures"] * 2),
            "without-key": lambda c: _intoto_signature(c).update(publicKey=base64_text(b"x")),
            "whose-key-is-no-text": lambda c: _intoto_signature(c).update(publicKey=7),
        }.items()
    ),
    Case(
        "intoto-body-for-another-certificate",
        lambda w: _logged_for_another_certificate(w, "intoto"),
        SignatureRejected,
    ),
    Case("intoto-signature-edited", _intoto_with_edited_signature, SignatureRejected),
    Case("body-no-entry", _rekor_v1_body(lambda b: b.pop("spec")), SignatureRejected),
    # Rekor v2
    Case("rekor2-no-time", signed_by(lambda w: w.honest.person(), rekor=2, tsa=False), BundleMalformed),
    Case("rekor2-no-proof", entry_edited(lambda e: e.pop("inclusionProof"), rekor=2), BundleMalformed),
    Case("rekor2-checkpoint-without-origin", _note_lines(_without(0)), SignatureRejected),
    Case("rekor2-checkpoint-without-size", _note_lines(_without(1)), SignatureRejected),
    Case("rekor2-checkpoint-without-root", _note_lines(_without(2)), SignatureRejected),
    Case(
        "rekor2-checkpoint-size-spelt-otherwise",
        _note_lines(lambda ls: [ls[0], f"+{ls[1]}", *ls[2:]]),
        SignatureRejected,
    ),
    Case("rekor2-checkpoint-without-log-signature", _no_log_signature, SignatureRejected),
    Case("rekor2-in-a-foreign-log", _in_a_foreign_log(2), RootTooOld),
    # timestamps; with Rekor v1, each bundle also has a promise with a time
    *(
        case
        for rekor in (1, 2)
        for case in (
            Case(f"rekor{rekor}-foreign-timestamp", _stamped("foreign", rekor=rekor), RootTooOld),
            Case(
                f"rekor{rekor}-foreign-timestamp-bare",
                _stamped("foreign", rekor=rekor, with_certificate=False),
                RootTooOld,
            ),
            Case(
                f"rekor{rekor}-timestamp-of-another-signature",
                _stamped("honest", rekor=rekor, over="AAAA"),
                SignatureRejected,
            ),
            Case(
                f"rekor{rekor}-timestamp-edited",
                edited(lambda b: _flip(_timestamps(b)[0], "signedTimestamp", -3), rekor=rekor, tsa=True),
                SignatureRejected,
            ),
            Case(
                f"rekor{rekor}-timestamp-no-der",
                edited(lambda b: _timestamps(b)[0].update(signedTimestamp="AAAA"), rekor=rekor, tsa=True),
                BundleMalformed,
            ),
            Case(
                f"rekor{rekor}-timestamp-after-expiry",
                _stamped("honest", rekor=rekor, at=NOW + HOUR),
                SignatureRejected,
            ),
            Case(
                f"rekor{rekor}-timestamp-before-its-authority",
                _stamped("honest", rekor=rekor, at=NOW - timedelta(days=9999)),
                SignatureRejected,
            ),
            Case(
                f"rekor{rekor}-same-timestamp-twice",
                edited(lambda b: _timestamps(b).extend(_timestamps(b)), rekor=rekor, tsa=True),
                SignatureRejected,
            ),
            Case(f"rekor{rekor}-no-authority-in-root", _no_timestamping(rekor), RootTooOld),
        )
    ),
    # message signatures
    Case("message-of-another-artefact", lambda w: _message(w, over=b"another artefact"), SignatureRejected),
    Case("message-digest-beside-another-signature", _message_named_otherwise, SignatureRejected),
    Case("message-logged-for-another", _message_logged_for_another, SignatureRejected),
    Case("message-signature-edited", _message_edited, SignatureRejected),
    Case("message-over-sha512", lambda w: _message_digest(w, "SHA2_512"), UnsupportedEvidence),
    Case(
        "rekor2-message-of-another-artefact",
        lambda w: _message(w, over=b"another artefact", rekor=2),
        SignatureRejected,
    ),
)
"""Bundles that must be refused, with the expected error."""


def keyed_entry_problems() -> dict[str, Callable[[World, Signer], JsonObject]]:
    """Entries that are in the log, but are for something else than a bare key's envelope."""

    def with_body(
        rekor: Any, change: Callable[[JsonObject], object]
    ) -> Callable[[World, Signer], JsonObject]:
        def mint(world: World, signer: Signer) -> JsonObject:
            honest = world.honest
            envelope = honest.envelope(world.statement(), signer)
            body = json.loads(
                base64.b64decode(honest.entry(envelope, signer, rekor=rekor)["canonicalizedBody"])
            )
            change(body)
            entry = honest.entry(envelope, signer, rekor=rekor, body=rfc8785.dumps(body))
            stamps = [honest.timestamp(signature_of(envelope))]
            return honest.assemble(envelope, signer, entries=[entry], timestamps=stamps)

        return mint

    def of_another(rekor: Any, by: str) -> Callable[[World, Signer], JsonObject]:
        def mint(world: World, signer: Signer) -> JsonObject:
            honest = world.honest
            envelope = honest.envelope(world.statement(), signer)
            other = honest.envelope(b"{}", signer) if by == "content" else envelope
            entry = honest.entry(other, honest.managed_key() if by == "key" else signer, rekor=rekor)
            stamps = [honest.timestamp(signature_of(envelope))]
            return honest.assemble(envelope, signer, entries=[entry], timestamps=stamps)

        return mint

    def v1(edit: Callable[[JsonObject], object]) -> Callable[[World, Signer], JsonObject]:
        return with_body(1, lambda body: edit(body["spec"]))

    def v2(edit: Callable[[JsonObject], object]) -> Callable[[World, Signer], JsonObject]:
        return with_body(2, lambda body: edit(body["spec"]["hashedRekordV002"]))

    return {
        "rekor1-entry-of-another-envelope": of_another(1, "content"),
        "rekor2-entry-of-another-envelope": of_another(2, "content"),
        "rekor1-entry-of-another-key": of_another(1, "key"),
        "rekor2-entry-of-another-key": of_another(2, "key"),
        "rekor1-entry-with-another-hash": v1(lambda spec: spec["payloadHash"].update(value="ab" * 32)),
        "rekor1-entry-with-another-signature": v1(
            lambda spec: spec["signatures"][0].update(signature="AAAA")
        ),
        "rekor1-entry-with-no-key": v1(lambda spec: spec["signatures"][0].update(verifier=base64_text(b"x"))),
        "rekor1-entry-key-no-text": v1(lambda spec: spec["signatures"][0].update(verifier=7)),
        "rekor2-entry-with-another-hash": v2(lambda spec: spec["data"].update(digest="AAAA")),
        "rekor2-entry-with-another-signature": v2(lambda spec: spec["signature"].update(content="AAAA")),
        "entry-of-no-known-form": v1(lambda spec: spec.clear()),
    }
