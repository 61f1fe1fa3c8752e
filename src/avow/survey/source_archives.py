"""What a source archive in hand says that it is: the package and repository in the manifest at its top.

An archive proposes rows of the map. That it is a component's source is shown where the SBOM states its
digest, and only proposed where the two have one name.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from email.parser import HeaderParser
from functools import partial
from pathlib import Path
from typing import IO, Final, cast
from urllib.parse import quote

import zstandard

from avow.drafting.budget import TooSlow, cpu_limit
from avow.drafting.found import MAX_SOURCE_BYTES, Document
from avow.drafting.readers.manifests import MANIFESTS, read_manifest
from avow.errors import InputInvalid
from avow.files import open_regular
from avow.formats.purl import PurlInvalid, read_purl
from avow.formats.repository import normal_repository
from avow.formats.tar_stream import TarInvalid, TarStream
from avow.snapshots.archive import directory_bytes
from avow.values import shortlist

MAX_ARCHIVE_BYTES: Final = 512 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 2 * 1024 * 1024 * 1024
"""What may come out while the manifest is looked for; Linux has 1.5 GB."""

MAX_MEMBERS: Final = 200_000
MAX_MANIFEST_BYTES: Final = 16 * 1024 * 1024
"""Of all manifests at the top of one archive together; most have one or two."""

MAX_DIRECTORY_BYTES: Final = 32 * 1024 * 1024
"""Of the directory of a zip, which is read as a whole: 160 bytes for each of `MAX_MEMBERS`."""

MAX_CPU_SECONDS: Final = 30.0
_SUFFIX: Final = re.compile(
    r"\.(?:tar|tar\.(?:gz|bz2|xz|zst)|t[gbx]z|zip|crate|jar|whl)$",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"(?P<name>.+?)[-_@]v?(?P<version>[0-9][^/]*)")
_ZIP: Final = re.compile(r"\.(?:zip|jar|whl)$", re.IGNORECASE)
_MAVEN: Final = re.compile(r"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_PYTHON: Final = re.compile(r"[^/]+\.dist-info/METADATA")
_CORE_METADATA: Final = frozenset({"PKG-INFO", "METADATA"})
_ZSTD_WINDOW_BYTES: Final = 128 * 1024 * 1024

_BROKEN: Final = (
    *(TarInvalid, zipfile.BadZipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError),
    *(EOFError, OSError, ValueError, NotImplementedError, RuntimeError),
)
"""What the libraries raise over an archive that is damaged, encrypted or made up."""


@dataclass(frozen=True, slots=True)
class SourceArchive:
    """One archive, and what its manifest says; nothing of it was verified."""

    source: str
    digests: frozenset[tuple[str, str]]
    """Algorithm and value, SHA-2 only."""
    name: str
    """By the name of the file, without version and ending."""
    version: str
    purl: str
    """With a version, if the manifest or the name of the file has one; empty if it names no package."""
    repository: str
    """Normalised; empty if none is named."""
    manifest: str
    """The member that says it."""


def is_source_archive(name: str) -> bool:
    """The file has the name of an archive that source code is published in."""
    return _SUFFIX.search(name) is not None


def read_source_archive(path: Path, *, source: str) -> SourceArchive | None:
    """What the archive says that it is; `None` if no manifest at its top names a package or a repository.

    Raises:
        InputInvalid: it is broken, larger than the limits, or takes too long to read.
    """
    try:
        with cpu_limit(MAX_CPU_SECONDS):
            return _read(path, source=source)
    except TooSlow as error:
        raise InputInvalid("reading the archive takes too long", location=source) from error
    except _BROKEN as error:
        what = "encrypted, " if isinstance(error, RuntimeError) else ""
        raise InputInvalid(f"{what}damaged, or not an archive that can be read", location=source) from error


def _read(path: Path, *, source: str) -> SourceArchive | None:
    stem = _SUFFIX.sub("", path.name)
    named = _NAMED.fullmatch(stem)
    with open_regular(path) as file:
        digests = _digests(file)
        file.seek(0)
        found = list(_manifests(file, path.name))
    said = [each for each in found if each.purl or each.repository]
    if not said:
        return None
    packages = dict.fromkeys(each.purl for each in said if each.purl)
    if len(packages) > 1:
        raise InputInvalid(f"it names several packages: {shortlist(packages, most=3)}", location=source)
    best = next((each for each in said if each.purl), said[0])
    version = best.version or (named["version"] if named else "")
    return SourceArchive(
        source=source,
        digests=digests,
        name=named["name"] if named else stem,
        version=version,
        purl=_with_version(best.purl, version),
        repository=next((each.repository for each in said if each.repository), ""),
        manifest=best.member,
    )


def _digests(file: IO[bytes]) -> frozenset[tuple[str, str]]:
    made = {name: hashlib.new(name) for name in ("sha256", "sha384", "sha512")}
    size = 0
    while block := file.read(1 << 20):
        size += len(block)
        if size > MAX_ARCHIVE_BYTES:
            raise InputInvalid(f"more than {MAX_ARCHIVE_BYTES} bytes")
        for each in made.values():
            each.update(block)
    return frozenset((name, each.hexdigest()) for name, each in made.items())


def _with_version(purl: str, version: str) -> str:
    """`purl` with `version`, if that makes a purl."""
    if not purl or not version:
        return purl
    try:
        return read_purl(f"{purl}@{version}").text
    except PurlInvalid:
        return purl


# ---- manifests


@dataclass(frozen=True, slots=True)
class _Stated:
    """What one manifest says."""

    member: str
    purl: str = ""
    """Without a version."""
    version: str = ""
    repository: str = ""


def _manifests(file: IO[bytes], name: str) -> Iterator[_Stated]:
    """What the manifests at the top say: of the archive, or of the one directory that is all of it."""
    inside: dict[str, bytes] = {}
    kept = 0
    tops: set[str] = set()
    """Directories at the top, and an empty text if a file is there."""
    members = _zip_members if _ZIP.search(name) else _tar_members
    for member, read in members(file):
        path = member.removeprefix("./")
        top, _, rest = path.partition("/")
        tops.add(f"{top}/" if rest else "")
        is_one_directory = tops == {f"{top}/"}
        if not is_one_directory:  # so what is in a directory is not at the top
            inside = {
                each: content for each, content in inside.items() if "/" not in each or _is_about_all(each)
            }
        if _is_manifest(path) or (_is_manifest(rest) and is_one_directory) or _is_about_all(path):
            inside[path] = read()
            kept += len(inside[path])
            if kept > MAX_MANIFEST_BYTES:
                raise InputInvalid(f"its manifests have more than {MAX_MANIFEST_BYTES} bytes")
    for path, content in inside.items():
        yield _said(path, content)


def _is_about_all(path: str) -> bool:
    """Where Maven and Python say what the whole archive is."""
    return _MAVEN.fullmatch(path) is not None or _PYTHON.fullmatch(path) is not None


def _is_manifest(name: str) -> bool:
    return "/" not in name and (name in _CORE_METADATA or MANIFESTS.fullmatch(name) is not None)


def _said(member: str, content: bytes) -> _Stated:
    base = member.rpartition("/")[2]
    if base == "pom.properties":
        return _of_pom_properties(member, content)
    if base in _CORE_METADATA:
        return _of_core_metadata(member, content)
    reading = read_manifest(Document(path=base, data=content), date.max)
    said = {each.field: each.value for each in reversed(reading.project)}
    repository = normal_repository(said.get("source") or said.get("url") or "")
    return _Stated(member, said.get("purl", ""), said.get("version", ""), repository)


def _of_pom_properties(member: str, content: bytes) -> _Stated:
    """Source: Maven Archiver, pom.properties: groupId, artifactId and version."""
    lines = content.decode("utf-8", "replace").splitlines()
    values = {key.strip(): value.strip() for key, _, value in (each.partition("=") for each in lines)}
    group, artifact = values.get("groupId", ""), values.get("artifactId", "")
    purl = f"pkg:maven/{quote(group)}/{quote(artifact)}" if group and artifact else ""
    return _Stated(member, purl, values.get("version", ""))


def _of_core_metadata(member: str, content: bytes) -> _Stated:
    """Source: Python packaging, core metadata: Name, Version, Home-page and Project-URL."""
    found = HeaderParser().parsestr(content.decode("utf-8", "replace"))
    name = found.get("Name", "")
    links = [each.partition(",")[2].strip() for each in found.get_all("Project-URL", [])]
    repositories = map(normal_repository, (*links, found.get("Home-page", "")))
    purl = f"pkg:pypi/{quote(re.sub(r'[-_.]+', '-', name).lower())}" if name else ""
    return _Stated(member, purl, found.get("Version", ""), next(filter(None, repositories), ""))


# ---- members


_Member = tuple[str, Callable[[], bytes]]
"""A name, and what reads the content of a member that has it."""


class _Limited:
    """A stream that ends with an error at `MAX_UNPACKED_BYTES`."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, MAX_UNPACKED_BYTES

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        block = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise InputInvalid(f"more than {MAX_UNPACKED_BYTES} bytes come out of the archive")
        return block


