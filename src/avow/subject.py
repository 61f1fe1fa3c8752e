"""What a question is about: an artefact by its digests, with a name for people only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from avow.formats.purl import Purl
from avow.values import Frozen

DIGEST_HEX_LENGTHS: Final[Mapping[str, int]] = MappingProxyType(
    {"sha256": 64, "sha384": 96, "sha512": 128, "sha3_256": 64, "sha3_384": 96, "sha3_512": 128}
)
"""Algorithms that can identify an artefact here: SHA-2 and SHA-3 with 256 bits or more.

Source: in-toto attestation, DigestSet.
"""

_HEX = re.compile(r"[0-9a-f]+")


def is_digest(algorithm: str, value: str) -> bool:
    """`value` is lower-case hex of the right length for an accepted algorithm."""
    return DIGEST_HEX_LENGTHS.get(algorithm) == len(value) and _HEX.fullmatch(value) is not None


class Digest(Frozen):
    """One digest of an artefact, lower-case hex, algorithm named as in in-toto's DigestSet."""

    algorithm: str
    value: str

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse what is no digest.

        Raises:
            ValueError: unknown algorithm, wrong length, or not lower-case hex.
        """
        if not is_digest(self.algorithm, self.value):
            raise ValueError(f"{self.algorithm}:{self.value} is no digest that identifies an artefact")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class Subject(Frozen):
    """What a question is about, as whoever asks says it: an artefact by its digests, perhaps its component.

    Nothing in it comes from a statement. `name` is for people only and is never compared.
    """

    name: str
    digests: tuple[Digest, ...]
    purl: Purl | None = None
    """Which component the artefact is."""

    def digest(self, algorithm: str) -> str | None:
        """The hex value under `algorithm`, if known."""
        return next((d.value for d in self.digests if d.algorithm == algorithm), None)
