"""Many SBOMs and components: in order, all problems together, and the same in several processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.public_data import osv_archive, record

from avow.errors import InputInvalid
from avow.sbom.inventory import Entry
from avow.snapshots.add import Adding
from avow.snapshots.build import open_index
from avow.snapshots.index import SnapshotIndex
from avow.survey import batch
from avow.survey.batch import CHUNK, InProcess, LookUps, read_sboms

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(params=["in process", "two processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """Both ways to run."""
    with InProcess() if request.param == "in process" else ProcessPoolExecutor(2) as running:
        yield running


class Reported(list[tuple[str, int, int]]):
    """What was reported as progress."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """One report."""
        self.append((what, done, total))


def sbom(path: Path, name: str) -> Path:
    """An SBOM with one component."""
    content = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": name}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_sboms_in_the_order_of_their_names(tmp_path: Path, executor: Executor) -> None:
    """As the user named them, with progress after each."""
    paths = [sbom(tmp_path / f"{name}.json", name) for name in ("b", "a", "c")]
    reported = Reported()
    found = read_sboms(paths, executor=executor, progress=reported)
    assert [each.entries[0].name for each in found] == ["b", "a", "c"]
    assert [each.source for each in found] == list(map(str, paths))
    assert reported == [("reading SBOMs", number, 3) for number in (1, 2, 3)]


def test_one_broken_sbom(tmp_path: Path, executor: Executor) -> None:
    """Its own error, with what to do."""
    broken = tmp_path / "b.json"
    broken.write_bytes(b"")
    with pytest.raises(InputInvalid, match="it is empty") as caught:
        read_sboms([sbom(tmp_path / "a.json", "a"), broken], executor=executor, progress=Reported())
    assert caught.value.hint


def test_all_broken_sboms_together(tmp_path: Path, executor: Executor) -> None:
    """Nobody wants to find the second one after the first was corrected."""
    (tmp_path / "b.json").write_bytes(b"")
    (tmp_path / "c.json").write_bytes(b'{"bomFormat": "CycloneDX"')
    paths = [sbom(tmp_path / "a.json", "a"), *(tmp_path / f"{name}.json" for name in "bcd")]
    with pytest.raises(InputInvalid, match=r"3 of 4 SBOMs can't be read") as caught:
        read_sboms(paths, executor=executor, progress=Reported())
    assert [Path(each.source).name for each in caught.value.problems] == ["b.json", "c.json", "d.json"]


def test_no_sbom(executor: Executor) -> None:
    """Nothing is read, and nothing reported."""
    assert read_sboms([], executor=executor, progress=Reported()) == ()


@pytest.fixture
def index(tmp_path: Path) -> SnapshotIndex:
    """Advisories about one package."""
    osv_archive(tmp_path / "all.zip", record("PYSEC-1"))
    Adding(directory=tmp_path / "data", now=NOW).add([tmp_path / "all.zip"])
    return open_index(tmp_path / "data", now=NOW)


def entries(number: int) -> list[Entry]:
    """Entries of which every third is affected."""
    return [
        Entry(
            place=f"/components/{each}",
            name="acme",
            purl=f"pkg:pypi/acme@{1 if each % 3 == 0 else 2}.0",
        )
        for each in range(number)
    ]


def test_look_ups_in_the_order_of_the_entries(index: SnapshotIndex, executor: Executor) -> None:
    """Over the border of a unit of work, with progress after each."""
    reported = Reported()
    number = CHUNK + 3
    found = LookUps(index, executor=executor, progress=reported)(entries(number))
    affected = [each.matches != () for each in found]
    assert affected == [each % 3 == 0 for each in range(number)]
    assert reported == [
        ("looking up components", CHUNK, number),
        ("looking up components", number, number),
    ]


def test_nothing_to_look_up(index: SnapshotIndex, executor: Executor) -> None:
    """No entries, no units of work."""
    assert LookUps(index, executor=executor, progress=Reported())([]) == []


def test_the_index_is_opened_once_for_one_path(index: SnapshotIndex) -> None:
    """In each process; what was found for a package is kept."""
    assert batch._matcher(index.path) is batch._matcher(index.path)


def test_in_process_runs_at_once() -> None:
    """A future that is done, with the function's result."""
    assert InProcess().submit(max, 1, 2).result() == 2
