"""From a record to the plan: what is new is added, the most urgent first, and the rest stays as it is."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest
from msgspec.structs import replace
from support.plans import KEV, NOW, component, plan, record, vulnerability

from avow.plan import Plan
from avow.planning.due import open_points
from avow.planning.states import ProjectState, about_nothing, about_vulnerability, overtaken, states
from avow.planning.update import HEAD, Updated, updated
from avow.record import (
    Assumption,
    Component,
    Declaration,
    EndOfLife,
    SurveyRecord,
    Upstream,
    VexWord,
    Vulnerability,
)
from avow.vocabulary import Voice

ANVIL: Final = component(1, "anvil")
HAMMER: Final = component(2, "hammer")


def added(text: str, known: Plan, found: list[ProjectState]) -> Updated:
    """The plan with what is new."""
    return updated(text, known, found, today=NOW.date())


def test_a_new_plan_has_what_is_open() -> None:
    """With what a person has to know as comments; what has nothing open is not in it."""
    made = record(
        ANVIL,
        HAMMER,
        component(3, "nail"),
        vulnerabilities=(vulnerability("CVE-2099-1", "c1"),),
        end_of_life=(EndOfLife(component="c2", product="hammer", cycle="1", by="purl", state="eol"),),
    )
    found = added("", Plan(), states(made, Plan()))
    assert (found.projects, found.vulnerabilities, found.not_written) == (2, 1, ())
    assert found.text == (
        HEAD.replace("upstreams: []\n", "upstreams:\n")
        + "  # anvil 1.0.0\n"
        + '  - upstream: "pkg:npm/anvil"\n'
        + "    vulnerabilities:\n"
        + "      - id: CVE-2099-1\n"
        + "        # anvil 1.0.0; fixed in 2.0.0\n"
        + "        answer: open\n"
        + "        report:\n"
        + "          state: known\n"
        + "          source: GHSA-CVE-2099-1 names the fixed version 2.0.0\n"
        + '          date: "2026-11-02"\n'
        + "  # hammer 1.0.0; support has ended: hammer 1\n"
        + '  - upstream: "pkg:npm/hammer"\n'
    )
    assert [each.upstream for each in plan(found.text).upstreams] == ["pkg:npm/anvil", "pkg:npm/hammer"]


def test_assumptions_of_use_are_shown() -> None:
    """Where a person says what the product relies on; they are a declaration's words, so only a comment."""
    said = Declaration(
        kind="declaration",
        voice=Voice.PROJECT_SIGNED,
        components=("c1",),
        upstream="u1",
        basis="digest",
        source="a.json",
        assumptions=(
            Assumption(id="A-1", text="input is not from strangers", if_violated="x"),
            Assumption(id="A-2", text="one\nline: # 'x'", if_violated="x"),
        ),
    )
    made = record(ANVIL, vulnerabilities=(vulnerability("CVE-1", "c1"),), declarations=(said,))
    text = added("", Plan(), states(made, Plan())).text
    assert (
        "    # reliesOn and verifiedBy: its declaration assumes\n    # - input is not from strangers\n"
        in text
    )
    assert "    # - one\\u000aline: # 'x'\n" in text
    assert len(plan(text).upstreams[0].vulnerabilities) == 1


def test_the_most_urgent_come_first() -> None:
    """Malware, then what is exploited, then what is in most products, then what has most that is open."""
    made = record(
        component(1, "a"),
        component(2, "b"),
        component(3, "c"),
        component(4, "d", sboms=2),
        component(5, "e"),
        vulnerabilities=(
            vulnerability("CVE-2099-1", "c1", "c4"),
            vulnerability("CVE-2099-2", "c2", exploited=KEV),
            vulnerability("MAL-1", "c3", malicious=True),
            vulnerability("CVE-2099-3", "c5"),
            vulnerability("CVE-2099-4", "c5"),
        ),
    )
    assert [each.upstream.label for each in states(made, Plan())] == ["c", "b", "d", "e", "a"]
    text = added("", Plan(), states(made, Plan())).text
    assert "# b 1.0.0; 1 listed as exploited somewhere\n" in text
    assert "# b 1.0.0; listed as exploited by CISA KEV; fixed in 2.0.0\n" in text
    assert "# c 1.0.0; the package itself is malicious; fixed in 2.0.0\n" in text


@pytest.mark.parametrize(
    "more",
    [
        {"fixed": ()},
        {"published": None},
        {"published": date(2026, 11, 25)},
        {"malicious": True},
        {"contested": True},
    ],
)
def test_upstream_is_not_said_to_know(more: dict[str, Any]) -> None:
    """Without a fixed version, a date, or a certain match; and for malware nobody has to know."""
    made = record(ANVIL, vulnerabilities=(vulnerability("CVE-2099-1", "c1", **more),))
    text = added("", Plan(), states(made, Plan())).text
    assert "report" not in text[text.index("upstreams:") :]


