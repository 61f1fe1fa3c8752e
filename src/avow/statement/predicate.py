"""The wire form of a declaration, read tolerantly: unknown fields are ignored, known ones are typed.

Everything in these models was written by the project and is forgeable; only the signer around it is proven.
Source: predicates/declared-practices/v0.1/spec.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, FailFast, Field
from pydantic.alias_generators import to_camel

from avow.values import freeze
from avow.vocabulary import Status, Strength


class _WireModel(BaseModel):
    """Base of what is read from others: immutable; ignores fields that it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        defer_build=True,
    )


def _written_as(pattern: str, *, what: str) -> BeforeValidator:
    """Pydantic also reads numbers, and text that other readers refuse, as dates."""
    form = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and form.fullmatch(value) is None:
            raise ValueError(f"no {what}")
        if not isinstance(value, str | date):
            raise ValueError(f"no {what}")  # noqa: TRY004  pydantic collects ValueError
        return value

    return BeforeValidator(check)


Moment = Annotated[
    datetime,
    _written_as(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})?",
        what="date and time as RFC 3339 writes them",
    ),
]
"""A moment; that it is in UTC is for `avow.verification.judge` to check, which says so."""

Day = Annotated[date, _written_as(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", what="date as RFC 3339 writes it")]

Json = Annotated[Any, BeforeValidator(freeze)]
"""JSON made immutable."""

JsonObject = Annotated[Mapping[str, Any], AfterValidator(freeze)]
"""A JSON object made immutable."""


class CatalogueReference(_WireModel):
    """The catalogue whose meanings the statuses use."""

    id: str
    version: str
    uri: str | None = None
    digest: Mapping[str, str] = Field(default_factory=lambda: freeze({}))


class Organization(_WireModel):
    """The body the declarant speaks for, as declared."""

    name: str
    legal_entity: bool | None = None
    website: str | None = None


class Declarant(_WireModel):
    """Who says that they speak, and in which relationship; who signed is in the certificate alone."""

    relationship: str
    organization: Organization | None = None
    role: str | None = None
    contact: str | None = None
    funded_by: tuple[str, ...] = ()
    support_offers: tuple[str, ...] = ()
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


class Scope(_WireModel):
    """What the statement speaks about, as a positive list."""

    project: Project
    purls: tuple[str, ...] = ()
    versions: str | None = None
    source: Source | None = None
    known_as: tuple[str, ...] = ()


class Resource(_WireModel):
    """in-toto ResourceDescriptor, the part that is read."""

    uri: str | None = None
    digest: Mapping[str, str] = Field(default_factory=lambda: freeze({}))
    media_type: str | None = None


class Tool(_WireModel):
    """The tool behind a machine observation."""

    name: str
    version: str | None = None


class Evidence(_WireModel):
    """One piece of evidence as its producer describes it; `strength` is the producer's claim."""

    type: str
    strength: Strength = Strength.E0
    resource: Resource
    retrieved_at: Moment | None = None
    tool: Tool | None = None
    observed: JsonObject = Field(default_factory=lambda: freeze({}))


MAX_PRACTICES: Final = 500
MAX_EVIDENCE: Final = 100
"""More entries, or pieces of evidence for one, are refused: anybody can sign a statement with a million.
The catalogue has forty practices, and nobody reads a hundred files for one."""


def _known_status(value: Any) -> Any:
    """A status that a later version may define means unknown here (specification, parsing rules)."""
    return None if isinstance(value, str) and value not in set(Status) else value


class PracticeEntry(_WireModel):
    """What the project declares about one practice."""

    id: str
    status: Annotated[Status | None, BeforeValidator(_known_status)] = None
    """None for an observation, which has facts and no status, and for a status of a later version."""
    implemented_by: str | None = None
    coverage: str | None = None
    reason: str | None = None
    justification: str | None = None
    facts: Json = Field(default_factory=lambda: freeze({}))
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=MAX_EVIDENCE), FailFast()] = ()
    reviewed_at: Day | None = None
    note: str | None = None
    tracking_url: str | None = None


class IntegratorEntry(_WireModel):
    """CRA Annex I Part I (2), one letter: what the component does and what it leaves to the integrator."""

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
    """How far the project looks after its dependencies: purls, each in at most one list."""

    sbom: Resource | None = None
    controlled: tuple[str, ...] = ()
    monitored: tuple[str, ...] = ()
    reported_only: tuple[str, ...] = ()
    not_covered: str | None = None


class PayloadReference(_WireModel):
    """Another statement, by the SHA-256 of its DSSE payload; bundles are malleable and are never cited."""

    payload_sha256: str
    reason: str | None = None


class Predicate(_WireModel):
    """Declared practices v0.1. Core fields are required, everything else is optional."""

    catalogue: CatalogueReference
    declared_at: Moment
    valid_until: Moment
    declarant: Declarant
    scope: Scope
    practices: Annotated[tuple[PracticeEntry, ...], Field(max_length=MAX_PRACTICES), FailFast()]
    limitations: tuple[str, ...]
    integrator: tuple[IntegratorEntry, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    dependency_coverage: DependencyCoverage | None = None
    supersedes: tuple[PayloadReference, ...] = ()
    inherits: tuple[PayloadReference, ...] = ()

    def practice(self, practice_id: str) -> PracticeEntry | None:
        """The entry for `practice_id`; absent means unknown, never anything else."""
        return self._entries.get(practice_id)

    @cached_property
    def _entries(self) -> Mapping[str, PracticeEntry]:
        # Of two entries with one id the first counts; the statement as a whole is refused elsewhere.
        return {entry.id: entry for entry in reversed(self.practices)}


LIMITATION: Final = (
    "Voluntary statement of fact; not a certification, CE marking or guarantee; creates no duty, "
    "support obligation or supplier relationship; signing it makes no one a steward or manufacturer."
)
"""The minimum of every statement's `limitations` (specification, rule 13)."""
