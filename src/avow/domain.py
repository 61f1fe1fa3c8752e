"""The words everything else speaks: digests, subjects, outcomes, verdicts, rejections and gaps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from avow.errors import EvidenceRejected, Nearest

PREDICATE_TYPE: Final = "https://avow-attest.github.io/declared-practices/v0.1"
STATEMENT_TYPE_V1: Final = "https://in-toto.io/Statement/v1"
STATEMENT_TYPE_V01: Final = "https://in-toto.io/Statement/v0.1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"

LIMITATION: Final = (
    "Voluntary statement of fact; not a certification, CE marking or guarantee; creates no duty, "
    "support obligation or supplier relationship; signing it makes no one a steward or manufacturer."
)
"""The minimum of every statement's `limitations` (specification, rule 13)."""

DIGEST_HEX_LENGTHS: Final[Mapping[str, int]] = MappingProxyType(
    {"sha256": 64, "sha384": 96, "sha512": 128, "sha3_256": 64, "sha3_384": 96, "sha3_512": 128}
)
"""Algorithms that can identify an artefact here: SHA-2 and SHA-3 with 256 bits or more.

Source: in-toto attestation, DigestSet.
"""

_HEX = re.compile(r"[0-9a-f]+")


class Frozen(BaseModel):
    """Base of every value: immutable, strict about types and about unknown fields."""

    # Building a model's validator takes about a millisecond; a command builds those that it uses.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True
    )


def freeze(value: Any) -> Any:
    """The same JSON value with tuples for lists and read-only mappings for objects."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


def thaw(value: Any) -> Any:
    """The same JSON value with plain lists and dicts, for serialisers."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [thaw(item) for item in value]
    return value


def is_digest(algorithm: str, value: str) -> bool:
    """`value` is lower-case hex of the right length for an accepted algorithm."""
    return DIGEST_HEX_LENGTHS.get(algorithm) == len(value) and _HEX.fullmatch(value) is not None


class Digest(Frozen):
    """One digest of an artefact, lower-case hex, algorithm named as in in-toto's DigestSet."""

    algorithm: str
    value: str

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse what is no digest.

        Raises:
            ValueError: unknown algorithm, wrong length, or not lower-case hex.
        """
        if not is_digest(self.algorithm, self.value):
            raise ValueError(f"{self.algorithm}:{self.value} is no digest that identifies an artefact")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class Subject(Frozen):
    """What a question is about: an artefact by its digests, with a name for people only."""

    name: str
    digests: tuple[Digest, ...]
    purl: str | None = None

    def digest(self, algorithm: str) -> str | None:
        """The hex value under `algorithm`, if known."""
        return next((d.value for d in self.digests if d.algorithm == algorithm), None)


class Status(StrEnum):
    """What a project declares about one practice. An absent entry is unknown, which has no status."""

    IMPLEMENTED = "implemented"
    PARTIAL = "partiallyImplemented"
    NOT_IMPLEMENTED = "notImplemented"
    NOT_APPLICABLE = "notApplicable"


class Strength(StrEnum):
    """Ordinal evidence strength; compared, never added or averaged."""

    E0 = "E0"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"


class Voice(StrEnum):
    """Who said a fact."""

    PROJECT_SIGNED = "projectSigned"
    THIRD_PARTY_SIGNED = "thirdPartySigned"
    PROJECT_UNSIGNED = "projectUnsigned"
    OBSERVED = "observed"
    OWN = "own"
    NOBODY = "nobody"


class Outcome(StrEnum):
    """What is known about one required practice, one word each."""

    MET = "met"
    MET_WEAK_EVIDENCE = "metWeakEvidence"
    STALE = "stale"
    SHORTFALL = "shortfall"
    DECLARED_GAP = "declaredGap"
    NOT_APPLICABLE = "notApplicable"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    COMPENSATED = "compensated"
    WAIVED = "waived"


class Verdict(StrEnum):
    """What the manufacturer has to do about one component."""

    CLEAR = "clear"
    REVIEW_ONLY = "reviewOnly"
    ACTION_NEEDED = "actionNeeded"
    BLOCKED = "blocked"
    VERIFIED = "verified"
    """Identity only: somebody listed signed a statement about this subject; no practice was judged."""


class Finding(Frozen):
    """The outcome for one practice, with its reason and the manufacturer's next step."""

    practice: str
    title: str
    outcome: Outcome
    required: bool
    voice: Voice
    reason: str
    next: str
    references: tuple[str, ...]
    statement: str | None = None
    """SHA-256 of the payload of the statement that decided; None when nobody spoke."""


class Rejection(Frozen):
    """Evidence that was looked at and refused, with the nearest miss, the rule and the next step."""

    code: str
    location: str
    message: str
    nearest: Nearest
    hint: str = ""

    @classmethod
    def of(cls, error: EvidenceRejected, *, location: str) -> Rejection:
        """What the record keeps of `error`."""
        return cls(
            code=error.code,
            location=error.location or location,
            message=error.message,
            nearest=error.nearest,
            hint=error.hint,
        )


class Gap(Frozen):
    """Something that gave no answer: unsupported, about something else, or a service that was silent."""

    code: str
    location: str
    message: str
    hint: str = ""


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def printable(text: str) -> str:
    """`text` without characters that could move a terminal's cursor, hide or reorder what stands beside them.

    Those are Unicode's control, format, surrogate, private and unassigned characters (C), and the separators
    of lines (Zl) and paragraphs (Zp), at which some programs begin a new line.
    """
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c).startswith(("C", "Zl", "Zp")) else c for c in text
    )


def latest_date_on_earth(moment: datetime) -> date:
    """The calendar date in the earliest time zone, UTC+14: a date beyond it is in the future everywhere.

    People write dates by their own calendar; nobody's today may count as the future.
    """
    return (moment + timedelta(hours=14)).date()
