"""OSV's archives: a zip with one JSON record per member, read member by member, never unpacked to disk.

A member that breaks the form costs itself and is named; the others are read. A broken archive, and one that
unpacks to far more than it should, is refused as a whole: nobody can say what is missing from it.

Source: OSV, "Data Dumps": `<ECOSYSTEM>/all.zip` has one `<ID>.json` per record; PKWARE's APPNOTE 6.3.10.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import IO, BinaryIO, Final

from avow.errors import InputInvalid
from avow.files import open_regular

MAX_ARCHIVE_BYTES: Final = 2 * 1024**3
"""The whole of npm has 210 MB, all ecosystems together about 1 GB (November 2026)."""

MAX_MEMBERS: Final = 1_000_000
"""All ecosystems together have about 800,000 records. Each costs memory before the first is read."""

MAX_DIRECTORY_BYTES: Final = 128 * 1024**2
"""What the directory at the end of an archive may take: 128 bytes for each of `MAX_MEMBERS`."""

MAX_RECORD_BYTES: Final = 32 * 1024**2
"""The largest real records, of Linux kernels with every version listed, have about 10 MB."""

MAX_UNPACKED_BYTES: Final = 16 * 1024**3
"""Of all members of one archive."""

MAX_RATIO: Final = 200
"""Deflate packs at most 1:1032; records of repeated text were seen at 1:40."""

SMALL_BYTES: Final = 1024**2
"""Members up to this size may have any ratio: a list of similar versions packs well."""

MAX_ARCHIVE_RATIO: Final = 50
"""Of an archive as a whole: more than any record was seen at, so more than all of them together have."""

SMALL_ARCHIVE_BYTES: Final = 64 * 1024**2
"""Archives that unpack to no more than this may have any ratio; such a one is read in a second."""

_LOCAL_HEADER_BYTES: Final = 30
_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64: Final = struct.Struct("<4sLQL")
_MAX_COMMENT_BYTES: Final = 0xFFFF
_ENCRYPTED: Final = 0x1
_READABLE: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_AGAIN: Final = "download the archive again, completely"
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
    ValueError,
)
"""What the standard library raises over an archive that is damaged or made up."""


@dataclass(frozen=True, slots=True)
class ArchivedRecord:
    """One member of an archive: its bytes, or why it is refused."""

    member: str
    data: bytes = b""
    refused: str = ""


def read_archive(path: Path, *, shown: str) -> Iterator[ArchivedRecord]:
    """Each member of the archive, in its order; the bytes of one member are in memory at a time.

    `shown` is the archive's name in messages.

    Whether a record's id is the name of its member is for the caller to find out.

    Raises:
        InputInvalid: the archive is missing, broken, larger than the limits, or unpacks to more than it may.
    """
    with open_regular(path) as file:
        size = _require_size(file, shown)
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            # The directory is at the end, so it is what a download that broke off does not have.
            raise InputInvalid(
                f"{shown} is cut off or is not a zip archive", location=shown, hint=_AGAIN
            ) from error
        with archive:
            members = archive.infolist()
            _require_members(members, shown, size=size)
            seen: set[str] = set()
            for member in members:
                refused = _refusal(member, seen)
                seen.add(member.filename)
                if refused:
                    yield ArchivedRecord(member.filename, refused=refused)
                    continue
                place = f"member {member.filename!r} at byte {member.header_offset}"
                with _translated(shown, place), archive.open(member) as opened:
                    data = opened.read(member.file_size + 1)
                if len(data) != member.file_size:
                    raise InputInvalid(
                        f"{shown} is a broken archive: {place} has {len(data)} bytes, its directory says "
                        f"{member.file_size}",
                        location=shown,
                    )
                yield ArchivedRecord(member.filename, data)


def _require_size(file: BinaryIO, shown: str) -> int:
    """The archive's size, which is within the limit, as its directory is; that is not read as a whole yet."""
    size = file.seek(0, 2)
    if size > MAX_ARCHIVE_BYTES:
        raise InputInvalid(
            f"{shown} has {size} bytes; the limit for an archive is {MAX_ARCHIVE_BYTES}", location=shown
        )
    directory = directory_bytes(file, size)
    if directory > MAX_DIRECTORY_BYTES:
        raise InputInvalid(
            f"{shown} has a directory of {directory} bytes; the limit is {MAX_DIRECTORY_BYTES}",
            location=shown,
        )
    file.seek(0)
    return size


