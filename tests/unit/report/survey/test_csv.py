"""CSV: no spreadsheet runs a cell, and every text comes back as it was."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.survey_records import HOSTILE, empty_record, hostile_record, survey_record

from avow.record import SurveyRecord
from avow.report.survey.csv import COLUMNS, protect, render_csv, restore

RUN: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def rows(record: SurveyRecord) -> list[dict[str, str]]:
    """What Python's csv module reads from the report."""
    return list(csv.DictReader(io.StringIO("".join(render_csv(record)), newline="")))


@pytest.mark.parametrize(
    "text", [*HOSTILE, "", "'", "''=", ";'", "a;\r\n=1", ' "=1', "\\u{5c}u{41}", "\ud800"]
)
def test_a_protected_text_comes_back(text: str) -> None:
    """Nothing is stripped: names are identities."""
    assert restore(protect(text)) == text


@given(st.text(alphabet=st.one_of(st.sampled_from("=+-@\t\r\n;'\" \\u{}5c\uff1d"), st.characters())))
def test_every_text_comes_back(text: str) -> None:
    """Also one that looks like what `protect` writes."""
    assert restore(protect(text)) == text


@given(st.text(alphabet=st.one_of(st.sampled_from("=+-@\t\r\n;'\" \x0b\xa0"), st.characters())))
def test_no_protected_cell_is_run(text: str) -> None:
    """Neither the cell nor, where semicolons separate, a piece of it."""
    cell = protect(text)
    assert not cell.startswith(RUN)
    pieces = re.split(r"[;\r\n]", cell)
    assert not [each for each in pieces if each.lstrip(' \t\xa0"').startswith(RUN)]


def test_plain_text_is_left_as_it_is() -> None:
    """Most cells are what they say."""
    assert protect("pkg:npm/lantern@5.2.0; C:\\temp, 'quoted'") == "pkg:npm/lantern@5.2.0; C:\\temp, 'quoted'"


def test_a_scoped_npm_name_has_one_apostrophe() -> None:
    """It begins with an at sign by right."""
    assert protect("@types/lantern") == "'@types/lantern"


def test_control_characters_are_written_as_their_number() -> None:
    """A terminal shows CSV too."""
    assert protect("\x1b[2J\u202e") == "\\u{1b}[2J\\u{202e}"


def test_an_escape_beyond_unicode_is_left() -> None:
    """`protect` never wrote it; nobody wants an exception from a cell."""
    assert restore("\\u{ffffff}") == "\\u{ffffff}"


def test_there_is_one_record_per_component() -> None:
    """Names with line breaks included."""
    found = rows(hostile_record())
    assert [restore(each["name"]) for each in found] == list(HOSTILE)


def test_no_cell_of_the_report_is_run() -> None:
    """Whatever field a stranger's text is in."""
    cells = [cell for row in rows(hostile_record()) for cell in row.values()]
    assert cells
    assert not [cell for cell in cells if cell.startswith(RUN)]


def test_each_record_has_every_column() -> None:
    """By RFC 4180 all lines have the same number of fields and end in CRLF."""
    text = "".join(render_csv(survey_record()))
    assert {len(row) for row in csv.reader(io.StringIO(text, newline=""))} == {len(COLUMNS)}
    assert text.count("\r\n") == text.count("\n") == 401


def test_an_empty_record_has_a_head_only() -> None:
    """An SBOM without entries is one."""
    assert rows(empty_record()) == []


def test_credentials_are_left_out() -> None:
    """An address in a purl may have a password."""
    found = rows(hostile_record())[0]
    assert "hunter2" not in found["purl"] + found["repository"]


def test_what_is_known_is_in_the_record_of_its_component() -> None:
    """The vulnerabilities, fixes and VEX words, with the reason where nobody looked."""
    record = survey_record()
    found = {each["id"]: each for each in rows(record)}
    exploited = next(each for each in record.vulnerabilities if each.exploited)
    row = found[exploited.matches[0].component]
    assert exploited.key in row["vulnerabilities"].split()
    assert exploited.key in row["exploited"].split()
    assert row["looked up"] == "yes"
    without = next(each for each in record.components if each.why is not None)
    assert (found[without.id]["looked up"], found[without.id]["why not"]) == ("no", without.why)
