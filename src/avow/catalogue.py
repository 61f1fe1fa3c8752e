"""The practice catalogue: what can be declared, and what `implemented` means.

One TOML file per practice in `predicates/catalogue`, shipped as package data. Reading refuses all faults of
all files at once. Nothing here knows a project: facts, dates and versions come in as arguments.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from avow.domain import DIGEST_HEX_LENGTHS, Frozen, Outcome, freeze, is_digest
from avow.errors import Fault, InputInvalid
from avow.vers import VersInvalid, parse_vers

__all__ = [
    "RESERVED_KEYS",
    "Age",
    "Catalogue",
    "Condition",
    "CraFact",
    "CrossReference",
    "DiligenceAction",
    "FactProblem",
    "FactType",
    "Practice",
    "Source",
    "UnmetCondition",
    "load_catalogue",
    "nearest",
    "read_catalogue",
]

RESERVED_KEYS: Final = frozenset(
    {
        "status",
        "reviewedAt",
        "coverage",
        "reason",
        "justification",
        "implementedBy",
        "note",
        "trackingUrl",
        "evidence",
        "draft",
    }
)
"""Keys of a practice in avow.yaml that are not facts; no fact may be named like one."""

MAX_INTEGER: Final = 2**53 - 1
"""Counts stay exact in readers that turn JSON numbers into doubles.

Source: specification, rule 4; RFC 8259, section 6.
"""

SHORTEST_DECLARED_AGE_DAYS: Final = 365
"""Shorter ages are met by the consumer's own look, never asked of a declarant (specification, rule 6)."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?")
_VERS_EXAMPLE: Final = "write it like vers:pypi/>=2.4|<2.5"
_PRACTICE_FILE = re.compile(r"[A-Z]{3}-\d{2}\.toml")
_CRA_ID = re.compile(r"(Annex|Art|Rec)([0-9]+|[IVX]+)((?:\.[A-Za-z0-9]+)*)")


class FactProblem(NamedTuple):
    """One way in which a value is not of its type; `path` leads from the fact to the place, in wire form."""

    path: tuple[str | int, ...]
    message: str
    fix: str


class UnmetCondition(NamedTuple):
    """One condition of `implemented` that the facts do not bear out, and what a record then says."""

    fact: str
    message: str
    outcome: Outcome


_Words = Annotated[Mapping[str, str], AfterValidator(MappingProxyType)]
_Facts = Annotated[Mapping[str, "FactType"], AfterValidator(MappingProxyType)]


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
    aliases: _Words = Field(default_factory=lambda: MappingProxyType({}))
    words: tuple[str, ...] = ()
    maximum: int = MAX_INTEGER
    fields: _Facts = Field(default_factory=lambda: MappingProxyType({}))
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
                    path, f"is {_named(value)}, not a list", "write one entry per line, each after a dash"
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
            yield FactProblem(path, f"is {_named(value)}, not a mapping", f"give {', '.join(self.fields)}")
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


def _named(value: Any) -> str:
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
        else (f"is {_named(value)}, not a URL", "give an http or https address without credentials")
    )


def _check_string(_: FactType, value: Any) -> tuple[str, str]:
    return ("", "") if isinstance(value, str) else (f"is {_named(value)}, not text", "put it in quotes")


def _check_boolean(_: FactType, value: Any) -> tuple[str, str]:
    return (
        ("", "")
        if isinstance(value, bool)
        else (f"is {_named(value)}, not true or false", "write true or false")
    )


def _check_integer(fact: FactType, value: Any) -> tuple[str, str]:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= fact.maximum
    limit = "" if fact.maximum == MAX_INTEGER else f" up to {fact.maximum}"
    return ("", "") if fits else (f"is {_named(value)}, not a whole number", f"write a count{limit}")


def _check_date(_: FactType, value: Any) -> tuple[str, str]:
    return ("", "") if _is_date(value) else (f"is {_named(value)}, not a date", 'write "YYYY-MM-DD"')


