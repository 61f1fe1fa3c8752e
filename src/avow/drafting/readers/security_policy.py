"""Reads SECURITY.md and similar files: contacts, private reporting, time frames and supported versions.

Only plain statements become facts. A sentence that hopes, aims or denies is a hint for a person.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from avow.drafting.found import Document, InRepository, Notes, Pointer, Reading, is_placeholder, is_url
from avow.drafting.readers.prose import Sentence, addresses, anchor, headings, mail_addresses, sentences

__all__ = ["PATH", "is_security_policy", "read_security_policy"]

PATH: Final = re.compile(
    r"(?:(?:\.github|\.gitlab|\.forgejo|\.gitea|docs?|documentation)/)?"
    r"security(?:[-_]policy)?(?:\.(?:md|markdown|rst|txt|adoc))?",
    re.IGNORECASE,
)

_ADVISORIES_NEW = re.compile(r"https://github\.com/[^/\s]+/[^/\s]+/security/advisories/new/?")
_ADVISORIES = re.compile(r"https://github\.com/[^/\s]+/[^/\s]+/security/advisories/?")
_FORGE_SECURITY = re.compile(r"https://github\.com/[^/\s]+/[^/\s]+/security/?")
_NOT_PEOPLE = re.compile(r"(?:noreply|no-reply|git)@", re.IGNORECASE)
_LIST_ADDRESS = re.compile(r"announce|\+subscribe@|-request@|-subscribe@", re.IGNORECASE)
_SECURITY_ADDRESS = re.compile(r"secur|vuln|[cp]sirt|secalert|disclos", re.IGNORECASE)
_CONFIDENTIAL_ISSUE = re.compile(
    r"https://[^\s]+/issues/new\?\S*confidential\S*|https://[^\s]+Security_Vulnerability"
)
_BOUNTY = re.compile(
    r"https://(?:www\.)?(?:hackerone\.com|bugcrowd\.com|[a-z0-9.]*intigriti\.com|yeswehack\.com|huntr\.\w+)/"
)
_PRIVATE = re.compile(
    r"\b(?:privately|confidential(?:ly)?|in private|private (?:vulnerability )?report\w*|"
    r"(?:do not|don't|not) (?:\w+ ){0,6}(?:public|open an? (?:public )?issue|in (?:the )?public))\b",
    re.IGNORECASE,
)
_REPORTING = re.compile(
    r"\b(?:report\w*|disclos\w*|vulnerabilit\w+|security (?:issue|bug|problem)s?)\b", re.IGNORECASE
)
_SUPPORTED = re.compile(
    r"\b(?:supported (?:versions?|releases?)|versions? supported|support(?:ed)? (?:policy|lifecycle))\b",
    re.IGNORECASE,
)
_BY_MEANS_OF = re.compile(r"\b(?:use|using|via|through|visit|fill|submit)\b", re.IGNORECASE)
_A_REPORT = re.compile(r"\breport", re.IGNORECASE)
_OF_SECURITY = re.compile(r"\b(?:vulnerabilit\w+|security)\b", re.IGNORECASE)
_NOT_FOR_REPORTS = re.compile(
    r"\b(?:not|don't|never|instead of)\b|//docs\.|/docs?/|\.md\b|/wiki|wikipedia|\.html", re.IGNORECASE
)
_ANNOUNCED = re.compile(r"\b(?:announce\w*|mailing list|subscribe|notification)", re.IGNORECASE)
_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ],
        start=1,
    )
}
_SPAN = re.compile(
    r"(?<!\d[-\u2013])\b(?P<count>\d{1,3}|"
    + "|".join(_NUMBERS)
    + r")[\s`*-]*(?P<working>(?:business|working|work)[\s-]+)?"
    r"(?:calendar[\s-]+)?(?P<unit>hours?|days?|weeks?|months?)\b",
    re.IGNORECASE,
)
_ACKNOWLEDGE = re.compile(
    r"\b(?:acknowledg\w*|respon[ds]\w*|repl(?:y|ies)|hear back|get back|"
    r"confirm(?:ation)?(?: of)? (?:the )?recei\w+)\b",
    re.IGNORECASE,
)
_DISCLOSE = re.compile(r"\b(?:disclos\w*|embargo\w*|publicly|published?)\b", re.IGNORECASE)
_HEDGED = re.compile(
    r"\b(?:aims?|tr(?:y|ies)|strives?|hopes?|goals?|target|best effort|usually|typically|generally|may|might|"
    r"endeavou?rs?|should|if|unless|not|cannot|at least|ideally|likely|recommend\w*|suggest\w*|expect(?!ed)|"
    r"prefer|order of|roughly|about|approximately)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"(?:[-*+#]|\d+\.)\s")
_HOURS_PER_DAY: Final = 24
_DAYS: Final = {"day": 1, "week": 7, "month": 31}
_WORKING_DAYS_PER_WEEK: Final = 5
_MAX_ROWS: Final = 12


def is_security_policy(document: Document) -> bool:
    """The file has the name of a security policy and is text."""
    named = PATH.fullmatch(document.path) or re.fullmatch(PATH, document.name)
    return bool(named) and document.is_text


def read_security_policy(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """The statements of the policy."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    if not document.text.strip():
        notes.leave_out("is empty", line=0)
        return notes.reading()
    notes.fact("VUL-02", "policyUrl", InRepository(path=document.path), line=1)
    private = next(
        (s for s in sentences(document) if _PRIVATE.search(s.text) and _REPORTING.search(s.text)), None
    )
    for sentence in sentences(document):
        _contacts(notes, sentence, private=private is not None)
    if private is not None:
        notes.fact("VUL-01", "privateReporting", value=True, line=private.line)
    _time_frames(notes)
    _support(notes)
    return notes.reading()


