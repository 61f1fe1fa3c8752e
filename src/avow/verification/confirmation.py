"""Whether a verified statement of somebody else says that a practice is in place.

A genuine signature about the right artefact is not enough: a test report can say FAILED, and provenance says
nothing about a reporting path. Each predicate type has a function that reads what it says about a practice.

Source: specification, evidence strength; in-toto, predicates; SLSA v1.2, provenance, verification summary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from avow.catalogue.practices import Practice
from avow.errors import EvidenceRejected
from avow.formats.purl import Purl
from avow.formats.vers import version_in_range
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.statement.in_toto import read_predicate, read_statement
from avow.statement.types import PREDICATE_TYPES, PROVENANCE, TEST_RESULT, VERIFICATION_SUMMARY
from avow.statement.validity import check_predicate, scope_names, scope_purls
from avow.vocabulary import Status


class Confirmation(NamedTuple):
    """What is to be confirmed: a practice, of the component with its version if they are known, at a time."""

    practice: Practice
    component: Purl | None
    now: datetime

    def covers(self, version: str, text: str) -> bool:
        """`version` is in the range `text`, which is of the component's own version scheme."""
        return version_in_range(version, text, scheme=self.component.type if self.component else None)


_SLSA_LEVEL: Final = re.compile(r"SLSA_BUILD_LEVEL_[1-9]")


def problem(
    payload: bytes,
    *,
    payload_type: str,
    signed_at: datetime,
    rule: ExpectedSigner,
    signer: SignerIdentity | SignerKey,
    same_owner: bool,
    question: Confirmation,
) -> str:
    """Why the statement in a verified `payload` does not confirm the practice; empty if it does.

    `rule` admits `signer`, and lists the predicate types and builders that the policy accepts of it. Who
    signed, and which artefact it is about, has been checked. `same_owner`: the statement that cites it is of
    the same owner. That is normal for provenance, in which the build platform speaks through the project's
    own workflow, and makes everything else the declarer's own word.
    """
    try:
        predicate_type, predicate = read_predicate(payload, payload_type=payload_type)
    except EvidenceRejected as error:
        return error.message
    if same_owner and predicate_type != PROVENANCE:
        return "it is signed by the same owner as the statement"
    if predicate_type not in rule.predicate_types:
        return f"its predicate type, {predicate_type}, is not one that the policy accepts of this signer"
    if predicate_type in PREDICATE_TYPES:
        return _declaration(payload, payload_type, signed_at, question)
    practices, reads = _OTHERS[predicate_type]
    if question.practice.id not in practices:
        return f"a statement of type {predicate_type} says nothing about {question.practice.id}"
    return reads(predicate if isinstance(predicate, Mapping) else {}, rule, signer)


def _declaration(payload: bytes, payload_type: str, signed_at: datetime, question: Confirmation) -> str:
    """Another signer's declaration of the same practice, by the same rules and conditions."""
    try:
        declared = read_statement(payload, payload_type=payload_type).predicate
        scope = scope_purls(declared)
        check_predicate(declared, signer=None, signed_at=signed_at)
    except EvidenceRejected as error:
        return error.message
    component = question.component
    about = component is None or scope_names(scope, component, versions=declared.scope.versions)
    if not about or declared.valid_until <= question.now:
        return "it has expired" if about else f"it is not about {component}"
    entry = declared.practice(question.practice.id)
    facts: Mapping[str, Any] = entry.facts if entry else {}
    if (
        entry is None
        or (question.practice.is_observation and not facts)
        or not declared.speaks_of(question.practice.subject_level)
    ):
        return f"it says nothing about {question.practice.id}"
    if not question.practice.is_observation and entry.status is not Status.IMPLEMENTED:
        return f"it says {entry.status or 'nothing usable'}"
    version = component.version if component else None
    unmet = question.practice.unmet(
        facts, today=question.now.date(), version=version or "", version_in_range=question.covers
    )
    if unmet:
        return "; ".join(each.message for each in unmet)
    negative = question.practice.negative_words(facts)
    return f"it says {facts[next(iter(negative))]}" if negative else ""


def _test_result(
    predicate: Mapping[str, Any], _rule: ExpectedSigner, _signer: SignerIdentity | SignerKey
) -> str:
    result = predicate.get("result")
    return "" if result == "PASSED" else f"its result is {result!r}"


def _provenance(
    predicate: Mapping[str, Any], rule: ExpectedSigner, signer: SignerIdentity | SignerKey
) -> str:
    """The builder is the workflow that signed, as its certificate proves, or one that the policy lists."""
    run = predicate.get("runDetails")
    builder = run.get("builder") if isinstance(run, Mapping) else None
    name = builder.get("id") if isinstance(builder, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        return "it names no builder"
    known = (signer.san, *rule.builders) if isinstance(signer, SignerIdentity) else rule.builders
    return "" if name in known else f"its builder, {name}, is neither its signer nor listed in the policy"


def _verification_summary(
    predicate: Mapping[str, Any], _rule: ExpectedSigner, _signer: SignerIdentity | SignerKey
) -> str:
    if predicate.get("verificationResult") != "PASSED":
        return f"its result is {predicate.get('verificationResult')!r}"
    levels = predicate.get("verifiedLevels")
    found = [each for each in levels if isinstance(each, str)] if isinstance(levels, list | tuple) else []
    return "" if any(map(_SLSA_LEVEL.fullmatch, found)) else "it names no SLSA build level"


_Reader = Callable[[Mapping[str, Any], ExpectedSigner, SignerIdentity | SignerKey], str]

_OTHERS: Final[Mapping[str, tuple[frozenset[str], _Reader]]] = MappingProxyType(
    {
        TEST_RESULT: (frozenset({"TST-01", "TST-02"}), _test_result),
        PROVENANCE: (frozenset({"REL-05"}), _provenance),
        VERIFICATION_SUMMARY: (frozenset({"REL-05"}), _verification_summary),
    }
)
"""Predicate types of others: the practices that they can confirm, and what has to be in them."""
