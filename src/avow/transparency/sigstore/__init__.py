"""Sigstore-python, pinned to one trusted root, offline, with the checks that it leaves out.

The only package that verifies with `sigstore`, and the only one that touches its private parts;
`tests/unit/transparency/test_sigstore_version.py` fails when a new release has to be read again.

sigstore-python does the verification. Subclasses of its own classes keep what one root fixes (keys, paths,
timestamp verifiers) instead of building it again for each bundle, and refuse where it shrugs:

- validity windows of CA, CT log and Rekor log (`avow.transparency.windows`);
- a timestamp that does not verify, also where a signed entry timestamp stands beside it;
- a key that the root does not list is `RootTooOld`, where upstream would try every key it has;
- a chain with a root certificate or a second leaf; a checkpoint of another tree size; a time yet to come.

What is kept, and why that is sound: parsed keys per root (its bytes decide); per exact certificate its claims
and its verified path, since only validity periods depend on the time, and those are checked each time; that
one exact SCT signature over one exact precertificate was good. Signatures over envelopes, log entries, proofs
and timestamps are checked each time. A refusal is never kept.
"""

from avow.transparency.sigstore.backend import (
    SigstoreBackend,
    VerifiedArtifact,
    hashed,
    refuse_future,
)
from avow.transparency.sigstore.bundle import KeySigned
from avow.transparency.sigstore.foreign import SIGNING_REFUSALS, translated
from avow.transparency.sigstore.root import PinnedRoot, root_in
from avow.transparency.sigstore.verifier import forget, open_root

__all__ = [
    "SIGNING_REFUSALS",
    "KeySigned",
    "PinnedRoot",
    "SigstoreBackend",
    "VerifiedArtifact",
    "forget",
    "hashed",
    "open_root",
    "refuse_future",
    "root_in",
    "translated",
]
