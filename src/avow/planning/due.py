"""What is open in a plan: undecided, ended, overdue, and reports that upstream is owed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from avow.plan import (
    CLOSED,
    Plan,
    PlannedGap,
    PlannedMeasure,
    Told,
    UpstreamPlan,
    VulnerabilityAnswer,
    VulnerabilityDecision,
)


def open_points(plan: Plan, *, today: date) -> Iterator[tuple[str, list[str]]]:
    """Titles, each with a line for everything that somebody has to do; in the order of the plan.

    A report under Art 13(6) is owed for a vulnerability of the component that we found; whether we did, the
    plan can't know, so each that is not settled is listed.
    """
    entries = plan.upstreams
    yield (
        "not decided",
        [_line(each, one) for each, one in _all(plan) if one.answer is VulnerabilityAnswer.OPEN],
    )
    yield (
        "open by decision",
        [
            f"{_line(each, one)}: by {one.owner} until {one.until}"
            for each, one in _all(plan)
            if one.answer is VulnerabilityAnswer.OPEN_BY_DECISION
            and one.until is not None
            and one.until >= today
        ],
    )
    ended = [
        f"{_line(each, one)}: {one.answer} until {one.until}"
        for each, one in _all(plan)
        if _has_ended(one.until, today)
    ]
    for each in entries:
        decided: tuple[PlannedGap | PlannedMeasure, ...] = (*each.gaps, *each.measures)
        ended += [
            f"{each.upstream}: {', '.join(one.practices)} until {one.until}"
            for one in decided
            if _has_ended(one.until, today)
        ]
    yield "ended, to be decided again", ended
    yield (
        "due",
        [f"{each.upstream}: {each.due}" for each in entries if each.due is not None and each.due < today],
    )
    yield (
        "not settled whether upstream knows",
        [_line(each, one) for each, one in _all(plan) if one.report.told is Told.OPEN],
    )
    yield (
        "fixed here and not shared",
        [
            _line(each, one)
            for each, one in _all(plan)
            if one.our_fix is not None and not one.our_fix.shared and one.answer in CLOSED
        ],
    )


def _all(plan: Plan) -> Iterator[tuple[UpstreamPlan, VulnerabilityDecision]]:
    for each in plan.upstreams:
        for one in each.vulnerabilities:
            yield each, one


def _has_ended(until: date | None, today: date) -> bool:
    return until is not None and until < today


def _line(each: UpstreamPlan, one: VulnerabilityDecision) -> str:
    return f"{one.id} in {each.upstream}"
