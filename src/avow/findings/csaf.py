"""CSAF 2.0 and 2.1: a tree of products, and what each vulnerability means for them.

Product ids are local to the document: they are resolved here, each once. A document may list a hundred
thousand products as not affected, once for each vulnerability, so statements share the products.

Source: CSAF 2.0 (OASIS), sections 3.1.3, 3.2.2 and 3.2.3; CSAF 2.1 for the lists of purls and CPEs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from avow.errors import InputInvalid
from avow.findings.fields import Fields
from avow.findings.names import digest_of, names_of
from avow.findings.statements import FindingsFile, Named, UnreadList, VexProduct, VexStatement, VexStatus
from avow.formats.foreign import shown

MAX_BRANCHES: Final = 30
"""Levels of `branches`. Real documents have three to six."""

MAX_RELATIONS: Final = 8
"""A product that is a part of a product that is a part of ...; real documents have two."""

MAX_EXPANDED: Final = 5_000_000
"""Products that flags, threats and remediations of one document name; more are not read, and that is said.

A hostile document of a megabyte can name a large group ten thousand times.
"""

MAX_JOINED_CHARACTERS: Final = 16 * 1024 * 1024
"""Of details that are written together because a product has several; real documents have 1 MiB of text."""

MAX_IDENTIFIERS: Final = 32
"""Package URLs of one product, in CSAF 2.1."""

_STATUS: Final = {
    "first_affected": VexStatus.AFFECTED,
    "known_affected": VexStatus.AFFECTED,
    "last_affected": VexStatus.AFFECTED,
    "first_fixed": VexStatus.FIXED,
    "fixed": VexStatus.FIXED,
    "known_not_affected": VexStatus.NOT_AFFECTED,
    "recommended": VexStatus.UNKNOWN,
    "under_investigation": VexStatus.UNDER_INVESTIGATION,
    "unknown": VexStatus.UNKNOWN,
}
"""`recommended` is advice about a version, which says nothing about the vulnerability in it."""

_REASONS: Final = {
    VexStatus.NOT_AFFECTED: ("threats",),
    VexStatus.AFFECTED: ("remediations", "threats"),
    VexStatus.FIXED: ("remediations",),
}
"""Where the document explains a status: `threats` of category impact, `remediations` of any."""

_AN_ID: Final = re.compile(r"[A-Za-z][\w.:]*-[\w.:-]+", re.ASCII)
"""What can name a vulnerability beside its CVE: `ids` contain bare numbers of bug trackers, too."""

NO_VULNERABILITY: Final = "the document has no vulnerability"
DRAFT: Final = "the document calls itself a draft"
_CUT: Final = "too many products are named through groups; justifications and details of some are not read"
_SHORT: Final = "too many details belong to one product each; of some only the first is read"

_Reasons = tuple[tuple[str, ...], tuple[str, ...]]
"""Justifications and details of one product."""


def is_document(document: Any) -> bool:
    """The document says which version of CSAF it has."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("document"), dict)
        and "csaf_version" in document["document"]
    )


def read_document(document: dict[str, Any], source: str) -> FindingsFile:
    """The statements of a CSAF document: one for each vulnerability, status, justification and detail.

    Raises:
        InputInvalid: a version other than 2.0 and 2.1.
    """
    unread = UnreadList()
    top = Fields(document, "", unread=unread)
    about = top.part("document")
    version = about.text("csaf_version")
    if version not in {"2.0", "2.1"}:
        raise InputInvalid(
            f"{source}: CSAF {shown(version)} is not read; 2.0 and 2.1 are",
            location=f"{source}: /document/csaf_version",
            hint="ask the publisher for the document as CSAF 2.0",
        )
    statements = tuple(_CsafReader(top).statements())
    notes = [] if statements or unread.found else [NO_VULNERABILITY]
    if about.part("tracking").text("status") == "draft":
        notes.append(DRAFT)
    return FindingsFile(
        format=f"CSAF {version}",
        vex=statements,
        stated=about.part("tracking").moment("current_release_date"),
        subject=about.text("title"),
        author=about.part("publisher").text("name"),
        unread=unread.all(),
        notes=tuple(notes),
    )


