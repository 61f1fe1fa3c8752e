"""SPDX 2 as tag-value text, converted to the tree that SPDX JSON has.

Free text between `<text>` and `</text>` can span lines and contain anything, a whole package for instance:
nothing inside is looked at. Lines end with LF, CRLF or CR and with nothing else.

Source: SPDX 2.3, clause 6 to 12, tag-value examples; SPDX 2.1, appendix on the tag-value format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from avow.sbom.given import Given
from avow.sbom.inventory import Inventory
from avow.sbom.spdx2 import SpdxDocument, TreePlace, read_documents

_OPEN: Final = "<text>"
_CLOSE: Final = "</text>"

_FIRST_TAG: Final = re.compile(rb"(?:^|[\r\n])[ \t]*SPDXVersion[ \t]*:")

_TAG: Final = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*:[ \t]*(.*)", re.DOTALL)

_PACKAGE_TAGS: Final = {
    "PackageVersion": "versionInfo",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PackageDownloadLocation": "downloadLocation",
    "PackageHomePage": "homepage",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageSourceInfo": "sourceInfo",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
}
_MAX_STRAYS: Final = 1_000
"""Lines that are named; more than the list of problems has room for."""

_REFERENCE_PARTS: Final = 3
_RELATIONSHIP_PARTS: Final = 3


class _TagLine(NamedTuple):
    number: int
    """From 1; of a text block, the line where it opens."""
    tag: str
    value: str


def sniff(given: Given) -> bool:
    """A line begins with `SPDXVersion:`, and the document is neither JSON nor XML."""
    head = given.head
    return not head.startswith((b"{", b"[", b"<")) and _FIRST_TAG.search(head) is not None


def read(given: Given) -> Inventory:
    """The inventory of an SPDX tag-value document.

    Raises:
        InputInvalid: as `read_documents`; not UTF-8, or a text block that never closes.
    """
    try:
        text = given.text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = given.text.count(b"\n", 0, error.start) + 1
        offset = error.start + max(len(given.data) - len(given.text), 0)
        given.refuse(
            f"not UTF-8 at byte {offset}",
            line=line,
            column=1,
            hint="save it as UTF-8, e.g. with: iconv -f ISO-8859-1 -t UTF-8 (use the encoding that it has)",
        )
    tree = _Tree()
    for each in _lines(text, given):
        tree.add(each)
    return read_documents([tree.document()], given, encoding="tag-value")


def _lines(text: str, given: Given) -> Iterator[_TagLine]:
    """Tags with their values; blank lines and comments are left out."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        number, found = index + 1, _TAG.fullmatch(lines[index])
        if found is None:
            if (rest := lines[index].strip()) and not rest.startswith("#"):
                yield _TagLine(number, "", rest)
            index += 1
            continue
        tag, value = found[1], found[2]
        if not value.startswith(_OPEN):
            yield _TagLine(number, tag, value.rstrip(" \t"))
            index += 1
            continue
        parts = [value[len(_OPEN) :]]
        while _CLOSE not in parts[-1]:
            index += 1
            if index >= len(lines):
                given.refuse(f"a {_OPEN} that no {_CLOSE} closes", line=number, column=1)
            parts.append(lines[index])
        parts[-1] = parts[-1].partition(_CLOSE)[0]
        yield _TagLine(number, tag, "\n".join(parts))
        index += 1


