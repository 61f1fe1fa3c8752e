"""The plan as a table for spreadsheets and trackers, out and back in.

One row is about an upstream project, or about one vulnerability in it. What comes back changes only the cells
that differ, in the file that a person wrote: an empty cell changes nothing, and looks, accepted gaps and
measures stay in the file alone. A row is known by its first three columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from avow.errors import InputInvalid, Problem
from avow.formats.json_document import utf_8_of
from avow.formats.spreadsheet import BOM, CsvLine, restore
from avow.formats.yaml_edit import NotEditable, YamlText
from avow.plan import Plan, UpstreamPlan, VulnerabilityDecision
from avow.planning.states import ProjectState, about_vulnerability, by_entry

_PROJECT: Final = {
    "owner": ("owner",),
    "due": ("due",),
    "ticket": ("ticket",),
    "relies on": ("reliesOn",),
    "verified by": ("verifiedBy",),
    "note": ("note",),
}
_VULNERABILITY: Final = {
    "owner": ("owner",),
    "ticket": ("ticket",),
    "answer": ("answer",),
    "because": ("because",),
    "measure": ("measure",),
    "source": ("source",),
    "date": ("date",),
    "until": ("until",),
    "report": ("report", "state"),
    "report channel": ("report", "channel"),
    "report reference": ("report", "reference"),
    "report source": ("report", "source"),
    "report date": ("report", "date"),
    "report because": ("report", "because"),
    "fix shared": ("ourFix", "shared"),
    "fix date": ("ourFix", "date"),
    "fix licence": ("ourFix", "licence"),
}
"""Columns, and where their values are in an entry of the plan."""

SEEN: Final = "seen by the survey"
"""What the last record says of the row; it is not read back."""

_KEYS: Final = ("upstream", "vulnerability", "components")
_VALUES: Final = tuple(dict.fromkeys((*_VULNERABILITY, *_PROJECT)))
COLUMNS: Final = (*_KEYS, SEEN, *_VALUES)

MAX_ROWS: Final = 100_000
_DELIMITERS: Final = (",", ";", "\t")


def render_table(plan: Plan, found: Sequence[ProjectState] = ()) -> Iterator[str]:
    """The head and a row for each project and vulnerability of the plan; `found` is what the record says."""
    line = CsvLine()
    yield f"{BOM}{line.of(COLUMNS)}"
    states = {each.planned.upstream: each for each in by_entry(found) if each.planned is not None}
    for project in plan.upstreams:
        state = states.get(project.upstream)
        yield line.of(_row(project.upstream, "", "", _seen(state), _of_project(project)))
        for decision in project.vulnerabilities:
            seen = about_vulnerability(decision, state) if state is not None else ""
            about = " ".join(decision.components)
            yield line.of(_row(project.upstream, decision.id, about, seen, _of_decision(decision)))


def _seen(state: ProjectState | None) -> str:
    if state is None:
        return ""
    return ", ".join(each.label for each in state.components)


def _row(
    upstream: str, vulnerability: str, components: str, seen: str, values: Mapping[str, str]
) -> Iterator[str]:
    own = dict(zip(_KEYS, (upstream, vulnerability, components), strict=True)) | {SEEN: seen} | dict(values)
    return (own.get(name, "") for name in COLUMNS)


def _of_project(project: UpstreamPlan) -> dict[str, str]:
    return {
        "owner": project.owner,
        "due": _day(project.due),
        "ticket": project.ticket,
        "relies on": project.relies_on,
        "verified by": project.verified_by,
        "note": project.note,
    }


def _of_decision(decision: VulnerabilityDecision) -> dict[str, str]:
    report, fix = decision.report, decision.our_fix
    return {
        "owner": decision.owner,
        "ticket": decision.ticket,
        "answer": decision.answer.value,
        "because": decision.because,
        "measure": decision.measure,
        "source": decision.source,
        "date": _day(decision.on),
        "until": _day(decision.until),
        "report": report.told.value,
        "report channel": report.channel,
        "report reference": report.reference,
        "report source": report.source,
        "report date": _day(report.on),
        "report because": report.because,
        "fix shared": fix.shared if fix is not None else "",
        "fix date": _day(fix.on) if fix is not None else "",
        "fix licence": fix.licence if fix is not None else "",
    }


def _day(day: object) -> str:
    return "" if day is None else str(day)


# ---- back


class Imported(NamedTuple):
    """A plan with the cells of a table."""

    text: str
    changes: tuple[str, ...]
    """The values that differ from before, each with its entry and column."""
    rows: Mapping[tuple[str | int, ...], int]
    """The line of the table that each entry of the plan was changed by."""

    def row_at(self, line: int) -> int:
        """The line of the table that is behind a line of the text; 0 if none is."""
        document = YamlText(self.text)
        found = [(document.line(path), row) for path, row in self.rows.items()]
        return max((each for each in found if each[0] <= line), default=(0, 0))[1]


def with_table(text: str, plan: Plan, table: bytes, *, source: str) -> Imported:
    """`text`, which is that of `plan`, with the cells of `table` that differ.

    Raises:
        InputInvalid: the table has no such head, a row is about nothing in the plan, or a place of the plan
            is written in a way that can't be changed; with every problem.
    """
    document = YamlText(text)
    problems: list[Problem] = []
    changes: list[str] = []
    first: dict[tuple[str | int, ...], int] = {}
    places = {each.upstream: number for number, each in enumerate(plan.upstreams)}
    for number, row in _rows(table, source=source):
        where = _place(row, plan, places)
        if where is None:
            about = row.get("vulnerability") or row.get("upstream") or "nothing"
            problems.append(
                Problem(source, number, 1, f"{about} is not in the plan", "add it with avow plan update")
            )
            continue
        path, columns, known = where
        if problem := _unusable(row, columns) or (
            "" if first.setdefault(path, number) == number else f"row {first[path]} is about the same"
        ):
            problems.append(Problem(source, number, 1, problem, "correct the cell, or take the row out"))
            continue
        try:
            about = row.get("vulnerability", "").strip() or row.get("upstream", "").strip()
            changes += (f"{about}: {name}" for name in _change(document, path, columns, known, row))
        except NotEditable as error:
            problems.append(Problem(source, number, 1, str(error), "change it in the plan by hand"))
    if problems:
        raise InputInvalid(
            f"{source} can't be imported",
            problems=tuple(problems),
            hint="correct these rows, or take them out; nothing was changed",
            location=source,
        )
    return Imported(document.text, tuple(changes), first)


def _unusable(row: Mapping[str, str], columns: Mapping[str, tuple[str, ...]]) -> str:
    """Why a row can't be used; a value that would not be looked at is a reason."""
    for name in _VALUES:
        value = row.get(name, "").strip()
        if value and name not in columns:
            what = "project" if columns is _PROJECT else "vulnerability"
            return f"{name} means nothing for a {what}"
        if _HALF.search(value):
            return f"{name} has half of a surrogate pair"
    return ""