def _tar_members(file: IO[bytes]) -> Iterator[_Member]:
    start = file.read(6)
    file.seek(0)
    opened = next((make(file) for mark, make in _COMPRESSED.items() if start.startswith(mark)), file)
    archive = TarStream(_Limited(opened))
    for number, member in enumerate(archive):
        _require_few(number)
        if member.is_file:
            is_small = member.size <= MAX_SOURCE_BYTES
            yield member.name, archive.content if is_small else bytes


def _zstd(file: IO[bytes]) -> IO[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    return decompressor.stream_reader(file, read_across_frames=True)


_COMPRESSED: Final[dict[bytes, Callable[[IO[bytes]], IO[bytes]]]] = {
    b"\x1f\x8b": lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file)),
    b"BZh": lambda file: cast("IO[bytes]", bz2.BZ2File(file)),
    b"\xfd7zXZ\x00": lambda file: cast("IO[bytes]", lzma.LZMAFile(file)),  # noqa: SIM115  the archive is closed
    b"\x28\xb5\x2f\xfd": _zstd,
}
"""What reads a compressed stream, by its first bytes: the ending of a name says less."""


def _zip_members(file: IO[bytes]) -> Iterator[_Member]:
    if directory_bytes(file, file.seek(0, io.SEEK_END)) > MAX_DIRECTORY_BYTES:
        raise InputInvalid(f"its directory has more than {MAX_DIRECTORY_BYTES} bytes")
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        for number, member in enumerate(archive.infolist()):
            _require_few(number)
            if not member.is_dir():
                yield member.filename, partial(_of_zip, archive, member)


def _of_zip(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as opened:
        content = opened.read(MAX_SOURCE_BYTES + 1)
    return content if len(content) <= MAX_SOURCE_BYTES else b""


def _require_few(number: int) -> None:
    if number >= MAX_MEMBERS:
        raise InputInvalid(f"more than {MAX_MEMBERS} files in the archive")
