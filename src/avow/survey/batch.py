"""Reads many SBOMs and looks up many components, in this process or in several.

Each unit of work is a function of values that pickle, and its result arrives in order, as soon as it and
those before it are ready. A run that is interrupted has written nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, TypeVar

from avow.errors import InputInvalid, Problem
from avow.files import protect_input, read_bounded
from avow.formats.json_document import MAX_BYTES as MAX_SBOM_BYTES
from avow.sbom.inventory import Entry, Inventory
from avow.sbom.reading import read_sbom
from avow.snapshots.index import SnapshotIndex
from avow.survey.matching import Lookup, Matcher

CHUNK: Final = 500
"""Entries that are looked up in one unit of work: some 50 ms."""

MAX_HITS: Final = 500_000
"""Pairs of a component and an advisory, which take a minute and 1 GB. A small SBOM that lists a thousand
versions of one package can have millions, and a record of a part of them would look like one of all."""

Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, and how many there are."""

_Result = TypeVar("_Result")


class InProcess(Executor):
    """Runs each unit of work when its result is asked for, in this process."""

    def submit(self, fn: Callable[..., _Result], /, *args: object, **kwargs: object) -> Future[_Result]:
        """A future that is done."""
        future: Future[_Result] = Future()
        future.set_result(fn(*args, **kwargs))
        return future

    def map(
        self,
        fn: Callable[..., _Result],
        *iterables: Iterable[object],
        timeout: float | None = None,  # noqa: ARG002  the signature of the base class
        chunksize: int = 1,  # noqa: ARG002  see timeout
    ) -> Iterator[_Result]:
        """One result after the other."""
        return map(fn, *iterables)


def read_sboms(paths: Sequence[Path], *, executor: Executor, progress: Progress) -> tuple[Inventory, ...]:
    """The inventories of SBOMs in files, in the order of `paths`.

    Raises:
        InputInvalid: one or more can't be read; carries the problems of all.
    """
    for path in paths:
        protect_input(path)  # the process that reads it is perhaps not the one that writes the record
    found: list[Inventory] = []
    refused: list[InputInvalid] = []
    for number, result in enumerate(executor.map(read_one, map(str, paths)), start=1):
        (refused if isinstance(result, InputInvalid) else found).append(result)  # type: ignore[arg-type]
        progress("reading SBOMs", number, len(paths))
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise InputInvalid(
            f"{len(refused)} of {len(paths)} SBOMs can't be read",
            problems=tuple(problem for each in refused for problem in _problems(each)),
            hint="leave them out, or get them again from where they were made",
        )
    return tuple(found)


def read_one(path: str) -> Inventory | InputInvalid:
    """The inventory of one file, or why it is refused; returned, because exceptions lose their fields."""
    try:
        content = read_bounded(
            Path(path), max_bytes=MAX_SBOM_BYTES, hint="split the SBOM, for instance by product"
        )
        return read_sbom(content, source=path)
    except InputInvalid as error:
        return error


def _problems(error: InputInvalid) -> tuple[Problem, ...]:
    return error.problems or (Problem(error.location, 0, 0, error.message, error.hint),)


class LookUps:
    """Looks entries up in an index, each package and version once per process."""

    def __init__(self, index: SnapshotIndex, *, executor: Executor, progress: Progress) -> None:
        self._index, self._executor, self._progress = index, executor, progress

    def __call__(self, entries: Sequence[Entry]) -> list[Lookup]:
        """What the advisories say about each entry, in the order of the entries.

        Raises:
            InputInvalid: the index is damaged, or the answer has more than `MAX_HITS` advisories.
        """
        found: list[Lookup] = []
        hits = 0
        for lookups in self._executor.map(partial(look_up, self._index), _chunks(entries)):
            found += lookups
            hits += sum(map(_hits, lookups))
            if hits > MAX_HITS:
                raise InputInvalid(
                    f"more than {MAX_HITS} advisories are about the {len(entries)} components",
                    hint="survey fewer SBOMs at once; one alone with so many is not of a real product",
                )
            self._progress("looking up components", len(found), len(entries))
        return found


def _hits(lookup: Lookup) -> int:
    return sum(map(len, (lookup.matches, lookup.withdrawn, lookup.informational, lookup.undecidable)))


def _chunks(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    for start in range(0, len(entries), CHUNK):
        yield tuple(entries[start : start + CHUNK])


def look_up(index: SnapshotIndex, entries: Sequence[Entry]) -> list[Lookup]:
    """The unit of work: in another process the index is opened once and what it found is kept."""
    matcher = _matcher(index.path)
    return [matcher.look_up(entry) for entry in entries]


@lru_cache(maxsize=1)
def _matcher(path: Path) -> Matcher:
    return Matcher(SnapshotIndex(path))
