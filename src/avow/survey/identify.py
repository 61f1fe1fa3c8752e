"""Which of our products and components a foreign file of findings or VEX means.

A digest identifies bytes; a purl identifies a package, in one version or in all; a reference holds in its own
document. A name or a CPE proposes and never decides. A look-up costs the same however many components exist.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from avow.advisories.identifiers import purl_key
from avow.findings.refs import is_bom_link
from avow.findings.statements import Named
from avow.formats.purl import LoosePurl, PurlInvalid, read_purl
from avow.formats.vers import VersInvalid, VersRange, parse_vers

STRONG: Final = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})
"""Hash functions whose digest identifies; MD5 and SHA-1 only show that two files differ."""

_IN_A_VERSION: Final = re.compile(r"(?P<algorithm>sha256|sha384|sha512):(?P<value>[0-9a-f]{64,128})")
"""The version of an `oci` or `docker` purl that is a digest."""

_DEFAULTS: Final = {("maven", "type"): "jar"}
"""Qualifiers that mean the same when they are left out. Source: purl-spec, type definitions."""

_SHOWN_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Target:
    """A product or component in hand, with everything by which a file can name it."""

    id: str
    name: str
    """With its group, as a person would say it."""
    version: str = ""
    """The SBOM's field; counts where the purl has none."""
    purls: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()
    """Algorithm as hashlib names it, and value in lower case."""
    refs: tuple[str, ...] = ()
    """As `avow.findings.refs.whole_ref` writes them; a product's also without `ref`, for its SBOM."""
    places: tuple[tuple[str, str], ...] = ()
    """Pairs of an SBOM's id and a place in it, for what that SBOM says about its own elements."""
    cpes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    """Ids of the products that a component is a part of."""
    inside: tuple[str, ...] = ()
    """Ids of components that contain every place of this one."""


@dataclass(frozen=True, slots=True)
class ReadPurl:
    """A purl with what look-ups compare."""

    purl: LoosePurl
    key: str
    version: str
    """Without Go's and npm's `v`; empty if the purl has none."""
    digest: tuple[str, str] | None
    """Where the version is one."""


@dataclass(slots=True)
class _Known:
    target: Target
    purls: tuple[ReadPurl, ...]
    digests: dict[str, set[str]]
    order: int = 0


@dataclass(slots=True)
class Purls:
    """Reads each purl once; a file repeats them."""

    found: dict[str, ReadPurl | None] = field(default_factory=dict)

    def read(self, text: str) -> ReadPurl | None:
        """The purl, or `None` if it can't be read."""
        if text not in self.found:
            self.found[text] = _read(text)
        return self.found[text]


def _read(text: str) -> ReadPurl | None:
    try:
        purl = read_purl(text)
    except PurlInvalid:
        return None
    digest = _IN_A_VERSION.fullmatch(purl.version.lower()) if purl.type in {"oci", "docker"} else None
    return ReadPurl(
        purl=purl,
        key=purl_key(purl),
        version=plain_version(purl.type, purl.version),
        digest=(digest["algorithm"], digest["value"]) if digest else None,
    )


def plain_version(kind: str, version: str) -> str:
    """`version` as it is compared: text, without what is only a way to write it."""
    version = version.strip()
    if kind in {"golang", "npm"} and version[:1] in {"v", "V"} and version[1:2].isdecimal():
        return version[1:]
    return version.lower() if kind in {"oci", "docker"} else version


