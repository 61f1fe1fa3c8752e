"""Version ranges: a strict VERS grammar of our own; `univers` only says which of two releases is later.

Ranges admit plain releases. Pre-release and local versions match by equality alone: they belong to a range
only when the range names them (univers 32.0.1 lets `<2.5` admit 2.5rc1).

Source: VERS specification (purl-spec, VERSION-RANGE-SPEC.rst), made stricter.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from avow.values import Frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_RANGE_CHARACTERS: Final = 4096
MAX_VERSION_CHARACTERS: Final = 128
"""Longer versions match by equality alone; bounds the integers that a comparison builds."""

_DOTTED = r"[0-9]+(?:\.[0-9]+)*"
_THREE = r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}"

PLAIN_RELEASE: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "apk": re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)*(?:-r[0-9]+)?"),
        "cargo": re.compile(_THREE),
        # `+debNuN` and `ubuntuN` are the distribution's own updates; `~` and `+` in general are not releases.
        "deb": re.compile(
            rf"(?:[0-9]+:)?{_DOTTED}(?:-{_DOTTED}(?:ubuntu{_DOTTED})?(?:\+deb[0-9]+u[0-9]+)?)?"
        ),
        "gem": re.compile(_DOTTED),
        "golang": re.compile(rf"v?{_THREE}"),
        "maven": re.compile(_DOTTED),
        "npm": re.compile(_THREE),
        "nuget": re.compile(r"[0-9]+(?:\.[0-9]+){1,3}"),
        "pypi": re.compile(rf"(?:[0-9]+!)?{_DOTTED}(?:\.post[0-9]+)?"),
        # A release that starts with 0 marks a pre-release by Fedora's old rules.
        "rpm": re.compile(
            rf"(?:[0-9]+:)?{_DOTTED}(?:-[1-9][0-9]*(?:\.[0-9]+)*(?:\.(?:fc|el|amzn|mga)[0-9]+(?:[_.][0-9]+)*)?)?"
        ),
    }
)
"""What a plain release looks like, for each scheme whose order is known. No letter that could mean `beta`."""

_SCHEME = re.compile(r"[a-z][a-z0-9.-]*")
_CONSTRAINT = re.compile(r"(?P<op><=|>=|!=|<|>|)(?P<version>(?:[A-Za-z0-9._~:+^-]|%[0-9A-Fa-f]{2})+)")
_DECODED_VERSION = re.compile(r"[!-~]+")
_RESERVED = frozenset("<>=|*")
_LOWER = frozenset({">", ">="})
_UPPER = frozenset({"<", "<="})


class VersInvalid(ValueError):
    """The text is no version range that can be evaluated; `fix` says how to mend it, where that is known."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class _Interval(NamedTuple):
    low: str | None
    low_included: bool
    high: str | None
    high_included: bool


class VersRange(Frozen):
    """A positive list of versions: single ones, and intervals of plain releases."""

    scheme: str
    text: str
    pins: tuple[str, ...]
    intervals: tuple[_Interval, ...]
    excluded: tuple[str, ...]

    def __str__(self) -> str:
        return self.text

    def contains(self, version: str) -> bool:
        """`version` is listed, or is a plain release inside an interval; never a guess.

        The caller sees to it that `version` is one of the range's own scheme.
        """
        if version in self.pins:
            return True
        if not is_plain_release(self.scheme, version):
            return False
        compare = _comparison(self.scheme)
        if any(is_plain_release(self.scheme, pin) and compare(version, pin) == 0 for pin in self.pins):
            return True
        if any(compare(version, hole) == 0 for hole in self.excluded):
            return False
        return any(_inside(version, interval, compare=compare) for interval in self.intervals)


def is_plain_release(scheme: str, version: str) -> bool:
    """`version` is a release whose place in the order of `scheme` is beyond doubt."""
    pattern = PLAIN_RELEASE.get(scheme)
    return (
        pattern is not None
        and len(version) <= MAX_VERSION_CHARACTERS
        and pattern.fullmatch(version) is not None
    )


def parse_vers(text: str) -> VersRange:
    """The range that `text` spells.

    Raises:
        VersInvalid: not the grammar, `*`, unsorted, a version twice, bounds that contradict each other or say
            nothing, a bound that is no plain release, or bounds in a scheme whose order is not known here.
    """
    if len(text) > MAX_RANGE_CHARACTERS:
        raise VersInvalid(f"a range of {len(text)} characters; at most {MAX_RANGE_CHARACTERS} are read")
    scheme, slash, body = text.removeprefix("vers:").partition("/")
    if not text.startswith("vers:") or not slash or _SCHEME.fullmatch(scheme) is None:
        raise VersInvalid("not a version range", fix="write vers:TYPE/>=1.0|<2.0")
    constraints = [_constraint(part) for part in body.split("|")]
    versions = [version for _, version in constraints]
    if len(set(versions)) != len(versions):
        raise VersInvalid("a version stands twice", fix="name each version once")
    _require_order(scheme, constraints)
    return VersRange(
        scheme=scheme,
        text=text,
        pins=tuple(version for op, version in constraints if op == ""),
        excluded=tuple(version for op, version in constraints if op == "!="),
        intervals=_intervals(scheme, constraints),
    )


