"""The index over a data directory: what is built, when it is used, and what it answers."""

from __future__ import annotations

import hashlib
import pickle
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from support.public_data import END_OF_LIFE, EPSS, EU_KEV, EUVD, HISTORY, KEV, SCORECARD, osv_archive, record

from avow.errors import InputInvalid
from avow.snapshots import build, index
from avow.snapshots.add import Adding
from avow.snapshots.build import build_index, index_path, index_state, open_index
from avow.snapshots.index import IndexedScore, SnapshotIndex
from avow.snapshots.manifest import load_manifest

NOW = datetime(2026, 2, 1, tzinfo=UTC)
Write = Callable[[str, Any], Path]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Where the data directory will be."""
    return tmp_path / "data"


def add(directory: Path, *paths: Path, **options: Any) -> None:
    """Add files to the data directory."""
    Adding(directory=directory, now=NOW, **options).add(paths)


def opened(directory: Path) -> SnapshotIndex:
    """The index over it."""
    return open_index(directory, now=NOW)


def with_records(data: Path, *records: Mapping[str, Any]) -> SnapshotIndex:
    """An index over one archive."""
    add(data, osv_archive(data.parent / "all.zip", *records))
    return opened(data)


def ids(found: Any) -> list[str]:
    """The ids of advisories, in the order of the answer."""
    return [each.id for each in found]


# ---- when it is built


def test_it_is_built_once(data: Path) -> None:
    """The second time it is there, and nothing is said."""
    notes: list[str] = []
    add(data, osv_archive(data.parent / "all.zip", record("PYSEC-1")))
    open_index(data, now=NOW, note=notes.append)
    open_index(data, now=NOW, note=notes.append)

    assert notes == ["building the index, once for this data"]
    assert index_state(data, load_manifest(data)) == "ready"


def test_other_data_is_another_index(data: Path, write: Write) -> None:
    """And the old one is removed."""
    with_records(data, record("PYSEC-1"))
    old = index_path(data, load_manifest(data))
    add(data, write("kev", KEV))
    assert index_state(data, load_manifest(data)) == "not built"
    opened(data)

    assert not old.exists()
    assert sorted(each.suffix for each in (data / ".avow").iterdir()) == [".sha256", ".sqlite"]


def test_another_format_is_another_index(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of an older version is not read."""
    with_records(data, record("PYSEC-1"))
    before = index_path(data, load_manifest(data))
    monkeypatch.setattr(build, "INDEX_FORMAT", 2)

    assert index_path(data, load_manifest(data)) != before


def test_other_words_about_the_data_are_another_index(data: Path, write: Write) -> None:
    """The index has what the manifest says: somebody who adds a date later gets it in the answers."""
    path = write("x", EU_KEV)
    add(data, path)
    assert [each.retrieved for each in opened(data).snapshots] == [None]
    add(data, path, retrieved=date(2026, 1, 30))

    assert [each.retrieved for each in opened(data).snapshots] == [date(2026, 1, 30)]


def test_an_index_of_other_data_under_this_name(data: Path, tmp_path: Path) -> None:
    """It has its own digest beside it, and says itself what it is of."""
    with_records(data, record("PYSEC-1")).close()
    path = index_path(data, load_manifest(data))
    add(tmp_path / "other", osv_archive(tmp_path / "b.zip", record("PYSEC-2")))
    opened(tmp_path / "other").close()
    other = index_path(tmp_path / "other", load_manifest(tmp_path / "other"))
    other.replace(path)
    other.with_suffix(".sha256").replace(path.with_suffix(".sha256"))

    assert index_state(data, load_manifest(data)) == "damaged"
    assert ids(opened(data).about("PyPI", "acme")) == ["PYSEC-1"]


