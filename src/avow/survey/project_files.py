"""What projects and public services publish unsigned: Security Insights, a checkout, Scorecard results.

The readers are those that draft a declaration (`avow.drafting`), so the same facts are found, and what may be
about another repository or has expired is left out for the same reasons. Nobody declared anything by it: the
facts are what the files show.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import msgspec

from avow.catalogue.observations import ObservationInvalid, read_scorecard, scorecard_check
from avow.catalogue.practices import Catalogue
from avow.declaration.avow_yaml import parse_declaration
from avow.drafting.checkout import open_checkout
from avow.drafting.draft import Draft, draft
from avow.drafting.found import MAX_SOURCE_BYTES, Document, day_of
from avow.drafting.readers.manifests import MANIFESTS
from avow.drafting.readers.scorecard import is_scorecard
from avow.drafting.readers.security_insights import is_security_insights
from avow.errors import InputInvalid, shortened
from avow.formats.purl import Purl, parse_purl
from avow.formats.repository import normal_repository
from avow.record import Said
from avow.transparency.backend import CLOCK_SKEW
from avow.values import latest_date_on_earth, thaw
from avow.vocabulary import Voice

SECURITY_INSIGHTS: Final = "security-insights"
CHECKOUT: Final = "checkout"
SCORECARD: Final = "scorecard"

STATED: Final = "stated"
"""The status of what unsigned files show: nobody declared it."""
OBSERVED: Final = "observed"
"""The status of what a tool saw; its score is among the facts, and may be a bad one."""

_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_HIGHEST: Final = 10
_DAY: Final = re.compile(
    r"^ {0,8}(?P<name>last-reviewed|last-updated|expiration-date):\s*['\"]?(?P<day>\d{4}-\d{2}-\d{2})",
    re.MULTILINE,
)
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One unsigned file, or one checkout, and the repository that it is about."""

    kind: str
    voice: Voice
    source: str
    sha256: str
    """Empty for a checkout."""
    repository: str
    """Normalised; empty if it names none."""
    purl: Purl | None = None
    """The one package that it names, without a version."""
    dated: datetime | None = None
    valid_until: date | None = None
    note: str = ""
    said: tuple[Said, ...] = ()


def is_checkout(directory: Path) -> bool:
    """A git repository, or source code with the manifest of a package at its top."""
    if (directory / ".git").exists():
        return True
    try:
        return any(MANIFESTS.fullmatch(entry.name) for entry in directory.iterdir() if entry.is_file())
    except OSError:
        return False


def is_project_file(name: str, content: bytes) -> bool:
    """`content` is a Security Insights file or a Scorecard result, sound or not."""
    if len(content) > MAX_SOURCE_BYTES:
        return False
    document = Document(path=name, data=content)
    return is_security_insights(document) if _is_yaml(name) else is_scorecard(document)


def read_project_file(
    name: str, content: bytes, *, source: str, catalogue: Catalogue, now: datetime
) -> ProjectFile:
    """What the file called `name` says, for which `is_project_file` holds.

    Raises:
        InputInvalid: it names no project, or nothing in it can be used; says why.
    """
    if _is_yaml(name):
        return _security_insights(name, content, source=source, catalogue=catalogue, now=now)
    return _scorecard(content, source=source, catalogue=catalogue, now=now)


def read_checkout(directory: Path, *, catalogue: Catalogue, now: datetime) -> ProjectFile:
    """What the files of a checkout show.

    Raises:
        InputInvalid: it can't be opened, nothing in it can be read, or reading takes too long.
    """
    checkout = open_checkout(directory)
    today = latest_date_on_earth(now)
    drafted = draft(checkout, (), catalogue=catalogue, today=today, relationship=_SOMEBODY)
    project, said = _drafted(drafted, source=str(directory), catalogue=catalogue, today=today)
    day = checkout.last_commit
    return ProjectFile(
        kind=CHECKOUT,
        voice=Voice.PROJECT_UNSIGNED,
        source=str(directory),
        sha256="",
        repository=normal_repository(checkout.remote or "") or project.repository,
        purl=project.purl,
        dated=datetime.combine(day, time(), tzinfo=UTC) if day is not None else None,
        note="; ".join(part for part in (_commit(checkout.commit), _ended(drafted)) if part),
        said=said,
    )


def _commit(commit: str | None) -> str:
    return f"files as they are in the checkout of commit {commit}" if commit else ""


_SOMEBODY: Final = "contributor"
"""A draft has a declarant; what is read from it here does not depend on the word."""


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yml", ".yaml"))


# ---- Security Insights -----------------------------------------------------------------------------------


