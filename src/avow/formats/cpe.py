r"""CPE names in both bindings: `cpe:2.3:a:vendor:product:...` and the older `cpe:/a:vendor:product:...`.

A component's CPE identifies a product only if vendor and product are values. ANY (`*`) is missing data there
and not a statement about everything, and a version that is ANY or NA (`-`) is an unknown version.

Source: NIST IR 7695, sections 5.3 (logical values), 6.1 (URI binding) and 6.2 (formatted string binding).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_CPE_CHARACTERS: Final = 2048
"""Longer names are refused; eleven attributes of real names have about 100 characters together."""

_ATTRIBUTES: Final = 11
_URI_ATTRIBUTES: Final = 7
_FIRST_NAMES: Final = ("part", "vendor", "product", "version")

_FORMATTED_PART: Final = re.compile(r"(?:[^:\\]|\\.)*+", re.DOTALL)
_QUOTED: Final = re.compile(r"\\(.)", re.DOTALL)
_WILDCARD: Final = re.compile(r"(?<!\\)(?:\\\\)*[*?]")
_PERCENT: Final = re.compile(r"%([0-9a-fA-F]{2})")
_URI_WILDCARDS: Final = ("%01", "%02")


class CpeInvalid(ValueError):
    """The text is not a CPE name in one of the two bindings."""


@dataclass(frozen=True, slots=True)
class Cpe:
    """A CPE name; the attributes are lower-case values without quoting, empty where there is no value."""

    part: str
    vendor: str
    product: str
    version: str | None
    """`None` if the version is not known: ANY, NA, or a pattern."""
    why: tuple[str, ...] = ()
    """Which of vendor, product and version have no value: `vendor is ANY`, `version is NA`."""

    @property
    def identifies(self) -> bool:
        """It names one product; of an unknown version, perhaps."""
        return bool(self.vendor and self.product)


def read_cpe(text: str) -> Cpe | None:
    """The CPE name in `text`; `None` if it is malformed, and `parse_cpe` says why."""
    try:
        return parse_cpe(text)
    except CpeInvalid:
        return None


def parse_cpe(text: str) -> Cpe:
    """The CPE name in `text`.

    Characters that should be quoted and are not (`1.0+dfsg`) are values: many writers forget it.

    Raises:
        CpeInvalid: neither binding, or too few, too many or empty parts.
    """
    if len(text) > MAX_CPE_CHARACTERS:
        raise CpeInvalid(f"a CPE of {len(text)} characters; at most {MAX_CPE_CHARACTERS} are read")
    lower = text.strip().lower()
    if lower.startswith("cpe:2.3:"):
        return _named(tuple(map(_formatted_value, _formatted_parts(lower[len("cpe:2.3:") :]))))
    if lower.startswith("cpe:/"):
        return _named(tuple(map(_uri_value, _uri_parts(lower[len("cpe:/") :]))))
    raise CpeInvalid("not a CPE name: it begins neither with cpe:2.3: nor with cpe:/")


def _formatted_parts(text: str) -> list[str]:
    parts: list[str] = []
    at = -1
    while at < len(text) and len(parts) <= _ATTRIBUTES:
        part = _FORMATTED_PART.match(text, at + 1)
        if part is None or part.end() == at + 1:
            raise CpeInvalid("not a CPE 2.3 name: an empty part")
        parts.append(part[0])
        at = part.end()
        if at < len(text) and text[at] != ":":
            raise CpeInvalid("not a CPE 2.3 name: a backslash at the end")
    if len(parts) != _ATTRIBUTES:
        amount = "few" if len(parts) < _ATTRIBUTES else "many"
        raise CpeInvalid(f"not a CPE 2.3 name: too {amount} parts, {_ATTRIBUTES} are needed")
    return parts


def _uri_parts(text: str) -> list[str]:
    parts = text.split(":")
    if len(parts) > _URI_ATTRIBUTES:
        raise CpeInvalid(f"not a CPE 2.2 name: too many parts, at most {_URI_ATTRIBUTES} are allowed")
    return parts + [""] * (_URI_ATTRIBUTES - len(parts))


def _formatted_value(part: str) -> tuple[str, str]:
    """The value, or an empty text and what it is instead."""
    if part == "*":
        return "", "ANY"
    if part == "-":
        return "", "NA"
    if _WILDCARD.search(part):
        return "", "a pattern"
    return _QUOTED.sub(r"\1", part), ""


def _uri_value(part: str) -> tuple[str, str]:
    if not part:
        return "", "ANY"
    if part == "-":
        return "", "NA"
    if any(wildcard in part for wildcard in _URI_WILDCARDS):
        return "", "a pattern"
    return _PERCENT.sub(lambda code: chr(int(code[1], 16)), part), ""


def _named(attributes: tuple[tuple[str, str], ...]) -> Cpe:
    first = dict(zip(_FIRST_NAMES, attributes, strict=False))
    return Cpe(
        part=first["part"][0],
        vendor=first["vendor"][0],
        product=first["product"][0],
        version=first["version"][0] or None,
        why=tuple(f"{name} is {reason}" for name, (_, reason) in first.items() if reason and name != "part"),
    )
