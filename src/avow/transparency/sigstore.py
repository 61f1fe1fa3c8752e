"""Sigstore-python, pinned to one trusted root, offline, with the checks that it leaves out.

The only module that verifies with `sigstore`, and the only one that touches its private parts;
`tests/unit/transparency/test_sigstore_version.py` fails when a new release has to be read again.

sigstore-python does the verification. Subclasses of its own classes keep what one root fixes (keys, paths,
timestamp verifiers) instead of building it again for each bundle, and refuse where it shrugs:

- validity windows of CA, CT log and Rekor log (`avow.transparency.windows`);
- a timestamp that does not verify, also where a signed entry timestamp stands beside it;
- a key that the root does not list is `RootTooOld`, where upstream would try every key it has;
- a chain with a root certificate or a second leaf; a checkpoint of another tree size; a time yet to come.

What is kept, and why that is sound: parsed keys per root (its bytes decide); per exact certificate its claims
and its verified path, since only validity periods depend on the time, and those are checked each time; that
one exact SCT signature over one exact precertificate was good. Signatures over envelopes, log entries, proofs
and timestamps are checked each time. A refusal is never kept.
"""

# ruff: noqa: SLF001  this module exists so that no other needs sigstore's private parts

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import (
    ClientVerifier,
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
)
from cryptography.x509.verification import VerificationError as PathError
from pydantic import ValidationError
from rfc3161_client import TimeStampResponse, VerifierBuilder
from rfc3161_client import VerificationError as TimestampError
from rfc3161_client import Verifier as TimestampVerifier
from sigstore import dsse
from sigstore._internal.fulcio.client import ExpiredCertificate, FulcioClientError
from sigstore._internal.rekor import RekorClientError
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore._internal.trust import CTKeyring, Key, Keyring, KeyringPurpose, RekorKeyring
from sigstore._utils import KeyID, cert_is_ca, cert_is_root_ca
from sigstore.errors import CertValidationError, VerificationError
from sigstore.errors import Error as SigstoreError
from sigstore.hashes import Hashed
from sigstore.models import (
    Bundle,
    ClientTrustConfig,
    TimestampVerificationData,
    TransparencyLogEntry,
    TrustedRoot,
    VerificationMaterial,
)
from sigstore.verify.verifier import Verifier
from sigstore_models.bundle import v1 as bundle_v1
from sigstore_models.common.v1 import HashAlgorithm, PublicKey, TimeRange
from sigstore_models.trustroot import v1 as trustroot_v1

from avow.attested import VerifiedEnvelope, VerifiedTime
from avow.domain import Digest, Frozen, utc_text
from avow.errors import (
    AvowError,
    BundleMalformed,
    EvidenceRejected,
    InputInvalid,
    RootTooOld,
    SignatureRejected,
    UnsupportedEvidence,
)
from avow.identity import SignerIdentity, SignerKey
from avow.transparency.claims import signer_of
from avow.transparency.container import Container, Content, Material, read_container
from avow.transparency.windows import Window, within_one
from avow.trust import read_document, vouches_for_rehearsals

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a verified time may lie ahead of our clock.

Source: RFC 4120 (Kerberos), 1.6: five minutes is the skew that hosts are expected to stay within.
"""

KEPT: Final = 4096
"""Certificates of which the path, the SCT and the claims are kept; one takes about 5 kB."""

_MAX_MESSAGE: Final = 300
"""Characters of a foreign error message that are passed on; some quote the bundle."""

_FOREIGN: Final = (
    SigstoreError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    ValueError,  # pydantic, base64, DER and text decoding
    AttributeError,  # sigstore-python on a DSSE entry body with `proposedContent`
)
"""What sigstore-python and the libraries under it raise for bad evidence. Anything else is a bug: exit 70."""


class VerifiedArtifact(Frozen):
    """A verified signature over an artefact's digest; whose it is stays to be compared."""

    digest: Digest
    signer: SignerIdentity | SignerKey
    times: tuple[VerifiedTime, ...]
    root_sha256: str
    sandbox: bool
    location: str
    bundle_sha256: str


