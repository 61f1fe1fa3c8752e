"""The practice catalogue: what can be declared, and what `implemented` means.

It is one TOML file per practice in `predicates/catalogue`, shipped as package data. Reading it reports all
errors of all files together. Nothing here knows a project: facts, dates and versions are arguments.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from avow.catalogue.conditions import Condition, Evaluation
from avow.catalogue.facts import FactProblem, Facts, FactType, Words, described
from avow.errors import InputInvalid, Problem
from avow.values import Frozen, freeze, immutable, nearest
from avow.vocabulary import Outcome

__all__ = [
    "RESERVED_KEYS",
    "VOCABULARIES",
    "Age",
    "Catalogue",
    "CatalogueSource",
    "Condition",
    "CraFact",
    "CrossReference",
    "DiligenceAction",
    "Examples",
    "FactProblem",
    "FactType",
    "Practice",
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
"""Keys of a practice in avow.yaml that are not facts; no fact may have one of these names."""

VOCABULARIES: Final = frozenset(
    {
        "status",
        "notApplicableReason",
        "implementedBy",
        "relationship",
        "requests",
        "evidenceStrength",
        "evidenceType",
        "handling",
        "subjectLevel",
        "tier",
        "observable",
        "relation",
    }
)
"""The closed word lists of the predicate and the catalogue; catalogue.toml defines each of them."""

SHORTEST_DECLARED_AGE_DAYS: Final = 365
"""A declarant is never required to sign more often than this (specification, rule 6)."""

_PRACTICE_FILE = re.compile(r"[A-Z]{3}-\d{2}\.toml")
EXPLAINED_SOURCES: Final = ("orcwg", "bsi", "osps")
"""Catalogues whose entries were each compared with ours: what only overlaps says why."""

_EDITION: Final = r"[0-9]{4}\.[0-9]{2}"
_CRA_ID = re.compile(r"(Annex|Art|Rec)([0-9]+|[IVX]+)((?:\.[A-Za-z0-9]+)*)")


class UnmetCondition(NamedTuple):
    """One condition of `implemented` that the facts do not meet, and the outcome that follows from it."""

    fact: str
    message: str
    outcome: Outcome


class _CatalogueModel(Frozen):
    """Base of the models that are read from catalogue files, whose keys are lowerCamelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class Age(_CatalogueModel):
    """How long a statement about a practice stays fresh: for one release, or some days after a review."""

    bound: Literal["release"] | None = None
    days: int | None = Field(default=None, gt=0)
    by: Literal["declarant", "observer"] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.bound is None) == (self.days is None) or (self.days is None) != (self.by is None):
            raise ValueError('needs either bound = "release", or both days and by')
        if self.by == "declarant" and self.days is not None and self.days < SHORTEST_DECLARED_AGE_DAYS:
            raise ValueError(
                f"a declarant must not have to sign more often than every {SHORTEST_DECLARED_AGE_DAYS} days"
            )
        return self


class CrossReference(NamedTuple):
    """One entry of another catalogue, and how our practice relates to it."""

    source: str
    id: str
    relation: str
    because: str
    """Why neither implies the other; empty if one does, or if that was not compared."""


class _References(_CatalogueModel):
    cra: tuple[str, ...]
    diligence: tuple[str, ...]


_WireFacts = Annotated[Mapping[str, Any], AfterValidator(freeze), Field(min_length=1)]


class Examples(_CatalogueModel):
    """Facts of an invented project, in wire form: for people, and to test the conditions with."""

    suffices: _WireFacts
    """They meet every condition, as of `Catalogue.example_date` and for `Catalogue.example_version`."""
    falls_short: _WireFacts
    """They look like it and don't."""
    because: str = Field(min_length=1)
    """Why they don't."""


