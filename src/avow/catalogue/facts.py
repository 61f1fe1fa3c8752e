"""The types of facts: a closed language with the same meaning for producers, the JSON Schema and readers.

Nothing here knows a practice or a project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from avow.catalogue.licences import LicenceInvalid, check_expression
from avow.formats.nodes import MAX_INTEGER
from avow.formats.vers import VersInvalid, parse_vers
from avow.subject import DIGEST_HEX_LENGTHS, is_digest
from avow.values import Frozen, nearest

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
EARLIEST_DATE: Final = "1990-01-01"
"""A date before is a clock that was not set: 1970 is the zero of Unix, 1980 that of ZIP."""


def any_case(word: str) -> str:
    """A pattern for `word`, of lower-case letters, spaces, dots and slashes, in any case.

    JSON Schema has no flag for it, and its dialect refuses an escaped space.
    """
    return "".join(f"[{each.upper()}{each}]" if each.isalpha() else each.replace(".", r"\.") for each in word)


_NOT_PUBLIC: Final = "|".join(
    map(
        any_case,
        ("localhost", "local", "internal", "invalid", "test", "example.com", "example.net", "example.org"),
    )
)
"""Names that lead nowhere on the public network. `.example` is left to examples, also of the specification.

Source: RFC 2606, sections 2 and 3; RFC 6762, section 3; ICANN resolution 2024.07.29.06 (`internal`).
"""
_HOST: Final = (
    rf"(?!(?:[A-Za-z0-9-]+\.)*(?:{_NOT_PUBLIC})(?:[:/?#]|$))"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_ORIGIN: Final = rf"https?://{_HOST}(?::[0-9]{{1,5}})?"
URL_PATTERN: Final = rf"{_ORIGIN}(?:[/?#]\S*)?"
"""An address on the public network: a host with a dot. `http://x` names no page that others can read."""
_URL = re.compile(URL_PATTERN)
PAGE_PATTERN: Final = rf"{_ORIGIN}(?:/[^\s/?#]\S*|/?[?#][^\s]+)"
"""A page of a site: with a path, a query or a fragment. The front page of a forge is nobody's policy."""
_PAGE = re.compile(PAGE_PATTERN)
ADDRESS_PATTERN: Final = (
    rf"(?:mailto:)?[^\s@<>\"]+@(?!(?:[A-Za-z0-9-]+\.)*(?:{_NOT_PUBLIC})$)"
    r"(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*"
)
_ADDRESS = re.compile(ADDRESS_PATTERN)
_AT_NO_PUBLIC_HOST = re.compile(rf"(?:@|://)(?:[A-Za-z0-9-]+\.)*(?:{_NOT_PUBLIC})(?:[:/?#]|$)")

NO_ANSWERS: Final = (
    "n/a", "n.a", "none", "nil", "null", "unknown", "todo", "tbd", "tba", "fixme", "xxx", "not applicable",
)  # fmt: skip
"""Words that stand for a missing answer, alone in a text. Source: catalogue, "Types of facts"."""
_SPDX_EXAMPLE: Final = "write ids of the SPDX list, such as Apache-2.0 OR MIT"
_VERS_EXAMPLE: Final = "write a range such as vers:pypi/>=2.4|<2.5"


class FactProblem(NamedTuple):
    """One way in which a value does not fit its type; `path` leads to it from the fact, in wire form."""

    path: tuple[str | int, ...]
    message: str
    fix: str


Words = Annotated[Mapping[str, str], AfterValidator(MappingProxyType)]
Facts = Annotated[Mapping[str, "FactType"], AfterValidator(MappingProxyType)]


