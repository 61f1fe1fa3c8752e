"""An RFC 3161 time-stamping authority that takes requests in DER or JSON and answers in DER."""

from __future__ import annotations

import secrets
from datetime import UTC
from typing import Annotated, Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from avow.sandbox.authority import ORGANISATION, KeyAndCertificate, certify
from avow.sandbox.wire import Base64, Clock, RequestRefused, Wire, der, read_request, sha256

_SHA256: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_DIGEST_SIZES: Final = {
    _SHA256: 32,
    ObjectIdentifier("2.16.840.1.101.3.4.2.2"): 48,
    ObjectIdentifier("2.16.840.1.101.3.4.2.3"): 64,
}
"""SHA-256, SHA-384 and SHA-512, with the number of bytes in a digest."""

_JSON_DIGESTS: Final = dict(zip(("sha256", "sha384", "sha512"), _DIGEST_SIZES, strict=True))
_ECDSA_WITH_SHA256: Final = ObjectIdentifier("1.2.840.10045.4.3.2")
_SIGNED_DATA: Final = ObjectIdentifier("1.2.840.113549.1.7.2")
_TST_INFO: Final = ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE: Final = ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST: Final = ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_TIME: Final = ObjectIdentifier("1.2.840.113549.1.9.5")
_SIGNING_CERTIFICATE_V2: Final = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
_POLICY: Final = ObjectIdentifier("1.3.6.1.4.1.57264.2")
"""The timestamping policy of Sigstore's authority."""

_ACCURACY_SECONDS: Final = 1


# ---- The parts of RFC 3161 and RFC 5652 that are used; the fields have their names from the standards ------


@asn1.sequence
class AlgorithmIdentifier:
    """RFC 5280, section 4.1.1.2; the parameters of all algorithms here are missing or NULL."""

    algorithm: ObjectIdentifier
    parameters: asn1.Null | None = None


@asn1.sequence
class MessageImprint:
    """RFC 3161, section 2.4.1: the digest that is stamped."""

    hash_algorithm: AlgorithmIdentifier
    hashed_message: bytes


@asn1.sequence
class Extension:
    """RFC 5280, section 4.1."""

    extn_id: ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]  # noqa: FBT003  the library's only form
    extn_value: bytes


@asn1.sequence
class TimeStampReq:
    """RFC 3161, section 2.4.1."""

    version: int
    message_imprint: MessageImprint
    req_policy: ObjectIdentifier | None = None
    nonce: int | None = None
    cert_req: Annotated[bool, asn1.Default(False)] = False  # noqa: FBT003  the library's only form
    extensions: Annotated[list[Extension] | None, asn1.Implicit(0)] = None


@asn1.sequence
class Accuracy:
    """RFC 3161, section 2.4.2, in whole seconds."""

    seconds: int


@asn1.sequence
class TSTInfo:
    """RFC 3161, section 2.4.2: the signed content."""

    version: int
    policy: ObjectIdentifier
    message_imprint: MessageImprint
    serial_number: int
    gen_time: asn1.GeneralizedTime
    accuracy: Accuracy
    nonce: int | None


@asn1.sequence
class Attribute:
    """RFC 5652, section 5.3."""

    attr_type: ObjectIdentifier
    attr_values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class ESSCertIDv2:
    """RFC 5035, section 4; SHA-256 is the default algorithm and is not written."""

    cert_hash: bytes


@asn1.sequence
class SigningCertificateV2:
    """RFC 5035, section 3."""

    certs: list[ESSCertIDv2]


@asn1.sequence
class IssuerAndSerialNumber:
    """RFC 5652, section 10.2.4."""

    issuer: asn1.TLV
    serial_number: int


@asn1.sequence
class SignerInfo:
    """RFC 5652, section 5.3."""

    version: int
    sid: IssuerAndSerialNumber
    digest_algorithm: AlgorithmIdentifier
    signed_attrs: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes


@asn1.sequence
class EncapsulatedContentInfo:
    """RFC 5652, section 5.2."""

    content_type: ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    """RFC 5652, section 5.1."""

    version: int
    digest_algorithms: asn1.SetOf[AlgorithmIdentifier]
    encap_content_info: EncapsulatedContentInfo
    certificates: Annotated[asn1.SetOf[x509.Certificate] | None, asn1.Implicit(0)]
    signer_infos: asn1.SetOf[SignerInfo]


@asn1.sequence
class ContentInfo:
    """RFC 5652, section 3."""

    content_type: ObjectIdentifier
    content: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class PKIStatusInfo:
    """RFC 3161, section 2.4.2; 0 means granted."""

    status: int


@asn1.sequence
class TimeStampResp:
    """RFC 3161, section 2.4.2."""

    status: PKIStatusInfo
    time_stamp_token: ContentInfo


class _JsonRequest(Wire):
    """A request to sigstore/timestamp-authority as `application/json`."""

    artifact_hash: Base64
    hash_algorithm: str
    nonce: int | None = None
    certificates: bool = False


