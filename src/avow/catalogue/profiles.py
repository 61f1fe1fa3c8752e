"""The shipped profiles: what a manufacturer requires of a component. A profile can extend another one.

Source: predicates/profiles/README.md, which defines each key.
"""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, Literal

from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from avow.catalogue.practices import SHORTEST_DECLARED_AGE_DAYS, Catalogue, listing_digest, load_catalogue
from avow.errors import InputInvalid, Problem
from avow.values import Frozen, nearest
from avow.vocabulary import Strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DEFAULT_MAX_AGE_DAYS: Final = 730
DEFAULT_MAX_VALIDITY_DAYS: Final = 731
"""24 months with a leap day."""

NOT_PROFILES: Final = frozenset({"modifiers"})
"""Files in the same directory that are not profiles."""


class _ProfileModel(Frozen):
    model_config = ConfigDict(alias_generator=to_camel)


class ProductCondition(_ProfileModel):
    """A condition on the facts of a practice, in addition to the catalogue's own conditions."""

    fact: str = ""
    op: Literal["atLeast", "equals", "coversProductSupport"] | None = None
    value: int | str | None = None
    any_of: tuple[ProductCondition, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that it looks at; an item's field counts as its list."""
        if self.any_of:
            return tuple(name for each in self.any_of for name in each.facts)
        return (self.fact.partition("[].")[0],)

    @property
    def needs_product_support(self) -> bool:
        """The condition compares a date with the end of the product's own support period."""
        return self.op == "coversProductSupport" or any(each.needs_product_support for each in self.any_of)


class Requirement(Frozen):
    """Everything that is required for one practice, by the profile and the policy together."""

    practice: str
    evidence: Strength = Strength.E0
    """The lowest strength of evidence that is enough."""
    declared_within_days: int | None = None
    observed_within_days: int | None = None
    bound_to_release: bool = False
    conditions: tuple[ProductCondition, ...] = ()
    relationships: tuple[str, ...] | None = None
    """Only statements by signers with one of these relationships count; `None` means all allowed signers."""
    or_else: str = ""

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that `conditions` look at; an item's field counts as its list."""
        return tuple(name for each in self.conditions for name in each.facts)

    def joined(self, other: Requirement) -> Requirement:
        """A requirement that includes both; it is never weaker than either."""
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
            or_else=other.or_else if self.or_else and other.or_else else "",
        )


class Profile(Frozen):
    """A profile, merged with every profile that it extends; it has one requirement per practice."""

    id: str
    digest: str
    """SHA-256, hex, of the `sha256sum` listing of its file and of those that it extends, sorted by name."""
    required: tuple[Requirement, ...]
    recommended: tuple[str, ...]
    integrator_letters: tuple[str, ...]
    max_age_days: int
    """A statement may have been made at most this many days ago."""
    max_validity_days: int
    """A statement counts for at most this long after it was made, whatever its `validUntil` says."""


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
    """Whether a vulnerability is open is not known here, so the requirement always applies."""
    or_else: str = ""

    def requirements(self, *, max_age_days: int) -> Iterator[Requirement]:
        """One per practice; without a limit here, the maximum age of the statement also limits the review."""
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
    """The names of the shipped profiles."""
    return tuple(_shipped())


@lru_cache
def load_profile(name: str) -> Profile:
    """The shipped profile of that name.

    Raises:
        InputInvalid: there is no such profile, or the installed files are damaged.
    """
    return read_profile(name, _shipped(), catalogue=load_catalogue())


def read_profile(name: str, files: Mapping[str, bytes], *, catalogue: Catalogue) -> Profile:
    """The profile `name` in `files`, merged with every profile that it extends.

    Raises:
        InputInvalid: there is no such profile, or one in the chain has errors; carries all of them.
    """
    chain: list[_File] = []
    following: str | None = name
    while following is not None:
        if following not in files:
            near = nearest(following, files)
            raise InputInvalid(
                f"unknown profile {following}",
                hint=f"did you mean {near}?" if near else f"use one of {', '.join(files)}",
            )
        chain.insert(0, _read_file(following, files[following]))
        following = chain[0].extends
        if following in {each.id for each in chain}:
            raise InputInvalid(f"profile {following} extends itself, directly or through others")
    problems = [problem for each in chain for problem in _problems(each, catalogue=catalogue)]
    digest = listing_digest({f"{each.id}.toml": files[each.id] for each in chain})
    profile = _joined(name, chain, digest=digest)
    if not profile.required:
        problems.append(Problem(f"{name}.toml", 0, 0, "does not require any practice"))
    problems += [
        Problem(
            f"{name}.toml",
            0,
            0,
            "the requirements have no accepted relationship in common",
            practice=each.practice,
        )
        for each in profile.required
        if each.relationships == ()
    ]
    if problems:
        raise InputInvalid(f"profile {name} has errors", problems=tuple(problems))
    return profile


def _read_file(name: str, content: bytes) -> _File:
    source = f"{name}.toml"
    try:
        # Through JSON, because pydantic's strict mode accepts lists as tuples only there.
        file = _File.model_validate_json(json.dumps(tomllib.loads(content.decode("utf-8"))))
    except ValidationError as error:
        problems = tuple(
            Problem(source, 0, 0, f"{'.'.join(map(str, each['loc']))}: {each['msg']}")
            for each in error.errors()
        )
        raise InputInvalid(f"profile {name} has errors", problems=problems) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputInvalid(f"{source} is not valid TOML: {error}") from error
    if file.id != name:
        raise InputInvalid(f"{source} contains profile {file.id}; file name and id must match")
    return file


def _problems(file: _File, *, catalogue: Catalogue) -> Iterator[Problem]:
    source = f"{file.id}.toml"
    relationships = catalogue.vocabularies["relationship"]
    for practice in (*file.recommended, *(each for rule in file.required for each in rule.practices)):
        if catalogue.practice(practice) is None:
            yield Problem(source, 0, 0, "unknown practice", practice=practice)
    for rule in file.required:
        where = ", ".join(rule.practices)
        if (rule.within_days is None) != (rule.by is None) or (
            rule.bound is not None and rule.by is not None
        ):
            yield Problem(
                source,
                0,
                0,
                "needs withinDays together with by, or bound alone, or none of them",
                practice=where,
            )
        if (
            rule.by == "declarant"
            and rule.within_days is not None
            and rule.within_days < SHORTEST_DECLARED_AGE_DAYS
        ):
            yield Problem(
                source,
                0,
                0,
                f"requires a declarant to sign every {rule.within_days} days; "
                f"the shortest allowed interval is {SHORTEST_DECLARED_AGE_DAYS} days",
                practice=where,
            )
        for unknown in set(rule.relationships or ()) - set(relationships):
            yield Problem(source, 0, 0, f"unknown relationship {unknown}", practice=where)


def _joined(name: str, chain: list[_File], *, digest: str) -> Profile:
    max_age_days = _smallest((each.statement.max_age_days for each in chain), default=DEFAULT_MAX_AGE_DAYS)
    required: dict[str, Requirement] = {}
    for file in chain:
        for rule in file.required:
            for each in rule.requirements(max_age_days=max_age_days):
                known = required.get(each.practice)
                required[each.practice] = known.joined(each) if known else each
    recommended = dict.fromkeys(practice for file in chain for practice in file.recommended)
    return Profile(
        id=name,
        digest=digest,
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
