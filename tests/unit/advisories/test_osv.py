"""Advisories are read as they are, and answer whether a version is affected with yes, no or unknown."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avow.advisories.osv import (
    Advisory,
    Affected,
    AliasGroups,
    Answer,
    Event,
    Range,
    Rated,
    evaluate,
    read_advisory,
    vulnerability_key,
)
from avow.errors import InputInvalid

YES, NO, UNKNOWN = Answer.AFFECTED, Answer.NOT_AFFECTED, Answer.UNDECIDABLE


def about(*bounds: str, versions: tuple[str, ...] = (), kind: str = "SEMVER") -> Affected:
    """One item with one range, its bounds written as `introduced 1.0.0`."""
    events = tuple(Event(*bound.split(" ")) for bound in bounds)
    return Affected("npm", "a", ranges=(Range(kind, events),) if events else (), versions=versions)


@pytest.mark.parametrize(
    ("bounds", "version", "answer"),
    [
        (("introduced 0", "fixed 2.0.0"), "0.0.0-0", YES),
        (("introduced 0", "fixed 2.0.0"), "1.9.9", YES),
        (("introduced 0", "fixed 2.0.0"), "2.0.0", NO),
        (("introduced 0", "fixed 2.0.0"), "2.0.0-rc.1", YES),
        (("introduced 1.0.0", "last_affected 2.0.0"), "2.0.0", YES),
        (("introduced 1.0.0", "last_affected 2.0.0"), "2.0.1", NO),
        (("introduced 1.0.0",), "0.9.0", NO),
        (("introduced 1.0.0",), "99.0.0", YES),
        # not in order: PYSEC-2023-212
        (("introduced 2.0.0", "fixed 2.0.7", "introduced 0", "fixed 1.26.18"), "1.26.17", YES),
        (("introduced 2.0.0", "fixed 2.0.7", "introduced 0", "fixed 1.26.18"), "1.26.18", NO),
        (("introduced 2.0.0", "fixed 2.0.7", "introduced 0", "fixed 1.26.18"), "2.0.6", YES),
        (("introduced 2.0.0", "introduced 0", "fixed 2.0.7", "fixed 1.26.18"), "1.27.0", NO),
        (("introduced 0", "fixed 1.0.0", "introduced 1.0.0", "fixed 2.0.0"), "1.0.0", YES),
        (("introduced 0", "limit 2.0.0"), "1.0.0", YES),
        (("introduced 0", "limit 2.0.0"), "2.0.0", NO),
        (("introduced 0", "limit 2.0.0", "limit *"), "2.0.0", YES),
        (("introduced 0", "limit x"), "2.0.0", UNKNOWN),
        # a bound that is not of the range's type
        (("introduced 1.2", "fixed 3.5.0"), "3.4.1", UNKNOWN),
        (("introduced 1.2", "fixed 3.5.0"), "3.5.0", NO),
        (("introduced 0", "fixed 0"), "1.0.0", UNKNOWN),
        (("introduced 3.0.0alpha", "last_affected 3.8.2"), "3.10.10", NO),
        (("introduced 3.0.0", "fixed x"), "2.0.0", NO),
        (("introduced 3.0.0", "fixed x"), "3.0.0", UNKNOWN),
        (("introduced x", "fixed 2.0.0", "introduced 3.0.0", "fixed 4.0.0"), "3.1.0", YES),
        (("introduced x", "introduced 3.0.0", "fixed 4.0.0"), "3.1.0", UNKNOWN),
        (("introduced 5.0.0", "introduced 3.0.0", "fixed x"), "1.0.0", NO),
        (("fixed x", "introduced 3.0.0"), "3.1.0", UNKNOWN),
        (("fixed x", "introduced 3.0.0"), "1.0.0", NO),
        # nothing was introduced: the record is broken, not clean
        (("fixed 2.0.0",), "1.0.0", UNKNOWN),
        (("fixed 2.0.0",), "2.0.0", NO),
        (("limit 2.0.0",), "1.0.0", UNKNOWN),
    ],
)
def test_a_range_is_evaluated(bounds: tuple[str, ...], version: str, answer: Answer) -> None:
    """Unknown only if the unknown bound decides."""
    assert evaluate(about(*bounds), version, scheme="npm").answer is answer


@pytest.mark.parametrize(
    ("scheme", "bounds", "version", "answer"),
    [
        ("deb", ("introduced 0", "fixed 1:2.0-1"), "2:1.0-1", NO),
        ("maven", ("introduced 0", "last_affected 4.3.19"), "4.3.19.RELEASE", YES),
        ("pypi", ("introduced 0", "fixed 2.5"), "2.5rc1", YES),
        ("rpm", ("introduced 0", "last_affected 1.0"), "1.0-3.el9", YES),
        ("rpm", ("introduced 0", "fixed 1.0"), "1.0-3.el9", NO),
        ("rpm", ("introduced 0", "fixed 1.0-4.el9"), "1.0-3.el9", YES),
        ("rpm", ("introduced 0", "fixed 1.0"), "0.9", YES),
        ("unheard-of", ("introduced 0", "fixed 1.0"), "0.9", UNKNOWN),
        ("unheard-of", ("introduced 0",), "0.9", YES),
    ],
)
def test_ecosystem_ranges_have_the_ecosystems_order(
    scheme: str, bounds: tuple[str, ...], version: str, answer: Answer
) -> None:
    """A bound of rpm that names no release stands for all releases of the version."""
    assert evaluate(about(*bounds, kind="ECOSYSTEM"), version, scheme=scheme).answer is answer


def test_a_semver_range_is_strict_in_every_ecosystem() -> None:
    """What only the ecosystem can order, a SEMVER range can't."""
    assert evaluate(about("introduced 0", "fixed 2.0.0"), "1.0", scheme="pypi").answer is UNKNOWN


