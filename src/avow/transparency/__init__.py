"""Transparency systems: the verification of Sigstore bundles against one trusted root.

Import `sigstore` late, only when something is verified or signed: the import takes half a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avow.transparency.keyed import KeyedBackend
    from avow.transparency.sigstore import SigstoreBackend

__all__ = ["open_backend", "open_keyed_backend"]


def open_backend(root: bytes) -> SigstoreBackend:
    """A verifier for bundles with certificates, pinned to the trusted root in `root`; opens no socket.

    Raises:
        InputInvalid: `root` is not a usable trusted root.
    """
    from avow.transparency.sigstore import SigstoreBackend, open_root  # noqa: PLC0415  half a second

    return SigstoreBackend(open_root(root))


def open_keyed_backend(root: bytes, *, key: bytes) -> KeyedBackend:
    """A verifier for bundles signed with the public `key` (PEM); `root` vouches for the log and timestamps.

    Raises:
        InputInvalid: `root` is not a usable trusted root, or `key` is not a usable public key.
    """
    from avow.transparency.keyed import KeyedBackend, read_key  # noqa: PLC0415  half a second
    from avow.transparency.sigstore import open_root  # noqa: PLC0415  half a second

    return KeyedBackend(open_root(root), key=read_key(key))
