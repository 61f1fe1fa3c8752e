"""SPDX 3.0 as JSON-LD: a graph of elements that name each other by id.

Only the compact form counts that the specification's context gives, in which keys are the names of the
model. Every `software_Package` counts but the root elements. What goes into a build and does not come out of
one is an input: Yocto's downloads and patches. VEX and findings belong to elements by id, so they need no
purl.

Source: SPDX 3.0.1, model and JSON-LD serialisation; Yocto's class create-spdx-3.0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from avow.findings.names import Names, names_of
from avow.findings.statements import (
    Named,
    Severity,
    VexProduct,
    VexStatement,
    VexStatus,
    VulnerabilityFinding,
)
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

_CONTEXT: Final = re.compile(r"https?://spdx\.org/rdf/(3(?:\.\d+)*)/", re.ASCII)
_TERM: Final = re.compile(r"https?://spdx\.org/rdf/3[0-9.]*/terms/(\w+)/(\w+)", re.ASCII)
_INDIVIDUAL: Final = re.compile(r"https?://spdx\.org/(?:rdf/3[0-9.]*/terms/|licenses/)", re.ASCII)
_LICENCE: Final = re.compile(r"https?://spdx\.org/licenses/([^/#]+)", re.ASCII)

_KNOWN_VERSION: Final = re.compile(r"3\.0(?:\.\d+)?", re.ASCII)

_PACKAGE: Final = "software_Package"
_KIN: Final = ("ai_AIPackage", "dataset_DatasetPackage")
"""Packages by inheritance, which do not count: nothing looks up models and training data."""

_COLLECTIONS: Final = ("SpdxDocument", "software_Sbom", "Bom", "Bundle")

_INLINE: Final = ("element", "rootElement", "from", "to")
"""Properties whose value can be a whole element in the place of its id."""

_NEEDS: Final = frozenset(
    {"contains", "dependsOn", "hasDynamicLink", "hasStaticLink", "hasOptionalComponent"}
    | {"hasOptionalDependency", "hasProvidedDependency", "hasPrerequisite"}
)
"""Relationships whose first element needs the others."""

_MADE_FROM: Final = {"descendantOf": "descendant_of"}
_MADE_INTO: Final = {
    "ancestorOf": "descendant_of",
    "copiedTo": "copy_of",
    "expandsTo": "expanded_from_archive",
    "generates": "generated_from",
    "hasVariant": "variant_of",
}
"""The first element is what the others were made from; with SPDX 2's name of the inverse."""

_LICENCES: Final = ("hasDeclaredLicense", "hasConcludedLicense")

_STATUSES: Final = {
    "security_VexAffectedVulnAssessmentRelationship": VexStatus.AFFECTED,
    "security_VexFixedVulnAssessmentRelationship": VexStatus.FIXED,
    "security_VexNotAffectedVulnAssessmentRelationship": VexStatus.NOT_AFFECTED,
    "security_VexUnderInvestigationVulnAssessmentRelationship": VexStatus.UNDER_INVESTIGATION,
}

_METHODS: Final = {
    "security_CvssV2VulnAssessmentRelationship": "CVSS_V2",
    "security_CvssV3VulnAssessmentRelationship": "CVSS_V3",
    "security_CvssV4VulnAssessmentRelationship": "CVSS_V4",
}

_VULNERABILITY: Final = "security_Vulnerability"

MAX_BUILD_EDGES: Final = 1_000_000
"""Pairs of what goes into builds and what comes out; a hostile document could have their square."""


class _Spdx3Relation(NamedTuple):
    id: str
    kind: str
    """The relationshipType."""
    type: str
    """The class."""
    source: str
    targets: tuple[str, ...]
    place: str
    value: dict[str, Any]


def sniff(given: Given) -> bool:
    """The document is a JSON object whose context is SPDX 3's, or that has elements of SPDX 3."""
    return _version_of_context(given.object) != "" or _has_creation(given.object)


