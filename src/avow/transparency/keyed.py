"""Bundles signed with a public key that the caller has pinned; the bundle's own key hint is ignored.

sigstore-python's code checks the log entry, promise, checkpoint, timestamps and DSSE signature, through
`avow.transparency.sigstore`. It does not support verification with keys; `avow.transparency.entry_body`
compares the log entry's body with the key instead of a certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from avow.errors import BundleMalformed, InputInvalid, SignatureRejected, UnsupportedEvidence
from avow.identity import SignerKey
from avow.subject import Digest
from avow.transparency.backend import VerifiedArtifact, VerifiedEnvelope, VerifiedTime, refuse_future
from avow.transparency.container import Content, Material, read_container
from avow.transparency.entry_body import require_record
from avow.transparency.sigstore import KeySigned, PinnedRoot, hashed, translated


def read_key(pem: bytes) -> ec.EllipticCurvePublicKey:
    """The ECDSA P-256 public key in `pem`, as `cosign generate-key-pair` makes it.

    Raises:
        InputInvalid: `pem` is not PEM, has another kind of key, or several.
    """
    key: object
    if (keys := pem.count(b"-----BEGIN ")) > 1:
        raise InputInvalid(f"the file has {keys} keys", hint="write each key to a file of its own")
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise InputInvalid(
            "not a PEM-encoded public key",
            hint="use the project's public key file; it starts with -----BEGIN PUBLIC KEY-----",
        ) from error
    except UnsupportedAlgorithm:  # a curve that the library does not know
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InputInvalid(
            "the public key is not an ECDSA P-256 key",
            hint="ask the project for the ECDSA P-256 key of its signatures; other kinds are not supported",
        )
    return key


class KeyedBackend:
    """Verifies bundles signed with one public key; the trusted root vouches for log and timestamps.

    Implements `avow.transparency.backend.Backend`. A bundle needs a log entry or a timestamp, because a key
    does not prove a time.
    """

    def __init__(self, root: PinnedRoot, *, key: ec.EllipticCurvePublicKey) -> None:
        self._root = root
        self._key = key
        self._spki = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def root_sha256(self) -> str:
        """SHA-256 of the trusted root's bytes."""
        return self._root.sha256

    @property
    def signer(self) -> SignerKey:
        """The pinned key."""
        return SignerKey(spki_sha256=hashlib.sha256(self._spki).hexdigest())

    def verify(self, bundle: bytes, *, location: str, now: datetime) -> VerifiedEnvelope:
        """The verified envelope in `bundle`; see `avow.transparency.backend.Backend`.

        Raises:
            BundleMalformed: not a bundle, or one that is too large or too deeply nested.
            UnsupportedEvidence: signed with a certificate, or neither logged nor timestamped.
            SignatureRejected: something does not verify, for example the signature with this key.
            RootTooOld: it names a log or timestamping key that is not in the root.
            ClockBehind: it was signed after `now`.
        """
        signed = self._signed(bundle, Content.ENVELOPE, location=location)
        with self._by_this_key(location):
            payload_type, payload, pae = signed.verify_envelope(self._key)
        with translated(location, to=SignatureRejected):
            times = self._times(signed, digest=_sha256(pae), payload_digest=_sha256(payload), now=now)
        return VerifiedEnvelope(
            payload=payload,
            payload_type=payload_type,
            signer=self.signer,
            times=times,
            root_sha256=self._root.sha256,
            sandbox=self._root.sandbox,
            location=location,
            bundle_sha256=hashlib.sha256(bundle).hexdigest(),
        )

    def verify_artifact(
        self, bundle: bytes, *, digest: Digest, location: str, now: datetime
    ) -> VerifiedArtifact:
        """The verified signature in `bundle` over the artefact whose SHA-256 is `digest`.

        Raises:
            InputInvalid: `digest` is not a SHA-256 digest.
            BundleMalformed: not a bundle, or one that is too large or too deeply nested.
            UnsupportedEvidence: signed with a certificate, or neither logged nor timestamped.
            SignatureRejected: something does not verify, for example the signature with this key.
            RootTooOld: it names a log or timestamping key that is not in the root.
            ClockBehind: it was signed after `now`.
        """
        asked = hashed(digest).digest
        signed = self._signed(bundle, Content.MESSAGE, location=location)
        with translated(location, to=SignatureRejected):
            if signed.message_digest not in (None, asked):
                raise SignatureRejected("the digest in the bundle is not that of the artefact")
        with self._by_this_key(location):
            self._key.verify(signed.signature, asked, ec.ECDSA(Prehashed(hashes.SHA256())))
        with translated(location, to=SignatureRejected):
            times = self._times(signed, digest=asked, payload_digest=None, now=now)
        return VerifiedArtifact(
            digest=digest,
            signer=self.signer,
            times=times,
            root_sha256=self._root.sha256,
            sandbox=self._root.sandbox,
            location=location,
            bundle_sha256=hashlib.sha256(bundle).hexdigest(),
        )

    @contextmanager
    def _by_this_key(self, location: str) -> Iterator[None]:
        """The signature is this key's.

        Raises:
            SignatureRejected: it is another key's, or over another content; nobody can tell which.
        """
        try:
            with translated(location, to=SignatureRejected):
                yield
        except SignatureRejected as error:
            raise SignatureRejected(
                f"the signature is not by the key sha256:{self.signer.spki_sha256}, or not over this content",
                location=location,
                hint="compare the key with the one that the project publishes; if it is the same, get the "
                "bundle again",
            ) from error

    def _signed(self, bundle: bytes, content: Content, *, location: str) -> KeySigned:
        signed = _key_signed(bundle, content, location)
        if signed.entry is None and signed.timestamps is None:
            raise UnsupportedEvidence(
                "the bundle has neither a log entry nor a timestamp, so nothing proves when it was signed",
                location=location,
                hint="ask the project to sign with a transparency log or a timestamping authority",
            )
        return signed

    def _times(
        self, signed: KeySigned, *, digest: bytes, payload_digest: bytes | None, now: datetime
    ) -> tuple[VerifiedTime, ...]:
        """All verified times; the log entry, if there is one, matches signature, key and content."""
        times = [
            VerifiedTime(moment=moment, source="tsa")
            for moment in self._root.timestamps(signed.timestamps, signed.signature)
        ]
        if signed.entry is not None:
            self._root.check_entry(signed.entry)
            require_record(
                signed.entry.body,
                kind=signed.entry.kind,
                signature=signed.signature,
                digest=digest,
                payload_digest=payload_digest,
                verifier=self._spki,
            )
            if moment := signed.entry.promised_at:
                times.append(VerifiedTime(moment=moment, source="rekor"))
        if not times:
            raise SignatureRejected("nothing in the bundle proves when it was signed")
        moments = [each.moment for each in times]
        if signed.entry is not None:
            self._root.check_log(signed.entry, moments)
        refuse_future(moments, now=now)
        return tuple(times)


@lru_cache(maxsize=1)
def _key_signed(bundle: bytes, content: Content, location: str) -> KeySigned:
    """What `bundle` is, kept for the next key: a policy may list hundreds."""
    container = read_container(bundle, location=location)
    if container.material is not Material.KEY:
        raise UnsupportedEvidence(
            "the bundle was signed with a certificate, not with a key", location=location
        )
    container.expect(content, location=location)
    with translated(location, to=BundleMalformed):
        return KeySigned(container)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