def _check_date_or_word(fact: FactType, value: Any) -> tuple[str, str]:
    if _is_date(value) or value in fact.words:
        return "", ""
    return (
        f"is {_named(value)}, neither a date nor a known word",
        f'write "YYYY-MM-DD" or {_one_of(fact.words, value)}',
    )


def _check_vers_range(_: FactType, value: Any) -> tuple[str, str]:
    if not isinstance(value, str):
        return f"is {_named(value)}, not a version range", _VERS_EXAMPLE
    try:
        parse_vers(value)
    except VersInvalid as error:
        return f"is {_named(value)}: {error}", error.fix or _VERS_EXAMPLE
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
        f"is {_named(value)}, not a set of digests",
        f"write sha256: and 64 hex digits; known: {', '.join(DIGEST_HEX_LENGTHS)}",
    )


def _check_enum(fact: FactType, value: Any) -> tuple[str, str]:
    return (
        ("", "")
        if value in fact.values
        else (f"is {_named(value)}, not a known word", _one_of(fact.values, value))
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


class _FromToml(Frozen):
    """Base of what is read from the catalogue's files: keys are lowerCamelCase there."""

    model_config = ConfigDict(alias_generator=to_camel)


Op = Literal[
    "present", "nonEmpty", "empty", "isTrue", "equals", "in",
    "versionCovered", "dateAfterEvaluation", "dateByEvaluation",
]  # fmt: skip


class _Evaluation(NamedTuple):
    """When, and for which version, conditions are evaluated."""

    today: date
    version: str | None
    version_in_range: Callable[[str, str], bool]

    def covers(self, versions: str) -> bool:
        return self.version is None or self.version_in_range(self.version, versions)


class _Operator(NamedTuple):
    """What an operator asks of a well-typed value, and how that is said to people."""

    asked_of: frozenset[str]
    """Types of facts; empty: any."""
    holds: Callable[[Any, tuple[str | int, ...], _Evaluation], bool]
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


class Condition(_FromToml):
    """One machine-checked part of what `implemented` means; `list[].field` speaks of one item of a list."""

    fact: str
    op: Op
    value: str | int | tuple[str | int, ...] | None = None
    once_per: tuple[str, ...] = ()
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

    def holds(self, raw: Any, fact: FactType, at: _Evaluation) -> bool:
        """`raw`, of type `fact`, satisfies this condition; an ill-typed value satisfies none."""
        if self.op == "empty":
            return raw is None or _is_blank(raw)
        value = fact.read(raw)
        return value is not None and _OPERATORS[self.op].holds(value, self.allowed, at)

    def needs(self, at: _Evaluation) -> str:
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


class Age(_FromToml):
    """How long a word about a practice stays fresh: with a release's digest, or days by someone's look."""

    bound: Literal["release"] | None = None
    days: int | None = Field(default=None, gt=0)
    by: Literal["declarant", "observer"] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.bound is None) == (self.days is None) or (self.days is None) != (self.by is None):
            raise ValueError('either bound = "release", or days and by')
        if self.by == "declarant" and self.days is not None and self.days < SHORTEST_DECLARED_AGE_DAYS:
            raise ValueError(
                f"a declarant is never asked more often than every {SHORTEST_DECLARED_AGE_DAYS} days"
            )
        return self


class CrossReference(NamedTuple):
    """One entry of another catalogue, and how ours relates to it."""

    source: str
    id: str
    relation: str


class _References(_FromToml):
    cra: tuple[str, ...]
    diligence: tuple[str, ...]


