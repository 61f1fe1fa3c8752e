"""The written draft is read back as it was drafted, whatever foreign text it quotes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.catalogue.facts import says_nothing
from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import parse_declaration
from avow.drafting.found import Found, Hint, Pointer, ProjectFact, Reading
from avow.drafting.merge import DraftEntry, Stated, entries_of
from avow.drafting.render import Head, compliance_page, declaration_text
from avow.statement.predicate import LIMITATION
from avow.values import thaw

TODAY = date(2026, 11, 22)
EVIL = 'x: "y" # {a} `b` <script> [c](https://evil.dev) | @team #1\n- z\u202e\x1b[31m\ud83d\ude00 &amp; *q*'


def head(name: str = "acme", **project: str) -> Head:
    stated = {"name": name, **project}.items()
    facts = {
        key: ProjectFact.model_validate({"field": key, "value": value, "origin": f"a.toml:{number}"})
        for number, (key, value) in enumerate(stated)
    }
    return Head(project=facts, relationship="maintainer", version=None)


def entries(*found: Found, hints: tuple[Hint, ...] = ()) -> dict[str, DraftEntry]:
    reading = Reading(label="a", found=found, hints=hints)
    return entries_of([reading], catalogue=load_catalogue(), link=lambda _: None)[0]


def fact(practice: str, name: str, value: Any) -> Found:
    evidence = Pointer(kind="file", target="SECURITY.md")
    return Found(practice=practice, fact=name, value=value, origin="SECURITY.md:3", evidence=evidence)


def parsed(text: str) -> Any:
    return parse_declaration(text.encode(), source="avow.yaml", catalogue=load_catalogue(), today=TODAY)


def written(the_head: Head, the_entries: dict[str, DraftEntry]) -> str:
    return declaration_text(the_head, the_entries, today=TODAY, sources=("a",))


FULL = (
    fact("VUL-01", "contacts", [{"kind": "email", "value": "security@acme.dev"}]),
    fact("VUL-01", "privateReporting", value=True),
    fact("VUL-01", "languages", ["en", "no", "true", "1e3", "2026-01-01"]),
    fact("VUL-02", "acknowledgeWithinDays", 7),
    fact("VUL-02", "inScope", EVIL),
    fact("GOV-03", "lastCommit", "2026-01-01"),
)


def test_a_draft_reads_back_as_what_was_found() -> None:
    """Every value keeps its type and characters; every entry is a draft without a review."""
    declaration = parsed(written(head(url="https://acme.dev", purl="pkg:pypi/acme"), entries(*FULL)))
    first = declaration.practice("VUL-01")

    assert thaw(first.facts) == {
        "contacts": [{"kind": "email", "value": "security@acme.dev"}],
        "privateReporting": True,
        "languages": ["en", "no", "true", "1e3", "2026-01-01"],
    }
    assert first.status == "implemented"
    assert declaration.practice("VUL-02").facts["acknowledgeWithinDays"] == 7
    assert declaration.practice("VUL-02").status is None
    assert all(practice.draft and practice.reviewed_at is None for practice in declaration.practices)
    assert declaration.project.purl == "pkg:pypi/acme"
    assert declaration.declarant.relationship == "maintainer"


def test_every_entry_says_where_it_is_from() -> None:
    """Origins are next to the facts, other values and hints below them."""
    drafted = entries(*FULL, hints=(Hint(practice="SRC-02", text="seen it", origin="b.json:9"),))
    drafted["VUL-02"].facts["inScope"].others.append("c.md:1 says z instead")
    text = written(head(), drafted)

    assert "privateReporting: true  # from SECURITY.md:3" in text
    assert "# c.md:1 says z instead" in text
    assert "# seen: seen it (b.json:9)" in text
    assert "still open: discloseWithinDays" in text


def test_a_drafted_observation_says_what_it_needs() -> None:
    """It has no status; without what it is about, it would be signed and count as unknown."""
    drafted = entries(fact("GOV-03", "lastCommit", "2026-11-01"))
    lacking = "counts as unknown because:\n    #   lifecycleState is missing but must be given\n"
    assert lacking in written(head(), drafted)
    drafted = entries(fact("GOV-03", "lifecycleState", "active"))
    assert "counts as unknown" not in written(head(), drafted)


def test_what_lacks_only_evidence_says_so() -> None:
    """The conditions hold, but nothing shows it."""
    drafted = entries(*FULL)
    drafted["VUL-01"].evidence.clear()

    assert "still open: it has no evidence yet" in written(head(), drafted)


def test_scorecard_evidence_names_its_check() -> None:
    """The aggregate score is not evidence."""
    drafted = entries()
    drafted["SRC-05"].facts["noOpaqueBinaries"] = Stated(value=True, origin="s.json:1")
    drafted["SRC-05"].evidence.append(Pointer(kind="scorecard", target="s.json", check="Binary-Artifacts"))

    evidence = parsed(written(head(), drafted)).practice("SRC-05").evidence[0]
    assert (evidence.kind, evidence.check) == ("scorecard", "Binary-Artifacts")


def test_answers_about_the_head_are_written() -> None:
    """An answered relationship is not marked as assumed; a version that was found is only mentioned."""
    asked = Head(
        project=head(organization="Acme: OSS", role="lead").project, relationship="steward", version="1.2"
    )
    text = written(asked, entries())
    declaration = parsed(text)

    assert declaration.declarant.relationship == "steward"
    assert declaration.declarant.organization.name == "Acme: OSS"
    assert "the current version seems to be 1.2" in text
    assert "assumed" not in text


def test_nothing_at_all_is_still_a_declaration() -> None:
    """Without entries the mapping is empty, not missing."""
    assert parsed(written(head(), {})).practices == ()


@given(st.text(min_size=1, max_size=60))
def test_any_text_reads_back(text: str) -> None:
    """No text can end its scalar, its line or its comment."""
    cleaned = " ".join(text.split()).strip()
    if says_nothing(cleaned) or not cleaned.isprintable():  # such a text is never drafted
        return
    drafted = entries(fact("VUL-02", "inScope", cleaned))

    assert parsed(written(head(), drafted)).practice("VUL-02").facts["inScope"] == cleaned


@pytest.mark.parametrize(
    "name", ["\u202eevil", "a\x1b[31m", "a\nb: c", "\U000e0041x", '"', "\\", "#", "x #y", "- a"]
)
def test_hostile_names_are_quoted(name: str) -> None:
    """Invisible and structural characters are escaped, so that no text is displayed as another one."""
    text = written(head(name), {})
    line = next(line for line in text.splitlines() if line.startswith("  name: "))

    assert line.isprintable()
    assert line.startswith('  name: "')


def test_the_page_for_people_says_what_it_is() -> None:
    """The page says that it is unsigned and not reviewed, and claims no more than the draft."""
    page = compliance_page(
        head("acme", url="https://acme.dev"), entries(*FULL), catalogue=load_catalogue(), today=TODAY
    )

    assert "Unsigned draft of 2026-11-22" in page
    assert LIMITATION in page
    assert "Implemented (draft, not reviewed)" in page
    assert "<https://acme.dev>" in page
    assert "Not answered." in page
    assert "Observed:" in page
    assert "yes (from SECURITY" in page
    for word in ("certified", "compliant", "Article 25"):
        assert word not in page


def test_foreign_text_has_no_markup_on_the_page() -> None:
    """No heading, link, mention, HTML or code of a foreign file survives."""
    page = compliance_page(head(EVIL), entries(*FULL), catalogue=load_catalogue(), today=TODAY)

    for active in ("<script>", "[c](https", "`b`", "\x1b", "\u202e", " @team", " #1", "\n- z"):
        assert active not in page


def test_no_is_written_as_a_word() -> None:
    """A boolean is yes or no on the page."""
    page = compliance_page(
        head(),
        entries(fact("REL-06", "actionsPinned", value=False)),
        catalogue=load_catalogue(),
        today=TODAY,
    )
    assert ": no (from" in page
