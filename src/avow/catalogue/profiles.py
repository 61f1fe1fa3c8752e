"""Shipped profiles: what a manufacturer asks of a component, read from package data and joined by `extends`.

Source: predicates/profiles/README.md, which says what each key means.
"""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, Literal

from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from avow.catalogue.practices import SHORTEST_DECLARED_AGE_DAYS, Catalogue, load_catalogue
from avow.errors import InputInvalid, Problem
from avow.values import Frozen, nearest
from avow.vocabulary import Strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DEFAULT_MAX_AGE_DAYS: Final = 730
DEFAULT_MAX_VALIDITY_DAYS: Final = 731
"""24 months with a leap day."""

NOT_PROFILES: Final = frozenset({"modifiers"})
"""Files beside the profiles that are none."""


class _ProfileModel(Frozen):
    model_config = ConfigDict(alias_generator=to_camel)


class ProductCondition(_ProfileModel):
    """What must hold over a practice's facts besides the catalogue's own conditions."""

    fact: str = ""
    op: Literal["atLeast", "equals", "coversProductSupport"] | None = None
    value: int | str | None = None
    any_of: tuple[ProductCondition, ...] = ()

    @property
    def needs_product_support(self) -> bool:
        """It compares with the end of the product's own support period."""
        return self.op == "coversProductSupport" or any(each.needs_product_support for each in self.any_of)


class Requirement(Frozen):
    """Everything that is asked about one practice, the profile and the policy's own rows taken together."""

    practice: str
    evidence: Strength = Strength.E0
    """The least verified strength."""
    declared_within_days: int | None = None
    observed_within_days: int | None = None
    bound_to_release: bool = False
    conditions: tuple[ProductCondition, ...] = ()
    relationships: tuple[str, ...] | None = None
    """Only signers with one of these count; None: any that the policy lists."""
    or_else: str = ""

    def joined(self, other: Requirement) -> Requirement:
        """What asks both; nothing is ever lowered."""
        accepted = [each for each in (self.relationships, other.relationships) if each is not None]
        return Requirement(
            practice=self.practice,
            evidence=max(self.evidence, other.evidence),
            declared_within_days=_fewest(self.declared_within_days, other.declared_within_days),
            observed_within_days=_fewest(self.observed_within_days, other.observed_within_days),
            bound_to_release=self.bound_to_release or other.bound_to_release,
            conditions=tuple(dict.fromkeys((*self.conditions, *other.conditions))),
            relationships=tuple(r for r in accepted[0] if all(r in each for each in accepted))
            if accepted
            else None,
            or_else=self.or_else or other.or_else,
        )


class Profile(Frozen):
    """A profile with all that it extends: one requirement per practice."""

    id: str
    required: tuple[Requirement, ...]
    recommended: tuple[str, ...]
    integrator_letters: tuple[str, ...]
    max_age_days: int
    """The signing time may lie at most that far back."""
    max_validity_days: int
    """A statement counts at most that long after its signing time, whatever its `validUntil` says."""


class _Statement(_ProfileModel):
    max_age_days: int | None = Field(default=None, gt=0)
    max_validity_days: int | None = Field(default=None, gt=0)


class _Required(_ProfileModel):
    practices: tuple[str, ...] = Field(min_length=1)
    evidence: Literal[Strength.E0, Strength.E2, Strength.E3, Strength.E4]
    within_days: int | None = Field(default=None, gt=0)
    by: Literal["declarant", "observer"] | None = None
    bound: Literal["release"] | None = None
    condition: ProductCondition | None = None
    relationships: tuple[str, ...] | None = Field(default=None, min_length=1)
    when: Literal["vulnerabilityOpen"] | None = None
    """Whether one is open is not known here, so it is always asked."""
    or_else: str = ""

    def requirements(self, *, max_age_days: int) -> Iterator[Requirement]:
        """One per practice; without a limit of its own, the statement's age limits the review too."""
        without_limit = self.within_days is None and self.bound is None
        declared = max_age_days if without_limit else self.within_days if self.by == "declarant" else None
        for practice in self.practices:
            yield Requirement(
                practice=practice,
                evidence=self.evidence,
                declared_within_days=declared,
                observed_within_days=self.within_days if self.by == "observer" else None,
                bound_to_release=self.bound is not None,
                conditions=() if self.condition is None else (self.condition,),
                relationships=self.relationships,
                or_else=self.or_else,
            )


class _File(_ProfileModel):
    id: str
    for_: str = Field(alias="for")
    extends: str | None = None
    recommended: tuple[str, ...]
    integrator_letters: tuple[str, ...]
    statement: _Statement = _Statement()
    required: tuple[_Required, ...] = ()


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, bytes]:
    folder = resources.files("avow._predicates") / "profiles"
    found = {
        entry.name.removesuffix(".toml"): entry for entry in folder.iterdir() if entry.name.endswith(".toml")
    }
    return {name: found[name].read_bytes() for name in sorted(found) if name not in NOT_PROFILES}


