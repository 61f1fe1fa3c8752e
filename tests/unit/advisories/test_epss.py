"""EPSS files: plain and packed, with and without their date."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.advisories import epss
from avow.advisories.epss import EpssFile, Score, read_epss, sniff_epss
from avow.errors import InputInvalid

COMMENT = "#model_version:v2099.01.01,score_date:2026-11-20T12:00:22Z\n"
HEADER = "cve,epss,percentile\n"
LINES = "CVE-2099-1001,0.03351,0.88255\nCVE-2099-1002,1.0,1e-05\n"
TEXT = (COMMENT + HEADER + LINES).encode()


def read(data: bytes | str) -> EpssFile:
    return read_epss(data.encode() if isinstance(data, str) else data, source="epss.csv")


def test_scores_are_kept_in_the_digits_of_the_file() -> None:
    """Nothing is computed, so nothing is rounded."""
    found = read(TEXT)
    assert list(found.entries()) == [
        Score("CVE-2099-1001", "0.03351", "0.88255"),
        Score("CVE-2099-1002", "1.0", "1e-05"),
    ]
    assert (found.count, found.model, found.unread) == (2, "v2099.01.01", ())


def test_the_date_is_that_of_the_scores() -> None:
    """A score without its day means nothing."""
    assert read(TEXT).stated == datetime(2026, 11, 20, 12, 0, 22, tzinfo=UTC)


def test_the_older_spelling_of_the_date_is_read() -> None:
    """Files of 2022 write +0000."""
    found = read("#model_version:v2022.01.01,score_date:2022-02-04T00:00:00+0000\n" + HEADER + LINES)
    assert found.stated == datetime(2022, 2, 4, tzinfo=UTC)


def test_a_file_without_a_comment_has_no_date_and_says_so() -> None:
    """Files of 2021."""
    found = read(HEADER + LINES)
    assert found.stated is None
    assert [each.place for each in found.unread] == ["line 1"]


def test_windows_line_ends_and_a_mark_are_read() -> None:
    """The file was opened and saved."""
    assert read(b"\xef\xbb\xbf" + TEXT.replace(b"\n", b"\r\n")).count == 2


def test_gzip_is_unpacked() -> None:
    """As the file is published; several members are one file."""
    assert read(gzip.compress(TEXT, mtime=0)).count == 2
    assert list(
        read(gzip.compress(TEXT[:70], mtime=0) + gzip.compress(TEXT[70:], mtime=0)).entries()
    ) == list(read(TEXT).entries())


@pytest.mark.parametrize(
    "line",
    [
        "CVE-2099-1003,2.0,0.1",
        "CVE-2099-1003,0.1",
        "EUVD-2099-1,0.1,0.1",
        "CVE-2099-1003,nan,0.1",
        "CVE-2099-1003,-0.1,1",
    ],
)
def test_a_line_that_is_not_a_score_is_named(line: str) -> None:
    """With its number in the file; the others count."""
    found = read(COMMENT + HEADER + "\n" + line + "\n" + LINES)
    assert found.count == 2
    assert [each.place for each in found.unread] == ["line 4"]
    assert len(list(found.entries())) == 2


def test_many_lines_that_are_not_scores_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile file does not fill the report."""
    monkeypatch.setattr(epss, "_MAX_UNREAD", 1)
    found = read(COMMENT + HEADER + "x\ny\nz\n" + LINES)
    assert [each.place for each in found.unread] == ["line 3", ""]
    assert found.unread[1].message == "2 more lines are not scores"


def test_a_file_without_scores_says_that_nothing_was_looked_up() -> None:
    """Empty is not "unlikely"."""
    found = read(COMMENT + HEADER)
    assert found.count == 0
    assert "nothing was looked up" in found.unread[0].message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#model_version:v1,score_date:2026-11-20T00:00:00Z\n",
        b"cve,score\nCVE-2099-1001,1\n",
        (COMMENT + HEADER + "x\n").encode(),
        b"\x1f\x8bnot gzip at all",
        gzip.compress(TEXT, mtime=0)[:-10],
        gzip.compress(TEXT, mtime=0)[:12],
        gzip.compress(TEXT, mtime=0) + b"rubbish",
    ],
)
def test_what_is_not_a_whole_epss_file_is_refused(data: bytes) -> None:
    """Also one that was cut off while it was downloaded."""
    with pytest.raises(InputInvalid):
        read(data)


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for what comes out."""
    monkeypatch.setattr(epss, "MAX_BYTES", 2 * 1024 * 1024)
    with pytest.raises(InputInvalid, match="unpacks to more than"):
        read(gzip.compress(TEXT + b"\n" * 64 * 1024 * 1024, mtime=0))


def test_a_plain_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limit."""
    monkeypatch.setattr(epss, "MAX_BYTES", 10)
    with pytest.raises(InputInvalid, match="at most 10"):
        read(TEXT)


def test_a_file_of_thousands_of_members_is_refused() -> None:
    """Each would cost a copy of all that follow."""
    with pytest.raises(InputInvalid, match="members"):
        read(gzip.compress(b"\n", mtime=0) * 17)


@pytest.mark.parametrize(
    "data", [TEXT, gzip.compress(TEXT, mtime=0), (HEADER + LINES).encode(), b"\xef\xbb\xbf" + TEXT]
)
def test_a_file_is_recognised_by_its_content(data: bytes) -> None:
    """Plain or packed, with or without the comment."""
    assert sniff_epss(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"# a comment\n", b"\x1f\x8b\xff\xff", gzip.compress(b"cve", mtime=0), b"cveID,dateAdded\n", b"{}"],
)
def test_other_files_are_not_recognised(data: bytes) -> None:
    """Neither other CSV nor other gzip."""
    assert not sniff_epss(data)


def test_gzip_of_a_large_file_is_recognised_by_its_beginning() -> None:
    """Only the beginning is unpacked, so the rest may even be broken."""
    assert sniff_epss(gzip.compress(TEXT * 40_000, compresslevel=1, mtime=0)[:200_000])


@given(
    st.binary(max_size=100).map(lambda data: (COMMENT + HEADER + LINES).encode() + data)
    | st.binary(max_size=100)
)
def test_whatever_the_bytes_it_is_read_or_refused(data: bytes) -> None:
    """No other exception, and as many entries as it says."""
    try:
        found = read(data)
    except InputInvalid:
        return
    assert sum(1 for _ in found.entries()) == found.count
