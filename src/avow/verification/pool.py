"""Every bundle of a run, verified and parsed once, however many subjects it is asked about.

1. discover: candidates from the stores, unjudged; a store that fails is a gap of that store
2. verify signature, certificate, log entry and timestamps against each trusted root and key
3. read the payload as a declaration or a withdrawal, from the very bytes that were verified
4. index by subject digest; declarations by the components that the scope names, withdrawals by the payloads
   that they name

Nothing is dropped on the way: what was refused is a rejection, what gave no answer is a gap.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from avow.errors import (
    BundleMalformed,
    ClockBehind,
    EvidenceRejected,
    PredicateInvalid,
    RootTooOld,
    ServiceUnavailable,
    SignatureRejected,
    StoreUnavailable,
    SubjectMismatch,
    UnsupportedEvidence,
    one_candidate,
)
from avow.formats.purl import Purl, component_key
from avow.results import Gap, Place, Rejection
from avow.statement.in_toto import (
    ForeignPredicate,
    Statement,
    StatementSubject,
    WithdrawalStatement,
    read_either,
)
from avow.statement.validity import scope_purls
from avow.stores import Candidate, Store
from avow.stores.containers import claimed_subjects
from avow.subject import Digest, Subject
from avow.transparency.backend import VerifiedEnvelope
from avow.transparency.container import is_marked
from avow.verification.session import Session, Trust, open_trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from datetime import datetime
    from multiprocessing.context import BaseContext

CHUNK: Final = 64
"""Candidates that one process verifies before it reports: some 70 ms of work against 1 ms to send them."""

Verified: TypeAlias = "tuple[VerifiedEnvelope, ...] | Rejection | Gap"
"""The envelope by each root or key that it verifies against, or why by none."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """One candidate that verified, parsed once. It knows no subject."""

    number: int
    """Its place in the pool."""
    location: str
    named: bool
    """The user pointed at this very file."""
    envelopes: tuple[VerifiedEnvelope, ...]
    """At least one. Roots are never merged: two editions of one instance's root share most keys, and a signer
    rule may be bound to either."""
    statement: Statement
    scope: tuple[Purl, ...] | PredicateInvalid
    """The components that the statement says it speaks for, or why they can't be read."""


@dataclass(frozen=True, slots=True)
class AdmittedWithdrawal:
    """One withdrawal that verified. Whether its signer may say so depends on the subject."""

    location: str
    named: bool
    envelopes: tuple[VerifiedEnvelope, ...]
    statement: WithdrawalStatement

    def names(self, payloads: frozenset[str]) -> bool:
        """It withdraws one of `payloads`."""
        return any(each.payload_sha256 in payloads for each in self.statement.withdrawal.withdraws)