def profile_names() -> tuple[str, ...]:
    """The profiles that are shipped."""
    return tuple(_shipped())


@lru_cache
def load_profile(name: str) -> Profile:
    """The shipped profile of that name.

    Raises:
        InputInvalid: there is none, or the installed files are damaged.
    """
    return read_profile(name, _shipped(), catalogue=load_catalogue())


def read_profile(name: str, files: Mapping[str, bytes], *, catalogue: Catalogue) -> Profile:
    """The profile `name` among `files`, joined with everything that it extends.

    Raises:
        InputInvalid: there is none of that name, or one in the chain has problems; carries all of them.
    """
    chain: list[_File] = []
    following: str | None = name
    while following is not None:
        if following not in files:
            near = nearest(following, files)
            raise InputInvalid(
                f"there is no profile {following}",
                hint=f"did you mean {near}?" if near else f"one of {', '.join(files)}",
            )
        chain.insert(0, _read_file(following, files[following]))
        following = chain[0].extends
        if following in {each.id for each in chain}:
            raise InputInvalid(f"profile {following} extends itself")
    problems = [problem for each in chain for problem in _problems(each, catalogue=catalogue)]
    profile = _joined(name, chain)
    if not profile.required:
        problems.append(Problem(f"{name}.toml", 0, 0, "requires nothing"))
    problems += [
        Problem(
            f"{name}.toml", 0, 0, "no relationship is accepted by all requirements", practice=each.practice
        )
        for each in profile.required
        if each.relationships == ()
    ]
    if problems:
        raise InputInvalid(f"profile {name} has problems", problems=tuple(problems))
    return profile


def _read_file(name: str, content: bytes) -> _File:
    source = f"{name}.toml"
    try:
        # By way of JSON: there pydantic's strict mode takes lists for tuples.
        file = _File.model_validate_json(json.dumps(tomllib.loads(content.decode("utf-8"))))
    except ValidationError as error:
        problems = tuple(
            Problem(source, 0, 0, f"{'.'.join(map(str, each['loc']))}: {each['msg']}")
            for each in error.errors()
        )
        raise InputInvalid(f"profile {name} has problems", problems=problems) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputInvalid(f"{source} is no TOML: {error}") from error
    if file.id != name:
        raise InputInvalid(f"{source} holds profile {file.id}")
    return file


def _problems(file: _File, *, catalogue: Catalogue) -> Iterator[Problem]:
    source = f"{file.id}.toml"
    relationships = catalogue.vocabularies["relationship"]
    for practice in (*file.recommended, *(each for row in file.required for each in row.practices)):
        if catalogue.practice(practice) is None:
            yield Problem(source, 0, 0, "unknown practice", practice=practice)
    for row in file.required:
        where = ", ".join(row.practices)
        if (row.within_days is None) != (row.by is None) or (row.bound is not None and row.by is not None):
            yield Problem(source, 0, 0, "either withinDays and by, or bound, or none of them", practice=where)
        if (
            row.by == "declarant"
            and row.within_days is not None
            and row.within_days < SHORTEST_DECLARED_AGE_DAYS
        ):
            yield Problem(
                source, 0, 0, f"asks a declarant to sign every {row.within_days} days", practice=where
            )
        for unknown in set(row.relationships or ()) - set(relationships):
            yield Problem(source, 0, 0, f"unknown relationship {unknown}", practice=where)


def _joined(name: str, chain: list[_File]) -> Profile:
    max_age_days = _smallest((each.statement.max_age_days for each in chain), default=DEFAULT_MAX_AGE_DAYS)
    required: dict[str, Requirement] = {}
    for file in chain:
        for row in file.required:
            for each in row.requirements(max_age_days=max_age_days):
                known = required.get(each.practice)
                required[each.practice] = known.joined(each) if known else each
    recommended = dict.fromkeys(practice for file in chain for practice in file.recommended)
    return Profile(
        id=name,
        required=tuple(required.values()),
        recommended=tuple(practice for practice in recommended if practice not in required),
        integrator_letters=tuple(sorted({letter for file in chain for letter in file.integrator_letters})),
        max_age_days=max_age_days,
        max_validity_days=_smallest(
            (each.statement.max_validity_days for each in chain), default=DEFAULT_MAX_VALIDITY_DAYS
        ),
    )


def _smallest(limits: Iterable[int | None], *, default: int) -> int:
    return min((limit for limit in limits if limit is not None), default=default)


def _fewest(one: int | None, other: int | None) -> int | None:
    return min((days for days in (one, other) if days is not None), default=None)
