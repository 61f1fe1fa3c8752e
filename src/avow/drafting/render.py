"""Writes a draft as text: avow.yaml for its author to finish, and COMPLIANCE.md for people who ask.

All foreign text is quoted here. In YAML, a text is left unquoted only if every reader takes it for that text.
In comments and on the Markdown page, foreign text stays on one line and has no markup.

Source: YAML 1.2.2, 5.7 and 7.3.1 (escapes in double quotes); CommonMark 0.31, 2.4 and 6.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from avow.catalogue.practices import Catalogue
from avow.drafting.found import Pointer, ProjectFact, is_url, shown
from avow.drafting.merge import DraftEntry
from avow.statement.predicate import LIMITATION

__all__ = ["Head", "compliance_page", "declaration_text"]

_PLAIN: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9]*(?:[A-Za-z0-9./_-]*[A-Za-z0-9])?|https?://[A-Za-z0-9./_~?=&%+,;@-]*[A-Za-z0-9/_~=-]"
)
_NOT_PLAIN: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_STATUS_WORDS: Final = {True: "implemented (draft, not reviewed)", False: "not answered yet; found so far:"}
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>#|~&!@])")
"""Markup characters inside a line; foreign text is never at the start of one."""
_SAFE_URL: Final = re.compile(r"https?://[A-Za-z0-9:/?#@!$&'()*+,;=%._~-]+")
_RELATIONSHIP_NOTE: Final = "fill in what you are to the project: maintainer, contributor, steward, ..."


@dataclass(frozen=True, slots=True)
class Head:
    """The parts of avow.yaml above the practices."""

    project: Mapping[str, ProjectFact]
    relationship: str | None
    """`None`: the person fills it in; no file shows it, and nothing is assumed."""
    version: str | None
    ended: tuple[str, ...] = ()
    """Signs that the project has ended, each with its place; they come before everything else."""
    notes: tuple[str, ...] = ()
    """What a person has to decide about the project itself."""


def declaration_text(
    head: Head, entries: Mapping[str, DraftEntry], *, today: date, sources: Sequence[str]
) -> str:
    """The text of the drafted avow.yaml."""
    lines = [
        f"# Drafted by avow init on {today.isoformat()} from {_sources(len(sources))}. Not reviewed yet.",
        "# For each draft: read it, correct it, set status, add reviewedAt with the day, remove draft: true.",
        "# Only what is written here is declared. A practice that you leave out is unknown, which is honest.",
    ]
    if head.ended:
        lines.append("#")
        lines += [f"# ATTENTION: has the project ended? {shown(sign)}" for sign in head.ended]
        lines.append(
            "# So nothing here says that it is alive or supported. Say in GOV-03 and SUP-01 how it is."
        )
    lines += ['avow: "0.1"', "", "project:"]
    for key in ("name", "url", "source", "purl"):
        if key in head.project:
            fact = head.project[key]
            lines.append(f"  {key}: {_scalar(fact.value)}{_comment('from ' + fact.origin)}")
    lines += [f"  # {shown(note)}" for note in head.notes]
    lines += [
        "",
        "# requests: no                # how to send you requests: no, viaSteward or a URL",
        "",
        "declarant:",
    ]
    if head.relationship is None:
        lines.append(f"  relationship:{_comment(_RELATIONSHIP_NOTE)}")
    else:
        lines.append(f"  relationship: {_scalar(head.relationship)}")
    for key in ("organization", "role"):
        if key in head.project:
            fact = head.project[key]
            lines.append(f"  {key}: {_scalar(fact.value)}{_comment('from ' + fact.origin)}")
    lines += ["", "scope:"]
    if head.version is not None:
        lines.append(f"  # the current version seems to be {shown(head.version)}")
    lines += [
        "  # versions: vers:TYPE/>=2.4|<2.5   # the versions covered; TYPE is pypi, npm, cargo, ...",
        "  validFor: 24 months",
        "",
    ]
    written = [line for entry in entries.values() for line in _entry(entry, today)]
    if any(entry.is_drafted or entry.practice.asked for entry in entries.values()):
        lines.append("practices:")
    else:
        lines.append("practices: {}")
    return "\n".join([*lines, *written, ""])


def _sources(number: int) -> str:
    return f"{number} source{'' if number == 1 else 's'}"


def _entry(entry: DraftEntry, today: date) -> Iterator[str]:
    practice = entry.practice
    if entry.is_drafted:
        yield f"  {practice.id}:{_comment(practice.title)}"
        yield "    draft: true"
        yield from _status(entry, today)
        for name, stated in entry.facts.items():
            yield from _fact(name, stated.value, stated.origin)
            for other in stated.others:
                yield f"    # {shown(other)}"
        if entry.evidence:
            yield "    evidence:"
            for pointer in entry.evidence:
                yield from _evidence(pointer)
    elif practice.asked:
        yield f"  {practice.id}:{_comment(practice.title)}"
        yield f"    # not answered: {practice.question}"
    elif entry.hints:
        yield f"  # {practice.id}  {practice.title}"
    else:
        return
    for hint in entry.hints:
        yield f"    # seen: {shown(hint.text)} ({shown(hint.origin)})"
    yield ""


def _status(entry: DraftEntry, today: date) -> Iterator[str]:
    """The status if evidence and facts support it; otherwise what a person needs to know to set it."""
    if entry.is_implemented(today):
        yield "    status: implemented"
    elif entry.practice.is_observation:
        if lacking := entry.unmet(today):
            yield "    # an observation, which has no status; it counts as unknown because:"
            yield from (f"    #   {shown(condition.message)}" for condition in lacking)
    else:
        yield "    # status: for you to set; implemented means:"
        yield f"    #   {entry.practice.implemented_means}"
        open_conditions = [condition.message for condition in entry.unmet(today)] or [
            *([] if entry.evidence else ["it has no evidence yet"])
        ]
        for message in [*open_conditions, *entry.doubts]:
            yield f"    #   still open: {shown(message)}"


def _fact(name: str, value: Any, origin: str) -> Iterator[str]:
    origin_comment = _comment("from " + origin)
    if not isinstance(value, list):
        yield f"    {name}: {_scalar(value)}{origin_comment}"
        return
    yield f"    {name}:{origin_comment}"
    for item in value:
        if isinstance(item, Mapping):
            for number, (key, part) in enumerate(item.items()):
                yield f"      {'- ' if number == 0 else '  '}{key}: {_scalar(part)}"
        else:
            yield f"      - {_scalar(item)}"


def _evidence(pointer: Pointer) -> Iterator[str]:
    yield f"      - {pointer.kind}: {_scalar(pointer.target)}"
    if pointer.check is not None:
        yield f"        check: {_scalar(pointer.check)}"


def _comment(text: str) -> str:
    return f"  # {shown(text)}"


def _scalar(value: Any) -> str:
    """A YAML scalar that is read back as `value`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    text = str(value)
    if _PLAIN.fullmatch(text) and "," not in text and text.lower() not in _NOT_PLAIN:
        return text
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004  the first plane of Unicode