DECIDED: Final = """\
avow-plan: 1
# ours
upstreams:
  - upstream: pkg:npm/anvil   # the old one
    vulnerabilities:
      - id: GHSA-1
        components: [pkg:npm/anvil]
        answer: notExploitable
        because: not built in
        source: REV-1
        date: "2026-11-20"
        owner: us
"""


def test_a_decision_is_kept_for_the_next_version() -> None:
    """By any name of the vulnerability; one of a certain version is about that alone."""
    known = vulnerability("CVE-2099-1", "c1", ids=("CVE-2099-1", "GHSA-1"))
    for version in ("1.0.0", "1.1.0"):
        made = record(component(1, "anvil", version=version), vulnerabilities=(known,))
        found = added(DECIDED, plan(DECIDED), states(made, plan(DECIDED)))
        assert (found.text, found.projects, found.vulnerabilities) == (DECIDED, 0, 0)
    narrow = DECIDED.replace("[pkg:npm/anvil]", '["pkg:npm/anvil@1.0.0"]')
    made = record(component(1, "anvil", version="1.1.0"), vulnerabilities=(known,))
    assert added(narrow, plan(narrow), states(made, plan(narrow))).vulnerabilities == 1


def test_what_is_new_is_added_to_an_entry() -> None:
    """Behind what is there, which stays as it was."""
    made = record(ANVIL, vulnerabilities=(vulnerability("CVE-2099-7", "c1", fixed=()),))
    found = added(DECIDED, plan(DECIDED), states(made, plan(DECIDED)))
    item = "      - id: CVE-2099-7\n        # anvil 1.0.0; no fix named\n        answer: open\n"
    assert found.text == DECIDED + item
    assert [each.id for each in plan(found.text).upstreams[0].vulnerabilities] == ["GHSA-1", "CVE-2099-7"]
    bare = "avow-plan: 1\nupstreams:\n  - upstream: pkg:npm/anvil\n"
    found = added(bare, plan(bare), states(made, plan(bare)))
    assert [each.id for each in plan(found.text).upstreams[0].vulnerabilities] == ["CVE-2099-7"]


def test_an_entry_in_brackets_is_left_to_a_person() -> None:
    """And named, with what is missing there."""
    text = "avow-plan: 1\nupstreams:\n  - {upstream: pkg:npm/anvil}\n"
    made = record(ANVIL, HAMMER, vulnerabilities=(vulnerability("CVE-2099-1", "c1", "c2"),))
    found = added(text, plan(text), states(made, plan(text)))
    assert found.not_written == (
        "pkg:npm/anvil: upstreams/0 is written in brackets, or not a mapping; add CVE-2099-1 by hand",
    )
    assert (found.projects, found.vulnerabilities) == (1, 1)
    flow = "avow-plan: 1\nupstreams: [{upstream: pkg:npm/nail}]\n"
    found = added(flow, plan(flow), states(made, plan(flow)))
    assert (found.text, found.projects, found.vulnerabilities) == (flow, 0, 0)
    assert found.not_written == (
        "upstreams is written in brackets; write each entry of upstreams on lines of its own",
    )


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("anvil\u202e", "CVE-2099-1"),
        ("anvil\n# x", "CVE-2099-1"),
        ("anvil", "CVE 2099"),
        ("anvil", "\u202eCVE-1"),
    ],
)
def test_names_that_a_plan_can_not_have(name: str, key: str) -> None:
    """They are named, and do not keep the rest from being added."""
    made = record(
        component(1, name), HAMMER, vulnerabilities=(vulnerability(key, "c1"), vulnerability("CVE-1", "c2"))
    )
    found = added("", Plan(), states(made, Plan()))
    assert (found.projects, found.vulnerabilities) == (1, 1)
    assert len(found.not_written) == 1
    assert found.not_written[0].isprintable()
    assert [each.upstream for each in plan(found.text).upstreams] == ["pkg:npm/hammer"]


def test_foreign_words_beside_a_vulnerability() -> None:
    """They are made safe and cut, and the file can be read again."""
    found = added(
        "",
        Plan(),
        states(
            record(ANVIL, vulnerabilities=(vulnerability("CVE-1", "c1", fixed=("\u202e" + "9" * 5000,)),)),
            Plan(),
        ),
    )
    assert len(plan(found.text).upstreams[0].vulnerabilities[0].report.source) == 300


