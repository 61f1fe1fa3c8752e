"""What only a real process shows: Ctrl-C, closed pipes, full disks, limits, a person at a terminal."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support.command_line import LIMIT_S, AtTerminal, process, started, words

from avow.sandbox import Sandbox

from .conftest import PERSON, lay_out

pytestmark = pytest.mark.slow

GIB = 1024**3


def files(directory: Path) -> set[str]:
    """Every file below `directory`, including hidden ones."""
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def interrupted(running: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Press Ctrl-C and wait for the end: exit code, standard output, standard error."""
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=LIMIT_S)
    return running.returncode, out.decode(), err.decode()


def wait_for(condition: object, what: str) -> None:
    """Wait until `condition()` is true."""
    end = time.monotonic() + LIMIT_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, what
        time.sleep(0.01)


def reads(running: subprocess.Popen[bytes], path: Path) -> bool:
    """The process has `path` open."""
    directory = Path(f"/proc/{running.pid}/fd")
    for each in directory.iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            if each.readlink() == path:
                return True
    return False


def attest(service: Path, token: str) -> list[str]:
    return [
        "attest", "dist/*", "--release", "2.4.1", "--output-directory", "out",
        "--trust-config", str(service / "client_trust_config.json"), "--identity-token", token,
    ]  # fmt: skip


# Ctrl-C


def test_interrupted_while_hashing(project: Path, service: Path, sandbox: Sandbox) -> None:
    """During a file that takes long to read: exit code 130, and nothing is written."""
    huge = project / "dist" / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(64 * GIB)
    before = files(project)
    running = started(*attest(service, sandbox.token(PERSON)), cwd=project)
    wait_for(lambda: reads(running, huge), "the artefact is not opened")

    code, out, err = interrupted(running)

    assert (code, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err
    assert files(project) == before


def test_interrupted_while_signing(project: Path, service: Path, sandbox: Sandbox) -> None:
    """A service that never answers: 130 at once, no bundle, and a note about the log."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        config = json.loads((service / "client_trust_config.json").read_text(encoding="utf-8"))
        signing = json.loads(json.dumps(config["signingConfig"]).replace(sandbox.url, url))
        (project / "client_trust_config.json").write_text(
            json.dumps(config | {"signingConfig": signing}), encoding="utf-8"
        )
        before = files(project)
        running = started(*attest(project, sandbox.token(PERSON)), cwd=project)
        silent.settimeout(LIMIT_S)
        connection, _ = silent.accept()

        code, out, err = interrupted(running)
        connection.close()

    assert (code, out) == (130, "")
    assert "the log may already contain an entry" in err
    assert "Traceback" not in err
    assert files(project) == before


def test_interrupted_sandbox(tmp_path: Path) -> None:
    """Its files exist before its URL is printed; Ctrl-C ends it like every command."""
    running = started("sandbox", "--directory", tmp_path / "sandbox", cwd=tmp_path)
    assert running.stdout is not None
    url = running.stdout.readline().decode()
    assert url.startswith("http://localhost:")
    assert files(tmp_path / "sandbox") == {
        "client_trust_config.json", "signing_config_v1.json", "signing_config_v2.json", "token",
        "trusted_root.json",
    }  # fmt: skip

    code, out, err = interrupted(running)

    assert (code, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err


def test_terminated_sandbox(tmp_path: Path) -> None:
    """A service manager ends it in this way, so it is not a failure."""
    running = started("sandbox", "--directory", tmp_path, cwd=tmp_path)
    assert running.stdout is not None
    running.stdout.readline()
    running.terminate()
    running.communicate(timeout=LIMIT_S)
    assert running.returncode == 0


@pytest.mark.parametrize("seen", ["trusted_root.json", "URL"])
@pytest.mark.parametrize("seed", range(3))
def test_terminated_sandbox_again_and_again(tmp_path: Path, seen: str, seed: int) -> None:
    """From the moment its first file is there until it has ended, SIGTERM leads to the same orderly end."""
    chance = random.Random(seed)  # noqa: S311  moments, not keys
    running = started("sandbox", "--directory", tmp_path, cwd=tmp_path)
    assert running.stdout is not None
    if seen == "URL":
        running.stdout.readline()
    else:
        wait_for((tmp_path / seen).exists, f"no {seen}")
    end = time.monotonic() + LIMIT_S
    while running.poll() is None:
        assert time.monotonic() < end, "it goes on"
        running.terminate()
        time.sleep(chance.random() * 0.002)
    _, err = running.communicate(timeout=LIMIT_S)
    assert running.returncode == 0, err


INTERRUPTED_WAITS = """\
import random, signal
from avow.cli.sandbox import Termination
for _ in range(400):
    stop = Termination()
    signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGTERM))
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 1e-3))
    while not stop.wait(1e-5):
        pass
