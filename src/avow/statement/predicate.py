"""The wire form of a declaration: unknown fields are ignored, the types of known ones are checked.

The project wrote everything in these models, so it is forgeable; the certificate proves only the signer.
Source: predicates/declared-practices/v0.1/spec.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    StrictBool,
    model_validator,
)
from pydantic.alias_generators import to_camel

from avow.values import freeze
from avow.vocabulary import Status, Strength

MOMENT_PATTERN: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]{1,9})?Z"
"""A date and time as in-toto's Timestamp, without leap seconds."""

_NULL: Final = object()
"""JSON's null, in a form that fits no field, so that the error names the field."""


class _WireModel(BaseModel):
    """Base of models for data from others: immutable, ignores unknown fields.

    A known field of the wrong type makes the whole statement unreadable; null is a wrong type, too.
    Source: declared-practices v0.1, parsing rules.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_no_type(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or None not in value.values():
            return value
        known = {field.alias for field in cls.model_fields.values()}
        return {name: _NULL if each is None and name in known else each for name, each in value.items()}


def _written_as(pattern: str, *, what: str) -> BeforeValidator:
    """A check before pydantic, which also accepts numbers and unusual spellings as dates."""
    form = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and form.fullmatch(value) is None:
            raise ValueError(f"not a {what}")
        if not isinstance(value, str | date):
            raise ValueError(f"not a {what}")  # noqa: TRY004  pydantic collects ValueError
        return value

    return BeforeValidator(check)


Moment = Annotated[
    datetime,
    _written_as(
        MOMENT_PATTERN,
        what="date and time in UTC, in RFC 3339 form",
    ),
]
"""A date and time as in-toto's Timestamp, without leap seconds."""

Day = Annotated[date, _written_as(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", what="date in RFC 3339 form")]

JsonObject = Annotated[Mapping[str, Any], AfterValidator(freeze)]
"""A JSON object, immutable."""


class CatalogueReference(_WireModel):
    """The catalogue that defines the practices."""

    id: str
    version: str
    uri: str | None = None
    digest: Mapping[str, str] = Field(default_factory=lambda: freeze({}))


class Organization(_WireModel):
    """The organization that the declarant claims to speak for."""

    name: str
    legal_entity: StrictBool | None = None
    website: str | None = None


_Texts = Annotated[tuple[str, ...], FailFast()]
"""Of a list with a million wrong items the first one is enough to refuse it."""


class Declarant(_WireModel):
    """The claimed author and their relation to the project; only the certificate proves who signed."""

    relationship: str
    organization: Organization | None = None
    role: str | None = None
    contact: str | None = None
    funded_by: _Texts = ()
    support_offers: _Texts = ()
    requests: str | None = None


class Project(_WireModel):
    """The declared project."""

    name: str
    uri: str | None = None


class Source(_WireModel):
    """The declared source repository and commit."""

    uri: str
    digest: Mapping[str, str] = Field(default_factory=lambda: freeze({}))

    @property
    def commit(self) -> str | None:
        """The declared git commit."""
        return self.digest.get("gitCommit")


MAX_PURLS: Final = 1000
"""More packages in one scope are refused: each is parsed, and anybody can sign a statement with 200,000."""


class Scope(_WireModel):
    """What the statement is about, as a positive list."""

    project: Project
    purls: Annotated[tuple[str, ...], Field(max_length=MAX_PURLS), FailFast()] = ()
    versions: str | None = None
    source: Source | None = None
    known_as: _Texts = ()


class Resource(_WireModel):
    """in-toto's ResourceDescriptor. Only its SHA-256 finds bytes; `content` is never taken for evidence."""

    name: str | None = None
    uri: str | None = None
    digest: Mapping[str, str] = Field(default_factory=lambda: freeze({}))
    content: str | None = None
    download_location: str | None = None
    media_type: str | None = None
    annotations: JsonObject = Field(default_factory=lambda: freeze({}))


class Tool(_WireModel):
    """The tool behind a machine observation."""

    name: str
    version: str | None = None


def _known_strength(value: Any) -> Any:
    """`value`, or E0 for a strength that only a later version may define: no more is claimed."""
    return Strength.E0 if isinstance(value, str) and value not in set(Strength) else value


class Evidence(_WireModel):
    """One piece of evidence as its producer describes it; `strength` is also the producer's claim."""

    type: str
    strength: Annotated[Strength, BeforeValidator(_known_strength)] = Strength.E0
    resource: Resource
    retrieved_at: Moment | None = None
    tool: Tool | None = None
    observed: JsonObject = Field(default_factory=lambda: freeze({}))
    note: str | None = None


MAX_PRACTICES: Final = 500
MAX_EVIDENCE: Final = 100
"""More practices, or more pieces of evidence for one, are refused: anybody can sign a statement with a
million. The catalogue has some forty practices, and nobody reads a hundred files for one of them."""


def _known_status(value: Any) -> Any:
    """`value`, or `None` for a status that only a later version may define (specification, parsing rules)."""
    return None if isinstance(value, str) and value not in set(Status) else value


class PracticeEntry(_WireModel):
    """What the project declares about one practice."""

    id: str
    status: Annotated[Status | None, BeforeValidator(_known_status)] = None
    """None for an observation, which has facts but no status, and for a status of a later version."""
    implemented_by: str | None = None
    coverage: str | None = None
    reason: str | None = None
    justification: str | None = None
    facts: JsonObject = Field(default_factory=lambda: freeze({}))
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=MAX_EVIDENCE), FailFast()] = ()
    reviewed_at: Day | None = None
    note: str | None = None
    tracking_url: str | None = None


