"""What a file of public data is, found out from its content; its name and its dates on disk say nothing.

A file that is none of the known kinds is refused with what it looks like: a download that answered with an
error page would else be a list without entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from avow.advisories.end_of_life import read_end_of_life, sniff_end_of_life
from avow.advisories.epss import read_epss, sniff_epss
from avow.advisories.exploited import ListName, read_exploited, sniff_exploited
from avow.advisories.history import read_history, sniff_history
from avow.errors import InputInvalid
from avow.files import open_regular, read_bounded
from avow.findings.boms import is_bom
from avow.findings.read import FORMATS, NOT_READ, read_findings
from avow.findings.statements import Unread
from avow.formats.foreign import head_of, moment_of
from avow.formats.json_document import read_json
from avow.formats.repository import repository_path
from avow.sbom import read_sbom
from avow.snapshots.archive import ArchivedRecord, read_archive
from avow.transparency.container import other_form
from avow.transparency.pep740 import is_attestation, is_provenance

MAX_FILE_BYTES: Final = 256 * 1024**2
"""Of any file but an archive."""

MAX_UNREAD_KEPT: Final = 1_000
"""Records that are named one by one; all are counted."""

MAX_ECOSYSTEMS: Final = 1_000
"""That one file is about, without the releases of distributions. OSV has fewer than a hundred."""

MAX_ECOSYSTEM_CHARACTERS: Final = 100

_MAX_SHOWN: Final = 60
_MAX_KEYS: Final = 6


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file: what it is, where it goes below a data directory, and its licence."""

    name: str
    about: str
    directory: str
    licence: str = ""
    """As its publisher states it for all of it; empty: not stated, or stated per record."""


KINDS: Final[Mapping[str, FileKind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FileKind("osv", "OSV advisories", "osv"),
            FileKind("osv-ecosystems", "OSV's list of its ecosystems", "osv"),
            FileKind("kev", "CISA KEV, exploited vulnerabilities", "kev", "CC0-1.0"),
            FileKind("eukev", "EU KEV, exploited vulnerabilities", "eukev"),
            FileKind("euvd", "ENISA EUVD, exploited vulnerabilities", "euvd"),
            FileKind("epss", "EPSS, probability of exploitation", "epss"),
            FileKind("endoflife", "endoflife.date, support dates", "endoflife", "MIT"),
            FileKind("history", "last release and last security fix", "history"),
            FileKind("scorecard", "a published Scorecard", "scorecard"),
            FileKind("provenance", "provenance and bundles", "provenance"),
            FileKind("vex", "VEX", "vex"),
            FileKind("csaf", "CSAF advisories and VEX", "csaf"),
            FileKind("dependency-track", "Dependency-Track's findings", "dependency-track"),
            FileKind("osv-scanner", "OSV-Scanner's findings", "osv-scanner"),
            FileKind("cyclonedx", "CycloneDX vulnerabilities and VEX", "cyclonedx"),
            FileKind("signature", "a detached signature, not checked", "signatures"),
            FileKind("checksum", "a checksum file", "checksums"),
        )
    }
)
"""By name, in the order in which `avow data list` shows them."""

_LICENCES: Final = MappingProxyType(
    {
        "GHSA": "CC-BY-4.0",
        "PYSEC": "CC-BY-4.0",
        "GO": "CC-BY-4.0",
        "OSV": "CC-BY-4.0",
        "RUSTSEC": "CC0-1.0",
        "MAL": "Apache-2.0",
        "USN": "CC-BY-SA-4.0",
        "UBUNTU": "CC-BY-SA-4.0",
    }
)
"""Of OSV's records by the prefix of their ids. Source: OSV, "Data sources"."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is, and what it says about itself."""

    kind: str
    records: int
    name: str = ""
    """Its path below the data directory, where the content gives one; else its own name is kept."""
    stated: datetime | None = None
    licence: str = ""
    covers: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    unread_count: int = 0
    notes: tuple[str, ...] = ()
    """What a reader has to know: an empty list that may mean a failed export, for instance."""
    newest: date | None = None
    """The day of the newest entry of a list of exploited vulnerabilities."""