class _Tree:
    """The document so far, and the package that the next tag may belong to."""

    def __init__(self) -> None:
        self._packages: list[dict[str, Any]] = []
        self._files: list[dict[str, Any]] = []
        self._creators: list[str] = []
        self._creation: dict[str, Any] = {"creators": self._creators}
        self._documents: list[dict[str, str]] = []
        self._relationships: list[Any] = []
        self._lines: dict[str, list[int]] = {"packages": [], "relationships": []}
        self._strays: list[tuple[str, str, str]] = []
        self._value: dict[str, Any] = {
            "packages": self._packages,
            "files": self._files,
            "creationInfo": self._creation,
            "externalDocumentRefs": self._documents,
            "relationships": self._relationships,
        }
        self._current: dict[str, Any] = self._value
        """What an SPDXID belongs to."""
        self._package: dict[str, Any] | None = None
        self._handlers: Final[dict[str, Callable[[_TagLine], None]]] = {
            "SPDXVersion": self._set("spdxVersion"),
            "DocumentNamespace": self._set("documentNamespace"),
            "Created": self._created,
            "Creator": lambda line: self._creators.append(line.value),
            "ExternalDocumentRef": self._document_reference,
            "SPDXID": self._identifier,
            "PackageName": self._new_package,
            "PackageChecksum": self._checksum,
            "ExternalRef": self._reference,
            "ExternalRefComment": self._comment,
            "FileName": self._new_file,
            "SnippetSPDXID": self._snippet,
            "SnippetSPDXIdentifier": self._snippet,
            "LicenseID": self._licence,
            "Relationship": self._relationship,
        }

    def document(self) -> SpdxDocument:
        return SpdxDocument(self._value, TreePlace(self._lines), tuple(self._strays))

    def add(self, line: _TagLine) -> None:
        key = _PACKAGE_TAGS.get(line.tag)
        if not line.tag:
            self._stray(line, "a line without a tag; text of several lines needs <text> and </text>")
        elif key is None:
            if handler := self._handlers.get(line.tag):
                handler(line)
        elif self._package is None:
            self._outside(line)
        elif key in self._package:
            self._stray(line, f"{line.tag} is given twice; the first is read")
        else:
            self._package[key] = line.value

    def _outside(self, line: _TagLine) -> None:
        self._stray(line, f"{line.tag} before the first package")

    def _stray(self, line: _TagLine, message: str) -> None:
        if len(self._strays) <= _MAX_STRAYS:
            self._strays.append((f"line {line.number}", message, line.value))

    def _set(self, key: str) -> Callable[[_TagLine], None]:
        def handler(line: _TagLine) -> None:
            self._value.setdefault(key, line.value)

        return handler

    def _created(self, line: _TagLine) -> None:
        self._creation.setdefault("created", line.value)

    def _document_reference(self, line: _TagLine) -> None:
        name, _, rest = line.value.partition(" ")
        self._documents.append({"externalDocumentId": name, "spdxDocument": rest.strip().partition(" ")[0]})

    def _identifier(self, line: _TagLine) -> None:
        self._current.setdefault("SPDXID", line.value)

    def _new_package(self, line: _TagLine) -> None:
        self._package = self._current = {"name": line.value}
        self._packages.append(self._package)
        self._lines["packages"].append(line.number)

    def _new_file(self, _: _TagLine) -> None:
        self._current = {}
        self._files.append(self._current)

    def _snippet(self, line: _TagLine) -> None:
        self._current = {"SPDXID": line.value}
        self._files.append(self._current)

    def _licence(self, _: _TagLine) -> None:
        self._current = {}

    def _checksum(self, line: _TagLine) -> None:
        if self._package is None:
            self._outside(line)
        else:
            algorithm, _, value = line.value.partition(":")
            checksum = {"algorithm": algorithm.strip(), "checksumValue": value.strip()}
            self._package.setdefault("checksums", []).append(checksum)

    def _reference(self, line: _TagLine) -> None:
        if self._package is None:
            self._outside(line)
        else:
            parts = line.value.split(None, _REFERENCE_PARTS - 1)
            _, kind, locator = (*parts, "", "", "")[:_REFERENCE_PARTS]
            reference = {"referenceType": kind, "referenceLocator": locator}
            self._package.setdefault("externalRefs", []).append(reference)

    def _comment(self, line: _TagLine) -> None:
        if self._package is not None and self._package.get("externalRefs"):
            self._package["externalRefs"][-1]["comment"] = line.value

    def _relationship(self, line: _TagLine) -> None:
        parts = line.value.split()
        source, kind, target = (*parts, None, None, None)[:_RELATIONSHIP_PARTS]
        self._relationships.append(
            {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
        )
        self._lines["relationships"].append(line.number)
