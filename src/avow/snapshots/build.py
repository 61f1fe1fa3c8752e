"""Builds the index over a data directory, once: streamed, in batches, into a temporary file that is renamed.

The index is named by the digest of what it was built from. A file with another name is of other data, and one
without its own digest beside it is damaged or was not finished; neither is used. That finds accidents. If
somebody wrote an index and its digest on purpose, only `avow.snapshots.verify` finds that.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

from avow.advisories.end_of_life import read_end_of_life
from avow.advisories.epss import read_epss
from avow.advisories.exploited import read_exploited
from avow.advisories.history import read_history
from avow.advisories.osv import Advisory, AliasGroups, read_advisory
from avow.advisories.packages import folded_key, package_key
from avow.errors import InputInvalid
from avow.files import hash_file, read_bounded, write_atomically
from avow.findings.statements import Unread
from avow.formats.foreign import moment_of
from avow.formats.json_document import read_json
from avow.formats.repository import normal_repository
from avow.snapshots.archive import ArchivedRecord, read_archive
from avow.snapshots.index import INDEX_FORMAT, KEYS, TABLES, SnapshotIndex, open_read_only
from avow.snapshots.kinds import MAX_FILE_BYTES, MAX_UNREAD_KEPT, is_record_id, scorecard_project
from avow.snapshots.manifest import (
    STATE_DIRECTORY,
    Manifest,
    SnapshotFile,
    load_manifest,
    require_unchanged,
)

BATCH: Final = 2_000
"""Records that are inserted at once."""

_MAX_DIGEST_BYTES: Final = 1024
"""Of the file with the index's digest: 64 digits and a newline."""

_PROGRESS_EVERY: Final = 10_000
_STAGING: Final = """
CREATE TEMP TABLE staged (ecosystem TEXT, key TEXT, folded TEXT, id TEXT, snapshot INTEGER);
CREATE TEMP TABLE staged_alias (id TEXT, alias TEXT, snapshot INTEGER);
CREATE TEMP TABLE staged_upstream (id TEXT, upstream TEXT, snapshot INTEGER);
"""
_INSERT_ADVISORY: Final = """
INSERT INTO advisory (id, modified, snapshot, body) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE
SET modified = excluded.modified, snapshot = excluded.snapshot, body = excluded.body
WHERE excluded.modified > advisory.modified
"""
_AFFECTED: Final = """
INSERT OR IGNORE INTO affected
SELECT ecosystem, key, n, folded FROM staged JOIN advisory USING (id, snapshot) ORDER BY ecosystem, key, n
"""
_UPSTREAM: Final = """
INSERT OR IGNORE INTO upstream SELECT staged_upstream.id, upstream
FROM staged_upstream JOIN advisory USING (id, snapshot) ORDER BY 1, 2
"""
_ALIASES: Final = """
SELECT staged_alias.id, alias FROM staged_alias JOIN advisory USING (id, snapshot) ORDER BY staged_alias.rowid
"""
"""In the order of the files, whatever SQLite would choose: the groups are numbered and spelled by it."""

Progress = Callable[[str, int], None]


def index_path(directory: Path, manifest: Manifest) -> Path:
    """Where the index over exactly these files is."""
    lines = sorted(each.identity for each in manifest.files)
    digest = hashlib.sha256("\n".join([f"avow-index/{INDEX_FORMAT}", *lines]).encode()).hexdigest()
    return directory / STATE_DIRECTORY / f"index-{digest}.sqlite"


def open_index(
    directory: Path,
    *,
    now: datetime,
    note: Callable[[str], None] = lambda _line: None,
    progress: Progress = lambda _path, _records: None,
) -> SnapshotIndex:
    """The index over a data directory, whose files are all as the manifest says; built if it is not there.

    `note` gets a line when the index is built, and why. `progress` gets a file and how many of its records
    are in.

    Raises:
        InputInvalid: not a data directory, files that are not as its manifest says, or that can't be read; or
            the index can't be written.
    """
    manifest = load_manifest(directory)
    require_unchanged(directory, manifest, now=now)
    path = index_path(directory, manifest)
    if not _is_sound(path):
        existing = path.exists()
        note(
            "the index is damaged and is built again"
            if existing
            else "building the index, once for this data"
        )
        build_index(directory, manifest, progress=progress)
    return SnapshotIndex(path)


def index_state(directory: Path, manifest: Manifest) -> str:
    """ready, damaged or not built: for people."""
    path = index_path(directory, manifest)
    if not path.exists():
        return "not built"
    return "ready" if _is_sound(path) else "damaged"


def _digest_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _is_sound(path: Path) -> bool:
    """The index has the digest that was written down when it was finished, and is of the data of its name."""
    if not path.is_file():
        return False
    try:
        stated = read_bounded(_digest_file(path), max_bytes=_MAX_DIGEST_BYTES).strip()
        if hash_file(path, algorithms=["sha256"])["sha256"].encode() != stated:
            return False
        with closing(open_read_only(path)) as connection:
            made = connection.execute("SELECT format, digest FROM made").fetchall()
    except (InputInvalid, sqlite3.Error):
        return False
    return bool(made == [(INDEX_FORMAT, path.stem)])