def test_a_listed_version_is_compared_in_the_ecosystems_order() -> None:
    """1.0 and 1.0.0 are one version to Python."""
    verdict = evaluate(about(versions=("1.0.0",)), "1.0", scheme="pypi")

    assert verdict.answer is YES
    assert verdict.listed
    assert evaluate(about(versions=("1.0.1",)), "1.0", scheme="pypi").answer is NO
    assert evaluate(about(versions=("weird",)), "weird", scheme="pypi").answer is YES


@pytest.mark.parametrize(
    ("versions", "flag"),
    [
        (("10.0.0",), ("list_and_range_disagree:list=False,range=True",)),
        (("10.0.0", "7.0.92"), ()),
        ((), ()),
    ],
)
def test_list_and_range_may_disagree(versions: tuple[str, ...], flag: tuple[str, ...]) -> None:
    """Either is enough, and the difference is said: CVE-2022-23181 of Tomcat."""
    verdict = evaluate(
        about("introduced 7.0.0", "fixed 8.0.0", versions=versions, kind="ECOSYSTEM"),
        "7.0.92",
        scheme="maven",
    )

    assert (verdict.answer, verdict.flags) == (YES, flag)


def test_a_listed_version_outside_of_the_range_is_affected() -> None:
    """The other way to disagree."""
    item = about("introduced 7.0.0", "fixed 8.0.0", versions=("9.0.0",))

    verdict = evaluate(item, "9.0.0", scheme="npm")

    assert verdict.flags == ("list_and_range_disagree:list=True,range=False",)
    assert verdict.answer is YES


def test_a_list_decides_where_the_range_cannot() -> None:
    """No disagreement: the range says nothing."""
    verdict = evaluate(about("introduced 1.2", versions=("1.0.0",)), "1.0.0", scheme="npm")

    assert (verdict.answer, verdict.flags) == (YES, ())


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (about(), "no_range_no_list"),
        (about("introduced 0", kind="GIT"), "only_commit_ranges"),
        (about("introduced 1.2"), "comparison_not_possible"),
        (about("introduced 0", kind="?"), "comparison_not_possible"),
    ],
)
def test_what_is_undecidable_has_a_reason(item: Affected, reason: str) -> None:
    """A record that names the package and no version does not mean all versions."""
    verdict = evaluate(item, "1.5.0", scheme="npm")

    assert (verdict.answer, verdict.reason) == (UNKNOWN, reason)


def test_ranges_of_commits_are_not_looked_at() -> None:
    """Beside a list they say nothing that could be placed."""
    item = about("introduced 0", kind="GIT", versions=("1.0.0",))

    assert evaluate(item, "1.0.1", scheme="npm").answer is NO
    assert evaluate(item, "1.0.0", scheme="npm").answer is YES


