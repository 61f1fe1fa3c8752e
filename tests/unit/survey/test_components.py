"""Entries of SBOMs as components, and components as parts of upstream projects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from avow.errors import InputInvalid
from avow.lineage import MapIndex, read_map
from avow.sbom.inventory import Entry, Inventory, Reference, StatedDigest
from avow.survey.components import Located, apply_map, locate, project_of


def inventory(*entries: Entry, name: str = "a.cdx.json") -> Inventory:
    """An SBOM with these entries."""
    return Inventory(source=name, sha256="0" * 64, format="CycloneDX JSON 1.6", entries=entries)


def entry(place: str = "/components/0", **fields: Any) -> Entry:
    """One entry; `sha256` is a digest in short."""
    digest = fields.pop("sha256", "")
    digests = (StatedDigest("sha256", digest * 64),) if digest else ()
    return Entry(place=place, **{"name": "anvil", "digests": digests} | fields)


def only(*entries: Entry) -> Located:
    """The one component that all entries are."""
    (component,) = locate([inventory(*entries)])
    return component


def test_the_same_package_in_two_places_is_one_component() -> None:
    """Two entries, also of two SBOMs, and their places."""
    one = inventory(entry(purl="pkg:npm/anvil@1.0.0"), entry("/components/1", purl="pkg:npm/anvil@1.0.0"))
    other = inventory(entry(purl="pkg:npm/anvil@1.0.0"), name="b.cdx.json")
    (component,) = locate([one, other])
    assert [(each.source, place) for each, place in component.places] == [
        ("a.cdx.json", "/components/0"),
        ("a.cdx.json", "/components/1"),
        ("b.cdx.json", "/components/0"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:pypi/foo-bar@1.0", "pkg:pypi/Foo_Bar@1.0"),
        ("pkg:nuget/Newtonsoft.Json@1.0", "pkg:nuget/newtonsoft.json@1.0"),
        ("pkg:npm/%40acme/anvil@1.0", "pkg:npm/@acme/anvil@1.0"),
    ],
)
def test_two_spellings_of_one_package_are_one_component(one: str, other: str) -> None:
    """As the ecosystem reads them; the first is shown."""
    assert only(entry(purl=one), entry("/components/1", purl=other)).entry.purl == one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:golang/example.org/Anvil@v1.0.0", "pkg:golang/example.org/anvil@v1.0.0"),
        ("pkg:rpm/fedora/Anvil@1.0", "pkg:rpm/fedora/anvil@1.0"),
        ("pkg:maven/org.acme/Anvil@1.0", "pkg:maven/org.acme/anvil@1.0"),
        ("pkg:npm/Anvil@1.0", "pkg:npm/anvil@1.0"),
    ],
)
def test_names_that_differ_in_case_can_be_two_packages(one: str, other: str) -> None:
    """Where the ecosystem tells them apart; also Go modules, whose purls should be in lower case."""
    assert len(locate([inventory(entry(purl=one), entry("/components/1", purl=other))])) == 2


def test_what_only_one_of_the_entries_says_is_kept() -> None:
    """Its CPEs, links, licences, supplier, and that it was changed."""
    purl = "pkg:npm/anvil@1.0.0"
    link = Reference("vcs", "https://example.org/anvil")
    cpe = "cpe:2.3:a:acme:anvil:1.0.0:*:*:*:*:*:*:*"
    told = structs.replace(
        entry("/components/1", purl=purl),
        cpes=(cpe,),
        references=(link,),
        licences=("MIT",),
        supplier="Acme",
        modified=True,
    )
    for entries in ((entry(purl=purl), told), (told, entry(purl=purl)), (told, told)):
        component = only(*entries)
        found = component.entry
        assert (found.cpes, found.references, found.licences) == ((cpe,), (link,), ("MIT",))
        assert (found.supplier, found.modified) == ("Acme", True)
        assert component.cpes == (("acme", "anvil", "1.0.0"),)


def test_too_many_components_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all SBOMs together; entries that are one component count once."""
    monkeypatch.setattr("avow.survey.components.MAX_COMPONENTS", 2)
    two = [entry(purl=f"pkg:npm/a{n}@1.0.0") for n in (1, 2)]
    assert len(locate([inventory(*two), inventory(*two, name="b.cdx.json")])) == 2
    with pytest.raises(InputInvalid, match="more than 2 components") as refused:
        locate([inventory(*two), inventory(entry(purl="pkg:npm/a3@1.0.0"), name="b.cdx.json")])
    assert refused.value.location == "b.cdx.json"