class _ExactKeyring(Keyring):
    """Keys by the id under which the root lists them; upstream tries every key where it finds none.

    A key is parsed when it is first asked for: a root that also lists a log with a key of an unknown kind
    stays of use for all others.
    """

    def __init__(self, logs: Iterable[trustroot_v1.TransparencyLogInstance], *, whose: str) -> None:
        super().__init__([])
        self._whose = whose
        self._unparsed: dict[KeyID, PublicKey] = {}
        self._windows: dict[KeyID, tuple[Window, ...]] = {}
        for log in logs:
            key, window = log.public_key, _window(log.public_key.valid_for)
            for key_id in {KeyID(each.key_id) for each in (log.log_id, log.checkpoint_key_id) if each}:
                if self._unparsed.setdefault(key_id, key).raw_bytes != key.raw_bytes:
                    raise ValueError(f"two different keys under the log id {key_id.hex()}")
                self._windows[key_id] = (*self._windows.get(key_id, ()), window)

    def verify(self, *, key_id: KeyID, signature: bytes, data: bytes) -> None:
        """As upstream, with the one key of this id.

        Raises:
            RootTooOld: the root lists no such key.
            VerificationError: the signature is not this key's, or the key is of an unknown kind.
        """
        if key_id not in self._keyring:
            if key_id not in self._unparsed:
                raise _too_old(f"the {self._whose} {key_id.hex()}")
            self._keyring[key_id] = Key(self._unparsed[key_id])
        super().verify(key_id=key_id, signature=signature, data=data)

    def check_window(self, key_id: bytes, moments: Iterable[datetime]) -> None:
        """The key was in use at all `moments`.

        Raises:
            SignatureRejected: it was not.
        """
        within_one(moments, of=self._windows[KeyID(key_id)], whose=f"the {self._whose}")


class _CtKeyring(_ExactKeyring):
    """The CT logs' keys, each within its window; remembers which exact signature over which text was good."""

    def __init__(self, logs: Iterable[trustroot_v1.TransparencyLogInstance]) -> None:
        super().__init__(logs, whose="certificate transparency log")
        self._remembered = lru_cache(maxsize=KEPT)(self._verify)

    def verify(self, *, key_id: KeyID, signature: bytes, data: bytes) -> None:
        """As `_ExactKeyring.verify`, and the log's window; only success is remembered."""
        self._remembered(key_id, signature, data)

    def _verify(self, key_id: KeyID, signature: bytes, data: bytes) -> None:
        super().verify(key_id=key_id, signature=signature, data=data)
        # RFC 6962, 3.2: what is signed starts with version and signature type, then the time in milliseconds.
        (milliseconds,) = struct.unpack_from("!Q", data, 2)
        self.check_window(key_id, [datetime.fromtimestamp(milliseconds / 1000, UTC)])


class _Holder:
    """What is known of one exact certificate: its verified issuers and, once read, its claims."""

    __slots__ = ("certificate", "issuers", "signer", "windows")

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate
        self.issuers: list[x509.Certificate] = []
        self.windows: tuple[Window, ...] = ()
        self.signer: SignerIdentity | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Its path was verified, and every certificate on it is valid at `moment`."""
        return bool(self.issuers) and all(
            each.not_valid_before_utc <= moment <= each.not_valid_after_utc
            for each in (self.certificate, *self.issuers)
        )


@ec.EllipticCurvePublicKey.register
class _IssuerKey:
    """An issuer's key, serialised once: upstream does it again for each certificate that it signed."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        self._bytes: dict[object, bytes] = {}

    def public_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PublicFormat,  # noqa: A002  its name there
    ) -> bytes:
        """As of the key itself."""
        if (encoding, format) not in self._bytes:
            self._bytes[encoding, format] = self._key.public_bytes(encoding, format)
        return self._bytes[encoding, format]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)


class _Issuer:
    """A CA certificate as upstream's SCT check asks for it, again for each certificate that it issued."""

    def __init__(self, certificate: x509.Certificate) -> None:
        key = certificate.public_key()
        self._certificate = certificate
        self._key = _IssuerKey(key) if isinstance(key, ec.EllipticCurvePublicKey) else key
        self.extensions, self.subject, self.version = (
            certificate.extensions,
            certificate.subject,
            certificate.version,
        )

    def public_key(self) -> object:
        """The key, quick to serialise."""
        return self._key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._certificate, name)


