"""Reads security.txt: contacts, policy and expiry. A signed file is read, but its signature is not checked.

Source: RFC 9116.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from avow.drafting.found import Document, Notes, Pointer, Reading, day_of, is_placeholder, is_url
from avow.drafting.readers.reporting import add_contact

__all__ = ["PATH", "is_security_txt", "read_security_txt"]

PATH: Final = re.compile(
    r"(?!(?:.*/)?(?:tests?|testdata|fixtures?|examples?|samples?|demos?|spec|vendor|third[-_]party)/)"
    r"(?:[^/]+/){0,3}security\.txt",
    re.IGNORECASE,
)
"""Where a site has the file; one in a directory of tests or examples is about nothing."""

_FIELD = re.compile(r"(?:- )?(?P<name>[A-Za-z][A-Za-z-]*): *(?P<value>\S.*)")
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_UNUSED_FIELDS: Final = frozenset({"acknowledgments", "hiring", "hash"})


def is_security_txt(document: Document) -> bool:
    """The file has the right name and at least one contact."""
    return PATH.fullmatch(document.path) is not None and any(
        line.lower().startswith(("contact:", "- contact:")) for line in document.lines
    )


def read_security_txt(document: Document, today: date) -> Reading:
    """The fields of one file; nothing from an expired file."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    fields = _fields(document)
    for name, value, line in fields:
        if name == "expires" and (day := day_of(value.strip())) is not None and day < today:
            notes.leave_out(f"expired on {day.isoformat()}, so nothing in it is used", line=line)
            return notes.reading()
    if not any(name == "expires" for name, _, _ in fields):
        notes.leave_out("does not have the field Expires, which RFC 9116 requires", line=0)
    for name, value, line in fields:
        _take(notes, name, value, line)
    return notes.reading()


def _fields(document: Document) -> list[tuple[str, str, int]]:
    lines = list(enumerate(document.lines, start=1))
    if document.text.lstrip().startswith(_SIGNED):
        # RFC 9580, 7: armor headers end with an empty line.
        start = next((index for index, (_, line) in enumerate(lines) if not line.strip()), len(lines))
        end = next(
            (index for index, (_, line) in enumerate(lines) if line.startswith(_SIGNATURE)), len(lines)
        )
        lines = lines[start:end]
    return [
        (match["name"].lower(), match["value"].rstrip(), number)
        for number, line in lines
        if (match := _FIELD.fullmatch(line))
    ]


def _take(notes: Notes, name: str, value: str, line: int) -> None:
    if is_placeholder(value.removeprefix("mailto:")):
        notes.leave_out(f"{name} is a placeholder: {value}", line=line)
    elif name == "contact":
        add_contact(notes, value, line)
    elif name == "expires":
        day = day_of(value.strip())
        if day is None:
            notes.leave_out(f"expires is not a date and time: {value}", line=line)
        else:
            notes.fact("VUL-01", "securityTxtExpires", day.isoformat(), line=line)
    elif name == "preferred-languages":
        notes.fact(
            "VUL-01", "languages", [word.strip() for word in value.split(",") if word.strip()], line=line
        )
    elif name in {"policy", "canonical", "csaf"} and is_url(value):
        _address(notes, name, value, line)
    elif name == "encryption":
        notes.hint("VUL-01", f"reports can be encrypted: {value}", line=line)
    elif name in _UNUSED_FIELDS:
        notes.leave_out(f"{name}: no practice uses it", line=line)
    else:
        notes.leave_out(f"{name} is an unknown field or not a URL", line=line)


def _address(notes: Notes, name: str, value: str, line: int) -> None:
    match name:
        case "policy":
            notes.fact("VUL-02", "policyUrl", value, line=line)
        case "canonical":
            notes.fact("VUL-01", "securityTxtUrl", value, line=line)
        case _:
            notes.fact("VUL-04", "feeds", [{"kind": "csafProvider", "url": value}], line=line)
