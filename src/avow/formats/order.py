"""The order of versions in each ecosystem: all of them, pre-releases included, as its own tool has it.

This answers "before, after or the same", which is what an advisory's bounds ask. It is not a specifier: pip's
`<2.5` leaves out 2.5rc1 although 2.5rc1 is before 2.5. It says nothing about patches that a rebuild has.

Source: SemVer 2.0.0, clause 11; PEP 440; RubyGems, `Gem::Version`; NuGet documentation, "Package versioning";
composer/semver, `VersionParser`, and PHP's `version_compare`. The others name theirs.
"""

from __future__ import annotations

import re
from functools import cmp_to_key, lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from avow.formats import order_maven, order_system

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_VERSION_CHARACTERS: Final = 256
"""Longer ones can't be compared; npm's limit, and more than any real version has."""

_KEPT: Final = 65_536
"""Parsed versions that are kept: an advisory can list hundreds, and is asked about each component."""

_NUMBER = r"(?:0|[1-9][0-9]*)"
_SEMVER: Final = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-((?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
    rf"(?:\.(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_GEM: Final = re.compile(r"[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_GEM_SEGMENT: Final = re.compile(r"[0-9]+|[a-zA-Z]+")
_GEM_LETTER: Final = re.compile(r"[a-zA-Z]")
_GEM_ZEROS_AT_END: Final = re.compile(r"(?<=[a-zA-Z.])[.0]+\Z")
_GEM_ZEROS_BEFORE_LETTER: Final = re.compile(r"(?:(?<=\.)|\A)[0.]+(?=[a-zA-Z])")
_NUGET: Final = re.compile(
    r"([0-9]{1,10})(?:\.([0-9]{1,10}))?(?:\.([0-9]{1,10}))?(?:\.([0-9]{1,10}))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_COMPOSER: Final = re.compile(
    r"v?([0-9]{1,5})(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?"
    r"(?:[._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]++)*+))?([.-]?dev)?(?:\+[^\s]*)?",
    re.IGNORECASE,
)
_COMPOSER_DATE: Final = re.compile(
    r"v?([0-9]{4}(?:[.:-]?[0-9]{2}){1,6}(?:[.:-]?[0-9]{1,3}){0,2})"
    r"(?:[._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]++)*+))?([.-]?dev)?",
    re.IGNORECASE,
)
_COMPOSER_STAGES: Final = {
    "a": 1,
    "alpha": 1,
    "b": 2,
    "beta": 2,
    "rc": 3,
    "stable": 4,
    "": 4,
} | dict.fromkeys(("p", "pl", "patch"), 5)
_COMPOSER_RELEASE: Final = 4

_MAX_INTEGER: Final = {"npm": 2**53 - 1, "cargo": 2**64 - 1, "nuget": 2**31 - 1}
"""Tools refuse versions with greater numbers, so nobody knows where these belong."""


def compare(scheme: str, one: str, other: str) -> int | None:
    """-1, 0 or 1 as `one` is before, the same as or after `other`; None if that can't be said.

    It can't where one of the two is not a version of `scheme`, or the scheme is not known.
    """
    first, second = _placed(scheme, one), _placed(scheme, other)
    if first is None or second is None:
        return None
    return -1 if first < second else 1 if second < first else 0


def is_version(scheme: str, text: str) -> bool:
    """`text` can be placed in the order of `scheme`."""
    return _placed(scheme, text) is not None


def is_prerelease(scheme: str, text: str) -> bool:
    """`text` is a version before the release that it names, by the ecosystem's own rule.

    Distributions have no such rule: their tildes mean many things.
    """
    if not is_version(scheme, text):
        return False
    if scheme == "pypi":
        return bool(_placed(scheme, text).is_prerelease)
    if scheme == "maven":
        return order_maven.is_prerelease(text)
    if scheme == "gem":
        return _GEM_LETTER.search(text) is not None
    if scheme == "composer":
        _, stage, _, finished = _placed(scheme, text)
        return bool(stage < _COMPOSER_RELEASE or not finished)
    return scheme in _WITH_HYPHEN and "-" in text.partition("+")[0]


@lru_cache(maxsize=_KEPT)
def _placed(scheme: str, text: str) -> Any:
    """What is compared in the place of `text`, or None if it has no place."""
    place = _PLACES.get(scheme)
    if place is None or len(text) > MAX_VERSION_CHARACTERS or not text.isascii():
        return None
    return place(text)


def _semver(text: str, *, greatest: int | None = None) -> Any:
    match = _SEMVER.fullmatch(text)
    if match is None:
        return None
    numbers = tuple(int(number) for number in match.groups()[:3])
    if greatest is not None and max(numbers) > greatest:
        return None
    return (*numbers, _labels(match[4]))


def _labels(text: str | None) -> tuple[Any, ...]:
    """Pre-release labels, below none at all; numbers below words, fewer below more."""
    if text is None:
        return (1,)
    return (0, *((0, int(label), "") if label.isdigit() else (1, 0, label) for label in text.split(".")))


def _pypi(text: str) -> Any:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415  --help does not need it

    try:
        return Version(text)
    except InvalidVersion:
        return None


_Segments = tuple["int | str", ...]


def _compare_gems(one: _Segments, other: _Segments) -> int:
    for mine, theirs in zip_longest(one, other, fillvalue=0):
        if mine == theirs:
            continue
        if isinstance(mine, str) != isinstance(theirs, str):
            return -1 if isinstance(mine, str) else 1
        return -1 if mine < theirs else 1  # type: ignore[operator]  # both are of one type
    return 0


def _gem(text: str) -> Any:
    """A letter makes a pre-release; zeros at the end, and those before a letter, don't count."""
    text = text.strip() or "0"
    if _GEM.fullmatch(text) is None:
        return None
    text = _GEM_ZEROS_AT_END.sub("", text.replace("-", ".pre."))
    if _GEM_LETTER.search(text) is not None:
        text = _GEM_ZEROS_BEFORE_LETTER.sub("", text, count=1)
    found = _GEM_SEGMENT.findall(text)
    return _GEM_KEY(tuple(int(each) if each.isdigit() else each for each in found))


_GEM_KEY = cmp_to_key(_compare_gems)


def _nuget(text: str) -> Any:
    """One to four numbers, a missing one is zero; labels as SemVer's, without regard to case."""
    match = _NUGET.fullmatch(text)
    if match is None:
        return None
    numbers = tuple(int(number or 0) for number in match.groups()[:4])
    if max(numbers) > _MAX_INTEGER["nuget"]:
        return None
    return (*numbers, _labels(None if match[5] is None else match[5].upper()))


def _composer(text: str) -> Any:
    """Up to four numbers or a date, then a stage; names of branches have no place."""
    if match := _COMPOSER.fullmatch(text):
        numbers = [int(number or 0) for number in match.groups()[:4]]
        stage, count, dev = match.groups()[4:]
    elif match := _COMPOSER_DATE.fullmatch(text):
        numbers = [int(number) for number in re.findall("[0-9]+", match[1])]
        stage, count, dev = match.groups()[1:]
    else:
        return None
    place = _COMPOSER_STAGES[(stage or "").lower()]
    if dev and place == _COMPOSER_RELEASE:
        place = 0
    counted = tuple(int(number) for number in re.findall("[0-9]+", count or ""))
    return (tuple(numbers), place, counted, 0 if dev else 1)


_PLACES: Final[dict[str, Callable[[str], Any]]] = {
    "apk": order_system.apk,
    "cargo": lambda text: _semver(text, greatest=_MAX_INTEGER["cargo"]),
    "composer": _composer,
    "deb": order_system.deb,
    "gem": _gem,
    "golang": lambda text: _semver(text.removeprefix("v")),
    "maven": order_maven.maven,
    "npm": lambda text: _semver(text.removeprefix("v"), greatest=_MAX_INTEGER["npm"]),
    "nuget": _nuget,
    "pypi": _pypi,
    "rpm": order_system.rpm,
    "semver": _semver,
}
SCHEMES: Final = tuple(_PLACES)
"""The schemes whose order is known, named as purl types; `semver` is SemVer 2.0.0 to the letter."""

_WITH_HYPHEN: Final = frozenset({"cargo", "golang", "npm", "nuget", "semver"})
