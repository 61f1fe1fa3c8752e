"""What counts in SPDX: every package but those that the document is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from avow.sbom.inventory import Entry, ProblemKind, ProblemList


def numbered(ids: Sequence[str], problems: ProblemList) -> list[str]:
    """`ids` as places, which are unique: of a repeated one each is a problem."""
    places = places_of(ids)
    times = Counter(ids)
    for each, place in zip(ids, places, strict=True):
        if times[each] > 1:
            message = f"{times[each]} elements have this id; nothing is concluded from edges to it"
            problems.add(ProblemKind.DUPLICATE_REF, place, message, value=each)
    return places


def places_of(ids: Sequence[str]) -> list[str]:
    """`ids` with `#2`, `#3` and so on after those that repeat, but for numbers that an id has by itself."""
    given = set(ids)
    seen: dict[str, int] = {}
    places = []
    for each in ids:
        number = seen.get(each, 0) + 1
        while number > 1 and f"{each}#{number}" in given:
            number += 1
        seen[each] = number
        places.append(each if number == 1 else f"{each}#{number}")
    return places


def entries_without_roots(
    packages: Sequence[Entry], roots: Sequence[Entry], problems: ProblemList
) -> tuple[Entry, ...]:
    """The packages that count.

    If everything is a root, nothing would count by the letter, and a survey of nothing looks clean: several
    packages count all the same, and one alone, which is the product, is named.
    """
    if not roots:
        if packages:
            message = "the document does not say which package it describes, so every package counts"
            problems.add(ProblemKind.NO_ROOT, "", message)
        return tuple(packages)
    described = {root.place for root in roots}
    counted = tuple(package for package in packages if package.place not in described)
    if counted or not packages:
        return counted
    if len(packages) > 1:
        message = f"the document describes all of its {len(packages)} packages, so all of them count"
        problems.add(ProblemKind.EVERY_PACKAGE_IS_A_ROOT, "", message)
        return tuple(packages)
    message = "the only package is the one that the document describes, so there is no component"
    problems.add(ProblemKind.EVERY_PACKAGE_IS_A_ROOT, packages[0].place, message)
    return ()
