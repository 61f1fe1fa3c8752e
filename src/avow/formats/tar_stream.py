"""The files in a tar archive that somebody else made: read as a stream, and no more kept than is asked for.

`tarfile` keeps what describes a member, whatever its size, and follows it as deep as it is nested: 30 kB of
zstd cost it 1.8 GB, and 500 bytes its stack. So only its reading of one block is used.

Source: POSIX.1-2017, pax, "pax Interchange Format" and "ustar Interchange Format"; GNU tar's manual, "Basic
Tar Format" and "Storing Sparse Files".
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, Protocol

MAX_DESCRIPTION_BYTES: Final = 64 * 1024
"""Of a name or of pax records before a member. Linux has paths of up to 4,096 bytes, and two in a record."""

MAX_DESCRIPTIONS: Final = 8
"""Before one member; GNU tar and pax write up to three."""

_CHUNK_BYTES: Final = 1024 * 1024
_PAX: Final = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE})
_NAMES: Final = frozenset({tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK})
_WITHOUT_CONTENT: Final = frozenset(
    {tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE}
)
"""Types that no content follows, whatever their size says."""

_RECORD: Final = re.compile(rb"([0-9]{1,6}) ([^=\n]+)=")
_SIZE: Final = re.compile(rb"[0-9]{1,18}")


class TarInvalid(Exception):
    """The archive is damaged, incomplete, made up, or of a kind that is not read."""


def _damaged(what: str) -> TarInvalid:
    return TarInvalid(f"a damaged archive: {what}")


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


class Member(NamedTuple):
    """One entry of the archive, whose content has not been read yet."""

    name: str
    size: int
    is_file: bool


class TarStream:
    """The members in their order, each once; nothing is kept of those that were passed.

    Links are not followed, and what sparse files are is not known: they are refused.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._left = 0
        """Bytes until the next header."""
        self._padding = 0
        """How many of these are not content."""
        self._global: dict[bytes, bytes] = {}

    def __iter__(self) -> Iterator[Member]:
        """Every member; the archive is complete, and nothing follows it, when this ends.

        Raises:
            TarInvalid: not an archive, or a damaged or unusual one.
        """
        while (member := self._next()) is not None:
            yield member
        while block := self._stream.read(_CHUNK_BYTES):
            if block.strip(b"\0"):
                raise _damaged("something follows its end mark, so documents may be missing")

    def content(self) -> bytes:
        """The content of the member that came last; the caller has looked at its size.

        Raises:
            TarInvalid: the archive ends before.
        """
        size = self._left - self._padding
        content = self._up_to(size)
        if len(content) < size:
            raise _damaged("it ends in the middle of a member")
        self._left = self._padding
        return content

    def _next(self) -> Member | None:
        """The next member; None at the end mark."""
        described: dict[bytes, bytes] = {}
        for _ in range(MAX_DESCRIPTIONS + 1):
            header = self._header()
            if header is None:
                return None
            if header.type in _PAX | _NAMES:
                described |= self._description(header)
                continue
            return self._member(header, self._global | described)
        raise _damaged(f"more than {MAX_DESCRIPTIONS} headers describe one member")

    def _header(self) -> tarfile.TarInfo | None:
        self._skip()
        block = self._up_to(tarfile.BLOCKSIZE)
        if not block:
            raise _damaged("it ends before its end mark, so documents may be missing")
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            if len(block) == tarfile.BLOCKSIZE and not block.strip(b"\0"):
                return None
            raise _damaged(str(error)) from error
        if header.size < 0:
            raise _damaged("a negative size")
        return header

    def _description(self, header: tarfile.TarInfo) -> Mapping[bytes, bytes]:
        """What a header says about the member that follows, of what is used here."""
        if header.size > MAX_DESCRIPTION_BYTES:
            raise _damaged(f"{header.size} bytes describe a member; at most {MAX_DESCRIPTION_BYTES} are read")
        self._expect(header.size)
        content = self.content()
        if header.type == tarfile.GNUTYPE_LONGLINK:
            return {}
        if header.type == tarfile.GNUTYPE_LONGNAME:
            return {b"path": content.partition(b"\0")[0]}
        records = _pax_records(content)
        if header.type == tarfile.XGLTYPE:
            self._global |= records
            return {}
        return records

    def _member(self, header: tarfile.TarInfo, described: Mapping[bytes, bytes]) -> Member:
        if header.type == tarfile.GNUTYPE_SPARSE or _SPARSE in described:
            raise TarInvalid("an archive with a sparse file, which is not read; pack it without holes")
        size = header.size
        if stated := described.get(b"size"):
            if _SIZE.fullmatch(stated) is None:
                raise _damaged("a size that is not a number")
            size = int(stated)
        path = described.get(b"path", b"").decode("utf-8", "surrogateescape")
        self._expect(0 if header.type in _WITHOUT_CONTENT else size)
        return Member(path or header.name, size, header.isreg())

    def _expect(self, size: int) -> None:
        """`size` bytes of content follow, and their padding."""
        self._padding = -size % tarfile.BLOCKSIZE
        self._left = size + self._padding

    def _skip(self) -> None:
        while self._left:
            block = self._stream.read(min(self._left, _CHUNK_BYTES))
            if not block:
                raise _damaged("it ends in the middle of a member")
            self._left -= len(block)

    def _up_to(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end of the stream."""
        blocks = []
        while size and (block := self._stream.read(size)):
            blocks.append(block)
            size -= len(block)
        return b"".join(blocks)


_SPARSE: Final = b"GNU.sparse"
_USED: Final = frozenset({b"path", b"size"})


def _pax_records(content: bytes) -> dict[bytes, bytes]:
    """The records that are used: the member's path and size, and whether it is sparse.

    Raises:
        TarInvalid: they can't be read.
    """
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(content) and content[at]:  # some writers end them with zeros
        record = _RECORD.match(content, at)
        end = at + int(record[1]) if record else 0
        if record is None or end <= record.end() or content[end - 1 : end] != b"\n":
            raise _damaged("pax records that can't be read")
        if record[2] in _USED:
            found[record[2]] = content[record.end() : end - 1]
        elif record[2].startswith(_SPARSE):
            found[_SPARSE] = b""
        at = end
    return found
