"""Bundles in files and directories of this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from avow.errors import InputInvalid, StoreUnavailable
from avow.files import read_bounded
from avow.results import Gap
from avow.stores.containers import bundles_in
from avow.stores.protocol import Candidate, Store
from avow.subject import Subject
from avow.transparency.container import MAX_BUNDLE_BYTES

BUNDLE_SUFFIXES: Final = (".sigstore.json", ".sigstore", ".bundle.json", ".jsonl")


class FileStore(Store):
    """One bundle file, or a JSON Lines file of bundles, that the user named."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def find(self, subjects: tuple[Subject, ...]) -> Iterator[Candidate | Gap]:  # noqa: ARG002  a file has no index
        """The file, or each of its lines, whatever it is about."""
        content = read_bounded(self._path, max_bytes=MAX_BUNDLE_BYTES)
        yield from bundles_in(content, location=str(self._path), named=True)


class DirectoryStore(Store):
    """The bundles that are directly in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __str__(self) -> str:
        return str(self._directory)

    def find(self, subjects: tuple[Subject, ...]) -> Iterator[Candidate | Gap]:
        """Every file whose name ends like a bundle's, whatever it is about; never an artefact itself."""
        artefacts = {digest.value for subject in subjects for digest in subject.digests}
        for path in list_bundles(self._directory):
            try:
                content = read_bounded(path, max_bytes=MAX_BUNDLE_BYTES)
            except InputInvalid as error:
                yield Gap(code="bundle-unreadable", location=str(path), message=error.message)
                continue
            if hashlib.sha256(content).hexdigest() not in artefacts:
                yield from bundles_in(content, location=str(path), named=False)


def list_bundles(directory: Path) -> tuple[Path, ...]:
    """The files in `directory` that are named like bundles, sorted.

    Raises:
        StoreUnavailable: the directory can't be read.
    """
    try:
        return tuple(
            sorted(p for p in directory.iterdir() if p.name.endswith(BUNDLE_SUFFIXES) and p.is_file())
        )
    except OSError as error:
        raise StoreUnavailable(
            f"the directory could not be read: {error.strerror}",
            location=str(directory),
            hint="check the path and its permissions, or name the bundle itself with --bundle",
        ) from error


def local_path(location: str) -> Path:
    """The path that a path or a `file://` URI names."""
    return Path(location.removeprefix("file://"))


def is_local(location: str) -> bool:
    """`location` is a path or a `file://` URI."""
    return "://" not in location.removeprefix("file://")


def open_path(path: Path) -> Store:
    """The store that `path` is: a directory, or a file."""
    return DirectoryStore(path) if path.is_dir() else FileStore(path)
