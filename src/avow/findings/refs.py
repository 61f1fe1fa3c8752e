"""References to elements of an SBOM that mean the same outside of it."""

from __future__ import annotations


def whole_ref(ref: str, *, document_format: str, identifier: str, version: int | None = None) -> str:
    """`ref` with its document: a BOM-Link, or an SPDX element; empty if the document has no identifier.

    A bom-ref holds for one serial number and one version of the document. Without `ref` the result names the
    document. Nothing is percent-encoded here, so a BOM-Link is compared after decoding.

    Source: CycloneDX, "BOM-Link"; SPDX 2.3, clause 11.1; SPDX 3.0.1, `spdxId`.
    """
    if document_format.startswith("SPDX 3"):
        return ref or identifier
    if not identifier:
        return ""
    if not document_format.startswith("CycloneDX"):
        return f"{identifier}#{ref}" if ref else identifier
    if is_bom_link(ref):
        return ref
    document = f"urn:cdx:{identifier.lower().removeprefix('urn:uuid:')}/{1 if version is None else version}"
    return f"{document}#{ref}" if ref else document


def is_bom_link(ref: str) -> bool:
    """`ref` names its document itself."""
    return ref[:8].lower() == "urn:cdx:"
