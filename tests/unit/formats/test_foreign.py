"""Fields that strangers wrote: a day or moment, or nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from avow.formats.foreign import day_of, moment_of, shown, texts_of


@pytest.mark.parametrize("text", ["2026-08-17", "2026/08/17", " 2026-08-17 "])
def test_a_day_in_the_spellings_of_the_lists(text: str) -> None:
    """With dashes or slashes."""
    assert day_of(text) == date(2026, 8, 17)


@pytest.mark.parametrize(
    "value",
    [
        None,
        20260817,
        "",
        "17.08.2026",
        "2026-8-17",
        "2026-02-30",
        "20260817",
        "0001-01-01",
        "\uff12026-08-17",
    ],
)
def test_anything_else_is_not_a_day(value: object) -> None:
    """The year 1 is a placeholder, and the calendar counts."""
    assert day_of(value) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T12:00:22Z", datetime(2026, 11, 20, 12, 0, 22, tzinfo=UTC)),
        ("2026-11-20T12:00:22.9796Z", datetime(2026, 11, 20, 12, 0, 22, 979600, tzinfo=UTC)),
        ("2026-11-20T12:00:22+0100", datetime(2026, 11, 20, 11, 0, 22, tzinfo=UTC)),
        ("2026-11-20 12:00:22+01:00", datetime(2026, 11, 20, 11, 0, 22, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_a_moment_is_in_utc(text: str, moment: datetime) -> None:
    """A day alone is its first second."""
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    "value",
    [
        *(None, 7, "", "now", "2026-11-20T12:00:22", "2026-11-20T25:00:00Z", "0001-01-01T00:00:00Z"),
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_anything_else_is_not_a_moment(value: object) -> None:
    """Neither is a time without its zone, nor one that UTC has no year for."""
    assert moment_of(value) is None


def test_texts_are_read_alone_and_in_lists() -> None:
    """Blank ones and other types are left out."""
    assert texts_of(" a ") == ("a",)
    assert texts_of(["a", 7, "", "b"]) == ("a", "b")
    assert texts_of({"a": 1}) == ()


def test_a_shown_value_is_short_and_safe() -> None:
    """A stranger wrote it."""
    assert shown("x" * 100) == '"' + "x" * 80 + '…"'
    assert shown("\x1b[31m") == '"\\u001b[31m"'
    assert shown(["a"]) == "\"['a']\""