class TimestampAuthority:
    """Proves when a digest existed; has a root and a P-384 stamping certificate."""

    def __init__(self, *, clock: Clock, organisation: str = ORGANISATION) -> None:
        self._clock = clock
        moment = clock()
        self.root = certify("sandbox timestamping root", moment=moment, organisation=organisation)
        self.leaf = certify(
            "sandbox timestamping",
            moment=moment,
            issuer=self.root,
            usage=ExtendedKeyUsageOID.TIME_STAMPING,
            is_authority=False,
            organisation=organisation,
        )

    @property
    def chain(self) -> tuple[x509.Certificate, x509.Certificate]:
        """Stamping certificate and root, as trusted roots list them."""
        return self.leaf.certificate, self.root.certificate

    def answer(self, body: bytes, *, is_json: bool) -> bytes:
        """The DER response to a request.

        Raises:
            RequestRefused: not a request, or a digest with an unknown algorithm or of the wrong length.
        """
        request = _from_json(body) if is_json else _from_der(body)
        imprint = request.message_imprint
        if _DIGEST_SIZES.get(imprint.hash_algorithm.algorithm) != len(imprint.hashed_message):
            raise RequestRefused("the message imprint is not a SHA-256, SHA-384 or SHA-512 digest")
        return self.respond(imprint, nonce=request.nonce, with_certificate=request.cert_req)

    def respond(
        self, imprint: MessageImprint, *, nonce: int | None = None, with_certificate: bool = True
    ) -> bytes:
        """The DER response with a token that `imprint` exists now."""
        moment = self._clock().astimezone(UTC).replace(microsecond=0)
        info = asn1.encode_der(
            TSTInfo(
                version=1,
                policy=_POLICY,
                message_imprint=imprint,
                serial_number=secrets.randbits(64),
                gen_time=asn1.GeneralizedTime(moment),
                accuracy=Accuracy(seconds=_ACCURACY_SECONDS),
                nonce=nonce,
            )
        )
        identifier = SigningCertificateV2(certs=[ESSCertIDv2(cert_hash=sha256(der(self.leaf.certificate)))])
        attributes = asn1.SetOf(
            [
                _attribute(_CONTENT_TYPE, _TST_INFO),
                _attribute(_MESSAGE_DIGEST, sha256(info)),
                _attribute(_SIGNING_TIME, asn1.UTCTime(moment)),
                _attribute(_SIGNING_CERTIFICATE_V2, identifier),
            ]
        )
        token = ContentInfo(
            content_type=_SIGNED_DATA,
            content=SignedData(
                version=3,
                digest_algorithms=asn1.SetOf([AlgorithmIdentifier(algorithm=_SHA256)]),
                encap_content_info=EncapsulatedContentInfo(content_type=_TST_INFO, content=info),
                certificates=asn1.SetOf([self.leaf.certificate]) if with_certificate else None,
                signer_infos=asn1.SetOf([_signer_info(self.leaf, attributes)]),
            ),
        )
        return asn1.encode_der(TimeStampResp(status=PKIStatusInfo(status=0), time_stamp_token=token))


def _signer_info(signer: KeyAndCertificate, attributes: asn1.SetOf[Attribute]) -> SignerInfo:
    """`signer`'s signature over the DER of `attributes` as a plain SET (RFC 5652, section 5.4)."""
    return SignerInfo(
        version=1,
        sid=IssuerAndSerialNumber(
            issuer=asn1.decode_der(asn1.TLV, signer.certificate.issuer.public_bytes()),
            serial_number=signer.certificate.serial_number,
        ),
        digest_algorithm=AlgorithmIdentifier(algorithm=_SHA256),
        signed_attrs=attributes,
        signature_algorithm=AlgorithmIdentifier(algorithm=_ECDSA_WITH_SHA256),
        signature=signer.key.sign(asn1.encode_der(attributes), ec.ECDSA(hashes.SHA256())),
    )


def _attribute(kind: ObjectIdentifier, value: object) -> Attribute:
    encoded = asn1.decode_der(asn1.TLV, asn1.encode_der(value))
    return Attribute(attr_type=kind, attr_values=asn1.SetOf([encoded]))


def _from_der(body: bytes) -> TimeStampReq:
    try:
        return asn1.decode_der(TimeStampReq, body)
    except ValueError as error:
        raise RequestRefused(f"not a time-stamp request: {error}") from error


def _from_json(body: bytes) -> TimeStampReq:
    request = read_request(_JsonRequest, body)
    algorithm = _JSON_DIGESTS.get(request.hash_algorithm)
    if algorithm is None:
        raise RequestRefused(f"the hash algorithm {request.hash_algorithm} is not supported")
    return TimeStampReq(
        version=1,
        message_imprint=MessageImprint(
            hash_algorithm=AlgorithmIdentifier(algorithm=algorithm, parameters=asn1.Null()),
            hashed_message=request.artifact_hash,
        ),
        nonce=request.nonce,
        cert_req=request.certificates,
    )
