"""The fields of SBOM formats that say something about declarations, and documents that have room for them.

`read_embeddable` gives a document whose value `avow.sbom.embedding` changes in place;
`avow.formats.json_edit` then changes its bytes accordingly.

Source: predicates/sbom-fields.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from avow.errors import InputInvalid
from avow.formats.json_edit import read_editable
from avow.sbom.spdx_counting import places_of
from avow.statement.predicate import PracticeEntry
from avow.statement.types import PREDICATE_TYPE

Json = dict[str, Any]

BUNDLE_MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
POINTER_COMMENT: Final = f"in-toto {PREDICATE_TYPE}"
MIRROR_COMMENT: Final = "declared-practices"
"""With the practice's id after it."""

PAYLOAD_PROPERTY: Final = "avow:payloadSha256"
VALID_UNTIL_PROPERTY: Final = "avow:validUntil"
LOOKED_AT_PROPERTY: Final = "avow:lookedAt"
END_OF_SUPPORT_PROPERTY: Final = "cdx:lifecycle:milestone:endOfSupport"
"""Source: CycloneDX property taxonomy, cdx:lifecycle."""

CYCLONEDX_VERSIONS: Final = ("1.5", "1.6", "1.7")
"""1.4 has no external references of type `attestation`."""
SPDX_3_CONTEXTS: Final = (
    "https://spdx.org/rdf/3.0.0/spdx-context.jsonld",
    "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
)

_POINTER: Final = re.compile(rf"{re.escape(POINTER_COMMENT)}(?: sha256:([0-9a-f]{{64}}))?")
_MIRROR: Final = re.compile(rf"{MIRROR_COMMENT} ([A-Z]{{3}}-\d{{2}})")
_TAG_VALUE: Final = re.compile(rb"^\s*SPDXVersion:", re.MULTILINE)
_SNIFFED_BYTES: Final = 4096
_FORMATS: Final = (
    (re.compile(r"CycloneDX \w+ 1\.(?:[5-9]|\d\d+)"), "CycloneDX"),
    (re.compile(r"SPDX [\w-]+ 2\.3"), "SPDX 2"),
    (re.compile(r"SPDX 3\.0(?:\.\d+)? JSON-LD"), "SPDX 3"),
)
"""Formats of an inventory that have a pointer; 1.4 has no external references of type `attestation`."""


class Form(StrEnum):
    """A format that fields can be written into."""

    CYCLONEDX = "CycloneDX"
    SPDX_2 = "SPDX 2"
    SPDX_3 = "SPDX 3"


class Link(StrEnum):
    """What an external reference leads to."""

    DECLARATION = "declaration"
    SECURITY_CONTACT = "security contact"
    SECURITY_TXT = "security.txt"
    ADVISORIES = "advisories"
    EXPLOITABILITY = "exploitability statements"
    SUPPORT = "support policy"
    SOURCE = "source"
    DOCUMENTATION = "documentation"


LINK_TYPES: Final[Mapping[Form, Mapping[Link, tuple[str, ...]]]] = {
    Form.CYCLONEDX: {
        Link.DECLARATION: ("attestation",),
        Link.SECURITY_CONTACT: ("security-contact",),
        Link.SECURITY_TXT: ("rfc-9116",),
        Link.ADVISORIES: ("advisories",),
        Link.EXPLOITABILITY: ("exploitability-statement",),
        Link.SUPPORT: ("support",),
        Link.SOURCE: ("vcs",),
        Link.DOCUMENTATION: ("documentation",),
    },
    Form.SPDX_2: {
        Link.DECLARATION: ("OTHER", "declared-practices"),
        Link.SECURITY_CONTACT: ("SECURITY", "url"),
        Link.SECURITY_TXT: ("SECURITY", "url"),
        Link.ADVISORIES: ("SECURITY", "advisory"),
        Link.EXPLOITABILITY: ("SECURITY", "url"),
    },
    Form.SPDX_3: {
        Link.DECLARATION: ("secureSoftwareAttestation",),
        Link.SECURITY_CONTACT: ("securityOther",),
        Link.SECURITY_TXT: ("securityPolicy",),
        Link.ADVISORIES: ("securityAdvisory",),
        Link.EXPLOITABILITY: ("vulnerabilityExploitabilityAssessment",),
        Link.SUPPORT: ("support",),
        Link.SOURCE: ("vcs",),
        Link.DOCUMENTATION: ("documentation",),
    },
}
"""The types of external references; for SPDX 2, category and type.

Source: bom-1.6.schema.json; SPDX 2.3, clause 7.21 and annex F; SPDX 3.0.1, Core, ExternalRefType.
"""

_CYCLONEDX_1_5: Final = {Link.SECURITY_TXT: ("security-contact",)}
"""Before 1.6 there was no `rfc-9116`."""

