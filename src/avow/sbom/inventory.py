"""What an SBOM says, in one form for all formats: entries, their identifiers, how they depend on each other.

An *entry* is one element of the document that counts. Several entries can be one *component* (the same jar in
two places), and several components one *upstream project*: `avow.survey` draws these lines, not the readers.

Nothing is corrected here: a purl, a version or a licence is the text that the document has. A field that
can't be read costs that field, and an entry that can't be read is still an entry: `problems` names both.

What an inventory has many of are msgspec structs: making a frozen dataclass takes ten times as long, which
would be half of the time of reading an SBOM. They can't be part of a cycle, so the collector skips them.
"""

from __future__ import annotations

import reprlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from avow.findings.statements import VexStatement, VulnerabilityFinding

MAX_SHOWN: Final = 200
"""Characters of a foreign value in a problem."""

_REPR: Final = reprlib.Repr()
_REPR.maxstring = MAX_SHOWN
"""Looks at the beginning of a value only; a stranger's can have millions of parts."""


class ProblemKind(StrEnum):
    """What is wrong at one place of a document that can be read as a whole."""

    SHAPE = "shape"
    """A value has another type than the format says, or lacks a part."""
    UNUSABLE_ENTRY = "unusable_entry"
    """Not an object, or without a name; the entry is counted, and nothing is known about it."""
    DUPLICATE_REF = "duplicate_ref"
    """Two elements have one identifier, so an edge to it has no certain end."""
    DANGLING_REF = "dangling_ref"
    """A reference to an element that is not in the document."""
    NO_ROOT = "no_root"
    """The document does not say what it is about; every entry counts."""
    EVERY_PACKAGE_IS_A_ROOT = "every_package_is_a_root"
    """By the letter nothing would count; the entries are looked up all the same."""
    NOT_AN_SPDX_ID = "not_an_spdx_id"
    BAD_PURL = "bad_purl"
    BAD_CPE = "bad_cpe"
    BAD_DIGEST = "bad_digest"
    NOT_A_DATE = "not_a_date"
    NO_TIME_ZONE = "no_time_zone"
    IMPLAUSIBLE_DATE = "implausible_date"
    BEYOND_LIMIT = "beyond_limit"
    """More of something than is read; the message says how much was left out."""
    NOT_READ = "not_read"
    """A part of the document that this version does not look at, although it could matter."""


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """Something wrong in a document that was read all the same."""

    kind: ProblemKind
    place: str
    """A JSON pointer (XML: the same pointers by order), an SPDX id, or `line N` of tag-value."""
    message: str
    value: str = ""
    """What is there, cut to a length that can be shown."""


class StatedDigest(msgspec.Struct, frozen=True, gc=False):
    """A digest that the document states; nobody compared it with bytes."""

    algorithm: str
    """As `hashlib` names it: sha256, sha512, sha3_256, sha1, md5; other names in lower case."""
    value: str
    """Lower-case hexadecimal."""


class Reference(msgspec.Struct, frozen=True, gc=False):
    """A link of an entry or document to something outside of it."""

    kind: str
    """The format's own word, such as vcs, distribution, advisories, attestation, security-contact."""
    url: str
    comment: str = ""
    digests: tuple[StatedDigest, ...] = ()


