"""Which admitted statements can be relied on, established once for all subjects.

A statement that does not stand counts for nothing, whoever is asked about it; why is reported where it would
have counted.
"""

from __future__ import annotations

from avow.errors import PredicateInvalid
from avow.statement.validity import check_predicate
from avow.verification.pool import Admitted, EvidencePool


class Standing:
    """What the pool as a whole says about each of its statements.

    Today that is whether dates, scope, catalogue and limitations of the statement's own predicate can be
    relied on, given who signed it and when.
    """

    def __init__(self, pool: EvidencePool) -> None:
        self._errors: dict[tuple[int, int], PredicateInvalid] = {}
        for admitted in pool.admitted:
            for index, envelope in enumerate(admitted.envelopes):
                try:
                    check_predicate(
                        admitted.statement.predicate, signer=envelope.signer, signed_at=envelope.signed_at
                    )
                except PredicateInvalid as error:
                    self._errors[admitted.number, index] = error

    def require(self, admitted: Admitted, index: int) -> None:
        """The statement stands as the envelope of that index carries it.

        Raises:
            PredicateInvalid: it does not; names every reason at once.
        """
        error = self._errors.get((admitted.number, index))
        if error is not None:
            raise error.with_traceback(None)  # one error is raised for each subject that it concerns
