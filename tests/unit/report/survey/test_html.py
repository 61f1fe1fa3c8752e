"""The HTML report: text stays text, tables can be read aloud, and the file needs nothing else."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

import msgspec
import pytest
from support.survey_records import HOSTILE, empty_record, hostile_record, survey_record, unlooked_record

from avow.record import (
    EndOfLife,
    Exploited,
    Match,
    Product,
    Rating,
    SourceGap,
    SurveyRecord,
    Upstream,
    VexWord,
    Vulnerability,
)
from avow.report.survey.html import LIMITS, against, commands, digests, rated, render_html, vex_count
from avow.report.survey.sections import View
from avow.report.survey.timeline import timeline
from avow.report.survey.wording import NO_JUDGEMENT
from avow.values import printable
from avow.vocabulary import Voice

MAX_BYTES: Final = 300_000
"""For 400 components."""

NEVER: Final = ("certified", "compliant", "clean", "safe", "passed", "report now")

OWN_ELEMENTS: Final = frozenset(
    re.findall(
        r"\w+",
        "a article b body br caption circle code dd desc details div dl dt defs footer h1 h2 h3 h4 h5 head"
        " header html li main meta nav ol p path pattern pre rect section small span style summary svg table"
        " tbody td text tfoot th thead time title tr ul",
    )
)


class Parsed(HTMLParser):
    """Elements with their attributes, headings and text of a report."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(self.words).split())

    def values(self, attribute: str) -> list[str]:
        """What an attribute is anywhere."""
        return [found[attribute] or "" for _, found in self.elements if attribute in found]


def report(record: SurveyRecord) -> str:
    return "".join(render_html(record))


@pytest.fixture(scope="module")
def ordinary() -> str:
    return report(survey_record())


@pytest.fixture(scope="module")
def hostile() -> str:
    return report(hostile_record())


def replaced(**changes: object) -> str:
    return Parsed(report(msgspec.structs.replace(survey_record(components=8, sboms=1), **changes))).text


def test_400_components_fit_into_300_kilobytes(ordinary: str) -> None:
    """It is sent by mail and kept for ten years."""
    assert len(ordinary.encode()) < MAX_BYTES


def test_a_huge_record_has_a_report_that_opens() -> None:
    """Lists are cut and counted."""
    text = report(survey_record(components=6_000))
    assert len(text.encode()) < 10 * MAX_BYTES
    assert re.search(r"[\d,]+ more upstream projects, in the JSON record", Parsed(text).text)


def test_only_our_own_elements_are_in_it(hostile: str) -> None:
    """A name with markup makes no element."""
    assert {tag for tag, _ in Parsed(hostile).elements} <= OWN_ELEMENTS


def test_no_attribute_comes_from_data(hostile: str) -> None:
    """No handler, no style, no address but a link."""
    names = {name for _, found in Parsed(hostile).elements for name in found}
    assert not [
        name for name in names if name.startswith("on") or name in {"style", "src", "srcset", "action"}
    ]


def test_links_are_anchors_or_web_addresses(hostile: str) -> None:
    """javascript: is shown and leads nowhere."""
    links = Parsed(hostile).values("href")
    assert "https://git.example/x.git" in links
    assert not [link for link in links if not re.match(r"#|https?://[^@]*$", link)]


@pytest.mark.parametrize("name", [each for each in HOSTILE if len(each) < 400 and "://user" not in each])
def test_a_hostile_name_is_shown_as_text(hostile: str, name: str) -> None:
    """With what would act on a reader's eyes as escapes."""
    assert " ".join(printable(name).split()) in Parsed(hostile).text


