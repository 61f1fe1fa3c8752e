"""`plan.yaml`: what is accepted, and that nothing in it is accepted and then passed over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

import pytest

from avow.errors import InputInvalid
from avow.plan import (
    CLOSED,
    OurFix,
    Plan,
    Told,
    UpstreamPlan,
    UpstreamReport,
    VulnerabilityAnswer,
    VulnerabilityDecision,
    read_plan,
)

NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)

WHOLE: Final = """\
avow-plan: 1
upstreams:
  - upstream: git+https://github.com/Acme/anvil.git
    packages: ["pkg:npm/anvil", "pkg:npm/%40acme/anvil?arch=arm"]
    owner: network team
    due: "2027-01-31"
    ticket: SEC-1
    reliesOn: forging, and nothing else
    verifiedBy: |
      our own tests
    maintainedByUs: {owner: us, patches: "https://git.acme.example/anvil", exit: move to hammer in 2028}
    looks:
      - practices: [VUL-05, VUL-02]
        saw: inPlace
        source: https://github.com/acme/anvil/security
        date: 2026-11-20
        who: product security
        versions: vers:npm/>=1.0.0
        sha256: "3333333333333333333333333333333333333333333333333333333333333333"
        note: three advisories
    acceptedGaps:
      - practices: GOV-01
        because: one maintainer
        measure: a second engineer of ours can build it
        owner: product security
        until: "2027-03-31"
        ticket: SEC-2
    measures:
      - practices: [SUP-01]
        measure: paid support
        owner: purchasing
        until: "2027-03-31"
        source: CTR-7
    vulnerabilities:
      - id: CVE-2099-1001
        components: ["pkg:npm/anvil@1.0.0"]
        answer: notExploitable
        because: the parser is not built in
        source: REV-9
        date: "2026-11-20"
        owner: product security
        report: {state: reported, channel: security@acme.example, date: "2026-11-21", reference: R-1}
        ourFix: {shared: "https://github.com/acme/anvil/pull/1", date: "2026-11-22", licence: MIT}
      - id: CVE-2099-1002
        answer: open
    asked:
      - {date: "2026-11-22", reference: mail, answered: not yet}
    note: a note
  - upstream: pkg:npm/hammer
    owner:
    vulnerabilities:
"""


def read(text: str) -> Plan:
    """The plan in `text`."""
    return read_plan(text.encode(), source="plan.yaml", now=NOW)


def of(lines: str) -> UpstreamPlan:
    """The only entry, of which these are the lines below `upstream`."""
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    return read(f"avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/anvil\n{indented}").upstreams[0]


def decided(line: str) -> VulnerabilityDecision:
    """The only decision, written on one line."""
    return of(f"vulnerabilities:\n  - {{id: CVE-2099-1001, {line}}}").vulnerabilities[0]


def problems(text: str) -> list[str]:
    """What is wrong with it, one line per problem."""
    with pytest.raises(InputInvalid) as refused:
        read(text)
    return [f"{each.line}: {each.message}; {each.fix}" for each in refused.value.problems]


def test_every_key_is_read() -> None:
    """The repository in its normal form, so that the survey's key is the same."""
    first, second = read(WHOLE).upstreams
    assert first.upstream == "https://github.com/acme/anvil"
    assert first.packages == ("pkg:npm/anvil", "pkg:npm/%40acme/anvil?arch=arm")
    assert (first.owner, first.due, first.ticket) == ("network team", date(2027, 1, 31), "SEC-1")
    assert (first.relies_on, first.verified_by) == ("forging, and nothing else", "our own tests")
    assert first.maintained is not None
    assert first.maintained.exit == "move to hammer in 2028"
    (look,) = first.looks
    assert (look.practices, look.in_place, look.on) == (("VUL-05", "VUL-02"), True, date(2026, 11, 20))
    (gap,) = first.gaps
    assert (gap.practices, gap.until, gap.ticket) == (("GOV-01",), date(2027, 3, 31), "SEC-2")
    (measure,) = first.measures
    assert (measure.practices, measure.source) == (("SUP-01",), "CTR-7")
    one, other = first.vulnerabilities
    assert (one.answer, one.components) == (VulnerabilityAnswer.NOT_EXPLOITABLE, ("pkg:npm/anvil@1.0.0",))
    assert one.report == UpstreamReport(
        told=Told.REPORTED, channel="security@acme.example", reference="R-1", on=date(2026, 11, 21)
    )
    assert one.our_fix == OurFix(
        shared="https://github.com/acme/anvil/pull/1", on=date(2026, 11, 22), licence="MIT"
    )
    assert (other.answer, other.report, other.our_fix) == (VulnerabilityAnswer.OPEN, UpstreamReport(), None)
    assert [each.answered for each in first.asked] == ["not yet"]
    assert first.note == "a note"
    assert (second.upstream, second.owner, second.vulnerabilities) == ("pkg:npm/hammer", "", ())


