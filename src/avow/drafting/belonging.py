"""Leaves out what is true of something else: another repository, another package, or an earlier time.

A checkout contains files that were written elsewhere: a fork has the policy of its origin, a repository with
many packages has their tags and lock files, and a file that was once up to date may not be any more. What may
belong to something else becomes a hint for the person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from avow.drafting.found import Found, Hint, InRepository, LeftOut, Reading, Tree, is_url, shown
from avow.drafting.readers.licence import TEXT_OF, UNKNOWN_TEXT
from avow.drafting.readers.repository import releases_of, version_of
from avow.values import thaw

__all__ = [
    "one_licence",
    "same_repository",
    "without_ended",
    "without_other_sites",
    "without_others",
    "without_outdated",
]

_FORGE: Final = re.compile(r"https?://(?:www\.)?(?P<host>[^/\s]+)/(?P<path>[^\s?#]*)", re.IGNORECASE)
_FORGE_HOSTS: Final = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"})
_OF_ONE_REPOSITORY: Final = frozenset(
    {
        ("VUL-01", "contacts"),
        ("VUL-03", "listUrl"),
        ("VUL-04", "feeds"),
        ("VUL-07", "defectUrl"),
        ("REL-02", "releasesUrl"),
        ("REL-03", "url"),
        ("REL-05", "provenanceUrl"),
        ("SRC-01", "vcsUrl"),
        ("DEP-01", "url"),
        ("LIC-01", "textUrl"),
        ("REL-01", "url"),
        ("TST-01", "docsUrl"),
    }
)
"""Facts that are wrong if they are about another repository. Policies and guides may be an organisation's."""

_PROMISES: Final = ("GOV-01", "SUP-", "VUL-", "DEP-03", "DEP-04", "REL-06")
"""Practices that somebody has to keep up; nobody does any more if the project has ended."""

_LIVELY: Final = frozenset({"active", "maintenanceOnly"})
_START_LINES: Final = 20
_NEWEST: Final = 3
"""Releases of which the newest change log has to name one; the very last may not be in it yet."""


def same_repository(one: str, other: str) -> bool:
    """Two addresses name one repository: host, owner and name, in any case."""
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, ...]:
    match = _FORGE.match(url)
    if match is None:
        return (url.lower(),)
    host, path = match["host"].lower(), match["path"].lower().strip("/")
    path = re.split(r"/-/|/(?:tree|blob|src)/", path)[0].removesuffix(".git")
    parts = path.split("/")
    return (host, *(parts[:2] if host in _FORGE_HOSTS - {"gitlab.com"} else parts))


def without_others(readings: Sequence[Reading], own: str | None) -> list[Reading]:
    """The readings without those of another repository, and without single facts about one."""
    if own is None:
        own = next((reading.about for reading in readings if reading.about), None)
    if own is None:
        return list(readings)
    kept = []
    for reading in readings:
        if reading.about is not None and not same_repository(reading.about, own):
            why = f"is about {reading.about}, not about {own}, so nothing in it is used"
            place = reading.label.partition(" (")[0]
            kept.append(Reading(label=reading.label, left_out=(LeftOut(origin=place, why=shown(why)),)))
        else:
            kept.append(_own(reading, own))
    return kept


def _own(reading: Reading, own: str) -> Reading:
    def doubt(item: Found) -> str | None:
        if (item.practice, item.fact) not in _OF_ONE_REPOSITORY:
            return None
        strange = [address for address in _addresses(item) if _is_of_another(address, own)]
        return f"{item.fact} would be of another repository: {strange[0]}" if strange else None

    kept = _without(reading, doubt)
    had, has = (any(item.fact == "contacts" for item in each.found) for each in (reading, kept))
    if had and not has:
        # what a policy promises about the reports to somebody else
        found = tuple(item for item in kept.found if item.fact != "privateReporting")
        return kept.model_copy(update={"found": found})
    return kept


def _without(reading: Reading, doubt: Callable[[Found], str | None]) -> Reading:
    """`reading` with a hint, the text of `doubt`, in place of each fact that has one; empty: with nothing."""
    found, hints = [], list(reading.hints)
    for item in reading.found:
        text = doubt(item)
        if text is None:
            found.append(item)
        elif text:
            hints.append(Hint(practice=item.practice, text=shown(text), origin=item.origin))
    return reading.model_copy(update={"found": tuple(found), "hints": tuple(hints)})


def _addresses(item: Found) -> Iterator[str]:
    value = thaw(item.value)
    for part in value if isinstance(value, list) else [value]:
        texts = part.values() if isinstance(part, Mapping) else [part]
        yield from (text for text in texts if isinstance(text, str) and is_url(text))


def _is_of_another(address: str, own: str) -> bool:
    """The address is in a repository of a forge, and not in ours."""
    theirs, ours = _place(address), _place(own)
    if theirs[0] not in _FORGE_HOSTS | {ours[0]} or len(theirs) < 3:  # noqa: PLR2004  host, owner, name
        return False
    return theirs[: len(ours)] != ours


