"""Entries are looked up by what their purls name, and each hit is in exactly one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.advisories_in_memory import AdvisoriesInMemory

from avow.advisories.osv import Advisory, Affected, Event, Range
from avow.record import Why
from avow.sbom.inventory import Entry
from avow.survey import matching
from avow.survey.matching import Hit, Lookup, Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence


def entry(purl: str, version: str = "", *, others: tuple[str, ...] = ()) -> Entry:
    """An entry of an SBOM."""
    return Entry(place="/components/0", name="a", version=version, purl=purl, other_purls=others)


def item(ecosystem: str, name: str, *bounds: str, **more: object) -> Affected:
    """A package and one range, its bounds written as `fixed 1.0.0`."""
    kind = "SEMVER" if ecosystem in {"npm", "Go"} else "ECOSYSTEM"
    events = tuple(Event(*bound.split(" ")) for bound in bounds)
    ranges = (Range(kind, events),) if events else ()
    return Affected(ecosystem, name, ranges=ranges, **more)  # type: ignore[arg-type]


def advisory(*items: Affected, name: str = "X-1", **more: object) -> Advisory:
    """A record about packages."""
    return Advisory(name, items, **more)  # type: ignore[arg-type]


def look_up(asked: Entry, *advisories: Advisory) -> Lookup:
    """What these advisories say."""
    return Matcher(AdvisoriesInMemory(advisories)).look_up(asked)


def only(hits: Sequence[Hit]) -> Hit:
    """The one hit."""
    (hit,) = hits
    return hit


NPM = item("npm", "a", "introduced 0", "fixed 2.0.0")


def test_an_affected_version_is_a_match() -> None:
    """With the fix and without flags."""
    found = look_up(entry("pkg:npm/a@1.0.0", "1.0.0"), advisory(NPM))

    hit = only(found.matches)
    assert (hit.advisory.id, hit.package.version, hit.fixed) == ("X-1", "1.0.0", ("2.0.0",))
    assert (hit.flags, hit.contested) == ((), False)
    assert found.not_looked_up is None
    assert found.packages == (hit.package,)


def test_what_was_looked_up_and_not_found_is_not_a_reason() -> None:
    """The index has the ecosystem, and nothing about this version."""
    found = look_up(entry("pkg:npm/a@2.0.0"), advisory(NPM))

    assert found.packages
    assert (found.matches, found.undecidable, found.not_looked_up) == ((), (), None)


@pytest.mark.parametrize(
    ("asked", "why", "detail"),
    [
        (entry(""), Why.NO_PURL, ""),
        (entry("  "), Why.NO_PURL, ""),
        (Entry(place="/components/0", unusable=True), Why.UNUSABLE_ENTRY, ""),
        (entry("https://example.org"), Why.BAD_PURL, ""),
        (entry("pkg:npm/%E2%84%AAa@1.0.0"), Why.BAD_PURL, ""),
        (entry("pkg:pypi/a@1.0"), Why.ECOSYSTEM_NOT_COVERED, "pypi"),
        (entry("pkg:pypi/a"), Why.ECOSYSTEM_NOT_COVERED, "pypi"),
        (entry("pkg:apk/alpine/a@1"), Why.ECOSYSTEM_NOT_COVERED, "apk"),
        (entry("pkg:deb/debian/a@1"), Why.NO_DISTRO, "deb"),
        (entry("pkg:deb/debian/a@1?distro=debian-99"), Why.ECOSYSTEM_NOT_COVERED, "deb"),
        (entry("pkg:npm/a"), Why.NO_VERSION, ""),
        (entry("pkg:npm/a@latest"), Why.VERSION_NOT_PARSED, ""),
    ],
)
def test_it_is_said_why_an_entry_is_not_looked_up(asked: Entry, why: Why, detail: str) -> None:
    """Each has one reason, and no hits."""
    found = look_up(asked, advisory(NPM), advisory(item("Debian:12", "a"), name="X-2"))

    assert found.not_looked_up is not None
    assert (found.not_looked_up.why, found.not_looked_up.detail) == (why, detail)
    assert found == Lookup(not_looked_up=found.not_looked_up)


def test_the_first_purl_gives_the_reason() -> None:
    """If none of them can be looked up."""
    found = look_up(entry("pkg:generic/a@1", others=("pkg:npm/a",)), advisory(NPM))

    assert found.not_looked_up is not None
    assert found.not_looked_up.detail == "generic"


def test_all_purls_are_looked_up() -> None:
    """One that names no package of a registry does not hide the others, and no advisory counts twice."""
    both = advisory(NPM, item("PyPI", "a", "introduced 0"))
    other = advisory(item("PyPI", "a", "introduced 0"), name="X-2")

    found = look_up(entry("pkg:generic/a@1", others=("pkg:npm/a@1.0.0", "pkg:pypi/a@1.0")), both, other)

    assert [(hit.advisory.id, hit.package.ecosystem) for hit in found.matches] == [
        ("X-1", "npm"),
        ("X-2", "PyPI"),
    ]
    assert len(found.packages) == 2


def test_a_withdrawn_record_is_not_a_match() -> None:
    """It is listed apart, so that somebody who saw it finds out where it went."""
    found = look_up(entry("pkg:npm/a@1.0.0"), advisory(NPM, withdrawn="2026-10-15T00:00:00Z"))

    assert only(found.withdrawn).advisory.withdrawn == "2026-10-15T00:00:00Z"
    assert found.matches == ()
    assert look_up(entry("pkg:npm/a@1.0.0"), advisory(item("npm", "a"), withdrawn="x")).withdrawn


def test_an_informational_record_is_not_a_vulnerability() -> None:
    """RustSec's unmaintained is a fact about support."""
    record = advisory(item("crates.io", "a", "introduced 0", informational="unmaintained"))

    assert only(look_up(entry("pkg:cargo/a@1.0.0"), record).informational).reason == "unmaintained"