LINKED_FACTS: Final = (
    ("VUL-01", "contacts", "value", Link.SECURITY_CONTACT),
    ("VUL-01", "securityTxtUrl", "", Link.SECURITY_TXT),
    ("VUL-03", "listUrl", "", Link.ADVISORIES),
    ("VUL-04", "feeds", "url", Link.ADVISORIES),
    ("VUL-06", "url", "", Link.EXPLOITABILITY),
    ("SUP-01", "policyUrl", "", Link.SUPPORT),
    ("SRC-01", "vcsUrl", "", Link.SOURCE),
    ("DOC-01", "url", "", Link.DOCUMENTATION),
)
"""Practice, fact, field of its records, and what it is a link to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One declaration as far as an SBOM can carry it; that it is genuine has been found out before."""

    url: str
    """Where its bundle is, or will be."""
    bundle_sha256: str = ""
    """Empty where the bundle is not made yet."""
    payload_sha256: str = ""
    valid_until: datetime | None = None
    looked_at: datetime | None = None
    practices: tuple[PracticeEntry, ...] = ()
    """Empty if it has expired: its facts may not hold any more."""
    has_expired: bool = False
    name: str = ""
    """What messages call it, where the URL says too little."""
    version: str = ""
    """The only one that it names of the component; for an SBOM that names none."""
    scheme: str = ""
    """The type of the purls that it names; for a component without a purl."""


@dataclass(slots=True)
class Written:
    """What embedding did to one component, for people."""

    place: str
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    """What an earlier run wrote, and is something else now."""
    removed: list[str] = field(default_factory=list)
    """What an earlier run wrote, and is gone."""
    left: list[str] = field(default_factory=list)
    """What was not written or not replaced, and why."""


@dataclass(frozen=True, slots=True)
class EmbeddableSbom:
    """An SBOM that fields can be written into."""

    source: str
    form: Form
    version: str
    tree: Json
    """The value of the document; it is changed in place."""
    elements: Mapping[str, Json]
    """What is described, by its place as `avow.sbom` has it; of CycloneDX it is found by its pointer."""

    def element(self, place: str) -> Json:
        """The object that describes the component at `place`.

        Raises:
            InputInvalid: there is none.
        """
        found: Any = self.elements.get(place)
        if found is None and place.startswith("/"):
            found = _at(self.tree, place)
        if not isinstance(found, dict):
            raise InputInvalid(f"{self.source} has no object at {place}", location=self.source)
        return found

    @property
    def graph(self) -> list[Any] | None:
        """The elements of an SPDX 3 document; None if it is one element alone."""
        found = self.tree.get("@graph")
        return found if isinstance(found, list) else None

    def signed_parts(self, places: Iterable[str]) -> tuple[str, ...]:
        """Where CycloneDX has signatures of its own that cover one of `places`."""
        parents = {
            "/".join(place.split("/")[:end]) for place in places for end in range(1, place.count("/") + 2)
        }
        return tuple(
            place or "/"
            for place in sorted(parents)
            if isinstance(part := _at(self.tree, place), dict) and "signature" in part
        )

    def links(self) -> Mapping[Link, tuple[str, ...]]:
        """The types of external references that this version of the format has."""
        types = LINK_TYPES[self.form]
        return {**types, **_CYCLONEDX_1_5} if (self.form, self.version) == (Form.CYCLONEDX, "1.5") else types


