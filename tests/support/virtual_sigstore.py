"""A Sigstore for tests: signs what no honest client would, as anyone, at any time.

`VirtualSigstore` is the sandbox's instance without its HTTP server. Every part of a bundle can be made
separately and by another instance, so that attacks are minted and not patched into the attacked code:

    virtual = VirtualSigstore()
    bundle = virtual.bundle(statement(), signer=virtual.github(repository="acme/acmelib"))
    root = encoded(virtual.trusted_root())

    foreign = VirtualSigstore()                    # another authority, the same names
    virtual.bundle(payload, signer=foreign.person())

    envelope = virtual.envelope(payload, signer)   # piece by piece
    entry = virtual.entry(envelope, signer, at=later)
    virtual.assemble(envelope, signer, entries=[entry, entry])
"""

from __future__ import annotations

import base64
import copy
import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import rfc8785
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ObjectIdentifier

from avow.sandbox.authority import ORGANISATION, CtLog, claim_extensions, subject_name
from avow.sandbox.instance import RekorVersion, SigstoreInstance
from avow.sandbox.issuer import Claims, email_claims, github_claims
from avow.sandbox.log import (
    Inclusion,
    RekorV1,
    RekorV2,
    TransparencyLog,
    dsse_entry,
    hashed_rekord_entry,
    hashed_rekord_v2_entry,
    pre_authentication_encoding,
)
from avow.sandbox.timestamping import AlgorithmIdentifier, MessageImprint
from avow.sandbox.wire import base64_text, der, key_pem, pem, sha256, spki
from avow.statement.types import PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE_V1
from avow.values import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

JsonObject = dict[str, Any]

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""The default time of tests."""

STARTED: Final = NOW - timedelta(days=400)
"""When a virtual Sigstore made its keys, and the start of their windows in its trusted root."""

GITHUB_ISSUER: Final = "https://token.actions.githubusercontent.com"

V01: Final = "application/vnd.dev.sigstore.bundle+json;version=0.1"
V02: Final = "application/vnd.dev.sigstore.bundle+json;version=0.2"
V03: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"

EntryKind = Literal["dsse", "hashedrekord", "intoto"]

_DIGEST_OIDS: Final = {
    "sha256": (ObjectIdentifier("2.16.840.1.101.3.4.2.1"), hashes.SHA256()),
    "sha384": (ObjectIdentifier("2.16.840.1.101.3.4.2.2"), hashes.SHA384()),
    "sha512": (ObjectIdentifier("2.16.840.1.101.3.4.2.3"), hashes.SHA512()),
}


@dataclass(frozen=True)
class Signer:
    """A key and, unless it is a managed key, its certificate chain, leaf first."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def certificate(self) -> x509.Certificate:
        """The leaf."""
        return self.chain[0]

    @property
    def verifier(self) -> bytes:
        """What Rekor v1 records of the signer: PEM of the certificate or the public key."""
        return (pem(self.certificate) if self.chain else key_pem(self.key.public_key())).encode()

    def sign(self, data: bytes) -> bytes:
        """An ECDSA signature over SHA-256."""
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


