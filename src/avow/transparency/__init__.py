"""Transparency systems: what a Sigstore instance vouches for, and a local instance to rehearse with.

`sigstore` is imported by modules of this package only, and only once something is verified or signed: its
import costs half a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avow.transparency.keyed import KeyedBackend
    from avow.transparency.sigstore.backend import SigstoreBackend

__all__ = ["open_backend", "open_keyed_backend"]


def open_backend(root: bytes) -> SigstoreBackend:
    """A verifier for bundles with certificates, pinned to the trusted root in `root`; opens no socket.

    Raises:
        InputInvalid: not a trusted root that can be used.
    """
    from avow.transparency.sigstore.backend import SigstoreBackend  # noqa: PLC0415  half a second
    from avow.transparency.sigstore.verifier import open_root  # noqa: PLC0415  half a second

    return SigstoreBackend(open_root(root))


def open_keyed_backend(root: bytes, *, key: bytes) -> KeyedBackend:
    """A verifier for bundles signed with the one public `key` (PEM); `root` vouches for log and timestamps.

    Raises:
        InputInvalid: not a trusted root, or not a public key, that can be used.
    """
    from avow.transparency.keyed import KeyedBackend, read_key  # noqa: PLC0415  half a second
    from avow.transparency.sigstore.verifier import open_root  # noqa: PLC0415  half a second

    return KeyedBackend(open_root(root), key=read_key(key))