class UnknownKind(InputInvalid):
    """A file that is none of the kinds that `avow data` knows."""


class _Package(Struct):
    ecosystem: str = ""


class _Affected(Struct):
    package: _Package | None = None


class OsvHead(Struct):
    """The few fields of an OSV record that describe its file."""

    id: str
    modified: str = ""
    affected: list[_Affected] | None = None

    @property
    def ecosystems(self) -> frozenset[str]:
        """Those of its packages, without the release of a distribution."""
        return frozenset(
            each.package.ecosystem.partition(":")[0]
            for each in self.affected or ()
            if each.package and each.package.ecosystem
        )


_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_HTML: Final = (b"<!doctype html", b"<html")

_HEADS: Final = msgspec.json.Decoder(OsvHead)
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?")
_RECORD_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,126}[A-Za-z0-9])?")


def is_record_id(text: str) -> bool:
    """`text` has the form of an OSV id: letters, digits and a few marks, so it is also a file name."""
    return _RECORD_ID.fullmatch(text) is not None


def recognise(path: Path, *, shown: str, today: date | None = None) -> Recognised:
    """What the file at `path` is, found out from its content alone; `shown` is its name in messages.

    Raises:
        UnknownKind: it is none of the known kinds.
        InputInvalid: it can't be read, or is broken.
    """
    with open_regular(path) as file:
        start = file.read(len(_ZIP))
    if start in {_ZIP, _EMPTY_ZIP}:
        return _osv_archive(path, shown)
    data = read_bounded(path, max_bytes=MAX_FILE_BYTES)
    if sniff_history(data):
        return _history(data, shown, today)
    for sniff, read in _BY_HEAD:
        if sniff(data):
            return read(data, shown)
    head = head_of(data)
    if head.startswith((b"{", b"[")):
        return _json(data, shown)
    if head.startswith(b"<") and not head[:_MAX_SHOWN].lower().startswith(_HTML):
        return _findings(data, shown)
    for find in (_osv_ecosystems, _signature, _checksum):
        if found := find(data):
            return found
    raise _unknown(data, shown)


# ---- OSV --------------------------------------------------------------------------------------------------


class _Gathered:
    """What the records of one archive say about it."""

    def __init__(self) -> None:
        self.records = 0
        self.newest: datetime | None = None
        self.unread: list[Unread] = []
        self.unread_count = 0
        self.common: frozenset[str] | None = None
        self.all: set[str] = set()
        self.prefixes: set[str] = set()

    def take(self, record: ArchivedRecord) -> None:
        """One member, which is a record or is named as one that can't be read."""
        try:
            head = _HEADS.decode(record.data) if not record.refused else None
            reason = record.refused
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            head, reason = None, f"is not an OSV record: {error}"
        if head is not None and f"{head.id}.json" != record.member:
            reason = f"has the id {head.id[:_MAX_SHOWN]!r}, which is not its name"
        if head is None or reason:
            self.unread_count += 1
            if len(self.unread) < MAX_UNREAD_KEPT:
                self.unread.append(Unread(record.member, reason))
            return
        self.add(head)

    def add(self, head: OsvHead) -> None:
        """One record."""
        self.records += 1
        if (moment := moment_of(head.modified)) and (self.newest is None or moment > self.newest):
            self.newest = moment
        self.prefixes.add(head.id.partition("-")[0])
        ecosystems = head.ecosystems
        if ecosystems:
            self.common = ecosystems if self.common is None else self.common & ecosystems
            self.all |= ecosystems

    @property
    def licence(self) -> str:
        """Per prefix of the ids, because every source has its own."""
        known = sorted({_LICENCES[each] for each in self.prefixes if each in _LICENCES})
        return " AND ".join(known) if self.prefixes <= _LICENCES.keys() else ""


