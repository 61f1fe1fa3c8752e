"""Which VEX statement applies to which component; nothing is ever removed because of one.

A statement applies to exactly the product and subcomponents that it names. The product must be ours, by
purl, digest or reference, or one of our components. Without subcomponents it is about the vulnerability in
the whole product. A statement about another product says nothing about the same component in ours. What
applies to nothing is listed with the nearest miss: a statement that silently has no effect costs users days.

Source: OpenVEX 0.2.0, "Product Data Structure"; CycloneDX, "BOM-Link"; CSAF 2.0, section 3.2.2.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from avow.findings.refs import is_bom_link
from avow.findings.statements import Named, VexProduct, VexStatement
from avow.survey.identify import (
    Purls,
    ReadPurl,
    Target,
    TargetIndex,
    differing_qualifiers,
    label_of,
    last_part,
    short,
)
from avow.vocabulary import Voice

MAX_STEPS: Final = 250_000
"""Comparisons of a statement with a component. A hostile file could need their product; what is left out is
listed as not heard. Real surveys need some thousands."""

_DOUBLED: Final = re.compile(r"(sha(?:256|384|512)[:-])\1+", re.IGNORECASE)
_BARE_DIGEST: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class VexFile:
    """The statements of one file, or of one SBOM about itself."""

    source: str
    """How the record calls the file."""
    voice: Voice
    """Decided by where the file came from, never by what it says about its author."""
    statements: tuple[VexStatement, ...]
    within: str = ""
    """The id of the SBOM, if its own `Inventory.vex` is given: refs are its places."""


@dataclass(frozen=True, slots=True)
class VulnerableComponent:
    """A match: a component and every name of the vulnerability."""

    component: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeardStatement:
    """A statement and a component that it applies to."""

    component: str
    statement: VexStatement
    source: str
    voice: Voice
    basis: str
    """How the product was identified: ref, digest or purl."""
    matched: bool
    """The component has a match for this vulnerability; if not, the statement is shown all the same."""
    superseded: bool = False
    """A later statement in the same voice by the same author is about this component and vulnerability."""


class Miss(StrEnum):
    """Why a statement applies to nothing, the nearest first."""

    DIGEST_WRITTEN_WRONG = "digest_written_wrong"
    OTHER_DIGEST = "other_digest"
    OTHER_VERSION = "other_version"
    OTHER_QUALIFIER = "other_qualifier"
    OTHER_BOM_VERSION = "other_bom_version"
    OTHER_SUBCOMPONENT = "other_subcomponent"
    NO_SUCH_MATCH = "no_such_match"
    IN_ANOTHER_PRODUCT = "in_another_product"
    NAME_ONLY = "name_only"
    CPE_ONLY = "cpe_only"
    BAD_PURL = "bad_purl"
    OTHER_BOM = "other_bom"
    LOCAL_REF = "local_ref"
    NO_PRODUCT = "no_product"
    OTHER_PRODUCT = "other_product"
    BEYOND_LIMIT = "beyond_limit"


_RANK: Final = {each: number for number, each in enumerate(Miss)}


@dataclass(frozen=True, slots=True)
class UnheardStatement:
    """A statement that applies to nothing here, or not to a component that it seems to be about."""

    source: str
    statement: VexStatement
    miss: Miss
    why: str
    component: str = ""
    """A component with a match for this vulnerability that the statement does not name."""


@dataclass(frozen=True, slots=True)
class VexHearing:
    """Every statement is in one of the lists; one that names a single subcomponent can be in both."""

    heard: tuple[HeardStatement, ...]
    not_heard: tuple[UnheardStatement, ...]


def hear(
    files: Iterable[VexFile],
    *,
    products: Iterable[Target],
    components: Iterable[Target],
    matches: Iterable[VulnerableComponent],
    purls: Purls | None = None,
) -> VexHearing:
    """Which statements apply to which components, and which to none, and why not.

    `products` are what the SBOMs are about; `Target.products` of a component has their ids. `matches` are all
    known vulnerabilities of components, whoever found them; they are only read. `purls` keeps what is
    read, for callers that also join findings.
    """
    files = [each for each in files if each.statements]
    if not files:  # the first day: indexing a million components takes a minute
        return VexHearing((), ())
    hearer = _Hearer(
        products=tuple(products),
        components=tuple(components),
        matches=tuple(matches),
        purls=Purls() if purls is None else purls,
    )
    for file in files:
        for statement in file.statements:
            hearer.hear(file, statement)
    return hearer.result()


@dataclass(frozen=True, slots=True)
class _Near:
    miss: Miss
    why: str


_NOT_COMPARED: Final = _Near(
    Miss.BEYOND_LIMIT, "so many statements are about so many components that this one was not compared"
)


@dataclass(slots=True)
class _Applied:
    """What one statement applies to, and what it nearly does."""

    groups: tuple[int, ...] = ()
    """Known vulnerabilities that it can be about."""
    hits: dict[str, str] = field(default_factory=dict)
    """Component ids with the basis."""
    near: _Near = _NOT_COMPARED
    aimed: list[tuple[int, Named]] = field(default_factory=list)
    """Matches in the same product that a statement does not name, and a subcomponent that it does."""

    def propose(self, near: _Near) -> None:
        """Keep the nearest of all misses."""
        if _RANK[near.miss] < _RANK[self.near.miss]:
            self.near = near


class _Hearer:
    def __init__(
        self,
        *,
        products: tuple[Target, ...],
        components: tuple[Target, ...],
        matches: tuple[VulnerableComponent, ...],
        purls: Purls,
    ) -> None:
        self.purls = purls
        self.products = TargetIndex(products, self.purls)
        self.components = TargetIndex(components, self.purls)
        self.targets = {each.id: each for each in components}
        self.matches = matches
        self.groups: dict[str, list[int]] = defaultdict(list)
        """By name: the groups of names that it is in, usually one."""
        self.by_group: list[list[int]] = []
        self.by_component: dict[tuple[str, int], int] = {}
        known: dict[int, int] = {}
        for number, match in enumerate(matches):
            # by identity: a group can have 100,000 names, and as many matches share its tuple
            group = known.setdefault(id(match.ids), len(self.by_group))
            if group == len(self.by_group):
                self.by_group.append([])
                for name in dict.fromkeys(each.upper() for each in match.ids):
                    self.groups[name].append(group)
            self.by_group[group].append(number)
            self.by_component.setdefault((match.component, group), number)
        self.steps = 0
        self.heard: list[HeardStatement] = []
        self.not_heard: list[UnheardStatement] = []
        self.aimed: dict[int, tuple[bool, UnheardStatement]] = {}
        self.known_misses: dict[Named, _Near] = {}

    def hear(self, file: VexFile, statement: VexStatement) -> None:
        """Judge one statement."""
        if self.steps > MAX_STEPS:
            self.not_heard.append(
                UnheardStatement(file.source, statement, _NOT_COMPARED.miss, _NOT_COMPARED.why)
            )
            return
        applied = _Applied(groups=self._groups_of(statement))
        if not statement.products:
            applied.propose(_Near(Miss.NO_PRODUCT, "the statement does not name a product"))
        for product in statement.products:
            self._product(file, product, applied)
            if self.steps > MAX_STEPS:
                applied.near = _NOT_COMPARED
                break
        for component, basis in applied.hits.items():
            matched = any((component, each) in self.by_component for each in applied.groups)
            self.steps += len(applied.groups)
            self.heard.append(
                HeardStatement(component, statement, file.source, file.voice, basis=basis, matched=matched)
            )
        if applied.hits:
            self._note_others(file, statement, applied)
        else:
            self.not_heard.append(self._unheard(file, statement, applied))

    def _groups_of(self, statement: VexStatement) -> tuple[int, ...]:
        """The known vulnerabilities that the statement can be about, each once."""
        return tuple(
            dict.fromkeys(group for name in statement.ids for group in self.groups.get(name.upper(), ()))
        )

    def _product(self, file: VexFile, product: VexProduct, applied: _Applied) -> None:
        ours = self.products.find(product.product, within=file.within)
        if ours:
            self._in_ours(file, product, ours, applied)
            return
        same = self.components.find(product.product, within=file.within)
        self.steps += 1 + len(same)
        if same and not product.subcomponents:
            applied.hits |= same
        elif same:
            self._inside(file, product, same, applied)
        elif not applied.hits:
            applied.propose(self._nearest(product))

    def _in_ours(
        self,
        file: VexFile,
        product: VexProduct,
        ours: dict[str, str],
        applied: _Applied,
    ) -> None:
        """The product is ours: the subcomponents that it names, or every match in it."""
        basis = next(iter(ours.values()))
        scope = ours.keys()
        in_scope = list(self._matches_of(applied.groups, scope))
        if not product.subcomponents:
            applied.hits |= {self.matches[number].component: basis for number in in_scope}
            if not in_scope:
                why = "it is about the whole product, in which this vulnerability was not found"
                applied.propose(_Near(Miss.NO_SUCH_MATCH, why))
            return
        hits: dict[str, str] = {}
        for part in product.subcomponents:
            found = self.components.find(part, within=file.within)
            self.steps += 1 + len(found)
            hits |= {each: basis for each in found if not scope.isdisjoint(self.targets[each].products)}
        applied.hits |= hits
        if not hits:
            applied.propose(self._no_such_part(product.subcomponents[0]))
        applied.aimed += [
            (number, product.subcomponents[0])
            for number in in_scope
            if self.matches[number].component not in hits
        ]

    def _inside(self, file: VexFile, product: VexProduct, same: dict[str, str], applied: _Applied) -> None:
        """The product is one of our components, and the statement is about parts of it."""
        basis = next(iter(same.values()))
        for part in product.subcomponents:
            found = self.components.find(part, within=file.within)
            self.steps += 1 + len(found)
            applied.hits |= {
                each: basis for each in found if not same.keys().isdisjoint(self.targets[each].inside)
            }
        if not applied.hits:
            where = f"inside the component {label_of(product.product)}, which does not contain it"
            why = f"it is about {label_of(product.subcomponents[0])} {where}"
            applied.propose(_Near(Miss.OTHER_SUBCOMPONENT, why))

    def _matches_of(self, groups: Iterable[int], scope: Collection[str]) -> Iterator[int]:
        """Matches for the vulnerabilities in the products `scope`."""
        for group in groups:
            for number in self.by_group[group]:
                self.steps += 1
                if self.steps > MAX_STEPS:
                    return
                target = self.targets.get(self.matches[number].component)
                if target is not None and any(each in scope for each in target.products):
                    yield number

    def _note_others(self, file: VexFile, statement: VexStatement, applied: _Applied) -> None:
        """Note matches for the same vulnerability in the same product that the statement does not name."""
        for number, part in applied.aimed:
            component = self.targets[self.matches[number].component]
            close = self._is_close(part, component)
            if number not in self.aimed or (close and not self.aimed[number][0]):
                why = self._not_named(part, component)
                self.aimed[number] = (
                    close,
                    UnheardStatement(
                        file.source, statement, Miss.OTHER_SUBCOMPONENT, why, component=component.id
                    ),
                )

    def _unheard(self, file: VexFile, statement: VexStatement, applied: _Applied) -> UnheardStatement:
        """The statement with its nearest miss: a component with this vulnerability, if one is close."""
        near = applied.near
        for number, part in applied.aimed:
            component = self.targets[self.matches[number].component]
            if self._is_close(part, component):
                why = f"{self._not_named(part, component)}: {near.why}"
                return UnheardStatement(file.source, statement, near.miss, why, component=component.id)
        return UnheardStatement(file.source, statement, near.miss, near.why)

    def _not_named(self, part: Named, component: Target) -> str:
        named = _name(part, self.purls)
        return f"the statement names the subcomponent {named}, not {short(component.name)}"

    def _is_close(self, part: Named, component: Target) -> bool:
        """The component has the part's name, or was built from the source package of that name."""
        name = _name(part, self.purls)
        read = (self.purls.read(text) for text in component.purls)
        upstream = {each.purl.qualifier("upstream").partition("@")[0] for each in read if each is not None}
        return name in upstream or last_part(name) == last_part(component.name)

    def result(self) -> VexHearing:
        """Both lists, with the statements that a later one replaces marked."""
        heard_of = {number for each in self.heard for number in self._known(each)}
        missed = tuple(each for number, (_, each) in self.aimed.items() if number not in heard_of)
        return VexHearing(self._superseded(), (*self.not_heard, *missed))

    def _known(self, heard: HeardStatement) -> Iterator[int]:
        """The first match of each vulnerability that a heard statement is about."""
        for group in self._groups_of(heard.statement):
            number = self.by_component.get((heard.component, group))
            if number is not None:
                yield number

    def _superseded(self) -> tuple[HeardStatement, ...]:
        """Mark what one author said before, in one voice, about the same component and vulnerability.

        A statement without a moment neither replaces another nor is replaced.
        """
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for number, each in enumerate(self.heard):
            named = tuple(name.upper() for name in each.statement.ids[:1])
            vulnerability = next(self._known(each), named)
            author = each.statement.author or each.source
            groups[each.component, vulnerability, each.voice, author].append(number)
        result = list(self.heard)
        for numbers in groups.values():
            latest = max((at for each in numbers if (at := self.heard[each].statement.moment)), default=None)
            for number in numbers:
                moment = self.heard[number].statement.moment
                if latest is not None and moment is not None and moment < latest:
                    result[number] = replace(self.heard[number], superseded=True)
        return tuple(result)

    def _nearest(self, product: VexProduct) -> _Near:
        """The nearest miss of a product that is neither ours nor a component of ours."""
        named = product.product
        if named not in self.known_misses:
            self.known_misses[named] = self._miss_of(named)
        near = self.known_misses[named]
        if near.miss is not Miss.OTHER_PRODUCT:
            return near
        for part in product.subcomponents[:1]:
            if self.components.find(part):
                why = (
                    f"it is about {label_of(part)} in {label_of(named)}, which is another product; "
                    "it says nothing about the same component here"
                )
                return _Near(Miss.IN_ANOTHER_PRODUCT, why)
        return near

    def _miss_of(self, named: Named) -> _Near:
        if named.purl:
            return self._miss_of_purl(named)
        if is_bom_link(named.ref):
            return self._miss_of_bom(named.ref)
        if named == Named(codes=named.codes):
            return _Near(Miss.NO_PRODUCT, "the product has neither an identifier nor a name")
        return self._miss_without_purl(named)

    def _miss_without_purl(self, named: Named) -> _Near:
        if named.digests:
            why = f"no product or component here has the digest of {label_of(named)}"
            return _Near(Miss.OTHER_PRODUCT, why)
        if named.name and (
            same := (self.products.of_name(named.name) or self.components.of_name(named.name))
        ):
            why = f'"{short(named.name)}" is a name and not an identifier; {_has(same[0])}'
            return _Near(Miss.NAME_ONLY, why)
        if named.cpe:
            why = f"{label_of(named)} is named by its CPE only, which proposes and never decides"
            return _Near(Miss.CPE_ONLY, why)
        if named.name:
            return _Near(Miss.NAME_ONLY, f'"{short(named.name)}" is a name and not an identifier')
        return _Near(Miss.LOCAL_REF, f"{label_of(named)} means something in its own document only")

    def _miss_of_purl(self, named: Named) -> _Near:
        read = self.purls.read(named.purl)
        if read is None:
            return _Near(Miss.BAD_PURL, f"{short(named.purl)} can't be read as a package URL")
        if read.purl.type in {"oci", "docker"} and (why := _wrong_digest(read.purl.version)):
            return _Near(Miss.DIGEST_WRITTEN_WRONG, f"{short(named.purl)}: {why}")
        for index in (self.products, self.components):
            for target, own in index.of_package(named):
                return self._differs(named, read, own=own, target=target)
        return _Near(Miss.OTHER_PRODUCT, f"{label_of(named)} is neither the product nor a component of it")

    def _differs(self, named: Named, read: ReadPurl, *, own: ReadPurl, target: Target) -> _Near:
        """What is different, where the package is the same."""
        stated = read.digest or next(iter(named.digests), None)
        known = own.digest or next(iter(target.digests), None)
        if stated is not None and known is not None and (read.digest or not read.version):
            why = f"it names another digest, {_digest(stated)}; {short(target.name)} has {_digest(known)}"
            return _Near(Miss.OTHER_DIGEST, why)
        here = own.version or target.version or "no version"
        asked = read.version or named.version
        if asked and asked != here:
            why = f"it names {short(target.name)} in version {short(asked)}; here is {short(here)}"
            return _Near(Miss.OTHER_VERSION, why)
        if differing := differing_qualifiers(read, own):
            which = " and ".join(map(short, differing))
            why = f"{label_of(named)} has another {which} than {short(own.purl.text)}"
            return _Near(Miss.OTHER_QUALIFIER, why)
        why = f"the digests that it names for {short(target.name)} are not those of the SBOM"
        return _Near(Miss.OTHER_DIGEST, why)

    def _miss_of_bom(self, ref: str) -> _Near:
        document = ref.partition("#")[0]
        serial, _, version = document.rpartition("/")
        if self.products.of_ref(document):
            return _Near(Miss.OTHER_SUBCOMPONENT, f"the BOM has no component with the reference {short(ref)}")
        for other in self.products.bom_versions(serial):
            why = f"it is about version {short(version)} of the BOM {short(serial)}; here is version {other}"
            return _Near(Miss.OTHER_BOM_VERSION, why)
        why = f"it refers to components of the BOM {short(document)}, which is not the SBOM here"
        return _Near(Miss.OTHER_BOM, why)

    def _no_such_part(self, part: Named) -> _Near:
        near = self._miss_of(part)
        return _Near(Miss.OTHER_SUBCOMPONENT, f"the product is ours, but not the subcomponent: {near.why}")


def _wrong_digest(version: str) -> str:
    """What is wrong with a digest in a purl, if anything."""
    if _DOUBLED.match(version):
        return f"the digest has {version.partition(':')[0]}: twice"
    if _BARE_DIGEST.fullmatch(version):
        return "the digest has no algorithm; write sha256: before it"
    return ""


def _digest(digest: tuple[str, str]) -> str:
    return f"{digest[0]}:{digest[1][:12]}…"


def _has(target: Target) -> str:
    identifier = (*target.purls, *(f"{each[0]}:{each[1]}" for each in target.digests), "")[0]
    return (
        f"{short(target.name)} here is {short(identifier)}"
        if identifier
        else f"{short(target.name)} here has none"
    )


def _name(part: Named, purls: Purls) -> str:
    read = purls.read(part.purl) if part.purl else None
    return read.purl.name if read is not None else label_of(part)