"""

SIGNAL_TO_ANOTHER_THREAD = """\
import os, signal, threading, time
from avow.cli.sandbox import Termination
stop = Termination()
def later():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(1000)
threading.Thread(target=later, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
assert stop.wait(10_000)
"""


def test_a_signal_that_does_not_interrupt_the_wait(tmp_path: Path) -> None:
    """It goes to another thread, or comes just before the main thread sleeps: the wait ends all the same."""
    finished = subprocess.run(
        [sys.executable, "-c", SIGNAL_TO_ANOTHER_THREAD], cwd=tmp_path, check=False, capture_output=True,
        timeout=LIMIT_S,
    )  # fmt: skip
    assert (finished.returncode, finished.stderr) == (0, b"")


def test_a_signal_at_any_instruction_of_a_wait(tmp_path: Path) -> None:
    """Thousands of short waits, each interrupted somewhere: none of them hangs, as one for an Event does."""
    finished = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WAITS], cwd=tmp_path, check=False, capture_output=True,
        timeout=LIMIT_S,
    )  # fmt: skip
    assert (finished.returncode, finished.stderr) == (0, b"")


# Outputs that can't be written


def test_standard_output_closes(tmp_path: Path) -> None:
    """`avow practices | head -1`: no message, and no exit code with another meaning."""
    read, write = os.pipe()
    os.close(read)
    ended = process("practices", cwd=tmp_path, stdout=write)
    os.close(write)
    assert (ended.code, ended.err) == (2, "")


@pytest.mark.parametrize("arguments", [["practices"], ["--help"], ["--version"]])
def test_standard_output_is_full(tmp_path: Path, arguments: list[str]) -> None:
    """A full disk is reported once."""
    with Path("/dev/full").open("wb") as full:
        ended = process(*arguments, cwd=tmp_path, stdout=full)
    assert ended.code == 2
    assert ended.err == "error: the output can't be used: No space left on device\n"


def test_standard_error_is_full(tmp_path: Path) -> None:
    """The message can't be written, so there is only the exit code."""
    with Path("/dev/full").open("wb") as full:
        assert process("check", cwd=tmp_path, stderr=full).code == 2


@pytest.mark.parametrize("closed", ["1", "2"])
def test_an_output_is_not_open(release: Path, closed: str) -> None:
    """The exit code is a result too."""
    verify = words("verify", "dist/acmelib-2.4.1.tar.gz", "--policy", "policy.yaml", "--insecure-sandbox")
    shell = ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *verify]
    finished = subprocess.run(shell, cwd=release, check=False, capture_output=True, timeout=LIMIT_S)
    assert finished.returncode == 0
    assert finished.stderr == b""


def test_a_file_size_limit(project: Path, service: Path, sandbox: Sandbox) -> None:
    """The bundle fits nowhere, and is public by now: it is shown, and no part of it is left in a file."""
    ended = process(*attest(service, sandbox.token(PERSON)), cwd=project, preexec_fn=small_files_only)
    assert ended.code == 2
    assert json.loads(ended.out)["mediaType"].startswith("application/vnd.dev.sigstore.bundle")
    assert "File too large" in ended.err
    assert "do not sign again" in ended.err
    assert not list((project / "out").glob("*.json"))
    assert not [name for name in files(project) if Path(name).name.startswith(".")]


def test_a_file_size_limit_keeps_the_old_file(tmp_path: Path) -> None:
    """If `init --force` can't finish, the old declaration is kept."""
    lay_out(tmp_path)
    kept = (tmp_path / "avow.yaml").read_bytes()
    ended = process("init", "--force", cwd=tmp_path, preexec_fn=small_files_only)
    assert ended.code == 2
    assert (tmp_path / "avow.yaml").read_bytes() == kept
    assert not [name for name in files(tmp_path) if Path(name).name.startswith(".")]


def small_files_only() -> None:
    """In the child: no file over a hundred bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_standard_output_at_a_file_size_limit(tmp_path: Path) -> None:
    """A report that does not fit is an output that can't be written."""
    with (tmp_path / "out").open("wb") as file:
        ended = process("practices", cwd=tmp_path, stdout=file, preexec_fn=small_files_only)
    assert ended.code == 2
    assert "File too large" in ended.err


@pytest.mark.parametrize("place", ["avow.yaml", "/proc/nowhere"])
def test_an_unusable_directory(project: Path, service: Path, sandbox: Sandbox, place: str) -> None:
    """Reported before anything is signed: a file with the directory's name, or no permission."""
    log = sandbox.rekor_v2._tree.size
    words = attest(service, sandbox.token(PERSON))
    before = files(project)
    ended = process(*words[:5], place, *words[6:], cwd=project)
    assert (ended.code, ended.out) == (2, "")
    assert Path(place).name in ended.err
    assert files(project) == before
    assert sandbox.rekor_v2._tree.size == log


def test_a_big_artefact_is_read_in_pieces(release: Path) -> None:
    """1 GB, sparse: hashed in little memory, without a statement about it."""
    with (release / "big.bin").open("wb") as file:
        file.truncate(GIB)

    def little_memory() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (GIB, GIB))

    ended = process(
        "verify", "big.bin", "--policy", "policy.yaml", "--insecure-sandbox", cwd=release,
        preexec_fn=little_memory,
    )  # fmt: skip
    assert ended.code == 3


# Libraries that talk

