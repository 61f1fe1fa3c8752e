"""Which components of an SBOM the statements in hand are about: by digest, or because a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from avow.errors import (
    EvidenceRejected,
    InputInvalid,
    Nearest,
    NothingToEvaluate,
    ServiceUnavailable,
    SubjectMismatch,
)
from avow.formats.purl import Purl, PurlInvalid, parse_purl
from avow.results import Attestation, Report
from avow.subject import Digest, Subject, is_digest
from avow.verification.judge import Judge
from avow.verification.pool import EvidencePool

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from avow.sbom.inventory import Entry
    from avow.stores import EvidenceStore, Store
    from avow.verification.pool import Admitted
    from avow.verification.session import Session


@dataclass(frozen=True, slots=True)
class AttestedComponent:
    """A component of an SBOM, and the verified statements about it."""

    entry: Entry
    attestations: tuple[Attestation, ...]
    by_digest: bool
    """False: a person named the component, and the SBOM has no digest that could be compared."""


@dataclass(frozen=True, slots=True)
class AttestedComponents:
    """What was found, and the report that says why of everything else."""

    components: tuple[AttestedComponent, ...]
    report: Report


def attested_components(
    entries: Iterable[Entry],
    *,
    named: Entry | None,
    session: Session,
    stores: tuple[Store, ...],
    evidence: EvidenceStore,
    now: datetime,
) -> AttestedComponents:
    """The components among `entries` that a verified statement of an allowed signer is about.

    A component is found by a digest that the statement lists. With `named`, only this one is asked about; if
    it has no digest that could be compared, the statement counts as being about it, because a person says so.

    Raises:
        EvidenceRejected: no statement is about any of them, and something in hand had to be refused, or
            `named` has another digest than the statements list.
        NothingToEvaluate: no statement is about any of them.
        InputInvalid: a component has no purl, and the policy is about several components; or a file that the
            user named can't be read.
    """
    subjects = {each.place: (each, subject_of(each)) for each in ((named,) if named else entries)}
    known = tuple(subject for _, subject in subjects.values() if subject is not None)
    pool = EvidencePool.gather(session, stores, subjects=known, now=now)
    asked = [
        (entry, subject)
        for entry, subject in subjects.values()
        if subject is not None and any(True for _ in pool.about(subject))
    ]
    by_digest = bool(asked)
    if not asked and named is not None:
        asked = [(named, _assumed(named, pool))]
    if not asked:
        _refuse(pool)
    for _, subject in asked:
        _require_component(session, subject)
    judge = Judge(pool, evidence=evidence)
    decisions = tuple(judge.decide(subject, now=now) for _, subject in asked)
    run = judge.run(tuple(subject for _, subject in asked), now=now)
    return AttestedComponents(
        components=tuple(
            AttestedComponent(entry, decision.attestations, by_digest)
            for (entry, _), decision in zip(asked, decisions, strict=True)
            if decision.attestations
        ),
        report=Report(run, decisions).collected(),
    )


def subject_of(entry: Entry) -> Subject | None:
    """The artefact that an SBOM describes, by its own words; None if it has no digest that identifies one.

    Of two digests of one algorithm neither is known to be right, so none counts.
    """
    digests: dict[str, set[str]] = {}
    for each in entry.digests:
        if is_digest(each.algorithm, each.value):
            digests.setdefault(each.algorithm, set()).add(each.value)
    single = tuple(
        Digest(algorithm=algorithm, value=next(iter(values)))
        for algorithm, values in digests.items()
        if len(values) == 1
    )
    if not single:
        return None
    return Subject(name=entry.place, digests=single, purl=purl_of(entry))


def purl_of(entry: Entry) -> Purl | None:
    """The component's purl, read in its canonical spelling where the SBOM has another one."""
    for text in (entry.purl, *entry.other_purls):
        spelling = text
        for _ in range(2):
            try:
                return parse_purl(spelling)
            except PurlInvalid as error:
                spelling = error.fix
    return None


def _assumed(named: Entry, pool: EvidencePool) -> Subject:
    """The artefact of the one statement in hand, as the component that the user says it is.

    Raises:
        EvidenceRejected: a statement was refused, or is about artefacts with other digests.
        NothingToEvaluate: there is no statement.
        InputInvalid: there are several, about different artefacts.
    """
    found = [_artefacts(each) for each in pool.admitted]
    if not found:
        _refuse(pool)
    stated = {each.algorithm: each.value for each in named.digests}
    for digests in found:
        shared = [each for each in digests if each.algorithm in stated]
        if shared:
            raise SubjectMismatch(
                f"the statement is about other artefacts than {named.purl or named.place}",
                location=pool.admitted[0].location,
                nearest=Nearest(
                    differs_in=tuple(dict.fromkeys(each.algorithm for each in shared)),
                    expected=", ".join(f"{each.algorithm}:{stated[each.algorithm]}" for each in shared[:1]),
                    found=str(shared[0]),
                ),
                hint="check --component; what was built anew is another artefact than the one declared",
            )
    if len({each[:1] for each in found}) > 1:
        raise InputInvalid(
            "the bundles are about different artefacts, and the component has no digest that says which",
            hint="name one bundle, or add the component's SHA-256 to the SBOM",
        )
    first = found[0]
    digests = tuple({each.algorithm: each for each in reversed(first)}.values())
    return Subject(name=named.place, digests=digests[:1], purl=purl_of(named))


def _artefacts(admitted: Admitted) -> tuple[Digest, ...]:
    return tuple(digest for each in admitted.statement.subjects for digest in each.digests)


def _refuse(pool: EvidencePool) -> NoReturn:
    """Say why there is nothing.

    Raises:
        EvidenceRejected: something in hand had to be refused.
        ServiceUnavailable: a newer root, or another try, may change it.
        NothingToEvaluate: nothing had.
    """
    for each in pool.rejections:
        raise EvidenceRejected(each.message, location=each.location, hint=each.step, nearest=each.nearest)
    for gap in pool.gaps:
        kind = ServiceUnavailable if gap.may_change else NothingToEvaluate
        raise kind(f"no bundle could be used: {gap.message}", location=gap.location, hint=gap.step)
    raise NothingToEvaluate(
        "no component of the SBOM has a digest that a statement in hand lists",
        hint="name the component with --component, or make the SBOM with SHA-256 digests",
    )


def _require_component(session: Session, subject: Subject) -> None:
    """Under a policy about several components, the SBOM has to say which one it is.

    Raises:
        InputInvalid: it does not.
    """
    try:
        session.component_of(subject)
    except InputInvalid as error:
        raise InputInvalid(
            f"{subject.name} has no purl that can be read, and {error.message}",
            location=error.location,
            hint="add its purl to the SBOM, or name its signer by options in the place of --policy",
        ) from error
