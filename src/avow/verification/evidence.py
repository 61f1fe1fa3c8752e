"""The bytes of evidence, read once and within one budget for each statement."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from avow.catalogue.observations import Observation, ObservationInvalid, ScorecardResult, read_scorecard

if TYPE_CHECKING:
    from avow.stores import EvidenceStore

MAX_BYTES: Final = 64 * 1024 * 1024
"""Of the evidence of one statement, and of what is kept between statements. The evidence of a declaration of
all practices has less than a megabyte, most of it one Scorecard result."""

MAX_FILES: Final = 1000
"""The same in files: verifying one that is a bundle takes milliseconds."""


MAX_CITATIONS: Final = 5_000
"""Of one statement; a declaration of all practices has a hundred. Each is graded for each artefact."""


class EvidenceFile:
    """The bytes of one piece of evidence; what is read from them is read once, however often it is cited."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._digests: dict[str, str] = {}
        self._scorecard: ScorecardResult | ObservationInvalid | None = None

    def digest(self, algorithm: str) -> str:
        """Its digest by an algorithm that `hashlib` knows; hex."""
        if algorithm not in self._digests:
            self._digests[algorithm] = hashlib.new(algorithm, self.content).hexdigest()
        return self._digests[algorithm]

    def observe(self, check: str | None) -> Observation:
        """What it says as a Scorecard result.

        Raises:
            ObservationInvalid: it is not one, or has no score for `check`.
        """
        if self._scorecard is None:
            try:
                self._scorecard = read_scorecard(self.content)
            except ObservationInvalid as error:
                self._scorecard = error
        if isinstance(self._scorecard, ObservationInvalid):
            raise self._scorecard.with_traceback(None)  # it is raised for each citation, and would hold them
        return self._scorecard.observation(check)


class EvidenceReader:
    """The evidence of one run: what a statement cites is kept for the next one, within the same bounds."""

    def __init__(
        self, store: EvidenceStore, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES
    ) -> None:
        self._store = store
        self.max_bytes, self.max_files = max_bytes, max_files
        self._kept: OrderedDict[str, EvidenceFile | None] = OrderedDict()
        self._kept_bytes = 0

    @property
    def places(self) -> tuple[str, ...]:
        """Where it is looked for."""
        return self._store.places()

    def file(self, sha256: str) -> EvidenceFile | None:
        """The file with this digest, or None if nobody has it."""
        if sha256 in self._kept:
            self._kept.move_to_end(sha256)
            return self._kept[sha256]
        content = self._store.content(sha256)
        found = self._kept[sha256] = None if content is None else EvidenceFile(content)
        self._kept_bytes += len(content or b"")
        while self._kept_bytes > self.max_bytes or len(self._kept) > self.max_files:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest.content) if oldest else 0
        return found

    def absence(self, sha256: str) -> str:
        """Why nobody has the file with this digest."""
        return self._store.absence(sha256)


class StatementEvidence:
    """What one statement may cite: files beyond the bounds are not read, whoever signed it."""

    def __init__(self, reader: EvidenceReader) -> None:
        self._reader = reader
        self._seen: dict[str, bool] = {}
        """Whether the file with this digest was within the bounds."""
        self._bytes = 0
        self._citations = 0

    def file(self, sha256: str) -> tuple[EvidenceFile | None, str]:
        """The file with this digest, or None and the reason."""
        self._citations += 1
        if self._citations > MAX_CITATIONS:
            return None, "the statement cites more evidence than Avow reads for one statement"
        within = self._seen.get(sha256)
        if within is None:
            within = self._bytes < self._reader.max_bytes and len(self._seen) < self._reader.max_files
        found = self._reader.file(sha256) if within else None
        if sha256 not in self._seen and found is not None:
            self._bytes += len(found.content)
            # its last piece may end beyond the bound, but then it is not used, so what is kept always fits
            within = self._bytes <= self._reader.max_bytes
        self._seen.setdefault(sha256, within)
        if not self._seen[sha256]:
            return None, "the statement cites more evidence than Avow reads for one statement"
        return found, "" if found else self._reader.absence(sha256)
