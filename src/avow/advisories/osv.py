"""Advisories in OSV's form: one record, the packages that it affects, and what it says about a version.

A question about a version has three answers. "Undecidable" is given only where an unknown bound decides, and
where a record names a package and no version: neither is "affected" or "not affected".

Source: OSV schema 1.7.4, "Evaluation". Unknown fields are ignored, ranges of commits are not looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from avow.errors import InputInvalid
from avow.formats.json_document import read_json
from avow.formats.order import compare
from avow.formats.order_system import without_release

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_RECORD_BYTES: Final = 16 * 1024 * 1024
"""Of one record; the largest of the published ones have about two."""


class Event(Struct, frozen=True, array_like=True):
    """One bound of a range: `introduced`, `fixed`, `last_affected` or `limit`, and a version."""

    kind: str
    value: str


class Range(Struct, frozen=True, array_like=True):
    """The versions of one package between bounds; `type` is SEMVER, ECOSYSTEM or GIT."""

    type: str
    events: tuple[Event, ...]


class Rated(Struct, frozen=True, array_like=True):
    """A severity as the record has it: `CVSS_V3` and its vector, for instance."""

    method: str
    text: str


class Affected(Struct, frozen=True, array_like=True):
    """What a record says about one package."""

    ecosystem: str
    """As written, with the release suffix: `PyPI`, `Debian:12`."""
    name: str
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    ratings: tuple[Rated, ...] = ()
    informational: str = ""
    """RustSec: unmaintained, unsound or notice; then it is not a vulnerability."""
    last_known: str = ""
    """GitHub's `last_known_affected_version_range`, as written: nobody looked at later versions."""


class Advisory(Struct, frozen=True, array_like=True):
    """One record; small enough to keep in an index as a whole."""

    id: str
    affected: tuple[Affected, ...]
    modified: str = ""
    """As written; empty where the record has the year 1, which is not a date."""
    published: str = ""
    withdrawn: str = ""
    aliases: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    summary: str = ""
    ratings: tuple[Rated, ...] = ()
    malicious: bool = False
    unreviewed: bool = False
    derived: bool = False
    """The record says that it was made from another database's."""
    unread: tuple[str, ...] = ()
    """JSON pointers of fields that are not as the schema has them, so that they can't be read."""


