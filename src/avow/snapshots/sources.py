"""The table of addresses that `avow data fetch` knows. A file of the user can replace it."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from avow.errors import InputInvalid, Problems
from avow.snapshots.archive import MAX_ARCHIVE_BYTES
from avow.values import Frozen, nearest

SOURCES_FORMAT: Final = 1
MAX_SOURCES_BYTES: Final = 1024 * 1024
MEGABYTE: Final = 1_000_000
DEFAULT_MEGABYTES: Final = 100
MAX_MEGABYTES: Final = MAX_ARCHIVE_BYTES // MEGABYTE
"""A larger file could be downloaded and not be added."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_TEXTS: Final = ("url", "kind", "about", "licence")
_KEYS: Final = frozenset({*_TEXTS, "max-megabytes"})


class DataSource(Frozen):
    """One file that can be fetched."""

    name: str
    url: str
    kind: str
    """What the file has to be; anything else that the server sends is refused."""
    about: str = ""
    licence: str = ""
    max_bytes: int
    """A larger answer is refused, never truncated."""


def shipped_table() -> str:
    """The table that comes with Avow, as TOML."""
    return files("avow.snapshots").joinpath("sources.toml").read_text(encoding="utf-8")


def read_sources(text: str, *, source: str, kinds: frozenset[str]) -> dict[str, DataSource]:
    """The table in `text`, by name; `kinds` are those that `avow data` knows.

    Whether an address can be fetched from, `fetch` decides: `https`, or what its flags allow.

    Raises:
        InputInvalid: not TOML, another format, or entries that can't be used; carries all problems.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputInvalid(f"{source} is not TOML: {error}", location=source) from error
    problems = Problems(source)
    if unknown := sorted(table.keys() - {"format", "sources"}):
        problems.add(f"unknown keys: {', '.join(unknown)}")
    if table.get("format") is not SOURCES_FORMAT:
        problems.add(f"`format` has to be {SOURCES_FORMAT}", fix=f"write format = {SOURCES_FORMAT}")
    entries = table.get("sources")
    if not isinstance(entries, dict) or not entries:
        problems.add("it has no [sources.NAME]", fix="see avow data fetch --list")
        entries = {}
    found = {
        name: read
        for name, entry in entries.items()
        if (read := _source(name, entry, problems=problems, kinds=kinds))
    }
    problems.raise_if_any(f"{source} can't be used", hint="avow data fetch --list prints a complete table")
    return found


def _source(name: str, entry: Any, *, problems: Problems, kinds: frozenset[str]) -> DataSource | None:
    """One entry; None if it can't be used, and the problems say why."""
    before = len(problems.found)
    if not isinstance(entry, dict):
        problems.add(f"{name}: not a table", fix=f"write [sources.{name}], and its keys below")
        return None
    for key in sorted(entry.keys() - _KEYS):
        near = nearest(key, _KEYS)
        problems.add(f"{name}: unknown key {key!r}", fix=f"did you mean {near}?" if near else "remove it")
    url, kind, about, licence = (_text(name, entry, key, problems=problems) for key in _TEXTS)
    megabytes = entry.get("max-megabytes", DEFAULT_MEGABYTES)
    for sound, message in (
        (_NAME.fullmatch(name), "a name has lower-case letters, digits, dots and hyphens"),
        (
            type(megabytes) is int and 0 < megabytes <= MAX_MEGABYTES,
            f"max-megabytes is not a whole number from 1 to {MAX_MEGABYTES}",
        ),
        (kind in kinds, f"the kind {kind!r} is not one of {', '.join(sorted(kinds))}"),
        (is_address(url), f"{url!r} is not an https address without user name and password"),
    ):
        if not sound:
            problems.add(f"{name}: {message}")
    if len(problems.found) > before:
        return None
    return DataSource(
        name=name, url=url, kind=kind, about=about, licence=licence, max_bytes=megabytes * MEGABYTE
    )


def _text(name: str, entry: dict[str, Any], key: str, *, problems: Problems) -> str:
    value = entry.get(key, "")
    if isinstance(value, str):
        return value
    problems.add(f"{name}: {key} is not a text")
    return ""


def is_address(url: str) -> bool:
    """`url` is one of `https` or `http` with a host, and has neither a user name nor control characters."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port_is_sound = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        parts.scheme in {"https", "http"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and port_is_sound
    )


def chosen(sources: dict[str, DataSource], names: tuple[str, ...]) -> tuple[DataSource, ...]:
    """The sources of these names, in the order of the table.

    Raises:
        InputInvalid: a name is not in the table.
    """
    for name in names:
        if name not in sources:
            near = nearest(name, sources)
            raise InputInvalid(
                f"the table has no source {name!r}" + (f"; did you mean {near}?" if near else ""),
                hint="avow data fetch --list prints the table",
            )
    return tuple(each for name, each in sources.items() if name in names)
