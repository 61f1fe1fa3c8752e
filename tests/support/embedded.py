"""SBOMs of each format with one component, and declarations to write into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from avow.catalogue.practices import load_catalogue
from avow.formats.json_edit import edited
from avow.sbom.declarations import write_declarations
from avow.sbom.embedding import embed
from avow.sbom.fields import Declared, Written, read_embeddable
from avow.sbom.inventory import Entry
from avow.statement.predicate import PracticeEntry

CATALOGUE: Final = load_catalogue()
URL: Final = "https://acme.example/acmelib-2.4.1.practices.sigstore.json"
BUNDLE: Final = "ab" * 32
PAYLOAD: Final = "cd" * 32
UNTIL: Final = datetime(2028, 11, 20, 12, tzinfo=UTC)

Json = dict[str, Any]


def practice(practice_id: str, status: str | None = "implemented", **facts: Any) -> PracticeEntry:
    """One practice with its facts."""
    said = {"status": status} if status else {}
    return PracticeEntry.model_validate({"id": practice_id, "facts": facts} | said)


EVERYTHING: Final = (
    practice(
        "VUL-01",
        privateReporting=True,
        contacts=[
            {"kind": "email", "value": "security@acme.example"},
            {"kind": "web", "value": "https://acme.example/report"},
        ],
        securityTxtUrl="https://acme.example/.well-known/security.txt",
    ),
    practice("VUL-03", listUrl="https://acme.example/advisories"),
    practice("VUL-04", feeds=[{"kind": "atom", "url": "https://acme.example/feed.atom"}]),
    practice("VUL-06", url="https://acme.example/vex.json"),
    practice(
        "SUP-01",
        policyUrl="https://acme.example/support",
        lines=[
            {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2029-06-30"},
            {"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2035-06-30", "supportedBy": "thirdParty"},
            {"versions": "vers:pypi/<2.4", "securityUntil": "ended"},
        ],
    ),
    practice("LIC-01", spdxExpression="Apache-2.0 OR MIT"),
    practice("SRC-01", vcsUrl="https://acme.example/git/acmelib"),
    practice("DOC-01", url="https://acme.example/docs"),
)


def cyclonedx(version: str = "1.6", **component: Any) -> Json:
    """A document with one component, which `component` adds to."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "product", "version": "1.0"}},
        "components": [
            {"type": "library", "name": "zlib", "version": "1.3"},
            {
                "type": "library",
                "bom-ref": "acmelib",
                "name": "acmelib",
                "version": "2.4.1",
                "purl": "pkg:pypi/acmelib@2.4.1",
            }
            | component,
        ],
    }


def spdx_2(**package: Any) -> Json:
    """A document with one package."""
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "product",
        "documentNamespace": "https://acme.example/spdx/1",
        "creationInfo": {"created": "2026-11-20T12:00:00Z", "creators": ["Tool: maker-1.0"]},
        "packages": [
            {
                "SPDXID": "SPDXRef-acmelib",
                "name": "acmelib",
                "versionInfo": "2.4.1",
                "downloadLocation": "NOASSERTION",
                "filesAnalyzed": False,
            }
            | package
        ],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-acmelib",
            }
        ],
    }


PACKAGE: Final = "https://acme.example/spdx/acmelib"


def spdx_3(**package: Any) -> Json:
    """A document with one package."""
    created = "_:creation"
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {
                "type": "CreationInfo",
                "@id": created,
                "specVersion": "3.0.1",
                "created": "2026-11-20T12:00:00Z",
                "createdBy": ["https://acme.example/spdx/maker"],
            },
            {
                "type": "Organization",
                "spdxId": "https://acme.example/spdx/maker",
                "creationInfo": created,
                "name": "acme",
            },
            {
                "type": "software_Package",
                "spdxId": PACKAGE,
                "creationInfo": created,
                "name": "acmelib",
                "software_packageVersion": "2.4.1",
            }
            | package,
        ],
    }


PLACES: Final = {"cyclonedx": "/components/1", "spdx_2": "SPDXRef-acmelib", "spdx_3": PACKAGE}
MAKERS: Final[dict[str, Callable[..., Json]]] = {
    "cyclonedx": cyclonedx,
    "spdx_2": spdx_2,
    "spdx_3": spdx_3,
}
ALL: Final = [*((f"cyclonedx {version}") for version in ("1.5", "1.6", "1.7")), "spdx_2", "spdx_3"]


def sbom(what: str, **component: Any) -> bytes:
    """A document of one of `ALL`, as its maker wrote it."""
    form, _, version = what.partition(" ")
    made = MAKERS[form](version, **component) if version else MAKERS[form](**component)
    return json.dumps(made, indent=2).encode()


def entry_of(what: str, *, version: str = "2.4.1") -> Entry:
    """The component of the document that the declarations are about."""
    return Entry(place=PLACES[what.partition(" ")[0]], name="acmelib", version=version)


def declared(*practices: PracticeEntry, **changed: Any) -> Declared:
    """What a manufacturer knows of a verified bundle."""
    known: dict[str, Any] = {
        "url": URL,
        "bundle_sha256": BUNDLE,
        "payload_sha256": PAYLOAD,
        "valid_until": UNTIL,
        "practices": practices,
    }
    return Declared(**(known | changed))


OWN: Final = {"bundle_sha256": "", "payload_sha256": "", "valid_until": None}
"""What a project does not know before it signs."""


def write(
    data: bytes, *what: Declared, entry: Entry, mirrored: bool = True, in_full: bool = False
) -> tuple[bytes, Written]:
    """The document with the fields, and what was done."""
    document = read_embeddable(data, source="a.json")
    written = embed(document, entry, what, catalogue=CATALOGUE, mirrors=mirrored)
    write_declarations(document, entry, what if in_full else (), catalogue=CATALOGUE, written=written)
    return edited(data, document.tree, source="a.json"), written


def element(data: bytes, entry: Entry) -> Json:
    """The object that describes the component."""
    return read_embeddable(data, source="a.json").element(entry.place)
