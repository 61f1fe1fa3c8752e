"""What an SBOM says about declarations: pointers to bundles, and mirrors of facts in fields of its own.

`read_embeddable` gives a document whose value is changed in place; `avow.formats.json_edit` then changes its
bytes accordingly. Only what this module wrote earlier is replaced, and it is known by its comment or by its
name; anything else that is in the document stays, also where it says something else than the declaration.

Source: predicates/sbom-fields.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from avow.catalogue.practices import Catalogue
from avow.errors import InputInvalid
from avow.formats.json_edit import read_editable
from avow.formats.vers import version_in_range
from avow.sbom.inventory import Entry
from avow.sbom.spdx_counting import places_of
from avow.statement.predicate import PracticeEntry
from avow.statement.types import PREDICATE_TYPE, PREDICATE_TYPES
from avow.values import utc_text
from avow.vocabulary import Status

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

_POINTER: Final = re.compile(r"in-toto (\S+)(?: sha256:([0-9a-f]{64}))?")
_MIRROR: Final = re.compile(rf"{MIRROR_COMMENT} ([A-Z]{{3}}-\d{{2}})")
_TAG_VALUE: Final = re.compile(rb"^\s*SPDXVersion:", re.MULTILINE)
_SNIFFED_BYTES: Final = 4096
_TRUE_OF_THE_COMPONENT: Final = frozenset({Status.IMPLEMENTED, Status.PARTIAL})


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


@dataclass(slots=True)
class Written:
    """What embedding did to one component, for people."""

    place: str
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    """What an earlier run wrote, and is something else now, or gone."""
    left: list[str] = field(default_factory=list)
    """What was not written, and why."""


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
    context, graph = tree["@context"], tree.get("@graph")
    if context not in SPDX_3_CONTEXTS or not isinstance(graph, list):
        raise InputInvalid(
            f"{source} is JSON-LD, but not an SPDX 3.0 document with a @graph",
            location=source,
            hint=f"its @context has to be {SPDX_3_CONTEXTS[-1]}",
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


# --- one component


class _Reference(NamedTuple):
    """An external reference as it should be."""

    type: tuple[str, ...]
    url: str
    comment: str
    sha256: str
    what: str


class _ReferenceForm(NamedTuple):
    """How a format writes external references."""

    member: str
    made: Callable[[_Reference], Json]
    type_of: Callable[[Json], tuple[str, ...]]
    """Texts, whatever is in their place: what somebody else wrote may not be."""
    urls_of: Callable[[Json], list[str]]


def _made_cyclonedx(reference: _Reference) -> Json:
    hashes = [{"alg": "SHA-256", "content": reference.sha256}] if reference.sha256 else None
    made = {"type": reference.type[0], "url": reference.url, "comment": reference.comment}
    return {**made, "hashes": hashes} if hashes else made


def _made_spdx_2(reference: _Reference) -> Json:
    category, kind = reference.type
    return {
        "referenceCategory": category,
        "referenceType": kind,
        "referenceLocator": reference.url,
        "comment": _comment_with_digest(reference),
    }


def _made_spdx_3(reference: _Reference) -> Json:
    made = {
        "type": "ExternalRef",
        "externalRefType": reference.type[0],
        "locator": [reference.url],
        "comment": _comment_with_digest(reference),
    }
    is_pointer = reference.comment == POINTER_COMMENT
    return {**made, "contentType": BUNDLE_MEDIA_TYPE} if is_pointer else made


def _comment_with_digest(reference: _Reference) -> str:
    return f"{reference.comment} sha256:{reference.sha256}" if reference.sha256 else reference.comment


def _locators(reference: Json) -> list[str]:
    found = reference.get("locator")
    return list(map(_text, found if isinstance(found, list) else [found]))


_REFERENCE_FORMS: Final[Mapping[Form, _ReferenceForm]] = {
    Form.CYCLONEDX: _ReferenceForm(
        "externalReferences",
        _made_cyclonedx,
        lambda each: (_text(each.get("type")),),
        lambda each: [_text(each.get("url"))],
    ),
    Form.SPDX_2: _ReferenceForm(
        "externalRefs",
        _made_spdx_2,
        # written with an underscore by some tools, against the schema
        lambda each: (
            _text(each.get("referenceCategory")).replace("_", "-"),
            _text(each.get("referenceType")),
        ),
        lambda each: [_text(each.get("referenceLocator"))],
    ),
    Form.SPDX_3: _ReferenceForm(
        "externalRef",
        _made_spdx_3,
        lambda each: (_text(each.get("externalRefType")).rpartition("/")[2],),
        _locators,
    ),
}


def embed(
    document: EmbeddableSbom,
    entry: Entry,
    declared: Sequence[Declared],
    *,
    catalogue: Catalogue,
    mirrors: bool,
) -> Written:
    """Write pointers to `declared` into the component `entry`, and with `mirrors` their facts.

    `declared` is everything that is said about the component: pointers of earlier runs to anything else are
    replaced, those with a digest by those with a digest, and those without by those without.

    Raises:
        InputInvalid: the component has something else than a list where the format has one.
    """
    element = document.element(entry.place)
    written = Written(entry.place)
    types = document.links()
    pointers = [
        _Reference(
            types[Link.DECLARATION], each.url, POINTER_COMMENT, each.bundle_sha256, f"pointer to {each.url}"
        )
        for each in declared
    ]
    _write_pointers(document, element, pointers, written)
    if document.form is Form.CYCLONEDX:
        _write_properties(document, element, declared, written)
    if mirrors:
        _write_mirrors(document, element, entry, declared, catalogue=catalogue, written=written)
    return written


def pointer_comment(comment: str) -> tuple[str, str] | None:
    """Predicate type and SHA-256 of the bundle, if `comment` is that of a pointer to a declaration."""
    found = _POINTER.fullmatch(comment)
    return (found[1], found[2] or "") if found and found[1] in PREDICATE_TYPES else None


def mirrored_practice(comment: str) -> str:
    """The practice that a reference mirrors, by its comment; empty if it is not a mirror."""
    found = _MIRROR.fullmatch(comment)
    return found[1] if found else ""


def _write_pointers(
    document: EmbeddableSbom, element: Json, wanted: list[_Reference], written: Written
) -> None:
    layout = _REFERENCE_FORMS[document.form]
    urls = {each.url for each in wanted}
    kinds = {bool(each.sha256) for each in wanted}

    def is_own(reference: Json) -> bool:
        comment = pointer_comment(_text(reference.get("comment")))
        if comment is None or layout.type_of(reference) != wanted[0].type:
            return False
        has_digest = bool(comment[1] or reference.get("hashes"))
        return has_digest in kinds or not urls.isdisjoint(layout.urls_of(reference))

    _renew(document, element, wanted, is_own=is_own, written=written)


def _write_mirrors(
    document: EmbeddableSbom,
    element: Json,
    entry: Entry,
    declared: Sequence[Declared],
    *,
    catalogue: Catalogue,
    written: Written,
) -> None:
    types, layout = document.links(), _REFERENCE_FORMS[document.form]
    links = dict.fromkeys(
        link for each in declared for link in _links(each, catalogue=catalogue, written=written)
    )
    references = _list(document, element, layout.member, create=False)
    by_others = {
        (layout.type_of(each), url)
        for each in references
        if isinstance(each, dict) and not mirrored_practice(_text(each.get("comment")))
        for url in layout.urls_of(each)
    }
    wanted: dict[tuple[tuple[str, ...], str], _Reference] = {}
    for link, practice, url in links:
        if link not in types or (document.form is Form.SPDX_2 and url.startswith("mailto:")):
            written.left.append(f"{practice} {link} {url}: {document.form} has no field for it")
        elif (types[link], url) not in by_others:
            reference = _Reference(
                types[link], url, f"{MIRROR_COMMENT} {practice}", "", f"{link} ({practice})"
            )
            wanted.setdefault((types[link], url), reference)
    _renew(
        document,
        element,
        list(wanted.values()),
        is_own=lambda each: bool(mirrored_practice(_text(each.get("comment")))),
        written=written,
    )
    for each in declared:
        _write_support(document, element, entry, each, catalogue=catalogue, written=written)
        _write_licence(document, element, each, catalogue=catalogue, written=written)


def _renew(
    document: EmbeddableSbom,
    element: Json,
    wanted: list[_Reference],
    *,
    is_own: Callable[[Json], bool],
    written: Written,
) -> None:
    """Have exactly `wanted` among the references of `element` that are `is_own`.

    One that exists keeps its place, and its bytes if it is as wanted.
    """
    layout = _REFERENCE_FORMS[document.form]
    references = _list(document, element, layout.member, create=bool(wanted))
    own = [number for number, each in enumerate(references) if isinstance(each, dict) and is_own(each)]
    waiting = {(each.type, each.url): each for each in wanted}
    taken: dict[int, _Reference] = {}
    for number in own:
        keys = [(layout.type_of(references[number]), url) for url in layout.urls_of(references[number])]
        key = next((each for each in keys if each in waiting), None)
        if key is not None:
            taken[number] = waiting.pop(key)
    rest = iter(list(waiting.values()))
    gone: list[int] = []
    for number in own:
        reference = taken.get(number) or next(rest, None)
        if reference is None:
            gone.append(number)
            written.replaced.append("a reference of an earlier run")
        elif (made := layout.made(reference)) != references[number]:
            references[number] = made
            written.replaced.append(reference.what)
    for reference in rest:
        references.append(layout.made(reference))
        written.added.append(reference.what)
    for number in reversed(gone):
        del references[number]


def _write_properties(
    document: EmbeddableSbom, element: Json, declared: Sequence[Declared], written: Written
) -> None:
    """The three properties of a pointer; not known, and not touched, before the statement is signed."""
    if not all(each.payload_sha256 for each in declared):
        return
    properties = _list(document, element, "properties", create=True)
    payloads = [each.payload_sha256 for each in declared]
    looked = [utc_text(each.looked_at) for each in declared if each.looked_at]
    if not looked and _values_of(properties, PAYLOAD_PROPERTY) == payloads:
        looked = _values_of(properties, LOOKED_AT_PROPERTY)
    wanted = {
        PAYLOAD_PROPERTY: payloads,
        VALID_UNTIL_PROPERTY: [utc_text(each.valid_until) for each in declared if each.valid_until],
        LOOKED_AT_PROPERTY: looked,
    }
    for name, values in wanted.items():
        own = [number for number, each in enumerate(properties) if _is_property(each, name)]
        before = _values_of(properties, name)
        if before == values:
            continue
        (written.replaced if before else written.added).append(name)
        for number, value in zip(own, values, strict=False):
            properties[number] = {"name": name, "value": value}
        properties += [{"name": name, "value": value} for value in values[len(own) :]]
        for number in reversed(own[len(values) :]):
            del properties[number]


def _is_property(each: object, name: str) -> bool:
    return isinstance(each, dict) and each.get("name") == name


def _values_of(properties: list[Any], name: str) -> list[str]:
    return [_text(each.get("value")) for each in properties if _is_property(each, name)]


def _links(declared: Declared, *, catalogue: Catalogue, written: Written) -> Iterator[tuple[Link, str, str]]:
    """Each link of the declaration that formats have a field for, with its practice and its address."""
    for practice, name, field_name, link in _LINKED_FACTS:
        for url in _addresses(declared, practice, name, field_name, catalogue=catalogue, written=written):
            yield link, practice, url


_LINKED_FACTS: Final = (
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


def _addresses(
    declared: Declared,
    practice: str,
    name: str,
    field_name: str,
    *,
    catalogue: Catalogue,
    written: Written,
) -> Iterator[str]:
    value = _fact(declared, practice, name, catalogue=catalogue, written=written)
    if value and name == "contacts" and not _is_private(declared):
        written.left.append(f"{practice} {name}: who else reads a report is not declared, or everybody")
        return
    for each in value if isinstance(value, tuple) else (value,):
        address = each.get(field_name) if isinstance(each, Mapping) else each
        if isinstance(address, str):
            is_mail = isinstance(each, Mapping) and each.get("kind") == "email"
            yield f"mailto:{address}" if is_mail and not address.startswith("mailto:") else address


def _is_private(declared: Declared) -> bool:
    """A field named security contact invites reports that only those who handle them may read."""
    return any(
        each.id == "VUL-01" and each.facts.get("privateReporting") is True for each in declared.practices
    )


def _fact(declared: Declared, practice_id: str, name: str, *, catalogue: Catalogue, written: Written) -> Any:
    """A fact of a practice that the project follows, if it has the type that the catalogue defines."""
    practice = catalogue.practice(practice_id)
    entry = next((each for each in declared.practices if each.id == practice_id), None)
    if practice is None or entry is None or entry.status not in _TRUE_OF_THE_COMPONENT:
        return None
    raw = entry.facts.get(name)
    value = practice.facts[name].read(raw)
    if raw is not None and (value is None or (isinstance(value, tuple) and len(value) < len(raw))):
        written.left.append(f"{practice_id} {name}: it does not have the form that the catalogue defines")
    return value


def _write_support(
    document: EmbeddableSbom,
    element: Json,
    entry: Entry,
    declared: Declared,
    *,
    catalogue: Catalogue,
    written: Written,
) -> None:
    lines = _fact(declared, "SUP-01", "lines", catalogue=catalogue, written=written) or ()
    own = [
        each["securityUntil"]
        for each in lines
        if each.get("supportedBy", "project") != "thirdParty"
        and version_in_range(entry.version, each["versions"], scheme=None)
    ]
    if lines and len(own) != 1:
        number = "no release line contains" if not own else f"{len(own)} release lines contain"
        written.left.append(f"SUP-01 lines: {number} version {entry.version or '(none)'}")
        return
    for until in own:
        _write_end(document, element, until, written)


def _write_end(document: EmbeddableSbom, element: Json, until: str, written: Written) -> None:
    """The end of support, or a word in its place: of `bestEffort` no format can say anything."""
    is_day = until[:1].isdigit()
    at_end_of_day = f"{until}T23:59:59Z"
    if document.form is Form.CYCLONEDX and is_day:
        properties = _list(document, element, "properties", create=True)
        known = _values_of(properties, END_OF_SUPPORT_PROPERTY)
        if not known:
            properties.append({"name": END_OF_SUPPORT_PROPERTY, "value": until})
            written.added.append(f"{END_OF_SUPPORT_PROPERTY} {until} (SUP-01)")
        elif until not in known:
            _leave(written, "SUP-01", until, known[0])
    if document.form is Form.SPDX_2 and is_day:
        _add_member(element, "validUntilDate", at_end_of_day, practice="SUP-01", written=written)
    if document.form is Form.SPDX_3 and until != "bestEffort":
        if is_day:
            _add_member(element, "validUntilTime", at_end_of_day, practice="SUP-01", written=written)
        level = "endOfSupport" if until == "ended" else "support"
        _add_member(element, "supportLevel", [level], practice="SUP-01", written=written)


def _write_licence(
    document: EmbeddableSbom, element: Json, declared: Declared, *, catalogue: Catalogue, written: Written
) -> None:
    """The licence, where the whole release has it and the document does not say another one."""
    entry = next((each for each in declared.practices if each.id == "LIC-01"), None)
    if entry is None or entry.status is not Status.IMPLEMENTED:
        return
    expression = _fact(declared, "LIC-01", "spdxExpression", catalogue=catalogue, written=written)
    if expression is None:
        return
    if document.form is Form.CYCLONEDX:
        made = {"expression": expression}
        if document.version != "1.5":
            made["acknowledgement"] = "declared"
        if not element.get("licenses"):
            element.pop("licenses", None)
        _add_member(element, "licenses", [made], practice="LIC-01", written=written)
    elif document.form is Form.SPDX_2:
        _add_member(element, "licenseDeclared", expression, practice="LIC-01", written=written)
    else:
        _write_licence_elements(document, element, expression, written)


def _write_licence_elements(
    document: EmbeddableSbom, element: Json, expression: str, written: Written
) -> None:
    """In SPDX 3 a licence is an element, and a relationship leads to it; both are added to the graph."""
    package, created = element.get("spdxId"), element.get("creationInfo")
    if not isinstance(package, str) or not isinstance(created, str):
        written.left.append("LIC-01: the package has no spdxId, or no creationInfo that can be referred to")
        return
    own = f"{package}-avow-declared-licence"
    graph: list[Any] = document.tree["@graph"]
    if own in document.elements:
        known = document.elements[own].get("simplelicensing_licenseExpression")
        if known != expression:
            document.elements[own]["simplelicensing_licenseExpression"] = expression
            written.replaced.append(f"declared licence {expression} (LIC-01)")
        return
    if any(_is_licence_of(each, package) for each in graph):
        _leave(written, "LIC-01", expression, "another hasDeclaredLicense")
        return
    graph.append(
        {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": own,
            "creationInfo": created,
            "simplelicensing_licenseExpression": expression,
        }
    )
    graph.append(
        {
            "type": "Relationship",
            "spdxId": f"{own}-relationship",
            "creationInfo": created,
            "relationshipType": "hasDeclaredLicense",
            "from": package,
            "to": [own],
        }
    )
    written.added.append(f"declared licence {expression} (LIC-01)")


def _is_licence_of(each: object, package: str) -> bool:
    return (
        isinstance(each, dict)
        and each.get("relationshipType") == "hasDeclaredLicense"
        and each.get("from") == package
    )


def _add_member(element: Json, name: str, value: Any, *, practice: str, written: Written) -> None:
    """Add a member that does not exist; somebody else's stays."""
    if name not in element:
        element[name] = value
        written.added.append(f"{name} ({practice})")
    elif element[name] != value:
        _leave(written, practice, f"{name} {_shown(value)}", _shown(element[name]))


def _leave(written: Written, practice: str, declared: str, known: str) -> None:
    written.left.append(f"{practice} {declared}: the document already says {known[:200]}")


def _shown(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _list(document: EmbeddableSbom, element: Json, name: str, *, create: bool) -> list[Any]:
    """The list `name` of `element`; with `create`, it is added if it does not exist.

    Raises:
        InputInvalid: it is not a list.
    """
    found = element.setdefault(name, []) if create else element.get(name, [])
    if not isinstance(found, list):
        raise InputInvalid(
            f"{document.source}: {name} of a component is not a list",
            location=document.source,
            hint="validate the SBOM, and correct it where it is made",
        )
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
