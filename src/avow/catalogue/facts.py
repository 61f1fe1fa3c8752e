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

from avow.formats.nodes import MAX_INTEGER, says_something
from avow.formats.vers import VersInvalid, parse_vers
from avow.subject import DIGEST_HEX_LENGTHS, is_digest
from avow.values import Frozen, nearest

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
URL_PATTERN: Final = r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9](?::[0-9]{1,5})?(?:[/?#]\S*)?"
"""An address on the public network: a host with a dot. `http://x` names no page that others can read."""
_URL = re.compile(URL_PATTERN)
ADDRESS_PATTERN: Final = r"(?:mailto:)?[^\s@<>\"]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*"
_ADDRESS = re.compile(ADDRESS_PATTERN)
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
        "url", "string", "boolean", "integer", "date", "dateOrWord", "versRange", "digestSet", "enum",
        "list", "record", "contact",
    ]  # fmt: skip
    description: str = ""
    of: Literal["url", "string", "enum", "record"] | None = None
    values: tuple[str, ...] = ()
    aliases: Words = Field(default_factory=lambda: MappingProxyType({}))
    words: tuple[str, ...] = ()
    maximum: int = MAX_INTEGER
    fields: Facts = Field(default_factory=lambda: MappingProxyType({}))
    shorthand: tuple[str, ...] = ()
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
            return tuple(filter(self.item._fits, value)) if isinstance(value, list | tuple) else None  # noqa: SLF001
        return value if self._fits(value) else None

    def _fits(self, value: Any) -> bool:
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
            elif self.type == "string" and not tolerant and not says_something(value):
                yield FactProblem(
                    path, f"is {described(value)}, which says nothing", "write words, or remove it"
                )

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
        for name in value.keys() - self.fields.keys() if not tolerant else ():
            near = nearest(str(name), self.fields)
            fix = f"did you mean {near}?" if near else f"use one of {', '.join(self.fields)}"
            yield FactProblem((*path, name), f"{name} is not a known field", fix)


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


def _check_string(_: FactType, value: Any) -> tuple[str, str]:
    fix = "put it in quotes" if isinstance(value, bool | int | float) else "write text"
    return ("", "") if isinstance(value, str) else (f"is {described(value)}, not text", fix)


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
    return (
        ("", "") if is_date(value) else (f"is {described(value)}, not a date", 'write a date as "YYYY-MM-DD"')
    )


def _check_date_or_word(fact: FactType, value: Any) -> tuple[str, str]:
    if is_date(value) or value in fact.words:
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
    fits = isinstance(value, str) and (_URL.fullmatch(value) or _ADDRESS.fullmatch(value))
    return (
        ("", "")
        if fits
        else (f"is {described(value)}, not an address", "write an e-mail address, or an http or https URL")
    )


def _check_enum(fact: FactType, value: Any) -> tuple[str, str]:
    return (
        ("", "")
        if value in fact.values
        else (f"is {described(value)}, not a known word", _one_of(fact.values, value))
    )


_SCALARS: Final[Mapping[str, _Check]] = MappingProxyType(
    {
        "url": _check_url,
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