class _CsafReader:
    """One document, with its products by id."""

    def __init__(self, top: Fields) -> None:
        self.top = top
        self.unread = top.unread
        about = top.part("document")
        self.moment = about.part("tracking").moment("current_release_date")
        self.author = about.part("publisher").text("name")
        self.document = about.part("tracking").text("id")
        self.named: dict[str, tuple[Named, ...]] = {}
        self.relations: dict[str, tuple[str, str]] = {}
        self.products: dict[str, tuple[VexProduct, ...]] = {}
        self.groups: dict[str, tuple[str, ...]] = {}
        self.expanded = 0
        self.joined = 0
        self._read_tree(top.part("product_tree"))

    def _read_tree(self, tree: Fields) -> None:
        for each in tree.parts("full_product_names"):
            self._add(each, version="")
        self._read_branches(tree)
        for each in tree.parts("relationships"):
            own = each.part("full_product_name")
            self._add(own, version="")
            part, whole = each.text("product_reference"), each.text("relates_to_product_reference")
            if part and whole:
                self.relations.setdefault(own.text("product_id"), (part, whole))
            else:
                self.unread.add(each.place, "the relationship does not name both of its products")
        for each in tree.parts("product_groups"):
            self.groups.setdefault(each.text("group_id"), each.texts("product_ids"))

    def _read_branches(self, tree: Fields) -> None:
        waiting = [(tree, "", 0)]
        while waiting:
            branch, version, depth = waiting.pop()
            if depth > MAX_BRANCHES:
                self.unread.add(branch.place, f"more than {MAX_BRANCHES} levels of branches")
                continue
            if branch.text("category") in {"product_version", "product_version_range"}:
                version = branch.text("name")
            if branch.value.get("product") is not None:
                self._add(branch.part("product"), version=version)
            waiting += [(each, version, depth + 1) for each in branch.parts("branches")]

    def _add(self, product: Fields, *, version: str) -> None:
        own = product.text("product_id")
        if not own:
            self.unread.add(product.place, "the product has no product_id")
        elif own in self.named:
            self.unread.add(
                product.place, f"the product id {shown(own)} is there twice; the first one counts"
            )
        else:
            # a branch that repeats the product's name (as Red Hat writes them) is about every version
            known = "" if version == product.text("name") else version
            self.named[own] = _named(product, own, version=known)

    def _resolve(self, own: str, place: str) -> tuple[VexProduct, ...]:
        """What a product id means: a product, or a part of one; once for each id."""
        if own not in self.products:
            if own not in self.named:
                self.unread.add(place, f"the product id {shown(own)} is not in the product tree")
            self.products[own] = self._meaning(own, place)
        return self.products[own]

    def _meaning(self, own: str, place: str) -> tuple[VexProduct, ...]:
        itself = self.named.get(own, (Named(ref=own),))
        part, whole = own, own
        for _ in range(MAX_RELATIONS):
            if part not in self.relations and whole not in self.relations:
                break
            part = self.relations.get(part, (part, ""))[0]
            whole = self.relations.get(whole, ("", whole))[1]
        else:
            self.unread.add(
                place, f"the product {shown(own)} is a part of a part more than {MAX_RELATIONS} times"
            )
            return tuple(VexProduct(Named(name=each.name, ref=own)) for each in itself)
        if part == own:
            return tuple(VexProduct(each) for each in itself)
        parts = self.named.get(part, (Named(ref=part),))
        return tuple(VexProduct(each, parts) for each in self.named.get(whole, (Named(ref=whole),)))

    def statements(self) -> Iterator[VexStatement]:
        """Every statement, in the order of the document."""
        for vulnerability in self.top.parts("vulnerabilities"):
            ids = self._names(vulnerability)
            if not ids:
                self.unread.add(vulnerability.place, "the vulnerability has neither a CVE nor another id")
                continue
            yield from self._of(vulnerability, ids)

    def _names(self, vulnerability: Fields) -> tuple[str, ...]:
        cve = vulnerability.text("cve")
        others = [each.text("text") for each in vulnerability.parts("ids")]
        if cve:
            others = [each for each in others if _AN_ID.fullmatch(each)]
        return names_of(cve or next(filter(None, others), ""), others).ids

    def _of(self, vulnerability: Fields, ids: tuple[str, ...]) -> Iterator[VexStatement]:
        status = vulnerability.part("product_status")
        groups = [key for key in status.value if key in _STATUS]
        for key in status.value.keys() - _STATUS.keys():
            self.unread.add(status.at(key), f"{shown(key)} is not a status of CSAF")
        flags = self._by_product(vulnerability, "flags")
        details = {key: self._by_product(vulnerability, key) for key in ("threats", "remediations")}
        for key in groups:
            said: dict[_Reasons, list[VexProduct]] = defaultdict(list)
            reasons = [details[where] for where in _REASONS.get(_STATUS[key], ())]
            place = status.at(key)
            labels = flags if _STATUS[key] is VexStatus.NOT_AFFECTED else {}
            for number, own in enumerate(dict.fromkeys(status.texts(key))):
                texts = tuple(text for each in reasons for text in each.get(own, ()))
                said[tuple(labels.get(own, ())), texts] += self._resolve(own, f"{place}/{number}")
            for (justifications, texts), products in said.items():
                yield self._statement(
                    place,
                    ids,
                    status_text=key,
                    products=tuple(products),
                    justification=", ".join(justifications),
                    detail=self._joined(texts, place),
                )
        if not groups:
            yield self._statement(vulnerability.place, ids, status_text="", products=())

    def _statement(
        self,
        place: str,
        ids: tuple[str, ...],
        *,
        status_text: str,
        products: tuple[VexProduct, ...],
        justification: str = "",
        detail: str = "",
    ) -> VexStatement:
        return VexStatement(
            place=place,
            ids=ids,
            status=_STATUS.get(status_text, VexStatus.UNKNOWN),
            status_text=status_text,
            products=products,
            justification=justification,
            detail=detail,
            moment=self.moment,
            author=self.author,
            document=self.document,
        )

    def _joined(self, texts: tuple[str, ...], place: str) -> str:
        """The texts as one, as long as the document as a whole does not grow too much by that."""
        if len(texts) < 2:  # noqa: PLR2004  nothing to join, and nothing is copied
            return "".join(texts)
        self.joined += sum(map(len, texts))
        if self.joined > MAX_JOINED_CHARACTERS:
            self.unread.add(place, _SHORT)
            return texts[0]
        return "\n".join(texts)

    def _by_product(self, vulnerability: Fields, key: str) -> dict[str, dict[str, None]]:
        """Labels of flags, or texts of threats and remediations, by the products that they name."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for each in vulnerability.parts(key):
            if key == "threats" and each.text("category") != "impact":
                continue
            text = each.text("label" if key == "flags" else "details")
            if not text:
                continue
            for own in self._products_of(each):
                found[own][text] = None
        return found

    def _products_of(self, part: Fields) -> Iterator[str]:
        """The products that a flag, threat or remediation names, through groups as well."""
        for named in (
            part.texts("product_ids"),
            *(self.groups.get(own, ()) for own in part.texts("group_ids")),
        ):
            self.expanded += len(named)
            if self.expanded > MAX_EXPANDED:
                self.unread.add(part.place, _CUT)
                return
            yield from named


def _named(product: Fields, own: str, *, version: str) -> tuple[Named, ...]:
    """A product as each of its package URLs names it; most have one or none."""
    helper = product.part("product_identification_helper")
    purls = _one_or_more(helper, "purl")
    cpes = _one_or_more(helper, "cpe")
    base = Named(
        name=product.text("name"),
        version=version,
        cpe=cpes[0] if cpes else "",
        digests=tuple(_digests(helper)),
        ref=own,
        codes=tuple(
            code for key in ("skus", "model_numbers", "serial_numbers") for code in helper.texts(key)
        ),
    )
    if len(purls) > MAX_IDENTIFIERS:
        product.unread.add(
            helper.at("purls"), f"more than {MAX_IDENTIFIERS} package URLs; the others are not read"
        )
    return tuple(replace(base, purl=purl) for purl in purls[:MAX_IDENTIFIERS]) or (base,)


def _one_or_more(helper: Fields, key: str) -> tuple[str, ...]:
    """CSAF 2.0 has one, 2.1 a list."""
    one = helper.text(key)
    return (one, *helper.texts(f"{key}s")) if one else helper.texts(f"{key}s")


def _digests(helper: Fields) -> Iterator[tuple[str, str]]:
    for file in helper.parts("hashes"):
        for each in file.parts("file_hashes"):
            if digest := digest_of(each.text("algorithm"), each.text("value")):
                yield digest
            else:
                each.unread.add(each.place, f"{shown(each.value.get('value'))} is not such a digest")
