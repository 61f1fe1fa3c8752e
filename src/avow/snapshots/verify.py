"""Whether what a data directory says about its files, in the manifest and in the index, is what they say.

A survey trusts both as much as the files: whoever can write to the directory can change all three. Here
every file is read as if it were new, and the index is built a second time and compared row by row.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Final

from avow.errors import InputInvalid, Problem
from avow.snapshots.build import Progress, index_path, new_index
from avow.snapshots.index import open_read_only
from avow.snapshots.kinds import Recognised, recognise
from avow.snapshots.manifest import Manifest, SnapshotFile, load_manifest

_SCHEMA: Final = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT GLOB 'sqlite_*' ORDER BY 1, 2"
)
"""Without SQLite's own tables, whose statistics depend on its version."""


def require_as_read(
    directory: Path,
    manifest: Manifest,
    *,
    now: datetime,
    reading: Callable[[Path], None] = lambda _path: None,
) -> None:
    """The manifest says about each file what is found in the file: kind, records, dates, ecosystems.

    The caller has compared the files' digests. Origin, retrieval and licence are the user's word. `reading`
    is called before each file.

    Raises:
        InputInvalid: with every file about which it says something else.
    """
    quoted = shlex.quote(str(directory))
    if problems := sorted(_misstated(directory, manifest, now=now, reading=reading)):
        raise InputInvalid(
            f"the manifest of {directory} does not say what is in the files",
            problems=tuple(problems),
            location=str(directory),
            hint=f"record them: avow data add --data {quoted} --in-place {quoted}",
        )


def _misstated(
    directory: Path, manifest: Manifest, *, now: datetime, reading: Callable[[Path], None]
) -> Iterator[Problem]:
    for file in manifest.files:
        path = directory / file.path
        reading(path)
        try:
            found = recognise(path, shown=str(path), today=now.date())
        except InputInvalid as error:
            yield Problem(str(path), 0, 0, error.message.removeprefix(f"{path} "), fix=error.hint)
            continue
        for what, said, read in _compared(file, found):
            if said != read:
                yield Problem(str(path), 0, 0, f"{what}: the manifest has {said}, the file has {read}")


def _compared(file: SnapshotFile, found: Recognised) -> Iterator[tuple[str, object, object]]:
    """What the manifest and the file both say."""
    yield "kind", file.kind, found.kind
    yield "records", file.records, found.records
    yield "unread", file.unread, found.unread_count
    yield "stated date", _shown(file.stated), _shown(found.stated)
    yield "newest entry", _shown(file.newest), _shown(found.newest)
    yield "ecosystems", ", ".join(file.covers) or "none", ", ".join(found.covers) or "none"


def _shown(day: object) -> str:
    return "none" if day is None else str(day)


def require_same_index(
    directory: Path, manifest: Manifest, *, progress: Progress = lambda _path, _records: None
) -> None:
    """The index is the one that these files give: the same tables and keys with the same rows.

    Raises:
        InputInvalid: it is another one or can't be read, there is no place for a second one, or somebody adds
            files meanwhile.
    """
    path = index_path(directory, manifest)
    # The index may be used where nobody can write.
    into = path.parent if os.access(path.parent, os.W_OK) else Path(tempfile.gettempdir())
    with new_index(directory, manifest, into=into, progress=progress) as other:
        try:
            with closing(open_read_only(path)) as given, closing(open_read_only(other)) as made:
                difference = _difference(given, made)
        except sqlite3.Error as error:
            difference = str(error)
    if difference and load_manifest(directory) != manifest:
        raise InputInvalid(f"{directory} was changed while it was read", location=str(directory))
    if difference:
        raise InputInvalid(
            f"the index {path} is not what the files give, and surveys may have used it: {difference}",
            location=str(path),
            hint="remove it; it is built again when it is needed",
        )


def _difference(given: sqlite3.Connection, made: sqlite3.Connection) -> str:
    """What is different, in a few words; empty if nothing is."""
    tables = made.execute(_SCHEMA).fetchall()
    if given.execute(_SCHEMA).fetchall() != tables:
        return "it has other tables"
    # Rows that are in a table and not in its keys would not be found by look-ups.
    if (found := given.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
        return f"it is damaged: {found}"
    for name in (name for kind, name, *_ in tables if kind == "table"):
        rows = f"SELECT * FROM {name} NOT INDEXED"  # noqa: S608  a name of our own tables
        for one, other in zip_longest(given.execute(rows), made.execute(rows)):
            if one != other:
                return f"the table {name!r} has other content"
    return ""
