"""The order of Maven versions, as Maven 3.9 and later have it.

A version is a list of numbers, words and lists: a hyphen, and each change between digits and letters, opens a
list. Trailing nothings are dropped, so `1.0.Final`, `1-ga` and `1` are one version. Known words have an order
(`alpha` to `sp`, with nothing in between); an unknown one is after all of them.

Source: Maven, "Version Order Specification" (POM reference); behaviour of `ComparableVersion` 3.9.9, with which
tests/interop compares this.
"""

from __future__ import annotations

import re
from functools import cmp_to_key
from itertools import zip_longest
from typing import Any, Final

_QUALIFIERS: Final = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_PLAIN: Final = frozenset({"ga", "final", "release"})
_SHORT: Final = {"a": "alpha", "b": "beta", "m": "milestone"}
_BEFORE: Final = frozenset({"alpha", "beta", "milestone", "rc", "cr", "snapshot"})
_RELEASE: Final = str(_QUALIFIERS.index(""))

_PRINTABLE: Final = re.compile(r"[!-~]+")
_WORD: Final = re.compile(r"[a-z]+")

# Items: a number is an int, a word a str (its place among the qualifiers), a word with a number behind it a
# tuple of both, a list a list.
_Item = Any


def maven(text: str) -> Any:
    """What is compared in the place of `text`; anything printable without blanks has a place."""
    if _PRINTABLE.fullmatch(text) is None:
        return None
    return _KEY(_read(text.lower()))


def is_prerelease(text: str) -> bool:
    """One of the words of `text` is a known one that comes before the release."""
    text = text.lower()
    if any(word in _BEFORE for word in _WORD.findall(text)):
        return True
    return re.search(r"(?:^|[0-9.-])[abm]-?[0-9]", text) is not None


def _read(text: str) -> list[_Item]:  # noqa: C901  one loop over characters, as the specification describes
    outer: list[_Item] = []
    lists, current = [outer], outer

    def opened() -> list[_Item]:
        inner: list[_Item] = []
        current.append(inner)
        lists.append(inner)
        return inner

    start, digits, combined = 0, False, False
    for at, sign in enumerate(text):
        if sign == ".":
            current.append(_item(text[start:at], digits=digits, combined=combined) if at > start else 0)
            combined, start = False, at + 1
        elif sign == "-":
            if at == start:
                current.append(0)
            else:
                if not digits and text[at + 1 : at + 2].isdigit():
                    combined = True  # rc-1 is rc1
                    continue
                current.append(_item(text[start:at], digits=digits, combined=combined))
            start, combined = at + 1, False
            if current:
                current = opened()
        elif sign.isdigit():
            if not digits and at > start:
                combined = True
                if current:
                    current = opened()
            digits = True
        else:
            if digits and at > start:
                current.append(_item(text[start:at], digits=True, combined=combined))
                start, combined = at, False
                current = opened()
            digits = False
    if len(text) > start:
        if not digits and current:
            current = opened()  # 1.0.x is 1.0-x
        current.append(_item(text[start:], digits=digits, combined=combined))
    for each in reversed(lists):
        _drop_nothings(each)
    return outer


def _item(text: str, *, digits: bool, combined: bool) -> _Item:
    if combined:
        text = text.replace("-", "")
        at = next(at for at, sign in enumerate(text) if sign.isdigit())
        return (_qualifier(_SHORT.get(text[:at], text[:at])), int(text[at:]))
    return int(text) if digits else _qualifier(text)


def _qualifier(word: str) -> str:
    """The place of a word, as text: `0` to `6` for known ones, `7-word` for others."""
    word = "rc" if word == "cr" else word
    if word in _PLAIN:
        return _PLAIN_PLACE
    return str(_QUALIFIERS.index(word)) if word in _QUALIFIERS else f"{len(_QUALIFIERS)}-{word}"


_PLAIN_PLACE: Final = _RELEASE


def _drop_nothings(items: list[_Item]) -> None:
    for at in range(len(items) - 1, -1, -1):
        if items[at] not in (0, []):
            continue
        after = items[at + 1] if at + 1 < len(items) else None
        if after is None or isinstance(after, str):
            del items[at]
        elif isinstance(after, list) and isinstance(after[0], str | tuple):
            del items[at]


def _compare(one: _Item, other: _Item) -> int:
    """-1, 0 or 1; None is the absence of an item."""
    if one is None:
        return 0 if other is None else -_against_nothing(other)
    if other is None:
        return _against_nothing(one)
    first, second = _rank(one), _rank(other)
    if {first, second} == {_WORD_RANK, _COMBINED_RANK}:
        return _word_and_combined(one, other)
    if first != second:
        return -1 if first < second else 1
    if isinstance(one, list):
        for mine, theirs in zip_longest(one, other):
            if found := _compare(mine, theirs):
                return found
        return 0
    return -1 if one < other else 1 if other < one else 0


_WORD_RANK, _COMBINED_RANK, _LIST_RANK, _NUMBER_RANK = 0, 1, 2, 3


def _rank(item: _Item) -> int:
    """Items of different kinds: words before lists before numbers."""
    if isinstance(item, str):
        return _WORD_RANK
    if isinstance(item, tuple):
        return _COMBINED_RANK
    return _LIST_RANK if isinstance(item, list) else _NUMBER_RANK


def _word_and_combined(one: _Item, other: _Item) -> int:
    """The word decides, and with a number behind it the same word is later."""
    mine = one[0] if isinstance(one, tuple) else one
    theirs = other[0] if isinstance(other, tuple) else other
    if mine != theirs:
        return -1 if mine < theirs else 1
    return 1 if isinstance(one, tuple) else -1


def _against_nothing(item: _Item) -> int:
    if isinstance(item, list):
        return next((found for found in map(_against_nothing, item) if found), 0)
    if isinstance(item, int):
        return 0 if item == 0 else 1
    word = item[0] if isinstance(item, tuple) else item
    return -1 if word < _RELEASE else 1 if word > _RELEASE else 0


_KEY = cmp_to_key(_compare)
