"""Sets of SPDX 2 documents in one archive, as Yocto writes them beside an image: `IMAGE.spdx.tar.zst`.

The archive is read as a stream and nothing is written: names of members are only shown, links and devices
are skipped. Limits on what comes out, not on the ratio, stop what unpacks to more than any real set.

Source: Yocto's class create-spdx-2.2, `combine_spdx`; RFC 8878 (zstd), section 3.1.1.1.2 on window sizes.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, Final, cast

import zstandard

from avow.formats.json_document import MAX_BYTES, read_json
from avow.sbom.given import MAX_DEPTH, Given
from avow.sbom.inventory import Inventory
from avow.sbom.spdx2 import SpdxDocument, is_document, read_documents

MAX_UNPACKED_BYTES: Final = 1024 * 1024 * 1024
"""Of the whole archive. A full image of 2,000 packages with all its files has 400 MiB."""

MAX_MEMBERS: Final = 100_000
"""Files in the archive; a large image has three for each of 5,000 packages."""

_MAX_WINDOW_BYTES: Final = 128 * 1024 * 1024
"""What zstd may keep in memory; its own default for decoders."""

_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_GZIP: Final = b"\x1f\x8b"
_TAR: Final = (257, b"ustar")
"""Offset and text that mark a tar archive.

Source: POSIX.1-2017, pax, "ustar Interchange Format".
"""

_DAMAGED: Final = (tarfile.TarError, zstandard.ZstdError, zlib.error, EOFError, OSError, ValueError)


class _TooLarge(Exception):
    """More came out of the archive than is read."""


class _Bounded(io.RawIOBase):
    """A stream that ends with an error at `MAX_UNPACKED_BYTES`."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = MAX_UNPACKED_BYTES
        self._last = b""

    def read(self, size: int = -1, /) -> bytes:
        block = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise _TooLarge
        self._last = block[-tarfile.BLOCKSIZE :] or self._last
        return block

    @property
    def is_complete(self) -> bool:
        """The last that was read is the mark of a tar archive's end: a block of zeros.

        A truncated stream ends as one that is complete does, and zstandard does not report it.
        """
        return len(self._last) == tarfile.BLOCKSIZE and not self._last.strip(b"\0")


def sniff(given: Given) -> bool:
    """The bytes are a tar archive, as they are or compressed with zstd or gzip."""
    start, mark = _TAR
    if not given.data.startswith((_ZSTD, _GZIP)):
        return given.data[start : start + len(mark)] == mark
    try:
        beginning = _stream(given.data).read(start + len(mark))
    except (*_DAMAGED, _TooLarge):
        return False
    return beginning[start:] == mark


def read(given: Given) -> Inventory:
    """All SPDX 2 documents of the archive as one inventory.

    Raises:
        InputInvalid: as `read_documents`; a damaged archive, more bytes or files than are read, a document
            that is not JSON, or no SPDX 2 document at all.
    """
    documents: dict[str, SpdxDocument] = {}
    others = 0
    try:
        for name, content in _members(given):
            value = read_json(content, source=f"{given.source}:{name}", max_depth=MAX_DEPTH)
            if not is_document(value):
                others += 1
                continue
            namespace = str(value.get("documentNamespace"))
            # one document twice under two names is one; two of one name are two
            key = (
                namespace
                if documents.get(namespace, SpdxDocument(value)).value == value
                else f"{namespace} {name}"
            )
            documents[key] = SpdxDocument(_without_files(value))
    except _TooLarge:
        given.refuse(
            f"more than {MAX_UNPACKED_BYTES} bytes come out of the archive",
            hint="give the documents that matter in an archive of their own",
        )
    except _DAMAGED as error:
        given.refuse(f"a damaged archive: {error}")
    if not documents:
        given.refuse(
            "not an SBOM of a known format: an archive without SPDX 2 documents (*.spdx.json)",
            hint="unpack it first, and give the SBOM that is inside",
        )
    return read_documents(list(documents.values()), given, encoding="JSON set")


def _stream(data: bytes) -> IO[bytes]:
    raw = io.BytesIO(data)
    if data.startswith(_ZSTD):
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        return decompressor.stream_reader(raw, read_across_frames=True)
    if data.startswith(_GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    return raw


def _members(given: Given) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the JSON files in the archive."""
    stream = _Bounded(_stream(given.data))
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for number, member in enumerate(archive):
            if number >= MAX_MEMBERS:
                given.refuse(f"more than {MAX_MEMBERS} files in the archive")
            if not member.isreg() or not member.name.endswith(".json"):
                continue
            if member.size > MAX_BYTES:
                given.refuse(f"{member.name[:200]} has {member.size} bytes; at most {MAX_BYTES} are read")
            content = cast("IO[bytes]", archive.extractfile(member))  # a regular file has one
            yield member.name[:200], content.read()
    if not stream.is_complete:
        given.refuse("a damaged archive: it ends before its end mark, so documents may be missing")


def _without_files(document: dict[str, Any]) -> dict[str, Any]:
    """`document` with no more than the ids of its files, which are most of its bytes."""
    files = document.get("files")
    if isinstance(files, list):
        document["files"] = [
            {"SPDXID": each.get("SPDXID")} if isinstance(each, dict) else each for each in files
        ]
    return document