class Ancestor(msgspec.Struct, frozen=True, gc=False):
    """What the document says an entry was made from (CycloneDX pedigree, SPDX relationships)."""

    relation: str
    """ancestor, descendant, variant, patch, commit, or the SPDX relationship in lower case."""
    name: str = ""
    version: str = ""
    purl: str = ""
    url: str = ""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One element of an SBOM that counts, as the document describes it."""

    place: str
    """Unique in the document: a JSON pointer, an SPDXID, or a full spdxId; repeated SPDXIDs get `#2`, ..."""
    ref: str = ""
    """What the document's edges call it: bom-ref, SPDXID or spdxId."""
    kind: str = ""
    """library, application, operating-system, ...: the format's own word in lower case."""
    name: str = ""
    group: str = ""
    version: str = ""
    supplier: str = ""
    purl: str = ""
    """The first purl, as written; others are in `other_purls`."""
    other_purls: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()
    digests: tuple[StatedDigest, ...] = ()
    licences: tuple[str, ...] = ()
    """Expressions, ids and names as written, declared before concluded; NOASSERTION and NONE are left out."""
    references: tuple[Reference, ...] = ()
    """External references; an SPDX download location has the kind `download`, a homepage `website`."""
    ancestors: tuple[Ancestor, ...] = ()
    modified: bool = False
    """The document says that whoever made it changed the component (CycloneDX `modified`, patches)."""
    properties: tuple[tuple[str, str], ...] = ()
    """CycloneDX properties, `avow:` and `cdx:lifecycle:` only; others are not kept."""
    parent: str = ""
    """The place of the entry that contains it; empty at the top."""
    unusable: bool = False
    """Nothing could be read; `problems` of the inventory says why."""


@dataclass(frozen=True, slots=True)
class ExternalDocument:
    """Elements that the document refers to and that are in another document."""

    document: str
    """Its namespace or URI."""
    elements: tuple[str, ...]
    in_hand: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """One SBOM, or one set of documents that belong together."""

    source: str
    """How the user named it; for messages."""
    sha256: str
    """Of the bytes as they were given."""
    format: str
    """With encoding and version: `CycloneDX JSON 1.6`, `SPDX tag-value 2.3`, `SPDX 3.0.1 JSON-LD`."""
    entries: tuple[Entry, ...]
    """In the order of the document, nested ones after the entry that contains them."""
    roots: tuple[Entry, ...] = ()
    """What the document is about; a root does not count as an entry unless every package is one."""
    edges: tuple[tuple[str, str], ...] = ()
    """Dependencies as pairs of places, from the dependent to what it needs; roots included."""
    identifier: str = ""
    """serialNumber or documentNamespace."""
    document_version: int | None = None
    created: datetime | None = None
    """UTC, and only if the text is a moment with a zone."""
    created_text: str = ""
    generators: tuple[str, ...] = ()
    """Tools, each as `name version`."""
    authors: tuple[str, ...] = ()
    supplier: str = ""
    completeness: tuple[str, ...] = ()
    """What the document says about its own completeness, in its own words."""
    services: tuple[str, ...] = ()
    """Names of CycloneDX services: named, not assessed."""
    inputs: int = 0
    """Elements that are inputs of an entry (Yocto's downloads and patches) and do not count."""
    external: tuple[ExternalDocument, ...] = ()
    findings: tuple[VulnerabilityFinding, ...] = ()
    """Vulnerabilities that the document itself lists; their `ref` is a place in this inventory."""
    vex: tuple[VexStatement, ...] = ()
    references: tuple[Reference, ...] = ()
    """Of the document or its root."""
    problems: tuple[DocumentProblem, ...] = ()


@dataclass(slots=True)
class ProblemList:
    """Collects the problems of one document; past the limit those of a kind are counted only.

    A thousand repeated ids must not hide that the document does not say what it is about.
    """

    limit: int = 1_000
    """Of each kind."""
    found: list[DocumentProblem] = field(default_factory=list)
    counts: Counter[ProblemKind] = field(default_factory=Counter)

    def add(self, kind: ProblemKind, place: str, message: str, *, value: object = "") -> None:
        """Note one problem; `value` is cut to what can be shown."""
        self.counts[kind] += 1
        if self.counts[kind] <= self.limit:
            shown = value if isinstance(value, str) else _REPR.repr(value)
            self.found.append(DocumentProblem(kind, place, message, shown[:MAX_SHOWN]))

    def all(self) -> tuple[DocumentProblem, ...]:
        """In the order found; the last ones say how many of which kind were left out, if any."""
        left_out = (
            DocumentProblem(
                ProblemKind.BEYOND_LIMIT,
                "",
                f"{count - self.limit} more problems of the kind {kind} are not listed",
            )
            for kind, count in self.counts.items()
            if count > self.limit
        )
        return (*self.found, *left_out)
