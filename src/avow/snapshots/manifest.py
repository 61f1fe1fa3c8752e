"""The manifest of a data directory: which files are in it, from where, of what date, with which digest.

A file that is not as the manifest has it makes the whole directory unusable: a result must be able to name
the bytes that it rests on.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from avow.errors import InputInvalid, Problem, Problems
from avow.files import hash_file, read_bounded, write_atomically
from avow.formats.json_document import read_json
from avow.snapshots.kinds import KINDS
from avow.values import latest_date_on_earth

MANIFEST_FILE: Final = "manifest.json"
MANIFEST_FORMAT: Final = "avow-data/1"
MAX_MANIFEST_BYTES: Final = 64 * 1024**2
"""100,000 files with 400 bytes each have 40 MB."""

STATE_DIRECTORY: Final = ".avow"
"""In a data directory: the index, and downloads that are not complete. Nothing in it is a snapshot."""

_SHA256_DIGITS: Final = 64

_Count = Annotated[int, Meta(ge=0, le=2**53)]
"""Up to what every reader of JSON keeps exactly. Source: RFC 7493 (I-JSON), section 2.2."""


class SnapshotFile(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One file of public data, or one that the user brought."""

    kind: str
    path: str
    """Relative to the data directory, with `/`."""
    sha256: str
    bytes: _Count
    records: _Count
    unread: _Count = 0
    """Records that could not be read; they are missing from every answer."""
    origin: str = ""
    """Where it is from, as the user or the download says. Empty: not stated."""
    retrieved: date | None = None
    stated: datetime | None = None
    """The date that the data gives itself, in UTC; never a file's time."""
    licence: str = ""
    """Empty: not stated."""
    covers: tuple[str, ...] = ()
    """For OSV: the ecosystems that the file is about, without the release of a distribution."""
    newest: date | None = None
    """Of a list of exploited vulnerabilities: the day of the newest entry; it is at least this young."""

    @property
    def identity(self) -> str:
        """What the index is named by: everything that is said here, because the index has it, too."""
        return msgspec.json.encode(self).decode()

    def age_days(self, *, now: datetime) -> int | None:
        """Days since the stated date, else since the retrieval; None where neither is known."""
        dated = self.stated.date() if self.stated else self.retrieved
        return None if dated is None else max(0, (now.date() - dated).days)


