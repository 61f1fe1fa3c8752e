"""Changes a JSON document in its own bytes: what is not changed stays as it is, byte by byte.

Whoever parses somebody's document and writes it again changes its indentation, its escapes, its numbers and
its line ends, and loses what the parser does not know. Here, the wanted value is compared with the value of
the document, and only what differs is written, in the style of its surroundings.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from avow.errors import InputInvalid
from avow.formats.json_document import read_json, utf_8_of

_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
"""Finds where a value ends; what it is has been read, and checked, before."""

_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_INDENTATION: Final = re.compile(r"[ \t]*")
_OBJECT_ON_THE_LINE_OF_ITS_ARRAY: Final = re.compile(r"\[([ \t]*)\{[ \t]*\r?\n")
"""No text of a document contains a line end, so this is never inside of one."""


class _Style(NamedTuple):
    """How a document is laid out."""

    newline: str
    """Empty for a document on one line."""
    unit: str
    """By how much each level is indented."""
    colon: str
    gap: str
    """What is between the items of a list on one line, after the comma."""
    hugged: str | None
    """What is between a bracket and the items of its array; None where each item has a line of its own."""
    ascii_only: bool

    def on_one_line(self) -> _Style:
        return self._replace(newline="")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item of an array, or one member of an object."""

    lead: int
    """After the bracket or comma before it."""
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class _Container:
    """One array or object in the text."""

    start: int
    close: int
    """The place of its closing bracket."""
    entries: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class _New:
    """An item or member that is written."""

    value: Any
    name: str | None = None


_Plan: TypeAlias = tuple[list[int | _New], list[tuple[int, Any, Any]]]
"""The entries that a container will have: the number of one that stays, or a new one. Of those that stay, its
number and its value before and after."""


class _Edit(NamedTuple):
    """The characters from `start` to `end` are replaced."""

    start: int
    end: int
    text: str


def read_editable(data: bytes, *, source: str) -> Any:
    """The value of a document that `edited` can change.

    Raises:
        InputInvalid: as `read_json`, or not UTF-8.
    """
    value = read_json(data, source=source)
    if not data.endswith(utf_8_of(data, source=source)):
        raise InputInvalid(
            f"{source} is UTF-16; a document is changed in UTF-8 only",
            location=source,
            hint="save it as UTF-8, e.g. with: iconv -f UTF-16 -t UTF-8",
        )
    return value


def edited(data: bytes, value: Any, *, source: str) -> bytes:
    """The document in `data`, changed so that its value is `value`.

    Everything that is equal in both keeps its bytes: a byte order mark, blanks, escapes, the spelling of
    numbers, the order of members. Of an array whose length changes, items keep their bytes if they are in the
    same order. Equal is what Python compares as equal, so 1 stays where `value` has 1.0 or True.

    Raises:
        InputInvalid: as `read_editable`.
    """
    before = read_editable(data, source=source)
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data[len(mark) :].decode("utf-8")
    start = _after_blanks(text, 0)
    style = _style_of(text, start)
    pieces: list[str] = []
    at = 0
    for edit in _edits(text, start, before, value, style=style):
        pieces += (text[at : edit.start], edit.text)
        at = edit.end
    result = mark + "".join((*pieces, text[at:])).encode("utf-8")
    if read_editable(result, source=source) != value:
        raise RuntimeError(f"{source} was not changed as it should be")
    return result


