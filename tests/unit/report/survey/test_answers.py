"""The three answers: of how many, of which date, and whether anybody looked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from support.survey_records import empty_record, survey_record

from avow.record import EndOfLife, Snapshot, SurveyRecord
from avow.report.survey import answers
from avow.report.survey.sections import View

MADE = date(2026, 11, 27)


def file(kind: str, *, stated: datetime | None = None, retrieved: date | None = None) -> Snapshot:
    return Snapshot(
        id=f"{kind}{stated}",
        kind=kind,
        path=kind,
        sha256="0",
        bytes=1,
        records=1,
        stated=stated,
        retrieved=retrieved,
    )


def silent(*snapshots: Snapshot, looked_up: int = 361, endings: tuple[EndOfLife, ...] = ()) -> View:
    """361 of 400 components looked up, and nothing found."""
    record = survey_record()
    totals = msgspec.structs.replace(record.totals, vulnerabilities=0, looked_up=looked_up)
    return View(
        msgspec.structs.replace(
            record, totals=totals, vulnerabilities=(), end_of_life=endings, snapshots=snapshots
        )
    )


def on_line(component: str, state: str) -> EndOfLife:
    return EndOfLife(component=component, product="heron", by="purl", cycle="1", eol="", state=state)


@pytest.mark.parametrize("record", [empty_record(), msgspec.structs.replace(survey_record(), snapshots=())])
def test_nobody_looked_without_lists(record: SurveyRecord) -> None:
    """Neither for what is exploited nor for support."""
    view = View(msgspec.structs.replace(record, vulnerabilities=(), end_of_life=()))
    assert answers.exploited(view).line == "not looked at, no list was given"
    assert answers.ended(view).line == "not looked at, no list of support dates was given"
    assert answers.data_dates(view) == ""


def test_nobody_looked_where_no_component_could_be_looked_up() -> None:
    """A list that was given does not help then, and its date would suggest otherwise."""
    view = silent(file("kev"), file("osv"), looked_up=0)
    for answer in (answers.exploited(view), answers.known(view)):
        assert answer.line == "not looked at, no component could be looked up"


def test_an_sbom_without_components_has_nothing_to_look_up() -> None:
    """Which is said, too."""
    view = View(msgspec.structs.replace(empty_record(), snapshots=(file("endoflife"), file("eukev"))))
    assert answers.ended(view).line == "not looked at, there is no component"
    assert answers.exploited(view).line == "not looked at, there is no component"


def test_none_listed_says_of_how_many_and_of_which_date() -> None:
    """A list without a date is one of which nobody knows the age."""
    view = silent(file("kev", stated=datetime(2025, 8, 25, tzinfo=UTC)), file("eukev"))
    assert answers.exploited(view).line == (
        "none listed, of 361 components looked up (CISA KEV of 2025-08-25; EU KEV, date not known)"
    )


def test_an_old_file_is_not_hidden_behind_a_new_one() -> None:
    """The oldest is named, and how many have no date at all."""
    files = [file("osv", stated=datetime(2026, 11, day, tzinfo=UTC)) for day in range(1, 5)]
    files += [file("osv", stated=datetime(2022, 5, 12, tzinfo=UTC)), file("osv")]
    assert answers.known(silent(*files)).data == (
        "advisories: 6 files, oldest 2022-05-12, 1,657 days old; 1 without a date"
    )


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((file("osv"),), "1 file, date not known"),
        ((file("osv"), file("osv")), "2 files, none with a date"),
        ((file("osv", retrieved=date(2026, 11, 26)),), "1 file of 2026-11-26, 1 day old"),
        ((file("osv", retrieved=date(2026, 11, 28)),), "1 file of 2026-11-28, 0 days old"),
        (
            (file("osv", retrieved=date(2026, 11, 26)), file("osv", retrieved=date(2026, 11, 20))),
            "2 files, oldest 2026-11-20, 7 days old",
        ),
    ],
)
def test_dates_of_files(files: tuple[Snapshot, ...], words: str) -> None:
    """Of one, of several, and of those without."""
    assert answers.file_dates(files, made=MADE) == words


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("findings: FPF 1.2", True),
        ("osv-scanner", True),
        ("findings: OpenVEX 0.2.0", False),
        ("findings: CSAF 2.0", False),
        ("vex", False),
    ],
)
def test_vex_is_not_a_look_up(kind: str, *, counts: bool) -> None:
    """What a VEX file does not name, nobody has looked for in it."""
    assert answers.known(silent(file(kind))).data == ("findings: 1 file, date not known" if counts else "")


def test_support_says_of_how_many_release_lines() -> None:
    """A component whose line is not in the list is not supported; it is not known."""
    endings = (on_line("c1", "supported"), on_line("c2", "cycle_not_found"), on_line("c3", "not_stated"))
    view = silent(file("endoflife"), endings=endings)
    assert answers.ended(view).line == (
        "none, of 1 component whose release line is listed; not known for 399 more "
        "(endoflife.date: 1 file, date not known)"
    )
    past = silent(file("endoflife"), endings=(*endings, on_line("c4", "eol"), on_line("c4", "eol")))
    assert answers.ended(past).short == "1"
    assert (
        "1 of 2 components whose release line is listed; not known for 398 more" in answers.ended(past).line
    )


def test_all_of_them_on_listed_lines() -> None:
    """Then nothing is unknown."""
    record = survey_record()
    view = silent(endings=tuple(on_line(each.id, "supported") for each in record.components))
    assert answers.ended(view).line == "none, of 400 components whose release line is listed"


def test_lists_that_name_nothing_are_not_an_answer() -> None:
    """Not known, with the number of components."""
    for endings in ((), (on_line("c2", "cycle_not_found"),)):
        line = answers.ended(silent(file("endoflife"), endings=endings)).line
        assert line.startswith("not known, the lists have no end for any of 400 components (endoflife.date")
