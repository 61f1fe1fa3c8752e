"""The plan as a table: out, changed in a spreadsheet, and back, without losing what a person wrote."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Final

import pytest

from avow.errors import InputInvalid
from avow.formats.spreadsheet import BOM, restore
from avow.plan import Plan, read_plan
from avow.planning.table import COLUMNS, SEEN, render_table, with_table

NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
TEXT: Final = """\
avow-plan: 1
upstreams:
  # =the first one
  - upstream: pkg:npm/%40acme/anvil
    owner: "@product-security"   # a team
    vulnerabilities:
      - id: CVE-2099-1
        answer: open   # for now
      - id: CVE-2099-1
        components: ["pkg:npm/%40acme/anvil@2.0.0"]
        answer: fixed
        because: |
          the product
          has 2.0.1
        report: {state: known, source: GHSA-1, date: "2026-11-02"}
  - upstream: pkg:npm/hammer
    note: nothing
"""


def plan(text: str) -> Plan:
    """The plan in `text`."""
    return read_plan(text.encode(), source="plan.yaml", now=NOW)


def rows(text: str = TEXT) -> list[dict[str, str]]:
    """The table as a spreadsheet reads it."""
    made = "".join(render_table(plan(text))).removeprefix(BOM)
    return list(csv.DictReader(io.StringIO(made, newline="")))


def table(changed: list[dict[str, str]], *, delimiter: str = ",") -> bytes:
    """The table as a spreadsheet writes it."""
    made = io.StringIO()
    writer = csv.DictWriter(made, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(changed)
    return (BOM + made.getvalue()).encode()


def imported(changed: list[dict[str, str]], **more: str) -> tuple[str, tuple[str, ...]]:
    """The plan's text with the table, and the values that changed."""
    made = with_table(TEXT, plan(TEXT), table(changed, **more), source="plan.csv")
    return made.text, made.changes


def test_what_is_in_the_table() -> None:
    """A row for each project and vulnerability, and no cell that a spreadsheet would run."""
    found = rows()
    assert [(each["upstream"], each["vulnerability"]) for each in found] == [
        ("pkg:npm/%40acme/anvil", ""),
        ("pkg:npm/%40acme/anvil", "CVE-2099-1"),
        ("pkg:npm/%40acme/anvil", "CVE-2099-1"),
        ("pkg:npm/hammer", ""),
    ]
    assert found[0]["owner"] == "'@product-security"
    assert restore(found[0]["owner"]) == "@product-security"
    assert (found[1]["answer"], found[1]["report"]) == ("open", "open")
    assert (found[2]["report source"], found[2]["report date"]) == ("GHSA-1", "2026-11-02")
    assert restore(found[2]["because"]) == "the product\nhas 2.0.1"
    assert tuple(found[0]) == COLUMNS


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_that_nobody_changed_changes_nothing(delimiter: str) -> None:
    """Whatever separates its cells."""
    assert imported(rows(), delimiter=delimiter) == (TEXT, ())


def test_cells_that_differ_are_changed() -> None:
    """In the entry that the row is about; comments stay, and what is missing is added."""
    changed = rows()
    changed[0] |= {"due": "2027-01-31", "owner": "us"}
    changed[1] |= {
        "answer": "openByDecision",
        "because": "low: impact",
        "until": "2027-01-31",
        "owner": "us",
        "report": "reported",
        "report channel": "mail",
        "report date": "2026-11-20",
        "fix shared": "https://acme.example/1",
    }
    changed[2] |= {"report source": "GHSA-2"}
    changed[3] |= {"note": ""}
    text, values = imported(changed)
    assert len(values) == 11
    assert values[:3] == ("pkg:npm/%40acme/anvil: owner", "pkg:npm/%40acme/anvil: due", "CVE-2099-1: owner")
    made = plan(text)
    first, other = made.upstreams[0].vulnerabilities
    assert (made.upstreams[0].owner, str(made.upstreams[0].due)) == ("us", "2027-01-31")
    assert (first.answer.value, first.because, str(first.until)) == (
        "openByDecision",
        "low: impact",
        "2027-01-31",
    )
    assert (first.report.told.value, first.report.channel) == ("reported", "mail")
    assert first.our_fix is not None
    assert other.report.source == "GHSA-2"
    assert made.upstreams[1].note == "nothing"
    assert "owner: us   # a team\n" in text
    assert "answer: openByDecision   # for now\n" in text
    assert "  # =the first one\n" in text


def test_a_cell_of_what_the_survey_saw_is_not_read() -> None:
    """It is for people."""
    changed = rows()
    changed[1][SEEN] = "anything"
    assert imported(changed) == (TEXT, ())


