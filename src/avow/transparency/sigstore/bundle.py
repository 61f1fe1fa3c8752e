"""Bundles as sigstore-python's models; nothing in them is verified yet."""

# ruff: noqa: SLF001  only this package uses sigstore's private parts

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from sigstore import dsse
from sigstore._internal.timestamp import TimestampVerificationResult
from sigstore._utils import cert_is_ca, cert_is_root_ca
from sigstore.errors import VerificationError
from sigstore.models import (
    Bundle,
    TimestampVerificationData,
    TransparencyLogEntry,
    VerificationMaterial,
)
from sigstore_models.bundle import v1 as bundle_v1
from sigstore_models.common.v1 import HashAlgorithm

from avow.errors import (
    BundleMalformed,
    UnsupportedEvidence,
)
from avow.transparency.container import Container, Content, Material, read_container
from avow.transparency.sigstore.foreign import translated


class _Material(VerificationMaterial):
    """Verification material that decodes its timestamps once; upstream decodes them at each access."""

    def __init__(self, inner: bundle_v1.VerificationMaterial) -> None:
        super().__init__(inner)
        self._decoded = super().timestamp_verification_data

    @property
    def timestamp_verification_data(self) -> TimestampVerificationData | None:
        return self._decoded


class LogEntry(TransparencyLogEntry):
    """A log entry with a fast encoder; upstream's takes a third of the time to check a promise."""

    @property
    def kind(self) -> str:
        """Kind and version, as in `dsse/0.0.1`."""
        return f"{self._inner.kind_version.kind}/{self._inner.kind_version.version}"

    @property
    def body(self) -> bytes:
        """What the log recorded."""
        return self._inner.canonicalized_body

    @property
    def promised_at(self) -> datetime | None:
        """The time in the log's promise of inclusion, which signs it; None without a promise."""
        if not self._inner.inclusion_promise or not self._inner.integrated_time:
            return None
        return datetime.fromtimestamp(self._inner.integrated_time, UTC)

    def _encode_canonical(self) -> bytes:
        inner = self._inner
        body = base64.b64encode(inner.canonicalized_body).decode()
        # Members in the order of RFC 8785; base64, hex and whole numbers need no escapes.
        return (
            f'{{"body":"{body}","integratedTime":{inner.integrated_time},'
            f'"logID":"{inner.log_id.key_id.hex()}","logIndex":{inner.log_index}}}'
        ).encode()


class PinnedBundle(Bundle):
    """A bundle that keeps its verified times."""

    times: list[TimestampVerificationResult]

    def __init__(self, inner: bundle_v1.Bundle) -> None:
        self._material = _Material(inner.verification_material)
        chain = inner.verification_material.x509_certificate_chain
        for each in chain.certificates[1:] if chain else ():
            certificate = x509.load_der_x509_certificate(each.raw_bytes)
            if not cert_is_ca(certificate):
                raise VerificationError("the certificate chain contains a second leaf")
            if cert_is_root_ca(certificate):
                raise VerificationError(
                    "the certificate chain contains a root; only the trusted root may name one"
                )
        super().__init__(inner)
        self._log_entry: LogEntry = LogEntry(self._log_entry._inner)

    @property
    def log_entry(self) -> LogEntry:
        """As upstream, with our encoder."""
        return self._log_entry

    @property
    def verification_material(self) -> VerificationMaterial:
        """As upstream, but with the timestamps decoded only once."""
        return self._material


class KeySigned:
    """A bundle signed with a bare key, as sigstore's models; nothing is verified yet."""

    entry: LogEntry | None = None
    signature: bytes
    message_digest: bytes | None = None
    """The bundle's digest of its message, if there is one."""

    def __init__(self, container: Container) -> None:
        inner = bundle_model(container)
        material = inner.verification_material
        self.timestamps = VerificationMaterial(material).timestamp_verification_data
        if material.tlog_entries:
            self.entry = LogEntry(material.tlog_entries[0])
        if inner.dsse_envelope:
            self._envelope = dsse.Envelope(inner.dsse_envelope)
            self.signature = self._envelope.signature
            self._signed_digest = hashlib.sha256(self._envelope.pae()).digest()
        elif inner.message_signature:
            self.signature = inner.message_signature.signature
            if inner.message_signature.message_digest:
                self.message_digest = inner.message_signature.message_digest.digest

    def verify_envelope(self, key: ec.EllipticCurvePublicKey) -> tuple[str, bytes, bytes]:
        """Payload type, payload, and the encoding of both that `key` signed.

        Raises:
            InvalidSignature, VerificationError: the signature is not by this key.
        """
        # First over the digest, which is computed once for all keys; most of them are not the signer's.
        key.verify(self.signature, self._signed_digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        return verified_envelope(key, self._envelope)


def verified_envelope(key: ec.EllipticCurvePublicKey, envelope: dsse.Envelope) -> tuple[str, bytes, bytes]:
    """Payload type, payload, and the encoding of both that `key` signed.

    Raises:
        VerificationError: the signature is not by this key.
    """
    payload = dsse._verify(key, envelope)
    return envelope._inner.payload_type, payload, envelope.pae()


def certified_bundle(bundle: bytes, content: Content, *, location: str) -> PinnedBundle:
    """The unverified bundle as sigstore's model; it has a certificate with an ECDSA key.

    Raises:
        BundleMalformed, UnsupportedEvidence, SignatureRejected: as `read_container`; also for a bare key, the
            other kind of content, another kind of key, and what sigstore finds malformed.
    """
    container = read_container(bundle, location=location)
    if container.material is not Material.CERTIFICATE:
        raise UnsupportedEvidence(
            "the bundle was signed with a key, not with a certificate, and no key was given to verify it",
            location=location,
            hint="pass the project's public key with --key FILE, or add a signer rule with it to the policy",
        )
    container.expect(content, location=location)
    with translated(location, to=BundleMalformed):
        parsed = PinnedBundle(bundle_model(container))
        key = parsed.signing_certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise UnsupportedEvidence(
            f"certificates are supported for ECDSA keys only, not for {type(key).__name__}",
            location=location,
        )
    return parsed


def bundle_model(container: Container) -> bundle_v1.Bundle:
    """Sigstore's model of the values that the strict parser returned, so the bytes are parsed only once."""
    digest = (container.document.get("messageSignature") or {}).get("messageDigest")
    if isinstance(digest, dict) and digest.get("algorithm") is not None:
        digest["algorithm"] = HashAlgorithm(digest["algorithm"])
    # sigstore requires this field even if there is no entry
    container.document["verificationMaterial"].setdefault("tlogEntries", [])
    return bundle_v1.Bundle.from_dict(container.document)
