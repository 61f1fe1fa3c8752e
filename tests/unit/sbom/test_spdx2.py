"""SPDX 2: what counts, roots in every spelling, fields, relationships, other documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from support.sboms import package, problems, read, refused, relation, spdx2

from avow.findings.statements import VexStatus
from avow.sbom.inventory import Ancestor, Entry, ExternalDocument, Reference, StatedDigest

DOCUMENT = "SPDXRef-DOCUMENT"
ROOT = "SPDXRef-root"
A, B = "SPDXRef-a", "SPDXRef-b"
THREE = (package(ROOT), package(A), package(B))


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.name for entry in entries]


@pytest.mark.parametrize(
    "members",
    [
        {"documentDescribes": [ROOT]},
        {"relationships": [relation(DOCUMENT, "DESCRIBES", ROOT)]},
        {"relationships": [relation(ROOT, "DESCRIBED_BY", DOCUMENT)]},
        {"relationships": [relation(DOCUMENT, "describes", ROOT)]},
        {"documentDescribes": [ROOT], "relationships": [relation(DOCUMENT, "DESCRIBES", ROOT)]},
    ],
)
def test_every_spelling_of_the_root_means_the_same(members: dict[str, Any]) -> None:
    """The root does not count, everything else does."""
    inventory = read(spdx2(*THREE, **members))

    assert names(inventory.roots) == ["root"]
    assert names(inventory.entries) == ["a", "b"]
    assert inventory.problems == ()


@pytest.mark.parametrize("members", [{}, {"relationships": [relation(A, "DESCRIBES", ROOT)]}])
def test_without_a_root_every_package_counts(members: dict[str, Any]) -> None:
    """And that is said. Only the document describes."""
    inventory = read(spdx2(*THREE, **members))

    assert len(inventory.entries) == 3
    assert problems(inventory) == [("no_root", "")]


def test_if_every_package_is_a_root_all_are_looked_up() -> None:
    """A survey of nothing would read as clean."""
    inventory = read(spdx2(*THREE, documentDescribes=[ROOT, A, B]))

    assert names(inventory.roots) == names(inventory.entries) == ["root", "a", "b"]
    assert problems(inventory) == [("every_package_is_a_root", "")]


def test_a_product_alone_has_no_component() -> None:
    """And that is said."""
    inventory = read(spdx2(package(ROOT), root=ROOT))

    assert inventory.entries == ()
    assert problems(inventory) == [("every_package_is_a_root", ROOT)]


def test_a_document_without_packages_is_empty() -> None:
    """It describes files."""
    inventory = read(spdx2(files=[{"SPDXID": "SPDXRef-f"}], root="SPDXRef-f"))

    assert (inventory.entries, inventory.roots, inventory.problems) == ((), (), ())


def test_fields_of_a_package() -> None:
    """Each is the text of the document, without SPDX's words for nothing."""
    inventory = read(
        spdx2(
            package(
                A,
                versionInfo="1.0",
                supplier="Organization: Example (a@example.org)",
                downloadLocation="git+https://example.org/a.git",
                homepage="https://example.org",
                primaryPackagePurpose="LIBRARY",
                licenseDeclared="MIT",
                licenseConcluded="NOASSERTION",
                checksums=[{"algorithm": "SHA1", "checksumValue": "A" * 40}],
                externalRefs=[
                    {
                        "referenceCategory": "PACKAGE_MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": "pkg:npm/a@1",
                    },
                    {
                        "referenceCategory": "OTHER",
                        "referenceType": "http://spdx.org/rdf/references/purl",
                        "referenceLocator": "pkg:npm/b@1",
                    },
                    {
                        "referenceCategory": "SECURITY",
                        "referenceType": "cpe23Type",
                        "referenceLocator": "cpe:2.3:a:x:a:1:*:*:*:*:*:*:*",
                    },
                    {
                        "referenceCategory": "SECURITY",
                        "referenceType": "advisory",
                        "referenceLocator": "https://example.org/adv",
                        "comment": "c",
                    },
                    {"referenceType": "other", "referenceLocator": ""},
                ],
            ),
            package(B, supplier="NOASSERTION", originator="Person: Ann", licenseConcluded="ISC"),
        )
    )

    assert inventory.entries == (
        Entry(
            place=A,
            ref=A,
            kind="library",
            name="a",
            version="1.0",
            supplier="Example (a@example.org)",
            purl="pkg:npm/a@1",
            other_purls=("pkg:npm/b@1",),
            cpes=("cpe:2.3:a:x:a:1:*:*:*:*:*:*:*",),
            digests=(StatedDigest("sha1", "a" * 40),),
            licences=("MIT",),
            references=(
                Reference("download", "git+https://example.org/a.git"),
                Reference("website", "https://example.org"),
                Reference("advisory", "https://example.org/adv", "c"),
            ),
        ),
        Entry(place=B, ref=B, name="b", supplier="Ann", licences=("ISC",)),
    )


