"""`make` on a machine where something is missing says what, and touches nothing that is not its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

OLD = """\
#!/bin/sh
case "$*" in *version_info*) exit 1;; --version) echo "Python 3.10.13";; esac
"""
WITHOUT_VENV = f"""\
#!/bin/sh
case "$*" in *ensurepip*) exit 1;; esac
exec "{sys.executable}" "$@"
"""


def install(python: Path | str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the Makefile's first step."""
    return subprocess.run(
        [ROOT / "tools" / "install", python, directory], cwd=ROOT, check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (OLD, "needs Python 3.11 or newer"),
        (WITHOUT_VENV, "apt-get install python3-venv"),
        (None, "no program"),
    ],
)
def test_a_python_that_does_not_do(tmp_path: Path, script: str | None, said: str) -> None:
    """Too old, without venv, or not there at all: what to do instead is said, and nothing is made."""
    python = tmp_path / "a python"
    if script:
        python.write_text(script, encoding="utf-8")
        python.chmod(0o755)
    ended = install(python, tmp_path / "environment")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert said in ended.stderr
    assert "make PYTHON=" in ended.stderr
    assert not (tmp_path / "environment").exists()


def test_a_directory_that_is_not_an_environment(tmp_path: Path) -> None:
    """It may be anything, so it is not removed."""
    (tmp_path / "thesis.txt").touch()
    ended = install(sys.executable, tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "not a virtual environment" in ended.stderr
    assert (tmp_path / "thesis.txt").exists()
