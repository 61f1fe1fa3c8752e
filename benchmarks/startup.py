"""Start-up time of commands, compared with Python and click alone.

    python benchmarks/startup.py [--json] [--rounds 9]

Each command is a separate process. The result is its CPU time (user and system), the least of nine rounds in
turns; wall-clock time depends on what else the machine does. `verify` checks one sandbox bundle against its
root, from a file to a verdict.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.pipeline import declaration
from support.virtual_sigstore import VirtualSigstore, encoded, statement

from avow.values import utc_text

HELP_LIMIT: Final = 2.5
"""The promised limit for `--help`, as a multiple of `import click`."""

ARTEFACT: Final = b"the released artefact\n"


def commands(folder: Path) -> dict[str, list[str]]:
    """The measured commands by name; `folder` has their files."""
    python = [sys.executable]
    avow = [*python, "-m", "avow"]
    complete = Path(__file__).parent.parent / "tests" / "vectors" / "declarations" / "complete" / "avow.yaml"
    (folder / "avow.yaml").write_bytes(complete.read_bytes())
    now = datetime.now(UTC).replace(microsecond=0)
    virtual = VirtualSigstore(now=now)
    dates = {"declaredAt": utc_text(now), "validUntil": utc_text(now + timedelta(days=365))}
    predicate = declaration({"id": "VUL-01", "status": "notImplemented"}, scope_source=None, **dates)
    payload = statement(predicate, sha256_hex=hashlib.sha256(ARTEFACT).hexdigest())
    (folder / "artefact").write_bytes(ARTEFACT)
    (folder / "bundle.json").write_bytes(encoded(virtual.bundle(payload)))
    (folder / "root.json").write_bytes(virtual.root())
    files = ["artefact", "--bundle", "bundle.json", "--trusted-root", "root.json", "--insecure-sandbox"]
    identity = ["--certificate-identity", "maintainer@example.org", "--certificate-oidc-issuer", virtual.url]
    return {
        "python": [*python, "-c", "pass"],
        "import click": [*python, "-c", "import click"],
        "import sigstore.verify": [*python, "-c", "import sigstore.verify"],
        "avow --help": [*avow, "--help"],
        "avow check": [*avow, "check", "avow.yaml"],
        "avow verify": [*avow, "verify", *files, *identity, "--identity-only"],
    }


def spent(command: Sequence[str], *, folder: Path) -> float:
    """Milliseconds of CPU time of one run of `command`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603  the commands above
        command,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1e3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table or JSON; 1 if `--help` takes more than was promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = commands(folder)
        best = dict.fromkeys(started, float("inf"))
        for _ in range(options.rounds):
            for label, command in started.items():
                best[label] = min(best[label], spent(command, folder=folder))
    click = best["import click"]
    rows = [
        {"command": label, "ms": round(ms, 1), "toClick": round(ms / click, 2)} for label, ms in best.items()
    ]
    kept = best["avow --help"] <= HELP_LIMIT * click
    if options.json:
        print(json.dumps({"helpLimit": HELP_LIMIT, "commands": rows}, indent=2))
        return int(not kept)
    for row in rows:
        limit = f" (at most {HELP_LIMIT})" if row["command"] == "avow --help" else ""
        print(f"{row['command']:24} {row['ms']:7.1f} ms CPU   {row['toClick']:5.2f} x import click{limit}")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
