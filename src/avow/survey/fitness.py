"""How fit an SBOM is for the work that follows: counts of fields, without a score and without a gate.

The names are those of BSI TR-03183-2, so that a reader who has to meet it finds them again. The counts do not
say whether it is met: that asks for formats and fields that are not counted here.

Source: BSI TR-03183-2, version 2.1.0, sections 5.2.1 to 5.2.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from avow.record import FitnessCount
from avow.sbom.inventory import Entry, Inventory

_WITH_KIND: Final = {
    "source code URI": ("vcs", "source-distribution"),
    "URI of the deployable form": ("distribution", "download"),
}


def _has_digest(*algorithms: str) -> Callable[[Entry], bool]:
    return lambda entry: any(digest.algorithm in algorithms for digest in entry.digests)


def _has_reference(kinds: tuple[str, ...]) -> Callable[[Entry], bool]:
    return lambda entry: any(reference.kind in kinds for reference in entry.references)


_OF_ENTRIES: Final[tuple[tuple[str, Callable[[Entry], bool], str], ...]] = (
    ("component name", lambda entry: entry.name != "", "entries that could not be read have no name"),
    (
        "component version",
        lambda entry: entry.version != "" or "@" in entry.purl.partition("?")[0].rpartition("/")[2],
        "vendored files and modules of the product itself usually have none",
    ),
    ("component creator", lambda entry: entry.supplier != "", "most generators can't see who made a package"),
    (
        "other unique identifiers",
        lambda entry: entry.purl != "" or entry.cpes != (),
        "files, and packages that come from no registry, get no purl or CPE",
    ),
    (
        "hash of the deployable component (SHA-512)",
        _has_digest("sha512"),
        "generators that read lock files or installed packages state other algorithms, or none",
    ),
    (
        "hash (SHA-256, SHA-384 or SHA-3)",
        _has_digest("sha256", "sha384", "sha3_256", "sha3_384", "sha3_512"),
        "",
    ),
    ("hash (SHA-1 or MD5)", _has_digest("sha1", "md5"), ""),
    (
        "licences",
        lambda entry: entry.licences != (),
        "the generator found no licence file or metadata, or was not asked to look",
    ),
    ("source code URI", _has_reference(_WITH_KIND["source code URI"]), "few package managers state it"),
    (
        "URI of the deployable form",
        _has_reference(_WITH_KIND["URI of the deployable form"]),
        "it is known when packages are downloaded, which generators rarely see",
    ),
)


def fitness(inventory: Inventory) -> tuple[FitnessCount, ...]:
    """How many entries have each field, and whether the SBOM has those about itself."""
    entries = inventory.entries
    counted = [
        _count(name, sum(map(has, entries)), len(entries), cause=cause) for name, has, cause in _OF_ENTRIES
    ]
    linked = {place for edge in inventory.edges for place in edge}
    counted.append(
        _count(
            "dependencies",
            sum(entry.place in linked for entry in entries),
            len(entries),
            cause="the generator saw a flat list, such as files in an image",
        )
    )
    about_itself = (
        ("SBOM creator", bool(inventory.generators or inventory.authors or inventory.supplier)),
        ("timestamp", inventory.created is not None),
        ("SBOM-URI", inventory.identifier != ""),
    )
    counted += [
        _count(name, int(has), 1, cause="the generator does not write it") for name, has in about_itself
    ]
    return tuple(counted)


def _count(field: str, have: int, of: int, *, cause: str) -> FitnessCount:
    return FitnessCount(field=field, have=have, of=of, cause=cause if have < of else "")
