"""Local files: bounded reading, atomic writing, hashing."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, Final

from avow.errors import InputInvalid

HASH_CHUNK_BYTES: Final = 1024 * 1024

_RECORD: ContextVar[set[tuple[int, int]] | None] = ContextVar("files that were read", default=None)
"""Device and inode of each file that was read, where somebody asked for it."""


@contextmanager
def inputs_protected() -> Iterator[None]:
    """Inside, `write_atomically` does not replace a file that was read inside.

    A result that is written over the artefact, the policy or a bundle would destroy what it is about.
    """
    token = _RECORD.set(set())
    try:
        yield
    finally:
        _RECORD.reset(token)


def read_bounded(path: Path, *, max_bytes: int, hint: str = "") -> bytes:
    """The whole content of a regular file of at most `max_bytes` bytes; `hint` helps with a larger one.

    Raises:
        InputInvalid: the file is missing, unreadable, not a regular file, or larger.
    """
    with open_regular(path) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise InputInvalid(
            f"{path} is larger than {max_bytes} bytes, the limit for this file",
            location=str(path),
            hint=hint,
        )
    return content


def read_pinned(path: Path, *, sha256: str, what: str, hint: str, max_bytes: int) -> bytes:
    """The content of a file that has to be the one with this SHA-256; `what` and `hint` are for the refusal.

    Raises:
        InputInvalid: it can't be read, or is another file; if only its line endings differ, that is said.
    """
    content = read_bounded(path, max_bytes=max_bytes)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        _refuse_other_line_endings(content, sha256=sha256.lower(), location=str(path))
        raise InputInvalid(
            f"{what} is pinned to sha256:{sha256.lower()}, but the file has sha256:{found}",
            location=str(path),
            hint=hint,
        )
    return content


def protect_input(path: Path) -> None:
    """`path` counts as read where `inputs_protected` asks for it: another process reads it."""
    record = _RECORD.get()
    if record is not None:
        with suppress(OSError):  # whoever reads it says what is wrong
            record.add(_identity(path.stat()))


def refuse_input(path: Path) -> None:
    """`path` is not a file that was read, where `inputs_protected` asks for it.

    Raises:
        InputInvalid: it is.
    """
    if path.exists() and _identity(path.stat()) in (_RECORD.get() or ()):
        raise InputInvalid(
            f"{path} is one of the files that were read; it is not replaced",
            location=str(path),
            hint="write the result to another file",
        )


def require_writable(path: Path) -> None:
    """`path` can be written; what was created to find out is gone again.

    Raises:
        InputInvalid: the directory can't be created or written to.
    """
    missing = [each for each in (path.parent, *path.parent.parents) if not each.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputInvalid(f"can't write {path}: {error.strerror}", location=str(path)) from error
    finally:
        for each in missing:
            with suppress(OSError):  # it was not created, or somebody uses it by now
                each.rmdir()


def write_atomically(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write `content`, whole or in pieces, to `path` completely or not at all; it is on disk afterwards.

    Raises:
        InputInvalid: the directory can't be created or written to, the disk is full, a file size limit is
            reached, or `path` exists but is not a regular file, or is a protected input.
    """
    temporary = ""
    try:
        if path.exists() and not path.is_file():
            # a rename would replace /dev/null, or a pipe that somebody is reading from
            raise InputInvalid(f"{path} exists but is not a regular file", location=str(path))
        refuse_input(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp creates it private, but others read release files
        Path(temporary).replace(path)
    except OSError as error:
        raise InputInvalid(f"can't write {path}: {error.strerror}", location=str(path)) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def hash_file(path: Path, *, algorithms: Iterable[str] = ("sha256", "sha512")) -> dict[str, str]:
    """The digests of a regular file, by algorithm as `hashlib` names it; it is read once, in chunks.

    Raises:
        InputInvalid: the file is missing, unreadable, or not a regular file.
    """
    digests = {algorithm: hashlib.new(algorithm) for algorithm in algorithms}
    with open_regular(path) as file:
        while chunk := file.read(HASH_CHUNK_BYTES):
            for digest in digests.values():
                digest.update(chunk)
    return {algorithm: digest.hexdigest() for algorithm, digest in digests.items()}


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """`path`, opened without blocking: a named pipe or a device could block a reader for ever.

    Raises:
        InputInvalid: the file is missing, unreadable, or not a regular file.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123  flags
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputInvalid(f"{path} is not a regular file", location=str(path))
            if (record := _RECORD.get()) is not None:
                record.add(_identity(os.fstat(file.fileno())))
            yield file
    except OSError as error:
        raise InputInvalid(f"can't read {path}: {error.strerror}", location=str(path)) from error


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def is_in_git(path: Path) -> bool:
    """`path` leads into `.git`, in whatever spelling some file system takes for that name.

    Source: git's `is_hfs_dotgit` and `is_ntfs_dotgit`: case, dots and blanks at the end, the short name.
    """
    return any(part.casefold().rstrip(". ") in {".git", "git~1"} for part in path.parts)


def has_other_line_endings(content: bytes, *, sha256: str) -> bool:
    """With other line endings, another last newline, or without a byte order mark it has the digest."""
    plain = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    variants = (plain, plain.rstrip(b"\n"), plain.rstrip(b"\n") + b"\n", plain.replace(b"\n", b"\r\n"))
    return sha256 in {hashlib.sha256(each).hexdigest() for each in variants}


def _refuse_other_line_endings(content: bytes, *, sha256: str, location: str) -> None:
    """Say so if `content`, which is not what was pinned, differs from it in line endings alone.

    Raises:
        InputInvalid: with the other line endings it has the digest `sha256`.
    """
    if has_other_line_endings(content, sha256=sha256):
        raise InputInvalid(
            "the file differs from the pinned one in line endings, last newline or byte order mark alone",
            location=location,
            hint="mark it -text in .gitattributes, so that git keeps its bytes, and check it out again",
        )
