"""The table of addresses."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from avow.errors import InputInvalid
from avow.snapshots.kinds import KINDS
from avow.snapshots.sources import DataSource, chosen, is_address, read_sources, shipped_table

GOOD = """
format = 1
[sources.kev]
url = "https://example.com/kev.json"
kind = "kev"
about = "a list"
licence = "CC0-1.0"
max-megabytes = 5
"""


def read(text: str) -> dict[str, DataSource]:
    """The table in `text`."""
    return read_sources(text, source="table.toml", kinds=frozenset(KINDS))


def test_a_table() -> None:
    """Every field."""
    assert read(GOOD) == {
        "kev": DataSource(
            name="kev",
            url="https://example.com/kev.json",
            kind="kev",
            about="a list",
            licence="CC0-1.0",
            max_bytes=5_000_000,
        )
    }


def test_the_shipped_table_is_one() -> None:
    """Only https, every address says no more than its host and file, and the common sources are there."""
    table = read(shipped_table())

    assert {urlsplit(each.url).scheme for each in table.values()} == {"https"}
    assert {urlsplit(each.url).query for each in table.values()} == {""}
    assert {each.kind for each in table.values()} == {"osv", "kev", "eukev", "euvd", "epss", "endoflife"}
    assert all(each.about for each in table.values())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("format = ", "is not TOML"),
        ("format = 1", "no [sources.NAME]"),
        ("format = 1\n[sources]", "no [sources.NAME]"),
        (GOOD.replace("format = 1", "format = 2"), "`format` has to be 1"),
        (GOOD.replace("format = 1", "format = true"), "`format` has to be 1"),
        (GOOD.replace("format = 1", "format = 1\nmore = 1"), "unknown keys: more"),
        ("format = 1\n[sources]\nkev = 5", "kev: not a table"),
        (GOOD.replace("kind =", "kin ="), "unknown key 'kin'"),
        (GOOD.replace('"kev"', '"horoscope"'), "'horoscope' is not one of"),
        (GOOD.replace('"a list"', "5"), "about is not a text"),
        (GOOD.replace("= 5", "= 0"), "not a whole number from 1 to 2147"),
        (GOOD.replace("= 5", "= true"), "not a whole number from 1 to 2147"),
        (GOOD.replace("= 5", "= 2148"), "not a whole number from 1 to 2147"),
        (GOOD.replace("sources.kev", 'sources."../kev"'), "a name has"),
        (GOOD.replace("https://", "ftp://"), "not an https address"),
        (GOOD.replace("example.com", "me:secret@example.com"), "not an https address"),
    ],
)
def test_a_table_that_can_not_be_used(text: str, reason: str) -> None:
    """Somebody wrote it by hand; every problem is reported."""
    with pytest.raises(InputInvalid) as caught:
        read(text)

    assert reason in " ".join([caught.value.message, *(each.message for each in caught.value.problems)])


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///x",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\n",
        "https://exämple.com/",
        "https://[::1/",
        "example.com/x",
        "",
    ],
)
def test_what_is_not_an_address(url: str) -> None:
    """What a client could read in more than one way."""
    assert not is_address(url)


def test_sources_by_name() -> None:
    """In the order of the table; for a name that is not in it, the nearest one is suggested."""
    table = read(GOOD + GOOD.replace("format = 1", "").replace("sources.kev", "sources.other"))

    assert [each.name for each in chosen(table, ("other", "kev"))] == ["kev", "other"]
    with pytest.raises(InputInvalid, match=r"no source 'kevv'; did you mean kev"):
        chosen(table, ("kevv",))
    with pytest.raises(InputInvalid, match="no source 'zzzzz'"):
        chosen(table, ("zzzzz",))
