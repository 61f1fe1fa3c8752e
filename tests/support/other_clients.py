"""The other Sigstore clients: cosign, sigstore-go, and npm's sigstore in the Node.js it needs."""

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
        path = Path(self.directory or "nowhere") / "bin" / program
        if not path.exists():
            reason = f"{program}: run tests/interop/fetch DIRECTORY and set AVOW_INTEROP_DIR"
            if os.environ.get("AVOW_REQUIRE_INTEROP") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        return subprocess.run(
            [path, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        """An environment without a home, so that no client finds this machine's trust, tokens or settings."""
        kept = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        return kept | ({"AVOW_INTEROP_DIR": self.directory} if self.directory else {})
