"""Merges all readings into one entry per practice: chosen values, other values, and what is missing.

The order of the readings is their precedence. An entry is `implemented` only if it has evidence and its
facts meet the catalogue's conditions. A fact that does not fit its type is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from avow.catalogue.practices import Catalogue, Practice, UnmetCondition
from avow.drafting.found import Found, Hint, InRepository, LeftOut, Pointer, Reading, one_line, shown
from avow.values import thaw

__all__ = ["DraftEntry", "Stated", "add_fact", "entries_of"]

MAX_TEXT: Final = 1000
"""Limit for one text in a draft; longer text belongs in a document with a URL."""

_FROM_ONE_READING: Final = frozenset({"DEP-01", "DEP-02", "DEP-04"})
"""Practices whose facts describe one thing, so they must not be mixed from two readings."""

_IDENTITY_FIELDS: Final = {"contacts": "value", "feeds": "url", "tools": "name"}
"""Two records of a list are the same if they agree in this field."""


@dataclass(slots=True)
class Stated:
    """The chosen value of a fact, its origin, and what other sources say instead."""

    value: Any
    origin: str
    others: list[str] = field(default_factory=list)


@dataclass(slots=True)
class DraftEntry:
    """Everything that is known about one practice."""

    practice: Practice
    facts: dict[str, Stated] = field(default_factory=dict)
    hints: list[Hint] = field(default_factory=list)
    evidence: list[Pointer] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Why nobody but a person can say `implemented`, whatever the facts are."""

    def unmet(self, today: date) -> tuple[UnmetCondition, ...]:
        """The conditions of `implemented` that the facts do not meet yet."""
        return self.practice.unmet(
            {name: stated.value for name, stated in self.facts.items()},
            today=today,
            version=None,
            version_in_range=lambda _version, _range: True,
        )

    def is_implemented(self, today: date) -> bool:
        """The entry has evidence, meets every condition, and nothing speaks against it."""
        ready = bool(self.evidence) and not self.doubts
        return ready and not self.practice.is_observation and not self.unmet(today)

    def missing(self, today: date) -> tuple[str, ...]:
        """The missing facts that `implemented` needs; for an observation, those that only people know."""
        if self.practice.is_observation:
            names = [
                name for name, fact in self.practice.facts.items() if fact.type not in {"date", "url", "page"}
            ]
        else:
            names = [condition.fact.partition("[")[0] for condition in self.unmet(today)]
        return tuple(name for name in dict.fromkeys(names) if name not in self.facts)

    @property
    def is_drafted(self) -> bool:
        """The entry has something to write: a fact, or evidence for a fact that a person must add."""
        return bool(self.facts or self.evidence)


MAX_OF_ONE_KIND: Final = 100
"""Hints of one practice and items of one list that are drafted; a person has to read them."""


def entries_of(
    readings: Sequence[Reading], *, catalogue: Catalogue, link: Callable[[InRepository], str | None]
) -> tuple[dict[str, DraftEntry], tuple[LeftOut, ...]]:
    """One entry per practice, in the order of the catalogue, and what was left out."""
    entries = {practice.id: DraftEntry(practice) for practice in catalogue.practices}
    left_out: list[LeftOut] = []
    for practice, found in _chosen(readings):
        add_fact(entries[practice], found, link=link, left_out=left_out)
    seen = {(entry.practice.id, hint.text) for entry in entries.values() for hint in entry.hints}
    for reading in readings:
        for hint in reading.hints:
            entry = entries[hint.practice]
            if len(entry.hints) >= MAX_OF_ONE_KIND:
                continue
            if (hint.practice, hint.text) not in seen:
                seen.add((hint.practice, hint.text))
                entry.hints.append(hint)
            _add_evidence(entry, hint.evidence)
    return entries, tuple(left_out)


def _chosen(readings: Sequence[Reading]) -> Iterable[tuple[str, Found]]:
    """Every fact with its practice; for `_FROM_ONE_READING`, only from the reading with the most facts."""
    largest: dict[str, Reading] = {}
    for reading in readings:
        for practice in _FROM_ONE_READING:
            if _count(reading, practice) > (
                _count(largest[practice], practice) if practice in largest else 0
            ):
                largest[practice] = reading
    for reading in readings:
        for found in reading.found:
            if found.practice not in _FROM_ONE_READING or largest[found.practice] is reading:
                yield found.practice, found


def _count(reading: Reading, practice: str) -> int:
    return len({found.fact for found in reading.found if found.practice == practice})


def add_fact(
    entry: DraftEntry, found: Found, *, link: Callable[[InRepository], str | None], left_out: list[LeftOut]
) -> None:
    """Add a fact to its entry. The first value is kept, but false replaces true."""
    value = found.value
    if isinstance(value, InRepository):
        address = link(value)
        if address is None:
            text = f"{found.fact} should be the public URL of {value.path}"
            entry.hints.append(Hint(practice=entry.practice.id, text=text, origin=found.origin))
            _add_evidence(entry, found.evidence)
            return
        value = address
    value = _cleaned(thaw(value))
    fact = entry.practice.facts[found.fact]
    problems = fact.problems(value)
    if problems:
        left_out.append(LeftOut(origin=found.origin, why=shown(f"{found.fact} {problems[0].message}")))
        return
    current = entry.facts.get(found.fact)
    if current is None:
        entry.facts[found.fact] = Stated(value, found.origin)
        _add_evidence(entry, found.evidence)
    elif fact.type == "list":
        if len(current.value) >= MAX_OF_ONE_KIND:
            return
        if _join(current, value, found):
            _add_evidence(entry, found.evidence)
    elif current.value is True and value is False:
        others = [*current.others, f"{current.origin} says true instead"]
        entry.facts[found.fact] = Stated(value, found.origin, others)
        _add_evidence(entry, found.evidence)
    elif current.value != value:
        current.others.append(f"{found.origin} says {shown(_plain(value))} instead")


def _join(current: Stated, value: list[Any], found: Found) -> bool:
    """Add the new items; false if there are none."""
    key = _IDENTITY_FIELDS.get(found.fact)
    known = [_identity(item, key) for item in current.value]
    fresh = [item for item in value if _identity(item, key) not in known]
    if fresh:
        current.value = [*current.value, *fresh]
        current.origin = f"{current.origin}, {found.origin}"
    return bool(fresh)


def _identity(item: Any, key: str | None) -> Any:
    return str(item[key]).lower() if key is not None else item


def _add_evidence(entry: DraftEntry, evidence: Pointer | None) -> None:
    if evidence is not None and evidence not in entry.evidence:
        entry.evidence.append(evidence)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cleaned(value: Any) -> Any:
    """The same value, each text on one line of limited length, with printable characters only."""
    if isinstance(value, str):
        return one_line(value)[:MAX_TEXT]
    if isinstance(value, Mapping):
        return {key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
