"""Writes into one component of an SBOM where its declarations are, and what they say.

Source: predicates/sbom-fields.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avow.catalogue.practices import Catalogue
from avow.sbom.facts import Facts, facts_of
from avow.sbom.fields import Declared, EmbeddableSbom, Written
from avow.sbom.inventory import Entry
from avow.sbom.references import has_marks, write_links, write_pointers
from avow.sbom.single_values import write_single_values

_NOT_ASKED: Final = "mirrors were not asked for"


def embed(
    document: EmbeddableSbom,
    entry: Entry,
    declared: Sequence[Declared],
    *,
    catalogue: Catalogue,
    mirrors: bool,
) -> Written:
    """Write pointers to `declared` into the component `entry`, and with `mirrors` their facts.

    `declared` is everything that is said about the component: pointers of earlier runs to anything else go,
    as `write_pointers` says, and so do mirrors that are not wanted any more.

    Raises:
        InputInvalid: the component has something else than a list where the format has one.
    """
    element = document.element(entry.place)
    written = Written(entry.place)
    had_marks = has_marks(document, element)
    write_pointers(document, element, declared, written=written)
    facts = facts_of(declared, entry, catalogue=catalogue, written=written) if mirrors else Facts()
    write_links(document, element, facts.links, written=written)
    why_not = "it is not declared"
    if not mirrors:
        why_not = _NOT_ASKED
    elif all(each.has_expired for each in declared):
        why_not = "the declaration has expired"
    write_single_values(document, element, facts, why_not=why_not, had_marks=had_marks, written=written)
    return written