def test_any_of_several_ranges_is_enough() -> None:
    """And a range that can't be decided leaves the answer open only if no other says yes."""
    known = Range("SEMVER", (Event("introduced", "1.0.0"), Event("fixed", "2.0.0")))
    odd = Range("SEMVER", (Event("introduced", "x"),))
    item = Affected("npm", "a", ranges=(odd, known))

    assert evaluate(item, "1.5.0", scheme="npm").answer is YES
    assert evaluate(item, "2.5.0", scheme="npm").answer is UNKNOWN


@pytest.mark.parametrize(
    ("bounds", "version", "fixed", "last"),
    [
        (("introduced 0", "fixed 2.0.0"), "1.0.0", ("2.0.0",), ""),
        (("introduced 0", "fixed 1.0.0", "introduced 3.0.0", "fixed 3.1.0"), "3.0.1", ("3.1.0",), ""),
        (("introduced 3.0.0", "fixed 3.1.0", "introduced 0", "fixed 1.0.0"), "0.1.0", ("1.0.0",), ""),
        (("introduced 0", "last_affected 2.0.0"), "1.0.0", (), "2.0.0"),
        (("introduced 0",), "1.0.0", (), ""),
    ],
)
def test_the_fix_of_the_range_is_named(
    bounds: tuple[str, ...], version: str, fixed: tuple[str, ...], last: str
) -> None:
    """The first one that comes after the version; without one, the last that is known to be affected."""
    verdict = evaluate(about(*bounds), version, scheme="npm")

    assert (verdict.fixed, verdict.last_known_affected) == (fixed, last)


def test_the_last_known_version_of_github_is_kept() -> None:
    """Its ranges have no end where nobody knows a fix."""
    item = Affected("npm", "a", ranges=(Range("SEMVER", (Event("introduced", "0"),)),), last_known="<= 1.2.3")

    assert evaluate(item, "2.0.0", scheme="npm").last_known_affected == "<= 1.2.3"


def test_where_a_fix_is_named_no_last_version_is() -> None:
    """It would read as if nobody had looked at later ones."""
    ranges = (Range("SEMVER", (Event("introduced", "0"), Event("fixed", "3.0.0"))),)

    verdict = evaluate(Affected("npm", "a", ranges=ranges, last_known="<= 1.2.3"), "2.0.0", scheme="npm")

    assert (verdict.fixed, verdict.last_known_affected) == (("3.0.0",), "")


RECORD: dict[str, Any] = {
    "id": "GHSA-2222-3333-4444",
    "modified": "2026-10-20T00:00:00Z",
    "published": "2026-10-01T00:00:00Z",
    "aliases": ["CVE-2099-1", "CVE-2099-1", "GHSA-2222-3333-4444", ""],
    "upstream": ["CVE-2099-2"],
    "related": ["CVE-2099-3"],
    "summary": "Invented",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Friendly.Bard"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}],
            "versions": ["0.9"],
            "severity": [{"type": "CVSS_V2", "score": "x"}],
            "database_specific": {"last_known_affected_version_range": "<= 0.9", "informational": "unsound"},
        }
    ],
}


