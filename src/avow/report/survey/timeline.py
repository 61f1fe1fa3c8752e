"""The support horizon as a picture: where each release line ends, against the product's support period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from avow.report.survey.sections import Line
from avow.report.survey.wording import counted, shown

WIDTH: Final = 760
RIGHT: Final = 28
TOP: Final = 52
ROW: Final = 22
FOOT: Final = 26

MAX_ROWS: Final = 24
"""Release lines in the picture; the table has all of them."""

MAX_LABEL: Final = 26

_LETTER: Final = 7
"""The width of a letter of a label, which is 12 high."""

_DAYS: Final = 365.25
_MAX_BEFORE: Final = 30
_MAX_AFTER: Final = 25
"""Years before and after the record was made; other dates are drawn at the edge, the earlier as an arrow."""

_MAX_NUMBERS: Final = 12
"""Of the axis, so that they don't touch."""


@dataclass(frozen=True, slots=True)
class Row:
    """One release line; all numbers are in units of the picture."""

    label: str
    y: int
    x: float
    """Where its support ends."""
    before: bool
    """It ended before the axis begins."""
    beyond: float
    """From its end to the end of the product's support."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that the picture needs."""

    rows: tuple[Row, ...]
    years: tuple[tuple[float, str], ...]
    first: int
    """The year in which the axis begins."""
    now: float
    now_anchor: str
    product_end: float | None
    product_anchor: str
    hidden: int
    left: int
    description: str
    width: int = WIDTH
    top: int = TOP

    @property
    def earlier(self) -> bool:
        """A release line ended before the axis begins."""
        return any(each.before for each in self.rows)

    @property
    def bottom(self) -> int:
        """Where the axis is."""
        return TOP + max(1, len(self.rows)) * ROW

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return self.bottom + FOOT


def timeline(lines: Sequence[Line], *, made: date, product_end: date | None) -> Timeline:
    """The lines that have a date, the earliest end first; every other one is for the table."""
    ended = [(line, line.ends) for line in lines if line.ends is not None]
    drawn = ended[:MAX_ROWS]
    days = [each for _, each in drawn] + [made] + ([product_end] if product_end else [])
    labels = [shown(f"{line.product} {line.cycle}".rstrip(), limit=MAX_LABEL) for line, _ in drawn]
    left = 20 + _LETTER * max(map(len, labels), default=0)
    axis = _Axis(days, made=made, left=left)
    end = None if product_end is None else axis.x(product_end)
    rows = []
    for number, (label, (_, ends)) in enumerate(zip(labels, drawn, strict=True)):
        x = axis.x(ends)
        beyond = 0.0 if end is None or end <= x else round(end - x, 1)
        rows.append(
            Row(
                label=label,
                y=TOP + number * ROW + ROW // 2,
                x=x,
                before=ends.year < axis.first,
                beyond=beyond,
            )
        )
    return Timeline(
        rows=tuple(rows),
        years=axis.years(),
        first=axis.first,
        now=axis.x(made),
        now_anchor=_anchor(axis.x(made), left=left),
        product_end=end,
        product_anchor="middle" if end is None else _anchor(end, left=left),
        hidden=len(lines) - len(drawn),
        left=left,
        description=_description(drawn, made=made, product_end=product_end),
    )


def _description(drawn: list[tuple[Line, date]], *, made: date, product_end: date | None) -> str:
    before = sum(ends < made for _, ends in drawn)
    text = (
        f"{counted(len(drawn), 'release line')}, the earliest end first. {before} ended before this record "
        f"was made on {made.isoformat()}."
    )
    if product_end is None:
        return f"{text} The end of the product's support period is not stated."
    earlier = sum(ends < product_end for _, ends in drawn)
    return (
        f"{text} {earlier} end before the product's support period ends on {product_end.isoformat()}. "
        "The table below has every date."
    )


def _anchor(x: float, *, left: int) -> str:
    """On which side of `x` a label has room."""
    if x > left + (WIDTH - left) * 3 / 4:
        return "end"
    return "start" if x < left + (WIDTH - left) / 4 else "middle"


class _Axis:
    """Days to places from left to right, in whole years, from the year of the earliest."""

    def __init__(self, days: list[date], *, made: date, left: int) -> None:
        self._left = left
        self.first = max(min(days).year, made.year - _MAX_BEFORE)
        self._last = min(max(max(days).year, made.year) + 1, made.year + _MAX_AFTER)

    def x(self, day: date) -> float:
        years = day.year + (day.timetuple().tm_yday - 1) / _DAYS - self.first
        share = min(max(years / (self._last - self.first), 0.0), 1.0)
        return round(self._left + share * (WIDTH - self._left - RIGHT), 1)

    def years(self) -> tuple[tuple[float, str], ...]:
        span = self._last - self.first
        step = next(each for each in (1, 2, 5, 10) if span / each <= _MAX_NUMBERS)
        return tuple(
            (self.x(date(year, 1, 1)), str(year)) for year in range(self.first, self._last + 1, step)
        )
