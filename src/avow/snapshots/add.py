"""Adding files to a data directory: recognised, copied, recorded; all of them or none."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from avow.errors import InputInvalid, Problem
from avow.files import hash_file, write_atomically
from avow.snapshots.archive import MAX_ARCHIVE_BYTES
from avow.snapshots.kinds import KINDS, Recognised, UnknownKind, recognise
from avow.snapshots.manifest import (
    MANIFEST_FILE,
    STATE_DIRECTORY,
    Manifest,
    SnapshotFile,
    encode_manifest,
    files_in,
    from_the_future,
    is_inside,
    load_manifest,
)
from avow.values import latest_date_on_earth

_COMPANIONS: Final = frozenset({"signature", "checksum"})
"""Kinds that belong to another file, whose name they have with a suffix."""

_ONE_ONLY: Final = frozenset({"epss"})
"""Kinds whose name has its date: a new file takes the place of the old one all the same."""

_OUTSIDE: Final = ".."

_ALGORITHMS: Final = {64: "sha256", 96: "sha384", 128: "sha512"}
"""By the number of hexadecimal digits."""


class Change(StrEnum):
    """What adding a file did."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Addition:
    """One file that is in the data directory now."""

    file: SnapshotFile
    change: Change
    recognised: Recognised
    given: Path
    """As the user named it."""
    before: tuple[SnapshotFile, ...] = ()
    """What was in its place."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What one call did."""

    added: tuple[Addition, ...]
    skipped: tuple[str, ...] = ()
    """Messages about files that were left out: of no known kind, as the user wished, and older editions."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    given: Path
    """As the user named it."""
    content: Path
    """What is recognised: a copy, so that nobody changes it meanwhile; in place, the file itself."""
    sha256: str
    recognised: Recognised


@dataclass(kw_only=True)
class Adding:
    """How files are added to the data directory `directory`."""

    directory: Path
    now: datetime
    origin: str = ""
    retrieved: date | None = None
    licence: str = ""
    in_place: bool = False
    """Record files that are in the directory already, under their names; nothing is copied."""
    replace: bool = False
    """Replace files even where the new one is not known to be newer."""
    skip_unknown: bool = False
    only_kind: str = ""
    """Anything but this kind is refused."""
    progress: Callable[[Path], None] = lambda _path: None
    """Called before each file is read."""
    _problems: list[Problem] = field(default_factory=list, init=False)
    _skipped: list[str] = field(default_factory=list, init=False)
    _unknown: bool = field(default=False, init=False)
    """One of the problems is a file of no known kind."""
    _ignored: list[str] = field(default_factory=list, init=False)
    """Files of no known kind that stay in the directory."""

    def add(self, paths: Iterable[Path]) -> Additions:
        """Add the files in `paths` to the data directory and its manifest; of a directory, all in it.

        Raises:
            InputInvalid: a file is broken, of no known kind, from the future, does not have the checksum that
                comes with it, or would replace one that is not known to be older. Nothing was changed then.
        """
        self._require_past()
        manifest = self._manifest()
        state = self.directory / STATE_DIRECTORY
        state.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="incoming-", dir=state) as incoming:
            candidates = self._candidates(
                paths, Path(incoming), recorded={each.path for each in manifest.files}
            )
            self._check_companions(candidates)
            additions, replaced = self._placed(candidates, manifest)
            files = [each.file for each in additions]
            self._problems += from_the_future(self.directory, Manifest(files=tuple(files)), now=self.now)
            self._refuse_problems()
            ignored = sorted({*manifest.ignored, *self._ignored})
            kept = Manifest(
                files=tuple(each for each in manifest.files if each.path not in replaced),
                ignored=tuple(each for each in ignored if (self.directory / each).exists()),
            )
            made = encode_manifest(self.directory, kept.with_files(files))
            if not self.in_place:
                self._move(candidates, additions)
        for path in replaced:
            (self.directory / path).unlink(missing_ok=True)
        write_atomically(self.directory / MANIFEST_FILE, made)
        return Additions(tuple(additions), tuple(self._skipped))

    def _manifest(self) -> Manifest:
        """The manifest there is, or an empty one for a directory without files."""
        if (self.directory / MANIFEST_FILE).exists():
            return load_manifest(self.directory)
        if not self.in_place and next(files_in(self.directory), None) is not None:
            shown = shlex.quote(str(self.directory))
            raise InputInvalid(
                f"{self.directory} has files and no {MANIFEST_FILE}",
                location=str(self.directory),
                hint=f"record them: avow data add --data {shown} --in-place {shown}",
            )
        return Manifest()

    def _require_past(self) -> None:
        """The day of the download is not in the future.

        Raises:
            InputInvalid: it is.
        """
        if self.retrieved and self.retrieved > latest_date_on_earth(self.now):
            raise InputInvalid(
                f"{self.retrieved.isoformat()} is in the future; nothing was downloaded on that day",
                location="--retrieved",
                hint="write the day of the download, and check this machine's clock",
            )

    def _candidates(
        self, paths: Iterable[Path], incoming: Path, *, recorded: Collection[str]
    ) -> list[_Candidate]:
        """Every file that can be read; the others are in the problems, or left out."""
        found = []
        for number, path in enumerate(_expanded(paths)):
            self.progress(path)
            content = path if self.in_place else incoming / str(number)
            try:
                _require_size(path)
                if not self.in_place:
                    _copy(path, content)
                sha256 = hash_file(content, algorithms=["sha256"])["sha256"]
                recognised = recognise(content, shown=str(path), today=self.now.date())
                self._require_kind(recognised, path)
            except UnknownKind as error:
                if self.skip_unknown:
                    self._leave_out(path, error, recorded=recorded)
                else:
                    self._unknown = True
                    self._problems.append(_problem(path, error))
            except InputInvalid as error:
                self._problems += error.problems or [_problem(path, error, content=content)]
            else:
                found.append(_Candidate(path, content, sha256, recognised))
        return found

    def _leave_out(self, path: Path, error: UnknownKind, *, recorded: Collection[str]) -> None:
        """Note that a file of no known kind is left out; in place, the manifest has to know about it."""
        self._skipped.append(error.message)
        if not self.in_place:
            return
        place = self._inside(path)
        if place in recorded:
            message = "is in the manifest, and is no longer a file that avow data knows"
            self._problems.append(Problem(str(path), 0, 0, message, fix="restore it, or move it away"))
        elif self._is_usable(place, path):
            self._ignored.append(place)

    def _is_usable(self, place: str, given: Path) -> bool:
        """A file can have this path below the data directory; else there is one more problem."""
        if is_inside(place) and place.isprintable():
            return True
        outside = place == _OUTSIDE
        message = "is not in the data directory" if outside else "has a name that can't be used in one"
        fix = "leave out --in-place, and it is copied" if outside else "rename it"
        self._problems.append(Problem(str(given), 0, 0, message, fix=fix))
        return False

    def _require_kind(self, recognised: Recognised, path: Path) -> None:
        if self.only_kind and recognised.kind != self.only_kind:
            raise InputInvalid(
                f"{path} is {KINDS[recognised.kind].about}, not {KINDS[self.only_kind].about}",
                location=str(path),
            )

    def _check_companions(self, candidates: list[_Candidate]) -> None:
        """Each checksum file that comes with its file has that file's digest."""
        by_path = {each.given: each for each in candidates}
        for each in candidates:
            target = by_path.get(each.given.with_suffix(""))
            if each.recognised.kind != "checksum" or target is None:
                continue
            stated = each.content.read_bytes().split()[0].decode("ascii").lower()  # a name may follow
            algorithm = _ALGORITHMS[len(stated)]
            if hash_file(target.content, algorithms=[algorithm])[algorithm] != stated:
                message = f"does not have the {algorithm} digest that is in {each.given.name}"
                self._problems.append(Problem(str(target.given), 0, 0, message, fix="download both again"))

    def _placed(
        self, candidates: list[_Candidate], manifest: Manifest
    ) -> tuple[list[Addition], frozenset[str]]:
        """Where each file goes, and the paths of those that it replaces under another name."""
        places = self._places(candidates)
        taken: dict[str, SnapshotFile] = {each.path: each for each in manifest.files}
        additions: dict[str, Addition] = {}
        replaced: set[str] = set()
        # Of two editions in one call, the younger one comes last and takes the place of the other.
        for each in sorted(candidates, key=_youth):
            file = self._file(each, places[each.given])
            if not self._is_usable(file.path, each.given):
                continue
            rivals = self._rivals(file, taken)
            if not self._may_replace(each, file, rivals, additions=additions):
                continue
            before: list[SnapshotFile] = []
            for other in rivals:
                del taken[other.path]
                beaten = additions.pop(other.path, None)
                before += [other] if beaten is None else beaten.before
                if beaten is not None:
                    self._skipped.append(_left_out(beaten, file, each.given))
            replaced |= {other.path for other in rivals} - {file.path}
            addition = _added(file, each, tuple(before))
            taken[file.path] = addition.file
            additions[file.path] = addition
        return list(additions.values()), frozenset(replaced)

    def _places(self, candidates: list[_Candidate]) -> dict[Path, str]:
        """The path of each file in the data directory; companions go beside the file that they are about."""
        places: dict[Path, str] = {}
        for each in sorted(candidates, key=lambda each: each.recognised.kind in _COMPANIONS):
            target = places.get(each.given.with_suffix("")) if each.recognised.kind in _COMPANIONS else None
            beside = target is not None and not self.in_place
            places[each.given] = f"{target}{each.given.suffix}" if beside else self._path(each)
        return places

    def _rivals(self, file: SnapshotFile, taken: dict[str, SnapshotFile]) -> list[SnapshotFile]:
        """The files whose place `file` would take."""
        one_only = file.kind in _ONE_ONLY and not self.in_place
        return [
            other
            for path, other in taken.items()
            if path == file.path or (one_only and other.kind == file.kind)
        ]

    def _path(self, candidate: _Candidate) -> str:
        if self.in_place:
            return self._inside(candidate.given)
        kind = KINDS[candidate.recognised.kind]
        return candidate.recognised.name or f"{kind.directory}/{candidate.given.name}"

    def _inside(self, path: Path) -> str:
        """The path of a file relative to the data directory."""
        try:
            return path.resolve().relative_to(self.directory.resolve()).as_posix()
        except ValueError:
            return _OUTSIDE

    def _file(self, candidate: _Candidate, path: str) -> SnapshotFile:
        recognised = candidate.recognised
        return SnapshotFile(
            kind=recognised.kind,
            path=path,
            sha256=candidate.sha256,
            bytes=candidate.content.stat().st_size,
            records=recognised.records,
            unread=recognised.unread_count,
            origin=self.origin,
            retrieved=self.retrieved,
            stated=recognised.stated,
            licence=self.licence or recognised.licence,
            covers=recognised.covers,
            newest=recognised.newest,
        )

    def _may_replace(
        self,
        candidate: _Candidate,
        file: SnapshotFile,
        rivals: list[SnapshotFile],
        *,
        additions: Mapping[str, Addition],
    ) -> bool:
        """The file may take the place of its rivals; else there is one more problem."""
        if self.in_place or any(other.sha256 == file.sha256 for other in rivals):
            return True
        for other in rivals:
            beside = additions.get(other.path)
            if _is_newer(file, other, same_call=beside is not None) or (self.replace and beside is None):
                continue
            if beside is not None:
                message = f"and {beside.given} have the same place, and neither is known to be newer"
                fix = f"name the one that is to be {file.path}"
            else:
                message = f"would replace {other.path}, {_why_not_newer(file, other)}"
                named = "" if candidate.recognised.name else ", or give it another name"
                fix = f"use --replace if it should{named}"
            self._problems.append(Problem(str(candidate.given), 0, 0, message, fix=fix))
            return False
        return True

    def _refuse_problems(self) -> None:
        if self._problems:
            raise InputInvalid(
                "nothing was added, because not all files can be",
                problems=tuple(sorted(self._problems)),
                hint=(
                    "check the address in the table (avow data fetch --list); --sources replaces the table"
                    if self.only_kind
                    else "leave out files of no known kind with --skip-unknown; --help names the kinds"
                    if self._unknown
                    else "correct these or leave them out, and add the others again"
                ),
            )

    def _move(self, candidates: list[_Candidate], additions: list[Addition]) -> None:
        """Put the copies where they belong; each rename is complete or does not happen."""
        copies = {each.sha256: each.content for each in candidates}
        for each in additions:
            target = self.directory / each.file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            source = copies[each.file.sha256]
            duplicate = source.with_name(f"{source.name}.copy")
            shutil.copyfile(source, duplicate)
            duplicate.replace(target)


