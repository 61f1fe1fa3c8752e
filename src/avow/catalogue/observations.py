"""A machine's observation inside an evidence file: what was looked at, when, by which tool, with what result.

Signing copies its date, so that signing again never makes it younger; verification compares repository and
commit with the declared scope before it counts as E3 (specification, rule 5).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from avow.formats.json_strict import JsonInvalid, parse
from avow.values import Frozen

MAX_OBSERVATION_BYTES: Final = 16 * 1024 * 1024


class ObservationInvalid(ValueError):
    """The bytes are no Scorecard result, or hold no result of the check that was named."""


class Observation(Frozen):
    """One check of one Scorecard run over one commit of one repository."""

    repository: str
    """As Scorecard writes it: `github.com/owner/name`."""
    commit: str
    observed_at: datetime
    """UTC. Where the file has a day only, the day's first moment: never younger than it was."""
    tool_version: str | None
    check: str | None
    """None: the whole run."""
    score: int | None


def observe(content: bytes, *, check: str | None) -> Observation:
    """What the Scorecard result in `content` says of `check`, or of the run where `check` is None.

    Raises:
        ObservationInvalid: names what is missing.
    Source: ossf/scorecard, JSON output v2 (v4 and v5).
    """
    try:
        value = parse(
            content.removeprefix(b"\xef\xbb\xbf"), source="scorecard", max_bytes=MAX_OBSERVATION_BYTES
        )
    except JsonInvalid as error:
        raise ObservationInvalid(f"not a Scorecard result: {error}") from error
    if not isinstance(value, dict):
        raise ObservationInvalid("not a Scorecard result")
    repository, run = _object(value, "repo"), _object(value, "scorecard")
    score = None if check is None else _score(value, check)
    version = run.get("version")
    return Observation(
        repository=_text(repository, "name", "repo.name"),
        commit=_text(repository, "commit", "repo.commit"),
        observed_at=_moment(_text(value, "date", "date")),
        tool_version=version if isinstance(version, str) else None,
        check=check,
        score=score,
    )


def _score(value: dict[str, Any], check: str) -> int:
    checks = value.get("checks")
    for each in checks if isinstance(checks, list) else ():
        if isinstance(each, dict) and each.get("name") == check:
            score = each.get("score")
            if isinstance(score, int) and not isinstance(score, bool) and score >= 0:
                return score
            raise ObservationInvalid(f"the Scorecard check {check} came to no result")
    raise ObservationInvalid(f"the Scorecard result has no check {check}")


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
    except (ValueError, OverflowError) as error:  # in UTC it may lie before the year 1 or after 9999
        raise ObservationInvalid(f"the Scorecard result's date {text!r} is no date") from error


PRACTICES_OF_CHECK: Final = {
    "Binary-Artifacts": ("SRC-05",),
    "Branch-Protection": ("SRC-02",),
    "CI-Tests": ("TST-01",),
    "Code-Review": ("SRC-03",),
    "Contributors": ("GOV-03",),
    "Dangerous-Workflow": ("REL-06",),
    "Dependency-Update-Tool": ("DEP-03",),
    "Fuzzing": ("TST-02",),
    "License": ("LIC-01",),
    "Maintained": ("GOV-03",),
    "Packaging": ("REL-01",),
    "Pinned-Dependencies": ("REL-06",),
    "SAST": ("TST-02",),
    "SBOM": ("DEP-02",),
    "Security-Policy": ("VUL-01", "VUL-02"),
    "Signed-Releases": ("REL-04",),
    "Token-Permissions": ("REL-06",),
    "Vulnerabilities": ("DEP-04",),
}
"""The practices that a check looks at; its result supports no other."""
