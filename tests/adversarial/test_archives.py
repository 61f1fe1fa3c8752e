"""Small archives that cost much memory or time: refused, and measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from avow.formats.tar_stream import MAX_DESCRIPTION_BYTES

MEGABYTE = 1024 * 1024

PEAK = """
import json, resource, sys, time
from pathlib import Path
from avow.errors import InputInvalid
from avow.sbom import read_sbom
from avow.snapshots.kinds import recognise

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

path, before, began = Path(sys.argv[1]), peak(), time.process_time()
try:
    if path.suffix == ".zip":
        recognise(path, shown=path.name)
    else:
        read_sbom(path.read_bytes(), source=path.name)
except InputInvalid as error:
    print(json.dumps([error.message, peak() - before, time.process_time() - began]))
"""


def refused(path: Path) -> tuple[str, int, float]:
    """The message, the MiB that it took, and the seconds of processor time."""
    ran = subprocess.run([sys.executable, "-c", PEAK, path], check=True, capture_output=True)
    message, peak, seconds = json.loads(ran.stdout)
    return str(message), int(peak), float(seconds)


def compressed(path: Path, parts: Iterator[bytes]) -> Path:
    """The parts, packed one by one."""
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as writer:
        for part in parts:
            writer.write(part)
    return path


def header(name: str, size: int, type_: bytes = tarfile.REGTYPE) -> bytes:
    """One block of a tar archive."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, type_
    return info.tobuf(tarfile.USTAR_FORMAT)


@pytest.mark.slow
@pytest.mark.parametrize("type_", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_900_mb(tmp_path: Path, type_: bytes) -> None:
    """30 kB of zstd; tarfile takes 1.8 GB for it."""

    def parts() -> Iterator[bytes]:
        yield header("x", 900 * MEGABYTE, type_)
        for _ in range(900):
            yield b"a" * MEGABYTE

    path = compressed(tmp_path / "a.spdx.tar.zst", parts())
    message, peak, seconds = refused(path)

    assert path.stat().st_size < 100_000
    assert f"943718400 bytes describe a member; at most {MAX_DESCRIPTION_BYTES} are read" in message
    assert peak < 50
    assert seconds < 5


@pytest.mark.slow
def test_a_sparse_file_with_millions_of_holes(tmp_path: Path) -> None:
    """90 kB of zstd; tarfile takes 2.7 GB and 89 s for a list of 44 million."""

    def parts() -> Iterator[bytes]:
        block = bytearray(header("a.spdx.json", 0, tarfile.GNUTYPE_SPARSE))
        block[482] = 1  # more of the list follows
        block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 8 * ord(" "))
        yield bytes(block)
        for _ in range(900):
            yield (b"00000000001\0" * 42 + b"\1" + b"\0" * 7) * 2048

    message, peak, seconds = refused(compressed(tmp_path / "a.spdx.tar.zst", parts()))

    assert "sparse" in message
    assert peak < 50
    assert seconds < 5


@pytest.mark.slow
def test_a_document_of_millions_of_values(tmp_path: Path) -> None:
    """25 kB of zstd; the lists take 6.6 GB, the text 250 MB."""

    def parts() -> Iterator[bytes]:
        start, end = b'{"spdxVersion": "SPDX-2.3", "x": [', b"[]]}"
        size = len(start) + 80 * 3 * MEGABYTE + len(end)
        yield header("a.spdx.json", size)
        yield start
        for _ in range(80):
            yield b"[]," * MEGABYTE
        yield end + b"\0" * (-size % 512) + b"\0" * 1024

    message, peak, seconds = refused(compressed(tmp_path / "a.spdx.tar.zst", parts()))

    assert "JSON values come out of the archive" in message
    assert peak < 600
    assert seconds < 10


@pytest.mark.slow
@pytest.mark.parametrize("record", [b"", b'{"id": "A-1", "modified": "2026-01-01T00:00:00Z"}'])
def test_records_of_blanks(tmp_path: Path, record: bytes) -> None:
    """A zip of 300 kB that unpacks to 300 MB; eight times as much took 27 s to add."""
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(300):
            archive.writestr(f"A-{number}.json", record.ljust(MEGABYTE))
    message, peak, seconds = refused(path)

    assert "may be a zip bomb: its members unpack to" in message
    assert peak < 50
    assert seconds < 1
