"""What a store is: somewhere bundles or evidence can be found. It finds candidates and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from avow.results import Gap
from avow.subject import Subject
from avow.values import Frozen

NOT_AVAILABLE: Final = "the file is not available"


class Candidate(Frozen):
    """Bytes that may be a bundle, and where they came from."""

    location: str
    content: bytes
    named: bool
    """The user pointed at this very file."""


class Store(Protocol):
    """Somewhere bundles can be found. Its text names it to people."""

    def find(self, subjects: tuple[Subject, ...]) -> Iterator[Candidate | Gap]:
        """Candidates that may be about `subjects`, unjudged, in a stable order; asked once per run.

        A store may ignore the filter: whoever asks compares the digests. One candidate that can't be read is
        a gap.

        Raises:
            InputInvalid: a file that the user named can't be read.
            ServiceUnavailable, OSError: the store as a whole did not answer.
        """
        ...


class EvidenceStore(Protocol):
    """Somewhere evidence can be found by its digest."""

    def content(self, sha256: str) -> bytes | None:
        """The bytes whose SHA-256 is `sha256`, compared.

        None where they are not to be found. A store that does not answer has not found them, and raises
        nothing: evidence that is not in hand counts for less, never for more.
        """
        ...

    def places(self) -> tuple[str, ...]:
        """Where it looks, for people and for the record."""
        return (str(self),)

    def absence(self, sha256: str) -> str:  # noqa: ARG002  a store may know more
        """Why `content` found nothing, for people."""
        return NOT_AVAILABLE
