"""sigstore-python pinned to one trusted root, offline, with additional checks.

This is the only package that verifies with `sigstore` and uses its private parts.
`tests/unit/transparency/test_sigstore_version.py` fails if a new release has to be reviewed.

sigstore-python does the verification. Subclasses of its classes cache what depends on the root alone (keys,
paths, timestamp verifiers), and refuse what it accepts:

- times outside the validity windows of CA, CT log and Rekor log (`avow.transparency.windows`);
- a timestamp that does not verify, even if there is also a signed entry timestamp;
- a key that the root does not list: `RootTooOld`, where upstream tries every key it has;
- a chain with a root certificate or a second leaf, a checkpoint for another tree size, a time in the future.

It also accepts one form that upstream does not: `intoto/0.0.2` entries, whose body
`avow.transparency.entry_body` compares.

What is cached, and why that is sound: parsed keys per root, which depend on its bytes only; claims and
verified path per exact certificate, because only validity periods depend on the time, and those are checked
every time; the success of one exact SCT signature over one exact precertificate. Signatures over envelopes,
log entries, proofs and timestamps are checked every time. A refusal is never cached.
"""

from avow.transparency.sigstore.backend import SigstoreBackend, hashed
from avow.transparency.sigstore.bundle import KeySigned
from avow.transparency.sigstore.foreign import SIGNING_REFUSALS, translated
from avow.transparency.sigstore.root import PinnedRoot, root_in
from avow.transparency.sigstore.verifier import forget, open_root

__all__ = [
    "SIGNING_REFUSALS",
    "KeySigned",
    "PinnedRoot",
    "SigstoreBackend",
    "forget",
    "hashed",
    "open_root",
    "root_in",
    "translated",
]
