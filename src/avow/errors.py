"""The taxonomy of failures: code, exit code and next step are data on each class.

Exceptions never print and never exit. They meet the exit codes in one place, `avow.cli`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Final

EXIT_SATISFIED = 0
EXIT_UNSATISFIED = 1
EXIT_INPUT = 2
EXIT_NOTHING = 3
EXIT_REFUSED = 4
EXIT_UNAVAILABLE = 5
EXIT_BUG = 70
EXIT_INTERRUPTED = 130

MAX_FOREIGN_CHARACTERS: Final = 1000


def shortened(text: str) -> str:
    """`text` for a report, cut at `MAX_FOREIGN_CHARACTERS`: a stranger may have written megabytes."""
    if len(text) <= MAX_FOREIGN_CHARACTERS:
        return text
    return f"{text[:MAX_FOREIGN_CHARACTERS]}… ({len(text)} characters)"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One error in the user's own input: where it is, what is wrong, and how to fix it.

    `line` and `column` count from 1; 0 means that the error has no place inside `source`.
    """

    source: str
    line: int
    column: int
    message: str
    fix: str = ""
    practice: str = ""

    @property
    def place(self) -> str:
        """`source:line:column` as editors and compilers write it, or `source` alone."""
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


class AvowError(Exception):
    """The base of all errors that Avow raises on purpose."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = EXIT_BUG
    next_step: ClassVar[str] = ""
    """What to do, unless the error is raised with a more specific hint."""

    def __init__(self, message: str, *, hint: str = "", location: str = "") -> None:
        message = shortened(message)
        super().__init__(message)
        self.message = message
        self.hint = hint or self.next_step
        self.location = location
        # A traceback shows notes, to users of the API and in tests; the command prints lines of its own.
        for note in (location and f"at: {location}", self.hint and f"next: {self.hint}"):
            if note:
                self.add_note(note)


class InputInvalid(AvowError):
    """The user's own file or argument can't be used; carries all errors, not only the first."""

    code = "input-invalid"
    exit_code = EXIT_INPUT

    def __init__(
        self, message: str, *, problems: tuple[Problem, ...] = (), hint: str = "", location: str = ""
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.problems = problems
        for problem in problems:
            self.add_note(f"{problem.place}: {problem.message}")


class NothingToEvaluate(AvowError):
    """There is no subject, or no usable evidence for any subject."""

    code = "nothing-to-evaluate"
    exit_code = EXIT_NOTHING


class UnsupportedEvidence(AvowError):
    """Evidence in a form that this version can't judge: a gap, neither valid nor invalid."""

    code = "bundle-unsupported"
    exit_code = EXIT_NOTHING


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest miss of a refusal: what was expected where, and what was found."""

    differs_in: tuple[str, ...] = ()
    expected: str = ""
    found: str = ""
    rule: str = ""
    next: str = ""

    def __post_init__(self) -> None:
        """Cut what a stranger may have written at length."""
        for name in ("expected", "found"):
            object.__setattr__(self, name, shortened(getattr(self, name)))


class EvidenceRejected(AvowError):
    """Evidence that was examined and refused."""

    code = "evidence-rejected"
    exit_code = EXIT_REFUSED

    def __init__(
        self, message: str, *, hint: str = "", location: str = "", nearest: Nearest | None = None
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.nearest = nearest if nearest is not None else Nearest()


class BundleMalformed(EvidenceRejected):
    """The bytes are not a Sigstore bundle of a supported version and size."""

    code = "bundle-malformed"
    next_step = "get the bundle again from where the project publishes it"


class SignatureRejected(EvidenceRejected):
    """Signature, certificate, log entry or timestamp does not verify against the trusted root."""

    code = "signature-rejected"
    next_step = "get the bundle again from the project; if it is the same, report it to the project"


class IdentityMismatch(EvidenceRejected):
    """The signature verifies, but the signer is not an allowed one."""

    code = "identity-mismatch"


class SubjectMismatch(EvidenceRejected):
    """The signed statement is about another artefact."""

    code = "subject-mismatch"


class StatementInvalid(EvidenceRejected):
    """The signed payload is not an in-toto statement of a supported type."""

    code = "statement-invalid"
    next_step = "name the bundle that avow attest wrote for the project's declaration"


class PredicateInvalid(EvidenceRejected):
    """The predicate can't be relied on: a missing core field, a date from the future, a foreign scope."""

    code = "predicate-invalid"
    next_step = "ask the project to correct its declaration and to sign it again"


class CandidateFailed(EvidenceRejected):
    """Examining a candidate raised an exception that nobody foresaw; the others are judged as if alone."""

    code = "unexpected-error"
    next_step = "this is a bug in avow; please report it with the bundle"


@contextmanager
def one_candidate(location: str = "") -> Iterator[None]:
    """Whatever examining one candidate raises ends that candidate alone.

    Raises:
        AvowError: as raised inside.
        CandidateFailed: in the place of any other exception.
    """
    try:
        yield
    except AvowError:
        raise
    except Exception as error:
        raise CandidateFailed(
            f"examining it raised {type(error).__name__}: {error}", location=location
        ) from error


class ServiceUnavailable(AvowError):
    """A service or root that might have changed the answer did not answer; trying again can help."""

    code = "service-unavailable"
    exit_code = EXIT_UNAVAILABLE


class StoreUnavailable(ServiceUnavailable):
    """A store could not be read; bundles from other stores are still judged."""

    code = "store-unavailable"


class RootTooOld(ServiceUnavailable):
    """The trusted root does not know a log, CA or timestamping key that the evidence names.

    The root is older than the evidence, or is another instance's; this is not tampering.
    """

    code = "root-too-old"


class ClockBehind(ServiceUnavailable):
    """A log or timestamping authority vouches for a time that this machine's clock has not reached.

    Nothing else is known to be wrong with the signature, but what comes from the future does not count.
    """

    code = "clock-behind"


MAX_PROBLEMS: Final = 1_000
"""Of one document. A damaged file of 16 MiB could have millions."""


@dataclass(slots=True)
class Problems:
    """Collects the errors of one document, so that all are reported at once."""

    source: str
    found: list[Problem] = field(default_factory=list)

    def add(self, message: str, *, line: int = 0, column: int = 0, fix: str = "", practice: str = "") -> None:
        """Add one error of this document, unless it has too many already."""
        if not self.is_full:
            self.found.append(Problem(self.source, line, column, message, fix, practice))

    @property
    def is_full(self) -> bool:
        """So many that nobody reads on; who reads the document may stop."""
        return len(self.found) >= MAX_PROBLEMS

    def raise_if_any(self, message: str, *, hint: str = "") -> None:
        """Refuse the document if anything was found.

        Raises:
            InputInvalid: with all problems, in the order of their places.
        """
        if self.found:
            raise InputInvalid(message, problems=tuple(sorted(self.found)), hint=hint, location=self.source)
