"""SPDX 2: one document or several that belong together, once they are trees of JSON values.

Source: SPDX 2.1, 2.2 and 2.3; for sets, Yocto's class create-spdx-2.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from avow.findings.statements import VexProduct, VexStatement, VexStatus
from avow.sbom.cyclonedx_vulnerabilities import named
from avow.sbom.given import Given
from avow.sbom.inventory import (
    Ancestor,
    Entry,
    ExternalDocument,
    Inventory,
    ProblemKind,
    Reference,
    StatedDigest,
)
from avow.sbom.spdx_counting import entries_without_roots, numbered
from avow.sbom.tolerant import FieldReader, first_of, merged, stated

KNOWN_VERSIONS: Final = ("2.1", "2.2", "2.3")

_VERSION: Final = re.compile(r"SPDX-(\d+)\.(\d+)", re.ASCII)

_NEEDS: Final = frozenset(
    {"CONTAINS", "DEPENDS_ON", "DYNAMIC_LINK", "HAS_PREREQUISITE", "STATIC_LINK"},
)
"""The first element of these relationships needs the second."""

_NEEDED_BY: Final = frozenset(
    {"BUILD_DEPENDENCY_OF", "CONTAINED_BY", "DEPENDENCY_OF", "DEV_DEPENDENCY_OF", "OPTIONAL_COMPONENT_OF"}
    | {"OPTIONAL_DEPENDENCY_OF", "PACKAGE_OF", "PREREQUISITE_FOR", "PROVIDED_DEPENDENCY_OF"}
    | {"RUNTIME_DEPENDENCY_OF", "TEST_DEPENDENCY_OF"},
)
"""The second element of these relationships needs the first."""

_MADE_FROM: Final = frozenset(
    {"COPY_OF", "DESCENDANT_OF", "EXPANDED_FROM_ARCHIVE", "GENERATED_FROM", "VARIANT_OF"}
)
"""The second element is what the first was made from."""

_MADE_INTO: Final = {"ANCESTOR_OF": "descendant_of", "GENERATES": "generated_from"}
"""The first element is what the second was made from; with the name of the inverse."""

_PATCHES: Final = frozenset({"PATCH_APPLIED", "PATCH_FOR"})
"""The first element is a patch of the second, applied or not."""

_PURL: Final = "purl"
_CPES: Final = ("cpe22type", "cpe23type")

MAX_COPIED: Final = 1_000_000
"""CPEs and addresses that packages get from recipes; a hostile set could multiply them."""

_FIXED: Final = re.compile(r"CVEs fixed:((?: +CVE-[0-9]{4}-[0-9]{4,19})+)")
"""How Yocto names the vulnerabilities that its patches fix, in the source information of a recipe."""


class TreePlace(NamedTuple):
    """Where the parts of a document are, for messages: JSON pointers, or lines of tag-value."""

    lines: dict[str, list[int]] | None = None

    def of(self, kind: str, index: int, field_name: str = "") -> str:
        """The place of an item of `packages` or `relationships`; tag-value has no places of fields."""
        if self.lines is not None:
            return f"line {self.lines[kind][index]}"
        return f"/{kind}/{index}/{field_name}" if field_name else f"/{kind}/{index}"


class SpdxDocument(NamedTuple):
    """One SPDX 2 document as a tree of JSON values."""

    value: dict[str, Any]
    place: TreePlace = TreePlace()
    misplaced: tuple[tuple[str, str, str], ...] = ()
    """Place, message and text of what is not part of the tree."""


class _Relation(NamedTuple):
    source: str
    kind: str
    target: str
    place: str


@dataclass(slots=True)
class _Part:
    """What was read of one document."""

    namespace: str
    id: str
    """The SPDXID of the document itself."""
    packages: list[Entry] = field(default_factory=list)
    by_id: dict[str, list[Entry]] = field(default_factory=dict)
    fixed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Vulnerabilities that the package at this place calls fixed."""
    others: set[str] = field(default_factory=set)
    """Ids of files and snippets."""
    described: dict[str, str] = field(default_factory=dict)
    """Ids that the document describes, with the place that says so."""
    relations: list[_Relation] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    """Namespaces of other documents by their name here, `DocumentRef-x`."""


class _Target(NamedTuple):
    """What an id leads to."""

    entry: Entry | None = None
    document: str = ""
    """The namespace of a document that is not in hand."""
    element: str = ""


_SOMETHING: Final = _Target()
"""It exists and is not one package: a file, the document, a repeated id, NONE."""


