"""Keyrings that hold exactly the keys of one trusted root, each within its window."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from sigstore._internal.trust import Key, Keyring
from sigstore._utils import KeyID
from sigstore_models.common.v1 import PublicKey, TimeRange
from sigstore_models.trustroot import v1 as trustroot_v1

from avow.transparency.sigstore.foreign import (
    too_old,
)
from avow.transparency.sigstore.kept import KEPT
from avow.transparency.windows import Window, within_one


class ExactKeyring(Keyring):
    """Keys by the id under which the root lists them; upstream tries every key where it finds none.

    A key is parsed when it is first asked for: a root that also lists a log with a key of an unknown kind
    stays of use for all others.
    """

    def __init__(self, logs: Iterable[trustroot_v1.TransparencyLogInstance], *, whose: str) -> None:
        super().__init__([])
        self._whose = whose
        self._unparsed: dict[KeyID, PublicKey] = {}
        self._windows: dict[KeyID, tuple[Window, ...]] = {}
        for log in logs:
            key, window = log.public_key, window_of(log.public_key.valid_for)
            for key_id in {KeyID(each.key_id) for each in (log.log_id, log.checkpoint_key_id) if each}:
                if self._unparsed.setdefault(key_id, key).raw_bytes != key.raw_bytes:
                    raise ValueError(f"two different keys under the log id {key_id.hex()}")
                self._windows[key_id] = (*self._windows.get(key_id, ()), window)

    def verify(self, *, key_id: KeyID, signature: bytes, data: bytes) -> None:
        """As upstream, with the one key of this id.

        Raises:
            RootTooOld: the root lists no such key.
            VerificationError: the signature is not this key's, or the key is of an unknown kind.
        """
        if key_id not in self._keyring:
            if key_id not in self._unparsed:
                raise too_old(f"the {self._whose} {key_id.hex()}")
            self._keyring[key_id] = Key(self._unparsed[key_id])
        super().verify(key_id=key_id, signature=signature, data=data)

    def check_window(self, key_id: bytes, moments: Iterable[datetime]) -> None:
        """The key was in use at all `moments`.

        Raises:
            SignatureRejected: it was not.
        """
        within_one(moments, of=self._windows[KeyID(key_id)], whose=f"the {self._whose}")


class CtKeyring(ExactKeyring):
    """The CT logs' keys, each within its window; remembers which exact signature over which text was good."""

    def __init__(self, logs: Iterable[trustroot_v1.TransparencyLogInstance]) -> None:
        super().__init__(logs, whose="certificate transparency log")
        self._remembered = lru_cache(maxsize=KEPT)(self._verify)

    def verify(self, *, key_id: KeyID, signature: bytes, data: bytes) -> None:
        """As `ExactKeyring.verify`, and the log's window; only success is remembered."""
        self._remembered(key_id, signature, data)

    def _verify(self, key_id: KeyID, signature: bytes, data: bytes) -> None:
        super().verify(key_id=key_id, signature=signature, data=data)
        # RFC 6962, 3.2: what is signed starts with version and signature type, then the time in milliseconds.
        (milliseconds,) = struct.unpack_from("!Q", data, 2)
        self.check_window(key_id, [datetime.fromtimestamp(milliseconds / 1000, UTC)])


def window_of(valid_for: TimeRange | None) -> Window:
    """`valid_for` as a window; absent is open on both sides.

    Raises:
        ValueError: a time without time zone.
    """
    window = Window(valid_for.start, valid_for.end) if valid_for else Window(None, None)
    if any(side is not None and side.tzinfo is None for side in (window.start, window.end)):
        raise ValueError("a validFor without time zone")
    return window
