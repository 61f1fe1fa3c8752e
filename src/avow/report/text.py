"""A report as text for people: what was enforced, the result, the nearest miss and the next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from avow.errors import shortened
from avow.identity import UNSTATED, SignerIdentity, SignerKey
from avow.report.work_list import WorkList, by_value, is_silence, practices, reference
from avow.results import (
    WITHDRAWAL_UNHEARD,
    WITHDRAWN,
    WITHDRAWN_UNSEEN,
    Attestation,
    Decision,
    Finding,
    Gap,
    Rejection,
    Report,
    Withdrawn,
)
from avow.stores.local import BUNDLE_SUFFIXES
from avow.values import printable, utc_text
from avow.vocabulary import Outcome

_QUIET: Final = frozenset({Outcome.MET})
_CLOSED: Final = frozenset({Outcome.COMPENSATED, Outcome.GAP_ACCEPTED})
"""There is something to read, and no next step."""

_URGENCY: Final = (
    Outcome.CONFLICT,
    Outcome.SHORTFALL,
    Outcome.DECLARED_GAP,
    Outcome.STALE,
    Outcome.MET_WEAK_EVIDENCE,
    Outcome.UNKNOWN,
    Outcome.COMPENSATED,
    Outcome.GAP_ACCEPTED,
    Outcome.NOT_APPLICABLE,
    Outcome.MET,
)
"""What is read first: contradicted and missing practices come before unknown ones."""

_MEANING: Final = {
    "satisfied": "policy satisfied",
    "verified": "identity verified; no practice was judged",
    "not-satisfied": "not satisfied, actions needed",
    "no-usable-evidence": "no usable declaration was found",
    "evidence-refused": "not satisfied, evidence refused",
    "no-answer": "not satisfied, and something that might change the result could not be checked",
}
"""The deciding reason of an exit code, in words."""


MAX_SET_ASIDE: Final = 3
"""Statements about something else that are shown in full, where one of them may have been meant."""

MAX_WITHDRAWN_SHOWN: Final = 10
"""Withdrawn statements that are shown; further ones are counted."""

_SHOWN_ELSEWHERE: Final = frozenset({WITHDRAWN, WITHDRAWN_UNSEEN, WITHDRAWAL_UNHEARD})
"""Codes of gaps that have lines of their own."""


def render_text(report: Report) -> Iterator[str]:
    """The report as lines; every text that came from elsewhere is made printable."""
    for lines in _blocks(report):
        if text := "".join(f"{printable(line).rstrip()}\n" for line in lines):
            yield text


def _blocks(report: Report) -> Iterator[Iterable[str]]:
    run = report.run
    yield (
        "Enforcing",
        *(f"  {each}" for each in run.enforced),
        *(f"INSECURE  {each}" for each in run.insecure),
    )
    open_questions = bool(run.rejections) or not all(gap.is_set_aside for gap in run.gaps)
    missed = False
    work_list = WorkList(with_policy=run.basis.policy is not None, artefacts=run.subjects)
    for decision in report:
        work_list.add(decision)
        missed = missed or not (decision.attestations or open_questions)
        found = run.candidates or run.rejections or run.gaps
        yield _decision(decision, hint=() if found or decision.is_satisfied else _nothing_found(decision))
    yield chain.from_iterable(map(_refused, run.rejections))
    yield _gaps(run.gaps, missed=missed)
    yield work_list.lines()
    yield (conclusion(report),)


def _nothing_found(decision: Decision) -> tuple[str, ...]:
    if decision.subject.name.endswith(BUNDLE_SUFFIXES):
        return (
            f"  found no bundle; {decision.subject.name} has the name of one",
            "             next: name the artefact that it is about, and this file with --bundle",
        )
    return (
        f"  found no bundle; those in a directory end in {', '.join(BUNDLE_SUFFIXES)}",
        "             next: ask the project for its signed declaration, or name one with --bundle",
    )


def conclusion(report: Report) -> str:
    """The exit code and what it means, on one line."""
    return f"exit {report.exit_code}: {_MEANING[report.reasons[0]]}"


def _decision(decision: Decision, *, hint: tuple[str, ...]) -> Iterator[str]:
    known = [finding for finding in decision.findings if not is_silence(finding)]
    if decision.attestations or known:
        yield f"{_title(decision)}   {decision.verdict}"
    else:
        verdict = f"   {decision.verdict}" if decision.withdrawn else ""
        yield f"No accepted declaration for {_title(decision)}{verdict}"
    for attestation in decision.attestations:
        yield from _signed(attestation)
    for withdrawn in decision.withdrawn[:MAX_WITHDRAWN_SHOWN]:
        yield from _withdrawn(withdrawn, decision.attestations)
    if len(decision.withdrawn) > MAX_WITHDRAWN_SHOWN:
        yield f"  withdrawn  {len(decision.withdrawn) - MAX_WITHDRAWN_SHOWN} more statements"
    if known and not decision.attestations:
        yield "  no accepted declaration; what counts is what your own organisation saw and decided"
        if decision.subject.purl:
            yield f"  that {decision.subject.name} is this component is your own word"
    yield from hint
    if known:
        yield from _findings(decision, known)
    yield from (f"  note     {note}" for note in decision.notes)
    for rejection in decision.rejections:
        yield from _refused(rejection)
    yield from _gaps(decision.gaps, missed=not decision.attestations)


def _withdrawn(withdrawn: Withdrawn, accepted: tuple[Attestation, ...]) -> Iterator[str]:
    by, attestation = withdrawn.by, withdrawn.attestation
    what = (
        attestation.location
        if attestation
        else f"a statement that was not found, {withdrawn.entry.payload_sha256}"
    )
    yield f"  withdrawn  {what}"
    yield f"             {utc_text(by.signed_at)} by {signer_line(by.signer)}"
    yield f"             in {by.location}: {withdrawn.why}"
    if withdrawn.more:
        yield f"             and {withdrawn.more} more withdrawals of it"
    if not withdrawn.blocks:
        return
    # Signed later, and yet not made later: a statement gets the time of its identity token.
    backdated = [each for each in accepted if each.expected in by.rules and each.signed_at > by.signed_at]
    if backdated:
        made = utc_text(max(each.made_at for each in backdated))
        yield f"             blocks: what this signer signed later is dated {made}, which is not later"
        yield "             next: ask the project to sign it again, with a fresh identity token"
    else:
        yield "             blocks: this signer has said nothing later about the artefact that counts"
        yield "             next: ask the project for a statement that it stands by"


def _title(decision: Decision) -> str:
    """What was asked about; what a statement says that it is about is a line of that statement."""
    asked = decision.subject.purl
    return f"{asked}, {decision.subject.name}" if asked else _short(decision)


def _short(decision: Decision) -> str:
    value = next((str(digest) for digest in decision.subject.digests), "")
    algorithm, _, digest = value.partition(":")
    return f"{decision.subject.name} ({algorithm}:{digest[:8]}…{digest[-4:]})"


def _signed(attestation: Attestation) -> Iterator[str]:
    yield f"  signed   {utc_text(attestation.signed_at)} by {signer_line(attestation.signer)}"
    expected, scope = attestation.expected, attestation.statement.predicate.scope
    more = f" and {len(scope.purls) - 1} more" if len(scope.purls) > 1 else ""
    about = scope.purls[0] if scope.purls else shortened(scope.project.name)
    yield f"           says that it is about {about}{more}"
    if expected.relationship == UNSTATED:
        yield f"           the signer named by {expected.place}"
    else:
        yield f"           counts as {expected.relationship}, {expected.place}"
    yield from (f"  note     {note}" for note in attestation.statement.notes)


def signer_line(signer: SignerIdentity | SignerKey) -> str:
    """Who signed, as proven, on one line."""
    if isinstance(signer, SignerKey):
        return f"the key sha256:{signer.spki_sha256}"
    source = f" run for {signer.source_repository}" if signer.source_repository else ""
    return f"{signer.san} ({signer.issuer}){source}"


def _findings(decision: Decision, known: list[Finding]) -> Iterator[str]:
    """What is `known`; what nobody has said anything about is counted, and is in the work list."""
    required = Counter(finding.outcome for finding in decision.findings if finding.required)
    counts = ", ".join(f"{required[outcome]} {outcome}" for outcome in Outcome if required[outcome])
    yield f"  {practices(required.total(), what='required ')}: {counts}"
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(
        known,
        key=lambda each: (not each.required, _URGENCY.index(each.outcome), by_value(each)),
    ):
        if finding.outcome not in _QUIET:
            label = finding.outcome if finding.required else f"{finding.outcome}, recommended"
            alike.setdefault((label, finding.reason), []).append(finding)
    for (label, reason), findings in alike.items():
        yield from _alike(findings, said=f"{label}: {reason}")


def _alike(findings: list[Finding], *, said: str) -> Iterator[str]:
    """Findings of one outcome for one reason, which is given once, and their steps."""
    together = len({finding.next for finding in findings}) == 1 or findings[0].outcome in _CLOSED
    for finding in findings:
        yield f"  {finding.practice}  {finding.title}"
        if not together:
            yield f"          next: {finding.next}{reference(finding)}"
    yield f"          {said}"
    if together and findings[0].next and findings[0].outcome not in _CLOSED:
        yield f"          next: {findings[0].next}{reference(findings[0])}"


def _refused(rejection: Rejection) -> Iterator[str]:
    yield f"  looked at  {rejection.location}"
    yield f"  refused    {rejection.message}   [{rejection.code}]"
    yield from _nearest(rejection)
    if rejection.step:
        yield f"  next       {rejection.step}"


def _nearest(found: Rejection | Gap) -> Iterator[str]:
    nearest = found.nearest
    if nearest.differs_in:
        yield f"             differs in: {', '.join(nearest.differs_in)}"
    if nearest.expected:
        yield f"             expected  {nearest.expected}"
    if nearest.found:
        yield f"             found     {nearest.found}"
    if nearest.rule:
        yield f"             rule      {nearest.rule}"


def _gaps(gaps: tuple[Gap, ...], *, missed: bool) -> Iterator[str]:
    """What gave no answer; what is about something else is counted, and shown if an artefact has none."""
    for gap in gaps:
        if gap.code == WITHDRAWAL_UNHEARD:
            yield f"  not heard  {gap.location}: {gap.message}"
    aside = [gap for gap in gaps if gap.is_set_aside and gap.code not in _SHOWN_ELSEWHERE]
    for gap in gaps:
        if not gap.is_set_aside:
            yield f"  not checked  {gap.location}: {gap.message}"
            if gap.step:
                yield f"             next: {gap.step}"
    shown = aside[:MAX_SET_ASIDE] if missed else []
    for gap in shown:
        yield f"  set aside  {gap.location}: {gap.message}"
        yield from _nearest(gap)
        if gap.step:
            yield f"             next: {gap.step}"
    if len(aside) > len(shown):
        left = len(aside) - len(shown)
        bundles = f"{left}{' more' if shown else ''} {'bundle' if left == 1 else 'bundles'}"
        yield f"  set aside  {bundles} about something else"