def _problem(path: Path, error: InputInvalid, *, content: Path | None = None) -> Problem:
    """`error` as one of several: its line begins with the path, so the message does without."""
    message = error.message
    for name in filter(None, (content, path)):
        message = message.removeprefix(f"{name} ").replace(f"can't read {name}:", "can't be read:")
    return Problem(str(path), 0, 0, message, fix=error.hint)


def _added(file: SnapshotFile, candidate: _Candidate, before: tuple[SnapshotFile, ...]) -> Addition:
    """What adding `file` did; what was said about the same bytes before stays where nothing is said now."""
    change = Change.REPLACED if before else Change.ADDED
    for same in [each for each in before if each.sha256 == file.sha256]:
        change = Change.UNCHANGED
        file = msgspec.structs.replace(
            file,
            origin=file.origin or same.origin,
            retrieved=file.retrieved or same.retrieved,
            licence=file.licence or same.licence,
        )
    return Addition(file, change, candidate.recognised, candidate.given, before)


def _left_out(beaten: Addition, file: SnapshotFile, given: Path) -> str:
    if beaten.file.sha256 == file.sha256:
        return f"{beaten.given} is the same file as {given}, and is kept once, as {file.path}"
    return f"{beaten.given} is an older edition of {given}, which is kept as {file.path}"


