"""The manifest of a data directory, and how the files may differ from it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from avow.errors import InputInvalid
from avow.snapshots import manifest
from avow.snapshots.manifest import (
    Manifest,
    SnapshotFile,
    differences,
    has_no_data,
    is_inside,
    load_manifest,
    require_past,
    require_unchanged,
    save_manifest,
)

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


def entry(path: str = "kev/a.json", content: bytes = b"one", **more: Any) -> SnapshotFile:
    """One file of the manifest."""
    sha256 = hashlib.sha256(content).hexdigest()
    return SnapshotFile(kind="kev", path=path, sha256=sha256, bytes=len(content), records=1, **more)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A data directory with one file."""
    (tmp_path / "kev").mkdir()
    (tmp_path / "kev" / "a.json").write_bytes(b"one")
    save_manifest(tmp_path, Manifest(files=(entry(),)))
    return tmp_path


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    """With every field, the moments in UTC."""
    files = (
        entry("a", origin="https://example.com/", retrieved=date(2026, 1, 2), licence="MIT", unread=3),
        entry("b", stated=datetime(2026, 1, 1, tzinfo=UTC), covers=("PyPI",)),
    )
    save_manifest(tmp_path, Manifest(files=files))

    assert load_manifest(tmp_path) == Manifest(files=files)


def test_a_directory_without_a_manifest(tmp_path: Path) -> None:
    """The hint names both ways to get one."""
    (tmp_path / "kev.json").write_bytes(b"")
    with pytest.raises(InputInvalid, match="not a data directory") as caught:
        load_manifest(tmp_path)

    assert "--in-place" in caught.value.hint


@pytest.mark.parametrize("name", ["", ".avow", "missing"])
def test_a_directory_without_data(tmp_path: Path, name: str) -> None:
    """Empty, with nothing but what a failed download left, or not there: there is nothing to record in it."""
    directory = tmp_path / "missing" if name == "missing" else tmp_path
    if name == ".avow":
        (tmp_path / name / "downloads").mkdir(parents=True)
    with pytest.raises(InputInvalid, match="has no data yet") as caught:
        load_manifest(directory)

    assert has_no_data(directory)
    assert "avow data fetch --all" in caught.value.hint
    assert "--in-place" not in caught.value.hint


def test_a_directory_with_data(tmp_path: Path) -> None:
    """A manifest, also one without files, or a file."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "kev.json").write_bytes(b"")
    (tmp_path / "b").mkdir()
    save_manifest(tmp_path / "b", Manifest())

    assert not has_no_data(tmp_path / "a")
    assert not has_no_data(tmp_path / "b")


def test_ignored_files_are_no_difference(tmp_path: Path) -> None:
    """They are in the directory because the user wants it."""
    (tmp_path / "README.md").write_bytes(b"# Notes")

    assert list(differences(tmp_path, Manifest()))
    assert not list(differences(tmp_path, Manifest(ignored=("README.md",))))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: "{", "can't be read as a manifest"),
        (lambda m: m | {"more": 1}, "can't be read as a manifest"),
        (lambda m: m | {"format": "avow-data/2"}, "has the format"),
        (lambda m: m | {"files": [m["files"][0] | {"path": "../x"}]}, "not the path of a file"),
        (lambda m: m | {"files": m["files"] * 2}, "listed twice"),
        (lambda m: m | {"files": [m["files"][0] | {"sha256": "xy"}]}, "no SHA-256 digest"),
        (lambda m: m | {"files": [m["files"][0] | {"sha256": "A" * 64}]}, "no SHA-256 digest"),
        (lambda m: m | {"files": [m["files"][0] | {"kind": "horoscope"}]}, "unknown kind"),
        (lambda m: m | {"files": [m["files"][0] | {"stated": "2026-01-01T00:00:00"}]}, "is not in UTC"),
        (lambda m: m | {"files": [m["files"][0] | {"stated": "0001-01-01T00:00:00+09:00"}]}, "is not in UTC"),
        (lambda m: m | {"files": [m["files"][0] | {"records": 10**30}]}, "at `$.files[0].records`"),
        (lambda m: m | {"files": [m["files"][0] | {"records": -1}]}, "at `$.files[0].records`"),
        (lambda m: m | {"files": [m["files"][0] | {"bytes": 2**53 + 1}]}, "at `$.files[0].bytes`"),
        (lambda m: m | {"files": [m["files"][0] | {"unread": -1}]}, "at `$.files[0].unread`"),
        (lambda m: json.dumps(m)[:-1] + ', "files": []}', '1:303: duplicate key "files"'),
        (lambda m: m | {"ignored": ["../x"]}, "can't be ignored"),
        (lambda m: m | {"ignored": [m["files"][0]["path"]]}, "can't be ignored"),
    ],
)
def test_a_manifest_that_can_not_be_used(directory: Path, change: Any, reason: str) -> None:
    """Somebody edited it."""
    path = directory / "manifest.json"
    changed = change(json.loads(path.read_bytes()))
    path.write_text(changed if isinstance(changed, str) else json.dumps(changed), encoding="utf-8")
    with pytest.raises(InputInvalid) as caught:
        load_manifest(directory)

    assert reason in " ".join([caught.value.message, *(each.message for each in caught.value.problems)])


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("a.json", True),
        ("a/b c/d.json", True),
        ("", False),
        (".", False),
        ("/etc/passwd", False),
        ("../a", False),
        ("a/../b", False),
        ("a//b", False),
        ("a/./b", False),
        ("a\\b", False),
        ("a\0b", False),
        ("manifest.json", False),
        (".avow/x", False),
    ],
)
def test_what_is_a_path_inside(path: str, inside: bool) -> None:  # noqa: FBT001  the expected answer
    """Nothing outside of the directory, and neither manifest nor index."""
    assert is_inside(path) is inside


def test_an_unchanged_directory(directory: Path) -> None:
    """The index and partial downloads are not snapshots."""
    (directory / ".avow" / "downloads").mkdir(parents=True)
    (directory / ".avow" / "downloads" / "x.part").write_bytes(b"")

    assert not list(differences(directory, load_manifest(directory)))


def test_every_difference_is_found(directory: Path) -> None:
    """Edited, missing, additional, not a file, a link: each with its place and what to do."""
    manifest = Manifest(
        files=(entry(), entry("gone.json"), entry("folder.json"), entry("link.json"), entry("dangling.json"))
    )
    (directory / "kev" / "a.json").write_bytes(b"two")
    (directory / "folder.json").mkdir()
    (directory / "link.json").symlink_to(directory / "kev" / "a.json")
    (directory / "dangling.json").symlink_to(directory / "nowhere")
    (directory / ".hidden").write_bytes(b"")
    (directory / "kev" / ".avow").mkdir()
    (directory / "kev" / ".avow" / "x").write_bytes(b"")
    (directory / "outside").symlink_to("/etc")
    found = {
        str(Path(each.source).relative_to(directory)): each.message.partition(":")[0]
        for each in differences(directory, manifest)
    }

    assert found == {
        "kev/a.json": "was edited",
        "gone.json": "is missing",
        "folder.json": "is not a regular file",
        "link.json": "is not a regular file",
        "dangling.json": "is not a regular file",
        ".hidden": "is not in the manifest",
        "kev/.avow/x": "is not in the manifest",
        "outside": "is not in the manifest",
    }


def test_a_size_that_the_file_does_not_have(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest was edited, or the file, which is not read then: it may be much larger."""
    sound = load_manifest(directory).files[0]
    (problem,) = differences(directory, Manifest(files=(msgspec.structs.replace(sound, bytes=4),)))
    assert problem.message == "was edited: the manifest has 4 bytes, the file has 3 bytes"

    with (directory / "kev" / "a.json").open("ab") as file:
        file.truncate(2**33)
    monkeypatch.setattr(manifest, "hash_file", None)
    (problem,) = differences(directory, load_manifest(directory))
    assert problem.message == f"was edited: the manifest has 3 bytes, the file has {2**33} bytes"


