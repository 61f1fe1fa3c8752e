"""The strength of one piece of evidence as found here, whatever its producer claims.

Without the bytes in hand a claim stays a claim. Bytes that match their digest are E2, also those of a tool's
result: whoever ships it may have made it up. E3 is what the consumer's own organisation saw, and no evidence
of a statement (`avow.policy.own_looks`). E4 is somebody else's verified signature
(`avow.verification.third_parties`).

Source: specification, evidence strength.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from avow.catalogue.observations import Observation, ObservationInvalid, score_problem, scorecard_check
from avow.formats.repository import repository_path
from avow.results import EvidenceStrength
from avow.statement.predicate import Evidence, Scope
from avow.statement.validity import CLOCK_SKEW
from avow.subject import DIGEST_HEX_LENGTHS, is_digest
from avow.verification.evidence import EvidenceFile
from avow.verification.third_parties import NOBODY, Voucher
from avow.vocabulary import Strength

__all__ = ["establish"]

_SCORECARD: Final = "scorecardResult"


def establish(  # noqa: PLR0911  one return per rung
    practice: str,
    item: Evidence,
    *,
    file: EvidenceFile | None,
    missing: str = "the file is not available",
    scope: Scope,
    level: str,
    signed_at: datetime,
    voucher: Voucher = NOBODY,
) -> EvidenceStrength:
    """What `item` is worth for `practice`, given the bytes in hand for its SHA-256, or why there are none.

    `level` is the practice's subject level, and `signed_at` when the statement was signed, as verified.
    `voucher`: what `third_parties` found out about the bytes as somebody else's bundle.

    An observation is as old as its run, and a bundle as its signature, even if the producer dates it later.
    """
    sha256 = item.resource.digest.get("sha256", "")

    def found(verified: Strength, reason: str, observation: Observation | None = None) -> EvidenceStrength:
        observed_at = observation.observed_at if observation is not None else None
        dates = [
            moment for moment in (item.retrieved_at, observed_at, voucher.signed_at) if moment is not None
        ]
        return EvidenceStrength(
            practice=practice,
            claimed=item.strength,
            verified=verified,
            reason=reason,
            retrieved_at=min(dates, default=None),
            type=item.type,
            sha256=sha256 if is_digest("sha256", sha256) else None,
        )

    if file is None:
        return found(Strength.E0, missing)
    if problem := _digest_problem(item.resource.digest, file):
        return found(Strength.E0, problem)
    if voucher.signed_at is not None:
        return found(Strength.E4, "an evidence signer of the policy says so about this artefact")
    if voucher.problem:
        return found(Strength.E2, f"the bytes match the digest, but: {voucher.problem}")
    if item.type != _SCORECARD:
        return found(Strength.E2, "the bytes match the digest")
    try:
        observation = file.observe(_check(item.observed))
    except ObservationInvalid as error:
        return found(Strength.E2, f"the bytes match the digest, but: {error}")
    if problem := _observation_problem(
        practice, item, observation, scope=scope, level=level, signed_at=signed_at
    ):
        return found(Strength.E2, f"the bytes match the digest, but: {problem}", observation)
    return found(
        Strength.E2,
        "the bytes match the digest: a tool's result, as the declarer ships it",
        observation,
    )


def _digest_problem(digests: Mapping[str, str], file: EvidenceFile) -> str:
    """Why the bytes are not those of `digests`: every algorithm known here must agree, and one be known."""
    known = {name: value for name, value in digests.items() if name in DIGEST_HEX_LENGTHS}
    for name, value in known.items():
        if file.digest(name) != value:
            return f"the file has another {name} than the one declared"
    return "" if known else "the declared digest is of no supported algorithm"


def _check(observed: Mapping[str, Any]) -> str | None:
    check = observed.get("check")
    return check if isinstance(check, str) else None


def _observation_problem(
    practice: str, item: Evidence, observation: Observation, *, scope: Scope, level: str, signed_at: datetime
) -> str:
    """Why the observation does not support what is declared; empty if it does."""
    source = scope.source
    repository = repository_path(source.uri) if source is not None else None
    commit = source.commit if source is not None else None
    check, score, stated = scorecard_check(observation.check), observation.score, item.observed.get("score")
    too_low = score_problem(observation)
    problems = {
        "no check is named, and the aggregate score is not evidence": observation.check is None,
        f"the check {observation.check} is not about {practice}": check is None
        or practice not in check.supports,
        f"the score in the file is {score}, which the statement does not give": score != stated
        or isinstance(stated, bool),
        too_low: bool(too_low),
        f"it is about {observation.repository}, not the declared repository": repository is None
        or repository != repository_path(observation.repository),
        f"it is about commit {observation.commit}, not the declared commit": level == "release"
        and commit != observation.commit,
        "it is dated after the statement was signed": observation.observed_at > signed_at + CLOCK_SKEW,
    }
    return next((problem for problem, holds in problems.items() if holds), "")
