r"""A survey as CSV for spreadsheets and trackers: one record per component, by RFC 4180, in UTF-8.

Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break, and npm's names begin with
@ by right. `protect` puts an apostrophe in front of these and `restore` takes it off again, so what went out
and comes back is the same text:

- An apostrophe is put in front of a cell, and after a semicolon inside one, where what follows would be run,
  white space and quotes aside, or begins with an apostrophe itself. Inside, because a spreadsheet that
  separates by semicolons takes such a place for the start of a cell.
- A control or invisible character other than a tab becomes `\u{1b}`, its number in hexadecimal, and so do a
  backslash before `u{` and the second of two `#`: terminals act on the first, and the logs of CI systems on
  what follows a line break or two `#`.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from avow.record import Component, SurveyRecord, Vulnerability
from avow.report.survey import answers, wording
from avow.report.survey.sections import View, fix
from avow.report.survey.wording import ending, without_credentials

COLUMNS: Final = (
    "id", "name", "version", "purl", "cpe", "upstream", "repository", "sboms", "supplier", "licences",
    "modified", "looked up", "why not", "why not in detail", "vulnerabilities", "exploited", "malicious",
    "fixed in", "vex", "end of life", "end of life state", "declarations", "contested", "undecidable",
    "proposed by CPE or name", "data",
)  # fmt: skip
"""The first record; later versions add columns at the end."""

BOM: Final = "\ufeff"
"""The byte order mark; without it spreadsheets read the file in the code page of their country."""

_RUN: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""What starts a formula, with the full-width forms. Source: OWASP, "CSV Injection"."""

_BEFORE: Final = re.compile(rf"\A(?=[\t']|[\s\"]*[{_RUN}])|(?<=;)(?='|[\s\"]*[{_RUN}])")
_PUT: Final = re.compile(r"(?:\A|(?<=;))'")
_MARKED: Final = re.compile(r"\\(?=u\{)|(?<=#)#")
_ESCAPE: Final = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


def render_csv(record: SurveyRecord) -> Iterator[str]:
    """The head and one record per component, each a piece of the output."""
    line = _Line()
    yield f"{BOM}{line.of(COLUMNS)}"
    view = View(record)
    ended = answers.ended(view).short != answers.NOT_LOOKED_AT
    lists, data = answers.exploited(view), answers.data_dates(view)
    declared: dict[str, list[str]] = {}
    for each in record.declarations:
        for identifier in each.components:
            declared.setdefault(identifier, []).append(each.kind)
    upstreams = {each.id: each for each in record.upstreams}
    for component in record.components:
        upstream = upstreams.get(component.upstream)
        yield line.of(
            (
                *_identity(component),
                "" if upstream is None else upstream.label,
                "" if upstream is None else without_credentials(upstream.repository),
                *_origin(component, view),
                "yes" if component.looked_up else "no",
                "" if component.why is None else wording.WHY[component.why],
                component.why_detail,
                *_vulnerabilities(component, view, lists=lists),
                *_endings(component, view, given=ended),
                "; ".join(
                    dict.fromkeys(wording.KINDS.get(each, each) for each in declared.get(component.id, ()))
                ),
                _contested(component, view),
                " ".join(view.undecided_of.get(component.id, ())) or _silent(component, "none"),
                " ".join(view.proposed_of.get(component.id, ())),
                data or "no data was given",
            )
        )


def _identity(component: Component) -> tuple[str, ...]:
    return (
        component.id,
        component.name,
        component.version,
        without_credentials(component.purl),
        " ".join(component.cpes),
    )


def _origin(component: Component, view: View) -> tuple[str, ...]:
    sources = (
        each.sbom if (sbom := view.sbom(each.sbom)) is None else sbom.source for each in component.places
    )
    return (
        "; ".join(dict.fromkeys(sources)),
        component.supplier,
        "; ".join(component.licences),
        "yes" if component.modified else "",
    )


def _silent(component: Component, word: str) -> str:
    """What an empty cell would leave open: whether anybody looked."""
    return word if component.looked_up else answers.NOT_LOOKED_AT


def _vulnerabilities(component: Component, view: View, *, lists: answers.ShownAnswer) -> tuple[str, ...]:
    found: list[Vulnerability] = view.vulnerabilities_of.get(component.id, [])
    matches = [(each, match) for each in found for match in each.matches if match.component == component.id]
    listed = lists.short != answers.NOT_LOOKED_AT
    return (
        " ".join(each.key for each in found) or _silent(component, "none listed"),
        " ".join(each.key for each in found if each.exploited)
        or (_silent(component, "none listed") if listed else answers.NOT_LOOKED_AT),
        " ".join(each.key for each in found if each.malicious) or _silent(component, "none listed"),
        "; ".join(f"{each.key}: {fix(match)}" for each, match in matches),
        "; ".join(
            f"{each.key}: {word.status.replace('_', ' ')}" for each, match in matches for word in match.vex
        ),
    )


def _contested(component: Component, view: View) -> str:
    found = [
        each.key
        for each in view.vulnerabilities_of.get(component.id, [])
        if any(match.contested and match.component == component.id for match in each.matches)
    ]
    return " ".join(found)


def _endings(component: Component, view: View, *, given: bool) -> tuple[str, str]:
    found = view.endings_of.get(component.id, [])
    if not found:
        return "", "not known: no list names it" if given else f"{answers.NOT_LOOKED_AT}: no list was given"
    return (
        "; ".join(f"{' '.join(filter(None, (each.product, each.cycle)))}: {ending(each)}" for each in found),
        "; ".join(dict.fromkeys(wording.STATES.get(each.state, each.state) for each in found)),
    )


def protect(cell: str) -> str:
    """`cell` as text that no spreadsheet runs; `restore` gives the same `cell` again."""
    escaped = "".join(map(_visible, _MARKED.sub(_number, cell)))
    return _BEFORE.sub("'", escaped)


def restore(cell: str) -> str:
    """What `protect` was given; a cell that it would not have written comes back as near as can be."""
    return _ESCAPE.sub(_character, _PUT.sub("", cell))


def _visible(character: str) -> str:
    if character == "\t" or not unicodedata.category(character).startswith(("C", "Zl", "Zp")):
        return character
    return f"\\u{{{ord(character):x}}}"


def _number(found: re.Match[str]) -> str:
    return f"\\u{{{ord(found[0]):x}}}"


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number <= 0x10FFFF else found[0]  # noqa: PLR2004  Unicode's last character


class _Line:
    """Writes one record at a time; it is what csv.writer takes for a file."""

    def __init__(self) -> None:
        self._written = ""
        self._writer = csv.writer(self, lineterminator="\r\n")

    def write(self, text: str) -> None:
        self._written = text

    def of(self, cells: tuple[str, ...]) -> str:
        self._writer.writerow(map(protect, cells))
        return self._written