class Practice(_CatalogueModel):
    """One practice, or one observation, which has facts and no status."""

    id: str
    slug: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$")
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    risk: str = Field(min_length=1)
    """What can happen where it is missing."""
    risk_sources: tuple[str, ...] = Field(min_length=1)
    """Who says so, as `source:id`; a source is one of `Catalogue.sources`, or `cra`."""
    kind: Literal["practice", "observation"]
    since: str = Field(pattern=f"^{_EDITION}$")
    """The edition of the catalogue that first had this id."""
    retired: str = Field(default="", pattern=f"^({_EDITION})?$")
    """The edition that no longer asks for it; its meaning stays for statements that have it."""
    replaced_by: str = ""
    """The id that took its place."""
    subject_level: str
    tier: str
    asked: bool
    """It is one of the practices that manufacturers ask about most; `avow init` asks about them."""
    observable: str
    observe_by: str = ""
    """For an observation: how to make it."""
    usable_when: tuple[Condition, ...] = ()
    """For an observation: conditions without which it says nothing that anyone can use."""
    implemented_means: str = ""
    implemented_when: tuple[Condition, ...] = ()
    or_implemented_when: tuple[Condition, ...] = ()
    """A second list that may hold instead; a reader that ignores it is stricter, never more lenient."""
    not_applicable_reasons: tuple[str, ...] = ()
    """Reasons for notApplicable that need no confirmation by an integrator."""
    evidence: tuple[str, ...] = Field(min_length=1)
    shown_by: str = Field(min_length=1)
    """In words, what to show so that others can see it."""
    examples: Examples
    next: str = Field(min_length=1)
    """What a manufacturer does when nobody declares the practice."""
    age: Age
    outcomes: Annotated[
        Mapping[str, Literal["shortfall", "declaredGap"]], AfterValidator(MappingProxyType)
    ] = Field(default_factory=lambda: MappingProxyType({}))
    """The outcome in a record if a condition fails because of this word; any other failure is a declaredGap.

    An observation has no conditions; there it is the outcome when one of its facts is this word.
    """
    facts: Facts = Field(min_length=1)
    references: _References
    related: Annotated[
        Mapping[str, Mapping[str, tuple[str, ...]]], AfterValidator(freeze), Field(alias="crossReferences")
    ]
    overlaps_because: Annotated[Mapping[str, Mapping[str, str]], AfterValidator(freeze)] = Field(
        default_factory=lambda: MappingProxyType({})
    )
    """By source and id: what each asks that the other does not."""

    @property
    def group(self) -> str:
        """The first three letters of the id."""
        return self.id[:3]

    @cached_property
    def is_observation(self) -> bool:
        """It has facts and no status."""
        return self.kind == "observation"

    @cached_property
    def deciding_facts(self) -> tuple[str, ...]:
        """The names of the facts that the outcome depends on: those in conditions, all of an observation."""
        if self.is_observation:
            return tuple(self.facts)
        conditions = (*self.implemented_when, *self.or_implemented_when)
        return tuple(dict.fromkeys(each.list_name or each.name for each in conditions))

    @property
    def cra(self) -> tuple[str, ...]:
        """Ids of the requirements of the Regulation that this practice helps a manufacturer to meet."""
        return self.references.cra

    @property
    def diligence(self) -> tuple[str, ...]:
        """Ids of due-diligence actions that this practice helps with."""
        return self.references.diligence

    @property
    def cross_references(self) -> tuple[CrossReference, ...]:
        """Entries of other catalogues, in the order of the file."""
        return tuple(
            CrossReference(
                source, identifier, relation, self.overlaps_because.get(source, {}).get(identifier, "")
            )
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
        """The conditions of `implemented` that `facts`, in wire form, do not meet; empty if all hold.

        Of two alternative lists, the one that is closer to being met is reported.
        `version_in_range(version, range)` says whether a version is in a `vers` range, and never raises.
        Without a version, every range counts as containing it, because a declaration alone does not name one.
        Of an observation these are the conditions without which it says nothing.
        """
        at = Evaluation(today, version, version_in_range)
        first = self._unmet(self._groups[0], facts, at)
        if not (first and self.or_implemented_when):
            return first
        second = self._unmet(self._groups[1], facts, at)
        first_met = len(self.implemented_when) - len(first)
        second_met = len(self.or_implemented_when) - len(second)
        return second if (len(second), first_met) <= (len(first), second_met) else first

    @cached_property
    def _groups(self) -> tuple[tuple[_Group, ...], tuple[_Group, ...]]:
        first = self.usable_when if self.is_observation else self.implemented_when
        return _by_list(first), _by_list(self.or_implemented_when)

    def _unmet(
        self, groups: tuple[_Group, ...], facts: Mapping[str, Any], at: Evaluation
    ) -> tuple[UnmetCondition, ...]:
        found: list[UnmetCondition] = []
        for (name, about_every_item), together in groups:
            if name is None:
                found += self._failures(together, facts, self.facts, at)
            elif about_every_item:
                found += self._unmet_by_any_item(name, together, facts, at)
            else:
                found += self._unmet_by_items(name, together, facts, at)
        return tuple(found)

    def _unmet_by_items(
        self, name: str, conditions: tuple[Condition, ...], facts: Mapping[str, Any], at: Evaluation
    ) -> list[UnmetCondition]:
        """The conditions that the closest item fails; empty if one item meets them all."""
        fact = self.facts[name]
        items: tuple[Mapping[str, Any], ...] = fact.read(facts.get(name)) or ()
        if not items:
            return [UnmetCondition(name, f"{name} has no usable items", self._unless_a_word_says_more)]
        fields = fact.fields
        for condition in conditions:
            if not condition.once_per or at.version is None:
                continue
            holding = [
                item
                for item in items
                if condition.holds(item.get(condition.name), fields[condition.name], at)
            ]
            keys = [tuple(fields[key].read(item.get(key)) for key in condition.once_per) for item in holding]
            if len(set(keys)) < len(keys):
                message = (
                    f"{name} has two items of one {condition.once_per[0]} that contain version {at.version}"
                )
                return [UnmetCondition(condition.fact, message, self._unless_a_word_says_more)]
        order = [condition.fact for condition in conditions]
        return min(
            (self._failures(conditions, item, fields, at) for item in items),
            key=lambda unmet: (
                len(unmet),
                [-order.index(one.fact) for one in unmet],
                [one.outcome is not Outcome.SHORTFALL for one in unmet],
            ),
        )

    def _unmet_by_any_item(
        self, name: str, conditions: tuple[Condition, ...], facts: Mapping[str, Any], at: Evaluation
    ) -> list[UnmetCondition]:
        """The conditions that an item of the list as written fails, of the first item that fails any."""
        fact = self.facts[name]
        written = facts.get(name)
        if written is None:
            return []
        for place, item in enumerate(written if isinstance(written, list | tuple) else [written], start=1):
            if not fact.item.fits(item):
                message = f"{name} has an item that is not usable, the {_ordinal(place)}"
                return [UnmetCondition(name, message, self._unless_a_word_says_more)]
            if unmet := self._failures(conditions, item, fact.fields, at):
                return unmet
        return []

    def _failures(
        self,
        conditions: tuple[Condition, ...],
        values: Mapping[str, Any],
        types: Mapping[str, FactType],
        at: Evaluation,
    ) -> list[UnmetCondition]:
        return [
            UnmetCondition(
                condition.fact,
                f"{condition.fact} {_found(raw)} but {condition.requirement(at)}",
                self._outcome(raw),
            )
            for condition in conditions
            for raw in (values.get(condition.name),)
            if not condition.holds(raw, types[condition.name], at)
        ]

    def negative_words(self, facts: Mapping[str, Any]) -> dict[str, Outcome]:
        """Of an observation, the facts that say no by themselves, and the outcome of each; else empty."""
        if not self.is_observation:
            return {}
        return {
            name: Outcome(self.outcomes[word])
            for name, word in facts.items()
            if isinstance(word, str) and word in self.outcomes
        }

    def _outcome(self, raw: Any) -> Outcome:
        word = self.outcomes.get(raw) if isinstance(raw, str) else None
        return Outcome(word) if word else self._unless_a_word_says_more

    @property
    def _unless_a_word_says_more(self) -> Outcome:
        """Nobody can have a gap in an observation: without its facts nothing is known."""
        return Outcome.UNKNOWN if self.is_observation else Outcome.DECLARED_GAP


_Group = tuple[tuple[str | None, bool], tuple[Condition, ...]]
"""A list and whether all its items are meant, and the conditions on them; None: not about items."""


def _by_list(conditions: tuple[Condition, ...]) -> tuple[_Group, ...]:
    def about(condition: Condition) -> tuple[str | None, bool]:
        return condition.list_name, condition.about_every_item

    return tuple(
        (one, tuple(each for each in conditions if about(each) == one))
        for one in dict.fromkeys(map(about, conditions))
    )


def _ordinal(place: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th") if place % 100 not in {11, 12, 13} else "th"
    return {1: "first", 2: "second", 3: "third"}.get(place, f"{place}{ending}")


def _found(raw: Any) -> str:
    return "is missing" if raw is None else f"is {described(raw)}"


class CatalogueSource(_CatalogueModel):
    """Another catalogue, in the version that our cross-references refer to."""

    title: str
    version: str
    url: str
    note: str = ""


class CraFact(_CatalogueModel):
    """One statement of the Regulation, in our own words."""

    id: str
    addressee: str
    says: str
    question: str = ""
    """The question of an integrator about the component."""
    for_upstream: bool = True
    """False if no declaration of a project can help with it."""

    @property
    def citation(self) -> str:
        """The usual citation: `CRA Art 13(8)`, `CRA Annex I Part II (4)`, `CRA recital 34`."""
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


class DiligenceAction(_CatalogueModel):
    """One due-diligence action that a public source names."""

    id: str
    source: str
    says: str


class _Act(_CatalogueModel):
    title: str
    celex: str
    consolidated: str
    eli: str


class _Head(_CatalogueModel):
    """The content of catalogue.toml."""

    id: str
    version: str
    uri: str
    groups: Words
    vocabularies: Annotated[Mapping[str, Mapping[str, str]], AfterValidator(freeze)]
    sources: Annotated[Mapping[str, CatalogueSource], AfterValidator(MappingProxyType)]
    example_date: date
    """The day as of which the practices' examples are judged."""
    example_version: str
    """The version for which they are."""

    @model_validator(mode="after")
    def _has_all_vocabularies(self) -> Self:
        if missing := VOCABULARIES - self.vocabularies.keys():
            raise ValueError(f"vocabularies does not define {', '.join(sorted(missing))}")
        return self


class _Cra(_CatalogueModel):
    """The content of cra.toml."""

    act: _Act
    facts: Annotated[Mapping[str, CraFact], AfterValidator(MappingProxyType)]
    diligence: Annotated[Mapping[str, DiligenceAction], AfterValidator(MappingProxyType)]


class Catalogue(_Head):
    """All practices in order, the vocabularies, and the entries that references point to."""

    model_config = ConfigDict(validate_by_name=True)

    digest: str
    """SHA-256, hex, of the `sha256sum` listing of the catalogue's files, sorted by name."""
    practices: tuple[Practice, ...]
    act: _Act
    cra: Annotated[Mapping[str, CraFact], AfterValidator(MappingProxyType)]
    diligence: Annotated[Mapping[str, DiligenceAction], AfterValidator(MappingProxyType)]

    @cached_property
    def _by_id(self) -> Mapping[str, Practice]:
        return {practice.id: practice for practice in self.practices if not practice.retired}

    def practice(self, practice_id: str) -> Practice | None:
        """The practice with that id, or `None`; a retired one is as unknown as one that never was."""
        return self._by_id.get(practice_id)

    def nearest(self, practice_id: str) -> str | None:
        """The known id that is most similar, if one is similar enough."""
        return nearest(practice_id, self._by_id)

    def citations(self, practice: Practice) -> tuple[str, ...]:
        """The CRA references of `practice` in their usual form, each once."""
        return self._citations[practice.id]

    @cached_property
    def _citations(self) -> Mapping[str, tuple[str, ...]]:
        return {
            practice.id: tuple(dict.fromkeys(self.cra[reference].citation for reference in practice.cra))
            for practice in self.practices
        }


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """The shipped catalogue; it is read once per process.

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
        InputInvalid: a file has errors; carries all errors of all files.
    """
    problems: list[Problem] = []
    documents = _parse(files, problems)
    head = _build(_Head, "catalogue.toml", documents, problems)
    cra = _build(_Cra, "cra.toml", _with_ids(documents), problems)
    practices = {
        name: practice
        for name in sorted(documents.keys() - {"catalogue.toml", "cra.toml"})
        if (practice := _build(Practice, name, documents, problems)) is not None
    }
    if head is not None and cra is not None:
        problems += _cross_file_problems(practices, head, cra)
    if problems or head is None or cra is None:
        raise InputInvalid(
            "the catalogue has errors", problems=tuple(sorted(problems)), location="predicates/catalogue"
        )
    order = {group: place for place, group in enumerate(head.groups)}
    return Catalogue(
        **{name: getattr(head, name) for name in _Head.model_fields},
        digest=listing_digest(files),
        practices=tuple(sorted(practices.values(), key=lambda one: (order[one.group], one.id))),
        act=cra.act,
        cra=cra.facts,
        diligence=cra.diligence,
    )


def listing_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256, hex, of the `sha256sum` listing of `files`, sorted by name."""
    listing = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256(listing.encode()).hexdigest()


def _parse(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, dict[str, Any]]:
    documents = {}
    for name, content in files.items():
        if name not in {"catalogue.toml", "cra.toml"} and not _PRACTICE_FILE.fullmatch(name):
            problems.append(
                Problem(
                    name,
                    0,
                    0,
                    "does not have the name of a catalogue file",
                    "name it after the practice, like VUL-01.toml",
                )
            )
            continue
        try:
            documents[name] = tomllib.loads(content.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(Problem(name, 0, 0, f"is not valid TOML: {error}"))
    return documents


def _with_ids(documents: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The content of cra.toml, with each entry's key as its id."""
    document = dict(documents.get("cra.toml", {}))
    for section in ("facts", "diligence"):
        table = document.get(section)
        if isinstance(table, dict):
            document[section] = {
                key: {"id": key, **entry} if isinstance(entry, dict) else entry
                for key, entry in table.items()
            }
    return {"cra.toml": document} if document else {}


_Model = TypeVar("_Model", bound=Frozen)


def _build(
    model: type[_Model], name: str, documents: Mapping[str, dict[str, Any]], problems: list[Problem]
) -> _Model | None:
    if name not in documents:
        if not any(problem.source == name for problem in problems):
            problems.append(Problem(name, 0, 0, "is missing"))
        return None
    try:
        return model.model_validate(immutable(documents[name]))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            place = ".".join(str(step) for step in detail["loc"])
            problems.append(Problem(name, 0, 0, f"{place}: {detail['msg']}"))
    return None


def _cross_file_problems(practices: Mapping[str, Practice], head: _Head, cra: _Cra) -> Iterator[Problem]:
    """Problems that show only across files: unknown references, and names that are used twice."""
    slugs: set[str] = set()
    if not practices:
        yield Problem("catalogue.toml", 0, 0, "the catalogue contains no practices")
    for name, practice in practices.items():
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
                "riskSources",
                [each.partition(":")[0] for each in practice.risk_sources],
                {*head.sources, "cra"},
            ),
            (
                "riskSources",
                [
                    name
                    for each in practice.risk_sources
                    for source, _, name in [each.partition(":")]
                    if source == "cra"
                ],
                cra.facts,
            ),
            (
                "relation",
                [entry.relation for entry in practice.cross_references],
                head.vocabularies["relation"],
            ),
        )
        messages = [
            f"{key}: {word} is unknown" for key, words, among in known for word in words if word not in among
        ]
        if f"{practice.id}.toml" != name:
            messages.append(f"id: {practice.id} does not match the file name")
        if practice.slug in slugs:
            messages.append(f"slug: {practice.slug} is used twice")
        slugs.add(practice.slug)
        messages += _lifecycle_problems(practice, head, {each.id for each in practices.values()})
        for message in (*messages, *_practice_problems(practice)):
            yield Problem(name, 0, 0, message)