def test_characters_that_mislead_are_not_in_it(hostile: str) -> None:
    """Neither control characters nor those that turn the direction of writing."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", hostile)


def test_credentials_are_left_out(hostile: str) -> None:
    """Plain and percent-encoded."""
    assert "hunter2" not in hostile


def test_nothing_is_loaded(ordinary: str) -> None:
    """The file forbids it to itself, and has no script."""
    policy = Parsed(ordinary).values("content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in ordinary.replace("url(#beyond)", "")
    assert "<script" not in ordinary


def test_headings_are_in_order(ordinary: str) -> None:
    """No level is left out on the way down."""
    levels = [int(tag[1]) for tag, _ in Parsed(ordinary).elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_each_table_has_a_caption_and_scopes(ordinary: str) -> None:
    """A screen reader says which column a cell is in."""
    tags = [tag for tag, _ in Parsed(ordinary).elements]
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in found for tag, found in Parsed(ordinary).elements if tag == "th")


@pytest.mark.parametrize("record", [survey_record(), hostile_record(), empty_record()], ids=str)
def test_each_anchor_leads_somewhere_and_no_id_is_there_twice(record: SurveyRecord) -> None:
    """The contents list works."""
    parsed = Parsed(report(record))
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in parsed.values("href") if link.startswith("#")} <= set(ids)


@pytest.mark.parametrize("word", NEVER)
@pytest.mark.parametrize("record", [survey_record(), empty_record()], ids=str)
def test_it_claims_nothing(word: str, record: SurveyRecord) -> None:
    """It says what is known, and no word that could be taken for a verdict."""
    assert not re.search(rf"\b{word}\b", Parsed(report(record)).text, re.IGNORECASE)


def test_it_says_that_nothing_was_judged(ordinary: str) -> None:
    """At the top and at the bottom."""
    assert Parsed(ordinary).text.count(NO_JUDGEMENT) >= 2


def test_silence_is_named_where_nobody_looked() -> None:
    """An empty record is not a good one."""
    text = Parsed(report(empty_record())).text
    for words in (
        "Listed as exploited somewhere: not looked at, no list was given.",
        "Past end of life: not looked at, no list of support dates was given.",
        "Not known is not the same as “supported”.",
        "No product was described",
        "No snapshot of public data was given",
    ):
        assert words in text


def test_a_list_without_a_hit_says_so() -> None:
    """Different from no list, with the date of the list."""
    assert re.search(
        r"Listed as exploited somewhere: none listed, of \d+ components? looked up \(CISA KEV of 2026",
        replaced(vulnerabilities=()),
    )


def test_each_voice_is_named(ordinary: str) -> None:
    """Who said it, and whether a signature was verified."""
    text = Parsed(ordinary).text
    for voice in (
        "The project, signed",
        "The project, unsigned",
        "The build, signed: it proves origin, not a practice",
        "Signed, not verified: it proves nothing yet",
    ):
        assert voice in text


def test_what_is_left_to_the_integrator_is_per_letter(ordinary: str) -> None:
    """With the letter's subject in words."""
    assert "(l) logging and monitoring integrator Keep and protect the log" in Parsed(ordinary).text


def test_the_picture_has_a_title_and_a_description(ordinary: str) -> None:
    """A table beside it has the same dates."""
    text = Parsed(ordinary).text
    assert "End of support of release lines against the product\u2019s support period" in text
    assert "16 release lines, the earliest end first. 4 ended before this record was made" in text


@pytest.mark.parametrize(
    ("eol", "state", "words"),
    [
        ("2031-03-01", "supported", "ends days earlier"),
        ("2030-03-01", "supported", "ends 1 year earlier"),
        ("2031-02-01", "supported", "ends 1 month earlier"),
        ("2035-01-01", "supported", "lasts as long"),
        ("true", "eol", "ended before this record was made"),
        ("false", "supported", "no end is planned so far"),
        ("", "cycle_not_found", "not known"),
        ("false", "cycle_not_found", "not known"),
        ("2035-01-01", "cycle_not_found", "not known"),
        ("", "supported", "not known"),
        ("2090-01-01", "supported", "lasts as long"),
        ("1990-01-01", "eol", "ended before this record was made"),
    ],
)
def test_a_release_line_is_held_against_the_support_period(eol: str, state: str, words: str) -> None:
    """Never as a defect: a date is for planning."""
    found = EndOfLife(component="c1", product="heron", by="purl", cycle="4", eol=eol, state=state)
    assert f" {words} " in replaced(end_of_life=(found,))


def test_without_an_end_of_support_nothing_is_held_against_it() -> None:
    """The dates are shown all the same."""
    found = EndOfLife(
        component="c1",
        product="heron",
        by="purl",
        cycle="4",
        eol="2030-01-01",
        state="supported",
        contested="x",
    )
    text = replaced(product=Product(name="Gateway"), end_of_life=(found,))
    assert "The end of the product\u2019s support period is not stated" in text
    assert "2030-01-01 contested x not known" in text


