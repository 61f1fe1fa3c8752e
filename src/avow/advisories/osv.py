"""Advisories in OSV's form: one record, the packages that it affects, and their version ranges.

Source: OSV schema 1.7.4. Unknown fields are ignored.
"""

from __future__ import annotations

from msgspec import Struct


class Event(Struct, frozen=True, array_like=True):
    """One bound of a range: `introduced`, `fixed`, `last_affected` or `limit`, and a version."""

    kind: str
    value: str


class Range(Struct, frozen=True, array_like=True):
    """The versions of one package between bounds; `type` is SEMVER, ECOSYSTEM or GIT."""

    type: str
    events: tuple[Event, ...]


class Rated(Struct, frozen=True, array_like=True):
    """A severity as the record has it: `CVSS_V3` and its vector, for instance."""

    method: str
    text: str


class Affected(Struct, frozen=True, array_like=True):
    """What a record says about one package."""

    ecosystem: str
    """As written, with the release suffix: `PyPI`, `Debian:12`."""
    name: str
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    ratings: tuple[Rated, ...] = ()
    informational: str = ""
    """RustSec: unmaintained, unsound or notice; then it is no vulnerability."""


class Advisory(Struct, frozen=True, array_like=True):
    """One record; small enough to keep in an index as a whole."""

    id: str
    affected: tuple[Affected, ...]
    modified: str = ""
    """As written; empty where the record has the year 1, which is no date."""
    published: str = ""
    withdrawn: str = ""
    aliases: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    summary: str = ""
    ratings: tuple[Rated, ...] = ()
    malicious: bool = False
    unreviewed: bool = False
