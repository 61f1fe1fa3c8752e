"""Cached facts about certificates that depend on the trusted root alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from avow.identity import SignerIdentity
from avow.transparency.windows import Window

MAX_KEPT_CERTIFICATES: Final = 4096
"""Certificates whose path, SCT and claims are cached; each takes about 5 kB."""


class KnownCertificate:
    """The cached facts about one exact certificate: its verified issuers and, once read, its claims."""

    __slots__ = ("certificate", "issuers", "signer", "windows")

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate
        self.issuers: list[x509.Certificate] = []
        self.windows: tuple[Window, ...] = ()
        self.signer: SignerIdentity | None = None

    def is_valid_at(self, moment: datetime) -> bool:
        """Its path was verified, and every certificate on it is valid at `moment`."""
        return bool(self.issuers) and all(
            each.not_valid_before_utc <= moment <= each.not_valid_after_utc
            for each in (self.certificate, *self.issuers)
        )


@ec.EllipticCurvePublicKey.register
class _KnownIssuerKey:
    """An issuer's key that is serialised once; upstream serialises it for each certificate that it signed."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        self._bytes: dict[object, bytes] = {}

    def public_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PublicFormat,  # noqa: A002  upstream's name
    ) -> bytes:
        """The key's own bytes, from the cache if possible."""
        if (encoding, format) not in self._bytes:
            self._bytes[encoding, format] = self._key.public_bytes(encoding, format)
        return self._bytes[encoding, format]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)


class KnownIssuer:
    """A CA certificate with cached parts; upstream's SCT check reads them for each certificate."""

    def __init__(self, certificate: x509.Certificate) -> None:
        key = certificate.public_key()
        self._certificate = certificate
        self._key = _KnownIssuerKey(key) if isinstance(key, ec.EllipticCurvePublicKey) else key
        self.extensions, self.subject, self.version = (
            certificate.extensions,
            certificate.subject,
            certificate.version,
        )

    def public_key(self) -> object:
        """The key, which is serialised only once."""
        return self._key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._certificate, name)
