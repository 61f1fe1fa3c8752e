"""Conditions over facts: the machine-checked part of what `implemented` means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from pydantic import Field

from avow.catalogue.facts import FactType, is_date
from avow.values import Frozen

Op = Literal[
    "present", "nonEmpty", "empty", "isTrue", "equals", "in",
    "versionCovered", "dateAfterEvaluation", "dateByEvaluation",
]  # fmt: skip


class Evaluation(NamedTuple):
    """When, and for which version, conditions are evaluated."""

    today: date
    version: str | None
    version_in_range: Callable[[str, str], bool]

    def covers(self, versions: str) -> bool:
        """The version lies in `versions`, or it is left open which version is meant."""
        return self.version is None or self.version_in_range(self.version, versions)


class _Operator(NamedTuple):
    """What an operator asks of a well-typed value, and how that is said to people."""

    asked_of: frozenset[str]
    """Types of facts; empty: any."""
    holds: Callable[[Any, tuple[str | int, ...], Evaluation], bool]
    needs: str


_OPERATORS: Final[Mapping[str, _Operator]] = MappingProxyType(
    {
        "present": _Operator(frozenset(), lambda _value, _allowed, _at: True, "it to be given"),
        "nonEmpty": _Operator(
            frozenset({"string", "integer", "digestSet", "list"}),
            lambda value, _allowed, _at: not _is_blank(value),
            "it to be given and not empty",
        ),
        "empty": _Operator(
            frozenset({"string", "list"}), lambda value, _allowed, _at: _is_blank(value), "it to be empty"
        ),
        "isTrue": _Operator(
            frozenset({"boolean"}), lambda value, _allowed, _at: value is True, "it to be true"
        ),
        "equals": _Operator(
            frozenset({"enum", "integer"}), lambda value, allowed, _at: value in allowed, "it to be {allowed}"
        ),
        "in": _Operator(
            frozenset({"enum", "integer"}), lambda value, allowed, _at: value in allowed, "it to be {allowed}"
        ),
        "versionCovered": _Operator(
            frozenset({"versRange"}), lambda value, _allowed, at: at.covers(value), "it to contain {version}"
        ),
        "dateAfterEvaluation": _Operator(
            frozenset({"date", "dateOrWord"}),
            lambda value, allowed, at: value in allowed or (is_date(value) and _day(value) > at.today),
            "a date after {today}{or_allowed}",
        ),
        "dateByEvaluation": _Operator(
            frozenset({"date"}),
            lambda value, _allowed, at: _day(value) <= at.today,
            "a date not after {today}",
        ),
    }
)


class Condition(Frozen):
    """One machine-checked part of what `implemented` means; `list[].field` speaks of one item of a list."""

    fact: str
    op: Op
    value: str | int | tuple[str | int, ...] | None = None
    once_per: tuple[str, ...] = Field(default=(), alias="oncePer")
    """Fields of the same item: no two items that agree in all of them may both hold (versionCovered)."""

    @property
    def list_name(self) -> str | None:
        """The list of whose items this speaks, if it speaks of items."""
        name, brackets, _ = self.fact.partition("[].")
        return name if brackets else None

    @property
    def name(self) -> str:
        """The fact, or the field of an item."""
        return self.fact.rpartition("[].")[2]

    @property
    def allowed(self) -> tuple[str | int, ...]:
        """The values that satisfy this condition, where it lists any."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)

    def holds(self, raw: Any, fact: FactType, at: Evaluation) -> bool:
        """`raw`, of type `fact`, satisfies this condition; an ill-typed value satisfies none."""
        if self.op == "empty":
            return raw is None or _is_blank(raw)
        value = fact.read(raw)
        return value is not None and _OPERATORS[self.op].holds(value, self.allowed, at)

    def misfits(self, fact: FactType) -> Iterator[str]:
        """Why this condition can't be asked of `fact`, or could never hold."""
        if fact.type not in (_OPERATORS[self.op].asked_of or {fact.type}):
            yield f"is a {fact.type}, of which {self.op} can't be asked"
        if (self.op in {"equals", "in"}) != bool(self.allowed) and self.op != "dateAfterEvaluation":
            yield "equals and in need a value, other operators take none"
        if self.value is not None and isinstance(self.value, tuple) == (self.op == "equals"):
            yield "equals takes one value, other operators a list"
        yield from (f"can never be {word}" for word in self.allowed if fact.read(word) is None)

    def needs(self, at: Evaluation) -> str:
        """What this condition asks, in words for people."""
        allowed = " or ".join(str(value) for value in self.allowed)
        return _OPERATORS[self.op].needs.format(
            allowed=allowed,
            or_allowed=f" or {allowed}" if allowed else "",
            today=at.today,
            version=f"version {at.version}" if at.version else "the version",
        )


def _day(value: str) -> date:
    return date.fromisoformat(value)


def _is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return not value and not isinstance(value, bool)
