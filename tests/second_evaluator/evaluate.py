"""From an input of the vectors to outcomes and a verdict: page evaluation, steps 9 to 12."""

from pathlib import Path
from typing import Any

from .catalogue import Context, Requirement, load
from .evidence import Evidence
from .judging import Judgement, Look, Setting, StatementJudge, latest_look
from .reading import DAY, Purl, day, moment, purl
from .standing import Standing, read_signers
from .versions import covers, read_range


def component_of(given: dict[str, Any]) -> Purl:
    """What the consumer named; else what all rules of the policy are for (vectors, The policy)."""
    named = given["subject"].get("purl")
    text = named if named is not None else given["policy"]["signers"][0]["for"]
    found = purl(text)
    if found is None:
        raise ValueError(f"not a canonical package URL: {text}")
    return found


def hear(asked: Requirement, judges: list[StatementJudge], look: Look | None) -> Judgement:
    """Hearing, rules 1 to 4."""
    stances = [(judge, judge.stance(asked)) for judge in judges]
    if any(judge.accepted.own and stance == "claims" for judge, stance in stances) and any(
        not judge.accepted.own and stance == "denies" and judge.accepted.rule.get("mayContradict") is True
        for judge, stance in stances
    ):
        return Judgement("conflict")
    judgements = [(judge, judge.judge(asked, look)) for judge in judges]
    refusals = [
        found
        for judge, found in judgements
        if judge.accepted.own
        and judge.fresh
        and (
            judge.denies(asked)
            or found.outcome in ("declaredGap", "shortfall")
            or (found.outcome == "notApplicable" and not found.confirmed)
        )
    ]
    everything = [found for _, found in judgements]
    if look is not None:
        by_look = look.judge(asked)
        everything.append(by_look)
        if look.denies:
            refusals.append(by_look)
    if refusals:
        return max(refusals, key=lambda found: (found.rank, found.made))
    return min(
        everything,
        key=lambda found: (found.rank, found.look, -found.made, found.sha256),
        default=Judgement("unknown"),
    )


class Decisions:
    """The consumer's accepted gaps and measures about this component."""

    def __init__(self, given: dict[str, Any], component: Purl, today: int) -> None:
        own = given.get("own", {})
        self.component, self.today = component, today
        self.gaps = self.about(own.get("acceptedGaps", []) + given["policy"].get("acceptedGaps", []))
        self.measures = self.about(own.get("measures", []))

    def about(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that are about the component and can be read."""
        return [
            e
            for e in entries
            if e["for"] == self.component.component
            and day(e["until"]) is not None
            and read_range(e["versions"]) is not None
        ]

    def covers(self, entry: dict[str, Any]) -> bool:
        return covers(entry["versions"], self.component.type, self.component.version)

    def open(self, entry: dict[str, Any]) -> bool:
        """Today is not after the last day."""
        return self.today <= (day(entry["until"]) or 0)

    def counting(self, entries: list[dict[str, Any]], practice: str) -> bool:
        return any(e["practice"] == practice and self.covers(e) and self.open(e) for e in entries)

    @property
    def ended(self) -> bool:
        """One has ended that is about this component and, if the version is known, about it."""
        return any(
            not self.open(e) and (self.component.version is None or self.covers(e))
            for e in self.gaps + self.measures
        )


def evaluate(given: dict[str, Any], predicates: Path) -> dict[str, Any]:
    """The outcomes, the verdict, what stands, and whether anything was decided."""
    data = load(predicates)
    now = moment(given["now"])
    if now is None:
        raise ValueError("now is no Timestamp")
    policy, artefact = given["policy"], given["subject"].get("digest", {})
    component = component_of(given)
    signers = read_signers(given.get("signers", {}))
    asked, age, validity = data.asked(policy)
    today = now // DAY * DAY
    evidence = Evidence(
        given, data, signers, now, artefact, component, Context(today, component.type, component.version)
    )
    setting = Setting(data, now, age, validity, policy.get("supportUntil"), component, artefact, evidence)
    found = Standing(given, signers, now, artefact, component).found()
    judges = [StatementJudge(one, setting) for one in found.stands]
    seen = given.get("own", {}).get("observations", [])
    looks = {
        practice: look
        for practice, requirement in asked.items()
        if practice in data.practices and (look := latest_look(seen, requirement, setting)) is not None
    }
    decisions = Decisions(given, component, today)

    outcomes: dict[str, str] = {}
    closed: dict[str, bool] = {}
    decided = bool(found.stands) or found.withdrawn
    for practice, requirement in asked.items():
        heard = hear(requirement, judges, looks.get(practice))
        outcome, is_closed = heard.outcome, heard.closed
        measured = decisions.counting(decisions.measures, practice)
        accepted = decisions.counting(decisions.gaps, practice)
        if not is_closed and outcome != "conflict":
            if measured and requirement.or_else:
                outcome, is_closed = "compensated", True
            elif accepted:
                outcome, is_closed = "gapAccepted", True
        decided = decided or practice in looks or accepted or bool(measured and requirement.or_else)
        outcomes[practice], closed[practice] = outcome, is_closed

    required = [practice for practice, one in asked.items() if not one.recommended]
    if found.blocked or any(outcomes[practice] == "conflict" for practice in required):
        verdict = "blocked"
    elif not required or not all(closed[practice] for practice in required) or decisions.ended:
        verdict = "actionNeeded"
    elif found.stands and all(outcome in ("met", "compensated") for outcome in outcomes.values()):
        verdict = "clear"
    else:
        verdict = "reviewOnly"
    return {
        "outcomes": outcomes,
        "verdict": verdict,
        "stands": sorted(one.position for one in found.stands),
        "decided": decided,
    }