class EvidencePool:
    """The admitted candidates of one run, with what was refused and what gave no answer."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.admitted: list[Admitted] = []
        self.rejections: list[Rejection] = []
        self.gaps: list[Gap] = []
        self.withdrawals: list[AdmittedWithdrawal] = []
        self.candidates = 0
        self._withdrawals_by_digest: dict[Digest, list[tuple[int, StatementSubject]]] = defaultdict(list)
        self._withdrawals_by_payload: dict[str, list[int]] = defaultdict(list)
        self._by_payload: dict[str, Admitted] = {}
        self._superseding: dict[str, list[int]] = defaultdict(list)
        self.searched: tuple[Place, ...] = ()
        self._by_digest: dict[Digest, list[tuple[int, StatementSubject]]] = defaultdict(list)
        self._by_component: dict[tuple[str | None, ...], list[int]] = defaultdict(list)

    @classmethod
    def gather(
        cls,
        session: Session,
        stores: Iterable[Store],
        *,
        subjects: tuple[Subject, ...],
        now: datetime,
        workers: int = 1,
    ) -> EvidencePool:
        """Every candidate of `stores`, admitted once; with several `workers`, verified in as many processes.

        Raises:
            InputInvalid: a file that the user named can't be read.
        """
        pool = cls(session)
        searches: list[_Search] = []
        candidates = _discover(stores, subjects, searches=searches)
        asked = frozenset(digest for subject in subjects for digest in subject.digests)
        for candidate, verified in _verified_by(session.trust, candidates, now=now, workers=workers):
            pool.candidates += 1
            if (
                isinstance(verified, Rejection | Gap)
                and not candidate.named
                and _is_about_others(candidate, asked)
            ):
                pool.gaps.append(
                    Gap(
                        code=SubjectMismatch.code,
                        location=candidate.location,
                        message=f"{verified.message}; it says that it is about other artefacts",
                    )
                )
            elif (
                isinstance(verified, Rejection)
                and verified.code == BundleMalformed.code
                and not candidate.named
                and not is_marked(candidate.content)
            ):
                pool.gaps.append(
                    Gap(
                        code=verified.code,
                        location=candidate.location,
                        message=verified.message,
                        hint=verified.hint,
                    )
                )
            else:
                pool._admit(candidate, verified)
        pool.searched = tuple(each.place for each in searches)
        # First, because how far ahead a store is read depends on the number of workers.
        pool.gaps[:0] = [gap for place in pool.searched for gap in place.failed]
        return pool

    @property
    def algorithms(self) -> frozenset[str]:
        """The digest algorithms by which the statements identify artefacts."""
        return frozenset(digest.algorithm for digest in (*self._by_digest, *self._withdrawals_by_digest))

    def about(self, subject: Subject) -> Iterator[tuple[Admitted, tuple[StatementSubject, ...]]]:
        """Statements that list a digest of `subject`, with the entries that do, in the order of discovery."""
        entries = _listing(self._by_digest, subject)
        for number in sorted(entries):
            yield self.admitted[number], tuple(entries[number].values())

    def withdrawals_about(
        self, subject: Subject, payloads: Iterable[str]
    ) -> Iterator[tuple[AdmittedWithdrawal, tuple[StatementSubject, ...]]]:
        """Withdrawals that list a digest of `subject`, with these entries, or name one of `payloads`."""
        entries = _listing(self._withdrawals_by_digest, subject)
        named = {number for each in set(payloads) for number in self._withdrawals_by_payload.get(each, ())}
        for number in sorted(entries.keys() | named):
            yield self.withdrawals[number], tuple(entries.get(number, {}).values())

    def superseding(self, payloads: Iterable[str]) -> Iterator[Admitted]:
        """Statements that name one of `payloads` in `supersedes`, whatever they are about."""
        numbers = {number for each in set(payloads) for number in self._superseding.get(each, ())}
        yield from (self.admitted[number] for number in sorted(numbers))

    def withdrawals_of(self, payload_sha256: str) -> tuple[AdmittedWithdrawal, ...]:
        """Withdrawals that name the payload, by whomever."""
        numbers = dict.fromkeys(self._withdrawals_by_payload.get(payload_sha256, ()))
        return tuple(self.withdrawals[number] for number in numbers)

    @cached_property
    def withdrawal_payloads(self) -> frozenset[str]:
        """The payloads of all withdrawals."""
        return frozenset(each.statement.payload_sha256 for each in self.withdrawals)

    def is_about_others(self, payload_sha256: str, subject: Subject) -> bool:
        """The payload is in hand, and each of its artefacts has another digest than `subject`."""
        asked = frozenset(subject.digests)
        algorithms = {digest.algorithm for digest in asked}
        found = self._by_payload.get(payload_sha256)
        return found is not None and all(
            asked.isdisjoint(entry.digests) and any(each.algorithm in algorithms for each in entry.digests)
            for entry in found.statement.subjects
        )

    def of_component(self, component: Purl) -> list[int]:
        """The numbers of the statements whose scope names `component`, at whatever version."""
        return self._by_component.get(component_key(component), [])

    def _admit(self, candidate: Candidate, verified: Verified) -> None:
        if isinstance(verified, Rejection):
            self.rejections.append(verified)
            return
        if isinstance(verified, Gap):
            self.gaps.append(verified)
            return
        try:
            with one_candidate(candidate.location):
                statement = read_either(verified[0].payload, payload_type=verified[0].payload_type)
                scope = () if isinstance(statement, WithdrawalStatement) else _scope(statement)
        except ForeignPredicate as error:
            set_aside(error, candidate, rejections=self.rejections, gaps=self.gaps)
            return
        except EvidenceRejected as error:
            self.rejections.append(Rejection.of(error, location=candidate.location))
            return
        if isinstance(statement, WithdrawalStatement):
            self._admit_withdrawal(candidate, verified, statement)
            return
        self._admit_declaration(candidate, verified, statement, scope)

    def _admit_declaration(
        self,
        candidate: Candidate,
        envelopes: tuple[VerifiedEnvelope, ...],
        statement: Statement,
        scope: tuple[Purl, ...] | PredicateInvalid,
    ) -> None:
        number = len(self.admitted)
        self.admitted.append(
            Admitted(number, candidate.location, candidate.named, envelopes, statement, scope)
        )
        self._by_payload[statement.payload_sha256] = self.admitted[-1]
        for payload in {each.payload_sha256 for each in statement.predicate.supersedes}:
            self._superseding[payload].append(number)
        for entry in statement.subjects:
            for digest in entry.digests:
                self._by_digest[digest].append((number, entry))
        if not isinstance(scope, PredicateInvalid):
            for key in dict.fromkeys(map(component_key, scope)):
                self._by_component[key].append(number)

    def _admit_withdrawal(
        self, candidate: Candidate, envelopes: tuple[VerifiedEnvelope, ...], statement: WithdrawalStatement
    ) -> None:
        number = len(self.withdrawals)
        self.withdrawals.append(AdmittedWithdrawal(candidate.location, candidate.named, envelopes, statement))
        for entry in statement.subjects:
            for digest in entry.digests:
                self._withdrawals_by_digest[digest].append((number, entry))
        for named in statement.withdrawal.withdraws:
            self._withdrawals_by_payload[named.payload_sha256].append(number)


def _scope(statement: Statement) -> tuple[Purl, ...] | PredicateInvalid:
    try:
        return scope_purls(statement.predicate)
    except PredicateInvalid as error:
        return error


def _listing(
    index: Mapping[Digest, list[tuple[int, StatementSubject]]], subject: Subject
) -> dict[int, dict[int, StatementSubject]]:
    """By number, the entries that list a digest of `subject`."""
    # By object, not by value: a stranger may list one digest under thousands of names.
    entries: dict[int, dict[int, StatementSubject]] = defaultdict(dict)
    for digest in subject.digests:
        for number, entry in index.get(digest, ()):
            entries[number][id(entry)] = entry
    return entries


@dataclass(slots=True)
class _Search:
    """What one store has given so far."""

    location: str
    candidates: int = 0
    failed: list[Gap] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(location=self.location, candidates=self.candidates, failed=tuple(self.failed))


def _discover(
    stores: Iterable[Store], subjects: tuple[Subject, ...], *, searches: list[_Search]
) -> Iterator[Candidate]:
    """Every candidate once; the same bytes in two places are judged where they were first found."""
    seen: set[bytes] = set()
    for store in stores:
        search = _Search(str(store))
        searches.append(search)
        try:
            for found in store.find(subjects):
                if isinstance(found, Gap):
                    search.failed.append(found)
                    continue
                search.candidates += 1
                digest = hashlib.sha256(found.content).digest()
                if digest not in seen:
                    seen.add(digest)
                    yield found
        except ServiceUnavailable as error:
            search.failed.append(Gap.of(error, location=str(store)))
        except OSError as error:
            unavailable = StoreUnavailable(f"the store could not be read: {error.strerror or error}")
            search.failed.append(Gap.of(unavailable, location=str(store)))


def _is_about_others(candidate: Candidate, asked: frozenset[Digest]) -> bool:
    """By its own words, which nothing proves, it is about none of the artefacts that are asked about.

    Whoever wrote them wants no more by it than not to be counted.
    """
    claimed = claimed_subjects(candidate.content)
    known = {digest.algorithm for digest in asked}
    return bool(claimed) and all(
        any(each.algorithm in known and each not in asked for each in entry.digests) for entry in claimed
    )


def set_aside(
    error: EvidenceRejected,
    found: Candidate | Admitted | AdmittedWithdrawal,
    *,
    rejections: list[Rejection],
    gaps: list[Gap],
) -> None:
    """Keep what is genuine but of another kind, or about something else: a refusal if the user named it."""
    if found.named:
        rejections.append(Rejection.of(error, location=found.location))
    else:
        gaps.append(Gap.of(error, location=found.location))


_INFORMATIVE: Final[tuple[type[Exception], ...]] = (
    SignatureRejected,
    ClockBehind,
    RootTooOld,
    UnsupportedEvidence,
    BundleMalformed,
)
"""Which error is reported where several roots and keys refuse one bundle; the first type in this list wins.

