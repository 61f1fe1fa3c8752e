"""One note for each upstream project: what we found, at most three questions, what we offer. Nothing is sent.

A note claims nothing as owed, sets no deadline and names no law: who gives software away owes its users
nothing. A project that asks not to be asked gets no question. What was found is in the note all the same,
because a report of a vulnerability is the manufacturer's duty (Art 13(6)), whatever the project answers.

Source: Regulation (EU) 2024/2847, Art 13(6); Commission guidance C(2026) 5252, points 87 and 222 to 229.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from avow.plan import Told
from avow.planning.states import FoundVulnerability, ProjectState, decides_about, names_fix
from avow.survey.vulnerabilities import MATCHING
from avow.values import printable, shortlist

MOST_QUESTIONS: Final = 3
SHOWN: Final = 10
_SUPPLIER: Final = "own:supplier"
_OWN_WORK: Final = "'s own work"
_MAX_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class DraftedNote:
    """A draft for a person to read, change and send."""

    upstream: str
    file_name: str
    text: str


def notes(
    found: Iterable[ProjectState], *, requests: Mapping[str, str], spoken: frozenset[str], again: bool
) -> Iterator[DraftedNote]:
    """A note for each project about which there is something to say.

    `requests` is what a project's declaration says about questions, by its key; `spoken` are the keys of
    projects whose own word is in hand. A project that was asked before gets a note only with `again`.
    """
    for state in found:
        if state.planned is not None and state.planned.asked and not again:
            continue
        if state.upstream.key.startswith("own:us"):
            continue
        text = (
            _to_supplier(state)
            if state.upstream.key.startswith(_SUPPLIER)
            else _to_project(state, requests=requests.get(state.upstream.key, ""), spoken=spoken)
        )
        if text:
            yield DraftedNote(state.upstream.key, f"{_slug(state.upstream.key)}.md", text)


def _to_project(state: ProjectState, *, requests: str, spoken: frozenset[str]) -> str:
    found = list(_found(state))
    questions = [] if requests == "no" else list(_questions(state, spoken))[:MOST_QUESTIONS]
    if not found:
        return ""
    parts = [f"# To the people behind {_code(state.upstream.label)}", ""]
    parts += [f"Hello, we use {_uses(state)} in a product. Thank you for it.", ""]
    parts += ["## What we found", "", *(f"- {each}" for each in found), ""]
    if questions:
        parts += ["## What we would like to know", ""]
        if requests:
            parts += [f"You take questions elsewhere ({_code(requests)}), so we ask there.", ""]
        parts += [f"{number}. {each}" for number, each in enumerate(questions, start=1)]
        parts += [""]
    parts += [
        "## What we offer",
        "",
        "[Say what you offer, for instance to test a fix or to send a patch, or delete this part.]",
        "",
        "You owe us nothing; no answer is fine.",
        "",
        "[Your name and company]",
        "",
    ]
    return "\n".join(parts)


def _to_supplier(state: ProjectState) -> str:
    """A supplier has a contract, so its note may ask for what was agreed."""
    found = list(_found(state))
    unknown = sum(not each.looked_up for each in state.components)
    questions = []
    if state.undecided or state.found:
        questions.append(
            "Which of these vulnerabilities can be exploited in your delivery? A VEX file answers it."
        )
    if state.ended:
        questions.append("Until when will you deliver security updates for it?")
    if unknown:
        questions.append(
            f"{unknown} of {len(state.components)} components have no identifier that advisories could be "
            "looked up by. Can you deliver an SBOM with package URLs and versions?"
        )
    if not questions:
        return ""
    parts = [f"# To {_code(state.upstream.label.removesuffix(_OWN_WORK))}", ""]
    parts += [f"We use {_uses(state)} from you in a product.", ""]
    if found:
        parts += ["## What we found", "", *(f"- {each}" for each in found), ""]
    parts += ["## What we ask for, under our contract", ""]
    parts += [f"{number}. {each}" for number, each in enumerate(questions[:MOST_QUESTIONS], start=1)]
    return "\n".join((*parts, ""))


def _uses(state: ProjectState) -> str:
    return shortlist((_code(each.label) for each in state.components), most=SHOWN)


def _found(state: ProjectState) -> Iterator[str]:
    """What whoever makes the component may not know: public facts only, with where they are from."""
    open_ones = _to_tell(state)
    for each in open_ones[:SHOWN]:
        advisories = dict.fromkeys(
            match.advisory
            for match in each.matches
            if match.spoke == MATCHING or _PUBLIC.match(match.advisory)
        )
        names = f" ({shortlist(map(_code, advisories), most=SHOWN)})" if advisories else ""
        yield f"{_code(_name(each))}{names} names no version in which it is fixed."
    if len(open_ones) > SHOWN:
        yield f"{len(open_ones) - SHOWN} more like this."
    for line in state.ended:
        yield f"A list of support dates says that support of {_code(line)} has ended."


def _to_tell(state: ProjectState) -> list[FoundVulnerability]:
    """What a public database has, and is not settled.

    What only a tool or test of ours found goes to upstream in confidence (Art 13(6)), and not into a draft
    that somebody may post in a public tracker.
    """
    return [each for each in state.found if _name(each) and not _is_settled(each, state)]


def _name(each: FoundVulnerability) -> str:
    """The id by which the public knows it; empty if it does not."""
    if any(match.spoke == MATCHING or match.also for match in each.matches):
        return each.vulnerability.key
    return next(filter(_PUBLIC.match, (each.vulnerability.key, *each.vulnerability.ids)), "")


def _is_settled(each: FoundVulnerability, state: ProjectState) -> bool:
    """A fix is named, or the plan says that there is nothing to tell."""
    if each.vulnerability.malicious:
        return True
    if any(names_fix(match) or match.last_known_affected for match in each.matches):
        return True
    by_id = {component.id: component for component in state.components}
    decisions = state.planned.vulnerabilities if state.planned is not None else ()
    return any(
        one.report.told is not Told.OPEN and decides_about(one, each.vulnerability, by_id[match.component])
        for one in decisions
        for match in each.matches
        if match.component in by_id
    )


_PUBLIC: Final = re.compile(r"(?:CVE|GHSA|OSV|EUVD|GO|PYSEC|RUSTSEC|MAL|DSA|DLA|USN|RHSA)-", re.IGNORECASE)
"""Beginnings of ids that public databases give."""


def _questions(state: ProjectState, spoken: frozenset[str]) -> Iterator[str]:
    open_ones = _to_tell(state)
    if open_ones:
        names = shortlist((_code(_name(each)) for each in open_ones), most=SHOWN)
        yield f"Is there a fix for {names}, or a way to use the software without the code concerned?"
    if state.ended:
        lines = shortlist(map(_code, state.ended), most=SHOWN)
        yield f"Does anybody still make security fixes for {lines}?"
    if state.upstream.key not in spoken and (open_ones or state.ended):
        yield (
            "Is there a page that says how you handle reports of vulnerabilities, and how long releases get "
            "security fixes? If there is a SECURITY.md or a Security Insights file, a link to it is enough."
        )


def _code(text: str) -> str:
    """A name from an SBOM or advisory as code, so that it makes no link, mention or element."""
    return f"`{printable(text).replace('`', chr(39))}`"


def _slug(key: str) -> str:
    """A file name for the project, which no two projects share."""
    plain = re.sub(r"[^a-z0-9]+", "-", key.removeprefix("https://").casefold()).strip("-")
    return f"{plain[:_MAX_NAME]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}".removeprefix("-")
