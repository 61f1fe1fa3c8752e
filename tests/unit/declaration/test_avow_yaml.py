"""avow.yaml is read strictly; all errors are reported together, each with its place and its fix."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avow.catalogue.facts import FactType
from avow.catalogue.practices import RESERVED_KEYS, Practice, load_catalogue
from avow.declaration.avow_yaml import (
    ASSUMPTIONS_PRACTICE,
    DEFAULT_VALIDITY_MONTHS,
    FORMAT,
    INTEGRATOR_LETTERS,
    PRACTICE_KEYS,
    Declaration,
    Note,
    parse_declaration,
)
from avow.errors import InputInvalid, Problem
from avow.subject import Digest
from avow.values import thaw
from avow.vocabulary import Status

CATALOGUE = load_catalogue()
TODAY = date(2026, 11, 22)
VECTORS = Path(__file__).parents[2] / "vectors" / "declarations"
CASES = sorted(path.name for path in VECTORS.iterdir())

HEAD = """avow: "0.1"
project: {name: acmelib}
declarant: {relationship: maintainer}
"""


def read(text: str | bytes, *, today: date = TODAY) -> Declaration:
    data = text.encode() if isinstance(text, str) else text
    return parse_declaration(data, source="avow.yaml", catalogue=CATALOGUE, today=today)


def problems_of(text: str | bytes, *, today: date = TODAY) -> tuple[Problem, ...]:
    try:
        read(text, today=today)
    except InputInvalid as error:
        refused = error
    else:
        return ()
    assert refused.problems
    return refused.problems


def notes_with_a_line(text: str) -> list[Note]:
    return [note for note in read(text).notes if note.line]


def practice(practice_id: str, *lines: str) -> str:
    return f"{HEAD}practices:\n  {practice_id}:\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize("case", CASES)
def test_vector(case: str) -> None:
    """Each vector is refused with exactly the errors that it lists, or accepted if it lists none.

    A `fix` that ends in a colon is only the beginning: a sentence of the catalogue follows.
    """
    directory = VECTORS / case
    expected = json.loads((directory / "problems.json").read_text(encoding="utf-8"))
    readme = (directory / "README.md").read_text(encoding="utf-8")
    assert ("Refused." if expected else "Accepted.") in readme
    found = problems_of((directory / "avow.yaml").read_bytes())
    assert [
        {"place": problem.place, "practice": problem.practice, "message": problem.message}
        for problem in found
    ] == [{key: text for key, text in problem.items() if key != "fix"} for problem in expected]
    for problem, wanted in zip(found, expected, strict=True):
        if wanted["fix"].endswith(":"):
            assert problem.fix.startswith(wanted["fix"])
        else:
            assert problem.fix == wanted["fix"]


def test_every_part_is_kept() -> None:
    """Every part of the complete vector is kept under its name, in wire form."""
    declaration = read((VECTORS / "complete" / "avow.yaml").read_bytes())
    assert declaration.project.model_dump() == {
        "name": "acmelib",
        "url": "https://acme.example",
        "source": "https://git.example/acme/acmelib",
        "purl": "pkg:pypi/acmelib",
    }
    assert declaration.requests == "https://acme.example/questions"
    declarant = declaration.declarant.model_dump()
    assert declarant == {
        "relationship": "steward",
        "organization": {
            "name": "Acme Foundation",
            "legal_entity": True,
            "website": "https://foundation.example",
        },
        "role": "release manager",
        "contact": "security@acme.example",
        "funded_by": ("Acme Fund",),
        "support_offers": ("https://acme.example/support",),
    }
    assert declaration.scope.model_dump() == {
        "versions": "vers:pypi/>=2.4|<2.5",
        "valid_for_months": 24,
        "known_as": ("pkg:deb/debian/python-acmelib", "cpe:2.3:a:acme:acmelib:*:*:*:*:*:*:*:*"),
    }
    assert [entry.id for entry in declaration.practices] == [
        entry.id for entry in CATALOGUE.practices if declaration.practice(entry.id)
    ]
    contact = declaration.practice("VUL-01")
    assert contact is not None
    assert thaw(contact.facts) == {
        "privateReporting": True,
        "contacts": [
            {"kind": "forgePrivateReport", "value": "https://git.example/acme/acmelib/security/new"},
            {"kind": "email", "value": "security@acme.example"},
        ],
    }
    file, page, insights = contact.evidence
    assert (file.kind, file.target, file.type, file.note) == (
        "file",
        "SECURITY.md",
        "repoFile",
        "the first section",
    )
    assert page.digest == Digest(algorithm="sha256", value="0" * 64)
    assert page.retrieved_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert (insights.kind, insights.type) == ("securityInsights", "securityInsights")
    review = declaration.practice("SRC-03")
    assert review is not None
    assert (review.status, review.coverage, review.implemented_by) == (
        Status.PARTIAL,
        "enforced on release branches only",
        "hostingPlatform",
    )
    assert review.tracking_url == "https://git.example/acme/acmelib/issues/7"
    (scorecard,) = review.evidence
    assert (scorecard.type, scorecard.check) == ("scorecardResult", "Code-Review")
    assert scorecard.retrieved_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert scorecard.tool is not None
    assert (scorecard.tool.name, scorecard.tool.version) == ("scorecard", "5.5.0")
    assert [(entry.ref, entry.handling) for entry in declaration.integrator] == [
        ("I.2.a", "unknown"),
        ("I.2.b", "addressed"),
        ("I.2.e", "integrator"),
        ("I.2.h", "partiallyAddressed"),
        ("I.2.m", "notRelevant"),
    ]
    untrusted = declaration.practice("DEP-03")
    assert untrusted is not None
    assert (untrusted.reason, untrusted.justification) == (
        "noDependencies",
        "uses the standard library alone",
    )


def test_facts_can_not_be_changed() -> None:
    """Facts are read-only, including nested records."""
    entry = read((VECTORS / "complete" / "avow.yaml").read_bytes()).practice("VUL-01")
    assert entry is not None
    with pytest.raises(TypeError):
        cast("dict[str, Any]", entry.facts)["privateReporting"] = False
    with pytest.raises(TypeError):
        entry.facts["contacts"][0]["kind"] = "web"


def test_entries_keep_their_lines() -> None:
    """Later steps can point to the place in the file."""
    text = practice(
        "TST-04", "status: notImplemented", 'reviewedAt: "2026-11-20"', "evidence:", "- file: a.txt"
    )
    (entry,) = read(text).practices
    assert (entry.line, entry.evidence[0].line) == (5, 9)


def test_assumptions_are_the_facts_of_their_practice() -> None:
    """They are written once, at the top level, and support the status implemented of DOC-05."""
    declaration = read((VECTORS / "complete" / "avow.yaml").read_bytes())
    entry = declaration.practice(ASSUMPTIONS_PRACTICE)
    assert entry is not None
    assert thaw(entry.facts)["assumptions"] == [
        {"id": "A1", "text": "the process runs without privileges", "ifViolated": "parser bugs reach root"}
    ]
    (assumption,) = declaration.assumptions
    assert (assumption.id, assumption.if_violated) == ("A1", "parser bugs reach root")


def test_assumptions_alone_declare_no_practice() -> None:
    """Listing an assumption does not declare DOC-05."""
    declaration = read(HEAD + "practices: {}\nassumptions: [{id: A1, text: x, ifViolated: y}]\n")
    assert len(declaration.assumptions) == 1
    assert declaration.practices == ()


def test_practices_left_out_are_unknown() -> None:
    """The smallest declaration says nothing; there is a note for each of the most asked practices."""
    declaration = read(HEAD + "practices: {}\n")
    assert (declaration.practices, declaration.integrator, declaration.assumptions) == ((), (), ())
    assert declaration.requests is None
    assert declaration.practice("VUL-01") is None
    assert declaration.scope.valid_for_months == DEFAULT_VALIDITY_MONTHS
    assert [note.practice for note in declaration.notes] == [
        entry.id for entry in CATALOGUE.practices if entry.asked
    ]
    assert {note.line for note in declaration.notes} == {0}


def test_a_draft_has_a_note_with_its_line() -> None:
    """`draft: true` is not an error, but noted, so that nobody signs it unread."""
    text = practice("TST-04", "draft: true", "status: notImplemented")
    assert [(note.line, note.practice) for note in notes_with_a_line(text)] == [(5, "TST-04")]
    (entry,) = read(text).practices
    assert entry.draft
    assert entry.reviewed_at is None


def test_gaps_of_a_draft_are_notes() -> None:
    """An implemented draft without its facts is unfinished, not wrong."""
    text = practice("TST-03", "draft: true", "status: implemented")
    assert [note.line for note in notes_with_a_line(text)] == [5, 7]
    assert problems_of(text.replace("draft: true", 'reviewedAt: "2026-11-20"')) != ()


def test_a_draft_must_be_well_formed() -> None:
    """What a draft does say must be valid."""
    (problem,) = problems_of(practice("TST-03", "draft: true", "memorySafeShare: most of it"))
    assert (problem.line, problem.practice) == (7, "TST-03")


def test_an_observation_that_says_nothing_is_a_note() -> None:
    """It is not wrong, but every reader counts it as unknown; of a draft a person still has to read it."""
    text = HEAD + 'practices:\n  GOV-03:\n    reviewedAt: "2026-11-20"\n    lastCommit: "2026-11-19"\n'
    (note,) = notes_with_a_line(text)

    assert note.practice == "GOV-03"
    assert note.message == "counts as unknown: lifecycleState is missing but must be given"
    assert notes_with_a_line(text + "    lifecycleState: active\n") == []
    assert len(notes_with_a_line(text + "    draft: true\n")) == 1


def test_notes_are_in_the_order_of_the_file() -> None:
    """Notes with a line come first, then the unanswered questions."""
    lines = [note.line for note in read(HEAD + "practices:\n  VUL-02:\n  VUL-01:\n").notes]
    assert lines[:2] == [5, 6]
    assert set(lines[2:]) == {0}


def test_plain_http_is_noted() -> None:
    """Plain http is accepted, because some projects have nothing else, and noted at its place."""
    text = practice(
        "VUL-04",
        "status: implemented",
        'reviewedAt: "2026-11-20"',
        "feeds:",
        "- atom: http://acme.example/feed",
        "- {kind: rss, url: http://acme.example/rss}",
        "evidence:",
        "- url: http://acme.example/security",
    ).replace("{name: acmelib}", "{name: acmelib, url: http://acme.example}")
    found = [(note.line, note.practice) for note in notes_with_a_line(text)]
    assert found == [(2, ""), (9, "VUL-04"), (10, "VUL-04"), (12, "VUL-04")]


def test_a_reason_that_needs_confirmation_is_noted() -> None:
    """The catalogue does not list the reason `other`, so an integrator must confirm it."""
    text = practice(
        "DEP-03", "status: notApplicable", 'reviewedAt: "2026-11-20"', "reason: other", "justification: x"
    )
    assert [note.line for note in notes_with_a_line(text)] == [8]
    assert notes_with_a_line(text.replace("reason: other", "reason: noDependencies")) == []


@pytest.mark.parametrize(("today", "problems"), [(date(2026, 11, 20), 0), (date(2026, 11, 19), 1)])
def test_the_day_of_review_may_be_today(today: date, problems: int) -> None:
    """A review can be dated today, but not tomorrow."""
    text = practice("TST-04", "status: notImplemented", 'reviewedAt: "2026-11-20"')
    assert len(problems_of(text, today=today)) == problems


def test_support_is_judged_on_the_day_it_is_read() -> None:
    """The facts of the same file support its status until support ends."""
    text = practice(
        "SUP-01",
        "status: implemented",
        'reviewedAt: "2026-11-20"',
        "lines: [{versions: vers:pypi/2.4, securityUntil: 2029-06-30}]",
    )
    assert problems_of(text, today=date(2029, 6, 29)) == ()
    (problem,) = problems_of(text, today=date(2029, 6, 30))
    assert problem.practice == "SUP-01"


def test_a_wrong_fact_is_reported_once() -> None:
    """A fact of the wrong type is not reported again as a missing one."""
    text = practice(
        "VUL-01",
        "status: implemented",
        'reviewedAt: "2026-11-20"',
        "privateReporting: yes",
        "contacts: [{email: a@acme.example}]",
    )
    (problem,) = problems_of(text)
    assert (problem.line, problem.column) == (8, 23)


@pytest.mark.parametrize(
    ("written", "months"), [("24 months", 24), ("1 month", 1), ("5 years", 60), ("60 months", 60)]
)
def test_validity_counts_in_months(written: str, months: int) -> None:
    """Months and years are accepted up to the limit."""
    assert read(f"{HEAD}practices: {{}}\nscope: {{validFor: {written}}}\n").scope.valid_for_months == months


@pytest.mark.parametrize("written", ["61 months", "0 months", "1.5 years", "24", "[24]", "2 years ", ""])
def test_validity_is_bounded(written: str) -> None:
    """Anything else is an error; YAML itself trims `2 years `."""
    found = problems_of(f"{HEAD}practices: {{}}\nscope:\n  validFor: {written}\n")
    assert len(found) == (0 if written == "2 years " else 1)


@pytest.mark.parametrize("written", ["no", "viaSteward", "https://acme.example/ask"])
def test_values_of_requests(written: str) -> None:
    """A word or a URL is accepted; `no` is not a boolean here."""
    assert read(f"{HEAD}practices: {{}}\nrequests: {written}\n").requests == written


def test_an_organization_may_be_a_name() -> None:
    """The short form is accepted."""
    text = HEAD.replace("maintainer}", "maintainer, organization: Acme OSS}") + "practices: {}\n"
    organization = read(text).declarant.organization
    assert organization is not None
    assert (organization.name, organization.legal_entity) == ("Acme OSS", None)


@pytest.mark.parametrize(
    "part",
    [
        'scope: {versions: ""}',
        'scope: {knownAs: [""]}',
        'requests: ""',
        'assumptions: [{id: "", text: x, ifViolated: y}]',
        'assumptions: [{id: A1, text: ".", ifViolated: y}]',
        'integrator: {I.2.e: {handling: addressed, provided: " - "}}',
    ],
)
def test_an_empty_text_is_reported_once(part: str) -> None:
    """An empty text is not reported again as an invalid range, purl or id."""
    assert len(problems_of(f"{HEAD}practices: {{}}\n{part}\n")) == 1


def test_an_empty_purl_is_reported_once() -> None:
    """The same is true for the purl of the project."""
    (problem,) = problems_of(HEAD.replace("acmelib}", 'acmelib, purl: ""}') + "practices: {}\n")
    assert (problem.line, problem.message) == (2, "purl is empty")


def test_keys_of_every_practice_agree_with_the_catalogue() -> None:
    """No fact of the catalogue has the name of one of our keys."""
    assert set(PRACTICE_KEYS) == RESERVED_KEYS


def test_vocabularies_agree_with_the_catalogue() -> None:
    """Every handling has its texts, and the words for status are those of the code."""
    letters = {"handling": "unknown"}
    for handling in CATALOGUE.vocabularies["handling"]:
        entry = {**letters, "handling": handling}
        needed = {
            problem.fix.removeprefix("add ")
            for problem in problems_of(_document(integrator={"I.2.a": entry}))
        }
        filled = entry | dict.fromkeys(needed, "x")
        assert problems_of(_document(integrator={"I.2.a": filled})) == ()
    assert set(CATALOGUE.vocabularies["status"]) == set(Status)


def test_reading_loads_neither_sigstore_nor_requests() -> None:
    """`avow check` starts without the heavy packages."""
    script = (
        "import sys, datetime\n"
        "from avow.catalogue.practices import load_catalogue\n"
        "from avow.declaration.avow_yaml import parse_declaration\n"
        "parse_declaration(sys.stdin.buffer.read(), source='x', catalogue=load_catalogue(),"
        " today=datetime.date(2026, 11, 22))\n"
        "print(sorted({'sigstore', 'requests', 'cryptography'} & sys.modules.keys()))\n"
    )
    text = (VECTORS / "complete" / "avow.yaml").read_bytes()
    run = subprocess.run([sys.executable, "-c", script], input=text, capture_output=True, check=True)
    assert run.stdout == b"[]\n"


# Any declaration at all


def _document(**parts: Any) -> str:
    whole = {
        "avow": FORMAT,
        "project": {"name": "acmelib"},
        "declarant": {"relationship": "maintainer"},
        "practices": {},
    }
    return json.dumps(whole | parts, ensure_ascii=False, indent=1)


_texts = (
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda text: any(each.isalnum() for each in text))
)
_days = st.dates(min_value=date(2000, 1, 1), max_value=TODAY).map(date.isoformat)
_ranges = st.sampled_from(
    ["vers:pypi/2.4", "vers:pypi/>=2.4|<2.5", "vers:npm/1.0.0|>=2.0.0", "vers:generic/1.0"]
)
_urls = st.from_regex(r"https://[a-z]{1,8}\.example(/[a-z]{1,8})?", fullmatch=True)
_pages = st.from_regex(r"https://[a-z]{1,8}\.example/[a-z]{1,8}", fullmatch=True)


def _value(fact: FactType) -> st.SearchStrategy[Any]:
    if fact.type == "list":
        return st.lists(_value(fact.item), max_size=2)
    if fact.type == "record":
        needed = {name: _value(of) for name, of in fact.fields.items() if not of.optional}
        optional = {name: _value(of) for name, of in fact.fields.items() if of.optional}
        return st.fixed_dictionaries(needed, optional=optional)
    scalars: dict[str, st.SearchStrategy[Any]] = {
        "url": _urls,
        "contact": _pages,
        "page": _pages,
        "email": st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True),
        "spdxExpression": st.sampled_from(["MIT", "Apache-2.0 OR MIT", "GPL-2.0-or-later"]),
        "string": _texts,
        "boolean": st.booleans(),
        "integer": st.integers(min_value=0, max_value=fact.maximum),
        "date": _days,
        "dateOrWord": _days | st.sampled_from((*fact.words, "2029-06-30")),
        "versRange": _ranges,
        "digestSet": st.just({"sha256": "0" * 64}),
        "enum": st.sampled_from(fact.values or ("",)),
    }
    return scalars[fact.type]


@st.composite
def _entry(draw: st.DrawFn, described: Practice) -> dict[str, Any]:
    facts = draw(
        st.fixed_dictionaries({}, optional={name: _value(fact) for name, fact in described.facts.items()})
    )
    entry = facts | {"reviewedAt": draw(_days)}
    if described.is_observation:
        return entry
    statuses = set(Status)
    if described.unmet(facts, today=TODAY, version=None, version_in_range=lambda _version, _range: True):
        statuses.remove(Status.IMPLEMENTED)
    entry["status"] = str(draw(st.sampled_from(sorted(statuses))))
    if entry["status"] == Status.PARTIAL:
        entry["coverage"] = draw(_texts)
    if entry["status"] == Status.NOT_APPLICABLE:
        entry["reason"] = draw(st.sampled_from(sorted(CATALOGUE.vocabularies["notApplicableReason"])))
        entry["justification"] = draw(_texts)
    if draw(st.booleans()):
        entry["note"] = draw(_texts)
    return entry


_practices = st.lists(
    st.sampled_from(CATALOGUE.practices), unique_by=lambda entry: entry.id, max_size=5
).flatmap(lambda chosen: st.fixed_dictionaries({described.id: _entry(described) for described in chosen}))


@pytest.mark.slow
@given(_practices, st.sets(st.sampled_from(INTEGRATOR_LETTERS)))
@settings(deadline=None)
def test_valid_declarations_round_trip(practices: dict[str, dict[str, Any]], letters: set[str]) -> None:
    """Every valid declaration is read back as it was written."""
    integrator = {ref: {"handling": "integrator", "leftToIntegrator": ref} for ref in letters}
    declaration = read(_document(practices=practices, integrator=integrator))
    assert {entry.ref for entry in declaration.integrator} == letters
    written_back = {}
    for entry in declaration.practices:
        keys = {
            "reviewedAt": entry.reviewed_at.isoformat() if entry.reviewed_at else None,
            "status": entry.status,
            "coverage": entry.coverage,
            "reason": entry.reason,
            "justification": entry.justification,
            "note": entry.note,
        }
        said = {key: text for key, text in keys.items() if text is not None}
        written_back[entry.id] = thaw(entry.facts) | said
    assert written_back == practices


@pytest.mark.slow
@given(st.data())
@settings(deadline=None)
def test_a_damaged_declaration_is_read_or_refused(data: st.DataObject) -> None:
    """Cut, doubled or replaced text yields a declaration or errors with places, never a crash."""
    text = (VECTORS / "complete" / "avow.yaml").read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    put = data.draw(st.text("[]{}:,-?&*!|>'\"# \n\t\\x09aé", max_size=6) | st.just(text[start:end] * 2))
    for problem in problems_of(text[:start] + put + text[end:]):
        assert problem.line >= 1
        assert problem.message
