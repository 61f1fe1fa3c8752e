"""The first screen: what it says, in which order, and how long it is."""

from __future__ import annotations

import unicodedata

import msgspec
from support.survey_records import empty_record, hostile_record, survey_record

from avow.record import Product, SurveyRecord
from avow.report.survey.text import render_text


def screen(record: SurveyRecord, *, details: bool = False) -> list[str]:
    return "".join(render_text(record, details=details)).splitlines()


def starting(lines: list[str], start: str) -> str:
    return next(line for line in lines if line.startswith(start))


def test_the_screen_of_400_components_is_one_screen() -> None:
    """About 40 lines, each short enough to be read."""
    lines = screen(survey_record())
    assert len(lines) <= 42
    assert max(map(len, lines)) <= 400


def test_it_says_what_matters_in_order() -> None:
    """Numbers, exploited, known, end of life, not looked up, what was said, what to do first."""
    lines = screen(survey_record())
    starts = (
        "Survey of",
        "exploited",
        "known",
        "past end",
        "looked up",
        "1 signed",
        "first:",
        "No judgement",
    )
    places = [lines.index(starting(lines, each)) for each in starts]
    assert places == sorted(places)
    assert lines[-1] == "No judgement was made."


def test_numbers_go_from_entries_to_upstream_projects() -> None:
    """The three counts are always together, with correct plurals."""
    assert (
        "  560 entries, 400 components, 100 upstream projects, 67 of them with a stated repository"
        in screen(survey_record())
    )


def test_an_exploited_flag_is_a_question() -> None:
    """It never asks anybody to report something."""
    line = starting(screen(survey_record()), "exploited somewhere")
    assert line == "exploited somewhere: 2 vulnerabilities; is it shipped, and reachable?"
    assert "report" not in line


def test_a_list_that_was_not_given_is_not_silence() -> None:
    """No list and no hit are two things."""
    assert "exploited somewhere: not looked at, no list was given" in screen(empty_record())
    record = survey_record()
    vulnerabilities = tuple(msgspec.structs.replace(each, exploited=()) for each in record.vulnerabilities)
    without = msgspec.structs.replace(record, vulnerabilities=vulnerabilities)
    assert "exploited somewhere: none listed for what was looked up" in screen(without)


def test_nothing_looked_up_is_not_none_found() -> None:
    """An SBOM without identifiers has no known vulnerabilities for another reason."""
    assert "known vulnerabilities: not looked at, no component could be looked up" in screen(empty_record())


def test_none_found_names_the_number_that_was_looked_up() -> None:
    """None found of one is not none found of a thousand."""
    record = empty_record()
    totals = msgspec.structs.replace(record.totals, components=2, looked_up=1, not_looked_up=1)
    lines = screen(msgspec.structs.replace(record, totals=totals))
    assert "known vulnerabilities: none found; looked up 1 component" in lines
    assert 'looked up 1 of 2 components; 1 could not be looked up, which is not "none found"' in lines


def test_each_reason_has_one_line_with_a_count() -> None:
    """Never one line per component."""
    lines = screen(survey_record())
    assert "      98  an ecosystem that no snapshot covers: yocto 52, generic 46" in lines


def test_details_leave_nothing_out() -> None:
    """Every match has a line, with its VEX."""
    record = survey_record()
    lines = screen(record, details=True)
    assert not [line for line in lines if line.startswith("  and ")]
    assert sum("fixed in: " in line for line in lines) == record.totals.matches
    assert any(
        "VEX  not affected because vulnerable code not in execute path: Product security" in line
        for line in lines
    )
    assert any(line.startswith("  build provenance (the build, signed") for line in lines)


def test_many_sboms_are_counted() -> None:
    """Across products the list of SBOMs is short."""
    assert "  and 8 more SBOMs" in screen(survey_record(components=60, sboms=12))


def test_a_vulnerability_in_several_sboms_says_so() -> None:
    """One decision may serve them all."""
    record = survey_record(components=60, sboms=12)
    components = tuple(
        msgspec.structs.replace(
            each, places=tuple(msgspec.structs.replace(each.places[0], sbom=sbom) for sbom in ("s1", "s2"))
        )
        for each in record.components
    )
    lines = screen(msgspec.structs.replace(record, components=components))
    assert any(line.endswith("  in 2 SBOMs") for line in lines)


def test_a_hostile_text_does_nothing_to_a_terminal() -> None:
    """No control, format or separator character, and no command of a CI system."""
    for details in (False, True):
        lines = "".join(render_text(hostile_record(), details=details)).split("\n")
        for line in lines:
            assert not [c for c in line if unicodedata.category(c).startswith(("C", "Zl", "Zp"))]
            assert not line.lstrip().startswith("::")
            assert "##vso" not in line
        assert "hunter2" not in "".join(lines)


def test_an_old_snapshot_is_named_beside_what_rests_on_it() -> None:
    """An old snapshot is not an excuse."""
    record = survey_record()
    osv = msgspec.structs.replace(record.snapshots[0], warning="400 days old")
    old = msgspec.structs.replace(record, snapshots=(osv, osv))
    assert starting(screen(old), "known").endswith("and 1 more; 400 days old)")
    assert "OSV" not in starting(screen(msgspec.structs.replace(record, snapshots=())), "known")


def test_plain_words_where_there_is_little() -> None:
    """A record with components and nothing else."""
    record = survey_record(components=3, sboms=1)
    totals = msgspec.structs.replace(record.totals, proposals=0, from_findings=0)
    few = msgspec.structs.replace(record, totals=totals, gaps=(), upstreams=(), first=())
    assert not [line for line in screen(few) if line.startswith(("first", "update history", "  not given"))]


def test_a_cut_leaves_no_half_of_an_address() -> None:
    """Credentials are gone before anything is cut."""
    record = survey_record(components=4, sboms=1)
    product = Product(name="https://user:" + "p" * 200 + "@git.example/x")
    assert "ppp" not in "".join(screen(msgspec.structs.replace(record, product=product)))