def _lifecycle_problems(practice: Practice, head: _Head, ids: set[str]) -> Iterator[str]:
    """Editions are those up to this one, in order; a successor exists and is not itself retired."""
    if practice.since > head.version:
        yield f"since: {practice.since} is later than this edition"
    if practice.retired and not practice.since < practice.retired <= head.version:
        yield f"retired: {practice.retired} is not between since and this edition"
    if practice.replaced_by and (not practice.retired or practice.replaced_by not in ids - {practice.id}):
        yield f"replacedBy: {practice.replaced_by} is not another practice, or this one is not retired"


def _reasons(practice: Practice) -> Iterator[str]:
    """Why an entry only overlaps is said of each one that was compared, and of no other."""
    overlapping = {
        (each.source, each.id) for each in practice.cross_references if each.relation == "overlaps"
    }
    wanted = {pair for pair in overlapping if pair[0] in EXPLAINED_SOURCES}
    given = {
        (source, identifier)
        for source, reasons in practice.overlaps_because.items()
        for identifier, reason in reasons.items()
        if reason
    }
    for source, identifier in sorted(wanted - given):
        yield f"overlapsBecause.{source}: {identifier} lacks its reason"
    for source, identifier in sorted(given - overlapping):
        yield f"overlapsBecause.{source}: {identifier} is not listed as overlaps"