def without_other_sites(readings: Sequence[Reading], home: str | None) -> list[Reading]:
    """The readings without a security.txt of another site than that of the project, if that is known."""
    ours = _FORGE.match(f"{home}/") if home else None
    if ours is None or ours["host"].lower() in _FORGE_HOSTS:
        return list(readings)
    return [_of_site(reading, ours["host"].lower().removeprefix("www.")) for reading in readings]


def _of_site(reading: Reading, host: str) -> Reading:
    for item in reading.found:
        if (item.practice, item.fact) == ("VUL-01", "securityTxtUrl"):
            named = str(item.value).split("/")[2].lower().removeprefix("www.")
            if named != host and not named.endswith(f".{host}") and not host.endswith(f".{named}"):
                why = f"is for {named}, not for {host}, so nothing in it is used"
                return Reading(label=reading.label, left_out=(LeftOut(origin=item.origin, why=shown(why)),))
    return reading


def without_ended(readings: Sequence[Reading]) -> list[Reading]:
    """If a source says that the project has ended: no state of life, and no support."""
    if not any(reading.ended for reading in readings):
        return list(readings)

    def doubt(item: Found) -> str | None:
        lively = (item.practice, item.fact) == ("GOV-03", "lifecycleState") and item.value in _LIVELY
        if lively or item.practice.startswith("SUP-"):
            return f"{item.fact} is left out: has the project ended?"
        return None

    return [_without(reading, doubt) for reading in readings]


def is_a_promise(practice: str) -> bool:
    """The practice is one that somebody has to keep up."""
    return practice.startswith(_PROMISES)


def without_outdated(readings: Sequence[Reading], tree: Tree, *, names: frozenset[str]) -> list[Reading]:
    """The readings without change logs that name none of the newest releases."""
    newest = [version_of(tag.name) for tag in releases_of(tree.tags, names=names).own[-_NEWEST:]]
    if not newest:
        return list(readings)

    def doubt(item: Found) -> str | None:
        if (item.practice, item.fact) != ("REL-03", "url") or not isinstance(item.value, InRepository):
            return None
        text = tree.read(item.value.path, max_bytes=1024 * 1024).text
        if any(_names(text, version) for version in newest) or _is_ahead(text, newest[-1]):
            return None
        return f"{item.value.path} does not name the release {newest[-1]}. Where are its notes?"

    return [_without(reading, doubt) for reading in readings]


def _names(text: str, version: str) -> bool:
    pattern = r"[._]".join(re.escape(part) for part in version.split("."))
    return re.search(rf"(?<![\d.]){pattern}(?![\d])", text) is not None


def _is_ahead(text: str, version: str) -> bool:
    """The start of the text names a version like `version`, but higher: the notes of the next release."""
    newest = _numbers(version)
    tokens = re.findall(
        r"(?<![\d.])\d{1,5}(?:\.\d{1,5}){1,3}(?![\d.])", "\n".join(text.split("\n")[:_START_LINES])
    )
    return any(
        len(found) == len(newest) and newest < found and found[0] <= newest[0] + 1
        for found in map(_numbers, tokens)
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def one_licence(readings: Sequence[Reading]) -> list[Reading]:
    """The readings with a licence only if one statement covers every licence that was found.

    Two licence texts alone do not show whether both apply, or either, or each to some of the files.
    """
    stated = [
        (reading, item)
        for reading in readings
        for item in reading.found
        if (item.practice, item.fact) == ("LIC-01", "spdxExpression")
    ]
    texts = [hint for reading in readings for hint in reading.hints if hint.practice == "LIC-01"]
    gnu = {match[1] for hint in texts if (match := TEXT_OF.match(hint.text))}
    unknown = any(hint.text == UNKNOWN_TEXT for hint in texts)
    ids = set().union(*(_ids(item.value) for _, item in stated)) if stated else set()
    whole = [item for _, item in stated if _ids(item.value) == ids and _covers(ids, gnu)]
    if whole and not (unknown and all(_is_licence_text(reading) for reading, _ in stated)):
        best = whole[0]
        return [_with_licence(reading, keep=best) for reading in readings]
    return [_with_licence(reading, keep=None) for reading in readings]


def _ids(expression: Any) -> set[str]:
    return {word for word in re.split(r"[\s()]+", str(expression)) if word not in {"", "AND", "OR", "WITH"}}


def _covers(ids: Iterable[str], gnu: Iterable[str]) -> bool:
    return all(any(one == name or one.startswith((f"{name}-", f"{name}+")) for one in ids) for name in gnu)


def _is_licence_text(reading: Reading) -> bool:
    return any(
        (item.practice, item.fact) == ("LIC-01", "textUrl") and isinstance(item.value, InRepository)
        for item in reading.found
    )


def _with_licence(reading: Reading, *, keep: Found | None) -> Reading:
    def doubt(item: Found) -> str | None:
        if (item.practice, item.fact) != ("LIC-01", "spdxExpression") or keep is item:
            return None
        if keep is None:
            return f"says {item.value}; which licences apply to what?"
        return "" if _ids(item.value) == _ids(keep.value) else f"has the text of {item.value}"

    return _without(reading, doubt)
