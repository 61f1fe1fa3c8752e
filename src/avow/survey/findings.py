"""Which of our components the findings that a user brings are about.

A finding joins a component by a reference of the same document, by digest, by purl in the same version, or by
ecosystem, name and version. A bare name or a CPE only proposes. Every finding ends in exactly one list, and
one that joins nothing comes with the nearest miss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from avow.advisories.packages import NotLookedUp, package_key, package_of
from avow.findings.statements import Named, VulnerabilityFinding
from avow.formats.cpe import read_cpe
from avow.survey.identify import Purls, Target, TargetIndex, label_of, last_part, plain_version, short
from avow.vocabulary import Voice

MAX_STEPS: Final = 500_000
"""Pairs of a finding and a component; a hostile file has millions, a real survey thousands."""

MAX_PROPOSED: Final = 20
"""Components that are proposed for one finding; a name like `core` occurs in hundreds."""

_ECOSYSTEM_KINDS: Final = {"Go": "golang", "npm": "npm"}
"""Ecosystems whose versions may be written with a `v`, as purl types."""

_ANY_VERSION: Final = "0.0.0"
"""A version in every ecosystem's order, to ask for a package's name only."""


@dataclass(frozen=True, slots=True)
class BroughtFindings:
    """The findings of one file, or of one SBOM about itself."""

    source: str
    """How the record calls the file."""
    voice: Voice
    """Decided by where the file came from."""
    findings: tuple[VulnerabilityFinding, ...]
    within: str = ""
    """The id of the SBOM, if its own `Inventory.findings` is given: refs are its places."""


@dataclass(frozen=True, slots=True)
class JoinedFinding:
    """A finding and a component that it is about, or perhaps about."""

    component: str
    finding: VulnerabilityFinding
    source: str
    voice: Voice
    basis: str
    """ref, digest, purl or ecosystem; in the list of proposals name or cpe."""


@dataclass(frozen=True, slots=True)
class UnjoinedFinding:
    """A finding that is about nothing here, and why."""

    finding: VulnerabilityFinding
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class FindingsJoin:
    """Every finding, in exactly one of three lists."""

    joined: tuple[JoinedFinding, ...]
    """The same finding more than once if it is about several components: one package in two versions of
    which the finding names neither."""
    proposed: tuple[JoinedFinding, ...]
    """By name or CPE: never counted as identified."""
    unjoined: tuple[UnjoinedFinding, ...]

    @property
    def spoke(self) -> dict[str, tuple[str, ...]]:
        """By component, the sources whose findings are about it: for these the user's own tool spoke."""
        sources: dict[str, dict[str, None]] = defaultdict(dict)
        for each in self.joined:
            sources[each.component][each.source] = None
        return {component: tuple(names) for component, names in sources.items()}


def join_findings(
    files: Iterable[BroughtFindings], *, components: Iterable[Target], purls: Purls | None = None
) -> FindingsJoin:
    """Which component each finding is about; `purls` keeps what is read, for callers that also hear VEX."""
    files = [each for each in files if each.findings]
    if not files:  # the first day: indexing a million components takes a minute
        return FindingsJoin((), (), ())
    joiner = _Joiner(tuple(components), Purls() if purls is None else purls)
    for file in files:
        for finding in file.findings:
            joiner.join(finding, file)
    return FindingsJoin(tuple(joiner.joined), tuple(joiner.proposed), tuple(joiner.unjoined))


