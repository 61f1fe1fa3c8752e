"""The quickstart works as it is written: its blocks run in order, and print what it shows."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML
from support.command_line import LIMIT_S

ROOT: Final = Path(__file__).parent.parent
TEXT: Final = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
PORT: Final = "8765"
END_OF_BLOCK: Final = "==== end of block"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, list[str]]]:
    """Each script, and the lines that are shown as its output."""
    found: list[tuple[str, list[str]]] = []
    for language, text in _BLOCK.findall(TEXT):
        if language == "sh":
            found.append((text, []))
        elif language == "text":
            script, shown = found.pop()
            assert shown == [], "two outputs for one script"
            found.append((script, text.splitlines()))
    return found


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def pattern(shown: list[str], *, port: str) -> re.Pattern[str]:
    """What the lines promise: `…` at the end of a line is its rest, alone it is any number of lines."""
    parts = [
        r"(?:.*\n)*?"
        if line == "…"
        else re.escape(line.removesuffix("…")) + (".*" * line.endswith("…")) + r"\n"
        for line in shown
    ]
    return re.compile("".join(parts).replace(PORT, port))


@pytest.mark.slow
def test_every_block_prints_what_is_shown(tmp_path: Path) -> None:
    """In one shell, in an empty directory, with the sandbox on a port that is free here."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("needs a shell")
    port = free_port()
    script = "".join(f'{text}\necho "{END_OF_BLOCK}"\n' for text, _ in blocks()).replace(PORT, port)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    finished = subprocess.run(
        [shell, "-e", "-c", f"trap 'kill $SANDBOX 2>/dev/null || true' EXIT\n{script}"],
        cwd=tmp_path, env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False, text=True, timeout=LIMIT_S * 2,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout
    outputs = finished.stdout.split(f"{END_OF_BLOCK}\n")
    for (text, shown), printed in zip(blocks(), outputs, strict=False):
        if shown:
            assert pattern(shown, port=port).search(printed), f"{text}\nprinted\n{printed}"
    assert len(outputs) == len(blocks()) + 1


def test_most_blocks_show_their_output() -> None:
    """The search for blocks finds them."""
    assert len(blocks()) > 8
    assert sum(1 for _, shown in blocks() if shown) > 6


def test_the_workflow_uses_inputs_that_the_action_has() -> None:
    """And its output."""
    action: Any = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
    snippet = next(text for language, text in _BLOCK.findall(TEXT) if language == "yaml")
    step = YAML(typ="safe").load(snippet)["declare"]["steps"][0]
    assert step["with"].keys() <= action["inputs"].keys()
    assert f"steps.{step['id']}.outputs.{next(iter(action['outputs']))}" in snippet
