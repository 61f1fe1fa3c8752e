"""The consumer's own looks with their results: what a tool's result shows follows from its bytes alone.

Source: specification, evaluation, "The consumer's own looks and decisions"; observations.toml.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from avow.catalogue.observations import ObservationInvalid, score_problem
from avow.formats.repository import repository_path
from avow.policy.decisions import Look, OwnLook

if TYPE_CHECKING:
    from avow.verification.evidence import EvidenceReader


class Looks(NamedTuple):
    """The looks whose result is known, and why the others show nothing."""

    known: tuple[Look, ...] = ()
    problems: tuple[str, ...] = ()


def known_looks(looks: tuple[OwnLook, ...], *, evidence: EvidenceReader) -> Looks:
    """Every look with its result; a person's is what it says, a tool's is read from its file by digest."""
    known: list[Look] = []
    problems: list[str] = []
    for look in looks:
        if look.on is not None:
            at = datetime.combine(look.on, time.min, UTC)
            known.append(Look(look, in_place=bool(look.in_place), at=at))
            continue
        found = _observed(look, evidence)
        if isinstance(found, Look):
            known.append(found)
        else:
            problems.append(f"{look.place}: does not count for {look.practice}: {found}")
    return Looks(tuple(known), tuple(problems))


def _observed(look: OwnLook, evidence: EvidenceReader) -> Look | str:
    file = evidence.file(look.sha256)
    if file is None:
        return (
            f"{evidence.absence(look.sha256)}: sha256-{look.sha256}, which has to be in a directory given "
            "with --evidence"
        )
    try:
        observation = file.observe(look.check)
    except ObservationInvalid as error:
        return str(error)
    if repository_path(observation.repository) != look.repository:
        return f"it is about {observation.repository}, not {look.repository}"
    return score_problem(observation) or Look(look, in_place=True, at=observation.observed_at)
