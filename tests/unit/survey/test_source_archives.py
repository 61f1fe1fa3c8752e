"""Source archives say which package they are, and can't make the reader work without end."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from avow.errors import InputInvalid
from avow.survey.source_archives import SourceArchive, is_source_archive, read_source_archive

CARGO = b"""[package]
name = "anvil"
version = "1.0.0"
repository = "https://github.com/acme/anvil"
"""
NPM = json.dumps({"name": "@acme/anvil", "version": "1.0.0", "repository": "github:acme/anvil"}).encode()
PKG_INFO = b"""Metadata-Version: 2.4
Name: Anvil_Kit
Version: 1.0
Project-URL: Documentation, https://anvil.example/docs
Project-URL: Source, https://github.com/acme/anvil

A long description.
"""
POM = b"#made by hand\ngroupId=org.acme\nartifactId=anvil\nversion=1.0.0\n"
AUTOTOOLS = b"AC_INIT([anvil], [1.0], [bugs@acme.example], [anvil], [https://github.com/acme/anvil])\n"


def tar(**files: bytes) -> bytes:
    """A tar archive with these files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def packed(data: bytes) -> bytes:
    """Compressed, without the time in it: names of tests are made of it."""
    return gzip.compress(data, mtime=0)


def zipped(**files: bytes) -> bytes:
    """A zip archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, bytes], SourceArchive | None]:
    """What an archive of this name and content says."""

    def reader(name: str, content: bytes) -> SourceArchive | None:
        path = tmp_path / name
        path.write_bytes(content)
        return read_source_archive(path, source=name)

    return reader


Read = Callable[[str, bytes], SourceArchive | None]


@pytest.mark.parametrize(
    ("name", "content", "purl", "repository", "manifest"),
    [
        (
            "anvil-1.0.0.crate",
            packed(tar(**{"anvil-1.0.0/Cargo.toml": CARGO})),
            "pkg:cargo/anvil@1.0.0",
            "https://github.com/acme/anvil",
            "anvil-1.0.0/Cargo.toml",
        ),
        (
            "anvil-1.0.0.tgz",
            packed(tar(**{"package/package.json": NPM, "package/test/package.json": NPM})),
            "pkg:npm/%40acme/anvil@1.0.0",
            "https://github.com/acme/anvil",
            "package/package.json",
        ),
        (
            "anvil_kit-1.0.tar.gz",
            packed(tar(**{"anvil_kit-1.0/PKG-INFO": PKG_INFO})),
            "pkg:pypi/anvil-kit@1.0",
            "https://github.com/acme/anvil",
            "anvil_kit-1.0/PKG-INFO",
        ),
        (
            "anvil_kit-1.0-py3-none-any.whl",
            zipped(**{"anvil/x.py": b"", "anvil_kit-1.0.dist-info/METADATA": PKG_INFO}),
            "pkg:pypi/anvil-kit@1.0",
            "https://github.com/acme/anvil",
            "anvil_kit-1.0.dist-info/METADATA",
        ),
        (
            "anvil-1.0.0.jar",
            zipped(**{"org/x.class": b"", "META-INF/maven/org.acme/anvil/pom.properties": POM}),
            "pkg:maven/org.acme/anvil@1.0.0",
            "",
            "META-INF/maven/org.acme/anvil/pom.properties",
        ),
        (
            "anvil@v1.0.0.zip",
            zipped(**{"go.mod": b"module github.com/acme/anvil\n", "x.go": b""}),
            "pkg:golang/github.com/acme/anvil@1.0.0",
            "https://github.com/acme/anvil",
            "go.mod",
        ),
        (
            "anvil-1.0.tar",
            tar(**{"./configure.ac": AUTOTOOLS, "./src/anvil.c": b""}),
            "",
            "https://github.com/acme/anvil",
            "./configure.ac",
        ),
    ],
)
def test_what_an_archive_says(  # noqa: PLR0917  the parts of a case
    read: Read, name: str, content: bytes, purl: str, repository: str, manifest: str
) -> None:
    """By the manifest at its top, or in the one directory that is all of it."""
    found = read(name, content)
    assert found is not None
    assert (found.purl, found.repository) == (purl, repository)
    assert found.manifest.removeprefix("./") == manifest.removeprefix("./")
    assert ("sha256", hashlib.sha256(content).hexdigest()) in found.digests
    assert ("sha512", hashlib.sha512(content).hexdigest()) in found.digests


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, zstandard.compress, packed, bytes])
def test_every_compression_is_read(read: Read, pack: Callable[[bytes], bytes]) -> None:
    """By the first bytes, whatever the ending says."""
    found = read("anvil-1.0.0.tar.xz", pack(tar(**{"anvil-1.0.0/Cargo.toml": CARGO})))
    assert found is not None
    assert (found.name, found.version, found.purl) == ("anvil", "1.0.0", "pkg:cargo/anvil@1.0.0")


@pytest.mark.parametrize(
    "content",
    [
        tar(**{"anvil/README": b"x"}),
        tar(**{"anvil/examples/x/Cargo.toml": CARGO}),
        tar(**{"anvil/Cargo.toml": CARGO, "other/README": b""}),
        tar(**{"anvil/Cargo.toml": b"not TOML"}),
        tar(**{"anvil/PKG-INFO": b"Version: 1\n"}),
        tar(),
    ],
)
def test_an_archive_that_does_not_say_which_package_it_is(read: Read, content: bytes) -> None:
    """No manifest at the top, or nothing in it that could be used."""
    assert read("anvil-1.0.tar", content) is None


def test_an_archive_that_says_that_it_is_two_packages(read: Read) -> None:
    """Which of them the component is, it does not say."""
    with pytest.raises(
        InputInvalid, match="it names several packages: pkg:cargo/anvil, pkg:npm/%40acme/anvil"
    ):
        read("anvil-1.0.tar", tar(**{"anvil/Cargo.toml": CARGO, "anvil/package.json": NPM}))


def test_a_directory_that_is_not_all_of_it(read: Read) -> None:
    """Whatever comes first; what is beside it is at the top."""
    beside = {"anvil/package.json": NPM, "Cargo.toml": CARGO}
    for files in (beside, dict(reversed(beside.items()))):
        found = read("anvil-1.0.tar", tar(**files))
        assert found is not None
        assert found.purl == "pkg:cargo/anvil@1.0.0"


def test_many_manifests_take_no_memory(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """2.4 MB of zip unpack to two gigabytes of them; only those at the top are read."""
    monkeypatch.setattr("avow.survey.source_archives.MAX_MANIFEST_BYTES", 5_000)
    blanks = {f"d{number}/package.json": b" " * 2_000 for number in range(50)}
    assert read("a.zip", zipped(**blanks)) is None
    with pytest.raises(InputInvalid, match="its manifests have more than 5000 bytes"):
        read("a.zip", zipped(**{f"a/{number}.gemspec": b" " * 2_000 for number in range(50)}))
    monkeypatch.setattr("avow.survey.source_archives.MAX_DIRECTORY_BYTES", 500)
    with pytest.raises(InputInvalid, match="its directory has more than 500 bytes"):
        read("a.zip", zipped(**blanks))


def test_names_of_files_that_are_archives() -> None:
    """By the ending alone; what is inside is found out later."""
    assert all(map(is_source_archive, ("a.tar.gz", "a.TGZ", "a.tar.zst", "a.jar", "a-1.0.crate", "a.tar")))
    assert not any(map(is_source_archive, ("a.json", "tar.gz.json", "a.tar.gz.sigstore.json", "zip", "a.gz")))


def test_a_name_without_a_version(read: Read) -> None:
    """The manifest may have one."""
    found = read("anvil.tar", tar(**{"anvil/Cargo.toml": CARGO}))
    assert found is not None
    assert (found.name, found.version) == ("anvil", "1.0.0")
    found = read("go.zip", zipped(**{"go.mod": b"module example.org/anvil\n"}))
    assert found is not None
    assert (found.version, found.purl) == ("", "pkg:golang/example.org/anvil")


def test_a_version_that_makes_no_purl(read: Read) -> None:
    """The package is known all the same."""
    found = read("x.tar", tar(**{"x/PKG-INFO": b"Name: anvil\nVersion: \xc3\xa9\n"}))
    assert found is not None
    assert found.purl == "pkg:pypi/anvil"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tar.gz", packed(tar(**{"a/Cargo.toml": CARGO}))[:60]),
        ("a.tar.gz", b"\x1f\x8b broken"),
        ("a.tar", b"not a tar archive"),
        ("a.tar", tar(**{"a/Cargo.toml": CARGO})[:1024]),
        ("a.zip", b"PK\x03\x04 broken"),
        ("a.tar.zst", b"\x28\xb5\x2f\xfd broken"),
    ],
    ids=["cut off", "gzip", "tar", "no end", "zip", "zstd"],
)
def test_a_broken_archive_is_refused(read: Read, name: str, content: bytes) -> None:
    """Whatever the library calls it."""
    with pytest.raises(InputInvalid, match="damaged, or not an archive"):
        read(name, content)


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("MAX_UNPACKED_BYTES", 5_000, "more than 5000 bytes come out"),
        ("MAX_MEMBERS", 1, "more than 1 files"),
        ("MAX_ARCHIVE_BYTES", 10, "more than 10 bytes"),
    ],
)
def test_limits(read: Read, monkeypatch: pytest.MonkeyPatch, limit: str, value: float, words: str) -> None:
    """On what is given, what comes out, and how many files."""
    monkeypatch.setattr(f"avow.survey.source_archives.{limit}", value)
    content = packed(tar(**{f"a/{n}": b"x" * 1000 for n in range(20)}))
    with pytest.raises(InputInvalid, match=words):
        read("a.tar.gz", content)


def test_an_archive_that_takes_long(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left when the time is up."""
    monkeypatch.setattr("avow.survey.source_archives.MAX_CPU_SECONDS", 0.01)
    with pytest.raises(InputInvalid, match="takes too long"):
        read("a.tar.gz", gzip.compress(tar(**{"a/b": bytes(100_000_000)}), compresslevel=1))


