"""The CSV of release dates: what is read, and every wrong line."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.advisories import history
from avow.advisories.history import History, HistoryFile, HistoryTable, read_history, sniff_history
from avow.errors import InputInvalid

HEADER = "component,repository,last_release,last_security_fix,source\n"
TEXT = HEADER + (
    "pkg:npm/%40sample/gadget,,2026-11-01,2026-03-02,https://example.org/releases\n"
    '\n,git+https://github.com/Sample/Gadget.git,2025-01-01,,"tags, read by hand"\n'
)


def read(text: str, *, today: date | None = None) -> HistoryFile:
    return read_history(text.encode(), source="history.csv", today=today)


def problems(line: str, *, today: date | None = None) -> list[str]:
    """What is wrong with one line."""
    with pytest.raises(InputInvalid) as caught:
        read(HEADER + line + "\n", today=today)
    assert {each.line for each in caught.value.problems} == {2}
    return [each.message for each in caught.value.problems]


def test_packages_and_repositories_are_keys_for_every_spelling() -> None:
    """A purl without version, or an address in any form; an unknown day stays unknown."""
    assert read(TEXT).entries == (
        History(
            "purl:npm/@sample/gadget", date(2026, 11, 1), date(2026, 3, 2), "https://example.org/releases"
        ),
        History("https://github.com/sample/gadget", date(2025, 1, 1), None, "tags, read by hand"),
    )


def test_the_newest_day_says_how_young_the_file_is() -> None:
    """It has no date of its own."""
    assert read(TEXT).newest == date(2026, 11, 1)
    assert read(HEADER) == HistoryFile(())


def test_a_file_with_components_alone_needs_no_column_for_repositories() -> None:
    """Nor the other way around."""
    text = "source,component,last_security_fix,last_release\nby hand,pkg:npm/gadget,,2026-01-02\n"
    assert read(text).entries == (History("purl:npm/gadget", date(2026, 1, 2), None, "by hand"),)


def test_a_mark_and_windows_line_ends_are_read() -> None:
    """A spreadsheet saved it."""
    assert read("\ufeff" + TEXT.replace("\n", "\r\n")).entries == read(TEXT).entries


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("pkg:npm/gadget@1.0,,2026-01-01,,by hand", "has a version"),
        ("https://example.org,,2026-01-01,,by hand", "not a purl"),
        (",gadget,2026-01-01,,by hand", "not the address of a repository"),
        (",,2026-01-01,,by hand", "no component"),
        ("pkg:npm/gadget,https://github.com/sample/gadget,2026-01-01,,by hand", "both"),
        ("pkg:npm/gadget,,,,by hand", "neither last_release nor"),
        ("pkg:npm/gadget,,2026-01-01,,", "has no source"),
        ("pkg:npm/gadget,,2026-01,,by hand", "last_release is"),
        ("pkg:npm/gadget,,2026/01/01,,by hand", "last_release is"),
        ("pkg:npm/gadget,,,2026-02-30,by hand", "last_security_fix is"),
        ("pkg:npm/gadget,,2026-01-01,by hand", "has 4 fields"),
        ("pkg:npm/gadget,,2026-01-01,,by hand,2026", "has 6 fields"),
    ],
)
def test_each_mistake_is_reported_with_its_line(line: str, message: str) -> None:
    """And nothing else is wrong with the line."""
    (found,) = problems(line)
    assert message in found


def test_a_day_in_the_future_is_a_mistake_where_the_day_is_known() -> None:
    """It can only be a typing error."""
    line = "pkg:npm/gadget,,2027-01-01,,by hand"
    assert problems(line, today=date(2026, 11, 24)) == ["last_release is 2027-01-01, which is in the future"]
    assert len(read(HEADER + line).entries) == 1
    assert len(read(HEADER + line, today=date(2027, 1, 1)).entries) == 1


def test_all_mistakes_are_reported_at_once() -> None:
    """In the order of the lines, several of one line included."""
    with pytest.raises(InputInvalid) as caught:
        read(
            HEADER
            + "x,,soon,,\npkg:npm/a,,2026-01-01,,s\npkg:npm/A,,2026-01-01,,s\npkg:npm/a,,2026-01-01,,s\n"
        )
    assert [each.line for each in caught.value.problems] == [2, 2, 2, 5]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "component,last_release,source\n",
        "last_release,last_security_fix,source\n",
        "component,last_release,last_security_fix,source,note\n",
        "component,component,last_release,last_security_fix,source\n",
        HEADER + '"pkg:npm/gadget" x,,2026-01-01,,s\n',
    ],
)
def test_what_is_not_such_a_file_is_refused(text: str) -> None:
    """Columns that are missing, unknown or there twice, and broken quotes."""
    with pytest.raises(InputInvalid) as caught:
        read(text)
    assert caught.value.problems


def test_other_encodings_are_refused() -> None:
    """A name would be read as another one."""
    with pytest.raises(InputInvalid) as caught:
        read_history(HEADER.encode() + b"\xe9", source="history.csv")
    assert caught.value.problems[0].message == f"not UTF-8 at byte {len(HEADER)}"


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of lines and of bytes."""
    monkeypatch.setattr(history, "MAX_ENTRIES", 1)
    with pytest.raises(InputInvalid) as caught:
        read(TEXT)
    assert "at most 1 lines" in caught.value.problems[0].message
    monkeypatch.setattr(history, "MAX_BYTES", 10)
    with pytest.raises(InputInvalid, match="at most 10"):
        read(TEXT)


@given(st.binary(max_size=100).map(lambda data: HEADER.encode() + data) | st.binary(max_size=60))
def test_whatever_the_bytes_it_is_read_or_refused(data: bytes) -> None:
    """No other exception."""
    with contextlib.suppress(InputInvalid):
        read_history(data, source="x")


def test_a_table_finds_each_line_by_its_key() -> None:
    """Nothing is found by a name."""
    table = HistoryTable(read(TEXT).entries)
    assert [each.last_release for each in table.histories("https://github.com/sample/gadget")] == [
        date(2025, 1, 1)
    ]
    assert table.histories("gadget") == ()


@pytest.mark.parametrize(
    "text", [TEXT, "\ufeff" + TEXT, '"component","last_release","last_security_fix","source"\r\n']
)
def test_the_columns_are_recognised(text: str) -> None:
    """In any order, quoted or not."""
    assert sniff_history(text.encode())


@pytest.mark.parametrize("text", ["", "component,last_release\n", "cveID,dateAdded\n", "{}"])
def test_other_files_are_not_recognised(text: str) -> None:
    """Both dates are needed."""
    assert not sniff_history(text.encode())
