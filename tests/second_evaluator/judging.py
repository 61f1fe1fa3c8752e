"""Judging a requirement by a statement, and by a look: page evaluation."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .catalogue import RANK, STRENGTHS, Context, Data, Requirement, days, worst
from .evidence import Evidence, Piece, reaches, tool_result
from .reading import DAY, HOUR, Purl, day, has_word, repository, version_in
from .standing import Accepted
from .versions import covers

STATUSES = ("implemented", "partiallyImplemented", "notImplemented", "notApplicable")
GAPS = ("partiallyImplemented", "notImplemented")
DEPENDENCIES = ("DEP-01", "DEP-02", "DEP-03", "DEP-04")


@dataclass(eq=False)
class Setting:
    """What is the same for all judgements of one input."""

    data: Data
    now: int
    age: int  # the greatest age, in days
    validity: int
    support_until: str | None
    component: Purl
    artefact: dict[str, str]
    evidence: Evidence

    @property
    def today(self) -> int:
        return self.now // DAY * DAY

    def context(self, version: str | None) -> Context:
        return Context(self.today, self.component.type, version)


@dataclass(eq=False)
class Judgement:
    """The outcome of one requirement by one statement, or by one look."""

    outcome: str
    confirmed: bool = False
    made: int = 0
    sha256: str = ""
    look: bool = False

    @property
    def rank(self) -> int:
        """A confirmed notApplicable ranks with gapAccepted."""
        return RANK["gapAccepted"] if self.confirmed else RANK[self.outcome]

    @property
    def closed(self) -> bool:
        return self.rank <= RANK["gapAccepted"]


@dataclass(eq=False)
class Look:
    """What the consumer's own organisation saw of one practice, and that counts for the subject."""

    practice: str
    time: int
    in_place: bool
    facts: dict[str, Any] | None
    artefact: str | None
    repository: str | None  # of a tool's look
    setting: Setting

    @cached_property
    def facts_fail(self) -> str | None:
        """The outcome of rule facts, if the look has facts and these fail."""
        if self.facts is None:
            return None
        meaning = self.setting.data.practices[self.practice]
        context = self.setting.context(self.setting.component.version)
        return self.setting.data.facts_outcome(meaning, self.facts, context)

    @property
    def denies(self) -> bool:
        return not self.in_place or self.facts_fail not in (None, "unknown")

    def recent(self, asked: Requirement) -> bool:
        """Not longer ago than the smaller of the limits; for a bound requirement, however old."""
        if asked.bound:
            return True
        limits = [limit for limit in (asked.declarant, asked.observer) if limit is not None]
        return self.setting.now - self.time <= days(min(limits, default=self.setting.age))

    def supports(self, asked: Requirement) -> bool:
        return self.in_place and self.facts_fail is None and self.recent(asked)

    def judge(self, asked: Requirement) -> Judgement:
        """The table of the judgement by a look."""
        if not self.in_place:
            return Judgement("declaredGap", made=self.time, look=True)
        outcomes: list[str] = []
        if asked.relationships is not None or (asked.bound and self.artefact is None):
            outcomes.append("unknown")
        if self.facts_fail is not None:
            outcomes.append(self.facts_fail)
        setting = self.setting
        meaning = setting.data.practices[self.practice]
        context = setting.context(setting.component.version)
        if asked.conditions and (
            self.facts is None
            or not all(
                setting.data.own_condition(meaning, c, self.facts, context, setting.support_until)
                for c in asked.conditions
            )
        ):
            outcomes.append("shortfall")
        if not self.recent(asked):
            outcomes.append("stale")
        if asked.strength >= STRENGTHS["E4"]:
            outcomes.append("metWeakEvidence")
        return Judgement(worst(outcomes), made=self.time, look=True)


def read_look(given: dict[str, Any], setting: Setting) -> Look | None:
    """A look that counts for the subject, else None (page evaluation, Looks)."""
    meaning = setting.data.practices.get(given["practice"])
    if meaning is None or given["for"] != setting.component.component:
        return None
    level, versions, artefact = meaning["subjectLevel"], given.get("versions"), given.get("artefact")
    tool = "check" in given
    if level == "release" and (tool or artefact is None):
        return None
    if level == "releaseLine" and versions is None and artefact is None:
        return None
    unplaced = versions is not None and setting.component.version is None
    if (
        not unplaced
        and versions is not None
        and not covers(versions, setting.component.type, setting.component.version)
    ):
        return None
    if artefact is not None:
        algorithm, _, hexadecimal = artefact.partition(":")
        if setting.artefact.get(algorithm) != hexadecimal:
            return None
    facts = given.get("facts")
    if tool:
        time = tool_time(given, setting)
        in_place = True
    else:
        time = day(given.get("date"))
        if given.get("saw") not in ("inPlace", "notInPlace"):
            return None
        in_place = given["saw"] == "inPlace"
    # A person's day begins where on earth it begins first: UTC+14.
    begins = None if time is None else time if tool else time - 14 * HOUR
    if time is None or begins is None or begins > setting.now:
        return None
    look = Look(
        given["practice"], time, in_place, facts, artefact, given["repository"] if tool else None, setting
    )
    return None if unplaced and not look.denies else look


