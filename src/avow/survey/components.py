"""From the entries of all SBOMs to components, and from components to upstream projects.

Two entries are one component if they have the same identifier, version and digests: the same jar in two
places is one, the same purl with other bytes is another. An upstream project is known by what somebody
stated: a row of the map, a link to a repository, a purl. A name alone makes no two components one project.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote

from msgspec import structs

from avow.advisories.identifiers import identity_key, purl_key
from avow.errors import InputInvalid
from avow.formats.cpe import read_cpe
from avow.formats.purl import LOCAL_TYPES, LoosePurl, PurlInvalid, read_purl
from avow.formats.repository import normal_repository
from avow.lineage import Identified, MapIndex, MapRow
from avow.sbom.inventory import Entry, Inventory, StatedDigest

_Item = TypeVar("_Item")

_VCS_KINDS: Final = ("vcs", "source-distribution", "download", "distribution", "website", "issue-tracker")
"""References that can name a repository, the surest first."""

_STRONG: Final = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")

MAX_COMPONENTS: Final = 250_000
"""Of all SBOMs together: they take a minute and 2 GB. The largest real product seen has 20,000."""

_OTHER_DIGESTS: Final = frozenset({"digests_differ"})
_ROW_NOT_APPLIED: Final = frozenset({"map_row_not_applied"})


@dataclass(slots=True)
class Located:
    """One component, with every entry that is it."""

    id: str
    entry: Entry
    """The first one, with what the others add to it."""
    source: Inventory
    places: list[tuple[Inventory, str]]
    purl: LoosePurl | None
    """As far as it can be read; the problem is `purl_problem`."""
    purl_problem: str = ""
    digests: tuple[StatedDigest, ...] = ()
    flags: frozenset[str] = frozenset()
    row: MapRow | None = None
    upstream: str = ""

    @property
    def version(self) -> str:
        """Of the purl, else of the field."""
        return (self.purl.version if self.purl is not None else "") or self.entry.version

    @property
    def looked_up_as(self) -> LoosePurl | None:
        """The purl for look-ups: the map's, where a reviewed row says what the component is."""
        return self.row.upstream if self.row is not None and self.row.upstream is not None else self.purl

    @property
    def cpes(self) -> tuple[tuple[str, str, str], ...]:
        """Vendor, product and version, the last empty where it is unknown."""
        return _cpes(self.entry)

    @property
    def label(self) -> str:
        """Group, name and version, as a person would say it."""
        entry = self.entry
        name = "/".join(part for part in (entry.group, entry.name) if part) or entry.purl or entry.place
        return f"{name} {self.version}".strip()

    @property
    def kind(self) -> str:
        """What the identifier is, where it names no package of a registry or forge."""
        if self.purl is not None:
            return self.purl.type if self.purl.type in LOCAL_TYPES else ""
        return "cpe" if self.cpes else "name"

    @property
    def has_strong_digest(self) -> bool:
        """SHA-2 or SHA-3; stated, not compared with bytes."""
        return any(digest.algorithm in _STRONG for digest in self.digests)


def locate(inventories: Sequence[Inventory]) -> list[Located]:
    """The components of all inventories, in the order in which they are first named.

    Raises:
        InputInvalid: more than `MAX_COMPONENTS`.
    """
    found: list[Located] = []
    further: dict[str, list[Entry]] = defaultdict(list)
    buckets: dict[tuple[object, ...], dict[tuple[StatedDigest, ...], Located]] = defaultdict(dict)
    for inventory in inventories:
        for entry in inventory.entries:
            component = _component(entry, inventory, number=len(found) + 1)
            bucket = buckets[_key(component)]
            digests = tuple(sorted(component.digests, key=lambda each: (each.algorithm, each.value)))
            same = bucket.get(digests) or (next(iter(bucket.values()), None) if not digests else None)
            if same is None and digests and () in bucket:
                same = bucket.pop(())
                same.digests = component.digests
            if same is not None:
                same.places.append((inventory, entry.place))
                further[same.id].append(entry)
                bucket[digests or next(iter(bucket), ())] = same
                continue
            if bucket:
                component.flags |= _OTHER_DIGESTS
                next(iter(bucket.values())).flags |= _OTHER_DIGESTS
            bucket[digests] = component
            found.append(component)
            if len(found) > MAX_COMPONENTS:
                raise InputInvalid(
                    f"there are more than {MAX_COMPONENTS} components",
                    location=inventory.source,
                    hint="survey fewer SBOMs at once; split a larger one, and survey its parts one by one",
                )
    for component in found:
        if component.id in further:
            component.entry = _merged(component.entry, *further[component.id])
    return found


def _merged(*entries: Entry) -> Entry:
    """The first entry with the identifiers and links that only another one of the same component has."""
    first = entries[0]
    return structs.replace(
        first,
        cpes=_all(each.cpes for each in entries),
        licences=_all(each.licences for each in entries),
        references=_all(each.references for each in entries),
        ancestors=_all(each.ancestors for each in entries),
        supplier=next((each.supplier for each in entries if each.supplier), ""),
        modified=any(each.modified for each in entries),
    )


