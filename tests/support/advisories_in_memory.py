"""Advisories in memory with the face of the index, for tests of matching."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from avow.advisories.osv import AliasGroups
from avow.advisories.packages import folded_key, package_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from avow.advisories.osv import Advisory


class AdvisoriesInMemory:
    """`avow.survey.matching.AdvisoryIndex` over a list."""

    def __init__(self, advisories: Iterable[Advisory], *, ecosystems: Iterable[str] = ()) -> None:
        known = {each.id: each for each in advisories}
        self._ecosystems = set(ecosystems)
        self._by_key: dict[tuple[str, str], list[Advisory]] = defaultdict(list)
        self._by_folded_key: dict[tuple[str, str], list[Advisory]] = defaultdict(list)
        self._groups = AliasGroups(known.values())
        self._names = {name: group for group in self._groups.all() for name in group}
        for advisory in known.values():
            for ecosystem, name in {(each.ecosystem, each.name) for each in advisory.affected}:
                self._ecosystems |= {ecosystem, ecosystem.partition(":")[0]}
                self._by_key[ecosystem, package_key(ecosystem, name)].append(advisory)
                self._by_folded_key[ecosystem, folded_key(ecosystem, name)].append(advisory)

    def covers(self, ecosystem: str) -> bool:
        """A record names it, or it was given."""
        return ecosystem in self._ecosystems

    def about(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """By `package_key`."""
        return self._by_key.get((ecosystem, key), ())

    def about_folded(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """By `folded_key`."""
        return self._by_folded_key.get((ecosystem, key), ())

    def names(self, advisory_id: str) -> frozenset[str]:
        """The group of aliases."""
        return self._names.get(advisory_id, frozenset({advisory_id}))