class FactType(Frozen):
    """The type of a fact.

    A list names the type of its items in `of`, and has the other keys of that type itself.
    """

    type: Literal[
        "url", "page", "email", "contact", "string", "boolean", "integer", "date", "dateOrWord", "versRange",
        "spdxExpression", "digestSet", "enum", "list", "record",
    ]  # fmt: skip
    description: str = ""
    of: Literal["url", "page", "string", "enum", "record"] | None = None
    values: tuple[str, ...] = ()
    aliases: Words = Field(default_factory=lambda: MappingProxyType({}))
    words: tuple[str, ...] = ()
    maximum: int = MAX_INTEGER
    fields: Facts = Field(default_factory=lambda: MappingProxyType({}))
    shorthand: tuple[str, ...] = ()
    by_kind: Words = Field(default_factory=lambda: MappingProxyType({}), alias="byKind")
    """For the value of a record with a shorthand: the type that it has beside each word of the kind."""
    optional: bool = False
    default: str | None = None

    @model_validator(mode="after")
    def _keys_belong_to_the_type(self) -> Self:
        kind = self.of or self.type
        problems = [
            message
            for wrong, message in (
                ((self.type == "list") != (self.of is not None), "of belongs to a list, and a list needs it"),
                ((kind == "enum") != bool(self.values), "values belong to an enum, and an enum needs them"),
                (
                    (kind == "dateOrWord") != bool(self.words),
                    "words belong to a dateOrWord, which needs them",
                ),
                (
                    (kind == "record") != bool(self.fields),
                    "fields belong to a record, and a record needs them",
                ),
                (
                    bool(self.aliases) and not set(self.aliases.values()) <= set(self.values),
                    "an alias does not name one of the values",
                ),
                (
                    self.default is not None and self.default not in self.values,
                    "the default is not one of the values",
                ),
                (self.maximum != MAX_INTEGER and kind != "integer", "maximum belongs to an integer"),
                (
                    bool(self.shorthand) and not self._shorthand_fits(),
                    "shorthand needs two fields, and the first must be an enum",
                ),
                (bool(self.by_kind) and kind != "contact", "byKind belongs to a contact"),
            )
            if wrong
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _shorthand_fits(self) -> bool:
        return (
            len(self.shorthand) == 2  # noqa: PLR2004  the kind and the value
            and set(self.shorthand) <= set(self.fields)
            and self.fields[self.shorthand[0]].type == "enum"
        )

    @cached_property
    def item(self) -> FactType:
        """The type of one item of this list; the type itself if it is not a list."""
        if self.of is None:
            return self
        return self.model_copy(update={"type": self.of, "of": None, "description": ""})

    def wire(self, written: Any) -> Any:
        """The wire form of what an author wrote: `{atom: URL}` becomes `{kind: atom, url: URL}`.

        A record may use its kind as the key where the catalogue allows this shorthand. Anything else, even
        a value of the wrong type, is returned unchanged, for `problems` to judge.
        """
        if self.type == "list" and isinstance(written, list | tuple):
            return [self.item.wire(entry) for entry in written]
        if not (self.shorthand and isinstance(written, Mapping)):
            return written
        kind, value = self.shorthand
        words = self.fields[kind]
        used = [key for key in written if key in words.values or key in words.aliases]
        if len(used) != 1 or kind in written or value in written:
            return written
        rest = {key: item for key, item in written.items() if key != used[0]}
        return {kind: words.aliases.get(used[0], used[0]), value: written[used[0]], **rest}

    def problems(self, value: Any) -> tuple[FactProblem, ...]:
        """Every way in which `value`, in wire form, does not fit this type; empty if it fits."""
        return tuple(self._problems(value, (), tolerant=False))

    def read(self, value: Any) -> Any:
        """`value` if it fits this type, the default if it is absent, otherwise `None`.

        A list is reduced to the items that fit. Unlike in `problems`, unknown fields of a record are ignored.
        Source: specification, parsing rules: a value that does not fit its type is not a fact.
        """
        if value is None:
            return self.default
        if self.type == "list":
            return tuple(filter(self.item.fits, value)) if isinstance(value, list | tuple) else None
        return value if self.fits(value) else None

    def fits(self, value: Any) -> bool:
        """A reader can use `value`; unlike in `problems`, unknown fields of a record are ignored."""
        return not any(self._problems(value, (), tolerant=True))

    def _problems(self, value: Any, path: tuple[str | int, ...], *, tolerant: bool) -> Iterator[FactProblem]:
        if self.type == "list":
            if not isinstance(value, list | tuple):
                yield FactProblem(
                    path, f"is {described(value)}, not a list", "write one item per line, each after a dash"
                )
                return
            for index, entry in enumerate(value):
                yield from self.item._problems(entry, (*path, index), tolerant=tolerant)  # noqa: SLF001
        elif self.type == "record":
            yield from self._record_problems(value, path, tolerant=tolerant)
        else:
            message, fix = _SCALARS[self.type](self, value)
            if message:
                yield FactProblem(path, message, fix)

    def _record_problems(
        self, value: Any, path: tuple[str | int, ...], *, tolerant: bool
    ) -> Iterator[FactProblem]:
        if not isinstance(value, Mapping):
            needed = [name for name, field in self.fields.items() if not field.optional] or list(self.fields)
            fix = f"write a mapping with {' and '.join(needed)}"
            yield FactProblem(path, f"is {described(value)}, not a mapping", fix)
            return
        for name, field in self.fields.items():
            if name in value:
                yield from field._problems(value[name], (*path, name), tolerant=tolerant)  # noqa: SLF001
            elif not field.optional:
                yield FactProblem(path, f"{name} is missing", f"add {name}: {field.description}")
        yield from self._problem_of_kind(value, path)
        for name in value.keys() - self.fields.keys() if not tolerant else ():
            near = nearest(str(name), self.fields)
            fix = f"did you mean {near}?" if near else f"use one of {', '.join(self.fields)}"
            yield FactProblem((*path, name), f"{name} is not a known field", fix)

    def _problem_of_kind(
        self, value: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> Iterator[FactProblem]:
        """The value is an address, but not of its kind: an e-mail address that is called a page."""
        if not self.shorthand:
            return
        kind, name = self.shorthand
        field = self.fields[name]
        wanted = field.by_kind.get(value[kind]) if isinstance(value.get(kind), str) else None
        if wanted is None or name not in value or _SCALARS[field.type](field, value[name])[0]:
            return
        message, fix = _SCALARS[wanted](field, value[name])
        if message:
            yield FactProblem((*path, name), message, fix)


def described(value: Any) -> str:
    """A JSON value in words for people: its content if it is short, otherwise its kind."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "empty"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'"{value}"' if value else "empty text"
        case Mapping():
            return "a mapping" if value else "an empty mapping"
        case _:
            return "a list" if value else "an empty list"


def is_date(value: Any) -> bool:
    """`value` is the text of an existing calendar date in the form of RFC 3339."""
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _one_of(words: Iterable[str], value: Any) -> str:
    near = nearest(value, words) if isinstance(value, str) else None
    return f"did you mean {near}?" if near else f"use one of {', '.join(words)}"


_Check = Callable[[FactType, Any], tuple[str, str]]


def _check_url(_: FactType, value: Any) -> tuple[str, str]:
    fits = isinstance(value, str) and _URL.fullmatch(value) is not None
    return (
        ("", "")
        if fits
        else (f"is {described(value)}, not a URL", "write an http or https URL without credentials")
    )


def _check_page(_: FactType, value: Any) -> tuple[str, str]:
    message, fix = _check_url(_, value)
    if not message and not _PAGE.fullmatch(value):
        return f"is {described(value)}, the front page of a site", "write the URL of the page that says it"
    return message, fix


def says_nothing(text: str) -> bool:
    """`text` has no letter or digit, or is only a word that stands for a missing answer."""
    start = next((at for at, each in enumerate(text) if each.isalnum()), None)
    if start is None:
        return True
    end = next(at for at in range(len(text), 0, -1) if text[at - 1].isalnum())
    return text[start:end].lower() in NO_ANSWERS


def _check_string(_: FactType, value: Any) -> tuple[str, str]:
    if not isinstance(value, str):
        fix = "put it in quotes" if isinstance(value, bool | int | float) else "write text"
        return f"is {described(value)}, not text", fix
    if says_nothing(value):
        return f"is {described(value)}, which says nothing", "say it, or leave it out; of a list, write []"
    return "", ""


def _check_spdx_expression(_: FactType, value: Any) -> tuple[str, str]:
    if not isinstance(value, str):
        return f"is {described(value)}, not a licence expression", _SPDX_EXAMPLE
    try:
        check_expression(value)
    except LicenceInvalid as error:
        return f"is {described(value)}: {error}", _SPDX_EXAMPLE
    return "", ""


def _check_email(_: FactType, value: Any) -> tuple[str, str]:
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return "", ""
    return f"is {described(value)}, not an e-mail address", "write an e-mail address, or change the kind"


def _check_boolean(_: FactType, value: Any) -> tuple[str, str]:
    return (
        ("", "")
        if isinstance(value, bool)
        else (f"is {described(value)}, not true or false", "write true or false")
    )


def _check_integer(fact: FactType, value: Any) -> tuple[str, str]:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= fact.maximum
    limit = " from 0 up" if fact.maximum == MAX_INTEGER else f" from 0 to {fact.maximum}"
    return (
        ("", "")
        if fits
        else (f"is {described(value)}, not a whole number", f"write a whole number{limit}, without quotes")
    )


def _check_date(_: FactType, value: Any) -> tuple[str, str]:
    if not is_date(value):
        return f"is {described(value)}, not a date", 'write a date as "YYYY-MM-DD"'
    if value < EARLIEST_DATE:
        return f"is {described(value)}, a clock that was not set", "write the day on which it was"
    return "", ""


def _check_date_or_word(fact: FactType, value: Any) -> tuple[str, str]:
    if (is_date(value) and value >= EARLIEST_DATE) or value in fact.words:
        return "", ""
    return (
        f"is {described(value)}, neither a date nor a known word",
        f'write a date as "YYYY-MM-DD", or {_one_of(fact.words, value)}',
    )


def _check_vers_range(_: FactType, value: Any) -> tuple[str, str]:
    if not isinstance(value, str):
        return f"is {described(value)}, not a version range", _VERS_EXAMPLE
    try:
        parse_vers(value)
    except VersInvalid as error:
        return f"is {described(value)}: {error}", error.fix or _VERS_EXAMPLE
    return "", ""


def _check_digest_set(_: FactType, value: Any) -> tuple[str, str]:
    fits = (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(digest, str) and is_digest(str(name), digest) for name, digest in value.items())
    )
    if fits:
        return "", ""
    return (
        f"is {described(value)}, not a set of digests",
        f"write sha256: with 64 hex digits; known algorithms: {', '.join(DIGEST_HEX_LENGTHS)}",
    )


def _check_contact(_: FactType, value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        if _URL.fullmatch(value) or _ADDRESS.fullmatch(value):
            return "", ""
        if _AT_NO_PUBLIC_HOST.search(value):
            return f"is {described(value)}, which nobody can reach", "write an address on the public network"
    return f"is {described(value)}, not an address", "write an e-mail address, or an http or https URL"


def _check_enum(fact: FactType, value: Any) -> tuple[str, str]:
    return (
        ("", "")
        if value in fact.values
        else (f"is {described(value)}, not a known word", _one_of(fact.values, value))
    )


_SCALARS: Final[Mapping[str, _Check]] = MappingProxyType(
    {
        "url": _check_url,
        "page": _check_page,
        "email": _check_email,
        "spdxExpression": _check_spdx_expression,
        "string": _check_string,
        "boolean": _check_boolean,
        "integer": _check_integer,
        "date": _check_date,
        "dateOrWord": _check_date_or_word,
        "versRange": _check_vers_range,
        "digestSet": _check_digest_set,
        "contact": _check_contact,
        "enum": _check_enum,
    }
)
"""One check per scalar type; it returns a message and a fix, or two empty strings."""