def _all(lists: Iterable[tuple[_Item, ...]]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))


def _key(component: Located) -> tuple[object, ...]:
    entry, purl = component.entry, component.purl
    if entry.unusable:
        return ("unusable", component.id)
    if purl is not None:
        qualifiers = tuple(sorted(purl.qualifiers))
        name = (identity_key(purl), component.version, qualifiers, purl.subpath)
        return ("purl", *name, frozenset(entry.other_purls))  # each of them is looked up
    identifiers = (entry.cpes, entry.purl, frozenset(entry.other_purls))
    return ("name", entry.group, entry.name, entry.version, entry.supplier, *identifiers)


def _component(entry: Entry, inventory: Inventory, *, number: int) -> Located:
    purl, problem = None, ""
    if entry.purl:
        try:
            purl = read_purl(entry.purl)
        except PurlInvalid as error:
            problem = str(error)
    return Located(
        id=f"c{number}",
        entry=entry,
        source=inventory,
        places=[(inventory, entry.place)],
        purl=purl,
        purl_problem=problem,
        digests=entry.digests,
    )


def _cpes(entry: Entry) -> tuple[tuple[str, str, str], ...]:
    read = (read_cpe(text) for text in entry.cpes)
    return tuple(
        (cpe.vendor, cpe.product, cpe.version or "") for cpe in read if cpe is not None and cpe.identifies
    )


def apply_map(components: Iterable[Located], index: MapIndex) -> set[int]:
    """Give each component the row that decides about it; the lines of the rows that are about any."""
    used: set[int] = set()
    for component in components if index.has_rows else ():
        rows = index.rows_about(
            Identified(
                purl=component.purl,
                cpes=tuple((vendor, product) for vendor, product, _ in component.cpes),
                name=component.entry.name,
                version=component.version,
                supplier=component.entry.supplier,
            )
        )
        used.update(row.line for row in rows)
        component.row = next((row for row in rows if _may_decide(row, component)), None)
        if component.row is None and rows:
            component.flags |= _ROW_NOT_APPLIED
    return used


def _may_decide(row: MapRow, component: Located) -> bool:
    """Nothing but its purl says that a package of a registry is another one.

    Otherwise a second SBOM, which adds a CPE or supplier to a component, would hide what is known about it.
    """
    purl = component.purl
    names_the_purl = row.selector.package != ()
    return row.upstream is None or names_the_purl or purl is None or purl.type in LOCAL_TYPES


@dataclass(frozen=True, slots=True)
class UpstreamProject:
    """Where components come from, and how that is known."""

    key: str
    """The same for every SBOM; a repository, `pkg:TYPE/NAME`, `name:SUPPLIER/GROUP/NAME` or `own:...`."""
    label: str
    repository: str
    basis: str


def project_of(component: Located) -> UpstreamProject:
    """The upstream project of one component."""
    row = component.row
    if row is not None and row.own:
        owner = (
            "your own work" if row.own == "us" else f"{component.entry.supplier or 'the supplier'}'s own work"
        )
        who = row.own if row.own == "us" else f"{row.own}/{component.entry.supplier}"
        return UpstreamProject(f"own:{who}", owner, "", "map")
    if row is not None and row.repository:
        return _of_repository(row.repository, "map")
    purl = component.looked_up_as
    if purl is not None and (repository := _repository_in(purl)):
        return _of_repository(repository, "map" if row is not None and row.upstream is not None else "purl")
    if row is None or row.upstream is None:
        for kind in _VCS_KINDS:
            for reference in component.entry.references:
                if reference.kind == kind and (repository := normal_repository(reference.url)):
                    return _of_repository(repository, kind)
    if purl is not None and purl.type not in LOCAL_TYPES:
        name = "/".join(part for part in (purl.namespace, purl.name) if part)
        key = quote(purl_key(purl).partition(":")[2], safe="/:!+")
        return UpstreamProject(f"pkg:{key}", f"{name} ({purl.type})", "", "purl")
    entry = component.entry
    label = " ".join(
        part for part in (entry.supplier, "/".join(filter(None, (entry.group, entry.name)))) if part
    )
    key = "/".join(quote(part, safe=" ") for part in (entry.supplier, entry.group, entry.name))
    return UpstreamProject(f"name:{key}", label or entry.place, "", "name")


def _of_repository(repository: str, basis: str) -> UpstreamProject:
    return UpstreamProject(repository, repository.removeprefix("https://"), repository, basis)


_FORGES: Final = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}


def _repository_in(purl: LoosePurl) -> str:
    """The repository that a purl itself names."""
    if purl.type in _FORGES:
        return normal_repository(f"https://{_FORGES[purl.type]}/{purl.namespace}/{purl.name}")
    if stated := dict(purl.qualifiers).get("vcs_url"):
        return normal_repository(stated)
    if purl.type == "golang":
        return normal_repository(f"https://{purl.namespace}/{purl.name}")
    return ""