@pytest.mark.parametrize("eol", ["false", "true", "2020-01-01", "2090-01-01"])
def test_a_line_that_is_not_listed_has_no_end(eol: str) -> None:
    """Whatever the list says of other lines."""
    found = EndOfLife(component="c1", product="heron", by="purl", cycle="", eol=eol, state="cycle_not_found")
    record = msgspec.structs.replace(survey_record(components=4), end_of_life=(found,))
    (line,) = View(record).lines
    assert against(line, View(record)) == "not known"


def test_the_picture_has_a_few_lines_with_short_names() -> None:
    """The table has all of them."""
    found = tuple(
        EndOfLife(
            component="c1", product="heron" * 20, by="purl", cycle=f"{n}", eol="2027-01-01", state="supported"
        )
        for n in range(30)
    )
    record = msgspec.structs.replace(survey_record(components=4), end_of_life=found)
    picture = timeline(View(record).lines, made=record.made.date(), product_end=None)
    assert (len(picture.rows), picture.hidden) == (24, 6)
    assert {len(row.label) for row in picture.rows} == {26}


def test_a_line_that_ends_on_the_same_day_lasts_as_long() -> None:
    """The day itself is still supported by both."""
    end = date(2031, 3, 31)
    found = EndOfLife(component="c1", product="heron", by="purl", cycle="4", eol=f"{end}", state="supported")
    text = replaced(product=Product(name="Gateway", support_end=end), end_of_life=(found,))
    assert f"{end} lasts as long" in text


def test_an_address_can_not_leave_its_link() -> None:
    """A quote is a character of an address, and would end the attribute."""
    record = survey_record(components=8, sboms=1)
    hostile = 'https://x.example/"onfocus="alert(1)"autofocus="'
    upstreams = tuple(msgspec.structs.replace(each, repository=hostile) for each in record.upstreams)
    parsed = Parsed(report(msgspec.structs.replace(record, upstreams=upstreams)))
    assert hostile in parsed.values("href")
    assert parsed.values("onfocus") == []
    links = [found for tag, found in parsed.elements if tag == "a" and not found["href"].startswith("#")]  # type: ignore[union-attr]
    assert links
    assert {each["rel"] for each in links} == {"noopener noreferrer nofollow"}


def test_a_cell_loses_credentials_before_it_is_cut() -> None:
    """Half of an address would keep them."""
    record = survey_record(components=8, sboms=1)
    purl = "pkg:generic/x?download_url=https://" + "p" * 300 + "@git.example/x"
    components = tuple(msgspec.structs.replace(each, purl=purl) for each in record.components)
    text = report(msgspec.structs.replace(record, components=components))
    assert "git.example/x" in text
    assert "ppp" not in text


def test_a_long_text_is_cut() -> None:
    """A stranger may write a megabyte into any field."""
    text = replaced(gaps=(SourceGap(source="s", why="w" * 5_000, kind="refused"),))
    assert max(map(len, re.findall("w+", text))) == 999


def test_a_superseded_statement_is_counted_apart() -> None:
    """What its author says now is another one."""
    words = [
        VexWord(status="not_affected", voice=Voice.OWN, source="v", superseded=each) for each in (True, False)
    ]
    match = Match(component="c1", advisory="X", spoke="matching", vex=tuple(words))
    found = vex_count(Vulnerability(key="X", ids=("X",), matches=(match,)))
    assert found == "1 says not affected (superseded), 1 says not affected"
    assert vex_count(Vulnerability(key="X", ids=("X",), matches=())) == "no statement"


def test_of_a_big_project_no_component_with_a_vulnerability_is_cut() -> None:
    """The last of seventy is shown before those of which nothing is known."""
    record = survey_record(components=70, sboms=1)
    components = tuple(
        msgspec.structs.replace(each, upstream="u1", name="last" if each is record.components[-1] else "x")
        for each in record.components
    )
    match = Match(component=components[-1].id, advisory="X", spoke="matching")
    text = report(
        msgspec.structs.replace(
            record,
            components=components,
            vulnerabilities=(Vulnerability(key="X-1", ids=("X-1",), matches=(match,)),),
            end_of_life=(),
        )
    )
    rows = re.findall(r'<tr><th scope="row">(\w+) ', text.partition("<caption>Components")[2])
    assert rows[:2] == ["last", "x"]