def _osv_archive(path: Path, source: str) -> Recognised:
    gathered = _Gathered()
    for record in read_archive(path, shown=source):
        gathered.take(record)
    if not gathered.records:
        first = f"; {gathered.unread[0].place!r} {gathered.unread[0].message}" if gathered.unread else ""
        raise InputInvalid(
            f"{source} is a zip archive without OSV records{first}",
            location=source,
            hint="OSV's archives are named all.zip and have one JSON file per record",
        )
    # An archive of one ecosystem also has what its records say about others, but not all records of those.
    covers = _covered(gathered.common or gathered.all, source)
    one = covers[0] if len(covers) == 1 and _SAFE_NAME.fullmatch(covers[0]) else ""
    return Recognised(
        "osv",
        gathered.records,
        name=f"osv/{one}/all.zip" if one else "osv/all.zip",
        stated=gathered.newest,
        licence=gathered.licence,
        covers=covers,
        unread=tuple(gathered.unread),
        unread_count=gathered.unread_count,
    )


def _osv_record(data: bytes, source: str) -> Recognised:
    gathered = _Gathered()
    try:
        head = _HEADS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputInvalid(f"{source} is not an OSV record: {error}", location=source) from error
    if not is_record_id(head.id):
        raise InputInvalid(f"{source} has the id {head.id[:_MAX_SHOWN]!r}, which is not one", location=source)
    gathered.add(head)
    return Recognised(
        "osv",
        1,
        name=f"osv/records/{head.id}.json",
        stated=gathered.newest,
        licence=gathered.licence,
        covers=_covered(gathered.all, source),
    )


def _covered(ecosystems: Collection[str], source: str) -> tuple[str, ...]:
    """The ecosystems that a file is about; they go into the manifest and into every answer.

    Raises:
        InputInvalid: more or longer names than there are.
    """
    if len(ecosystems) > MAX_ECOSYSTEMS:
        reason = f"names {len(ecosystems)} ecosystems; at most {MAX_ECOSYSTEMS} are read"
    elif longest := max(
        (len(each) for each in ecosystems if len(each) > MAX_ECOSYSTEM_CHARACTERS), default=0
    ):
        reason = f"names an ecosystem of {longest} characters; at most {MAX_ECOSYSTEM_CHARACTERS} are read"
    else:
        return tuple(sorted(ecosystems))
    raise InputInvalid(f"{source} {reason}", location=source, hint="use files in OSV's JSON format")


_ECOSYSTEM_LINE: Final = re.compile(r"[A-Za-z][A-Za-z0-9 .-]{0,40}(?::[\w.:/ +-]{1,200})?")
_SOME_ECOSYSTEMS: Final = frozenset({"Debian", "Go", "Maven", "NuGet", "PyPI", "crates.io", "npm"})
_MAX_LIST_BYTES: Final = 64 * 1024


def _osv_ecosystems(data: bytes) -> Recognised | None:
    if len(data) > _MAX_LIST_BYTES:
        return None
    lines = data.decode(errors="replace").split("\n")
    names = [line.strip() for line in lines if line.strip()]
    if not all(map(_ECOSYSTEM_LINE.fullmatch, names)) or not _SOME_ECOSYSTEMS & set(names):
        return None
    return Recognised("osv-ecosystems", len(names), name="osv/ecosystems.txt")


# ---- lists that have readers of their own -----------------------------------------------------------------


_LISTS: Final = MappingProxyType({ListName.CISA_KEV: "kev", ListName.EU_KEV: "eukev", ListName.EUVD: "euvd"})


def _exploited(data: bytes, source: str) -> Recognised:
    found = read_exploited(data, source=source)
    kind = _LISTS[found.name]
    ending = "json" if head_of(data).startswith((b"{", b"[")) else "csv"
    own = {"kev": f"known_exploited_vulnerabilities.{ending}", "eukev": "eukev.json", "euvd": "kev.json"}[
        kind
    ]
    listed = _listed(kind, len(found.entries), f"{kind}/{own}", stated=found.stated, unread=found.unread)
    return replace(listed, newest=found.newest)


