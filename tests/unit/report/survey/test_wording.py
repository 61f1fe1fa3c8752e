"""Counts, dates, addresses and reasons in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

import msgspec
import pytest

from avow.advisories.osv import NO_VERSIONS, NOT_COMPARABLE, ONLY_COMMITS
from avow.advisories.packages import NotLookedUp, package_of
from avow.formats.purl import read_purl
from avow.record import EndOfLife, Exploited, Snapshot, Why
from avow.report.survey.wording import (
    BASES,
    EDITIONS,
    LAW,
    PROBLEMS,
    REASONS,
    SUPPORTS,
    VOICES,
    WHY,
    counted,
    data_day,
    day,
    detailed,
    ending,
    listed,
    shown,
    web_address,
    without_credentials,
)
from avow.sbom.inventory import ProblemKind
from avow.survey.components import _VCS_KINDS
from avow.survey.matching import VENDOR_REBUILD
from avow.survey.proposals import _LINKS
from avow.values import printable
from avow.vocabulary import Voice

_ALPINE: Final = "Alpine's packages is apk"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 components"), (1, "1 component"), (2, "2 components"), (1200, "1,200 components")],
)
def test_a_count_has_the_right_plural(number: int, words: str) -> None:
    """Also of none."""
    assert counted(number, "component") == words


def test_an_irregular_plural_is_given() -> None:
    """Entries are not entrys."""
    assert counted(2, "entry", "entries") == "2 entries"


def test_each_reason_and_voice_has_words() -> None:
    """One that is added to the model needs some."""
    assert set(WHY) == set(Why)
    assert set(VOICES) == set(Voice)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("https://user:pass@git.example/x", "https://git.example/x"),
        ("https://token@git.example/x", "https://git.example/x"),
        ("ssh://git@git.example/x", "ssh://git.example/x"),
        (
            "pkg:npm/x?vcs_url=git%2Bhttps:%2F%2Fu:p%40git.example",
            "pkg:npm/x?vcs_url=git%2Bhttps:%2F%2Fgit.example",
        ),
        (
            "pkg:npm/x?vcs_url=https%3A%2F%2Fu%3Ap%40git.example",
            "pkg:npm/x?vcs_url=https%3A%2F%2Fgit.example",
        ),
        ("https://git.example/@scope/x", "https://git.example/@scope/x"),
        ("pkg:npm/%40types/lantern@5.2.0", "pkg:npm/%40types/lantern@5.2.0"),
        ("mail a@b.example", "mail a@b.example"),
    ],
)
def test_credentials_are_left_out_of_addresses(text: str, plain: str) -> None:
    """An at sign elsewhere is not one of them."""
    assert without_credentials(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a b",
        "ftp://x.example",
        "HTTPS:x",
        "https://x\u202e",
        "",
    ],
)
def test_what_is_not_a_web_address_is_not_a_link(text: str) -> None:
    """Only http and https, without white space and invisible characters."""
    assert web_address(text) == ""


def test_a_web_address_is_a_link_without_its_credentials() -> None:
    """The page is the same."""
    assert web_address("http://u:p@x.example/a?b#c") == "http://x.example/a?b#c"


def test_a_long_text_is_cut_after_its_credentials_are_gone() -> None:
    """A cut in the middle of them would leave them there."""
    text = shown("https://" + "p" * 290 + "@git.example/" + "x" * 1000)
    assert "ppp" not in text
    assert len(text) == 400
    assert text.endswith("…")


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a::b",
        "::error::x",
        "##x",
        "##[x]",
        "a\nb",
        "a\x1bb",
        "a\x7fb",
        "a\u202eb",
        "a\u2028b",
        "h\xe9ron",
        "a\ud800",
    ],
)
def test_the_short_way_is_that_of_every_report(text: str) -> None:
    """What a terminal or the log of a CI system acts on is escaped; what is plain is not looked at again."""
    assert shown(text) == printable(text)


@pytest.mark.parametrize(
    "text", ["https://x.example/##[a]", "https://x.example/##vso[a]", "https://x.example/\xa0"]
)
def test_an_address_that_would_be_escaped_is_no_link(text: str) -> None:
    """It would lead elsewhere than it says."""
    assert web_address(text) == ""


def test_a_date_or_that_there_is_none() -> None:
    """Of a day, a moment, and nothing."""
    assert day(date(2026, 1, 2)) == "2026-01-02"
    assert day(datetime(2026, 1, 2, 23, tzinfo=UTC)) == "2026-01-02"
    assert day(None) == "not stated"


def test_a_list_that_repeats_another_is_not_its_witness() -> None:
    """What the EUVD takes from another list says so."""
    repeated = Exploited(source="EUVD", snapshot="d1", cve="CVE-2099-1", via="id", origin="repeats CISA KEV")
    assert listed(repeated, key="CVE-2099-1") == "EUVD, repeats CISA KEV"


def test_a_listing_says_for_what_it_is() -> None:
    """The list may name another product, by another name."""
    found = Exploited(
        source="CISA KEV",
        snapshot="d1",
        cve="CVE-1",
        via="alias",
        added=date(2026, 1, 2),
        named_for="Copper",
        origin="x",
    )
    assert listed(found, key="GHSA-1") == (
        "CISA KEV, added 2026-01-02, listed for Copper, from x, as CVE-1, another name of it"
    )
    assert listed(Exploited(source="EUVD", snapshot="d1", cve="C", via="id"), key="C") == "EUVD"


@pytest.mark.parametrize(
    ("eol", "state", "words"),
    [
        ("2026-01-01", "eol", "2026-01-01"),
        ("true", "eol", "ended, date not known"),
        ("false", "supported", "no end known"),
        ("", "supported", "no date"),
        ("2026-01-01", "cycle_not_found", "release line not in the list"),
    ],
)
def test_an_end_of_life_in_words(eol: str, state: str, words: str) -> None:
    """A line that is not listed is not "supported"."""
    assert ending(EndOfLife(component="c", product="p", by="purl", eol=eol, state=state)) == words


def test_the_age_of_a_file_is_counted_from_what_it_states() -> None:
    """A copy of old data retrieved today is old data; without any day the age is not known."""
    snapshot = Snapshot(id="d", kind="osv", path="p", sha256="0", bytes=1, records=1)
    assert data_day(snapshot) is None
    retrieved = msgspec.structs.replace(snapshot, retrieved=date(2026, 11, 20))
    assert data_day(retrieved) == date(2026, 11, 20)
    stated = msgspec.structs.replace(retrieved, stated=datetime(2022, 5, 12, tzinfo=UTC))
    assert data_day(stated) == date(2022, 5, 12)


def test_each_kind_of_problem_has_words() -> None:
    """A code with an underscore is for programs."""
    assert set(PROBLEMS) == set(ProblemKind)


def test_each_reason_of_an_aside_has_words() -> None:
    """Those of the matching, too."""
    codes = {NOT_COMPARABLE, NO_VERSIONS, ONLY_COMMITS, VENDOR_REBUILD, "withdrawn", "informational"}
    assert set(REASONS) == codes


def test_each_link_that_names_a_repository_has_words() -> None:
    """Upstream projects and proposals are known by them."""
    assert set(BASES) >= {*_VCS_KINDS, *_LINKS, "map", "purl", "name", "cpe", "pedigree", "supplier"}


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("rpm", "rpm 1,900"),
        ("no record is about Debian:11", "no record is about Debian:11 (1,900)"),
        (f"the purl type of {_ALPINE}", "alpine 1,900 (write apk)"),
    ],
)
def test_a_detail_has_its_number_where_it_can_be_read(detail: str, words: str) -> None:
    """A number at the end of a sentence would be read as a part of it."""
    assert detailed(detail, 1900) == words


def test_alpines_detail_is_that_of_the_look_up() -> None:
    """The report recognises the sentence that packages has for it."""
    found = package_of(read_purl("pkg:alpine/musl@1.2"), field_version="")
    assert isinstance(found, NotLookedUp)
    assert detailed(found.note, 19) == "alpine 19 (write apk)"


def test_the_dates_of_the_law() -> None:
    """As the design's record has them."""
    for fact in ("2026-09-11", "Art 69(3)", "2026-06-11", "2027-12-11", "Art 71(2)"):
        assert fact in LAW
    assert "C(2026) 5252, published on 2026-07-27" in EDITIONS
    assert all(what.startswith("supports ") for _, _, what in SUPPORTS)
