"""Pairs of versions, plain and nearly plain, for comparing our order with that of a scheme's own tool."""

from __future__ import annotations

import random
from typing import Final

_TAILS: Final = {
    "apk": ["-r0", "-r1", "-r01", "-r10", "_rc1", "_p1", "a", "b2", "~abc", "_alpha"],
    "cargo": ["-rc.1", "-alpha", "+build", "-0", "+1"],
    "deb": [
        "-1",
        "-01",
        "-1.1",
        "-0",
        "-1ubuntu1",
        "-1ubuntu01.2",
        "-0ubuntu1",
        "-1+deb12u1",
        "-1+deb12u10",
        "~rc1",
        "-1~bpo12+1",
        "+dfsg-1",
        "a",
        "-1-1",
        "-1ubuntu0+deb1u1",
        "-1build1",
        "+really1.0-1",
    ],
    "gem": [".pre1", ".rc1", ".a", "-1", "-rc1", "a"],
    "golang": ["-pre", "-rc.1", "+incompatible", "-0.20200101000000-abcdefabcdef"],
    "maven": ["-SNAPSHOT", "-alpha-1", "-1", ".Final", "-rc", "-sp", "a1", "-ga", ".x", "-0"],
    "npm": ["-rc.1", "-0", "-beta", "+build", "-alpha.1"],
    "nuget": ["-beta", "-rc.1", "+metadata", ".0", ".5"],
    "pypi": [
        ".post1",
        ".post01",
        ".post0",
        ".post10",
        "rc1",
        "a1",
        ".dev1",
        "+local",
        "-1",
        "post1",
        ".post1.dev1",
    ],
    "rpm": [
        "-1",
        "-10",
        "-01",
        "-0.1",
        "-1.1",
        "-1.fc38",
        "-1.fc039",
        "-1.el9_3",
        "-1.el9.3",
        "-2.el10_0",
        "-1.amzn2",
        "-1.mga9",
        "~rc1",
        "~rc1-1",
        "^git1",
        "a",
        "-1.suse",
        "_1",
        "-1.fc38.1",
        "-1.el8_10.2",
        "-1fc38",
    ],
}
_HEADS: Final = {
    "deb": ["0:", "1:", "01:", "10:", "2147483647:", "2147483648:", "99999999999999999999:"],
    "golang": ["v", "V"],
    "npm": ["v", "="],
    "pypi": ["0!", "1!", "01!", "10!", "v"],
    "rpm": ["0:", "1:", "01:", "10:", "4294967295:", "4294967296:", "99999999999999999999:"],
}
_NUMBERS: Final = [
    "0",
    "0",
    "1",
    "1",
    "2",
    "9",
    "10",
    "11",
    "19",
    "100",
    "00",
    "01",
    "010",
    "09",
    "001",
    "20240131",
]
_LONG: Final = [
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "999999999",
    "1000000000",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "999999999999999",
    "9223372036854775807",
    "9223372036854775808",
    "9999999999999999999",
    "18446744073709551615",
    "18446744073709551616",
    "18446744073709551617",
    "1" * 30,
    "1" * 29 + "2",
    "0" * 20 + "1",
]
_PICKED: Final = {
    "deb": [("1.0", "1.0-0"), ("1.0-1", "1.0-01"), ("0:1.0", "1.0"), ("1.0-1ubuntu1", "1.0-1+deb12u1")],
    "gem": [("1", "1.0.0"), ("1.01", "1.1")],
    "golang": [("v1.0.0", "1.0.0"), ("v1.9.0", "v1.10.0")],
    "maven": [("1", "1.0.0"), ("1.01", "1.1"), ("0", "0.0")],
    "npm": [("1.9.0", "1.10.0"), ("999999999999999.0.0", "999999999999998.0.0")],
    "pypi": [("1", "1.0.0"), ("0!1.0", "1.0"), ("1.0", "1.0.post0"), ("1.0.post1", "1.0.post01")],
    "rpm": [("1.0", "1.0-1"), ("1.0-1.el9_3", "1.0-1.el9.3"), ("0:1.0", "1.0"), ("1.0-1", "1.0-1.fc38")],
}
_THREE: Final = {"cargo", "golang", "npm"}


def version_pairs(scheme: str, count: int) -> list[tuple[str, str]]:
    """Picked pairs, and `count` drawn ones, always the same; half of them differ in one place."""
    source = _Source(scheme)
    return _PICKED.get(scheme, []) + [source.pair() for _ in range(count)]


class _Source:
    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self.random = random.Random(f"pairs of {scheme}")  # noqa: S311  cases, no secrets

    def pair(self) -> tuple[str, str]:
        one = self.version()
        other = self.neighbour(one) if self.evens() else self.version()
        return (one, other) if self.evens() else (other, one)

    def evens(self) -> bool:
        return self.random.random() < 0.5

    def version(self) -> str:
        parts = 3 if self.scheme in _THREE and self.random.random() < 0.95 else self.random.randint(1, 5)
        return self.head() + ".".join(self.number() for _ in range(parts)) + self.tail()

    def number(self) -> str:
        drawn = self.random.random()
        if drawn < 0.04:
            return self.random.choice(_LONG)
        if self.scheme in _THREE and drawn < 0.9:
            return str(self.random.choice((0, 1, 2, 9, 10, 11, 100)))
        return self.random.choice(_NUMBERS)

    def head(self) -> str:
        return self.random.choice(_HEADS.get(self.scheme, [""])) if self.random.random() < 0.2 else ""

    def tail(self) -> str:
        return self.random.choice(_TAILS[self.scheme]) if self.random.random() < 0.35 else ""

    def neighbour(self, version: str) -> str:
        change = self.random.randrange(6)
        if change == 0:
            return version + ".0"
        if change == 1:
            return version + self.random.choice(_TAILS[self.scheme])
        if change == 2:
            return self.random.choice(_HEADS.get(self.scheme, [""])) + version
        place = self.random.choice([at for at, sign in enumerate(version) if sign.isdigit()])
        if change == 3:
            return version[:place] + "0" + version[place:]
        if change == 4:
            return version[:place] + str(self.random.randrange(10)) + version[place + 1 :]
        return version[: place + 1]
