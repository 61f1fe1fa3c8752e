"""SPDX 3: what counts, builds and their inputs, fields by id or in place, VEX by element."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from support.sboms import element, package3, problems, read, refused, relation3, spdx3

from avow.findings.statements import Severity, VexStatus
from avow.sbom import spdx3 as reader
from avow.sbom.inventory import Ancestor, Entry, ExternalDocument, Reference, StatedDigest

ROOT, A, B = "urn:root", "urn:a", "urn:b"


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.name for entry in entries]


def document(*elements: Any) -> dict[str, Any]:
    """Packages a and b below the root, and more."""
    return spdx3(package3(ROOT), package3(A), package3(B), *elements, root=ROOT)


def test_packages_count_and_roots_do_not() -> None:
    """Places are full ids."""
    inventory = read(document())

    assert [entry.place for entry in inventory.entries] == [A, B]
    assert [root.place for root in inventory.roots] == [ROOT]
    assert inventory.problems == ()


@pytest.mark.parametrize("kind", ["software_Sbom", "Bom", "Bundle"])
def test_roots_are_found_through_collections(kind: str) -> None:
    """The document is about an SBOM, and that about a package; circles end."""
    sbom = element(kind, "urn:sbom", rootElement=[ROOT, "urn:doc", "urn:sbom"])
    inventory = read(spdx3(sbom, package3(ROOT), package3(A), root="urn:sbom"))

    assert names(inventory.roots) == ["root"]


def test_roots_of_a_graph_without_a_document_are_those_of_its_collections() -> None:
    """A part of a larger graph."""
    graph = [element("software_Sbom", "urn:sbom", rootElement=ROOT), package3(ROOT), package3(A)]
    inventory = read({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})

    assert (names(inventory.roots), names(inventory.entries)) == (["root"], ["a"])
    assert inventory.created is None


def test_a_described_element_is_a_root() -> None:
    """By a relationship of the document."""
    inventory = read(spdx3(package3(ROOT), package3(A), relation3("urn:doc", "describes", ROOT)))

    assert names(inventory.roots) == ["root"]


def test_a_file_can_be_the_root() -> None:
    """An image, whose packages count."""
    image = element("software_File", "urn:image", name="image.bin")
    inventory = read(spdx3(image, package3(A), root="urn:image"))

    assert (names(inventory.roots), names(inventory.entries)) == (["image.bin"], ["a"])
    assert inventory.problems == ()


def test_models_and_training_data_do_not_count_and_are_named() -> None:
    """They are packages by inheritance, and nothing looks them up."""
    model = element("ai_AIPackage", "urn:model", name="model")
    data = element("dataset_DatasetPackage", "urn:data", name="data")
    inventory = read(spdx3(model, data, root="urn:model"))

    assert (names(inventory.roots), inventory.entries) == (["model"], ())
    assert problems(inventory) == [("not_read", ""), ("not_read", "")]


def test_without_a_root_every_package_counts() -> None:
    """And that is said; a root of another kind is none."""
    agent = element("Organization", "urn:org", name="o")
    assert problems(read(spdx3(package3(A)))) == [("no_root", "")]
    assert problems(read(spdx3(package3(A), agent, root="urn:org"))) == [("no_root", "")]


def test_a_root_that_is_missing_is_dangling() -> None:
    """The document says what it is about, and that is not in it."""
    assert problems(read(spdx3(package3(A), root="urn:ghost"))) == [("dangling_ref", ""), ("no_root", "")]


def test_fields_of_a_package() -> None:
    """In place or by id, and licences by relationships."""
    inventory = read(
        document(
            package3(
                "urn:c",
                software_packageVersion="1.0",
                software_packageUrl="pkg:npm/c@1.0",
                software_primaryPurpose="library",
                software_downloadLocation="https://example.org/c",
                software_homePage="https://example.org",
                suppliedBy="urn:org",
                externalIdentifier=[
                    {"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/other@1"},
                    {"externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:x:c:1:*:*:*:*:*:*:*"},
                    {"externalIdentifierType": "swid", "identifier": "x"},
                    "urn:identifier",
                ],
                externalRef=[{"externalRefType": "vcs", "locator": ["https://v.example"], "comment": "c"}],
                verifiedUsing=[
                    {"type": "Hash", "algorithm": "sha256", "hashValue": "A" * 64},
                    {"type": "PackageVerificationCode", "value": "x"},
                    "urn:hash",
                ],
            ),
            {"type": "Hash", "spdxId": "urn:hash", "algorithm": "sha3_256", "hashValue": "b" * 64},
            element(
                "ExternalIdentifier",
                "urn:identifier",
                externalIdentifierType="cpe22",
                identifier="cpe:/a:x:c",
            ),
            element("Organization", "urn:org", name="Example"),
            element(
                "simplelicensing_LicenseExpression", "urn:l1", simplelicensing_licenseExpression="MIT OR ISC"
            ),
            element("expandedlicensing_CustomLicense", "urn:l2", name="Own"),
            relation3("urn:c", "hasConcludedLicense", "urn:l2"),
            relation3("urn:c", "hasDeclaredLicense", "urn:l1", "https://spdx.org/licenses/MIT"),
            relation3(
                "urn:c", "hasDeclaredLicense", "https://spdx.org/rdf/3.0.1/terms/Licensing/NoAssertion"
            ),
        )
    )

    assert inventory.entries[2] == Entry(
        place="urn:c",
        ref="urn:c",
        kind="library",
        name="c",
        version="1.0",
        supplier="Example",
        purl="pkg:npm/c@1.0",
        other_purls=("pkg:npm/other@1",),
        cpes=("cpe:2.3:a:x:c:1:*:*:*:*:*:*:*", "cpe:/a:x:c"),
        digests=(StatedDigest("sha256", "a" * 64), StatedDigest("sha3_256", "b" * 64)),
        licences=("MIT OR ISC", "MIT", "Own"),
        references=(
            Reference("download", "https://example.org/c"),
            Reference("website", "https://example.org"),
            Reference("vcs", "https://v.example", "c"),
        ),
    )
    assert inventory.problems == ()


@pytest.mark.parametrize(
    ("members", "supplier"),
    [
        ({"originatedBy": ["urn:org"]}, "Example"),
        ({"suppliedBy": {"type": "Person", "name": "Ann"}}, "Ann"),
        ({"suppliedBy": "urn:elsewhere"}, "urn:elsewhere"),
        ({"suppliedBy": {"spdxId": "urn:x"}}, "urn:x"),
        ({"suppliedBy": 7}, ""),
    ],
)
def test_the_supplier_is_an_agent_by_id_or_in_place(members: dict[str, Any], supplier: str) -> None:
    """Else who it came from; else its id."""
    inventory = read(
        document(package3("urn:c", **members), element("Organization", "urn:org", name="Example"))
    )

    assert inventory.entries[2].supplier == supplier


@pytest.mark.parametrize(
    ("members", "kind", "place"),
    [
        ({"software_packageVersion": 1}, "shape", "/software_packageVersion"),
        ({"software_packageUrl": "https://x.example"}, "bad_purl", "/software_packageUrl"),
        ({"externalIdentifier": ["urn:ghost"]}, "shape", "/externalIdentifier/0"),
        (
            {"externalIdentifier": [{"externalIdentifierType": "cpe23", "identifier": "x"}]},
            "bad_cpe",
            "/externalIdentifier/0/identifier",
        ),
        ({"verifiedUsing": [{"algorithm": "md5", "hashValue": "x"}]}, "bad_digest", "/verifiedUsing/0"),
        ({"verifiedUsing": [{"algorithm": 1, "hashValue": "x"}]}, "shape", "/verifiedUsing/0"),
        ({"externalRef": [{"locator": [1]}]}, "shape", "/externalRef/0/locator/0"),
        ({"name": None, "software_packageUrl": "pkg:npm/a@1"}, "shape", "/name"),
        ({"name": 3}, "unusable_entry", ""),
    ],
)
def test_a_bad_field_costs_that_field(members: dict[str, Any], kind: str, place: str) -> None:
    """And is named with its pointer; the package counts."""
    inventory = read(document({**package3("urn:c"), **members}))

    assert inventory.entries[2].unusable == (kind == "unusable_entry")
    assert (kind, f"/@graph/5{place}") in problems(inventory)


def test_repeated_ids_keep_every_entry() -> None:
    """No edge leads to them."""
    inventory = read(document(package3(A, software_packageVersion="2"), relation3(B, "dependsOn", A)))

    assert [entry.place for entry in inventory.entries] == [A, B, f"{A}#2"]
    assert inventory.edges == ()
    assert problems(inventory) == [("duplicate_ref", A), ("duplicate_ref", f"{A}#2")]


def test_a_package_without_an_id_has_a_pointer_as_its_place() -> None:
    """It counts."""
    inventory = read(document({"type": "software_Package", "name": "c"}))

    assert [(entry.place, entry.name) for entry in inventory.entries][2] == ("/@graph/5", "c")


@pytest.mark.parametrize("kind", ["dependsOn", "contains", "hasStaticLink", "hasOptionalDependency"])
def test_relationships_are_edges(kind: str) -> None:
    """One for each element that is needed."""
    assert read(document(relation3(ROOT, kind, A, B))).edges == ((ROOT, A), (ROOT, B))


def test_other_relationships_are_no_edges() -> None:
    """Nor are those with elements that are not packages."""
    agent = element("Organization", "urn:org", name="o")
    inventory = read(
        document(
            agent,
            relation3(A, "other", B),
            relation3(A, "contains", "urn:org"),
            relation3("urn:org", "contains", A),
        )
    )

    assert (inventory.edges, inventory.problems) == ((), ())


@pytest.mark.parametrize(
    ("kind", "product", "word"),
    [
        ("descendantOf", 0, "descendant_of"),
        ("ancestorOf", 1, "descendant_of"),
        ("copiedTo", 1, "copy_of"),
        ("generates", 1, "generated_from"),
        ("patchedBy", 0, "patch"),
    ],
)
def test_relationships_say_what_a_package_was_made_from(kind: str, product: int, word: str) -> None:
    """A patch means that it was modified."""
    inventory = read(document(relation3(A, kind, B)))

    assert inventory.entries[product].ancestors == (Ancestor(word, "ba"[product]),)
    assert inventory.entries[product].modified == (word == "patch")


def yocto(*more: Any) -> dict[str, Any]:
    """Downloads go into a build, a package comes out, and goes into the image."""
    return spdx3(
        package3("urn:image", software_primaryPurpose="archive"),
        package3("urn:pkg", software_primaryPurpose="install"),
        package3("urn:download", software_primaryPurpose="source"),
        element("software_File", "urn:patch", name="fix.patch"),
        element("build_Build", "urn:build"),
        element("build_Build", "urn:rootfs"),
        relation3("urn:build", "hasInput", "urn:download", "urn:patch"),
        relation3("urn:build", "hasOutput", "urn:pkg"),
        relation3("urn:rootfs", "hasInput", "urn:pkg"),
        relation3("urn:rootfs", "hasOutput", "urn:image"),
        *more,
        root="urn:image",
    )


def test_what_goes_into_a_build_is_an_input() -> None:
    """What comes out of one counts, and what comes out needs what went in."""
    inventory = read(yocto())

    assert names(inventory.entries) == ["pkg"]
    assert inventory.inputs == 2
    assert inventory.edges == (("urn:image", "urn:pkg"),)


def test_an_input_that_is_installed_counts() -> None:
    """Its recipe may be in another document."""
    inventory = read(
        yocto(
            package3("urn:other", software_primaryPurpose="install"),
            package3("urn:held"),
            relation3("urn:rootfs", "hasInput", "urn:other", "urn:held"),
            relation3("urn:image", "contains", "urn:held"),
        )
    )

    assert names(inventory.entries) == ["pkg", "other", "held"]


def test_edges_of_builds_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs times outputs could be a square."""
    monkeypatch.setattr(reader, "MAX_BUILD_EDGES", 0)

    assert problems(read(yocto())) == [("beyond_limit", "")]


