"""Which admitted statements can be relied on, decided once for all subjects.

A statement that can't be relied on counts for nothing. The reason is reported for each subject that it
is about.
"""

from __future__ import annotations

from avow.errors import EvidenceRejected, one_candidate
from avow.statement.validity import check_predicate
from avow.verification.pool import Admitted, EvidencePool


class Standing:
    """For each statement of a pool: whether it can be relied on, given who signed it and when.

    Checked are dates, scope, catalogue and limitations of the statement's own predicate.
    """

    def __init__(self, pool: EvidencePool) -> None:
        self._errors: dict[tuple[int, int], EvidenceRejected] = {}
        for admitted in pool.admitted:
            for index, envelope in enumerate(admitted.envelopes):
                try:
                    with one_candidate(admitted.location):
                        check_predicate(
                            admitted.statement.predicate, signer=envelope.signer, signed_at=envelope.signed_at
                        )
                except EvidenceRejected as error:
                    self._errors[admitted.number, index] = error

    def require(self, admitted: Admitted, index: int) -> None:
        """The statement can be relied on, as the envelope with that index carries it.

        Raises:
            EvidenceRejected: it does not; names every reason at once.
        """
        error = self._errors.get((admitted.number, index))
        if error is not None:
            raise error.with_traceback(None)  # one error is raised for each subject that it concerns
