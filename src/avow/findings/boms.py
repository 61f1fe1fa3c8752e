"""Findings and VEX in an SBOM that is given as a file of findings: CycloneDX VDR and VEX, SPDX 3.

What such a document says holds for the product that it is about. So a statement about one of its components
is read as one about that component *in that product*: "log4j is not affected" in a BOM of product A says
nothing about log4j elsewhere. A finding is about the component itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from avow.findings.refs import is_bom_link, whole_ref
from avow.findings.statements import (
    FindingsFile,
    Named,
    Unread,
    VexProduct,
    VexStatement,
    VulnerabilityFinding,
)

NEITHER: Final = "the SBOM contains neither findings nor VEX; a tool may have left them out"
NO_PRODUCT: Final = (
    "the document does not say which product it is about; its VEX holds only for the SBOM with the same "
    "serial number and version"
)


class BomDigest(Protocol):
    """A digest of an element, as `avow.sbom.inventory.Digest`."""

    @property
    def algorithm(self) -> str:
        """As hashlib names it."""

    @property
    def value(self) -> str:
        """Hexadecimal."""


class StatedElement(Protocol):
    """An element of an SBOM, as `avow.sbom.inventory.Entry`."""

    @property
    def place(self) -> str:
        """Unique in the document."""

    @property
    def ref(self) -> str:
        """What the document calls it."""

    @property
    def name(self) -> str:
        """As written."""

    @property
    def group(self) -> str:
        """As written."""

    @property
    def version(self) -> str:
        """As written."""

    @property
    def purl(self) -> str:
        """The first one."""

    @property
    def cpes(self) -> tuple[str, ...]:
        """As written."""

    @property
    def digests(self) -> Sequence[BomDigest]:
        """As stated."""


class StatedProblem(Protocol):
    """A problem of an SBOM, as `avow.sbom.inventory.DocumentProblem`."""

    @property
    def place(self) -> str:
        """Where it is."""

    @property
    def message(self) -> str:
        """What is wrong."""


class BomContent(Protocol):
    """What is needed of an SBOM, as `avow.sbom.inventory.Inventory`."""

    @property
    def format(self) -> str:
        """With encoding and version."""

    @property
    def identifier(self) -> str:
        """Serial number or namespace."""

    @property
    def document_version(self) -> int | None:
        """Of CycloneDX."""

    @property
    def created(self) -> datetime | None:
        """In UTC."""

    @property
    def generators(self) -> tuple[str, ...]:
        """Tools."""

    @property
    def authors(self) -> tuple[str, ...]:
        """As written."""

    @property
    def entries(self) -> Sequence[StatedElement]:
        """What counts."""

    @property
    def roots(self) -> Sequence[StatedElement]:
        """What it is about."""

    @property
    def findings(self) -> tuple[VulnerabilityFinding, ...]:
        """With places of this document."""

    @property
    def vex(self) -> tuple[VexStatement, ...]:
        """With places of this document."""

    @property
    def problems(self) -> Sequence[StatedProblem]:
        """What could not be read."""


class BomReader(Protocol):
    """Reads an SBOM, as `avow.sbom.read_sbom`."""

    def __call__(self, data: bytes, *, source: str) -> BomContent:
        """The SBOM in `data`; raises InputInvalid."""


def is_bom(document: Any) -> bool:
    """The JSON value looks like an SBOM, whose reader has the last word."""
    return isinstance(document, dict) and (
        str(document.get("bomFormat")).lower() == "cyclonedx"
        or "spdxVersion" in document
        or "@graph" in document
    )


def of_bom(content: BomContent) -> FindingsFile:
    """The findings and VEX of an SBOM, with components by their own names instead of their places."""
    document = _Document(content)
    notes = []
    if not content.findings and not content.vex:
        notes.append(NEITHER)
    if content.vex and not content.roots:
        notes.append(NO_PRODUCT)
    return FindingsFile(
        format=content.format,
        findings=tuple(replace(each, component=document.named(each.component)) for each in content.findings),
        vex=tuple(document.statement(each) for each in content.vex),
        unread=tuple(Unread(each.place, each.message) for each in content.problems),
        notes=tuple(notes),
        stated=content.created,
        subject=", ".join(f"{each.name} {each.version}".strip() for each in content.roots),
        author=", ".join(content.authors or content.generators),
    )


class _Document:
    """One SBOM with its elements by place."""

    def __init__(self, content: BomContent) -> None:
        self.content = content
        self.elements = {each.place: each for each in (*content.entries, *content.roots)}
        self.roots = tuple(self._element(each) for each in content.roots)
        self.root_places = {each.place for each in content.roots}

    def whole(self, ref: str) -> str:
        """`ref`, so that it means the same outside of this document."""
        content = self.content
        return whole_ref(
            ref,
            document_format=content.format,
            identifier=content.identifier,
            version=content.document_version,
        )

    def named(self, named: Named) -> Named:
        """The element at the place that `named` refers to; what is not in the document keeps its ref."""
        element = self.elements.get(named.ref)
        if element is not None:
            return self._element(element)
        if not named.ref or is_bom_link(named.ref):
            return named
        purl = named.purl or (named.ref if named.ref[:4].lower() == "pkg:" else "")
        return replace(named, purl=purl, ref=self.whole(named.ref))

    def _element(self, element: StatedElement) -> Named:
        return Named(
            name="/".join(filter(None, (element.group, element.name))),
            version=element.version,
            purl=element.purl,
            cpe=element.cpes[0] if element.cpes else "",
            digests=tuple((each.algorithm, each.value) for each in element.digests),
            ref=self.whole(element.ref) if element.ref else "",
        )

    def statement(self, statement: VexStatement) -> VexStatement:
        """The same about parts of the product that this document is about."""
        products: dict[Named, dict[Named, None]] = {}
        whole: dict[Named, None] = {}
        for each in statement.products:
            if each.product.ref in self.root_places and not each.subcomponents:
                whole[self.named(each.product)] = None
                continue
            for owner, parts in self._in_product(each):
                if parts:
                    products.setdefault(owner, {}).update(dict.fromkeys(parts))
                else:
                    whole[owner] = None
        return replace(
            statement,
            products=(
                *(VexProduct(each) for each in whole),
                *(VexProduct(owner, tuple(parts)) for owner, parts in products.items()),
            ),
        )

    def _in_product(self, product: VexProduct) -> list[tuple[Named, tuple[Named, ...]]]:
        named = self.named(product.product)
        parts = tuple(self.named(each) for each in product.subcomponents)
        if parts:
            return [(named, parts)]
        if is_bom_link(product.product.ref):  # an element of another BOM, or that BOM itself
            document, _, ref = product.product.ref.partition("#")
            return [(Named(ref=document), (named,) if ref else ())]
        owners = self.roots or (Named(ref=self.whole("")),)
        return [(owner, (named,)) for owner in owners]