def _practice_problems(practice: Practice) -> Iterator[str]:
    declared = bool(practice.implemented_means and practice.implemented_when)
    only_practices_have = (
        practice.implemented_means,
        practice.implemented_when,
        practice.or_implemented_when,
    )
    only_observations_have = practice.observe_by and practice.usable_when
    if practice.is_observation and (not only_observations_have or any(only_practices_have)):
        yield "an observation needs observeBy and usableWhen, and must not define implemented"
    if not practice.is_observation and (not declared or practice.observe_by or practice.usable_when):
        yield "a practice needs implementedMeans and implementedWhen, and neither observeBy nor usableWhen"
    yield from _reasons(practice)
    for facts in (practice.examples.suffices, practice.examples.falls_short):
        yield from (
            f"examples: {name} is not a fact of this practice"
            for name in facts.keys() - practice.facts.keys()
        )
    for name in practice.facts.keys() & RESERVED_KEYS:
        yield f"facts: {name} is a reserved key of every practice"
    seen = [(entry.source, entry.id) for entry in practice.cross_references]
    for source, identifier in {pair for pair in seen if seen.count(pair) > 1}:
        yield f"crossReferences.{source}: {identifier} is listed twice"
    words: set[str] = set()
    for condition in (*practice.usable_when, *practice.implemented_when, *practice.or_implemented_when):
        fact = _fact_of(practice, condition)
        if fact is None:
            yield f"implementedWhen: {condition.fact} is not a fact of this practice"
            continue
        yield from (
            f"implementedWhen: {condition.fact} {problem}" for problem in condition.problems_with(fact)
        )
        fields = practice.facts[condition.list_name].fields if condition.list_name is not None else {}
        unknown = [name for name in condition.once_per if name not in fields]
        yield from (
            f"implementedWhen: {condition.fact} oncePer {name} is not a field of the list" for name in unknown
        )
        words.update(fact.words, fact.values)
    if practice.is_observation:
        words.update(value for fact in practice.facts.values() for value in fact.values)
    for word in practice.outcomes.keys() - words:
        yield f"outcomes: {word} is not a word of any fact that is checked"


def _fact_of(practice: Practice, condition: Condition) -> FactType | None:
    if condition.list_name is None:
        return practice.facts.get(condition.name)
    items = practice.facts.get(condition.list_name)
    return items.fields.get(condition.name) if items is not None else None
