"""Ranges of versions and their order: versions.md."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

RANGE = re.compile(r"vers:([a-z][a-z0-9.-]*)/(.+)", re.DOTALL)
CONSTRAINT = re.compile(r"(<=|>=|!=|<|>|)((?:[A-Za-z0-9._~:+^-]|%[0-9A-Fa-f]{2})+)")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
GREATEST_RANGE = 4096
GREATEST_VERSION = 128


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".")]


def padded(text: str) -> tuple[int, ...]:
    """Numbers by position; missing ones are 0."""
    found = numbers(text)
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def three(version: str) -> Any:
    return tuple(numbers(version.removeprefix("v")))


def epoch_of(version: str, sign: str) -> tuple[int, str]:
    before, found, after = version.partition(sign)
    return (int(before), after) if found else (0, version)


def apk(version: str) -> Any:
    main, found, revision = version.partition("-r")
    return (numbers(main), int(revision) if found else -1)


def deb_part(text: str) -> list[Any]:
    """Digits as numbers, the rest character by character: letters before other signs, as dpkg does."""
    key: list[Any] = []
    for other, digits in re.findall(r"([^0-9]*)([0-9]*)", text):
        if other or digits:
            key.append(tuple(ord(c) if c.isalpha() else ord(c) + 256 for c in other))
            key.append(int(digits or 0))
    return key


def deb(version: str) -> Any:
    epoch, rest = epoch_of(version, ":")
    upstream, found, revision = rest.rpartition("-")
    if not found:
        upstream, revision = rest, ""
    return (epoch, deb_part(upstream), deb_part(revision))


def rpm_part(text: str) -> list[tuple[int, Any]]:
    """Segments of digits as numbers, of letters as text; digits are later than letters."""
    return [(1, int(s)) if s.isdigit() else (0, s) for s in re.findall(r"[0-9]+|[a-zA-Z]+", text)]


def rpm(version: str) -> Any:
    epoch, rest = epoch_of(version, ":")
    before, _, after = rest.partition("-")
    return (epoch, rpm_part(before), rpm_part(after))


def pypi(version: str) -> Any:
    epoch, rest = epoch_of(version, "!")
    release, found, post = rest.partition(".post")
    return (epoch, padded(release), int(post) if found else -1)


class Scheme(NamedTuple):
    plain: re.Pattern[str]
    key: Callable[[str], Any]


APK = r"(?:0|[1-9][0-9]{0,17})"
DOTTED = r"[0-9]+(?:\.[0-9]+)*"
SCHEMES: dict[str, Scheme] = {
    "apk": Scheme(re.compile(APK + r"(?:\." + APK + r")*(?:-r" + APK + r")?"), apk),
    "cargo": Scheme(re.compile(r"(?:0|[1-9][0-9]{0,18})(?:\.(?:0|[1-9][0-9]{0,18})){2}"), three),
    "deb": Scheme(
        re.compile(
            r"(?:[0-9]{1,9}:)?"
            + DOTTED
            + r"(?:-"
            + DOTTED
            + r"(?:ubuntu"
            + DOTTED
            + r")?(?:\+deb[0-9]+u[0-9]+)?)?"
        ),
        deb,
    ),
    "gem": Scheme(re.compile(DOTTED), padded),
    "golang": Scheme(re.compile(r"v?(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}"), three),
    "maven": Scheme(re.compile(DOTTED), padded),
    "npm": Scheme(re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.(?:0|[1-9][0-9]{0,14})){2}"), three),
    "nuget": Scheme(re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){1,3}"), padded),
    "pypi": Scheme(re.compile(r"(?:[0-9]+!)?" + DOTTED + r"(?:\.post[0-9]+)?"), pypi),
    "rpm": Scheme(
        re.compile(
            r"(?:[0-9]+:)?" + DOTTED + r"(?:-[1-9][0-9]*(?:\.[0-9]+)*"
            r"(?:\.(?:fc|el|amzn|mga)[0-9]+(?:[_.][0-9]+)*)?)?"
        ),
        rpm,
    ),
}


class Constraint(NamedTuple):
    op: str
    version: str
    key: Any  # None if it is no plain release of a listed scheme


class Interval(NamedTuple):
    lower: Constraint | None
    upper: Constraint | None


class Range(NamedTuple):
    scheme: str
    constraints: tuple[Constraint, ...]
    intervals: tuple[Interval, ...]


def key_of(scheme: str, version: str) -> Any:
    """The place of a plain release in its scheme's order; None if it has none."""
    found = SCHEMES.get(scheme)
    return found.key(version) if found and found.plain.fullmatch(version) else None


