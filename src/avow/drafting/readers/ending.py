"""Finds what a README says about the end of its project: deprecated, archived, unmaintained, moved.

Such a word at the start of a README is nearly always about the whole project, and too important to miss. So
it becomes a sign for a person to look at. A state of life becomes a fact only where the sentence is plainly
about the project, and about all of it.
"""

from __future__ import annotations

import re
from typing import Final

from avow.drafting.found import Notes
from avow.drafting.readers.prose import headings, sentences

__all__ = ["read_ending"]

_START_LINES: Final = 60
"""Where a README says so; below, it is about a part, or about an earlier version."""

_WHOLE: Final = (
    r"(?:(?:this|the) (?:\w+ ){0,2}?(?:project|repo(?:sitory)?|package|library|module|crate|gem|plugin|"
    r"tool|software|"
    r"code ?base|extension|framework|app|application|fork)|it)"
)
_ENDED: Final = (
    r"(?:unmaintained|discontinued|end[- ]of[- ]life|"
    r"no longer (?:being )?(?:actively )?(?:maintained|supported|developed|under (?:active )?development)|"
    r"not (?:being )?(?:actively )?(?:maintained|supported|developed)(?: any ?more| any longer)?)"
)
_OVER: Final = rf"(?:{_ENDED}|archived|abandoned|retired)"
_NO_NEW: Final = (
    r"\bno (?:new|further) (?:changes|releases|development|fixes|features(?: or fixes)?) (?:is|are|will be) "
    r"(?:expected|planned|made)"
)
_SIGN: Final = re.compile(
    rf"\b{_ENDED}\b|{_NO_NEW}|^\W*(?:deprecated|archived|obsolete)\b|"
    r"\b(?:is|are|was|were|been|now|considered)\W+(?:\w+\W+){0,2}?(?:archived|abandoned|retired|"
    r"deprecated|obsolete|sunset|"
    r"read-only)\b|"
    r"\b(?:has|have) (?:been )?(?:moved|migrated|renamed|superseded|replaced|merged)\b|\b(?:moved|"
    r"migrated) to\b|"
    r"\bsuperseded by\b|\breplaced by\b|"
    r"\b(?:looking|searching|seeking) for (?:a |new |an? new |co-?)?maintainers?\b|\bmaintainers? wanted\b|"
    r"\bplease (?:use|switch to|migrate to)\b[^.]{0,60}\binstead\b|unmaintained\.tech|"
    r"repostatus\.org/badges/[^)\s]*/(?:abandoned|inactive|unsupported|suspended|moved)|"
    r"badge/[^)\s]*(?:deprecated|archived|unmaintained|abandoned)|lifecycle-(?:archived|deprecated|"
    r"retired|superseded)",
    re.IGNORECASE,
)
_OF_A_PART: Final = re.compile(
    r"\b(?:functions?|methods?|options?|apis?|flags?|classes|arguments?|parameters?|features?|endpoints?|"
    r"attributes?|syntax|"
    r"branch(?:es)?|python|node(?:\.js)?|ruby|php|java|windows|linux|macos|internet explorer|ie ?\d+|"
    r"browsers?|versions?|releases?|"
    r"v?\d+\.(?:\d+|x)|v\d+|series|support for|drop(?:ped|s)|docs|documentation|wiki|mailing list|channel|"
    r"tests?|modules|packages|plugins|dependenc(?:y|ies)|warnings?)\b",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(
    r"\b(?:is|are|was) (?:not|never)\s+(?:\w+ )?(?:deprecated|archived|abandoned|dead|obsolete|"
    r"discontinued)\b|n['\u2019]t (?:deprecated|dead|abandoned)",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    r"[^\w]*(?:project status\W+)?(?:this (?:project|repository|repo|"
    r"package) is )?(?:now )?(?:deprecated|deprecation notice|archived?|"
    r"unmaintained|abandoned|discontinued|obsolete|no longer maintained|not maintained|end of life|inactive|"
    r"looking for (?:new )?maintainers?|maintainers? wanted)[^\w]*",
    re.IGNORECASE,
)
_ARCHIVED: Final = re.compile(
    rf"\b{_WHOLE} (?:is|was|has been|are)(?: now| currently| fully| officially| permanently|"
    rf" hereby){{0,2}} {_OVER}|{_NO_NEW}",
    re.IGNORECASE,
)
_ALERT: Final = re.compile(r"^\[!\w+\]\W*")
_SEEKING: Final = re.compile(
    r"\b(?:this|the) (?:project|repository|library|package) is (?:currently |actively )?(?:looking|"
    r"searching|seeking) for (?:a |new |a new )?"
    r"maintainers?\b",
    re.IGNORECASE,
)
_MAINTENANCE: Final = re.compile(
    r"\b(?:[\w.-]+|(?:this|the) (?:project|library|package|repository|module|crate)) (?:is|are)(?: now|"
    r" currently){0,2} "
    r"(?:in|under) (?:pure |bug-?fix )?maintenance(?:[ -]only)? mode\b|"
    r"\bin maintenance(?:[ -]only)? mode\b",
    re.IGNORECASE,
)


def read_ending(notes: Notes) -> None:
    """Record the signs at the start of the document, and the state of life if a sentence states it."""
    state: tuple[str, int] | None = None
    titles = {heading.line for heading in headings(notes.document)}
    for sentence in sentences(notes.document, quotes=True):
        if sentence.line > _START_LINES:
            break
        text = _ALERT.sub("", sentence.text)
        is_title = sentence.line in titles and _ALONE.match(text.lstrip("# ")) is not None
        of_a_part = _OF_A_PART.search(text) is not None
        if _DENIED.search(text):
            continue
        if is_title or (_SIGN.search(text) and (not of_a_part or _ARCHIVED.search(text))):
            notes.end(f"says: {text}", line=sentence.line)
        if state is None and (not of_a_part or re.search(_NO_NEW, text, re.IGNORECASE)):
            state = _state(text, sentence.line)
    if state is not None:
        notes.fact("GOV-03", "lifecycleState", state[0], line=state[1])


def _state(text: str, line: int) -> tuple[str, int] | None:
    for word, pattern in (
        ("archived", _ARCHIVED),
        ("seekingMaintainers", _SEEKING),
        ("maintenanceOnly", _MAINTENANCE),
    ):
        if pattern.search(text):
            return word, line
    return None
