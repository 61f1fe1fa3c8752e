"""Progress on standard error: a bar at a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from avow.cli.terminal import say

if TYPE_CHECKING:
    from avow.survey.batch import Progress

SECONDS_BETWEEN_LINES: Final = 10.0
QUIET_SECONDS: Final = 2.0
"""What ends sooner needs no progress in a log."""


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """A function to report progress to; what it shows is gone from a terminal when the block ends."""
    if quiet:
        yield lambda _what, _done, _total: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console  # noqa: PLC0415  70 ms, at a terminal only
    from rich.progress import (  # noqa: PLC0415  see above
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total, rate="")
            speed = next((each.speed for each in bars.tasks if each.id == tasks[what]), None)
            bars.update(tasks[what], completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

        yield report


class _Lines:
    """A line at most every ten seconds, with the rate and the time left."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._last = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        started = self._started.setdefault(what, now)
        if 0 < done < total and now - started > QUIET_SECONDS and now - self._last > SECONDS_BETWEEN_LINES:
            self._last = now
            rate = done / (now - started)
            left = (total - done) / rate
            say(f"{what}: {done} of {total}, {rate:,.0f} a second, about {left:.0f} s left")
