"""Version ranges: a strict VERS grammar of our own; two releases are compared by `avow.formats.order`.

Intervals contain plain releases only. Pre-release and local versions match by equality: a range contains them
only if it names them, although the order alone would place 2.5rc1 in `<2.5`.

Source: VERS specification (purl-spec, VERSION-RANGE-SPEC.rst), made stricter.
"""

from __future__ import annotations

import re
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from avow.formats.order import compare
from avow.values import Frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_RANGE_CHARACTERS: Final = 4096
MAX_VERSION_CHARACTERS: Final = 128
"""Longer versions match by equality only; this bounds the integers that a comparison builds."""

_DOTTED = r"[0-9]+(?:\.[0-9]+)*"
# The schemes' own tools refuse or cut longer numbers. apk and Rust's semver have 64 bits; npm's has 53;
# NuGet and dpkg's epoch have 31 bits.
_APK = r"(?:0|[1-9][0-9]{0,17})"
_CARGO = r"(?:0|[1-9][0-9]{0,18})"
_NPM = r"(?:0|[1-9][0-9]{0,14})"
_UNLIMITED = r"(?:0|[1-9][0-9]*)"

PLAIN_RELEASE: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        # apk compares numbers that begin with 0 as text: 1.0100 is later than 1.010.
        "apk": re.compile(rf"{_APK}(?:\.{_APK})*(?:-r{_APK})?"),
        "cargo": re.compile(rf"{_CARGO}(?:\.{_CARGO}){{2}}"),
        # `+debNuN` and `ubuntuN` are the distribution's own updates; other `~` and `+` are not plain
        # releases.
        "deb": re.compile(
            rf"(?:[0-9]{{1,9}}:)?{_DOTTED}(?:-{_DOTTED}(?:ubuntu{_DOTTED})?(?:\+deb[0-9]+u[0-9]+)?)?"
        ),
        "gem": re.compile(_DOTTED),
        "golang": re.compile(rf"v?{_UNLIMITED}(?:\.{_UNLIMITED}){{2}}"),
        "maven": re.compile(_DOTTED),
        "npm": re.compile(rf"{_NPM}(?:\.{_NPM}){{2}}"),
        "nuget": re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){1,3}"),
        "pypi": re.compile(rf"(?:[0-9]+!)?{_DOTTED}(?:\.post[0-9]+)?"),
        # In Fedora's old rules a release that starts with 0 is a pre-release.
        "rpm": re.compile(
            rf"(?:[0-9]+:)?{_DOTTED}(?:-[1-9][0-9]*(?:\.[0-9]+)*(?:\.(?:fc|el|amzn|mga)[0-9]+(?:[_.][0-9]+)*)?)?"
        ),
    }
)
"""The form of a plain release in each scheme whose order is known; no letters that could mean `beta`."""

_SCHEME = re.compile(r"[a-z][a-z0-9.-]*")
_CONSTRAINT = re.compile(r"(?P<op><=|>=|!=|<|>|)(?P<version>(?:[A-Za-z0-9._~:+^-]|%[0-9A-Fa-f]{2})+)")
_DECODED_VERSION = re.compile(r"[!-~]+")
_RESERVED = frozenset("<>=|*")
_LOWER = frozenset({">", ">="})
_UPPER = frozenset({"<", "<="})


