"""One trusted root, parsed once."""

# ruff: noqa: SLF001  only this package uses sigstore's private parts

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.verification import (
    ClientVerifier,
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
)
from cryptography.x509.verification import VerificationError as PathError
from rfc3161_client import TimeStampResponse, VerifierBuilder
from rfc3161_client import VerificationError as TimestampError
from rfc3161_client import Verifier as TimestampVerifier
from sigstore._internal.trust import CTKeyring, KeyringPurpose, RekorKeyring
from sigstore.errors import CertValidationError, VerificationError
from sigstore.models import (
    ClientTrustConfig,
    TimestampVerificationData,
    TransparencyLogEntry,
    TrustedRoot,
)
from sigstore_models.trustroot import v1 as trustroot_v1

from avow.errors import SignatureRejected
from avow.transparency.sigstore.foreign import too_old
from avow.transparency.sigstore.kept import MAX_KEPT_CERTIFICATES, KnownCertificate, KnownIssuer
from avow.transparency.sigstore.keyrings import CtKeyring, ExactKeyring, window_of
from avow.transparency.trusted_root import names_sandbox, read_document
from avow.transparency.windows import Window, require_one_window


class PinnedTimestampAuthority:
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
        """`response` is this authority's token over `message`; its certificate was valid at that time."""
        try:
            self._verifier.verify_message(response, message)
        except TimestampError:
            return False
        return True

    def is_named_by(self, response: TimeStampResponse) -> bool:
        """`response` claims that this authority signed it; nothing is verified."""
        return any(
            (each.issuer, each.serial_number) == self._name for each in response.signed_data.signer_infos
        )


def root_in(config: ClientTrustConfig) -> bytes:
    """The bytes of the trusted root in a trust configuration; upstream has no accessor for it."""
    return config._inner.trusted_root.to_json().encode()


