"""One requirement against what the consumer's own organisation saw.

A look is the consumer's own word, so nothing is verified here but that it fits: the component, the version or
the artefact that was looked at, its age, and the facts if they were written down.

Source: specification, evaluation, "The consumer's own looks and decisions".
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from avow.errors import shortened
from avow.formats.vers import is_plain_release
from avow.policy.rules import (
    RANKED,
    Asked,
    Judgement,
    Objection,
    conditions_problem,
    facts_problem,
    next_step,
)
from avow.values import latest_date_on_earth
from avow.vocabulary import Outcome, Strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from avow.catalogue.practices import Practice
    from avow.catalogue.profiles import Requirement
    from avow.formats.purl import Purl
    from avow.policy.decisions import Look, OwnLook
    from avow.policy.rules import Setting
    from avow.subject import Digest


def has_begun(look: Look, *, now: datetime) -> bool:
    """It is not later than `now`; a person's day begins with the first time zone in which it does."""
    return look.at <= now if look.own.on is None else look.own.on <= latest_date_on_earth(now)


def for_some_versions(component: Purl | None) -> str:
    """Why an entry about `component` can't be compared, and what to do."""
    return f"for some versions, and none was given; name it with --purl {component}@VERSION"


def latest(looks: Iterable[LookedAt]) -> LookedAt | None:
    """The look that counts of several at one practice: of the latest day, and there a no before a yes.

    A person's look has no time of day, so of one day none is later. Of several that say yes the best counts.
    """

    def order(each: LookedAt) -> tuple[object, ...]:
        rank = each.judgement.rank
        worst_no = rank if each.denies else -rank
        return each.look.at.date(), each.denies, each.supports, worst_no, each.look.at, each.look.own.place

    return max(looks, key=order, default=None)


class LookedAt:
    """An own look, and the requirement that it is asked about."""

    def __init__(self, look: Look, requirement: Requirement, practice: Practice, *, setting: Setting) -> None:
        self.look = look
        self._asked = Asked(requirement, practice, look.own.facts, setting=setting)
        self._lacking = facts_problem(self._asked) if look.own.facts is not None else None

    def is_about(self, digests: frozenset[Digest]) -> bool:
        """It was at this version, and at this artefact if it was at one.

        Where nobody says which version it is, a no at some versions may be about it.
        """
        own, version = self.look.own, self._asked.version
        at_version = own.versions is None or (
            self.denies if version is None else own.versions.contains(version)
        )
        return at_version and (own.artefact is None or own.artefact in digests)

    def not_compared(self, digests: frozenset[Digest]) -> str:
        """Why nobody can say whether it was at this version, or at this artefact; empty if it was compared.

        Only a no is asked for its version: a yes at some versions does not count where none was given, and
        a pre-release or a rebuild that a range does not name is simply not covered by a yes.
        """
        own, version = self.look.own, self._asked.version
        if own.versions is not None and self.denies:
            if version is None:
                return f"it is {for_some_versions(self._asked.component)}"
            if not is_plain_release(own.versions.scheme, version) and not own.versions.contains(version):
                return (
                    f"it is not in place for {own.versions}, and {version} is not a plain release, so nobody "
                    "can say whether that is about it"
                )
        known = {digest.algorithm for digest in digests}
        if own.artefact is not None and own.artefact.algorithm not in known:
            return f"it names the artefact by {own.artefact.algorithm}, which is not known of this one"
        return ""

    @property
    def denies(self) -> bool:
        """It found the practice not in place, or saw facts that do not meet the catalogue's conditions."""
        # Of an observation, incomplete facts are silence.
        fails = self._lacking is not None and self._lacking.outcome is not Outcome.UNKNOWN
        return not self.look.in_place or fails

    @property
    def supports(self) -> bool:
        """It found the practice in place, recently enough for the requirement."""
        return self.look.in_place and self._lacking is None and self._too_old is None

    @property
    def judgement(self) -> Judgement:
        """The outcome by this look alone."""
        asked, look = self._asked, self.look
        objecting = dict(self._objections())
        said = f"{look.own.who} looked on {look.at.date()}, {source_of(look.own)}"
        if not objecting:
            return Judgement(Outcome.MET, f"{said}: it is in place", "", look.voice, look=look)
        worst = max(objecting.values(), key=lambda each: RANKED.index(each.outcome))
        return Judgement(
            outcome=worst.outcome,
            reason=f"{said}: " + "; ".join(each.reason for each in objecting.values()),
            next=next_step(asked.practice, asked.requirement),
            voice=look.voice,
            rules=tuple(objecting),
            look=look,
        )

    def _objections(self) -> Iterator[tuple[str, Objection]]:
        if not self.look.in_place:
            yield "own_look", Objection(Outcome.DECLARED_GAP, "it is not in place")
            return
        requirement = self._asked.requirement
        if requirement.relationships is not None:
            accepted = " or ".join(requirement.relationships)
            yield "relationship", Objection(Outcome.UNKNOWN, f"the word of a {accepted} is required")
        if requirement.bound_to_release and self.look.own.artefact is None:
            yield "artefact", Objection(Outcome.UNKNOWN, "it was not a look at this artefact")
        if self._lacking is not None:
            yield "facts", self._lacking
        if objection := conditions_problem(self._asked):
            if self.look.own.facts is None:
                compared = " and ".join(dict.fromkeys(requirement.facts))
                reason = f"the profile compares {compared}, and no facts were written down under `facts`"
                objection = Objection(objection.outcome, reason)
            yield "conditions", objection
        if objection := self._too_old:
            yield "own_look", objection
        if requirement.evidence is Strength.E4:
            yield (
                "evidence",
                Objection(Outcome.MET_WEAK_EVIDENCE, f"evidence E4 ({Strength.E4.meaning}) is required"),
            )

    @property
    def _too_old(self) -> Objection | None:
        requirement, asked = self._asked.requirement, self._asked
        if requirement.bound_to_release:
            return None
        limits = requirement.observed_within_days, requirement.declared_within_days
        given = [days for days in limits if days is not None]
        days = min(given, default=asked.policy.max_age_days)
        if asked.now - self.look.at <= timedelta(days=days):
            return None
        return Objection(Outcome.STALE, f"that is more than the {days} days that are allowed")


def source_of(own: OwnLook) -> str:
    """What was looked at; of a tool's result its check and repository."""
    return shortened(own.source) if own.check is None else f"check {own.check} of {own.repository}"