class _TimestampAuthority:
    """One timestamping authority of the root."""

    def __init__(self, chain: list[x509.Certificate], window: Window) -> None:
        self._chain = chain
        self.window = window

    @cached_property
    def _verifier(self) -> TimestampVerifier:
        leaf, *intermediates, root = self._chain
        builder = VerifierBuilder().tsa_certificate(leaf).add_root_certificate(root)
        for intermediate in intermediates:
            builder = builder.add_intermediate_certificate(intermediate)
        return builder.build()

    @cached_property
    def _name(self) -> tuple[x509.Name, int]:
        return self._chain[0].issuer, self._chain[0].serial_number

    def signed(self, response: TimeStampResponse, message: bytes) -> bool:
        """`response` is this authority's token over `message`, by a certificate valid then."""
        try:
            self._verifier.verify_message(response, message)
        except TimestampError:
            return False
        return True

    def is_named_by(self, response: TimeStampResponse) -> bool:
        """`response` says, unverified, that this authority signed it."""
        return any(
            (each.issuer, each.serial_number) == self._name for each in response.signed_data.signer_infos
        )


SIGNING_REFUSALS: Final = (ExpiredCertificate, FulcioClientError, RekorClientError)
"""What sigstore-python's private clients of CA and log raise; none of them is a `sigstore.errors.Error`."""


def root_in(config: ClientTrustConfig) -> bytes:
    """The trusted root inside a trust configuration, as bytes of its own; upstream has no accessor for it."""
    return config._inner.trusted_root.to_json().encode()