def _contacts(notes: Notes, sentence: Sentence, *, private: bool) -> None:
    """Add mail addresses and links; an address is a security contact if its name or its sentence says so."""
    for address in mail_addresses(sentence.text):
        if is_placeholder(address) or _NOT_PEOPLE.match(address):
            continue
        if _LIST_ADDRESS.search(address):
            notes.hint("VUL-04", f"announcements by mail: {address}", line=sentence.line)
        elif _SECURITY_ADDRESS.search(address) or _REPORTING.search(sentence.text):
            notes.fact("VUL-01", "contacts", [{"kind": "email", "value": address}], line=sentence.line)
        else:
            notes.hint("VUL-01", f"an address with an unclear purpose: {address}", line=sentence.line)
    for target in addresses(sentence.text):
        if is_url(target) and not is_placeholder(target):
            _link(notes, target, sentence, private=private)


def _link(notes: Notes, target: str, sentence: Sentence, *, private: bool) -> None:
    number = sentence.line
    if _ADVISORIES_NEW.fullmatch(target) or _CONFIDENTIAL_ISSUE.fullmatch(target):
        notes.fact("VUL-01", "contacts", [{"kind": "forgePrivateReport", "value": target}], line=number)
        notes.fact("VUL-01", "privateReporting", value=True, line=number)
    elif _ADVISORIES.fullmatch(target):
        notes.fact("VUL-03", "listUrl", target, line=number)
    elif private and _FORGE_SECURITY.fullmatch(target):
        notes.fact("VUL-01", "contacts", [{"kind": "forgePrivateReport", "value": target}], line=number)
    elif _BOUNTY.match(target):
        notes.fact("VUL-02", "bountyUrl", target, line=number)
    elif _is_where_to_report(sentence.text, target):
        notes.fact("VUL-01", "contacts", [{"kind": "web", "value": target}], line=number)
    elif _ANNOUNCED.search(sentence.text):
        notes.hint("VUL-04", f"perhaps a channel for notifications: {target}", line=number)


def _is_where_to_report(sentence: str, target: str) -> bool:
    words = (_A_REPORT, _OF_SECURITY, _BY_MEANS_OF)
    return all(word.search(sentence) for word in words) and not _NOT_FOR_REPORTS.search(
        f"{sentence} {target}"
    )


def _time_frames(notes: Notes) -> None:
    lead = ""
    for sentence in sentences(notes.document):
        # "We aim to:" applies to every item of the list below it.
        if not _LIST_ITEM.match(sentence.text):
            lead = sentence.text if sentence.text.endswith(":") else ""
        span = _SPAN.search(sentence.text)
        if span is None:
            continue
        acknowledges, discloses = _ACKNOWLEDGE.search(sentence.text), _DISCLOSE.search(sentence.text)
        if bool(acknowledges) == bool(discloses):
            continue
        practice_fact = "acknowledgeWithinDays" if acknowledges else "discloseWithinDays"
        if _HEDGED.search(f"{lead} {sentence.text}") or len(_SPAN.findall(sentence.text)) > 1:
            notes.hint("VUL-02", f"for {practice_fact}: {sentence.text}", line=sentence.line)
        else:
            notes.fact("VUL-02", practice_fact, _days(span), line=sentence.line)


def _days(span: re.Match[str]) -> int:
    """Whole calendar days, rounded up; working days include the weekends that they can span."""
    count = _NUMBERS.get(span["count"].lower()) or int(span["count"])
    unit = span["unit"].lower().rstrip("s")
    if unit == "hour":
        return -(-count // _HOURS_PER_DAY)
    if span["working"] and unit == "day":
        return count + 2 * -(-count // _WORKING_DAYS_PER_WEEK)
    return count * _DAYS[unit]


def _support(notes: Notes) -> None:
    for heading in headings(notes.document):
        if _SUPPORTED.search(heading.title):
            place = InRepository(path=notes.document.path, anchor=anchor(heading.title))
            notes.fact("SUP-01", "policyUrl", place, line=heading.line)
            rows = [
                (number, row)
                for number, row in enumerate(
                    notes.document.lines[heading.line : heading.end - 1], heading.line + 1
                )
                if "|" in row and re.search(r"\d", row)
            ]
            for number, row in rows[:_MAX_ROWS]:
                notes.hint(
                    "SUP-01", " / ".join(cell.strip() for cell in row.strip("| ").split("|")), line=number
                )
            return
