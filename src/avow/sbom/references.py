"""External references of an SBOM's component: pointers to bundles with their properties, and mirrored links.

Only what carries our comment is replaced or removed; what others wrote stays.

Source: predicates/sbom-fields.md, rules 3 and 7, levels 1 and 2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from avow.sbom.fields import (
    BUNDLE_MEDIA_TYPE,
    LOOKED_AT_PROPERTY,
    MIRROR_COMMENT,
    PAYLOAD_PROPERTY,
    POINTER_COMMENT,
    VALID_UNTIL_PROPERTY,
    Declared,
    EmbeddableSbom,
    Form,
    Json,
    Link,
    Written,
    is_property,
    items_of,
    mirrored_practice,
    pointer_digest,
    put_items,
    text_of,
    values_of,
)
from avow.values import utc_text

MAX_SHOWN: Final = 300
"""Characters of an address or a value that somebody else wrote."""

_PROPERTIES: Final = (PAYLOAD_PROPERTY, VALID_UNTIL_PROPERTY, LOOKED_AT_PROPERTY)


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
    return list(map(text_of, found if isinstance(found, list) else [found]))


_FORMS: Final[Mapping[Form, _ReferenceForm]] = {
    Form.CYCLONEDX: _ReferenceForm(
        "externalReferences",
        _made_cyclonedx,
        lambda each: (text_of(each.get("type")),),
        lambda each: [text_of(each.get("url"))],
    ),
    Form.SPDX_2: _ReferenceForm(
        "externalRefs",
        _made_spdx_2,
        # the category is written with an underscore by some tools, against the schema; a type can be a URI
        lambda each: (
            text_of(each.get("referenceCategory")).replace("_", "-"),
            re.split(r"[/#]", text_of(each.get("referenceType")))[-1],
        ),
        lambda each: [text_of(each.get("referenceLocator"))],
    ),
    Form.SPDX_3: _ReferenceForm(
        "externalRef",
        _made_spdx_3,
        lambda each: (text_of(each.get("externalRefType")).rpartition("/")[2],),
        _locators,
    ),
}


def has_marks(document: EmbeddableSbom, element: Json) -> bool:
    """An earlier run wrote something here, by the comments and names that it uses."""
    references = items_of(document, element, _FORMS[document.form].member)
    properties = element.get("properties")
    return any(_is_pointer(document, each) or _is_mirror(document, each) for each in references) or (
        isinstance(properties, list) and any(values_of(properties, name) for name in _PROPERTIES)
    )


def _is_pointer(document: EmbeddableSbom, each: object) -> bool:
    kind = document.links()[Link.DECLARATION][-1]
    return (
        isinstance(each, dict)
        and _FORMS[document.form].type_of(each)[-1] == kind
        and pointer_digest(text_of(each.get("comment")), form=document.form) is not None
    )


def _is_mirror(document: EmbeddableSbom, each: object) -> bool:
    if not isinstance(each, dict):
        return False
    kind = _FORMS[document.form].type_of(each)[-1]
    return bool(mirrored_practice(text_of(each.get("comment")), form=document.form, kind=kind))


def write_pointers(
    document: EmbeddableSbom, element: Json, declared: Sequence[Declared], *, written: Written
) -> None:
    """Point to `declared`, and in CycloneDX say more of each in properties of the component.

    Pointers of earlier runs to anything else go: those with a digest if one of `declared` has one, and those
    without if one has none. At the same address either is replaced.
    """
    layout, kind = _FORMS[document.form], document.links()[Link.DECLARATION]
    wanted = [
        _Reference(kind, each.url, POINTER_COMMENT, each.bundle_sha256, f"pointer to {each.url}")
        for each in declared
    ]
    urls = {each.url for each in wanted}
    kinds = {bool(each.sha256) for each in wanted}

    def is_own(reference: Json) -> bool:
        return _is_pointer(document, reference) and (
            (_digest_of(document, reference) is not None) in kinds
            or not urls.isdisjoint(layout.urls_of(reference))
        )

    before = _pinned(document, element)
    _renew(document, element, wanted, is_own=is_own, written=written)
    if document.form is Form.CYCLONEDX:
        after = _pinned(document, element)
        if before != after or not after or any(each.payload_sha256 for each in declared):
            _write_properties(document, element, declared, before=before, after=after, written=written)


def _digest_of(document: EmbeddableSbom, reference: Json) -> str | None:
    """What a pointer says of the bundle's bytes, whatever it is; None if it says nothing."""
    if document.form is not Form.CYCLONEDX:
        return pointer_digest(text_of(reference.get("comment")), form=document.form) or None
    hashes = reference.get("hashes")
    first = hashes[0] if isinstance(hashes, list) and hashes else hashes
    return None if not hashes else text_of(first.get("content")) if isinstance(first, dict) else ""


_Pinned = tuple[str, str]
"""Address and digest of a pointer with a digest."""


def _pinned(document: EmbeddableSbom, element: Json) -> list[_Pinned]:
    layout = _FORMS[document.form]
    return [
        (layout.urls_of(each)[0], digest)
        for each in items_of(document, element, layout.member)
        if _is_pointer(document, each) and (digest := _digest_of(document, each)) is not None
    ]