class Answer(StrEnum):
    """Whether a version is affected."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    UNDECIDABLE = "undecidable"


NOT_COMPARABLE: Final = "comparison_not_possible"
NO_VERSIONS: Final = "no_range_no_list"
ONLY_COMMITS: Final = "only_commit_ranges"


@dataclass(frozen=True, slots=True)
class AffectedAnswer:
    """What one `affected` item says about one version."""

    answer: Answer
    reason: str = ""
    """Why it is undecidable."""
    listed: bool = False
    """The version is in `versions`."""
    flags: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    """The first fix of each range that contains the version."""
    last_known_affected: str = ""
    """Where no fix is named: later versions may be affected, perhaps nobody looked."""


def read_advisory(content: bytes | Mapping[str, Any], *, source: str) -> Advisory:
    """The record in `content`; a field of another shape costs itself and is named in `unread`.

    An item of `affected` whose versions can't be read stays, and is undecidable.

    Raises:
        InputInvalid: not JSON, not an object, or without an id.
    """
    record = (
        read_json(content, source=source, max_bytes=MAX_RECORD_BYTES)
        if isinstance(content, bytes)
        else content
    )
    if not isinstance(record, Mapping):
        raise InputInvalid(f"{source} is not an advisory: it is not a JSON object", location=source)
    name = record.get("id")
    if not isinstance(name, str) or _ID.fullmatch(name) is None:
        message = f"{source} is not an advisory: it has no id of printable ASCII"
        raise InputInvalid(message, location=source, hint="use files in OSV's JSON format")
    return _RecordReader().advisory(record, name)


def evaluate(affected: Affected, version: str, *, scheme: str) -> AffectedAnswer:
    """What `affected` says about `version`, which is in the order of `scheme`."""
    ranges = [each for each in affected.ranges if each.type != _GIT]
    listed = any(_equal(scheme, version, each) for each in affected.versions)
    answers = [_in_range(each, version, scheme=scheme) for each in ranges]
    ranged = _any(answers)
    if not affected.versions and not ranges:
        reason = ONLY_COMMITS if affected.ranges else NO_VERSIONS
        return AffectedAnswer(Answer.UNDECIDABLE, reason)
    if not listed and ranged is None:
        return AffectedAnswer(Answer.UNDECIDABLE, NOT_COMPARABLE)
    if not listed and not ranged:
        return AffectedAnswer(Answer.NOT_AFFECTED)
    disagree = bool(affected.versions) and bool(ranges) and ranged is not None and listed is not ranged
    holding = [each for each, answer in zip(ranges, answers, strict=True) if answer] or ranges
    fixed = _first_after(holding, version, kind="fixed", scheme=scheme)
    last = _first_after(holding, version, kind="last_affected", scheme=scheme)
    return AffectedAnswer(
        Answer.AFFECTED,
        listed=listed,
        flags=(f"list_and_range_disagree:list={listed},range={ranged}",) if disagree else (),
        fixed=fixed,
        last_known_affected="" if fixed else (*last, affected.last_known)[0],
    )


class AliasGroups:
    """Which ids name one vulnerability: an alias is symmetric and transitive, whoever wrote it down.

    Letter case does not tell two ids apart. What is in `related` or `upstream` never joins.
    """

    def __init__(self, advisories: Iterable[Advisory] = ()) -> None:
        self._parents: dict[str, str] = {}
        self._spellings: dict[str, str] = {}
        for advisory in advisories:
            self.add(advisory.id, *advisory.aliases)

    def add(self, *ids: str) -> None:
        """All of `ids` name one vulnerability."""
        first = ids[0].upper()
        for each in ids:
            folded = each.upper()
            self._spellings.setdefault(folded, each)
            self._parents.setdefault(folded, folded)
            self._parents[self._root(folded)] = self._root(first)

    def __contains__(self, name: str) -> bool:
        """Somebody has named it."""
        return name.upper() in self._parents

    def key(self, name: str) -> str:
        """One id of the group, the same for all of them until `add` is called."""
        folded = name.upper()
        return self._spellings[self._root(folded)] if folded in self._parents else name

    def all(self) -> tuple[frozenset[str], ...]:
        """Every group, in the order in which their first ids were added, as they were first spelled."""
        groups: dict[str, set[str]] = {}
        for each in self._parents:
            groups.setdefault(self._root(each), set()).add(self._spellings[each])
        return tuple(frozenset(group) for group in groups.values())

    def _root(self, name: str) -> str:
        while (parent := self._parents[name]) != name:
            self._parents[name] = self._parents[parent]  # halves the path
            name = parent
        return name


def vulnerability_key(ids: Iterable[str]) -> str:
    """The name of a group: its smallest CVE by year and number, else its smallest id."""
    return min(ids, key=_smallest)


def _smallest(name: str) -> tuple[int, int, int, str]:
    match = _CVE.fullmatch(name)
    return (1, 0, 0, name) if match is None else (0, int(match[1]), int(match[2]), name)


_ID: Final = re.compile(r"[!-~]{1,256}")
_CVE: Final = re.compile(r"CVE-([0-9]{4})-([0-9]{4,19})", re.IGNORECASE)
_GIT: Final = "GIT"
_KINDS: Final = ("introduced", "fixed", "last_affected", "limit")
_UNKNOWN_RANGE: Final = "?"
_NO_DATE: Final = "0001-01-01"
"""The Go repository writes this where the published database has a date."""


def _any(answers: Iterable[bool | None]) -> bool | None:
    found: bool | None = False
    for answer in answers:
        if answer:
            return True
        found = None if answer is None else found
    return found


def _all(answers: Iterable[bool | None]) -> bool | None:
    opposite = _any(None if answer is None else not answer for answer in answers)
    return None if opposite is None else not opposite


def _equal(scheme: str, version: str, listed: str) -> bool:
    return version == listed or _place(scheme, version, listed) == 0


def _place(scheme: str, version: str, bound: str) -> int | None:
    """`compare`, where a bound of rpm that names no release stands for all of them."""
    if scheme == "rpm" and "-" not in bound:
        version = without_release(version)
    return compare(scheme, version, bound)


def _in_range(affected: Range, version: str, *, scheme: str) -> bool | None:
    if affected.type not in {"SEMVER", "ECOSYSTEM"}:
        return None
    scheme = "semver" if affected.type == "SEMVER" else scheme
    limits = [each.value for each in affected.events if each.kind == "limit"]
    timeline = [
        (each, 1 if _is_zero(each) else _place(scheme, version, each.value))
        for each in affected.events
        if each.kind != "limit"
    ]
    below = [True if each == "*" else _is_below(_place(scheme, version, each)) for each in limits]
    inside = _known(timeline, scheme) if all(place is not None for _, place in timeline) else _pairs(timeline)
    return _all([inside, _any(below) if limits else True])


_Placed = tuple[Event, "int | None"]


def _is_zero(event: Event) -> bool:
    """A version before any other; only `introduced` has it."""
    return event.kind == "introduced" and event.value == "0"


def _is_below(place: int | None) -> bool | None:
    return None if place is None else place < 0


def _known(timeline: Sequence[_Placed], scheme: str) -> bool | None:
    """The last event at or before the version decides, whatever order the record has them in."""
    if not any(event.kind == "introduced" for event, _ in timeline):
        return None if all(_holds(event, place) for event, place in timeline) else False
    inside = False
    for event, place in sorted(timeline, key=lambda each: _sorting(scheme)(each[0])):
        if event.kind == "introduced":
            inside = inside or bool(_holds(event, place))
        elif not _holds(event, place):
            inside = False
    return inside


def _sorting(scheme: str) -> Callable[[Event], Any]:
    def order(one: Event, other: Event) -> int:
        if _is_zero(one) or _is_zero(other):
            return _is_zero(other) - _is_zero(one)
        return compare(scheme, one.value, other.value) or 0

    return cmp_to_key(order)


def _holds(event: Event, place: int | None) -> bool | None:
    """What the event asks of a version in the range: at or after `introduced`, before `fixed`."""
    if place is None:
        return None
    if event.kind == "introduced":
        return place >= 0
    return place < 0 if event.kind == "fixed" else place <= 0


def _pairs(timeline: Sequence[_Placed]) -> bool | None:
    """Bounds that can't be placed can't be sorted: each upper bound closes what was opened before it."""
    intervals: list[list[bool | None]] = []
    for event, place in timeline:
        if event.kind == "introduced":
            intervals.append([])
        elif not intervals:
            return _without_order(timeline)
        intervals[-1].append(_holds(event, place))
    if any(len(each) < 2 for each in intervals[:-1]):  # noqa: PLR2004  opened again before it was closed
        return _without_order(timeline)
    return _any(_all(each) for each in intervals)


def _without_order(timeline: Sequence[_Placed]) -> bool | None:
    """Whatever can't be placed could be the last word, unless all words say the same."""
    opened = _any(_holds(event, place) for event, place in timeline if event.kind == "introduced")
    return False if opened is False else None


