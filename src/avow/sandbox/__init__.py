"""A complete local Sigstore, for trials, tests and work without a network.

It has an OpenID Connect issuer, a Fulcio-compatible authority with a CT log, Rekor v1 and v2 over a real
Merkle tree, and an RFC 3161 time-stamping authority, all on one loopback port. It checks requests as the real
services do. Keys exist in memory only, until the process ends.
"""

from __future__ import annotations

from avow.sandbox.directory import run_directory, write_files, write_token
from avow.sandbox.instance import SigstoreInstance
from avow.sandbox.server import Sandbox
from avow.sandbox.wire import RequestRefused

__all__ = ["RequestRefused", "Sandbox", "SigstoreInstance", "run_directory", "write_files", "write_token"]
