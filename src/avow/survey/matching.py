"""What public advisories say about the entries of an SBOM: affected, withdrawn, informational, undecidable.

Each entry is looked up, or it is said why not; one that was looked up and has no hit has none in the data at
hand. Only a purl identifies a package: a name or a CPE proposes, and is not looked up here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from avow.advisories.osv import Advisory, Affected, AffectedAnswer, Answer, evaluate
from avow.advisories.packages import NotLookedUp, Package, folded_key, package_key, package_of
from avow.formats.order import is_prerelease
from avow.formats.purl import PurlInvalid, is_canonical, read_purl
from avow.record import Why

if TYPE_CHECKING:
    from avow.sbom.inventory import Entry


class AdvisoryIndex(Protocol):
    """Advisories by package; a look-up takes the same time however many there are."""

    def covers(self, ecosystem: str) -> bool:
        """There is data of `ecosystem`, which may have a release: `PyPI`, `Debian`, `Debian:12`.

        Without a release: of any of its releases. With one: at least one record names that release.
        """
        ...

    def about(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """Advisories with an affected item of exactly that ecosystem whose `package_key` is `key`."""
        ...

    def about_folded(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """The same by `folded_key`; asked for Go only."""
        ...

    def names(self, advisory_id: str) -> frozenset[str]:
        """Every id of the vulnerability: the whole group of aliases, `advisory_id` included."""
        ...


CONTESTED: Final = frozenset(
    {"backport_suffix", "case_folded", "list_and_range_disagree", "other_repository", "prerelease_component"}
    | {"purl_and_field_versions_differ", "unreviewed", "vendor_rebuild"}
)
"""Flags of matches over which careful readers may disagree; the part before a colon counts."""

VENDOR_REBUILD: Final = "vendor_rebuild"

_KEPT: Final = 100_000
"""Look-ups that are kept: entries of different SBOMs are often the same component."""

# Source: golang.org/x/mod, module.IsPseudoVersion.
_PSEUDO_VERSION: Final = re.compile(
    r"v?[0-9]+\.(?:0\.0-|[0-9]+\.[0-9]+-(?:[^+]*\.)?0\.)[0-9]{14}-[A-Za-z0-9]+(?:\+[0-9A-Za-z.-]+)?"
)
_BACKPORT: Final = re.compile(r"~(?:bpo|deb|ubuntu)[0-9]|~[0-9]{2}\.(?:04|10)(?:\.|$)")
_REBUILDS: Final = {
    "maven": re.compile(
        r"(?P<base>.+?)[.-](?:temporary-)?(?:redhat|jbossorg|fuse|eap|cloudera|cdh|hdp|mapr|amzn|emr|ibm)[.-]?[0-9].*",
        re.IGNORECASE,
    ),
    "pypi": re.compile(r"(?P<base>[^+]+)\+.+"),
}
"""Versions of somebody who built the release again; what was patched in it, the order can't say."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One advisory that is about the package of an entry."""

    advisory: Advisory
    package: Package
    reason: str = ""
    """Why it is undecidable, or the kind of an informational one."""
    flags: tuple[str, ...] = ()
    contested: bool = False
    fixed: tuple[str, ...] = ()
    last_known_affected: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the advisories at hand say about one entry, or why they were not asked."""

    packages: tuple[Package, ...] = ()
    """As they were looked up; empty where `not_looked_up` says why."""
    not_looked_up: NotLookedUp | None = None
    matches: tuple[Hit, ...] = ()
    """Affected; malicious packages first."""
    withdrawn: tuple[Hit, ...] = ()
    """Would be a match or undecidable, but the record is withdrawn."""
    informational: tuple[Hit, ...] = ()
    undecidable: tuple[Hit, ...] = ()


class Matcher:
    """Looks entries up in `index`; what it has found once for a purl and version it does not ask again."""

    def __init__(self, index: AdvisoryIndex) -> None:
        self._index = index
        self._kept: dict[tuple[tuple[str, ...], str], Lookup] = {}
        self._covered: dict[str, bool] = {}

    def look_up(self, entry: Entry) -> Lookup:
        """All advisories about the packages that the purls of `entry` name."""
        if entry.unusable:
            return Lookup(not_looked_up=NotLookedUp(Why.UNUSABLE_ENTRY))
        purls = tuple(dict.fromkeys(each for each in (entry.purl, *entry.other_purls) if each.strip()))
        if not purls:
            return Lookup(not_looked_up=NotLookedUp(Why.NO_PURL))
        question = (purls, entry.version)
        found = self._kept.get(question)
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            found = self._kept[question] = self._look_up(purls, entry.version)
        return found

    def _look_up(self, purls: tuple[str, ...], field_version: str) -> Lookup:
        packages: dict[tuple[object, ...], Package] = {}
        refused: list[NotLookedUp] = []
        for purl in purls:
            found = self._package(purl, field_version)
            if isinstance(found, NotLookedUp):
                refused.append(found)
            else:
                packages.setdefault((found.ecosystem, found.key, found.placed, found.also), found)
        if not packages:
            return Lookup(not_looked_up=refused[0])
        hits = [hit for package in packages.values() for hit in self._hits(package)]
        once = {(hit[0], hit[1].advisory.id): hit for hit in reversed(hits)}
        lists: dict[str, list[Hit]] = {}
        for which, hit in reversed(once.values()):
            lists.setdefault(which, []).append(hit)
        matches = sorted(lists.get("matches", ()), key=lambda hit: not hit.advisory.malicious)
        return Lookup(
            packages=tuple(packages.values()),
            matches=tuple(matches),
            withdrawn=tuple(lists.get("withdrawn", ())),
            informational=tuple(lists.get("informational", ())),
            undecidable=tuple(lists.get("undecidable", ())),
        )

    def _package(self, text: str, field_version: str) -> Package | NotLookedUp:
        try:
            purl = read_purl(text)
        except PurlInvalid as error:
            return NotLookedUp(Why.BAD_PURL, note=str(error))
        found = package_of(purl, field_version=field_version)
        base = found.ecosystem.partition(":")[0]
        if base and not self._covers(base):
            return NotLookedUp(Why.ECOSYSTEM_NOT_COVERED, purl.type, ecosystem=base)
        if isinstance(found, Package) and not self._covers(found.ecosystem):
            note = f"no record is about {found.ecosystem}"
            return NotLookedUp(Why.ECOSYSTEM_NOT_COVERED, purl.type, ecosystem=found.ecosystem, note=note)
        return found

    def _covers(self, ecosystem: str) -> bool:
        if ecosystem not in self._covered:
            self._covered[ecosystem] = self._index.covers(ecosystem)
        return self._covered[ecosystem]

    def _hits(self, package: Package) -> list[tuple[str, Hit]]:
        """Each advisory that names the package, with the list that it belongs to."""
        advisories: dict[str, Advisory] = {}
        for ecosystem, key in ((package.ecosystem, package.key), *package.also):
            advisories |= {each.id: each for each in self._index.about(ecosystem, key)}
        exact = set(advisories)
        if package.ecosystem == "Go":
            folded = self._index.about_folded(package.ecosystem, folded_key(package.ecosystem, package.name))
            advisories = {each.id: each for each in folded} | advisories
        found = (_hit(each, package, folded=each.id not in exact) for each in advisories.values())
        return [each for each in found if each is not None]


_SAID: Final = (Answer.AFFECTED, Answer.UNDECIDABLE)
"""Answers that put an advisory into a list, the one that counts first."""


def _hit(advisory: Advisory, package: Package, *, folded: bool) -> tuple[str, Hit] | None:
    """The list that `advisory` belongs to for `package`, and its entry there; None if it is not affected."""
    items = [each for each in advisory.affected if _is_about(each, package, folded=folded)]
    answered = [(item, each) for item in items if (each := _verdict(item, package)).answer in _SAID]
    if not answered:
        return None
    # a note about the package never stands in the place of a vulnerability that may be in it
    answered = [each for each in answered if not each[0].informational] or answered
    answer = min((each.answer for _, each in answered), key=_SAID.index)
    deciding = [(item, each) for item, each in answered if each.answer is answer]
    verdict = deciding[0][1]
    if answer is Answer.AFFECTED:  # an item on whose range and list nobody disagrees settles it
        verdict = next((each for _, each in deciding if not each.flags), verdict)
    kinds = [item.informational for item, _ in deciding]
    flags = (
        *(["derived_record"] if advisory.derived else []),
        *([] if is_canonical(package.purl) else ["purl_not_canonical"]),
        *package.flags,
        *_version_flags(package, listed=verdict.listed),
        *(["case_folded"] if folded else []),
        *(["unreviewed"] if advisory.unreviewed else []),
        *verdict.flags,
    )
    which = "matches" if answer is Answer.AFFECTED else "undecidable"
    hit = Hit(
        advisory=advisory,
        package=package,
        reason=verdict.reason,
        flags=flags,
        fixed=tuple(dict.fromkeys(bound for _, each in deciding for bound in each.fixed)),
        last_known_affected=verdict.last_known_affected,
    )
    if advisory.withdrawn:
        return ("withdrawn", hit)
    if all(kinds):
        return ("informational", replace(hit, reason=kinds[0]))
    return (which, replace(hit, contested=which == "matches" and _is_contested(flags)))


def _is_about(item: Affected, package: Package, *, folded: bool) -> bool:
    if folded:
        names = (folded_key(item.ecosystem, item.name), folded_key(package.ecosystem, package.name))
        return item.ecosystem == package.ecosystem and names[0] == names[1]
    place = (item.ecosystem, package_key(item.ecosystem, item.name))
    return place in ((package.ecosystem, package.key), *package.also)


def _verdict(item: Affected, package: Package) -> AffectedAnswer:
    """What `item` says; a rebuild of an affected version is not "after" it for what was patched in it."""
    verdict = evaluate(item, package.placed, scheme=package.scheme)
    rebuild = _rebuild_of(package)
    if verdict.answer is not Answer.NOT_AFFECTED or rebuild is None:
        return verdict
    before = evaluate(item, rebuild, scheme=package.scheme)
    if before.answer is Answer.NOT_AFFECTED:
        return verdict
    return replace(before, answer=Answer.UNDECIDABLE, reason=VENDOR_REBUILD)


def _rebuild_of(package: Package) -> str | None:
    pattern = _REBUILDS.get(package.scheme)
    match = None if pattern is None else pattern.fullmatch(package.placed)
    return None if match is None else match["base"]


def _version_flags(package: Package, *, listed: bool) -> list[str]:
    """What has to be known about a version before its place in the order is believed."""
    pseudo = package.scheme == "golang" and _PSEUDO_VERSION.fullmatch(package.placed) is not None
    flags = ["pseudo_version"] if pseudo else []
    if package.scheme in {"cargo", "golang", "npm", "nuget", "semver"} and "+" in package.placed:
        flags.append("build_metadata")
    if not pseudo and not listed and is_prerelease(package.scheme, package.placed):
        flags.append("prerelease_component")
    if _rebuild_of(package) is not None:
        flags.append(VENDOR_REBUILD)
    if package.scheme == "deb" and _BACKPORT.search(package.placed) is not None:
        flags.append("backport_suffix")
    return flags


def _is_contested(flags: Sequence[str]) -> bool:
    return not CONTESTED.isdisjoint(flag.partition(":")[0] for flag in flags)
