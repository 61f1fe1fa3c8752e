"""Support dates of release lines, as endoflife.date collects them: product files, and its API.

A *cycle* is a release line ("1.1.1", "3"). Its end of life is a date, or only known to have come (`true`) or
not to be announced (`false`); the last is not "supported until". Active support (`eoas`) and paid support
(`eoes`) are other dates and are not read. The end is that of the upstream project: whoever builds packages of
it (a distribution, a vendor) may support them for longer, so such an answer is contested.

Source: endoflife-date/endoflife.date, product files and API v1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Protocol

from msgspec import Struct

from avow.advisories.identifiers import cpe_key, purl_key
from avow.errors import InputInvalid
from avow.findings.statements import Unread, UnreadList
from avow.formats.foreign import day_of, head_of, moment_of, shown, texts_of
from avow.formats.json_document import read_json
from avow.formats.nodes import Kind, Node
from avow.formats.purl import LoosePurl, PurlInvalid, read_purl
from avow.formats.yaml_nodes import reading

MAX_BYTES: Final = 64 * 1024 * 1024
"""The API's answer about all products has 5 MB."""

MAX_DEPTH: Final = 16
MAX_PRODUCTS: Final = 20_000
"""The API has 420."""

MAX_PARTS: Final = 5_000
"""Cycles or identifiers of one product; the longest list has 150."""

MAX_VERSION_CHARACTERS: Final = 256
"""Longer versions are in no cycle."""

ENDED: Final = "true"
NOT_ANNOUNCED: Final = "false"

_HINT: Final = "get the product file or products-full.json again from endoflife.date"

_FRONT_MATTER: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n.*?^(?=---[ \t]*\r?$)", re.DOTALL | re.MULTILINE
)
_PSEUDO_VERSION: Final = re.compile(
    r"v?[0-9]+\.[0-9]+\.[0-9]+-(?:.+\.)?(?:0\.)?[0-9]{14}-[0-9a-f]{12}(?:\+.*)?"
)
_VERSION_HEAD: Final = re.compile(r"(?:[vV]|go)(?=[0-9])")
_DISTRIBUTIONS: Final = frozenset({"alpm", "apk", "deb", "rpm"})
"""Types whose packages somebody else than the upstream project builds, with a revision of its own."""


class Identifier(Struct, frozen=True, array_like=True):
    """What a product is called elsewhere."""

    by: str
    """purl or cpe."""
    text: str
    key: str
    """For look-ups: the same for every spelling of one package."""
    qualifiers: tuple[tuple[str, str], ...] = ()
    """Of a purl: a component must have them, too."""


class Cycle(Struct, frozen=True, array_like=True):
    """One release line."""

    name: str
    """As text: 3.10 is another line than 3.1."""
    eol: str = ""
    """`YYYY-MM-DD`, `true` (ended, date unknown), `false` (no end known), or empty: not stated."""
    latest: str = ""
    latest_on: date | None = None


class SupportedProduct(Struct, frozen=True, array_like=True):
    """One product with its release lines."""

    name: str
    """As endoflife.date names its file."""
    identifiers: tuple[Identifier, ...]
    cycles: tuple[Cycle, ...]

    @property
    def last_release(self) -> date | None:
        """The newest release of any line, as far as the file has dates."""
        return max((each.latest_on for each in self.cycles if each.latest_on is not None), default=None)


@dataclass(frozen=True, slots=True)
class EndOfLifeFile:
    """One file, and what of it could be read."""

    entries: tuple[SupportedProduct, ...]
    stated: datetime | None = None
    """`generated_at` of the API; product files have no date."""
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    """What was read and can't be used, such as products without an identifier."""


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """The release line that a version belongs to, and what is said about it."""

    cycle: str
    """Empty: in none of them, which is not "supported"."""
    eol: str
    state: str
    """eol, supported, cycle_not_found, or not_stated: the line is listed without a date that can be read."""
    contested: str = ""


class Products(Protocol):
    """Products by the key of an identifier; an index over the snapshots, or `ProductTable`."""

    def products(self, key: str) -> Sequence[tuple[str, SupportedProduct]]:
        """The products that have an identifier with this key, each with the id of its snapshot."""


