"""The base class of immutable values, and helpers: freezing, times as text, safe printing, suggestions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of every value: immutable, strict about types and about unknown fields."""

    # Building a model's validator takes about a millisecond, so a command builds only those it uses.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True
    )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, without the cached properties: they were computed from the old values."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(copied).model_fields.keys():
            del copied.__dict__[name]
        return copied


def freeze(value: Any) -> Any:
    """The same JSON value with tuples for lists and read-only mappings for objects."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


def immutable(value: Any) -> Any:
    """TOML arrays as tuples, for strict models; its tables stay dicts."""
    if isinstance(value, dict):
        return {key: immutable(item) for key, item in value.items()}
    return tuple(immutable(item) for item in value) if isinstance(value, list) else value


def thaw(value: Any) -> Any:
    """The same JSON value with plain lists and dicts, for serialisers."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [thaw(item) for item in value]
    return value


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


CI_MARKER: Final = re.compile(r"^\s*::|##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
"""What CI systems take for a command: `::` at a line's start, `##[`, `##vso[` and `##teamcity[` anywhere.

Source: GitHub Actions, Azure Pipelines and TeamCity documentation of logging commands.
"""


def printable(text: str) -> str:
    """`text` with every character escaped that a terminal or the log of a CI system might act on.

    Escaped are Unicode's control, format, surrogate, private and unassigned characters (C), the line (Zl) and
    paragraph (Zp) separators, at which some programs start a new line, and the markers of `CI_MARKER`.
    """
    marked = CI_MARKER.sub(lambda found: f"{found[0][:-1]}\\u{ord(found[0][-1]):04x}", text)
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c).startswith(("C", "Zl", "Zp")) else c for c in marked
    )


def shortlist(names: Iterable[str], *, most: int) -> str:
    """The first `most` names, and how many more there are."""
    found = list(names)
    rest = len(found) - most
    return ", ".join(found[:most]) + (f" and {rest} more" if rest > 0 else "")


def latest_date_on_earth(moment: datetime) -> date:
    """The calendar date in UTC+14, the earliest time zone: a later date is in the future everywhere.

    People write dates by their local calendar, and nobody's today may count as a future date.
    """
    return (moment + timedelta(hours=14)).date()


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The closest match for `word` in `among`, ignoring case; `None` if nothing is similar."""
    by_folded = {candidate.casefold(): candidate for candidate in among}
    close = get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[close[0]] if close else None