class PinnedRoot(TrustedRoot):
    """One trusted root, parsed once and never changed; safe to share between threads."""

    def __init__(self, data: bytes) -> None:
        document = read_document(data, source="trusted root")
        # not strict: the model would insist on the JSON spelling of times and enumerations
        super().__init__(trustroot_v1.TrustedRoot.model_validate(document, strict=False))
        self.sha256 = hashlib.sha256(data).hexdigest()
        authorities = (*self._inner.certificate_authorities, *self._inner.timestamp_authorities)
        self.sandbox = vouches_for_rehearsals(
            [each.subject.organization for each in authorities],
            [der.raw_bytes for each in authorities for der in each.cert_chain.certificates],
        )
        self._logs = _ExactKeyring(self._inner.tlogs, whose="transparency log")
        self._ct_logs = _CtKeyring(self._inner.ctlogs)
        self._issuer_windows: dict[x509.Certificate, list[Window]] = {}
        for authority in self._inner.certificate_authorities:
            window = _window(authority.valid_for)
            for each in authority.cert_chain.certificates:
                certificate = x509.load_der_x509_certificate(each.raw_bytes)
                self._issuer_windows.setdefault(certificate, []).append(window)
        self._store = Store(list(self._issuer_windows))
        self._issuers: dict[x509.Certificate, _Issuer] = {}
        self._timestamping = tuple(
            _TimestampAuthority(chain, window)
            for window, each in [(_window(a._inner.valid_for), a) for a in self.get_timestamp_authorities()]
            if len(chain := each.certificates(allow_expired=True)) > 1
        )
        self.holder = lru_cache(maxsize=KEPT)(_Holder)

    def rekor_keyring(self, purpose: KeyringPurpose) -> RekorKeyring:  # noqa: ARG002  upstream's signature
        """The transparency logs' keys of any age: windows are checked against the time of signing."""
        return RekorKeyring(self._logs)

    def ct_keyring(self, purpose: KeyringPurpose) -> CTKeyring:  # noqa: ARG002  upstream's signature
        """The certificate transparency logs' keys, likewise."""
        return CTKeyring(self._ct_logs)

    def get_fulcio_certs(self) -> list[x509.Certificate]:
        """Every certificate of every CA, whatever its age, likewise."""
        return list(self._issuer_windows)

    def path(self, certificate: x509.Certificate, moment: datetime) -> list[x509.Certificate]:
        """The verified issuers of `certificate`, nearest first, valid and vouched for at `moment`.

        Raises:
            RootTooOld: the root holds no such issuer.
            CertValidationError: the issuer did not sign it, or it was not valid at `moment`.
            SignatureRejected: the certificate was issued, or used, outside its CA's window.
        """
        holder = self.holder(certificate)
        if not holder.holds_at(moment):
            try:
                issuers = _path_verifier(self._store, moment).verify(certificate, []).chain[1:]
            except (PathError, x509.UnsupportedGeneralNameType) as error:
                if not self._knows_issuer_of(certificate):
                    issuer = certificate.issuer.rfc4514_string()
                    raise _too_old(f"the certificate authority {issuer}") from error
                raise CertValidationError(f"no path from the certificate to the root: {error}") from error
            # other threads look at the issuers to see whether the rest is there
            holder.windows = tuple(self._issuer_windows[issuers[0]])
            holder.issuers = issuers
        issued = certificate.not_valid_before_utc
        within_one((issued, moment), of=holder.windows, whose="the certificate authority")
        return holder.issuers

    def issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        """The CA `certificate` of this root in a form that is quick to ask."""
        issuer = self._issuers.get(certificate)
        if issuer is None:
            issuer = self._issuers[certificate] = _Issuer(certificate)
        return cast("x509.Certificate", issuer)

    def _knows_issuer_of(self, certificate: x509.Certificate) -> bool:
        """A CA of the root has the issuer's name and, where the certificate tells, the issuer's key id."""
        wanted = _key_id(certificate, x509.AuthorityKeyIdentifier)
        return any(
            each.subject == certificate.issuer
            and wanted in (None, _key_id(each, x509.SubjectKeyIdentifier) or wanted)
            for each in self._issuer_windows
        )

    @property
    def has_timestamping(self) -> bool:
        """The root lists a timestamping authority."""
        return bool(self._timestamping)

    def timestamps(self, data: TimestampVerificationData | None, signature: bytes) -> list[datetime]:
        """The time in each token over `signature`; none is passed over.

        Raises:
            RootTooOld: a token of an authority that the root does not list.
            VerificationError: a token that does not verify, or the same token twice.
            SignatureRejected: a token from outside its authority's window.
        """
        tokens = data.rfc3161_timestamps if data else []
        if len(set(tokens)) != len(tokens):
            raise VerificationError("the same timestamp stands in the bundle twice")
        return [self._timestamp(token, signature) for token in tokens]

    def _timestamp(self, token: TimeStampResponse, signature: bytes) -> datetime:
        named = [authority for authority in self._timestamping if authority.is_named_by(token)]
        if not named:
            raise _too_old("the timestamping authority of a timestamp")
        authors = [authority for authority in named if authority.signed(token, signature)]
        if not authors:
            raise VerificationError("a timestamp does not verify over this signature")
        moment = token.tst_info.gen_time
        windows = tuple(each.window for each in authors)
        within_one([moment], of=windows, whose="the timestamping authority")
        return moment

    def check_entry(self, entry: TransparencyLogEntry) -> None:
        """Inclusion proof, checkpoint and, where there is one, the promise of inclusion with its time.

        Raises:
            RootTooOld: the root does not list the entry's log.
            VerificationError: anything in it that does not verify.
        """
        entry._verify(self.rekor_keyring(KeyringPurpose.VERIFY))

    def check_log(self, entry: TransparencyLogEntry, times: Iterable[datetime]) -> None:
        """What upstream leaves out of a verified `entry`: its log's window, and the size of the tree.

        Upstream compares the proof's root hash with the checkpoint's, and not the sizes.

        Raises:
            SignatureRejected: signed outside the window, or a proof for another tree size.
        """
        inner = entry._inner
        proof = inner.inclusion_proof
        if proof.checkpoint is None or proof.checkpoint.envelope.split("\n", 2)[1] != str(proof.tree_size):
            raise SignatureRejected("the inclusion proof is for another tree size than the checkpoint")
        self._logs.check_window(inner.log_id.key_id, times)


class _Material(VerificationMaterial):
    """Upstream decodes every timestamp again at each look."""

    def __init__(self, inner: bundle_v1.VerificationMaterial) -> None:
        super().__init__(inner)
        self._decoded = super().timestamp_verification_data

    @property
    def timestamp_verification_data(self) -> TimestampVerificationData | None:
        return self._decoded


class _Entry(TransparencyLogEntry):
    """Upstream serialises the four members of a promise with a general encoder, for a third of its cost."""

    def _encode_canonical(self) -> bytes:
        inner = self._inner
        body = base64.b64encode(inner.canonicalized_body).decode()
        # Members in the order of RFC 8785; base64, hex and whole numbers need no escapes.
        return (
            f'{{"body":"{body}","integratedTime":{inner.integrated_time},'
            f'"logID":"{inner.log_id.key_id.hex()}","logIndex":{inner.log_index}}}'
        ).encode()


