"""Findings and VEX in an SBOM: a statement about a component holds in the product of its document."""

from __future__ import annotations

from typing import Any

from avow.findings.boms import NEITHER, NO_PRODUCT, is_bom, of_bom
from avow.findings.statements import Named, Unread, VexProduct, VexStatement, VexStatus, VulnerabilityFinding
from avow.sbom.inventory import DocumentProblem, Entry, Inventory, ProblemKind, StatedDigest

ROOT = Entry(place="/metadata/component", ref="root", name="shop", version="7", purl="pkg:generic/shop@7")
LIB = Entry(
    place="/components/0",
    ref="lib",
    group="org.example",
    name="core",
    version="1.0",
    purl="pkg:maven/org.example/core@1.0",
    cpes=("cpe:2.3:a:x:core",),
    digests=(StatedDigest("sha256", "ab"),),
)
SHOP = Named(name="shop", version="7", purl="pkg:generic/shop@7", ref="urn:cdx:ab/2#root")
CORE = Named(
    name="org.example/core",
    version="1.0",
    purl="pkg:maven/org.example/core@1.0",
    cpe="cpe:2.3:a:x:core",
    digests=(("sha256", "ab"),),
    ref="urn:cdx:ab/2#lib",
)


def bom(**changed: Any) -> Inventory:
    fields: dict[str, Any] = {
        "source": "f",
        "sha256": "",
        "format": "CycloneDX JSON 1.6",
        "entries": (LIB,),
        "roots": (ROOT,),
        "identifier": "urn:uuid:ab",
        "document_version": 2,
        "generators": ("tool 1",),
    }
    return Inventory(**(fields | changed))


def statement(*refs: str, parts: tuple[str, ...] = ()) -> VexStatement:
    return VexStatement(
        place="/vulnerabilities/0/analysis",
        ids=("CVE-2099-1",),
        status=VexStatus.NOT_AFFECTED,
        status_text="not_affected",
        products=tuple(VexProduct(Named(ref=ref), tuple(Named(ref=part) for part in parts)) for ref in refs),
    )


def products(document: Inventory) -> tuple[VexProduct, ...]:
    return of_bom(document).vex[0].products


def test_a_finding_is_about_the_component_itself() -> None:
    """With its own names, so that it can be joined to the component in another SBOM."""
    finding = VulnerabilityFinding("/vulnerabilities/0", Named(ref="/components/0"), ("CVE-2099-1",))
    read = of_bom(bom(findings=(finding,)))

    assert [each.component for each in read.findings] == [CORE]
    assert (read.format, read.subject, read.author) == ("CycloneDX JSON 1.6", "shop 7", "tool 1")
    assert read.notes == ()


def test_a_statement_about_a_component_holds_in_the_product_of_the_document() -> None:
    """It says nothing about the same component elsewhere."""
    assert products(bom(vex=(statement("/components/0"),))) == (VexProduct(SHOP, (CORE,)),)


def test_a_statement_about_the_root_is_about_the_whole_product() -> None:
    """The parts that others name do not narrow it."""
    read = products(bom(vex=(statement("/metadata/component", "/components/0"),)))

    assert read == (VexProduct(SHOP), VexProduct(SHOP, (CORE,)))


def test_a_document_that_is_about_nothing_holds_for_its_own_serial_number() -> None:
    """And the note says so."""
    read = of_bom(bom(roots=(), vex=(statement("/components/0"),)))

    assert read.vex[0].products == (VexProduct(Named(ref="urn:cdx:ab/2"), (CORE,)),)
    assert read.notes == (NO_PRODUCT,)


def test_a_bom_link_names_an_element_of_another_bom() -> None:
    """Without an element it names that BOM as a whole."""
    read = products(bom(vex=(statement("urn:cdx:cd/1#x", "urn:cdx:cd/1"),)))

    assert read == (
        VexProduct(Named(ref="urn:cdx:cd/1")),
        VexProduct(Named(ref="urn:cdx:cd/1"), (Named(ref="urn:cdx:cd/1#x"),)),
    )


def test_a_reference_that_is_not_in_the_document_keeps_it() -> None:
    """One that looks like a purl is one, inside of the product."""
    read = products(bom(vex=(statement("pkg:npm/a@1", "lost", ""),)))

    assert read == (
        VexProduct(
            SHOP,
            (
                Named(purl="pkg:npm/a@1", ref="urn:cdx:ab/2#pkg:npm/a@1"),
                Named(ref="urn:cdx:ab/2#lost"),
                Named(),
            ),
        ),
    )


def test_subcomponents_that_the_document_names_are_kept() -> None:
    """SPDX 3 has no such thing, and later formats may."""
    read = products(bom(vex=(statement("/metadata/component", parts=("/components/0",)),)))

    assert read == (VexProduct(SHOP, (CORE,)),)


def test_what_could_not_be_read_is_passed_on() -> None:
    """An SBOM without findings and VEX is not one that says there are none."""
    problem = DocumentProblem(ProblemKind.SHAPE, "/vulnerabilities/0", "not an object")
    nameless = Entry(place="/components/1", name="x")
    read = of_bom(bom(problems=(problem,), authors=("A", "B"), entries=(LIB, nameless)))

    assert read.unread == (Unread("/vulnerabilities/0", "not an object"),)
    assert read.notes == (NEITHER,)
    assert read.author == "A, B"
    finding = VulnerabilityFinding("/vulnerabilities/0", Named(ref="/components/1"), ("CVE-2099-1",))
    found = of_bom(bom(entries=(nameless,), findings=(finding,))).findings
    assert [each.component for each in found] == [Named(name="x")]


def test_an_sbom_is_recognised_by_its_content() -> None:
    """CycloneDX and both generations of SPDX."""
    assert all(map(is_bom, ({"bomFormat": "CycloneDX"}, {"spdxVersion": "SPDX-2.3"}, {"@graph": []})))
    assert not any(map(is_bom, ([], {}, {"bomFormat": "other"})))