def tool_time(given: dict[str, Any], setting: Setting) -> int | None:
    """The time of the result of a tool's look that is in place; None if it shows nothing."""
    check = setting.data.checks.get(given["check"])
    text = setting.evidence.text(given["sha256"])
    if check is None or given["practice"] not in check["supports"] or text is None:
        return None
    result = tool_result(text)
    if result is None or without_scheme(result.repository) != without_scheme(given["repository"]):
        return None
    return result.date if reaches(result, given["check"], check["atLeast"]) else None


def without_scheme(uri: str) -> str:
    """The tool names a repository without the scheme of its address."""
    return repository(uri).removeprefix("https://").removeprefix("http://")


def latest_look(given: list[dict[str, Any]], asked: Requirement, setting: Setting) -> Look | None:
    """Of several only those of the latest day; of these one that denies, then one that supports."""
    looks = [read_look(one, setting) for one in given if one["practice"] == asked.practice]

    def order(look: Look) -> tuple[int, bool, bool, int, int]:
        rank = look.judge(asked).rank
        return look.time // DAY, look.denies, look.supports(asked), rank if look.denies else -rank, look.time

    return max((look for look in looks if look is not None), key=order, default=None)


class StatementJudge:
    """One statement that stands, as it is heard on each requirement."""

    def __init__(self, accepted: Accepted, setting: Setting) -> None:
        self.accepted, self.setting, self.statement = accepted, setting, accepted.statement
        version = setting.component.version
        if version is None:
            version = version_in(accepted.statement, setting.component)
        self.context = setting.context(version)
        self.pieces: dict[str, list[Piece]] = {}

    @property
    def fresh(self) -> bool:
        """Rule statement_age is fulfilled."""
        now, made = self.setting.now, self.accepted.made
        return (
            now < self.statement.valid_until
            and now < made + days(self.setting.validity)
            and now - made <= days(self.setting.age)
        )

    def evidence_of(self, practice: str) -> list[Piece]:
        if practice not in self.pieces:
            entry = self.statement.entries[practice]
            self.pieces[practice] = [
                self.setting.evidence.piece(piece, practice, self.accepted.signer) for piece in entry.evidence
            ]
        return self.pieces[practice]

    def silent(self, meaning: dict[str, Any], asked: Requirement) -> bool:
        """A statement about a project says nothing of a release or a release line."""
        return self.statement.kind == "project" and (
            asked.bound or meaning["subjectLevel"] in ("release", "releaseLine")
        )

    def declared(self, meaning: dict[str, Any]) -> bool:
        """Rule declared."""
        entry = self.statement.entries.get(meaning["id"])
        if entry is None:
            return False
        if meaning["kind"] == "observation":
            return self.setting.data.usable_fact(meaning, entry.facts)
        return entry.status in STATUSES

    def rests_on_facts(self, meaning: dict[str, Any]) -> bool:
        entry = self.statement.entries[meaning["id"]]
        return entry.status == "implemented" or meaning["kind"] == "observation"

    def denies(self, asked: Requirement) -> bool:
        """It denies the practice, whoever else is asked."""
        return self.stance(asked) == "denies"

    def stance(self, asked: Requirement) -> str:
        """denies, claims or silent; what has expired is silent."""
        meaning = self.setting.data.practices.get(asked.practice)
        if meaning is None or not self.fresh or self.silent(meaning, asked):
            return "silent"
        entry = self.statement.entries.get(asked.practice)
        if entry is None:
            return "silent"
        if meaning["kind"] != "observation" and entry.status in GAPS:
            return "denies"
        if meaning["kind"] == "observation" and self.setting.data.named(meaning, entry.facts):
            return "denies"
        if not self.declared(meaning) or not self.rests_on_facts(meaning):
            return "silent"
        if meaning["kind"] == "observation":
            lacking = self.setting.data.facts_outcome(meaning, entry.facts, self.context)
            return "silent" if lacking else "claims"
        return "claims"

    def judge(self, asked: Requirement, look: Look | None) -> Judgement:
        """Each rule that is not fulfilled gives an outcome; the worst of them is the judgement's."""
        meaning = self.setting.data.practices.get(asked.practice)
        made, sha256 = self.accepted.made, self.accepted.sha256
        if meaning is None or not self.declared(meaning):
            return Judgement("unknown", made=made, sha256=sha256)
        entry = self.statement.entries[asked.practice]
        outcomes: list[str] = []
        if asked.relationships is not None and self.accepted.rule["relationship"] not in asked.relationships:
            outcomes.append("unknown")
        if self.silent(meaning, asked):
            outcomes.append("unknown")
        practice = meaning["kind"] != "observation"  # the status of an observation says nothing
        if practice and entry.status in GAPS:
            outcomes.append("declaredGap")
        if not self.fresh:
            outcomes.append("stale")
        on_facts = self.rests_on_facts(meaning)
        looked = self.we_looked(asked, look)
        if on_facts:
            outcomes += self.facts_rules(asked, meaning)
            outcomes += self.evidence_rules(asked, looked=looked)
        if asked.declarant is not None and not self.reviewed(asked, on_facts=on_facts, looked=looked):
            outcomes.append("stale")
        confirmed = False
        if practice and entry.status == "notApplicable":
            confirmed = self.confirmed(asked, meaning)
            if not confirmed:
                outcomes.append("notApplicable")
        outcome = worst(outcomes)
        if confirmed and RANK[outcome] <= RANK["gapAccepted"]:
            return Judgement("notApplicable", confirmed=True, made=made, sha256=sha256)
        return Judgement(outcome, made=made, sha256=sha256)

    def we_looked(self, asked: Requirement, look: Look | None) -> bool:
        """There is a look that supports the requirement; a tool's is about the statement's repository."""
        if look is None or not look.supports(asked):
            return False
        source = self.statement.source
        return (
            look.repository is None
            or source is None
            or (repository(source[0]) == repository(look.repository))
        )

    def facts_rules(self, asked: Requirement, meaning: dict[str, Any]) -> list[str]:
        """Rules facts and conditions."""
        facts, data = self.statement.entries[asked.practice].facts, self.setting.data
        found = []
        failed = data.facts_outcome(meaning, facts, self.context)
        if failed is not None:
            found.append(failed)
        if not all(
            data.own_condition(meaning, c, facts, self.context, self.setting.support_until)
            for c in asked.conditions
        ):
            found.append("shortfall")
        return found

    def evidence_rules(self, asked: Requirement, *, looked: bool) -> list[str]:
        """Rules observation_age and evidence."""
        pieces, now, made = self.evidence_of(asked.practice), self.setting.now, self.accepted.made
        found = []
        if (
            asked.observer is not None
            and not looked
            and not any(
                now - earlier(piece.date, made) <= days(asked.observer)
                for piece in pieces
                if piece.strength >= STRENGTHS["E4"]
            )
        ):
            found.append("stale")
        if (
            asked.strength > 0
            and not any(piece.strength >= asked.strength for piece in pieces)
            and (not looked or asked.strength >= STRENGTHS["E4"])
        ):
            found.append("metWeakEvidence")
        return found

    def reviewed(self, asked: Requirement, *, on_facts: bool, looked: bool) -> bool:
        """Rule review_age, with "Age of a review"."""
        reviewed = self.statement.entries[asked.practice].reviewed
        if reviewed is None or asked.declarant is None:
            return False
        since = min(reviewed, self.accepted.made)
        if on_facts and asked.strength > 0 and not (looked and asked.strength <= STRENGTHS["E3"]):
            strong = [piece for piece in self.evidence_of(asked.practice) if piece.strength >= asked.strength]
            since = max((earlier(piece.date, since) for piece in strong), default=since)
        return self.setting.now - since <= days(asked.declarant)

    def confirmed(self, asked: Requirement, meaning: dict[str, Any]) -> bool:
        """Whether a notApplicable is confirmed."""
        entry = self.statement.entries[asked.practice]
        if entry.reason not in meaning.get("notApplicableReasons", []) or not has_word(entry.justification):
            return False
        if asked.strength > 0 and not any(
            piece.strength >= asked.strength for piece in self.evidence_of(asked.practice)
        ):
            return False
        if entry.reason != "noDependencies":
            return True
        others = [
            self.statement.entries[name]
            for name in DEPENDENCIES
            if name != asked.practice and name in self.statement.entries
        ]
        return not self.statement.dependencies and not any(
            other.status in ("implemented", "partiallyImplemented") for other in others
        )


def earlier(one: int | None, other: int) -> int:
    return other if one is None else min(one, other)
