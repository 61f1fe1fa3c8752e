"""The specification of the predicate: text, schema and reader agree, and the directory stands alone."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
import rfc8785
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement as InTotoStatement

from avow.errors import PredicateInvalid, StatementInvalid, SubjectMismatch
from avow.identity import SignerKey
from avow.statement.in_toto import match_subject, read_statement
from avow.statement.types import PAYLOAD_TYPE, STATEMENT_TYPE_V01
from avow.statement.validity import check_predicate
from avow.subject import Digest, Subject
from avow.verification.evidence import MAX_BYTES, MAX_CITATIONS, MAX_FILES

ROOT: Final = Path(__file__).parent.parent.parent
PREDICATES: Final = ROOT / "predicates"
V01: Final = PREDICATES / "declared-practices" / "v0.1"
SPECIFICATION: Final = (V01 / "spec.md").read_text(encoding="utf-8")
EXAMPLES: Final = sorted((V01 / "examples").glob("*.json"))
SIGNED_AT: Final = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
KEY: Final = SignerKey(spki_sha256="ab" * 32)

Json = dict[str, Any]


def _load(name: str) -> Json:
    found: Json = json.loads((V01 / name).read_text(encoding="utf-8"))
    return found


SCHEMA: Final = _load("schema.json")
STATEMENT_SCHEMA: Final = _load("statement.schema.json")
PRODUCER: Final = jsonschema_rs.validator_for(
    STATEMENT_SCHEMA, registry=jsonschema_rs.Registry([(SCHEMA["$id"], SCHEMA)]), validate_formats=True
)


def reading(statement: Json) -> str:
    """What a reader makes of a statement: `counts`, `unusable` or `unreadable`."""
    payload = json.dumps(statement).encode()
    try:
        read = read_statement(payload, payload_type=PAYLOAD_TYPE)
    except (StatementInvalid, PredicateInvalid):
        return "unreadable"
    try:
        check_predicate(read.predicate, signer=KEY, signed_at=SIGNED_AT)
    except PredicateInvalid:
        return "unusable"
    return "counts"


# --- examples


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_whole_statement(path: Path) -> None:
    """The schema, the reader and in-toto's own library accept it."""
    statement = json.loads(path.read_text(encoding="utf-8"))
    assert [error.message for error in PRODUCER.iter_errors(statement)] == []
    assert reading(statement) == "counts"
    message = json_format.Parse(rfc8785.dumps(statement), statement_pb2.Statement())
    InTotoStatement.copy_from_pb(message).validate()
    assert json_format.MessageToDict(message) == statement


def test_the_examples_show_both_kinds_and_an_extension() -> None:
    """A producer copies what it sees."""
    texts = [path.read_text(encoding="utf-8") for path in EXAMPLES]
    kinds = {json.loads(text)["predicate"]["kind"] for text in texts}
    assert kinds == {"release", "project"}
    assert any(re.search(r'"x_[a-z0-9]+_', text) for text in texts)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_text_names_each_example(path: Path) -> None:
    """With a link."""
    assert f"](examples/{path.name})" in SPECIFICATION


def test_the_example_in_the_text_is_a_whole_statement() -> None:
    """As in-toto's template asks; a producer may write it, and it counts."""
    (text,) = re.findall(r"^## Example\n.*?^```json\n(.*?)^```$", SPECIFICATION, re.MULTILINE | re.DOTALL)
    statement = json.loads(text)
    assert [error.message for error in PRODUCER.iter_errors(statement)] == []
    assert reading(statement) == "counts"


def test_the_text_has_the_parts_of_in_totos_template() -> None:
    """In its order; the changelog is the last."""
    parts = re.findall(r"^## (.+)$", SPECIFICATION, re.MULTILINE)
    assert parts == [
        "Purpose", "Use Cases", "Prerequisites", "Model", "Schema", "Example", "Changelog and Migrations",
    ]  # fmt: skip
    of_schema = re.findall(r"^### (Parsing Rules|Fields)$", SPECIFICATION, re.MULTILINE)
    assert of_schema == ["Parsing Rules", "Fields"]


# --- what the schema refuses, and what a reader does with it