class _Clock:
    """A clock that shows the time it was set to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


class _GrowingV1(RekorV1):
    """Adds `growth` other entries between an entry and its proof."""

    growth = 0

    def prove(self, index: int) -> Inclusion:
        for filler in range(self.growth):
            self.append(b"%d" % filler)
        return super().prove(index)


class _GrowingV2(RekorV2):
    """Adds `growth` other entries between an entry and its proof."""

    growth = 0

    def prove(self, index: int) -> Inclusion:
        for filler in range(self.growth):
            self.append(b"%d" % filler)
        return super().prove(index)


class VirtualSigstore(SigstoreInstance):
    """The sandbox's services in this process, with a settable clock and without checks of requests."""

    def __init__(
        self,
        *,
        now: datetime = NOW,
        started: datetime = STARTED,
        url: str = "http://localhost:8000",
        organisation: str = ORGANISATION,
    ) -> None:
        self.time = _Clock(started)
        super().__init__(url, clock=self.time, organisation=organisation)
        self.rekor_v1: _GrowingV1 = _GrowingV1(self.rekor_v1.name, clock=self.time)
        self.rekor_v2: _GrowingV2 = _GrowingV2(self.rekor_v2.name)
        self.time.moment = now

    @contextmanager
    def at(self, moment: datetime | None) -> Iterator[None]:
        """Set the time of all services to `moment`; `None` leaves it unchanged."""
        before = self.time.moment
        self.time.moment = moment or before
        try:
            yield
        finally:
            self.time.moment = before

    # ---- signers -----------------------------------------------------------------------------------------

    def person(self, email: str = "maintainer@example.org", **certificate: Any) -> Signer:
        """A signer with an e-mail address; `certificate` as for `signer`."""
        return self.signer(email_claims(email), **certificate)

    def github(self, *, certificate: Mapping[str, Any] | None = None, **run: Any) -> Signer:
        """A workflow run; `run` as for `github_claims`, `certificate` as for `signer`."""
        return self.signer(github_claims(**run), **(certificate or {}))

    def signer(
        self,
        claims: Claims,
        *,
        issuer: str | None = None,
        at: datetime | None = None,
        names: Sequence[x509.GeneralName] | None = None,
        extensions: Mapping[int, bytes | None] | None = None,
        ct_timestamps: int = 1,
        ct_log: CtLog | None = None,
        ct_at: datetime | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> Signer:
        """A key with a certificate for `claims`.

        Args:
            claims: what the identity token said; the issuer is filled in.
            issuer: the token's issuer, this instance's by default.
            at: when the certificate was issued.
            names: the subject alternative names, instead of what the claims say.
            extensions: by their number under Fulcio's arc, extensions to replace, add, or with `None` omit.
            ct_timestamps: how many CT timestamps to embed.
            ct_log: who makes them, this instance's log by default.
            ct_at: when they were made.
            key: the key to certify, a fresh one by default.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        claims = {"iss": issuer or self.issuer.url} | claims
        kept = [one for one in claim_extensions(claims) if _fulcio_number(one) not in (extensions or {})]
        replaced = [
            x509.UnrecognizedExtension(ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"), value)
            for number, value in (extensions or {}).items()
            if value is not None
        ]
        with self.at(at):
            template = self.authority.template(
                key.public_key(),
                names=[subject_name(claims)] if names is None else names,
                extensions=kept + replaced,
            )
        honest_log = self.authority.ct_log
        self.authority.ct_log = ct_log or honest_log
        with self.at(ct_at or at):
            stamps = [self.authority.ct_timestamp(template) for _ in range(ct_timestamps)]
        self.authority.ct_log = honest_log
        return Signer(key, (self.authority.seal(template, stamps), *self.authority.chain))

    @staticmethod
    def managed_key() -> Signer:
        """A bare key without a certificate."""
        return Signer(ec.generate_private_key(ec.SECP256R1()))

    # ---- pieces ------------------------------------------------------------------------------------------

    @staticmethod
    def envelope(payload: bytes, signer: Signer, *, payload_type: str = PAYLOAD_TYPE) -> JsonObject:
        """A signed DSSE envelope, as in a bundle."""
        signature = signer.sign(pre_authentication_encoding(payload_type, payload))
        return {
            "payload": base64_text(payload),
            "payloadType": payload_type,
            "signatures": [{"sig": base64_text(signature)}],
        }

    @staticmethod
    def message_signature(artifact: bytes, signer: Signer) -> JsonObject:
        """A signature over `artifact` itself, as in a bundle."""
        return {
            "messageDigest": {"algorithm": "SHA2_256", "digest": base64_text(sha256(artifact))},
            "signature": base64_text(signer.sign(artifact)),
        }

    def entry(
        self,
        content: JsonObject,
        signer: Signer,
        *,
        rekor: RekorVersion = 1,
        kind: EntryKind | None = None,
        at: datetime | None = None,
        growth: int = 0,
        body: bytes | None = None,
    ) -> JsonObject:
        """The log entry for an envelope or message signature, unverified, as in a bundle.

        Args:
            content: what `envelope` or `message_signature` made.
            signer: whose certificate or key the entry names.
            rekor: the log's version.
            kind: the entry's kind; what clients choose by default. `intoto` is version 0.0.2.
            at: the integrated time, of Rekor v1.
            growth: how many other entries there are between this one and the proof's tree head.
            body: the canonical body, instead of the one that belongs to `content`.
        """
        chosen = kind or ("dsse" if "payload" in content and rekor == 1 else "hashedrekord")
        canonical = body or _body(content, signer, rekor=rekor, kind=chosen)
        log = self.rekor_v1 if rekor == 1 else self.rekor_v2
        log.growth = growth
        with self.at(at):
            answer = log.record(canonical)
        log.growth = 0
        return _from_rekor_v1(answer) if rekor == 1 else {k: v for k, v in answer.items() if v is not None}

    def timestamp(
        self,
        signature: str,
        *,
        at: datetime | None = None,
        algorithm: Literal["sha256", "sha384", "sha512"] = "sha256",
        with_certificate: bool = True,
    ) -> JsonObject:
        """A timestamp over base64 `signature`, as in a bundle."""
        identifier, function = _DIGEST_OIDS[algorithm]
        digest = hashes.Hash(function)
        digest.update(base64.b64decode(signature))
        imprint = MessageImprint(
            hash_algorithm=AlgorithmIdentifier(algorithm=identifier, parameters=asn1.Null()),
            hashed_message=digest.finalize(),
        )
        with self.at(at):
            token = self.timestamping.respond(imprint, with_certificate=with_certificate)
        return {"signedTimestamp": base64_text(token)}

    # ---- bundles -----------------------------------------------------------------------------------------

    def bundle(
        self,
        payload: bytes,
        *,
        signer: Signer | None = None,
        payload_type: str = PAYLOAD_TYPE,
        **options: Any,
    ) -> JsonObject:
        """A bundle with a DSSE envelope around `payload`, signed by a person; `options` as for `complete`."""
        signer = signer or self.person()
        return self.complete(self.envelope(payload, signer, payload_type=payload_type), signer, **options)

    def message_bundle(self, artifact: bytes, *, signer: Signer | None = None, **options: Any) -> JsonObject:
        """A bundle with a signature over an artefact itself; `options` as for `complete`."""
        signer = signer or self.person()
        return self.complete(self.message_signature(artifact, signer), signer, **options)

    def complete(
        self,
        content: JsonObject,
        signer: Signer,
        *,
        rekor: RekorVersion | None = 1,
        tsa: bool | None = None,
        logged_at: datetime | None = None,
        stamped_at: datetime | None = None,
        growth: int = 3,
        media_type: str = V03,
    ) -> JsonObject:
        """The bundle for an envelope or message signature; valid unless an argument changes it.

        Args:
            content: what `envelope` or `message_signature` made.
            signer: who made it.
            rekor: the version of the log; `None` for no entry.
            tsa: whether there is a time-stamp; by default for Rekor v2 only, which knows no time of its own.
            logged_at: Rekor v1's integrated time.
            stamped_at: the time-stamp's time.
            growth: entries between this one and the tree head of its proof.
            media_type: the bundle's version.
        """
        entries = [self.entry(content, signer, rekor=rekor, at=logged_at, growth=growth)] if rekor else []
        stamped = rekor == 2 if tsa is None else tsa
        timestamps = [self.timestamp(signature_of(content), at=stamped_at)] if stamped else []
        return self.assemble(content, signer, entries=entries, timestamps=timestamps, media_type=media_type)

    @staticmethod
    def assemble(
        content: JsonObject,
        signer: Signer,
        *,
        entries: Sequence[JsonObject] = (),
        timestamps: Sequence[JsonObject] = (),
        media_type: str = V03,
        certificates: Sequence[x509.Certificate] | None = None,
    ) -> JsonObject:
        """A bundle from these parts, unchanged.

        `certificates` are the chain of a v0.1 or v0.2 bundle, instead of the signer's leaf and intermediate;
        given for v0.3 they make it carry a chain, which it must not.
        """
        material: JsonObject = {}
        if not signer.chain:
            hint = base64_text(sha256(spki(signer.key.public_key())))
            material["publicKey"] = {"hint": hint}
        elif media_type == V03 and certificates is None:
            material["certificate"] = {"rawBytes": base64_text(der(signer.certificate))}
        else:
            chain = signer.chain[:2] if certificates is None else certificates
            material["x509CertificateChain"] = {
                "certificates": [{"rawBytes": base64_text(der(one))} for one in chain]
            }
        material["tlogEntries"] = list(entries)
        if timestamps:
            material["timestampVerificationData"] = {"rfc3161Timestamps": list(timestamps)}
        field = "dsseEnvelope" if "payload" in content else "messageSignature"
        return copy.deepcopy({"mediaType": media_type, "verificationMaterial": material, field: content})

    # ---- trusted roots -----------------------------------------------------------------------------------

    def root(self, **windows: tuple[datetime | None, datetime | None]) -> bytes:
        """The trusted root's bytes, with other validity windows for some of its elements.

        Args:
            windows: start and end, by element: `rekor_v1`, `rekor_v2`, `authority`, `ct_log`, `tsa`.
        """
        root = self.trusted_root()
        elements = {
            "rekor_v1": root["tlogs"][0]["publicKey"],
            "rekor_v2": root["tlogs"][1]["publicKey"],
            "authority": root["certificateAuthorities"][0],
            "ct_log": root["ctlogs"][0]["publicKey"],
            "tsa": root["timestampAuthorities"][0],
        }
        for name, (start, end) in windows.items():
            bounds = {"start": start, "end": end}
            elements[name]["validFor"] = {k: utc_text(v) for k, v in bounds.items() if v is not None}
        return encoded(root)


# ---- statements ------------------------------------------------------------------------------------------


def statement(
    predicate: Mapping[str, Any] | None = None,
    *,
    sha256_hex: str = "ab" * 32,
    predicate_type: str = PREDICATE_TYPE,
    name: str = "acmelib-1.0.tar.gz",
    statement_type: str = STATEMENT_TYPE_V1,
    digests: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """An in-toto statement in canonical JSON, about one artefact or about those with `digests`."""
    about = digests or ({"sha256": sha256_hex},)
    return rfc8785.dumps(
        {
            "_type": statement_type,
            "subject": [{"name": name, "digest": dict(each)} for each in about],
            "predicateType": predicate_type,
            "predicate": dict(predicate or {}),
        }
    )


# ---- edits -----------------------------------------------------------------------------------------------


def encoded(value: JsonObject) -> bytes:
    """The JSON bytes of a bundle or a trusted root."""
    return json.dumps(value).encode()


def signature_of(content: JsonObject) -> str:
    """The base64 signature in an envelope or a message signature."""
    return str(content["signatures"][0]["sig"] if "signatures" in content else content["signature"])


def first_entry(bundle: JsonObject) -> JsonObject:
    """The bundle's first log entry, to be edited in place."""
    entry: JsonObject = bundle["verificationMaterial"]["tlogEntries"][0]
    return entry


def flipped(text: str, index: int = 10) -> str:
    """Base64 `text` with one bit of byte `index` changed."""
    raw = bytearray(base64.b64decode(text))
    raw[index % len(raw)] ^= 1
    return base64_text(bytes(raw))


def promise_again(entry: JsonObject, log: TransparencyLog) -> None:
    """Sign the changed entry with the key of `log`; the log id stays."""
    known = {
        "body": entry["canonicalizedBody"],
        "integratedTime": int(entry["integratedTime"]),
        "logID": base64.b64decode(entry["logId"]["keyId"]).hex(),
        "logIndex": int(entry["logIndex"]),
    }
    entry["inclusionPromise"] = {"signedEntryTimestamp": base64_text(log.sign(rfc8785.dumps(known)))}


def checkpoint_again(
    entry: JsonObject,
    log: TransparencyLog,
    *,
    origin: str | None = None,
    size: int | None = None,
    root: bytes | None = None,
) -> None:
    """Sign a checkpoint with the key of `log`, under the hint of the log that the entry names."""
    proof = entry["inclusionProof"]
    head = base64.b64decode(proof["rootHash"]) if root is None else root
    note = f"{origin or log.origin}\n{size or proof['treeSize']}\n{base64_text(head)}\n"
    hint = base64.b64decode(entry["logId"]["keyId"])[:4]
    signature = base64_text(hint + log.sign(note.encode()))
    proof["checkpoint"] = {"envelope": f"{note}\n— {log.name} {signature}\n"}


def duplicated(bundle: JsonObject, path: Sequence[str | int], value: Any, *, first: bool = False) -> bytes:
    """JSON bytes in which the last key of `path` occurs twice, the second (or `first`) time with `value`."""
    edited = copy.deepcopy(bundle)
    parent: Any = edited
    for step in path[:-1]:
        parent = parent[step]
    key = str(path[-1])
    marked = {f"{key}\x00": value}
    members = marked | parent if first else parent | marked
    parent.clear()
    parent.update(members)
    return encoded(edited).replace(b"\\u0000", b"")


def merged(*roots: JsonObject) -> JsonObject:
    """One trusted root with everything in all of them."""
    result = copy.deepcopy(roots[0])
    for root in roots[1:]:
        for name in ("tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"):
            result[name].extend(copy.deepcopy(root[name]))
    return result


# ---- entries ---------------------------------------------------------------------------------------------


def _body(content: JsonObject, signer: Signer, *, rekor: RekorVersion, kind: EntryKind) -> bytes:
    signature = base64.b64decode(signature_of(content))
    payload = base64.b64decode(content.get("payload", ""))
    if kind == "dsse":
        return dsse_entry(encoded(content), payload=payload, signatures=[(signature, signer.verifier)])
    if kind == "intoto":
        return _intoto_entry(content, signer)
    if "payload" in content:
        digest = sha256(pre_authentication_encoding(content["payloadType"], payload))
    else:
        digest = base64.b64decode(content["messageDigest"]["digest"])
    if rekor == 1:
        return hashed_rekord_entry(digest, signature=signature, verifier=signer.verifier)
    raw = der(signer.certificate) if signer.chain else spki(signer.key.public_key())
    return hashed_rekord_v2_entry(
        digest, signature=signature, verifier=raw, is_certificate=bool(signer.chain)
    )


def _intoto_entry(envelope: JsonObject, signer: Signer) -> bytes:
    """Rekor v1's `intoto` 0.0.2, in which signatures are base64-encoded twice."""
    signature = envelope["signatures"][0]["sig"].encode()
    kept = {
        "payloadType": envelope["payloadType"],
        "signatures": [{"publicKey": base64_text(signer.verifier), "sig": base64_text(signature)}],
    }
    payload = base64.b64decode(envelope["payload"])
    content = {
        "envelope": kept,
        "hash": {"algorithm": "sha256", "value": sha256(encoded(envelope)).hex()},
        "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()},
    }
    return rfc8785.dumps({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": content}})


def _from_rekor_v1(answer: JsonObject) -> JsonObject:
    """The bundle's form of Rekor v1's answer."""
    ((_uuid, known),) = answer.items()
    proof = known["verification"]["inclusionProof"]
    body = json.loads(base64.b64decode(known["body"]))
    return {
        "logIndex": str(known["logIndex"]),
        "logId": {"keyId": base64_text(bytes.fromhex(known["logID"]))},
        "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
        "integratedTime": str(known["integratedTime"]),
        "inclusionPromise": {"signedEntryTimestamp": known["verification"]["signedEntryTimestamp"]},
        "inclusionProof": {
            "logIndex": str(proof["logIndex"]),
            "rootHash": base64_text(bytes.fromhex(proof["rootHash"])),
            "treeSize": str(proof["treeSize"]),
            "hashes": [base64_text(bytes.fromhex(one)) for one in proof["hashes"]],
            "checkpoint": {"envelope": proof["checkpoint"]},
        },
        "canonicalizedBody": known["body"],
    }


def _fulcio_number(extension: x509.UnrecognizedExtension) -> int:
    return int(extension.oid.dotted_string.rpartition(".")[2])
