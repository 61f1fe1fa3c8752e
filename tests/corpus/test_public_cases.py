"""What users of such tools ran into in public: each case has its right answer, and so has its kind.

AVOW_CORPUS names a directory with `public-cases/verify`; each case there has its input, `case.md`, and
`expect.json` with the right exit codes, words that the output needs, and words that it must not have.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from avow.cli import run

CASES: Final = Path(os.environ.get("AVOW_CORPUS", "/nonexistent")) / "public-cases" / "verify"
if not CASES.is_dir():
    pytest.skip("AVOW_CORPUS names no directory with public-cases/verify", allow_module_level=True)

MADE: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""Shortly after the bundles of the cases were signed."""


class _ThatDay(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return MADE.astimezone(tz)


@pytest.mark.parametrize("case", sorted(path.parent.name for path in CASES.glob("*/expect.json")))
def test_a_public_case_has_its_right_answer(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of the case, in a copy of its directory."""
    directory = tmp_path / case
    shutil.copytree(CASES / case, directory)
    for script in directory.glob("skew.py"):  # moves the clock of a module that has another name by now
        script.write_text(script.read_text().replace("avow.cli.maintainer", "avow.cli.attest"))
    monkeypatch.chdir(directory)
    for module in ("avow.cli.verify", "avow.cli.inspect"):
        monkeypatch.setattr(import_module(module), "datetime", _ThatDay)
    wrong = []
    for command in json.loads((directory / "expect.json").read_text(encoding="utf-8"))["commands"]:
        code, output = _ended(command["args"], capsys)
        wrong += [
            f"{' '.join(command['args'])}\n{each}\n{output}"
            for each in _wrong(command["right"], code, output)
        ]
    assert not wrong, "\n\n".join(wrong)


def _ended(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    if arguments[0] == "sh":
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            arguments, env={**os.environ, "PATH": tools}, capture_output=True, text=True, check=False
        )
        return ended.returncode, ended.stdout + ended.stderr
    capsys.readouterr()
    code = run(arguments)
    written = capsys.readouterr()
    return code, written.out + written.err


def _wrong(right: dict[str, Any], code: int, output: str) -> list[str]:
    missing = [f"lacks {word!r}" for word in right.get("mentions", ()) if word not in output]
    present = [f"has {word!r}" for word in right.get("lacks", ()) if word in output]
    return ([] if code in right["exit"] else [f"exit {code}, not {right['exit']}"]) + missing + present
