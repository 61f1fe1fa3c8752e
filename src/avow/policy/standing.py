"""Which of several accepted statements stand: what was replaced or withdrawn by its own authority does not.

Without this, whoever keeps an old bundle could show it again, and the kinder word would count.

Source: specification, rule 11; withdrawal v0.1, parsing rules.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from avow.policy.voices import OWN_RELATIONSHIPS
from avow.results import Withdrawn

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from datetime import datetime

    from avow.identity import ExpectedSigner
    from avow.results import AcceptedWithdrawal, Attestation
    from avow.statement.withdrawal import WithdrawnStatement


class Elsewhere(NamedTuple):
    """A statement about other artefacts that says which statements it replaces."""

    expected: ExpectedSigner
    location: str
    replaces: frozenset[str]
    """The payloads that it names."""


class Superseded(NamedTuple):
    """A statement that no longer counts, and the one that replaces it."""

    attestation: Attestation
    by: Attestation | Elsewhere


class Unheard(NamedTuple):
    """A withdrawal of a statement that is somebody else's, or of a withdrawal."""

    withdrawal: AcceptedWithdrawal
    entry: WithdrawnStatement
    of_withdrawal: bool


class WhatStands(NamedTuple):
    """Accepted statements, each in `stand` or with what took it out."""

    stand: tuple[Attestation, ...]
    superseded: tuple[Superseded, ...]
    withdrawn: tuple[Withdrawn, ...]
    unheard: tuple[Unheard, ...]


def standing(
    attestations: tuple[Attestation, ...],
    *,
    elsewhere: tuple[Elsewhere, ...] = (),
    withdrawals: tuple[AcceptedWithdrawal, ...] = (),
    withdrawal_payloads: frozenset[str] = frozenset(),
    other_payloads: frozenset[str] = frozenset(),
) -> WhatStands:
    """The statements that stand, and those that do not; the order of what is given plays no part.

    A statement is replaced by one of the same authority that names it in `supersedes`, or that is about
    exactly the same artefacts and was made later: by `Attestation.made_at`, which no fresh timestamp moves.
    Of two that were made at the same time both stand. A statement is withdrawn by a withdrawal of the same
    authority that names its payload, whenever that was signed. What a withdrawn statement had replaced stays
    replaced: it was not said again. `elsewhere` are statements about other artefacts: what they name in
    `supersedes` is replaced, too.

    `withdrawal_payloads` and `other_payloads` are in hand and can't be statements about the subject: the
    former are withdrawals, which can't be withdrawn, the latter list other artefacts only.
    """
    replaced = _replaced(attestations, elsewhere)
    heard = _Hearing(attestations, _earliest(withdrawals), withdrawal_payloads, other_payloads)
    stand = tuple(
        each for each in attestations if id(each) not in replaced and _key(each) not in heard.of_accepted
    )
    successors = _Successors(stand)
    return WhatStands(
        stand=stand,
        superseded=tuple(
            Superseded(each, replaced[id(each)])
            for each in attestations
            if id(each) in replaced and _key(each) not in heard.of_accepted
        ),
        withdrawn=tuple(_withdrawn(attestations, heard, successors)),
        unheard=tuple(heard.unheard),
    )


def _replaced(
    attestations: tuple[Attestation, ...], elsewhere: tuple[Elsewhere, ...]
) -> dict[int, Attestation | Elsewhere]:
    """By `id`: what replaces it. What has been withdrawn replaces, too."""
    by_authority: dict[Hashable, list[Attestation]] = defaultdict(list)
    for attestation in attestations:
        by_authority[authority_of(attestation.expected)].append(attestation)
    cited: dict[tuple[Hashable, str], Attestation | Elsewhere] = {
        (authority_of(each.expected), payload): each
        for each in sorted(elsewhere, key=lambda each: each.location)
        for payload in each.replaces
    }
    replaced: dict[int, Attestation | Elsewhere] = {}
    for authority, together in by_authority.items():
        latest: dict[Hashable, Attestation] = {}
        for each in together:
            about = _artefacts(each)
            if about not in latest or latest[about].made_at < each.made_at:
                latest[about] = each
        cited |= {
            (authority, entry.payload_sha256): each
            for each in together
            for entry in each.statement.predicate.supersedes
        }
        for each in together:
            later = latest[_artefacts(each)]
            by = cited.get((authority, each.payload_sha256)) or (
                later if later.made_at > each.made_at else None
            )
            if by is not None and by is not each:
                replaced[id(each)] = by
    return replaced


def _earliest(withdrawals: tuple[AcceptedWithdrawal, ...]) -> tuple[AcceptedWithdrawal, ...]:
    """Of each withdrawal of an authority the bundle with the earliest verified time.

    Anybody can put a fresh timestamp beside an old signature, and what was said in between is later than the
    withdrawal. Its own date, `withdrawnAt`, would not do: backdated, it would let an earlier statement count.
    """
    first: dict[Hashable, AcceptedWithdrawal] = {}
    for each in sorted(withdrawals, key=lambda each: (each.signed_at, each.location)):
        first.setdefault((each.statement.payload_sha256, frozenset(map(authority_of, each.rules))), each)
    return tuple(first.values())


_Named = tuple["AcceptedWithdrawal", "WithdrawnStatement"]


