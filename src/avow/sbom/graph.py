"""Questions about who needs whom: cycles, and what is reachable. Iterative, in time linear in the edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from avow.sbom.inventory import Inventory


def cycles(inventory: Inventory) -> tuple[tuple[str, ...], ...]:
    """Groups of places that need each other, and places that need themselves; all in document order.

    Source: Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972: strongly connected components.
    """
    needs = _needs(inventory.edges)
    order = {entry.place: number for number, entry in enumerate((*inventory.roots, *inventory.entries))}
    found = []
    for group in _strongly_connected(needs):
        if len(group) > 1 or group[0] in needs.get(group[0], ()):
            found.append(tuple(sorted(group, key=order.__getitem__)))
    return tuple(sorted(found, key=lambda group: order[group[0]]))


def reachable(inventory: Inventory) -> frozenset[str]:
    """Places that the roots need, directly or not; an entry that contains others needs them.

    The roots themselves are in it only if something that they need needs them.
    """
    needs = _needs(inventory.edges)
    for entry in inventory.entries:
        if entry.parent:
            needs.setdefault(entry.parent, []).append(entry.place)
    for root in inventory.roots:
        inside = f"{root.place}/"
        direct = (
            entry.place for entry in inventory.entries if not entry.parent and entry.place.startswith(inside)
        )
        needs.setdefault(root.place, []).extend(direct)
    found: set[str] = set()
    waiting = [place for root in inventory.roots for place in needs[root.place]]
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
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    for start in needs:
        if start in numbers:
            continue
        calls: list[tuple[str, Iterator[str]]] = []
        node = start
        while True:
            if node not in numbers:
                numbers[node] = lowest[node] = len(numbers)
                path.append(node)
                on_path.add(node)
                calls.append((node, iter(needs.get(node, ()))))
            node, targets = calls[-1]
            for target in targets:
                if target not in numbers:
                    node = target
                    break
                if target in on_path:
                    lowest[node] = min(lowest[node], numbers[target])
            else:
                calls.pop()
                if lowest[node] == numbers[node]:
                    group = [path.pop()]
                    while group[-1] != node:
                        group.append(path.pop())
                    on_path.difference_update(group)
                    yield group
                if not calls:
                    break
                parent = calls[-1][0]
                lowest[parent] = min(lowest[parent], lowest[node])
                node = parent
