"""CSV: no spreadsheet runs a cell, and every text comes back as it was."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.survey_records import HOSTILE, empty_record, hostile_record, survey_record

from avow.formats.spreadsheet import BOM, protect, restore
from avow.record import EndOfLife, Match, SurveyRecord, VexWord, Vulnerability
from avow.report.survey.csv import COLUMNS, render_csv
from avow.report.survey.wording import WHY
from avow.vocabulary import Voice

RUN: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def rows(record: SurveyRecord) -> list[dict[str, str]]:
    """What Python's csv module reads from the report."""
    text = "".join(render_csv(record)).removeprefix(BOM)
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "text", [*HOSTILE, "", "'", "''=", ";'", "a;\r\n=1", 'a; "" =1', ' "=1', "\\u{5c}u{41}", "\ud800"]
)
def test_a_protected_text_comes_back(text: str) -> None:
    """Nothing is stripped: names are identities."""
    assert restore(protect(text)) == text


@given(st.text(alphabet=st.one_of(st.sampled_from("=+-@\t\r\n;'\" \\u{}5c#\uff1d"), st.characters())))
def test_every_text_comes_back(text: str) -> None:
    """Also one that looks like what `protect` writes."""
    assert restore(protect(text)) == text


@given(st.text(alphabet=st.one_of(st.sampled_from("=+-@\t\r\n;'\" \x0b\xa0"), st.characters())))
def test_no_protected_cell_is_run(text: str) -> None:
    """Neither the cell nor, where semicolons separate, a piece of it."""
    cell = protect(text)
    assert not cell.startswith(RUN)
    pieces = cell.split(";")
    assert not [each for each in pieces if each.lstrip(' \t\xa0"').startswith(RUN)]


@pytest.mark.parametrize("before", ["", " ", "  ", "\t", "\xa0", '"', ' ""'])
@pytest.mark.parametrize("sign", list("=+-@\uff1d\uff0b\uff0d\uff20"))
def test_a_formula_behind_blanks_or_quotes_is_one(before: str, sign: str) -> None:
    """Programs strip them before they look at the first character."""
    assert protect(f"{before}{sign}1") == f"'{before}{sign}1"
    assert protect(f"a;{before}{sign}1") == f"a;'{before}{sign}1"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u200b", "\x85"])
def test_what_some_programs_take_for_a_line_end_is_written_as_its_number(separator: str) -> None:
    """And what nobody sees at all."""
    assert protect(f"a{separator}b") == f"a\\u{{{ord(separator):x}}}b"


def test_blanks_and_quotes_in_any_order() -> None:
    """At the start of a cell, and after a semicolon."""
    assert protect(' "" =1') == '\' "" =1'
    assert protect('a; "" =1') == 'a;\' "" =1'


def test_plain_text_is_left_as_it_is() -> None:
    """Most cells are what they say."""
    assert protect("pkg:npm/lantern@5.2.0; C:\\temp, 'quoted'") == "pkg:npm/lantern@5.2.0; C:\\temp, 'quoted'"


def test_a_scoped_npm_name_has_one_apostrophe() -> None:
    """It begins with an at sign by right."""
    assert protect("@types/lantern") == "'@types/lantern"


def test_control_characters_are_written_as_their_number() -> None:
    """A terminal shows CSV too."""
    assert protect("\x1b[2J\u202e") == "\\u{1b}[2J\\u{202e}"


def test_no_cell_begins_a_line_or_has_a_marker_of_a_ci_system() -> None:
    """A CI system reads a printed report line by line, and runs commands at the start of one or after ##."""
    assert protect("a\r\n::error::b") == "a\\u{d}\\u{a}::error::b"
    assert protect("###vso[x]") == "#\\u{23}\\u{23}vso[x]"
    text = "".join(render_csv(hostile_record()))
    assert "##" not in text
    assert [line for line in text.splitlines() if not re.match(r"\ufeffid,|c[0-9]+,", line)] == []


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
    record = survey_record(components=4, sboms=1)
    upstreams = tuple(
        msgspec.structs.replace(each, repository="https://user:hunter2@git.example/x")
        for each in record.upstreams
    )
    found = rows(msgspec.structs.replace(record, upstreams=upstreams))[0]
    assert found["repository"] == "https://git.example/x"


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
    assert without.why is not None
    assert (found[without.id]["looked up"], found[without.id]["why not"]) == ("no", WHY[without.why])