class _PinnedBundle(Bundle):
    """A bundle that remembers the times established for it."""

    times: list[TimestampVerificationResult]

    def __init__(self, inner: bundle_v1.Bundle) -> None:
        self._material = _Material(inner.verification_material)
        chain = inner.verification_material.x509_certificate_chain
        for each in chain.certificates[1:] if chain else ():
            certificate = x509.load_der_x509_certificate(each.raw_bytes)
            if not cert_is_ca(certificate):
                raise VerificationError("the certificate chain holds a second leaf")
            if cert_is_root_ca(certificate):
                raise VerificationError(
                    "the certificate chain holds a root, which only the trusted root may name"
                )
        super().__init__(inner)
        self._log_entry = _Entry(self._log_entry._inner)

    @property
    def verification_material(self) -> VerificationMaterial:
        return self._material


class _PinnedVerifier(Verifier):
    """sigstore-python's verifier on what a `PinnedRoot` keeps."""

    def __init__(self, root: PinnedRoot) -> None:
        super().__init__(trusted_root=root)
        self._root = root

    def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        if bundle.verification_material.timestamp_verification_data and not self._root.has_timestamping:
            raise _too_old("any timestamping authority")
        times = super()._establish_time(bundle)
        cast("_PinnedBundle", bundle).times = times
        return times

    def _verify_timestamp_authority(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        tokens = bundle.verification_material.timestamp_verification_data
        return [
            TimestampVerificationResult(source=TimestampSource.TIMESTAMP_AUTHORITY, time=moment)
            for moment in self._root.timestamps(tokens, bundle.signature)
        ]

    def _verify_chain_at_time(
        self, certificate: x509.Certificate, timestamp_result: TimestampVerificationResult
    ) -> list[x509.Certificate]:
        issuers = self._root.path(certificate, timestamp_result.time)
        return [self._root.issuer(each) for each in issuers]


class KeySigned:
    """A bundle without certificate in sigstore's terms: one signature by a bare key, nothing verified yet."""

    entry: TransparencyLogEntry | None = None
    entry_body: bytes = b""
    promised_time: int | None = None
    """Seconds of the epoch in the log's promise of inclusion, if it made one."""
    signature: bytes
    message_digest: bytes | None = None
    """The digest that the bundle names for its message, if it names one."""

    def __init__(self, container: Container) -> None:
        inner = _model(container)
        material = inner.verification_material
        self.timestamps = VerificationMaterial(material).timestamp_verification_data
        if material.tlog_entries:
            logged = material.tlog_entries[0]
            self.entry = _Entry(logged)
            self.entry_body = logged.canonicalized_body
            self.promised_time = logged.integrated_time if logged.inclusion_promise else None
        if inner.dsse_envelope:
            self._envelope = dsse.Envelope(inner.dsse_envelope)
            self.signature = self._envelope.signature
        elif inner.message_signature:
            self.signature = inner.message_signature.signature
            if inner.message_signature.message_digest:
                self.message_digest = inner.message_signature.message_digest.digest

    def verify_envelope(self, key: ec.EllipticCurvePublicKey) -> tuple[str, bytes, bytes]:
        """Payload type, payload, and the encoding of both that `key` signed.

        Raises:
            VerificationError: the signature is not this key's.
        """
        payload = dsse._verify(key, self._envelope)
        return self._envelope._inner.payload_type, payload, self._envelope.pae()


class _Witness:
    """The verification policy: sees the certificate after its path and SCT have verified, and judges nobody.

    sigstore runs its policy before it checks log entry and signature. Identities are therefore compared
    later, by the caller, on an envelope that has verified as a whole.
    """

    certificate: x509.Certificate

    def verify(self, cert: x509.Certificate) -> None:
        """Keep `cert`."""
        self.certificate = cert


class SigstoreBackend:
    """Bundles signed with a Fulcio certificate, verified against one trusted root.

    Implements `avow.attested.Backend`. Opening is cheap once a root has been seen: long-running callers open
    it anew, so that `now` is now.
    """

    def __init__(self, root: PinnedRoot, *, now: datetime) -> None:
        self._root = root
        self._verifier = _verifier(root)
        self._now = now

    @property
    def root_sha256(self) -> str:
        """SHA-256 of the trusted root's bytes."""
        return self._root.sha256

    def verify(self, bundle: bytes, *, location: str) -> VerifiedEnvelope:
        """The verified envelope in `bundle`; see `avow.attested.Backend`.

        Not checked: who signed, the payload's type, and what it says.

        Raises:
            BundleMalformed: not a bundle, or one of unbounded size or depth.
            UnsupportedEvidence: a genuine form that can't be judged here.
            SignatureRejected: anything that does not verify.
            RootTooOld: a CA, log, CT log or timestamping key that the root does not hold.
        """
        parsed = _certified(bundle, Content.ENVELOPE, location=location)
        witness = _Witness()
        with translated(location, to=SignatureRejected):
            payload_type, payload = self._verifier.verify_dsse(parsed, witness)
            signer, times = self._established(parsed, witness)
        return VerifiedEnvelope(
            payload=payload,
            payload_type=payload_type,
            signer=signer,
            times=times,
            root_sha256=self._root.sha256,
            sandbox=self._root.sandbox,
            location=location,
            bundle_sha256=hashlib.sha256(bundle).hexdigest(),
        )

    def verify_artifact(self, bundle: bytes, *, digest: Digest, location: str) -> VerifiedArtifact:
        """The verified signature in `bundle` over the artefact whose SHA-256 is `digest`.

        Not checked: who signed.

        Raises:
            InputInvalid: `digest` is no SHA-256.
            BundleMalformed: not a bundle, or one of unbounded size or depth.
            UnsupportedEvidence: a genuine form that can't be judged here.
            SignatureRejected: anything that does not verify, or a signature over another digest.
            RootTooOld: a CA, log, CT log or timestamping key that the root does not hold.
        """
        parsed = _certified(bundle, Content.MESSAGE, location=location)
        witness = _Witness()
        with translated(location, to=SignatureRejected):
            self._verifier.verify_artifact(hashed(digest), parsed, witness)
            signer, times = self._established(parsed, witness)
        return VerifiedArtifact(
            digest=digest,
            signer=signer,
            times=times,
            root_sha256=self._root.sha256,
            sandbox=self._root.sandbox,
            location=location,
            bundle_sha256=hashlib.sha256(bundle).hexdigest(),
        )

    def _established(
        self, bundle: _PinnedBundle, witness: _Witness
    ) -> tuple[SignerIdentity, tuple[VerifiedTime, ...]]:
        """Signer and times of a bundle that sigstore has verified, after the checks that it leaves out."""
        moments = [each.time for each in bundle.times]
        self._root.check_log(bundle.log_entry, moments)
        refuse_future(moments, now=self._now)
        holder = self._root.holder(witness.certificate)
        if holder.signer is None:
            holder.signer = signer_of(witness.certificate)
        return holder.signer, tuple(
            VerifiedTime(moment=each.time, source=_SOURCES[each.source]) for each in bundle.times
        )


_SOURCES: Final[dict[TimestampSource, Literal["rekor", "tsa"]]] = {
    TimestampSource.TRANSPARENCY_SERVICE: "rekor",
    TimestampSource.TIMESTAMP_AUTHORITY: "tsa",
}


def open_root(root: bytes) -> PinnedRoot:
    """The parsed trusted root; the same bytes are parsed once.

    Raises:
        InputInvalid: not a trusted root, or one without CA, CT log or transparency log.
    """
    try:
        return _opened(root)
    except _FOREIGN as error:
        raise InputInvalid(
            f"no usable trusted root: {told(error)}",
            hint="it needs at least one transparency log, CA and CT log; `avow trust` shows what it holds",
        ) from error


@lru_cache(maxsize=8)
def _opened(root: bytes) -> PinnedRoot:
    pinned = PinnedRoot(root)
    _verifier(pinned)
    return pinned


@lru_cache(maxsize=8)
def _verifier(root: PinnedRoot) -> _PinnedVerifier:
    return _PinnedVerifier(root)


def forget() -> None:
    """Drop everything that is kept between bundles: for measurements."""
    _opened.cache_clear()
    _verifier.cache_clear()


def refuse_future(moments: Iterable[datetime], *, now: datetime) -> None:
    """No verified time lies ahead of `now`, clocks being off by at most `CLOCK_SKEW`.

    Raises:
        SignatureRejected: a log or authority vouches for a moment that has not come.
    """
    latest = max(moments)
    if latest > now + CLOCK_SKEW:
        raise SignatureRejected(
            f"it was signed at {utc_text(latest)}, which has not come yet",
            hint=f"check the clock of this machine: it says {utc_text(now)}",
        )


def hashed(digest: Digest) -> Hashed:
    """`digest` as sigstore takes it.

    Raises:
        InputInvalid: not SHA-256, the one algorithm that message signatures are checked with here.
    """
    if digest.algorithm != "sha256":
        raise InputInvalid(f"an artefact is asked for by sha256, not by {digest.algorithm}")
    return Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(digest.value))


