"""Tar archives as a stream: what is read as `tarfile` reads it, and what is refused before it costs much."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avow.formats import tar_stream
from avow.formats.tar_stream import MAX_DESCRIPTION_BYTES, TarInvalid, TarStream

END = b"\0" * 1024


def block(name: str = "x", size: int = 0, type_: bytes = tarfile.REGTYPE) -> bytes:
    """One header."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, type_
    return info.tobuf(tarfile.USTAR_FORMAT)


def entry(name: str, content: bytes = b"", type_: bytes = tarfile.REGTYPE) -> bytes:
    """A header with its content and padding."""
    return block(name, len(content), type_) + content + b"\0" * (-len(content) % tarfile.BLOCKSIZE)


def pax(**records: str) -> bytes:
    """A pax header with these records; every length has two digits."""
    lines = [f"{len(key) + len(value) + 5} {key}={value}\n" for key, value in records.items()]
    assert all(9 < len(line) < 100 for line in lines)
    return entry("pax", "".join(lines).encode(), tarfile.XHDTYPE)


class Slowly(io.BytesIO):
    """A stream that never gives all that is asked for, as those of compressed bytes may."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most 100 bytes."""
        return super().read(min(size or 0, 100))


def files(data: bytes) -> dict[str, bytes]:
    """Names and contents of all files."""
    archive = TarStream(Slowly(data))
    return {member.name: archive.content() for member in archive if member.is_file}


def refusal(data: bytes) -> str:
    """Why an archive is refused."""
    with pytest.raises(TarInvalid) as caught:
        files(data)
    return str(caught.value)


LONG = f"{'directory/' * 30}é.json"


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("name", ["a.json", f"{'d/' * 60}a.json", LONG])
def test_every_form_of_tar_is_read(form: int, name: str) -> None:
    """Names of any length, contents that fill a block and that don't, an empty file."""
    contents = {name: b"x" * 1000, "full.json": b"y" * 1024, "empty.json": b""}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for each, content in contents.items():
            if each is LONG and form == tarfile.USTAR_FORMAT:
                continue  # which has no place for it
            member = tarfile.TarInfo(each)
            member.size, member.linkname = len(content), "l" * 200 if form == tarfile.GNU_FORMAT else ""
            archive.addfile(member, io.BytesIO(content))
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as archive:
        expected = archive.getnames()

    found = files(stream.getvalue())
    assert list(found) == expected
    assert found == {each: contents[each] for each in expected}


def test_what_is_no_file_has_no_content() -> None:
    """Links, devices and directories, whatever size they state; an unknown type has what it states."""
    kinds = (b"1", b"2", b"3", b"4", b"5", b"6")
    data = b"".join(block("link", 5000, kind) for kind in kinds)
    data += entry("other", b"z" * 600, b"Z") + entry("a.json", b"{}") + END

    assert files(data) == {"a.json": b"{}"}
    assert [member.name for member in TarStream(io.BytesIO(data))] == ["link"] * 6 + ["other", "a.json"]


def test_content_that_nobody_asks_for_is_passed() -> None:
    """In pieces, and the next member is the next one."""
    data = entry("a.json", b"x" * 3_000_000) + entry("b.json", b"{}") + END

    assert [member.name for member in TarStream(io.BytesIO(data))] == ["a.json", "b.json"]


def test_pax_states_name_and_size() -> None:
    """For one member, or for all that follow; what is stated for one counts more."""
    everywhere = entry("g", b"24 path=everywhere.json\n", tarfile.XGLTYPE)
    content = b"{}" + b"\0" * 510
    data = pax(path="one.json", size="2", comment="words") + block("other", 0) + content
    data += everywhere + entry("second", b"2") + pax(path="third.json") + entry("x", b"3") + END

    assert files(data) == {"one.json": b"{}", "everywhere.json": b"2", "third.json": b"3"}


def test_zeros_may_end_pax_records() -> None:
    """Some writers fill the block with them."""
    assert files(entry("p", b"15 path=a.json\n\0\0", tarfile.XHDTYPE) + entry("x") + END) == {"a.json": b""}


