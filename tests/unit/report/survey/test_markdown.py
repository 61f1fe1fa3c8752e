"""Markdown: tables with constant columns, and foreign text that stays text."""

from __future__ import annotations

import re
from itertools import groupby

import msgspec
import pytest
from support.survey_records import HOSTILE, empty_record, hostile_record, survey_record

from avow.record import EndOfLife, SourceGap, SurveyRecord, Upstream
from avow.report.survey.markdown import MAX_ROWS, code, prose, render_markdown


def page(record: SurveyRecord) -> str:
    return "".join(render_markdown(record))


def without_blocks(text: str) -> str:
    return re.sub(r"^(`{3,})text\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)


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
    text = without_blocks(page(hostile_record()))
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


@pytest.mark.parametrize("sign", list("&<>|[](){}`*_~\\#!:@$"))
def test_each_sign_that_acts_is_a_reference(sign: str) -> None:
    """Of Markdown, of HTML, and of what forges add: formulas, mentions, short names of pictures."""
    found = prose(f"a {sign}b")
    assert re.fullmatch(rf"a &#{ord(sign)};\u200b?b", found)


def test_an_address_in_prose_is_broken() -> None:
    """Forges make a link of what looks like one, also after the references are read."""
    assert prose("see www.example.org") == "see www&#46;example.org"
    assert prose("see WWW.example.org") == "see WWW&#46;example.org"
    assert prose("https://example.org") == "https&#58;\u200b//example.org"


def test_what_is_said_beside_a_vulnerability_is_there() -> None:
    """That a list has it, that it is contested, and VEX statements; what applies to nothing is counted."""
    record = survey_record()
    text = page(record)
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    matches = [match for each in record.vulnerabilities for match in each.matches]
    assert sum("our matching (contested)" in line for line in lines) == record.totals.contested > 0
    exploited = [each for each in record.vulnerabilities if each.exploited]
    assert sum("(listed as exploited)" in line for line in lines) == sum(
        len(each.matches) for each in exploited
    )
    assert sum("not affected" in line for line in lines) == sum(
        any(word.status == "not_affected" for word in match.vex) for match in matches
    )
    assert "VEX statements about nothing here 1." in text
    assert f'"none found"\n- Listed as exploited somewhere: {len(exploited)} in ' in text


def test_an_end_of_life_that_is_contested_says_so() -> None:
    """A distribution may support the line for longer."""
    record = survey_record(components=4)
    ended = EndOfLife(
        component="c1", product="heron", by="purl", cycle="4", eol="2020-01-01", state="eol", contested="x"
    )
    assert "| `heron` `4` | 2020-01-01 (contested) |" in page(
        msgspec.structs.replace(record, end_of_life=(ended,))
    )


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
    assert "Listed as exploited somewhere: not looked at, no list was given." in page(empty_record())
    record = survey_record()
    vulnerabilities = tuple(msgspec.structs.replace(each, exploited=()) for each in record.vulnerabilities)
    text = page(msgspec.structs.replace(record, vulnerabilities=vulnerabilities))
    assert "exploited somewhere: none listed, of 259 components looked up (CISA KEV of 2026-11-20)." in text


def test_what_is_to_be_copied_is_in_blocks() -> None:
    """The whole command, and the digests as sha256sum reads them."""
    record = survey_record()
    text = page(record)
    assert (
        "\n```text\nsha256sum -c digests.txt\navow survey gateway.cdx.json firmware.spdx.json "
        "web-ui.cdx.json --data snapshots --findings findings/gateway.fpf.json\n```\n" in text
    )
    assert f"\n{record.snapshots[0].sha256}  snapshots/osv/npm/all.zip\n" in text
    assert "Save the lines of this list as `digests.txt`" in text


def test_no_name_ends_a_block() -> None:
    """The fence is longer than any backquotes inside."""
    record = survey_record(components=4, sboms=1)
    sbom = msgspec.structs.replace(record.sboms[0], source="a\n````\n# owned")
    text = page(msgspec.structs.replace(record, sboms=(sbom,), command=()))
    assert "\n# owned" not in text
    assert "\n`````text\n" in text


def test_paths_below_the_data_folder_are_said_to_be() -> None:
    """A record without the paths of the command has only those."""
    record = survey_record(components=4)
    unplaced = tuple(msgspec.structs.replace(each, file="") for each in record.snapshots)
    hint = "the paths of data files begin in the data folder"
    assert hint in page(msgspec.structs.replace(record, snapshots=unplaced, command=()))
    assert hint not in page(record)


def test_many_files_of_one_kind_are_one_row() -> None:
    """Before the scope there would be 35 rows of support dates; the digests are in the last section."""
    record = survey_record(components=4)
    many = tuple(
        msgspec.structs.replace(record.snapshots[2], path=f"{number}.md", file=f"{number}.md", retrieved=None)
        for number in range(35)
    )
    text = page(msgspec.structs.replace(record, snapshots=many))
    assert "| support dates &#40;endoflife.date&#41; | 35 files, none with a date |" in text
    assert "| `3.md` |" not in text


def test_many_sources_that_count_for_nothing_are_counted() -> None:
    """Of each kind the first are named."""
    record = survey_record(components=4)
    gaps = tuple(SourceGap(source=f"{number}.json", why="other", kind="refused") for number in range(25))
    text = page(msgspec.structs.replace(record, gaps=gaps))
    assert "Refused (25):\n" in text
    assert "- and 5 more in the JSON record\n" in text


def test_a_zero_is_only_where_everything_was_looked_up() -> None:
    """Of a project that was not looked up, nobody knows; of one in part, it says of how many."""
    record = survey_record(components=4, sboms=1)
    components = tuple(
        msgspec.structs.replace(each, upstream=upstream, looked_up=looked_up)
        for each, upstream, looked_up in zip(
            record.components, ("u1", "u1", "u2", "u3"), (True, False, False, True), strict=True
        )
    )
    upstreams = tuple(
        Upstream(
            id=f"u{number}",
            key=f"name:project{number}",
            label=f"project{number}",
            basis="name",
            components=(),
        )
        for number in (1, 2, 3)
    )
    text = page(
        msgspec.structs.replace(
            record,
            components=components,
            upstreams=upstreams,
            vulnerabilities=(),
            end_of_life=(),
            declarations=(),
        )
    )
    assert "| `project1` | no repository stated | 2 | 0; looked up 1 of 2 | not known |" in text
    assert "| `project2` | no repository stated | 1 | not looked at | not known |" in text
    assert "| `project3` | no repository stated | 1 | 0 | not known |" in text