def test_a_record_is_read_from_bytes_and_from_an_object() -> None:
    """With sets of ids without repeats and without its own; unknown fields are ignored."""
    read = read_advisory(json.dumps(RECORD).encode(), source="a.json")

    assert read == read_advisory(RECORD, source="a.json")
    assert read == Advisory(
        id="GHSA-2222-3333-4444",
        affected=(
            Affected(
                "PyPI",
                "Friendly.Bard",
                ranges=(Range("ECOSYSTEM", (Event("introduced", "0"), Event("fixed", "1.0"))),),
                versions=("0.9",),
                ratings=(Rated("CVSS_V2", "x"),),
                informational="unsound",
                last_known="<= 0.9",
            ),
        ),
        modified="2026-10-20T00:00:00Z",
        published="2026-10-01T00:00:00Z",
        aliases=("CVE-2099-1",),
        upstream=("CVE-2099-2",),
        summary="Invented",
        ratings=(Rated("CVSS_V3", "CVSS:3.1/AV:N"),),
    )


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"modified": "0001-01-01T00:00:00Z"}, "modified", ""),
        ({"withdrawn": "2026-01-01T00:00:00Z"}, "withdrawn", "2026-01-01T00:00:00Z"),
        ({"withdrawn": None}, "withdrawn", ""),
        ({"withdrawn": True}, "withdrawn", "True"),
        ({"id": "MAL-2026-1"}, "malicious", True),
        ({"database_specific": {"malicious-packages-origins": []}}, "malicious", True),
        ({"database_specific": {"review_status": "UNREVIEWED"}}, "unreviewed", True),
        ({"database_specific": {"review_status": "REVIEWED"}}, "unreviewed", False),
        ({"database_specific": {"derived": "from another"}}, "derived", True),
    ],
)
def test_what_a_record_says_of_itself_is_kept(change: dict[str, Any], field: str, value: object) -> None:
    """The year 1 is not a date, and malicious packages are known by their id or origin."""
    assert getattr(read_advisory(RECORD | change, source="a.json"), field) == value


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"affected": {}}, "/affected"),
        ({"affected": ["x"]}, "/affected/0"),
        ({"affected": [{"package": []}]}, "/affected/0/package"),
        ({"affected": [{"package": {"name": 1}}]}, "/affected/0/package/name"),
        ({"affected": [{"ranges": {}}]}, "/affected/0/ranges"),
        ({"affected": [{"ranges": [1]}]}, "/affected/0/ranges/0"),
        ({"affected": [{"ranges": [{"type": "VERS", "events": [1]}]}]}, "/affected/0/ranges/0"),
        ({"affected": [{"ranges": [{"type": "SEMVER"}]}]}, "/affected/0/ranges/0"),
        ({"affected": [{"ranges": [{"type": "SEMVER", "events": [1]}]}]}, "/affected/0/ranges/0/events/0"),
        ({"affected": [{"ranges": [{"type": "SEMVER", "events": [{}]}]}]}, "/affected/0/ranges/0/events/0"),
        (
            {"affected": [{"ranges": [{"type": "SEMVER", "events": [{"fixed": 1}]}]}]},
            "/affected/0/ranges/0/events/0",
        ),
        ({"affected": [{"versions": [1]}]}, "/affected/0/versions"),
        ({"severity": [1, {"type": "x"}]}, "/severity/0"),
        ({"aliases": "x"}, "/aliases"),
        ({"summary": 1}, "/summary"),
        ({"database_specific": 1}, "/database_specific"),
    ],
)
def test_a_broken_field_costs_itself_and_is_named(change: dict[str, Any], place: str) -> None:
    """By its JSON pointer; the record is read all the same."""
    read = read_advisory(RECORD | change, source="a.json")

    assert place in read.unread
    assert read.id == RECORD["id"]


@pytest.mark.parametrize(
    "item",
    [
        {"ranges": {}},
        {"ranges": [{"type": "SEMVER"}]},
        {"ranges": [{"type": "SEMVER", "events": [{}]}]},
        {"ranges": [{"type": "SEMVER", "events": [{"introduced": 1}]}]},
        {"versions": "1.0.0"},
        {"versions": [1]},
    ],
)
def test_versions_that_cannot_be_read_are_undecidable(item: dict[str, Any]) -> None:
    """Never "not affected": nobody could read it."""
    (affected,) = read_advisory(RECORD | {"affected": [item]}, source="a.json").affected

    assert evaluate(affected, "1.0.0", scheme="npm").answer is UNKNOWN


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ({"versions": ["0.1.0", 5]}, "/affected/0/versions"),
        ({"versions": ["0.1.0"], "ranges": {}}, "/affected/0/ranges"),
        ({"versions": ["0.1.0"], "ranges": [{"type": "SEMVER", "events": []}]}, "/affected/0/ranges/0"),
    ],
)
def test_a_version_that_was_read_does_not_speak_for_one_that_was_not(
    item: dict[str, Any], place: str
) -> None:
    """What is not in the part that can be read may be in the rest."""
    read = read_advisory(RECORD | {"affected": [item]}, source="a.json")

    assert read.unread == (place,)
    assert evaluate(read.affected[0], "1.0.0", scheme="npm").answer is UNKNOWN
    assert evaluate(read.affected[0], "0.1.0", scheme="npm").answer is YES