def test_what_the_record_says_of_a_decision() -> None:
    """For the table; nothing where the vulnerability is gone."""
    made = record(ANVIL, vulnerabilities=(vulnerability("CVE-2099-1", "c1", ids=("CVE-2099-1", "GHSA-1")),))
    known = plan(DECIDED)
    (state,) = states(made, known)
    decision = known.upstreams[0].vulnerabilities[0]
    assert about_vulnerability(decision, state) == "anvil 1.0.0; fixed in 2.0.0"
    (state,) = states(record(ANVIL), known)
    assert about_vulnerability(decision, state) == ""


def test_a_component_without_a_purl() -> None:
    """A decision about a purl is not about it; one about all of the project is."""
    bare = component(1, "anvil")
    made = record(
        Component(id="c1", name=bare.name, upstream="u1", places=bare.places, looked_up=False),
        vulnerabilities=(vulnerability("GHSA-1", "c1"),),
    )
    assert added(DECIDED, plan(DECIDED), states(made, plan(DECIDED))).vulnerabilities == 1
    everything = DECIDED.replace("        components: [pkg:npm/anvil]\n", "")
    assert added(everything, plan(everything), states(made, plan(everything))).vulnerabilities == 0


DUE: Final = """\
avow-plan: 1
upstreams:
  - upstream: pkg:npm/anvil
    due: "2026-11-01"
    acceptedGaps:
      - {practices: [GOV-01], because: small, measure: a second engineer, owner: us, until: "2026-11-23"}
    measures:
      - {practices: [SUP-01], measure: paid support, owner: us, until: "2026-11-24"}
    vulnerabilities:
      - {id: CVE-2099-1, answer: open}
      - {id: CVE-2099-2, answer: openByDecision, because: low, owner: us, until: "2026-12-24"}
      - {id: CVE-2099-3, answer: openByDecision, because: low, owner: us, until: "2026-11-20"}
      - {id: CVE-2099-4, answer: fixed, because: in 2.0.0, ourFix: {}}
      - {id: CVE-2099-5, answer: fixed, because: in 2.0.0, ourFix: {shared: "https://acme.example/1"}}
"""


def test_what_is_open_and_what_fell_due() -> None:
    """On the last day something still counts."""
    found = dict(open_points(plan(DUE), today=date(2026, 11, 24)))
    assert found == {
        "not decided": ["CVE-2099-1 in pkg:npm/anvil"],
        "open by decision": ["CVE-2099-2 in pkg:npm/anvil: by us until 2026-12-24"],
        "ended, to be decided again": [
            "CVE-2099-3 in pkg:npm/anvil: openByDecision until 2026-11-20",
            "pkg:npm/anvil: GOV-01 until 2026-11-23",
        ],
        "due": ["pkg:npm/anvil: 2026-11-01"],
        "not settled whether upstream knows": [
            f"CVE-2099-{number} in pkg:npm/anvil" for number in range(1, 6)
        ],
        "fixed here and not shared": ["CVE-2099-4 in pkg:npm/anvil"],
    }


def named(key: str, *parts: Component, vulnerabilities: tuple[Vulnerability, ...] = ()) -> SurveyRecord:
    """A record in which all components are one upstream project with this key."""
    made = record(*(replace(each, upstream="u1") for each in parts), vulnerabilities=vulnerabilities)
    ids = tuple(each.id for each in parts)
    where = key if key.startswith("https:") else ""
    project = Upstream(id="u1", key=key, label="forge", repository=where, basis="vcs", components=ids)
    return replace(made, upstreams=(project,))


REPOSITORY: Final = "https://github.com/acme/forge"


def test_an_entry_names_its_packages() -> None:
    """Those that it is written for, in whatever version, if its key does not."""
    parts = (ANVIL, component(2, "anvil", version="2.0.0"), HAMMER, component(3, "%40acme/nail"))
    some = replace(parts[1], id="c9"), replace(parts[3], id="c3")
    made = named(
        REPOSITORY, ANVIL, *some, HAMMER, vulnerabilities=(vulnerability("CVE-1", "c1", "c3", "c9"),)
    )
    text = added("", Plan(), states(made, Plan())).text
    assert plan(text).upstreams[0].packages == ("pkg:npm/anvil", "pkg:npm/%40acme/nail")
    assert "packages" not in added("", Plan(), states(named("pkg:npm/anvil", ANVIL), Plan())).text


ENTRY: Final = """\
avow-plan: 1
upstreams:
  - upstream: {key}
    packages: [{package}]
    vulnerabilities:
      - {{id: CVE-1, answer: fixed, because: in the next version}}
"""


