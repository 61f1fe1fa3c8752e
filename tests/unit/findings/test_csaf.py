"""CSAF: the tree of products, what it means for each vulnerability, and hostile documents."""

from __future__ import annotations

import time
from typing import Any

import pytest

from avow.errors import InputInvalid
from avow.findings import csaf
from avow.findings.csaf import DRAFT, NO_VULNERABILITY, is_document, read_document
from avow.findings.statements import FindingsFile, Named, VexProduct, VexStatus

SHA256 = "ab" * 32


def product(own: str, **helper: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"product_id": own, "name": f"Product {own}"}
    return found | ({"product_identification_helper": helper} if helper else {})


def read(
    *vulnerabilities: Any, tree: Any = None, version: str = "2.0", status: str = "final"
) -> FindingsFile:
    document = {
        "document": {
            "csaf_version": version,
            "title": "Advisory",
            "publisher": {"name": "Example Corp"},
            "tracking": {"id": "EX-1", "status": status, "current_release_date": "2026-07-29T00:00:00Z"},
        },
        "product_tree": tree or {"full_product_names": [product("A"), product("B")]},
        "vulnerabilities": list(vulnerabilities),
    }
    return read_document(document, "f")


def vulnerability(**changed: Any) -> dict[str, Any]:
    return {"cve": "CVE-2099-1", "product_status": {"known_affected": ["A"]}} | changed


def products(found: FindingsFile) -> list[Named]:
    return [each.product for statement in found.vex for each in statement.products]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("known_affected", VexStatus.AFFECTED),
        ("first_affected", VexStatus.AFFECTED),
        ("last_affected", VexStatus.AFFECTED),
        ("fixed", VexStatus.FIXED),
        ("first_fixed", VexStatus.FIXED),
        ("known_not_affected", VexStatus.NOT_AFFECTED),
        ("under_investigation", VexStatus.UNDER_INVESTIGATION),
        ("recommended", VexStatus.UNKNOWN),
    ],
)
def test_a_status_is_one_of_four_words_and_keeps_its_own(word: str, status: VexStatus) -> None:
    """A recommended version is not said to be fixed."""
    (found,) = read(vulnerability(product_status={word: ["A"]})).vex

    assert (found.status, found.status_text) == (status, word)
    assert found.place == f"/vulnerabilities/0/product_status/{word}"
    assert (found.author, found.document) == ("Example Corp", "EX-1")


def test_flags_justify_and_threats_explain() -> None:
    """Products with the same reasons are one statement."""
    found = read(
        vulnerability(
            product_status={"known_not_affected": ["A", "B", "A"], "known_affected": ["C"]},
            flags=[{"label": "component_not_present", "product_ids": ["A"]}, {"product_ids": ["A"]}],
            threats=[
                {"category": "impact", "details": "not built in", "group_ids": ["G"]},
                {"category": "exploit_status", "details": "exploited", "product_ids": ["A"]},
            ],
            remediations=[
                {"category": "vendor_fix", "details": "upgrade", "product_ids": ["C"]},
                {"category": "workaround", "details": "stop it", "product_ids": ["C"]},
            ],
        ),
        tree={
            "full_product_names": [product("A"), product("B"), product("C")],
            "product_groups": [{"group_id": "G", "product_ids": ["A", "B"]}],
        },
    )

    assert [
        ([each.product.ref for each in one.products], one.justification, one.detail) for one in found.vex
    ] == [
        (["A"], "component_not_present", "not built in"),
        (["B"], "", "not built in"),
        (["C"], "", "upgrade\nstop it"),
    ]
    assert found.unread == ()


def test_branches_name_the_version() -> None:
    """A branch that only repeats the product's name is about every version."""
    tree = {
        "branches": [
            {
                "category": "vendor",
                "name": "Example",
                "branches": [
                    {"category": "product_version", "name": "1.0", "product": product("A", purl="pkg:npm/a")},
                    {"category": "product_version_range", "name": "vers:npm/<2.0.0", "product": product("B")},
                    {"category": "product_version", "name": "Product C", "product": product("C")},
                ],
            }
        ]
    }
    found = read(vulnerability(product_status={"fixed": ["A", "B", "C"]}), tree=tree)

    assert [(each.version, each.purl) for each in products(found)] == [
        ("1.0", "pkg:npm/a"),
        ("vers:npm/<2.0.0", ""),
        ("", ""),
    ]


