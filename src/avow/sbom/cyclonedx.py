"""CycloneDX, once it is a tree of JSON values: JSON as it is, XML as `cyclonedx_xml` converts it.

Every object in a `components` list counts, nested ones included, those below `metadata.component` as well;
`metadata.component` itself is what the document is about. Children are met with a stack, never by recursion.

Source: CycloneDX 1.2 to 1.7, JSON schemas and XSDs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, cast

from msgspec import UNSET

from avow.sbom.cyclonedx_typed import Component, ExternalReference, Hash, Property, decoded
from avow.sbom.cyclonedx_vulnerabilities import DocumentOrigin, DocumentVulnerabilities
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
from avow.sbom.tolerant import FieldReader, first_of, merged, stated

KNOWN_VERSIONS: Final = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")

_KEPT_PROPERTIES: Final = ("avow:", "cdx:lifecycle:")

_PEDIGREE: Final = (("ancestors", "ancestor"), ("descendants", "descendant"), ("variants", "variant"))

_NAMES: Final = ("group", "name")
_TOOL: Final = ("name", "version")

_NO_ENTRY: Final = ""
"""Where a reference leads that exists and does not name exactly one entry: a service, a repeated ref."""


def sniff(given: Given) -> bool:
    """The document is a JSON object that calls itself CycloneDX, in whatever case."""
    if (bom := decoded(given)) is not None:
        given.decoded[__name__] = bom
        return True
    bom = given.object
    name = bom.get("bomFormat")
    if isinstance(name, str):
        return name.lower() == "cyclonedx"
    return "cyclonedx.org" in str(bom.get("$schema", ""))[:200]


def read(given: Given) -> Inventory:
    """The inventory of a CycloneDX JSON document.

    Raises:
        InputInvalid: another major version, `components` that are not a list, or too many of them.
    """
    return read_bom(given.decoded.get(__name__) or given.object, given, encoding="JSON")


def read_bom(
    bom: dict[str, Any], given: Given, *, encoding: str, left_out: tuple[str, ...] = ()
) -> Inventory:
    """The inventory of a CycloneDX document that is a tree of JSON values; `left_out` says what is not in it.

    Raises:
        InputInvalid: another major version, `components` that are not a list, or too many of them.
    """
    return _Bom(bom, given, encoding=encoding).inventory(left_out)


@dataclass(slots=True)
class _Bom:
    """One document while it is read."""

    bom: dict[str, Any]
    given: Given
    encoding: str
    fields: FieldReader = field(default_factory=FieldReader)
    entries: list[Entry] = field(default_factory=list)
    roots: list[Entry] = field(default_factory=list)
    found: dict[str, Entry] = field(default_factory=dict)
    """By ref, where the ref names exactly one entry."""
    refs: dict[str, str] = field(default_factory=dict)
    """Places by ref."""
    legacy: list[tuple[Entry, Any]] = field(default_factory=list)
    """Vulnerabilities inside of components, as the extension for CycloneDX 1.0 and 1.1 has them."""

    def inventory(self, left_out: tuple[str, ...]) -> Inventory:
        fields = self.fields
        version = self._version()
        for message in left_out:
            fields.problems.add(ProblemKind.NOT_READ, "", message)
        metadata = fields.mapping(self.bom.get("metadata"), "/metadata")
        self._components(metadata)
        services = self._services()
        edges, external = self._edges()
        created, created_text = fields.moment(metadata.get("timestamp"), "/metadata/timestamp")
        generators, authors = self._tools(metadata.get("tools")), self._authors(metadata)
        supplier = self._organisation(metadata, "/metadata")
        identifier = fields.text(self.bom.get("serialNumber"), "/serialNumber")
        findings, vex = DocumentVulnerabilities(
            fields,
            found=self.found,
            refs=self.refs,
            document=DocumentOrigin(identifier, (*authors, supplier, "")[0], created),
        ).read(self.bom.get("vulnerabilities"), legacy=self.legacy)
        references = chain(
            self._references(self.bom.get("externalReferences"), "/externalReferences"),
            *(root.references for root in self.roots),
        )
        return Inventory(
            source=self.given.source,
            sha256=self.given.sha256,
            format=f"CycloneDX {self.encoding} {version}".rstrip(),
            entries=tuple(self.entries),
            roots=tuple(self.roots),
            edges=tuple(edges),
            identifier=identifier,
            document_version=self._document_version(),
            created=created,
            created_text=created_text,
            generators=generators,
            authors=authors,
            supplier=supplier,
            completeness=self._completeness(),
            services=services,
            external=external,
            findings=findings,
            vex=vex,
            references=tuple(dict.fromkeys(references)),
            problems=fields.problems.all(),
        )

    def _version(self) -> str:
        """The version of the format; other minor ones than the known are read, with a problem.

        Minor versions only add: what 1.8 adds is not read, and 1.0 and 1.1 have nothing that 1.2 lacks.
        """
        version = self.fields.text(self.bom.get("specVersion"), "/specVersion")
        if version in KNOWN_VERSIONS:
            return version
        known = f"CycloneDX {KNOWN_VERSIONS[0]} to {KNOWN_VERSIONS[-1]}"
        if version and version.partition(".")[0] != "1":
            self.given.refuse(
                f'CycloneDX "{version}" is not read; {known} are', hint="export the SBOM as CycloneDX 1.6"
            )
        named = f"CycloneDX {version}" if version else "a document that does not give its version"
        message = f"{named} is read as {known} are; what else it may have is not read"
        self.fields.problems.add(ProblemKind.NOT_READ, "/specVersion", message, value=version)
        return version

    def _document_version(self) -> int | None:
        value = self.bom.get("version")
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if value is not None:
            self.fields.shape("/version", "a whole number", value)
        return None

    def _components(self, metadata: dict[str, Any]) -> None:
        """All entries in the order of the document, those below `metadata.component` first."""
        stack: list[tuple[str, Any, str]] = []
        root = metadata.get("component")
        top = self.bom.get("components")
        if top is not None and not isinstance(top, list):
            self.given.refuse("/components is not a list, so no component can be read")
        if "components" in self.bom and top is None:
            self.fields.shape("/components", "a list", None)
        self._push(stack, top, "/components", parent="")
        if isinstance(root, dict):
            place = "/metadata/component"
            self.roots.append(self._entry(root, place, ""))
            self._push(stack, root.get("components"), f"{place}/components", parent="")
        elif root is not None:
            self.fields.shape("/metadata/component", "an object", root)
        self._walk(stack)
        self.given.refuse_too_many(len(self.entries))
        self._index()

    def _walk(self, stack: list[tuple[str, Any, str]]) -> None:
        """Read what is on the stack, and what it contains."""
        entry, usual, entries = self._entry, self._usual_entry, self.entries
        while stack:
            place, component, parent = stack.pop()
            if type(component) is Component:
                entries.append(usual(component, place, parent))
                if component.components:
                    self._push(stack, component.components, f"{place}/components", parent=place)
            elif type(component) is dict:
                entries.append(entry(component, place, parent))
                if "vulnerabilities" in component:
                    self.legacy.append((entries[-1], component["vulnerabilities"]))
                if "components" in component:
                    self._push(stack, component["components"], f"{place}/components", parent=place)
            else:
                entries.append(self._unusable(place, parent, component))

    def _push(self, stack: list[tuple[str, Any, str]], items: object, place: str, *, parent: str) -> None:
        listed = self.fields.items(items, place)
        self.given.refuse_too_many(len(stack) + len(self.entries) + len(listed))
        stack.extend((f"{place}/{index}", listed[index], parent) for index in reversed(range(len(listed))))

    def _unusable(self, place: str, parent: str, value: object, *, ref: str = "") -> Entry:
        message = "not a component: an object with a name is expected; it is counted all the same"
        self.fields.problems.add(ProblemKind.UNUSABLE_ENTRY, place, message, value=value)
        return Entry(place, ref, parent=parent, unusable=True)

    def _index(self) -> None:
        """Refs of entries and roots; a repeated one names none of them."""
        refs, found = self.refs, self.found
        first: dict[str, Entry] = {}
        repeated: dict[str, list[str]] = {}
        for entry in chain(self.roots, self.entries):
            ref = entry.ref
            if not ref:
                continue
            if ref in first:
                repeated.setdefault(ref, [first[ref].place]).append(entry.place)
            else:
                first[ref] = entry
        for ref, entry in first.items():
            refs[ref] = _NO_ENTRY if ref in repeated else entry.place
        found.update((ref, entry) for ref, entry in first.items() if ref not in repeated)
        for ref, places in repeated.items():
            message = f"{len(places)} elements have this reference; nothing is concluded from edges to it"
            for place in places:
                self.fields.problems.add(ProblemKind.DUPLICATE_REF, place, message, value=ref)

    def _entry(self, component: dict[str, Any], place: str, parent: str) -> Entry:  # noqa: C901  the hot loop: a call for each field would double its time
        get = component.get
        fields = self.fields
        name = get("name", "")
        if type(name) is not str:
            name = fields.text(name, f"{place}/name")
        version = get("version", "")
        if type(version) is not str:
            version = fields.text(version, f"{place}/version")
        group = get("group", "")
        if type(group) is not str:
            group = fields.text(group, f"{place}/group")
        ref = get("bom-ref", "")
        if type(ref) is not str:
            ref = fields.text(ref, f"{place}/bom-ref")
        kind = get("type", "")
        if type(kind) is not str:
            kind = fields.text(kind, f"{place}/type")
        purl = get("purl", "")
        if type(purl) is not str:
            purl = fields.text(purl, f"{place}/purl")
        if purl and purl[:4] != "pkg:":
            purl = fields.purl(purl, f"{place}/purl")
        cpe = get("cpe")
        cpes: tuple[str, ...] = ()
        if cpe and (cpe := fields.text(cpe, f"{place}/cpe")):
            cpes = (fields.cpe(cpe, f"{place}/cpe"),)
        hashes, references, licences = get("hashes"), get("externalReferences"), get("licenses")
        digests = self._digests(hashes, f"{place}/hashes") if hashes is not None else ()
        if not name:
            if not (purl or cpes or digests):
                return self._unusable(place, parent, "", ref=ref)
            fields.shape(f"{place}/name", "a name", get("name"))
        properties = get("properties")
        ancestors: tuple[Ancestor, ...] = ()
        modified = get("modified") is True
        if "pedigree" in component:
            ancestors, patched = self._pedigree(component["pedigree"], f"{place}/pedigree")
            modified = modified or patched
        return Entry(
            place,
            ref,
            kind.lower(),
            name,
            group,
            version,
            self._organisation(component, place),
            purl,
            (),
            cpes,
            digests,
            self._licences(licences, f"{place}/licenses") if licences is not None else (),
            self._references(references, f"{place}/externalReferences") if references is not None else (),
            ancestors,
            modified,
            self._properties(properties, f"{place}/properties") if properties is not None else (),
            parent,
        )

    def _usual_entry(self, component: Component, place: str, parent: str) -> Entry:
        """The entry of a component whose fields are known to have their types; as `_entry` otherwise."""
        fields = self.fields
        ref = component.bom_ref or ""
        purl = component.purl or ""
        if purl and purl[:4] != "pkg:":
            purl = fields.purl(purl, f"{place}/purl")
        cpes = (fields.cpe(component.cpe, f"{place}/cpe"),) if component.cpe else ()
        digests = self._usual_digests(component.hashes, f"{place}/hashes") if component.hashes else ()
        name = component.name
        if not name:
            if not (purl or cpes or digests):
                return self._unusable(place, parent, "", ref=ref)
            fields.shape(f"{place}/name", "a name", name)
        references = component.external_references
        licences = component.licenses
        supplier = component.publisher or ""
        if component.supplier is not UNSET or component.manufacturer is not UNSET:
            supplier = self._organisation(_given_members(component), place)
        ancestors: tuple[Ancestor, ...] = ()
        modified = component.modified is True
        if component.pedigree is not UNSET:
            ancestors, patched = self._pedigree(component.pedigree, f"{place}/pedigree")
            modified = modified or patched
        return Entry(
            place,
            ref,
            (component.type or "").lower(),
            name,
            component.group or "",
            component.version or "",
            supplier,
            purl,
            (),
            cpes,
            digests,
            self._usual_licences(licences, place) if licences is not UNSET else (),
            self._usual_references(references, place) if references else (),
            ancestors,
            modified,
            _kept(component.properties) if component.properties else (),
            parent,
        )

    def _usual_digests(self, hashes: list[Hash], place: str) -> tuple[StatedDigest, ...]:
        usual = self.fields.usual_digest
        found = tuple([usual(each.alg, each.content) for each in hashes])
        if None not in found:
            return cast("tuple[StatedDigest, ...]", found)
        read = [self.fields.digest(each.alg, each.content, f"{place}/{i}") for i, each in enumerate(hashes)]
        return tuple(filter(None, read))

    def _usual_references(self, references: list[ExternalReference], place: str) -> tuple[Reference, ...]:
        return tuple(
            [
                Reference(
                    each.type,
                    each.url,
                    each.comment or "",
                    self._usual_digests(each.hashes, f"{place}/externalReferences/{index}/hashes")
                    if each.hashes
                    else (),
                )
                for index, each in enumerate(references)
                if each.url
            ]
        )

    def _digests(self, hashes: object, place: str) -> tuple[StatedDigest, ...]:
        found = []
        for index, item in enumerate(self.fields.items(hashes, place)):
            if type(item) is dict:
                digest = self.fields.digest(item.get("alg"), item.get("content"), f"{place}/{index}")
                if digest is not None:
                    found.append(digest)
            else:
                self.fields.shape(f"{place}/{index}", "an object", item)
        return tuple(found)

    def _references(self, references: object, place: str) -> tuple[Reference, ...]:
        found = []
        text = self.fields.text
        for index, item in enumerate(self.fields.items(references, place)):
            if type(item) is not dict:
                self.fields.shape(f"{place}/{index}", "an object", item)
                continue
            get = item.get
            kind, url, comment, hashes = get("type", ""), get("url", ""), get("comment", ""), get("hashes")
            if type(kind) is not str or type(url) is not str or type(comment) is not str:
                at = f"{place}/{index}"
                kind = text(kind, f"{at}/type")
                url, comment = text(url, f"{at}/url"), text(comment, f"{at}/comment")
            if url:
                digests = self._digests(hashes, f"{place}/{index}/hashes") if hashes else ()
                found.append(Reference(kind, url, comment, digests))
        return tuple(found)

    def _properties(self, properties: object, place: str) -> tuple[tuple[str, str], ...]:
        found = []
        for index, item in enumerate(self.fields.items(properties, place)):
            name = item.get("name") if type(item) is dict else None
            if type(name) is str and name.startswith(_KEPT_PROPERTIES):
                found.append((name, self.fields.text(item.get("value"), f"{place}/{index}/value")))
        return tuple(found)

    def _organisation(self, owner: dict[str, Any], place: str) -> str:
        """Supplier, else manufacturer, else publisher."""
        for key in ("supplier", "manufacturer", "manufacture"):
            if key in owner:
                organisation = self.fields.mapping(owner[key], f"{place}/{key}")
                if name := self.fields.text(organisation.get("name"), f"{place}/{key}/name"):
                    return name
        if "publisher" in owner:
            return self.fields.text(owner["publisher"], f"{place}/publisher")
        return ""

    def _licences(self, choices: object, place: str) -> tuple[str, ...]:
        """Licences as written; what is in the wrong place is kept and is a problem."""
        if not isinstance(choices, list):
            self.fields.shape(place, "a list", choices)
            choices = [choices]
            places = [place]
        else:
            places = [f"{place}/{index}" for index in range(len(choices))]
        declared: list[str] = []
        concluded: list[str] = []
        for at, choice in zip(places, choices, strict=True):
            text, last = self._licence(choice, at, named=at != place)
            if text := stated(text):
                (concluded if last else declared).append(text)
        return merged(tuple(declared), tuple(concluded))

    def _usual_licences(self, choices: Any, place: str) -> tuple[str, ...]:
        """As `_licences`, faster for a single id that the document has used before."""
        try:
            (choice,) = choices
            return self.fields.usual_licences[choice["license"]["id"]]
        except (LookupError, TypeError, ValueError):
            return self._licences(choices, f"{place}/licenses")

    def _licence(self, choice: object, place: str, *, named: bool) -> tuple[str, bool]:
        """One licence, and whether somebody concluded it; `named`: a problem of its shape is a new one."""
        if not isinstance(choice, dict):
            if named:
                self.fields.shape(place, "an object with a licence or an expression", choice)
            return (choice if isinstance(choice, str) else ""), False
        licence = choice.get("license")
        if isinstance(licence, dict):
            concluded = licence.get("acknowledgement") == "concluded"
            if text := self.fields.text(licence.get("id"), f"{place}/license/id"):
                return self.fields.licence_id(text, f"{place}/license/id"), concluded
            text = self.fields.text(licence.get("name"), f"{place}/license/name")
            if not text:
                self.fields.shape(f"{place}/license", "an id or a name", licence)
                text = self.fields.text(licence.get("url"), f"{place}/license/url")
            return text, concluded
        if licence is None and "expression" in choice:
            text = self.fields.text(choice["expression"], f"{place}/expression")
            return text, choice.get("acknowledgement") == "concluded"
        self.fields.shape(place, "a licence that is an object, or an expression", choice)
        candidates = (licence, choice.get("id"), choice.get("name"))
        return next((each for each in candidates if isinstance(each, str)), ""), False

    def _pedigree(self, value: object, place: str) -> tuple[tuple[Ancestor, ...], bool]:
        """What the component was made from, and whether it was patched."""
        fields = self.fields
        pedigree = fields.mapping(value, place)
        found = []
        for key, relation in _PEDIGREE:
            for at, item in fields.objects(pedigree.get(key), f"{place}/{key}"):
                references = self._references(item.get("externalReferences"), f"{at}/externalReferences")
                found.append(
                    Ancestor(
                        relation,
                        "/".join(
                            filter(None, (fields.text(item.get(part), f"{at}/{part}") for part in _NAMES))
                        ),
                        fields.text(item.get("version"), f"{at}/version"),
                        fields.purl(fields.text(item.get("purl"), f"{at}/purl"), f"{at}/purl"),
                        first_of(references, "vcs", "source-distribution", "distribution", "website"),
                    )
                )
        for at, item in fields.objects(pedigree.get("commits"), f"{place}/commits"):
            uid, url = (fields.text(item.get(key), f"{at}/{key}") for key in ("uid", "url"))
            found.append(Ancestor("commit", name=uid, url=url))
        patches = fields.objects(pedigree.get("patches"), f"{place}/patches")
        for at, item in patches:
            diff = fields.mapping(item.get("diff"), f"{at}/diff")
            name = fields.text(item.get("type"), f"{at}/type")
            found.append(Ancestor("patch", name=name, url=fields.text(diff.get("url"), f"{at}/diff/url")))
        return tuple(found), bool(patches)

    def _services(self) -> tuple[str, ...]:
        """Names of all services, nested ones included; their refs lead to no entry."""
        fields = self.fields
        names: list[str] = []
        stack = list(reversed(fields.objects(self.bom.get("services"), "/services")))
        while stack:
            place, service = stack.pop()
            name = fields.text(service.get("name"), f"{place}/name")
            ref = fields.text(service.get("bom-ref"), f"{place}/bom-ref")
            names.append(name or ref or place)
            self.refs.setdefault(ref, _NO_ENTRY)
            stack.extend(reversed(fields.objects(service.get("services"), f"{place}/services")))
        return tuple(names)

    def _edges(self) -> tuple[list[tuple[str, str]], tuple[ExternalDocument, ...]]:
        """Dependencies between places, and references to elements of other documents."""
        edges: list[tuple[str, str]] = []
        external: dict[str, dict[str, None]] = {}
        place_of = self.refs.get
        for index, item in enumerate(self.fields.items(self.bom.get("dependencies"), "/dependencies")):
            if type(item) is not dict:
                self.fields.shape(f"/dependencies/{index}", "an object", item)
                continue
            ref, needed = item.get("ref"), item.get("dependsOn")
            source = place_of(ref) if type(ref) is str else None
            if source is None:
                self._elsewhere(ref, f"/dependencies/{index}/ref", external)
            if not needed:
                continue
            if source and (usual := self._usual_edges(source, needed)):
                edges += usual
                continue
            for number, target in enumerate(self.fields.items(needed, f"/dependencies/{index}/dependsOn")):
                place = place_of(target) if type(target) is str else None
                if place is None:
                    self._elsewhere(target, f"/dependencies/{index}/dependsOn/{number}", external)
                elif place and source:
                    edges.append((source, place))
        documents = tuple(ExternalDocument(name, tuple(elements)) for name, elements in external.items())
        return edges, documents

    def _usual_edges(self, source: str, needed: object) -> list[tuple[str, str]]:
        """The edges, if each reference leads to one entry; else none."""
        try:
            places = list(map(self.refs.get, needed)) if isinstance(needed, list) else []
        except TypeError:  # a list or an object in the place of a reference
            return []
        return [(source, place) for place in places if place] if all(places) else []

    def _elsewhere(self, ref: object, place: str, external: dict[str, dict[str, None]]) -> None:
        """A reference that leads to nothing here: a BOM-Link to another document, or a problem."""
        if not isinstance(ref, str):
            self.fields.shape(place, "a reference, which is a text", ref)
        elif ref.lower().startswith("urn:cdx:"):
            document, _, element = ref.partition("#")
            external.setdefault(document, {})[element] = None
        else:
            message = "no element of the document has this reference"
            self.fields.problems.add(ProblemKind.DANGLING_REF, place, message, value=ref)

    def _tools(self, tools: object) -> tuple[str, ...]:
        """Tools as `name version`; a list up to 1.4, later an object of components and services."""
        place = "/metadata/tools"
        if isinstance(tools, dict):
            listed = [
                each
                for key in ("components", "services")
                for each in self.fields.objects(tools.get(key), f"{place}/{key}")
            ]
        else:
            listed = self.fields.objects(tools, place)
        return merged(
            tuple(
                " ".join(filter(None, (self.fields.text(tool.get(key), f"{at}/{key}") for key in _TOOL)))
                for at, tool in listed
            )
        )

    def _authors(self, metadata: dict[str, Any]) -> tuple[str, ...]:
        people = self.fields.objects(metadata.get("authors"), "/metadata/authors")
        return merged(
            tuple(
                self.fields.text(person.get("name"), f"{at}/name")
                or self.fields.text(person.get("email"), f"{at}/email")
                for at, person in people
            )
        )

    def _completeness(self) -> tuple[str, ...]:
        compositions = self.fields.objects(self.bom.get("compositions"), "/compositions")
        return merged(
            tuple(self.fields.text(each.get("aggregate"), f"{at}/aggregate") for at, each in compositions)
        )


def _given_members(component: Component) -> dict[str, Any]:
    """Who is responsible for the component, as far as the document says it."""
    members = {
        "supplier": component.supplier,
        "manufacturer": component.manufacturer,
        "publisher": component.publisher,
    }
    return {key: value for key, value in members.items() if value is not UNSET}


def _kept(properties: list[Property]) -> tuple[tuple[str, str], ...]:
    return tuple(
        [(each.name, each.value or "") for each in properties if each.name.startswith(_KEPT_PROPERTIES)]
    )
