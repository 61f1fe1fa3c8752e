"""The fast way through CycloneDX JSON that is as its schema says: decoded into structs, not into dicts.

Only speed is gained here. A document with an unknown field, a value of another type, or anything else that is
unusual is `None` and read as a tree of dicts, by the code that knows how to name what is wrong. So that
nothing is lost, the structs have every field that CycloneDX 1.2 to 1.7 define, and what was decoded is
encoded again: if that has fewer commas than the document, a key occurs twice (see `json_document`).

Source: CycloneDX 1.2 to 1.7, JSON schemas.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from avow.formats import json_document, json_strict
from avow.formats.json_document import same_members
from avow.sbom.given import MAX_DEPTH, Given

_BOM_FORMAT: Final = re.compile(rb'"bomFormat"\s*:\s*"CycloneDX"')

_Text = str | UnsetType


class Hash(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A digest."""

    alg: str
    content: str


class ExternalReference(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A link to something outside of the document."""

    type: str
    url: str
    comment: _Text = UNSET
    hashes: list[Hash] | UnsetType = UNSET
    properties: Any = UNSET


class Property(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A name and a value that a tool needs."""

    name: str
    value: _Text = UNSET


class Component(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A component with every field that it can have."""

    name: str
    type: _Text = UNSET
    mime_type: Any = msgspec.field(name="mime-type", default=UNSET)
    bom_ref: _Text = msgspec.field(name="bom-ref", default=UNSET)
    supplier: Any = UNSET
    manufacturer: Any = UNSET
    authors: Any = UNSET
    author: Any = UNSET
    publisher: _Text = UNSET
    group: _Text = UNSET
    version: _Text = UNSET
    version_range: Any = msgspec.field(name="versionRange", default=UNSET)
    is_external: Any = msgspec.field(name="isExternal", default=UNSET)
    description: Any = UNSET
    scope: Any = UNSET
    hashes: list[Hash] | UnsetType = UNSET
    licenses: Any = UNSET
    copyright: Any = UNSET
    patent_assertions: Any = msgspec.field(name="patentAssertions", default=UNSET)
    cpe: _Text = UNSET
    purl: _Text = UNSET
    omnibor_id: Any = msgspec.field(name="omniborId", default=UNSET)
    swhid: Any = UNSET
    swid: Any = UNSET
    modified: Any = UNSET
    pedigree: Any = UNSET
    external_references: list[ExternalReference] | UnsetType = msgspec.field(
        name="externalReferences", default=UNSET
    )
    components: list[Component] | UnsetType = UNSET
    evidence: Any = UNSET
    release_notes: Any = msgspec.field(name="releaseNotes", default=UNSET)
    model_card: Any = msgspec.field(name="modelCard", default=UNSET)
    data: Any = UNSET
    crypto_properties: Any = msgspec.field(name="cryptoProperties", default=UNSET)
    properties: list[Property] | UnsetType = UNSET
    tags: Any = UNSET
    signature: Any = UNSET


class Bom(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A document; all but its components is decoded into dicts."""

    bomFormat: str  # noqa: N815  the name in the document; these are read by their names
    schema: Any = msgspec.field(name="$schema", default=UNSET)
    specVersion: Any = UNSET  # noqa: N815
    serialNumber: Any = UNSET  # noqa: N815
    version: Any = UNSET
    metadata: Any = UNSET
    components: list[Component] | UnsetType = UNSET
    services: Any = UNSET
    externalReferences: Any = UNSET  # noqa: N815
    dependencies: Any = UNSET
    compositions: Any = UNSET
    vulnerabilities: Any = UNSET
    annotations: Any = UNSET
    formulation: Any = UNSET
    declarations: Any = UNSET
    definitions: Any = UNSET
    properties: Any = UNSET
    citations: Any = UNSET
    signature: Any = UNSET


_DECODER: Final = msgspec.json.Decoder(Bom)


def decoded(given: Given) -> dict[str, Any] | None:
    """The members of the document, with `Component` objects; `None` if it is not as the schema says."""
    if _BOM_FORMAT.search(given.head) is None or given.text.count(b",") > json_document.MAX_COMMAS:
        return None
    try:
        bom = _DECODER.decode(given.text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    encoded = msgspec.json.encode(bom)
    if not same_members(given.text, encoded) or json_strict.depth(encoded) > MAX_DEPTH:
        return None
    return {name: value for name in bom.__struct_fields__ if (value := getattr(bom, name)) is not UNSET}
