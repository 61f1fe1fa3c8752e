"""Errors of sigstore-python and of the libraries under it, turned into ours in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pydantic import ValidationError
from sigstore._internal.fulcio.client import ExpiredCertificate, FulcioClientError
from sigstore._internal.rekor import RekorClientError
from sigstore.errors import Error as SigstoreError

from avow.errors import (
    AvowError,
    EvidenceRejected,
    RootTooOld,
)

_MAX_MESSAGE: Final = 300
"""Characters of a foreign error message that are passed on; some quote the bundle."""

FOREIGN_ERRORS: Final = (
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

SIGNING_REFUSALS: Final = (ExpiredCertificate, FulcioClientError, RekorClientError)
"""What sigstore-python's private clients of CA and log raise; none of them is a `sigstore.errors.Error`."""


@contextmanager
def translated(location: str, *, to: type[EvidenceRejected]) -> Iterator[None]:
    """Foreign errors inside become `to`; errors of ours pass, and are told where they happened."""
    try:
        yield
    except AvowError as error:
        error.location = error.location or location
        raise
    except FOREIGN_ERRORS as error:
        raise to(told(error), location=location) from error


def told(error: BaseException) -> str:
    """What a foreign error says, without the values that some quote from the evidence."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    text = str(error.args[0]) if error.args else type(error).__name__
    return " ".join(text.split(": expected", 1)[0].split())[:_MAX_MESSAGE]


def too_old(what: str) -> RootTooOld:
    """The error for a key that the root does not hold."""
    return RootTooOld(
        f"the trusted root does not hold {what}",
        hint="update the trusted root, or name the root of the instance that this was signed with",
    )
