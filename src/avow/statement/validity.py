"""Checks that a predicate is reliable: its dates, scope, practices and limitations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from avow.errors import (
    Nearest,
    PredicateInvalid,
)
from avow.formats import purl
from avow.formats.purl import Purl
from avow.formats.repository import plain_repository
from avow.formats.vers import version_in_range
from avow.identity import SignerIdentity, SignerKey
from avow.statement.predicate import KINDS, LIMITATION, Predicate
from avow.values import latest_date_on_earth, utc_text

CLOCK_SKEW: Final = timedelta(minutes=1)
"""How far the declaring machine's clock may be ahead of the log's. Clocks kept by NTP differ by well under a
second; log times are whole seconds."""

CATALOGUE_ID: Final = "declared-practices"


def scope_purls(predicate: Predicate) -> tuple[Purl, ...]:
    """The components that the statement claims to be about.

    Raises:
        PredicateInvalid: a purl is not in canonical form; two readers could take it for two components.
    """
    found = []
    for text in predicate.scope.purls:
        try:
            found.append(purl.parse_purl(text))
        except purl.PurlInvalid as error:
            raise PredicateInvalid(
                f"scope.purls: {error}",
                nearest=Nearest(
                    differs_in=("scope.purls",),
                    expected=error.fix or "a purl in canonical form",
                    found=text,
                    rule=_rules(predicate),
                ),
                hint="ask the project to correct the purl in avow.yaml and to sign again",
            ) from error
    return tuple(found)


def scope_names(scope: tuple[Purl, ...], component: Purl, *, versions: str | None) -> bool:
    """A scope with purls names `component`, in its version if that has one; one without is about the digest.

    `versions` is the scope's own range. It says which versions a purl without one is about.
    """
    return not scope or any(
        purl.same_component(each, component) and _same_version(each, component, versions) for each in scope
    )


def _same_version(scoped: Purl, asked: Purl, versions: str | None) -> bool:
    if asked.version is None or scoped.version == asked.version:
        return True
    if scoped.version is not None:
        return False
    return versions is None or version_in_range(asked.version, versions, scheme=asked.type)


def check_predicate(
    predicate: Predicate, *, signer: SignerIdentity | SignerKey | None, signed_at: datetime
) -> None:
    """The predicate's dates, scope, practices and limitations are valid; the policy checks expiry (`stale`).

    Without `signer` the source is not compared: who confirms somebody else's practice has another one.

    Raises:
        PredicateInvalid: with all reasons.
    Source: declared-practices v0.1, parsing rules; predicate.md, rules 6, 8 and 13.
    """
    problems = (
        *_date_problems(predicate, signed_at=signed_at),
        *_scope_problems(predicate, signer=signer),
        *_practice_problems(predicate),
    )
    if problems:
        raise PredicateInvalid(
            "the statement breaks the rules of its predicate: "
            + "; ".join(problem.message for problem in problems),
            nearest=Nearest(
                differs_in=tuple(dict.fromkeys(problem.field for problem in problems)), rule=_rules(predicate)
            ),
        )


def _rules(predicate: Predicate) -> str:
    return f"{predicate.specification}, parsing rules"


class _Violation(NamedTuple):
    """One broken rule, and the field of the predicate that breaks it."""

    field: str
    message: str


def _date_problems(predicate: Predicate, *, signed_at: datetime) -> Iterator[_Violation]:
    retrieved = [
        (f"{entry.id} retrievedAt", item.retrieved_at)
        for entry in predicate.practices
        for item in entry.evidence
        if item.retrieved_at
    ]
    signed, latest = utc_text(signed_at), signed_at + CLOCK_SKEW
    for field, moment in [("declaredAt", predicate.declared_at), *retrieved]:
        if moment > latest:
            yield _Violation(field, f"{field} {utc_text(moment)} is after the signing time {signed}")
    for entry in predicate.practices:
        if entry.reviewed_at and entry.reviewed_at > latest_date_on_earth(latest):
            field = f"{entry.id} reviewedAt"
            yield _Violation(field, f"{field} {entry.reviewed_at} is after the signing time {signed}")
    if predicate.valid_until <= predicate.declared_at:
        yield _Violation(
            "validUntil", f"validUntil {utc_text(predicate.valid_until)} is not after declaredAt"
        )


def _practice_problems(predicate: Predicate) -> Iterator[_Violation]:
    if predicate.kind not in KINDS:
        yield _Violation("kind", f"its kind is {predicate.kind!r}, not one of {', '.join(KINDS)}")
    if predicate.catalogue.id != CATALOGUE_ID:
        yield _Violation(
            "catalogue.id",
            f"its practices are from the catalogue {predicate.catalogue.id!r}, not {CATALOGUE_ID!r}",
        )
    if not predicate.practices:
        yield _Violation("practices", "it declares no practices")
    for field, what, names in (
        ("practices", "practice", (entry.id for entry in predicate.practices)),
        ("integrator", "letter", (entry.ref for entry in predicate.integrator)),
        ("assumptions", "assumption", (entry.id for entry in predicate.assumptions)),
    ):
        for name in sorted(each for each, count in Counter(names).items() if count > 1):
            yield _Violation(field, f"{what} {name} is listed more than once")
    if LIMITATION not in predicate.limitations:
        yield _Violation("limitations", "its limitations lack the sentence that every statement must contain")


def _scope_problems(
    predicate: Predicate, *, signer: SignerIdentity | SignerKey | None
) -> Iterator[_Violation]:
    """The scope names the source that a CI certificate proves; CI can't sign for other source trees."""
    source = predicate.scope.source
    if not isinstance(signer, SignerIdentity):
        return
    if signer.source_repository is not None:
        declared = plain_repository(source.uri) if source else None
        if declared != plain_repository(signer.source_repository):
            yield _Violation(
                "scope.source.uri",
                f"scope.source is {declared}, but the certificate says {signer.source_repository}",
            )
    if signer.source_digest is not None:
        commit = source.commit if source else None
        if commit != signer.source_digest:
            yield _Violation(
                "scope.source.digest",
                f"scope.source.digest.gitCommit is {commit}, but the certificate says {signer.source_digest}",
            )
