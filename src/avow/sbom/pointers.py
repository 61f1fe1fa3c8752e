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
    LINK_TYPES,
    LOOKED_AT_PROPERTY,
    PAYLOAD_PROPERTY,
    VALID_UNTIL_PROPERTY,
    Form,
    Link,
    form_of,
    mirrored_practice,
    pointer_digest,
)
from avow.sbom.inventory import Entry, Inventory, ProblemKind, Reference
from avow.statement.predicate import MOMENT_PATTERN
from avow.statement.types import PREDICATE_TYPE

ATTESTATION_KINDS: Final = frozenset(types[Link.DECLARATION][-1] for types in LINK_TYPES.values())
"""What formats call a reference to a signed statement, ours or not."""

_ESCAPED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_WEB: Final = re.compile(r"https?://[^/]", re.IGNORECASE)
_MAIL: Final = "mailto:"
_FORMS_OF_VALUES: Final = {
    PAYLOAD_PROPERTY: re.compile(r"[0-9a-f]{64}"),
    VALID_UNTIL_PROPERTY: re.compile(MOMENT_PATTERN),
    LOOKED_AT_PROPERTY: re.compile(MOMENT_PATTERN),
}


@dataclass(frozen=True, slots=True)
class SbomPointer:
    """A reference of an SBOM to an attestation of one of its components."""

    place: str
    """Of the component in the inventory; empty for the document as a whole."""
    name: str
    version: str
    purl: str
    url: str
    predicate_type: str
    """Of a pointer to a declaration; empty for any other attestation, which may be one all the same."""
    sha256: str = ""
    """Of the bundle; empty where the bundle was made after the SBOM."""
    payload_sha256: str = ""
    valid_until: str = ""
    looked_at: str = ""
    """When whoever made the SBOM last looked for something newer; a text, as written."""
    kind: str = ""
    """The format's word for what is referred to."""
    comment: str = ""

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
    """Every reference of the inventory to an attestation, in its order, roots first.

    One is a pointer to a declaration if it has the type and the very comment of one, an http or https
    address, and a digest that is whole or none at all; any other has no `predicate_type`. A reference of the
    document, and not of a component, is never one.

    Of the properties that say more, the first belongs to the first pointer with a digest, and so on; if there
    are more of one kind than of the other, none belongs to any. A value that is not of its form is left out.
    """
    form = form_of(inventory.format)
    damaged = [each.place for each in inventory.problems if each.kind is ProblemKind.BAD_DIGEST]
    found: list[SbomPointer] = []
    for entry in (*inventory.roots, *inventory.entries):
        if any(each.kind in ATTESTATION_KINDS for each in entry.references):
            of_references = f"{entry.place}/externalReferences/"
            is_damaged = any(each.startswith(of_references) for each in damaged)
            found += _pointers_of(entry, entry.references, form=form, is_damaged=is_damaged)
    known = Counter((each.url, each.sha256) for each in found)
    found += (
        each
        for each in _pointers_of(Entry(place=""), inventory.references, form=None, is_damaged=False)
        if not known[each.url, each.sha256]
    )
    return tuple(found)


def _pointers_of(
    entry: Entry, references: tuple[Reference, ...], *, form: Form | None, is_damaged: bool
) -> Iterator[SbomPointer]:
    statements = [each for each in references if each.kind in ATTESTATION_KINDS]
    digests = [_digest_of(each, form=form, is_damaged=is_damaged) for each in statements]
    own = [number for number, digest in enumerate(digests) if digest]
    payloads, until, looked = (
        _belonging(entry, name, own) for name in (PAYLOAD_PROPERTY, VALID_UNTIL_PROPERTY, LOOKED_AT_PROPERTY)
    )
    for number, each in enumerate(statements):
        digest = digests[number]
        yield SbomPointer(
            place=entry.place,
            name=entry.name,
            version=entry.version,
            purl=entry.purl,
            url=each.url,
            predicate_type="" if digest is None else PREDICATE_TYPE,
            sha256=(digest or next(iter(_sha256(each)), "")),
            payload_sha256=payloads.get(number, ""),
            valid_until=until.get(number, ""),
            looked_at=looked.get(number, ""),
            kind=each.kind,
            comment=each.comment,
        )


def _digest_of(reference: Reference, *, form: Form | None, is_damaged: bool) -> str | None:
    """The digest of a pointer to a declaration, empty if it has none; None if it is something else.

    `is_damaged`: a digest of a reference of this component can't be read; which one's is not known.
    """
    if form is None or reference.kind != LINK_TYPES[form][Link.DECLARATION][-1]:
        return None
    in_comment = pointer_digest(reference.comment, form=form)
    if in_comment is None or not _WEB.match(reference.url):
        return None
    if form is not Form.CYCLONEDX:
        return in_comment
    stated = _sha256(reference)
    if len(stated) == 1:
        return stated[0]
    return None if reference.digests or is_damaged else ""


def _sha256(reference: Reference) -> list[str]:
    return list(dict.fromkeys(each.value for each in reference.digests if each.algorithm == "sha256"))


def _belonging(entry: Entry, name: str, own: list[int]) -> dict[int, str]:
    values = [value for each, value in entry.properties if each == name]
    if len(values) != len(own):
        return {}
    form = _FORMS_OF_VALUES[name]
    return {number: value for number, value in zip(own, values, strict=True) if form.fullmatch(value)}


def mirrors(inventory: Inventory) -> tuple[SbomMirror, ...]:
    """The references that the SBOM says are copies of a declaration's facts.

    Fields without room for a mark are not among them: whose they are is not known.
    """
    form = form_of(inventory.format)
    entries = (*inventory.roots, *inventory.entries)
    return () if form is None else tuple(mirror for entry in entries for mirror in _mirrors_of(entry, form))


def _mirrors_of(entry: Entry, form: Form) -> Iterable[SbomMirror]:
    for each in entry.references:
        practice = mirrored_practice(each.comment, form=form, kind=each.kind)
        if practice and (_WEB.match(each.url) or each.url.startswith(_MAIL)):
            yield SbomMirror(entry.place, entry.name, entry.version, practice, each.kind, each.url)