@pytest.mark.parametrize(
    "other",
    [
        entry("/components/1", purl="pkg:npm/anvil@1.0.1"),
        entry("/components/1", purl="pkg:npm/anvil@1.0.0?arch=arm"),
        entry("/components/1", purl="pkg:npm/anvil@1.0.0#lib"),
        entry("/components/1", purl="pkg:npm/anvil@1.0.0", other_purls=("pkg:pypi/anvil@1.0.0",)),
        entry("/components/1", purl="pkg:pypi/anvil@1.0.0"),
        entry("/components/1"),
        entry("/components/1", purl="not a purl"),
        entry("/components/1", unusable=True),
    ],
)
def test_another_identifier_is_another_component(other: Entry) -> None:
    """Version, qualifiers and type belong to the identifier; without one nothing is the same."""
    assert len(locate([inventory(entry(purl="pkg:npm/anvil@1.0.0"), other)])) == 2


def test_the_version_of_the_field_separates_where_the_purl_has_none() -> None:
    """One of the two can have a vulnerability that the other has not."""
    purl = "pkg:npm/anvil"
    found = locate([inventory(entry(purl=purl, version="1"), entry("/components/1", purl=purl, version="2"))])
    assert [each.version for each in found] == ["1", "2"]


@pytest.mark.parametrize(
    "other",
    [
        {"supplier": "Another"},
        {"group": "forge"},
        {"version": "2"},
        {"cpes": ("cpe:2.3:a:another:anvil:1:*:*:*:*:*:*:*",)},
        {"purl": "not a purl"},
        {"other_purls": ("pkg:npm/anvil@1",)},
    ],
)
def test_without_a_purl_all_that_is_stated_has_to_agree(other: dict[str, Any]) -> None:
    """A name alone makes no two entries one component."""
    fields: dict[str, Any] = {"supplier": "Example", "version": "1"}
    found = locate([inventory(entry(**fields), entry("/components/1", **fields | other))])
    assert len(found) == 2
    assert len(locate([inventory(entry(**fields), entry("/components/1", **fields))])) == 1


def test_other_bytes_under_one_purl_are_another_component() -> None:
    """Both say that the digests differ: one of the two may not be what its purl says."""
    found = locate(
        [
            inventory(
                entry(purl="pkg:npm/anvil@1.0.0", sha256="a"),
                entry("/components/1", purl="pkg:npm/anvil@1.0.0", sha256="b"),
            )
        ]
    )
    assert [each.flags for each in found] == [{"digests_differ"}, {"digests_differ"}]


@pytest.mark.parametrize("first", ["a", ""])
def test_an_entry_without_digest_is_the_one_with(first: str) -> None:
    """In whichever order; the component has the digest then."""
    second = "" if first else "a"
    component = only(
        entry(purl="pkg:npm/anvil@1.0.0", sha256=first),
        entry("/components/1", purl="pkg:npm/anvil@1.0.0", sha256=second),
    )
    assert component.digests == (StatedDigest("sha256", "a" * 64),)
    assert component.has_strong_digest
    assert not component.flags


def test_a_weak_digest_is_not_counted_as_one_that_identifies() -> None:
    """Two files can be made that have one SHA-1."""
    weak = (StatedDigest("md5", "a" * 32), StatedDigest("sha1", "a" * 40))
    assert not only(entry(digests=weak)).has_strong_digest
    assert only(entry(digests=(*weak, StatedDigest("sha3_256", "a" * 64)))).has_strong_digest


def test_entries_that_could_not_be_read_stay_apart() -> None:
    """Nothing is known about either, so they are not the same."""
    assert len(locate([inventory(entry(unusable=True), entry("/components/1", unusable=True))])) == 2


def test_the_version_is_the_purl_s_before_the_field_s() -> None:
    """And a component is called by group, name and version."""
    component = only(entry(purl="pkg:npm/anvil@1.0.0", version="2", group="forge"))
    assert (component.version, component.label) == ("1.0.0", "forge/anvil 1.0.0")
    assert only(entry(purl="pkg:npm/anvil", version="2")).version == "2"
    assert only(entry(name="", unusable=True)).label == "/components/0"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"purl": "pkg:npm/anvil@1"}, ""),
        ({"purl": "pkg:generic/anvil@1"}, "generic"),
        ({"cpes": ("cpe:2.3:a:example:anvil:1:*:*:*:*:*:*:*",)}, "cpe"),
        ({"cpes": ("cpe:2.3:a:*:anvil:1:*:*:*:*:*:*:*", "nonsense")}, "name"),
        ({}, "name"),
    ],
)
def test_what_names_no_package_is_called_what_it_is(fields: dict[str, Any], kind: str) -> None:
    """A CPE whose vendor may be anything identifies nothing."""
    assert only(entry(**fields)).kind == kind


