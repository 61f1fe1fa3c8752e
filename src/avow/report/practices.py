"""Explains one practice of the catalogue to the person who has to answer it."""

from __future__ import annotations

import textwrap
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Final

from avow.catalogue.conditions import Evaluation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avow.catalogue.conditions import Condition
    from avow.catalogue.facts import FactType
    from avow.catalogue.practices import Catalogue, Practice

WIDTH: Final = 96
"""Columns: short enough to read with ease, and most terminals are this wide."""


FACT_COLUMNS: Final = 44
"""The column of a fact's description; if name and type are longer, it starts on a new line."""

_TYPE_WORDS: Final = {
    "versRange": "version range",
    "digestSet": "digests",
    "boolean": "true | false",
    "page": "url of a page",
    "contact": "e-mail address or url",
    "spdxExpression": "SPDX expression",
}


def explain(practice: Practice, catalogue: Catalogue, *, today: date) -> Iterator[str]:
    """The lines that explain what `practice` requires, how to write it down, and what it helps with."""
    yield from _wrapped(practice.question)
    yield ""
    yield from _wrapped(f"Why: {practice.risk}")
    yield ""
    if practice.is_observation:
        yield from _wrapped(f"An observation: it has facts, but no status. {practice.observe_by}")
    else:
        yield from _wrapped(f'"implemented" means: {practice.implemented_means}')
    yield ""
    yield "  facts, as written in avow.yaml"
    yield from _facts(practice.facts, indent="    ")
    if practice.usable_when:
        yield ""
        yield "  unknown unless"
        yield from _conditions(practice.usable_when, today=today)
    if practice.implemented_when:
        yield ""
        yield '  "implemented" requires'
        yield from _conditions(practice.implemented_when, today=today)
        if practice.or_implemented_when:
            yield "  or"
            yield from _conditions(practice.or_implemented_when, today=today)
    yield ""
    if not practice.is_observation:
        yield from _entry("notApplicable", _not_applicable(practice))
        yield from _entry("not enough", practice.examples.because)
    yield from _entry("shown by", practice.shown_by)
    yield from _entry("evidence", ", ".join(practice.evidence))
    yield from _entry("helps with", ", ".join(catalogue.citations(practice)))
    yield from _entry("if not declared", practice.next)
    for source, references in groupby(practice.cross_references, key=lambda each: each.source):
        related = ", ".join(f"{each.id} ({each.relation})" for each in references)
        yield from _entry("related", f"{catalogue.sources[source].title}: {related}")


def _facts(facts: Mapping[str, FactType], *, indent: str, bullet: str = "") -> Iterator[str]:
    """Facts as YAML keys; the fields of list items are below a dash."""
    lead = indent + bullet
    for name, fact in facts.items():
        optional = ", optional" if fact.optional else ""
        yield from _fact(f"{lead}{name}: {_type(fact)}".rstrip(), fact.description + optional)
        if fact.item.type == "record":
            inner = indent + " " * len(bullet) + "  "
            yield from _facts(fact.fields, indent=inner, bullet="- ")
            if fact.shorthand:
                kind, value = fact.shorthand
                word = fact.fields[kind].values[0]
                yield from _fact(f"{inner}- {word}: X", f"short for {kind}: {word} and {value}: X")
        lead = indent + " " * len(bullet)


def _fact(written: str, meaning: str) -> Iterator[str]:
    margin = " " * FACT_COLUMNS
    if len(written) > FACT_COLUMNS - 2:
        indent = " " * (len(written) - len(written.lstrip()))
        yield from textwrap.wrap(written, WIDTH, initial_indent="", subsequent_indent=indent + "    ")
        written = ""
    first = written.ljust(FACT_COLUMNS)
    yield from textwrap.wrap(meaning, WIDTH, initial_indent=first, subsequent_indent=margin)


def _type(fact: FactType) -> str:
    match fact.type:
        case "list" if fact.item.type == "record":
            return ""
        case "list":
            return f"list of {_type(fact.item)}"
        case "enum":
            return " | ".join(fact.values)
        case "dateOrWord":
            return " | ".join(["date", *fact.words])
        case other:
            return _TYPE_WORDS.get(other, other)


def _conditions(conditions: tuple[Condition, ...], *, today: date) -> Iterator[str]:
    at = Evaluation(today=today, version=None, version_in_range=lambda _version, _versions: True)
    for condition in conditions:
        given = ", if it is given" if condition.if_given else ""
        text = f"{condition.fact} {condition.requirement(at)}{given}"
        yield from textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ")


def _not_applicable(practice: Practice) -> str:
    if not practice.not_applicable_reasons:
        return "counts only if the integrator confirms the reason"
    return f"counts with the reason {' or '.join(practice.not_applicable_reasons)}"


def _entry(name: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        f"{name:<20}{text}", WIDTH, initial_indent="  ", subsequent_indent=" " * 22, break_on_hyphens=False
    )


def _wrapped(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