def test_two_bounds_in_one_event_are_two_events() -> None:
    """As the first schemas had them."""
    item = {"ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0.0", "fixed": "2.0.0"}]}]}

    (affected,) = read_advisory(RECORD | {"affected": [item]}, source="a.json").affected

    assert affected.ranges[0].events == (Event("introduced", "1.0.0"), Event("fixed", "2.0.0"))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"id": 1}', b'{"id": ""}', b'{"id": "a\\u0000"}', b'{"id": "\xc3\xa9"}']
)
def test_what_is_not_an_advisory_is_refused(content: bytes) -> None:
    """Not JSON, not an object, or without an id."""
    with pytest.raises(InputInvalid):
        read_advisory(content, source="a.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "affected",
                    "ranges",
                    "events",
                    "versions",
                    "package",
                    "type",
                    "introduced",
                    "severity",
                    "aliases",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_object_with_an_id_is_read(value: Any) -> None:
    """Whatever its fields are, nothing else than a refusal is raised."""
    record = (value if isinstance(value, dict) else {"affected": value}) | {"id": "X-1"}

    read = read_advisory(record, source="a.json")

    assert all(evaluate(item, "1.0.0", scheme="npm").answer in Answer for item in read.affected)


def test_aliases_are_symmetric_and_transitive() -> None:
    """Records that share any id are about one vulnerability, whoever wrote the alias down."""
    groups = AliasGroups(
        [
            Advisory("PYSEC-1", (), aliases=("CVE-1",), upstream=("CVE-8",)),
            Advisory("GHSA-1", (), aliases=("CVE-1",)),
            Advisory("X-1", (), aliases=("GHSA-1",)),
            Advisory("X-2", (), aliases=("CVE-2",)),
        ]
    )

    assert groups.all() == (
        frozenset({"PYSEC-1", "CVE-1", "GHSA-1", "X-1"}),
        frozenset({"X-2", "CVE-2"}),
    )
    assert groups.key("X-1") == groups.key("PYSEC-1") != groups.key("X-2")
    assert groups.key("CVE-8") == "CVE-8"


def test_a_chain_of_aliases_takes_no_depth() -> None:
    """A hostile archive can have any number of them."""
    groups = AliasGroups()
    for at in range(20_000):
        groups.add(f"X-{at}", f"X-{at + 1}")

    assert len(groups.all()) == 1
    assert groups.key("X-0") == groups.key("X-20000")


def test_a_chain_from_its_other_end_takes_no_time() -> None:
    """Each name is looked for along the chain, which gets shorter by that."""
    groups = AliasGroups()
    start = time.process_time()
    for at in range(20_000):
        groups.add(f"X-{at + 1}", f"X-{at}")

    assert len(groups.all()) == 1
    assert time.process_time() - start < 4


def test_letter_case_makes_no_two_vulnerabilities() -> None:
    """Whoever wrote the id in which case: the first spelling is shown."""
    groups = AliasGroups()
    groups.add("ghsa-1", "cve-2099-1")
    groups.add("CVE-2099-1", "PYSEC-1")

    assert groups.all() == (frozenset({"ghsa-1", "cve-2099-1", "PYSEC-1"}),)
    assert groups.key("GHSA-1") == groups.key("pysec-1")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20))
def test_groups_are_the_connected_parts(pairs: list[tuple[int, int]]) -> None:
    """Compared with a search along the aliases."""
    groups = AliasGroups()
    near: dict[str, set[str]] = {}
    for one, other in pairs:
        groups.add(str(one), str(other))
        near.setdefault(str(one), {str(one)}).add(str(other))
        near.setdefault(str(other), {str(other)}).add(str(one))
    numbers = {name: number for number, group in enumerate(groups.all()) for name in group}
    for name in near:
        reached, waiting = {name}, [name]
        while waiting:
            new = near[waiting.pop()] - reached
            reached |= new
            waiting += new
        assert {each for each in near if numbers[each] == numbers[name]} == reached


@pytest.mark.parametrize(
    ("ids", "key"),
    [
        (("GHSA-1", "CVE-2020-11023", "CVE-2020-9999"), "CVE-2020-9999"),
        (("GHSA-1", "CVE-2021-0001", "CVE-2020-11023"), "CVE-2020-11023"),
        (("PYSEC-1", "GHSA-1"), "GHSA-1"),
    ],
)
def test_a_vulnerability_is_called_by_its_smallest_cve(ids: tuple[str, ...], key: str) -> None:
    """By year and number, not by letters; else by its smallest id."""
    assert vulnerability_key(ids) == key
