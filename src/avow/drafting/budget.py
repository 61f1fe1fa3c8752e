"""A limit on the CPU time that reading may take: whoever wrote a checkout may want it to take for ever."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

DOCUMENT_S: Final = 3.0
"""CPU seconds for one file. The largest real ones take a tenth of a second."""

CHECKOUT_S: Final = 20.0
"""CPU seconds for everything that is read of a checkout, without git's own."""


class TooSlow(Exception):
    """The time is up."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """What runs inside is interrupted after so much CPU time of this process; limits may be nested.

    Parsers and regular expressions are interrupted as well. Where there are no such signals, on Windows and
    outside of the main thread, nothing is limited.

    Raises:
        TooSlow: the time is up.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    allowed = min(seconds, before) if before else seconds
    handler = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, allowed)
    try:
        yield
    finally:
        left = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, handler)
        if before:
            # a limit around this one goes on; what has run out ends at the next moment
            signal.setitimer(signal.ITIMER_VIRTUAL, max(before - (allowed - left), 1e-3))
