"""Fields of foreign lists, read without trust: days, moments, texts, and the head of a file.

Nothing here raises for what a stranger wrote: a field that can't be read is `None` or empty, and whoever
asked says where it was.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from avow.errors import InputInvalid
from avow.formats.json_document import utf_8_of
from avow.values import printable

HEAD_BYTES: Final = 64 * 1024
"""What is looked at to recognise a file; the first entry of every known list is shorter."""

MAX_SHOWN: Final = 80
"""Characters of a foreign value in a message."""

CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}", re.ASCII)
"""Source: the JSON schema of CISA's list, `cveID`."""

_DAY: Final = re.compile(r"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})", re.ASCII)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    re.ASCII,
)
_FIRST_YEAR: Final = 1970
"""Earlier years are placeholders: the Go vulnerability database has the year 1."""


def head_of(data: bytes) -> bytes:
    """The first part of `data` as UTF-8, without a byte order mark and blanks before the first character."""
    try:
        return utf_8_of(data[:HEAD_BYTES], source="").lstrip()
    except InputInvalid:
        return b""


def day_of(value: Any) -> date | None:
    """The day that `value` writes as `YYYY-MM-DD` or `YYYY/MM/DD`; `None` for anything else."""
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) < _FIRST_YEAR:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def moment_of(value: Any) -> datetime | None:
    """The moment that `value` writes in ISO 8601 with a time zone, in UTC; `None` for anything else.

    A day alone is its first second, so it never looks younger than it is.
    """
    if (day := day_of(value)) is not None:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    text = value.strip() if isinstance(value, str) else ""
    if _MOMENT.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC it may be after the year 9999
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def texts_of(value: Any) -> tuple[str, ...]:
    """The texts in `value`, which is a text or a list of them: lists have changed from one to the other."""
    items = value if isinstance(value, list) else [value]
    return tuple(item.strip() for item in items if isinstance(item, str) and item.strip())


def shown(value: Any) -> str:
    """`value` for a message: quoted, cut, and without characters that a terminal would act on."""
    text = value if isinstance(value, str) else repr(value)[: MAX_SHOWN + 1]
    return f'"{printable(text[:MAX_SHOWN])}{"…" if len(text) > MAX_SHOWN else ""}"'