def test_elements_that_are_imported_are_external() -> None:
    """With where they are; others that are missing are dangling."""
    one = spdx3(package3(ROOT), package3(A), root=ROOT)
    one["@graph"][1]["import"] = [
        {"externalSpdxId": "urn:x", "locationHint": "https://x.example/doc"},
        {"externalSpdxId": "urn:y", "definingDocument": "urn:other"},
        {"externalSpdxId": "urn:z"},
        7,
    ]
    one["@graph"] += [
        relation3(A, "dependsOn", "urn:x", "urn:y", "urn:z", "urn:ghost"),
        relation3(A, "dependsOn", "https://spdx.org/rdf/3.0.1/terms/Core/NoneElement"),
    ]
    inventory = read(one)

    assert inventory.external == (
        ExternalDocument("https://x.example/doc", ("urn:x",)),
        ExternalDocument("urn:other", ("urn:y",)),
        ExternalDocument("urn:z", ("urn:z",)),
    )
    assert problems(inventory) == [("shape", "/@graph/1/import/3"), ("dangling_ref", "/@graph/4")]


def test_an_alias_leads_to_its_element() -> None:
    """Yocto links documents by them."""
    alias = {"type": "x", "https://rdf.openembedded.org/spdx/3.0/alias": "urn:alias"}
    inventory = read(
        document(package3("urn:c", extension=[alias, 1]), relation3(A, "dependsOn", "urn:alias"))
    )

    assert inventory.edges == ((A, "urn:c"),)


