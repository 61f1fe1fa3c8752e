"""What of a survey's record is not in the plan yet, and how it is written into the file.

Nothing that a person wrote is changed or removed. A vulnerability that the plan decides about under any of
its names is not added again, whatever version of the component the SBOM has now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from avow.formats.yaml_edit import NotEditable, YamlText
from avow.plan import (
    Plan,
    Told,
    VulnerabilityAnswer,
    can_be_written,
    package_identity,
)
from avow.planning.states import SHOWN, FoundVulnerability, ProjectState, by_entry, facts_about, names_fix
from avow.values import printable, shortlist

HEAD: Final = """\
# What we decided about the upstream projects of this product. avow plan update adds what is new, and changes
# nothing that is here; docs/plan.md explains every key.
avow-plan: 1

# answer is one of: open, fixed (because), mitigated (measure, owner), notExploitable (because, source, date,
# owner), openByDecision (because, owner, until). report says whether upstream knows: open, reported (channel,
# date), known (source, date), nobodyMaintains (because), onlyOurIntegration (because), notReliedOn.
# For each project you may add: owner, due, ticket, reliesOn (what the product needs it for), verifiedBy (how
# you know that it does that), maintainedByUs, looks, acceptedGaps, measures, note.
upstreams: []
"""

_MAX_SOURCE: Final = 300
_MAX_ASSUMPTIONS: Final = 10
_MAX_PACKAGES: Final = 20

MAX_DECISIONS: Final = 3_000
"""Vulnerabilities in one plan; the file is read as a whole, and so is every decision by somebody."""


@dataclass(frozen=True, slots=True)
class Updated:
    """The text of the plan with what is new, and how much that is."""

    text: str
    projects: int
    vulnerabilities: int
    not_written: tuple[str, ...]
    """Places that are written in a way that nothing can be added to, with the lines to add by hand."""


def updated(text: str, plan: Plan, found: Iterable[ProjectState], *, today: date) -> Updated:
    """`text`, which is that of `plan`, with every project and vulnerability that is open and not in it.

    What names of a stranger would make a file that can't be read again is left out and named.
    """
    writer = _PlanWriter(text, plan, today)
    for each in by_entry(found):
        writer.write(each)
    return writer.result()


class _PlanWriter:
    def __init__(self, text: str, plan: Plan, today: date) -> None:
        self._document = YamlText(text or HEAD)
        self._today = today
        self._room = MAX_DECISIONS - sum(len(each.vulnerabilities) for each in plan.upstreams)
        self._positions = {each.upstream: number for number, each in enumerate(plan.upstreams)}
        self._new: list[tuple[Mapping[str, Any], str]] = []
        self._counts = {"added": 0, "in new entries": 0}
        self._left: list[str] = []

    def write(self, given: ProjectState) -> None:
        """Add what is open and not in the plan; what can't be added is named."""
        state, odd = _writable(given)
        label = printable(state.upstream.label)
        if odd:
            self._left.append(f"{label}: {printable(odd)} has characters that the plan can't have")
        if state.planned is None and not can_be_written(state.upstream.key):
            self._left.append(f"{label} has characters that the plan can't have")
        elif len(state.undecided) > self._room:
            names = shortlist((each.vulnerability.key for each in state.undecided), most=SHOWN)
            self._left.append(f"{label}: {names}; a plan has at most {MAX_DECISIONS} vulnerabilities")
        elif state.planned is not None:
            self._add(state, at=("upstreams", self._positions[state.planned.upstream]))
        elif state.undecided or state.ended:
            self._new.append((_entry(state, self._today), _about(state)))
            self._count("in new entries", state)

    def _add(self, state: ProjectState, *, at: tuple[str | int, ...]) -> None:
        items = [_item(each, state, self._today) for each in state.undecided]
        path = (*at, "vulnerabilities")
        try:
            if items and self._document.has(path):
                self._document.extend(path, [(item, "") for item in items])
            elif items:
                self._document.add(at, "vulnerabilities", items)
        except NotEditable as error:
            names = ", ".join(each.vulnerability.key for each in state.undecided)
            self._left.append(f"{printable(state.upstream.key)}: {error}; add {names} by hand")
        else:
            self._count("added", state)

    def _count(self, where: str, state: ProjectState) -> None:
        self._counts[where] += len(state.undecided)
        self._room -= len(state.undecided)

    def result(self) -> Updated:
        """The text with the new entries, behind those that are there."""
        try:
            if self._new:
                self._document.extend(("upstreams",), self._new)
        except NotEditable as error:
            self._left.append(f"{error}; write each entry of upstreams on lines of its own")
            self._new, self._counts["in new entries"] = [], 0
        return Updated(self._document.text, len(self._new), sum(self._counts.values()), tuple(self._left))


