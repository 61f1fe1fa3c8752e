"""What lists of support dates and histories say about the components of a product.

A product is matched by purl, and only where none matches by a CPE that the SBOM states; the answer says by
which. A name alone matches nothing: AngularJS is not Angular.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from avow.advisories.end_of_life import Products, SupportedProduct, line_of
from avow.advisories.history import Histories
from avow.advisories.identifiers import cpe_key, purl_key
from avow.formats.purl import LoosePurl
from avow.record import EndOfLife


@dataclass(frozen=True, slots=True)
class Supported:
    """A component as far as support dates are concerned."""

    id: str
    purls: tuple[LoosePurl, ...] = ()
    """The one that decides first."""
    cpes: tuple[str, ...] = ()
    version: str = ""
    """Of the SBOM's field; the purl's counts first."""


@dataclass(frozen=True, slots=True)
class Updates:
    """When an upstream project last released something, and last fixed a vulnerability."""

    last_release: date | None
    last_security_fix: date | None
    source: str


def end_of_life(component: Supported, *, products: Products, today: date) -> tuple[EndOfLife, ...]:
    """What the lists say about the release line of `component`, one answer per product.

    No answer means that no list names the component, or that it has no version: the one in a CPE is not
    taken, because repositories of packages have it, too. Two snapshots that say the same about one product
    count once, the first of them; where they differ both are kept.
    """
    found: dict[tuple[str, str, str], EndOfLife] = {}
    for by, version, purl, snapshot, product in _named(component, products):
        if not version:
            continue
        line = line_of(product, version, purl=purl, today=today)
        found.setdefault(
            (product.name, line.cycle, line.eol),
            EndOfLife(
                component=component.id,
                product=product.name,
                by=by,
                cycle=line.cycle,
                eol=line.eol,
                state=line.state,
                contested=line.contested,
                snapshot=snapshot,
            ),
        )
    return tuple(found.values())


def update_history(
    purls: Iterable[LoosePurl], repositories: Iterable[str], *, histories: Histories, products: Products
) -> Updates | None:
    """The newest dates that anybody wrote down for an upstream project, or `None`: not looked at.

    `purls` are those of its components, `repositories` its normalised addresses. What the manufacturer wrote
    comes first; the release dates of support lists are used where it wrote nothing.
    """
    keys = list(dict.fromkeys(purl_key(purl) for purl in purls))
    written = [entry for key in (*repositories, *keys) for entry in histories.histories(key)]
    if written:
        return Updates(
            last_release=_newest(entry.last_release for entry in written),
            last_security_fix=_newest(entry.last_security_fix for entry in written),
            source="; ".join(dict.fromkeys(entry.source for entry in written)),
        )
    listed = [product for key in keys for _, product in products.products(key)]
    newest = _newest(product.last_release for product in listed)
    if newest is None:
        return None
    names = dict.fromkeys(product.name for product in listed)
    return Updates(newest, None, f"endoflife.date: {', '.join(names)}")


def _named(
    component: Supported, products: Products
) -> Sequence[tuple[str, str, LoosePurl | None, str, SupportedProduct]]:
    """The products that name the component: by what, for which version and purl, and from which snapshot."""
    by_purl = [
        ("purl", purl.version or component.version, purl, snapshot, product)
        for purl in component.purls
        for snapshot, product in products.products(purl_key(purl))
        if _names(product, purl)
    ]
    if by_purl:
        return by_purl
    purl = component.purls[0] if component.purls else None
    version = (purl.version if purl is not None else "") or component.version
    keys = dict.fromkeys(filter(None, map(cpe_key, component.cpes)))
    return [
        ("cpe", version, purl, snapshot, product)
        for key in keys
        for snapshot, product in products.products(key)
    ]


def _names(product: SupportedProduct, purl: LoosePurl) -> bool:
    """An identifier of the product has this purl's key, and the purl has all of its qualifiers."""
    key, own = purl_key(purl), set(purl.qualifiers)
    return any(each.key == key and own.issuperset(each.qualifiers) for each in product.identifiers)


def _newest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)