def test_entries_are_found_by_their_key() -> None:
    """As the survey writes it."""
    plan = read(WHOLE)
    found = plan.of("pkg:npm/hammer")
    assert found is not None
    assert WHOLE.splitlines()[found.line - 1] == "  - upstream: pkg:npm/hammer"
    assert plan.of("pkg:npm/nail") is None
    assert len(plan.sha256) == 64


def test_a_decision_to_leave_it_open_closes_nothing() -> None:
    """Accepting is not closing (guidance, points 157 to 163)."""
    assert VulnerabilityAnswer.OPEN_BY_DECISION not in CLOSED
    assert VulnerabilityAnswer.OPEN not in CLOSED


def test_the_owner_of_a_project_owns_its_decisions() -> None:
    """Unless a decision names another."""
    known = read(
        "avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/anvil\n    owner: us\n    vulnerabilities:\n"
        "      - {id: CVE-2099-1, answer: mitigated, measure: the port is closed}\n"
        "      - {id: CVE-2099-2, answer: mitigated, measure: the port is closed, owner: dora}\n"
    )
    assert [each.owner for each in known.upstreams[0].vulnerabilities] == ["us", "dora"]


@pytest.mark.parametrize(
    "line",
    [
        "answer: open",
        "answer: fixed, because: release 2.0.0 of the product has 1.0.1",
        "answer: mitigated, measure: the port is closed, owner: us",
        "answer: mitigated, measure: the port is closed, owner: us, until: 2027-11-24, because: x y",
        "answer: notExploitable, because: not built in, source: REV-9, date: 2026-11-20, owner: us",
        "answer: openByDecision, because: low impact, owner: us, until: 2027-11-24, ticket: SEC-1",
        "answer: open, report: {state: open}",
        "answer: open, report: {state: known, source: GHSA-1, date: 2026-11-01}",
        "answer: open, report: {state: nobodyMaintains, because: archived in 2020}",
        "answer: open, report: {state: onlyOurIntegration, because: we call it wrongly}",
        "answer: open, report: {state: notReliedOn}",
        "answer: open, ourFix: {}",
    ],
)
def test_decisions_that_are_accepted(line: str) -> None:
    """With everything that they need."""
    assert decided(line).id == "CVE-2099-1001"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("answer: accepted", "unknown answer"),
        ("answer: fixed", "fixed needs `because`"),
        ("answer: mitigated, measure: x y", "mitigated needs `owner`"),
        ("answer: notExploitable, because: x y, owner: us", "notExploitable needs `source`"),
        ("answer: openByDecision, because: x y, owner: us", "openByDecision needs `until`"),
        (
            "answer: openByDecision, because: x y, owner: us, until: 2027-11-26",
            "more than 12 months from now",
        ),
        ("answer: open, because: x y", "because means nothing beside open"),
        ("answer: fixed, because: x y, until: 2027-01-01", "until means nothing beside fixed"),
        ("answer: open, report: {state: told}", "unknown state of the report"),
        ("answer: open, report: {state: reported, channel: x}", "reported needs `date`"),
        ("answer: open, report: {state: open, source: x}", "source means nothing beside open"),
        ("answer: open, report: {state: known, source: x, date: 2026-12-24}", "is in the future"),
        ("answer: open, components: [anvil]", "is not a purl"),
        ("answer: open, severity: low", "unknown key"),
        ("answer: open, ourFix: none", "not a mapping"),
    ],
)
def test_decisions_that_are_refused(line: str, words: str) -> None:
    """What is missing, what would not be looked at, and what can't be true."""
    text = (
        "avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/anvil\n    vulnerabilities:\n"
        f"      - {{id: CVE-2099-1001, {line}}}\n"
    )
    assert any(words in each for each in problems(text)), problems(text)