def _security_insights(
    name: str, content: bytes, *, source: str, catalogue: Catalogue, now: datetime
) -> ProjectFile:
    document, today = Document(path=name, data=content), latest_date_on_earth(now)
    drafted = draft(None, (document,), catalogue=catalogue, today=today, relationship=_SOMEBODY)
    project, said = _drafted(drafted, source=source, catalogue=catalogue, today=today)
    if not said:
        why = "; ".join(f"{each.origin} {each.why}" for each in drafted.left_out[:_SHOWN])
        raise InputInvalid(f"nothing in it can be used: {why or 'it states no fact'}", location=source)
    if not project.repository:
        raise InputInvalid("it names no repository, so it is not known whose it is", location=source)
    days = {match["name"]: day_of(match["day"]) for match in _DAY.finditer(document.text)}
    day = days.get("last-reviewed") or days.get("last-updated")
    return ProjectFile(
        kind=SECURITY_INSIGHTS,
        voice=Voice.PROJECT_UNSIGNED,
        source=source,
        sha256=hashlib.sha256(content).hexdigest(),
        repository=project.repository,
        purl=project.purl,
        dated=datetime.combine(day, time(), tzinfo=UTC) if day is not None else None,
        valid_until=days.get("expiration-date"),
        note="; ".join(part for part in (_left_out(drafted), _ended(drafted)) if part),
        said=said,
    )


@dataclass(frozen=True, slots=True)
class _Project:
    """Whose the facts of a draft are."""

    repository: str
    purl: Purl | None


def _drafted(
    drafted: Draft, *, source: str, catalogue: Catalogue, today: date
) -> tuple[_Project, tuple[Said, ...]]:
    """The facts in a draft; read from the draft itself, so they are exactly those that `avow init` writes."""
    declared = parse_declaration(
        drafted.declaration.encode(), source=source, catalogue=catalogue, today=today
    )
    said = tuple(
        Said(
            practice=entry.id,
            name=_title(entry.id, catalogue),
            status=STATED,
            facts=tuple((fact, fact_text(value)) for fact, value in entry.facts.items()),
        )
        for entry in declared.practices
        if entry.facts
    )
    repository = normal_repository(f"git+{declared.project.source}") if declared.project.source else ""
    named = declared.project.purl  # its reader refuses all but the canonical form
    return _Project(repository, None if named is None else parse_purl(named)), said


def _left_out(drafted: Draft) -> str:
    count = len(drafted.left_out)
    return f"{count} {'value' if count == 1 else 'values'} in it could not be used" if count else ""


def _ended(drafted: Draft) -> str:
    return f"it may have ended: {drafted.ended[0]}" if drafted.ended else ""


def _title(practice: str, catalogue: Catalogue) -> str:
    known = catalogue.practice(practice)
    return known.title if known is not None else ""


def fact_text(value: Any) -> str:
    """One fact as a short text; lists and records as JSON."""
    plain = thaw(value)
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, str | int | date):
        return shortened(str(plain))
    return shortened(msgspec.json.encode(plain).decode())


# ---- Scorecard -------------------------------------------------------------------------------------------


def _scorecard(content: bytes, *, source: str, catalogue: Catalogue, now: datetime) -> ProjectFile:
    """The checks of one run, by the practices that they say something about.

    Source: ossf/scorecard, JSON output v2: -1 is a check that could not tell.
    """
    try:
        found = read_scorecard(content)
    except ObservationInvalid as error:
        raise InputInvalid(str(error), location=source) from error
    repository = normal_repository(f"git+https://{found.repository}") if "://" not in found.repository else ""
    if not repository:
        raise InputInvalid(
            f"it names no project: its repository is {shortened(found.repository)}", location=source
        )
    if not _COMMIT.fullmatch(found.commit):
        raise InputInvalid(
            f"it does not say which commit was looked at: {shortened(found.commit)}", location=source
        )
    if found.observed_at > now + CLOCK_SKEW:
        raise InputInvalid(f"its date, {found.observed_at:%Y-%m-%d}, is in the future", location=source)
    said, unused = _scores(found.scores, catalogue)
    commit = f"run on commit {found.commit}"
    return ProjectFile(
        kind=SCORECARD,
        voice=Voice.THIRD_PARTY_UNSIGNED,
        source=source,
        sha256=hashlib.sha256(content).hexdigest(),
        repository=repository,
        dated=found.observed_at,
        note=f"{commit}; checks that no practice asks about: {', '.join(unused)}" if unused else commit,
        said=said,
    )


def _scores(scores: Mapping[str, Any], catalogue: Catalogue) -> tuple[tuple[Said, ...], list[str]]:
    by_practice: dict[str, list[tuple[str, str]]] = defaultdict(list)
    unused = []
    for name, score in sorted(scores.items()):
        check = scorecard_check(name)
        if check is None:
            unused.append(shortened(name))
            continue
        told = isinstance(score, int) and not isinstance(score, bool) and 0 <= score <= _HIGHEST
        for practice in check.supports:
            by_practice[practice].append((name, f"{score} of {_HIGHEST}" if told else "could not tell"))
    said = (
        Said(practice=practice, name=_title(practice, catalogue), status=OBSERVED, facts=tuple(facts))
        for practice, facts in sorted(by_practice.items())
    )
    return tuple(said), unused[:100]
