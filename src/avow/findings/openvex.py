"""OpenVEX documents, 0.0.x and 0.2.0.

In 0.0.x products and subcomponents are texts and the subcomponents belong to the statement; in 0.2.0 they are
objects, and a product has its own. Both occur in one document, so both are read everywhere.

Source: OpenVEX specification 0.2.0, and enhancement 0014 (product field).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from avow.errors import InputInvalid
from avow.findings.fields import Fields
from avow.findings.names import digest_of, names_of
from avow.findings.statements import FindingsFile, Named, UnreadList, VexProduct, VexStatement, VexStatus
from avow.formats.foreign import shown

_CONTEXT: Final = re.compile(r"https://openvex\.dev/ns(?:/v(?P<version>[0-9.]+))?/?", re.ASCII)
_READ: Final = re.compile(r"0\.(?:0\.[0-9]+|1\.[0-9]+|2\.[0-9]+|2)", re.ASCII)

_STATUS: Final = {each.value: each for each in VexStatus}

NO_STATEMENT: Final = "the document has no statement"


def is_document(document: Any) -> bool:
    """The document has OpenVEX's context."""
    return isinstance(document, dict) and bool(_context(document))


def _context(document: dict[str, Any]) -> str:
    context = document.get("@context")
    contexts = context if isinstance(context, list) else [context]
    return next(
        (each for each in contexts if isinstance(each, str) and each.startswith("https://openvex.dev/ns")), ""
    )


def read_document(document: dict[str, Any], source: str) -> FindingsFile:
    """The statements of an OpenVEX document, in its order.

    Raises:
        InputInvalid: a version that is not read.
    """
    context = _context(document)
    found = _CONTEXT.fullmatch(context)
    version = (found and found["version"]) or ""
    if found is None or (version and _READ.fullmatch(version) is None):
        raise InputInvalid(
            f"{source}: OpenVEX with the context {shown(context)} is not read; 0.0.x to 0.2.0 are",
            location=f"{source}: /@context",
            hint="write the document as OpenVEX 0.2.0",
        )
    unread = UnreadList()
    top = Fields(document, "", unread=unread)
    statements = tuple(
        statement for each in top.parts("statements") if (statement := _statement(each, top)) is not None
    )
    return FindingsFile(
        format=f"OpenVEX {version}".rstrip(),
        vex=statements,
        stated=_latest(top),
        author=top.text("author"),
        unread=unread.all(),
        notes=() if statements or unread.found else (NO_STATEMENT,),
    )


def _latest(part: Fields) -> datetime | None:
    """`last_updated`, else `timestamp`."""
    return part.moment("last_updated") or part.moment("timestamp")


def _statement(entry: Fields, top: Fields) -> VexStatement | None:
    names = _vulnerability(entry)
    if not names:
        entry.unread.add(entry.place, "the statement does not name its vulnerability")
        return None
    status_text = entry.text("status")
    if not status_text:
        entry.unread.add(entry.at("status"), "the statement has no status")
    details = map(entry.text, ("impact_statement", "action_statement", "status_notes"))
    parts = _named(entry, "subcomponents")
    return VexStatement(
        place=entry.place,
        ids=names,
        status=_STATUS.get(status_text, VexStatus.UNKNOWN),
        status_text=status_text,
        products=tuple(
            VexProduct(
                _component(place, item, entry.unread), _subcomponents(place, item, entry.unread) or parts
            )
            for place, item in _usable(entry, "products")
        ),
        justification=entry.text("justification"),
        detail="\n".join(filter(None, details)),
        moment=_latest(entry) or _latest(top),
        author=top.text("author"),
        document=top.text("@id"),
    )


def _vulnerability(entry: Fields) -> tuple[str, ...]:
    value = entry.value.get("vulnerability")
    if not isinstance(value, dict):
        return names_of(entry.text("vulnerability"), ()).ids
    part = entry.part("vulnerability")
    return names_of(part.text("name") or part.text("@id"), part.texts("aliases")).ids


def _usable(entry: Fields, key: str) -> list[tuple[str, Any]]:
    """The items of a list of components; what is neither text nor object is named."""
    usable = []
    for place, item in entry.items(key):
        if isinstance(item, str | dict) and item:
            usable.append((place, item))
        else:
            entry.unread.add(place, f"expected a text or an object, not {shown(item)}")
    return usable


def _named(entry: Fields, key: str) -> tuple[Named, ...]:
    return tuple(_component(place, item, entry.unread) for place, item in _usable(entry, key))


def _subcomponents(place: str, item: Any, unread: UnreadList) -> tuple[Named, ...]:
    return _named(Fields(item, place, unread=unread), "subcomponents") if isinstance(item, dict) else ()


def _component(place: str, item: Any, unread: UnreadList) -> Named:
    if isinstance(item, str):
        item = {"@id": item}
    part = Fields(item, place, unread=unread)
    identifiers, own = part.part("identifiers"), part.text("@id")
    digests = []
    hashes = part.part("hashes")
    for algorithm in hashes.value:
        if digest := digest_of(algorithm, hashes.text(algorithm)):
            digests.append(digest)
        else:
            unread.add(hashes.at(algorithm), f"{shown(hashes.value[algorithm])} is not such a digest")
    purl = identifiers.text("purl")
    is_purl = own[:4].lower() == "pkg:"
    return Named(
        name="" if is_purl else own,
        purl=purl or (own if is_purl else ""),
        cpe=identifiers.text("cpe23") or identifiers.text("cpe22"),
        digests=tuple(digests),
    )
