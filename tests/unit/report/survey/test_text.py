"""The first screen: what it says, in which order, and how long it is."""

from __future__ import annotations

import unicodedata

import msgspec
from support.survey_records import empty_record, hostile_record, survey_record, unlooked_record

from avow.record import Product, SourceGap, SurveyRecord
from avow.report.survey.text import render_text


def screen(record: SurveyRecord, *, details: bool = False) -> list[str]:
    return "".join(render_text(record, details=details)).splitlines()


def starting(lines: list[str], start: str) -> str:
    return next(line for line in lines if line.startswith(start))


def test_the_screen_of_400_components_is_one_screen() -> None:
    """About 40 lines, each short enough to be read, also of many SBOMs."""
    for record in (survey_record(), survey_record(sboms=12)):
        lines = screen(record)
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
        "in hand",
        "do first:",
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
    assert line == (
        "exploited somewhere: 2 vulnerabilities; is it shipped, and reachable? (CISA KEV of 2026-11-20)"
    )
    assert "report" not in line


def test_a_list_that_was_not_given_is_not_silence() -> None:
    """No list and no hit are two things."""
    assert "exploited somewhere: not looked at, no list was given" in screen(empty_record())
    record = survey_record()
    vulnerabilities = tuple(msgspec.structs.replace(each, exploited=()) for each in record.vulnerabilities)
    without = msgspec.structs.replace(record, vulnerabilities=vulnerabilities)
    assert "exploited somewhere: none listed, of 259 components looked up (CISA KEV of 2026-11-20)" in screen(
        without
    )


def test_nothing_looked_up_is_not_none_found() -> None:
    """An SBOM without identifiers has no known vulnerabilities for another reason."""
    lines = screen(unlooked_record())
    assert "exploited somewhere: not looked at, no component could be looked up" in lines
    assert "known vulnerabilities: not looked at, no component could be looked up" in lines
    assert "known vulnerabilities: not looked at, there is no component" in screen(empty_record())


def test_none_found_names_the_number_that_was_looked_up() -> None:
    """None found of one is not none found of a thousand."""
    record = empty_record()
    totals = msgspec.structs.replace(record.totals, components=2, looked_up=1, not_looked_up=1)
    lines = screen(msgspec.structs.replace(record, totals=totals))
    assert "known vulnerabilities: none listed, of 1 component looked up" in lines
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
    assert "  and 9 more SBOMs" in screen(survey_record(components=60, sboms=12))


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


def test_the_date_of_the_data_is_beside_what_rests_on_it() -> None:
    """An old snapshot is not an excuse."""
    record = survey_record()
    assert starting(screen(record), "known").endswith(
        "(advisories: 1 file of 2026-11-22, 2 days old; findings: 1 file of 2026-11-23, 1 day old)"
    )
    assert starting(screen(record), "past end").endswith(
        "(endoflife.date: 1 file of 2026-09-01, 84 days old)"
    )
    assert starting(screen(msgspec.structs.replace(record, snapshots=())), "known").endswith(
        "from findings that you brought"
    )


def test_plain_words_where_there_is_little() -> None:
    """A record with components and nothing else."""
    record = survey_record(components=3, sboms=1)
    totals = msgspec.structs.replace(record.totals, proposals=0, from_findings=0)
    few = msgspec.structs.replace(record, totals=totals, gaps=(), upstreams=(), first=())
    assert not [
        line for line in screen(few) if line.startswith(("do first", "update history", "  not given"))
    ]


def test_a_cut_leaves_no_half_of_an_address() -> None:
    """Credentials are gone before anything is cut."""
    record = survey_record(components=4, sboms=1)
    product = Product(name="https://user:" + "p" * 200 + "@git.example/x")
    assert "ppp" not in "".join(screen(msgspec.structs.replace(record, product=product)))


def test_a_project_and_an_action_lose_credentials_before_they_are_cut() -> None:
    """Their names can be addresses, too."""
    address = "https://user:" + "p" * 200 + "@git.example/x"
    record = survey_record()
    upstreams = tuple(msgspec.structs.replace(each, label=address) for each in record.upstreams)
    action = msgspec.structs.replace(record.first[0], what=f"look at {address}", why=address)
    changed = msgspec.structs.replace(record, upstreams=upstreams, first=(action,))
    for details in (False, True):
        text = "".join(screen(changed, details=details))
        assert "git.example/x" in text
        assert "ppp" not in text


def test_a_long_line_is_cut() -> None:
    """Whatever is in it: the screen has all of its lines."""
    record = survey_record(components=4, sboms=1)
    gap = SourceGap(source="s" * 3_000, why="w" * 3_000, kind="refused")
    lines = screen(msgspec.structs.replace(record, gaps=(gap,)), details=True)
    assert max(map(len, lines)) == 400


def test_what_is_not_named_is_counted() -> None:
    """More vulnerabilities of a project, and what is not certain about any."""
    lines = screen(survey_record())
    assert [line for line in lines if line.startswith("  drift12: 3 ") and line.endswith(" and 1 more")]
    assert starting(lines, "  also noted") == (
        "  also noted: 1 malicious, 3 contested, 1 undecidable, 1 withdrawn, 1 proposed by CPE or name, "
        "1 VEX statement about nothing here"
    )


def test_several_sboms_are_counted_once() -> None:
    """The title is their number where no product is named."""
    record = msgspec.structs.replace(survey_record(sboms=4), product=None)
    assert screen(record)[0] == "Survey of 4 SBOMs"


def test_a_long_path_is_cut_on_the_left() -> None:
    """The name of the file is what tells them apart."""
    record = survey_record(components=8, sboms=2)
    sbom = msgspec.structs.replace(record.sboms[0], source="/a" * 60 + "/gateway.cdx.json")
    lines = screen(msgspec.structs.replace(record, sboms=(sbom, record.sboms[1])))
    line = next(each for each in lines if "/gateway.cdx.json" in each)
    assert line.startswith("    …")


def test_a_reason_to_do_something_has_a_line_of_its_own() -> None:
    """Joined by a colon it would be read as a part of the action."""
    lines = screen(survey_record())
    place = lines.index("          2 Review 9 rows proposed for avow.map")
    assert lines[place + 1] == "            9 components are known by CPE or name only; about 15 minutes"


def test_each_kind_of_source_that_counts_for_nothing_has_one_line() -> None:
    """A refused signature is named; what is about other products is counted."""
    lines = screen(survey_record())
    assert "  refused: bundles/forged.sigstore.json: the signature is wrong" in lines
    assert "  not given: EU KEV: no snapshot was given; and 1 more" in lines
    assert (
        "  sources that count for nothing: about nothing in this product 12, notes 1; see the report" in lines
    )
    assert sum("bundles/other-" in line for line in screen(survey_record(), details=True)) == 12


def test_scorecards_are_not_files_of_the_projects() -> None:
    """They have a count of their own."""
    assert (
        "in hand: 1 signed declaration, 1 file from the projects, 1 published Scorecard, "
        "1 file of build provenance" in screen(survey_record())
    )


def test_nothing_in_hand_is_not_a_row_of_zeros() -> None:
    """Nobody looked elsewhere."""
    assert (
        "in hand: no signed declaration, file from a project, published Scorecard or build provenance"
        in screen(empty_record())
    )


def test_problems_send_their_reader_to_the_report() -> None:
    """The first screen has no room for them."""
    assert any(
        line.endswith("1 problem in what was read, see the report") for line in screen(survey_record())
    )
