"""The order of Maven versions, as Maven 3.9 has it; Maven 4 differs in rare versions such as `1.x-1`.

A version is a list of numbers, words and further lists: a hyphen, and each change between digits and letters,
opens a list. Trailing nothings are dropped, so `1.0.Final`, `1-ga` and `1` are one version. Known words have
an order, from `alpha` to `sp` with no word in between; an unknown word is after all of them.

Source: Maven, "Version Order Specification" (POM reference); `ComparableVersion` of Maven 3.9.9, to which
tests/interop compares this.
"""

from __future__ import annotations

import re
from functools import cmp_to_key
from itertools import zip_longest
from typing import Any, Final

_QUALIFIERS: Final = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_SAME: Final = {"ga": "", "final": "", "release": "", "cr": "rc"}
_SHORT: Final = {"a": "alpha", "b": "beta", "m": "milestone"}
"""Only with a number right behind them."""

_BEFORE: Final = frozenset({"alpha", "beta", "milestone", "rc", "cr", "snapshot"})
_RELEASE: Final = str(_QUALIFIERS.index(""))

_PRINTABLE: Final = re.compile(r"[!-~]+")
_TOKEN: Final = re.compile(r"[0-9]+|[.-]|[^0-9.-]+")
_HYPHEN: Final = "-"
_SIGNS: Final = (".", _HYPHEN)
_EARLY: Final = re.compile(r"(?:^|[0-9.-])[abm][0-9]")
_WORD: Final = re.compile(r"[a-z]+")

# A number is an int, a word the place of its qualifier as text, a list a list.
_Item = Any


def maven(text: str) -> Any:
    """What is compared in the place of `text`; anything printable without blanks has a place."""
    return None if _PRINTABLE.fullmatch(text) is None else _KEY(_read(text.lower()))


def is_prerelease(text: str) -> bool:
    """One of the words of `text` is a known one that comes before the release."""
    text = text.lower()
    return not _BEFORE.isdisjoint(_WORD.findall(text)) or _EARLY.search(text) is not None


def _read(text: str) -> list[_Item]:
    lists: list[list[_Item]] = [[]]
    pending = ""
    for part in _TOKEN.findall(text):
        if part in _SIGNS:
            lists[-1].append(_item(pending) if pending else 0)
            if part == _HYPHEN:
                _open(lists)
            pending = ""
            continue
        if pending.isdigit():
            lists[-1].append(int(pending))
            _open(lists)
        elif pending:
            _append_word(lists, _SHORT.get(pending, pending))
            _open(lists)
        pending = part
    if pending.isdigit():
        lists[-1].append(int(pending))
    elif pending:
        _append_word(lists, pending)
    for each in reversed(lists):
        _drop_trailing_nothings(each)
    return lists[0]


def _open(lists: list[list[_Item]]) -> None:
    inner: list[_Item] = []
    lists[-1].append(inner)
    lists.append(inner)


def _append_word(lists: list[list[_Item]], word: str) -> None:
    """A word that ends the version, or has a number behind it, has a list of its own: 1.0.x is 1.0-x."""
    if lists[-1]:
        _open(lists)
    lists[-1].append(_item(word))


def _item(text: str) -> _Item:
    if text.isdigit():
        return int(text)
    word = _SAME.get(text, text)
    return str(_QUALIFIERS.index(word)) if word in _QUALIFIERS else f"{len(_QUALIFIERS)}-{word}"


def _drop_trailing_nothings(items: list[_Item]) -> None:
    """Nothings between the end and the last item that counts; lists do not count, but stay."""
    for at in range(len(items) - 1, -1, -1):
        if items[at] in (0, _RELEASE, []):
            del items[at]
        elif not isinstance(items[at], list):
            return


def _compare(one: _Item, other: _Item) -> int:
    """-1, 0 or 1; None is the absence of an item."""
    if one is None or other is None:
        return _against_nothing(one) if other is None else -_against_nothing(other)
    first, second = _rank(one), _rank(other)
    if first == second == _LIST:
        return next((found for pair in zip_longest(one, other) if (found := _compare(*pair))), 0)
    if first == second:
        first, second = one, other
    return -1 if first < second else 1 if second < first else 0


_WORDS, _LIST, _NUMBER = range(3)


def _rank(item: _Item) -> Any:
    """Items of different kinds: words before lists before numbers."""
    if isinstance(item, str):
        return _WORDS
    return _LIST if isinstance(item, list) else _NUMBER


def _against_nothing(item: _Item) -> int:
    if isinstance(item, list):
        return next((found for found in map(_against_nothing, item) if found), 0)
    nothing: _Item = 0 if isinstance(item, int) else _RELEASE
    return -1 if item < nothing else 1 if nothing < item else 0


_KEY = cmp_to_key(_compare)
