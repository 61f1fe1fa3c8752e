"""Sets of SPDX 2 documents in one archive, as Yocto writes them beside an image: `IMAGE.spdx.tar.zst`.

The archive is read as a stream and nothing is written: names of members are only shown, links and devices
are skipped. Limits on what comes out, not on the ratio, stop what unpacks to more than any real set.

Source: Yocto's class create-spdx-2.2, `combine_spdx`; RFC 8878 (zstd), section 3.1.1.1.2 on window sizes.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import IO, Any, Final, NoReturn, cast

import msgspec
import zstandard

from avow.formats.json_document import MAX_BYTES, read_json
from avow.formats.tar_stream import TarInvalid, TarStream
from avow.sbom.given import MAX_DEPTH, Given
from avow.sbom.inventory import Inventory
from avow.sbom.spdx2 import SpdxDocument, is_document, read_documents

MAX_UNPACKED_BYTES: Final = 1024 * 1024 * 1024
"""Of the whole archive. A full image of 2,000 packages with all its files has 400 MiB."""

MAX_VALUES: Final = 20_000_000
"""Of all documents together, without what is said of files, and of one with it; each takes up to 70 bytes.

The documents of an image with a million files have 14 million, of which 6 million are kept.
"""

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

_DAMAGED: Final = (zstandard.ZstdError, zlib.error, EOFError, OSError)
"""What the standard library and zstandard raise over bytes that can't be unpacked."""


class _TooLarge(Exception):
    """More came out of the archive than is read."""


class _Bounded:
    """A stream that ends with an error at `MAX_UNPACKED_BYTES`."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = MAX_UNPACKED_BYTES

    def read(self, size: int, /) -> bytes:
        """As of the stream.

        Raises:
            _TooLarge: that was more than is read.
        """
        block = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise _TooLarge
        return block


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
    values = 0
    try:
        for name, content in _members(given):
            if _values_in(content) > MAX_VALUES:
                _refuse_too_large(given)
            value = read_json(content, source=f"{given.source}:{name}", max_depth=MAX_DEPTH)
            if not is_document(value):
                _refuse_other(value, given, name)
                continue
            document = SpdxDocument(_without_files(value))
            values += _values_in(msgspec.json.encode(document.value))
            if values > MAX_VALUES:
                _refuse_too_large(given)
            # one document twice under two names is one; two of one name are two
            namespace = str(value.get("documentNamespace"))
            same = documents.get(namespace, document).value == document.value
            documents[namespace if same else f"{namespace} {name}"] = document
    except _TooLarge:
        _refuse_too_large(given)
    except TarInvalid as error:
        given.refuse(str(error))
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
    archive = TarStream(_Bounded(_stream(given.data)))
    for number, member in enumerate(archive):
        if number >= MAX_MEMBERS:
            given.refuse(f"more than {MAX_MEMBERS} files in the archive")
        if not member.is_file or not member.name.endswith(".json"):
            continue
        if member.size > MAX_BYTES:
            given.refuse(f"{member.name[:200]} has {member.size} bytes; at most {MAX_BYTES} are read")
        yield member.name[:200], archive.content()


def _refuse_too_large(given: Given) -> NoReturn:
    """Refuse an archive out of which more comes than is read.

    Raises:
        InputInvalid: always.
    """
    given.refuse(
        f"more than {MAX_UNPACKED_BYTES} bytes or {MAX_VALUES} JSON values come out of the archive",
        hint="give the documents that matter in an archive of their own",
    )


def _values_in(text: bytes) -> int:
    """How many JSON values `text` has at most: each is the first of its array or object, or after a comma."""
    return sum(map(text.count, (b",", b"[", b"{")))


def _refuse_other(value: Any, given: Given, name: str) -> None:
    """Refuse an SBOM of another format: the documents beside it would look like all of them.

    Raises:
        InputInvalid: it is one.
    """
    if isinstance(value, dict) and ("bomFormat" in value or {"@context", "@graph"} <= value.keys()):
        given.refuse(
            f"{name} is an SBOM of another format; of an archive, only SPDX 2 documents are read",
            hint="unpack it first, and give the SBOM that is inside",
        )


def _without_files(document: dict[str, Any]) -> dict[str, Any]:
    """`document` with no more than the ids of its files, which are most of its bytes."""
    files = document.get("files")
    if isinstance(files, list):
        document["files"] = [
            {"SPDXID": each.get("SPDXID")} if isinstance(each, dict) else each for each in files
        ]
    return document
