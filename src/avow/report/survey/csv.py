"""A survey as CSV for spreadsheets and trackers: one record per component, by RFC 4180, in UTF-8.

Every cell is as `avow.formats.spreadsheet` writes it: no text of a stranger is run, and each can be restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from avow.formats.spreadsheet import BOM, CsvLine
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


def render_csv(record: SurveyRecord) -> Iterator[str]:
    """The head and one record per component, each a piece of the output."""
    line = CsvLine()
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
