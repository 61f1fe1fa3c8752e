"""Evidence files, found by the SHA-256 of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from avow.errors import InputInvalid
from avow.files import has_other_line_endings, read_bounded
from avow.stores.local import is_local, local_path
from avow.stores.protocol import EvidenceStore
from avow.subject import is_digest

MAX_EVIDENCE_BYTES: Final = 16 * 1024 * 1024
"""Larger evidence files are not read; Scorecard results and audit reports stay well below."""


EVIDENCE_DIRECTORY: Final = "evidence"
"""Where `avow attest` writes evidence next to the bundle; always searched."""


class EvidenceDirectory(EvidenceStore):
    """Evidence files under the SHA-256 of their bytes, as `avow attest` leaves them."""

    def __init__(self, directories: tuple[Path, ...]) -> None:
        self._directories = tuple(dict.fromkeys(directories))

    def content(self, sha256: str) -> bytes | None:
        """The bytes whose SHA-256 is `sha256`, if a file of that name can be read and really has it."""
        if not is_digest("sha256", sha256):  # written by the project, and about to become part of a path
            return None
        for directory in self._directories:
            try:
                content = read_bounded(directory / evidence_name(sha256), max_bytes=MAX_EVIDENCE_BYTES)
            except InputInvalid:
                continue
            if hashlib.sha256(content).hexdigest() == sha256:
                return content
        return None

    def places(self) -> tuple[str, ...]:
        """The directories, also those that don't exist."""
        return tuple(map(str, self._directories))

    def absence(self, sha256: str) -> str:
        """Whether a file of that name is there with other bytes."""
        for directory in self._directories if is_digest("sha256", sha256) else ():
            path = directory / evidence_name(sha256)
            try:
                content = read_bounded(path, max_bytes=MAX_EVIDENCE_BYTES)
            except InputInvalid:
                continue
            if has_other_line_endings(content, sha256=sha256):
                return (
                    f"{path} has other line endings than were signed; mark it -text in .gitattributes, "
                    "so that git keeps its bytes"
                )
            return f"{path} has other bytes than were signed"
        return super().absence(sha256)


def evidence_name(sha256: str) -> str:
    """The file name of evidence with this digest."""
    return f"sha256-{sha256}"


def open_evidence(directories: Iterable[Path], *, bundles: Iterable[str]) -> EvidenceDirectory:
    """The evidence in `directories`, and in `evidence/` beside each of `bundles`, files or directories.

    A store that is elsewhere than on this machine has nothing beside it; its evidence has to be named.

    Raises:
        InputInvalid: one of `directories` is not a directory.
    """
    named = tuple(directories)
    strange = [str(path) for path in named if not path.is_dir()]
    if strange:
        raise InputInvalid(
            f"no directory of evidence: {', '.join(strange)}",
            hint="name the directory in which the evidence files are",
        )
    paths = [local_path(location) for location in bundles if is_local(location)]
    beside = ((path if path.is_dir() else path.parent) / EVIDENCE_DIRECTORY for path in paths)
    return EvidenceDirectory((*named, *beside))
