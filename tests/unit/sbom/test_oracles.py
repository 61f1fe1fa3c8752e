"""What other people's libraries write is read as they meant it, in every version that they can write."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from spdx_python_model import v3_0_1 as model
from spdx_tools.spdx.model.actor import Actor, ActorType
from spdx_tools.spdx.model.document import CreationInfo, Document
from spdx_tools.spdx.model.package import ExternalPackageRef, ExternalPackageRefCategory, Package
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream as write_json
from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document_to_stream as write_tags
from support.sboms import read

from avow.sbom.inventory import Inventory, Reference, StatedDigest

MOMENT = datetime(2026, 11, 1, 9, tzinfo=UTC)
VERSIONS = [each for each in SchemaVersion if SchemaVersion.V1_2 <= each <= SchemaVersion.V1_7]


def component(name: str, *inside: Component) -> Component:
    return Component(
        name=name,
        group="org.example",
        version="1.0+x",
        type=ComponentType.LIBRARY,
        bom_ref=name,
        purl=PackageURL("maven", "org.example", name, "1.0+x"),
        cpe=f"cpe:2.3:a:example:{name}:1.0:*:*:*:*:*:*:*",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content="a" * 64)],
        licenses=[DisjunctiveLicense(id="MIT")],
        external_references=[
            ExternalReference(type=ExternalReferenceType.VCS, url=XsUri("https://v.example"))
        ],
        components=inside,
    )


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("form", [OutputFormat.JSON, OutputFormat.XML], ids=str)
def test_cyclonedx_of_its_own_library(version: SchemaVersion, form: OutputFormat) -> None:
    """Names, places, identifiers, edges."""
    inner, lone = component("inner"), component("lone")
    outer, product = component("outer", inner), component("product")
    bom = Bom(components=[outer, lone])
    bom.metadata.component = product
    bom.metadata.timestamp = MOMENT
    bom.register_dependency(product, [outer])
    bom.register_dependency(outer, [lone])
    inventory = read(make_outputter(bom, form, version).output_as_string())

    assert inventory.format == f"CycloneDX {form.name} {version.to_version()}"
    entries = {entry.name: entry for entry in inventory.entries}
    assert sorted(entries) == ["inner", "lone", "outer"]
    assert entries["inner"].parent == entries["outer"].place
    for name, entry in entries.items():
        assert entry.purl == f"pkg:maven/org.example/{name}@1.0%2Bx"
        assert entry.cpes == (f"cpe:2.3:a:example:{name}:1.0:*:*:*:*:*:*:*",)
        assert entry.digests == (StatedDigest("sha256", "a" * 64),)
        assert entry.licences == ("MIT",)
        assert entry.references == (Reference("vcs", "https://v.example"),)
    assert set(inventory.edges) == {
        ("/metadata/component", entries["outer"].place),
        (entries["outer"].place, entries["lone"].place),
    }
    assert inventory.created == MOMENT
    assert inventory.problems == ()


def spdx_package(name: str) -> Package:
    return Package(
        spdx_id=f"SPDXRef-{name}",
        name=name,
        version="1.0",
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        comment="PackageName: hidden\nSPDXID: SPDXRef-hidden",
        external_references=[
            ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", f"pkg:npm/{name}@1.0")
        ],
    )


@pytest.mark.parametrize("write", [write_json, write_tags], ids=["JSON", "tag-value"])
def test_spdx_2_of_its_own_library(write: Any) -> None:
    """The same in both forms."""
    document = Document(
        CreationInfo(
            spdx_version="SPDX-2.3",
            spdx_id="SPDXRef-DOCUMENT",
            name="doc",
            document_namespace="https://sbom.example/doc",
            creators=[Actor(ActorType.TOOL, "maker-1")],
            created=MOMENT.replace(tzinfo=None),
        ),
        packages=[spdx_package(name) for name in ("product", "a", "b")],
        relationships=[
            Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, "SPDXRef-product"),
            Relationship("SPDXRef-product", RelationshipType.DEPENDS_ON, "SPDXRef-a"),
            Relationship("SPDXRef-b", RelationshipType.DEPENDENCY_OF, "SPDXRef-a"),
        ],
    )
    stream = io.StringIO()
    write(document, stream, validate=False)
    inventory = read(stream.getvalue())

    assert [(entry.place, entry.purl) for entry in inventory.entries] == [
        ("SPDXRef-a", "pkg:npm/a@1.0"),
        ("SPDXRef-b", "pkg:npm/b@1.0"),
    ]
    assert [root.name for root in inventory.roots] == ["product"]
    assert set(inventory.edges) == {("SPDXRef-product", "SPDXRef-a"), ("SPDXRef-a", "SPDXRef-b")}
    assert inventory.created == MOMENT
    assert inventory.problems == ()


def test_spdx_3_of_its_own_library() -> None:
    """With a relationship, a digest and a VEX statement."""
    objects = model.SHACLObjectSet()

    def add(kind: Any, identifier: str, **members: Any) -> Any:
        made = kind(_id=f"https://sbom.example/{identifier}", creationInfo=creation, **members)
        return objects.add(made)

    creation = objects.add(model.CreationInfo(_id="_:c", specVersion="3.0.1", created=MOMENT))
    creation.createdBy = [add(model.Organization, "org", name="Example")]
    digest = model.Hash(algorithm=model.HashAlgorithm.sha256, hashValue="a" * 64)
    root = add(model.software_Package, "root", name="product")
    needed = add(
        model.software_Package,
        "a",
        name="a",
        software_packageVersion="1.0",
        software_packageUrl="pkg:npm/a@1.0",
        software_primaryPurpose=model.software_SoftwarePurpose.library,
        verifiedUsing=[digest],
    )
    add(
        model.Relationship,
        "r",
        from_=root,
        relationshipType=model.RelationshipType.dependsOn,
        to=[needed],
    )
    vulnerability = add(
        model.security_Vulnerability,
        "v",
        externalIdentifier=[
            model.ExternalIdentifier(
                externalIdentifierType=model.ExternalIdentifierType.cve, identifier="CVE-2099-1"
            )
        ],
    )
    add(
        model.security_VexNotAffectedVulnAssessmentRelationship,
        "x",
        from_=vulnerability,
        relationshipType=model.RelationshipType.doesNotAffect,
        to=[needed],
        security_justificationType=model.security_VexJustificationType.componentNotPresent,
    )
    add(model.SpdxDocument, "doc", rootElement=[root])
    stream = io.BytesIO()
    model.JSONLDSerializer().write(objects, stream)

    inventory: Inventory = read(json.loads(stream.getvalue()))

    assert inventory.format == "SPDX 3.0.1 JSON-LD"
    (entry,) = inventory.entries
    assert (entry.purl, entry.kind, entry.digests) == (
        "pkg:npm/a@1.0",
        "library",
        (StatedDigest("sha256", "a" * 64),),
    )
    assert inventory.edges == ((inventory.roots[0].place, entry.place),)
    (statement,) = inventory.vex
    assert (statement.ids, statement.justification) == (("CVE-2099-1",), "componentNotPresent")
    assert statement.products[0].product.ref == entry.place
    assert (inventory.authors, inventory.created, inventory.problems) == (("Example",), MOMENT, ())
