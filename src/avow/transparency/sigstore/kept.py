"""Cached facts about certificates that depend on the trusted root alone."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from avow.identity import SignerIdentity
from avow.transparency.windows import Window

MAX_KEPT_CERTIFICATES: Final = 16_384
"""Certificates whose path, SCT and claims are cached: more than a large SBOM has components, because a scan
that is longer than the cache would find nothing in it. Each takes about 4 kB."""


class KnownCertificate:
    """The cached facts about one exact certificate: its verified issuers and, once read, its claims."""

    __slots__ = ("issuers", "signer", "valid_from", "valid_until", "windows")

    valid_from: datetime
    """When every certificate on its path has become valid."""
    valid_until: datetime
    """When the first certificate on its path ends; valid until then."""

    def __init__(self, fingerprint: bytes) -> None:  # noqa: ARG002  the key of the cache
        self.issuers: list[x509.Certificate] = []
        self.windows: tuple[Window, ...] = ()
        self.signer: SignerIdentity | None = None

    def keep(
        self, certificate: x509.Certificate, issuers: list[x509.Certificate], windows: tuple[Window, ...]
    ) -> None:
        """The path from `certificate` through `issuers` has verified."""
        path = (certificate, *issuers)
        self.windows = windows
        self.valid_from = max(each.not_valid_before_utc for each in path)
        self.valid_until = min(each.not_valid_after_utc for each in path)
        # issuers last: other threads take them as the sign that the entry is complete
        self.issuers = issuers

    def is_valid_at(self, moment: datetime) -> bool:
        """Its path was verified, and every certificate on it is valid at `moment`."""
        return bool(self.issuers) and self.valid_from <= moment <= self.valid_until


class Verified:
    """The digests of what has verified, the latest `size` of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._digests: dict[bytes, None] = {}
        self._lock = Lock()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._digests

    def add(self, digest: bytes) -> None:
        """Remember `digest`, and forget the oldest one if there are too many."""
        with self._lock:
            self._digests[digest] = None
            if len(self._digests) > self._size:
                del self._digests[next(iter(self._digests))]


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
    """A CA certificate whose parts are read once; upstream's SCT check reads them for each certificate."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self._certificate = certificate
        self._parts: dict[str, Any] = {}

    def public_key(self) -> object:
        """The key, which is serialised only once."""
        if "key" not in self._parts:
            key = self._certificate.public_key()
            self._parts["key"] = _KnownIssuerKey(key) if isinstance(key, ec.EllipticCurvePublicKey) else key
        return self._parts["key"]

    def __getattr__(self, name: str) -> Any:
        if name not in self._parts:
            self._parts[name] = getattr(self._certificate, name)
        return self._parts[name]