def reference(kind: str, url: str) -> dict[str, Any]:
    """Fields of an entry with one reference."""
    return {"references": (Reference(kind, url),)}


@pytest.mark.parametrize(
    ("fields", "key", "basis"),
    [
        ({"purl": "pkg:github/Example/Anvil@1"}, "https://github.com/example/anvil", "purl"),
        (
            {"purl": "pkg:golang/github.com/example/anvil/v2@v2.0.0"},
            "https://github.com/example/anvil",
            "purl",
        ),
        (
            {"purl": "pkg:generic/anvil@1?vcs_url=git%2Bhttps://github.com/example/anvil.git%401a2b"},
            "https://github.com/example/anvil",
            "purl",
        ),
        (
            {"purl": "pkg:npm/anvil@1"} | reference("vcs", "git+https://github.com/example/anvil.git"),
            "https://github.com/example/anvil",
            "vcs",
        ),
        (
            {"purl": "pkg:npm/%40forge/anvil@1"} | reference("website", "https://example.org"),
            "pkg:npm/%40forge/anvil",
            "purl",
        ),
        ({"purl": "pkg:generic/anvil@1", "supplier": "Example"}, "name:Example//anvil", "name"),
        (
            reference("website", "https://github.com/example/anvil"),
            "https://github.com/example/anvil",
            "website",
        ),
    ],
)
def test_a_project_is_known_by_what_was_stated(fields: dict[str, Any], key: str, basis: str) -> None:
    """A repository before a package, a package before a name."""
    project = project_of(only(entry(**fields)))
    assert (project.key, project.basis) == (key, basis)
    assert project.label


def mapped(row: str, **fields: Any) -> Located:
    """A component about which a row of the map decides."""
    text = f"map: 1\nrows:\n  - {{{row}, reviewedBy: R. Viewer, reviewed: 2026-11-01}}\n"
    table = read_map(text.encode(), source="avow.map", now=datetime(2026, 11, 20, tzinfo=UTC))
    component = only(entry(**fields))
    assert apply_map([component], MapIndex(table)) == {3}
    return component


def test_a_row_of_the_map_decides_what_a_component_is() -> None:
    """Its purl is looked up, its repository is the project, and its basis is the map."""
    component = mapped("name: anvil, is: 'pkg:github/example/anvil@2.0'", purl="pkg:generic/anvil@1")
    assert str(component.looked_up_as and component.looked_up_as.version) == "2.0"
    project = project_of(component)
    assert (project.repository, project.basis) == ("https://github.com/example/anvil", "map")
    assert project_of(mapped("name: anvil, is: 'pkg:npm/anvil@2.0'")).key == "pkg:npm/anvil"
    repository = mapped("name: anvil, repository: 'https://github.com/example/anvil'")
    assert project_of(repository).repository == "https://github.com/example/anvil"


def test_a_row_of_the_map_goes_before_a_link_of_the_sbom() -> None:
    """A person reviewed the one; of the other nobody knows whose it is."""
    link = reference("vcs", "https://github.com/mallory/anvil")
    project = project_of(mapped("name: anvil, is: 'pkg:npm/anvil@2.0'", **link))
    assert (project.key, project.repository, project.basis) == ("pkg:npm/anvil", "", "purl")


def test_the_own_work_of_two_suppliers_is_two_projects() -> None:
    """Who knows one of them knows nothing about the other."""
    suppliers = ("Example", "Another")
    found = [project_of(mapped("name: anvil, own: supplier", supplier=each)) for each in suppliers]
    assert len({each.key for each in found}) == 2


def test_own_work_has_no_upstream() -> None:
    """Of the manufacturer or of its supplier."""
    assert project_of(mapped("name: anvil, own: us")).label == "your own work"
    assert project_of(mapped("name: anvil, own: supplier", supplier="Example")).label == "Example's own work"


def test_a_row_about_another_component_decides_nothing() -> None:
    """And is not counted as used."""
    component = only(entry())
    table = read_map(
        b"map: 1\nrows:\n  - {name: other, own: us, reviewedBy: R. Viewer, reviewed: 2026-11-01}\n",
        source="avow.map",
        now=datetime(2026, 11, 20, tzinfo=UTC),
    )
    assert apply_map([component], MapIndex(table)) == set()
    assert component.row is None
