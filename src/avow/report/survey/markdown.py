"""A survey as Markdown, for a wiki, a pull request or a job summary: what the HTML report says, but shorter.

Foreign text can't become markup: what is plain is in a code span, where no link, mention or element begins;
anything else has each character that Markdown or HTML acts on written as a character reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import starmap
from typing import Final

from avow.record import Declaration, Snapshot, SurveyRecord
from avow.report.survey import answers, wording
from avow.report.survey.html import capitalised, commands, digests, history, noted, places_are_known
from avow.report.survey.sections import Group, View, fix, speaker, vex
from avow.report.survey.wording import SUPPORTS, counted, day, ending, listed, shown
from avow.values import utc_text

MAX_ROWS: Final = 100
"""Of one table; what is left out is counted."""

MAX_FILES: Final = 4
"""Of one kind of data that have a row each."""

MAX_GAPS: Final = 20
"""Of one kind of sources that count for nothing."""

MAX_CELL: Final = 200

_PLAIN: Final = re.compile(r"[A-Za-z0-9@/._+:%~=?&#,*$-]+")
"""Safe inside a code span, also in a table: no backquote, bracket, bar, backslash or space."""

_ACTS: Final = re.compile(r"[&<>|\[\](){}`*_~\\#!:@$]|(?<=www)\.", re.IGNORECASE)
_AFTER: Final = {"@": "\u200b", ":": "\u200b"}
"""A space of no width keeps forges from making an address or a mention of what the reference stands for."""


def render_markdown(record: SurveyRecord) -> Iterator[str]:
    """The report, a piece per section."""
    page = _Page(View(record))
    for lines in (
        page.what(),
        page.scope(),
        page.vulnerabilities(),
        page.horizon(),
        page.upstream(),
        page.again(),
    ):
        yield "".join(f"{line}\n" for line in lines)


class _Page:
    def __init__(self, view: View) -> None:
        self.view = view
        self.record = view.record

    def what(self) -> Iterator[str]:
        record, totals, product = self.record, self.record.totals, self.record.product
        yield from (f"# Survey record: {code(self.view.title)}", "")
        tool, who = record.tool, f" by {prose(record.by)}" if record.by else ""
        yield f"Made {utc_text(record.made)}{who} with {prose(tool.name)} {prose(tool.version)}. "
        yield from (f"{wording.NO_JUDGEMENT} {wording.PREPARES}", "")
        yield (
            f"{counted(totals.sboms, 'SBOM')}: {counted(totals.entries, 'entry', 'entries')}, "
            f"{counted(totals.components, 'component')}, {counted(totals.upstreams, 'upstream project')}, "
            f"{totals.upstreams_named:,} of them with a stated repository."
        )
        yield ""
        yield from self._answers()
        if record.first:
            yield from ("Do first:", "")
            for number, action in enumerate(record.first, start=1):
                yield from (
                    f"{number}. {prose(capitalised(action.what))}",
                    "",
                    f"   {prose(capitalised(action.why))}",
                    "",
                )
        yield from _head(0)
        if product is not None:
            yield (
                f"Placing on the market (as stated): {day(product.placed_on_market)}. "
                f"End of the support period: {day(product.support_end)}. Variants covered: "
                f"{', '.join(map(code, product.variants)) or 'none stated'}. As the manufacturer's own "
                "folder says it; nothing of it was checked."
            )
            yield ""
        yield from _table(
            ("SBOM", "about", "format", "created", "by", "SHA-256"),
            (
                (
                    code(each.source),
                    ", ".join(map(code, each.roots)) or "not stated",
                    prose(each.format),
                    day(each.created) if each.created else prose(each.created_text or "not stated"),
                    prose(", ".join(each.generators) or "not stated"),
                    code(each.sha256),
                )
                for each in record.sboms
            ),
        )
        yield from _table(
            ("data", "file", "origin", "dated", "retrieved", "records"),
            (row for kind, files in self.view.data_kinds for row in self._files(kind, files)),
        )

    def _files(self, kind: str, files: tuple[Snapshot, ...]) -> Iterator[tuple[str, ...]]:
        """A row for each of a few files; one for all of many. Their digests are in the last section."""
        if len(files) > MAX_FILES:
            records = sum(each.records for each in files)
            dates = answers.file_dates(files, made=self.record.made.date())
            yield (prose(wording.DATA.get(kind, kind)), dates, "", "", "", f"{records:,}")
            return
        for each in files:
            yield (
                prose(wording.DATA.get(kind, kind)),
                code(each.path),
                code(each.origin) if each.origin else "not stated",
                day(each.stated),
                day(each.retrieved),
                f"{each.records:,}" + (f", {each.unread:,} not readable" if each.unread else ""),
            )

    def _answers(self) -> Iterator[str]:
        """The same answers as on the first screen of the other reports, what nobody looked up first."""
        totals, view = self.record.totals, self.view
        without = f"; {wording.NOT_NONE_FOUND}" if totals.not_looked_up else ""
        number = counted(totals.components, "component")
        yield f"- Not looked up: {totals.not_looked_up:,} of {number}{without}"
        for name, answer in (
            ("Listed as exploited somewhere", answers.exploited(view)),
            ("Known vulnerabilities", answers.known(view)),
            ("Past end of life", answers.ended(view)),
        ):
            yield f"- {name}: {answer.line}"
        yield f"- In hand: {answers.in_hand(view)}"
        yield ""

    def scope(self) -> Iterator[str]:
        record, totals = self.record, self.record.totals
        yield from _head(1)
        yield from _table(
            ("SBOM", "entries", "components", "upstream projects", "also noted"),
            (
                (
                    code(each.source),
                    f"{each.entries:,}",
                    f"{each.components:,}",
                    f"{each.upstreams:,}",
                    noted(each),
                )
                for each in record.sboms
            ),
        )
        yield (
            f"Looked up {totals.looked_up:,} of {counted(totals.components, 'component')}; "
            f"{wording.NOT_NONE_FOUND}."
        )
        yield ""
        yield from _table(
            ("components", "not looked up because", "in detail"),
            (
                (
                    f"{reason.count:,}",
                    capitalised(wording.WHY[reason.why]),
                    prose(", ".join(starmap(wording.detailed, reason.details[:8]))),
                )
                for reason in self.view.reasons
            ),
        )
        yield from self._gaps()
        services = [name for each in record.sboms for name in each.services]
        if services:
            named = ", ".join(map(code, services[:12]))
            yield from (f"{counted(len(services), 'service')} named and not assessed: {named}.", "")
        yield from _table(
            ("field (BSI TR-03183-2)", "have it", "of", "usual cause"),
            (
                (prose(one.field), f"{one.have:,}", f"{one.of:,}", prose(one.cause))
                for one in self.view.fitness
            ),
        )

    def _gaps(self) -> Iterator[str]:
        for kind, gaps in self.view.gaps:
            yield from (f"{wording.GAPS[kind]} ({len(gaps):,}):", "")
            yield from (f"- {prose(gap.source)}: {prose(wording.gap_reason(gap))}" for gap in gaps[:MAX_GAPS])
            if len(gaps) > MAX_GAPS:
                yield f"- and {len(gaps) - MAX_GAPS:,} more in the JSON record"
            yield ""

    def vulnerabilities(self) -> Iterator[str]:
        record, view = self.record, self.view
        yield from (*_head(2), wording.KNOWN, "")
        yield from (f"Listed as exploited somewhere: {answers.exploited(view).line}.", "")
        if view.exploited:
            yield from (wording.LISTED, "")
        yield from _table(
            ("listed as exploited", "component", "which list says so"),
            (
                (
                    code(each.key),
                    prose(view.names((match.component for match in each.matches), limit=4)),
                    prose("; ".join(listed(one, key=each.key) for one in each.exploited)),
                )
                for each in view.exploited
            ),
        )
        yield from (f"Known vulnerabilities: {answers.known(view).line}.", "")
        yield from _table(
            ("vulnerability", "component", "fixed in", "who says so", "VEX"),
            (
                (
                    code(each.key) + (" (listed as exploited)" if each.exploited else ""),
                    _component(view.name(match.component)),
                    prose(fix(match)),
                    speaker(match) + (" (contested)" if match.contested else ""),
                    prose("; ".join(map(vex, match.vex))),
                )
                for each in view.by_urgency
                for match in each.matches
            ),
        )
        aside = [f"{title.lower()} {len(items):,}" for title, _, items in view.asides if items]
        if record.vex_not_heard:
            aside.append(f"VEX statements about nothing here {len(record.vex_not_heard):,}")
        if aside:
            yield from (f"Not counted above, and in the JSON record: {', '.join(aside)}.", "")

    def horizon(self) -> Iterator[str]:
        yield from (*_head(3), wording.HORIZON, "")
        yield from (f"Past end of life: {answers.ended(self.view).line}.", "")
        yield from _table(
            ("release line", "ends", "components"),
            (
                (
                    _component(f"{line.product} {line.cycle}".rstrip()),
                    prose(ending(line.found)) + (" (contested)" if line.found.contested else ""),
                    prose(self.view.names(line.components, limit=3)),
                )
                for line in self.view.lines
            ),
        )

    def upstream(self) -> Iterator[str]:
        yield from _head(4)
        without = counted(self.view.without_history, "upstream project")
        yield from (f"Update history was not looked at for {without}.", "")
        listed = self.view.on_listed_lines
        groups = [each for each in self.view.groups if each.components or each.declarations]
        yield from _table(
            ("upstream project", "known by", "components", "vulnerabilities", "past end of life", "history"),
            (
                (
                    _component(each.label),
                    prose(wording.BASES.get(each.upstream.basis, each.upstream.basis))
                    if each.upstream
                    else "nothing",
                    f"{len(each.components):,}",
                    _found(each),
                    f"{len(each.ended):,}"
                    if any(one.id in listed for one in each.components)
                    else "not known",
                    prose(history(each)),
                )
                for each in groups
            ),
        )
        declared = [(group, each) for group in groups for each in group.declarations]
        for group, each in declared[:MAX_ROWS]:
            yield from _declaration(group, each)

    def again(self) -> Iterator[str]:
        yield from _head(5)
        where = "" if places_are_known(self.record) else "; the paths of data files begin in the data folder"
        yield "Keep these files with the record."
        yield f"Save the lines of this list as `digests.txt`, where the command was called{where}:"
        yield ""
        yield from _block([f"{sha256}  {name}" for sha256, name in digests(self.record)])
        given = "" if self.record.command else " with the same options"
        yield from (f"Compare them, then survey the same files again{given}:", "")
        yield from _block(commands(self.record))
        yield from _table(
            ("section", "in the technical documentation"), ((title, what) for _, title, what in SUPPORTS)
        )
        yield f"{wording.LAW} {wording.EDITIONS}"


def _declaration(group: Group, declaration: Declaration) -> Iterator[str]:
    kind = wording.KINDS.get(declaration.kind, declaration.kind)
    yield (
        f"**{code(group.label)}**: {prose(kind)}, by {wording.VOICES[declaration.voice]}, "
        f"dated {day(declaration.dated)}, {code(declaration.source)}"
    )
    yield ""
    for one in declaration.assumptions[:MAX_ROWS]:
        violated = f" If not so: {prose(one.if_violated)}" if one.if_violated else ""
        yield f"- assumes {code(one.id)}: {prose(one.text)}{violated}"
    for left in declaration.left[:MAX_ROWS]:
        yield (
            f"- Annex I Part I (2)({prose(left.letter)}): {prose(left.handling)}; left to the integrator: "
            f"{prose(left.left_to_integrator) or 'nothing stated'}"
        )
    yield ""


def _head(number: int) -> tuple[str, ...]:
    _, title, what = SUPPORTS[number]
    return (f"## {number + 1}. {title}", "", f"{capitalised(what)}.", "")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table with the same number of cells on each line; nothing for an empty one."""
    found = list(rows)
    if not found:
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in found[:MAX_ROWS])
    yield ""
    if len(found) > MAX_ROWS:
        yield from (f"{counted(len(found) - MAX_ROWS, 'more row')} in the JSON record.", "")