def test_update_history_has_its_source() -> None:
    """Or says that nobody looked."""
    record = survey_record(components=8, sboms=1)
    upstream = Upstream(
        id="u1", key="name:heron", label="heron", basis="map", components=(), history_source="releases.csv"
    )
    text = replaced(upstreams=(*record.upstreams[1:], upstream))
    assert "Last release not stated, last security fix not stated, by releases.csv." in text
    assert "Update history not looked at." in text


def test_a_vulnerability_with_many_matches_and_names_is_cut_and_counted() -> None:
    """The JSON record has all."""
    record = survey_record(components=60, sboms=1)
    many = tuple(
        Match(
            component=each.id,
            advisory="X",
            spoke="findings",
            source="gone",
            suppressed=True,
            state="RESOLVED",
            state_detail="done",
        )
        for each in record.components[: LIMITS.matches + 3]
    )
    vulnerability = msgspec.structs.replace(
        record.vulnerabilities[0],
        ids=tuple(f"ID-{number}" for number in range(9)),
        matches=many,
        published=None,
        epss="0.1 (90th percentile)",
        exploited=(Exploited(source="EUVD", snapshot="d9", cve="CVE-1", via="upstream"),),
    )
    text = Parsed(report(msgspec.structs.replace(record, vulnerabilities=(vulnerability,)))).text
    assert "3 more components" in text
    assert "and 3 more" in text
    assert "as CVE-1, which its distribution names as its upstream" in text
    assert "Marked as suppressed there" in text


def test_a_big_upstream_project_is_folded_and_counted() -> None:
    """Its components with something known come first."""
    record = survey_record(components=70, sboms=1)
    components = tuple(msgspec.structs.replace(each, upstream="u1") for each in record.components)
    text = Parsed(report(msgspec.structs.replace(record, components=components))).text
    assert "20 more components, in the JSON record" in text
    assert text.index("past end of life") < text.index("20 more components, in the JSON record")


def test_a_silent_upstream_project_is_one_row() -> None:
    """Of many, only names and versions are known."""
    record = survey_record(components=70, sboms=1)
    silent = msgspec.structs.replace(
        record,
        components=tuple(msgspec.structs.replace(each, upstream="") for each in record.components),
        vulnerabilities=(),
        end_of_life=(),
        declarations=(),
        upstreams=(),
        undecidable=(),
        proposed=(),
    )
    text = Parsed(report(silent)).text
    assert "All upstream projects" in text
    assert re.search(r"Of 70 components \d+ were looked up, and nothing is listed for them\.", text)
    nobody = tuple(msgspec.structs.replace(each, looked_up=False) for each in silent.components)
    text = Parsed(report(msgspec.structs.replace(silent, components=nobody))).text
    assert "None of their components was looked up." in text
    assert "and 20 more" in text
    assert "no upstream project stated" in text


def test_a_rating_names_its_method_once() -> None:
    """A vector does it by itself."""
    assert rated(Rating(method="CVSS_V3", text="CVSS:3.1/AV:N")) == "CVSS:3.1/AV:N"
    assert rated(Rating(method="Ubuntu", text="high", source="Ubuntu")) == "Ubuntu high by Ubuntu"


def test_the_digests_are_what_sha256sum_reads() -> None:
    """Each file that the record rests on, once."""
    record = survey_record()
    found = digests(record)
    assert (record.sboms[0].sha256, record.sboms[0].source) in found
    assert (record.snapshots[0].sha256, "snapshots/osv/npm/all.zip") in found
    assert len(found) == len(set(found))


def test_a_digest_of_a_file_has_no_place_in_the_file() -> None:
    """A statement may be one line or part of it."""
    record = survey_record()
    sources = ("a.jsonl#3", "b.json#/attestations/0/bundle", "c#1.json")
    declarations = tuple(msgspec.structs.replace(record.declarations[0], source=each) for each in sources)
    found = digests(msgspec.structs.replace(record, declarations=declarations))
    assert {name for _, name in found} >= {"a.jsonl", "b.json", "c#1.json"}


def test_the_command_is_complete() -> None:
    """It is quoted for a shell; a record without its words has at least the SBOMs."""
    assert commands(hostile_record())[1] == "avow survey ':\\u003aerror::bom<img>.json' --data SNAPSHOTS"
    assert commands(survey_record())[1].endswith(" --data snapshots --findings findings/gateway.fpf.json")
    assert commands(empty_record())[1] == "avow survey empty.cdx.json"