def test_elements_inside_of_others_are_read() -> None:
    """JSON-LD allows it."""
    inner = package3("urn:inner")
    sbom = element("software_Sbom", "urn:sbom", rootElement=[package3(ROOT)], element=[inner, A])
    inventory = read(spdx3(sbom, package3(A), root="urn:sbom"))

    assert (names(inventory.roots), sorted(names(inventory.entries))) == (["root"], ["a", "inner"])


def test_full_names_of_classes_are_read() -> None:
    """As a writer without the context has them."""
    terms = "https://spdx.org/rdf/3.0.1/terms"
    one = {"@type": f"{terms}/Software/Package", "@id": A, "name": "a"}
    two = {
        "type": [f"{terms}/Core/Relationship"],
        "from": ROOT,
        "to": A,
        "relationshipType": f"{terms}/x/contains",
    }
    inventory = read(spdx3(package3(ROOT), one, two, {"type": []}, {"type": 7}, root=ROOT))

    assert names(inventory.entries) == ["a"]
    assert inventory.edges == ((ROOT, A),)


def test_one_element_alone_is_a_graph() -> None:
    """Without `@graph`."""
    one = {"@context": ["x", "https://spdx.org/rdf/3.0.0/spdx-context.jsonld"], **package3(A)}
    inventory = read(one)

    assert (inventory.format, names(inventory.entries)) == ("SPDX 3.0.0 JSON-LD", ["a"])


