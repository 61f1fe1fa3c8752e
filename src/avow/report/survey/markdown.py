"""A survey as Markdown, for a wiki, a pull request or a job summary: what the HTML report says, but shorter.

Foreign text can't become markup: what is plain is in a code span, where no link, mention or element begins;
anything else has each character that Markdown or HTML acts on written as a character reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from avow.record import Declaration, SurveyRecord
from avow.report.survey import wording
from avow.report.survey.html import capitalised, commands, digests, has_lists, history, noted
from avow.report.survey.sections import Group, View, fix, speaker, vex
from avow.report.survey.wording import SUPPORTS, counted, day, ending, listed, shown
from avow.values import utc_text

MAX_ROWS: Final = 100
"""Of one table; what is left out is counted."""

MAX_CELL: Final = 200

_PLAIN: Final = re.compile(r"[A-Za-z0-9@/._+:%~=?&#,*$-]+")
"""Safe inside a code span, also in a table: no backquote, bracket, bar, backslash or space."""

_COMMAND: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9@/._+:%~=,*' -]*[A-Za-z0-9.']")
"""The same with spaces inside, and the quotes of a shell."""

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
        yield f"Made {utc_text(record.made)} with {prose(record.tool.name)} {prose(record.tool.version)}. "
        yield from (f"{wording.NO_JUDGEMENT} {wording.PREPARES}", "")
        yield (
            f"{counted(totals.sboms, 'SBOM')}: {counted(totals.entries, 'entry', 'entries')}, "
            f"{counted(totals.components, 'component')}, {counted(totals.upstreams, 'upstream project')}, "
            f"{totals.upstreams_named:,} of them with a stated repository."
        )
        yield ""
        if record.first:
            yield from ("First:", "")
            for number, action in enumerate(record.first, start=1):
                yield f"{number}. {prose(action.what)}: {prose(action.why)}"
            yield ""
        yield from _head(0)
        if product is not None:
            yield (
                f"Placed on the market: {day(product.placed_on_market)}. End of the support period: "
                f"{day(product.support_end)}. Variants covered: "
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
            ("data", "file", "origin", "dated", "retrieved", "records", "SHA-256"),
            (
                (
                    prose(each.kind),
                    code(each.path),
                    code(each.origin) if each.origin else "not stated",
                    day(each.stated),
                    day(each.retrieved),
                    f"{each.records:,}" + (f", {each.unread:,} not readable" if each.unread else ""),
                    code(each.sha256),
                )
                for each in record.snapshots
            ),
        )

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
                    ", ".join(f"{code(name)} {count:,}" for name, count in reason.details[:8]) or "none",
                )
                for reason in self.view.reasons
            ),
        )
        yield from (f"- {prose(gap.source)}: {prose(gap.why)}" for gap in record.gaps[:MAX_ROWS])
        yield ""
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

    def vulnerabilities(self) -> Iterator[str]:
        record, view = self.record, self.view
        yield from (*_head(2), wording.KNOWN, "")
        if view.exploited:
            yield from (wording.LISTED, "")
        elif has_lists(record):
            yield from ("No list that was given names one of them as exploited.", "")
        else:
            yield from ("No list of exploited vulnerabilities was given, so nobody looked.", "")
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
        if not record.vulnerabilities:
            yield from (f"None found in the {counted(record.totals.looked_up, 'component')} looked up.", "")
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
        if not self.view.lines:
            yield from ("No list of support dates says anything about these components.", "")
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
        groups = [each for each in self.view.groups if each.components or each.declarations]
        yield from _table(
            ("upstream project", "known by", "components", "vulnerabilities", "past end of life", "history"),
            (
                (
                    _component(each.label),
                    prose(each.upstream.basis) if each.upstream else "nothing",
                    f"{len(each.components):,}",
                    f"{len(each.vulnerabilities):,}",
                    f"{len(each.ended):,}",
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
        yield from ("Compare the digests, then survey the same files again with the same options:", "")
        yield from (f"- {code(each, plain=_COMMAND)}" for each in commands(self.record))
        yield ""
        yield from _table(
            ("SHA-256", "file"), ((code(sha256), code(name)) for sha256, name in digests(self.record))
        )
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


def _component(text: str) -> str:
    name, space, version = text.rpartition(" ")
    return f"{code(name)} {code(version)}" if space and name else code(text)


def code(text: str, *, plain: re.Pattern[str] = _PLAIN) -> str:
    """A foreign name, version or address: a code span where it is plain, else `prose`."""
    safe = shown(text, limit=MAX_CELL)
    return f"`{safe}`" if plain.fullmatch(safe) else prose(text)


def prose(text: str) -> str:
    """Foreign text as text: it makes no link, element, emphasis or cell."""
    safe = shown(text, limit=MAX_CELL)
    return _ACTS.sub(lambda found: f"&#{ord(found[0])};{_AFTER.get(found[0], '')}", safe)
