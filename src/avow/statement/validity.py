"""Whether a predicate can be relied on: its dates, scope, practices and limitations."""

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
from avow.identity import SignerIdentity, SignerKey
from avow.statement.predicate import LIMITATION, Predicate
from avow.values import latest_date_on_earth, utc_text

CLOCK_SKEW: Final = timedelta(minutes=1)
"""How far a declaring machine's clock may run ahead of the log's. NTP-kept clocks differ by well under a
second; log times are whole seconds."""

CATALOGUE_ID: Final = "declared-practices"

PARSING_RULES: Final = "declared-practices v0.1, parsing rules"


def scope_purls(predicate: Predicate) -> tuple[Purl, ...]:
    """The components the statement says it speaks for.

    Raises:
        PredicateInvalid: a purl that is not in canonical form; two readers could take it for two components.
    """
    try:
        return tuple(purl.parse_purl(text) for text in predicate.scope.purls)
    except purl.PurlInvalid as error:
        raise PredicateInvalid(
            f"scope.purls: {error}", nearest=Nearest(differs_in=("scope.purls",), rule=PARSING_RULES)
        ) from error


def check_predicate(predicate: Predicate, *, signer: SignerIdentity | SignerKey, signed_at: datetime) -> None:
    """The predicate's dates, scope and limitations can be relied on; expiry is for the policy (`stale`).

    Raises:
        PredicateInvalid: names every reason at once.
    Source: declared-practices v0.1, parsing rules; predicate.md, rules 6, 8 and 13.
    """
    problems = (
        *_date_problems(predicate, signed_at=signed_at),
        *_scope_problems(predicate, signer=signer),
        *_practice_problems(predicate),
    )
    if problems:
        raise PredicateInvalid(
            "the statement can't be relied on: " + "; ".join(problem.message for problem in problems),
            nearest=Nearest(
                differs_in=tuple(dict.fromkeys(problem.field for problem in problems)), rule=PARSING_RULES
            ),
        )


class _Doubt(NamedTuple):
    """What can't be relied on, and the field of the predicate in which it stands."""

    field: str
    message: str


def _date_problems(predicate: Predicate, *, signed_at: datetime) -> Iterator[_Doubt]:
    retrieved = [
        (f"{entry.id} retrievedAt", item.retrieved_at)
        for entry in predicate.practices
        for item in entry.evidence
        if item.retrieved_at
    ]
    moments = [("declaredAt", predicate.declared_at), ("validUntil", predicate.valid_until), *retrieved]
    elsewhere = [field for field, moment in moments if moment.utcoffset() != timedelta(0)]
    if elsewhere:
        yield from (_Doubt(field, f"{field} is not in UTC") for field in elsewhere)
        return
    signed, latest = utc_text(signed_at), signed_at + CLOCK_SKEW
    for field, moment in [("declaredAt", predicate.declared_at), *retrieved]:
        if moment > latest:
            yield _Doubt(field, f"{field} {utc_text(moment)} lies after the signing time {signed}")
    for entry in predicate.practices:
        if entry.reviewed_at and entry.reviewed_at > latest_date_on_earth(latest):
            field = f"{entry.id} reviewedAt"
            yield _Doubt(field, f"{field} {entry.reviewed_at} lies after the signing time {signed}")
    if predicate.valid_until <= predicate.declared_at:
        yield _Doubt(
            "validUntil", f"validUntil {utc_text(predicate.valid_until)} does not lie after declaredAt"
        )


def _practice_problems(predicate: Predicate) -> Iterator[_Doubt]:
    if predicate.catalogue.id != CATALOGUE_ID:
        yield _Doubt(
            "catalogue.id",
            f"its practices are those of catalogue {predicate.catalogue.id!r}, not {CATALOGUE_ID!r}",
        )
    if not predicate.practices:
        yield _Doubt("practices", "it declares no practice")
    times = Counter(entry.id for entry in predicate.practices)
    for practice in sorted(each for each, count in times.items() if count > 1):
        yield _Doubt("practices", f"practice {practice} stands in it more than once")
    if LIMITATION not in predicate.limitations:
        yield _Doubt("limitations", "its limitations lack the sentence that every statement carries")


def _scope_problems(predicate: Predicate, *, signer: SignerIdentity | SignerKey) -> Iterator[_Doubt]:
    """What a CI certificate proves of the source stands in the scope: else CI could sign for other trees."""
    source = predicate.scope.source
    if not isinstance(signer, SignerIdentity):
        return
    if signer.source_repository is not None:
        declared = plain_repository(source.uri) if source else None
        if declared != plain_repository(signer.source_repository):
            yield _Doubt(
                "scope.source.uri",
                f"scope.source is {declared}, the certificate says {signer.source_repository}",
            )
    if signer.source_digest is not None:
        commit = source.commit if source else None
        if commit != signer.source_digest:
            yield _Doubt(
                "scope.source.digest",
                f"scope.source.digest.gitCommit is {commit}, the certificate says {signer.source_digest}",
            )
