"""Translates the errors of sigstore-python and its libraries into ours."""

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
"""Characters of a foreign error message that are shown; some messages quote the bundle."""

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
    LookupError,  # cryptography on a name whose text has an unknown ASN.1 tag
    ArithmeticError,  # datetime on years that it can't represent
)
"""Raised by sigstore-python and its libraries for bad evidence; `one_candidate` reports anything else."""

SIGNING_REFUSALS: Final = (ExpiredCertificate, FulcioClientError, RekorClientError)
"""Raised by sigstore-python's private CA and log clients; none of them is a `sigstore.errors.Error`."""


@contextmanager
def translated(location: str, *, to: type[EvidenceRejected]) -> Iterator[None]:
    """Foreign errors inside become `to`; our own errors pass, with `location` added."""
    try:
        yield
    except AvowError as error:
        error.location = error.location or location
        raise
    except FOREIGN_ERRORS as error:
        raise to(message_of(error), location=location) from error


def message_of(error: BaseException) -> str:
    """The message of a foreign error, without values that some quote from the evidence."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    text = str(error.args[0]) if error.args else type(error).__name__
    return " ".join(text.split(": expected", 1)[0].split())[:_MAX_MESSAGE]


def too_old(what: str) -> RootTooOld:
    """The error for a key that is not in the root."""
    return RootTooOld(
        f"the trusted root does not contain {what}",
        hint="use a newer trusted root, or the root of the Sigstore instance that signed this",
    )