def test_an_informational_item_does_not_hide_what_is_undecidable() -> None:
    """It is certain and only a note; whether the vulnerability is in it nobody knows."""
    note = item("crates.io", "a", "introduced 0", informational="unmaintained")
    unknown = Affected(
        "crates.io", "a", ranges=(Range("ECOSYSTEM", (Event("introduced", "not a version"),)),)
    )
    found = look_up(entry("pkg:cargo/a@1.0.0"), advisory(note, unknown))
    assert (len(found.undecidable), found.informational) == (1, ())


@pytest.mark.parametrize("first", [True, False])
def test_two_purls_of_one_package_in_two_repositories(first: bool) -> None:  # noqa: FBT001  a case
    """Advisories of both are found, in whichever order the purls are."""
    plain, other = "pkg:maven/g/a@1.0", "pkg:maven/g/a@1.0?repository_url=https://maven.google.com"
    asked = entry(plain, others=(other,)) if first else entry(other, others=(plain,))
    record = advisory(item("Maven:https://maven.google.com", "g:a", "introduced 0"))
    assert len(look_up(asked, record).matches) == 1


def test_one_informational_item_does_not_hide_a_vulnerability() -> None:
    """A record may be about both; what one of its items says of the version is enough."""
    unmaintained = item("crates.io", "a", "introduced 0", informational="unmaintained")
    found = look_up(
        entry("pkg:cargo/a@1.0.0"), advisory(unmaintained, item("crates.io", "a", "introduced 0"))
    )

    assert only(found.matches).reason == ""
    assert found.informational == ()


def test_what_a_record_says_of_other_packages_does_not_matter() -> None:
    """Another name, another ecosystem, another release of the distribution, another case of a module."""
    others = (item("npm", "b", "introduced 0"), item("PyPI", "a", "introduced 0"))
    fixed = item("npm", "a", "introduced 0", "fixed 0.5.0")
    assert look_up(entry("pkg:npm/a@1.0.0"), advisory(fixed, *others)).matches == ()

    older = (item("Debian:12", "a", "introduced 0", "fixed 0.5"), item("Debian:11", "a", "introduced 0"))
    assert look_up(entry("pkg:deb/debian/a@1-1?distro=debian-12"), advisory(*older)).matches == ()

    module = (
        item("Go", "e.org/Forge", "introduced 0", "fixed 0.5.0"),
        item("npm", "e.org/forge", "introduced 0"),
    )
    found = look_up(entry("pkg:golang/e.org/forge@v1.0.0"), advisory(*module))
    assert (found.matches, found.undecidable) == ((), ())


