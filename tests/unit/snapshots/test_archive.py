"""Archives of OSV records: what is read, what costs one record, and what costs the archive."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avow.errors import InputInvalid
from avow.snapshots import archive
from avow.snapshots.archive import ArchivedRecord, read_archive


def read(path: Path) -> list[ArchivedRecord]:
    """All members."""
    return list(read_archive(path, shown=path.name))


def packed(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """An archive with these members, in this order; names may repeat."""
    with zipfile.ZipFile(path, "w", method) as written, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)  # zipfile warns of repeated names
        for name, content in members:
            written.writestr(name, content)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_member_is_read(tmp_path: Path, method: int) -> None:
    """In the order of the archive, with its bytes."""
    path = packed(tmp_path / "a.zip", ("B-1.json", b"{}"), ("A-1.json", b"[]"), method=method)

    assert read(path) == [ArchivedRecord("B-1.json", b"{}"), ArchivedRecord("A-1.json", b"[]")]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sub/A-1.json", "in a directory"),
        ("../A-1.json", "in a directory"),
        ("/A-1.json", "in a directory"),
        ("sub/", "in a directory"),
        ("A-1.txt", "does not end in .json"),
    ],
)
def test_a_member_that_is_not_a_record_costs_itself(tmp_path: Path, name: str, reason: str) -> None:
    """It is named with the reason, and the others are read."""
    path = packed(tmp_path / "a.zip", (name, b"{}"), ("B-1.json", b"{}"))
    refused, other = read(path)

    assert reason in refused.refused
    assert refused.data == b""
    assert other == ArchivedRecord("B-1.json", b"{}")


def test_a_backslash_is_a_directory(tmp_path: Path) -> None:
    """Some packers write one."""
    path = packed(tmp_path / "a.zip", ("sub_A-1.json", b"{}"))
    path.write_bytes(path.read_bytes().replace(b"sub_A", b"sub\\A"))

    assert "in a directory" in read(path)[0].refused


def test_a_repeated_name(tmp_path: Path) -> None:
    """The first one is read; another reader might take the last one."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"1"), ("A-1.json", b"2"))
    first, second = read(path)

    assert first.data == b"1"
    assert "name of an earlier member" in second.refused


def test_an_encrypted_member(tmp_path: Path) -> None:
    """It can't be read, and is named."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    assert read(path)[0].refused == "is encrypted"


def test_another_method(tmp_path: Path) -> None:
    """Only what every reader of OSV's archives knows is unpacked."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"), method=zipfile.ZIP_LZMA)

    assert "method other than deflate" in read(path)[0].refused


def test_a_record_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named; the others are read."""
    monkeypatch.setattr(archive, "MAX_RECORD_BYTES", 3)
    path = packed(tmp_path / "a.zip", ("A-1.json", b"1234"), ("B-1.json", b"123"))

    assert [each.refused for each in read(path)] == ["is larger than 3 bytes", ""]


def test_an_empty_archive(tmp_path: Path) -> None:
    """It has no members; whether that is an error is for the caller."""
    assert read(packed(tmp_path / "a.zip")) == []


def refusal(path: Path) -> str:
    """Why the archive as a whole is refused."""
    with pytest.raises(InputInvalid) as caught:
        read(path)
    assert caught.value.exit_code == 2
    return caught.value.message


def test_a_truncated_archive(tmp_path: Path) -> None:
    """Without its end nobody knows what is missing."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}" * 1000))
    path.write_bytes(path.read_bytes()[:-30])

    assert refusal(path) == "a.zip is cut off or is not a zip archive"


def test_a_damaged_member(tmp_path: Path) -> None:
    """The place is named: the member and its byte."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"), ("B-1.json", b"{}"), method=zipfile.ZIP_STORED)
    content = path.read_bytes()
    at = content.index(b"PK\x03\x04", 4)
    path.write_bytes(content[: at + 38] + b"[]" + content[at + 40 :])

    assert f"member 'B-1.json' at byte {at}" in refusal(path)


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    """The directory points to other bytes."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"))
    path.write_bytes(path.read_bytes().replace(b"PK\x03\x04", b"XX\x03\x04"))

    assert "member 'A-1.json' at byte 0" in refusal(path)