@pytest.mark.parametrize(
    ("key", "package", "now", "is_known"),
    [
        (REPOSITORY, "pkg:npm/anvil", REPOSITORY, True),
        (REPOSITORY, "pkg:npm/anvil", "pkg:npm/anvil", True),
        ("pkg:npm/anvil", "pkg:npm/anvil", REPOSITORY, True),
        ("pkg:npm/nail", "pkg:npm/anvil", REPOSITORY, True),
        (REPOSITORY, "pkg:npm/anvil", "https://github.com/other/fork", False),
        (REPOSITORY, "pkg:npm/nail", "pkg:npm/anvil", False),
        (REPOSITORY, "pkg:pypi/anvil", "pkg:npm/anvil", False),
    ],
)
def test_an_entry_is_found_by_its_packages(key: str, package: str, now: str, *, is_known: bool) -> None:
    """Another tool writes the SBOM, and a repository is named or is not; the decisions are the same."""
    made = named(now, ANVIL, vulnerabilities=(vulnerability("CVE-1", "c1"),))
    known = plan(ENTRY.format(key=key, package=package))
    found = states(made, known)
    assert (found[0].undecided == ()) is is_known
    assert (about_nothing(known, found) == []) is is_known


def test_two_entries_about_one_package() -> None:
    """Neither is taken for it: a person has to say which."""
    second = ENTRY.format(key="https://github.com/acme/other", package="pkg:npm/anvil").split("upstreams:\n")[
        1
    ]
    known = plan(ENTRY.format(key=REPOSITORY, package="pkg:npm/anvil") + second)
    found = states(named("pkg:npm/anvil", ANVIL, vulnerabilities=(vulnerability("CVE-1", "c1"),)), known)
    assert len(found[0].undecided) == 1
    assert len(about_nothing(known, found)) == 2


def test_a_fork_is_another_project() -> None:
    """An entry for a package is not that of two repositories that both call it so."""
    fork = replace(component(2, "anvil"), upstream="u2")
    made = record(ANVIL, fork, vulnerabilities=(vulnerability("CVE-1", "c1", "c2"),))
    projects = tuple(
        Upstream(id=f"u{n}", key=key, label=key, repository=key, basis="vcs", components=(f"c{n}",))
        for n, key in ((1, REPOSITORY), (2, "https://github.com/other/fork"))
    )
    known = plan(ENTRY.format(key="pkg:npm/anvil", package="pkg:npm/anvil"))
    assert [len(each.undecided) for each in states(replace(made, upstreams=projects), known)] == [1, 1]
    one = replace(made, components=(ANVIL,), upstreams=projects[:1])
    assert [len(each.undecided) for each in states(one, known)] == [0]


def test_what_is_called_generic_is_another_thing_each_time() -> None:
    """Its name is a word of whoever wrote the SBOM."""
    part = replace(ANVIL, purl="pkg:generic/anvil@1")
    made = named("name:Acme//anvil", part, vulnerabilities=(vulnerability("CVE-1", "c1"),))
    known = plan(ENTRY.format(key=REPOSITORY, package="pkg:generic/anvil"))
    assert len(states(made, known)[0].undecided) == 1
    written = added("", Plan(), states(named(REPOSITORY, part, vulnerabilities=made.vulnerabilities), Plan()))
    assert plan(written.text).upstreams[0].packages == ()


def test_two_projects_of_the_record_are_one_entry() -> None:
    """One version names its repository and the other does not; what is new is added once, and can be read."""
    older = component(2, "anvil", version="0.9.0")
    made = record(
        ANVIL, older, vulnerabilities=(vulnerability("CVE-1", "c1", "c2"), vulnerability("CVE-2", "c2"))
    )
    projects = (
        Upstream(
            id="u1", key=REPOSITORY, label="forge", repository=REPOSITORY, basis="vcs", components=("c1",)
        ),
        Upstream(id="u2", key="pkg:npm/anvil", label="anvil", basis="purl", components=("c2",)),
    )
    text = f"avow-plan: 1\nupstreams:\n  - upstream: {REPOSITORY}\n    packages: [pkg:npm/anvil]\n"
    found = added(text, plan(text), states(replace(made, upstreams=projects), plan(text)))
    assert (found.projects, found.vulnerabilities, found.not_written) == (0, 2, ())
    assert [each.id for each in plan(found.text).upstreams[0].vulnerabilities] == ["CVE-1", "CVE-2"]


