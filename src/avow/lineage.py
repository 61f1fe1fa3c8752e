"""`avow.map`: what the components of an SBOM are, where their identifiers do not say it; a person reviews it.

A row says that a component is a package of a registry or forge, perhaps rebuilt or patched, or that it is
the manufacturer's or supplier's own work. Names, CPEs and links propose rows (`avow survey --propose`); only
a row with a reviewer decides. A row that fits no component is an error: it may once have mattered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from avow.advisories.identifiers import identity_key
from avow.formats.nodes import Kind, Node
from avow.formats.purl import LoosePurl, PurlInvalid, read_purl
from avow.formats.repository import normal_repository
from avow.formats.yaml_nodes import reading
from avow.values import Frozen, latest_date_on_earth

MAP_VERSION: Final = 1
MAX_MAP_BYTES: Final = 1024 * 1024

RELATIONS: Final = ("same", "builtFrom", "patched", "vendored")
"""How component and upstream belong together: the same bytes, a build of them, a changed copy, a copy."""

OWNERS: Final = ("us", "supplier")

MIN_PREFIX: Final = 4
"""Characters of a name with `*` that has no supplier beside it, the `*` included."""

_ROW_KEYS: Final = (
    *("component", "cpe", "supplier", "name", "version"),
    *("is", "repository", "own", "relation", "reviewedBy", "reviewed", "note"),
)


class Selector(Frozen):
    """Which components a row is about; empty fields do not matter."""

    package: tuple[str, ...] = ()
    """The `identity_key` of a purl: qualifiers do not matter, because SBOMs differ in which they write."""
    version: str = ""
    cpe: tuple[str, str] | None = None
    """Vendor and product."""
    supplier: str = ""
    name: str = ""
    """May end in `*`."""

    @property
    def is_bulk(self) -> bool:
        """It can be about several components."""
        return self.name.endswith("*")

    @property
    def rank(self) -> tuple[bool, bool, bool, bool]:
        """The greater one decides where two rows are about one component."""
        return not self.is_bulk, self.package != (), self.version != "", self.supplier != ""


class MapRow(Frozen):
    """One reviewed row."""

    line: int
    selector: Selector
    upstream: LoosePurl | None = None
    """The package that it is; without a version the component's own counts, except for vendored copies."""
    repository: str = ""
    """Normalised."""
    own: str = ""
    """`us` or `supplier`: nobody upstream has it."""
    relation: str = "same"
    reviewed_by: str
    reviewed: date
    note: str = ""


class Identified(Frozen):
    """What one component presents to the map."""

    purl: LoosePurl | None
    cpes: tuple[tuple[str, str], ...]
    name: str
    version: str
    supplier: str


class LineageMap(Frozen):
    """The rows of one file."""

    source: str = ""
    rows: tuple[MapRow, ...] = ()


class MapIndex:
    """The rows, found in a time that does not grow with their number."""

    def __init__(self, table: LineageMap) -> None:
        self._exact: dict[tuple[object, ...], list[MapRow]] = {}
        self._bulk: dict[tuple[str, str], list[MapRow]] = {}
        """By the beginning of the name and the supplier."""
        for row in table.rows:
            if row.selector.is_bulk:
                key = row.selector.name[:-1].casefold(), row.selector.supplier.casefold()
                self._bulk.setdefault(key, []).append(row)
            else:
                self._exact.setdefault(_selector_key(row.selector), []).append(row)
        self.has_rows = table.rows != ()
        self._lengths = sorted({len(prefix) for prefix, _ in self._bulk})

    def rows_about(self, component: Identified) -> tuple[MapRow, ...]:
        """All rows that are about `component`, the one that decides first."""
        keys: list[tuple[object, ...]] = [("name", component.name.casefold())]
        keys += [("cpe", *pair) for pair in component.cpes]
        if component.purl is not None:
            keys.append(("purl", *identity_key(component.purl)))
        exact = [row for key in keys for row in self._exact.get(key, ()) if _fits(row.selector, component)]
        bulk = sorted(self._bulk_rows(component), key=lambda row: row.line)
        return tuple(sorted((*exact, *bulk), key=lambda row: row.selector.rank, reverse=True))

    def _bulk_rows(self, component: Identified) -> Iterator[MapRow]:
        name = component.name.casefold()
        for length in self._lengths:
            if length > len(name):
                return
            for supplier in dict.fromkeys(("", component.supplier.casefold())):
                for row in self._bulk.get((name[:length], supplier), ()):
                    if not row.selector.version or row.selector.version == component.version:
                        yield row


def _selector_key(selector: Selector) -> tuple[object, ...]:
    if selector.package:
        return ("purl", *selector.package)
    if selector.cpe is not None:
        return ("cpe", *selector.cpe)
    return ("name", selector.name.casefold())