def test_a_helper_identifies_a_product() -> None:
    """CSAF 2.1 has lists of purls; SKUs are shown."""
    tree = {
        "full_product_names": [
            product(
                "A",
                purl="pkg:npm/a@1",
                cpe="cpe:2.3:a:x:a",
                hashes=[
                    {
                        "file_hashes": [
                            {"algorithm": "sha256", "value": SHA256},
                            {"algorithm": "sha256", "value": "x"},
                        ]
                    }
                ],
                skus=["S-1"],
                model_numbers=["M-1"],
            ),
            product("B", purls=["pkg:npm/b@1", "pkg:npm/b@2"]),
        ]
    }
    found = read(vulnerability(product_status={"fixed": ["A", "B"]}), tree=tree, version="2.1")

    assert products(found)[0] == Named(
        name="Product A",
        purl="pkg:npm/a@1",
        cpe="cpe:2.3:a:x:a",
        digests=(("sha256", SHA256),),
        ref="A",
        codes=("S-1", "M-1"),
    )
    assert [each.purl for each in products(found)[1:]] == ["pkg:npm/b@1", "pkg:npm/b@2"]
    assert [each.place for each in found.unread] == [
        "/product_tree/full_product_names/0/product_identification_helper/hashes/0/file_hashes/1"
    ]


def test_too_many_purls_of_one_product_are_named() -> None:
    """The first ones count."""
    purls = [f"pkg:npm/a@{number}" for number in range(40)]
    found = read(vulnerability(), tree={"full_product_names": [product("A", purls=purls)]})

    assert len(products(found)) == csaf.MAX_IDENTIFIERS
    assert len(found.unread) == 1


def relation(own: str, part: str, whole: str) -> dict[str, Any]:
    return {
        "category": "default_component_of",
        "product_reference": part,
        "relates_to_product_reference": whole,
        "full_product_name": product(own),
    }


def test_a_relationship_is_a_part_of_a_product() -> None:
    """The product is the outermost, the subcomponent the innermost of a chain."""
    tree = {
        "full_product_names": [product("APP"), product("LIB"), product("OS")],
        "relationships": [relation("LIB-APP", "LIB", "APP"), relation("LIB-APP-OS", "LIB-APP", "OS")],
    }
    found = read(vulnerability(product_status={"fixed": ["LIB-APP", "LIB-APP-OS", "APP"]}), tree=tree)

    said = found.vex[0].products
    assert [(each.product.ref, [part.ref for part in each.subcomponents]) for each in said] == [
        ("APP", ["LIB"]),
        ("OS", ["LIB"]),
        ("APP", []),
    ]


def test_a_chain_through_the_whole_is_followed() -> None:
    """A part of a product that is itself a part of another one."""
    tree = {
        "full_product_names": [product("APP"), product("LIB"), product("OS")],
        "relationships": [relation("APP-OS", "APP", "OS"), relation("LIB-IN", "LIB", "APP-OS")],
    }
    found = read(vulnerability(product_status={"fixed": ["LIB-IN"]}), tree=tree)

    assert found.vex[0].products == (
        VexProduct(Named(name="Product OS", ref="OS"), (Named(name="Product LIB", ref="LIB"),)),
    )


def test_a_long_chain_of_relationships_identifies_nothing() -> None:
    """A hostile document has one of a hundred thousand, and each of its products is a statement."""
    count = csaf.MAX_RELATIONS + 2
    chain = [relation(f"R{n}", f"R{n + 1}", "APP") for n in range(count)]
    tree = {"full_product_names": [product("APP"), product(f"R{count}")], "relationships": chain}
    deep, near = (
        read(vulnerability(product_status={"fixed": [own]}), tree=tree) for own in ("R0", f"R{count - 1}")
    )

    assert deep.vex[0].products == (VexProduct(Named(name="Product R0", ref="R0")),)
    assert [f"more than {csaf.MAX_RELATIONS} times" in each.message for each in deep.unread] == [True]
    assert [part.ref for part in near.vex[0].products[0].subcomponents] == [f"R{count}"]


def test_a_label_of_what_is_not_affected_justifies_nothing_else() -> None:
    """Beside another status it would read as a reason to do nothing."""
    found = read(
        vulnerability(
            product_status={"known_affected": ["A"], "known_not_affected": ["B"]},
            flags=[{"label": "component_not_present", "product_ids": ["A", "B"]}],
        )
    )

    assert {each.status: each.justification for each in found.vex} == {
        VexStatus.AFFECTED: "",
        VexStatus.NOT_AFFECTED: "component_not_present",
    }


def test_a_circle_of_relationships_identifies_nothing() -> None:
    """The statement stays, about a product that is only named."""
    tree = {"relationships": [relation("X", "Y", "Y"), relation("Y", "X", "X")]}
    found = read(vulnerability(product_status={"fixed": ["X"]}), tree=tree)

    assert products(found) == [Named(name="Product X", ref="X")]
    assert len(found.unread) == 1


