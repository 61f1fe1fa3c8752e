"""Support dates: what is read of product files and the API, and which release line a version belongs to."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.advisories import end_of_life
from avow.advisories.end_of_life import (
    Cycle,
    EndOfLifeFile,
    Identifier,
    ProductTable,
    ReleaseLine,
    SupportedProduct,
    line_of,
    read_end_of_life,
    sniff_end_of_life,
)
from avow.errors import InputInvalid
from avow.findings import statements
from avow.formats.purl import read_purl

TODAY = date(2026, 11, 24)

FILE = """---
title: Gadget
permalink: /gadget
identifiers:
  - purl: pkg:npm/%40sample/gadget # purls are percent-encoded
  - cpe: cpe:2.3:a:sample:gadget
  - repology: gadget

auto:
  methods:
    - git: https://example.org/gadget.git

releases:
  - releaseCycle: "4"
    eoas: 2026-01-01
    eol: false
    eoes: 2029-01-01
    latest: 4.2.1
    latestReleaseDate: 2026-11-01

  - releaseCycle: 3.10
    eol: 2026-11-24
    latest: "3.10.4"
    latestReleaseDate: 2026-03-01

  - releaseCycle: "3"
    eol: true
---

> A gadget.
"""

API: dict[str, Any] = {
    "schema_version": "1.2.0",
    "generated_at": "2026-11-20T00:08:50+00:00",
    "total": 1,
    "result": [
        {
            "name": "gadget",
            "identifiers": [
                {"type": "purl", "id": "pkg:npm/%40sample/gadget"},
                {"type": "cpe", "id": "cpe:/a:sample:gadget"},
                {"type": "repology", "id": "gadget"},
            ],
            "releases": [
                {
                    "name": "4",
                    "isEoas": True,
                    "eoasFrom": "2026-01-01",
                    "isEol": False,
                    "eolFrom": None,
                    "isMaintained": True,
                    "latest": {"name": "4.2.1", "date": "2026-11-01"},
                },
                {"name": "3.10", "isEol": False, "eolFrom": "2026-11-24", "latest": None},
                {"name": "3", "isEol": True, "eolFrom": None},
            ],
        }
    ],
}
IDENTIFIERS = (
    Identifier("purl", "pkg:npm/%40sample/gadget", "purl:npm/@sample/gadget"),
    Identifier("cpe", "cpe:2.3:a:sample:gadget", "cpe:a:sample:gadget"),
)


def read(text: str, *, source: str = "gadget.md") -> EndOfLifeFile:
    return read_end_of_life(text.encode(), source=source)


def api(**changes: object) -> EndOfLifeFile:
    """The API's answer, with its one product changed."""
    return read(json.dumps({**API, "result": [{**API["result"][0], **changes}]}), source="products-full.json")


def file_of(releases: str) -> EndOfLifeFile:
    return read("---\nidentifiers:\n  - purl: pkg:npm/gadget\nreleases:\n" + releases + "\n---\n")


def product(**cycles: str) -> SupportedProduct:
    """A product with cycles by name; an underscore is a dot."""
    listed = tuple(Cycle(name.strip("c").replace("_", "."), eol) for name, eol in cycles.items())
    return SupportedProduct("gadget", (), listed)


def line(found: SupportedProduct, version: str, purl: str = "pkg:npm/gadget") -> ReleaseLine:
    return line_of(found, version, purl=read_purl(purl) if purl else None, today=TODAY)


# The product file


def test_a_product_file_has_identifiers_and_cycles() -> None:
    """A purl, a CPE, and of each line the end of life; nothing of active or paid support."""
    found = read(FILE)
    assert found.unread == ()
    assert found.stated is None
    assert found.entries == (
        SupportedProduct(
            "gadget",
            IDENTIFIERS,
            (
                Cycle("4", "false", "4.2.1", date(2026, 11, 1)),
                Cycle("3.10", "2026-11-24", "3.10.4", date(2026, 3, 1)),
                Cycle("3", "true"),
            ),
        ),
    )


def test_a_cycle_without_quotes_is_text() -> None:
    """YAML readers make 3.1 of it, which is another line."""
    assert [each.name for each in read(FILE).entries[0].cycles] == ["4", "3.10", "3"]


def test_the_product_is_named_as_its_file() -> None:
    """`permalink` is another name for some; it counts where the file has another ending."""
    assert read(FILE, source="data/ruby-on-gadgets.md").entries[0].name == "ruby-on-gadgets"
    assert read(FILE, source="standard input").entries[0].name == "gadget"


def test_windows_line_ends_and_a_mark_are_read() -> None:
    """The file was opened and saved."""
    assert read("\ufeff" + FILE.replace("\n", "\r\n")).entries == read(FILE).entries


