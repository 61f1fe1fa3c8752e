"""A declaration in full as CycloneDX has it: `definitions.standards` and `declarations`, from 1.6 on.

It is a copy for tools that read these fields. The signed declaration prevails, and each copy says so.

Source: predicates/sbom-fields.md, level 3; bom-1.6.schema.json, `declarations`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any, Final

from avow.catalogue.practices import Catalogue
from avow.errors import InputInvalid
from avow.sbom.fields import Declared, EmbeddableSbom, Form, Json, Written
from avow.sbom.inventory import Entry
from avow.statement.predicate import Evidence, PracticeEntry
from avow.vocabulary import Status

PREFIX: Final = "avow:"
"""Of each bom-ref that is made here."""

PREVAILS: Final = "the signed declaration prevails"

_SUMMARY: Final = "Declared practices of "
_PARTS: Final = ("claims", "evidence", "attestations")


def require_declarations(document: EmbeddableSbom) -> None:
    """The format and its version have a place for a whole declaration.

    Raises:
        InputInvalid: they have none.
    """
    if document.form is not Form.CYCLONEDX or document.version == "1.5":
        what = f"CycloneDX {document.version}" if document.form is Form.CYCLONEDX else document.form
        raise InputInvalid(
            f"{document.source} is {what}, which has no place for a whole declaration",
            location=document.source,
            hint="omit --declarations, or use CycloneDX 1.6 or later",
        )


def write_declarations(
    document: EmbeddableSbom,
    entry: Entry,
    declared: Sequence[Declared],
    *,
    catalogue: Catalogue,
    written: Written,
) -> None:
    """Mirror `declared`, which are about the component `entry`, in full; without any, remove the copy.

    What an earlier run wrote about the component is replaced; standards, claims and evidence of others stay.
    An expired declaration has no practices here, and is not copied.

    Raises:
        InputInvalid: a part of the document is not what the format says.
    """
    copied = [each for each in declared if each.practices]
    if not copied:
        _remove(document, entry, written=written)
        return
    target = _target(document, entry)
    standard = f"{PREFIX}{catalogue.id}@{catalogue.version}"
    copies = [
        _Copy(each, target, prefix=_prefix(target, number), standard=standard, catalogue=catalogue)
        for number, each in enumerate(copied, 1)
    ]
    parts = _object(document, document.tree, "declarations")
    before = {name: list(_list(document, parts, name)) for name in _PARTS}
    for name, items in (
        ("claims", [claim for each in copies for claim in each.claims]),
        ("evidence", [item for each in copies for item in each.evidence]),
        ("attestations", [each.attestation(entry) for each in copies]),
    ):
        _replace(document, parts, name, items, own=_is_about(target))
    changed = any(parts.get(name, []) != value for name, value in before.items())
    if changed:
        had_one = any(_is_about(target)(each) for each in before["attestations"])
        practices = sum(len(each.mapped) for each in copies)
        (written.replaced if had_one else written.added).append(
            f"the whole declaration, {practices} practices"
        )
    _write_standard(document, standard, catalogue=catalogue, written=written)
    _remove_unused_standards(document, parts)


def _remove(document: EmbeddableSbom, entry: Entry, *, written: Written) -> None:
    """Take out the copy that an earlier run wrote about the component, and a catalogue that nothing uses."""
    target, parts = document.element(entry.place).get("bom-ref"), document.tree.get("declarations")
    if not isinstance(target, str) or not isinstance(parts, dict):
        return
    before = {name: parts[name] for name in _PARTS if isinstance(parts.get(name), list)}
    own = _is_about(target)
    found = [
        name for name, items in before.items() if any(isinstance(each, dict) and own(each) for each in items)
    ]
    for name in found:
        _replace(document, parts, name, [], own=own)
    if not found:
        return
    if not parts:
        del document.tree["declarations"]
    _remove_unused_standards(document, parts)
    written.removed.append("the copy of the whole declaration")


def _remove_unused_standards(document: EmbeddableSbom, parts: Json) -> None:
    """Take out catalogues of earlier runs that no attestation refers to any more."""
    definitions = document.tree.get("definitions")
    if not isinstance(definitions, dict) or not isinstance(definitions.get("standards"), list):
        return
    used = list(_requirements(parts.get("attestations", [])))
    _replace(document, definitions, "standards", [], own=lambda each: _is_unused(_ref(each), used))
    if not definitions:
        del document.tree["definitions"]


def _requirements(attestations: list[Any]) -> Iterator[str]:
    for each in attestations:
        mapped = each.get("map") if isinstance(each, dict) else None
        for entry in mapped if isinstance(mapped, list) else ():
            yield str(entry.get("requirement")) if isinstance(entry, dict) else ""


def _is_unused(standard: str, used: list[str]) -> bool:
    """An earlier run made it, and no attestation refers to one of its requirements."""
    return standard.startswith(PREFIX) and not any(each.startswith(f"{standard}:") for each in used)


class _Copy:
    """One declaration as claims, evidence, and what they are about."""

    def __init__(
        self, declared: Declared, target: str, *, prefix: str, standard: str, catalogue: Catalogue
    ) -> None:
        self.declared, self.target = declared, target
        self.claims: list[Json] = []
        self.evidence: list[Json] = []
        self.mapped: list[Json] = []
        for practice in declared.practices:
            known = catalogue.practice(practice.id)
            if known is None or practice.status is None:
                continue
            cited = list(_evidence(practice, prefix))
            self.evidence += cited
            if practice.status is not Status.NOT_APPLICABLE:
                means = known.implemented_means
                self.claims.append(_claim(practice, prefix, target=target, means=means, evidence=cited))
            self.mapped.append(_mapped(practice, f"{standard}:{practice.id}", prefix=prefix))

    def attestation(self, entry: Entry) -> Json:
        """It names the component for people, and its bom-ref for the next run."""
        component = entry.purl or f"{entry.name} {entry.version}".strip() or entry.place
        return {
            "summary": f"{_SUMMARY}{component}{_marked(self.target)}a copy of the declaration at "
            f"{self.declared.url}; {PREVAILS}",
            "map": self.mapped,
        }


def _marked(target: str) -> str:
    return f", bom-ref {target}: "


def _prefix(target: str, number: int) -> str:
    """Of each bom-ref that is made for one declaration; of several, each has its number."""
    base = target if target.startswith(PREFIX) else f"{PREFIX}{target}"
    return f"{base}#" if number == 1 else f"{base}#{number}."


def _is_about(target: str) -> Callable[[Json], bool]:
    """Whether an earlier run made a claim, an evidence or an attestation about this component."""
    made = re.compile(re.escape(_prefix(target, 1)) + r"(?:\d+\.)?[A-Z]{3}-\d{2}(?::evidence:\d+)?")

    def is_own(each: Json) -> bool:
        summary = str(each.get("summary"))
        is_ours = summary.startswith(_SUMMARY) and f"{_marked(target)}a copy of" in summary
        return is_ours or made.fullmatch(_ref(each)) is not None

    return is_own


def _target(document: EmbeddableSbom, entry: Entry) -> str:
    """The component's bom-ref; if it has none, it gets one, because claims have to refer to it."""
    element = document.element(entry.place)
    if "bom-ref" not in element:
        made = f"{PREFIX}component:{entry.purl or entry.place}"
        known = set(_refs(document.tree))
        numbered = (f"{made}#{number}" for number in count(2))
        element["bom-ref"] = (
            made if made not in known else next(each for each in numbered if each not in known)
        )
    return str(element["bom-ref"])


