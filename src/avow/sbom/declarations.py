"""A declaration in full as CycloneDX has it: `definitions.standards` and `declarations`, from 1.6 on.

It is a copy for tools that read these fields. The signed declaration prevails, and each copy says so.

Source: predicates/sbom-fields.md, level 3; bom-1.6.schema.json, `declarations`.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def write_declaration(
    document: EmbeddableSbom, entry: Entry, declared: Declared, *, catalogue: Catalogue, written: Written
) -> None:
    """Mirror `declared`, which is about the component `entry`, in full.

    What an earlier run wrote about the component is replaced; standards, claims and evidence of others stay.

    Raises:
        InputInvalid: a part of the document is not what the format says.
    """
    target = _target(document, entry)
    standard = f"{PREFIX}{catalogue.id}@{catalogue.version}"
    _write_standard(document, standard, catalogue=catalogue, written=written)
    prefix = f"{PREFIX}{target}#"
    claims: list[Json] = []
    evidence: list[Json] = []
    mapped: list[Json] = []
    for practice in declared.practices:
        known = catalogue.practice(practice.id)
        if known is None or practice.status is None:
            continue
        cited = list(_evidence(practice, prefix))
        evidence += cited
        if practice.status is not Status.NOT_APPLICABLE:
            claims.append(
                _claim(practice, prefix, target=target, means=known.implemented_means, evidence=cited)
            )
        mapped.append(_mapped(practice, f"{standard}:{practice.id}", prefix=prefix))
    parts = _object(document, document.tree, "declarations")
    summary = f"Declared practices of {target}: "
    attestation = {
        "summary": f"{summary}a copy of the declaration at {declared.url}; {PREVAILS}",
        "map": mapped,
    }
    before = {name: list(parts.get(name) or ()) for name in ("claims", "evidence", "attestations")}
    _replace(document, parts, "claims", claims, own=lambda each: _ref(each).startswith(prefix))
    _replace(document, parts, "evidence", evidence, own=lambda each: _ref(each).startswith(prefix))
    _replace(
        document,
        parts,
        "attestations",
        [attestation],
        own=lambda each: str(each.get("summary")).startswith(summary),
    )
    if any(parts.get(name, []) != value for name, value in before.items()):
        written.added.append(f"the whole declaration, {len(mapped)} practices")


def _target(document: EmbeddableSbom, entry: Entry) -> str:
    """The component's bom-ref; if it has none, it gets one, because claims have to refer to it."""
    element = document.element(entry.place)
    made = f"{PREFIX}component:{entry.purl or entry.place}"
    return str(element.setdefault("bom-ref", made))


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
    before = list(definitions.get("standards") or ())
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


def _replace(document: EmbeddableSbom, parent: Json, name: str, items: list[Json], *, own: Any) -> None:
    """Have exactly `items` among those of the list that are `own`; the others stay where they are."""
    found = parent.setdefault(name, []) if items else parent.get(name, [])
    if not isinstance(found, list):
        raise _unexpected(document, name, "a list")
    places = [number for number, each in enumerate(found) if isinstance(each, dict) and own(each)]
    for number, item in zip(places, items, strict=False):
        found[number] = item
    found += items[len(places) :]
    for number in reversed(places[len(items) :]):
        del found[number]


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