class ProductTable:
    """Products in memory, all of one snapshot."""

    def __init__(self, products: Iterable[SupportedProduct], *, snapshot: str = "") -> None:
        self._by_key: dict[str, list[tuple[str, SupportedProduct]]] = {}
        for product in products:
            for key in dict.fromkeys(each.key for each in product.identifiers):
                self._by_key.setdefault(key, []).append((snapshot, product))

    def products(self, key: str) -> Sequence[tuple[str, SupportedProduct]]:
        """The products that have an identifier with this key, each with the id of its snapshot."""
        return self._by_key.get(key, ())


def line_of(product: SupportedProduct, version: str, *, purl: LoosePurl | None, today: date) -> ReleaseLine:
    """The line of `product` that `version` belongs to: the longest dotted prefix that is a cycle.

    A cycle ends with the day of its date. `purl` says whose package it is; `None` where only a CPE is known.
    """
    names = {cycle.name: cycle for cycle in product.cycles}
    upstream = _upstream_version(version, purl)
    if not upstream or _PSEUDO_VERSION.fullmatch(upstream):
        return ReleaseLine("", "", "cycle_not_found")
    ends = [len(upstream), *(found.start() for found in reversed(list(re.finditer(r"\.", upstream))))]
    cycle = next((names[upstream[:end]] for end in ends if upstream[:end] in names), None)
    contested = _letter_release(names, upstream, longer_than=0 if cycle is None else len(cycle.name))
    if cycle is None:
        return ReleaseLine("", "", "cycle_not_found", contested)
    state = _state(cycle.eol, today)
    if state == "eol" and not contested:
        contested = _supported_by_others(version, purl)
    return ReleaseLine(cycle.name, cycle.eol, state, contested)


def sniff_end_of_life(data: bytes) -> bool:
    """The beginning of `data` looks like a product file or an answer of the API, old or new."""
    head = head_of(data)
    if head.startswith(b"---"):
        return b"\nreleases:" in data and b"releaseCycle:" in data
    if head.startswith(b"{"):
        return b'"result"' in head and b'"releases"' in head and (b'"eolFrom"' in head or b'"isEol"' in head)
    return head.startswith(b"[") and b'"cycle"' in head and b'"eol"' in head


def read_end_of_life(data: bytes, *, source: str) -> EndOfLifeFile:
    """The products in `data`: a product file, or an answer of the API about one product or all.

    Answers of the older API (`cycle`, `eol`) have no identifiers: they are read, and match nothing. A field
    that can't be read costs that field, and `unread` names it.

    Raises:
        InputInvalid: none of these, too large, not YAML or JSON, or it has no product that can be read.
    """
    if len(data) > MAX_BYTES:
        raise _refused(f"has {len(data)} bytes; at most {MAX_BYTES} are read", source)
    gathered = _ProductsSoFar(source)
    stated = None
    if head_of(data).startswith((b"{", b"[")):
        stated = _read_api(data, gathered)
    else:
        _read_front_matter(data, gathered)
    return gathered.file(stated)


@dataclass(slots=True)
class _ProductsSoFar:
    """The products of one file while it is read."""

    source: str
    products: list[SupportedProduct] = field(default_factory=list)
    unread: UnreadList = field(default_factory=lambda: UnreadList(rest="are not listed"))
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, identifiers: Sequence[Identifier], cycles: Sequence[Cycle], place: str) -> None:
        if max(len(identifiers), len(cycles)) > MAX_PARTS:
            self.unread.add(place, f"{shown(name)} has more than {MAX_PARTS} identifiers or cycles")
            return
        named = [each.name for each in cycles]
        if len(named) != len(set(named)):
            self.unread.add(place, f"{shown(name)} lists a cycle twice; the first one counts")
            cycles = list({each.name: each for each in reversed(cycles)}.values())[::-1]
        self.products.append(SupportedProduct(name, tuple(identifiers), tuple(cycles)))

    def file(self, stated: datetime | None) -> EndOfLifeFile:
        if not self.products:
            raise _refused("has no product that can be read", self.source)
        nameless = [each.name for each in self.products if not each.identifiers]
        if nameless:
            shown_names = ", ".join(nameless[:5]) + (", ..." if len(nameless) > 5 else "")  # noqa: PLR2004
            self.notes.append(
                f"{len(nameless)} of {len(self.products)} products cannot be matched, because they name no "
                f"purl and no CPE: {shown_names}"
            )
        return EndOfLifeFile(tuple(self.products), stated, self.unread.all(), tuple(self.notes))

    def identifier(self, by: str, text: str, place: str) -> Identifier | None:
        """A purl or CPE; other kinds (repology) name nothing that an SBOM has."""
        if by == "cpe":
            if key := cpe_key(text):
                return Identifier(by, text, key)
            self.unread.add(place, f"{shown(text)} is not a CPE")
        if by == "purl":
            try:
                purl = read_purl(text)
            except PurlInvalid as error:
                self.unread.add(place, f"{shown(text)}: {error}")
            else:
                return Identifier(by, text, purl_key(purl), purl.qualifiers)
        return None


