"""The three answers that a reader looks for first: exploited, known, past end of life.

Each says of how many components it is and of which date the data is. Where nobody looked, it says that
instead of a number: a zero would read as "nothing to do".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from avow.record import Snapshot
from avow.report.survey.sections import View
from avow.report.survey.wording import counted, data_day

ADVISORIES: Final = frozenset({"osv"})
EXPLOITED: Final = {"kev": "CISA KEV", "eukev": "EU KEV", "euvd": "ENISA EUVD"}
SUPPORT: Final = frozenset({"endoflife"})
FINDINGS: Final = frozenset({"dependency-track", "osv-scanner", "cyclonedx"})
"""Kinds of files, as `avow data` names them."""

NOT_LOOKED_AT: Final = "not looked at"


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What is known of one question."""

    short: str
    """A number, `none listed`, `not known` or `not looked at`."""
    of: str
    """Of how many, or why nobody looked."""
    data: str = ""
    """What it rests on, with dates; empty where nobody looked."""

    @property
    def is_number(self) -> bool:
        """Something was found."""
        return self.short[:1].isdigit()

    @property
    def line(self) -> str:
        """The whole answer on one line."""
        data = f" ({self.data})" if self.data else ""
        return f"{self.short}{' ' if self.is_number else ', '}{self.of}{data}"


def known(view: View) -> ShownAnswer:
    """Whether advisories or findings name vulnerabilities."""
    totals = view.record.totals
    data = _advisory_data(view)
    if totals.vulnerabilities:
        return ShownAnswer(
            f"{totals.vulnerabilities:,}", f"in {counted(totals.vulnerable_components, 'component')}", data
        )
    if not totals.looked_up:
        return ShownAnswer(NOT_LOOKED_AT, _nothing_to_look_up(view))
    return ShownAnswer("none listed", f"of {counted(totals.looked_up, 'component')} looked up", data)


def exploited(view: View) -> ShownAnswer:
    """Whether a list names one of the vulnerabilities as exploited somewhere."""
    data, found = _exploited_data(view), view.exploited
    if found:
        components = {match.component for each in found for match in each.matches}
        return ShownAnswer(f"{len(found):,}", f"in {counted(len(components), 'component')}", data)
    if not data:
        return ShownAnswer(NOT_LOOKED_AT, "no list was given")
    looked_up = view.record.totals.looked_up
    if not looked_up:
        return ShownAnswer(NOT_LOOKED_AT, _nothing_to_look_up(view))
    return ShownAnswer("none listed", f"of {counted(looked_up, 'component')} looked up", data)


def ended(view: View) -> ShownAnswer:
    """Whether components are past the end of life of their release line."""
    record, data = view.record, _support_data(view)
    if not record.end_of_life and not data:
        return ShownAnswer(NOT_LOOKED_AT, "no list of support dates was given")
    if not record.components:
        return ShownAnswer(NOT_LOOKED_AT, "there is no component")
    listed = view.on_listed_lines
    if not listed:
        number = counted(len(record.components), "component")
        return ShownAnswer("not known", f"the lists have no end for any of {number}", data)
    rest = len(record.components) - len(listed)
    of = f"of {counted(len(listed), 'component')} whose release line is listed"
    of += f"; not known for {rest:,} more" if rest > 0 else ""
    count = len({each.component for each in view.ended})
    return ShownAnswer(f"{count:,}" if count else "none", of, data)


def in_hand(view: View) -> str:
    """What projects, builds and published results say, as counts of what was in hand."""
    totals = view.record.totals
    if not any((totals.declarations, totals.project_files, totals.published_results, totals.provenance)):
        return "no signed declaration, file from a project, published Scorecard or build provenance"
    return (
        f"{counted(totals.declarations, 'signed declaration')}, "
        f"{counted(totals.project_files, 'file')} from the projects, "
        f"{counted(totals.published_results, 'published Scorecard')}, "
        f"{counted(totals.provenance, 'file')} of build provenance"
    )


def data_dates(view: View) -> str:
    """Of which date all of it is, in one line; empty without data."""
    return "; ".join(
        text for text in (_advisory_data(view), _exploited_data(view), _support_data(view)) if text
    )


def advisory_dates(view: View) -> str:
    """Of which date the advisories and findings are, for a table's head or cell."""
    return _advisory_data(view)


def file_dates(snapshots: Iterable[Snapshot], *, made: date) -> str:
    """How many files, how old the oldest is, and how many have no date: an age is never guessed."""
    files = tuple(snapshots)
    days = sorted(day for each in files if (day := data_day(each)) is not None)
    count, without = counted(len(files), "file"), len(files) - len(days)
    if not days:
        return f"{count}, date not known" if len(files) == 1 else f"{count}, none with a date"
    age = f"{counted(max(0, (made - days[0]).days), 'day')} old"
    if len(files) == 1:
        return f"{count} of {days[0].isoformat()}, {age}"
    missing = f"; {without:,} without a date" if without else ""
    return f"{count}, oldest {days[0].isoformat()}, {age}{missing}"


def _nothing_to_look_up(view: View) -> str:
    return "no component could be looked up" if view.record.components else "there is no component"


def _advisory_data(view: View) -> str:
    made = view.record.made.date()
    advisories = [each for each in view.record.snapshots if each.kind in ADVISORIES]
    findings = [each for each in view.record.snapshots if _is_findings(each.kind)]
    parts = [("advisories", advisories), ("findings", findings)]
    return "; ".join(f"{name}: {file_dates(files, made=made)}" for name, files in parts if files)


def _is_findings(kind: str) -> bool:
    """A file that can name vulnerabilities; one of VEX says nothing of what is not in it."""
    return kind in FINDINGS or (
        kind.startswith("findings") and not any(word in kind.lower() for word in ("vex", "csaf"))
    )


def _exploited_data(view: View) -> str:
    return "; ".join(
        f"{EXPLOITED[each.kind]} of {day.isoformat()}"
        if (day := data_day(each)) is not None
        else f"{EXPLOITED[each.kind]}, date not known"
        for each in view.record.snapshots
        if each.kind in EXPLOITED
    )


def _support_data(view: View) -> str:
    files = [each for each in view.record.snapshots if each.kind in SUPPORT]
    return f"endoflife.date: {file_dates(files, made=view.record.made.date())}" if files else ""