def _version_of_context(document: dict[str, Any]) -> str:
    context = document.get("@context")
    for each in context if isinstance(context, list) else [context]:
        if isinstance(each, str) and (found := _CONTEXT.match(each)):
            return found[1]
    return ""


def _has_creation(document: dict[str, Any]) -> bool:
    graph = document.get("@graph")
    return isinstance(graph, list) and any(
        isinstance(each, dict) and str(each.get("specVersion", "")).startswith("3.") for each in graph[:100]
    )


def read(given: Given) -> Inventory:
    """The inventory of an SPDX 3 JSON-LD document.

    Raises:
        InputInvalid: a graph that is not a list, or too many packages.
    """
    return _Graph(given).inventory()


class _Graph:
    """One document while it is read."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._fields = FieldReader()
        self._elements: dict[str, dict[str, Any]] = {}
        """The first of each id."""
        self._places: dict[str, str] = {}
        """JSON pointers of elements by id."""
        self._packages: list[tuple[str, str, dict[str, Any]]] = []
        """Id, JSON pointer and value of packages, in order; also of those that repeat an id."""
        self._types: Counter[str] = Counter()
        self._aliases: dict[str, str] = {}
        self._relations: list[_Spdx3Relation] = []
        self._entries: dict[str, Entry] = {}
        """Packages and roots by id, where the id is not repeated."""
        self._repeated: set[str] = set()
        self._edges: list[tuple[str, str]] = []
        self._external: dict[str, dict[str, None]] = {}
        self._maps: dict[str, str] = {}
        """Documents of elements that are imported, by their ids."""
        self._names_of_elements: dict[str, Named] = {}
        self._names_of_vulnerabilities: dict[str, Names] = {}
        self._load()

    def inventory(self) -> Inventory:
        fields = self._fields
        ids = [identifier for identifier, _, _ in self._packages]
        places = numbered(ids, fields.problems)
        self._repeated = {identifier for identifier, count in Counter(ids).items() if count > 1}
        self._given.refuse_too_many(len(ids))
        licences = self._licences()
        ancestors: dict[str, list[Ancestor]] = {}
        modified: set[str] = set()
        packages = [
            self._entry(value, pointer, place=place, ref=identifier, licences=licences.get(identifier, ()))
            for (identifier, pointer, value), place in zip(self._packages, places, strict=True)
        ]
        self._entries = {entry.ref: entry for entry in packages if entry.ref not in self._repeated}
        roots = self._roots(packages, licences)
        self._entries.update((root.ref, root) for root in roots if root.ref not in self._repeated)
        inputs = self._inputs()
        root_places = {root.place for root in roots}
        counted = [each for each in packages if each.ref not in inputs or each.place in root_places]
        entries = entries_without_roots(counted, roots, fields.problems)
        self._relate(ancestors, modified)
        creation, document = self._creation()
        created, created_text = fields.moment(
            creation.get("created"), f"{self._places.get(_id(creation), '/@graph')}/created"
        )
        authors = self._names(creation.get("createdBy"))
        identifier = _id(document)
        findings, vex = self._security(created, (*authors, "")[0], identifier)
        final = {each.place: self._with_relations(each, ancestors, modified) for each in (*entries, *roots)}
        for kin in _KIN:
            if self._types[kin]:
                message = f"{self._types[kin]} x {kin} do not count; only software packages are looked up"
                fields.problems.add(ProblemKind.NOT_READ, "", message)
        return Inventory(
            source=self._given.source,
            sha256=self._given.sha256,
            format=f"SPDX {self._version(creation)} JSON-LD",
            entries=tuple(final[each.place] for each in entries),
            roots=tuple(final[each.place] for each in roots),
            edges=tuple(edge for edge in self._edges if edge[0] in final and edge[1] in final),
            identifier=identifier,
            created=created,
            created_text=created_text,
            generators=self._names(creation.get("createdUsing")),
            authors=authors,
            completeness=self._completeness(),
            inputs=len(inputs),
            external=tuple(ExternalDocument(name, tuple(ids)) for name, ids in self._external.items()),
            findings=findings,
            vex=vex,
            references=tuple(dict.fromkeys(each for root in roots for each in final[root.place].references)),
            problems=fields.problems.all(),
        )

    def _version(self, creation: dict[str, Any]) -> str:
        at = f"{self._places.get(_id(creation), '/@graph')}/specVersion"
        version = self._fields.text(creation.get("specVersion"), at)
        version = version or _version_of_context(self._given.object)
        if _KNOWN_VERSION.fullmatch(version) is None:
            message = f"SPDX {version or '3'} is read as SPDX 3.0.1 is; what else it may have is not read"
            self._fields.problems.add(ProblemKind.NOT_READ, at, message, value=version)
        return version

    def _load(self) -> None:
        """Every element of the graph, and those that are written inside of others."""
        document = self._given.object
        graph = document.get("@graph")
        if graph is not None and not isinstance(graph, list):
            self._given.refuse("/@graph is not a list, so no element can be read")
        waiting: list[tuple[str, Any]] = (
            [("", document)]
            if graph is None
            else [(f"/@graph/{index}", graph[index]) for index in reversed(range(len(graph)))]
        )
        while waiting:
            pointer, element = waiting.pop()
            if not isinstance(element, dict):
                self._fields.shape(pointer, "an element, which is an object", element)
                continue
            self._element(element, pointer)
            for key in _INLINE:
                if key in element:
                    waiting.extend(
                        (f"{pointer}/{key}/{index}", each)
                        for index, each in enumerate(_several(element[key]))
                        if isinstance(each, dict)
                    )

    def _element(self, element: dict[str, Any], pointer: str) -> None:
        identifier, kind = _id(element), _type(element)
        self._types[kind] += 1
        if identifier:
            self._elements.setdefault(identifier, element)
            self._places.setdefault(identifier, pointer)
        if kind == _PACKAGE:
            self._packages.append((identifier or pointer, pointer, element))
        elif "relationshipType" in element:
            self._relation(element, pointer, kind)
        elif kind == "SpdxDocument":
            for at, item in self._fields.objects(element.get("import"), f"{pointer}/import"):
                external = self._fields.text(item.get("externalSpdxId"), f"{at}/externalSpdxId")
                where = item.get("locationHint") or _ref(item.get("definingDocument")) or external
                self._maps[external] = self._fields.text(where, f"{at}/locationHint")
        for each in _several(element.get("extension")):
            if isinstance(each, dict):
                self._aliases.update(
                    (value, identifier)
                    for key, value in each.items()
                    if key.endswith("/alias") and isinstance(value, str)
                )

    def _relation(self, element: dict[str, Any], pointer: str, kind: str) -> None:
        word, source = element["relationshipType"], _ref(element.get("from"))
        targets = tuple(filter(None, map(_ref, _several(element.get("to")))))
        if not isinstance(word, str) or not source:
            self._fields.shape(pointer, "a relationship with a type and two elements", element)
            return
        word = word.rpartition("/")[2]
        self._relations.append(_Spdx3Relation(_id(element), word, kind, source, targets, pointer, element))

    def _entry(
        self, value: dict[str, Any], pointer: str, *, place: str, ref: str, licences: tuple[str, ...]
    ) -> Entry:
        fields = self._fields

        def text(key: str) -> str:
            return fields.text(value.get(key), f"{pointer}/{key}")

        purl = fields.purl(text("software_packageUrl"), f"{pointer}/software_packageUrl")
        others, cpes = self._identifiers(value, pointer)
        digests = self._digests(value, pointer)
        purls = merged((purl,), others)
        name = text("name")
        if not name:
            if not (purls or cpes or digests):
                message = "a package with no name and no identifier; it is counted all the same"
                fields.problems.add(ProblemKind.UNUSABLE_ENTRY, pointer, message, value=value)
                return Entry(place, ref, unusable=True)
            fields.shape(f"{pointer}/name", "a name", value.get("name"))
        links = (
            Reference(kind, url)
            for kind, key in (("download", "software_downloadLocation"), ("website", "software_homePage"))
            if (url := stated(text(key)))
        )
        suppliers = self._names(value.get("suppliedBy")) or self._names(value.get("originatedBy"))
        return Entry(
            place=place,
            ref=ref,
            kind=text("software_primaryPurpose").rpartition("/")[2].lower(),
            name=name,
            version=stated(text("software_packageVersion")),
            supplier=(*suppliers, "")[0],
            purl=purls[0] if purls else "",
            other_purls=purls[1:],
            cpes=cpes,
            digests=digests,
            licences=licences,
            references=(*links, *self._references(value, pointer)),
        )

    def _identifiers(self, value: dict[str, Any], pointer: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Purls and CPEs among the external identifiers."""
        fields = self._fields
        purls: list[str] = []
        cpes: list[str] = []
        for at, item in self._parts(value, pointer, "externalIdentifier"):
            kind = fields.text(item.get("externalIdentifierType"), f"{at}/externalIdentifierType")
            text = fields.text(item.get("identifier"), f"{at}/identifier")
            match kind.rpartition("/")[2]:
                case "packageUrl" | "purl" if text:
                    purls.append(fields.purl(text, f"{at}/identifier"))
                case "cpe22" | "cpe23" if text:
                    cpes.append(fields.cpe(text, f"{at}/identifier"))
        return tuple(purls), tuple(dict.fromkeys(cpes))

    def _digests(self, value: dict[str, Any], pointer: str) -> tuple[StatedDigest, ...]:
        found = []
        for at, item in self._parts(value, pointer, "verifiedUsing"):
            if "hashValue" in item:
                algorithm = item.get("algorithm")
                plain = algorithm.rpartition("/")[2] if isinstance(algorithm, str) else algorithm
                digest = self._fields.digest(plain, item["hashValue"], at)
                if digest is not None:
                    found.append(digest)
        return tuple(found)

    def _references(self, value: dict[str, Any], pointer: str) -> tuple[Reference, ...]:
        found: list[Reference] = []
        for at, item in self._parts(value, pointer, "externalRef"):
            kind = self._fields.text(item.get("externalRefType"), f"{at}/externalRefType").rpartition("/")[2]
            comment = self._fields.text(item.get("comment"), f"{at}/comment")
            locators = self._fields.texts(list(_several(item.get("locator"))), f"{at}/locator")
            found.extend(Reference(kind, url, comment) for url in locators)
        return tuple(found)

    def _parts(self, value: dict[str, Any], pointer: str, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The objects in a property, whether they are written there or named by their ids."""
        for index, item in enumerate(_several(value.get(key))):
            at = f"{pointer}/{key}/{index}"
            part = self._elements.get(item) if isinstance(item, str) else item
            if isinstance(part, dict):
                yield at, part
            else:
                self._fields.shape(at, "an object", item)

    def _licences(self) -> Mapping[str, tuple[str, ...]]:
        """Licences of elements by id, declared before concluded."""
        found: dict[str, dict[str, None]] = {}
        for kind in _LICENCES:
            for relation in self._relations:
                if relation.kind == kind:
                    texts = filter(None, map(self._licence, relation.targets))
                    found.setdefault(relation.source, {}).update(dict.fromkeys(texts))
        return {source: tuple(texts) for source, texts in found.items()}

    def _licence(self, identifier: str) -> str:
        element = self._get(identifier)
        for key in ("simplelicensing_licenseExpression", "name"):
            text = element.get(key) if element else None
            if isinstance(text, str):
                return stated(text)
        listed = _LICENCE.match(identifier)
        return listed[1] if listed else ""

    def _get(self, identifier: str) -> dict[str, Any] | None:
        return self._elements.get(self._aliases.get(identifier, identifier))

    def _names(self, value: object) -> tuple[str, ...]:
        """Names of agents and tools, by id or as they are written in place."""
        names = []
        for each in _several(value):
            element = self._get(each) if isinstance(each, str) else each
            name = element.get("name") if isinstance(element, dict) else None
            names.append(name if isinstance(name, str) else _ref(each))
        return merged(tuple(names))

    def _creation(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The creation information of the document, and the document; empty if there is none."""
        documents = (each for each in self._elements.values() if _type(each) == "SpdxDocument")
        document: dict[str, Any] = next(documents, {})
        stated_there = document.get("creationInfo")
        creation = self._get(stated_there) if isinstance(stated_there, str) else stated_there
        if not isinstance(creation, dict):
            creations = (each for each in self._elements.values() if _type(each) == "CreationInfo")
            creation = next(creations, {})
        return creation, document

    def _roots(self, packages: list[Entry], licences: Mapping[str, tuple[str, ...]]) -> list[Entry]:
        """Packages and files at the end of `rootElement` and `describes`, from the document through SBOMs."""
        documents = [each for each, value in self._elements.items() if _type(value) == "SpdxDocument"]
        collections = [each for each, value in self._elements.items() if _type(value) in _COLLECTIONS]
        described: dict[str, list[str]] = {}
        for relation in self._relations:
            if relation.kind == "describes":
                described.setdefault(relation.source, []).extend(relation.targets)
        waiting, seen = list(reversed(documents or collections)), set()
        by_id: dict[str, list[Entry]] = {}
        for package in packages:
            by_id.setdefault(package.ref, []).append(package)
        roots: list[Entry] = []
        while waiting:
            identifier = self._aliases.get(waiting[-1], waiting[-1])
            waiting.pop()
            if identifier in seen:
                continue
            seen.add(identifier)
            element = self._elements.get(identifier)
            if identifier in by_id:
                roots += by_id[identifier]
            elif element is None:
                self._elsewhere(identifier, "")
            elif _type(element) in _COLLECTIONS:
                below = [*map(_ref, _several(element.get("rootElement"))), *described.get(identifier, ())]
                waiting.extend(filter(None, reversed(below)))
            elif _type(element) == "software_File" or _type(element) in _KIN:
                at = self._places[identifier]
                text = licences.get(identifier, ())
                roots.append(self._entry(element, at, place=identifier, ref=identifier, licences=text))
        return roots

    def _elsewhere(self, identifier: str, place: str) -> None:
        """An id that is not in the graph: of an imported element, or a problem."""
        if identifier in self._maps:
            self._external.setdefault(self._maps[identifier], {})[identifier] = None
        elif _INDIVIDUAL.match(identifier) is None:
            message = "no element of the document has this id, and it is not imported"
            self._fields.problems.add(ProblemKind.DANGLING_REF, place, message, value=identifier)

    def _inputs(self) -> set[str]:
        """Packages and files that go into a build and do not come out of one."""
        used: set[str] = set()
        made: set[str] = set()
        held: set[str] = set()
        for relation in self._relations:
            targets = (self._aliases.get(each, each) for each in relation.targets)
            match relation.kind:
                case "hasInput":
                    used.update(targets)
                case "hasOutput":
                    made.update(targets)
                case kind if kind in _NEEDS:
                    held.update(targets)
        return {
            identifier
            for identifier in used - made - held
            if (element := self._elements.get(identifier)) is not None
            and _type(element) in {_PACKAGE, "software_File"}
            and not str(element.get("software_primaryPurpose", "")).endswith("install")
        }

    def _relate(self, ancestors: dict[str, list[Ancestor]], modified: set[str]) -> None:
        """Edges, ancestors and patches; and every end that leads to nothing."""
        into: dict[str, list[str]] = {}
        out_of: dict[str, list[str]] = {}
        for relation in self._relations:
            source = self._known(relation.source, relation.place)
            targets = [self._known(each, relation.place) for each in relation.targets]
            if relation.kind in ("hasInput", "hasOutput"):
                ends = into if relation.kind == "hasInput" else out_of
                ends.setdefault(relation.source, []).extend(each.place for each in targets if each)
            if source is None:
                continue
            for target in filter(None, targets):
                if relation.kind in _NEEDS:
                    self._edges.append((source.place, target.place))
                elif relation.kind in _MADE_FROM:
                    _add(ancestors, source, _MADE_FROM[relation.kind], target)
                elif relation.kind in _MADE_INTO:
                    _add(ancestors, target, _MADE_INTO[relation.kind], source)
                elif relation.kind == "patchedBy":
                    _add(ancestors, source, "patch", target)
                    modified.add(source.place)
        self._build_edges(into, out_of)

    def _build_edges(self, into: dict[str, list[str]], out_of: dict[str, list[str]]) -> None:
        """What comes out of a build needs what went in."""
        left = MAX_BUILD_EDGES
        for build, outputs in out_of.items():
            inputs = into.get(build, ())
            left -= len(outputs) * len(inputs)
            if left < 0:
                message = (
                    f"builds connect more than {MAX_BUILD_EDGES} pairs of packages; the rest is left out"
                )
                self._fields.problems.add(ProblemKind.BEYOND_LIMIT, "", message)
                return
            self._edges.extend((made, used) for made in outputs for used in inputs)

    def _known(self, identifier: str, place: str) -> Entry | None:
        """The package or root with this id; an id that leads to nothing is a problem."""
        identifier = self._aliases.get(identifier, identifier)
        entry = self._entries.get(identifier)
        if entry is None and identifier not in self._elements and identifier not in self._repeated:
            self._elsewhere(identifier, place)
        return entry

    def _with_relations(
        self, entry: Entry, ancestors: Mapping[str, list[Ancestor]], modified: set[str]
    ) -> Entry:
        if entry.place not in ancestors:
            return entry
        made_from = tuple(ancestors[entry.place])
        return msgspec.structs.replace(entry, ancestors=made_from, modified=entry.place in modified)

    def _completeness(self) -> tuple[str, ...]:
        """What relationships say about themselves, other than nothing."""
        words = (relation.value.get("completeness") for relation in self._relations)
        texts = tuple(word.rpartition("/")[2] for word in words if isinstance(word, str))
        return tuple(text for text in merged(texts) if text != "noAssertion")

    def _security(
        self, created: datetime | None, author: str, document: str
    ) -> tuple[tuple[VulnerabilityFinding, ...], tuple[VexStatement, ...]]:
        severities: dict[str, list[Severity]] = {}
        statuses: dict[tuple[str, str], str] = {}
        statements = []
        pairs: dict[tuple[str, str], str] = {}
        for relation in self._relations:
            if relation.type in _METHODS:
                text = self._rating(relation)
                severities.setdefault(relation.source, []).append(Severity(_METHODS[relation.type], text))
            elif relation.type in _STATUSES:
                statement = self._statement(relation, created, author=author, document=document)
                statements.append(statement)
                for target in relation.targets:
                    statuses[target, relation.source] = statement.status_text
                    if statement.status is VexStatus.AFFECTED:
                        pairs.setdefault((target, relation.source), relation.place)
            elif relation.kind == "hasAssociatedVulnerability":
                pairs.update(((relation.source, target), relation.place) for target in relation.targets)
        rated = {source: tuple(dict.fromkeys(found)) for source, found in severities.items()}
        findings = tuple(
            VulnerabilityFinding(
                place=place,
                component=self._named(element),
                ids=names.ids,
                related=names.related,
                summary=self._summary(vulnerability),
                severities=rated.get(vulnerability, ()),
                state=statuses.get((element, vulnerability), ""),
            )
            for (element, vulnerability), place in pairs.items()
            for names in (self._vulnerability(vulnerability),)
        )
        return findings, tuple(statements)

    def _statement(
        self, relation: _Spdx3Relation, created: datetime | None, *, author: str, document: str
    ) -> VexStatement:
        value, fields = relation.value, self._fields

        def text(key: str) -> str:
            return fields.text(value.get(key), f"{relation.place}/{key}")

        moments = (
            fields.moment(value.get(key), f"{relation.place}/{key}")[0]
            for key in ("security_modifiedTime", "security_publishedTime")
        )
        details = (
            text(key)
            for key in ("security_impactStatement", "security_actionStatement", "security_statusNotes")
        )
        return VexStatement(
            place=relation.id or relation.place,
            ids=self._vulnerability(relation.source).ids,
            status=_STATUSES[relation.type],
            status_text=relation.kind,
            products=tuple(VexProduct(self._named(each)) for each in relation.targets),
            justification=text("security_justificationType").rpartition("/")[2],
            detail="\n".join(merged(tuple(details))),
            moment=next(filter(None, moments), created),
            author=(*self._names(value.get("suppliedBy")), author)[0],
            document=document,
        )

    def _rating(self, relation: _Spdx3Relation) -> str:
        for key in ("security_vectorString", "security_score", "security_severity"):
            value = relation.value.get(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return str(value)
        self._fields.shape(relation.place, "a vector, score or severity", relation.value)
        return ""

    def _named(self, identifier: str) -> Named:
        """The element as findings name a component."""
        identifier = self._aliases.get(identifier, identifier)
        if identifier not in self._names_of_elements:
            entry = self._entries.get(identifier)
            name = self._elements.get(identifier, {}).get("name")
            self._names_of_elements[identifier] = (
                named(entry)
                if entry is not None
                else Named(name=name if isinstance(name, str) else "", ref=identifier)
            )
        return self._names_of_elements[identifier]

    def _vulnerability(self, identifier: str) -> Names:
        """All names of a vulnerability; its id, if it has none."""
        if identifier not in self._names_of_vulnerabilities:
            self._names_of_vulnerabilities[identifier] = self._all_names(identifier)
        return self._names_of_vulnerabilities[identifier]

    def _all_names(self, identifier: str) -> Names:
        element = self._get(identifier) or {}
        pointer = self._places.get(_id(element), "")
        names = [
            self._fields.text(item.get("identifier"), f"{at}/identifier")
            for at, item in self._parts(element, pointer, "externalIdentifier")
        ]
        name = element.get("name")
        if isinstance(name, str) and name and " " not in name:
            names.append(name)
        own, *others = [each for each in names if each] or [identifier]
        return names_of(own, others)

    def _summary(self, identifier: str) -> str:
        element = self._get(identifier) or {}
        texts = (element.get(key) for key in ("summary", "description"))
        return next((text for text in texts if isinstance(text, str)), "")


def _add(ancestors: dict[str, list[Ancestor]], product: Entry, relation: str, origin: Entry) -> None:
    url = first_of(origin.references, "download", "website")
    ancestors.setdefault(product.place, []).append(
        Ancestor(relation, origin.name, origin.version, origin.purl, url)
    )


def _several(value: object) -> Iterable[Any]:
    """The values of a property; JSON-LD may leave out the list around one."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _ref(value: object) -> str:
    """The id in the place of an element, or of the element that is written there."""
    return _id(value) if isinstance(value, dict) else value if isinstance(value, str) else ""


def _id(element: dict[str, Any]) -> str:
    identifier = element.get("spdxId", element.get("@id"))
    return identifier if isinstance(identifier, str) else ""


def _type(element: dict[str, Any]) -> str:
    """The class as the context abbreviates it: `software_Package`, and `Relationship` of the core."""
    kind = element.get("type", element.get("@type"))
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    if not isinstance(kind, str):
        return ""
    term = _TERM.fullmatch(kind)
    if term is None:
        return kind
    return term[2] if term[1] == "Core" else f"{term[1].lower()}_{term[2]}"