class _Hearing:
    """Each entry of each withdrawal, by what it is to the statements in hand."""

    def __init__(
        self,
        attestations: tuple[Attestation, ...],
        withdrawals: tuple[AcceptedWithdrawal, ...],
        withdrawal_payloads: frozenset[str],
        other_payloads: frozenset[str],
    ) -> None:
        accepted = set(map(_key, attestations))
        payloads = {each.payload_sha256 for each in attestations}
        self.of_accepted: dict[tuple[Hashable, str], list[_Named]] = defaultdict(list)
        self.of_unseen: dict[str, list[_Named]] = defaultdict(list)
        self.unheard: list[Unheard] = []
        for withdrawal in withdrawals:
            authorities = set(map(authority_of, withdrawal.rules))
            for entry in withdrawal.statement.withdrawal.withdraws:
                payload = entry.payload_sha256
                own = [each for each in authorities if (each, payload) in accepted]
                for authority in own:
                    self.of_accepted[authority, payload].append((withdrawal, entry))
                if own or payload in other_payloads:
                    continue
                if payload in payloads or payload in withdrawal_payloads:
                    self.unheard.append(Unheard(withdrawal, entry, payload in withdrawal_payloads))
                elif withdrawal.lists_subject:
                    self.of_unseen[payload].append((withdrawal, entry))


class _Successors:
    """What stands, by authority: whether it counts in the place of what was withdrawn."""

    def __init__(self, stand: tuple[Attestation, ...]) -> None:
        self._latest: dict[Hashable, datetime] = {}
        self._payloads: set[tuple[Hashable, str]] = set()
        self._replaces: set[tuple[Hashable, str]] = set()
        for each in stand:
            authority = authority_of(each.expected)
            self._latest[authority] = max(each.made_at, self._latest.get(authority, each.made_at))
            self._payloads.add((authority, each.payload_sha256))
            self._replaces |= {
                (authority, entry.payload_sha256) for entry in each.statement.predicate.supersedes
            }

    def lacks_for(self, named: _Named, *, withdrawn_at: datetime | None) -> bool:
        """Nothing counts in its place, and it was the word of the project, or of who may contradict it."""
        speaks = any(rule.relationship in OWN_RELATIONSHIPS or rule.may_contradict for rule in named[0].rules)
        return speaks and not self.counts_for(named, withdrawn_at=withdrawn_at)

    def counts_for(self, named: _Named, *, withdrawn_at: datetime | None) -> bool:
        """Something of the same authority was said later, or is named by one of the two.

        `withdrawn_at` is when the withdrawn statement was made; None where it is not in hand, and then only
        what was said after the withdrawal is later. Whoever got hold of an identity after its rule had ended
        must not choose what counts: then, too, only what was said afterwards does.
        """
        withdrawal, entry = named
        if withdrawal.ended:
            return any(self._after(rule, withdrawal.signed_at) for rule in withdrawal.rules)
        return any(
            self._after(rule, withdrawn_at or withdrawal.signed_at)
            or (authority_of(rule), entry.superseded_by) in self._payloads
            or (authority_of(rule), entry.payload_sha256) in self._replaces
            for rule in withdrawal.rules
        )

    def _after(self, rule: ExpectedSigner, moment: datetime) -> bool:
        latest = self._latest.get(authority_of(rule))
        return latest is not None and latest > moment


def _withdrawn(
    attestations: tuple[Attestation, ...], heard: _Hearing, successors: _Successors
) -> Iterator[Withdrawn]:
    """Once for each statement, by the earliest withdrawal; it blocks where any of them does."""
    made: dict[tuple[Hashable, str], datetime] = {}
    for each in attestations:
        made[_key(each)] = max(each.made_at, made.get(_key(each), each.made_at))
    first = {
        key: _by_the_earliest(
            named, blocks=any(successors.lacks_for(each, withdrawn_at=made[key]) for each in named)
        )
        for key, named in heard.of_accepted.items()
    }
    for attestation in attestations:
        if _key(attestation) in first:
            yield first[_key(attestation)].model_copy(update={"attestation": attestation})
    for _payload, named in sorted(heard.of_unseen.items()):
        yield _by_the_earliest(
            named, blocks=any(successors.lacks_for(each, withdrawn_at=None) for each in named)
        )


def _by_the_earliest(named: list[_Named], *, blocks: bool) -> Withdrawn:
    by, entry = min(
        named, key=lambda each: (each[0].signed_at, each[0].statement.payload_sha256, each[0].location)
    )
    return Withdrawn(entry=entry, by=by, attestation=None, more=len(named) - 1, blocks=blocks)


def _key(attestation: Attestation) -> tuple[Hashable, str]:
    """One word of one authority, in however many bundles."""
    return authority_of(attestation.expected), attestation.payload_sha256


def authority_of(rule: ExpectedSigner) -> Hashable:
    """Who may speak by which part of the policy: the repository, the person or the key, and its root."""
    who = rule.key_sha256 or rule.source_repository or rule.identity
    return rule.root_sha256, rule.issuer, who, rule.repository_id


def _artefacts(attestation: Attestation) -> Hashable:
    return frozenset(digest for entry in attestation.statement.subjects for digest in entry.digests)