class Practice(_FromToml):
    """One practice, or one observation, which has facts and no status."""

    id: str
    slug: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$")
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    kind: Literal["practice", "observation"]
    subject_level: str
    tier: str
    asked: bool
    """`avow init` asks for it first."""
    observable: str
    observe_by: str = ""
    """For an observation: how it is made."""
    implemented_means: str = ""
    implemented_when: tuple[Condition, ...] = ()
    or_implemented_when: tuple[Condition, ...] = ()
    """A second list that may hold instead; a reader that ignores it is stricter, never kinder."""
    not_applicable_reasons: tuple[str, ...] = ()
    """Reasons for notApplicable that need nobody's confirmation."""
    evidence: tuple[str, ...] = Field(min_length=1)
    next: str = Field(min_length=1)
    """What a manufacturer does when nobody says that the practice is in place."""
    age: Age
    outcomes: Annotated[
        Mapping[str, Literal["shortfall", "declaredGap"]], AfterValidator(MappingProxyType)
    ] = Field(default_factory=lambda: MappingProxyType({}))
    """What a record says when a condition fails on this word; any other failure is a declaredGap."""
    facts: _Facts = Field(min_length=1)
    references: _References
    related: Annotated[
        Mapping[str, Mapping[str, tuple[str, ...]]], AfterValidator(freeze), Field(alias="crossReferences")
    ]

    @property
    def group(self) -> str:
        """The first three letters of the id."""
        return self.id[:3]

    @property
    def is_observation(self) -> bool:
        """It has facts and no status."""
        return self.kind == "observation"

    @property
    def cra(self) -> tuple[str, ...]:
        """Ids of what the Regulation asks of a manufacturer and this practice helps with."""
        return self.references.cra

    @property
    def diligence(self) -> tuple[str, ...]:
        """Ids of due-diligence actions that this practice helps with."""
        return self.references.diligence

    @property
    def cross_references(self) -> tuple[CrossReference, ...]:
        """Entries of other catalogues, in the order of the file."""
        return tuple(
            CrossReference(source, identifier, relation)
            for source, relations in self.related.items()
            for relation, identifiers in relations.items()
            for identifier in identifiers
        )

    def unmet(
        self,
        facts: Mapping[str, Any],
        *,
        today: date,
        version: str | None,
        version_in_range: Callable[[str, str], bool],
    ) -> tuple[UnmetCondition, ...]:
        """The conditions of `implemented` that `facts`, in wire form, do not bear out; empty when all hold.

        Of two alternative lists the nearer one speaks. `version_in_range(version, range)` says whether a
        version lies in a `vers` range and never raises. Without a version it is left open whether a range
        contains it: that is what a declaration alone can be checked for. An observation has no conditions.
        """
        at = _Evaluation(today, version, version_in_range)
        first = self._unmet(self.implemented_when, facts, at)
        if not (first and self.or_implemented_when):
            return first
        second = self._unmet(self.or_implemented_when, facts, at)
        first_met = len(self.implemented_when) - len(first)
        second_met = len(self.or_implemented_when) - len(second)
        return second if (len(second), first_met) <= (len(first), second_met) else first

    def _unmet(
        self, conditions: tuple[Condition, ...], facts: Mapping[str, Any], at: _Evaluation
    ) -> tuple[UnmetCondition, ...]:
        found: list[UnmetCondition] = []
        for name in dict.fromkeys(condition.list_name for condition in conditions):
            together = tuple(condition for condition in conditions if condition.list_name == name)
            if name is None:
                found += self._failures(together, facts, self.facts, at)
            else:
                found += self._unmet_by_items(name, together, facts, at)
        return tuple(found)

    def _unmet_by_items(
        self, name: str, conditions: tuple[Condition, ...], facts: Mapping[str, Any], at: _Evaluation
    ) -> list[UnmetCondition]:
        """Why no single item satisfies every condition on it: what the nearest item lacks."""
        fact = self.facts[name]
        items: tuple[Mapping[str, Any], ...] = fact.read(facts.get(name)) or ()
        if not items:
            return [UnmetCondition(name, f"{name} lists nothing", Outcome.DECLARED_GAP)]
        fields = fact.fields
        for condition in conditions:
            holding = [
                item
                for item in items
                if condition.holds(item.get(condition.name), fields[condition.name], at)
            ]
            keys = [tuple(fields[key].read(item.get(key)) for key in condition.once_per) for item in holding]
            if condition.once_per and at.version is not None and len(set(keys)) < len(keys):
                message = (
                    f"{name} has two entries of one {condition.once_per[0]} that contain version {at.version}"
                )
                return [UnmetCondition(condition.fact, message, Outcome.DECLARED_GAP)]
        order = [condition.fact for condition in conditions]
        return min(
            (self._failures(conditions, item, fields, at) for item in items),
            key=lambda unmet: (
                len(unmet),
                [-order.index(one.fact) for one in unmet],
                [one.outcome is not Outcome.SHORTFALL for one in unmet],
            ),
        )

    def _failures(
        self,
        conditions: tuple[Condition, ...],
        values: Mapping[str, Any],
        types: Mapping[str, FactType],
        at: _Evaluation,
    ) -> list[UnmetCondition]:
        failing = (
            (c, values.get(c.name)) for c in conditions if not c.holds(values.get(c.name), types[c.name], at)
        )
        return [
            UnmetCondition(
                condition.fact,
                f"{condition.fact} {_found(raw)}; implemented needs {condition.needs(at)}",
                self._outcome(raw),
            )
            for condition, raw in failing
        ]

    def _outcome(self, raw: Any) -> Outcome:
        word = self.outcomes.get(raw) if isinstance(raw, str) else None
        return Outcome(word) if word else Outcome.DECLARED_GAP


