"""Cycles and reachability, by walking and never by recursion."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.sboms import cyclonedx, library, read

from avow.sbom.graph import cycles, reachable


def graph(edges: list[tuple[str, str]], *, names: str = "abcdef", root: str = "") -> Any:
    """A document whose components need each other."""
    needs: dict[str, list[str]] = {}
    for dependent, needed in edges:
        needs.setdefault(dependent, []).append(needed)
    return read(
        cyclonedx(
            *[library(name, **{"bom-ref": name}) for name in names],
            metadata={"component": library("root", **{"bom-ref": "root"})} if root else {},
            dependencies=[{"ref": each, "dependsOn": needed} for each, needed in needs.items()],
        )
    )


def named(inventory: Any, places: Any) -> list[str]:
    names = {entry.place: entry.name for entry in (*inventory.entries, *inventory.roots)}
    return [names[place] for place in places]


def test_cycles_are_groups_in_the_order_of_the_document() -> None:
    """A place that needs itself is one."""
    inventory = graph([("d", "c"), ("c", "d"), ("f", "f"), ("a", "b"), ("b", "c"), ("e", "a")])

    assert [named(inventory, cycle) for cycle in cycles(inventory)] == [["c", "d"], ["f"]]


def test_there_are_no_cycles_in_a_tree() -> None:
    """Nor in nothing."""
    assert cycles(graph([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])) == ()
    assert cycles(graph([])) == ()


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=14))
def test_cycles_are_those_that_walking_finds(edges: list[tuple[str, str]]) -> None:
    """Two places are in one group if each reaches the other."""
    reaches = {(a, b) for a, b in edges}
    for middle in "abcdef":
        reaches |= {(a, d) for a, b in reaches for c, d in reaches if b == c == middle}
    groups = {frozenset(b for b in "abcdef" if {(a, b), (b, a)} <= reaches) for a in "abcdef"} - {frozenset()}
    inventory = graph(edges)

    assert {frozenset(named(inventory, cycle)) for cycle in cycles(inventory)} == groups


def test_what_the_product_needs_is_reachable() -> None:
    """Directly or not, through cycles, and what a needed component contains."""
    inventory = read(
        cyclonedx(
            library("a", **{"bom-ref": "a"}, components=[library("inside")]),
            library("b", **{"bom-ref": "b"}),
            library("alone"),
            metadata={"component": library("p", **{"bom-ref": "p"}, components=[library("part")])},
            dependencies=[
                {"ref": "p", "dependsOn": ["b"]},
                {"ref": "b", "dependsOn": ["a"]},
                {"ref": "a", "dependsOn": ["b"]},
            ],
        )
    )

    assert sorted(named(inventory, reachable(inventory))) == ["a", "b", "inside", "part"]


def test_nothing_is_reachable_without_a_root() -> None:
    """Nobody says what needs what."""
    assert reachable(graph([("a", "b")])) == frozenset()


def test_a_chain_of_a_ten_thousand_is_walked() -> None:
    """With a ring at its end, in ordinary time."""
    number = 10_000
    names = [str(each) for each in range(number)]
    inventory = read(
        cyclonedx(
            *[library(name, **{"bom-ref": name}) for name in names],
            metadata={"component": library("root", **{"bom-ref": "root"})},
            dependencies=[
                {"ref": "root", "dependsOn": ["0"]},
                *[{"ref": str(each), "dependsOn": [str((each + 1) % number)]} for each in range(number)],
            ],
        )
    )
    started = time.process_time()

    assert len(reachable(inventory)) == number
    assert [len(cycle) for cycle in cycles(inventory)] == [number]
    assert time.process_time() - started < 10