@dataclass(slots=True)
class _Joiner:
    components: tuple[Target, ...]
    purls: Purls
    joined: list[JoinedFinding] = field(default_factory=list)
    proposed: list[JoinedFinding] = field(default_factory=list)
    unjoined: list[UnjoinedFinding] = field(default_factory=list)
    steps: int = 0
    index: TargetIndex = field(init=False)
    by_package: dict[tuple[str, str, str], list[tuple[Target, str]]] = field(init=False)
    versions: dict[tuple[str, str], dict[str, None]] = field(init=False)
    by_cpe: dict[tuple[str, str], list[Target]] = field(init=False)
    known: dict[tuple[str, Named], tuple[dict[str, str], dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.index = TargetIndex(self.components, self.purls)
        self.by_package = defaultdict(list)
        self.versions = defaultdict(dict)
        self.by_cpe = defaultdict(list)
        for target in self.components:
            for key, suffix in self._packages(target):
                self.by_package[key].append((target, suffix))
                self.versions[key[:2]][key[2]] = None
            for cpe in filter(None, map(read_cpe, target.cpes)):
                if cpe.identifies:
                    self.by_cpe[cpe.vendor, cpe.product].append(target)

    def _packages(self, target: Target) -> dict[tuple[tuple[str, str, str], str], None]:
        """Ecosystem, name and version of the package, and of the source package that it was built from."""
        found: dict[tuple[tuple[str, str, str], str], None] = {}
        for text in target.purls:
            read = self.purls.read(text)
            # for the name alone; a version that can't be compared is compared as text below
            package = package_of(read.purl._replace(version=_ANY_VERSION)) if read else None
            if read is None or package is None or isinstance(package, NotLookedUp):
                continue
            base, _, suffix = package.ecosystem.partition(":")
            own = read.version or plain_version(read.purl.type, target.version)
            version = own if package.version == _ANY_VERSION else package.version
            found[(base, package.key, version), suffix] = None
            if package.via:
                found[(base, package_key(base, read.purl.name), own), suffix] = None
        return found

    def join(self, finding: VulnerabilityFinding, file: BroughtFindings) -> None:
        """Put one finding into one list."""
        asked = (file.within, finding.component)
        if asked not in self.known:
            sure = self._sure(finding.component, file.within)
            self.known[asked] = sure, {} if sure else self._perhaps(finding.component)
        sure, perhaps = self.known[asked]
        self.steps += len(sure) + len(perhaps)
        if self.steps > MAX_STEPS:
            why = "so many findings are about so many components that this one was not compared"
            self.unjoined.append(UnjoinedFinding(finding, file.source, why))
            return
        for found, into in ((sure, self.joined), (perhaps, self.proposed)):
            into += [
                JoinedFinding(component, finding, file.source, file.voice, basis=basis)
                for component, basis in found.items()
            ]
        if not sure and not perhaps:
            self.unjoined.append(UnjoinedFinding(finding, file.source, self._why(finding.component)))

    def _sure(self, named: Named, within: str) -> dict[str, str]:
        if found := self.index.find(named, within=within):
            return found
        if same := self.index.same_package(named):
            return dict.fromkeys(same, "purl")
        return dict.fromkeys(self._of_ecosystem(named), "ecosystem")

    def _of_ecosystem(self, named: Named) -> list[str]:
        if not named.ecosystem or not named.name:
            return []
        base, _, suffix = named.ecosystem.partition(":")
        version = plain_version(_ECOSYSTEM_KINDS.get(base, ""), named.version)
        key = package_key(base, named.name)
        wanted = dict.fromkeys((version, "")) if version else self.versions.get((base, key), {})
        return [
            target.id
            for each in wanted
            for target, own in self.by_package.get((base, key, each), ())
            if not suffix or not own or suffix == own
        ]

    def _perhaps(self, named: Named) -> dict[str, str]:
        """Components of the same CPE or name, in the same version or where one has none."""
        cpe = read_cpe(named.cpe) if named.cpe else None
        found: dict[str, str] = {}
        if cpe is not None and cpe.identifies:
            version = named.version or cpe.version
            by_cpe = self.by_cpe.get((cpe.vendor, cpe.product), ())
            found = dict.fromkeys((each.id for each in by_cpe if _same(version, each)), "cpe")
        if named.purl or named.ecosystem:  # the package is known, and it is not here
            return dict(list(found.items())[:MAX_PROPOSED])
        by_name = self.index.of_name(named.name) if named.name else []
        for each in by_name:
            if _same(named.version, each):
                found.setdefault(each.id, "name")
        return dict(list(found.items())[:MAX_PROPOSED])

    def _why(self, named: Named) -> str:
        if not (named.name or named.purl or named.cpe or named.ref):
            return "the finding does not name a component"
        if named.purl and self.purls.read(named.purl) is None:
            return f"{short(named.purl)} can't be read as a package URL"
        for target, own in self.index.of_package(named):
            here = own.version or target.version
            return f"it is about {label_of(named)}; the SBOM has {short(target.name)} {short(here)}"
        name = named.name or named.purl.partition("?")[0].partition("#")[0]
        for target in self.index.of_name(name):
            identifier = (*target.purls, "no package URL")[0]
            version = f" {short(target.version)}" if target.version else ""
            what = f"{label_of(named)} {short(named.version)}".strip() if not named.purl else label_of(named)
            return f"it is about {what}; the SBOM has {short(target.name)}{version} ({short(identifier)})"
        return f"no component is called {short(last_part(name)) or label_of(named)}"


def _same(version: str | None, target: Target) -> bool:
    return not version or not target.version or version == target.version