def _fits(selector: Selector, component: Identified) -> bool:
    if selector.version and selector.version != component.version:
        return False
    # the index found it by the rest
    return not selector.supplier or selector.supplier.casefold() == component.supplier.casefold()


def read_map(data: bytes, *, source: str, now: datetime) -> LineageMap:
    """The rows in `data`; a review that is later than `now` is refused.

    Raises:
        InputInvalid: not YAML, an unknown key, a row that selects nothing or says nothing, a row without a
            reviewer, a review in the future, two rows with one selector; carries all problems.
    """
    with reading(
        data,
        source=source,
        message=f"{source} can't be used",
        hint="correct these rows; docs/survey.md explains them",
    ) as root:
        keys = root.mapping(allowed=("map", "rows"), required=("map", "rows"))
        keys["map"].check_version(MAP_VERSION, fix=f"map: {MAP_VERSION}")
        first: dict[Selector, MapRow] = {}
        for node in keys["rows"].items():
            row = _row(node, today=latest_date_on_earth(now))
            if (other := first.setdefault(row.selector, row)) is not row:
                node.problem(f"line {other.line} is about the same components", fix="keep one of the rows")
    return LineageMap(source=source, rows=tuple(first.values()))


def _row(node: Node, *, today: date) -> MapRow:
    keys = node.mapping(allowed=_ROW_KEYS, required=("reviewedBy", "reviewed"))
    reviewed = keys["reviewed"].date()
    if reviewed > today:
        keys["reviewed"].problem(f"{reviewed} is in the future", fix="write the day of the review")
    relation = keys["relation"].word(RELATIONS, what="relation") if "relation" in keys else "same"
    upstream, repository, own = _identity(node, keys)
    return MapRow(
        line=node.line,
        selector=_selector(node, keys),
        upstream=upstream,
        repository=repository,
        own=own,
        relation=relation or "same",
        reviewed_by=_reviewer(keys["reviewedBy"]),
        reviewed=reviewed,
        note=keys["note"].text(many_lines=True) if "note" in keys else "",
    )


def _reviewer(node: Node) -> str:
    if node.kind is Kind.TEXT and not node.scalar.strip():
        node.problem("nobody has reviewed this row", fix="write who did, and the day under reviewed")
        return ""
    return node.text()


def _selector(node: Node, keys: dict[str, Node]) -> Selector:
    given = [key for key in ("component", "cpe", "name") if key in keys]
    version = keys["version"].text() if "version" in keys else ""
    supplier = keys["supplier"].text() if "supplier" in keys else ""
    if not given and supplier and not version:
        return Selector(name="*", supplier=supplier)
    if len(given) != 1:
        node.problem(
            "a row needs exactly one of component, cpe and name, or a supplier alone",
            fix="say which components the row is about",
        )
        return Selector(name=f"line {node.line}")
    if given == ["component"]:
        purl = _purl(keys["component"])
        if purl is None:
            return Selector(name=f"line {node.line}")
        return Selector(package=identity_key(purl), version=purl.version or version, supplier=supplier)
    if given == ["cpe"]:
        vendor, colon, product = keys["cpe"].text().partition(":")
        if not (vendor and colon and product) or ":" in product or "*" in vendor + product:
            keys["cpe"].problem(
                "cpe is not VENDOR:PRODUCT", fix="write the two values, as in openssl:openssl"
            )
        return Selector(cpe=(vendor, product), version=version, supplier=supplier)
    name = keys["name"].text()
    if name.endswith("*") and not supplier and len(name) < MIN_PREFIX:
        keys["name"].problem(f"{name} is about almost everything", fix="add supplier, or a longer name")
    return Selector(name=name, version=version, supplier=supplier)


def _identity(node: Node, keys: dict[str, Node]) -> tuple[LoosePurl | None, str, str]:
    """What the row says that its components are."""
    given = [key for key in ("is", "repository", "own") if key in keys]
    if len(given) != 1:
        node.problem("a row needs exactly one of is, repository and own", fix="say what the components are")
        return None, "", ""
    if given == ["own"]:
        return None, "", keys["own"].word(OWNERS, what="owner")
    if given == ["repository"]:
        repository = normal_repository(keys["repository"].text())
        if not repository:
            keys["repository"].problem(
                "repository is not the address of a source repository", fix="write https://host/owner/name"
            )
        return None, repository, ""
    return _purl(keys["is"]), "", ""


def _purl(node: Node) -> LoosePurl | None:
    try:
        return read_purl(node.text())
    except PurlInvalid as error:
        node.problem(f"{node.name} is not a purl: {error}", fix="write pkg:TYPE/NAMESPACE/NAME@VERSION")
        return None
