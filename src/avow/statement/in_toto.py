"""in-toto statements: written once as RFC 8785 JSON; read strictly, keeping the bytes that were signed.

Source: in-toto attestation framework, Statement v1; RFC 8785.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import rfc8785
from pydantic import ValidationError

from avow.errors import InputInvalid, Nearest, PredicateInvalid, StatementInvalid, SubjectMismatch, shortened
from avow.formats.json_strict import JsonInvalid, parse
from avow.formats.nodes import MAX_INTEGER
from avow.statement.predicate import Predicate
from avow.statement.types import (
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    PREDICATE_TYPES,
    STATEMENT_TYPE_V01,
    STATEMENT_TYPE_V1,
    WITHDRAWAL_TYPES,
)
from avow.statement.withdrawal import Withdrawal, read_withdrawal
from avow.subject import DIGEST_HEX_LENGTHS, Digest, Subject, is_digest
from avow.values import Frozen

MAX_PAYLOAD_BYTES: Final = 4 * 1024 * 1024
"""Larger payloads are refused. Forty practices with twelve pieces of evidence each need under 0.5 MiB."""

MAX_PAYLOAD_VALUES: Final = 200_000
"""With all practices and 10,000 subjects a statement has half of that. Anybody can sign 4 MiB of small
values, which take seconds and gigabytes to read."""

MAX_PAYLOAD_DEPTH: Final = 32
"""Deeper JSON is refused; a declaration with predicate v0.1 has nine levels."""

MAX_SUBJECTS: Final = 10_000
"""More artefacts in one statement are refused; large releases have hundreds."""

MAX_PLACES: Final = 12
"""Number of unreadable fields that an error names; anybody can sign a predicate with a million of them."""


class StatementSubject(Frozen):
    """One artefact that the statement is about; its name is for people only and is never compared."""

    name: str
    digests: tuple[Digest, ...]
    """Only the digests that can identify an artefact (see `DIGEST_HEX_LENGTHS`)."""


class _Signed(Frozen):
    """What all statements have: the bytes they were parsed from, and what they are about."""

    payload: bytes
    subjects: tuple[StatementSubject, ...]
    notes: tuple[str, ...] = ()

    @property
    def payload_sha256(self) -> str:
        """SHA-256 of the payload; other statements cite it, because bundles are malleable."""
        return hashlib.sha256(self.payload).hexdigest()


class Statement(_Signed):
    """A statement with its predicate parsed, and the bytes it was parsed from."""

    predicate: Predicate


class WithdrawalStatement(_Signed):
    """A statement that withdraws others; its subjects are those of what it withdraws."""

    withdrawal: Withdrawal


def write_statement(
    subjects: tuple[Subject, ...], *, predicate: Mapping[str, Any], predicate_type: str = PREDICATE_TYPE
) -> bytes:
    """The RFC 8785 bytes of a Statement v1 about `subjects`; they are never serialised again.

    Raises:
        InputInvalid: no subject or too many, a subject without a name, or a value that RFC 8785 can't
            represent.
    """
    if not subjects or not all(subject.name for subject in subjects):
        raise InputInvalid("a statement needs at least one artefact with a name")
    if len(subjects) > MAX_SUBJECTS:
        raise InputInvalid(
            f"there are {len(subjects)} artefacts; a statement takes {MAX_SUBJECTS}",
            hint="sign them in several runs, each with its own --output-directory",
        )
    statement: dict[str, Any] = {
        "_type": STATEMENT_TYPE_V1,
        "subject": [
            {"name": subject.name, "digest": {digest.algorithm: digest.value for digest in subject.digests}}
            for subject in subjects
        ],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    try:
        return rfc8785.dumps(statement)
    except rfc8785.CanonicalizationError as error:
        raise InputInvalid(
            f"the declaration contains a value that canonical JSON can't represent: {error}"
        ) from error


def read_statement(payload: bytes, *, payload_type: str) -> Statement:
    """The statement in a verified `payload`; its types and subjects are checked, unknown fields are ignored.

    Dates, scope and practices are not checked here (`avow.statement.validity`, `avow.policy`).

    Raises:
        StatementInvalid: the payload type, JSON, statement type, subject or predicate type is not the
            expected one.
        PredicateInvalid: a core field of the predicate is missing or has the wrong type.
    Source: in-toto Statement v1, parsing rules; Statement v0.1 is accepted because cosign still writes it.
    """
    statement = read_either(payload, payload_type=payload_type)
    if isinstance(statement, WithdrawalStatement):
        raise ForeignPredicate(WITHDRAWAL_TYPES[0])
    return statement


def read_either(payload: bytes, *, payload_type: str) -> Statement | WithdrawalStatement:
    """The declaration or the withdrawal in a verified `payload`, read as `read_statement` reads it.

    Raises:
        StatementInvalid, PredicateInvalid: as there.
    """
    document = _document(payload, payload_type=payload_type)
    notes = _statement_type(document)
    predicate_type = document.get("predicateType")
    if predicate_type in WITHDRAWAL_TYPES:
        return WithdrawalStatement(
            payload=payload,
            subjects=_subjects(document.get("subject")),
            withdrawal=read_withdrawal(document.get("predicate")),
            notes=notes,
        )
    model = PREDICATE_TYPES.get(predicate_type) if isinstance(predicate_type, str) else None
    if model is None:
        raise ForeignPredicate(predicate_type)
    if (name := _inexact_number(document)) is not None:
        raise StatementInvalid(
            f"{shortened(name)} is a number that some readers round: it has a fraction or an exponent, "
            "or is beyond 2^53",
            nearest=Nearest(rule=f"{model.specification}, parsing rules"),
        )
    subjects = _subjects(document.get("subject"))
    try:
        predicate = model.model_validate(document.get("predicate"))
    except ValidationError as error:
        places = sorted({".".join(map(str, problem["loc"])) or "predicate" for problem in error.errors()})
        more = f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
        raise PredicateInvalid(
            f"these fields of the predicate can't be read: {', '.join(places[:MAX_PLACES])}{more}",
            nearest=Nearest(rule=f"{model.specification}, fields"),
        ) from error
    if predicate.inherits:
        notes = (
            *notes,
            "the statement says that it inherits others, which is reserved and was not looked at",
        )
    return Statement(payload=payload, subjects=subjects, predicate=predicate, notes=notes)


def read_subjects(payload: bytes, *, payload_type: str) -> tuple[StatementSubject, ...]:
    """The subjects of a statement with any predicate type.

    Raises:
        StatementInvalid: the payload type, JSON, statement type or subject does not follow in-toto.
    """
    document = _document(payload, payload_type=payload_type)
    _statement_type(document)
    return _subjects(document.get("subject"))


def read_predicate(payload: bytes, *, payload_type: str) -> tuple[str, object]:
    """The predicate type of a statement, and its predicate as it is.

    Raises:
        StatementInvalid: the payload type, JSON, statement type or predicate type does not follow in-toto.
    """
    document = _document(payload, payload_type=payload_type)
    _statement_type(document)
    predicate_type = document.get("predicateType")
    if not isinstance(predicate_type, str):
        raise StatementInvalid("the statement has no predicate type")
    return predicate_type, document.get("predicate")


class ForeignPredicate(StatementInvalid):
    """A genuine statement with another predicate type: a gap in a store, a rejection with `--bundle`."""

    code = "predicate-type"

    def __init__(self, found: object) -> None:
        super().__init__(
            f"the statement's predicate type is {found!r}",
            nearest=Nearest(
                differs_in=("predicateType",), expected=" or ".join(PREDICATE_TYPES), found=str(found)
            ),
        )


def _document(payload: bytes, *, payload_type: str) -> dict[str, Any]:
    if payload_type != PAYLOAD_TYPE:
        raise StatementInvalid(f"the envelope's payload type is {payload_type!r}, not {PAYLOAD_TYPE!r}")
    try:
        document = parse(
            payload,
            source="payload",
            max_bytes=MAX_PAYLOAD_BYTES,
            max_depth=MAX_PAYLOAD_DEPTH,
            max_values=MAX_PAYLOAD_VALUES,
        )
    except JsonInvalid as error:
        raise StatementInvalid(f"the payload is not strict JSON: {error}") from error
    if not isinstance(document, dict):
        raise StatementInvalid("the payload is not a JSON object")
    return document


def _inexact_number(document: object) -> str | None:
    """The field with a number that readers with doubles may take for another one; None if there is none.

    Source: RFC 8259, section 6; RFC 7493, section 2.2.
    """
    left: list[tuple[str, object]] = [("", document)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left += value.items()
        elif isinstance(value, list):
            left += ((name, item) for item in value)
        elif isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
            return name
    return None


def _statement_type(document: Mapping[str, Any]) -> tuple[str, ...]:
    found = document.get("_type")
    if found == STATEMENT_TYPE_V01:
        return (f"the statement has the older type {STATEMENT_TYPE_V01}",)
    if found != STATEMENT_TYPE_V1:
        raise StatementInvalid(
            f"the statement's type is {found!r}",
            nearest=Nearest(differs_in=("_type",), expected=STATEMENT_TYPE_V1, found=str(found)),
        )
    return ()


def _subjects(entries: object) -> tuple[StatementSubject, ...]:
    if not isinstance(entries, list) or not entries:
        raise StatementInvalid("the statement has no subject")
    if len(entries) > MAX_SUBJECTS:
        raise StatementInvalid(f"the statement has {len(entries)} subjects; {MAX_SUBJECTS} are the most")
    subjects = []
    for index, entry in enumerate(entries):
        digests = entry.get("digest") if isinstance(entry, dict) else None
        if not isinstance(digests, dict) or not digests:
            raise StatementInvalid(f"subject[{index}] has no digest")
        name = entry.get("name", "")
        if not isinstance(name, str):
            raise StatementInvalid(f"subject[{index}].name is not text")
        known = {algorithm: value for algorithm, value in digests.items() if algorithm in DIGEST_HEX_LENGTHS}
        damaged = [a for a, value in known.items() if not isinstance(value, str) or not is_digest(a, value)]
        if damaged:
            raise StatementInvalid(f"subject[{index}].digest.{damaged[0]} is not a lower-case hex digest")
        subjects.append(
            StatementSubject(
                name=name,
                digests=tuple(Digest(algorithm=a, value=value) for a, value in sorted(known.items())),
            )
        )
    return tuple(subjects)


def match_subject(subjects: tuple[StatementSubject, ...], subject: Subject) -> StatementSubject:
    """The entry of a statement's `subjects` that is about `subject`.

    The two must share at least one digest algorithm, and the digests of every shared algorithm must be equal.
    Names are not compared: a registry and a build may name the same artefact differently.

    Raises:
        SubjectMismatch: no entry shares an algorithm and has equal digests.
    Source: in-toto Statement v1, `subject`: digests, not names, identify artefacts.
    """
    expected = {digest.algorithm: digest.value for digest in subject.digests}
    for entry in subjects:
        shared = [digest for digest in entry.digests if digest.algorithm in expected]
        if shared and all(expected[digest.algorithm] == digest.value for digest in shared):
            return entry
    raise other_artefacts(subjects, subject)


def _disagreeing(subjects: tuple[StatementSubject, ...], subject: Subject) -> tuple[str, str] | None:
    """Of an entry that agrees in some algorithm and not in all: the first two digests that differ."""
    expected = {digest.algorithm: digest.value for digest in subject.digests}
    for entry in subjects:
        shared = [digest for digest in entry.digests if digest.algorithm in expected]
        others = [digest for digest in shared if expected[digest.algorithm] != digest.value]
        if others and len(others) < len(shared):
            return f"{others[0].algorithm}:{expected[others[0].algorithm]}", f"{entry.name} {others[0]}"
    return None


def other_artefacts(subjects: tuple[StatementSubject, ...], subject: Subject | None) -> SubjectMismatch:
    """The error for a statement about `subjects` where `subject`, or one of several, was asked about."""
    if subject is not None:
        known = {digest.algorithm for digest in subject.digests}
        algorithms = {digest.algorithm for entry in subjects for digest in entry.digests}
        if not algorithms:
            return SubjectMismatch(
                "nothing was compared: the statement has no digest of an algorithm that is strong enough",
                nearest=Nearest(
                    differs_in=("digest algorithm",),
                    expected=", ".join(DIGEST_HEX_LENGTHS),
                    next="ask the project to sign again, with sha256 for each artefact",
                ),
            )
        if known.isdisjoint(algorithms):
            return SubjectMismatch(
                f"nothing was compared: the statement lists {', '.join(sorted(algorithms))}, "
                f"and of the artefact only {', '.join(sorted(known))} is known",
                nearest=Nearest(differs_in=("digest algorithm",), next="name the file itself"),
            )
        if differing := _disagreeing(subjects, subject):
            return SubjectMismatch(
                "the statement has another digest of this artefact, beside one that agrees",
                nearest=Nearest(
                    differs_in=("subject digest",),
                    expected=differing[0],
                    found=differing[1],
                    next="ask the project which of the two is right; every digest has to agree",
                ),
            )
    listed = "; ".join(f"{entry.name} {' '.join(map(str, entry.digests[:1]))}" for entry in subjects[:3])
    more = f" and {len(subjects) - 3} more" if len(subjects) > 3 else ""  # noqa: PLR2004  three fit a line
    return SubjectMismatch(
        "the statement is about other artefacts",
        nearest=Nearest(
            differs_in=("subject digest",),
            expected=" ".join(map(str, subject.digests[:1])) if subject else "",
            found=listed + more,
            next="check that the artefact is the one that the project released",
        ),
    )
