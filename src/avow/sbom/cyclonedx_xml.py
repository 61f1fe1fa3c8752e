"""CycloneDX XML: expat reads it, and each element becomes the value that CycloneDX JSON has in its place.

The conversion runs while the document is read, from the inside out, so there is never a tree of elements.
Only the namespace decides what an element is. Document types are refused, and with them entities, whatever
they expand to; elements of other namespaces are left out, except the old extension for vulnerabilities.

Source: CycloneDX 1.0 to 1.7, XSDs; Namespaces in XML 1.0; CVE-2003-1564 (entities that expand to entities).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NoReturn
from xml.parsers import expat

from avow.formats.json_document import collection_paused
from avow.sbom.cyclonedx import read_bom
from avow.sbom.given import MAX_DEPTH, Given
from avow.sbom.inventory import Inventory

MAX_ELEMENTS: Final = 32_000_000
"""A component has about 20 elements, so this is more than 256 MiB of real ones have."""

NAMESPACE: Final = "http://cyclonedx.org/schema/bom/"
_VULNERABILITY: Final = "http://cyclonedx.org/schema/ext/vulnerability/"

_LISTS: Final = frozenset(
    {"components", "services", "hashes", "licenses", "externalReferences", "dependencies", "properties"}
    | {"vulnerabilities", "affects", "versions", "ratings", "references", "compositions", "authors"}
    | {"ancestors", "descendants", "variants", "commits", "patches"}
)
"""Elements whose children are the items of a list."""

_OBJECTS: Final = frozenset(
    {"bom", "component", "service", "metadata", "license", "vulnerability", "target", "rating", "source"}
    | {"analysis", "supplier", "manufacturer", "manufacture", "author", "tool", "pedigree", "commit"}
    | {"patch", "diff", "composition", "reference", "organization"}
)
"""Elements that are objects even if nothing is in them."""

_SKIPPED: Final = frozenset(
    {"evidence", "modelCard", "data", "formulation", "declarations", "definitions", "annotations"}
    | {"releaseNotes", "cryptoProperties", "signature", "description", "copyright", "text", "cwes", "data"}
    | {"advisories", "recommendation", "detail", "workaround", "proofOfConcept", "credits", "assemblies"}
)
"""Elements that no reader here looks at."""

_READ_IN: Final = {"description": "vulnerability", "detail": "analysis"}
"""Names that are skipped in other elements than this one."""

_MAX_FOREIGN: Final = 20
"""Namespaces that are named; a document could have a new one for each element."""

_DIGITS: Final = 18
"""Of a revision; more are not a number that anybody counted to."""

_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}

_ROOT: Final = re.compile(rb"<(?:[^\s<>/:?!]+:)?bom[\s/>]")
_PAGE: Final = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)


def sniff(given: Given) -> bool:
    """The document begins as XML, and an element is called bom."""
    head = given.head
    return head.startswith(b"<") and _ROOT.search(head) is not None and _PAGE.search(head) is None


def read(given: Given) -> Inventory:
    """The inventory of a CycloneDX XML document.

    Raises:
        InputInvalid: as `read_bom`; not well-formed, a document type, an encoding that can't be read, no
            CycloneDX namespace, nested too deeply, too many elements.
    """
    converter = _Converter(given)
    with collection_paused():
        converter.parse()
    bom = converter.bom
    return read_bom(bom, given, encoding="XML", left_out=converter.left_out())


class _Frame:
    """An element that is open."""

    __slots__ = ("attributes", "items", "members", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.members: dict[str, Any] | None = None
        self.items: list[Any] | None = None
        self.text: list[str] | None = None


class _Converter:
    """Handlers of expat's events, and what they have made of the document so far."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._open: list[_Frame] = []
        self._skipped = 0
        """How many open elements are left out."""
        self._elements = 0
        self._namespace = ""
        self._foreign: dict[str, None] = {}
        self.bom: dict[str, Any] = {}

    def parse(self) -> None:
        try:
            self._parser.Parse(self._given.data, True)  # noqa: FBT003  expat takes no keywords
        except expat.ExpatError as error:
            self._refuse(f"not well-formed XML: {expat.ErrorString(error.code)}")
        except (LookupError, UnicodeError, ValueError) as error:  # the name of an encoding
            self._refuse(f"its encoding can't be read: {error}", hint="save the document as UTF-8")

    def left_out(self) -> tuple[str, ...]:
        """What was skipped, for the user."""
        return tuple(f"elements of the namespace {name[:200]} are not read" for name in self._foreign)

    def _refuse(self, message: str, *, hint: str = "") -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        if hint:
            self._given.refuse(message, line=line, column=column, hint=hint)
        self._given.refuse(message, line=line, column=column)

    def _document_type(self, *_: object) -> None:
        self._refuse(
            "a document type (<!DOCTYPE) is not allowed: it can define entities and name other files",
            hint="remove the declaration; CycloneDX needs none",
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            self._refuse(f"more than {MAX_ELEMENTS} elements", hint="split the SBOM")
        if len(self._open) + self._skipped >= MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} elements")
        if self._skipped:
            self._skipped += 1
            return
        namespace, _, local = name.rpartition(" ")
        if not self._open:
            self._root(namespace, local, attributes)
        elif namespace == self._namespace or namespace.startswith(_VULNERABILITY):
            if local in _SKIPPED and _READ_IN.get(local) != self._open[-1].name:
                self._skipped = 1
            else:
                self._open.append(_Frame(local, attributes))
        else:
            self._skipped = 1
            if len(self._foreign) < _MAX_FOREIGN:
                self._foreign[namespace] = None

    def _root(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        if local != "bom" or not namespace.startswith(NAMESPACE):
            named = f'in the namespace "{namespace[:200]}"' if namespace else "in no namespace"
            self._refuse(
                f"the root element is {local[:80]} {named}; CycloneDX has bom in a namespace "
                f"that begins with {NAMESPACE}",
                hint='add xmlns="http://cyclonedx.org/schema/bom/1.6" to bom, with the version of the format',
            )
        self._namespace = namespace
        attributes["specVersion"] = namespace.removeprefix(NAMESPACE).strip("/")
        self._open.append(_Frame(local, attributes))

    def _characters(self, text: str) -> None:
        if not self._skipped and self._open:
            frame = self._open[-1]
            if frame.text is None:
                frame.text = [text]
            else:
                frame.text.append(text)

    def _end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        frame = self._open.pop()
        value = _value(frame)
        if not self._open:
            self.bom = _bom(value)
            return
        parent = self._open[-1]
        if parent.name in _LISTS or parent.name == "dependency":
            item = {**frame.attributes, frame.name: value} if parent.name == "licenses" else value
            if parent.items is None:
                parent.items = [item]
            else:
                parent.items.append(item)
            return
        if parent.members is None:
            parent.members = {frame.name: value}
        elif frame.name in parent.members:
            _repeat(parent.members, frame.name, value)
        else:
            parent.members[frame.name] = value


def _value(frame: _Frame) -> Any:
    """The JSON value of an element that is complete."""
    name = frame.name
    if name in _LISTS:
        return frame.items or []
    text = "".join(frame.text).strip() if frame.text else ""
    if name in _SPECIAL:
        return _SPECIAL[name](frame, text)
    if frame.members is not None:
        return {**frame.attributes, **frame.members}
    return dict(frame.attributes) if name in _OBJECTS else text


def _hash(frame: _Frame, text: str) -> Any:
    return {"alg": frame.attributes.get("alg"), "content": text}


def _property(frame: _Frame, text: str) -> Any:
    return {"name": frame.attributes.get("name"), "value": text}


def _dependency(frame: _Frame, _: str) -> Any:
    needed = [each["ref"] for each in frame.items or () if isinstance(each, dict) and "ref" in each]
    return {"ref": frame.attributes.get("ref"), "dependsOn": needed}


def _modified(_: _Frame, text: str) -> Any:
    return _BOOLEANS.get(text.lower(), text)


def _tools(frame: _Frame, _: str) -> Any:
    """A list of tools up to 1.4, later components and services."""
    members = frame.members or {}
    tool = members.get("tool", [])
    return members if "tool" not in members else tool if isinstance(tool, list) else [tool]


_SPECIAL: Final[dict[str, Callable[[_Frame, str], Any]]] = {
    "hash": _hash,
    "property": _property,
    "dependency": _dependency,
    "modified": _modified,
    "tools": _tools,
}
"""Elements whose JSON has another shape."""


def _repeat(members: dict[str, Any], name: str, value: Any) -> None:
    """A second element of one name makes a list of the first; a second list continues the first."""
    first = members[name]
    if isinstance(first, list):
        first.extend(value if isinstance(value, list) else [value])
    else:
        members[name] = [first, value]


def _bom(value: dict[str, Any]) -> dict[str, Any]:
    """The document with its revision as a number, as JSON has it."""
    revision = value.get("version")
    if isinstance(revision, str) and revision.isascii() and revision.isdigit() and len(revision) <= _DIGITS:
        value["version"] = int(revision)
    return value