def sniff(given: Given) -> bool:
    """The document is a JSON object with an SPDX version, or has one in `sbom`, as exports of GitHub do."""
    return isinstance(_document(given).get("spdxVersion"), str)


def read(given: Given) -> Inventory:
    """The inventory of an SPDX 2 JSON document.

    Raises:
        InputInvalid: another major version, `packages` that are not a list, or too many of them.
    """
    return read_documents([SpdxDocument(_document(given))], given, encoding="JSON")


def _document(given: Given) -> dict[str, Any]:
    document = given.object
    inner = document.get("sbom")
    return inner if isinstance(inner, dict) and "spdxVersion" not in document else document


def is_document(value: Any) -> bool:
    """`value` is an SPDX 2 document."""
    return isinstance(value, dict) and isinstance(value.get("spdxVersion"), str)


def read_documents(documents: Sequence[SpdxDocument], given: Given, *, encoding: str) -> Inventory:
    """The inventory of `documents`, the first of which says who made them.

    Of several documents, those count as about the product to which no other one refers.

    Raises:
        InputInvalid: another major version, `packages` that are not a list, or too many of them.
    """
    return _Set(documents, given, encoding).inventory()


class _Set:
    """Documents that belong together, while they are read."""

    def __init__(self, documents: Sequence[SpdxDocument], given: Given, encoding: str) -> None:
        self._documents = documents
        self._given = given
        self._encoding = encoding
        self._several = len(documents) > 1
        self._fields = FieldReader()
        self._count = 0
        self._parts: list[_Part] = []
        self._namespaces: dict[str, _Part] = {}
        self._external: dict[str, dict[str, None]] = {}
        self._edges: list[tuple[str, str]] = []
        self._ancestors: dict[str, list[Ancestor]] = {}
        self._recipes: dict[str, list[Entry]] = {}
        """What a package was generated from, by the place of the package."""
        self._downloads: dict[str, list[Entry]] = {}
        """What is needed to build a package and is in the same document, by the place of the package."""
        self._said: dict[str, tuple[tuple[str, ...], tuple[Reference, ...]]] = {}
        self._copied = 0
        self._inputs: dict[str, None] = {}
        self._needed: set[str] = set()
        self._modified: set[str] = set()

    def inventory(self) -> Inventory:
        first = self._documents[0]
        version = self._version(first.value)
        self._parts = [self._part(document) for document in self._documents]
        for part in self._parts:
            self._namespaces.setdefault(part.namespace, part)
        roots = self._roots()
        for part in self._parts:
            for relation in part.relations:
                self._relate(part, relation)
        packages = [entry for part in self._parts for entry in part.packages]
        if self._several:
            named_roots = {root.place for root in roots}
            inputs = self._inputs.keys() - self._needed - named_roots
            counted = [entry for entry in packages if entry.place not in inputs]
        else:
            counted = packages
        entries = entries_without_roots(counted, roots, self._fields.problems)
        creation = self._fields.mapping(first.value.get("creationInfo"), "/creationInfo")
        created, created_text = self._fields.moment(creation.get("created"), "/creationInfo/created")
        creators = self._fields.texts(creation.get("creators"), "/creationInfo/creators")
        authors = merged(tuple(_person(each) for each in creators if not _is_tool(each)))
        identifier = self._parts[0].namespace
        known = {entry.place: entry for entry in (*entries, *roots)}
        whole = {place: self._whole(entry) for place, entry in known.items()}
        vex = tuple(self._vex(whole, moment=created, author=(*authors, "")[0]))
        return Inventory(
            source=self._given.source,
            sha256=self._given.sha256,
            format=f"SPDX {self._encoding} {version}",
            entries=tuple(whole[entry.place] for entry in entries),
            roots=tuple(whole[root.place] for root in roots),
            edges=tuple(edge for edge in self._edges if edge[0] in whole and edge[1] in whole),
            identifier=identifier,
            created=created,
            created_text=created_text,
            generators=merged(tuple(_person(each) for each in creators if _is_tool(each))),
            authors=authors,
            inputs=len(packages) - len(counted),
            external=tuple(ExternalDocument(name, tuple(ids)) for name, ids in self._external.items()),
            vex=vex,
            references=tuple(dict.fromkeys(each for root in roots for each in whole[root.place].references)),
            problems=self._fields.problems.all(),
        )

    def _version(self, document: dict[str, Any]) -> str:
        text = str(document.get("spdxVersion"))
        found = _VERSION.fullmatch(text.strip())
        if found is None or found[1] != "2":
            self._given.refuse(
                f'SPDX version "{text[:40]}" is not read; SPDX 2.1 to 2.3 and 3.0 are',
                hint="export the SBOM as SPDX 2.3",
            )
        version = f"{found[1]}.{found[2]}"
        if version not in KNOWN_VERSIONS:
            message = f"SPDX {version} is read as SPDX 2.3 is; what else it may have is not read"
            self._fields.problems.add(ProblemKind.NOT_READ, "/spdxVersion", message, value=text)
        return version

    def _part(self, document: SpdxDocument) -> _Part:
        value, fields = document.value, self._fields
        for place, message, text in document.misplaced:
            fields.problems.add(ProblemKind.SHAPE, place, message, value=text)
        part = _Part(
            namespace=fields.text(value.get("documentNamespace"), "/documentNamespace"),
            id=fields.text(value.get("SPDXID"), "/SPDXID") or "SPDXRef-DOCUMENT",
        )
        self._packages(part, document)
        for kind in ("files", "snippets"):
            for item in fields.items(value.get(kind), f"/{kind}"):
                identifier = item.get("SPDXID") if isinstance(item, dict) else None
                if isinstance(identifier, str):
                    part.others.add(identifier)
        for at, item in fields.objects(value.get("externalDocumentRefs"), "/externalDocumentRefs"):
            name = fields.text(item.get("externalDocumentId"), f"{at}/externalDocumentId")
            part.documents[name] = fields.text(item.get("spdxDocument"), f"{at}/spdxDocument")
        for index, each in enumerate(fields.texts(value.get("documentDescribes"), "/documentDescribes")):
            part.described.setdefault(each, f"/documentDescribes/{index}")
        self._relations(part, document)
        return part

    def _packages(self, part: _Part, document: SpdxDocument) -> None:
        packages = document.value.get("packages")
        if packages is not None and not isinstance(packages, list):
            self._given.refuse("/packages is not a list, so no package can be read")
        listed = packages or []
        self._count += len(listed)
        self._given.refuse_too_many(self._count)
        prefix = f"{part.namespace}#" if self._several else ""
        ids = [
            identifier
            if isinstance(package, dict) and isinstance(identifier := package.get("SPDXID"), str)
            else ""
            for package in listed
        ]
        places = numbered(
            [
                f"{prefix}{identifier}" if identifier else f"{prefix}/packages/{index}"
                for index, identifier in enumerate(ids)
            ],
            self._fields.problems,
        )
        for index, package in enumerate(listed):
            entry = self._package(package, document.place, index, place=places[index], ref=ids[index])
            part.packages.append(entry)
            if ids[index]:
                part.by_id.setdefault(ids[index], []).append(entry)
            source = package.get("sourceInfo") if isinstance(package, dict) else None
            if isinstance(source, str) and (fixed := _FIXED.search(source)):
                part.fixed[entry.place] = tuple(dict.fromkeys(fixed[1].split()))

    def _package(self, package: Any, where: TreePlace, index: int, *, place: str, ref: str) -> Entry:
        fields = self._fields
        if not isinstance(package, dict):
            return self._unusable(place, where.of("packages", index), package, ref="")

        def text(key: str) -> str:
            value = package.get(key)
            return value if type(value) is str else fields.text(value, where.of("packages", index, key))

        purls, cpes, references = self._external_references(package, where, index)
        digests = self._digests(package.get("checksums"), where, index)
        name = text("name")
        if not name:
            if not (purls or cpes or digests):
                return self._unusable(place, where.of("packages", index), package, ref=ref)
            fields.shape(where.of("packages", index, "name"), "a name", package.get("name"))
        links = (
            Reference(kind, url)
            for kind, key in (("download", "downloadLocation"), ("website", "homepage"))
            if (url := stated(text(key)))
        )
        return Entry(
            place=place,
            ref=ref,
            kind=text("primaryPackagePurpose").lower(),
            name=name,
            version=stated(text("versionInfo")),
            supplier=_person(stated(text("supplier")) or stated(text("originator"))),
            purl=purls[0] if purls else "",
            other_purls=purls[1:],
            cpes=cpes,
            digests=digests,
            licences=merged((stated(text("licenseDeclared")), stated(text("licenseConcluded")))),
            references=(*links, *references),
        )

    def _unusable(self, place: str, at: str, value: object, *, ref: str) -> Entry:
        message = "not a package: an object with a name is expected; it is counted all the same"
        self._fields.problems.add(ProblemKind.UNUSABLE_ENTRY, at, message, value=value)
        return Entry(place, ref, unusable=True)

    def _digests(self, checksums: object, where: TreePlace, index: int) -> tuple[StatedDigest, ...]:
        at = where.of("packages", index, "checksums")
        found = []
        for number, item in enumerate(self._fields.items(checksums, at)):
            if not isinstance(item, dict):
                self._fields.shape(f"{at}/{number}", "an object", item)
                continue
            place = at if where.lines is not None else f"{at}/{number}"
            digest = self._fields.digest(item.get("algorithm"), item.get("checksumValue"), place)
            if digest is not None:
                found.append(digest)
        return tuple(found)

    def _external_references(
        self, package: dict[str, Any], where: TreePlace, index: int
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Reference, ...]]:
        """Purls and CPEs whatever their category, and all other references.

        The text of SPDX 2.2 writes PACKAGE-MANAGER, its schema PACKAGE_MANAGER; a type can be a URI.
        """
        fields = self._fields
        at = where.of("packages", index, "externalRefs")
        purls: list[str] = []
        cpes: list[str] = []
        references: list[Reference] = []
        for number, item in enumerate(fields.items(package.get("externalRefs"), at)):
            place = at if where.lines is not None else f"{at}/{number}"
            if not isinstance(item, dict):
                fields.shape(place, "an object", item)
                continue
            kind = fields.text(item.get("referenceType"), f"{place}/referenceType")
            locator = fields.text(item.get("referenceLocator"), f"{place}/referenceLocator")
            kind = re.split(r"[/#]", kind)[-1]
            if not locator:
                continue
            if kind.lower() == _PURL:
                purls.append(fields.purl(locator, place))
            elif kind.lower() in _CPES:
                cpes.append(fields.cpe(locator, place))
            else:
                comment = fields.text(item.get("comment"), f"{place}/comment")
                references.append(Reference(kind, locator, comment))
        return tuple(dict.fromkeys(purls)), tuple(dict.fromkeys(cpes)), tuple(references)

    def _relations(self, part: _Part, document: SpdxDocument) -> None:
        relationships = self._fields.items(document.value.get("relationships"), "/relationships")
        for index, item in enumerate(relationships):
            place = document.place.of("relationships", index)
            if not isinstance(item, dict):
                self._fields.shape(place, "an object", item)
                continue
            ends = (item.get("spdxElementId"), item.get("relationshipType"), item.get("relatedSpdxElement"))
            source, kind, target = ends
            if not isinstance(source, str) or not isinstance(kind, str) or not isinstance(target, str):
                self._fields.shape(place, "two elements and a type, all texts", list(ends))
                continue
            kind = kind.upper().replace("-", "_")
            if kind == "DESCRIBES" and source == part.id:
                part.described.setdefault(target, place)
            elif kind == "DESCRIBED_BY" and target == part.id:
                part.described.setdefault(source, place)
            else:
                part.relations.append(_Relation(source, kind, target, place))

    def _roots(self) -> list[Entry]:
        """Packages that a document describes; of several documents, those that no other refers to."""
        referred = {
            name for part in self._parts for name in part.documents.values() if name != part.namespace
        }
        roots: list[Entry] = []
        for part in self._parts:
            described = [
                entry
                for identifier, place in part.described.items()
                for entry in self._described(part, identifier, place)
            ]
            if self._several and part.namespace in referred:
                continue
            if self._several and not described:
                containing = {each.source for each in part.relations if each.kind == "CONTAINS"}
                described = [entry for entry in part.packages if entry.ref in containing]
            roots += described
        return list({root.place: root for root in roots}.values())

    def _described(self, part: _Part, identifier: str, place: str) -> list[Entry]:
        """The packages with this id; all of them, if it is repeated."""
        if identifier in part.by_id:
            return part.by_id[identifier]
        target = self._target(part, identifier, place)
        return [target.entry] if target.entry is not None else []

    def _target(self, part: _Part, identifier: str, place: str) -> _Target:
        """What `identifier` leads to; if to nothing, that is a problem."""
        if found := part.by_id.get(identifier):
            return _Target(found[0]) if len(found) == 1 else _SOMETHING
        if identifier in part.others or identifier == part.id or not stated(identifier):
            return _SOMETHING
        name, colon, element = identifier.partition(":")
        if colon and (namespace := part.documents.get(name)) is not None:
            other = self._namespaces.get(namespace)
            if other is None:
                self._external.setdefault(namespace, {})[element] = None
                return _Target(None, namespace, element)
            return self._target(other, element, place) if ":" not in element else _SOMETHING
        message = "no element of the document has this id, or the other document is not declared"
        self._fields.problems.add(ProblemKind.DANGLING_REF, place, message, value=identifier)
        return _SOMETHING

    def _relate(self, part: _Part, relation: _Relation) -> None:
        kind = relation.kind
        source = self._target(part, relation.source, relation.place).entry
        target = self._target(part, relation.target, relation.place).entry
        if source is None or target is None:
            return
        if kind in _NEEDS:
            self._need(source, target)
        elif kind in _NEEDED_BY:
            if kind == "BUILD_DEPENDENCY_OF":
                self._inputs[source.place] = None
                if relation.source in part.by_id:
                    self._downloads.setdefault(target.place, []).append(source)
                self._edges.append((target.place, source.place))
            else:
                self._need(target, source)
        elif kind in _MADE_FROM:
            self._made_from(source, target, kind.lower())
        elif kind in _MADE_INTO:
            self._made_from(target, source, _MADE_INTO[kind])
        elif kind in _PATCHES:
            self._ancestors.setdefault(target.place, []).append(_ancestor("patch", source))
            if kind == "PATCH_APPLIED":
                self._modified.add(target.place)

    def _need(self, dependent: Entry, needed: Entry) -> None:
        self._edges.append((dependent.place, needed.place))
        self._needed.add(needed.place)

    def _made_from(self, product: Entry, origin: Entry, relation: str) -> None:
        self._ancestors.setdefault(product.place, []).append(_ancestor(relation, origin))
        if relation == "generated_from":
            self._recipes.setdefault(product.place, []).append(origin)
            self._inputs[origin.place] = None

    def _whole(self, entry: Entry) -> Entry:
        """`entry` with what relationships say about it.

        In a set, the recipe has the CPEs and the addresses of the sources, and does not count itself.
        """
        ancestors = self._ancestors.get(entry.place, [])
        modified = entry.place in self._modified
        recipes = self._recipes.get(entry.place, []) if self._several else []
        if not (ancestors or modified or recipes):
            return entry
        said = [self._said_by(recipe) for recipe in recipes]
        self._copied += sum(len(cpes) + len(references) for cpes, references in said)
        if self._copied > MAX_COPIED:
            said = []
            if not self._fields.problems.counts[ProblemKind.BEYOND_LIMIT]:
                message = f"recipes say more than {MAX_COPIED} things about packages; the rest is left out"
                self._fields.problems.add(ProblemKind.BEYOND_LIMIT, entry.place, message)
        return msgspec.structs.replace(
            entry,
            ancestors=tuple(ancestors),
            modified=modified,
            cpes=merged(entry.cpes, *(cpes for cpes, _ in said)),
            references=tuple(
                dict.fromkeys((*entry.references, *(each for _, more in said for each in more)))
            ),
        )

    def _said_by(self, recipe: Entry) -> tuple[tuple[str, ...], tuple[Reference, ...]]:
        """CPEs and addresses that hold for what was made from `recipe`."""
        if recipe.place not in self._said:
            downloads = (
                Reference(each.kind, each.url, digests=source.digests)
                for source in self._downloads.get(recipe.place, ())
                for each in source.references
                if each.kind == "download"
            )
            self._said[recipe.place] = (recipe.cpes, (*recipe.references, *downloads))
        return self._said[recipe.place]

    def _vex(
        self, whole: dict[str, Entry], *, moment: datetime | None, author: str
    ) -> Iterator[VexStatement]:
        """What recipes call fixed, as statements about what was generated from them, or about themselves.

        Recipes of build tools are not in the product, and nothing is said about them.
        """
        products: dict[str, list[Entry]] = {}
        for place, entry in whole.items():
            products.setdefault(place, []).append(entry)
            for recipe in self._recipes.get(place, ()):
                products.setdefault(recipe.place, []).append(entry)
        for part in self._parts:
            for place, names in part.fixed.items():
                affected = tuple(VexProduct(named(entry)) for entry in products.get(place, ()))
                for name in names if affected else ():
                    yield VexStatement(
                        place=place,
                        ids=(name,),
                        status=VexStatus.FIXED,
                        status_text="CVEs fixed",
                        products=affected,
                        moment=moment,
                        author=author,
                        document=part.namespace,
                    )


def _ancestor(relation: str, entry: Entry) -> Ancestor:
    url = first_of(entry.references, "download", "website")
    return Ancestor(relation, entry.name, entry.version, entry.purl, url)


def _is_tool(creator: str) -> bool:
    return creator.startswith("Tool:")


def _person(text: str) -> str:
    """A person, organisation or tool without the word that says which it is."""
    kind, colon, name = text.partition(":")
    return name.strip() if colon and kind in _KINDS else text.strip()


_KINDS: Final = ("Person", "Organization", "Tool")
