"""What `tests/interop/fetch` brings: the other Sigstore clients, and the tools that order versions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

_SECONDS: Final = 120
"""No client needs more than two; a machine may be busy."""


class Clients:
    """Programs that `tests/interop/fetch` unpacked into AVOW_INTEROP_DIR."""

    def __init__(self, directory: str | None) -> None:
        self.directory = directory

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `program`; a missing one skips the test, or fails it under AVOW_REQUIRE_INTEROP=1."""
        return subprocess.run(
            [self.path(f"bin/{program}"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env=self._environment(),
        )

    def path(self, name: str) -> Path:
        """A fetched file or directory; without it the test is skipped or fails, as for `run`."""
        path = Path(self.directory or "nowhere") / name
        if not path.exists():
            reason = f"{name}: run tests/interop/fetch DIRECTORY and set AVOW_INTEROP_DIR"
            if os.environ.get("AVOW_REQUIRE_INTEROP") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    def _environment(self) -> dict[str, str]:
        """An environment without a home, so that no client finds this machine's trust, tokens or settings."""
        kept = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        return kept | ({"AVOW_INTEROP_DIR": self.directory} if self.directory else {})
