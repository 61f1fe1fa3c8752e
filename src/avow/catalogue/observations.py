"""A machine observation in an evidence file: what was examined, when, by which tool, with what result.

Signing copies the date of the observation, so signing again never makes it younger. Verification compares
repository and commit with the declared scope before the observation counts as E3 (specification, rule 5).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from avow.formats.json_strict import JsonInvalid, parse
from avow.values import Frozen, freeze, immutable

MAX_OBSERVATION_BYTES: Final = 16 * 1024 * 1024

MAX_OBSERVATION_VALUES: Final = 200_000
"""A result with all details has a few hundred to a few thousand."""


class ObservationInvalid(ValueError):
    """The bytes are not a Scorecard result, or contain no score for the named check."""


class Observation(Frozen):
    """One check of one Scorecard run on one commit of one repository."""

    repository: str
    """As Scorecard writes it: `github.com/owner/name`."""
    commit: str
    observed_at: datetime
    """UTC. If the file gives only a day, this is its first moment, so it never looks younger than it is."""
    tool_version: str | None
    check: str | None
    """`None` means the whole run."""
    score: int | None


class ScorecardResult(Frozen):
    """One Scorecard result, read once for all the checks that it is cited for."""

    repository: str
    commit: str
    observed_at: datetime
    tool_version: str | None
    scores: Mapping[str, Any]
    """By check, as they are in the file; of two with one name the first counts."""

    def observation(self, check: str | None) -> Observation:
        """What it says about `check`, or about the run if `check` is `None`.

        Raises:
            ObservationInvalid: it has no score for `check`.
        """
        score = None
        if check is not None:
            if check not in self.scores:
                raise ObservationInvalid(f"the Scorecard result does not contain the check {check}")
            score = self.scores[check]
            if not isinstance(score, int) or isinstance(score, bool) or score < 0:
                raise ObservationInvalid(f"the Scorecard check {check} is inconclusive")
        return Observation(
            repository=self.repository,
            commit=self.commit,
            observed_at=self.observed_at,
            tool_version=self.tool_version,
            check=check,
            score=score,
        )


def read_scorecard(content: bytes) -> ScorecardResult:
    """The Scorecard result in `content`.

    Raises:
        ObservationInvalid: something is missing; the message names it.
    Source: ossf/scorecard, JSON output v2 (v4 and v5).
    """
    try:
        value = parse(
            content.removeprefix(b"\xef\xbb\xbf"),
            source="scorecard",
            max_bytes=MAX_OBSERVATION_BYTES,
            max_values=MAX_OBSERVATION_VALUES,
        )
    except JsonInvalid as error:
        raise ObservationInvalid(f"not a Scorecard result: {error}") from error
    if not isinstance(value, dict):
        raise ObservationInvalid("not a Scorecard result")
    repository, run = _object(value, "repo"), _object(value, "scorecard")
    version, listed = run.get("version"), value.get("checks")
    checks: list[Any] = listed if isinstance(listed, list) else []
    return ScorecardResult(
        repository=_text(repository, "name", "repo.name"),
        commit=_text(repository, "commit", "repo.commit"),
        observed_at=_moment(_text(value, "date", "date")),
        tool_version=version if isinstance(version, str) else None,
        scores={
            each["name"]: each.get("score")
            for each in reversed(checks)
            if isinstance(each, dict) and isinstance(each.get("name"), str)
        },
    )


def observe(content: bytes, *, check: str | None) -> Observation:
    """What the Scorecard result in `content` says about `check`, or about the run if `check` is `None`.

    Raises:
        ObservationInvalid: something is missing; the message names it.
    """
    return read_scorecard(content).observation(check)


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: dict[str, Any], name: str, place: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise ObservationInvalid(f"the Scorecard result has no {place}")
    return found


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # in UTC it may be before the year 1 or after 9999
        raise ObservationInvalid(f"the date of the Scorecard result, {text!r}, is not a date") from error


class Check(Frozen):
    """What one check of a tool supports, and from which score on."""

    model_config = ConfigDict(alias_generator=to_camel)

    supports: Annotated[Mapping[str, tuple[str, ...]], AfterValidator(freeze)]
    """The facts that it looks at, by practice."""
    at_least: int = Field(ge=1, le=10)
    """A lower score has seen that something is missing."""


class ObservingTool(Frozen):
    """A tool whose results are read, with its checks; those that are not listed show nothing."""

    model_config = ConfigDict(alias_generator=to_camel)

    title: str
    version: str
    evidence_type: str
    url: str
    checks: Annotated[Mapping[str, Check], AfterValidator(MappingProxyType)]


@lru_cache(maxsize=1)
def load_tools() -> Mapping[str, ObservingTool]:
    """The tools of `predicates/observations.toml`, by name; read once per process."""
    text = resources.files("avow._predicates").joinpath("observations.toml").read_text(encoding="utf-8")
    return {name: ObservingTool.model_validate(immutable(each)) for name, each in tomllib.loads(text).items()}


def scorecard_check(name: str | None) -> Check | None:
    """The check of OpenSSF Scorecard with that name, if its result shows anything."""
    return load_tools()["scorecard"].checks.get(name or "")


def score_problem(observation: Observation) -> str:
    """Why the score of the observation's check shows nothing; empty if it shows something."""
    check, score = scorecard_check(observation.check), observation.score
    if check is not None and score is not None and score >= check.at_least:
        return ""
    at_least = check.at_least if check is not None else "none"
    return f"the check {observation.check} has the score {score}, and shows something from {at_least} on"


def checks_about(practice: str) -> tuple[str, ...]:
    """The checks of tools that show something about `practice`, sorted by name."""
    return tuple(
        sorted(
            name
            for tool in load_tools().values()
            for name, check in tool.checks.items()
            if practice in check.supports
        )
    )
