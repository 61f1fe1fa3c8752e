"""What a run hands over: decisions about subjects, and what was refused or gave no answer on the way.

What the certificate proves is in `Attestation.signer`; what the project wrote is in
`avow.statement.predicate`. The two never share a model. `tests/test_architecture.py` checks that only
`avow.verification` constructs the former.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from avow.errors import (
    EXIT_NOTHING,
    EXIT_REFUSED,
    EXIT_SATISFIED,
    EXIT_UNAVAILABLE,
    EXIT_UNSATISFIED,
    AvowError,
    BundleMalformed,
    EvidenceRejected,
    Nearest,
    ServiceUnavailable,
    SubjectMismatch,
    shortened,
)
from avow.formats.purl import Purl
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.statement.in_toto import ForeignPredicate, Statement, WithdrawalStatement
from avow.statement.predicate import PracticeEntry
from avow.statement.withdrawal import Reason, WithdrawnStatement
from avow.subject import Subject
from avow.values import Frozen
from avow.vocabulary import Basis, Outcome, Strength, Verdict, Voice

SATISFIED: Final = frozenset({Verdict.CLEAR, Verdict.REVIEW_ONLY, Verdict.VERIFIED})
"""The verdicts that are a yes."""


DECIDED: Final = frozenset({Outcome.GAP_ACCEPTED, Outcome.COMPENSATED})
"""The outcomes that the consumer's own decisions bring, whether anybody said anything or not."""


SUPERSEDED: Final = "superseded"
"""The code of a gap: a statement that another one replaces."""

WITHDRAWN: Final = "withdrawn"
"""The code of a gap: a statement that its signer has taken back."""

WITHDRAWN_UNSEEN: Final = "withdrawn-unseen"
"""The code of a gap: what was withdrawn is not in hand; it may have been about the subject."""

WITHDRAWAL_UNHEARD: Final = "withdrawal-unheard"
"""The code of a gap: an allowed signer withdraws what is not theirs to withdraw."""


class EvidenceStrength(Frozen):
    """The strength of one piece of evidence as found here, beside the one its producer claimed."""

    practice: str
    claimed: Strength
    verified: Strength
    reason: str
    retrieved_at: datetime | None
    type: str = ""
    """What it is, in its producer's words."""
    sha256: str | None = None
    """The SHA-256 by which its producer cites it; its bytes had it where `verified` is E2 or more."""


class Attestation(Frozen):
    """A statement by an allowed signer about the subject, with a predicate that can be relied on."""

    subject: Subject
    statement: Statement
    scope: tuple[Purl, ...]
    """The components that the statement says it speaks for."""
    basis: Basis
    signer: SignerIdentity | SignerKey
    expected: ExpectedSigner
    signed_at: datetime
    location: str
    bundle_sha256: str
    payload_sha256: str
    strengths: tuple[EvidenceStrength, ...]

    @property
    def made_at(self) -> datetime:
        """From when its age counts: the earlier of the verified time and what it says itself, `declaredAt`.

        A verified time proves "not later than". Anybody can put a fresh timestamp beside an old signature,
        and nothing becomes younger by that.
        """
        return min(self.signed_at, self.statement.predicate.declared_at)


class AcceptedWithdrawal(Frozen):
    """A withdrawal by a signer whom the policy lists for the subject's component, now or once.

    Whether it is heard depends on whose statement it names (`avow.policy.standing`).
    """

    statement: WithdrawalStatement
    signer: SignerIdentity | SignerKey
    rules: tuple[ExpectedSigner, ...]
    """All signer rules that admit it, those included whose `validUntil` has passed; at least one."""
    signed_at: datetime
    location: str
    lists_subject: bool
    """The subject is one of its own subjects; otherwise it was found by the payload that it names."""

    @property
    def ended(self) -> bool:
        """It was signed after the end of each rule that admits it."""
        return all(rule.valid_until is not None and self.signed_at >= rule.valid_until for rule in self.rules)


class Withdrawn(Frozen):
    """A statement that its own authority has taken back."""

    entry: WithdrawnStatement
    by: AcceptedWithdrawal
    attestation: Attestation | None
    """None where it is not in hand."""
    more: int
    """How many further withdrawals of the same statement were heard."""
    blocks: bool
    """Nothing of the same authority counts in its place."""

    @property
    def why(self) -> str:
        """The reason in words, and what the signer says beside it."""
        said = self.entry.reason
        meaning = (
            Reason(said).meaning if said in set(Reason) else f"reason {said}" if said else "no reason given"
        )
        return shortened(f"{meaning} ({self.entry.explanation})" if self.entry.explanation else meaning)


