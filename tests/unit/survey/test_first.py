"""What to do first: the order, what is said, and that every action is about something."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from avow.record import (
    Action,
    Component,
    EndOfLife,
    Exploited,
    Match,
    Place,
    Proposal,
    Upstream,
    Vulnerability,
    Why,
)
from avow.survey.first import MOST_ACTIONS, first_actions


def component(number: int, *, upstream: str = "u1", why: Why | None = None) -> Component:
    """A component that was looked up, unless `why` says why not."""
    return Component(
        id=f"c{number}",
        name=f"part-{number}",
        version="1.0",
        upstream=upstream,
        places=(Place(sbom="s1", at=f"/components/{number}"),),
        looked_up=why is None,
        why=why,
    )


def vulnerability(
    key: str, *components: str, malicious: bool = False, exploited: bool = False
) -> Vulnerability:
    """A vulnerability of these components."""
    lists = (Exploited(source="CISA KEV", snapshot="kev.json", cve=key, via="id"),) if exploited else ()
    return Vulnerability(
        key=key,
        ids=(key,),
        malicious=malicious,
        exploited=lists,
        matches=tuple(Match(component=each, advisory=key, spoke="matching") for each in components),
    )


def ended(component: str, product: str, *, state: str = "eol") -> EndOfLife:
    """What a list of support dates says."""
    return EndOfLife(component=component, product=product, by="purl", state=state)


PROPOSAL = Proposal(component="c2", what="it is pkg:npm/part", basis="cpe", row="row")


def actions(
    *components: Component,
    vulnerabilities: Sequence[Vulnerability] = (),
    end_of_life: Sequence[EndOfLife] = (),
    proposals: Sequence[Proposal] = (),
) -> tuple[Action, ...]:
    """The first actions about these components, which come from `u1` and `u2`."""
    return first_actions(
        components=components,
        upstreams=[
            Upstream(id=each, key=f"pkg:npm/{each}", label=f"project {each}", basis="purl", components=())
            for each in ("u1", "u2")
        ],
        vulnerabilities=vulnerabilities,
        end_of_life=end_of_life,
        proposals=proposals,
    )


def test_nothing_to_do() -> None:
    """No action is invented, not for a component that is supported either."""
    assert actions() == ()
    assert actions(component(1), end_of_life=[ended("c1", "anvil", state="supported")]) == ()


def test_the_order() -> None:
    """Malware before what is exploited, before what is known; at most three."""
    found = actions(
        component(1),
        component(2),
        component(3, why=Why.NO_PURL),
        vulnerabilities=[
            vulnerability("CVE-2026-0001", "c1"),
            vulnerability("CVE-2026-0002", "c2", exploited=True),
            vulnerability("MAL-1", "c1", malicious=True),
        ],
        end_of_life=[ended("c1", "anvil")],
        proposals=[PROPOSAL],
    )
    assert [each.vulnerabilities for each in found] == [
        ("MAL-1",),
        ("CVE-2026-0002",),
        ("CVE-2026-0001", "CVE-2026-0002"),
    ]
    assert len(found) == MOST_ACTIONS
    assert found[0].what == "remove part-1 1.0, or show that it is another package"
    assert "CVE-2026-0002" in found[1].what


def test_what_is_malicious_is_not_also_exploited() -> None:
    """It has to be removed; whether it is exploited is not the question any more."""
    found = actions(
        component(1), vulnerabilities=[vulnerability("MAL-1", "c1", malicious=True, exploited=True)]
    )
    assert [each.vulnerabilities for each in found] == [("MAL-1",)]


def test_the_project_with_the_most_vulnerabilities() -> None:
    """With the number, and its components and vulnerabilities alone."""
    (found,) = actions(
        component(1),
        component(2, upstream="u2"),
        component(3, upstream="u2"),
        vulnerabilities=[
            vulnerability("CVE-2026-0001", "c1", "c2"),
            vulnerability("CVE-2026-0002", "c2", "c3"),
        ],
    )
    assert found.what == "look at project u2"
    assert found.why.startswith("2 of the 2 known vulnerabilities are in it")
    assert "more than" in found.why
    assert (found.components, found.vulnerabilities) == (("c2", "c3"), ("CVE-2026-0001", "CVE-2026-0002"))


def test_projects_with_as_many() -> None:
    """None is named before the others; the plan has all."""
    (found,) = actions(
        component(1),
        component(2, upstream="u2"),
        vulnerabilities=[vulnerability("CVE-2026-0001", "c1"), vulnerability("CVE-2026-0002", "c2")],
    )
    assert found.what == "decide about 2 known vulnerabilities in 2 upstream projects (avow plan update)"
    assert found.why == "no upstream project has more than the others"
    assert found.vulnerabilities == ("CVE-2026-0001", "CVE-2026-0002")


def test_one_vulnerability_of_one_project() -> None:
    """In the singular, and compared with nothing."""
    (found,) = actions(component(1), vulnerabilities=[vulnerability("CVE-2026-0001", "c1")])
    assert found.why == "1 of the 1 known vulnerability is in it"


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_a_next_step(why: Why) -> None:
    """Whatever kept a component from being looked up."""
    (found,) = actions(component(1, why=why))
    assert found.what
    assert found.why.startswith("1 component was not looked up because ")
    assert found.components == ("c1",)


def test_the_commonest_reason_decides() -> None:
    """And its number is said."""
    (found,) = actions(
        component(1, why=Why.NO_VERSION), component(2, why=Why.NO_PURL), component(3, why=Why.NO_PURL)
    )
    assert "package URLs" in found.what
    assert found.why.startswith("3 components were not looked up, for 2 of them because ")
    assert found.components == ("c1", "c2", "c3")


@pytest.mark.parametrize(("open_ones", "first"), [(1, "look at"), (2, "ask for versions")])
def test_what_was_not_looked_up_comes_first_where_it_is_most(open_ones: int, first: str) -> None:
    """A list of vulnerabilities says little about a product that was hardly looked at."""
    found = actions(
        component(1),
        *(component(2 + number, why=Why.NO_VERSION) for number in range(open_ones)),
        vulnerabilities=[vulnerability("CVE-2026-0001", "c1")],
    )
    assert found[0].what.startswith(first)
    assert len(found) == 2


def test_support_that_has_ended() -> None:
    """Each product once; more than three are counted."""
    lines = [ended(f"c{number}", f"product {number // 2}") for number in range(2, 11)]
    (found,) = actions(component(1), end_of_life=lines)
    assert found.what == "plan for product 1, product 2, product 3 and 2 more, whose support has ended"
    assert found.components == tuple(f"c{number}" for number in range(2, 11))


def test_proposals_are_to_be_reviewed() -> None:
    """With the command that writes them."""
    (found,) = actions(component(1), component(2), proposals=[PROPOSAL, PROPOSAL])
    assert found.what.startswith("review 2 proposed rows of avow.map")
    assert "avow survey --propose FILE" in found.what
    assert found.components == ("c2",)
