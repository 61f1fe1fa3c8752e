"""The order of all versions, pre-releases included, is that of each ecosystem's own tool."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import pytest
from packaging.version import InvalidVersion, Version
from support.version_pairs import version_pairs
from support.version_tools import by_dpkg, by_maven, by_rpm, by_rubygems, by_semver

from avow.formats.order import compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.other_clients import Clients

Pair = tuple[str, str]

DRAWN: Final = 12_000
DPKG_PAIRS: Final = 1_500
"""dpkg compares one pair a process, three milliseconds each."""

MAVEN_PAIRS: Final = 20_000

WORDS: Final = {
    "maven": [
        *(
            "alpha",
            "beta",
            "milestone",
            "rc",
            "cr",
            "snapshot",
            "ga",
            "final",
            "release",
            "sp",
            "x",
            "a",
            "b",
        ),
        *("m", "redhat", "Final", "RC", "v", "jre", "android", "SNAPSHOT", "0", "00", "1", "2", "10", "007"),
    ],
    "deb": ["a", "rc", "dfsg", "bpo12", "really", "0", "1", "10", "01", "9", "~", "~rc1", "+b1", "+", ""],
    "rpm": ["a", "rc", "git", "el9", "0", "1", "10", "01", "9", "~", "^", "~rc1", "^20240101", ""],
    "gem": ["a", "rc", "pre", "beta1", "0", "1", "10", "01", "9"],
    "npm": ["a", "rc", "alpha1", "0", "1", "10", "9", "x-y", "-"],
}
SIGNS: Final = {"maven": ".-", "deb": ".", "rpm": "._+", "gem": ".", "npm": "."}

AWKWARD: Final = {
    "maven": [
        ("4.3.19.RELEASE", "4.3.19"),
        ("1.9.13.redhat-00007", "1.9.13"),
        ("9.4.27.v20200227", "9.4.27"),
        ("1-1.foo-bar1baz-.1", "1-1.foo-bar-1-baz-0.1"),
        ("1.0.0.X1", "1.0.0-X2"),
        ("1-rc-1", "1-rc1"),
        ("1.0.0-M4", "1.0.0"),
        ("2.0.0.sp1", "2.0.0"),
        ("1.0-SNAPSHOT", "1.0-rc9"),
    ],
    "deb": [
        ("1.3.1-1~bpo13+1", "1.3.1-1"),
        ("2:9.0.1378-2", "8.4.0-1"),
        ("1.0.0~rc1-1", "1.0.0-1"),
        ("1.0", "1.0-0"),
        ("1.0~~", "1.0~"),
        ("1.0~", "1.0"),
        ("1.2.3-1ubuntu0.1", "1.2.3-1"),
    ],
    "rpm": [
        ("1.0~rc1-1", "1.0-1"),
        ("1.0^git1-1", "1.0-1"),
        ("1.0^git1-1", "1.0.1-1"),
        ("1:1.0-1", "2.0-1"),
        ("1.0", "1.0-1"),
        ("1.0^", "1.0~"),
        ("3.0.7-18.el9_2", "3.0.7-18.el9"),
    ],
    "gem": [("1.0.0.rc1", "1.0.0"), ("1.0.a.2", "1.0.b1"), ("1.a", "1.0.a"), ("1-1", "1.pre.1")],
    "npm": [("1.0.0-rc.2", "1.0.0-rc.10"), ("1.0.0-alpha", "1.0.0-alpha.1"), ("1.0.0+a", "1.0.0+b")],
    "pypi": [
        ("1!0.1", "2.0"),
        ("1.0.post1", "1.0"),
        ("1.0.dev1", "1.0a1"),
        ("1.0+local", "1.0"),
        ("1.0rc1", "1.0"),
    ],
}


def pairs_of(scheme: str, count: int) -> list[Pair]:
    """Awkward pairs, those of the plain order, and drawn ones; both of a pair can be placed by us."""
    source = random.Random(f"all versions of {scheme}")  # noqa: S311  cases, no secrets
    drawn = [one_of(scheme, source) for _ in range(count)] if scheme in WORDS else []
    pairs = AWKWARD[scheme] + drawn + version_pairs(scheme, DRAWN)
    return [pair for pair in dict.fromkeys(pairs) if compare(scheme, *pair) is not None]


def one_of(scheme: str, source: random.Random) -> Pair:
    """Two versions that differ in one word, or are drawn apart."""

    def joined(parts: list[str]) -> str:
        text = "".join(part + source.choice(SIGNS[scheme]) for part in parts)[:-1]
        return f"1.0.0-{text}" if scheme == "npm" else f"1{source.choice(['', '.', SIGNS[scheme][0]])}{text}"

    words = [source.choice(WORDS[scheme]) for _ in range(source.randint(1, 5))]
    other = list(words)
    for _ in range(source.randint(1, 2)):
        other[source.randrange(len(other))] = source.choice(WORDS[scheme])
    if source.random() < 0.3:
        other = other[:-1] or ["1"]
    return joined(words), joined(other)


@pytest.mark.interop
@pytest.mark.parametrize(
    ("scheme", "tool", "count"),
    [
        ("deb", by_dpkg, DPKG_PAIRS),
        ("gem", by_rubygems, DRAWN),
        ("maven", by_maven, MAVEN_PAIRS),
        ("npm", by_semver, DRAWN),
        ("rpm", by_rpm, DRAWN),
    ],
)
def test_the_order_is_that_of_the_ecosystems_own_tool(
    scheme: str,
    tool: Callable[[list[Pair], Clients, Path], list[str]],
    count: int,
    clients: Clients,
    tmp_path: Path,
) -> None:
    """The tool orders each pair that we order as we do."""
    pairs = pairs_of(scheme, count)[: count if scheme == "deb" else None]
    found = [answer for batch in batches(pairs) for answer in tool(batch, clients, tmp_path / "pairs")]

    assert len(found) == len(pairs) > 1_000
    assert {"-1", "0", "1"} <= set(found)
    assert differences(scheme, pairs, found) == []


def test_the_order_of_python_is_that_of_packaging() -> None:
    """Every version that packaging accepts has a place, and no other one has."""
    for one, other in AWKWARD["pypi"] + version_pairs("pypi", DRAWN):
        assert compare("pypi", one, other) == by_packaging(one, other)


def by_packaging(one: str, other: str) -> int | None:
    """What packaging says of one pair."""
    try:
        first, second = Version(one), Version(other)
    except InvalidVersion:
        return None
    return (first > second) - (first < second)


def batches(pairs: list[Pair], size: int = 2_000) -> list[list[Pair]]:
    """As many pairs as fit on a command line: one tool takes them as arguments."""
    return [pairs[at : at + size] for at in range(0, len(pairs), size)]


def differences(scheme: str, pairs: list[Pair], found: list[str]) -> list[tuple[Any, ...]]:
    """Pairs that a tool orders in another way than we do."""
    return [
        (one, other, compare(scheme, one, other), theirs)
        for (one, other), theirs in zip(pairs, found, strict=True)
        if str(compare(scheme, one, other)) != theirs
    ]