def test_the_number_of_files_in_a_zip(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the same limit."""
    monkeypatch.setattr("avow.survey.source_archives.MAX_MEMBERS", 1)
    with pytest.raises(InputInvalid, match="more than 1 files"):
        read("a.zip", zipped(a=b"", b=b""))


def test_a_manifest_that_is_too_large(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read, in either form."""
    monkeypatch.setattr("avow.survey.source_archives.MAX_SOURCE_BYTES", len(CARGO) - 1)
    assert read("a.tar", tar(**{"a/Cargo.toml": CARGO})) is None
    assert read("a.zip", zipped(**{"a/Cargo.toml": CARGO})) is None


def test_an_encrypted_zip(read: Read) -> None:
    """Its manifest can't be read, and that is said."""
    content = bytearray(zipped(**{"Cargo.toml": CARGO}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    with pytest.raises(InputInvalid, match="encrypted"):
        read("a.zip", bytes(content))


HUGE = """
import gzip, io, resource, sys, tarfile
from pathlib import Path
from avow.errors import InputInvalid
from avow.survey.source_archives import read_source_archive

size = 400 * 1024 * 1024
header = tarfile.TarInfo("x")
header.type, header.size = tarfile.XHDTYPE, size
path = Path(sys.argv[1])
with gzip.open(path, "wb", compresslevel=1) as file:
    file.write(header.tobuf())
    for _ in range(size // (1 << 20)):
        file.write(b"x" * (1 << 20))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_source_archive(path, source="a")
except InputInvalid as error:
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print("refused" if grown < 50 * 1024 else f"{grown} KiB")
"""


def test_a_header_of_any_size_takes_no_memory(tmp_path: Path) -> None:
    """Python reads all of it before anybody could look at it."""
    done = subprocess.run(
        [sys.executable, "-c", HUGE, str(tmp_path / "a.tar.gz")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused\n", done.stdout