def test_what_a_document_says_about_itself() -> None:
    """Id, moment, people, tools, completeness; the creation information can be in place."""
    one = document(
        element("Person", "urn:me", name="Ann"),
        element("Tool", "urn:tool", name="maker"),
        relation3(ROOT, "contains", A, completeness="complete"),
        relation3(ROOT, "contains", B, completeness="noAssertion"),
    )
    one["@graph"][1]["creationInfo"] = {
        "type": "CreationInfo",
        "specVersion": "3.0.1",
        "created": "2026-11-02T09:00:00Z",
        "createdBy": ["urn:me"],
        "createdUsing": ["urn:tool"],
    }
    inventory = read(one)

    assert (inventory.identifier, inventory.format) == ("urn:doc", "SPDX 3.0.1 JSON-LD")
    assert inventory.created == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert (inventory.authors, inventory.generators) == (("Ann",), ("maker",))
    assert inventory.completeness == ("complete",)


def test_a_document_that_only_its_elements_show_is_recognised() -> None:
    """The context may be missing or another's."""
    one = document()
    del one["@context"]

    assert read(one).format == "SPDX 3.0.1 JSON-LD"
    assert "neither" in refused({"@graph": [{"specVersion": "2.3"}, 1]}).message


@pytest.mark.parametrize("version", ["3.1", "3.0.1-rc"])
def test_other_minor_versions_are_read_with_a_note(version: str) -> None:
    """What they add is not read."""
    one = document()
    one["@graph"][0]["specVersion"] = version

    assert problems(read(one)) == [("not_read", "/@graph/0/specVersion")]


def test_a_graph_that_is_not_a_list_is_refused() -> None:
    """An inventory without it would look complete."""
    one = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": {}}

    assert "/@graph is not a list" in refused(one).message


@pytest.mark.parametrize(
    "item",
    [
        1,
        {"type": "Relationship", "relationshipType": 1, "from": A},
        {"relationshipType": "contains", "to": [A]},
    ],
)
def test_a_broken_element_is_named(item: Any) -> None:
    """The others are read."""
    inventory = read(document(item))

    assert len(inventory.entries) == 2
    assert problems(inventory) == [("shape", "/@graph/5")]


def cve(identifier: str, *names_of_it: str, **members: Any) -> dict[str, Any]:
    """A vulnerability."""
    identifiers = [{"externalIdentifierType": "cve", "identifier": each} for each in names_of_it]
    return element("security_Vulnerability", identifier, externalIdentifier=identifiers, **members)


