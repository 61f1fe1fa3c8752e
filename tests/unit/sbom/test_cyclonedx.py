"""CycloneDX: what counts, what each field becomes, and what is named as a problem."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st
from support.sboms import SERIAL, cyclonedx, library, problems, read, refused

from avow.sbom import cyclonedx as reader
from avow.sbom.given import Given
from avow.sbom.inventory import Ancestor, Entry, ExternalDocument, Reference, StatedDigest

DIGEST = "a" * 64


def entry(**members: Any) -> Entry:
    """The only entry of a document, read with the structs."""
    (only,) = read(cyclonedx(library(**members))).entries
    return only


def test_nested_components_count_and_the_product_does_not() -> None:
    """Children of the product count as well, in the order of the document."""
    inventory = read(
        cyclonedx(
            library("a", components=[library("b", components=[library("c")])]),
            library("d"),
            metadata={"component": library("product", components=[library("e")])},
        )
    )

    assert [(each.place, each.name, each.parent) for each in inventory.entries] == [
        ("/metadata/component/components/0", "e", ""),
        ("/components/0", "a", ""),
        ("/components/0/components/0", "b", "/components/0"),
        ("/components/0/components/0/components/0", "c", "/components/0/components/0"),
        ("/components/1", "d", ""),
    ]
    assert [root.name for root in inventory.roots] == ["product"]


def test_a_document_without_components_is_empty() -> None:
    """A report of vulnerabilities need not have any."""
    inventory = read({"bomFormat": "CycloneDX", "specVersion": "1.6"})

    assert (inventory.entries, inventory.roots, inventory.problems) == ((), (), ())


def test_fields_of_a_component() -> None:
    """Each is the text of the document."""
    assert entry(
        name="core",
        group="org.example",
        version="1.0",
        type="Library",
        purl="pkg:maven/org.example/core@1.0",
        cpe="cpe:2.3:a:example:core:1.0:*:*:*:*:*:*:*",
        hashes=[{"alg": "SHA-256", "content": DIGEST.upper()}, {"alg": "SHA3-512", "content": "b" * 128}],
        licenses=[{"license": {"id": "MIT"}}],
        externalReferences=[
            {"type": "vcs", "url": "https://github.com/example/core"},
            {
                "type": "distribution",
                "url": "https://example.org/core",
                "comment": "here",
                "hashes": [{"alg": "SHA-1", "content": "c" * 40}],
            },
            {"type": "website", "url": ""},
        ],
        properties=[
            {"name": "avow:declaration", "value": "x"},
            {"name": "syft:other", "value": "y"},
            {"name": "cdx:lifecycle:milestone:endOfSupport"},
        ],
        supplier={"name": "Example"},
        modified=True,
        **{"bom-ref": "ref-1"},
    ) == Entry(
        place="/components/0",
        ref="ref-1",
        kind="library",
        name="core",
        group="org.example",
        version="1.0",
        supplier="Example",
        purl="pkg:maven/org.example/core@1.0",
        cpes=("cpe:2.3:a:example:core:1.0:*:*:*:*:*:*:*",),
        digests=(StatedDigest("sha256", DIGEST), StatedDigest("sha3_512", "b" * 128)),
        licences=("MIT",),
        references=(
            Reference("vcs", "https://github.com/example/core"),
            Reference("distribution", "https://example.org/core", "here", (StatedDigest("sha1", "c" * 40),)),
        ),
        modified=True,
        properties=(("avow:declaration", "x"), ("cdx:lifecycle:milestone:endOfSupport", "")),
    )


@pytest.mark.parametrize(
    ("members", "supplier"),
    [
        ({"supplier": {"name": "S"}, "manufacturer": {"name": "M"}, "publisher": "P"}, "S"),
        ({"supplier": {}, "manufacturer": {"name": "M"}, "publisher": "P"}, "M"),
        ({"supplier": {"url": ["https://example.org"]}, "publisher": "P"}, "P"),
        ({"publisher": "P"}, "P"),
        ({}, ""),
    ],
)
def test_the_supplier_is_the_first_who_is_named(members: dict[str, Any], supplier: str) -> None:
    """Supplier, manufacturer, publisher."""
    assert entry(**members).supplier == supplier


def test_pedigree_says_what_a_component_was_made_from() -> None:
    """Ancestors, commits and patches; a patch means that it was modified."""
    patched = entry(
        pedigree={
            "ancestors": [
                library(
                    "core",
                    group="org",
                    version="1",
                    purl="pkg:maven/org/core@1",
                    externalReferences=[{"type": "vcs", "url": "https://example.org/core.git"}],
                )
            ],
            "variants": [library("other")],
            "commits": [{"uid": "abc", "url": "https://example.org/abc"}],
            "patches": [{"type": "backport", "diff": {"url": "https://example.org/p"}}, {"type": "monkey"}],
        }
    )

    assert patched.modified
    assert patched.ancestors == (
        Ancestor("ancestor", "org/core", "1", "pkg:maven/org/core@1", "https://example.org/core.git"),
        Ancestor("variant", "other"),
        Ancestor("commit", "abc", url="https://example.org/abc"),
        Ancestor("patch", "backport", url="https://example.org/p"),
        Ancestor("patch", "monkey"),
    )
    assert not entry(pedigree={"notes": "none"}).modified


@pytest.mark.parametrize(
    ("component", "kind", "place"),
    [
        (None, "unusable_entry", ""),
        ("text", "unusable_entry", ""),
        ({"type": "library"}, "unusable_entry", ""),
        ({"type": "library", "name": ""}, "unusable_entry", ""),
        ({"name": 7}, "shape", "/name"),
    ],
)
def test_a_broken_entry_is_kept_counted_and_named(component: Any, kind: str, place: str) -> None:
    """It is not lost, and neither are its neighbours."""
    inventory = read(cyclonedx(library("a"), component, library("b")))

    assert [(each.name, each.unusable) for each in inventory.entries] == [
        ("a", False),
        ("", True),
        ("b", False),
    ]
    assert (kind, f"/components/1{place}") in problems(inventory)


def test_an_unusable_entry_keeps_its_reference() -> None:
    """An edge to it is not dangling."""
    document = cyclonedx({"bom-ref": "a"}, dependencies=[{"ref": "a", "dependsOn": []}])

    assert problems(read(document)) == [("unusable_entry", "/components/0")]


@pytest.mark.parametrize("name", ["", None])
def test_an_entry_without_a_name_and_with_an_identifier_is_usable(name: str | None) -> None:
    """The missing name costs the name."""
    inventory = read(cyclonedx({"type": "library", "name": name, "purl": "pkg:npm/a@1"}))

    assert not inventory.entries[0].unusable
    assert problems(inventory) == [("shape", "/components/0/name")]


@pytest.mark.parametrize(
    ("members", "kind", "place"),
    [
        ({"version": 1.0}, "shape", "/version"),
        ({"group": []}, "shape", "/group"),
        ({"bom-ref": 1}, "shape", "/bom-ref"),
        ({"type": {}}, "shape", "/type"),
        ({"purl": 1}, "shape", "/purl"),
        ({"purl": "https://example.org"}, "bad_purl", "/purl"),
        ({"cpe": ["x"]}, "shape", "/cpe"),
        ({"cpe": "cpe:2.3:a:b"}, "bad_cpe", "/cpe"),
        ({"cpe": "nonsense"}, "bad_cpe", "/cpe"),
        ({"hashes": {}}, "shape", "/hashes"),
        ({"hashes": ["x"]}, "shape", "/hashes/0"),
        ({"hashes": [{"alg": "SHA-256"}]}, "shape", "/hashes/0"),
        ({"hashes": [{"alg": "SHA-256", "content": "abc"}]}, "bad_digest", "/hashes/0"),
        ({"hashes": [{"alg": "SHA-256", "content": "x" * 64}]}, "bad_digest", "/hashes/0"),
        ({"hashes": [{"alg": "MINE", "content": ""}]}, "bad_digest", "/hashes/0"),
        ({"externalReferences": "x"}, "shape", "/externalReferences"),
        ({"externalReferences": ["x"]}, "shape", "/externalReferences/0"),
        ({"externalReferences": [{"type": "vcs", "url": 1}]}, "shape", "/externalReferences/0/url"),
        ({"externalReferences": [{"type": 1, "url": "x"}]}, "shape", "/externalReferences/0/type"),
        ({"properties": 1}, "shape", "/properties"),
        ({"properties": [{"name": "avow:x", "value": 1}]}, "shape", "/properties/0/value"),
        ({"supplier": "x"}, "shape", "/supplier"),
        ({"pedigree": []}, "shape", "/pedigree"),
        ({"pedigree": {"ancestors": [1]}}, "shape", "/pedigree/ancestors/0"),
        ({"components": {}}, "shape", "/components"),
        ({"publisher": 1}, "shape", "/publisher"),
    ],
)
def test_a_bad_field_costs_that_field_and_is_named(members: dict[str, Any], kind: str, place: str) -> None:
    """The component is read all the same."""
    inventory = read(cyclonedx(library("a", **members)))

    assert inventory.entries[0].name == "a"
    assert not inventory.entries[0].unusable
    assert problems(inventory) == [(kind, f"/components/0{place}")]


def test_an_unusual_way_to_write_a_digest_is_read() -> None:
    """Blanks around it, an algorithm without a hyphen, an algorithm that we do not know."""
    hashes = [
        {"alg": "sha256", "content": f" {DIGEST} "},
        {"alg": "New-9", "content": "AB"},
        {"alg": "BLAKE2b-512", "content": "d" * 128},
    ]

    assert entry(hashes=hashes).digests == (
        StatedDigest("sha256", DIGEST),
        StatedDigest("new-9", "ab"),
        StatedDigest("blake2b", "d" * 128),
    )


@pytest.mark.parametrize(
    ("licences", "expected", "found"),
    [
        ([{"license": {"id": "MIT"}}, {"license": {"name": "Own"}}], ("MIT", "Own"), []),
        ([{"expression": "MIT OR Apache-2.0"}], ("MIT OR Apache-2.0",), []),
        (
            [{"license": {"id": "MIT", "acknowledgement": "concluded"}}, {"license": {"id": "ISC"}}],
            ("ISC", "MIT"),
            [],
        ),
        ([{"expression": "MIT", "acknowledgement": "concluded"}, {"expression": "ISC"}], ("ISC", "MIT"), []),
        ([{"license": {"name": "NOASSERTION"}}], (), []),
        ([{"license": {"id": "Mine"}}], ("Mine",), [("not_an_spdx_id", "/0/license/id")]),
        ([{"license": {"url": "https://x.example"}}], ("https://x.example",), [("shape", "/0/license")]),
        ([{"license": {}}], (), [("shape", "/0/license")]),
        ([{"license": "MIT"}], ("MIT",), [("shape", "/0")]),
        ([{"id": "MIT", "name": "MIT License"}], ("MIT",), [("shape", "/0")]),
        ([{"name": "Own"}], ("Own",), [("shape", "/0")]),
        ([{}], (), [("shape", "/0")]),
        (["MIT", None], ("MIT",), [("shape", "/0"), ("shape", "/1")]),
        ("MIT", ("MIT",), [("shape", "")]),
        ({"license": {"id": "MIT"}}, ("MIT",), [("shape", "")]),
    ],
)
def test_licences_are_kept_as_written(licences: Any, expected: Any, found: list[tuple[str, str]]) -> None:
    """What is in the wrong place is named, and the text is kept."""
    inventory = read(cyclonedx(library(licenses=licences)))

    assert inventory.entries[0].licences == expected
    assert problems(inventory) == [(kind, f"/components/0/licenses{place}") for kind, place in found]


def test_a_licence_that_occurs_often_is_read_each_time() -> None:
    """The second time is the fast one."""
    inventory = read(
        cyclonedx(*[library(str(each), licenses=[{"license": {"id": "MIT"}}]) for each in range(3)])
    )

    assert [each.licences for each in inventory.entries] == [("MIT",)] * 3


def test_edges_are_pairs_of_places() -> None:
    """From the dependent to what it needs."""
    inventory = read(
        cyclonedx(
            library("a", **{"bom-ref": "a"}),
            library("b", **{"bom-ref": "b"}),
            metadata={"component": library("p", **{"bom-ref": "p"})},
            dependencies=[
                {"ref": "p", "dependsOn": ["a", "b"]},
                {"ref": "a", "dependsOn": ["b"]},
                {"ref": "b"},
            ],
        )
    )

    assert inventory.edges == (
        ("/metadata/component", "/components/0"),
        ("/metadata/component", "/components/1"),
        ("/components/0", "/components/1"),
    )


def test_an_edge_to_a_repeated_reference_concludes_nothing() -> None:
    """Both entries are kept, both are named, and other edges stay."""
    inventory = read(
        cyclonedx(
            library("a", **{"bom-ref": "x"}),
            library("b", **{"bom-ref": "x"}),
            library("c", **{"bom-ref": "c"}),
            library("d", **{"bom-ref": "d"}),
            dependencies=[{"ref": "c", "dependsOn": ["x", "d"]}, {"ref": "x", "dependsOn": ["c"]}],
        )
    )

    assert inventory.edges == (("/components/2", "/components/3"),)
    assert problems(inventory) == [("duplicate_ref", "/components/0"), ("duplicate_ref", "/components/1")]


@pytest.mark.parametrize(
    ("dependencies", "kind", "place"),
    [
        ([{"ref": "a", "dependsOn": ["ghost"]}], "dangling_ref", "/dependencies/0/dependsOn/0"),
        ([{"ref": "ghost", "dependsOn": ["a"]}], "dangling_ref", "/dependencies/0/ref"),
        ([{"ref": "a", "dependsOn": [1]}], "shape", "/dependencies/0/dependsOn/0"),
        ([{"ref": "a", "dependsOn": [["a"]]}], "shape", "/dependencies/0/dependsOn/0"),
        ([{"ref": "a", "dependsOn": "a"}], "shape", "/dependencies/0/dependsOn"),
        ([{"dependsOn": ["a"]}], "shape", "/dependencies/0/ref"),
        ([1], "shape", "/dependencies/0"),
        ({}, "shape", "/dependencies"),
    ],
)
def test_an_edge_that_leads_to_nothing_is_named(dependencies: Any, kind: str, place: str) -> None:
    """With the place of the reference."""
    inventory = read(cyclonedx(library("a", **{"bom-ref": "a"}), dependencies=dependencies))

    assert inventory.edges == ()
    assert problems(inventory) == [(kind, place)]


def test_services_are_named_and_no_component() -> None:
    """Nested ones as well; an edge to one is not dangling."""
    inventory = read(
        cyclonedx(
            library("a", **{"bom-ref": "a"}),
            services=[{"name": "s", "bom-ref": "s", "services": [{"bom-ref": "t"}]}, {}],
            dependencies=[{"ref": "a", "dependsOn": ["s", "t"]}],
        )
    )

    assert inventory.services == ("s", "t", "/services/1")
    assert len(inventory.entries) == 1
    assert inventory.edges == ()
    assert problems(inventory) == []


def test_a_link_to_another_document_is_named() -> None:
    """What is elsewhere is a blind spot, not an error."""
    link = "urn:cdx:11111111-1111-1111-1111-111111111111/1"
    inventory = read(
        cyclonedx(
            library("a", **{"bom-ref": "a"}),
            dependencies=[{"ref": "a", "dependsOn": [f"{link}#x", f"{link}#y"]}],
        )
    )

    assert inventory.external == (ExternalDocument(link, ("x", "y")),)
    assert inventory.problems == ()


def test_what_a_document_says_about_itself() -> None:
    """Identifier, version, moment, tools, authors, supplier, completeness, references."""
    inventory = read(
        cyclonedx(
            serialNumber=SERIAL,
            version=3,
            metadata={
                "timestamp": "2026-11-01T10:00:00+01:00",
                "tools": {"components": [library("maker", version="2")], "services": [{"name": "cloud"}]},
                "authors": [{"name": "Ann"}, {"email": "bob@example.org"}],
                "supplier": {"name": "Example"},
                "component": library(
                    "product",
                    externalReferences=[{"type": "security-contact", "url": "mailto:a@example.org"}],
                ),
            },
            compositions=[
                {"aggregate": "incomplete"},
                {"aggregate": "incomplete"},
                {"aggregate": "complete"},
            ],
            externalReferences=[{"type": "bom", "url": "https://example.org/bom"}],
        )
    )

    assert inventory.format == "CycloneDX JSON 1.6"
    assert (inventory.identifier, inventory.document_version) == (SERIAL, 3)
    assert inventory.created == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert inventory.generators == ("maker 2", "cloud")
    assert inventory.authors == ("Ann", "bob@example.org")
    assert inventory.supplier == "Example"
    assert inventory.completeness == ("incomplete", "complete")
    assert [reference.kind for reference in inventory.references] == ["bom", "security-contact"]


def test_tools_of_old_documents_are_a_list() -> None:
    """Up to 1.4."""
    document = cyclonedx(
        specVersion="1.4", metadata={"tools": [{"vendor": "V", "name": "t", "version": "1"}]}
    )

    assert read(document).generators == ("t 1",)


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_known_versions_are_read_without_a_note(version: str) -> None:
    """Those whose fields are all known."""
    inventory = read(cyclonedx(library(), specVersion=version))

    assert (inventory.format, inventory.problems) == (f"CycloneDX JSON {version}", ())


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.8", "1.10"])
def test_other_minor_versions_are_read_with_a_note(version: str) -> None:
    """Minor versions only add fields; what they add is not read, and the note says so."""
    inventory = read(cyclonedx(library(), specVersion=version))

    assert len(inventory.entries) == 1
    assert problems(inventory) == [("not_read", "/specVersion")]


@pytest.mark.parametrize("version", [None, 1.6])
def test_a_document_that_does_not_give_its_version_is_read_with_a_note(version: Any) -> None:
    """The format is known all the same."""
    inventory = read(cyclonedx(library(), specVersion=version))

    assert inventory.format == "CycloneDX JSON"
    assert ("not_read", "/specVersion") in problems(inventory)


@pytest.mark.parametrize("version", ["2.0", "0.9", "latest"])
def test_other_major_versions_are_refused(version: str) -> None:
    """Nobody knows what they mean by components."""
    error = refused(cyclonedx(library(), specVersion=version))

    assert version in error.message
    assert "1.6" in error.hint


def test_components_that_are_not_a_list_are_refused() -> None:
    """An inventory without them would look complete."""
    assert "/components is not a list" in refused(cyclonedx(components={"a": 1})).message


@pytest.mark.parametrize(
    ("members", "kind", "place"),
    [
        ({"components": None}, "shape", "/components"),
        ({"metadata": []}, "shape", "/metadata"),
        ({"metadata": {"component": []}}, "shape", "/metadata/component"),
        ({"metadata": {"timestamp": 1}}, "shape", "/metadata/timestamp"),
        ({"metadata": {"timestamp": "2026-11-01T09:00:00"}}, "no_time_zone", "/metadata/timestamp"),
        ({"metadata": {"timestamp": "yesterday"}}, "not_a_date", "/metadata/timestamp"),
        ({"metadata": {"timestamp": "2026-16-01T09:00:00Z"}}, "not_a_date", "/metadata/timestamp"),
        ({"metadata": {"timestamp": "0001-01-01T00:00:00+09:00"}}, "not_a_date", "/metadata/timestamp"),
        ({"metadata": {"timestamp": "1403-01-01T00:00:00Z"}}, "implausible_date", "/metadata/timestamp"),
        ({"metadata": {"authors": [1]}}, "shape", "/metadata/authors/0"),
        ({"version": "3"}, "shape", "/version"),
        ({"version": True}, "shape", "/version"),
        ({"serialNumber": 3}, "shape", "/serialNumber"),
    ],
)
def test_a_bad_field_of_the_document_is_named(members: dict[str, Any], kind: str, place: str) -> None:
    """And costs that field."""
    assert problems(read(cyclonedx(**members))) == [(kind, place)]


def test_a_document_is_recognised_in_whatever_case() -> None:
    """And by its schema, if it does not say what it is."""
    assert read({"bomFormat": "cyclonedx", "specVersion": "1.5"}).format == "CycloneDX JSON 1.5"
    document = {"$schema": "http://cyclonedx.org/schema/bom-1.4.schema.json", "specVersion": "1.4"}
    assert read(document).format == "CycloneDX JSON 1.4"


def test_ten_thousand_problems_are_bounded() -> None:
    """Those of one kind that are not listed are counted."""
    found = read(cyclonedx(*[None] * 3_000, metadata={"timestamp": "x"})).problems

    assert len(found) == 1_002
    assert "2000 more problems of the kind unusable_entry" in found[-1].message
    assert "not_a_date" in {problem.kind.value for problem in found}


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a document would look like all of it."""
    monkeypatch.setattr("avow.sbom.given.MAX_ENTRIES", 3)

    assert len(read(cyclonedx(*[library()] * 3)).entries) == 3
    assert "more than 3 entries" in refused(cyclonedx(*[library()] * 4)).message
    assert "more than 3 entries" in refused(cyclonedx(library(components=[library()] * 3))).message


