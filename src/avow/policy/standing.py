"""Which of several accepted statements stand: a later one of the same authority replaces an earlier one.

Without this, whoever keeps an old bundle could show it again, and the kinder word would count.

Source: specification, evaluation; `supersedes`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

    from avow.results import Attestation


class Superseded(NamedTuple):
    """A statement that no longer counts, and the one that replaces it."""

    attestation: Attestation
    by: Attestation


def standing(
    attestations: tuple[Attestation, ...],
) -> tuple[tuple[Attestation, ...], tuple[Superseded, ...]]:
    """The statements that stand, and those that were replaced; the order of `attestations` plays no part.

    A statement is replaced by one of the same authority that names it in `supersedes`, or that is about
    exactly the same artefacts and was made later: by `Attestation.made_at`, which no fresh timestamp moves.
    Of two that were made at the same time both stand.
    """
    by_authority: dict[Hashable, list[Attestation]] = defaultdict(list)
    for attestation in attestations:
        by_authority[_authority(attestation)].append(attestation)
    replaced: dict[int, Attestation] = {}
    for together in by_authority.values():
        if len(together) == 1:
            continue
        latest: dict[Hashable, Attestation] = {}
        for each in together:
            about = _artefacts(each)
            if about not in latest or latest[about].made_at < each.made_at:
                latest[about] = each
        cited = {
            entry.payload_sha256: each for each in together for entry in each.statement.predicate.supersedes
        }
        for each in together:
            later = latest[_artefacts(each)]
            by = cited.get(each.payload_sha256) or (later if later.made_at > each.made_at else None)
            if by is not None and by is not each:
                replaced[id(each)] = by
    return (
        tuple(each for each in attestations if id(each) not in replaced),
        tuple(Superseded(each, replaced[id(each)]) for each in attestations if id(each) in replaced),
    )


def _authority(attestation: Attestation) -> Hashable:
    """Who may speak by which part of the policy: the repository, the person or the key, and its root."""
    rule = attestation.expected
    who = rule.key_sha256 or rule.source_repository or rule.identity
    return rule.root_sha256, rule.issuer, who, rule.repository_id


def _artefacts(attestation: Attestation) -> Hashable:
    return frozenset(digest for entry in attestation.statement.subjects for digest in entry.digests)