class TargetIndex:
    """Products or components, for looking up what a file names."""

    def __init__(self, targets: Iterable[Target], purls: Purls) -> None:
        self.purls = purls
        self._by_digest: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        self._by_ref: dict[str, list[_Known]] = defaultdict(list)
        self._by_place: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        self._by_key: dict[str, list[_Known]] = defaultdict(list)
        self._by_version: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        self._by_name: dict[str, list[_Known]] = defaultdict(list)
        self._bom_versions: dict[str, list[str]] = defaultdict(list)
        self._found: dict[tuple[str, Named], dict[str, str]] = {}
        for number, target in enumerate(targets):
            self._add(target, number)

    def _add(self, target: Target, number: int) -> None:
        read = tuple(each for text in target.purls if (each := self.purls.read(text)) is not None)
        digests: dict[str, set[str]] = defaultdict(set)
        for algorithm, value in (*target.digests, *_digests_in(read)):
            digests[algorithm].add(value)
        known = _Known(target, read, digests, number)
        for algorithm, values in digests.items():
            for value in values:
                self._by_digest[algorithm, value].append(known)
        for ref in dict.fromkeys(map(_same_ref, target.refs)):
            self._by_ref[ref].append(known)
            if is_bom_link(ref) and "#" not in ref:
                serial, _, version = ref.rpartition("/")
                self._bom_versions[serial].append(version)
        for place in target.places:
            self._by_place[place].append(known)
        for pair in dict.fromkeys((each.key, _version(each, target.version)) for each in read):
            self._by_version[pair].append(known)
        for key in dict.fromkeys(each.key for each in read):
            self._by_key[key].append(known)
        self._by_name[last_part(target.name)].append(known)

    def find(self, named: Named, *, within: str = "") -> dict[str, str]:
        """Ids of the targets that `named` identifies, each with the basis: ref, digest or purl.

        `within` is the id of the SBOM in whose own words `named` is: there `ref` is a place of it.
        """
        asked = (within, named)
        if asked not in self._found:
            self._found[asked] = self._find(named, within)
        return self._found[asked]

    def _find(self, named: Named, within: str) -> dict[str, str]:
        if within:
            return {each.target.id: "ref" for each in self._by_place.get((within, named.ref), ())}
        read = self._read(named)
        found = {each.target.id: "ref" for ref in spellings(named.ref) for each in self._by_ref.get(ref, ())}
        for digest in (*named.digests, *_digests_in(read)):
            if digest[0] in STRONG:
                found |= {each.target.id: "digest" for each in self._by_digest.get(digest, ())}
        for asked in read:
            for each in self._candidates(asked, named.version):
                if each.target.id not in found and self._is_meant(named, asked, each):
                    found[each.target.id] = "purl"
        return found

    def same_package(self, named: Named) -> list[str]:
        """Ids of the targets of the same package and version, or where one side does not state a version.

        For findings, where missing one is worse than naming one too many; those with the same qualifiers are
        preferred, so that a package of one release of a distribution is not that of another.
        """
        found: dict[str, bool] = {}
        for asked in self._read(named):
            version = _version(asked, named.version)
            pairs = [(asked.key, version), (asked.key, "")] if version else []
            known = [each for pair in pairs for each in self._by_version.get(pair, ())]
            for each in known if version else self._by_key.get(asked.key, ()):
                exact = any(
                    own.key == asked.key and not differing_qualifiers(asked, own) for own in each.purls
                )
                found[each.target.id] = found.get(each.target.id, False) or exact
        exact_ones = [each for each, exact in found.items() if exact]
        return exact_ones or list(found)

    def _read(self, named: Named) -> tuple[ReadPurl, ...]:
        read = self.purls.read(named.purl) if named.purl else None
        return () if read is None else (read,)

    def _candidates(self, read: ReadPurl, field_version: str) -> Sequence[_Known]:
        version = read.version or plain_version(read.purl.type, field_version)
        if not version or version.startswith("vers:"):
            return self._by_key.get(read.key, ())
        return self._by_version.get((read.key, version), ())

    def _is_meant(self, named: Named, read: ReadPurl, known: _Known) -> bool:
        return not digests_differ(named, read, known.digests) and any(
            own.key == read.key
            and not differing_qualifiers(read, own)
            and version_agrees(read, named.version, _version(own, known.target.version))
            for own in known.purls
        )

    def of_package(self, named: Named, *, limit: int = 3) -> list[tuple[Target, ReadPurl]]:
        """Targets of the same package in whatever version, for the nearest miss."""
        return [
            (known.target, own)
            for asked in self._read(named)
            for known in self._by_key.get(asked.key, ())[:limit]
            for own in known.purls
            if own.key == asked.key
        ]

    def of_name(self, name: str, *, limit: int = 100) -> list[Target]:
        """Targets with the same last part of the name; a proposal, never an identification."""
        return [each.target for each in self._by_name.get(last_part(name), ())[:limit]]

    def of_ref(self, ref: str) -> list[Target]:
        """Targets that one reference names."""
        return [each.target for spelling in spellings(ref) for each in self._by_ref.get(spelling, ())]

    def bom_versions(self, serial: str) -> Sequence[str]:
        """Versions in hand of the BOM with this serial number, written as the BOM-Link's first part."""
        return self._bom_versions.get(serial.lower(), ())