class OwnSight(Frozen):
    """A look of the consumer's own organisation that an outcome rests on: its own word."""

    place: str
    """`observations.yaml:3`."""
    in_place: bool
    """What the look found."""
    at: datetime
    who: str
    source: str
    """What was looked at; for a tool's result its check and repository."""
    sha256: str | None
    """Of what was looked at, if a copy was kept."""
    versions: str | None
    """The range of versions that it holds for; None if it does not depend on the version."""
    artefact: str | None
    """The digest of the file that was looked at; None if it was not a look at one file."""
    facts: Mapping[str, Any] | None
    """What was seen, by the facts of the practice; None if it was not written down."""
    note: str
    """What else was written down; empty if nothing."""


class OwnDecision(Frozen):
    """A gap that the consumer accepts, or a measure that it takes in place of the practice."""

    place: str
    kind: Literal["acceptedGap", "measure"]
    owner: str
    because: str
    """Empty for a measure."""
    measure: str
    versions: str
    """The range of versions that it is about."""
    ticket: str
    """Where an accepted gap is followed; empty if nowhere, and for a measure."""
    source: str
    """Where a measure is recorded; empty if nowhere, and for an accepted gap."""
    until: date
    """The last day on which it counts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome for one practice, with its reason and the manufacturer's next step."""

    practice: str
    title: str
    outcome: Outcome
    required: bool
    voice: Voice
    reason: str
    next: str
    references: tuple[str, ...]
    rules: tuple[str, ...] = ()
    """The ids of the rules that objected (docs/reference/rules.md); empty where none did."""
    statement: str | None = None
    """SHA-256 of the payload of the deciding statement; None if there is none."""
    strength: Strength = Strength.E0
    """The strength of evidence that is required."""
    entry: PracticeEntry | None = None
    """What the deciding statement says about the practice."""
    evidence: tuple[EvidenceStrength, ...] = ()
    """The evidence that the deciding statement cites for the practice."""
    own_look: OwnSight | None = None
    """The own look that the outcome rests on, alone or beside a statement."""
    own_decision: OwnDecision | None = None
    """The own decision that closes it."""
    deciding_facts: tuple[str, ...] = ()
    """The names of the facts that the outcome depends on."""


class Rejection(Frozen):
    """Evidence that was looked at and refused, with the nearest miss, the rule and the next step."""

    code: str
    location: str
    message: str
    nearest: Nearest
    hint: str = ""

    @property
    def step(self) -> str:
        """What to do about it: the step of the nearest miss, if that is known, is the better one."""
        return self.nearest.next or self.hint

    @classmethod
    def of(cls, error: EvidenceRejected, *, location: str) -> Rejection:
        """What the record keeps of `error`."""
        return cls(
            code=error.code,
            location=error.location or location,
            message=error.message,
            nearest=error.nearest,
            hint=error.hint,
        )


_SET_ASIDE: Final = frozenset(
    {
        SubjectMismatch.code,
        ForeignPredicate.code,
        BundleMalformed.code,
        SUPERSEDED,
        WITHDRAWN,
        WITHDRAWN_UNSEEN,
        WITHDRAWAL_UNHEARD,
    }
)


class Gap(Frozen):
    """Something that gave no answer: unsupported, about something else, or a service that was silent."""

    code: str
    location: str
    message: str
    hint: str = ""
    may_change: bool = False
    """Trying again, or with a newer root, may bring an answer."""
    nearest: Nearest = Nearest()

    @property
    def step(self) -> str:
        """What to do about it, as for a `Rejection`."""
        return self.nearest.next or self.hint

    @property
    def is_set_aside(self) -> bool:
        """It was looked at: genuine and about something else, replaced, withdrawn, or no bundle at all."""
        return self.code in _SET_ASIDE

    @classmethod
    def of(cls, error: AvowError, *, location: str) -> Gap:
        """What the record keeps of `error`."""
        return cls(
            code=error.code,
            location=error.location or location,
            message=error.message,
            hint=error.hint,
            may_change=isinstance(error, ServiceUnavailable),
            nearest=error.nearest if isinstance(error, EvidenceRejected) else Nearest(),
        )


class Decision(Frozen):
    """The answer about one subject; whatever was looked at and concerns it is in it."""

    subject: Subject
    verdict: Verdict | None
    """None where only identity was required and no allowed signer had signed."""
    findings: tuple[Finding, ...]
    attestations: tuple[Attestation, ...]
    rejections: tuple[Rejection, ...]
    gaps: tuple[Gap, ...]
    component: Purl | None = None
    """Which component the artefact counts as: as the user says, else the only one of the policy."""
    notes: tuple[str, ...]
    """What is said beside the outcomes: a decision that ended, a contradiction, a capped validity."""
    withdrawn: tuple[Withdrawn, ...] = ()
    """What was taken back, by whom and why."""

    @property
    def is_satisfied(self) -> bool:
        """The policy is satisfied: by statements, or by what the consumer saw and decided itself."""
        return self.verdict in SATISFIED and self.is_decided

    @property
    def is_decided(self) -> bool:
        """Something was judged: a statement was accepted or withdrawn, or an own look or decision counts."""
        return bool(self.attestations or self.withdrawn) or any(
            finding.voice is not Voice.NOBODY or finding.outcome in DECIDED for finding in self.findings
        )