def _epss(data: bytes, source: str) -> Recognised:
    found = read_epss(data, source=source)
    day = f"-{found.stated.date().isoformat()}" if found.stated else ""
    ending = ".csv.gz" if data.startswith(b"\x1f\x8b") else ".csv"
    name = f"epss/epss_scores{day}{ending}"
    return _listed("epss", found.count, name, stated=found.stated, unread=found.unread)


def _listed(
    kind: str,
    records: int,
    name: str,
    *,
    stated: datetime | None,
    unread: tuple[Unread, ...],
    notes: tuple[str, ...] = (),
) -> Recognised:
    return Recognised(
        kind,
        records,
        name=name,
        stated=stated,
        licence=KINDS[kind].licence,
        unread=unread[:MAX_UNREAD_KEPT],
        unread_count=len(unread),
        notes=notes,
    )


def _end_of_life(data: bytes, source: str) -> Recognised:
    found = read_end_of_life(data, source=source)
    one = found.entries[0].name if head_of(data).startswith(b"---") else ""
    own = f"products/{one}.md" if _SAFE_NAME.fullmatch(one) else ""
    name = f"endoflife/{own or 'products-full.json'}" if own or not one else ""
    return _listed(
        "endoflife",
        len(found.entries),
        name,
        stated=found.stated,
        unread=found.unread,
        notes=found.notes,
    )


def _history(data: bytes, source: str, today: date | None) -> Recognised:
    return Recognised("history", len(read_history(data, source=source, today=today).entries))


def _findings(data: bytes, source: str) -> Recognised:
    """Findings and VEX that the user brings, in whatever format."""
    found = read_findings(data, source=source, read_sbom=read_sbom)
    if not (found.findings or found.vex or found.unread) and found.format.startswith(_SBOMS):
        raise UnknownKind(
            f"{source} is an SBOM without vulnerabilities or VEX",
            location=source,
            hint="give SBOMs to avow survey; add those that contain findings",
        )
    kind = next((kind for start, kind in _FORMATS.items() if found.format.startswith(start)), "cyclonedx")
    count = len(found.findings) + len(found.vex)
    return _listed(kind, count, "", stated=found.stated, unread=found.unread, notes=found.notes)


_SBOMS: Final = ("CycloneDX", "SPDX")

_FORMATS: Final = MappingProxyType(
    {
        "OpenVEX": "vex",
        "CSAF": "csaf",
        "Dependency-Track": "dependency-track",
        "OSV-Scanner": "osv-scanner",
        "CycloneDX": "cyclonedx",
    }
)
"""How a format's name begins, and its kind."""

_BY_HEAD: Final[tuple[tuple[Callable[[bytes], bool], Callable[[bytes, str], Recognised]], ...]] = (
    (sniff_epss, _epss),
    (sniff_exploited, _exploited),
    (sniff_end_of_life, _end_of_life),
)
"""Readers that recognise a file by its beginning."""


# ---- JSON -------------------------------------------------------------------------------------------------


def _json(data: bytes, source: str) -> Recognised:
    try:
        value = read_json(data, source=source)
    except InputInvalid:
        if found := _json_lines(data, source):
            return found
        raise
    if isinstance(value, dict) and (found := _json_object(value, data, source)):
        return found
    for other in NOT_READ:
        if other.sniff(value):
            raise UnknownKind(
                f"{source} is {other.name}, which is not read", location=source, hint=other.instead
            )
    if is_bom(value) or any(each.sniff(value) for each in FORMATS):
        return _findings(data, source)
    raise _unknown(data, source, value)


def _json_object(value: dict[str, Any], data: bytes, source: str) -> Recognised | None:
    """What an object is that has no reader of its own; None if it is none of these."""
    if isinstance(value.get("id"), str) and {"affected", "modified"} <= value.keys():
        return _osv_record(data, source)
    if "checks" in value and isinstance(value.get("repo"), dict):
        return _scorecard(value, source)
    if "projectKey" in value and isinstance(value.get("scorecard"), dict):
        return _scorecard(value, source)
    count = _provenance_in(value)
    return Recognised("provenance", count) if count else None


