"""Many readings become one entry per practice: which value stands, what else was said, and what is missing.

The order of the readings is their precedence. Nothing becomes `implemented` unless there is evidence and the
catalogue's conditions hold over the facts that stand; a fact that is not of its type is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from avow.catalogue.practices import Catalogue, Practice, UnmetCondition
from avow.drafting.found import Found, Hint, InRepository, LeftOut, Pointer, Reading, one_line, shown
from avow.values import thaw

__all__ = ["Entry", "Stated", "entries_of", "take"]

MAX_TEXT: Final = 1000
"""Characters of one text in a draft; a longer one belongs into a document with an address."""

_TOGETHER: Final = frozenset({"DEP-01", "DEP-02", "DEP-04"})
"""Practices whose facts describe one thing: they come from one reading, never mixed from two."""

_IDENTITY: Final = {"contacts": "value", "feeds": "url", "tools": "name"}
"""The field by which two records of a list are the same thing."""


@dataclass(slots=True)
class Stated:
    """The value of a fact that stands, where it is from, and what other sources say instead."""

    value: Any
    origin: str
    others: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """What is known about one practice."""

    practice: Practice
    facts: dict[str, Stated] = field(default_factory=dict)
    hints: list[Hint] = field(default_factory=list)
    evidence: list[Pointer] = field(default_factory=list)

    def unmet(self, today: date) -> tuple[UnmetCondition, ...]:
        """The conditions of `implemented` that the facts don't bear out yet."""
        return self.practice.unmet(
            {name: stated.value for name, stated in self.facts.items()},
            today=today,
            version=None,
            version_in_range=lambda _version, _range: True,
        )

    def is_implemented(self, today: date) -> bool:
        """There is evidence, and every condition holds."""
        return not self.practice.is_observation and bool(self.evidence) and not self.unmet(today)

    def missing(self, today: date) -> tuple[str, ...]:
        """The facts that `implemented` needs and lacks; of an observation those that only people know."""
        if self.practice.is_observation:
            names = [name for name, fact in self.practice.facts.items() if fact.type not in {"date", "url"}]
        else:
            names = [condition.fact.partition("[]")[0] for condition in self.unmet(today)]
        return tuple(name for name in dict.fromkeys(names) if name not in self.facts)

    @property
    def is_drafted(self) -> bool:
        """There is something to write down: a fact, or evidence for one that a person has to complete."""
        return bool(self.facts or self.evidence)


def entries_of(
    readings: Sequence[Reading], *, catalogue: Catalogue, link: Callable[[InRepository], str | None]
) -> tuple[dict[str, Entry], tuple[LeftOut, ...]]:
    """One entry per practice of the catalogue, in its order, and what could not be carried."""
    entries = {practice.id: Entry(practice) for practice in catalogue.practices}
    left_out: list[LeftOut] = []
    for practice, found in _chosen(readings):
        take(entries[practice], found, link=link, left_out=left_out)
    for reading in readings:
        for hint in reading.hints:
            entry = entries[hint.practice]
            if hint.text not in {known.text for known in entry.hints}:
                entry.hints.append(hint)
            _add_evidence(entry, hint.evidence)
    return entries, tuple(left_out)


def _chosen(readings: Sequence[Reading]) -> Iterable[tuple[str, Found]]:
    """Every fact with its practice; of practices that stay together those of the fullest reading alone."""
    fullest: dict[str, Reading] = {}
    for reading in readings:
        for practice in _TOGETHER:
            if _count(reading, practice) > (
                _count(fullest[practice], practice) if practice in fullest else 0
            ):
                fullest[practice] = reading
    for reading in readings:
        for found in reading.found:
            if found.practice not in _TOGETHER or fullest[found.practice] is reading:
                yield found.practice, found


def _count(reading: Reading, practice: str) -> int:
    return len({found.fact for found in reading.found if found.practice == practice})


def take(
    entry: Entry, found: Found, *, link: Callable[[InRepository], str | None], left_out: list[LeftOut]
) -> None:
    """Take one fact into its entry; the first value stands, and of two booleans the unkind one."""
    value = found.value
    if isinstance(value, InRepository):
        address = link(value)
        if address is None:
            text = f"{found.fact} is the public address of {value.path}"
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
    standing = entry.facts.get(found.fact)
    if standing is None:
        entry.facts[found.fact] = Stated(value, found.origin)
        _add_evidence(entry, found.evidence)
    elif fact.type == "list":
        if _join(standing, value, found):
            _add_evidence(entry, found.evidence)
    elif standing.value is True and value is False:
        others = [*standing.others, f"{standing.origin} says true instead"]
        entry.facts[found.fact] = Stated(value, found.origin, others)
        _add_evidence(entry, found.evidence)
    elif standing.value != value:
        standing.others.append(f"{found.origin} says {shown(_plain(value))} instead")


def _join(standing: Stated, value: list[Any], found: Found) -> bool:
    """Add what is new; false if nothing is."""
    key = _IDENTITY.get(found.fact)
    known = [_identity(item, key) for item in standing.value]
    fresh = [item for item in value if _identity(item, key) not in known]
    if fresh:
        standing.value = [*standing.value, *fresh]
        standing.origin = f"{standing.origin}, {found.origin}"
    return bool(fresh)


def _identity(item: Any, key: str | None) -> Any:
    return str(item[key]).lower() if key is not None else item


def _add_evidence(entry: Entry, evidence: Pointer | None) -> None:
    if evidence is not None and evidence not in entry.evidence:
        entry.evidence.append(evidence)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cleaned(value: Any) -> Any:
    """The same value with texts on one bounded line of printable characters."""
    if isinstance(value, str):
        return one_line(value)[:MAX_TEXT]
    if isinstance(value, Mapping):
        return {key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
