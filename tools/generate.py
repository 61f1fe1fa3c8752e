"""Write the derived files: the predicate's JSON Schema, its examples' catalogue, the reference pages.

`make docs` runs it; `tests/test_docs.py` compares what it would write with what is checked in.
"""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import messages

from avow import errors
from avow.catalogue.conditions import Condition
from avow.catalogue.facts import (
    ADDRESS_PATTERN,
    NO_ANSWERS,
    PAGE_PATTERN,
    URL_PATTERN,
    FactType,
    any_case,
)
from avow.catalogue.licences import load_licences
from avow.catalogue.observations import load_tools
from avow.catalogue.practices import Age, Catalogue, Practice, load_catalogue
from avow.formats.nodes import MAX_INTEGER, TEXT_PATTERN
from avow.formats.vers import MAX_RANGE_CHARACTERS, PLAIN_RELEASE
from avow.policy.rules import RULES
from avow.report.survey.schema import survey_schema
from avow.statement.in_toto import MAX_SUBJECTS
from avow.statement.predicate import (
    KINDS,
    LIMITATION,
    MAX_PRACTICES,
    MAX_PURLS,
    MOMENT_PATTERN,
    PROJECT,
    Predicate,
)
from avow.statement.types import PREDICATE_TYPE, STATEMENT_TYPE_V1
from avow.subject import DIGEST_HEX_LENGTHS
from avow.values import thaw
from avow.vocabulary import Status, Strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT: Final = Path(__file__).parent.parent
NOTICE: Final = (
    "<!-- Written by tools/generate.py (make docs) from the catalogue and the code. Change those instead. -->"
)
SCHEMA_PATH: Final = "predicates/declared-practices/v0.1/schema.json"
STATEMENT_SCHEMA_PATH: Final = "predicates/declared-practices/v0.1/statement.schema.json"
RECORD_SCHEMA_PATH: Final = "src/avow/report/survey.schema.json"
EXAMPLES: Final = "predicates/declared-practices/v0.1/examples"