def entry(practice: str, **changed: Any) -> Callable[[Json], None]:
    """Change the entry of a practice in the complete example; None removes a field."""

    def change(predicate: Json) -> None:
        (found,) = (each for each in predicate["practices"] if each["id"] == practice)
        found |= changed
        for name in [name for name, value in changed.items() if value is None]:
            del found[name]

    return change


def evidence(**changed: Any) -> Callable[[Json], None]:
    """One piece of evidence for VUL-01."""
    item = {"type": "repoFile", "resource": {"uri": "https://acme.example/a"}, "retrievedAt": SEEN} | changed
    return entry("VUL-01", evidence=[{name: value for name, value in item.items() if value is not None}])


def field(**changed: Any) -> Callable[[Json], None]:
    """Change fields of the predicate; None removes one, and `scope_source` is `scope.source`."""

    def change(predicate: Json) -> None:
        for name, value in changed.items():
            parent, _, member = name.rpartition("_")
            holder = predicate[parent] if parent else predicate
            if value is None:
                del holder[member]
            else:
                holder[member] = value

    return change


def also(name: str, value: Any) -> Callable[[Json], None]:
    """Repeat an item of a list, with the members of `value`."""
    return lambda predicate: predicate[name].append(predicate[name][0] | value)


def project_with(practice: str) -> Callable[[Json], None]:
    """A statement about a project, with one entry of the complete example."""

    def change(predicate: Json) -> None:
        predicate["kind"] = "project"
        predicate["practices"] = [each for each in predicate["practices"] if each["id"] == practice]

    return change


SEEN: Final = "2026-11-20T09:00:00Z"
SHA: Final = {"sha256": "ab" * 32}
COMMIT: Final = {"gitCommit": "ab" * 20}

REFUSED: Final[tuple[tuple[str, Callable[[Json], None], str], ...]] = (
    ("no kind", field(kind=None), "counts"),
    ("unknown kind", field(kind="product"), "unusable"),
    ("kind of a wrong type", field(kind=["release"]), "unreadable"),
    ("field that is null", lambda each: each.update(integrator=None), "unreadable"),
    ("two entries of one practice", also("practices", {"note": "again"}), "unusable"),
    ("two entries of one letter", also("integrator", {}), "unusable"),
    ("resource that is empty", evidence(resource={}), "counts"),
    ("resource with a name alone", evidence(resource={"name": "SECURITY.md"}), "counts"),
    ("resource at a path", evidence(resource={"uri": "SECURITY.md"}), "counts"),
    ("E1 without an address", evidence(strength="E1", resource={"digest": SHA}), "counts"),
    ("E1 that nobody looked at", evidence(strength="E1", retrievedAt=None), "counts"),
    ("E2 with only a commit", evidence(strength="E2", resource={"digest": COMMIT}), "counts"),
    ("E2 with only SHA-512", evidence(strength="E2", resource={"digest": {"sha512": "ab" * 64}}), "counts"),
    (
        "E2 that nobody looked at",
        evidence(strength="E2", resource={"digest": SHA}, retrievedAt=None),
        "counts",
    ),
    ("E3, which is the consumer's", evidence(strength="E3", resource={"digest": SHA}), "counts"),
    ("unknown strength", evidence(strength="E9"), "counts"),
    ("strength of a wrong type", evidence(strength=3), "unreadable"),
    ("implemented without facts", entry("VUL-01", facts=None), "counts"),
    ("implemented with no fact", entry("VUL-01", facts={}), "counts"),
    ("facts of a wrong type", entry("VUL-01", facts=[]), "unreadable"),
    ("observation without facts", entry("GOV-03", facts=None), "counts"),
    ("observation with no fact", entry("GOV-03", facts={}), "counts"),
    ("blank text", entry("VUL-01", note=" . "), "counts"),
    ("blank coverage", entry("VUL-01", status="partiallyImplemented", coverage=" "), "counts"),
    (
        "blank justification",
        entry(
            "DEP-01", status="notApplicable", reason="noDependencies", justification="-", implementedBy=None
        ),
        "counts",
    ),
    ("blank name of the project", field(scope_project={"name": "..."}), "counts"),
    ("bounds of an unknown scheme", field(scope_versions="vers:acme/>=1|<2"), "counts"),
    ("range without a version", field(scope_versions="vers:pypi/*"), "counts"),
    ("repository at another kind of address", field(scope_source={"uri": "ftp://git.example/a"}), "counts"),
    ("other name that is neither purl nor CPE", field(scope_knownAs=["swid:acme"]), "counts"),
    ("time without a zone", field(validUntil="2028-11-22T10:00:00"), "unreadable"),
    ("time in another zone", field(validUntil="2028-11-22T10:00:00+00:00"), "unreadable"),
    ("leap second", field(validUntil="2028-11-22T10:00:60Z"), "unreadable"),
    ("more digits than nanoseconds", field(validUntil="2028-11-22T10:00:00.0000000001Z"), "unreadable"),
    ("fraction", evidence(observed={"score": 7.5}), "unreadable"),
    ("large integer", evidence(observed={"score": 2**53}), "unreadable"),
    ("what is reserved", field(inherits=[{"payloadSha256": "ab" * 32}]), "counts"),
    ("word about a release in a statement about a project", project_with("REL-05"), "counts"),
    ("word about a release line in a statement about a project", project_with("SUP-01"), "counts"),
    ("field that nobody knows", field(certified=True), "counts"),
    ("extension without its owner's name", field(x=1), "counts"),
    ("fact that nobody knows", entry("VUL-01", facts={"privateReporting": True, "xyz": 1}), "counts"),
    ("no limitations", field(limitations=None), "unreadable"),
    ("other limitations", field(limitations=["none of this is true"]), "unusable"),
    ("no practices", field(practices=[]), "unusable"),
    ("another catalogue", lambda each: each["catalogue"].update(id="acme"), "unusable"),
)

