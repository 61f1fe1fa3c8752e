"""Our order of plain releases is that of each ecosystem's own tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from support.version_pairs import version_pairs
from support.version_tools import by_dpkg, by_maven, by_packaging, by_rpm, by_rubygems, by_semver

from avow.formats.vers import is_plain_release, parse_vers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.other_clients import Clients

Pair = tuple[str, str]

DRAWN: Final = 12_000
DPKG_PAIRS: Final = 1_500
"""dpkg compares one pair a process, three milliseconds each."""


def ours(scheme: str, one: str, other: str) -> int | None:
    """How a range of `scheme` places `one` against `other`."""
    for operator, answer in (("<", -1), ("", 0), (">", 1)):
        if parse_vers(f"vers:{scheme}/{operator}{other}".replace("!", "%21")).contains(one):
            return answer
    return None


def plain_pairs(scheme: str) -> list[Pair]:
    """Drawn pairs of which both are plain releases of `scheme`; the others match by their spelling alone."""
    return [
        pair
        for pair in version_pairs(scheme, DRAWN)
        if all(is_plain_release(scheme, version) for version in pair)
    ]


@pytest.mark.parametrize(
    ("scheme", "tool"),
    [
        pytest.param("deb", by_dpkg, marks=pytest.mark.interop),
        pytest.param("gem", by_rubygems, marks=pytest.mark.interop),
        pytest.param("maven", by_maven, marks=pytest.mark.interop),
        pytest.param("npm", by_semver, marks=pytest.mark.interop),
        ("pypi", by_packaging),
        pytest.param("rpm", by_rpm, marks=pytest.mark.interop),
    ],
)
def test_the_order_is_that_of_the_schemes_own_tool(
    scheme: str,
    tool: Callable[[list[Pair], Clients, Path], list[str]],
    clients: Clients,
    tmp_path: Path,
) -> None:
    """The tool accepts every plain release, and orders each pair as our ranges do."""
    pairs = plain_pairs(scheme)[: DPKG_PAIRS if scheme == "deb" else None]
    found = tool(pairs, clients, tmp_path / "pairs")

    assert len(found) == len(pairs) > 1_000
    assert {"-1", "0", "1"} <= set(found)
    assert differences(scheme, pairs, found) == []


@pytest.mark.interop
@pytest.mark.parametrize("scheme", ["cargo", "golang"])
def test_the_order_of_three_numbers_is_that_of_semantic_versioning(
    scheme: str, clients: Clients, tmp_path: Path
) -> None:
    """The npm package semver answers for the tools of Rust and Go, as far as its numbers reach."""
    pairs = [
        pair
        for pair in plain_pairs(scheme)
        if all(is_plain_release("npm", each.removeprefix("v")) for each in pair)
    ]
    found = by_semver(pairs, clients, tmp_path / "pairs")

    assert len(found) == len(pairs) > 1_000
    assert differences(scheme, pairs, found) == []


def differences(scheme: str, pairs: list[Pair], found: list[str]) -> list[tuple[str, str, int | None, str]]:
    """Pairs that a tool orders in another way than we do."""
    return [
        (one, other, ours(scheme, one, other), theirs)
        for (one, other), theirs in zip(pairs, found, strict=True)
        if str(ours(scheme, one, other)) != theirs
    ]