def test_a_long_command_is_not_cut() -> None:
    """Half of it would survey something else."""
    words = ("avow", "survey", *(f"sboms/product-{number}.cdx.json" for number in range(200)), "--map", "x y")
    text = replaced(command=words)
    assert "sboms/product-199.cdx.json --map 'x y'" in text
    assert "with the same options" not in text


def test_digests_say_where_their_paths_begin() -> None:
    """sha256sum finds no file otherwise."""
    hint = "the paths of data files begin in the data folder"
    assert hint not in replaced()
    snapshots = tuple(msgspec.structs.replace(each, file="") for each in survey_record().snapshots)
    text = replaced(snapshots=snapshots, command=())
    assert hint in text
    assert "with the same options (SNAPSHOTS is the folder with the data)" in text


def tiles(record: SurveyRecord) -> dict[str, str]:
    """What is said at a glance."""
    found = re.search('<dl class="numbers">(.*?)</dl>', report(record), re.DOTALL)
    assert found
    pairs = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", found[1], re.DOTALL)
    return {name: " ".join(re.sub("<[^>]*>", "", text).split()) for name, text in pairs}


def test_no_zero_where_nobody_looked() -> None:
    """At a glance a zero would be the best news of the report."""
    found = tiles(empty_record())
    assert found["Listed as exploited somewhere"] == "not looked at no list was given"
    assert found["Known vulnerabilities"] == "not looked at there is no component"
    assert found["Past end of life"] == "not looked at no list of support dates was given"
    assert found["Signed declarations"] == found["Published Scorecards"] == "none in hand"
    record = unlooked_record()
    unlooked = tiles(record)
    assert unlooked["Not looked up"].startswith("37 of 37 components")
    assert unlooked["Listed as exploited somewhere"] == "not looked at no component could be looked up"
    assert unlooked["Past end of life"] == "not known the lists have no end for any of 37 components"
    assert not [
        name
        for name, words in (found | unlooked).items()
        if words.startswith("0 ") and name != "Not looked up"
    ]
    assert "None listed" not in Parsed(report(record)).text


def test_what_nobody_looked_up_comes_first() -> None:
    """Before what was found in the rest."""
    record = survey_record()
    found = tiles(record)
    assert next(iter(found)) == "Not looked up"
    assert found["Not looked up"] == (
        f"{record.totals.not_looked_up} of 400 components; this is not “none found”"
    )
    assert found["Known vulnerabilities"].startswith("33 in ")


def test_under_the_numbers_is_the_date_of_the_data(ordinary: str) -> None:
    """None found in data of which year."""
    assert (
        "Data: advisories: 1 file of 2026-11-22, 2 days old; findings: 1 file of 2026-11-23, 1 day old; "
        "CISA KEV of 2026-11-20; endoflife.date: 1 file of 2026-09-01, 84 days old. 9 rows are proposed"
        in Parsed(ordinary).text
    )


def test_none_found_says_of_how_many() -> None:
    """And that the others were not looked up."""
    record = survey_record()
    totals = msgspec.structs.replace(record.totals, vulnerabilities=0)
    text = Parsed(report(msgspec.structs.replace(record, totals=totals, vulnerabilities=()))).text
    looked_up, others = record.totals.looked_up, record.totals.not_looked_up
    assert f"None listed, of {looked_up} components looked up (advisories: " in text
    assert f"The other {others} components were not looked up." in text


def test_a_component_is_never_silent() -> None:
    """None listed, not looked at, or not certain, under the date of the data."""
    record = survey_record(components=6, sboms=1)
    components = tuple(
        msgspec.structs.replace(each, upstream="u1", looked_up=number != 1, why=None)
        for number, each in enumerate(record.components)
    )
    aside = record.undecidable[0]
    text = Parsed(
        report(
            msgspec.structs.replace(
                record,
                components=components,
                vulnerabilities=(),
                end_of_life=(),
                undecidable=(msgspec.structs.replace(aside, component="c3"),),
                proposed=(msgspec.structs.replace(aside, component="c4"),),
            )
        )
    ).text
    assert (
        "Known (advisories: 1 file of 2026-11-22, 2 days old; findings: 1 file of 2026-11-23, 1 day old)"
        in text
    )
    for words in (
        "yes none listed",
        "no not looked at",
        "yes 1 undecidable",
        "yes 1 proposed by CPE or name",
    ):
        assert words in text