class UsedFile(Frozen):
    """A file that answers depend on, with the SHA-256 of the bytes that were read."""

    name: str
    path: str
    sha256: str


class Edition(Frozen):
    """A catalogue or profile as it was used: its version, and the digest of its files."""

    id: str
    version: str
    sha256: str
    """Of the `sha256sum` listing of its files, sorted by name."""


class RunBasis(Frozen):
    """What the answers of a run depend on, apart from the evidence, the subjects and the clock."""

    policy: UsedFile | None
    """None where options of the command name the signer."""
    signer_files: tuple[UsedFile, ...]
    """Lists of signer rules that the policy names."""
    own_files: tuple[UsedFile, ...]
    """Own looks and decisions that the user names beside the policy."""
    profile: Edition | None
    """None where the policy names no profile, or no practice is judged."""
    support_until: date | None
    """Until when the product is supported, by the policy; None if it does not say."""
    catalogue: Edition
    trusted_roots: tuple[UsedFile, ...]
    identity_only: bool
    """Only who signed is verified, and no practice is judged."""


class Place(Frozen):
    """A store or a named file that was searched for bundles."""

    location: str
    candidates: int
    """How many bundles are in it; one that another place has, too, is counted in both, and judged once."""
    failed: tuple[Gap, ...]
    """What in it could not be read, or the place as a whole; `Run.gaps` has these, too."""


class Run(Frozen):
    """What holds for every subject of one run, and what was found that is about none of them."""

    basis: RunBasis
    searched: tuple[Place, ...]
    """Where bundles were looked for, in that order."""
    searched_for_evidence: tuple[str, ...]
    """Where evidence was looked for."""
    enforced: tuple[str, ...]
    insecure: tuple[str, ...]
    evaluated_at: datetime
    subjects: int
    candidates: int
    """How many bundles were looked at, each counted once."""
    rejections: tuple[Rejection, ...]
    gaps: tuple[Gap, ...]


class Report:
    """The decisions of one run, in the order of its subjects.

    `results` may be an iterator: a large batch is judged while it is written, and never held as a whole. The
    exit code is known once all results have been handed out.
    """

    def __init__(self, run: Run, results: Iterable[Decision]) -> None:
        self.run = run
        self._results = results
        self._tally: _Tally | None = None

    def __iter__(self) -> Iterator[Decision]:
        """Each decision, once; of a report that holds a tuple, again each time."""
        tally = _Tally()
        for decision in self._results:
            tally.count(decision)
            yield decision
        # Decisions that another loop took away were not counted here, and one of them may have been a no.
        if tally.decisions == self.run.subjects:
            self._tally = tally

    def collected(self) -> Report:
        """The same report with every decision in hand."""
        report = Report(self.run, tuple(self))
        report._tally = self._tally
        return report

    @property
    def exit_code(self) -> int:
        """What a command ends with (product documentation, exit codes)."""
        return self._exit[0]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason that applies, the one that decides the exit code first."""
        return self._exit[1]

    @property
    def is_satisfied(self) -> bool:
        """Every subject is satisfied, and there was at least one."""
        return self.exit_code == EXIT_SATISFIED

    @property
    def _exit(self) -> tuple[int, tuple[str, ...]]:
        if self._tally is None:
            raise RuntimeError("the exit code is known once every result has been read, in one loop")
        return self._tally.exit(self.run)


class _Tally:
    """What the exit code depends on, counted while results pass."""

    def __init__(self) -> None:
        self.decisions = self.satisfied = 0
        self.judged = self.decided = self.refused = self.unavailable = False

    def count(self, decision: Decision) -> None:
        """Take one decision into account."""
        self.decisions += 1
        self.judged = self.judged or decision.verdict is not Verdict.VERIFIED
        self.decided = self.decided or decision.is_decided
        if decision.is_satisfied:
            self.satisfied += 1
            return
        self.refused = self.refused or bool(decision.rejections)
        self.unavailable = self.unavailable or any(gap.may_change for gap in decision.gaps)

    def exit(self, run: Run) -> tuple[int, tuple[str, ...]]:
        """The exit code and every reason that applies, the deciding one first."""
        if self.decisions and self.satisfied == self.decisions:
            return EXIT_SATISFIED, ("satisfied" if self.judged else "verified",)
        # If there is only one subject, whatever was refused may have been meant for it.
        refused = self.refused or (self.decisions == 1 and bool(run.rejections))
        applying = (
            (EXIT_REFUSED, "evidence-refused", refused),
            (EXIT_UNAVAILABLE, "no-answer", self.unavailable or any(gap.may_change for gap in run.gaps)),
            (EXIT_NOTHING, "no-usable-evidence", not self.decided),
            (EXIT_UNSATISFIED, "not-satisfied", self.decided),
        )
        reasons = [(code, reason) for code, reason, applies in applying if applies]
        return reasons[0][0], tuple(reason for _, reason in reasons)
