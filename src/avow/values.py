"""The words everything else speaks: digests, subjects, outcomes, verdicts, rejections and gaps."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of every value: immutable, strict about types and about unknown fields."""

    # Building a model's validator takes about a millisecond; a command builds those that it uses.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True
    )


def freeze(value: Any) -> Any:
    """The same JSON value with tuples for lists and read-only mappings for objects."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


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


def printable(text: str) -> str:
    """`text` without characters that could move a terminal's cursor, hide or reorder what stands beside them.

    Those are Unicode's control, format, surrogate, private and unassigned characters (C), and the separators
    of lines (Zl) and paragraphs (Zp), at which some programs begin a new line.
    """
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c).startswith(("C", "Zl", "Zp")) else c for c in text
    )


def latest_date_on_earth(moment: datetime) -> date:
    """The calendar date in the earliest time zone, UTC+14: a date beyond it is in the future everywhere.

    People write dates by their own calendar; nobody's today may count as the future.
    """
    return (moment + timedelta(hours=14)).date()


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The word of `among` that was perhaps meant, whatever its case; `None` when nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in among}
    close = get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[close[0]] if close else None