BEYOND_THE_SCHEMA: Final[tuple[tuple[str, Callable[[Json], None], str], ...]] = (
    ("validUntil before declaredAt", field(validUntil="2026-11-22T10:00:00Z"), "unusable"),
    ("declared after the signing", field(declaredAt="2026-11-23T10:00:00Z"), "unusable"),
    ("two assumptions with one id", also("assumptions", {"text": "another"}), "unusable"),
    ("facts that do not support the status", entry("VUL-01", facts={"privateReporting": False}), "counts"),
    ("number written as a fraction", evidence(observed={"score": 7.0}), "unreadable"),
    ("range in the wrong order", field(scope_versions="vers:pypi/<2.5|>=2.4"), "counts"),
    ("words in punctuation of other scripts", entry("VUL-01", note="…"), "counts"),
)
"""What JSON Schema can't say; the text has a list of it."""


def changed(change: Callable[[Json], None]) -> Json:
    statement = copy.deepcopy(_load("examples/complete.json"))
    change(statement["predicate"])
    return statement


@pytest.mark.parametrize(("change", "reader"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_what_a_producer_must_not_write(change: Callable[[Json], None], reader: str) -> None:
    """The schema refuses it, and a reader does with it what the text says."""
    statement = changed(change)
    assert not PRODUCER.is_valid(statement)
    assert reading(statement) == reader


@pytest.mark.parametrize(
    ("change", "reader"), [pytest.param(*row[1:], id=row[0]) for row in BEYOND_THE_SCHEMA]
)
def test_what_a_schema_can_not_say(change: Callable[[Json], None], reader: str) -> None:
    """So that nobody takes the schema for the whole check."""
    statement = changed(change)
    assert PRODUCER.is_valid(statement)
    assert reading(statement) == reader


ACCEPTED: Final[tuple[tuple[str, Callable[[Json], None]], ...]] = (
    ("a resource by its address", evidence(resource={"uri": "pkg:deb/debian/stunnel@5.50-3?arch=amd64"})),
    ("a resource by its digest", evidence(resource={"digest": {"sha1": "ab" * 20, "dirHash1": "x"}})),
    ("a resource by its content", evidence(resource={"content": "eyJhIjogMX0="})),
    (
        "a resource with every field",
        evidence(
            strength="E2",
            resource={
                "name": "SECURITY.md",
                "uri": "git+https://git.example/acme/acmelib@abc#SECURITY.md",
                "digest": {**SHA, **COMMIT, "gitBlob": "ab" * 20},
                "content": "",
                "downloadLocation": "https://git.example/raw/SECURITY.md",
                "mediaType": "text/markdown",
                "annotations": {"twoPartyReview": False, "of": [None, {"deep": 1}]},
            },
        ),
    ),
    ("an extension field", lambda each: each.update(x_acme_ticket={"n": [1, None]})),
    ("pins of an unknown scheme", field(scope_versions="vers:acme/1.0|2.0a")),
    ("a note on evidence", evidence(note="as of the last release")),
    ("a word about a project", project_with("GOV-01")),
    ("a word about a repository", project_with("SRC-03")),
)


@pytest.mark.parametrize("change", [pytest.param(row[1], id=row[0]) for row in ACCEPTED])
def test_what_a_producer_may_write(change: Callable[[Json], None]) -> None:
    """Every legal ResourceDescriptor, and extension fields."""
    statement = changed(change)
    assert [error.message for error in PRODUCER.iter_errors(statement)] == []
    assert reading(statement) == "counts"


SUBJECTS: Final = (
    ("a name and a digest", {"name": "a", "digest": SHA}, True, "counts"),
    ("further digests", {"name": "a", "digest": {**SHA, "sha1": "ab" * 20}}, True, "counts"),
    ("a full descriptor", {"name": "a", "digest": SHA, "mediaType": "application/zip"}, True, "counts"),
    ("no name", {"digest": SHA}, False, "counts"),
    ("a blank name", {"name": " ", "digest": SHA}, False, "counts"),
    ("SHA-1 alone", {"name": "a", "digest": {"sha1": "ab" * 20}}, False, "counts"),
    ("a commit alone", {"name": "a", "digest": COMMIT}, False, "counts"),
    ("a damaged digest", {"name": "a", "digest": {"sha256": "ab"}}, False, "unreadable"),
    ("no digest", {"name": "a"}, False, "unreadable"),
    ("an empty digest", {"name": "a", "digest": {}}, False, "unreadable"),
    ("a name of a wrong type", {"name": 1, "digest": SHA}, False, "unreadable"),
)


@pytest.mark.parametrize(
    ("subject", "writes", "reader"), [pytest.param(*row[1:], id=row[0]) for row in SUBJECTS]
)
def test_subjects(subject: Json, reader: str, *, writes: bool) -> None:
    """One that nobody can find stays readable, for the others beside it, and matches nothing."""
    statement = _load("examples/complete.json") | {"subject": [subject]}
    assert PRODUCER.is_valid(statement) is writes
    assert reading(statement) == reader


@pytest.mark.parametrize(
    ("changed_field", "reader"),
    [
        ({"_type": STATEMENT_TYPE_V01}, "counts"),
        ({"_type": "https://in-toto.io/Statement/v2"}, "unreadable"),
        ({"predicateType": "https://example.org/x"}, "unreadable"),
        ({"subject": []}, "unreadable"),
    ],
)
def test_the_statement_around_the_predicate(changed_field: Json, reader: str) -> None:
    """A producer writes v1 alone; a reader accepts the older type, which some signers still write."""
    statement = _load("examples/complete.json") | changed_field
    assert not PRODUCER.is_valid(statement)
    assert reading(statement) == reader


def test_a_digest_that_is_too_weak_matches_nothing() -> None:
    """Not even the artefact itself, by another digest of it."""
    weak = _load("examples/complete.json") | {"subject": [{"name": "a", "digest": {"sha1": "ab" * 20}}]}
    read = read_statement(json.dumps(weak).encode(), payload_type=PAYLOAD_TYPE)
    asked = Subject(name="a", digests=(Digest(algorithm="sha256", value="ab" * 32),))
    with pytest.raises(SubjectMismatch, match="strong enough"):
        match_subject(read.subjects, asked)


def test_the_declaration_is_made_before_it_is_signed() -> None:
    """By no more than a minute of difference between two clocks, as the text says."""
    statement = changed(field(declaredAt="2026-11-22T10:06:00Z"))
    read = read_statement(json.dumps(statement).encode(), payload_type=PAYLOAD_TYPE)
    check_predicate(read.predicate, signer=KEY, signed_at=SIGNED_AT)
    with pytest.raises(PredicateInvalid):
        check_predicate(read.predicate, signer=KEY, signed_at=SIGNED_AT - timedelta(seconds=1))
    assert "a minute" in SPECIFICATION


def test_the_text_says_what_the_schema_can_not() -> None:
    """Each is a line of the list in the section on the schema."""
    (section,) = re.findall(r"### What the schemas can't say.*?\n#", SPECIFICATION, re.DOTALL)
    assert section.count("\n- ") >= len(BEYOND_THE_SCHEMA)


def test_the_bounds_of_evidence_are_stated() -> None:
    """As the code has them."""
    found = re.search(r"([\d,]+) citations of evidence, ([\d,]+) files and (\d+) MiB", SPECIFICATION)
    assert found is not None
    assert [int(each.replace(",", "")) for each in found.groups()] == [
        MAX_CITATIONS,
        MAX_FILES,
        MAX_BYTES // 2**20,
    ]


def test_the_order_of_the_template() -> None:
    """in-toto's predicate template fixes the sections and their order."""
    headings = re.findall(r"^#{2,3} (.+)$", SPECIFICATION, re.MULTILINE)
    template = (
        "Purpose", "Use Cases", "Prerequisites", "Model", "Schema", "Parsing Rules", "Fields", "Example",
        "Changelog and Migrations",
    )  # fmt: skip
    assert [each for each in headings if each in template] == list(template)


def test_every_field_is_described() -> None:
    """Each property of the schema, under its name, in the section on fields."""
    (section,) = re.findall(r"### Fields\n.*?\n## ", SPECIFICATION, re.DOTALL)
    free = {"Json", "Resource"}
    models = [
        SCHEMA,
        *(
            each
            for name, each in SCHEMA["$defs"].items()
            if not name.startswith("facts-") and name not in free
        ),
    ]
    names = {name for model in models for name in model.get("properties", ())}
    assert {name for name in names if f"`{name}`" not in section} == set()


# --- the directory stands alone


PAGES: Final = sorted(path.relative_to(PREDICATES) for path in PREDICATES.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_refers_to_nothing_outside(page: Path) -> None:
    """Whoever has only this directory can follow every link, and needs nothing else of the project."""
    text = re.sub(r"<!--.*?-->", "", (PREDICATES / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)", text):
        target = (PREDICATES / page).parent / link.partition("#")[0]
        assert target.exists(), link
        assert target.resolve().is_relative_to(PREDICATES.resolve()), link
    named = re.findall(r"(?<![\w/.-])(?:docs/[\w-]+|src/avow|tests/(?:unit|vectors|support)|tools/\w+)", text)
    assert named == []


def test_the_map_names_every_page() -> None:
    """And says of each whether it is normative."""
    text = (PREDICATES / "README.md").read_text(encoding="utf-8")
    rows = dict(
        re.findall(r"^\| [\w ]*\[[^\]]+\]\(([^)]+)\) \|.*\| (normative|informative) \|$", text, re.MULTILINE)
    )
    assert {str(page) for page in PAGES} - {"README.md"} <= rows.keys()


@pytest.mark.parametrize("page", ["considerations.md", "governance.md"])
def test_the_new_pages_are_linked(page: str) -> None:
    """From the first page that people read, and from the specification."""
    assert f"]({page})" in (PREDICATES / "principles.md").read_text(encoding="utf-8")
    assert f"](../../{page})" in SPECIFICATION


def test_the_licence_texts_are_beside_it() -> None:
    """The whole text where it may be copied, and an address with its identifier where it is not here."""
    notice = (PREDICATES / "LICENSE.txt").read_text(encoding="utf-8")
    apache = (PREDICATES / "LICENSE-APACHE-2.0.txt").read_text(encoding="utf-8")
    assert apache == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "LICENSE-APACHE-2.0.txt" in notice
    assert "SPDX-License-Identifier: CC-BY-4.0 OR Apache-2.0" in notice
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in notice
