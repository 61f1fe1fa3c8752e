"""Facts: a closed language of types, and the conditions that decide what `implemented` means.

Producers, the JSON Schema and readers mean the same by a type. Nothing here knows a practice or a project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from avow.domain import DIGEST_HEX_LENGTHS, Frozen, is_digest
from avow.vers import VersInvalid, parse_vers

MAX_INTEGER: Final = 2**53 - 1
"""Counts stay exact in readers that turn JSON numbers into doubles.

Source: specification, rule 4; RFC 8259, section 6.
"""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?")
_VERS_EXAMPLE: Final = "write it like vers:pypi/>=2.4|<2.5"


class FactProblem(NamedTuple):
    """One way in which a value is not of its type; `path` leads from the fact to the place, in wire form."""

    path: tuple[str | int, ...]
    message: str
    fix: str


Words = Annotated[Mapping[str, str], AfterValidator(MappingProxyType)]
Facts = Annotated[Mapping[str, "FactType"], AfterValidator(MappingProxyType)]


class FactType(Frozen):
    """The type of a fact: a closed language, so that producers, schema and readers mean the same.

    A list says what it holds in `of`; the keys of that type then stand beside it.
    """

    type: Literal[
        "url", "string", "boolean", "integer", "date", "dateOrWord", "versRange", "digestSet", "enum",
        "list", "record",
    ]  # fmt: skip
    description: str = ""
    of: Literal["url", "string", "enum", "record"] | None = None
    values: tuple[str, ...] = ()
    aliases: Words = Field(default_factory=lambda: MappingProxyType({}))
    words: tuple[str, ...] = ()
    maximum: int = MAX_INTEGER
    fields: Facts = Field(default_factory=lambda: MappingProxyType({}))
    shorthand: tuple[str, ...] = ()
    optional: bool = False
    default: str | None = None

    @model_validator(mode="after")
    def _keys_belong_to_the_type(self) -> Self:
        kind = self.of or self.type
        faults = [
            message
            for wrong, message in (
                ((self.type == "list") != (self.of is not None), "of belongs to a list, and a list needs it"),
                ((kind == "enum") != bool(self.values), "values belong to an enum, and an enum needs them"),
                (
                    (kind == "dateOrWord") != bool(self.words),
                    "words belong to a dateOrWord, which needs them",
                ),
                (
                    (kind == "record") != bool(self.fields),
                    "fields belong to a record, and a record needs them",
                ),
                (
                    bool(self.aliases) and not set(self.aliases.values()) <= set(self.values),
                    "an alias names no value",
                ),
                (self.default is not None and self.default not in self.values, "the default is no value"),
                (self.maximum != MAX_INTEGER and kind != "integer", "maximum belongs to an integer"),
                (
                    bool(self.shorthand) and not self._shorthand_fits(),
                    "shorthand is an enum field and one other",
                ),
            )
            if wrong
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _shorthand_fits(self) -> bool:
        return (
            len(self.shorthand) == 2  # noqa: PLR2004  which, and what
            and set(self.shorthand) <= set(self.fields)
            and self.fields[self.shorthand[0]].type == "enum"
        )

    @cached_property
    def item(self) -> FactType:
        """What one item of this list is; the type itself where it is no list."""
        if self.of is None:
            return self
        return self.model_copy(update={"type": self.of, "of": None, "description": ""})

    def wire(self, written: Any) -> Any:
        """The wire form of what an author wrote: `{atom: URL}` becomes `{kind: atom, url: URL}`.

        A record may name its kind as the key, where the catalogue allows the shorthand. Anything else, also
        what is of the wrong type, comes back as it is, for `problems` to judge.
        """
        if self.type == "list" and isinstance(written, list | tuple):
            return [self.item.wire(entry) for entry in written]
        if not (self.shorthand and isinstance(written, Mapping)):
            return written
        kind, value = self.shorthand
        words = self.fields[kind]
        used = [key for key in written if key in words.values or key in words.aliases]
        if len(used) != 1 or kind in written or value in written:
            return written
        rest = {key: item for key, item in written.items() if key != used[0]}
        return {kind: words.aliases.get(used[0], used[0]), value: written[used[0]], **rest}

    def problems(self, value: Any) -> tuple[FactProblem, ...]:
        """Everything in which `value`, in wire form, differs from this type; empty when it fits."""
        return tuple(self._problems(value, (), tolerant=False))

    def read(self, value: Any) -> Any:
        """`value` if it is of this type, the default if it is absent, `None` if neither.

        Of a list, the items that fit. Unlike for `problems`, unknown fields of a record do no harm.
        Source: specification, parsing rules: a value that is not of its type is no fact.
        """
        if value is None:
            return self.default
        if self.type == "list":
            return tuple(filter(self.item._fits, value)) if isinstance(value, list | tuple) else None  # noqa: SLF001
        return value if self._fits(value) else None

    def _fits(self, value: Any) -> bool:
        return not any(self._problems(value, (), tolerant=True))

    def _problems(self, value: Any, path: tuple[str | int, ...], *, tolerant: bool) -> Iterator[FactProblem]:
        if self.type == "list":
            if not isinstance(value, list | tuple):
                yield FactProblem(
                    path, f"is {named(value)}, not a list", "write one entry per line, each after a dash"
                )
                return
            for index, entry in enumerate(value):
                yield from self.item._problems(entry, (*path, index), tolerant=tolerant)  # noqa: SLF001
        elif self.type == "record":
            yield from self._record_problems(value, path, tolerant=tolerant)
        else:
            message, fix = _SCALARS[self.type](self, value)
            if message:
                yield FactProblem(path, message, fix)

    def _record_problems(
        self, value: Any, path: tuple[str | int, ...], *, tolerant: bool
    ) -> Iterator[FactProblem]:
        if not isinstance(value, Mapping):
            yield FactProblem(path, f"is {named(value)}, not a mapping", f"give {', '.join(self.fields)}")
            return
        for name, field in self.fields.items():
            if name in value:
                yield from field._problems(value[name], (*path, name), tolerant=tolerant)  # noqa: SLF001
            elif not field.optional:
                yield FactProblem(path, f"{name} is missing", field.description)
        for name in value.keys() - self.fields.keys() if not tolerant else ():
            near = nearest(str(name), self.fields)
            fix = f"did you mean {near}?" if near else f"known here: {', '.join(self.fields)}"
            yield FactProblem((*path, name), f"{name} is unknown", fix)


def named(value: Any) -> str:
    """What kind of JSON value this is, in words for people."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "empty"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'"{value}"' if value else "an empty text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def _is_date(value: Any) -> bool:
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _one_of(words: Iterable[str], value: Any) -> str:
    near = nearest(value, words) if isinstance(value, str) else None
    return f"did you mean {near}?" if near else f"one of {', '.join(words)}"


