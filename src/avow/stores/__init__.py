"""Where bundles and evidence come from and go to: files and directories.

A store finds candidates and judges nothing. Each candidate says whether the user named it: a named bundle
that turns out to be about something else is a refusal, one that merely lies in the same directory is a gap.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from avow.domain import Frozen, Gap, is_digest
from avow.errors import InputInvalid

MAX_BUNDLE_BYTES: Final = 16 * 1024 * 1024
"""Larger files are no candidates. A 4 MiB payload is 5.4 MiB of base64, in the envelope and in a v1 entry."""

MAX_EVIDENCE_BYTES: Final = 16 * 1024 * 1024
"""Larger evidence files are not read; Scorecard results and audit reports stay well below."""

BUNDLE_SUFFIXES: Final = (".sigstore.json", ".sigstore", ".bundle.json", ".jsonl")
MAX_BUNDLES_IN_A_FILE: Final = 1000
"""Further lines of a JSON Lines file are not judged, and that is said: each costs milliseconds to verify."""

HASH_CHUNK_BYTES: Final = 1024 * 1024


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


class FileStore(Store):
    """One bundle file, or a JSON Lines file of bundles, that the user named."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def candidates(self) -> Iterator[Candidate | Gap]:
        """The file, or each of its lines."""
        yield from _split(self._path, read_bounded(self._path, max_bytes=MAX_BUNDLE_BYTES), named=True)


class DirectoryStore(Store):
    """The bundles that lie directly in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def candidates(self) -> Iterator[Candidate | Gap]:
        """Every file whose name ends like a bundle's."""
        for path in list_bundles(self._directory):
            try:
                content = read_bounded(path, max_bytes=MAX_BUNDLE_BYTES)
            except InputInvalid as error:
                yield Gap(code="bundle-unreadable", location=str(path), message=error.message)
                continue
            yield from _split(path, content, named=False)


def list_bundles(directory: Path) -> tuple[Path, ...]:
    """The files in `directory` that are named like bundles, sorted.

    Raises:
        InputInvalid: the directory can't be read.
    """
    try:
        return tuple(
            sorted(p for p in directory.iterdir() if p.name.endswith(BUNDLE_SUFFIXES) and p.is_file())
        )
    except OSError as error:
        raise InputInvalid(
            f"can't look into {directory}: {error.strerror}", location=str(directory)
        ) from error


def store_at(path: Path) -> Store:
    """The store that `path` is: a directory, or a file."""
    return DirectoryStore(path) if path.is_dir() else FileStore(path)


def _split(path: Path, content: bytes, *, named: bool) -> Iterator[Candidate | Gap]:
    if not path.name.endswith(".jsonl"):
        yield Candidate(location=str(path), content=content, named=named)
        return
    numbered = [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
    for number, line in numbered[:MAX_BUNDLES_IN_A_FILE]:
        yield Candidate(location=f"{path}:{number}", content=line, named=named)
    if len(numbered) > MAX_BUNDLES_IN_A_FILE:
        yield Gap(
            code="too-many-bundles",
            location=str(path),
            message=f"only the first {MAX_BUNDLES_IN_A_FILE} of {len(numbered)} bundles were judged",
            hint="keep the bundles of one release in a file of their own",
        )


class EvidenceDirectory:
    """Evidence files under the SHA-256 of their bytes, as `avow attest` leaves them."""

    def __init__(self, directories: tuple[Path, ...]) -> None:
        self._directories = directories

    def content(self, sha256: str) -> bytes | None:
        """The bytes whose SHA-256 is `sha256`, if a file of that name can be read and really has it."""
        if not is_digest("sha256", sha256):  # a word of the project's, about to become a path
            return None
        for directory in self._directories:
            try:
                content = read_bounded(directory / evidence_name(sha256), max_bytes=MAX_EVIDENCE_BYTES)
            except InputInvalid:
                continue
            if hashlib.sha256(content).hexdigest() == sha256:
                return content
        return None


def evidence_name(sha256: str) -> str:
    """The file name of evidence with this digest."""
    return f"sha256-{sha256}"


def read_bounded(path: Path, *, max_bytes: int) -> bytes:
    """The whole of a regular file of at most `max_bytes` bytes.

    Raises:
        InputInvalid: absent, unreadable, no regular file, or larger.
    """
    with _regular_file(path) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise InputInvalid(
            f"{path} is larger than the {max_bytes} bytes that are read here", location=str(path)
        )
    return content


def require_writable(path: Path) -> None:
    """`path` can be written: its directory is there now, and takes files; nothing is left in it.

    Raises:
        InputInvalid: the directory can't be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputInvalid(f"can't write {path}: {error.strerror}", location=str(path)) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all, durable once this returns.

    Raises:
        InputInvalid: the directory can't be made or written, the disk or a file size limit is full, or what
            is there is no regular file.
    """
    temporary = ""
    try:
        if path.exists() and not path.is_file():
            # a rename would put a file in the place of /dev/null, or of the pipe somebody reads from
            raise InputInvalid(f"{path} is there and is no regular file", location=str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp makes it private; a release file is to be read by others
        Path(temporary).replace(path)
    except OSError as error:
        raise InputInvalid(f"can't write {path}: {error.strerror}", location=str(path)) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def hash_file(path: Path) -> dict[str, str]:
    """SHA-256 and SHA-512 of a regular file, read once, in pieces.

    Raises:
        InputInvalid: absent, unreadable, or no regular file.
    """
    digests = {"sha256": hashlib.sha256(), "sha512": hashlib.sha512()}
    with _regular_file(path) as file:
        while chunk := file.read(HASH_CHUNK_BYTES):
            for digest in digests.values():
                digest.update(chunk)
    return {algorithm: digest.hexdigest() for algorithm, digest in digests.items()}


@contextmanager
def _regular_file(path: Path) -> Iterator[BinaryIO]:
    """`path` opened without waiting: a named pipe or a device would hold a reader for ever."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123  flags
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputInvalid(f"{path} is no regular file", location=str(path))
            yield file
    except OSError as error:
        raise InputInvalid(f"can't read {path}: {error.strerror}", location=str(path)) from error