class PinnedRoot(TrustedRoot):
    """One trusted root, parsed once and never changed; safe to share between threads."""

    def __init__(self, data: bytes) -> None:
        document = read_document(data, source="trusted root")
        # a strict model would not accept the JSON form of times and enumerations
        super().__init__(trustroot_v1.TrustedRoot.model_validate(document, strict=False))
        self.sha256 = hashlib.sha256(data).hexdigest()
        authorities = (*self._inner.certificate_authorities, *self._inner.timestamp_authorities)
        self.sandbox = names_sandbox(
            [each.subject.organization for each in authorities],
            [der.raw_bytes for each in authorities for der in each.cert_chain.certificates],
        )
        self._logs = ExactKeyring(self._inner.tlogs, service="transparency log")
        self._ct_logs = CtKeyring(self._inner.ctlogs)
        self._issuer_windows: dict[x509.Certificate, list[Window]] = {}
        for authority in self._inner.certificate_authorities:
            window = window_of(authority.valid_for)
            for certificate in _certificates(authority):
                self._issuer_windows.setdefault(certificate, []).append(window)
        self._store = Store(list(self._issuer_windows))
        self._issuers: dict[x509.Certificate, KnownIssuer] = {}
        # Upstream's `get_timestamp_authorities` asks this machine's clock: an authority whose window has not
        # begun has no certificates there.
        self._timestamping = tuple(
            PinnedTimestampAuthority(chain, window_of(each.valid_for))
            for each in self._inner.timestamp_authorities
            if len(chain := _certificates(each)) > 1
        )
        self._known = lru_cache(maxsize=MAX_KEPT_CERTIFICATES)(KnownCertificate)

    def rekor_keyring(self, purpose: KeyringPurpose) -> RekorKeyring:  # noqa: ARG002  upstream's signature
        """The transparency logs' keys of any age; windows are checked against the time of signing."""
        return RekorKeyring(self._logs)

    def ct_keyring(self, purpose: KeyringPurpose) -> CTKeyring:  # noqa: ARG002  upstream's signature
        """The certificate transparency logs' keys of any age."""
        return CTKeyring(self._ct_logs)

    def get_fulcio_certs(self) -> list[x509.Certificate]:
        """All certificates of all CAs, of any age."""
        return list(self._issuer_windows)

    def known(self, certificate: x509.Certificate) -> KnownCertificate:
        """What is cached about this exact certificate, by the SHA-256 of its bytes."""
        return self._known(certificate.fingerprint(hashes.SHA256()))

    def path(self, certificate: x509.Certificate, moment: datetime) -> list[x509.Certificate]:
        """The verified issuers of `certificate`, nearest first, valid and in the CA's window at `moment`.

        Raises:
            RootTooOld: the issuer is not in the root.
            CertValidationError: the issuer did not sign it, or it was not valid at `moment`.
            SignatureRejected: the certificate was issued, or used, outside its CA's window.
        """
        known = self.known(certificate)
        if not known.is_valid_at(moment):
            try:
                issuers = path_verifier(self._store, moment).verify(certificate, []).chain[1:]
            except (PathError, x509.UnsupportedGeneralNameType) as error:
                if not self._knows_issuer_of(certificate):
                    issuer = certificate.issuer.rfc4514_string()
                    raise too_old(f"the certificate authority {issuer}") from error
                raise CertValidationError(f"no path from the certificate to the root: {error}") from error
            known.keep(certificate, issuers, tuple(self._issuer_windows[issuers[0]]))
        issued = certificate.not_valid_before_utc
        require_one_window((issued, moment), windows=known.windows, service="the certificate authority")
        return known.issuers

    def issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        """The CA `certificate` of this root with its parts cached."""
        issuer = self._issuers.get(certificate)
        if issuer is None:
            issuer = self._issuers[certificate] = KnownIssuer(certificate)
        return cast("x509.Certificate", issuer)

    def _knows_issuer_of(self, certificate: x509.Certificate) -> bool:
        """A CA of the root has the issuer's name and, if the certificate names one, the issuer's key id."""
        wanted = _key_id(certificate, x509.AuthorityKeyIdentifier)
        return any(
            each.subject == certificate.issuer
            and wanted in (None, _key_id(each, x509.SubjectKeyIdentifier) or wanted)
            for each in self._issuer_windows
        )

    def timestamps(self, data: TimestampVerificationData | None, signature: bytes) -> list[datetime]:
        """The times in all tokens over `signature`; each token must verify.

        Raises:
            RootTooOld: a token comes from an authority that is not in the root.
            VerificationError: a token does not verify, or occurs twice.
            SignatureRejected: a token is from outside its authority's window.
        """
        tokens = data.rfc3161_timestamps if data else []
        if len(set(tokens)) != len(tokens):
            raise VerificationError("the bundle contains the same timestamp twice")
        return [self._timestamp(token, signature) for token in tokens]

    def _timestamp(self, token: TimeStampResponse, signature: bytes) -> datetime:
        named = [authority for authority in self._timestamping if authority.is_named_by(token)]
        if not named:
            raise too_old("the timestamping authority of a timestamp")
        authors = [authority for authority in named if authority.signed(token, signature)]
        if not authors:
            raise VerificationError("a timestamp does not verify over this signature")
        moment = token.tst_info.gen_time
        windows = tuple(each.window for each in authors)
        require_one_window([moment], windows=windows, service="the timestamping authority")
        return moment

    def check_entry(self, entry: TransparencyLogEntry) -> None:
        """Inclusion proof, checkpoint and, if there is one, the promise of inclusion with its time verify.

        Raises:
            RootTooOld: the entry's log is not in the root.
            VerificationError: something in it does not verify.
        """
        entry._verify(self.rekor_keyring(KeyringPurpose.VERIFY))

    def check_log(self, entry: TransparencyLogEntry, times: Iterable[datetime]) -> None:
        """A verified `entry` also passes the checks that upstream lacks: its log's window, and the tree size.

        Upstream compares the root hashes of proof and checkpoint, but not the tree sizes.

        Raises:
            SignatureRejected: it was signed outside the window, or the proof is for another tree size.
        """
        inner = entry._inner
        proof = inner.inclusion_proof
        if proof.checkpoint is None or proof.checkpoint.envelope.split("\n", 2)[1] != str(proof.tree_size):
            raise SignatureRejected("the inclusion proof and the checkpoint are for different tree sizes")
        self._logs.check_window(inner.log_id.key_id, times)


def _certificates(authority: trustroot_v1.CertificateAuthority) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(each.raw_bytes) for each in authority.cert_chain.certificates]


def path_verifier(store: Store, moment: datetime) -> ClientVerifier:
    """As in sigstore-python: client verification, with the extended key usage checked separately."""
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