def test_a_bomb_by_its_ratio(tmp_path: Path) -> None:
    """A record of repeated bytes does not unpack to hundreds of times its size."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b" " * (2 * archive.SMALL_BYTES)))

    assert "zip bomb: member 'A-1.json'" in refusal(path)


def test_a_bomb_of_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All members together have a limit."""
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 5)
    path = packed(tmp_path / "a.zip", ("A-1.json", b"123"), ("B-1.json", b"123"))

    assert "unpack to more than 5 bytes" in refusal(path)


def test_a_bomb_of_many_small_members(tmp_path: Path) -> None:
    """Each may have any ratio, and all of them together may not: these 70 kB would be 70 MB."""
    members = [(f"A-{number}.json", b" " * archive.SMALL_BYTES) for number in range(70)]

    assert "its members unpack to 9" in refusal(packed(tmp_path / "a.zip", *members))
    assert len(read(packed(tmp_path / "b.zip", *members[:60]))) == 60


def test_a_large_archive_that_packs_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the limit it is read, whatever it unpacks to."""
    monkeypatch.setattr(archive, "SMALL_ARCHIVE_BYTES", 10)
    members = [(f"A-{number}.json", bytes(range(256)) * 16) for number in range(10)]
    path = packed(tmp_path / "a.zip", *members)
    monkeypatch.setattr(archive, "MAX_ARCHIVE_RATIO", 40_960 // path.stat().st_size + 1)
    assert len(read(path)) == 10
    monkeypatch.setattr(archive, "MAX_ARCHIVE_RATIO", 40_960 // path.stat().st_size)

    assert "times its size" in refusal(path)


def test_a_bomb_of_shared_bytes(tmp_path: Path) -> None:
    """Two entries of the directory that lead to the same bytes are how small archives claim to be large."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"), ("B-1.json", b"{}"))
    content = bytearray(path.read_bytes())
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    struct.pack_into("<L", content, second + 42, 0)
    path.write_bytes(content)

    assert "share bytes" in refusal(path)


def test_a_directory_that_understates_a_member(tmp_path: Path) -> None:
    """A member that unpacks to more than its directory says is broken, and no more of it is read."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}" + b" " * 1000))
    content = bytearray(path.read_bytes())
    struct.pack_into("<L", content, content.index(b"PK\x01\x02") + 24, 2)
    path.write_bytes(content)

    assert "broken archive" in refusal(path)


def test_a_directory_that_overstates_a_member(tmp_path: Path) -> None:
    """A member that is shorter than its directory says is broken."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"), method=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    struct.pack_into("<L", content, content.index(b"PK\x01\x02") + 24, 20)
    path.write_bytes(content)

    assert "has 2 bytes, its directory says 20" in refusal(path)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [("MAX_ARCHIVE_BYTES", "the limit for an archive"), ("MAX_MEMBERS", "members; the limit is 1")],
)
def test_an_archive_over_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, reason: str
) -> None:
    """It is refused before its members are read."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"), ("B-1.json", b"{}"))
    monkeypatch.setattr(archive, limit, 1)

    assert reason in refusal(path)


@pytest.mark.parametrize("zip64", [False, True])
def test_a_directory_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zip64: bool) -> None:  # noqa: FBT001  a case
    """Its size is read from the end record, before `zipfile` reads as many bytes."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1 if zip64 else 65535)
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"), ("B-1.json", b"{}"))
    assert (b"PK\x06\x06" in path.read_bytes()) is zip64
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 50)

    assert "has a directory of" in refusal(path)


def test_a_missing_archive(tmp_path: Path) -> None:
    """It is an error in the call."""
    assert "No such file" in refusal(tmp_path / "a.zip")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_is_refused_or_read(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    """No bytes cause any other exception, and what is read has the right checksum."""
    path = packed(tmp_path / "a.zip", ("A-1.json", b"{}"), ("B-1.json", b"[1, 2, 3]"))
    content = bytearray(path.read_bytes())
    for at, value in damage:
        content[at % len(content)] = value
    path.write_bytes(content)
    try:
        found = read(path)
    except InputInvalid:
        return
    assert all(isinstance(zlib.crc32(each.data), int) for each in found)