def test_repeated_ids_keep_every_entry() -> None:
    """Each has a place of its own, and no edge leads to them."""
    inventory = read(
        spdx2(
            package(A, versionInfo="1"),
            package(A, versionInfo="2"),
            package(B),
            relationships=[relation(B, "DEPENDS_ON", A)],
        )
    )

    assert [entry.place for entry in inventory.entries] == [A, f"{A}#2", B]
    assert [entry.ref for entry in inventory.entries] == [A, A, B]
    assert inventory.edges == ()
    assert problems(inventory) == [("duplicate_ref", A), ("duplicate_ref", f"{A}#2"), ("no_root", "")]


def test_a_described_id_that_is_repeated_is_several_roots() -> None:
    """None of them is a component."""
    inventory = read(spdx2(package(ROOT), package(ROOT), package(A), root=ROOT))

    assert names(inventory.roots) == ["root", "root"]
    assert names(inventory.entries) == ["a"]


@pytest.mark.parametrize(
    ("item", "kind", "place"),
    [
        (None, "unusable_entry", "/packages/0"),
        ({"SPDXID": A}, "unusable_entry", "/packages/0"),
        ({"SPDXID": A, "name": 1}, "unusable_entry", "/packages/0"),
    ],
)
def test_a_broken_package_is_kept_counted_and_named(item: Any, kind: str, place: str) -> None:
    """So are packages without an id; their place is a pointer."""
    inventory = read(spdx2(item, package(B), root=B))

    assert [(entry.place, entry.unusable) for entry in inventory.entries] == [
        (A if item else "/packages/0", True)
    ]
    assert (kind, place) in problems(inventory)


def test_a_package_without_an_id_has_a_pointer_as_its_place() -> None:
    """It counts."""
    inventory = read(spdx2({"name": "x"}, package(B), root=B))

    assert [(entry.place, entry.name) for entry in inventory.entries] == [("/packages/0", "x")]


@pytest.mark.parametrize(
    ("members", "kind", "place"),
    [
        ({"name": "", "checksums": [{"algorithm": "MD5", "checksumValue": "a" * 32}]}, "shape", "name"),
        ({"versionInfo": 1}, "shape", "versionInfo"),
        ({"licenseDeclared": []}, "shape", "licenseDeclared"),
        ({"checksums": {}}, "shape", "checksums"),
        ({"checksums": ["x"]}, "shape", "checksums/0"),
        ({"checksums": [{"algorithm": "MD5", "checksumValue": "x"}]}, "bad_digest", "checksums/0"),
        ({"externalRefs": 1}, "shape", "externalRefs"),
        ({"externalRefs": [1]}, "shape", "externalRefs/0"),
        (
            {"externalRefs": [{"referenceType": 1, "referenceLocator": "x"}]},
            "shape",
            "externalRefs/0/referenceType",
        ),
        (
            {"externalRefs": [{"referenceType": "purl", "referenceLocator": "https://x.example"}]},
            "bad_purl",
            "externalRefs/0",
        ),
        (
            {"externalRefs": [{"referenceType": "cpe22Type", "referenceLocator": "x"}]},
            "bad_cpe",
            "externalRefs/0",
        ),
    ],
)
def test_a_bad_field_costs_that_field(members: dict[str, Any], kind: str, place: str) -> None:
    """And is named with its pointer."""
    inventory = read(spdx2(package(A, **members), package(ROOT), root=ROOT))

    assert not inventory.entries[0].unusable
    assert problems(inventory) == [(kind, f"/packages/0/{place}")]


