"""The first day: nothing was found, and the report is a work list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.pipeline import COMPONENT, SUBJECT, Setting, declaration, security_contact
from support.virtual_sigstore import NOW

from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import load_profile, profile_names
from avow.report.text import render_text
from avow.report.work_list import STEPS, by_value, is_silence, practices, reference
from avow.results import Finding
from avow.stores import EvidenceDirectory, open_store
from avow.subject import Digest, Subject
from avow.verification.judge import verify
from avow.verification.session import SignerFlags, session_for_flags, session_for_policy
from avow.vocabulary import Outcome, Voice

CATALOGUE = load_catalogue()


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root, a policy, an empty store."""
    return Setting(tmp_path)


def work_list(text: str) -> list[str]:
    """The lines after the heading, without the exit code."""
    lines = text.splitlines()
    (head,) = [n for n, line in enumerate(lines) if line.startswith("No accepted statement says anything")]
    return lines[head:-1]


def silent(practice: str, *, outcome: Outcome = Outcome.UNKNOWN) -> Finding:
    found = CATALOGUE.practice(practice)
    return Finding(
        practice=practice,
        title=found.title if found else practice,
        outcome=outcome,
        required=True,
        voice=Voice.NOBODY,
        reason="no accepted statement",
        next=found.next if found else "look",
        references=(),
    )


def test_the_first_day(setting: Setting) -> None:
    """What to begin with, then the rest by the kind of work; each practice once, with its step and a duty."""
    setting.ask("profile: orc-light")
    lines = work_list(setting.decide().text)
    required = [each.practice for each in load_profile("orc-light").required]
    assert lines[0] == f"No accepted statement says anything about {len(required)} required practices"
    assert lines[1] == "  Begin with"
    assert [lines[2][4:10], lines[4][4:10], lines[6][4:10]] == ["VUL-01", "VUL-03", "VUL-02"]
    assert lines[3] == "            next: find or agree on a reporting path before you need one (Art 13(6))"
    named = [line for line in lines if line.startswith("    ") and line[4:7].isupper()]
    assert sorted(line[4:10] for line in named[: len(required)]) == sorted(required)
    assert "  In your build and test pipeline (7 practices)" in lines
    assert "  Monitor (1 practice)" in lines
    assert lines[-1] == (
        "  To record what you find, or a gap that you accept: --observations FILE (docs/policy.md)"
    )
    assert all(line.count("(CRA ") <= 1 for line in lines)
    assert not any("Art 14" in line for line in lines)  # nobody upstream owes a report


def test_silence_is_counted(setting: Setting) -> None:
    """The word occurs where it is counted, and nowhere else."""
    setting.ask("profile: important-2", 'supportUntil: "2031-01-01"')
    assert "unknown" not in setting.decide().text
    setting.ask("profile: orc-light")
    setting.sign(declaration())
    assert setting.decide().text.count("unknown") == 1


def test_hints_come_first(setting: Setting) -> None:
    """Perhaps only the directory is wrong."""
    text = setting.decide().text
    assert text.index("found no bundle") < text.index("No accepted statement says")
    setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"))
    text = setting.decide().text
    assert text.index("  next       ") < text.index("No accepted statement says")


def test_own_looks_and_decisions_are_shown(setting: Setting) -> None:
    """Nobody signed, and the product passes all the same: the headline says by whose word."""
    path = setting.directory / "own.yaml"
    path.write_text(
        "avow-observations: 1\nobservations: [{practice: VUL-01, for: pkg:pypi/acmelib, saw: inPlace, "
        "source: https://acme.example/security, date: '2026-11-19', who: us}]\n",
        encoding="utf-8",
    )

    def decided() -> str:
        session = session_for_policy(
            setting.policy, identity_only=False, accept_sandbox=False, today=NOW.date(), observations=(path,)
        )
        return setting.decide(session=session, purl=f"{COMPONENT}@2.4.1").text

    text = decided()
    assert f"{COMPONENT}@2.4.1, acmelib-2.4.1.tar.gz   reviewOnly\n  no accepted declaration; what" in text
    assert "  that acmelib-2.4.1.tar.gz is this component is your own word\n" in text
    assert "found no bundle" not in text
    assert "No accepted" not in text
    assert text.endswith("exit 0: policy satisfied\n")
    setting.ask("require: [{practice: VUL-01, relationships: [maintainer]}, {practice: SRC-01}]")
    text = decided()
    assert text.index("found no bundle") < text.index("unknown: us looked on 2026-11-19")
    assert "anything about 1 of 2 required practices" in text
    path.write_text(path.read_text(encoding="utf-8").replace("inPlace", "notInPlace"), encoding="utf-8")
    assert "declaredGap: us looked on 2026-11-19" in decided()