def test_an_unknown_product_id_is_named() -> None:
    """So are a product without an id, one with an id that is taken, and half a relationship."""
    tree = {
        "full_product_names": [product("A"), {"name": "no id"}, product("A")],
        "relationships": [{"product_reference": "A", "full_product_name": product("R")}],
    }
    found = read(vulnerability(product_status={"fixed": ["Z", "A"]}), vulnerability(), tree=tree)

    assert products(found)[0] == Named(ref="Z")
    assert [each.place for each in found.unread] == [
        "/product_tree/full_product_names/1",
        "/product_tree/full_product_names/2",
        "/product_tree/relationships/0",
        "/vulnerabilities/0/product_status/fixed/0",
    ]


def test_names_beside_the_cve_are_those_of_vulnerabilities() -> None:
    """The number of a bug tracker means nothing elsewhere; without a CVE every id counts."""
    ids = [{"system_name": "Bugzilla", "text": "2094052"}, {"text": "GHSA-1-2-3"}]

    assert read(vulnerability(ids=ids)).vex[0].ids == ("CVE-2099-1", "GHSA-1-2-3")
    assert read(vulnerability(ids=ids, cve=None)).vex[0].ids == ("2094052", "GHSA-1-2-3")


def test_a_vulnerability_that_cannot_be_joined_is_named() -> None:
    """One without a status is a statement about nothing; one without a name is not read."""
    found = read(vulnerability(product_status={"odd": ["A"]}), vulnerability(cve=None))

    assert [(each.status, each.products) for each in found.vex] == [(VexStatus.UNKNOWN, ())]
    assert [each.place for each in found.unread] == [
        "/vulnerabilities/0/product_status/odd",
        "/vulnerabilities/1",
    ]


def test_an_empty_document_and_a_draft_say_so() -> None:
    """Neither is a statement that nothing is wrong."""
    assert read().notes == (NO_VULNERABILITY,)
    assert read(vulnerability(), status="draft").notes == (DRAFT,)


@pytest.mark.parametrize("version", ["1.2", "3.0", ""])
def test_another_version_is_refused(version: str) -> None:
    """CVRF had 1.x; nobody knows 3.0."""
    with pytest.raises(InputInvalid, match="is not read"):
        read(version=version)
    assert not any(map(is_document, ([], {}, {"document": 1}, {"document": {}})))
    assert is_document({"document": {"csaf_version": version}})


def test_deep_branches_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The place where reading stopped is named."""
    monkeypatch.setattr(csaf, "MAX_BRANCHES", 2)
    tree: dict[str, Any] = {"product": product("A")}
    for _ in range(4):
        tree = {"branches": [tree]}
    found = read(vulnerability(), tree=tree)

    assert [each.place for each in found.unread] == [
        "/product_tree/branches/0/branches/0/branches/0",
        "/vulnerabilities/0/product_status/known_affected/0",
    ]


def test_groups_that_name_too_much_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The statements stay, some without their reasons."""
    monkeypatch.setattr(csaf, "MAX_EXPANDED", 3)
    groups = [{"group_id": "G", "product_ids": ["A", "B"]}]
    flags = [{"label": "component_not_present", "group_ids": ["G", "G"]}]
    found = read(
        vulnerability(product_status={"known_not_affected": ["A"]}, flags=flags),
        tree={"full_product_names": [product("A"), product("B")], "product_groups": groups},
    )

    assert len(found.vex) == 1
    assert [each.place for each in found.unread] == ["/vulnerabilities/0/flags/0"]


def test_details_that_grow_too_much_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of some the first one is read, and that is said."""
    monkeypatch.setattr(csaf, "MAX_JOINED_CHARACTERS", 5)
    remediations = [{"details": text, "product_ids": ["A"]} for text in ("first", "second")]
    found = read(vulnerability(remediations=remediations))

    assert found.vex[0].detail == "first"
    assert len(found.unread) == 1


def test_a_hundred_thousand_products_that_are_not_affected_share_their_names() -> None:
    """Each vulnerability lists them all again; time and memory are those of the lists."""
    many = [product(f"P{number}", purl=f"pkg:rpm/x/p{number}@1") for number in range(20_000)]
    ids = [each["product_id"] for each in many]
    start = time.process_time()
    found = read(
        *(vulnerability(product_status={"known_not_affected": ids}) for _ in range(6)),
        tree={"full_product_names": many},
    )

    assert sum(len(each.products) for each in found.vex) == 120_000
    assert found.vex[0].products[7] is found.vex[5].products[7]
    assert time.process_time() - start < 10