def decoded(version: str) -> str | None:
    """Percent-decoded; None if something is decoded that must not be there."""
    text = ESCAPE.sub(lambda m: chr(int(m[1], 16)), version)
    return text if all("!" <= c <= "~" and c not in "<>=|*" for c in text) else None


def inside(interval: Interval, key: Any) -> bool:
    if interval.lower and not (
        key > interval.lower.key or (interval.lower.op == ">=" and key == interval.lower.key)
    ):
        return False
    return (
        not interval.upper
        or key < interval.upper.key
        or (interval.upper.op == "<=" and key == interval.upper.key)
    )


def intervals_of(bounds: list[Constraint]) -> list[Interval] | None:
    """Rule 5 of "What makes a range unusable", the bounds: None if two of a kind follow each other."""
    made: list[Interval] = []
    lower: Constraint | None = None
    for position, bound in enumerate(bounds):
        if bound.op in (">", ">="):
            if lower:
                return None
            lower = bound
        else:
            if not lower and position > 0:
                return None
            made.append(Interval(lower, bound))
            lower = None
    if lower:
        made.append(Interval(lower, None))
    return made


@lru_cache(maxsize=4096)
def read_range(text: str) -> Range | None:
    """A usable range, or None. The rules are those of "What makes a range unusable", 1 to 5."""
    found = RANGE.fullmatch(text) if len(text) <= GREATEST_RANGE else None
    if not found:
        return None
    scheme = found[1]
    constraints: list[Constraint] = []
    for part in found[2].split("|"):
        match = CONSTRAINT.fullmatch(part)
        version = decoded(match[2]) if match else None
        if match is None or version is None:
            return None
        key = key_of(scheme, version)
        if match[1] and key is None:
            return None
        constraints.append(Constraint(match[1], version, key))
    if len({c.version for c in constraints}) != len(constraints):
        return None
    keys = [c.key for c in constraints if c.key is not None]
    if any(not earlier < later for earlier, later in zip(keys, keys[1:], strict=False)):
        return None
    intervals = intervals_of([c for c in constraints if c.op in ("<", "<=", ">", ">=")])
    if intervals is None:
        return None
    for c in constraints:
        if c.key is not None and c.op in ("", "!="):
            if any(inside(i, c.key) for i in intervals) != (c.op == "!="):
                return None
    return Range(scheme, tuple(constraints), tuple(intervals))


@lru_cache(maxsize=65536)
def contains(range: str, version: str) -> bool | Literal["unusable"]:  # noqa: A002 (the brief's name)
    """When a range contains a version of its own scheme: rules 1 to 5."""
    found = read_range(range)
    if found is None:
        return "unusable"
    if any(c.op == "" and c.version == version for c in found.constraints):
        return True
    key = key_of(found.scheme, version) if len(version) <= GREATEST_VERSION else None
    if key is None:
        return False
    for c in found.constraints:
        if c.key is not None and c.key == key and c.op in ("", "!="):
            return c.op == ""
    return any(inside(interval, key) for interval in found.intervals)


def covers(range: object, scheme: str | None, version: str | None) -> bool:  # noqa: A002
    """Whether a range contains a version of that scheme; an unknown version is in no range."""
    if not isinstance(range, str) or scheme is None or version is None:
        return False
    found = read_range(range)
    return found is not None and found.scheme == scheme and contains(range, version) is True
