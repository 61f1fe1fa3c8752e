"""The order of versions in Linux distributions: Debian's and Ubuntu's, rpm's, and Alpine's.

Source: Debian Policy 5.6.12 and deb-version(7); rpm-version(7); apk-package(5) of apk-tools 3, which differs
from apk-tools 2 in numbers that begin with a zero.
"""

from __future__ import annotations

import re
from functools import cmp_to_key
from itertools import chain
from typing import Any, Final

_DEB: Final = re.compile(
    r"(?:(?P<epoch>[0-9]+):)?(?P<upstream>[A-Za-z0-9.+~:-]+?)(?:-(?P<revision>[A-Za-z0-9.+~]+))?"
)
_DEB_PART: Final = re.compile(r"([^0-9]*)([0-9]*)")
_MAX_DEB_EPOCH: Final = 2**31 - 1

_RPM: Final = re.compile(r"(?:(?P<epoch>[0-9]*):)?(?P<version>[^:-]+)(?:-(?P<release>[^:-]+))?")
_RPM_TOKEN: Final = re.compile(r"~|\^|[0-9]+|[A-Za-z]+")
_BEFORE_END, _END, _AFTER_END, _LETTERS, _NUMBER = range(5)
_RPM_SIGNS: Final = {"~": _BEFORE_END, "^": _AFTER_END}

_APK: Final = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z])?(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(?:~(?P<commit>[0-9a-f]+))?(?:-r(?P<revision>[0-9]+))?"
)
_APK_SUFFIX: Final = re.compile(r"_([a-z]+)([0-9]*)")
_APK_BEFORE: Final = {"alpha": -4, "beta": -3, "pre": -2, "rc": -1}
_APK_SUFFIXES: Final = _APK_BEFORE | {"cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5}
# In this order: of two versions that agree up to here, the one whose next part is an earlier kind is later.
_APK_FIRST, _APK_NUMBER, _APK_LETTER, _APK_WORD, _APK_COUNT, _APK_COMMIT, _APK_REVISION, _APK_END = range(8)


def deb(text: str) -> Any:
    """Epoch, upstream version and revision; none is zero."""
    match = _DEB.fullmatch(text)
    if match is None or int(match["epoch"] or 0) > _MAX_DEB_EPOCH:
        return None
    if match["epoch"] is None and ":" in text:
        return None  # an epoch is a number
    return (int(match["epoch"] or 0), _deb_part(match["upstream"]), _deb_part(match["revision"] or ""))


def _deb_part(text: str) -> tuple[int, ...]:
    """Letters and numbers in turns; a tilde is before the end, letters before other signs."""
    parts = _DEB_PART.findall(text)[:-1] or [("", "")]
    signs = ((*map(_deb_sign, letters), 0, int(number or 0)) for letters, number in parts)
    return (*chain.from_iterable(signs), 0)


def _deb_sign(sign: str) -> int:
    if sign == "~":
        return -1
    return ord(sign) if sign.isalpha() else ord(sign) + 256


def rpm(text: str) -> Any:
    """Epoch, version and release; no epoch is zero, no release is before any."""
    match = _RPM.fullmatch(text)
    if match is None or not text.isprintable() or " " in text:
        return None
    release = () if match["release"] is None else (_rpm_part(match["release"]),)
    return (int(match["epoch"] or 0), _rpm_part(match["version"]), release)


def without_release(text: str) -> str:
    """An rpm version as a bound has it that names no release."""
    return text.rpartition("-")[0] or text


def _rpm_part(text: str) -> tuple[tuple[int, int, str], ...]:
    return (*map(_rpm_token, _RPM_TOKEN.findall(text)), (_END, 0, ""))


def _rpm_token(text: str) -> tuple[int, int, str]:
    if text in _RPM_SIGNS:
        return (_RPM_SIGNS[text], 0, "")
    return (_NUMBER, int(text), "") if text.isdigit() else (_LETTERS, 0, text)


def apk(text: str) -> Any:
    """Numbers, a letter, suffixes, a commit and a revision, of which only the numbers must be there."""
    match = _APK.fullmatch(text)
    if match is None:
        return None
    first, *numbers = match["numbers"].split(".")
    tokens: list[tuple[int, Any]] = [(_APK_FIRST, int(first))]
    tokens += [(_APK_NUMBER, number) for number in numbers]
    tokens += [(_APK_LETTER, match["letter"])] if match["letter"] else []
    for word, count in _APK_SUFFIX.findall(match["suffixes"]):
        tokens.append((_APK_WORD, _APK_SUFFIXES[word]))
        tokens += [(_APK_COUNT, int(count))] if count else []
    tokens += [(_APK_COMMIT, match["commit"])] if match["commit"] else []
    tokens += [(_APK_REVISION, int(match["revision"]))] if match["revision"] else []
    return _APK_KEY([*tokens, (_APK_END, 0)])


def _compare_apk(one: list[tuple[int, Any]], other: list[tuple[int, Any]]) -> int:
    mine, theirs = next(((a, b) for a, b in zip(one, other, strict=False) if a != b), (None, None))
    if mine is None or theirs is None:
        return 0
    if mine[0] == theirs[0]:
        if mine[0] == _APK_NUMBER:
            return _compare_apk_numbers(mine[1], theirs[1])
        return -1 if mine[1] < theirs[1] else 1
    for token, answer in ((mine, -1), (theirs, 1)):
        if token[0] == _APK_WORD and token[1] < 0:
            return answer
    return 1 if mine[0] < theirs[0] else -1


def _compare_apk_numbers(one: str, other: str) -> int:
    """As text if one begins with a zero: 1.0100 is later than 1.010."""
    if one.startswith("0") or other.startswith("0"):
        return -1 if one < other else 1
    return -1 if int(one) < int(other) else 1


_APK_KEY = cmp_to_key(_compare_apk)
