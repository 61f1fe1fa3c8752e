"""What a plan says about practices, in the form that a policy is judged with."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from msgspec.structs import replace
from support.plans import NOW, component, plan, record

from avow.plan import Plan
from avow.planning.observations import render_observations
from avow.policy.decisions import Decisions, parse_decisions
from avow.record import Upstream

ANVIL: Final = component(1, "anvil")
PLAN: Final = """\
avow-plan: 1
upstreams:
  - upstream: pkg:npm/anvil
    looks:
      - practices: [VUL-01, VUL-02]
        saw: inPlace
        source: https://github.com/acme/anvil/security
        date: "2026-11-20"
        who: product security
        sha256: "3333333333333333333333333333333333333333333333333333333333333333"
        note: "read: twice"
      - practices: VUL-05
        saw: notInPlace
        source: REV-1
        date: "2026-11-20"
        who: us
        versions: vers:npm/1.0.0
    acceptedGaps:
      - practices: [GOV-01, GOV-02]
        because: small
        measure: a second engineer
        owner: us
        until: "2027-03-31"
        ticket: SEC-1
    measures:
      - practices: SUP-01
        measure: paid support
        owner: us
        until: "2027-03-31"
        versions: vers:npm/>=1.0.0
        source: CTR-7
      - {practices: SUP-02, measure: paid support, owner: us, until: "2027-03-31"}
  - upstream: pkg:npm/nail
    looks: [{practices: VUL-01, saw: inPlace, source: x y, date: "2026-11-20", who: us}]
"""


def decisions(text: str) -> Decisions:
    """The file as `avow verify` reads it."""
    return parse_decisions(text.encode(), source="own.yaml", today=NOW.date())


def test_each_practice_of_each_component() -> None:
    """Nothing is lost on the way, and a version that nobody gave is the SBOM's."""
    made = render_observations(plan(PLAN), record(ANVIL, component(2, "hammer")))
    assert (made.entries, made.left_out) == (7, ())
    found = decisions(made.text)
    looks = [
        (each.practice, each.component.text, each.in_place, each.on, each.who, each.note)
        for each in found.looks
    ]
    day = date(2026, 11, 20)
    assert looks == [
        ("VUL-01", "pkg:npm/anvil", True, day, "product security", "read: twice"),
        ("VUL-02", "pkg:npm/anvil", True, day, "product security", "read: twice"),
        ("VUL-05", "pkg:npm/anvil", False, day, "us", ""),
    ]
    assert found.looks[0].sha256 == "3" * 64
    assert [str(each.versions) for each in found.looks] == ["None", "None", "vers:npm/1.0.0"]
    gaps = [(each.practice, str(each.versions), each.ticket, each.until) for each in found.accepted_gaps]
    assert gaps == [
        ("GOV-01", "vers:npm/1.0.0", "SEC-1", date(2027, 3, 31)),
        ("GOV-02", "vers:npm/1.0.0", "SEC-1", date(2027, 3, 31)),
    ]
    measures = [(each.practice, str(each.versions), each.source) for each in found.measures]
    assert measures == [("SUP-01", "vers:npm/>=1.0.0", "CTR-7"), ("SUP-02", "vers:npm/1.0.0", "")]


def one(*names: str) -> Plan:
    """A plan that accepts a gap of one project."""
    return plan(
        "avow-plan: 1\nupstreams:\n  - upstream: https://github.com/acme/forge\n    acceptedGaps:\n"
        "      - {practices: GOV-01, because: small, measure: a second engineer, owner: us, until: 2027-03-31"
        f"{''.join(names)}}}\n"
    )


def test_a_project_with_several_components() -> None:
    """One gap is accepted for each; two places of one component are one."""
    parts = (component(1, "anvil"), component(2, "hammer", version="2.0.0"), component(3, "anvil"))
    made = record(*(replace(each, upstream="u1") for each in parts))
    project = Upstream(
        id="u1",
        key="https://github.com/acme/forge",
        label="forge",
        basis="vcs",
        components=("c1", "c2", "c3"),
    )
    found = decisions(render_observations(one(), replace(made, upstreams=(project,))).text)
    assert [(each.component.text, str(each.versions)) for each in found.accepted_gaps] == [
        ("pkg:npm/anvil", "vers:npm/1.0.0"),
        ("pkg:npm/hammer", "vers:npm/2.0.0"),
    ]


@pytest.mark.parametrize(
    ("purl", "version", "more", "words"),
    [
        ("", "1.0.0", "", "anvil 1.0.0 has no purl"),
        ("pkg:npm/Anvil@1.0.0", "1.0.0", "", "which no policy can name"),
        ("pkg:npm/anvil", "", "", "pkg:npm/anvil has no version"),
        ("pkg:npm/anvil", "1 0", "", "pkg:npm/anvil has version 1 0"),
        (
            "pkg:npm/anvil@1.0.0",
            "",
            ", versions: 'vers:pypi/1.0'",
            "pkg:npm/anvil is not of the type of vers:pypi/1.0",
        ),
    ],
)
def test_what_is_left_out(purl: str, version: str, more: str, words: str) -> None:
    """A policy could not find it, so it is said."""
    made = record(replace(ANVIL, purl=purl, version=version))
    project = Upstream(
        id="u1", key="https://github.com/acme/forge", label="forge", basis="vcs", components=("c1",)
    )
    found = render_observations(one(more), replace(made, upstreams=(project,)))
    assert found.entries == 0
    assert words in found.left_out[0]


def test_another_spelling_of_a_purl() -> None:
    """Is written as a policy names it."""
    made = record(replace(ANVIL, purl="pkg:pypi/Anvil_Kit@1.0"))
    project = Upstream(
        id="u1", key="https://github.com/acme/forge", label="forge", basis="vcs", components=("c1",)
    )
    found = decisions(render_observations(one(), replace(made, upstreams=(project,))).text)
    assert found.accepted_gaps[0].component.text == "pkg:pypi/anvil-kit"