def below(*lines: str) -> str:
    """A plan with one entry, and these lines below its first one."""
    head = ("avow-plan: 1", "upstreams:", "  - upstream: pkg:npm/a")
    return "\n".join((*head, *(f"    {line}" for line in lines)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("avow-plan: 2\nupstreams: []", "this version of Avow reads 1"),
        ("avow-plan: 1", "`upstreams` is missing"),
        ("avow-plan: 1\nupstreams:\n  - owner: us", "`upstream` is missing"),
        ("avow-plan: 1\nupstreams:\n  - upstream: anvil", "is not an upstream project"),
        ("avow-plan: 1\nupstreams:\n  - upstream: pkg:npm", "is not a purl"),
        (below("packages: ['pkg:npm/%40acme/a@1.0']"), "has a version, and an entry is about every one"),
        (below("packages: [anvil]"), "is not a purl"),
        (
            "avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/a@1.0",
            "has a version, and an entry is about every one",
        ),
        (
            "avow-plan: 1\nupstreams:\n  - upstream: pkg:pypi/A_b\n  - upstream: pkg:pypi/a-b",
            "line 3 is about the same upstream project",
        ),
        (f"{below()}\n  - upstream: pkg:npm/a", "line 3 is about the same upstream project"),
        (
            below("vulnerabilities:", "- {id: CVE-2099-1, answer: open}", "- {id: cve-2099-1, answer: open}"),
            "line 5 decides about the same vulnerability",
        ),
        (
            below("vulnerabilities:", "- {id: '1', answer: open}"),
            "is not the id of a vulnerability",
        ),
        (
            below("looks:", "- {practices: [], saw: seen, source: x, date: 2026-12-24, who: us}"),
            "practices is empty",
        ),
        (
            below("acceptedGaps:", "- {practices: X-9, because: x, measure: y, owner: z, until: 2026-12-24}"),
            "unknown practice",
        ),
    ],
)
def test_files_that_are_refused(text: str, words: str) -> None:
    """With the line of each problem."""
    assert any(words in each for each in problems(text)), problems(text)


def test_a_repository_has_one_spelling() -> None:
    """Two addresses of one repository are one upstream project."""
    keys = ("https://github.com/a/b", "git@github.com:A/b.git")
    text = "avow-plan: 1\nupstreams:\n" + "".join(f"  - upstream: {each}\n" for each in keys)
    assert "line 3 is about the same upstream project" in problems(text)[0]


@pytest.mark.parametrize(
    ("practice", "words"),
    [
        ("REL-04", "REL-04 is about one release"),
        ("VUL-05", "VUL-05 differs between release lines"),
        ("[VUL-01, DOC-01]", "DOC-01 differs between release lines"),
    ],
)
def test_a_look_is_as_precise_as_the_practice(practice: str, words: str) -> None:
    """What one saw of one release, or of one release line, says nothing about the project."""
    look = f"- {{practices: {practice}, saw: inPlace, source: x y, date: 2026-11-20, who: us}}"
    assert words in problems(below("looks:", look))[0]


def test_all_problems_are_named_together() -> None:
    """In the order of the file."""
    text = (
        "avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/a\n    looks:\n"
        "      - {practices: VUL-01, saw: seen, source: x, date: 2026-11-25, who: us}\n"
    )
    found = problems(text)
    assert len(found) == 2
    assert "5: unknown word for what was seen" in found[0]
    assert "2026-11-25 is in the future" in found[1]


@pytest.mark.parametrize(
    "key",
    [
        "https://git.acme.example/c/anvil",
        "name:Acme/forge/anvil",
        "own:us",
        "own:supplier/Acme",
        "pkg:generic/anvil",
    ],
)
def test_other_keys_are_taken_as_they_are(key: str) -> None:
    """What no forge or registry knows has the name that the survey gave it."""
    assert read(f"avow-plan: 1\nupstreams:\n  - upstream: {key}\n").upstreams[0].upstream == key