@pytest.mark.parametrize(
    ("component_", "purl", "is_known"),
    [
        ("pkg:npm/anvil@1.0.0?repository_url=https://other.example", "pkg:npm/anvil@1.0.0", False),
        (
            "pkg:npm/anvil@1.0.0?repository_url=https://other.example",
            "pkg:npm/anvil@1.0.0?repository_url=https://other.example",
            True,
        ),
        ("pkg:npm/anvil@1.0.0", "pkg:npm/anvil@1.0.0?repository_url=https://other.example", True),
    ],
)
def test_qualifiers_that_a_decision_states(component_: str, purl: str, *, is_known: bool) -> None:
    """They have to be those of the component; what it does not state is free."""
    text = ENTRY.format(key="pkg:npm/anvil", package="pkg:npm/anvil").replace(
        "id: CVE-1", f'id: CVE-1, components: ["{component_}"]'
    )
    made = named("pkg:npm/anvil", replace(ANVIL, purl=purl), vulnerabilities=(vulnerability("CVE-1", "c1"),))
    assert (states(made, plan(text))[0].undecided == ()) is is_known


def test_an_odd_id_costs_itself_only() -> None:
    """The others of the project are added."""
    made = record(ANVIL, vulnerabilities=(vulnerability("ACME 2024/1", "c1"), vulnerability("CVE-1", "c1")))
    found = added("", Plan(), states(made, Plan()))
    assert found.not_written == ("anvil: ACME 2024/1 has characters that the plan can't have",)
    assert [each.id for each in plan(found.text).upstreams[0].vulnerabilities] == ["CVE-1"]


def test_a_plan_has_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most urgent are written, and the rest is named."""
    monkeypatch.setattr("avow.planning.update.MAX_DECISIONS", 1)
    made = record(
        ANVIL,
        HAMMER,
        vulnerabilities=(vulnerability("CVE-1", "c1"), vulnerability("CVE-2", "c2", exploited=KEV)),
    )
    found = added("", Plan(), states(made, Plan()))
    assert [each.upstream for each in plan(found.text).upstreams] == ["pkg:npm/hammer"]
    assert found.not_written == ("anvil: CVE-1; a plan has at most 1 vulnerabilities",)


def test_a_last_version_known_to_be_affected() -> None:
    """Is shown where no fix is named, as a person will look for one after it."""
    found = vulnerability("CVE-2099-1", "c1", fixed=())
    (match,) = found.matches
    made = record(
        ANVIL, vulnerabilities=(replace(found, matches=(replace(match, last_known_affected="1.2"),)),)
    )
    text = added("", Plan(), states(made, Plan())).text
    assert "# anvil 1.0.0; no fix named; last known affected 1.2\n" in text


def test_our_own_vex_is_shown() -> None:
    """Beside what a person decides; another's is not."""
    found = vulnerability("CVE-2099-1", "c1")
    (match,) = found.matches
    words = tuple(
        VexWord(status="not_affected", voice=voice, source="vex.json")
        for voice in (Voice.OWN, Voice.SUPPLIER)
    )
    made = record(ANVIL, vulnerabilities=(replace(found, matches=(replace(match, vex=words[:1]),)),))
    assert (
        "# anvil 1.0.0; fixed in 2.0.0; your VEX says not affected\n"
        in added("", Plan(), states(made, Plan())).text
    )
    made = record(ANVIL, vulnerabilities=(replace(found, matches=(replace(match, vex=words[1:]),)),))
    assert "your VEX" not in added("", Plan(), states(made, Plan())).text


OVERTAKEN: Final = """\
avow-plan: 1
upstreams:
  - upstream: pkg:npm/anvil
    vulnerabilities:
      - {id: CVE-2099-9, answer: fixed, because: it is gone}
      - {id: CVE-2099-2, answer: DECIDED, source: R-1, date: 2026-11-20, owner: us}
"""


@pytest.mark.parametrize(
    ("answer", "day", "lines"),
    [
        ("notExploitable, because: x", date(2026, 11, 21), 1),
        ("notExploitable, because: x", date(2026, 11, 20), 0),
        ("notExploitable, because: x", None, 1),
        ("open", date(2026, 11, 21), 0),
    ],
)
def test_a_list_of_what_is_exploited_came_later(answer: str, day: date | None, lines: int) -> None:
    """Then somebody has to look again; a decision made on the day or later knew it."""
    text = OVERTAKEN.replace("DECIDED", answer)
    if answer == "open":
        text = text.replace(", source: R-1, date: 2026-11-20, owner: us", "")
    listed = tuple(replace(each, added=day) for each in KEV)
    made = record(ANVIL, vulnerabilities=(vulnerability("CVE-2099-2", "c1", exploited=listed),))
    (_, found), (_, still) = overtaken(states(made, plan(text)))
    assert (len(found), still) == (lines, [])
