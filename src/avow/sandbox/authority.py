"""A Fulcio-compatible certificate authority whose certificates have a certificate transparency timestamp."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from avow.sandbox.wire import Base64, Clock, JsonObject, RequestRefused, Wire, pem, read_request, sha256, spki

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avow.sandbox.issuer import Claims, Issuer

ORGANISATION: Final = "avow sandbox"
"""The organisation in every certificate and trusted root; verifiers recognise a sandbox by it."""

GITHUB: Final = "https://github.com"
"""The forge whose workflow tokens the sandbox's issuer imitates."""

LEAF_LIFETIME: Final = timedelta(minutes=10)
"""How long a signing certificate is valid.

Source: sigstore/fulcio, `docs/security-model.md`: ten minutes.
"""

_CA_LIFETIME: Final = timedelta(days=3650)
_FULCIO_ARC: Final = "1.3.6.1.4.1.57264.1"
_SCT_LIST: Final = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")

_RAW_EXTENSIONS: Final = {2: "event_name", 3: "sha", 4: "workflow", 5: "repository", 6: "ref"}
"""Extension numbers of the old form without DER, whose value is plain text."""

_TEXT_EXTENSIONS: Final = {
    9: "https://github.com/{job_workflow_ref}",
    10: "{job_workflow_sha}",
    11: "{runner_environment}",
    12: "https://github.com/{repository}",
    13: "{sha}",
    14: "{ref}",
    15: "{repository_id}",
    16: "https://github.com/{repository_owner}",
    17: "{repository_owner_id}",
    18: "https://github.com/{workflow_ref}",
    19: "{workflow_sha}",
    20: "{event_name}",
    21: "https://github.com/{repository}/actions/runs/{run_id}/attempts/{run_attempt}",
    22: "{repository_visibility}",
}
"""Extension numbers whose value is a DER UTF8String, and their content from GitHub's claims.

Source: sigstore/fulcio, `docs/oid-info.md`, and the `github-workflow` provider of its configuration.
"""


class KeyAndCertificate(NamedTuple):
    """A certificate of a chain with its key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def certify(
    common_name: str,
    *,
    moment: datetime,
    issuer: KeyAndCertificate | None = None,
    path_length: int | None = None,
    usage: ObjectIdentifier | None = None,
    is_authority: bool = True,
    organisation: str = ORGANISATION,
) -> KeyAndCertificate:
    """A new P-384 key, certified for ten years from a day before `moment`; self-signed without `issuer`."""
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    signing_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(is_authority, path_length), critical=True)
        .add_extension(_key_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    if usage:
        # RFC 3161, section 2.3: a time-stamping usage must be the only one, and critical.
        critical = usage == ExtendedKeyUsageOID.TIME_STAMPING
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
    return KeyAndCertificate(key, builder.sign(signing_key, hashes.SHA384()))


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


class CtLog:
    """A certificate transparency log that only promises inclusion; its tree can't be queried."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.log_id = sha256(spki(self.key.public_key()))

    def timestamp(self, tbs_certificate: bytes, *, issuer_key: ec.EllipticCurvePublicKey) -> bytes:
        """A signed certificate timestamp over a precertificate without its poison.

        Source: RFC 6962, section 3.2, `SignedCertificateTimestamp` with `precert_entry`.
        """
        milliseconds = int(self._clock().timestamp() * 1000)
        signed = (
            # version v1, certificate_timestamp, time, precert_entry, issuer_key_hash
            struct.pack("!BBQH32s", 0, 0, milliseconds, 1, sha256(spki(issuer_key)))
            + len(tbs_certificate).to_bytes(3, "big")
            + tbs_certificate
            + b"\0\0"  # no extensions
        )
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        # version v1, log id, time, no extensions, SHA-256 (4) with ECDSA (3)
        head = struct.pack("!B32sQHBBH", 0, self.log_id, milliseconds, 0, 4, 3, len(signature))
        return head + signature


class _Credentials(Wire):
    oidc_identity_token: str


class _PublicKey(Wire):
    content: str


class _PublicKeyRequest(Wire):
    public_key: _PublicKey
    proof_of_possession: Base64


class _CertificateRequest(Wire):
    """Fulcio's `CreateSigningCertificateRequest`."""

    credentials: _Credentials | None = None
    public_key_request: _PublicKeyRequest | None = None
    certificate_signing_request: Base64 | None = None


