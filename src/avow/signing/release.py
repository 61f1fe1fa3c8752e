"""Whether what is released is called the same everywhere: on the command line, in file names, tag and purl.

A statement about 2.4.1 that was made from the tag v2.4.0, or with the artefacts of yesterday, is a false fact
that is public for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from avow.identity.workflows import TAG

_NUMBERS: Final = re.compile(r"\d+")
_WITHOUT_V: Final = frozenset({"cargo", "gem", "maven", "npm", "nuget", "pypi"})
"""Package types whose versions never begin with a v; consumers would ask for the version without it."""


class Disagreement(NamedTuple):
    """Two names of one release that don't fit, and what to do."""

    message: str
    fix: str


def disagreements(
    release: str, *, project: str, names: Iterable[str], tag: str | None, purl_type: str | None
) -> Iterator[Disagreement]:
    """Where `release` is not what the artefacts' `names`, the job's `tag` and the purl's type say.

    `tag` is a full ref, or None outside of CI; a branch says nothing. Tags are compared by their numbers
    (`REL_2_4_1`, `lib/v2.4.1`). A name says a version only after the project's own name.
    """
    if purl_type in _WITHOUT_V and re.match(r"[vV]\d", release):
        yield Disagreement(
            f"release {release} begins with a v, and versions of type {purl_type} don't",
            f"write --release {release[1:]}",
        )
    numbers = _NUMBERS.findall(release)
    if tag is not None and tag.startswith(TAG) and numbers and not _within(numbers, _NUMBERS.findall(tag)):
        yield Disagreement(
            f"release is {release}, and this CI job runs for the tag {tag.removeprefix(TAG)}",
            "correct --release, or run the job for the tag of this release",
        )
    stem = re.escape(_plain(project.rpartition("/")[2]))
    for name in names:
        said = re.match(rf"{stem}-v?(\d+(?:[.-]\d+)*)(?![\d.]*\d)", _plain(name))
        if said and numbers and not _within(_NUMBERS.findall(said[1])[: len(numbers)], numbers):
            yield Disagreement(
                f"release is {release}, and the name of {name} says {said[1]}",
                "build this release first, or correct --release",
            )


def _plain(name: str) -> str:
    """Names differ in case and in what separates their words."""
    return re.sub(r"[-_]+", "-", name).lower()


def _within(part: list[str], whole: list[str]) -> bool:
    """The numbers of `part` are in `whole`, in one piece."""
    wanted = [each.lstrip("0") for each in part]
    found = [each.lstrip("0") for each in whole]
    return any(found[start : start + len(wanted)] == wanted for start in range(len(found) - len(wanted) + 1))
