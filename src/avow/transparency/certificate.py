"""The claims about its holder that a Fulcio certificate proves, extension by extension.

Source: sigstore/fulcio, `docs/oid-info.md`: 1.3.6.1.4.1.57264.1.8 to .22 are DER UTF8Strings, .1 is the
deprecated issuer as bare bytes, .7 the type of an otherName subject.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from cryptography import x509
from cryptography.hazmat import asn1

from avow.errors import SignatureRejected
from avow.identity import SignerIdentity

_FULCIO: Final = "1.3.6.1.4.1.57264.1."
_BARE_ISSUER: Final = x509.ObjectIdentifier(f"{_FULCIO}1")
_ISSUER: Final = x509.ObjectIdentifier(f"{_FULCIO}8")
_OTHER_NAME: Final = x509.ObjectIdentifier(f"{_FULCIO}7")

_FIELDS: Final = {
    x509.ObjectIdentifier(f"{_FULCIO}{number}"): field
    for number, field in enumerate(
        (
            "build_signer_uri",
            "build_signer_digest",
            "runner_environment",
            "source_repository",
            "source_digest",
            "source_ref",
            "source_repository_id",
            "source_owner",
            "source_owner_id",
            "build_config_uri",
            "build_config_digest",
            "build_trigger",
            "run_invocation_uri",
            "source_visibility",
        ),
        start=9,
    )
}

_UNREADABLE = (ValueError, KeyError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""Raised for an extension that is damaged, missing (the subject), duplicated, or of an unknown name type."""


def signer_of(certificate: x509.Certificate) -> SignerIdentity:
    """The claims of `certificate`, which must be verified already: its issuer is not checked here.

    Raises:
        SignatureRejected: a claim can't be read, there is no issuer, or two that differ, or there is not
            exactly one subject of a type that Fulcio issues.
    """
    try:
        values = {extension.oid: extension.value for extension in certificate.extensions}
        san, san_type = _subject(values[x509.SubjectAlternativeName.oid])
        claims = {
            _FIELDS[oid]: asn1.decode_der(str, value.value) for oid, value in values.items() if oid in _FIELDS
        }
        return SignerIdentity(issuer=_issuer(values), san=san, san_type=san_type, **claims)
    except _UNREADABLE as error:
        raise _refused(f"has a claim that can't be read: {error}") from error


def _issuer(values: dict[x509.ObjectIdentifier, Any]) -> str:
    named = []
    if _ISSUER in values:
        named.append(asn1.decode_der(str, values[_ISSUER].value))
    if _BARE_ISSUER in values:
        named.append(values[_BARE_ISSUER].value.decode("utf-8"))
    if not named or not named[0]:
        raise _refused("does not name an issuer")
    if len(set(named)) > 1:
        raise _refused(f"names two issuers, {named[0]} and {named[1]}")
    return named[0]


def _subject(extension: Any) -> tuple[str, Literal["uri", "email", "otherName"]]:
    names = list(extension)
    if len(names) != 1:
        raise _refused(f"has {len(names)} subjects, but must have exactly one")
    match names[0]:
        case x509.UniformResourceIdentifier(value=uri):
            return uri, "uri"
        case x509.RFC822Name(value=address):
            return address, "email"
        case x509.OtherName(type_id=kind, value=der) if kind == _OTHER_NAME:
            return asn1.decode_der(str, der), "otherName"
    raise _refused(f"has a subject of type {type(names[0]).__name__}, which is not supported")


def _refused(what: str) -> SignatureRejected:
    return SignatureRejected(
        f"the signing certificate {what}",
        hint="an ambiguous certificate is refused; ask the project to sign again",
    )
