"""A withdrawal: the signer of a statement takes it back. It is heard if it says which one.

Source: predicates/withdrawal/v0.1/spec.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from avow.errors import Nearest, PredicateInvalid
from avow.statement.predicate import MOMENT_PATTERN
from avow.subject import is_digest
from avow.values import Frozen, utc_text

MAX_WITHDRAWN: Final = 1000
"""More statements in one withdrawal are refused; anybody can sign a list of 50,000."""

MAX_EXPLANATION: Final = 2000
"""Characters of an explanation that a producer may write."""

_MOMENT: Final = re.compile(MOMENT_PATTERN)


class Reason(StrEnum):
    """Why a statement is withdrawn. For a reader every other word is as good."""

    FACTS_WRONG = "factsWrong"
    NO_LONGER_TRUE = "noLongerTrue"
    SIGNED_BY_MISTAKE = "signedByMistake"
    IDENTITY_COMPROMISED = "identityCompromised"
    OTHER = "other"

    @property
    def meaning(self) -> str:
        """The reason in words, after "withdrawn:"."""
        return {
            Reason.FACTS_WRONG: "its facts were wrong when it was signed",
            Reason.NO_LONGER_TRUE: "its facts were right, and no longer are",
            Reason.SIGNED_BY_MISTAKE: "it was signed by mistake",
            Reason.IDENTITY_COMPROMISED: "somebody else signed it with the project's identity or key",
            Reason.OTHER: "for another reason",
        }[self]


class WithdrawnStatement(Frozen):
    """One statement that a withdrawal takes back, by the SHA-256 of its payload."""

    payload_sha256: str
    reason: str
    """A word of `Reason`, another one, or empty."""
    explanation: str
    superseded_by: str | None
    """The payload of the statement that counts instead."""


class Withdrawal(Frozen):
    """The predicate of a withdrawal, as its signer wrote it."""

    specification: ClassVar[str] = "withdrawal v0.1"

    withdrawn_at: datetime | None
    """None where it is not a moment in UTC; then the verified time counts alone."""
    withdraws: tuple[WithdrawnStatement, ...]
    """At least one; each payload once."""


def read_withdrawal(predicate: object) -> Withdrawal:
    """The withdrawal in a verified statement's `predicate`; unknown fields and words are ignored.

    Whoever does not hear a withdrawal gets a yes that was taken back. So an entry counts by its digest alone:
    reason, explanation and date may be missing, of a wrong type or of a later version.

    Raises:
        PredicateInvalid: it names no statement, or more than `MAX_WITHDRAWN`.
    """
    members = predicate if isinstance(predicate, Mapping) else {}
    entries = members.get("withdraws")
    if not isinstance(entries, list | tuple):
        raise _unreadable("it does not say which statement it withdraws")
    if len(entries) > MAX_WITHDRAWN:
        raise _unreadable(f"it withdraws {len(entries)} statements; {MAX_WITHDRAWN} are the most")
    withdraws: dict[str, WithdrawnStatement] = {}
    for entry in entries:
        sha256 = _digest(entry.get("payloadSha256")) if isinstance(entry, Mapping) else None
        if sha256 is not None and sha256 not in withdraws:
            withdraws[sha256] = WithdrawnStatement(
                payload_sha256=sha256,
                reason=_text(entry.get("reason")),
                explanation=_text(entry.get("explanation")),
                superseded_by=_digest(entry.get("supersededBy")),
            )
    if not withdraws:
        raise _unreadable("it names no statement by the SHA-256 of its payload")
    return Withdrawal(withdrawn_at=_moment(members.get("withdrawnAt")), withdraws=tuple(withdraws.values()))


def check_withdrawal(withdrawal: Withdrawal, *, signed_at: datetime, skew: timedelta) -> None:
    """A new withdrawal says when it was made, and not later than it was signed; readers don't ask that.

    Raises:
        PredicateInvalid: it does not.
    """
    at = withdrawal.withdrawn_at
    if at is None or at > signed_at + skew:
        said = utc_text(at) if at else "missing"
        raise PredicateInvalid(
            f"withdrawnAt is {said}, and it was signed at {utc_text(signed_at)}",
            nearest=Nearest(differs_in=("withdrawnAt",), rule=f"{Withdrawal.specification}, parsing rules"),
        )


def _unreadable(message: str) -> PredicateInvalid:
    return PredicateInvalid(
        message,
        nearest=Nearest(differs_in=("withdraws",), rule=f"{Withdrawal.specification}, fields"),
        hint="ask the signer to withdraw it again, with avow withdraw",
    )


def _digest(value: object) -> str | None:
    """Also in upper-case hex, which a producer must not write."""
    found = value.lower() if isinstance(value, str) else ""
    return found if is_digest("sha256", found) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # the 30th of February
        return None