class Manifest(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """All files of a data directory, in the order of their paths."""

    format: str = MANIFEST_FORMAT
    files: tuple[SnapshotFile, ...] = ()
    ignored: tuple[str, ...] = ()
    """Paths of other files in the directory, which the user wants to keep there; they are not read."""

    def with_file(self, file: SnapshotFile) -> Manifest:
        """This manifest with `file`, in the place of one with the same path."""
        return self.with_files([file])

    def with_files(self, files: Iterable[SnapshotFile]) -> Manifest:
        """This manifest with `files`, each in the place of one with the same path."""
        by_path = {each.path: each for each in (*self.files, *files)}
        return Manifest(
            files=tuple(by_path[path] for path in sorted(by_path)),
            ignored=tuple(each for each in self.ignored if each not in by_path),
        )

    def of_kind(self, kind: str) -> tuple[SnapshotFile, ...]:
        """The files of one kind."""
        return tuple(each for each in self.files if each.kind == kind)


def load_manifest(directory: Path) -> Manifest:
    """The manifest of a data directory.

    Raises:
        InputInvalid: there is none, or it is not one that `avow data` wrote.
    """
    path = directory / MANIFEST_FILE
    if not path.is_file():
        raise _not_yet(directory)
    content = read_bounded(path, max_bytes=MAX_MANIFEST_BYTES)
    try:
        manifest = msgspec.convert(read_json(content, source=str(path)), Manifest)
    except (InputInvalid, msgspec.ValidationError) as error:
        reason = str(error).removeprefix(f"{path}:").strip()
        raise InputInvalid(
            f"{path} can't be read as a manifest: {reason}",
            location=str(path),
            hint="restore it from a copy, or add the files again to a new directory",
        ) from error
    _require_consistent(manifest, path)
    return manifest


def _not_yet(directory: Path) -> InputInvalid:
    """The refusal of a directory without a manifest, with the ways to one."""
    quoted = shlex.quote(str(directory))
    add = f"add files to it: avow data add --data {quoted} FILE"
    if has_no_data(directory):
        return InputInvalid(
            f"{directory} has no data yet",
            location=str(directory),
            hint=f"{add}; or download some: avow data fetch --all --data {quoted}",
        )
    return InputInvalid(
        f"{directory} is not a data directory: it has no {MANIFEST_FILE}",
        location=str(directory),
        hint=f"{add}; or record those that are in it: avow data add --data {quoted} --in-place {quoted}",
    )


def has_no_data(directory: Path) -> bool:
    """The directory does not exist, or has neither a manifest nor files that one could record."""
    return not (directory / MANIFEST_FILE).exists() and next(files_in(directory), None) is None


def _require_consistent(manifest: Manifest, path: Path) -> None:
    """The format is known, and every entry names one file inside the directory, with a digest.

    Raises:
        InputInvalid: it is another format, or an entry does not.
    """
    if manifest.format != MANIFEST_FORMAT:
        raise InputInvalid(
            f"{path} has the format {manifest.format!r}; this version reads {MANIFEST_FORMAT!r}",
            location=str(path),
        )
    problems = Problems(str(path))
    seen: set[str] = set()
    for file in manifest.files:
        if not is_inside(file.path):
            problems.add(f"{file.path!r} is not the path of a file in this directory")
        if file.kind not in KINDS:
            problems.add(f"{file.path!r} has the unknown kind {file.kind!r}")
        if file.path in seen:
            problems.add(f"{file.path!r} is listed twice")
        seen.add(file.path)
        if len(file.sha256) != _SHA256_DIGITS or not set(file.sha256) <= set("0123456789abcdef"):
            problems.add(f"{file.path!r} has no SHA-256 digest")
        if file.stated is not None and file.stated.utcoffset() != timedelta():
            problems.add(f"{file.path!r} has a stated date that is not in UTC")
    for ignored in manifest.ignored:
        if not is_inside(ignored) or ignored in seen:
            problems.add(f"{ignored!r} can't be ignored: it is listed, or not in this directory")
    problems.raise_if_any(f"{path} can't be used")


def is_inside(path: str) -> bool:
    """`path` is relative, in its plain form, and leads to a place inside the data directory."""
    pure = PurePosixPath(path)
    return (
        path == str(pure)
        and "\\" not in path
        and "\0" not in path
        and not pure.is_absolute()
        and pure.parts != ()
        and not {"..", "."} & set(pure.parts)
        and pure.parts[0] not in {STATE_DIRECTORY, MANIFEST_FILE}
    )


def encode_manifest(directory: Path, manifest: Manifest) -> bytes:
    """The manifest of `directory` as JSON.

    Raises:
        InputInvalid: it would be larger than what is read.
    """
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    if (size := len(encoded)) > MAX_MANIFEST_BYTES:
        raise InputInvalid(
            f"{directory / MANIFEST_FILE} would have {size} bytes; at most {MAX_MANIFEST_BYTES} are read",
            location=str(directory),
        )
    return encoded


def save_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest of a data directory, completely or not at all.

    Raises:
        InputInvalid: it can't be written, or would be larger than what is read.
    """
    write_atomically(directory / MANIFEST_FILE, encode_manifest(directory, manifest))


def differences(directory: Path, manifest: Manifest) -> Iterator[Problem]:
    """How the files of the directory differ from the manifest: missing, edited, not a file, not listed.

    Every listed file of the right size is read completely.
    """
    listed = {*manifest.ignored, *(each.path for each in manifest.files)}
    for file in manifest.files:
        path = directory / file.path
        if path.is_symlink() or not path.is_file():
            what = "is not a regular file" if path.is_symlink() or path.exists() else "is missing"
            yield Problem(str(path), 0, 0, what, fix="restore it, or add it again")
            continue
        said, found = f"{file.bytes} bytes", f"{path.stat().st_size} bytes"
        if found == said:  # what may be much larger is not read
            said, found = (
                f"sha256:{file.sha256}",
                f"sha256:{hash_file(path, algorithms=['sha256'])['sha256']}",
            )
        if found != said:
            message = f"was edited: the manifest has {said}, the file has {found}"
            yield Problem(str(path), 0, 0, message, fix="add it again with avow data add")
    for extra in files_in(directory):
        if extra not in listed:
            fix = "move it away, or record it: avow data add --in-place --skip-unknown"
            yield Problem(str(directory / extra), 0, 0, "is not in the manifest", fix=fix)


def files_in(directory: Path) -> Iterator[str]:
    """The path of every file below a data directory, without the manifest and the index.

    Symbolic links to directories are not followed; each counts as a file.
    """
    for folder, below, names in os.walk(directory):
        relative = Path(folder).relative_to(directory)
        links = [each for each in below if (Path(folder) / each).is_symlink()]
        below[:] = sorted(
            each for each in below if each not in links and (relative.parts or each != STATE_DIRECTORY)
        )
        for name in sorted([*names, *links]):
            path = (relative / name).as_posix()
            if path != MANIFEST_FILE:
                yield path


def require_unchanged(directory: Path, manifest: Manifest, *, now: datetime) -> None:
    """The directory has the files of the manifest, unchanged and no others, and none is from the future.

    Raises:
        InputInvalid: with every difference.
    """
    problems = sorted([*differences(directory, manifest), *from_the_future(directory, manifest, now=now)])
    if problems:
        raise InputInvalid(
            f"{directory} is not as its manifest says, so nothing in it is used",
            problems=tuple(problems),
            location=str(directory),
            hint=f"avow data verify --data {shlex.quote(str(directory))}",
        )


def require_past(directory: Path, manifest: Manifest, *, now: datetime) -> None:
    """No file has a date in the future.

    Raises:
        InputInvalid: one has.
    """
    if problems := tuple(from_the_future(directory, manifest, now=now)):
        raise InputInvalid(
            f"{directory} has files with a date in the future, so nothing in it is used", problems=problems
        )


def from_the_future(directory: Path, manifest: Manifest, *, now: datetime) -> Iterator[Problem]:
    """Files whose stated date or retrieval is later than today, everywhere on Earth."""
    latest = latest_date_on_earth(now)
    for file in manifest.files:
        for what, day, again in (
            ("stated date", file.stated and file.stated.date(), "get the file from its origin again"),
            ("retrieval", file.retrieved, "add the file again with the day of its download as --retrieved"),
        ):
            if day is not None and day > latest:
                message = f"has a {what} in the future: {day.isoformat()}"
                fix = f"check this machine's clock; if it is right, {again}"
                yield Problem(str(directory / file.path), 0, 0, message, fix=fix)