def test_an_end_that_cannot_be_read_costs_the_end_only() -> None:
    """The line is still a line, and what is wrong is named with its place."""
    found = file_of('  - releaseCycle: "1"\n    eol: soon\n  - releaseCycle: "2"\n')
    assert found.entries[0].cycles == (Cycle("1"), Cycle("2"))
    assert [each.place for each in found.unread] == ["line 6", "line 7"]


def test_a_release_without_a_cycle_is_named() -> None:
    """The other lines count."""
    found = file_of('  - eol: true\n  - just text\n  - releaseCycle: "2"\n    eol: true\n')
    assert found.entries[0].cycles == (Cycle("2", "true"),)
    assert [each.place for each in found.unread] == ["line 5", "line 6"]


def test_an_identifier_that_cannot_be_read_is_named() -> None:
    """A look-alike in a purl, and a CPE without a product."""
    text = FILE.replace("pkg:npm/%40sample/gadget", "pkg:npm/g%D0%B0dget").replace(
        ":sample:gadget", ":sample"
    )
    found = read(text)
    assert found.entries[0].identifiers == ()
    assert [each.place for each in found.unread] == ["line 5", "line 6"]


def test_an_entry_of_identifiers_that_is_not_a_pair_is_ignored() -> None:
    """A bare text names no kind."""
    assert read(FILE.replace("  - repology: gadget", "  - gadget")).entries[0].identifiers == IDENTIFIERS


def test_a_product_without_identifier_is_read_and_said_to_match_nothing() -> None:
    """Many products are hardware or services."""
    found = read('---\nreleases:\n  - releaseCycle: "1"\n    eol: true\n---\n')
    assert found.entries[0].identifiers == ()
    assert "1 of 1 products cannot be matched" in found.notes[0]


def test_a_cycle_that_is_listed_twice_is_reported() -> None:
    """The first one counts, as in every list here."""
    found = file_of('  - releaseCycle: "1"\n    eol: true\n  - releaseCycle: "1"\n    eol: false\n')
    assert found.entries[0].cycles == (Cycle("1", "true"),)
    assert "twice" in found.unread[0].message


# The API


def test_the_api_says_the_same_as_the_file() -> None:
    """With the date of the answer; a boolean counts only where there is no date."""
    found = api()
    assert found.stated == datetime(2026, 11, 20, 0, 8, 50, tzinfo=UTC)
    assert found.unread == ()
    assert found.entries[0].cycles == (
        Cycle("4", "false", "4.2.1", date(2026, 11, 1)),
        Cycle("3.10", "2026-11-24"),
        Cycle("3", "true"),
    )
    assert [each.key for each in found.entries[0].identifiers] == [each.key for each in IDENTIFIERS]


def test_an_answer_about_one_product_is_read() -> None:
    """`/api/v1/products/gadget`."""
    found = read(json.dumps({**API, "result": API["result"][0]}), source="gadget.json")
    assert [each.name for each in found.entries] == ["gadget"]


def test_an_answer_without_its_date_is_reported() -> None:
    """Its age is not known then."""
    found = read(json.dumps({"result": API["result"]}))
    assert [each.place for each in found.unread] == ["/generated_at"]


@pytest.mark.parametrize(
    ("releases", "place"),
    [
        ([{"name": "1", "eolFrom": "soon"}], "/result/0/releases/0"),
        ([{"name": "1"}], "/result/0/releases/0"),
        ([{"name": "1", "isEol": "maybe"}], "/result/0/releases/0"),
    ],
)
def test_an_end_of_the_api_that_cannot_be_read_is_named(releases: object, place: str) -> None:
    """It is neither ended nor supported."""
    found = api(releases=releases)
    assert found.entries[0].cycles == (Cycle("1"),)
    assert [each.place for each in found.unread] == [place]


def test_releases_without_a_name_and_identifiers_of_other_types_are_named() -> None:
    """One wrong part does not cost the product."""
    found = api(releases=[7, {}, {"name": "1", "isEol": True}], identifiers=[7, {"type": "purl", "id": "x"}])
    assert found.entries[0].cycles == (Cycle("1", "true"),)
    assert [each.place for each in found.unread] == [
        *("/result/0/identifiers/1", "/result/0/releases/0", "/result/0/releases/1"),
    ]


def test_a_product_without_identifiers_in_the_api_matches_nothing() -> None:
    """The list may be missing."""
    assert "cannot be matched" in api(identifiers=None).notes[0]


def test_many_products_without_identifiers_are_counted() -> None:
    """Not all are listed."""
    many = [{"name": f"p{number}", "releases": []} for number in range(7)]
    notes = read(json.dumps({**API, "result": many}), source="products-full.json").notes
    assert notes[0].startswith("7 of 7 products cannot be matched")
    assert notes[0].endswith("p0, p1, p2, p3, p4, ...")


