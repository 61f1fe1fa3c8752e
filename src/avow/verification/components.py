"""Which components of an SBOM the statements in hand are about: by digest, or because a person says so.

A purl of the SBOM has to name the package that the policy or the statement names, also where the digest
matches: who may speak for a package depends on its name. One that can't be compared is refused.
"""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NoReturn

from avow.errors import (
    EvidenceRejected,
    InputInvalid,
    Nearest,
    NothingToEvaluate,
    ServiceUnavailable,
    SubjectMismatch,
)
from avow.formats.purl import PurlInvalid, read_purl
from avow.results import Attestation, Decision, Gap, Rejection, Report
from avow.sbom.packages import CORRECT_THE_PURL, canonical, package_key, spellings, stated_purl
from avow.subject import Digest, Subject, is_digest
from avow.verification.judge import Judge
from avow.verification.pool import EvidencePool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from avow.formats.purl import LoosePurl, Purl
    from avow.sbom.inventory import Entry
    from avow.stores import EvidenceStore, Store
    from avow.verification.pool import Admitted
    from avow.verification.session import Session


MAX_PACKAGES_SHOWN: Final = 3
"""Packages of policy and statements that a refusal names."""


@dataclass(frozen=True, slots=True)
class AttestedComponent:
    """A component of an SBOM, and the verified statements about it."""

    entry: Entry
    attestations: tuple[Attestation, ...]
    by_digest: bool
    """False: a person named the component, and the SBOM has no digest that could be compared."""
    component: Purl | None
    """The package that it counts as; None where a signer was given by options, and it has no purl."""


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
    Its purls, if it has any, are compared in both cases.

    Raises:
        EvidenceRejected: no statement is about any of them, and something in hand had to be refused; `named`
            has another digest than the statements list; or a purl names another package.
        NothingToEvaluate: no statement is about any of them.
        InputInvalid: a component has no purl, and the policy is about several components; it has one that
            can't be read, or several of different packages; or a file that the user named can't be read.
    """
    listed = (named,) if named else tuple(entries)
    subjects = {each.place: (each, subject_of(each)) for each in listed}
    known = tuple(subject for _, subject in subjects.values() if subject is not None)
    pool = EvidencePool.gather(session, stores, subjects=known, now=now)
    found = [
        (entry, subject)
        for entry, subject in subjects.values()
        if subject is not None and any(True for _ in pool.about(subject))
    ]
    by_digest = bool(found)
    if not found and named is not None:
        found = [(named, _assumed(named, pool))]
    if not found:
        _refuse(pool, listed)
    packages = spellings((*_in_policy(session), *_in_statements(pool)))
    asked = [(entry, _with_purl(subject, entry, packages)) for entry, subject in found]
    for entry, subject in asked:
        _require_component(session, subject, entry)
    judge = Judge(pool, evidence=evidence)
    decisions = tuple(_of_an_sbom(judge.decide(subject, now=now)) for _, subject in asked)
    run = judge.run(tuple(subject for _, subject in asked), now=now)
    return AttestedComponents(
        components=tuple(
            AttestedComponent(entry, decision.attestations, by_digest, decision.component)
            for (entry, _), decision in zip(asked, decisions, strict=True)
            if decision.attestations
        ),
        report=Report(run, decisions).collected(),
    )


def _of_an_sbom(decision: Decision) -> Decision:
    """`decision` with steps for somebody who has an SBOM, and no option to say what an artefact is."""
    steps = {
        "rejections": tuple(Rejection(**_in_an_sbom(each)) for each in decision.rejections),
        "gaps": tuple(Gap(**_in_an_sbom(each)) for each in decision.gaps),
    }
    return Decision(**dict(decision) | steps)


def _in_an_sbom(said: Rejection | Gap) -> dict[str, Any]:
    if "--purl" not in said.step:
        return dict(said)
    nearest = replace(
        said.nearest,
        next="if it has no purl in the SBOM, add it; or correct `for` in the policy"
        if said.nearest.rule
        else "check its purl in the SBOM, the version included",
    )
    return dict(said) | {"nearest": nearest}


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
    return Subject(name=entry.place, digests=single)


def _with_purl(subject: Subject, entry: Entry, packages: Mapping[tuple[str, ...], Purl]) -> Subject:
    """`subject` with the purl of `entry`, in the spelling of the policy or of a statement in hand.

    Whether it is a package of theirs is found out where the statement is judged.

    Raises:
        SubjectMismatch: the purl has no canonical form, and names none of their packages.
        InputInvalid: it can't be read, or the entry has purls of different packages.
    """
    stated = stated_purl(entry)
    if stated is None:
        return subject
    purl = canonical(stated, known=packages)
    if purl is None:
        raise SubjectMismatch(
            f"{entry.name or entry.place} is {stated.text}, which nothing in hand is about",
            nearest=Nearest(
                differs_in=("purl",),
                expected=", ".join(each.text for each in islice(packages.values(), MAX_PACKAGES_SHOWN)),
                found=stated.text,
            ),
            hint=f"name the bundle of this package; if it is the same one, {CORRECT_THE_PURL}",
        )
    return Subject(name=subject.name, digests=subject.digests, purl=purl)


def _in_policy(session: Session) -> list[Purl]:
    rules = session.rules.signers if session.rules is not None else ()
    return [rule.component for rule in rules if rule.component is not None and not rule.whole_namespace]


def _in_statements(pool: EvidencePool) -> list[Purl]:
    return [
        each for admitted in pool.admitted if isinstance(admitted.scope, tuple) for each in admitted.scope
    ]


def _assumed(named: Entry, pool: EvidencePool) -> Subject:
    """The artefact of the one statement in hand, as the component that the user says it is.

    Raises:
        EvidenceRejected: a statement was refused, or is about artefacts with other digests.
        NothingToEvaluate: there is no statement.
        InputInvalid: there are several, about different artefacts.
    """
    found = [_artefacts(each) for each in pool.admitted]
    if not found:
        _refuse(pool, (named,))
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
    return Subject(name=named.place, digests=digests[:1])


def _artefacts(admitted: Admitted) -> tuple[Digest, ...]:
    return tuple(digest for each in admitted.statement.subjects for digest in each.digests)


def _refuse(pool: EvidencePool, entries: tuple[Entry, ...]) -> NoReturn:
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
    named = spellings(_in_statements(pool))
    alike = [entry for entry in entries if any(package_key(each) in named for each in _readable(entry))]
    for entry in alike:
        if subject_of(entry) is None:
            raise NothingToEvaluate(
                f"a statement in hand is about the package of {entry.purl}, which has no digest in the SBOM",
                hint=f"if it is this artefact, say so with --component {shlex.quote(entry.purl)}",
            )
    if alike:
        raise NothingToEvaluate(
            f"a statement in hand is about the package of {alike[0].purl}, and about other artefacts of it",
            hint="name the bundle of this artefact; another build or version is another artefact",
        )
    raise NothingToEvaluate(
        "no component of the SBOM has a digest that a statement in hand lists",
        hint="name the component with --component, or make the SBOM with SHA-256 digests",
    )


def _readable(entry: Entry) -> list[LoosePurl]:
    found = []
    for text in (entry.purl, *entry.other_purls):
        with suppress(PurlInvalid):
            found.append(read_purl(text))
    return found


def _require_component(session: Session, subject: Subject, entry: Entry) -> None:
    """Under a policy about several components, the SBOM has to say which one it is.

    Raises:
        InputInvalid: it does not.
    """
    try:
        session.component_of(subject)
    except InputInvalid as error:
        raise InputInvalid(
            f"{entry.name or entry.place} has no purl, and {error.message}",
            location=error.location,
            hint="add its purl to the SBOM, or name its signer by options in the place of --policy",
        ) from error
