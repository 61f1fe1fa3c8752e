"""Rows that a person could write into `avow.map`, from what the SBOM itself states.

A proposal decides nothing. Each is a row without a reviewer, and `avow.map` refuses a row without one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from avow.formats.repository import normal_repository
from avow.record import Proposal
from avow.survey.components import LOCAL_KINDS, Located

MANY: Final = 5
"""Components of one supplier without a package identifier from which on one row for all is proposed."""

_LINKS: Final = ("vcs", "source-distribution", "download", "distribution", "website")


def proposals(components: Sequence[Located]) -> tuple[Proposal, ...]:
    """At most one proposal for each component that no row of the map is about and no registry knows."""
    open_ones = [each for each in components if each.row is None and _is_open(each)]
    return tuple(_bulk(open_ones)) + tuple(
        proposal for each in open_ones if (proposal := _of_one(each)) is not None
    )


def rows_to_review(found: Iterable[Proposal]) -> str:
    """The proposals as a file in the form of `avow.map`; each row lacks what only a reviewer can write."""
    head = (
        "# Rows that avow survey proposes, from what the SBOM states. None of them counts yet.\n"
        "# Copy those that are right into avow.map, complete them, and write who reviewed them and when.\n"
        "map: 1\nrows:\n"
    )
    rows = list(dict.fromkeys(proposal.row for proposal in found if proposal.row))
    return head + "".join(rows) if rows else head.removesuffix("rows:\n") + "rows: []\n"


def _is_open(component: Located) -> bool:
    purl = component.purl
    return not component.entry.unusable and (purl is None or purl.type in LOCAL_KINDS)


def _bulk(components: Sequence[Located]) -> Iterable[Proposal]:
    """One row for all that a supplier seems to have made itself: it is also who delivered the SBOM."""
    makers = {
        maker.casefold()
        for each in components
        for maker in (
            each.source.supplier,
            *each.source.authors,
            *(root.supplier for root in each.source.roots),
        )
        if maker
    }
    suppliers = Counter(each.entry.supplier for each in components if each.entry.supplier)
    for supplier, count in suppliers.items():
        if count >= MANY and supplier.casefold() in makers:
            first = next(each for each in components if each.entry.supplier == supplier)
            yield Proposal(
                component=first.id,
                what=f"{count} components of {supplier} look like the supplier's own work",
                basis="supplier",
                row=_row(f"{count} components", ("supplier", supplier), ("own", "supplier")),
            )


def _of_one(component: Located) -> Proposal | None:
    for ancestor in component.entry.ancestors:
        if ancestor.purl and not _names_no_package(ancestor.purl):
            relation = "patched" if component.entry.modified else "builtFrom"
            return _proposal(component, ancestor.purl, "pedigree", ("is", ancestor.purl), relation=relation)
    for kind in _LINKS:
        for reference in component.entry.references:
            if reference.kind == kind and (repository := normal_repository(reference.url)):
                return _proposal(component, repository, kind, ("repository", repository))
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
    origin = basis if basis == "pedigree" else f"{basis} link"
    row = _row(f"{component.label}, from its {origin}", selector, identity, ("relation", relation))
    return Proposal(component=component.id, what=f"it is {what}", basis=basis, row=row)


def _names_no_package(purl: str) -> bool:
    return purl.removeprefix("pkg:").lstrip("/").partition("/")[0].lower() in LOCAL_KINDS


def _row(about: str, *pairs: tuple[str, str]) -> str:
    """YAML for one row; JSON's quotes keep a hostile name from becoming another key or line."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in pairs]
    lines += ['reviewedBy: ""', 'reviewed: ""']
    return f"  # {json.dumps(about)[1:-1]}\n  - " + "\n    ".join(lines) + "\n"