def test_what_is_not_a_product_is_named() -> None:
    """The other products count."""
    found = read(json.dumps({**API, "result": [7, {"name": "x"}, {"releases": []}, API["result"][0]]}))
    assert [each.name for each in found.entries] == ["gadget"]
    assert [each.place for each in found.unread] == ["/result/0", "/result/1", "/result/2"]


def test_the_older_api_is_read_and_matches_nothing() -> None:
    """It has no identifiers, and a name is not one."""
    old = [
        {"cycle": "3.10", "eol": "2026-10-04", "latest": "3.10.9", "latestReleaseDate": "2026-09-01"},
        {"cycle": "2", "eol": True},
    ]
    found = read(json.dumps(old), source="gadget.json")
    assert found.entries == (
        SupportedProduct(
            "gadget", (), (Cycle("3.10", "2026-10-04", "3.10.9", date(2026, 9, 1)), Cycle("2", "true"))
        ),
    )
    assert any("older API" in note for note in found.notes)
    assert any("cannot be matched" in note for note in found.notes)


# Documents that are refused


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!doctype html>",
        "# a README",
        "---\ntitle: a page\n---\n",
        "---\nreleases: none\n---\n",
        "---\nreleases:\n  - releaseCycle: 1\n",
        "---\nreleases: [\n---\n",
        "---\n- a list\n---\n",
        "---\nreleases: &x []\n---\n",
        "[]",
        "{}",
        '{"result": 1}',
        '{"result": []}',
        '{"result": [{"name": "gadget"}]}',
        '{"result": [',
    ],
)
def test_what_has_no_product_is_refused(text: str) -> None:
    """It must not read as "nothing has ended"."""
    with pytest.raises(InputInvalid):
        read(text)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes and products refuse the file, parts cost the product, problems are counted."""
    monkeypatch.setattr(statements, "MAX_UNREAD", 1)
    assert api(releases=[1, 2, 3]).unread[-1].message == "2 more are not listed"
    monkeypatch.setattr(end_of_life, "MAX_PARTS", 1)
    with pytest.raises(InputInvalid, match="no product that can be read"):
        read(FILE)
    monkeypatch.setattr(end_of_life, "MAX_PRODUCTS", 0)
    with pytest.raises(InputInvalid, match="at most 0 products"):
        api()
    monkeypatch.setattr(end_of_life, "MAX_BYTES", 10)
    with pytest.raises(InputInvalid, match="at most 10"):
        read(FILE)


@given(
    st.text(max_size=80).map(lambda text: f"---\nreleases:\n{text}\n---\n".encode("utf-8", "replace"))
    | st.binary(max_size=100)
)
def test_whatever_the_bytes_it_is_read_or_refused(data: bytes) -> None:
    """No other exception."""
    with contextlib.suppress(InputInvalid):
        read_end_of_life(data, source="x")


@pytest.mark.parametrize(
    "text",
    [FILE, "\ufeff" + FILE, json.dumps(API), '[{"cycle": "1", "eol": true}]', json.dumps(API, indent=1)],
)
def test_each_form_is_recognised_by_its_content(text: str) -> None:
    """Product file, API, and the older API."""
    assert sniff_end_of_life(text.encode())


@pytest.mark.parametrize(
    "text", ["", "---\ntitle: page\n---\n", '{"result": []}', "[]", '[{"cveID": 1}]', "a,b"]
)
def test_other_files_are_not_recognised(text: str) -> None:
    """Many files begin with three dashes."""
    assert not sniff_end_of_life(text.encode())


# The line of a version


@pytest.mark.parametrize(
    ("version", "cycle"),
    [
        ("3.10.2", "3.10"),
        ("3.10", "3.10"),
        ("3.1.5", "3"),
        ("3", "3"),
        ("v3.10.2", "3.10"),
        ("V3.10.2", "3.10"),
        ("go3.10.2", "3.10"),
        ("3.10.2-rc1", "3.10"),
        ("3.10+build.7", "3.10"),
        ("3.10.RELEASE", "3.10"),
        ("30.1", ""),
        ("2.0", ""),
        ("", ""),
        ("latest", ""),
        ("3" + ".1" * 200, ""),
    ],
)
def test_the_line_is_the_longest_dotted_prefix(version: str, cycle: str) -> None:
    """Not with letters: 3.1 does not begin 3.10, and 3 does not begin 30."""
    assert line(product(c3="true", c3_10="true"), version).cycle == cycle


def test_no_line_is_not_supported() -> None:
    """Too old for the list, or too new: neither is said."""
    assert line(product(c3="false"), "2.1") == ReleaseLine("", "", "cycle_not_found")


@pytest.mark.parametrize(
    ("eol", "state"),
    [
        ("2026-11-23", "eol"),
        ("2026-11-24", "eol"),
        ("2026-11-25", "supported"),
        ("true", "eol"),
        ("false", "supported"),
        ("", "not_stated"),
    ],
)
def test_the_state_on_a_day(eol: str, state: str) -> None:
    """A date ends with its day; `false` has no date; what could not be read is neither."""
    assert line(product(c3=eol), "3.1") == ReleaseLine("3", eol, state)


@pytest.mark.parametrize(
    "version",
    [
        "v0.0.0-20221010221433-558abfa75702",
        "v1.2.4-0.20191109021931-daa7c04131f5",
        "v1.2.3-rc.1.0.20191109021931-daa7c04131f5",
    ],
)
def test_a_pseudo_version_is_in_no_line(version: str) -> None:
    """It is a commit; the number before it is not a release."""
    assert (
        line(product(c0="true", c1_2="true"), version, "pkg:golang/example.org/gadget").state
        == "cycle_not_found"
    )


@pytest.mark.parametrize(
    ("eol", "words"),
    [
        ("2023-09-11", "whose end is 2023-09-11"),
        ("true", "which has ended"),
        ("false", "which has no announced end"),
        ("", "whose end is not stated"),
    ],
)
def test_a_letter_release_is_in_no_line_and_contested(eol: str, words: str) -> None:
    """The dotted prefixes of 1.1.1f do not have 1.1.1; a reader may still conclude something."""
    found = line(product(c1_1_1=eol), "1.1.1f-1ubuntu2.16", "pkg:deb/ubuntu/gadget")
    assert (found.cycle, found.state) == ("", "cycle_not_found")
    assert found.contested == f'"1.1.1f" may belong to the line "1.1.1", {words}'


def test_a_longer_number_belongs_to_no_shorter_line() -> None:
    """3.10 comes nine lines after 3.1, and the list does not have it."""
    found = line(product(c3_1="true"), "3.10")
    assert (found.cycle, found.state, found.contested) == ("", "cycle_not_found", "")


def test_a_shorter_line_is_contested_by_a_longer_one() -> None:
    """3.1-rc1 may be of 3.1, although 3 is its longest dotted prefix."""
    found = line(product(c3="true", c3_1="2027-01-01"), "3.1-rc1")
    assert (found.cycle, found.state) == ("3", "eol")
    assert found.contested == '"3.1-rc1" may belong to the line "3.1", whose end is 2027-01-01'


@pytest.mark.parametrize(
    ("purl", "version"),
    [
        ("pkg:deb/debian/gadget", "1:3.10-2+deb12u1"),
        ("pkg:rpm/fedora/gadget", "3.10-2.fc38"),
        ("pkg:apk/alpine/gadget", "3.10.1-r0"),
    ],
)
def test_a_package_of_a_distribution_is_contested(purl: str, version: str) -> None:
    """Epoch and revision are the distribution's, and so may be its support."""
    found = line(product(c3_10="true"), version, purl)
    assert (found.cycle, found.state) == ("3.10", "eol")
    assert "may support it for longer" in found.contested