def _found(raw: Any) -> str:
    return "is missing" if raw is None else f"is {_named(raw)}"


class Source(_FromToml):
    """Another catalogue, at the version against which cross-references were made."""

    title: str
    version: str
    url: str
    note: str = ""


class CraFact(_FromToml):
    """One thing that the Regulation says, in our own words."""

    id: str
    addressee: str
    says: str
    question: str = ""
    """What an integrator asks about the component."""
    for_upstream: bool = True
    """False where nothing that a project declares can help."""

    @property
    def citation(self) -> str:
        """How people cite it: `CRA Art 13(8)`, `CRA Annex I Part II (4)`, `CRA recital 34`."""
        match = _CRA_ID.fullmatch(self.id)
        if match is None:
            return f"CRA {self.id}"
        unit, number, rest = match.groups()
        points = rest.split(".")[1:]
        if unit == "Rec":
            return f"CRA recital {number}"
        if unit == "Annex" and points and number == "I":
            number = f"I Part {points.pop(0)}"
        joined = "".join(f"({point})" for point in points)
        return f"CRA Art {number}{joined}" if unit == "Art" else f"CRA Annex {number} {joined}"


class DiligenceAction(_FromToml):
    """One action of due diligence that a public source names."""

    id: str
    source: str
    says: str


class _Act(_FromToml):
    title: str
    celex: str
    consolidated: str
    eli: str


class _Head(_FromToml):
    """catalogue.toml."""

    id: str
    version: str
    uri: str
    groups: _Words
    vocabularies: Annotated[Mapping[str, Mapping[str, str]], AfterValidator(freeze)]
    sources: Annotated[Mapping[str, Source], AfterValidator(MappingProxyType)]


class _Cra(_FromToml):
    """cra.toml."""

    act: _Act
    facts: Annotated[Mapping[str, CraFact], AfterValidator(MappingProxyType)]
    diligence: Annotated[Mapping[str, DiligenceAction], AfterValidator(MappingProxyType)]