def _first_after(ranges: Sequence[Range], version: str, *, kind: str, scheme: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in ranges:
        own = "semver" if each.type == "SEMVER" else scheme
        bounds = [event for event in each.events if event.kind == kind]
        after = [event for event in bounds if (_place(own, version, event.value) or -1) <= 0]
        for event in sorted(after, key=_sorting(own))[:1]:
            found[event.value] = None
    return tuple(found)


class _RecordReader:
    """Reads one record, and collects the places of what can't be read."""

    def __init__(self) -> None:
        self._unread: list[str] = []

    def advisory(self, record: Mapping[str, Any], name: str) -> Advisory:
        own = self._object(record, "database_specific", "")
        affected = tuple(
            self._affected(each, f"/affected/{at}")
            for at, each in enumerate(self._array(record, "affected", ""))
        )
        return Advisory(
            id=name,
            affected=affected,
            modified=self._date(record, "modified"),
            published=self._date(record, "published"),
            withdrawn=self._withdrawn(record),
            aliases=self._ids(record, "aliases", name),
            upstream=self._ids(record, "upstream", name),
            summary=self._text(record, "summary", ""),
            ratings=self._ratings(record, ""),
            malicious=name.startswith("MAL-") or "malicious-packages-origins" in own,
            unreviewed=own.get("review_status") == "UNREVIEWED",
            derived="derived" in own,
            unread=tuple(self._unread),
        )

    def _affected(self, item: Any, place: str) -> Affected:
        if not isinstance(item, Mapping):
            self._unread.append(place)
            return Affected("", "")
        package = self._object(item, "package", place)
        own = self._object(item, "database_specific", place)
        events, before = self._ranges(item, place), len(self._unread)
        versions = self._strings(item, "versions", place)
        if len(self._unread) > before:  # a version that can't be read may be ours
            events = (*events, Range(_UNKNOWN_RANGE, ()))
        return Affected(
            ecosystem=self._text(package, "ecosystem", f"{place}/package"),
            name=self._text(package, "name", f"{place}/package"),
            ranges=events,
            versions=versions,
            ratings=self._ratings(item, place),
            informational=self._text(own, "informational", f"{place}/database_specific"),
            last_known=self._text(own, "last_known_affected_version_range", f"{place}/database_specific"),
        )

    def _ranges(self, item: Mapping[str, Any], place: str) -> tuple[Range, ...]:
        before = len(self._unread)
        ranges = self._array(item, "ranges", place)
        if len(self._unread) > before:
            return (Range(_UNKNOWN_RANGE, ()),)
        return tuple(self._range(each, f"{place}/ranges/{at}") for at, each in enumerate(ranges))

    def _range(self, found: Any, place: str) -> Range:
        kind = found.get("type") if isinstance(found, Mapping) else None
        events = found.get("events") if isinstance(found, Mapping) else None
        if kind not in {"SEMVER", "ECOSYSTEM", _GIT} or not isinstance(events, list) or not events:
            self._unread.append(place)
            return Range(_UNKNOWN_RANGE, ())
        return Range(
            kind,
            tuple(
                Event(name, self._bound(value, f"{place}/events/{at}"))
                for at, event in enumerate(events)
                for name, value in self._bounds(event, f"{place}/events/{at}")
            ),
        )

    def _bounds(self, event: Any, place: str) -> list[tuple[str, Any]]:
        """An event has one bound; records of the first schemas have two in one."""
        bounds = (
            [(kind, event[kind]) for kind in _KINDS if kind in event] if isinstance(event, Mapping) else []
        )
        if not bounds:
            self._unread.append(place)
        return bounds

    def _bound(self, value: Any, place: str) -> str:
        """An empty text is not a version, so a bound that can't be read can't be placed either."""
        if isinstance(value, str):
            return value
        self._unread.append(place)
        return ""

    def _ratings(self, item: Mapping[str, Any], place: str) -> tuple[Rated, ...]:
        ratings = []
        for at, each in enumerate(self._array(item, "severity", place)):
            method, text = (each.get(key) if isinstance(each, Mapping) else None for key in ("type", "score"))
            if isinstance(method, str) and isinstance(text, str):
                ratings.append(Rated(method, text))
            else:
                self._unread.append(f"{place}/severity/{at}")
        return tuple(ratings)

    def _ids(self, record: Mapping[str, Any], key: str, own: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for each in self._strings(record, key, "") if each not in {"", own}))

    def _withdrawn(self, record: Mapping[str, Any]) -> str:
        """As written; whatever is there, somebody withdrew the record."""
        value = record.get("withdrawn")
        return "" if value is None or value == "" else str(value)

    def _date(self, record: Mapping[str, Any], key: str) -> str:
        text = self._text(record, key, "")
        return "" if text.startswith(_NO_DATE) else text

    def _text(self, item: Mapping[str, Any], key: str, place: str) -> str:
        value = item.get(key)
        if value is not None and not isinstance(value, str):
            self._unread.append(f"{place}/{key}")
        return value if isinstance(value, str) else ""

    def _strings(self, item: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
        values = self._array(item, key, place)
        if not all(isinstance(value, str) for value in values):
            self._unread.append(f"{place}/{key}")
        return tuple(value for value in values if isinstance(value, str))

    def _array(self, item: Mapping[str, Any], key: str, place: str) -> list[Any]:
        value = item.get(key)
        if value is not None and not isinstance(value, list):
            self._unread.append(f"{place}/{key}")
        return value if isinstance(value, list) else []

    def _object(self, item: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
        value = item.get(key)
        if value is not None and not isinstance(value, Mapping):
            self._unread.append(f"{place}/{key}")
        return value if isinstance(value, Mapping) else {}
