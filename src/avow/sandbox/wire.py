"""Shared parts of requests and answers: clock, base64, JSON models, and the refusal of a request."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from cryptography import x509

Clock = Callable[[], datetime]
"""The source of time for a service; times are in UTC, with their time zone."""

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def utc_now() -> datetime:
    """The machine's time; the default clock of every service."""
    return datetime.now(UTC)


class RequestRefused(Exception):
    """A service refuses a request; `status` is the HTTP status of the real service's answer."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def base64_text(raw: bytes) -> str:
    """Standard base64 with padding, as Sigstore's JSON writes bytes."""
    return base64.b64encode(raw).decode("ascii")


def base64_bytes(text: object) -> object:
    """The bytes in standard base64 text; anything that is not text is returned for the model to refuse.

    Raises:
        ValueError: `text` has characters or padding that are not base64.
    """
    if not isinstance(text, str):
        return text
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error


Base64 = Annotated[bytes, BeforeValidator(base64_bytes), PlainSerializer(base64_text)]
"""Bytes that are written as base64 text in JSON."""


class Wire(BaseModel):
    """A JSON object in a request, with camelCase names; ignores unknown fields, as the services do."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


WireT = TypeVar("WireT", bound=Wire)


def read_request(model: type[WireT], body: bytes) -> WireT:
    """The request in `body`.

    Raises:
        RequestRefused: not JSON, nested too deeply, or a field is missing or has the wrong type.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RequestRefused(f"{where}: {first['msg']}" if where else str(first["msg"])) from error


def der(certificate: x509.Certificate) -> bytes:
    """The certificate's DER bytes."""
    return certificate.public_bytes(Encoding.DER)


def pem(certificate: x509.Certificate) -> str:
    """The certificate as PEM text."""
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def spki(key: PublicKey) -> bytes:
    """The key's DER SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_pem(key: PublicKey) -> str:
    """The key's SubjectPublicKeyInfo as PEM text."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def sha256(data: bytes) -> bytes:
    """SHA-256 of `data`."""
    return hashlib.sha256(data).digest()


JsonObject = dict[str, Any]
"""An answer before serialisation."""
