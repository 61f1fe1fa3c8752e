"""Reads the light-weight template of the ORC WG in Markdown: what is ticked and filled in becomes facts.

People keep the ids of the template and little else: its code block becomes a task list, a table or headings.
So the document is split at the ids, a tick box (or yes and no) decides whether an item is claimed, and only
URLs and fields that belong to the item are used. Only the ids are compared, not the wording of the template.

Source: orcwg/cra-attestations, proposals/template-lite.md, revision 0.1 of 2025-11-18.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from avow.drafting.found import Document, InRepository, Notes, Pointer, Reading, is_placeholder, is_url
from avow.drafting.readers.prose import addresses, repository_link
from avow.drafting.readers.reporting import contact_of

__all__ = ["is_orc_template", "read_orc_template"]

_ID: Final = re.compile(r"\b(AU|GV|LE|QA|BR|VM|EL)\.(\d\d)\b")
_IDS: Final = frozenset(
    f"{group}.{number:02}"
    for group, count in {"AU": 3, "GV": 3, "LE": 2, "QA": 7, "BR": 4, "VM": 2, "EL": 1}.items()
    for number in range(1, count + 1)
)
_STARTS: Final = re.compile(
    r"^[\s>|#*_-]*(?:(?:\d+\.|[-*+])\s+)?(?P<box>\[[ xX]\]|[☐☑☒✅❌✔✗✓])?[\s>|#*_`\[-]*" + _ID.pattern
)
_TICKED: Final = re.compile(r"\[[xX]\]|[☑✅✔✓]|\|\s*\**yes\**\b", re.IGNORECASE)
_UNTICKED: Final = re.compile(r"\[ \]|[☐☒❌✗]|\|\s*\**no\**\b", re.IGNORECASE)
_FIELD: Final = re.compile(r"^[\s|>*-]*(?P<label>[A-Za-z][A-Za-z ()/]{2,40}?)\**\s*[:|]\s*(?P<value>[^|]*)")
_MIN_IDS: Final = 4
_MAX_START: Final = 120
"""An id must be within this many characters from the start of its line."""

_LINKS: Final = {
    "GV.01": ("GOV-01", "guideUrl"),
    "GV.03": ("DOC-01", "url"),
    "LE.01": ("LIC-01", "textUrl"),
    "QA.01": ("DEP-01", "url"),
    "QA.02": ("SRC-01", "vcsUrl"),
    "QA.03": ("VUL-02", "policyUrl"),
    "QA.04": ("TST-01", "docsUrl"),
    "BR.01": ("REL-01", "url"),
    "BR.02": ("REL-02", "releasesUrl"),
    "BR.03": ("REL-04", "verifyUrl"),
    "BR.04": ("REL-03", "url"),
    "EL.01": ("SUP-02", "policyUrl"),
}
_TICKS: Final = {
    "GV.02": (("GOV-01", "qualityBarDocumented", True),),
    "LE.01": (("LIC-01", "coversBinaries", True), ("LIC-01", "coversDocumentation", True)),
    "LE.02": (("LIC-02", "allOpen", True),),
    "QA.07": (("SRC-03", "scope", "all"), ("SRC-03", "reviewersRequired", 1)),
    "BR.02": (("REL-02", "monotonic", True),),
}
_HINTS: Final = {
    "QA.05": (
        "TST-03",
        "QA.05 is ticked: there are mitigations for code that is not memory safe. Which ones?",
    ),
    "QA.06": ("GOV-03", "QA.06 is ticked: more than one person contributes"),
    "BR.03": (
        "REL-04",
        "BR.03 is ticked: release assets can be verified. By which mechanism, with which signer?",
    ),
    "VM.02": ("VUL-03", "VM.02 is ticked: discovered vulnerabilities are published. Where?"),
}


@dataclass(frozen=True, slots=True)
class _Item:
    """One id with its lines up to the next id; `ticked` is `None` if there is no box and no yes or no."""

    name: str
    line: int
    ticked: bool | None
    lines: tuple[str, ...]


def is_orc_template(document: Document) -> bool:
    """Several lines of the text start with ids of the template."""
    if not document.is_text or not re.search(r"\.(?:md|markdown|txt)$", document.name, re.IGNORECASE):
        return False
    ids = {
        match[2] + "." + match[3] for line in document.lines if (match := _STARTS.match(line[:_MAX_START]))
    }
    return len(ids & _IDS) >= _MIN_IDS


def read_orc_template(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """The claims of the filled-in template."""
    notes = Notes(document, label=f"{document.path} (ORC light-weight template)")
    notes.evidence = Pointer(kind="file", target=document.path)
    for item in _items(document):
        if item.name.startswith("AU."):
            _authorship(notes, item)
        elif item.ticked is False:
            notes.leave_out(f"{item.name} is not ticked", line=item.line)
        else:
            _claim(notes, item)
    return notes.reading()


def _items(document: Document) -> list[_Item]:
    starts = [
        (number, match)
        for number, line in enumerate(document.lines, start=1)
        if (match := _STARTS.match(line[:_MAX_START])) and f"{match[2]}.{match[3]}" in _IDS
    ]
    items = []
    for index, (number, match) in enumerate(starts):
        end = starts[index + 1][0] - 1 if index + 1 < len(starts) else len(document.lines)
        lines = document.lines[number - 1 : end]
        # The heading of the next item is not part of this item.
        stop = next(
            (n for n, line in enumerate(lines) if n and re.match(r"#{1,6} |---+\s*$", line)), len(lines)
        )
        first = lines[0]
        ticked = True if _TICKED.search(first) else False if _UNTICKED.search(first) else None
        items.append(_Item(f"{match[2]}.{match[3]}", number, ticked, lines[:stop]))
    # Later text may refer back to an item; its first occurrence is the claim.
    return list({item.name: item for item in reversed(items)}.values())[::-1]


def _claim(notes: Notes, item: _Item) -> None:
    links = [link for link in _links(item) if not isinstance(link[0], str) or is_url(link[0])]
    if item.ticked:
        for practice, fact, value in _TICKS.get(item.name, ()):
            notes.fact(practice, fact, value, line=item.line)
        if item.name in _HINTS:
            practice, text = _HINTS[item.name]
            notes.hint(practice, text, line=item.line)
    if item.name == "VM.01":
        _contacts(notes, item)
    elif item.name in _LINKS and links:
        practice, fact = _LINKS[item.name]
        notes.fact(practice, fact, links[0][0], line=links[0][1])
    elif item.name in _LINKS or not item.ticked:
        notes.leave_out(f"{item.name} does not contain anything that can be used", line=item.line)


def _links(item: _Item) -> list[tuple[str | InRepository, int]]:
    found: list[tuple[str | InRepository, int]] = []
    for number, line in enumerate(item.lines, start=item.line):
        for target in addresses(line):
            if is_url(target) and not is_placeholder(target):
                found.append((target, number))
            elif (path := repository_link(target)) is not None:
                found.append((path, number))
    return found


def _contacts(notes: Notes, item: _Item) -> None:
    for number, line in enumerate(item.lines, start=item.line):
        for target in addresses(line):
            if not is_url(target) and "@" not in target:
                continue
            contact = contact_of(target)
            if isinstance(contact, str):
                notes.leave_out(contact, line=number)
            else:
                notes.fact("VUL-01", "contacts", [contact.record], line=number)


def _authorship(notes: Notes, item: _Item) -> None:
    for number, line in enumerate(item.lines, start=item.line):
        match = _FIELD.match(line)
        if match is None:
            continue
        label = match["label"].strip().lower()
        value = match["value"].replace("**", "").strip("*`_ ").removeprefix("<").removesuffix(">")
        if is_placeholder(value):
            continue
        if item.name == "AU.01" and label in {"name", "name of issuing entity"}:
            notes.about("organization", value, line=number)
        elif item.name == "AU.02" and label in {"role", "organizational role"}:
            notes.about("role", value, line=number)
        elif item.name == "AU.03" and label in {"project", "project name"}:
            notes.about("name", value, line=number)
        elif item.name == "AU.03" and label in {"url", "project url"} and is_url(value):
            notes.about("url", value, line=number)
        elif item.name == "AU.03" and label.startswith("valid for"):
            notes.hint("SUP-01", f"the template says: {label} {value}", line=number)