class Catalogue(_Head):
    """All practices in order, the vocabularies of the predicate, and what references resolve to."""

    digest: str
    """SHA-256, hex, of the `sha256sum` listing of the catalogue's files, sorted by name."""
    practices: tuple[Practice, ...]
    act: _Act
    cra: Annotated[Mapping[str, CraFact], AfterValidator(MappingProxyType)]
    diligence: Annotated[Mapping[str, DiligenceAction], AfterValidator(MappingProxyType)]

    @cached_property
    def _by_id(self) -> Mapping[str, Practice]:
        return {practice.id: practice for practice in self.practices}

    def practice(self, practice_id: str) -> Practice | None:
        """The practice of that id; there may be none."""
        return self._by_id.get(practice_id)

    def nearest(self, practice_id: str) -> str | None:
        """The id that was perhaps meant."""
        return nearest(practice_id, self._by_id)

    def citations(self, practice: Practice) -> tuple[str, ...]:
        """The CRA references of `practice` as people cite them."""
        return tuple(dict.fromkeys(self.cra[reference].citation for reference in practice.cra))


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The word of `among` that was perhaps meant, whatever its case; `None` when nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in among}
    close = get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[close[0]] if close else None


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """The catalogue that is shipped; read once per process.

    Raises:
        InputInvalid: the installed files are damaged.
    """
    folder = resources.files("avow._predicates") / "catalogue"
    return read_catalogue(
        {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".toml")}
    )


def read_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """The catalogue in `files`, by file name: catalogue.toml, cra.toml and one file per practice.

    Raises:
        InputInvalid: with every fault of every file.
    """
    faults: list[Fault] = []
    documents = _parse(files, faults)
    head = _build(_Head, "catalogue.toml", documents, faults)
    cra = _build(_Cra, "cra.toml", _with_ids(documents), faults)
    practices = [
        practice
        for name in sorted(documents.keys() - {"catalogue.toml", "cra.toml"})
        if (practice := _build(Practice, name, documents, faults)) is not None
    ]
    if head is not None and cra is not None:
        order = {group: place for place, group in enumerate(head.groups)}
        practices.sort(key=lambda practice: (order.get(practice.group, len(order)), practice.id))
        faults += _faults_between(practices, head, cra)
    if faults or head is None or cra is None:
        raise InputInvalid(
            "the catalogue can't be used", faults=tuple(sorted(faults)), location="predicates/catalogue"
        )
    return Catalogue(
        **{name: getattr(head, name) for name in _Head.model_fields},
        digest=_listing_digest(files),
        practices=tuple(practices),
        act=cra.act,
        cra=cra.facts,
        diligence=cra.diligence,
    )


def _listing_digest(files: Mapping[str, bytes]) -> str:
    listing = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256(listing.encode()).hexdigest()


