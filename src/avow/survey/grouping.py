"""One vulnerability under all its names.

Records that share an id, their own included, are about one vulnerability, transitively: the relation that
the OSV schema calls `aliases` is meant to be symmetric, and sources fill in one side of it. `related` never
joins, and neither does `upstream`, by which a distribution's record names what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_CVE: Final = re.compile(r"CVE-(?P<year>[0-9]{4})-(?P<number>[0-9]{4,})", re.IGNORECASE)


class VulnerabilityNames:
    """Ids joined into vulnerabilities; letter case does not tell two ids apart."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._spelling: dict[str, str] = {}

    def join(self, ids: Iterable[str]) -> None:
        """All of `ids` are names of one vulnerability."""
        first = ""
        for each in ids:
            folded = each.upper()
            self._spelling.setdefault(folded, each)
            self._parent.setdefault(folded, folded)
            if first:
                self._parent[self._root(folded)] = self._root(first)
            first = folded

    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The names of each vulnerability, sorted, by its key."""
        members: dict[str, list[str]] = {}
        for folded in self._parent:
            members.setdefault(self._root(folded), []).append(self._spelling[folded])
        return {key_of(names): tuple(sorted(names)) for names in members.values()}

    def _root(self, name: str) -> str:
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name


def key_of(names: Iterable[str]) -> str:
    """The name by which people know the vulnerability: its oldest CVE, else its first id."""

    def order(name: str) -> tuple[bool, int, int, str]:
        cve = _CVE.fullmatch(name)
        return (False, int(cve["year"]), int(cve["number"]), name) if cve else (True, 0, 0, name)

    return min(names, key=order)
