"""The artefact that is verified: identified by its digests; its name is for people only."""

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
"""Digest algorithms that can identify an artefact: SHA-2 and SHA-3 with 256 bits or more.

Source: in-toto attestation, DigestSet.
"""

_HEX = re.compile(r"[0-9a-f]+")


def is_digest(algorithm: str, value: str) -> bool:
    """`value` is lower-case hex of the right length for an accepted algorithm."""
    return DIGEST_HEX_LENGTHS.get(algorithm) == len(value) and _HEX.fullmatch(value) is not None


class Digest(Frozen):
    """One digest of an artefact in lower-case hex; the algorithm has its name from in-toto's DigestSet."""

    algorithm: str
    value: str

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse anything that is not a digest.

        Raises:
            ValueError: the algorithm is unknown, the length is wrong, or the value is not lower-case hex.
        """
        if not is_digest(self.algorithm, self.value):
            raise ValueError(f"{self.algorithm}:{self.value} is not a digest that can identify an artefact")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class Subject(Frozen):
    """The artefact that is verified: identified by its digests, with the component that the user says it is.

    Nothing in it comes from a statement. `name` is for people only and is never compared.
    """

    name: str
    digests: tuple[Digest, ...]
    purl: Purl | None = None
    """Which component the artefact is."""
    file: str | None = None
    """The path of its bytes, if they are in hand: digests of further algorithms can be computed."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse what names no artefact, or two.

        Raises:
            ValueError: no digest, or several of one algorithm.
        """
        algorithms = [digest.algorithm for digest in self.digests]
        if not algorithms or len(set(algorithms)) < len(algorithms):
            raise ValueError(f"{self.name}: one artefact has one digest of each algorithm, and at least one")

    def digest(self, algorithm: str) -> str | None:
        """The hex value under `algorithm`, if known."""
        return next((d.value for d in self.digests if d.algorithm == algorithm), None)