# The product file


def _read_front_matter(data: bytes, gathered: _ProductsSoFar) -> None:
    matter = _FRONT_MATTER.match(data)
    if matter is None:
        raise _refused("is not a product file of endoflife.date, nor an answer of its API", gathered.source)
    with reading(
        matter[0], source=gathered.source, message=f"{gathered.source} can't be read", hint=_HINT
    ) as root:
        members = _members(root)
        releases = members.get("releases")
        if releases is not None and releases.kind is Kind.SEQUENCE:
            name = _product_name(gathered.source) or _scalar(members.get("permalink")).strip("/")
            listed = members.get("identifiers")
            identifiers = [] if listed is None else _yaml_identifiers(listed, gathered)
            cycles = [_yaml_cycle(each, gathered) for each in releases.values]
            gathered.add(name, identifiers, [each for each in cycles if each is not None], "")


def _yaml_identifiers(listed: Node, gathered: _ProductsSoFar) -> list[Identifier]:
    found: list[Identifier] = []
    for item in listed.values:
        for by, value in _members(item).items():
            identifier = gathered.identifier(by, _scalar(value), f"line {value.line}")
            if identifier is not None:
                found.append(identifier)
    return found


def _yaml_cycle(item: Node, gathered: _ProductsSoFar) -> Cycle | None:
    members = _members(item)
    place = f"line {item.line}"
    name = _scalar(members.get("releaseCycle"))
    if not name:
        gathered.unread.add(place, "a release without releaseCycle")
        return None
    eol = _eol(_scalar(members.get("eol")))
    if not eol:
        written = members.get("eol", item)
        gathered.unread.add(
            f"line {written.line}", f"{shown(name)}: eol is {written.described}, not a date, true or false"
        )
    latest = _scalar(members.get("latest"))
    return Cycle(name, eol, latest, day_of(_scalar(members.get("latestReleaseDate"))))


def _members(node: Node) -> dict[str, Node]:
    """The values of a mapping by key; of anything else, none."""
    if node.kind is not Kind.MAPPING:
        return {}
    return {key.scalar: value for key, value in zip(node.keys, node.values, strict=True)}


def _scalar(node: Node | None) -> str:
    """The text of a scalar as written, whatever kind it looks like: cycle 3.10 is not a number."""
    return "" if node is None or node.kind is Kind.NULL else node.scalar.strip()


def _product_name(source: str) -> str:
    """The file's own name, as its publisher has it; a file from elsewhere has another ending."""
    stem, _, ending = source.replace("\\", "/").rpartition("/")[2].rpartition(".")
    return stem if ending in {"md", "json"} else ""


# The API


