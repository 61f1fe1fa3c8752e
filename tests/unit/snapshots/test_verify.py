"""Whether manifest and index say what is in the files: attacks of somebody who can write to the directory."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.public_data import (
    END_OF_LIFE,
    EPSS,
    EU_KEV,
    HISTORY,
    KEV,
    OPENVEX,
    SCORECARD,
    osv_archive,
    record,
)

from avow.errors import InputInvalid
from avow.snapshots import build
from avow.snapshots.add import Adding
from avow.snapshots.build import index_path, index_state, open_index
from avow.snapshots.manifest import load_manifest, require_unchanged, save_manifest
from avow.snapshots.verify import require_as_read, require_same_index

NOW = datetime(2026, 2, 1, tzinfo=UTC)
Write = Callable[[str, Any], Path]


@pytest.fixture
def data(tmp_path: Path, write: Write) -> Path:
    """A data directory with files of many kinds, and its index."""
    directory = tmp_path / "data"
    archive = osv_archive(
        tmp_path / "all.zip",
        record("PYSEC-1", aliases=["CVE-2026-0001", "GHSA-1"], upstream=["CVE-2026-0002"]),
        record("PYSEC-2", package="other", aliases=["CVE-2026-0003", "cve-2026-0001"]),
        **{"X-1.json": b"{}"},
    )
    go = osv_archive(
        tmp_path / "go.zip",
        record("GO-1", package="example.com/Azure", ecosystem="Go", aliases=["GHSA-1", "CVE-2026-0004"]),
    )
    lists = {"kev": KEV, "eukev": EU_KEV, "epss": EPSS, "eol": END_OF_LIFE, "h": HISTORY, "card": SCORECARD}
    given = [write(name, content) for name, content in lists.items()]
    Adding(directory=directory, now=NOW, retrieved=date(2026, 1, 30)).add([archive, go, *given])
    open_index(directory, now=NOW).close()
    return directory


def forge(directory: Path, *statements: str) -> None:
    """Change the index, and write its digest, so that a survey uses it."""
    manifest = load_manifest(directory)
    path = index_path(directory, manifest)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".sha256").write_text(f"{digest}\n", encoding="ascii")
    assert index_state(directory, manifest) == "ready"


def refused(directory: Path) -> str:
    """Why the index is refused."""
    with pytest.raises(InputInvalid) as caught:
        require_same_index(directory, load_manifest(directory))
    assert not list((directory / ".avow").glob(".index-*"))
    return caught.value.message


def misstated(directory: Path) -> list[str]:
    """What the manifest says wrongly."""
    with pytest.raises(InputInvalid) as caught:
        require_as_read(directory, load_manifest(directory), now=NOW)
    return [each.message for each in caught.value.problems]


def test_a_sound_directory(data: Path) -> None:
    """Nothing is said, every file is named, and nothing is left behind."""
    manifest = load_manifest(data)
    before = sorted((data / ".avow").iterdir())
    seen: list[Path] = []
    require_as_read(data, manifest, now=NOW, reading=seen.append)
    require_same_index(data, manifest)

    assert seen == [data / each.path for each in manifest.files]
    assert sorted((data / ".avow").iterdir()) == before


def test_the_index_is_the_same_in_every_process(data: Path) -> None:
    """Though Python gives texts another order in each."""
    check = "import sys; from pathlib import Path; from avow.snapshots.manifest import load_manifest\n"
    check += "from avow.snapshots.verify import require_same_index\n"
    check += "require_same_index(Path(sys.argv[1]), load_manifest(Path(sys.argv[1])))"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", check, data], check=True, env=environment)


def test_the_index_does_not_depend_on_how_sqlite_reads(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no order is asked for, another version may choose another one."""
    backwards = "PRAGMA reverse_unordered_selects = 1;"
    monkeypatch.setattr(build, "_STAGING", f"{build._STAGING}{backwards}")
    require_same_index(data, load_manifest(data))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM advisory WHERE id = 'PYSEC-1'",
        "DELETE FROM affected WHERE ecosystem = 'PyPI'",
        "DELETE FROM exploited",
        "DELETE FROM alias",
        "DELETE FROM unread",
        "DELETE FROM eol_identifier",
        "UPDATE epss SET probability = '0.0'",
        "UPDATE snapshot SET unread = 0",
        "UPDATE scorecard SET repository = 'https://github.com/acme/other'",
        "UPDATE history SET key = 'x'",
        "INSERT INTO coverage VALUES ('npm')",
        "INSERT INTO upstream VALUES ('PYSEC-2', 'CVE-2026-0009')",
    ],
)
def test_an_index_with_other_rows(data: Path, statement: str) -> None:
    """Deleted, changed and added ones, in every table, are found; the digest beside it is right."""
    forge(data, statement)

    assert "has other content" in refused(data)


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TABLE unread",),
        ("ALTER TABLE advisory RENAME TO a", "CREATE VIEW advisory AS SELECT * FROM a WHERE id = 'PYSEC-2'"),
        ("DROP INDEX affected_folded",),
        ("CREATE TRIGGER t AFTER INSERT ON advisory BEGIN DELETE FROM advisory; END",),
    ],
)
def test_an_index_with_other_tables(data: Path, statements: tuple[str, ...]) -> None:
    """A view with fewer rows answers under the name of a table."""
    forge(data, *statements)

    assert "other tables" in refused(data)