@pytest.mark.parametrize(
    ("kind", "edge"),
    [
        ("DEPENDS_ON", (A, B)),
        ("CONTAINS", (A, B)),
        ("depends-on", (A, B)),
        ("DEPENDENCY_OF", (B, A)),
        ("CONTAINED_BY", (B, A)),
        ("RUNTIME_DEPENDENCY_OF", (B, A)),
        ("BUILD_DEPENDENCY_OF", (B, A)),
        ("BUILD_TOOL_OF", None),
        ("OTHER", None),
    ],
)
def test_relationships_are_edges_from_who_needs_to_what_is_needed(kind: str, edge: Any) -> None:
    """Inverse names are turned round; what is not a dependency gives no edge."""
    inventory = read(spdx2(*THREE, root=ROOT, relationships=[relation(A, kind, B)]))

    assert inventory.edges == ((edge,) if edge else ())
    assert len(inventory.entries) == 2


@pytest.mark.parametrize(
    ("kind", "product", "word"),
    [
        ("DESCENDANT_OF", 0, "descendant_of"),
        ("GENERATED_FROM", 0, "generated_from"),
        ("ANCESTOR_OF", 1, "descendant_of"),
        ("GENERATES", 1, "generated_from"),
        ("PATCH_FOR", 1, "patch"),
        ("PATCH_APPLIED", 1, "patch"),
    ],
)
def test_relationships_say_what_a_package_was_made_from(kind: str, product: int, word: str) -> None:
    """A patch that was applied means that it was modified."""
    packages = [
        package(each, versionInfo="1", downloadLocation=f"https://example.org/{each}") for each in (A, B)
    ]
    inventory = read(spdx2(*packages, package(ROOT), root=ROOT, relationships=[relation(A, kind, B)]))

    origin = "ba"[product]
    assert inventory.entries[product].ancestors == (
        Ancestor(word, origin, "1", url=f"https://example.org/SPDXRef-{origin}"),
    )
    assert inventory.entries[product].modified == (kind == "PATCH_APPLIED")
    assert inventory.entries[1 - product].ancestors == ()


def test_ends_that_are_not_packages_are_no_edges() -> None:
    """Files, snippets, the document, NONE and NOASSERTION exist."""
    others = ("SPDXRef-f", "SPDXRef-s", DOCUMENT, "NONE", "NOASSERTION")
    inventory = read(
        spdx2(
            *THREE,
            root=ROOT,
            files=[{"SPDXID": "SPDXRef-f"}, {}, 1],
            snippets=[{"SPDXID": "SPDXRef-s"}],
            relationships=[relation(A, "DEPENDS_ON", each) for each in others],
        )
    )

    assert (inventory.edges, inventory.problems) == ((), ())


def test_elements_of_other_documents_are_named() -> None:
    """With the namespace of their document; an undeclared document is dangling."""
    inventory = read(
        spdx2(
            *THREE,
            root=ROOT,
            externalDocumentRefs=[
                {"externalDocumentId": "DocumentRef-x", "spdxDocument": "https://x.example"}
            ],
            relationships=[
                relation(A, "DEPENDS_ON", "DocumentRef-x:SPDXRef-1"),
                relation("DocumentRef-x:SPDXRef-2", "BUILD_TOOL_OF", A),
                relation(A, "DEPENDS_ON", "DocumentRef-y:SPDXRef-1"),
                relation(A, "DEPENDS_ON", "SPDXRef-ghost"),
            ],
        )
    )

    assert inventory.external == (ExternalDocument("https://x.example", ("SPDXRef-1", "SPDXRef-2")),)
    assert problems(inventory) == [("dangling_ref", "/relationships/2"), ("dangling_ref", "/relationships/3")]


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"relationships": [1]}, "/relationships/0"),
        ({"relationships": [{"spdxElementId": A}]}, "/relationships/0"),
        ({"relationships": {}}, "/relationships"),
        ({"externalDocumentRefs": [1]}, "/externalDocumentRefs/0"),
        ({"creationInfo": []}, "/creationInfo"),
        ({"documentNamespace": 1}, "/documentNamespace"),
        ({"documentDescribes": [ROOT, 1]}, "/documentDescribes/1"),
    ],
)
def test_a_bad_field_of_the_document_is_named(members: dict[str, Any], place: str) -> None:
    """And costs that field."""
    assert problems(read(spdx2(*THREE, **{"documentDescribes": [ROOT], **members}))) == [("shape", place)]


