"""Where bundles and evidence come from: one module for each kind of store, and the table that opens them.

A store finds candidates and judges nothing. Each candidate says whether the user named it: a named bundle
that turns out to be about something else is a refusal, one that merely is in the same directory is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from avow.errors import InputInvalid
from avow.stores.evidence import (
    EVIDENCE_DIRECTORY,
    MAX_EVIDENCE_BYTES,
    EvidenceDirectory,
    evidence_name,
    open_evidence,
)
from avow.stores.local import is_local, local_path, open_path
from avow.stores.protocol import Candidate, EvidenceStore, Store
from avow.transparency.container import MAX_BUNDLE_BYTES, MAX_BUNDLE_VALUES

__all__ = [
    "EVIDENCE_DIRECTORY",
    "MAX_BUNDLE_BYTES",
    "MAX_BUNDLE_VALUES",
    "MAX_EVIDENCE_BYTES",
    "STORES",
    "Candidate",
    "EvidenceDirectory",
    "EvidenceStore",
    "Store",
    "evidence_name",
    "open_evidence",
    "open_store",
    "open_stores",
]

STORES: Final[dict[str, Callable[[str], Store]]] = {
    "file": lambda rest: open_path(Path(rest)),
}
"""By URI scheme: what opens the store that the rest of the URI, after `://`, names."""


def open_store(location: str) -> Store:
    """The store at `location`: a URI whose scheme is in `STORES`, or a path of this machine.

    Raises:
        InputInvalid: a URI of another scheme.
    """
    scheme, separator, rest = location.partition("://")
    if not separator:
        return open_path(Path(location))
    if scheme not in STORES:
        raise InputInvalid(
            f"{location} is not a supported store",
            hint=f"give a path, or a URI that starts with {' or '.join(f'{each}://' for each in STORES)}",
        )
    return STORES[scheme](rest)


def open_stores(locations: Iterable[str]) -> tuple[Store, ...]:
    """The stores at `locations`, named files first: what is also in a named directory counts as named.

    Raises:
        InputInvalid: a URI of a scheme that is not in `STORES`.
    """
    return tuple(map(open_store, sorted(locations, key=lambda each: not _is_file(each))))


def _is_file(location: str) -> bool:
    return is_local(location) and not local_path(location).is_dir()