_HALF: Final = re.compile("[\ud800-\udfff]")

_Known = tuple[tuple[str | int, ...], Mapping[str, tuple[str, ...]], Mapping[str, str]]


def _place(row: Mapping[str, str], plan: Plan, places: Mapping[str, int]) -> _Known | None:
    position = places.get(row.get("upstream", "").strip())
    if position is None:
        return None
    project = plan.upstreams[position]
    path: tuple[str | int, ...] = ("upstreams", position)
    name, parts = row.get("vulnerability", "").strip().upper(), row.get("components", "").split()
    if not name:
        return path, _PROJECT, _of_project(project)
    for number, decision in enumerate(project.vulnerabilities):
        if decision.id.upper() == name and list(decision.components) == parts:
            return (*path, "vulnerabilities", number), _VULNERABILITY, _of_decision(decision)
    return None


def _change(
    document: YamlText,
    path: tuple[str | int, ...],
    columns: Mapping[str, tuple[str, ...]],
    known: Mapping[str, str],
    row: Mapping[str, str],
) -> list[str]:
    """Set the cells that differ, and return them; keys of a part that is not there yet are added together."""
    added: dict[str, dict[str, str]] = {}
    changed: list[str] = []
    for name, steps in columns.items():
        value = row.get(name, "").strip()
        if not value or value == known[name].strip():
            continue
        changed.append(name)
        place = (*path, *steps)
        if document.has(place):
            document.set(place, value)
        elif len(steps) == 1 or document.has(place[:-1]):
            document.add(place[:-1], steps[-1], value)
        else:
            added.setdefault(steps[0], {})[steps[-1]] = value
    for key, values in added.items():
        document.add(path, key, values)
    return changed


def _rows(table: bytes, *, source: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of each row; commas, semicolons or tabs separate, as the reader's country has it."""
    try:
        text = utf_8_of(table, source=source).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputInvalid(f"{source} is not UTF-8", location=source, hint="save it as CSV UTF-8") from error
    head, _, rest = text.partition("\n")
    if head[:4].lower() == "sep=":  # a spreadsheet's own line before the head
        text, head = rest, rest.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [restore(each).strip() for each in next(reader, [])]
        _require_columns(names, source=source)
        for number, cells in enumerate(reader):
            if number >= MAX_ROWS:
                raise InputInvalid(f"{source} has more than {MAX_ROWS} rows", location=source)
            if any(cells[len(names) :]):
                raise InputInvalid(
                    f"{source}:{reader.line_num}: more cells than the head has",
                    location=source,
                    hint="export it again as CSV, with quotes around texts",
                )
            if any(cells):
                yield reader.line_num, dict(zip(names, map(restore, cells), strict=False))
    except csv.Error as error:
        raise InputInvalid(
            f"{source}:{reader.line_num}: not CSV: {error}",
            location=source,
            hint="export it again as CSV, with quotes around texts",
        ) from error


def _require_columns(names: Sequence[str], *, source: str) -> None:
    unknown = [each for each in names if each and each not in COLUMNS]
    missing = [each for each in _KEYS if each not in names]
    if unknown or missing or len(set(names)) < len(names):
        what = f"no column {missing[0]}" if missing else f"the column {(unknown or names)[0]}"
        raise InputInvalid(
            f"{source} is not a table of avow plan export: it has {what}",
            location=source,
            hint="export the table again, and change cells below the head only",
        )
