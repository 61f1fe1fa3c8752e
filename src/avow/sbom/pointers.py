"""The pointers to declarations that an SBOM has, and the bundles in hand that they lead to.

Nothing of this is a declared fact: whoever made the SBOM wrote it, and a declaration is what its bundle says
once that is verified.

Source: predicates/sbom-fields.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from avow.sbom.fields import (
    END_OF_SUPPORT_PROPERTY,
    LINK_TYPES,
    LOOKED_AT_PROPERTY,
    PAYLOAD_PROPERTY,
    VALID_UNTIL_PROPERTY,
    Link,
    mirrored_practice,
    pointer_comment,
)
from avow.sbom.inventory import Entry, Inventory, Reference

ATTESTATION_KINDS: Final = frozenset(types[Link.DECLARATION][-1] for types in LINK_TYPES.values())
"""What formats call a reference to a signed statement, ours or not."""

_ESCAPED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class SbomPointer:
    """Where an SBOM says that a signed statement about one of its components is."""

    place: str
    """Of the component in the inventory; empty for the document as a whole."""
    name: str
    version: str
    purl: str
    url: str
    predicate_type: str
    """By its comment; empty if it does not say that it leads to a declaration, which it may all the same."""
    sha256: str = ""
    """Of the bundle; empty where the bundle was made after the SBOM."""
    payload_sha256: str = ""
    valid_until: str = ""
    looked_at: str = ""
    """When whoever made the SBOM last looked for something newer; a text, as written."""

    @property
    def file_name(self) -> str:
        """The last part of the URL, with its escapes resolved; empty if it has none."""
        path = re.split("[?#]", self.url, maxsplit=1)[0]
        name = path.rpartition("/")[2].encode("utf-8", "replace")
        return _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), name).decode("utf-8", "replace")

    def leads_to(self, name: str, sha256: str) -> bool:
        """It is about the bundle with this file name and this digest.

        Where the pointer has a digest, only that counts; a name proposes, and verification decides.
        """
        if self.sha256:
            return self.sha256 == sha256
        return bool(name) and self.file_name == name


@dataclass(frozen=True, slots=True)
class SbomMirror:
    """A fact of a declaration that an SBOM repeats in a field of its own."""

    place: str
    name: str
    version: str
    practice: str
    kind: str
    """The format's word for it."""
    value: str


def pointers(inventory: Inventory) -> tuple[SbomPointer, ...]:
    """Every reference of the inventory to a signed statement, in its order, roots first.

    Of the properties that say more, the first belongs to the first pointer with a digest, and so on; if there
    are more of one kind than of the other, none belongs to any.
    """
    found: list[SbomPointer] = []
    for entry in (*inventory.roots, *inventory.entries):
        found += _pointers_of(entry, entry.references)
    known = Counter((each.url, each.sha256) for each in found)
    document = Entry(place="")
    found += (
        each for each in _pointers_of(document, inventory.references) if not known[each.url, each.sha256]
    )
    return tuple(found)


def _pointers_of(entry: Entry, references: tuple[Reference, ...]) -> Iterator[SbomPointer]:
    statements = [each for each in references if each.kind in ATTESTATION_KINDS]
    comments = [pointer_comment(each.comment) or ("", "") for each in statements]
    digests = [
        next((digest.value for digest in each.digests if digest.algorithm == "sha256"), comment[1])
        for each, comment in zip(statements, comments, strict=True)
    ]
    own = [number for number, (kind, _) in enumerate(comments) if kind and digests[number]]
    payloads, until, looked = (
        _belonging(entry, name, own) for name in (PAYLOAD_PROPERTY, VALID_UNTIL_PROPERTY, LOOKED_AT_PROPERTY)
    )
    for number, each in enumerate(statements):
        yield SbomPointer(
            place=entry.place,
            name=entry.name,
            version=entry.version,
            purl=entry.purl,
            url=each.url,
            predicate_type=comments[number][0],
            sha256=digests[number],
            payload_sha256=payloads.get(number, ""),
            valid_until=until.get(number, ""),
            looked_at=looked.get(number, ""),
        )


def _belonging(entry: Entry, name: str, own: list[int]) -> dict[int, str]:
    values = [value for each, value in entry.properties if each == name]
    return dict(zip(own, values, strict=True)) if len(values) == len(own) else {}


def mirrors(inventory: Inventory) -> tuple[SbomMirror, ...]:
    """The facts that the SBOM says are copies of a declaration's."""
    return tuple(mirror for entry in (*inventory.roots, *inventory.entries) for mirror in _mirrors_of(entry))


def _mirrors_of(entry: Entry) -> Iterable[SbomMirror]:
    for each in entry.references:
        if practice := mirrored_practice(each.comment):
            yield SbomMirror(entry.place, entry.name, entry.version, practice, each.kind, each.url)
    has_pointer = any(pointer_comment(each.comment) for each in entry.references)
    for name, value in entry.properties:
        if has_pointer and name == END_OF_SUPPORT_PROPERTY:
            yield SbomMirror(entry.place, entry.name, entry.version, "SUP-01", name, value)
