"""What declarations say of a component, as far as fields of an SBOM can carry it.

Of facts that differ between the declarations of one component none is mirrored: no field says whose it is.

Source: predicates/sbom-fields.md, level 2.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from avow.catalogue.practices import Catalogue
from avow.formats.purl import PurlInvalid, read_purl
from avow.formats.vers import version_in_range
from avow.sbom.fields import LINKED_FACTS, Declared, Link, Written
from avow.sbom.inventory import Entry
from avow.statement.predicate import PracticeEntry
from avow.vocabulary import Status

_Value = TypeVar("_Value", bound=Hashable)

_TRUE_OF_THE_COMPONENT: Final = frozenset({Status.IMPLEMENTED, Status.PARTIAL})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is mirrored."""

    links: tuple[tuple[Link, str, str], ...] = ()
    """Each with its practice and its address."""
    security_until: str | None = None
    """A day, `ended`, `untilNext` or `bestEffort`."""
    licence: str | None = None
    why_not: Mapping[str, str] = field(default_factory=dict)
    """By practice: why there is nothing, if it is not that nothing is declared."""


def facts_of(declared: Sequence[Declared], entry: Entry, *, catalogue: Catalogue, written: Written) -> Facts:
    """What `declared` say about the component `entry`; what is left out is noted in `written`."""
    return _Facts(declared, entry, catalogue=catalogue, written=written).found()


class _Facts:
    def __init__(
        self, declared: Sequence[Declared], entry: Entry, *, catalogue: Catalogue, written: Written
    ) -> None:
        self._declared, self._entry = declared, entry
        self._catalogue, self._written = catalogue, written
        self._why_not: dict[str, str] = {}

    def found(self) -> Facts:
        links = tuple(
            (link, practice, url)
            for practice, name, part, link in LINKED_FACTS
            for url in self._addresses(practice, name, part)
        )
        lines = [(each, until) for each in self._declared if (until := self._security_until(each))]
        licences = [(each, licence) for each in self._declared if (licence := self._licence(each))]
        until = self._agreed("SUP-01", "lines", lines)
        licence = self._agreed("LIC-01", "spdxExpression", licences)
        differ = "the declarations differ"
        why_not = dict(self._why_not)
        if lines:
            why_not["SUP-01"] = f"the declaration says {until}" if until else differ
        if licences and licence is None:
            why_not["LIC-01"] = differ
        return Facts(links=links, security_until=until, licence=licence, why_not=why_not)

    def _agreed(self, practice: str, name: str, said: list[tuple[Declared, _Value]]) -> _Value | None:
        """What all that say something say; None if they differ."""
        if len({value for _, value in said}) > 1:
            each = "; ".join(f"{one.name or one.url} says {_shown(value)}" for one, value in said)
            self._written.left.append(f"{practice} {name}: {each}; what differs is not mirrored")
            return None
        return said[0][1] if said else None

    def _addresses(self, practice: str, name: str, part: str) -> tuple[str, ...]:
        """The addresses of one fact, if every declaration that has it has the same ones."""
        said = [
            (each, tuple(dict.fromkeys(self._addresses_of(each, practice, name, part))))
            for each in self._declared
        ]
        agreed = self._agreed(practice, name, [(each, frozenset(urls)) for each, urls in said if urls])
        return next(urls for _, urls in said if urls) if agreed else ()

    def _addresses_of(self, declared: Declared, practice: str, name: str, part: str) -> Iterator[str]:
        value = self._fact(declared, practice, name)
        if value and name == "contacts" and not _is_private(declared):
            self._written.left.append(
                f"{practice} {name}: privateReporting is not true, and a security contact is private"
            )
            return
        for each in value if isinstance(value, tuple) else (value,):
            address = each.get(part) if isinstance(each, Mapping) else each
            if isinstance(address, str):
                is_mail = isinstance(each, Mapping) and each.get("kind") == "email"
                yield f"mailto:{address}" if is_mail and not address.startswith("mailto:") else address

    def _fact(self, declared: Declared, practice_id: str, name: str) -> Any:
        """A fact of a practice that the project follows, if it has the type that the catalogue defines."""
        practice, entry = self._catalogue.practice(practice_id), _practice(declared, practice_id)
        if practice is None or entry is None or entry.status not in _TRUE_OF_THE_COMPONENT:
            return None
        raw = entry.facts.get(name)
        value = practice.facts[name].read(raw)
        if raw is not None and (value is None or (isinstance(value, tuple) and len(value) < len(raw))):
            self._written.left.append(
                f"{practice_id} {name}: it does not have the form that the catalogue defines"
            )
        return value

    def _security_until(self, declared: Declared) -> str | None:
        """Of the one release line that contains the version."""
        lines = self._fact(declared, "SUP-01", "lines") or ()
        version, scheme = self._version(declared)
        own: list[str] = [
            each["securityUntil"]
            for each in lines
            if each.get("supportedBy", "project") != "thirdParty"
            and version_in_range(version, each["versions"], scheme=scheme)
        ]
        if lines and len(own) != 1:
            number = "no release line contains" if not own else f"{len(own)} release lines contain"
            why = f"{number} version {version or '(none)'}"
            self._why_not["SUP-01"] = why
            self._written.left.append(f"SUP-01 lines: {why}")
            return None
        return own[0] if own else None

    def _version(self, declared: Declared) -> tuple[str, str | None]:
        """Version and scheme: those of the purl, else what the SBOM has, else what the declaration names."""
        with suppress(PurlInvalid):
            purl = read_purl(self._entry.purl)
            return purl.version or self._entry.version or declared.version, purl.type
        return self._entry.version or declared.version, declared.scheme or None

    def _licence(self, declared: Declared) -> str | None:
        """Where the whole release has it."""
        entry = _practice(declared, "LIC-01")
        if entry is None or entry.status is not Status.IMPLEMENTED:
            return None
        licence: str | None = self._fact(declared, "LIC-01", "spdxExpression")
        return licence


def _practice(declared: Declared, practice_id: str) -> PracticeEntry | None:
    return next((each for each in declared.practices if each.id == practice_id), None)


def _is_private(declared: Declared) -> bool:
    """A field named security contact invites reports that only those who handle them may read."""
    entry = _practice(declared, "VUL-01")
    return entry is not None and entry.facts.get("privateReporting") is True


def _shown(value: object) -> str:
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