def test_each_version_that_an_entry_names_is_looked_up() -> None:
    """Two purls of one package in two versions are two questions."""
    fixed = entry("pkg:npm/a@2.0.0", others=("pkg:npm/a@1.0.0",))

    assert [hit.package.version for hit in look_up(fixed, advisory(NPM)).matches] == ["1.0.0"]


def test_an_undecidable_record_says_why() -> None:
    """Neither affected nor not affected."""
    found = look_up(entry("pkg:npm/a@1.0.0"), advisory(item("npm", "a")))

    hit = only(found.undecidable)
    assert (hit.reason, hit.contested) == ("no_range_no_list", False)


def test_an_affected_item_goes_before_an_undecidable_one() -> None:
    """A record can have several items for a package."""
    found = look_up(entry("pkg:npm/a@1.0.0"), advisory(item("npm", "a"), NPM))

    assert only(found.matches).fixed == ("2.0.0",)
    assert found.undecidable == ()


def test_malicious_packages_come_first() -> None:
    """Whatever else is known."""
    found = look_up(entry("pkg:npm/a@1.0.0"), advisory(NPM), advisory(NPM, name="MAL-2026-1", malicious=True))

    assert [hit.advisory.id for hit in found.matches] == ["MAL-2026-1", "X-1"]


@pytest.mark.parametrize(
    ("asked", "record", "flags", "contested"),
    [
        ("pkg:npm/a@1.0.0", advisory(NPM, derived=True), ["derived_record"], False),
        ("pkg:npm/a@1.0.0", advisory(NPM, unreviewed=True), ["unreviewed"], True),
        ("pkg:npm/a@1.0.0?repository_url=npm.acme.example", advisory(NPM), ["other_repository"], True),
        ("pkg:npm/a@1.0.0%2Bx", advisory(NPM), ["build_metadata"], False),
        ("pkg:npm/a@1.0.0+x", advisory(NPM), ["purl_not_canonical", "build_metadata"], False),
        ("pkg:npm/a@1.0.0-rc.1", advisory(NPM), ["prerelease_component"], True),
        ("pkg:npm/a@1.0.0-rc.1", advisory(item("npm", "a", versions=("1.0.0-rc.1",))), [], False),
        (
            "pkg:npm/a@1.0.0",
            advisory(item("npm", "a", "introduced 0", versions=("3.0.0",))),
            ["list_and_range_disagree:list=False,range=True"],
            True,
        ),
        (
            "pkg:golang/e.org/a@v0.0.0-20260414223325-f64551fcd6f0",
            advisory(item("Go", "e.org/a", "introduced 0", "fixed 0.1.29")),
            ["pseudo_version"],
            False,
        ),
        (
            "pkg:golang/e.org/a@v1.2.3-0.20260414223325-f64551fcd6f0%2Bincompatible",
            advisory(item("Go", "e.org/a", "introduced 0", "fixed 2.0.0")),
            ["pseudo_version", "build_metadata"],
            False,
        ),
        (
            "pkg:golang/e.org/forge@v1.0.0",
            advisory(item("Go", "e.org/Forge", "introduced 0")),
            ["case_folded"],
            True,
        ),
        (
            "pkg:maven/g/a@1.9.13.redhat-00007?type=jar",
            advisory(item("Maven", "g:a", "introduced 0", "fixed 2")),
            ["vendor_rebuild"],
            True,
        ),
        (
            "pkg:pypi/a@1.0%2Bcu118",
            advisory(item("PyPI", "a", "introduced 0", "fixed 2")),
            ["vendor_rebuild"],
            True,
        ),
        (
            "pkg:deb/debian/a@1.3.1-1~bpo13%2B1?distro=debian-13",
            advisory(item("Debian:13", "a", "introduced 0", "fixed 1.3.1-1")),
            ["backport_suffix"],
            True,
        ),
    ],
)
def test_a_match_is_flagged(asked: str, record: Advisory, flags: list[str], *, contested: bool) -> None:
    """With what has to be known before its answer is believed."""
    hit = only(look_up(entry(asked), record).matches)

    assert list(hit.flags) == flags
    assert hit.contested is contested


