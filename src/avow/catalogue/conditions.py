"""Conditions over facts: the machine-checked part of what `implemented` means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from pydantic import Field

from avow.catalogue.facts import FactType, is_date
from avow.catalogue.licences import is_open
from avow.values import Frozen

Op = Literal[
    "present", "nonEmpty", "empty", "isTrue", "equals", "in", "atLeast", "atMost",
    "versionCovered", "dateAfterEvaluation", "dateByEvaluation", "openLicence",
]  # fmt: skip


class Evaluation(NamedTuple):
    """When, and for which version, conditions are evaluated."""

    today: date
    version: str | None
    version_in_range: Callable[[str, str], bool]

    def covers(self, versions: str) -> bool:
        """The version is in the range `versions`, or no version is given."""
        return self.version is None or self.version_in_range(self.version, versions)


class _Operator(NamedTuple):
    """What an operator requires of a well-typed value, and how a message says so."""

    fact_types: frozenset[str]
    """The fact types it applies to; empty means any."""
    holds: Callable[[Any, tuple[str | int, ...], Evaluation], bool]
    requirement: str


_OPERATORS: Final[Mapping[str, _Operator]] = MappingProxyType(
    {
        "present": _Operator(frozenset(), lambda _value, _allowed, _at: True, "must be given"),
        "nonEmpty": _Operator(
            frozenset({"string", "integer", "digestSet", "list"}),
            lambda value, _allowed, _at: bool(value),
            "must be given and not empty",
        ),
        "empty": _Operator(frozenset({"list"}), lambda value, _allowed, _at: not value, "must be empty"),
        "isTrue": _Operator(
            frozenset({"boolean"}), lambda value, _allowed, _at: value is True, "must be true"
        ),
        "equals": _Operator(
            frozenset({"enum", "integer"}), lambda value, allowed, _at: value in allowed, "must be {allowed}"
        ),
        "in": _Operator(
            frozenset({"enum", "integer"}), lambda value, allowed, _at: value in allowed, "must be {allowed}"
        ),
        "atLeast": _Operator(
            frozenset({"integer"}),
            lambda value, allowed, _at: value >= allowed[0],
            "must be at least {allowed}",
        ),
        "atMost": _Operator(
            frozenset({"integer"}),
            lambda value, allowed, _at: value <= allowed[0],
            "must be at most {allowed}",
        ),
        "openLicence": _Operator(
            frozenset({"spdxExpression"}),
            lambda value, _allowed, _at: is_open(value),
            "must be met by licences that the SPDX list marks as OSI-approved or FSF-libre",
        ),
        "versionCovered": _Operator(
            frozenset({"versRange"}), lambda value, _allowed, at: at.covers(value), "must contain {version}"
        ),
        "dateAfterEvaluation": _Operator(
            frozenset({"date", "dateOrWord"}),
            lambda value, allowed, at: value in allowed or (is_date(value) and _day(value) > at.today),
            "must be a date after {today}{or_allowed}",
        ),
        "dateByEvaluation": _Operator(
            frozenset({"date"}),
            lambda value, _allowed, at: _day(value) <= at.today,
            "must be a date not after {today}",
        ),
    }
)


_NEED_A_VALUE: Final = frozenset({"equals", "in", "atLeast", "atMost"})
_BOUNDS: Final = frozenset({"atLeast", "atMost"})


class Condition(Frozen):
    """One machine-checked part of what `implemented` means.

    `list[].field` is about one item of a list, the same for all conditions on that list; `list[*].field` is
    about every item that is written, and an empty list fulfils it.
    """

    fact: str
    op: Op
    value: str | int | tuple[str | int, ...] | None = None
    once_per: tuple[str, ...] = Field(default=(), alias="oncePer")
    """Fields of the same item: items with equal values in all of them must not both hold (versionCovered)."""

    if_given: bool = Field(default=False, alias="ifGiven")
    """A fact that is left out fulfils it."""
    source: str = ""
    """Who sets the bound; atLeast and atMost need it."""

    @cached_property
    def list_name(self) -> str | None:
        """The name of the list, if this condition is about the items of a list."""
        name, brackets, _ = self.fact.partition("[")
        return name if brackets else None

    @cached_property
    def about_every_item(self) -> bool:
        """It is about all items of the list."""
        return "[*]." in self.fact

    @cached_property
    def name(self) -> str:
        """The name of the fact, or of the field of an item."""
        return self.fact.rpartition("].")[2]

    @cached_property
    def allowed(self) -> tuple[str | int, ...]:
        """The values that satisfy this condition; empty if it lists none."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)

    def holds(self, raw: Any, fact: FactType, at: Evaluation) -> bool:
        """`raw`, of type `fact`, satisfies this condition; a value of the wrong type never does."""
        if raw is None and (self.if_given or self.op == "empty"):
            return True
        if self.op == "empty":  # of the list as it is written: an item that can't be read is not nothing
            return isinstance(raw, list | tuple) and not raw
        value = fact.read(raw)
        if self.op == "present" and fact.type == "list" and value is not None:
            return len(value) == len(raw)
        return value is not None and _OPERATORS[self.op].holds(value, self.allowed, at)

    def problems_with(self, fact: FactType) -> Iterator[str]:
        """Why this condition does not apply to `fact`, or could never hold."""
        if fact.type not in (_OPERATORS[self.op].fact_types or {fact.type}):
            yield f"has the type {fact.type}, to which {self.op} does not apply"
        if (self.op in _NEED_A_VALUE) != bool(self.allowed) and self.op != "dateAfterEvaluation":
            yield "equals, in, atLeast and atMost need a value; the other operators take none"
        if self.value is not None and isinstance(self.value, tuple) == (self.op in {"equals", *_BOUNDS}):
            yield "equals, atLeast and atMost take one value; the other operators take a list"
        if (self.op in _BOUNDS) != bool(self.source):
            yield "atLeast and atMost need a source; the other operators take none"
        yield from (f"can never be {word}" for word in self.allowed if fact.read(word) is None)

    def requirement(self, at: Evaluation) -> str:
        """What this condition requires, as words for people: "must be true"."""
        allowed = " or ".join(str(value) for value in self.allowed)
        return _OPERATORS[self.op].requirement.format(
            allowed=allowed,
            or_allowed=f" or {allowed}" if allowed else "",
            today=at.today,
            version=f"version {at.version}" if at.version else "the version",
        )


def _day(value: str) -> date:
    return date.fromisoformat(value)