TALKING_LIBRARY = """\
import sys
class Talk:
    def find_spec(self, name, path=None, target=None):
        if name == "ruamel.yaml":
            sys.meta_path.remove(self)
            import logging, warnings
            open("talked", "w").close()
            if {filtered}:
                warnings.simplefilter("always")
            warnings.warn("meant for developers", {category})
            logging.getLogger("library").{log}("meant for developers")
sys.meta_path.insert(0, Talk())
"""
"""A `sitecustomize` that talks as a library does while one is imported."""


@pytest.mark.parametrize(
    ("log", "category", "filtered", "setting"),
    [
        ("debug", "UserWarning", False, ""),
        ("debug", "FutureWarning", True, ""),
        ("debug", "DeprecationWarning", False, "always"),
        ("debug", "ResourceWarning", False, "error"),
        ("warning", "ImportWarning", False, ""),
    ],
)
def test_no_warning_of_a_library_reaches_the_terminal(
    tmp_path: Path, *, log: str, category: str, filtered: bool, setting: str
) -> None:
    """Neither a warning nor a log record, whatever filters the library or the user's shell sets."""
    text = TALKING_LIBRARY.format(filtered=filtered, log=log, category=category)
    (tmp_path / "sitecustomize.py").write_text(text, encoding="utf-8")
    lay_out(tmp_path)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    ended = process("check", cwd=tmp_path, env={**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": setting})
    assert (tmp_path / "talked").exists()
    assert ended == process("check", cwd=tmp_path)  # as without it


# What is written


def test_published_files_can_be_read_by_others(release: Path) -> None:
    """Bundle and evidence are for a web server, not for one account."""
    for path in [*release.glob("dist/*.json"), *release.glob("dist/evidence/*")]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o644


# A person at the terminal


def test_questions_at_the_terminal(tmp_path: Path) -> None:
    """In the catalogue's order; Enter skips one, end of input skips the rest; answers are drafts."""
    (tmp_path / "LICENSE").write_text("All rights reserved.\n", encoding="utf-8")
    with AtTerminal("init", cwd=tmp_path) as avow:
        assert "Enter skips" in avow.until("source code?: ")
        avow.types("https://git.acme.example/acme/acmelib")
        assert "maintainer" in avow.until("): ")
        avow.types("boss")
        avow.until("): ")
        avow.types("steward")
        assert "GOV-01" in avow.until(": ")
        avow.types("")
        avow.until("GOV-03")
        avow.until(": ")
        avow.types("", end="\x04")
        ended = avow.leaves()
    assert ended.code == 0, ended
    assert "Next: read and correct" in ended.out
    written = (tmp_path / "avow.yaml").read_text(encoding="utf-8")
    assert "relationship: steward" in written
    assert "https://git.acme.example/acme/acmelib" in written


def test_ctrl_c_at_a_question(tmp_path: Path) -> None:
    """Nothing is written, not even the earlier answers."""
    (tmp_path / "LICENSE").write_text("All rights reserved.\n", encoding="utf-8")
    with AtTerminal("init", cwd=tmp_path) as avow:
        avow.until(": ")
        ended = avow.interrupted()
    assert ended.code == 130
    assert files(tmp_path) == {"LICENSE"}


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
def test_signing_asks_a_person(project: Path, service: Path, tmp_path: Path, answer: str, code: int) -> None:
    """The identity is shown after signing in, and nothing is signed before it is confirmed."""
    words = attest(service, "")[:-2]
    with AtTerminal(*words, cwd=project, environment=browser(tmp_path)) as avow:
        shown = avow.until("[y/N]: ")
        assert f"signing as  {PERSON}" in shown
        assert "about       acmelib-2.4.1.tar.gz" in shown
        assert "for ever" in shown
        assert not list(project.rglob("*.sigstore.json"))
        avow.types(answer)
        ended = avow.leaves()
    assert ended.code == code, ended
    assert bool(list(project.rglob("*.sigstore.json"))) is (code == 0)


def test_signing_with_yes_asks_nobody(project: Path, service: Path, tmp_path: Path) -> None:
    """`--yes` confirms in advance."""
    words = attest(service, "")[:-2]
    ended = process(*words, "--yes", cwd=project, env={**os.environ, **browser(tmp_path)})
    assert ended.code == 0, ended
    assert ended.out == "out/acmelib-2.4.1.practices.sigstore.json\n"


def test_signing_without_a_person_or_a_token(project: Path, service: Path) -> None:
    """Without a terminal and without a CI job, no browser is opened."""
    ended = process(*attest(service, "")[:-2], cwd=project)
    assert (ended.code, ended.out) == (2, "")
    assert "no terminal" in ended.err


def browser(directory: Path) -> dict[str, str]:
    """An environment with a browser that follows links, and without a CI job."""
    follow = "import sys, urllib.request as r; r.urlopen(sys.argv[1]).read()"
    script = directory / "browser"
    python = shutil.which("python3")
    script.write_text(f"#!/bin/sh\nexec {python} -c '{follow}' \"$1\" &\n", encoding="utf-8")
    script.chmod(0o755)
    return {"BROWSER": str(script), "GITHUB_ACTIONS": "", "GITLAB_CI": ""}