def test_a_match_by_one_of_two_versions_is_contested() -> None:
    """The purl's is used; the SBOM's field says another one."""
    hit = only(look_up(entry("pkg:npm/a@1.0.0", "2.0.0"), advisory(NPM)).matches)

    assert (hit.flags, hit.contested) == (("purl_and_field_versions_differ",), True)


def test_an_item_on_which_list_and_range_agree_settles_it() -> None:
    """The disagreement of another item of the record does not matter then."""
    disagreeing = item("npm", "a", "introduced 0", versions=("3.0.0",))

    assert only(look_up(entry("pkg:npm/a@1.0.0"), advisory(disagreeing, NPM)).matches).flags == ()


def test_the_exact_case_is_not_flagged() -> None:
    """And a record of another module, which differs by case, is listed beside it."""
    exact = advisory(item("Go", "e.org/Forge", "introduced 0"))
    other = advisory(item("Go", "e.org/forge", "introduced 0"), name="X-2")

    found = look_up(entry("pkg:golang/e.org/Forge@v1.0.0"), exact, other)

    assert {hit.advisory.id: "case_folded" in hit.flags for hit in found.matches} == {
        "X-1": False,
        "X-2": True,
    }


def test_other_ecosystems_are_not_folded() -> None:
    """Of npm, say, which has packages that differ by case alone."""
    assert look_up(entry("pkg:npm/A@1.0.0"), advisory(NPM)).matches == ()


@pytest.mark.parametrize(
    ("ecosystem", "asked", "bounds", "reason"),
    [
        (
            "Maven",
            "pkg:maven/g/a@1.9.13.redhat-00007",
            ("introduced 0", "last_affected 1.9.13"),
            "vendor_rebuild",
        ),
        ("PyPI", "pkg:pypi/a@1.0%2Bcu118", ("introduced 0", "last_affected 1.0"), "vendor_rebuild"),
        ("Maven", "pkg:maven/g/a@1.9.13.redhat-00007", ("introduced 0", "fixed 1.9.13"), None),
        ("Maven", "pkg:maven/g/a@1.9.14", ("introduced 0", "last_affected 1.9.13"), None),
    ],
)
def test_a_rebuild_of_an_affected_version_is_not_called_clean(
    ecosystem: str, asked: str, bounds: tuple[str, ...], reason: str | None
) -> None:
    """It is after the last affected version by order alone; nobody said what was patched in it."""
    name = "g:a" if ecosystem == "Maven" else "a"

    found = look_up(entry(asked), advisory(item(ecosystem, name, *bounds)))

    assert [hit.reason for hit in found.undecidable] == ([] if reason is None else [reason])
    assert found.matches == ()


def test_a_source_package_is_found_through_the_binary() -> None:
    """And a binary whose name is that of another source is not looked up by it."""
    records = (
        advisory(item("Debian:12", "widget", "introduced 0")),
        advisory(item("Debian", "widget", "introduced 0"), name="X-2"),
        advisory(item("Debian:11", "widget", "introduced 0"), name="X-3"),
    )

    found = look_up(entry("pkg:deb/debian/libw1@1-1?distro=debian-12&upstream=widget"), *records)
    other = look_up(entry("pkg:deb/debian/widget@1-1?distro=debian-12&upstream=widget-ng"), *records)

    assert [(hit.advisory.id, hit.package.via) for hit in found.matches] == [
        ("X-1", "upstream"),
        ("X-2", "upstream"),
    ]
    assert other.matches == ()
    assert other.packages


def test_a_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Per purls and version, until too many are kept."""
    asked: list[str] = []

    class Counting(AdvisoriesInMemory):
        def about(self, ecosystem: str, key: str) -> Sequence[Advisory]:
            asked.append(key)
            return super().about(ecosystem, key)

    matcher = Matcher(Counting([advisory(NPM)]))
    assert matcher.look_up(entry("pkg:npm/a@1.0.0")) is matcher.look_up(entry("pkg:npm/a@1.0.0"))
    assert len(asked) == 1
    matcher.look_up(entry("pkg:npm/a@1.0.0", "1.0.1"))
    assert len(asked) == 2
    monkeypatch.setattr(matching, "_KEPT", 1)
    matcher.look_up(entry("pkg:npm/a@1.1.0"))
    matcher.look_up(entry("pkg:npm/a@1.0.0"))
    assert len(asked) == 4