@contextmanager
def translated(location: str, *, to: type[EvidenceRejected]) -> Iterator[None]:
    """Foreign errors inside become `to`; errors of ours pass, and are told where they happened."""
    try:
        yield
    except AvowError as error:
        error.location = error.location or location
        raise
    except _FOREIGN as error:
        raise to(told(error), location=location) from error


def told(error: BaseException) -> str:
    """What a foreign error says, without the values that some quote from the evidence."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    text = str(error.args[0]) if error.args else type(error).__name__
    return " ".join(text.split(": expected", 1)[0].split())[:_MAX_MESSAGE]


def _certified(bundle: bytes, content: Content, *, location: str) -> _PinnedBundle:
    """The bundle, unverified, in sigstore's terms: with a certificate, for a key that sigstore verifies with.

    Raises:
        BundleMalformed, UnsupportedEvidence, SignatureRejected: as `read_container`; also a bare key, the
            other content, another kind of key, and what sigstore finds malformed.
    """
    container = read_container(bundle, location=location)
    if container.material is not Material.CERTIFICATE:
        raise UnsupportedEvidence(
            "the bundle was signed with a bare key, which no trusted root vouches for",
            location=location,
            hint="name the key: --key FILE, or a signer with a key in the policy",
        )
    container.expect(content, location=location)
    with translated(location, to=BundleMalformed):
        parsed = _PinnedBundle(_model(container))
        key = parsed.signing_certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise UnsupportedEvidence(
            f"a certificate for a key other than ECDSA is not judged here ({type(key).__name__})",
            location=location,
        )
    return parsed


def _model(container: Container) -> bundle_v1.Bundle:
    """The model that sigstore makes of the values the strict reader returned: the bytes are parsed once."""
    digest = (container.document.get("messageSignature") or {}).get("messageDigest")
    if isinstance(digest, dict) and digest.get("algorithm") is not None:
        digest["algorithm"] = HashAlgorithm(digest["algorithm"])
    # sigstore requires this field also where there is no entry
    container.document["verificationMaterial"].setdefault("tlogEntries", [])
    return bundle_v1.Bundle.from_dict(container.document)


def _window(valid_for: TimeRange | None) -> Window:
    window = Window(valid_for.start, valid_for.end) if valid_for else Window(None, None)
    if any(side is not None and side.tzinfo is None for side in (window.start, window.end)):
        raise ValueError("a validFor without time zone")
    return window


def _path_verifier(store: Store, moment: datetime) -> ClientVerifier:
    """As sigstore-python: client verification with the extended key usage left to a check of its own."""
    return (
        PolicyBuilder()
        .store(store)
        .time(moment)
        .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
        .build_client_verifier()
    )


_CA_POLICY: Final = ExtensionPolicy.webpki_defaults_ca().may_be_present(
    x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None
)
_LEAF_POLICY: Final = ExtensionPolicy.webpki_defaults_ee().may_be_present(
    x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None
)


def _key_id(
    certificate: x509.Certificate, kind: type[x509.AuthorityKeyIdentifier | x509.SubjectKeyIdentifier]
) -> bytes | None:
    try:
        value = certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    return value.key_identifier


def _too_old(what: str) -> RootTooOld:
    return RootTooOld(
        f"the trusted root does not hold {what}",
        hint="update the trusted root, or name the root of the instance that this was signed with",
    )