class CertificateAuthority:
    """Root, intermediate and CT log; issues ten-minute certificates to everyone with a token and a key."""

    def __init__(self, *, clock: Clock, organisation: str = ORGANISATION) -> None:
        self._clock = clock
        moment = clock()
        self.root = certify("sandbox root", moment=moment, organisation=organisation)
        self.intermediate = certify(
            "sandbox intermediate",
            moment=moment,
            issuer=self.root,
            path_length=0,
            usage=ExtendedKeyUsageOID.CODE_SIGNING,
            organisation=organisation,
        )
        self.ct_log = CtLog(clock=clock)

    @property
    def chain(self) -> tuple[x509.Certificate, x509.Certificate]:
        """Intermediate and root, as trusted roots list them."""
        return self.intermediate.certificate, self.root.certificate

    def answer(self, body: bytes, *, issuer: Issuer, authorization: str = "") -> JsonObject:
        """The answer to Fulcio's `POST /api/v2/signingCert`.

        Raises:
            RequestRefused: the token, the key, or the proof of possession is not valid.
        """
        request = read_request(_CertificateRequest, body)
        token = (
            request.credentials.oidc_identity_token
            if request.credentials
            else authorization.removeprefix("Bearer ")
        )
        claims = issuer.verify(token)
        leaf = self.issue(_proven_key(request, claims), claims)
        chain = [pem(certificate) for certificate in (leaf, *self.chain)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def trust_bundle(self) -> JsonObject:
        """The answer to Fulcio's `GET /api/v2/trustBundle`."""
        return {"chains": [{"certificates": [pem(certificate) for certificate in self.chain]}]}

    def issue(self, key: ec.EllipticCurvePublicKey, claims: Claims) -> x509.Certificate:
        """A certificate for the subject of `claims`, with one timestamp of the CT log.

        Raises:
            RequestRefused: the claims have no subject that a certificate can be issued to.
        """
        try:
            template = self.template(key, names=[subject_name(claims)], extensions=claim_extensions(claims))
        except ValueError as error:
            raise RequestRefused(f"identity token: {error}", status=401) from error
        return self.seal(template, [self.ct_timestamp(template)])

    def template(
        self,
        key: ec.EllipticCurvePublicKey,
        *,
        names: Sequence[x509.GeneralName],
        extensions: Sequence[x509.UnrecognizedExtension],
    ) -> x509.CertificateBuilder:
        """A leaf certificate without its CT timestamps."""
        start = self._clock().replace(microsecond=0)
        issuer_key = self.intermediate.key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.intermediate.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + LEAF_LIFETIME)
            .add_extension(_key_usage(is_authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder

    def ct_timestamp(self, template: x509.CertificateBuilder) -> bytes:
        """The CT log's promise for the certificate that `template` will become.

        It covers the to-be-signed bytes of the certificate without the timestamps (RFC 6962, section 3.2).
        The simplest way to get these bytes is to sign once and discard the signature.
        """
        precertificate = template.sign(self.intermediate.key, hashes.SHA384())
        return self.ct_log.timestamp(
            precertificate.tbs_certificate_bytes, issuer_key=self.intermediate.key.public_key()
        )

    def seal(self, template: x509.CertificateBuilder, ct_timestamps: Sequence[bytes]) -> x509.Certificate:
        """The certificate, with `ct_timestamps` embedded."""
        if ct_timestamps:
            entries = b"".join(len(one).to_bytes(2, "big") + one for one in ct_timestamps)
            value = asn1.encode_der(len(entries).to_bytes(2, "big") + entries)
            template = template.add_extension(x509.UnrecognizedExtension(_SCT_LIST, value), critical=False)
        return template.sign(self.intermediate.key, hashes.SHA384())


def subject_name(claims: Claims) -> x509.GeneralName:
    """The subject of a certificate: the workflow that ran, a verified e-mail address, or a URI.

    Raises:
        RequestRefused: the e-mail address is not verified, or the kind of subject is unknown.
    """
    if "job_workflow_ref" in claims:
        return x509.UniformResourceIdentifier(f"{GITHUB}/{claims['job_workflow_ref']}")
    if "email" in claims:
        if claims.get("email_verified") is not True:
            raise RequestRefused("identity token: the e-mail address is not verified", status=401)
        return x509.RFC822Name(str(claims["email"]))
    if "://" in str(claims["sub"]):
        return x509.UniformResourceIdentifier(str(claims["sub"]))
    raise RequestRefused("identity token: neither a workflow, an e-mail address nor a URI", status=401)


def claim_extensions(claims: Claims) -> list[x509.UnrecognizedExtension]:
    """The issuer's extensions and, for a workflow, all extensions that Fulcio writes for GitHub.

    Raises:
        RequestRefused: a workflow's token lacks one of GitHub's claims.
    """
    issuer = str(claims["iss"])
    values = {1: issuer.encode(), 8: asn1.encode_der(issuer)}
    if "job_workflow_ref" in claims:
        try:
            values |= {number: str(claims[name]).encode() for number, name in _RAW_EXTENSIONS.items()}
            values |= {
                number: asn1.encode_der(pattern.format_map(claims))
                for number, pattern in _TEXT_EXTENSIONS.items()
            }
        except KeyError as error:
            raise RequestRefused(f"identity token: the claim {error} is missing", status=401) from error
    return [
        x509.UnrecognizedExtension(ObjectIdentifier(f"{_FULCIO_ARC}.{number}"), value)
        for number, value in sorted(values.items())
    ]


def _proven_key(request: _CertificateRequest, claims: Claims) -> ec.EllipticCurvePublicKey:
    """The public key whose possession the caller proves by a signing request or a signature over the subject.

    Raises:
        RequestRefused: there is no key, it is not an ECDSA key, or the proof does not verify.
    """
    try:
        if request.certificate_signing_request is not None:
            signing_request = x509.load_pem_x509_csr(request.certificate_signing_request)
            key = _ecdsa(signing_request.public_key())
            if not signing_request.is_signature_valid:
                raise RequestRefused("the certificate signing request's signature does not verify")
            return key
        if request.public_key_request is not None:
            key = _ecdsa(load_pem_public_key(request.public_key_request.public_key.content.encode()))
            subject = str(claims.get("email") or claims["sub"]).encode()
            key.verify(request.public_key_request.proof_of_possession, subject, ec.ECDSA(hashes.SHA256()))
            return key
    except InvalidSignature as error:
        raise RequestRefused("the proof of possession does not verify") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RequestRefused(f"the public key can't be used: {error}") from error
    raise RequestRefused("the request has neither a certificate signing request nor a public key")


def _ecdsa(key: object) -> ec.EllipticCurvePublicKey:
    """`key`, if it is an ECDSA key, the only supported kind.

    Raises:
        RequestRefused: it is another kind.
    """
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise RequestRefused(f"{type(key).__name__}: only ECDSA keys are supported")
    return key
