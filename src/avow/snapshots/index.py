"""Look-ups in the index over a data directory; `avow.snapshots.build` makes it.

The index is one SQLite file that never changes; any number of processes open it, for reading only. Every
look-up goes through a key, so it takes as long in a large index as in a small one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec
from msgspec import Struct

from avow.advisories.end_of_life import SupportedProduct
from avow.advisories.exploited import Listed, ListName
from avow.advisories.history import History
from avow.advisories.osv import Advisory
from avow.errors import InputInvalid
from avow.formats.repository import normal_repository
from avow.snapshots.manifest import SnapshotFile

INDEX_FORMAT: Final = 1
"""Raised with every change of the tables, or of what the readers of `avow.advisories` keep."""

_MAX_UPSTREAM: Final = 10_000
"""Ids that are followed from one advisory to what it names as upstream, and so on."""

_T = TypeVar("_T")


class IndexedScore(Struct, frozen=True):
    """The EPSS score of one CVE."""

    probability: str
    percentile: str
    snapshot: str


class UnreadRecord(Struct, frozen=True):
    """A record of a snapshot that is missing from every answer, and why."""

    snapshot: str
    place: str
    message: str


class SnapshotIndex:
    """Public data by key. A snapshot's id is its path in the data directory.

    Pickles as its path, so another process opens the file itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._advisories = msgspec.msgpack.Decoder(Advisory)
        self._listed = msgspec.msgpack.Decoder(Listed)
        self._products = msgspec.msgpack.Decoder(SupportedProduct)
        self._histories = msgspec.msgpack.Decoder(History)

    def __reduce__(self) -> tuple[type[SnapshotIndex], tuple[Path]]:
        return SnapshotIndex, (self._path,)

    @property
    def path(self) -> Path:
        """Where the index is."""
        return self._path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next look-up opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ---- advisories

    def covers(self, ecosystem: str) -> bool:
        """A snapshot has the advisories of this ecosystem; of a release, if any of its records names it."""
        base, _, release = ecosystem.partition(":")
        if base not in self._covered:
            return False
        return not release or self._select(_HAS_RELEASE, ecosystem) != []

    @cached_property
    def _covered(self) -> frozenset[str]:
        return frozenset(name for (name,) in self._select("SELECT ecosystem FROM coverage"))

    @property
    def ecosystems(self) -> tuple[str, ...]:
        """Those that a snapshot has the advisories of."""
        return tuple(sorted(self._covered))

    def about(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """The advisories that name this package of exactly this ecosystem and release, by id."""
        return self._decoded(self._advisories, _ABOUT, ecosystem, key)

    def about_folded(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """The same, where only the lower-case form of the key is known."""
        return self._decoded(self._advisories, _ABOUT_FOLDED, ecosystem, key, ecosystem, key)

    def advisory(self, advisory_id: str) -> Advisory | None:
        """The record with this id."""
        found = self._decoded(self._advisories, "SELECT body FROM advisory WHERE id = ?", advisory_id)
        return found[0] if found else None

    def snapshot_of(self, advisory_id: str) -> str:
        """The id of the snapshot that the record is from; empty if there is no such record."""
        found = self._select(_SNAPSHOT_OF, advisory_id)
        return str(found[0][0]) if found else ""

    def knows(self, name: str) -> bool:
        """A record has this id, or names it as an alias."""
        return self.advisory(name) is not None or self._select(_IS_ALIAS, name) != []

    def names(self, advisory_id: str) -> frozenset[str]:
        """All names of the same vulnerability, its own included: aliases are symmetric and transitive."""
        return frozenset({advisory_id, *(name for (name,) in self._select(_NAMES, advisory_id))})

    def upstream(self, ids: Iterable[str]) -> frozenset[str]:
        """What the records with these ids name as upstream, and what those name, without the ids themselves.

        One direction only: a distribution's record is about the upstream vulnerability, not the other way.
        """
        given = set(ids)
        found: set[str] = set()
        waiting = sorted(given)
        while waiting and len(found) < _MAX_UPSTREAM:
            above = {name for (name,) in self._select(_UPSTREAM, waiting.pop())} - found - given
            found |= above
            waiting += sorted(above)
        return frozenset(found)

    # ---- lists

    def exploited(self, cve: str) -> Sequence[tuple[ListName, Listed, str]]:
        """The entries of exploited lists for this CVE: the list, the entry, and the id of the snapshot.

        Where a list is there in two editions, the younger one's entry counts.
        """
        return [
            (ListName(name), self._body(self._listed, body), str(snapshot))
            for name, body, snapshot in self._select(_EXPLOITED, cve)
        ]

    def epss(self, cve: str) -> IndexedScore | None:
        """The youngest score of this CVE."""
        found = self._select(_EPSS, cve)
        return IndexedScore(*map(str, found[0])) if found else None

    def products(self, key: str) -> Sequence[tuple[str, SupportedProduct]]:
        """The products that have an identifier with this key, each with the id of its snapshot.

        `avow.advisories.identifiers` makes the key of a purl, and of a CPE's vendor and product.
        """
        return [
            (str(snapshot), self._body(self._products, body))
            for snapshot, body in self._select(_PRODUCTS, key)
        ]

    def histories(self, key: str) -> Sequence[History]:
        """The lines of histories about a purl's key or a repository's address."""
        return self._decoded(self._histories, "SELECT body FROM history WHERE key = ? ORDER BY n", key)

    # ---- files

    def scorecard(self, repository: str) -> SnapshotFile | None:
        """The youngest published Scorecard of the repository at this address."""
        address = normal_repository(repository).casefold()
        found = self._select(_SCORECARD, address) if address else []
        return self._file(found[0][0]) if found else None

    def files(self, kind: str) -> tuple[SnapshotFile, ...]:
        """The files of one kind, by path."""
        return tuple(
            self._file(body)
            for (body,) in self._select("SELECT body FROM snapshot WHERE kind = ? ORDER BY path", kind)
        )

    @property
    def snapshots(self) -> tuple[SnapshotFile, ...]:
        """All files, by path."""
        return tuple(self._file(body) for (body,) in self._select("SELECT body FROM snapshot ORDER BY path"))

    def unread(self) -> Iterator[UnreadRecord]:
        """Records that are missing, as far as they are kept one by one."""
        for values in self._select(_UNREAD):
            yield UnreadRecord(*map(str, values))

    def unread_count(self, snapshot: str) -> int:
        """How many records of a snapshot are missing."""
        return sum(
            int(count) for (count,) in self._select("SELECT unread FROM snapshot WHERE path = ?", snapshot)
        )

    # ---- SQLite

    def _file(self, body: bytes) -> SnapshotFile:
        return self._body(msgspec.msgpack.Decoder(SnapshotFile), body)

    def _decoded(self, decoder: msgspec.msgpack.Decoder[_T], statement: str, *values: str) -> list[_T]:
        return [self._body(decoder, body) for (body,) in self._select(statement, *values)]

    def _body(self, decoder: msgspec.msgpack.Decoder[_T], body: bytes) -> _T:
        try:
            return decoder.decode(body)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise self._damaged(error) from error

    def _select(self, statement: str, *values: str) -> list[Any]:
        try:
            if self._connection is None:
                self._connection = open_read_only(self._path)
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> InputInvalid:
        return InputInvalid(
            f"the index {self._path} is damaged: {error}",
            location=str(self._path),
            hint="remove it; it is built again when it is needed",
        )


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that can't write, to a file that nobody changes.

    Raises:
        sqlite3.Error: there is no such file.
    """
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.execute("PRAGMA query_only = 1")
    return connection


TABLES: Final = """
CREATE TABLE made (format INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE snapshot (
    n INTEGER PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, unread INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE unread (snapshot INTEGER NOT NULL, place TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE coverage (ecosystem TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE advisory (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, modified REAL NOT NULL, snapshot INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE affected (
    ecosystem TEXT NOT NULL, key TEXT NOT NULL, advisory INTEGER NOT NULL, folded TEXT,
    PRIMARY KEY (ecosystem, key, advisory)
) WITHOUT ROWID;
CREATE TABLE alias (id TEXT PRIMARY KEY, vulnerability INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE upstream (id TEXT NOT NULL, upstream TEXT NOT NULL, PRIMARY KEY (id, upstream)) WITHOUT ROWID;
CREATE TABLE exploited (
    cve TEXT NOT NULL, list TEXT NOT NULL, snapshot INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (cve, list)
) WITHOUT ROWID;
CREATE TABLE epss (
    cve TEXT PRIMARY KEY, probability TEXT NOT NULL, percentile TEXT NOT NULL, snapshot INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE eol_cycle (n INTEGER PRIMARY KEY, snapshot INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE eol_identifier (
    key TEXT NOT NULL, product INTEGER NOT NULL, PRIMARY KEY (key, product)
) WITHOUT ROWID;
CREATE TABLE history (
    n INTEGER PRIMARY KEY, key TEXT NOT NULL, snapshot INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE scorecard (repository TEXT NOT NULL, stated REAL NOT NULL, snapshot INTEGER NOT NULL);
"""

KEYS: Final = """
CREATE INDEX affected_folded ON affected (ecosystem, folded) WHERE folded IS NOT NULL;
CREATE INDEX alias_vulnerability ON alias (vulnerability);
CREATE INDEX history_key ON history (key);
CREATE INDEX scorecard_repository ON scorecard (repository, stated);
CREATE INDEX snapshot_kind ON snapshot (kind, path);
"""

_HAS_RELEASE: Final = "SELECT 1 FROM affected WHERE ecosystem = ? LIMIT 1"
_ABOUT: Final = """
SELECT body FROM affected JOIN advisory ON n = advisory WHERE ecosystem = ? AND key = ? ORDER BY id
"""
_ABOUT_FOLDED: Final = """
SELECT body FROM advisory WHERE n IN (
    SELECT advisory FROM affected WHERE ecosystem = ? AND key = ?
    UNION SELECT advisory FROM affected WHERE ecosystem = ? AND folded = ?
) ORDER BY id
"""
_NAMES: Final = """
SELECT other.id FROM alias AS own JOIN alias AS other USING (vulnerability) WHERE own.id = ?
"""
_IS_ALIAS: Final = "SELECT 1 FROM alias WHERE id = ?"
_UPSTREAM: Final = "SELECT upstream FROM upstream WHERE id = ?"
_SNAPSHOT_OF: Final = """
SELECT path FROM advisory JOIN snapshot ON snapshot.n = advisory.snapshot WHERE advisory.id = ?
"""
_EXPLOITED: Final = """
SELECT list, exploited.body, path FROM exploited JOIN snapshot ON n = snapshot WHERE cve = ? ORDER BY list
"""
_EPSS: Final = """
SELECT probability, percentile, path FROM epss JOIN snapshot ON n = snapshot WHERE cve = ?
"""
_PRODUCTS: Final = """
SELECT path, eol_cycle.body FROM eol_identifier
JOIN eol_cycle ON eol_cycle.n = product JOIN snapshot ON snapshot.n = eol_cycle.snapshot
WHERE key = ? ORDER BY eol_cycle.n
"""
_SCORECARD: Final = """
SELECT body FROM scorecard JOIN snapshot ON n = snapshot WHERE repository = ?
ORDER BY stated DESC, path LIMIT 1
"""
_UNREAD: Final = """
SELECT path, place, message FROM unread JOIN snapshot ON n = snapshot ORDER BY path, unread.rowid
"""