def directory_bytes(file: IO[bytes], size: int) -> int:
    """What the end record says about the directory's size; 0 where no end record is found.

    `zipfile` reads as many bytes at once, so they are compared with the limit first.
    """
    file.seek(max(0, size - _MAX_COMMENT_BYTES - _END.size - _LOCATOR64.size - _END64.size))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        return 0
    directory: int = _END.unpack_from(tail, at)[5]
    at64 = tail.rfind(b"PK\x06\x06", 0, at)
    if 0 <= at64 <= len(tail) - _END64.size:
        directory = max(directory % 0xFFFFFFFF, _END64.unpack_from(tail, at64)[8])
    return directory


def _require_members(members: list[zipfile.ZipInfo], shown: str, *, size: int) -> None:
    """The members are not too many, and do not unpack to more than the file can honestly have.

    Members that share bytes of the file are how a small archive claims to have many large ones.

    Source: D. Fifield, "A better zip bomb", WOOT 2019.
    """
    if len(members) > MAX_MEMBERS:
        raise InputInvalid(f"{shown} has {len(members)} members; the limit is {MAX_MEMBERS}", location=shown)
    unpacked = 0
    for member in members:
        unpacked += member.file_size
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > SMALL_BYTES and ratio > MAX_RATIO:
            raise _bomb(f"member {member.filename!r} unpacks to {ratio:.0f} times its size", shown)
        if unpacked > MAX_UNPACKED_BYTES:
            raise _bomb(f"its members unpack to more than {MAX_UNPACKED_BYTES} bytes", shown)
    if unpacked > max(SMALL_ARCHIVE_BYTES, size * MAX_ARCHIVE_RATIO):
        raise _bomb(f"its members unpack to {unpacked / size:.0f} times its size", shown)
    for one, other in pairwise(sorted(members, key=attrgetter("header_offset"))):
        end = one.header_offset + _LOCAL_HEADER_BYTES + len(one.orig_filename) + one.compress_size
        if other.header_offset < end:
            raise _bomb(f"members {one.filename!r} and {other.filename!r} share bytes", shown)


def _bomb(what: str, shown: str) -> InputInvalid:
    return InputInvalid(
        f"{shown} is not read, because it may be a zip bomb: {what}",
        location=shown,
        hint="download the archive again from its origin",
    )


def _refusal(member: zipfile.ZipInfo, seen: set[str]) -> str:
    """Why this member is not read as a record; empty if it is."""
    name = member.filename
    reasons = (
        ("/" in name or "\\" in name, "is in a directory; a record is a file at the top of the archive"),
        (not name.endswith(".json"), "is not a record: its name does not end in .json"),
        (name in seen, "has the name of an earlier member"),
        (member.flag_bits & _ENCRYPTED, "is encrypted"),
        (member.compress_type not in _READABLE, "is packed with a method other than deflate"),
        (member.file_size > MAX_RECORD_BYTES, f"is larger than {MAX_RECORD_BYTES} bytes"),
    )
    return next((reason for applies, reason in reasons if applies), "")


@contextmanager
def _translated(shown: str, place: str) -> Iterator[None]:
    """What the standard library raises over a broken archive becomes a refusal with its place."""
    try:
        yield
    except _BROKEN as error:
        raise InputInvalid(
            f"{shown} is a broken archive: {place} can't be read: {error}",
            location=shown,
            hint=_AGAIN,
        ) from error
