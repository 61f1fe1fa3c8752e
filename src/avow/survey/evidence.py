"""Gathers evidence in hand: signed declarations, provenance and unsigned files of projects.

Every file that the user named, and every file in a directory that the user named, is read by its content, not
its name. What is signed is verified once, if a trusted root was given. `EvidenceInHand.about` then says which
components it is about. Nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avow.catalogue.practices import load_catalogue
from avow.errors import AvowError, EvidenceRejected, InputInvalid, one_candidate
from avow.files import read_bounded
from avow.record import SourceGap
from avow.results import Gap
from avow.stores.containers import bundles_in
from avow.survey.hearing import EvidenceInHand, EvidencePointer, Heard, SurveyedComponent
from avow.survey.project_files import (
    ProjectFile,
    is_checkout,
    is_project_file,
    read_checkout,
    read_project_file,
)
from avow.survey.provenance import SignedWord, read_signed
from avow.survey.source_archives import SourceArchive, is_source_archive, read_source_archive
from avow.transparency import open_backend
from avow.transparency.container import MAX_BUNDLE_BYTES, is_marked
from avow.verification.session import Trust

if TYPE_CHECKING:
    from datetime import datetime

    from avow.transparency.trusted_root import TrustedRootFile
    from avow.verification.session import Session

__all__ = ["EvidenceInHand", "EvidencePointer", "Heard", "SurveyedComponent", "gather"]

MAX_FILES: Final = 20_000
"""Of one directory, those below it included; a mirror of provenance has a few for each component."""

MAX_ARCHIVES: Final = 1_000
"""Source archives that are read; a repository of jars has more, and each is unpacked."""

_NOT_WALKED: Final = frozenset({".git", ".hg", ".svn", "node_modules"})
_DSSE: Final = b'"payloadType"'


# ---- gathering -------------------------------------------------------------------------------------------


def gather(
    paths: Iterable[Path],
    *,
    roots: Sequence[TrustedRootFile] = (),
    policy: Session | None = None,
    now: datetime,
) -> EvidenceInHand:
    """Everything in `paths`: files, source archives, directories of them, checkouts.

    Without `roots` and `policy` nothing is verified, and each signature has the voice `signedUnverified`. A
    policy brings roots and keys of its own.

    Raises:
        InputInvalid: one of `paths` does not exist or can't be read, or a root can't be used.
    """
    return _InHandReader(roots, policy, now).of(paths)


def _require_usable(root: TrustedRootFile) -> None:
    """A root that nothing can be verified against would make every signature look bad.

    Raises:
        InputInvalid: it can't be used; the message names the file.
    """
    try:
        open_backend(root.data)
    except InputInvalid as error:
        raise InputInvalid(
            f"{root.source}: {error.message}", location=root.source, hint="leave this root out"
        ) from error


class _InHandReader:
    """Reads files one after the other; the same bytes are read where they were first found."""

    def __init__(self, roots: Sequence[TrustedRootFile], policy: Session | None, now: datetime) -> None:
        own = policy.trust if policy is not None else Trust(roots=())
        for root in roots:
            _require_usable(root)
        data = dict.fromkeys((*(root.data for root in roots), *own.roots))
        self._trust = Trust(roots=tuple(data), keys=own.keys)
        self._policy, self._now = policy, now
        self._catalogue = load_catalogue()
        self._words: list[SignedWord] = []
        self._files: list[ProjectFile] = []
        self._gaps: list[SourceGap] = []
        self._seen: set[str] = set()
        self._archives: list[SourceArchive] = []
        self._archives_seen = 0
        self._passed_over: list[str] = []
        self._in_hand: dict[str, str] = {}

    def of(self, paths: Iterable[Path]) -> EvidenceInHand:
        for path in paths:
            if path.is_dir():
                self._directory(path)
            elif is_source_archive(path.name):
                self._archive(path)
            else:
                self._file(path, read_bounded(path, max_bytes=MAX_BUNDLE_BYTES), named=True)
        if (more := self._archives_seen - MAX_ARCHIVES) > 0:
            why = f"only the first {MAX_ARCHIVES} are read, and {more} more are there"
            self._gaps.append(SourceGap(source="source archives", why=why, kind="refused"))
        if count := len(self._passed_over):
            shown = ", ".join(self._passed_over[:3]) + (", ..." if count > 3 else "")  # noqa: PLR2004  a line
            files = "1 file is" if count == 1 else f"{count} files are"
            why = f"{files} not evidence of a kind that is read, and passed over"
            self._gaps.append(SourceGap(source=shown, why=why))
        return EvidenceInHand(
            tuple(self._words),
            tuple(self._files),
            tuple(self._gaps),
            in_hand=self._in_hand,
            archives=tuple(self._archives),
            policy=self._policy,
            catalogue=self._catalogue,
            now=self._now,
        )

    def _directory(self, top: Path) -> None:
        if is_checkout(top):
            self._checkout(top)
            return
        count = 0
        for folder, folders, names in os.walk(top, onerror=self._not_listed):
            here = Path(folder)
            folders[:] = sorted(each for each in folders if each not in _NOT_WALKED)
            for each in [each for each in folders if (here / each / ".git").exists()]:
                folders.remove(each)
                self._checkout(here / each)
            for name in sorted(names):
                count += 1
                if count > MAX_FILES:
                    self._refuse(str(top), f"only the first {MAX_FILES} files of this directory were read")
                    return
                path = here / name
                if is_source_archive(name):
                    self._archive(path)
                    continue
                try:
                    content = read_bounded(path, max_bytes=MAX_BUNDLE_BYTES)
                except InputInvalid as error:
                    self._refuse(str(path), error.message)
                else:
                    self._file(path, content, named=False)

    def _checkout(self, directory: Path) -> None:
        try:
            with one_candidate(str(directory)):
                found = read_checkout(directory, catalogue=self._catalogue, now=self._now)
        except AvowError as error:
            self._refuse(str(directory), error.message)
            return
        if found.repository or found.purl is not None:
            self._files.append(found)
        else:
            self._refuse(str(directory), "the checkout names neither a repository nor a package")

    def _archive(self, path: Path) -> None:
        self._archives_seen += 1
        if self._archives_seen > MAX_ARCHIVES:
            return
        try:
            with one_candidate(str(path)):
                found = read_source_archive(path, source=str(path))
        except AvowError as error:
            self._refuse(str(path), error.message)
            return
        if found is None:
            self._passed_over.append(str(path))
        else:
            self._archives.append(found)

    def _file(self, path: Path, content: bytes, *, named: bool) -> None:
        location, sha256 = str(path), hashlib.sha256(content).hexdigest()
        self._in_hand.setdefault(sha256, location)
        if is_project_file(path.name, content):
            self._project_file(path.name, content, location=location, sha256=sha256)
            return
        if not named and not is_marked(content) and _DSSE not in content:
            self._passed_over.append(location)
            return
        for found in bundles_in(content, location=location, named=named):
            if isinstance(found, Gap):
                self._refuse(found.location, found.message)
                continue
            part = hashlib.sha256(found.content).hexdigest()
            if part in self._seen:
                continue
            self._seen.add(part)
            try:
                self._words.append(read_signed(found, sha256=sha256, trust=self._trust, now=self._now))
            except AvowError as error:
                refused = "refused: " if isinstance(error, EvidenceRejected) else ""
                self._refuse(found.location, f"{refused}{error.message}")

    def _project_file(self, name: str, content: bytes, *, location: str, sha256: str) -> None:
        if sha256 in self._seen:
            return
        self._seen.add(sha256)
        try:
            with one_candidate(location):
                self._files.append(
                    read_project_file(
                        name, content, source=location, catalogue=self._catalogue, now=self._now
                    )
                )
        except AvowError as error:
            self._refuse(location, f"refused: {error.message}")

    def _not_listed(self, error: OSError) -> None:
        self._refuse(str(error.filename), f"the directory could not be read: {error.strerror}")

    def _refuse(self, source: str, why: str) -> None:
        self._gaps.append(SourceGap(source=source, why=why, kind="refused"))
