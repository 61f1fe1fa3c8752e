"""Notes to upstream: what was found, few questions, and nothing as owed."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from msgspec.structs import replace
from support.plans import component, plan, record, vulnerability

from avow.plan import Plan
from avow.planning.notes import MOST_QUESTIONS, DraftedNote, notes
from avow.planning.states import states
from avow.record import Component, EndOfLife, Place, SurveyRecord, Upstream
from avow.vocabulary import Voice

ANVIL: Final = component(1, "anvil")
ENDED: Final = (EndOfLife(component="c1", product="anvil", cycle="1", by="purl", state="eol"),)
UNFIXED: Final = (vulnerability("CVE-2099-1", "c1", fixed=()),)


def drafted(
    made: SurveyRecord,
    known: Plan | None = None,
    *,
    requests: dict[str, str] | None = None,
    spoken: frozenset[str] = frozenset(),
    again: bool = False,
) -> list[DraftedNote]:
    """The notes about the projects of a record."""
    found = states(made, known or Plan())
    return list(notes(found, requests=requests or {}, spoken=spoken, again=again))


def only(made: SurveyRecord, known: Plan | None = None, **more: Any) -> str:
    """The text of the one note."""
    (note,) = drafted(made, known, **more)
    return note.text


def test_a_note_says_what_was_found_and_asks_little() -> None:
    """With thanks, an offer, and that nothing is owed."""
    text = only(record(ANVIL, vulnerabilities=UNFIXED, end_of_life=ENDED))
    assert "we use `anvil 1.0.0` in a product. Thank you for it." in text
    assert "- `CVE-2099-1` (`GHSA-CVE-2099-1`) names no version in which it is fixed." in text
    assert "- A list of support dates says that support of `anvil 1` has ended." in text
    assert len(re.findall(r"^[0-9]\. ", text, re.MULTILINE)) == MOST_QUESTIONS == 3
    assert text.endswith("You owe us nothing; no answer is fine.\n\n[Your name and company]\n")
    assert not re.search(r"must|deadline|within|oblig|CRA|Article|regulation|complian", text, re.IGNORECASE)


def test_nothing_to_say() -> None:
    """What is fixed, and what is malware, is not told to whoever made it."""
    fixed = (vulnerability("CVE-2099-1", "c1"), vulnerability("MAL-1", "c1", malicious=True, fixed=()))
    assert drafted(record(ANVIL, vulnerabilities=fixed)) == []


def test_what_only_our_own_tools_found() -> None:
    """Is not put into a draft that somebody may post in public (Art 13(6))."""
    (match,) = UNFIXED[0].matches
    own = replace(UNFIXED[0], key="PT-7", ids=("PT-7",), matches=(replace(match, spoke="pentest"),))
    assert drafted(record(ANVIL, vulnerabilities=(own,))) == []
    public = replace(own, ids=("PT-7", "CVE-2099-7"))
    text = only(record(ANVIL, vulnerabilities=(public,)))
    assert "- `CVE-2099-7` (`GHSA-CVE-2099-1`) names no version" in text
    assert "PT-7" not in text
    (match,) = own.matches
    public = replace(public, matches=(replace(match, advisory="PT-7"),))
    assert "- `CVE-2099-7` names no version" in only(record(ANVIL, vulnerabilities=(public,)))


def test_a_last_version_that_is_affected() -> None:
    """So a later one has the fix, and nobody is asked for it."""
    (match,) = UNFIXED[0].matches
    last = replace(UNFIXED[0], matches=(replace(match, last_known_affected="1.2.0"),))
    assert drafted(record(ANVIL, vulnerabilities=(last,))) == []


def test_a_project_that_does_not_want_questions() -> None:
    """Gets none, and a note that says what was found; if there is nothing, there is no note."""
    made = record(ANVIL, vulnerabilities=UNFIXED)
    text = only(made, requests={"pkg:npm/anvil": "no"})
    assert "CVE-2099-1" in text
    assert "What we would like to know" not in text
    assert drafted(record(ANVIL), requests={"pkg:npm/anvil": "no"}) == []


@pytest.mark.parametrize("where", ["viaSteward", "https://acme.example/ask"])
def test_a_project_that_takes_questions_elsewhere(where: str) -> None:
    """The note says where they go."""
    text = only(record(ANVIL, vulnerabilities=UNFIXED), requests={"pkg:npm/anvil": where})
    assert f"You take questions elsewhere (`{where}`), so we ask there." in text


def test_a_project_that_has_spoken() -> None:
    """Is not asked where its policy is."""
    text = only(record(ANVIL, vulnerabilities=UNFIXED), spoken=frozenset({"pkg:npm/anvil"}))
    assert "Is there a fix for `CVE-2099-1`" in text
    assert "Security Insights" not in text


ASKED: Final = "avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/anvil\n    asked: [{date: 2026-11-20}]\n"


def test_nobody_is_asked_twice() -> None:
    """Unless a person wants it."""
    made = record(ANVIL, vulnerabilities=UNFIXED)
    assert drafted(made, plan(ASKED)) == []
    assert len(drafted(made, plan(ASKED), again=True)) == 1


@pytest.mark.parametrize(("state", "number"), [("open", 1), ("nobodyMaintains, because: archived", 0)])
def test_what_the_plan_says_of_the_report(state: str, number: int) -> None:
    """What is settled is not told again."""
    text = (
        "avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/anvil\n    vulnerabilities:\n"
        f"      - {{id: CVE-2099-1, answer: open, report: {{state: {state}}}}}\n"
    )
    assert len(drafted(record(ANVIL, vulnerabilities=UNFIXED), plan(text))) == number


def test_many_vulnerabilities_are_counted() -> None:
    """A note is short."""
    many = tuple(vulnerability(f"CVE-2099-{number}", "c1", fixed=()) for number in range(1, 15))
    text = only(record(ANVIL, vulnerabilities=many))
    assert "- 4 more like this." in text
    assert "and 4 more, or a way" in text


def supplied(**more: Any) -> SurveyRecord:
    """Components that are a supplier's own work, and one that is ours."""
    made = record(ANVIL, component(2, "hammer"), **more)
    return SurveyRecord(
        tool=made.tool,
        made=made.made,
        totals=made.totals,
        sboms=(),
        components=(
            Component(
                id="c1",
                name="firmware",
                upstream="u1",
                places=(Place(sbom="s1", at="/components/0"),),
                looked_up=False,
            ),
            made.components[1],
        ),
        upstreams=(
            Upstream(
                id="u1", key="own:supplier/Acme", label="Acme's own work", basis="map", components=("c1",)
            ),
            Upstream(id="u2", key="own:us", label="your own work", basis="map", components=("c2",)),
        ),
        vulnerabilities=made.vulnerabilities,
        end_of_life=made.end_of_life,
    )