def assessment(kind: str, source: str, *targets: str, **members: Any) -> dict[str, Any]:
    """A relationship from a vulnerability to what it says something about."""
    value = relation3(source, "affects", *targets, **members)
    return {**value, "type": f"security_{kind}VulnAssessmentRelationship", "spdxId": f"urn:x:{kind}:{source}"}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("VexAffected", VexStatus.AFFECTED),
        ("VexFixed", VexStatus.FIXED),
        ("VexNotAffected", VexStatus.NOT_AFFECTED),
        ("VexUnderInvestigation", VexStatus.UNDER_INVESTIGATION),
    ],
)
def test_vex_belongs_to_the_element_that_it_names(kind: str, status: VexStatus) -> None:
    """No identifier is needed to attach it."""
    inventory = read(
        document(
            cve("urn:v", "CVE-2099-1"),
            assessment(
                kind,
                "urn:v",
                A,
                "urn:file",
                security_impactStatement="because",
                security_justificationType="vulnerableCodeNotPresent",
                security_publishedTime="2026-11-05T00:00:00Z",
                suppliedBy="urn:org",
            ),
            element("Organization", "urn:org", name="Example"),
            element("software_File", "urn:file", name="f"),
        )
    )

    (statement,) = inventory.vex
    assert (statement.status, statement.ids, statement.author) == (status, ("CVE-2099-1",), "Example")
    assert [(each.product.ref, each.product.name) for each in statement.products] == [
        (A, "a"),
        ("urn:file", "f"),
    ]
    assert (statement.detail, statement.justification) == ("because", "vulnerableCodeNotPresent")
    assert statement.moment == datetime(2026, 11, 5, tzinfo=UTC)
    assert statement.document == "urn:doc"
    assert bool(inventory.findings) == (status is VexStatus.AFFECTED)


def test_associated_vulnerabilities_are_findings() -> None:
    """With their ratings, and the state that a statement gives them."""
    inventory = read(
        document(
            cve("urn:v", "CVE-2099-1", "GHSA-1", name="CVE-2099-1", summary="bad"),
            element("security_Vulnerability", "urn:w", name="A long name", description="worse"),
            relation3(A, "hasAssociatedVulnerability", "urn:v", "urn:w", "urn:u"),
            assessment("VexFixed", "urn:v", A),
            assessment("CvssV3", "urn:v", A, security_vectorString="CVSS:3.1/AV:N", security_score=9.8),
            assessment("CvssV2", "urn:w", A, security_score=5),
            assessment("CvssV4", "urn:w", A),
            element("security_Vulnerability", "urn:u"),
        )
    )

    assert [(each.ids, each.summary, each.state, each.severities) for each in inventory.findings] == [
        (("CVE-2099-1", "GHSA-1"), "bad", "affects", (Severity("CVSS_V3", "CVSS:3.1/AV:N"),)),
        (("urn:w",), "worse", "", (Severity("CVSS_V2", "5"), Severity("CVSS_V4", ""))),
        (("urn:u",), "", "", ()),
    ]
    assert problems(inventory) == [("shape", "/@graph/11")]


def test_too_many_packages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a document would look like all of it."""
    monkeypatch.setattr("avow.sbom.given.MAX_ENTRIES", 2)

    assert "more than 2 entries" in refused(document()).message


def test_what_one_build_made_and_the_next_one_used_counts() -> None:
    """It came out of a build, as everything does that is in the product."""
    inventory = read(
        spdx3(
            *(package3(f"urn:{each}") for each in ("source", "lib", "app")),
            element("build_Build", "urn:first"),
            element("build_Build", "urn:second"),
            relation3("urn:first", "hasInput", "urn:source"),
            relation3("urn:first", "hasOutput", "urn:lib"),
            relation3("urn:second", "hasInput", "urn:lib"),
            relation3("urn:second", "hasOutput", "urn:app"),
            root="urn:app",
        )
    )

    assert [entry.name for entry in inventory.entries] == ["lib"]
    assert inventory.inputs == 1


def test_an_edge_to_a_repeated_root_leads_nowhere() -> None:
    """Which of the two is meant, nobody knows."""
    inventory = read(
        spdx3(
            package3("urn:app", software_packageVersion="1"),
            package3("urn:app", software_packageVersion="2"),
            package3("urn:lib"),
            relation3("urn:app", "dependsOn", "urn:lib"),
            root="urn:app",
        )
    )

    assert [root.version for root in inventory.roots] == ["1", "2"]
    assert inventory.edges == ()