def build_index(
    directory: Path, manifest: Manifest, *, progress: Progress = lambda _path, _records: None
) -> Path:
    """Build the index over the files of `manifest` and remove those of other data.

    The caller has compared the files with the manifest.

    Raises:
        InputInvalid: a file can't be read, or the index can't be written.
    """
    path = index_path(directory, manifest)
    with new_index(directory, manifest, into=path.parent, progress=progress) as made:
        with made.open("rb") as file:
            os.fsync(file.fileno())
        digest = hash_file(made, algorithms=["sha256"])["sha256"]
        made.chmod(0o644)
        _digest_file(path).unlink(missing_ok=True)
        made.replace(path)
        write_atomically(_digest_file(path), f"{digest}\n".encode())
    for other in path.parent.glob("index-*"):
        if other.stem != path.stem:
            with suppress(OSError):  # somebody else's, or gone by now
                other.unlink()
    return path


@contextmanager
def new_index(
    directory: Path, manifest: Manifest, *, into: Path, progress: Progress = lambda _path, _records: None
) -> Iterator[Path]:
    """A complete index in a temporary file in `into`, which is gone afterwards unless somebody moved it.

    The same files give the same rows in the same order, on every machine.

    Raises:
        InputInvalid: a file can't be read, or the index can't be written.
    """
    path = index_path(directory, manifest)
    temporary = ""
    try:
        into.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".index-", suffix=".building", dir=into)
        os.close(descriptor)
        with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            _IndexBuilder(connection, directory=directory, progress=progress).build(
                manifest, digest=path.stem
            )
        yield Path(temporary)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputInvalid(
            f"can't write the index {path}: {reason}",
            location=str(path),
            hint="the data directory has to be writable, and the disk has to have space, until it is built",
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
            Path(f"{temporary}-journal").unlink(missing_ok=True)


@dataclass
class _IndexBuilder:
    """Fills one new index."""

    connection: sqlite3.Connection
    directory: Path
    progress: Progress
    _encode: Callable[[object], bytes] = field(default=msgspec.msgpack.Encoder().encode, init=False)

    def build(self, manifest: Manifest, *, digest: str) -> None:
        """All tables and keys; the file is complete when this returns."""
        self.connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
        )
        self.connection.executescript(TABLES)
        self.connection.executescript(_STAGING)
        self.connection.execute("BEGIN")
        self.connection.execute("INSERT INTO made VALUES (?, ?)", (INDEX_FORMAT, digest))
        # Oldest first: where two editions of a list have the same entry, the younger one's stays.
        for number, file in enumerate(sorted(manifest.files, key=_age), start=1):
            unread, count = self._add(number, file)
            values = (number, file.kind, file.path, count, self._encode(file))
            self.connection.execute("INSERT INTO snapshot VALUES (?, ?, ?, ?, ?)", values)
            self._insert(
                "INSERT INTO unread VALUES (?, ?, ?)", [(number, u.place, u.message) for u in unread]
            )
        self._join_advisories()
        for statement in filter(None, map(str.strip, KEYS.split(";"))):
            self.connection.execute(statement)
        self.connection.execute("COMMIT")
        self.connection.execute("PRAGMA optimize")

    def _insert(self, statement: str, values: Iterable[tuple[object, ...]]) -> None:
        self.connection.executemany(statement, values)

    def _add(self, number: int, file: SnapshotFile) -> tuple[list[Unread], int]:
        """The records of one file; what of it could not be read, and how much that is in all."""
        reader = {
            "osv": self._osv,
            "kev": self._exploited,
            "eukev": self._exploited,
            "euvd": self._exploited,
            "epss": self._epss,
            "endoflife": self._end_of_life,
            "history": self._history,
            "scorecard": self._scorecard,
        }.get(file.kind)
        if reader is None:
            return [], file.unread
        kept: list[Unread] = []
        count = 0
        for count, each in enumerate(reader(number, file), start=1):
            if count <= MAX_UNREAD_KEPT:
                kept.append(each)
        return kept, count

    def _content(self, file: SnapshotFile) -> bytes:
        """The whole content, which is what the manifest was compared with.

        Raises:
            InputInvalid: it can't be read, or was changed since.
        """
        content = read_bounded(self.directory / file.path, max_bytes=MAX_FILE_BYTES)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise _changed(file)
        return content

    # ---- advisories

    def _osv(self, number: int, file: SnapshotFile) -> Iterator[Unread]:
        batch: list[Advisory] = []
        count = 0
        for record in self._records(file):
            try:
                advisory = _advisory(record)
            except InputInvalid as error:
                yield Unread(record.member, error.message)
                continue
            batch.append(advisory)
            count += 1
            if len(batch) >= BATCH:
                self._insert_advisories(number, batch)
                batch.clear()
            if count % _PROGRESS_EVERY == 0:
                self.progress(file.path, count)
        self._insert_advisories(number, batch)
        self._insert("INSERT OR IGNORE INTO coverage VALUES (?)", [(ecosystem,) for ecosystem in file.covers])
        self.progress(file.path, count)

    def _records(self, file: SnapshotFile) -> Iterator[ArchivedRecord]:
        """The records of an archive, or the one of a loose file under the name that it has to have."""
        path = self.directory / file.path
        with path.open("rb") as opened:
            is_archive = opened.read(2) == b"PK"
        if is_archive:
            yield from read_archive(path, shown=file.path)
            if hash_file(path, algorithms=["sha256"])["sha256"] != file.sha256:
                raise _changed(file)
        else:
            yield ArchivedRecord("", self._content(file))

    def _insert_advisories(self, number: int, batch: list[Advisory]) -> None:
        self._insert(
            _INSERT_ADVISORY,
            [(each.id, _seconds(each.modified), number, self._encode(each)) for each in batch],
        )
        self._insert(
            "INSERT INTO staged VALUES (?, ?, ?, ?, ?)",
            [
                (ecosystem, key, folded if folded != key else None, each.id, number)
                for each in batch
                for ecosystem, key, folded in {
                    (
                        affected.ecosystem,
                        package_key(affected.ecosystem, affected.name),
                        folded_key(affected.ecosystem, affected.name),
                    )
                    for affected in each.affected
                }
            ],
        )
        self._insert(
            "INSERT INTO staged_alias VALUES (?, ?, ?)",
            [(each.id, alias, number) for each in batch for alias in each.aliases],
        )
        self._insert(
            "INSERT INTO staged_upstream VALUES (?, ?, ?)",
            [(each.id, upstream, number) for each in batch for upstream in each.upstream],
        )

    def _join_advisories(self) -> None:
        """What only the records that won against another edition of themselves say."""
        self.connection.execute(_AFFECTED)
        self.connection.execute(_UPSTREAM)
        groups = AliasGroups()
        for one, other in self.connection.execute(_ALIASES):
            groups.add(one, other)
        numbered = ((name, number) for number, group in enumerate(groups.all()) for name in group)
        self._insert("INSERT INTO alias VALUES (?, ?)", numbered)

    # ---- lists

    def _exploited(self, number: int, file: SnapshotFile) -> Iterator[Unread]:
        found = read_exploited(self._content(file), source=file.path)
        self._insert(
            "INSERT OR REPLACE INTO exploited VALUES (?, ?, ?, ?)",
            [(each.cve, found.name.value, number, self._encode(each)) for each in found.entries],
        )
        yield from found.unread

    def _epss(self, number: int, file: SnapshotFile) -> Iterator[Unread]:
        found = read_epss(self._content(file), source=file.path)
        self._insert(
            "INSERT OR REPLACE INTO epss VALUES (?, ?, ?, ?)",
            ((each.cve, each.probability, each.percentile, number) for each in found.entries()),
        )
        yield from found.unread

    def _end_of_life(self, number: int, file: SnapshotFile) -> Iterator[Unread]:
        found = read_end_of_life(self._content(file), source=file.path)
        for each in found.entries:
            cursor = self.connection.execute(
                "INSERT INTO eol_cycle (snapshot, body) VALUES (?, ?)", (number, self._encode(each))
            )
            self._insert(
                "INSERT OR IGNORE INTO eol_identifier VALUES (?, ?)",
                [(identifier.key, cursor.lastrowid) for identifier in each.identifiers],
            )
        yield from found.unread

    def _history(self, number: int, file: SnapshotFile) -> Iterator[Unread]:
        found = read_history(self._content(file), source=file.path)
        self._insert(
            "INSERT INTO history (key, snapshot, body) VALUES (?, ?, ?)",
            [(each.key, number, self._encode(each)) for each in found.entries],
        )
        yield from ()

    def _scorecard(self, number: int, file: SnapshotFile) -> Iterator[Unread]:
        card = read_json(self._content(file), source=file.path)
        address = normal_repository(f"https://{scorecard_project(card, source=file.path)}")
        values = (address.casefold(), _seconds_of(file.stated), number)
        self._insert("INSERT INTO scorecard VALUES (?, ?, ?)", [values])
        yield from ()


def _advisory(record: ArchivedRecord) -> Advisory:
    """The record of one member.

    Raises:
        InputInvalid: the member was refused, is not a record, or its id is not its name.
    """
    if record.refused:
        raise InputInvalid(record.refused)
    advisory = read_advisory(record.data, source=record.member or "it")
    if not is_record_id(advisory.id):
        raise InputInvalid(f"has the id {advisory.id!r}, which is not one")
    if record.member and record.member != f"{advisory.id}.json":
        raise InputInvalid(f"has the id {advisory.id!r}, which is not its name")
    return advisory


def _changed(file: SnapshotFile) -> InputInvalid:
    return InputInvalid(f"{file.path} was changed while the index was built", location=file.path)


def _seconds(text: str) -> float:
    """A moment as a number; 0, which is before all others, where the text is not one."""
    return _seconds_of(moment_of(text))


def _seconds_of(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def _age(file: SnapshotFile) -> tuple[float, date, str]:
    """The older a file is, the lower; of unknown age is before all others."""
    newest = file.newest or date.min
    day = file.retrieved or file.newest
    dated = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    return _seconds_of(file.stated or dated), newest, file.path
