"""Markdown: tables with constant columns, and foreign text that stays text."""

from __future__ import annotations

import re
from itertools import groupby

import msgspec
import pytest
from support.survey_records import HOSTILE, empty_record, hostile_record, survey_record

from avow.record import SurveyRecord
from avow.report.survey.markdown import MAX_ROWS, code, prose, render_markdown


def page(record: SurveyRecord) -> str:
    return "".join(render_markdown(record))


def tables(text: str) -> list[list[str]]:
    lines = text.splitlines()
    return [list(group) for is_table, group in groupby(lines, lambda line: line.startswith("|")) if is_table]


@pytest.mark.parametrize("record", [empty_record(), survey_record(), hostile_record()], ids=str)
def test_a_table_has_the_same_number_of_cells_in_each_row(record: SurveyRecord) -> None:
    """A bar in a name makes no cell."""
    found = tables(page(record))
    assert found
    for table in found:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1


def test_no_raw_html_and_no_link_comes_from_data() -> None:
    """Nor an image, a bare address or a mention."""
    text = page(hostile_record())
    assert "<" not in text
    assert "](" not in text
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert not re.search(r"https?://|www\.|(?<![&#\w])@\w", outside)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_is_a_span_of_code_or_has_nothing_that_acts(text: str) -> None:
    """One of two forms, and never a line break."""
    found = code(text)
    assert "\n" not in found
    assert "\r" not in found
    plain = re.fullmatch(r"`[^`<>|\[\]\\ ]+`", found)
    assert plain or not re.search(r"[<>|\[\]`*_]", found)


def test_a_scoped_name_is_a_span_of_code() -> None:
    """Forges take @types for a mention of somebody."""
    assert code("@types/lantern") == "`@types/lantern`"


def test_a_mention_in_prose_is_broken() -> None:
    """A space without width is between the sign and the name."""
    assert prose("ask @somebody") == "ask &#64;\u200bsomebody"


def test_the_sections_are_those_of_the_report() -> None:
    """In its order, with what each supports."""
    heads = [line for line in page(survey_record()).splitlines() if line.startswith("## ")]
    assert [each.split(". ", 1)[1] for each in heads] == [
        "What this is",
        "Scope and blind spots",
        "Exploited and known vulnerabilities",
        "Support horizon",
        "Upstream projects",
        "How to check this again",
    ]


def test_credentials_are_left_out() -> None:
    """User and password of an address are nobody's business."""
    assert "hunter2" not in page(hostile_record())


def test_long_tables_are_counted() -> None:
    """What is left out is in the JSON record."""
    text = page(survey_record(components=2000))
    assert max(len(table) for table in tables(text)) == MAX_ROWS + 2
    assert re.search(r"\d+ more rows in the JSON record", text)


def test_nothing_listed_and_nobody_looked_are_two_things() -> None:
    """Exploited: no list, or a list without a hit."""
    assert "No list of exploited vulnerabilities was given, so nobody looked." in page(empty_record())
    record = survey_record()
    vulnerabilities = tuple(msgspec.structs.replace(each, exploited=()) for each in record.vulnerabilities)
    text = page(msgspec.structs.replace(record, vulnerabilities=vulnerabilities))
    assert "No list that was given names one of them as exploited." in text