def _edits(text: str, at: int, before: Any, after: Any, *, style: _Style) -> Iterator[_Edit]:
    """What changes the value at `at` from `before` to `after`, in the order of the text."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        container = _container(text, at)
        plan, pairs = _plan_of_members(before, after)
    elif isinstance(before, list) and isinstance(after, list):
        container = _container(text, at)
        plan, pairs = _plan_of_items(before, after)
    else:
        end = _end_of(text, at)
        yield _Edit(at, end, _replacement(text, at, end, after, style=style))
        return
    own = _gaps(text, container, plan, style=style)
    nested = (
        edit
        for number, old, new in pairs
        for edit in _edits(text, container.entries[number].value, old, new, style=style)
    )
    yield from sorted((*own, *nested), key=lambda edit: (edit.start, edit.end))


def _plan_of_members(before: dict[str, Any], after: dict[str, Any]) -> _Plan:
    stay = [(number, name) for number, name in enumerate(before) if name in after]
    new = [_New(value, name) for name, value in after.items() if name not in before]
    return [*(number for number, _ in stay), *new], [
        (number, before[name], after[name]) for number, name in stay
    ]


def _plan_of_items(before: list[Any], after: list[Any]) -> _Plan:
    if len(before) == len(after):
        return list(range(len(before))), [
            (number, old, new) for number, (old, new) in enumerate(zip(before, after, strict=True))
        ]
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for number, each in enumerate(before):
        places[_key(each)].append(number)
    plan: list[int | _New] = []
    following = 0
    for each in after:
        found = places[_key(each)]
        while found and found[0] < following:
            found.popleft()
        if found:
            following = found.popleft() + 1
            plan.append(following - 1)
        else:
            plan.append(_New(each))
    return plan, []


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _gaps(text: str, container: _Container, plan: list[int | _New], *, style: _Style) -> Iterator[_Edit]:
    """The edits between the entries of `container` that stay: what is taken out there, and what is put in."""
    entries = container.entries
    layout = _layout(text, container, style=style)
    previous: int | None = None
    waiting: list[_New] = []
    for step in (*plan, len(entries)):
        if isinstance(step, _New):
            waiting.append(step)
            continue
        if waiting or step != (0 if previous is None else previous + 1):
            yield _gap(text, container, previous, step, waiting, layout=layout)
        previous, waiting = step, []


class _Layout(NamedTuple):
    """How a new entry of one container is written."""

    lead: str
    """The blanks before it."""
    first: str
    """The blanks before it if it is the first."""
    last: str
    """The blanks after it if it is the last."""
    indentation: str
    style: _Style


def _gap(
    text: str,
    container: _Container,
    previous: int | None,
    following: int,
    new: list[_New],
    *,
    layout: _Layout,
) -> _Edit:
    entries = container.entries
    start = container.start + 1 if previous is None else entries[previous].end
    is_end = following == len(entries)
    end = container.close if is_end else entries[following].start
    written = [_entry_text(each, layout.indentation, layout.style) for each in new]
    if previous is None:
        parts = [f"{layout.lead if number else layout.first}{each}" for number, each in enumerate(written)]
    else:
        parts = [f",{layout.lead}{each}" for each in written]
    inserted = ",".join(parts) if previous is None else "".join(parts)
    if not is_end:
        blanks = text[entries[following].lead : entries[following].start] if following else layout.lead
        inserted += f",{blanks}" if previous is not None or written else layout.first
    elif previous is not None or written:
        inserted += layout.last
    return _trimmed(text, _Edit(start, end, inserted))


def _trimmed(text: str, edit: _Edit) -> _Edit:
    """`edit` without what stays the same at its ends."""
    start, end, new = edit
    while new and end > start and text[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    while new and end > start and text[start] == new[0]:
        start, new = start + 1, new[1:]
    return _Edit(start, end, new)


def _layout(text: str, container: _Container, *, style: _Style) -> _Layout:
    if not container.entries:
        return _layout_of_empty(text, container, style=style)
    first, like = container.entries[0], container.entries[-1]
    lead = text[like.lead : like.start]
    at_first, at_last = text[first.lead : first.start], text[like.end : container.close]
    like_text = text[like.value : like.end]
    several_lines = "\n" in like_text
    if "\n" in lead:
        flat = like_text[:1] in "[{" and len(like_text) > len("{}") and not several_lines
        style = style.on_one_line() if flat else style
        return _Layout(lead, at_first, at_last, lead.rpartition("\n")[2], style)
    if first is like:
        lead = lead or style.gap
    if several_lines:
        last_line = like_text.rpartition("\n")[2]
        return _Layout(lead, at_first, at_last, _indentation_of(last_line), style)
    return _Layout(lead, at_first, at_last, "", style.on_one_line())


def _layout_of_empty(text: str, container: _Container, *, style: _Style) -> _Layout:
    if not style.newline:
        return _Layout(style.gap, "", "", "", style)
    base = _indentation_of(text[text.rfind("\n", 0, container.start) + 1 : container.start])
    if text[container.start] == "[" and style.hugged is not None:
        return _Layout(style.gap, style.hugged, style.hugged, base, style)
    inner = f"{base}{style.unit}"
    return _Layout(style.newline + inner, style.newline + inner, style.newline + base, inner, style)


def _replacement(text: str, at: int, end: int, value: Any, *, style: _Style) -> str:
    """How `value` is written in the place of the one from `at` to `end`."""
    was = text[at:end]
    flat = was[:1] in "[{" and len(was) > len("{}") and "\n" not in was
    indentation = _indentation_of(text[text.rfind("\n", 0, at) + 1 : at])
    return _written(value, indentation, style.on_one_line() if flat else style)


def _entry_text(new: _New, indentation: str, style: _Style) -> str:
    value = _written(new.value, indentation, style)
    return value if new.name is None else f"{_scalar(new.name, style)}{style.colon}{value}"


def _written(value: Any, indentation: str, style: _Style) -> str:
    """`value` as text; its first line is indented already."""
    if not isinstance(value, dict | list) or not value:
        return _scalar(value, style)
    is_object = isinstance(value, dict)
    opening, closing = "{}" if is_object else "[]"
    if not style.newline:
        before, between, after, inner = "", f",{style.gap}", "", ""
    elif not is_object and style.hugged is not None:
        before, between, after, inner = style.hugged, f",{style.gap}", style.hugged, indentation
    else:
        inner = f"{indentation}{style.unit}"
        before, after = f"{style.newline}{inner}", f"{style.newline}{indentation}"
        between = f",{before}"
    entries = (
        [_New(each, name) for name, each in value.items()] if isinstance(value, dict) else map(_New, value)
    )
    items = between.join(_entry_text(each, inner, style) for each in entries)
    return f"{opening}{before}{items}{after}{closing}"


def _scalar(value: Any, style: _Style) -> str:
    return json.dumps(value, ensure_ascii=style.ascii_only, allow_nan=False)


def _container(text: str, at: int) -> _Container:
    """The array or object at `at`, and where its entries are."""
    entries: list[_Entry] = []
    is_object = text[at] == "{"
    lead = at + 1
    place = _after_blanks(text, lead)
    while text[place] not in "]}":
        value = place
        if is_object:
            value = _after_blanks(text, _after_blanks(text, _end_of(text, place)) + 1)
        end = _end_of(text, value)
        entries.append(_Entry(lead, place, value, end))
        place = _after_blanks(text, end)
        if text[place] == ",":
            lead = place + 1
            place = _after_blanks(text, lead)
    return _Container(at, place, tuple(entries))


def _style_of(text: str, start: int) -> _Style:
    """How the document whose value begins at `start` is laid out, by its first entries."""
    style = _Style(newline="", unit="  ", colon=": ", gap=" ", hugged=None, ascii_only=text.isascii())
    if text[start] not in "[{":
        return style
    entries = _container(text, start).entries
    if not entries:
        return style
    first = entries[0]
    if text[start] == "{":
        style = style._replace(colon=text[_end_of(text, first.start) : first.value])
    lead = text[first.lead : first.start]
    if "\n" not in lead:
        gap = " " if style.colon.endswith(" ") else ""
        return style._replace(gap=text[entries[1].lead : entries[1].start] if entries[1:] else gap)
    hugged = _OBJECT_ON_THE_LINE_OF_ITS_ARRAY.search(text)
    return style._replace(
        newline="\r\n" if "\r\n" in lead else "\n",
        unit=lead.rpartition("\n")[2],
        hugged=hugged[1] if hugged else None,
    )


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return at if found is None else found.end()


def _indentation_of(line: str) -> str:
    found = _INDENTATION.match(line)
    return "" if found is None else found[0]


def _end_of(text: str, at: int) -> int:
    end: int = _DECODER.raw_decode(text, at)[1]
    return end
