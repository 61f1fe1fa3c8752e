"""The files shipped under predicates/: practices, profiles, the schema and examples of the specification."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from avow.catalogue.facts import FactType, says_nothing
from avow.catalogue.observations import load_tools
from avow.catalogue.practices import Practice, UnmetCondition, load_catalogue
from avow.formats.vers import PLAIN_RELEASE, VersInvalid, parse_vers
from avow.policy.rules import RANKED, RULES
from avow.statement.in_toto import (
    MAX_PAYLOAD_BYTES,
    MAX_PAYLOAD_DEPTH,
    MAX_PAYLOAD_VALUES,
    MAX_SUBJECTS,
    read_statement,
)
from avow.statement.predicate import (
    LIMITATION,
    MAX_EVIDENCE,
    MAX_PRACTICES,
    MAX_PURLS,
    Predicate,
    _WireModel,
)
from avow.statement.types import PAYLOAD_TYPE
from avow.vocabulary import Outcome, Status, Strength

ROOT = Path(__file__).parent.parent.parent
PREDICATES = ROOT / "predicates"
V01 = PREDICATES / "declared-practices" / "v0.1"
CATALOGUE = load_catalogue()
PRACTICES = CATALOGUE.practices
SCHEMA: dict[str, Any] = json.loads((V01 / "schema.json").read_text(encoding="utf-8"))
PRODUCER = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)
EXAMPLES = sorted((V01 / "examples").glob("*.json"))
PROFILES = sorted(path for path in (PREDICATES / "profiles").glob("*.toml") if path.stem != "modifiers")
TODAY = date(2026, 11, 22)

by_id = pytest.mark.parametrize("practice", PRACTICES, ids=lambda practice: practice.id)
by_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
by_profile = pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)

PROMISES = re.compile(r"certif|complian|conformity|\bCE\b|guarantee", re.IGNORECASE)
"""Words that a practice must not use, because it states a fact."""


def predicate_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["predicate"]
    return found


def test_the_specification_states_the_bounds_of_the_code() -> None:
    """Another implementation refuses what we refuse."""
    text = (V01 / "spec.md").read_text(encoding="utf-8")
    (rule,) = re.findall(r"\*\*Bounds\.\*\*.*?refuse more", text, re.DOTALL)
    expected = [
        MAX_PAYLOAD_BYTES // 2**20,
        MAX_PAYLOAD_VALUES,
        MAX_PAYLOAD_DEPTH,
        MAX_SUBJECTS,
        MAX_PURLS,
        MAX_PRACTICES,
        MAX_EVIDENCE,
    ]
    assert [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", rule)] == expected


# --- practices


def test_each_group_has_practices_and_few_are_observations() -> None:
    """An observation has no status, so nobody can answer for it: each is listed here on purpose."""
    assert {practice.group for practice in PRACTICES} == set(CATALOGUE.groups)
    assert [practice.id for practice in PRACTICES if practice.is_observation] == ["GOV-03", "VUL-05"]


@by_id
def test_texts_are_single_sentences_that_promise_nothing(practice: Practice) -> None:
    """Each has one testable sentence, one question, one step, and no word that sounds like a certificate."""
    texts = [practice.title, practice.question, practice.implemented_means, practice.next]

    assert practice.question.endswith("?")
    assert not practice.next.endswith(".")
    assert practice.next[0].islower()
    if not practice.is_observation:
        assert practice.implemented_means.endswith(".")
        assert ". " not in practice.implemented_means
    assert not [text for text in texts if PROMISES.search(text)]


@by_id
def test_every_fact_has_a_description(practice: Practice) -> None:
    """Every fact and every field has a description, which is not a full sentence."""
    for fact in practice.facts.values():
        for one in (fact, *fact.fields.values()):
            assert one.description
            assert not one.description.endswith(".")


@by_id
def test_an_empty_entry_is_never_implemented(practice: Practice) -> None:
    """Without facts, the answer is never yes."""
    found = practice.unmet({}, today=TODAY, version="1.0", version_in_range=lambda _version, _range: True)

    expected = Outcome.UNKNOWN if practice.is_observation else Outcome.DECLARED_GAP
    assert {condition.outcome for condition in found} == {expected}


@by_id
def test_a_declarant_signs_at_most_once_a_year(practice: Practice) -> None:
    """Only release-level practices are bound to a release; shorter ages require the consumer's own review."""
    if practice.age.bound:
        assert practice.subject_level == "release"
    elif practice.age.by == "declarant":
        assert practice.age.days is not None
        assert practice.age.days >= 365