def test_a_described_element_that_is_missing_is_dangling() -> None:
    """The document says what it is about, and that is not in it."""
    inventory = read(spdx2(*THREE, root="SPDXRef-ghost"))

    assert problems(inventory) == [("dangling_ref", "/documentDescribes/0"), ("no_root", "")]


def test_what_a_document_says_about_itself() -> None:
    """Namespace, moment, tools, people; references of the root."""
    inventory = read(
        spdx2(
            package(ROOT, homepage="https://example.org"),
            package(A),
            root=ROOT,
            creationInfo={
                "created": "2026-11-01T09:00:00.125Z",
                "creators": ["Tool: maker-1", "Organization: Example", "Person: Ann", "maker"],
            },
        )
    )

    assert inventory.format == "SPDX JSON 2.3"
    assert inventory.identifier == "https://sbom.example/doc"
    assert inventory.created == datetime(2026, 11, 1, 9, 0, 0, 125_000, tzinfo=UTC)
    assert inventory.generators == ("maker-1",)
    assert inventory.authors == ("Example", "Ann", "maker")
    assert inventory.references == (Reference("website", "https://example.org"),)


@pytest.mark.parametrize(("version", "notes"), [("2.1", 0), ("2.2", 0), ("2.3", 0), ("2.0", 1), ("2.4", 1)])
def test_versions_of_spdx_2_are_read(version: str, notes: int) -> None:
    """Others than the known with a note."""
    inventory = read(spdx2(*THREE, root=ROOT, spdxVersion=f"SPDX-{version}"))

    assert inventory.format == f"SPDX JSON {version}"
    assert problems(inventory) == [("not_read", "/spdxVersion")] * notes


@pytest.mark.parametrize("version", ["SPDX-1.2", "SPDX-3.0", "2.3"])
def test_other_versions_are_refused(version: str) -> None:
    """In this form."""
    assert version in refused(spdx2(spdxVersion=version)).message


def test_packages_that_are_not_a_list_are_refused() -> None:
    """An inventory without them would look complete."""
    assert "/packages is not a list" in refused({"spdxVersion": "SPDX-2.3", "packages": {}}).message


def test_an_export_of_github_is_read() -> None:
    """It has the document in `sbom`."""
    assert len(read({"sbom": spdx2(*THREE, root=ROOT)}).entries) == 2


def test_cves_that_a_recipe_calls_fixed_are_vex() -> None:
    """Yocto writes them into the source information."""
    fixed = "CVEs fixed: CVE-2099-0001 CVE-2099-0002 CVE-2099-0001"
    inventory = read(
        spdx2(package(A, sourceInfo=fixed), package(B, sourceInfo="from there"), package(ROOT), root=ROOT)
    )

    assert [(each.ids, each.status, each.products[0].product.ref) for each in inventory.vex] == [
        (("CVE-2099-0001",), VexStatus.FIXED, A),
        (("CVE-2099-0002",), VexStatus.FIXED, A),
    ]


def test_too_many_packages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a document would look like all of it."""
    monkeypatch.setattr("avow.sbom.given.MAX_ENTRIES", 2)

    assert "more than 2 entries" in refused(spdx2(*THREE)).message


def test_a_package_has_not_the_cpe_of_what_it_was_made_from() -> None:
    """That is so of recipes in a set; in one document each package speaks for itself."""
    cpe = "cpe:2.3:a:acme:source:1.0:*:*:*:*:*:*:*"
    source = package(B, externalRefs=[{"referenceType": "cpe23Type", "referenceLocator": cpe}])
    inventory = read(
        spdx2(package(ROOT), package(A), source, root=ROOT, relationships=[relation(A, "GENERATED_FROM", B)])
    )

    assert [(entry.name, entry.cpes) for entry in inventory.entries] == [("a", ()), ("b", (cpe,))]
    assert [each.name for each in inventory.entries[0].ancestors] == ["b"]
