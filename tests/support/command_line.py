"""The command line as people use it: in this process for speed, as a separate process, or at a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

LIMIT_S: Final = 60.0
"""Seconds that a process may take; far more than any needs, so that no test fails on a busy machine."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it wrote where."""

    code: int
    out: str
    err: str


def process(*arguments: object, cwd: Path, **options: Any) -> Ended:
    """Run `avow` in a separate process without a person at standard input."""
    settings: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "timeout": LIMIT_S,
    }
    finished = subprocess.run(words(*arguments), cwd=cwd, check=False, **(settings | options))
    return Ended(finished.returncode, _text(finished.stdout), _text(finished.stderr))


def started(*arguments: object, cwd: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start `avow` in a separate process that runs while the test continues."""
    pipes: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    return subprocess.Popen(words(*arguments), cwd=cwd, **(pipes | options))


def words(*arguments: object) -> list[str]:
    """The command line of the process."""
    return [sys.executable, "-m", "avow", *map(str, arguments)]


def _text(written: bytes | None) -> str:
    return (written or b"").decode(errors="surrogateescape")


class AtTerminal:
    """`avow` with a person at its terminal: waits for output, and types."""

    def __init__(self, *arguments: object, cwd: Path, environment: Mapping[str, str] | None = None) -> None:
        self.written = ""
        command = words(*arguments)
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:  # the child has nothing of the test's any more
            os.chdir(cwd)
            os.execve(command[0], command, {**os.environ, **(environment or {})})  # noqa: S606  no shell is meant

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._terminal)

    def until(self, text: str) -> str:
        """The output since the last call, up to and including `text`."""
        end = time.monotonic() + LIMIT_S
        while text not in self.written:
            assert time.monotonic() < end, f"{text!r} did not come; so far: {self.written!r}"
            assert self._read(), f"ended before {text!r}: {self.written!r}"
        found, _, self.written = self.written.partition(text)
        return found + text

    def types(self, line: str, *, end: str = "\n") -> None:
        """Type `line`; `end` may be a control character instead of the line's end."""
        os.write(self._terminal, (line + end).encode(errors="surrogateescape"))

    def leaves(self) -> Ended:
        """Read to the end and return how it ended; a terminal has one stream."""
        while self._read():
            pass
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return Ended(os.waitstatus_to_exitcode(status), self.written, "")
            time.sleep(0.01)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        raise AssertionError(f"it did not end: {self.written!r}")

    def interrupted(self) -> Ended:
        """Press Ctrl-C until it ends.

        Once is not always enough: Python does not notice a signal that comes just before it waits for input.
        """
        while not self._has_ended():
            self.types("", end="\x03")
            while self._read(wait_s=5.0):
                pass
        return self.leaves()

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _read(self, *, wait_s: float = LIMIT_S) -> bool:
        if not select.select([self._terminal], [], [], wait_s)[0]:
            return False
        try:
            found = os.read(self._terminal, 65536)
        except OSError:  # Linux says EIO where the other side has gone
            return False
        self.written += found.decode(errors="replace").replace("\r\n", "\n")
        return bool(found)