def test_vocabularies_agree_with_the_code() -> None:
    """The words in the files are those of the types."""
    assert list(CATALOGUE.vocabularies["status"]) == [status.value for status in Status]
    assert list(CATALOGUE.vocabularies["evidenceStrength"]) == [strength.value for strength in Strength]


def test_reasons_without_confirmation_are_few() -> None:
    """They exist only for practices about dependencies, so notApplicable is not an easy way out."""
    accepted = {
        practice.id: practice.not_applicable_reasons
        for practice in PRACTICES
        if practice.not_applicable_reasons
    }

    assert accepted == dict.fromkeys(["DEP-01", "DEP-03", "DEP-04", "VUL-06"], ("noDependencies",))


# --- cross-references


ID_OF = {
    "orcwg": r"(GV\.0[1-3]|LE\.0[12]|QA\.0[1-7]|BR\.0[1-4]|VM\.0[12]|EL\.01)",
    "bsi": r"(GV|LE|QA|BR|VM|DE)\.\d\d",
    "osps": r"OSPS-(AC|BR|DO|GV|LE|QA|SA|VM)-\d\d\.\d\d",
    "ssdf": r"(PO|PS|PW|RV)\.\d\.\d",
    "bpb": r"[A-Za-z0-9_]+",
    "scorecard": r"[A-Z][A-Za-z-]+",
    "securityInsights": r"(project|repository)(\.[a-z-]+)+",
    "cve": r"CVE-\d{4}-\d{4,}",
    "slsa": r"SLSA_(SOURCE|BUILD)_[A-Z0-9_]+",
}


def test_cross_references_have_the_form_of_their_source() -> None:
    """An id in another form than that of its source is a mistake."""
    entries = [entry for practice in PRACTICES for entry in practice.cross_references]

    assert set(ID_OF) == set(CATALOGUE.sources)
    assert not [entry for entry in entries if not re.fullmatch(ID_OF[entry.source], entry.id)]


def test_sources_of_risks_have_the_form_of_their_source() -> None:
    """Of the OSPS Baseline it is a control, whose objective names the risk, not one of its requirements."""
    form = ID_OF | {"osps": ID_OF["osps"].removesuffix(r"\.\d\d")}
    named = [each.partition(":") for practice in PRACTICES for each in practice.risk_sources]

    assert not [each for each in named if each[0] != "cra" and not re.fullmatch(form[each[0]], each[2])]
    assert all(len(set(practice.risk_sources)) == len(practice.risk_sources) for practice in PRACTICES)


@by_id
def test_the_examples_of_a_practice(practice: Practice) -> None:
    """One has the types of the facts and meets every condition; the other looks like it and does not."""
    examples = practice.examples

    def unmet(facts: Mapping[str, Any]) -> tuple[UnmetCondition, ...]:
        return practice.unmet(
            facts,
            today=CATALOGUE.example_date,
            version=CATALOGUE.example_version,
            version_in_range=lambda version, versions: parse_vers(versions).contains(version),
        )

    assert [practice.facts[name].problems(value) for name, value in examples.suffices.items()] == [
        () for _ in examples.suffices
    ]
    assert unmet(examples.suffices) == ()
    assert unmet(examples.falls_short) or practice.outcomes.keys() & set(
        map(str, examples.falls_short.values())
    )
    assert examples.falls_short.keys() & examples.suffices.keys()


def test_every_item_of_the_light_template_has_a_practice() -> None:
    """Each of the 19 items of the ORC WG's template maps to a practice."""
    mapped = {
        entry.id for practice in PRACTICES for entry in practice.cross_references if entry.source == "orcwg"
    }

    assert len(mapped) == 19