def _write_properties(
    document: EmbeddableSbom,
    element: Json,
    declared: Sequence[Declared],
    *,
    before: list[_Pinned],
    after: list[_Pinned],
    written: Written,
) -> None:
    """The three properties of each pointer with a digest, in the order of the pointers, and no others."""
    found = items_of(document, element, "properties")
    said: dict[_Pinned, dict[str, str]] = {each: {} for each in before}
    for name in _PROPERTIES:
        values = values_of(found, name)
        if len(values) == len(before):
            for pointer, value in zip(before, values, strict=True):
                said[pointer][name] = value
    looked = {each.get(PAYLOAD_PROPERTY): each.get(LOOKED_AT_PROPERTY, "") for each in said.values()}
    for each in declared:
        said[each.url, each.bundle_sha256] = {
            PAYLOAD_PROPERTY: each.payload_sha256,
            VALID_UNTIL_PROPERTY: utc_text(each.valid_until) if each.valid_until else "",
            LOOKED_AT_PROPERTY: utc_text(each.looked_at)
            if each.looked_at
            else looked.get(each.payload_sha256, ""),
        }
    properties = list(found)
    for name in _PROPERTIES:
        values = [said[pointer].get(name, "") for pointer in after]
        _have_values(properties, name, values if all(values) else [], written=written)
    put_items(element, "properties", found, properties)


def _have_values(properties: list[Any], name: str, values: list[str], *, written: Written) -> None:
    """Have exactly `values` among the properties with this name; the others stay where they are."""
    before = values_of(properties, name)
    if before == values:
        return
    lines = written.removed if not values else written.replaced if before else written.added
    lines.append(name)
    own = [number for number, each in enumerate(properties) if is_property(each, name)]
    for number, value in zip(own, values, strict=False):
        properties[number] = {"name": name, "value": value}
    properties += [{"name": name, "value": value} for value in values[len(own) :]]
    for number in reversed(own[len(values) :]):
        del properties[number]


def write_links(
    document: EmbeddableSbom, element: Json, links: Iterable[tuple[Link, str, str]], *, written: Written
) -> None:
    """Mirror exactly `links`, each with its practice and address; what others refer to is not repeated."""
    types, layout = document.links(), _FORMS[document.form]
    by_others = {
        (layout.type_of(each), url)
        for each in items_of(document, element, layout.member)
        if isinstance(each, dict) and not _is_mirror(document, each)
        for url in layout.urls_of(each)
    }
    wanted: dict[tuple[tuple[str, ...], str], _Reference] = {}
    for link, practice, url in links:
        if link not in types or (document.form is Form.SPDX_2 and url.startswith("mailto:")):
            written.left.append(f"{practice} {link} {url}: {document.form} has no field for it")
        elif (types[link], url) not in by_others:
            what = f"{link} {url} ({practice})"
            reference = _Reference(types[link], url, f"{MIRROR_COMMENT} {practice}", "", what)
            wanted.setdefault((types[link], url), reference)
    _renew(
        document,
        element,
        list(wanted.values()),
        is_own=lambda each: _is_mirror(document, each),
        written=written,
    )


def _renew(
    document: EmbeddableSbom,
    element: Json,
    wanted: list[_Reference],
    *,
    is_own: Callable[[Json], bool],
    written: Written,
) -> None:
    """Have exactly `wanted` among the references of `element` that are `is_own`.

    One that exists keeps its place, and its bytes if it is as wanted. Its place may go to one of its type.
    """
    layout = _FORMS[document.form]
    before = items_of(document, element, layout.member)
    references = list(before)
    own = [number for number, each in enumerate(references) if isinstance(each, dict) and is_own(each)]
    waiting = {(each.type, each.url): each for each in wanted}
    taken: dict[int, _Reference] = {}
    for number in own:
        keys = [(layout.type_of(references[number]), url) for url in layout.urls_of(references[number])]
        key = next((each for each in keys if each in waiting), None)
        if key is not None:
            taken[number] = waiting.pop(key)
    gone: list[int] = []
    for number in own:
        kind, known = layout.type_of(references[number]), _shown(layout, references[number])
        new = None if number in taken else next((key for key in waiting if key[0] == kind), None)
        reference = taken.get(number) if new is None else waiting.pop(new)
        if reference is None:
            gone.append(number)
            written.removed.append(known)
        elif not _is_as_wanted(layout.made(reference), references[number]):
            references[number] = layout.made(reference)
            written.replaced.append(reference.what if number in taken else f"{known} with {reference.what}")
    for reference in waiting.values():
        references.append(layout.made(reference))
        written.added.append(reference.what)
    for number in reversed(gone):
        del references[number]
    put_items(element, layout.member, before, references)


def _is_as_wanted(wanted: Json, found: Json) -> bool:
    """They are equal; one locator of SPDX 3 may be written without a list."""
    locator = found.get("locator")
    return wanted == (found | {"locator": [locator]} if isinstance(locator, str) else found)


def _shown(layout: _ReferenceForm, reference: Json) -> str:
    """A reference that was in the document, by its type and address."""
    parts = (*layout.type_of(reference), *layout.urls_of(reference))
    return " ".join(filter(None, parts))[:MAX_SHOWN]