def _constraint(part: str) -> tuple[str, str]:
    if "*" in part:
        raise VersInvalid("* stands for every version, also those nobody has seen", fix="name bounds")
    match = _CONSTRAINT.fullmatch(part)
    if match is None:
        raise VersInvalid(
            f"{part!r} is not a version with one of <, <=, >, >= or != before it",
            fix="no spaces; one version alone has no sign; percent-encode all but letters, digits, ._~:+^-",
        )
    version = unquote(match["version"], errors="replace")
    if _DECODED_VERSION.fullmatch(version) is None or not _RESERVED.isdisjoint(version):
        raise VersInvalid(f"{match['version']!r} hides a space, a sign or a character that is not ASCII")
    return match["op"], version


def _require_order(scheme: str, constraints: list[tuple[str, str]]) -> None:
    bounds = [version for op, version in constraints if op]
    if bounds and scheme not in PLAIN_RELEASE:
        raise VersInvalid(
            f"the order of {scheme} versions is not known",
            fix="list the versions one by one, or use one of: " + ", ".join(PLAIN_RELEASE),
        )
    for version in bounds:
        if not is_plain_release(scheme, version):
            raise VersInvalid(
                f"{version} is no plain {scheme} release, so it can't bound a range",
                fix="bound the range by releases, and list pre-release and local versions one by one",
            )
    plain = [version for _, version in constraints if is_plain_release(scheme, version)]
    if len(plain) < 2:  # noqa: PLR2004  nothing to compare, and univers stays unimported
        return
    compare = _comparison(scheme)
    for earlier, later in pairwise(plain):
        if compare(earlier, later) == 0:
            raise VersInvalid(f"{earlier} and {later} are one version", fix="name each version once")
        if compare(earlier, later) > 0:
            raise VersInvalid(f"{later} comes before {earlier}", fix="sort the versions, the earliest first")


def _intervals(scheme: str, constraints: list[tuple[str, str]]) -> tuple[_Interval, ...]:
    """Walk the sorted constraints; bounds alternate, and what stands between them must say something."""
    found: list[_Interval] = []
    bounds = [op for op, _ in constraints if op in _LOWER | _UPPER]
    inside = bounds[:1] != [] and bounds[0] in _UPPER  # `<2` is open below
    low: str | None = None
    low_included = False
    for op, version in constraints:
        if op in _LOWER:
            if inside:
                raise VersInvalid(f"{op}{version} is in the range already", fix=f"leave {op}{version} out")
            inside, low, low_included = True, version, op == ">="
        elif op in _UPPER:
            if not inside:
                raise VersInvalid(f"{op}{version} has no lower bound of its own", fix="keep one upper bound")
            found.append(_Interval(low, low_included, version, op == "<="))
            inside, low, low_included = False, None, False
        elif op == "!=" and not inside:
            raise VersInvalid(f"!={version} takes away nothing", fix="a range says what it contains")
        elif op == "" and inside and is_plain_release(scheme, version):
            raise VersInvalid(f"{version} is in the range already", fix=f"leave {version} out")
    if inside:
        found.append(_Interval(low, low_included, None, high_included=False))
    return tuple(found)


def _inside(version: str, interval: _Interval, *, compare: Callable[[str, str], int]) -> bool:
    if interval.low is not None:
        above = compare(version, interval.low)
        if above < 0 or (above == 0 and not interval.low_included):
            return False
    if interval.high is None:
        return True
    below = compare(version, interval.high)
    return below < 0 or (below == 0 and interval.high_included)


@cache
def _comparison(scheme: str) -> Callable[[str, str], int]:
    """-1, 0 or 1 for two plain releases of `scheme`."""
    from univers import versions  # noqa: PLC0415  costs 120 ms; only ranges with two versions need it

    classes: dict[str, type[versions.Version]] = {
        "apk": versions.AlpineLinuxVersion,
        "cargo": versions.SemverVersion,
        "deb": versions.DebianVersion,
        "gem": versions.RubygemsVersion,
        "golang": versions.GolangVersion,
        "maven": versions.MavenVersion,
        "npm": versions.SemverVersion,
        "nuget": versions.NugetVersion,
        "pypi": versions.PypiVersion,
        "rpm": versions.RpmVersion,
    }
    release = classes[scheme]

    def compare(one: str, other: str) -> int:
        # `<` alone: `<=` of some of these classes compares the texts.
        first, second = release(one), release(other)
        return -1 if first < second else 1 if second < first else 0

    return compare
