"""What a Fulcio certificate proves about its holder, extension by extension.

Source: sigstore/fulcio, `docs/oid-info.md`: 1.3.6.1.4.1.57264.1.8 to .22 are DER UTF8Strings, .1 is the
deprecated issuer as bare bytes, .7 the type of an otherName subject.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.hazmat import asn1

from avow.errors import SignatureRejected
from avow.identity import SignerIdentity

_FULCIO: Final = "1.3.6.1.4.1.57264.1."
_BARE_ISSUER: Final = f"{_FULCIO}1"
_ISSUER: Final = f"{_FULCIO}8"
_OTHER_NAME: Final = f"{_FULCIO}7"

_FIELDS: Final = {
    f"{_FULCIO}9": "build_signer_uri",
    f"{_FULCIO}10": "build_signer_digest",
    f"{_FULCIO}11": "runner_environment",
    f"{_FULCIO}12": "source_repository",
    f"{_FULCIO}13": "source_digest",
    f"{_FULCIO}14": "source_ref",
    f"{_FULCIO}15": "source_repository_id",
    f"{_FULCIO}16": "source_owner",
    f"{_FULCIO}17": "source_owner_id",
    f"{_FULCIO}18": "build_config_uri",
    f"{_FULCIO}19": "build_config_digest",
    f"{_FULCIO}20": "build_trigger",
    f"{_FULCIO}21": "run_invocation_uri",
    f"{_FULCIO}22": "source_visibility",
}

_UNREADABLE = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, x509.ExtensionNotFound)
"""What `cryptography` raises for an extension that is damaged, doubled, or absent."""

KEPT: Final = 4096
"""Certificates whose claims stay parsed; one takes about 2 kB."""


@lru_cache(maxsize=KEPT)
def signer_of(certificate: x509.Certificate) -> SignerIdentity:
    """The claims of `certificate`, which has been verified: nothing here checks who issued it.

    Raises:
        SignatureRejected: a claim that can't be read, no issuer, two issuers that differ, or not exactly one
            subject of a type that Fulcio issues.
    """
    try:
        values = {
            extension.oid.dotted_string: extension.value.value
            for extension in certificate.extensions
            if isinstance(extension.value, x509.UnrecognizedExtension)
        }
        san, san_type = _subject(certificate)
        return SignerIdentity(
            issuer=_issuer(values),
            san=san,
            san_type=san_type,
            **{field: asn1.decode_der(str, values[oid]) for oid, field in _FIELDS.items() if oid in values},
        )
    except _UNREADABLE as error:
        raise _refused(f"has a claim that can't be read: {error}") from error


def _issuer(values: dict[str, bytes]) -> str:
    named = []
    if _ISSUER in values:
        named.append(asn1.decode_der(str, values[_ISSUER]))
    if _BARE_ISSUER in values:
        named.append(values[_BARE_ISSUER].decode("utf-8"))
    if not named or not named[0]:
        raise _refused("names no issuer")
    if len(set(named)) > 1:
        raise _refused(f"names two issuers, {named[0]} and {named[1]}")
    return named[0]


def _subject(certificate: x509.Certificate) -> tuple[str, Literal["uri", "email", "otherName"]]:
    names: list[Any] = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    if len(names) != 1:
        raise _refused(f"has {len(names)} subjects where exactly one is read")
    match names[0]:
        case x509.UniformResourceIdentifier(value=uri):
            return uri, "uri"
        case x509.RFC822Name(value=address):
            return address, "email"
        case x509.OtherName(type_id=kind, value=der) if kind.dotted_string == _OTHER_NAME:
            return asn1.decode_der(str, der), "otherName"
    raise _refused(f"has a subject of the type {type(names[0]).__name__}, which is not read")


def _refused(what: str) -> SignatureRejected:
    return SignatureRejected(
        f"the signing certificate {what}",
        hint="a certificate that can be read two ways is refused; ask the project to sign again",
    )
