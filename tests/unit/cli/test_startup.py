"""What a command imports and opens: help is fast, and checking needs no network library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import LIMIT_S

LOADED = """\
import json, sys
from avow.cli import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""

WITHOUT_SOCKETS = """\
import os, sys
def asks_for_ipv6(frame):
    while frame:
        if frame.f_code.co_name == "_has_ipv6":
            return True
        frame = frame.f_back
    return False
def hook(event, arguments):
    if event.startswith("socket.") and not asks_for_ipv6(sys._getframe(1)):
        os.write(2, f"opened a socket: {event}".encode())
        os._exit(99)
sys.addaudithook(hook)
from avow.cli import run
raise SystemExit(run(sys.argv[1:]))
"""
"""Ends the process at the first use of a socket. One is allowed, which reaches nobody: when it is imported,
urllib3 binds one to the loopback address to learn whether the kernel has IPv6."""


def python(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A new interpreter that has imported nothing of ours."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True, timeout=LIMIT_S)


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], ["sigstore", "requests", "cryptography", "pydantic", "ruamel"]),
        (["--version"], ["sigstore", "requests", "cryptography", "pydantic", "ruamel"]),
        (["verify", "--help"], ["sigstore", "requests"]),
        (["attest", "--help"], ["sigstore", "requests"]),
        (["sandbox", "--help"], ["sigstore", "requests", "cryptography"]),
        (["check"], ["sigstore", "requests", "cryptography"]),
        (["practices", "SUP-01"], ["sigstore", "requests", "cryptography"]),
        (["init", "--force"], ["sigstore", "requests", "cryptography"]),
    ],
    ids=" ".join,
)
def test_a_command_imports_what_it_uses(project: Path, arguments: list[str], absent: list[str]) -> None:
    """Only verifying and signing pay the half second for Sigstore."""
    finished = python(LOADED, *arguments, cwd=project)
    code, loaded = json.loads(finished.stdout.splitlines()[-1])
    assert code == 0, finished.stderr
    assert "click" in loaded
    assert set(absent).isdisjoint(loaded), set(absent) & set(loaded)


def test_verifying_opens_no_socket(release: Path) -> None:
    """Policy, root and bundle are enough; no name is looked up."""
    verify = ["verify", "dist/acmelib-2.4.1.tar.gz", "--policy", "policy.yaml", "--insecure-sandbox"]
    finished = python(WITHOUT_SOCKETS, *verify, cwd=release)
    assert finished.returncode == 0, finished.stderr
    assert "policy satisfied" in finished.stdout


@pytest.mark.parametrize("arguments", [["check"], ["init", "--force"], ["trust"], ["practices"]])
def test_local_commands_open_no_socket(release: Path, arguments: list[str]) -> None:
    """Commands about files use only files."""
    assert python(WITHOUT_SOCKETS, *arguments, cwd=release).returncode == 0


def test_the_socket_check_works(release: Path, attest: list[str]) -> None:
    """Signing needs the network, so the same check stops it."""
    assert python(WITHOUT_SOCKETS, *attest, "--overwrite", cwd=release).returncode == 99
