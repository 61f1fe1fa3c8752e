"""OpenVEX documents of both generations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from avow.errors import InputInvalid
from avow.findings.openvex import NO_STATEMENT, is_document, read_document
from avow.findings.statements import FindingsFile, Named, VexProduct, VexStatement, VexStatus

SHA256 = "ab" * 32


def statement(**changed: Any) -> dict[str, Any]:
    return {
        "vulnerability": {"name": "CVE-2099-1"},
        "products": [{"@id": "pkg:npm/shop@1.0"}],
        "status": "not_affected",
        "justification": "component_not_present",
    } | changed


def read(*statements: Any, **changed: Any) -> FindingsFile:
    return read_document(
        {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": "https://vex.example/1",
            "author": "Example",
            "timestamp": "2026-11-02T00:00:00Z",
            "statements": list(statements),
        }
        | changed,
        "f",
    )


def only(found: FindingsFile) -> VexStatement:
    (one,) = found.vex
    return one


def test_a_statement_keeps_what_the_document_says() -> None:
    """Its moment is its own, else the document's."""
    found = read(statement(impact_statement="built without it", status_notes="seen"))

    assert found.format == "OpenVEX 0.2.0"
    assert found.author == "Example"
    assert only(found) == VexStatement(
        place="/statements/0",
        ids=("CVE-2099-1",),
        status=VexStatus.NOT_AFFECTED,
        status_text="not_affected",
        products=(VexProduct(Named(purl="pkg:npm/shop@1.0")),),
        justification="component_not_present",
        detail="built without it\nseen",
        moment=datetime(2026, 11, 2, tzinfo=UTC),
        author="Example",
        document="https://vex.example/1",
    )
    own = read(statement(timestamp="2026-11-01T00:00:00Z", last_updated="2026-11-03T00:00:00Z"))
    assert only(own).moment == datetime(2026, 11, 3, tzinfo=UTC)


def test_products_have_identifiers_hashes_and_subcomponents() -> None:
    """An @id that is not a purl is a name."""
    product = {
        "@id": "https://shop.example/app",
        "identifiers": {"purl": "pkg:oci/shop", "cpe22": "cpe:/a:x:y"},
        "hashes": {"sha-256": SHA256, "sha-512": "zz"},
        "subcomponents": [{"@id": "pkg:deb/debian/quill"}, {"identifiers": {"cpe23": "cpe:2.3:a:x:z"}}],
    }
    found = read(statement(products=[product]))

    assert only(found).products == (
        VexProduct(
            Named(
                name="https://shop.example/app",
                purl="pkg:oci/shop",
                cpe="cpe:/a:x:y",
                digests=(("sha256", SHA256),),
            ),
            (Named(purl="pkg:deb/debian/quill"), Named(cpe="cpe:2.3:a:x:z")),
        ),
    )
    assert [each.place for each in found.unread] == ["/statements/0/products/0/hashes/sha-512"]


def test_the_first_generation_has_texts() -> None:
    """Its subcomponents belong to every product of the statement."""
    found = read(
        statement(vulnerability="CVE-2099-2", products=["pkg:npm/a"], subcomponents=["pkg:npm/b"]),
        **{"@context": "https://openvex.dev/ns"},
    )

    assert found.format == "OpenVEX"
    assert only(found).ids == ("CVE-2099-2",)
    assert only(found).products == (VexProduct(Named(purl="pkg:npm/a"), (Named(purl="pkg:npm/b"),)),)


def test_aliases_are_names() -> None:
    """Advisories of distributions are not, though the specification's example lists them."""
    found = read(statement(vulnerability={"@id": "CVE-2099-3", "aliases": ["GHSA-1", "DSA-4686-1"]}))

    assert only(found).ids == ("CVE-2099-3", "GHSA-1")


@pytest.mark.parametrize("changed", [{"status": "safe"}, {"status": None}])
def test_a_status_that_openvex_does_not_have_is_unknown(changed: dict[str, Any]) -> None:
    """The statement stays, with its own word."""
    found = read(statement(**changed))

    assert only(found).status is VexStatus.UNKNOWN
    assert only(found).status_text == (changed["status"] or "")


def test_what_cannot_be_used_is_named() -> None:
    """A statement without a vulnerability, a product that is a number."""
    found = read(statement(vulnerability=None), statement(products=[1, ""]), statement(status=None))

    assert [each.place for each in found.unread] == [
        "/statements/0",
        "/statements/1/products/0",
        "/statements/1/products/1",
        "/statements/2/status",
    ]
    assert found.notes == ()


def test_a_document_without_statements_says_so() -> None:
    """It clears nothing."""
    assert read().notes == (NO_STATEMENT,)


@pytest.mark.parametrize("context", ["https://openvex.dev/ns/v1.0.0", "https://openvex.dev/ns/other"])
def test_another_version_is_refused(context: str) -> None:
    """Its fields may mean something else."""
    with pytest.raises(InputInvalid, match=r"0\.0\.x to 0\.2\.0 are"):
        read(**{"@context": context})


def test_a_document_is_recognised_by_its_context() -> None:
    """The context may be one of a list."""
    assert is_document({"@context": ["https://x.example", "https://openvex.dev/ns/v0.2.0"]})
    assert not any(map(is_document, ([], {}, {"@context": 1})))
