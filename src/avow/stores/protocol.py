"""What a store is: somewhere bundles can be found. A store finds candidates and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from avow.results import Gap
from avow.values import Frozen

MAX_BUNDLE_BYTES: Final = 16 * 1024 * 1024
"""Larger files are no candidates. A 4 MiB payload is 5.4 MiB of base64, in the envelope and in a v1 entry."""


class Candidate(Frozen):
    """Bytes that may be a bundle, and where they came from."""

    location: str
    content: bytes
    named: bool
    """The user pointed at this very file."""


class Store(Protocol):
    """Somewhere bundles can be found."""

    def candidates(self) -> Iterator[Candidate | Gap]:
        """Every candidate, unjudged, in a stable order; what merely lies there and can't be read is a gap.

        Raises:
            InputInvalid: a file that the user named can't be read.
        """
        ...
