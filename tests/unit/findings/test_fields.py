"""Fields of foreign objects: what has another shape costs that field, and its place is named."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from avow.findings import statements
from avow.findings.fields import Fields
from avow.findings.names import digest_of, names_of
from avow.findings.refs import is_bom_link, whole_ref
from avow.findings.statements import Unread, UnreadList


def top(value: dict[str, Any]) -> Fields:
    return Fields(value, "", unread=UnreadList())


def test_a_text_is_stripped_and_a_number_is_written_out() -> None:
    """Versions and scores are sometimes numbers."""
    read = top({"a": " 1.0 ", "b": 9.8, "c": 3})

    assert [read.text(key) for key in "abcd"] == ["1.0", "9.8", "3", ""]
    assert read.unread.all() == ()


@pytest.mark.parametrize("value", [True, [], {}])
def test_what_is_not_a_text_is_named(value: Any) -> None:
    """A boolean is not a number here, though Python says so."""
    read = top({"a/b": value})

    assert read.text("a/b") == ""
    assert [each.place for each in read.unread.all()] == ["/a~1b"]


def test_a_flag_is_a_boolean() -> None:
    """The text "false" is not false; it is named."""
    read = top({"a": True, "b": "false"})

    assert [read.flag(key) for key in "abc"] == [True, False, False]
    assert [each.place for each in read.unread.all()] == ["/b"]


def test_a_moment_has_a_time_zone() -> None:
    """A time without one is named; an empty text is an absent date."""
    read = top({"a": "2026-01-02T03:04:05Z", "b": "2026-01-02T03:04:05", "c": ""})

    assert read.moment("a") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [read.moment(key) for key in "bcd"] == [None, None, None]
    assert [each.place for each in read.unread.all()] == ["/b"]


def test_a_part_that_is_not_an_object_is_empty() -> None:
    """Its fields can be asked for all the same."""
    read = top({"a": {"b": "c"}, "d": 1})

    assert read.part("a").text("b") == "c"
    assert not read.part("d")
    assert read.part("e").text("f") == ""
    assert [each.place for each in read.unread.all()] == ["/d"]


def test_items_of_another_type_are_named() -> None:
    """The others are read, each at its place."""
    read = top({"a": [{}, 1, {"x": "y"}], "b": ["t", "", 2], "c": {}})

    assert [each.place for each in read.parts("a")] == ["/a/0", "/a/2"]
    assert read.texts("b") == ("t",)
    assert read.texts("c") == ()
    assert list(read.parts("d")) == []
    assert [each.place for each in read.unread.all()] == ["/a/1", "/b/2", "/c"]


def test_unread_places_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged file of megabytes has too many to list."""
    monkeypatch.setattr(statements, "MAX_UNREAD", 2)
    unread = UnreadList()
    for number in range(5):
        unread.add(f"/{number}", "broken")

    assert unread.all() == (
        Unread("/0", "broken"),
        Unread("/1", "broken"),
        Unread("", "3 more places could not be read"),
    )


def test_an_advisory_about_several_vulnerabilities_is_not_an_alias() -> None:
    """Two CVEs that one DSA fixes stay two."""
    names = names_of("GHSA-rgv9", ("CVE-2022-42004", "GHSA-rgv9", "DSA-5283-1", ""))

    assert names == (("GHSA-rgv9", "CVE-2022-42004"), ("DSA-5283-1",))


def test_an_advisory_that_is_the_own_name_keeps_it() -> None:
    """With several vulnerabilities in it, it is none of them; with one, it is that one."""
    assert names_of("DSA-1-1", ("CVE-1", "CVE-2")) == (("DSA-1-1",), ("CVE-1", "CVE-2"))
    assert names_of("DSA-1-1", ("CVE-1", "USN-9-1")) == (("DSA-1-1", "CVE-1"), ("USN-9-1",))


def test_a_vulnerability_without_an_own_name_has_the_others() -> None:
    """The first advisory is better than no name."""
    assert names_of("", ("RHSA-2026:1", "DSA-1-1")) == (("RHSA-2026:1",), ("DSA-1-1",))
    assert names_of("", ()) == ((), ())


@pytest.mark.parametrize(
    ("algorithm", "value", "expected"),
    [
        ("sha-256", "AB" * 32, ("sha256", "ab" * 32)),
        ("SHA3-256", "ab" * 32, ("sha3_256", "ab" * 32)),
        ("blake3", "abcd", ("blake3", "abcd")),
        ("sha256", "ab", None),
        ("sha256", "xyz", None),
        ("sha256", "xy" * 32, None),
        ("blake3", "xyz", None),
        ("blake3", "", None),
    ],
)
def test_digests_have_one_spelling(algorithm: str, value: str, expected: tuple[str, str] | None) -> None:
    """What has another length than the function's is not its digest."""
    assert digest_of(algorithm, value) == expected


@pytest.mark.parametrize(
    ("ref", "document_format", "identifier", "expected"),
    [
        ("a", "CycloneDX JSON 1.6", "urn:uuid:AB", "urn:cdx:ab/2#a"),
        ("", "CycloneDX JSON 1.6", "urn:uuid:ab", "urn:cdx:ab/2"),
        ("urn:cdx:cd/1#x", "CycloneDX JSON 1.6", "urn:uuid:ab", "urn:cdx:cd/1#x"),
        ("a", "CycloneDX JSON 1.6", "", ""),
        ("SPDXRef-a", "SPDX JSON 2.3", "https://d.example", "https://d.example#SPDXRef-a"),
        ("", "SPDX JSON 2.3", "https://d.example", "https://d.example"),
        ("https://d.example/a", "SPDX 3.0.1 JSON-LD", "https://d.example", "https://d.example/a"),
    ],
)
def test_a_reference_means_the_same_outside_of_its_document(
    ref: str, document_format: str, identifier: str, expected: str
) -> None:
    """A bom-ref holds for one serial number and version."""
    assert whole_ref(ref, document_format=document_format, identifier=identifier, version=2) == expected


def test_the_first_version_of_a_bom_is_1() -> None:
    """CycloneDX gives `version` this default."""
    assert whole_ref("a", document_format="CycloneDX", identifier="urn:uuid:ab") == "urn:cdx:ab/1#a"
    assert is_bom_link("URN:CDX:ab/1")


def test_names_are_sorted_out_in_one_pass() -> None:
    """Fifty thousand advisories of distributions among as many CVEs take no product of the two."""
    others = [f"{kind}-2099-{n}" for n in range(50_000) for kind in ("DSA", "CVE")]
    start = time.process_time()
    names = names_of("CVE-2099-1", others)

    assert len(names.related) == 50_000
    assert time.process_time() - start < 10
