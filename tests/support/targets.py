"""Products and components of one inventory, as the survey makes them, for tests of findings and VEX."""

from __future__ import annotations

from avow.findings.refs import whole_ref
from avow.sbom.inventory import Entry, Inventory
from avow.survey.identify import Target


def targets_of(inventory: Inventory, *, sbom: str = "s1") -> tuple[list[Target], list[Target]]:
    """Its roots, and its entries, each entry a component of its own."""

    def ref(own: str) -> str:
        return whole_ref(
            own,
            document_format=inventory.format,
            identifier=inventory.identifier,
            version=inventory.document_version,
        )

    def target(entry: Entry, own: str, *, product: bool) -> Target:
        return Target(
            id=own,
            name="/".join(filter(None, (entry.group, entry.name))),
            version=entry.version,
            purls=tuple(filter(None, (entry.purl, *entry.other_purls))),
            digests=tuple((each.algorithm, each.value) for each in entry.digests),
            refs=tuple(filter(None, (ref(entry.ref) if entry.ref else "", ref("") if product else ""))),
            places=((sbom, entry.place),),
            cpes=entry.cpes,
            products=() if product else products,
        )

    products = tuple(f"p{number}" for number in range(1, len(inventory.roots) + 1))
    return (
        [target(each, own, product=True) for each, own in zip(inventory.roots, products, strict=True)],
        [target(each, f"c{n}", product=False) for n, each in enumerate(inventory.entries, 1)],
    )