def test_osps_ids_resolve() -> None:
    """The ids exist in the OSPS Baseline's own files, if AVOW_CORPUS has them; none of them is retired."""
    corpus = os.environ.get("AVOW_CORPUS")
    folder = Path(corpus or "", "osps-baseline", "baseline")
    if not corpus or not folder.is_dir():
        pytest.skip("AVOW_CORPUS names no directory with osps-baseline/baseline")
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("OSPS-*.yaml"))
    alive = {
        found[1]
        for found in re.finditer(
            r"- id: (OSPS-\w\w-\d\d\.\d\d)\n(?:\s+\S.*\n)*?\s+text: (?:\|\n\s+)?(.*)", text
        )
        if not found[2].startswith("Retired")
    }
    ours = {
        entry.id for practice in PRACTICES for entry in practice.cross_references if entry.source == "osps"
    }

    risks = {name for practice in PRACTICES for name in practice.risk_sources if name.startswith("osps:")}

    assert alive
    assert ours <= alive
    assert risks <= {f"osps:{requirement.partition('.')[0]}" for requirement in alive}


FILLERS: dict[str, Any] = {"url": "http://x", "string": " . ", "contact": "."}
"""What people write who want to get past a form."""


def filler(fact: FactType, *, of: Mapping[str, Any]) -> Any:
    """A value without content, of the shape of `of`."""
    if fact.type == "list":
        return [filler(fact.item, of=of)]
    if fact.type == "record":
        return {name: filler(field, of=of) for name, field in fact.fields.items() if not field.optional}
    if fact.type in {"enum", "dateOrWord"}:
        return (fact.values or fact.words)[0]
    return FILLERS.get(fact.type, True if fact.type == "boolean" else 1)


@by_id
def test_nothing_is_met_by_filling_in_the_form(practice: Practice) -> None:
    """Dots, blanks and addresses that lead nowhere, beside a good answer to everything that is not text."""
    examples = dict(practice.examples.suffices)
    texts = [
        name for name, fact in practice.facts.items() if name in examples and {*_kinds(fact)} & FILLERS.keys()
    ]
    asked = {
        condition.list_name or condition.name
        for condition in (*practice.implemented_when, *practice.or_implemented_when)
        if condition.op == "nonEmpty"
        # An empty list is an answer to "which ones", so one of dots is not asked here.
        or (
            condition.op == "present" and practice.facts[condition.list_name or condition.name].type != "list"
        )
    }
    if not (asked & {*texts}):
        return
    filled = examples | {name: filler(practice.facts[name], of=examples) for name in texts}
    assert practice.unmet(
        filled, today=CATALOGUE.example_date, version=None, version_in_range=lambda _version, _range: True
    )


def _kinds(fact: FactType) -> Iterator[str]:
    yield fact.item.type
    for field in fact.item.fields.values():
        yield from _kinds(field)


# --- observations


@pytest.mark.parametrize("name", sorted(load_tools()))
def test_the_checks_of_a_tool(name: str) -> None:
    """Each supports facts that exist, of practices that name the tool's result as evidence."""
    tool = load_tools()[name]
    assert tool.evidence_type in CATALOGUE.vocabularies["evidenceType"]
    for check in tool.checks.values():
        assert check.supports
        for practice_id, facts in check.supports.items():
            practice = CATALOGUE.practice(practice_id)
            assert practice is not None
            assert facts
            assert set(facts) <= practice.facts.keys()
            assert tool.evidence_type in practice.evidence, practice_id


# --- principles