def _youth(candidate: _Candidate) -> tuple[datetime, date, int]:
    """The younger a file is, the higher."""
    found = candidate.recognised
    return found.stated or datetime.min.replace(tzinfo=UTC), found.newest or date.min, found.records


def _why_not_newer(file: SnapshotFile, other: SnapshotFile) -> str:
    """Continues `would replace OTHER, `."""
    if file.stated and other.stated and file.stated < other.stated:
        return f"which is younger: it is of {other.stated.date()}, this one of {file.stated.date()}"
    if file.newest and other.newest:
        return (
            f"which has {other.records} entries, the newest of {other.newest}; this one has {file.records}, "
            f"the newest of {file.newest}"
        )
    return "and is not known to be newer"


def _is_newer(file: SnapshotFile, other: SnapshotFile, *, same_call: bool) -> bool:
    """The data of `file` is younger than that of `other`, or was not downloaded earlier.

    A list without a date is as young as its newest entry; one with fewer entries may be older or cut off. The
    day of the download says nothing about two files that are named in one call.
    """
    if file.stated and other.stated and file.stated != other.stated:
        return file.stated > other.stated
    if file.newest and other.newest and (file.newest, file.records) != (other.newest, other.records):
        return file.newest >= other.newest and file.records >= other.records
    return bool(not same_call and file.retrieved and other.retrieved and file.retrieved >= other.retrieved)


def _expanded(paths: Iterable[Path]) -> list[Path]:
    """Each file once, in order; a directory is everything in it.

    Raises:
        InputInvalid: a directory has no files.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        below = [path / each for each in files_in(path)]
        if not below:
            raise InputInvalid(f"{path} has no files to add", location=str(path))
        found.update(dict.fromkeys(below))
    return list(found)


def _require_size(path: Path) -> None:
    """`path` is a file of a size that can be read, whatever it is; before anything of it is copied.

    Raises:
        InputInvalid: it is not a regular file, or is larger.
    """
    if not path.is_file():
        raise InputInvalid(f"{path} is not a regular file", location=str(path))
    if (size := path.stat().st_size) > MAX_ARCHIVE_BYTES:
        raise InputInvalid(
            f"{path} has {size} bytes; at most {MAX_ARCHIVE_BYTES} are read", location=str(path)
        )


def _copy(path: Path, target: Path) -> None:
    """Copy `path` to where nobody else writes.

    Raises:
        InputInvalid: `path` can't be read, or there is no space.
    """
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        raise InputInvalid(f"{path} can't be copied: {error.strerror}", location=str(path)) from error