def test_the_file_begins_with_a_byte_order_mark() -> None:
    """Without it a spreadsheet shows damaged umlauts."""
    text = "".join(render_csv(survey_record(components=4)))
    assert text.encode().startswith(b"\xef\xbb\xbfid,name,")
    assert text.count(BOM) == 1


def test_no_cell_is_silent_about_whether_somebody_looked() -> None:
    """None listed where a component was looked up, and not looked at where it was not."""
    record = survey_record()
    silent = msgspec.structs.replace(record, vulnerabilities=(), end_of_life=(), undecidable=())
    found = {each["id"]: each for each in rows(silent)}
    for component in record.components:
        row = found[component.id]
        word = "none listed" if component.looked_up else "not looked at"
        assert [row["vulnerabilities"], row["exploited"], row["malicious"]] == [word] * 3
        assert row["undecidable"] == ("none" if component.looked_up else "not looked at")
        assert row["end of life state"] == "not known: no list names it"
        assert "advisories: 1 file of 2026-11-22, 2 days old" in row["data"]


def test_without_lists_nobody_looked() -> None:
    """Also where advisories were looked up."""
    record = survey_record(components=40)
    bare = msgspec.structs.replace(record, snapshots=(), end_of_life=(), vulnerabilities=())
    row = next(each for each in rows(bare) if each["looked up"] == "yes")
    assert row["exploited"] == "not looked at"
    assert row["end of life state"] == "not looked at: no list was given"
    assert row["data"] == "no data was given"


def test_what_is_not_certain_has_columns() -> None:
    """Contested, undecidable, and proposed by CPE or name."""
    record = survey_record()
    found = {each["id"]: each for each in rows(record)}
    contested = next(
        (each.key, match.component)
        for each in record.vulnerabilities
        for match in each.matches
        if match.contested
    )
    assert contested[0] in found[contested[1]]["contested"].split()
    assert found["c2"]["undecidable"] == "GHSA-9999-test-0002"
    assert found["c3"]["proposed by CPE or name"] == "CVE-2025-11111"


def test_what_is_said_of_another_component_is_not_in_its_record() -> None:
    """One vulnerability, fixed in two versions, and contested for one of the two."""
    record = survey_record(components=4, sboms=1)
    word = VexWord(status="fixed", voice=Voice.SUPPLIER, source="vex.json")
    matches = (
        Match(component="c1", advisory="X", spoke="matching", fixed=("1.1",), contested=True),
        Match(component="c2", advisory="X", spoke="matching", fixed=("2.2",), vex=(word,)),
    )
    vulnerability = Vulnerability(key="CVE-1", ids=("CVE-1",), matches=matches)
    one, two, *_ = rows(msgspec.structs.replace(record, vulnerabilities=(vulnerability,)))
    names = ("fixed in", "contested", "vex")
    assert [one[each] for each in names] == ["CVE-1: 1.1", "CVE-1", ""]
    assert [two[each] for each in names] == ["CVE-1: 2.2", "", "CVE-1: fixed"]


def test_end_of_life_is_in_words() -> None:
    """`jquery 1 true` says nothing to anybody."""
    record = survey_record(components=8)
    ended = EndOfLife(component="c1", product="jquery", by="purl", cycle="1", eol="true", state="eol")
    row = rows(msgspec.structs.replace(record, end_of_life=(ended,)))[0]
    assert row["end of life"] == "jquery 1: ended, date not known"
    assert row["end of life state"] == "past end of life"