def test_an_index_whose_keys_lack_a_row(data: Path) -> None:
    """The row is in the table, and no look-up finds it."""
    change = "UPDATE sqlite_master SET sql = replace(sql, '{}', '{}') WHERE name = 'affected_folded'"
    writable = "PRAGMA writable_schema = 1"
    forge(data, writable, change.format("IS NOT NULL", "= ''x''"))
    forge(data, "REINDEX affected_folded", writable, change.format("= ''x''", "IS NOT NULL"))
    with open_index(data, now=NOW) as index:
        assert not index.about_folded("Go", "example.com/azure")

    assert "it is damaged" in refused(data)


def test_an_index_that_sqlite_can_not_read(data: Path) -> None:
    """It was changed after somebody looked at its digest."""
    path = index_path(data, load_manifest(data))
    path.write_bytes(path.read_bytes()[:5000])

    assert "is not what the files give" in refused(data)


def test_files_that_are_added_meanwhile(data: Path, write: Write) -> None:
    """The index of what was there before is removed then; nobody forged anything."""
    manifest = load_manifest(data)

    def add_more(_path: str, _records: int) -> None:
        Adding(directory=data, now=NOW).add([write("vex", OPENVEX)])
        open_index(data, now=NOW).close()

    with pytest.raises(InputInvalid, match="was changed while it was read"):
        require_same_index(data, manifest, progress=add_more)


def test_statistics_of_sqlite_do_not_count(data: Path) -> None:
    """Another version writes others."""
    forge(data, "ANALYZE")
    require_same_index(data, load_manifest(data))


def test_an_index_where_nobody_can_write(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is built elsewhere."""
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(data.parent / "temporary"))
    require_same_index(data, load_manifest(data))

    assert list((data.parent / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        ("osv/PyPI/all.zip", {"covers": ("npm",)}, "ecosystems: the manifest has npm, the file has PyPI"),
        ("osv/PyPI/all.zip", {"covers": ()}, "ecosystems: the manifest has none, the file has PyPI"),
        ("osv/PyPI/all.zip", {"records": 3}, "records: the manifest has 3, the file has 2"),
        ("osv/PyPI/all.zip", {"unread": 0}, "unread: the manifest has 0, the file has 1"),
        (
            "kev/known_exploited_vulnerabilities.json",
            {"stated": datetime(2026, 1, 31, tzinfo=UTC)},
            "stated date: the manifest has 2026-01-31 00:00:00+00:00, the file has 2026-01-02 10:00:00+00:00",
        ),
        (
            "eukev/eukev.json",
            {"newest": None},
            "newest entry: the manifest has none, the file has 2026-01-01",
        ),
        ("eukev/eukev.json", {"kind": "vex"}, "kind: the manifest has vex, the file has eukev"),
    ],
)
def test_a_manifest_that_says_something_else(
    data: Path, path: str, change: dict[str, Any], message: str
) -> None:
    """Every digest is right, so a survey uses it; recorded again as the hint says, it says what is there."""
    manifest = load_manifest(data)
    (file,) = (each for each in manifest.files if each.path == path)
    save_manifest(data, manifest.with_file(msgspec.structs.replace(file, **change)))
    require_unchanged(data, load_manifest(data), now=NOW)

    assert misstated(data) == [message]

    Adding(directory=data, now=NOW, in_place=True).add([data])
    assert load_manifest(data) == manifest


def test_a_file_that_is_not_read_any_more(data: Path) -> None:
    """Though the manifest was made to fit."""
    manifest = load_manifest(data)
    (data / "eukev" / "eukev.json").write_bytes(b'{"a": ')
    digest = hashlib.sha256(b'{"a": ').hexdigest()
    (file,) = manifest.of_kind("eukev")
    save_manifest(data, manifest.with_file(msgspec.structs.replace(file, sha256=digest, bytes=6)))
    (message,) = misstated(data)

    assert "not JSON" in message