def compliance_page(
    head: Head, entries: Mapping[str, DraftEntry], *, catalogue: Catalogue, today: date
) -> str:
    """The page for people who send questionnaires: answers, facts and their origins."""
    name = head.project["name"].value
    lines = [
        f"# Security practices of {_markdown(name)}",
        "",
        f"> **Unsigned draft of {today.isoformat()}**, collected automatically from what the project says.",
        "> Nobody has reviewed it yet, and nothing on this page is verified.",
        ">",
        f"> {LIMITATION}",
        "",
    ]
    for key, title in (("url", "Website"), ("source", "Source"), ("purl", "Package")):
        if key in head.project:
            lines.append(f"- {title}: {_value(head.project[key].value)}")
    lines.append("")
    for group, title in catalogue.groups.items():
        answered = [entry for entry in entries.values() if entry.practice.group == group and _on_page(entry)]
        if answered:
            lines += [f"## {title}", ""]
            for entry in answered:
                lines += [*_answer(entry, today), ""]
    return "\n".join(lines)


def _on_page(entry: DraftEntry) -> bool:
    return bool(entry.facts) or entry.practice.asked


def _answer(entry: DraftEntry, today: date) -> Iterator[str]:
    practice = entry.practice
    yield f"### {practice.id}: {practice.title}"
    yield ""
    yield f"*{practice.question}*"
    yield ""
    if not entry.facts:
        yield "Not answered."
        return
    if practice.is_observation:
        yield "Observed:"
    else:
        yield _STATUS_WORDS[entry.is_implemented(today)].capitalize()
    yield ""
    for name, stated in entry.facts.items():
        label = practice.facts[name].description or name
        for item in stated.value if isinstance(stated.value, list) else [stated.value]:
            text = (
                ", ".join(_value(part) for part in item.values())
                if isinstance(item, Mapping)
                else _value(item)
            )
            yield f"- {label}: {text} (from {_markdown(shown(stated.origin))})"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    text = shown(str(value))
    return f"<{text}>" if is_url(text) and _SAFE_URL.fullmatch(text) else _markdown(text)


def _markdown(text: str) -> str:
    """`text` on one line, without markup, mentions or links."""
    return _MARKDOWN.sub(r"\\\1", shown(text))