def _refs(value: Any) -> Iterator[str]:
    """Every bom-ref of the document."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield _ref(each)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _write_standard(document: EmbeddableSbom, ref: str, *, catalogue: Catalogue, written: Written) -> None:
    definitions = _object(document, document.tree, "definitions")
    standard = {
        "bom-ref": ref,
        "name": "Declared practices",
        "version": catalogue.version,
        "description": f"The practices that a project can declare; {PREVAILS}",
        "requirements": [
            {
                "bom-ref": f"{ref}:{each.id}",
                "identifier": each.id,
                "title": each.title,
                "text": each.implemented_means,
            }
            for each in catalogue.practices
            if not each.retired and each.implemented_means
        ],
        "externalReferences": [{"type": "documentation", "url": catalogue.uri}],
    }
    before = list(_list(document, definitions, "standards"))
    _replace(document, definitions, "standards", [standard], own=lambda each: _ref(each) == ref)
    if definitions["standards"] != before:
        written.added.append(f"the catalogue {catalogue.id} {catalogue.version}")


def _claim(practice: PracticeEntry, prefix: str, *, target: str, means: str, evidence: list[Json]) -> Json:
    says = f"not in place: {means}" if practice.status is Status.NOT_IMPLEMENTED else means
    claim: Json = {"bom-ref": f"{prefix}{practice.id}", "target": target, "predicate": says}
    if practice.note:
        claim["reasoning"] = practice.note
    if evidence:
        claim["evidence"] = [each["bom-ref"] for each in evidence]
    references = [each for each in map(_evidence_reference, practice.evidence) if each]
    if references:
        claim["externalReferences"] = references
    return claim


def _mapped(practice: PracticeEntry, requirement: str, *, prefix: str) -> Json:
    """How far a requirement is met, by the declaration's own words."""
    claim = [f"{prefix}{practice.id}"]
    match practice.status:
        case Status.IMPLEMENTED:
            return {"requirement": requirement, "claims": claim, "conformance": {"score": 1}}
        case Status.PARTIAL:
            rationale = {"rationale": practice.coverage or "in place for a part"}
            return {"requirement": requirement, "claims": claim, "conformance": rationale}
        case Status.NOT_IMPLEMENTED:
            return {"requirement": requirement, "counterClaims": claim, "conformance": {"score": 0}}
        case _:
            reason = ": ".join(filter(None, (practice.reason, practice.justification)))
            return {"requirement": requirement, "conformance": {"rationale": f"not applicable: {reason}"}}