def test_components_nested_thirty_levels_deep_are_read() -> None:
    """And what is nested deeper than the limit is refused."""

    def nested(depth: int) -> dict[str, Any]:
        component = library("innermost")
        for level in range(depth):
            component = library(str(level), components=[component])
        return cyclonedx(component)

    assert len(read(nested(29)).entries) == 30
    assert "nested deeper" in refused(nested(40)).message


OBJECTS = st.fixed_dictionaries(
    {"name": st.sampled_from(["", "a", "größe"])},
    optional={
        "type": st.sampled_from(["library", "File"]),
        "bom-ref": st.sampled_from(["r1", "r2", ""]),
        "group": st.sampled_from(["", "g"]),
        "version": st.sampled_from(["", "1,0"]),
        "publisher": st.sampled_from(["", "p"]),
        "supplier": st.sampled_from([{}, {"name": "s"}, 7, None]),
        "manufacturer": st.sampled_from([{"name": "m"}]),
        "purl": st.sampled_from(["", "pkg:npm/a@1", "x"]),
        "cpe": st.sampled_from(["", "cpe:/a:b:c", "cpe:2.3:a:b", "cpe:2.3:a:b:c:1:*:*:*:*:*:*:*"]),
        "hashes": st.lists(
            st.fixed_dictionaries(
                {
                    "alg": st.sampled_from(["SHA-256", "x", "MD5"]),
                    "content": st.sampled_from([DIGEST, DIGEST.upper(), "ab", "a b", ""]),
                }
            ),
            max_size=2,
        ),
        "licenses": st.sampled_from(
            [
                [],
                [{"license": {"id": "MIT"}}],
                [{"license": {"id": "No"}}],
                ["x"],
                "MIT",
                [{"expression": "MIT"}],
            ]
        ),
        "externalReferences": st.lists(
            st.fixed_dictionaries(
                {"type": st.just("vcs"), "url": st.sampled_from(["", "https://example.org"])},
                optional={
                    "comment": st.just("c"),
                    "hashes": st.just(
                        [{"alg": "SHA-1", "content": "e" * 40}, {"alg": "SHA-1", "content": "e"}]
                    ),
                },
            ),
            max_size=2,
        ),
        "properties": st.sampled_from([[], [{"name": "avow:a", "value": "b"}, {"name": "c"}]]),
        "modified": st.sampled_from([True, False, "x"]),
        "pedigree": st.sampled_from(
            [{}, {"patches": [{"type": "backport"}]}, {"ancestors": [{"name": "a"}]}]
        ),
        "evidence": st.just({"copyright": [{"text": "a"}]}),
    },
)
COMPONENTS = st.recursive(
    OBJECTS,
    lambda inner: st.builds(
        lambda outer, below: {**outer, "components": below}, OBJECTS, st.lists(inner, max_size=2)
    ),
    max_leaves=4,
)


@given_that(components=st.lists(COMPONENTS, max_size=4), indent=st.sampled_from([None, 1]))
def test_structs_and_dicts_give_the_same_inventory(components: list[Any], *, indent: int | None) -> None:
    """The fast way is only faster: whatever is in a document, both ways read the same."""
    document = cyclonedx(*components, dependencies=[{"ref": "r1", "dependsOn": ["r2", "r1", "r3"]}])
    data = json.dumps(document, indent=indent, ensure_ascii=False).encode()
    fast = Given(data, "bom")
    assert reader.sniff(fast)
    assert fast.decoded

    assert reader.read(fast) == reader.read(Given(data, "bom"))


def test_of_several_edges_the_one_that_leads_to_nothing_is_named() -> None:
    """The others are kept."""
    known = [library(name, **{"bom-ref": name}) for name in ("a", "b")]
    inventory = read(cyclonedx(*known, dependencies=[{"ref": "a", "dependsOn": ["b", "ghost"]}]))

    assert inventory.edges == (("/components/0", "/components/1"),)
    assert problems(inventory) == [("dangling_ref", "/dependencies/0/dependsOn/1")]