def _parse(files: Mapping[str, bytes], faults: list[Fault]) -> dict[str, dict[str, Any]]:
    documents = {}
    for name, content in files.items():
        if name not in {"catalogue.toml", "cra.toml"} and not _PRACTICE_FILE.fullmatch(name):
            faults.append(
                Fault(name, 0, 0, "is no file of a catalogue", "name a practice's file like VUL-01.toml")
            )
            continue
        try:
            documents[name] = tomllib.loads(content.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            faults.append(Fault(name, 0, 0, f"is no TOML: {error}"))
    return documents


def _with_ids(documents: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """cra.toml with each entry's key as its id."""
    document = documents.get("cra.toml", {})
    tables = {
        section: {key: {"id": key, **entry} for key, entry in table.items() if isinstance(entry, dict)}
        for section, table in document.items()
        if section in {"facts", "diligence"} and isinstance(table, dict)
    }
    return {"cra.toml": document | tables} if document else {}


_Model = TypeVar("_Model", bound=Frozen)


def _build(
    model: type[_Model], name: str, documents: Mapping[str, dict[str, Any]], faults: list[Fault]
) -> _Model | None:
    if name not in documents:
        if not any(fault.source == name for fault in faults):
            faults.append(Fault(name, 0, 0, "is missing"))
        return None
    try:
        return model.model_validate(_tuples(documents[name]))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            place = ".".join(str(step) for step in detail["loc"])
            faults.append(Fault(name, 0, 0, f"{place}: {detail['msg']}"))
    return None


def _tuples(value: Any) -> Any:
    """TOML arrays as tuples: the models are strict, and immutable."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _faults_between(practices: list[Practice], head: _Head, cra: _Cra) -> Iterator[Fault]:
    """What no file can know alone: references that lead nowhere, and names used twice."""
    slugs: set[str] = set()
    for practice in practices:
        known: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
            ("group", [practice.group], head.groups),
            ("subjectLevel", [practice.subject_level], head.vocabularies["subjectLevel"]),
            ("tier", [practice.tier], head.vocabularies["tier"]),
            ("observable", [practice.observable], head.vocabularies["observable"]),
            ("evidence", practice.evidence, head.vocabularies["evidenceType"]),
            (
                "notApplicableReasons",
                practice.not_applicable_reasons,
                head.vocabularies["notApplicableReason"],
            ),
            ("references.cra", practice.cra, cra.facts),
            ("references.diligence", practice.diligence, cra.diligence),
            ("crossReferences", practice.related, head.sources),
            (
                "relation",
                [entry.relation for entry in practice.cross_references],
                head.vocabularies["relation"],
            ),
        )
        messages = [
            f"{key}: {word} is unknown" for key, words, among in known for word in words if word not in among
        ]
        if practice.slug in slugs:
            messages.append(f"slug: {practice.slug} is used twice")
        slugs.add(practice.slug)
        for message in (*messages, *_faults_within(practice)):
            yield Fault(f"{practice.id}.toml", 0, 0, message)


def _faults_within(practice: Practice) -> Iterator[str]:
    declared = bool(practice.implemented_means and practice.implemented_when)
    only_practices_have = (
        practice.implemented_means,
        practice.implemented_when,
        practice.or_implemented_when,
    )
    if practice.is_observation and (not practice.observe_by or any(only_practices_have)):
        yield "an observation says observeBy, and nothing about implemented"
    if not practice.is_observation and (not declared or practice.observe_by):
        yield "a practice needs implementedMeans and implementedWhen, and no observeBy"
    for name in practice.facts.keys() & RESERVED_KEYS:
        yield f"facts: {name} is a key of every practice"
    seen = [(entry.source, entry.id) for entry in practice.cross_references]
    for source, identifier in {pair for pair in seen if seen.count(pair) > 1}:
        yield f"crossReferences.{source}: {identifier} stands twice"
    words: set[str] = set()
    for condition in (*practice.implemented_when, *practice.or_implemented_when):
        fact = _fact_of(practice, condition)
        if fact is None:
            yield f"implementedWhen: {condition.fact} is no fact of this practice"
            continue
        yield from _condition_faults(practice, condition, fact)
        words.update(fact.words, fact.values)
    for word in practice.outcomes.keys() - words:
        yield f"outcomes: {word} is no word of a fact in implementedWhen"


def _fact_of(practice: Practice, condition: Condition) -> FactType | None:
    if condition.list_name is None:
        return practice.facts.get(condition.name)
    rows = practice.facts.get(condition.list_name)
    return rows.fields.get(condition.name) if rows is not None else None


def _condition_faults(practice: Practice, condition: Condition, fact: FactType) -> Iterator[str]:
    place = f"implementedWhen: {condition.fact}"
    if fact.type not in (_OPERATORS[condition.op].asked_of or {fact.type}):
        yield f"{place} is a {fact.type}, of which {condition.op} can't be asked"
    if (condition.op in {"equals", "in"}) != bool(
        condition.allowed
    ) and condition.op != "dateAfterEvaluation":
        yield f"{place}: equals and in need a value, other operators take none"
    if isinstance(condition.value, tuple) == (condition.op == "equals") and condition.value is not None:
        yield f"{place}: equals takes one value, other operators a list"
    yield from (f"{place}: {word} can never be" for word in condition.allowed if fact.read(word) is None)
    fields = practice.facts[condition.list_name].fields if condition.list_name is not None else {}
    yield from (f"{place}: oncePer {name} is no field" for name in condition.once_per if name not in fields)
