"""Rows that a person could write into `avow.map`, from what the SBOM and source archives in hand state.

A proposal decides nothing. Each is a row without a reviewer, and `avow.map` refuses a row without one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from avow.formats.purl import LOCAL_TYPES
from avow.formats.repository import normal_repository
from avow.record import Proposal
from avow.survey.components import Located
from avow.survey.source_archives import SourceArchive

MANY: Final = 5
"""Components of one supplier without a package identifier from which on one row for all is proposed."""

ARCHIVE: Final = "source archive"
"""The basis of a proposal that a manifest in an archive makes."""

_LINKS: Final = ("vcs", "source-distribution", "download", "distribution", "website")

_BEYOND_16_BITS: Final = re.compile("([\U00010000-\U0010ffff])")


def proposals(components: Sequence[Located], archives: Sequence[SourceArchive] = ()) -> tuple[Proposal, ...]:
    """At most one proposal for each component that no row of the map is about and no registry knows."""
    open_ones = [each for each in components if each.row is None and _is_open(each)]
    in_hand = _Archives(archives)
    return tuple(_bulk(open_ones)) + tuple(
        proposal for each in open_ones if (proposal := _of_one(each, in_hand)) is not None
    )


def rows_to_review(found: Iterable[Proposal]) -> str:
    """The proposals as a file in the form of `avow.map`; each row lacks what only a reviewer can write."""
    head = (
        "# Rows that avow survey proposes, from what SBOM and source archives state. None counts yet.\n"
        "# Copy those that are right into avow.map, complete them, and write who reviewed them and when.\n"
        "map: 1\nrows:\n"
    )
    rows: dict[str, str] = {}
    for proposal in found:
        if proposal.row:  # two components can get one row, under comments that differ
            rows.setdefault(proposal.row.partition("\n")[2], proposal.row)
    return head + "".join(rows.values()) if rows else head.removesuffix("rows:\n") + "rows: []\n"


def _is_open(component: Located) -> bool:
    purl = component.purl
    return not component.entry.unusable and (purl is None or purl.type in LOCAL_TYPES)


def _bulk(components: Sequence[Located]) -> Iterable[Proposal]:
    """One row for all that a supplier seems to have made itself: it is also who delivered the SBOM."""
    sources = {id(each.source): each.source for each in components}.values()
    makers = {
        maker.casefold()
        for each in sources
        for maker in (each.supplier, *each.authors, *(root.supplier for root in each.roots))
        if maker
    }
    suppliers = Counter(each.entry.supplier for each in components if each.entry.supplier)
    first = {each.entry.supplier: each for each in reversed(components)}
    for supplier, count in suppliers.items():
        if count >= MANY and supplier.casefold() in makers:
            yield Proposal(
                component=first[supplier].id,
                what=f"{count} components of {supplier} look like the supplier's own work",
                basis="supplier",
                row=_row(f"{count} components", ("supplier", supplier), ("own", "supplier")),
            )


class _Archives:
    """Source archives in hand, found by digest or by name and version."""

    def __init__(self, archives: Sequence[SourceArchive]) -> None:
        self._by_digest: dict[tuple[str, str], SourceArchive] = {}
        self._by_name: dict[tuple[str, str], list[SourceArchive]] = {}
        for each in archives:
            for digest in each.digests:
                self._by_digest.setdefault(digest, each)
            self._by_name.setdefault((each.name.casefold(), each.version), []).append(each)

    def with_digest_of(self, component: Located) -> SourceArchive | None:
        """The one that has a digest which the SBOM states for the component."""
        digests = ((each.algorithm, each.value) for each in component.digests)
        return next(filter(None, map(self._by_digest.get, digests)), None)

    def with_name_of(self, component: Located) -> SourceArchive | None:
        """The only one of this name and version; two that say different things propose nothing."""
        found = self._by_name.get((component.entry.name.casefold(), component.version), [])
        return found[0] if len({(each.purl, each.repository) for each in found}) == 1 else None


def _of_archive(component: Located, archive: SourceArchive, *, by: str) -> Proposal:
    pair = ("is", archive.purl) if archive.purl else ("repository", archive.repository)
    where = f"{Path(archive.source).name}, which has its {by}"
    return _proposal(component, f"{pair[1]}, by {archive.manifest} in {where}", ARCHIVE, pair)


def _of_one(component: Located, archives: _Archives) -> Proposal | None:
    for ancestor in component.entry.ancestors:
        if ancestor.purl and not _names_no_package(ancestor.purl):
            relation = "patched" if component.entry.modified else "builtFrom"
            return _proposal(component, ancestor.purl, "pedigree", ("is", ancestor.purl), relation=relation)
    if (archive := archives.with_digest_of(component)) is not None:
        return _of_archive(component, archive, by="digest")
    for kind in _LINKS:
        for reference in component.entry.references:
            if reference.kind == kind and (repository := normal_repository(reference.url)):
                return _proposal(component, repository, kind, ("repository", repository))
    if (archive := archives.with_name_of(component)) is not None:
        return _of_archive(component, archive, by="name and version")
    if component.cpes:
        vendor, product, _ = component.cpes[0]
        return Proposal(
            component=component.id,
            what=f"say which package or repository {vendor}:{product} is; a CPE names a product",
            basis="cpe",
            row=_row(f"{component.label}, from its CPE", ("cpe", f"{vendor}:{product}"), ("is", "")),
        )
    return None


def _proposal(
    component: Located, what: str, basis: str, identity: tuple[str, str], *, relation: str = "builtFrom"
) -> Proposal:
    selector = (
        ("component", component.entry.purl) if component.purl is not None else ("name", component.entry.name)
    )
    if selector[0] == "name" and selector[1].endswith("*"):  # in a row, it would be about other names, too
        return Proposal(component=component.id, what=f"it is {what}", basis=basis)
    origin = basis if basis in {"pedigree", ARCHIVE} else f"{basis} link"
    row = _row(f"{component.label}, from its {origin}", selector, identity, ("relation", relation))
    return Proposal(component=component.id, what=f"it is {what}", basis=basis, row=row)


def _names_no_package(purl: str) -> bool:
    return purl.removeprefix("pkg:").lstrip("/").partition("/")[0].lower() in LOCAL_TYPES


def _row(about: str, *pairs: tuple[str, str]) -> str:
    """YAML for one row, which quotes keep a hostile name from leaving; empty if the map can't have it."""
    if not all(value.isprintable() for _, value in pairs):
        return ""
    lines = [f"{key}: {_quoted(value)}" for key, value in pairs]
    lines += ['reviewedBy: ""', 'reviewed: ""']
    return f"  # {_quoted(about)[1:-1]}\n  - " + "\n    ".join(lines) + "\n"


def _quoted(text: str) -> str:
    """`text` as a double-quoted YAML scalar in ASCII, so that a look-alike letter is seen for what it is.

    That is JSON, but for characters of more than 16 bits: JSON writes two escapes, YAML one.
    """
    parts = _BEYOND_16_BITS.split(text)
    escaped = (
        f"\\U{ord(each):08x}" if number % 2 else json.dumps(each)[1:-1] for number, each in enumerate(parts)
    )
    return f'"{"".join(escaped)}"'