def test_a_file_that_is_no_database_and_has_its_digest(data: Path) -> None:
    """It is built again."""
    with_records(data, record("PYSEC-1")).close()
    path = index_path(data, load_manifest(data))
    path.write_bytes(b"x")
    path.with_suffix(".sha256").write_text(hashlib.sha256(b"x").hexdigest(), encoding="ascii")

    assert index_state(data, load_manifest(data)) == "damaged"


@pytest.mark.parametrize("damage", ["edited", "truncated", "no digest", "strange digest", "large digest"])
def test_a_damaged_index_is_built_again(data: Path, damage: str) -> None:
    """With a note; no look-up reads it."""
    with_records(data, record("PYSEC-1")).close()
    path = index_path(data, load_manifest(data))
    if damage == "edited":
        path.write_bytes(path.read_bytes().replace(b"PYSEC-1", b"PYSEC-2"))
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "no digest":
        path.with_suffix(".sha256").unlink()
    elif damage == "large digest":
        path.with_suffix(".sha256").write_bytes(path.with_suffix(".sha256").read_bytes() + b"\n" * 2000)
    else:
        path.with_suffix(".sha256").write_bytes(b"\xff")
    assert index_state(data, load_manifest(data)) == "damaged"
    notes: list[str] = []
    again = open_index(data, now=NOW, note=notes.append)

    assert notes == ["the index is damaged and is built again"]
    assert ids(again.about("PyPI", "acme")) == ["PYSEC-1"]


def test_an_index_that_is_damaged_while_it_is_open(data: Path) -> None:
    """The look-up says so; it never answers that there is nothing."""
    with_records(data, record("PYSEC-1")).close()
    path = index_path(data, load_manifest(data))
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(InputInvalid, match="is damaged"):
        SnapshotIndex(path).about("PyPI", "acme")


def test_a_missing_index(tmp_path: Path) -> None:
    """Nobody built it."""
    with pytest.raises(InputInvalid, match="is damaged"):
        SnapshotIndex(tmp_path / "none.sqlite").names("X")


def test_an_entry_that_is_damaged(data: Path) -> None:
    """A body that can't be decoded is an error."""
    with_records(data, record("PYSEC-1")).close()
    path = index_path(data, load_manifest(data))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE advisory SET body = ?", (b"\xc1",))
    with pytest.raises(InputInvalid, match="is damaged"):
        SnapshotIndex(path).about("PyPI", "acme")


@pytest.mark.parametrize("change", ["edited", "missing", "additional"])
def test_changed_data_is_not_used(data: Path, change: str) -> None:
    """Though the index of what it was is there."""
    with_records(data, record("PYSEC-1"))
    path = data / "osv" / "PyPI" / "all.zip"
    if change == "edited":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif change == "missing":
        path.unlink()
    else:
        (data / "more").write_bytes(b"")
    with pytest.raises(InputInvalid, match="nothing in it is used"):
        opened(data)


def test_data_from_the_future_is_not_used(data: Path) -> None:
    """The machine's clock was turned back, for instance."""
    with_records(data, record("PYSEC-1"))
    with pytest.raises(InputInvalid, match="nothing in it is used"):
        open_index(data, now=datetime(2025, 1, 1, tzinfo=UTC))


def test_a_file_that_changes_while_the_index_is_built(data: Path, write: Write) -> None:
    """What is indexed is what the manifest names."""
    add(data, write("kev", KEV))
    (data / "kev" / "known_exploited_vulnerabilities.json").write_bytes(b"{}")
    with pytest.raises(InputInvalid, match="was changed while the index was built"):
        build_index(data, load_manifest(data))

    assert not list((data / ".avow").iterdir())


def test_an_archive_that_changes_while_the_index_is_built(data: Path, tmp_path: Path) -> None:
    """The same, though it is streamed."""
    add(data, osv_archive(tmp_path / "a", record("PYSEC-1")))
    osv_archive(data / "osv" / "PyPI" / "all.zip", record("PYSEC-2"))
    with pytest.raises(InputInvalid, match="was changed while the index was built"):
        build_index(data, load_manifest(data))