def _digests_in(purls: Iterable[ReadPurl]) -> list[tuple[str, str]]:
    return [each.digest for each in purls if each.digest is not None]


def _version(read: ReadPurl, field_version: str) -> str:
    return read.version or plain_version(read.purl.type, field_version)


def last_part(name: str) -> str:
    """The name without group, scope and registry: good for a proposal, never for identifying something."""
    return re.split(r"[/:]", name[:1] + name[1:].partition("@")[0])[-1].casefold()


def _same_ref(ref: str) -> str:
    """A BOM-Link with its serial number in lower case; another reference as it is."""
    if not is_bom_link(ref):
        return ref
    document, mark, element = ref.partition("#")
    return f"{document.lower()}{mark}{element}"


def spellings(ref: str) -> tuple[str, ...]:
    """`ref` as written and percent-decoded: a bom-ref is encoded in a BOM-Link, but not by every tool."""
    return tuple(dict.fromkeys((_same_ref(ref), _same_ref(unquote(ref))))) if ref else ()


def differing_qualifiers(asked: ReadPurl, own: ReadPurl) -> tuple[str, ...]:
    """Qualifiers that `asked` names and that `own` lacks or has otherwise; what it does not name is free."""
    known = dict(own.purl.qualifiers)
    differing = [
        key
        for key, value in asked.purl.qualifiers
        if known.get(key, _DEFAULTS.get((asked.purl.type, key), "")) != value
    ]
    if asked.purl.subpath and asked.purl.subpath != own.purl.subpath:
        differing.append("subpath")
    return tuple(differing)


def digests_differ(named: Named, read: ReadPurl, own: dict[str, set[str]]) -> bool:
    """Both state digests of one hash function, and none of them is equal."""
    stated: dict[str, set[str]] = defaultdict(set)
    for algorithm, value in (*named.digests, *_digests_in((read,))):
        stated[algorithm].add(value)
    common = stated.keys() & own.keys()
    return bool(common) and not any(stated[each] & own[each] for each in common)


def version_agrees(asked: ReadPurl, field_version: str, own: str) -> bool:
    """`own` is the version that is asked for, or all are; a range counts only where the order is certain."""
    wanted = _version(asked, field_version)
    if not wanted or wanted == own:
        return True
    return wanted.startswith("vers:") and bool(own) and in_range(wanted, own, kind=asked.purl.type)


def in_range(text: str, version: str, *, kind: str) -> bool:
    """`version`, of a purl of type `kind`, is certainly in the range, which is one of that type."""
    scheme, _, versions = text.removeprefix("vers:").partition("/")
    if versions == "*":
        return scheme in {kind, *_ANY_SCHEME}
    found = _range(text) if scheme == kind else None
    return found is not None and found.contains(version)


_ANY_SCHEME: Final = ("all", "generic")
"""Schemes of a range that has every version of whatever package."""


def _range(text: str) -> VersRange | None:
    try:
        return parse_vers(text)
    except VersInvalid:
        return None


def short(text: str) -> str:
    """A foreign text for a message, cut; whoever shows it makes it safe."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def label_of(named: Named) -> str:
    """How a file names something, for a message."""
    return short(named.purl or named.name or named.ref or named.cpe or "something without a name")