def test_which_practices_serve_an_appropriate_level_of_cybersecurity() -> None:
    """The table of principles.md names exactly the practices that cite Annex I Part I (1)."""
    text = (PREDICATES / "principles.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"## An appropriate level.*?(?=\n## )", text, re.DOTALL)

    named = re.findall(r"[A-Z]{3}-\d\d", section)
    assert sorted(named) == sorted(each.id for each in PRACTICES if "AnnexI.I.1" in each.cra)


def test_the_inventory_names_every_source_in_its_edition() -> None:
    """What the catalogue refers to is listed with the same title and version."""
    text = (PREDICATES / "principles.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in text.splitlines()]
    listed = {row[0]: row[1] for row in rows if len(row) == 2}

    for source in CATALOGUE.sources.values():
        assert listed[source.title].startswith(source.version), source.title


# --- schema and examples


def test_schema_is_valid() -> None:
    """It is valid according to its own dialect."""
    jsonschema_rs.meta.validate(SCHEMA)


@by_example
def test_examples_are_valid(path: Path) -> None:
    """Each is a statement, passes the producer's schema, and supports every status implemented."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    predicate = read_statement(rfc8785.dumps(raw), payload_type=PAYLOAD_TYPE).predicate

    assert [error.message for error in PRODUCER.iter_errors(raw["predicate"])] == []
    assert predicate == Predicate.model_validate(raw["predicate"])
    assert predicate.catalogue.digest["sha256"] == CATALOGUE.digest
    assert LIMITATION in predicate.limitations
    for entry in predicate.practices:
        practice = CATALOGUE.practice(entry.id)
        assert practice is not None
        assert [
            problem for name, value in entry.facts.items() for problem in practice.facts[name].problems(value)
        ] == []
        if entry.status is Status.IMPLEMENTED:
            found = practice.unmet(
                entry.facts,
                today=TODAY,
                version="2.4.1",
                version_in_range=lambda v, r: parse_vers(r).contains(v),
            )
            assert found == (), entry.id


def test_complete_example_is_complete() -> None:
    """It has all practices, all facts, and all fields of the reading model."""
    raw = predicate_of(V01 / "examples" / "complete.json")
    facts = {entry["id"]: set(entry["facts"]) for entry in raw["practices"]}

    assert facts == {practice.id: set(practice.facts) for practice in PRACTICES}
    assert set(raw) >= {field.alias for field in Predicate.model_fields.values()} - {"inherits"}


def test_gaps_example_shows_every_status() -> None:
    """It has every status, and an observation without one."""
    statuses = {entry.get("status") for entry in predicate_of(V01 / "examples" / "gaps.json")["practices"]}

    assert statuses == {None, *(status.value for status in Status)}


def mutations() -> Iterator[tuple[str, dict[str, Any]]]:
    def fresh() -> dict[str, Any]:
        return predicate_of(V01 / "examples" / "gaps.json")

    for field in ("catalogue", "declaredAt", "validUntil", "declarant", "scope", "practices", "limitations"):
        broken = fresh()
        del broken[field]
        yield f"without {field}", broken
    top_level: dict[str, dict[str, Any]] = {
        "unknown field": {"certified": True},
        "no practice": {"practices": []},
        "other limitation": {"limitations": ["none"]},
        "local time": {"validUntil": "2028-11-22T10:00:00+01:00"},
        "null": {"integrator": None},
        "unknown letter": {"integrator": [{"ref": "I.2.z", "handling": "addressed"}]},
    }
    for name, change in top_level.items():
        yield name, fresh() | change
    in_an_entry: tuple[tuple[str, int, dict[str, Any]], ...] = (
        ("partial without coverage", 0, {"coverage": None}),
        ("fact of another practice", 0, {"facts": {"url": "https://a.example/"}}),
        ("unknown reason", 1, {"reason": "tooHard"}),
        ("not applicable without justification", 1, {"justification": None}),
        ("planned", 2, {"status": "planned"}),
        ("not reviewed", 2, {"reviewedAt": None}),
        ("practice without status", 2, {"status": None}),
        (
            "unknown word",
            3,
            {"facts": {"lines": [{"versions": "vers:pypi/1.0", "securityUntil": "soon"}]}},
        ),
        ("missing field", 3, {"facts": {"lines": [{"versions": "vers:pypi/1.0"}]}}),
        ("status of an observation", 4, {"status": "implemented"}),
        ("float", 4, {"facts": {"windowMonths": 2.5}}),
        (
            "strength without digest",
            0,
            {"evidence": [{"type": "url", "strength": "E2", "resource": {"uri": "x:y"}}]},
        ),
        (
            "invalid digest",
            0,
            {"evidence": [{"type": "url", "resource": {"digest": {"sha256": "abc"}}}]},
        ),
    )
    for name, at, change in in_an_entry:
        broken = fresh()
        entry = broken["practices"][at] | change
        broken["practices"][at] = {key: value for key, value in entry.items() if value is not None}
        yield name, broken


@pytest.mark.parametrize(("_name", "broken"), [pytest.param(*pair, id=pair[0]) for pair in mutations()])
def test_producers_are_checked_strictly(_name: str, broken: dict[str, Any]) -> None:
    """A single error is enough to be refused."""
    assert not PRODUCER.is_valid(broken)


def test_schema_has_every_field_of_the_reading_model() -> None:
    """A producer can write every field that is read."""
    for model in _WireModel.__subclasses__():
        target = SCHEMA if model is Predicate else SCHEMA["$defs"][model.__name__]
        assert set(target["properties"]) == {field.alias for field in model.model_fields.values()}


def values_of(fact: FactType) -> st.SearchStrategy[Any]:
    """Values that fit the type, in wire form."""
    digest = st.binary(min_size=32, max_size=32).map(lambda raw: {"sha256": raw.hex()})
    dates = st.dates(min_value=date(1990, 1, 1)).map(str)
    match fact.type:
        case "list":
            return st.lists(values_of(fact.item), max_size=2)
        case "record" if any(field.by_kind for field in fact.fields.values()):
            addresses = {"email": "a@b.example", "page": "https://a.example/x"}
            kinds = fact.fields["value"].by_kind
            return st.sampled_from([{"kind": word, "value": addresses[kind]} for word, kind in kinds.items()])
        case "record":
            required = {name: values_of(field) for name, field in fact.fields.items() if not field.optional}
            optional = {name: values_of(field) for name, field in fact.fields.items() if field.optional}
            return st.fixed_dictionaries(required, optional=optional)
        case "enum":
            return st.sampled_from(fact.values)
        case "dateOrWord":
            return st.sampled_from(fact.words) | dates
        case kind:
            return {
                "url": st.sampled_from(["https://a.example/", "http://a.example?x=1"]),
                "page": st.sampled_from(
                    ["https://a.example/x", "http://a.example/?x=1", "https://a.example#x"]
                ),
                "string": st.text(max_size=5).filter(lambda text: not says_nothing(text)),
                "spdxExpression": st.sampled_from(["MIT", "(MIT OR Apache-2.0+) AND LicenseRef-a"]),
                "contact": st.sampled_from(["a@b.example", "mailto:a@b.example", "https://a.example/x"]),
                "boolean": st.booleans(),
                "integer": st.integers(0, fact.maximum),
                "date": dates,
                "versRange": st.sampled_from(["vers:pypi/>=2.4|<2.5", "vers:npm/1.0.0", "vers:generic/1a"]),
                "digestSet": digest,
            }[kind]


WELL_TYPED = st.sampled_from(
    [(p.id, name, fact) for p in PRACTICES for name, fact in p.facts.items()]
).flatmap(lambda found: st.tuples(st.just(found), values_of(found[2])))


def fact_validator(practice_id: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(SCHEMA["$defs"][f"facts-{practice_id}"], validate_formats=True)


@given(drawn=WELL_TYPED)
def test_types_and_schema_accept_the_same(drawn: tuple[tuple[str, str, FactType], Any]) -> None:
    """A value that fits its type also passes the schema."""
    (practice_id, name, fact), value = drawn

    assert fact.problems(value) == ()
    assert fact_validator(practice_id).is_valid({name: value})


SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(
        [
            *(
                "",
                " ",
                "x",
                "?",
                "N/A",
                "none.",
                "(TBD)",
                "not applicable",
                "nonesuch",
                "é",
                "½",
                "٣",
                "²",
                "_",
            ),
            *(
                "2026-11-22",
                "1970-01-01",
                "1989-12-31",
                "https://a.example/",
                "https://a.example/x",
                "http://x/y",
            ),
            *("https://example.com/x", "https://www.EXAMPLE.org/x", "https://example.com.au/x"),
            *("https://localhost/x", "https://a.local:1/x", "https://a.example?", "https://a.example/?x"),
            *("a@b.example", "a@example.com", "a@b.localhost", "mailto:a@b.example"),
        ]
    )
)


@given(
    found=st.sampled_from(
        [
            (p.id, name, fact)
            for p in PRACTICES
            for name, fact in p.facts.items()
            if fact.type != "spdxExpression"  # the schema does not repeat the SPDX list
        ]
    ),
    value=SCALAR
    | st.lists(SCALAR, max_size=2)
    | st.dictionaries(st.sampled_from(["kind", "url", "value"]), SCALAR),
)
def test_types_and_schema_refuse_the_same(found: tuple[str, str, FactType], value: Any) -> None:
    """A value that does not fit its type does not pass the schema."""
    practice_id, name, fact = found

    assert fact_validator(practice_id).is_valid({name: value}) == (fact.problems(value) == ())


# --- profiles


@by_profile
def test_profiles_refer_to_existing_names(path: Path) -> None:
    """Practices, facts and the extended profile exist; only keys in the README are used."""
    profile = tomllib.loads(path.read_text(encoding="utf-8"))
    readme = (path.parent / "README.md").read_text(encoding="utf-8")

    assert profile["id"] == path.stem
    assert profile.get("extends") in {None, *(other.stem for other in PROFILES)} - {path.stem}
    assert not [name for name in profile["recommended"] if CATALOGUE.practice(name) is None]
    assert set(profile["integratorLetters"]) <= set("abcdefghijklm")
    for requirement in profile["required"]:
        assert not [key for key in requirement if f"`{key}`" not in readme]
        condition = requirement.get("condition", {})
        for practice_id in requirement["practices"]:
            practice = CATALOGUE.practice(practice_id)
            assert practice is not None
            for one in condition.get("anyOf", [condition] if condition else []):
                name, _, field = one["fact"].partition("[].")
                fact = practice.facts[name]
                assert not field or field in fact.fields


@by_profile
def test_profiles_can_be_met(path: Path) -> None:
    """They never require E1, a yearly declaration at most, and a digest only for release-level practices."""
    for requirement in tomllib.loads(path.read_text(encoding="utf-8"))["required"]:
        assert requirement["evidence"] in {"E0", "E2", "E3", "E4"}
        assert ("withinDays" in requirement) == ("by" in requirement)
        assert not ("withinDays" in requirement and "bound" in requirement)
        if requirement.get("by") == "declarant":
            assert requirement["withinDays"] >= 365
        for practice_id in requirement["practices"]:
            practice = CATALOGUE.practice(practice_id)
            assert practice is not None
            assert "bound" not in requirement or practice.subject_level == "release"


def test_modifiers_refer_to_existing_names() -> None:
    """Roles refer to practices of the catalogue."""
    modifiers = tomllib.loads((PREDICATES / "profiles" / "modifiers.toml").read_text(encoding="utf-8"))
    readme = (PREDICATES / "profiles" / "README.md").read_text(encoding="utf-8")

    for role in modifiers.values():
        named = [*role.get("require", {}), *role.get("drop", []), *role.get("onSourceArchive", [])]
        assert not [name for name in named if CATALOGUE.practice(name) is None]
        assert not [key for key in role if f"`{key}`" not in readme]
        assert set(role.get("require", {}).values()) <= {"E0", "E2", "E3", "E4"}


def test_release_level_practices_apply_to_the_source_archive() -> None:
    """For patched and vendored components, this is true of every release-level practice."""
    modifiers = tomllib.loads((PREDICATES / "profiles" / "modifiers.toml").read_text(encoding="utf-8"))
    release = sorted(practice.id for practice in PRACTICES if practice.subject_level == "release")

    assert sorted(modifiers["patchedByUs"]["onSourceArchive"]) == release
    assert sorted(modifiers["vendored"]["onSourceArchive"]) == release


def test_shipped_files_have_a_licence() -> None:
    """The licence of the specification is in the same directory."""
    assert "SPDX-License-Identifier: CC-BY-4.0 OR Apache-2.0" in (PREDICATES / "LICENSE.txt").read_text(
        encoding="utf-8"
    )


# --- SBOM fields


def test_the_facts_that_an_sbom_mirrors_exist() -> None:
    """Each line of the table of mirrors names facts of its practice."""
    text = (PREDICATES / "sbom-fields.md").read_text(encoding="utf-8")
    lines = [line.split("|")[1] for line in text.splitlines() if re.match(r"\| [A-Z]{3}-\d\d `", line)]
    assert len(lines) >= 9
    for line in lines:
        for practice_id, name in re.findall(r"([A-Z]{3}-\d\d) `([^`]+)`", line):
            practice = CATALOGUE.practice(practice_id)
            assert practice is not None
            head, _, field = name.partition("[].")
            assert head in practice.facts, name
            assert not field or field in practice.facts[head].fields, name


# --- versions


VERSIONS = (PREDICATES / "versions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", PLAIN_RELEASE)
def test_the_page_on_versions_is_what_the_code_does(scheme: str) -> None:
    """The form of a plain release, and an example for each rule of its order."""
    (section,) = re.findall(rf"^### {scheme}\n(.*?)(?=^### |\Z)", VERSIONS, re.MULTILINE | re.DOTALL)
    assert f"Plain release: `{PLAIN_RELEASE[scheme].pattern}`" in section
    examples = re.findall(r"`(\S+) ([<=]) (\S+)`", section)
    assert examples
    for first, relation, second in examples:
        written = second.replace("!", "%21")
        below, equal = (parse_vers(f"vers:{scheme}/{op}{written}").contains(first) for op in ("<", ""))
        assert (below, equal) == (relation == "<", relation == "="), (first, second)


def test_the_page_names_what_each_order_was_checked_against() -> None:
    """With the version that is pinned for the tests, or `once`."""
    root = PREDICATES.parent
    sources = {
        "packaging": (root / "requirements" / "test.txt", r"^packaging==(\S+)"),
        "npm's semver": (root / "tests/interop/package.json", r'"semver": "([^"]+)"'),
        "dpkg": (root / "tests/interop/debian.lock", r"^dpkg (\S+) amd64"),
        "rpm": (root / "tests/interop/debian.lock", r"^rpm ([0-9.]+)\S* amd64"),
        "Maven": (root / "tests/interop/debian.lock", r"^libmaven3-core-java ([0-9.]+)\S* amd64"),
        "RubyGems": (root / "tests/interop/debian.lock", r"^ruby-rubygems ([0-9.]+)\S* amd64"),
    }
    lines = dict(
        re.findall(r"^### (\S+)\n(?:(?!###).*\n)*?(Checked (?:once )?against: .*)", VERSIONS, re.MULTILINE)
    )
    assert list(lines) == list(PLAIN_RELEASE)
    tested = {scheme: line for scheme, line in lines.items() if not line.startswith("Checked once")}
    assert lines.keys() - tested.keys() == {"apk", "nuget"}
    for line in tested.values():
        named = re.match(r"Checked against: (.+?) ([0-9][0-9.]*[0-9])", line)
        assert named is not None, line
        file, pattern = sources[named[1]]
        assert re.findall(pattern, file.read_text(encoding="utf-8"), re.MULTILINE) == [named[2]], line


def test_every_scheme_with_an_order_is_on_the_page() -> None:
    """And no other."""
    assert re.findall(r"^### (\S+)$", VERSIONS, re.MULTILINE) == list(PLAIN_RELEASE)


@pytest.mark.parametrize(
    ("text", "version", "inside"),
    [
        ("vers:pypi/2.5rc1|>=2.6", "2.5rc1", True),
        ("vers:pypi/<2.5", "2.5rc1", False),
        ("vers:pypi/1.0", "1.0.0", True),
        ("vers:pypi/>=1.0|!=1.5|<2.0", "1.5.0", False),
        ("vers:pypi/<1.0|>=2.0", "0.1", True),
        ("vers:pypi/<1.0|>=2.0", "99", True),
        ("vers:pypi/<1.0|>=2.0", "1.5", False),
        ("vers:generic/1a", "1a", True),
        ("vers:generic/1a", "1b", False),
    ],
)
def test_the_rules_of_the_page_on_versions(text: str, version: str, inside: bool) -> None:  # noqa: FBT001  a case
    """One case for each step."""
    assert parse_vers(text).contains(version) is inside


@pytest.mark.parametrize(
    "text",
    [
        "vers:pypi/*",
        "vers:pypi/1.0|1.0",
        "vers:pypi/1.0|1.0.0",
        "vers:pypi/2.0|1.0",
        "vers:generic/>=1",
        "vers:pypi/<2.5rc1",
        "vers:pypi/>=1.0|>=2.0",
        "vers:pypi/<1.0|<2.0",
        "vers:pypi/>=1.0|<2.0|!=3.0",
        "vers:pypi/>=1.0|1.5|<2.0",
        "vers:pypi/1.0%20",
        "vers:pypi/%3E1",
    ],
)
def test_ranges_that_are_unusable(text: str) -> None:
    """One for each rule, and for the decoding."""
    with pytest.raises(VersInvalid):
        parse_vers(text)


# --- evaluation


def test_the_page_on_evaluation_has_the_rules_and_ranks_of_the_code() -> None:
    """Each rule in the order in which its reason is reported, and the outcomes from best to worst."""
    text = (PREDICATES / "evaluation.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"\| rule \| not fulfilled if.*?\n\n", text, re.DOTALL)
    listed = dict.fromkeys(re.findall(r"^\| (\w+) \| ", table, re.MULTILINE)[1:])
    assert list(listed) == [rule.__name__ for rule in RULES]
    (ranks,) = re.findall(r"\*\*From best to worst:\*\* (.*?)\.", text, re.DOTALL)
    assert ranks.replace("\n", " ").split(", ") == list(RANKED)