@pytest.mark.parametrize("key", ["upstream", "vulnerability", "components"])
def test_a_row_about_nothing_in_the_plan(key: str) -> None:
    """All such rows are named, and nothing is changed."""
    changed = rows()
    changed[1] |= {key: "pkg:npm/other", "answer": "fixed"}
    changed[3] |= {"upstream": "pkg:npm/nail"}
    with pytest.raises(InputInvalid, match="can't be imported") as refused:
        imported(changed)
    assert [each.line for each in refused.value.problems] == [3, 5]
    assert {each.fix for each in refused.value.problems} == {"add it with avow plan update"}


@pytest.mark.parametrize(
    ("number", "cells", "words"),
    [
        (0, {"answer": "fixed"}, "answer means nothing for a project"),
        (1, {"due": "2027-01-01"}, "due means nothing for a vulnerability"),
        (1, {"note": "x"}, "note means nothing for a vulnerability"),
        (0, {"owner": "\\u{d800}"}, "owner has half of a surrogate pair"),
    ],
)
def test_values_that_would_not_be_looked_at(number: int, cells: dict[str, str], words: str) -> None:
    """They are refused, and nothing is changed."""
    changed = rows()
    changed[number] |= cells
    with pytest.raises(InputInvalid) as refused:
        imported(changed)
    assert [each.message for each in refused.value.problems] == [words]


def test_two_rows_about_the_same() -> None:
    """A spreadsheet copies rows; whichever was meant, a person says."""
    changed = rows()
    with pytest.raises(InputInvalid) as refused:
        imported([changed[0] | {"owner": "carl"}, changed[0] | {"owner": "dora"}])
    assert [each.message for each in refused.value.problems] == ["row 2 is about the same"]


def test_more_cells_than_the_head_has() -> None:
    """Somebody's comma is in a text without quotes; half of the text would be lost."""
    data = table(rows()[:3]) + b"pkg:npm/hammer,,,,Smith, John" + b"," * 20 + b"x,x,x\n"
    with pytest.raises(InputInvalid, match="more cells than the head has"):
        with_table(TEXT, plan(TEXT), data, source="plan.csv")


def test_what_spreadsheets_add() -> None:
    """A line with the separator, and blanks around keys."""
    changed = rows()
    changed[3] |= {"upstream": " pkg:npm/hammer ", "owner": "us"}
    data = b"sep=;\r\n" + table(changed, delimiter=";").removeprefix(BOM.encode())
    assert with_table(TEXT, plan(TEXT), data, source="plan.csv").changes == ("pkg:npm/hammer: owner",)


def test_which_row_is_behind_a_line() -> None:
    """For problems of the plan that it would make."""
    changed = rows()
    changed[1] |= {"answer": "fixed"}
    made = with_table(TEXT, plan(TEXT), table(changed), source="plan.csv")
    line = made.text[: made.text.index("answer: fixed")].count("\n") + 1
    assert (made.row_at(line), made.row_at(1)) == (3, 0)


def test_a_place_that_can_not_be_changed() -> None:
    """A value in brackets has to be written out by a person before keys are added to it."""
    changed = rows()
    changed[2]["report because"] = "new"
    with pytest.raises(InputInvalid) as refused:
        imported(changed)
    assert "report is written in brackets" in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no column upstream"),
        (b"upstream,vulnerability\n", "no column components"),
        (b"upstream,vulnerability,components,severity\n", "the column severity"),
        (b"upstream,vulnerability,components,components\n", "is not a table"),
        (b'upstream,vulnerability,components\n"a', "not CSV"),
        (b"upstream,vulnerability,components\n\xff", "not UTF-8"),
    ],
)
def test_tables_that_are_refused(data: bytes, words: str) -> None:
    """With the reason, before anything is changed."""
    with pytest.raises(InputInvalid, match=words):
        with_table(TEXT, plan(TEXT), data, source="plan.csv")


def test_a_table_in_utf_16() -> None:
    """Spreadsheets call it Unicode text, and separate by tabs."""
    data = table(rows(), delimiter="\t").decode().removeprefix(BOM).encode("utf-16")
    assert with_table(TEXT, plan(TEXT), data, source="plan.txt")[:2] == (TEXT, ())


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """And empty ones are passed over."""
    monkeypatch.setattr("avow.planning.table.MAX_ROWS", 5)
    assert imported([*rows(), {}]) == (TEXT, ())
    with pytest.raises(InputInvalid, match="more than 5 rows"):
        imported([*rows(), {}, {}])