class IntegratorEntry(_WireModel):
    """One letter of CRA Annex I Part I (2): what the component does and what it leaves to the integrator."""

    ref: str
    handling: str
    provided: str | None = None
    left_to_integrator: str | None = None
    justification: str | None = None


class Assumption(_WireModel):
    """Something that must hold around the component, and what happens when it does not."""

    id: str
    text: str
    if_violated: str


class DependencyCoverage(_WireModel):
    """Which dependencies the project controls or monitors; each purl is in at most one list."""

    sbom: Resource | None = None
    controlled: _Texts = ()
    monitored: _Texts = ()
    reported_only: _Texts = ()
    not_covered: str | None = None


class PayloadReference(_WireModel):
    """A reference to another statement by the SHA-256 of its DSSE payload, because bundles are malleable."""

    payload_sha256: str
    reason: str | None = None


RELEASE: Final = "release"
PROJECT: Final = "project"

KINDS: Final[Mapping[str, frozenset[str]]] = freeze(
    {
        RELEASE: frozenset({"project", "repository", "releaseLine", "release"}),
        PROJECT: frozenset({"project", "repository"}),
    }
)
"""Each kind of statement, with the subject levels of the practices about which it says something."""


class Predicate(_WireModel):
    """The declared-practices predicate v0.1; core fields are required, all others are optional."""

    specification: ClassVar[str] = "declared-practices v0.1"
    """What a refusal calls the rules that the statement breaks; each predicate type has its own."""

    kind: str = RELEASE
    """`RELEASE`, also where the statement does not say, or `PROJECT`; `validity` refuses other words."""
    catalogue: CatalogueReference
    declared_at: Moment
    valid_until: Moment
    declarant: Declarant
    scope: Scope
    practices: Annotated[tuple[PracticeEntry, ...], Field(max_length=MAX_PRACTICES), FailFast()]
    limitations: _Texts
    integrator: Annotated[tuple[IntegratorEntry, ...], FailFast()] = ()
    assumptions: Annotated[tuple[Assumption, ...], FailFast()] = ()
    dependency_coverage: DependencyCoverage | None = None
    supersedes: Annotated[tuple[PayloadReference, ...], FailFast()] = ()
    inherits: Annotated[tuple[PayloadReference, ...], FailFast()] = ()

    def speaks_of(self, subject_level: str) -> bool:
        """Practices of `subject_level` may be in a statement of this kind; entries of others say nothing."""
        return subject_level in KINDS.get(self.kind, frozenset())

    def practice(self, practice_id: str) -> PracticeEntry | None:
        """The entry for `practice_id`; a missing entry always means unknown."""
        return self._entries.get(practice_id)

    @cached_property
    def _entries(self) -> Mapping[str, PracticeEntry]:
        # Of two entries with one id the first counts; the statement as a whole is refused elsewhere.
        return {entry.id: entry for entry in reversed(self.practices)}


LIMITATION: Final = (
    "Voluntary statement of fact; not a certification, CE marking or guarantee; creates no duty, "
    "support obligation or supplier relationship; signing it makes no one a steward or manufacturer."
)
"""Every statement's `limitations` must contain this text (specification, core fields)."""