def test_a_supplier_has_a_contract() -> None:
    """So it may be asked for what was agreed; our own work gets no note."""
    vulnerabilities = (vulnerability("CVE-2099-1", "c1", "c2", fixed=()),)
    text = only(supplied(vulnerabilities=vulnerabilities, end_of_life=ENDED))
    assert text.startswith("# To `Acme`\n")
    assert "under our contract" in text
    assert len(re.findall(r"^[0-9]\. ", text, re.MULTILINE)) == 3
    assert "You owe us nothing" not in text


def test_a_supplier_without_anything_to_ask() -> None:
    """Everything could be looked up, and nothing was found."""
    made = supplied()
    looked = Component(
        id="c1",
        name="firmware",
        upstream="u1",
        places=(Place(sbom="s1", at="/components/0"),),
        looked_up=True,
    )
    again = SurveyRecord(
        tool=made.tool,
        made=made.made,
        totals=made.totals,
        sboms=(),
        components=(looked,),
        upstreams=made.upstreams[:1],
    )
    assert drafted(again) == []
    assert "have no identifier" in only(made)


def test_names_of_a_stranger_are_code() -> None:
    """They make no link, no mention and no element where the note is shown."""
    name = "[x](http://evil.example) <img src=x> @acme `b`\n# c"
    text = only(record(component(1, name), vulnerabilities=UNFIXED))
    assert "Hello, we use `[x](http://evil.example) <img src=x> @acme 'b'\\u000a# c 1.0.0` in" in text
    outside = re.sub(r"`[^`]*`", "", text)
    assert not re.search(r"evil|img|@|# c", outside)


@pytest.mark.parametrize(("voice", "number"), [(Voice.SUPPLIER, 1), (Voice.OWN, 0)])
def test_a_supplier_s_word_about_a_fix(voice: Voice, number: int) -> None:
    """It is not upstream's, who may not know."""
    (found,) = vulnerability("CVE-2099-1", "c1").matches
    said = replace(found, spoke="findings", voice=voice)
    known = replace(vulnerability("CVE-2099-1", "c1"), matches=(said,))
    assert len(drafted(record(ANVIL, vulnerabilities=(known,)))) == number


def test_two_names_that_differ_in_signs() -> None:
    """Are two files."""
    parts = (component(1, "a.b"), component(2, "a-b"), component(3, "c" * 200), component(4, "c" * 201))
    many = tuple(vulnerability(f"CVE-2099-{n}", f"c{n}", fixed=()) for n in range(1, 5))
    assert len({each.file_name for each in drafted(record(*parts, vulnerabilities=many))}) == 4


def test_names_of_files() -> None:
    """From the key, without anything that a file system would act on."""
    made = record(component(1, "../../etc/x"), vulnerabilities=UNFIXED)
    (note,) = drafted(made)
    assert re.fullmatch(r"[a-z0-9-]+\.md", note.file_name)
    bare = record(ANVIL, vulnerabilities=UNFIXED)
    (note,) = drafted(bare)
    assert (note.upstream, note.file_name) == ("pkg:npm/anvil", "pkg-npm-anvil-42932c9d.md")