def _day(value: str) -> date:
    return date.fromisoformat(value)


_Check = Callable[[FactType, Any], tuple[str, str]]


def _check_url(_: FactType, value: Any) -> tuple[str, str]:
    fits = isinstance(value, str) and _URL.fullmatch(value) is not None
    return (
        ("", "")
        if fits
        else (f"is {named(value)}, not a URL", "give an http or https address without credentials")
    )


def _check_string(_: FactType, value: Any) -> tuple[str, str]:
    return ("", "") if isinstance(value, str) else (f"is {named(value)}, not text", "put it in quotes")


def _check_boolean(_: FactType, value: Any) -> tuple[str, str]:
    return (
        ("", "")
        if isinstance(value, bool)
        else (f"is {named(value)}, not true or false", "write true or false")
    )


def _check_integer(fact: FactType, value: Any) -> tuple[str, str]:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= fact.maximum
    limit = "" if fact.maximum == MAX_INTEGER else f" up to {fact.maximum}"
    return ("", "") if fits else (f"is {named(value)}, not a whole number", f"write a count{limit}")


def _check_date(_: FactType, value: Any) -> tuple[str, str]:
    return ("", "") if _is_date(value) else (f"is {named(value)}, not a date", 'write "YYYY-MM-DD"')


def _check_date_or_word(fact: FactType, value: Any) -> tuple[str, str]:
    if _is_date(value) or value in fact.words:
        return "", ""
    return (
        f"is {named(value)}, neither a date nor a known word",
        f'write "YYYY-MM-DD" or {_one_of(fact.words, value)}',
    )


def _check_vers_range(_: FactType, value: Any) -> tuple[str, str]:
    if not isinstance(value, str):
        return f"is {named(value)}, not a version range", _VERS_EXAMPLE
    try:
        parse_vers(value)
    except VersInvalid as error:
        return f"is {named(value)}: {error}", error.fix or _VERS_EXAMPLE
    return "", ""


def _check_digest_set(_: FactType, value: Any) -> tuple[str, str]:
    fits = (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(digest, str) and is_digest(str(name), digest) for name, digest in value.items())
    )
    if fits:
        return "", ""
    return (
        f"is {named(value)}, not a set of digests",
        f"write sha256: and 64 hex digits; known: {', '.join(DIGEST_HEX_LENGTHS)}",
    )


def _check_enum(fact: FactType, value: Any) -> tuple[str, str]:
    return (
        ("", "")
        if value in fact.values
        else (f"is {named(value)}, not a known word", _one_of(fact.values, value))
    )


_SCALARS: Final[Mapping[str, _Check]] = MappingProxyType(
    {
        "url": _check_url,
        "string": _check_string,
        "boolean": _check_boolean,
        "integer": _check_integer,
        "date": _check_date,
        "dateOrWord": _check_date_or_word,
        "versRange": _check_vers_range,
        "digestSet": _check_digest_set,
        "enum": _check_enum,
    }
)
"""One check per scalar type: a message and a fix, or two empty texts."""


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
            lambda value, allowed, at: value in allowed or (_is_date(value) and _day(value) > at.today),
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


def _is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return not value and not isinstance(value, bool)


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The word of `among` that was perhaps meant, whatever its case; `None` when nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in among}
    close = get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[close[0]] if close else None