@pytest.mark.parametrize(
    "records",
    [
        b"15 path=a.json",
        b"15 path a.json\n",
        b"7 path=a.json\n",
        b"99 path=a.json\n",
        b"path=a.json\n",
        b"15 path=a.json\nx",
        b"9999999999 path=a.json\n",
    ],
)
def test_broken_pax_records_are_refused(records: bytes) -> None:
    """They could name another member."""
    assert "pax records that can't be read" in refusal(
        entry("p", records, tarfile.XHDTYPE) + entry("x") + END
    )


@pytest.mark.parametrize("size", ["-1", "1e3", "9" * 19, "x"])
def test_a_strange_size_in_pax_is_refused(size: str) -> None:
    """A number of up to 18 digits is one."""
    assert "a size that is not a number" in refusal(pax(size=size) + entry("x") + END)


def test_a_negative_size_is_refused() -> None:
    """GNU's binary numbers have a sign."""
    info = tarfile.TarInfo("x")
    info.size = -512

    assert "a negative size" in refusal(info.tobuf(tarfile.GNU_FORMAT) + END)


class _Endless:
    """A header that announces 900 MB, and the bytes; fails if anybody reads them."""

    def __init__(self, type_: bytes) -> None:
        self._header = io.BytesIO(block("x", 900 * 1024**2, type_))

    def read(self, size: int, /) -> bytes:
        """The header alone."""
        data = self._header.read(size)
        assert data, "somebody reads the content"
        return data


@pytest.mark.parametrize(
    "type_",
    [
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    ],
)
def test_a_large_description_is_refused_unread(type_: bytes) -> None:
    """Its size is in its header, so nothing of it is read."""
    with pytest.raises(
        TarInvalid, match=f"943718400 bytes describe a member; at most {MAX_DESCRIPTION_BYTES}"
    ):
        list(TarStream(_Endless(type_)))


def test_many_descriptions_of_one_member_are_refused() -> None:
    """Each is read before the next; a reader that goes deeper with each has no stack left."""
    one = pax(comment="words")

    assert files(one * tar_stream.MAX_DESCRIPTIONS + entry("a.json") + END) == {"a.json": b""}
    assert "more than 8 headers describe" in refusal(one * 2000 + entry("a.json") + END)


def test_descriptions_that_are_not_used_are_not_kept() -> None:
    """A global one would be copied for each member that follows."""
    records = b"".join(b"%d k%04d=v\n" % (11, number) for number in range(1000))
    described = entry("g", records, tarfile.XGLTYPE) + entry("a.json")
    archive = TarStream(io.BytesIO(described * 50 + END))

    assert [member.name for member in archive] == ["a.json"] * 50
    assert archive._global == {}


@pytest.mark.parametrize(
    "data",
    [
        block("a.json", 0, tarfile.GNUTYPE_SPARSE),
        entry("p", b"22 GNU.sparse.major=1\n", tarfile.XHDTYPE) + entry("a.json"),
        entry("p", b"25 GNU.sparse.numblocks=\n", tarfile.XHDTYPE) + entry("a.json"),
    ],
)
def test_sparse_files_are_refused(data: bytes) -> None:
    """In the three ways of GNU tar; a map of holes can have millions of entries."""
    assert "pack it without holes" in refusal(data + END)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "before its end mark"),
        (entry("a.json", b"{}"), "before its end mark"),
        (entry("a.json", b"x" * 600)[:700], "in the middle of a member"),
        (entry("link", b"x" * 600, b"Z")[:700], "in the middle of a member"),
        (entry("a.json", b"{}") + b"\0" * 100, "truncated header"),
        (b"x" * 1024, "damaged archive"),
        (entry("a.json", b"{}") + END + entry("b.json", b"{}") + END, "something follows its end mark"),
    ],
)
def test_a_damaged_archive_is_refused(data: bytes, reason: str) -> None:
    """What came before is not all of it."""
    assert reason in refusal(data)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_damage_is_refused_or_read(damage: list[tuple[int, int]]) -> None:
    """No bytes cause any other exception."""
    data = bytearray(pax(path="a.json", size="2") + entry("x", b"{}") + entry("b", b"2") + END)
    for at, value in damage:
        data[at % len(data)] = value
    try:
        found = files(bytes(data))
    except TarInvalid:
        return
    assert all(len(content) <= len(data) for content in found.values())
