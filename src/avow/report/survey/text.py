"""The first screen of a survey: numbers, what is exploited or known, what nobody looked up, first steps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, starmap
from typing import Final

from avow.record import SurveyRecord, Vulnerability
from avow.report.survey.answers import ended, exploited, in_hand, known
from avow.report.survey.sections import Group, View, fix, speaker, vex
from avow.report.survey.wording import (
    GAPS,
    KINDS,
    NO_JUDGEMENT,
    QUESTION,
    VOICES,
    WHY,
    counted,
    detailed,
    ending,
    gap_reason,
    listed,
    shown,
    without_credentials,
)

MAX_LINE: Final = 400
"""Characters of a line; names are cut before."""

MAX_NAME: Final = 60

_FEW: Final = 3
"""SBOMs and release lines on the first screen."""

_LISTED: Final = 4
"""Listed vulnerabilities, and details of a reason."""

_SOME: Final = 5
"""Upstream projects on the first screen."""

_NAMED_GAPS: Final = frozenset({"not_given", "refused"})
"""Kinds of gaps of which the first screen names one."""


def render_text(record: SurveyRecord, *, details: bool = False) -> Iterator[str]:
    """The survey as lines; `details` leaves out no line for brevity."""
    screen = _Screen(View(record), details=details)
    for line in screen.lines():
        yield f"{shown(line, limit=MAX_LINE).rstrip()}\n"


class _Screen:
    def __init__(self, view: View, *, details: bool) -> None:
        self.view = view
        self.record = view.record
        self.details = details

    def lines(self) -> Iterator[str]:
        yield from chain(
            self._numbers(),
            self._exploited(),
            self._known(),
            self._ended(),
            self._not_looked_up(),
            self._said(),
            self._first(),
        )
        yield NO_JUDGEMENT

    def _limit(self, few: int) -> int | None:
        return None if self.details else few

    def _numbers(self) -> Iterator[str]:
        totals, record = self.record.totals, self.record
        sboms = counted(totals.sboms, "SBOM")
        title = self.view.title
        yield f"Survey of {sboms}" if title == sboms else f"Survey of {_path(title)}, {sboms}"
        yield (
            f"  {counted(totals.entries, 'entry', 'entries')}, {counted(totals.components, 'component')}, "
            f"{counted(totals.upstreams, 'upstream project')}, "
            f"{totals.upstreams_named:,} of them with a stated repository"
        )
        modified = sum(each.modified for each in record.components)
        forks = f", {modified:,} modified by the supplier" if modified else ""
        yield (
            f"  identified: {totals.by_purl:,} by purl, {totals.by_cpe_only:,} by CPE only, "
            f"{totals.by_name_only:,} by name only; {totals.by_digest:,} with a stated digest{forks}"
        )
        if len(record.sboms) > 1:
            yield from self._sboms()
        problems = sum(len(each.problems) for each in record.sboms)
        services = sum(len(each.services) for each in record.sboms)
        noted = [f"{counted(totals.proposals, 'row')} proposed for avow.map"] if totals.proposals else []
        noted += [f"{counted(services, 'service')} not assessed"] if services else []
        noted += [f"{counted(problems, 'problem')} in what was read, see the report"] if problems else []
        if noted:
            yield f"  {'; '.join(noted)}"

    def _sboms(self) -> Iterator[str]:
        sboms = self.record.sboms
        limit = self._limit(_FEW)
        for each in sboms[:limit]:
            about = f"  ({_short(each.roots[0])})" if each.roots else ""
            yield (
                f"    {_path(each.source)}{about}: {counted(each.entries, 'entry', 'entries')}, "
                f"{counted(each.components, 'component')}, {counted(each.upstreams, 'upstream project')}"
            )
        yield from _more(len(sboms), limit, "SBOM")

    def _exploited(self) -> Iterator[str]:
        answer, found = exploited(self.view), self.view.exploited
        if not found:
            yield f"exploited somewhere: {answer.line}"
            return
        data = f" ({answer.data})" if answer.data else ""
        number = counted(len(found), "vulnerability", "vulnerabilities")
        yield f"exploited somewhere: {number}; {QUESTION}{data}"
        limit = self._limit(_LISTED)
        for each in found[:limit]:
            where = self.view.names((match.component for match in each.matches), limit=2)
            says = _short(listed(each.exploited[0], key=each.key), 90)
            yield f"  {_short(where)}  {each.key}  {says}{self._across(each)}"
        yield from _more(len(found), limit, "vulnerability", "vulnerabilities")

    def _across(self, vulnerability: Vulnerability) -> str:
        count = self.view.sboms_of(vulnerability)
        return f"  in {count:,} SBOMs" if count > 1 else ""

    def _known(self) -> Iterator[str]:
        totals, answer = self.record.totals, known(self.view)
        if not totals.vulnerabilities:
            yield f"known vulnerabilities: {answer.line}"
        else:
            spoke = (
                f", {totals.from_findings:,} from findings that you brought" if totals.from_findings else ""
            )
            data = f" ({answer.data})" if answer.data else ""
            yield (
                f"known vulnerabilities: {answer.short} {answer.of}; "
                f"{counted(totals.matches, 'match', 'matches')}{spoke}{data}"
            )
            groups = [each for each in self.view.groups if each.vulnerabilities]
            limit = self._limit(_SOME)
            for group in groups[:limit]:
                yield from self._group(group)
            yield from _more(len(groups), limit, "upstream project")
        unheard = len(self.record.vex_not_heard)
        aside = [
            f"{count:,} {word}"
            for count, word in (
                (totals.malicious, "malicious"),
                (totals.contested, "contested"),
                (totals.undecidable, "undecidable"),
                (totals.withdrawn, "withdrawn"),
                (totals.informational, "informational"),
                (len(self.record.proposed), "proposed by CPE or name"),
                (unheard, f"VEX {'statement' if unheard == 1 else 'statements'} about nothing here"),
            )
            if count
        ]
        if aside:
            yield f"  also noted: {', '.join(aside)}"

    def _group(self, group: Group) -> Iterator[str]:
        keys = [each.key for each in group.vulnerabilities]
        named = ", ".join(keys[: self._limit(2)])
        more = f" and {len(keys) - 2:,} more" if len(keys) > 2 and not self.details else ""  # noqa: PLR2004  as named
        yield (
            f"  {_short(group.label)}: {counted(len(keys), 'vulnerability', 'vulnerabilities')} in "
            f"{counted(group.vulnerable_components, 'component')}  {named}{more}"
        )
        if self.details:
            own = {each.id for each in group.components}
            for vulnerability in group.vulnerabilities:
                for match in vulnerability.matches:
                    if match.component in own:
                        yield (
                            f"      {vulnerability.key}  {_short(self.view.name(match.component))}  "
                            f"fixed in: {_short(fix(match))}  by {speaker(match)}"
                        )
                        yield from (f"          VEX  {vex(word)}" for word in match.vex)

    def _ended(self) -> Iterator[str]:
        lines = [each for each in self.view.lines if each.found.state == "eol"]
        yield f"past end of life: {ended(self.view).line}"
        limit = self._limit(_FEW)
        for line in lines[:limit]:
            named = _short(f"{line.product} {line.cycle}".rstrip())
            yield f"  {named}  {ending(line.found)}  {_short(self.view.names(line.components, limit=2))}"
        yield from _more(len(lines), limit, "release line")

    def _not_looked_up(self) -> Iterator[str]:
        totals = self.record.totals
        without = totals.not_looked_up
        yield (
            f"looked up {totals.looked_up:,} of {counted(totals.components, 'component')}"
            + (f'; {without:,} could not be looked up, which is not "none found"' if without else "")
        )
        for reason in self.view.reasons:
            named = ", ".join(starmap(detailed, reason.details[: self._limit(_LISTED)]))
            yield f"  {reason.count:>6,}  {WHY[reason.why]}{f': {named}' if named else ''}"
        yield from self._gaps()

    def _gaps(self) -> Iterator[str]:
        counts = []
        for kind, gaps in self.view.gaps:
            if self.details:
                for each in gaps:
                    yield f"  {GAPS[kind].lower()}: {each.source}: {gap_reason(each)}"
            elif kind in _NAMED_GAPS:
                more = f"; and {len(gaps) - 1:,} more" if len(gaps) > 1 else ""
                named = f"{_path(gaps[0].source)}: {_short(gap_reason(gaps[0]), 120)}"
                yield f"  {GAPS[kind].lower()}: {named}{more}"
            else:
                counts.append(f"{GAPS[kind].lower()} {len(gaps):,}")
        if counts:
            yield f"  sources that count for nothing: {', '.join(counts)}; see the report"

    def _said(self) -> Iterator[str]:
        yield f"in hand: {in_hand(self.view)}"
        if self.details:
            for each in self.record.declarations:
                about = self.view.names(each.components, limit=2)
                yield f"  {KINDS.get(each.kind, each.kind)} ({VOICES[each.voice]})  {about}  {each.source}"
        without = self.view.without_history
        if without:
            yield f"update history not looked at for {counted(without, 'upstream project')}"

    def _first(self) -> Iterator[str]:
        for number, action in enumerate(self.record.first, start=1):
            start = "do first:" if number == 1 else "         "
            yield f"{start} {number} {_short(action.what, 160)}"
            yield f"            {_short(action.why, 160)}"


def _short(text: str, limit: int = MAX_NAME) -> str:
    """`text` so that what comes after it on the line is still there."""
    plain = without_credentials(text)
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"


def _path(text: str) -> str:
    """A path so that its end is still there: that is the file."""
    plain = without_credentials(text)
    return plain if len(plain) <= MAX_NAME else f"…{plain[1 - MAX_NAME :]}"


def _more(count: int, limit: int | None, noun: str, plural: str = "") -> Iterator[str]:
    if limit is not None and count > limit:
        yield f"  and {counted(count - limit, f'more {noun}', f'more {plural}' if plural else '')}"
