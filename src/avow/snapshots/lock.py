"""One process at a time changes a data directory, and what it created for nothing is gone when it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from avow.errors import InputInvalid, ServiceUnavailable
from avow.snapshots.manifest import STATE_DIRECTORY

LOCK_FILE: Final = "lock"
WAIT_S: Final = 120.0
"""Adding the largest archive and building the index take about a minute; a download can take longer."""

_POLL_S: Final = 0.1


@contextmanager
def changing(
    directory: Path,
    *,
    wait_s: float = WAIT_S,
    waiting: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Inside, no other process that asks for the same is in here; `waiting` is called if there is one.

    Reading does not ask: a reader compares every file with the manifest, and refuses what does not fit.

    Raises:
        ServiceUnavailable: another process does not end within `wait_s` seconds.
        InputInvalid: the directory can't be created or written to.
    """
    path = directory / STATE_DIRECTORY / LOCK_FILE
    created: list[Path] = []
    descriptor = None
    try:
        left = wait_s
        while (descriptor := _acquired(path, created)) is None:
            if left == wait_s:
                waiting()
            if left <= 0:
                raise ServiceUnavailable(
                    f"another avow data changes {directory}",
                    location=str(directory),
                    hint="wait until it has ended, and run the command again",
                )
            left -= _POLL_S
            sleep(_POLL_S)
        yield
    finally:
        if descriptor is not None:
            path.unlink(missing_ok=True)
            os.close(descriptor)
        for each in created:
            with suppress(OSError):  # it is in use by now
                each.rmdir()


def _acquired(path: Path, created: list[Path]) -> int | None:
    """A descriptor that holds the lock; None if another process does. `created` gets the new directories.

    Raises:
        InputInvalid: the file can't be created or locked.
    """
    descriptor = -1
    held = False
    try:
        created[:0] = [each for each in (path.parent, *path.parent.parents) if not each.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The one that held it before has removed the file: then this lock keeps nobody out.
        held = os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        held = False
    except OSError as error:
        directory = path.parent.parent
        raise InputInvalid(
            f"{directory} can't be used as a data directory: {error.strerror}", location=str(directory)
        ) from error
    finally:
        if descriptor >= 0 and not held:
            os.close(descriptor)
    return descriptor if held else None