def test_without_a_policy_one_comes_first(setting: Setting) -> None:
    """Own looks and decisions need one."""
    flags = SignerFlags(repo="acme/acmelib", signer_workflow=".github/workflows/release.yml")
    root = setting.directory / "pinned.json"
    session = session_for_flags(root, flags=flags, profile=None, identity_only=False, accept_sandbox=False)
    assert "accept: a policy, and --observations FILE" in setting.decide(session=session).text


def test_a_short_list_is_not_divided(setting: Setting) -> None:
    """Three steps are a beginning and an end."""
    setting.ask("require: [{practice: VUL-01}, {practice: SRC-01}, {practice: TST-01}]")
    lines = work_list(setting.decide().text)
    assert lines[1] == "  What you can do"
    assert len(lines) == 2 + 3 * 2 + 2


def test_what_somebody_spoke_of_is_not_in_it(setting: Setting) -> None:
    """A gap that the project declares has a line of its own, and the count says of how many."""
    setting.ask("require: [{practice: VUL-01}, {practice: SRC-01}]")
    setting.sign(declaration(security_contact(status="notImplemented")))
    lines = work_list(setting.decide().text)
    assert lines[0] == "No accepted statement says anything about 1 of 2 required practices"
    assert not any("VUL-01" in line for line in lines)


def test_nothing_open_nothing_listed(setting: Setting) -> None:
    """Neither where everything is met, nor where no practice is judged, nor for recommendations alone."""
    assert "No accepted statement says" not in setting.decide(identity_only=True).text
    setting.sign(declaration())
    assert "No accepted statement says" not in setting.decide().text


def test_many_recommendations_are_counted(setting: Setting) -> None:
    """Three with their names, then a number."""
    setting.ask("profile: default-low", 'supportUntil: "2031-01-01"')
    text = setting.decide().text
    assert "  Nor about 9 recommended practices\n" in text
    assert "    and 6 more\n" in text


def test_artefacts_with_the_same_list_share_it(setting: Setting) -> None:
    """One that somebody spoke of has its own; of many only the first are named."""
    setting.ask("require: [{practice: VUL-01}, {practice: SRC-01}]")
    setting.sign(declaration())
    others = [
        Subject(name=f"{n}.zip", digests=(Digest(algorithm="sha256", value=f"{n:064x}"),)) for n in range(5)
    ]
    report = verify(
        (SUBJECT, *others),
        session=setting.session(),
        stores=(open_store(str(setting.store)),),
        evidence=EvidenceDirectory(()),
        now=NOW,
    )
    text = "".join(render_text(report))
    assert f"anything about 1 of 2 required practices, for {SUBJECT.name}\n" in text
    assert "anything about 2 required practices, for 0.zip, 1.zip, 2.zip and 2 more\n" in text
    assert text.count("    VUL-01  ") == 1
    assert text.count("--observations") == 1
    assert COMPONENT in text


def test_what_an_unlisted_relationship_says_is_not_silence() -> None:
    """The statement speaks of the practice, so its reason is shown."""
    assert is_silence(silent("VUL-01"))
    assert not is_silence(silent("VUL-01", outcome=Outcome.STALE))


def test_the_order_is_that_of_value() -> None:
    """Core practices first; then as manufacturers ranked them; what the list does not know comes last."""
    ids = ("LIC-01", "VUL-06", "SUP-01", "VUL-01", "NEW-01", "TST-04", "VUL-02")
    found = sorted(map(silent, ids), key=by_value)
    assert [each.practice for each in found] == [
        "VUL-01", "VUL-02", "SUP-01", "LIC-01", "VUL-06", "TST-04", "NEW-01",
    ]  # fmt: skip


@pytest.mark.parametrize("practice", CATALOGUE.practices, ids=lambda practice: practice.id)
def test_every_practice_has_a_place(practice: Any) -> None:
    """A new practice needs one: which kind of work its next step is, and how much it matters."""
    assert practice.id in STEPS
    cited = reference(silent(practice.id))
    assert cited.count("CRA") <= 1
    assert "Art 24" not in cited  # a duty of stewards


def test_a_step_that_cites_the_law_gets_no_second_reference() -> None:
    """One on a line is enough."""
    assert "(Art 13(6))" in silent("VUL-01").next
    assert reference(silent("VUL-01")) == ""
    assert reference(silent("VUL-03")) == " (CRA Annex I Part II (4))"
    assert reference(silent("NEW-01")) == ""


@pytest.mark.parametrize(("count", "said"), [(1, "1 practice"), (0, "0 practices"), (2, "2 practices")])
def test_counted(count: int, said: str) -> None:
    """One is not several."""
    assert practices(count) == said


@pytest.mark.parametrize("profile", profile_names())
def test_a_list_is_no_longer_than_its_practices(setting: Setting, profile: str) -> None:
    """Two lines for each, and a frame around them, whatever is asked."""
    setting.ask(f"profile: {profile}", 'supportUntil: "2031-01-01"')
    lines = work_list(setting.decide().text)
    assert len(lines) <= 2 * len(load_profile(profile).required) + 15