def test_a_score_is_not_an_observed_practice(ordinary: str) -> None:
    """3 of 10 beside "observed" would read as practised."""
    text = Parsed(ordinary).text
    assert "Code review scored Code-Review: 3 of 10" in text
    assert "A score is what the tool saw; it does not say that the practice is followed." in text


def test_a_refused_signature_is_not_lost_among_notes(ordinary: str) -> None:
    """Each kind of source that counts for nothing is a group with its number."""
    text = Parsed(ordinary).text
    assert "Refused (1) bundles/forged.sigstore.json: the signature is wrong" in text
    places = [
        text.index(each)
        for each in ("Not given (2)", "Refused (1)", "About nothing in this product (12)", "Notes (1)")
    ]
    assert places == sorted(places)
    unknown = replaced(gaps=(SourceGap(source="x.json", why="later", kind="of a later version"),))
    assert "Notes (1) x.json: later" in unknown


def test_many_data_files_are_one_row_per_kind() -> None:
    """Their list is folded, for the scope not to be behind it."""
    record = survey_record(components=8, sboms=1)
    many = tuple(
        msgspec.structs.replace(record.snapshots[2], path=f"{number}.md", retrieved=None)
        for number in range(35)
    )
    text = report(msgspec.structs.replace(record, snapshots=many))
    assert "Support dates (endoflife.date) 35 files, none with a date" in Parsed(text).text
    assert "<details><summary>35 files with origin, licence and digest</summary>" in text


def test_codes_are_written_as_words() -> None:
    """Nobody says comparison_not_possible."""
    record = survey_record(components=8, sboms=1)
    problem = record.sboms[0].problems[0]
    problems = tuple(
        msgspec.structs.replace(problem, kind=kind)
        for kind in ("duplicate_ref", "dangling_ref", "no_root", "bad_purl", "bad_cpe", "bad_digest", "shape")
    )
    text = replaced(
        sboms=(msgspec.structs.replace(record.sboms[0], problems=problems),),
        undecidable=(msgspec.structs.replace(record.undecidable[0], reason="comparison_not_possible"),),
    )
    assert "The versions can't be compared" in text
    assert "7 problems: identifier used twice (1), reference to nothing in the document (1)" in text
    assert "and others" in text


def test_placing_on_the_market_is_as_stated(ordinary: str) -> None:
    """It may be in the future."""
    text = Parsed(ordinary).text
    assert "Placing on the market (as stated) 2026-03-02" in text
    assert "Placed on the market" not in text


@pytest.mark.parametrize(
    ("ends", "first", "before", "anchor"),
    [
        ("2013-03-07", 2013, False, "end"),
        ("1980-01-01", 1996, True, "end"),
        ("2049-01-01", 2026, False, "start"),
    ],
)
def test_the_picture_begins_with_the_earliest_end(
    ends: str, first: int, anchor: str, *, before: bool
) -> None:
    """An end is where its date is; one before the axis is an arrow that says so."""
    found = EndOfLife(component="c1", product="heron", by="purl", cycle="4", eol=ends, state="supported")
    record = msgspec.structs.replace(survey_record(components=4, sboms=1), product=None, end_of_life=(found,))
    drawn = timeline(View(record).lines, made=record.made.date(), product_end=None)
    assert drawn.first == first
    assert (drawn.rows[0].before, drawn.earlier) == (before, before)
    assert drawn.now_anchor == anchor
    assert drawn.years[0] == (drawn.left, str(first))
    assert 2 <= len(drawn.years) <= 13
    text = report(record)
    assert (f"it ended before {first}" in text) == before
    assert ("<circle" in text) != before


def test_regions_of_one_upstream_project_have_different_names() -> None:
    """A screen reader lists them; two statements can be about one project."""
    record = survey_record(components=8, sboms=1)
    twice = (record.declarations[0], msgspec.structs.replace(record.declarations[0], source="other.json"))
    labels = Parsed(report(msgspec.structs.replace(record, declarations=twice))).values("aria-label")
    about = [each for each in labels if each.startswith(("Practices of", "What "))]
    assert len(about) == len(set(about)) == 4