def _evidence(practice: PracticeEntry, prefix: str) -> Iterable[Json]:
    for number, item in enumerate(practice.evidence, 1):
        what: Json = {
            "bom-ref": f"{prefix}{practice.id}:evidence:{number}",
            "description": item.note or item.type,
        }
        if item.resource.uri:
            what["data"] = [{"name": item.resource.name or item.type, "contents": {"url": item.resource.uri}}]
        if item.retrieved_at:
            what["created"] = item.retrieved_at.isoformat().replace("+00:00", "Z")
        yield what


def _evidence_reference(item: Evidence) -> Json | None:
    """Where evidence is, with its digest, which `declarations.evidence` has no field for."""
    sha256 = item.resource.digest.get("sha256")
    if item.resource.uri is None or sha256 is None:
        return None
    return {
        "type": "evidence",
        "url": item.resource.uri,
        "hashes": [{"alg": "SHA-256", "content": sha256}],
    }


def _replace(
    document: EmbeddableSbom, parent: Json, name: str, items: list[Json], *, own: Callable[[Json], bool]
) -> None:
    """Have exactly `items` among those of the list that are `own`; the others stay where they are."""
    found = _list(document, parent, name)
    places = [number for number, each in enumerate(found) if isinstance(each, dict) and own(each)]
    for number, item in zip(places, items, strict=False):
        found[number] = item
    found += items[len(places) :]
    for number in reversed(places[len(items) :]):
        del found[number]
    if found:
        parent[name] = found
    elif places:
        del parent[name]


def _list(document: EmbeddableSbom, parent: Json, name: str) -> list[Any]:
    found = parent.get(name, [])
    if not isinstance(found, list):
        raise _unexpected(document, name, "a list")
    return found


def _object(document: EmbeddableSbom, parent: Json, name: str) -> Json:
    found = parent.setdefault(name, {})
    if not isinstance(found, dict):
        raise _unexpected(document, name, "an object")
    return found


def _unexpected(document: EmbeddableSbom, name: str, what: str) -> InputInvalid:
    return InputInvalid(
        f"{document.source}: {name} is not {what}",
        location=document.source,
        hint="validate the SBOM, and correct it where it is made",
    )


def _ref(each: Json) -> str:
    return str(each.get("bom-ref", ""))