def read_embeddable(data: bytes, *, source: str) -> EmbeddableSbom:
    """The SBOM in `data`, if it is of a format and version that fields can be written into.

    Raises:
        InputInvalid: it is not; the hint says what to do.
    """
    start = data[:_SNIFFED_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        raise _refused(source, "XML", "have it made as JSON, or convert it, for example with cyclonedx-cli")
    if _TAG_VALUE.search(start):
        raise _refused(
            source,
            "SPDX tag-value",
            "have it made as JSON, or convert it, for example with pyspdxtools",
        )
    tree = read_editable(data, source=source)
    if isinstance(tree, dict):
        if tree.get("bomFormat") == "CycloneDX" or isinstance(tree.get("specVersion"), str):
            return _cyclonedx(tree, source=source)
        if isinstance(tree.get("spdxVersion"), str):
            return _spdx_2(tree, source=source)
        if "@context" in tree:
            return _spdx_3(tree, source=source)
    raise InputInvalid(
        f"{source} is not an SBOM: it is neither CycloneDX nor SPDX",
        location=source,
        hint="fields are written into CycloneDX 1.5 to 1.7 JSON, SPDX 2.3 JSON and SPDX 3.0 JSON-LD",
    )


def _refused(source: str, what: str, hint: str) -> InputInvalid:
    return InputInvalid(f"{source} is {what}; fields are written into JSON only", location=source, hint=hint)


def _cyclonedx(tree: Json, *, source: str) -> EmbeddableSbom:
    version = tree.get("specVersion")
    if version not in CYCLONEDX_VERSIONS:
        raise InputInvalid(
            f"{source} is CycloneDX {version}; fields are written into {', '.join(CYCLONEDX_VERSIONS)}",
            location=source,
            hint="have it made in 1.6, or convert it, for example with cyclonedx-cli",
        )
    return EmbeddableSbom(source, Form.CYCLONEDX, version, tree, {})


def _spdx_2(tree: Json, *, source: str) -> EmbeddableSbom:
    if tree["spdxVersion"] != "SPDX-2.3":
        raise InputInvalid(
            f"{source} is {tree['spdxVersion']}; fields are written into SPDX-2.3 and SPDX 3.0",
            location=source,
            hint="have it made in SPDX 2.3 by the tool that wrote it",
        )
    return EmbeddableSbom(source, Form.SPDX_2, "2.3", tree, _by_id(tree.get("packages"), ("SPDXID",)))


def _spdx_3(tree: Json, *, source: str) -> EmbeddableSbom:
    context, graph = tree["@context"], tree.get("@graph", [tree])
    if context not in SPDX_3_CONTEXTS or not isinstance(graph, list):
        raise InputInvalid(
            f"{source} is JSON-LD, but not SPDX 3.0",
            location=source,
            hint=f"its @context has to be {SPDX_3_CONTEXTS[-1]}, and its @graph a list",
        )
    return EmbeddableSbom(source, Form.SPDX_3, context.split("/")[4], tree, _by_id(graph, ("spdxId", "@id")))


def _by_id(elements: object, names: tuple[str, ...]) -> dict[str, Json]:
    """Each element by its id; of those with one id, the second has `#2` after it, and so on."""
    named: list[tuple[str, Json]] = []
    for each in elements if isinstance(elements, list) else ():
        identifier = (
            next((each[name] for name in names if name in each), None) if isinstance(each, dict) else None
        )
        if isinstance(identifier, str):
            named.append((identifier, each))
    places = places_of([identifier for identifier, _ in named])
    return {place: each for place, (_, each) in zip(places, named, strict=True)}


def _at(tree: Json, pointer: str) -> object:
    found: Any = tree
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict):
            found = found.get(name)
        else:
            return None
    return found


# --- what marks a field


def form_of(format_: str) -> Form | None:
    """The form of an inventory's `format`; None if that format has no pointers."""
    return next((Form(form) for pattern, form in _FORMATS if pattern.fullmatch(format_)), None)


def pointer_digest(comment: str, *, form: Form) -> str | None:
    """The SHA-256 in the comment of a pointer, empty if it has none; None if it is another comment."""
    found = _POINTER.fullmatch(comment)
    if found is None or (found[1] and form is Form.CYCLONEDX):
        return None
    return found[1] or ""


def mirrored_practice(comment: str, *, form: Form, kind: str) -> str:
    """The practice that a reference of type `kind` mirrors, by its comment; empty if it is not a mirror."""
    found = _MIRROR.fullmatch(comment)
    return found[1] if found and kind in _MIRROR_KINDS[form].get(found[1], ()) else ""


def _mirror_kinds(form: Form) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for types in (LINK_TYPES[form], _CYCLONEDX_1_5 if form is Form.CYCLONEDX else {}):
        for practice, _, _, link in LINKED_FACTS:
            if link in types:
                kinds.setdefault(practice, set()).add(types[link][-1])
    return kinds


_MIRROR_KINDS: Final = {form: _mirror_kinds(form) for form in Form}


# --- values of any type


def items_of(document: EmbeddableSbom, element: Json, name: str) -> list[Any]:
    """The list `name` of `element`, as one of its own; in SPDX 3 a single value is one of one item.

    Raises:
        InputInvalid: it is not a list.
    Source: the JSON schema of SPDX 3.0.1, where each property of several values may have one without a list.
    """
    found = element.get(name, [])
    if isinstance(found, list):
        return list(found)
    if document.form is Form.SPDX_3:
        return [found]
    raise InputInvalid(
        f"{document.source}: {name} of a component is not a list",
        location=document.source,
        hint="validate the SBOM, and correct it where it is made",
    )


def put_items(element: Json, name: str, before: list[Any], after: list[Any]) -> None:
    """Have `after` in the place of `before`; an empty list goes, if it was not there."""
    if after and after != before:
        element[name] = after
    elif before and not after:
        del element[name]


def values_of(properties: list[Any], name: str) -> list[str]:
    """The values of all properties with this name."""
    return [text_of(each.get("value")) for each in properties if is_property(each, name)]


def is_property(each: object, name: str) -> bool:
    """It is a property with this name."""
    return isinstance(each, dict) and each.get("name") == name


def text_of(value: object) -> str:
    """`value`, if it is a text."""
    return value if isinstance(value, str) else ""
