"""Where bundles and evidence come from: one module per kind of store, and the table that opens them.

A store finds candidates and judges nothing. Each candidate says whether the user named it: a named bundle
that turns out to be about something else is a refusal, one that merely is in the same directory is a gap.
"""

from avow.stores.evidence import MAX_EVIDENCE_BYTES, EvidenceDirectory, evidence_name
from avow.stores.local import (
    BUNDLE_SUFFIXES,
    MAX_BUNDLES_IN_A_FILE,
    DirectoryStore,
    FileStore,
    list_bundles,
    store_at,
)
from avow.stores.protocol import MAX_BUNDLE_BYTES, Candidate, Store

__all__ = [
    "BUNDLE_SUFFIXES",
    "MAX_BUNDLES_IN_A_FILE",
    "MAX_BUNDLE_BYTES",
    "MAX_EVIDENCE_BYTES",
    "Candidate",
    "DirectoryStore",
    "EvidenceDirectory",
    "FileStore",
    "Store",
    "evidence_name",
    "list_bundles",
    "store_at",
]
