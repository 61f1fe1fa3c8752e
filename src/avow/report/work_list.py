"""The work list: what nobody has said anything about, and what the manufacturer can do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from avow.catalogue.practices import load_catalogue
from avow.results import Decision, Finding
from avow.vocabulary import Outcome

ASK: Final = "Agree with the project, once"
WATCH: Final = "Monitor"
BUILD: Final = "In your build and test pipeline"
LOOK: Final = "Look up, and note what you find"
DECIDE: Final = "Decide, and write it down"

STEPS: Final[dict[str, str]] = {
    # vulnerability handling
    "VUL-01": ASK, "VUL-03": WATCH, "VUL-04": WATCH, "VUL-05": LOOK, "VUL-06": LOOK, "VUL-07": ASK,
    "DEP-04": WATCH,
    # security policy
    "VUL-02": DECIDE,
    # secure development
    "GOV-01": DECIDE, "TST-01": BUILD, "TST-02": BUILD, "TST-03": BUILD, "SRC-04": BUILD,
    # releases and the end of support
    "SUP-01": DECIDE, "SUP-02": WATCH, "GOV-03": LOOK, "REL-03": LOOK,
    # independent review
    "SRC-03": LOOK, "TST-04": DECIDE,
    # what the survey does not ask about
    "REL-04": BUILD, "DEP-01": BUILD, "DEP-02": BUILD, "DEP-03": DECIDE,
    "SRC-01": BUILD, "SRC-02": BUILD, "SRC-05": BUILD, "REL-01": BUILD, "REL-02": BUILD, "REL-05": BUILD,
    "REL-06": BUILD, "GOV-02": WATCH, "GOV-04": BUILD, "DOC-01": DECIDE, "DOC-02": DECIDE, "DOC-03": DECIDE,
    "DOC-04": DECIDE, "DOC-05": DECIDE, "DOC-06": LOOK, "LIC-01": LOOK, "LIC-02": LOOK, "LIC-03": LOOK,
    "REL-07": DECIDE, "VUL-08": DECIDE, "STW-01": DECIDE,
}  # fmt: skip
"""What kind of work a practice's `next` is; the order is that of value to manufacturers.

Source: survey of the ORC WG, February 2026 (mean of 1 to 5): vulnerability handling 3.81, security policy
3.56, secure-development guide 3.37, release cadence and end of life 3.35, independent review 3.30.
"""

MAX_FIRST: Final = 3
"""What a person can begin today."""

MAX_RECOMMENDED: Final = 3
MAX_NAMED: Final = 3

_CITES = re.compile(r"\((Art|Annex|recital)\b")
_RANK: Final = {practice: rank for rank, practice in enumerate(STEPS)}


def is_silence(finding: Finding) -> bool:
    """Nobody has said anything about the practice: there is nothing to correct, only something to do."""
    return finding.outcome is Outcome.UNKNOWN and finding.entry is None and finding.own_look is None


def by_value(finding: Finding) -> tuple[bool, int, str]:
    """Sorts practices by what matters most to manufacturers, those of the core tier first."""
    practice = load_catalogue().practice(finding.practice)
    core = practice is not None and practice.tier == "core"
    return not core, _RANK.get(finding.practice, len(_RANK)), finding.practice


def reference(finding: Finding) -> str:
    """The first duty of a manufacturer that the practice helps with, unless its next step cites one."""
    if _CITES.search(finding.next):
        return ""
    catalogue = load_catalogue()
    practice = catalogue.practice(finding.practice)
    facts = (catalogue.cra[each] for each in practice.cra) if practice is not None else ()
    return next((f" ({each.citation})" for each in facts if each.addressee == "manufacturer"), "")


class _Open(NamedTuple):
    """What nobody has said anything about, the same of each of some artefacts."""

    required: tuple[Finding, ...]
    recommended: tuple[Finding, ...]
    judged: int
    """How many practices are required in all."""
    names: list[str]
    """Of the first artefacts."""


class WorkList:
    """The open practices of a run. Artefacts with the same ones share a list."""

    def __init__(self, *, with_policy: bool, artefacts: int) -> None:
        self._with_policy, self._artefacts = with_policy, artefacts
        self._open: dict[tuple[str, ...], _Open] = {}
        self._count: dict[tuple[str, ...], int] = {}

    def add(self, decision: Decision) -> None:
        """Take the open practices of one artefact."""
        silent = sorted(filter(is_silence, decision.findings), key=by_value)
        if not any(finding.required for finding in silent):
            return
        key = tuple(finding.practice for finding in silent)
        found = self._open.setdefault(
            key,
            _Open(
                required=tuple(finding for finding in silent if finding.required),
                recommended=tuple(finding for finding in silent if not finding.required),
                judged=sum(finding.required for finding in decision.findings),
                names=[],
            ),
        )
        self._count[key] = self._count.get(key, 0) + 1
        if len(found.names) < MAX_NAMED:
            found.names.append(decision.subject.name)

    def lines(self) -> Iterator[str]:
        """Each list: what to begin with, then the rest, grouped by the kind of work."""
        for key, found in self._open.items():
            yield from _lines(found, artefacts=self._count[key], of_all=self._artefacts)
        if self._open:
            yield "  In brackets: the part of the CRA, addressed to manufacturers, that a step bears on"
            how = "--observations FILE" if self._with_policy else "a policy, and --observations FILE"
            yield f"  To record what you find, or a gap that you accept: {how} (docs/policy.md)"


def _lines(found: _Open, *, artefacts: int, of_all: int) -> Iterator[str]:
    required = found.required
    counted = practices(found.judged, what="required ")
    if found.judged > len(required):
        counted = f"{len(required)} of {counted}"
    more = f" and {artefacts - len(found.names)} more" if artefacts > len(found.names) else ""
    about = f", for {', '.join(found.names)}{more}" if of_all > 1 else ""
    yield f"No accepted statement says anything about {counted}{about}"
    first, rest = required[:MAX_FIRST], required[MAX_FIRST:]
    yield "  Begin with" if rest else "  What you can do"
    yield from _steps(first)
    for kind in dict.fromkeys(map(_kind, rest)):
        group = [finding for finding in rest if _kind(finding) == kind]
        yield f"  {kind} ({practices(len(group))})"
        yield from _steps(group)
    if found.recommended:
        yield f"  Nor about {practices(len(found.recommended), what='recommended ')}"
        yield from (f"    {each.practice}  {each.title}" for each in found.recommended[:MAX_RECOMMENDED])
        if len(found.recommended) > MAX_RECOMMENDED:
            yield f"    and {len(found.recommended) - MAX_RECOMMENDED} more"


def practices(count: int, *, what: str = "") -> str:
    """`1 practice`, `2 required practices`."""
    return f"{count} {what}practice{'' if count == 1 else 's'}"


def _kind(finding: Finding) -> str:
    return STEPS.get(finding.practice, DECIDE)


def _steps(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        yield f"    {finding.practice}  {finding.title}"
        yield f"            next: {finding.next}{reference(finding)}"