A root finds a bundle unsupported that is signed with a key, and a key one that is signed with a certificate:
what was said of the bundle's own kind of signature says more.
"""


def verify_chunk(trust: Trust, chunk: tuple[tuple[bytes, str], ...], now: datetime) -> list[Verified]:
    """What each bundle of `chunk`, bytes and location, turns out to be: the unit of work of a batch.

    Nothing that is known of a subject enters; the verifiers of `trust` are opened once per process.
    """
    backends = open_trust(trust)
    found: list[Verified] = []
    for content, location in chunk:
        envelopes: list[VerifiedEnvelope] = []
        refusals: list[EvidenceRejected | UnsupportedEvidence | ServiceUnavailable] = []
        for backend in backends:
            try:
                with one_candidate(location):
                    envelopes.append(backend.verify(content, location=location, now=now))
            except BundleMalformed as error:
                refusals.append(error)
                break  # whoever signed it
            except (EvidenceRejected, UnsupportedEvidence, ServiceUnavailable) as error:
                # A traceback holds everything that was parsed, and there may be hundreds of keys.
                error.__cause__ = error.__context__ = None
                refusals.append(error.with_traceback(None))
        found.append(tuple(envelopes) or _refusal(refusals, location=location))
    return found


def _refusal(
    refusals: list[EvidenceRejected | UnsupportedEvidence | ServiceUnavailable], *, location: str
) -> Rejection | Gap:
    error = min(
        refusals,
        key=lambda each: next(
            i for i, kind in enumerate((*_INFORMATIVE, Exception)) if isinstance(each, kind)
        ),
        default=UnsupportedEvidence("no trusted root was given that could verify it"),
    )
    if isinstance(error, EvidenceRejected):
        return Rejection.of(error, location=location)
    return Gap.of(error, location=location)


def _verified_by(
    trust: Trust, candidates: Iterator[Candidate], *, now: datetime, workers: int
) -> Iterator[tuple[Candidate, Verified]]:
    chunks = iter(lambda: tuple(islice(candidates, CHUNK)), ())
    if workers <= 1:
        for chunk in chunks:
            yield from zip(chunk, verify_chunk(trust, _bytes_of(chunk), now), strict=True)
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  one process needs none of it

    with ProcessPoolExecutor(workers, mp_context=_start_method()) as executor:
        waiting: list[tuple[tuple[Candidate, ...], Future[list[Verified]]]] = []
        for chunk in chunks:
            waiting.append((chunk, executor.submit(verify_chunk, trust, _bytes_of(chunk), now)))
            if len(waiting) > 2 * workers:  # enough to keep every process busy; memory stays bounded
                done, future = waiting.pop(0)
                yield from zip(done, future.result(), strict=True)
        for done, future in waiting:
            yield from zip(done, future.result(), strict=True)


def _bytes_of(chunk: tuple[Candidate, ...]) -> tuple[tuple[bytes, str], ...]:
    return tuple((candidate.content, candidate.location) for candidate in chunk)


def _start_method() -> BaseContext:
    """Fork where that is safe: each new interpreter would spend a second on its imports."""
    import multiprocessing  # noqa: PLC0415  see above

    forkable = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forkable else "spawn")
