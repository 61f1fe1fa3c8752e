"""Keyrings with exactly the keys of one trusted root, each valid in its window."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

from sigstore._internal.trust import Key, Keyring
from sigstore._utils import KeyID
from sigstore_models.common.v1 import PublicKey, TimeRange
from sigstore_models.trustroot import v1 as trustroot_v1

from avow.transparency.sigstore.foreign import too_old
from avow.transparency.sigstore.kept import MAX_KEPT_CERTIFICATES, Verified
from avow.transparency.windows import Window, require_one_window


class ExactKeyring(Keyring):
    """Keys by the id that the root gives them; upstream tries every key if it finds none with the id.

    A key is parsed at its first use, so a root can be used even if one of its logs has an unknown kind of
    key.
    """

    def __init__(self, logs: Iterable[trustroot_v1.TransparencyLogInstance], *, service: str) -> None:
        super().__init__([])
        self._service = service
        self._unparsed: dict[KeyID, PublicKey] = {}
        self._windows: dict[KeyID, tuple[Window, ...]] = {}
        for log in logs:
            key, window = log.public_key, window_of(log.public_key.valid_for)
            for key_id in {KeyID(each.key_id) for each in (log.log_id, log.checkpoint_key_id) if each}:
                if self._unparsed.setdefault(key_id, key).raw_bytes != key.raw_bytes:
                    raise ValueError(f"two different keys under the log id {key_id.hex()}")
                self._windows[key_id] = (*self._windows.get(key_id, ()), window)

    def verify(self, *, key_id: KeyID, signature: bytes, data: bytes) -> None:
        """As upstream, but only with the key that has this id.

        Raises:
            RootTooOld: the root does not list such a key.
            VerificationError: the signature is not by this key, or the key is of an unknown kind.
        """
        if key_id not in self._keyring:
            if key_id not in self._unparsed:
                raise too_old(f"the {self._service} {key_id.hex()}")
            self._keyring[key_id] = Key(self._unparsed[key_id])
        super().verify(key_id=key_id, signature=signature, data=data)

    def check_window(self, key_id: bytes, moments: Iterable[datetime]) -> None:
        """The key was in use at all `moments`.

        Raises:
            SignatureRejected: it was not.
        """
        require_one_window(moments, windows=self._windows[KeyID(key_id)], service=f"the {self._service}")


class CtKeyring(ExactKeyring):
    """The CT logs' keys, each valid in its window; remembers exact signatures that have verified."""

    def __init__(self, logs: Iterable[trustroot_v1.TransparencyLogInstance]) -> None:
        super().__init__(logs, service="certificate transparency log")
        self._verified = Verified(MAX_KEPT_CERTIFICATES)

    def verify(self, *, key_id: KeyID, signature: bytes, data: bytes) -> None:
        """As `ExactKeyring.verify`, and checks the log's window; only success is remembered."""
        # the lengths make it unambiguous which bytes belong to which part
        sizes = struct.pack("!2I", len(key_id), len(signature))
        exact = sha256(b"".join((sizes, key_id, signature, data))).digest()
        if exact not in self._verified:
            self._verify(key_id, signature, data)
            self._verified.add(exact)

    def _verify(self, key_id: KeyID, signature: bytes, data: bytes) -> None:
        super().verify(key_id=key_id, signature=signature, data=data)
        # RFC 6962, 3.2: the signed data starts with version and signature type, then the time in
        # milliseconds.
        (milliseconds,) = struct.unpack_from("!Q", data, 2)
        self.check_window(key_id, [datetime.fromtimestamp(milliseconds / 1000, UTC)])


def window_of(valid_for: TimeRange | None) -> Window:
    """`valid_for` as a window; if missing, the window is open on both sides.

    Raises:
        ValueError: a time has no time zone.
    """
    window = Window(valid_for.start, valid_for.end) if valid_for else Window(None, None)
    if any(side is not None and side.tzinfo is None for side in (window.start, window.end)):
        raise ValueError("a validFor has no time zone")
    return window
