"""Questions about who needs whom: cycles, and what is reachable. Iterative, in time linear in the edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from avow.sbom.inventory import Inventory

_PRODUCT: Final = "/metadata/component"
"""The place of the product in CycloneDX; what it contains has no other parent."""


def cycles(inventory: Inventory) -> tuple[tuple[str, ...], ...]:
    """Groups of places that need each other, and places that need themselves; all in document order.

    Source: Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972: strongly connected components.
    """
    needs = _needs(inventory.edges)
    order = {entry.place: number for number, entry in enumerate((*inventory.roots, *inventory.entries))}
    found = [
        tuple(sorted(group, key=order.__getitem__))
        for group in _strongly_connected(needs)
        if len(group) > 1 or group[0] in needs.get(group[0], ())
    ]
    return tuple(sorted(found, key=lambda group: order[group[0]]))


def reachable(inventory: Inventory) -> frozenset[str]:
    """Places that the roots need, directly or not; an entry that contains others needs them.

    The roots themselves are in it only if something that they need needs them.
    """
    needs = _needs(inventory.edges)
    for entry in inventory.entries:
        if entry.parent:
            needs.setdefault(entry.parent, []).append(entry.place)
        elif entry.place.startswith(_PRODUCT):
            needs.setdefault(_PRODUCT, []).append(entry.place)
    found: set[str] = set()
    waiting = [place for root in inventory.roots for place in needs.get(root.place, ())]
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting.extend(needs.get(place, ()))
    return frozenset(found)


def _needs(edges: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    needs: dict[str, list[str]] = {}
    for dependent, needed in edges:
        needs.setdefault(dependent, []).append(needed)
    return needs


def _strongly_connected(needs: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Groups of nodes that all lead to each other."""
    search = _CycleSearch(needs)
    for start in needs:
        if start not in search.numbers:
            yield from search.groups_from(start)


class _CycleSearch:
    """A depth-first search with its own stack of calls."""

    def __init__(self, needs: Mapping[str, list[str]]) -> None:
        self.numbers: dict[str, int] = {}
        self._needs = needs
        self._lowest: dict[str, int] = {}
        self._path: list[str] = []
        self._on_path: set[str] = set()
        self._calls: list[tuple[str, Iterator[str]]] = []

    def groups_from(self, start: str) -> Iterator[list[str]]:
        """Groups that are complete when everything reachable from `start` has been seen."""
        self._enter(start)
        while self._calls:
            node, targets = self._calls[-1]
            new = next((each for each in targets if not self._seen(node, each)), None)
            if new is not None:
                self._enter(new)
                continue
            self._calls.pop()
            if self._calls:
                self._lower(self._calls[-1][0], self._lowest[node])
            if self._lowest[node] == self.numbers[node]:
                yield self._group(node)

    def _enter(self, node: str) -> None:
        self.numbers[node] = self._lowest[node] = len(self.numbers)
        self._path.append(node)
        self._on_path.add(node)
        self._calls.append((node, iter(self._needs.get(node, ()))))

    def _seen(self, node: str, target: str) -> bool:
        if target in self._on_path:
            self._lower(node, self.numbers[target])
        return target in self.numbers

    def _lower(self, node: str, number: int) -> None:
        self._lowest[node] = min(self._lowest[node], number)

    def _group(self, first: str) -> list[str]:
        group = [self._path.pop()]
        while group[-1] != first:
            group.append(self._path.pop())
        self._on_path.difference_update(group)
        return group
