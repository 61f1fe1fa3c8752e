"""A complete local Sigstore, for trying out, for tests, and for rehearsals without a network.

An OpenID Connect issuer, a Fulcio-compatible authority with a CT log, Rekor v1 and v2 over a real Merkle
tree, and an RFC 3161 time-stamping authority, all on one loopback port. Requests are checked as the real
services check them. Keys live in memory and end with the process.
"""

from __future__ import annotations

from avow.sandbox.directory import run_directory, write_files, write_token
from avow.sandbox.instance import SigstoreInstance
from avow.sandbox.server import Sandbox
from avow.sandbox.wire import RequestRefused

__all__ = ["RequestRefused", "Sandbox", "SigstoreInstance", "run_directory", "write_files", "write_token"]