class VersInvalid(ValueError):
    """The text is not a version range that can be evaluated; `fix` says how to correct it, if known."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class _Interval(NamedTuple):
    low: str | None
    low_included: bool
    high: str | None
    high_included: bool


class VersRange(Frozen):
    """A positive list of versions: single versions, and intervals of plain releases."""

    scheme: str
    text: str
    pins: tuple[str, ...]
    intervals: tuple[_Interval, ...]
    excluded: tuple[str, ...]

    def __str__(self) -> str:
        return self.text

    def contains(self, version: str) -> bool:
        """`version` is listed, or is a plain release inside an interval; nothing is guessed.

        The caller makes sure that `version` belongs to the range's scheme.
        """
        if version in self.pins:
            return True
        if not is_plain_release(self.scheme, version):
            return False
        order = _comparison(self.scheme)
        if any(is_plain_release(self.scheme, pin) and order(version, pin) == 0 for pin in self.pins):
            return True
        if any(order(version, hole) == 0 for hole in self.excluded):
            return False
        return any(_inside(version, interval, order=order) for interval in self.intervals)


def is_plain_release(scheme: str, version: str) -> bool:
    """`version` is a release whose position in the order of `scheme` is unambiguous."""
    pattern = PLAIN_RELEASE.get(scheme)
    return (
        pattern is not None
        and len(version) <= MAX_VERSION_CHARACTERS
        and pattern.fullmatch(version) is not None
    )


def parse_vers(text: str) -> VersRange:
    """The range in `text`.

    Raises:
        VersInvalid: not the grammar, `*`, unsorted, a version twice, bounds that contradict each other or
            have no effect, a bound that is not a plain release, or bounds in a scheme whose order is unknown.
    """
    if len(text) > MAX_RANGE_CHARACTERS:
        raise VersInvalid(f"the range has {len(text)} characters; at most {MAX_RANGE_CHARACTERS} are allowed")
    scheme, slash, body = text.removeprefix("vers:").partition("/")
    if not text.startswith("vers:") or not slash or _SCHEME.fullmatch(scheme) is None:
        raise VersInvalid("not a version range", fix="write vers:TYPE/>=1.0|<2.0")
    constraints = [_constraint(part) for part in body.split("|")]
    versions = [version for _, version in constraints]
    if len(set(versions)) != len(versions):
        raise VersInvalid("a version is listed twice", fix="list each version once")
    _require_order(scheme, constraints)
    return VersRange(
        scheme=scheme,
        text=text,
        pins=tuple(version for op, version in constraints if op == ""),
        excluded=tuple(version for op, version in constraints if op == "!="),
        intervals=_intervals(scheme, constraints),
    )


def version_in_range(version: str, text: str, *, scheme: str | None) -> bool:
    """`version` is in the range `text`, and the range is of the version's `scheme`; None: any scheme.

    Text that is not a range contains no version.
    """
    try:
        versions = parse_vers(text)
    except VersInvalid:
        return False
    return scheme in {None, versions.scheme} and versions.contains(version)


def _constraint(part: str) -> tuple[str, str]:
    if "*" in part:
        raise VersInvalid("* means every version, including future ones", fix="write bounds instead of *")
    match = _CONSTRAINT.fullmatch(part)
    if match is None:
        raise VersInvalid(
            f"{part!r} is not a version, alone or after <, <=, >, >= or !=",
            fix="remove spaces and other signs; percent-encode all but letters, digits and ._~:+^-",
        )
    version = unquote(match["version"], errors="replace")
    if _DECODED_VERSION.fullmatch(version) is None or not _RESERVED.isdisjoint(version):
        raise VersInvalid(
            f"{match['version']!r} contains an encoded space, sign or non-ASCII character",
            fix="use versions of printable ASCII without spaces and the signs < > = | *",
        )
    return match["op"], version


def _require_order(scheme: str, constraints: list[tuple[str, str]]) -> None:
    bounds = [version for op, version in constraints if op]
    if bounds and scheme not in PLAIN_RELEASE:
        raise VersInvalid(
            f"the order of {scheme} versions is not known",
            fix="list the versions one by one, or use one of these types: " + ", ".join(PLAIN_RELEASE),
        )
    for version in bounds:
        if not is_plain_release(scheme, version):
            raise VersInvalid(
                f"{version} is not a plain {scheme} release, so it can't be a bound",
                fix="use releases as bounds, and list pre-release and local versions one by one",
            )
    plain = [version for _, version in constraints if is_plain_release(scheme, version)]
    order = _comparison(scheme)
    for earlier, later in pairwise(plain):
        if order(earlier, later) == 0:
            raise VersInvalid(f"{earlier} and {later} are the same version", fix="list each version once")
        if order(earlier, later) > 0:
            raise VersInvalid(
                f"{later} is an earlier version than {earlier}", fix="sort the versions, earliest first"
            )


def _intervals(scheme: str, constraints: list[tuple[str, str]]) -> tuple[_Interval, ...]:
    """The intervals in the sorted constraints; bounds alternate, and each constraint must have an effect."""
    found: list[_Interval] = []
    bounds = [op for op, _ in constraints if op in _LOWER | _UPPER]
    inside = bounds[:1] != [] and bounds[0] in _UPPER  # `<2` has no lower bound
    low: str | None = None
    low_included = False
    for op, version in constraints:
        if op in _LOWER:
            if inside:
                raise VersInvalid(f"{op}{version} is already in the range", fix=f"remove {op}{version}")
            inside, low, low_included = True, version, op == ">="
        elif op in _UPPER:
            if not inside:
                raise VersInvalid(
                    f"{op}{version} has no lower bound of its own", fix="keep only one upper bound"
                )
            found.append(_Interval(low, low_included, version, op == "<="))
            inside, low, low_included = False, None, False
        elif op == "!=" and not inside:
            raise VersInvalid(
                f"!={version} has no effect, it is outside the range", fix=f"remove !={version}"
            )
        elif op == "" and inside and is_plain_release(scheme, version):
            raise VersInvalid(f"{version} is already in the range", fix=f"remove {version}")
    if inside:
        found.append(_Interval(low, low_included, None, high_included=False))
    return tuple(found)


def _inside(version: str, interval: _Interval, *, order: Callable[[str, str], int]) -> bool:
    if interval.low is not None:
        above = order(version, interval.low)
        if above < 0 or (above == 0 and not interval.low_included):
            return False
    if interval.high is None:
        return True
    below = order(version, interval.high)
    return below < 0 or (below == 0 and interval.high_included)


def _comparison(scheme: str) -> Callable[[str, str], int]:
    """-1, 0 or 1 for two plain releases of `scheme`, which always have a place in its order."""

    def release_order(one: str, other: str) -> int:
        return compare(scheme, one, other) or 0

    return release_order