def _json_lines(data: bytes, source: str) -> Recognised | None:
    """A file with one bundle a line; None if it is not one."""
    count = 0
    for line in data.splitlines():
        if not line.strip():
            continue
        try:
            value = read_json(line, source=source)
        except InputInvalid:
            return None
        found = _provenance_in(value) if isinstance(value, dict) else 0
        if not found:
            return None
        count += found
    return Recognised("provenance", count)


def _provenance_in(value: dict[str, Any]) -> int:
    """How many bundles or attestations a JSON object is or contains; whether they are sound is not asked."""
    if is_attestation(value) or {"verificationMaterial", "mediaType"} <= value.keys():
        return 1
    if {"payloadType", "payload", "signatures"} <= value.keys():
        return 1
    if is_provenance(value):
        return len(value["attestation_bundles"])
    found = value.get("attestations")
    if (
        isinstance(found, list)
        and found
        and all(isinstance(each, dict) and "bundle" in each for each in found)
    ):
        return len(found)
    return 0


def _scorecard(value: dict[str, Any], source: str) -> Recognised:
    checks = _card_of(value).get("checks")
    return Recognised(
        "scorecard",
        len(checks) if isinstance(checks, list) else 0,
        name=f"scorecard/{scorecard_project(value, source=source)}.json",
        stated=moment_of(_card_of(value).get("date")),
    )


def _card_of(value: dict[str, Any]) -> dict[str, Any]:
    """The Scorecard itself; an answer of deps.dev about a project contains it."""
    card = value.get("scorecard")
    return card if "projectKey" in value and isinstance(card, dict) else value


def scorecard_project(value: dict[str, Any], *, source: str) -> str:
    """The repository that a Scorecard is about, as `host/owner/name`.

    Raises:
        InputInvalid: it names none, as `scorecard --local` writes it.
    """
    card = _card_of(value)
    repo = card.get("repository" if "projectKey" in value else "repo")
    name = repo.get("name") if isinstance(repo, dict) else None
    parts = repository_path(name).split("/") if isinstance(name, str) else []
    if len(parts) < 2 or not all(map(_SAFE_NAME.fullmatch, parts)):  # noqa: PLR2004  a host and a path
        raise InputInvalid(
            f"{source} is a Scorecard that names no project: repo.name is {str(name)[:_MAX_SHOWN]!r}",
            location=source,
            hint="run scorecard with --repo, or get the published result of the project",
        )
    return "/".join(parts)


# ---- companions, and what is not known --------------------------------------------------------------------

_CHECKSUM: Final = re.compile(
    rb"\s*(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})(?:\s+\*?[^\n]{1,255})?\s*"
)


def _signature(data: bytes) -> Recognised | None:
    return Recognised("signature", 1) if data.startswith(b"-----BEGIN PGP SIGNATURE-----") else None


def _checksum(data: bytes) -> Recognised | None:
    return Recognised("checksum", 1) if _CHECKSUM.fullmatch(data[:1024]) and len(data) < 1024 else None  # noqa: PLR2004  one line


def _unknown(data: bytes, source: str, value: Any = None) -> UnknownKind:
    return UnknownKind(
        f"{source} is not a file that avow data knows: it looks like {_look_of(data, value)}", location=source
    )


def _look_of(data: bytes, value: Any) -> str:
    """What somebody would call the content."""
    if isinstance(value, dict):
        return _look_of_object(value)
    if isinstance(value, list):
        return f"a JSON list with {len(value)} entries"
    if not data.strip():
        return "an empty file"
    return other_form(data) or _look_of_text(head_of(data)[:_MAX_SHOWN].decode(errors="replace"))


def _look_of_object(value: dict[str, Any]) -> str:
    keys = ", ".join(str(key)[:_MAX_SHOWN] for key in list(value)[:_MAX_KEYS])
    return f"JSON with the keys {keys}" if keys else "an empty JSON object"


def _look_of_text(text: str) -> str:
    if text.lower().encode().startswith(_HTML):
        return "a web page, which a server may send in place of the file"
    return f"text that begins with {text.splitlines()[0]!r}" if text.strip() else "a binary file"
