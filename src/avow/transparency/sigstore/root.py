"""One trusted root, parsed once."""

# ruff: noqa: SLF001  this package exists so that no other needs sigstore's private parts

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Final, cast

from cryptography import x509
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

from avow.errors import (
    SignatureRejected,
)
from avow.transparency.sigstore.foreign import (
    too_old,
)
from avow.transparency.sigstore.kept import KEPT, KnownCertificate, KnownIssuer
from avow.transparency.sigstore.keyrings import CtKeyring, ExactKeyring, window_of
from avow.transparency.trusted_root import read_document, vouches_for_rehearsals
from avow.transparency.windows import Window, within_one


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
        self._logs = ExactKeyring(self._inner.tlogs, whose="transparency log")
        self._ct_logs = CtKeyring(self._inner.ctlogs)
        self._issuer_windows: dict[x509.Certificate, list[Window]] = {}
        for authority in self._inner.certificate_authorities:
            window = window_of(authority.valid_for)
            for each in authority.cert_chain.certificates:
                certificate = x509.load_der_x509_certificate(each.raw_bytes)
                self._issuer_windows.setdefault(certificate, []).append(window)
        self._store = Store(list(self._issuer_windows))
        self._issuers: dict[x509.Certificate, KnownIssuer] = {}
        self._timestamping = tuple(
            PinnedTimestampAuthority(chain, window)
            for window, each in [(window_of(a._inner.valid_for), a) for a in self.get_timestamp_authorities()]
            if len(chain := each.certificates(allow_expired=True)) > 1
        )
        self.holder = lru_cache(maxsize=KEPT)(KnownCertificate)

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
                issuers = path_verifier(self._store, moment).verify(certificate, []).chain[1:]
            except (PathError, x509.UnsupportedGeneralNameType) as error:
                if not self._knows_issuer_of(certificate):
                    issuer = certificate.issuer.rfc4514_string()
                    raise too_old(f"the certificate authority {issuer}") from error
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
            issuer = self._issuers[certificate] = KnownIssuer(certificate)
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
            raise too_old("the timestamping authority of a timestamp")
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


def path_verifier(store: Store, moment: datetime) -> ClientVerifier:
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