_TIMESTAMP: Final[dict[str, Any]] = {
    "type": "string",
    "format": "date-time",
    "pattern": f"^{MOMENT_PATTERN.replace('(?:', '(')}$",
}
_DATE: Final[dict[str, Any]] = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_TEXT: Final = {"type": "string", "pattern": TEXT_PATTERN}
"""Text that says something: not only white space and ASCII punctuation. Portable: no dialect is needed."""
_PURL_PATTERN: Final = "pkg:[a-z][a-z0-9.+-]*/\\S+"
_PURL: Final = {"type": "string", "pattern": f"^{_PURL_PATTERN}$"}
_URL: Final[dict[str, Any]] = {
    "type": "string",
    "format": "uri",
    "pattern": f"^{URL_PATTERN.replace('(?:', '(')}$",
}
_VERSION: Final = "([A-Za-z0-9._~:+^-]|%[0-9A-Fa-f]{2})+"
_CONSTRAINT: Final = f"(<=|>=|!=|<|>)?{_VERSION}"
_VERS: Final[dict[str, Any]] = {
    "type": "string",
    "maxLength": MAX_RANGE_CHARACTERS,
    "pattern": f"^vers:([a-z][a-z0-9.-]*/{_VERSION}(\\|{_VERSION})*"
    f"|({'|'.join(PLAIN_RELEASE)})/{_CONSTRAINT}(\\|{_CONSTRAINT})*)$",
}
"""Bounds and holes only in a scheme whose order is known."""
_REPOSITORY: Final[dict[str, Any]] = {**_URL, "pattern": f"^(git\\+)?{URL_PATTERN.replace('(?:', '(')}$"}
_RESOURCE_URI: Final[dict[str, Any]] = {
    "type": "string",
    "format": "uri",
    "pattern": "^[a-z][a-z0-9+.-]*:\\S+$",
}
_PAGE: Final[dict[str, Any]] = {
    "type": "string",
    "format": "uri",
    "pattern": f"^{PAGE_PATTERN.replace('(?:', '(')}$",
}
_EMAIL: Final[dict[str, Any]] = {"type": "string", "pattern": f"^{ADDRESS_PATTERN.replace('(?:', '(')}$"}
_FACT_DATE: Final[dict[str, Any]] = {
    **_DATE,
    "pattern": "^(199[0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}$",
}
_CONTACT: Final[dict[str, Any]] = {"anyOf": [_URL, _EMAIL]}
_SHA256: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_DIGEST_SET: Final[dict[str, Any]] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        name: {"type": "string", "pattern": f"^[0-9a-f]{{{length}}}$"}
        for name, length in DIGEST_HEX_LENGTHS.items()
    },
}
_GIT_COMMIT: Final = {"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
_RESOURCE_DIGEST: Final[dict[str, Any]] = {
    **_DIGEST_SET,
    "additionalProperties": _TEXT,
    "properties": {**_DIGEST_SET["properties"], "gitCommit": _GIT_COMMIT},
}
"""As a DigestSet of in-toto: further algorithms are allowed, and say nothing here."""
_JSON: Final[dict[str, Any]] = {
    "description": "Any JSON without numbers that readers round.",
    "anyOf": [
        {"type": ["string", "boolean", "null"]},
        {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
        {"type": "array", "items": {"$ref": "#/$defs/Json"}},
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/Json"}},
    ],
}
_JSON_OBJECT: Final = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Json"}}
_EXTENSIONS: Final = {"^x_[a-z0-9]+_[A-Za-z0-9_]+$": {"$ref": "#/$defs/Json"}}
"""Extension fields, with the name of who defines them; no version of the specification uses `x_`."""


# --- schema.json


def schema(catalogue: Catalogue) -> dict[str, Any]:
    """The producer's schema: the fields of the reading model with the catalogue's values, and no others."""
    model = Predicate.model_json_schema(by_alias=True)
    of_projects = [each.id for each in catalogue.practices if each.subject_level in KINDS[PROJECT]]
    definitions = {name: _strict(definition) for name, definition in model.pop("$defs").items()}
    for place, narrower in _narrowings(catalogue).items():
        name, _, field = place.partition(".")
        target = definitions[name]["properties"] if name else model["properties"]
        if field not in target:
            raise KeyError(place)
        target[field] = narrower
    definitions["Evidence"]["allOf"] = _strength_rules()
    definitions["Resource"]["anyOf"] = [{"required": [field]} for field in ("uri", "digest", "content")]
    definitions["PracticeEntry"]["required"] = ["id", "reviewedAt"]
    model["required"] = ["kind", *model["required"]]  # a reader takes its absence for `release`
    definitions["PracticeEntry"]["allOf"] = [
        *_status_rules(catalogue),
        *map(_facts_rule, catalogue.practices),
    ]
    definitions["Json"] = _JSON
    definitions |= {f"facts-{practice.id}": _facts_schema(practice) for practice in catalogue.practices}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{PREDICATE_TYPE}/schema.json",
        "title": "Declared practices v0.1, for producers",
        "description": (
            "The predicates that a producer may write. Consumers follow spec.md instead: they ignore "
            f"unknown fields. The facts come from catalogue {catalogue.id} {catalogue.version}."
        ),
        **_strict(model, title=False),
        "if": {"properties": {"kind": {"const": PROJECT}}, "required": ["kind"]},
        "then": {"properties": {"practices": {"items": {"properties": {"id": {"enum": of_projects}}}}}},
        "$defs": dict(sorted(definitions.items())),
    }


def statement_schema() -> dict[str, Any]:
    """The producer's schema of a whole statement; in-toto's fields, narrowed as the specification says."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{PREDICATE_TYPE}/statement.schema.json",
        "title": "Statements of declared practices v0.1, for producers",
        "type": "object",
        "additionalProperties": False,
        "required": ["_type", "subject", "predicateType", "predicate"],
        "properties": {
            "_type": {"const": STATEMENT_TYPE_V1},
            "subject": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_SUBJECTS,
                "items": {
                    "allOf": [{"$ref": "schema.json#/$defs/Resource"}],
                    "required": ["name", "digest"],
                    "properties": {
                        "digest": {"anyOf": [{"required": [name]} for name in DIGEST_HEX_LENGTHS]}
                    },
                },
            },
            "predicateType": {"const": PREDICATE_TYPE},
            "predicate": {"$ref": "schema.json"},
        },
    }


def _strict(definition: Mapping[str, Any], *, title: bool = True) -> dict[str, Any]:
    """A model's schema without Python's titles, closed against unknown fields; missing is never null."""
    kept = {key: value for key, value in definition.items() if key not in {"title", "description"} or title}
    kept.pop("title", None)
    if kept.get("type") == "object":
        kept["additionalProperties"] = False
        kept["patternProperties"] = _EXTENSIONS
        kept["properties"] = {name: _plain(value) for name, value in kept["properties"].items()}
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        options = [option for option in value.get("anyOf", ()) if option != {"type": "null"}]
        if len(options) == 1:
            return _plain({key: item for key, item in value.items() if key != "anyOf"} | options[0])
        if value.get("type") == "string" and not value.keys() & {"pattern", "format", "enum"}:
            return _TEXT
        return {key: _plain(item) for key, item in value.items() if key not in {"title", "default"}}
    return value


def _narrowings(catalogue: Catalogue) -> dict[str, Any]:
    """The allowed values of each field, where the reading model only has its JSON type."""
    words = {name: {"enum": list(vocabulary)} for name, vocabulary in catalogue.vocabularies.items()}
    purls = {"type": "array", "items": _PURL, "uniqueItems": True}
    entries = {"$ref": "#/$defs/PracticeEntry"}
    letters = [f"I.2.{letter}" for letter in "abcdefghijklm"]
    return {
        ".kind": {"enum": list(KINDS)},
        ".declaredAt": _TIMESTAMP,
        ".validUntil": _TIMESTAMP,
        ".practices": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_PRACTICES,
            "items": entries,
            "allOf": _once("id", [practice.id for practice in catalogue.practices]),
        },
        ".integrator": {
            "type": "array",
            "items": {"$ref": "#/$defs/IntegratorEntry"},
            "allOf": _once("ref", letters),
        },
        ".inherits": False,
        ".limitations": {"type": "array", "items": _TEXT, "contains": {"const": LIMITATION}},
        "CatalogueReference.id": {"const": catalogue.id},
        "CatalogueReference.version": {"const": catalogue.version},
        "CatalogueReference.uri": _URL,
        "CatalogueReference.digest": _DIGEST_SET,
        "Declarant.relationship": words["relationship"],
        "Declarant.contact": _CONTACT,
        "Declarant.supportOffers": {"type": "array", "items": _URL},
        "Declarant.requests": {"anyOf": [words["requests"], _URL]},
        "Organization.website": _URL,
        "Project.uri": _URL,
        "Scope.purls": {**purls, "maxItems": MAX_PURLS},
        "Scope.versions": _VERS,
        "Scope.knownAs": {
            "type": "array",
            "items": {"type": "string", "pattern": f"^({_PURL_PATTERN}|cpe:2\\.3:[aho]:\\S+)$"},
            "uniqueItems": True,
        },
        "Source.uri": _REPOSITORY,
        "Source.digest": {
            "type": "object",
            "additionalProperties": False,
            "required": ["gitCommit"],
            "properties": {"gitCommit": _GIT_COMMIT},
        },
        "Resource.uri": _RESOURCE_URI,
        "Resource.digest": _RESOURCE_DIGEST,
        "Resource.content": {
            "type": "string",
            "contentEncoding": "base64",
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        },
        "Resource.downloadLocation": _RESOURCE_URI,
        "Resource.annotations": _JSON_OBJECT,
        "Evidence.type": words["evidenceType"],
        "Evidence.strength": {
            "enum": [word for word in catalogue.vocabularies["evidenceStrength"] if word != Strength.E3]
        },
        "Evidence.retrievedAt": _TIMESTAMP,
        "Evidence.observed": _JSON_OBJECT,
        "PracticeEntry.id": {"enum": [practice.id for practice in catalogue.practices]},
        "PracticeEntry.status": words["status"],
        "PracticeEntry.implementedBy": words["implementedBy"],
        "PracticeEntry.reason": words["notApplicableReason"],
        "PracticeEntry.trackingUrl": _URL,
        "PracticeEntry.reviewedAt": _DATE,
        "PracticeEntry.facts": {"type": "object"},
        "IntegratorEntry.ref": {"enum": letters},
        "IntegratorEntry.handling": words["handling"],
        "DependencyCoverage.controlled": purls,
        "DependencyCoverage.monitored": purls,
        "DependencyCoverage.reportedOnly": purls,
        "PayloadReference.payloadSha256": _SHA256,
    }


def _once(field: str, words: list[str]) -> list[dict[str, Any]]:
    """Each of `words` is the `field` of at most one item."""
    return [
        {
            "contains": {"properties": {field: {"const": word}}, "required": [field]},
            "minContains": 0,
            "maxContains": 1,
        }
        for word in words
    ]


def _strength_rules() -> list[dict[str, Any]]:
    """What a claimed strength needs to have a chance; bytes are found by SHA-256 alone."""

    def needs(strengths: tuple[str, ...], *fields: str, resource: str = "") -> dict[str, Any]:
        then: dict[str, Any] = {"required": list(fields)}
        if resource == "sha256":
            digest = {"required": ["digest"], "properties": {"digest": {"required": ["sha256"]}}}
            then["properties"] = {"resource": digest}
        elif resource:
            then["properties"] = {"resource": {"required": [resource]}}
        condition = {"properties": {"strength": {"enum": list(strengths)}}, "required": ["strength"]}
        return {"if": condition, "then": then}

    return [
        needs(("E1",), "retrievedAt", resource="uri"),
        needs(("E2", "E4"), "retrievedAt", resource="sha256"),
    ]


def _status_rules(catalogue: Catalogue) -> list[dict[str, Any]]:
    observations = [practice.id for practice in catalogue.practices if practice.is_observation]

    def needs(status: Status, *fields: str) -> dict[str, Any]:
        condition = {"properties": {"status": {"const": status.value}}, "required": ["status"]}
        return {"if": condition, "then": {"required": list(fields)}}

    some: dict[str, Any] = {"properties": {"facts": {"minProperties": 1}}, "required": ["facts"]}
    implemented = needs(Status.IMPLEMENTED)
    return [
        {"if": implemented["if"], "then": some},
        needs(Status.PARTIAL, "coverage"),
        needs(Status.NOT_APPLICABLE, "reason", "justification"),
        {
            "if": {"properties": {"id": {"enum": observations}}},
            "then": {"properties": {"status": False, **some["properties"]}, "required": some["required"]},
            "else": {"required": ["status"]},
        },
    ]


def _facts_rule(practice: Practice) -> dict[str, Any]:
    return {
        "if": {"properties": {"id": {"const": practice.id}}},
        "then": {"properties": {"facts": {"$ref": f"#/$defs/facts-{practice.id}"}}},
    }


def _facts_schema(practice: Practice) -> dict[str, Any]:
    return {
        "description": f"Facts of {practice.id}: {practice.title}",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: fact_schema(fact) for name, fact in practice.facts.items()},
    }


def _no_answer() -> str:
    """A pattern for a text that is only one of the words that stand for a missing answer, in any case."""
    words = "|".join(map(any_case, NO_ANSWERS))
    signs = TEXT_PATTERN.replace("[^", "[", 1)
    return f"^{signs}*({words}){signs}*$"


_SIMPLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "url": _URL,
    "page": _PAGE,
    "email": _EMAIL,
    "string": {**_TEXT, "not": {"pattern": _no_answer()}},
    # The ids of the SPDX list are not repeated here; licences.toml has them.
    "spdxExpression": {"type": "string", "pattern": r"^[A-Za-z0-9.+() :-]*[A-Za-z0-9)+]$"},
    "contact": _CONTACT,
    "boolean": {"type": "boolean"},
    "date": _FACT_DATE,
    "versRange": _VERS,
    "digestSet": _DIGEST_SET,
}


def fact_schema(fact: FactType) -> dict[str, Any]:
    """The JSON Schema of one fact, in wire form."""
    shape: Mapping[str, Any]
    match fact.type:
        case "list":
            shape = {"type": "array", "items": fact_schema(fact.item)}
        case "record":
            shape = {
                "type": "object",
                "additionalProperties": False,
                "required": [name for name, field in fact.fields.items() if not field.optional],
                "properties": {name: fact_schema(field) for name, field in fact.fields.items()},
                **_by_kind(fact),
            }
        case "enum":
            shape = {"enum": list(fact.values)}
        case "dateOrWord":
            shape = {"anyOf": [_FACT_DATE, {"enum": list(fact.words)}]}
        case "integer":
            shape = {"type": "integer", "minimum": 0, "maximum": fact.maximum}
        case simple:
            shape = _SIMPLE[simple]
    return {**({"description": fact.description} if fact.description else {}), **shape}


def _by_kind(fact: FactType) -> dict[str, Any]:
    """The type of the value of a record beside each word of its kind."""
    if not (fact.shorthand and fact.fields[fact.shorthand[1]].by_kind):
        return {}
    kind, value = fact.shorthand
    return {
        "allOf": [
            {
                "if": {"properties": {kind: {"const": word}}, "required": [kind]},
                "then": {"properties": {value: _SIMPLE[name]}},
            }
            for word, name in fact.fields[value].by_kind.items()
        ]
    }


# --- reference pages


def practices_page(catalogue: Catalogue) -> str:
    """All practices, complete enough that nobody needs the TOML files."""
    lines = [
        NOTICE,
        "# Practices",
        "",
        *_prose(
            f"Catalogue `{catalogue.id}` {catalogue.version}, {len(catalogue.practices)} entries. A "
            "practice that is not in a declaration is *unknown*. A practice is `implemented` only if its "
            "one-sentence definition is true and the facts satisfy every condition. Conditions on "
            "`list[].field` must be satisfied by the same item of the list, conditions on `list[*].field` by "
            "every item. Types of facts, editions and the life of an id are defined in "
            "[the catalogue's README](catalogue/README.md)."
        ),
        *_prose(
            "The age up to which a declaration counts as fresh is a suggestion; the profiles contain the "
            "requirements. An age *by the declarant* means that a person of the project reviews the "
            "practice again. An age *by an observer* means that the consumer checks it again; this is "
            "never required of a project."
        ),
        *_vocabulary(catalogue, "status", "Statuses"),
        *_vocabulary(catalogue, "notApplicableReason", "Reasons for notApplicable"),
        *_vocabulary(catalogue, "relation", "Relations of cross-references"),
        "## Sources of cross-references",
        "",
        *_table(
            ("source", "title", "version"),
            (
                (
                    f"`{name}`",
                    f"[{source.title}]({source.url})" + (f"; {source.note}" if source.note else ""),
                    source.version,
                )
                for name, source in catalogue.sources.items()
            ),
        ),
    ]
    for group, title in catalogue.groups.items():
        lines += [f"## {group}: {title}", ""]
        for practice in catalogue.practices:
            if practice.group == group:
                lines += _practice(catalogue, practice)
    return _page(lines)


def _practice(catalogue: Catalogue, practice: Practice) -> list[str]:
    about = [
        f"{practice.subject_level} level",
        f"{practice.tier} tier",
        f"observable by {practice.observable}"
        if practice.observable != "assisted"
        else "observable with assistance",
        *(["asked first by `avow init`"] if practice.asked else []),
        f"since {practice.since}",
    ]
    lines = [
        f"### {practice.id}",
        "",
        f"**{practice.title}**",
        "",
        practice.question,
        "",
        "; ".join(about) + ".",
        "",
        *_retired(practice),
        f"**Why.** {practice.risk} ({'; '.join(_source(catalogue, one) for one in practice.risk_sources)})",
        "",
    ]
    if practice.is_observation:
        lines += [f"An observation: it has facts but no status. {practice.observe_by}", ""]
        lines += ["Unknown unless:", "", *(f"- {_condition(one)}" for one in practice.usable_when), ""]
        if practice.outcomes:
            lines += [f"Outcomes: {_outcomes(practice)}.", ""]
    else:
        lines += [f"*Implemented* means: {practice.implemented_means}", ""]
        lines += ["Conditions:", "", *(f"- {_condition(one)}" for one in practice.implemented_when), ""]
        if practice.or_implemented_when:
            lines += ["or", "", *(f"- {_condition(one)}" for one in practice.or_implemented_when), ""]
        if practice.outcomes:
            lines += [f"A failed condition gives declaredGap, except {_outcomes(practice)}.", ""]
        reasons = ", ".join(f"`{reason}`" for reason in practice.not_applicable_reasons)
        lines += [f"*Not applicable* without confirmation: {reasons or 'never'}.", ""]
    lines += [
        *_table(("fact", "type", "meaning"), _fact_rows(practice.facts)),
        f"Fresh: {_age(practice.age)}.",
        "",
    ]
    lines += [f"**Shown by** {practice.shown_by}. Types of evidence: {', '.join(practice.evidence)}.", ""]
    lines += _observed(practice)
    lines += _worked(practice)
    lines += [f"A manufacturer's next step if it is not declared: {practice.next}.", ""]
    actions = [f"{catalogue.diligence[one].says} ({one})" for one in practice.diligence]
    lines += [f"CRA: {', '.join(f'{catalogue.cra[one].citation} (`{one}`)' for one in practice.cra)}.", ""]
    lines += [f"Due diligence: {'; '.join(actions)}.", ""]
    if practice.cross_references:
        related = defaultdict(list)
        for entry in practice.cross_references:
            why = f": {entry.because}" if entry.because else ""
            related[entry.source].append(f"{entry.id} ({entry.relation}{why})")
        lines += [
            "Related:",
            "",
            *(f"- {source}: {', '.join(found)}" for source, found in related.items()),
            "",
        ]
    return lines


def _retired(practice: Practice) -> Iterator[str]:
    if practice.retired:
        successor = practice.replaced_by
        instead = f"; use [{successor}](#{successor.lower()})" if successor else ""
        yield from (f"**Retired** with edition {practice.retired}{instead}.", "")


def _observed(practice: Practice) -> Iterator[str]:
    """The checks of tools whose results can show it."""
    found = [
        f"{tool.title} `{name}` from {check.at_least} on ({', '.join(check.supports[practice.id])})"
        for tool in load_tools().values()
        for name, check in tool.checks.items()
        if practice.id in check.supports
    ]
    if found:
        yield from (f"Observed by {'; '.join(found)}.", "")


def _source(catalogue: Catalogue, name: str) -> str:
    source, _, identifier = name.partition(":")
    return catalogue.cra[identifier].citation if source == "cra" else f"{source}: {identifier}"


def _worked(practice: Practice) -> Iterator[str]:
    enough = "Facts such as these" if practice.is_observation else "Enough"
    short = "These are a bad sign" if practice.is_observation else "Not enough"
    examples = practice.examples
    for title, facts in (
        (f"{enough}:", examples.suffices),
        (f"{short}, because {examples.because}:", examples.falls_short),
    ):
        yield from (title, "", "```json", json.dumps(thaw(facts), indent=2, ensure_ascii=False), "```", "")


def _condition(condition: Condition) -> str:
    words = " or ".join(f"`{value}`" for value in condition.allowed)
    meaning = {
        "present": "is given",
        "nonEmpty": "is given and not empty",
        "empty": "is missing or empty",
        "isTrue": "is true",
        "equals": f"is {words}",
        "in": f"is {words}",
        "atLeast": f"is at least {words}",
        "atMost": f"is at most {words}",
        "openLicence": "can be met with licences that the SPDX list marks as OSI-approved or FSF-libre alone",
        "versionCovered": "contains the component's version",
        "dateAfterEvaluation": "is a date after the evaluation" + (f", or {words}" if words else ""),
        "dateByEvaluation": "is a date not after the evaluation",
    }[condition.op]
    once = f", for only one item per {' and '.join(condition.once_per)}" if condition.once_per else ""
    given = ", if it is given" if condition.if_given else ""
    source = f" ({condition.source})" if condition.source else ""
    return f"`{condition.fact}` {meaning}{given}{once}{source}"


def _outcomes(practice: Practice) -> str:
    return ", ".join(f"{outcome} for `{word}`" for word, outcome in practice.outcomes.items())


def _fact_rows(facts: Mapping[str, FactType], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, fact in facts.items():
        shown = f"{prefix}{name}"
        optional = "; optional" if fact.optional else ""
        yield f"`{shown}`", _type_words(fact) + optional, fact.description
        if fact.item.type == "record":
            yield from _fact_rows(fact.fields, prefix=f"{shown}[].")


def _type_words(fact: FactType) -> str:
    match fact.type:
        case "list" if fact.item.type == "record":
            return "list of record" + _shorthand_words(fact)
        case "list":
            return f"list of {_type_words(fact.item)}"
        case "enum":
            aliases = "".join(f", or `{alias}` for `{word}`" for alias, word in fact.aliases.items())
            return " \\| ".join(f"`{value}`" for value in fact.values) + aliases
        case "dateOrWord":
            return " \\| ".join(["date", *(f"`{word}`" for word in fact.words)])
        case "integer" if fact.maximum != MAX_INTEGER:
            return f"integer, at most {fact.maximum}"
        case name:
            kinds = ", ".join(f"{kind} beside `{word}`" for word, kind in fact.by_kind.items())
            return kinds or {
                "versRange": "version range (`vers:`)",
                "spdxExpression": f"SPDX licence expression, list {load_licences().version}",
                "page": "URL of a page",
                "digestSet": "digests",
                "url": "URL",
                "contact": "e-mail address or URL",
            }.get(name, str(name))


def _shorthand_words(fact: FactType) -> str:
    if not fact.shorthand:
        return ""
    kind, value = fact.shorthand
    word = fact.fields[kind].values[0]
    return f"; `{word}: X` is short for `{{{kind}: {word}, {value}: X}}`"


def _age(age: Age) -> str:
    if age.bound:
        return "without limit, for the artefacts that the statement names"
    return f"{age.days} days, by {'the declarant' if age.by == 'declarant' else 'an observer'}"


def _vocabulary(catalogue: Catalogue, name: str, title: str) -> list[str]:
    rows = ((f"`{word}`", meaning) for word, meaning in catalogue.vocabularies[name].items())
    return [f"## {title}", "", *_table(("word", "means"), rows)]


def cra_page(catalogue: Catalogue) -> str:
    """Both directions: from the Regulation to practices, including what has none, and back."""
    by_reference: dict[str, list[str]] = defaultdict(list)
    for practice in catalogue.practices:
        for reference in dict.fromkeys((*practice.cra, *practice.diligence)):
            by_reference[reference].append(f"[{practice.id}](practices.md#{practice.id.lower()})")
    lines = [
        NOTICE,
        "# The CRA and the practices",
        "",
        *_prose(
            f"{catalogue.act.title}, CELEX {catalogue.act.celex}, as consolidated in "
            f"{catalogue.act.consolidated}, <{catalogue.act.eli}>. This is a summary in our own words; it "
            "is not the legal text and not legal advice. A practice that is listed with a reference can "
            "help a manufacturer with it. It does not fulfil a duty by itself: the duty stays with its "
            "addressee, and a declaration is not a certification and does not prove conformity."
        ),
        "## References of the Regulation, and practices that help",
        "",
        *_table(
            ("reference", "cited as", "addressee", "says", "practices"),
            (
                (
                    f"`{fact.id}`",
                    fact.citation,
                    fact.addressee,
                    fact.says,
                    ", ".join(by_reference[fact.id]) or _none(fact.for_upstream),
                )
                for fact in catalogue.cra.values()
            ),
        ),
        "## Due-diligence actions, and practices that help",
        "",
        *_table(
            ("action", "named by", "says", "practices"),
            (
                (
                    f"`{action.id}`",
                    action.source,
                    action.says,
                    ", ".join(by_reference[action.id]) or _none(upstream=True),
                )
                for action in catalogue.diligence.values()
            ),
        ),
        "## From practices to references",
        "",
        *_table(
            ("practice", "title", "CRA", "due diligence"),
            (
                (
                    f"[{practice.id}](practices.md#{practice.id.lower()})",
                    practice.title,
                    ", ".join(f"`{reference}`" for reference in practice.cra),
                    ", ".join(f"`{reference}`" for reference in practice.diligence),
                )
                for practice in catalogue.practices
            ),
        ),
        "## References without a practice",
        "",
        *_prose(
            "These are the manufacturer's own duties, or covered by a declaration's integrator section "
            "(Annex I Part I (2)):"
        ),
        *(
            f"- `{fact.id}` {fact.citation}: {fact.says}"
            for fact in catalogue.cra.values()
            if not by_reference[fact.id]
        ),
    ]
    return _page(lines)


def _none(upstream: bool) -> str:  # noqa: FBT001  both callers name the fact
    return "none" if upstream else "none; a project's declaration can't help"


def exit_codes_page() -> str:
    """The exit codes, and the errors that lead to them."""
    meanings = {
        errors.EXIT_SATISFIED: (
            "everything evaluated, policy satisfied (review-only notes allowed)",
            "proceed",
        ),
        errors.EXIT_UNSATISFIED: (
            "evaluated; the policy is not satisfied: actions needed, or blocked",
            "stop, show the report",
        ),
        errors.EXIT_INPUT: ("usage or input error; output that can't be written", "fix the call or the file"),
        errors.EXIT_NOTHING: (
            "nothing to evaluate: no subject, or no usable evidence for any subject",
            "treat as no",
        ),
        errors.EXIT_REFUSED: ("not satisfied, and evidence was found that had to be refused", "look closely"),
        errors.EXIT_UNAVAILABLE: (
            "not satisfied; a service did not answer, the trusted root lacks a key, or the clock is behind",
            "retry, update the root, set the clock",
        ),
        errors.EXIT_BUG: ("a bug in avow", "report it"),
        errors.EXIT_INTERRUPTED: ("interrupted (Ctrl-C)", "run again"),
    }
    lines = [
        NOTICE,
        "# Exit codes",
        "",
        *_table(
            ("exit", "meaning", "a script should"),
            ((str(code), *meaning) for code, meaning in sorted(meanings.items())),
        ),
        *_prose(
            "If several codes apply, the first of 70, 2, 4, 5, 3, 1 is used; the JSON output lists all. "
            "`--format` never changes the code. A satisfied policy gives 0 even if another bundle was bad: "
            "otherwise anyone who can attach a bad bundle could break somebody else's build. In a store, "
            "unsupported bundles, other predicate types and other subjects are gaps and never give 4; "
            "with `--bundle`, the last two are rejections. `inspect` and `check` do not evaluate a policy: "
            "their 0 means that the file could be read."
        ),
        "## Codes in the JSON output",
        "",
        *_prose(
            "`rejections[].code` and `gaps[].code` contain one of these codes. The exit code is the one it "
            "leads to if the policy is not satisfied."
        ),
        *_table(
            ("code", "exit", "meaning"),
            (
                (f"`{each.code}`", str(each.exit_code), _first_sentence(each))
                for each in _error_classes(errors.AvowError)
            ),
        ),
    ]
    return _page(lines)


def rules_page() -> str:
    """The rules of a policy, by the ids that reports name."""
    lines = [
        NOTICE,
        "# Rules",
        "",
        *_prose(
            "A policy requires practices. These rules are applied, in this order, to each practice and each "
            "accepted statement. A rule that objects gives its reason. The worst objection is the outcome, "
            "and the JSON report lists every rule that objected under `outcomes[].rules`. No rule ever makes "
            "an outcome better. The vectors show what a rule accepts and what it alone refuses."
        ),
    ]
    for rule in RULES:
        name = rule.__name__
        vectors = sorted(path.name for path in (ROOT / "tests/vectors/policy").glob(f"{name}-*"))
        links = ", ".join(f"[{each}](../../tests/vectors/policy/{each}/README.md)" for each in vectors)
        summary, _, details = inspect.getdoc(rule).partition("\n\n")  # type: ignore[union-attr]
        lines += [
            "",
            f"## {name}",
            "",
            summary,
            *(("", *_prose(details)) if details else ()),
            "",
            f"Vectors: {links}.",
        ]
    return _page(lines)


def _error_classes(base: type[errors.AvowError]) -> Iterator[type[errors.AvowError]]:
    for each in base.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each
            yield from _error_classes(each)


def _first_sentence(documented: type) -> str:
    return " ".join((documented.__doc__ or "").split("\n\n")[0].split())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _prose(text: str) -> list[str]:
    return [textwrap.fill(text, width=120, break_long_words=False, break_on_hyphens=False), ""]


def _page(lines: list[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def outputs() -> dict[str, str]:
    """Everything that is generated, by its path in the repository."""
    catalogue = load_catalogue()
    return {
        SCHEMA_PATH: json.dumps(schema(catalogue), indent=1, ensure_ascii=False) + "\n",
        STATEMENT_SCHEMA_PATH: json.dumps(statement_schema(), indent=1, ensure_ascii=False) + "\n",
        "predicates/practices.md": practices_page(catalogue),
        "predicates/cra-mapping.md": cra_page(catalogue),
        "docs/reference/exit-codes.md": exit_codes_page(),
        "docs/reference/rules.md": rules_page(),
        "docs/reference/messages.md": messages.page(),
        RECORD_SCHEMA_PATH: json.dumps(survey_schema(), indent=1, ensure_ascii=False) + "\n",
        **dict(_examples(catalogue)),
    }


def _examples(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """The examples with a reference to the current catalogue."""
    for path in sorted((ROOT / EXAMPLES).glob("*.json")):
        statement = json.loads(path.read_text(encoding="utf-8"))
        statement["predicate"]["catalogue"] = {
            "id": catalogue.id,
            "version": catalogue.version,
            "uri": catalogue.uri,
            "digest": {"sha256": catalogue.digest},
        }
        yield f"{EXAMPLES}/{path.name}", json.dumps(statement, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files that differ, and list them."""
    for name, content in outputs().items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            print(f"wrote {name}")  # noqa: T201  the tool's only output
    return 0


if __name__ == "__main__":
    sys.exit(main())