def _block(lines: Iterable[str]) -> Iterator[str]:
    """Lines to copy: nothing in them acts, and none of them ends the block."""
    found = [shown(line, limit=len(line) + 1) for line in lines]
    longest = max((len(run) for line in found for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}text", *found, fence, "")


def _found(group: Group) -> str:
    """The vulnerabilities of an upstream project; a zero only where all of its components were looked up."""
    count, all_of = len(group.vulnerabilities), len(group.components)
    if group.looked_up == all_of:
        return f"{count:,}"
    if not group.looked_up and not count:
        return answers.NOT_LOOKED_AT
    return f"{count:,}; looked up {group.looked_up:,} of {all_of:,}"


def _component(text: str) -> str:
    name, space, version = text.rpartition(" ")
    return f"{code(name)} {code(version)}" if space and name else code(text)


def code(text: str) -> str:
    """A foreign name, version or address: a code span where it is plain, else `prose`."""
    safe = shown(text, limit=MAX_CELL)
    return f"`{safe}`" if _PLAIN.fullmatch(safe) else prose(text)


def prose(text: str) -> str:
    """Foreign text as text: it makes no link, element, emphasis or cell."""
    safe = shown(text, limit=MAX_CELL)
    return _ACTS.sub(lambda found: f"&#{ord(found[0])};{_AFTER.get(found[0], '')}", safe)