def test_a_manifest_that_would_be_too_large(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not be read again, so it is not written."""
    before = (directory / "manifest.json").read_bytes()
    monkeypatch.setattr(manifest, "MAX_MANIFEST_BYTES", len(before))
    save_manifest(directory, Manifest(files=(entry(),)))
    with pytest.raises(InputInvalid, match=f"at most {len(before)} are read"):
        save_manifest(directory, Manifest(files=(entry(origin="x"),)))

    assert (directory / "manifest.json").read_bytes() == before


def test_a_changed_directory_is_not_used(directory: Path) -> None:
    """With all problems, and exit code 2."""
    (directory / "kev" / "a.json").write_bytes(b"two")
    (directory / "b.json").write_bytes(b"")
    with pytest.raises(InputInvalid, match="nothing in it is used") as caught:
        require_unchanged(directory, load_manifest(directory), now=NOW)

    assert len(caught.value.problems) == 2
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("dates", "is_future"),
    [
        ({"stated": datetime(2026, 2, 1, 23, tzinfo=UTC)}, False),
        ({"stated": datetime(2026, 2, 4, tzinfo=UTC)}, True),
        ({"retrieved": date(2026, 2, 2)}, False),  # somewhere it is tomorrow already
        ({"retrieved": date(2026, 2, 3)}, True),
        ({}, False),
    ],
)
def test_a_date_in_the_future_is_an_error(directory: Path, dates: dict[str, Any], is_future: bool) -> None:  # noqa: FBT001  the expected answer
    """Of the data or of the download."""
    manifest = Manifest(files=(entry(**dates),))
    if not is_future:
        require_past(directory, manifest, now=NOW)
        require_unchanged(directory, manifest, now=NOW)
        return
    with pytest.raises(InputInvalid, match="in the future"):
        require_past(directory, manifest, now=NOW)
    with pytest.raises(InputInvalid):
        require_unchanged(directory, manifest, now=NOW)


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        ({"stated": datetime(2026, 1, 31, 23, tzinfo=UTC), "retrieved": date(2026, 2, 1)}, 1),
        ({"retrieved": date(2026, 1, 22)}, 10),
        ({"stated": datetime(2026, 2, 2, tzinfo=UTC)}, 0),
        ({}, None),
    ],
)
def test_the_age(dates: dict[str, Any], days: int | None) -> None:
    """From the stated date, else from the download; never below 0, and unknown if neither is known."""
    assert entry(**dates).age_days(now=NOW) == days


def test_a_file_takes_the_place_of_one_with_its_path() -> None:
    """The manifest stays in the order of the paths."""
    one, two, three = entry("b"), entry("a"), entry("b", b"new")

    assert Manifest().with_file(one).with_files([two, three]).files == (two, three)
    assert Manifest(files=(one,)).of_kind("kev") == (one,)
    assert Manifest(files=(one,)).of_kind("osv") == ()