def test_a_directory_that_can_not_be_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the call, with what to do."""
    add(data, osv_archive(data.parent / "all.zip", record("PYSEC-1")))

    def fails(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", fails)
    with pytest.raises(InputInvalid, match=r"can't write the index .*: Read-only file system") as caught:
        opened(data)

    assert "writable" in caught.value.hint


def test_a_full_disk(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own errors are translated, too, and nothing is left behind."""
    add(data, osv_archive(data.parent / "all.zip", record("PYSEC-1")))

    def fails(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(build._IndexBuilder, "build", fails)
    with pytest.raises(InputInvalid, match="disk is full"):
        opened(data)

    assert not list((data / ".avow").iterdir())


def test_progress_is_reported(data: Path) -> None:
    """With the file and its records."""
    add(data, osv_archive(data.parent / "all.zip", record("PYSEC-1"), record("PYSEC-2")))
    seen: list[tuple[str, int]] = []
    open_index(data, now=NOW, progress=lambda path, count: seen.append((path, count)))

    assert seen == [("osv/PyPI/all.zip", 2)]


def test_records_come_in_batches(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last batch is not full."""
    monkeypatch.setattr(build, "BATCH", 2)
    monkeypatch.setattr(build, "_PROGRESS_EVERY", 2)
    found = with_records(data, *(record(f"PYSEC-{number}") for number in range(5)))

    assert len(found.about("PyPI", "acme")) == 5


# ---- advisories


def test_a_package_by_its_normal_name(data: Path) -> None:
    """The index normalises as the question does."""
    found = with_records(
        data, record("PYSEC-2", package="Zope.Interface"), record("PYSEC-1", package="other")
    )

    assert ids(found.about("PyPI", "zope-interface")) == ["PYSEC-2"]
    assert found.about("PyPI", "Zope.Interface") == []
    assert found.about("npm", "zope-interface") == []


def test_a_module_by_its_folded_name(data: Path) -> None:
    """A purl has lost the case of a Go module; both spellings are found, each record once."""
    found = with_records(
        data,
        record("GO-1", package="github.com/Azure/one", ecosystem="Go"),
        record("GO-2", package="github.com/azure/one", ecosystem="Go"),
    )

    assert ids(found.about("Go", "github.com/Azure/one")) == ["GO-1"]
    assert ids(found.about_folded("Go", "github.com/azure/one")) == ["GO-1", "GO-2"]


def test_a_record_about_two_packages(data: Path) -> None:
    """It is found by each, and once where it names one twice."""
    both = record("PYSEC-1", package="one")
    both["affected"] += record("x", package="two")["affected"] * 2
    found = with_records(data, both)

    assert ids(found.about("PyPI", "one")) == ids(found.about("PyPI", "two")) == ["PYSEC-1"]


def test_what_is_covered(data: Path) -> None:
    """By a file, not by a record: an archive of PyPI does not have all that there is about npm."""
    both = record("GHSA-1")
    both["affected"] += record("x", ecosystem="npm")["affected"]
    found = with_records(data, both, record("PYSEC-1", package="other"))

    assert found.covers("PyPI")
    assert not found.covers("npm")
    assert ids(found.about("npm", "acme")) == ["GHSA-1"]
    assert found.ecosystems == ("PyPI",)


def test_a_release_of_a_distribution(data: Path) -> None:
    """Covered if a record names it; asked for exactly."""
    found = with_records(data, record("DSA-1", ecosystem="Debian:12"), record("DSA-2", ecosystem="Debian:11"))

    assert found.covers("Debian")
    assert found.covers("Debian:12")
    assert not found.covers("Debian:10")
    assert not found.covers("Ubuntu:22.04")
    assert ids(found.about("Debian:12", "acme")) == ["DSA-1"]


def test_the_younger_edition_of_a_record_counts(data: Path, tmp_path: Path) -> None:
    """A record is in the archives of several ecosystems; what its older edition says is not in the index."""
    old = record("GHSA-1", package="gone", aliases=["CVE-2026-0001"], upstream=["CVE-2026-0009"])
    new = record("GHSA-1", package="here", modified="2026-01-02T03:04:05.5Z", ecosystem="npm")
    add(data, osv_archive(tmp_path / "a", old, record("PYSEC-1")), osv_archive(tmp_path / "b", new))
    found = opened(data)

    assert ids(found.about("npm", "here")) == ["GHSA-1"]
    assert found.about("PyPI", "gone") == []
    assert found.names("GHSA-1") == {"GHSA-1"}
    assert found.upstream(["GHSA-1"]) == frozenset()
    assert found.snapshot_of("GHSA-1") == "osv/npm/all.zip"
    assert found.snapshot_of("PYSEC-1") == "osv/PyPI/all.zip"


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_files_does_not_matter(data: Path, tmp_path: Path, order: int) -> None:
    """The date of the record decides, not which archive is read last."""
    old = record("GHSA-1", package="acme", ecosystem="npm", modified="2025-01-01T00:00:00Z")
    new = record(
        "GHSA-1", package="acme", ecosystem="npm", modified="2025-02-01T00:00:00+01:00", summary="new"
    )
    archives = [
        osv_archive(tmp_path / "a", old, record("X-1", ecosystem="npm", modified="2025-03-01T00:00:00Z")),
        osv_archive(tmp_path / "b", new, record("Y-1", ecosystem="npm", modified="2025-02-02T00:00:00Z")),
    ]
    data.mkdir()
    for number, path in enumerate(archives[::order]):
        path.rename(data / f"{number}.zip")
    add(data, data, in_place=True)

    assert [each.summary for each in opened(data).about("npm", "acme") if each.id == "GHSA-1"] == ["new"]


def test_a_loose_record(data: Path, write: Write) -> None:
    """One file with one record, of any name."""
    add(data, write("x", record("PYSEC-1")))
    found = opened(data)

    assert ids(found.about("PyPI", "acme")) == ["PYSEC-1"]
    assert found.covers("PyPI")
    advisory = found.advisory("PYSEC-1")
    assert advisory is not None
    assert advisory.id == "PYSEC-1"
    assert found.advisory("PYSEC-2") is None
    assert found.snapshot_of("PYSEC-2") == ""


def test_what_is_not_read_is_named_and_counted(data: Path, tmp_path: Path) -> None:
    """An answer can say what is missing from it."""
    add(
        data,
        osv_archive(
            tmp_path / "a",
            record("PYSEC-1"),
            **{"X-1.json": b"{}", "Y-1.json": b'{"id": "Z-1", "affected": []}', "sub/Z.json": b"{}"},
        ),
    )
    found = opened(data)

    assert [(each.snapshot, each.place) for each in found.unread()] == [
        ("osv/PyPI/all.zip", "X-1.json"),
        ("osv/PyPI/all.zip", "Y-1.json"),
        ("osv/PyPI/all.zip", "sub/Z.json"),
    ]
    assert "which is not its name" in [each.message for each in found.unread()][1]
    assert found.unread_count("osv/PyPI/all.zip") == 3
    assert found.unread_count("another") == 0


def test_many_that_are_not_read_are_counted(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only some of them are kept one by one."""
    monkeypatch.setattr(build, "MAX_UNREAD_KEPT", 2)
    broken = {f"X-{number}.json": b"{}" for number in range(5)}
    add(data, osv_archive(data.parent / "a", record("PYSEC-1"), **broken))
    found = opened(data)

    assert [each.place for each in found.unread()] == ["X-0.json", "X-1.json"]
    assert found.unread_count("osv/PyPI/all.zip") == 5


# ---- names


def test_names_are_transitive_and_symmetric(data: Path) -> None:
    """One chain of aliases is one vulnerability, whether or not every record is in hand."""
    found = with_records(
        data,
        record("PYSEC-1", aliases=["GHSA-1"]),
        record("PYSEC-2", aliases=["GHSA-1", "CVE-2026-0001"]),
        record("PYSEC-3", aliases=["CVE-2026-0003"], related=["CVE-2026-0001"]),
        record("PYSEC-4"),
    )
    group = {"PYSEC-1", "PYSEC-2", "GHSA-1", "CVE-2026-0001"}

    assert all(found.names(name) == group for name in group)
    assert found.names("PYSEC-3") == {"PYSEC-3", "CVE-2026-0003"}
    assert all(found.knows(name) for name in ("PYSEC-4", "GHSA-1", "CVE-2026-0003"))
    assert not found.knows("GHSA-2")
    assert found.names("PYSEC-4") == {"PYSEC-4"}
    assert found.names("UNHEARD-1") == {"UNHEARD-1"}


def test_upstream_goes_one_way(data: Path) -> None:
    """A distribution's record is about what it names; what it names is not about the distribution."""
    found = with_records(
        data,
        record("DSA-1", ecosystem="Debian:12", upstream=["CVE-2026-0001", "DEB-1"]),
        record("DEB-1", ecosystem="Debian:12", upstream=["CVE-2026-0002", "DSA-1"]),
    )

    assert found.upstream(["DSA-1"]) == {"CVE-2026-0001", "DEB-1", "CVE-2026-0002"}
    assert found.upstream(["CVE-2026-0001"]) == frozenset()
    assert found.names("DSA-1") == {"DSA-1"}


def test_upstream_has_a_limit(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that somebody made long ends."""
    found = with_records(data, *(record(f"X-{number}", upstream=[f"X-{number + 1}"]) for number in range(20)))
    monkeypatch.setattr(index, "_MAX_UPSTREAM", 5)

    assert len(found.upstream(["X-0"])) == 5


# ---- lists


def test_exploited(data: Path, write: Write) -> None:
    """Each list that names a CVE, with its snapshot."""
    add(data, write("a", KEV), write("b", EU_KEV), write("c", EUVD))
    entries = opened(data).exploited("CVE-2026-0001")

    assert [(name.value, entry.named_for, snapshot) for name, entry, snapshot in entries] == [
        ("CISA KEV", "Acme, Anvil", "kev/known_exploited_vulnerabilities.json"),
        ("EU KEV", "Acme, Anvil", "eukev/eukev.json"),
        ("EUVD", "", "euvd/kev.json"),
    ]
    assert opened(data).exploited("CVE-2026-0002") == []


def test_two_editions_of_a_list(data: Path, write: Write) -> None:
    """The younger entry counts; one that only the older edition has is not lost."""
    data.mkdir()
    other = KEV["vulnerabilities"][0] | {"cveID": "CVE-2026-0002"}
    old = KEV | {
        "dateReleased": "2025-01-01T00:00:00Z",
        "vulnerabilities": [*KEV["vulnerabilities"], other],
        "count": 2,
    }
    write("z.json", old).rename(data / "z.json")
    write("a.json", KEV).rename(data / "a.json")
    add(data, data, in_place=True)
    found = opened(data)

    assert [snapshot for _, _, snapshot in found.exploited("CVE-2026-0001")] == ["a.json"]
    assert [snapshot for _, _, snapshot in found.exploited("CVE-2026-0002")] == ["z.json"]


@pytest.mark.parametrize("retrieved", [None, date(2026, 1, 30)])
def test_two_editions_of_a_list_without_a_date(data: Path, write: Write, retrieved: date | None) -> None:
    """The one with the newest entry is the younger one."""
    data.mkdir()
    newest = EU_KEV[0] | {"cveID": "CVE-2026-0002", "dateReported": "2026/01/09"}
    write("a.json", [*EU_KEV, newest]).rename(data / "a.json")
    write("z.json", EU_KEV).rename(data / "z.json")
    add(data, data, in_place=True, retrieved=retrieved)

    assert [snapshot for _, _, snapshot in opened(data).exploited("CVE-2026-0001")] == ["a.json"]


def test_epss(data: Path, write: Write) -> None:
    """The digits of the file."""
    add(data, write("a", EPSS))

    assert opened(data).epss("CVE-2026-0001") == IndexedScore("0.5", "0.9", "epss/epss_scores-2026-01-03.csv")
    assert opened(data).epss("CVE-2026-0002") is None


def test_support_dates(data: Path, write: Write) -> None:
    """By purl and by CPE."""
    add(data, write("a", END_OF_LIFE))
    found = opened(data)

    for key in ("purl:pypi/acme", "cpe:a:acme:anvil"):
        assert [(path, each.name) for path, each in found.products(key)] == [
            ("endoflife/products/anvil.md", "anvil")
        ]
    assert found.products("purl:pypi/other") == []


def test_histories(data: Path, write: Write) -> None:
    """By the key of a purl."""
    add(data, write("a", HISTORY))

    assert [each.last_release for each in opened(data).histories("purl:pypi/acme")] == [date(2026, 1, 1)]
    assert opened(data).histories("purl:pypi/other") == []


def test_scorecards(data: Path, write: Write) -> None:
    """By the address of the repository, however it is written; the younger one counts."""
    data.mkdir()
    write("a", SCORECARD).rename(data / "a")
    write("b", SCORECARD | {"date": "2026-01-20T00:00:00Z"}).rename(data / "b")
    add(data, data, in_place=True)
    found = opened(data)

    for address in ("https://github.com/acme/anvil", "git+https://github.com/Acme/Anvil.git"):
        card = found.scorecard(address)
        assert card is not None
        assert card.path == "b"
    assert found.scorecard("https://github.com/acme/other") is None
    assert found.scorecard("not an address") is None


def test_files(data: Path, write: Write) -> None:
    """As the manifest has them."""
    add(data, write("a", KEV), write("b", EU_KEV), origin="https://example.com/")
    found = opened(data)

    assert found.files("kev") == load_manifest(data).of_kind("kev")
    assert found.files("vex") == ()
    assert found.snapshots == load_manifest(data).files


# ---- processes


def covered(found: SnapshotIndex) -> list[str]:
    """Asked in another process."""
    return ids(found.about("PyPI", "acme"))


def test_another_process_opens_it_itself(data: Path) -> None:
    """What is sent is the path."""
    found = with_records(data, record("PYSEC-1"))
    assert covered(found) == ["PYSEC-1"]
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(covered, found).result() == ["PYSEC-1"]
    assert len(pickle.dumps(found)) < 500


def test_closing_is_not_the_end(data: Path) -> None:
    """The next look-up opens the file again."""
    with with_records(data, record("PYSEC-1")) as found:
        assert covered(found) == ["PYSEC-1"]
    found.close()

    assert covered(found) == ["PYSEC-1"]


def test_nobody_writes_to_it(data: Path) -> None:
    """Not even by mistake."""
    with_records(data, record("PYSEC-1"))
    connection = index.open_read_only(index_path(data, load_manifest(data)))
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM advisory")


def test_every_look_up_goes_through_a_key(data: Path) -> None:
    """SQLite scans no table for any statement, so a look-up does not grow with the index."""
    with_records(data, record("PYSEC-1"))
    connection = index.open_read_only(index_path(data, load_manifest(data)))
    statements = [
        index._ABOUT,
        index._ABOUT_FOLDED,
        index._NAMES,
        index._IS_ALIAS,
        index._UPSTREAM,
        index._SNAPSHOT_OF,
        index._EXPLOITED,
        index._EPSS,
        index._PRODUCTS,
        index._SCORECARD,
        index._HAS_RELEASE,
    ]
    for statement in statements:
        values = ("x",) * statement.count("?")
        plan = [line[3] for line in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert not [step for step in plan if step.startswith("SCAN") and "SUBQUERY" not in step], plan
