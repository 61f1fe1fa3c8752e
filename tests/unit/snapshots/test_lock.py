"""One process at a time changes a data directory."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from avow.errors import InputInvalid, ServiceUnavailable
from avow.snapshots.lock import changing


def test_what_was_created_for_nothing_is_gone(tmp_path: Path) -> None:
    """Directories too, also after an error; but not those that were there before."""
    (tmp_path / "there").mkdir()
    with pytest.raises(KeyError), changing(tmp_path / "a" / "b"):
        raise KeyError
    with changing(tmp_path / "there"):
        pass

    assert [each.name for each in tmp_path.rglob("*")] == ["there"]


def test_what_was_written_stays(tmp_path: Path) -> None:
    """All but the lock."""
    with changing(tmp_path / "data"):
        (tmp_path / "data" / "manifest.json").write_bytes(b"")

    assert [each.name for each in (tmp_path / "data").rglob("*")] == ["manifest.json"]


def test_the_second_one_is_refused_after_a_while(tmp_path: Path) -> None:
    """It says that it waits, once; trying again can help."""
    said: list[str] = []
    with changing(tmp_path):
        with (
            pytest.raises(ServiceUnavailable, match="another avow data changes"),
            changing(tmp_path, wait_s=0.3, waiting=lambda: said.append("waiting"), sleep=lambda _: None),
        ):
            raise AssertionError
        assert (tmp_path / ".avow" / "lock").exists()

    assert said == ["waiting"]


def test_the_second_one_waits(tmp_path: Path) -> None:
    """When the first one has ended, and with it its lock file, the second one begins with a new one."""
    first = ExitStack()
    first.enter_context(changing(tmp_path))
    with changing(tmp_path, sleep=lambda _: first.close()):
        assert (tmp_path / ".avow" / "lock").exists()
    with changing(tmp_path):
        pass


def test_a_lock_whose_file_is_gone_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that held it removed the file between opening it and locking it."""
    path = tmp_path / ".avow" / "lock"
    real, times = os.open, []

    def opened(*arguments: object, **options: object) -> int:
        descriptor = real(*arguments, **options)  # type: ignore[arg-type]
        times.append(1)
        if len(times) == 1:
            path.unlink()
        return descriptor

    monkeypatch.setattr("avow.snapshots.lock.os.open", opened)
    with changing(tmp_path, sleep=lambda _: None):
        assert path.exists()

    assert len(times) == 2


def test_a_directory_that_can_not_be_created(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "data").write_bytes(b"")
    with (
        pytest.raises(InputInvalid, match="can't be used as a data directory"),
        changing(tmp_path / "data"),
    ):
        raise AssertionError