def _writable(state: ProjectState) -> tuple[ProjectState, str]:
    """The state without vulnerabilities whose ids the plan can't have, and these ids."""
    odd = [each for each in state.undecided if not can_be_written("x", each.vulnerability.key)]
    kept = tuple(each for each in state.undecided if each not in odd)
    return replace(state, undecided=kept), shortlist((each.vulnerability.key for each in odd), most=SHOWN)


def _entry(state: ProjectState, today: date) -> dict[str, Any]:
    entry: dict[str, Any] = {"upstream": state.upstream.key}
    if packages := _packages(state):
        entry["packages"] = packages
    if state.assumptions:
        shown = "\n".join(
            printable(f"- {each}")[:_MAX_SOURCE] for each in state.assumptions[:_MAX_ASSUMPTIONS]
        )
        entry["#"] = f"reliesOn and verifiedBy: its declaration assumes\n{shown}"
    if state.undecided:
        entry["vulnerabilities"] = [_item(each, state, today) for each in state.undecided]
    return entry


def _packages(state: ProjectState) -> list[str]:
    """Purls without version of what the entry is written for, if its key is none itself."""
    if not state.upstream.key.startswith("https:"):
        return []
    concerned = {match.component for each in state.undecided for match in each.matches}
    texts = (
        each.purl.partition("?")[0].partition("#")[0]
        for each in state.components
        if (each.id in concerned or not concerned) and package_identity(each.purl) is not None
    )
    found = dict.fromkeys(_without_version(text) for text in texts if can_be_written(text))
    return list(found)[:_MAX_PACKAGES]


def _without_version(text: str) -> str:
    head, slash, name = text.rpartition("/")
    return f"{head}{slash}{name[:1]}{name[1:].partition('@')[0]}"


def _about(state: ProjectState) -> str:
    """What a person has to know about the project, in a line or two."""
    parts = [shortlist((each.label for each in state.components), most=SHOWN)]
    if state.exploited:
        parts.append(f"{state.exploited} listed as exploited somewhere")
    if state.ended:
        parts.append(f"support has ended: {shortlist(state.ended, most=SHOWN)}")
    return printable("; ".join(parts))


def _item(each: FoundVulnerability, state: ProjectState, today: date) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": each.vulnerability.key,
        "#": facts_about(each, state),
        "answer": VulnerabilityAnswer.OPEN.value,
    }
    if report := _known_upstream(each, today):
        item["report"] = report
    return item


def _known_upstream(each: FoundVulnerability, today: date) -> dict[str, str]:
    """That upstream knows, where an advisory names a release of upstream's that fixes it.

    Source: guidance, point 223: databases and advisories are checked before a report.
    """
    match = next((match for match in each.matches if names_fix(match) and not match.contested), None)
    published = each.vulnerability.published
    if match is None or published is None or published > today or each.vulnerability.malicious:
        return {}
    return {
        "state": Told.KNOWN.value,
        "source": printable(f"{match.advisory} names the fixed version {match.fixed[0]}")[:_MAX_SOURCE],
        "date": published.isoformat(),
    }