def test_a_distribution_that_is_not_named_is_one_all_the_same() -> None:
    """A purl without namespace."""
    assert "a distribution, which" in line(product(c3="true"), "3.1", "pkg:deb/gadget").contested


@pytest.mark.parametrize(
    ("purl", "version"),
    [
        ("pkg:maven/org.sample/gadget", "3.1.0.redhat-00001"),
        ("pkg:maven/org.sample/gadget?repository_url=https://maven.example.org/ga/", "3.1.0"),
    ],
)
def test_a_build_of_a_vendor_is_contested(purl: str, version: str) -> None:
    """Whoever rebuilds it may support it."""
    assert "for longer" in line(product(c3="true"), version, purl).contested


def test_what_has_not_ended_is_not_contested() -> None:
    """A distribution supports it at least as long."""
    assert line(product(c3="false"), "3.1-1", "pkg:deb/debian/gadget").contested == ""


def test_a_component_without_a_purl_has_a_line() -> None:
    """It was found by CPE."""
    assert line(product(c3="true"), "3.1", "") == ReleaseLine("3", "true", "eol")


# Tables


def test_a_product_is_found_by_each_of_its_keys() -> None:
    """By purl and by CPE; with the snapshot that it is from."""
    table = ProductTable(read(FILE).entries, snapshot="s1")
    for key in ("purl:npm/@sample/gadget", "cpe:a:sample:gadget"):
        assert [(snapshot, each.name) for snapshot, each in table.products(key)] == [("s1", "gadget")]
    assert table.products("purl:npm/gadget") == ()


def test_the_last_release_is_the_newest_of_any_line() -> None:
    """An old line may get fixes after a new one began."""
    assert read(FILE).entries[0].last_release == date(2026, 11, 1)
    assert product(c3="true").last_release is None
