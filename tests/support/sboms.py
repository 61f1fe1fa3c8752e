"""Small SBOMs for tests, as bytes, and what the readers make of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from avow.errors import InputInvalid
from avow.sbom import Inventory, read_sbom

NAMESPACE = "http://cyclonedx.org/schema/bom/"
SERIAL = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"


def read(data: bytes | dict[str, Any] | str) -> Inventory:
    """The inventory of bytes, of a JSON document, or of text."""
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return read_sbom(data.encode() if isinstance(data, str) else data, source="bom")


def refused(data: bytes | dict[str, Any] | str) -> InputInvalid:
    """The error with which a document is refused; it has a next step."""
    with pytest.raises(InputInvalid) as caught:
        read(data)
    assert caught.value.hint
    return caught.value


def problems(inventory: Inventory) -> list[tuple[str, str]]:
    """Kinds and places of all problems."""
    return [(problem.kind.value, problem.place) for problem in inventory.problems]


def cyclonedx(*components: Any, **members: Any) -> dict[str, Any]:
    """A CycloneDX 1.6 document."""
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components), **members}


def library(name: str = "lib", **members: Any) -> dict[str, Any]:
    """A CycloneDX component."""
    return {"type": "library", "name": name, **members}


def cyclonedx_xml(inner: str, *, version: str = "1.6", attributes: str = "") -> str:
    """A CycloneDX XML document."""
    return f'<?xml version="1.0"?>\n<bom xmlns="{NAMESPACE}{version}" {attributes}>{inner}</bom>'


def spdx2(*packages: Any, root: str = "", **members: Any) -> dict[str, Any]:
    """An SPDX 2.3 document that describes `root`, if there is one."""
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "documentNamespace": "https://sbom.example/doc",
        "creationInfo": {"created": "2026-11-01T09:00:00Z", "creators": ["Tool: maker-1"]},
        "packages": list(packages),
        **({"documentDescribes": [root]} if root else {}),
        **members,
    }


def package(identifier: str, **members: Any) -> dict[str, Any]:
    """An SPDX 2 package; its name is its id without the prefix."""
    name = identifier.removeprefix("SPDXRef-")
    return {"SPDXID": identifier, "name": name, "downloadLocation": "NOASSERTION", **members}


def relation(source: str, kind: str, target: str) -> dict[str, str]:
    """An SPDX 2 relationship."""
    return {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}


def spdx3(*elements: Any, root: Any = None) -> dict[str, Any]:
    """An SPDX 3.0.1 document whose root element is `root`, if there is one."""
    creation = {
        "type": "CreationInfo",
        "@id": "_:c",
        "specVersion": "3.0.1",
        "created": "2026-11-01T09:00:00Z",
        "createdBy": ["urn:me"],
    }
    document = {
        "type": "SpdxDocument",
        "spdxId": "urn:doc",
        "creationInfo": "_:c",
        "rootElement": [] if root is None else [root],
    }
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [creation, document, *elements],
    }


def element(kind: str, spdx_id: str, **members: Any) -> dict[str, Any]:
    """An SPDX 3 element."""
    return {"type": kind, "spdxId": spdx_id, "creationInfo": "_:c", **members}


def package3(identifier: str, **members: Any) -> dict[str, Any]:
    """An SPDX 3 package; its name is the end of its id."""
    return element("software_Package", identifier, name=identifier.rpartition(":")[2], **members)


def relation3(source: str, kind: str, *targets: str, **members: Any) -> dict[str, Any]:
    """An SPDX 3 relationship."""
    identifier = f"urn:r:{source}:{kind}:{','.join(targets)}"
    return element(
        "Relationship",
        identifier,
        **{"from": source, "relationshipType": kind, "to": list(targets), **members},
    )
