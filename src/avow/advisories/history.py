"""When projects last released something, and last fixed a vulnerability: a CSV that people keep.

Columns: `component` (a purl without version) or `repository`, `last_release`, `last_security_fix`, `source`.
Days are `YYYY-MM-DD`; a day that nobody knows stays empty. The file is the manufacturer's own word, so it is
read strictly: every wrong line is reported, and then the file is not used at all.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from msgspec import Struct

from avow.advisories.identifiers import purl_key
from avow.errors import InputInvalid, Problems
from avow.formats.foreign import day_of, head_of, shown
from avow.formats.json_document import utf_8_of
from avow.formats.purl import PurlInvalid, read_purl
from avow.formats.repository import normal_repository

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 100_000

COLUMNS: Final = ("component", "repository", "last_release", "last_security_fix", "source")
_REQUIRED: Final = {"last_release", "last_security_fix", "source"}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_HINT: Final = f"write the columns {', '.join(COLUMNS)}, with days as YYYY-MM-DD"


class History(Struct, frozen=True, array_like=True):
    """One line of the file."""

    key: str
    """For look-ups: that of a purl, or the normalised address of a repository."""
    last_release: date | None
    last_security_fix: date | None
    source: str
    """Where the days are from, in the words of whoever wrote them down."""


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """One file; it states no date of its own."""

    entries: tuple[History, ...]
    newest: date | None = None
    """The newest day in it: the file is at least this young."""


class Histories(Protocol):
    """Histories by the key of a purl or the address of a repository; an index, or `HistoryTable`."""

    def histories(self, key: str) -> Sequence[History]:
        """The lines about `key`."""


class HistoryTable:
    """Histories in memory."""

    def __init__(self, entries: Iterable[History] = ()) -> None:
        self._by_key: dict[str, list[History]] = {}
        for entry in entries:
            self._by_key.setdefault(entry.key, []).append(entry)

    def histories(self, key: str) -> Sequence[History]:
        """The lines about `key`."""
        return self._by_key.get(key, ())


def sniff_history(data: bytes) -> bool:
    """The first line of `data` has the columns of a history."""
    first = head_of(data).split(b"\n", 1)[0].decode("utf-8", errors="replace")
    return {"last_release", "last_security_fix"} <= {name.strip(' \t\r"') for name in first.split(",")}


def read_history(data: bytes, *, source: str, today: date | None = None) -> HistoryFile:
    """The histories in `data`; with `today`, days after it are errors.

    Raises:
        InputInvalid: too large, not CSV with these columns, or lines that are wrong; with every problem.
    """
    if len(data) > MAX_BYTES:
        raise InputInvalid(f"{source} has {len(data)} bytes; at most {MAX_BYTES} are read", location=source)
    problems = Problems(source)
    entries: dict[str, History] = {}
    try:
        text = utf_8_of(data, source=source).decode("utf-8")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip() for name in next(reader, [])]
        if _has_columns(names, problems):
            for line in reader:
                if len(entries) >= MAX_ENTRIES or problems.is_full:
                    problems.add(f"the rest is not read: at most {MAX_ENTRIES} lines", line=reader.line_num)
                    break
                if any(value.strip() for value in line):
                    _add(line, names, entries, _Place(problems, reader.line_num, today))
    except UnicodeDecodeError as error:
        problems.add(f"not UTF-8 at byte {error.start}", fix="save the file as UTF-8")
    except csv.Error as error:
        problems.add(
            f"not CSV: {error}", line=reader.line_num, fix="put texts with a comma or quote in quotes"
        )
    problems.raise_if_any(f"{source} can't be read as a history of releases", hint=_HINT)
    days = [day for each in entries.values() for day in (each.last_release, each.last_security_fix)]
    newest = max((day for day in days if day is not None), default=None)
    return HistoryFile(tuple(entries.values()), newest)


@dataclass(frozen=True, slots=True)
class _Place:
    """One line, and where its problems go."""

    problems: Problems
    line: int
    today: date | None

    def problem(self, message: str, fix: str) -> None:
        self.problems.add(message, line=self.line, fix=fix)

    def day(self, name: str, text: str) -> date | None:
        if not text:
            return None
        day = day_of(text) if _DAY.fullmatch(text) else None
        if day is None:
            self.problem(f"{name} is {shown(text)}, not a day", "write YYYY-MM-DD, or leave it empty")
        elif self.today is not None and day > self.today:
            self.problem(f"{name} is {text}, which is in the future", "check the year")
        return day

    def key(self, component: str, repository: str) -> str:
        if bool(component) == bool(repository):
            self.problem("names no component or both a component and a repository", "fill in one of the two")
        elif repository:
            if address := normal_repository(repository):
                return address
            self.problem(
                f"{shown(repository)} is not the address of a repository", "write https://host/owner/name"
            )
        else:
            return self._component(component)
        return ""

    def _component(self, text: str) -> str:
        try:
            purl = read_purl(text)
        except PurlInvalid as error:
            self.problem(f"{shown(text)}: {error}", "write a purl without version, such as pkg:npm/express")
            return ""
        if purl.version:
            self.problem(f"{shown(text)} has a version", "remove it: the line is about all versions")
            return ""
        return purl_key(purl)


def _has_columns(names: list[str], problems: Problems) -> bool:
    missing = sorted(_REQUIRED.difference(names))
    if not {"component", "repository"}.intersection(names):
        missing.insert(0, "component")
    unknown = [name for name in names if name not in COLUMNS]
    for name in missing:
        problems.add(f"the column {name} is missing", line=1)
    for name in unknown:
        problems.add(f"unknown column {shown(name)}", line=1, fix=f"use: {', '.join(COLUMNS)}")
    if len(set(names)) != len(names):
        problems.add("a column is there twice", line=1)
    return not problems.found


def _add(line: list[str], names: list[str], entries: dict[str, History], place: _Place) -> None:
    if len(line) != len(names):
        place.problem(
            f"has {len(line)} fields; the first line has {len(names)}", "put texts with a comma in quotes"
        )
        return
    fields = {name: value.strip() for name, value in zip(names, line, strict=True)}
    key = place.key(fields.get("component", ""), fields.get("repository", ""))
    release = place.day("last_release", fields["last_release"])
    fix = place.day("last_security_fix", fields["last_security_fix"])
    if not fields["last_release"] and not fields["last_security_fix"]:
        place.problem("has neither last_release nor last_security_fix", "remove the line, or fill in a day")
    if not fields["source"]:
        place.problem("has no source", "write where the days are from, such as an address")
    if key in entries:
        place.problem("is about the same as an earlier line", "keep one of them")
    elif key:
        entries[key] = History(key, release, fix, fields["source"])