def _read_api(data: bytes, gathered: _ProductsSoFar) -> datetime | None:
    value = read_json(data, source=gathered.source, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    if isinstance(value, list) and any(isinstance(item, dict) and "cycle" in item for item in value):
        cycles = [_json_cycle(item, f"/{at}", gathered, name="cycle") for at, item in enumerate(value)]
        gathered.add(_product_name(gathered.source), [], [each for each in cycles if each is not None], "")
        gathered.notes.append(
            "this is an answer of the older API, which has no identifiers; use products-full.json instead"
        )
        return None
    result = value.get("result") if isinstance(value, dict) else None
    products = [result] if isinstance(result, dict) else result
    if not isinstance(products, list) or len(products) > MAX_PRODUCTS:
        raise _refused(
            f"is not an answer of endoflife.date's API about at most {MAX_PRODUCTS} products", gathered.source
        )
    for at, product in enumerate(products):
        _json_product(product, "/result" if isinstance(result, dict) else f"/result/{at}", gathered)
    stated = moment_of(value.get("generated_at"))
    if stated is None:
        gathered.unread.add(
            "/generated_at", "is missing or not a moment, so the age of the dates is not known"
        )
    return stated


def _json_product(product: Any, place: str, gathered: _ProductsSoFar) -> None:
    releases = product.get("releases") if isinstance(product, dict) else None
    name = "".join(texts_of(product.get("name"))) if isinstance(product, dict) else ""
    if not isinstance(releases, list) or not name:
        gathered.unread.add(place, "is not a product with a name and releases")
        return
    identifiers: list[Identifier] = []
    listed = product.get("identifiers")
    for at, item in enumerate(listed if isinstance(listed, list) else ()):
        pair = item if isinstance(item, dict) else {}
        by, text = texts_of(pair.get("type")), texts_of(pair.get("id"))
        found = gathered.identifier("".join(by), "".join(text), f"{place}/identifiers/{at}")
        if found is not None:
            identifiers.append(found)
    cycles = [_json_cycle(item, f"{place}/releases/{at}", gathered) for at, item in enumerate(releases)]
    gathered.add(name, identifiers, [each for each in cycles if each is not None], place)


def _json_cycle(item: Any, place: str, gathered: _ProductsSoFar, *, name: str = "name") -> Cycle | None:
    members = item if isinstance(item, dict) else {}
    cycle = "".join(texts_of(members.get(name)))
    if not cycle:
        gathered.unread.add(place, f"a release without {name}")
        return None
    written = members.get("eol") if name == "cycle" else members.get("eolFrom")
    if name != "cycle" and written is None:
        written = members.get("isEol")
    eol = _eol(str(written).lower() if isinstance(written, bool) else written)
    if not eol:
        gathered.unread.add(place, f"{shown(cycle)}: its end is {shown(written)}, not a date, true or false")
    latest = members.get("latest")
    version, day = (
        (latest.get("name"), latest.get("date"))
        if isinstance(latest, dict)
        else (latest, members.get("latestReleaseDate"))
    )
    return Cycle(cycle, eol, "".join(texts_of(version)), day_of(day))


def _eol(text: Any) -> str:
    """A date, true or false in one spelling; empty for anything else."""
    if isinstance(text, str) and text.lower() in {ENDED, NOT_ANNOUNCED}:
        return text.lower()
    day = day_of(text)
    return "" if day is None else day.isoformat()


# The line of a version


def _upstream_version(version: str, purl: LoosePurl | None) -> str:
    """`version` without a leading `v`, build metadata, and what a distribution puts around it."""
    if len(version) > MAX_VERSION_CHARACTERS:
        return ""
    text = version.strip()
    if purl is not None and purl.type in _DISTRIBUTIONS:
        text = re.sub(r"^[0-9]+:", "", text)
        text = text.rpartition("-")[0] or text
    return _VERSION_HEAD.sub("", text, count=1).partition("+")[0]


def _letter_release(names: dict[str, Cycle], version: str, *, longer_than: int) -> str:
    """What a reader may conclude from a version that goes on after a cycle with anything but a dot."""
    begins = [
        name
        for name in names
        if longer_than < len(name) < len(version)
        and version.startswith(name)
        and not version[len(name)].isdigit()
    ]
    if not begins:
        return ""
    cycle = names[max(begins, key=len)]
    end = {
        ENDED: "which has ended",
        NOT_ANNOUNCED: "which has no announced end",
        "": "whose end is not stated",
    }
    return f"{shown(version)} may belong to the line {shown(cycle.name)}, " + end.get(
        cycle.eol, f"whose end is {cycle.eol}"
    )


def _supported_by_others(version: str, purl: LoosePurl | None) -> str:
    """Why somebody else than the upstream project may support this package for longer."""
    if purl is None:
        return ""
    if purl.type in _DISTRIBUTIONS:
        who = purl.namespace or "a distribution"
        return f"this is a package of {who}, which may support it for longer than its upstream project"
    if re.search(r"[.-]redhat-[0-9]", version):
        return "this is a build of a vendor, which may support it for longer than its upstream project"
    if purl.qualifier("repository_url"):
        return "this is from a repository of its own, whose owner may support it for longer"
    return ""


def _state(eol: str, today: date) -> str:
    if not eol:
        return "not_stated"
    if eol in {ENDED, NOT_ANNOUNCED}:
        return "eol" if eol == ENDED else "supported"
    return "eol" if date.fromisoformat(eol) <= today else "supported"


def _refused(message: str, source: str) -> InputInvalid:
    return InputInvalid(f"{source} {message}", location=source, hint=_HINT)
